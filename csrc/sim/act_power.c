/* act_power.c - what power operations do beyond changing states (that is arrive() in operation.c). */
#include <stdio.h>

#include "act.h"
#include "change.h"
#include "guest.h"
#include "variables.h"

SIM_ACT(drop)
{
    (void)why;
    op->vm->tools_kept = VJOB_TOOLS_STOPPED;
    sim_variables_drop(op->vm, SIM_VARIABLES_ALL);
    return VJOB_OK;
}

SIM_ACT(install_tools)
{
    (void)why;
    sim_guest_set_tools(op->vm, VJOB_TOOLS_RUNNING, VJOB_OP_INSTALL_TOOLS);
    return VJOB_OK;
}

/* ---- to another host ---- */

static int needs_memory(const vjob_vm *vm)
{
    return vm->memory_held_mb > 0;
}

SIM_ACT(migrate_begin)
{
    const vjob_vm *vm = op->vm;
    vjob_host *to = op->host;
    if (to->gone)
        return sim_say(why, VJOB_ECONNECT, to->name, "host \"%s\" does not exist any more", to->name);
    if (to == vm->host)
        return sim_say(why, VJOB_EINVAL, vm->name, "VM \"%s\" is on host \"%s\" already", vm->name, to->name);
    if (to->is_private || vm->host->is_private)
        return sim_say(why, VJOB_EINVAL, vm->name, "VM \"%s\" cannot leave or enter a private host",
                       vm->name);
    if (vm->config->cpus > to->cpus)
        return sim_say(why, VJOB_ERESOURCE, vm->name, "VM \"%s\" has %u cpus; host \"%s\" has %u", vm->name,
                       vm->config->cpus, to->name, to->cpus);
    return needs_memory(vm) ? sim_op_reserve(op, to, vm->config->memory_mb, why) : VJOB_OK;
}

SIM_ACT(migrate)
{
    vjob_vm *vm = op->vm;
    vjob_host *from = vjob_host_retain(vm->host);
    vjob_vm_state state = sim_vm_state(vm);
    uint32_t held_mb = vm->memory_held_mb;
    uint64_t now = vjob__world_now();
    int runs = state == VJOB_VM_RUNNING;
    if (runs) sim_vm_leave_running(vm, now);
    sim_vm_hold_memory(vm, 0);
    vjob_err err = sim_registry_move(sim_world_now, vm, op->host, why);
    if (!err) sim_op_unreserve(op);
    sim_vm_hold_memory(vm, held_mb);
    if (runs) sim_vm_join_running(vm, now);
    if (!err) {
        vm->cause = VJOB_OP_MIGRATE;
        vm->undone = 0;
        sim_post((vjob_change_info){.change = VJOB_CHANGE_REMOVED,
                                    .host = from,
                                    .vm = vm,
                                    .op = VJOB_OP_MIGRATE,
                                    .old_state = state,
                                    .state = state});
        sim_post_vm(VJOB_CHANGE_ADDED, vm, VJOB_OP_MIGRATE, NULL);
    }
    vjob_host_release(from);
    return err;
}
