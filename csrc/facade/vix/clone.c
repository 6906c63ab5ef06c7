/* Clones of VMs, full and linked. */
#include "tree.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* "[store] dir/NAME.vmx" -> NAME; where it is taken, the simulator makes it different. */
static void clone_name(const char *path, char *out, size_t cap)
{
    const char *base = path;
    for (const char *at = path; *at; at++)
        if (strchr("/\\]", *at)) base = at + 1 + strspn(at + 1, " ");
    size_t size = strlen(base);
    if (size > 4 && strcmp(base + size - 4, ".vmx") == 0) size -= 4;
    size = size > 200 ? 200 : size;
    snprintf(out, cap, "%.*s", (int)size, base);
}

/* A linked clone of the VM as it is stands on a snapshot that is taken for it. */
typedef struct linked {
    char *path, name[256];
} linked;

static void linked_free(void *note)
{
    free(((linked *)note)->path);
    free(note);
}

static vjob_err clone_linked(vjob_job *worker, void *data)
{
    vix_job *job = data;
    linked *note = job->note;
    vjob_vm *made = NULL;
    vjob_op_request take = {.op = VJOB_OP_SNAPSHOT,
                            .vm = job->vm->vm,
                            .name = note->name,
                            .text = "",
                            .busy = VJOB_BUSY_QUEUE,
                            .flags = VJOB_OPF_NO_MEMORY};
    (void)worker;
    vjob_err err = vix_step(job, &take, NULL);
    VIX_TREE t = {0};
    if (!err && vix_tree_load(job->vm, &t)) err = VJOB_EFAILED;
    const vjob_snapshot_info *current = err ? NULL : vix_tree_current(&t);
    vjob_op_request clone = {.op = VJOB_OP_CLONE,
                             .vm = job->vm->vm,
                             .name = note->name,
                             .path = note->path,
                             .busy = VJOB_BUSY_QUEUE,
                             .flags = VJOB_OPF_LINKED | VJOB_OPF_ANY_NAME,
                             .snapshot = current ? current->uuid : NULL};
    if (!err) err = vix_step(job, &clone, &made);
    if (err) return err;
    vix_vm *vm = vix_vm_of(job->member.host, made);
    vjob_vm_release(made);
    const int fine = vm && vix_bag_object(&job->bag, VIX_PROPERTY_JOB_RESULT_HANDLE, &vm->obj);
    if (vm) vjob_obj_release(&vm->obj);
    return fine ? VJOB_OK : VJOB_ENOMEM;
}

static VixHandle start_linked(vix_call *call, char *path, const char *name)
{
    vjob_vm_info info;
    linked *note = calloc(1, sizeof *note);
    if (!note) {
        free(path);
        return vix_call_fail(call, VIX_E_OUT_OF_MEMORY);
    }
    note->path = path;
    snprintf(note->name, sizeof note->name, "%s", name);
    call->note = note;
    call->free_note = linked_free;
    VIX_ASYNC_CHECK(*call, vix_vm_look(call->vm, &info));
    VIX_ASYNC_CHECK(*call, info.state == VJOB_VM_SUSPENDED ? (VixError)VIX_E_VM_IS_RUNNING : VIX_OK);
    vjob_vm *there = vix_find_path(call->host, path);
    if (there) {
        vjob_vm_release(there);
        return vix_call_fail(call, VIX_E_FILE_ALREADY_EXISTS);
    }
    return vix_call_run(call, clone_linked);
}

/* A clone of what runs, or of a suspended VM, is refused although its snapshot could be cloned. */
static VixError check_clone_state(const vix_vm *vm, VixCloneType type)
{
    vjob_vm_info info;
    const VixError error = vix_vm_look(vm, &info);
    if (error) return error;
    const int off = info.state == VJOB_VM_STOPPED || info.state == VJOB_VM_SUSPENDED || info.busy;
    return type == VIX_CLONETYPE_FULL ? (off ? VIX_OK : VIX_E_VM_IS_RUNNING)
                                      : (info.state == VJOB_VM_SUSPENDED ? VIX_E_VM_IS_RUNNING : VIX_OK);
}

VixHandle VixVM_Clone(VixHandle vmHandle, VixHandle snapshotHandle, VixCloneType cloneType,
                      const char *destConfigPathName, int options, VixHandle propertyListHandle,
                      VixEventProc *callbackProc, void *clientData)
{
    char uuid[40] = "", name[256];
    VIX_ASYNC(call, vmHandle, VIX_HANDLETYPE_VM, callbackProc, clientData);
    (void)propertyListHandle;
    VIX_ASYNC_CHECK(call,
                    vix_host_can(call.host, VIX_FEATURE_CLONE) ? VIX_OK : (VixError)VIX_E_NOT_SUPPORTED);
    VIX_ASYNC_CHECK(call, vix_need_text(destConfigPathName));
    VIX_ASYNC_NEED(call,
                   options == 0 && (cloneType == VIX_CLONETYPE_FULL || cloneType == VIX_CLONETYPE_LINKED));
    if (snapshotHandle) VIX_ASYNC_CHECK(call, vix_snapshot_argument(&call, snapshotHandle, uuid));
    VIX_ASYNC_CHECK(call, check_clone_state(call.vm, cloneType));
    char *path = vix_plain_path(destConfigPathName);
    VIX_ASYNC_CHECK(call, path ? VIX_OK : (VixError)VIX_E_OUT_OF_MEMORY);
    clone_name(path, name, sizeof name);
    if (cloneType == VIX_CLONETYPE_LINKED && !uuid[0]) return start_linked(&call, path, name);
    vjob_op_request request = {.op = VJOB_OP_CLONE,
                               .name = name,
                               .path = path,
                               .busy = VJOB_BUSY_QUEUE,
                               .snapshot = uuid[0] ? uuid : NULL,
                               .flags = VJOB_OPF_ANY_NAME};
    if (cloneType == VIX_CLONETYPE_LINKED) request.flags |= VJOB_OPF_LINKED;
    call.done = vix_result_is_vm;
    const VixHandle job = vix_call_start(&call, &request);
    free(path);
    return job;
}
