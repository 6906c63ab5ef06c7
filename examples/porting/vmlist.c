/*
 * Prints the names of the machines of the local server. Nothing in here knows of vjob: it stands for your
 * program, and the two build files beside it show all that a port has to change.
 */
#include <stdio.h>

#include <Parallels.h>

int main(void)
{
    PRL_HANDLE server = PRL_INVALID_HANDLE, job, list = PRL_INVALID_HANDLE;
    PRL_UINT32 count = 0;
    PRL_RESULT err = PrlApi_InitEx(PARALLELS_API_VER, PAM_SERVER, 0, 0);
    if (PRL_SUCCEEDED(err)) err = PrlSrv_Create(&server);

    job = PrlSrv_LoginLocal(server, "", 0, PSL_NORMAL_SECURITY);
    PrlJob_Wait(job, 10000);
    PrlHandle_Free(job);
    job = PrlSrv_GetVmList(server);
    PrlJob_Wait(job, 10000);
    PrlJob_GetRetCode(job, &err);
    PrlJob_GetResult(job, &list);
    PrlHandle_Free(job);

    PrlResult_GetParamsCount(list, &count);
    for (PRL_UINT32 i = 0; i < count; i++) {
        PRL_HANDLE vm;
        char name[256];
        PRL_UINT32 size = sizeof name;
        PrlResult_GetParamByIndex(list, i, &vm);
        if (PRL_SUCCEEDED(PrlVmCfg_GetName(vm, name, &size))) puts(name);
        PrlHandle_Free(vm);
    }
    PrlHandle_Free(list);
    PrlHandle_Free(server);
    PrlApi_Deinit();
    return PRL_FAILED(err);
}
