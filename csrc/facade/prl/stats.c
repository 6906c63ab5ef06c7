/* Statistics: figures of a host or a VM as objects, and subscriptions to them. */
#include "prl_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- one sample ------------------------------------------------------------------------------- */

static int set(prl_record *record, prl_prop_id id, PRL_UINT64 number)
{
    return prl_bag_set_number(&record->bag, id, number);
}

static vjob_obj *cpu_new(const vjob_stats_cpu *cpu)
{
    prl_record *record = prl_record_new(PHT_SYSTEM_STATISTICS_CPU);
    if (record && set(record, PRL_PROP_STATCPU_CPU_USAGE, cpu->usage_percent) &&
        set(record, PRL_PROP_STATCPU_TOTAL_TIME, cpu->total_ms) &&
        set(record, PRL_PROP_STATCPU_USER_TIME, cpu->user_ms) &&
        set(record, PRL_PROP_STATCPU_SYSTEM_TIME, cpu->system_ms))
        return &record->obj;
    vjob_obj_release((vjob_obj *)record);
    return NULL;
}

static vjob_obj *iface_new(const vjob_stats_iface *iface)
{
    prl_record *record = prl_record_new(PHT_SYSTEM_STATISTICS_IFACE);
    if (record && prl_bag_set_text(&record->bag, PRL_PROP_STATIFACE_SYSTEM_NAME, iface->name) &&
        set(record, PRL_PROP_STATIFACE_IN_DATA_SIZE, iface->in_bytes) &&
        set(record, PRL_PROP_STATIFACE_OUT_DATA_SIZE, iface->out_bytes) &&
        set(record, PRL_PROP_STATIFACE_IN_PKGS_COUNT, iface->in_packets) &&
        set(record, PRL_PROP_STATIFACE_OUT_PKGS_COUNT, iface->out_packets))
        return &record->obj;
    vjob_obj_release((vjob_obj *)record);
    return NULL;
}

static vjob_obj *disk_new(const vjob_stats *stats)
{
    prl_record *record = prl_record_new(PHT_SYSTEM_STATISTICS_DISK);
    prl_record *part = prl_record_new(PHT_SYSTEM_STATISTICS_DISK_PARTITION);
    if (record && part && prl_bag_set_text(&record->bag, PRL_PROP_STATDISK_SYSTEM_NAME, "/dev/sda") &&
        set(record, PRL_PROP_STATDISK_USAGE_DISK_SPACE, stats->disk_used) &&
        set(record, PRL_PROP_STATDISK_FREE_DISK_SPACE, stats->disk_free) &&
        prl_bag_set_text(&part->bag, PRL_PROP_STATDISKPART_SYSTEM_NAME, "/dev/sda1") &&
        set(part, PRL_PROP_STATDISKPART_USAGE_DISK_SPACE, stats->disk_used) &&
        set(part, PRL_PROP_STATDISKPART_FREE_DISK_SPACE, stats->disk_free) &&
        prl_record_add(record, vjob_obj_retain(&part->obj))) {
        vjob_obj_release(&part->obj);
        return &record->obj;
    }
    vjob_obj_release((vjob_obj *)part);
    vjob_obj_release((vjob_obj *)record);
    return NULL;
}

/* Each running VM is a process of its host; it is named by the VM. */
static vjob_obj *process_new(const struct vjob_stats_vm *vm, PRL_UINT32 id)
{
    prl_record *record = prl_record_new(PHT_SYSTEM_STATISTICS_PROCESS);
    if (record && prl_bag_set_text(&record->bag, PRL_PROP_STATPROC_COMMAND_NAME, vm->name) &&
        prl_bag_set_text(&record->bag, PRL_PROP_STATPROC_OWNER_USER_NAME, "root") &&
        set(record, PRL_PROP_STATPROC_ID, id) && set(record, PRL_PROP_STATPROC_CPU_USAGE, vm->cpu_percent) &&
        set(record, PRL_PROP_STATPROC_REAL_MEM_USAGE, vm->ram_used) &&
        set(record, PRL_PROP_STATPROC_TOTAL_MEM_USAGE, vm->ram_used) &&
        set(record, PRL_PROP_STATPROC_VIRT_MEM_USAGE, vm->ram_used))
        return &record->obj;
    vjob_obj_release((vjob_obj *)record);
    return NULL;
}

