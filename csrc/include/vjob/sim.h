/**
 * sim.h - the simulated hypervisor: hosts, VMs, networks, snapshots, guests, and what happens to them.
 *
 * There is one world per process; every API sees it. Operations take time of the engine's clock, have
 * required states, can be cancelled and undone, and every change is told to all observers in order.
 *
 * Objects (vjob_host, vjob_vm) are counted references, valid until released, also after the world
 * forgot them: calls on such a VM then fail with VJOB_ENOENT. All strings are UTF-8; strings handed
 * in are copied. Out-strings that the caller must free say so: free them with vjob_sim_free.
 */
#ifndef VJOB_SIM_H
#define VJOB_SIM_H

#include <vjob/host.h>
#include <vjob/vjob.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* cffi:begin */

/* ---- control (environment < options < these calls) -------------------------------------------- */

/** Replace the world by an inventory. VJOB_EPARSE | VJOB_EIO with file, path inside and reason in
 *  vjob_last_error(); then nothing changed. VJOB_EBUSY while an API is in use. */
vjob_err vjob_sim_load_file(const char *path);
vjob_err vjob_sim_load_json(const char *text, size_t size_bytes);
/** The whole world as inventory JSON, passwords included; free with vjob_sim_free. Not in it: what is
 *  under way, programs in guests, objects kept with vjob_vm_set_extra. */
vjob_err vjob_sim_save_json(char **out_text);
/** Add what an inventory lists to the world that is there (its hosts merge by name). May be called
 *  while APIs are in use; observers see VMs being added. All or nothing. */
vjob_err vjob_sim_add_json(const char *text, size_t size_bytes);
/** Back to the start: a fresh world from the environment's inventory, clock and sequence numbers at
 *  their start. Running operations are dropped, their jobs end cancelled. VJOB_EBUSY while an API is in use. */
vjob_err vjob_sim_reset(void);
/** "real" | "xN" | "auto" | "auto:G". Takes effect at once; time never goes back. VJOB_EINVAL */
vjob_err vjob_sim_set_clock(const char *spec);
/** For ids, latency and faults from now on: set it before the world is made, or load that again. */
vjob_err vjob_sim_set_seed(uint64_t seed);
/** "faithful" | "ideal" */
vjob_err vjob_sim_set_fidelity(const char *name);
int vjob_sim_is_ideal(void);
/** Start (or with NULL end) writing the event log to a file. VJOB_EIO */
vjob_err vjob_sim_set_trace(const char *path);
/** Write out what the event log still holds. */
void vjob_sim_flush_trace(void);
/** How long an operation takes from now on: name as in the inventory ("start"). VJOB_ENOENT */
vjob_err vjob_sim_set_duration(const char *operation, uint64_t duration_ns, double jitter,
                               uint32_t progress_steps);
/** Let the next `count` operations of a kind fail with `err` (on one VM by name or uuid, or NULL: any). */
vjob_err vjob_sim_fail_next(const char *operation, const char *vm, vjob_err err, uint32_t count);
void vjob_sim_free(void *text);

/* ---- states, operations ----------------------------------------------------------------------- */

typedef enum vjob_vm_state {
    VJOB_VM_STOPPED = 0,
    VJOB_VM_STARTING,
    VJOB_VM_RUNNING,
    VJOB_VM_PAUSING,
    VJOB_VM_PAUSED,
    VJOB_VM_CONTINUING, /* paused -> running */
    VJOB_VM_SUSPENDING,
    VJOB_VM_SUSPENDED, /* saved to disk */
    VJOB_VM_RESUMING,  /* suspended -> running */
    VJOB_VM_STOPPING,
    VJOB_VM_RESETTING,
    VJOB_VM_STATE_COUNT
} vjob_vm_state;
/** "stopped", "starting" ...; never NULL. */
const char *vjob_vm_state_name(vjob_vm_state state);

typedef enum vjob_tools_state {
    VJOB_TOOLS_NOT_INSTALLED = 0,
    VJOB_TOOLS_STOPPED, /* installed, guest not (fully) up */
    VJOB_TOOLS_RUNNING
} vjob_tools_state;

typedef enum vjob_op {
    VJOB_OP_NONE = 0,
    /* exclusive, on a VM */
    VJOB_OP_START,    /* stopped -> running; also resumes a suspended and continues a paused VM */
    VJOB_OP_STOP,     /* hard: -> stopped */
    VJOB_OP_SHUTDOWN, /* through the guest; needs running tools unless flag FORCE */
    VJOB_OP_RESET,    /* hard: running -> running, guest boots again */
    VJOB_OP_RESTART,  /* through the guest */
    VJOB_OP_PAUSE,
    VJOB_OP_CONTINUE, /* paused -> running only */
    VJOB_OP_SUSPEND,
    VJOB_OP_RESUME,         /* suspended -> running only */
    VJOB_OP_DROP_SUSPENDED, /* suspended -> stopped */
    VJOB_OP_SNAPSHOT,
    VJOB_OP_SWITCH_SNAPSHOT,
    VJOB_OP_DELETE_SNAPSHOT,
    VJOB_OP_CONFIGURE, /* new configuration (and name) */
    VJOB_OP_CLONE,
    VJOB_OP_UNREGISTER,
    VJOB_OP_DELETE,
    VJOB_OP_INSTALL_TOOLS,
    VJOB_OP_MIGRATE, /* to another host of the world */
    /* on a host */
    VJOB_OP_CREATE,   /* define and register a new VM */
    VJOB_OP_REGISTER, /* a VM that was unregistered, by path */
    /* reads and the rest: no state, a duration only */
    VJOB_OP_LOGIN,
    VJOB_OP_LOGOFF,
    VJOB_OP_LIST,
    VJOB_OP_READ,
    /* guest operations come with their own calls */
    VJOB_OP_GUEST_LOGIN,
    VJOB_OP_GUEST_LOGOUT,
    VJOB_OP_GUEST_RUN,
    /* the work is the caller's (vjob_op_act) */
    VJOB_OP_GUEST_FILE,
    VJOB_OP_GUEST_PROCESS,
    VJOB_OP_GUEST_COPY, /* has a call of its own: vjob_guest_copy */
    VJOB_OP_SHARES,
    VJOB_OP_SCREEN,
    VJOB_OP_VARIABLE,
    VJOB_OP_UPGRADE, /* exclusive; hardware is always the newest, so nothing changes */
    VJOB_OP_DUMP,    /* exclusive, of a running or paused VM: the caller keeps a picture of its memory */
    /* on a network */
    VJOB_OP_NETWORK_CREATE, /* a new active, transient one; or start the inactive one of that name and uuid */
    VJOB_OP_NETWORK_START,
    VJOB_OP_NETWORK_STOP,
    VJOB_OP_COUNT
} vjob_op;
/** "start", "snapshot" ... as in the inventory's "operations"; never NULL. */
const char *vjob_op_name(vjob_op op);

