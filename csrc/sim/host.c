/* host.c - hosts: users, networks, looking, lists. */
#include <stdlib.h>
#include <string.h>

#include "model.h"

int sim_enter(void)
{
    if (vjob__world_held()) return 0;
    vjob__world_lock();
    return 1;
}

void sim_leave(int entered)
{
    if (entered) vjob__world_unlock();
}

/* ---- making ---- */

static void host_free(vjob_host *host)
{
    sim_host_cut_networks(host, 0);
    free(host->users);
    free(host->networks);
    free(host->key);
    free(host->slots);
    free(host->shelf);
    sim_extras_release(host->extras);
    sim_arena_free(&host->arena);
    free(host);
}

vjob_host *sim_host_new(sim_world *world, const char *name, const char *uuid)
{
    vjob_host *host = calloc(1, sizeof *host);
    if (!host) return NULL;
    host->refs = 1;
    host->salt = (uint32_t)++world->salt;
    host->name = sim_arena_text(&host->arena, name);
    if (uuid && uuid[0])
        memcpy(host->uuid, uuid, SIM_UUID_SIZE);
    else
        sim_uuid_make(host->uuid, SIM_UUID_HOST, 0, name);
    if (host->name) return host;
    host_free(host);
    return NULL;
}

vjob_host *sim_world_add_host(sim_world *world, const char *name, const char *uuid)
{
    vjob_host **grown = realloc(world->hosts, (world->n_hosts + 1) * sizeof *grown);
    if (grown) world->hosts = grown;
    vjob_host *host = grown ? sim_host_new(world, name, uuid) : NULL;
    if (host) world->hosts[world->n_hosts++] = host;
    return host;
}

vjob_err sim_host_add_user(vjob_host *host, const char *name, const char *password)
{
    sim_login *grown = realloc(host->users, (host->n_users + 1) * sizeof *grown);
    if (!grown) return VJOB_ENOMEM;
    host->users = grown;
    sim_login login = {sim_arena_text(&host->arena, name), sim_arena_text(&host->arena, password)};
    if (!login.name || !login.password) return VJOB_ENOMEM;
    host->users[host->n_users++] = login;
    return VJOB_OK;
}

/* ---- references ---- */

int vjob_sim_is_strict(void)
{
    int entered = sim_enter(), strict = sim_world_now && sim_world_now->strict;
    sim_leave(entered);
    return strict;
}

vjob_host *vjob_host_retain(vjob_host *host)
{
    __atomic_fetch_add(&host->refs, 1, __ATOMIC_RELAXED);
    return host;
}

void vjob_host_release(vjob_host *host)
{
    if (!host || __atomic_fetch_sub(&host->refs, 1, __ATOMIC_ACQ_REL) != 1) return;
    host_free(host);
}

vjob_obj *vjob_host_extra(vjob_host *host, vjob_space space, vjob_obj *fresh)
{
    if (!host || (unsigned)space >= VJOB_SPACE_COUNT) return NULL;
    int entered = sim_enter();
    vjob_obj *there = host->extras ? host->extras->of[space] : NULL;
    if (!there && fresh) {
        sim_extras *old = host->extras, *more = sim_extras_with(old, space, fresh);
        if (more) {
            host->extras = more;
            sim_extras_release(old);
            there = fresh;
        }
    }
    if (there) vjob_obj_retain(there);
    sim_leave(entered);
    return there;
}

/* ---- finding ---- */

vjob_host *sim_world_find_host(const sim_world *world, const char *name)
{
    for (size_t i = 0; i < world->n_hosts; i++)
        if (strcmp(world->hosts[i]->name, name) == 0) return world->hosts[i];
    return NULL;
}

vjob_err vjob_host_find(const char *name, vjob_host **out_host)
{
    if (!out_host) return vjob_fail(VJOB_EINVAL, NULL, NULL, "out_host is missing");
    *out_host = NULL;
    sim_why why = {0};
    vjob_err err = sim_world_need(&why);
    if (err) return sim_fail(err, &why);
    int entered = sim_enter();
    const sim_world *world = sim_world_now;
    vjob_host *host = name && name[0] ? sim_world_find_host(world, name) : world->hosts[0];
    if (!host && !world->strict) host = world->hosts[0];
    if (host) *out_host = vjob_host_retain(host);
    sim_leave(entered);
    if (*out_host) return VJOB_OK;
    return vjob_fail(VJOB_ECONNECT, name, NULL, "the inventory has no host \"%s\" and is strict", name);
}

/* ---- login ---- */

/* How long this takes depends on what was typed, not on what is stored. */
static unsigned differs(const char *stored, const char *typed)
{
    size_t size = strlen(stored), n = strlen(typed);
    unsigned char diff = size != n;
    for (size_t i = 0; i < n; i++) diff |= (unsigned char)(stored[i % (size + 1)] ^ typed[i]);
    return diff != 0;
}

int sim_logins_allow(const sim_login *logins, size_t n, const char *name, const char *password)
{
    unsigned found = 0;
    for (size_t i = 0; i < n; i++)
        found |= !(differs(logins[i].name, name) | differs(logins[i].password, password));
    return (int)found;
}

vjob_err vjob_host_login(vjob_host *host, const char *user, const char *password)
{
    if (!host) return vjob_fail(VJOB_EINVAL, NULL, NULL, "host is missing");
    user = user ? user : "";
    int entered = sim_enter();
    int gone = host->gone;
    int ok =
        host->n_users == 0 || sim_logins_allow(host->users, host->n_users, user, password ? password : "");
    sim_leave(entered);
    if (gone)
        return vjob_fail(VJOB_ECONNECT, host->name, NULL, "host \"%s\" does not exist any more", host->name);
    if (ok) return VJOB_OK;
    return vjob_fail(VJOB_EAUTH, host->name, NULL, "host \"%s\" has no user \"%s\" with this password",
                     host->name, user);
}

/* ---- looking ---- */

void vjob_host_look(vjob_host *host, vjob_host_info *out_info)
{
    int entered = sim_enter();
    sim_put(out_info->name, sizeof out_info->name, host->name);
    sim_put(out_info->uuid, sizeof out_info->uuid, host->uuid);
    out_info->cpus = host->cpus;
    out_info->memory_mb = host->memory_mb;
    out_info->memory_used_mb = host->memory_used_mb;
    out_info->booted_ns = host->booted_ns;
    out_info->vms = host->n_vms;
    out_info->networks = host->n_networks;
    sim_leave(entered);
}

vjob_err vjob_host_vms(vjob_host *host, vjob_vm ***out_vms, size_t *out_count)
{
    if (out_vms) *out_vms = NULL;
    if (out_count) *out_count = 0;
    if (!host || !out_vms || !out_count)
        return vjob_fail(VJOB_EINVAL, NULL, NULL, "host, out_vms or out_count is missing");
    int entered = sim_enter();
    vjob_vm **vms = malloc((host->n_vms + 1) * sizeof *vms);
    size_t n = 0;
    for (size_t i = 0; vms && i < host->n_slots; i++)
        if (host->slots[i]) vms[n++] = vjob_vm_retain(host->slots[i]);
    sim_leave(entered);
    if (!vms) return vjob_fail(VJOB_ENOMEM, host->name, NULL, "no memory for a list of VMs");
    *out_vms = vms;
    *out_count = n;
    return VJOB_OK;
}

void vjob_vms_free(vjob_vm **vms, size_t count)
{
    for (size_t i = 0; i < count; i++) vjob_vm_release(vms[i]);
    free(vms);
}
