/* test_vir_job.c - virJob: the proposal's worker, its calls one by one (facts: section 1), and many at once. */
#include <vjob/vir_host.h>

#include "vir_world.h"

#define UNITS 50

/* ---- the proposal's worker ------------------------------------------------------------------------------------------- */

static int cancel_at, steps_after_cancel;

static void save_worker(virJobPtr job, void *data)
{
    int left = UNITS;
    (void)data;
    virJobInitialize(job, UNITS);
    do {
        vjob_sleep(S);
        if (virJobFinishCancel(job)) return;
        virJobUpdateRel(job, 1, -1, 2);
        if (cancel_at && UNITS - left + 1 == cancel_at) virJobCancel(job);
        if (cancel_at && UNITS - left + 1 > cancel_at) steps_after_cancel++;
    } while (--left);
    virJobFinishSuccess(job);
}

static void proposal_worker_reports_two_percent_a_step_and_finishes(void **state)
{
    (void)state;
    vt_begin_test();
    cancel_at = 0;
    virJobPtr job = virJobCreate(vt_conn, NULL, save_worker, NULL, NULL, VIR_JOB_BOUNDED);
    virJobInfo info, last = {0};
    int steps = 0;
    while ((info = vt_look(job)).state == VIR_JOB_STATE_RUNNING) {
        if (info.percentComplete != last.percentComplete) {
            EQUAL(info.percentComplete, last.percentComplete + 2);
            EQUAL(info.runningTime * 2, info.percentComplete);
            EQUAL(info.remainingTime, UNITS - info.runningTime);
            steps++;
            last = info;
        }
        vjob_sleep(S / 4);
    }
    CHECK(steps >= UNITS - 1);
    EQUAL(info.state, VIR_JOB_STATE_COMPLETED);
    EQUAL(info.percentComplete, 100);
    EQUAL(info.remainingTime, 0);
    EQUAL(info.type, VIR_JOB_BOUNDED);
    CHECK(virJobGetError(job) == NULL);
    FINE(virJobDestroy(job));
}

static void proposal_worker_cancelled_half_way_ends_within_one_step(void **state)
{
    (void)state;
    vt_begin_test();
    cancel_at = UNITS / 2;
    steps_after_cancel = 0;
    virJobPtr job = virJobCreate(vt_conn, NULL, save_worker, NULL, NULL, VIR_JOB_BOUNDED);
    EQUAL(vt_wait(job), VIR_JOB_STATE_CANCELLED);
    EQUAL(steps_after_cancel, 0);
    EQUAL(vt_look(job).percentComplete, 50);
    CHECK(virJobGetError(job)->code == VIR_ERR_OPERATION_ABORTED);
    FINE(virJobCancel(job)); /* of a finished job: harmless */
    EQUAL(vt_look(job).state, VIR_JOB_STATE_CANCELLED);
    FINE(virJobDestroy(job));
}

/* ---- what a worker may do ---------------------------------------------------------------------------------------------- */

static int freed;
static void count_free(void *data)
{
    freed += *(int *)data;
}

static void returns_at_once(virJobPtr job, void *data)
{
    (void)job;
    (void)data;
}

static void a_worker_that_returns_without_a_result_has_failed(void **state)
{
    int one = 1;
    (void)state;
    vt_begin_test();
    freed = 0;
    virJobPtr job = virJobCreate(vt_conn, NULL, returns_at_once, count_free, &one, VIR_JOB_UNBOUNDED);
    EQUAL(vt_wait(job), VIR_JOB_STATE_FAILED);
    EQUAL(virJobGetError(job)->code, VIR_ERR_INTERNAL_ERROR);
    FINE(virJobDestroy(job));
    EQUAL(freed, 1);
}

static tally let_go;
static void count_let_go(void *data)
{
    EQUAL(__atomic_load_n((int *)data, __ATOMIC_ACQUIRE), 0); /* nobody is at it */
    tally_add(&let_go);
}

static void looks_once(virJobPtr job, void *data)
{
    __atomic_store_n((int *)data, 1, __ATOMIC_RELEASE);
    while (!virJobFinishCancel(job)) vjob_sleep(S);
    for (int i = 0; i < 1000; i++) CHECK(__atomic_load_n((int *)data, __ATOMIC_ACQUIRE)); /* its last lines */
    __atomic_store_n((int *)data, 0, __ATOMIC_RELEASE);
}