static int fill(prl_record *record, const vjob_stats *stats)
{
    int fine = set(record, PRL_PROP_STAT_OS_UPTIME, stats->uptime_s) &&
               set(record, PRL_PROP_STAT_DISP_UPTIME, stats->service_uptime_s) &&
               set(record, PRL_PROP_STAT_TOTAL_RAM_SIZE, stats->ram_total) &&
               set(record, PRL_PROP_STAT_USAGE_RAM_SIZE, stats->ram_used) &&
               set(record, PRL_PROP_STAT_FREE_RAM_SIZE, stats->ram_free) &&
               set(record, PRL_PROP_STAT_REAL_RAM_SIZE, stats->ram_real) &&
               set(record, PRL_PROP_STAT_TOTAL_SWAP_SIZE, stats->swap_total) &&
               set(record, PRL_PROP_STAT_USAGE_SWAP_SIZE, stats->swap_used) &&
               set(record, PRL_PROP_STAT_FREE_SWAP_SIZE, stats->swap_free) &&
               prl_record_add(record, disk_new(stats));
    for (size_t i = 0; fine && i < stats->n_cpus; i++)
        fine = prl_record_add(record, cpu_new(&stats->cpus[i]));
    for (size_t i = 0; fine && i < stats->n_ifaces; i++)
        fine = prl_record_add(record, iface_new(&stats->ifaces[i]));
    for (size_t i = 0; fine && i < stats->n_vms; i++)
        fine = prl_record_add(record, process_new(&stats->vms[i], (PRL_UINT32)(1000 + i)));
    return fine;
}

vjob_obj *prl_stats_new(vjob_host *host, vjob_vm *vm)
{
    vjob_stats *stats;
    if ((!host && !vm) || vjob_stats_read(host, vm, &stats)) return NULL;
    prl_record *record = prl_record_new(PHT_SYSTEM_STATISTICS);
    const int fine = record && fill(record, stats);
    vjob_stats_free(stats);
    if (fine) return &record->obj;
    vjob_obj_release((vjob_obj *)record);
    return NULL;
}

/* ---- performance counters --------------------------------------------------------------------- */

typedef struct counters {
    prl_content *content;
    const char *filter; /* pattern; NULL and "": all */
} counters;

/* The number of a device takes the place of '#'. */
static void add(counters *to, const char *pattern, size_t index, unsigned long long value)
{
    char name[64];
    const char *mark = strchr(pattern, '#');
    if (mark)
        snprintf(name, sizeof name, "%.*s%zu%s", (int)(mark - pattern), pattern, index, mark + 1);
    else
        snprintf(name, sizeof name, "%s", pattern);
    if (to->filter && *to->filter && !prl_matches(to->filter, name)) return;
    if (prl_content_add_number(to->content, name, PFD_UINT64, (long long)value))
        prl_content_own_name(to->content);
}

static void add_disks(counters *to, const vjob_vm_config *config, unsigned long long work)
{
    static const char *const patterns[][4] = {
        {PRL_IDE_READ_REQUESTS_PTRN, PRL_IDE_READ_TOTAL_PTRN, PRL_IDE_WRITE_REQUESTS_PTRN,
         PRL_IDE_WRITE_TOTAL_PTRN},
        {PRL_SCSI_READ_REQUESTS_PTRN, PRL_SCSI_READ_TOTAL_PTRN, PRL_SCSI_WRITE_REQUESTS_PTRN,
         PRL_SCSI_WRITE_TOTAL_PTRN},
        {PRL_SATA_READ_REQUESTS_PTRN, PRL_SATA_READ_TOTAL_PTRN, PRL_SATA_WRITE_REQUESTS_PTRN,
         PRL_SATA_WRITE_TOTAL_PTRN},
    };
    for (size_t i = 0; i < config->n_disks; i++) {
        const char *bus = config->disks[i].bus;
        const char *const *row = patterns[!strcmp(bus, "scsi") ? 1 : !strcmp(bus, "sata") ? 2 : 0];
        const unsigned long long reads = work / (4 + i), writes = work / (7 + i);
        add(to, row[0], i, reads);
        add(to, row[1], i, reads * 8192);
        add(to, row[2], i, writes);
        add(to, row[3], i, writes * 4096);
    }
}

