/* Which VMs a host has: open, find, register, unregister. */
#include "vix_internal.h"

#include <stdlib.h>
#include <string.h>

/* ---- paths ---------------------------------------------------------------------------------------------- */

char *vix_plain_path(const char *path)
{
    const char *end = *path == '[' ? strchr(path, ']') : NULL;
    char *out = malloc(strlen(path) + 2);
    if (!out) return NULL;
    if (!end) return strcpy(out, path);
    const size_t store = (size_t)(end - path) + 1;
    memcpy(out, path, store);
    out[store] = ' ';
    strcpy(out + store + 1, end + 1 + strspn(end + 1, " /"));
    return out;
}

static int same_character(char a, char b)
{
    return a == b || (a == '\\' && b == '/');
}

/* Does a plain path ("/vmfs/standard/A/A.vmx", "C:\VMs\A\A.vmx", "A/A.vmx") end with what follows the store? */
static int ends_with(const char *path, const char *stored)
{
    const char *end = *stored == '[' ? strchr(stored, ']') : NULL;
    const char *tail = end ? end + 1 + strspn(end + 1, " ") : stored;
    const size_t size = strlen(path), want = strlen(tail);
    if (want > size || !end) return 0;
    path += size - want;
    for (size_t i = 0; i < want; i++)
        if (!same_character(path[i], tail[i])) return 0;
    return size == want || strchr("/\\", path[-1]);
}

static vjob_vm *search(vix_host *host, const char *path)
{
    vjob_vm **vms, *found = NULL;
    vjob_vm_info info;
    size_t n;
    if (vjob_host_vms(host->host, &vms, &n)) return NULL;
    for (size_t i = 0; i < n && !found; i++) {
        vjob_vm_look(vms[i], &info);
        if (ends_with(path, info.path)) found = vjob_vm_retain(vms[i]);
    }
    vjob_vms_free(vms, n);
    return found;
}

vjob_vm *vix_find_path(vix_host *host, const char *path)
{
    vjob_vm *found = NULL;
    char *plain = vix_plain_path(path);
    if (plain && vjob_vm_by_path(host->host, plain, &found)) found = NULL;
    if (plain && !found && *plain != '[') found = search(host, plain);
    free(plain);
    return found;
}

/* ---- open ------------------------------------------------------------------------------------------------ */

int vix_result_is_vm(vix_job *job)
{
    const vjob_op_result *result = vjob_op_get_result(vix_job_worker(job));
    vix_vm *vm = result && result->vm ? vix_vm_of(job->member.host, result->vm) : NULL;
    const int fine = vm && vix_bag_object(&job->bag, VIX_PROPERTY_JOB_RESULT_HANDLE, &vm->obj);
    if (vm) vjob_obj_release(&vm->obj);
    return fine;
}

/* A local product opens what lies there, registered or not; others only what is registered. */
static VixHandle open_vm(vix_call *call, const char *path)
{
    VIX_ASYNC_CHECK(*call, vix_need_text(path));
    vjob_vm *vm = vix_find_path(call->host, path);
    vjob_op_request request = {.op = VJOB_OP_READ, .vm = vm};
    char *plain = NULL;
    call->done = vix_result_is_vm;
    call->on_missing = VIX_E_VM_NOT_FOUND;
    if (!vm && vix_host_is_local(call->host)) {
        plain = vix_plain_path(path);
        request = (vjob_op_request){.op = VJOB_OP_REGISTER, .host = call->host->host, .path = plain};
        call->on_missing = VIX_E_FILE_NOT_FOUND;
    } else if (!vm) {
        call->forced = VIX_E_VM_NOT_FOUND;
    }
    const VixHandle job = vix_call_start(call, &request);
    if (vm) vjob_vm_release(vm);
    free(plain);
    return job;
}

VixHandle VixHost_OpenVM(VixHandle hostHandle, const char *vmxFilePathName, VixVMOpenOptions options,
                         VixHandle propertyListHandle, VixEventProc *callbackProc, void *clientData)
{
    VIX_ASYNC(call, hostHandle, VIX_HANDLETYPE_HOST, callbackProc, clientData);
    (void)propertyListHandle; /* a password that no VM here needs */
    VIX_ASYNC_NEED(call, options == VIX_VMOPEN_NORMAL);
    return open_vm(&call, vmxFilePathName);
}

VixHandle VixVM_Open(VixHandle hostHandle, const char *vmxFilePathName, VixEventProc *callbackProc,
                     void *clientData)
{
    VIX_ASYNC(call, hostHandle, VIX_HANDLETYPE_HOST, callbackProc, clientData);
    return open_vm(&call, vmxFilePathName);
}

