/*
 * Layers of containers. All of it is declared and exported, and none of it is served: E_NOTIMPL.
 */
#ifndef HCS_COMPUTESTORAGE_H
#define HCS_COMPUTESTORAGE_H

#include "computedefs.h"

#ifdef __cplusplus
extern "C" {
#endif

@functions@

#ifdef __cplusplus
}
#endif

#endif
