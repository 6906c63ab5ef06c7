/*
 * thread.c - a record for every thread that has called us.
 *
 * The auto clock asks these records who is at work. Records are never freed (others may look at them
 * at any time) but reused when their thread has ended.
 */
#include "core.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

__thread vjob__thread *vjob__self __attribute__((tls_model("initial-exec")));

static vjob__thread *records; /* atomic; only ever grows */
static pthread_key_t at_exit_key;
static pthread_once_t once = PTHREAD_ONCE_INIT;

/* Runs when a thread ends; may run before other libraries' thread destructors that still call us:
 * such a late call simply attaches again. */
static void detach(void *arg)
{
    vjob__thread *t = arg;
    if (vjob_enter_free()) return; /* a forked child has nothing to give back */
    vjob__native_forget(t);
    vjob__slots_flush(t->slots);
    vjob__slabs_flush(t->slabs);
    __atomic_store_n(&t->last_call, 0, __ATOMIC_RELAXED);
    __atomic_store_n(&t->waiting, 0, __ATOMIC_RELAXED);
    __atomic_store_n(&t->in_user, 0, __ATOMIC_RELAXED);
    __atomic_store_n(&t->serving, 0, __ATOMIC_RELAXED);
    vjob__self = NULL;
    __atomic_store_n(&t->in_use, 0, __ATOMIC_RELEASE);
    vjob__sched_kick(); /* one thread less to wait for */
}

static void make_key(void)
{
    pthread_key_create(&at_exit_key, detach);
}

