/**
 * prl_internal.h - what the files of the Prl facade share.
 *
 * Words
 *   record   an object that is only a bag of properties (login response, VM information, statistics ...)
 *   bag      values of properties, by prl_prop_id; what was never set reads as the table's default
 *   node     one device, boot entry or share inside a VM's configuration; a handle names it by serial number
 *   session  a server object between its login and its logoff
 *
 * Laws
 *   - A function starts with its handle (which checks that the library is initialised), then its pointers:
 *     PRL_ENTER, PRL_NEED; asynchronous ones: PRL_ASYNC, PRL_ASYNC_NEED.
 *   - Nothing is called with an object's lock held except the functions of bag.c and strings.c.
 *   - Hooks that run in the world (settle, ended, observers) only copy, count and post.
 */
#ifndef PRL_INTERNAL_H
#define PRL_INTERNAL_H

#include <vjob/host.h>
#include <vjob/sim.h>

#include "Parallels.h"
#include "PrlEventParams.h"
#include "PrlPerfCounters.h"
#include "prl_props.h"
#include "prl_tables.h"

/* Highest API version that clients may ask for. */
#define PRL_LIBRARY_VERSION PARALLELS_API_VER
#define PRL_PRODUCT_VERSION "7.0.0"
#define PRL_ZERO_UUID "{00000000-0000-0000-0000-000000000000}"
/* What an asynchronous call returns while the library is stopped: the name of nothing, ever. */
#define PRL_DEAD_JOB ((PRL_HANDLE)(uintptr_t)UINT64_C(0xFFFFFFFFFFFFFACE))

/* ---- handles ---------------------------------------------------------------------------------- */

static inline vjob_handle prl_number(PRL_HANDLE h) { return (vjob_handle)(uintptr_t)h; }
static inline PRL_HANDLE prl_handle(vjob_handle h) { return (PRL_HANDLE)(uintptr_t)h; }

/** A handle resolved for the time of a call. */
typedef struct prl_pin {
    vjob_handle handle; /* 0: nothing to unpin */
    vjob_obj *obj;
} prl_pin;

/** Check that the library runs, then resolve a handle of a type (PHT_ERROR: of any). */
PRL_RESULT prl_enter(PRL_HANDLE h, PRL_HANDLE_TYPE type, prl_pin *out_pin);
/** The same for functions that look whether something has ended yet (see vjob_enter_poll). */
PRL_RESULT prl_enter_poll(PRL_HANDLE h, PRL_HANDLE_TYPE type, prl_pin *out_pin);
/** Check only that the library runs. */
PRL_RESULT prl_enter_plain(void);
/** Resolve a further handle argument; no check of the library. */
PRL_RESULT prl_resolve(PRL_HANDLE h, PRL_HANDLE_TYPE type, prl_pin *out_pin);
void prl_unpin(prl_pin *pin);
/** Does an object serve where `type` is asked for? */
int prl_obj_is(const vjob_obj *obj, PRL_HANDLE_TYPE type);
int prl_type_is_device(PRL_HANDLE_TYPE type);

