/*
 * prl_clients.c - row G, many clients: threads that each start and stop machines of their own, in no time, through
 * one connection.
 * usage: prl_clients THREADS
 */
#include "bench.h"

#include <Parallels.h>
#include <pthread.h>
#include <vjob/sim.h>

#define VMS 64

static unsigned cycles;
static PRL_HANDLE vms[VMS];

static void check(PRL_RESULT result)
{
    if (PRL_FAILED(result)) fprintf(stderr, "prl_clients: 0x%x\n", (unsigned)result), exit(1);
}

static void finish(PRL_HANDLE job, PRL_HANDLE *result)
{
    PRL_RESULT code;
    check(PrlJob_Wait(job, 600000));
    check(PrlJob_GetRetCode(job, &code));
    check(code);
    if (result) check(PrlJob_GetResult(job, result));
    PrlHandle_Free(job);
}

static void connect_to_world(void)
{
    static const char world[] =
        "{\"hosts\": [{\"memory_mb\": 100000000, \"vms\": [{\"name\": \"v\", \"count\": 64, \"memory_mb\": "
        "16}]}],"
        " \"operations\": {\"start\": {\"duration_s\": 0, \"jitter\": 0, \"progress_steps\": 0},"
        " \"stop\": {\"duration_s\": 0, \"jitter\": 0, \"progress_steps\": 0}}}";
    PRL_HANDLE server, list;
    if (vjob_sim_load_json(world, sizeof world - 1))
        fprintf(stderr, "prl_clients: %s\n", vjob_last_error()->text), exit(1);
    check(PrlApi_InitEx(PARALLELS_API_VER, PAM_SERVER, 0, 0));
    check(PrlSrv_Create(&server));
    finish(PrlSrv_LoginLocal(server, "", 0, PSL_NORMAL_SECURITY), NULL);
    finish(PrlSrv_GetVmList(server), &list);
    for (PRL_UINT32 i = 0; i < VMS; i++) check(PrlResult_GetParamByIndex(list, i, &vms[i]));
}

static void *client(void *vm)
{
    for (unsigned i = 0; i < cycles; i++) {
        finish(PrlVm_Start(*(PRL_HANDLE *)vm), NULL);
        finish(PrlVm_Stop(*(PRL_HANDLE *)vm, PRL_TRUE), NULL);
    }
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
