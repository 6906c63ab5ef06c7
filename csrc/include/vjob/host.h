/**
 * host.h - what a facade needs from the engine, beyond vjob.h.
 *
 * A facade gives an API its own words and nothing else: it has no threads and no locks of its own.
 * It looks objects up (pin), makes jobs, posts to channels, and reads the thread's error slot.
 *
 * Three rules that everything here keeps:
 *   - no lock is held while user code runs;
 *   - hooks marked "world" run with the world lock held: they must not block, wait, allocate much,
 *     or call user code; they may use the functions marked "world ok";
 *   - names that clients hold (client references) and names that the engine holds (holds) are counted
 *     apart, so a client that frees too often can never take the engine's reference away.
 */
#ifndef VJOB_HOST_H
#define VJOB_HOST_H

#include <vjob/vjob.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* ---- an API's life --------------------------------------------------------------------------- */

/** Start the engine for an API, or count one more holder. VJOB_EINVAL: bad VJOB_* (said on stderr). */
vjob_err vjob_api_hold(vjob_space space);
/**
 * Undo one hold. The last one of a space ends it: its handles die, its waits return VJOB_ECLOSED,
 * its channels are closed (waiting for running callbacks, 5 s of real time in all).
 * VJOB_ECALLBACK inside a callback (nothing changed) | VJOB_EINIT when it was not held.
 */
vjob_err vjob_api_drop(vjob_space space);
/**
 * First thing in every facade function: VJOB_OK | VJOB_EINIT | VJOB_EFORK.
 * Tells the auto clock that this thread is at work; sets the err of the thread's error slot to VJOB_OK.
 */
vjob_err vjob_enter(vjob_space space);
/** The same for a call that only looks whether something has happened yet: does not hold the clock back.
 *  (vjob_job_get_state itself tells the clock what was found.) */
vjob_err vjob_enter_poll(vjob_space space);
/** VJOB_EFORK in a forked child, else VJOB_OK; for functions that work without the engine. */
vjob_err vjob_enter_free(void);
/** 1 inside a callback that a delivery thread runs. */
int vjob_in_callback(void);

/* ---- errors ---------------------------------------------------------------------------------- */