/* ---- programs that guests do not have ---------------------------------------------------------- */

/** A program that is to run in a guest. Everything is borrowed. */
typedef struct vjob_program {
    const char *vm;          /* its name, */
    const char *uuid;        /* and uuid */
    const char *const *args; /* args[0]: the program; NULL at the end */
    const char *const *env;  /* "NAME=value"; NULL at the end */
    const char *cwd;         /* folder of the guest */
    const char *user;        /* whose program it is */
    const char *input;       /* what it reads */
    size_t input_size;
} vjob_program;
/** How it ends. */
typedef struct vjob_program_end {
    int32_t exit_code;
    uint64_t duration_ns; /* of the clock, from the hook's return to the program's end */
    char *out;            /* what it writes: malloc'ed, freed by the simulator; NULL: nothing */
    size_t out_size;
} vjob_program_end;
/** A program hook: 1 when the program is its own and *out_end says how it ends, else 0. */
typedef int (*vjob_program_fn)(const vjob_program *program, vjob_program_end *out_end, void *data);
/**
 * Have programs of guests run by a function: those that are neither listed in the inventory nor built
 * in. It is called on a worker thread, for many programs at once; it may block and call everything.
 * What it does not want is looked for in the guest's files, and then ends with 127. NULL: no hook any more;
 * calls that are under way go on. vjob_sim_reset takes it away.
 */
vjob_err vjob_sim_set_program_hook(vjob_program_fn fn, void *data);
/**
 * Let guests run real programs of this machine: those that nobody else wants, by absolute path or from
 * /usr/bin and /bin. Each VM has a folder of its own below `folder`, named by its uuid; programs begin
 * there, and cannot write anywhere else, or read more than the system's own folders, or reach TCP. They get
 * the guest's environment, not this process's. Off until this call, which no inventory and no variable of the
 * environment can stand in for; NULL, and vjob_sim_reset, end it.
 * VJOB_EINVAL: no absolute path | VJOB_EIO: no folder can be made there | VJOB_ENOTSUP: this machine
 * cannot keep programs in a folder
 */
vjob_err vjob_sim_allow_programs(const char *folder);
/** A hook for languages that cannot be called on any thread: posts (token, 0, request, 0) into a ring, and
 *  waits until somebody answers the request. `tap`: of that ring. */
int vjob_program_ring_hook(const vjob_program *program, vjob_program_end *out_end, void *tap);
/** What a request asks, valid until it is answered; NULL: there is no such request. */
const vjob_program *vjob_program_request(int64_t request);
/** Answer it: `mine` 0 hands it on; text is copied. VJOB_EBADHANDLE | VJOB_ENOMEM */
vjob_err vjob_program_answer(int64_t request, int mine, int32_t exit_code, uint64_t duration_ns,
                             const char *out, size_t out_size);

/* cffi:end */

/* ---- hosts ------------------------------------------------------------------------------------ */

typedef struct vjob_host vjob_host;
typedef struct vjob_vm vjob_vm;

/** Find a host: NULL or "" is the local (first) one. A name the inventory lacks reaches the first host,
 *  unless the inventory is strict: VJOB_ECONNECT. One reference for the caller. */
vjob_err vjob_host_find(const char *name, vjob_host **out_host);
/** Is the inventory strict? Host names it lacks are refused, and APIs refuse what a product does not have.
 *  world ok */
int vjob_sim_is_strict(void);
vjob_host *vjob_host_retain(vjob_host *host);
void vjob_host_release(vjob_host *host);
/** Check a login. With no users listed everybody may; else VJOB_EAUTH. Constant-time comparison. */
vjob_err vjob_host_login(vjob_host *host, const char *user, const char *password);

typedef struct vjob_host_info {
    char name[256];
    char uuid[40]; /* without braces, lower case */
    uint32_t cpus;
    uint64_t memory_mb;
    uint64_t memory_used_mb; /* by running VMs */
    uint64_t booted_ns;      /* clock */
    size_t vms;
    size_t networks;
} vjob_host_info;
void vjob_host_look(vjob_host *host, vjob_host_info *out_info);
/** The object that an API keeps with a host: one reference, or NULL. `fresh` (or NULL) becomes it when there is
 *  none yet, so that all who ask at the same time get the same. world ok */
vjob_obj *vjob_host_extra(vjob_host *host, vjob_space space, vjob_obj *fresh);

