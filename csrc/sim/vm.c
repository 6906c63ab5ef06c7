/* vm.c - one VM: references, looking, look-ups. */
#include <stdlib.h>
#include <string.h>

#include "change.h"
#include "guest.h"
#include "model.h"
#include "operation.h"
#include "shares.h"
#include "snapshot.h"
#include "variables.h"

/* ---- extras ---- */

sim_extras *sim_extras_retain(sim_extras *extras)
{
    if (extras) __atomic_fetch_add(&extras->refs, 1, __ATOMIC_RELAXED);
    return extras;
}

void sim_extras_release(sim_extras *extras)
{
    if (!extras || __atomic_fetch_sub(&extras->refs, 1, __ATOMIC_ACQ_REL) != 1) return;
    for (int i = 0; i < VJOB_SPACE_COUNT; i++)
        if (extras->of[i]) vjob_obj_release(extras->of[i]);
    free(extras);
}

sim_extras *sim_extras_with(const sim_extras *extras, vjob_space space, vjob_obj *extra)
{
    sim_extras *copy = calloc(1, sizeof *copy);
    if (!copy) return NULL;
    copy->refs = 1;
    if (extras) memcpy(copy->of, extras->of, sizeof copy->of);
    copy->of[space] = extra;
    for (int i = 0; i < VJOB_SPACE_COUNT; i++)
        if (copy->of[i]) vjob_obj_retain(copy->of[i]);
    return copy;
}

vjob_err vjob_vm_set_extra(vjob_vm *vm, vjob_space space, vjob_obj *extra)
{
    if (!vm || (unsigned)space >= VJOB_SPACE_COUNT)
        return vjob_fail(VJOB_EINVAL, NULL, NULL, "vm is missing or there is no such space");
    vjob__world_lock();
    sim_extras *old = vm->extras, *fresh = sim_extras_with(old, space, extra);
    if (fresh) vm->extras = fresh;
    vjob__world_unlock();
    if (!fresh) return vjob_fail(VJOB_ENOMEM, vm->uuid, NULL, "no memory to keep an object with a VM");
    sim_extras_release(old);
    return VJOB_OK;
}

vjob_obj *vjob_vm_get_extra(vjob_vm *vm, vjob_space space)
{
    if (!vm || (unsigned)space >= VJOB_SPACE_COUNT) return NULL;
    int entered = sim_enter();
    vjob_obj *extra = vm->extras ? vm->extras->of[space] : NULL;
    if (extra) vjob_obj_retain(extra);
    sim_leave(entered);
    return extra;
}

/* ---- life ---- */

vjob_err sim_vm_put_name(vjob_vm *vm, const char *name)
{
    char *longer = strlen(name) < sizeof vm->short_name ? NULL : strdup(name);
    if (!longer && strlen(name) >= sizeof vm->short_name) return VJOB_ENOMEM;
    if (vm->name != vm->short_name) free(vm->name);
    vm->name = longer ? longer : strcpy(vm->short_name, name);
    return VJOB_OK;
}

vjob_vm *sim_vm_new(vjob_host *host, const char *name, const char *uuid, const char *path, sim_config *config)
{
    vjob_vm *vm = calloc(1, sizeof *vm);
    if (!vm) return NULL;
    char made[SIM_PATH_MAX + 32];
    if (!path || !path[0]) sim_path_default(made, sizeof made, name);
    vm->refs = 1;
    int named = sim_vm_put_name(vm, name) == VJOB_OK;
    vm->path = strdup(path && path[0] ? path : made);
    vm->config = sim_config_retain(config);
    vm->host = vjob_host_retain(host);
    vm->uuid_made = !uuid || !uuid[0];
    if (vm->uuid_made)
        sim_uuid_make(vm->uuid, SIM_UUID_VM, 0, name);
    else
        memcpy(vm->uuid, uuid, SIM_UUID_SIZE);
    vm->where = SIM_PENDING;
    vm->tools = VJOB_TOOLS_STOPPED;
    vm->revision = 1;
    vjob__timer_init(&vm->boot, sim_guest_booted);
    if (named && vm->path) return vm;
    vjob_vm_release(vm);
    return NULL;
}

