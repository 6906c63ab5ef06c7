/* act_make.c - new VMs (create, clone) and new configurations. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "act.h"
#include "change.h"
#include "guest.h"
#include "shares.h"
#include "snapshot.h"

static vjob_err no_memory(sim_why *why, const char *name)
{
    return sim_say(why, VJOB_ENOMEM, name, "no memory for VM \"%s\"", name);
}

static vjob_err check_cpus(const vjob_host *host, const char *name, uint32_t cpus, sim_why *why)
{
    if (cpus <= host->cpus) return VJOB_OK;
    return sim_say(why, VJOB_ERESOURCE, name, "VM \"%s\" wants %u cpus; host \"%s\" has %u", name, cpus,
                   host->name, host->cpus);
}

static vjob_err check_fits(const vjob_host *host, const char *name, uint32_t cpus, uint32_t memory_mb,
                           sim_why *why)
{
    vjob_err err = check_cpus(host, name, cpus, why);
    if (err || memory_mb <= host->memory_mb) return err;
    return sim_say(why, VJOB_ERESOURCE, name, "VM \"%s\" wants %u MB; host \"%s\" has %llu", name, memory_mb,
                   host->name, (unsigned long long)host->memory_mb);
}

vjob_err vjob_vm_config_check(vjob_host *host, const vjob_vm_config *config)
{
    if (!host || !config) return vjob_fail(VJOB_EINVAL, NULL, NULL, "host or config is missing");
    sim_why why = {0};
    vjob_err err = sim_config_check(config, &why);
    int entered = sim_enter();
    if (!err) err = check_fits(host, config->name, config->cpus, config->memory_mb, &why);
    sim_leave(entered);
    return err ? sim_fail(err, &why) : VJOB_OK;
}

/* ---- making ---- */

/* A uuid from the seed must not come again after its VM was deleted: count them. */
static void choose_uuid(vjob_vm *vm)
{
    if (vm->uuid_made) sim_uuid_make(vm->uuid, SIM_UUID_VM, ++sim_world_now->vm_count, vm->name);
}

/* Takes over `vm`. */
static vjob_err reserve(sim_op *op, vjob_vm *vm, sim_why *why)
{
    choose_uuid(vm);
    vjob_err err = sim_registry_reserve(sim_world_now, vm, 1, why);
    if (err) {
        vjob_vm_release(vm);
        return err == VJOB_ENOMEM ? no_memory(why, op->args.name) : err;
    }
    op->made_vm = vm;
    return VJOB_OK;
}

/* An explicit uuid in canonical form, or "". */
static vjob_err read_uuid(char out[SIM_UUID_SIZE], const char *text, sim_why *why)
{
    out[0] = '\0';
    if (!text || !text[0] || sim_uuid_read(out, text)) return VJOB_OK;
    return sim_say(why, VJOB_EINVAL, text, "\"%s\" is no uuid", text);
}

SIM_ACT(create_begin)
{
    const vjob_vm_config *from = op->request->config;
    const char *path = op->args.path ? op->args.path : from->path;
    char uuid[SIM_UUID_SIZE];
    vjob_err err = read_uuid(uuid, op->args.uuid ? op->args.uuid : from->uuid, why);
    if (!err && (strlen(path) > SIM_PATH_MAX || !sim_text_printable(path)))
        err = sim_say(why, VJOB_EINVAL, op->args.name,
                      "the path must have at most 500 bytes, no control characters");
    if (!err) err = check_fits(op->host, op->args.name, from->cpus, from->memory_mb, why);
    if (err) return err;
    vjob_vm *vm = sim_vm_new(op->host, op->args.name, uuid, path, op->args.config);
    if (!vm) return no_memory(why, op->args.name);
    if (op->args.extra && !(vm->extras = sim_extras_with(NULL, (vjob_space)op->space, op->args.extra))) {
        vjob_vm_release(vm);
        return no_memory(why, op->args.name);
    }
    vm->transient = (op->flags & VJOB_OPF_TRANSIENT) != 0;
    if (op->flags & VJOB_OPF_RUN && (err = sim_op_reserve(op, op->host, from->memory_mb, why))) {
        vjob_vm_release(vm);
        return err;
    }
    return reserve(op, vm, why);
}

