/*
 * Changing one resource of a system: its document, and what of it the simulator knows.
 *
 * Documents never change: a call works on a copy of what the calls before it will leave behind (planned), and
 * its copy becomes the document when it succeeds.
 */
#include <stdlib.h>
#include <string.h>

#include "hcs_internal.h"

#define MAY_ADD 1u
#define MAY_REMOVE 2u
#define MAY_UPDATE 4u
#define MAY_ALL (MAY_ADD | MAY_REMOVE | MAY_UPDATE)

/* What a resource is in the document. */
typedef enum form { VALUE, ENTRY, SHARE } form;

/* A * stands for a name. `device`: what the document must have. */
typedef struct resource {
    const char *path, *settings, *device;
    unsigned may;
    form form;
} resource;

#define TOPOLOGY "ComputeTopology"
static const resource resources[] = {
    {TOPOLOGY "/Memory/SizeInMB", "MemorySize", NULL, MAY_ALL, VALUE},
    {TOPOLOGY "/Processor/CpuGroup", "CpuGroup", NULL, MAY_ALL, VALUE},
    {TOPOLOGY "/Processor/IdledProcessors", "Options", NULL, MAY_UPDATE, VALUE},
    {TOPOLOGY "/Processor/CpuFrequencyPowerCap", "PowerCap", NULL, MAY_ALL, VALUE},
    {TOPOLOGY "/Processor/Limits", "Options", NULL, MAY_UPDATE, VALUE},
    {TOPOLOGY "/Gpu", "Options", NULL, MAY_UPDATE, VALUE},
    {"Devices/NetworkAdapters/*", "NetworkAdapter", NULL, MAY_ALL, ENTRY},
    {"Devices/Scsi/*/Attachments/*", "Attachment", "Scsi", MAY_ALL, ENTRY},
    {"Devices/ComPorts/*", "ComPort", NULL, MAY_ALL, VALUE},
    {"Devices/MappedPipes/*", NULL, NULL, MAY_ADD | MAY_REMOVE, ENTRY},
    {"Devices/Plan9/Shares", "Plan9Share", "Plan9", MAY_ALL, SHARE},
    {"Devices/VirtualSmb/Shares", "SmbShare", "VirtualSmb", MAY_ALL, SHARE},
    {"Devices/SharedMemory/Regions", "SharedMemoryRegion", "SharedMemory", MAY_ALL, SHARE},
    {"Devices/VirtualPMem/Devices/*", "PMemDevice", "VirtualPMem", MAY_ADD | MAY_REMOVE, ENTRY},
    {"Devices/VirtualPMem/Devices/*/Mappings/*", "PMemMapping", "VirtualPMem", MAY_ADD | MAY_REMOVE, ENTRY},
    {"Devices/FlexibleIov/*", "Options", NULL, MAY_ADD, ENTRY},
    {"Devices/VirtualPci/*", "Options", NULL, MAY_ADD | MAY_REMOVE, ENTRY},
    {"Devices/HvSocket/HvSocketConfig/ServiceTable/*", "Options", NULL, MAY_ADD | MAY_UPDATE, VALUE},
};

typedef struct request {
    const resource *of;
    const char *path; /* after VirtualMachine/ */
    unsigned what;    /* MAY_ADD, MAY_REMOVE or MAY_UPDATE */
    const json_t *settings;
} request;

/* ---- reading the request ----------------------------------------------------------------------------------- */

static size_t part(const char *path)
{
    return strcspn(path, "/");
}

static int fits(const char *pattern, const char *path)
{
    while (*pattern && *path) {
        const size_t n = part(pattern), m = part(path);
        const int any = n == 1 && *pattern == '*';
        if (!m || (!any && (n != m || memcmp(pattern, path, n) != 0))) return 0;
        if (!pattern[n] != !path[m]) return 0;
        pattern += n + (pattern[n] == '/');
        path += m + (path[m] == '/');
    }
    return !*pattern && !*path;
}

static unsigned what_of(const char *type)
{
    if (strcmp(type, "Remove") == 0) return MAY_REMOVE;
    return strcmp(type, "Update") == 0 ? MAY_UPDATE : MAY_ADD;
}

static HRESULT find_resource(const char *path, request *out, hcs_why *why)
{
    static const char top[] = "VirtualMachine/";
    if (strncmp(path, top, sizeof top - 1) == 0) {
        out->path = path + sizeof top - 1;
        for (size_t i = 0; i < sizeof resources / sizeof *resources; i++)
            if (fits(resources[i].path, out->path)) {
                out->of = &resources[i];
                return S_OK;
            }
    }
    return hcs_say(why, E_INVALIDARG, "ResourcePath: there is no resource \"%.180s\"", path);
}

