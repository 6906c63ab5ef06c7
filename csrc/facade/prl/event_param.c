/* Parameters of events. */
#include "prl_internal.h"

#include <stdlib.h>
#include <string.h>

/* A handle's view of one parameter; dead once the event got other content. */
typedef struct param {
    vjob_obj obj;
    prl_event *event;     /* kept */
    prl_content *content; /* one reference; immutable */
    size_t index;
} param;

static void destroy(vjob_obj *obj)
{
    param *p = (param *)obj;
    prl_content_release(p->content);
    vjob_obj_release(&p->event->obj);
}

static const vjob_class param_class = {"PHT_EVENT_PARAMETER", VJOB_SPACE_PRL, PHT_EVENT_PARAMETER, destroy,
                                       NULL};

/* Takes the content's reference. */
static PRL_RESULT give_param(prl_event *event, prl_content *content, size_t index, PRL_HANDLE_PTR out)
{
    param *p = (param *)vjob_obj_new(&param_class, sizeof *p);
    if (!p) {
        prl_content_release(content);
        return PRL_ERR_OUT_OF_MEMORY;
    }
    vjob_obj_retain(&event->obj);
    p->event = event;
    p->content = content;
    p->index = index;
    return prl_give_new(&p->obj, out);
}

PRL_METHOD(PrlEvent_GetParam)(PRL_HANDLE hEvent, PRL_UINT32 nIndex, PRL_HANDLE_PTR phEventParam)
{
    PRL_ENTER(prl_event, event, hEvent, PHT_EVENT);
    PRL_NEED(phEventParam);
    *phEventParam = PRL_INVALID_HANDLE;
    prl_content *content = prl_event_content(event);
    if (nIndex < content->n_params) return give_param(event, content, nIndex, phEventParam);
    prl_content_release(content);
    return PRL_ERR_INVALID_ARG;
}

PRL_METHOD(PrlEvent_GetParamByName)(PRL_HANDLE hEvent, PRL_CONST_STR sParamName, PRL_HANDLE_PTR phEventParam)
{
    PRL_ENTER(prl_event, event, hEvent, PHT_EVENT);
    PRL_NEED(sParamName && phEventParam);
    *phEventParam = PRL_INVALID_HANDLE;
    prl_content *content = prl_event_content(event);
    for (size_t i = 0; i < content->n_params; i++)
        if (!strcmp(content->params[i].name, sParamName)) return give_param(event, content, i, phEventParam);
    prl_content_release(content);
    return PRL_ERR_NO_DATA;
}

/* ---- reading ---------------------------------------------------------------------------------- */

/* The parameter behind a handle, or NULL when its event has changed. */
static const prl_event_param *look(param *p)
{
    vjob_obj_lock(&p->event->obj);
    const int same = p->event->content == p->content;
    vjob_obj_unlock(&p->event->obj);
    return same ? &p->content->params[p->index] : NULL;
}

