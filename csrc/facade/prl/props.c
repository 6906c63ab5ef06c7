/* The functions behind all plain getters and setters (prl_props.c is generated from the table). */
#include "prl_internal.h"

#include <stdlib.h>
#include <string.h>

/* The VM in whose configuration an object's properties are, or NULL. */
static prl_vm *holder(vjob_obj *obj)
{
    const PRL_HANDLE_TYPE type = (PRL_HANDLE_TYPE)obj->cls->type;
    if (type == PHT_VIRTUAL_MACHINE) return (prl_vm *)obj;
    if (prl_type_is_device(type) || type == PHT_BOOT_DEVICE || type == PHT_SHARE ||
        type == PHT_SCREEN_RESOLUTION)
        return ((prl_device *)obj)->vm;
    return NULL;
}

static PRL_RESULT lock_loaded(prl_vm *vm)
{
    for (;;) {
        const PRL_RESULT result = prl_vm_load(vm);
        if (result) return result;
        vjob_obj_lock(&vm->obj);
        if (vm->loaded) return PRL_ERR_SUCCESS;
        vjob_obj_unlock(&vm->obj); /* refreshed by another thread in between */
    }
}

prl_bag *prl_bag_lock(vjob_obj *obj, PRL_RESULT *out_error)
{
    prl_vm *vm = holder(obj);
    *out_error = PRL_ERR_SUCCESS;
    if (!vm && prl_obj_is_record(obj)) {
        vjob_obj_lock(obj);
        return &((prl_record *)obj)->bag;
    }
    if (!vm) {
        *out_error = PRL_ERR_INVALID_ARG;
        return NULL;
    }
    *out_error = lock_loaded(vm);
    if (*out_error) return NULL;
    if (&vm->obj == obj) return &vm->config.bag;
    prl_node *node = prl_config_node(&vm->config, ((prl_device *)obj)->serial);
    if (node) return &node->bag;
    vjob_obj_unlock(&vm->obj);
    *out_error = PRL_ERR_OBJECT_WAS_REMOVED;
    return NULL;
}

void prl_bag_unlock(vjob_obj *obj)
{
    prl_vm *vm = holder(obj);
    vjob_obj_unlock(vm ? &vm->obj : obj);
}

/* ---- numbers ---------------------------------------------------------------------------------- */

static PRL_RESULT get_number(PRL_HANDLE h, PRL_HANDLE_TYPE type, prl_prop_id id, const void *out,
                             PRL_UINT64 *value)
{
    PRL_RESULT result;
    PRL_ENTER(vjob_obj, obj, h, type);
    PRL_NEED(out);
    prl_bag *bag = prl_bag_lock(obj, &result);
    if (!bag) return result;
    *value = prl_bag_number(bag, id);
    prl_bag_unlock(obj);
    return PRL_ERR_SUCCESS;
}

static PRL_RESULT set_number(PRL_HANDLE h, PRL_HANDLE_TYPE type, prl_prop_id id, PRL_UINT64 value)
{
    PRL_RESULT result;
    PRL_ENTER(vjob_obj, obj, h, type);
    prl_bag *bag = prl_bag_lock(obj, &result);
    if (!bag) return result;
    const int fine = prl_bag_set_number(bag, id, value);
    if (fine) prl_bag_find(bag, id)->changed = 1;
    prl_bag_unlock(obj);
    return fine ? PRL_ERR_SUCCESS : PRL_ERR_OUT_OF_MEMORY;
}

#define NUMBER(kind, c_type)                                                                                 \
    PRL_RESULT prl_prop_get_##kind(PRL_HANDLE h, PRL_HANDLE_TYPE type, prl_prop_id id, c_type *out)          \
    {                                                                                                        \
        PRL_UINT64 value;                                                                                    \
        const PRL_RESULT result = get_number(h, type, id, out, &value);                                      \
        if (!result) *out = (c_type)value;                                                                   \
        return result;                                                                                       \
    }                                                                                                        \
    PRL_RESULT prl_prop_set_##kind(PRL_HANDLE h, PRL_HANDLE_TYPE type, prl_prop_id id, c_type value)         \
    {                                                                                                        \
        return set_number(h, type, id, (PRL_UINT64)value);                                                   \
    }
NUMBER(bool, PRL_BOOL)
NUMBER(u16, PRL_UINT16)
NUMBER(u32, PRL_UINT32)
NUMBER(u64, PRL_UINT64)
NUMBER(i32, PRL_INT32)

