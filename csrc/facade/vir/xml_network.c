/* Network XML in and out. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vir_network.h"
#include "xml_domain.h"

#define FROM VIR_FROM_NETWORK

/* Elements beside name and uuid, in the order of printing. */
static const char *const elements[] = {
    "title", "description", "metadata",  "forward", "bridge", "mtu",         "mac",       "domain", "dns",
    "vlan",  "port",        "bandwidth", "ip",      "route",  "virtualport", "portgroup", NULL};
static const char *const modes[] = {"none",    "nat",  "route",       "open",    "bridge",
                                    "private", "vepa", "passthrough", "hostdev", NULL};

static int place(const char *const *list, const char *word)
{
    for (int i = 0; list[i]; i++)
        if (strcmp(list[i], word) == 0) return i;
    return -1;
}

/* ---- addresses ---- */

/* a.b.c.d as a number; 0: it is none (0.0.0.0 is of no use here). */
static uint32_t read_ipv4(const char *text)
{
    unsigned part[4];
    char more;
    if (sscanf(text, "%3u.%3u.%3u.%3u%c", &part[0], &part[1], &part[2], &part[3], &more) != 4) return 0;
    for (int i = 0; i < 4; i++)
        if (part[i] > 255) return 0;
    return part[0] << 24 | part[1] << 16 | part[2] << 8 | part[3];
}

static int is_ipv6(const char *text)
{
    return strchr(text, ':') && strspn(text, "0123456789abcdefABCDEF:.") == strlen(text) && strlen(text) < 46;
}

static int is_address(const char *text)
{
    return text && (read_ipv4(text) || is_ipv6(text));
}

static int is_mask(const char *text)
{
    const uint32_t mask = read_ipv4(text);
    return mask && ((~mask + 1) & ~mask) == 0;
}

static int read_range(const xml_node *range, vjob_network_config *config)
{
    const char *ends[2] = {xml_get(range, "start"), xml_get(range, "end")};
    for (int i = 0; i < 2; i++)
        if (!is_address(ends[i]))
            return vir_fail(VIR_FROM_NONE, VIR_ERR_SYSTEM_ERROR,
                            "line %u: <range>: no socket address: '%.60s'", range->line,
                            ends[i] ? ends[i] : "");
    if (read_ipv4(ends[0]) > read_ipv4(ends[1]))
        return vir_fail(VIR_FROM_NONE, VIR_ERR_INTERNAL_ERROR, "line %u: <range>: %s - %s is reversed",
                        range->line, ends[0], ends[1]);
    if (config->dhcp_first[0]) return 0;
    snprintf(config->dhcp_first, sizeof config->dhcp_first, "%s", ends[0]);
    snprintf(config->dhcp_last, sizeof config->dhcp_last, "%s", ends[1]);
    return 0;
}

static int read_prefix(const char *prefix, char *out, size_t cap)
{
    char *end;
    const unsigned long bits = strtoul(prefix, &end, 10);
    if (end == prefix || *end || bits < 1 || bits > 128) return -1;
    if (bits > 32) return 0;
    const uint32_t mask = (uint32_t)(0xffffffffull << (32 - bits));
    snprintf(out, cap, "%u.%u.%u.%u", mask >> 24, mask >> 16 & 255, mask >> 8 & 255, mask & 255);
    return 0;
}

