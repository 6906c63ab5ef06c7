/* test_core_rings.c - pulled queues: descriptor, growth, closing, watches, alarms, taps (laws 14, 17). */
#include "core_test.h"

#include <poll.h>

static int readable(vjob_ring *ring)
{
    struct pollfd p = {.fd = vjob_ring_fd(ring), .events = POLLIN};
    return poll(&p, 1, 0) == 1;
}

static void end_ring(vjob_ring *ring)
{
    vjob_ring_close(ring);
    vjob_ring_release(ring);
}

static vjob_handle start_for(uint64_t ns)
{
    vjob_handle job;
    vjob_job_spec spec = {.duration_ns = ns};
    OK(vjob_job_start(&spec, &job));
    return job;
}

static void descriptor_is_readable_while_entries_wait(void **state)
{
    (void)state;
    vjob_ring_item items[4];
    vjob_ring *ring = vjob_ring_create();
    CHECK(!readable(ring));
    EQUAL(vjob_ring_take(ring, items, 4), 0);
    for (int round = 0; round < 3; round++) {
        for (uint64_t i = 0; i < 3; i++) {
            OK(vjob_ring_post(ring, i, 10 + i, -(int64_t)i, 7));
            CHECK(readable(ring));
        }
        EQUAL(vjob_ring_take(ring, items, 0), 0);
        CHECK(readable(ring));
        EQUAL(vjob_ring_take(ring, items, 2), 2);
        EQUAL(items[0].token, 0);
        EQUAL(items[1].token, 1);
        EQUAL(items[1].handle, 11);
        EQUAL(items[1].a, -1);
        EQUAL(items[1].b, 7);
        CHECK(readable(ring)); /* one is left */
        EQUAL(vjob_ring_take(ring, items, 2), 1);
        EQUAL(items[0].token, 2);
        CHECK(!readable(ring));
    }
    end_ring(ring);
}

static void ring_grows_and_keeps_its_order_round_the_corner(void **state)
{
    (void)state;
    vjob_ring_item items[700];
    vjob_ring *ring = vjob_ring_create();
    uint64_t seed = ct_seed(), in = 0, out = 0;
    for (int i = 0; i < 2000; i++) {
        uint64_t n = ct_random(&seed, 90);
        for (uint64_t k = 0; k < n; k++) OK(vjob_ring_post(ring, in++, 0, 0, 0));
        size_t taken = vjob_ring_take(ring, items, ct_random(&seed, i % 100 == 99 ? COUNT(items) : 80));
        for (size_t k = 0; k < taken; k++) EQUAL(items[k].token, out++);
        EQUAL(readable(ring), in > out);
    }
    for (size_t taken; (taken = vjob_ring_take(ring, items, COUNT(items)));)
        for (size_t k = 0; k < taken; k++) EQUAL(items[k].token, out++);
    EQUAL(out, in);
    CHECK(!readable(ring));
    end_ring(ring);
}

static void close_gives_the_handles_back_and_ends_waits(void **state)
{
    (void)state;
    vjob_handle job = start_for(HOUR);
    vjob_ring_item item;
    vjob_ring *ring = vjob_ring_create();
    const uint64_t dropped = vjob_ring_dropped();
    for (uint64_t i = 0; i < 100; i++) {
        OK(vjob_addref(job));
        OK(vjob_ring_post(ring, i, job, 0, 0));
    }
    EQUAL(vjob_ring_take(ring, &item, 1), 1); /* this one is the taker's */
    EQUAL(vjob_name_refs(job), 101);
    vjob_ring_close(ring);
    EQUAL(vjob_name_refs(job), 2);
    CHECK(readable(ring));
    EQUAL(vjob_ring_take(ring, &item, 1), 0);
    CHECK(readable(ring)); /* for good */
    FAILS(vjob_ring_wait(ring, 1000), VJOB_ECLOSED);
    OK(vjob_addref(job));
    FAILS(vjob_ring_post(ring, 1, job, 0, 0), VJOB_ECLOSED);
    EQUAL(vjob_name_refs(job), 3);             /* stays the caller's */
    vjob_ring_close(ring);                     /* again */
    EQUAL(vjob_ring_dropped(), dropped + 100); /* 99 that waited, one that came too late */
    vjob_ring_release(ring);
    for (int i = 0; i < 3; i++) OK(vjob_release(job));
    EQUAL(vjob__rings_pending(), 0);
    OK(vjob_sleep(2 * HOUR));
}

/* ---- waiting ---- */

typedef struct taker {
    vjob_ring *ring;
    uint64_t sum, taken;
    vjob_err last;
} taker;

