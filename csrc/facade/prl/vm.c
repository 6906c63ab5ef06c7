/* VM objects: a client's view of a VM, with a copy of its configuration that the client edits. */
#include "prl_internal.h"

#include <stdio.h>
#include <stdlib.h>

static void destroy(vjob_obj *obj)
{
    prl_vm *vm = (prl_vm *)obj;
    prl_server_unlist(vm->server, vm);
    vjob_channel_remove_scope(vm->server->channel, (uint64_t)(uintptr_t)vm);
    if (vm->perf) vjob_stats_unsubscribe(vm->perf);
    free(vm->perf_filter);
    prl_config_clear(&vm->config);
    if (vm->vm) vjob_vm_release(vm->vm);
    vjob_obj_release(&vm->server->obj);
}

static void describe(vjob_obj *obj, char *out, size_t cap)
{
    prl_vm *vm = (prl_vm *)obj;
    vjob_vm_info info = {.name = ""};
    vjob_vm *world = prl_vm_get(vm);
    if (world) {
        vjob_vm_look(world, &info);
        vjob_vm_release(world);
        snprintf(out, cap, "%s", info.name);
        return;
    }
    vjob_obj_lock(obj);
    snprintf(out, cap, "%s", prl_bag_text(&vm->config.bag, PRL_PROP_VMCFG_NAME));
    vjob_obj_unlock(obj);
}

const vjob_class prl_vm_class = {"PHT_VIRTUAL_MACHINE", VJOB_SPACE_PRL, PHT_VIRTUAL_MACHINE, destroy,
                                 describe};

prl_vm *prl_vm_new(prl_server *server)
{
    prl_vm *vm = (prl_vm *)vjob_obj_new(&prl_vm_class, sizeof *vm);
    if (vm) vm->server = (prl_server *)vjob_obj_retain(&server->obj);
    return vm;
}

vjob_vm *prl_vm_get(prl_vm *object)
{
    vjob_obj_lock(&object->obj);
    vjob_vm *vm = object->vm ? vjob_vm_retain(object->vm) : NULL;
    vjob_obj_unlock(&object->obj);
    return vm;
}

void prl_vm_stale(prl_vm *object)
{
    vjob_obj_lock(&object->obj);
    if (object->vm) object->loaded = 0;
    vjob_obj_unlock(&object->obj);
}

/* ---- the copy of the configuration ------------------------------------------------------------ */

/* What is no configuration but is read like one. */
static int add_figures(prl_config *config, vjob_vm *vm)
{
    vjob_vm_info info;
    vjob_host_info host_info = {.name = ""};
    char braced[48];
    vjob_vm_look(vm, &info);
    const uint64_t now = vjob_clock_now();
    const uint64_t uptime =
        info.started_ns && now > info.started_ns ? (now - info.started_ns) / 1000000000u : 0;
    vjob_host *host = vjob_vm_host(vm);
    if (host) {
        vjob_host_look(host, &host_info);
        vjob_host_release(host);
    }
    prl_brace(host_info.uuid, braced);
    return prl_bag_set_number(&config->bag, PRL_PROP_VMCFG_UPTIME, uptime) &&
           prl_bag_set_text(&config->bag, PRL_PROP_VMCFG_SERVER_HOST, host_info.name) &&
           prl_bag_set_text(&config->bag, PRL_PROP_VMCFG_SERVER_UUID, braced);
}

static PRL_RESULT read_config(vjob_vm *vm, prl_config *out)
{
    vjob_vm_config world;
    const vjob_err err = vjob_vm_get_config(vm, &world);
    if (err) return prl_result(err);
    prl_saved *saved = (prl_saved *)vjob_vm_get_extra(vm, VJOB_SPACE_PRL);
    const int fine = (!saved || prl_config_copy(out, &saved->config)) && prl_config_from_world(out, &world) &&
                     add_figures(out, vm);
    if (saved) vjob_obj_release(&saved->obj);
    vjob_vm_config_clear(&world);
    return fine ? PRL_ERR_SUCCESS : PRL_ERR_OUT_OF_MEMORY;
}

/* What was read before, when the world has forgotten the VM. */
static PRL_RESULT keep_old(prl_vm *object, PRL_RESULT error)
{
    vjob_obj_lock(&object->obj);
    const int has_old = object->config.bag.count != 0;
    if (has_old) object->loaded = 1;
    vjob_obj_unlock(&object->obj);
    return has_old ? PRL_ERR_SUCCESS : error;
}

static void take_new(prl_vm *object, prl_config *fresh)
{
    vjob_obj_lock(&object->obj);
    if (!object->loaded) {
        const prl_config old = object->config;
        object->config = *fresh;
        object->loaded = 1;
        *fresh = old;
    }
    vjob_obj_unlock(&object->obj);
}

