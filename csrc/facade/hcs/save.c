/* Saving a paused system to a file, and starting one from such a file. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "hcs_internal.h"

#define SIZE_MAX_BYTES ((size_t)64 << 20)

HRESULT hcs_result_of_errno(int number)
{
    switch (number) {
    case 0: return S_OK;
    case ENOENT: return HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND);
    case ENOTDIR: return HRESULT_FROM_WIN32(ERROR_PATH_NOT_FOUND);
    case EACCES:
    case EPERM:
    case EROFS: return E_ACCESSDENIED;
    case EEXIST: return HRESULT_FROM_WIN32(ERROR_FILE_EXISTS);
    case ENOMEM: return E_OUTOFMEMORY;
    case EISDIR:
    case EINVAL:
    case ELOOP: return HRESULT_FROM_WIN32(ERROR_INVALID_PARAMETER);
    default: return HRESULT_FROM_WIN32(ERROR_FILE_CORRUPT);
    }
}

/* ---- saving: a worker thread writes the file ---------------------------------------------------------------- */

typedef struct image {
    char *path, *text;
} image;

static void image_free(void *note)
{
    image *made = note;
    free(made->path);
    free(made->text);
    free(made);
}

static vjob_err write_image(vjob_job *job, void *data)
{
    hcs_call *call = data;
    const image *made = call->note;
    (void)job;
    if (hcs_machine_phase(call->machine) != HCS_PHASE_PAUSED) return VJOB_ESTATE;
    const int number = vjob_file_put(made->path, made->text, strlen(made->text), 0);
    call->forced = hcs_result_of_errno(number);
    if (number) call->message = strdup("SaveStateFilePath: the file cannot be written");
    return number ? VJOB_EIO : VJOB_OK;
}

static char *image_text(hcs_machine *machine)
{
    vjob_vm_info info;
    vjob_vm_look(machine->vm, &info);
    hcs_document *config = hcs_machine_config(machine);
    json_t *made =
        json_pack("{s:i, s:s, s:i}", "SavedState", 1, "Id", machine->id, "SizeInMB", (int)info.memory_mb);
    if (made && config) json_object_set_new(made, "Configuration", json_deep_copy(config->root));
    hcs_document_release(config);
    return hcs_dump(made);
}

static void save_to(hcs_call *call, const char *path)
{
    image *made = calloc(1, sizeof *made);
    if (made) {
        made->path = strdup(path);
        made->text = image_text(call->machine);
        call->note = made;
        call->free_note = image_free;
    }
    if (!made || !made->path || !made->text || vjob_job_run(&call->job, write_image, call))
        hcs_call_fail(call, E_OUTOFMEMORY, "no memory to save a compute system");
}

static void became_template(hcs_call *call)
{
    vjob_obj_lock(&hcs_root.obj);
    call->machine->is_template = 1;
    vjob_obj_unlock(&hcs_root.obj);
}

HRESULT HcsSaveComputeSystem(HCS_SYSTEM computeSystem, HCS_OPERATION operation, PCWSTR options)
{
    HCS_ON_SYSTEM on = {0};
    json_t *read;
    HCS_TRY(hcs_on_system_begin(&on, __func__, HcsOperationTypeSave, computeSystem, operation));
    if (!hcs_call_options(on.call, options, "SaveOptions", &read)) return S_OK;
    const HRESULT result = hcs_machine_check_live(on.machine);
    const char *path = hcs_text_at(read, "SaveStateFilePath");
    if (FAILED(result)) {
        hcs_call_fail(on.call, result, "the compute system does not run any more");
    } else if (hcs_machine_phase(on.machine) != HCS_PHASE_PAUSED) {
        hcs_call_fail(on.call, HCS_E_INVALID_STATE, "only a paused compute system can be saved");
    } else if (strcmp(hcs_text_at(read, "SaveType"), "AsTemplate") == 0) {
        on.call->done = became_template;
        hcs_call_finish(on.call);
    } else if (!*path) {
        hcs_call_fail(on.call, HCS_E_INVALID_JSON, "SaveStateFilePath: missing");
    } else {
        save_to(on.call, path);
    }
    json_decref(read);
    return S_OK;
}

/* ---- starting ------------------------------------------------------------------------------------------------- */

static HRESULT check_image(const char *path, hcs_why *why)
{
    char *text;
    size_t size;
    const int number = vjob_file_get(path, SIZE_MAX_BYTES, &text, &size);
    if (number)
        return hcs_say(why, hcs_result_of_errno(number),
                       "RestoreState.SaveStateFilePath: %.160s cannot be read", path);
    json_t *read = json_loadb(text, size, 0, NULL);
    const int fine = hcs_number_at(read, "SavedState", 0) == 1;
    json_decref(read);
    free(text);
    if (fine) return S_OK;
    return hcs_say(why, HRESULT_FROM_WIN32(ERROR_FILE_CORRUPT),
                   "RestoreState.SaveStateFilePath: %.160s holds no saved state", path);
}

static HRESULT check_template(const char *id, hcs_why *why)
{
    hcs_machine *found;
    HRESULT result = hcs_machine_find(id, &found);
    if (SUCCEEDED(result)) {
        vjob_obj_lock(&hcs_root.obj);
        if (!found->is_template) result = HCS_E_INVALID_STATE;
        vjob_obj_unlock(&hcs_root.obj);
        hcs_machine_release(found);
    }
    if (SUCCEEDED(result)) return S_OK;
    return hcs_say(why, result, "RestoreState.TemplateSystemId: there is no template \"%.160s\"", id);
}

/* Disks that the machine may not use; only a strict world cares. */
static HRESULT check_disks(const char *id, const json_t *config, hcs_why *why)
{
    const char *name, *lun;
    json_t *controller, *attachment;
    if (!vjob_sim_is_strict()) return S_OK;
    json_object_foreach(hcs_at(config, "VirtualMachine.Devices.Scsi"), name, controller)
        json_object_foreach(hcs_at(controller, "Attachments"), lun, attachment)
    {
        const char *path = hcs_text_at(attachment, "Path");
        if (*path && !hcs_is_granted(id, path))
            return hcs_say(why, E_ACCESSDENIED, "Scsi.%.60s.%.20s: nobody has granted %.120s", name, lun,
                           path);
    }
    return S_OK;
}

HRESULT hcs_check_start(hcs_machine *machine, uint32_t *flags, hcs_why *why)
{
    hcs_document *document = hcs_machine_config(machine);
    const json_t *config = hcs_root_of(document);
    const char *path = hcs_text_at(config, "VirtualMachine.RestoreState.SaveStateFilePath");
    const char *parent = hcs_text_at(config, "VirtualMachine.RestoreState.TemplateSystemId");
    HRESULT result = *path ? check_image(path, why) : *parent ? check_template(parent, why) : S_OK;
    if (SUCCEEDED(result)) result = check_disks(machine->id, config, why);
    if (*path || *parent) *flags |= VJOB_OPF_RESTORED;
    hcs_document_release(document);
    return result;
}
