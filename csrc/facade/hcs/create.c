/* HcsCreateComputeSystem: from a document to a VM of the simulated host. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hcs_internal.h"

/* ---- the VM ------------------------------------------------------------------------------------------- */

static int add_disk(vjob_vm_config *config, const char *path)
{
    vjob_disk *more = realloc(config->disks, (config->n_disks + 1) * sizeof *more);
    if (!more) return 0;
    config->disks = more;
    config->disks[config->n_disks] = (vjob_disk){.size_mb = 8192, .bus = "scsi"};
    snprintf(config->disks[config->n_disks++].image, sizeof more->image, "%s", path);
    return 1;
}

static int add_disks(vjob_vm_config *config, const json_t *document)
{
    const char *name, *lun;
    json_t *controller, *attachment, *scsi = hcs_at(document, "VirtualMachine.Devices.Scsi");
    json_object_foreach(scsi, name, controller)
        json_object_foreach(hcs_at(controller, "Attachments"), lun,
                            attachment) if (!add_disk(config, hcs_text_at(attachment, "Path"))) return 0;
    return 1;
}

/* "00-15-5D-01-02-03" and "00:15:5D:.." are the same. "" where it is neither. */
static void put_mac(char out[18], const char *text)
{
    int fits = strlen(text) == 17;
    for (int i = 0; fits && i < 17; i++) {
        fits = i % 3 == 2 ? text[i] == '-' || text[i] == ':' : isxdigit((unsigned char)text[i]) != 0;
        out[i] = i % 3 == 2 ? ':' : (char)tolower((unsigned char)text[i]);
    }
    out[fits ? 17 : 0] = '\0';
}

static int add_nics(vjob_vm_config *config, const json_t *document)
{
    const char *name;
    json_t *adapter, *adapters = hcs_at(document, "VirtualMachine.Devices.NetworkAdapters");
    const size_t n = json_object_size(adapters);
    if (!n) return 1;
    config->nics = calloc(n, sizeof *config->nics);
    if (!config->nics) return 0;
    json_object_foreach(adapters, name, adapter)
    {
        vjob_nic *nic = &config->nics[config->n_nics++];
        *nic = (vjob_nic){.network = "default", .model = "e1000"};
        put_mac(nic->mac, hcs_text_at(adapter, "MacAddress"));
    }
    return 1;
}

int hcs_vm_config(const char *id, const json_t *document, vjob_vm_config *out)
{
    const int is_vm = hcs_at(document, "VirtualMachine") != NULL;
    const char *memory =
        is_vm ? "VirtualMachine.ComputeTopology.Memory.SizeInMB" : "Container.Memory.SizeInMB";
    const char *count =
        is_vm ? "VirtualMachine.ComputeTopology.Processor.Count" : "Container.Processor.Count";
    const int is_linux = hcs_at(document, "VirtualMachine.Chipset.LinuxKernelDirect") != NULL;
    const json_int_t mb = hcs_number_at(document, memory, 1024), cpus = hcs_number_at(document, count, 1);
    *out = (vjob_vm_config){.cpus = (uint32_t)cpus, .video_mb = 16};
    out->memory_mb = mb > UINT32_MAX ? UINT32_MAX : (uint32_t)mb;
    snprintf(out->name, sizeof out->name, "%s", id);
    snprintf(out->os, sizeof out->os, "%s", is_linux ? "linux" : "win10");
    if (hcs_is_guid(id)) snprintf(out->uuid, sizeof out->uuid, "%s", id);
    const char *owner = hcs_text_at(document, "Owner");
    out->description = *owner ? strdup(owner) : NULL;
    if (add_disks(out, document) && add_nics(out, document)) return 1;
    vjob_vm_config_clear(out);
    return 0;
}

/* ---- hooks of the call: world ----------------------------------------------------------------------------- */

static void no_longer_creating(hcs_machine *machine)
{
    vjob_obj_lock(&hcs_root.obj);
    hcs_call *creating = machine->creating;
    machine->creating = NULL;
    vjob_obj_unlock(&hcs_root.obj);
    hcs_call_release(creating);
}

static void made(hcs_call *call)
{
    const vjob_op_result *found = vjob_op_get_result(&call->job);
    hcs_machine_made(call->machine, found->vm);
    no_longer_creating(call->machine);
}

static void not_made(hcs_call *call)
{
    hcs_machine_leave(call->machine, HCS_FAILED);
    no_longer_creating(call->machine);
    vjob_job_end_world(call->machine->exit, VJOB_OK); /* who waits for its end waits no longer */
}

/* ---- the call ------------------------------------------------------------------------------------------------ */