/* Whether the worker's turn had come or not, only it says that it was cancelled; and its data stays until it returns,
   though the job is destroyed before. */
static void a_worker_cancelled_before_its_turn_says_so_itself(void **state)
{
    enum { N = 200 };
    static int data[N];
    (void)state;
    vt_begin_test();
    tally_init(&let_go);
    for (int i = 0; i < N; i++) {
        virJobPtr job = virJobCreate(vt_conn, NULL, looks_once, count_let_go, &data[i], VIR_JOB_UNBOUNDED);
        FINE(virJobCancel(job));
        EQUAL(vt_wait(job), VIR_JOB_STATE_CANCELLED);
        FINE(virJobDestroy(job));
    }
    tally_wait(&let_go, N);
}

static void fails_with_its_own(virJobPtr job, void *data)
{
    (void)data;
    CHECK(virDomainLookupByName(vt_conn, "nobody") == NULL);
    virJobFinishFailed(job, NULL);
    CODE(virJobUpdateRel(job, 1, 1, 1), VIR_ERR_OPERATION_INVALID); /* it has ended */
    CODE(virJobFinishSuccess(job), VIR_ERR_OPERATION_INVALID);
}

static void a_failed_job_keeps_its_error(void **state)
{
    (void)state;
    vt_begin_test();
    static int unused;
    tally_init(&let_go);
    virJobPtr job = virJobCreate(vt_conn, NULL, fails_with_its_own, count_let_go, &unused, VIR_JOB_BOUNDED);
    EQUAL(vt_wait(job), VIR_JOB_STATE_FAILED);
    tally_wait(&let_go, 1); /* it has tried what it may no longer do */
    virErrorPtr error = virJobGetError(job);
    EQUAL(error->code, VIR_ERR_NO_DOMAIN);
    CHECK(error->message && *error->message);
    CHECK(virGetLastError() == NULL); /* that of the worker's thread is not ours */
    NONE_CODE(virJobGetDomain(job), VIR_ERR_OPERATION_INVALID);
    FINE(virJobDestroy(job));
}

static void makes_a_domain(virJobPtr job, void *data)
{
    FINE(virJobInitialize(job, 0));
    FINE(virJobUpdateAbs(job, 7, 3, 70));
    FINE(virJobSetDomain(job, data));
    FINE(virJobUpdateAbs(job, 8, 2, 60)); /* progress does not go back */
    const virJobInfo info = vt_look(job);
    EQUAL(info.runningTime, 8);
    EQUAL(info.remainingTime, 2);
    EQUAL(info.percentComplete, 70);
    virJobFinishSuccess(job);
}

static void a_worker_sets_absolute_progress_and_a_result(void **state)
{
    (void)state;
    vt_begin_test();
    virJobPtr job = virJobCreate(vt_conn, NULL, makes_a_domain, NULL, vt_on, VIR_JOB_BOUNDED);
    EQUAL(vt_wait(job), VIR_JOB_STATE_COMPLETED);
    virDomainPtr one = virJobGetDomain(job), two = virJobGetDomain(job);
    TEXT(virDomainGetName(one), "test");
    CHECK(one != two); /* a new reference each time */
    FINE(virDomainFree(one));
    FINE(virDomainFree(two));
    NONE_CODE(virJobGetNetwork(job), VIR_ERR_OPERATION_INVALID);
    FINE(virJobDestroy(job));
}

static void succeeds_all_the_same(virJobPtr job, void *data)
{
    (void)data;
    FINE(virJobCancel(job));
    FINE(virJobFinishSuccess(job)); /* it did not look */
}

static void a_worker_may_succeed_though_it_was_asked_to_stop(void **state)
{
    (void)state;
    vt_begin_test();
    virJobPtr job = virJobCreate(vt_conn, NULL, succeeds_all_the_same, NULL, NULL, VIR_JOB_BOUNDED);
    EQUAL(vt_wait(job), VIR_JOB_STATE_COMPLETED);
    const virJobInfo info = vt_look(job);
    CHECK(info.percentComplete == 100 && info.remainingTime == 0);
    CHECK(virJobGetError(job) == NULL);
    FINE(virJobDestroy(job));
}

