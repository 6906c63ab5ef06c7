/* Versions of the API. Give VIRTUOZZO_API_VER or PARALLELS_API_VER to PrlApi_Init and its relatives. */
#ifndef PRL_API_VERSION_H
#define PRL_API_VERSION_H

#include "PrlTypes.h"

#define TO_VIRTUOZZO_API_VER(major, minor) (((major) << 16) | (minor))
#define TO_PARALLELS_API_VER(major, minor) (((major) << 16) | (minor))

@body@

#endif
