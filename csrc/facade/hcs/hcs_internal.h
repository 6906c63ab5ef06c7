/**
 * hcs_internal.h - what the files of the HCS facade share.
 *
 * Words
 *   operation  HCS_OPERATION: what the client has; follows one call after the other
 *   call       one asynchronous call: a job of the engine, with its result and document
 *   machine    a compute system, however many handles it has; its VM does what the simulator does
 *   system     HCS_SYSTEM: one handle of a machine, with a sink
 *   sink       where events of one system or process handle go: the registered callback
 *   errand     an operation of the simulator that no client follows
 *
 * Laws
 *   - A function that takes an operation answers at once only for what its arguments show: handles, missing
 *     pointers, a busy operation, a callback that is not allowed. Everything else is the call's result.
 *   - Every client handle holds the engine; what cannot be given back at once, because a callback runs or a
 *     destroy hook must not block, is owed (hcs_owe) and given back by the next call (hcs_settle).
 *   - Locks of objects are held for a few lines, never nested, never across a call of the engine. The lock of
 *     hcs_root guards the list of machines, their handles and their life; a sink is guarded by its owner's lock.
 */
#ifndef HCS_INTERNAL_H
#define HCS_INTERNAL_H

#include <jansson.h>
#include <vjob/host.h>
#include <vjob/sim.h>

#include "computecore.h"
#include "computestorage.h"
#include "hcs_tables.h"
#include "hold.h"

/* ---- handles (handle.c) ------------------------------------------------------------------------ */

/** Numbers of classes. */
typedef enum hcs_type {
    HCS_TYPE_OPERATION = 1,
    HCS_TYPE_SYSTEM,
    HCS_TYPE_PROCESS,
    HCS_TYPE_CALL,
    HCS_TYPE_EXIT,
    HCS_TYPE_EVENT
} hcs_type;

/** A handle resolved for the time of a call. */
typedef struct hcs_pin {
    vjob_handle handle; /* 0: nothing to unpin */
    vjob_obj *obj;
} hcs_pin;

/** Resolve a handle of a class. E_INVALIDARG (NULL) | E_HANDLE | HCS_E_SERVICE_DISCONNECT (a forked child) */
HRESULT hcs_enter(const void *handle, const vjob_class *cls, hcs_pin *out_pin);
/** The same for functions that look whether something has ended yet (see vjob_enter_poll). */
HRESULT hcs_enter_poll(const void *handle, const vjob_class *cls, hcs_pin *out_pin);
void hcs_unpin(hcs_pin *pin);
#define HCS_PIN __attribute__((cleanup(hcs_unpin))) hcs_pin
#define HCS_TRY(expression)                                                                                  \
    do {                                                                                                     \
        const HRESULT result_ = (expression);                                                                \
        if (FAILED(result_)) return result_;                                                                 \
    } while (0)
#define HCS_NEED(condition)                                                                                  \
    do {                                                                                                     \
        if (!(condition)) return E_INVALIDARG;                                                               \
    } while (0)

/** Hold the engine for an object (noted in *holds) and name it. E_OUTOFMEMORY | E_FAIL: no engine */
HRESULT hcs_name(vjob_obj *obj, uint32_t *holds, vjob_handle *out_handle);
/** The client's name of an object ends; gives the engine back. */
void hcs_unname(vjob_obj *obj, uint32_t *holds);
/** Hold the engine for what *holds belongs to (see hold.h). E_OUTOFMEMORY | E_FAIL | HCS_E_SERVICE_DISCONNECT */
HRESULT hcs_hold_for(uint32_t *holds);
static inline void *hcs_handle(const vjob_obj *obj)
{
    return (void *)(uintptr_t)obj->name;
}

/* ---- texts and documents (text.c, result.c) ------------------------------------------------------ */

/** A wide text as UTF-8, malloc'ed; NULL stays NULL. E_INVALIDARG: no Unicode, or too long | E_OUTOFMEMORY */
HRESULT hcs_narrow(PCWSTR text, char **out);
/** Valid UTF-8 as a wide text, malloc'ed. NULL: out of memory */
PWSTR hcs_widen(const char *text);
/** The same into an out pointer that may be NULL, from a text that may be NULL. E_OUTOFMEMORY */
HRESULT hcs_give_text(const char *text, PWSTR *out);
/** A document as text; takes the reference. NULL: out of memory */
char *hcs_dump(json_t *document);
/** A ResultError document. `detail`: of the OperationFailure, or NULL. */
char *hcs_error_document(HRESULT result, const char *message, const char *detail);

