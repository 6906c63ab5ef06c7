/* Looking networks up, and lists of them. */
#include "vir_network.h"

#include <stdlib.h>
#include <string.h>

/* ---- one ---- */

/* Takes over the network. */
static virNetworkPtr give(vir_conn *conn, vjob_network *network)
{
    virNetworkPtr handle = vir_network_give(conn, network);
    vjob_network_release(network);
    return handle;
}

static virNetworkPtr missing(const vir_conn *conn, const char *what, const char *which)
{
    vir_fail(conn->manner == VIR_MANNER_TEST ? VIR_FROM_TEST : VIR_FROM_NETWORK, VIR_ERR_NO_NETWORK,
             "no network with matching %s '%s'", what, which);
    return NULL;
}

virNetworkPtr virNetworkLookupByName(virConnectPtr conn, const char *name)
{
    vjob_network *network;
    VIR_CONN(c, conn, NULL);
    VIR_NEED(name, "name", NULL);
    if (!vjob_network_by_name(c->host, name, &network)) return give(c, network);
    return missing(c, "name", name);
}

static virNetworkPtr by_uuid(vir_conn *conn, const char *uuid)
{
    vjob_network *network;
    if (!vjob_network_by_uuid(conn->host, uuid, &network)) return give(conn, network);
    return missing(conn, "uuid", uuid);
}

virNetworkPtr virNetworkLookupByUUID(virConnectPtr conn, const unsigned char *uuid)
{
    char text[VIR_UUID_STRING_BUFLEN];
    VIR_CONN(c, conn, NULL);
    VIR_NEED(uuid, "uuid", NULL);
    vir_uuid_text(uuid, text);
    return by_uuid(c, text);
}

virNetworkPtr virNetworkLookupByUUIDString(virConnectPtr conn, const char *uuid)
{
    unsigned char bytes[VIR_UUID_BUFLEN];
    char text[VIR_UUID_STRING_BUFLEN];
    VIR_CONN(c, conn, NULL);
    VIR_NEED(uuid, "uuidstr", NULL);
    VIR_NEED(!vir_uuid_read(uuid, bytes), "uuidstr", NULL);
    vir_uuid_text(bytes, text);
    return by_uuid(c, text);
}

/* ---- the older lists ---- */

typedef struct list {
    vjob_network **networks; /* kept */
    size_t n;
} list;

static int list_begin(vir_conn *conn, list *out)
{
    return vjob_host_list_networks(conn->host, &out->networks, &out->n) ? vir_fail_memory(conn->from) : 0;
}

/* Names of active or inactive ones, at most so many (names NULL: only counted). -1: record written. */
static int old_list(vir_conn *conn, int active, char **names, int most)
{
    list all;
    int n = 0, failed = 0;
    vjob_network_info info;
    if (list_begin(conn, &all)) return -1;
    for (size_t i = 0; i < all.n && n < most && !failed; i++) {
        vjob_network_look(all.networks[i], &info);
        if (info.active != active) continue;
        if (names && !(names[n] = strdup(info.name)))
            failed = vir_fail_memory(conn->from);
        else
            n++;
    }
    vjob_networks_free(all.networks, all.n);
    if (!failed) return n;
    while (n-- > 0) free(names[n]);
    return -1;
}

int virConnectNumOfNetworks(virConnectPtr conn)
{
    VIR_CONN(c, conn, -1);
    return old_list(c, 1, NULL, INT32_MAX);
}

int virConnectListNetworks(virConnectPtr conn, char **const names, int maxnames)
{
    VIR_CONN(c, conn, -1);
    VIR_NEED(names || maxnames == 0, "names", -1);
    VIR_NEED(maxnames >= 0, "maxnames", -1);
    return old_list(c, 1, names, maxnames);
}

int virConnectNumOfDefinedNetworks(virConnectPtr conn)
{
    VIR_CONN(c, conn, -1);
    return old_list(c, 0, NULL, INT32_MAX);
}

int virConnectListDefinedNetworks(virConnectPtr conn, char **const names, int maxnames)
{
    VIR_CONN(c, conn, -1);
    VIR_NEED(names || maxnames == 0, "names", -1);
    VIR_NEED(maxnames >= 0, "maxnames", -1);
    return old_list(c, 0, names, maxnames);
}

/* ---- with filters ---- */

#define LIST(flag) VIR_CONNECT_LIST_NETWORKS_##flag
static const unsigned groups[] = {
    LIST(ACTIVE) | LIST(INACTIVE),
    LIST(PERSISTENT) | LIST(TRANSIENT),
    LIST(AUTOSTART) | LIST(NO_AUTOSTART),
};
#define N_GROUPS (sizeof groups / sizeof *groups)
#define ALL_FLAGS 0x3fu

static unsigned bits_of(const vjob_network_info *info)
{
    return (info->active ? LIST(ACTIVE) : LIST(INACTIVE)) |
           (info->persistent ? LIST(PERSISTENT) : LIST(TRANSIENT)) |
           (info->autostart ? LIST(AUTOSTART) : LIST(NO_AUTOSTART));
}

static int fill(vir_conn *conn, const list *all, virNetworkPtr *handles, unsigned flags)
{
    int n = 0;
    vjob_network_info info;
    for (size_t i = 0; i < all->n; i++) {
        vjob_network_look(all->networks[i], &info);
        if (!vir_filter(flags, bits_of(&info), groups, N_GROUPS)) continue;
        if (handles && !(handles[n] = vir_network_give(conn, all->networks[i]))) {
            while (n-- > 0) vjob_space_release(VJOB_SPACE_VIR, vir_number(handles[n]));
            return -1;
        }
        n++;
    }
    return n;
}

int virConnectListAllNetworks(virConnectPtr conn, virNetworkPtr **nets, unsigned int flags)
{
    list all;
    VIR_CONN(c, conn, -1);
    if (nets) *nets = NULL;
    VIR_FLAGS(c, flags, ALL_FLAGS, -1);
    if (list_begin(c, &all)) return -1;
    virNetworkPtr *handles = nets ? calloc(all.n + 1, sizeof(virNetworkPtr)) : NULL;
    int n = nets && !handles ? vir_fail_memory(c->from) : fill(c, &all, handles, flags);
    vjob_networks_free(all.networks, all.n);
    if (n < 0)
        free(handles);
    else if (nets)
        *nets = handles;
    return n;
}