typedef struct vjob_network vjob_network;
typedef struct vjob_network_info {
    char name[128];
    char uuid[40];
    int active;
    char bridge[32];
    int persistent; /* 0: gone when it stops */
    int autostart;
    int listed;        /* 0: the host does not have it (any more) */
    uint64_t revision; /* grows with every change */
} vjob_network_info;
/** Networks of a host; returns how many there are, writes at most cap. */
size_t vjob_host_networks(vjob_host *host, vjob_network_info *out, size_t cap);

/* ---- networks as objects: counted, valid until released ---------------------------------------- */

/** A configuration, owned by the caller. Which of the texts make sense together is the APIs' business. */
typedef struct vjob_network_config {
    char name[128];
    char uuid[40];    /* "" = made from the seed, or the one it has */
    char bridge[32];  /* "" = none */
    char forward[16]; /* "nat", "route" ...; "" = isolated */
    char address[48]; /* of the host in it; "" = none */
    char netmask[48];
    char dhcp_first[48], dhcp_last[48]; /* "" = no addresses are given out */
} vjob_network_config;

/** All networks of a host in the order of definition, one reference each; free with vjob_networks_free.
 *  VJOB_ENOMEM */
vjob_err vjob_host_list_networks(vjob_host *host, vjob_network ***out_networks, size_t *out_count);
void vjob_networks_free(vjob_network **networks, size_t count);
/** One reference. VJOB_ENOENT */
vjob_err vjob_network_by_name(vjob_host *host, const char *name, vjob_network **out_network);
vjob_err vjob_network_by_uuid(vjob_host *host, const char *uuid, vjob_network **out_network);
vjob_network *vjob_network_retain(vjob_network *network); /* world ok */
void vjob_network_release(vjob_network *network);         /* world ok */
/** Borrowed while the caller holds the network; never changes. world ok */
const char *vjob_network_uuid(const vjob_network *network);
const char *vjob_network_name(const vjob_network *network);
/** The host that has it: one reference, or NULL. */
vjob_host *vjob_network_host(vjob_network *network);
void vjob_network_look(vjob_network *network, vjob_network_info *out_info); /* world ok */
/** What it is like; with `next` what it will be like at its next start, if that differs. world ok */
void vjob_network_get_config(vjob_network *network, int next, vjob_network_config *out_config);
/** The object that an API gave with that configuration: one reference, or NULL. world ok */
vjob_obj *vjob_network_get_extra(vjob_network *network, int next, vjob_space space);

/**
 * Define a network, or what it will be like at its next start, with an object of an API (or NULL). Takes no
 * time. A transient one becomes persistent. One reference in *out_network.
 * VJOB_EEXIST (the name has another uuid, or the uuid another name) | VJOB_EINVAL | VJOB_ENOMEM
 */
vjob_err vjob_network_define(vjob_host *host, const vjob_network_config *config, vjob_space space,
                             vjob_obj *extra, vjob_network **out_network);
/** Give it another configuration at once: what it is like while it is active (its definition stays), or with
 *  `next` its definition. Name and uuid stay. VJOB_EINVAL | VJOB_ENOENT | VJOB_ENOMEM */
vjob_err vjob_network_change_config(vjob_network *network, int next, const vjob_network_config *config,
                                    vjob_space space, vjob_obj *extra);
#define VJOB_NETF_ONLY_INACTIVE 1u
/** Forget the definition: an active network becomes transient (or VJOB_ESTATE with ONLY_INACTIVE).
 *  VJOB_ESTATE: it is transient | VJOB_ENOENT */
vjob_err vjob_network_undefine(vjob_network *network, uint32_t flags);
/** Does it start with its host? Only a mark. VJOB_ENOENT */
vjob_err vjob_network_set_autostart(vjob_network *network, int on);
/* Starting, stopping, creating: operations, see vjob_op_start. */

/* ---- private hosts ------------------------------------------------------------------------------ */

/**
 * A host in a world of its own: no list has it, no observer of "all" hears of it, its names and uuids
 * meet those of nobody else, and its operations take no time unless VJOB_OPF_TIMED asks for it.
 * `json` is an inventory with one host. With a key, all who open it share one host while it is open;
 * NULL: nobody else's. One reference for the caller. VJOB_EPARSE | VJOB_ENOMEM
 */
vjob_err vjob_host_open_private(const char *key, const char *json, size_t size_bytes, vjob_host **out_host);
/** Give back an opening and its reference. With the last one all that is under way there ends cancelled, and
 *  its VMs and networks are gone. */
void vjob_host_close_private(vjob_host *host);
int vjob_host_is_private(const vjob_host *host);

/* ---- VMs -------------------------------------------------------------------------------------- */

/** All registered VMs of a host in the order of registration, one reference each; free the array with
 *  vjob_vms_free. VJOB_ENOMEM */
vjob_err vjob_host_vms(vjob_host *host, vjob_vm ***out_vms, size_t *out_count);
void vjob_vms_free(vjob_vm **vms, size_t count);
/** A new uuid from the seed, 36 characters without braces; the same sequence in every run. */
void vjob_sim_new_uuid(char out_uuid[40]);
/** Look-ups by hash; VJOB_ENOENT. uuid with or without braces, any case. One reference. */
vjob_err vjob_vm_by_uuid(vjob_host *host, const char *uuid, vjob_vm **out_vm);
vjob_err vjob_vm_by_name(vjob_host *host, const char *name, vjob_vm **out_vm);
vjob_err vjob_vm_by_path(vjob_host *host, const char *path, vjob_vm **out_vm);
vjob_vm *vjob_vm_retain(vjob_vm *vm); /* world ok */
void vjob_vm_release(vjob_vm *vm);    /* world ok */
/** Borrowed while the caller holds the VM; never changes. Without braces. world ok */
const char *vjob_vm_uuid(const vjob_vm *vm);
/** The host it is on: one reference, or NULL when the VM is registered nowhere. */
vjob_host *vjob_vm_host(vjob_vm *vm);

