/* VMs as a server gives them out: lists, look-ups, default configurations, registration. */
#include "prl_internal.h"

#include <string.h>

/* An operation on the server's host. */
static PRL_HANDLE on_host(prl_call *call, vjob_op_request *request)
{
    request->host = prl_server_host(call->server);
    const PRL_HANDLE job = prl_call_start(call, request);
    if (request->host) vjob_host_release(request->host);
    return job;
}

static PRL_HANDLE list(const char *function, PRL_HANDLE h, PRL_UINT32 flags)
{
    PRL_ASYNC_AS(function, call, h, PHT_SERVER, PJOC_SRV_GET_VM_LIST);
    vjob_op_request request = {.op = VJOB_OP_LIST};
    call.outcome = PRL_OUTCOME_LIST;
    call.list_flags = flags;
    return on_host(&call, &request);
}

PRL_ASYNC_METHOD(PrlSrv_GetVmList)(PRL_HANDLE hServer)
{
    return list(__func__, hServer, PVTF_VM);
}

PRL_ASYNC_METHOD(PrlSrv_GetVmListEx)(PRL_HANDLE hServer, PRL_UINT32 nFlags)
{
    return list(__func__, hServer, nFlags);
}

/* By uuid, by name, or by whichever fits; with one reference, or NULL. */
static vjob_vm *find(vjob_host *host, const char *id, PRL_UINT32 flags)
{
    vjob_vm *vm = NULL;
    const PRL_UINT32 ways = flags & (PGVC_SEARCH_BY_UUID | PGVC_SEARCH_BY_NAME);
    if ((!ways || ways & PGVC_SEARCH_BY_UUID) && !vjob_vm_by_uuid(host, id, &vm)) return vm;
    if ((!ways || ways & PGVC_SEARCH_BY_NAME) && !vjob_vm_by_name(host, id, &vm)) return vm;
    return NULL;
}

PRL_ASYNC_METHOD(PrlSrv_GetVmConfig)(PRL_HANDLE hServer, PRL_CONST_STR sSearchId, PRL_UINT32 nFlags)
{
    PRL_ASYNC(call, hServer, PHT_SERVER, PJOC_SRV_GET_VM_CONFIG);
    PRL_ASYNC_NEED(call, sSearchId);
    call.subject = sSearchId;
    vjob_op_request request = {.op = VJOB_OP_READ};
    vjob_host *host = prl_server_host(call.server);
    call.outcome = PRL_OUTCOME_VM;
    if (host) {
        request.vm = find(host, sSearchId, nFlags);
        if (!request.vm) call.forced = PRL_ERR_VM_UUID_NOT_FOUND;
        vjob_host_release(host);
    }
    const PRL_HANDLE job = prl_call_start(&call, &request);
    if (request.vm) vjob_vm_release(request.vm);
    return job;
}

PRL_ASYNC_METHOD(PrlSrv_GetDefaultVmConfig)
(PRL_HANDLE hServer, PRL_CONST_GET_VM_CONFIG_PARAM_DATA_PTR pParam, PRL_UINT32 nFlags)
{
    PRL_ASYNC(call, hServer, PHT_SERVER, PJOC_SRV_GET_DEFAULT_VM_CONFIG);
    PRL_UNUSED_PARAM(nFlags);
    PRL_ASYNC_NEED(call, pParam);
    PRL_HANDLE vm = PRL_INVALID_HANDLE;
    call.outcome = PRL_OUTCOME_VM;
    call.forced = PrlSrv_CreateVm(hServer, &vm);
    if (!call.forced) {
        prl_pin pin;
        call.forced = prl_resolve(vm, PHT_VIRTUAL_MACHINE, &pin);
        if (!call.forced) {
            const int is_container = pParam->nVmType == PVT_CT; /* starts with no device, and runs Linux */
            const PRL_UINT32 os =
                is_container && !pParam->nOsVersion ? PVS_GUEST_VER_LIN_OTHER : pParam->nOsVersion;
            call.object = vjob_obj_retain(pin.obj);
            call.forced = prl_vm_default((prl_vm *)pin.obj, os, !is_container);
            if (!call.forced) call.forced = PrlVmCfg_SetVmType(vm, pParam->nVmType);
        }
        prl_unpin(&pin);
        vjob_space_release(VJOB_SPACE_PRL, prl_number(vm));
    }
    return prl_call_read(&call);
}

/* ---- registration ----------------------------------------------------------------------------- */

static PRL_HANDLE reg(const char *function, PRL_HANDLE h, PRL_JOB_OPERATION_CODE code, PRL_CONST_STR path,
                      PRL_CONST_STR uuid)
{
    PRL_ASYNC_AS(function, call, h, PHT_SERVER, code);
    PRL_ASYNC_NEED(call, path);
    call.subject = path;
    vjob_op_request request = {.op = VJOB_OP_REGISTER, .path = path};
    request.uuid = uuid && *uuid ? uuid : NULL;
    call.outcome = PRL_OUTCOME_VM;
    call.exists = PRL_ERR_VM_ALREADY_REGISTERED_VM_PATH;
    return on_host(&call, &request);
}

PRL_ASYNC_METHOD(PrlSrv_RegisterVm)
(PRL_HANDLE hServer, PRL_CONST_STR strVmDirPath, PRL_BOOL bNonInteractiveMode)
{
    PRL_UNUSED_PARAM(bNonInteractiveMode);
    return reg(__func__, hServer, PJOC_SRV_REGISTER_VM, strVmDirPath, NULL);
}

PRL_ASYNC_METHOD(PrlSrv_RegisterVmEx)(PRL_HANDLE hServer, PRL_CONST_STR strVmDirPath, PRL_UINT32 nFlags)
{
    PRL_UNUSED_PARAM(nFlags);
    return reg(__func__, hServer, PJOC_SRV_REGISTER_VM_EX, strVmDirPath, NULL);
}

PRL_ASYNC_METHOD(PrlSrv_RegisterVmWithUuid)
(PRL_HANDLE hServer, PRL_CONST_STR strVmDirPath, PRL_CONST_STR strVmUuid, PRL_UINT32 nFlags)
{
    PRL_UNUSED_PARAM(nFlags);
    return reg(__func__, hServer, PJOC_SRV_REGISTER_VM_EX, strVmDirPath, strVmUuid);
}
