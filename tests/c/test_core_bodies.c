/* test_core_bodies.c - jobs with a blocking body: threads, turns, cancelling, results (laws 7, 8, 24). */
#include "core_test.h"

typedef struct work {
    tally begun, go, ended, done, freed; /* go: bodies wait for it, by no means of the engine's */
    int at_once, most_at_once;           /* atomic */
    vjob_err returns;
    vjob_job_state state;
    vjob_err err;
    int saw_cancel; /* atomic */
} work;

static void work_init(work *w)
{
    memset(w, 0, sizeof *w);
    tally_init(&w->begun);
    tally_init(&w->go);
    tally_init(&w->ended);
    tally_init(&w->done);
    tally_init(&w->freed);
}

static vjob_err blocking(vjob_handle job, void *data)
{
    work *w = data;
    (void)job;
    int now = __atomic_add_fetch(&w->at_once, 1, __ATOMIC_SEQ_CST);
    int most = __atomic_load_n(&w->most_at_once, __ATOMIC_SEQ_CST);
    while (now > most && !__atomic_compare_exchange_n(&w->most_at_once, &most, now, 0, __ATOMIC_SEQ_CST,
                                                      __ATOMIC_SEQ_CST)) {}
    CHECK(!vjob_in_callback());
    CHECK(!vjob__world_held());
    tally_add(&w->begun);
    tally_wait(&w->go, 1);
    __atomic_sub_fetch(&w->at_once, 1, __ATOMIC_SEQ_CST);
    tally_add(&w->ended);
    return w->returns;
}

static void on_done(vjob_handle job, void *data)
{
    work *w = data;
    vjob_job_info info;
    OK(vjob_job_look(job, &info));
    __atomic_store_n(&w->state, info.state, __ATOMIC_RELAXED); /* several jobs may share one */
    __atomic_store_n(&w->err, info.err, __ATOMIC_RELAXED);
    tally_add(&w->done);
}

static void on_free(void *data)
{
    tally_add(&((work *)data)->freed);
}

static vjob_job_spec spec_of(work *w, vjob_err (*body)(vjob_handle, void *))
{
    return (vjob_job_spec){
        .operation = "body", .body = body, .done = on_done, .user_data = w, .free_user_data = on_free};
}

static void what_the_body_returns_is_how_the_job_ends(void **state)
{
    (void)state;
    static const struct {
        vjob_err returns, err;
        vjob_job_state state;
    } rows[] = {
        {VJOB_OK, VJOB_OK, VJOB_JOB_DONE},
        {VJOB_ECANCELLED, VJOB_ECANCELLED, VJOB_JOB_CANCELLED},
        {VJOB_EIO, VJOB_EIO, VJOB_JOB_FAILED},
        {(vjob_err)12345, VJOB_EFAILED, VJOB_JOB_FAILED},
        {(vjob_err)-1, VJOB_EFAILED, VJOB_JOB_FAILED},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        work w;
        vjob_handle job;
        vjob_job_info info;
        work_init(&w);
        w.returns = rows[i].returns;
        vjob_job_spec spec = spec_of(&w, blocking);
        OK(vjob_job_start(&spec, &job));
        tally_wait(&w.begun, 1);
        OK(vjob_job_look(job, &info));
        EQUAL(info.state, VJOB_JOB_RUNNING);
        tally_add(&w.go);
        OK(vjob_wait(job, VJOB_FOREVER));
        tally_wait(&w.freed, 1);
        EQUAL(w.state, rows[i].state);
        EQUAL(w.err, rows[i].err);
        EQUAL(tally_get(&w.done), 1);
        OK(vjob_release(job));
    }
}

static void no_more_than_the_set_number_run_at_once_and_the_rest_have_their_turn(void **state)
{
    (void)state;
    enum { WORKERS = 5, JOBS = 40 };
    work w;
    vjob_handle jobs[JOBS];
    work_init(&w);
    OK(vjob__pool_set_workers(WORKERS));
    vjob_job_spec spec = spec_of(&w, blocking);
    OK(vjob_job_start_many(&spec, JOBS, jobs));
    tally_wait(&w.begun, WORKERS);
    tally_add(&w.go);
    OK(vjob_wait_all(jobs, JOBS, VJOB_FOREVER));
    EQUAL(tally_get(&w.ended), JOBS);
    EQUAL(w.most_at_once, WORKERS);
    tally_wait(&w.freed, 1);
    EQUAL(tally_get(&w.done), JOBS);
    for (int i = 0; i < JOBS; i++) OK(vjob_release(jobs[i]));
    OK(vjob__pool_set_workers(256));
}

