/* act_host.c - what a host does: logins, lists, and which VMs it knows. */
#include <stdio.h>
#include <stdlib.h>

#include "act.h"
#include "change.h"

/* A wrong password is noticed at once and told when the operation ends. */
SIM_ACT(login_begin)
{
    const vjob_host *host = op->host;
    const char *user = op->request->name ? op->request->name : "";
    const char *password = op->request->text ? op->request->text : "";
    if (op->flags & VJOB_OPF_TRUSTED || host->n_users == 0 ||
        sim_logins_allow(host->users, host->n_users, user, password))
        return VJOB_OK;
    op->fault = sim_say(why, VJOB_EAUTH, host->name, "host \"%s\" has no user \"%s\" with this password",
                        host->name, user);
    op->text = sim_dup(why->text);
    return VJOB_OK;
}

SIM_ACT(list)
{
    const vjob_host *host = op->host;
    vjob_vm **vms = malloc((host->n_vms + 1) * sizeof *vms);
    if (!vms) return sim_say(why, VJOB_ENOMEM, host->name, "no memory for a list of VMs");
    size_t n = 0;
    for (size_t i = 0; i < host->n_slots; i++)
        if (host->slots[i]) vms[n++] = vjob_vm_retain(host->slots[i]);
    op->result.vms = vms;
    op->result.n_vms = n;
    return VJOB_OK;
}

/* ---- known and unknown VMs ---- */

static vjob_err find_shelved(const sim_op *op, vjob_vm **out_vm, sim_why *why)
{
    const char *path = op->args.path;
    vjob_vm *vm = sim_registry_by_path(sim_world_now, op->host, path);
    if (!vm || vm->where == SIM_PENDING)
        return sim_say(why, VJOB_ENOENT, path, "host \"%s\" has no files of a VM at \"%s\"", op->host->name,
                       path);
    if (vm->where == SIM_REGISTERED)
        return sim_say(why, VJOB_EEXIST, path, "\"%s\" is registered already, as VM \"%s\"", path, vm->name);
    *out_vm = vm;
    return VJOB_OK;
}

SIM_ACT(register_begin)
{
    vjob_vm *vm;
    return find_shelved(op, &vm, why);
}

SIM_ACT(register)
{
    vjob_vm *vm = NULL;
    vjob_err err = find_shelved(op, &vm, why);
    if (!err) err = sim_registry_unshelve(sim_world_now, vm, why);
    if (err) return err;
    op->made_vm = vjob_vm_retain(vm);
    sim_post_vm(VJOB_CHANGE_ADDED, vm, VJOB_OP_REGISTER, NULL);
    return VJOB_OK;
}

SIM_ACT(unregister)
{
    vjob_vm *vm = op->vm;
    if (sim_registry_shelve(sim_world_now, vm) != VJOB_OK)
        return sim_say(why, VJOB_ENOMEM, sim_vm_label(vm), "no memory to unregister VM \"%s\"",
                       sim_vm_label(vm));
    sim_post_vm(VJOB_CHANGE_REMOVED, vm, VJOB_OP_UNREGISTER, NULL);
    return VJOB_OK;
}

void sim_vm_forget(vjob_vm *vm, vjob_op op)
{
    vjob_host *host = vjob_host_retain(vm->host);
    vjob_vm_state state = sim_vm_state(vm);
    sim_registry_delete(sim_world_now, vm);
    sim_post((vjob_change_info){
        .change = VJOB_CHANGE_DELETED, .host = host, .vm = vm, .op = op, .old_state = state, .state = state});
    vjob_host_release(host);
}

SIM_ACT(delete)
{
    (void)why;
    sim_vm_forget(op->vm, VJOB_OP_DELETE);
    return VJOB_OK;
}
