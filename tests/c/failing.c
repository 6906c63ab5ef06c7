/*
 * failing.c - stands between the engine and its allocators, its thread starts and its writes to files (the
 * linker's --wrap, see tests.cmake), so that tests can make the n-th of them fail.
 */
#define _GNU_SOURCE
#include "core/core.h"
#include "core_test.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

/* Of each kind: how many go well until the first fails, and how many fail after it. */
typedef struct fault {
    int armed;      /* atomic */
    long left;      /* atomic */
    long more_left; /* atomic */
    int hit;        /* atomic */
} fault;

#ifdef __linux__

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *old, size_t size);
int __real_pthread_create(pthread_t *id, const pthread_attr_t *attr, void *(*run)(void *), void *arg);

void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *old, size_t size);
char *__wrap_strdup(const char *text);
int __wrap_pthread_create(pthread_t *id, const pthread_attr_t *attr, void *(*run)(void *), void *arg);
ssize_t __real_write(int fd, const void *data, size_t size);
ssize_t __wrap_write(int fd, const void *data, size_t size);

static fault memory, threads, writes;

static int strikes(fault *f)
{
    if (!__atomic_load_n(&f->armed, __ATOMIC_ACQUIRE)) return 0;
    long before = __atomic_fetch_sub(&f->left, 1, __ATOMIC_ACQ_REL);
    if (before > 0 || -before > __atomic_load_n(&f->more_left, __ATOMIC_ACQUIRE)) return 0;
    __atomic_store_n(&f->hit, 1, __ATOMIC_RELEASE);
    return 1;
}

static int fails(void)
{
    if (!strikes(&memory)) return 0;
    errno = ENOMEM;
    return 1;
}

void *__wrap_malloc(size_t size)
{
    return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
    return fails() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *old, size_t size)
{
    return fails() ? NULL : __real_realloc(old, size);
}

char *__wrap_strdup(const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = fails() ? NULL : __real_malloc(size);
    return copy ? memcpy(copy, text, size) : NULL;
}

int __wrap_pthread_create(pthread_t *id, const pthread_attr_t *attr, void *(*run)(void *), void *arg)
{
    return strikes(&threads) ? EAGAIN : __real_pthread_create(id, attr, run, arg);
}

/* Files only: what wakes a thread is written too. */
ssize_t __wrap_write(int fd, const void *data, size_t size)
{
    struct stat st;
    if (__atomic_load_n(&writes.armed, __ATOMIC_ACQUIRE) && fd > 2 && !fstat(fd, &st) &&
        S_ISREG(st.st_mode) && strikes(&writes)) {
        errno = ENOSPC;
        return -1;
    }
    return __real_write(fd, data, size);
}

int ct_can_fail(void)
{
    return 1;
}

#else

static fault memory, threads, writes;

int ct_can_fail(void)
{
    return 0;
}

#endif

static void arm(fault *f, long n, long more)
{
    __atomic_store_n(&f->armed, 0, __ATOMIC_RELEASE);
    __atomic_store_n(&f->left, n, __ATOMIC_RELEASE);
    __atomic_store_n(&f->more_left, more, __ATOMIC_RELEASE);
    if (n >= 0) __atomic_store_n(&f->hit, 0, __ATOMIC_RELEASE);
    __atomic_store_n(&f->armed, n >= 0, __ATOMIC_RELEASE);
}

static int was_hit(fault *f)
{
    return __atomic_load_n(&f->hit, __ATOMIC_ACQUIRE);
}

void ct_fail_allocation(long n, long more)
{
#if defined(VJOB_DEBUG) && defined(__linux__)
    vjob__slab_fault = fails; /* small objects come from malloc now and then only */
#endif
    arm(&memory, n, more);
}

int ct_allocation_failed(void)
{
    return was_hit(&memory);
}

void ct_fail_threads(int n)
{
    arm(&threads, n ? 0 : -1, n - 1);
}

void ct_fail_thread(long n, long more)
{
    arm(&threads, n, more);
}

int ct_thread_failed(void)
{
    return was_hit(&threads);
}

void ct_fail_write(long n, long more)
{
    arm(&writes, n, more);
}

int ct_write_failed(void)
{
    return was_hit(&writes);
}