static void add_nics(counters *to, const vjob_stats *stats)
{
    for (size_t i = 0; i < stats->n_ifaces; i++) {
        add(to, PRL_NET_PKTS_IN_PTRN, i, stats->ifaces[i].in_packets);
        add(to, PRL_NET_PKTS_OUT_PTRN, i, stats->ifaces[i].out_packets);
        add(to, PRL_NET_BYTES_IN_PTRN, i, stats->ifaces[i].in_bytes);
        add(to, PRL_NET_BYTES_OUT_PTRN, i, stats->ifaces[i].out_bytes);
    }
}

static void add_memory(counters *to, const vjob_stats *stats)
{
    add(to, PRL_GUEST_RAM_USAGE_PTRN, 0, stats->ram_used >> 20);
    add(to, PRL_GUEST_RAM_CACHED_PTRN, 0, stats->ram_used >> 22);
    add(to, PRL_GUEST_RAM_TOTAL_PTRN, 0, stats->ram_total >> 20);
    add(to, PRL_GUEST_RAM_AVAILABLE, 0, stats->ram_total >> 10);
    add(to, PRL_GUEST_RAM_BALLOON_ACTUAL, 0, stats->ram_total >> 10);
    add(to, PRL_GUEST_RAM_SWAP_IN, 0, stats->swap_used >> 12);
    add(to, PRL_GUEST_RAM_SWAP_OUT, 0, stats->swap_used >> 12);
    add(to, PRL_GUEST_RAM_MINOR_FAULT, 0, stats->uptime_s * 120);
    add(to, PRL_GUEST_RAM_MAJOR_FAULT, 0, stats->uptime_s / 2);
}

void prl_perf_params(prl_content *content, vjob_vm *vm, const char *filter)
{
    counters to = {content, filter};
    vjob_vm_config config;
    vjob_stats *stats;
    unsigned long long work = 0;
    if (vjob_stats_read(NULL, vm, &stats)) return;
    for (size_t i = 0; i < stats->n_cpus; i++) work += stats->cpus[i].total_ms;
    if (!vjob_vm_get_config(vm, &config)) {
        add_disks(&to, &config, work);
        vjob_vm_config_clear(&config);
    }
    add_nics(&to, stats);
    add(&to, PRL_GUEST_CPU_USAGE_PTRN, 0, stats->n_cpus ? stats->cpus[0].usage_percent : 0);
    add(&to, PRL_GUEST_CPU_TIME_PTRN, 0, work);
    add(&to, PRL_HOST_CPU_TIME_PTRN, 0, work + work / 16);
    for (size_t i = 0; i < stats->n_cpus; i++)
        add(&to, PRL_GUEST_VCPU_TIME_PTRN, i, stats->cpus[i].total_ms * 1000000u);
    add_memory(&to, stats);
    vjob_stats_free(stats);
}

/* ---- subscriptions ---------------------------------------------------------------------------- */

/* Replace the server's feed (NULL: none). */
static void swap_feed(prl_server *server, vjob_stats_feed *feed, int on)
{
    vjob_obj_lock(&server->obj);
    vjob_stats_feed *old = server->feed;
    server->feed = feed;
    server->feed_on = on;
    vjob_obj_unlock(&server->obj);
    if (old) vjob_stats_unsubscribe(old);
}

