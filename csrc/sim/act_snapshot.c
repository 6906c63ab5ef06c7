/* act_snapshot.c - taking, switching to and deleting snapshots. */
#include <stdlib.h>
#include <string.h>

#include "act.h"
#include "change.h"
#include "guest.h"
#include "snapshot.h"
#include "variables.h"

static vjob_err find(const sim_op *op, sim_snapshot **out, sim_why *why)
{
    const vjob_vm *vm = op->vm;
    *out = sim_snapshot_find(vm->snapshots, op->args.uuid);
    if (*out) return VJOB_OK;
    return sim_say(why, VJOB_ENOENT, op->args.uuid, "VM \"%s\" has no snapshot %s", vm->name, op->args.uuid);
}

/* ---- take ---- */

SIM_ACT(snapshot_begin)
{
    const char *name = op->args.name, *text = op->args.text ? op->args.text : "";
    if (strlen(name) <= 255 && sim_text_printable(name) && strlen(text) <= 511 && sim_text_valid(text))
        return VJOB_OK;
    return sim_say(why, VJOB_EINVAL, sim_vm_label(op->vm),
                   "a snapshot's name must have at most 255 bytes of UTF-8, "
                   "its description at most 511");
}

SIM_ACT(snapshot)
{
    vjob_vm *vm = op->vm;
    sim_snapshot *parent = vm->snapshots ? vm->snapshots->current : NULL;
    sim_snapshot *made =
        sim_snapshot_take(vm, parent, op->args.name, op->args.text ? op->args.text : "", NULL);
    if (!made) return sim_say(why, VJOB_ENOMEM, vm->name, "no memory for a snapshot of VM \"%s\"", vm->name);
    made->created_ns = vjob__world_now();
    if (op->flags & VJOB_OPF_NO_MEMORY) {
        made->state = VJOB_VM_STOPPED;
        sim_variables_release(made->variables);
        made->variables = NULL;
    }
    vm->snapshots->current = made;
    memcpy(op->made_snapshot, made->uuid, SIM_UUID_SIZE);
    sim_post_vm(VJOB_CHANGE_SNAPSHOTS, vm, VJOB_OP_SNAPSHOT, made->uuid);
    return VJOB_OK;
}

/* ---- switch ---- */

static vjob_vm_state target_state(const sim_op *op, const sim_snapshot *to)
{
    int lives = to->state == VJOB_VM_RUNNING || to->state == VJOB_VM_PAUSED;
    return lives && op->flags & VJOB_OPF_SKIP_RESUME ? VJOB_VM_STOPPED : (vjob_vm_state)to->state;
}

static int holds_memory(vjob_vm_state state)
{
    return state == VJOB_VM_RUNNING || state == VJOB_VM_PAUSED;
}

SIM_ACT(switch_begin)
{
    sim_snapshot *to;
    vjob_err err = find(op, &to, why);
    if (err || !holds_memory(target_state(op, to))) return err;
    uint32_t want = to->config->memory_mb, held = op->vm->memory_held_mb;
    return want > held ? sim_op_reserve(op, op->vm->host, want - held, why) : VJOB_OK;
}

static void restore(vjob_vm *vm, const sim_snapshot *from)
{
    sim_config_release(vm->config);
    sim_extras_release(vm->extras);
    sim_files_release(vm->files);
    vm->config = sim_config_retain(from->config);
    vm->extras = sim_extras_retain(from->extras);
    vm->files = sim_files_retain(from->files);
    sim_variables_release(vm->variables);
    vm->variables = sim_variables_retain(from->variables);
    vm->revision++;
}

/* The running guest ends, another one is there: power off, then on as it was. */
SIM_ACT(switch)
{
    vjob_vm *vm = op->vm;
    sim_snapshot *to;
    vjob_err err = find(op, &to, why);
    if (err) return err;
    vjob_vm_state state = target_state(op, to);
    sim_guest_down(vm, VJOB_OP_SWITCH_SNAPSHOT);
    vm->started_ns = vm->ran_ns = 0;
    if (sim_vm_state(vm) != state || holds_memory(state))
        sim_change_state(vm, VJOB_VM_STOPPED, VJOB_OP_SWITCH_SNAPSHOT);
    restore(vm, to);
    sim_op_unreserve(op);
    sim_vm_hold_memory(vm, holds_memory(state) ? vm->config->memory_mb : 0);
    vm->snapshots->current = to;
    vm->tools_kept = to->tools;
    vm->tools = to->tools == VJOB_TOOLS_NOT_INSTALLED ? VJOB_TOOLS_NOT_INSTALLED : VJOB_TOOLS_STOPPED;
    if (state == VJOB_VM_STOPPED) sim_variables_drop(vm, SIM_VARIABLES_ALL);
    sim_change_state(vm, state, VJOB_OP_SWITCH_SNAPSHOT);
    if (holds_memory(state)) vm->started_ns = vjob__world_now();
    sim_post_vm(VJOB_CHANGE_CONFIG, vm, VJOB_OP_SWITCH_SNAPSHOT, NULL);
    sim_post_vm(VJOB_CHANGE_SNAPSHOTS, vm, VJOB_OP_SWITCH_SNAPSHOT, to->uuid);
    if (holds_memory(state)) sim_guest_wake(vm, VJOB_OP_SWITCH_SNAPSHOT);
    if (state == VJOB_VM_PAUSED) sim_guest_freeze(vm);
    return VJOB_OK;
}

/* ---- delete ---- */

SIM_ACT(delete_snapshot_begin)
{
    sim_snapshot *snapshot;
    return find(op, &snapshot, why);
}

SIM_ACT(delete_snapshot)
{
    vjob_vm *vm = op->vm;
    sim_snapshot *snapshot;
    vjob_err err = find(op, &snapshot, why);
    if (err) return err;
    char uuid[SIM_UUID_SIZE];
    memcpy(uuid, snapshot->uuid, sizeof uuid);
    sim_snapshot_remove(vm->snapshots, snapshot, (op->flags & VJOB_OPF_CHILDREN) != 0);
    sim_post_vm(VJOB_CHANGE_SNAPSHOTS, vm, VJOB_OP_DELETE_SNAPSHOT, uuid);
    return VJOB_OK;
}
