/* VM objects: one for each VM and session, and what can be read from them. */
#include "vix_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static vix_vm **bucket(vix_host *host, const vjob_vm *vm)
{
    return &host->vms[((uintptr_t)vm >> 6) % VIX_BUCKETS];
}

/* Host locked; retained. */
static vix_vm *find(vix_host *host, const vjob_vm *vm)
{
    for (vix_vm *at = *bucket(host, vm); at; at = at->next)
        if (at->vm == vm && vjob_obj_try_retain(&at->obj)) return at;
    return NULL;
}

static vix_vm *vm_new(vix_host *host, vjob_vm *vm)
{
    vix_vm *object = (vix_vm *)vjob_obj_new(&vix_vm_class, sizeof *object);
    if (!object) return NULL;
    object->vm = vjob_vm_retain(vm);
    vix_member_join(&object->member, host, &object->obj);
    return object;
}

vix_vm *vix_vm_of(vix_host *host, vjob_vm *vm)
{
    vjob_obj_lock(&host->obj);
    vix_vm *found = find(host, vm);
    vjob_obj_unlock(&host->obj);
    vix_vm *made = found ? NULL : vm_new(host, vm);
    if (!made) return found;
    vjob_obj_lock(&host->obj);
    found = find(host, vm); /* somebody else may have been as quick */
    if (!found) {
        made->next = *bucket(host, vm);
        *bucket(host, vm) = made;
    }
    vjob_obj_unlock(&host->obj);
    if (!found) return made;
    vjob_obj_release(&made->obj);
    return found;
}

static void destroy(vjob_obj *obj)
{
    vix_vm *vm = (vix_vm *)obj;
    vjob_obj_lock(&vm->member.host->obj);
    for (vix_vm **at = bucket(vm->member.host, vm->vm); *at; at = &(*at)->next)
        if (*at == vm) {
            *at = vm->next;
            break;
        }
    vjob_obj_unlock(&vm->member.host->obj);
    free(vm->user);
    vjob_vm_release(vm->vm);
    vix_member_leave(&vm->member);
}

static void describe(vjob_obj *obj, char *out, size_t cap)
{
    vjob_vm_info info;
    vjob_vm_look(((vix_vm *)obj)->vm, &info);
    snprintf(out, cap, "%.100s", info.name);
}

const vjob_class vix_vm_class = {
    .name = "VIX_HANDLETYPE_VM",
    .space = VJOB_SPACE_VIX,
    .type = VIX_HANDLETYPE_VM,
    .destroy = destroy,
    .describe = describe,
};

void vix_vm_forget_login(vix_vm *vm)
{
    vjob_obj_lock(&vm->obj);
    char *user = vm->user;
    vm->user = NULL;
    vjob_obj_unlock(&vm->obj);
    free(user);
}

VixError vix_vm_look(const vix_vm *vm, vjob_vm_info *out)
{
    vjob_vm_look(vm->vm, out);
    return out->registered ? VIX_OK : VIX_E_VM_NOT_FOUND;
}

/* ---- properties -------------------------------------------------------------------------------------- */

int vix_power_bits(const vjob_vm_info *info)
{
    static const int bits[VJOB_VM_STATE_COUNT] = {
        [VJOB_VM_STOPPED] = VIX_POWERSTATE_POWERED_OFF,
        [VJOB_VM_STARTING] = VIX_POWERSTATE_POWERING_ON,
        [VJOB_VM_RUNNING] = VIX_POWERSTATE_POWERED_ON,
        [VJOB_VM_PAUSING] = VIX_POWERSTATE_POWERED_ON,
        [VJOB_VM_PAUSED] = VIX_POWERSTATE_POWERED_ON | VIX_POWERSTATE_PAUSED,
        [VJOB_VM_CONTINUING] = VIX_POWERSTATE_POWERED_ON | VIX_POWERSTATE_PAUSED,
        [VJOB_VM_SUSPENDING] = VIX_POWERSTATE_POWERED_ON | VIX_POWERSTATE_SUSPENDING,
        [VJOB_VM_SUSPENDED] = VIX_POWERSTATE_SUSPENDED,
        [VJOB_VM_RESUMING] = VIX_POWERSTATE_RESUMING,
        [VJOB_VM_STOPPING] = VIX_POWERSTATE_POWERED_ON | VIX_POWERSTATE_POWERING_OFF,
        [VJOB_VM_RESETTING] = VIX_POWERSTATE_POWERED_ON | VIX_POWERSTATE_RESETTING,
    };
    const int tools = info->state == VJOB_VM_RUNNING && info->tools == VJOB_TOOLS_RUNNING;
    return bits[info->state] | (tools ? VIX_POWERSTATE_TOOLS_RUNNING : 0);
}

