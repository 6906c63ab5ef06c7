/* Parts of a network that are added, changed, removed; and the addresses that it has given out. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vir_network.h"
#include "xml.h"

#define FROM VIR_FROM_NETWORK

/* What can be updated: an element, where it lives, and the attributes by which one is known. */
typedef struct section {
    unsigned number;
    const char *element, *parent; /* parent NULL: the network itself */
    const char *keys[3];          /* any of them; NULL ends */
    int all;                      /* all of them */
} section;

static const section sections[] = {
    {VIR_NETWORK_SECTION_IP_DHCP_HOST, "host", "dhcp", {"mac", "ip", "name"}, 0},
    {VIR_NETWORK_SECTION_IP_DHCP_RANGE, "range", "dhcp", {"start", "end"}, 1},
    {VIR_NETWORK_SECTION_FORWARD_INTERFACE, "interface", "forward", {"dev"}, 0},
    {VIR_NETWORK_SECTION_PORTGROUP, "portgroup", NULL, {"name"}, 0},
    {VIR_NETWORK_SECTION_DNS_HOST, "host", "dns", {"ip"}, 0},
    {VIR_NETWORK_SECTION_DNS_TXT, "txt", "dns", {"name"}, 0},
    {VIR_NETWORK_SECTION_DNS_SRV, "srv", "dns", {"service"}, 0},
};

static const section *find_section(unsigned number, const char *network)
{
    for (size_t i = 0; i < sizeof sections / sizeof *sections; i++)
        if (sections[i].number == number) return &sections[i];
    vir_fail(FROM, VIR_ERR_OPERATION_UNSUPPORTED, "can't update section %u of network '%s'", number, network);
    return NULL;
}

static int is_same(const section *s, const xml_node *a, const xml_node *b)
{
    int same = 0;
    for (size_t i = 0; i < sizeof s->keys / sizeof *s->keys && s->keys[i]; i++) {
        const char *one = xml_get(a, s->keys[i]), *two = xml_get(b, s->keys[i]);
        const int equal = one && two && strcmp(one, two) == 0;
        if (s->all && !equal) return 0;
        same |= equal;
    }
    return same;
}

/* ---- where ---- */

static xml_node *find_ip(xml_node *root, int index)
{
    xml_node *ip = NULL, *first = NULL;
    for (int at = 0; (ip = xml_child(root, "ip", ip)); at++) {
        if (index == at || (index < 0 && xml_child(ip, "dhcp", NULL))) return ip;
        if (!first) first = ip;
    }
    if (index < 0 && first) return first;
    vir_fail(FROM, VIR_ERR_OPERATION_INVALID, "no <ip> element found at index %d", index);
    return NULL;
}

static xml_node *find_parent(xml_doc *doc, const section *s, int index)
{
    xml_node *above = doc->root;
    if (!s->parent) return above;
    if (strcmp(s->parent, "dhcp") == 0 && !(above = find_ip(above, index))) return NULL;
    return xml_need_child(doc, above, s->parent);
}

/* ---- what ---- */

static int missing(const section *s)
{
    return vir_fail(FROM, VIR_ERR_OPERATION_INVALID, "couldn't locate a matching <%s> entry", s->element);
}

static int apply(const section *s, unsigned command, xml_node *parent, xml_node *node)
{
    xml_node *old = xml_child(parent, s->element, NULL);
    while (old && !is_same(s, old, node)) old = xml_child(parent, s->element, old);
    switch (command) {
    case VIR_NETWORK_UPDATE_COMMAND_MODIFY:
        if (!old) return missing(s);
        xml_insert(parent, node, old);
        xml_remove(old);
        return 0;
    case VIR_NETWORK_UPDATE_COMMAND_DELETE:
        if (!old) return missing(s);
        xml_remove(old);
        return 0;
    case VIR_NETWORK_UPDATE_COMMAND_ADD_LAST:
    case VIR_NETWORK_UPDATE_COMMAND_ADD_FIRST:
        if (old)
            return vir_fail(FROM, VIR_ERR_OPERATION_INVALID, "there is an existing <%s> entry that matches",
                            s->element);
        xml_insert(parent, node,
                   command == VIR_NETWORK_UPDATE_COMMAND_ADD_FIRST ? xml_child(parent, s->element, NULL)
                                                                   : NULL);
        return 0;
    default:
        return vir_fail(FROM, VIR_ERR_OPERATION_UNSUPPORTED, "unrecognized network update command code %u",
                        command);
    }
}

