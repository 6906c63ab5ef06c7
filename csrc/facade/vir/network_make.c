/* Networks that are defined, started, stopped, forgotten. */
#include "vir_network.h"

#include <stdlib.h>
#include <string.h>

/* Who complains about networks in a driver. */
static int from_of(const vir_conn *conn)
{
    return conn->manner == VIR_MANNER_TEST ? VIR_FROM_TEST : VIR_FROM_NETWORK;
}

int vir_net_fail(const vir_conn *conn, vjob_err err, const char *text)
{
    static const struct {
        vjob_err err;
        int code;
    } codes[] = {
        {VJOB_ENOENT, VIR_ERR_NO_NETWORK},        {VJOB_EEXIST, VIR_ERR_OPERATION_FAILED},
        {VJOB_ESTATE, VIR_ERR_OPERATION_INVALID}, {VJOB_ECANCELLED, VIR_ERR_OPERATION_ABORTED},
        {VJOB_ENOMEM, VIR_ERR_NO_MEMORY},         {VJOB_EINVAL, VIR_ERR_CONFIG_UNSUPPORTED},
        {VJOB_EIO, VIR_ERR_OPERATION_FAILED},     {VJOB_EFAILED, VIR_ERR_OPERATION_FAILED},
    };
    text = text && *text ? text : vjob_err_text(err);
    const int from = err == VJOB_EEXIST ? VIR_FROM_NETWORK : from_of(conn);
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        if (codes[i].err == err) return vir_fail(from, codes[i].code, "%s", text);
    return vir_fail(from, VIR_ERR_INTERNAL_ERROR, "%s", text);
}

/* One operation, waited for; what it worked on in *out (kept), if that is asked for. */
static int run(vir_conn *conn, const char *function, const vjob_op_request *request, vjob_network **out)
{
    vjob_op_request mine = *request;
    vjob_job *job = vir_job_plain(function);
    if (!job) return -1;
    mine.space = VJOB_SPACE_VIR;
    vjob_err err = vjob_op_start(&mine, job);
    if (err) {
        vir_net_fail(conn, err, vjob_last_error()->text);
        vjob_job_end(job, err);
        vjob_obj_release(&job->obj);
        return -1;
    }
    err = vjob_job_wait(job, VJOB_FOREVER);
    if (!err) err = vjob_job_get_err(job);
    const vjob_op_result *result = vjob_op_get_result(job);
    if (err) vir_net_fail(conn, err, result ? result->text : NULL);
    if (!err && out) *out = vjob_network_retain(result->network);
    vjob_obj_release(&job->obj);
    return err ? -1 : 0;
}

/* ---- from XML ---- */

static virNetworkPtr define(vir_conn *conn, const char *function, const char *xml)
{
    vjob_network_config config;
    vjob_network *network = NULL;
    VIR_WRITABLE_IN(conn, function, NULL);
    vir_netdef *def = vir_xml_read_network(xml, &config);
    if (!def) return NULL;
    if (vjob_network_define(conn->host, &config, VJOB_SPACE_VIR, &def->obj, &network))
        vir_net_fail(conn, vjob_last_error()->err, vjob_last_error()->text);
    vjob_obj_release(&def->obj);
    virNetworkPtr handle = network ? vir_network_give(conn, network) : NULL;
    if (network) vjob_network_release(network);
    return handle;
}

virNetworkPtr virNetworkDefineXML(virConnectPtr conn, const char *xmlDesc)
{
    VIR_CONN(c, conn, NULL);
    VIR_NEED(xmlDesc, "xml", NULL);
    return define(c, __func__, xmlDesc);
}

virNetworkPtr virNetworkDefineXMLFlags(virConnectPtr conn, const char *xmlDesc, unsigned int flags)
{
    VIR_CONN(c, conn, NULL);
    VIR_NEED(xmlDesc, "xml", NULL);
    VIR_FLAGS(c, flags, VIR_NETWORK_DEFINE_VALIDATE, NULL);
    return define(c, __func__, xmlDesc);
}

static virNetworkPtr create(vir_conn *conn, const char *function, const char *xml)
{
    vjob_network_config config;
    vjob_network *network = NULL;
    VIR_WRITABLE_IN(conn, function, NULL);
    vir_netdef *def = vir_xml_read_network(xml, &config);
    if (!def) return NULL;
    const vjob_op_request request = {
        .op = VJOB_OP_NETWORK_CREATE, .host = conn->host, .network_config = &config, .extra = &def->obj};
    const int failed = run(conn, function, &request, &network);
    vjob_obj_release(&def->obj);
    virNetworkPtr handle = failed ? NULL : vir_network_give(conn, network);
    if (network) vjob_network_release(network);
    return handle;
}

