/*
 * Everything that a server has to say goes to one callback: events of the system (handles of type PHT_EVENT)
 * and the ends of the jobs that this program started (PHT_JOB).
 *
 * Logs in, lists the virtual machines, watches the load of the host, starts a machine and stops it again.
 * All that is printed is printed by the callback.
 *
 *     pyvjob run events.c
 */
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <Parallels.h>

#define TIMEOUT_MS 60000
#define SAMPLES 3 /* of statistics, before the machine is stopped */

struct machine {
    char uuid[64], name[256];
};

/* What the callback keeps for the rest of the program. */
struct session {
    struct machine *machines;
    size_t n_machines;
    PRL_HANDLE stopped; /* the first machine that can be started; one reference */
    sem_t job_handled, sample_seen;
};

/* ---- words ---- */

static const char *job_word(PRL_JOB_OPERATION_CODE code)
{
    switch (code) {
    case PJOC_SRV_LOGIN:
    case PJOC_SRV_LOGIN_LOCAL: return "login";
    case PJOC_SRV_GET_VM_LIST: return "VM list";
    case PJOC_SRV_SUBSCRIBE_TO_HOST_STATISTICS: return "subscription";
    case PJOC_SRV_UNSUBSCRIBE_FROM_HOST_STATISTICS: return "end of subscription";
    case PJOC_VM_START: return "start";
    case PJOC_VM_STOP: return "stop";
    case PJOC_SRV_LOGOFF: return "logoff";
    default: return "other";
    }
}

static const char *state_word(PRL_UINT32 state)
{
    switch (state) {
    case VMS_STOPPED: return "stopped";
    case VMS_STARTING: return "starting";
    case VMS_RUNNING: return "running";
    case VMS_STOPPING: return "stopping";
    case VMS_PAUSED: return "paused";
    case VMS_SUSPENDED: return "suspended";
    default: return "changing";
    }
}

static const char *name_of(const struct session *session, const char *uuid)
{
    for (size_t i = 0; i < session->n_machines; i++)
        if (strcmp(session->machines[i].uuid, uuid) == 0) return session->machines[i].name;
    return "server"; /* what no machine is behind has a uuid of zeros */
}

/* ---- jobs ---- */

static void handle_login(PRL_HANDLE result)
{
    PRL_HANDLE response;
    char os[128], version[64];
    PRL_UINT32 os_size = sizeof os, version_size = sizeof version;
    PrlResult_GetParam(result, &response);
    PrlLoginResponse_GetHostOsVersion(response, os, &os_size);
    PrlLoginResponse_GetProductVersion(response, version, &version_size);
    printf("login        %s, product version %s\n", os, version);
    PrlHandle_Free(response);
}

static void handle_machine(struct session *session, PRL_HANDLE vm)
{
    struct machine *machine = &session->machines[session->n_machines++];
    PRL_UINT32 name_size = sizeof machine->name, uuid_size = sizeof machine->uuid, cpus = 0, memory_mb = 0;
    VIRTUAL_MACHINE_STATE state = VMS_UNKNOWN;
    PRL_HANDLE info;

    PrlVmCfg_GetName(vm, machine->name, &name_size);
    PrlVmCfg_GetUuid(vm, machine->uuid, &uuid_size);
    PrlVmCfg_GetCpuCount(vm, &cpus);
    PrlVmCfg_GetRamSize(vm, &memory_mb);
    PrlVmCfg_GetVmInfo(vm, &info);
    PrlVmInfo_GetState(info, &state);
    PrlHandle_Free(info);
    printf("machine      %-12s %-10s %u cpu %6u MB  %s\n", machine->name, state_word(state), cpus, memory_mb,
           machine->uuid);

    if (state == VMS_STOPPED && session->stopped == PRL_INVALID_HANDLE) {
        PrlHandle_AddRef(vm);
        session->stopped = vm;
    }
}

static void handle_list(struct session *session, PRL_HANDLE result)
{
    PRL_UINT32 count = 0;
    PrlResult_GetParamsCount(result, &count);
    session->machines = calloc(count + 1, sizeof *session->machines);
    for (PRL_UINT32 i = 0; session->machines && i < count; i++) {
        PRL_HANDLE vm;
        PrlResult_GetParamByIndex(result, i, &vm);
        handle_machine(session, vm);
        PrlHandle_Free(vm);
    }
}

static void handle_job(struct session *session, PRL_HANDLE job)
{
    PRL_JOB_OPERATION_CODE code = PJOC_UNKNOWN;
    PRL_RESULT outcome = PRL_ERR_UNINITIALIZED;
    PRL_HANDLE result;

    PrlJob_GetOpCode(job, &code);
    PrlJob_GetRetCode(job, &outcome);
    printf("job          %s: %s\n", job_word(code), prl_result_to_string(outcome));
    if (PRL_SUCCEEDED(outcome) && PRL_SUCCEEDED(PrlJob_GetResult(job, &result))) {
        if (code == PJOC_SRV_LOGIN) handle_login(result);
        if (code == PJOC_SRV_GET_VM_LIST) handle_list(session, result);
        PrlHandle_Free(result);
    }
    sem_post(&session->job_handled);
}

/* ---- events ---- */

