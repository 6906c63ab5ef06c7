/* Machines are handled where they are found: the callback opens each, starts those that are off, and waits. */
#include <stdio.h>

#include "vix.h"

static VixHandle host = VIX_INVALID_HANDLE;
static int started;

static VixError finish(VixHandle job)
{
    VixError err = VixJob_Wait(job, VIX_PROPERTY_NONE);
    Vix_ReleaseHandle(job);
    return err;
}

static void discovered(VixHandle search, VixEventType type, VixHandle item, void *data)
{
    char *path = NULL, *name = NULL;
    VixHandle vm = VIX_INVALID_HANDLE, job;
    VixError err;
    int state = 0;
    (void)search;
    (void)data;
    if (VIX_EVENTTYPE_FIND_ITEM != type) return;
    err = Vix_GetProperties(item, VIX_PROPERTY_FOUND_ITEM_LOCATION, &path, VIX_PROPERTY_NONE);
    if (VIX_OK != err) goto abort;
    job = VixVM_Open(host, path, NULL, NULL);
    err = VixJob_Wait(job, VIX_PROPERTY_JOB_RESULT_HANDLE, &vm, VIX_PROPERTY_NONE);
    Vix_ReleaseHandle(job);
    if (VIX_OK != err) goto abort;
    err = Vix_GetProperties(vm, VIX_PROPERTY_VM_POWER_STATE, &state, VIX_PROPERTY_VM_NAME, &name,
                            VIX_PROPERTY_NONE);
    if (VIX_OK != err) goto abort;
    printf("%s is %s\n", name, state & VIX_POWERSTATE_POWERED_ON ? "on" : "off");
    if (state & VIX_POWERSTATE_POWERED_OFF) {
        err = finish(VixVM_PowerOn(vm, VIX_VMPOWEROP_NORMAL, VIX_INVALID_HANDLE, NULL, NULL));
        if (VIX_OK == err) err = finish(VixVM_WaitForToolsInGuest(vm, 300, NULL, NULL));
        if (VIX_OK == err) started++;
    }

abort:
    if (VIX_OK != err) printf("error %d\n", (int)VIX_ERROR_CODE(err));
    Vix_FreeBuffer(path);
    Vix_FreeBuffer(name);
    Vix_ReleaseHandle(vm);
}

int main(void)
{
    VixError err, code = VIX_E_FAIL;
    VixHandle job = VixHost_Connect(2, VIX_SERVICEPROVIDER_DEFAULT, "localhost", 902, "me", "pw", 0,
                                    VIX_INVALID_HANDLE, NULL, NULL);
    err = VixJob_Wait(job, VIX_PROPERTY_JOB_RESULT_HANDLE, &host, VIX_PROPERTY_JOB_RESULT_ERROR_CODE, &code,
                      VIX_PROPERTY_NONE);
    Vix_ReleaseHandle(job);
    printf("connect: %d %d\n", (int)err, (int)code);
    err = finish(VixHost_FindItems(host, VIX_FIND_REGISTERED_VMS, VIX_INVALID_HANDLE, -1, discovered, NULL));
    printf("found: %d, started %d\n", (int)err, started);
    VixHost_Disconnect(host);
    return VIX_OK != err;
}
