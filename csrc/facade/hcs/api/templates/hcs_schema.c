/* What documents may hold. Generated. */
#include "hcs_schema.h"

#include <stddef.h>
#include <string.h>

@words@

static const hcs_kind kinds[@count@];

@keys@

static const hcs_kind kinds[@count@] = {
@kinds@
};

const hcs_kind *hcs_kind_find(const char *name)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (kinds[i].name && strcmp(kinds[i].name, name) == 0) return &kinds[i];
    return NULL;
}