typedef struct vjob_vm_info {
    char name[256];
    char uuid[40];
    char path[512];
    char os[64]; /* "winxp", "linux" ... */
    vjob_vm_state state;
    vjob_op busy; /* exclusive operation under way, VJOB_OP_NONE if none */
    vjob_tools_state tools;
    uint32_t cpus;
    uint32_t memory_mb;
    int registered;          /* 0: the world does not list it (any more) */
    uint64_t state_since_ns; /* clock */
    uint64_t started_ns;     /* clock of the last start; 0 = not running */
    size_t snapshots;
    uint64_t revision; /* of the configuration; grows with every change */
    uint32_t run;  /* number of this run of a guest on its host, never given twice; 0: the guest is down */
    vjob_op cause; /* the operation that led to the state; NONE: it was so from the beginning */
    uint32_t cause_flags; /* its VJOB_OPF_* */
    int undone;           /* 1: that operation was begun and taken back */
    int transient;        /* forgotten as soon as it is stopped */
    int autostart;
    vjob_op last_op; /* the last one that saved, restored, copied (snapshot) or moved it, if it succeeded */
    uint64_t last_begun_ns, last_ended_ns; /* clock */
} vjob_vm_info;
void vjob_vm_look(vjob_vm *vm, vjob_vm_info *out_info); /* world ok */
/** The same without the texts, which are empty: much cheaper. world ok */
void vjob_vm_glance(vjob_vm *vm, vjob_vm_info *out_info);
/** Copy its name, cut off to fit; how long it is. world ok */
size_t vjob_vm_name(vjob_vm *vm, char *out, size_t cap);
vjob_vm_state vjob_vm_get_state(vjob_vm *vm); /* world ok, no lock */

typedef struct vjob_disk {
    uint64_t size_mb;
    char image[512]; /* path; "" = made from the VM's path */
    char bus[16];    /* "ide", "scsi", "sata", "virtio" */
} vjob_disk;
typedef struct vjob_nic {
    char network[128]; /* name of the network */
    char mac[18];      /* "00:1c:42:xx:xx:xx"; "" = made from the seed */
    char model[16];
} vjob_nic;
/** A configuration, owned by the caller. */
typedef struct vjob_vm_config {
    char name[256];
    char uuid[40];  /* "" = a new one from the seed (create, clone) */
    char path[512]; /* "" = "[standard] NAME/NAME.vmx" */
    char os[64];
    char *description; /* malloc'ed or NULL */
    uint32_t cpus;
    uint32_t memory_mb;
    uint32_t video_mb;
    vjob_disk *disks; /* malloc'ed array or NULL */
    size_t n_disks;
    vjob_nic *nics; /* malloc'ed array or NULL */
    size_t n_nics;
} vjob_vm_config;
/** A copy of the present configuration. Release with vjob_vm_config_clear. */
vjob_err vjob_vm_get_config(vjob_vm *vm, vjob_vm_config *out_config);
void vjob_vm_config_clear(vjob_vm_config *config);
/** Defaults for an operating system name: 1 cpu, memory, one disk, one nic on "default". */
vjob_err vjob_vm_config_default(const char *os, vjob_vm_config *out_config);
/** Check a configuration against host limits and formats without using it. VJOB_EINVAL | VJOB_ERESOURCE */
vjob_err vjob_vm_config_check(vjob_host *host, const vjob_vm_config *config);

/** Keep one counted object of an API with the VM (its own view of the configuration, say): it lives as
 *  long as the configuration does, goes into snapshots and clones with it. Replaces the previous one. */
vjob_err vjob_vm_set_extra(vjob_vm *vm, vjob_space space, vjob_obj *extra);
/** One reference, or NULL. */
vjob_obj *vjob_vm_get_extra(vjob_vm *vm, vjob_space space);

/** A transient VM is forgotten as soon as it is stopped; at once if it is. VJOB_ENOENT */
vjob_err vjob_vm_set_transient(vjob_vm *vm, int on);
/** VJOB_ENOENT */
vjob_err vjob_vm_set_autostart(vjob_vm *vm, int on);
/** What the VM will be like at its next start, with an API's object for that (one reference, or NULL).
 *  VJOB_ENOENT: as it is. Release the configuration with vjob_vm_config_clear. Either pointer may be NULL. */
vjob_err vjob_vm_get_next(vjob_vm *vm, vjob_space space, vjob_vm_config *out_config, vjob_obj **out_extra);
/** Say what a VM whose guest is there will be like at its next start: an API's object for that, the rest as it
 *  was to be. Nobody is told. VJOB_ESTATE: it is stopped | VJOB_ENOENT | VJOB_ENOMEM */
vjob_err vjob_vm_set_next(vjob_vm *vm, vjob_space space, vjob_obj *extra);
/** last_op of vjob_vm_look is NONE from now on. */
void vjob_vm_forget_last(vjob_vm *vm);
/** The job of the exclusive operation under way: one reference; NULL: there is none. */
vjob_job *vjob_vm_current_job(vjob_vm *vm);

/* ---- snapshots -------------------------------------------------------------------------------- */

typedef struct vjob_snapshot_info {
    char uuid[40];
    char parent[40]; /* "" for a root */
    char name[256];
    char description[512];
    uint64_t created_ns; /* clock */
    vjob_vm_state state; /* stopped, running, paused or suspended */
    int is_current;
    size_t children;
} vjob_snapshot_info;
/** All snapshots, parents before children, children in order of creation. Free with vjob_sim_free. */
vjob_err vjob_vm_snapshots(vjob_vm *vm, vjob_snapshot_info **out, size_t *out_count);

