/*
 * vix_world.c - row G through VIX: a VM that is switched on and off in no time, with a callback for each job.
 * usage: vix_world [VMS] [CYCLES]
 */
#include "world.h"

#include <vix.h>

static unsigned long told; /* atomic */

static void on_event(VixHandle job, VixEventType event, VixHandle info, void *data)
{
    (void)job, (void)event, (void)info, (void)data;
    __atomic_fetch_add(&told, 1, __ATOMIC_RELAXED);
}

static void check(VixError error)
{
    if (error) fprintf(stderr, "vix_world: %s\n", Vix_GetErrorText(error, NULL)), exit(1);
}

static VixHandle finish(VixHandle job, int has_result)
{
    VixHandle result = VIX_INVALID_HANDLE;
    check(has_result ? VixJob_Wait(job, VIX_PROPERTY_JOB_RESULT_HANDLE, &result, VIX_PROPERTY_NONE)
                     : VixJob_Wait(job, VIX_PROPERTY_NONE));
    Vix_ReleaseHandle(job);
    return result;
}

int main(int argc, char **argv)
{
    unsigned vms = bench_number(argc, argv, 1, 1000), times = bench_number(argc, argv, 2, 5000);
    char params[64];
    snprintf(params, sizeof params, "vms=%u", vms);
    world_load(WORLD("{\"name\": \"test\", \"path\": \"[standard] test/test.vmx\", \"memory_mb\": 16}, "
                     "{\"name\": \"v\", \"count\": %u, \"memory_mb\": 16}"),
               vms);
    VixHandle host = finish(VixHost_Connect(VIX_API_VERSION, VIX_SERVICEPROVIDER_VMWARE_VI_SERVER, NULL, 0,
                                            NULL, NULL, 0, VIX_INVALID_HANDLE, NULL, NULL),
                            1);
    VixHandle vm = finish(VixVM_Open(host, "[standard] test/test.vmx", NULL, NULL), 1);
    uint64_t start = bench_ns();
    for (unsigned i = 0; i < times; i++) {
        finish(VixVM_PowerOn(vm, VIX_VMPOWEROP_NORMAL, VIX_INVALID_HANDLE, on_event, NULL), 0);
        finish(VixVM_PowerOff(vm, VIX_VMPOWEROP_NORMAL, on_event, NULL), 0);
    }
    bench_emit("G", "vix", "cycles", "1/s", params, times * 1e9 / (double)(bench_ns() - start));
    Vix_ReleaseHandle(vm);
    VixHost_Disconnect(host);
    return told < 2 * times;
}
