/* Handles: from numbers to objects, references, and who holds the engine. */
#include "vix_internal.h"

#include <stdatomic.h>

__thread vix_current vix_now;

static atomic_uint owed;

/* The object of the running callback, if the number is its name. */
static vjob_obj *borrowed(vjob_handle number)
{
    if (vix_now.job && vix_now.job->name == number) return vix_now.job;
    if (vix_now.info && vix_now.info->name == number) return vix_now.info;
    return NULL;
}

static VixError pin(VixHandle h, VixHandleType type, vix_pin *out_pin)
{
    const vjob_handle number = vix_number(h);
    vjob_obj *obj = NULL;
    out_pin->handle = 0;
    out_pin->obj = NULL;
    if (vjob_pin(VJOB_SPACE_VIX, number, &obj)) {
        obj = borrowed(number);
        if (!obj || vjob_name_hold(number)) return VIX_E_INVALID_HANDLE;
    }
    out_pin->handle = number;
    out_pin->obj = obj;
    if (type == VIX_HANDLETYPE_NONE || obj->cls->type == (uint32_t)type) return VIX_OK;
    vix_unpin(out_pin);
    return VIX_E_NOT_SUPPORTED_ON_HANDLE_TYPE;
}

VixError vix_enter(VixHandle h, VixHandleType type, vix_pin *out_pin)
{
    out_pin->handle = 0;
    if (vjob_enter(VJOB_SPACE_VIX) == VJOB_EFORK) return VIX_E_NOT_SUPPORTED;
    return pin(h, type, out_pin);
}

VixError vix_enter_poll(VixHandle h, VixHandleType type, vix_pin *out_pin)
{
    out_pin->handle = 0;
    if (vjob_enter_poll(VJOB_SPACE_VIX) == VJOB_EFORK) return VIX_E_NOT_SUPPORTED;
    return pin(h, type, out_pin);
}

void vix_unpin(vix_pin *pinned)
{
    if (pinned->handle) vjob_unpin(pinned->handle);
    pinned->handle = 0;
    pinned->obj = NULL;
}

VixError vix_give(vjob_obj *obj, VixHandle *out)
{
    vjob_handle name = 0;
    const vjob_err err = vjob_name_give(obj, &name);
    *out = err ? VIX_INVALID_HANDLE : vix_handle(name);
    return vix_error(err);
}

vjob_handle vix_hold_name(vjob_obj *obj)
{
    vjob_handle name = 0;
    if (vjob_name_give(obj, &name)) return 0;
    const vjob_err err = vjob_name_hold(name);
    vjob_space_release(VJOB_SPACE_VIX, name);
    return err ? 0 : name;
}

/* ---- the engine --------------------------------------------------------------------------------- */

VixError vix_hold(void)
{
    return vix_error(vjob_api_hold(VJOB_SPACE_VIX));
}

void vix_owe(uint32_t *holds)
{
    atomic_fetch_add(&owed, __atomic_exchange_n(holds, 0, __ATOMIC_ACQ_REL));
}

int vix_in_callback(void)
{
    return vix_now.job != NULL || vjob_in_callback();
}

void vix_settle(void)
{
    unsigned debt = atomic_load(&owed);
    while (debt && !vix_in_callback()) {
        if (!atomic_compare_exchange_weak(&owed, &debt, debt - 1)) continue;
        vjob_api_drop(VJOB_SPACE_VIX);
        debt = atomic_load(&owed);
    }
}

/* ---- functions for every type ------------------------------------------------------------------- */

void Vix_AddRefHandle(VixHandle handle)
{
    vix_pin pinned;
    if (!vix_enter(handle, VIX_HANDLETYPE_NONE, &pinned))
        vjob_name_grant(pinned.handle); /* may fail only at about a million references */
    vix_unpin(&pinned);
}

/* The client owes nothing on it any more: nobody is logged in through a VM (H14); what failed is over. */
static void after_last_release(vjob_obj *obj)
{
    if (obj->cls == &vix_vm_class)
        vix_vm_forget_login((vix_vm *)obj);
    else if (obj->cls->type == VIX_HANDLETYPE_JOB && vix_job_is_over((vix_job *)obj))
        vix_owe(&((vix_job *)obj)->holds);
}

void Vix_ReleaseHandle(VixHandle handle)
{
    vix_pin pinned;
    if (vix_enter(handle, VIX_HANDLETYPE_NONE, &pinned)) return;
    if (!vjob_space_release(VJOB_SPACE_VIX, pinned.handle) && !vjob_name_refs(pinned.handle))
        after_last_release(pinned.obj);
    vix_unpin(&pinned);
}

VixHandleType Vix_GetHandleType(VixHandle handle)
{
    vix_pin pinned;
    if (vix_enter_poll(handle, VIX_HANDLETYPE_NONE, &pinned)) return VIX_HANDLETYPE_NONE;
    const VixHandleType type = (VixHandleType)pinned.obj->cls->type;
    vix_unpin(&pinned);
    return type;
}
