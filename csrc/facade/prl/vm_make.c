/* Making VMs from what a client edited, and filling configurations with defaults. */
#include "prl_internal.h"

#include <stdio.h>

/* ---- a new VM --------------------------------------------------------------------------------- */

/* World: the object stands for the new VM from now on. */
static void made(prl_job *job)
{
    const vjob_op_result *found = vjob_op_get_result(&job->job);
    if (!job->ret && found && found->vm) prl_vm_bind(job->vm, found->vm);
}

/* Which of the things that must be unique is taken: the answer if the simulator says so. */
static void what_exists(prl_call *call, vjob_host *host, const vjob_vm_config *config)
{
    vjob_vm *vm = NULL;
    call->exists = PRL_ERR_VM_ALREADY_REGISTERED;
    call->subject = config->name;
    if (!vjob_vm_by_uuid(host, config->uuid, &vm)) {
        call->exists = PRL_ERR_VM_ALREADY_REGISTERED_VM_UUID;
        call->subject = config->uuid;
    } else if (!vjob_vm_by_name(host, config->name, &vm)) {
        call->exists = PRL_ERR_VM_ALREADY_REGISTERED_VM_NAME;
    } else if (*config->path && !vjob_vm_by_path(host, config->path, &vm)) {
        call->exists = PRL_ERR_VM_ALREADY_REGISTERED_VM_PATH;
        call->subject = config->path;
    }
    if (vm) vjob_vm_release(vm);
}

static PRL_HANDLE create(prl_call *call, vjob_host *host, const char *parent)
{
    prl_config edited;
    vjob_vm_config config = {.name = ""};
    vjob_op_request request = {
        .op = VJOB_OP_CREATE, .host = host, .config = &config, .space = VJOB_SPACE_PRL};
    call->forced = prl_vm_copy(call->vm, &edited);
    if (!call->forced) call->forced = prl_config_to_world(&edited, &config, 1);
    if (!call->forced && !*config.name) call->forced = PRL_ERR_VM_NAME_IS_EMPTY;
    if (!call->forced && !(request.extra = prl_saved_new(&edited))) call->forced = PRL_ERR_OUT_OF_MEMORY;
    if (parent && *parent)
        snprintf(config.path, sizeof config.path, "%s/%s.pvm/config.pvs", parent, config.name);
    if (host) what_exists(call, host, &config);
    const PRL_HANDLE job = prl_call_start(call, &request);
    vjob_obj_release(request.extra);
    vjob_vm_config_clear(&config);
    prl_config_clear(&edited);
    return job;
}

/* An object whose VM was unregistered brings it back; one whose VM was deleted makes it anew. */
static PRL_HANDLE bring_back(prl_call *call, vjob_host *host, vjob_vm *vm)
{
    vjob_vm_info info;
    vjob_vm_look(vm, &info);
    vjob_op_request request = {.op = VJOB_OP_REGISTER, .host = host, .path = info.path};
    if (info.registered) call->forced = PRL_ERR_VM_ALREADY_REGISTERED;
    return prl_call_start(call, &request);
}

static PRL_HANDLE reg(const char *function, PRL_HANDLE h, PRL_CONST_STR parent)
{
    PRL_ASYNC_AS(function, call, h, PHT_VIRTUAL_MACHINE, PJOC_VM_REG);
    call.done = made;
    vjob_host *host = prl_server_host(call.server);
    vjob_obj_lock(&call.vm->obj);
    vjob_vm *vm = call.vm->vm && !call.vm->deleted ? vjob_vm_retain(call.vm->vm) : NULL;
    vjob_obj_unlock(&call.vm->obj);
    const PRL_HANDLE job = vm ? bring_back(&call, host, vm) : create(&call, host, parent);
    if (vm) vjob_vm_release(vm);
    if (host) vjob_host_release(host);
    return job;
}

