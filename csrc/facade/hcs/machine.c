/* Machines: which there are, who has handles of them, and what state they are in. */
#include <stdlib.h>
#include <string.h>

#include "hcs_internal.h"

hcs_root_type hcs_root;

static void lock(void)
{
    vjob_obj_lock(&hcs_root.obj);
}

static void unlock(void)
{
    vjob_obj_unlock(&hcs_root.obj);
}

/* ---- life ------------------------------------------------------------------------------------------- */

static void destroy(vjob_obj *obj)
{
    hcs_machine *machine = (hcs_machine *)obj;
    hcs_document_release(machine->config);
    hcs_document_release(machine->planned);
    if (machine->vm) vjob_vm_release(machine->vm);
    hcs_call_release(machine->creating);
    hcs_call_release(machine->starting);
    hcs_call_release(machine->delivering);
    if (machine->exit) vjob_obj_release(&machine->exit->obj);
    free(machine->exit_document);
    free(machine->id);
}

static const vjob_class machine_class = {"machine", VJOB_SPACE_HCS, HCS_TYPE_SYSTEM, destroy, NULL};

const vjob_job_kind hcs_exit_kind = {.cls = {"HCS exit", VJOB_SPACE_HCS, HCS_TYPE_EXIT, NULL, NULL}};

hcs_machine *hcs_machine_new(char *id, hcs_document *config)
{
    hcs_machine *machine = (hcs_machine *)vjob_obj_new(&machine_class, sizeof *machine);
    if (!machine) {
        free(id);
        return NULL;
    }
    machine->id = id;
    machine->config = hcs_document_retain(config);
    machine->planned = hcs_document_retain(config);
    machine->exit = vjob_job_new(&hcs_exit_kind, sizeof *machine->exit, "exit");
    if (machine->exit) return machine;
    hcs_machine_release(machine);
    return NULL;
}

void hcs_machine_release(hcs_machine *machine)
{
    if (machine) vjob_obj_release(&machine->obj);
}

/* ---- the list ------------------------------------------------------------------------------------------ */

static size_t bucket_of_id(const char *id)
{
    uint32_t hash = 2166136261u;
    for (const unsigned char *p = (const unsigned char *)id; *p; p++) hash = (hash ^ *p) * 16777619u;
    return (hash ^ hash >> 16) & 255;
}

static size_t bucket_of_vm(const vjob_vm *vm)
{
    return (size_t)((uintptr_t)vm >> 6 ^ (uintptr_t)vm >> 14) & 255;
}

/* Root locked. */
static hcs_machine *listed(const char *id)
{
    hcs_machine *machine = hcs_root.by_id[bucket_of_id(id)];
    while (machine && strcmp(machine->id, id) != 0) machine = machine->next;
    return machine;
}

static void list_vm(hcs_machine *machine)
{
    hcs_machine **bucket = &hcs_root.by_vm[bucket_of_vm(machine->vm)];
    machine->next_by_vm = *bucket;
    *bucket = machine;
}

HRESULT hcs_machine_join(hcs_machine *machine)
{
    vjob_obj_retain(&machine->obj);
    lock();
    hcs_machine *other = listed(machine->id);
    if (!other) {
        hcs_machine **bucket = &hcs_root.by_id[bucket_of_id(machine->id)];
        machine->next = *bucket;
        *bucket = machine;
        if (machine->vm) list_vm(machine);
    }
    unlock();
    if (other) hcs_machine_release(machine);
    return other ? HCS_E_SYSTEM_ALREADY_EXISTS : S_OK;
}

void hcs_machine_made(hcs_machine *machine, vjob_vm *vm)
{
    vjob_vm_retain(vm);
    lock();
    machine->vm = vm;
    machine->life = HCS_LIVE;
    list_vm(machine);
    unlock();
}

static int take_off(hcs_machine *machine)
{
    hcs_machine **at = &hcs_root.by_id[bucket_of_id(machine->id)];
    while (*at && *at != machine) at = &(*at)->next;
    if (!*at) return 0;
    *at = machine->next;
    if (!machine->vm) return 1;
    for (at = &hcs_root.by_vm[bucket_of_vm(machine->vm)]; *at && *at != machine;) at = &(*at)->next_by_vm;
    if (*at) *at = machine->next_by_vm;
    return 1;
}

void hcs_machine_leave(hcs_machine *machine, hcs_life life)
{
    lock();
    const int was_listed = take_off(machine);
    if (life != HCS_LIVE) machine->life = life;
    unlock();
    if (was_listed) hcs_machine_release(machine);
}

hcs_machine *hcs_machine_of(const vjob_vm *vm)
{
    lock();
    hcs_machine *machine = hcs_root.by_vm[bucket_of_vm(vm)];
    while (machine && machine->vm != vm) machine = machine->next_by_vm;
    if (machine) vjob_obj_retain(&machine->obj);
    unlock();
    return machine;
}

/* ---- finding ------------------------------------------------------------------------------------------------ */

static int is_up(vjob_vm_state state)
{
    return state != VJOB_VM_STOPPED && state != VJOB_VM_SUSPENDED;
}

