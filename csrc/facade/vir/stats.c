/* Figures of many domains at once. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "device_stats.h"
#include "params.h"

#define GROUP(name) VIR_DOMAIN_STATS_##name
#define QEMU_GROUPS                                                                                          \
    (GROUP(STATE) | GROUP(CPU_TOTAL) | GROUP(BALLOON) | GROUP(VCPU) | GROUP(INTERFACE) | GROUP(BLOCK))
#define ENFORCE 0x80000000u
#define FILTERS                                                                                              \
    (VIR_CONNECT_GET_ALL_DOMAINS_STATS_ACTIVE | VIR_CONNECT_GET_ALL_DOMAINS_STATS_INACTIVE |                 \
     VIR_CONNECT_GET_ALL_DOMAINS_STATS_PERSISTENT | VIR_CONNECT_GET_ALL_DOMAINS_STATS_TRANSIENT |            \
     VIR_CONNECT_GET_ALL_DOMAINS_STATS_RUNNING | VIR_CONNECT_GET_ALL_DOMAINS_STATS_PAUSED |                  \
     VIR_CONNECT_GET_ALL_DOMAINS_STATS_SHUTOFF | VIR_CONNECT_GET_ALL_DOMAINS_STATS_OTHER)
#define FLAGS (FILTERS | VIR_CONNECT_GET_ALL_DOMAINS_STATS_NOWAIT | VIR_CONNECT_GET_ALL_DOMAINS_STATS_BACKING)

static unsigned known_groups(const vir_conn *conn)
{
    return conn->manner == VIR_MANNER_TEST ? GROUP(STATE) : QEMU_GROUPS;
}

/* ---- one domain ----------------------------------------------------------------------------------------------------------- */

static void put_state(vir_params *list, const vjob_vm_info *info)
{
    int state, reason;
    vir_state_of(info, &state, &reason);
    vir_params_int(list, "state.state", state);
    vir_params_int(list, "state.reason", reason);
}

static void put_cpu(vir_params *list, const vir_conn *conn, vjob_vm *vm)
{
    const unsigned long long time = vir_cpu_time(conn, vm);
    vir_params_ull(list, "cpu.time", time);
    vir_params_ull(list, "cpu.user", time - time / 4);
    vir_params_ull(list, "cpu.system", time / 4);
}

static void put_vcpus(vir_params *list, const vir_def *def, const vir_conn *conn, vjob_vm *vm, int active)
{
    char name[40];
    vir_params_uint(list, "vcpu.current", def->now_vcpus);
    vir_params_uint(list, "vcpu.maximum", def->max_vcpus);
    const unsigned long long time = active && def->now_vcpus ? vir_cpu_time(conn, vm) / def->now_vcpus : 0;
    for (unsigned i = 0; active && i < def->now_vcpus; i++) {
        snprintf(name, sizeof name, "vcpu.%u.state", i);
        vir_params_int(list, name, VIR_VCPU_RUNNING);
        snprintf(name, sizeof name, "vcpu.%u.time", i);
        vir_params_ull(list, name, time);
    }
}

static void put_numbered(vir_params *list, const char *kind, size_t nth, const char *field, long long value)
{
    char name[80];
    snprintf(name, sizeof name, "%s.%zu.%s", kind, nth, field);
    vir_params_ull(list, name, (unsigned long long)value);
}

static void put_named(vir_params *list, const char *kind, size_t nth, const char *text)
{
    char name[80];
    snprintf(name, sizeof name, "%s.%zu.name", kind, nth);
    vir_params_text(list, name, text);
}

static void put_disks(vir_params *list, vir_conn *conn, const vir_there *there)
{
    vir_devices disks;
    virDomainBlockStatsStruct f;
    if (vir_devices_of(conn, there->vm, 1, &disks)) {
        list->failed = 1;
        return;
    }
    vir_params_uint(list, "block.count", (unsigned)disks.n);
    for (size_t i = 0; i < disks.n; i++) {
        put_named(list, "block", i, disks.all[i].name);
        if (!vir_is_active(&there->info)) continue;
        vir_disk_figures(&there->info, i, &f);
        put_numbered(list, "block", i, "rd.reqs", f.rd_req);
        put_numbered(list, "block", i, "rd.bytes", f.rd_bytes);
        put_numbered(list, "block", i, "wr.reqs", f.wr_req);
        put_numbered(list, "block", i, "wr.bytes", f.wr_bytes);
    }
    vir_devices_free(&disks);
}

static void put_nics(vir_params *list, vir_conn *conn, const vir_there *there)
{
    vir_devices nics;
    virDomainInterfaceStatsStruct f;
    if (!vir_is_active(&there->info)) return;
    if (vir_devices_of(conn, there->vm, 0, &nics)) {
        list->failed = 1;
        return;
    }
    vir_params_uint(list, "net.count", (unsigned)nics.n);
    for (size_t i = 0; i < nics.n; i++) {
        put_named(list, "net", i, nics.all[i].name);
        if (vir_nic_figures(there->vm, i, &f)) list->failed = 1;
        put_numbered(list, "net", i, "rx.bytes", f.rx_bytes);
        put_numbered(list, "net", i, "rx.pkts", f.rx_packets);
        put_numbered(list, "net", i, "tx.bytes", f.tx_bytes);
        put_numbered(list, "net", i, "tx.pkts", f.tx_packets);
    }
    vir_devices_free(&nics);
}

