/*
 * The shape of the samples in the vendor's guide: the library is loaded while the program runs, each step
 * waits at most some seconds, looks at the wait, then at the return code, then at the result, and says what
 * went wrong. From login over creating, starting, cloning and snapshots to deleting, then off again.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "SdkWrap.h"

#define SDK_LIB_NAME "libprl_sdk.so"
#define MY_JOB_TIMEOUT 10000 // Default timeout.
#define MY_HOST "10.30.22.82"
#define MY_USER "user"
#define MY_PASSWORD "12345"

// Says what went wrong with a job, in both ways that the API has.
static void PrintError(const char *szWhat, PRL_HANDLE hJob, PRL_RESULT nJobReturnCode)
{
    PRL_HANDLE hEvent = PRL_INVALID_HANDLE;
    PRL_RESULT err = PrlJob_GetError(hJob, &hEvent);
    if (PRL_FAILED(err)) {
        printf("%s: no error event: %s\n", szWhat, prl_result_to_string(err));
        return;
    }
    PRL_UINT32 nBufSize = 0;
    err = PrlEvent_GetErrString(hEvent, PRL_TRUE, PRL_FALSE, 0, &nBufSize);
    PRL_STR sErr = (PRL_STR)malloc(sizeof(PRL_CHAR) * nBufSize);
    err = PrlEvent_GetErrString(hEvent, PRL_TRUE, PRL_FALSE, sErr, &nBufSize);
    printf("%s: %s (%s)\n", szWhat, prl_result_to_string(nJobReturnCode), PRL_SUCCEEDED(err) ? sErr : "?");
    free(sErr);
    PrlHandle_Free(hEvent);
}

// Waits; hands over the result if it is wanted. Frees the job.
static PRL_RESULT Finish(const char *szWhat, PRL_HANDLE hJob, PRL_HANDLE_PTR phResult = 0)
{
    PRL_RESULT nJobReturnCode = PRL_ERR_UNINITIALIZED;
    PRL_RESULT err = PrlJob_Wait(hJob, MY_JOB_TIMEOUT);
    if (PRL_FAILED(err)) {
        fprintf(stderr, "PrlJob_Wait for %s returned with error: %s\n", szWhat, prl_result_to_string(err));
        PrlHandle_Free(hJob);
        return err;
    }
    err = PrlJob_GetRetCode(hJob, &nJobReturnCode);
    if (PRL_SUCCEEDED(err) && PRL_FAILED(nJobReturnCode)) {
        PrintError(szWhat, hJob, nJobReturnCode);
        PrlHandle_Free(hJob);
        return nJobReturnCode;
    }
    if (PRL_SUCCEEDED(err) && phResult) err = PrlJob_GetResult(hJob, phResult);
    PrlHandle_Free(hJob);
    return err;
}

static PRL_RESULT LoginToServer(PRL_HANDLE hServer)
{
    PRL_HANDLE hJobResult = PRL_INVALID_HANDLE, hResponse = PRL_INVALID_HANDLE;
    PRL_RESULT err =
        Finish("login", PrlSrv_Login(hServer, MY_HOST, MY_USER, MY_PASSWORD, 0, 0, 0, PSL_LOW_SECURITY),
               &hJobResult);
    if (PRL_FAILED(err)) return err;
    err = PrlResult_GetParam(hJobResult, &hResponse);
    PrlHandle_Free(hJobResult);
    if (PRL_FAILED(err)) return err;
    PRL_CHAR sBuf[256];
    PRL_UINT32 nBufSize = sizeof(sBuf);
    err = PrlLoginResponse_GetServerUuid(hResponse, sBuf, &nBufSize);
    printf("logged in, server id has %u characters\n", (unsigned)strlen(sBuf));
    PrlHandle_Free(hResponse);
    return err;
}

// Looks for a machine by its name in the list.
static PRL_RESULT GetVmByName(PRL_HANDLE hServer, PRL_CONST_STR sName, PRL_HANDLE_PTR phVm)
{
    PRL_HANDLE hResult = PRL_INVALID_HANDLE;
    PRL_UINT32 nParamsCount = 0;
    PRL_RESULT err = Finish("list", PrlSrv_GetVmList(hServer), &hResult);
    if (PRL_FAILED(err)) return err;
    PrlResult_GetParamsCount(hResult, &nParamsCount);
    *phVm = PRL_INVALID_HANDLE;
    for (PRL_UINT32 i = 0; i < nParamsCount; ++i) {
        PRL_HANDLE hVm = PRL_INVALID_HANDLE;
        PrlResult_GetParamByIndex(hResult, i, &hVm);
        char sVmName[1024];
        PRL_UINT32 nBufSize = sizeof(sVmName);
        if (PRL_SUCCEEDED(PrlVmCfg_GetName(hVm, sVmName, &nBufSize)) && strcmp(sVmName, sName) == 0) {
            *phVm = hVm;
            break;
        }
        PrlHandle_Free(hVm);
    }
    PrlHandle_Free(hResult);
    return *phVm == PRL_INVALID_HANDLE ? PRL_ERR_NO_DATA : PRL_ERR_SUCCESS;
}

static PRL_RESULT CreateVm(PRL_HANDLE hServer, PRL_HANDLE_PTR phVm)
{
    PRL_HANDLE hResult = PRL_INVALID_HANDLE, hSrvCfg = PRL_INVALID_HANDLE, hDev = PRL_INVALID_HANDLE;
    PRL_RESULT err = PrlSrv_CreateVm(hServer, phVm);
    if (PRL_FAILED(err)) return err;
    if (PRL_FAILED(err = Finish("configuration", PrlSrv_GetSrvConfig(hServer), &hResult))) return err;
    PrlResult_GetParamByIndex(hResult, 0, &hSrvCfg);
    PrlHandle_Free(hResult);
    err = PrlVmCfg_SetDefaultConfig(*phVm, hSrvCfg, PVS_GUEST_VER_WIN_XP, PRL_TRUE);
    PrlHandle_Free(hSrvCfg);
    if (PRL_FAILED(err)) return err;
    PrlVmCfg_SetName(*phVm, "Windows XP from the guide");
    PrlVmCfg_SetRamSize(*phVm, 256);
    PrlVmCfg_SetVideoRamSize(*phVm, 64);
    PrlVmCfg_SetCpuCount(*phVm, 1);

    // One more disk, one more network adapter.
    PrlVmCfg_CreateVmDev(*phVm, PDE_HARD_DISK, &hDev);
    PrlVmDev_SetEmulatedType(hDev, PDT_USE_IMAGE_FILE);
    PrlVmDevHd_SetDiskType(hDev, PHD_EXPANDING_HARD_DISK);
    PrlVmDevHd_SetDiskSize(hDev, 2048);
    PrlVmDev_SetEnabled(hDev, PRL_TRUE);
    PrlHandle_Free(hDev);
    PrlVmCfg_CreateVmDev(*phVm, PDE_GENERIC_NETWORK_ADAPTER, &hDev);
    PrlVmDevNet_GenerateMacAddr(hDev);
    PrlVmDev_SetEnabled(hDev, PRL_TRUE);
    PrlHandle_Free(hDev);

    return Finish("register", PrlVm_Reg(*phVm, "", PRL_TRUE));
}

static VIRTUAL_MACHINE_STATE GetVmState(PRL_HANDLE hVm)
{
    PRL_HANDLE hResult = PRL_INVALID_HANDLE, hVmInfo = PRL_INVALID_HANDLE;
    VIRTUAL_MACHINE_STATE vm_state = VMS_UNKNOWN;
    if (PRL_FAILED(Finish("state", PrlVm_GetState(hVm), &hResult))) return vm_state;
    PrlResult_GetParam(hResult, &hVmInfo);
    PrlVmInfo_GetState(hVmInfo, &vm_state);
    PrlHandle_Free(hVmInfo);
    PrlHandle_Free(hResult);
    return vm_state;
}

static const char *StateName(PRL_HANDLE hVm)
{
    switch (GetVmState(hVm)) {
    case VMS_STOPPED: return "stopped";
    case VMS_RUNNING: return "running";
    case VMS_PAUSED: return "paused";
    case VMS_SUSPENDED: return "suspended";
    default: return "something else";
    }
}

static PRL_RESULT ChangeConfiguration(PRL_HANDLE hVm)
{
    PRL_RESULT err = Finish("begin edit", PrlVm_BeginEdit(hVm));
    if (PRL_FAILED(err)) return err;
    PrlVmCfg_SetName(hVm, "Windows XP, renamed");
    PrlVmCfg_SetRamSize(hVm, 512);
    PrlVmCfg_SetDescription(hVm, "changed by a sample");
    PRL_HANDLE hBoot = PRL_INVALID_HANDLE;
    PrlVmCfg_CreateBootDev(hVm, &hBoot);
    PrlBootDev_SetType(hBoot, PDE_OPTICAL_DISK);
    PrlBootDev_SetIndex(hBoot, 0);
    PrlBootDev_SetSequenceIndex(hBoot, 0);
    PrlBootDev_SetInUse(hBoot, PRL_TRUE);
    PrlHandle_Free(hBoot);
    return Finish("commit", PrlVm_Commit(hVm));
}

static PRL_RESULT Snapshots(PRL_HANDLE hVm)
{
    PRL_HANDLE hResult = PRL_INVALID_HANDLE;
    PRL_RESULT err =
        Finish("create snapshot", PrlVm_CreateSnapshot(hVm, "Snapshot One", "Taken by a sample."));
    if (PRL_SUCCEEDED(err)) err = Finish("snapshot tree", PrlVm_GetSnapshotsTree(hVm), &hResult);
    if (PRL_FAILED(err)) return err;
    PRL_UINT32 nBufSize = 0;
    PrlResult_GetParamByIndexAsString(hResult, 0, 0, &nBufSize);
    PRL_STR sTree = (PRL_STR)malloc(nBufSize);
    err = PrlResult_GetParamByIndexAsString(hResult, 0, sTree, &nBufSize);
    PrlHandle_Free(hResult);
    const char *szGuid = strstr(sTree, "guid=\"");
    char sGuid[40] = "";
    if (PRL_SUCCEEDED(err) && szGuid) memcpy(sGuid, szGuid + 6, 38);
    free(sTree);
    if (PRL_SUCCEEDED(err)) err = Finish("revert", PrlVm_SwitchToSnapshot(hVm, sGuid));
    if (PRL_SUCCEEDED(err)) err = Finish("delete snapshot", PrlVm_DeleteSnapshot(hVm, sGuid, PRL_FALSE));
    return err;
}

static int failures = 0;
static void Step(const char *szWhat, PRL_RESULT err)
{
    if (PRL_SUCCEEDED(err)) return;
    ++failures;
    printf("%s failed: %s\n", szWhat, prl_result_to_string(err));
}

static void Work(PRL_HANDLE hServer)
{
    PRL_HANDLE hVm = PRL_INVALID_HANDLE, hFound = PRL_INVALID_HANDLE, hClone = PRL_INVALID_HANDLE;
    Step("create", CreateVm(hServer, &hVm));
    Step("search", GetVmByName(hServer, "Windows XP from the guide", &hFound));
    printf("%s handle as before\n", hFound == hVm ? "the same" : "not the same");
    PrlHandle_Free(hFound);
    Step("change", ChangeConfiguration(hVm));
    Step("start", Finish("start", PrlVm_Start(hVm)));
    printf("it is %s\n", StateName(hVm));
    Finish("start again", PrlVm_Start(hVm)); // an error message is what we want to see
    Step("suspend", Finish("suspend", PrlVm_Suspend(hVm)));
    printf("it is %s\n", StateName(hVm));
    Step("resume", Finish("resume", PrlVm_Resume(hVm)));
    Step("pause", Finish("pause", PrlVm_Pause(hVm, PRL_TRUE)));
    printf("it is %s\n", StateName(hVm));
    Step("continue", Finish("continue", PrlVm_Start(hVm)));
    Step("stop", Finish("stop", PrlVm_Stop(hVm, PRL_FALSE)));
    printf("it is %s\n", StateName(hVm));
    Step("snapshots", Snapshots(hVm));
    PRL_HANDLE hResult = PRL_INVALID_HANDLE;
    Step("clone", Finish("clone", PrlVm_Clone(hVm, "A clone", "", PRL_FALSE), &hResult));
    PrlHandle_Free(hResult);
    Step("search", GetVmByName(hServer, "A clone", &hClone));
    Step("delete", Finish("delete", PrlVm_Delete(hClone, PRL_INVALID_HANDLE)));
    Step("unregister", Finish("unregister", PrlVm_Unreg(hVm)));
    if (PRL_SUCCEEDED(GetVmByName(hServer, "Windows XP, renamed", &hFound))) Step("gone", PRL_ERR_FAILURE);
    PrlHandle_Free(hClone);
    PrlHandle_Free(hVm);
}

int main(int argc, char *argv[])
{
    PRL_HANDLE hServer = PRL_INVALID_HANDLE;
    // Load the SDK library: its name, or a path from the command line.
    PRL_RESULT err = SdkWrap_Load(argc > 1 ? argv[1] : SDK_LIB_NAME);
    if (PRL_FAILED(err)) err = SdkWrap_Load("./" SDK_LIB_NAME);
    if (PRL_FAILED(err)) {
        fprintf(stderr, "Failed to load " SDK_LIB_NAME ", error code: %x\n", err);
        return -1;
    }
    err = PrlApi_InitEx(PARALLELS_API_VER, PAM_DESKTOP, 0, 0);
    if (PRL_FAILED(err)) {
        fprintf(stderr, "PrlApi_InitEx returned with error: %s.\n", prl_result_to_string(err));
        PrlApi_Deinit();
        SdkWrap_Unload();
        return -1;
    }
    err = PrlSrv_Create(&hServer);
    if (PRL_SUCCEEDED(err)) err = LoginToServer(hServer);
    if (PRL_SUCCEEDED(err)) Work(hServer);
    Step("logoff", Finish("logoff", PrlSrv_Logoff(hServer)));
    PrlHandle_Free(hServer);
    Step("deinit", PrlApi_Deinit());
    SdkWrap_Unload();
    printf(failures ? "%d failures\n" : "fine\n", failures);
    return failures != 0;
}
