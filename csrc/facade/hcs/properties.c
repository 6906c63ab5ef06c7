/* What systems are and do: property documents and lists. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hcs_internal.h"

/* ---- the basic set -------------------------------------------------------------------------------------- */

static void put_text(json_t *out, const char *key, const char *text)
{
    if (text && *text) json_object_set_new(out, key, json_string(text));
}

/* Created is what the schema begins with: then there is no such key. */
static const char *state_name(hcs_machine *machine, vjob_vm_state state)
{
    switch (state) {
    case VJOB_VM_STOPPED:
    case VJOB_VM_STARTING:
    case VJOB_VM_RESUMING: return NULL;
    case VJOB_VM_PAUSED: return machine && machine->is_template ? "SavedAsTemplate" : "Paused";
    case VJOB_VM_CONTINUING: return "Paused";
    default: return "Running";
    }
}

static void put_runtime_id(json_t *out, const char *id, const vjob_vm *vm)
{
    char text[40];
    if (!hcs_is_guid(id)) {
        put_text(out, "RuntimeId", vm ? vjob_vm_uuid(vm) : NULL);
        return;
    }
    for (int i = 0; i <= 36; i++) text[i] = id[i] >= 'A' && id[i] <= 'F' ? (char)(id[i] - 'A' + 'a') : id[i];
    put_text(out, "RuntimeId", text);
}

json_t *hcs_basic(hcs_machine *machine, vjob_vm *vm)
{
    vjob_vm_info info = {0};
    if (vm) vjob_vm_look(vm, &info);
    hcs_document *document = machine ? hcs_machine_config(machine) : NULL;
    const json_t *config = hcs_root_of(document);
    const char *id = machine ? machine->id : info.name;
    json_t *out = json_object();
    put_text(out, "Id", id);
    put_text(out, "SystemType", machine && machine->is_container ? "Container" : "VirtualMachine");
    put_text(out, "Owner", hcs_text_at(config, "Owner"));
    put_text(out, "HostingSystemId", hcs_text_at(config, "HostingSystemId"));
    put_text(out, "RuntimeTemplateId", hcs_text_at(config, "VirtualMachine.RestoreState.TemplateSystemId"));
    put_runtime_id(out, id, vm);
    if (machine && hcs_machine_life(machine) == HCS_EXITED) {
        put_text(out, "State", "Stopped");
        json_object_set_new(out, "Stopped", json_true());
        json_t *exit = machine->exit_document ? json_loads(machine->exit_document, 0, NULL) : NULL;
        put_text(out, "ExitType", hcs_text_at(exit, "ExitType"));
        json_decref(exit);
    } else {
        put_text(out, "State", state_name(machine, info.state));
    }
    hcs_document_release(document);
    return out;
}

/* ---- what a query asks for -------------------------------------------------------------------------------- */

static int is_up(const vjob_vm_info *info)
{
    return info->started_ns != 0;
}

static json_t *memory(const vjob_vm_info *info, const vjob_stats *stats)
{
    const json_int_t pages = is_up(info) ? (json_int_t)info->memory_mb * 256 : 0;
    const json_int_t used = stats ? (json_int_t)(stats->ram_used >> 12) : 0;
    return json_pack("{s:i, s:{s:I, s:i, s:I, s:I, s:b, s:b, s:b}, s:[{s:i, s:i, s:I, s:I}]}",
                     "VirtualNodeCount", 1, "VirtualMachineMemory", "AvailableMemory",
                     (json_int_t)(pages ? info->memory_mb : 0), "AvailableMemoryBuffer", 0, "ReservedMemory",
                     (json_int_t)0, "AssignedMemory", pages, "SlpActive", 0, "BalancingEnabled", 0,
                     "DmOperationInProgress", 0, "VirtualNodes", "VirtualNodeIndex", 0, "PhysicalNodeNumber",
                     0, "VirtualProcessorCount", (json_int_t)info->cpus, "MemoryUsageInPages",
                     used < pages ? used : pages);
}

