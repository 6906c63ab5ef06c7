/* Handles: from numbers to objects, and the functions that work on every type. */
#include "prl_internal.h"

int prl_type_is_device(PRL_HANDLE_TYPE type)
{
    return (type >= PHT_VIRTUAL_DEV_DISPLAY && type <= PHT_VIRTUAL_DEV_SOUND) ||
           type == PHT_VIRTUAL_DEV_GENERIC_PCI || type == PHT_VIRTUAL_DEV_GENERIC_SCSI;
}

int prl_obj_is(const vjob_obj *obj, PRL_HANDLE_TYPE type)
{
    if (type == PHT_ERROR) return 1;
    if (type == PRL_ANY_VIRTUAL_DEV) return prl_type_is_device((PRL_HANDLE_TYPE)obj->cls->type);
    return obj->cls->type == (uint32_t)type;
}

PRL_RESULT prl_resolve(PRL_HANDLE h, PRL_HANDLE_TYPE type, prl_pin *out_pin)
{
    vjob_obj *obj;
    out_pin->handle = 0;
    out_pin->obj = NULL;
    if (vjob_pin(VJOB_SPACE_PRL, prl_number(h), &obj)) return PRL_ERR_INVALID_ARG;
    if (!prl_obj_is(obj, type)) {
        vjob_unpin(prl_number(h));
        return PRL_ERR_INVALID_ARG;
    }
    out_pin->handle = prl_number(h);
    out_pin->obj = obj;
    return PRL_ERR_SUCCESS;
}

void prl_unpin(prl_pin *pin)
{
    if (pin->handle) vjob_unpin(pin->handle);
    pin->handle = 0;
}

static PRL_RESULT entered(vjob_err err, PRL_HANDLE h, PRL_HANDLE_TYPE type, prl_pin *out_pin)
{
    out_pin->handle = 0;
    return err ? prl_result(err) : prl_resolve(h, type, out_pin);
}

PRL_RESULT prl_enter(PRL_HANDLE h, PRL_HANDLE_TYPE type, prl_pin *out_pin)
{
    return entered(vjob_enter(VJOB_SPACE_PRL), h, type, out_pin);
}

PRL_RESULT prl_enter_poll(PRL_HANDLE h, PRL_HANDLE_TYPE type, prl_pin *out_pin)
{
    return entered(vjob_enter_poll(VJOB_SPACE_PRL), h, type, out_pin);
}

PRL_RESULT prl_enter_plain(void)
{
    return prl_result(vjob_enter(VJOB_SPACE_PRL));
}

PRL_RESULT prl_give(vjob_obj *obj, PRL_HANDLE_PTR out)
{
    vjob_handle name = 0;
    const vjob_err err = vjob_name_give(obj, &name);
    *out = err ? PRL_INVALID_HANDLE : prl_handle(name);
    return prl_result(err);
}

PRL_RESULT prl_give_new(vjob_obj *obj, PRL_HANDLE_PTR out)
{
    *out = PRL_INVALID_HANDLE;
    if (!obj) return PRL_ERR_OUT_OF_MEMORY;
    const PRL_RESULT result = prl_give(obj, out);
    vjob_obj_release(obj);
    return result;
}

/* ---- functions for every type ----------------------------------------------------------------- */

PRL_METHOD(PrlHandle_AddRef)(PRL_HANDLE handle)
{
    PRL_ENTER_PLAIN();
    return prl_result(vjob_space_addref(VJOB_SPACE_PRL, prl_number(handle)));
}

/* The client holds no reference any more: a session ends, a VM's handlers go. */
static void after_last_free(vjob_obj *obj)
{
    if (prl_obj_is(obj, PHT_SERVER))
        prl_server_close((prl_server *)obj);
    else if (prl_obj_is(obj, PHT_VIRTUAL_MACHINE))
        vjob_channel_remove_scope(((prl_vm *)obj)->server->channel, (uint64_t)(uintptr_t)obj);
}

PRL_METHOD(PrlHandle_Free)(PRL_HANDLE handle)
{
    PRL_ENTER(vjob_obj, obj, handle, PHT_ERROR);
    const vjob_err err = vjob_space_release(VJOB_SPACE_PRL, prl_number(handle));
    if (!err && !vjob_name_refs(prl_number(handle))) after_last_free(obj);
    return prl_result(err);
}

