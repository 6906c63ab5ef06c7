/*
 * failing.c - stands between the engine and its allocator, and its thread starts (the linker's --wrap,
 * see tests.cmake), so that tests can make the n-th of them fail.
 */
#include "core_test.h"

#include <errno.h>

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

static int armed;            /* atomic */
static long left, more_left; /* atomic: allocations until the first fails; how many fail after it */
static int hit;              /* atomic */
static int threads_left;     /* atomic */

static int fails(void)
{
    if (!__atomic_load_n(&armed, __ATOMIC_ACQUIRE)) return 0;
    long before = __atomic_fetch_sub(&left, 1, __ATOMIC_ACQ_REL);
    if (before > 0 || -before > __atomic_load_n(&more_left, __ATOMIC_ACQUIRE)) return 0;
    __atomic_store_n(&hit, 1, __ATOMIC_RELEASE);
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
    int n = __atomic_load_n(&threads_left, __ATOMIC_ACQUIRE);
    while (n > 0)
        if (__atomic_compare_exchange_n(&threads_left, &n, n - 1, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
            return EAGAIN;
    return __real_pthread_create(id, attr, run, arg);
}

int ct_can_fail(void)
{
    return 1;
}

#else

static int armed, hit, threads_left;
static long left, more_left;

int ct_can_fail(void)
{
    return 0;
}

#endif

void ct_fail_allocation(long n, long more)
{
    __atomic_store_n(&armed, 0, __ATOMIC_RELEASE);
    __atomic_store_n(&left, n, __ATOMIC_RELEASE);
    __atomic_store_n(&more_left, more, __ATOMIC_RELEASE);
    if (n >= 0) __atomic_store_n(&hit, 0, __ATOMIC_RELEASE);
    __atomic_store_n(&armed, n >= 0, __ATOMIC_RELEASE);
}

int ct_allocation_failed(void)
{
    return __atomic_load_n(&hit, __ATOMIC_ACQUIRE);
}

void ct_fail_threads(int n)
{
    __atomic_store_n(&threads_left, n, __ATOMIC_RELEASE);
}
