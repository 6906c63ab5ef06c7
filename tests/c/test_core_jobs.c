/* test_core_jobs.c - jobs: how they end, in which order that is told, progress, steps (laws 6-9, 11, 24). */
#include "core_test.h"

/* ---- a facade's job: its kind notes what the engine tells it ---- */

typedef struct noted {
    char order[16]; /* s: settle, e: ended, w: a ring's watch */
    int n;
    vjob_job_state at_settle, at_ended;
    uint32_t settles;
} noted;
static noted seen;

static void note(char what)
{
    if (seen.n < (int)sizeof seen.order - 1) seen.order[seen.n++] = what;
    seen.order[seen.n] = 0;
}

static void settle(vjob_job *job)
{
    CHECK(vjob__world_held());
    seen.settles++;
    seen.at_settle = vjob_job_get_state(job);
    note('s');
}

static void on_ended(vjob_job *job)
{
    CHECK(vjob__world_held());
    seen.at_ended = vjob_job_get_state(job);
    note('e');
}

static int destroyed_jobs; /* atomic */
static void on_destroy(vjob_obj *obj)
{
    (void)obj;
    __atomic_fetch_add(&destroyed_jobs, 1, __ATOMIC_SEQ_CST);
}

static const vjob_job_kind plain = {
    .cls = {"plain job", VJOB_SPACE_NATIVE, 50, on_destroy, NULL}, .settle = settle, .ended = on_ended};
static const vjob_job_kind later = {.cls = {"callback first", VJOB_SPACE_NATIVE, 51, on_destroy, NULL},
                                    .settle = settle,
                                    .ended = on_ended,
                                    .flags = VJOB_KIND_WAKE_LATER};

static vjob_job *new_job(const vjob_job_kind *kind)
{
    memset(&seen, 0, sizeof seen);
    vjob_job *job = vjob_job_new(kind, sizeof *job, "test");
    CHECK(job != NULL);
    return job;
}

static void end_settles_then_publishes_then_wakes_then_tells(void **state)
{
    (void)state;
    vjob_job *job = new_job(&plain);
    EQUAL(vjob_job_get_state(job), VJOB_JOB_RUNNING);
    EQUAL(vjob_job_get_err(job), VJOB_OK);
    vjob_job_end(job, VJOB_EBUSY);
    CHECK(!strcmp(seen.order, "se"));
    EQUAL(seen.at_settle, VJOB_JOB_RUNNING); /* nobody can see it ended yet */
    EQUAL(seen.at_ended, VJOB_JOB_FAILED);
    EQUAL(vjob_job_get_err(job), VJOB_EBUSY);
    OK(vjob_job_wait(job, VJOB_FOREVER));
    vjob_obj_release(&job->obj);
}

static void code_decides_done_failed_or_cancelled(void **state)
{
    (void)state;
    static const struct {
        vjob_err err;
        vjob_job_state state;
    } rows[] = {{VJOB_OK, VJOB_JOB_DONE},
                {VJOB_ECANCELLED, VJOB_JOB_CANCELLED},
                {VJOB_EFAILED, VJOB_JOB_FAILED},
                {VJOB_ENOMEM, VJOB_JOB_FAILED}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        vjob_job *job = new_job(&plain);
        vjob_job_end(job, rows[i].err);
        EQUAL(vjob_job_get_state(job), rows[i].state);
        EQUAL(vjob_job_get_err(job), rows[i].err);
        vjob_obj_release(&job->obj);
    }
}

static void ended_job_does_not_change(void **state)
{
    (void)state;
    vjob_job *job = new_job(&plain);
    vjob_work work = {0};
    vjob_job_report_world(job, 40);
    vjob_job_end(job, VJOB_EFAILED);
    vjob_job_end(job, VJOB_OK);
    vjob_job_end(job, VJOB_ECANCELLED);
    vjob_job_report_world(job, 90);
    FAILS(vjob_job_ask_cancel(job), VJOB_EDONE);
    vjob_job_wake(job);
    EQUAL(seen.settles, 1);
    CHECK(!strcmp(seen.order, "se"));
    EQUAL(vjob_job_get_state(job), VJOB_JOB_FAILED);
    EQUAL(vjob_job_get_err(job), VJOB_EFAILED);
    EQUAL(vjob_job_get_progress(job), 40);
    (void)work;
    vjob_obj_release(&job->obj);
}

/* ---- callback first, then waiters ---- */

typedef struct sleeper {
    vjob_job *job;
    int awake; /* atomic */
} sleeper;

