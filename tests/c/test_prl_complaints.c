/*
 * Complaints that users of such APIs have about the real ones, each by its number in docs/reliability.md:
 * those that a program of the Prl API can show. What other tests show already is only listed there.
 */
#define _GNU_SOURCE
#include "prl_test.h"

#include <sys/resource.h>

#include "core/world.h"

#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
#define ROUNDS 1000
#else
#define ROUNDS 10000
#endif

/* ---- 1: what a handler was given and never freed ---------------------------------------------------- */

static PRL_RESULT keeps_all(PRL_HANDLE h, PRL_VOID_PTR data)
{
    pt_log *log = data;
    char word[128];
    pt_describe(h, word, sizeof word);
    pt_note(log, word);
    return PRL_ERR_SUCCESS;
}

static void complaint_01_what_a_handler_kept_is_named(void **state)
{
    pt_log log = PT_LOG;
    vjob_handle_info infos[64];
    int jobs = 0, events = 0;
    (void)state;
    pt_begin(NULL);
    PRL_HANDLE vm = pt_vm("WindowsXP");
    DONE(PrlSrv_RegEventHandler(pt_server, keeps_all, &log));
    DONE(pt_end(PrlVm_Start(vm)));
    pt_wait_word(&log, "job");
    DONE(PrlSrv_UnregEventHandler(pt_server, keeps_all, &log));
    DONE(PrlHandle_Free(vm));
    const size_t n = vjob_leaks(VJOB_SPACE_PRL, infos, COUNT(infos));
    CHECK(n > 2 && n <= COUNT(infos));
    for (size_t i = 0; i < n; i++) {
        PRL_HANDLE h = (PRL_HANDLE)(uintptr_t)infos[i].handle;
        const int job = !strcmp(infos[i].type_name, "PHT_JOB"),
                  event = !strcmp(infos[i].type_name, "PHT_EVENT");
        if (job) TEXT(infos[i].object, "PJOC_VM_START");
        if (event) CHECK(strncmp(infos[i].object, "PET_", 4) == 0);
        if (job || event)
            EQUAL(infos[i].refs, 1);
        else
            TEXT(infos[i].type_name, "PHT_SERVER");
        if (job || event) DONE(PrlHandle_Free(h));
        jobs += job;
        events += event;
    }
    EQUAL(jobs, 1);
    CHECK(events >= 2);
}

/* ---- 4: one lock around the handle table ------------------------------------------------------------ */

static void count_references(void *arg, int number)
{
    PRL_HANDLE h = *(PRL_HANDLE *)arg;
    (void)number;
    for (int i = 0; i < 1000; i++) {
        DONE(PrlHandle_AddRef(h));
        DONE(PrlHandle_Free(h));
    }
}

static void complaint_04_handles_need_no_lock(void **state)
{
    (void)state;
    pt_begin(NULL);
    PRL_HANDLE vm = pt_vm("WindowsXP");
    vjob__world_lock(); /* a thread stopped inside the engine's great lock keeps nobody from counting */
    ct_threads(8, count_references, &vm);
    vjob__world_unlock();
    EQUAL(vjob_name_refs((vjob_handle)(uintptr_t)vm), 1);
    DONE(PrlHandle_Free(vm));
}

/* ---- 9: the callback comes before the call has returned --------------------------------------------- */

typedef struct early {
    pthread_t caller;
    tally calls;
    uint64_t job; /* the last one, as the handler knows it */
} early;

static PRL_RESULT notes_thread(PRL_HANDLE h, PRL_VOID_PTR data)
{
    early *e = data;
    CHECK(!pthread_equal(pthread_self(), e->caller)); /* so a lock of the caller's is no deadlock */
    e->job = (uint64_t)(uintptr_t)h;
    DONE(PrlHandle_Free(h));
    tally_add(&e->calls);
    return PRL_ERR_SUCCESS;
}