static void an_unbounded_job_tells_only_its_time(void **state)
{
    (void)state;
    vt_begin_test();
    virJobPtr job = vjob_vir_job_open(vt_conn, VIR_JOB_UNBOUNDED);
    FINE(virJobInitialize(job, 0));
    vjob_sleep(7 * S);
    const virJobInfo info = vt_look(job);
    EQUAL(info.type, VIR_JOB_UNBOUNDED);
    CHECK(info.runningTime == 7 && info.remainingTime == 0 && info.percentComplete == 0);
    FINE(virJobFinishSuccess(job));
    FINE(virJobDestroy(job));
}

/* ---- workers that somebody else runs, Python for one ---------------------------------------------------------------- */

static void a_worker_that_runs_elsewhere(void **state)
{
    (void)state;
    vt_begin_test();
    virJobPtr job = vjob_vir_job_open(vt_conn, VIR_JOB_BOUNDED);
    FINE(virJobInitialize(job, 10));
    FINE(virJobUpdateRel(job, 1, -1, 10));
    EQUAL(vt_look(job).percentComplete, 10);
    EQUAL(virJobFinishCancel(job), 0);
    FINE(virJobCancel(job));
    EQUAL(vt_look(job).state, VIR_JOB_STATE_RUNNING); /* until the worker looks */
    EQUAL(virJobFinishCancel(job), 1);
    EQUAL(vt_wait(job), VIR_JOB_STATE_CANCELLED);
    FINE(virJobDestroy(job));
}

/* ---- a driver's own table --------------------------------------------------------------------------------------------- */

static int asked[3];
static int own_info(virJobPtr job, virJobInfoPtr info)
{
    (void)job;
    asked[0]++;
    *info = (virJobInfo){.percentComplete = 42};
    return 0;
}
static int own_cancel(virJobPtr job)
{
    (void)job;
    asked[1]++;
    return 0;
}
static int own_destroy(virJobPtr job)
{
    (void)job;
    return asked[2]++ ? 0 : -1;
}

static void a_drivers_table_takes_over(void **state)
{
    virJobDriver driver = {own_info, own_cancel, own_destroy};
    virJobInfo info;
    (void)state;
    vt_begin_test();
    virJobPtr job = virJobCreate(vt_conn, &driver, returns_at_once, NULL, NULL, VIR_JOB_BOUNDED);
    FINE(virJobGetInfo(job, &info));
    EQUAL(info.percentComplete, 42);
    FINE(virJobCancel(job));
    vjob_wait((vjob_handle)(uintptr_t)job, VJOB_FOREVER);
    EQUAL(virJobDestroy(job), -1); /* its own says no: the job stays */
    FINE(virJobDestroy(job));
    CHECK(asked[0] == 1 && asked[1] == 1 && asked[2] == 2);
}

/* ---- destroying, handles -------------------------------------------------------------------------------------------------- */

static void destroy_while_running_is_refused_and_changes_nothing(void **state)
{
    (void)state;
    vt_begin_world();
    virJobPtr job = virDomainCreateJob(vt_off, 0);
    CODE(virJobDestroy(job), VIR_ERR_OPERATION_INVALID);
    NONE_CODE(virJobGetDomain(job), VIR_ERR_OPERATION_INVALID); /* not before success */
    EQUAL(vt_wait(job), VIR_JOB_STATE_COMPLETED);
    FINE(virJobDestroy(job));
    CODE(virJobDestroy(job), VIR_ERR_INVALID_ARG); /* it is gone */
    CODE(virJobCancel(job), VIR_ERR_INVALID_ARG);
    CODE(virJobCancel((virJobPtr)vt_on), VIR_ERR_INVALID_ARG);
    CODE(virJobGetInfo(NULL, NULL), VIR_ERR_INVALID_ARG);
}

