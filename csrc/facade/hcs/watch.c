/* What happens to VMs, whoever makes it happen, and what it means for machines. Hooks run in the world. */
#include <stdlib.h>
#include <string.h>

#include "hcs_internal.h"

/* ---- calls that wait for the guest -------------------------------------------------------------------- */

static hcs_call *take(hcs_call **place)
{
    vjob_obj_lock(&hcs_root.obj);
    hcs_call *call = *place;
    *place = NULL;
    vjob_obj_unlock(&hcs_root.obj);
    return call;
}

static void end_waiting(hcs_call **place, vjob_err err)
{
    hcs_call *call = take(place);
    if (call) vjob_job_end_world(&call->job, err);
    hcs_call_release(call);
}

/* ---- changes -------------------------------------------------------------------------------------------- */

static void on_state(hcs_machine *machine, const vjob_change_info *change)
{
    switch (change->state) {
    case VJOB_VM_STOPPING:
        if (hcs_machine_ending(machine) == HCS_CRASHES)
            hcs_machine_crash(machine, HcsEventSystemCrashInitiated);
        end_waiting(&machine->delivering, VJOB_OK);
        break;
    case VJOB_VM_RESETTING: end_waiting(&machine->delivering, VJOB_OK); break;
    case VJOB_VM_SUSPENDED: hcs_machine_exit(machine, change->op, 1); break;
    case VJOB_VM_STOPPED:
        /* A start that was taken back leaves a created one. */
        if (change->old_state == VJOB_VM_STARTING && machine->is_made_here) break;
        hcs_machine_exit(machine, change->op, 0);
        break;
    default: break;
    }
}

static void on_change(const vjob_change_info *change, void *data)
{
    (void)data;
    hcs_machine *machine = change->vm ? hcs_machine_of(change->vm) : NULL;
    if (!machine) return;
    switch (change->change) {
    case VJOB_CHANGE_STATE: on_state(machine, change); break;
    case VJOB_CHANGE_TOOLS: {
        vjob_vm_info info;
        vjob_vm_glance(change->vm, &info);
        if (info.tools == VJOB_TOOLS_RUNNING)
            end_waiting(&machine->starting, VJOB_OK);
        else if (info.state == VJOB_VM_RESETTING && machine->is_made_here &&
                 hcs_machine_has(machine, "VirtualMachine.GuestConnection"))
            hcs_machine_tell(machine, HcsEventSystemGuestConnectionClosed, NULL);
        break;
    }
    case VJOB_CHANGE_REMOVED:
    case VJOB_CHANGE_DELETED: hcs_machine_exit(machine, change->op, 0); break;
    default: break;
    }
    hcs_machine_release(machine);
}

/* Two threads may both add an observer: what the second one hears changes nothing any more. */
static HRESULT observe(vjob_host *host, vjob_observer **place)
{
    vjob_observer *made, *none = NULL;
    if (__atomic_load_n(place, __ATOMIC_ACQUIRE)) return S_OK;
    if (vjob_observer_add(host, on_change, NULL, &made)) return E_OUTOFMEMORY;
    if (!__atomic_compare_exchange_n(place, &none, made, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
        vjob_observer_remove(made);
    return S_OK;
}

HRESULT hcs_watch(void)
{
    return observe(NULL, &hcs_root.observer);
}

/* ---- containers live on a host of their own ----------------------------------------------------------------- */

static const char containers_json[] =
    "{\"hosts\": [{\"name\": \"containers\", \"cpus\": 256, \"memory_mb\": 16777216}]}";

HRESULT hcs_container_host(vjob_host **out)
{
    static const char key[] = "containers of the Host Compute System";
    *out = NULL;
    if (vjob_host_open_private(key, containers_json, sizeof containers_json - 1, out)) return E_OUTOFMEMORY;
    vjob_obj_lock(&hcs_root.obj);
    vjob_host *known = hcs_root.containers;
    const int is_new = known != *out;
    if (is_new) hcs_root.containers = *out; /* with the opening, and its reference */
    vjob_observer *old = is_new ? hcs_root.container_observer : NULL;
    if (is_new) hcs_root.container_observer = NULL;
    vjob_obj_unlock(&hcs_root.obj);
    vjob_host_retain(*out);
    if (!is_new) vjob_host_close_private(known);
    if (old) vjob_observer_remove(old); /* of a world that is gone */
    if (is_new && known) vjob_host_close_private(known);
    return observe(*out, &hcs_root.container_observer);
}
