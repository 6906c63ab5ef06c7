/* build_vm.c - an entry of "vms" becomes VMs: hardware, guest, files, snapshots, state. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "build.h"
#include "guest.h"
#include "snapshot.h"

/* What the VMs of one entry share. */
typedef struct parts {
    sim_config *config;
    sim_guest *guest;
    sim_files *files;
} parts;

/* ---- hardware ---- */

static void fill_disks(const sim_spec_hardware *from, vjob_vm_config *to)
{
    static const sim_spec_disk standard = {8192, "", "ide"};
    const sim_spec_disk *disks = from->disks ? from->disks->items : &standard;
    for (size_t i = 0; i < to->n_disks; i++) {
        to->disks[i].size_mb = (uint64_t)disks[i].size_mb;
        sim_put(to->disks[i].image, sizeof to->disks[i].image, disks[i].image);
        sim_put(to->disks[i].bus, sizeof to->disks[i].bus, disks[i].bus);
    }
}

static vjob_err fill_nics(sim_builder *b, const vjob_host *host, const sim_spec_hardware *from,
                          vjob_vm_config *to)
{
    sim_spec_nic standard = {host->n_networks ? host->networks[0]->name : "", "", "e1000"};
    const sim_spec_nic *nics = from->nics ? from->nics->items : &standard;
    for (size_t i = 0; i < to->n_nics; i++) {
        if (!sim_host_network(host, nics[i].network)) {
            char what[48], reason[200];
            snprintf(what, sizeof what, ".nics[%zu].network", i);
            snprintf(reason, sizeof reason, "the host has no network \"%.100s\"", nics[i].network);
            return sim_build_refuse(b, what, reason);
        }
        sim_put(to->nics[i].network, sizeof to->nics[i].network, nics[i].network);
        sim_put(to->nics[i].mac, sizeof to->nics[i].mac, nics[i].mac);
        sim_put(to->nics[i].model, sizeof to->nics[i].model, nics[i].model);
    }
    return VJOB_OK;
}

static vjob_err make_config(sim_builder *b, const vjob_host *host, const sim_spec_hardware *from,
                            sim_config **out)
{
    vjob_vm_config to;
    sim_config_defaults(from->os, &to);
    to.cpus = (uint32_t)from->cpus;
    if (from->memory_mb) to.memory_mb = (uint32_t)from->memory_mb;
    if (from->video_mb >= 0) to.video_mb = (uint32_t)from->video_mb;
    to.n_disks = from->disks ? from->disks->n : 1;
    to.n_nics = from->nics ? from->nics->n : host->n_networks > 0;
    to.description = sim_dup(from->description);
    to.disks = calloc(to.n_disks + 1, sizeof *to.disks);
    to.nics = calloc(to.n_nics + 1, sizeof *to.nics);
    vjob_err err = to.disks && to.nics && (to.description || !from->description) ? VJOB_OK : VJOB_ENOMEM;
    if (!err && to.cpus > host->cpus) err = sim_build_refuse(b, ".cpus", "more than the host has");
    if (!err) fill_disks(from, &to);
    if (!err) err = fill_nics(b, host, from, &to);
    if (!err && !(*out = sim_config_pack(&to, NULL, NULL))) err = VJOB_ENOMEM;
    vjob_vm_config_clear(&to);
    return err;
}

/* ---- guest ---- */

static const char *text_in(sim_guest *guest, const char *text, int *failed)
{
    const char *copy = sim_arena_text(&guest->arena, text);
    *failed |= !copy;
    return copy;
}

static void *array_in(sim_guest *guest, size_t n, size_t size, int *failed)
{
    void *array = sim_arena_take(&guest->arena, n * size);
    *failed |= !array;
    return array;
}

static sim_pair *pairs_in(sim_guest *guest, json_t *from, size_t *out_n, int *failed)
{
    const char *name;
    json_t *value;
    size_t n = 0;
    sim_pair *pairs = array_in(guest, json_object_size(from), sizeof *pairs, failed);
    if (pairs)
        json_object_foreach(from, name, value) pairs[n++] =
            (sim_pair){text_in(guest, name, failed), text_in(guest, json_string_value(value), failed)};
    *out_n = n;
    return pairs;
}

