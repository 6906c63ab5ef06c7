/* Handles: from numbers in pointers to objects, and who holds the engine. */
#include "hcs_internal.h"

static HRESULT pin(const void *handle, const vjob_class *cls, hcs_pin *out_pin)
{
    if (!handle) return E_INVALIDARG;
    const vjob_handle number = (vjob_handle)(uintptr_t)handle;
    vjob_obj *obj = NULL;
    if (vjob_pin(VJOB_SPACE_HCS, number, &obj)) return E_HANDLE;
    out_pin->handle = number;
    out_pin->obj = obj;
    if (obj->cls == cls) return S_OK;
    hcs_unpin(out_pin);
    return E_HANDLE;
}

HRESULT hcs_enter(const void *handle, const vjob_class *cls, hcs_pin *out_pin)
{
    *out_pin = (hcs_pin){0};
    if (vjob_enter(VJOB_SPACE_HCS) == VJOB_EFORK) return HCS_E_SERVICE_DISCONNECT;
    return pin(handle, cls, out_pin);
}

HRESULT hcs_enter_poll(const void *handle, const vjob_class *cls, hcs_pin *out_pin)
{
    *out_pin = (hcs_pin){0};
    if (vjob_enter_poll(VJOB_SPACE_HCS) == VJOB_EFORK) return HCS_E_SERVICE_DISCONNECT;
    return pin(handle, cls, out_pin);
}

void hcs_unpin(hcs_pin *pinned)
{
    if (pinned->handle) vjob_unpin(pinned->handle);
    *pinned = (hcs_pin){0};
}

/* ---- the engine --------------------------------------------------------------------------------- */

HRESULT hcs_hold_for(uint32_t *holds)
{
    const vjob_err err = hcs_hold();
    if (err == VJOB_EFORK) return HCS_E_SERVICE_DISCONNECT;
    if (err) return err == VJOB_ENOMEM ? E_OUTOFMEMORY : E_FAIL; /* it has said why */
    __atomic_store_n(holds, 1, __ATOMIC_RELEASE);
    return S_OK;
}

HRESULT hcs_name(vjob_obj *obj, uint32_t *holds, vjob_handle *out_handle)
{
    *out_handle = 0;
    HCS_TRY(hcs_hold_for(holds));
    if (!vjob_name_create(obj, out_handle)) return S_OK;
    hcs_owe(holds);
    hcs_settle();
    return E_OUTOFMEMORY;
}

void hcs_unname(vjob_obj *obj, uint32_t *holds)
{
    vjob_name_end(obj->name);
    hcs_owe(holds);
    hcs_settle();
}
