/**
 * core.h - what the files of core share with each other. The simulator sees world.h instead.
 * The design (words, lock order, how a job ends) is in ../DESIGN.md.
 */
#ifndef VJOB_CORE_H
#define VJOB_CORE_H

#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <vjob/host.h>
#include <vjob/vjob.h>

#include "platform/platform.h"
#include "world.h"

#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)
#define NS_PER_MS 1000000ull

/* ---- threads (thread.c): a record for every thread that has called us, never freed, reused ---- */

typedef enum thread_kind { THREAD_CLIENT, THREAD_DELIVERY, THREAD_WORKER, THREAD_ENGINE } thread_kind;

#define THREAD_PARKED 2
#define SLOT_CACHE 64
typedef struct slot_cache {
    uint32_t count;
    uint32_t idx[SLOT_CACHE];
} slot_cache;

/* Free blocks of one size, for one thread: see slab.c. */
#define SLAB_STEP 16u
#define SLAB_SIZES 17u /* up to 256 bytes; what is larger comes from malloc */
#define SLAB_MAGAZINE 32u
typedef struct slab_block {
    struct slab_block *next;
    struct slab_block *next_magazine; /* of the first block of a magazine in the shared list */
    uint32_t count;                   /* likewise: blocks from here on */
} slab_block;
typedef struct slab_cache {
    slab_block *first, *spare; /* spare: a whole magazine, or none */
    uint32_t count;            /* blocks from first on */
} slab_cache;

typedef struct vjob__thread {
    struct vjob__thread *next;         /* in the list of all records; immutable */
    uint32_t in_use;                   /* atomic */
    uint32_t tid;                      /* atomic */
    uint32_t kind;                     /* atomic: thread_kind */
    uint32_t wake;                     /* atomic, futex: set by whoever wakes the thread */
    uint32_t called;                   /* atomic, futex: pool.c: there is something to do */
    struct vjob__thread *next_resting; /* its pool's lock */
    uint32_t waiting;                  /* atomic: 1 in an engine wait, THREAD_PARKED waits by its own means */
    uint32_t in_user;                  /* atomic: an engine thread that runs user code now */
    uint32_t serving;                  /* atomic: vjob_space whose user code it runs; 0 none */
    const char *running;               /* atomic: what that is; static */
    uint32_t callback_depth;           /* own: > 0 inside a callback */
    uint64_t last_call;                /* atomic: real time of the last call that was no poll; 0 never */
    uint64_t poll_change;         /* atomic: change number seen by the last poll; 0 none since last_call */
    uint64_t cpu_mark, mark_time; /* world: see thread_is_quiet */
    uint32_t wants_world; /* atomic: is about to take the world lock, and may sleep on it; auto clock only */
    uint32_t world_held;  /* own */
    slot_cache slots[VJOB_SPACE_COUNT]; /* own */
    slab_cache slabs[SLAB_SIZES];       /* own */
    vjob_job *own_job;                  /* own: see vjob_job_set_own */
    struct recipe *last_recipe;         /* own: native.c */
    uint32_t recipe_credit;             /* own: references to it that are not used yet */
    uint32_t submitted;                 /* own: timers handed over to the inbox */
    vjob_error error;                   /* own */
} vjob__thread;

extern __thread vjob__thread *vjob__self __attribute__((tls_model("initial-exec")));
vjob__thread *vjob__thread_attach(void); /* slow path of vjob__thread_self; NULL: out of memory */
/** A record for a thread that is to be started, which adopts it. NULL: out of memory. */
vjob__thread *vjob__thread_reserve(thread_kind kind);
void vjob__thread_adopt(vjob__thread *t);
void vjob__thread_unreserve(vjob__thread *t);
static inline vjob__thread *vjob__thread_self(void)
{
    return likely(vjob__self != NULL) ? vjob__self : vjob__thread_attach();
}
/** The auto clock: note that the calling thread is at work, or has looked in vain, beginning when `changes`
 *  was vjob__changes_now(): what changed during the look it may have missed. */
