/* What VMs are asked to do: power, snapshots, clones, migration. Most calls are one operation of the simulator. */
#include "prl_internal.h"

#include <string.h>

/* A call that is one operation on a VM and nothing else. */
static PRL_HANDLE verb(const char *function, PRL_HANDLE h, PRL_JOB_OPERATION_CODE code, vjob_op op,
                       PRL_UINT32 flags)
{
    PRL_ASYNC_AS(function, call, h, PHT_VIRTUAL_MACHINE, code);
    vjob_op_request request = {.op = op, .flags = flags};
    return prl_call_start(&call, &request);
}

#define VERB(name, code, op, flags)                                                                          \
    PRL_ASYNC_METHOD(name)(PRL_HANDLE hVm)                                                                   \
    {                                                                                                        \
        return verb(__func__, hVm, code, op, flags);                                                         \
    }
VERB(PrlVm_Start, PJOC_VM_START, VJOB_OP_START, 0)
VERB(PrlVm_Restart, PJOC_VM_RESTART, VJOB_OP_RESTART, VJOB_OPF_FORCE)
VERB(PrlVm_Reset, PJOC_VM_RESET, VJOB_OP_RESET, 0)
VERB(PrlVm_Suspend, PJOC_VM_SUSPEND, VJOB_OP_SUSPEND, 0)
VERB(PrlVm_DropSuspendedState, PJOC_VM_DROP_SUSPENDED_STATE, VJOB_OP_DROP_SUSPENDED, 0)
VERB(PrlVm_Unreg, PJOC_VM_UNREG, VJOB_OP_UNREGISTER, 0)
VERB(PrlVm_InstallTools, PJOC_VM_INSTALL_TOOLS, VJOB_OP_INSTALL_TOOLS, 0)

/* The same as a start, but a container must be suspended. */
PRL_ASYNC_METHOD(PrlVm_Resume)(PRL_HANDLE hVm)
{
    PRL_ASYNC(call, hVm, PHT_VIRTUAL_MACHINE, PJOC_VM_START);
    vjob_op_request request = {.op = VJOB_OP_START};
    vjob_vm *vm = prl_vm_get(call.vm);
    if (vm) {
        if (prl_vm_traits(vm).is_container && vjob_vm_get_state(vm) != VJOB_VM_SUSPENDED)
            call.forced = PRL_ERR_DISP_VM_COMMAND_CANT_BE_EXECUTED;
        vjob_vm_release(vm);
    }
    return prl_call_start(&call, &request);
}

PRL_ASYNC_METHOD(PrlVm_StartEx)(PRL_HANDLE hVm, PRL_UINT32 nStartMode, PRL_UINT32 nReserved)
{
    PRL_ASYNC(call, hVm, PHT_VIRTUAL_MACHINE, PJOC_VM_START_EX);
    PRL_UNUSED_PARAM(nReserved);
    PRL_ASYNC_NEED(call, nStartMode <= PSM_VM_START_LAST_ITEM);
    vjob_op_request request = {.op = VJOB_OP_START};
    return prl_call_start(&call, &request);
}

PRL_ASYNC_METHOD(PrlVm_Pause)(PRL_HANDLE hVm, PRL_BOOL bAcpi)
{
    PRL_UNUSED_PARAM(bAcpi);
    return verb(__func__, hVm, PJOC_VM_PAUSE, VJOB_OP_PAUSE, 0);
}

/* A guest that cannot shut down by itself is switched off, as the real service does in the end. */
static PRL_HANDLE stop(prl_call *call, PRL_UINT32 mode)
{
    vjob_op_request request = {.op = mode == PSM_KILL ? VJOB_OP_STOP : VJOB_OP_SHUTDOWN};
    request.flags = mode == PSM_KILL ? 0 : VJOB_OPF_FORCE;
    return prl_call_start(call, &request);
}

PRL_ASYNC_METHOD(PrlVm_Stop)(PRL_HANDLE hVm, PRL_BOOL bGraceful)
{
    PRL_ASYNC(call, hVm, PHT_VIRTUAL_MACHINE, PJOC_VM_STOP);
    return stop(&call, bGraceful ? PSM_SHUTDOWN : PSM_KILL);
}

PRL_ASYNC_METHOD(PrlVm_StopEx)(PRL_HANDLE hVm, PRL_UINT32 nStopMode, PRL_UINT32 nFlags)
{
    PRL_ASYNC(call, hVm, PHT_VIRTUAL_MACHINE, PJOC_VM_STOP);
    PRL_UNUSED_PARAM(nFlags);
    PRL_ASYNC_NEED(call, nStopMode <= PSM_LAST);
    return stop(&call, nStopMode);
}

