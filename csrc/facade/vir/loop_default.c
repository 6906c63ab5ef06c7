/*
 * Our event loop: watches of descriptors and timers on the engine's clock.
 *
 * A round waits, then calls the timers that are due, then the watches that were found ready, then frees
 * what was removed. Callbacks may add, change and remove anything, themselves too. What a round is
 * about to call and is removed meanwhile is not called any more.
 */
#include <stdlib.h>
#include <string.h>

#include "loop.h"

typedef struct entry {
    struct entry *next;
    int id;
    int is_timer, removed;
    int fd, events;  /* watches */
    int frequency;   /* timers: milliseconds, -1: off */
    uint64_t due_ns; /* timers that are on */
    virEventHandleCallback on_handle;
    virEventTimeoutCallback on_timeout;
    void *opaque;
    virFreeCallback free_opaque;
} entry;

static vjob_obj lock = {.refs = 1}; /* of all that follows */
static entry *entries, **last = &entries;
static int last_handle_id, last_timer_id;
static vjob_ring *ring; /* wakes the loop; made by the first round */
static int waiting, woken;
static uint64_t alarm_ns; /* the last alarm of the ring that was asked for and is still to come; 0: none */

/* ---- entries: locked ------------------------------------------------------------------------------------------ */

static entry *find(int is_timer, int id)
{
    for (entry *at = entries; at; at = at->next)
        if (at->is_timer == is_timer && at->id == id && !at->removed) return at;
    return NULL;
}

/* Must the loop be woken? Whoever asks does it, with unlock_and_wake. */
static int needs_wake(void)
{
    const int needs = waiting && !woken;
    if (needs) woken = 1;
    return needs;
}

static void unlock_and_wake(int wake)
{
    vjob_ring *const to = ring;
    vjob_obj_unlock(&lock);
    if (wake) vjob_ring_post(to, 0, 0, 0, 0);
}

static void set_frequency(entry *timer, int frequency, uint64_t now)
{
    timer->frequency = frequency;
    timer->due_ns = frequency > 0 ? now + (uint64_t)frequency * 1000000 : 0;
}

/* Takes over `made`; its id, or -1. */
static int add(entry *made)
{
    if (!made) return -1;
    vjob_obj_lock(&lock);
    made->id = made->is_timer ? ++last_timer_id : ++last_handle_id;
    const int id = made->id;
    *last = made;
    last = &made->next;
    unlock_and_wake(needs_wake());
    return id;
}

static int remove_entry(int is_timer, int id)
{
    vjob_obj_lock(&lock);
    entry *found = find(is_timer, id);
    if (found) found->removed = 1;
    unlock_and_wake(found && needs_wake());
    return found ? 0 : -1;
}

/* ---- what is handed on to us -------------------------------------------------------------------------------------- */

int vir_loop_add_handle(int fd, int events, virEventHandleCallback cb, void *opaque, virFreeCallback ff)
{
    entry *made = fd >= 0 && cb ? calloc(1, sizeof *made) : NULL;
    if (made)
        *made = (entry){.fd = fd, .events = events, .on_handle = cb, .opaque = opaque, .free_opaque = ff};
    return add(made);
}

void vir_loop_update_handle(int watch, int events)
{
    vjob_obj_lock(&lock);
    entry *found = find(0, watch);
    if (found) found->events = events;
    unlock_and_wake(needs_wake());
}

int vir_loop_remove_handle(int watch)
{
    return remove_entry(0, watch);
}

int vir_loop_add_timeout(int frequency, virEventTimeoutCallback cb, void *opaque, virFreeCallback ff)
{
    entry *made = cb ? calloc(1, sizeof *made) : NULL;
    if (made) {
        *made = (entry){.is_timer = 1, .on_timeout = cb, .opaque = opaque, .free_opaque = ff};
        set_frequency(made, frequency, vjob_clock_now());
    }
    return add(made);
}

void vir_loop_update_timeout(int timer, int frequency)
{
    const uint64_t now = vjob_clock_now();
    vjob_obj_lock(&lock);
    entry *found = find(1, timer);
    if (found) set_frequency(found, frequency, now);
    unlock_and_wake(needs_wake());
}

int vir_loop_remove_timeout(int timer)
{
    return remove_entry(1, timer);
}

/* ---- a round --------------------------------------------------------------------------------------------------------- */

typedef struct round {
    vjob_watch *watches;
    int *ids;
    size_t n;
    int look; /* something is due already: do not wait */
} round;

static void free_removed(void)
{
    entry *gone = NULL;
    vjob_obj_lock(&lock);
    for (entry **at = &entries; *at;) {
        entry *one = *at;
        if (!one->removed) {
            at = &one->next;
            continue;
        }
        *at = one->next;
        one->next = gone;
        gone = one;
    }
    last = &entries;
    while (*last) last = &(*last)->next;
    vjob_obj_unlock(&lock);
    while (gone) {
        entry *next = gone->next;
        if (gone->free_opaque) gone->free_opaque(gone->opaque);
        free(gone);
        gone = next;
    }
}

