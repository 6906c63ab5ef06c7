/* Asynchronous calls: from arguments to a running job, or to one that is born failed. */
#include "prl_internal.h"

#include <stdatomic.h>
#include <stdlib.h>

static _Atomic PRL_UINT64 last_number;

static prl_job *new_job(const vjob_job_kind *kind, const char *function, PRL_JOB_OPERATION_CODE code)
{
    const char *operation = prl_job_opcode_name(code);
    prl_job *job = (prl_job *)vjob_job_new(kind, sizeof *job, operation ? operation : "PJOC_UNKNOWN");
    if (!job) return NULL;
    job->code = code;
    job->number = atomic_fetch_add(&last_number, 1) + 1;
    job->function = function;
    return job;
}

PRL_HANDLE prl_job_born_failed(const char *function, PRL_JOB_OPERATION_CODE code, PRL_RESULT error)
{
    prl_job *job = new_job(&prl_job_kind, function, code);
    vjob_handle handle = 0;
    if (!job) return PRL_INVALID_HANDLE;
    job->forced = error;
    if (!vjob_name_create(&job->job.obj, &handle)) vjob_job_end(&job->job, VJOB_EFAILED);
    vjob_obj_release(&job->job.obj);
    return prl_handle(handle);
}

/* The server and VM that a call is about. */
static void bind(prl_call *call)
{
    vjob_obj *obj = call->pin.obj;
    if (prl_obj_is(obj, PHT_SERVER))
        call->server = (prl_server *)obj;
    else if (prl_obj_is(obj, PHT_JOB))
        call->server = ((prl_job *)obj)->server;
    else if (prl_obj_is(obj, PHT_VIRTUAL_MACHINE))
        call->vm = (prl_vm *)obj;
    else if (prl_obj_is(obj, PRL_ANY_VIRTUAL_DEV))
        call->vm = ((prl_device *)obj)->vm;
    else if (prl_obj_is(obj, PHT_VM_GUEST_SESSION))
        call->vm = (prl_vm *)((prl_record *)obj)->owner;
    if (call->vm) call->server = call->vm->server;
}

int prl_call_begin(prl_call *call, PRL_HANDLE h, PRL_HANDLE_TYPE type, PRL_HANDLE *out_job)
{
    if (vjob_enter(VJOB_SPACE_PRL)) {
        *out_job = PRL_DEAD_JOB;
        return 0;
    }
    const PRL_RESULT result = prl_resolve(h, type, &call->pin);
    if (result) {
        *out_job = prl_call_fail(call, result);
        return 0;
    }
    bind(call);
    return 1;
}

void prl_call_end(prl_call *call)
{
    prl_unpin(&call->pin);
    if (call->object) vjob_obj_release(call->object);
    free(call->text);
}

PRL_HANDLE prl_call_fail(prl_call *call, PRL_RESULT error)
{
    return prl_job_born_failed(call->function, call->code, error);
}

/* Join the server's running jobs. A call that needs a session fails (later) when there is none. */
static void join(prl_job *job, prl_server *server, int any_link)
{
    vjob_obj_lock(&server->obj);
    if (server->link == PRL_LINK_CLOSED || (!any_link && server->link != PRL_LINK_UP)) {
        if (!job->forced) job->forced = PRL_ERR_NOT_CONNECTED_TO_DISPATCHER;
    }
    if (server->link != PRL_LINK_CLOSED) {
        job->next = server->pending;
        job->link = &server->pending;
        if (job->next) job->next->link = &job->next;
        server->pending = job;
    }
    vjob_obj_unlock(&server->obj);
}

prl_job *prl_call_job(prl_call *call, vjob_op op)
{
    vjob_handle handle;
    prl_job *job = new_job(call->kind ? call->kind : &prl_job_kind, call->function, call->code);
    if (!job) return NULL;
    vjob_obj_retain(&call->server->obj);
    job->server = call->server;
    if (call->vm) job->vm = (prl_vm *)vjob_obj_retain(&call->vm->obj);
    job->op = op;
    job->forced = call->forced;
    job->failure_of[0] = call->exists;
    job->failure_of[1] = call->missing;
    job->subject = prl_copy_text(call->subject);
    job->outcome = call->outcome;
    job->list_flags = call->list_flags;
    job->object = call->object;
    job->text = call->text;
    job->done = call->done;
    call->object = NULL;
    call->text = NULL;
    if (vjob_name_create(&job->job.obj, &handle)) {
        vjob_obj_release(&job->job.obj);
        return NULL;
    }
    join(job, job->server, call->any_link);
    return job;
}

PRL_HANDLE prl_job_return(prl_job *job)
{
    const vjob_handle handle = job->job.obj.name;
    vjob_obj_release(&job->job.obj);
    return prl_handle(handle);
}

/* Hand the operation to the simulator, or let the job end by itself. */
static vjob_err launch(prl_job *job, vjob_op_request *request)
{
    vjob_vm *own = NULL;
    if (job->forced || request->op == VJOB_OP_NONE)
        return vjob_job_end_later(&job->job, 0, job->forced ? VJOB_EFAILED : VJOB_OK);
    if (job->vm && !request->vm && request->op != VJOB_OP_CREATE && request->op != VJOB_OP_REGISTER) {
        request->vm = own = prl_vm_get(job->vm);
        if (!own) {
            job->forced = PRL_ERR_VM_UUID_NOT_FOUND;
            return vjob_job_end_later(&job->job, 0, VJOB_EFAILED);
        }
    }
    const vjob_err err = vjob_op_start(request, &job->job);
    if (own) vjob_vm_release(own);
    return err;
}

void prl_job_refused(prl_job *job, vjob_err err)
{
    if (!err) return;
    if (!job->text) job->text = prl_copy_text(vjob_last_error()->text);
    vjob_job_end(&job->job, err);
}

PRL_HANDLE prl_call_start(prl_call *call, vjob_op_request *request)
{
    prl_job *job = prl_call_job(call, request->op);
    if (!job) return PRL_INVALID_HANDLE;
    prl_job_refused(job, launch(job, request));
    return prl_job_return(job);
}

PRL_HANDLE prl_call_read(prl_call *call)
{
    vjob_op_request request = {.op = VJOB_OP_READ, .host = prl_server_host(call->server)};
    const PRL_HANDLE job = prl_call_start(call, &request);
    if (request.host) vjob_host_release(request.host);
    return job;
}
