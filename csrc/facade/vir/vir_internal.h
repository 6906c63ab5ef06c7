/**
 * vir_internal.h - what the files of the libvirt-style facade share.
 *
 * Words
 *   connection  what virConnectOpen gives: one host of the simulated world, or a world of its own (test:///)
 *   member      an object below a connection: domain, network, snapshot, job; it keeps the connection and
 *               holds its name, so a connection that was closed works on as long as members are left
 *   record      a thread's last error; it holds its own texts, so nothing is to be freed
 *   call        the time between entry and return of a public function: what it pinned, and whose error
 *               handler is told at the end
 *
 * Laws
 *   - A public function begins with VIR_CONN, VIR_DOMAIN, VIR_NETWORK, VIR_SNAPSHOT, VIR_JOB, or with
 *     VIR_FREE_CALL when it has no handle. That clears the thread's record, pins the object and tells
 *     the error handler, once, when the function returns. Public functions do not call each other.
 *   - vir_fail writes the record and returns -1; nothing of the user runs before the function returns.
 *   - Handles are names (see host.h) in a pointer, never addresses. A name that only the engine holds is
 *     as good as one that the client owes: borrowed handles, those inside event callbacks, closed
 *     connections that members hold. Only freeing needs a reference of the client's own.
 *   - Connections hold the engine. What a destroy hook cannot give back, because it must not block, is
 *     owed, and given back at the end of the calls that close or free (vir_settle).
 *   - Classic calls are one operation of the simulator that the calling thread waits for: vir_run.
 *   - Events go into the connection's queue and are delivered by the loop only.
 *
 * Files
 *   handle.c entry, pins, the engine's hold      error.c the record      fail.c writing it
 *   conn.c connect.c uri.c auth.c                connections             node.c the host
 *   domain.c domain_find.c domain_list.c         domains and their names
 *   power.c run.c state.c                        lifecycle, waiting for operations, states and reasons
 *   domain_job.c                                 job information of domains
 *   loop.c loop_default.c event.c event_domain.c event loop, callbacks
 *   job.c job_author.c job_start.c               virJob
 *   params.c stats.c cpus.c memory.c metadata.c  typed parameters and what is told in them
 *   network*.c snapshot*.c xml_*.c image*.c      networks, snapshots, XML, saved images (headers of their own)
 */
#ifndef VIR_INTERNAL_H
#define VIR_INTERNAL_H

#define VIR_ENUM_SENTINELS 1
#include <libvirt/libvirt.h>
#include <libvirt/virjob.h>
#include <vjob/host.h>
#include <vjob/sim.h>

#include "vir_tables.h"

typedef struct vir_conn vir_conn;
typedef struct vir_domain vir_domain;

/* ---- errors (fail.c, error.c) ------------------------------------------------------------------- */

/** Write the thread's record; -1. The message is the code's text with the detail; NULL: without. */
int vir_fail(int from, int code, const char *detail, ...) __attribute__((format(printf, 3, 4)));
/** VIR_ERR_SYSTEM_ERROR with a number of <errno.h> in int1. */
int vir_fail_errno(int from, int number, const char *detail, ...) __attribute__((format(printf, 3, 4)));
/** VIR_ERR_NO_SUPPORT, with the function's name as its second text. */
int vir_unsupported(const char *function);
/** Out of memory. */
int vir_fail_memory(int from);
/** The thread's record; code 0: no error. */
virErrorPtr vir_record(void);
/** Make it the thread's record again: an error that was met on another thread. */
void vir_fail_again(const virError *error);
void vir_record_clear(void);
/** Has the function that is being called failed? */
int vir_failed(void);
/** Tell the handler about the record if it was not told yet. */
void vir_tell_error(vir_conn *conn);
/** 1 if it was not; then it counts as told. */
int vir_record_take_untold(void);
/** Deep copy, with texts to be freed by virResetError. 0, or -1: out of memory (texts are left out). */
int vir_error_copy(virErrorPtr to, const virError *from);

