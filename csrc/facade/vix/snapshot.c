/* Snapshots: handles for the nodes of a VM's tree, and what changes the tree. */
#include "vix_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- objects ------------------------------------------------------------------------------------------ */

static vix_snapshot *find(vix_vm *vm, const char *uuid)
{
    for (vix_snapshot *at = vm->snapshots; at; at = at->next)
        if (strcmp(at->uuid, uuid) == 0 && vjob_obj_try_retain(&at->obj))
            return at;
    return NULL;
}

vix_snapshot *vix_snapshot_of(vix_vm *vm, const char *uuid)
{
    vjob_obj_lock(&vm->obj);
    vix_snapshot *found = find(vm, uuid);
    vjob_obj_unlock(&vm->obj);
    vix_snapshot *made = found ? NULL : (vix_snapshot *)vjob_obj_new(&vix_snapshot_class, sizeof *made);
    if (!made)
        return found;
    snprintf(made->uuid, sizeof made->uuid, "%s", uuid);
    made->owner = (vix_vm *)vjob_obj_retain(&vm->obj);
    vix_member_join(&made->member, vm->member.host, &made->obj);
    vjob_obj_lock(&vm->obj);
    found = find(vm, uuid);
    if (!found) {
        made->next = vm->snapshots;
        vm->snapshots = made;
    }
    vjob_obj_unlock(&vm->obj);
    if (!found)
        return made;
    vjob_obj_release(&made->obj);
    return found;
}

static void destroy(vjob_obj *obj)
{
    vix_snapshot *snapshot = (vix_snapshot *)obj;
    vix_vm *vm = snapshot->owner;
    vjob_obj_lock(&vm->obj);
    for (vix_snapshot **at = &vm->snapshots; *at; at = &(*at)->next)
        if (*at == snapshot) {
            *at = snapshot->next;
            break;
        }
    vjob_obj_unlock(&vm->obj);
    vix_member_leave(&snapshot->member);
    vjob_obj_release(&vm->obj);
}

static void describe(vjob_obj *obj, char *out, size_t cap)
{
    snprintf(out, cap, "%s", ((vix_snapshot *)obj)->uuid);
}

const vjob_class vix_snapshot_class = {
    .name = "VIX_HANDLETYPE_SNAPSHOT",
    .space = VJOB_SPACE_VIX,
    .type = VIX_HANDLETYPE_SNAPSHOT,
    .destroy = destroy,
    .describe = describe,
};

/* ---- the tree ------------------------------------------------------------------------------------------- */

/** All snapshots of a VM, parents before children. */
typedef struct tree {
    vjob_snapshot_info *all;
    size_t n;
} tree;

static void tree_free(tree *t)
{
    vjob_sim_free(t->all);
}
#define TREE __attribute__((cleanup(tree_free))) tree

static VixError tree_load(const vix_vm *vm, tree *out)
{
    *out = (tree){0};
    if (!vix_host_can(vm->member.host, VIX_FEATURE_SNAPSHOTS))
        return VIX_E_NOT_SUPPORTED;
    return vix_error(vjob_vm_snapshots(vm->vm, &out->all, &out->n));
}

static const vjob_snapshot_info *tree_find(const tree *t, const char *uuid)
{
    for (size_t i = 0; i < t->n; i++)
        if (strcmp(t->all[i].uuid, uuid) == 0)
            return &t->all[i];
    return NULL;
}

static const vjob_snapshot_info *tree_current(const tree *t)
{
    for (size_t i = 0; i < t->n; i++)
        if (t->all[i].is_current)
            return &t->all[i];
    return NULL;
}

/* The index-th child of a snapshot; "" for roots. */
static const vjob_snapshot_info *tree_child(const tree *t, const char *parent, int index)
{
    for (size_t i = 0; i < t->n; i++)
        if (strcmp(t->all[i].parent, parent) == 0 && index-- == 0)
            return &t->all[i];
    return NULL;
}

