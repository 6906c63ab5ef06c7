/* test_core_waits.c - engine waits: one, any, all; deadlines, slices, many waiters, the end of the API (law 10). */
#include "core_test.h"

static vjob_handle start_for(uint64_t duration_ns)
{
    vjob_handle job;
    vjob_job_spec spec = {.operation = "timed", .duration_ns = duration_ns};
    OK(vjob_job_start(&spec, &job));
    return job;
}

static void cancel_and_release(const vjob_handle *jobs, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        vjob_job_cancel(jobs[i]);
        OK(vjob_release(jobs[i]));
    }
}

static void wait_for_one_ends_when_it_ends(void **state)
{
    (void)state;
    uint64_t before = vjob_clock_now();
    vjob_handle job = start_for(3 * S);
    OK(vjob_wait(job, VJOB_FOREVER));
    EQUAL(vjob_clock_now() - before, 3 * S);
    OK(vjob_wait(job, VJOB_FOREVER)); /* and at once from now on */
    OK(vjob_wait(job, 0));
    EQUAL(vjob_clock_now() - before, 3 * S);
    OK(vjob_release(job));
}

static void wait_is_ok_however_the_job_ended(void **state)
{
    (void)state;
    vjob_handle job = start_for(HOUR);
    OK(vjob_job_cancel(job));
    OK(vjob_wait(job, 0));
    OK(vjob_release(job));
}

static void deadline_passes_and_nothing_else_changes(void **state)
{
    (void)state;
    vjob_job_info info;
    uint64_t before = vjob_clock_now();
    vjob_handle job = start_for(10 * S);
    FAILS(vjob_wait(job, 0), VJOB_ETIMEDOUT);
    EQUAL(vjob_clock_now() - before, 0);
    FAILS(vjob_wait(job, 1), VJOB_ETIMEDOUT);
    EQUAL(vjob_clock_now() - before, 1);
    FAILS(vjob_wait(job, 4 * S - 1), VJOB_ETIMEDOUT);
    EQUAL(vjob_clock_now() - before, 4 * S);
    CHECK(strstr(vjob_last_error()->text, "timed") != NULL); /* which job */
    CHECK(!strcmp(vjob_last_error()->state, "running"));
    OK(vjob_job_look(job, &info));
    EQUAL(info.state, VJOB_JOB_RUNNING);
    OK(vjob_wait(job, 6 * S)); /* due at the same instant: work comes first */
    EQUAL(vjob_clock_now() - before, 10 * S);
    OK(vjob_release(job));
}

static void deadline_beyond_the_end_of_time_is_forever(void **state)
{
    (void)state;
    vjob_handle job = start_for(S);
    OK(vjob_wait(job, VJOB_FOREVER - 1));
    OK(vjob_release(job));
}

static void any_names_the_first_that_has_ended(void **state)
{
    (void)state;
    size_t index = 99;
    vjob_handle jobs[4] = {start_for(4 * S), start_for(2 * S), start_for(3 * S), start_for(2 * S)};
    uint64_t before = vjob_clock_now();
    OK(vjob_wait_any(jobs, 4, VJOB_FOREVER, &index));
    EQUAL(vjob_clock_now() - before, 2 * S);
    EQUAL(index, 1);
    OK(vjob_wait_any(jobs, 4, 0, &index));
    EQUAL(index, 1);
    OK(vjob_wait_any(jobs + 2, 1, VJOB_FOREVER, &index));
    EQUAL(index, 0);
    EQUAL(vjob_clock_now() - before, 3 * S);
    OK(vjob_wait_any(jobs, 1, VJOB_FOREVER, NULL));
    for (int i = 0; i < 4; i++) OK(vjob_release(jobs[i]));
}

static void any_times_out(void **state)
{
    (void)state;
    size_t index = 99;
    vjob_handle jobs[2] = {start_for(4 * S), start_for(5 * S)};
    FAILS(vjob_wait_any(jobs, 2, S, &index), VJOB_ETIMEDOUT);
    EQUAL(index, 0);
    cancel_and_release(jobs, 2);
}