static sim_guest *make_guest(const sim_spec_guest *from)
{
    int failed = 0;
    sim_guest *guest = sim_guest_new();
    if (!guest) return NULL;
    guest->tools = from->tools == 0;
    guest->boot_ns = (uint64_t)(from->boot_s * 1e9);
    guest->console_user = text_in(guest, from->console_user, &failed);
    guest->users = array_in(guest, from->users.n, sizeof *guest->users, &failed);
    guest->programs = array_in(guest, from->programs.n, sizeof *guest->programs, &failed);
    const sim_spec_login *users = from->users.items;
    for (size_t i = 0; !failed && i < from->users.n; i++)
        guest->users[guest->n_users++] =
            (sim_login){text_in(guest, users[i].name, &failed), text_in(guest, users[i].password, &failed)};
    const sim_spec_program *programs = from->programs.items;
    for (size_t i = 0; !failed && i < from->programs.n; i++)
        guest->programs[guest->n_programs++] =
            (sim_program){text_in(guest, programs[i].path, &failed), text_in(guest, programs[i].out, &failed),
                          text_in(guest, programs[i].errors, &failed), (int32_t)programs[i].exit_code,
                          (uint64_t)(programs[i].duration_s * 1e9)};
    guest->env = pairs_in(guest, from->env, &guest->n_env, &failed);
    guest->variables = pairs_in(guest, from->variables, &guest->n_variables, &failed);
    if (!failed) return guest;
    sim_guest_release(guest);
    return NULL;
}

static vjob_err put_files(sim_builder *b, vjob_vm *vm, json_t *files, const char *where)
{
    const char *path;
    json_t *value;
    json_object_foreach(files, path, value)
    {
        vjob_err err = sim_files_write(vm, path, json_string_value(value), json_string_length(value), 0, 1);
        if (err == VJOB_ENOMEM) return err;
        char what[120];
        snprintf(what, sizeof what, "%s[\"%.60s\"]", where, path);
        if (err)
            return sim_build_refuse(
                b, what, err == VJOB_ELIMIT ? "is too large" : "is no absolute path of a file in this guest");
    }
    return VJOB_OK;
}

/* ---- snapshots ---- */

static vjob_err fill_snapshot(sim_builder *b, vjob_vm *vm, sim_snapshot *made, const sim_spec_snapshot *spec)
{
    made->state = (uint8_t)sim_state_values[spec->state];
    made->created_ns = (uint64_t)spec->created_ns;
    made->tools = !sim_guest_of(vm)->tools ? VJOB_TOOLS_NOT_INSTALLED
                  : spec->state == 0       ? VJOB_TOOLS_STOPPED
                                           : VJOB_TOOLS_RUNNING;
    if (spec->config) {
        sim_config *config = NULL;
        vjob_err err = make_config(b, vm->host, spec->config, &config);
        if (err) return err;
        sim_config_release(made->config);
        made->config = config;
    }
    if (!spec->files) return VJOB_OK;
    /* Files are written through a VM: lend it the snapshot's tree. */
    sim_files *own = vm->files;
    vm->files = NULL;
    sim_files_release(made->files);
    vjob_err err = put_files(b, vm, spec->files, ".snapshots.files");
    made->files = vm->files;
    vm->files = own;
    return err;
}

static vjob_err add_snapshots(sim_builder *b, vjob_vm *vm, sim_snapshot *parent, const sim_list *list,
                              sim_snapshot **chosen)
{
    const sim_spec_snapshot *specs = list->items;
    for (size_t i = 0; i < list->n; i++) {
        const sim_spec_snapshot *spec = &specs[i];
        if (spec->uuid && sim_snapshot_find(vm->snapshots, spec->uuid))
            return sim_build_refuse(b, ".snapshots", "two snapshots of one VM have the same uuid");
        sim_snapshot *made = sim_snapshot_take(vm, parent, spec->name, spec->description, spec->uuid);
        if (!made) return VJOB_ENOMEM;
        vjob_err err = fill_snapshot(b, vm, made, spec);
        if (err) return err;
        if (spec->current && *chosen)
            return sim_build_refuse(b, ".snapshots", "two snapshots of one VM are \"current\"");
        if (spec->current) *chosen = made;
        if (!*chosen) vm->snapshots->current = made;
        err = add_snapshots(b, vm, made, &spec->children, chosen);
        if (err) return err;
    }
    return VJOB_OK;
}

static vjob_err make_snapshots(sim_builder *b, vjob_vm *vm, const sim_list *list)
{
    sim_snapshot *chosen = NULL;
    vjob_err err = add_snapshots(b, vm, NULL, list, &chosen);
    if (!err && chosen) vm->snapshots->current = chosen;
    return err;
}

/* ---- one VM ---- */