#define PRL_PIN __attribute__((cleanup(prl_unpin))) prl_pin
#define PRL_ENTER_BY(enter, struct_, name, handle, type)                      \
    PRL_PIN name##_pin = {0, NULL};                                           \
    const PRL_RESULT name##_entered = enter(handle, type, &name##_pin);       \
    if (name##_entered)                                                       \
        return name##_entered;                                                \
    struct_ *name = (struct_ *)name##_pin.obj
/** Declares `name`, the object behind the handle; returns from the function when there is none. */
#define PRL_ENTER(struct_, name, handle, type) PRL_ENTER_BY(prl_enter, struct_, name, handle, type)
#define PRL_ENTER_POLL(struct_, name, handle, type) PRL_ENTER_BY(prl_enter_poll, struct_, name, handle, type)
#define PRL_ALSO(struct_, name, handle, type) PRL_ENTER_BY(prl_resolve, struct_, name, handle, type)
#define PRL_ENTER_PLAIN()                               \
    do {                                                \
        const PRL_RESULT entered_ = prl_enter_plain();  \
        if (entered_)                                   \
            return entered_;                            \
    } while (0)
#define PRL_NEED(condition)             \
    do {                                \
        if (!(condition))               \
            return PRL_ERR_INVALID_ARG; \
    } while (0)

/** Give the client a reference to an object, under its live name or a new one. `*out` is 0 on failure. */
PRL_RESULT prl_give(vjob_obj *obj, PRL_HANDLE_PTR out);
/** The same, and drop the caller's own reference; NULL is out of memory. */
PRL_RESULT prl_give_new(vjob_obj *obj, PRL_HANDLE_PTR out);
/** The name that says nothing is wrong, or why the engine refused. */
PRL_RESULT prl_result(vjob_err err);

/* ---- strings (strings.c) ---------------------------------------------------------------------- */

/** THE string getter: buffer and size as the API wants them. NULL text is "". */
PRL_RESULT prl_text(const char *text, PRL_STR buffer, PRL_UINT32_PTR size);
/** The same protocol for bytes, without terminator. */
PRL_RESULT prl_bytes(const void *data, size_t length, PRL_VOID_PTR buffer, PRL_UINT32_PTR size);
/** A copy for the client, who frees it with PrlBuffer_Free. */
PRL_RESULT prl_buffer(const char *text, PRL_VOID_PTR_PTR out);
/** strdup, but NULL stays NULL. */
char *prl_copy_text(const char *text);
/** "{uuid}" from a uuid with or without braces. */
void prl_brace(const char *uuid, char out[48]);

/** Text that grows; `failed` once memory ran out. */
typedef struct prl_writer {
    char *text;
    size_t length, capacity;
    int failed;
} prl_writer;
void prl_write(prl_writer *writer, const char *format, ...) __attribute__((format(printf, 2, 3)));
void prl_write_text(prl_writer *writer, const char *text);
/** Text with the characters that mean something in XML and HTML replaced. */
void prl_write_escaped(prl_writer *writer, const char *text);
/** The finished text, owned by the caller; NULL if memory ran out. */
char *prl_writer_take(prl_writer *writer);
/** The text of a result code with `args` in place of %1, %2 ...; owned by the caller. */
char *prl_message(PRL_RESULT code, int brief, int formatted, const char *const *args, size_t n_args);

/* ---- XML (xml.c) ------------------------------------------------------------------------------ */

typedef struct prl_element {
    char *name;
    char *text; /* character data of the element, "" if none */
    struct prl_element *first_child, *last_child, *next;
} prl_element;
/** Read a document. VJOB_EPARSE | VJOB_ENOMEM */
vjob_err prl_xml_parse(const char *text, prl_element **out_root);
void prl_xml_free(prl_element *root);
/** First child of a name, or NULL. */
const prl_element *prl_xml_child(const prl_element *element, const char *name);
/** Text of a child, or "". */
const char *prl_xml_value(const prl_element *element, const char *name);

/* ---- properties (bag.c, props.c, bag_xml.c) --------------------------------------------------- */

typedef struct prl_value {
    PRL_UINT32 id;       /* prl_prop_id; from PRL_PROP_COUNT on: a facade's own */
    PRL_UINT32 changed;  /* set by the client since the bag was filled */
    prl_value_type type;
    union {
        PRL_UINT64 number;
        double real;
        char *text;
        vjob_obj *list; /* immutable copy of a list */
    } as;
} prl_value;

typedef struct prl_bag {
    prl_value *values; /* sorted by id */
    size_t count, capacity;
} prl_bag;

prl_value *prl_bag_find(const prl_bag *bag, PRL_UINT32 id);
/** Entry for a value, made if needed; its old content is freed. NULL: out of memory. */
prl_value *prl_bag_slot(prl_bag *bag, PRL_UINT32 id, prl_value_type type);
int prl_bag_set_number(prl_bag *bag, PRL_UINT32 id, PRL_UINT64 number); /* 0: out of memory */
int prl_bag_set_text(prl_bag *bag, PRL_UINT32 id, const char *text);
/** What is set, else the table's default. */
PRL_UINT64 prl_bag_number(const prl_bag *bag, PRL_UINT32 id);
const char *prl_bag_text(const prl_bag *bag, PRL_UINT32 id);
int prl_bag_changed(const prl_bag *bag, PRL_UINT32 id);
int prl_bag_copy(prl_bag *out, const prl_bag *bag);
void prl_bag_unmark(prl_bag *bag); /* nothing is changed any more */
void prl_bag_clear(prl_bag *bag);
void prl_bag_write(const prl_bag *bag, prl_writer *writer);
/** Set what an element's children say. Unknown ones are ignored. 0: out of memory. */
int prl_bag_read(prl_bag *bag, const prl_element *element);

/** Lock the bag that an object keeps its properties in; NULL and the reason if it has none (any more). */
prl_bag *prl_bag_lock(vjob_obj *obj, PRL_RESULT *out_error);
void prl_bag_unlock(vjob_obj *obj);

/** Bodies of the functions in prl_props.c. Any thread; a value that was never set is its default. */
#define PRL_PROP_NUMBER(kind, c_type)                                                                    \
    PRL_RESULT prl_prop_get_##kind(PRL_HANDLE h, PRL_HANDLE_TYPE type, prl_prop_id id, c_type *out);     \
    PRL_RESULT prl_prop_set_##kind(PRL_HANDLE h, PRL_HANDLE_TYPE type, prl_prop_id id, c_type value)
PRL_PROP_NUMBER(bool, PRL_BOOL);
PRL_PROP_NUMBER(u16, PRL_UINT16);
PRL_PROP_NUMBER(u32, PRL_UINT32);
PRL_PROP_NUMBER(u64, PRL_UINT64);
PRL_PROP_NUMBER(i32, PRL_INT32);
PRL_PROP_NUMBER(double, PRL_DOUBLE);
PRL_PROP_NUMBER(handle, PRL_HANDLE);
PRL_RESULT prl_prop_get_str(PRL_HANDLE h, PRL_HANDLE_TYPE type, prl_prop_id id, PRL_STR buffer,
                            PRL_UINT32_PTR size);
PRL_RESULT prl_prop_set_str(PRL_HANDLE h, PRL_HANDLE_TYPE type, prl_prop_id id, PRL_CONST_STR text);

/* ---- records and lists (record.c, lists.c) ---------------------------------------------------- */

typedef struct prl_record {
    vjob_obj obj;
    prl_bag bag;     /* obj lock */
    vjob_obj **kids; /* objects inside; immutable once the record is visible */
    size_t n_kids;
    vjob_obj *owner; /* what the record belongs to, or NULL; immutable once visible */
} prl_record;

/** A new record with one reference. NULL: out of memory. */
prl_record *prl_record_new(PRL_HANDLE_TYPE type);
/** Put an object inside; takes the reference, also when it fails (0). NULL is a failure. */
int prl_record_add(prl_record *record, vjob_obj *kid);
/** The index-th object of a type inside, borrowed; NULL if there are not so many. */
vjob_obj *prl_record_kid(const prl_record *record, PRL_HANDLE_TYPE type, size_t index);
size_t prl_record_count(const prl_record *record, PRL_HANDLE_TYPE type);
int prl_obj_is_record(const vjob_obj *obj);
/** A copy of a record with one reference; NULL if it is none, or out of memory. */
vjob_obj *prl_record_copy(vjob_obj *obj);
/** The same for a record or a list of strings or handles. */
vjob_obj *prl_obj_copy(vjob_obj *obj);
/** An object as a document; PRL_ERR_UNIMPLEMENTED for types without one. */
PRL_RESULT prl_obj_write(vjob_obj *obj, char **out_text);

extern const vjob_class prl_strings_class, prl_handles_class, prl_scalars_class;
vjob_obj *prl_strings_new(void);
int prl_strings_add(vjob_obj *list, const char *text);
/** The strings as a NULL-terminated array, to be freed with prl_strings_free. NULL: out of memory. */
char **prl_strings_array(vjob_obj *list);
void prl_strings_free(char **strings);
vjob_obj *prl_handles_new(void);
/** Append an object; the list holds its name, the caller keeps its reference. */
PRL_RESULT prl_handles_add(vjob_obj *list, vjob_obj *obj);

/* ---- servers (server.c, session.c) ------------------------------------------------------------ */

typedef struct prl_vm prl_vm;
typedef struct prl_job prl_job;
typedef struct prl_content prl_content;

typedef enum prl_link {
    PRL_LINK_NONE = 0,
    PRL_LINK_LOGIN,  /* a login is under way */
    PRL_LINK_UP,
    PRL_LINK_CLOSED  /* the client freed the server: nothing will come any more */
} prl_link;

typedef struct prl_server {
    vjob_obj obj;
    vjob_channel *channel;    /* immutable; stopped when the client frees the server */
    /* obj lock */
    prl_link link;
    vjob_host *host;          /* of the last login */
    char host_name[256];
    char session_uuid[48];
    char user[64];
    vjob_observer *observer;  /* of `host` */
    vjob_stats_feed *feed;    /* host statistics */
    int feed_on;
    int non_interactive, local;
    prl_job *pending;         /* jobs that have not ended, newest first */
    prl_vm **buckets;         /* VM objects by vjob_vm, not kept alive by this table */
    size_t n_buckets, n_vms;
    prl_bag prefs;            /* dispatcher preferences as committed */
} prl_server;

extern const vjob_class prl_server_class;
/** The host that the session is on, one reference; NULL when not logged in. */
vjob_host *prl_server_host(prl_server *server);
/** End a session whose handle the client has freed: handlers off (waits as law 15 says), pending jobs fail. */
void prl_server_close(prl_server *server);
/** The session ended by logoff: no events, pending jobs fail. World. */
void prl_server_drop_world(prl_server *server);
/** Remove a VM object from the server's table. World ok */
void prl_server_unlist(prl_server *server, prl_vm *object);
/** Post an event to the server's handlers; takes the reference. `vm`: whose handlers also get it, or NULL. World ok */
void prl_server_post(prl_server *server, prl_content *content, prl_vm *vm);
/** Observe `host` for this server. Not from a world hook. */
vjob_err prl_server_watch(prl_server *server, vjob_host *host);
/** Give up what is bound to the host. Not from a world hook. */
void prl_server_unwatch(prl_server *server);

/* ---- VMs (vm.c, vm_config.c) ------------------------------------------------------------------ */

/** A device, boot entry or share. */
typedef struct prl_node {
    PRL_UINT64 serial;    /* names it within its VM for ever */
    PRL_HANDLE_TYPE type; /* of its handles */
    PRL_DEVICE_TYPE kind; /* PDE_*, for devices */
    prl_bag bag;
} prl_node;

typedef struct prl_config {
    prl_bag bag;
    prl_node *nodes;
    size_t n_nodes, capacity;
    PRL_UINT64 last_serial;
    int nodes_changed;
} prl_config;

struct prl_vm {
    vjob_obj obj;
    prl_server *server;   /* kept; immutable */
    /* server's obj lock */
    prl_vm *next;         /* in the server's table */
    vjob_vm *listed_as;   /* its key there, or NULL; not kept */
    /* obj lock */
    vjob_vm *vm;          /* kept; NULL until the VM is registered */
    int deleted;          /* the world deleted it, files and all */
    int loaded;           /* config is filled */
    prl_config config;
    vjob_stats_feed *perf;
    char *perf_filter;
};

extern const vjob_class prl_vm_class;
/** A VM object that the world does not know yet. NULL: out of memory. */
prl_vm *prl_vm_new(prl_server *server);
/** The server's object for a VM of the world: the live one or a new one; one reference. */
prl_vm *prl_vm_of(prl_server *server, vjob_vm *vm);
/** The live object for a VM of the world, one reference, or NULL. World ok */
prl_vm *prl_vm_live(prl_server *server, vjob_vm *vm);
/** Bind an object to the VM that was made from it. World ok */
void prl_vm_bind(prl_vm *object, vjob_vm *vm);
/** The VM behind an object, one reference, or NULL. */
vjob_vm *prl_vm_get(prl_vm *object);
/** Forget the cached configuration: the next use reads it again. World ok */
void prl_vm_stale(prl_vm *object);
/** Fill the configuration unless it is filled. */
PRL_RESULT prl_vm_load(prl_vm *object);
/** PHT_VM_INFO of a VM as it is now. NULL: out of memory. */
vjob_obj *prl_vm_info_new(vjob_vm *vm);
/** Replace an object's configuration, but for name and uuid, by defaults for an operating system. */
PRL_RESULT prl_vm_default(prl_vm *object, PRL_UINT32 os_version, int with_devices);

/** What the API's clients set, as it is kept with the VM in the world: immutable. */
typedef struct prl_saved {
    vjob_obj obj;
    prl_config config;
} prl_saved;
vjob_obj *prl_saved_new(const prl_config *config);

prl_node *prl_config_node(const prl_config *config, PRL_UINT64 serial);
prl_node *prl_config_nth(const prl_config *config, PRL_HANDLE_TYPE type, PRL_DEVICE_TYPE kind, size_t index);
size_t prl_config_count(const prl_config *config, PRL_HANDLE_TYPE type, PRL_DEVICE_TYPE kind);
/** Append a node. NULL: out of memory. */
prl_node *prl_config_add(prl_config *config, PRL_HANDLE_TYPE type, PRL_DEVICE_TYPE kind);
void prl_config_remove(prl_config *config, prl_node *node);
int prl_config_copy(prl_config *out, const prl_config *config);
void prl_config_clear(prl_config *config);
/** Bring in what the world says about a VM. 0: out of memory. */
int prl_config_from_world(prl_config *config, const vjob_vm_config *world);
/** Apply what the client changed (`all`: everything) to the world's configuration.
 *  PRL_ERR_VMCONF_VM_NAME_IS_TOO_LONG | PRL_ERR_OUT_OF_MEMORY */
PRL_RESULT prl_config_to_world(const prl_config *config, vjob_vm_config *world, int all);
/** Set what every new device has. 0: out of memory. */
int prl_device_defaults(prl_config *config, prl_node *node);
/** "00:1C:42:A1:B2:C3" from an address with or without separators. */
void prl_mac_canonical(const char *mac, char out[18]);
char *prl_config_write(const prl_config *config);
/** Replace the content by a document. 0: out of memory. */
int prl_config_read(prl_config *config, const prl_element *root);
PRL_HANDLE_TYPE prl_device_handle_type(PRL_DEVICE_TYPE kind); /* PHT_ERROR: no such devices */

/** A handle's object for a node. */
typedef struct prl_device {
    vjob_obj obj;
    prl_vm *vm;        /* kept */
    PRL_UINT64 serial;
} prl_device;
vjob_obj *prl_device_new(prl_vm *vm, PRL_HANDLE_TYPE type, PRL_UINT64 serial);

VIRTUAL_MACHINE_STATE prl_vm_state(vjob_vm_state state);
PRL_VM_TOOLS_STATE prl_tools_state(vjob_tools_state state);
PRL_UINT32 prl_os_version(const char *name);
const char *prl_os_name(PRL_UINT32 version); /* as the simulator calls it */

/* ---- events (event*.c) ------------------------------------------------------------------------ */

/** One thing that a server's channel delivers: an event's content, or a finished job. */
typedef struct prl_item {
    vjob_item item;
    prl_vm *scope;      /* VM whose handlers also get it; kept by what is delivered; NULL: none */
    prl_job *job;       /* not NULL: a job item */
    prl_server *server; /* events: kept */
} prl_item;

typedef struct prl_event_param {
    const char *name;   /* owned */
    PRL_PARAM_FIELD_DATA_TYPE type;
    char *text;         /* owned */
    vjob_obj *object;   /* kept; behind PrlEvtPrm_ToHandle */
} prl_event_param;

/** What an event says; counted, immutable once it is visible. */
struct prl_content {
    prl_item item;
    PRL_EVENT_TYPE type;
    PRL_RESULT code;
    PRL_EVENT_ISSUER_TYPE issuer;
    char issuer_id[48];
    char source[64];
    PRL_BOOL answer_required;
    PRL_UINT64 number;        /* package */
    vjob_vm *sample_vm;       /* performance counters are read when the event is delivered */
    int sample;               /* the same for host statistics */
    char *filter;
    prl_event_param *params;
    size_t n_params;
};

typedef struct prl_event {
    vjob_obj obj;
    prl_content *content; /* obj lock; one reference */
    prl_server *server;   /* kept or NULL; immutable */
    prl_vm *vm;
    prl_job *job;
} prl_event;

/** New content without parameters. NULL: out of memory. World ok */
prl_content *prl_content_new(PRL_EVENT_TYPE type, PRL_EVENT_ISSUER_TYPE issuer, const char *issuer_id);
/** Append a parameter; copies. 0: out of memory. World ok */
int prl_content_add(prl_content *content, const char *name, PRL_PARAM_FIELD_DATA_TYPE type, const char *text);
int prl_content_add_number(prl_content *content, const char *name, PRL_PARAM_FIELD_DATA_TYPE type, long long number);
/** Takes the object's reference, also when it fails. */
int prl_content_add_object(prl_content *content, const char *name, vjob_obj *object);
prl_content *prl_content_retain(prl_content *content);
void prl_content_release(prl_content *content);
char *prl_content_write(const prl_content *content);
/** A content from a document. VJOB_EPARSE | VJOB_ENOMEM */
vjob_err prl_content_read(const char *text, prl_content **out_content);
/** A new event object; takes the content's reference. NULL: out of memory (the content is released). */
prl_event *prl_event_new(prl_content *content, prl_server *server, prl_vm *vm, prl_job *job);
/** The event's content, one reference. */
prl_content *prl_event_content(prl_event *event);
/** Read performance counters or statistics into the parameters of a content that asks for it. */
void prl_content_sample(prl_content *content, prl_server *server);

/** Hook for changes in the world: post them to a server's handlers. */
void prl_on_change(const vjob_change_info *change, void *server);
void prl_on_host_second(vjob_host *host, vjob_vm *vm, void *server);
void prl_on_vm_second(vjob_host *host, vjob_vm *vm, void *vm_object);
extern const vjob_channel_ops prl_channel_ops;

/** A statistics object from one sample of a host or a VM. NULL: no sample or out of memory. */
vjob_obj *prl_stats_new(vjob_host *host, vjob_vm *vm);
/** Parameters of a performance counter event. */
void prl_perf_params(prl_content *content, vjob_vm *vm, const char *filter);

/* ---- jobs (call.c, job.c, result.c) ----------------------------------------------------------- */

/** What a finished job's result holds. */
typedef enum prl_outcome {
    PRL_OUTCOME_NONE = 0,
    PRL_OUTCOME_VM,     /* the VM that the operation made or the call was about */
    PRL_OUTCOME_LIST,   /* the VMs of a list operation */
    PRL_OUTCOME_OBJECT, /* job->object */
    PRL_OUTCOME_KIDS,   /* the objects inside the record job->object */
    PRL_OUTCOME_TEXT,   /* job->text */
    PRL_OUTCOME_EXIT    /* an event with the exit code of a program in a guest */
} prl_outcome;

struct prl_job {
    vjob_job job;
    prl_item item;              /* for the server's channel */
    prl_server *server;         /* kept; NULL: failed at birth */
    prl_vm *vm;                 /* the object that the call was made on; kept or NULL */
    PRL_JOB_OPERATION_CODE code;
    PRL_UINT64 number;          /* package */
    vjob_op op;
    PRL_RESULT forced;          /* the outcome that the call had already decided, or 0 */
    PRL_RESULT failure_of[2];   /* VJOB_EEXIST, VJOB_ENOENT of this call, 0: by the table */
    PRL_RESULT ret;             /* immutable once ended */
    char function[48];
    char *subject;              /* what messages are about, if not the VM or the host */
    prl_outcome outcome;
    vjob_obj *object;           /* kept */
    char *text;
    vjob_channel *writer;       /* writes a program's output when it has ended; NULL: nothing to write */
    prl_item output_item;
    PRL_FILE_DESC output;       /* where to */
    uint32_t writing;           /* atomic: the output is not written yet, so the job is not finished */
    prl_job *next, **link;      /* server's pending list; server's obj lock */
    void (*done)(prl_job *job); /* world: outcome is known; may be NULL */
};

extern const vjob_job_kind prl_job_kind;
/** For programs in guests: waiters are woken when the output has been written. */
extern const vjob_job_kind prl_run_kind;
/** Has a job not ended, as far as clients are to know? */
int prl_job_is_running(const prl_job *job);
/** Post a finished job to the server's handlers. */
void prl_job_tell(prl_job *job);

/** An asynchronous call on its way to a job. */
typedef struct prl_call {
    const char *function;
    PRL_JOB_OPERATION_CODE code;
    prl_pin pin;         /* of the call's object */
    prl_server *server;  /* borrowed from the pinned object */
    prl_vm *vm;          /* borrowed, NULL for calls on a server */
    int any_link;        /* needs no session */
    PRL_RESULT forced;   /* end with this, later */
    PRL_RESULT exists, missing; /* for prl_job.failure_of */
    const char *subject; /* borrowed; see prl_job.subject */
    prl_outcome outcome;
    const vjob_job_kind *kind; /* NULL: the usual one */
    vjob_obj *object;    /* goes to the job */
    char *text;          /* goes to the job */
    void (*done)(prl_job *job);
} prl_call;

/** Check the library and resolve the object (server, VM, device, guest session). On failure *out_job is what to return. */
int prl_call_begin(prl_call *call, PRL_HANDLE h, PRL_HANDLE_TYPE type, PRL_HANDLE *out_job);
void prl_call_end(prl_call *call);
/** A job that is born failed. */
PRL_HANDLE prl_call_fail(prl_call *call, PRL_RESULT error);
/** Start an operation of the simulator. Without an operation (VJOB_OP_NONE) the job just ends, later. */
PRL_HANDLE prl_call_start(prl_call *call, vjob_op_request *request);
/** A read of what the call has already found out: ends after the time that reads take. */
PRL_HANDLE prl_call_read(prl_call *call);
/** A running job with a name, for calls that start it themselves; `op` tells how to translate failures. */
prl_job *prl_call_job(prl_call *call, vjob_op op);
/** End a job whose work was not accepted (VJOB_OK: it was), with the thread's last error as its detail. */
void prl_job_refused(prl_job *job, vjob_err err);
/** Hand the job's name to the client; drops the caller's reference. */
PRL_HANDLE prl_job_return(prl_job *job);
/** A job that is born failed with an error, without a call (stubs). */
PRL_HANDLE prl_job_born_failed(const char *function, PRL_JOB_OPERATION_CODE code, PRL_RESULT error);

#define PRL_CALL_SCOPE __attribute__((cleanup(prl_call_end))) prl_call
/** Declares `call`; returns a failed job from the function when the handle is not right. */
#define PRL_ASYNC_AS(name, call, handle, type, opcode)                           \
    PRL_CALL_SCOPE call = {.function = (name), .code = (opcode)};                \
    PRL_HANDLE call##_failed = PRL_INVALID_HANDLE;                               \
    if (!prl_call_begin(&call, handle, type, &call##_failed))                    \
        return call##_failed
#define PRL_ASYNC(call, handle, type, opcode) PRL_ASYNC_AS(__func__, call, handle, type, opcode)
#define PRL_ASYNC_NEED(call, condition)                        \
    do {                                                       \
        if (!(condition))                                      \
            return prl_call_fail(&(call), PRL_ERR_INVALID_ARG); \
    } while (0)

/** Translate the outcome of an operation. World ok */
PRL_RESULT prl_outcome_result(const prl_job *job, vjob_err err);
/** The event that describes a failed job, or NULL (success, or out of memory). */
prl_content *prl_job_error(const prl_job *job);
vjob_obj *prl_result_new(prl_job *job);

/* ---- bodies of generated stubs ---------------------------------------------------------------- */

PRL_RESULT prl_stub_sync(const char *function);
PRL_HANDLE prl_stub_async(const char *function, PRL_JOB_OPERATION_CODE code);

#endif
