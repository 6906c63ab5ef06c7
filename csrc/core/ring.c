/*
 * ring.c - pulled queues: entries go in from anywhere, a client drains them; a descriptor tells when.
 *
 * The descriptor is signalled when the first entry comes and cleared when the last is taken, so a
 * burst costs one system call. Taps let C event handlers feed a ring and keep it alive.
 */
#include "core.h"

#include <stdlib.h>
#include <string.h>

#define GATHER_AFTER 16           /* entries taken at once */
#define GATHER_NS (200 * 1000ull) /* real time */

struct vjob_ring {
    uint32_t refs;         /* atomic: owner, taps, watches */
    int fd;                /* immutable */
    pthread_mutex_t lock;  /* guards the rest */
    vjob_ring_item *items; /* circular, cap is a power of two */
    size_t cap, first, count;
    size_t last_taken; /* atomic */
    int closed, deaf;
};

static int pending;      /* atomic: entries in all open rings */
static uint64_t dropped; /* atomic: entries that nobody takes any more */

int vjob__rings_pending(void)
{
    return __atomic_load_n(&pending, __ATOMIC_SEQ_CST);
}

uint64_t vjob_ring_dropped(void)
{
    return __atomic_load_n(&dropped, __ATOMIC_RELAXED);
}

static vjob_ring *retain(vjob_ring *ring)
{
    __atomic_fetch_add(&ring->refs, 1, __ATOMIC_RELAXED);
    return ring;
}

void vjob_ring_release(vjob_ring *ring)
{
    if (!ring || __atomic_fetch_sub(&ring->refs, 1, __ATOMIC_ACQ_REL) != 1) return;
    plat_close(ring->fd);
    pthread_mutex_destroy(&ring->lock);
    free(ring->items);
    free(ring);
}

vjob_ring *vjob_ring_create(void)
{
    vjob_ring *ring = calloc(1, sizeof *ring);
    vjob_ring_item *items = malloc(64 * sizeof *items);
    int fd = ring && items ? plat_event_fd() : -1;
    if (fd < 0) {
        vjob_fail(VJOB_ENOMEM, NULL, NULL, "no memory or descriptor for an event queue");
        free(items);
        free(ring);
        return NULL;
    }
    *ring = (vjob_ring){.refs = 1, .fd = fd, .items = items, .cap = 64};
    pthread_mutex_init(&ring->lock, NULL);
    return ring;
}

int vjob_ring_fd(vjob_ring *ring)
{
    return ring->fd;
}

static int grow(vjob_ring *ring)
{
    vjob_ring_item *items = malloc(2 * ring->cap * sizeof *items);
    if (!items) return -1;
    for (size_t i = 0; i < ring->count; i++) items[i] = ring->items[(ring->first + i) & (ring->cap - 1)];
    free(ring->items);
    ring->items = items;
    ring->first = 0;
    ring->cap *= 2;
    return 0;
}

vjob_err vjob_ring_post(vjob_ring *ring, uint64_t token, uint64_t handle, int64_t a, int64_t b)
{
    vjob_err err = VJOB_OK;
    int signal = 0;
    if (vjob_enter_free()) return VJOB_EFORK;
    pthread_mutex_lock(&ring->lock);
    if (ring->closed)
        err = VJOB_ECLOSED;
    else if (ring->deaf)
        err = VJOB_OK;
    else if (ring->count == ring->cap && grow(ring))
        err = VJOB_ENOMEM;
    else {
        ring->items[(ring->first + ring->count) & (ring->cap - 1)] = (vjob_ring_item){token, handle, a, b};
        signal = ring->count++ == 0;
        __atomic_fetch_add(&pending, 1, __ATOMIC_SEQ_CST);
    }
    if (signal) plat_event_signal(ring->fd); /* under the lock: a taker must not clear it first */
    pthread_mutex_unlock(&ring->lock);
    if (err) __atomic_fetch_add(&dropped, 1, __ATOMIC_RELAXED);
    return err;
}

