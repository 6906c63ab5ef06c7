/**
 * vix_host.h - what libvixAllProducts.so exports beside the vendor's API: for the Python package and for tools.
 */
#ifndef VJOB_VIX_HOST_H
#define VJOB_VIX_HOST_H

#include <vix.h>
#include <vjob/host.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* cffi:begin */

/** One wanted property: where its value goes. BLOBs have two places: size, then data; others leave data NULL. */
typedef struct vjob_vix_slot {
    VixPropertyID id;
    void *out;
    void *data;
} vjob_vix_slot;
/** The variadic functions as arrays: Vix_GetProperties, VixJob_Wait, VixJob_GetNthProperties. */
VixError vjob_vix_get_properties(VixHandle handle, const vjob_vix_slot *slots, size_t n);
VixError vjob_vix_job_wait(VixHandle job, const vjob_vix_slot *slots, size_t n);
VixError vjob_vix_job_nth(VixHandle job, int index, const vjob_vix_slot *slots, size_t n);

/**
 * A callback that feeds a ring: its client data is a vjob_tap. Posts (job, a = event type, b = more event
 * info); the references on both handles go to who takes the entry. After JOB_COMPLETED the job's waiters
 * sleep until vjob_vix_delivered(job): who takes the entry calls it when the handler has returned, before
 * releasing the job. When the ring is closed nobody has to.
 */
void vjob_vix_ring_callback(VixHandle job, VixEventType type, VixHandle info, void *tap);
/** The handler of a job's JOB_COMPLETED has returned: wake the job's waiters. */
void vjob_vix_delivered(VixHandle job);
/** Before (1) and after (0) calling a handler for a job on another thread than the library's: waits on the
 *  job inside it do not wait for the handler's end. */
void vjob_vix_in_handler(VixHandle job, int enter);
/** Give the engine back as far as handles were released without a VixHost_Disconnect. */
void vjob_vix_settle(void);

/** Number of the API's functions. */
int vjob_vix_function_count(void);
/** Name of the index-th function in alphabetical order; NULL beyond the end. Static. */
const char *vjob_vix_function_name(int index);
/** 1 when the function is served, 0 when it only says that it is not supported. */
int vjob_vix_function_status(int index);
/** Name of a result code's constant; NULL if there is none. Static. */
const char *vjob_vix_error_name(VixError error);

/* cffi:end */

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
