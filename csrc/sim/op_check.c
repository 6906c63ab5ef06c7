/* op_check.c - may an operation begin? States, tools, turns, memory, and failures that were ordered. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "operation.h"

/* What an event or log line about this op is about. */
vjob_vm *sim_op_subject(const sim_op *op)
{
    return op->made_vm ? op->made_vm : op->vm;
}

const char *sim_op_label(const sim_op *op)
{
    vjob_vm *vm = sim_op_subject(op);
    return vm ? sim_vm_label(vm) : op->network ? op->network->name : op->host ? op->host->name : NULL;
}

vjob_host *sim_op_place(const sim_op *op)
{
    vjob_vm *vm = sim_op_subject(op);
    return vm ? vm->host : op->network ? op->network->host : op->host;
}

/* ---- memory ---- */

vjob_err sim_op_reserve(sim_op *op, vjob_host *host, uint32_t memory_mb, sim_why *why)
{
    uint64_t left = host->memory_mb > host->memory_used_mb ? host->memory_mb - host->memory_used_mb : 0;
    if (memory_mb > left)
        return sim_say(why, VJOB_ERESOURCE, sim_op_label(op),
                       "VM \"%s\" needs %u MB; host \"%s\" has %llu of %llu MB left", sim_op_label(op),
                       memory_mb, host->name, (unsigned long long)left, (unsigned long long)host->memory_mb);
    op->reserved_on = vjob_host_retain(host);
    op->reserved_mb = memory_mb;
    host->memory_used_mb += memory_mb;
    return VJOB_OK;
}

void sim_op_unreserve(sim_op *op)
{
    if (!op->reserved_on) return;
    op->reserved_on->memory_used_mb -= op->reserved_mb;
    vjob_host_release(op->reserved_on);
    op->reserved_on = NULL;
}

/* ---- why not ---- */

static void list_states(char *out, size_t cap, uint32_t states)
{
    size_t at = 0;
    out[0] = '\0';
    for (unsigned state = 0; states; state++) {
        if (!(states >> state & 1)) continue;
        states &= ~(1u << state);
        const char *join = at == 0 ? "a " : states ? ", " : " or ";
        at += (size_t)snprintf(out + at, cap - at, "%s%s", join, vjob_vm_state_name((vjob_vm_state)state));
    }
}

vjob_err sim_op_check_state(sim_op *op, sim_why *why)
{
    uint32_t states = sim_op_states((vjob_op)op->op, op->flags) | op->row->states;
    vjob_vm_state state = sim_vm_state(op->vm);
    op->result.state = state;
    if (states == 0 || states >> state & 1) return VJOB_OK;
    char list[96];
    list_states(list, sizeof list, states);
    return sim_say(why, VJOB_ESTATE, sim_vm_label(op->vm), "VM \"%s\" is %s; %s needs %s VM",
                   sim_vm_label(op->vm), vjob_vm_state_name(state), vjob_op_name((vjob_op)op->op), list);
}

vjob_err sim_op_check_tools(sim_op *op, sim_why *why)
{
    if (!(op->row->flags & SIM_ROW_TOOLS) || op->vm->tools == VJOB_TOOLS_RUNNING) return VJOB_OK;
    return sim_say(why, VJOB_ENOTOOLS, sim_vm_label(op->vm),
                   "the tools of VM \"%s\" are %s; %s needs them running", sim_vm_label(op->vm),
                   op->vm->tools == VJOB_TOOLS_STOPPED ? "not up yet" : "not installed",
                   vjob_op_name((vjob_op)op->op));
}

vjob_err sim_op_say_busy(sim_op *op, sim_why *why)
{
    return sim_say(why, VJOB_EBUSY, sim_vm_label(op->vm),
                   "VM \"%s\" is busy: %s is under way; %s must wait for its end", sim_vm_label(op->vm),
                   vjob_op_name((vjob_op)op->vm->op->op), vjob_op_name((vjob_op)op->op));
}

/* ---- faults on order ---- */

static int fault_fits(const sim_fault *fault, const sim_op *op)
{
    if (fault->op != op->op && &sim_op_rows[fault->op] != op->row) return 0;
    vjob_vm *vm = sim_op_subject(op);
    return !fault->vm || (vm && (strcmp(fault->vm, vm->name) == 0 || strcmp(fault->vm, vm->uuid) == 0));
}

void sim_op_take_fault(sim_op *op)
{
    sim_fault **at = &sim_world_now->faults;
    while (*at && !fault_fits(*at, op)) at = &(*at)->next;
    sim_fault *fault = *at;
    if (!fault) return;
    op->fault = fault->err;
    if (--fault->count > 0) return;
    *at = fault->next;
    free(fault->vm);
    free(fault);
}