static void complaint_09_no_callback_inside_the_starting_call(void **state)
{
    early e = {.caller = pthread_self(), .calls = TALLY};
    (void)state;
    pt_begin(NULL);
    DONE(PrlSrv_RegEventHandler(pt_server, notes_thread, &e));
    for (int i = 1; i <= 300; i++) {
        PRL_HANDLE job = PrlSrv_GetVmList(pt_server);
        tally_wait(&e.calls, i);
        EQUAL(e.job, (uintptr_t)job); /* the handler is told of the job that the call returned */
        DONE(PrlHandle_Free(job));
    }
    DONE(PrlSrv_UnregEventHandler(pt_server, notes_thread, &e));
}

/* ---- 14: a timer's event after the close ------------------------------------------------------------- */

typedef struct timer_owner {
    int closed; /* atomic */
    int calls;  /* atomic */
} timer_owner;

static PRL_RESULT must_be_open(PRL_HANDLE h, PRL_VOID_PTR data)
{
    timer_owner *owner = data;
    CHECK(!__atomic_load_n(&owner->closed, __ATOMIC_ACQUIRE));
    DONE(PrlHandle_Free(h));
    __atomic_fetch_add(&owner->calls, 1, __ATOMIC_RELAXED);
    return PRL_ERR_SUCCESS;
}

static void complaint_14_no_sample_after_the_close(void **state)
{
    uint64_t random = 14;
    int calls = 0;
    (void)state;
    pt_begin(NULL);
    OK(vjob_init());
    DONE(pt_end(PrlSrv_SubscribeToHostStatistics(pt_server)));
    for (int i = 0; i < ROUNDS; i++) {
        timer_owner *owner = calloc(1, sizeof *owner); /* a call after its end is also a use after free */
        DONE(PrlSrv_RegEventHandler(pt_server, must_be_open, owner));
        if (ct_random(&random, 4)) DONE(pt_end(PrlSrv_GetVmList(pt_server))); /* time passes */
        if (i % 50 == 0) OK(vjob_sleep(2 * S));
        DONE(PrlSrv_UnregEventHandler(pt_server, must_be_open, owner));
        __atomic_store_n(&owner->closed, 1, __ATOMIC_RELEASE);
        calls += owner->calls;
        free(owner);
    }
    DONE(pt_end(PrlSrv_UnsubscribeFromHostStatistics(pt_server)));
    OK(vjob_deinit());
    CHECK(calls > ROUNDS / 100); /* it was tried on something that moves */
}

/* ---- 24: cancel at every instant of every operation --------------------------------------------------- */

typedef struct power {
    const char *name; /* in the inventory */
    PRL_HANDLE (*call)(PRL_HANDLE vm);
    VIRTUAL_MACHINE_STATE from, to;
} power;

static PRL_HANDLE start(PRL_HANDLE vm)
{
    return PrlVm_Start(vm);
}
static PRL_HANDLE stop(PRL_HANDLE vm)
{
    return PrlVm_Stop(vm, PRL_FALSE);
}
static PRL_HANDLE pause_it(PRL_HANDLE vm)
{
    return PrlVm_Pause(vm, PRL_FALSE);
}
static PRL_HANDLE suspend(PRL_HANDLE vm)
{
    return PrlVm_Suspend(vm);
}
static PRL_HANDLE resume(PRL_HANDLE vm)
{
    return PrlVm_Resume(vm);
}

static const power powers[] = {
    {"start", start, VMS_STOPPED, VMS_RUNNING},     {"pause", pause_it, VMS_RUNNING, VMS_PAUSED},
    {"continue", start, VMS_PAUSED, VMS_RUNNING},   {"suspend", suspend, VMS_RUNNING, VMS_SUSPENDED},
    {"resume", resume, VMS_SUSPENDED, VMS_RUNNING}, {"stop", stop, VMS_RUNNING, VMS_STOPPED},
};

