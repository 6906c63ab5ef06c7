/* Counters of disks and network interfaces. Devices are those of the domain's XML. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "device_stats.h"

/* ---- devices --------------------------------------------------------------------------------------------------------- */

static int add(vir_devices *list, const char *name, const char *other)
{
    vir_device *grown = realloc(list->all, (list->n + 1) * sizeof *grown);
    if (!grown) return vir_fail_memory(VIR_FROM_DOM);
    list->all = grown;
    vir_device *made = &grown[list->n++];
    snprintf(made->name, sizeof made->name, "%s", name ? name : "");
    snprintf(made->other, sizeof made->other, "%s", other ? other : "");
    return 0;
}

static const char *source_of(const xml_node *disk)
{
    const xml_node *source = xml_child(disk, "source", NULL);
    const char *file = xml_get(source, "file");
    return file ? file : xml_get(source, "dev");
}

static int collect(const xml_node *devices, int disks, vir_devices *out)
{
    const char *what = disks ? "disk" : "interface";
    char made[16];
    for (const xml_node *node = NULL; devices && (node = xml_child(devices, what, node)) != NULL;) {
        const char *name = xml_get(xml_child(node, "target", NULL), "dev");
        const char *other = disks ? source_of(node) : xml_get(xml_child(node, "mac", NULL), "address");
        if (!name) {
            snprintf(made, sizeof made, disks ? "vd%zu" : "vnet%zu", out->n);
            name = made;
        }
        if (add(out, name, other)) return -1;
    }
    return 0;
}

int vir_devices_of(vir_conn *conn, vjob_vm *vm, int disks, vir_devices *out)
{
    xml_doc doc;
    *out = (vir_devices){0};
    char *xml = vir_xml_print_domain(conn, vm, 0);
    if (!xml) return -1;
    int failed = xml_read(&doc, xml, "domain", "domain_definition", VIR_FROM_DOM);
    free(xml);
    if (failed) return -1;
    failed = collect(xml_child(doc.root, "devices", NULL), disks, out);
    xml_free(&doc);
    if (failed) vir_devices_free(out);
    return failed;
}

void vir_devices_free(vir_devices *list)
{
    free(list->all);
    *list = (vir_devices){0};
}

/* Its number, or -1: the list is freed, and the record says that there is none. */
static int find(vir_devices *list, const char *name, int from)
{
    for (size_t i = 0; i < list->n; i++)
        if (strcmp(list->all[i].name, name) == 0 || (name[0] && strcmp(list->all[i].other, name) == 0))
            return (int)i;
    vir_devices_free(list);
    return vir_fail(from, VIR_ERR_INVALID_ARG, "the domain has no device %s", name);
}

/* ---- figures: moving and plausible ------------------------------------------------------------------------------------- */

/* What passes through a device in a second that the guest runs. */
void vir_disk_figures(const vjob_vm_info *info, size_t nth, virDomainBlockStatsPtr out)
{
    const uint64_t now = vjob_clock_now(), since = info->started_ns;
    const long long ms = since && now > since ? (long long)((now - since) / 1000000) : 0;
    const long long share = (long long)nth + 1;
    *out = (virDomainBlockStatsStruct){.rd_req = 1 + ms / 100 / share,
                                       .rd_bytes = 4096 + ms * 40 / share,
                                       .wr_req = 1 + ms / 200 / share,
                                       .wr_bytes = 4096 + ms * 20 / share,
                                       .errs = 0};
}

int vir_nic_figures(vjob_vm *vm, size_t nth, virDomainInterfaceStatsPtr out)
{
    vjob_stats *stats;
    if (vjob_stats_read(NULL, vm, &stats)) return vir_fail_memory(VIR_FROM_DOM);
    memset(out, 0, sizeof *out);
    if (nth < stats->n_ifaces) {
        const vjob_stats_iface *iface = &stats->ifaces[nth];
        out->rx_bytes = (long long)iface->in_bytes;
        out->rx_packets = (long long)iface->in_packets;
        out->tx_bytes = (long long)iface->out_bytes;
        out->tx_packets = (long long)iface->out_packets;
    }
    vjob_stats_free(stats);
    return 0;
}

