/*
 * The shape of programs that do not wait but look, again and again: GetStatus with a nap between looks, GetStatus
 * as fast as it goes, waits of a few milliseconds, and a progress bar.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <Parallels.h>

static void nap_ms(long ms)
{
    struct timespec time = {ms / 1000, ms % 1000 * 1000000};
    nanosleep(&time, NULL);
}

/* With naps of so many milliseconds; 0: none. */
static PRL_RESULT poll_status(PRL_HANDLE job, long nap)
{
    PRL_JOB_STATUS status = PJS_UNKNOWN;
    PRL_RESULT code = PRL_ERR_UNEXPECTED;
    PRL_UINT32 percent, last = 0;
    while (PRL_SUCCEEDED(PrlJob_GetStatus(job, &status)) && status == PJS_RUNNING) {
        PrlJob_GetProgress(job, &percent);
        if (percent < last || percent > 100) return PRL_ERR_UNEXPECTED;
        last = percent;
        if (nap) nap_ms(nap);
    }
    PrlJob_GetRetCode(job, &code);
    PrlHandle_Free(job);
    return code;
}

static PRL_RESULT poll_wait(PRL_HANDLE job, PRL_UINT32 ms)
{
    PRL_RESULT waited, code = PRL_ERR_UNEXPECTED;
    while ((waited = PrlJob_Wait(job, ms)) == PRL_ERR_TIMEOUT) {}
    if (PRL_SUCCEEDED(waited)) PrlJob_GetRetCode(job, &code);
    PrlHandle_Free(job);
    return code;
}

static VIRTUAL_MACHINE_STATE state_of(PRL_HANDLE vm)
{
    PRL_HANDLE job = PrlVm_GetState(vm), result = PRL_INVALID_HANDLE, info = PRL_INVALID_HANDLE;
    VIRTUAL_MACHINE_STATE state = VMS_UNKNOWN;
    PrlJob_Wait(job, 10000);
    PrlJob_GetResult(job, &result);
    PrlResult_GetParam(result, &info);
    PrlVmInfo_GetState(info, &state);
    PrlHandle_Free(info);
    PrlHandle_Free(result);
    PrlHandle_Free(job);
    return state;
}

/* The job is not looked at at all; the machine is. */
static void poll_state(PRL_HANDLE vm, VIRTUAL_MACHINE_STATE state)
{
    while (state_of(vm) != state) {}
}

static int check(const char *what, PRL_RESULT code)
{
    printf("%s: %s\n", what, prl_result_to_string(code));
    return PRL_FAILED(code);
}

int main(void)
{
    PRL_HANDLE server, job, result, vm;
    int wrong = 0;
    PrlApi_InitEx(PARALLELS_API_VER, PAM_SERVER, 0, 0);
    PrlSrv_Create(&server);
    wrong += check("login", poll_status(PrlSrv_LoginLocal(server, "", 0, PSL_LOW_SECURITY), 0));
    job = PrlSrv_GetVmConfig(server, "WindowsXP", PGVC_SEARCH_BY_NAME);
    PrlHandle_AddRef(job);
    wrong += check("find", poll_status(job, 10));
    PrlJob_GetResult(job, &result);
    PrlResult_GetParam(result, &vm);
    PrlHandle_Free(result);
    PrlHandle_Free(job);
    wrong += check("start", poll_status(PrlVm_Start(vm), 5));
    wrong += check("pause", poll_status(PrlVm_Pause(vm, PRL_FALSE), 0));
    wrong += check("continue", poll_wait(PrlVm_Resume(vm), 0));
    wrong += check("suspend", poll_wait(PrlVm_Suspend(vm), 10));
    PrlHandle_Free(PrlVm_Resume(vm));
    poll_state(vm, VMS_RUNNING);
    PrlHandle_Free(PrlVm_Stop(vm, PRL_TRUE));
    poll_state(vm, VMS_STOPPED);
    PrlHandle_Free(vm);
    wrong += check("logoff", poll_status(PrlSrv_Logoff(server), 1));
    PrlHandle_Free(server);
    PrlApi_Deinit();
    puts(wrong ? "wrong" : "fine");
    return wrong != 0;
}
