/* Networks as objects: handles, and what they say without asking the world. */
#include "vir_network.h"

#include <stdio.h>
#include <string.h>

static void destroy(vjob_obj *obj)
{
    vir_network *network = (vir_network *)(void *)obj;
    if (network->network) vjob_network_release(network->network);
    vir_member_fini(&network->member);
}

static void describe(vjob_obj *obj, char *out, size_t cap)
{
    snprintf(out, cap, "%s", ((vir_network *)(void *)obj)->name);
}

const vjob_class vir_network_class = {"virNetwork", VJOB_SPACE_VIR, VIR_TYPE_NETWORK, destroy, describe};

vir_network *vir_network_new(vir_conn *conn, vjob_network *network)
{
    vir_network *made = vir_member_new(&vir_network_class, sizeof *made, conn);
    if (!made) return NULL;
    made->network = vjob_network_retain(network);
    snprintf(made->uuid, sizeof made->uuid, "%s", vjob_network_uuid(network));
    snprintf(made->name, sizeof made->name, "%s", vjob_network_name(network));
    return made;
}

virNetworkPtr vir_network_give(vir_conn *conn, vjob_network *network)
{
    vir_network *made = vir_network_new(conn, network);
    if (!made) return NULL;
    virNetworkPtr handle = vir_give(&made->member.obj);
    vjob_obj_release(&made->member.obj);
    return handle;
}

/* ---- the network behind it ------------------------------------------------------------------------------- */

static vjob_network *kept(vir_network *network)
{
    vjob_obj_lock(&network->member.obj);
    vjob_network *found = vjob_network_retain(network->network);
    vjob_obj_unlock(&network->member.obj);
    return found;
}

/* One with the same uuid may have been made since. NULL: there is none. */
static vjob_network *find_again(vir_network *network)
{
    vjob_network *found, *old;
    if (vjob_network_by_uuid(network->member.conn->host, network->uuid, &found)) return NULL;
    vjob_obj_lock(&network->member.obj);
    old = network->network;
    network->network = vjob_network_retain(found);
    vjob_obj_unlock(&network->member.obj);
    vjob_network_release(old);
    return found;
}

int vir_net_find(vir_network *network, vir_net_there *out)
{
    out->network = kept(network);
    vjob_network_look(out->network, &out->info);
    if (out->info.listed) return 0;
    vjob_network_release(out->network);
    out->network = find_again(network);
    if (out->network) {
        vjob_network_look(out->network, &out->info);
        return 0;
    }
    return vir_fail(network->member.conn->from, VIR_ERR_NO_NETWORK, "no network with matching name '%s'",
                    network->name);
}

void vir_net_end(vir_net_there *there)
{
    if (there->network) vjob_network_release(there->network);
}

/* ---- public ------------------------------------------------------------------------------------------------ */

int virNetworkRef(virNetworkPtr network)
{
    return vir_ref(network, VIR_TYPE_NETWORK, __func__);
}

int virNetworkFree(virNetworkPtr network)
{
    return vir_drop(network, VIR_TYPE_NETWORK, __func__);
}

virConnectPtr virNetworkGetConnect(virNetworkPtr network)
{
    VIR_NETWORK(n, network, NULL);
    return vir_pointer(n->member.conn->obj.name);
}

const char *virNetworkGetName(virNetworkPtr network)
{
    VIR_NETWORK(n, network, NULL);
    return n->name;
}

int virNetworkGetUUIDString(virNetworkPtr network, char *buf)
{
    VIR_NETWORK(n, network, -1);
    VIR_NEED(buf, "buf", -1);
    memcpy(buf, n->uuid, VIR_UUID_STRING_BUFLEN);
    return 0;
}

int virNetworkGetUUID(virNetworkPtr network, unsigned char *uuid)
{
    VIR_NETWORK(n, network, -1);
    VIR_NEED(uuid, "uuid", -1);
    vir_uuid_bytes(n->uuid, uuid);
    return 0;
}

int virNetworkIsActive(virNetworkPtr net)
{
    VIR_NETWORK(n, net, -1);
    VIR_NET_THERE(there, n, -1);
    return there.info.active;
}

int virNetworkIsPersistent(virNetworkPtr net)
{
    VIR_NETWORK(n, net, -1);
    VIR_NET_THERE(there, n, -1);
    return there.info.persistent;
}