static void take_until_closed(void *arg)
{
    taker *t = arg;
    while ((t->last = vjob_ring_wait(t->ring, 60000)) != VJOB_ECLOSED) {
        vjob_ring_item items[16];
        for (size_t n; (n = vjob_ring_take(t->ring, items, COUNT(items))); t->taken += n)
            for (size_t i = 0; i < n; i++) t->sum += items[i].token;
    }
}

static void post_thousand(void *arg, int number)
{
    for (uint64_t i = 0; i < 1000; i++)
        OK(vjob_ring_post(((taker *)arg)->ring, (uint64_t)number * 1000 + i, 0, 0, 0));
}

static void entries_of_eight_threads_reach_the_waiting_taker(void **state)
{
    (void)state;
    ct_thread thread;
    taker t = {vjob_ring_create(), 0, 0, VJOB_OK};
    ct_start(&thread, take_until_closed, &t);
    ct_threads(8, post_thousand, &t);
    while (vjob__rings_pending()) vjob_ring_wait(t.ring, 1);
    vjob_ring_close(t.ring);
    ct_join(&thread);
    vjob_ring_release(t.ring);
    EQUAL(t.taken, 8000);
    EQUAL(t.sum, 8000ull * 7999 / 2);
}

static void wait_returns_after_its_slice(void **state)
{
    (void)state;
    vjob_ring *ring = vjob_ring_create();
    uint64_t began = ct_now();
    FAILS(vjob_ring_wait(ring, 0), VJOB_EINTERRUPT);
    FAILS(vjob_ring_wait(ring, 5), VJOB_EINTERRUPT);
    CHECK(ct_now() - began >= 4 * MS);
    OK(vjob_ring_post(ring, 1, 0, 0, 0));
    OK(vjob_ring_wait(ring, 60000));
    end_ring(ring);
}

static void close_wakes_a_waiter(void **state)
{
    (void)state;
    ct_thread thread;
    taker t = {vjob_ring_create(), 0, 0, VJOB_OK};
    ct_start(&thread, take_until_closed, &t);
    ct_await_waiting(&thread);
    vjob_ring_close(t.ring);
    ct_join(&thread);
    EQUAL(t.last, VJOB_ECLOSED);
    vjob_ring_release(t.ring);
}

/* ---- watches ---- */

static void watch_posts_once_whether_the_job_ended_before_or_after(void **state)
{
    (void)state;
    vjob_ring_item items[8];
    vjob_ring *ring = vjob_ring_create();
    vjob_handle soon = start_for(S), later = start_for(2 * S), never = start_for(HOUR);
    OK(vjob_wait(soon, VJOB_FOREVER));
    OK(vjob_ring_watch(ring, soon, 1));
    EQUAL(vjob_ring_take(ring, items, 8), 1);
    EQUAL(items[0].token, 1);
    EQUAL(items[0].handle, 0);
    EQUAL(items[0].a, VJOB_JOB_DONE);
    EQUAL(items[0].b, VJOB_OK);
    OK(vjob_ring_watch(ring, later, 2));
    OK(vjob_ring_watch(ring, later, 3)); /* two watches of one job */
    OK(vjob_ring_watch(ring, never, 4));
    EQUAL(vjob_ring_take(ring, items, 8), 0);
    OK(vjob_wait(later, VJOB_FOREVER));
    EQUAL(vjob_ring_take(ring, items, 8), 2);
    EQUAL(items[0].token + items[1].token, 5);
    OK(vjob_job_cancel(never));
    EQUAL(vjob_ring_take(ring, items, 8), 1);
    EQUAL(items[0].token, 4);
    EQUAL(items[0].a, VJOB_JOB_CANCELLED);
    EQUAL(items[0].b, VJOB_ECANCELLED);
    OK(vjob_release(soon));
    OK(vjob_release(later));
    OK(vjob_release(never));
    end_ring(ring);
}

static void watch_outlives_the_handle_and_the_ring(void **state)
{
    (void)state;
    vjob_ring_item item;
    vjob_ring *ring = vjob_ring_create();
    vjob_handle a = start_for(S), b = start_for(2 * S);
    OK(vjob_ring_watch(ring, a, 1));
    OK(vjob_ring_watch(ring, b, 2));
    OK(vjob_release(a));
    OK(vjob_release(b));
    OK(vjob_ring_wait(ring, 60000));
    EQUAL(vjob_ring_take(ring, &item, 1), 1);
    EQUAL(item.token, 1);
    end_ring(ring); /* b's watch finds it closed */
    OK(vjob_sleep(HOUR));
}

typedef struct racing {
    vjob_ring *ring;
    vjob_handle jobs[500];
} racing;

static void watch_while_it_ends(void *arg, int number)
{
    racing *r = arg;
    for (size_t i = 0; i < COUNT(r->jobs); i++) {
        if (number == 0)
            OK(vjob_job_cancel(r->jobs[i]));
        else
            OK(vjob_ring_watch(r->ring, r->jobs[i], i));
    }
}

