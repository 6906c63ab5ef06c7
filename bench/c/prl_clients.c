/*
 * prl_clients.c - row G, many clients: threads that each start and stop machines of their own, in no time, through
 * one connection.
 * usage: prl_clients THREADS
 */
#include "prl.h"

#include <pthread.h>

#define VMS 64

static unsigned cycles;
static PRL_HANDLE vms[VMS];

static void connect_to_world(void)
{
    PRL_HANDLE list;
    world_load(WORLD("{\"name\": \"v\", \"count\": %u, \"memory_mb\": 16}"), VMS);
    finish(PrlSrv_GetVmList(log_in()), &list);
    for (PRL_UINT32 i = 0; i < VMS; i++) check(PrlResult_GetParamByIndex(list, i, &vms[i]));
}

static void *client(void *vm)
{
    for (unsigned i = 0; i < cycles; i++) cycle(*(PRL_HANDLE *)vm);
    return NULL;
}

int main(int argc, char **argv)
{
    int threads = argc > 1 ? atoi(argv[1]) : 1;
    pthread_t ids[VMS];
    char params[64];
    if (threads < 1 || threads > VMS) return 2;
    cycles = bench_times(10000) / (unsigned)threads + 1;
    connect_to_world();
    uint64_t start = bench_ns();
    for (int i = 0; i < threads; i++)
        if (pthread_create(&ids[i], NULL, client, &vms[i])) return 1;
    for (int i = 0; i < threads; i++) pthread_join(ids[i], NULL);
    double seconds = (double)(bench_ns() - start) / 1e9;
    snprintf(params, sizeof params, "threads=%d", threads);
    bench_emit("G", "prl", "client_cycles", "1/s", params, threads * (double)cycles / seconds);
    return 0;
}