static int read_ip(const xml_node *ip, vjob_network_config *config)
{
    const char *address = xml_get(ip, "address"), *mask = xml_get(ip, "netmask"),
               *prefix = xml_get(ip, "prefix");
    char netmask[48] = "";
    if (!address)
        return xml_wrong(ip, FROM, "missing required address attribute in network '%s'", config->name);
    if (!is_address(address))
        return xml_wrong(ip, FROM, "invalid address '%.60s' in network '%s'", address, config->name);
    if (mask && !is_mask(mask))
        return xml_wrong(ip, FROM, "invalid netmask '%.60s' in network '%s'", mask, config->name);
    if (prefix && read_prefix(prefix, netmask, sizeof netmask))
        return xml_wrong(ip, FROM, "invalid prefix '%.60s' in network '%s'", prefix, config->name);
    const int first = !config->address[0] && read_ipv4(address);
    if (first) {
        snprintf(config->address, sizeof config->address, "%s", address);
        snprintf(config->netmask, sizeof config->netmask, "%s", mask ? mask : netmask);
    }
    const xml_node *dhcp = xml_child(ip, "dhcp", NULL);
    for (const xml_node *range = NULL; (range = xml_child(dhcp, "range", range));)
        if (read_range(range, config)) return -1;
    return 0;
}

/* ---- forward and bridge ---- */

static int read_forward(const xml_node *root, vjob_network_config *config, xml_out *out)
{
    const xml_node *forward = xml_child(root, "forward", NULL);
    if (!forward) return 0;
    const char *mode = xml_get(forward, "mode"), *dev = xml_get(forward, "dev");
    mode = mode ? mode : "nat";
    if (place(modes, mode) < 0)
        return xml_unsupported(forward, FROM, "unknown forwarding type '%.40s'", mode);
    const int routes = strcmp(mode, "nat") == 0 || strcmp(mode, "route") == 0;
    if (routes && !config->address[0] && !xml_child(root, "ip", NULL))
        return xml_wrong(forward, FROM,
                         "%s forwarding requested, but no IP address provided for network '%s'", mode,
                         config->name);
    snprintf(config->forward, sizeof config->forward, "%s", mode);
    const int inside = forward->first || dev;
    if (dev)
        xml_escaped(out, inside ? "<forward dev='%s' mode='%s'>" : "<forward dev='%s' mode='%s'/>", dev,
                    mode);
    else
        xml_escaped(out, inside ? "<forward mode='%s'>" : "<forward mode='%s'/>", mode);
    if (!inside) return 0;
    out->indent++;
    for (const xml_node *child = forward->first; child; child = child->next)
        if (child->name) xml_node_print(out, child, '\'');
    if (dev && !forward->first) xml_escaped(out, "<interface dev='%s'/>", dev);
    out->indent--;
    xml_line(out, "</forward>");
    return 0;
}

static int has_own_bridge(const char *mode)
{
    return !mode[0] || place(modes, mode) <= place(modes, "open");
}

static int read_bridge(const xml_node *root, vjob_network_config *config, xml_out *out)
{
    const xml_node *bridge = xml_child(root, "bridge", NULL);
    const char *name = xml_get(bridge, "name"), *stp = xml_get(bridge, "stp"),
               *delay = xml_get(bridge, "delay");
    if (name && strlen(name) >= sizeof config->bridge)
        return xml_unsupported(bridge, FROM, "a bridge's name has at most 31 bytes here");
    snprintf(config->bridge, sizeof config->bridge, "%s", name ? name : "");
    if (!has_own_bridge(config->forward)) {
        if (name) xml_escaped(out, "<bridge name='%s'/>", name);
        return 0;
    }
    if (stp && strcmp(stp, "on") != 0 && strcmp(stp, "off") != 0)
        return xml_wrong(bridge, FROM, "invalid value for attribute 'stp': '%.40s'", stp);
    stp = stp ? stp : "on";
    delay = delay ? delay : "0";
    if (name)
        xml_escaped(out, "<bridge name='%s' stp='%s' delay='%s'/>", name, stp, delay);
    else
        xml_escaped(out, "<bridge stp='%s' delay='%s'/>", stp, delay);
    return 0;
}

/* ---- all ---- */

static int check_elements(const xml_node *root)
{
    for (const xml_node *child = root->first; child; child = child->next) {
        if (!child->name || strcmp(child->name, "name") == 0 || strcmp(child->name, "uuid") == 0) continue;
        if (place(elements, child->name) < 0 && !strchr(child->name, ':'))
            return xml_unsupported(child, FROM, "unknown element of a network");
    }
    return 0;
}

