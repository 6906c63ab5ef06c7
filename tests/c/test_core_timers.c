/*
 * test_core_timers.c - the order in which things are due: random histories of the timer wheel against
 * a plain list, over all its levels, and the doors through which timers come in.
 */
#include "core_test.h"

enum { TIMERS = 300 };

typedef struct model {
    int set;
    uint64_t due, order;
    unsigned cls;
} model;

static vjob_timer timers[TIMERS];
static model models[TIMERS];
static uint64_t orders, now;

static void never(vjob_timer *t)
{
    (void)t;
    CHECK(!"fired behind the test's back");
}

static void ignore(vjob_timer *t)
{
    (void)t;
}

static int earlier(const model *a, const model *b)
{
    if (a->due != b->due) return a->due < b->due;
    return a->cls != b->cls ? a->cls < b->cls : a->order < b->order;
}

/* The model's next: the first of work and deadlines, or of the quiet ones. */
static int first_of(int quiet)
{
    int best = -1;
    for (int i = 0; i < TIMERS; i++)
        if (models[i].set && (models[i].cls == TIMER_QUIET) == quiet &&
            (best < 0 || earlier(&models[i], &models[best])))
            best = i;
    return best;
}

static void set(int i, uint64_t due, unsigned cls)
{
    vjob__timer_set_class(&timers[i], due, cls);
    models[i] = (model){1, due, ++orders, cls};
}

/* Durations near every power of two: all levels of the wheel, and their borders. */
static uint64_t some_duration(uint64_t *seed)
{
    if (ct_random(seed, 50) == 0) return UINT64_MAX - now - ct_random(seed, 3);
    uint64_t d = 1ull << ct_random(seed, 62);
    switch (ct_random(seed, 4)) {
    case 0: return d + ct_random(seed, 3) - 1;
    case 1: return ct_random(seed, d);
    case 2: return (d >> 20 << 20) + ct_random(seed, 5);
    default: return ct_random(seed, 1 << 24); /* many close together */
    }
}

static uint64_t after(uint64_t from, uint64_t d)
{
    return from + d < from ? UINT64_MAX : from + d;
}

static void look_around(int exact)
{
    int first = first_of(0), quiet = first_of(1);
    uint64_t due = first < 0 ? UINT64_MAX : models[first].due;
    uint64_t next = vjob__timer_next(now, exact);
    if (exact)
        EQUAL(next, due);
    else
        CHECK(next <= due);
    if (due > now && next <= now) CHECK(!"a bound in the past makes the scheduler spin");
    EQUAL(vjob__timer_next_quiet(), quiet < 0 ? UINT64_MAX : models[quiet].due);
}

static void pop_due(void)
{
    for (;;) {
        int first = first_of(0), quiet = first_of(1);
        vjob_timer *t = vjob__timer_pop(now);
        int expected = first >= 0 && models[first].due <= now   ? first
                       : quiet >= 0 && models[quiet].due <= now ? quiet
                                                                : -1;
        if (expected < 0) {
            CHECK(t == NULL);
            return;
        }
        EQUAL(t - timers, expected);
        CHECK(!vjob__timer_is_set(t));
        models[expected].set = 0;
    }
}

static void step(uint64_t *seed, int exact)
{
    int i = (int)ct_random(seed, TIMERS);
    switch (ct_random(seed, 10)) {
    case 0:
        EQUAL(vjob__timer_cancel(&timers[i]), models[i].set);
        models[i].set = 0;
        break;
    case 1: { /* to the next instant, or just before it */
        int first = first_of(0);
        if (first < 0 || models[first].due == UINT64_MAX) break;
        uint64_t to = models[first].due - ct_random(seed, 2);
        if (to > now) now = to;
        pop_due();
        break;
    }
    case 2: { /* by any amount */
        uint64_t by = some_duration(seed) >> ct_random(seed, 30);
        if (now + by > now && now + by < UINT64_MAX / 2) now += by;
        pop_due();
        break;
    }
    case 3: look_around(exact && ct_random(seed, 2)); break;
    case 4: vjob__timer_tidy(ct_random(seed, 4)); break;
    case 5: set(i, now - ct_random(seed, 1000), TIMER_WORK); break; /* in the past: now */
    case 6: set(i, after(now, some_duration(seed)), TIMER_QUIET); break;
    case 7: set(i, after(now, ct_random(seed, 5)), TIMER_DEADLINE); break;
    default: set(i, after(now, some_duration(seed)), (unsigned)ct_random(seed, 2)); break;
    }
    EQUAL(vjob__timer_is_set(&timers[i]), models[i].set);
}

