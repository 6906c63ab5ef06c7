/*
 * test_core_auto.c - when the auto clock moves, and when it stands (law 18).
 *
 * Most tests run with a grace time of a minute: what only moved because somebody was silent for that
 * long would sit here until the test's own limit. Where silence is the point, it is a millisecond.
 */
#include "core_test.h"

#include <poll.h>

static int patient(void **state)
{
    ct_none(state);
    OK(vjob__set_clock("auto:60000"));
    OK(vjob_init());
    return 0;
}

static int hasty(void **state)
{
    ct_none(state);
    OK(vjob__set_clock("auto:1"));
    OK(vjob_init());
    return 0;
}

#define PATIENT(test) cmocka_unit_test_setup_teardown(test, patient, ct_end)
#define HASTY(test) cmocka_unit_test_setup_teardown(test, hasty, ct_end)

static vjob_handle start_for(uint64_t ns)
{
    vjob_handle job;
    vjob_job_spec spec = {.duration_ns = ns};
    OK(vjob_job_start(&spec, &job));
    return job;
}

static void tell(vjob_handle job, void *data)
{
    (void)job;
    tally_add(data);
}

static vjob_handle start_telling(uint64_t ns, tally *t)
{
    vjob_handle job;
    vjob_job_spec spec = {.duration_ns = ns, .done = tell, .user_data = t};
    OK(vjob_job_start(&spec, &job));
    return job;
}

/* A while of real time in which the clock could have moved, had it been allowed to. */
static void clock_stands(vjob_handle job)
{
    uint64_t before = vjob_clock_now();
    FAILS(vjob_wait_until(&job, 1, 1, UINT64_MAX, 20, NULL), VJOB_EINTERRUPT);
    EQUAL(vjob_clock_now(), before);
}

/* ---- who waits in engine waits does not hold it back ---- */

static void single_client_that_only_waits_jumps_at_once(void **state)
{
    (void)state;
    uint64_t before = vjob_clock_now();
    for (int i = 0; i < 200; i++) {
        vjob_handle job = start_for(HOUR);
        OK(vjob_wait(job, VJOB_FOREVER));
        OK(vjob_release(job));
        OK(vjob_sleep(HOUR));
    }
    EQUAL(vjob_clock_now() - before, 400 * HOUR);
}

static void clock_stands_between_calls(void **state)
{
    (void)state;
    tally t = TALLY;
    uint64_t before = vjob_clock_now();
    vjob_handle job = start_telling(1, &t);
    for (int i = 0; i < 1000; i++) {
        vjob_handle_info info;
        OK(vjob_handle_describe(job, &info));
        EQUAL(vjob_clock_now(), before);
    }
    EQUAL(tally_get(&t), 0);
    OK(vjob_wait(job, VJOB_FOREVER));
    tally_wait(&t, 1);
    OK(vjob_release(job));
}

typedef struct colleague {
    tally at_work, go;
    vjob_handle job;
    vjob_err err;
    uint64_t woke_at;
} colleague;

static void work_then_wait(void *arg)
{
    colleague *c = arg;
    OK(vjob_enter(VJOB_SPACE_NATIVE));
    tally_add(&c->at_work);
    tally_wait(&c->go, 1);
    c->err = vjob_wait(c->job, VJOB_FOREVER);
    c->woke_at = vjob_clock_now();
}

static void client_at_work_holds_the_clock_until_it_waits(void **state)
{
    (void)state;
    ct_thread t;
    vjob_handle job = start_for(HOUR);
    colleague c = {TALLY, TALLY, job, VJOB_EFAILED, 0};
    uint64_t before = vjob_clock_now();
    ct_start(&t, work_then_wait, &c);
    tally_wait(&c.at_work, 1);
    clock_stands(job);
    tally_add(&c.go);
    OK(vjob_wait(job, VJOB_FOREVER));
    ct_join(&t);
    OK(c.err);
    EQUAL(c.woke_at - before, HOUR);
    OK(vjob_release(job));
}

static void work_then_leave(void *arg)
{
    colleague *c = arg;
    OK(vjob_enter(VJOB_SPACE_NATIVE));
    tally_add(&c->at_work);
    tally_wait(&c->go, 1);
}