void vjob__thread_touch(vjob__thread *t);
void vjob__thread_polled(vjob__thread *t, uint64_t changes);
/** Real ns after which to look again, 0 if no client or user code is at work. world */
uint64_t vjob__threads_busy_for(void);
/** 1 if some client thread that has called us is outside engine waits (silent or not). world */
int vjob__threads_outside(void);
void vjob__thread_set_waiting(vjob__thread *t, int waiting);
void vjob__threads_after_fork(void);
/** How many other threads run user code of an API; with `tell` they are named on stderr. */
int vjob__threads_serving(vjob_space space, int tell);

/* ---- engine (engine.c) ---- */

#define STATE_FORKED 0x80000000u
#define STATE_AUTO 0x40000000u
extern uint32_t vjob__state; /* atomic: bit (1 << space) = held; STATE_* */
int vjob__space_held(vjob_space space);

/* ---- errors (error.c) ---- */
vjob_error *vjob__error_slot(void);
vjob_err vjob__fail_handle(vjob_handle h, vjob_err err);

/* ---- handles (handle.c) ---- */
vjob_space vjob__handle_space(vjob_handle h);
vjob_err vjob__pin_any(vjob_handle h, vjob_obj **out_obj);
/** As vjob_name_hold, and tells the object; works while anything keeps the name alive. */
vjob_err vjob__hold_object(vjob_handle h, vjob_obj **out_obj);
/** The name's slot is about to be written. */
void vjob__name_prefetch(vjob_handle h);
/** The object of a name that the caller has pinned or holds. */
vjob_obj *vjob__held_object(vjob_handle h);
void vjob__space_begin(vjob_space space);
void vjob__space_end(vjob_space space);
void vjob__slots_flush(slot_cache caches[VJOB_SPACE_COUNT]);
vjob_err vjob__name_create_held(vjob_obj *obj, int held, vjob_handle *out_h);
/** The same; takes over one of the caller's references, if it succeeds. */
vjob_err vjob__name_create_owned(vjob_obj *obj, int held, vjob_handle *out_h);

/* ---- memory (slab.c): for what is made and freed often, by any threads; sizes in steps ---- */
static inline size_t vjob__slab_steps(size_t size)
{
    _Static_assert(sizeof(slab_block) <= 2 * SLAB_STEP, "a free block has room for what is kept in it");
    return size <= 2 * SLAB_STEP ? 2 : (size + SLAB_STEP - 1) / SLAB_STEP;
}

/** Slabs have it, rather than malloc, which the tools that watch memory know. */
static inline int vjob__slab_serves(size_t steps)
{
#ifdef VJOB_NO_SLABS
    (void)steps;
    return 0;
#else
    return steps < SLAB_SIZES && !plat_memory_is_watched();
#endif
}

#ifdef VJOB_DEBUG
extern int (*vjob__slab_fault)(void); /* for tests: 1 lets an allocation fail */
#define SLAB_FAILS (vjob__slab_fault && vjob__slab_fault())
#else
#define SLAB_FAILS 0
#endif

static inline slab_block *vjob__slab_pop(slab_cache *cache)
{
    slab_block *block = cache->first;
    cache->first = block->next;
    cache->count--;
    return block;
}

static inline void vjob__slab_push(slab_cache *cache, slab_block *block)
{
    block->next = cache->first;
    cache->first = block;
    cache->count++;
}

void *vjob__slab_refill(size_t steps);                /* the rare way of the next: nothing is left here */
void vjob__slab_put(slab_block *block, size_t steps); /* and of the one after it: there is no room */

/** As malloc: not zeroed, NULL when there is none left. */
static inline void *vjob__slab_take(size_t steps)
{
    vjob__thread *t = vjob__self;
    if (unlikely(!vjob__slab_serves(steps))) return malloc(steps * SLAB_STEP);
    if (SLAB_FAILS) return NULL;
    return likely(t && t->slabs[steps].first) ? vjob__slab_pop(&t->slabs[steps]) : vjob__slab_refill(steps);
}