static void history(uint64_t seed, int exact)
{
    vjob__timer_forget_all(ignore);
    memset(models, 0, sizeof models);
    for (int i = 0; i < TIMERS; i++) vjob__timer_init(&timers[i], never);
    now = ct_random(&seed, 2) ? 1577836800000000000ull : ct_random(&seed, 1ull << 61);
    for (int i = 0; i < 4000; i++) {
        step(&seed, exact);
        size_t n = 0;
        for (int k = 0; i % 64 == 0 && k < TIMERS; k++) n += (size_t)models[k].set;
        if (i % 64 == 0) EQUAL(vjob__timer_count(), n);
    }
    pop_due();
    while (first_of(0) >= 0) { /* and to the end */
        uint64_t next = vjob__timer_next(now, exact);
        CHECK(next > now);
        now = next;
        pop_due();
    }
    now = UINT64_MAX;
    pop_due();
    EQUAL(vjob__timer_count(), 0);
}

static void random_histories_agree_with_a_plain_list(void **state)
{
    (void)state;
    uint64_t seed = ct_seed();
    const char *few = getenv("CT_ROUNDS");
    vjob__world_lock();
    for (int i = 0; i < (few ? 4 : 40); i++) {
        uint64_t one = ct_random(&seed, 0);
        history(one, i % 2); /* auto asks for the exact instant, real does not */
    }
    vjob__world_unlock();
}

static void durations_from_a_nanosecond_to_centuries_are_exact(void **state)
{
    (void)state;
    vjob__world_lock();
    vjob__timer_forget_all(ignore);
    vjob_timer t;
    vjob__timer_init(&t, never);
    uint64_t start = 1577836800123456789ull;
    for (uint64_t d = 1; d < 400 * YEAR; d += d / 3 + 1)
        for (int exact = 0; exact < 2; exact++) {
            vjob__timer_set(&t, start + d);
            uint64_t at = start; /* follow the bounds, as the scheduler does */
            for (int rounds = 0; at < start + d; rounds++) {
                CHECK(vjob__timer_pop(at) == NULL);
                uint64_t next = vjob__timer_next(at, exact);
                CHECK(next > at && next <= start + d);
                CHECK(rounds < 20);
                at = next;
            }
            CHECK(vjob__timer_pop(at) == &t);
            EQUAL(vjob__timer_count(), 0);
            start += d;
            if (start > UINT64_MAX / 2) {
                vjob__timer_forget_all(ignore);
                start = 1577836800123456789ull;
            }
        }
    vjob__world_unlock();
}

static void equal_instants_keep_the_order_of_setting(void **state)
{
    (void)state;
    enum { N = 1000 };
    static vjob_timer t[N];
    vjob__world_lock();
    vjob__timer_forget_all(ignore);
    for (int i = 0; i < N; i++) {
        vjob__timer_init(&t[i], never);
        vjob__timer_set_class(&t[i], 5 * HOUR, i % 2 ? TIMER_DEADLINE : TIMER_WORK);
    }
    vjob__timer_set(&t[0], 5 * HOUR); /* set again: last among equals */
    for (int i = 2; i < N; i += 2) CHECK(vjob__timer_pop(5 * HOUR) == &t[i]);
    CHECK(vjob__timer_pop(5 * HOUR) == &t[0]);
    for (int i = 1; i < N; i += 2) CHECK(vjob__timer_pop(5 * HOUR) == &t[i]);
    CHECK(vjob__timer_pop(UINT64_MAX) == NULL);
    vjob__world_unlock();
}

/* Many in one slot, in every order that they may have been set in. */
static void full_slot_is_put_in_order(void **state)
{
    (void)state;
    enum { N = 20000 };
    static vjob_timer t[N];
    uint64_t seed = ct_seed();
    for (int way = 0; way < 4; way++) {
        const int n = way == 3 ? N : 5000;
        vjob__world_lock();
        vjob__timer_forget_all(ignore);
        for (int i = 0; i < n; i++) {
            uint64_t at = way == 0 ? (uint64_t)i : way == 1 ? (uint64_t)(n - i) : ct_random(&seed, 50000);
            vjob__timer_init(&t[i], never);
            vjob__timer_set(&t[i], HOUR + at);
        }
        for (int i = 0; i < n; i += 7) vjob__timer_cancel(&t[i]);
        CHECK(vjob__timer_next(HOUR, 1) >= HOUR); /* the slot is open now */
        for (int i = 1; i < n; i += 7) vjob__timer_cancel(&t[i]);
        for (int i = 0; i < n; i += 14) vjob__timer_set(&t[i], HOUR + ct_random(&seed, 50000));
        uint64_t left = vjob__timer_count(), last_due = 0, last_seq = 0;
        for (vjob_timer *next; (next = vjob__timer_pop(HOUR + 60000)); left--) {
            CHECK(next->due_ns > last_due || (next->due_ns == last_due && next->seq > last_seq));
            last_due = next->due_ns;
            last_seq = next->seq;
        }
        EQUAL(left, 0);
        EQUAL(vjob__timer_count(), 0);
        vjob__world_unlock();
    }
}

