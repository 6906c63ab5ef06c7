/**
 * prl_host.h - what libprl_sdk.so exports beside the vendor's API: for the Python package and for tools.
 */
#ifndef VJOB_PRL_HOST_H
#define VJOB_PRL_HOST_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* A PRL_HANDLE points to this, which nobody ever defines. */
struct _PRL_HANDLE;

/* cffi:begin */

/**
 * An event handler that feeds a ring: its user data is a vjob_tap. Posts (handle, a = 1 for a job or 0
 * for an event, b = 0) and returns at once; the handle's reference goes to who takes the entry.
 */
int vjob_prl_ring_handler(struct _PRL_HANDLE *handle, void *tap);

/** A number that a server and its VMs have in common, and no other server: their handlers are called
 *  one after the other. 0 for any other handle. */
uint64_t vjob_prl_subscriber(struct _PRL_HANDLE *handle);

/** 1: the job has ended well, and its result has no parameter; 0: anything else. */
int vjob_prl_ended_empty(struct _PRL_HANDLE *job);

/** Number of the API's functions. */
int vjob_prl_function_count(void);
/** Name of the index-th function in alphabetical order; NULL beyond the end. Static. */
const char *vjob_prl_function_name(int index);
/** 1 when the function is served, 0 when it only says that it is not implemented. */
int vjob_prl_function_status(int index);
/** Name of a result code's constant; NULL if there is none. Static. */
const char *vjob_prl_result_name(int result);

/* cffi:end */

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
