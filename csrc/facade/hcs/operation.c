/* Operations: what a client has of its calls. */
#include <stdio.h>
#include <stdlib.h>

#include "hcs_internal.h"

/* ---- the callback of its own ------------------------------------------------------------------------- */

static void completion_free(vjob_item *item)
{
    hcs_call_release(((hcs_completion *)item)->call);
}

static void deliver(void *owner, const vjob_handler *handler, vjob_item *item)
{
    const hcs_completion *done = (const hcs_completion *)item;
    (void)owner, (void)handler;
    done->callback(hcs_handle(&done->call->operation->obj), done->context);
}

static const vjob_channel_ops ops = {.deliver = deliver};

static void nothing(void) {}

/* One handler, whatever callback the operation has when a call ends. */
static HRESULT need_channel(hcs_operation *operation)
{
    static const vjob_handler handler = {.fn = nothing};
    vjob_channel *none = NULL;
    if (__atomic_load_n(&operation->channel, __ATOMIC_ACQUIRE)) return S_OK;
    vjob_channel *made = vjob_channel_create(VJOB_SPACE_HCS, &ops, operation);
    if (!made) return E_OUTOFMEMORY;
    if (vjob_channel_add(made, &handler, NULL)) {
        vjob_channel_close(made, 0);
        return E_OUTOFMEMORY;
    }
    if (!__atomic_compare_exchange_n(&operation->channel, &none, made, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
        vjob_channel_close(made, 0);
    return S_OK;
}

int hcs_operation_tell(hcs_call *call)
{
    hcs_operation *operation = call->operation;
    hcs_completion *done = &call->completion;
    vjob_obj_lock(&operation->obj);
    done->callback = operation->callback;
    done->context = operation->context;
    vjob_obj_unlock(&operation->obj);
    if (!done->callback) return 0;
    vjob_item_init(&done->item, completion_free);
    done->call = call;
    vjob_obj_retain(&call->job.obj);
    if (!__atomic_load_n(&operation->closed, __ATOMIC_ACQUIRE))
        vjob_channel_post(operation->channel, &done->item);
    vjob_item_release(&done->item);
    return 1;
}

/* ---- life ------------------------------------------------------------------------------------------------ */

static void destroy(vjob_obj *obj)
{
    hcs_operation *operation = (hcs_operation *)obj;
    if (operation->channel) vjob_channel_close(operation->channel, 0);
    hcs_call_release(operation->call);
    hcs_owe(&operation->holds);
}

static void describe(vjob_obj *obj, char *out, size_t cap)
{
    hcs_operation *operation = (hcs_operation *)obj;
    vjob_obj_lock(obj);
    const char *refused = operation->refused;
    const HRESULT refusal = operation->refusal;
    const HCS_OPERATION_TYPE type = operation->call ? operation->call->type : HcsOperationTypeNone;
    vjob_obj_unlock(obj);
    if (refused)
        snprintf(out, cap, "refused by %s: %s", refused, hcs_result_name(refusal));
    else
        snprintf(out, cap, "%s", type == HcsOperationTypeNone ? "idle" : hcs_operation_name(type));
}

const vjob_class hcs_operation_class = {"HCS_OPERATION", VJOB_SPACE_HCS, HCS_TYPE_OPERATION, destroy,
                                        describe};

HCS_OPERATION HcsCreateOperation(const void *context, HCS_OPERATION_COMPLETION callback)
{
    vjob_handle handle;
    hcs_settle();
    hcs_operation *operation = (hcs_operation *)vjob_obj_new(&hcs_operation_class, sizeof *operation);
    if (!operation) return NULL;
    operation->context = (void *)context;
    operation->callback = callback;
    const HRESULT result = callback ? need_channel(operation) : S_OK;
    if (FAILED(result) || FAILED(hcs_name(&operation->obj, &operation->holds, &handle))) handle = 0;
    vjob_obj_release(&operation->obj);
    return (HCS_OPERATION)(uintptr_t)handle;
}

hcs_call *hcs_operation_call(hcs_operation *operation)
{
    vjob_obj_lock(&operation->obj);
    hcs_call *call = operation->call;
    if (call) vjob_obj_retain(&call->job.obj);
    vjob_obj_unlock(&operation->obj);
    return call;
}

/* What has been posted is delivered, to a name that lives; a call under way goes on and nobody hears of it. */
static void close_operation(hcs_operation *operation)
{
    if (__atomic_exchange_n(&operation->closed, 1, __ATOMIC_ACQ_REL)) return;
    vjob_channel *channel = __atomic_load_n(&operation->channel, __ATOMIC_ACQUIRE);
    if (channel) vjob_channel_flush(channel);
    vjob_name_end(operation->obj.name);
    if (channel) vjob_channel_stop(channel, 1);
    vjob_obj_lock(&operation->obj);
    hcs_call *call = operation->call;
    operation->call = NULL;
    vjob_obj_unlock(&operation->obj);
    if (call && call->sink) hcs_sink_forget(call->sink, call);
    hcs_call_release(call);
    hcs_owe(&operation->holds);
}

void HcsCloseOperation(HCS_OPERATION operation)
{
    hcs_pin pin;
    if (SUCCEEDED(hcs_enter(operation, &hcs_operation_class, &pin)))
        close_operation((hcs_operation *)pin.obj);
    hcs_unpin(&pin);
    hcs_settle();
}

/* ---- looking ------------------------------------------------------------------------------------------------ */

void *HcsGetOperationContext(HCS_OPERATION operation)
{
    HCS_PIN pin = {0};
    if (FAILED(hcs_enter(operation, &hcs_operation_class, &pin))) return NULL;
    hcs_operation *found = (hcs_operation *)pin.obj;
    vjob_obj_lock(&found->obj);
    void *context = found->context;
    vjob_obj_unlock(&found->obj);
    return context;
}

HRESULT HcsSetOperationContext(HCS_OPERATION operation, const void *context)
{
    HCS_PIN pin = {0};
    HCS_TRY(hcs_enter(operation, &hcs_operation_class, &pin));
    hcs_operation *found = (hcs_operation *)pin.obj;
    vjob_obj_lock(&found->obj);
    found->context = (void *)context;
    vjob_obj_unlock(&found->obj);
    return S_OK;
}

/* A call that has ended is told with the callback of that moment: a later one is for the next call. */
HRESULT HcsSetOperationCallback(HCS_OPERATION operation, const void *context,
                                HCS_OPERATION_COMPLETION callback)
{
    HCS_PIN pin = {0};
    HCS_TRY(hcs_enter(operation, &hcs_operation_class, &pin));
    hcs_operation *found = (hcs_operation *)pin.obj;
    if (callback) HCS_TRY(need_channel(found));
    vjob_obj_lock(&found->obj);
    found->context = (void *)context;
    found->callback = callback;
    vjob_obj_unlock(&found->obj);
    return S_OK;
}

/* The call that is under way, or NULL; one reference. */
static hcs_call *active(HCS_OPERATION operation)
{
    HCS_PIN pin = {0};
    if (FAILED(hcs_enter_poll(operation, &hcs_operation_class, &pin))) return NULL;
    hcs_call *call = hcs_operation_call((hcs_operation *)pin.obj);
    if (!call || vjob_job_get_state(&call->job) == VJOB_JOB_RUNNING) return call;
    hcs_call_release(call);
    return NULL;
}

HCS_SYSTEM HcsGetComputeSystemFromOperation(HCS_OPERATION operation)
{
    hcs_call *call = active(operation);
    HCS_SYSTEM system = call && call->system ? hcs_handle(&call->system->obj) : NULL;
    hcs_call_release(call);
    return system;
}

HCS_PROCESS HcsGetProcessFromOperation(HCS_OPERATION operation)
{
    hcs_call *call = active(operation);
    HCS_PROCESS process = call && call->process ? hcs_handle((const vjob_obj *)call->process) : NULL;
    hcs_call_release(call);
    return process;
}

HCS_OPERATION_TYPE HcsGetOperationType(HCS_OPERATION operation)
{
    HCS_PIN pin = {0};
    if (FAILED(hcs_enter_poll(operation, &hcs_operation_class, &pin))) return HcsOperationTypeNone;
    hcs_call *call = hcs_operation_call((hcs_operation *)pin.obj);
    const HCS_OPERATION_TYPE type = call ? call->type : HcsOperationTypeNone;
    hcs_call_release(call);
    return type;
}

UINT64 HcsGetOperationId(HCS_OPERATION operation)
{
    HCS_PIN pin = {0};
    if (FAILED(hcs_enter_poll(operation, &hcs_operation_class, &pin))) return HCS_INVALID_OPERATION_ID;
    hcs_call *call = hcs_operation_call((hcs_operation *)pin.obj);
    const UINT64 id = call ? call->id : (UINT64)pin.handle;
    hcs_call_release(call);
    return id;
}

/* ---- results -------------------------------------------------------------------------------------------------- */

static HRESULT fetch(hcs_call *call, PWSTR *out)
{
    if (call->sink) hcs_sink_forget(call->sink, call);
    char *document = out ? hcs_call_document(call) : NULL;
    const HRESULT given = hcs_give_text(document, out);
    free(document);
    return FAILED(given) ? HCS_E_OPERATION_RESULT_ALLOCATION_FAILED : call->result;
}

HRESULT HcsGetOperationResult(HCS_OPERATION operation, PWSTR *resultDocument)
{
    HCS_PIN pin = {0};
    if (resultDocument) *resultDocument = NULL;
    HCS_TRY(hcs_enter_poll(operation, &hcs_operation_class, &pin));
    hcs_call *call = hcs_operation_call((hcs_operation *)pin.obj);
    if (!call) return HCS_E_OPERATION_NOT_STARTED;
    HRESULT result = HCS_E_OPERATION_PENDING;
    if (hcs_call_is_over(call)) result = fetch(call, resultDocument);
    hcs_call_release(call);
    return result;
}

#define NS_PER_MS UINT64_C(1000000)

HRESULT hcs_wait(vjob_job *job, DWORD timeout_ms)
{
    const uint64_t timeout_ns = timeout_ms == INFINITE ? VJOB_FOREVER : timeout_ms * NS_PER_MS;
    switch (vjob_job_wait(job, timeout_ns)) {
    case VJOB_OK: return S_OK;
    case VJOB_ETIMEDOUT: return HCS_E_OPERATION_TIMEOUT;
    default: return HCS_E_SERVICE_DISCONNECT;
    }
}

/* *out_call: what has ended, one reference; NULL: nothing has. */
static HRESULT wait_call(HCS_OPERATION operation, DWORD timeout_ms, hcs_call **out_call)
{
    HCS_PIN pin = {0};
    *out_call = NULL;
    HCS_TRY((timeout_ms ? hcs_enter : hcs_enter_poll)(operation, &hcs_operation_class, &pin));
    hcs_call *call = hcs_operation_call((hcs_operation *)pin.obj);
    if (!call) return HCS_E_OPERATION_NOT_STARTED;
    const HRESULT result = hcs_wait(&call->job, timeout_ms);
    if (FAILED(result))
        hcs_call_release(call);
    else
        *out_call = call;
    return result;
}

HRESULT HcsWaitForOperationResult(HCS_OPERATION operation, DWORD timeoutMs, PWSTR *resultDocument)
{
    hcs_call *call;
    if (resultDocument) *resultDocument = NULL;
    HRESULT result = wait_call(operation, timeoutMs, &call);
    if (call && hcs_call_is_over(call)) result = fetch(call, resultDocument);
    hcs_call_release(call);
    return result;
}

/* ---- results with a process ------------------------------------------------------------------------------------- */

/* What comes with the document; only processes have it. */
static HRESULT fetch_info(hcs_call *call, HCS_PROCESS_INFORMATION *info, PWSTR *out)
{
    if (call->type != HcsOperationTypeCreateProcess && call->type != HcsOperationTypeGetProcessInfo)
        return E_INVALIDARG;
    const HRESULT result = fetch(call, out);
    if (result != S_OK || !info) return result;
    HANDLE pipes[3];
    hcs_process_give_pipes(call->process, pipes);
    *info = (HCS_PROCESS_INFORMATION){call->info.pid, 0, pipes[0], pipes[1], pipes[2]};
    return result;
}

HRESULT HcsGetOperationResultAndProcessInfo(HCS_OPERATION operation,
                                            HCS_PROCESS_INFORMATION *processInformation,
                                            PWSTR *resultDocument)
{
    HCS_PIN pin = {0};
    if (resultDocument) *resultDocument = NULL;
    HCS_TRY(hcs_enter_poll(operation, &hcs_operation_class, &pin));
    hcs_call *call = hcs_operation_call((hcs_operation *)pin.obj);
    if (!call) return HCS_E_OPERATION_NOT_STARTED;
    HRESULT result = HCS_E_OPERATION_PENDING;
    if (hcs_call_is_over(call)) result = fetch_info(call, processInformation, resultDocument);
    hcs_call_release(call);
    return result;
}

HRESULT HcsWaitForOperationResultAndProcessInfo(HCS_OPERATION operation, DWORD timeoutMs,
                                                HCS_PROCESS_INFORMATION *processInformation,
                                                PWSTR *resultDocument)
{
    hcs_call *call;
    if (resultDocument) *resultDocument = NULL;
    HRESULT result = wait_call(operation, timeoutMs, &call);
    if (call && hcs_call_is_over(call)) result = fetch_info(call, processInformation, resultDocument);
    hcs_call_release(call);
    return result;
}

/* ---- cancelling -------------------------------------------------------------------------------------------------- */

HRESULT HcsCancelOperation(HCS_OPERATION operation)
{
    HCS_PIN pin = {0};
    HCS_TRY(hcs_enter(operation, &hcs_operation_class, &pin));
    if (!vjob_sim_is_ideal()) return E_NOTIMPL;
    hcs_call *call = hcs_operation_call((hcs_operation *)pin.obj);
    if (!call) return HCS_E_OPERATION_NOT_STARTED;
    HRESULT result = S_OK;
    if (vjob_job_ask_cancel(&call->job) == VJOB_EDONE) {
        const int was_cancelled = vjob_job_get_state(&call->job) == VJOB_JOB_CANCELLED;
        result = was_cancelled ? HCS_E_OPERATION_ALREADY_CANCELLED : HCS_E_INVALID_STATE;
    }
    hcs_call_release(call);
    return result;
}