/* ---- through the inbox, without the lock ---- */

static vjob_timer sent[8][500];

static void submit(void *arg, int number)
{
    (void)arg;
    for (size_t i = 0; i < COUNT(sent[0]); i++) {
        vjob__timer_init(&sent[number][i], never);
        vjob__sched_submit(&sent[number][i], HOUR + i);
    }
}

static void submitted_timers_of_one_thread_keep_their_order(void **state)
{
    (void)state;
    size_t seen[8] = {0}, n = 0;
    vjob__world_lock();
    vjob__timer_forget_all(ignore);
    vjob__world_unlock();
    ct_threads(8, submit, NULL);
    vjob__world_lock();
    vjob__sched_drain();
    EQUAL(vjob__timer_count(), 8 * COUNT(sent[0]));
    for (vjob_timer *t; (t = vjob__timer_pop(UINT64_MAX)); n++) {
        size_t thread = (size_t)(t - sent[0]) / COUNT(sent[0]), i = (size_t)(t - sent[0]) % COUNT(sent[0]);
        EQUAL(i, seen[thread]++);
    }
    EQUAL(n, 8 * COUNT(sent[0]));
    vjob__world_unlock();
}

static void timer_in_the_inbox_can_be_cancelled_and_moved(void **state)
{
    (void)state;
    vjob_timer a, b, c;
    vjob__timer_init(&a, never);
    vjob__timer_init(&b, never);
    vjob__timer_init(&c, never);
    vjob__sched_submit(&a, 10);
    vjob__sched_submit(&b, 20);
    vjob__sched_submit(&c, 30);
    vjob__world_lock();
    CHECK(vjob__timer_is_set(&a));
    CHECK(vjob__timer_cancel(&a));
    CHECK(!vjob__timer_cancel(&a));
    vjob__timer_set(&b, 40);
    CHECK(vjob__timer_pop(1000) == &c);
    CHECK(vjob__timer_pop(1000) == &b);
    EQUAL(vjob__timer_count(), 0);
    vjob__world_unlock();
}

/* ---- set by any thread, fired by the scheduler's ---- */

static tally fired = TALLY;

static void count(vjob_timer *t)
{
    (void)t;
    CHECK(vjob__world_held());
    tally_add(&fired);
}

static void timer_set_while_the_scheduler_sleeps_wakes_it(void **state)
{
    (void)state;
    vjob_timer far, t;
    vjob__timer_init(&far, never);
    vjob__timer_init(&t, count);
    tally_init(&fired);
    vjob__world_lock();
    vjob__timer_set(&far, vjob__world_now() + 1000 * HOUR); /* something to sleep for */
    vjob__world_unlock();
    for (int i = 1; i <= 200; i++) {
        vjob__world_lock();
        if (i % 2)
            vjob__timer_set(&t, vjob__world_now() + (uint64_t)i * 1000);
        else
            vjob__timer_set_quiet(&t, vjob__world_now());
        vjob__world_unlock();
        tally_wait(&fired, i); /* nobody else drives */
    }
    vjob__world_lock();
    CHECK(vjob__timer_cancel(&far));
    vjob__world_unlock();
}

static uint64_t fired_at[3];
static int order_of[3], n_fired;
static vjob_timer three[3];

static void note_order(vjob_timer *t)
{
    order_of[n_fired] = (int)(t - three);
    fired_at[n_fired++] = vjob__world_now();
    if (t == &three[0] && n_fired == 1)
        vjob__timer_set(t, vjob__world_now()); /* now: but not inside this call */
}

static void timer_set_for_now_in_its_own_firing_comes_after_what_is_due(void **state)
{
    (void)state;
    n_fired = 0;
    vjob__world_lock();
    uint64_t due = vjob__world_now() + HOUR;
    for (int i = 0; i < 2; i++) {
        vjob__timer_init(&three[i], note_order);
        vjob__timer_set(&three[i], due);
    }
    vjob__world_unlock();
    OK(vjob_sleep(2 * HOUR));
    EQUAL(n_fired, 3);
    EQUAL(order_of[0], 0);
    EQUAL(order_of[1], 1);
    EQUAL(order_of[2], 0);
    for (int i = 0; i < 3; i++) EQUAL(fired_at[i], due);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        NONE(random_histories_agree_with_a_plain_list),
        NONE(durations_from_a_nanosecond_to_centuries_are_exact),
        NONE(full_slot_is_put_in_order),
        NONE(equal_instants_keep_the_order_of_setting),
        NONE(submitted_timers_of_one_thread_keep_their_order),
        NONE(timer_in_the_inbox_can_be_cancelled_and_moved),
        REAL(timer_set_while_the_scheduler_sleeps_wakes_it),
        AUTO(timer_set_for_now_in_its_own_firing_comes_after_what_is_due),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