/* A VM that others have started, under its name. */
static HRESULT adopt(const char *id, hcs_machine **out)
{
    vjob_host *host = NULL;
    vjob_vm *vm = NULL;
    if (vjob_host_find(NULL, &host)) return HCS_E_SYSTEM_NOT_FOUND;
    const vjob_err err = vjob_vm_by_name(host, id, &vm);
    vjob_host_release(host);
    if (err) return HCS_E_SYSTEM_NOT_FOUND;
    char *copy = is_up(vjob_vm_get_state(vm)) ? strdup(id) : NULL;
    hcs_machine *machine = copy ? hcs_machine_new(copy, NULL) : NULL;
    if (!machine) {
        vjob_vm_release(vm);
        return copy ? E_OUTOFMEMORY : HCS_E_SYSTEM_NOT_FOUND;
    }
    machine->vm = vm;
    machine->life = HCS_LIVE;
    *out = machine;
    return S_OK;
}

static hcs_machine *find_listed(const char *id)
{
    lock();
    hcs_machine *machine = listed(id);
    if (machine) vjob_obj_retain(&machine->obj);
    unlock();
    return machine;
}

HRESULT hcs_machine_find(const char *id, hcs_machine **out)
{
    for (;;) {
        *out = find_listed(id);
        if (!*out) {
            HCS_TRY(adopt(id, out));
            if (FAILED(hcs_machine_join(*out))) {
                hcs_machine_release(*out); /* somebody was faster */
                continue;
            }
        }
        const hcs_life life = hcs_machine_life(*out);
        vjob_vm_info info = {0};
        if (life == HCS_LIVE) vjob_vm_glance((*out)->vm, &info);
        if (info.registered && (is_up(info.state) || (*out)->is_made_here)) return S_OK;
        if (life == HCS_LIVE) hcs_machine_leave(*out, HCS_EXITED); /* its world is gone */
        hcs_machine_release(*out);
        *out = NULL;
        if (life != HCS_LIVE) return HCS_E_SYSTEM_NOT_FOUND;
    }
}

/* ---- handles ---------------------------------------------------------------------------------------------------- */

int hcs_system_leave(hcs_system *system)
{
    hcs_machine *machine = system->machine;
    lock();
    const int last = hcs_sinks_take(&system->sink) && !machine->sinks.first;
    const int lives = machine->life == HCS_CREATING || machine->life == HCS_LIVE;
    const int stranger = last && lives && !machine->is_made_here;
    unlock();
    if (stranger) hcs_machine_leave(machine, HCS_LIVE); /* there is nothing to remember about it */
    return last && lives && machine->ends_at_close;
}

void hcs_machine_tell(hcs_machine *machine, HCS_EVENT_TYPE type, const char *data)
{
    hcs_sink *at = NULL;
    while ((at = hcs_sinks_next(&machine->sinks, at))) hcs_sink_tell(at, type, data);
}

/* ---- looking ------------------------------------------------------------------------------------------------------- */

hcs_life hcs_machine_life(hcs_machine *machine)
{
    lock();
    const hcs_life life = machine->life;
    unlock();
    return life;
}

hcs_ending hcs_machine_ending(hcs_machine *machine)
{
    lock();
    const hcs_ending ending = machine->ending;
    unlock();
    return ending;
}

hcs_document *hcs_machine_config(hcs_machine *machine)
{
    lock();
    hcs_document *config = hcs_document_retain(machine->config);
    unlock();
    return config;
}

int hcs_machine_has(hcs_machine *machine, const char *path)
{
    hcs_document *config = hcs_machine_config(machine);
    const int has = !config || hcs_at(config->root, path) != NULL;
    hcs_document_release(config);
    return has;
}

hcs_phase hcs_machine_phase(hcs_machine *machine)
{
    if (hcs_machine_life(machine) != HCS_LIVE) return HCS_PHASE_OVER;
    switch (vjob_vm_get_state(machine->vm)) {
    case VJOB_VM_STOPPED:
    case VJOB_VM_STARTING:
    case VJOB_VM_RESUMING: return HCS_PHASE_CREATED;
    case VJOB_VM_PAUSED:
    case VJOB_VM_CONTINUING: return HCS_PHASE_PAUSED;
    default: return HCS_PHASE_RUNNING;
    }
}

HRESULT hcs_machine_check_live(hcs_machine *machine)
{
    switch (hcs_machine_life(machine)) {
    case HCS_CREATING: return HCS_E_INVALID_STATE;
    case HCS_LIVE: return S_OK;
    case HCS_EXITED: return HCS_E_SYSTEM_ALREADY_STOPPED;
    default: return HCS_E_SYSTEM_NOT_FOUND;
    }
}

/* ---- the end of one without handles ------------------------------------------------------------------------------------ */

/* The creation that is under way, one reference; and nobody else will end the machine. */
static hcs_call *claim(hcs_machine *machine)
{
    lock();
    if (machine->ending == HCS_ENDS_NOT) machine->ending = HCS_ALL_CLOSED;
    hcs_call *creating = machine->creating;
    if (creating) vjob_obj_retain(&creating->job.obj);
    unlock();
    return creating;
}

void hcs_machine_end(hcs_machine *machine, int wait)
{
    hcs_call *creating = claim(machine);
    if (creating) {
        vjob_job_ask_cancel(&creating->job);
        if (wait) vjob_job_wait(&creating->job, VJOB_FOREVER);
        hcs_call_release(creating);
    }
    if (hcs_machine_life(machine) != HCS_LIVE) return;
    const vjob_op_request request = {
        .op = VJOB_OP_STOP, .vm = machine->vm, .flags = HCS_OFF | VJOB_OPF_INSTANT, .busy = VJOB_BUSY_QUEUE};
    vjob_job *stopped = hcs_errand(&request, NULL, NULL);
    if (!stopped) return;
    if (wait) vjob_job_wait(stopped, VJOB_FOREVER);
    vjob_obj_release(&stopped->obj);
}