static void client_at_work_holds_the_clock_until_its_thread_ends(void **state)
{
    (void)state;
    ct_thread t;
    vjob_handle job = start_for(HOUR);
    colleague c = {TALLY, TALLY, job, VJOB_EFAILED, 0};
    ct_start(&t, work_then_leave, &c);
    tally_wait(&c.at_work, 1);
    clock_stands(job);
    tally_add(&c.go);
    OK(vjob_wait(job, VJOB_FOREVER)); /* an hour, although it has said nothing for less than a minute */
    ct_join(&t);
    OK(vjob_release(job));
}

static void woken_client_is_at_work_before_the_clock_goes_on(void **state)
{
    (void)state;
    ct_thread t;
    vjob_handle first = start_for(HOUR), second = start_for(HOUR + 1);
    colleague c = {TALLY, TALLY, first, VJOB_EFAILED, 0};
    uint64_t before = vjob_clock_now();
    tally_add(&c.go);
    ct_start(&t, work_then_wait, &c);
    ct_await_waiting(&t);
    OK(vjob_wait(second, VJOB_FOREVER)); /* ours alone would have jumped on */
    ct_join(&t);
    EQUAL(c.woke_at - before, HOUR);
    OK(vjob_release(first));
    OK(vjob_release(second));
}

static void park(void *arg)
{
    colleague *c = arg;
    OK(vjob_enter(VJOB_SPACE_NATIVE));
    vjob_thread_waits(1);
    tally_add(&c->at_work);
    tally_wait(&c->go, 1);
}

static void client_that_says_it_waits_by_its_own_means_does_not_hold_the_clock(void **state)
{
    (void)state;
    tally t = TALLY;
    ct_thread other;
    vjob_handle job = start_telling(HOUR, &t);
    colleague c = {TALLY, TALLY, job, VJOB_EFAILED, 0};
    ct_start(&other, park, &c);
    tally_wait(&c.at_work, 1);
    vjob_thread_waits(1);
    tally_wait(&t, 1); /* by our own means, too */
    vjob_thread_waits(0);
    tally_add(&c.go);
    ct_join(&other);
    OK(vjob_release(job));
}

/* ---- what we called ---- */

typedef struct caller {
    tally in, go;
    vjob_handle waits_for; /* 0: for `go`, by its own means */
} caller;

static void callback_that_takes_its_time(vjob_handle job, void *data)
{
    caller *c = data;
    (void)job;
    tally_add(&c->in);
    if (c->waits_for)
        OK(vjob_wait(c->waits_for, VJOB_FOREVER));
    else
        tally_wait(&c->go, 1);
    tally_add(&c->in);
}

static vjob_handle start_calling(uint64_t ns, caller *c)
{
    vjob_handle job;
    vjob_job_spec spec = {.duration_ns = ns, .done = callback_that_takes_its_time, .user_data = c};
    OK(vjob_job_start(&spec, &job));
    return job;
}

static void running_callback_holds_the_clock(void **state)
{
    (void)state;
    caller c = {TALLY, TALLY, 0};
    vjob_handle early = start_calling(S, &c), late = start_for(HOUR);
    OK(vjob_wait(early, VJOB_FOREVER));
    tally_wait(&c.in, 1);
    clock_stands(late);
    tally_add(&c.go);
    OK(vjob_wait(late, VJOB_FOREVER));
    OK(vjob_release(early));
    OK(vjob_release(late));
}

static void callback_in_an_engine_wait_does_not_hold_it(void **state)
{
    (void)state;
    caller c = {TALLY, TALLY, start_for(HOUR)};
    uint64_t before = vjob_clock_now();
    vjob_handle early = start_calling(S, &c), late = start_for(2 * HOUR);
    OK(vjob_wait(late, VJOB_FOREVER));
    tally_wait(&c.in, 2);
    EQUAL(vjob_clock_now() - before, 2 * HOUR);
    OK(vjob_release(early));
    OK(vjob_release(late));
    OK(vjob_release(c.waits_for));
}

static vjob_err body_that_takes_its_time(vjob_handle job, void *data)
{
    callback_that_takes_its_time(job, data);
    return VJOB_OK;
}

static void running_body_holds_the_clock(void **state)
{
    (void)state;
    caller c = {TALLY, TALLY, 0};
    vjob_handle late = start_for(HOUR), job;
    vjob_job_spec spec = {.body = body_that_takes_its_time, .user_data = &c};
    OK(vjob_job_start(&spec, &job));
    tally_wait(&c.in, 1);
    clock_stands(late);
    tally_add(&c.go);
    OK(vjob_wait(late, VJOB_FOREVER));
    OK(vjob_wait(job, VJOB_FOREVER));
    OK(vjob_release(job));
    OK(vjob_release(late));
}

