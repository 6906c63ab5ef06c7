/*
 * The shape of capacity tests: every machine of a large host is started at once, from one thread, with a handler that
 * counts, and all jobs are waited for in the order of their starts. The host comes from an inventory.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <Parallels.h>

static int started, finished;

static PRL_RESULT count(PRL_HANDLE handle, PRL_VOID_PTR data)
{
    PRL_HANDLE_TYPE kind = PHT_ERROR;
    PRL_EVENT_TYPE type;
    PRL_JOB_OPERATION_CODE code;
    (void)data;
    PrlHandle_GetType(handle, &kind);
    if (kind == PHT_EVENT && PRL_SUCCEEDED(PrlEvent_GetType(handle, &type)) && type == PET_DSP_EVT_VM_STARTED)
        __atomic_fetch_add(&started, 1, __ATOMIC_SEQ_CST);
    if (kind == PHT_JOB && PRL_SUCCEEDED(PrlJob_GetOpCode(handle, &code)) && code == PJOC_VM_START)
        __atomic_fetch_add(&finished, 1, __ATOMIC_SEQ_CST);
    PrlHandle_Free(handle);
    return PRL_ERR_SUCCESS;
}

/* The job goes. */
static int succeeded(PRL_HANDLE job)
{
    PRL_RESULT code = PRL_ERR_UNEXPECTED;
    if (PRL_SUCCEEDED(PrlJob_Wait(job, 600000))) PrlJob_GetRetCode(job, &code);
    PrlHandle_Free(job);
    return code == PRL_ERR_SUCCESS;
}

int main(void)
{
    PRL_HANDLE server, list, result, *vms, *jobs;
    PRL_UINT32 n = 0, i, good = 0;
    PrlApi_InitEx(PARALLELS_API_VER, PAM_SERVER, 0, 0);
    PrlSrv_Create(&server);
    if (!succeeded(PrlSrv_LoginLocal(server, "", 0, PSL_LOW_SECURITY))) return 2;
    PrlSrv_RegEventHandler(server, count, NULL);
    list = PrlSrv_GetVmList(server);
    PrlJob_Wait(list, 60000);
    PrlJob_GetResult(list, &result);
    PrlHandle_Free(list);
    PrlResult_GetParamsCount(result, &n);
    vms = calloc(n, sizeof *vms);
    jobs = calloc(n, sizeof *jobs);
    if (!vms || !jobs) return 2;
    for (i = 0; i < n; i++) PrlResult_GetParamByIndex(result, i, &vms[i]);
    PrlHandle_Free(result);
    for (i = 0; i < n; i++) jobs[i] = PrlVm_Start(vms[i]);
    for (i = 0; i < n; i++) good += (PRL_UINT32)succeeded(jobs[i]);
    while (__atomic_load_n(&finished, __ATOMIC_SEQ_CST) < (int)n) usleep(1000);
    PrlSrv_UnregEventHandler(server, count, NULL);
    printf("%u machines, %u started, %d told\n", n, good, started);
    for (i = 0; i < n; i++) PrlHandle_Free(vms[i]);
    free(vms);
    free(jobs);
    PrlHandle_Free(server);
    PrlApi_Deinit();
    return 0;
}
