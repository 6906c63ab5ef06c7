/* Objects as text and back: VMs, devices, events and records have a form in XML; other types have none. */
#include "prl_internal.h"

#include <stdlib.h>
#include <string.h>

#define HEAD "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"

static PRL_RESULT write_bag(vjob_obj *obj, const char *root, char **out)
{
    PRL_RESULT result;
    prl_bag copy;
    prl_writer writer = {0};
    prl_bag *bag = prl_bag_lock(obj, &result);
    if (!bag) return result;
    const int fine = prl_bag_copy(&copy, bag);
    prl_bag_unlock(obj);
    if (!fine) return PRL_ERR_OUT_OF_MEMORY;
    prl_write(&writer, HEAD "<%s>\n", root);
    prl_bag_write(&copy, &writer);
    prl_write(&writer, "</%s>\n", root);
    prl_bag_clear(&copy);
    *out = prl_writer_take(&writer);
    return *out ? PRL_ERR_SUCCESS : PRL_ERR_OUT_OF_MEMORY;
}

static PRL_RESULT write_vm(prl_vm *vm, char **out)
{
    PRL_RESULT result;
    prl_config copy;
    if (!prl_bag_lock(&vm->obj, &result)) return result;
    const int fine = prl_config_copy(&copy, &vm->config);
    prl_bag_unlock(&vm->obj);
    if (!fine) return PRL_ERR_OUT_OF_MEMORY;
    *out = prl_config_write(&copy);
    prl_config_clear(&copy);
    return *out ? PRL_ERR_SUCCESS : PRL_ERR_OUT_OF_MEMORY;
}

static PRL_RESULT write_event(prl_event *event, char **out)
{
    prl_content *content = prl_event_content(event);
    *out = prl_content_write(content);
    prl_content_release(content);
    return *out ? PRL_ERR_SUCCESS : PRL_ERR_OUT_OF_MEMORY;
}

PRL_RESULT prl_obj_write(vjob_obj *obj, char **out)
{
    *out = NULL;
    if (prl_obj_is(obj, PHT_VIRTUAL_MACHINE)) return write_vm((prl_vm *)obj, out);
    if (prl_obj_is(obj, PHT_EVENT)) return write_event((prl_event *)obj, out);
    if (prl_obj_is(obj, PRL_ANY_VIRTUAL_DEV) || prl_obj_is(obj, PHT_BOOT_DEVICE) ||
        prl_obj_is(obj, PHT_SHARE) || prl_obj_is(obj, PHT_SCREEN_RESOLUTION))
        return write_bag(obj, "Device", out);
    if (prl_obj_is_record(obj)) return write_bag(obj, "Object", out);
    return PRL_ERR_UNIMPLEMENTED;
}

static PRL_RESULT read_event(prl_event *event, const char *text)
{
    prl_content *content;
    const vjob_err err = prl_content_read(text, &content);
    if (err) return err == VJOB_EPARSE ? PRL_ERR_INVALID_ARG : prl_result(err);
    vjob_obj_lock(&event->obj);
    prl_content *old = event->content;
    event->content = content;
    vjob_obj_unlock(&event->obj);
    prl_content_release(old);
    return PRL_ERR_SUCCESS;
}

static PRL_RESULT read_vm(prl_vm *vm, const prl_element *root)
{
    prl_config config = {0};
    PRL_RESULT result;
    if (!prl_config_read(&config, root)) {
        prl_config_clear(&config);
        return PRL_ERR_OUT_OF_MEMORY;
    }
    if (!prl_bag_lock(&vm->obj, &result)) {
        prl_config_clear(&config);
        return result;
    }
    prl_config old = vm->config;
    vm->config = config;
    prl_bag_unlock(&vm->obj);
    prl_config_clear(&old);
    return PRL_ERR_SUCCESS;
}

static PRL_RESULT read_record(prl_record *record, const prl_element *root)
{
    prl_bag bag = {0};
    if (!prl_bag_read(&bag, root)) {
        prl_bag_clear(&bag);
        return PRL_ERR_OUT_OF_MEMORY;
    }
    vjob_obj_lock(&record->obj);
    prl_bag old = record->bag;
    record->bag = bag;
    vjob_obj_unlock(&record->obj);
    prl_bag_clear(&old);
    return PRL_ERR_SUCCESS;
}