static HRESULT check_request(const json_t *document, request *out, hcs_why *why)
{
    HCS_TRY(find_resource(hcs_text_at(document, "ResourcePath"), out, why));
    out->what = what_of(hcs_text_at(document, "RequestType"));
    out->settings = hcs_at(document, "Settings");
    if (!(out->of->may & out->what))
        return hcs_say(why, E_INVALIDARG, "RequestType: not for \"%.180s\"", out->path);
    if (!out->of->settings && out->settings)
        return hcs_say(why, E_INVALIDARG, "Settings: not for \"%.180s\"", out->path);
    if (!out->of->settings || (out->what == MAY_REMOVE && out->of->form != SHARE)) return S_OK;
    if (!out->settings)
        return hcs_say(why, HCS_E_INVALID_JSON, "Settings: missing for \"%.180s\"", out->path);
    return hcs_check(out->settings, out->of->settings, "Settings", why);
}

/* ---- changing the document ------------------------------------------------------------------------------------ */

/* Find, or make, the object that holds the last part of the path; *key is that part. */
static json_t *holder_of(json_t *document, const char *path, char key[256])
{
    json_t *at = json_object_get(document, "VirtualMachine");
    while (at) { /* containers have no such part */
        size_t size = part(path);
        const int braced = size > 2 && path[0] == '{' && path[size - 1] == '}';
        const size_t copied = size - (braced ? 2 : 0);
        if (copied >= 256) return NULL;
        memcpy(key, path + braced, copied);
        key[copied] = '\0';
        if (!path[size]) return at;
        json_t *next = json_object_get(at, key);
        /* on failure what was to be set is gone */
        if (!next && json_object_set_new(at, key, next = json_object())) return NULL;
        if (!json_is_object(next)) return NULL;
        at = next;
        path += size + 1;
    }
    return NULL;
}

static HRESULT absent(hcs_why *why, const char *path)
{
    return hcs_say(why, HRESULT_FROM_WIN32(ERROR_NOT_FOUND), "there is no \"%.180s\"", path);
}

static HRESULT change_entry(json_t *holder, const char *key, const request *r, hcs_why *why)
{
    const int there = json_object_get(holder, key) != NULL;
    if (r->what == MAY_REMOVE) {
        json_object_del(holder, key); /* what is not there is gone already */
        return S_OK;
    }
    if (r->of->form == ENTRY && r->what == MAY_ADD && there)
        return hcs_say(why, HRESULT_FROM_WIN32(ERROR_ALREADY_EXISTS), "\"%.180s\" is there already", r->path);
    if (r->of->form == ENTRY && r->what == MAY_UPDATE && !there) return absent(why, r->path);
    if (r->settings)
        json_object_set_new(holder, key, json_deep_copy(r->settings));
    else
        json_object_set_new(holder, key, json_object());
    return S_OK;
}

static HRESULT change_share(json_t *holder, const char *key, const request *r, hcs_why *why)
{
    const char *by = strcmp(key, "Regions") == 0 ? "SectionName" : "Name";
    const char *name = hcs_text_at(r->settings, by);
    json_t *list = json_object_get(holder, key);
    if (!list && json_object_set_new(holder, key, list = json_array()))
        return hcs_say(why, E_OUTOFMEMORY, "no memory for \"%.180s\"", r->path);
    size_t at = 0;
    while (at < json_array_size(list) && strcmp(hcs_text_at(json_array_get(list, at), by), name) != 0) at++;
    const int there = at < json_array_size(list);
    if (r->what == MAY_ADD && there)
        return hcs_say(why, HRESULT_FROM_WIN32(ERROR_ALREADY_EXISTS), "\"%.180s\" is there already", name);
    if (r->what == MAY_UPDATE && !there) return absent(why, name);
    if (r->what == MAY_REMOVE) json_array_remove(list, at);
    if (r->what == MAY_UPDATE) json_array_set_new(list, at, json_deep_copy(r->settings));
    if (r->what == MAY_ADD) json_array_append_new(list, json_deep_copy(r->settings));
    return S_OK;
}

static HRESULT change(json_t *document, const request *r, hcs_why *why)
{
    char key[256];
    char device[64] = "VirtualMachine.Devices.";
    if (r->of->device && !hcs_at(document, strcat(device, r->of->device))) return absent(why, r->of->device);
    json_t *holder = holder_of(document, r->path, key);
    if (!holder) return hcs_say(why, E_INVALIDARG, "ResourcePath: \"%.180s\" leads nowhere", r->path);
    return r->of->form == SHARE ? change_share(holder, key, r, why) : change_entry(holder, key, r, why);
}

/* ---- hooks of the call: world ------------------------------------------------------------------------------------ */

static hcs_document *swap(hcs_document **place, hcs_document *document)
{
    vjob_obj_lock(&hcs_root.obj);
    hcs_document *old = *place;
    *place = hcs_document_retain(document);
    vjob_obj_unlock(&hcs_root.obj);
    return old;
}

static void changed(hcs_call *call)
{
    hcs_document_release(swap(&call->machine->config, call->note));
}

/* What was planned after it stands on what did not happen. */
static void not_changed(hcs_call *call)
{
    hcs_document *config = hcs_machine_config(call->machine);
    hcs_document_release(swap(&call->machine->planned, config));
    hcs_document_release(config);
}