static void number_of_workers_comes_from_the_environment(void **state)
{
    (void)state;
    work w;
    vjob_handle jobs[6];
    work_init(&w);
    setenv("VJOB_WORKERS", "3", 1);
    OK(vjob_init());
    vjob_job_spec spec = spec_of(&w, blocking);
    OK(vjob_job_start_many(&spec, COUNT(jobs), jobs));
    tally_wait(&w.begun, 3);
    tally_add(&w.go);
    OK(vjob_wait_all(jobs, COUNT(jobs), VJOB_FOREVER));
    EQUAL(w.most_at_once, 3);
    tally_wait(&w.freed, 1);
    OK(vjob_deinit());
    OK(vjob__pool_set_workers(256));
}

/* ---- cancelling ---- */

static void job_cancel_while_queued_runs_done_once_and_the_body_never(void **state)
{
    (void)state;
    work first, second;
    vjob_handle a, b;
    vjob_job_info info;
    work_init(&first);
    work_init(&second);
    OK(vjob__pool_set_workers(1));
    vjob_job_spec one = spec_of(&first, blocking), two = spec_of(&second, blocking);
    OK(vjob_job_start(&one, &a));
    tally_wait(&first.begun, 1);
    OK(vjob_job_start(&two, &b));
    OK(vjob_job_cancel(b));
    OK(vjob_job_look(b, &info)); /* at once: nothing has begun that could go on */
    EQUAL(info.state, VJOB_JOB_CANCELLED);
    FAILS(vjob_job_cancel(b), VJOB_EDONE);
    OK(vjob_wait(b, VJOB_FOREVER));
    tally_wait(&second.freed, 1);
    tally_add(&first.go);
    OK(vjob_wait(a, VJOB_FOREVER));
    tally_wait(&first.freed, 1);
    OK(vjob_release(a));
    OK(vjob_release(b));
    work third;
    work_init(&third);
    tally_add(&third.go);
    vjob_job_spec three = spec_of(&third, blocking);
    OK(vjob_job_start(&three, &a)); /* the only worker has come past the cancelled one */
    OK(vjob_wait(a, VJOB_FOREVER));
    tally_wait(&third.freed, 1);
    EQUAL(tally_get(&second.begun), 0);
    EQUAL(tally_get(&second.done), 1);
    EQUAL(tally_get(&second.freed), 1);
    EQUAL(second.state, VJOB_JOB_CANCELLED);
    OK(vjob_release(a));
    OK(vjob__pool_set_workers(256));
}

static vjob_err until_cancelled(vjob_handle job, void *data)
{
    work *w = data;
    tally_add(&w->begun);
    tally_wait(&w->go, 1);
    __atomic_store_n(&w->saw_cancel, vjob_job_is_cancelled(job), __ATOMIC_SEQ_CST);
    return w->returns;
}

static void running_body_learns_of_a_cancel_and_decides(void **state)
{
    (void)state;
    for (int obeys = 0; obeys < 2; obeys++) {
        work w;
        vjob_handle job;
        vjob_job_info info;
        work_init(&w);
        w.returns = obeys ? VJOB_ECANCELLED : VJOB_OK;
        vjob_job_spec spec = spec_of(&w, until_cancelled);
        OK(vjob_job_start(&spec, &job));
        tally_wait(&w.begun, 1);
        EQUAL(vjob_job_is_cancelled(job), 0);
        OK(vjob_job_cancel(job));
        OK(vjob_job_cancel(job)); /* again is as good as once */
        OK(vjob_job_look(job, &info));
        EQUAL(info.state, VJOB_JOB_RUNNING);
        tally_add(&w.go);
        OK(vjob_wait(job, VJOB_FOREVER));
        OK(vjob_job_look(job, &info));
        EQUAL(w.saw_cancel, 1);
        EQUAL(info.state, obeys ? VJOB_JOB_CANCELLED : VJOB_JOB_DONE);
        tally_wait(&w.freed, 1);
        EQUAL(tally_get(&w.done), 1);
        OK(vjob_release(job));
    }
}

static void cancel_at_begin(void *arg, int number)
{
    vjob_handle *jobs = arg;
    (void)number;
    for (int i = 0; i < 500; i++) vjob_job_cancel(jobs[i]);
}

