/* What the Python package needs beside the API. */
#include "vir_internal.h"

#include <vjob/vir_host.h>

int vjob_vir_function_count(void)
{
    return (int)vir_functions_count;
}

const char *vjob_vir_function_name(int index)
{
    return index >= 0 && (size_t)index < vir_functions_count ? vir_functions[index].name : NULL;
}

int vjob_vir_function_status(int index)
{
    return index >= 0 && (size_t)index < vir_functions_count && !vir_functions[index].is_stub;
}

const char *vjob_vir_error_name(int code)
{
    return vir_error_find(code)->name;
}
