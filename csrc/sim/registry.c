/* registry.c - which VM is where, and under which names it is found. */
#include <stdlib.h>
#include <string.h>

#include "model.h"

typedef struct key {
    const vjob_host *host;
    const char *text;
} key;

static int same_name(const void *item, const void *k)
{
    const vjob_vm *vm = item;
    const key *want = k;
    return vm->host == want->host && strcmp(vm->name, want->text) == 0;
}

static int same_path(const void *item, const void *k)
{
    const vjob_vm *vm = item;
    const key *want = k;
    return vm->host == want->host && strcmp(vm->path, want->text) == 0;
}

/* A uuid is known in a realm: all public hosts, or one private host. */
static int same_uuid(const void *item, const void *k)
{
    const vjob_vm *vm = item;
    const key *want = k;
    int here = want->host->is_private ? vm->host == want->host : !vm->host->is_private;
    return here && strcmp(vm->uuid, want->text) == 0;
}

static uint32_t uuid_hash(const vjob_host *host, const char *uuid)
{
    return sim_hash(host->is_private ? host->salt : 0, uuid);
}

vjob_vm *sim_registry_by_name(const sim_world *world, const vjob_host *host, const char *name)
{
    return sim_index_find(&world->by_name, sim_hash(host->salt, name), same_name, &(key){host, name});
}

vjob_vm *sim_registry_by_path(const sim_world *world, const vjob_host *host, const char *path)
{
    return sim_index_find(&world->by_path, sim_hash(host->salt, path), same_path, &(key){host, path});
}

vjob_vm *sim_registry_by_uuid(const sim_world *world, const vjob_host *host, const char *uuid)
{
    return sim_index_find(&world->by_uuid, uuid_hash(host, uuid), same_uuid, &(key){host, uuid});
}

/* ---- names taken and given back ---- */

static vjob_err name_free(const sim_world *world, const vjob_host *host, const char *name, sim_why *why)
{
    if (!sim_registry_by_name(world, host, name)) return VJOB_OK;
    return sim_say(why, VJOB_EEXIST, name, "host \"%s\" already has a VM named \"%s\"; choose another name",
                   host->name, name);
}

static vjob_err path_free(const sim_world *world, const vjob_host *host, const char *path, sim_why *why)
{
    const vjob_vm *other = sim_registry_by_path(world, host, path);
    if (!other) return VJOB_OK;
    if (other->where == SIM_SHELVED)
        return sim_say(why, VJOB_EEXIST, path,
                       "\"%s\" holds the files of an unregistered VM; register it, or "
                       "choose another path",
                       path);
    return sim_say(why, VJOB_EEXIST, path, "\"%s\" is the path of VM \"%s\"; choose another path", path,
                   other->name);
}

static vjob_err uuid_free(sim_world *world, vjob_vm *vm, sim_why *why)
{
    if (!vm->uuid_made) {
        const vjob_vm *other = sim_registry_by_uuid(world, vm->host, vm->uuid);
        if (!other) return VJOB_OK;
        return sim_say(why, VJOB_EEXIST, vm->uuid, "uuid %s belongs to VM \"%s\"", vm->uuid, other->name);
    }
    /* Two hosts may have VMs of one name: the later one gets the next number. */
    for (uint64_t number = 1; sim_registry_by_uuid(world, vm->host, vm->uuid); number++)
        sim_uuid_make(vm->uuid, SIM_UUID_VM, world->vm_count + number, vm->name);
    return VJOB_OK;
}

static void put_name(sim_world *world, vjob_vm *vm)
{
    vm->named = 1;
    sim_index_put(&world->by_name, sim_hash(vm->host->salt, vm->name), vm);
}

static void drop_name(sim_world *world, vjob_vm *vm)
{
    if (vm->named) sim_index_drop(&world->by_name, sim_hash(vm->host->salt, vm->name), vm);
    vm->named = 0;
}

static void put_path(sim_world *world, vjob_vm *vm)
{
    sim_index_put(&world->by_path, sim_hash(vm->host->salt, vm->path), vm);
}

static void drop_path(sim_world *world, vjob_vm *vm)
{
    sim_index_drop(&world->by_path, sim_hash(vm->host->salt, vm->path), vm);
}

static void drop_uuid(sim_world *world, vjob_vm *vm)
{
    sim_index_drop(&world->by_uuid, uuid_hash(vm->host, vm->uuid), vm);
}

vjob_err sim_registry_reserve(sim_world *world, vjob_vm *vm, int listed, sim_why *why)
{
    vjob_err err = listed ? name_free(world, vm->host, vm->name, why) : VJOB_OK;
    if (!err) err = path_free(world, vm->host, vm->path, why);
    if (!err) err = uuid_free(world, vm, why);
    if (!err) err = sim_index_reserve(&world->by_name, 1);
    if (!err) err = sim_index_reserve(&world->by_path, 1);
    if (!err) err = sim_index_reserve(&world->by_uuid, 1);
    if (err) return err;
    if (listed) put_name(world, vm);
    put_path(world, vm);
    sim_index_put(&world->by_uuid, uuid_hash(vm->host, vm->uuid), vm);
    return VJOB_OK;
}

