/* Connect, wait, open with a callback and a context; with an argument, main ends at once. Also compiled as C++. */
#include <stdio.h>
#include <string.h>

#include "vix.h"

static void opened(VixHandle job, VixEventType event, VixHandle info, void *context)
{
    VixError error, result;
    VixHandle vm = VIX_INVALID_HANDLE;
    (void)info;

    /* Progress does not matter here. */
    if (VIX_EVENTTYPE_JOB_COMPLETED != event) {
        return;
    }
    error = Vix_GetProperties(job, VIX_PROPERTY_JOB_RESULT_HANDLE, &vm, VIX_PROPERTY_JOB_RESULT_ERROR_CODE,
                              &result, VIX_PROPERTY_NONE);
    if (VIX_FAILED(error) || VIX_OK != result) {
        printf("%s: not opened: %s\n", (char *)context, Vix_GetErrorText(result, NULL));
        return;
    }
    printf("%s: %s\n", (char *)context,
           Vix_GetHandleType(vm) == VIX_HANDLETYPE_VM ? "a machine" : "something else");
}

int main(int argc, char **argv)
{
    VixError err = VIX_OK;
    VixHandle host = VIX_INVALID_HANDLE;
    VixHandle job = VIX_INVALID_HANDLE;
    char context[] = "the context";

    job = VixHost_Connect(VIX_API_VERSION, VIX_SERVICEPROVIDER_VMWARE_VI_SERVER,
                          "https://server2.example.com/sdk", 0, "root", "secretpw", 0, VIX_INVALID_HANDLE,
                          NULL, NULL);
    err = VixJob_Wait(job, VIX_PROPERTY_JOB_RESULT_HANDLE, &host, VIX_PROPERTY_NONE);
    Vix_ReleaseHandle(job);
    job = VIX_INVALID_HANDLE;
    if (VIX_OK != err) {
        goto abort;
    }
    job = VixVM_Open(host, "[standard] WindowsXP/WindowsXP.vmx", &opened, context);
    if (argc > 1 && strcmp(argv[1], "leave") == 0) {
        return 0; /* the open is still under way */
    }
    VixJob_Wait(job, VIX_PROPERTY_NONE);

abort:
    Vix_ReleaseHandle(job);
    return VIX_OK != err;
}
