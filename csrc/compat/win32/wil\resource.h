/* Some sources for Windows write it so. */
#include "wil/resource.h"
