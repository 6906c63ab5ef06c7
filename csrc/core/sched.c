/*
 * sched.c - the world lock, and who fires timers when.
 *
 * Driving means: take the world lock, fire what is due. The scheduler thread drives; so does a thread
 * that is about to wait, which spares it a thread switch. In auto mode driving also moves the clock,
 * and only happens when nothing can run (law 18): a whole instant is fired under one lock, the threads
 * it wakes go on after the unlock.
 */
#include "core.h"

#include <stdlib.h>

#define BATCH 512 /* timers fired under one lock in real time */
#define MANY 16   /* of these fired at one look: see linger */
#define LINGER_NS 50000
#define PATIENCE 8u
#define PATIENCE_MAX 4096u
#define WAKES 128
#define INBOX_TURN 256 /* a submitter empties the inbox now and then */

static pthread_mutex_t world = PTHREAD_MUTEX_INITIALIZER;
static uint32_t *wakes[WAKES]; /* world: words of threads to be woken after the unlock */
static size_t n_wakes;         /* world */
static uint64_t instant;       /* world: the instant being fired, 0 outside */

uint64_t vjob__changes, vjob__change_time;

/* ---- world lock ---- */

void vjob__world_lock(void)
{
    vjob__thread *t = vjob__thread_self();
#ifdef VJOB_DEBUG
    if (t && t->world_held) abort();
#endif
    int is_auto = (__atomic_load_n(&vjob__state, __ATOMIC_RELAXED) & STATE_AUTO) && t;
    if (unlikely(is_auto)) __atomic_store_n(&t->wants_world, 1, __ATOMIC_SEQ_CST);
    pthread_mutex_lock(&world);
    if (!t) return;
    t->world_held = 1;
    if (likely(!is_auto)) return;
    /* a client of the simulator's own functions is at work too; waiting threads drive with waiting set */
    if (!t->waiting && t->kind == THREAD_CLIENT) vjob__thread_touch(t);
    __atomic_store_n(&t->wants_world, 0, __ATOMIC_SEQ_CST);
}

static void wake_now(uint32_t *word)
{
    __atomic_store_n(word, 1, __ATOMIC_RELEASE);
    plat_futex_wake(word, 1);
}

void vjob__world_unlock(void)
{
    uint32_t *to_wake[WAKES];
    vjob__thread *self = vjob__self;
    size_t n = n_wakes;
    for (size_t i = 0; i < n; i++) to_wake[i] = wakes[i];
    n_wakes = 0;
    vjob_obj *dead = vjob__obj_take_deferred();
    if (self) self->world_held = 0;
    pthread_mutex_unlock(&world);
    for (size_t i = 0; i < n; i++)
        if (!self || to_wake[i] != &self->wake) wake_now(to_wake[i]);
    if (dead) vjob__obj_destroy_deferred(dead);
}

int vjob__world_held(void)
{
    return vjob__self && vjob__self->world_held;
}

void vjob__world_wake(vjob__thread *t)
{
    vjob__thread_set_waiting(t, 0); /* it runs from now on, as far as the clock is concerned */
    vjob__world_signal(&t->wake);
}

void vjob__world_signal(uint32_t *word)
{
    if (vjob__world_held() && n_wakes < WAKES)
        wakes[n_wakes++] = word;
    else
        wake_now(word);
}

uint64_t vjob__world_now(void)
{
    return instant ? instant : vjob_clock_now();
}

/* ---- inbox ---- */

static vjob_timer *inbox; /* atomic stack through link[0] */
static uint64_t
    asleep_until; /* atomic: clock at which the scheduler thread looks again; 0: it looks anyway */
enum { AWAKE, ASLEEP, KICKED };
static uint32_t attention; /* atomic, futex: the scheduler thread is awake, asleep, or has to look again */

void vjob__sched_kick(void)
{
    if (__atomic_load_n(&attention, __ATOMIC_SEQ_CST) == KICKED) return; /* it has still to look */
    if (__atomic_exchange_n(&attention, KICKED, __ATOMIC_SEQ_CST) == ASLEEP) plat_futex_wake(&attention, 1);
}

/* A timer was set: the scheduler thread must not sleep past it. In auto mode whoever fires timers sees to that. */
void vjob__sched_expect(uint64_t due_ns)
{
    if (likely(due_ns >= __atomic_load_n(&asleep_until, __ATOMIC_SEQ_CST))) return;
    if (vjob__world_held() && instant && vjob__clock_mode() == CLOCK_AUTO) return;
    vjob__sched_kick();
}

/* For what somebody else would do as well: 0 if the lock is taken, or the calling thread has it. */
static int try_world(void)
{
    vjob__thread *self = vjob__self;
    if (!self || self->world_held || pthread_mutex_trylock(&world)) return 0;
    self->world_held = 1;
    return 1;
}

/* Many submissions of far-off timers must not pile up until the first of them is due. */
static void tidy_inbox(void)
{
    if (!try_world()) return;
    vjob__sched_drain();
    vjob__world_unlock();
}