/* Switched on before the feed is there: its first sample comes at once. */
static vjob_err subscribe_server(prl_server *server)
{
    vjob_stats_feed *feed;
    vjob_host *host = prl_server_host(server);
    if (!host) return VJOB_OK; /* the call fails because there is no session */
    swap_feed(server, NULL, 1);
    const vjob_err err = vjob_stats_subscribe(host, NULL, prl_on_host_second, server, &feed);
    swap_feed(server, feed, !err);
    vjob_host_release(host);
    return err;
}

PRL_ASYNC_METHOD(PrlSrv_SubscribeToHostStatistics)(PRL_HANDLE hServer)
{
    PRL_ASYNC(call, hServer, PHT_SERVER, PJOC_SRV_SUBSCRIBE_TO_HOST_STATISTICS);
    call.forced = prl_result(subscribe_server(call.server));
    return prl_call_read(&call);
}

PRL_ASYNC_METHOD(PrlSrv_UnsubscribeFromHostStatistics)(PRL_HANDLE hServer)
{
    PRL_ASYNC(call, hServer, PHT_SERVER, PJOC_SRV_UNSUBSCRIBE_FROM_HOST_STATISTICS);
    swap_feed(call.server, NULL, 0);
    return prl_call_read(&call);
}

PRL_ASYNC_METHOD(PrlSrv_GetStatistics)(PRL_HANDLE hServer)
{
    PRL_ASYNC(call, hServer, PHT_SERVER, PJOC_SRV_GET_STATISTICS);
    vjob_host *host = prl_server_host(call.server);
    call.outcome = PRL_OUTCOME_OBJECT;
    if (host) {
        call.object = prl_stats_new(host, NULL);
        call.forced = call.object ? PRL_ERR_SUCCESS : PRL_ERR_OUT_OF_MEMORY;
        vjob_host_release(host);
    }
    return prl_call_read(&call);
}

static void swap_perf(prl_vm *object, vjob_stats_feed *feed)
{
    vjob_obj_lock(&object->obj);
    vjob_stats_feed *old = object->perf;
    object->perf = feed;
    vjob_obj_unlock(&object->obj);
    if (old) vjob_stats_unsubscribe(old);
}

static void set_filter(prl_vm *object, const char *filter)
{
    char *copy = prl_copy_text(filter);
    vjob_obj_lock(&object->obj);
    char *old = object->perf_filter;
    object->perf_filter = copy;
    vjob_obj_unlock(&object->obj);
    free(old);
}

static vjob_err subscribe_vm(prl_vm *object, const char *filter)
{
    vjob_stats_feed *feed;
    vjob_vm *vm = prl_vm_get(object);
    if (!vm) return VJOB_OK; /* the call fails because there is no such VM */
    swap_perf(object, NULL);
    set_filter(object, filter);
    const vjob_err err = vjob_stats_subscribe(NULL, vm, prl_on_vm_second, object, &feed);
    swap_perf(object, feed);
    vjob_vm_release(vm);
    return err;
}

PRL_ASYNC_METHOD(PrlVm_SubscribeToPerfStats)(PRL_HANDLE hVm, PRL_CONST_STR sFilter)
{
    PRL_ASYNC(call, hVm, PHT_VIRTUAL_MACHINE, PJOC_VM_SUBSCRIBE_PERFSTATS);
    vjob_op_request request = {.op = VJOB_OP_READ};
    call.forced = prl_result(subscribe_vm(call.vm, sFilter));
    return prl_call_start(&call, &request);
}

PRL_ASYNC_METHOD(PrlVm_UnsubscribeFromPerfStats)(PRL_HANDLE hVm)
{
    PRL_ASYNC(call, hVm, PHT_VIRTUAL_MACHINE, PJOC_VM_UNSUBSCRIBE_PERFSTATS);
    vjob_op_request request = {.op = VJOB_OP_READ};
    swap_perf(call.vm, NULL);
    return prl_call_start(&call, &request);
}
