/* Names of result codes, of what operations follow, and the list of functions. Generated. */
#ifndef HCS_TABLES_H
#define HCS_TABLES_H

#include <stddef.h>

#include "computecore.h"
#include "computestorage.h"

typedef struct hcs_function {
    const char *name;
    int is_served;
    int is_async;
    void (*address)(void);
} hcs_function;

/* Sorted by name. */
extern const hcs_function hcs_functions[];
extern const size_t hcs_functions_count;

/* Name of the constant, or NULL. For HRESULT_FROM_WIN32(x) the name of x. */
const char *hcs_result_name(HRESULT result);
/* "Create" for HcsOperationTypeCreate; never NULL. */
const char *hcs_operation_name(HCS_OPERATION_TYPE type);

#endif
