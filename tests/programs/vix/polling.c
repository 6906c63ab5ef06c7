/* Never waits: looks whether jobs have ended, and sleeps in between. A callback counts progress. */
#include <stdio.h>
#include <unistd.h>

#include "vix.h"

typedef struct watch {
    volatile int progress, completed;
} watch;

static void told(VixHandle job, VixEventType type, VixHandle info, void *data)
{
    watch *w = (watch *)data;
    (void)job;
    (void)info;
    if (type == VIX_EVENTTYPE_JOB_PROGRESS) w->progress++;
    if (type == VIX_EVENTTYPE_JOB_COMPLETED) w->completed = 1;
}

static VixError poll_job(VixHandle job)
{
    Bool done = 0;
    VixError err = VIX_OK;
    while (!done) {
        err = VixJob_CheckCompletion(job, &done);
        if (VIX_FAILED(err)) return err;
        if (!done) usleep(2000);
    }
    return VixJob_GetError(job);
}

int main(void)
{
    VixHandle host = VIX_INVALID_HANDLE, vm = VIX_INVALID_HANDLE, job;
    VixError err;
    VixHandle result = VIX_INVALID_HANDLE;
    watch w = {0, 0};
    int round, state;

    job = VixHost_Connect(VIX_API_VERSION, VIX_SERVICEPROVIDER_DEFAULT, NULL, 0, NULL, NULL, 0,
                          VIX_INVALID_HANDLE, NULL, NULL);
    err = poll_job(job);
    if (VIX_FAILED(err)) return 1;
    Vix_GetProperties(job, VIX_PROPERTY_JOB_RESULT_HANDLE, &host, VIX_PROPERTY_NONE);
    Vix_ReleaseHandle(job);

    job = VixVM_Open(host, "[standard] WindowsXP/WindowsXP.vmx", NULL, NULL);
    err = poll_job(job);
    if (VIX_FAILED(err)) return 2;
    err = Vix_GetProperties(job, VIX_PROPERTY_JOB_RESULT_HANDLE, &vm, VIX_PROPERTY_JOB_RESULT_ERROR_CODE,
                            &err, VIX_PROPERTY_NONE);
    Vix_ReleaseHandle(job);

    for (round = 0; round < 3; round++) {
        w.progress = w.completed = 0;
        job = VixVM_PowerOn(vm, VIX_VMPOWEROP_NORMAL, VIX_INVALID_HANDLE, told, &w);
        printf("on: %d", (int)poll_job(job));
        printf(", %s, completed %d\n", w.progress ? "with progress" : "no progress", w.completed);
        Vix_ReleaseHandle(job);
        Vix_GetProperties(vm, VIX_PROPERTY_VM_POWER_STATE, &state, VIX_PROPERTY_NONE);
        printf("state %d\n", state & ~VIX_POWERSTATE_TOOLS_RUNNING);
        job = VixVM_PowerOff(vm, VIX_VMPOWEROP_NORMAL, NULL, NULL);
        printf("off: %d\n", (int)poll_job(job));
        err = VixJob_Wait(job, VIX_PROPERTY_JOB_RESULT_HANDLE, &result, VIX_PROPERTY_NONE);
        printf("a result that is not there: %d\n", (int)VIX_ERROR_CODE(err));
        Vix_ReleaseHandle(job);
    }
    Vix_ReleaseHandle(vm);
    VixHost_Disconnect(host);
    return 0;
}