PRL_RESULT prl_vm_load(prl_vm *object)
{
    prl_config fresh = {0};
    vjob_obj_lock(&object->obj);
    vjob_vm *vm = object->vm && !object->loaded ? vjob_vm_retain(object->vm) : NULL;
    if (!object->vm) object->loaded = 1;
    vjob_obj_unlock(&object->obj);
    if (!vm) return PRL_ERR_SUCCESS;
    PRL_RESULT result = read_config(vm, &fresh);
    if (result == PRL_ERR_VM_UUID_NOT_FOUND)
        result = keep_old(object, result);
    else if (!result)
        take_new(object, &fresh);
    prl_config_clear(&fresh);
    vjob_vm_release(vm);
    return result;
}

PRL_METHOD(PrlVm_GetConfig)(PRL_HANDLE hVm, PRL_HANDLE_PTR phVmCfg)
{
    PRL_ENTER(prl_vm, vm, hVm, PHT_VIRTUAL_MACHINE);
    PRL_NEED(phVmCfg);
    return prl_give(&vm->obj, phVmCfg);
}

/* ---- states ----------------------------------------------------------------------------------- */

VIRTUAL_MACHINE_STATE prl_vm_state(vjob_vm_state state)
{
    static const VIRTUAL_MACHINE_STATE states[] = {
        [VJOB_VM_STOPPED] = VMS_STOPPED,       [VJOB_VM_STARTING] = VMS_STARTING,
        [VJOB_VM_RUNNING] = VMS_RUNNING,       [VJOB_VM_PAUSING] = VMS_PAUSING,
        [VJOB_VM_PAUSED] = VMS_PAUSED,         [VJOB_VM_CONTINUING] = VMS_CONTINUING,
        [VJOB_VM_SUSPENDING] = VMS_SUSPENDING, [VJOB_VM_SUSPENDED] = VMS_SUSPENDED,
        [VJOB_VM_RESUMING] = VMS_RESUMING,     [VJOB_VM_STOPPING] = VMS_STOPPING,
        [VJOB_VM_RESETTING] = VMS_RESETTING,
    };
    _Static_assert(sizeof states / sizeof *states == VJOB_VM_STATE_COUNT, "a row for each state");
    return (unsigned)state < VJOB_VM_STATE_COUNT ? states[state] : VMS_UNKNOWN;
}

PRL_VM_TOOLS_STATE prl_tools_state(vjob_tools_state state)
{
    switch (state) {
    case VJOB_TOOLS_RUNNING: return PTS_INSTALLED;
    case VJOB_TOOLS_STOPPED: return PTS_POSSIBLY_INSTALLED;
    default: return PTS_NOT_INSTALLED;
    }
}

vjob_obj *prl_vm_info_new(vjob_vm *vm)
{
    vjob_vm_info info;
    prl_record *record = prl_record_new(PHT_VM_INFO);
    if (!record) return NULL;
    vjob_vm_glance(vm, &info);
    if (prl_bag_set_number(&record->bag, PRL_PROP_VMINFO_STATE, prl_vm_state(info.state)) &&
        prl_bag_set_number(&record->bag, PRL_PROP_VMINFO_ADDITION_STATE,
                           info.busy == VJOB_OP_CLONE ? VMAS_CLONING : VMAS_NOSTATE) &&
        prl_bag_set_number(&record->bag, PRL_PROP_VMINFO_INVALID, !info.registered))
        return &record->obj;
    vjob_obj_release(&record->obj);
    return NULL;
}

PRL_METHOD(PrlVmInfo_IsInvalidEx)(PRL_HANDLE handle, PRL_BOOL_PTR pbIsInvalid, PRL_RESULT_PTR pnInvalidReason)
{
    PRL_BOOL invalid;
    const PRL_RESULT result = PrlVmInfo_IsInvalid(handle, &invalid);
    if (result) return result;
    PRL_NEED(pbIsInvalid && pnInvalidReason);
    *pbIsInvalid = invalid;
    *pnInvalidReason = invalid ? PRL_ERR_VM_CONFIG_DOESNT_EXIST : PRL_ERR_SUCCESS;
    return PRL_ERR_SUCCESS;
}

PRL_METHOD(PrlVmInfo_GetAccessRights)(PRL_HANDLE hVmInfo, PRL_HANDLE_PTR phVmAcl)
{
    PRL_ENTER(vjob_obj, info, hVmInfo, PHT_VM_INFO);
    PRL_NEED(info && phVmAcl);
    prl_record *rights = prl_record_new(PHT_ACCESS_RIGHTS);
    if (rights) prl_bag_set_number(&rights->bag, PRL_PROP_ACL_CURRENT_SESSION_OWNER, PRL_TRUE);
    return prl_give_new((vjob_obj *)rights, phVmAcl);
}

PRL_METHOD(PrlVmCfg_GetVmInfo)(PRL_HANDLE hVmCfg, PRL_HANDLE_PTR phVmInfo)
{
    PRL_ENTER(prl_vm, object, hVmCfg, PHT_VIRTUAL_MACHINE);
    PRL_NEED(phVmInfo);
    *phVmInfo = PRL_INVALID_HANDLE;
    vjob_vm *vm = prl_vm_get(object);
    if (!vm) return PRL_ERR_VM_UUID_NOT_FOUND;
    vjob_obj *info = prl_vm_info_new(vm);
    vjob_vm_release(vm);
    return prl_give_new(info, phVmInfo);
}