#define PRL_LOOK(name, handle)                                                                               \
    PRL_ENTER(param, name##_view, handle, PHT_EVENT_PARAMETER);                                              \
    const prl_event_param *name = look(name##_view);                                                         \
    if (!name) return PRL_ERR_OBJECT_WAS_REMOVED

PRL_METHOD(PrlEvtPrm_GetName)(PRL_HANDLE hEventParam, PRL_STR sParamName, PRL_UINT32_PTR pnParamNameBufLength)
{
    PRL_LOOK(p, hEventParam);
    return prl_text(p->name, sParamName, pnParamNameBufLength);
}

PRL_METHOD(PrlEvtPrm_GetType)(PRL_HANDLE hEventParam, PRL_PARAM_FIELD_DATA_TYPE_PTR pnParamType)
{
    PRL_LOOK(p, hEventParam);
    PRL_NEED(pnParamType);
    *pnParamType = p->type;
    return PRL_ERR_SUCCESS;
}

PRL_METHOD(PrlEvtPrm_ToString)
(PRL_HANDLE hEventParam, PRL_STR sParamValue, PRL_UINT32_PTR pnParamValueBufLength)
{
    PRL_LOOK(p, hEventParam);
    return prl_text(prl_param_text(p), sParamValue, pnParamValueBufLength);
}

PRL_METHOD(PrlEvtPrm_ToCData)
(PRL_HANDLE hEventParam, PRL_STR sParamValue, PRL_UINT32_PTR pnParamValueBufLength)
{
    PRL_LOOK(p, hEventParam);
    return prl_text(prl_param_text(p), sParamValue, pnParamValueBufLength);
}

PRL_METHOD(PrlEvtPrm_GetBuffer)
(PRL_HANDLE hEventParam, PRL_VOID_PTR pParamValue, PRL_UINT32_PTR pnParamValueBufLength)
{
    PRL_LOOK(p, hEventParam);
    return prl_bytes(prl_param_text(p), strlen(prl_param_text(p)), pParamValue, pnParamValueBufLength);
}

/* Numbers are read as far as they go; text that is none gives 0. */
#define NUMBER(function, type, read)                                                                         \
    PRL_METHOD(function)(PRL_HANDLE hEventParam, type##_PTR pnParamValue)                                    \
    {                                                                                                        \
        PRL_LOOK(p, hEventParam);                                                                            \
        PRL_NEED(pnParamValue);                                                                              \
        *pnParamValue = (type)read(prl_param_text(p), NULL, 10);                                             \
        return PRL_ERR_SUCCESS;                                                                              \
    }
NUMBER(PrlEvtPrm_ToUint32, PRL_UINT32, strtoull)
NUMBER(PrlEvtPrm_ToInt32, PRL_INT32, strtoll)
NUMBER(PrlEvtPrm_ToUint64, PRL_UINT64, strtoull)
NUMBER(PrlEvtPrm_ToInt64, PRL_INT64, strtoll)

PRL_METHOD(PrlEvtPrm_ToBoolean)(PRL_HANDLE hEventParam, PRL_BOOL_PTR pbParamValue)
{
    PRL_LOOK(p, hEventParam);
    PRL_NEED(pbParamValue);
    *pbParamValue = strtoull(prl_param_text(p), NULL, 10) != 0;
    return PRL_ERR_SUCCESS;
}

/* Which parameters stand for an object, their names say. */
static const struct {
    const char *name;
    PRL_HANDLE_TYPE type;
} objects[] = {{EVT_PARAM_COMPLEX_EVENT, PHT_EVENT},
               {EVT_PARAM_DISP_COMMON_PREFERENSES, PHT_DISP_CONFIG},
               {EVT_PARAM_STATISTICS, PHT_SYSTEM_STATISTICS},
               {EVT_PARAM_VM_SEARCH_INFO, PHT_FOUND_VM_INFO},
               {EVT_PARAM_VM_SECURITY_INFO, PHT_ACCESS_RIGHTS},
               {EVT_PARAM_VM_LICENSE, PHT_LICENSE}};

/* An object that a parameter's text describes. NULL and the reason if there is none. */
static vjob_obj *described(const prl_event_param *p, prl_server *server, PRL_RESULT *out_error)
{
    vjob_obj *obj = NULL;
    *out_error = PRL_ERR_INVALID_ARG;
    size_t row = 0;
    const size_t rows = sizeof objects / sizeof *objects;
    while (row < rows && strcmp(objects[row].name, p->name)) row++;
    if (row < rows && objects[row].type == PHT_EVENT) {
        prl_content *content = prl_content_new(PET_VM_INF_UNINITIALIZED_EVENT_CODE, PIE_DISPATCHER, "");
        obj = content ? (vjob_obj *)prl_event_new(content, NULL, NULL, NULL) : NULL;
    } else if (row < rows) {
        obj = (vjob_obj *)prl_record_new(objects[row].type);
    } else if (!strcmp(p->name, EVT_PARAM_VM_CONFIG) && server) {
        obj = (vjob_obj *)prl_vm_new(server);
    } else {
        return NULL;
    }
    if (obj && *prl_param_text(p))
        *out_error = prl_obj_read(obj, prl_param_text(p));
    else
        *out_error = obj ? PRL_ERR_SUCCESS : PRL_ERR_OUT_OF_MEMORY;
    if (!*out_error) return obj;
    if (obj) vjob_obj_release(obj);
    return NULL;
}

PRL_METHOD(PrlEvtPrm_ToHandle)(PRL_HANDLE hEventParam, PRL_HANDLE_PTR phParamValue)
{
    PRL_RESULT result;
    PRL_LOOK(p, hEventParam);
    PRL_NEED(phParamValue);
    *phParamValue = PRL_INVALID_HANDLE;
    if (p->object) return prl_give(p->object, phParamValue);
    vjob_obj *obj = described(p, p_view->event->server, &result);
    return obj ? prl_give_new(obj, phParamValue) : result;
}
