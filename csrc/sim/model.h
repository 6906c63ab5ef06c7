/**
 * model.h - the one world: hosts, VMs and how they are found.
 *
 * Everything here is guarded by the world lock unless a field says otherwise. A host or VM is counted;
 * what a forgotten one still holds is freed with its last reference.
 *
 *   registered  listed by its host, found by name, uuid and path
 *   pending     being made by an operation: its names are taken, nobody finds it
 *   shelved     unregistered: its files are still there under its path
 *   gone        deleted, or its world was replaced
 */
#ifndef VJOB_SIM_MODEL_H
#define VJOB_SIM_MODEL_H

#include <vjob/sim.h>

#include "config.h"
#include "core/world.h"
#include "index.h"
#include "names.h"
#include "text.h"

#define SIM_VMS_MAX 2000000u
#define NS_PER_S 1000000000ull
#define NS_PER_MS 1000000ull

/** Take the world lock unless the thread holds it ("world ok" functions); give the answer to sim_leave. */
int sim_enter(void);
void sim_leave(int entered);

/* ---- objects of the APIs ---- */

/** Counted objects of the APIs that belong to a configuration; never changes once shared. */
typedef struct sim_extras {
    uint32_t refs; /* atomic */
    vjob_obj *of[VJOB_SPACE_COUNT];
} sim_extras;
sim_extras *sim_extras_retain(sim_extras *extras); /* NULL ok */
void sim_extras_release(sim_extras *extras);       /* NULL ok */
/** A copy with one object replaced (takes a reference of its own). NULL: out of memory. */
sim_extras *sim_extras_with(const sim_extras *extras, vjob_space space, vjob_obj *extra);

/* ---- hosts ---- */

typedef struct sim_login {
    const char *name, *password;
} sim_login;

/** One definition of a network; never changes once made. */
typedef struct sim_network_plan {
    vjob_network_config config;
    sim_extras *extras; /* one reference, may be NULL */
} sim_network_plan;

struct vjob_network {
    uint32_t refs;            /* atomic */
    vjob_host *host;          /* borrowed; NULL when the host does not have it any more */
    char uuid[SIM_UUID_SIZE]; /* immutable */
    char name[128];           /* immutable */
    sim_network_plan *plan;   /* what it is like */
    sim_network_plan *next;   /* what it will be like at its next start; NULL: the same */
    int active, persistent, autostart;
    uint64_t revision;
};

struct vjob_host {
    uint32_t refs;            /* atomic */
    uint32_t salt;            /* of its keys in the indexes; immutable */
    char uuid[SIM_UUID_SIZE]; /* immutable */
    const char *name;         /* immutable */
    int gone;
    uint32_t cpus;
    uint64_t memory_mb;
    uint64_t memory_used_mb; /* held by running VMs, reserved by operations */
    uint64_t booted_ns;
    sim_login *users;
    size_t n_users;
    vjob_network **networks; /* in the order of definition; one reference each */
    size_t n_networks;
    int is_private;          /* immutable */
    char *key;               /* of a private host, may be NULL; immutable */
    size_t openings;         /* of a private host */
    vjob_host *next_private; /* world->privates */
    sim_arena arena;         /* strings of the above */
    vjob_vm **slots;         /* registered VMs in order of registration, with holes; one reference each */
    size_t n_slots, cap_slots, n_vms;
    uint32_t runs;   /* of its VMs, ever */
    vjob_vm **shelf; /* one reference each */
    size_t n_shelf, cap_shelf;
    vjob_vm *run_first, *run_last; /* VMs that are running, in the order in which they began to */
    struct sim_load {              /* processor time that running VMs have used, for statistics */
        uint64_t since_ns, done_ns;
        uint64_t permille; /* of one processor, wanted from since_ns on */
    } load;
    struct sim_extras *extras; /* of the APIs; may be NULL */
};

/* ---- VMs ---- */

typedef enum sim_where { SIM_PENDING, SIM_REGISTERED, SIM_SHELVED, SIM_GONE } sim_where;