/* Entries as they are. */
static size_t take(vjob_ring *ring, vjob_ring_item *out, size_t n)
{
    vjob__thread *t = vjob__thread_self();
    if (vjob_enter_free()) return 0;
    if (t && vjob__clock_mode() == CLOCK_AUTO) vjob__thread_touch(t); /* at work before the entries leave */
    pthread_mutex_lock(&ring->lock);
    if (n > ring->count) n = ring->count;
    for (size_t i = 0; i < n; i++) out[i] = ring->items[(ring->first + i) & (ring->cap - 1)];
    ring->first = (ring->first + n) & (ring->cap - 1);
    ring->count -= n;
    __atomic_store_n(&ring->last_taken, n, __ATOMIC_RELAXED);
    if (n && !ring->count && !ring->closed) plat_event_clear(ring->fd);
    __atomic_fetch_sub(&pending, (int)n, __ATOMIC_SEQ_CST);
    pthread_mutex_unlock(&ring->lock);
    if (n && vjob__clock_mode() == CLOCK_AUTO) vjob__sched_kick(); /* entries held the clock back */
    return n;
}

void vjob_ring_listen(vjob_ring *ring, int on)
{
    vjob__thread *t = vjob__thread_self();
    if (vjob_enter_free()) return;
    if (t && vjob__clock_mode() == CLOCK_AUTO) vjob__thread_touch(t); /* as where entries are taken */
    pthread_mutex_lock(&ring->lock);
    const size_t forgotten = on ? 0 : ring->count;
    ring->deaf = !on;
    ring->count -= forgotten;
    if (forgotten && !ring->closed) plat_event_clear(ring->fd);
    __atomic_fetch_sub(&pending, (int)forgotten, __ATOMIC_SEQ_CST);
    pthread_mutex_unlock(&ring->lock);
    if (forgotten && vjob__clock_mode() == CLOCK_AUTO) vjob__sched_kick();
}

static int is_event(const vjob_ring_item *entry)
{
    return !entry->handle && entry->b == RING_EVENT;
}

static vjob_item *event_of(const vjob_ring_item *entry)
{
    return (vjob_item *)(intptr_t)entry->a;
}

size_t vjob_ring_take(vjob_ring *ring, vjob_ring_item *out, size_t n)
{
    size_t kept = 0;
    n = take(ring, out, n);
    for (size_t i = 0; i < n; i++) {
        vjob_ring_item entry = out[i];
        if (is_event(&entry)) {
            entry = (vjob_ring_item){.token = entry.token, .handle = vjob__event_give(event_of(&entry))};
            if (!entry.handle) continue; /* out of memory: this event is lost to this handler */
        }
        out[kept++] = entry;
    }
    return kept;
}

enum { SAME_TOKEN = 1, SAME_WHAT = 2, SAME_OBJECT = 4, SAME_STATE = 8, SAME_PROGRESS = 16, SAME_VALUE = 32 };

/* What the events of a batch have in common: see vjob_ring_take_events. */
static int64_t common(const vjob_ring_item *out, size_t n, const vjob_event_columns *events)
{
    int64_t same = SAME_TOKEN | SAME_WHAT | SAME_OBJECT | SAME_STATE | SAME_PROGRESS | SAME_VALUE;
    if (events->n < n) same &= ~SAME_TOKEN;
    for (size_t i = 1; i < n; i++)
        if (out[i].token != out->token) same &= ~SAME_TOKEN;
    for (size_t i = 1; i < events->n; i++) {
        if (events->what[i] != events->what[0]) same &= ~SAME_WHAT;
        if (events->object[i] != events->object[0]) same &= ~SAME_OBJECT;
        if (events->state[i] != events->state[0]) same &= ~SAME_STATE;
        if (events->progress[i] != events->progress[0]) same &= ~SAME_PROGRESS;
        if (events->value[i] != events->value[0]) same &= ~SAME_VALUE;
    }
    return same;
}

