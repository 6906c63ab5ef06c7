/* Asynchronous calls: from arguments to a running job, or to one that fails. */
#include "vix_internal.h"

#include <stdlib.h>
#include <string.h>

VixError vix_call_begin(vix_call *call, VixHandle h, VixHandleType type)
{
    const VixError error = vix_enter(h, type, &call->pin);
    if (error) return error;
    if (type == VIX_HANDLETYPE_HOST) {
        call->host = (vix_host *)call->pin.obj;
    } else {
        call->vm = (vix_vm *)call->pin.obj;
        call->host = call->vm->member.host;
    }
    return VIX_OK;
}

void vix_call_end(vix_call *call)
{
    vix_unpin(&call->pin);
    if (call->note) (call->free_note ? call->free_note : free)(call->note);
}

static vix_inner *inner_new(vix_job *job)
{
    vix_inner *inner = (vix_inner *)vjob_job_new(&vix_inner_kind, sizeof *inner, job->job.operation);
    if (!inner) return NULL;
    inner->outer = job;
    return inner;
}

/* Its place: below a session, or on its own. */
static int place(vix_job *job, vix_call *call)
{
    if (!call->host) {
        job->holds = !vix_hold();
        return 1;
    }
    const int open = vix_member_join(&job->member, call->host, &job->job.obj);
    if (!open) job->forced = VIX_E_HOST_NOT_CONNECTED;
    if (!call->host->pump || !open) return 1; /* a closed session is not pumped */
    job->inner = inner_new(job);
    return job->inner != NULL;
}

vix_job *vix_call_job(vix_call *call, vjob_op op)
{
    const vjob_job_kind *kind = call->callback ? &vix_told_kind : &vix_job_kind;
    vjob_handle handle;
    if (vjob_enter_free()) return NULL; /* a forked child, where locks of the parent's threads stay locked */
    vix_job *job = (vix_job *)vjob_job_new(kind, sizeof *job, call->function);
    if (!job) return NULL;
    job->op = op;
    job->forced = call->forced;
    job->on_missing = call->on_missing;
    job->on_exists = call->on_exists;
    job->done = call->done;
    job->note = call->note;
    job->free_note = call->free_note;
    call->note = NULL;
    if (call->vm) job->vm = (vix_vm *)vjob_obj_retain(&call->vm->obj);
    job->callback = call->callback;
    job->data = call->data;
    int fine = place(job, call);
    if (fine && job->callback && !job->inner && (job->holds || call->host))
        fine = (job->channel = vix_channel_new(job)) != NULL;
    if (fine && !vjob_name_create(&job->job.obj, &handle)) return job;
    vjob_obj_release(&job->job.obj);
    return NULL;
}

VixHandle vix_job_return(vix_job *job)
{
    const vjob_handle handle = job->job.obj.name;
    vjob_obj_release(&job->job.obj);
    return vix_handle(handle);
}

/* From here on somebody works on the job; in pumped sessions the outer one stays alive for the inner. */
void vix_begin_work(vix_job *job)
{
    if (!job->inner) return;
    vjob_obj_retain(&job->job.obj);
    vix_host *host = job->member.host;
    vjob_obj_lock(&host->obj);
    host->working++;
    vjob_obj_unlock(&host->obj);
}

static VixHandle started(vix_job *job, vjob_err err)
{
    if (err) vjob_job_end(vix_job_worker(job), err);
    return vix_job_return(job);
}

/* There is no engine to end a job later, or on another thread. */
static VixHandle ended_here(vix_job *job)
{
    vjob_job_end(&job->job, VJOB_EFAILED);
    vix_tell_here(job);
    return vix_job_return(job);
}

VixHandle vix_call_fail(vix_call *call, VixError error)
{
    vjob_op_request nothing = {.op = VJOB_OP_NONE};
    call->forced = error;
    return vix_call_start(call, &nothing);
}