/* What is cloned: the VM as it is, or as it was. */
typedef struct origin {
    sim_config *config;
    sim_extras *extras;
    sim_files *files;
} origin;

static vjob_err find_origin(sim_op *op, origin *out, sim_why *why)
{
    const vjob_vm *vm = op->vm;
    vjob_vm_state state = sim_vm_state(vm);
    const char *uuid = op->args.snapshot;
    if (uuid && uuid[0]) {
        const sim_snapshot *snapshot = sim_snapshot_find(vm->snapshots, uuid);
        if (!snapshot) return sim_say(why, VJOB_ENOENT, uuid, "VM \"%s\" has no snapshot %s", vm->name, uuid);
        *out = (origin){snapshot->config, snapshot->extras, snapshot->files};
        return VJOB_OK;
    }
    int linked = op->flags & VJOB_OPF_LINKED;
    if (linked ? state == VJOB_VM_SUSPENDED : state == VJOB_VM_RUNNING || state == VJOB_VM_PAUSED)
        return sim_say(why, VJOB_ESTATE, vm->name,
                       "VM \"%s\" is %s; stop it first, or clone one of its snapshots", vm->name,
                       vjob_vm_state_name(state));
    *out = (origin){vm->config, vm->extras, vm->files};
    return VJOB_OK;
}

/* Make the clone's name one that is free. 0: out of memory */
static int find_name(sim_op *op, const vjob_host *host)
{
    char name[SIM_NAME_MAX + 20];
    const size_t size = strlen(op->args.name);
    if (size > SIM_NAME_MAX) return 1; /* is refused */
    memcpy(name, op->args.name, size + 1);
    for (int i = 2; sim_registry_by_name(sim_world_now, host, name); i++)
        snprintf(name, sizeof name, "%.*s (%d)", (int)(size > SIM_NAME_MAX - 14 ? SIM_NAME_MAX - 14 : size),
                 op->args.name, i);
    char *copy = strdup(name);
    if (!copy) return 0;
    free(op->args.name);
    op->args.name = copy;
    return 1;
}

SIM_ACT(clone_begin)
{
    origin from = {0};
    char uuid[SIM_UUID_SIZE];
    const char *path = op->args.path ? op->args.path : "";
    vjob_err err = read_uuid(uuid, op->args.uuid, why);
    if (!err) err = find_origin(op, &from, why);
    if (err) return err;
    if (op->flags & VJOB_OPF_ANY_NAME && !find_name(op, op->host ? op->host : op->vm->host))
        return no_memory(why, op->args.name);
    const char *name = op->args.name;
    size_t size = strlen(name);
    if (size < 1 || size > SIM_NAME_MAX || !sim_text_printable(name) || strlen(path) > SIM_PATH_MAX ||
        !sim_text_printable(path))
        return sim_say(why, VJOB_EINVAL, NULL, "a clone's name must have 1..240 bytes, its path at most 500");
    if (op->host && op->host != op->vm->host && (op->host->is_private || op->vm->host->is_private))
        return sim_say(why, VJOB_EINVAL, op->vm->name, "VM \"%s\" cannot leave or enter a private host",
                       op->vm->name);
    sim_config *config = sim_config_twin(from.config);
    vjob_vm *vm = config ? sim_vm_new(op->host ? op->host : op->vm->host, name, uuid, path, config) : NULL;
    sim_config_release(config);
    if (!vm) return no_memory(why, name);
    vm->extras = sim_extras_retain(from.extras);
    vm->files = sim_files_retain(from.files);
    vm->guest = sim_guest_retain(op->vm->guest);
    vm->shares = sim_shares_retain(op->vm->shares);
    vm->tools = op->vm->tools == VJOB_TOOLS_NOT_INSTALLED ? VJOB_TOOLS_NOT_INSTALLED : VJOB_TOOLS_STOPPED;
    return reserve(op, vm, why);
}