/* The whole XML after the change; NULL: record written. */
static char *changed(const char *xml, const section *s, unsigned command, int index, xml_node *node)
{
    xml_doc doc;
    xml_out out = {.secure = 1};
    if (xml_read(&doc, xml, "network", "network_definition", FROM)) return NULL;
    xml_node *parent = find_parent(&doc, s, index);
    const int failed = !parent || apply(s, command, parent, node);
    if (!failed) xml_node_print(&out, doc.root, '\'');
    xml_free(&doc);
    return failed ? NULL : xml_take(&out);
}

/* Of what is active, or of the definition. */
static int update(const vir_conn *conn, vjob_network *network, int next, const section *s, unsigned command,
                  int index, xml_node *node)
{
    vjob_network_config config;
    char *before = vir_xml_print_network(network, next);
    char *after = before ? changed(before, s, command, index, node) : NULL;
    vir_netdef *def = after ? vir_xml_read_network(after, &config) : NULL;
    free(before);
    free(after);
    if (!def) return -1;
    const vjob_err err = vjob_network_change_config(network, next, &config, VJOB_SPACE_VIR, &def->obj);
    vjob_obj_release(&def->obj);
    return err ? vir_net_fail(conn, err, vjob_last_error()->text) : 0;
}

static int check_impact(const vir_conn *conn, const vjob_network_info *info, unsigned *flags)
{
    if (!*flags) *flags = info->active ? VIR_NETWORK_UPDATE_AFFECT_LIVE : VIR_NETWORK_UPDATE_AFFECT_CONFIG;
    if (*flags & VIR_NETWORK_UPDATE_AFFECT_LIVE && !info->active)
        return vir_net_fail(conn, VJOB_ESTATE, "network is not running");
    if (*flags & VIR_NETWORK_UPDATE_AFFECT_CONFIG && !info->persistent)
        return vir_net_fail(conn, VJOB_ESTATE, "cannot change persistent config of a transient network");
    return 0;
}

/* A node goes into one tree only: it is read anew for each. */
static int update_from(const vir_conn *conn, const vir_net_there *there, int next, const section *s,
                       unsigned command, int index, const char *xml)
{
    xml_doc piece;
    if (xml_read(&piece, xml, s->element, "network_update_xml", FROM)) return -1;
    const int failed = update(conn, there->network, next, s, command, index, piece.root);
    xml_free(&piece);
    return failed;
}

int virNetworkUpdate(virNetworkPtr network, unsigned int command, unsigned int section_number,
                     int parentIndex, const char *xml, unsigned int flags)
{
    VIR_NETWORK(n, network, -1);
    const vir_conn *conn = n->member.conn;
    VIR_NEED(xml, "xml", -1);
    VIR_WRITABLE(conn, -1);
    VIR_FLAGS(conn, flags, 3, -1);
    VIR_NET_THERE(there, n, -1);
    const section *s = find_section(section_number, n->name);
    if (!s || check_impact(conn, &there.info, &flags)) return -1;
    /* The definition first: when only what is active changes, the definition stays behind as it was. */
    const int both = flags == 3;
    if (flags & VIR_NETWORK_UPDATE_AFFECT_CONFIG && !both)
        return update_from(conn, &there, 1, s, command, parentIndex, xml);
    if (update_from(conn, &there, 0, s, command, parentIndex, xml)) return -1;
    return both ? update_from(conn, &there, 1, s, command, parentIndex, xml) : 0;
}

/* ---- leases: every running guest with an interface in the network has one ---- */

#define LEASE_S 3600

void virNetworkDHCPLeaseFree(virNetworkDHCPLeasePtr lease)
{
    if (!lease) return;
    free(lease->iface);
    free(lease->mac);
    free(lease->iaid);
    free(lease->ipaddr);
    free(lease->hostname);
    free(lease->clientid);
    free(lease);
}

static void free_leases(virNetworkDHCPLeasePtr *leases, int n)
{
    for (int i = 0; leases && i < n; i++) virNetworkDHCPLeaseFree(leases[i]);
    free(leases);
}