/** The configuration at the time of a snapshot, with an API's object for it (one reference, or NULL).
 *  VJOB_ENOENT. Release with vjob_vm_config_clear. */
vjob_err vjob_vm_snapshot_config(vjob_vm *vm, const char *uuid, vjob_space space, vjob_vm_config *out_config,
                                 vjob_obj **out_extra);

/* ---- operations ------------------------------------------------------------------------------- */

/** What to do when another exclusive operation is under way. */
typedef enum vjob_busy_rule {
    VJOB_BUSY_FAIL = 0, /* VJOB_EBUSY */
    VJOB_BUSY_QUEUE,    /* run after it */
    VJOB_BUSY_WAIT      /* run after it, if that is within busy_wait_ns; else VJOB_EBUSY */
} vjob_busy_rule;

#define VJOB_OPF_FORCE 1u         /* SHUTDOWN/RESTART without tools: do it hard */
#define VJOB_OPF_CHILDREN 2u      /* DELETE_SNAPSHOT with its children */
#define VJOB_OPF_LINKED 4u        /* CLONE linked to a snapshot */
#define VJOB_OPF_KEEP_FILES 8u    /* reserved */
#define VJOB_OPF_ONLY_STOPPED 16u /* START: only from stopped */
#define VJOB_OPF_NOT_PAUSED 1024u /* START: stopped or suspended, but not paused */
#define VJOB_OPF_SKIP_RESUME 32u  /* SWITCH_SNAPSHOT: leave a running one stopped */
#define VJOB_OPF_INSTANT 64u      /* takes no time, whatever the inventory says */
#define VJOB_OPF_NO_MEMORY 128u   /* SNAPSHOT: disks only, not the running state */
#define VJOB_OPF_TIMED 2048u      /* takes the inventory's time also on a private host */
#define VJOB_OPF_STOP_AGAIN 4096u /* NETWORK_STOP: an inactive one is stopped once more */
#define VJOB_OPF_NEXT 8192u       /* CONFIGURE: a VM that is not stopped gets it at its next start */
#define VJOB_OPF_TRANSIENT 16384u /* CREATE: see vjob_vm_set_transient */
#define VJOB_OPF_RUN 32768u       /* CREATE: and let it run; takes the time of a start */
#define VJOB_OPF_SAVE_AWAY 65536u /* SUSPEND: the caller keeps the image; the VM ends stopped */
#define VJOB_OPF_RESTORED 131072u /* START, CREATE with RUN: from such an image; the guest does not boot */
#define VJOB_OPF_PREEMPT 262144u  /* STOP: what is under way ends with VJOB_ESTATE, if it can be stopped */
#define VJOB_OPF_IN_ANY_STATE 524288u /* STOP: also a VM that does not run */
#define VJOB_OPF_HOT 1048576u         /* CONFIGURE: the memory may change while the VM runs */
#define VJOB_OPF_CRASHED 2097152u     /* STOP: the guest crashed */
#define VJOB_OPF_ANY_NAME 4194304u    /* CLONE: a name that is taken becomes "NAME (2)" and so on */
#define VJOB_OPF_TRUSTED                                                                                     \
    256u /* LOGIN, GUEST_LOGIN: let in without a password (the process's own user, a guest's administrator) */
#define VJOB_OPF_TAKE_SNAPSHOT                                                                               \
    512u /* CLONE with LINKED, of the VM as it is: take a snapshot first, clone that */

/** What vjob_op_start is to do. Zero what does not matter. Strings and config are copied. */
typedef struct vjob_op_request {
    vjob_op op;
    vjob_vm *vm;      /* operations on a VM */
    vjob_host *host;  /* CREATE, REGISTER, LOGIN, LIST ...; MIGRATE: the target */
    const char *name; /* SNAPSHOT: its name; CLONE: the new VM's; RENAME through config; LOGIN: user */
    const char *text; /* SNAPSHOT: description; LOGIN: password */
    const char *uuid; /* snapshot uuid; CLONE: the new VM's or NULL */
    const char *path; /* CLONE, CREATE: where; REGISTER: what */
    const vjob_vm_config *config; /* CREATE, CONFIGURE */
    vjob_obj *extra;              /* CREATE, CONFIGURE: vjob_vm_set_extra when it succeeds; retained */
    vjob_space space;             /* whose extra */
    uint32_t flags;               /* VJOB_OPF_* */
    vjob_busy_rule busy;
    uint64_t busy_wait_ns;
    const char *snapshot;  /* CLONE: uuid of the snapshot to start from; NULL: the VM as it is */
    vjob_network *network; /* NETWORK_START, NETWORK_STOP */
    const vjob_network_config *network_config; /* NETWORK_CREATE (and `extra`) */
} vjob_op_request;

/**
 * Do an operation on behalf of a job (running, of any kind). The job ends when the operation does, never
 * inside this call. The required state is checked now; if it does not fit, the job fails "later" at
 * once with VJOB_ESTATE, VJOB_EBUSY, VJOB_ENOENT ..., and vjob_op_error tells the details.
 * Returns an error, and the job is left alone, only for VJOB_EINVAL and VJOB_ENOMEM.
 */
