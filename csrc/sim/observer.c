/* observer.c - who hears of changes, and how a change gets its number. */
#include <stdlib.h>

#include "change.h"
#include "operation.h"

struct vjob_observer {
    vjob_observer *next;
    vjob_host *host; /* NULL: all */
    void (*fn)(const vjob_change_info *change, void *data);
    void *data;
};

/* In order of registration. They belong to clients and outlive worlds. */
static vjob_observer *observers, **last = &observers;

static const char *const change_names[VJOB_CHANGE_COUNT] = {
    "none",    "state",    "started", "stopped",    "paused",      "continued", "suspended",
    "resumed", "reset",    "added",   "removed",    "deleted",     "config",    "snapshots",
    "tools",   "progress", "network", "statistics", "persistence",
};
static const char *const state_names[VJOB_VM_STATE_COUNT] = {
    "stopped",    "starting",  "running",  "pausing",  "paused",    "continuing",
    "suspending", "suspended", "resuming", "stopping", "resetting",
};

const char *vjob_change_name(vjob_change change)
{
    return (unsigned)change < VJOB_CHANGE_COUNT ? change_names[change] : "unknown";
}

const char *vjob_vm_state_name(vjob_vm_state state)
{
    return (unsigned)state < VJOB_VM_STATE_COUNT ? state_names[state] : "unknown";
}

vjob_err vjob_observer_add(vjob_host *host, void (*fn)(const vjob_change_info *change, void *data),
                           void *data, vjob_observer **out_observer)
{
    if (out_observer) *out_observer = NULL;
    if (!fn || !out_observer) return vjob_fail(VJOB_EINVAL, NULL, NULL, "fn or out_observer is missing");
    vjob_observer *observer = malloc(sizeof *observer);
    if (!observer) return vjob_fail(VJOB_ENOMEM, NULL, NULL, "no memory for an observer");
    *observer = (vjob_observer){.host = host ? vjob_host_retain(host) : NULL, .fn = fn, .data = data};
    vjob__world_lock();
    *last = observer;
    last = &observer->next;
    vjob__world_unlock();
    *out_observer = observer;
    return VJOB_OK;
}

void vjob_observer_remove(vjob_observer *observer)
{
    if (!observer) return;
    vjob__world_lock();
    vjob_observer **at = &observers;
    while (*at != observer) at = &(*at)->next;
    *at = observer->next;
    if (last == &observer->next) last = at;
    vjob__world_unlock();
    if (observer->host) vjob_host_release(observer->host);
    free(observer);
}

/* ---- posting ---- */

static const char *tools_names[] = {"not_installed", "stopped", "running"};

/* What the log shows as the state: the one that this change is about. */
static const char *shown_state(const vjob_change_info *info)
{
    switch (info->change) {
    case VJOB_CHANGE_TOOLS: return tools_names[info->vm->tools];
    case VJOB_CHANGE_NETWORK: return info->state ? "active" : "inactive";
    case VJOB_CHANGE_SNAPSHOTS: return info->text;
    default: return info->vm ? vjob_vm_state_name(info->state) : NULL;
    }
}

void sim_post(vjob_change_info info)
{
    if (!info.host && info.vm) info.host = info.vm->host;
    const char *object = info.vm     ? sim_vm_label(info.vm)
                         : info.text ? info.text
                         : info.host ? info.host->name
                                     : NULL;
    int progress = info.change == VJOB_CHANGE_PROGRESS ? (int)info.progress : -1;
    info.time_ns = vjob__world_now();
    info.seq = vjob__world_event(change_names[info.change], object, shown_state(&info), progress, info.op);
    for (vjob_observer *observer = observers; observer; observer = observer->next)
        if (observer->host ? observer->host == info.host : !(info.host && info.host->is_private))
            observer->fn(&info, observer->data);
}

void sim_post_vm(vjob_change change, vjob_vm *vm, vjob_op op, const char *text)
{
    vjob_vm_state state = sim_vm_state(vm);
    sim_post((vjob_change_info){
        .change = change, .vm = vm, .op = op, .old_state = state, .state = state, .text = text});
}

static void change_state(vjob_vm *vm, vjob_vm_state state, vjob_op op, int undone)
{
    vjob_vm_state old = sim_vm_state(vm);
    if (old == state) return;
    /* starting a suspended VM is resuming it */
    vm->cause = (uint8_t)(op == VJOB_OP_START && vm->op ? vm->op->row - sim_op_rows : op);
    vm->undone = (uint8_t)undone;
    vm->cause_flags = vm->op ? vm->op->flags : 0;
    sim_vm_put_state(vm, state);
    sim_post((vjob_change_info){
        .change = VJOB_CHANGE_STATE, .vm = vm, .op = op, .old_state = old, .state = state});
}

void sim_change_state(vjob_vm *vm, vjob_vm_state state, vjob_op op)
{
    change_state(vm, state, op, 0);
}

void sim_change_back(vjob_vm *vm, vjob_vm_state state, vjob_op op)
{
    change_state(vm, state, op, 1);
}
