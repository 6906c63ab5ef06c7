/* Jobs: how they end, and what clients may ask of them. */
#include "prl_internal.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- ending: world ---------------------------------------------------------------------------- */

static void settle(vjob_job *base)
{
    prl_job *job = (prl_job *)base;
    const vjob_err err = (vjob_err)base->err;
    if (err == VJOB_OK || err == VJOB_ECANCELLED || err == VJOB_ECLOSED)
        job->ret = prl_result(err);
    else
        job->ret = job->forced ? job->forced : prl_outcome_result(job, err);
    if (job->done) job->done(job);
}

static void leave(prl_job *job)
{
    vjob_obj_lock(&job->server->obj);
    if (job->link) {
        *job->link = job->next;
        if (job->next) job->next->link = job->link;
        job->link = NULL;
    }
    vjob_obj_unlock(&job->server->obj);
}

/* A delivered job's name was held for its handlers: they see the value that the call returned. */
static void item_destroy(vjob_item *item)
{
    vjob_name_unhold(((prl_item *)item)->job->job.obj.name);
}

void prl_job_tell(prl_job *job)
{
    if (!vjob_channel_handlers(job->server->channel) || vjob_name_hold(job->job.obj.name)) return;
    vjob_item_init(&job->item.item, item_destroy);
    job->item.job = job;
    job->item.scope = job->vm;
    vjob_channel_post(job->server->channel, &job->item.item);
    vjob_item_release(&job->item.item);
}

static void ended(vjob_job *base)
{
    prl_job *job = (prl_job *)base;
    if (!job->server) return;
    leave(job);
    prl_job_tell(job);
    if (job->code == PJOC_SRV_LOGOFF && !job->ret) prl_server_drop_world(job->server);
}

static void destroy(vjob_obj *obj)
{
    prl_job *job = (prl_job *)obj;
    if (job->server) vjob_obj_release(&job->server->obj);
    if (job->vm) vjob_obj_release(&job->vm->obj);
    if (job->object) vjob_obj_release(job->object);
    if (job->writer) vjob_channel_close(job->writer, 0);
    free(job->text);
    free(job->subject);
}

static void describe(vjob_obj *obj, char *out, size_t cap)
{
    snprintf(out, cap, "%s", ((prl_job *)obj)->job.operation);
}

/* The VM or the server that the call was made on. */
static void subject(vjob_job *base, char *out, size_t cap)
{
    prl_job *job = (prl_job *)base;
    vjob_obj *obj = job->vm ? &job->vm->obj : (vjob_obj *)job->server;
    *out = '\0';
    if (obj) obj->cls->describe(obj, out, cap);
}

const vjob_job_kind prl_job_kind = {
    .cls = {"PHT_JOB", VJOB_SPACE_PRL, PHT_JOB, destroy, describe},
    .settle = settle,
    .ended = ended,
    .subject = subject,
};

/* ---- programs in guests: the output first, then the waiters, then the handlers ------------------ */

static void written_destroy(vjob_item *item)
{
    vjob_name_unhold(((prl_item *)item)->job->job.obj.name);
}

static void run_ended(vjob_job *base)
{
    prl_job *job = (prl_job *)base;
    leave(job);
    if (vjob_name_hold(base->obj.name)) return;
    vjob_item_init(&job->output_item.item, written_destroy);
    job->output_item.job = job;
    vjob_channel_post(job->writer,
                      &job->output_item.item); /* refused when the library stops: so are all waits */
    vjob_item_release(&job->output_item.item);
}

const vjob_job_kind prl_run_kind = {
    .cls = {"PHT_JOB", VJOB_SPACE_PRL, PHT_JOB, destroy, describe},
    .settle = settle,
    .ended = run_ended,
    .flags = VJOB_KIND_WAKE_LATER,
    .subject = subject,
};

int prl_job_is_running(const prl_job *job)
{
    return vjob_job_get_state(&job->job) == VJOB_JOB_RUNNING ||
           __atomic_load_n(&job->writing, __ATOMIC_ACQUIRE);
}

