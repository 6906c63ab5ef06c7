/* Changing a VM's configuration: what a client edited becomes the world's. */
#include "prl_internal.h"

#include <stdlib.h>
#include <string.h>

/* A private copy of what the client sees and edits. */
PRL_RESULT prl_vm_copy(prl_vm *object, prl_config *out)
{
    PRL_RESULT result;
    *out = (prl_config){0};
    if (!prl_bag_lock(&object->obj, &result)) return result;
    const int fine = prl_config_copy(out, &object->config);
    prl_bag_unlock(&object->obj);
    return fine ? PRL_ERR_SUCCESS : PRL_ERR_OUT_OF_MEMORY;
}

/* World: from now on the object shows what the world has. */
static void reread(prl_job *job)
{
    if (!job->ret) prl_vm_stale(job->vm);
}

/* A read whose effect is that the object is filled afresh. */
static PRL_HANDLE refresh(const char *function, PRL_HANDLE h, PRL_JOB_OPERATION_CODE code)
{
    PRL_ASYNC_AS(function, call, h, PHT_VIRTUAL_MACHINE, code);
    vjob_op_request request = {.op = VJOB_OP_READ};
    call.outcome = PRL_OUTCOME_VM;
    call.object = vjob_obj_retain(&call.vm->obj);
    call.done = reread;
    return prl_call_start(&call, &request);
}

PRL_ASYNC_METHOD(PrlVm_BeginEdit)(PRL_HANDLE hVm)
{
    return refresh(__func__, hVm, PJOC_VM_BEGIN_EDIT);
}

PRL_ASYNC_METHOD(PrlVm_RefreshConfig)(PRL_HANDLE hVm)
{
    return refresh(__func__, hVm, PJOC_VM_REFRESH_CONFIG);
}

PRL_ASYNC_METHOD(PrlVm_RefreshConfigEx)(PRL_HANDLE hVm, PRL_UINT32 nFlags)
{
    PRL_UNUSED_PARAM(nFlags);
    return refresh(__func__, hVm, PJOC_VM_REFRESH_CONFIG);
}

/* The world's configuration with this client's changes, so that others' changes stay. */
static PRL_RESULT merged(prl_vm *object, vjob_vm *vm, vjob_vm_config *out, vjob_obj **out_extra)
{
    prl_config edited;
    PRL_RESULT result = prl_vm_copy(object, &edited);
    if (!result) result = prl_result(vjob_vm_get_config(vm, out));
    if (!result) result = prl_config_to_world(&edited, out, 0);
    if (!result && out_extra && !(*out_extra = prl_saved_new(&edited))) result = PRL_ERR_OUT_OF_MEMORY;
    prl_config_clear(&edited);
    return result;
}

/* The simulator would rename a running VM; this API's service does not. */
static PRL_RESULT may_rename(vjob_vm *vm, const char *name)
{
    vjob_vm_info info;
    vjob_vm_look(vm, &info);
    const int is_down = info.state == VJOB_VM_STOPPED || info.state == VJOB_VM_SUSPENDED;
    return is_down || !strcmp(info.name, name) ? PRL_ERR_SUCCESS : PRL_ERR_DISP_VM_IS_NOT_STOPPED;
}

static PRL_HANDLE commit(const char *function, PRL_HANDLE h)
{
    vjob_vm_config config = {.name = ""};
    PRL_ASYNC_AS(function, call, h, PHT_VIRTUAL_MACHINE, PJOC_VM_COMMIT);
    vjob_op_request request = {.op = VJOB_OP_CONFIGURE, .config = &config, .space = VJOB_SPACE_PRL};
    call.outcome = PRL_OUTCOME_VM;
    call.object = vjob_obj_retain(&call.vm->obj);
    call.done = reread;
    call.exists = PRL_ERR_VM_ALREADY_REGISTERED_VM_NAME;
    vjob_vm *vm = prl_vm_get(call.vm);
    if (vm) {
        call.forced = merged(call.vm, vm, &config, &request.extra);
        if (!call.forced) call.forced = may_rename(vm, config.name);
        vjob_vm_release(vm);
    }
    const PRL_HANDLE job = prl_call_start(&call, &request);
    vjob_obj_release(request.extra);
    vjob_vm_config_clear(&config);
    return job;
}

PRL_ASYNC_METHOD(PrlVm_Commit)(PRL_HANDLE hVm)
{
    return commit(__func__, hVm);
}

PRL_ASYNC_METHOD(PrlVm_CommitEx)(PRL_HANDLE hVm, PRL_UINT32 nFlags)
{
    PRL_UNUSED_PARAM(nFlags);
    return commit(__func__, hVm);
}

