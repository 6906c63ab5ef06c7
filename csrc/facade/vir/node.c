/* The machine behind a connection. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vir_internal.h"

/* What the test driver tells of its machine. */
static const virNodeInfo test_node = {.model = "i686",
                                      .memory = 3145728,
                                      .cpus = 16,
                                      .mhz = 1400,
                                      .nodes = 2,
                                      .sockets = 2,
                                      .cores = 2,
                                      .threads = 2};

static int is_test(const vir_conn *conn)
{
    return conn->manner == VIR_MANNER_TEST;
}

int virNodeGetInfo(virConnectPtr conn, virNodeInfoPtr info)
{
    vjob_host_info host;
    VIR_CONN(c, conn, -1);
    VIR_NEED(info, "info", -1);
    if (is_test(c)) {
        *info = test_node;
        return 0;
    }
    vjob_host_look(c->host, &host);
    *info = (virNodeInfo){.model = "x86_64",
                          .memory = (unsigned long)host.memory_mb * 1024,
                          .cpus = host.cpus,
                          .mhz = 2400,
                          .nodes = 1,
                          .sockets = 1,
                          .cores = host.cpus,
                          .threads = 1};
    return 0;
}

static unsigned long long free_memory(const vir_conn *conn)
{
    vjob_host_info host;
    vjob_host_look(conn->host, &host);
    return host.memory_mb > host.memory_used_mb ? (host.memory_mb - host.memory_used_mb) << 20 : 0;
}

/* The test driver counts in KiB here. */
unsigned long long virNodeGetFreeMemory(virConnectPtr conn)
{
    VIR_CONN(c, conn, 0);
    return is_test(c) ? test_node.memory : free_memory(c);
}

int virNodeGetCellsFreeMemory(virConnectPtr conn, unsigned long long *freeMems, int startCell, int maxCells)
{
    VIR_CONN(c, conn, -1);
    VIR_NEED(freeMems, "freeMems", -1);
    VIR_NEED(maxCells > 0, "maxCells", -1);
    VIR_NEED(startCell >= 0, "startCell", -1);
    const int cells = is_test(c) ? 2 : 1;
    int n = 0;
    if (startCell >= cells) return vir_fail(c->from, VIR_ERR_INVALID_ARG, "there is no cell %d", startCell);
    for (int cell = startCell; cell < cells && n < maxCells; cell++)
        freeMems[n++] = is_test(c) ? 2097152ull * (unsigned)(cell + 1) : free_memory(c);
    return n;
}

int virNodeGetCPUMap(virConnectPtr conn, unsigned char **cpumap, unsigned int *online, unsigned int flags)
{
    vjob_host_info host;
    VIR_CONN(c, conn, -1);
    if (cpumap) *cpumap = NULL;
    VIR_FLAGS(c, flags, 0, -1);
    vjob_host_look(c->host, &host);
    const unsigned cpus = is_test(c) ? 8 : host.cpus;
    if (online) *online = is_test(c) ? 3 : cpus;
    if (!cpumap) return (int)cpus;
    unsigned char *map = calloc(VIR_CPU_MAPLEN(cpus), 1);
    if (!map) return vir_fail_memory(c->from);
    for (unsigned cpu = 0; cpu < cpus; cpu++) map[cpu / 8] |= (unsigned char)(1 << cpu % 8);
    if (is_test(c)) map[0] = 0x15; /* cpus 0, 2 and 4 */
    *cpumap = map;
    return (int)cpus;
}

/* ---- statistics ------------------------------------------------------------------------------------------------------- */

typedef struct figure {
    const char *field;
    unsigned long long value;
} figure;

static int cpu_figures(vir_conn *conn, int cpu, figure out[4])
{
    vjob_stats *stats;
    unsigned long long user = 0, system = 0, total = 0;
    if (vjob_stats_read(conn->host, NULL, &stats)) return vir_fail_memory(conn->from);
    const int known = cpu < 0 || (size_t)cpu < stats->n_cpus;
    for (size_t i = 0; known && i < stats->n_cpus; i++) {
        if (cpu >= 0 && i != (size_t)cpu) continue;
        user += stats->cpus[i].user_ms;
        system += stats->cpus[i].system_ms;
        total += stats->uptime_s * 1000;
    }
    vjob_stats_free(stats);
    if (!known) return vir_fail(conn->from, VIR_ERR_INVALID_ARG, "there is no cpu %d", cpu);
    const unsigned long long used = user + system;
    out[0] = (figure){VIR_NODE_CPU_STATS_KERNEL, system * 1000000};
    out[1] = (figure){VIR_NODE_CPU_STATS_USER, user * 1000000};
    out[2] = (figure){VIR_NODE_CPU_STATS_IDLE, (total > used ? total - used : 0) * 1000000};
    out[3] = (figure){VIR_NODE_CPU_STATS_IOWAIT, 0};
    return 0;
}

int virNodeGetCPUStats(virConnectPtr conn, int cpuNum, virNodeCPUStatsPtr params, int *nparams,
                       unsigned int flags)
{
    figure f[4];
    VIR_CONN(c, conn, -1);
    VIR_NEED(nparams, "nparams", -1);
    VIR_NEED(*nparams >= 0 && (params || *nparams == 0), "params", -1);
    VIR_NEED(cpuNum >= -1, "cpuNum", -1);
    VIR_FLAGS(c, flags, 0, -1);
    if (*nparams == 0) {
        *nparams = 4;
        return 0;
    }
    if (cpu_figures(c, cpuNum, f)) return -1;
    if (*nparams > 4) *nparams = 4;
    for (int i = 0; i < *nparams; i++) {
        snprintf(params[i].field, sizeof params[i].field, "%s", f[i].field);
        params[i].value = f[i].value;
    }
    return 0;
}

int virNodeGetMemoryStats(virConnectPtr conn, int cellNum, virNodeMemoryStatsPtr params, int *nparams,
                          unsigned int flags)
{
    vjob_host_info host;
    VIR_CONN(c, conn, -1);
    VIR_NEED(nparams, "nparams", -1);
    if (is_test(c)) return vir_unsupported(__func__);
    VIR_NEED(*nparams >= 0 && (params || *nparams == 0), "params", -1);
    VIR_NEED(cellNum >= -1, "cellNum", -1);
    VIR_FLAGS(c, flags, 0, -1);
    if (cellNum > 0) return vir_fail(c->from, VIR_ERR_INVALID_ARG, "there is no cell %d", cellNum);
    vjob_host_look(c->host, &host);
    const figure f[] = {{VIR_NODE_MEMORY_STATS_TOTAL, host.memory_mb * 1024},
                        {VIR_NODE_MEMORY_STATS_FREE, free_memory(c) >> 10},
                        {VIR_NODE_MEMORY_STATS_BUFFERS, 0},
                        {VIR_NODE_MEMORY_STATS_CACHED, 0}};
    const int asked = *nparams;
    if (!asked || asked > 4) *nparams = 4;
    for (int i = 0; asked && i < *nparams; i++) {
        snprintf(params[i].field, sizeof params[i].field, "%s", f[i].field);
        params[i].value = f[i].value;
    }
    return 0;
}

int virNodeGetSecurityModel(virConnectPtr conn, virSecurityModelPtr secmodel)
{
    VIR_CONN(c, conn, -1);
    VIR_NEED(secmodel, "secmodel", -1);
    memset(secmodel, 0, sizeof *secmodel);
    strcpy(secmodel->model, is_test(c) ? "testSecurity" : "none");
    strcpy(secmodel->doi, is_test(c) ? "" : "0");
    return 0;
}