PRL_RESULT prl_obj_read(vjob_obj *obj, const char *text)
{
    prl_element *root;
    if (prl_obj_is(obj, PHT_EVENT)) return *text ? read_event((prl_event *)obj, text) : PRL_ERR_INVALID_ARG;
    const int is_vm = prl_obj_is(obj, PHT_VIRTUAL_MACHINE);
    if (!*text || (!is_vm && !prl_obj_is_record(obj))) return PRL_ERR_UNIMPLEMENTED;
    if (prl_xml_parse(text, &root)) return PRL_ERR_INVALID_ARG;
    PRL_RESULT result = PRL_ERR_INVALID_ARG;
    if (!strcmp(root->name, is_vm ? "ParallelsVirtualMachine" : "Object"))
        result = is_vm ? read_vm((prl_vm *)obj, root) : read_record((prl_record *)obj, root);
    prl_xml_free(root);
    return result;
}

/* ---- functions -------------------------------------------------------------------------------- */

static PRL_RESULT to_buffer(PRL_HANDLE h, PRL_HANDLE_TYPE type, PRL_VOID_PTR_PTR out)
{
    PRL_ENTER(vjob_obj, obj, h, type);
    PRL_NEED(out);
    char *text;
    const PRL_RESULT result = prl_obj_write(obj, &text);
    *out = text;
    return result;
}

static PRL_RESULT from_string(PRL_HANDLE h, PRL_HANDLE_TYPE type, PRL_CONST_STR text)
{
    PRL_ENTER(vjob_obj, obj, h, type);
    PRL_NEED(text);
    return prl_obj_read(obj, text);
}

PRL_METHOD(PrlHandle_ToString)(PRL_HANDLE hHandle, PRL_VOID_PTR_PTR ppXml)
{
    return to_buffer(hHandle, PHT_ERROR, ppXml);
}

PRL_METHOD(PrlHandle_FromString)(PRL_HANDLE hHandle, PRL_CONST_STR sXml)
{
    return from_string(hHandle, PHT_ERROR, sXml);
}

PRL_METHOD(PrlVm_ToString)(PRL_HANDLE hVm, PRL_VOID_PTR_PTR vm_config)
{
    return to_buffer(hVm, PHT_VIRTUAL_MACHINE, vm_config);
}

PRL_METHOD(PrlVm_FromString)(PRL_HANDLE hVm, PRL_CONST_STR vm_config)
{
    return from_string(hVm, PHT_VIRTUAL_MACHINE, vm_config);
}

PRL_METHOD(PrlVmDev_ToString)(PRL_HANDLE hVmDev, PRL_VOID_PTR_PTR sXml)
{
    return to_buffer(hVmDev, PRL_ANY_VIRTUAL_DEV, sXml);
}

PRL_METHOD(PrlDispCfg_ToString)(PRL_HANDLE hDispCfg, PRL_VOID_PTR_PTR pDispCfg)
{
    return to_buffer(hDispCfg, PHT_DISP_CONFIG, pDispCfg);
}

PRL_METHOD(PrlEvent_GetDataPtr)(PRL_HANDLE hEvent, PRL_VOID_PTR_PTR data_ptr)
{
    return to_buffer(hEvent, PHT_EVENT, data_ptr);
}

PRL_METHOD(PrlEvent_FromString)(PRL_HANDLE hEvent, PRL_CONST_STR sEvent)
{
    return from_string(hEvent, PHT_EVENT, sEvent);
}

/* The text forms of single types. */
#define TO_STRING(function, type)                                                                            \
    PRL_METHOD(function)(PRL_HANDLE h, PRL_VOID_PTR_PTR out)                                                 \
    {                                                                                                        \
        return to_buffer(h, type, out);                                                                      \
    }
#define FROM_STRING(function, type)                                                                          \
    PRL_METHOD(function)(PRL_HANDLE h, PRL_CONST_STR text)                                                   \
    {                                                                                                        \
        return from_string(h, type, text);                                                                   \
    }
TO_STRING(PrlUsrCfg_ToString, PHT_USER_PROFILE)
FROM_STRING(PrlUsrCfg_FromString, PHT_USER_PROFILE)
FROM_STRING(PrlDispCfg_FromString, PHT_DISP_CONFIG)
TO_STRING(PrlLic_ToString, PHT_LICENSE)
FROM_STRING(PrlLic_FromString, PHT_LICENSE)
TO_STRING(PrlLoginResponse_ToString, PHT_LOGIN_RESPONSE)
