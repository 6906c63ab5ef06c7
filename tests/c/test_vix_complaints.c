/* Complaints of docs/reliability.md that a program of the VIX API can show. */
#include "vix_test.h"

/* ---- 5: a handle for every process ------------------------------------------------------------------ */

static void complaint_05_programs_in_a_guest_leave_no_handles(void **state)
{
    (void)state;
    vt_begin(NULL);
    const VixHandle vm = vt_open(DEBIAN);
    DONE(vt_end(VixVM_WaitForToolsInGuest(vm, 0, NULL, NULL)));
    DONE(vt_end(VixVM_LoginInGuest(vm, "root", "secret", 0, NULL, NULL)));
    const size_t before = vjob_leaks(VJOB_SPACE_VIX, NULL, 0);
    for (int i = 0; i < 300; i++) {
        const VixHandle job =
            VixVM_RunProgramInGuest(vm, "/bin/sh", "-c true", i % 2, VIX_INVALID_HANDLE, NULL, NULL);
        DONE(VixJob_Wait(job, VIX_PROPERTY_NONE));
        vt_number(job, VIX_PROPERTY_JOB_RESULT_GUEST_PROGRAM_EXIT_CODE);
        Vix_ReleaseHandle(job);
    }
    const VixHandle list = VixVM_ListProcessesInGuest(vm, 0, NULL, NULL);
    DONE(VixJob_Wait(list, VIX_PROPERTY_NONE));
    CHECK(VixJob_GetNumProperties(list, VIX_PROPERTY_JOB_RESULT_ITEM_NAME) > 0);
    Vix_ReleaseHandle(list);
    EQUAL(vjob_leaks(VJOB_SPACE_VIX, NULL, 0), before);
    Vix_ReleaseHandle(vm);
}

/* ---- 9: the callback comes before the call has returned ----------------------------------------------- */

typedef struct early {
    pthread_t caller;
    tally calls;
    VixHandle job;
} early;

static void notes_thread(VixHandle job, VixEventType type, VixHandle info, void *data)
{
    early *e = data;
    (void)info;
    if (type != VIX_EVENTTYPE_JOB_COMPLETED) return;
    CHECK(!pthread_equal(pthread_self(), e->caller));
    DONE(VixJob_GetError(job)); /* readable, although the variable that gets it may not be set yet */
    e->job = job;
    tally_add(&e->calls);
}

static void complaint_09_the_callback_needs_no_return_value(void **state)
{
    early e = {.caller = pthread_self(), .calls = TALLY};
    (void)state;
    vt_begin(NULL);
    for (int i = 1; i <= 300; i++) {
        const VixHandle job = VixVM_Open(vt_host, XP, notes_thread, &e);
        tally_wait(&e.calls, i);
        EQUAL(e.job, job);
        Vix_ReleaseHandle(vt_result_of(job));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        VIX(complaint_05_programs_in_a_guest_leave_no_handles),
        VIX(complaint_09_the_callback_needs_no_return_value),
    };
    return cmocka_run_group_tests_name("vix_complaints", tests, NULL, NULL);
}
