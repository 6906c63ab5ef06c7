/** snapshot.h - a VM's tree of snapshots: configuration, guest files, and whether it was running. World. */
#ifndef VJOB_SIM_SNAPSHOT_H
#define VJOB_SIM_SNAPSHOT_H

#include "model.h"

typedef struct sim_snapshot {
    struct sim_snapshot *parent, *first, *last, *prev, *next; /* children and siblings in order of creation */
    char uuid[SIM_UUID_SIZE];
    uint8_t state; /* of the VM at the time */
    uint8_t tools; /* that a guest restored from it wakes up with */
    char *name, *description;
    uint64_t created_ns; /* 0: since the world began */
    uint64_t number;     /* of all that were ever made, in order */
    sim_config *config;
    sim_extras *extras;
    struct sim_files *files;
    struct sim_variables *variables; /* of a running one; NULL: none written */
} sim_snapshot;

typedef struct sim_snapshots {
    sim_snapshot root;     /* no snapshot itself: parent of the roots */
    sim_snapshot *current; /* NULL: none */
    size_t count;
    uint64_t made; /* ever, for uuids */
} sim_snapshots;

size_t sim_snapshots_count(const sim_snapshots *snapshots);
/** The snapshot with this uuid (any spelling), or NULL. */
sim_snapshot *sim_snapshot_find(const sim_snapshots *snapshots, const char *uuid);
/** Next one in the order parents, then children; NULL at the end. Start with &snapshots->root. */
sim_snapshot *sim_snapshot_next(const sim_snapshot *snapshot);
/** Take one of the VM as it is, below `parent` (NULL: a root); `uuid` NULL: made. NULL: out of memory */
sim_snapshot *sim_snapshot_take(vjob_vm *vm, sim_snapshot *parent, const char *name, const char *description,
                                const char *uuid);
/** Remove one: its children go to its parent, or away too. The current one moves to the parent. */
void sim_snapshot_remove(sim_snapshots *snapshots, sim_snapshot *snapshot, int children);
void sim_snapshots_free(sim_snapshots *snapshots); /* NULL ok */

#endif