void sim_registry_drop_keys(sim_world *world, vjob_vm *vm)
{
    drop_name(world, vm);
    drop_path(world, vm);
    drop_uuid(world, vm);
}

static void forget(vjob_vm *vm)
{
    vjob_host *host = vm->host;
    vm->where = SIM_GONE;
    vm->host = NULL;
    vjob_host_release(host);
}

void sim_registry_abandon(sim_world *world, vjob_vm *vm)
{
    sim_registry_drop_keys(world, vm);
    forget(vm);
}

/* ---- lists ---- */

static int grow(vjob_vm ***array, size_t *cap, size_t need)
{
    if (need <= *cap) return 1;
    size_t more = *cap ? *cap * 2 : 8;
    if (more < need) more = need;
    vjob_vm **grown = realloc(*array, more * sizeof **array);
    if (!grown) return 0;
    *array = grown;
    *cap = more;
    return 1;
}

static void close_holes(vjob_host *host)
{
    size_t n = 0;
    for (size_t i = 0; i < host->n_slots; i++) {
        if (!host->slots[i]) continue;
        host->slots[i]->slot = (uint32_t)n;
        host->slots[n++] = host->slots[i];
    }
    host->n_slots = n;
}

vjob_err sim_registry_room(vjob_host *host, size_t listed, size_t shelved)
{
    int ok = grow(&host->slots, &host->cap_slots, host->n_slots + listed) &&
             grow(&host->shelf, &host->cap_shelf, host->n_shelf + shelved);
    return ok ? VJOB_OK : VJOB_ENOMEM;
}

vjob_err sim_registry_list(vjob_vm *vm)
{
    vjob_host *host = vm->host;
    if (!grow(&host->slots, &host->cap_slots, host->n_slots + 1)) return VJOB_ENOMEM;
    vm->slot = (uint32_t)host->n_slots;
    vm->where = SIM_REGISTERED;
    host->slots[host->n_slots++] = vjob_vm_retain(vm);
    host->n_vms++;
    return VJOB_OK;
}

/* The reference of the list goes to the caller. */
static void unlist(vjob_vm *vm)
{
    vjob_host *host = vm->host;
    host->slots[vm->slot] = NULL;
    host->n_vms--;
    if (host->n_slots > 16 && host->n_vms < host->n_slots / 2) close_holes(host);
}

vjob_err sim_registry_shelve(sim_world *world, vjob_vm *vm)
{
    vjob_host *host = vm->host;
    if (!grow(&host->shelf, &host->cap_shelf, host->n_shelf + 1)) return VJOB_ENOMEM;
    if (vm->where == SIM_REGISTERED)
        unlist(vm);
    else
        vjob_vm_retain(vm);
    drop_name(world, vm);
    vm->where = SIM_SHELVED;
    host->shelf[host->n_shelf++] = vm;
    return VJOB_OK;
}

static void take_from_shelf(vjob_vm *vm)
{
    vjob_host *host = vm->host;
    size_t i = 0;
    while (host->shelf[i] != vm) i++;
    host->n_shelf--;
    memmove(&host->shelf[i], &host->shelf[i + 1], (host->n_shelf - i) * sizeof *host->shelf);
}

vjob_err sim_registry_unshelve(sim_world *world, vjob_vm *vm, sim_why *why)
{
    vjob_err err = name_free(world, vm->host, vm->name, why);
    if (!err) err = sim_index_reserve(&world->by_name, 1);
    if (!err) err = sim_registry_list(vm);
    if (err) return err;
    put_name(world, vm);
    take_from_shelf(vm);
    vjob_vm_release(vm);
    return VJOB_OK;
}

void sim_registry_delete(sim_world *world, vjob_vm *vm)
{
    if (vm->where == SIM_REGISTERED)
        unlist(vm);
    else
        take_from_shelf(vm);
    sim_registry_drop_keys(world, vm);
    forget(vm);
    vjob_vm_release(vm);
}

vjob_err sim_registry_move(sim_world *world, vjob_vm *vm, vjob_host *to, sim_why *why)
{
    vjob_err err = name_free(world, to, vm->name, why);
    if (!err) err = path_free(world, to, vm->path, why);
    if (err) return err;
    if (!grow(&to->slots, &to->cap_slots, to->n_slots + 1)) return VJOB_ENOMEM;
    vjob_host *from = vm->host;
    drop_name(world, vm);
    drop_path(world, vm);
    unlist(vm);
    vm->host = vjob_host_retain(to);
    put_name(world, vm);
    put_path(world, vm);
    (void)sim_registry_list(vm); /* has room */
    vjob_vm_release(vm);
    vjob_host_release(from);
    return VJOB_OK;
}

vjob_err sim_registry_rename(sim_world *world, vjob_vm *vm, const char *name, sim_why *why)
{
    vjob_err err = name_free(world, vm->host, name, why);
    if (err) return err;
    drop_name(world, vm);
    err = sim_vm_put_name(vm, name);
    put_name(world, vm);
    return err;
}
