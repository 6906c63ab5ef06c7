/* Compute systems: made, opened, closed, and how their end is waited for. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hcs_internal.h"

/* ---- handles ------------------------------------------------------------------------------------------ */

static void destroy(vjob_obj *obj)
{
    hcs_system *system = (hcs_system *)obj;
    if (hcs_system_leave(system)) hcs_machine_end(system->machine, 0); /* it was never closed */
    hcs_sink_free(&system->sink);
    hcs_machine_release(system->machine);
    hcs_owe(&system->holds);
}

static void describe(vjob_obj *obj, char *out, size_t cap)
{
    snprintf(out, cap, "%s", ((hcs_system *)obj)->machine->id);
}

const vjob_class hcs_system_class = {"HCS_SYSTEM", VJOB_SPACE_HCS, HCS_TYPE_SYSTEM, destroy, describe};

HRESULT hcs_system_new(hcs_machine *machine, hcs_system **out)
{
    vjob_handle handle;
    *out = NULL;
    hcs_system *system = (hcs_system *)vjob_obj_new(&hcs_system_class, sizeof *system);
    if (!system) return E_OUTOFMEMORY;
    system->machine = machine;
    vjob_obj_retain(&machine->obj);
    hcs_sink_init(&system->sink, &system->obj);
    const HRESULT result = hcs_name(&system->obj, &system->holds, &handle);
    if (FAILED(result)) {
        vjob_obj_release(&system->obj);
        return result;
    }
    vjob_obj_lock(&hcs_root.obj);
    const int over = machine->life == HCS_EXITED;
    if (!over) hcs_sinks_add(&machine->sinks, &system->sink);
    vjob_obj_unlock(&hcs_root.obj);
    *out = system;
    return over ? HCS_E_SYSTEM_NOT_FOUND : S_OK;
}

/* The callback goes first; then the last one may end the system, and wait for that. */
static void close_system(hcs_system *system)
{
    if (__atomic_exchange_n(&system->closed, 1, __ATOMIC_ACQ_REL)) return;
    vjob_name_end(system->obj.name);
    hcs_sink_close(&system->sink);
    if (hcs_system_leave(system)) hcs_machine_end(system->machine, 1);
    hcs_owe(&system->holds);
}

void HcsCloseComputeSystem(HCS_SYSTEM computeSystem)
{
    hcs_pin pin;
    if (SUCCEEDED(hcs_enter(computeSystem, &hcs_system_class, &pin))) close_system((hcs_system *)pin.obj);
    hcs_unpin(&pin);
    hcs_settle();
}

HRESULT HcsSetComputeSystemCallback(HCS_SYSTEM computeSystem, HCS_EVENT_OPTIONS callbackOptions,
                                    const void *context, HCS_EVENT_CALLBACK callback)
{
    HCS_PIN pin = {0};
    HCS_TRY(hcs_enter(computeSystem, &hcs_system_class, &pin));
    const unsigned known = HcsEventOptionEnableOperationCallbacks | HcsEventOptionEnableVmLifecycle |
                           HcsEventOptionEnableLiveMigrationEvents;
    HCS_NEED(!((unsigned)callbackOptions & ~known));
    return hcs_sink_set(&((hcs_system *)pin.obj)->sink, callbackOptions, (void *)context, callback);
}

/* ---- calls on a system ------------------------------------------------------------------------------------ */

HRESULT hcs_on_system_begin(hcs_on_system *on, const char *function, HCS_OPERATION_TYPE type,
                            HCS_SYSTEM system, HCS_OPERATION operation)
{
    *on = (hcs_on_system){0};
    HCS_TRY(hcs_enter(system, &hcs_system_class, &on->pin));
    on->system = (hcs_system *)on->pin.obj;
    on->machine = on->system->machine;
    const hcs_start start = {
        .function = function, .type = type, .machine = on->machine, .system = on->system};
    return hcs_call_begin(&start, operation, &on->call);
}

void hcs_on_system_end(hcs_on_system *on)
{
    hcs_call_release(on->call);
    hcs_unpin(&on->pin);
}

/* ---- opening ------------------------------------------------------------------------------------------------ */

#define ID_BYTES_MAX 240

/* An id as UTF-8: no control characters, and short enough to be a name in the world. */
HRESULT hcs_read_id(PCWSTR id, char **out)
{
    *out = NULL;
    HCS_NEED(id && *id);
    HCS_TRY(hcs_narrow(id, out));
    int fits = strlen(*out) <= ID_BYTES_MAX;
    for (const unsigned char *p = (const unsigned char *)*out; *p; p++) fits &= *p >= 0x20 && *p != 0x7f;
    if (fits) return S_OK;
    free(*out);
    *out = NULL;
    return E_INVALIDARG;
}

static HRESULT open_id(const char *id, HCS_SYSTEM *out)
{
    hcs_machine *machine;
    hcs_system *system;
    HCS_TRY(hcs_watch());
    HCS_TRY(hcs_machine_find(id, &machine));
    const HRESULT result = hcs_system_new(machine, &system);
    hcs_machine_release(machine);
    if (SUCCEEDED(result))
        *out = hcs_handle(&system->obj);
    else if (system)
        hcs_unname(&system->obj, &system->holds);
    if (system) vjob_obj_release(&system->obj);
    return result;
}

HRESULT HcsOpenComputeSystem(PCWSTR id, DWORD requestedAccess, HCS_SYSTEM *computeSystem)
{
    char *name;
    uint32_t held = 0;
    (void)requestedAccess; /* everybody may do everything */
    if (computeSystem) *computeSystem = NULL;
    HCS_NEED(computeSystem);
    HCS_TRY(hcs_read_id(id, &name));
    HRESULT result = hcs_hold_for(&held); /* the world is there while it is looked at */
    if (SUCCEEDED(result)) result = open_id(name, computeSystem);
    hcs_owe(&held);
    hcs_settle();
    free(name);
    return result;
}

/* ---- the end --------------------------------------------------------------------------------------------------- */

HRESULT HcsWaitForComputeSystemExit(HCS_SYSTEM computeSystem, DWORD timeoutMs, PWSTR *result)
{
    HCS_PIN pin = {0};
    if (result) *result = NULL;
    HCS_TRY((timeoutMs ? hcs_enter : hcs_enter_poll)(computeSystem, &hcs_system_class, &pin));
    hcs_machine *machine = ((hcs_system *)pin.obj)->machine;
    HCS_TRY(hcs_wait(machine->exit, timeoutMs));
    if (hcs_machine_life(machine) == HCS_FAILED) return HCS_E_SYSTEM_NOT_FOUND;
    return hcs_give_text(machine->exit_document, result);
}