static vjob_err at_once(vjob_handle job, void *data)
{
    (void)job;
    tally_add(&((work *)data)->begun);
    return VJOB_OK;
}

static void cancel_races_with_the_beginning_and_a_cancelled_body_never_ran(void **state)
{
    (void)state;
    work w;
    static vjob_handle jobs[500];
    int done = 0;
    work_init(&w);
    vjob_job_spec spec = {.body = at_once, .user_data = &w};
    OK(vjob_job_start_many(&spec, COUNT(jobs), jobs));
    ct_threads(2, cancel_at_begin, jobs);
    OK(vjob_wait_all(jobs, COUNT(jobs), VJOB_FOREVER));
    for (size_t i = 0; i < COUNT(jobs); i++) {
        vjob_job_info info;
        OK(vjob_job_look(jobs[i], &info));
        done += info.state == VJOB_JOB_DONE;
        CHECK(info.state == VJOB_JOB_DONE || info.state == VJOB_JOB_CANCELLED);
        OK(vjob_release(jobs[i]));
    }
    EQUAL(tally_get(&w.begun), done);
}

/* ---- progress and results ---- */

static vjob_err reporting(vjob_handle job, void *data)
{
    static const uint32_t reports[] = {20, 10, 55, 100, 4000000000u, 0};
    work *w = data;
    for (size_t i = 0; i < COUNT(reports); i++) {
        OK(vjob_job_report(job, reports[i]));
        tally_add(&w->begun);
        tally_wait(&w->go, (int)i + 1);
    }
    return w->returns;
}

static void body_reports_progress_that_never_goes_back(void **state)
{
    (void)state;
    static const uint32_t expected[] = {20, 20, 55, 99, 99, 99};
    for (int fails = 0; fails < 2; fails++) {
        work w;
        vjob_handle job;
        vjob_job_info info;
        work_init(&w);
        w.returns = fails ? VJOB_EFAILED : VJOB_OK;
        vjob_job_spec spec = spec_of(&w, reporting);
        OK(vjob_job_start(&spec, &job));
        for (size_t i = 0; i < COUNT(expected); i++) {
            tally_wait(&w.begun, (int)i + 1);
            OK(vjob_job_look(job, &info));
            EQUAL(info.progress, expected[i]);
            tally_add(&w.go);
        }
        OK(vjob_wait(job, VJOB_FOREVER));
        OK(vjob_job_look(job, &info));
        EQUAL(info.progress, fails ? 99 : 100);
        OK(vjob_job_report(job, 50)); /* too late: nothing changes */
        OK(vjob_job_look(job, &info));
        EQUAL(info.progress, fails ? 99 : 100);
        tally_wait(&w.freed, 1);
        OK(vjob_release(job));
    }
}

static tally result_freed = TALLY;

static void free_result(void *result)
{
    free(result);
    tally_add(&result_freed);
}

static vjob_err keeping(vjob_handle job, void *data)
{
    work *w = data;
    void *got = &w;
    FAILS(vjob_job_result(job, &got), VJOB_EPENDING);
    CHECK(got == NULL);
    OK(vjob_job_set_result(job, strdup("the result"), free_result));
    FAILS(vjob_job_set_result(job, w, NULL), VJOB_EDONE);
    tally_add(&w->begun);
    tally_wait(&w->go, 1);
    return w->returns;
}

static void result_is_kept_with_the_job_and_freed_once_with_it(void **state)
{
    (void)state;
    for (int fails = 0; fails < 2; fails++) {
        work w;
        vjob_handle job;
        void *result;
        work_init(&w);
        tally_init(&result_freed);
        w.returns = fails ? VJOB_EFAILED : VJOB_OK;
        vjob_job_spec spec = spec_of(&w, keeping);
        OK(vjob_job_start(&spec, &job));
        tally_wait(&w.begun, 1);
        FAILS(vjob_job_result(job, &result), VJOB_EPENDING);
        tally_add(&w.go);
        OK(vjob_wait(job, VJOB_FOREVER));
        for (int i = 0; i < 2; i++) {
            OK(vjob_job_result(job, &result));
            CHECK(!strcmp(result, "the result"));
        }
        FAILS(vjob_job_set_result(job, NULL, NULL), VJOB_EDONE);
        tally_wait(&w.freed, 1);
        EQUAL(tally_get(&result_freed), 0);
        OK(vjob_release(job));
        tally_wait(&result_freed, 1);
    }
}

