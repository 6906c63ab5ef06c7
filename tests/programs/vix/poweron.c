/* The shape of the vendor's first sample: connect to a local product, open, power on, wait for tools, power off. */
#include <stdio.h>
#include <stdlib.h>

#include "vix.h"

/* Some products want other arguments; the first #define is changed by hand. */
#define USE_WORKSTATION 1

#if USE_WORKSTATION
#define CONNTYPE VIX_SERVICEPROVIDER_VMWARE_WORKSTATION
#define HOSTNAME ""
#define HOSTPORT 0
#define USERNAME ""
#define PASSWORD ""
#define VMPOWEROPTIONS VIX_VMPOWEROP_LAUNCH_GUI
#else
#define CONNTYPE VIX_SERVICEPROVIDER_VMWARE_VI_SERVER
#define HOSTNAME "https://192.2.3.4/sdk"
#define HOSTPORT 0
#define USERNAME "root"
#define PASSWORD "hideme"
#define VMPOWEROPTIONS VIX_VMPOWEROP_NORMAL
#endif

static char *progName;

static void usage(void)
{
    fprintf(stderr, "Usage: %s <vmxpath>\n", progName);
}

int main(int argc, char **argv)
{
    VixError err;
    char *vmxPath;
    VixHandle hostHandle = VIX_INVALID_HANDLE;
    VixHandle jobHandle = VIX_INVALID_HANDLE;
    VixHandle vmHandle = VIX_INVALID_HANDLE;

    progName = argv[0];
    if (argc > 1) {
        vmxPath = argv[1];
    } else {
        usage();
        exit(EXIT_FAILURE);
    }

    jobHandle = VixHost_Connect(VIX_API_VERSION, CONNTYPE, HOSTNAME, HOSTPORT, USERNAME, PASSWORD, 0,
                                VIX_INVALID_HANDLE, NULL, NULL);
    err = VixJob_Wait(jobHandle, VIX_PROPERTY_JOB_RESULT_HANDLE, &hostHandle, VIX_PROPERTY_NONE);
    if (VIX_FAILED(err)) {
        fprintf(stderr, "connect failed (%" FMT64 "d %s)\n", err, Vix_GetErrorText(err, NULL));
        goto abort;
    }
    Vix_ReleaseHandle(jobHandle);

    jobHandle = VixVM_Open(hostHandle, vmxPath, NULL, NULL);
    err = VixJob_Wait(jobHandle, VIX_PROPERTY_JOB_RESULT_HANDLE, &vmHandle, VIX_PROPERTY_NONE);
    if (VIX_FAILED(err)) {
        printf("open failed (%d)\n", (int)VIX_ERROR_CODE(err));
        goto abort;
    }
    Vix_ReleaseHandle(jobHandle);

    jobHandle = VixVM_PowerOn(vmHandle, VMPOWEROPTIONS, VIX_INVALID_HANDLE, NULL, NULL);
    err = VixJob_Wait(jobHandle, VIX_PROPERTY_NONE);
    if (VIX_FAILED(err)) {
        printf("power on failed (%d)\n", (int)VIX_ERROR_CODE(err));
        goto abort;
    }
    printf("powered on\n");
    Vix_ReleaseHandle(jobHandle);

    jobHandle = VixVM_WaitForToolsInGuest(vmHandle, 300, NULL, NULL);
    err = VixJob_Wait(jobHandle, VIX_PROPERTY_NONE);
    if (VIX_FAILED(err)) {
        printf("no tools (%d)\n", (int)VIX_ERROR_CODE(err));
        goto abort;
    }
    printf("tools are up\n");
    Vix_ReleaseHandle(jobHandle);

    jobHandle = VixVM_PowerOff(vmHandle, VIX_VMPOWEROP_NORMAL, NULL, NULL);
    err = VixJob_Wait(jobHandle, VIX_PROPERTY_NONE);
    if (VIX_FAILED(err)) {
        printf("power off failed (%d)\n", (int)VIX_ERROR_CODE(err));
        goto abort;
    }
    printf("powered off\n");

abort:
    Vix_ReleaseHandle(jobHandle);
    Vix_ReleaseHandle(vmHandle);
    VixHost_Disconnect(hostHandle);
    Vix_ReleaseHandle(hostHandle); /* once too often: many programs do it */
    return VIX_FAILED(err) ? 1 : 0;
}
