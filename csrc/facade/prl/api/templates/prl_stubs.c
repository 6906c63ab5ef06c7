/* Functions without a body of their own: they report that they are not implemented. Generated. */
#include "Parallels.h"
#include "prl_internal.h"

#pragma GCC diagnostic ignored "-Wunused-parameter"

@body@
