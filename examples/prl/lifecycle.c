/*
 * The life of a virtual machine: start, pause, continue, suspend, resume, reset, shut down. While an
 * operation runs the program looks at its progress; what becomes of the machine is told to an event handler.
 *
 *     pyvjob run lifecycle.c [VM]      default: the first machine that is stopped
 */
#include <semaphore.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <Parallels.h>

#define TIMEOUT_MS 10000
#define LOOK_MS 50

static const char *state_word(PRL_UINT32 state)
{
    static const char *const words[] = {
        "unknown",    "stopped",    "starting",   "restoring",          "running",           "paused",
        "suspending", "stopping",   "compacting", "suspended",          "taking a snapshot", "resetting",
        "pausing",    "continuing", "migrating",  "deleting its state", "resuming"};
    PRL_UINT32 n = state ? state - VMS_STOPPED + 1 : 0;
    return n < sizeof words / sizeof words[0] ? words[n] : words[0];
}

/* ---- waiting ---- */

/* Prints the progress of a job until it has ended, frees it, and returns its code. */
static PRL_RESULT follow(const char *doing, PRL_HANDLE job)
{
    PRL_RESULT outcome = PRL_ERR_UNINITIALIZED;
    PRL_UINT32 shown = 0, progress = 0;
    PRL_RESULT waited;
    do {
        waited = PrlJob_Wait(job, LOOK_MS);
        PrlJob_GetProgress(job, &progress);
        if (progress != shown) printf("%-10s %3u %%\n", doing, progress);
        shown = progress;
    } while (waited == PRL_ERR_TIMEOUT);
    if (PRL_SUCCEEDED(waited)) PrlJob_GetRetCode(job, &outcome);
    printf("%-10s %s\n", doing, prl_result_to_string(PRL_FAILED(waited) ? waited : outcome));
    PrlHandle_Free(job);
    return outcome;
}

/* First parameter of a job's result, one reference; PRL_INVALID_HANDLE if the job failed. Frees the job. */
static PRL_HANDLE answer_of(PRL_HANDLE job)
{
    PRL_HANDLE result, answer = PRL_INVALID_HANDLE;
    PrlJob_Wait(job, TIMEOUT_MS);
    if (PRL_SUCCEEDED(PrlJob_GetResult(job, &result))) {
        PrlResult_GetParam(result, &answer);
        PrlHandle_Free(result);
    }
    PrlHandle_Free(job);
    return answer;
}

/* A guest can be shut down once its tools run: asks now and then whether they do. */
static void wait_for_tools(PRL_HANDLE vm)
{
    const struct timespec pause = {.tv_nsec = 200 * 1000 * 1000};
    PRL_VM_TOOLS_STATE tools = PTS_NOT_INSTALLED;
    int asked = 0;
    while (tools != PTS_INSTALLED && asked++ < 100) {
        PRL_HANDLE info = answer_of(PrlVm_GetToolsState(vm));
        if (info == PRL_INVALID_HANDLE) return;
        PrlVmToolsInfo_GetState(info, &tools);
        PrlHandle_Free(info);
        if (tools != PTS_INSTALLED) nanosleep(&pause, NULL);
    }
    printf("%-10s the guest is up\n", "tools");
}

/* ---- the machine ---- */

struct machine {
    char name[256];
    sem_t down; /* posted when the handler hears that it has stopped */
};

/* Hears of one machine only: it is registered with the machine, not with the server. */
static PRL_RESULT on_machine(PRL_HANDLE handle, PRL_VOID_PTR data)
{
    struct machine *machine = data;
    PRL_HANDLE_TYPE type = PHT_ERROR;
    PRL_EVENT_TYPE event = PET_VM_INF_UNINITIALIZED_EVENT_CODE;
    PRL_HANDLE parameter;
    PRL_UINT32 state;
    PrlHandle_GetType(handle, &type);
    if (type == PHT_EVENT) PrlEvent_GetType(handle, &event);
    if (event == PET_DSP_EVT_VM_STATE_CHANGED &&
        PRL_SUCCEEDED(PrlEvent_GetParamByName(handle, "vminfo_vm_state", &parameter))) {
        PrlEvtPrm_ToUint32(parameter, &state);
        printf("           %s is %s\n", machine->name, state_word(state));
        PrlHandle_Free(parameter);
        if (state == VMS_STOPPED) sem_post(&machine->down);
    }
    PrlHandle_Free(handle);
    return PRL_ERR_SUCCESS;
}

/* The machine to work with, one reference; its name goes to `name`. */
static PRL_HANDLE choose(PRL_HANDLE list, const char *wanted, char *name, PRL_UINT32 size)
{
    PRL_UINT32 count = 0;
    PrlResult_GetParamsCount(list, &count);
    for (PRL_UINT32 i = 0; i < count; i++) {
        PRL_HANDLE vm, info;
        PRL_UINT32 length = size;
        VIRTUAL_MACHINE_STATE state = VMS_UNKNOWN;
        PrlResult_GetParamByIndex(list, i, &vm);
        PrlVmCfg_GetName(vm, name, &length);
        PrlVmCfg_GetVmInfo(vm, &info);
        PrlVmInfo_GetState(info, &state);
        PrlHandle_Free(info);
        if (wanted ? strcmp(wanted, name) == 0 : state == VMS_STOPPED) return vm;
        PrlHandle_Free(vm);
    }
    return PRL_INVALID_HANDLE;
}

static void live(PRL_HANDLE vm)
{
    follow("start", PrlVm_Start(vm));
    follow("pause", PrlVm_Pause(vm, PRL_FALSE));
    follow("continue", PrlVm_Start(vm));
    follow("suspend", PrlVm_Suspend(vm));
    follow("resume", PrlVm_Resume(vm));
    follow("reset", PrlVm_Reset(vm));
    wait_for_tools(vm);
    follow("shut down", PrlVm_Stop(vm, PRL_TRUE));
}

int main(int argc, char **argv)
{
    PRL_HANDLE server = PRL_INVALID_HANDLE, job, list, vm = PRL_INVALID_HANDLE;
    struct machine machine = {.name = ""};
    PRL_RESULT err = PrlApi_InitEx(PARALLELS_API_VER, PAM_SERVER, 0, 0);
    if (PRL_SUCCEEDED(err)) err = PrlSrv_Create(&server);
    if (PRL_SUCCEEDED(err)) err = follow("login", PrlSrv_LoginLocal(server, "", 0, PSL_NORMAL_SECURITY));
    if (PRL_FAILED(err)) return 1;

    job = PrlSrv_GetVmList(server);
    if (PRL_SUCCEEDED(PrlJob_Wait(job, TIMEOUT_MS)) && PRL_SUCCEEDED(PrlJob_GetResult(job, &list))) {
        vm = choose(list, argc > 1 ? argv[1] : NULL, machine.name, sizeof machine.name);
        PrlHandle_Free(list);
    }
    PrlHandle_Free(job);

    if (vm != PRL_INVALID_HANDLE) {
        sem_init(&machine.down, 0, 0);
        PrlVm_RegEventHandler(vm, on_machine, &machine);
        live(vm);
        sem_wait(&machine.down); /* waiters wake first, then handlers are called */
        PrlVm_UnregEventHandler(vm, on_machine, &machine);
        sem_destroy(&machine.down);
        PrlHandle_Free(vm);
    } else {
        fprintf(stderr, "lifecycle: there is no such machine\n");
    }
    follow("logoff", PrlSrv_Logoff(server));
    PrlHandle_Free(server);
    PrlApi_Deinit();
    return vm == PRL_INVALID_HANDLE;
}