static void make_vm(hcs_call *call, const json_t *document)
{
    hcs_machine *machine = call->machine;
    vjob_host *host = NULL;
    vjob_vm_config config;
    HRESULT result = S_OK;
    if (machine->is_container)
        result = hcs_container_host(&host);
    else if (vjob_host_find(NULL, &host))
        result = E_FAIL;
    if (SUCCEEDED(result) && !hcs_vm_config(machine->id, document, &config)) result = E_OUTOFMEMORY;
    if (FAILED(result)) {
        hcs_call_fail(call, result, "no memory for a compute system");
    } else {
        vjob_op_request request = {.op = VJOB_OP_CREATE,
                                   .host = host,
                                   .config = &config,
                                   .flags = VJOB_OPF_TRANSIENT | VJOB_OPF_TIMED};
        hcs_call_operate(call, &request);
        vjob_vm_config_clear(&config);
    }
    vjob_host_release(host);
}

/* The id is taken from here on; what is missing is found out by the operation. */
static void go_on(hcs_call *call, const json_t *document, const hcs_why *why)
{
    if (FAILED(why->result)) {
        hcs_call_fail_why(call, why);
        return;
    }
    vjob_obj_retain(&call->job.obj);
    vjob_obj_lock(&hcs_root.obj);
    call->machine->creating = call;
    vjob_obj_unlock(&hcs_root.obj);
    const HRESULT result = hcs_machine_join(call->machine);
    if (FAILED(result)) {
        hcs_call_fail(call, result, "a compute system with this id exists already");
        return;
    }
    make_vm(call, document);
}

/* What stands in the document that needs to be there. */
static HRESULT check_world(const json_t *document, hcs_why *why)
{
    hcs_machine *parent;
    const char *id = hcs_text_at(document, "HostingSystemId");
    if (!*id) return S_OK;
    const HRESULT result = hcs_machine_find(id, &parent);
    if (FAILED(result))
        return hcs_say(why, result, "HostingSystemId: there is no compute system \"%.200s\"", id);
    hcs_machine_release(parent);
    return S_OK;
}

/* NULL, or a document that was refused: `why` says so. */
static hcs_document *read_document(PCWSTR configuration, hcs_why *why)
{
    char *text;
    json_t *document = NULL;
    const HRESULT result = hcs_narrow(configuration, &text);
    if (result == E_INVALIDARG)
        hcs_say(why, HCS_E_INVALID_JSON, "$: the text is too long, or no Unicode");
    else if (FAILED(result))
        hcs_say(why, result, "$: no memory");
    else if (SUCCEEDED(hcs_read(text, "ComputeSystem", &document, why)))
        check_world(document, why);
    free(text);
    if (FAILED(why->result)) {
        json_decref(document);
        return NULL;
    }
    hcs_document *made = hcs_document_new(document);
    if (!made) hcs_say(why, E_OUTOFMEMORY, "$: no memory");
    return made;
}

static HRESULT begin(char *name, hcs_document *shared, HCS_OPERATION operation, hcs_call **call,
                     hcs_system **system)
{
    const json_t *document = hcs_root_of(shared);
    hcs_machine *machine = hcs_machine_new(name, shared);
    if (!machine) return E_OUTOFMEMORY;
    machine->is_made_here = 1;
    machine->is_container = document && !hcs_at(document, "VirtualMachine");
    machine->ends_at_close = json_is_true(hcs_at(document, "ShouldTerminateOnLastHandleClosed"));
    HRESULT result = hcs_system_new(machine, system);
    const hcs_start start = {.function = "HcsCreateComputeSystem",
                             .type = HcsOperationTypeCreate,
                             .machine = machine,
                             .system = *system};
    if (SUCCEEDED(result)) result = hcs_call_begin(&start, operation, call);
    hcs_machine_release(machine);
    if (SUCCEEDED(result)) {
        (*call)->done = made;
        (*call)->failed = not_made;
    } else if (*system) {
        hcs_unname(&(*system)->obj, &(*system)->holds);
        vjob_obj_release(&(*system)->obj);
        *system = NULL;
    }
    return result;
}

HRESULT HcsCreateComputeSystem(PCWSTR id, PCWSTR configuration, HCS_OPERATION operation,
                               const SECURITY_DESCRIPTOR *securityDescriptor, HCS_SYSTEM *computeSystem)
{
    HCS_PIN pin = {0};
    char *name;
    hcs_call *call = NULL;
    hcs_system *system = NULL;
    hcs_why why = {0};
    if (computeSystem) *computeSystem = NULL;
    HCS_NEED(configuration && computeSystem && !securityDescriptor);
    HCS_TRY(hcs_enter(operation, &hcs_operation_class, &pin));
    HCS_TRY(hcs_read_id(id, &name));
    HRESULT result = hcs_watch();
    hcs_document *document = SUCCEEDED(result) ? read_document(configuration, &why) : NULL;
    if (SUCCEEDED(result))
        result = begin(name, document, operation, &call, &system);
    else
        free(name);
    if (SUCCEEDED(result)) {
        *computeSystem = hcs_handle(&system->obj);
        go_on(call, hcs_root_of(document), &why);
        hcs_call_release(call);
        vjob_obj_release(&system->obj);
    }
    hcs_document_release(document);
    return result;
}