static void all_waits_for_the_last(void **state)
{
    (void)state;
    uint64_t before = vjob_clock_now();
    vjob_handle jobs[5] = {start_for(4 * S), start_for(0), start_for(9 * S), start_for(2 * S),
                           start_for(9 * S)};
    FAILS(vjob_wait_all(jobs, 5, 8 * S), VJOB_ETIMEDOUT);
    EQUAL(vjob_clock_now() - before, 8 * S);
    OK(vjob_wait_all(jobs, 5, VJOB_FOREVER));
    EQUAL(vjob_clock_now() - before, 9 * S);
    for (int i = 0; i < 5; i++) OK(vjob_release(jobs[i]));
}

/* So many that they are not waited for at once. */
static void all_of_very_many_are_waited_for(void **state)
{
    (void)state;
    enum { N = 3000 };
    static vjob_handle jobs[N];
    uint64_t seed = ct_seed(), last = 0, before = vjob_clock_now();
    vjob_job_info info;
    for (size_t i = 0; i < N; i++) {
        uint64_t duration = ct_random(&seed, 100 * S);
        if (duration > last) last = duration;
        jobs[i] = start_for(duration);
    }
    FAILS(vjob_wait_all(jobs, N, S), VJOB_ETIMEDOUT);
    EQUAL(vjob_clock_now() - before, S);
    vjob_err err;
    while ((err = vjob_wait_until(jobs, N, 1, UINT64_MAX, 100, NULL)) == VJOB_EINTERRUPT) {}
    OK(err);
    EQUAL(vjob_clock_now() - before, last);
    for (size_t i = 0; i < N; i++) {
        OK(vjob_job_look(jobs[i], &info));
        EQUAL(info.state, VJOB_JOB_DONE);
        EQUAL(vjob_name_refs(jobs[i]), 1);
        if (i) OK(vjob_release(jobs[i]));
    }
    FAILS(vjob_wait_all(jobs, N, VJOB_FOREVER), VJOB_EBADHANDLE);
    OK(vjob_release(jobs[0]));
    FAILS(vjob_addref(jobs[0]), VJOB_EBADHANDLE); /* no pin was left */
}

static void same_job_several_times_in_a_list(void **state)
{
    (void)state;
    size_t index;
    vjob_handle a = start_for(4 * S), b = start_for(6 * S);
    vjob_handle list[6] = {b, a, a, b, a, b};
    OK(vjob_wait_any(list, 6, VJOB_FOREVER, &index));
    EQUAL(index, 1);
    OK(vjob_wait_all(list, 6, VJOB_FOREVER));
    EQUAL(vjob_name_refs(a), 1);
    OK(vjob_release(a));
    OK(vjob_release(b));
}

static void bad_handle_anywhere_in_a_list_is_refused_and_nothing_kept(void **state)
{
    (void)state;
    vjob_handle job = start_for(HOUR), source;
    OK(vjob_source_create("s", &source));
    vjob_handle bad[3] = {job, job, 12345}, wrong[3] = {job, source, job};
    FAILS(vjob_wait_all(bad, 3, VJOB_FOREVER), VJOB_EBADHANDLE);
    FAILS(vjob_wait_any(wrong, 3, VJOB_FOREVER, NULL), VJOB_ETYPE);
    OK(vjob_release(source));
    FAILS(vjob_addref(source), VJOB_EBADHANDLE); /* no pin was left on it */
    cancel_and_release(&job, 1);
    FAILS(vjob_addref(job), VJOB_EBADHANDLE);
}

typedef struct waiting {
    vjob_handle job;
    vjob_err err;
    uint64_t timeout;
} waiting;

static void wait_in_thread(void *arg)
{
    waiting *w = arg;
    w->err = vjob_wait(w->job, w->timeout);
}

static void waiter_keeps_the_job_that_others_free(void **state)
{
    (void)state;
    ct_thread t;
    waiting w = {start_for(HOUR), VJOB_EFAILED, VJOB_FOREVER};
    ct_start(&t, wait_in_thread, &w);
    ct_await_waiting(&t);
    OK(vjob_job_cancel(w.job));
    OK(vjob_release(w.job));
    ct_join(&t);
    OK(w.err);
}