static uint64_t delivered_at; /* atomic */
static void note_time(const vjob_event *event, void *data)
{
    (void)event, (void)data;
    __atomic_store_n(&delivered_at, vjob_clock_now(), __ATOMIC_SEQ_CST);
}

static void posted_event_is_delivered_before_the_clock_goes_on(void **state)
{
    (void)state;
    vjob_handle source;
    vjob_event event = {.what = "x"};
    OK(vjob_source_create("s", &source));
    OK(vjob_handler_add(source, note_time, NULL, NULL));
    for (int i = 0; i < 100; i++) {
        uint64_t now = vjob_clock_now();
        OK(vjob_source_post(source, &event));
        OK(vjob_sleep(1));
        EQUAL(__atomic_load_n(&delivered_at, __ATOMIC_SEQ_CST), now);
    }
    OK(vjob_release(source));
}

/* ---- rings ---- */

static void entry_in_a_ring_holds_the_clock_until_it_is_taken(void **state)
{
    (void)state;
    vjob_ring_item items[4];
    vjob_ring *ring = vjob_ring_create();
    vjob_handle job = start_for(HOUR);
    OK(vjob_ring_post(ring, 1, 0, 0, 0));
    OK(vjob_ring_post(ring, 2, 0, 0, 0));
    clock_stands(job);
    EQUAL(vjob_ring_take(ring, items, 1), 1);
    clock_stands(job); /* one is left */
    EQUAL(vjob_ring_take(ring, items, 4), 1);
    OK(vjob_wait(job, VJOB_FOREVER));
    vjob_ring_close(ring);
    vjob_ring_release(ring);
    OK(vjob_release(job));
}

static void closing_a_ring_lets_the_clock_go_on(void **state)
{
    (void)state;
    ct_thread t;
    vjob_ring *ring = vjob_ring_create();
    vjob_handle job = start_for(HOUR);
    colleague c = {TALLY, TALLY, job, VJOB_EFAILED, 0};
    OK(vjob_ring_post(ring, 1, 0, 0, 0));
    tally_add(&c.go);
    ct_start(&t, work_then_wait, &c);
    ct_await_waiting(&t);
    clock_stands(job);
    vjob_ring_close(ring);
    vjob_ring_release(ring);
    OK(vjob_wait(job, VJOB_FOREVER));
    ct_join(&t);
    OK(vjob_release(job));
}

static void ring_wait_is_an_engine_wait(void **state)
{
    (void)state;
    vjob_ring_item item;
    vjob_ring *ring = vjob_ring_create();
    uint64_t before = vjob_clock_now();
    for (uint64_t i = 1; i <= 100; i++) {
        OK(vjob_ring_alarm(ring, before + i * HOUR, i));
        OK(vjob_ring_wait(ring, 20000));
        EQUAL(vjob_ring_take(ring, &item, 1), 1);
        EQUAL(item.token, i);
        EQUAL(vjob_clock_now() - before, i * HOUR);
    }
    vjob_ring_close(ring);
    vjob_ring_release(ring);
}

/* ---- silence: programs that sleep by themselves advance ---- */

static void client_that_sleeps_by_itself_advances(void **state)
{
    (void)state;
    for (int i = 0; i < 20; i++) {
        tally t = TALLY;
        vjob_handle job = start_telling(HOUR, &t);
        tally_wait(&t, 1);
        OK(vjob_release(job));
    }
}

static void client_that_sleeps_on_a_descriptor_by_itself_advances(void **state)
{
    (void)state;
    vjob_ring_item item;
    vjob_ring *ring = vjob_ring_create();
    uint64_t before = vjob_clock_now();
    for (uint64_t i = 1; i <= 20; i++) OK(vjob_ring_alarm(ring, before + i * S, i));
    for (uint64_t i = 1; i <= 20; i++) {
        struct pollfd p = {.fd = vjob_ring_fd(ring), .events = POLLIN};
        EQUAL(poll(&p, 1, 20000), 1);
        EQUAL(vjob_ring_take(ring, &item, 1), 1);
        EQUAL(item.token, i); /* the next one waited until this one was taken */
        EQUAL(vjob_ring_take(ring, &item, 1), 0);
    }
    vjob_ring_close(ring);
    vjob_ring_release(ring);
}

