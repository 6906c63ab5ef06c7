/* build.c - a document becomes hosts in a world: all of it or nothing. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "build.h"
#include "change.h"
#include "operation.h"

vjob_err sim_build_refuse(sim_builder *b, const char *what, const char *reason)
{
    char text[232];
    snprintf(text, sizeof text, "%.60s: hosts[%zu].vms[%zu]%s: %s", b->origin, b->host_at, b->vm_at, what,
             reason);
    return sim_say(b->why, VJOB_EPARSE, b->origin, "%s", text);
}

static vjob_err refuse_host(sim_builder *b, const char *what, const char *reason)
{
    return sim_say(b->why, VJOB_EPARSE, b->origin, "%.60s: hosts[%zu]%s: %s", b->origin, b->host_at, what,
                   reason);
}

/* ---- hosts ---- */

/* A host as it was, to go back to: fresh ones go away, others lose what they gained. */
typedef struct mark {
    vjob_host *host;
    size_t n_users, n_networks;
} mark;

static const char *host_name(const sim_spec_host *spec, size_t at, char *out, size_t cap)
{
    if (spec->name) return spec->name;
    if (at == 0) return "localhost";
    snprintf(out, cap, "host%zu", at);
    return out;
}

static vjob_err add_users(sim_builder *b, vjob_host *host, const sim_list *users)
{
    const sim_spec_login *specs = users->items;
    for (size_t i = 0; i < users->n; i++) {
        for (size_t k = 0; k < i; k++)
            if (strcmp(specs[k].name, specs[i].name) == 0)
                return refuse_host(b, ".users", "two users have the same name");
        vjob_err err = sim_host_add_user(host, specs[i].name, specs[i].password);
        if (err) return err;
    }
    return VJOB_OK;
}

static const sim_spec_network standard_network = {.name = "default",
                                                  .forward = "nat",
                                                  .address = "192.168.122.1",
                                                  .netmask = "255.255.255.0",
                                                  .dhcp_first = "192.168.122.2",
                                                  .dhcp_last = "192.168.122.254",
                                                  .active = 1,
                                                  .persistent = 1};

#define COPY(member) sim_put(to.member, sizeof to.member, spec->member ? spec->member : "")

static vjob_err add_network(vjob_host *host, const sim_spec_network *spec)
{
    vjob_network_config to = {0};
    COPY(name);
    COPY(uuid);
    COPY(bridge);
    COPY(forward);
    COPY(address);
    COPY(netmask);
    COPY(dhcp_first);
    COPY(dhcp_last);
    if (!to.bridge[0] && !host->is_private)
        snprintf(to.bridge, sizeof to.bridge, "vjobr%zu", host->n_networks);
    sim_network_plan *plan = sim_network_plan_new(&to, VJOB_SPACE_NONE, NULL);
    vjob_network *network = plan ? sim_host_add_network(host, plan) : NULL;
    if (!network) {
        sim_network_plan_free(plan);
        return VJOB_ENOMEM;
    }
    network->active = (int)spec->active;
    network->persistent = (int)spec->persistent || !network->active;
    network->autostart = (int)spec->autostart;
    return VJOB_OK;
}

/* Those that the host has had before (known ones) win; within the document names and uuids are unique. */
static vjob_err add_networks(sim_builder *b, vjob_host *host, const sim_list *networks, size_t known)
{
    const sim_spec_network *specs = networks ? networks->items : &standard_network;
    for (size_t i = 0; i < (networks ? networks->n : 1); i++) {
        size_t at = 0;
        while (at < host->n_networks && strcmp(host->networks[at]->name, specs[i].name) != 0) at++;
        if (at < host->n_networks && at >= known)
            return refuse_host(b, ".networks", "two networks have the same name");
        if (at < host->n_networks) continue;
        for (at = 0; specs[i].uuid && at < host->n_networks; at++)
            if (strcmp(host->networks[at]->uuid, specs[i].uuid) == 0)
                return refuse_host(b, ".networks", "two networks have the same uuid");
        vjob_err err = add_network(host, &specs[i]);
        if (err) return err;
    }
    return VJOB_OK;
}

static vjob_err fresh_host(sim_builder *b, const sim_spec_host *spec, const char *name, vjob_host **out)
{
    for (size_t i = 0; spec->uuid && i < b->world->n_hosts; i++)
        if (strcmp(b->world->hosts[i]->uuid, spec->uuid) == 0)
            return refuse_host(b, ".uuid", "another host has this uuid");
    vjob_host *host = sim_world_add_host(b->world, name, spec->uuid);
    if (!host) return VJOB_ENOMEM;
    host->cpus = (uint32_t)spec->cpus;
    host->memory_mb = (uint64_t)spec->memory_mb;
    *out = host;
    return VJOB_OK;
}

static vjob_err build_host(sim_builder *b, const sim_spec_host *spec, const mark *marks)
{
    char made[32];
    const char *name = host_name(spec, b->host_at, made, sizeof made);
    vjob_host *host = sim_world_find_host(b->world, name);
    size_t known = host ? host->n_networks : 0;
    vjob_err err = VJOB_OK;
    int merged = 0;
    for (const mark *m = marks; m->host; m++) merged |= m->host == host;
    if (host && !merged) return refuse_host(b, ".name", "two hosts have the same name");
    if (!host) err = fresh_host(b, spec, name, &host);
    if (!err && (!merged || host->n_users > 0)) err = add_users(b, host, &spec->users);
    if (!err && (!merged || spec->networks)) err = add_networks(b, host, spec->networks, known);
    const sim_spec_vm *vms = spec->vms.items;
    for (b->vm_at = 0; !err && b->vm_at < spec->vms.n; b->vm_at++)
        err = sim_build_vms(b, host, &vms[b->vm_at]);
    return err;
}

