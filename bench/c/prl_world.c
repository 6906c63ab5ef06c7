/*
 * prl_world.c - row G through Prl: VMs that start and stop in no time with a handler for their events, and the
 * server's list, got and freed; what a world of many VMs costs.
 * usage: prl_world VMS [CYCLES]
 */
#include "prl.h"

#include <sched.h>

#define ONES 200

static char params[64];
static unsigned long told; /* atomic */

static PRL_RESULT on_event(PRL_HANDLE event, PRL_VOID_PTR data)
{
    (void)data;
    __atomic_fetch_add(&told, 1, __ATOMIC_RELAXED);
    return PrlHandle_Free(event);
}

/* 1: events have come since the last look a moment ago. */
static int settle(void)
{
    static unsigned long last;
    usleep(200);
    const unsigned long now = __atomic_load_n(&told, __ATOMIC_ACQUIRE), before = last;
    last = now;
    return now != before;
}

static void load(unsigned vms)
{
    double before = bench_rss_bytes();
    uint64_t start = bench_ns();
    world_load(WORLD("{\"name\": \"v\", \"count\": %u, \"os\": \"linux\", \"memory_mb\": 16}"), vms);
    bench_emit("G", "prl", "create_world", "s", params, (double)(bench_ns() - start) / 1e9);
    bench_emit("G", "prl", "memory_per_vm", "B", params, (bench_rss_bytes() - before) / vms);
}

static void cycles(const PRL_HANDLE *vm, PRL_UINT32 n, unsigned times)
{
    uint64_t start = bench_ns();
    for (unsigned i = 0; i < times; i++) cycle(vm[i % n]);
    bench_emit("G", "prl", "cycles", "1/s", params, times * 1e9 / (double)(bench_ns() - start));
}

/* From the call that starts a VM to the first event of it, and to the end of the wait for it: medians. */
static void one_by_one(const PRL_HANDLE *vm, PRL_UINT32 n)
{
    static uint64_t heard[ONES], over[ONES];
    for (unsigned i = 0; i < ONES; i++) {
        PRL_HANDLE at = vm[(uint64_t)i * n / ONES];
        while (settle()) {}
        const unsigned long before = __atomic_load_n(&told, __ATOMIC_ACQUIRE);
        const uint64_t start = bench_ns();
        PRL_HANDLE job = PrlVm_Start(at);
        while (__atomic_load_n(&told, __ATOMIC_ACQUIRE) == before) sched_yield();
        heard[i] = bench_ns() - start;
        finish(job, NULL);
        finish(PrlVm_Stop(at, PRL_TRUE), NULL);
        while (settle()) {}
        const uint64_t again = bench_ns();
        finish(PrlVm_Start(at), NULL);
        over[i] = bench_ns() - again;
        finish(PrlVm_Stop(at, PRL_TRUE), NULL);
    }
    bench_emit("G", "prl", "event_delivery", "ns", params, bench_percentile(heard, ONES, 50));
    bench_emit("G", "prl", "start", "ns", params, bench_percentile(over, ONES, 50));
}

static PRL_UINT32 list(PRL_HANDLE server, PRL_HANDLE *out)
{
    PRL_HANDLE result;
    PRL_UINT32 n;
    finish(PrlSrv_GetVmList(server), &result);
    check(PrlResult_GetParamsCount(result, &n));
    for (PRL_UINT32 i = 0; i < n; i++) check(PrlResult_GetParamByIndex(result, i, &out[i]));
    check(PrlHandle_Free(result));
    return n;
}

static void free_all(const PRL_HANDLE *vm, PRL_UINT32 n)
{
    for (PRL_UINT32 i = 0; i < n; i++) check(PrlHandle_Free(vm[i]));
}

int main(int argc, char **argv)
{
    unsigned vms = bench_number(argc, argv, 1, 1000), times = bench_number(argc, argv, 2, 5000);
    snprintf(params, sizeof params, "vms=%u", vms);
    load(vms);
    PRL_HANDLE server = log_in();
    PRL_HANDLE *vm = malloc(vms * sizeof *vm);
    const unsigned enough = bench_times(LISTED);
    PRL_UINT32 n = 0, listed = 0;
    uint64_t start = bench_ns();
    while (listed < enough) {
        n = list(server, vm);
        free_all(vm, n);
        listed += n;
    }
    bench_emit("G", "prl", "list", "ns/vm", params, (double)(bench_ns() - start) / listed);
    n = list(server, vm);
    check(PrlSrv_RegEventHandler(server, on_event, NULL));
    cycles(vm, n, times);
    one_by_one(vm, n);
    free_all(vm, n);
    free(vm);
    return told == 0;
}