static void callback_that_sleeps_by_itself_lets_the_clock_go_on(void **state)
{
    (void)state;
    for (int i = 0; i < 20; i++) {
        caller c = {TALLY, TALLY, 0};
        vjob_handle early = start_calling(S, &c), late = start_telling(HOUR, &c.go);
        OK(vjob_wait(late, VJOB_FOREVER)); /* only its callback lets the other one return */
        tally_wait(&c.in, 2);
        OK(vjob_release(early));
        OK(vjob_release(late));
    }
}

static void wait_for_tally(const vjob_event *event, void *data)
{
    (void)event;
    tally_wait(data, 1);
}

static void callback_of_an_event_that_sleeps_by_itself_lets_the_clock_go_on(void **state)
{
    (void)state;
    for (int i = 0; i < 20; i++) {
        tally t = TALLY;
        vjob_handle source;
        vjob_event event = {.what = "x"};
        OK(vjob_source_create("s", &source));
        OK(vjob_handler_add(source, wait_for_tally, &t, NULL));
        vjob_handle job = start_telling(HOUR, &t);
        OK(vjob_source_post(source, &event));
        OK(vjob_handler_remove(source, wait_for_tally,
                               &t)); /* waits for the call, which waits for the clock */
        tally_wait(&t, 1);
        OK(vjob_release(job));
        OK(vjob_release(source));
    }
}

static int spinning; /* atomic */

static void stop_spinning(vjob_handle job, void *data)
{
    (void)job, (void)data;
    __atomic_store_n(&spinning, 0, __ATOMIC_SEQ_CST);
}

static void client_that_computes_for_long_is_silent_too(void **state)
{
    (void)state;
    vjob_handle job;
    vjob_job_spec spec = {.duration_ns = HOUR, .done = stop_spinning};
    spinning = 1;
    OK(vjob_job_start(&spec, &job));
    while (__atomic_load_n(&spinning, __ATOMIC_SEQ_CST)) {}
    OK(vjob_release(job));
}

/* ---- polling ---- */

static void client_that_polls_advances(void **state)
{
    (void)state;
    for (int i = 0; i < 20; i++) {
        vjob_job_info info;
        vjob_handle job = start_for(HOUR);
        do OK(vjob_job_look(job, &info));
        while (info.state == VJOB_JOB_RUNNING);
        OK(vjob_release(job));
    }
}

static void client_that_polls_with_waits_of_no_length_advances(void **state)
{
    (void)state;
    for (int i = 0; i < 20; i++) {
        vjob_err err;
        vjob_handle job = start_for(HOUR);
        while ((err = vjob_wait(job, 0)) == VJOB_ETIMEDOUT) {}
        OK(err);
        OK(vjob_release(job));
    }
}

static void poller_sees_every_step(void **state)
{
    (void)state;
    vjob_job_info info;
    vjob_handle job;
    vjob_job_spec spec = {.duration_ns = 10 * S, .progress_steps = 10};
    uint32_t last = 0;
    OK(vjob_job_start(&spec, &job));
    do {
        OK(vjob_job_look(job, &info));
        CHECK(info.progress <= last + 10); /* the clock leaves it time to look */
        last = info.progress;
    } while (info.state == VJOB_JOB_RUNNING);
    EQUAL(last, 100);
    OK(vjob_release(job));
}

/* ---- periodic sources ---- */

static vjob_timer pulse;
static int pulses; /* atomic */

static void beat(vjob_timer *t)
{
    __atomic_fetch_add(&pulses, 1, __ATOMIC_SEQ_CST);
    vjob__timer_set_quiet(t, vjob__world_now() + S);
}

static void start_pulse(void)
{
    pulses = 0;
    vjob__timer_init(&pulse, beat);
    vjob__world_lock();
    vjob__timer_set_quiet(&pulse, vjob__world_now() + S);
    vjob__world_unlock();
}

static void stop_pulse(void)
{
    vjob__world_lock();
    CHECK(vjob__timer_cancel(&pulse));
    vjob__world_unlock();
}

static void periodic_source_alone_does_not_move_the_clock(void **state)
{
    (void)state;
    vjob_handle h;
    vjob_job *job;
    static const vjob_job_kind kind = {.cls = {"never ending", VJOB_SPACE_NATIVE, 9, NULL, NULL}};
    job = vjob_job_new(&kind, sizeof *job, "never");
    OK(vjob_name_create(&job->obj, &h));
    start_pulse();
    clock_stands(h); /* everybody is in engine waits without a deadline: there is nothing to jump for */
    clock_stands(h);
    EQUAL(pulses, 0);
    stop_pulse();
    vjob_job_end(job, VJOB_OK);
    vjob_obj_release(&job->obj);
    OK(vjob_release(h));
}