PRL_ASYNC_METHOD(PrlVm_Delete)(PRL_HANDLE hVm, PRL_HANDLE hDevicesList)
{
    PRL_ASYNC(call, hVm, PHT_VIRTUAL_MACHINE, PJOC_VM_DELETE);
    if (hDevicesList != PRL_INVALID_HANDLE) {
        prl_pin list;
        const PRL_RESULT result = prl_resolve(hDevicesList, PHT_STRINGS_LIST, &list);
        prl_unpin(&list);
        PRL_ASYNC_NEED(call, !result);
    }
    prl_vm_load(call.vm); /* the object can be read, and registered again, when its VM is gone */
    vjob_op_request request = {.op = VJOB_OP_DELETE};
    return prl_call_start(&call, &request);
}

/* ---- clones and migration --------------------------------------------------------------------- */

static PRL_HANDLE clone(const char *function, PRL_HANDLE h, PRL_CONST_STR name, PRL_CONST_STR uuid,
                        PRL_CONST_STR path, PRL_UINT32 flags)
{
    PRL_ASYNC_AS(function, call, h, PHT_VIRTUAL_MACHINE, PJOC_VM_CLONE);
    PRL_ASYNC_NEED(call, name);
    vjob_op_request request = {.op = VJOB_OP_CLONE, .name = name};
    request.uuid = uuid && *uuid ? uuid : NULL;
    request.path = path && *path ? path : NULL;
    request.flags = flags & PCVF_LINKED_CLONE ? VJOB_OPF_LINKED : 0;
    call.outcome = PRL_OUTCOME_VM;
    call.exists = PRL_ERR_VM_ALREADY_REGISTERED_VM_NAME;
    if (!*name) call.forced = PRL_ERR_VM_EMPTY_NAME_OF_CLONE;
    return prl_call_start(&call, &request);
}

PRL_ASYNC_METHOD(PrlVm_Clone)
(PRL_HANDLE hVm, PRL_CONST_STR new_vm_name, PRL_CONST_STR new_vm_root_path, PRL_BOOL bCreateTemplate)
{
    return clone(__func__, hVm, new_vm_name, NULL, new_vm_root_path,
                 bCreateTemplate ? PCVF_CLONE_TO_TEMPLATE : 0);
}

PRL_ASYNC_METHOD(PrlVm_CloneEx)
(PRL_HANDLE hVm, PRL_CONST_STR new_vm_name, PRL_CONST_STR new_vm_root_path, PRL_UINT32 nFlags)
{
    return clone(__func__, hVm, new_vm_name, NULL, new_vm_root_path, nFlags);
}

PRL_ASYNC_METHOD(PrlVm_CloneWithUuid)
(PRL_HANDLE hVm, PRL_CONST_STR new_vm_name, PRL_CONST_STR new_vm_uuid, PRL_CONST_STR new_vm_root_path,
 PRL_UINT32 nFlags)
{
    return clone(__func__, hVm, new_vm_name, new_vm_uuid, new_vm_root_path, nFlags);
}

/* Takes the host's reference. */
static PRL_HANDLE migrate_to(prl_call *call, vjob_host *host, PRL_CONST_STR name, PRL_CONST_STR path)
{
    vjob_op_request request = {.op = VJOB_OP_MIGRATE, .host = host, .name = name, .path = path};
    if (!host && !call->forced) call->forced = PRL_ERR_NOT_CONNECTED_TO_DISPATCHER;
    const PRL_HANDLE job = prl_call_start(call, &request);
    if (host) vjob_host_release(host);
    return job;
}

static PRL_HANDLE migrate_to_server(const char *function, PRL_HANDLE h, PRL_HANDLE target, PRL_CONST_STR name,
                                    PRL_CONST_STR path)
{
    prl_pin server;
    PRL_ASYNC_AS(function, call, h, PHT_VIRTUAL_MACHINE, PJOC_VM_MIGRATE);
    const PRL_RESULT result = prl_resolve(target, PHT_SERVER, &server);
    vjob_host *host = result ? NULL : prl_server_host((prl_server *)server.obj);
    prl_unpin(&server);
    PRL_ASYNC_NEED(call, !result);
    return migrate_to(&call, host, name, path);
}

