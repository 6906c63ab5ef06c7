/*
 * A power cycle: on, wait for the tools, off through the guest; a callback tells how far each step is.
 *
 *     pyvjob run power.c [PATH]      default: the machine WindowsXP
 *
 * power.py is the same program in Python.
 */
#include <stdio.h>
#include <stdlib.h>
#include <vix.h>

static void check(const char *doing, VixError error)
{
    if (!error) return;
    fprintf(stderr, "%s: %s\n", doing, Vix_GetErrorText(error, NULL));
    exit(1);
}

static VixHandle result(const char *doing, VixHandle job)
{
    VixHandle handle = VIX_INVALID_HANDLE;
    const VixError error = VixJob_Wait(job, VIX_PROPERTY_JOB_RESULT_HANDLE, &handle, VIX_PROPERTY_NONE);
    Vix_ReleaseHandle(job);
    check(doing, error);
    return handle;
}

typedef struct step {
    VixHandle vm;
    const char *name;
    int reports;
} step;

/* Calls for one job come one after the other, the end last; the wait below ends after that. */
static void told(VixHandle job, VixEventType event, VixHandle info, void *data)
{
    step *at = data;
    int state = 0;
    (void)info;
    if (event == VIX_EVENTTYPE_JOB_PROGRESS) {
        at->reports++;
        return;
    }
    if (event != VIX_EVENTTYPE_JOB_COMPLETED) return;
    Vix_GetProperties(at->vm, VIX_PROPERTY_VM_POWER_STATE, &state, VIX_PROPERTY_NONE);
    printf("%-6s %s, %s on the way, power state %d\n", at->name, VixJob_GetError(job) ? "failed" : "done",
           at->reports > 0 ? "reports" : "nothing", state);
}

static void run(step *at, const char *name, VixHandle job)
{
    const VixError error = VixJob_Wait(job, VIX_PROPERTY_NONE);
    Vix_ReleaseHandle(job);
    check(name, error);
    at->reports = 0;
}

int main(int argc, char **argv)
{
    const char *path = argc > 1 ? argv[1] : "[standard] WindowsXP/WindowsXP.vmx";
    VixHandle host =
        result("connect", VixHost_Connect(VIX_API_VERSION, VIX_SERVICEPROVIDER_VMWARE_WORKSTATION, NULL, 0,
                                          NULL, NULL, 0, VIX_INVALID_HANDLE, NULL, NULL));
    step at = {.vm = result("open", VixVM_Open(host, path, NULL, NULL))};

    at.name = "on";
    run(&at, "on", VixVM_PowerOn(at.vm, VIX_VMPOWEROP_NORMAL, VIX_INVALID_HANDLE, told, &at));
    at.name = "tools";
    run(&at, "tools", VixVM_WaitForToolsInGuest(at.vm, 300, told, &at));
    at.name = "off";
    run(&at, "off", VixVM_PowerOff(at.vm, VIX_VMPOWEROP_FROM_GUEST, told, &at));

    Vix_ReleaseHandle(at.vm);
    VixHost_Disconnect(host);
    return 0;
}
