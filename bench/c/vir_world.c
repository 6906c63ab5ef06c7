/*
 * vir_world.c - row G through libvirt's API: start and destroy, look up by name, list and free. Built twice: for
 * pyvjob, and as its peer for the real libvirt (-DREAL) with its test driver and as many small domains.
 * usage: vir_world [VMS] [CYCLES]
 */
#include "bench.h"

#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>
#ifdef REAL
#define WHO "libvirt"
#else
#define WHO "vir"
#include "world.h"
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

#ifdef REAL
static void write_domain(FILE *file, const char *name, unsigned number)
{
    fprintf(file,
            "<domain type='test'><name>%s</name><uuid>00000000-0000-4000-8000-%012x</uuid><memory>16384"
            "</memory><vcpu>1</vcpu><os><type>hvm</type></os></domain>\n",
            name, number);
}

/* The file that describes the test driver's node. */
static void write_node(const char *path, unsigned vms)
{
    char name[32];
    FILE *file = fopen(path, "w");
    must(file != NULL);
    fprintf(file, "<node>\n");
    write_domain(file, "test", 0);
    for (unsigned i = 1; i <= vms; i++) {
        snprintf(name, sizeof name, "v%u", i);
        write_domain(file, name, i);
    }
    fprintf(file, "</node>\n");
    must(fclose(file) == 0);
}
#endif

static virConnectPtr world(unsigned vms)
{
#ifdef REAL
    char path[] = "/tmp/vir_world.XXXXXX", uri[64];
    const int made = mkstemp(path);
    must(made >= 0);
    close(made);
    write_node(path, vms);
    snprintf(uri, sizeof uri, "test://%s", path);
    virConnectPtr conn = virConnectOpen(uri);
    unlink(path);
    return conn;
#else
    world_load(WORLD("{\"name\": \"test\", \"memory_mb\": 16}, {\"name\": \"v\", \"count\": %u, "
                     "\"memory_mb\": 16}"),
               vms);
    return virConnectOpen("vjob:///system");
#endif
}

int main(int argc, char **argv)
{
    unsigned vms = bench_number(argc, argv, 1, 1000), times = bench_number(argc, argv, 2, 5000);
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
    const unsigned enough = bench_times(LISTED);
    unsigned listed = 0;
    start = bench_ns();
    while (listed < enough) {
        const int n = virConnectListAllDomains(conn, &all, 0);
        must(n > 0);
        for (int i = 0; i < n; i++) virDomainFree(all[i]);
        free(all);
        listed += (unsigned)n;
    }
    bench_emit("G", WHO, "list", "ns/vm", params, (double)(bench_ns() - start) / listed);
    virDomainFree(domain);
    virConnectClose(conn);
    return 0;
}