/** How an operation failed, as a copy; the thread's record stays as it is. world ok */
void vir_error_of_op(virErrorPtr to, int from, int manner, vjob_op op, vjob_err err,
                     const vjob_op_result *result);

/* ---- calls (handle.c) ----------------------------------------------------------------------------- */

static inline vjob_handle vir_number(const void *handle)
{
    return (vjob_handle)(uintptr_t)handle;
}
static inline void *vir_pointer(vjob_handle name)
{
    return (void *)(uintptr_t)name;
}

typedef struct vir_call {
    vjob_handle handle; /* 0: nothing is pinned */
    vjob_obj *obj;
    vir_conn *conn; /* borrowed; NULL: none */
} vir_call;

/** Clear the record and pin. -1: VIR_ERR_INVALID_CONN, VIR_ERR_INVALID_DOMAIN ... by type. */
int vir_enter(vir_call *call, const void *handle, vir_type type, const char *function);
/** For functions that look whether something has ended yet (see vjob_enter_poll). */
int vir_enter_poll(vir_call *call, const void *handle, vir_type type, const char *function);
/** The same for a second handle of the same function: the record stays. */
int vir_also(vir_call *call, const void *handle, vir_type type, const char *function);
/** For functions without a handle. */
int vir_enter_free(vir_call *call);
/** For functions about errors: neither clears nor writes the record. */
int vir_also_quietly(vir_call *call, const void *handle, vir_type type);
void vir_unpin(vir_call *call);
/** Unpin, and tell the error handler. */
void vir_leave(vir_call *call);
#define VIR_CALL __attribute__((cleanup(vir_leave))) vir_call

