/* Events as clients see them: objects around a shared content, which is replaced, never changed. */
#include "prl_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void destroy(vjob_obj *obj)
{
    prl_event *event = (prl_event *)obj;
    prl_content_release(event->content);
    if (event->server) vjob_obj_release(&event->server->obj);
    if (event->vm) vjob_obj_release(&event->vm->obj);
    if (event->job) vjob_obj_release(&event->job->job.obj);
}

static void describe(vjob_obj *obj, char *out, size_t cap);
static const vjob_class event_class = {"PHT_EVENT", VJOB_SPACE_PRL, PHT_EVENT, destroy, describe};

prl_event *prl_event_new(prl_content *content, prl_server *server, prl_vm *vm, prl_job *job)
{
    prl_event *event = (prl_event *)vjob_obj_new(&event_class, sizeof *event);
    if (!event) {
        prl_content_release(content);
        return NULL;
    }
    event->content = content;
    if (server) event->server = (prl_server *)vjob_obj_retain(&server->obj);
    if (vm) event->vm = (prl_vm *)vjob_obj_retain(&vm->obj);
    if (job) event->job = (prl_job *)vjob_obj_retain(&job->job.obj);
    return event;
}

prl_content *prl_event_content(prl_event *event)
{
    vjob_obj_lock(&event->obj);
    prl_content *content = prl_content_retain(event->content);
    vjob_obj_unlock(&event->obj);
    return content;
}

/* What a list of leaks says of it: its type, and what it is about. */
static void describe(vjob_obj *obj, char *out, size_t cap)
{
    prl_content *content = prl_event_content((prl_event *)obj);
    snprintf(out, cap, "%s %s", event_type_to_string(content->type), content->issuer_id);
    prl_content_release(content);
}

/* ---- plain reads ------------------------------------------------------------------------------ */

#define READ(function, type, expression)                                                                     \
    PRL_METHOD(function)(PRL_HANDLE hEvent, type out)                                                        \
    {                                                                                                        \
        PRL_ENTER(prl_event, event, hEvent, PHT_EVENT);                                                      \
        PRL_NEED(out);                                                                                       \
        prl_content *content = prl_event_content(event);                                                     \
        *out = (expression);                                                                                 \
        prl_content_release(content);                                                                        \
        return PRL_ERR_SUCCESS;                                                                              \
    }

READ(PrlEvent_GetType, PRL_EVENT_TYPE_PTR, content->type)
READ(PrlEvent_GetParamsCount, PRL_UINT32_PTR, (PRL_UINT32)content->n_params)
READ(PrlEvent_GetErrCode, PRL_RESULT_PTR, content->code)
READ(PrlEvent_GetIssuerType, PRL_EVENT_ISSUER_TYPE_PTR, content->issuer)
READ(PrlEvent_IsAnswerRequired, PRL_BOOL_PTR, content->answer_required)
READ(PrlEvent_CanBeIgnored, PRL_BOOL_PTR,
     prl_result_name(content->code) && prl_message_type(content->code) == PMT_INFORMATION)

PRL_METHOD(PrlEvent_GetIssuerId)(PRL_HANDLE hEvent, PRL_STR sIssuerId, PRL_UINT32_PTR pnIssuerIdBufLength)
{
    PRL_ENTER(prl_event, event, hEvent, PHT_EVENT);
    PRL_NEED(pnIssuerIdBufLength);
    prl_content *content = prl_event_content(event);
    const PRL_RESULT result = prl_text(content->issuer_id, sIssuerId, pnIssuerIdBufLength);
    prl_content_release(content);
    return result;
}

/* ---- what the event is attached to ------------------------------------------------------------ */

static PRL_RESULT attached(vjob_obj *obj, PRL_RESULT missing, PRL_HANDLE_PTR out)
{
    *out = PRL_INVALID_HANDLE;
    return obj ? prl_give(obj, out) : missing;
}

PRL_METHOD(PrlEvent_GetServer)(PRL_HANDLE hEvent, PRL_HANDLE_PTR server)
{
    PRL_ENTER(prl_event, event, hEvent, PHT_EVENT);
    PRL_NEED(server);
    return attached((vjob_obj *)event->server, PRL_ERR_INVALID_HANDLE, server);
}

PRL_METHOD(PrlEvent_GetVm)(PRL_HANDLE hEvent, PRL_HANDLE_PTR pVm)
{
    PRL_ENTER(prl_event, event, hEvent, PHT_EVENT);
    PRL_NEED(pVm);
    prl_content *content = prl_event_content(event);
    const int from_vm = content->issuer == PIE_VIRTUAL_MACHINE;
    prl_content_release(content);
    return attached(from_vm ? (vjob_obj *)event->vm : NULL, PRL_ERR_INVALID_HANDLE, pVm);
}

PRL_METHOD(PrlEvent_GetJob)(PRL_HANDLE hEvent, PRL_HANDLE_PTR pJob)
{
    PRL_ENTER(prl_event, event, hEvent, PHT_EVENT);
    PRL_NEED(pJob);
    return attached((vjob_obj *)event->job, PRL_ERR_UNINITIALIZED, pJob);
}

/* ---- messages --------------------------------------------------------------------------------- */

#define MAX_ARGS 9

