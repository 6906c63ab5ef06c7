/* Complaints of docs/reliability.md that a program of the HCS API can show. */
#include "hcs_test.h"

/* ---- 5: a handle for every process ------------------------------------------------------------------ */

static void complaint_05_processes_leave_no_handles(void **state)
{
    (void)state;
    HCS_SYSTEM system = ht_running("one", HT_CONTAINER);
    const size_t before = vjob_leaks(VJOB_SPACE_HCS, NULL, 0);
    for (int i = 0; i < 300; i++) {
        HCS_PROCESS process = NULL;
        DONE(DO(
            HcsCreateProcess(system, ht_wide("{\"CommandLine\": \"/bin/sh -c true\"}"), op, NULL, &process)));
        DONE(HcsWaitForProcessExit(process, INFINITE, NULL));
        HcsCloseProcess(process);
    }
    EQUAL(vjob_leaks(VJOB_SPACE_HCS, NULL, 0), before);
    ht_terminate(system);
}

/* ---- 14: an event after the close ---------------------------------------------------------------------- */

typedef struct owner {
    int closed; /* atomic */
    tally calls;
} owner;

static void must_be_open(HCS_EVENT *event, void *context)
{
    owner *o = context;
    (void)event;
    CHECK(!__atomic_load_n(&o->closed, __ATOMIC_ACQUIRE));
    tally_add(&o->calls);
}

static void complaint_14_no_event_after_the_close(void **state)
{
    int calls = 0;
    (void)state;
    for (int i = 0; i < 300; i++) {
        HCS_SYSTEM system = ht_create("one", HT_MORTAL);
        owner *o = calloc(1, sizeof *o);
        tally_init(&o->calls);
        HCS_OPERATION start = ht_new();
        DONE(HcsSetComputeSystemCallback(system, HcsEventOptionNone, o, must_be_open));
        DONE(HcsStartComputeSystem(system, start, NULL));
        if (i % 2) DONE(ht_end(start));
        if (i % 4 == 3) DONE(DO(HcsTerminateComputeSystem(system, op, NULL)));
        if (i % 8 == 7) tally_wait(&o->calls, 1); /* the others race with the exit's event */
        HcsCloseComputeSystem(system);
        __atomic_store_n(&o->closed, 1, __ATOMIC_RELEASE);
        calls += tally_get(&o->calls);
        free(o);
        if (i % 2 == 0) HcsCloseOperation(start);
    }
    CHECK(calls >= 37); /* it was tried on something that happens */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HCS(complaint_05_processes_leave_no_handles),
        HCS(complaint_14_no_event_after_the_close),
    };
    return cmocka_run_group_tests_name("hcs_complaints", tests, NULL, NULL);
}