/* ---- bodies use the engine ---- */

typedef struct nest {
    int depth;
    tally bottom;
} nest;

static vjob_err nesting(vjob_handle job, void *data)
{
    nest *n = data;
    (void)job;
    if (n->depth-- == 0) {
        tally_add(&n->bottom);
        return VJOB_OK;
    }
    vjob_handle inner;
    vjob_job_spec spec = {.body = nesting, .user_data = n};
    OK(vjob_job_start(&spec, &inner));
    OK(vjob_wait(inner, VJOB_FOREVER));
    OK(vjob_release(inner));
    return VJOB_OK;
}

static void bodies_start_bodies_and_wait_for_them(void **state)
{
    (void)state;
    nest n = {100, TALLY};
    vjob_handle job;
    vjob_job_spec spec = {.body = nesting, .user_data = &n};
    OK(vjob_job_start(&spec, &job));
    OK(vjob_wait(job, VJOB_FOREVER));
    EQUAL(tally_get(&n.bottom), 1);
    OK(vjob_release(job));
}

static vjob_err sleeping(vjob_handle job, void *data)
{
    (void)job;
    return vjob_sleep(*(uint64_t *)data);
}

static void bodies_sleep_on_the_clock(void **state)
{
    (void)state;
    uint64_t ns = 10 * HOUR, before = vjob_clock_now();
    vjob_handle jobs[10];
    vjob_job_spec spec = {.body = sleeping, .user_data = &ns};
    OK(vjob_job_start_many(&spec, COUNT(jobs), jobs));
    OK(vjob_wait_all(jobs, COUNT(jobs), VJOB_FOREVER));
    EQUAL(vjob_clock_now() - before, ns);
    for (size_t i = 0; i < COUNT(jobs); i++) OK(vjob_release(jobs[i]));
}

/* A body that waits its turn cannot run: it must not hold back the clock that the sleepers wait for. */
static void clock_goes_on_while_bodies_wait_behind_sleeping_ones(void **state)
{
    (void)state;
    enum { WORKERS = 3, JOBS = 12 };
    uint64_t ns = HOUR, before = vjob_clock_now();
    vjob_handle jobs[JOBS];
    vjob_job_spec spec = {.body = sleeping, .user_data = &ns};
    OK(vjob__pool_set_workers(WORKERS));
    OK(vjob_job_start_many(&spec, JOBS, jobs));
    OK(vjob_wait_all(jobs, JOBS, VJOB_FOREVER));
    EQUAL(vjob_clock_now() - before, JOBS / WORKERS * HOUR); /* and turns change at one instant */
    for (int i = 0; i < JOBS; i++) OK(vjob_release(jobs[i]));
    OK(vjob__pool_set_workers(256));
}

static vjob_err ends_the_api(vjob_handle job, void *data)
{
    (void)job;
    tally *over = data;
    OK(vjob_deinit()); /* does not wait for itself */
    tally_add(over);
    return VJOB_OK;
}

static void body_may_end_the_api_and_is_not_waited_for(void **state)
{
    (void)state;
    tally over = TALLY;
    vjob_handle job;
    vjob_job_spec spec = {.body = ends_the_api, .user_data = &over};
    uint64_t began = ct_now();
    OK(vjob_init());
    OK(vjob_job_start(&spec, &job));
    tally_wait(&over, 1);
    CHECK(ct_now() - began < 4 * S); /* a deinit that waits for its own thread takes five */
    OK(vjob_init());
    OK(vjob_deinit());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        REAL(what_the_body_returns_is_how_the_job_ends),
        REAL(no_more_than_the_set_number_run_at_once_and_the_rest_have_their_turn),
        NONE(number_of_workers_comes_from_the_environment),
        REAL(job_cancel_while_queued_runs_done_once_and_the_body_never),
        REAL(running_body_learns_of_a_cancel_and_decides),
        REAL(cancel_races_with_the_beginning_and_a_cancelled_body_never_ran),
        REAL(body_reports_progress_that_never_goes_back),
        REAL(result_is_kept_with_the_job_and_freed_once_with_it),
        REAL(bodies_start_bodies_and_wait_for_them),
        AUTO(bodies_sleep_on_the_clock),
        AUTO(clock_goes_on_while_bodies_wait_behind_sleeping_ones),
        NONE(body_may_end_the_api_and_is_not_waited_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
