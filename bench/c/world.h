/* world.h - what the programs of row G share: a world of many machines in which nothing takes time. */
#ifndef BENCH_WORLD_H
#define BENCH_WORLD_H

#include "bench.h"

#include <errno.h>
#include <vjob/sim.h>

#define STILL "{\"duration_s\": 0, \"jitter\": 0, \"progress_steps\": 0}"
/* `vms`: the machines, a format that takes how many. */
#define WORLD(vms)                                                                                           \
    "{\"hosts\": [{\"memory_mb\": 100000000, \"vms\": [" vms "]}], \"operations\": {\"create\": " STILL      \
    ", \"start\": " STILL ", \"stop\": " STILL ", \"list\": " STILL "}}"

static inline void world_load(const char *format, unsigned vms)
{
    char text[1000];
    const int n = snprintf(text, sizeof text, format, vms);
    if (n < (int)sizeof text && !vjob_sim_load_json(text, (size_t)n)) return;
    fprintf(stderr, "%s: %s\n", program_invocation_short_name, vjob_last_error()->text);
    exit(1);
}

#endif
