/* The main story of the HCS API with every allocation and thread start failing once. */
#include "fault_test.h"
#include "hcs_test.h"

static int ended_well(HCS_OPERATION operation, HRESULT begun)
{
    PWSTR document = NULL;
    HRESULT result = begun;
    if (SUCCEEDED(begun)) result = HcsWaitForOperationResult(operation, INFINITE, &document);
    if (document) vjob_hcs_free(document);
    HcsCloseOperation(operation);
    return SUCCEEDED(result);
}

/* `call` with a new operation called `op`. */
#define WELL(call)                                                                                           \
    __extension__({                                                                                          \
        HCS_OPERATION op = HcsCreateOperation(NULL, NULL);                                                   \
        op &&ended_well(op, (call));                                                                         \
    })

static void nothing(HCS_EVENT *event, void *context)
{
    (void)event, (void)context;
}

static int a_process(HCS_SYSTEM system)
{
    HCS_PROCESS process = NULL;
    int fine = WELL(HcsCreateProcess(
        system, L"{\"CommandLine\": \"/bin/sh -c true\", \"CreateStdOutPipe\": false}", op, NULL, &process));
    fine &= SUCCEEDED(HcsSetProcessCallback(process, HcsEventOptionNone, NULL, nothing));
    if (fine) fine = SUCCEEDED(HcsWaitForProcessExit(process, INFINITE, NULL));
    if (process) HcsCloseProcess(process);
    return fine;
}

static int story(void)
{
    HCS_SYSTEM system = NULL;
    int fine = WELL(HcsCreateComputeSystem(L"one", ht_wide(HT_GUEST), op, NULL, &system));
    if (fine) {
        fine &= SUCCEEDED(HcsSetComputeSystemCallback(system, HcsEventOptionNone, NULL, nothing));
        fine &= WELL(HcsStartComputeSystem(system, op, NULL));
        fine &= WELL(HcsEnumerateComputeSystems(NULL, op));
        fine &= WELL(HcsGetComputeSystemProperties(system, op, NULL));
        if (fine) fine = a_process(system);
        fine &= WELL(HcsPauseComputeSystem(system, op, NULL));
        fine &= WELL(HcsResumeComputeSystem(system, op, NULL));
    }
    /* What a program does whatever happened, with memory again. */
    ct_fail_allocation(-1, 0);
    if (system) (void)WELL(HcsTerminateComputeSystem(system, op, NULL));
    if (system) HcsCloseComputeSystem(system);
    return fine;
}

static void whole(void)
{
    HCS_SYSTEM system = NULL;
    vjob_hcs_settle();
    ft_world_is_whole();
    RESULT(HcsOpenComputeSystem(L"one", GENERIC_ALL, &system), HCS_E_SYSTEM_NOT_FOUND);
    vjob_hcs_settle();
    OK(vjob_sim_reset());
    OK(vjob_sim_set_clock("auto"));
}

static void prepare(void)
{
    unsetenv("VJOB_INVENTORY");
    OK(vjob_sim_reset());
    OK(vjob_sim_set_clock("auto"));
}

static void every_allocation_fails_once(void **state)
{
    (void)state;
    prepare();
    ft_every(&ft_memory, 0, story, whole);
}

static void every_thread_start_fails_once(void **state)
{
    (void)state;
    prepare();
    ft_every(&ft_threads, 0, story, whole);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_allocation_fails_once),
        cmocka_unit_test(every_thread_start_fails_once),
    };
    return cmocka_run_group_tests_name("hcs_faults", tests, NULL, NULL);
}
