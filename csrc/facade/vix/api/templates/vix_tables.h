/* Names and texts of result codes, types of properties, and the list of functions. Generated. */
#ifndef VIX_TABLES_H
#define VIX_TABLES_H

#include <stddef.h>

#include "vix.h"

/* What has a property. */
typedef enum vix_of { VIX_OF_NONE, VIX_OF_HOST, VIX_OF_VM, VIX_OF_SNAPSHOT, VIX_OF_JOB, VIX_OF_EVENT, VIX_OF_LIST } vix_of;

typedef struct vix_property {
    VixPropertyID id;
    VixPropertyType type;
    vix_of of;
    const char *name;
} vix_property;

typedef struct vix_function {
    const char *name;
    const char *params; /* a letter each: h handle, i number, q of 64 bits, b Bool, s text, f path of this machine,
                           c callback, d its data; places for H handle, I number, B Bool; v: and so on */
    int is_stub;
    int is_async;
    VixHandleType type; /* of its first argument; NONE: any, or no handle */
    void (*address)(void);
} vix_function;

/* Both sorted: by id, by name. */
extern const vix_property vix_properties[];
extern const size_t vix_properties_count;
extern const vix_function vix_functions[];
extern const size_t vix_functions_count;

/* The property with this id, or NULL. */
const vix_property *vix_property_find(VixPropertyID id);
/* Name of the constant, or NULL. Of several names the first in the header counts. */
const char *vix_error_name(unsigned code);
/* A sentence, or NULL for numbers that mean nothing. */
const char *vix_error_text(unsigned code);
/* Is it one of these sentences? */
int vix_error_text_is(const void *p);

#endif
