/**
 * vjob.h - the native API of the engine: handles, jobs, events, one clock.
 *
 * Words
 *   handle    an integer that names an object; 0 names nothing; a name is never given out twice
 *   job       something that runs and ends exactly once: done, failed or cancelled
 *   event     something that happened; delivered to subscribers in the order things happened
 *   clock     the only time there is: all durations and deadlines below are in its nanoseconds
 *
 * Every function may be called from any thread, also inside a callback, unless its comment says otherwise.
 * Results are written to `out_` pointers, which are set to a neutral value when a call fails.
 * A failing call leaves its reason in vjob_last_error(), a record of the calling thread.
 *
 * The text between the cffi marks is plain C: the Python package reads its declarations from here.
 */
#ifndef VJOB_VJOB_H
#define VJOB_VJOB_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/** Wait without a deadline. */
#define VJOB_FOREVER UINT64_MAX

/* cffi:begin */

/** An object's name; 0 is never valid. */
typedef uint64_t vjob_handle;

/** What a call can say. VJOB_OK is 0; new codes are added at the end. */
typedef enum vjob_err {
    VJOB_OK = 0,
    VJOB_EINVAL,     /* an argument is missing or out of range */
    VJOB_EBADHANDLE, /* the handle names nothing (any more) */
    VJOB_ETYPE,      /* the handle names an object of another type */
    VJOB_ENOMEM,     /* out of memory */
    VJOB_ETHREAD,    /* no more threads */
    VJOB_EINIT,      /* the API was not initialised, or has been ended */
    VJOB_EFORK,      /* the engine does not live in a forked child */
    VJOB_ETIMEDOUT,  /* the deadline passed; nothing else changed */
    VJOB_EPENDING,   /* the job has not ended yet */
    VJOB_EDONE,      /* the job has already ended */
    VJOB_ECANCELLED, /* the job was cancelled */
    VJOB_ECLOSED,    /* the API or session behind the object was ended */
    VJOB_ECALLBACK,  /* not allowed inside a callback */
    VJOB_ESTATE,     /* the object is in a state that does not allow this */
    VJOB_EBUSY,      /* another exclusive operation is under way on the object */
    VJOB_ENOENT,     /* no such object */
    VJOB_EEXIST,     /* such an object exists already */
    VJOB_EAUTH,      /* wrong user or password */
    VJOB_ECONNECT,   /* no such host */
    VJOB_ERESOURCE,  /* the host has not enough memory, cpus or space */
    VJOB_EPARSE,     /* text that cannot be read (JSON, XML) */
    VJOB_EIO,        /* a file could not be read or written */
    VJOB_ENOTSUP,    /* known, but not supported here */
    VJOB_ELIMIT,     /* a fixed limit was reached */
    VJOB_ENOTOOLS,   /* the guest's tools are not running */
    VJOB_ENOLOGIN,   /* no login in the guest */
    VJOB_EINTERRUPT, /* a wait in slices returned so that the caller can look around */
    VJOB_EFAILED,    /* failed for a reason of its own: see the text */
    VJOB_ERR_COUNT
} vjob_err;

/** Name of a code ("VJOB_EINVAL"), never NULL. Static. */
const char *vjob_err_name(vjob_err err);
/** One sentence for a code, never NULL. Static. */
const char *vjob_err_text(vjob_err err);

/** Why the last failing call of this thread failed. Read it only after a failing code. */
typedef struct vjob_error {
    vjob_err err;
    char text[232];   /* what happened and what to do, UTF-8 */
    char object[104]; /* name or uuid of the object, "" if none */
    char state[32];   /* state that the object was in, "" if it does not matter */
} vjob_error;
/** The calling thread's record; never NULL; owned by the thread. */
const vjob_error *vjob_last_error(void);

/* ---- engine ---------------------------------------------------------------------------------- */

/** Version of the library, "0.1.0". */
const char *vjob_version(void);
/** Start the engine for the native API, or count one more start. Reads VJOB_* from the environment. */
vjob_err vjob_init(void);
/**
 * Undo one vjob_init. The last one ends this API: its handles die, its waiters get VJOB_ECLOSED,
 * its handlers are removed; other APIs and the simulated world stay.
 * Waits at most 5 s of real time for running callbacks. VJOB_ECALLBACK inside a callback.
 */
vjob_err vjob_deinit(void);

/* ---- handles --------------------------------------------------------------------------------- */