static int tree_children(const tree *t, const char *parent)
{
    int count = 0;
    for (size_t i = 0; i < t->n; i++)
        count += strcmp(t->all[i].parent, parent) == 0;
    return count;
}

static VixError give(vix_vm *vm, const vjob_snapshot_info *info, VixHandle *out)
{
    if (!info)
        return VIX_E_SNAPSHOT_NOTFOUND;
    vix_snapshot *snapshot = vix_snapshot_of(vm, info->uuid);
    if (!snapshot)
        return VIX_E_OUT_OF_MEMORY;
    const VixError error = vix_give(&snapshot->obj, out);
    vjob_obj_release(&snapshot->obj);
    return error;
}

/* ---- names ------------------------------------------------------------------------------------------------ */

/* Does the path, read backwards, name this snapshot, its parent and so on? */
static int fits(const tree *t, const vjob_snapshot_info *at, const char *path, char separator)
{
    const char *end = path + strlen(path);
    for (;;) {
        const char *begin = end;
        while (begin > path && begin[-1] != separator)
            begin--;
        const size_t size = (size_t)(end - begin);
        if (!at || strlen(at->name) != size || memcmp(at->name, begin, size) != 0)
            return 0;
        if (begin == path)
            return 1;
        end = begin - 1;
        at = tree_find(t, at->parent);
        if (end == path)
            return !at; /* it began with the separator: from a root */
    }
}

static VixError named(const tree *t, const char *name, const vjob_snapshot_info **out)
{
    size_t whole = 0, matches = 0;
    const char separator = strchr(name, '/') ? '/' : '\\';
    const vjob_snapshot_info *by_path = NULL;
    *out = NULL;
    for (size_t i = 0; i < t->n; i++) {
        if (strcmp(t->all[i].name, name) == 0) {
            *out = &t->all[i];
            whole++;
        }
        if (fits(t, &t->all[i], name, separator)) {
            by_path = &t->all[i];
            matches++;
        }
    }
    if (!whole) {
        *out = by_path;
        whole = matches;
    }
    return whole == 1 ? VIX_OK : whole ? VIX_E_SNAPSHOT_NONUNIQUE_NAME : VIX_E_SNAPSHOT_NOTFOUND;
}

/* ---- looking ------------------------------------------------------------------------------------------------ */

VixError VixVM_GetNumRootSnapshots(VixHandle vmHandle, int *result)
{
    TREE t = {0};
    VIX_ENTER(vix_vm, vm, vmHandle, VIX_HANDLETYPE_VM);
    VIX_NEED(result);
    *result = 0;
    const VixError error = tree_load(vm, &t);
    if (!error)
        *result = tree_children(&t, "");
    return error;
}

VixError VixVM_GetRootSnapshot(VixHandle vmHandle, int index, VixHandle *snapshotHandle)
{
    TREE t = {0};
    VIX_ENTER(vix_vm, vm, vmHandle, VIX_HANDLETYPE_VM);
    VIX_NEED(snapshotHandle);
    *snapshotHandle = VIX_INVALID_HANDLE;
    const VixError error = tree_load(vm, &t);
    return error ? error : give(vm, tree_child(&t, "", index), snapshotHandle);
}

VixError VixVM_GetCurrentSnapshot(VixHandle vmHandle, VixHandle *snapshotHandle)
{
    TREE t = {0};
    VIX_ENTER(vix_vm, vm, vmHandle, VIX_HANDLETYPE_VM);
    VIX_NEED(snapshotHandle);
    *snapshotHandle = VIX_INVALID_HANDLE;
    const VixError error = tree_load(vm, &t);
    return error ? error : give(vm, tree_current(&t), snapshotHandle);
}