/* ---- what went wrong -------------------------------------------------------------------------- */

/* Messages: %1 is what they are about (subject, VM or host), %2 a VM's state, %3 what the simulator said. */
static int add_args(prl_content *content, const char *subject, const char *state, const char *detail)
{
    return prl_content_add(content, EVT_PARAM_MESSAGE_PARAM_PREFIX "0", PFD_STRING, subject) &&
           prl_content_add(content, EVT_PARAM_MESSAGE_PARAM_PREFIX "1", PFD_STRING, state) &&
           prl_content_add(content, EVT_PARAM_MESSAGE_PARAM_PREFIX "2", PFD_STRING, detail);
}

static int is_about_connection(PRL_RESULT result)
{
    return result == PRL_ERR_NOT_CONNECTED_TO_DISPATCHER || result == PRL_ERR_WS_DISP_CONNECTION_CLOSED ||
           result == PRL_ERR_CANT_CONNECT_TO_DISPATCHER || result == PRL_ERR_AUTHENTICATION_FAILED;
}

/* The VM that a job was about, one reference, or NULL. */
static vjob_vm *vm_of(const prl_job *job, const vjob_op_result *result)
{
    if (result && result->vm) return vjob_vm_retain(result->vm);
    return job->vm ? prl_vm_get(job->vm) : NULL;
}

static int describe_failure(const prl_job *job, prl_content *content)
{
    const vjob_op_result *result = vjob_op_get_result((vjob_job *)&job->job);
    const char *detail = result && result->text ? result->text : job->text;
    vjob_vm_info info = {.name = ""};
    char name[256];
    vjob_vm *vm = is_about_connection(job->ret) ? NULL : vm_of(job, result);
    if (!vm) {
        vjob_obj *obj = job->vm && !is_about_connection(job->ret) ? &job->vm->obj : &job->server->obj;
        obj->cls->describe(obj, name, sizeof name);
        return add_args(content, job->subject ? job->subject : name, NULL, detail);
    }
    vjob_vm_look(vm, &info);
    vjob_vm_release(vm);
    prl_brace(info.uuid, content->issuer_id);
    const int found = result && vjob_job_get_err(&job->job) == VJOB_ESTATE;
    const char *state = prl_vm_state_name(prl_vm_state(found ? result->state : info.state));
    return add_args(content, job->subject ? job->subject : info.name, state, detail);
}

prl_content *prl_job_error(const prl_job *job)
{
    if (!job->ret) return NULL;
    const PRL_EVENT_ISSUER_TYPE issuer = job->server ? PIE_DISPATCHER : PIE_WEB_SERVICE;
    prl_content *content = prl_content_new(PET_VM_INF_UNINITIALIZED_EVENT_CODE, issuer, PRL_ZERO_UUID);
    if (!content) return NULL;
    content->code = job->ret;
    snprintf(content->source, sizeof content->source, "%s", job->function);
    if (!job->server || describe_failure(job, content)) return content;
    prl_content_release(content);
    return NULL;
}

/* ---- functions -------------------------------------------------------------------------------- */

PRL_METHOD(PrlJob_Wait)(PRL_HANDLE hJob, PRL_UINT32 msecs)
{
    PRL_ENTER_BY((msecs ? prl_enter : prl_enter_poll), prl_job, job, hJob, PHT_JOB);
    if (!prl_job_is_running(job)) return PRL_ERR_SUCCESS;
    const uint64_t timeout = msecs == UINT32_MAX ? VJOB_FOREVER : (uint64_t)msecs * 1000000u;
    const vjob_err err = vjob_job_wait(&job->job, timeout);
    return err == VJOB_ECLOSED ? PRL_ERR_API_WASNT_INITIALIZED : prl_result(err);
}