static void two_threads_wait_for_one_job_with_different_deadlines(void **state)
{
    (void)state;
    ct_thread a, b;
    vjob_handle job = start_for(5 * S);
    waiting first = {job, VJOB_EFAILED, 2 * S}, second = {job, VJOB_EFAILED, VJOB_FOREVER};
    ct_start(&a, wait_in_thread, &first);
    ct_start(&b, wait_in_thread, &second);
    ct_await_waiting(&a);
    ct_await_waiting(&b);
    OK(vjob_wait(job, VJOB_FOREVER));
    ct_join(&a);
    ct_join(&b);
    EQUAL(first.err, VJOB_ETIMEDOUT);
    EQUAL(second.err, VJOB_OK);
    OK(vjob_release(job));
}

/* ---- slices ---- */

static void slice_returns_so_that_the_caller_can_look_around(void **state)
{
    (void)state;
    vjob_handle job = start_for(HOUR);
    uint64_t before = vjob_clock_now(), began = ct_now();
    FAILS(vjob_wait_until(&job, 1, 1, UINT64_MAX, 5, NULL), VJOB_EINTERRUPT);
    CHECK(ct_now() - began >= 5 * MS);
    FAILS(vjob_sleep_until(before + HOUR, 5), VJOB_EINTERRUPT);
    FAILS(vjob_wait_until(&job, 1, 1, before + 1, 1000, NULL), VJOB_ETIMEDOUT); /* the deadline comes first */
    OK(vjob_job_cancel(job));
    OK(vjob_wait_until(&job, 1, 0, UINT64_MAX, 5, NULL));
    OK(vjob_release(job));
}

static void slices_of_a_wait_are_one_wait_for_the_auto_clock(void **state)
{
    (void)state;
    vjob_handle job = start_for(HOUR);
    uint64_t before = vjob_clock_now();
    vjob_err err;
    while ((err = vjob_wait_until(&job, 1, 1, UINT64_MAX, 1, NULL)) == VJOB_EINTERRUPT) {}
    OK(err);
    EQUAL(vjob_clock_now() - before, HOUR);
    while ((err = vjob_sleep_until(before + 3 * HOUR, 1)) == VJOB_EINTERRUPT) {}
    OK(err);
    EQUAL(vjob_clock_now() - before, 3 * HOUR);
    OK(vjob_release(job));
}

/* ---- callbacks and bodies wait ---- */

typedef struct inside {
    vjob_handle other;
    tally done;
    vjob_err err;
} inside;

static void wait_inside(vjob_handle job, void *data)
{
    inside *in = data;
    (void)job;
    __atomic_store_n(&in->err, vjob_wait(in->other, VJOB_FOREVER),
                     __ATOMIC_RELAXED); /* several jobs may share one */
    tally_add(&in->done);
}

static void callback_waits_for_a_later_job(void **state)
{
    (void)state;
    inside in = {start_for(2 * S), TALLY, VJOB_EFAILED};
    vjob_handle job;
    vjob_job_spec spec = {.duration_ns = S, .done = wait_inside, .user_data = &in};
    OK(vjob_job_start(&spec, &job));
    tally_wait(&in.done, 1);
    OK(in.err);
    OK(vjob_release(job));
    OK(vjob_release(in.other));
}

static void hundred_callbacks_wait_for_one_job(void **state)
{
    (void)state;
    inside in = {start_for(2 * S), TALLY, VJOB_EFAILED};
    vjob_handle jobs[100];
    vjob_job_spec spec = {.duration_ns = S, .done = wait_inside, .user_data = &in};
    OK(vjob_job_start_many(&spec, COUNT(jobs), jobs));
    tally_wait(&in.done, COUNT(jobs)); /* delivery threads grow while theirs are in waits */
    for (size_t i = 0; i < COUNT(jobs); i++) OK(vjob_release(jobs[i]));
    OK(vjob_release(in.other));
}

/* ---- many ---- */

static void wait_among_64(void *arg, int number)
{
    vjob_handle *jobs = arg;
    uint64_t seed = (uint64_t)number;
    for (int i = 0; i < 50; i++) {
        vjob_handle list[8];
        size_t index;
        for (size_t k = 0; k < COUNT(list); k++) list[k] = jobs[ct_random(&seed, 64)];
        OK(vjob_wait_any(list, COUNT(list), VJOB_FOREVER, &index));
        CHECK(index < COUNT(list));
        vjob_job_info info;
        OK(vjob_job_look(list[index], &info));
        EQUAL(info.state, VJOB_JOB_DONE);
    }
    OK(vjob_wait_all(jobs, 64, VJOB_FOREVER));
}