virNetworkPtr virNetworkCreateXML(virConnectPtr conn, const char *xmlDesc)
{
    VIR_CONN(c, conn, NULL);
    VIR_NEED(xmlDesc, "xmlDesc", NULL);
    return create(c, __func__, xmlDesc);
}

virNetworkPtr virNetworkCreateXMLFlags(virConnectPtr conn, const char *xmlDesc, unsigned int flags)
{
    VIR_CONN(c, conn, NULL);
    VIR_NEED(xmlDesc, "xmlDesc", NULL);
    VIR_FLAGS(c, flags, VIR_NETWORK_CREATE_VALIDATE, NULL);
    return create(c, __func__, xmlDesc);
}

/* ---- on, off, away ---- */

static int run_on(vir_network *n, const char *function, vjob_op op, uint32_t flags)
{
    vir_conn *conn = n->member.conn;
    VIR_WRITABLE_IN(conn, function, -1);
    VIR_NET_THERE(there, n, -1);
    return run(conn, function, &(vjob_op_request){.op = op, .network = there.network, .flags = flags}, NULL);
}

int virNetworkCreate(virNetworkPtr network)
{
    VIR_NETWORK(n, network, -1);
    return run_on(n, __func__, VJOB_OP_NETWORK_START, 0);
}

/* The test driver stops what is not active, too. */
int virNetworkDestroy(virNetworkPtr network)
{
    VIR_NETWORK(n, network, -1);
    const int test = n->member.conn->manner == VIR_MANNER_TEST;
    return run_on(n, __func__, VJOB_OP_NETWORK_STOP, test ? VJOB_OPF_STOP_AGAIN : 0);
}

/* The test driver refuses an active one; the other makes it transient. */
int virNetworkUndefine(virNetworkPtr network)
{
    VIR_NETWORK(n, network, -1);
    const vir_conn *conn = n->member.conn;
    VIR_WRITABLE(conn, -1);
    VIR_NET_THERE(there, n, -1);
    if (conn->manner == VIR_MANNER_TEST && there.info.active)
        return vir_net_fail(conn, VJOB_ESTATE, "the network is still running");
    const uint32_t flags = conn->manner == VIR_MANNER_TEST ? VJOB_NETF_ONLY_INACTIVE : 0;
    const vjob_err err = vjob_network_undefine(there.network, flags);
    return err ? vir_net_fail(conn, err, vjob_last_error()->text) : 0;
}

/* ---- what it says ---- */

char *virNetworkGetXMLDesc(virNetworkPtr network, unsigned int flags)
{
    VIR_NETWORK(n, network, NULL);
    const vir_conn *conn = n->member.conn;
    VIR_FLAGS(conn, flags, conn->manner == VIR_MANNER_TEST ? 0 : VIR_NETWORK_XML_INACTIVE, NULL);
    VIR_NET_THERE(there, n, NULL);
    return vir_xml_print_network(there.network, (flags & VIR_NETWORK_XML_INACTIVE) != 0);
}

char *virNetworkGetBridgeName(virNetworkPtr network)
{
    VIR_NETWORK(n, network, NULL);
    VIR_NET_THERE(there, n, NULL);
    char *name = there.info.bridge[0] ? strdup(there.info.bridge) : NULL;
    if (!there.info.bridge[0])
        vir_fail(from_of(n->member.conn), VIR_ERR_INTERNAL_ERROR, "network '%s' does not have a bridge name.",
                 n->name);
    else if (!name)
        vir_fail_memory(VIR_FROM_NETWORK);
    return name;
}

int virNetworkGetAutostart(virNetworkPtr network, int *autostart)
{
    VIR_NETWORK(n, network, -1);
    VIR_NEED(autostart, "autostart", -1);
    VIR_NET_THERE(there, n, -1);
    *autostart = there.info.autostart;
    return 0;
}

int virNetworkSetAutostart(virNetworkPtr network, int autostart)
{
    VIR_NETWORK(n, network, -1);
    const vir_conn *conn = n->member.conn;
    VIR_WRITABLE(conn, -1);
    VIR_NET_THERE(there, n, -1);
    if (conn->manner == VIR_MANNER_QEMU && !there.info.persistent)
        return vir_net_fail(conn, VJOB_ESTATE, "cannot set autostart for transient network");
    const vjob_err err = vjob_network_set_autostart(there.network, autostart);
    return err ? vir_net_fail(conn, err, vjob_last_error()->text) : 0;
}
