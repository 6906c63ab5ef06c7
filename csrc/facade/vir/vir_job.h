/**
 * vir_job.h - virJob: calls that go on in the background.
 *
 * A job's work is one of
 *   an operation of the simulator   no thread: vir_job_start_op
 *   a body of the library's own     several steps on a thread: vir_job_start_body
 *   a worker of the program's       virJobCreate
 *
 * What ends a job decides its state; the first one counts. A client owes one reference, which
 * virJobDestroy takes; until then the job keeps its connection.
 */
#ifndef VIR_JOB_H
#define VIR_JOB_H

#include "vir_internal.h"

typedef struct vir_job vir_job;

/** What a body does; runs on a thread of its own. 0, or -1 with the record written: the job fails with that;
 *  when the job was cancelled and a step says so, it ends cancelled. */
typedef int (*vir_job_body)(vir_job *job, void *data);

struct vir_job {
    vjob_job job;
    vir_conn *conn; /* kept, its name held, until virJobDestroy; obj lock */
    vjob_op op;     /* of start_op */
    void (*done)(vir_job *job, const vjob_op_result *result); /* world; of start_op: it has succeeded */
    int type; /* VIR_JOB_BOUNDED or VIR_JOB_UNBOUNDED; immutable */
    int from; /* of the connection; immutable */
    vir_manner manner;
    virJobDriver driver; /* immutable */
    virJobWorker worker; /* immutable, as is data */
    vir_job_body body;
    void *data;
    /* obj lock */
    void (*free_data)(void *data); /* NULL: called, or there is none */
    int begun;                     /* a worker or body has the data and lets go of it */
    int given_up;                  /* the data is gone: none may begin */
    int initialized, reported;
    uint64_t initialized_ns;
    int64_t elapsed, remaining, percent; /* as reported */
    uint64_t ended_after_s;
    vjob_job *step; /* kept: what the body waits for */
    vjob_vm *vm;    /* kept: the result, or NULL */
    vjob_obj *network;
    /* immutable once ended */
    virError error;
};

/** A running job that belongs to a connection; one reference. NULL: record written. */
vir_job *vir_job_new(vir_conn *conn, const char *function, int type);
/* Both take over the reference, also when they fail (NULL, record written). */
virJobPtr vir_job_start_op(vir_job *job, const vjob_op_request *request);
virJobPtr vir_job_start_body(vir_job *job, vir_job_body body, void *data, void (*free_data)(void *));
/** VIR_ERR_NO_SUPPORT on a connection without jobs. 0 | -1 */
int vir_need_jobs(const vir_conn *conn, const char *function);

/** For bodies: do one operation and wait for its end; cancelling the job cancels it. *out_vm (may be NULL) is
 *  what it made, kept. 0 | -1: record written */
int vir_job_step(vir_job *job, const vjob_op_request *request, vjob_vm **out_vm);
int vir_job_is_cancelled(vir_job *job);
/** For bodies: 0..99 */
void vir_job_report(vir_job *job, unsigned percent);
/** A worker or body is about to use the data. 0: it is gone, and so is the job */
int vir_job_begin(vir_job *job);
/** Free its data, once, after it has returned; on a thread where code of the program may run. */
void vir_job_free_data(vir_job *job);
/** The error with which the job will fail; the first one counts. */
void vir_job_keep_error(vir_job *job, const virError *error);
/** End it as failed; `error` may be NULL. 0 */
int vir_job_fail(vir_job *job, const virError *error);
/** The result: what virJobGetDomain, virJobGetNetwork give when the job has succeeded. world ok */
void vir_job_set_vm(vir_job *job, vjob_vm *vm);
void vir_job_set_network(vir_job *job, vjob_obj *network); /* an object of class virNetwork */

#endif