static PRL_HANDLE migrate_to_host(const char *function, PRL_HANDLE h, PRL_CONST_STR host_name,
                                  PRL_CONST_STR name, PRL_CONST_STR path)
{
    vjob_host *host = NULL;
    PRL_ASYNC_AS(function, call, h, PHT_VIRTUAL_MACHINE, PJOC_VM_MIGRATE);
    PRL_ASYNC_NEED(call, host_name);
    call.forced = prl_result(vjob_host_find(host_name, &host));
    return migrate_to(&call, host, name, path);
}

#define FLAGS_UNUSED()                                                                                       \
    PRL_UNUSED_PARAM(migration_flags);                                                                       \
    PRL_UNUSED_PARAM(reserved_flags);                                                                        \
    PRL_UNUSED_PARAM(force_operation)

PRL_ASYNC_METHOD(PrlVm_Migrate)
(PRL_HANDLE hVm, PRL_HANDLE hTargetServer, PRL_CONST_STR target_home_path, PRL_UINT32 migration_flags,
 PRL_UINT32 reserved_flags, PRL_BOOL force_operation)
{
    FLAGS_UNUSED();
    return migrate_to_server(__func__, hVm, hTargetServer, NULL, target_home_path);
}

PRL_ASYNC_METHOD(PrlVm_MigrateWithRename)
(PRL_HANDLE hVm, PRL_HANDLE hTargetServer, PRL_CONST_STR target_name, PRL_CONST_STR target_home_path,
 PRL_UINT32 migration_flags, PRL_UINT32 reserved_flags, PRL_BOOL force_operation)
{
    FLAGS_UNUSED();
    return migrate_to_server(__func__, hVm, hTargetServer, target_name, target_home_path);
}

PRL_ASYNC_METHOD(PrlVm_MigrateEx)
(PRL_HANDLE hVm, PRL_CONST_STR target_host, PRL_UINT32 target_port, PRL_CONST_STR target_session_id,
 PRL_CONST_STR target_home_path, PRL_UINT32 migration_flags, PRL_UINT32 reserved_flags,
 PRL_BOOL force_operation)
{
    FLAGS_UNUSED();
    PRL_UNUSED_PARAM(target_port);
    PRL_UNUSED_PARAM(target_session_id);
    return migrate_to_host(__func__, hVm, target_host, NULL, target_home_path);
}

PRL_ASYNC_METHOD(PrlVm_MigrateWithRenameEx)
(PRL_HANDLE hVm, PRL_CONST_STR target_host, PRL_UINT32 target_port, PRL_CONST_STR target_session_id,
 PRL_CONST_STR target_name, PRL_CONST_STR target_home_path, PRL_UINT32 migration_flags,
 PRL_UINT32 reserved_flags, PRL_BOOL force_operation)
{
    FLAGS_UNUSED();
    PRL_UNUSED_PARAM(target_port);
    PRL_UNUSED_PARAM(target_session_id);
    return migrate_to_host(__func__, hVm, target_host, target_name, target_home_path);
}

/* ---- what is known of a VM -------------------------------------------------------------------- */

/* A read on a VM whose result is made now, by `make`. */
static PRL_HANDLE read_vm(const char *function, PRL_HANDLE h, PRL_JOB_OPERATION_CODE code,
                          vjob_obj *(*make)(vjob_vm *vm))
{
    PRL_ASYNC_AS(function, call, h, PHT_VIRTUAL_MACHINE, code);
    vjob_op_request request = {.op = VJOB_OP_READ};
    vjob_vm *vm = prl_vm_get(call.vm);
    if (vm) {
        call.outcome = make ? PRL_OUTCOME_OBJECT : PRL_OUTCOME_NONE;
        call.object = make ? make(vm) : NULL;
        if (make && !call.object) call.forced = PRL_ERR_OUT_OF_MEMORY;
        vjob_vm_release(vm);
    }
    return prl_call_start(&call, &request);
}

static vjob_obj *tools_info_new(vjob_vm *vm)
{
    vjob_vm_info info;
    prl_record *record = prl_record_new(PHT_VM_TOOLS_INFO);
    if (!record) return NULL;
    vjob_vm_glance(vm, &info);
    const char *version = info.tools == VJOB_TOOLS_NOT_INSTALLED ? "" : PRL_PRODUCT_VERSION;
    if (prl_bag_set_number(&record->bag, PRL_PROP_VMTOOLSINFO_STATE, prl_tools_state(info.tools)) &&
        prl_bag_set_text(&record->bag, PRL_PROP_VMTOOLSINFO_VERSION, version))
        return &record->obj;
    vjob_obj_release(&record->obj);
    return NULL;
}

