/* Texts for owners are in resource.h here. */
#include "resource.h"
