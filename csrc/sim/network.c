/* network.c - virtual networks: definitions, what is active, who is told. */
#include <stdlib.h>
#include <string.h>

#include "change.h"
#include "model.h"

/* ---- definitions ---- */

vjob_err sim_network_config_check(const vjob_network_config *config, sim_why *why)
{
    char uuid[SIM_UUID_SIZE];
    const char *texts[] = {config->name,    config->bridge,     config->forward,  config->address,
                           config->netmask, config->dhcp_first, config->dhcp_last};
    if (!config->name[0]) return sim_say(why, VJOB_EINVAL, NULL, "a network needs a name");
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (!sim_text_printable(texts[i]))
            return sim_say(why, VJOB_EINVAL, NULL, "a network's texts must not have control characters");
    if (config->uuid[0] && !sim_uuid_read(uuid, config->uuid))
        return sim_say(why, VJOB_EINVAL, config->name, "\"%s\" is no uuid", config->uuid);
    return VJOB_OK;
}

sim_network_plan *sim_network_plan_new(const vjob_network_config *config, vjob_space space, vjob_obj *extra)
{
    sim_network_plan *plan = calloc(1, sizeof *plan);
    if (!plan) return NULL;
    plan->config = *config;
    if (!extra || (plan->extras = sim_extras_with(NULL, space, extra))) return plan;
    free(plan);
    return NULL;
}

void sim_network_plan_free(sim_network_plan *plan)
{
    if (!plan) return;
    sim_extras_release(plan->extras);
    free(plan);
}

/* ---- life ---- */

vjob_network *sim_host_add_network(vjob_host *host, sim_network_plan *plan)
{
    vjob_network **grown = realloc(host->networks, (host->n_networks + 1) * sizeof *grown);
    if (!grown) return NULL;
    host->networks = grown;
    vjob_network *network = calloc(1, sizeof *network);
    if (!network) return NULL;
    network->refs = 1;
    network->host = host;
    network->plan = plan;
    network->revision = 1;
    sim_put(network->name, sizeof network->name, plan->config.name);
    if (!plan->config.uuid[0] || !sim_uuid_read(network->uuid, plan->config.uuid))
        sim_uuid_make(network->uuid, SIM_UUID_NETWORK, 0, network->name);
    sim_put(plan->config.uuid, sizeof plan->config.uuid, network->uuid);
    return host->networks[host->n_networks++] = network;
}

static void forget(vjob_network *network)
{
    network->host = NULL;
    vjob_network_release(network);
}

void sim_host_cut_networks(vjob_host *host, size_t n)
{
    while (host->n_networks > n) forget(host->networks[--host->n_networks]);
}

static void remove_network(vjob_network *network)
{
    vjob_host *host = network->host;
    size_t i = 0;
    while (host->networks[i] != network) i++;
    host->n_networks--;
    memmove(&host->networks[i], &host->networks[i + 1], (host->n_networks - i) * sizeof *host->networks);
    forget(network);
}

vjob_network *vjob_network_retain(vjob_network *network)
{
    __atomic_fetch_add(&network->refs, 1, __ATOMIC_RELAXED);
    return network;
}

void vjob_network_release(vjob_network *network)
{
    if (!network || __atomic_fetch_sub(&network->refs, 1, __ATOMIC_ACQ_REL) != 1) return;
    sim_network_plan_free(network->plan);
    sim_network_plan_free(network->next);
    free(network);
}

/* ---- finding ---- */

vjob_network *sim_host_network(const vjob_host *host, const char *name)
{
    for (size_t i = 0; i < host->n_networks; i++)
        if (strcmp(host->networks[i]->name, name) == 0) return host->networks[i];
    return NULL;
}

static vjob_network *by_uuid(const vjob_host *host, const char *text)
{
    char uuid[SIM_UUID_SIZE];
    if (!sim_uuid_read(uuid, text)) return NULL;
    for (size_t i = 0; i < host->n_networks; i++)
        if (strcmp(host->networks[i]->uuid, uuid) == 0) return host->networks[i];
    return NULL;
}