static void a_job_keeps_its_connection_until_destroy(void **state)
{
    (void)state;
    vt_begin_world();
    virJobPtr job = virDomainCreateJob(vt_off, 0);
    FINE(virDomainFree(vt_on));
    FINE(virDomainFree(vt_off));
    vt_on = vt_off = NULL;
    EQUAL(virConnectClose(vt_conn), 1); /* the job goes on */
    EQUAL(vt_wait(job), VIR_JOB_STATE_COMPLETED);
    virDomainPtr made = virJobGetDomain(job);
    TEXT(virDomainGetName(made), "off");
    FINE(virDomainFree(made));
    FINE(virJobDestroy(job));
    CODE(virConnectRef(vt_conn), VIR_ERR_INVALID_CONN); /* nothing holds it any more */
    vt_conn = NULL;
}

/* ---- starters ---------------------------------------------------------------------------------------------------------------- */

static void CreateJob_succeeds_fails_and_is_cancelled_early_and_late(void **state)
{
    (void)state;
    vt_begin_world();
    NONE_CODE(virDomainCreateJob(vt_on, 0), VIR_ERR_OPERATION_INVALID); /* seen at once */
    NONE_CODE(virDomainCreateJob(NULL, 0), VIR_ERR_INVALID_DOMAIN);
    NONE_CODE(virDomainCreateJob(vt_off, 1u << 30), VIR_ERR_INVALID_ARG);
    virJobPtr job = virDomainCreateJob(vt_off, 0);
    FINE(virJobCancel(job));
    EQUAL(vt_wait(job), VIR_JOB_STATE_CANCELLED);
    FINE(virJobDestroy(job));
    EQUAL(virDomainIsActive(vt_off), 0); /* undone */
    job = virDomainCreateJob(vt_off, 0);
    EQUAL(vt_wait(job), VIR_JOB_STATE_COMPLETED);
    FINE(virJobCancel(job));
    EQUAL(vt_look(job).state, VIR_JOB_STATE_COMPLETED);
    FINE(virJobDestroy(job));
    EQUAL(virDomainIsActive(vt_off), 1);
    FINE(virDomainDestroy(vt_off));
    OK(vjob_sim_fail_next("start", "off", VJOB_EIO, 1)); /* met later: the job fails */
    job = virDomainCreateJob(vt_off, 0);
    EQUAL(vt_wait(job), VIR_JOB_STATE_FAILED);
    EQUAL(virJobGetError(job)->code, VIR_ERR_OPERATION_FAILED);
    FINE(virJobDestroy(job));
}

static void CreateLinuxJob_makes_a_transient_domain(void **state)
{
    (void)state;
    vt_begin_test(); /* starters take time here, too */
    NONE_CODE(virDomainCreateLinuxJob(vt_conn, "<domain", 0), VIR_ERR_XML_DETAIL);
    const uint64_t before = vjob_clock_now();
    virJobPtr job = virDomainCreateLinuxJob(vt_conn, VT_XML("new"), 0);
    EQUAL(vt_wait(job), VIR_JOB_STATE_COMPLETED);
    CHECK(vjob_clock_now() > before);
    virDomainPtr made = virJobGetDomain(job);
    TEXT(virDomainGetName(made), "new");
    EQUAL(virDomainIsPersistent(made), 0);
    FINE(virJobDestroy(job));
    FINE(virDomainDestroy(made));
    CODE(virDomainIsActive(made), VIR_ERR_NO_DOMAIN);
    FINE(virDomainFree(made));
    job = virDomainCreateLinuxJob(vt_conn, VT_XML("never"), 0);
    FINE(virJobCancel(job));
    EQUAL(vt_wait(job), VIR_JOB_STATE_CANCELLED);
    FINE(virJobDestroy(job));
    NONE_CODE(virDomainLookupByName(vt_conn, "never"), VIR_ERR_NO_DOMAIN);
}

static void without_jobs_starters_do_nothing(void **state)
{
    (void)state;
    vt_begin("vjob:///?jobs=0");
    vt_off = virDomainLookupByName(vt_conn, "off");
    NONE_CODE(virDomainCreateJob(vt_off, 0), VIR_ERR_NO_SUPPORT);
    TEXT(virGetLastError()->str2, "virDomainCreateJob");
    NONE_CODE(virDomainCreateLinuxJob(vt_conn, VT_XML("x"), 0), VIR_ERR_NO_SUPPORT);
    FINE(virDomainCreate(vt_off)); /* the classic call works */
}

