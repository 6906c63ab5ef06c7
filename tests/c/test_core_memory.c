/*
 * test_core_memory.c - the n-th allocation fails, for every n, and threads that cannot be started
 * (law 24): an error code, nothing half done, and the same call succeeds when there is memory again.
 */
#include "core_test.h"

#include <limits.h>
#include <sched.h>
#include <unistd.h>

typedef struct told {
    int done, freed; /* atomic */
} told;
static told calls;

static void on_done(vjob_handle job, void *data)
{
    (void)job;
    __atomic_fetch_add(&((told *)data)->done, 1, __ATOMIC_SEQ_CST);
}

static void on_free(void *data)
{
    __atomic_fetch_add(&((told *)data)->freed, 1, __ATOMIC_SEQ_CST);
}

static vjob_err body(vjob_handle job, void *data)
{
    (void)job, (void)data;
    return VJOB_OK;
}

static size_t timers_set(void)
{
    vjob__world_lock();
    vjob__sched_drain();
    size_t n = vjob__timer_count();
    vjob__world_unlock();
    return n;
}

/* An attempt on a thread that nobody has seen yet, so that its record is among what can fail. */
typedef struct attempt {
    vjob_err (*fn)(void);
    vjob_err err;
    long n;
    int failed;
} attempt;

static void *make_attempt(void *arg)
{
    attempt *a = arg;
    ct_fail_allocation(a->n, 0);
    a->err = a->fn();
    a->failed = ct_allocation_failed();
    ct_fail_allocation(-1, 0);
    return NULL;
}

/* Until it gets through without meeting the failure; `state` counts what must not change by a refusal.
 * Returns how often it succeeded: some can do without the memory. */
static int fail_everywhere(vjob_err (*fn)(void), size_t (*state)(void), int at_least)
{
    int failures = 0, successes = 0;
    if (!ct_can_fail()) skip();
    for (long n = 0;; n++) {
        size_t before = state ? state() : 0;
        attempt a = {fn, VJOB_OK, n, 0};
        pthread_t id;
        CHECK(pthread_create(&id, NULL, make_attempt, &a) == 0);
        pthread_join(id, NULL);
        if (!a.failed) {
            OK(a.err);
            CHECK(failures >= at_least);
            return successes + 1;
        }
        if (a.err) {
            CHECK(a.err == VJOB_ENOMEM || a.err == VJOB_ETHREAD); /* what was refused may have been a stack */
            if (state) EQUAL(state(), before);
            failures++;
        } else {
            successes++;
        }
    }
}

/* What the client owes and what is due; callbacks on their way hold what they are called with. */
static size_t owed(void)
{
    EQUAL(vjob__serve_drain(VJOB_SPACE_NATIVE, ct_now() + 30 * S), 0);
    return vjob_leaks(VJOB_SPACE_NONE, NULL, 0) * 1000000 + timers_set();
}

/* ---- jobs ---- */

static vjob_job_spec spec;
static size_t n_jobs;
static int started;

static vjob_err start_jobs(void)
{
    vjob_handle jobs[50];
    for (size_t i = 0; i < COUNT(jobs); i++) jobs[i] = 77;
    vjob_err err = n_jobs == 1 ? vjob_job_start(&spec, jobs) : vjob_job_start_many(&spec, n_jobs, jobs);
    ct_fail_allocation(-1, 0);
    for (size_t i = 0; i < n_jobs && err; i++) CHECK(jobs[i] == 0 || jobs[i] == 77);
    if (err) return err;
    OK(vjob_wait_all(jobs, n_jobs, VJOB_FOREVER));
    for (size_t i = 0; i < n_jobs; i++) OK(vjob_release(jobs[i]));
    started++;
    while (spec.done && __atomic_load_n(&calls.done, __ATOMIC_SEQ_CST) < started * (int)n_jobs) sched_yield();
    return VJOB_OK;
}

static void await_calls(int done, int freed)
{
    while (__atomic_load_n(&calls.done, __ATOMIC_SEQ_CST) < done ||
           __atomic_load_n(&calls.freed, __ATOMIC_SEQ_CST) < freed)
        sched_yield();
    OK(vjob_sleep(S)); /* nothing more comes */
    EQUAL(calls.done, done);
    EQUAL(calls.freed, freed);
}

