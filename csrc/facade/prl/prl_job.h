/** prl_job.h - asynchronous calls, jobs and their results. */
#ifndef PRL_JOB_H
#define PRL_JOB_H

#include "prl_event.h"

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
    prl_item item;      /* for the server's channel */
    prl_server *server; /* kept; NULL: failed at birth */
    prl_vm *vm;         /* the object that the call was made on; kept or NULL */
    PRL_JOB_OPERATION_CODE code;
    PRL_UINT64 number; /* package */
    vjob_op op;
    PRL_RESULT forced;        /* the outcome that the call had already decided, or 0 */
    PRL_RESULT failure_of[2]; /* VJOB_EEXIST, VJOB_ENOENT of this call, 0: by the table */
    PRL_RESULT ret;           /* immutable once ended */
    const char *function;     /* static */
    char *subject;            /* what messages are about, if not the VM or the host */
    prl_outcome outcome;
    PRL_UINT32 list_flags; /* which VMs a list has */
    vjob_obj *object;      /* kept */
    char *text;
    vjob_channel *writer; /* writes a program's output when it has ended; NULL: nothing to write */
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
    prl_pin pin;                /* of the call's object */
    prl_server *server;         /* borrowed from the pinned object */
    prl_vm *vm;                 /* borrowed, NULL for calls on a server */
    int any_link;               /* needs no session */
    PRL_RESULT forced;          /* end with this, later */
    PRL_RESULT exists, missing; /* for prl_job.failure_of */
    const char *subject;        /* borrowed; see prl_job.subject */
    prl_outcome outcome;
    PRL_UINT32 list_flags;     /* goes to the job */
    const vjob_job_kind *kind; /* NULL: the usual one */
    vjob_obj *object;          /* goes to the job */
    char *text;                /* goes to the job */
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
/** A read on a server whose result `make` makes now (NULL: out of memory), if there is a session. */
PRL_HANDLE prl_read_host(const char *function, PRL_HANDLE h, PRL_JOB_OPERATION_CODE code, prl_outcome outcome,
                         vjob_obj *(*make)(prl_server *server, vjob_host *host));
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
#define PRL_ASYNC_AS(name, call, handle, type, opcode)                                                       \
    PRL_CALL_SCOPE call = {.function = (name), .code = (opcode)};                                            \
    PRL_HANDLE call##_failed = PRL_INVALID_HANDLE;                                                           \
    if (!prl_call_begin(&call, handle, type, &call##_failed)) return call##_failed
#define PRL_ASYNC(call, handle, type, opcode) PRL_ASYNC_AS(__func__, call, handle, type, opcode)
#define PRL_ASYNC_NEED(call, condition)                                                                      \
    do {                                                                                                     \
        if (!(condition)) return prl_call_fail(&(call), PRL_ERR_INVALID_ARG);                                \
    } while (0)

/** Translate the outcome of an operation. World ok */
PRL_RESULT prl_outcome_result(const prl_job *job, vjob_err err);
/** The event that describes a failed job, or NULL (success, or out of memory). */
prl_content *prl_job_error(const prl_job *job);
vjob_obj *prl_result_new(prl_job *job);

#endif