static unsigned bits_in(const char *netmask)
{
    unsigned part[4] = {0}, n = 0;
    if (sscanf(netmask, "%u.%u.%u.%u", &part[0], &part[1], &part[2], &part[3]) != 4) return 0;
    for (int i = 0; i < 4; i++)
        for (unsigned bit = 128; bit; bit >>= 1) n += (part[i] & bit) != 0;
    return n;
}

/* The number-th address after the first. */
static void address_of(const vjob_network_config *config, unsigned number, char *out, size_t cap)
{
    unsigned p[4] = {0};
    sscanf(config->dhcp_first, "%u.%u.%u.%u", &p[0], &p[1], &p[2], &p[3]);
    const uint32_t value = (p[0] << 24 | p[1] << 16 | p[2] << 8 | p[3]) + number;
    snprintf(out, cap, "%u.%u.%u.%u", value >> 24, value >> 16 & 255, value >> 8 & 255, value & 255);
}

static virNetworkDHCPLeasePtr make_lease(const vjob_network_config *config, const char *mac, const char *host,
                                         unsigned number)
{
    char address[16];
    virNetworkDHCPLeasePtr lease = calloc(1, sizeof *lease);
    if (!lease) return NULL;
    address_of(config, number, address, sizeof address);
    lease->expirytime = (long long)(vjob_clock_now() / 1000000000u) + LEASE_S;
    lease->type = VIR_IP_ADDR_TYPE_IPV4;
    lease->prefix = bits_in(config->netmask);
    lease->iface = strdup(config->bridge);
    lease->mac = strdup(mac);
    lease->ipaddr = strdup(address);
    lease->hostname = strdup(host);
    if (lease->iface && lease->mac && lease->ipaddr && lease->hostname) return lease;
    virNetworkDHCPLeaseFree(lease);
    return NULL;
}

typedef struct leases {
    vjob_network_config config;
    const char *mac;              /* only this; NULL: all */
    virNetworkDHCPLeasePtr *list; /* NULL: only counted */
    int n;
    unsigned number;
} leases;

static int add_vm(leases *out, vjob_vm *vm)
{
    vjob_vm_config config;
    vjob_vm_info info;
    int failed = 0;
    vjob_vm_look(vm, &info);
    if (vjob_vm_get_config(vm, &config)) return 0; /* gone meanwhile */
    for (size_t i = 0; i < config.n_nics && !failed; i++) {
        const vjob_nic *nic = &config.nics[i];
        if (strcmp(nic->network, out->config.name) != 0) continue;
        const unsigned number = out->number++; /* also for those that are off: addresses stay */
        if (!vir_is_active(&info) || (out->mac && strcasecmp(out->mac, nic->mac) != 0)) continue;
        if (out->list && !(out->list[out->n] = make_lease(&out->config, nic->mac, config.name, number)))
            failed = vir_fail_memory(FROM);
        else
            out->n++;
    }
    vjob_vm_config_clear(&config);
    return failed;
}

static int collect(const vir_conn *conn, leases *out, int wanted)
{
    vjob_vm **vms;
    size_t n;
    int failed = 0;
    if (vjob_host_vms(conn->host, &vms, &n)) return vir_fail_memory(FROM);
    if (wanted && !(out->list = calloc(n * 64 + 1, sizeof(virNetworkDHCPLeasePtr))))
        failed = vir_fail_memory(FROM);
    for (size_t i = 0; i < n && !failed; i++) failed = add_vm(out, vms[i]);
    vjob_vms_free(vms, n);
    return failed;
}

int virNetworkGetDHCPLeases(virNetworkPtr network, const char *mac, virNetworkDHCPLeasePtr **out_leases,
                            unsigned int flags)
{
    VIR_NETWORK(n, network, -1);
    const vir_conn *conn = n->member.conn;
    if (out_leases) *out_leases = NULL;
    if (conn->manner == VIR_MANNER_TEST) return vir_unsupported(__func__);
    VIR_FLAGS(conn, flags, 0, -1);
    VIR_NET_THERE(there, n, -1);
    leases found = {.mac = mac};
    vjob_network_get_config(there.network, 0, &found.config);
    if (!there.info.active || !found.config.dhcp_first[0]) return 0;
    if (collect(conn, &found, out_leases != NULL)) {
        free_leases(found.list, found.n);
        return -1;
    }
    if (out_leases) *out_leases = found.list;
    return found.n;
}
