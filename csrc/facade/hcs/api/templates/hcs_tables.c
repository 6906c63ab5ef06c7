/* Names of result codes, of what operations follow, and the list of functions. Generated. */
#include "hcs_tables.h"

#include <stdlib.h>

#define COUNT(table) (sizeof(table) / sizeof(table)[0])

typedef struct result_row {
    uint32_t number;
    const char *name;
} result_row;

/* Sorted by number. */
static const result_row results[] = {
@results@
};

static const struct {
    HCS_OPERATION_TYPE type;
    const char *name;
} operations[] = {
@operations@
};

const hcs_function hcs_functions[] = {
@functions@
};
const size_t hcs_functions_count = COUNT(hcs_functions);

static int by_number(const void *key, const void *row)
{
    const uint32_t left = *(const uint32_t *)key, right = ((const result_row *)row)->number;
    return (left > right) - (left < right);
}

const char *hcs_result_name(HRESULT result)
{
    const uint32_t number = (uint32_t)result;
    const result_row *row = bsearch(&number, results, COUNT(results), sizeof *results, by_number);
    return row ? row->name : NULL;
}

const char *hcs_operation_name(HCS_OPERATION_TYPE type)
{
    for (size_t i = 0; i < COUNT(operations); i++)
        if (operations[i].type == type) return operations[i].name;
    return "None";
}
