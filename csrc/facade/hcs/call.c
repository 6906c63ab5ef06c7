/*
 * Calls: what an operation follows.
 *
 * An operation keeps the call that it follows, or followed last; a call keeps its operation. Closing the
 * operation, or using it again, takes that ring apart.
 */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hcs_internal.h"

/* ---- ending: world -------------------------------------------------------------------------------- */

/* What a call answers that the end of its system has overtaken. */
static HRESULT overtaken(const hcs_call *call, vjob_err err)
{
    hcs_machine *machine = call->machine;
    if (!machine || call->type == HcsOperationTypeCreate) return S_OK;
    vjob_obj_lock(&hcs_root.obj);
    const hcs_life life = machine->life;
    const hcs_ending ending = machine->ending;
    const HRESULT result = machine->exit_result;
    vjob_obj_unlock(&hcs_root.obj);
    const int off = ending == HCS_TERMINATES || ending == HCS_ALL_CLOSED;
    const int ends = life == HCS_EXITED || off || (err == VJOB_ECANCELLED && ending != HCS_ENDS_NOT);
    if (!ends) return S_OK;
    if (call->type == HcsOperationTypeStart) return HCS_E_TERMINATED_DURING_START;
    if (life == HCS_EXITED) return result;
    return ending == HCS_CRASHES ? HCS_E_UNEXPECTED_EXIT : HCS_E_TERMINATED;
}

static HRESULT result_of(const hcs_call *call, vjob_err err)
{
    if (call->forced) return call->forced;
    if (!err) return S_OK;
    HRESULT result = S_OK;
    if (err == VJOB_ECANCELLED || err == VJOB_ESTATE || err == VJOB_ENOENT || err == VJOB_EBUSY)
        result = overtaken(call, err);
    return result ? result : hcs_result_of(err);
}

static void settle(vjob_job *job)
{
    hcs_call *call = (hcs_call *)job;
    const vjob_err err = (vjob_err)job->err;
    call->result = result_of(call, err);
    if (SUCCEEDED(call->result) && call->done) call->done(call);
    if (FAILED(call->result) && call->failed) call->failed(call);
    if (SUCCEEDED(call->result) || call->message) return;
    const vjob_op_result *found = vjob_op_get_result(job);
    const char *text = found && found->text ? found->text : vjob_err_text(err);
    call->message = strdup(text);
}

static void ended(vjob_job *job)
{
    hcs_call *call = (hcs_call *)job;
    const int told = hcs_operation_tell(call);
    if (call->sink) hcs_sink_ended(call->sink, call, told);
    __atomic_store_n(&call->announced, 1, __ATOMIC_RELEASE);
}

int hcs_call_is_over(hcs_call *call)
{
    static vjob_flag nobodys;
    if (vjob_job_get_state(&call->job) == VJOB_JOB_RUNNING) return 0;
    /* Whoever ends it has the world, until everybody has been told: so do we, a moment later. */
    if (!__atomic_load_n(&call->announced, __ATOMIC_ACQUIRE)) vjob_flag_clear(&nobodys);
    return 1;
}

/* ---- life ------------------------------------------------------------------------------------------- */

static void release(vjob_obj *obj)
{
    if (obj) vjob_obj_release(obj);
}

static void destroy(vjob_obj *obj)
{
    hcs_call *call = (hcs_call *)obj;
    if (call->note) (call->free_note ? call->free_note : free)(call->note);
    free(call->message);
    free(call->document);
    release((vjob_obj *)call->process);
    release((vjob_obj *)call->system);
    release((vjob_obj *)call->machine);
    release((vjob_obj *)call->operation);
}

static void describe(vjob_obj *obj, char *out, size_t cap)
{
    snprintf(out, cap, "%s", hcs_operation_name(((hcs_call *)obj)->type));
}

static void subject(vjob_job *job, char *out, size_t cap)
{
    const hcs_call *call = (const hcs_call *)job;
    snprintf(out, cap, "%s", call->machine ? call->machine->id : "");
}

static const vjob_job_kind kind = {
    .cls = {"HCS call", VJOB_SPACE_HCS, HCS_TYPE_CALL, destroy, describe},
    .settle = settle,
    .ended = ended,
    .subject = subject,
};

void hcs_call_release(hcs_call *call)
{
    if (call) vjob_obj_release(&call->job.obj);
}

/* ---- beginning ---------------------------------------------------------------------------------------- */

static void *keep(void *obj)
{
    return obj ? vjob_obj_retain(obj) : NULL;
}

/* NULL where the call cannot fail in that way. */
static const char *detail_of(HCS_OPERATION_TYPE type)
{
    switch (type) {
    case HcsOperationTypeCreate: return "Construct";
    case HcsOperationTypeStart: return "Start";
    case HcsOperationTypeShutdown: return "Shutdown";
    case HcsOperationTypePause: return "Pause";
    case HcsOperationTypeResume: return "Resume";
    case HcsOperationTypeSave: return "Save";
    case HcsOperationTypeTerminate: return "Terminate";
    case HcsOperationTypeModify: return "Modify";
    case HcsOperationTypeGetProperties:
    case HcsOperationTypeGetProcessProperties: return "GetProperties";
    case HcsOperationTypeCreateProcess: return "ExecuteProcess";
    case HcsOperationTypeSignalProcess: return "SignalProcess";
    case HcsOperationTypeGetProcessInfo: return "GetProcessInfo";
    case HcsOperationTypeModifyProcess: return "ModifyProcess";
    case HcsOperationTypeCrash: return "Crash";
    default: return NULL;
    }
}

