/*
 * pool.c - the engine's threads that run user code: delivery threads (callbacks) and workers (bodies).
 *
 * Both are a queue and threads that are kept. They differ in how they grow: workers up to a limit;
 * delivery threads a few at once, and more when the present ones are in engine waits or do not come back.
 */
#include "core.h"

#include <string.h>

#define DELIVERY_EAGER 4   /* started as soon as there is work for them */
#define DELIVERY_MOST 4096 /* counting those in engine waits */
#define STUCK_NS (2 * NS_PER_MS)
#define WORKERS_DEFAULT 256
#define LINGER_NS 50000 /* see lingers */
#define SHORT_NS 200000
#define LINGER_AFTER 4
#define LINGER_SELDOM 4096
#define LINGER_WORTH 3

typedef struct pool {
    pthread_mutex_t lock;
    pthread_cond_t fewer; /* a thread has ended */
    pool_task *first, **last;
    vjob__thread *resting; /* threads that nobody has called yet; who came last is called first */
    vjob__thread *lingers; /* atomic: one that is not called either, as it looks by itself before long */
    unsigned short_rests, after; /* in a row; how many make it worth a try to linger */
    unsigned queued;             /* tasks from first on; also read without the lock */
    unsigned expected;           /* of these, those that a thread is on its way to: they count as runnable */
    unsigned threads, idle, blocked, most, eager; /* idle: resting, or called and not here yet */
    unsigned starting;                            /* of the threads, those that have not begun yet */
    uint64_t picks, picks_seen;
    thread_kind kind;
    int stop;
} pool;

static pool delivery = {
    .lock = PTHREAD_MUTEX_INITIALIZER,
    .fewer = PTHREAD_COND_INITIALIZER,
    .last = &delivery.first,
    .after = LINGER_AFTER,
    .most = DELIVERY_MOST,
    .eager = DELIVERY_EAGER,
    .kind = THREAD_DELIVERY,
};
static pool workers = {
    .lock = PTHREAD_MUTEX_INITIALIZER,
    .fewer = PTHREAD_COND_INITIALIZER,
    .last = &workers.first,
    .most = WORKERS_DEFAULT,
    .eager = WORKERS_DEFAULT,
    .kind = THREAD_WORKER,
};

uint32_t vjob__stopping;

static void run_one(pool *p, vjob__thread *self)
{
    pool_task *task = p->first;
    p->first = task->next;
    if (!p->first) p->last = &p->first;
    p->picks++;
    __atomic_store_n(&p->queued, p->queued - 1, __ATOMIC_RELAXED);
    int expected = p->expected > 0;
    p->expected -= (unsigned)expected;
    pthread_mutex_unlock(&p->lock);
    vjob__thread_touch(self); /* at work before the task stops counting as waiting for a thread */
    __atomic_store_n(&self->in_user, 1, __ATOMIC_SEQ_CST);
    if (expected) vjob__runnable_add(-1);
    task->run(task);
    pthread_mutex_lock(&p->lock);
}

/* Nothing is left to do, so that the auto clock may go on. */
static void rest(pool *p, vjob__thread *self)
{
    pthread_mutex_unlock(&p->lock);
    __atomic_store_n(&self->in_user, 0, __ATOMIC_SEQ_CST);
    vjob__sched_help();
    pthread_mutex_lock(&p->lock);
}

/* lock held. NULL: nobody rests. */
static vjob__thread *take_resting(pool *p)
{
    vjob__thread *t = p->resting;
    if (t) p->resting = t->next_resting;
    return t;
}

/* The same. Without the lock it is only a hint. */
static vjob__thread *lingering(const pool *p)
{
    return __atomic_load_n(&p->lingers, __ATOMIC_RELAXED);
}

static vjob__thread *take_lingering(pool *p)
{
    vjob__thread *t = lingering(p);
    __atomic_store_n(&p->lingers, NULL, __ATOMIC_RELAXED);
    return t;
}

static void sleep_until_called(vjob__thread *self)
{
    while (!__atomic_load_n(&self->called, __ATOMIC_ACQUIRE)) plat_futex_wait(&self->called, 0, UINT64_MAX);
}

