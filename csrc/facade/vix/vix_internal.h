/**
 * vix_internal.h - what the files of the VIX facade share.
 *
 * Words
 *   session  a host object: from VixHost_Connect to VixHost_Disconnect or the last release
 *   member   an object below a session: job, VM, snapshot; Disconnect ends the names of all of them
 *   bag      values by property id; rows of them for jobs that list things
 *   act      the part of a guest operation that is ours: a hook that the simulator calls in the world
 *
 * Laws
 *   - Async functions return a job, whatever is wrong: VIX_ASYNC, VIX_ASYNC_NEED. Synchronous ones begin
 *     with VIX_ENTER.
 *   - A job with a callback tells it first and wakes its waiters then. Inside a callback its job, and what
 *     comes with the event, can be used although the client owes nothing on them (vix_now).
 *   - Sessions and jobs without one hold the engine; what a destroy hook can not give back itself, because
 *     it must not block, is owed and given back by the next Connect or Disconnect (vix_settle).
 *   - Nothing is called with an object's lock held. Hooks that run in the world only copy, count and post.
 */
#ifndef VIX_INTERNAL_H
#define VIX_INTERNAL_H

#include <stdarg.h>
#include <vjob/host.h>
#include <vjob/sim.h>

#include "vix.h"
#include "vix_tables.h"

/* ---- handles (handle.c) ------------------------------------------------------------------------ */

static inline vjob_handle vix_number(VixHandle h)
{
    return (vjob_handle)(uint32_t)h;
}
static inline VixHandle vix_handle(vjob_handle h)
{
    return (VixHandle)h;
}

/** What the callback that the calling thread is in may use without owing it. */
typedef struct vix_current {
    vjob_obj *job, *info;
} vix_current;
extern __thread vix_current vix_now;

/** A handle resolved for the time of a call. */
typedef struct vix_pin {
    vjob_handle handle; /* 0: nothing to unpin */
    vjob_obj *obj;
} vix_pin;

