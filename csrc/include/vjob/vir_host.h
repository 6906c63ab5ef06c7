/**
 * vir_host.h - what libvjob_vir.so exports beside the libvirt-style API: for the Python package and for tools.
 */
#ifndef VJOB_VIR_HOST_H
#define VJOB_VIR_HOST_H

#include <libvirt/libvirt.h>
#include <libvirt/virjob.h>
#include <vjob/host.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* cffi:begin */

/**
 * A job whose worker is not run by the library: whoever drains the tap's ring runs it, on a thread of their own.
 * The entry is (token, the job with one reference for the taker, data, type); then everything is as with
 * virJobCreate, and at the worker's end comes vjob_vir_worker_returned, before that reference is given back.
 * NULL: the error is the thread's last one.
 */
virJobPtr vjob_vir_job_create(virConnectPtr conn, vjob_tap *tap, int64_t data, int type);
/** The worker has returned: a job without a result has failed. */
void vjob_vir_worker_returned(virJobPtr job);
/** 1 when cancelling was asked for, or the job has ended. */
int vjob_vir_job_is_cancelled(virJobPtr job);

/** Number of the API's functions. */
int vjob_vir_function_count(void);
/** Name of the index-th function in alphabetical order; NULL beyond the end. Static. */
const char *vjob_vir_function_name(int index);
/** 1 when the function is served, 0 when it only says that it is not supported. */
int vjob_vir_function_status(int index);
/** Name of an error code's constant. Static. */
const char *vjob_vir_error_name(int code);

/** A running job that somebody else works on: with virJobInitialize, virJobUpdateRel ... it is told how that
 *  goes, and with a virJobFinish... that it is over. NULL, and the thread's error. */
virJobPtr vjob_vir_job_open(virConnectPtr conn, int type);
/** A text for a credential, which the library frees. NULL: out of memory. */
char *vjob_vir_text_copy(const char *text);
/** Give back what connections held of the engine, after their handles were released in other ways. */
void vjob_vir_settle(void);

/* cffi:end */

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