/** Add one reference. VJOB_EBADHANDLE | VJOB_ELIMIT (about a million references). Takes no lock. */
vjob_err vjob_addref(vjob_handle h);
/** Drop one reference; the name dies with the last one. Never blocks, never calls user code. */
vjob_err vjob_release(vjob_handle h);

/** Families of handles; their numbers do not overlap. */
typedef enum vjob_space {
    VJOB_SPACE_NONE = 0,
    VJOB_SPACE_NATIVE = 1,
    VJOB_SPACE_PRL = 2,
    VJOB_SPACE_VIX = 3,
    VJOB_SPACE_HCS = 4,
    VJOB_SPACE_VIR = 5,
    VJOB_SPACE_COUNT
} vjob_space;

typedef struct vjob_handle_info {
    vjob_handle handle;
    vjob_space space;
    uint32_t type; /* the API's own number for the type */
    uint32_t refs; /* references that the client owes */
    char type_name[48];
    char object[104]; /* what the object says of itself: operation, VM name ... */
} vjob_handle_info;
/** Describe a live handle of any API. VJOB_EBADHANDLE. */
vjob_err vjob_handle_describe(vjob_handle h, vjob_handle_info *out_info);
/**
 * List live handles that clients still owe, oldest slot first. Returns how many there are;
 * writes at most `cap` of them. `space` VJOB_SPACE_NONE means all.
 */
size_t vjob_leaks(vjob_space space, vjob_handle_info *out_infos, size_t cap);

/** A type of objects that a program brings along; the struct must outlive its objects. */
typedef struct vjob_type {
    const char *name;
    uint32_t number;             /* shown by vjob_handle_describe */
    void (*destroy)(void *body); /* optional; after the last reference; any thread; must not block */
} vjob_type;
/** Give a program's own object a handle with one reference. On failure `body` stays the caller's. */
vjob_err vjob_object_create(const vjob_type *type, void *body, vjob_handle *out_h);
/** Borrow the body until vjob_object_done: it stays alive although others release. VJOB_ETYPE. */
vjob_err vjob_object_use(vjob_handle h, const vjob_type *type, void **out_body);
/** End a vjob_object_use. */
void vjob_object_done(vjob_handle h);

/* ---- jobs ------------------------------------------------------------------------------------ */

typedef enum vjob_job_state {
    VJOB_JOB_RUNNING = 0,
    VJOB_JOB_DONE,
    VJOB_JOB_FAILED,
    VJOB_JOB_CANCELLED
} vjob_job_state;

/** What vjob_job_start is to run. All zero is an empty job. Strings are copied. */
typedef struct vjob_job_spec {
    const char *operation;   /* name for the event log and for errors; NULL = "job" */
    const char *object;      /* what it works on, for the event log; may be NULL */
    uint64_t duration_ns;    /* simulated work on the scheduler: no thread is used */
    uint32_t progress_steps; /* progress reports of simulated work on its way; 0 = none */
    /* Blocking work on a thread of its own; duration_ns is then ignored. VJOB_OK: done;
     * VJOB_ECANCELLED: cancelled; anything else: failed with that code. */
    vjob_err (*body)(vjob_handle job, void *user_data);
    /* Called once after the job has ended, on a delivery thread; the handle is borrowed. Not for
     * jobs that end after the native API has been ended (vjob_deinit). */
    void (*done)(vjob_handle job, void *user_data);
    void *user_data;
    void (*free_user_data)(void *user_data); /* optional; once, after the last call */
} vjob_job_spec;

/** Start a job; one reference is the caller's. It never ends inside this call. On failure nothing was
 *  started and no callback comes. VJOB_EINVAL | VJOB_ENOMEM | VJOB_ETHREAD | VJOB_EINIT | VJOB_EFORK */
vjob_err vjob_job_start(const vjob_job_spec *spec, vjob_handle *out_job);
/** Start `n` jobs of one spec; all or none. */
vjob_err vjob_job_start_many(const vjob_job_spec *spec, size_t n, vjob_handle *out_jobs);

/**
 * Start a job that threads of the caller's own work on: it runs until vjob_job_close. `spec` names it; it has
 * no body, no `done`, no `free_user_data`, and durations do not count. Who works on it reports progress, and
 * looks at vjob_job_is_cancelled, as bodies do. VJOB_EINVAL | VJOB_ENOMEM | VJOB_EINIT | VJOB_EFORK
 */