VixError VixVM_GetNamedSnapshot(VixHandle vmHandle, const char *name, VixHandle *snapshotHandle)
{
    TREE t = {0};
    const vjob_snapshot_info *info;
    VIX_ENTER(vix_vm, vm, vmHandle, VIX_HANDLETYPE_VM);
    VIX_NEED(snapshotHandle);
    *snapshotHandle = VIX_INVALID_HANDLE;
    VixError error = vix_need_text(name);
    if (!error)
        error = tree_load(vm, &t);
    if (!error)
        error = named(&t, name, &info);
    return error ? error : give(vm, info, snapshotHandle);
}

/* The tree that a snapshot is in, and its own row. */
static VixError load_of(const vix_snapshot *snapshot, tree *t, const vjob_snapshot_info **out)
{
    const VixError error = tree_load(snapshot->owner, t);
    *out = error ? NULL : tree_find(t, snapshot->uuid);
    return error ? error : *out ? VIX_OK : VIX_E_SNAPSHOT_NOTFOUND;
}

VixError VixSnapshot_GetNumChildren(VixHandle parentSnapshotHandle, int *numChildSnapshots)
{
    TREE t = {0};
    const vjob_snapshot_info *info;
    VIX_ENTER(vix_snapshot, snapshot, parentSnapshotHandle, VIX_HANDLETYPE_SNAPSHOT);
    VIX_NEED(numChildSnapshots);
    *numChildSnapshots = 0;
    const VixError error = load_of(snapshot, &t, &info);
    if (!error)
        *numChildSnapshots = (int)info->children;
    return error;
}

VixError VixSnapshot_GetChild(VixHandle parentSnapshotHandle, int index, VixHandle *childSnapshotHandle)
{
    TREE t = {0};
    const vjob_snapshot_info *info;
    VIX_ENTER(vix_snapshot, snapshot, parentSnapshotHandle, VIX_HANDLETYPE_SNAPSHOT);
    VIX_NEED(childSnapshotHandle);
    *childSnapshotHandle = VIX_INVALID_HANDLE;
    const VixError error = load_of(snapshot, &t, &info);
    return error ? error : give(snapshot->owner, tree_child(&t, snapshot->uuid, index), childSnapshotHandle);
}

VixError VixSnapshot_GetParent(VixHandle snapshotHandle, VixHandle *parentSnapshotHandle)
{
    TREE t = {0};
    const vjob_snapshot_info *info;
    VIX_ENTER(vix_snapshot, snapshot, snapshotHandle, VIX_HANDLETYPE_SNAPSHOT);
    VIX_NEED(parentSnapshotHandle);
    *parentSnapshotHandle = VIX_INVALID_HANDLE;
    const VixError error = load_of(snapshot, &t, &info);
    if (error || !info->parent[0])
        return error;
    return give(snapshot->owner, tree_find(&t, info->parent), parentSnapshotHandle);
}

static int power_state(vjob_vm_state state)
{
    if (state == VJOB_VM_STOPPED)
        return VIX_POWERSTATE_POWERED_OFF;
    return state == VJOB_VM_SUSPENDED ? VIX_POWERSTATE_SUSPENDED : VIX_POWERSTATE_POWERED_ON;
}

VixError vix_snapshot_value(vix_snapshot *snapshot, VixPropertyID id, vix_value *out)
{
    TREE t = {0};
    const vjob_snapshot_info *info;
    const vix_property *property = vix_property_find(id);
    if (!property || property->of != VIX_OF_SNAPSHOT)
        return VIX_E_UNRECOGNIZED_PROPERTY;
    const VixError error = load_of(snapshot, &t, &info);
    if (error)
        return error;
    out->type = property->type;
    if (property->type == VIX_PROPERTYTYPE_STRING) {
        out->as.text = strdup(id == VIX_PROPERTY_SNAPSHOT_DISPLAYNAME ? info->name : info->description);
        return out->as.text ? VIX_OK : VIX_E_OUT_OF_MEMORY;
    }
    out->as.number = id == VIX_PROPERTY_SNAPSHOT_POWERSTATE ? power_state(info->state) : 0;
    return VIX_OK;
}

