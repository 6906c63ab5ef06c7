/* What needs no object: texts of codes, buffers, and what tools ask of the library. */
#include "vix_internal.h"

#include <stdlib.h>

static const char unknown[] = "An error with a number that is not known.";

const char *Vix_GetErrorText(VixError err, const char *locale)
{
    (void)locale; /* there is one language */
    const char *text = vix_error_text((unsigned)VIX_ERROR_CODE(err));
    return text ? text : unknown;
}

/* Some clients free the texts of codes, which are not theirs (E3). */
void Vix_FreeBuffer(void *p)
{
    if (p && p != unknown && !vix_error_text_is(p)) free(p);
}