static vjob__thread *reuse(void)
{
    for (vjob__thread *t = __atomic_load_n(&records, __ATOMIC_ACQUIRE); t; t = t->next) {
        uint32_t no = 0;
        if (!__atomic_load_n(&t->in_use, __ATOMIC_RELAXED) &&
            __atomic_compare_exchange_n(&t->in_use, &no, 1, 0, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
            return t;
    }
    return NULL;
}

vjob__thread *vjob__thread_reserve(thread_kind kind)
{
    pthread_once(&once, make_key);
    vjob__thread *t = reuse();
    if (!t) {
        t = calloc(1, sizeof *t);
        if (!t) return NULL;
        t->in_use = 1;
        t->next = __atomic_load_n(&records, __ATOMIC_RELAXED);
        while (!__atomic_compare_exchange_n(&records, &t->next, t, 1, __ATOMIC_RELEASE, __ATOMIC_RELAXED)) {}
    }
    t->callback_depth = 0;
    t->own_job = NULL;
    t->world_held = 0;
    t->error.err = VJOB_OK;
    t->error.text[0] = t->error.object[0] = t->error.state[0] = 0;
    __atomic_store_n(&t->kind, (uint32_t)kind, __ATOMIC_RELAXED);
    return t;
}

void vjob__thread_adopt(vjob__thread *t)
{
    __atomic_store_n(&t->tid, plat_thread_id(), __ATOMIC_RELAXED);
    vjob__self = t;
    pthread_setspecific(at_exit_key, t);
}

void vjob__thread_unreserve(vjob__thread *t)
{
    __atomic_store_n(&t->in_use, 0, __ATOMIC_RELEASE);
}

vjob__thread *vjob__thread_attach(void)
{
    vjob__thread *t = vjob__thread_reserve(THREAD_CLIENT);
    if (t) vjob__thread_adopt(t);
    return t;
}

/* The child of a fork has one thread; the others' records must not be waited for. */
void vjob__threads_after_fork(void)
{
    for (vjob__thread *t = records; t; t = t->next)
        if (t != vjob__self) t->last_call = t->waiting = t->in_user = 0;
}

/* ---- who is at work ---- */

void vjob__thread_touch(vjob__thread *t)
{
    /* the time first: until the rest follows, it must not look like one that has been silent since its last call */
    __atomic_store_n(&t->last_call, plat_real_ns(), __ATOMIC_SEQ_CST);
    __atomic_store_n(&t->poll_change, 0, __ATOMIC_RELAXED);
    if (__atomic_load_n(&t->waiting, __ATOMIC_RELAXED)) __atomic_store_n(&t->waiting, 0, __ATOMIC_SEQ_CST);
}

uint64_t vjob__changes_now(void)
{
    return __atomic_load_n(&vjob__changes, __ATOMIC_SEQ_CST);
}

void vjob__thread_polled(vjob__thread *t, uint64_t changes)
{
    uint64_t seen = __atomic_load_n(&t->poll_change, __ATOMIC_RELAXED);
    if (__atomic_load_n(&t->last_call, __ATOMIC_RELAXED) == 0) vjob__thread_touch(t);
    if (seen != changes + 1) {
        __atomic_store_n(&t->poll_change, changes + 1, __ATOMIC_SEQ_CST);
        vjob__sched_kick(); /* it has seen how things are: the clock may go on */
    }
}

int vjob__threads_serving(vjob_space space, int tell)
{
    int n = 0;
    for (vjob__thread *t = __atomic_load_n(&records, __ATOMIC_ACQUIRE); t; t = t->next) {
        if (t == vjob__self || __atomic_load_n(&t->serving, __ATOMIC_SEQ_CST) != (uint32_t)space) continue;
        n++;
        if (tell)
            fprintf(stderr,
                    "vjob: %s has not returned 5 s after the end of its API; it is left to end by itself\n",
                    __atomic_load_n(&t->running, __ATOMIC_RELAXED));
    }
    return n;
}

void vjob__thread_set_waiting(vjob__thread *t, int waiting)
{
    if (!waiting) __atomic_store_n(&t->last_call, plat_real_ns(), __ATOMIC_SEQ_CST);
    __atomic_store_n(&t->poll_change, 0, __ATOMIC_RELAXED);
    __atomic_store_n(&t->waiting, (uint32_t)waiting, __ATOMIC_SEQ_CST);
}

/* A thread silent for the grace time counts as waiting, unless it is merely kept from the processor (not for
 * ever: one that is stuck in the kernel looks the same). */
static uint64_t silent_but_runnable(vjob__thread *t, uint64_t now, uint64_t since, uint64_t grace)
{
    uint64_t cpu;
    int sleeps;
    if (__atomic_load_n(&t->wants_world, __ATOMIC_SEQ_CST))
        return grace / 4 + 1;                         /* sleeps on the lock that we hold */
    if (t->mark_time == UINT64_MAX - since) return 0; /* found silent before, and no call since */
    if (plat_thread_probe(__atomic_load_n(&t->tid, __ATOMIC_RELAXED), &cpu, &sleeps) == 0) {
        if (t->mark_time != since) { /* one look is too little: the whole machine may have stood still */
            t->mark_time = since;
            t->cpu_mark = cpu;
            return grace / 4 + 1;
        }
        if (!sleeps && cpu - t->cpu_mark < grace && now - since < 50 * grace + 1000 * NS_PER_MS)
            return grace / 4 + 1;
    }
    t->mark_time = UINT64_MAX - since;
    return 0;
}

static uint64_t busy_for(vjob__thread *t, uint64_t now, uint64_t grace)
{
    if (__atomic_load_n(&t->waiting, __ATOMIC_SEQ_CST)) return 0;
    if (__atomic_load_n(&t->kind, __ATOMIC_RELAXED) != THREAD_CLIENT &&
        !__atomic_load_n(&t->in_user, __ATOMIC_SEQ_CST))
        return 0;
    uint64_t since = __atomic_load_n(&t->last_call, __ATOMIC_SEQ_CST);
    if (!since) return 0;
    if (now < since + grace) return since + grace - now;
    uint64_t polled = __atomic_load_n(&t->poll_change, __ATOMIC_SEQ_CST);
    if (polled) { /* a poller gets the grace time to look at what has changed since it looked last */
        if (polled == vjob__changes_now() + 1) return 0;
        since = __atomic_load_n(&vjob__change_time, __ATOMIC_RELAXED);
        if (now < since + grace) return since + grace - now;
    }
    return silent_but_runnable(t, now, since, grace);
}

uint64_t vjob__threads_busy_for(void)
{
    uint64_t now = plat_real_ns(), grace = vjob__clock_grace_ns(), least = 0;
    for (vjob__thread *t = __atomic_load_n(&records, __ATOMIC_ACQUIRE); t; t = t->next) {
        uint64_t busy = __atomic_load_n(&t->in_use, __ATOMIC_ACQUIRE) ? busy_for(t, now, grace) : 0;
        if (busy && (!least || busy < least)) least = busy;
    }
    return least;
}

int vjob__threads_outside(void)
{
    for (vjob__thread *t = __atomic_load_n(&records, __ATOMIC_ACQUIRE); t; t = t->next)
        if (__atomic_load_n(&t->in_use, __ATOMIC_ACQUIRE) &&
            __atomic_load_n(&t->last_call, __ATOMIC_RELAXED) &&
            __atomic_load_n(&t->kind, __ATOMIC_RELAXED) == THREAD_CLIENT &&
            __atomic_load_n(&t->waiting, __ATOMIC_SEQ_CST) != 1)
            return 1;
    return 0;
}