static void starting_jobs_leaves_nothing_when_memory_runs_out(void **state)
{
    (void)state;
    for (int kind = 0; kind < 32; kind++)
        for (n_jobs = 1; n_jobs <= 50; n_jobs += 49) {
            calls = (told){0, 0};
            spec = (vjob_job_spec){.operation = "op", .duration_ns = 1000};
            if (kind & 1) spec.object = "object";
            if (kind & 2) spec.body = body;
            if (kind & 4) spec.done = on_done;
            if (kind & 8) spec.user_data = &calls, spec.free_user_data = on_free;
            if (kind & 4) spec.user_data = &calls;
            if (kind & 16) spec.progress_steps = 3;
            started = 0;
            int succeeded = fail_everywhere(start_jobs, owed, 1);
            EQUAL(succeeded, started);
            await_calls(kind & 4 ? started * (int)n_jobs : 0,
                        kind & 8 ? started : 0); /* and none of the refused */
        }
}

static void callbacks_come_although_there_is_no_memory_at_the_end(void **state)
{
    (void)state;
    vjob_handle jobs[20];
    if (!ct_can_fail()) skip();
    calls = (told){0, 0};
    spec = (vjob_job_spec){.duration_ns = S, .done = on_done, .user_data = &calls, .free_user_data = on_free};
    OK(vjob_job_start_many(&spec, COUNT(jobs), jobs));
    ct_fail_allocation(0, LONG_MAX); /* from now on none succeeds */
    for (size_t i = 0; i < COUNT(jobs); i++) OK(vjob_wait(jobs[i], VJOB_FOREVER));
    await_calls(COUNT(jobs), 1);
    ct_fail_allocation(-1, 0);
    for (size_t i = 0; i < COUNT(jobs); i++) OK(vjob_release(jobs[i]));
}

/* ---- other calls ---- */

static vjob_handle a_job, a_source;
static vjob_ring *a_ring;
static const vjob_type thing = {"thing", 1, NULL};

static vjob_err create_object(void)
{
    vjob_handle h = 77;
    vjob_err err = vjob_object_create(&thing, NULL, &h);
    if (err) EQUAL(h, 0);
    return err ? err : vjob_release(h);
}

static vjob_err create_source(void)
{
    vjob_handle h = 77;
    vjob_err err = vjob_source_create("s", &h);
    if (err) EQUAL(h, 0);
    return err ? err : vjob_release(h);
}

static vjob_err world_source(void)
{
    vjob_handle h;
    vjob_err err = vjob_source_world(&h);
    return err ? err : vjob_release(h);
}

static vjob_err wait_for_many(void)
{
    vjob_handle jobs[100];
    for (size_t i = 0; i < COUNT(jobs); i++) jobs[i] = a_job;
    /* a slice, no deadline: that might have passed before there was anything to allocate */
    vjob_err err = vjob_wait_until(jobs, COUNT(jobs), 0, UINT64_MAX, 1, NULL);
    return err == VJOB_EINTERRUPT ? VJOB_OK : err;
}

static vjob_err wait_for_one(void)
{
    vjob_err err = vjob_wait(a_job, MS / 10);
    return err == VJOB_ETIMEDOUT ? VJOB_OK : err;
}

static vjob_err sleep_a_little(void)
{
    return vjob_sleep(MS / 10);
}

static void calls_that_allocate_say_so_and_change_nothing(void **state)
{
    (void)state;
    spec = (vjob_job_spec){.duration_ns = 1000 * HOUR};
    OK(vjob_job_start(&spec, &a_job));
    fail_everywhere(create_object, owed, 1);
    fail_everywhere(create_source, owed, 2);
    fail_everywhere(world_source, owed, 1);
    fail_everywhere(wait_for_many, owed, 2);
    fail_everywhere(wait_for_one, owed, 0);
    fail_everywhere(sleep_a_little, owed, 0);
    OK(vjob_job_cancel(a_job));
    OK(vjob_release(a_job));
}

/* ---- handlers and events ---- */

static int heard;
static void on_event(const vjob_event *event, void *data)
{
    (void)event, (void)data;
    __atomic_fetch_add(&heard, 1, __ATOMIC_SEQ_CST);
}

