/* snapshot.c - the tree of snapshots. */
#include "snapshot.h"

#include <stdlib.h>
#include <string.h>

#include "guest.h"
#include "variables.h"

size_t sim_snapshots_count(const sim_snapshots *snapshots)
{
    return snapshots ? snapshots->count : 0;
}

sim_snapshot *sim_snapshot_next(const sim_snapshot *snapshot)
{
    if (snapshot->first) return snapshot->first;
    while (snapshot && !snapshot->next) snapshot = snapshot->parent;
    return snapshot ? snapshot->next : NULL;
}

sim_snapshot *sim_snapshot_find(const sim_snapshots *snapshots, const char *text)
{
    char uuid[SIM_UUID_SIZE];
    if (!snapshots || !text || !sim_uuid_read(uuid, text)) return NULL;
    sim_snapshot *at = sim_snapshot_next(&snapshots->root);
    while (at && memcmp(at->uuid, uuid, SIM_UUID_SIZE) != 0) at = sim_snapshot_next(at);
    return at;
}

/* ---- making ---- */

static void snapshot_free(sim_snapshot *snapshot)
{
    sim_config_release(snapshot->config);
    sim_extras_release(snapshot->extras);
    sim_files_release(snapshot->files);
    sim_variables_release(snapshot->variables);
    free(snapshot->name);
    free(snapshot->description);
    free(snapshot);
}

/* Among its siblings: the older first. A new one comes last. */
static void put_below(sim_snapshot *parent, sim_snapshot *child)
{
    sim_snapshot *older = parent->last;
    while (older && older->number > child->number) older = older->prev;
    child->parent = parent;
    child->prev = older;
    child->next = older ? older->next : parent->first;
    *(older ? &older->next : &parent->first) = child;
    *(child->next ? &child->next->prev : &parent->last) = child;
}

static void detach(sim_snapshot *child)
{
    sim_snapshot *parent = child->parent;
    *(child->prev ? &child->prev->next : &parent->first) = child->next;
    *(child->next ? &child->next->prev : &parent->last) = child->prev;
    child->parent = child->prev = child->next = NULL;
}

static uint8_t steady(vjob_vm_state state)
{
    int known = state == VJOB_VM_RUNNING || state == VJOB_VM_PAUSED || state == VJOB_VM_SUSPENDED;
    return (uint8_t)(known ? state : VJOB_VM_STOPPED);
}

sim_snapshot *sim_snapshot_take(vjob_vm *vm, sim_snapshot *parent, const char *name, const char *description,
                                const char *uuid)
{
    sim_snapshot *made = calloc(1, sizeof *made);
    if (!made) return NULL;
    if (!vm->snapshots) vm->snapshots = calloc(1, sizeof *vm->snapshots);
    made->name = sim_dup(name);
    made->description = sim_dup(description);
    if (!vm->snapshots || !made->name || !made->description) {
        snapshot_free(made);
        return NULL;
    }
    made->state = steady(sim_vm_state(vm));
    made->tools = made->state == VJOB_VM_SUSPENDED ? vm->tools_kept : vm->tools;
    made->config = sim_config_retain(vm->config);
    made->extras = sim_extras_retain(vm->extras);
    made->files = sim_files_retain(vm->files);
    if (made->state != VJOB_VM_STOPPED) made->variables = sim_variables_retain(vm->variables);
    made->number = ++vm->snapshots->made;
    if (uuid)
        memcpy(made->uuid, uuid, SIM_UUID_SIZE);
    else
        sim_uuid_make(made->uuid, SIM_UUID_SNAPSHOT, made->number, vm->uuid);
    put_below(parent ? parent : &vm->snapshots->root, made);
    vm->snapshots->count++;
    return made;
}

/* ---- removing ---- */

static void drop(sim_snapshots *snapshots, sim_snapshot *snapshot)
{
    sim_snapshot *parent = snapshot->parent;
    if (snapshots->current == snapshot) snapshots->current = parent == &snapshots->root ? NULL : parent;
    detach(snapshot);
    snapshot_free(snapshot);
    snapshots->count--;
}