/* Each declares `name`, the object behind the handle, and returns `failed` when there is none. */
#define VIR_ENTER_BY(enter, struct_, name, handle, type, failed)                                             \
    VIR_CALL name##_call;                                                                                    \
    if (enter(&name##_call, handle, type, __func__)) return failed;                                          \
    struct_ *const name = (struct_ *)(void *)name##_call.obj
#define VIR_CONN(name, handle, failed)                                                                       \
    VIR_ENTER_BY(vir_enter, struct vir_conn, name, handle, VIR_TYPE_CONN, failed)
#define VIR_DOMAIN(name, handle, failed)                                                                     \
    VIR_ENTER_BY(vir_enter, struct vir_domain, name, handle, VIR_TYPE_DOMAIN, failed)
#define VIR_NETWORK(name, handle, failed)                                                                    \
    VIR_ENTER_BY(vir_enter, struct vir_network, name, handle, VIR_TYPE_NETWORK, failed)
#define VIR_SNAPSHOT(name, handle, failed)                                                                   \
    VIR_ENTER_BY(vir_enter, struct vir_snapshot, name, handle, VIR_TYPE_SNAPSHOT, failed)
#define VIR_JOB(name, handle, failed)                                                                        \
    VIR_ENTER_BY(vir_enter, struct vir_job, name, handle, VIR_TYPE_JOB, failed)
#define VIR_FREE_CALL(failed)                                                                                \
    VIR_CALL free_call;                                                                                      \
    if (vir_enter_free(&free_call)) return failed

/* VIR_ERR_INVALID_ARG unless the condition holds; the argument is named. */
#define VIR_NEED(condition, argument, failed)                                                                \
    do {                                                                                                     \
        if (!(condition)) {                                                                                  \
            vir_fail_argument(__func__, argument);                                                           \
            return failed;                                                                                   \
        }                                                                                                    \
    } while (0)
/* VIR_ERR_INVALID_ARG when there are flags that the function does not know. */
#define VIR_FLAGS(conn, flags, known, failed)                                                                \
    do {                                                                                                     \
        if (vir_check_flags(conn, __func__, flags, known)) return failed;                                    \
    } while (0)
/* VIR_ERR_OPERATION_DENIED on a connection that may only read. */
#define VIR_WRITABLE(conn, failed) VIR_WRITABLE_IN(conn, __func__, failed)
#define VIR_WRITABLE_IN(conn, function, failed)                                                              \
    do {                                                                                                     \
        if ((conn)->read_only) {                                                                             \
            vir_fail_read_only(function);                                                                    \
            return failed;                                                                                   \
        }                                                                                                    \
    } while (0)
void vir_fail_argument(const char *function, const char *argument);
void vir_fail_read_only(const char *function);
/** `conn` NULL: the library itself complains, not a driver. 0 | -1 */
int vir_check_flags(const vir_conn *conn, const char *function, unsigned long flags, unsigned long known);
/** Who complains in a function: virErrorDomain. */
int vir_from(const char *function);

/** Give the client a reference to an object, under its live name or a new one. NULL: record written. */
void *vir_give(vjob_obj *obj);
/** What free functions do: drop one reference of the client's. The record says it if there is none. 0 | -1 */
int vir_drop(const void *handle, vir_type type, const char *function);
/** What ref functions do. 0 | -1 */
int vir_ref(const void *handle, vir_type type, const char *function);
/** A name for an object that is held but not owed: borrowed handles. 0: out of memory. world ok */
vjob_handle vir_hold_name(vjob_obj *obj);
/** What functions say that are declared only. */
void vir_stub(const char *function, const void *handle, vir_type type);

/** Hold the engine; -1: record written. */
int vir_hold(void);
/** Owe one hold: from destroy hooks. */
void vir_owe(void);
/** Give back what is owed, unless inside a callback. */
void vir_settle(void);

/* ---- uuids (uuid.c) ---------------------------------------------------------------------------------- */

/** 0 | -1: it is none. */
int vir_uuid_read(const char *text, unsigned char out[VIR_UUID_BUFLEN]);
void vir_uuid_bytes(const char *text, unsigned char out[VIR_UUID_BUFLEN]);
void vir_uuid_text(const unsigned char uuid[VIR_UUID_BUFLEN], char out[VIR_UUID_STRING_BUFLEN]);

/* ---- connections (conn.c, connect.c) --------------------------------------------------------------- */

/** How a connection behaves: with the test driver's codes and no time, or with qemu's. */
typedef enum vir_manner { VIR_MANNER_TEST, VIR_MANNER_QEMU } vir_manner;

struct vir_conn {
    vjob_obj obj;
    vjob_host *host;  /* kept */
    char *uri;        /* canonical */
    const char *type; /* "TEST", "QEMU" ... */
    vir_manner manner;
    int from; /* virErrorDomain of its driver */
    int read_only;
    int has_jobs; /* 0: opened with ?jobs=0 */
    int holds;    /* it holds the engine */
    /* all of the above immutable; below: obj lock */
    virErrorFunc error_func;
    void *error_data;
    virError last; /* virConnGetLastError */
    virConnectCloseFunc close_func;
    void *close_data;
    virFreeCallback close_free;
    struct vir_events *events; /* NULL: nobody ever listened; then immutable */
};
extern const vjob_class vir_conn_class;

/** Members begin with this. */
typedef struct vir_member {
    vjob_obj obj;
    vir_conn *conn; /* kept, its name held; immutable */
} vir_member;
/** A zeroed member with one reference; `cls->destroy` must end with vir_member_fini. NULL: record written. */
void *vir_member_new(const vjob_class *cls, size_t size, vir_conn *conn);
void vir_member_fini(vir_member *member);
/** The connection of any object of this API, borrowed. */
vir_conn *vir_conn_of(vjob_obj *obj);
/** Keep a connection and hold its name, as members do; and the reverse. world ok */
void vir_conn_keep(vir_conn *conn);
void vir_conn_drop(vir_conn *conn);

/* ---- domains (domain.c) ----------------------------------------------------------------------------- */

struct vir_domain {
    vir_member member;
    char uuid[40]; /* immutable, as are name and id */
    char *name;    /* as it was when the handle was made: virDomainGetName; short_name or malloc'ed */
    char short_name[40];
    int id;                    /* of handles in events: as it was then; VIR_ID_NOW: what it is now */
    unsigned long migrate_mib; /* the limit that was set through this handle; obj lock */
    vjob_vm *vm; /* kept; obj lock: a domain that was made anew with the same uuid takes its place */
};
#define VIR_ID_NOW (-2)
extern const vjob_class vir_domain_class;

/** An object for a VM; one reference. NULL: record written. */
vir_domain *vir_domain_new(vir_conn *conn, vjob_vm *vm);
/** Give it a name of its own, before anybody sees it; VJOB_ENOMEM: it keeps the old one. */
vjob_err vir_domain_put_name(vir_domain *domain, const char *name);
/** A handle for a VM, for the client. NULL: record written. */
virDomainPtr vir_domain_give(vir_conn *conn, vjob_vm *vm);

/** A domain that is there, as it is now. */
typedef struct vir_there {
    vjob_vm *vm; /* kept until the end of the call */
    vjob_vm_info info;
} vir_there;
/** 0 | -1: VIR_ERR_NO_DOMAIN */
int vir_there_find(vir_domain *domain, vir_there *out);
void vir_there_end(vir_there *there);
#define VIR_THERE(name, domain, failed)                                                                      \
    __attribute__((cleanup(vir_there_end))) vir_there name;                                                  \
    if (vir_there_find(domain, &name)) return failed
/** Is there a guest? */
static inline int vir_is_active(const vjob_vm_info *info)
{
    return info->run != 0;
}
/** VIR_ERR_OPERATION_INVALID unless there is one. 0 | -1 */
int vir_need_active(const vir_there *there);
/** That of a domain that is running already, in the driver's own code. 0 | -1 */
int vir_need_inactive(const vir_conn *conn, const vir_there *there);

/* ---- operations (run.c) ------------------------------------------------------------------------------- */

/** How long calls wait for their turn: then VIR_ERR_OPERATION_TIMEOUT. */
#define VIR_TURN_NS 30000000000ull

/** A job for something that a public function waits for or leaves behind. NULL: record written. */
vjob_job *vir_job_plain(const char *function);
/** Do one operation and wait for its end; 0 | -1: record written. */
int vir_run(vir_conn *conn, const char *function, const vjob_op_request *request);
/** The same; what it made (CREATE) in *out_vm, kept. */
int vir_run_making(vir_conn *conn, const char *function, const vjob_op_request *request, vjob_vm **out_vm);
/** Start an operation and wait only until it was begun or refused; it goes on by itself. 0 | -1 */
int vir_begin(vir_conn *conn, const char *function, const vjob_op_request *request);
/** The two halves of vir_run. The job: one reference; NULL: record written. */
vjob_job *vir_start_plain(const vir_conn *conn, const char *function, const vjob_op_request *request,
                          vjob_busy_rule busy);
int vir_finish_plain(const vir_conn *conn, vjob_op op, vjob_job *job, vjob_vm **out_vm);
/** Write how an operation failed into the record; -1. */
int vir_fail_op(const vir_conn *conn, vjob_op op, vjob_err err, const vjob_op_result *result);

/** Start a VM, with VIR_DOMAIN_START_* and more VJOB_OPF_*. 0 | -1 (power.c) */
int vir_start(vir_conn *conn, vjob_vm *vm, const char *function, unsigned flags, uint32_t more);

/* ---- states (state.c) ---------------------------------------------------------------------------------- */

/** State and reason as this API has them. */
void vir_state_of(const vjob_vm_info *info, int *out_state, int *out_reason);
/** Processor time of a guest in nanoseconds. */
unsigned long long vir_cpu_time(const vir_conn *conn, vjob_vm *vm);

/** A malloc'ed copy; NULL: record written. (conn_info.c) */
char *vir_copy_text(const char *text);

/* ---- lists ---------------------------------------------------------------------------------------------- */

/** Does one of the groups of filter bits, each of which is asked for or not, exclude it? `is` has a bit of
 *  every group. */
int vir_filter(unsigned flags, unsigned is, const unsigned *groups, unsigned n_groups);

#endif
