/* The main story of the HCS API with every allocation, thread start and write of a saved state failing once. */
#define _GNU_SOURCE
#include <unistd.h>

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

/* ---- files ------------------------------------------------------------------------------------------- */

static char saved[300], empty[300];

/* Saves a system, and starts another from the file. */
static int save_and_restore(void)
{
    char text[700];
    HCS_SYSTEM system = ht_running("one", HT_VM), again = NULL;
    DONE(DO(HcsPauseComputeSystem(system, op, NULL)));
    snprintf(text, sizeof text, "{\"SaveType\": \"ToFile\", \"SaveStateFilePath\": \"%s\"}", saved);
    const int is_saved = WELL(HcsSaveComputeSystem(system, op, ht_wide(text)));
    const int is_made = SUCCEEDED(HcsCreateEmptyGuestStateFile(ht_wide(empty)));
    const int fine = is_saved && is_made;
    ct_fail_write(-1, 0);
    EQUAL(access(saved, F_OK) == 0, is_saved);
    EQUAL(access(empty, F_OK) == 0, is_made);
    if (fine) { /* whole, then: one can start from it */
        snprintf(text, sizeof text,
                 "{\"SchemaVersion\": {\"Major\": 2, \"Minor\": 1}, \"VirtualMachine\": {\"RestoreState\": "
                 "{\"SaveStateFilePath\": \"%s\"}}}",
                 saved);
        again = ht_create("two", text);
        DONE(DO(HcsStartComputeSystem(again, op, NULL)));
        ht_terminate(again);
    }
    ht_terminate(system);
    unlink(saved);
    unlink(empty);
    return fine;
}

static void every_write_of_a_saved_state_fails_once(void **state)
{
    (void)state;
    ft_fresh_world();
    snprintf(saved, sizeof saved, "%s", ct_temp("saved"));
    snprintf(empty, sizeof empty, "%s", ct_temp("empty"));
    ft_every(&ft_writes, 0, save_and_restore, whole);
}

/* A copy that could not be written leaves what was there before. */
static void a_saved_state_that_fails_leaves_the_old_one(void **state)
{
    char text[400], *left;
    (void)state;
    if (!ct_can_fail()) skip();
    ft_fresh_world();
    snprintf(saved, sizeof saved, "%s", ct_temp("saved"));
    FILE *file = fopen(saved, "w");
    CHECK(file && fputs("old", file) >= 0 && !fclose(file));
    HCS_SYSTEM system = ht_running("one", HT_VM);
    DONE(DO(HcsPauseComputeSystem(system, op, NULL)));
    snprintf(text, sizeof text, "{\"SaveType\": \"ToFile\", \"SaveStateFilePath\": \"%s\"}", saved);
    ct_fail_write(0, 0);
    CHECK(!WELL(HcsSaveComputeSystem(system, op, ht_wide(text))));
    ct_fail_write(-1, 0);
    left = ct_read_file(saved);
    TEXT(left, "old");
    free(left);
    unlink(saved);
    ht_terminate(system);
    whole();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_allocation_fails_once),
        cmocka_unit_test(every_thread_start_fails_once),
        cmocka_unit_test(every_write_of_a_saved_state_fails_once),
        cmocka_unit_test(a_saved_state_that_fails_leaves_the_old_one),
    };
    return cmocka_run_group_tests_name("hcs_faults", tests, NULL, NULL);
}
