/*
 * For the automatic clock, under which the seconds of the statistics pass while it sleeps.
 *
 * The shape of small monitors: register, subscribe, sleep for some seconds, look at what the handler counted. Nothing
 * is waited for except by sleeping, statistics included.
 */
#include <stdio.h>
#include <unistd.h>

#include <Parallels.h>

static volatile int samples, states, jobs, moved;

static void look_at(PRL_HANDLE event)
{
    static PRL_UINT64 last_time;
    PRL_HANDLE param = PRL_INVALID_HANDLE, stat = PRL_INVALID_HANDLE, cpu = PRL_INVALID_HANDLE;
    PRL_UINT64 ram = 0, uptime = 0, busy = 0;
    PRL_UINT32 usage = 101, cpus = 0;
    PrlEvent_GetParam(event, 0, &param);
    if (PRL_SUCCEEDED(PrlEvtPrm_ToHandle(param, &stat)) &&
        PRL_SUCCEEDED(PrlStat_GetUsageRamSize(stat, &ram)) &&
        PRL_SUCCEEDED(PrlStat_GetCpusStatsCount(stat, &cpus)) &&
        PRL_SUCCEEDED(PrlStat_GetCpuStat(stat, 0, &cpu)) &&
        PRL_SUCCEEDED(PrlStatCpu_GetCpuUsage(cpu, &usage)) &&
        PRL_SUCCEEDED(PrlStatCpu_GetTotalTime(cpu, &busy)) &&
        PRL_SUCCEEDED(PrlStat_GetOsUptime(stat, &uptime)) && usage <= 100 && ram > 0 && cpus == 16 &&
        uptime > 0)
        samples++;
    moved += busy > last_time;
    last_time = busy;
    PrlHandle_Free(cpu);
    PrlHandle_Free(stat);
    PrlHandle_Free(param);
}

static PRL_RESULT on_event(PRL_HANDLE handle, PRL_VOID_PTR data)
{
    PRL_HANDLE_TYPE kind = PHT_ERROR;
    PRL_EVENT_TYPE type;
    (void)data;
    PrlHandle_GetType(handle, &kind);
    if (kind == PHT_JOB) jobs++;
    if (kind == PHT_EVENT && PRL_SUCCEEDED(PrlEvent_GetType(handle, &type))) {
        if (type == PET_DSP_EVT_HOST_STATISTICS_UPDATED) look_at(handle);
        if (type == PET_DSP_EVT_VM_STATE_CHANGED) states++;
    }
    PrlHandle_Free(handle);
    return PRL_ERR_SUCCESS;
}

int main(void)
{
    PRL_HANDLE server, job, result, vm;
    PrlApi_InitEx(PARALLELS_API_VER, PAM_SERVER, 0, 0);
    PrlSrv_Create(&server);
    job = PrlSrv_LoginLocal(server, "", 0, PSL_LOW_SECURITY);
    PrlJob_Wait(job, 10000);
    PrlHandle_Free(job);
    job = PrlSrv_GetVmConfig(server, "WindowsXP", PGVC_SEARCH_BY_NAME);
    PrlJob_Wait(job, 10000);
    PrlJob_GetResult(job, &result);
    PrlResult_GetParam(result, &vm);
    PrlHandle_Free(result);
    PrlHandle_Free(job);
    PrlSrv_RegEventHandler(server, on_event, NULL);
    PrlHandle_Free(PrlSrv_SubscribeToHostStatistics(server));
    PrlHandle_Free(PrlVm_Start(vm));
    usleep(1500000);
    PrlHandle_Free(PrlVm_Stop(vm, PRL_FALSE));
    usleep(500000);
    PrlHandle_Free(PrlSrv_UnsubscribeFromHostStatistics(server));
    usleep(100000);
    PrlSrv_UnregEventHandler(server, on_event, NULL);
    printf("samples %s, moving %s, states %d, jobs %d\n", samples >= 3 ? "came" : "missing",
           moved >= 3 ? "yes" : "no", states, jobs);
    PrlHandle_Free(vm);
    PrlHandle_Free(server);
    PrlApi_Deinit();
    return samples >= 3 && moved >= 3 && states == 4 && jobs == 4 ? 0 : 1;
}