/** Write the thread's error slot and return `err`. `fmt` as printf, for the text. object/state may be NULL. */
vjob_err vjob_fail(vjob_err err, const char *object, const char *state, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* ---- objects and their names ----------------------------------------------------------------- */

typedef struct vjob_obj vjob_obj;

/** A class of objects. One static const per type. */
typedef struct vjob_class {
    const char *name; /* "PHT_JOB": shown in leak lists */
    vjob_space space;
    uint32_t type;                  /* the API's number */
    void (*destroy)(vjob_obj *obj); /* frees what the object owns, not the object; may be NULL;
                                            any thread, no lock held; must not block */
    void (*describe)(vjob_obj *obj, char *out, size_t cap); /* for leak lists; may be NULL */
} vjob_class;

/** First member of every object. All fields are the engine's. */
struct vjob_obj {
    const vjob_class *cls; /* immutable */
    vjob_handle name;      /* atomic; 0 until it is named */
    uint32_t refs;         /* atomic; of the engine and of C pointers; a live name holds one */
    uint32_t lock;         /* vjob_obj_lock */
};

/** A zeroed object of `size` bytes with one reference (the caller's). NULL: out of memory. */
vjob_obj *vjob_obj_new(const vjob_class *cls, size_t size);
/** C pointer references. Release may destroy; it never blocks. world ok */
vjob_obj *vjob_obj_retain(vjob_obj *obj);
void vjob_obj_release(vjob_obj *obj);
/** Retain unless the last reference is already gone: 1 if retained. For tables that refer to objects
 *  without keeping them, whose entries the class's destroy removes under the same lock. world ok */
int vjob_obj_try_retain(vjob_obj *obj);
/** A short critical section on one object; never held across any engine call, never nested. world ok */
void vjob_obj_lock(vjob_obj *obj);
void vjob_obj_unlock(vjob_obj *obj);

/** Give an object its name with one client reference. The caller keeps its own C reference. */
vjob_err vjob_name_create(vjob_obj *obj, vjob_handle *out_h);
/** One more client reference for an object: on its live name, or under a new name. world ok */
vjob_err vjob_name_give(vjob_obj *obj, vjob_handle *out_h);
/** An engine hold on a name keeps it alive without counting as the client's. VJOB_EBADHANDLE. world ok */
vjob_err vjob_name_hold(vjob_handle h);
void vjob_name_unhold(vjob_handle h);
/** Add a client reference to a name the engine holds (a callback is about to get it). world ok */
vjob_err vjob_name_grant(vjob_handle h);
/** Take all references of clients away: the name is dead for them; what holds it goes on. world ok */
void vjob_name_end(vjob_handle h);
/** How many references clients owe on a live name; 0 if dead. */
uint32_t vjob_name_refs(vjob_handle h);

/** Find a client's handle and keep it and its object until vjob_unpin. Takes no lock.
 *  VJOB_EBADHANDLE for stale, foreign, zero or invented numbers. */
vjob_err vjob_pin(vjob_space space, vjob_handle h, vjob_obj **out_obj);
/** The same for a name that the engine holds, whether or not the client owes it: for APIs with borrowed
 *  handles. VJOB_EBADHANDLE */
vjob_err vjob_pin_held(vjob_space space, vjob_handle h, vjob_obj **out_obj);
void vjob_unpin(vjob_handle h);
/** Drop / add a client reference, only if the handle is of that space. */
vjob_err vjob_space_addref(vjob_space space, vjob_handle h);
vjob_err vjob_space_release(vjob_space space, vjob_handle h);
/** Number of live client handles of one type; UINT32_MAX = any. */
size_t vjob_space_count(vjob_space space, uint32_t type);

/* ---- jobs ------------------------------------------------------------------------------------ */

typedef struct vjob_job vjob_job;

/** What an API adds to a job. `cls` first, so that a kind is a class. */
typedef struct vjob_job_kind {
    vjob_class cls;
    /* world: the outcome is known, nobody can see it yet: translate it into the API's result */
    void (*settle)(vjob_job *job);
    /* world: the job has ended and waiters may look: post the completion to channels */
    void (*ended)(vjob_job *job);
    uint32_t flags;
    /* what the job works on, for vjob_job_look (name of a VM, a host ...); NULL: cls.describe. No lock held */
    void (*subject)(vjob_job *job, char *out, size_t cap);
    /* world, optional: the progress has grown */
    void (*progressed)(vjob_job *job);
} vjob_job_kind;

/** Waiters are not woken at the end but by vjob_job_wake (callback first, then waiters). */
#define VJOB_KIND_WAKE_LATER 1u
/** A body runs also when it was asked to stop before its turn: it looks by itself, and tidies up. */
#define VJOB_KIND_BODY_RUNS 2u

/** One entry of the scheduler; embedded, owned by whoever embeds it. All fields are the engine's. */
typedef struct vjob_timer {
    struct vjob_timer *link[3];
    uint64_t due_ns;
    uint64_t seq;
    void (*fire)(struct vjob_timer *timer); /* world */
} vjob_timer;

/** First member of every facade's job object. All fields are the engine's; read through the functions. */
struct vjob_job {
    vjob_obj obj;
    vjob_timer timer;
    uint32_t state;                 /* atomic: vjob_job_state | flags */
    uint16_t progress;              /* atomic */
    uint16_t err;                   /* vjob_err; immutable once ended */
    struct vjob_wait_node *waiters; /* world */
    const char *operation;          /* static or interned; immutable */
    void *work;          /* world: what does the work (a simulator operation), with its canceller */
    uint64_t started_ns; /* immutable */
};

/** A running job with one reference (the caller's) and no name. `size` >= sizeof(vjob_job). */
vjob_job *vjob_job_new(const vjob_job_kind *kind, size_t size, const char *operation);
/** End a job that nothing else works on. Done when err is VJOB_OK, cancelled when VJOB_ECANCELLED,
 *  else failed. Later calls do nothing. Not from world hooks. */
void vjob_job_end(vjob_job *job, vjob_err err);
/** Let the scheduler end the job with `err` after `delay_ns` (0: as soon as it runs, never inside
 *  this call). Keeps a reference and a name hold until then. */
vjob_err vjob_job_end_later(vjob_job *job, uint64_t delay_ns, vjob_err err);
/** Run `body` on a worker thread; the job ends with what it returns. VJOB_ETHREAD | VJOB_ENOMEM. world ok */
vjob_err vjob_job_run(vjob_job *job, vjob_err (*body)(vjob_job *job, void *data), void *data);
vjob_job_state vjob_job_get_state(const vjob_job *job); /* world ok */
vjob_err vjob_job_get_err(const vjob_job *job);         /* world ok; VJOB_OK while running */
uint32_t vjob_job_get_progress(const vjob_job *job);
/** Wake waiters of an ended VJOB_KIND_WAKE_LATER job. world ok */
void vjob_job_wake(vjob_job *job);
/** The calling thread is now inside a callback of this job (NULL: of none): its waits on the job, once that
 *  has ended, do not wait for vjob_job_wake. Returns what was set before, to be restored. */
vjob_job *vjob_job_set_own(vjob_job *job);
/** Ask to stop, as vjob_job_cancel. VJOB_EDONE. */
vjob_err vjob_job_ask_cancel(vjob_job *job);
/** Wait for a job object (the caller holds it). VJOB_OK | VJOB_ETIMEDOUT | VJOB_ECLOSED */
vjob_err vjob_job_wait(vjob_job *job, uint64_t timeout_ns);
/** Would such a wait return at once with VJOB_OK? Says nothing of why not. */
int vjob_job_is_over(vjob_job *job);
/** Is this object a job (of any API)? */
vjob_job *vjob_obj_as_job(vjob_obj *obj);

/** For simulators and facades: who works on a job, and how it is asked to stop. */
typedef struct vjob_work {
    /* world: stop and undo, then end the job; or leave it to end as it would have */
    void (*cancel)(struct vjob_work *work, vjob_job *job);
    /* optional: once, when the job object is destroyed; no lock held */
    void (*destroy)(struct vjob_work *work);
} vjob_work;
/** Attach (or detach with NULL) the work of a running job. world ok */
void vjob_job_set_work(vjob_job *job, vjob_work *work);
/** End a job from a world hook. Same rules as vjob_job_end. world only */
void vjob_job_end_world(vjob_job *job, vjob_err err);
/** Report progress from a world hook. world only */
void vjob_job_report_world(vjob_job *job, uint32_t percent);

/* cffi:begin */

/**
 * Waiting in slices, for languages that must look for signals: as vjob_wait_any / vjob_wait_all until
 * `deadline_ns` of the clock (UINT64_MAX: none), but returns VJOB_EINTERRUPT after slice_real_ms
 * milliseconds of real time. One engine wait as far as the auto clock is concerned.
 */
vjob_err vjob_wait_until(const vjob_handle *jobs, size_t n, int all, uint64_t deadline_ns,
                         uint32_t slice_real_ms, size_t *out_index);
/** The same for sleeping. */
vjob_err vjob_sleep_until(uint64_t deadline_ns, uint32_t slice_real_ms);
/** Tell the auto clock that this thread waits for events by its own means (an asyncio loop that is
 *  idle): 1 = waits, 0 = is back. Any other call of the thread also means that it is back. */
void vjob_thread_waits(int waits);
/** vjob_release for each of many, whatever it says: the interpreter's lock is let go of once. */
void vjob_release_all(const vjob_handle *handles, size_t n);
/** Hold / drop the engine for a space from a wrapper (see vjob_api_hold). */
vjob_err vjob_wrapper_hold(vjob_space space);
vjob_err vjob_wrapper_drop(vjob_space space);

/* ---- pulled queues --------------------------------------------------------------------------- */

typedef struct vjob_ring vjob_ring;

/** One entry of a ring. */
typedef struct vjob_ring_item {
    uint64_t token;  /* chosen by who asked for it */
    uint64_t handle; /* a handle with one client reference for the taker, or a plain number */
    int64_t a;       /* job: vjob_job_state */
    int64_t b;       /* job: vjob_err */
} vjob_ring_item;

/** Make a ring. NULL: out of memory or descriptors. It grows; posting never blocks. */
vjob_ring *vjob_ring_create(void);
/** A descriptor that is readable while entries wait or the ring is closed; owned by the ring. */
int vjob_ring_fd(vjob_ring *ring);
/** Take up to n entries, oldest first. Clears the descriptor when the ring becomes empty. */
size_t vjob_ring_take(vjob_ring *ring, vjob_ring_item *out_items, size_t n);
/** Wait until entries are there: VJOB_OK | VJOB_EINTERRUPT after slice_real_ms | VJOB_ECLOSED. An engine wait. */
vjob_err vjob_ring_wait(vjob_ring *ring, uint32_t slice_real_ms);
/** Close: later posts are dropped (their handles released), waits return VJOB_ECLOSED. */
void vjob_ring_close(vjob_ring *ring);
/** How many entries of all rings nobody took: their ring was closed, or there was no memory for them. */
uint64_t vjob_ring_dropped(void);
/** Off: nobody looks for a while: what is in the ring is forgotten, and what comes. A ring that only wakes is on
 *  while its thread decides whether to wait, and waits: entries that nobody comes for hold the auto clock. */
void vjob_ring_listen(vjob_ring *ring, int on);
/** Free a closed ring once nothing refers to it any more (taps keep it alive). */
void vjob_ring_release(vjob_ring *ring);
/** Post an entry. The handle's reference goes to the taker; on failure it stays the caller's. */
vjob_err vjob_ring_post(vjob_ring *ring, uint64_t token, uint64_t handle, int64_t a, int64_t b);
/** Post (token, 0, state, err) once the job has ended; at once if it has. */
vjob_err vjob_ring_watch(vjob_ring *ring, vjob_handle job, uint64_t token);
/** Post (token, 0, 0, 0) when the clock reaches the deadline. */
vjob_err vjob_ring_alarm(vjob_ring *ring, uint64_t deadline_ns, uint64_t token);

/** The user data of a C event handler that feeds a ring: keeps the ring alive until closed. */
typedef struct vjob_tap vjob_tap;
vjob_tap *vjob_tap_create(vjob_ring *ring, uint64_t token);
/** For who may post while others release it. world ok */
vjob_tap *vjob_tap_retain(vjob_tap *tap);
void vjob_tap_release(vjob_tap *tap);
vjob_err vjob_tap_post(vjob_tap *tap, uint64_t handle, int64_t a, int64_t b);

/** A handler for vjob_handler_add whose user data is a tap: posts each event as an object with a handle. */
void vjob_source_ring_handler(const vjob_event *event, void *tap);
/** What such an event says; its texts are borrowed while the caller holds the handle. */
vjob_err vjob_event_look(vjob_handle event, vjob_event *out_event);

/** Events of sources as columns, and the texts that they refer to by their place. */
typedef struct vjob_event_columns {
    size_t n, n_texts;
    uint64_t time_ns[256], seq[256], value[256];
    uint32_t progress[256], what[256], object[256], state[256];
    const char *texts[768];
    void *kept[256]; /* what the texts are part of */
} vjob_event_columns;
#define VJOB_COLUMNS 256
/** As vjob_ring_take, at most VJOB_COLUMNS entries; those of vjob_source_ring_handler have no handles but are, in
 *  their order, in the columns, until vjob_event_columns_clear. Their entries have handle 0 and b INT64_MIN; `a` of
 *  the first of them says what is the same: of all entries the token (1: there is nothing but events for it), of all
 *  events what (2), object (4), state (8), progress (16), value (32). */
size_t vjob_ring_take_events(vjob_ring *ring, vjob_ring_item *out_items, size_t n,
                             vjob_event_columns *events);
void vjob_event_columns_clear(vjob_event_columns *events);

/* cffi:end */

/* ---- flags: what a thread can wait for that is no job ------------------------------------------- */

/** Set or clear; embedded in an object that the waiting call keeps alive. All fields are the engine's. */
typedef struct vjob_flag {
    struct vjob_flag_node *first, *last; /* world: who waits, in the order in which they came */
    uint32_t is_set;                     /* world */
    uint32_t once;                       /* immutable: the wait that it ends clears it */
} vjob_flag;
#define VJOB_FLAGS_MAX 64
void vjob_flag_init(vjob_flag *flag, int once, int set);
/** Set it; who waits may go on. A flag with `once` ends one wait only, of those who came first. The caller
 *  keeps the object alive during the call, who waits may release it meanwhile. world ok */
void vjob_flag_set(vjob_flag *flag);
/** Clear it; returns what it was. */
int vjob_flag_clear(vjob_flag *flag);
/** Wait for one or for all of n <= VJOB_FLAGS_MAX flags; an engine wait. With `all`, none is taken before all are
 *  set. out_index: the first that was set. VJOB_OK | VJOB_ETIMEDOUT | VJOB_ECLOSED when the API ends | VJOB_EINVAL */
vjob_err vjob_flags_wait(vjob_space space, vjob_flag *const *flags, size_t n, int all, uint64_t timeout_ns,
                         size_t *out_index);

/* ---- a client's descriptors ------------------------------------------------------------------- */

/** Write all of it; may block (an engine wait), so never in a hook. VJOB_EIO: nobody takes it any more. */
vjob_err vjob_fd_write(int fd, const void *data, size_t size);
/** Read what comes next, at most `size` bytes; waits for it (an engine wait). 0 bytes: the end. VJOB_EIO. */
vjob_err vjob_fd_read(int fd, void *out, size_t size, size_t *out_size);
void vjob_fd_close(int fd);
/* cffi:begin */
/** Wait until a read, or a write, of a descriptor would not block. An engine wait. VJOB_EINTERRUPT after
 *  slice_real_ms milliseconds of real time (0: no slices). */
vjob_err vjob_fd_await(int fd, int for_write, uint32_t slice_real_ms);
/* cffi:end */
/** What can be read without waiting, at most 16 MiB; a negative descriptor has nothing. Release with free(). */
vjob_err vjob_fd_read_ready(int fd, char **out_data, size_t *out_size);

/** What to look for at a descriptor, and what was found. */
typedef struct vjob_watch {
    int fd;
    uint32_t wants, got; /* VJOB_FD_* */
} vjob_watch;
#define VJOB_FD_READABLE 1u
#define VJOB_FD_WRITABLE 2u
#define VJOB_FD_BROKEN 4u /* always looked for, as is the next */
#define VJOB_FD_HUNG_UP 8u
/** For event loops: wait until a descriptor is ready or the ring has entries (or is closed). An engine wait;
 *  with `look` it does not wait. VJOB_OK, also for nothing | VJOB_ENOMEM */
vjob_err vjob_fd_wait(vjob_watch *watches, size_t n, vjob_ring *ring, int look);

/** A descriptor that can be made readable, for loops that are not ours. Does not hold the clock back. */
typedef struct vjob_bell vjob_bell;
vjob_bell *vjob_bell_create(void); /* NULL: out of memory or descriptors */
int vjob_bell_fd(const vjob_bell *bell);
void vjob_bell_ring(vjob_bell *bell); /* world ok */
void vjob_bell_answer(vjob_bell *bell);
void vjob_bell_free(vjob_bell *bell);

/** Two descriptors that are each other's other end, for both directions; who shuts one ends the other's reading.
 *  0, or a number of <errno.h>. */
int vjob_socket_pair(int out_fds[2]);
/** End reading (0) or writing (1) on such a descriptor, at both ends: who waits there goes on. */
void vjob_socket_end(int fd, int writing);

/* ---- files of this machine: numbers of <errno.h>, 0 when all went well --------------------------- */

/** Write a whole file, mode 0600; there is never half of it at its place. EEXIST with `only_new` */
int vjob_file_put(const char *path, const void *data, size_t size, int only_new);
/** Read a whole file of at most size_max bytes (rounded up); free(). EFBIG | EISDIR */
int vjob_file_get(const char *path, size_t size_max, char **out_data, size_t *out_size);
/** Is there something? */
int vjob_file_look(const char *path);

/* ---- pushed channels ------------------------------------------------------------------------- */

typedef struct vjob_channel vjob_channel;

/** Something to deliver, counted. Embed it first. It is posted once, to one channel. */
typedef struct vjob_item {
    void (*destroy)(struct vjob_item *item); /* frees it; no lock held */
    uint32_t refs;                           /* atomic */
    struct vjob_item *next;                  /* from here on the channel's own */
    uint64_t number;
} vjob_item;
void vjob_item_init(vjob_item *item, void (*destroy)(vjob_item *item)); /* one reference */
vjob_item *vjob_item_retain(vjob_item *item);
void vjob_item_release(vjob_item *item);

typedef void (*vjob_any_fn)(void);

/** One registered handler as the hooks see it. */
typedef struct vjob_handler {
    vjob_any_fn fn;
    void *user_data;
    uint64_t scope; /* the facade's own: 0, or what the handler is limited to */
} vjob_handler;

/** How a facade delivers. */
typedef struct vjob_channel_ops {
    /* optional: does this handler want the item? no lock held */
    int (*wants)(void *owner, const vjob_handler *handler, vjob_item *item);
    /* call the user's function; no lock held */
    void (*deliver)(void *owner, const vjob_handler *handler, vjob_item *item);
    /* optional: all handlers have been called for this item */
    void (*delivered)(void *owner, vjob_item *item);
} vjob_channel_ops;

/** A subscriber: handlers called serially, for items in order. `owner` must outlive the channel's close. */
vjob_channel *vjob_channel_create(vjob_space space, const vjob_channel_ops *ops, void *owner);
/** Append a handler; duplicates allowed. free_user_data (may be NULL) runs once, after the last call. */
vjob_err vjob_channel_add(vjob_channel *ch, const vjob_handler *handler, void (*free_user_data)(void *));
/**
 * Remove the first handler equal in fn, user_data and scope. It will not start again.
 * Outside callbacks also waits until a running call of that handler has returned. VJOB_ENOENT.
 */
vjob_err vjob_channel_remove(vjob_channel *ch, const vjob_handler *handler);
/** Remove all handlers of a scope; never waits. */
void vjob_channel_remove_scope(vjob_channel *ch, uint64_t scope);
/** Number of handlers, to save work when nobody listens. world ok */
size_t vjob_channel_handlers(const vjob_channel *ch);
/** Queue an item for all handlers; takes its own reference. Never blocks. world ok */
vjob_err vjob_channel_post(vjob_channel *ch, vjob_item *item);
/** Outside callbacks: wait until what was posted before has been delivered, or the channel was stopped. */
void vjob_channel_flush(vjob_channel *ch);
/** Remove all handlers and drop what is queued; later posts are dropped, later adds get VJOB_ECLOSED.
 *  With `drain`, outside callbacks, waits for a running call. The channel itself stays until its close. */
void vjob_channel_stop(vjob_channel *ch, int drain);
/** Nothing is delivered any more. With `drain`, outside callbacks, waits for a running call.
 *  Then frees the channel once its last call has returned. */
void vjob_channel_close(vjob_channel *ch, int drain);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
