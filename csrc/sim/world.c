/* world.c - the one world: its beginning, its end, and where it comes from. */
#include <stdlib.h>
#include <string.h>

#include "guest.h"
#include "inventory.h"
#include "model.h"
#include "operation.h"

sim_world *sim_world_now; /* world; NULL before the first use and after a reset */

sim_world *sim_world_new(void)
{
    sim_world *world = calloc(1, sizeof *world);
    for (int op = 0; world && op < VJOB_OP_COUNT; op++)
        world->timing[op] = (sim_timing){.duration_ns = sim_op_rows[op].duration_ms * NS_PER_MS,
                                         .progress_steps = sim_op_rows[op].progress_steps};
    return world;
}

/* ---- end ---- */

static void forget_vm(vjob_vm *vm)
{
    vjob_host *host = vm->host;
    vjob__timer_cancel(&vm->boot);
    sim_guest_end_programs(vm);
    vm->where = SIM_GONE;
    vm->host = NULL;
    vm->run_prev = vm->run_next = NULL;
    vm->memory_held_mb = 0;
    vjob_host_release(host);
    vjob_vm_release(vm);
}

void sim_host_empty(vjob_host *host)
{
    for (size_t i = 0; i < host->n_slots; i++)
        if (host->slots[i]) forget_vm(host->slots[i]);
    for (size_t i = 0; i < host->n_shelf; i++) forget_vm(host->shelf[i]);
    host->n_slots = host->n_vms = host->n_shelf = 0;
    sim_host_cut_networks(host, 0);
    host->run_first = host->run_last = NULL;
    host->gone = 1;
}

void sim_world_end(sim_world *world)
{
    while (world->ops) sim_op_abort(world->ops, VJOB_ECANCELLED, NULL);
    for (size_t i = 0; i < world->n_hosts; i++) sim_host_empty(world->hosts[i]);
    while (world->privates) { /* who opened one closes it later, and finds it gone */
        vjob_host *host = world->privates;
        world->privates = host->next_private;
        sim_host_empty(host);
        vjob_host_release(host);
    }
}

static void free_faults(sim_world *world)
{
    while (world->faults) {
        sim_fault *next = world->faults->next;
        free(world->faults->vm);
        free(world->faults);
        world->faults = next;
    }
}

void sim_world_free(sim_world *world)
{
    if (!world) return;
    for (size_t i = 0; i < world->n_hosts; i++) {
        vjob_host *host = world->hosts[i];
        if (!host->gone) sim_host_empty(host);
        vjob_host_release(host);
    }
    free(world->hosts);
    free_faults(world);
    sim_index_free(&world->by_name);
    sim_index_free(&world->by_uuid);
    sim_index_free(&world->by_path);
    free(world);
}

/* ---- beginning ---- */

/* Hosts have been up for days when the world begins, and whatever runs has been running since. */
static uint64_t boot_instant(const vjob_host *host, uint64_t now)
{
    uint64_t up = (86400 + vjob__mix(1, host->uuid) % (9 * 86400)) * NS_PER_S;
    return now > up ? now - up : now;
}

void sim_world_begin(sim_world *world)
{
    uint64_t now = vjob__world_now();
    for (size_t i = 0; i < world->n_hosts; i++) {
        vjob_host *host = world->hosts[i];
        if (host->booted_ns) continue;
        host->booted_ns = host->load.since_ns = boot_instant(host, now);
        for (size_t slot = 0; slot < host->n_slots; slot++) {
            vjob_vm *vm = host->slots[slot];
            if (vm && vm->memory_held_mb) vm->started_ns = host->booted_ns;
            if (vm && sim_vm_state(vm) == VJOB_VM_RUNNING) vm->run_since_ns = host->booted_ns;
        }
    }
    world->began = 1;
}

vjob_err sim_world_from_environment(sim_world **out_world, sim_why *why)
{
    const char *path = getenv("VJOB_INVENTORY");
    if (path && path[0]) {
        vjob_err err = sim_inventory_read_file(path, out_world, why);
        if (!err || !why->text[0]) return err;
        char reason[sizeof why->text];
        memcpy(reason, why->text, sizeof reason);
        return sim_say(why, err, path, "VJOB_INVENTORY: %.200s", reason);
    }
    return sim_inventory_read(sim_builtin_inventory, strlen(sim_builtin_inventory), "built-in inventory",
                              out_world, why);
}

static vjob_err need(sim_why *why)
{
    if (__atomic_load_n(&sim_world_now, __ATOMIC_ACQUIRE)) return VJOB_OK;
    sim_world *world = NULL;
    vjob_err err = sim_world_from_environment(&world, why);
    if (err) return err;
    vjob__world_lock();
    if (!sim_world_now) {
        __atomic_store_n(&sim_world_now, world, __ATOMIC_RELEASE);
        world = NULL;
    }
    vjob__world_unlock();
    sim_world_free(world); /* another thread was first */
    return VJOB_OK;
}

vjob_err sim_world_need(sim_why *why)
{
    if (__atomic_load_n(&sim_world_now, __ATOMIC_ACQUIRE)) return VJOB_OK;
    vjob_err err = vjob__engine_configure(); /* the seed decides ids */
    return err ? sim_say(why, err, NULL, "%s", vjob_last_error()->text) : need(why);
}

vjob_err vjob__sim_start(void)
{
    sim_why why = {0};
    vjob_err err = sim_fidelity_from_environment(&why);
    if (!err) err = need(&why);
    if (err) return sim_fail(err, &why);
    vjob__world_lock();
    if (!sim_world_now->began) sim_world_begin(sim_world_now);
    vjob__world_unlock();
    return VJOB_OK;
}

void vjob_sim_new_uuid(char out_uuid[40])
{
    static uint64_t count_without_world;
    int entered = sim_enter();
    uint64_t *count = sim_world_now ? &sim_world_now->uuid_count : &count_without_world;
    sim_uuid_make(out_uuid, SIM_UUID_OTHER, ++*count, "");
    sim_leave(entered);
}
