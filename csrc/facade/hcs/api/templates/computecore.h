/*
 * The Host Compute System API: operations, compute systems, processes in them, and files they need.
 *
 * A call that takes an operation returns when it has been accepted; the operation says when it has ended and
 * how. Documents that a function gives are the caller's: LocalFree, or free.
 */
#ifndef HCS_COMPUTECORE_H
#define HCS_COMPUTECORE_H

#include "computedefs.h"

#ifdef __cplusplus
extern "C" {
#endif

@functions@

#ifdef __cplusplus
}
#endif

#endif