/* Until the VM is in the state that the operation begins with. */
static void bring_to(PRL_HANDLE vm, VIRTUAL_MACHINE_STATE to)
{
    for (int steps = 0; pt_state(vm) != to; steps++) {
        CHECK(steps < 8);
        const VIRTUAL_MACHINE_STATE now = pt_state(vm);
        if (now == VMS_SUSPENDED)
            DONE(pt_end(PrlVm_Resume(vm)));
        else if (now != VMS_RUNNING)
            DONE(pt_end(PrlVm_Start(vm)));
        else if (to == VMS_STOPPED)
            DONE(pt_end(PrlVm_Stop(vm, PRL_TRUE)));
        else if (to == VMS_PAUSED)
            DONE(pt_end(PrlVm_Pause(vm, PRL_FALSE)));
        else
            DONE(pt_end(PrlVm_Suspend(vm)));
    }
}

static void cancel_after(PRL_HANDLE vm, const power *p, PRL_UINT32 wait_ms)
{
    PRL_RESULT code;
    bring_to(vm, p->from);
    PRL_HANDLE job = p->call(vm);
    const PRL_RESULT waited = PrlJob_Wait(job, wait_ms);
    CHECK(waited == PRL_ERR_SUCCESS || waited == PRL_ERR_TIMEOUT);
    const PRL_RESULT asked = pt_end(PrlJob_Cancel(job));
    CHECK(asked == PRL_ERR_SUCCESS || asked == PRL_ERR_TASK_NOT_FOUND);
    DONE(PrlJob_Wait(job, NEVER));
    DONE(PrlJob_GetRetCode(job, &code));
    CHECK(code == PRL_ERR_SUCCESS || code == PRL_ERR_OPERATION_WAS_CANCELED);
    if (waited == PRL_ERR_SUCCESS) DONE(code); /* what has ended is not cancelled */
    EQUAL(pt_state(vm), code == PRL_ERR_SUCCESS ? p->to : p->from);
    RESULT(pt_end(job), code);
}

static void complaint_24_cancel_in_every_state_of_every_operation(void **state)
{
    (void)state;
    pt_begin(NULL);
    PRL_HANDLE vm = pt_vm("WindowsXP");
    for (size_t i = 0; i < COUNT(powers); i++) {
        OK(vjob_sim_set_duration(powers[i].name, S, 0, 5));
        for (PRL_UINT32 ms = 0; ms <= 1100; ms += 100) cancel_after(vm, &powers[i], ms);
    }
    DONE(PrlHandle_Free(vm));
}

/* ---- 25: what a cancelled creation leaves --------------------------------------------------------------- */

static void complaint_25_a_cancelled_creation_leaves_nothing(void **state)
{
    char *before, *after;
    (void)state;
    pt_begin(NULL);
    PRL_HANDLE vm = pt_vm("WindowsXP");
    OK(vjob_sim_set_duration("create", S, 0, 5));
    OK(vjob_sim_set_duration("clone", S, 0, 5));
    OK(vjob_sim_save_json(&before));
    for (PRL_UINT32 ms = 0; ms < 1000; ms += 200) {
        PRL_HANDLE made;
        DONE(PrlSrv_CreateVm(pt_server, &made));
        DONE(PrlVmCfg_SetName(made, "half"));
        PRL_HANDLE jobs[] = {PrlVm_Reg(made, "", PRL_TRUE), PrlVm_Clone(vm, "copy", "", 0)};
        RESULT(PrlJob_Wait(jobs[0], ms), PRL_ERR_TIMEOUT);
        for (size_t i = 0; i < COUNT(jobs); i++) {
            DONE(pt_end(PrlJob_Cancel(jobs[i])));
            RESULT(pt_end(jobs[i]), PRL_ERR_OPERATION_WAS_CANCELED);
        }
        DONE(PrlHandle_Free(made));
        OK(vjob_sim_save_json(&after));
        TEXT(after, before);
        vjob_sim_free(after);
    }
    vjob_sim_free(before);
    DONE(PrlHandle_Free(vm));
}

/* ---- 29: waiting by polling ------------------------------------------------------------------------------- */