static void periodic_source_beats_on_the_way_to_what_is_due(void **state)
{
    (void)state;
    start_pulse();
    OK(vjob_sleep(10 * S)); /* work first at the last instant: the tenth beat, too */
    EQUAL(pulses, 9 + (pulses == 10));
    OK(vjob_sleep(S / 2));
    EQUAL(pulses, 10);
    stop_pulse();
}

static void periodic_source_beats_for_a_client_that_waits_outside_the_engine(void **state)
{
    (void)state;
    start_pulse();
    OK(vjob_enter(VJOB_SPACE_NATIVE));
    while (__atomic_load_n(&pulses, __ATOMIC_SEQ_CST) < 5) {
    } /* by its own means; silent after a millisecond */
    stop_pulse();
}

/* ---- order at one instant ---- */

static void work_of_an_instant_comes_before_its_deadlines(void **state)
{
    (void)state;
    for (int i = 0; i < 50; i++) {
        /* the deadline is set first, and still comes last */
        vjob_ring *ring = vjob_ring_create();
        vjob_ring_item items[3];
        OK(vjob_ring_alarm(ring, vjob_clock_now() + HOUR, 2));
        vjob_handle job = start_for(HOUR);
        OK(vjob_ring_watch(ring, job, 1));
        OK(vjob_wait(job, HOUR));
        EQUAL(vjob_ring_take(ring, items, 3), 2);
        EQUAL(items[0].token, 1);
        EQUAL(items[1].token, 2);
        OK(vjob_release(job));
        vjob_ring_close(ring);
        vjob_ring_release(ring);
    }
}

static void jobs_of_one_instant_end_in_the_order_of_their_start(void **state)
{
    (void)state;
    enum { N = 500 };
    vjob_handle jobs[N];
    vjob_ring_item items[N];
    vjob_ring *ring = vjob_ring_create();
    for (int i = 0; i < N; i++) {
        jobs[i] = start_for(HOUR);
        OK(vjob_ring_watch(ring, jobs[i], (uint64_t)i));
    }
    OK(vjob_wait_all(jobs, N, VJOB_FOREVER));
    EQUAL(vjob_ring_take(ring, items, N), N);
    for (int i = 0; i < N; i++) {
        EQUAL(items[i].token, i);
        OK(vjob_release(jobs[i]));
    }
    vjob_ring_close(ring);
    vjob_ring_release(ring);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PATIENT(single_client_that_only_waits_jumps_at_once),
        PATIENT(clock_stands_between_calls),
        PATIENT(client_at_work_holds_the_clock_until_it_waits),
        PATIENT(client_at_work_holds_the_clock_until_its_thread_ends),
        PATIENT(woken_client_is_at_work_before_the_clock_goes_on),
        PATIENT(client_that_says_it_waits_by_its_own_means_does_not_hold_the_clock),
        PATIENT(running_callback_holds_the_clock),
        PATIENT(callback_in_an_engine_wait_does_not_hold_it),
        PATIENT(running_body_holds_the_clock),
        PATIENT(posted_event_is_delivered_before_the_clock_goes_on),
        PATIENT(entry_in_a_ring_holds_the_clock_until_it_is_taken),
        PATIENT(closing_a_ring_lets_the_clock_go_on),
        PATIENT(ring_wait_is_an_engine_wait),
        HASTY(client_that_sleeps_by_itself_advances),
        HASTY(client_that_sleeps_on_a_descriptor_by_itself_advances),
        HASTY(callback_that_sleeps_by_itself_lets_the_clock_go_on),
        HASTY(callback_of_an_event_that_sleeps_by_itself_lets_the_clock_go_on),
        HASTY(client_that_computes_for_long_is_silent_too),
        HASTY(client_that_polls_advances),
        HASTY(client_that_polls_with_waits_of_no_length_advances),
        AUTO(poller_sees_every_step),
        PATIENT(periodic_source_alone_does_not_move_the_clock),
        PATIENT(periodic_source_beats_on_the_way_to_what_is_due),
        HASTY(periodic_source_beats_for_a_client_that_waits_outside_the_engine),
        PATIENT(work_of_an_instant_comes_before_its_deadlines),
        PATIENT(jobs_of_one_instant_end_in_the_order_of_their_start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