static int is_on(vjob_vm_state state)
{
    return state != VJOB_VM_STOPPED && state != VJOB_VM_SUSPENDED && state != VJOB_VM_STARTING &&
           state != VJOB_VM_RESUMING;
}

static int tools_state(const vjob_vm_info *info)
{
    if (!is_on(info->state)) return VIX_TOOLSSTATE_UNKNOWN;
    if (info->tools == VJOB_TOOLS_NOT_INSTALLED) return VIX_TOOLSSTATE_NOT_INSTALLED;
    return info->tools == VJOB_TOOLS_RUNNING ? VIX_TOOLSSTATE_RUNNING : VIX_TOOLSSTATE_UNKNOWN;
}

static int features(const vix_vm *vm)
{
    const vix_host *host = vm->member.host;
    return (vix_host_can(host, VIX_FEATURE_SHARES) ? VIX_VM_SUPPORT_SHARED_FOLDERS : 0) |
           (vix_host_can(host, VIX_FEATURE_SNAPSHOTS) ? VIX_VM_SUPPORT_MULTIPLE_SNAPSHOTS : 0) |
           (vix_host_can(host, VIX_FEATURE_UPGRADE) ? VIX_VM_SUPPORT_HARDWARE_UPGRADE : 0) |
           VIX_VM_SUPPORT_TOOLS_INSTALL;
}

static VixError text_value(vix_value *out, const char *text)
{
    out->type = VIX_PROPERTYTYPE_STRING;
    out->as.text = strdup(text);
    return out->as.text ? VIX_OK : VIX_E_OUT_OF_MEMORY;
}

VixError vix_vm_value(vix_vm *vm, VixPropertyID id, vix_value *out)
{
    vjob_vm_info info;
    const vix_property *property = vix_property_find(id);
    if (!property || property->of != VIX_OF_VM) return VIX_E_UNRECOGNIZED_PROPERTY;
    const VixError error = vix_vm_look(vm, &info);
    if (error) return error;
    out->type = property->type;
    switch (id) {
    case VIX_PROPERTY_VM_NUM_VCPUS: out->as.number = info.cpus; return VIX_OK;
    case VIX_PROPERTY_VM_MEMORY_SIZE: out->as.number = info.memory_mb; return VIX_OK;
    case VIX_PROPERTY_VM_POWER_STATE: out->as.number = vix_power_bits(&info); return VIX_OK;
    case VIX_PROPERTY_VM_TOOLS_STATE: out->as.number = tools_state(&info); return VIX_OK;
    case VIX_PROPERTY_VM_IS_RUNNING: out->as.number = is_on(info.state); return VIX_OK;
    case VIX_PROPERTY_VM_SUPPORTED_FEATURES: out->as.number = features(vm); return VIX_OK;
    case VIX_PROPERTY_VM_VMX_PATHNAME: return text_value(out, info.path);
    case VIX_PROPERTY_VM_NAME: return text_value(out, info.name);
    case VIX_PROPERTY_VM_GUESTOS: return text_value(out, info.os);
    case VIX_PROPERTY_GUEST_SHAREDFOLDERS_SHARES_PATH: return text_value(out, vjob_vm_shares_path(vm->vm));
    default: /* teams, recordings, certificates, write protection: there are none */
        out->as.number = 0;
        return property->type == VIX_PROPERTYTYPE_STRING ? text_value(out, "") : VIX_OK;
    }
}
