/* What vjob/hcs_host.h adds to the vendor's functions. */
#include <stdlib.h>
#include <vjob/hcs_host.h>

#include "hcs_internal.h"
#include "win32.h"

uint64_t vjob_hcs_operation_job(HCS_OPERATION operation)
{
    (void)operation;
    return 0;
}

uint64_t vjob_hcs_system_exit_job(HCS_SYSTEM system)
{
    (void)system;
    return 0;
}

uint64_t vjob_hcs_process_exit_job(HCS_PROCESS process)
{
    (void)process;
    return 0;
}

void vjob_hcs_ring_completion(HCS_OPERATION operation, void *tap)
{
    (void)operation, (void)tap;
}

void vjob_hcs_ring_event(HCS_EVENT *event, void *tap)
{
    (void)event, (void)tap;
}

int vjob_hcs_event_look(uint64_t event, HCS_EVENT *out_event)
{
    (void)event, (void)out_event;
    return VJOB_EBADHANDLE;
}

int vjob_hcs_handle_fd(HANDLE handle)
{
    return win32_pipe_fd(handle);
}

int vjob_hcs_handle_take_fd(HANDLE handle)
{
    return win32_pipe_take_fd(handle);
}

void vjob_hcs_free(void *document)
{
    free(document);
}

void vjob_hcs_settle(void)
{
    hcs_settle();
}

/* ---- the list of functions -------------------------------------------------------------------------- */

int vjob_hcs_function_count(void)
{
    return (int)hcs_functions_count;
}

static int is_index(int index)
{
    return index >= 0 && (size_t)index < hcs_functions_count;
}

const char *vjob_hcs_function_name(int index)
{
    return is_index(index) ? hcs_functions[index].name : NULL;
}

int vjob_hcs_function_status(int index)
{
    return is_index(index) && hcs_functions[index].is_served;
}

const char *vjob_hcs_result_name(HRESULT result)
{
    return hcs_result_name(result);
}
