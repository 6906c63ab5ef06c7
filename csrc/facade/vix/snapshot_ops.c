/* What changes a tree of snapshots: create, remove, revert. */
#include "tree.h"

#include <stdio.h>
#include <string.h>

/* ---- create ---------------------------------------------------------------------------------------------------- */

static int created(vix_job *job)
{
    const vjob_op_result *result = vjob_op_get_result(vix_job_worker(job));
    vix_snapshot *snapshot = result && result->snapshot ? vix_snapshot_of(job->vm, result->snapshot) : NULL;
    const int fine = snapshot && vix_bag_object(&job->bag, VIX_PROPERTY_JOB_RESULT_HANDLE, &snapshot->obj);
    if (snapshot) vjob_obj_release(&snapshot->obj);
    return fine;
}

/* A suspended VM does not change: one snapshot of it is all there is (S4). */
static VixError check_change(const vix_vm *vm)
{
    VIX_TREE t = {0};
    vjob_vm_info info;
    VixError error = vix_vm_look(vm, &info);
    if (!error) error = vix_tree_load(vm, &t);
    const vjob_snapshot_info *current = error ? NULL : vix_tree_current(&t);
    if (current && info.state == VJOB_VM_SUSPENDED && current->state == VJOB_VM_SUSPENDED &&
        current->created_ns >= info.state_since_ns)
        return VIX_E_SNAPSHOT_NOCHANGE;
    return error;
}

VixHandle VixVM_CreateSnapshot(VixHandle vmHandle, const char *name, const char *description,
                               VixCreateSnapshotOptions options, VixHandle propertyListHandle,
                               VixEventProc *callbackProc, void *clientData)
{
    VIX_ASYNC(call, vmHandle, VIX_HANDLETYPE_VM, callbackProc, clientData);
    (void)propertyListHandle;
    VIX_ASYNC_NEED(call, VIX_ONLY(options, VIX_SNAPSHOT_INCLUDE_MEMORY));
    VIX_ASYNC_CHECK(call, vix_check_text(name));
    VIX_ASYNC_CHECK(call, vix_check_text(description));
    VIX_ASYNC_CHECK(call, name && strlen(name) > 255 ? (VixError)VIX_E_SNAPSHOT_NAMETOOLONG : VIX_OK);
    VIX_ASYNC_CHECK(call, check_change(call.vm));
    const int memory =
        options & VIX_SNAPSHOT_INCLUDE_MEMORY || vjob_vm_get_state(call.vm->vm) == VJOB_VM_SUSPENDED;
    vjob_op_request request = {.op = VJOB_OP_SNAPSHOT,
                               .name = name ? name : "",
                               .text = description ? description : "",
                               .busy = VJOB_BUSY_QUEUE,
                               .flags = memory ? 0 : VJOB_OPF_NO_MEMORY};
    call.done = created;
    return vix_call_start(&call, &request);
}

/* ---- remove, revert ------------------------------------------------------------------------------------------- */

VixError vix_snapshot_argument(const vix_call *call, VixHandle h, char uuid[40])
{
    VIX_PIN pin;
    const VixError error = vix_enter(h, VIX_HANDLETYPE_SNAPSHOT, &pin);
    if (error) return error;
    const vix_snapshot *snapshot = (const vix_snapshot *)pin.obj;
    snprintf(uuid, 40, "%s", snapshot->uuid);
    if (!vix_host_can(call->host, VIX_FEATURE_SNAPSHOTS)) return VIX_E_NOT_SUPPORTED;
    return snapshot->owner->vm == call->vm->vm ? VIX_OK : VIX_E_SNAPSHOT_NOTFOUND;
}

VixHandle VixVM_RemoveSnapshot(VixHandle vmHandle, VixHandle snapshotHandle, VixRemoveSnapshotOptions options,
                               VixEventProc *callbackProc, void *clientData)
{
    char uuid[40];
    VIX_ASYNC(call, vmHandle, VIX_HANDLETYPE_VM, callbackProc, clientData);
    VIX_ASYNC_CHECK(call, vix_snapshot_argument(&call, snapshotHandle, uuid));
    VIX_ASYNC_NEED(call, VIX_ONLY(options, VIX_SNAPSHOT_REMOVE_CHILDREN));
    vjob_op_request request = {.op = VJOB_OP_DELETE_SNAPSHOT,
                               .uuid = uuid,
                               .busy = VJOB_BUSY_QUEUE,
                               .flags = options & VIX_SNAPSHOT_REMOVE_CHILDREN ? VJOB_OPF_CHILDREN : 0};
    return vix_call_start(&call, &request);
}

static int reverted(vix_job *job)
{
    vix_vm_forget_login(job->vm);
    return 1;
}

VixHandle VixVM_RevertToSnapshot(VixHandle vmHandle, VixHandle snapshotHandle, VixVMPowerOpOptions options,
                                 VixHandle propertyListHandle, VixEventProc *callbackProc, void *clientData)
{
    char uuid[40];
    VIX_ASYNC(call, vmHandle, VIX_HANDLETYPE_VM, callbackProc, clientData);
    (void)propertyListHandle;
    VIX_ASYNC_CHECK(call, vix_snapshot_argument(&call, snapshotHandle, uuid));
    VIX_ASYNC_NEED(call,
                   VIX_ONLY(options, VIX_VMPOWEROP_SUPPRESS_SNAPSHOT_POWERON | VIX_VMPOWEROP_LAUNCH_GUI));
    vjob_op_request request = {.op = VJOB_OP_SWITCH_SNAPSHOT, .uuid = uuid, .busy = VJOB_BUSY_QUEUE};
    if (options & VIX_VMPOWEROP_SUPPRESS_SNAPSHOT_POWERON) request.flags = VJOB_OPF_SKIP_RESUME;
    call.done = reverted;
    return vix_call_start(&call, &request);
}