VixHandle vix_call_start(vix_call *call, vjob_op_request *request)
{
    vix_job *job = vix_call_job(call, request->op);
    if (!job) return VIX_INVALID_HANDLE; /* no memory even for a job */
    if (!job->holds && !job->member.host) return ended_here(job);
    vix_begin_work(job);
    vjob_job *worker = vix_job_worker(job);
    if (job->forced || request->op == VJOB_OP_NONE)
        return started(job, vjob_job_end_later(worker, 0, job->forced ? VJOB_EFAILED : VJOB_OK));
    if (job->vm && !request->vm) request->vm = job->vm->vm;
    return started(job, vjob_op_start(request, worker));
}

VixHandle vix_call_run(vix_call *call, vjob_err (*body)(vjob_job *worker, void *job))
{
    vix_job *job = vix_call_job(call, VJOB_OP_NONE);
    if (!job) return VIX_INVALID_HANDLE;
    vix_begin_work(job);
    vjob_job *worker = vix_job_worker(job);
    if (job->forced) return started(job, vjob_job_end_later(worker, 0, VJOB_EFAILED));
    return started(job, vjob_job_run(worker, body, job));
}

/* ---- steps of bodies ---------------------------------------------------------------------------------- */

static const vjob_job_kind step_kind = {.cls = {"step", VJOB_SPACE_VIX, VIX_HANDLETYPE_NONE, NULL, NULL}};

/* What the step was and how it ended is what the whole job is asked about. */
static VixError step_outcome(vix_job *job, vjob_job *step, vjob_op op)
{
    const vjob_op was = job->op;
    job->op = op;
    const vjob_op_result *result = vjob_op_get_result(step);
    const VixError error = vix_outcome_of(job, vjob_job_get_err(step), result);
    job->op = was;
    return error;
}

vjob_err vix_step(vix_job *job, const vjob_op_request *request, vjob_vm **out_vm)
{
    vjob_job *step = vjob_job_new(&step_kind, sizeof *step, job->job.operation);
    if (!step) return VJOB_ENOMEM;
    vjob_err err = vjob_op_start(request, step);
    if (!err) {
        err = vjob_job_wait(step, VJOB_FOREVER);
        if (!err && (err = vjob_job_get_err(step))) job->forced = step_outcome(job, step, request->op);
    }
    if (!err && out_vm) *out_vm = vjob_vm_retain(vjob_op_get_result(step)->vm);
    vjob_obj_release(&step->obj);
    return err;
}

vjob_err vix_detached(const char *function, const vjob_op_request *request)
{
    vjob_job *step = vjob_job_new(&step_kind, sizeof *step, function);
    if (!step) return VJOB_ENOMEM;
    const vjob_err err = vjob_op_start(request, step);
    vjob_obj_release(&step->obj);
    return err;
}

/* ---- texts --------------------------------------------------------------------------------------------- */

/* Size of the UTF-8 character at p, 0 if it is none. */
static size_t character(const unsigned char *p)
{
    if (p[0] < 0x80) return 1;
    if (p[0] < 0xc2 || p[0] > 0xf4) return 0;
    const size_t size = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;
    for (size_t i = 1; i < size; i++)
        if ((p[i] & 0xc0) != 0x80) return 0;
    /* overlong forms, surrogates, beyond the last character */
    if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) || (p[0] == 0xf0 && p[1] < 0x90) ||
        (p[0] == 0xf4 && p[1] > 0x8f))
        return 0;
    return size;
}

VixError vix_check_text(const char *text)
{
    const unsigned char *p = (const unsigned char *)text;
    while (p && *p) {
        const size_t size = character(p);
        if (!size) return VIX_E_INVALID_UTF8_STRING;
        p += size;
    }
    return VIX_OK;
}

VixError vix_need_text(const char *text)
{
    VIX_NEED(text && *text);
    return vix_check_text(text);
}

/* ---- stubs ---------------------------------------------------------------------------------------------- */

VixHandle vix_stub(const char *function, VixHandle h, VixHandleType type, VixEventProc *callback, void *data)
{
    VIX_CALL_SCOPE call = {.function = function, .callback = callback, .data = data};
    const VixError error = vix_call_begin(&call, h, type);
    return vix_call_fail(&call, error ? error : VIX_E_NOT_SUPPORTED);
}