/* Which of a VM's hard disks a device is; SIZE_MAX: none. */
static size_t disk_index(const prl_config *config, PRL_UINT64 serial)
{
    const prl_node *node;
    for (size_t i = 0; (node = prl_config_nth(config, PHT_VIRTUAL_DEV_HARD_DISK, PDE_HARD_DISK, i)) != NULL;
         i++)
        if (node->serial == serial) return i;
    return SIZE_MAX;
}

PRL_ASYNC_METHOD(PrlVmDev_ResizeImage)(PRL_HANDLE hVmDev, PRL_UINT32 nNewSize, PRL_UINT32 nFlags)
{
    prl_config edited = {0};
    vjob_vm_config config = {.name = ""};
    PRL_ASYNC(call, hVmDev, PRL_ANY_VIRTUAL_DEV, PJOC_VM_RESIZE_DISK_IMAGE);
    PRL_UNUSED_PARAM(nFlags);
    PRL_ASYNC_NEED(call, prl_obj_is(call.pin.obj, PHT_VIRTUAL_DEV_HARD_DISK) && nNewSize);
    vjob_op_request request = {.op = VJOB_OP_CONFIGURE, .config = &config};
    call.done = reread;
    vjob_vm *vm = prl_vm_get(call.vm);
    if (vm) {
        call.forced = prl_vm_copy(call.vm, &edited);
        if (!call.forced) call.forced = prl_result(vjob_vm_get_config(vm, &config));
        const size_t index = disk_index(&edited, ((prl_device *)call.pin.obj)->serial);
        if (!call.forced && index >= config.n_disks) call.forced = PRL_ERR_OBJECT_WAS_REMOVED;
        if (!call.forced) config.disks[index].size_mb = nNewSize;
        vjob_vm_release(vm);
    }
    const PRL_HANDLE job = prl_call_start(&call, &request);
    vjob_vm_config_clear(&config);
    prl_config_clear(&edited);
    return job;
}

/* ---- devices of a VM that is there --------------------------------------------------------------- */

/* What is kept with the VM, with one device plugged in or out. */
static vjob_obj *plugged(prl_vm *object, PRL_UINT64 serial, int in, PRL_RESULT *out_error)
{
    prl_config edited;
    vjob_obj *extra = NULL;
    if ((*out_error = prl_vm_copy(object, &edited)) != 0) return NULL;
    prl_node *node = prl_config_node(&edited, serial);
    if (!node)
        *out_error = PRL_ERR_OBJECT_WAS_REMOVED;
    else if (!prl_bag_set_number(&node->bag, PRL_PROP_VMDEV_CONNECTED, (PRL_UINT64)in) ||
             !(extra = prl_saved_new(&edited)))
        *out_error = PRL_ERR_OUT_OF_MEMORY;
    prl_config_clear(&edited);
    return extra;
}

static PRL_HANDLE plug(const char *function, PRL_HANDLE h, PRL_JOB_OPERATION_CODE code, int in)
{
    vjob_vm_config config = {.name = ""};
    PRL_ASYNC_AS(function, call, h, PRL_ANY_VIRTUAL_DEV, code);
    vjob_op_request request = {.op = VJOB_OP_CONFIGURE, .config = &config, .space = VJOB_SPACE_PRL};
    call.done = reread;
    vjob_vm *vm = prl_vm_get(call.vm);
    if (vm) {
        request.extra = plugged(call.vm, ((prl_device *)call.pin.obj)->serial, in, &call.forced);
        if (!call.forced) call.forced = prl_result(vjob_vm_get_config(vm, &config));
        vjob_vm_release(vm);
    }
    const PRL_HANDLE job = prl_call_start(&call, &request);
    if (request.extra) vjob_obj_release(request.extra);
    vjob_vm_config_clear(&config);
    return job;
}

PRL_ASYNC_METHOD(PrlVmDev_Connect)(PRL_HANDLE hVmDev)
{
    return plug(__func__, hVmDev, PJOC_VM_DEV_CONNECT, 1);
}

PRL_ASYNC_METHOD(PrlVmDev_Disconnect)(PRL_HANDLE hVmDev)
{
    return plug(__func__, hVmDev, PJOC_VM_DEV_DISCONNECT, 0);
}

/* Does a device of the VM use a file? */
static int is_image(const prl_config *config, const char *path)
{
    for (size_t i = 0; i < config->n_nodes; i++)
        if (!strcmp(prl_bag_text(&config->nodes[i].bag, PRL_PROP_VMDEV_IMAGE_PATH), path) ||
            !strcmp(prl_bag_text(&config->nodes[i].bag, PRL_PROP_VMDEV_SYS_NAME), path))
            return 1;
    return 0;
}

