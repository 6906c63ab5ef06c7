/**
 * platform.h - all that the engine needs from the operating system. Nothing above this folder includes
 * an operating-system header for threads, time or descriptors.
 *
 * Times are nanoseconds. "real" time is the monotonic clock of the machine.
 */
#ifndef VJOB_PLATFORM_H
#define VJOB_PLATFORM_H

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

/* ---- time ---- */
uint64_t plat_real_ns(void); /* monotonic, never 0 */
uint64_t plat_wall_ns(void); /* since 1970 */

/* ---- futex: sleep on a word ---- */
/** Sleep while *word == expected, at most timeout_ns of real time (UINT64_MAX: no limit). May return early. */
void plat_futex_wait(uint32_t *word, uint32_t expected, uint64_t timeout_ns);
void plat_futex_wake(uint32_t *word, int count);

/* ---- a client's thread sanitizer ----
 * It sees what our libraries allocate and free, but not the atomics in between. It is told of those that hand
 * memory from one thread to another; without it these are one test of an address. */
extern void __tsan_acquire(void *at) __attribute__((weak));
extern void __tsan_release(void *at) __attribute__((weak));
static inline void plat_tell_acquire(void *at)
{
    if (__builtin_expect(&__tsan_acquire != NULL, 0)) __tsan_acquire(at);
}
static inline void plat_tell_release(void *at)
{
    if (__builtin_expect(&__tsan_release != NULL, 0)) __tsan_release(at);
}

/* A client's address sanitizer: memory that is used again without having been freed would hide from it. */
extern void __asan_init(void) __attribute__((weak));
static inline int plat_memory_is_watched(void)
{
    return &__asan_init != NULL;
}

/* ---- a lock of one word, for short sections ---- */
void plat_word_lock(uint32_t *word); /* uses the two lowest bits */
void plat_word_unlock(uint32_t *word);

/* ---- threads ---- */
/** Start a detached thread with all signals blocked. 0, or an errno value. */
int plat_thread_start(void *(*run)(void *arg), void *arg, const char *name);
uint32_t plat_thread_id(void);
/** Processor time a thread of this process has used, and whether it sleeps. -1 when it is gone. */
int plat_thread_probe(uint32_t tid, uint64_t *out_cpu_ns, int *out_sleeps);
/** After this every other thread has seen all stores that this thread made before, and we see theirs.
 *  Lets the frequent side of a handshake do without a fence. */
void plat_heavy_fence(void);
/** Find out whether that works: with many threads it may take tens of milliseconds, so do it early. */
void plat_fences_begin(void);
extern int plat_heavy_works __attribute__((visibility("hidden"))); /* atomic; -1: nobody has asked yet */
/** Fence of the frequent side: a compiler barrier where plat_heavy_fence works, else a full fence. */
static inline void plat_light_fence(void)
{
    if (__builtin_expect(__atomic_load_n(&plat_heavy_works, __ATOMIC_RELAXED) > 0, 1))
        __atomic_signal_fence(__ATOMIC_SEQ_CST);
    else
        __atomic_thread_fence(__ATOMIC_SEQ_CST);
}

/* ---- a descriptor that can be made readable ---- */
int plat_event_fd(void); /* -1: none left */
void plat_event_signal(int fd);
void plat_event_clear(int fd);
/** 1 readable, 0 after timeout_ms of real time, also when interrupted by a signal. */
int plat_event_wait(int fd, int timeout_ms);
/** Wait until a read, or a write of up to 4096 bytes, would not block (or fails at once). 1 ready, 0 not within
 *  timeout_ms of real time (-1: no limit). */
int plat_fd_wait(int fd, int for_write, int timeout_ms);
void plat_close(int fd);
/** What to look for at a descriptor, and what was found. */
typedef struct plat_watch {
    int fd;
    uint32_t wants, got; /* PLAT_* */
} plat_watch;
#define PLAT_READABLE 1u
#define PLAT_WRITABLE 2u
#define PLAT_BROKEN 4u /* an error, or no descriptor: always looked for */
#define PLAT_HUNG_UP 8u
/** Wait for one of them, at most timeout_ms of real time (-1: no limit). How many were found; 0 also when
 *  interrupted. */
