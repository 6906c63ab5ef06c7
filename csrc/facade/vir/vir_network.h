/**
 * vir_network.h - networks: handles, and their XML.
 *
 * What the simulator's configuration does not hold of a network's XML is kept with it as text
 * (vir_netdef), in the order of printing. Networks that other APIs made have none.
 */
#ifndef VIR_NETWORK_H
#define VIR_NETWORK_H

#include "vir_internal.h"

typedef struct vir_network {
    vir_member member;
    char uuid[40]; /* immutable, as is name */
    char name[128];
    vjob_network *network; /* kept; obj lock: one that was made anew with the same uuid takes its place */
} vir_network;
extern const vjob_class vir_network_class;

/** An object for a network; one reference. NULL: record written. */
vir_network *vir_network_new(vir_conn *conn, vjob_network *network);
/** A handle, for the client. NULL: record written. */
virNetworkPtr vir_network_give(vir_conn *conn, vjob_network *network);

/** A network that is there, as it is now. */
typedef struct vir_net_there {
    vjob_network *network; /* kept until the end of the call */
    vjob_network_info info;
} vir_net_there;
/** 0 | -1: VIR_ERR_NO_NETWORK */
int vir_net_find(vir_network *network, vir_net_there *out);
void vir_net_end(vir_net_there *there);
#define VIR_NET_THERE(name, network, failed)                                                                 \
    __attribute__((cleanup(vir_net_end))) vir_net_there name;                                                \
    if (vir_net_find(network, &name)) return failed

/** Write how an operation on a network failed into the record; -1. */
int vir_net_fail(const vir_conn *conn, vjob_err err, const char *text);

/* ---- XML (xml_network.c) ---------------------------------------------------------------------------- */

/** What is inside <network> beside name and uuid, in the order of printing; never changes. */
typedef struct vir_netdef {
    vjob_obj obj;
    char *pieces;
} vir_netdef;

/** Read a network's XML. One reference to what is kept with it. NULL: record written. */
vir_netdef *vir_xml_read_network(const char *xml, vjob_network_config *out_config);
/** Print it as it is, or with `next` as it will be at its next start; malloc'ed. NULL: record written. */
char *vir_xml_print_network(vjob_network *network, int next);

#endif
