/* Snapshots: handles for the nodes of a VM's tree, and what can be asked of them. */
#include "tree.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- objects ------------------------------------------------------------------------------------------ */

static vix_snapshot *find(vix_vm *vm, const char *uuid)
{
    for (vix_snapshot *at = vm->snapshots; at; at = at->next)
        if (strcmp(at->uuid, uuid) == 0 && vjob_obj_try_retain(&at->obj)) return at;
    return NULL;
}

vix_snapshot *vix_snapshot_of(vix_vm *vm, const char *uuid)
{
    vjob_obj_lock(&vm->obj);
    vix_snapshot *found = find(vm, uuid);
    vjob_obj_unlock(&vm->obj);
    vix_snapshot *made = found ? NULL : (vix_snapshot *)vjob_obj_new(&vix_snapshot_class, sizeof *made);
    if (!made) return found;
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
    if (!found) return made;
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

/* ---- looking ------------------------------------------------------------------------------------------------ */

static VixError give(vix_vm *vm, const vjob_snapshot_info *info, VixHandle *out)
{
    if (!info) return VIX_E_SNAPSHOT_NOTFOUND;
    vix_snapshot *snapshot = vix_snapshot_of(vm, info->uuid);
    if (!snapshot) return VIX_E_OUT_OF_MEMORY;
    const VixError error = vix_give(&snapshot->obj, out);
    vjob_obj_release(&snapshot->obj);
    return error;
}

VixError VixVM_GetNumRootSnapshots(VixHandle vmHandle, int *result)
{
    VIX_TREE t = {0};
    VIX_ENTER(vix_vm, vm, vmHandle, VIX_HANDLETYPE_VM);
    VIX_NEED(result);
    *result = 0;
    const VixError error = vix_tree_load(vm, &t);
    if (!error) *result = vix_tree_children(&t, "");
    return error;
}

VixError VixVM_GetRootSnapshot(VixHandle vmHandle, int index, VixHandle *snapshotHandle)
{
    VIX_TREE t = {0};
    VIX_ENTER(vix_vm, vm, vmHandle, VIX_HANDLETYPE_VM);
    VIX_NEED(snapshotHandle);
    *snapshotHandle = VIX_INVALID_HANDLE;
    const VixError error = vix_tree_load(vm, &t);
    return error ? error : give(vm, vix_tree_child(&t, "", index), snapshotHandle);
}

VixError VixVM_GetCurrentSnapshot(VixHandle vmHandle, VixHandle *snapshotHandle)
{
    VIX_TREE t = {0};
    VIX_ENTER(vix_vm, vm, vmHandle, VIX_HANDLETYPE_VM);
    VIX_NEED(snapshotHandle);
    *snapshotHandle = VIX_INVALID_HANDLE;
    const VixError error = vix_tree_load(vm, &t);
    return error ? error : give(vm, vix_tree_current(&t), snapshotHandle);
}

VixError VixVM_GetNamedSnapshot(VixHandle vmHandle, const char *name, VixHandle *snapshotHandle)
{
    VIX_TREE t = {0};
    const vjob_snapshot_info *info;
    VIX_ENTER(vix_vm, vm, vmHandle, VIX_HANDLETYPE_VM);
    VIX_NEED(snapshotHandle);
    *snapshotHandle = VIX_INVALID_HANDLE;
    VixError error = vix_need_text(name);
    if (!error) error = vix_tree_load(vm, &t);
    if (!error) error = vix_tree_named(&t, name, &info);
    return error ? error : give(vm, info, snapshotHandle);
}

/* The tree that a snapshot is in, and its own row. */
static VixError load_of(const vix_snapshot *snapshot, vix_tree *t, const vjob_snapshot_info **out)
{
    const VixError error = vix_tree_load(snapshot->owner, t);
    *out = error ? NULL : vix_tree_find(t, snapshot->uuid);
    return error ? error : *out ? VIX_OK : VIX_E_SNAPSHOT_NOTFOUND;
}

VixError VixSnapshot_GetNumChildren(VixHandle parentSnapshotHandle, int *numChildSnapshots)
{
    VIX_TREE t = {0};
    const vjob_snapshot_info *info;
    VIX_ENTER(vix_snapshot, snapshot, parentSnapshotHandle, VIX_HANDLETYPE_SNAPSHOT);
    VIX_NEED(numChildSnapshots);
    *numChildSnapshots = 0;
    const VixError error = load_of(snapshot, &t, &info);
    if (!error) *numChildSnapshots = (int)info->children;
    return error;
}

VixError VixSnapshot_GetChild(VixHandle parentSnapshotHandle, int index, VixHandle *childSnapshotHandle)
{
    VIX_TREE t = {0};
    const vjob_snapshot_info *info;
    VIX_ENTER(vix_snapshot, snapshot, parentSnapshotHandle, VIX_HANDLETYPE_SNAPSHOT);
    VIX_NEED(childSnapshotHandle);
    *childSnapshotHandle = VIX_INVALID_HANDLE;
    const VixError error = load_of(snapshot, &t, &info);
    return error ? error
                 : give(snapshot->owner, vix_tree_child(&t, snapshot->uuid, index), childSnapshotHandle);
}

VixError VixSnapshot_GetParent(VixHandle snapshotHandle, VixHandle *parentSnapshotHandle)
{
    VIX_TREE t = {0};
    const vjob_snapshot_info *info;
    VIX_ENTER(vix_snapshot, snapshot, snapshotHandle, VIX_HANDLETYPE_SNAPSHOT);
    VIX_NEED(parentSnapshotHandle);
    *parentSnapshotHandle = VIX_INVALID_HANDLE;
    const VixError error = load_of(snapshot, &t, &info);
    if (error || !info->parent[0]) return error;
    return give(snapshot->owner, vix_tree_find(&t, info->parent), parentSnapshotHandle);
}

static int power_state(vjob_vm_state state)
{
    if (state == VJOB_VM_STOPPED) return VIX_POWERSTATE_POWERED_OFF;
    return state == VJOB_VM_SUSPENDED ? VIX_POWERSTATE_SUSPENDED : VIX_POWERSTATE_POWERED_ON;
}

VixError vix_snapshot_value(vix_snapshot *snapshot, VixPropertyID id, vix_value *out)
{
    VIX_TREE t = {0};
    const vjob_snapshot_info *info;
    const vix_property *property = vix_property_find(id);
    if (!property || property->of != VIX_OF_SNAPSHOT) return VIX_E_UNRECOGNIZED_PROPERTY;
    const VixError error = load_of(snapshot, &t, &info);
    if (error) return error;
    out->type = property->type;
    if (property->type == VIX_PROPERTYTYPE_STRING) {
        out->as.text = strdup(id == VIX_PROPERTY_SNAPSHOT_DISPLAYNAME ? info->name : info->description);
        return out->as.text ? VIX_OK : VIX_E_OUT_OF_MEMORY;
    }
    out->as.number = id == VIX_PROPERTY_SNAPSHOT_POWERSTATE ? power_state(info->state) : 0;
    return VIX_OK;
}