PRL_ASYNC_METHOD(PrlVm_Reg)(PRL_HANDLE hVm, PRL_CONST_STR sVmParentPath, PRL_BOOL bNonInteractiveMode)
{
    PRL_UNUSED_PARAM(bNonInteractiveMode);
    return reg(__func__, hVm, sVmParentPath);
}

PRL_ASYNC_METHOD(PrlVm_RegEx)(PRL_HANDLE hVm, PRL_CONST_STR sVmParentPath, PRL_UINT32 nFlags)
{
    PRL_UNUSED_PARAM(nFlags);
    return reg(__func__, hVm, sVmParentPath);
}

/* ---- defaults --------------------------------------------------------------------------------- */

static void mark_changed(prl_bag *bag)
{
    for (size_t i = 0; i < bag->count; i++) bag->values[i].changed = 1;
}

static PRL_RESULT default_config(PRL_UINT32 os_version, int with_devices, prl_config *out)
{
    vjob_vm_config world;
    const vjob_err err = vjob_vm_config_default(prl_os_name(os_version), &world);
    if (err) return prl_result(err);
    if (!with_devices) world.n_disks = world.n_nics = 0;
    int fine = prl_config_from_world(out, &world) &&
               prl_bag_set_number(&out->bag, PRL_PROP_VMCFG_OS_VERSION, os_version) &&
               prl_bag_set_number(&out->bag, PRL_PROP_VMCFG_OS_TYPE, os_version >> 8);
    if (fine && with_devices) {
        prl_node *cd = prl_config_add(out, PHT_VIRTUAL_DEV_OPTICAL_DISK, PDE_OPTICAL_DISK);
        fine = cd && prl_device_defaults(out, cd);
    }
    vjob_vm_config_clear(&world);
    mark_changed(&out->bag);
    out->nodes_changed = 1;
    return fine ? PRL_ERR_SUCCESS : PRL_ERR_OUT_OF_MEMORY;
}

/* Name and identity stay as they are. */
static int keep_identity(prl_config *fresh, const prl_config *old)
{
    return prl_bag_set_text(&fresh->bag, PRL_PROP_VMCFG_NAME, prl_bag_text(&old->bag, PRL_PROP_VMCFG_NAME)) &&
           prl_bag_set_text(&fresh->bag, PRL_PROP_VMCFG_UUID, prl_bag_text(&old->bag, PRL_PROP_VMCFG_UUID)) &&
           prl_bag_set_text(&fresh->bag, PRL_PROP_VMCFG_HOME_PATH,
                            prl_bag_text(&old->bag, PRL_PROP_VMCFG_HOME_PATH));
}

PRL_RESULT prl_vm_default(prl_vm *object, PRL_UINT32 os_version, int with_devices)
{
    prl_config fresh = {0};
    PRL_RESULT result = default_config(os_version, with_devices, &fresh);
    if (!result && prl_bag_lock(&object->obj, &result)) {
        if (keep_identity(&fresh, &object->config)) {
            fresh.last_serial += object->config.last_serial; /* old device handles find nothing */
            for (size_t i = 0; i < fresh.n_nodes; i++) fresh.nodes[i].serial += object->config.last_serial;
            const prl_config old = object->config;
            object->config = fresh;
            fresh = old;
        } else {
            result = PRL_ERR_OUT_OF_MEMORY;
        }
        prl_bag_unlock(&object->obj);
    }
    prl_config_clear(&fresh);
    return result;
}

PRL_METHOD(PrlVmCfg_SetDefaultConfig)
(PRL_HANDLE hVmCfg, PRL_HANDLE hSrvConfig, PRL_UINT32 guestOsVersion, PRL_BOOL needCreateDevices)
{
    PRL_ENTER(prl_vm, vm, hVmCfg, PHT_VIRTUAL_MACHINE);
    PRL_ALSO(vjob_obj, config, hSrvConfig, PHT_SERVER_CONFIG);
    PRL_NEED(config);
    return prl_vm_default(vm, guestOsVersion, needCreateDevices != 0);
}
