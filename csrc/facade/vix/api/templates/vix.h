/*
 * The VIX API: hosts, virtual machines, snapshots, guests, and the jobs that work on them.
 *
 * A VixHandle is a number; whoever gets one releases it. A function that returns a VixHandle starts a
 * job, which always exists, also when it is going to fail; one that returns a VixError answers at once.
 */
#ifndef VIX_VIX_H
#define VIX_VIX_H

#include "vm_basic_types.h"

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__) && !defined(_WIN32)
#define VIX_EXPORT __attribute__((visibility("default")))
#else
#define VIX_EXPORT
#endif

typedef int VixHandle;

/* A result code in the low 16 bits; 0 is success. */
typedef uint64 VixError;
#define VIX_ERROR_CODE(err) ((err) & 0xFFFF)
#define VIX_SUCCEEDED(err) (VIX_OK == (err))
#define VIX_FAILED(err) (VIX_OK != (err))

@groups@

/* Called for a job, once or several times, on any thread: see VixEventType. */
typedef void VixEventProc(VixHandle handle, VixEventType eventType, VixHandle moreEventInfo, void *clientData);

@functions@

#undef VIX_EXPORT

#ifdef __cplusplus
}
#endif
#endif