static int handlers_wanted;
static vjob_err add_handlers(void)
{
    for (int i = 0; i < handlers_wanted; i++) {
        vjob_err err = vjob_handler_add(a_source, on_event, &calls, on_free);
        if (err) {
            ct_fail_allocation(-1, 0);
            for (; i; i--) OK(vjob_handler_remove(a_source, on_event, &calls));
            return err;
        }
    }
    return VJOB_OK;
}

static vjob_err post_event(void)
{
    vjob_event e = {.what = "what", .object = "object", .state = "state"};
    return vjob_source_post(a_source, &e);
}

static void handler_that_was_refused_is_not_called_and_its_data_not_freed(void **state)
{
    (void)state;
    OK(vjob_source_create("s", &a_source));
    handlers_wanted = 1;
    calls = (told){0, 0};
    int added = fail_everywhere(add_handlers, owed, 1);
    for (int i = 0; i < added; i++) OK(vjob_handler_remove(a_source, on_event, &calls));
    FAILS(vjob_handler_remove(a_source, on_event, &calls), VJOB_ENOENT);
    EQUAL(calls.freed, added);
    handlers_wanted = 20; /* lists grow */
    added = 20 * fail_everywhere(add_handlers, NULL, 5);
    heard = 0;
    OK(post_event());
    while (__atomic_load_n(&heard, __ATOMIC_SEQ_CST) < added) sched_yield();
    for (int i = 0; i < added; i++) OK(vjob_handler_remove(a_source, on_event, &calls));
    FAILS(vjob_handler_remove(a_source, on_event, &calls), VJOB_ENOENT);
    OK(vjob_release(a_source));
    EQUAL(__atomic_load_n(&heard, __ATOMIC_SEQ_CST), added);
}

static void event_that_was_refused_is_not_delivered(void **state)
{
    (void)state;
    OK(vjob_source_create("s", &a_source));
    OK(vjob_handler_add(a_source, on_event, NULL, NULL));
    heard = 0;
    int posted = fail_everywhere(post_event, NULL, 1);
    OK(vjob_sleep(1));
    EQUAL(__atomic_load_n(&heard, __ATOMIC_SEQ_CST), posted);
    OK(vjob_handler_remove(a_source, on_event, NULL));
    OK(vjob_release(a_source));
}

static tally held = TALLY, let_go = TALLY;
static void hold_still(const vjob_event *event, void *data)
{
    (void)event, (void)data;
    tally_add(&held);
    tally_wait(&let_go, 1);
}

/* While a delivery looks at the list, removing needs a copy. */
static vjob_err remove_during_delivery(void)
{
    vjob_err err = vjob_handler_remove(a_source, on_event, NULL);
    ct_fail_allocation(-1, 0);
    if (!err) OK(vjob_handler_add(a_source, on_event, NULL, NULL));
    return err;
}

static void handler_that_could_not_be_removed_stays(void **state)
{
    (void)state;
    tally_init(&held);
    tally_init(&let_go);
    OK(vjob_source_create("s", &a_source));
    OK(vjob_handler_add(a_source, hold_still, NULL, NULL));
    OK(vjob_handler_add(a_source, on_event, NULL, NULL));
    heard = 0;
    OK(post_event());
    tally_wait(&held, 1);
    fail_everywhere(remove_during_delivery, NULL, 1);
    OK(vjob_handler_remove(a_source, on_event, NULL));
    FAILS(vjob_handler_remove(a_source, on_event, NULL), VJOB_ENOENT);
    tally_add(&let_go);
    OK(vjob_handler_remove(a_source, hold_still, NULL));
    EQUAL(heard, 0);
    OK(vjob_release(a_source));
}

/* ---- rings ---- */

static vjob_err create_ring(void)
{
    vjob_ring *ring = vjob_ring_create();
    if (!ring) return vjob_last_error()->err;
    vjob_ring_close(ring);
    vjob_ring_release(ring);
    return VJOB_OK;
}

static int posted;
static vjob_err fill_ring(void)
{
    for (int i = 0; i < 1000; i++) {
        vjob_err err = vjob_ring_post(a_ring, (uint64_t)posted, 0, 0, 0);
        if (err) return err;
        posted++;
    }
    return VJOB_OK;
}

static vjob_err watch_job(void)
{
    return vjob_ring_watch(a_ring, a_job, 1);
}

static vjob_err set_alarm(void)
{
    return vjob_ring_alarm(a_ring, vjob_clock_now() + HOUR, 2);
}

