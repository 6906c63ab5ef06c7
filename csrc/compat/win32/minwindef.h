/* What it declares on Windows is in windows.h here. */
#include "windows.h"
