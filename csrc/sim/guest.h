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
    const char *console_user; /* "": nobody */
    size_t n_users, n_programs, n_env, n_variables;
    sim_arena arena;
} sim_guest;

sim_guest *sim_guest_new(void);                /* defaults; NULL: out of memory */
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

#define SIM_FILE_MAX                                                                                         \
    (16u << 20) /* bytes that an inventory or a program can put into a file; copies may be larger */
#define SIM_GUEST_PATH_MAX 4096u /* bytes */

typedef struct sim_files sim_files;
/** What is in a file; counted, never changes once the file is in a tree. */
typedef struct sim_bytes {
    uint32_t refs; /* atomic */
    char data[];   /* one more byte than the file has, which is 0 */
} sim_bytes;
typedef struct sim_file {
    char *path; /* "/a/b" or "C:/a/b" */
    char *data; /* in a sim_bytes of its own; NULL: a directory */
    size_t size;
    uint64_t modified_ns; /* 0: since the world began */
    uint32_t refs;        /* atomic */
    char *owner;          /* NULL: the administrator */
} sim_file;

sim_files *sim_files_retain(sim_files *files); /* NULL ok */
void sim_files_release(sim_files *files);      /* NULL ok */
/** Find; NULL if there is none. Borrowed until the tree changes. */
const sim_file *sim_files_find(const vjob_vm *vm, const char *path);
/** Write (make, replace or extend) a file; directories above it must exist, or are made with `parents`.
 *  VJOB_ENOENT: no such directory | VJOB_EINVAL: a directory, or no path | VJOB_ENOMEM */
vjob_err sim_files_write(vjob_vm *vm, const char *path, const char *data, size_t size, int append,
                         int parents);
/** The same with the rights of a user, who owns what is made. Also VJOB_EAUTH */
vjob_err sim_files_write_as(vjob_vm *vm, const char *user, const char *path, const char *data, size_t size,
                            int append);
/** Visit those that are not there in a new guest. */
size_t sim_files_count(const sim_files *files);
const sim_file *sim_files_at(const sim_files *files, size_t i);
int sim_os_is_windows(const char *os);

/* The parts of it, for guest_files.c and guest_copy.c. `normal`: as sim_path_normal makes them. */

/** The one spelling of a path; malloc'ed. VJOB_EINVAL: no absolute path, or no UTF-8 | VJOB_ENOMEM */
vjob_err sim_path_normal(const vjob_vm *vm, const char *path, char **out);
size_t sim_path_root(const char *normal); /* bytes of "/" or "C:/" */
/** The order of paths: 0 is the same place. */
int sim_path_compare(const char *a, const char *b);
/** Is it strictly below that folder? */
int sim_path_below(const char *normal, const char *folder);
const sim_file *sim_files_get(const vjob_vm *vm, const char *normal);
/** The i-th folder that comes with the system, homes included, into out[SIM_GUEST_PATH_MAX]. 0: no more */
int sim_files_built_in(const vjob_vm *vm, size_t i, char *out);
/** Those of a tree (NULL ok) that are below a folder: from what it returns up to *out_end. */
size_t sim_files_below(const sim_files *files, const char *folder, size_t *out_end);
/** Bytes in all its files. */
uint64_t sim_files_bytes(const sim_files *files);
/** Room for `size` bytes in out[]->data; *bytes NULL: new. 0: out of memory, as it was */
int sim_bytes_room(sim_bytes **bytes, size_t size);
void sim_bytes_release(sim_bytes *bytes); /* NULL ok */
/** Put a file (bytes, whose reference it takes in any case) or a folder (NULL) there; replaces. VJOB_ENOMEM */
vjob_err sim_files_put(vjob_vm *vm, const char *normal, const char *user, sim_bytes *bytes, size_t size);
/** Take away what is there and all below. VJOB_ENOMEM */
vjob_err sim_files_cut(vjob_vm *vm, const char *normal);
/** Move what is there and all below; replaces a file. VJOB_ENOMEM */
vjob_err sim_files_move(vjob_vm *vm, const char *from, const char *to);

/* ---- rights (guest_files.c) ---- */

int sim_guest_is_admin(const vjob_vm *vm, const char *user); /* NULL: yes */
const char *sim_guest_admin(const vjob_vm *vm);              /* "root" */
/** May this user make, change or remove what is at that path? */
int sim_guest_may_write(const vjob_vm *vm, const char *user, const char *normal);
/** 0, or why the folder above cannot take anything: ENOENT | ENOTDIR */
int sim_guest_check_above(const vjob_vm *vm, const char *normal);
/** A path for a new temporary file (malloc'ed). NULL: out of memory */
char *sim_guest_temp_path(vjob_vm *vm);
/** As this guest's programs spell it, in place. */
void sim_guest_spell(const vjob_vm *vm, char *path);
/** errno for a reason of files.c, and the normal path; EINVAL | ENAMETOOLONG | ENOMEM */
int sim_guest_path(const vjob_vm *vm, const char *path, char **out);
/** Make a folder; 0 when it is there and `there_ok`. As vjob_guest_mkdir. World. */
int sim_guest_make_folder(vjob_vm *vm, const char *user, const char *path, int parents, int there_ok);
/** Put a whole file in its place; takes the bytes in any case. Also ENOSPC. World. */
int sim_guest_put_file(vjob_vm *vm, const char *user, const char *path, sim_bytes *bytes, size_t size);

/* ---- programs (process.c, shell.c) ---- */

typedef struct sim_process sim_process;
/** End all without a word, except that the jobs of those that have one fail with VJOB_ESTATE. */
void sim_guest_end_programs(vjob_vm *vm);
/** End one: its job is done, with exit code 137. */
void sim_process_kill(sim_process *process);
/** Free one that never came into a guest. */
void sim_process_free(sim_process *process);
void sim_guest_freeze_programs(vjob_vm *vm);
void sim_guest_thaw_programs(vjob_vm *vm);

#endif