static vjob_err make_tap(void)
{
    vjob_tap *tap = vjob_tap_create(a_ring, 3);
    if (!tap) return VJOB_ENOMEM;
    vjob_tap_release(tap);
    return VJOB_OK;
}

static void rings_keep_what_they_took(void **state)
{
    (void)state;
    vjob_ring_item item;
    fail_everywhere(create_ring, NULL, 2);
    a_ring = vjob_ring_create();
    posted = 0;
    fail_everywhere(fill_ring, NULL, 2);
    for (int i = 0; i < posted; i++) {
        EQUAL(vjob_ring_take(a_ring, &item, 1), 1);
        EQUAL(item.token, i);
    }
    EQUAL(vjob_ring_take(a_ring, &item, 1), 0);
    spec = (vjob_job_spec){.duration_ns = 2 * HOUR};
    OK(vjob_job_start(&spec, &a_job));
    fail_everywhere(watch_job, owed, 1);
    fail_everywhere(set_alarm, NULL, 1);
    fail_everywhere(make_tap, NULL, 1);
    OK(vjob_ring_wait(a_ring, 20000));
    EQUAL(vjob_ring_take(a_ring, &item, 1), 1);
    EQUAL(item.token, 2);
    OK(vjob_wait(a_job, VJOB_FOREVER));
    EQUAL(vjob_ring_take(a_ring, &item, 1), 1);
    EQUAL(item.token, 1);
    OK(vjob_release(a_job));
    EQUAL(vjob_ring_take(a_ring, &item, 1), 0);
    vjob_ring_close(a_ring);
    vjob_ring_release(a_ring);
}

/* ---- start ---- */

static vjob_err start_engine(void)
{
    vjob_err err = vjob_init();
    ct_fail_allocation(-1, 0);
    if (err) FAILS(vjob_enter(VJOB_SPACE_NATIVE), VJOB_EINIT);
    return err ? err : vjob_deinit();
}

static char log_path[300];
static vjob_err open_log(void)
{
    vjob_err err = vjob__set_trace(log_path);
    return err == VJOB_EIO ? VJOB_ENOMEM : err; /* it says which file, and why */
}

static void engine_starts_or_says_that_it_cannot(void **state)
{
    (void)state;
    fail_everywhere(start_engine, NULL, 0);
    snprintf(log_path, sizeof log_path, "%s", ct_temp("memory"));
    fail_everywhere(open_log, NULL, 1);
    unlink(log_path);
}

/* ---- no more threads ---- */

static void engine_does_not_start_without_its_thread(void **state)
{
    (void)state;
    if (!ct_can_fail()) skip();
    for (int i = 0; i < 3; i++) {
        ct_fail_threads(1);
        FAILS(vjob_init(), VJOB_ETHREAD);
        FAILS(vjob_enter(VJOB_SPACE_NATIVE), VJOB_EINIT);
        FAILS(vjob_deinit(), VJOB_EINIT);
        OK(vjob_init());
        OK(vjob_deinit());
    }
}

static void body_without_a_thread_is_refused_and_nothing_is_called(void **state)
{
    (void)state;
    vjob_handle jobs[10];
    if (!ct_can_fail()) skip();
    for (size_t n = 1; n <= COUNT(jobs); n += 9) {
        calls = (told){0, 0};
        spec = (vjob_job_spec){.body = body, .done = on_done, .user_data = &calls, .free_user_data = on_free};
        ct_fail_threads(INT_MAX);
        vjob_err err = n == 1 ? vjob_job_start(&spec, jobs) : vjob_job_start_many(&spec, n, jobs);
        ct_fail_threads(0);
        EQUAL(err, VJOB_ETHREAD);
        for (size_t i = 0; i < n; i++) EQUAL(jobs[i], 0);
        EQUAL(vjob_leaks(VJOB_SPACE_NONE, NULL, 0), 0);
        OK(vjob_sleep(S));
        EQUAL(calls.done + calls.freed, 0);
    }
    spec.free_user_data = NULL; /* the other way in */
    ct_fail_threads(INT_MAX);
    FAILS(vjob_job_start(&spec, jobs), VJOB_ETHREAD);
    ct_fail_threads(0);
    EQUAL(vjob_leaks(VJOB_SPACE_NONE, NULL, 0), 0);
    OK(vjob_job_start(&spec, jobs)); /* and now there is one */
    OK(vjob_wait(jobs[0], VJOB_FOREVER));
    await_calls(1, 0);
    OK(vjob_release(jobs[0]));
}

