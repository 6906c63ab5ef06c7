/* Plain properties: their table, and the functions that read and write them. Generated. */
#include "prl_props.h"
#include "Parallels.h"
#include "prl_internal.h"

const prl_prop prl_props[PRL_PROP_COUNT] = {
@rows@
};

@functions@