static void put_all(vir_params *list, vir_conn *conn, const vir_there *there, const vir_def *def,
                    unsigned groups)
{
    const int active = vir_is_active(&there->info);
    if (groups & GROUP(STATE)) put_state(list, &there->info);
    if (groups & GROUP(CPU_TOTAL) && active) put_cpu(list, conn, there->vm);
    if (groups & GROUP(BALLOON)) {
        vir_params_ull(list, "balloon.current", def->now_kib);
        vir_params_ull(list, "balloon.maximum", def->max_kib);
    }
    if (groups & GROUP(VCPU)) put_vcpus(list, def, conn, there->vm, active);
    if (groups & GROUP(INTERFACE)) put_nics(list, conn, there);
    if (groups & GROUP(BLOCK)) put_disks(list, conn, there);
}

static void record_free(virDomainStatsRecordPtr record)
{
    vjob_space_release(VJOB_SPACE_VIR, vir_number(record->dom));
    virTypedParamsFree(record->params, record->nparams);
    free(record);
}

/* NULL: record written. */
static virDomainStatsRecordPtr record_new(vir_conn *conn, const vir_there *there, unsigned groups)
{
    vir_params list = {0};
    virDomainStatsRecordPtr record = calloc(1, sizeof *record);
    vir_def *def = vir_def_of(there->vm, 0);
    if (def) put_all(&list, conn, there, def, groups);
    vir_def_release(def);
    if (record && def && !list.failed && (record->dom = vir_domain_give(conn, there->vm)) != NULL) {
        record->params = list.params;
        record->nparams = list.n;
        return record;
    }
    free(record);
    vir_params_drop(&list);
    if (!vir_failed()) vir_fail_memory(conn->from);
    return NULL;
}

/* ---- many ------------------------------------------------------------------------------------------------------------------- */

typedef struct records {
    virDomainStatsRecordPtr *all;
    int n;
} records;

static int records_begin(size_t most, records *out)
{
    out->n = 0;
    out->all = calloc(most + 1, sizeof(virDomainStatsRecordPtr));
    return out->all ? 0 : vir_fail_memory(VIR_FROM_DOMAIN);
}

void virDomainStatsRecordListFree(virDomainStatsRecordPtr *stats)
{
    for (virDomainStatsRecordPtr *at = stats; at && *at; at++) record_free(*at);
    free(stats);
}

static int records_end(records *made, int failed, virDomainStatsRecordPtr **out)
{
    if (failed) {
        virDomainStatsRecordListFree(made->all);
        return -1;
    }
    *out = made->all;
    return made->n;
}

static int check_groups(const vir_conn *conn, unsigned stats, unsigned flags, unsigned *out)
{
    const unsigned known = known_groups(conn);
    if (flags & ENFORCE && stats & ~known)
        return vir_fail(conn->from, VIR_ERR_ARGUMENT_UNSUPPORTED,
                        "groups of figures (0x%x) that are not known", stats & ~known);
    *out = stats ? stats & known : known;
    return 0;
}

static int is_wanted(const vjob_vm_info *info, unsigned flags)
{
    static const unsigned groups[] = {3, 12, 0xf0};
    int state, reason;
    vir_state_of(info, &state, &reason);
    const unsigned is = (vir_is_active(info) ? 1u : 2u) | (info->transient ? 8u : 4u) |
                        (state == VIR_DOMAIN_RUNNING   ? 0x10u
                         : state == VIR_DOMAIN_PAUSED  ? 0x20u
                         : state == VIR_DOMAIN_SHUTOFF ? 0x40u
                                                       : 0x80u);
    return vir_filter(flags, is, groups, 3);
}

int virConnectGetAllDomainStats(virConnectPtr conn, unsigned int stats, virDomainStatsRecordPtr **retStats,
                                unsigned int flags)
{
    unsigned groups = 0;
    vjob_vm **vms;
    size_t n;
    records made;
    VIR_CONN(c, conn, -1);
    VIR_NEED(retStats, "retStats", -1);
    *retStats = NULL;
    VIR_FLAGS(c, flags, FLAGS | ENFORCE, -1);
    if (check_groups(c, stats, flags, &groups)) return -1;
    if (vjob_host_vms(c->host, &vms, &n)) return vir_fail_memory(c->from);
    int failed = records_begin(n, &made);
    for (size_t i = 0; i < n && !failed; i++) {
        vir_there there = {.vm = vms[i]};
        vjob_vm_look(vms[i], &there.info);
        if (!is_wanted(&there.info, flags)) continue;
        failed = (made.all[made.n] = record_new(c, &there, groups)) == NULL;
        if (!failed) made.n++;
    }
    vjob_vms_free(vms, n);
    return records_end(&made, failed, retStats);
}

int virDomainListGetStats(virDomainPtr *doms, unsigned int stats, virDomainStatsRecordPtr **retStats,
                          unsigned int flags)
{
    unsigned groups = 0;
    records made;
    size_t n = 0;
    VIR_FREE_CALL(-1);
    VIR_NEED(doms && *doms, "doms", -1);
    VIR_NEED(retStats, "retStats", -1);
    *retStats = NULL;
    while (doms[n]) n++;
    int failed = records_begin(n, &made);
    for (size_t i = 0; i < n && !failed; i++) {
        VIR_CALL also;
        vir_there there = {0};
        failed = vir_also(&also, doms[i], VIR_TYPE_DOMAIN, __func__);
        if (failed) break;
        failed = vir_check_flags(also.conn, __func__, flags, FLAGS | ENFORCE) ||
                 check_groups(also.conn, stats, flags, &groups);
        if (failed) break;
        if (vir_there_find((vir_domain *)(void *)also.obj, &there)) continue; /* gone: left out */
        failed = (made.all[made.n] = record_new(also.conn, &there, groups)) == NULL;
        if (!failed) made.n++;
        vir_there_end(&there);
    }
    if (!failed) vir_record_clear();
    return records_end(&made, failed, retStats);
}
