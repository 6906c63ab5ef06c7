/* Results: views of what a finished job left behind. Objects in them are named when they are asked for. */
#include "prl_internal.h"

#include <stdlib.h>
#include <vjob/prl_host.h>

typedef struct result {
    vjob_obj obj;
    prl_job *job;  /* kept; has ended */
    vjob_vm **vms; /* of a list: those that were asked for; the job keeps them */
    size_t n_vms;
} result;

static void destroy(vjob_obj *obj)
{
    free(((result *)obj)->vms);
    vjob_obj_release(&((result *)obj)->job->job.obj);
}

static const vjob_class result_class = {"PHT_RESULT", VJOB_SPACE_PRL, PHT_RESULT, destroy, NULL};

/* 0: out of memory. */
static int pick_vms(result *r)
{
    const vjob_op_result *found = vjob_op_get_result(&r->job->job);
    if (r->job->outcome != PRL_OUTCOME_LIST || !found || !found->n_vms) return 1;
    r->vms = malloc(found->n_vms * sizeof *r->vms);
    if (!r->vms) return 0;
    for (size_t i = 0; i < found->n_vms; i++)
        if (prl_vm_is_listed(found->vms[i], r->job->list_flags)) r->vms[r->n_vms++] = found->vms[i];
    return 1;
}

vjob_obj *prl_result_new(prl_job *job)
{
    result *r = (result *)vjob_obj_new(&result_class, sizeof *r);
    if (!r) return NULL;
    vjob_obj_retain(&job->job.obj);
    r->job = job;
    if (pick_vms(r)) return &r->obj;
    vjob_obj_release(&r->obj);
    return NULL;
}

static size_t count_of(const result *r)
{
    const prl_job *job = r->job;
    const vjob_op_result *found = vjob_op_get_result((vjob_job *)&job->job);
    if (job->outcome == PRL_OUTCOME_KIDS) return job->object ? ((prl_record *)job->object)->n_kids : 0;
    if (job->ret) return 0;
    switch (job->outcome) {
    case PRL_OUTCOME_LIST: return r->n_vms;
    case PRL_OUTCOME_VM: return (found && found->vm) || job->object;
    case PRL_OUTCOME_OBJECT: return job->object != NULL;
    case PRL_OUTCOME_TEXT: return job->text != NULL;
    case PRL_OUTCOME_EXIT: return found != NULL;
    default: return 0;
    }
}

int vjob_prl_ended_empty(PRL_HANDLE handle)
{
    PRL_PIN pin = {0, NULL};
    if (prl_enter_poll(handle, PHT_JOB, &pin)) return 0;
    const prl_job *job = (const prl_job *)pin.obj;
    return !prl_job_is_running(job) && !job->ret && job->outcome == PRL_OUTCOME_NONE;
}

/* The server's object for a VM of the result; it shows the configuration as it is now. */
static vjob_obj *vm_object(prl_job *job, vjob_vm *vm)
{
    prl_vm *object = prl_vm_of(job->server, vm);
    if (object) prl_vm_stale(object);
    return (vjob_obj *)object;
}

static vjob_obj *exit_event(prl_job *job, const vjob_op_result *found)
{
    char id[48];
    prl_brace(vjob_vm_uuid(found->vm), id);
    prl_content *content = prl_content_new(PET_DSP_EVT_OP_RESULT, PIE_DISPATCHER, id);
    if (!content) return NULL;
    if (prl_content_add_number(content, EVT_PARAM_VM_EXEC_APP_RET_CODE, PFD_INT32, found->exit_code))
        return (vjob_obj *)prl_event_new(content, job->server, job->vm, job);
    prl_content_release(content);
    return NULL;
}

/* The index-th object, one reference; NULL: out of memory, or it is a text. */
static vjob_obj *object_at(const result *r, size_t index)
{
    prl_job *job = r->job;
    const vjob_op_result *found = vjob_op_get_result(&job->job);
    switch (job->outcome) {
    case PRL_OUTCOME_LIST: return vm_object(job, r->vms[index]);
    case PRL_OUTCOME_VM: return job->object ? vjob_obj_retain(job->object) : vm_object(job, found->vm);
    case PRL_OUTCOME_OBJECT: return vjob_obj_retain(job->object);
    case PRL_OUTCOME_KIDS: return vjob_obj_retain(((prl_record *)job->object)->kids[index]);
    case PRL_OUTCOME_EXIT: return exit_event(job, found);
    default: return NULL;
    }
}

static PRL_RESULT give_at(const result *r, PRL_UINT32 index, PRL_HANDLE_PTR out)
{
    *out = PRL_INVALID_HANDLE;
    PRL_NEED(index < count_of(r));
    if (r->job->outcome == PRL_OUTCOME_TEXT) return PRL_ERR_NO_DATA;
    return prl_give_new(object_at(r, index), out);
}

static PRL_RESULT text_at(const result *r, PRL_UINT32 index, PRL_STR buffer, PRL_UINT32_PTR size)
{
    PRL_NEED(index < count_of(r));
    if (r->job->outcome == PRL_OUTCOME_TEXT) return prl_text(r->job->text, buffer, size);
    vjob_obj *obj = object_at(r, index);
    if (!obj) return PRL_ERR_OUT_OF_MEMORY;
    char *text = NULL;
    PRL_RESULT error = prl_obj_is(obj, PHT_LOGIN_RESPONSE) ? PRL_ERR_INVALID_ARG : prl_obj_write(obj, &text);
    vjob_obj_release(obj);
    if (!error)
        error = prl_text(text, buffer, size);
    else if (error == PRL_ERR_UNIMPLEMENTED)
        error = PRL_ERR_INVALID_ARG;
    free(text);
    return error;
}

PRL_METHOD(PrlResult_GetParamsCount)(PRL_HANDLE hResult, PRL_UINT32_PTR pCount)
{
    PRL_ENTER(result, r, hResult, PHT_RESULT);
    PRL_NEED(pCount);
    *pCount = (PRL_UINT32)count_of(r);
    return PRL_ERR_SUCCESS;
}

PRL_METHOD(PrlResult_GetParamByIndex)(PRL_HANDLE hResult, PRL_UINT32 nIndex, PRL_HANDLE_PTR phParam)
{
    PRL_ENTER(result, r, hResult, PHT_RESULT);
    PRL_NEED(phParam);
    return give_at(r, nIndex, phParam);
}

PRL_METHOD(PrlResult_GetParam)(PRL_HANDLE hResult, PRL_HANDLE_PTR pHandle)
{
    PRL_ENTER(result, r, hResult, PHT_RESULT);
    PRL_NEED(pHandle);
    return give_at(r, 0, pHandle);
}

PRL_METHOD(PrlResult_GetParamByIndexAsString)
(PRL_HANDLE hResult, PRL_UINT32 nIndex, PRL_STR sParamBuf, PRL_UINT32_PTR pnParamBufSize)
{
    PRL_ENTER(result, r, hResult, PHT_RESULT);
    PRL_NEED(pnParamBufSize);
    return text_at(r, nIndex, sParamBuf, pnParamBufSize);
}

PRL_METHOD(PrlResult_GetParamAsString)(PRL_HANDLE hResult, PRL_STR sParamBuf, PRL_UINT32_PTR pnParamBufSize)
{
    PRL_ENTER(result, r, hResult, PHT_RESULT);
    PRL_NEED(pnParamBufSize);
    return text_at(r, 0, sParamBuf, pnParamBufSize);
}