/*
 * To be called is what costs most when somebody starts one job after the other and does not wait for the
 * deliveries: a thread that is called again and again soon after it began to rest looks by itself instead, a
 * little later, when there is more to do. Who is going to sleep calls it all the same (vjob__pool_hurry). If
 * the world has hardly gone on meanwhile somebody waited for us by his own means: then it is not tried again soon.
 */
static int is_worth_lingering(const pool *p)
{
    return p->kind == THREAD_DELIVERY && p->short_rests >= p->after && !lingering(p) && !p->stop &&
           vjob__clock_mode() != CLOCK_AUTO;
}

/* lock held at entry and exit, not in between. */
static void linger(pool *p, vjob__thread *self)
{
    __atomic_store_n(&p->lingers, self, __ATOMIC_RELAXED);
    pthread_mutex_unlock(&p->lock);
    const uint64_t changes = vjob__changes_now();
    plat_futex_wait(&self->called, 0, LINGER_NS);
    const int worth = vjob__changes_now() - changes >= LINGER_WORTH;
    pthread_mutex_lock(&p->lock);
    p->after = worth ? LINGER_AFTER : p->after < LINGER_SELDOM ? 4 * p->after : p->after;
    if (!worth) p->short_rests = 0;
    if (lingering(p) == self) {
        take_lingering(p);
        return;
    }
    pthread_mutex_unlock(&p->lock);
    sleep_until_called(self); /* somebody is about to */
    pthread_mutex_lock(&p->lock);
}

/* lock held. Until there may be something to do. */
static void idle(pool *p, vjob__thread *self)
{
    __atomic_store_n(&self->called, 0, __ATOMIC_RELAXED);
    p->idle++;
    if (is_worth_lingering(p)) {
        linger(p, self);
    } else {
        const uint64_t since = plat_real_ns();
        self->next_resting = p->resting;
        p->resting = self;
        pthread_mutex_unlock(&p->lock);
        sleep_until_called(self);
        pthread_mutex_lock(&p->lock);
        p->short_rests = plat_real_ns() - since < SHORT_NS ? p->short_rests + 1 : 0;
    }
    p->idle--;
}

static void *thread_main(void *arg)
{
    vjob__thread *self = arg;
    pool *p = self->kind == THREAD_DELIVERY ? &delivery : &workers;
    vjob__thread_adopt(self);
    pthread_mutex_lock(&p->lock);
    p->starting--;
    for (;;) {
        if (p->first) {
            run_one(p, self);
        } else if (self->in_user) {
            rest(p, self);
        } else if (p->stop) {
            break;
        } else {
            idle(p, self);
        }
    }
    p->threads--;
    pthread_cond_broadcast(&p->fewer);
    pthread_mutex_unlock(&p->lock);
    return NULL;
}

/* lock held */
static vjob_err spawn(pool *p)
{
    if (p->threads >= p->most) return VJOB_ELIMIT;
    vjob__thread *t = vjob__thread_reserve(p->kind);
    if (!t) return vjob_fail(VJOB_ENOMEM, NULL, NULL, "no memory for a thread");
    if (plat_thread_start(thread_main, t, p->kind == THREAD_DELIVERY ? "vjob-deliver" : "vjob-work") != 0) {
        vjob__thread_unreserve(t);
        return vjob_fail(VJOB_ETHREAD, NULL, NULL, "no more threads can be started (%u run)", p->threads);
    }
    p->threads++;
    p->starting++;
    return VJOB_OK;
}

/* lock held */
static void append(pool *p, pool_task *task)
{
    task->next = NULL;
    *p->last = task;
    p->last = &task->next;
    __atomic_store_n(&p->queued, p->queued + 1, __ATOMIC_RELAXED);
}

/* lock held. An error: nobody will ever run it, it was not added. Who is to be called after the unlock, if anybody. */
static vjob_err add(pool *p, pool_task *task, vjob__thread **out_call)
{
    vjob_err err = VJOB_OK;
    if (p->queued + 1 > p->idle && p->threads - p->blocked < p->eager) err = spawn(p);
    if (p->kind == THREAD_WORKER && !p->threads) return err;
    append(p, task);
    /* Deliveries get a thread in any case, unless there is none at all; a body may have to wait until
     * another one has ended. */
    if (p->kind == THREAD_DELIVERY ? p->threads > 0 : p->expected < p->idle + p->starting) {
        p->expected++;
        vjob__runnable_add(1);
    }
    if (p->queued > 1 || !lingering(p)) *out_call = p->resting ? take_resting(p) : take_lingering(p);
    return VJOB_OK;
}