void vjob__sched_submit_chain(vjob_timer *newest, vjob_timer *oldest, size_t n, uint64_t due_ns)
{
    vjob_timer *head = __atomic_load_n(&inbox, __ATOMIC_RELAXED);
    do oldest->link[0] = head;
    while (!__atomic_compare_exchange_n(&inbox, &head, newest, 1, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED));
    vjob__sched_expect(due_ns);
    vjob__thread *self = vjob__self;
    if (!self || likely((self->submitted += (uint32_t)n) < INBOX_TURN)) return;
    self->submitted = 0;
    tidy_inbox();
}

void vjob__sched_submit(vjob_timer *t, uint64_t due_ns)
{
    vjob__timer_inbox(t, due_ns);
    vjob__sched_submit_chain(t, t, 1, due_ns);
}

void vjob__sched_drain(void)
{
    if (likely(!__atomic_load_n(&inbox, __ATOMIC_SEQ_CST))) return;
    vjob_timer *t = __atomic_exchange_n(&inbox, NULL, __ATOMIC_ACQUIRE), *list = NULL;
    while (t) { /* the stack has the newest first */
        vjob_timer *next = t->link[0];
        t->link[0] = list;
        list = t;
        t = next;
    }
    while (list) {
        vjob_timer *next = list->link[0];
        vjob__timer_from_inbox(list);
        list = next;
    }
}

/* ---- what can run ---- */

static int runnable; /* atomic: tasks that wait for an engine thread */

void vjob__runnable_add(int n)
{
    __atomic_fetch_add(&runnable, n, __ATOMIC_SEQ_CST);
}

int vjob__runnable(void)
{
    return __atomic_load_n(&runnable, __ATOMIC_SEQ_CST);
}

/* ---- driving ---- */

static uint64_t look_again_ns; /* world: real ns after which driving again makes sense; UINT64_MAX never */

static int fire_due(uint64_t now, int most)
{
    int fired = 0;
    vjob_timer *t;
    instant = now;
    while (fired < most && (t = vjob__timer_pop(now))) {
        t->fire(t);
        fired++;
        vjob__sched_drain();
    }
    instant = 0;
    if (fired) {
        __atomic_fetch_add(&vjob__changes, 1, __ATOMIC_SEQ_CST);
        __atomic_store_n(&vjob__change_time, plat_real_ns(), __ATOMIC_RELAXED);
    }
    return fired;
}

static int drive_real(void)
{
    vjob__sched_drain();
    uint64_t now = vjob_clock_now();
    int fired = fire_due(now, BATCH);
    uint64_t next = vjob__timer_next(now, 0), quiet = vjob__timer_next_quiet();
    look_again_ns = vjob__timer_tidy(BATCH) ? 0 : vjob__clock_real_delay(next < quiet ? next : quiet);
    return fired;
}

/* The instant to jump to; 0 when the clock has to stand (look_again_ns says for how long). */
static uint64_t next_instant(uint64_t now)
{
    static uint64_t quiet_jump; /* real time of the last jump for a quiet timer alone */
    uint64_t next = vjob__timer_next(now, 1), quiet = vjob__timer_next_quiet();
    if (next != UINT64_MAX) return quiet < next ? quiet : next;
    look_again_ns = UINT64_MAX;
    if (quiet == UINT64_MAX || !vjob__threads_outside()) return 0;
    /* a client waits by its own means, perhaps for this; its time is real, so do not flood it */
    uint64_t real = plat_real_ns(), grace = vjob__clock_grace_ns();
    if (real < quiet_jump + grace) {
        look_again_ns = quiet_jump + grace - real;
        return 0;
    }
    quiet_jump = real;
    return quiet;
}

static int drive_auto(void)
{
    int fired = 0;
    for (;;) {
        vjob__sched_drain();
        look_again_ns = UINT64_MAX;
        if (vjob__runnable()) { /* a thread is on its way to it, and may fall silent in it */
            look_again_ns = vjob__clock_grace_ns();
            return fired;
        }
        if (vjob__rings_pending()) return fired; /* who takes the entries kicks */
        if (vjob__fds_ready()) return fired;     /* so does who waited for the descriptor */
        uint64_t busy = vjob__threads_busy_for();
        if (busy) {
            look_again_ns = busy;
            return fired;
        }
        uint64_t now = vjob_clock_now();
        if (fire_due(now, INT32_MAX)) {
            fired = 1;
            continue;
        }
        uint64_t to = next_instant(now);
        if (!to) return fired;
        vjob__clock_jump(to);
    }
}

int vjob__sched_drive(void)
{
    return vjob__clock_mode() == CLOCK_AUTO ? drive_auto() : drive_real();
}

int vjob__sched_more(void)
{
    return vjob__clock_mode() == CLOCK_AUTO || look_again_ns == 0;
}

/* For engine threads that have just become idle: let the auto clock go on without a thread switch. */
void vjob__sched_help(void)
{
    if (vjob__clock_mode() != CLOCK_AUTO) return;
    vjob__world_lock();
    vjob__sched_drive();
    int must_look = look_again_ns != UINT64_MAX;
    vjob__world_unlock();
    if (must_look) vjob__sched_kick();
}