static void sleep_on_job(void *arg)
{
    sleeper *s = arg;
    OK(vjob_job_wait(s->job, VJOB_FOREVER));
    __atomic_store_n(&s->awake, 1, __ATOMIC_SEQ_CST);
}

static void wake_later_job_is_readable_before_its_waiters_wake(void **state)
{
    (void)state;
    ct_thread t;
    vjob_job *job = new_job(&later);
    sleeper s = {job, 0};
    ct_start(&t, sleep_on_job, &s);
    ct_await_waiting(&t);
    vjob_job_end(job, VJOB_OK);
    EQUAL(vjob_job_get_state(job), VJOB_JOB_DONE); /* readable ... */
    FAILS(vjob_job_wait(job, 0), VJOB_ETIMEDOUT);  /* ... but waits go on */
    FAILS(vjob_job_wait(job, 1), VJOB_ETIMEDOUT);
    EQUAL(__atomic_load_n(&s.awake, __ATOMIC_SEQ_CST), 0);
    vjob_job_wake(job);
    ct_join(&t);
    EQUAL(s.awake, 1);
    OK(vjob_job_wait(job, 0));
    vjob_obj_release(&job->obj);
}

/* ---- ends once ---- */

typedef struct race {
    vjob_job *job;
    int cancels; /* atomic: that were recorded */
} race;

static void end_or_cancel(void *arg, int number)
{
    race *r = arg;
    vjob_err err = number % 2 ? VJOB_OK : VJOB_EFAILED;
    if (number < 6)
        vjob_job_end(r->job, err);
    else if (!vjob_job_ask_cancel(r->job))
        __atomic_fetch_add(&r->cancels, 1, __ATOMIC_SEQ_CST);
}

static void eight_threads_end_a_job_once(void **state)
{
    (void)state;
    const int n = ct_fewer(300);
    destroyed_jobs = 0;
    for (int i = 0; i < n; i++) {
        race r = {new_job(&plain), 0};
        OK(vjob_job_end_later(r.job, HOUR, VJOB_EBUSY));
        ct_threads(8, end_or_cancel, &r);
        EQUAL(seen.settles, 1);
        CHECK(!strcmp(seen.order, "se"));
        vjob_job_state ended = vjob_job_get_state(r.job);
        vjob_err err = vjob_job_get_err(r.job);
        if (ended == VJOB_JOB_CANCELLED) CHECK(r.cancels >= 1);
        CHECK((ended == VJOB_JOB_DONE && err == VJOB_OK) ||
              (ended == VJOB_JOB_FAILED && err == VJOB_EFAILED) ||
              (ended == VJOB_JOB_CANCELLED && err == VJOB_ECANCELLED));
        vjob_obj_release(&r.job->obj);
    }
    EQUAL(destroyed_jobs, n);
}

static void cancel_or_wait_out(void *arg, int number)
{
    vjob_handle *jobs = arg;
    for (int i = 0; i < 2000; i++) {
        vjob_job_info info;
        vjob_err err = number ? vjob_wait(jobs[i], VJOB_FOREVER) : vjob_job_cancel(jobs[i]);
        OK(vjob_job_look(jobs[i], &info));
        if (number)
            CHECK(info.state != VJOB_JOB_RUNNING);
        else
            EQUAL(info.state, err ? VJOB_JOB_DONE : VJOB_JOB_CANCELLED); /* who won is what is said */
    }
}

static void cancel_and_the_clock_race_and_the_state_says_who_won(void **state)
{
    (void)state;
    static vjob_handle jobs[2000];
    vjob_job_spec spec = {.duration_ns = 200000};
    OK(vjob_job_start_many(&spec, COUNT(jobs), jobs));
    ct_threads(3, cancel_or_wait_out, jobs);
    for (size_t i = 0; i < COUNT(jobs); i++) OK(vjob_release(jobs[i]));
}

/* ---- cancelling what a facade's work does ---- */

static int work_cancels, work_destroys;
static void cancel_work(vjob_work *work, vjob_job *job)
{
    CHECK(vjob__world_held());
    work_cancels++;
    if (work_cancels == 2) vjob_job_end_world(job, VJOB_ECANCELLED);
    (void)work;
}
static void destroy_work(vjob_work *work)
{
    (void)work;
    CHECK(!vjob__world_held());
    work_destroys++;
}

