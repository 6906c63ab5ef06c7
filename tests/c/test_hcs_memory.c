/* A story in which every allocation fails once: an answer comes each time, nothing hangs, nothing is left. */
#include <limits.h>

#include "hcs_test.h"

static int short_of_memory; /* what is refused for want of memory, or threads */

static int went_well(HRESULT result)
{
    short_of_memory += result == E_OUTOFMEMORY || result == HCS_E_OPERATION_RESULT_ALLOCATION_FAILED;
    return result == S_OK;
}

static HRESULT finish(HCS_OPERATION op)
{
    PWSTR document = NULL;
    const HRESULT result = HcsWaitForOperationResult(op, INFINITE, &document);
    vjob_hcs_free(document);
    return result;
}

static void story(void)
{
    PWSTR document = NULL;
    HCS_SYSTEM system = NULL;
    HCS_OPERATION op = HcsCreateOperation(NULL, NULL);
    if (!op) {
        short_of_memory++; /* the only reason there is */
        return;
    }
    if (went_well(HcsCreateComputeSystem(L"one", ht_wide(HT_MORTAL), op, NULL, &system)) &&
        went_well(finish(op))) {
        if (went_well(HcsStartComputeSystem(system, op, NULL))) went_well(finish(op));
        if (went_well(HcsGetComputeSystemProperties(system, op, L"{\"PropertyTypes\": [\"Memory\"]}")))
            went_well(finish(op));
        if (went_well(HcsEnumerateComputeSystems(NULL, op))) went_well(finish(op));
        if (went_well(HcsModifyComputeSystem(
                system, op,
                L"{\"ResourcePath\": \"VirtualMachine/ComputeTopology/Memory/SizeInMB\", \"Settings\": 512,"
                L" \"RequestType\": \"Update\"}",
                NULL)))
            went_well(finish(op));
        if (went_well(HcsTerminateComputeSystem(system, op, NULL)) && went_well(finish(op)))
            went_well(HcsWaitForComputeSystemExit(system, INFINITE, &document));
        vjob_hcs_free(document);
    }
    HcsCloseComputeSystem(system);
    HcsCloseOperation(op);
}

static void r1_24_1_25_out_of_memory(void **state)
{
    (void)state;
    if (!ct_can_fail()) {
        print_message("the linker cannot stand in between\n");
        return;
    }
    HCS_OPERATION keeps = ht_new();
    story();
    EQUAL(short_of_memory, 0);
    int failed = 0;
    for (long n = 0; n < 2000; n++) {
        HCS_SYSTEM left = NULL;
        ct_fail_allocation(n, 0);
        story();
        failed += ct_allocation_failed();
        const int over = !ct_allocation_failed();
        ct_fail_allocation(-1, 0);
        while (HcsOpenComputeSystem(L"one", GENERIC_ALL, &left) == S_OK)
            ht_terminate(left); /* its end was refused */
        if (over) break;
    }
    CHECK(failed > 40 && short_of_memory > 20);
    HcsCloseOperation(keeps);
}

/* ---- what was accepted is told of, without any memory at the end ---------------------------------------- */

typedef struct ends {
    tally completed, exits;
    int operations; /* atomic: told of through the system */
} ends;

static void completes(HCS_OPERATION operation, void *context)
{
    CHECK(HcsGetOperationResult(operation, NULL) != HCS_E_OPERATION_PENDING);
    tally_add(&((ends *)context)->completed);
}

static void happens(HCS_EVENT *event, void *context)
{
    ends *e = context;
    if (event->Type == HcsEventOperationCallback) __atomic_fetch_add(&e->operations, 1, __ATOMIC_SEQ_CST);
    if (event->Type != HcsEventSystemExited && event->Type != HcsEventProcessExited) return;
    CHECK(event->EventData && event->EventData[0] == L'{');
    tally_add(&e->exits);
}

static void r1_16_ends_are_told_of_without_memory(void **state)
{
    (void)state;
    ends e = {.completed = TALLY, .exits = TALLY};
    HCS_SYSTEM again = NULL;
    HCS_PROCESS process = NULL;
    if (!ct_can_fail()) return;
    HCS_SYSTEM system = ht_running("one", HT_GUEST);
    DONE(DO(HcsCreateProcess(system, L"{\"CommandLine\": \"sleep 1000\"}", op, NULL, &process)));
    DONE(HcsOpenComputeSystem(L"one", GENERIC_ALL, &again));
    DONE(HcsSetProcessCallback(process, HcsEventOptionNone, &e, happens));
    DONE(HcsSetComputeSystemCallback(system, HcsEventOptionNone, &e, happens));
    DONE(HcsSetComputeSystemCallback(again, HcsEventOptionEnableOperationCallbacks, &e, happens));
    HCS_OPERATION ask = HcsCreateOperation(&e, completes), stop = HcsCreateOperation(&e, completes),
                  other = ht_new();
    DONE(HcsGetComputeSystemProperties(system, ask, NULL));
    DONE(HcsGetComputeSystemProperties(again, other, NULL));
    DONE(HcsTerminateComputeSystem(system, stop, NULL));
    ct_fail_allocation(0, LONG_MAX);
    tally_wait(&e.completed, 2);
    tally_wait(&e.exits, 3); /* both handles of the system, and the process */
    ct_fail_allocation(-1, 0);
    HcsCloseComputeSystem(again); /* and nothing runs any more */
    EQUAL(e.operations, 1);
    HcsCloseProcess(process);
    HcsCloseComputeSystem(system);
    HcsCloseOperation(ask);
    HcsCloseOperation(stop);
    HcsCloseOperation(other);
    EQUAL(tally_get(&e.completed), 2);
    EQUAL(tally_get(&e.exits), 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {HCS(r1_24_1_25_out_of_memory),
                                       HCS(r1_16_ends_are_told_of_without_memory)};
    return cmocka_run_group_tests_name("hcs_memory", tests, NULL, NULL);
}