/** `steps`: as they were asked for, or if that were more SLAB_SIZES. */
static inline void vjob__slab_give(void *memory, size_t steps)
{
    vjob__thread *t = vjob__self;
    if (unlikely(!vjob__slab_serves(steps)))
        free(memory);
    else if (likely(t && t->slabs[steps].count < SLAB_MAGAZINE))
        vjob__slab_push(&t->slabs[steps], memory);
    else
        vjob__slab_put(memory, steps);
}

void vjob__slabs_flush(slab_cache caches[SLAB_SIZES]);
void vjob__slabs_after_fork(void);

/* ---- objects (obj.c) ---- */
/* In vjob_obj.lock, beside the lock's two bits: */
#define OBJ_IS_JOB 0x80000000u
#define OBJ_SIZE_SHIFT 8 /* its size in steps of a slab, 8 bits; SLAB_SIZES: larger */
/** Free an object that nobody has seen, without its class's destroy. */
void vjob__obj_discard(vjob_obj *obj);
vjob_obj *vjob__obj_take_deferred(void); /* world */
void vjob__obj_destroy_deferred(vjob_obj *list);

/* ---- clock (clock.c) ---- */
typedef enum clock_mode { CLOCK_REAL, CLOCK_SCALED, CLOCK_AUTO } clock_mode;
clock_mode vjob__clock_mode(void);
uint64_t vjob__clock_grace_ns(void);
void vjob__clock_jump(uint64_t to_ns);              /* auto only; world */
uint64_t vjob__clock_after_real(uint64_t delay_ns); /* what the clock will show after that much real time */
uint64_t vjob__clock_real_delay(uint64_t due_ns);   /* real ns from now until the clock shows due_ns */
vjob_err vjob__clock_parse(const char *spec, int apply);
void vjob__clock_reset(void);
void vjob__clock_mark_started(void); /* from now on a new mode goes on from the present instant */

/* ---- timers (timer.c); all world ---- */
void vjob__timer_set_class(vjob_timer *t, uint64_t due_ns, unsigned cls);
#define TIMER_WORK 0u
#define TIMER_DEADLINE 1u
#define TIMER_QUIET 2u
/** Next timer that is due at `now`, taken out; NULL if none. */
vjob_timer *vjob__timer_pop(uint64_t now);
/** Earliest due instant of work and deadlines, exact or a lower bound (UINT64_MAX none); and of quiet ones. */
uint64_t vjob__timer_next(uint64_t now, int exact);
uint64_t vjob__timer_next_quiet(void);
/** Do up to `most` steps of what can be prepared; 1 if more is left. */
int vjob__timer_tidy(size_t most);
void vjob__timer_forget_all(void (*forgotten)(vjob_timer *t)); /* calls it for each */
size_t vjob__timer_count(void);
void vjob__timer_inbox(vjob_timer *t, uint64_t due_ns); /* no lock: prepare for the inbox */
void vjob__timer_from_inbox(vjob_timer *t);
/** For a timer that fires: one that is likely to be next, NULL if none is known. */
static inline const vjob_timer *vjob__timer_follower(const vjob_timer *t)
{
    return t->link[0]; /* it was the next of the run, or is the first child in a heap */
}

/* ---- scheduler (sched.c) ---- */
/** Hand over a timer without the world lock: a lock-free inbox. Only for timers set for the first time. */
void vjob__sched_submit(vjob_timer *t, uint64_t due_ns);
/** The same for n timers, none due before due_ns: each is prepared by vjob__timer_inbox, and its link[0] is the
 *  one that was set before it. */
void vjob__sched_submit_chain(vjob_timer *newest, vjob_timer *oldest, size_t n, uint64_t due_ns);
void vjob__sched_drain(void); /* world: move the inbox into the wheel */
/** Fire what is due. world; returns 1 if anything was fired. Auto: only when nothing can run, jumping. */
int vjob__sched_drive(void);
int vjob__sched_more(void); /* world; after a drive that fired something: to be done again? */
/** No lock: fire what is due, if something has just been set and nobody else is at it; for looks that do not wait.
 *  1 if anything was fired. Not with the auto clock. */