/* A linked clone of the VM as it is, made to stand on a snapshot of its own. */
static vjob_err take_origin(sim_op *op, sim_why *why)
{
    vjob_vm *vm = op->vm, *made = op->made_vm;
    char name[256];
    snprintf(name, sizeof name, "for clone %s", op->args.name);
    if (sim_registry_room(made->host, 1, 0)) return no_memory(why, op->args.name);
    sim_snapshot *parent = vm->snapshots ? vm->snapshots->current : NULL;
    sim_snapshot *taken = sim_snapshot_take(vm, parent, name, "", NULL);
    if (!taken) return no_memory(why, op->args.name);
    taken->created_ns = vjob__world_now();
    vm->snapshots->current = taken;
    memcpy(op->made_snapshot, taken->uuid, SIM_UUID_SIZE);
    sim_files *files = made->files;
    made->files = sim_files_retain(taken->files); /* they may have changed since the beginning */
    sim_files_release(files);
    sim_post_vm(VJOB_CHANGE_SNAPSHOTS, vm, VJOB_OP_CLONE, taken->uuid);
    return VJOB_OK;
}

/* It is there now, and running at once: the time has passed already. */
static void run_made(sim_op *op)
{
    vjob_vm *vm = op->made_vm;
    const int restored = op->flags & VJOB_OPF_RESTORED;
    sim_op_unreserve(op);
    sim_vm_hold_memory(vm, vm->config->memory_mb);
    vm->op = op; /* its flags are the cause of the states */
    sim_change_state(vm, VJOB_VM_STARTING, VJOB_OP_CREATE);
    sim_change_state(vm, VJOB_VM_RUNNING, VJOB_OP_CREATE);
    vm->started_ns = vjob__world_now();
    sim_post_vm(VJOB_CHANGE_STARTED, vm, VJOB_OP_CREATE, NULL);
    vm->op = NULL;
    if (restored) vm->tools_kept = VJOB_TOOLS_RUNNING;
    (restored ? sim_guest_wake : sim_guest_boot)(vm, VJOB_OP_CREATE);
}

SIM_ACT(make)
{
    int takes = op->op == VJOB_OP_CLONE && op->flags & VJOB_OPF_LINKED && op->flags & VJOB_OPF_TAKE_SNAPSHOT;
    vjob_err err = takes && !(op->args.snapshot && op->args.snapshot[0]) ? take_origin(op, why) : VJOB_OK;
    if (err) return err;
    if (sim_registry_list(op->made_vm) != VJOB_OK) return no_memory(why, op->args.name);
    sim_post_vm(VJOB_CHANGE_ADDED, op->made_vm, (vjob_op)op->op, NULL);
    if (op->op == VJOB_OP_CREATE && op->flags & VJOB_OPF_RUN) run_made(op);
    return VJOB_OK;
}

SIM_UNDO(unmake)
{
    vjob_vm *vm = op->made_vm;
    op->made_vm = NULL;
    sim_registry_abandon(sim_world_now, vm);
    vjob_vm_release(vm);
}

/* ---- configuring ---- */

static vjob_err check_identity(const sim_op *op, sim_why *why)
{
    const vjob_vm_config *to = op->request ? op->request->config : NULL;
    char uuid[SIM_UUID_SIZE];
    if (!to) return VJOB_OK; /* it waited; looked at when it was asked for */
    if (to->uuid[0] && sim_uuid_read(uuid, to->uuid) && strcmp(uuid, op->vm->uuid) != 0)
        return sim_say(why, VJOB_EINVAL, op->vm->name, "the uuid of a VM cannot change");
    if (to->path[0] && strcmp(to->path, op->vm->path) != 0)
        return sim_say(why, VJOB_EINVAL, op->vm->name, "the path of a VM cannot change");
    return VJOB_OK;
}

