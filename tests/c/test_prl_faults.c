/* The main story of the Prl API with every allocation, thread start and write failing once. */
#include "fault_test.h"
#include "prl_test.h"

static PRL_HANDLE kept[64]; /* freed at the end of a story */
static int n_kept, started;

static int keep(PRL_RESULT result, const PRL_HANDLE *h)
{
    if (PRL_FAILED(result)) return 0;
    CHECK(n_kept < (int)COUNT(kept));
    kept[n_kept++] = *h;
    return 1;
}

/* The job's own verdict, or that of what could not be made or waited for. */
static int went_well(PRL_HANDLE job)
{
    PRL_RESULT code = PRL_ERR_FAILURE;
    const PRL_RESULT waited = PrlJob_Wait(job, NEVER);
    if (PRL_SUCCEEDED(waited)) DONE(PrlJob_GetRetCode(job, &code));
    PrlHandle_Free(job); /* what is no job gives an error, and nothing else */
    return PRL_SUCCEEDED(code);
}

static int param_of(PRL_HANDLE job, PRL_HANDLE *out)
{
    PRL_HANDLE result;
    int fine = PRL_SUCCEEDED(PrlJob_Wait(job, NEVER)) && PRL_SUCCEEDED(PrlJob_GetResult(job, &result));
    if (fine) {
        fine = keep(PrlResult_GetParam(result, out), out);
        DONE(PrlHandle_Free(result));
    }
    PrlHandle_Free(job);
    return fine;
}

static PRL_RESULT frees(PRL_HANDLE h, PRL_VOID_PTR data)
{
    (void)data;
    DONE(PrlHandle_Free(h));
    return PRL_ERR_SUCCESS;
}

static int use_vm(PRL_HANDLE vm)
{
    PRL_HANDLE session = PRL_INVALID_HANDLE;
    char name[64];
    PRL_UINT32 size = sizeof name;
    int fine = PRL_SUCCEEDED(PrlVmCfg_GetName(vm, name, &size));
    fine &= went_well(PrlVm_CreateSnapshot(vm, "s", "text"));
    fine &= went_well(PrlVm_GetSnapshotsTreeEx(vm, PGST_WITHOUT_SCREENSHOTS));
    fine &= param_of(PrlVm_LoginInGuest(vm, "root", "", 0), &session);
    fine &= went_well(PrlVm_Suspend(vm));
    fine &= went_well(PrlVm_Resume(vm));
    fine &= went_well(PrlVm_Stop(vm, PRL_TRUE));
    fine &= went_well(PrlVm_BeginEdit(vm));
    fine &= PRL_SUCCEEDED(PrlVmCfg_SetRamSize(vm, 512));
    fine &= went_well(PrlVm_Commit(vm));
    fine &= went_well(PrlVm_Start(vm));
    return fine;
}

static int session(PRL_HANDLE server)
{
    PRL_HANDLE vm = PRL_INVALID_HANDLE;
    if (!went_well(PrlSrv_LoginLocalEx(server, NULL, 0, PSL_HIGH_SECURITY, 0))) return 0;
    int fine = PRL_SUCCEEDED(PrlSrv_RegEventHandler(server, frees, NULL));
    fine &= went_well(PrlSrv_SubscribeToHostStatistics(server));
    fine &= went_well(PrlSrv_GetVmList(server));
    if (param_of(PrlSrv_GetVmConfig(server, "debian", PGVC_SEARCH_BY_NAME), &vm))
        fine &= use_vm(vm);
    else
        fine = 0;
    fine &= went_well(PrlSrv_UnsubscribeFromHostStatistics(server));
    fine &= went_well(PrlSrv_Logoff(server));
    return fine;
}

static int story(void)
{
    PRL_HANDLE server = PRL_INVALID_HANDLE;
    if (PRL_FAILED(PrlApi_InitEx(PARALLELS_API_VER, PAM_SERVER, 0, 0))) return 0;
    started = 1;
    int fine = keep(PrlSrv_Create(&server), &server);
    if (fine) fine = session(server);
    return fine;
}

/* What a program does whatever happened. */
static void tidy_up(void)
{
    while (n_kept) DONE(PrlHandle_Free(kept[--n_kept]));
    if (started) DONE(PrlApi_Deinit());
    started = 0;
    ft_world_is_whole();
    OK(vjob_sim_reset());
}

static void prepare(void)
{
    unsetenv("VJOB_INVENTORY");
    setenv("VJOB_CLOCK", "auto", 1);
    OK(vjob_sim_reset());
    OK(vjob_sim_set_clock("auto"));
}

static void every_allocation_fails_once(void **state)
{
    (void)state;
    prepare();
    ft_every(&ft_memory, 0, story, tidy_up);
}

static void every_thread_start_fails_once(void **state)
{
    (void)state;
    prepare();
    ft_every(&ft_threads, 0, story, tidy_up);
}

static void every_write_of_the_log_fails_once(void **state)
{
    (void)state;
    prepare();
    char path[400];
    snprintf(path, sizeof path, "%s", ct_temp("fault_log"));
    OK(vjob_sim_set_trace(path));
    ft_every(&ft_writes, 0, story, tidy_up);
    OK(vjob_sim_set_trace(NULL));
    remove(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_allocation_fails_once),
        cmocka_unit_test(every_thread_start_fails_once),
        cmocka_unit_test(every_write_of_the_log_fails_once),
    };
    return cmocka_run_group_tests_name("prl_faults", tests, NULL, NULL);
}
