/* The whole API under its older name; the same as Virtuozzo.h. */
#ifndef PARALLELS_H
#define PARALLELS_H

#include "PrlTypes.h"
#include "PrlErrors.h"
#include "PrlEnums.h"
#include "PrlApi.h"
#include "PrlOses.h"
#include "PrlKeys.h"
#include "PrlDisk.h"
#include "PrlPerfCounters.h"

#endif
