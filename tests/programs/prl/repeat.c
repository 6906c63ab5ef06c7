/*
 * The same work, waited for in different ways, with a handler and statistics all the while: what it leaves in the
 * event log must not depend on how fast it ran.
 *
 *     repeat wait | short | status | naps | look
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <Parallels.h>

static PRL_RESULT wait_for(PRL_HANDLE job)
{
    return PrlJob_Wait(job, 0xFFFFFFFFu);
}

static PRL_RESULT wait_in_pieces(PRL_HANDLE job)
{
    while (PrlJob_Wait(job, 7) == PRL_ERR_TIMEOUT) {}
    return PRL_ERR_SUCCESS;
}

static PRL_RESULT look(PRL_HANDLE job)
{
    while (PrlJob_Wait(job, 0) == PRL_ERR_TIMEOUT) {}
    return PRL_ERR_SUCCESS;
}

static PRL_RESULT ask_status(PRL_HANDLE job)
{
    PRL_JOB_STATUS status = PJS_UNKNOWN;
    do PrlJob_GetStatus(job, &status);
    while (status == PJS_RUNNING);
    return PRL_ERR_SUCCESS;
}

static PRL_RESULT ask_status_now_and_then(PRL_HANDLE job)
{
    PRL_JOB_STATUS status = PJS_UNKNOWN;
    while (PRL_SUCCEEDED(PrlJob_GetStatus(job, &status)) && status == PJS_RUNNING) usleep(1000);
    return PRL_ERR_SUCCESS;
}

static const struct {
    const char *name;
    PRL_RESULT (*wait)(PRL_HANDLE job);
} ways[] = {{"wait", wait_for},
            {"short", wait_in_pieces},
            {"look", look},
            {"status", ask_status},
            {"naps", ask_status_now_and_then}};

static PRL_RESULT (*wait_so)(PRL_HANDLE job) = wait_for;

static int finish(PRL_HANDLE job)
{
    PRL_RESULT code = PRL_ERR_UNEXPECTED;
    wait_so(job);
    PrlJob_GetRetCode(job, &code);
    PrlHandle_Free(job);
    return code != PRL_ERR_SUCCESS;
}

static PRL_RESULT read_figures(PRL_HANDLE handle, PRL_VOID_PTR data)
{
    PRL_HANDLE_TYPE kind = PHT_ERROR;
    PRL_HANDLE param = PRL_INVALID_HANDLE, stat = PRL_INVALID_HANDLE;
    (void)data;
    PrlHandle_GetType(handle, &kind);
    if (kind == PHT_EVENT && PRL_SUCCEEDED(PrlEvent_GetParamByName(handle, "statistics", &param)))
        PrlEvtPrm_ToHandle(param, &stat);
    PrlHandle_Free(stat);
    PrlHandle_Free(param);
    PrlHandle_Free(handle);
    return PRL_ERR_SUCCESS;
}

int main(int argc, char **argv)
{
    PRL_HANDLE server, job, result, vm;
    size_t i;
    int wrong;
    for (i = 0; i < sizeof ways / sizeof *ways; i++)
        if (argc > 1 && !strcmp(argv[1], ways[i].name)) wait_so = ways[i].wait;
    PrlApi_InitEx(PARALLELS_API_VER, PAM_SERVER, 0, 0);
    PrlSrv_Create(&server);
    wrong = finish(PrlSrv_LoginLocal(server, "", 0, PSL_LOW_SECURITY));
    PrlSrv_RegEventHandler(server, read_figures, NULL);
    wrong += finish(PrlSrv_SubscribeToHostStatistics(server));
    job = PrlSrv_GetVmConfig(server, "WindowsXP", PGVC_SEARCH_BY_NAME);
    wait_so(job);
    PrlJob_GetResult(job, &result);
    PrlResult_GetParam(result, &vm);
    PrlHandle_Free(result);
    PrlHandle_Free(job);
    for (i = 0; i < 6; i++) {
        wrong += finish(i % 2 ? PrlVm_Stop(vm, PRL_FALSE) : PrlVm_Start(vm));
        wrong += finish(PrlVm_CreateSnapshot(vm, "again", ""));
        wrong += finish(PrlVm_GetState(vm));
    }
    PrlHandle_Free(vm);
    wrong += finish(PrlSrv_UnsubscribeFromHostStatistics(server));
    PrlSrv_UnregEventHandler(server, read_figures, NULL);
    wrong += finish(PrlSrv_Logoff(server));
    PrlHandle_Free(server);
    PrlApi_Deinit();
    printf(wrong ? "%d wrong\n" : "fine\n", wrong);
    return wrong != 0;
}