int plat_watch_wait(plat_watch *watches, size_t n, int timeout_ms);

/* ---- memory ---- */
#define PLAT_HUGE_PAGE ((size_t)2 << 20)
/** Zeroed memory for good, of a multiple of 64 KiB; of whole huge pages from PLAT_HUGE_PAGE on, where there are
 *  any. NULL: out of memory. */
void *plat_pages(size_t bytes);

/* ---- process ---- */
/** `child` runs in a forked child. Once. */
void plat_at_fork(void (*child)(void));
/** Open for writing, new or truncated, never through a link, mode 0600. -1 and errno. */
int plat_create_file(const char *path);
/** Write all. 0 or -1. */
int plat_write(int fd, const void *data, size_t size);
/** The same, also when nobody reads: -1 without a SIGPIPE. */
int plat_write_quietly(int fd, const void *data, size_t size);
/** Read up to `size` bytes that are there now. 0: nothing (yet), the end, or a failure. */
size_t plat_read_ready(int fd, void *out, size_t size);

/** Two connected local stream sockets, closed on exec. 0, or an errno value. */
int plat_socket_pair(int out_fds[2]);
void plat_socket_end(int fd, int writing);

/* ---- files and folders; what returns an int returns 0 or an errno value, unless it says otherwise ---- */
typedef enum plat_kind { PLAT_FILE = 1, PLAT_FOLDER, PLAT_LINK, PLAT_OTHER } plat_kind;
typedef struct plat_place {
    plat_kind kind;
    uint64_t size;           /* bytes, of a file */
    uint64_t device, number; /* together: which one it is */
} plat_place;
/** What is at a path; a link at its end is followed with `follow`, else it is what is there. */
int plat_look(const char *path, int follow, plat_place *out);
/** Open a file for reading; links are followed, and nothing waits for a pipe. -1 and errno. */
int plat_open_read(const char *path);
/** Read at most so many bytes. 0 at the end, -1 and errno. */
int64_t plat_read(int fd, void *data, size_t size);
/** Mode 0700. */
int plat_make_folder(const char *path);
/** The names in a folder, sorted, without "." and "..". */
int plat_folder_names(const char *path, char ***out_names, size_t *out_n);
void plat_folder_names_free(char **names, size_t n);

/** A file that is being written beside its place, mode 0600: there is never half a file at the place. */
typedef struct plat_part {
    int fd;
    char *path, *temporary;
} plat_part;
/** ELOOP: a link is at the place | EISDIR | EINVAL: something that is no file */
int plat_part_begin(plat_part *out, const char *path);
/** Put it in its place, replacing a file, or with keep 0 remove it. */
int plat_part_end(plat_part *part, int keep);

/* ---- other programs, shut into one folder (spawn.c) ---- */
typedef struct plat_program {
    char *const *args, *const *env; /* args[0]: absolute path */
    const char *folder;             /* where it begins; it cannot write anywhere else */
} plat_program;
typedef struct plat_child {
    int pid, in, out;
} plat_child;
typedef void plat_program_sink(void *data, const char *text, size_t size);
/** Can this machine shut programs into a folder? */
int plat_program_possible(void);
/** Start it in a session of its own. 0 | ENOTSUP | why it could not be started */
int plat_program_start(const plat_program *program, plat_child *out);
/** Feed it, hand on what it writes, until it has ended; blocks. Then plat_program_reap. */
void plat_program_talk(plat_child *child, const char *input, size_t size, plat_program_sink *sink,
                       void *data);
/** End it and all it started; until plat_program_reap, from any thread. */
void plat_program_kill(const plat_child *child);
/** Its exit code: 128 + n after a signal n. */
int plat_program_reap(plat_child *child);

#endif