/* Values of the parameters that messages are filled with, in their order. */
static size_t message_args(const prl_content *content, const char *args[MAX_ARGS])
{
    const size_t prefix = strlen(EVT_PARAM_MESSAGE_PARAM_PREFIX);
    size_t count = 0;
    for (size_t i = 0; i < content->n_params; i++) {
        const prl_event_param *param = &content->params[i];
        if (strncmp(param->name, EVT_PARAM_MESSAGE_PARAM_PREFIX, prefix)) continue;
        const unsigned long index = strtoul(param->name + prefix, NULL, 10);
        if (index >= MAX_ARGS) continue;
        for (; count <= index; count++) args[count] = "";
        args[index] = prl_param_text(param);
    }
    return count;
}

PRL_METHOD(PrlEvent_GetErrString)
(PRL_HANDLE hEvent, PRL_BOOL bIsBriefMessage, PRL_BOOL bFormated, PRL_STR sErrString,
 PRL_UINT32_PTR pnErrStringBufLength)
{
    const char *args[MAX_ARGS];
    PRL_ENTER(prl_event, event, hEvent, PHT_EVENT);
    PRL_NEED(pnErrStringBufLength);
    prl_content *content = prl_event_content(event);
    const size_t count = message_args(content, args);
    char *text = prl_message(content->code, bIsBriefMessage != 0, bFormated != 0, args, count);
    prl_content_release(content);
    if (!text) return PRL_ERR_OUT_OF_MEMORY;
    const PRL_RESULT result = prl_text(text, sErrString, pnErrStringBufLength);
    free(text);
    return result;
}

/* ---- making events ---------------------------------------------------------------------------- */

PRL_METHOD(PrlVm_CreateEvent)(PRL_HANDLE hVm, PRL_HANDLE_PTR phEvent)
{
    PRL_RESULT result;
    char id[48] = "";
    PRL_ENTER(prl_vm, vm, hVm, PHT_VIRTUAL_MACHINE);
    PRL_NEED(phEvent);
    *phEvent = PRL_INVALID_HANDLE;
    prl_bag *bag = prl_bag_lock(&vm->obj, &result);
    if (!bag) return result;
    snprintf(id, sizeof id, "%s", prl_bag_text(bag, PRL_PROP_VMCFG_UUID));
    prl_bag_unlock(&vm->obj);
    prl_content *content = prl_content_new(PET_VM_INF_UNINITIALIZED_EVENT_CODE, PIE_VIRTUAL_MACHINE, id);
    return prl_give_new(content ? (vjob_obj *)prl_event_new(content, vm->server, vm, NULL) : NULL, phEvent);
}

static vjob_obj *answer_new(const char *issuer_id, PRL_RESULT answer, prl_server *server, prl_vm *vm)
{
    prl_content *content = prl_content_new(PET_DSP_EVT_VM_QUESTION, PIE_VIRTUAL_MACHINE, issuer_id);
    if (!content) return NULL;
    if (!prl_content_add_number(content, EVT_PARAM_MESSAGE_CHOICE_PREFIX "0", PFD_INT32, answer)) {
        prl_content_release(content);
        return NULL;
    }
    content->code = answer;
    return (vjob_obj *)prl_event_new(content, server, vm, NULL);
}

PRL_METHOD(PrlEvent_CreateAnswerEvent)(PRL_HANDLE hEvent, PRL_HANDLE_PTR phEvent, PRL_RESULT nAnswer)
{
    PRL_ENTER(prl_event, event, hEvent, PHT_EVENT);
    PRL_NEED(phEvent);
    prl_content *content = prl_event_content(event);
    vjob_obj *answer = answer_new(content->issuer_id, nAnswer, event->server, event->vm);
    prl_content_release(content);
    return prl_give_new(answer, phEvent);
}

PRL_METHOD(PrlVm_CreateAnswerEvent)(PRL_HANDLE hVm, PRL_HANDLE_PTR phEvent, PRL_RESULT nAnswer)
{
    PRL_RESULT result;
    char id[48];
    PRL_ENTER(prl_vm, vm, hVm, PHT_VIRTUAL_MACHINE);
    PRL_NEED(phEvent);
    prl_bag *bag = prl_bag_lock(&vm->obj, &result);
    if (!bag) return result;
    snprintf(id, sizeof id, "%s", prl_bag_text(bag, PRL_PROP_VMCFG_UUID));
    prl_bag_unlock(&vm->obj);
    return prl_give_new(answer_new(id, nAnswer, vm->server, vm), phEvent);
}

/* There is never a question to answer, so an answer is taken and that is all. */
PRL_ASYNC_METHOD(PrlSrv_SendAnswer)(PRL_HANDLE hServer, PRL_HANDLE hAnswer)
{
    prl_pin answer;
    PRL_ASYNC(call, hServer, PHT_SERVER, PJOC_SRV_SEND_ANSWER);
    const PRL_RESULT result = prl_resolve(hAnswer, PHT_EVENT, &answer);
    prl_unpin(&answer);
    PRL_ASYNC_NEED(call, !result);
    prl_job *job = prl_call_job(&call, VJOB_OP_NONE);
    if (!job) return PRL_INVALID_HANDLE;
    vjob_job_end(&job->job, job->forced ? VJOB_EFAILED : VJOB_OK);
    return prl_job_return(job);
}