struct vjob_vm {
    uint32_t refs;            /* atomic */
    uint8_t state;            /* atomic; written under the lock */
    uint8_t where;            /* sim_where */
    uint8_t tools;            /* vjob_tools_state */
    uint8_t tools_kept;       /* tools state that a suspended or switched-to guest wakes up with */
    vjob_host *host;          /* NULL when gone; one reference */
    char *name;               /* short_name or malloc'ed */
    char short_name[40];      /* up to here is what look-ups touch: one or two cache lines */
    char *path;               /* malloc'ed */
    char uuid[SIM_UUID_SIZE]; /* immutable once not pending */
    uint8_t uuid_made;        /* from the seed, not given */
    uint8_t named;            /* in world->by_name */
    uint8_t transient;        /* forgotten when it stops */
    uint8_t autostart;
    uint8_t cause;   /* vjob_op that led to the state */
    uint8_t undone;  /* ... when it was taken back */
    uint8_t last_op; /* the last one that saved, restored, copied or moved it, if it succeeded */
    uint32_t cause_flags;
    uint32_t run;            /* number of this run on its host; 0: the guest is down */
    uint32_t slot;           /* in host->slots while registered */
    uint32_t memory_held_mb; /* of the host */
    uint32_t next_pid;
    uint32_t next_temp; /* number of the next temporary file in the guest */
    uint32_t downs;     /* how often the guest has gone down */
    sim_config *config;
    sim_extras *extras;                    /* may be NULL */
    sim_config *next_config;               /* what it will be like when it is started again; NULL: the same */
    sim_extras *next_extras;               /* with next_config */
    struct sim_snapshots *snapshots;       /* NULL: none ever */
    struct sim_guest *guest;               /* what the inventory says of the guest; NULL: defaults */
    struct sim_files *files;               /* guest's file tree; NULL: as installed */
    struct sim_variables *variables;       /* written ones; NULL: none */
    struct sim_shares *shares;             /* NULL: never any */
    struct sim_op *op;                     /* exclusive operation under way */
    struct sim_op *queue, *queue_last;     /* exclusive ones that wait for it */
    struct sim_process *processes;         /* programs in the guest */
    vjob_vm *run_prev, *run_next;          /* host->run_first */
    vjob_timer boot;                       /* until the tools run */
    uint64_t boot_left_ns;                 /* while paused */
    uint64_t state_since_ns, started_ns;   /* 0: since the world began; not running */
    uint64_t last_begun_ns, last_ended_ns; /* of last_op */
    uint64_t ran_ns, run_since_ns;         /* for statistics; run_since 0: not running */
    uint64_t revision;
};

/** A pending VM of a host with one reference; takes a reference of host and config. `uuid` NULL: made by
 *  sim_registry_reserve. NULL: out of memory. */
vjob_vm *sim_vm_new(vjob_host *host, const char *name, const char *uuid, const char *path,
                    sim_config *config);
/** Give it a name, without telling the indexes. VJOB_ENOMEM: it keeps the old one. */
vjob_err sim_vm_put_name(vjob_vm *vm, const char *name);
/** Name in events, logs and errors. */
#define sim_vm_label(vm) ((const char *)(vm)->name)
/** Set the state without telling anybody (see change.h). */
void sim_vm_put_state(vjob_vm *vm, vjob_vm_state state);
static inline vjob_vm_state sim_vm_state(const vjob_vm *vm)
{
    return (vjob_vm_state)__atomic_load_n(&vm->state, __ATOMIC_ACQUIRE);
}
/** Enter and leave the host's list of running VMs (sim_vm_put_state does; migration and loading by themselves). */
void sim_vm_join_running(vjob_vm *vm, uint64_t now);
/** Number the run of a guest that is not down, if it has no number yet. */
void sim_vm_number_run(vjob_vm *vm);
/** It has become stopped: it is forgotten, or becomes what it is to be at its next start. */
void sim_vm_went_down(vjob_vm *vm, vjob_op op);
void sim_vm_leave_running(vjob_vm *vm, uint64_t now);
/** Running VMs of a host have so many cpus more (or fewer): for statistics. */
void sim_load_change(vjob_host *host, int64_t cpus, uint64_t now);
/** Change what a VM holds of its host's memory. */
void sim_vm_hold_memory(vjob_vm *vm, uint32_t memory_mb);
/** 1 if the VM is registered; else VJOB_ENOENT with a reason. */
vjob_err sim_vm_check_here(const vjob_vm *vm, sim_why *why);

/* ---- the world ---- */

/** How long operations take. */
typedef struct sim_timing {
    uint64_t duration_ns;
    double jitter; /* 0..1: share of the duration that chance adds or takes */
    uint32_t progress_steps;
} sim_timing;

typedef struct sim_fault {
    struct sim_fault *next;
    char *vm; /* name or uuid; NULL: any */
    uint8_t op;
    vjob_err err;
    uint32_t count;
} sim_fault;

typedef struct sim_world {
    vjob_host **hosts; /* one reference each */
    size_t n_hosts;
    vjob_host *privates; /* linked by next_private; one reference each */
    int strict;
    int began;                           /* stamped: the engine has started since it was loaded */
    sim_index by_name, by_uuid, by_path; /* of all VMs that are not gone; names of shelved ones are free */
    sim_timing timing[VJOB_OP_COUNT];
    sim_fault *faults;
    struct sim_op *ops;  /* all that are under way */
    uint64_t op_count;   /* ever started; decides jitter */
    uint64_t vm_count;   /* ever made from the seed; decides uuids */
    uint64_t uuid_count; /* ever given to clients */
    uint64_t salt;       /* last given to a host */
} sim_world;

/** The world, or NULL before the first use and after a reset (see sim_world_need). */
extern sim_world *sim_world_now;