vjob_err sim_network_check_here(const vjob_network *network, sim_why *why)
{
    if (network->host) return VJOB_OK;
    return sim_say(why, VJOB_ENOENT, network->name, "network \"%s\" does not exist any more", network->name);
}

static vjob_err find(vjob_network *(*fn)(const vjob_host *host, const char *text), const char *what,
                     vjob_host *host, const char *text, vjob_network **out)
{
    if (out) *out = NULL;
    if (!host || !text || !out)
        return vjob_fail(VJOB_EINVAL, NULL, NULL, "host, %s or out_network is missing", what);
    int entered = sim_enter();
    vjob_network *network = fn(host, text);
    if (network) *out = vjob_network_retain(network);
    sim_leave(entered);
    if (*out) return VJOB_OK;
    return vjob_fail(VJOB_ENOENT, text, NULL, "host \"%s\" has no network with the %s \"%s\"", host->name,
                     what, text);
}

vjob_err vjob_network_by_name(vjob_host *host, const char *name, vjob_network **out_network)
{
    return find(sim_host_network, "name", host, name, out_network);
}

vjob_err vjob_network_by_uuid(vjob_host *host, const char *uuid, vjob_network **out_network)
{
    return find(by_uuid, "uuid", host, uuid, out_network);
}

vjob_err vjob_host_list_networks(vjob_host *host, vjob_network ***out_networks, size_t *out_count)
{
    if (out_networks) *out_networks = NULL;
    if (out_count) *out_count = 0;
    if (!host || !out_networks || !out_count)
        return vjob_fail(VJOB_EINVAL, NULL, NULL, "host, out_networks or out_count is missing");
    int entered = sim_enter();
    size_t n = host->n_networks;
    vjob_network **list = malloc((n + 1) * sizeof *list);
    for (size_t i = 0; list && i < n; i++) list[i] = vjob_network_retain(host->networks[i]);
    sim_leave(entered);
    if (!list) return vjob_fail(VJOB_ENOMEM, host->name, NULL, "no memory for a list of networks");
    *out_networks = list;
    *out_count = n;
    return VJOB_OK;
}

void vjob_networks_free(vjob_network **networks, size_t count)
{
    for (size_t i = 0; i < count; i++) vjob_network_release(networks[i]);
    free(networks);
}

/* ---- looking ---- */

const char *vjob_network_uuid(const vjob_network *network)
{
    return network->uuid;
}

const char *vjob_network_name(const vjob_network *network)
{
    return network->name;
}

vjob_host *vjob_network_host(vjob_network *network)
{
    int entered = sim_enter();
    vjob_host *host = network->host ? vjob_host_retain(network->host) : NULL;
    sim_leave(entered);
    return host;
}

static void look(const vjob_network *network, vjob_network_info *out)
{
    sim_put(out->name, sizeof out->name, network->name);
    sim_put(out->uuid, sizeof out->uuid, network->uuid);
    sim_put(out->bridge, sizeof out->bridge, network->plan->config.bridge);
    out->active = network->active;
    out->persistent = network->persistent;
    out->autostart = network->autostart;
    out->listed = network->host != NULL;
    out->revision = network->revision;
}

void vjob_network_look(vjob_network *network, vjob_network_info *out_info)
{
    int entered = sim_enter();
    look(network, out_info);
    sim_leave(entered);
}

size_t vjob_host_networks(vjob_host *host, vjob_network_info *out, size_t cap)
{
    int entered = sim_enter();
    size_t n = host->n_networks;
    for (size_t i = 0; i < n && i < cap; i++) look(host->networks[i], &out[i]);
    sim_leave(entered);
    return n;
}

static const sim_network_plan *plan_of(const vjob_network *network, int next)
{
    return next && network->next ? network->next : network->plan;
}