/** Resolve a handle of a type (VIX_HANDLETYPE_NONE: of any). VIX_E_INVALID_HANDLE | NOT_SUPPORTED_ON_HANDLE_TYPE */
VixError vix_enter(VixHandle h, VixHandleType type, vix_pin *out_pin);
/** The same for functions that look whether something has ended yet (see vjob_enter_poll). */
VixError vix_enter_poll(VixHandle h, VixHandleType type, vix_pin *out_pin);
void vix_unpin(vix_pin *pin);
#define VIX_PIN __attribute__((cleanup(vix_unpin))) vix_pin
#define VIX_ENTER_BY(enter, struct_, name, handle, type)                                                     \
    VIX_PIN name##_pin;                                                                                      \
    const VixError name##_entered = enter(handle, type, &name##_pin);                                        \
    if (name##_entered) return name##_entered;                                                               \
    struct_ *name = (struct_ *)name##_pin.obj
/** Declares `name`, the object behind the handle; returns from the function when there is none. */
#define VIX_ENTER(struct_, name, handle, type) VIX_ENTER_BY(vix_enter, struct_, name, handle, type)
#define VIX_ENTER_POLL(struct_, name, handle, type) VIX_ENTER_BY(vix_enter_poll, struct_, name, handle, type)
#define VIX_NEED(condition)                                                                                  \
    do {                                                                                                     \
        if (!(condition)) return VIX_E_INVALID_ARG;                                                          \
    } while (0)

/** Give the client a reference to an object, under its live name or a new one. `*out` is 0 on failure. */
VixError vix_give(vjob_obj *obj, VixHandle *out);
/** A name for an object that is held but not owed, for those who will read it later. world ok */
vjob_handle vix_hold_name(vjob_obj *obj);

/** Hold the engine for a session or a job without one. */
VixError vix_hold(void);
/** Owe the hold that a flag stands for, once: from destroy hooks, and before that where nothing more is to come. */
void vix_owe(uint32_t *holds);
/** Give back what is owed, unless inside a callback. */
void vix_settle(void);
/** Is the calling thread in a callback, pumped or not? */
int vix_in_callback(void);

/* ---- values (bag.c, props.c) ------------------------------------------------------------------- */

typedef struct vix_value {
    VixPropertyID id;
    VixPropertyType type;
    union {
        int64 number;     /* INTEGER, BOOL, INT64 */
        char *text;       /* owned */
        vjob_obj *object; /* HANDLE: kept, its name held; NULL: the handle 0 */
        struct {
            void *data; /* owned */
            size_t size;
        } blob;
    } as;
    vjob_handle name; /* HANDLE */
} vix_value;

/** Values in the order in which they were added. With a stride they are rows of equal ids. */
typedef struct vix_bag {
    vix_value *values;
    size_t count, capacity, stride;
} vix_bag;

/* Each returns 0 when memory ran out. Strings and blobs are copied, objects retained. world ok */
int vix_bag_number(vix_bag *bag, VixPropertyID id, int64 number);
int vix_bag_text(vix_bag *bag, VixPropertyID id, const char *text); /* NULL is "" */
int vix_bag_object(vix_bag *bag, VixPropertyID id, vjob_obj *object);
int vix_bag_blob(vix_bag *bag, VixPropertyID id, const void *data, size_t size);
/** The nth value of an id, or NULL. */
const vix_value *vix_bag_find(const vix_bag *bag, VixPropertyID id, size_t nth);
size_t vix_bag_count(const vix_bag *bag, VixPropertyID id);
void vix_bag_clear(vix_bag *bag);

/** One wanted property: where its value goes. BLOBs have two places: size, then data. */
typedef struct vix_slot {
    VixPropertyID id;
    void *out, *data;
} vix_slot;

/** Write one value where the client wants it. VIX_E_INVALID_ARG | VIX_E_OUT_OF_MEMORY */
VixError vix_value_write(const vix_value *value, const vix_slot *slot);
/** The array forms behind the variadic functions. */
VixError vix_get_properties(VixHandle h, const vix_slot *slots, size_t n);
VixError vix_job_wait(VixHandle h, const vix_slot *slots, size_t n);
VixError vix_job_nth(VixHandle h, int index, const vix_slot *slots, size_t n);

/** A property list, or what comes with an event. */
typedef struct vix_list {
    vjob_obj obj;
    vix_bag bag; /* immutable once it has a name */
} vix_list;
vix_list *vix_list_new(void);

/* ---- sessions and what is below them (host.c, member.c) ------------------------------------------ */

typedef struct vix_host vix_host;
typedef struct vix_vm vix_vm;
typedef struct vix_job vix_job;

typedef struct vix_member {
    vix_host *host;                  /* kept; NULL: a job without a session; immutable */
    struct vix_member *next, **link; /* host's obj lock; link NULL: not listed */
    vjob_obj *self;
} vix_member;

#define VIX_BUCKETS 64
struct vix_host {
    vjob_obj obj;
    vjob_host *host;             /* kept; immutable */
    VixServiceProvider provider; /* never DEFAULT; immutable */
    int pump;                    /* callbacks run in Vix_PumpEvents only; immutable */
    vjob_observer *observer;     /* immutable once connected; NULL: none */
    vjob_ring *ring;             /* pump: wakes Vix_PumpEvents; immutable */
    uint32_t holds;              /* atomic: the session holds the engine */
    /* obj lock */
    int closed;
    int silent; /* pump: closed, and what was due has been told */
    vix_member *members;
    vix_vm *vms[VIX_BUCKETS];               /* not kept alive by this table */
    vix_job *waiting;                       /* for tools; kept */
    struct vix_event *events, **last_event; /* pump: callbacks that are due */
    vix_job *ready;                         /* pump: jobs whose work has ended; kept */
    size_t working;                         /* pump: jobs whose work has not */
    size_t pumping;                         /* pump: threads that wait for any of that */
};

extern const vjob_class vix_host_class, vix_vm_class, vix_snapshot_class, vix_list_class;

/** List an object below its session, which it keeps. 0: the session is closed (it is kept all the same). */
int vix_member_join(vix_member *member, vix_host *host, vjob_obj *self);
/** Take it off and release the session; from destroy hooks. */
void vix_member_leave(vix_member *member);
/** End everything below a session. Waits for running callbacks, unless inside one. */
void vix_host_close(vix_host *host);
/** Is the product one that works without a network? */
int vix_host_is_local(const vix_host *host);

/** Does the product have what was asked for? Other products than the default one are only as poor as the real
 *  ones when the inventory is strict. */
typedef enum vix_feature {
    VIX_FEATURE_SNAPSHOTS,
    VIX_FEATURE_CLONE,
    VIX_FEATURE_PAUSE,
    VIX_FEATURE_UPGRADE,
    VIX_FEATURE_SHARES,
    VIX_FEATURE_REGISTER
} vix_feature;
int vix_host_can(const vix_host *host, vix_feature feature);

/* ---- VMs and snapshots (vm.c, snapshot.c) -------------------------------------------------------- */

typedef struct vix_snapshot vix_snapshot;

struct vix_vm {
    vjob_obj obj;
    vix_member member;
    vjob_vm *vm;  /* kept; immutable */
    vix_vm *next; /* in the session's table; host's obj lock */
    /* obj lock */
    char *user;              /* logged in as; NULL: nobody */
    uint64_t login_start;    /* started_ns of the guest that the login is in */
    vix_snapshot *snapshots; /* live objects, not kept by this list */
};

struct vix_snapshot {
    vjob_obj obj;
    vix_member member;
    vix_vm *owner;      /* kept; immutable */
    vix_snapshot *next; /* owner's obj lock */
    char uuid[40];
};

/** The session's object for a VM: the live one or a new one; one reference. NULL: out of memory. world ok */
vix_vm *vix_vm_of(vix_host *host, vjob_vm *vm);
/** The VM's state. VIX_E_VM_NOT_FOUND when the world does not list it any more. */
VixError vix_vm_look(const vix_vm *vm, vjob_vm_info *out_info);
VixError vix_vm_value(vix_vm *vm, VixPropertyID id, vix_value *out);
int vix_power_bits(const vjob_vm_info *info);
/** End the guest login. world ok */
void vix_vm_forget_login(vix_vm *vm);
/** The object for one of a VM's snapshots; one reference. NULL: out of memory. world ok */
vix_snapshot *vix_snapshot_of(vix_vm *vm, const char *uuid);
VixError vix_snapshot_value(vix_snapshot *snapshot, VixPropertyID id, vix_value *out);
/** Find a VM by a path in any form; one reference. NULL: there is none. */
vjob_vm *vix_find_path(vix_host *host, const char *path);
/** For vix_job.done: the VM that the operation was about, or made, is the result. */
int vix_result_is_vm(vix_job *job);
/** "[store] dir/x.vmx" with one blank, or a copy as it is. Owned by the caller; NULL: out of memory */
char *vix_plain_path(const char *path);

/* ---- jobs (call.c, job.c, deliver.c) -------------------------------------------------------------- */

/** Something to tell a callback. */
typedef struct vix_event {
    vjob_item item;
    struct vix_event *next; /* pump */
    vix_job *job;           /* kept, its name held */
    VixEventType type;
    vjob_obj *info; /* kept, its name held; NULL: none */
    vjob_handle info_name;
} vix_event;

/** The job that really works when callbacks are pumped: the client's ends in Vix_PumpEvents. */
typedef struct vix_inner {
    vjob_job job;
    vix_job *outer; /* kept until it has ended */
} vix_inner;

struct vix_job {
    vjob_job job;
    vix_member member;
    vjob_work waiting_work; /* of jobs that wait for tools */
    vix_job *next;          /* host->waiting, host->ready; host's obj lock */
    vix_vm *vm;             /* kept or NULL; immutable */
    VixEventProc *callback;
    void *data;
    vjob_channel *channel; /* NULL: no callback, or pumped */
    vix_event completed;
    vix_inner *inner; /* kept; NULL: the job itself works */
    vjob_op op;
    uint32_t holds;                 /* atomic: the job itself holds the engine */
    uint32_t answered_later;        /* atomic: waiters wake when somebody else says so */
    VixError forced;                /* the outcome that is already decided, or 0 */
    VixError error;                 /* immutable once ended */
    VixError on_missing, on_exists; /* what VJOB_ENOENT, VJOB_EEXIST are here; 0: by the table */
    vix_bag bag;                    /* results; immutable once ended */
    int (*done)(vix_job *job);      /* world: it succeeded; fill the bag; 0: out of memory */
    void *note;                     /* of the function that made the job; freed with free() or by free_note */
    void (*free_note)(void *note);
};

extern const vjob_job_kind vix_job_kind, vix_told_kind; /* without and with a callback */
extern const vjob_job_kind vix_inner_kind;
/** Has the job ended, for the calling thread? */
int vix_job_is_over(const vix_job *job);
/** The job that an operation works on. */
static inline vjob_job *vix_job_worker(vix_job *job)
{
    return job->inner ? &job->inner->job : &job->job;
}
/** Queue an event for the callback, if there is one; `info` is retained. world ok */
void vix_tell(vix_job *job, VixEventType type, vjob_obj *info);
/** Queue the last one; afterwards waiters wake. world */
void vix_tell_completed(vix_job *job);
/** Without an engine: tell the callback on this thread that the job has ended. */
void vix_tell_here(vix_job *job);
vjob_channel *vix_channel_new(vix_job *job);
/** Run callbacks that are due in a pumped session. */
void vix_pump(vix_host *host, int wait);
extern void vix_inner_ended(vjob_job *inner);

/** An asynchronous call on its way to a job. */
typedef struct vix_call {
    const char *function;
    vix_pin pin;
    vix_host *host; /* borrowed from the pinned object; NULL: none */
    vix_vm *vm;     /* the same */
    VixEventProc *callback;
    void *data;
    VixError forced; /* end with this, later */
    VixError on_missing, on_exists;
    int (*done)(vix_job *job);
    void *note; /* goes to the job */
    void (*free_note)(void *note);
} vix_call;

/** Resolve the object (host or VM). On failure the error is returned, and the call is good for vix_call_fail. */
VixError vix_call_begin(vix_call *call, VixHandle h, VixHandleType type);
void vix_call_end(vix_call *call);
/** A job that fails. */
VixHandle vix_call_fail(vix_call *call, VixError error);
/** Start an operation of the simulator; VJOB_OP_NONE: the job just ends, later. */
VixHandle vix_call_start(vix_call *call, vjob_op_request *request);
/** Run `body` on a thread of its own: for work that is several operations. */
VixHandle vix_call_run(vix_call *call, vjob_err (*body)(vjob_job *worker, void *job));
/** A running job with its name, for calls that start it themselves. NULL: out of memory. */
vix_job *vix_call_job(vix_call *call, vjob_op op);
/** To be said before a job's worker starts. */
void vix_begin_work(vix_job *job);
/** The client's handle of a job; drops the caller's reference. */
VixHandle vix_job_return(vix_job *job);
/** Start an operation that nobody waits for. */
vjob_err vix_detached(const char *function, const vjob_op_request *request);
/** For bodies: do one operation and wait for its end; the result's VM, retained, if asked for. */
vjob_err vix_step(vix_job *job, const vjob_op_request *request, vjob_vm **out_vm);

#define VIX_CALL_SCOPE __attribute__((cleanup(vix_call_end))) vix_call
/** Declares `call`; returns a failed job from the function when the handle is not right. */
#define VIX_ASYNC(call, handle, type, proc, data_)                                                           \
    VIX_CALL_SCOPE call = {.function = __func__, .callback = (proc), .data = (data_)};                       \
    const VixError call##_begun = vix_call_begin(&call, handle, type);                                       \
    if (call##_begun) return vix_call_fail(&call, call##_begun)
#define VIX_ASYNC_NEED(call, condition)                                                                      \
    do {                                                                                                     \
        if (!(condition)) return vix_call_fail(&(call), VIX_E_INVALID_ARG);                                  \
    } while (0)
#define VIX_ASYNC_CHECK(call, expression)                                                                    \
    do {                                                                                                     \
        const VixError error_ = (expression);                                                                \
        if (error_) return vix_call_fail(&(call), error_);                                                   \
    } while (0)
#define VIX_ONLY(options, allowed) (((options) & ~(allowed)) == 0)

/** A text that is needed: VIX_E_INVALID_ARG (NULL or "") | VIX_E_INVALID_UTF8_STRING */
VixError vix_need_text(const char *text);
/** A text that may be missing. */
VixError vix_check_text(const char *text);

/* ---- errors (errors.c) --------------------------------------------------------------------------- */

VixError vix_error(vjob_err err);
VixError vix_error_of_errno(int number);
/** Translate how an operation ended. World ok */
VixError vix_outcome(const vix_job *job, vjob_err err);
/** The same for a step whose result is given (may be NULL). */
VixError vix_outcome_of(const vix_job *job, vjob_err err, const vjob_op_result *result);

/* ---- guests (guest.c ...) ------------------------------------------------------------------------ */

/** The user whose rights count, as a copy; NULL and VIX_E_ANON_GUEST_OPERATIONS_PROHIBITED when nobody is
 *  logged in; before that, what is wrong with the guest. */
VixError vix_need_login(vix_vm *vm, char **out_user);
/** Is the VM running, with its tools? VIX_E_VM_NOT_FOUND | VM_NOT_RUNNING | TOOLS_NOT_RUNNING */
VixError vix_guest_ready(const vix_vm *vm, vjob_vm_info *out_info);
/** Jobs of a session that wait for tools look again. World */
void vix_on_change(const vjob_change_info *change, void *host);
/** A job that ends is not in the list of those that wait any more. world ok */
void vix_wait_is_over(vix_job *job);

/** Body of a generated stub. */
VixHandle vix_stub(const char *function, VixHandle h, VixHandleType type, VixEventProc *callback, void *data);

#endif