vjob_err vjob_op_start(const vjob_op_request *request, vjob_job *job);
/** What an operation left behind, for settle hooks and later; all borrowed while the job lives. world ok */
typedef struct vjob_op_result {
    vjob_op op;
    vjob_vm *vm;   /* the VM worked on, or the new one */
    vjob_vm **vms; /* LIST */
    size_t n_vms;
    const char *snapshot; /* SNAPSHOT: the new uuid */
    vjob_vm_state state;  /* when a state did not fit: the state found */
    const char *text;     /* failed: one sentence; "" otherwise */
    int32_t exit_code;    /* GUEST_RUN */
    uint32_t pid;         /* GUEST_RUN */
    const char *out;      /* GUEST_RUN: what the program wrote */
    size_t out_size;
    uint64_t started_ns;   /* GUEST_RUN: clock at the program's start */
    uint64_t ended_ns;     /* GUEST_RUN: and at its end; 0 with detach */
    int sys_errno;         /* GUEST_COPY, failed: a number of <errno.h> that says why; else 0 */
    int at_host;           /* GUEST_COPY, failed: 1 when the trouble was on this machine, not in the guest */
    vjob_network *network; /* the network worked on, or the new one */
} vjob_op_result;
/** NULL while the job runs, or when it was no operation. */
const vjob_op_result *vjob_op_get_result(vjob_job *job);
/**
 * An operation whose work is a hook of the caller's: READ, GUEST_FILE, GUEST_PROCESS, SHARES, SCREEN,
 * VARIABLE, UPGRADE. `act` is a world hook, called once when the operation's time is over and its state
 * still fits; what it returns is how the job ends. It is not called when the operation is refused,
 * cancelled or made to fail: then the job fails "later" as with vjob_op_start.
 * `data` is borrowed until the job has ended. VJOB_EINVAL | VJOB_ENOMEM
 */
vjob_err vjob_op_act(vjob_vm *vm, vjob_op op, vjob_err (*act)(vjob_vm *vm, vjob_job *job, void *data),
                     void *data, vjob_job *job);

/* ---- what happened ---------------------------------------------------------------------------- */

typedef enum vjob_change {
    VJOB_CHANGE_STATE = 1, /* old_state -> state */
    VJOB_CHANGE_STARTED,   /* an operation's verdict, after the states: powered on, */
    VJOB_CHANGE_STOPPED,   /* off, */
    VJOB_CHANGE_PAUSED,
    VJOB_CHANGE_CONTINUED,
    VJOB_CHANGE_SUSPENDED,
    VJOB_CHANGE_RESUMED,
    VJOB_CHANGE_RESET,
    VJOB_CHANGE_ADDED,   /* created, registered, cloned */
    VJOB_CHANGE_REMOVED, /* unregistered */
    VJOB_CHANGE_DELETED,
    VJOB_CHANGE_CONFIG,      /* also a new name */
    VJOB_CHANGE_SNAPSHOTS,   /* tree changed; text = uuid */
    VJOB_CHANGE_TOOLS,       /* tools state */
    VJOB_CHANGE_PROGRESS,    /* of an exclusive operation: progress */
    VJOB_CHANGE_NETWORK,     /* text = name, state 1 active, 0 not */
    VJOB_CHANGE_STATISTICS,  /* a second has passed for a subscriber; see vjob_stats_* */
    VJOB_CHANGE_PERSISTENCE, /* transient from now on, or no longer; see vjob_vm_look */
    VJOB_CHANGE_COUNT
} vjob_change;
const char *vjob_change_name(vjob_change change);

/** What happened to a network. */
typedef enum vjob_network_change {
    VJOB_NETWORK_DEFINED = 1, /* or defined anew */
    VJOB_NETWORK_STARTED,
    VJOB_NETWORK_STOPPED,
    VJOB_NETWORK_UNDEFINED,
    VJOB_NETWORK_AUTOSTART
} vjob_network_change;

/** One change; everything borrowed for the call. */
typedef struct vjob_change_info {
    vjob_change change;
    uint64_t time_ns; /* clock */
    uint64_t seq;     /* as in the event log */
    vjob_host *host;  /* may be NULL */
    vjob_vm *vm;      /* may be NULL */
    vjob_op op;       /* that caused it, or VJOB_OP_NONE */
    vjob_vm_state old_state;
    vjob_vm_state state;
    uint32_t progress;
    const char *text;
    vjob_network *network;              /* NETWORK only */
    vjob_network_change network_change; /* NETWORK only */
} vjob_change_info;

typedef struct vjob_observer vjob_observer;
/** Hear of every change (of one host, or NULL: of all that are not private). `fn` is a world hook. VJOB_ENOMEM */
vjob_err vjob_observer_add(vjob_host *host, void (*fn)(const vjob_change_info *change, void *data),
                           void *data, vjob_observer **out_observer);
/** After the return `fn` does not run and will not run again. Not from a world hook. */
void vjob_observer_remove(vjob_observer *observer);

/* ---- statistics ------------------------------------------------------------------------------- */

typedef struct vjob_stats_cpu {
    uint32_t usage_percent;
    uint64_t total_ms, user_ms, system_ms;
} vjob_stats_cpu;
typedef struct vjob_stats_iface {
    char name[32];
    uint64_t in_bytes, out_bytes, in_packets, out_packets;
} vjob_stats_iface;
/** A sample; moving and plausible; free with vjob_stats_free. */
typedef struct vjob_stats {
    uint64_t time_ns;
    uint64_t uptime_s;                                /* of the host or guest */
    uint64_t service_uptime_s;                        /* of the management service */
    uint64_t ram_total, ram_used, ram_free, ram_real; /* bytes */
    uint64_t swap_total, swap_used, swap_free;        /* bytes */
    uint64_t disk_total, disk_used, disk_free;        /* bytes */
    size_t n_cpus, n_ifaces, n_vms;
    vjob_stats_cpu *cpus;
    vjob_stats_iface *ifaces;
    struct vjob_stats_vm {
        char uuid[40];
        char name[256];
        uint32_t cpu_percent;
        uint64_t ram_used;
    } * vms; /* running VMs, of a host sample */
} vjob_stats;
/** One sample now, of a host (vm NULL) or of a VM. */
vjob_err vjob_stats_read(vjob_host *host, vjob_vm *vm, vjob_stats **out);
void vjob_stats_free(vjob_stats *stats);

