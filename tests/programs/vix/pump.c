/* One thread for everything: the host is asked to run callbacks in Vix_PumpEvents only. */
#include <pthread.h>
#include <stdio.h>

#include "vix.h"

/* A state machine, driven by the ends of jobs. */
enum { OPENING, STARTING, WAITING, STOPPING, OVER };
static int state = OPENING, same_thread = 1, progress;
static VixHandle host = VIX_INVALID_HANDLE, vm = VIX_INVALID_HANDLE;
static pthread_t self;

static void told(VixHandle job, VixEventType type, VixHandle info, void *data)
{
    VixError err, result = VIX_OK;
    VixHandle next = VIX_INVALID_HANDLE;
    (void)info;
    if (!pthread_equal(self, pthread_self())) same_thread = 0;
    if (type == VIX_EVENTTYPE_JOB_PROGRESS) progress++;
    if (type != VIX_EVENTTYPE_JOB_COMPLETED) return;
    err = VixJob_GetError(job);
    if (VIX_FAILED(err)) {
        printf("state %d: error %d\n", state, (int)VIX_ERROR_CODE(err));
        state = OVER;
        return;
    }
    switch (state) {
    case OPENING:
        Vix_GetProperties(job, VIX_PROPERTY_JOB_RESULT_HANDLE, &vm, VIX_PROPERTY_JOB_RESULT_ERROR_CODE,
                          &result, VIX_PROPERTY_NONE);
        printf("%s: open %d\n", (char *)data, (int)result);
        state = STARTING;
        next = VixVM_PowerOn(vm, VIX_VMPOWEROP_NORMAL, VIX_INVALID_HANDLE, told, data);
        break;
    case STARTING:
        printf("started\n");
        state = WAITING;
        next = VixVM_WaitForToolsInGuest(vm, 0, told, data);
        break;
    case WAITING:
        printf("tools\n");
        state = STOPPING;
        next = VixVM_PowerOff(vm, VIX_VMPOWEROP_FROM_GUEST, told, data);
        break;
    case STOPPING:
        printf("stopped\n");
        state = OVER;
        break;
    default: printf("called too often\n");
    }
    Vix_ReleaseHandle(next);
}

int main(void)
{
    char name[] = "machine";
    VixError err;
    VixHandle job = VixHost_Connect(1, VIX_SERVICEPROVIDER_VMWARE_SERVER, NULL, 0, NULL, NULL,
                                    VIX_HOSTOPTION_USE_EVENT_PUMP, VIX_INVALID_HANDLE, NULL, NULL);
    self = pthread_self();
    err = VixJob_Wait(job, VIX_PROPERTY_JOB_RESULT_HANDLE, &host, VIX_PROPERTY_NONE);
    Vix_ReleaseHandle(job);
    if (VIX_FAILED(err)) return 1;
    Vix_ReleaseHandle(VixVM_Open(host, "[standard] WindowsXP/WindowsXP.vmx", told, name));
    while (state != OVER) Vix_PumpEvents(host, VIX_PUMPEVENTOPTION_NONE);
    printf("progress %s, %s\n", progress ? "was told" : "was not told",
           same_thread ? "one thread" : "threads");
    Vix_ReleaseHandle(vm);
    VixHost_Disconnect(host);
    return 0;
}