static void complaint_29_a_wait_sleeps_until_it_is_over(void **state)
{
#ifdef RUSAGE_THREAD
    struct rusage before, after;
    (void)state;
    pt_begin(NULL);
    PRL_HANDLE vm = pt_vm("WindowsXP");
    OK(vjob_sim_set_clock("real"));
    OK(vjob_sim_set_duration("start", S / 2, 0, 0));
    PRL_HANDLE job = PrlVm_Start(vm);
    getrusage(RUSAGE_THREAD, &before);
    DONE(PrlJob_Wait(job, NEVER));
    getrusage(RUSAGE_THREAD, &after);
    CHECK(after.ru_nvcsw - before.ru_nvcsw < 20); /* half a second of polls every 10 ms would be 50 */
    DONE(pt_end(job));
    OK(vjob_sim_set_clock("auto"));
    DONE(PrlHandle_Free(vm));
#else
    (void)state;
    skip();
#endif
}

/* ---- 31: the late end of what was given up ------------------------------------------------------------------ */

static void complaint_31_a_late_end_answers_nothing_else(void **state)
{
    PRL_JOB_OPERATION_CODE code;
    (void)state;
    pt_begin(NULL);
    PRL_HANDLE vm = pt_vm("WindowsXP");
    PRL_HANDLE late = PrlVm_Start(vm);
    RESULT(PrlJob_Wait(late, 1), PRL_ERR_TIMEOUT);
    for (int i = 0; i < 50; i++) {
        PRL_HANDLE result, job = PrlSrv_GetUserProfile(pt_server);
        DONE(PrlJob_Wait(job, NEVER));
        DONE(PrlJob_GetOpCode(job, &code));
        EQUAL(code, PJOC_SRV_GET_USER_PROFILE);
        DONE(PrlJob_GetResult(job, &result));
        DONE(PrlHandle_Free(result));
        CHECK(job != late);
        DONE(PrlHandle_Free(job));
    }
    DONE(PrlJob_Wait(late, NEVER));
    DONE(PrlJob_GetOpCode(late, &code));
    EQUAL(code, PJOC_VM_START);
    DONE(pt_end(late));
    DONE(PrlHandle_Free(vm));
}

/* ---- 34: reads behind a long job --------------------------------------------------------------------------- */

static void complaint_34_reads_do_not_wait_for_a_long_job(void **state)
{
    PRL_JOB_STATUS status;
    vjob_job_info info;
    (void)state;
    pt_begin(NULL);
    PRL_HANDLE vm = pt_vm("WindowsXP");
    OK(vjob_sim_set_clock(
        "auto:60000")); /* a machine that gives us no time for a while is no reason to go on */
    OK(vjob_sim_set_duration("start", 24 * HOUR, 0, 0));
    PRL_HANDLE job = PrlVm_Start(vm);
    for (int i = 0; i < 100; i++) {
        TEXT(PT_STRING(PrlVmCfg_GetName, vm), "WindowsXP");
        EQUAL(pt_state(vm), VMS_STARTING);
        DONE(pt_end(PrlSrv_GetVmList(pt_server)));
        DONE(PrlJob_GetStatus(job, &status));
        EQUAL(status, PJS_RUNNING);
        OK(vjob_job_look((vjob_handle)(uintptr_t)job, &info));
        EQUAL(info.state, VJOB_JOB_RUNNING);
    }
    DONE(pt_end(PrlJob_Cancel(job)));
    RESULT(pt_end(job), PRL_ERR_OPERATION_WAS_CANCELED);
    DONE(PrlHandle_Free(vm));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PRL(complaint_01_what_a_handler_kept_is_named),
        PRL(complaint_04_handles_need_no_lock),
        PRL(complaint_09_no_callback_inside_the_starting_call),
        PRL(complaint_14_no_sample_after_the_close),
        PRL(complaint_24_cancel_in_every_state_of_every_operation),
        PRL(complaint_25_a_cancelled_creation_leaves_nothing),
        PRL(complaint_29_a_wait_sleeps_until_it_is_over),
        PRL(complaint_31_a_late_end_answers_nothing_else),
        PRL(complaint_34_reads_do_not_wait_for_a_long_job),
    };
    return cmocka_run_group_tests_name("prl_complaints", tests, NULL, NULL);
}