static void handler_without_a_thread_is_refused(void **state)
{
    (void)state;
    if (!ct_can_fail()) skip();
    OK(vjob_source_create("s", &a_source));
    heard = 0;
    ct_fail_threads(INT_MAX);
    FAILS(vjob_handler_add(a_source, on_event, NULL, NULL), VJOB_ETHREAD);
    ct_fail_threads(0);
    OK(vjob_handler_add(a_source, on_event, NULL, NULL));
    ct_fail_threads(INT_MAX); /* one that there is stays */
    OK(post_event());
    while (__atomic_load_n(&heard, __ATOMIC_SEQ_CST) < 1) sched_yield();
    ct_fail_threads(0);
    OK(vjob_release(a_source));
}

static void callbacks_come_as_soon_as_there_are_threads_again(void **state)
{
    (void)state;
    vjob_handle jobs[10];
    if (!ct_can_fail()) skip();
    calls = (told){0, 0};
    spec = (vjob_job_spec){.duration_ns = 1, .done = on_done, .user_data = &calls, .free_user_data = on_free};
    ct_fail_threads(INT_MAX);
    OK(vjob_job_start_many(&spec, COUNT(jobs), jobs));
    OK(vjob_wait_all(jobs, COUNT(jobs), VJOB_FOREVER)); /* jobs end as ever */
    EQUAL(calls.done, 0);
    ct_fail_threads(0);
    while (__atomic_load_n(&calls.freed, __ATOMIC_SEQ_CST) < 1) sched_yield();
    EQUAL(calls.done, COUNT(jobs));
    for (size_t i = 0; i < COUNT(jobs); i++) OK(vjob_release(jobs[i]));
}

static void clock_does_not_stand_still_for_callbacks_that_have_no_thread(void **state)
{
    (void)state;
    vjob_handle told_job, job;
    if (!ct_can_fail()) skip();
    calls = (told){0, 0};
    spec = (vjob_job_spec){.done = on_done, .user_data = &calls, .free_user_data = on_free};
    ct_fail_threads(INT_MAX);
    OK(vjob_job_start(&spec, &told_job));
    OK(vjob_wait(told_job, VJOB_FOREVER));
    spec = (vjob_job_spec){.duration_ns = HOUR};
    OK(vjob_job_start(&spec, &job));
    OK(vjob_wait(job, VJOB_FOREVER));
    EQUAL(calls.done, 0);
    ct_fail_threads(0);
    while (__atomic_load_n(&calls.freed, __ATOMIC_SEQ_CST) < 1) sched_yield();
    OK(vjob_release(job));
    OK(vjob_release(told_job));
}

static void callbacks_that_never_had_a_thread_come_when_the_engine_ends(void **state)
{
    (void)state;
    vjob_handle job;
    if (!ct_can_fail()) skip();
    calls = (told){0, 0};
    OK(vjob_init());
    spec = (vjob_job_spec){.done = on_done, .user_data = &calls, .free_user_data = on_free};
    ct_fail_threads(INT_MAX);
    OK(vjob_job_start(&spec, &job));
    OK(vjob_wait(job, VJOB_FOREVER));
    ct_fail_threads(0);
    OK(vjob_deinit());
    EQUAL(calls.freed, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        AUTO(starting_jobs_leaves_nothing_when_memory_runs_out),
        AUTO(callbacks_come_although_there_is_no_memory_at_the_end),
        REAL(calls_that_allocate_say_so_and_change_nothing),
        AUTO(handler_that_was_refused_is_not_called_and_its_data_not_freed),
        AUTO(event_that_was_refused_is_not_delivered),
        AUTO(handler_that_could_not_be_removed_stays),
        AUTO(rings_keep_what_they_took),
        NONE(engine_starts_or_says_that_it_cannot),
        NONE(engine_does_not_start_without_its_thread),
        AUTO(body_without_a_thread_is_refused_and_nothing_is_called),
        AUTO(handler_without_a_thread_is_refused),
        REAL(callbacks_come_as_soon_as_there_are_threads_again),
        AUTO(clock_does_not_stand_still_for_callbacks_that_have_no_thread),
        NONE(callbacks_that_never_had_a_thread_come_when_the_engine_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
