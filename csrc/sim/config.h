/**
 * config.h - what a VM is made of, without its identity (name, uuid, path).
 *
 * A sim_config is counted and never changes once made: VMs of one inventory entry, snapshots and clones
 * share it. What can be derived (disk images from the path, MAC addresses from the uuid) is kept as ""
 * and filled in when a client looks.
 */
#ifndef VJOB_SIM_CONFIG_H
#define VJOB_SIM_CONFIG_H

#include <vjob/sim.h>

#include "text.h"

#define SIM_NAME_MAX 240u /* bytes; "[standard] NAME/NAME.vmx" must fit a path */
#define SIM_PATH_MAX 500u
#define SIM_VM_MEMORY_MAX 16777216u /* MB */
#define SIM_DISK_MAX 1073741824u    /* MB */
#define SIM_DEVICES_MAX 64u

typedef struct sim_disk {
    uint64_t size_mb;
    const char *image, *bus;
} sim_disk;

typedef struct sim_nic {
    const char *network, *mac, *model;
} sim_nic;

typedef struct sim_config {
    uint32_t refs; /* atomic */
    uint32_t cpus, memory_mb, video_mb;
    uint32_t n_disks, n_nics;
    sim_disk *disks;
    sim_nic *nics;
    const char *os;
    const char *description; /* may be NULL */
    sim_arena arena;
} sim_config;

sim_config *sim_config_retain(sim_config *config);
void sim_config_release(sim_config *config); /* NULL ok */

/** Make one from a client's configuration; what equals the derived value for this identity is kept
 *  as "". NULL: out of memory. */
sim_config *sim_config_pack(const vjob_vm_config *from, const char *uuid, const char *path);
/** The client's view; what is "" is derived from the identity. VJOB_ENOMEM: `out` is cleared. */
vjob_err sim_config_unpack(const sim_config *config, const char *name, const char *uuid, const char *path,
                           vjob_vm_config *out);
/** The same hardware for another identity: its own images and MAC addresses. NULL: out of memory. */
sim_config *sim_config_twin(const sim_config *config);
/** Formats and ranges; not what a host offers. */
vjob_err sim_config_check(const vjob_vm_config *config, sim_why *why);
/** Do two need a stopped VM to change from one into the other? */
int sim_config_needs_stop(const sim_config *a, const sim_config *b);
/** Some memory for an operating system; the "os" default is "other". */
void sim_config_defaults(const char *os, vjob_vm_config *out); /* no disks, no nics */

#endif
