/* The list of functions, and names and texts of error codes. Generated. */
#ifndef VIR_TABLES_H
#define VIR_TABLES_H

#include <stddef.h>

/* What a handle can name. */
typedef enum vir_type {
    VIR_TYPE_NONE,
    VIR_TYPE_CONN,
    VIR_TYPE_DOMAIN,
    VIR_TYPE_NETWORK,
    VIR_TYPE_SNAPSHOT,
    VIR_TYPE_JOB,
    VIR_TYPE_CHECKPOINT,
    VIR_TYPE_INTERFACE,
    VIR_TYPE_NODE_DEVICE,
    VIR_TYPE_SECRET,
    VIR_TYPE_POOL,
    VIR_TYPE_VOLUME,
    VIR_TYPE_STREAM
} vir_type;

typedef struct vir_function {
    const char *name;
    int is_stub;
    int tier;
    int writes;    /* refused on a connection that may only read */
    vir_type type; /* of its first argument; NONE: no handle */
    int from;      /* virErrorDomain: who complains of arguments */
    void (*address)(void);
} vir_function;

typedef struct vir_error_row {
    int code;
    const char *name;
    const char *alone; /* text */
    const char *with;  /* text with one %s */
} vir_error_row;

/* Sorted by name. */
extern const vir_function vir_functions[];
extern const size_t vir_functions_count;

/* The row of a function, or NULL. */
const vir_function *vir_function_find(const char *name);
/* The row of a code, or of VIR_ERR_INTERNAL_ERROR for numbers that mean nothing. */
const vir_error_row *vir_error_find(int code);
/* What the part that complains is called; never NULL. */
const char *vir_label(int from);

#endif
