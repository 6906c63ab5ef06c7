/* The old functions' part of PRL_SDK_WRAP_FOR_EACH, see PrlApiMacro.h. */
#ifndef PRL_API_DEPR_MACRO_H
#define PRL_API_DEPR_MACRO_H

#include "PrlTypes.h"

#define PRL_SDK_WRAP_FOR_EACH_DEPRECATED(X) \
@body@

#endif