vjob_vm *vjob_vm_retain(vjob_vm *vm)
{
    __atomic_fetch_add(&vm->refs, 1, __ATOMIC_RELAXED);
    return vm;
}

void vjob_vm_release(vjob_vm *vm)
{
    if (!vm || __atomic_fetch_sub(&vm->refs, 1, __ATOMIC_ACQ_REL) != 1) return;
    if (vm->host) vjob_host_release(vm->host);
    sim_snapshots_free(vm->snapshots);
    sim_guest_release(vm->guest);
    sim_files_release(vm->files);
    sim_variables_release(vm->variables);
    sim_shares_release(vm->shares);
    sim_extras_release(vm->extras);
    sim_config_release(vm->config);
    sim_extras_release(vm->next_extras);
    sim_config_release(vm->next_config);
    if (vm->name != vm->short_name) free(vm->name);
    free(vm->path);
    free(vm);
}

vjob_err sim_vm_check_here(const vjob_vm *vm, sim_why *why)
{
    if (vm->where == SIM_REGISTERED) return VJOB_OK;
    return sim_say(why, VJOB_ENOENT, sim_vm_label(vm), "VM \"%s\" %s", sim_vm_label(vm),
                   vm->where == SIM_SHELVED ? "is not registered any more; register it by its path"
                   : vm->where == SIM_GONE  ? "does not exist any more"
                                            : "does not exist yet");
}

/* ---- running ---- */

/* Running and paused VMs differ in who uses the processor; only running ones are in the host's list. */
void sim_vm_leave_running(vjob_vm *vm, uint64_t now)
{
    vjob_host *host = vm->host;
    *(vm->run_prev ? &vm->run_prev->run_next : &host->run_first) = vm->run_next;
    *(vm->run_next ? &vm->run_next->run_prev : &host->run_last) = vm->run_prev;
    vm->run_prev = vm->run_next = NULL;
    vm->ran_ns += now - vm->run_since_ns;
    vm->run_since_ns = 0;
    sim_load_change(host, -(int64_t)vm->config->cpus, now);
}

void sim_vm_join_running(vjob_vm *vm, uint64_t now)
{
    vjob_host *host = vm->host;
    vm->run_prev = host->run_last;
    *(host->run_last ? &host->run_last->run_next : &host->run_first) = vm;
    host->run_last = vm;
    vm->run_since_ns = now;
    sim_load_change(host, vm->config->cpus, now);
}

void sim_vm_put_state(vjob_vm *vm, vjob_vm_state state)
{
    vjob_vm_state old = sim_vm_state(vm);
    __atomic_store_n(&vm->state, (uint8_t)state, __ATOMIC_RELEASE);
    vm->state_since_ns = vjob__world_now();
    if (state == VJOB_VM_RUNNING && old != VJOB_VM_RUNNING) sim_vm_join_running(vm, vm->state_since_ns);
    if (state != VJOB_VM_RUNNING && old == VJOB_VM_RUNNING) sim_vm_leave_running(vm, vm->state_since_ns);
    sim_vm_number_run(vm);
}

void sim_vm_hold_memory(vjob_vm *vm, uint32_t memory_mb)
{
    vm->host->memory_used_mb += memory_mb;
    vm->host->memory_used_mb -= vm->memory_held_mb;
    vm->memory_held_mb = memory_mb;
}

/* ---- looking ---- */

const char *vjob_vm_uuid(const vjob_vm *vm)
{
    return vm->uuid;
}

vjob_vm_state vjob_vm_get_state(vjob_vm *vm)
{
    return sim_vm_state(vm);
}

vjob_host *vjob_vm_host(vjob_vm *vm)
{
    int entered = sim_enter();
    vjob_host *host = vm->where == SIM_REGISTERED ? vjob_host_retain(vm->host) : NULL;
    sim_leave(entered);
    return host;
}