/* A real number travels as its bits. */
PRL_RESULT prl_prop_get_double(PRL_HANDLE h, PRL_HANDLE_TYPE type, prl_prop_id id, PRL_DOUBLE *out)
{
    PRL_UINT64 bits;
    const PRL_RESULT result = get_number(h, type, id, out, &bits);
    if (!result) memcpy(out, &bits, sizeof *out);
    return result;
}

PRL_RESULT prl_prop_set_double(PRL_HANDLE h, PRL_HANDLE_TYPE type, prl_prop_id id, PRL_DOUBLE value)
{
    PRL_UINT64 bits;
    memcpy(&bits, &value, sizeof bits);
    return set_number(h, type, id, bits);
}

/* ---- texts ------------------------------------------------------------------------------------ */

PRL_RESULT prl_prop_get_str(PRL_HANDLE h, PRL_HANDLE_TYPE type, prl_prop_id id, PRL_STR buffer,
                            PRL_UINT32_PTR size)
{
    PRL_RESULT result;
    PRL_ENTER(vjob_obj, obj, h, type);
    PRL_NEED(size);
    prl_bag *bag = prl_bag_lock(obj, &result);
    if (!bag) return result;
    result = prl_text(prl_bag_text(bag, id), buffer, size);
    prl_bag_unlock(obj);
    return result;
}

PRL_RESULT prl_prop_set_str(PRL_HANDLE h, PRL_HANDLE_TYPE type, prl_prop_id id, PRL_CONST_STR text)
{
    PRL_RESULT result;
    PRL_ENTER(vjob_obj, obj, h, type);
    PRL_NEED(text);
    prl_bag *bag = prl_bag_lock(obj, &result);
    if (!bag) return result;
    const int fine = prl_bag_set_text(bag, id, text);
    if (fine) prl_bag_find(bag, id)->changed = 1;
    prl_bag_unlock(obj);
    return fine ? PRL_ERR_SUCCESS : PRL_ERR_OUT_OF_MEMORY;
}

/* ---- lists ------------------------------------------------------------------------------------ */

/* What a property that was never set holds: its table's row says of which type; 0 is a list of strings. */
static vjob_obj *empty_value(prl_prop_id id)
{
    switch (prl_props[id].number) {
    case 0: return prl_strings_new();
    case PHT_HANDLES_LIST: return prl_handles_new();
    case PHT_OPAQUE_TYPE_LIST: return prl_scalars_new(sizeof(PRL_UINT32));
    default: return (vjob_obj *)prl_record_new((PRL_HANDLE_TYPE)prl_props[id].number);
    }
}

PRL_RESULT prl_prop_get_handle(PRL_HANDLE h, PRL_HANDLE_TYPE type, prl_prop_id id, PRL_HANDLE *out)
{
    PRL_RESULT result;
    PRL_ENTER(vjob_obj, obj, h, type);
    PRL_NEED(out);
    *out = PRL_INVALID_HANDLE;
    prl_bag *bag = prl_bag_lock(obj, &result);
    if (!bag) return result;
    prl_value *value = prl_bag_find(bag, id);
    vjob_obj *kept = value && value->as.list ? vjob_obj_retain(value->as.list) : NULL;
    prl_bag_unlock(obj);
    vjob_obj *copy = kept ? prl_obj_copy(kept) : empty_value(id);
    if (kept) vjob_obj_release(kept);
    return prl_give_new(copy, out);
}

PRL_RESULT prl_prop_set_handle(PRL_HANDLE h, PRL_HANDLE_TYPE type, prl_prop_id id, PRL_HANDLE value_handle)
{
    PRL_RESULT result;
    PRL_ENTER(vjob_obj, obj, h, type);
    PRL_ALSO(vjob_obj, given, value_handle, PHT_ERROR);
    vjob_obj *copy = prl_obj_copy(given);
    PRL_NEED(copy);
    prl_bag *bag = prl_bag_lock(obj, &result);
    vjob_obj *old = NULL;
    if (bag) {
        prl_value *value = prl_bag_find(bag, id);
        if (value) { /* released below: not with the lock held */
            old = value->as.list;
            value->as.list = NULL;
        }
        value = prl_bag_slot(bag, id, PRL_VALUE_HANDLE);
        if (value) {
            value->as.list = copy;
            value->changed = 1;
            copy = NULL;
        } else {
            result = PRL_ERR_OUT_OF_MEMORY;
        }
        prl_bag_unlock(obj);
    }
    if (old) vjob_obj_release(old);
    if (copy) vjob_obj_release(copy);
    return result;
}