static hcs_sink *sink_of(const hcs_start *start)
{
    return start->process ? hcs_process_sink(start->process) : start->system ? &start->system->sink : NULL;
}

static hcs_call *call_new(const hcs_start *start, hcs_operation *operation)
{
    static atomic_ullong last_id;
    hcs_call *call = (hcs_call *)vjob_job_new(&kind, sizeof *call, start->function);
    if (!call) return NULL;
    call->type = start->type;
    call->id = atomic_fetch_add(&last_id, 1) + 1;
    call->detail = detail_of(start->type);
    call->operation = keep(operation);
    call->machine = keep(start->machine);
    call->system = keep(start->system);
    call->process = keep(start->process);
    call->sink = sink_of(start);
    return call;
}

/* Let it follow the call: *old is what it followed before. */
static HRESULT follow(hcs_operation *operation, hcs_call *call, hcs_call **old)
{
    HRESULT result = S_OK;
    *old = NULL;
    vjob_obj_lock(&operation->obj);
    if (operation->call && vjob_job_get_state(&operation->call->job) == VJOB_JOB_RUNNING)
        result = HCS_E_OPERATION_ALREADY_STARTED;
    else if (__atomic_load_n(&operation->closed, __ATOMIC_ACQUIRE))
        result = E_HANDLE;
    else {
        *old = operation->call;
        operation->call = call;
        operation->refused = NULL;
        vjob_obj_retain(&call->job.obj);
    }
    vjob_obj_unlock(&operation->obj);
    return result;
}

/* An operation with a callback of its own has no place where all completions go to one callback. */
static HRESULT check_callback(const hcs_start *start, hcs_operation *operation)
{
    hcs_sink *sink = start->type == HcsOperationTypeCreate ? NULL : sink_of(start);
    if (!sink || !hcs_sink_takes_operations(sink)) return S_OK;
    vjob_obj_lock(&operation->obj);
    const int refused = operation->callback != NULL;
    if (refused && !(operation->call && vjob_job_get_state(&operation->call->job) == VJOB_JOB_RUNNING)) {
        operation->refused = start->function;
        operation->refusal = HCS_E_OPERATION_SYSTEM_CALLBACK_ALREADY_SET;
    }
    vjob_obj_unlock(&operation->obj);
    return refused ? HCS_E_OPERATION_SYSTEM_CALLBACK_ALREADY_SET : S_OK;
}

HRESULT hcs_call_begin(const hcs_start *start, HCS_OPERATION handle, hcs_call **out_call)
{
    HCS_PIN pin = {0};
    hcs_call *old;
    *out_call = NULL;
    HCS_TRY(hcs_enter(handle, &hcs_operation_class, &pin));
    hcs_operation *operation = (hcs_operation *)pin.obj;
    HCS_TRY(check_callback(start, operation));
    hcs_call *call = call_new(start, operation);
    if (!call) return E_OUTOFMEMORY;
    const HRESULT result = follow(operation, call, &old);
    if (FAILED(result)) {
        hcs_call_release(call);
        return result;
    }
    if (old && old->sink) hcs_sink_forget(old->sink, old);
    hcs_call_release(old);
    if (call->sink) hcs_sink_join(call->sink, call);
    *out_call = call;
    return S_OK;
}

/* ---- going on --------------------------------------------------------------------------------------------- */

/* Asking takes a moment: a program that asks again and again lets the auto clock advance by it. */
#define MOMENT_NS UINT64_C(1000000)

void hcs_call_fail(hcs_call *call, HRESULT result, const char *message)
{
    call->forced = result;
    if (message) call->message = strdup(message);
    if (vjob_job_end_later(&call->job, 0, VJOB_EFAILED)) vjob_job_end(&call->job, VJOB_EFAILED);
}

void hcs_call_fail_why(hcs_call *call, const hcs_why *why)
{
    hcs_call_fail(call, why->result, why->text);
}

void hcs_call_finish(hcs_call *call)
{
    if (vjob_job_end_later(&call->job, MOMENT_NS, VJOB_OK)) vjob_job_end(&call->job, VJOB_ENOMEM);
}

void hcs_call_operate(hcs_call *call, vjob_op_request *request)
{
    call->op = request->op;
    const vjob_err err = vjob_op_start(request, &call->job);
    if (!err) return;
    const vjob_error *last = vjob_last_error();
    hcs_call_fail(call, hcs_result_of(err), last->text);
}

char *hcs_call_document(const hcs_call *call)
{
    if (FAILED(call->result)) return hcs_error_document(call->result, call->message, call->detail);
    return call->document ? strdup(call->document) : NULL;
}

/* ---- errands ------------------------------------------------------------------------------------------------ */

typedef struct errand {
    vjob_job job;
    void (*ended)(vjob_job *job, void *data);
    void *data;
} errand;

static void errand_ended(vjob_job *job)
{
    const errand *done = (const errand *)job;
    if (done->ended) done->ended(job, done->data);
}

static const vjob_job_kind errand_kind = {.cls = {"errand", VJOB_SPACE_HCS, HCS_TYPE_CALL, NULL, NULL},
                                          .ended = errand_ended};

vjob_job *hcs_errand(const vjob_op_request *request, void (*ended_hook)(vjob_job *job, void *data),
                     void *data)
{
    errand *made = (errand *)vjob_job_new(&errand_kind, sizeof *made, vjob_op_name(request->op));
    if (!made) return NULL;
    made->ended = ended_hook;
    made->data = data;
    if (!vjob_op_start(request, &made->job)) return &made->job;
    made->ended = NULL;
    vjob_job_end(&made->job, VJOB_EFAILED);
    vjob_obj_release(&made->job.obj);
    return NULL;
}
