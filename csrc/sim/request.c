/* request.c - vjob_op_start: what a request must have, and copies of what the client gave. */
#include <stdlib.h>

#include "operation.h"

/* What each operation needs of its request. */
#define NEEDS_VM 1u
#define NEEDS_HOST 2u
#define NEEDS_NAME 4u
#define NEEDS_UUID 8u
#define NEEDS_PATH 16u
#define NEEDS_CONFIG 32u
#define NEEDS_NETWORK 64u
#define NEEDS_NETWORK_CONFIG 128u

static unsigned needs(vjob_op op)
{
    switch (op) {
    case VJOB_OP_CREATE: return NEEDS_HOST | NEEDS_CONFIG;
    case VJOB_OP_NETWORK_CREATE: return NEEDS_HOST | NEEDS_NETWORK_CONFIG;
    case VJOB_OP_NETWORK_START:
    case VJOB_OP_NETWORK_STOP: return NEEDS_NETWORK;
    case VJOB_OP_REGISTER: return NEEDS_HOST | NEEDS_PATH;
    case VJOB_OP_LOGIN:
    case VJOB_OP_LOGOFF:
    case VJOB_OP_LIST: return NEEDS_HOST;
    case VJOB_OP_READ: return 0;
    case VJOB_OP_SNAPSHOT:
    case VJOB_OP_CLONE: return NEEDS_VM | NEEDS_NAME;
    case VJOB_OP_SWITCH_SNAPSHOT:
    case VJOB_OP_DELETE_SNAPSHOT: return NEEDS_VM | NEEDS_UUID;
    case VJOB_OP_CONFIGURE: return NEEDS_VM | NEEDS_CONFIG;
    case VJOB_OP_MIGRATE: return NEEDS_VM | NEEDS_HOST;
    default: return NEEDS_VM;
    }
}

static vjob_err missing(vjob_op op, const char *what)
{
    return vjob_fail(VJOB_EINVAL, NULL, NULL, "%s needs %s", vjob_op_name(op), what);
}

static vjob_err check(const vjob_op_request *r, const vjob_job *job)
{
    if (!r || !job) return vjob_fail(VJOB_EINVAL, NULL, NULL, "request or job is missing");
    if ((unsigned)r->op >= VJOB_OP_COUNT || r->op == VJOB_OP_NONE || r->op == VJOB_OP_GUEST_RUN)
        return vjob_fail(VJOB_EINVAL, NULL, NULL, "vjob_op_start has no operation with the number %d",
                         (int)r->op);
    if ((unsigned)r->space >= VJOB_SPACE_COUNT)
        return vjob_fail(VJOB_EINVAL, NULL, NULL, "there is no such space");
    if ((unsigned)r->busy > VJOB_BUSY_WAIT)
        return vjob_fail(VJOB_EINVAL, NULL, NULL, "there is no such busy rule");
    unsigned need = needs(r->op);
    if (need & NEEDS_VM && !r->vm) return missing(r->op, "a VM");
    if (need & NEEDS_HOST && !r->host) return missing(r->op, "a host");
    if (need & NEEDS_NAME && !r->name) return missing(r->op, "a name");
    if (need & NEEDS_UUID && !r->uuid) return missing(r->op, "the uuid of a snapshot");
    if (need & NEEDS_PATH && !r->path) return missing(r->op, "a path");
    if (need & NEEDS_CONFIG && !r->config) return missing(r->op, "a configuration");
    if (need & NEEDS_NETWORK && !r->network) return missing(r->op, "a network");
    if (need & NEEDS_NETWORK_CONFIG && !r->network_config) return missing(r->op, "a network's configuration");
    return VJOB_OK;
}

static int copy(char **out, const char *text)
{
    *out = sim_dup(text);
    return *out || !text;
}

/* Logins are decided at once; no password is kept. */
static int keep(sim_op *op, const vjob_op_request *r)
{
    if (r->op == VJOB_OP_LOGIN || r->op == VJOB_OP_GUEST_LOGIN) return 1;
    if (r->config) {
        /* Where the VM lives decides which values are derived ones; for a new one nothing is known yet. */
        const char *uuid = r->vm ? r->vm->uuid : r->config->uuid;
        op->args.config = sim_config_pack(r->config, uuid, r->vm ? r->vm->path : r->config->path);
        if (!op->args.config || !copy(&op->args.name, r->config->name)) return 0;
    } else if (!copy(&op->args.name, r->name)) {
        return 0;
    }
    if (r->network) op->network = vjob_network_retain(r->network);
    if (r->network_config) {
        op->args.plan = sim_network_plan_new(r->network_config, r->space, r->extra);
        return op->args.plan != NULL;
    }
    if (r->extra) op->args.extra = vjob_obj_retain(r->extra);
    op->space = (uint8_t)r->space;
    return copy(&op->args.text, r->text) && copy(&op->args.uuid, r->uuid) && copy(&op->args.path, r->path) &&
           copy(&op->args.snapshot, r->snapshot);
}

vjob_err vjob_op_start(const vjob_op_request *request, vjob_job *job)
{
    vjob_err err = check(request, job);
    if (err) return err;
    sim_why why = {0};
    err = sim_world_need(&why);
    if (err) return sim_fail(err, &why);
    if (request->config) {
        err = sim_config_check(request->config, &why);
        if (err) return sim_fail(err, &why);
    }
    if (request->network_config) {
        err = sim_network_config_check(request->network_config, &why);
        if (err) return sim_fail(err, &why);
    }
    sim_op *op = sim_op_new(request->op,
                            needs(request->op) & NEEDS_VM || request->op == VJOB_OP_READ ? request->vm : NULL,
                            request->host);
    if (!op || !keep(op, request)) {
        if (op) sim_op_free(op);
        return vjob_fail(VJOB_ENOMEM, NULL, NULL, "no memory for %s", vjob_op_name(request->op));
    }
    op->flags = request->flags;
    op->busy = (uint8_t)request->busy;
    op->busy_wait_ns = request->busy_wait_ns;
    op->request = request;
    sim_op_launch(op, job);
    return VJOB_OK;
}
