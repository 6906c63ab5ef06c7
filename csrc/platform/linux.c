/* linux.c - platform.h on Linux. */
#define _GNU_SOURCE
#include "platform.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <linux/membarrier.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define NS 1000000000ull

static uint64_t clock_ns(clockid_t id)
{
    struct timespec ts;
    clock_gettime(id, &ts);
    return (uint64_t)ts.tv_sec * NS + (uint64_t)ts.tv_nsec;
}

uint64_t plat_real_ns(void)
{
    return clock_ns(CLOCK_MONOTONIC);
}

uint64_t plat_wall_ns(void)
{
    return clock_ns(CLOCK_REALTIME);
}

void plat_futex_wait(uint32_t *word, uint32_t expected, uint64_t timeout_ns)
{
    struct timespec ts, *limit = NULL;
    if (timeout_ns != UINT64_MAX) {
        ts.tv_sec = (time_t)(timeout_ns / NS);
        ts.tv_nsec = (long)(timeout_ns % NS);
        limit = &ts;
    }
    syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, expected, limit, NULL, 0);
}

void plat_futex_wake(uint32_t *word, int count)
{
    syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, count, NULL, NULL, 0);
}

/* Two bits: 0 free, 1 taken, 2 taken and somebody sleeps. The other bits are the owner's. */
static void take_word(uint32_t *word)
{
    uint32_t seen = __atomic_load_n(word, __ATOMIC_RELAXED);
    for (;;) {
        uint32_t rest = seen & ~3u;
        if (!(seen & 3u)) {
            if (__atomic_compare_exchange_n(word, &seen, rest | 1u, 0, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
                return;
            continue;
        }
        break;
    }
    for (;;) {
        uint32_t rest = seen & ~3u;
        if (!__atomic_compare_exchange_n(word, &seen, rest | 2u, 0, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
            continue;
        if (!(seen & 3u)) return;
        plat_futex_wait(word, rest | 2u, UINT64_MAX);
        seen = __atomic_load_n(word, __ATOMIC_RELAXED);
    }
}

void plat_word_lock(uint32_t *word)
{
    take_word(word);
    plat_tell_acquire(word);
}

void plat_word_unlock(uint32_t *word)
{
    plat_tell_release(word);
    uint32_t was = __atomic_fetch_and(word, ~3u, __ATOMIC_RELEASE);
    if (was & 2u) plat_futex_wake(word, 1);
}

static char *map_pages(size_t bytes)
{
    char *pages = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return pages == MAP_FAILED ? NULL : pages;
}

void *plat_pages(size_t bytes)
{
    if (bytes < PLAT_HUGE_PAGE) return map_pages(bytes);
    char *pages = map_pages(bytes + PLAT_HUGE_PAGE); /* more, so that a boundary is in it */
    if (!pages) return NULL;
    size_t before = -(uintptr_t)pages & (PLAT_HUGE_PAGE - 1), after = PLAT_HUGE_PAGE - before;
    if (before) munmap(pages, before);
    if (after) munmap(pages + before + bytes, after);
    madvise(pages + before, bytes, MADV_HUGEPAGE);
    return pages + before;
}

int plat_thread_start(void *(*run)(void *arg), void *arg, const char *name)
{
    pthread_attr_t attr;
    pthread_t thread;
    sigset_t all, old;
    int rc = pthread_attr_init(&attr);
    if (rc) return rc;
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    rc = pthread_create(&thread, &attr, run, arg);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    pthread_attr_destroy(&attr);
    (void)name;
    return rc;
}

uint32_t plat_thread_id(void)
{
    return (uint32_t)syscall(SYS_gettid);
}

int plat_thread_probe(uint32_t tid, uint64_t *out_cpu_ns, int *out_sleeps)
{
    char path[64], text[512];
    snprintf(path, sizeof path, "/proc/self/task/%u/stat", tid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return -1;
    ssize_t n = read(fd, text, sizeof text - 1);
    close(fd);
    if (n <= 0) return -1;
    text[n] = 0;
    const char *after = strrchr(text, ')'); /* the name before it may hold anything */
    if (!after || !after[1]) return -1;
    *out_sleeps = after[2] != 'R' && after[2] != 'D'; /* in a system call that will end by itself: no sleep */
    /* the kernel's encoding of "processor time of that thread" as a clock */
    clockid_t clock = (clockid_t)((~(uint32_t)tid << 3) | 4u | 2u);
    struct timespec ts;
    *out_cpu_ns = clock_gettime(clock, &ts) ? 0 : (uint64_t)ts.tv_sec * NS + (uint64_t)ts.tv_nsec;
    return 0;
}

int plat_heavy_works = -1;

static int have_membarrier(void)
{
#if defined(__SANITIZE_THREAD__)
    return 0; /* the thread sanitizer does not know it */
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
    return 0;
#endif
#endif
    return syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0) == 0;
}

void plat_fences_begin(void)
{
    if (__atomic_load_n(&plat_heavy_works, __ATOMIC_RELAXED) < 0)
        __atomic_store_n(&plat_heavy_works, have_membarrier(), __ATOMIC_RELAXED);
}

void plat_heavy_fence(void)
{
    plat_fences_begin();
    if (!plat_heavy_works || syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0) != 0)
        __atomic_thread_fence(__ATOMIC_SEQ_CST);
}

int plat_event_fd(void)
{
    return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
}

void plat_event_signal(int fd)
{
    uint64_t one = 1;
    ssize_t n;
    do n = write(fd, &one, sizeof one);
    while (n < 0 && errno == EINTR);
}

void plat_event_clear(int fd)
{
    uint64_t count;
    ssize_t n;
    do n = read(fd, &count, sizeof count);
    while (n < 0 && errno == EINTR);
}

int plat_event_wait(int fd, int timeout_ms)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    return poll(&p, 1, timeout_ms) > 0;
}

int plat_fd_wait(int fd, int for_write, int timeout_ms)
{
    struct pollfd p = {.fd = fd, .events = for_write ? POLLOUT : POLLIN};
    int n;
    do n = poll(&p, 1, timeout_ms);
    while (n < 0 && errno == EINTR && timeout_ms < 0);
    return n > 0;
}

#define WATCHES 64

static void put_watch(struct pollfd *to, const plat_watch *from)
{
    *to = (struct pollfd){.fd = from->fd};
    if (from->wants & PLAT_READABLE) to->events |= POLLIN;
    if (from->wants & PLAT_WRITABLE) to->events |= POLLOUT;
}

static uint32_t found(short events)
{
    return (events & POLLIN ? PLAT_READABLE : 0) | (events & POLLOUT ? PLAT_WRITABLE : 0) |
           (events & (POLLERR | POLLNVAL) ? PLAT_BROKEN : 0) | (events & POLLHUP ? PLAT_HUNG_UP : 0);
}

int plat_watch_wait(plat_watch *watches, size_t n, int timeout_ms)
{
    struct pollfd few[WATCHES], *polls = n <= WATCHES ? few : malloc(n * sizeof *polls);
    if (!polls) return 0;
    for (size_t i = 0; i < n; i++) put_watch(&polls[i], &watches[i]);
    int ready = poll(polls, n, timeout_ms);
    for (size_t i = 0; i < n; i++) watches[i].got = ready > 0 ? found(polls[i].revents) : 0;
    if (polls != few) free(polls);
    return ready > 0 ? ready : 0;
}

void plat_close(int fd)
{
    if (fd >= 0) close(fd);
}

void plat_at_fork(void (*child)(void))
{
    pthread_atfork(NULL, NULL, child);
}

int plat_create_file(const char *path)
{
    /* Not blocking: a pipe that nobody reads is a failure, not a wait. */
    const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
    if (fd >= 0) (void)fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
    return fd;
}

size_t plat_read_ready(int fd, void *out, size_t size)
{
    if (!plat_event_wait(fd, 0)) return 0;
    ssize_t got = read(fd, out, size);
    return got > 0 ? (size_t)got : 0;
}

int plat_write(int fd, const void *data, size_t size)
{
    const char *at = data;
    while (size) {
        ssize_t n = write(fd, at, size);
        if (n < 0) {
            if (errno == EINTR) continue;
            return -1;
        }
        at += n;
        size -= (size_t)n;
    }
    return 0;
}

int plat_write_quietly(int fd, const void *data, size_t size)
{
    static const struct timespec now = {0, 0};
    sigset_t pipe_only, before, waiting;
    sigemptyset(&pipe_only);
    sigaddset(&pipe_only, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe_only, &before);
    sigpending(&waiting);
    const int failed = plat_write(fd, data, size), number = errno;
    if (failed && number == EPIPE && !sigismember(&waiting, SIGPIPE)) sigtimedwait(&pipe_only, NULL, &now);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    errno = number;
    return failed;
}

int plat_socket_pair(int out_fds[2])
{
    return socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, out_fds) ? errno : 0;
}

void plat_socket_end(int fd, int writing)
{
    shutdown(fd, writing ? SHUT_WR : SHUT_RD);
}