/* ---- disks ------------------------------------------------------------------------------------------------------------------ */

/* An active domain's disk: its number, or -1. */
static int active_disk(vir_domain *d, const vir_there *there, const char *disk)
{
    vir_devices list;
    vir_conn *const conn = d->member.conn;
    if (!*disk && conn->manner == VIR_MANNER_TEST)
        return vir_fail(conn->from, VIR_ERR_OPERATION_UNSUPPORTED, "no sum over all disks");
    if (vir_need_active(there) || vir_devices_of(conn, there->vm, 1, &list)) return -1;
    if (!*disk) {
        vir_devices_free(&list);
        return 0;
    }
    const int nth = find(&list, disk, conn->from);
    if (nth >= 0) vir_devices_free(&list);
    return nth;
}

int virDomainBlockStats(virDomainPtr dom, const char *disk, virDomainBlockStatsPtr stats, size_t size)
{
    virDomainBlockStatsStruct made;
    VIR_DOMAIN(d, dom, -1);
    VIR_NEED(disk, "disk", -1);
    VIR_NEED(stats, "stats", -1);
    VIR_NEED(size <= sizeof made, "size", -1);
    VIR_THERE(there, d, -1);
    const int nth = active_disk(d, &there, disk);
    if (nth < 0) return -1;
    vir_disk_figures(&there.info, (size_t)nth, &made);
    memcpy(stats, &made, size);
    return 0;
}

static void put(virTypedParameterPtr out, const char *name, long long value)
{
    memset(out, 0, sizeof *out);
    snprintf(out->field, sizeof out->field, "%s", name);
    out->type = VIR_TYPED_PARAM_LLONG;
    out->value.l = value;
}

int virDomainBlockStatsFlags(virDomainPtr dom, const char *disk, virTypedParameterPtr params, int *nparams,
                             unsigned int flags)
{
    virDomainBlockStatsStruct made;
    VIR_DOMAIN(d, dom, -1);
    VIR_NEED(disk, "disk", -1);
    VIR_NEED(nparams, "nparams", -1);
    VIR_NEED(*nparams >= 0 && (params || *nparams == 0), "params", -1);
    if (d->member.conn->manner == VIR_MANNER_TEST) return vir_unsupported(__func__);
    VIR_FLAGS(d->member.conn, flags, VIR_TYPED_PARAM_STRING_OKAY, -1);
    VIR_THERE(there, d, -1);
    const int nth = active_disk(d, &there, disk), asked = *nparams;
    if (nth < 0) return -1;
    vir_disk_figures(&there.info, (size_t)nth, &made);
    virTypedParameter all[5];
    put(&all[0], VIR_DOMAIN_BLOCK_STATS_WRITE_BYTES, made.wr_bytes);
    put(&all[1], VIR_DOMAIN_BLOCK_STATS_WRITE_REQ, made.wr_req);
    put(&all[2], VIR_DOMAIN_BLOCK_STATS_READ_BYTES, made.rd_bytes);
    put(&all[3], VIR_DOMAIN_BLOCK_STATS_READ_REQ, made.rd_req);
    put(&all[4], VIR_DOMAIN_BLOCK_STATS_ERRS, made.errs);
    if (!asked || asked > 5) *nparams = 5;
    if (asked) memcpy(params, all, (size_t)*nparams * sizeof *all);
    return 0;
}

/* The size that the simulator gives a disk; the test driver's are all alike. */
static void disk_sizes(const vir_conn *conn, vjob_vm *vm, int nth, virDomainBlockInfoPtr out)
{
    vjob_vm_config config;
    *out = (virDomainBlockInfo){1099506450432ull, 1099511627776ull, 1099511627776ull};
    if (conn->manner == VIR_MANNER_TEST || vjob_vm_get_config(vm, &config)) return;
    const uint64_t bytes = (size_t)nth < config.n_disks ? config.disks[nth].size_mb << 20 : 0;
    *out = (virDomainBlockInfo){bytes, bytes / 4, bytes / 4};
    vjob_vm_config_clear(&config);
}

