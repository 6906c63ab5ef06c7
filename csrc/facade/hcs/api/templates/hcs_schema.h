/* What documents may hold. Generated. */
#ifndef HCS_SCHEMA_H
#define HCS_SCHEMA_H

#include <stdint.h>

typedef enum hcs_kind_form {
    HCS_KIND_STRING,
    HCS_KIND_BOOL,
    HCS_KIND_GUID,
    HCS_KIND_ANY,
    HCS_KIND_NUMBER,   /* an integer within limits */
    HCS_KIND_WORD,     /* one of `words` */
    HCS_KIND_OBJECT,   /* `keys`, and others that nobody looks at */
    HCS_KIND_ARRAY,    /* of `of` */
    HCS_KIND_MAP,      /* names to `of` */
    HCS_KIND_NUMBERED, /* decimal numbers as texts to `of` */
    HCS_KIND_OPTIONAL  /* null, or `of` */
} hcs_kind_form;

struct hcs_key;
typedef struct hcs_kind {
    hcs_kind_form form;
    int64_t low, high;
    const char *const *words;   /* NULL at the end */
    const struct hcs_key *keys; /* NULL at the end */
    const struct hcs_kind *of;
    const char *name; /* of a type in schema.csv */
} hcs_kind;

typedef struct hcs_key {
    const char *name;
    const hcs_kind *kind;
} hcs_key;

/* The kind of a type in schema.csv; NULL: there is none. */
const hcs_kind *hcs_kind_find(const char *name);

#endif