/* Locked. Room was made for all entries. */
static void collect(round *r, uint64_t now, uint64_t *out_due_ns)
{
    *out_due_ns = UINT64_MAX;
    for (entry *at = entries; at; at = at->next) {
        if (at->removed) continue;
        if (at->is_timer) {
            if (at->frequency < 0) continue;
            if (at->due_ns <= now)
                r->look = 1;
            else if (at->due_ns < *out_due_ns)
                *out_due_ns = at->due_ns;
        } else if (at->events) {
            r->watches[r->n] = (vjob_watch){.fd = at->fd, .wants = (uint32_t)at->events};
            r->ids[r->n++] = at->id;
        }
    }
}

static size_t count(void)
{
    size_t n = 0;
    for (entry *at = entries; at; at = at->next) n++;
    return n;
}

/* What to wait for. 0 | -1: out of memory */
static int prepare(round *r, uint64_t *out_alarm_ns)
{
    vjob_obj_lock(&lock);
    const size_t room = count() + 16; /* others may add while we are not looking */
    vjob_obj_unlock(&lock);
    r->watches = malloc(room * sizeof *r->watches);
    r->ids = malloc(room * sizeof *r->ids);
    if (!r->watches || !r->ids) return -1;
    const uint64_t now = vjob_clock_now();
    vjob_ring_listen(ring, 1);
    vjob_obj_lock(&lock);
    uint64_t due_ns = UINT64_MAX;
    const int fits = count() <= room;
    if (fits) collect(r, now, &due_ns);
    if (!fits) r->look = 1; /* the next round sees them all */
    if (alarm_ns && alarm_ns <= now) alarm_ns = 0;
    /* one alarm for each instant; a later one is not enough to go by, since a new world forgets alarms */
    const int sooner = due_ns != UINT64_MAX && due_ns != alarm_ns;
    *out_alarm_ns = sooner ? due_ns : 0;
    if (sooner) alarm_ns = due_ns;
    waiting = 1;
    woken = 0;
    vjob_obj_unlock(&lock);
    return 0;
}

/* Alarms, and wakes of others that come late, must not lie there when no further round comes. */
static void drain(void)
{
    vjob_obj_lock(&lock);
    waiting = 0;
    vjob_obj_unlock(&lock);
    if (ring) vjob_ring_listen(ring, 0);
}

/* The next timer after `id` that is due, its next time set; 0: there is none. */
static int take_due(int after, uint64_t now, int most, virEventTimeoutCallback *out_call, void **out_opaque)
{
    int id = 0;
    vjob_obj_lock(&lock);
    for (entry *at = entries; at && !id; at = at->next) {
        if (!at->is_timer || at->removed || at->id <= after || at->id > most) continue;
        if (at->frequency < 0 || at->due_ns > now) continue;
        set_frequency(at, at->frequency, now);
        *out_call = at->on_timeout;
        *out_opaque = at->opaque;
        id = at->id;
    }
    vjob_obj_unlock(&lock);
    return id;
}

static void call_timers(void)
{
    const uint64_t now = vjob_clock_now();
    virEventTimeoutCallback call;
    void *opaque;
    vjob_obj_lock(&lock);
    const int most = last_timer_id; /* what callbacks add waits for the next round */
    vjob_obj_unlock(&lock);
    for (int id = 0; (id = take_due(id, now, most, &call, &opaque)) != 0;) call(id, opaque);
}

static void call_handles(const round *r)
{
    for (size_t i = 0; i < r->n; i++) {
        if (!r->watches[i].got) continue;
        virEventHandleCallback call = NULL;
        void *opaque = NULL;
        vjob_obj_lock(&lock);
        entry *found = find(0, r->ids[i]);
        if (found && found->events) {
            call = found->on_handle;
            opaque = found->opaque;
        }
        vjob_obj_unlock(&lock);
        if (call) call(r->ids[i], r->watches[i].fd, (int)r->watches[i].got, opaque);
    }
}

/* The ring stays for good: a loop that ran once may run again. */
static int make_ring(void)
{
    vjob_obj_lock(&lock);
    const int made = ring != NULL;
    vjob_obj_unlock(&lock);
    if (made) return 0;
    vjob_ring *fresh = vjob_ring_create();
    if (!fresh) return -1;
    vjob_obj_lock(&lock);
    vjob_ring *unused = ring ? fresh : NULL;
    if (!ring) ring = fresh;
    vjob_obj_unlock(&lock);
    if (unused) {
        vjob_ring_close(unused);
        vjob_ring_release(unused);
    }
    return 0;
}

int vir_loop_run_once(void)
{
    round r = {0};
    uint64_t wake_ns = 0;
    free_removed();
    int failed = make_ring() || prepare(&r, &wake_ns);
    if (!failed && wake_ns && vjob_ring_alarm(ring, wake_ns, 0)) failed = -1;
    if (!failed && vjob_fd_wait(r.watches, r.n, ring, r.look)) failed = -1;
    drain();
    if (!failed) {
        call_timers();
        call_handles(&r);
        free_removed();
    }
    free(r.watches);
    free(r.ids);
    return failed ? vir_fail_memory(VIR_FROM_EVENT) : 0;
}