static vjob_err set_state(sim_builder *b, vjob_vm *vm, vjob_vm_state state)
{
    vjob_host *host = vm->host;
    vm->state = (uint8_t)state;
    vm->tools = sim_guest_of(vm)->tools ? VJOB_TOOLS_STOPPED : VJOB_TOOLS_NOT_INSTALLED;
    int asleep = state == VJOB_VM_SUSPENDED, up = state == VJOB_VM_RUNNING || state == VJOB_VM_PAUSED;
    if (sim_guest_of(vm)->tools && asleep) vm->tools_kept = VJOB_TOOLS_RUNNING;
    if (sim_guest_of(vm)->tools && up) vm->tools = VJOB_TOOLS_RUNNING;
    if (!up) return VJOB_OK;
    if (host->memory_used_mb + vm->config->memory_mb > host->memory_mb)
        return sim_build_refuse(b, ".memory_mb", "the running VMs of this host need more memory than it has");
    sim_vm_hold_memory(vm, vm->config->memory_mb);
    return VJOB_OK;
}

static vjob_err keep(sim_builder *b, vjob_vm *vm, int shelved)
{
    if (b->n_made == SIM_VMS_MAX) return sim_build_refuse(b, "", "too many VMs: at most 2000000");
    if (b->n_made == b->cap_made) {
        size_t cap = b->cap_made ? b->cap_made * 2 : 16;
        vjob_vm **made = realloc(b->made, cap * sizeof *made);
        if (made) b->made = made;
        uint8_t *flags = made ? realloc(b->shelved, cap) : NULL;
        if (flags) b->shelved = flags;
        if (!flags) return VJOB_ENOMEM;
        b->cap_made = cap;
    }
    b->shelved[b->n_made] = (uint8_t)shelved;
    b->made[b->n_made++] = vm;
    return VJOB_OK;
}

static vjob_err make_vm(sim_builder *b, vjob_host *host, const sim_spec_vm *spec, const char *name,
                        parts *shared)
{
    vjob_vm *vm = sim_vm_new(host, name, spec->uuid, spec->path, shared->config);
    if (!vm) return VJOB_ENOMEM;
    vjob_err err = sim_registry_reserve(b->world, vm, (int)spec->registered, b->why);
    if (err == VJOB_EEXIST) err = sim_build_refuse(b, "", b->why->text);
    if (!err && (err = keep(b, vm, !spec->registered)) != VJOB_OK) sim_registry_abandon(b->world, vm);
    if (err) {
        vjob_vm_release(vm);
        return err;
    }
    vm->guest = sim_guest_retain(shared->guest);
    if (shared->files) {
        vm->files = sim_files_retain(shared->files);
    } else if (spec->guest && spec->guest->files) {
        err = put_files(b, vm, spec->guest->files, ".guest.files");
        shared->files = sim_files_retain(vm->files);
    }
    if (!err) err = make_snapshots(b, vm, &spec->snapshots);
    return err ? err : set_state(b, vm, sim_state_values[spec->state]);
}

static vjob_err make_all(sim_builder *b, vjob_host *host, const sim_spec_vm *spec, parts *shared)
{
    char name[SIM_NAME_MAX + 32];
    const char *base = spec->name;
    if (spec->count == 0) {
        if (!base) snprintf(name, sizeof name, "vm%zu", b->vm_at);
        return make_vm(b, host, spec, base ? base : name, shared);
    }
    if (spec->uuid || spec->path)
        return sim_build_refuse(b, ".count", "VMs that are counted cannot share a uuid or path");
    for (int64_t i = 0; i < spec->count; i++) {
        int size = snprintf(name, sizeof name, "%s%lld", base ? base : "vm", (long long)i);
        if (size > (int)SIM_NAME_MAX) return sim_build_refuse(b, ".name", "is too long with its number");
        vjob_err err = make_vm(b, host, spec, name, shared);
        if (err) return err;
    }
    return VJOB_OK;
}

vjob_err sim_build_vms(sim_builder *b, vjob_host *host, const sim_spec_vm *spec)
{
    parts shared = {0};
    if (!spec->registered && (spec->state == 1 || spec->state == 2))
        return sim_build_refuse(b, ".registered", "a VM that is not registered cannot run");
    vjob_err err = make_config(b, host, &spec->hardware, &shared.config);
    if (!err && spec->guest && !(shared.guest = make_guest(spec->guest))) err = VJOB_ENOMEM;
    size_t count = spec->count ? (size_t)spec->count : 1;
    if (!err &&
        (sim_index_reserve(&b->world->by_name, count) || sim_index_reserve(&b->world->by_path, count) ||
         sim_index_reserve(&b->world->by_uuid, count)))
        err = VJOB_ENOMEM;
    if (!err) err = make_all(b, host, spec, &shared);
    sim_config_release(shared.config);
    sim_guest_release(shared.guest);
    sim_files_release(shared.files);
    return err;
}
