/*
 * save.c - the world as an inventory: loading it again gives the same hosts, VMs, snapshots and timings.
 *
 * Passwords are in it, as they are in the file that it stands for. Objects that APIs keep with a VM and
 * programs that run in guests are not. A state on the way is saved as the one it came from.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guest.h"
#include "inventory.h"
#include "operation.h"
#include "snapshot.h"

/* jansson's functions take NULL values and fail; one look at the end finds out. */
typedef struct saver {
    int failed;
} saver;

static void put(saver *s, json_t *object, const char *key, json_t *value)
{
    s->failed |= json_object_set_new(object, key, value) != 0;
}

static void put_text(saver *s, json_t *object, const char *key, const char *text)
{
    if (text && text[0]) put(s, object, key, json_string(text));
}

static void append(saver *s, json_t *list, json_t *item)
{
    s->failed |= json_array_append_new(list, item) != 0;
}

static void put_list(saver *s, json_t *object, const char *key, json_t *list)
{
    if (list && json_array_size(list) == 0)
        json_decref(list);
    else
        put(s, object, key, list);
}

static json_t *seconds(uint64_t ns)
{
    return ns % NS_PER_S ? json_real((double)ns / 1e9) : json_integer((json_int_t)(ns / NS_PER_S));
}

static json_t *save_logins(saver *s, const sim_login *logins, size_t n)
{
    json_t *list = json_array();
    for (size_t i = 0; i < n; i++) {
        json_t *user = json_object();
        put_text(s, user, "name", logins[i].name);
        put_text(s, user, "password", logins[i].password);
        append(s, list, user);
    }
    return list;
}

/* ---- hardware ---- */

static void save_hardware(saver *s, json_t *out, const sim_config *config)
{
    json_t *disks = json_array(), *nics = json_array();
    put(s, out, "cpus", json_integer(config->cpus));
    put(s, out, "memory_mb", json_integer(config->memory_mb));
    put(s, out, "video_mb", json_integer(config->video_mb));
    put_text(s, out, "os", config->os);
    put_text(s, out, "description", config->description);
    for (size_t i = 0; i < config->n_disks; i++) {
        json_t *disk = json_object();
        put(s, disk, "size_mb", json_integer((json_int_t)config->disks[i].size_mb));
        put_text(s, disk, "image", config->disks[i].image);
        put_text(s, disk, "bus", config->disks[i].bus);
        append(s, disks, disk);
    }
    for (size_t i = 0; i < config->n_nics; i++) {
        json_t *nic = json_object();
        put_text(s, nic, "network", config->nics[i].network);
        put_text(s, nic, "mac", config->nics[i].mac);
        put_text(s, nic, "model", config->nics[i].model);
        append(s, nics, nic);
    }
    put(s, out, "disks", disks);
    put(s, out, "nics", nics);
}

/* ---- guest ---- */

/* Folders are made by the files in them; files that are not text cannot be in JSON, nor can copied giants. */
static json_t *save_files(saver *s, const sim_files *files)
{
    json_t *out = json_object();
    for (size_t i = 0; i < sim_files_count(files); i++) {
        const sim_file *file = sim_files_at(files, i);
        int small = file->data && file->size <= SIM_FILE_MAX;
        json_t *text = small ? json_stringn(file->data, file->size) : NULL;
        if (text) put(s, out, file->path, text);
    }
    return out;
}

static void put_files(saver *s, json_t *out, const sim_files *files)
{
    json_t *object = save_files(s, files);
    if (object && json_object_size(object) == 0)
        json_decref(object);
    else
        put(s, out, "files", object);
}

static void put_pairs(saver *s, json_t *out, const char *key, const sim_pair *pairs, size_t n)
{
    json_t *object = n ? json_object() : NULL;
    for (size_t i = 0; i < n; i++) put(s, object, pairs[i].name, json_string(pairs[i].value));
    if (n) put(s, out, key, object);
}

static json_t *save_programs(saver *s, const sim_guest *guest)
{
    json_t *list = json_array();
    for (size_t i = 0; i < guest->n_programs; i++) {
        const sim_program *program = &guest->programs[i];
        json_t *out = json_object();
        put_text(s, out, "path", program->path);
        put(s, out, "exit_code", json_integer(program->exit_code));
        put_text(s, out, "stdout", program->out);
        put_text(s, out, "stderr", program->errors);
        put(s, out, "duration_s", seconds(program->duration_ns));
        append(s, list, out);
    }
    return list;
}

static json_t *save_guest(saver *s, const vjob_vm *vm)
{
    const sim_guest *guest = sim_guest_of(vm);
    json_t *out = json_object();
    int tools = vm->tools != VJOB_TOOLS_NOT_INSTALLED;
    put_list(s, out, "users", save_logins(s, guest->users, guest->n_users));
    put(s, out, "tools", json_string(sim_tools_words[tools ? 0 : 1]));
    put(s, out, "boot_s", seconds(guest->boot_ns));
    put_files(s, out, vm->files);
    put_list(s, out, "programs", save_programs(s, guest));
    put_pairs(s, out, "env", guest->env, guest->n_env);
    put_pairs(s, out, "variables", guest->variables, guest->n_variables);
    put_text(s, out, "console_user", guest->console_user);
    return out;
}

/* ---- snapshots ---- */

static const char *state_word(vjob_vm_state state)
{
    int i = 3;
    while (i > 0 && sim_state_values[i] != state) i--;
    return sim_state_words[i];
}