size_t vjob_ring_take_events(vjob_ring *ring, vjob_ring_item *out, size_t n, vjob_event_columns *events)
{
    vjob_ring_item *first = NULL;
    events->n = events->n_texts = 0;
    n = take(ring, out, n < VJOB_COLUMNS ? n : VJOB_COLUMNS);
    for (size_t i = 0; i < n; i++) {
        if (!is_event(&out[i])) continue;
        vjob__event_column(events, event_of(&out[i]));
        out[i].a = 0;
        if (!first) first = &out[i];
    }
    if (first) first->a = common(out, n, events);
    return n;
}

void vjob_event_columns_clear(vjob_event_columns *events)
{
    for (size_t i = 0; i < events->n; i++) vjob_item_release(events->kept[i]);
    events->n = 0;
}

static size_t count_entries(vjob_ring *ring, int *out_closed)
{
    pthread_mutex_lock(&ring->lock);
    const size_t some = ring->count;
    *out_closed = ring->closed;
    pthread_mutex_unlock(&ring->lock);
    return some;
}

/* Where many entries came, many will: let them come in, rather than take the interpreter's lock from who makes
 * them for each few. What fills a batch is enough. */
static vjob_err gather(const vjob_ring *ring, size_t count)
{
    static uint32_t nobody_wakes;
    if (count < VJOB_COLUMNS && __atomic_load_n(&ring->last_taken, __ATOMIC_RELAXED) >= GATHER_AFTER)
        plat_futex_wait(&nobody_wakes, 0, GATHER_NS);
    return VJOB_OK;
}

vjob_err vjob_ring_wait(vjob_ring *ring, uint32_t slice_real_ms)
{
    int closed;
    vjob__thread *t = vjob__thread_self();
    if (vjob_enter_free()) return VJOB_EFORK;
    size_t count = count_entries(ring, &closed);
    if (count) return gather(ring, count);
    if (closed) return VJOB_ECLOSED;
    if (t) vjob__thread_set_waiting(t, 1);
    vjob__sched_help();
    plat_event_wait(ring->fd, slice_real_ms > INT32_MAX ? -1 : (int)slice_real_ms);
    if (t) vjob__thread_set_waiting(t, 0);
    count = count_entries(ring, &closed);
    if (count) return gather(ring, count);
    return closed ? VJOB_ECLOSED : VJOB_EINTERRUPT;
}

void vjob_ring_close(vjob_ring *ring)
{
    if (vjob_enter_free()) return; /* a forked child: its parent's threads cannot give the lock back */
    pthread_mutex_lock(&ring->lock);
    vjob_ring_item *items = ring->items;
    size_t cap = ring->cap, first = ring->first, count = ring->count;
    __atomic_fetch_sub(&pending, (int)count, __ATOMIC_SEQ_CST);
    ring->items = NULL;
    ring->cap = ring->count = 0;
    int was = ring->closed;
    ring->closed = 1;
    if (!was) plat_event_signal(ring->fd);
    pthread_mutex_unlock(&ring->lock);
    __atomic_fetch_add(&dropped, count, __ATOMIC_RELAXED);
    for (size_t i = 0; i < count; i++) {
        const vjob_ring_item *entry = &items[(first + i) & (cap - 1)];
        if (is_event(entry))
            vjob_item_release(event_of(entry));
        else if (entry->handle)
            vjob_space_release(VJOB_SPACE_NONE, entry->handle); /* a plain number is no live handle */
    }
    free(items);
    vjob__sched_kick();
}

/* ---- taps ---- */

struct vjob_tap {
    uint32_t refs; /* atomic */
    uint64_t token;
    vjob_ring *ring;
};

vjob_tap *vjob_tap_create(vjob_ring *ring, uint64_t token)
{
    vjob_tap *tap = malloc(sizeof *tap);
    if (!tap) {
        vjob_fail(VJOB_ENOMEM, NULL, NULL, "no memory for an event handler");
        return NULL;
    }
    *tap = (vjob_tap){1, token, retain(ring)};
    return tap;
}