void vjob_network_get_config(vjob_network *network, int next, vjob_network_config *out_config)
{
    int entered = sim_enter();
    *out_config = plan_of(network, next)->config;
    sim_leave(entered);
}

vjob_obj *vjob_network_get_extra(vjob_network *network, int next, vjob_space space)
{
    if (!network || (unsigned)space >= VJOB_SPACE_COUNT) return NULL;
    int entered = sim_enter();
    const sim_network_plan *plan = plan_of(network, next);
    vjob_obj *extra = plan->extras ? plan->extras->of[space] : NULL;
    if (extra) vjob_obj_retain(extra);
    sim_leave(entered);
    return extra;
}

/* ---- changing ---- */

static void tell(vjob_network *network, vjob_network_change change, vjob_op op)
{
    network->revision++;
    sim_post((vjob_change_info){.change = VJOB_CHANGE_NETWORK,
                                .host = network->host,
                                .op = op,
                                .state = (vjob_vm_state)network->active,
                                .text = network->name,
                                .network = network,
                                .network_change = change});
}

void sim_network_start(vjob_network *network, vjob_op op)
{
    network->active = 1;
    tell(network, VJOB_NETWORK_STARTED, op);
}

void sim_network_stop(vjob_network *network, vjob_op op)
{
    network->active = 0;
    if (network->next) {
        sim_network_plan_free(network->plan);
        network->plan = network->next;
        network->next = NULL;
    }
    vjob_network_retain(network);
    tell(network, VJOB_NETWORK_STOPPED, op);
    if (!network->persistent) remove_network(network);
    vjob_network_release(network);
}

vjob_err sim_network_find_twin(const vjob_host *host, const vjob_network_config *config, vjob_network **out,
                               sim_why *why)
{
    char uuid[SIM_UUID_SIZE] = "";
    vjob_network *named = sim_host_network(host, config->name), *same = NULL;
    if (config->uuid[0] && sim_uuid_read(uuid, config->uuid)) same = by_uuid(host, uuid);
    *out = named;
    if (named && strcmp(named->uuid, uuid) != 0)
        return sim_say(why, VJOB_EEXIST, config->name, "network \"%s\" exists already with uuid %s",
                       config->name, named->uuid);
    if (same && same != named)
        return sim_say(why, VJOB_EEXIST, config->name, "uuid %s belongs to network \"%s\"", uuid, same->name);
    return VJOB_OK;
}

/* Takes over `plan` when it succeeds. */
static vjob_err define(vjob_host *host, sim_network_plan *plan, vjob_network **out, sim_why *why)
{
    if (host->gone)
        return sim_say(why, VJOB_ECONNECT, host->name, "host \"%s\" does not exist any more", host->name);
    vjob_err err = sim_network_find_twin(host, &plan->config, out, why);
    if (err) return err;
    vjob_network *network = *out;
    if (!network) {
        network = sim_host_add_network(host, plan);
        if (!network) return sim_say(why, VJOB_ENOMEM, host->name, "no memory for a network");
    } else {
        sim_put(plan->config.uuid, sizeof plan->config.uuid, network->uuid);
        sim_network_plan **at = network->active ? &network->next : &network->plan;
        sim_network_plan_free(*at);
        *at = plan;
    }
    network->persistent = 1;
    *out = vjob_network_retain(network);
    tell(network, VJOB_NETWORK_DEFINED, VJOB_OP_NONE);
    return VJOB_OK;
}