static void cancel_asks_the_work_once_and_the_work_decides(void **state)
{
    (void)state;
    vjob_work work = {cancel_work, destroy_work};
    work_cancels = work_destroys = 0;
    vjob_job *job = new_job(&plain);
    vjob__world_lock();
    vjob_job_set_work(job, &work);
    vjob__world_unlock();
    OK(vjob_job_ask_cancel(job));
    OK(vjob_job_ask_cancel(job)); /* recorded already: not asked again */
    EQUAL(work_cancels, 1);
    EQUAL(vjob_job_get_state(job), VJOB_JOB_RUNNING);
    vjob_job_end(job, VJOB_OK); /* it goes on to end as it would have */
    EQUAL(vjob_job_get_state(job), VJOB_JOB_DONE);
    vjob_obj_release(&job->obj);
    EQUAL(work_destroys, 1);

    work_cancels = 1;
    job = new_job(&plain);
    vjob__world_lock();
    vjob_job_set_work(job, &work);
    vjob__world_unlock();
    OK(vjob_job_ask_cancel(job));
    EQUAL(vjob_job_get_state(job), VJOB_JOB_CANCELLED);
    EQUAL(work_destroys, 1);
    vjob_obj_release(&job->obj);
    EQUAL(work_destroys, 2);
}

/* ---- native jobs ---- */

typedef struct calls {
    tally done, freed;
    vjob_handle job;
    vjob_job_state state;
    int done_first; /* done was called before free_user_data */
} calls;

static void on_done(vjob_handle job, void *data)
{
    calls *c = data;
    vjob_job_info info;
    CHECK(vjob_in_callback());
    CHECK(!vjob__world_held());
    OK(vjob_job_look(job, &info));
    OK(vjob_wait(job, 0));
    __atomic_store_n(&c->job, job, __ATOMIC_RELAXED); /* several jobs may share one */
    __atomic_store_n(&c->state, info.state, __ATOMIC_RELAXED);
    __atomic_store_n(&c->done_first, tally_get(&c->freed) == 0, __ATOMIC_RELAXED);
    tally_add(&c->done);
}

static void on_free(void *data)
{
    tally_add(&((calls *)data)->freed);
}

static void empty_job_never_ends_inside_the_starting_call(void **state)
{
    (void)state;
    vjob_job_spec spec = {0};
    ct_end(state); /* nobody drives now but ourselves */
    ct_auto(state);
    for (int i = 0; i < 100; i++) {
        vjob_handle job;
        vjob_job_info info;
        vjob__world_lock(); /* the scheduler is kept out until we have looked */
        vjob__world_unlock();
        OK(vjob_job_start(&spec, &job));
        vjob_job_look(job, &info);
        EQUAL(info.state, VJOB_JOB_RUNNING); /* a client at work holds the auto clock and all that is due */
        OK(vjob_wait(job, VJOB_FOREVER));
        OK(vjob_job_look(job, &info));
        EQUAL(info.state, VJOB_JOB_DONE);
        EQUAL(info.progress, 100);
        OK(vjob_release(job));
    }
}

static void job_runs_for_its_duration(void **state)
{
    (void)state;
    static const uint64_t durations[] = {1, 999, MS, 3 * S, 30 * 24 * HOUR, 80 * YEAR};
    for (size_t i = 0; i < COUNT(durations); i++) {
        vjob_handle job;
        vjob_job_info info;
        vjob_job_spec spec = {.operation = "start", .object = "vm", .duration_ns = durations[i]};
        uint64_t before = vjob_clock_now();
        OK(vjob_job_start(&spec, &job));
        OK(vjob_wait(job, VJOB_FOREVER));
        OK(vjob_job_look(job, &info));
        EQUAL(info.started_ns, before);
        EQUAL(info.ended_ns, before + durations[i]);
        EQUAL(vjob_clock_now(), before + durations[i]);
        CHECK(!strcmp(info.operation, "start") && !strcmp(info.object, "vm"));
        OK(vjob_release(job));
    }
}

static void done_callback_then_free_each_once(void **state)
{
    (void)state;
    calls c = {.done = TALLY, .freed = TALLY};
    vjob_handle job;
    vjob_job_spec spec = {.duration_ns = S, .done = on_done, .user_data = &c, .free_user_data = on_free};
    OK(vjob_job_start(&spec, &job));
    tally_wait(&c.freed, 1);
    EQUAL(c.job, job);
    EQUAL(c.state, VJOB_JOB_DONE);
    CHECK(c.done_first);
    OK(vjob_release(job));
    OK(vjob_sleep(HOUR));
    EQUAL(tally_get(&c.done), 1);
    EQUAL(tally_get(&c.freed), 1);
}