/** An empty world with default timings. NULL: out of memory. */
sim_world *sim_world_new(void);
/** Free a world that was never shown, or one that sim_world_end has emptied. No lock needed. */
void sim_world_free(sim_world *world);
/** World: end all operations, forget all VMs and hosts; references of clients stay valid. */
void sim_world_end(sim_world *world);
/** World: give a fresh world its instants. */
void sim_world_begin(sim_world *world);
/** Append an empty host with one reference for the world (borrowed by the caller). NULL: out of memory */
vjob_host *sim_world_add_host(sim_world *world, const char *name, const char *uuid);
vjob_host *sim_world_find_host(const sim_world *world, const char *name);
/** The environment's inventory, or the built-in one; VJOB_* with a reason. */
vjob_err sim_world_from_environment(sim_world **out_world, sim_why *why);
/** VJOB_FIDELITY. VJOB_EINVAL with a reason */
vjob_err sim_fidelity_from_environment(sim_why *why);
/** Make sure that there is a world. No lock held. */
vjob_err sim_world_need(sim_why *why);

vjob_err sim_host_add_user(vjob_host *host, const char *name, const char *password);
/** The same for a host of its own, not in any list yet. */
vjob_host *sim_host_new(sim_world *world, const char *name, const char *uuid);
/** World: forget its VMs and networks; references of clients stay valid. */
void sim_host_empty(vjob_host *host);
/** Is there a user with this password? The time does not depend on what is stored. */
int sim_logins_allow(const sim_login *logins, size_t n, const char *name, const char *password);

/* ---- networks ---- */

/** VJOB_EINVAL with a reason */
vjob_err sim_network_config_check(const vjob_network_config *config, sim_why *why);
/** VJOB_OK if its host has it; else VJOB_ENOENT with a reason. */
vjob_err sim_network_check_here(const vjob_network *network, sim_why *why);
/** The network that a new definition is for: the one with its name and uuid, or NULL for a new one.
 *  VJOB_EEXIST with a reason */
vjob_err sim_network_find_twin(const vjob_host *host, const vjob_network_config *config, vjob_network **out,
                               sim_why *why);
/** Active on or off, and everybody is told; a transient one that stops is gone. World. */
void sim_network_start(vjob_network *network, vjob_op op);
void sim_network_stop(vjob_network *network, vjob_op op);
/** A definition of one's own, owned by the caller. NULL: out of memory. */
sim_network_plan *sim_network_plan_new(const vjob_network_config *config, vjob_space space, vjob_obj *extra);
void sim_network_plan_free(sim_network_plan *plan); /* NULL ok */
/** Append a network to a host, with one reference for the host; takes over `plan`. NULL: out of memory,
 *  `plan` is still the caller's. */
vjob_network *sim_host_add_network(vjob_host *host, sim_network_plan *plan);
/** Take the last networks away until n are left. Nobody is told. */
void sim_host_cut_networks(vjob_host *host, size_t n);
vjob_network *sim_host_network(const vjob_host *host, const char *name);

/* ---- registry: who is where ---- */

vjob_vm *sim_registry_by_name(const sim_world *world, const vjob_host *host, const char *name);
vjob_vm *sim_registry_by_path(const sim_world *world, const vjob_host *host, const char *path);
/** Of all hosts that are not private; of a private host: its own. */
vjob_vm *sim_registry_by_uuid(const sim_world *world, const vjob_host *host, const char *uuid);
/** Take name (if it is going to be listed), uuid and path for a pending VM (makes a uuid if it has none).
 *  VJOB_EEXIST with a reason | VJOB_ENOMEM */
vjob_err sim_registry_reserve(sim_world *world, vjob_vm *vm, int listed, sim_why *why);
/** Give back the names of a pending VM, which is gone then. */
void sim_registry_abandon(sim_world *world, vjob_vm *vm);
/** Take a VM out of all indexes; its host is about to end. */
void sim_registry_drop_keys(sim_world *world, vjob_vm *vm);
/** Pending -> registered. VJOB_ENOMEM: still pending. */
vjob_err sim_registry_list(vjob_vm *vm);
/** Room for so many more: listing and shelving them will not fail. */
vjob_err sim_registry_room(vjob_host *host, size_t listed, size_t shelved);
/** Registered or pending -> shelved; the name is free. VJOB_ENOMEM: as it was. */
vjob_err sim_registry_shelve(sim_world *world, vjob_vm *vm);
/** Shelved -> registered. VJOB_EEXIST | VJOB_ENOMEM: still shelved. */
vjob_err sim_registry_unshelve(sim_world *world, vjob_vm *vm, sim_why *why);
/** Registered or shelved -> gone. */
void sim_registry_delete(sim_world *world, vjob_vm *vm);
/** Registered here -> registered there. VJOB_EEXIST | VJOB_ENOMEM: still here. */
vjob_err sim_registry_move(sim_world *world, vjob_vm *vm, vjob_host *to, sim_why *why);
/** VJOB_EEXIST | VJOB_ENOMEM: nothing changed. */
vjob_err sim_registry_rename(sim_world *world, vjob_vm *vm, const char *name, sim_why *why);

#endif
