/**
 * guest.h - what runs inside a VM: boot and tools, users, files, programs. World.
 *
 * What the inventory says of a guest (sim_guest) is counted, never changes, and is shared by the VMs of
 * one entry. Files are a counted tree that is copied when a shared one is written. A guest that nobody
 * looks into needs no memory.
 */
#ifndef VJOB_SIM_GUEST_H
#define VJOB_SIM_GUEST_H

#include "model.h"

typedef struct sim_pair {
    const char *name, *value;
} sim_pair;

typedef struct sim_program {
    const char *path;
    const char *out, *errors; /* what it writes; "" nothing */
    int32_t exit_code;
    uint64_t duration_ns;
} sim_program;

typedef struct sim_guest {
    uint32_t refs; /* atomic */
    int tools;     /* installed */
    uint64_t boot_ns;
    sim_login *users;
    sim_program *programs;
    sim_pair *env, *variables;
    size_t n_users, n_programs, n_env, n_variables;
    sim_arena arena;
} sim_guest;

sim_guest *sim_guest_new(void); /* defaults; NULL: out of memory */
sim_guest *sim_guest_retain(sim_guest *guest); /* NULL ok */
void sim_guest_release(sim_guest *guest);      /* NULL ok */
/** The VM's, or the defaults. */
const sim_guest *sim_guest_of(const vjob_vm *vm);

/* ---- tools (guest.c) ---- */

/** The guest begins to boot: tools come up after a while. */
void sim_guest_boot(vjob_vm *vm, vjob_op op);
/** The guest is gone: programs end, their jobs fail with VJOB_ESTATE. */
void sim_guest_down(vjob_vm *vm, vjob_op op);
/** The guest goes on where it was saved (vm->tools_kept). */
void sim_guest_wake(vjob_vm *vm, vjob_op op);
/** Time stops and goes on in the guest (pause). */
void sim_guest_freeze(vjob_vm *vm);
void sim_guest_thaw(vjob_vm *vm);
void sim_guest_set_tools(vjob_vm *vm, vjob_tools_state tools, vjob_op op);
void sim_guest_booted(vjob_timer *timer);
/** May programs run there now? VJOB_ESTATE | VJOB_ENOTOOLS */
vjob_err sim_guest_check_up(const vjob_vm *vm, const char *verb, sim_why *why);

/* ---- files (files.c): paths are "/a/b" everywhere and "C:\a\b" in Windows guests ---- */

typedef struct sim_files sim_files;
typedef struct sim_file {
    char *path;  /* "/a/b" or "C:/a/b" */
    char *data;  /* NULL: a directory */
    size_t size;
    uint32_t refs;
} sim_file;

sim_files *sim_files_retain(sim_files *files); /* NULL ok */
void sim_files_release(sim_files *files);      /* NULL ok */
/** Find; NULL if there is none. Borrowed until the tree changes. */
const sim_file *sim_files_find(const vjob_vm *vm, const char *path);
/** Write (make, replace or extend) a file; directories above it must exist, or are made with `parents`.
 *  VJOB_ENOENT: no such directory | VJOB_EINVAL: a directory, or no path | VJOB_ENOMEM */
vjob_err sim_files_write(vjob_vm *vm, const char *path, const char *data, size_t size, int append, int parents);
/** Visit those that are not there in a new guest. */
size_t sim_files_count(const sim_files *files);
const sim_file *sim_files_at(const sim_files *files, size_t i);
int sim_os_is_windows(const char *os);

/* ---- programs (process.c, shell.c) ---- */

typedef struct sim_process sim_process;
/** End all without a word, except that the jobs of those that have one fail with VJOB_ESTATE. */
void sim_guest_end_programs(vjob_vm *vm);
/** Free one that never came into a guest. */
void sim_process_free(sim_process *process);
void sim_guest_freeze_programs(vjob_vm *vm);
void sim_guest_thaw_programs(vjob_vm *vm);

#endif
