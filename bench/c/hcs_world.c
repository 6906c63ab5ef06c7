/*
 * hcs_world.c - row G through HCS: a compute system that is created, started and terminated in no time, with a
 * callback for its events, on a host of many VMs.
 * usage: hcs_world [VMS] [CYCLES]
 */
#include "world.h"

#include <computecore.h>

#define DOCUMENT                                                                                             \
    L"{\"SchemaVersion\": {\"Major\": 2, \"Minor\": 1}, \"Owner\": \"bench\", \"VirtualMachine\": "          \
    L"{\"Chipset\": {\"Uefi\": {}}, \"ComputeTopology\": {\"Memory\": {\"SizeInMB\": 16}, \"Processor\": "   \
    L"{\"Count\": 1}}}}"

static unsigned long told; /* atomic */

static void CALLBACK on_event(HCS_EVENT *event, void *context)
{
    (void)event, (void)context;
    __atomic_fetch_add(&told, 1, __ATOMIC_RELAXED);
}

static void check(HRESULT result)
{
    if (FAILED(result)) fprintf(stderr, "hcs_world: 0x%x\n", (unsigned)result), exit(1);
}

static void finish(HCS_OPERATION operation)
{
    check(HcsWaitForOperationResult(operation, INFINITE, NULL));
    HcsCloseOperation(operation);
}

static void cycle(void)
{
    HCS_SYSTEM system;
    HCS_OPERATION operation = HcsCreateOperation(NULL, NULL);
    check(HcsCreateComputeSystem(L"test", DOCUMENT, operation, NULL, &system));
    finish(operation);
    check(HcsSetComputeSystemCallback(system, HcsEventOptionNone, NULL, on_event));
    check(HcsStartComputeSystem(system, operation = HcsCreateOperation(NULL, NULL), NULL));
    finish(operation);
    check(HcsTerminateComputeSystem(system, operation = HcsCreateOperation(NULL, NULL), NULL));
    finish(operation);
    HcsCloseComputeSystem(system);
}

int main(int argc, char **argv)
{
    unsigned vms = bench_number(argc, argv, 1, 1000), times = bench_number(argc, argv, 2, 5000);
    char params[64];
    snprintf(params, sizeof params, "vms=%u", vms);
    world_load(WORLD("{\"name\": \"v\", \"count\": %u, \"memory_mb\": 16}"), vms);
    HCS_OPERATION alive = HcsCreateOperation(NULL, NULL); /* the engine with it */
    uint64_t start = bench_ns();
    for (unsigned i = 0; i < times; i++) cycle();
    bench_emit("G", "hcs", "cycles", "1/s", params, times * 1e9 / (double)(bench_ns() - start));
    HcsCloseOperation(alive);
    return told == 0;
}
