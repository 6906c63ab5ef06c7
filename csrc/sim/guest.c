/* guest.c - a guest boots, its tools come up, it goes down. */
#include "guest.h"

#include <stdlib.h>

#include "change.h"
#include "operation.h"

#define DEFAULT_BOOT_NS (2 * NS_PER_S)

static const sim_guest default_guest = {.tools = 1, .boot_ns = DEFAULT_BOOT_NS, .console_user = ""};

sim_guest *sim_guest_new(void)
{
    sim_guest *guest = calloc(1, sizeof *guest);
    if (!guest) return NULL;
    *guest = default_guest;
    guest->refs = 1;
    return guest;
}

sim_guest *sim_guest_retain(sim_guest *guest)
{
    if (guest) __atomic_fetch_add(&guest->refs, 1, __ATOMIC_RELAXED);
    return guest;
}

void sim_guest_release(sim_guest *guest)
{
    if (!guest || __atomic_fetch_sub(&guest->refs, 1, __ATOMIC_ACQ_REL) != 1) return;
    sim_arena_free(&guest->arena);
    free(guest);
}

const sim_guest *sim_guest_of(const vjob_vm *vm)
{
    return vm->guest ? vm->guest : &default_guest;
}

/* ---- tools ---- */

void sim_guest_set_tools(vjob_vm *vm, vjob_tools_state tools, vjob_op op)
{
    if (vm->tools == tools) return;
    vjob__timer_cancel(&vm->boot);
    vm->tools = (uint8_t)tools;
    sim_post_vm(VJOB_CHANGE_TOOLS, vm, op, NULL);
}

void sim_guest_booted(vjob_timer *timer)
{
    vjob_vm *vm = (vjob_vm *)((char *)timer - offsetof(vjob_vm, boot));
    sim_guest_set_tools(vm, VJOB_TOOLS_RUNNING, VJOB_OP_NONE);
}

void sim_guest_boot(vjob_vm *vm, vjob_op op)
{
    if (vm->tools == VJOB_TOOLS_NOT_INSTALLED) return;
    sim_guest_set_tools(vm, VJOB_TOOLS_STOPPED, op);
    vjob__timer_set(&vm->boot, vjob__world_now() + sim_guest_of(vm)->boot_ns);
}

void sim_guest_down(vjob_vm *vm, vjob_op op)
{
    vjob__timer_cancel(&vm->boot);
    vm->boot_left_ns = 0;
    vm->downs++;
    sim_guest_end_programs(vm);
    if (vm->tools == VJOB_TOOLS_RUNNING) sim_guest_set_tools(vm, VJOB_TOOLS_STOPPED, op);
}

void sim_guest_wake(vjob_vm *vm, vjob_op op)
{
    if (vm->tools == VJOB_TOOLS_NOT_INSTALLED) return;
    if (vm->tools_kept == VJOB_TOOLS_RUNNING)
        sim_guest_set_tools(vm, VJOB_TOOLS_RUNNING, op);
    else
        sim_guest_boot(vm, op);
}

/* ---- pause ---- */

void sim_guest_freeze(vjob_vm *vm)
{
    uint64_t due = vm->boot.due_ns, now = vjob__world_now();
    if (vjob__timer_cancel(&vm->boot)) vm->boot_left_ns = (due > now ? due - now : 0) + 1;
    sim_guest_freeze_programs(vm);
}

void sim_guest_thaw(vjob_vm *vm)
{
    if (vm->boot_left_ns) vjob__timer_set(&vm->boot, vjob__world_now() + vm->boot_left_ns - 1);
    vm->boot_left_ns = 0;
    sim_guest_thaw_programs(vm);
}

vjob_err sim_guest_check_up(const vjob_vm *vm, const char *verb, sim_why *why)
{
    vjob_vm_state state = sim_vm_state(vm);
    if (state != VJOB_VM_RUNNING)
        return sim_say(why, VJOB_ESTATE, vm->name, "VM \"%s\" is %s; %s needs a running VM", vm->name,
                       vjob_vm_state_name(state), verb);
    if (vm->tools == VJOB_TOOLS_RUNNING) return VJOB_OK;
    return sim_say(why, VJOB_ENOTOOLS, vm->name, "the tools of VM \"%s\" are %s; %s needs them running",
                   vm->name, vm->tools == VJOB_TOOLS_STOPPED ? "not up yet" : "not installed", verb);
}