vjob_err vjob_network_define(vjob_host *host, const vjob_network_config *config, vjob_space space,
                             vjob_obj *extra, vjob_network **out_network)
{
    if (out_network) *out_network = NULL;
    if (!host || !config || !out_network || (unsigned)space >= VJOB_SPACE_COUNT)
        return vjob_fail(VJOB_EINVAL, NULL, NULL, "host, config or out_network is missing");
    sim_why why = {0};
    vjob_err err = sim_network_config_check(config, &why);
    if (err) return sim_fail(err, &why);
    sim_network_plan *plan = sim_network_plan_new(config, space, extra);
    if (!plan) return vjob_fail(VJOB_ENOMEM, NULL, NULL, "no memory for a network");
    vjob_network *made = NULL;
    int entered = sim_enter();
    err = define(host, plan, &made, &why);
    sim_leave(entered);
    if (!err) {
        *out_network = made;
        return VJOB_OK;
    }
    sim_network_plan_free(plan);
    return sim_fail(err, &why);
}

static vjob_err need_persistent(const vjob_network *network, sim_why *why)
{
    vjob_err err = sim_network_check_here(network, why);
    if (err || network->persistent) return err;
    return sim_say(why, VJOB_ESTATE, network->name, "network \"%s\" is transient", network->name);
}

static vjob_err undefine(vjob_network *network, uint32_t flags, sim_why *why)
{
    vjob_err err = need_persistent(network, why);
    if (err) return err;
    if (network->active && flags & VJOB_NETF_ONLY_INACTIVE)
        return sim_say(why, VJOB_ESTATE, network->name, "network \"%s\" is active", network->name);
    network->persistent = network->autostart = 0;
    sim_network_plan_free(network->next);
    network->next = NULL;
    tell(network, VJOB_NETWORK_UNDEFINED, VJOB_OP_NONE);
    if (!network->active) remove_network(network);
    return VJOB_OK;
}

vjob_err vjob_network_undefine(vjob_network *network, uint32_t flags)
{
    if (!network) return vjob_fail(VJOB_EINVAL, NULL, NULL, "network is missing");
    sim_why why = {0};
    int entered = sim_enter();
    vjob_err err = undefine(network, flags, &why);
    sim_leave(entered);
    return err ? sim_fail(err, &why) : VJOB_OK;
}

vjob_err vjob_network_set_autostart(vjob_network *network, int on)
{
    if (!network) return vjob_fail(VJOB_EINVAL, NULL, NULL, "network is missing");
    sim_why why = {0};
    int entered = sim_enter();
    vjob_err err = sim_network_check_here(network, &why);
    if (!err && network->autostart != (on != 0)) {
        network->autostart = on != 0;
        tell(network, VJOB_NETWORK_AUTOSTART, VJOB_OP_NONE);
    }
    sim_leave(entered);
    return err ? sim_fail(err, &why) : VJOB_OK;
}

/* Takes over `plan`. */
static void put_plan(vjob_network *network, int next, sim_network_plan *plan)
{
    sim_put(plan->config.name, sizeof plan->config.name, network->name);
    sim_put(plan->config.uuid, sizeof plan->config.uuid, network->uuid);
    if (next && network->active) {
        sim_network_plan_free(network->next);
        network->next = plan;
        return;
    }
    if (network->active && network->persistent && !network->next)
        network->next = network->plan;
    else
        sim_network_plan_free(network->plan);
    network->plan = plan;
}

vjob_err vjob_network_change_config(vjob_network *network, int next, const vjob_network_config *config,
                                    vjob_space space, vjob_obj *extra)
{
    if (!network || !config || (unsigned)space >= VJOB_SPACE_COUNT)
        return vjob_fail(VJOB_EINVAL, NULL, NULL, "network or config is missing");
    sim_why why = {0};
    vjob_err err = sim_network_config_check(config, &why);
    if (err) return sim_fail(err, &why);
    sim_network_plan *plan = sim_network_plan_new(config, space, extra);
    if (!plan) return vjob_fail(VJOB_ENOMEM, NULL, NULL, "no memory for a network");
    int entered = sim_enter();
    err = sim_network_check_here(network, &why);
    if (!err) {
        put_plan(network, next, plan);
        network->revision++;
    }
    sim_leave(entered);
    if (!err) return VJOB_OK;
    sim_network_plan_free(plan);
    return sim_fail(err, &why);
}
