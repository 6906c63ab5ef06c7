/* Plain properties of objects: the values behind the functions with impl = prop. Generated. */
#ifndef PRL_PROPS_H
#define PRL_PROPS_H

#include "PrlEnums.h"

/* Instead of a handle type: every PHT_VIRTUAL_DEV_*. */
#define PRL_ANY_VIRTUAL_DEV ((PRL_HANDLE_TYPE)0x1FFFFFFF)

typedef enum prl_value_type {
@kinds@
} prl_value_type;

/* PRL_PROP_<class>_<property>: the class is the word between Prl and the underscore of the functions. */
typedef enum prl_prop_id {
@ids@
    PRL_PROP_COUNT
} prl_prop_id;

typedef struct prl_prop {
    const char *class_name;      /* "VmCfg" */
    const char *name;            /* "RamSize" */
    PRL_HANDLE_TYPE handle_type; /* of the object that has it */
    prl_value_type type;
    int writable;             /* there is a function that sets it */
    PRL_UINT64 number;        /* default of a number or truth value */
    const char *text;         /* default of a text, never null */
} prl_prop;

extern const prl_prop prl_props[PRL_PROP_COUNT];

#endif
