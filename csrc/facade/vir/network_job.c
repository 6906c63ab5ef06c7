/* virJob: networks that are started or made in the background. */
#include "vir_job.h"
#include "vir_network.h"

/* World: the job's connection is there until virJobDestroy, which comes after the end. */
static void done(vir_job *job, const vjob_op_result *result)
{
    vir_network *network = vir_network_new(job->conn, result->network);
    if (!network) return; /* out of memory: the job says that it has none */
    vir_job_set_network(job, &network->member.obj);
    vjob_obj_release(&network->member.obj);
}

static virJobPtr start(vir_conn *conn, const char *function, const vjob_op_request *request)
{
    vir_job *job = vir_job_new(conn, function, VIR_JOB_BOUNDED);
    if (!job) return NULL;
    job->done = done;
    return vir_job_start_op(job, request);
}

virJobPtr virNetworkCreateJob(virNetworkPtr network, unsigned int flags)
{
    VIR_NETWORK(n, network, NULL);
    vir_conn *const conn = n->member.conn;
    VIR_WRITABLE(conn, NULL);
    VIR_FLAGS(conn, flags, 0, NULL);
    if (vir_need_jobs(conn, __func__)) return NULL;
    VIR_NET_THERE(there, n, NULL);
    if (!there.info.active)
        return start(conn, __func__,
                     &(vjob_op_request){.op = VJOB_OP_NETWORK_START, .network = there.network});
    vir_net_fail(conn, VJOB_ESTATE, "the network is active already");
    return NULL;
}

virJobPtr virNetworkCreateXMLJob(virConnectPtr conn, const char *xmlDesc, unsigned int flags)
{
    vjob_network_config config;
    VIR_CONN(c, conn, NULL);
    VIR_NEED(xmlDesc, "xmlDesc", NULL);
    VIR_WRITABLE(c, NULL);
    VIR_FLAGS(c, flags, 0, NULL);
    if (vir_need_jobs(c, __func__)) return NULL;
    vir_netdef *def = vir_xml_read_network(xmlDesc, &config);
    if (!def) return NULL;
    const vjob_op_request request = {
        .op = VJOB_OP_NETWORK_CREATE, .host = c->host, .network_config = &config, .extra = &def->obj};
    virJobPtr job = start(c, __func__, &request);
    vjob_obj_release(&def->obj);
    return job;
}