int vjob__sched_drive_new(void);
void vjob__sched_help(void);              /* no lock: drive if the clock is auto */
void vjob__sched_kick(void);              /* make the scheduler thread look again */
void vjob__sched_expect(uint64_t due_ns); /* a timer was set for this instant */
vjob_err vjob__sched_start(void);
void vjob__sched_stop(void);
uint64_t vjob__changes_now(void);
extern uint64_t vjob__changes;     /* atomic: number of instants at which timers fired, for polls */
extern uint64_t vjob__change_time; /* atomic: real time of the last of them */
/** Things that are about to run but have no thread yet: count them in and out. */
void vjob__runnable_add(int n);
int vjob__runnable(void);
/** world: wake a thread after the unlock; it counts as running from now on. */
void vjob__world_wake(vjob__thread *t);
/** Set a futex's word to 1 and wake who sleeps on it: now, or if the world lock is held after its unlock. The word
 *  is never freed. */
void vjob__world_signal(uint32_t *word);

/* ---- jobs (job.c) and waits (wait.c) ---- */
#define JOB_STATE_MASK 0xffu
#define JOB_CANCEL_ASKED 0x100u
#define JOB_SETTLING 0x200u
#define JOB_RUNREF 0x400u   /* the engine holds a reference: a job without a name */
#define JOB_NAMEHOLD 0x800u /* or the name, which does the same */
#define JOB_WAKE_HELD 0x1000u
#define JOB_TOLD 0x2000u /* native: it ended in time to be told of */
typedef struct vjob_wait_node {
    struct vjob_wait_node *next, **prev;
    void (*notify)(struct vjob_wait_node *node, vjob_job *job); /* world; the node is already off the list */
} vjob_wait_node;
vjob_job *vjob__job_new_at(const vjob_job_kind *kind, size_t size, const char *operation, uint64_t now_ns);
void vjob__job_add_node(vjob_job *job, vjob_wait_node *node); /* world; job running (or waiters held back) */
void vjob__job_drop_node(vjob_wait_node *node);               /* world */
void vjob__job_end_after(vjob_job *job, uint64_t from_ns, uint64_t delay_ns, vjob_err err);
/** The same for n jobs, in this order, that end well. */
void vjob__jobs_end_after(vjob_job *const *jobs, size_t n, uint64_t from_ns, uint64_t delay_ns);
int vjob__job_forget(vjob_timer *t);           /* world; 1 if it was a job's: that ends */
void vjob__job_begin(vjob_job *job);           /* somebody works on it from now on */
int vjob__job_waits_over(const vjob_job *job); /* may a waiter go on? */
/** The state, by a look that began when `changes` was vjob__changes_now(). */
vjob_job_state vjob__job_state_seen(const vjob_job *job, uint64_t changes);
void vjob__waits_end(vjob_space space); /* world: VJOB_ECLOSED for all waits of a space */
void vjob__waits_look(void);            /* no lock: the clock's mode has changed */
vjob_err vjob__wait_jobs(vjob_job *const *jobs, size_t n, int all, uint64_t deadline_ns, uint64_t slice_ns,
                         vjob_space space, size_t *out_index);
uint64_t vjob__deadline(uint64_t timeout_ns);
/** A wait, on the waiting thread's stack; the thread, the space and what is missing are set by who begins it. */
typedef struct vjob__waiter {
    struct vjob__waiter *next, **prev; /* world: all waits */
    vjob__thread *thread;
    size_t missing; /* world: jobs that must still end */
    int done;       /* world */
    vjob_err result;
    vjob_space space;
    vjob_timer deadline;
} vjob__waiter;
/** Sleep until vjob__wait_finish, the deadline, or the end of a slice in real time (0: none). world */
vjob_err vjob__wait_record(vjob__waiter *w, uint64_t deadline_ns, uint64_t slice_end);
void vjob__wait_finish(vjob__waiter *w, vjob_err result); /* world; only the first one counts */

/* ---- descriptors (fd.c) ---- */
/** 1 when a thread waits for a descriptor that is ready: it is about to run. */
int vjob__fds_ready(void);