int virDomainGetBlockInfo(virDomainPtr dom, const char *disk, virDomainBlockInfoPtr info, unsigned int flags)
{
    vir_devices list;
    VIR_DOMAIN(d, dom, -1);
    VIR_NEED(disk && *disk, "disk", -1);
    VIR_NEED(info, "info", -1);
    VIR_FLAGS(d->member.conn, flags, 0, -1);
    VIR_THERE(there, d, -1);
    if (vir_devices_of(d->member.conn, there.vm, 1, &list)) return -1;
    const int nth = find(&list, disk, d->member.conn->from);
    if (nth < 0) return -1;
    vir_devices_free(&list);
    disk_sizes(d->member.conn, there.vm, nth, info);
    return 0;
}

/* ---- network interfaces ------------------------------------------------------------------------------------------------------ */

int virDomainInterfaceStats(virDomainPtr dom, const char *device, virDomainInterfaceStatsPtr stats,
                            size_t size)
{
    vir_devices list;
    virDomainInterfaceStatsStruct made;
    VIR_DOMAIN(d, dom, -1);
    VIR_NEED(device, "device", -1);
    VIR_NEED(stats, "stats", -1);
    VIR_NEED(size <= sizeof made, "size", -1);
    VIR_THERE(there, d, -1);
    if (vir_need_active(&there) || vir_devices_of(d->member.conn, there.vm, 0, &list)) return -1;
    const int nth = find(&list, device, VIR_FROM_DOMAIN);
    if (nth < 0) return -1;
    vir_devices_free(&list);
    if (vir_nic_figures(there.vm, (size_t)nth, &made)) return -1;
    memcpy(stats, &made, size);
    return 0;
}

void virDomainInterfaceFree(virDomainInterfacePtr iface)
{
    if (!iface) return;
    for (unsigned i = 0; i < iface->naddrs; i++) free(iface->addrs[i].addr);
    free(iface->addrs);
    free(iface->name);
    free(iface->hwaddr);
    free(iface);
}

/* An interface with the address that the network gives it. NULL: out of memory */
static virDomainInterfacePtr interface_new(const vir_device *device, size_t nth)
{
    char address[32];
    virDomainInterfacePtr made = calloc(1, sizeof *made);
    if (!made) return NULL;
    snprintf(address, sizeof address, "192.168.122.%zu", 3 + nth % 250);
    made->name = strdup(device->name);
    made->hwaddr = device->other[0] ? strdup(device->other) : NULL;
    made->addrs = calloc(1, sizeof *made->addrs);
    if (made->addrs) {
        made->naddrs = 1;
        made->addrs[0] =
            (virDomainIPAddress){.type = VIR_IP_ADDR_TYPE_IPV4, .addr = strdup(address), .prefix = 24};
    }
    if (made->name && made->addrs && made->addrs[0].addr) return made;
    virDomainInterfaceFree(made);
    return NULL;
}

int virDomainInterfaceAddresses(virDomainPtr dom, virDomainInterfacePtr **ifaces, unsigned int source,
                                unsigned int flags)
{
    vir_devices list;
    VIR_DOMAIN(d, dom, -1);
    VIR_NEED(ifaces, "ifaces", -1);
    *ifaces = NULL;
    if (source == VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_AGENT) VIR_WRITABLE(d->member.conn, -1);
    VIR_NEED(source < VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_LAST, "source", -1);
    VIR_FLAGS(d->member.conn, flags, 0, -1);
    VIR_THERE(there, d, -1);
    if (vir_need_active(&there) || vir_devices_of(d->member.conn, there.vm, 0, &list)) return -1;
    virDomainInterfacePtr *made = calloc(list.n + 1, sizeof(virDomainInterfacePtr));
    size_t n = 0;
    while (made && n < list.n && (made[n] = interface_new(&list.all[n], n)) != NULL) n++;
    const int failed = !made || n < list.n;
    while (failed && n > 0) virDomainInterfaceFree(made[--n]);
    vir_devices_free(&list);
    if (failed) {
        free(made);
        return vir_fail_memory(VIR_FROM_DOM);
    }
    *ifaces = made;
    return (int)n;
}
