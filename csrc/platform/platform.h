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

/* ---- a lock of one word, for short sections ---- */
void plat_word_lock(uint32_t *word);   /* uses the two lowest bits */
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
/** Fence of the frequent side: a compiler barrier where plat_heavy_fence works, else a full fence. */
void plat_light_fence(void);

/* ---- a descriptor that can be made readable ---- */
int plat_event_fd(void); /* -1: none left */
void plat_event_signal(int fd);
void plat_event_clear(int fd);
/** 1 readable, 0 after timeout_ms of real time, also when interrupted by a signal. */
int plat_event_wait(int fd, int timeout_ms);
void plat_close(int fd);

/* ---- process ---- */
/** `child` runs in a forked child. Once. */
void plat_at_fork(void (*child)(void));
/** Open for writing, new or truncated, never through a link, mode 0600. -1 and errno. */
int plat_create_file(const char *path);
/** Write all. 0 or -1. */
int plat_write(int fd, const void *data, size_t size);
/** Read up to `size` bytes that are there now. 0: nothing (yet), the end, or a failure. */
size_t plat_read_ready(int fd, void *out, size_t size);

#endif