static int read_element(const xml_node *root, const char *name, vjob_network_config *config, xml_out *out)
{
    if (strcmp(name, "forward") == 0) return read_forward(root, config, out);
    if (strcmp(name, "bridge") == 0) return read_bridge(root, config, out);
    for (const xml_node *node = NULL; (node = xml_child(root, name, node));)
        xml_node_print(out, node, strcmp(name, "metadata") == 0 ? '"' : '\'');
    return 0;
}

static char *read_root(const xml_node *root, vjob_network_config *config)
{
    xml_out out = {.secure = 1};
    int failed = xml_read_name(root, FROM, config->name, sizeof config->name) ||
                 xml_read_root_uuid(root, FROM, config->uuid) || check_elements(root);
    for (const xml_node *ip = NULL; !failed && (ip = xml_child(root, "ip", ip));)
        failed = read_ip(ip, config);
    for (int i = 0; elements[i] && !failed; i++) failed = read_element(root, elements[i], config, &out);
    if (!failed && !out.size) out.data = calloc(1, 1);
    if (!failed) return xml_take(&out);
    free(out.data);
    return NULL;
}

static void netdef_destroy(vjob_obj *obj)
{
    free(((vir_netdef *)(void *)obj)->pieces);
}

static const vjob_class netdef_class = {"network definition", VJOB_SPACE_VIR, VIR_TYPE_NONE, netdef_destroy,
                                        NULL};

vir_netdef *vir_xml_read_network(const char *xml, vjob_network_config *out_config)
{
    xml_doc doc;
    memset(out_config, 0, sizeof *out_config);
    if (xml_read(&doc, xml, "network", "network_definition", FROM)) return NULL;
    char *pieces = read_root(doc.root, out_config);
    xml_free(&doc);
    vir_netdef *def = pieces ? (vir_netdef *)(void *)vjob_obj_new(&netdef_class, sizeof *def) : NULL;
    if (def) {
        def->pieces = pieces;
        if (!out_config->uuid[0]) vjob_sim_new_uuid(out_config->uuid);
        return def;
    }
    if (pieces) vir_fail_memory(FROM);
    free(pieces);
    return NULL;
}

/* ---- out ---- */

/* Of a network that was not made from XML. */
static void print_config(xml_out *out, const vjob_network_config *config)
{
    if (config->forward[0]) xml_escaped(out, "<forward mode='%s'/>", config->forward);
    if (config->bridge[0])
        xml_escaped(out, "<bridge name='%s' stp='on' delay='0'/>", config->bridge);
    else
        xml_line(out, "<bridge stp='on' delay='0'/>");
    if (!config->address[0]) return;
    xml_escaped(out,
                config->dhcp_first[0] ? "<ip address='%s' netmask='%s'>" : "<ip address='%s' netmask='%s'/>",
                config->address, config->netmask);
    if (!config->dhcp_first[0]) return;
    out->indent++;
    xml_line(out, "<dhcp>");
    out->indent++;
    xml_escaped(out, "<range start='%s' end='%s'/>", config->dhcp_first, config->dhcp_last);
    out->indent--;
    xml_line(out, "</dhcp>");
    out->indent--;
    xml_line(out, "</ip>");
}

char *vir_xml_print_network(vjob_network *network, int next)
{
    vjob_network_config config;
    xml_out out = {.secure = 1};
    vjob_network_get_config(network, next, &config);
    vir_netdef *def = (vir_netdef *)(void *)vjob_network_get_extra(network, next, VJOB_SPACE_VIR);
    xml_line(&out, "<network>");
    out.indent++;
    xml_element(&out, "name", config.name);
    xml_element(&out, "uuid", config.uuid);
    if (def)
        xml_pieces(&out, def->pieces, '\'');
    else
        print_config(&out, &config);
    out.indent--;
    xml_line(&out, "</network>");
    if (def) vjob_obj_release(&def->obj);
    return xml_take(&out);
}
