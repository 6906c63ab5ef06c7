/* next.c - what will be of a VM: its next configuration, whether it is forgotten, started by itself; its runs. */
#include <string.h>

#include "act.h"
#include "change.h"

void sim_vm_number_run(vjob_vm *vm)
{
    const vjob_vm_state state = sim_vm_state(vm);
    if (state == VJOB_VM_STOPPED || state == VJOB_VM_SUSPENDED)
        vm->run = 0;
    else if (!vm->run)
        vm->run = ++vm->host->runs;
}

/* Everybody was told of the next configuration when it was asked for. */
static void take_next(vjob_vm *vm)
{
    if (!vm->next_config) return;
    sim_config_release(vm->config);
    vm->config = vm->next_config;
    vm->next_config = NULL;
    if (vm->next_extras) {
        sim_extras_release(vm->extras);
        vm->extras = vm->next_extras;
        vm->next_extras = NULL;
    }
    vm->revision++;
}

void sim_vm_went_down(vjob_vm *vm, vjob_op op)
{
    if (vm->transient)
        sim_vm_forget(vm, op);
    else
        take_next(vm);
}

/* World. */
static vjob_err check_here(const vjob_vm *vm)
{
    sim_why why = {0};
    const vjob_err err = sim_vm_check_here(vm, &why);
    return err ? sim_fail(err, &why) : VJOB_OK;
}

vjob_err vjob_vm_set_transient(vjob_vm *vm, int on)
{
    if (!vm) return vjob_fail(VJOB_EINVAL, NULL, NULL, "vm is missing");
    const int entered = sim_enter();
    const vjob_err err = check_here(vm);
    if (!err && vm->transient != !!on) {
        vm->transient = !!on;
        sim_post_vm(VJOB_CHANGE_PERSISTENCE, vm, VJOB_OP_NONE, NULL);
        if (on && sim_vm_state(vm) == VJOB_VM_STOPPED && !vm->op) sim_vm_forget(vm, VJOB_OP_NONE);
    }
    sim_leave(entered);
    return err;
}

vjob_err vjob_vm_set_autostart(vjob_vm *vm, int on)
{
    if (!vm) return vjob_fail(VJOB_EINVAL, NULL, NULL, "vm is missing");
    const int entered = sim_enter();
    const vjob_err err = check_here(vm);
    if (!err) vm->autostart = !!on;
    sim_leave(entered);
    return err;
}

vjob_err vjob_vm_get_next(vjob_vm *vm, vjob_space space, vjob_vm_config *out_config, vjob_obj **out_extra)
{
    if (out_config) *out_config = (vjob_vm_config){0};
    if (out_extra) *out_extra = NULL;
    if (!vm || (unsigned)space >= VJOB_SPACE_COUNT)
        return vjob_fail(VJOB_EINVAL, NULL, NULL, "vm is missing or there is no such space");
    const int entered = sim_enter();
    vjob_err err = vm->next_config ? VJOB_OK : VJOB_ENOENT;
    if (!err && out_config)
        err = sim_config_unpack(vm->next_config, vm->name, vm->uuid, vm->path, out_config);
    if (!err && out_extra && vm->next_extras && vm->next_extras->of[space])
        *out_extra = vjob_obj_retain(vm->next_extras->of[space]);
    sim_leave(entered);
    return err;
}

static vjob_err set_next(vjob_vm *vm, vjob_space space, vjob_obj *extra)
{
    if (sim_vm_state(vm) == VJOB_VM_STOPPED)
        return vjob_fail(VJOB_ESTATE, vm->name, "stopped",
                         "VM \"%s\" is stopped: it has no next start but this one", vm->name);
    sim_extras *fresh = sim_extras_with(vm->next_config ? vm->next_extras : vm->extras, space, extra);
    if (!fresh) return vjob_fail(VJOB_ENOMEM, vm->name, NULL, "no memory to keep an object with a VM");
    sim_extras_release(vm->next_extras);
    vm->next_extras = fresh;
    if (!vm->next_config) vm->next_config = sim_config_retain(vm->config);
    vm->revision++;
    return VJOB_OK;
}

vjob_err vjob_vm_set_next(vjob_vm *vm, vjob_space space, vjob_obj *extra)
{
    if (!vm || (unsigned)space >= VJOB_SPACE_COUNT)
        return vjob_fail(VJOB_EINVAL, NULL, NULL, "vm is missing or there is no such space");
    const int entered = sim_enter();
    vjob_err err = check_here(vm);
    if (!err) err = set_next(vm, space, extra);
    sim_leave(entered);
    return err;
}

void vjob_vm_forget_last(vjob_vm *vm)
{
    const int entered = sim_enter();
    vm->last_op = VJOB_OP_NONE;
    sim_leave(entered);
}

vjob_job *vjob_vm_current_job(vjob_vm *vm)
{
    vjob_job *job = NULL;
    const int entered = sim_enter();
    if (vm && vm->op) {
        job = vm->op->job;
        vjob_obj_retain(&job->obj);
    }
    sim_leave(entered);
    return job;
}