/* Leaves first, without recursion: trees may be deep. */
static void drop_below(sim_snapshots *snapshots, sim_snapshot *top)
{
    sim_snapshot *at = top;
    while (at->first || at != top) {
        if (at->last) {
            at = at->last;
            continue;
        }
        sim_snapshot *leaf = at;
        at = at->parent;
        drop(snapshots, leaf);
    }
}

void sim_snapshot_remove(sim_snapshots *snapshots, sim_snapshot *snapshot, int children)
{
    if (children) {
        drop_below(snapshots, snapshot);
    } else {
        while (snapshot->first) {
            sim_snapshot *child = snapshot->first;
            detach(child);
            put_below(snapshot->parent, child);
        }
    }
    drop(snapshots, snapshot);
}

void sim_snapshots_free(sim_snapshots *snapshots)
{
    if (!snapshots) return;
    drop_below(snapshots, &snapshots->root);
    free(snapshots);
}

/* ---- looking ---- */

static void fill(vjob_snapshot_info *out, const sim_snapshots *all, const sim_snapshot *snapshot,
                 uint64_t began)
{
    sim_put(out->uuid, sizeof out->uuid, snapshot->uuid);
    sim_put(out->parent, sizeof out->parent, snapshot->parent->uuid);
    sim_put(out->name, sizeof out->name, snapshot->name);
    sim_put(out->description, sizeof out->description, snapshot->description);
    out->created_ns = snapshot->created_ns ? snapshot->created_ns : began;
    out->state = (vjob_vm_state)snapshot->state;
    out->is_current = all->current == snapshot;
    for (const sim_snapshot *child = snapshot->first; child; child = child->next) out->children++;
}

vjob_err vjob_vm_snapshots(vjob_vm *vm, vjob_snapshot_info **out, size_t *out_count)
{
    if (out) *out = NULL;
    if (out_count) *out_count = 0;
    if (!vm || !out || !out_count)
        return vjob_fail(VJOB_EINVAL, NULL, NULL, "vm, out or out_count is missing");
    int entered = sim_enter();
    sim_why why = {0};
    vjob_err err = sim_vm_check_here(vm, &why);
    size_t count = sim_snapshots_count(vm->snapshots), i = 0;
    vjob_snapshot_info *infos = err ? NULL : calloc(count + 1, sizeof *infos);
    if (!err && !infos) err = sim_say(&why, VJOB_ENOMEM, vm->name, "no memory for a list of snapshots");
    for (sim_snapshot *at = err || !count ? NULL : sim_snapshot_next(&vm->snapshots->root); at;
         at = sim_snapshot_next(at))
        fill(&infos[i++], vm->snapshots, at, vm->host->booted_ns);
    sim_leave(entered);
    if (err) return sim_fail(err, &why);
    *out = infos;
    *out_count = count;
    return VJOB_OK;
}

vjob_err vjob_vm_snapshot_config(vjob_vm *vm, const char *uuid, vjob_space space, vjob_vm_config *out_config,
                                 vjob_obj **out_extra)
{
    *out_config = (vjob_vm_config){0};
    *out_extra = NULL;
    if (!vm || !uuid || (unsigned)space >= VJOB_SPACE_COUNT)
        return vjob_fail(VJOB_EINVAL, NULL, NULL, "vm or uuid is missing, or there is no such space");
    const int entered = sim_enter();
    const sim_snapshot *at = sim_snapshot_find(vm->snapshots, uuid);
    vjob_err err = at ? sim_config_unpack(at->config, vm->name, vm->uuid, vm->path, out_config) : VJOB_ENOENT;
    if (!err && at->extras && at->extras->of[space]) *out_extra = vjob_obj_retain(at->extras->of[space]);
    sim_leave(entered);
    return err ? vjob_fail(err, uuid, NULL, "there is no snapshot %s", uuid) : VJOB_OK;
}