/* ---- register and unregister ------------------------------------------------------------------------------- */

static VixHandle nothing_to_do(vix_call *call)
{
    vjob_op_request request = {.op = VJOB_OP_NONE};
    return vix_call_start(call, &request);
}

VixHandle VixHost_RegisterVM(VixHandle hostHandle, const char *vmxFilePath, VixEventProc *callbackProc,
                             void *clientData)
{
    VIX_ASYNC(call, hostHandle, VIX_HANDLETYPE_HOST, callbackProc, clientData);
    VIX_ASYNC_CHECK(call, vix_need_text(vmxFilePath));
    if (!vix_host_can(call.host, VIX_FEATURE_REGISTER)) return nothing_to_do(&call);
    vjob_vm *vm = vix_find_path(call.host, vmxFilePath);
    if (vm) {
        vjob_vm_release(vm);
        return nothing_to_do(&call);
    }
    char *plain = vix_plain_path(vmxFilePath);
    if (!plain) return vix_call_fail(&call, VIX_E_OUT_OF_MEMORY);
    vjob_op_request request = {.op = VJOB_OP_REGISTER, .host = call.host->host, .path = plain};
    const VixHandle job = vix_call_start(&call, &request);
    free(plain);
    return job;
}

VixHandle VixHost_UnregisterVM(VixHandle hostHandle, const char *vmxFilePath, VixEventProc *callbackProc,
                               void *clientData)
{
    VIX_ASYNC(call, hostHandle, VIX_HANDLETYPE_HOST, callbackProc, clientData);
    VIX_ASYNC_CHECK(call, vix_need_text(vmxFilePath));
    vjob_vm *vm =
        vix_host_can(call.host, VIX_FEATURE_REGISTER) ? vix_find_path(call.host, vmxFilePath) : NULL;
    if (!vm) return nothing_to_do(&call);
    vjob_op_request request = {.op = VJOB_OP_UNREGISTER, .vm = vm, .busy = VJOB_BUSY_QUEUE};
    if (vjob_vm_get_state(vm) != VJOB_VM_STOPPED)
        call.forced = VIX_E_VM_IS_RUNNING; /* suspended is not powered off either */
    const VixHandle job = vix_call_start(&call, &request);
    vjob_vm_release(vm);
    return job;
}

/* ---- find --------------------------------------------------------------------------------------------------- */

typedef struct search_note {
    int running; /* else: registered */
} search_note;

static void tell_one(vix_job *job, const char *path)
{
    vix_list *list = vix_list_new();
    if (!list) return;
    if (vix_bag_text(&list->bag, VIX_PROPERTY_FOUND_ITEM_LOCATION, path))
        vix_tell(job, VIX_EVENTTYPE_FIND_ITEM, &list->obj);
    vjob_obj_release(&list->obj);
}

static int found(vix_job *job)
{
    const vjob_op_result *result = vjob_op_get_result(vix_job_worker(job));
    const search_note *note = job->note;
    vjob_vm_info info;
    for (size_t i = 0; i < result->n_vms; i++) {
        vjob_vm_look(result->vms[i], &info);
        const int on = info.state != VJOB_VM_STOPPED && info.state != VJOB_VM_SUSPENDED;
        if (on || !note->running) tell_one(job, info.path);
    }
    return 1;
}

VixHandle VixHost_FindItems(VixHandle hostHandle, VixFindItemType searchType, VixHandle searchCriteria,
                            int32 timeout, VixEventProc *callbackProc, void *clientData)
{
    VIX_ASYNC(call, hostHandle, VIX_HANDLETYPE_HOST, callbackProc, clientData);
    (void)timeout; /* it takes no time */
    VIX_ASYNC_NEED(call, !searchCriteria);
    VIX_ASYNC_NEED(call, searchType == VIX_FIND_RUNNING_VMS || searchType == VIX_FIND_REGISTERED_VMS);
    if (searchType == VIX_FIND_REGISTERED_VMS && !vix_host_can(call.host, VIX_FEATURE_REGISTER))
        return nothing_to_do(&call);
    search_note *note = malloc(sizeof *note);
    if (!note) return vix_call_fail(&call, VIX_E_OUT_OF_MEMORY);
    note->running = searchType == VIX_FIND_RUNNING_VMS;
    call.note = note;
    call.done = found;
    vjob_op_request request = {.op = VJOB_OP_LIST, .host = call.host->host};
    return vix_call_start(&call, &request);
}