/* ---- create ---------------------------------------------------------------------------------------------------- */

static int created(vix_job *job)
{
    const vjob_op_result *result = vjob_op_get_result(vix_job_worker(job));
    vix_snapshot *snapshot = result && result->snapshot ? vix_snapshot_of(job->vm, result->snapshot) : NULL;
    const int fine = snapshot && vix_bag_object(&job->bag, VIX_PROPERTY_JOB_RESULT_HANDLE, &snapshot->obj);
    if (snapshot)
        vjob_obj_release(&snapshot->obj);
    return fine;
}

/* A suspended VM does not change: one snapshot of it is all there is (S4). */
static VixError check_change(const vix_vm *vm)
{
    TREE t = {0};
    vjob_vm_info info;
    VixError error = vix_vm_look(vm, &info);
    if (!error)
        error = tree_load(vm, &t);
    const vjob_snapshot_info *current = error ? NULL : tree_current(&t);
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
    const int memory = options & VIX_SNAPSHOT_INCLUDE_MEMORY || vjob_vm_get_state(call.vm->vm) == VJOB_VM_SUSPENDED;
    vjob_op_request request = {.op = VJOB_OP_SNAPSHOT, .name = name ? name : "", .text = description ? description : "",
                               .busy = VJOB_BUSY_QUEUE, .flags = memory ? 0 : VJOB_OPF_NO_MEMORY};
    call.done = created;
    return vix_call_start(&call, &request);
}

/* ---- remove, revert ------------------------------------------------------------------------------------------- */

/* The snapshot that an argument names; another VM's is not found. */
static VixError snapshot_argument(const vix_call *call, VixHandle h, char uuid[40])
{
    VIX_PIN pin;
    const VixError error = vix_enter(h, VIX_HANDLETYPE_SNAPSHOT, &pin);
    if (error)
        return error;
    const vix_snapshot *snapshot = (const vix_snapshot *)pin.obj;
    snprintf(uuid, 40, "%s", snapshot->uuid);
    if (!vix_host_can(call->host, VIX_FEATURE_SNAPSHOTS))
        return VIX_E_NOT_SUPPORTED;
    return snapshot->owner->vm == call->vm->vm ? VIX_OK : VIX_E_SNAPSHOT_NOTFOUND;
}