int vjob__sched_drive_new(void)
{
    if (!__atomic_load_n(&inbox, __ATOMIC_ACQUIRE) || vjob__clock_mode() == CLOCK_AUTO || !try_world())
        return 0;
    const int fired = vjob__clock_mode() != CLOCK_AUTO && drive_real();
    vjob__world_unlock();
    return fired;
}

/* ---- the scheduler thread ---- */

/* Unless somebody has kicked since it began to look. True: it was woken before it had slept for long. */
static int sleep_for(uint64_t delay)
{
    uint32_t state = AWAKE;
    if (!__atomic_compare_exchange_n(&attention, &state, ASLEEP, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
        return 1;
    uint64_t from = plat_real_ns();
    plat_futex_wait(&attention, ASLEEP, delay);
    return delay > LINGER_NS && plat_real_ns() - from < LINGER_NS;
}

/* All that was due has been fired, and it was so much that more is on its way: to sleep and to be woken for a few of
 * them each time would cost more than the jobs do. Nobody kicks meanwhile; who waits for a job drives by itself. */
static void linger(uint64_t most)
{
    uint32_t nobody = 0;
    __atomic_store_n(&attention, KICKED, __ATOMIC_SEQ_CST);
    plat_futex_wait(&nobody, 0, most < LINGER_NS ? most : LINGER_NS);
}

/* What the scheduler's thread knows of those who wait. */
typedef struct habits {
    uint64_t changes;  /* vjob__changes at the last look */
    uint32_t soon;     /* how often in a row it was woken as soon as it slept */
    uint32_t patience; /* how many of these it takes until it tries to linger */
    int trying;
} habits;

/* Has a thread that waits driven since the last look? Then this one was woken for nothing, which is most of what an
 * empty job costs that somebody waits for, and the next such job is probably near: better to linger, too. Where this
 * thread is always first, nobody can tell; so it tries to linger now and then, ever less often if nobody drives. */
static int others_drive(habits *h, int fired)
{
    uint64_t before = h->changes;
    h->changes = __atomic_load_n(&vjob__changes, __ATOMIC_SEQ_CST);
    int they_do = h->changes - before > (fired > 0);
    if (they_do)
        h->patience = PATIENCE;
    else if (h->trying && h->patience < PATIENCE_MAX)
        h->patience *= 2;
    h->trying = !they_do && h->soon >= h->patience;
    if (h->trying) h->soon = 0;
    return they_do || h->trying;
}

static uint32_t running, stopping; /* atomic */

static void *scheduler(void *arg)
{
    habits known = {.patience = PATIENCE};
    vjob__thread_adopt(arg);
    while (!__atomic_load_n(&stopping, __ATOMIC_ACQUIRE)) {
        __atomic_store_n(&attention, AWAKE, __ATOMIC_SEQ_CST);
        vjob__world_lock();
        int fired = vjob__sched_drive();
        uint64_t delay = look_again_ns;
        /* Said under the lock, so that whoever sets an earlier timer next wakes us; in auto mode a bounded
           sleep looks anyway. */
        uint64_t until = UINT64_MAX;
        if (delay != UINT64_MAX) until = vjob__clock_mode() == CLOCK_AUTO ? 1 : vjob__clock_after_real(delay);
        __atomic_store_n(&asleep_until, fired ? 0 : until, __ATOMIC_SEQ_CST);
        vjob__world_unlock();
        uint64_t watch = vjob__pool_watch();
        if (watch < delay) delay = watch;
        int near = others_drive(&known, fired) || (fired >= MANY && fired < BATCH);
        if (!fired) vjob__log_flush();
        if (near && delay && vjob__clock_mode() != CLOCK_AUTO)
            linger(delay);
        else if (!fired && delay && (until == 1 || !__atomic_load_n(&inbox, __ATOMIC_SEQ_CST)))
            known.soon = sleep_for(delay) ? known.soon + 1 : 0;
        __atomic_store_n(&asleep_until, 0, __ATOMIC_SEQ_CST);
    }
    __atomic_store_n(&running, 0, __ATOMIC_RELEASE);
    plat_futex_wake(&running, 1);
    return NULL;
}

vjob_err vjob__sched_start(void)
{
    __atomic_store_n(&stopping, 0, __ATOMIC_RELEASE);
    __atomic_store_n(&running, 1, __ATOMIC_RELEASE);
    vjob__thread *t = vjob__thread_reserve(THREAD_ENGINE);
    if (t && plat_thread_start(scheduler, t, "vjob-sched") == 0) return VJOB_OK;
    if (t) vjob__thread_unreserve(t);
    __atomic_store_n(&running, 0, __ATOMIC_RELEASE);
    return vjob_fail(VJOB_ETHREAD, NULL, NULL, "the scheduler's thread cannot be started");
}

void vjob__sched_stop(void)
{
    __atomic_store_n(&stopping, 1, __ATOMIC_RELEASE);
    while (__atomic_load_n(&running, __ATOMIC_ACQUIRE)) {
        vjob__sched_kick();
        plat_futex_wait(&running, 1, NS_PER_MS);
    }
}