typedef struct vjob_stats_feed vjob_stats_feed;
/** Call `fn` (a world hook) once at the present instant and then every second of the clock, until
 *  removed. Alone it is no reason for the auto clock to jump (law 18). */
vjob_err vjob_stats_subscribe(vjob_host *host, vjob_vm *vm,
                              void (*fn)(vjob_host *host, vjob_vm *vm, void *data), void *data,
                              vjob_stats_feed **out_feed);
void vjob_stats_unsubscribe(vjob_stats_feed *feed);

/* ---- guest ------------------------------------------------------------------------------------ */

/** A login in a running guest; VJOB_EAUTH, VJOB_ENOTOOLS, VJOB_ESTATE through the job. Part of
 *  vjob_op_request: GUEST_LOGIN (name, text), GUEST_LOGOUT. */
/** What a program does while it runs, for those who do not wait for its end. */
typedef struct vjob_guest_streams {
    void (*began)(void *data, uint64_t pid); /* world, once, before it writes anything */
    /* world: it wrote something, to 1 standard output or 2 standard error */
    void (*wrote)(void *data, int to, const char *text, size_t size);
    void *data; /* borrowed until the job has ended */
    int is_fed; /* its input comes from vjob_guest_feed, after program.input */
} vjob_guest_streams;
typedef struct vjob_guest_program {
    const char *path;        /* program */
    const char *const *args; /* NULL-terminated or NULL */
    const char *const *env;  /* "NAME=value", NULL-terminated or NULL */
    const char *cwd;
    const char *input; /* standard input, may be NULL */
    size_t input_size;
    int detach;         /* the job ends when the program has started */
    const char *user;   /* whose process it is; NULL: root or Administrator */
    const char *script; /* goes to a temporary file in the guest, whose path is added as the last
                                  argument; the file goes when the program ends. NULL: none */
    const char
        *need; /* a program that must be there: VJOB_ENOENT when it is an absolute path, not in a folder
                           of programs (/usr/bin, C:\\Windows ...), and no file, VJOB_EAUTH when it is a folder.
                           NULL: nothing is looked at, and what is missing ends with 127 */
    const vjob_guest_streams *streams; /* copied; NULL: none */
} vjob_guest_program;
/** More input for the program that a job runs; size 0: that was all. cat hands on what comes, others begin to read when
 *  all has come. VJOB_ENOENT: it has ended, or was never to be fed | VJOB_ENOMEM. world ok */
vjob_err vjob_guest_feed(vjob_job *job, const char *text, size_t size);
/** Run a program in a guest on behalf of a job: the inventory's table, built-in ones (sh -c, exit, echo, cat, sleep,
 *  true, false, env), the hook, scripts in its files, real programs if they are allowed. Unknown: exit code
 *  127 and a line that says how to add it. The output is cut off at 1 MB. A class *guest* operation: any number at once; fails when the guest stops. */
vjob_err vjob_guest_run(vjob_vm *vm, const vjob_guest_program *program, vjob_job *job);

typedef struct vjob_guest_process {
    uint64_t pid;
    char name[128];
    char owner[64];
    char *command;       /* the whole command line */
    uint64_t started_ns; /* clock */
    int system;          /* part of the guest: cannot be killed */
} vjob_guest_process;
/** Programs that run and those of the system (init or System, and the tools) by pid; none while the guest
 *  is down. One block: free it with vjob_sim_free. 0 | EINVAL | ENOMEM. world ok */
int vjob_guest_processes(vjob_vm *vm, vjob_guest_process **out, size_t *out_n);
/** End a program: its job is done, with exit code 137. 0 | ESRCH | EPERM (the system's or another user's).
 *  `user` as for files. world ok */
int vjob_guest_kill(vjob_vm *vm, const char *user, uint64_t pid);
/** Who sits at the console; "": nobody. world ok */
void vjob_guest_console_user(vjob_vm *vm, char *out, size_t cap);

/* ---- files in a guest -------------------------------------------------------------------------- */

/*
 * Paths are "/a/b" in every guest and "C:\a\b" or "C:/a/b" in Windows ones, absolute. These functions do
 * not look at the VM's state: the operation around them does (vjob_op_act). They return 0 or a number of
 * <errno.h>; besides what each one says: EINVAL (no absolute path), ENAMETOOLONG, ENOTDIR (a file where a
 * folder must be), ENOMEM. All world ok.
 *
 * `user`: whose rights count; NULL is the administrator. root or Administrator, and everybody in a guest
 * that lists no users, may do everything; others may write below their home (/home/NAME, C:/Users/NAME),
 * below the folder for temporary files, and what they own; else EACCES. Everybody may read everything.
 * Folders that come with the system cannot be removed or renamed: EACCES.
 */
typedef struct vjob_guest_file {
    char name[256]; /* last part of the path; of a root: the path */
    int is_directory;
    int is_link;          /* always 0: guests have none */
    uint64_t size;        /* bytes; 0 for directories */
    uint64_t modified_ns; /* clock */
    char owner[64];
} vjob_guest_file;
/** ENOENT */
int vjob_guest_stat(vjob_vm *vm, const char *user, const char *path, vjob_guest_file *out_file);
/** Entries of a directory, sorted by name, without "." and "..". Free with vjob_sim_free. ENOENT | ENOTDIR */
int vjob_guest_list(vjob_vm *vm, const char *user, const char *path, vjob_guest_file **out_files,
                    size_t *out_n);