/* ---- pools (pool.c): threads that run tasks ---- */
typedef struct pool_task {
    struct pool_task *next;
    void (*run)(struct pool_task *task);
} pool_task;
/** A job's body in the workers' queue; lives as long as the job. */
typedef struct vjob__body {
    pool_task task;
    vjob_work work;
    vjob_job *job;
    vjob_err (*run)(vjob_job *job, void *data);
    void *data;
    uint32_t taken; /* atomic: it has begun, or never will */
} vjob__body;
/** As vjob_job_run, with memory that the job brings along. */
vjob_err vjob__job_run_in(vjob__body *b, vjob_job *job, vjob_err (*run)(vjob_job *job, void *data),
                          void *data);
/** See that there is a delivery thread, so that who registers a handler hears of it when there can be none. */
vjob_err vjob__pool_can_deliver(void);
void vjob__pool_deliver(pool_task *task); /* delivery threads; never blocks; without a thread: later */
/** Do tasks wait for a delivery thread? */
int vjob__pool_others_wait(void);
/** On a delivery thread, at the end of a task's turn: give others theirs first. 0: none waits, go on. */
int vjob__pool_deliver_again(pool_task *task);
void vjob__pool_hurry(void);                    /* no lock: who calls this waits, perhaps for a delivery */
vjob_err vjob__pool_work(pool_task *task);      /* worker threads; VJOB_ETHREAD, VJOB_ENOMEM: not one */
void vjob__pool_thread_blocks(vjob__thread *t); /* a delivery thread enters an engine wait */
void vjob__pool_thread_unblocks(vjob__thread *t);
uint64_t vjob__pool_watch(void); /* scheduler: help stuck delivery; real ns until next look, or UINT64_MAX */
int vjob__pool_stop(uint64_t deadline_real); /* 0: all threads ended; else how many are still in user code */
void vjob__pool_restart(void);
vjob_err vjob__pool_set_workers(unsigned long max);
void vjob__callback_enter(void); /* around every call into user code: a callback, */
void vjob__callback_leave(void);
void vjob__body_enter(void); /* or a job's body, which is none */
/** Around user code of an API; what may forbid it is looked at after the first of them. `what` is static. */
void vjob__serve_begin(vjob_space space, const char *what);
void vjob__serve_end(void);
/** So many calls are on their way to a thread (or were: negative). */
void vjob__serve_promise(vjob_space space, int n);
/** Wait until no other thread runs user code of that API, nor is to; how many still do at the deadline. */
int vjob__serve_drain(vjob_space space, uint64_t deadline_real);
extern uint32_t vjob__stopping; /* atomic: the engine's last holder is leaving */

/* ---- channels (channel.c) ---- */
void vjob__channels_end(vjob_space space);

/* ---- rings (ring.c) ---- */
int vjob__rings_pending(void);
#define RING_EVENT                                                                                           \
    INT64_MIN /* `b` of an entry without a handle: `a` is an event of a source, one reference */
void vjob__tap_post_event(vjob_tap *tap, vjob_item *event); /* takes over a reference */
vjob_handle vjob__event_give(vjob_item *event); /* the same, as an object with a name; 0: no memory */
void vjob__event_column(vjob_event_columns *columns,
                        vjob_item *event); /* the same, see vjob_ring_take_events */
int vjob__ring_forget(vjob_timer *t);      /* world; 1 if it was an alarm, which is freed */

/* ---- event log (log.c) ---- */
vjob_err vjob__log_open(const char *path);
void vjob__log_flush(void);
void vjob__log_restart(void);
int vjob__log_is_open(void);
uint64_t vjob__log_seq(void);

/* ---- native jobs (native.c) ---- */
/** The native API ends: jobs that end from now on are not told of, bodies that wait do not begin. */
void vjob__native_end(void);
/** Nor are jobs that ended before, but could not be told of in time. */
void vjob__native_close(void);
int vjob__native_has_body(const vjob_job *job);
void vjob__native_step(vjob_timer *t);     /* world: fires for a native job with progress steps */
void vjob__native_forget(vjob__thread *t); /* what a thread that ends remembers of its last start */

/* ---- sources (source.c) ---- */
void vjob__world_source_end(void);

#endif