/* A VM whose guest is there stays as it is; what was asked for comes with its next start. */
static int for_next_start(const sim_op *op)
{
    return op->flags & VJOB_OPF_NEXT && sim_vm_state(op->vm) != VJOB_VM_STOPPED;
}

/* Memory that is there for a VM that runs, beyond what it holds. */
static vjob_err check_hot(const vjob_vm *vm, const sim_config *to, sim_why *why)
{
    const vjob_host *host = vm->host;
    uint64_t others = host->memory_used_mb - vm->memory_held_mb;
    if (others + to->memory_mb <= host->memory_mb) return VJOB_OK;
    return sim_say(why, VJOB_ERESOURCE, vm->name, "VM \"%s\" wants %u MB; host \"%s\" has %llu left",
                   vm->name, to->memory_mb, host->name, (unsigned long long)(host->memory_mb - others));
}

static int is_hot(const sim_op *op)
{
    const vjob_vm *vm = op->vm;
    const sim_config *to = op->args.config;
    return op->flags & VJOB_OPF_HOT && vm->memory_held_mb && to->cpus == vm->config->cpus &&
           strcmp(to->os, vm->config->os) == 0;
}

static vjob_err check_change(const sim_op *op, sim_why *why)
{
    const vjob_vm *vm = op->vm, *other;
    const sim_config *to = op->args.config;
    if (is_hot(op)) {
        vjob_err err = check_hot(vm, to, why);
        if (err) return err;
    } else if (!for_next_start(op) && sim_vm_state(vm) != VJOB_VM_STOPPED &&
               sim_config_needs_stop(vm->config, to))
        return sim_say(why, VJOB_ESTATE, vm->name,
                       "VM \"%s\" is %s; cpus, memory and os can change while it is stopped", vm->name,
                       vjob_vm_state_name(sim_vm_state(vm)));
    other = sim_registry_by_name(sim_world_now, vm->host, op->args.name);
    if (other && other != vm)
        return sim_say(why, VJOB_EEXIST, op->args.name, "host \"%s\" already has a VM named \"%s\"",
                       vm->host->name, op->args.name);
    return check_fits(vm->host, op->args.name, to->cpus, to->memory_mb, why);
}

SIM_ACT(configure_begin)
{
    vjob_err err = check_identity(op, why);
    return err ? err : check_change(op, why);
}

/* Takes over `extras`, if there are new ones, and the configuration asked for. */
static void put_config(sim_config **config, sim_extras **have, sim_op *op, sim_extras *extras)
{
    sim_config_release(*config);
    *config = op->args.config;
    op->args.config = NULL;
    if (!extras) return;
    sim_extras_release(*have);
    *have = extras;
}

SIM_ACT(configure)
{
    vjob_vm *vm = op->vm;
    vjob_err err = check_change(op, why);
    if (err) return err;
    sim_extras *extras = NULL;
    if (op->args.extra && !(extras = sim_extras_with(vm->extras, (vjob_space)op->space, op->args.extra)))
        return no_memory(why, vm->name);
    const int renamed = strcmp(op->args.name, vm->name) != 0;
    char *old_name = renamed ? sim_dup(vm->name) : NULL;
    if (renamed && !old_name) err = VJOB_ENOMEM;
    if (renamed && !err) err = sim_registry_rename(sim_world_now, vm, op->args.name, why);
    if (err) {
        free(old_name);
        sim_extras_release(extras);
        return err == VJOB_ENOMEM ? no_memory(why, vm->name) : err;
    }
    const int next = for_next_start(op);
    if (is_hot(op)) sim_vm_hold_memory(vm, op->args.config->memory_mb);
    put_config(next ? &vm->next_config : &vm->config, next ? &vm->next_extras : &vm->extras, op, extras);
    vm->revision++;
    sim_post_vm(VJOB_CHANGE_CONFIG, vm, VJOB_OP_CONFIGURE, old_name);
    free(old_name);
    return VJOB_OK;
}
