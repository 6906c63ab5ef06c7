/* private.c - hosts in worlds of their own: opened, shared by key, and ended with their last opening. */
#include <stdlib.h>
#include <string.h>

#include "guest.h"
#include "inventory.h"
#include "operation.h"

int vjob_host_is_private(const vjob_host *host)
{
    return host && host->is_private;
}

static vjob_host *find_open(const char *key)
{
    vjob_host *host = key && sim_world_now ? sim_world_now->privates : NULL;
    while (host && !(host->key && strcmp(host->key, key) == 0)) host = host->next_private;
    return host;
}

static vjob_host *open_again(const char *key)
{
    vjob_host *host = find_open(key);
    if (!host) return NULL;
    host->openings++;
    return vjob_host_retain(host);
}

/* World. The reference of the list is the one that the host was made with. */
static vjob_err open_new(const char *key, const sim_document *document, vjob_host **out, sim_why *why)
{
    char *copy = sim_dup(key);
    if (key && !copy) return VJOB_ENOMEM;
    vjob_host *host;
    vjob_err err = sim_build_private(sim_world_now, document, &host, why);
    if (err) {
        free(copy);
        return err;
    }
    host->key = copy;
    host->openings = 1;
    host->next_private = sim_world_now->privates;
    sim_world_now->privates = host;
    *out = vjob_host_retain(host);
    return VJOB_OK;
}

vjob_err vjob_host_open_private(const char *key, const char *json, size_t size_bytes, vjob_host **out_host)
{
    if (out_host) *out_host = NULL;
    if (!json || !out_host) return vjob_fail(VJOB_EINVAL, NULL, NULL, "json or out_host is missing");
    sim_why why = {0};
    sim_document document;
    vjob_err err = sim_world_need(&why);
    if (err) return sim_fail(err, &why);
    vjob__world_lock();
    *out_host = open_again(key);
    vjob__world_unlock();
    if (*out_host) return VJOB_OK;
    err = sim_document_read(&document, json, size_bytes, "private world", &why);
    if (err) return sim_fail(err, &why);
    vjob__world_lock();
    *out_host = open_again(key); /* somebody may have been faster */
    if (!*out_host) err = open_new(key, &document, out_host, &why);
    vjob__world_unlock();
    sim_document_free(&document);
    return err ? sim_fail(err, &why) : VJOB_OK;
}

/* ---- the end ---- */

static sim_op *op_on(const vjob_host *host)
{
    sim_op *op = sim_world_now->ops;
    while (op && sim_op_place(op) != host) op = op->next;
    return op;
}

static void end(vjob_host *host)
{
    vjob_host **at = &sim_world_now->privates;
    while (*at && *at != host) at = &(*at)->next_private;
    if (!*at) return; /* its world was replaced */
    *at = host->next_private;
    for (sim_op *op; (op = op_on(host));) sim_op_abort(op, VJOB_ECANCELLED, NULL);
    for (size_t i = 0; i < host->n_slots; i++)
        if (host->slots[i]) sim_registry_drop_keys(sim_world_now, host->slots[i]);
    for (size_t i = 0; i < host->n_shelf; i++) sim_registry_drop_keys(sim_world_now, host->shelf[i]);
    sim_host_empty(host);
    vjob_host_release(host);
}

void vjob_host_close_private(vjob_host *host)
{
    if (!host) return;
    int entered = sim_enter();
    if (--host->openings == 0 && sim_world_now && !host->gone) end(host);
    sim_leave(entered);
    vjob_host_release(host);
}