static vjob_obj *vm_stats_new(vjob_vm *vm)
{
    return prl_stats_new(NULL, vm);
}

PRL_ASYNC_METHOD(PrlVm_GetState)(PRL_HANDLE hVm)
{
    return read_vm(__func__, hVm, PJOC_VM_GET_STATE, prl_vm_info_new);
}

PRL_ASYNC_METHOD(PrlVm_GetToolsState)(PRL_HANDLE hVm)
{
    return read_vm(__func__, hVm, PJOC_VM_GET_TOOLS_STATE, tools_info_new);
}

PRL_ASYNC_METHOD(PrlVm_GetStatistics)(PRL_HANDLE hVm)
{
    return read_vm(__func__, hVm, PJOC_VM_GET_STATISTICS, vm_stats_new);
}

PRL_ASYNC_METHOD(PrlVm_GetStatisticsEx)(PRL_HANDLE hVm, PRL_UINT32 nFlags)
{
    PRL_UNUSED_PARAM(nFlags);
    return read_vm(__func__, hVm, PJOC_VM_GET_STATISTICS, vm_stats_new);
}

/* The counters of one moment, in an event. */
static PRL_HANDLE perf_event(const char *function, PRL_HANDLE h, PRL_CONST_STR filter)
{
    char uuid[48];
    PRL_ASYNC_AS(function, call, h, PHT_VIRTUAL_MACHINE, PJOC_VM_GET_PERFSTATS);
    vjob_op_request request = {.op = VJOB_OP_READ};
    vjob_vm *vm = prl_vm_get(call.vm);
    call.outcome = PRL_OUTCOME_OBJECT;
    if (vm) {
        prl_brace(vjob_vm_uuid(vm), uuid);
        prl_content *content = prl_content_new(PET_DSP_EVT_VM_PERFSTATS, PIE_VIRTUAL_MACHINE, uuid);
        if (content) prl_perf_params(content, vm, filter);
        if (content) call.object = (vjob_obj *)prl_event_new(content, call.server, call.vm, NULL);
        if (!call.object) call.forced = PRL_ERR_OUT_OF_MEMORY;
        vjob_vm_release(vm);
    }
    return prl_call_start(&call, &request);
}

PRL_ASYNC_METHOD(PrlVm_GetPerfStats)(PRL_HANDLE hVm, PRL_CONST_STR sFilter)
{
    return perf_event(__func__, hVm, sFilter);
}

/* ---- who may do what: everybody everything ----------------------------------------------------- */

PRL_METHOD(PrlVmCfg_GetAccessRights)(PRL_HANDLE hVmCfg, PRL_HANDLE_PTR phAcl)
{
    PRL_ENTER(prl_vm, vm, hVmCfg, PHT_VM_CONFIGURATION);
    PRL_NEED(vm && phAcl);
    return prl_give_new((vjob_obj *)prl_record_new(PHT_ACCESS_RIGHTS), phAcl);
}

PRL_ASYNC_METHOD(PrlVm_UpdateSecurity)(PRL_HANDLE hVm, PRL_HANDLE hAccessRights)
{
    PRL_PIN pin = {0, NULL};
    PRL_ASYNC(call, hVm, PHT_VIRTUAL_MACHINE, PJOC_VM_UPDATE_SECURITY);
    vjob_op_request request = {.op = VJOB_OP_READ};
    PRL_ASYNC_NEED(call, !prl_resolve(hAccessRights, PHT_ACCESS_RIGHTS, &pin));
    call.outcome = PRL_OUTCOME_OBJECT;
    call.object = prl_obj_copy(pin.obj);
    if (!call.object) call.forced = PRL_ERR_OUT_OF_MEMORY;
    return prl_call_start(&call, &request);
}

/* Locks and the uptime's start are kept by nobody: one process holds the whole world. */
PRL_ASYNC_METHOD(PrlVm_Lock)(PRL_HANDLE hVm, PRL_UINT32 nReserved)
{
    PRL_UNUSED_PARAM(nReserved);
    return read_vm(__func__, hVm, PJOC_VM_LOCK, NULL);
}

PRL_ASYNC_METHOD(PrlVm_Unlock)(PRL_HANDLE hVm, PRL_UINT32 nReserved)
{
    PRL_UNUSED_PARAM(nReserved);
    return read_vm(__func__, hVm, PJOC_VM_UNLOCK, NULL);
}