static vjob_err build_hosts(sim_builder *b, const sim_list *hosts, const mark *marks)
{
    static const sim_spec_host standard = {.cpus = 16, .memory_mb = 65536};
    const sim_spec_host *specs = hosts ? hosts->items : &standard;
    vjob_err err = VJOB_OK;
    for (b->host_at = 0; !err && b->host_at < (hosts ? hosts->n : 1); b->host_at++)
        err = build_host(b, &specs[b->host_at], marks);
    return err;
}

/* ---- all or nothing ---- */

static void roll_back(sim_builder *b, size_t n_hosts, const mark *marks)
{
    for (size_t i = 0; i < b->n_made; i++) {
        vjob_vm *vm = b->made[i];
        sim_vm_hold_memory(vm, 0);
        sim_registry_abandon(b->world, vm);
        vjob_vm_release(vm);
    }
    while (b->world->n_hosts > n_hosts) vjob_host_release(b->world->hosts[--b->world->n_hosts]);
    for (const mark *m = marks; m->host; m++) {
        m->host->n_users = m->n_users;
        sim_host_cut_networks(m->host, m->n_networks);
    }
}

/* VMs of one host come one after the other. */
static vjob_err make_room(sim_builder *b)
{
    for (size_t i = 0, end; i < b->n_made; i = end) {
        vjob_host *host = b->made[i]->host;
        size_t shelved = 0;
        for (end = i; end < b->n_made && b->made[end]->host == host; end++) shelved += b->shelved[end];
        if (sim_registry_room(host, end - i - shelved, shelved)) return VJOB_ENOMEM;
    }
    return VJOB_OK;
}

static void commit(sim_builder *b, int live)
{
    uint64_t now = live ? vjob__world_now() : 0;
    for (size_t i = 0; i < b->n_made; i++) {
        vjob_vm *vm = b->made[i];
        (void)(b->shelved[i] ? sim_registry_shelve(b->world, vm) : sim_registry_list(vm)); /* there is room */
        if (vm->memory_held_mb) vm->started_ns = now;
        if (live) vm->state_since_ns = now;
        if (vm->state == VJOB_VM_RUNNING) sim_vm_join_running(vm, now);
        sim_vm_number_run(vm);
        if (live && !b->shelved[i]) sim_post_vm(VJOB_CHANGE_ADDED, vm, VJOB_OP_NONE, NULL);
        vjob_vm_release(vm);
    }
}

static void set_timings(sim_world *world, const sim_list *operations)
{
    const sim_spec_timing *specs = operations->items;
    for (size_t i = 0; i < operations->n; i++) {
        sim_timing *timing = &world->timing[sim_op_by_name(specs[i].name)];
        if (specs[i].duration_s >= 0) timing->duration_ns = (uint64_t)(specs[i].duration_s * 1e9);
        if (specs[i].progress_steps >= 0) timing->progress_steps = (uint32_t)specs[i].progress_steps;
        timing->jitter = specs[i].jitter;
    }
}

/* ---- a host of its own ---- */

vjob_err sim_build_private(sim_world *world, const sim_document *document, vjob_host **out_host, sim_why *why)
{
    sim_builder b = {.world = world, .origin = document->origin, .why = why};
    const sim_list *hosts = document->spec->hosts;
    *out_host = NULL;
    if (!hosts || hosts->n != 1)
        return sim_say(why, VJOB_EPARSE, b.origin, "%.60s: a private world has one host", b.origin);
    const sim_spec_host *spec = hosts->items;
    vjob_host *host = sim_host_new(world, spec->name ? spec->name : "localhost", spec->uuid);
    if (!host) return VJOB_ENOMEM;
    host->is_private = 1;
    host->cpus = (uint32_t)spec->cpus;
    host->memory_mb = (uint64_t)spec->memory_mb;
    vjob_err err = add_users(&b, host, &spec->users);
    if (!err) err = add_networks(&b, host, spec->networks, 0);
    const sim_spec_vm *vms = spec->vms.items;
    for (; !err && b.vm_at < spec->vms.n; b.vm_at++) err = sim_build_vms(&b, host, &vms[b.vm_at]);
    if (!err) err = make_room(&b);
    if (err) {
        roll_back(&b, world->n_hosts, &(mark){0});
        vjob_host_release(host);
    } else {
        host->booted_ns = host->load.since_ns = vjob__world_now();
        commit(&b, 1);
        *out_host = host;
    }
    free(b.made);
    free(b.shelved);
    return err;
}

vjob_err sim_build(sim_world *world, const sim_document *document, int live, sim_why *why)
{
    sim_builder b = {.world = world, .origin = document->origin, .why = why};
    const sim_spec_world *spec = document->spec;
    size_t n_hosts = world->n_hosts;
    mark *marks = calloc(n_hosts + 1, sizeof *marks);
    if (!marks) return VJOB_ENOMEM;
    for (size_t i = 0; i < n_hosts; i++)
        marks[i] = (mark){world->hosts[i], world->hosts[i]->n_users, world->hosts[i]->n_networks};
    vjob_err err = spec->hosts || !live ? build_hosts(&b, spec->hosts, marks) : VJOB_OK;
    if (!err) err = make_room(&b);
    if (err) {
        roll_back(&b, n_hosts, marks);
    } else {
        commit(&b, live);
        set_timings(world, &spec->operations);
        if (!live) world->strict = (int)spec->strict;
        if (live && world->began) sim_world_begin(world);
    }
    free(marks);
    free(b.made);
    free(b.shelved);
    return err;
}