/* RFC 3339, from nanoseconds since 1970. */
static void write_time(char out[96], uint64_t ns)
{
    static const int days_of[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    uint64_t s = ns / 1000000000u, days = s / 86400;
    int year = 1970, month = 0;
    for (;; year++) {
        const uint64_t in_year = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 366 : 365;
        if (days < in_year) break;
        days -= in_year;
    }
    const int leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    for (; days >= (uint64_t)(days_of[month] + (month == 1 && leap)); month++)
        days -= (uint64_t)(days_of[month] + (month == 1 && leap));
    snprintf(out, 96, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", year % 10000, month + 1, (int)(days % 31) + 1,
             (int)(s / 3600 % 24), (int)(s / 60 % 60), (int)(s % 60), (int)(ns / 1000000 % 1000));
}

static json_t *timestamp(uint64_t ns)
{
    char text[96];
    write_time(text, ns);
    return json_string(text);
}

static json_t *statistics(const vjob_vm_info *info, const vjob_stats *stats)
{
    uint64_t total = 0, user = 0, kernel = 0;
    for (size_t i = 0; stats && i < stats->n_cpus; i++) {
        total += stats->cpus[i].total_ms;
        user += stats->cpus[i].user_ms;
        kernel += stats->cpus[i].system_ms;
    }
    const uint64_t now = vjob_clock_now(), up = is_up(info) ? now - info->started_ns : 0;
    const json_int_t used = stats ? (json_int_t)stats->ram_used : 0;
    json_t *out = json_pack(
        "{s:o, s:I, s:{s:I, s:I, s:I}, s:{s:I, s:I, s:I}, s:{s:I, s:I, s:I, s:I}}", "Timestamp",
        timestamp(now), "Uptime100ns", (json_int_t)(up / 100), "Processor", "TotalRuntime100ns",
        (json_int_t)(total * 10000), "RuntimeUser100ns", (json_int_t)(user * 10000), "RuntimeKernel100ns",
        (json_int_t)(kernel * 10000), "Memory", "MemoryUsageCommitBytes", used, "MemoryUsageCommitPeakBytes",
        used, "MemoryUsagePrivateWorkingSetBytes", used, "Storage", "ReadCountNormalized",
        (json_int_t)(up / 10000000), "ReadSizeBytes", (json_int_t)(up / 10000), "WriteCountNormalized",
        (json_int_t)(up / 20000000), "WriteSizeBytes", (json_int_t)(up / 20000));
    if (is_up(info)) json_object_set_new(out, "ContainerStartTime", timestamp(info->started_ns));
    return out;
}

static json_t *process_list(vjob_vm *vm)
{
    vjob_guest_process *found = NULL;
    size_t n = 0;
    json_t *out = json_array();
    if (vjob_guest_processes(vm, &found, &n)) return out;
    for (size_t i = 0; i < n; i++)
        json_array_append_new(
            out, json_pack("{s:I, s:s, s:o, s:i, s:i, s:i, s:i, s:i}", "ProcessId", (json_int_t)found[i].pid,
                           "ImageName", found[i].name, "CreateTimestamp", timestamp(found[i].started_ns),
                           "UserTime100ns", 0, "KernelTime100ns", 0, "MemoryCommitBytes", 1 << 20,
                           "MemoryWorkingSetPrivateBytes", 1 << 19, "MemoryWorkingSetSharedBytes", 1 << 18));
    vjob_sim_free(found);
    return out;
}

typedef struct subject {
    hcs_machine *machine;
    vjob_vm_info info;
    vjob_stats *stats; /* or NULL */
} subject;

/* Key and value of a property; *key NULL: there is no such property. */
static json_t *property(const subject *of, const char *type, const char **key)
{
    *key = type;
    if (strcmp(type, "Memory") == 0) return memory(&of->info, of->stats);
    if (strcmp(type, "Statistics") == 0) return statistics(&of->info, of->stats);
    if (strcmp(type, "ProcessList") == 0) return process_list(of->machine->vm);
    if (strcmp(type, "TerminateOnLastHandleClosed") == 0) return json_boolean(of->machine->ends_at_close);
    if (strcmp(type, "SharedMemoryRegion") == 0) {
        *key = "SharedMemoryRegionInfo";
        return json_array();
    }
    if (strcmp(type, "GuestConnection") == 0) {
        *key = "GuestConnectionInfo";
        return json_pack("{s:o, s:i, s:{}}", "SupportedSchemaVersions", hcs_supported_versions(),
                         "ProtocolVersion", 4, "GuestDefinedCapabilities");
    }
    *key = NULL;
    return NULL;
}

static void put_types(json_t *out, const subject *of, const json_t *types)
{
    const char *key;
    for (size_t i = 0; i < json_array_size(types); i++) {
        json_t *value = property(of, json_string_value(json_array_get(types, i)), &key);
        if (key) json_object_set_new(out, key, value);
    }
}

static void put_queries(json_t *out, const subject *of, const json_t *queries)
{
    const char *name, *key;
    json_t *ignored, *responses = json_object();
    json_object_foreach((json_t *)queries, name, ignored)
    {
        json_t *value =
            strcmp(name, "Basic") == 0 ? hcs_basic(of->machine, of->machine->vm) : property(of, name, &key);
        if (value)
            value = json_pack("{s:o}", "Response", value);
        else
            value = json_pack("{s:{s:I, s:s}}", "Error", "Error",
                              (json_int_t)(int32_t)HRESULT_FROM_WIN32(ERROR_NOT_SUPPORTED), "ErrorMessage",
                              "there is no such property");
        json_object_set_new(responses, name, value);
    }
    json_object_set_new(out, "PropertyResponses", responses);
}

static char *properties(hcs_machine *machine, const json_t *query)
{
    subject of = {.machine = machine};
    json_t *out = hcs_basic(machine, machine->vm);
    if (machine->vm) {
        vjob_vm_look(machine->vm, &of.info);
        vjob_host *host = vjob_vm_host(machine->vm);
        if (host && is_up(&of.info) && vjob_stats_read(host, machine->vm, &of.stats)) of.stats = NULL;
        vjob_host_release(host);
    }
    put_types(out, &of, hcs_at(query, "PropertyTypes"));
    if (hcs_at(query, "Queries")) put_queries(out, &of, hcs_at(query, "Queries"));
    if (of.stats) vjob_stats_free(of.stats);
    return hcs_dump(out);
}

/* ---- the calls ------------------------------------------------------------------------------------------------- */

int hcs_call_options(hcs_call *call, PCWSTR options, const char *type, json_t **out)
{
    char *text;
    hcs_why why = {0};
    *out = NULL;
    const HRESULT result = hcs_narrow(options, &text);
    if (FAILED(result))
        hcs_say(&why, result == E_INVALIDARG ? HCS_E_INVALID_JSON : result,
                "$: the text is too long, or no Unicode");
    else
        hcs_read_options(text, type, out, &why);
    free(text);
    if (FAILED(why.result)) hcs_call_fail_why(call, &why);
    return SUCCEEDED(why.result);
}

/* The document is the answer. */
void hcs_call_answer(hcs_call *call, char *document)
{
    if (!document) {
        hcs_call_fail(call, E_OUTOFMEMORY, "no memory for the answer");
        return;
    }
    call->document = document;
    hcs_call_finish(call);
}

HRESULT HcsGetComputeSystemProperties(HCS_SYSTEM computeSystem, HCS_OPERATION operation, PCWSTR propertyQuery)
{
    HCS_ON_SYSTEM on = {0};
    json_t *query;
    HCS_TRY(hcs_on_system_begin(&on, __func__, HcsOperationTypeGetProperties, computeSystem, operation));
    if (!hcs_call_options(on.call, propertyQuery, "PropertyQuery", &query)) return S_OK;
    const hcs_life life = hcs_machine_life(on.machine);
    if (life == HCS_LIVE || life == HCS_EXITED)
        hcs_call_answer(on.call, properties(on.machine, query));
    else
        hcs_call_fail(on.call, hcs_machine_check_live(on.machine), "the compute system has not been created");
    json_decref(query);
    return S_OK;
}

/* ---- lists ------------------------------------------------------------------------------------------------------- */

/* Is the text in the array; or is there no array? */
static int has(const json_t *query, const char *key, const char *text)
{
    const json_t *values = hcs_at(query, key);
    if (!values) return 1;
    for (size_t i = 0; i < json_array_size(values); i++)
        if (strcmp(json_string_value(json_array_get(values, i)), text) == 0) return 1;
    return 0;
}

static int is_wanted(const json_t *query, const json_t *entry)
{
    const char *name = hcs_text_at(entry, "Name");
    return has(query, "Ids", hcs_text_at(entry, "Id")) &&
           has(query, "Types", hcs_text_at(entry, "SystemType")) &&
           has(query, "Owners", hcs_text_at(entry, "Owner")) &&
           has(query, "Names", *name ? name : hcs_text_at(entry, "Id"));
}

static void add_host(json_t *list, vjob_host *host, const json_t *query)
{
    vjob_vm **vms;
    size_t n;
    if (!host || vjob_host_vms(host, &vms, &n)) return;
    for (size_t i = 0; i < n; i++) {
        hcs_machine *machine = hcs_machine_of(vms[i]);
        const vjob_vm_state state = vjob_vm_get_state(vms[i]);
        const int up = state != VJOB_VM_STOPPED && state != VJOB_VM_SUSPENDED;
        json_t *entry = up || (machine && machine->is_made_here) ? hcs_basic(machine, vms[i]) : NULL;
        if (entry && is_wanted(query, entry)) json_array_append(list, entry);
        json_decref(entry);
        hcs_machine_release(machine);
    }
    vjob_vms_free(vms, n);
}

static char *list_systems(const json_t *query)
{
    vjob_host *host = NULL;
    json_t *list = json_array();
    if (!vjob_host_find(NULL, &host)) add_host(list, host, query);
    vjob_host_release(host);
    vjob_obj_lock(&hcs_root.obj);
    vjob_host *containers = hcs_root.containers ? vjob_host_retain(hcs_root.containers) : NULL;
    vjob_obj_unlock(&hcs_root.obj);
    add_host(list, containers, query);
    vjob_host_release(containers);
    return hcs_dump(list);
}

HRESULT HcsEnumerateComputeSystems(PCWSTR query, HCS_OPERATION operation)
{
    const hcs_start start = {.function = __func__, .type = HcsOperationTypeEnumerate};
    hcs_call *call;
    json_t *read;
    HCS_TRY(hcs_call_begin(&start, operation, &call));
    if (hcs_call_options(call, query, "SystemQuery", &read)) hcs_call_answer(call, list_systems(read));
    json_decref(read);
    hcs_call_release(call);
    return S_OK;
}
