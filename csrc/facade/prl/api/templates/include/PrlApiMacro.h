/* PRL_SDK_WRAP_FOR_EACH(X): X(name) once for each function that a dynamic loader looks up. */
#ifndef PRL_API_MACRO_H
#define PRL_API_MACRO_H

#include "PrlApiDeprMacro.h"

#define PRL_SDK_WRAP_FOR_EACH(X) \
@body@
    PRL_SDK_WRAP_FOR_EACH_DEPRECATED(X)

#endif