static void a_read_only_connection_starts_nothing(void **state)
{
    (void)state;
    vt_begin("vjob:///");
    virConnectPtr ro = virConnectOpenReadOnly("vjob:///");
    virDomainPtr off = virDomainLookupByName(ro, "off");
    NONE_CODE(virDomainCreateJob(off, 0), VIR_ERR_OPERATION_DENIED);
    FINE(virDomainFree(off));
    EQUAL(virConnectClose(ro), 0);
}

static void the_source_domain_destroyed_fails_the_job(void **state)
{
    (void)state;
    vt_begin_world();
    virJobPtr job = virDomainCreateJob(vt_off, 0);
    FINE(virDomainDestroy(vt_off)); /* it was starting: active for this API */
    EQUAL(vt_wait(job), VIR_JOB_STATE_FAILED);
    EQUAL(virJobGetError(job)->code, VIR_ERR_OPERATION_INVALID);
    FINE(virJobDestroy(job));
}

/* ---- many ------------------------------------------------------------------------------------------------------------------- */

static void a_thousand_jobs_at_once(void **state)
{
    enum { N = 1000 };
    static virJobPtr jobs[N];
    char xml[256];
    (void)state;
    vt_begin_test();
    for (int i = 0; i < N; i++) {
        snprintf(xml, sizeof xml, VT_XML("n%d"), i);
        jobs[i] = virDomainCreateLinuxJob(vt_conn, xml, 0);
        CHECK(jobs[i] != NULL);
    }
    for (int i = 0; i < N; i++) {
        EQUAL(vt_wait(jobs[i]), VIR_JOB_STATE_COMPLETED);
        FINE(virJobDestroy(jobs[i]));
    }
    EQUAL(virConnectNumOfDomains(vt_conn), N + 1);
}

static void storm(void *arg, int number)
{
    virJobPtr *jobs = arg;
    virJobInfo info;
    for (int i = 0; i < 40; i++) {
        virJobGetInfo(jobs[i], &info);
        if ((i + number) % 2) virJobCancel(jobs[i]);
        virJobDestroy(jobs[(i * 7 + number) % 40]); /* often refused, once not */
    }
}

static void cancel_storm_from_eight_threads(void **state)
{
    virJobPtr jobs[40];
    (void)state;
    vt_begin_test();
    cancel_at = 0;
    for (int i = 0; i < 40; i++)
        jobs[i] = virJobCreate(vt_conn, NULL, save_worker, NULL, NULL, VIR_JOB_BOUNDED);
    ct_threads(8, storm, jobs);
    for (int i = 0; i < 40; i++) { /* those that nobody could destroy while they ran */
        virJobInfo info;
        if (virJobGetInfo(jobs[i], &info)) continue;
        virJobCancel(jobs[i]);
        vjob_wait((vjob_handle)(uintptr_t)jobs[i], VJOB_FOREVER);
        FINE(virJobDestroy(jobs[i]));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        VIR(proposal_worker_reports_two_percent_a_step_and_finishes),
        VIR(proposal_worker_cancelled_half_way_ends_within_one_step),
        VIR(a_worker_that_returns_without_a_result_has_failed),
        VIR(a_worker_cancelled_before_its_turn_says_so_itself),
        VIR(a_failed_job_keeps_its_error),
        VIR(a_worker_sets_absolute_progress_and_a_result),
        VIR(a_worker_may_succeed_though_it_was_asked_to_stop),
        VIR(an_unbounded_job_tells_only_its_time),
        VIR(a_worker_that_runs_elsewhere),
        VIR(a_drivers_table_takes_over),
        VIR(destroy_while_running_is_refused_and_changes_nothing),
        VIR(a_job_keeps_its_connection_until_destroy),
        VIR(CreateJob_succeeds_fails_and_is_cancelled_early_and_late),
        VIR(CreateLinuxJob_makes_a_transient_domain),
        VIR(without_jobs_starters_do_nothing),
        VIR(a_read_only_connection_starts_nothing),
        VIR(the_source_domain_destroyed_fails_the_job),
        VIR(a_thousand_jobs_at_once),
        VIR(cancel_storm_from_eight_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
