/* Functions that only say that they are not supported. Generated. */
#include "vix_internal.h"

@body@
