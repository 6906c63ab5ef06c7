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
