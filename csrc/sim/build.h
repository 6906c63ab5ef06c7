/** build.h - what build.c (hosts) and build_vm.c (one VM) share. */
#ifndef VJOB_SIM_BUILD_H
#define VJOB_SIM_BUILD_H

#include "inventory.h"

/** One run of sim_build; `host_at` and `vm_at` say where in the document it is. */
typedef struct sim_builder {
    sim_world *world;
    const char *origin;
    sim_why *why;
    size_t host_at, vm_at;
    vjob_vm **made;   /* pending VMs in order, one reference each */
    uint8_t *shelved; /* for each: it will not be registered */
    size_t n_made, cap_made;
} sim_builder;

/** VJOB_EPARSE: "FILE: hosts[H].vms[V].WHAT: reason" */
vjob_err sim_build_refuse(sim_builder *b, const char *what, const char *reason);
/** The VM or VMs of one entry, pending, their memory held if they run. */
vjob_err sim_build_vms(sim_builder *b, vjob_host *host, const sim_spec_vm *spec);

#endif