static void cancelled_job_calls_done_once_and_frees_once(void **state)
{
    (void)state;
    calls c = {.done = TALLY, .freed = TALLY};
    vjob_handle job;
    vjob_job_info info;
    vjob_job_spec spec = {.duration_ns = HOUR, .done = on_done, .user_data = &c, .free_user_data = on_free};
    OK(vjob_job_start(&spec, &job));
    uint64_t now = vjob_clock_now();
    OK(vjob_job_cancel(job));
    FAILS(vjob_job_cancel(job), VJOB_EDONE);
    OK(vjob_wait(job, 0));
    OK(vjob_job_look(job, &info));
    EQUAL(info.state, VJOB_JOB_CANCELLED);
    EQUAL(info.err, VJOB_ECANCELLED);
    EQUAL(info.ended_ns, now);
    CHECK(info.progress < 100);
    tally_wait(&c.freed, 1);
    OK(vjob_sleep(2 * HOUR));
    EQUAL(tally_get(&c.done), 1);
    EQUAL(c.state, VJOB_JOB_CANCELLED);
    EQUAL(tally_get(&c.freed), 1);
    OK(vjob_release(job));
}

static void user_data_of_many_jobs_is_freed_once_after_the_last(void **state)
{
    (void)state;
    calls c = {.done = TALLY, .freed = TALLY};
    vjob_handle jobs[50];
    vjob_job_spec spec = {.duration_ns = S, .done = on_done, .user_data = &c, .free_user_data = on_free};
    OK(vjob_job_start_many(&spec, COUNT(jobs), jobs));
    OK(vjob_job_cancel(jobs[7]));
    for (size_t i = 0; i < COUNT(jobs); i++) {
        for (size_t k = 0; k < i; k++) CHECK(jobs[i] != jobs[k]);
        OK(vjob_release(jobs[i]));
    }
    tally_wait(&c.freed, 1);
    EQUAL(tally_get(&c.done), COUNT(jobs));
    CHECK(c.done_first);
    OK(vjob_sleep(HOUR));
    EQUAL(tally_get(&c.freed), 1);
}

static void free_user_data_alone_is_called_after_the_end(void **state)
{
    (void)state;
    calls c = {.done = TALLY, .freed = TALLY};
    vjob_handle job;
    vjob_job_spec spec = {.duration_ns = S, .user_data = &c, .free_user_data = on_free};
    OK(vjob_job_start(&spec, &job));
    OK(vjob_release(job));
    EQUAL(tally_get(&c.freed), 0); /* we are at work: the clock stands */
    tally_wait(&c.freed, 1);
}

/* ---- progress ---- */

typedef struct trail {
    uint64_t at[32];
    uint32_t progress[32];
    int n;
} trail;

static void walk(vjob_handle job, trail *t, uint64_t step_ns)
{
    vjob_job_info info;
    t->n = 0;
    do {
        OK(vjob_job_look(job, &info));
        CHECK(t->n < (int)COUNT(t->at));
        t->at[t->n] = vjob_clock_now();
        t->progress[t->n++] = info.progress;
        if (info.state != VJOB_JOB_RUNNING) break;
        CHECK(info.progress < 100);
        OK(vjob_sleep(step_ns));
    } while (1);
}

static void steps_report_progress_at_equal_distances(void **state)
{
    (void)state;
    trail t;
    vjob_handle job;
    vjob_job_spec spec = {.duration_ns = 10 * S, .progress_steps = 10};
    OK(vjob_job_start(&spec, &job));
    uint64_t began = vjob_clock_now();
    walk(job, &t, S);
    EQUAL(t.n, 11); /* work that is due at an instant runs before the sleeper's deadline */
    for (int i = 0; i < t.n; i++) {
        EQUAL(t.at[i], began + (uint64_t)i * S);
        EQUAL(t.progress[i], 10 * i);
    }
    OK(vjob_release(job));
}

static void odd_steps_end_exactly_at_the_duration(void **state)
{
    (void)state;
    static const uint32_t steps[] = {1, 2, 3, 7, 99, 100, 101, 1000, UINT16_MAX};
    static const uint64_t durations[] = {0, 1, 2, 5, 1000003, 12345678901ull};
    for (size_t i = 0; i < COUNT(steps); i++)
        for (size_t k = 0; k < COUNT(durations); k++) {
            vjob_handle job;
            vjob_job_info info;
            vjob_job_spec spec = {.duration_ns = durations[k], .progress_steps = steps[i]};
            OK(vjob_job_start(&spec, &job));
            OK(vjob_wait(job, VJOB_FOREVER));
            OK(vjob_job_look(job, &info));
            EQUAL(info.state, VJOB_JOB_DONE);
            EQUAL(info.ended_ns - info.started_ns, durations[k]);
            EQUAL(info.progress, 100);
            OK(vjob_release(job));
        }
    vjob_handle job;
    vjob_job_spec spec = {.progress_steps = UINT16_MAX + 1};
    FAILS(vjob_job_start(&spec, &job), VJOB_EINVAL);
}

