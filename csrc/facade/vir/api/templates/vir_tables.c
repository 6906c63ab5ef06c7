/* The list of functions, and names and texts of error codes. Generated. */
#include "vir_tables.h"

#include <libvirt/libvirt.h>
#include <libvirt/virjob.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(table) (sizeof(table) / sizeof(table)[0])

const vir_function vir_functions[] = {
@functions@
};
const size_t vir_functions_count = COUNT(vir_functions);

static const vir_error_row errors[] = {
@errors@
};

static const char *const labels[] = {
@labels@
};

static int by_name(const void *name, const void *row)
{
    return strcmp(name, ((const vir_function *)row)->name);
}

const vir_function *vir_function_find(const char *name)
{
    return bsearch(name, vir_functions, vir_functions_count, sizeof *vir_functions, by_name);
}

const vir_error_row *vir_error_find(int code)
{
    return &errors[code >= 0 && (size_t)code < COUNT(errors) ? code : VIR_ERR_INTERNAL_ERROR];
}

const char *vir_label(int from)
{
    return from >= 0 && (size_t)from < COUNT(labels) ? labels[from] : "";
}