vjob_err vjob_job_open(const vjob_job_spec *spec, vjob_handle *out_job);
/** End such a job as a body's return value would; the client may have freed its handle. VJOB_EDONE | VJOB_ETYPE */
vjob_err vjob_job_close(vjob_handle job, vjob_err outcome);

typedef struct vjob_job_info {
    vjob_job_state state;
    vjob_err err;        /* VJOB_OK while running and when done */
    uint32_t progress;   /* 0..100, never goes back */
    uint64_t started_ns; /* clock */
    uint64_t ended_ns;   /* clock; 0 while running */
    char operation[48];
    char object[104];
} vjob_job_info;
/** Look at a job of any API. Takes no lock that a running job holds. */
vjob_err vjob_job_look(vjob_handle job, vjob_job_info *out_info);
/**
 * Ask a job of any API to stop. Simulated work stops and is undone; a body finds out through
 * vjob_job_is_cancelled. The job still ends exactly once, and its state says who won.
 * VJOB_OK: recorded. VJOB_EDONE: it had ended.
 */
vjob_err vjob_job_cancel(vjob_handle job);
/** For bodies: 1 after vjob_job_cancel (or when the engine is stopping), else 0. */
int vjob_job_is_cancelled(vjob_handle job);
/** For bodies: report progress; values below the last report are ignored, above 99 count as 99. */
vjob_err vjob_job_report(vjob_handle job, uint32_t percent);
/** For bodies: keep a result with the job; `free_result` is called once when the job is destroyed. */
vjob_err vjob_job_set_result(vjob_handle job, void *result, void (*free_result)(void *));
/** The kept result, borrowed while the caller holds the job. VJOB_EPENDING while it runs. */
vjob_err vjob_job_result(vjob_handle job, void **out_result);

/** Wait for one job. Returns VJOB_OK when it has ended, however it ended. VJOB_ETIMEDOUT | VJOB_ECLOSED */
vjob_err vjob_wait(vjob_handle job, uint64_t timeout_ns);
/** Wait until one of n has ended; out_index is the first of those. Handles may be of several APIs. */
vjob_err vjob_wait_any(const vjob_handle *jobs, size_t n, uint64_t timeout_ns, size_t *out_index);
/** Wait until all n have ended. */
vjob_err vjob_wait_all(const vjob_handle *jobs, size_t n, uint64_t timeout_ns);

/* ---- events ---------------------------------------------------------------------------------- */

/** An event as native handlers see it; pointers are borrowed for the call. */
typedef struct vjob_event {
    uint64_t time_ns;   /* clock */
    uint64_t seq;       /* number of the event, grows by happening */
    const char *what;   /* "start", "state", "progress" ... or the poster's own word */
    const char *object; /* name or uuid */
    const char *state;  /* "" if it does not matter */
    uint32_t progress;
    uint64_t value; /* the poster's own number */
} vjob_event;

/** Make a source of events of the program's own; a handle with one reference. */
vjob_err vjob_source_create(const char *name, vjob_handle *out_source);
/** The source of everything that happens in the simulated world; one reference. */
vjob_err vjob_source_world(vjob_handle *out_source);
/** Post an event: every handler registered now will be called with a copy. Never blocks. */
vjob_err vjob_source_post(vjob_handle source, const vjob_event *event);
/**
 * Register a handler. All handlers of one source are one subscriber: their calls are serial, in the
 * order of registration, from a delivery thread, never from inside this call.
 */
vjob_err vjob_handler_add(vjob_handle source, void (*fn)(const vjob_event *event, void *user_data),
                          void *user_data, void (*free_user_data)(void *));
/**
 * Remove the first handler with this function and data. It will not start again after the return;
 * outside callbacks the call also waits until a running call of that handler has returned.
 * VJOB_ENOENT: there was none.
 */
vjob_err vjob_handler_remove(vjob_handle source, void (*fn)(const vjob_event *event, void *user_data),
                             void *user_data);

/* ---- clock ----------------------------------------------------------------------------------- */

/** Nanoseconds since 1970-01-01T00:00:00Z of the engine's clock. */
uint64_t vjob_clock_now(void);
/** Sleep on the engine's clock; an engine wait. Any API in use will do. VJOB_ECLOSED when the native API ends
 *  meanwhile. */
vjob_err vjob_sleep(uint64_t ns);

/* cffi:end */

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
