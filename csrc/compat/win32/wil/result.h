/* wil/result.h - the macros, and what comes with them. */
#ifndef VJOB_WIL_RESULT_H
#define VJOB_WIL_RESULT_H

#include "result_macros.h"

#endif