static json_t *save_snapshot(saver *s, const sim_snapshots *all, const sim_snapshot *snapshot)
{
    json_t *out = json_object(), *config = json_object();
    put_text(s, out, "name", snapshot->name);
    put_text(s, out, "description", snapshot->description);
    put_text(s, out, "uuid", snapshot->uuid);
    put(s, out, "state", json_string(state_word((vjob_vm_state)snapshot->state)));
    put(s, out, "created_ns", json_integer((json_int_t)snapshot->created_ns));
    if (all->current == snapshot) put(s, out, "current", json_true());
    save_hardware(s, config, snapshot->config);
    put(s, out, "config", config);
    put(s, out, "files", save_files(s, snapshot->files));
    return out;
}

/* Trees may be deeper than the stack, and than what can be read again: the depth is limited on reading. */
static json_t *save_children(saver *s, const sim_snapshots *all, const sim_snapshot *parent, int depth)
{
    json_t *list = json_array();
    for (const sim_snapshot *child = parent->first; child; child = child->next) {
        json_t *out = save_snapshot(s, all, child);
        s->failed |= depth == 0;
        if (depth > 0) put_list(s, out, "children", save_children(s, all, child, depth - 1));
        append(s, list, out);
    }
    return list;
}

/* ---- VMs, hosts, world ---- */

static vjob_vm_state lasting_state(const vjob_vm *vm)
{
    int moving = vm->op && vm->op->row->during == sim_vm_state(vm);
    return moving ? (vjob_vm_state)vm->op->was : sim_vm_state(vm);
}

static json_t *save_vm(saver *s, const vjob_vm *vm)
{
    json_t *out = json_object();
    put_text(s, out, "name", vm->name);
    put_text(s, out, "path", vm->path);
    put_text(s, out, "uuid", vm->uuid);
    save_hardware(s, out, vm->config);
    put(s, out, "state", json_string(state_word(lasting_state(vm))));
    if (vm->where == SIM_SHELVED) put(s, out, "registered", json_false());
    if (vm->snapshots)
        put_list(s, out, "snapshots", save_children(s, vm->snapshots, &vm->snapshots->root, 500));
    if (vm->guest || vm->files || vm->tools == VJOB_TOOLS_NOT_INSTALLED)
        put(s, out, "guest", save_guest(s, vm));
    return out;
}

static json_t *save_network(saver *s, const vjob_network *network)
{
    const vjob_network_config *config = &(network->next ? network->next : network->plan)->config;
    json_t *out = json_object();
    put_text(s, out, "name", network->name);
    put_text(s, out, "uuid", network->uuid);
    put(s, out, "active", json_boolean(network->active));
    put(s, out, "persistent", json_boolean(network->persistent));
    put(s, out, "autostart", json_boolean(network->autostart));
    put_text(s, out, "bridge", config->bridge);
    put_text(s, out, "forward", config->forward);
    put_text(s, out, "address", config->address);
    put_text(s, out, "netmask", config->netmask);
    put_text(s, out, "dhcp_first", config->dhcp_first);
    put_text(s, out, "dhcp_last", config->dhcp_last);
    return out;
}

static json_t *save_networks(saver *s, const vjob_host *host)
{
    json_t *list = json_array();
    for (size_t i = 0; i < host->n_networks; i++) append(s, list, save_network(s, host->networks[i]));
    return list;
}

static json_t *save_host(saver *s, const vjob_host *host)
{
    json_t *out = json_object(), *vms = json_array();
    put_text(s, out, "name", host->name);
    put_text(s, out, "uuid", host->uuid);
    put(s, out, "cpus", json_integer(host->cpus));
    put(s, out, "memory_mb", json_integer((json_int_t)host->memory_mb));
    put_list(s, out, "users", save_logins(s, host->users, host->n_users));
    put(s, out, "networks", save_networks(s, host));
    for (size_t i = 0; i < host->n_slots; i++)
        if (host->slots[i]) append(s, vms, save_vm(s, host->slots[i]));
    for (size_t i = 0; i < host->n_shelf; i++) append(s, vms, save_vm(s, host->shelf[i]));
    put(s, out, "vms", vms);
    return out;
}

static json_t *save_timings(saver *s, const sim_world *world)
{
    json_t *out = json_object();
    for (int op = VJOB_OP_NONE + 1; op < VJOB_OP_COUNT; op++) {
        const sim_timing *timing = &world->timing[op];
        const sim_op_row *row = &sim_op_rows[op];
        if (timing->duration_ns == row->duration_ms * NS_PER_MS && timing->jitter == 0 &&
            timing->progress_steps == row->progress_steps)
            continue;
        json_t *entry = json_object();
        put(s, entry, "duration_s", seconds(timing->duration_ns));
        put(s, entry, "jitter", json_real(timing->jitter));
        put(s, entry, "progress_steps", json_integer(timing->progress_steps));
        put(s, out, row->name, entry);
    }
    return out;
}

vjob_err sim_inventory_write(const sim_world *world, char **out_text)
{
    saver s = {0};
    json_t *out = json_object(), *hosts = json_array();
    put(&s, out, "strict", json_boolean(world->strict));
    for (size_t i = 0; i < world->n_hosts; i++) append(&s, hosts, save_host(&s, world->hosts[i]));
    put(&s, out, "hosts", hosts);
    put(&s, out, "operations", save_timings(&s, world));
    *out_text = s.failed ? NULL : json_dumps(out, JSON_INDENT(1) | JSON_REAL_PRECISION(15));
    json_decref(out);
    return *out_text ? VJOB_OK : VJOB_ENOMEM;
}
