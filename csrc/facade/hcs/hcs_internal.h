/**
 * hcs_internal.h - what the files of the HCS facade share.
 */
#ifndef HCS_INTERNAL_H
#define HCS_INTERNAL_H

#include <vjob/host.h>
#include <vjob/sim.h>

#include "computecore.h"
#include "computestorage.h"
#include "hcs_tables.h"

#endif