/* No lock held but the world's: with that, after its unlock. */
static void call(vjob__thread *t)
{
    if (t) vjob__world_signal(&t->called);
}

void vjob__pool_deliver(pool_task *task)
{
    vjob__thread *resting = NULL;
    pthread_mutex_lock(&delivery.lock);
    add(&delivery, task, &resting);
    int stuck = delivery.queued > delivery.idle;
    pthread_mutex_unlock(&delivery.lock);
    call(resting);
    if (stuck) vjob__sched_kick(); /* it watches, and starts more threads */
}

int vjob__pool_others_wait(void)
{
    return __atomic_load_n(&delivery.queued, __ATOMIC_RELAXED) != 0;
}

int vjob__pool_deliver_again(pool_task *task)
{
    if (!vjob__pool_others_wait()) return 0;
    pthread_mutex_lock(&delivery.lock);
    append(&delivery, task); /* the calling thread comes for the first of them: nobody is woken */
    delivery.expected++;
    vjob__runnable_add(1);
    pthread_mutex_unlock(&delivery.lock);
    return 1;
}

void vjob__pool_hurry(void)
{
    vjob__thread *t = NULL;
    if (likely(!lingering(&delivery))) return;
    pthread_mutex_lock(&delivery.lock);
    if (delivery.first) t = take_lingering(&delivery);
    pthread_mutex_unlock(&delivery.lock);
    call(t);
}

vjob_err vjob__pool_can_deliver(void)
{
    vjob_err err = VJOB_OK;
    pthread_mutex_lock(&delivery.lock);
    if (unlikely(!delivery.threads && !delivery.stop)) err = spawn(&delivery);
    pthread_mutex_unlock(&delivery.lock);
    return err;
}

vjob_err vjob__pool_work(pool_task *task)
{
    vjob__thread *resting = NULL;
    pthread_mutex_lock(&workers.lock);
    vjob_err err = add(&workers, task, &resting);
    pthread_mutex_unlock(&workers.lock);
    call(resting);
    return err;
}

/* ---- delivery threads do not delay each other ---- */

static int delivers(const vjob__thread *t)
{
    return __atomic_load_n(&t->kind, __ATOMIC_RELAXED) == THREAD_DELIVERY && t->in_user;
}

void vjob__pool_thread_blocks(vjob__thread *t)
{
    if (!delivers(t)) return;
    pthread_mutex_lock(&delivery.lock);
    delivery.blocked++;
    if (delivery.queued > delivery.idle) spawn(&delivery);
    pthread_mutex_unlock(&delivery.lock);
}

void vjob__pool_thread_unblocks(vjob__thread *t)
{
    if (!delivers(t)) return;
    pthread_mutex_lock(&delivery.lock);
    delivery.blocked--;
    pthread_mutex_unlock(&delivery.lock);
}

uint64_t vjob__pool_watch(void)
{
    uint64_t again = UINT64_MAX;
    pthread_mutex_lock(&delivery.lock);
    if (delivery.queued >
        delivery.idle) { /* those that are on their way may be held up by what they come for */
        if (delivery.picks == delivery.picks_seen && !spawn(&delivery))
            for (; delivery.expected < delivery.queued; delivery.expected++) /* since there was no thread */
                vjob__runnable_add(1);
        delivery.picks_seen = delivery.picks;
        again = STUCK_NS;
    } else {
        delivery.picks_seen = UINT64_MAX; /* the next look only notes where things are */
    }
    pthread_mutex_unlock(&delivery.lock);
    return again;
}

/* ---- user code ---- */

void vjob__body_enter(void)
{
    if (vjob__self && vjob__clock_mode() == CLOCK_AUTO) vjob__thread_touch(vjob__self);
}

static uint32_t drainers,
    served; /* atomic; served is a futex: user code that returned while somebody drained */

static int promised[VJOB_SPACE_COUNT]; /* atomic */

static void wake_drainers(void)
{
    if (likely(!__atomic_load_n(&drainers, __ATOMIC_SEQ_CST))) return;
    __atomic_fetch_add(&served, 1, __ATOMIC_SEQ_CST);
    plat_futex_wake(&served, INT32_MAX);
}

