/**
 * hcs_host.h - what libcomputecore.so exports beside the vendor's API: for the Python package, for programs
 * that want descriptors, and for tools.
 */
#ifndef VJOB_HCS_HOST_H
#define VJOB_HCS_HOST_H

#include <computecore.h>
#include <vjob/host.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* cffi:begin */

/* ---- jobs: for waits in slices, vjob_job_cancel, vjob_ring_watch -------------------------------------- */

/** The job of the call that an operation follows, or followed last; one reference for the caller
 *  (vjob_release). 0: the operation is idle, or no operation. */
uint64_t vjob_hcs_operation_job(HCS_OPERATION operation);
/** A job that ends when the system or process has ended; one reference. 0: no such handle. */
uint64_t vjob_hcs_system_exit_job(HCS_SYSTEM system);
uint64_t vjob_hcs_process_exit_job(HCS_PROCESS process);

/* ---- callbacks that feed a ring: their context is a vjob_tap ------------------------------------------- */

/** For operations: posts (operation, a = HCS_OPERATION_TYPE, b = HRESULT). The entry has a reference of its own on
 *  the operation (vjob_release), which HcsCloseOperation does not wait for: closing ends the name for all. */
void vjob_hcs_ring_completion(HCS_OPERATION operation, void *tap);
/** For systems and processes: posts (event, a = HCS_EVENT_TYPE, b = 0). The event is an object; its reference goes
 *  to who takes the entry (vjob_release). */
void vjob_hcs_ring_event(HCS_EVENT *event, void *tap);
/** What is in an event object. The text is borrowed until the object is released; the operation is the client's and
 *  may have been closed. A vjob_err: VJOB_EBADHANDLE */
int vjob_hcs_event_look(uint64_t event, HCS_EVENT *out_event);

/* ---- standard handles of processes --------------------------------------------------------------------- */

/** The descriptor behind a handle of a pipe; stays the handle's. -1: not a pipe's handle. */
int vjob_hcs_handle_fd(HANDLE handle);
/** The same as the caller's own; the handle is closed. */
int vjob_hcs_handle_take_fd(HANDLE handle);

/* ---- the rest -------------------------------------------------------------------------------------------- */

/** Free a document that a function gave. */
void vjob_hcs_free(void *document);
/** Give the engine back as far as last handles were closed inside callbacks. */
void vjob_hcs_settle(void);
/** Number of the API's functions. */
int vjob_hcs_function_count(void);
/** Name of the index-th function in alphabetical order; NULL beyond the end. Static. */
const char *vjob_hcs_function_name(int index);
/** 1 when the function is served, 0 when it only says that it is not implemented. */
int vjob_hcs_function_status(int index);
/** Name of a result code's constant (of HRESULT_FROM_WIN32(x): of x); NULL if there is none. Static. */
const char *vjob_hcs_result_name(HRESULT result);

/* cffi:end */

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