static void handle_statistics(struct session *session, PRL_HANDLE parameter)
{
    PRL_HANDLE statistics, cpu;
    PRL_UINT32 percent = 0;
    PRL_UINT64 used = 0, total = 0;
    PrlEvtPrm_ToHandle(parameter, &statistics);
    PrlStat_GetCpuStat(statistics, 0, &cpu);
    PrlStatCpu_GetCpuUsage(cpu, &percent);
    PrlStat_GetUsageRamSize(statistics, &used);
    PrlStat_GetTotalRamSize(statistics, &total);
    printf("statistics   cpu 0 %3u %%   memory %llu of %llu MB\n", percent, used >> 20, total >> 20);
    PrlHandle_Free(cpu);
    PrlHandle_Free(statistics);
    sem_post(&session->sample_seen);
}

static void handle_event(struct session *session, PRL_HANDLE event)
{
    PRL_EVENT_TYPE type = PET_VM_INF_UNINITIALIZED_EVENT_CODE;
    char issuer[64] = "";
    PRL_UINT32 size = sizeof issuer, number = 0;
    PRL_HANDLE parameter = PRL_INVALID_HANDLE;

    PrlEvent_GetType(event, &type);
    PrlEvent_GetIssuerId(event, issuer, &size);
    if (PRL_SUCCEEDED(PrlEvent_GetParam(event, 0, &parameter))) /* many events have none */
        PrlEvtPrm_ToUint32(parameter, &number);                 /* 0 if it is not a number */
    switch (type) {
    case PET_DSP_EVT_HOST_STATISTICS_UPDATED: handle_statistics(session, parameter); break;
    case PET_DSP_EVT_VM_STATE_CHANGED:
        printf("event        %s is %s\n", name_of(session, issuer), state_word(number));
        break;
    case PET_DSP_EVT_JOB_PROGRESS_CHANGED:
        printf("progress     %s %u %%\n", name_of(session, issuer), number);
        break;
    default: printf("event        %s %s\n", name_of(session, issuer), event_type_to_string(type));
    }
    if (parameter != PRL_INVALID_HANDLE) PrlHandle_Free(parameter);
}

/* Runs on a thread of the library, one call at a time; owns the handle that it is given. */
static PRL_RESULT on_server(PRL_HANDLE handle, PRL_VOID_PTR data)
{
    PRL_HANDLE_TYPE type = PHT_ERROR;
    PrlHandle_GetType(handle, &type);
    if (type == PHT_JOB) handle_job(data, handle);
    if (type == PHT_EVENT) handle_event(data, handle);
    PrlHandle_Free(handle);
    return PRL_ERR_SUCCESS;
}

/* ---- the program ---- */

/* Waits until a job has ended and the callback has dealt with it. Leaves the program if the job failed. */
static void finish(struct session *session, PRL_HANDLE job)
{
    PRL_RESULT outcome = PRL_ERR_UNINITIALIZED, waited = PrlJob_Wait(job, TIMEOUT_MS);
    if (PRL_SUCCEEDED(waited)) PrlJob_GetRetCode(job, &outcome);
    PrlHandle_Free(job);
    if (PRL_FAILED(waited) || PRL_FAILED(outcome)) {
        fprintf(stderr, "events: %s\n", prl_result_to_string(PRL_FAILED(waited) ? waited : outcome));
        exit(1);
    }
    sem_wait(&session->job_handled);
}

int main(void)
{
    struct session session = {.stopped = PRL_INVALID_HANDLE};
    PRL_HANDLE server;
    PRL_RESULT err = PrlApi_InitEx(PARALLELS_API_VER, PAM_SERVER, 0, 0);

    if (PRL_FAILED(err) || PRL_FAILED(err = PrlSrv_Create(&server))) {
        fprintf(stderr, "events: %s\n", prl_result_to_string(err));
        return 1;
    }
    sem_init(&session.job_handled, 0, 0);
    sem_init(&session.sample_seen, 0, 0);
    if (PRL_FAILED(err = PrlSrv_RegEventHandler(server, on_server, &session))) {
        fprintf(stderr, "events: %s\n", prl_result_to_string(err));
        return 1;
    }

    finish(&session, PrlSrv_Login(server, "localhost", "admin", "secret", 0, 0, 0, PSL_LOW_SECURITY));
    finish(&session, PrlSrv_GetVmList(server));
    finish(&session, PrlSrv_SubscribeToHostStatistics(server));
    if (session.stopped != PRL_INVALID_HANDLE) finish(&session, PrlVm_Start(session.stopped));
    for (int i = 0; i < SAMPLES; i++) sem_wait(&session.sample_seen);
    if (session.stopped != PRL_INVALID_HANDLE) finish(&session, PrlVm_Stop(session.stopped, PRL_FALSE));
    finish(&session, PrlSrv_UnsubscribeFromHostStatistics(server));
    finish(&session, PrlSrv_Logoff(server));

    PrlSrv_UnregEventHandler(server, on_server, &session); /* it has returned, and is not called again */
    if (session.stopped != PRL_INVALID_HANDLE) PrlHandle_Free(session.stopped);
    PrlHandle_Free(server);
    PrlApi_Deinit();
    sem_destroy(&session.job_handled);
    sem_destroy(&session.sample_seen);
    free(session.machines);
    return 0;
}