PRL_METHOD(PrlHandle_GetType)(PRL_HANDLE handle, PRL_HANDLE_TYPE_PTR type)
{
    PRL_ENTER(vjob_obj, obj, handle, PHT_ERROR);
    PRL_NEED(type);
    *type = (PRL_HANDLE_TYPE)obj->cls->type;
    return PRL_ERR_SUCCESS;
}

PRL_METHOD(PrlHandle_GetPackageId)(PRL_HANDLE hObj, PRL_UINT64_PTR id)
{
    PRL_ENTER(vjob_obj, obj, hObj, PHT_ERROR);
    PRL_NEED(id);
    if (prl_obj_is(obj, PHT_JOB)) {
        *id = ((prl_job *)obj)->number;
    } else if (prl_obj_is(obj, PHT_EVENT)) {
        prl_content *content = prl_event_content((prl_event *)obj);
        *id = content->number;
        prl_content_release(content);
    } else {
        return PRL_ERR_INVALID_ARG;
    }
    return PRL_ERR_SUCCESS;
}

PRL_METHOD(PrlDbg_GetHandlesNum)(PRL_UINT32_PTR handles_num, PRL_HANDLE_TYPE type)
{
    PRL_ENTER_PLAIN();
    PRL_NEED(handles_num);
    *handles_num =
        (PRL_UINT32)vjob_space_count(VJOB_SPACE_PRL, type == PHT_ERROR ? UINT32_MAX : (uint32_t)type);
    return PRL_ERR_SUCCESS;
}

/* ---- handlers --------------------------------------------------------------------------------- */

/* The channel that an object's handlers are in, and what limits them there. */
static vjob_channel *handler_of(vjob_obj *obj, PRL_EVENT_HANDLER_PTR fn, PRL_VOID_PTR data, vjob_handler *out)
{
    *out = (vjob_handler){.fn = (vjob_any_fn)fn, .user_data = data};
    if (prl_obj_is(obj, PHT_SERVER)) return ((prl_server *)obj)->channel;
    if (!prl_obj_is(obj, PHT_VIRTUAL_MACHINE)) return NULL;
    out->scope = (uint64_t)(uintptr_t)obj;
    return ((prl_vm *)obj)->server->channel;
}

static PRL_RESULT add_handler(PRL_HANDLE h, PRL_EVENT_HANDLER_PTR fn, PRL_VOID_PTR data)
{
    vjob_handler handler;
    PRL_ENTER(vjob_obj, obj, h, PHT_ERROR);
    vjob_channel *channel = handler_of(obj, fn, data, &handler);
    PRL_NEED(channel && fn);
    return prl_result(vjob_channel_add(channel, &handler, NULL));
}

static PRL_RESULT remove_handler(PRL_HANDLE h, PRL_EVENT_HANDLER_PTR fn, PRL_VOID_PTR data)
{
    vjob_handler handler;
    PRL_ENTER(vjob_obj, obj, h, PHT_ERROR);
    vjob_channel *channel = handler_of(obj, fn, data, &handler);
    PRL_NEED(channel && fn);
    vjob_channel_remove(channel, &handler); /* that there was none is no failure here */
    return PRL_ERR_SUCCESS;
}

PRL_METHOD(PrlHandle_RegEventHandler)(PRL_HANDLE hObj, PRL_EVENT_HANDLER_PTR handler, PRL_VOID_PTR userData)
{
    return add_handler(hObj, handler, userData);
}

PRL_METHOD(PrlHandle_UnregEventHandler)(PRL_HANDLE hObj, PRL_EVENT_HANDLER_PTR handler, PRL_VOID_PTR userData)
{
    return remove_handler(hObj, handler, userData);
}

PRL_METHOD(PrlSrv_RegEventHandler)(PRL_HANDLE hServer, PRL_EVENT_HANDLER_PTR handler, PRL_VOID_PTR userData)
{
    return add_handler(hServer, handler, userData);
}

PRL_METHOD(PrlSrv_UnregEventHandler)(PRL_HANDLE hServer, PRL_EVENT_HANDLER_PTR handler, PRL_VOID_PTR userData)
{
    return remove_handler(hServer, handler, userData);
}

PRL_METHOD(PrlVm_RegEventHandler)(PRL_HANDLE hObj, PRL_EVENT_HANDLER_PTR handler, PRL_VOID_PTR userData)
{
    return add_handler(hObj, handler, userData);
}

PRL_METHOD(PrlVm_UnregEventHandler)(PRL_HANDLE hObj, PRL_EVENT_HANDLER_PTR handler, PRL_VOID_PTR userData)
{
    return remove_handler(hObj, handler, userData);
}