vjob_tap *vjob_tap_retain(vjob_tap *tap)
{
    __atomic_fetch_add(&tap->refs, 1, __ATOMIC_RELAXED);
    return tap;
}

void vjob_tap_release(vjob_tap *tap)
{
    if (!tap || __atomic_fetch_sub(&tap->refs, 1, __ATOMIC_ACQ_REL) != 1) return;
    vjob_ring_release(tap->ring);
    free(tap);
}

vjob_err vjob_tap_post(vjob_tap *tap, uint64_t handle, int64_t a, int64_t b)
{
    return vjob_ring_post(tap->ring, tap->token, handle, a, b);
}

void vjob__tap_post_event(vjob_tap *tap, vjob_item *event)
{
    if (vjob_tap_post(tap, 0, (int64_t)(intptr_t)event, RING_EVENT)) vjob_item_release(event);
}

/* ---- jobs and deadlines into rings ---- */

typedef struct watch {
    vjob_wait_node node;
    vjob_ring *ring;
    uint64_t token;
} watch;

static void post_end(vjob_ring *ring, uint64_t token, const vjob_job *job)
{
    uint32_t state = __atomic_load_n(&job->state, __ATOMIC_ACQUIRE) & JOB_STATE_MASK;
    vjob_ring_post(ring, token, 0, (int64_t)state, job->err);
}

static void watched_ended(vjob_wait_node *node, vjob_job *job)
{
    watch *w = (watch *)(void *)node;
    post_end(w->ring, w->token, job);
    vjob_ring_release(w->ring);
    free(w);
}

static vjob_err watch_job(vjob_ring *ring, vjob_job *job, uint64_t token)
{
    watch *w = malloc(sizeof *w);
    if (!w) return vjob_fail(VJOB_ENOMEM, job->operation, NULL, "no memory to wait for the job");
    *w = (watch){.node.notify = watched_ended, .ring = retain(ring), .token = token};
    vjob__world_lock();
    int over = vjob__job_waits_over(job);
    if (!over) vjob__job_add_node(job, &w->node);
    vjob__world_unlock();
    if (!over) return VJOB_OK;
    post_end(ring, token, job);
    vjob_ring_release(ring);
    free(w);
    return VJOB_OK;
}

vjob_err vjob_ring_watch(vjob_ring *ring, vjob_handle h, uint64_t token)
{
    vjob_obj *obj;
    vjob_err err = vjob__pin_any(h, &obj);
    if (err) return vjob__fail_handle(h, err);
    vjob_job *job = vjob_obj_as_job(obj);
    err = job ? watch_job(ring, job, token) : vjob__fail_handle(h, VJOB_ETYPE);
    vjob_unpin(h);
    return err;
}

typedef struct alarm {
    vjob_timer timer;
    vjob_ring *ring;
    uint64_t token;
} alarm;

static void alarm_due(vjob_timer *timer)
{
    alarm *a = (alarm *)(void *)timer;
    vjob_ring_post(a->ring, a->token, 0, 0, 0);
    vjob_ring_release(a->ring);
    free(a);
}

int vjob__ring_forget(vjob_timer *timer)
{
    if (timer->fire != alarm_due) return 0;
    vjob_ring_release(((alarm *)(void *)timer)->ring);
    free(timer);
    return 1;
}

vjob_err vjob_ring_alarm(vjob_ring *ring, uint64_t deadline_ns, uint64_t token)
{
    if (vjob_enter_free()) return vjob_fail(VJOB_EFORK, NULL, NULL, "%s", vjob_err_text(VJOB_EFORK));
    alarm *a = calloc(1, sizeof *a);
    if (!a) return vjob_fail(VJOB_ENOMEM, NULL, NULL, "no memory for a deadline");
    *a = (alarm){.timer.fire = alarm_due, .ring = retain(ring), .token = token};
    vjob__world_lock();
    vjob__timer_set_class(&a->timer, deadline_ns, TIMER_DEADLINE);
    vjob__world_unlock();
    vjob__sched_kick();
    return VJOB_OK;
}
