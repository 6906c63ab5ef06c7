/* Functions that only say that they are not supported. Generated. */
#include "vir_internal.h"

@body@
