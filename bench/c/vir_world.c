/*
 * vir_world.c - row G through libvirt's API: start and destroy, look up by name, list. Built twice: for
 * pyvjob, and as its peer for the real libvirt (-DREAL) with its test driver.
 * usage: vir_world [VMS] [CYCLES]     the real one has one VM, whatever is asked for
 */
#include "bench.h"

#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>
#ifdef REAL
#define WHO "libvirt"
#else
#define WHO "vir"
#include <vjob/sim.h>
#endif

static char params[64];

static void must(int good)
{
    if (!good) fprintf(stderr, "vir_world: %s\n", virGetLastErrorMessage()), exit(1);
}

static void each(const char *metric, uint64_t start, unsigned n)
{
    bench_emit("G", WHO, metric, "1/s", params, n * 1e9 / (double)(bench_ns() - start));
}

static virConnectPtr world(unsigned vms)
{
#ifdef REAL
    (void)vms;
    return virConnectOpen("test:///default");
#else
    char text[500];
    snprintf(text, sizeof text,
             "{\"hosts\": [{\"memory_mb\": 100000000, \"vms\": [{\"name\": \"test\", \"memory_mb\": 16}, "
             "{\"name\": \"v\", \"count\": %u, \"memory_mb\": 16}]}], \"operations\": {\"start\": "
             "{\"duration_s\": 0, \"jitter\": 0, \"progress_steps\": 0}, \"stop\": {\"duration_s\": 0, "
             "\"jitter\": 0, \"progress_steps\": 0}}}",
             vms);
    must(vjob_sim_load_json(text, strlen(text)) == VJOB_OK);
    return virConnectOpen("vjob:///system");
#endif
}

int main(int argc, char **argv)
{
    unsigned vms = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 1000;
    unsigned times = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 5000;
    snprintf(params, sizeof params, "vms=%u", vms);
    virConnectPtr conn = world(vms);
    must(conn != NULL);
    uint64_t start = bench_ns();
    for (unsigned i = 0; i < times * 10; i++) {
        virDomainPtr domain = virDomainLookupByName(conn, "test");
        must(domain != NULL);
        virDomainFree(domain);
    }
    each("lookup", start, times * 10);
    virDomainPtr domain = virDomainLookupByName(conn, "test"), *all;
    if (virDomainIsActive(domain) == 1) must(virDomainDestroy(domain) == 0);
    start = bench_ns();
    for (unsigned i = 0; i < times; i++) {
        must(virDomainCreate(domain) == 0);
        must(virDomainDestroy(domain) == 0);
    }
    each("cycles", start, times);
    start = bench_ns();
    int n = virConnectListAllDomains(conn, &all, 0);
    must(n > 0);
    bench_emit("G", WHO, "list", "ns/vm", params, (double)(bench_ns() - start) / n);
    virDomainFree(domain);
    virConnectClose(conn);
    return 0;
}
