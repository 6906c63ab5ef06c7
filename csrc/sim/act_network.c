/* act_network.c - networks that start, stop, and are made active. */
#include "act.h"

static vjob_err need(const vjob_network *network, int active, sim_why *why)
{
    vjob_err err = sim_network_check_here(network, why);
    if (err || network->active == active) return err;
    return sim_say(why, VJOB_ESTATE, network->name, "network \"%s\" is %s", network->name,
                   active ? "not active" : "active already");
}

SIM_ACT(network_start_begin)
{
    return need(op->network, 0, why);
}

SIM_ACT(network_start)
{
    vjob_err err = need(op->network, 0, why); /* another one may have been faster */
    if (!err) sim_network_start(op->network, (vjob_op)op->op);
    return err;
}

SIM_ACT(network_stop_begin)
{
    if (op->flags & VJOB_OPF_STOP_AGAIN) return sim_network_check_here(op->network, why);
    return need(op->network, 1, why);
}

SIM_ACT(network_stop)
{
    vjob_err err = sim_act_network_stop_begin(op, why);
    if (!err) sim_network_stop(op->network, (vjob_op)op->op);
    return err;
}

/* ---- creating ---- */

SIM_ACT(network_create_begin)
{
    vjob_network *twin = NULL;
    vjob_err err = sim_network_find_twin(op->host, &op->args.plan->config, &twin, why);
    return !err && twin ? need(twin, 0, why) : err;
}

/* What it was defined as comes back when it stops. */
static void run_as(vjob_network *network, sim_op *op)
{
    if (network->next) sim_network_plan_free(network->plan);
    if (!network->next) network->next = network->plan;
    network->plan = op->args.plan;
    op->args.plan = NULL;
}

SIM_ACT(network_create)
{
    vjob_network *network = NULL;
    vjob_err err = sim_act_network_create_begin(op, why);
    if (!err) err = sim_network_find_twin(op->host, &op->args.plan->config, &network, why);
    if (err) return err;
    if (op->host->gone)
        return sim_say(why, VJOB_ECONNECT, op->host->name, "the host does not exist any more");
    if (network) {
        run_as(network, op);
    } else {
        network = sim_host_add_network(op->host, op->args.plan);
        if (!network) return sim_say(why, VJOB_ENOMEM, op->host->name, "no memory for a network");
        op->args.plan = NULL;
    }
    op->network = vjob_network_retain(network);
    op->result.network = network;
    sim_network_start(network, VJOB_OP_NETWORK_CREATE);
    return VJOB_OK;
}