void vjob__serve_promise(vjob_space space, int n)
{
    if (__atomic_add_fetch(&promised[space], n, __ATOMIC_SEQ_CST) == 0) wake_drainers();
}

void vjob__serve_begin(vjob_space space, const char *what)
{
    if (vjob__self) {
        __atomic_store_n(&vjob__self->running, what, __ATOMIC_RELAXED);
        __atomic_store_n(&vjob__self->serving, (uint32_t)space, __ATOMIC_RELEASE);
    }
    plat_light_fence();
}

void vjob__serve_end(void)
{
    if (vjob__self) __atomic_store_n(&vjob__self->serving, 0, __ATOMIC_RELEASE);
    plat_light_fence();
    wake_drainers();
}

int vjob__serve_drain(vjob_space space, uint64_t deadline_real)
{
    int left;
    __atomic_fetch_add(&drainers, 1, __ATOMIC_SEQ_CST);
    plat_heavy_fence();
    for (;;) {
        uint32_t seen = __atomic_load_n(&served, __ATOMIC_SEQ_CST);
        uint64_t now = plat_real_ns();
        left = __atomic_load_n(&promised[space], __ATOMIC_SEQ_CST) + vjob__threads_serving(space, 0);
        if (!left || now >= deadline_real) break;
        plat_futex_wait(&served, seen, deadline_real - now);
    }
    __atomic_fetch_sub(&drainers, 1, __ATOMIC_SEQ_CST);
    return left;
}

void vjob__callback_enter(void)
{
    if (!vjob__self) return;
    vjob__self->callback_depth++;
    if (vjob__clock_mode() == CLOCK_AUTO) vjob__thread_touch(vjob__self);
}

void vjob__callback_leave(void)
{
    if (vjob__self) vjob__self->callback_depth--;
}

int vjob_in_callback(void)
{
    return vjob__self && vjob__self->callback_depth > 0;
}

/* ---- stopping ---- */

vjob_err vjob__pool_set_workers(unsigned long max)
{
    if (max < 1 || max > 65536)
        return vjob_fail(VJOB_EINVAL, NULL, NULL, "%lu worker threads: say 1 to 65536", max);
    pthread_mutex_lock(&workers.lock);
    workers.most = workers.eager = (unsigned)max;
    pthread_mutex_unlock(&workers.lock);
    return VJOB_OK;
}

static void begin_stop(pool *p)
{
    pthread_mutex_lock(&p->lock);
    p->stop = 1;
    if (p->first && !p->threads) spawn(p); /* there was no thread when it came */
    call(take_lingering(p));
    vjob__thread *first = p->resting, *next;
    p->resting = NULL;
    for (vjob__thread *t = first; t; t = next) {
        next = t->next_resting; /* it may rest again at once */
        call(t);
    }
    pthread_mutex_unlock(&p->lock);
}

static int await_stop(pool *p, uint64_t deadline_real)
{
    /* a body that ends its API does not wait for itself */
    unsigned own = vjob__self && __atomic_load_n(&vjob__self->kind, __ATOMIC_RELAXED) == p->kind;
    pthread_mutex_lock(&p->lock);
    while (p->threads > own && plat_real_ns() < deadline_real) {
        struct timespec until;
        uint64_t wall = plat_wall_ns() + 10 * NS_PER_MS; /* the deadline is looked at now and then */
        until.tv_sec = (time_t)(wall / 1000000000u);
        until.tv_nsec = (long)(wall % 1000000000u);
        pthread_cond_timedwait(&p->fewer, &p->lock, &until);
    }
    int left =
        (int)(p->threads - own); /* they end when their user code returns, or serve again after a restart */
    pthread_mutex_unlock(&p->lock);
    return left;
}

int vjob__pool_stop(uint64_t deadline_real)
{
    begin_stop(&workers);
    begin_stop(&delivery);
    int left = await_stop(&workers, deadline_real);
    begin_stop(&delivery); /* for what the workers have left behind */
    return left + await_stop(&delivery, deadline_real);
}

void vjob__pool_restart(void)
{
    pthread_mutex_lock(&workers.lock);
    workers.stop = 0;
    pthread_mutex_unlock(&workers.lock);
    pthread_mutex_lock(&delivery.lock);
    delivery.stop = 0;
    pthread_mutex_unlock(&delivery.lock);
}
