/* Functions that are declared and not served. Generated. */
#include "hcs_internal.h"

@body@