HRESULT hcs_result_of(vjob_err err);
/** For a number of <errno.h> about a file. */
HRESULT hcs_result_of_errno(int number);
/** Has HcsGrantVmAccess let a machine use a file? */
int hcs_is_granted(const char *id, const char *path);

/** Why a document was refused; the place is in the text. */
typedef struct hcs_why {
    HRESULT result;
    char text[256];
} hcs_why;
/** Write a reason; returns its result. */
HRESULT hcs_say(hcs_why *why, HRESULT result, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* ---- schema (schema.c) ---------------------------------------------------------------------------- */

/** Read a text as a document of a type of schema.csv. HCS_E_INVALID_JSON, the place in `why` */
HRESULT hcs_read(const char *text, const char *type, json_t **out, hcs_why *why);
/** The same for options: NULL, "" and {} are none (*out NULL). */
HRESULT hcs_read_options(const char *text, const char *type, json_t **out, hcs_why *why);
/** Check a value that is there already; `place` names it. */
HRESULT hcs_check(const json_t *value, const char *type, const char *place, hcs_why *why);
/** The value at a path of keys separated by dots; NULL: none, or null. */
json_t *hcs_at(const json_t *document, const char *path);
const char *hcs_text_at(const json_t *document, const char *path); /* "" when there is none */
json_int_t hcs_number_at(const json_t *document, const char *path, json_int_t otherwise);
int hcs_is_guid(const char *text);
/** [{"Major": 2, "Minor": ..}] */
json_t *hcs_supported_versions(void);

/** A document that many threads read. It never changes, nor is anything in it counted: a reference is of the whole. */
typedef struct hcs_document {
    uint32_t refs; /* atomic */
    json_t *root;
} hcs_document;
/** Takes the JSON over in any case; NULL stays NULL. NULL: out of memory */
hcs_document *hcs_document_new(json_t *root);
hcs_document *hcs_document_retain(hcs_document *document); /* NULL ok */
void hcs_document_release(hcs_document *document);         /* NULL ok. world ok */
static inline json_t *hcs_root_of(const hcs_document *document)
{
    return document ? document->root : NULL;
}

/* ---- events of a handle (sink.c) -------------------------------------------------------------------- */

typedef struct hcs_call hcs_call;
typedef struct hcs_operation hcs_operation;
typedef struct hcs_machine hcs_machine;
typedef struct hcs_system hcs_system;
typedef struct hcs_process hcs_process;

typedef struct hcs_event {
    vjob_item item;
    struct hcs_event *next;
    vjob_obj *owner; /* kept: the system or process */
    HCS_EVENT_TYPE type;
    char *data;     /* or NULL; that of an exit is the sink's */
    hcs_call *call; /* kept: OperationCallback */
} hcs_event;

/** The end of a call on its way to the callback of its operation. */
typedef struct hcs_completion {
    vjob_item item;
    hcs_call *call; /* kept */
    HCS_OPERATION_COMPLETION callback;
    void *context;
} hcs_completion;

typedef struct hcs_sink {
    vjob_obj *owner;       /* the object it is part of; immutable */
    vjob_channel *channel; /* atomic; NULL: nothing was ever registered */
    /* root lock */
    struct hcs_sink *next, **link; /* in hcs_sinks; link NULL: not listed */
    uint64_t order;                /* higher than that of older ones */
    /* owner's lock */
    int closed;
    uint64_t serial, last_serial; /* of the registration, 0: none; of the last one ever */
    HCS_EVENT_OPTIONS options;
    HCS_EVENT_CALLBACK callback;
    void *context;
    hcs_event *queue, **last; /* on its way to the channel */
    int posting;              /* a thread takes it there */
    hcs_call *calls;          /* issued through this handle, under way or not fetched; kept */
    hcs_event *exit; /* not used yet, for who is registered: an end needs no memory; NULL: nobody is */
    HCS_EVENT_TYPE exit_type; /* sticky; 0: it has not ended */
    char *exit_data;          /* immutable once exit_type is there; NULL: no memory for it */
} hcs_sink;

void hcs_sink_init(hcs_sink *sink, vjob_obj *owner);
HRESULT hcs_sink_set(hcs_sink *sink, HCS_EVENT_OPTIONS options, void *context, HCS_EVENT_CALLBACK callback);
/** Are operations with a callback of their own refused? */
int hcs_sink_takes_operations(hcs_sink *sink);
/** Tell of an event; `data` is copied. world ok */
void hcs_sink_tell(hcs_sink *sink, HCS_EVENT_TYPE type, const char *data);
/** Tell of the end, now and whoever registers later. world ok */
void hcs_sink_exit(hcs_sink *sink, HCS_EVENT_TYPE type, const char *data);
/** A call is issued through this handle; kept until it is told, fetched or forgotten. */
void hcs_sink_join(hcs_sink *sink, hcs_call *call);
/** It has ended; `told`: to a callback of its own. world */
void hcs_sink_ended(hcs_sink *sink, hcs_call *call, int told);
/** Its result has been fetched, or its operation closed or used again. world ok */
void hcs_sink_forget(hcs_sink *sink, hcs_call *call);
/** No callback starts any more; outside callbacks none runs any more. */
void hcs_sink_close(hcs_sink *sink);
/** From destroy hooks. */
void hcs_sink_free(hcs_sink *sink);

/** Of the handles of one thing, newest first (sinks.c). Root lock. */
typedef struct hcs_sinks {
    hcs_sink *first;
    uint64_t last_order;
} hcs_sinks;
void hcs_sinks_add(hcs_sinks *sinks, hcs_sink *sink); /* root locked */
int hcs_sinks_take(hcs_sink *sink);                   /* root locked; 0: it was not listed */
/** That of the handle that was made before `after` (NULL: the newest), its owner retained; that of `after` is
 *  released. Not locked; world ok */
hcs_sink *hcs_sinks_next(hcs_sinks *sinks, hcs_sink *after);

/* ---- operations and calls (operation.c, call.c) -------------------------------------------------------- */

struct hcs_operation {
    vjob_obj obj;
    uint32_t holds;        /* atomic */
    uint32_t closed;       /* atomic */
    vjob_channel *channel; /* atomic; NULL: it never had a callback */
    /* obj lock */
    void *context;
    HCS_OPERATION_COMPLETION callback;
    hcs_call *call;      /* kept: followed now or last; NULL: idle */
    const char *refused; /* the function that did not take it, last; NULL: none. Static */
    HRESULT refusal;
};
extern const vjob_class hcs_operation_class;

/** What HCS_PROCESS_INFORMATION is made of. */
typedef struct hcs_info {
    uint32_t pid;
} hcs_info;

struct hcs_call {
    vjob_job job;
    HCS_OPERATION_TYPE type; /* immutable, as all that is not said to be otherwise */
    uint64_t id;
    const char *detail;             /* of an OperationFailure, or NULL */
    hcs_operation *operation;       /* kept until it has ended and is on no list; see call.c */
    hcs_machine *machine;           /* kept, or NULL */
    hcs_system *system;             /* kept, or NULL */
    hcs_process *process;           /* kept, or NULL */
    hcs_sink *sink;                 /* of system or process; NULL: none */
    hcs_call *next, **link;         /* in sink->calls; owner's lock */
    int over;                       /* it has ended, as far as the sink knows; owner's lock */
    uint32_t announced;             /* atomic: callbacks have been told, as far as there are any */
    vjob_op op;                     /* that does it, or VJOB_OP_NONE */
    HRESULT forced;                 /* the outcome that is already decided, or S_OK */
    HRESULT result;                 /* immutable once ended */
    char *message;                  /* why it failed; immutable once ended */
    char *document;                 /* of a success, or NULL; immutable once ended */
    hcs_info info;                  /* of a success; immutable once ended */
    void (*done)(hcs_call *call);   /* world, optional: it succeeded */
    void (*failed)(hcs_call *call); /* world, optional: it did not */
    hcs_completion completion;      /* the end is told of with one of these, once: so it needs no memory */
    hcs_event event;
    void *note; /* of who made the call */
    void (*free_note)(void *note);
};

/** What a call is to be, on its way there. */
typedef struct hcs_start {
    const char *function;
    HCS_OPERATION_TYPE type;
    hcs_machine *machine; /* borrowed, or NULL */
    hcs_system *system;   /* borrowed, or NULL */
    hcs_process *process; /* borrowed, or NULL */
} hcs_start;
/** Let an operation follow a new call; one reference for the caller, who has it worked on and releases it.
 *  E_INVALIDARG | E_HANDLE | HCS_E_OPERATION_ALREADY_STARTED | ..SYSTEM_CALLBACK_ALREADY_SET | E_OUTOFMEMORY */
HRESULT hcs_call_begin(const hcs_start *start, HCS_OPERATION operation, hcs_call **out_call);
/** It fails, later, with a result and a text. */
void hcs_call_fail(hcs_call *call, HRESULT result, const char *message);
void hcs_call_fail_why(hcs_call *call, const hcs_why *why);
/** It succeeds after a moment. */
void hcs_call_finish(hcs_call *call);
/** The simulator does it. */
void hcs_call_operate(hcs_call *call, vjob_op_request *request);
void hcs_call_release(hcs_call *call);
/** Read options of a type of schema.csv; *out NULL: there are none. 0: the call has failed */
int hcs_call_options(hcs_call *call, PCWSTR options, const char *type, json_t **out);
/** It succeeds after a moment, with a document (taken over); NULL: there was no memory for it. */
void hcs_call_answer(hcs_call *call, char *document);
/** Has it ended, and have callbacks been told? */
int hcs_call_is_over(hcs_call *call);
/** Wait for a job that a client may wait for. HCS_E_OPERATION_TIMEOUT | HCS_E_SERVICE_DISCONNECT */
HRESULT hcs_wait(vjob_job *job, DWORD timeout_ms);
/** The document that a client gets: malloc'ed UTF-8 or NULL. Ended calls only. */
char *hcs_call_document(const hcs_call *call);
/** The call that an operation follows; one reference, or NULL. */
hcs_call *hcs_operation_call(hcs_operation *operation);
/** World: queue the completion for the callback of the call's operation; 0: it has none. */
int hcs_operation_tell(hcs_call *call);

/** STOP: whatever the VM does, also nothing. */
#define HCS_OFF (VJOB_OPF_PREEMPT | VJOB_OPF_IN_ANY_STATE)
/** Start an operation that no client follows; one reference to the job, or NULL. `ended` (world, may be NULL)
 *  gets `data`. */
vjob_job *hcs_errand(const vjob_op_request *request, void (*ended)(vjob_job *job, void *data), void *data);

/* ---- machines (machine.c, watch.c, exit.c) ---------------------------------------------------------------- */

typedef enum hcs_life {
    HCS_CREATING, /* the id is taken; there is no VM yet */
    HCS_LIVE,
    HCS_EXITED, /* and forgotten */
    HCS_FAILED  /* never came to be */
} hcs_life;

/** Who or what ends a machine. */
typedef enum hcs_ending {
    HCS_ENDS_NOT,
    HCS_SHUTS_DOWN,
    HCS_TERMINATES,
    HCS_CRASHES,
    HCS_ALL_CLOSED
} hcs_ending;

typedef enum hcs_phase { HCS_PHASE_CREATED, HCS_PHASE_RUNNING, HCS_PHASE_PAUSED, HCS_PHASE_OVER } hcs_phase;

struct hcs_machine {
    vjob_obj obj;
    char *id;          /* immutable */
    int is_container;  /* immutable */
    int is_made_here;  /* immutable: by HcsCreateComputeSystem */
    int ends_at_close; /* ShouldTerminateOnLastHandleClosed; immutable */
    vjob_job *exit;    /* ends with it; kept; immutable */
    vjob_vm *vm;       /* kept; NULL while creating; written once */
    /* root lock */
    hcs_life life;
    hcs_machine *next, *next_by_vm; /* in hcs_root while creating or live; one reference there */
    hcs_document *config, *planned; /* what is, and what calls under way will make of it */
    hcs_ending ending;
    int is_template;
    hcs_sinks sinks;      /* of its handles */
    hcs_call *creating;   /* kept */
    hcs_call *starting;   /* kept: waits for the guest */
    hcs_call *delivering; /* kept: a shutdown that the guest has not heard of */
    struct hcs_run *runs; /* programs that have not ended, not kept */
    char *exit_document;  /* once exited; immutable then */
    HRESULT exit_result;  /* of calls that were under way then */
};

/** A list of machines and what hears of changes. */
typedef struct hcs_root_type {
    vjob_obj obj; /* only its lock is used */
    hcs_machine *by_id[256], *by_vm[256];
    vjob_observer *observer, *container_observer;
    vjob_host *containers;
} hcs_root_type;
extern hcs_root_type hcs_root;

struct hcs_system {
    vjob_obj obj;
    uint32_t holds;
    uint32_t closed;      /* atomic */
    hcs_machine *machine; /* kept; immutable */
    hcs_sink sink;        /* in machine->sinks */
};
extern const vjob_class hcs_system_class, hcs_process_class;

/** Takes the id over. */
hcs_machine *hcs_machine_new(char *id, hcs_document *config);
/** List it; it keeps itself. HCS_E_SYSTEM_ALREADY_EXISTS */
HRESULT hcs_machine_join(hcs_machine *machine);
/** Its VM is there. world ok */
void hcs_machine_made(hcs_machine *machine, vjob_vm *vm);
/** Take it off; S_OK the first time. The root is not locked. world ok */
void hcs_machine_leave(hcs_machine *machine, hcs_life life);
/** The live machine for an id, of a VM of others too; one reference. HCS_E_SYSTEM_NOT_FOUND */
HRESULT hcs_machine_find(const char *id, hcs_machine **out);
/** The listed machine of a VM; one reference, or NULL. world ok */
hcs_machine *hcs_machine_of(const vjob_vm *vm);
void hcs_machine_release(hcs_machine *machine);
hcs_phase hcs_machine_phase(hcs_machine *machine);
hcs_ending hcs_machine_ending(hcs_machine *machine);
hcs_life hcs_machine_life(hcs_machine *machine);
/** What a stopped one answers, or S_OK. */
HRESULT hcs_machine_check_live(hcs_machine *machine);
/** The document as it is; one reference. */
hcs_document *hcs_machine_config(hcs_machine *machine);
/** Is there something in its document? Machines of others have everything. */
int hcs_machine_has(hcs_machine *machine, const char *path);
/** Tell all handles of an event. world ok */
void hcs_machine_tell(hcs_machine *machine, HCS_EVENT_TYPE type, const char *data);
/** End a machine that lost its last handle, and wait for that. */
void hcs_machine_end(hcs_machine *machine, int wait);

/** Hear of what happens to VMs. E_OUTOFMEMORY */
HRESULT hcs_watch(void);
/** The host of containers; one reference. */
HRESULT hcs_container_host(vjob_host **out);
/** The machine has ended: document, events, waiters. world; `op`: what ended the VM */
void hcs_machine_exit(hcs_machine *machine, vjob_op op, int saved);
extern const vjob_job_kind hcs_exit_kind;

/** The configuration of a document's VM; 0: out of memory. Release with vjob_vm_config_clear. */
int hcs_vm_config(const char *id, const json_t *document, vjob_vm_config *out);
/** An id as UTF-8, malloc'ed. E_INVALIDARG | E_OUTOFMEMORY */
HRESULT hcs_read_id(PCWSTR id, char **out);
/** May a created system start; *flags of the operation are added. */
HRESULT hcs_check_start(hcs_machine *machine, uint32_t *flags, hcs_why *why);
/** A new handle of a machine. */
HRESULT hcs_system_new(hcs_machine *machine, hcs_system **out);
/** Take a handle off its machine; 1: it was the last of one that ends with it. */
int hcs_system_leave(hcs_system *system);

/** Tell of a crash: HcsEventSystemCrashInitiated or CrashReport. world */
void hcs_machine_crash(hcs_machine *machine, HCS_EVENT_TYPE type);

/** The client's ends of a process's pipes. */
void hcs_process_give_pipes(hcs_process *process, HANDLE out[3]);
vjob_job *hcs_process_exit_job(hcs_process *process);
/** The sink of a process handle. */
hcs_sink *hcs_process_sink(hcs_process *process);

/** Pin a system and begin a call on it. */
typedef struct hcs_on_system {
    hcs_pin pin;
    hcs_system *system;
    hcs_machine *machine;
    hcs_call *call;
} hcs_on_system;
HRESULT hcs_on_system_begin(hcs_on_system *on, const char *function, HCS_OPERATION_TYPE type,
                            HCS_SYSTEM system, HCS_OPERATION operation);
void hcs_on_system_end(hcs_on_system *on);
#define HCS_ON_SYSTEM __attribute__((cleanup(hcs_on_system_end))) hcs_on_system

/** Properties of a machine or of a VM of others, as enumeration shows them. NULL: out of memory */
json_t *hcs_basic(hcs_machine *machine, vjob_vm *vm);

#endif
