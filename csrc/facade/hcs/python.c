/* What vjob/hcs_host.h adds to the vendor's functions. */
#include <stdlib.h>
#include <vjob/hcs_host.h>

#include "hcs_internal.h"
#include "win32.h"

/* ---- jobs ------------------------------------------------------------------------------------------- */

static uint64_t give(vjob_job *job)
{
    vjob_handle handle = 0;
    return job && !vjob_name_give(&job->obj, &handle) ? handle : 0;
}

uint64_t vjob_hcs_operation_job(HCS_OPERATION operation)
{
    HCS_PIN pin = {0};
    if (FAILED(hcs_enter_poll(operation, &hcs_operation_class, &pin))) return 0;
    hcs_call *call = hcs_operation_call((hcs_operation *)pin.obj);
    const uint64_t handle = give(call ? &call->job : NULL);
    hcs_call_release(call);
    return handle;
}

uint64_t vjob_hcs_system_exit_job(HCS_SYSTEM system)
{
    HCS_PIN pin = {0};
    if (FAILED(hcs_enter_poll(system, &hcs_system_class, &pin))) return 0;
    return give(((hcs_system *)pin.obj)->machine->exit);
}

uint64_t vjob_hcs_process_exit_job(HCS_PROCESS process)
{
    HCS_PIN pin = {0};
    if (FAILED(hcs_enter_poll(process, &hcs_process_class, &pin))) return 0;
    return give(hcs_process_exit_job((hcs_process *)pin.obj));
}

/* ---- rings -------------------------------------------------------------------------------------------- */

/* Post with a reference for the taker; without a ring that takes it, it is given back. */
static void post(vjob_tap *tap, vjob_handle handle, int64_t a, int64_t b)
{
    if (vjob_tap_post(tap, handle, a, b) && handle) vjob_space_release(VJOB_SPACE_HCS, handle);
}

void vjob_hcs_ring_completion(HCS_OPERATION operation, void *tap)
{
    const vjob_handle handle = (vjob_handle)(uintptr_t)operation;
    const HRESULT result = HcsGetOperationResult(operation, NULL);
    if (!vjob_name_grant(handle)) post(tap, handle, HcsGetOperationType(operation), result);
}

typedef struct event_object {
    vjob_obj obj;
    uint32_t holds;
    HCS_EVENT event;
    PWSTR data; /* owned */
} event_object;

static void event_destroy(vjob_obj *obj)
{
    event_object *object = (event_object *)obj;
    free(object->data);
    hcs_owe(&object->holds);
}

static const vjob_class event_class = {"HCS_EVENT", VJOB_SPACE_HCS, HCS_TYPE_EVENT, event_destroy, NULL};

void vjob_hcs_ring_event(HCS_EVENT *event, void *tap)
{
    vjob_handle handle = 0;
    event_object *object = (event_object *)vjob_obj_new(&event_class, sizeof *object);
    if (!object) return;
    if (event->EventData) object->data = wcsdup(event->EventData);
    object->event = (HCS_EVENT){event->Type, object->data, event->Operation};
    if (SUCCEEDED(hcs_name(&object->obj, &object->holds, &handle)))
        post(tap, handle, (int64_t)(uint32_t)event->Type, 0);
    vjob_obj_release(&object->obj);
}

int vjob_hcs_event_look(uint64_t event, HCS_EVENT *out_event)
{
    HCS_PIN pin = {0};
    *out_event = (HCS_EVENT){.Type = HcsEventInvalid};
    if (FAILED(hcs_enter_poll((const void *)(uintptr_t)event, &event_class, &pin))) return VJOB_EBADHANDLE;
    *out_event = ((event_object *)pin.obj)->event;
    return VJOB_OK;
}

/* ---- standard handles ---------------------------------------------------------------------------------- */

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
