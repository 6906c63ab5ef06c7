/* The main story of the Prl API with every allocation and thread start failing once. */
#include <limits.h>

#include "fault_test.h"
#include "prl_test.h"

/* The job is freed; *out (may be NULL) gets its first object. */
static int result_of(PRL_HANDLE job, PRL_HANDLE *out)
{
    PRL_HANDLE result = PRL_INVALID_HANDLE;
    PRL_RESULT code = PRL_ERR_UNEXPECTED;
    if (out) *out = PRL_INVALID_HANDLE;
    int fine =
        PRL_SUCCEEDED(PrlJob_Wait(job, NEVER)) && PRL_SUCCEEDED(PrlJob_GetRetCode(job, &code)) && !code;
    if (fine && out)
        fine =
            PRL_SUCCEEDED(PrlJob_GetResult(job, &result)) && PRL_SUCCEEDED(PrlResult_GetParam(result, out));
    PrlHandle_Free(result);
    PrlHandle_Free(job);
    return fine;
}

static int went_well(PRL_HANDLE job)
{
    return result_of(job, NULL);
}

static PRL_RESULT frees(PRL_HANDLE h, PRL_VOID_PTR data)
{
    (void)data;
    return PrlHandle_Free(h);
}

static int guest(PRL_HANDLE vm)
{
    PRL_HANDLE session, args = PRL_INVALID_HANDLE;
    int fine = result_of(PrlVm_LoginInGuest(vm, PRL_PRIVILEGED_GUEST_OS_SESSION, NULL, 0), &session);
    fine &= PRL_SUCCEEDED(PrlApi_CreateStringsList(&args)) && PRL_SUCCEEDED(PrlStrList_AddItem(args, "-c")) &&
            PRL_SUCCEEDED(PrlStrList_AddItem(args, "echo word"));
    if (fine) fine = went_well(PrlVmGuest_RunProgram(session, "sh", args, PRL_INVALID_HANDLE, 0, -1, -1, -1));
    PrlHandle_Free(args);
    PrlHandle_Free(session);
    return fine;
}

static int edit(PRL_HANDLE vm)
{
    int fine = went_well(PrlVm_BeginEdit(vm));
    fine &= PRL_SUCCEEDED(PrlVmCfg_SetRamSize(vm, 777));
    fine &= PRL_SUCCEEDED(PrlVmCfg_SetDescription(vm, "words about it"));
    return went_well(PrlVm_Commit(vm)) && fine;
}

static int use(PRL_HANDLE vm, PRL_HANDLE other)
{
    PRL_HANDLE clone;
    int fine = guest(vm);
    fine &= went_well(PrlVm_CreateSnapshot(vm, "s", "text"));
    fine &= went_well(PrlVm_GetSnapshotsTreeEx(vm, PGST_WITHOUT_SCREENSHOTS));
    fine &= went_well(PrlVm_Suspend(vm));
    fine &= went_well(PrlVm_Resume(vm));
    fine &= went_well(PrlVm_Pause(vm, PRL_FALSE));
    fine &= went_well(PrlVm_Start(vm));
    fine &= went_well(PrlVm_Stop(vm, PRL_TRUE));
    fine &= edit(other);
    fine &= result_of(PrlVm_Clone(other, "clone", "", PRL_FALSE), &clone);
    if (clone != PRL_INVALID_HANDLE) fine &= went_well(PrlVm_Delete(clone, PRL_INVALID_HANDLE));
    PrlHandle_Free(clone);
    return fine;
}

static int session(PRL_HANDLE server)
{
    PRL_HANDLE vm, other;
    int fine = went_well(PrlSrv_LoginLocalEx(server, NULL, 0, PSL_HIGH_SECURITY, 0));
    fine &= PRL_SUCCEEDED(PrlSrv_RegEventHandler(server, frees, NULL));
    fine &= went_well(PrlSrv_GetVmList(server));
    fine &= went_well(PrlSrv_SubscribeToHostStatistics(server));
    fine &= result_of(PrlSrv_GetVmConfig(server, "debian", PGVC_SEARCH_BY_NAME), &vm);
    fine &= result_of(PrlSrv_GetVmConfig(server, "WindowsXP", PGVC_SEARCH_BY_NAME), &other);
    if (fine) fine = use(vm, other);
    fine &= went_well(PrlSrv_Logoff(server));
    PrlHandle_Free(vm);
    PrlHandle_Free(other);
    return fine;
}

static int story(void)
{
    PRL_HANDLE server = PRL_INVALID_HANDLE;
    if (PRL_FAILED(PrlApi_InitEx(PARALLELS_API_VER, PAM_SERVER, 0, 0))) return 0;
    int fine = PRL_SUCCEEDED(PrlSrv_Create(&server));
    if (fine) fine = session(server);
    PrlHandle_Free(server);
    ct_fail_allocation(-1, 0); /* what was not freed for want of memory is named, and is no fault here */
    DONE(PrlApi_Deinit());
    return fine;
}

static void whole(void)
{
    ft_world_is_whole();
    ft_fresh_world();
}

static void every_allocation_fails_once(void **state)
{
    (void)state;
    ft_fresh_world();
    ft_every(&ft_memory, 0, story, whole);
}

static void every_thread_start_fails_once(void **state)
{
    (void)state;
    ft_fresh_world();
    ft_every(&ft_threads, 0, story, whole);
}

/* ---- what was accepted is told of, without any memory at the end ------------------------------------------- */

static tally ends = TALLY;

static PRL_RESULT hears(PRL_HANDLE h, PRL_VOID_PTR data)
{
    PRL_HANDLE_TYPE type;
    (void)data;
    const int is_job = PRL_SUCCEEDED(PrlHandle_GetType(h, &type)) && type == PHT_JOB;
    PrlHandle_Free(h);
    if (is_job) tally_add(&ends);
    return PRL_ERR_SUCCESS;
}

static void ends_are_told_of_without_memory(void **state)
{
    (void)state;
    if (!ct_can_fail()) skip();
    pt_begin(NULL);
    PRL_HANDLE vm = pt_vm("WindowsXP"), jobs[3];
    DONE(PrlSrv_RegEventHandler(pt_server, hears, NULL));
    DONE(PrlSrv_RegEventHandler(pt_server, hears, &jobs));
    jobs[0] = PrlVm_Start(vm);
    jobs[1] = PrlVm_GetState(vm);
    jobs[2] = PrlSrv_GetVmList(pt_server);
    ct_fail_allocation(0, LONG_MAX);
    for (size_t i = 0; i < COUNT(jobs); i++) DONE(PrlJob_Wait(jobs[i], NEVER));
    tally_wait(&ends, 2 * COUNT(jobs));
    ct_fail_allocation(-1, 0);
    DONE(PrlSrv_UnregEventHandler(pt_server, hears, NULL));
    DONE(PrlSrv_UnregEventHandler(pt_server, hears, &jobs));
    for (size_t i = 0; i < COUNT(jobs); i++) DONE(PrlHandle_Free(jobs[i]));
    DONE(PrlHandle_Free(vm));
    EQUAL(tally_get(&ends), 2 * COUNT(jobs));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_allocation_fails_once),
        cmocka_unit_test(every_thread_start_fails_once),
        PRL(ends_are_told_of_without_memory),
    };
    return cmocka_run_group_tests_name("prl_faults", tests, NULL, NULL);
}