VixHandle VixVM_RemoveSnapshot(VixHandle vmHandle, VixHandle snapshotHandle, VixRemoveSnapshotOptions options,
                               VixEventProc *callbackProc, void *clientData)
{
    char uuid[40];
    VIX_ASYNC(call, vmHandle, VIX_HANDLETYPE_VM, callbackProc, clientData);
    VIX_ASYNC_CHECK(call, snapshot_argument(&call, snapshotHandle, uuid));
    VIX_ASYNC_NEED(call, VIX_ONLY(options, VIX_SNAPSHOT_REMOVE_CHILDREN));
    vjob_op_request request = {.op = VJOB_OP_DELETE_SNAPSHOT, .uuid = uuid, .busy = VJOB_BUSY_QUEUE,
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
    VIX_ASYNC_CHECK(call, snapshot_argument(&call, snapshotHandle, uuid));
    VIX_ASYNC_NEED(call, VIX_ONLY(options, VIX_VMPOWEROP_SUPPRESS_SNAPSHOT_POWERON | VIX_VMPOWEROP_LAUNCH_GUI));
    vjob_op_request request = {.op = VJOB_OP_SWITCH_SNAPSHOT, .uuid = uuid, .busy = VJOB_BUSY_QUEUE};
    if (options & VIX_VMPOWEROP_SUPPRESS_SNAPSHOT_POWERON)
        request.flags = VJOB_OPF_SKIP_RESUME;
    call.done = reverted;
    return vix_call_start(&call, &request);
}

/* ---- clone ------------------------------------------------------------------------------------------------------ */

/* "[store] dir/NAME.vmx" -> NAME, made different from names that are taken. */
static void clone_name(vix_host *host, const char *path, char *out, size_t cap)
{
    const char *base = path;
    for (const char *at = path; *at; at++)
        if (strchr("/\\]", *at))
            base = at + 1 + strspn(at + 1, " ");
    size_t size = strlen(base);
    if (size > 4 && strcmp(base + size - 4, ".vmx") == 0)
        size -= 4;
    size = size > 200 ? 200 : size;
    vjob_vm *taken = NULL;
    snprintf(out, cap, "%.*s", (int)size, base);
    for (int i = 2; !vjob_vm_by_name(host->host, out, &taken); i++) {
        vjob_vm_release(taken);
        snprintf(out, cap, "%.*s (%d)", (int)size, base, i);
    }
}

static int cloned(vix_job *job)
{
    const vjob_op_result *result = vjob_op_get_result(vix_job_worker(job));
    vix_vm *vm = result && result->vm ? vix_vm_of(job->member.host, result->vm) : NULL;
    const int fine = vm && vix_bag_object(&job->bag, VIX_PROPERTY_JOB_RESULT_HANDLE, &vm->obj);
    if (vm)
        vjob_obj_release(&vm->obj);
    return fine;
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
    vjob_op_request take = {.op = VJOB_OP_SNAPSHOT, .vm = job->vm->vm, .name = note->name, .text = "",
                            .busy = VJOB_BUSY_QUEUE, .flags = VJOB_OPF_NO_MEMORY};
    (void)worker;
    vjob_err err = vix_step(job, &take, NULL);
    TREE t = {0};
    if (!err && tree_load(job->vm, &t))
        err = VJOB_EFAILED;
    const vjob_snapshot_info *current = err ? NULL : tree_current(&t);
    vjob_op_request clone = {.op = VJOB_OP_CLONE, .vm = job->vm->vm, .name = note->name, .path = note->path,
                             .busy = VJOB_BUSY_QUEUE, .flags = VJOB_OPF_LINKED,
                             .snapshot = current ? current->uuid : NULL};
    if (!err)
        err = vix_step(job, &clone, &made);
    if (err)
        return err;
    vix_vm *vm = vix_vm_of(job->member.host, made);
    vjob_vm_release(made);
    const int fine = vm && vix_bag_object(&job->bag, VIX_PROPERTY_JOB_RESULT_HANDLE, &vm->obj);
    if (vm)
        vjob_obj_release(&vm->obj);
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
    if (error)
        return error;
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
    VIX_ASYNC_CHECK(call, vix_host_can(call.host, VIX_FEATURE_CLONE) ? VIX_OK : (VixError)VIX_E_NOT_SUPPORTED);
    VIX_ASYNC_CHECK(call, vix_need_text(destConfigPathName));
    VIX_ASYNC_NEED(call, options == 0 && (cloneType == VIX_CLONETYPE_FULL || cloneType == VIX_CLONETYPE_LINKED));
    if (snapshotHandle)
        VIX_ASYNC_CHECK(call, snapshot_argument(&call, snapshotHandle, uuid));
    VIX_ASYNC_CHECK(call, check_clone_state(call.vm, cloneType));
    char *path = vix_plain_path(destConfigPathName);
    VIX_ASYNC_CHECK(call, path ? VIX_OK : (VixError)VIX_E_OUT_OF_MEMORY);
    clone_name(call.host, path, name, sizeof name);
    if (cloneType == VIX_CLONETYPE_LINKED && !uuid[0])
        return start_linked(&call, path, name);
    vjob_op_request request = {.op = VJOB_OP_CLONE, .name = name, .path = path, .busy = VJOB_BUSY_QUEUE,
                               .snapshot = uuid[0] ? uuid : NULL,
                               .flags = cloneType == VIX_CLONETYPE_LINKED ? VJOB_OPF_LINKED : 0};
    call.done = cloned;
    const VixHandle job = vix_call_start(&call, &request);
    free(path);
    return job;
}