/* All but the texts. */
static void glance(const vjob_vm *vm, vjob_vm_info *info)
{
    info->state = sim_vm_state(vm);
    info->busy = vm->op ? (vjob_op)vm->op->op : VJOB_OP_NONE;
    info->tools = (vjob_tools_state)vm->tools;
    info->cpus = vm->config->cpus;
    info->memory_mb = vm->config->memory_mb;
    info->registered = vm->where == SIM_REGISTERED;
    info->state_since_ns = vm->state_since_ns ? vm->state_since_ns : vm->host ? vm->host->booted_ns : 0;
    info->started_ns = vm->started_ns;
    info->snapshots = sim_snapshots_count(vm->snapshots);
    info->revision = vm->revision;
    info->run = vm->run;
    info->cause = (vjob_op)vm->cause;
    info->cause_flags = vm->cause_flags;
    info->undone = vm->undone;
    info->transient = vm->transient;
    info->autostart = vm->autostart;
    info->last_op = (vjob_op)vm->last_op;
    info->last_begun_ns = vm->last_begun_ns;
    info->last_ended_ns = vm->last_ended_ns;
}

void vjob_vm_look(vjob_vm *vm, vjob_vm_info *out_info)
{
    int entered = sim_enter();
    sim_put(out_info->name, sizeof out_info->name, vm->name);
    sim_put(out_info->uuid, sizeof out_info->uuid, vm->uuid);
    sim_put(out_info->path, sizeof out_info->path, vm->path);
    sim_put(out_info->os, sizeof out_info->os, vm->config->os);
    glance(vm, out_info);
    sim_leave(entered);
}

void vjob_vm_glance(vjob_vm *vm, vjob_vm_info *out_info)
{
    int entered = sim_enter();
    out_info->name[0] = out_info->uuid[0] = out_info->path[0] = out_info->os[0] = '\0';
    glance(vm, out_info);
    sim_leave(entered);
}

size_t vjob_vm_name(vjob_vm *vm, char *out, size_t cap)
{
    int entered = sim_enter();
    const size_t length = strlen(vm->name);
    if (cap) sim_put(out, cap, vm->name);
    sim_leave(entered);
    return length;
}

vjob_err vjob_vm_get_config(vjob_vm *vm, vjob_vm_config *out_config)
{
    if (!out_config) return vjob_fail(VJOB_EINVAL, NULL, NULL, "out_config is missing");
    *out_config = (vjob_vm_config){0};
    if (!vm) return vjob_fail(VJOB_EINVAL, NULL, NULL, "vm is missing");
    int entered = sim_enter();
    sim_why why = {0};
    vjob_err err = sim_vm_check_here(vm, &why);
    if (!err) err = sim_config_unpack(vm->config, vm->name, vm->uuid, vm->path, out_config);
    sim_leave(entered);
    return err ? sim_fail(err, &why) : VJOB_OK;
}

/* ---- look-ups ---- */

typedef vjob_vm *find_fn(const sim_world *world, const vjob_host *host, const char *text);

static vjob_vm *find_uuid(const sim_world *world, const vjob_host *host, const char *text)
{
    char uuid[SIM_UUID_SIZE];
    vjob_vm *vm = sim_uuid_read(uuid, text) ? sim_registry_by_uuid(world, host, uuid) : NULL;
    return vm && vm->host == host ? vm : NULL;
}

static vjob_err find(find_fn *fn, const char *what, vjob_host *host, const char *text, vjob_vm **out_vm)
{
    if (out_vm) *out_vm = NULL;
    if (!host || !text || !out_vm)
        return vjob_fail(VJOB_EINVAL, NULL, NULL, "host, %s or out_vm is missing", what);
    int entered = sim_enter();
    vjob_vm *vm = sim_world_now && !host->gone ? fn(sim_world_now, host, text) : NULL;
    if (vm && vm->where == SIM_REGISTERED) *out_vm = vjob_vm_retain(vm);
    sim_leave(entered);
    if (*out_vm) return VJOB_OK;
    return vjob_fail(VJOB_ENOENT, text, NULL, "host \"%s\" has no VM with the %s \"%s\"", host->name, what,
                     text);
}

vjob_err vjob_vm_by_uuid(vjob_host *host, const char *uuid, vjob_vm **out_vm)
{
    return find(find_uuid, "uuid", host, uuid, out_vm);
}

vjob_err vjob_vm_by_name(vjob_host *host, const char *name, vjob_vm **out_vm)
{
    return find(sim_registry_by_name, "name", host, name, out_vm);
}

vjob_err vjob_vm_by_path(vjob_host *host, const char *path, vjob_vm **out_vm)
{
    return find(sim_registry_by_path, "path", host, path, out_vm);
}