static void sixty_four_threads_wait_for_sixty_four_jobs(void **state)
{
    (void)state;
    vjob_handle jobs[64];
    for (size_t i = 0; i < COUNT(jobs); i++) jobs[i] = start_for(i * 100000);
    ct_threads(64, wait_among_64, jobs);
    for (size_t i = 0; i < COUNT(jobs); i++) OK(vjob_release(jobs[i]));
}

static void one_end_wakes_every_waiter(void **state)
{
    (void)state;
    enum { N = 200 }; /* more than are woken in one go */
    static ct_thread threads[N];
    static waiting waits[N];
    vjob_handle job = start_for(HOUR);
    for (int i = 0; i < N; i++) {
        waits[i] = (waiting){job, VJOB_EFAILED, VJOB_FOREVER};
        ct_start(&threads[i], wait_in_thread, &waits[i]);
    }
    for (int i = 0; i < N; i++) ct_await_waiting(&threads[i]);
    OK(vjob_job_cancel(job));
    for (int i = 0; i < N; i++) {
        ct_join(&threads[i]);
        OK(waits[i].err);
    }
    OK(vjob_release(job));
}

/* ---- the end of the API ---- */

static void sleep_in_thread(void *arg)
{
    *(vjob_err *)arg = vjob_sleep(1000 * HOUR);
}

static void deinit_ends_waits_with_closed(void **state)
{
    (void)state;
    for (int hold_another = 0; hold_another < 2; hold_another++) {
        ct_thread a, b;
        vjob_err slept = VJOB_OK;
        if (hold_another) OK(vjob_api_hold(VJOB_SPACE_PRL));
        OK(vjob_init());
        waiting w = {start_for(1000 * HOUR), VJOB_OK, VJOB_FOREVER};
        ct_start(&a, wait_in_thread, &w);
        ct_start(&b, sleep_in_thread, &slept);
        ct_await_waiting(&a);
        ct_await_waiting(&b);
        OK(vjob_deinit());
        ct_join(&a);
        ct_join(&b);
        EQUAL(w.err, VJOB_ECLOSED);
        EQUAL(slept, VJOB_ECLOSED);
        if (hold_another) OK(vjob_api_drop(VJOB_SPACE_PRL));
    }
}

/* ---- sleeping ---- */

static void sleep_takes_its_time(void **state)
{
    (void)state;
    uint64_t before = vjob_clock_now();
    OK(vjob_sleep(0));
    EQUAL(vjob_clock_now(), before);
    OK(vjob_sleep(1));
    OK(vjob_sleep(HOUR));
    OK(vjob_sleep(50 * YEAR));
    EQUAL(vjob_clock_now() - before, 1 + HOUR + 50 * YEAR);
    OK(vjob_sleep_until(before, 0)); /* long past */
    EQUAL(vjob_clock_now() - before, 1 + HOUR + 50 * YEAR);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        AUTO(wait_for_one_ends_when_it_ends),
        AUTO(wait_is_ok_however_the_job_ended),
        AUTO(deadline_passes_and_nothing_else_changes),
        AUTO(deadline_beyond_the_end_of_time_is_forever),
        AUTO(any_names_the_first_that_has_ended),
        AUTO(any_times_out),
        AUTO(all_waits_for_the_last),
        AUTO(all_of_very_many_are_waited_for),
        AUTO(same_job_several_times_in_a_list),
        REAL(bad_handle_anywhere_in_a_list_is_refused_and_nothing_kept),
        REAL(waiter_keeps_the_job_that_others_free),
        AUTO(two_threads_wait_for_one_job_with_different_deadlines),
        REAL(slice_returns_so_that_the_caller_can_look_around),
        AUTO(slices_of_a_wait_are_one_wait_for_the_auto_clock),
        AUTO(callback_waits_for_a_later_job),
        AUTO(hundred_callbacks_wait_for_one_job),
        REAL(sixty_four_threads_wait_for_sixty_four_jobs),
        REAL(one_end_wakes_every_waiter),
        NONE(deinit_ends_waits_with_closed),
        AUTO(sleep_takes_its_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