static void free_document(void *document)
{
    hcs_document_release(document);
}

/* ---- the VM ---------------------------------------------------------------------------------------------------------- */

static int matters_to_vm(const request *r)
{
    return strstr(r->of->path, "SizeInMB") || strstr(r->of->path, "Scsi") ||
           strstr(r->of->path, "NetworkAdapters");
}

static void exchange(void *a, void *b, size_t size)
{
    char kept[sizeof(vjob_vm_config)];
    memcpy(kept, a, size);
    memcpy(a, b, size);
    memcpy(b, kept, size);
}

/* The VM as it is, with memory, disks and network adapters of the document. */
static HRESULT vm_config(hcs_machine *machine, const json_t *document, const request *r, vjob_vm_config *out)
{
    vjob_vm_config wanted;
    if (vjob_vm_get_config(machine->vm, out)) return E_OUTOFMEMORY;
    if (!hcs_vm_config(machine->id, document, &wanted)) {
        vjob_vm_config_clear(out);
        return E_OUTOFMEMORY;
    }
    if (strstr(r->of->path, "SizeInMB")) {
        out->memory_mb = wanted.memory_mb;
    } else {
        exchange(&out->disks, &wanted.disks, sizeof out->disks);
        exchange(&out->n_disks, &wanted.n_disks, sizeof out->n_disks);
        exchange(&out->nics, &wanted.nics, sizeof out->nics);
        exchange(&out->n_nics, &wanted.n_nics, sizeof out->n_nics);
    }
    vjob_vm_config_clear(&wanted);
    return S_OK;
}

static void configure(hcs_call *call, const json_t *document, const request *r)
{
    vjob_vm_config config;
    const HRESULT result = vm_config(call->machine, document, r, &config);
    if (FAILED(result)) {
        hcs_call_fail(call, result, "no memory for a configuration");
        return;
    }
    vjob_op_request op = {.op = VJOB_OP_CONFIGURE,
                          .vm = call->machine->vm,
                          .config = &config,
                          .flags = VJOB_OPF_HOT | VJOB_OPF_TIMED,
                          .busy = VJOB_BUSY_QUEUE};
    hcs_call_operate(call, &op);
    vjob_vm_config_clear(&config);
}

/* ---- the call ---------------------------------------------------------------------------------------------------------- */

static json_t *planned_copy(hcs_machine *machine)
{
    vjob_obj_lock(&hcs_root.obj);
    hcs_document *planned = hcs_document_retain(machine->planned);
    vjob_obj_unlock(&hcs_root.obj);
    json_t *copy = planned ? json_deep_copy(planned->root) : json_pack("{s:{}}", "VirtualMachine");
    hcs_document_release(planned);
    return copy;
}

static void apply(hcs_call *call, const json_t *document)
{
    hcs_why why = {0};
    request r = {0};
    if (!*hcs_text_at(document, "ResourcePath") && hcs_at(document, "GuestRequest")) {
        hcs_call_finish(call); /* only the guest is asked, and it agrees */
        return;
    }
    json_t *copy = SUCCEEDED(check_request(document, &r, &why)) ? planned_copy(call->machine) : NULL;
    if (!copy || FAILED(change(copy, &r, &why))) {
        json_decref(copy);
        hcs_call_fail(call, FAILED(why.result) ? why.result : E_OUTOFMEMORY, why.text);
        return;
    }
    hcs_document *made = hcs_document_new(copy);
    if (!made) {
        hcs_call_fail(call, E_OUTOFMEMORY, "no memory for a document");
        return;
    }
    call->note = made;
    call->free_note = free_document;
    if (call->machine->is_made_here) {
        call->done = changed;
        call->failed = not_changed;
        hcs_document_release(swap(&call->machine->planned, made));
    }
    if (matters_to_vm(&r))
        configure(call, copy, &r);
    else
        hcs_call_finish(call);
}

HRESULT HcsModifyComputeSystem(HCS_SYSTEM computeSystem, HCS_OPERATION operation, PCWSTR configuration,
                               HANDLE identity)
{
    HCS_ON_SYSTEM on = {0};
    json_t *document;
    (void)identity; /* everybody may do everything */
    HCS_NEED(configuration);
    HCS_TRY(hcs_on_system_begin(&on, __func__, HcsOperationTypeModify, computeSystem, operation));
    if (!hcs_call_options(on.call, configuration, "ModifyRequest", &document)) return S_OK;
    const HRESULT result = hcs_machine_check_live(on.machine);
    const hcs_phase phase = hcs_machine_phase(on.machine);
    if (FAILED(result))
        hcs_call_fail(on.call, result, "the compute system does not run any more");
    else if (phase != HCS_PHASE_RUNNING && phase != HCS_PHASE_PAUSED)
        hcs_call_fail(on.call, HCS_E_INVALID_STATE, "the compute system has not been started");
    else if (!document)
        hcs_call_fail(on.call, HCS_E_INVALID_JSON, "$: an object with a ResourcePath is expected");
    else
        apply(on.call, document);
    json_decref(document);
    return S_OK;
}