PRL_METHOD(PrlJob_GetStatus)(PRL_HANDLE hJob, PRL_JOB_STATUS_PTR status)
{
    PRL_ENTER_POLL(prl_job, job, hJob, PHT_JOB);
    PRL_NEED(status);
    *status = prl_job_is_running(job) ? PJS_RUNNING : PJS_FINISHED;
    return PRL_ERR_SUCCESS;
}

PRL_METHOD(PrlJob_GetProgress)(PRL_HANDLE hJob, PRL_UINT32_PTR percentage)
{
    PRL_ENTER_POLL(prl_job, job, hJob, PHT_JOB);
    PRL_NEED(percentage);
    *percentage = vjob_job_get_progress(&job->job);
    return PRL_ERR_SUCCESS;
}

PRL_METHOD(PrlJob_GetRetCode)(PRL_HANDLE hJob, PRL_RESULT_PTR retcode)
{
    PRL_ENTER_POLL(prl_job, job, hJob, PHT_JOB);
    PRL_NEED(retcode);
    *retcode = prl_job_is_running(job) ? PRL_ERR_UNINITIALIZED : job->ret;
    return PRL_ERR_SUCCESS;
}

PRL_METHOD(PrlJob_GetDataPtr)(PRL_HANDLE hJob, PRL_VOID_PTR data_ptr, PRL_UINT32_PTR data_size)
{
    PRL_ENTER(prl_job, job, hJob, PHT_JOB);
    PRL_NEED(job && data_ptr && data_size);
    return PRL_ERR_UNIMPLEMENTED; /* so it is in the real library */
}

PRL_METHOD(PrlJob_GetResult)(PRL_HANDLE hJob, PRL_HANDLE_PTR handle)
{
    PRL_ENTER_POLL(prl_job, job, hJob, PHT_JOB);
    PRL_NEED(handle);
    *handle = PRL_INVALID_HANDLE;
    if (prl_job_is_running(job)) return PRL_ERR_OPERATION_PENDING;
    return prl_give_new(prl_result_new(job), handle);
}

PRL_METHOD(PrlJob_GetError)(PRL_HANDLE hJob, PRL_HANDLE_PTR phError)
{
    PRL_ENTER_POLL(prl_job, job, hJob, PHT_JOB);
    PRL_NEED(phError);
    *phError = PRL_INVALID_HANDLE;
    if (prl_job_is_running(job) || !job->ret) return PRL_ERR_NO_DATA;
    prl_content *content = prl_job_error(job);
    return prl_give_new(content ? (vjob_obj *)prl_event_new(content, job->server, job->vm, job) : NULL,
                        phError);
}

PRL_METHOD(PrlJob_GetOpCode)(PRL_HANDLE hJob, PRL_JOB_OPERATION_CODE_PTR pnOpCode)
{
    PRL_ENTER(prl_job, job, hJob, PHT_JOB);
    PRL_NEED(pnOpCode);
    *pnOpCode = job->code;
    return PRL_ERR_SUCCESS;
}

PRL_METHOD(PrlJob_IsRequestWasSent)(PRL_HANDLE hJob, PRL_BOOL_PTR pbIsRequestWasSent)
{
    PRL_ENTER(prl_job, job, hJob, PHT_JOB);
    PRL_NEED(pbIsRequestWasSent);
    *pbIsRequestWasSent = job->server != NULL;
    return PRL_ERR_SUCCESS;
}

PRL_ASYNC_METHOD(PrlJob_Cancel)(PRL_HANDLE hJob)
{
    PRL_ASYNC(call, hJob, PHT_JOB, PJOC_JOB_CANCEL);
    prl_job *target = (prl_job *)call.pin.obj;
    vjob_op_request nothing = {.op = VJOB_OP_NONE};
    if (!target->server) return prl_call_fail(&call, PRL_ERR_UNINITIALIZED);
    call.any_link = 1;
    call.forced = prl_result(vjob_job_ask_cancel(&target->job));
    return prl_call_start(&call, &nothing);
}