/** With `parents` makes those above, too. EEXIST | ENOENT | EACCES */
int vjob_guest_mkdir(vjob_vm *vm, const char *user, const char *path, int parents);
/** Remove a file. ENOENT | EISDIR | EACCES */
int vjob_guest_unlink(vjob_vm *vm, const char *user, const char *path);
/** Remove a directory with all that is in it. ENOENT | ENOTDIR | EACCES */
int vjob_guest_rmtree(vjob_vm *vm, const char *user, const char *path);
/** Overwrites a file; the same place: 0. Directories move with what is in them.
 *  ENOENT | EEXIST (the target is a directory) | EINVAL (into itself) | EACCES */
int vjob_guest_rename(vjob_vm *vm, const char *user, const char *from, const char *to);
/** Make an empty file with a new name in the folder for temporary files. *out_path ("/tmp/..", in Windows
 *  guests "C:\Temp\..") is the caller's: vjob_sim_free. */
int vjob_guest_temp(vjob_vm *vm, const char *user, char **out_path);
/**
 * Copy a file, or a directory with all that is in it, between this machine and a guest: files are
 * overwritten, directories merged, the first failure stops. `guest_path` and `host_path` name the thing
 * itself, not a folder to put it in. A worker thread does it after the operation's time, in pieces of at most
 * 1 MiB and with progress by bytes. Cancelling and a guest that stops (VJOB_ESTATE) end it between two pieces;
 * a file appears at its place whole or not at all. Links are followed at the source, never written through.
 * The job fails with VJOB_EIO or VJOB_ENOMEM, and the result says more (sys_errno, at_host).
 * A class *guest* operation. VJOB_EINVAL | VJOB_ENOMEM
 */
vjob_err vjob_guest_copy(vjob_vm *vm, int to_guest, const char *host_path, const char *guest_path,
                         const char *user, vjob_job *job);

/** What this part and the calls below give is there. */
#define VJOB_SIM_GUEST_API 1

/* ---- variables --------------------------------------------------------------------------------- */

typedef enum vjob_variable {
    VJOB_VARIABLE_GUEST = 1, /* what guest and host tell each other; starts as the inventory's "variables" */
    VJOB_VARIABLE_CONFIG,    /* keys of a vmx file, made from the configuration; case does not matter */
    VJOB_VARIABLE_ENV        /* environment of programs that are started from now on */
} vjob_variable;
/** Values that were written win, until the VM is powered off (ENV: until its guest goes down). A name without a value
 *  gives "". The value is the caller's: vjob_sim_free. VJOB_EINVAL | VJOB_ENOENT | VJOB_ENOMEM. world ok */
vjob_err vjob_vm_get_variable(vjob_vm *vm, vjob_variable kind, const char *name, char **out_value);
/** A name has 1..255 bytes, no "=" in ENV; a value at most 1 MiB; at most 10000 of them (VJOB_ELIMIT).
 *  VJOB_EINVAL | VJOB_ENOENT | VJOB_ENOMEM. world ok */
vjob_err vjob_vm_set_variable(vjob_vm *vm, vjob_variable kind, const char *name, const char *value);

/* ---- shared folders: kept with the VM, also while it is off. Numbers of <errno.h>; all world ok ---- */

typedef struct vjob_share {
    char name[256];
    char *host_path;
    int writable;
} vjob_share;
void vjob_vm_shares_enable(vjob_vm *vm, int on);
int vjob_vm_shares_enabled(vjob_vm *vm);
/** In the order in which they were added. One block: free it with vjob_sim_free. ENOMEM */
int vjob_vm_shares(vjob_vm *vm, vjob_share **out, size_t *out_n);
/** EEXIST | ENOENT: nothing at that path of this machine | ENOTDIR | EINVAL: a bad name | ENOMEM */
int vjob_vm_share_add(vjob_vm *vm, const char *name, const char *host_path, int writable);
/** ESRCH: no such share | ENOENT | ENOTDIR | ENOMEM */
int vjob_vm_share_set(vjob_vm *vm, const char *name, const char *host_path, int writable);
/** ESRCH */
int vjob_vm_share_remove(vjob_vm *vm, const char *name);
/** Where they are in the guest: "/mnt/hgfs" or "\\vmware-host\Shared Folders". Static. */
const char *vjob_vm_shares_path(vjob_vm *vm);

/* ---- files of this machine: images that operations leave. Numbers of <errno.h>; no lock held ---------- */

/** A file that appears at its place whole or not at all, readable by its owner only; never through a link. */
typedef struct vjob_part vjob_part;
/** ELOOP | EISDIR | ENOENT | EACCES | ENOMEM ... */
int vjob_part_begin(const char *path, vjob_part **out_part);
int vjob_part_write(vjob_part *part, const void *data, size_t size);
/** Put it at its place, or with keep 0 remove it. NULL is fine. */
int vjob_part_end(vjob_part *part, int keep);
/** The whole of a file of at most `most` bytes (else EFBIG), with a NUL behind it; free with vjob_sim_free. */
int vjob_file_read(const char *path, size_t most, char **out_data, size_t *out_size);

/* ---- the console ------------------------------------------------------------------------------- */

/** The console as a PNG of 640 x 480; with `plain` nothing in it is compressed. Free with vjob_sim_free.
 *  0 | EINVAL | ENOMEM. world ok */
int vjob_vm_screen(vjob_vm *vm, int plain, void **out_png, size_t *out_size);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