static void watch_races_with_the_end_and_posts_once(void **state)
{
    (void)state;
    static racing r;
    static vjob_ring_item items[2000];
    unsigned seen[COUNT(r.jobs)] = {0};
    vjob_job_spec spec = {.duration_ns = HOUR};
    r.ring = vjob_ring_create();
    OK(vjob_job_start_many(&spec, COUNT(r.jobs), r.jobs));
    ct_threads(4, watch_while_it_ends, &r);
    EQUAL(vjob_ring_take(r.ring, items, COUNT(items)), 3 * COUNT(r.jobs));
    for (size_t i = 0; i < 3 * COUNT(r.jobs); i++) {
        seen[items[i].token]++;
        EQUAL(items[i].a, VJOB_JOB_CANCELLED);
    }
    for (size_t i = 0; i < COUNT(r.jobs); i++) {
        EQUAL(seen[i], 3);
        OK(vjob_release(r.jobs[i]));
    }
    end_ring(r.ring);
}

/* ---- alarms and taps ---- */

static void alarms_ring_at_their_instants(void **state)
{
    (void)state;
    vjob_ring_item item;
    vjob_ring *ring = vjob_ring_create();
    uint64_t start = vjob_clock_now();
    OK(vjob_ring_alarm(ring, start + 3 * S, 3));
    OK(vjob_ring_alarm(ring, start + S, 1));
    OK(vjob_ring_alarm(ring, start + 2 * S, 2));
    OK(vjob_ring_alarm(ring, 0, 0)); /* long past: at once */
    for (uint64_t i = 0; i < 4; i++) {
        OK(vjob_ring_wait(ring, 60000));
        EQUAL(vjob_clock_now() - start, i * S);
        EQUAL(vjob_ring_take(ring, &item, 1), 1);
        EQUAL(item.token, i);
        EQUAL(item.handle, 0);
    }
    OK(vjob_ring_alarm(ring, start + 10 * S, 10));
    end_ring(ring); /* the alarm finds it closed */
    OK(vjob_sleep(HOUR));
}

static void alarm_rings_in_real_time(void **state)
{
    (void)state;
    vjob_ring *ring = vjob_ring_create();
    uint64_t due = vjob_clock_now() + 3 * MS;
    OK(vjob_ring_alarm(ring, due, 1));
    OK(vjob_ring_wait(ring, 60000));
    CHECK(vjob_clock_now() >= due);
    end_ring(ring);
}

static void alarm_of_an_ended_engine_is_freed_with_the_world(void **state)
{
    (void)state;
    OK(vjob__set_clock("auto"));
    OK(vjob_init());
    vjob_ring *ring = vjob_ring_create();
    OK(vjob_ring_alarm(ring, vjob_clock_now() + HOUR, 1));
    end_ring(ring);
    OK(vjob_deinit());
    vjob__world_lock();
    EQUAL(vjob__timer_count(), 1);
    vjob__world_unlock(); /* leak checkers look whether the fixture's restart frees it */
}

static void tap_keeps_its_ring(void **state)
{
    (void)state;
    vjob_ring_item item;
    vjob_ring *ring = vjob_ring_create();
    vjob_tap *a = vjob_tap_create(ring, 41), *b = vjob_tap_create(ring, 42);
    OK(vjob_tap_post(a, 5, 6, 7));
    OK(vjob_tap_post(b, 0, 0, 0));
    EQUAL(vjob_ring_take(ring, &item, 1), 1);
    EQUAL(item.token, 41);
    EQUAL(item.handle, 5);
    EQUAL(item.a, 6);
    EQUAL(item.b, 7);
    EQUAL(vjob_ring_take(ring, &item, 1), 1);
    EQUAL(item.token, 42);
    vjob_tap_release(a);
    vjob_ring_close(ring);
    vjob_ring_release(ring);
    FAILS(vjob_tap_post(b, 0, 0, 0), VJOB_ECLOSED); /* the ring is still there for it */
    vjob_tap_release(b);
    vjob_tap_release(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        REAL(descriptor_is_readable_while_entries_wait),
        REAL(ring_grows_and_keeps_its_order_round_the_corner),
        AUTO(close_gives_the_handles_back_and_ends_waits),
        REAL(entries_of_eight_threads_reach_the_waiting_taker),
        REAL(wait_returns_after_its_slice),
        REAL(close_wakes_a_waiter),
        AUTO(watch_posts_once_whether_the_job_ended_before_or_after),
        AUTO(watch_outlives_the_handle_and_the_ring),
        REAL(watch_races_with_the_end_and_posts_once),
        AUTO(alarms_ring_at_their_instants),
        REAL(alarm_rings_in_real_time),
        NONE(alarm_of_an_ended_engine_is_freed_with_the_world),
        REAL(tap_keeps_its_ring),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