/* The first of "prefix suffix", "prefix delimiter 1 suffix" ... in the VM's folder that no device uses. */
static char *free_name(const prl_config *config, const char *prefix, const char *suffix,
                       const char *delimiter)
{
    const char *home = prl_bag_text(&config->bag, PRL_PROP_VMCFG_HOME_PATH);
    const char *slash = strrchr(home, '/');
    for (unsigned n = 0;; n++) {
        prl_writer writer = {0};
        if (slash) prl_write(&writer, "%.*s/", (int)(slash - home), home);
        prl_write_text(&writer, prefix);
        if (n) prl_write(&writer, "%s%u", delimiter, n);
        prl_write_text(&writer, suffix);
        char *name = prl_writer_take(&writer);
        if (!name || !is_image(config, name)) return name;
        free(name);
    }
}

PRL_ASYNC_METHOD(PrlVm_GenerateVmDevFilename)
(PRL_HANDLE hVm, PRL_CONST_STR sFilenamePrefix, PRL_CONST_STR sFilenameSuffix, PRL_CONST_STR sIndexDelimiter)
{
    prl_config edited;
    PRL_ASYNC(call, hVm, PHT_VIRTUAL_MACHINE, PJOC_VM_GENERATE_VM_DEV_FILENAME);
    PRL_ASYNC_NEED(call, sFilenamePrefix && sFilenameSuffix && sIndexDelimiter);
    call.outcome = PRL_OUTCOME_TEXT;
    call.forced = prl_vm_copy(call.vm, &edited);
    if (!call.forced) {
        call.text = free_name(&edited, sFilenamePrefix, sFilenameSuffix, sIndexDelimiter);
        if (!call.text) call.forced = PRL_ERR_OUT_OF_MEMORY;
    }
    prl_config_clear(&edited);
    return prl_call_read(&call);
}

/* ---- validity --------------------------------------------------------------------------------- */

/* What is wrong with the configuration as edited, or success. */
static PRL_RESULT validity(prl_vm *object)
{
    prl_config edited;
    vjob_vm_config config = {.name = ""};
    vjob_host *host = prl_server_host(object->server);
    PRL_RESULT result = prl_vm_copy(object, &edited);
    if (!result) result = prl_config_to_world(&edited, &config, 1);
    if (!result && !*config.name) result = PRL_ERR_VMCONF_VM_NAME_IS_EMPTY;
    if (!result && !config.memory_mb) result = PRL_ERR_VMCONF_MAIN_MEMORY_ZERO_SIZE;
    if (!result && !config.cpus) result = PRL_ERR_VMCONF_CPU_ZERO_COUNT;
    if (!result && host && vjob_vm_config_check(host, &config)) result = PRL_ERR_VMCONF_VALIDATION_FAILED;
    if (host) vjob_host_release(host);
    vjob_vm_config_clear(&config);
    prl_config_clear(&edited);
    return result;
}

PRL_ASYNC_METHOD(PrlVm_ValidateConfig)(PRL_HANDLE hVm, PRL_VM_CONFIG_SECTIONS nSection)
{
    PRL_ASYNC(call, hVm, PHT_VIRTUAL_MACHINE, PJOC_VM_VALIDATE_CONFIG);
    PRL_UNUSED_PARAM(nSection);
    const PRL_RESULT wrong = validity(call.vm);
    prl_record *errors = prl_record_new(PHT_VM_INFO); /* only holds the events */
    prl_content *content =
        wrong ? prl_content_new(PET_DSP_EVT_ERROR_MESSAGE, PIE_DISPATCHER, PRL_ZERO_UUID) : NULL;
    if (content) {
        content->code = wrong;
        if (errors)
            prl_record_add(errors, (vjob_obj *)prl_event_new(content, call.server, call.vm, NULL));
        else
            prl_content_release(content);
        call.forced = PRL_ERR_VMCONF_VALIDATION_FAILED;
    }
    call.outcome = PRL_OUTCOME_KIDS;
    call.object = (vjob_obj *)errors;
    return prl_call_read(&call);
}

PRL_METHOD(PrlVmCfg_GetConfigValidity)(PRL_HANDLE hVmCfg, PRL_RESULT_PTR pnErrCode)
{
    PRL_ENTER(prl_vm, vm, hVmCfg, PHT_VIRTUAL_MACHINE);
    PRL_NEED(pnErrCode);
    *pnErrCode = validity(vm);
    return PRL_ERR_SUCCESS;
}

PRL_METHOD(PrlVmCfg_IsConfigInvalid)(PRL_RESULT nErrCode, PRL_BOOL_PTR pbInvalid)
{
    PRL_ENTER_PLAIN();
    PRL_NEED(pbInvalid);
    *pbInvalid = nErrCode != PRL_ERR_SUCCESS;
    return PRL_ERR_SUCCESS;
}

PRL_METHOD(PrlVmCfg_SetTemplateSign)(PRL_HANDLE hVmCfg, PRL_BOOL bVmIsTemplate)
{
    return prl_prop_set_bool(hVmCfg, PHT_VM_CONFIGURATION, PRL_PROP_VMCFG_TEMPLATE, bVmIsTemplate);
}