static void cancelled_steps_stop_where_they_were(void **state)
{
    (void)state;
    vjob_handle job;
    vjob_job_info info;
    vjob_job_spec spec = {.duration_ns = 10 * S, .progress_steps = 10};
    OK(vjob_job_start(&spec, &job));
    OK(vjob_sleep(3 * S + 1));
    OK(vjob_job_cancel(job));
    OK(vjob_sleep(HOUR));
    OK(vjob_job_look(job, &info));
    EQUAL(info.state, VJOB_JOB_CANCELLED);
    EQUAL(info.progress, 30);
    EQUAL(info.ended_ns - info.started_ns, 3 * S + 1);
    OK(vjob_release(job));
}

static void reports_never_go_back_and_reach_100_only_with_success(void **state)
{
    (void)state;
    vjob_job *job = new_job(&plain);
    static const uint32_t reports[] = {10, 5, 0, 60, 59, 99, 100, 1000, UINT32_MAX, 3};
    static const uint32_t expected[] = {10, 10, 10, 60, 60, 99, 99, 99, 99, 99};
    for (size_t i = 0; i < COUNT(reports); i++) {
        vjob_job_report_world(job, reports[i]);
        EQUAL(vjob_job_get_progress(job), expected[i]);
    }
    vjob_job_end(job, VJOB_OK);
    EQUAL(vjob_job_get_progress(job), 100);
    vjob_obj_release(&job->obj);
}

static void end_later_ends_with_its_code_under_its_name(void **state)
{
    (void)state;
    vjob_handle h;
    vjob_job_info info;
    vjob_job *job = new_job(&plain);
    OK(vjob_name_create(&job->obj, &h));
    OK(vjob_job_end_later(job, 5 * S, VJOB_EAUTH));
    vjob_obj_release(&job->obj); /* the engine keeps it */
    OK(vjob_wait(h, VJOB_FOREVER));
    OK(vjob_job_look(h, &info));
    EQUAL(info.err, VJOB_EAUTH);
    EQUAL(info.ended_ns - info.started_ns, 5 * S);
    OK(vjob_release(h));
}

static void a_million_in_flight_need_no_thread(void **state)
{
    (void)state;
    enum { MOST = 100000 };
    static vjob_handle jobs[MOST];
    const int n = ct_fewer(MOST);
    vjob_job_spec spec = {.duration_ns = HOUR};
    OK(vjob_job_start_many(&spec, (size_t)n, jobs));
    vjob__world_lock();
    vjob__sched_drain();
    EQUAL(vjob__timer_count(), n);
    vjob__world_unlock();
    for (int i = 0; i < n; i += 2) OK(vjob_job_cancel(jobs[i]));
    OK(vjob_wait_all(jobs, (size_t)n, VJOB_FOREVER));
    for (int i = 0; i < n; i++) {
        vjob_job_info info;
        OK(vjob_job_look(jobs[i], &info));
        EQUAL(info.state, i % 2 ? VJOB_JOB_DONE : VJOB_JOB_CANCELLED);
        OK(vjob_release(jobs[i]));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        REAL(end_settles_then_publishes_then_wakes_then_tells),
        REAL(code_decides_done_failed_or_cancelled),
        REAL(ended_job_does_not_change),
        REAL(wake_later_job_is_readable_before_its_waiters_wake),
        REAL(eight_threads_end_a_job_once),
        REAL(cancel_and_the_clock_race_and_the_state_says_who_won),
        REAL(cancel_asks_the_work_once_and_the_work_decides),
        AUTO(empty_job_never_ends_inside_the_starting_call),
        AUTO(job_runs_for_its_duration),
        AUTO(done_callback_then_free_each_once),
        AUTO(cancelled_job_calls_done_once_and_frees_once),
        AUTO(user_data_of_many_jobs_is_freed_once_after_the_last),
        AUTO(free_user_data_alone_is_called_after_the_end),
        AUTO(steps_report_progress_at_equal_distances),
        AUTO(odd_steps_end_exactly_at_the_duration),
        AUTO(cancelled_steps_stop_where_they_were),
        REAL(reports_never_go_back_and_reach_100_only_with_success),
        AUTO(end_later_ends_with_its_code_under_its_name),
        AUTO(a_million_in_flight_need_no_thread),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
