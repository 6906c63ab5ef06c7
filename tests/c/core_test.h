/*
 * core_test.h - what the tests of the core share: checks that work on every thread, tallies to wait
 * for, threads that start together, and children: the same program again, for what ends a process.
 */
#ifndef CORE_TEST_H
#define CORE_TEST_H

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/core.h"

#if defined(__SANITIZE_ADDRESS__)
#define CT_LEAK_CHECK 1 /* at exit, with a list of leaks: those of the threads that a forked child lacks */
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define CT_LEAK_CHECK 1
#endif
#endif
#ifndef CT_LEAK_CHECK
#define CT_LEAK_CHECK 0
#endif

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define MS 1000000ull
#define S 1000000000ull
#define HOUR (3600 * S)
#define YEAR (365 * 24 * HOUR)

/* ---- checks: fail the test, or on another thread than the test's end the program ---- */
void ct_check(int holds, const char *what, const char *file, int line);
#define CHECK(condition) ct_check(!!(condition), #condition, __FILE__, __LINE__)
void ct_equal(uint64_t got, uint64_t expected, const char *what, const char *file, int line);
#define EQUAL(got, expected)                                                                                 \
    ct_equal((uint64_t)(got), (uint64_t)(expected), #got " == " #expected, __FILE__, __LINE__)
void ct_code(vjob_err got, vjob_err expected, const char *what, const char *file, int line);
#define OK(call) ct_code((call), VJOB_OK, #call, __FILE__, __LINE__)
#define FAILS(call, code) ct_code((call), (code), #call, __FILE__, __LINE__)

/* ---- a number that threads raise and others wait for, by no means of the engine's ---- */
typedef struct tally {
    pthread_mutex_t lock;
    pthread_cond_t raised;
    int n;
} tally;
#define TALLY                                                                                                \
    {                                                                                                        \
        PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0                                               \
    }
void tally_init(tally *t);
void tally_add(tally *t);
int tally_get(tally *t);
/** Until it is at least n; fails after half a minute. */
void tally_wait(tally *t, int n);

/* ---- threads ---- */
/** Run fn(arg, 0..n-1) on n threads that start together; returns when all have ended. */
void ct_threads(int n, void (*fn)(void *arg, int number), void *arg);
/** One thread, to be joined by ct_join. */
typedef struct ct_thread {
    pthread_t id;
    void (*fn)(void *arg);
    void *arg;
    vjob__thread *record; /* atomic: the engine's record of it, once it runs */
} ct_thread;
void ct_start(ct_thread *t, void (*fn)(void *arg), void *arg);
void ct_join(ct_thread *t);
/** Until that thread is in an engine wait. */
void ct_await_waiting(ct_thread *t);

/* ---- fixtures of cmocka ---- */
int ct_real(void **state); /* engine held by the native API, clock real */
int ct_auto(void **state); /* the same, clock auto */
int ct_none(void **state); /* engine not started, no VJOB_* in the environment */
/** Ends the native API; nothing may be left. */
int ct_end(void **state);
/** Only forgets clock, seed, log and timers. */
int ct_forget(void **state);
#define REAL(test) cmocka_unit_test_setup_teardown(test, ct_real, ct_end)
#define AUTO(test) cmocka_unit_test_setup_teardown(test, ct_auto, ct_end)
#define NONE(test) cmocka_unit_test_setup_teardown(test, ct_none, ct_forget)

/** Real time, for bounds that no engine may need. */
uint64_t ct_now(void);
/** A number below `below` (0: any), the same sequence for the same seed. */
uint64_t ct_random(uint64_t *seed, uint64_t below);
uint64_t ct_seed(void);    /* from PYVJOB_TEST_SEED or the time; printed */
uint64_t ct_test_ns(void); /* PYVJOB_TEST_SECONDS, default 2 */
int ct_fewer(int n);       /* n, or a part of it where programs are slow (PYVJOB_TEST_STRIDE) */

/* ---- children: the same program, one function ---- */
typedef struct ct_role {
    const char *name;
    int (*run)(void);
} ct_role;
/** First thing in main: become the child that was asked for, if any. */
void ct_become(const ct_role *roles, size_t n);
typedef struct ct_result {
    int code; /* exit code, or 1000 + signal */
    uint64_t took_ns;
    char *out, *err; /* all that it wrote; ct_result_free */
} ct_result;
/** Run a role with more environment ("NAME=value", NULL at the end) and wait for its end. */
ct_result ct_child(const char *role, const char *const *environment);
void ct_result_free(ct_result *r);
char *ct_read_file(const char *path);
/** A name for a file of this process in the folder for temporary files. Static buffer. */
const char *ct_temp(const char *name);

/* ---- allocations and threads that fail (failing.c) ---- */
/** From now on the n-th allocation of the engine (0: the next) fails, and `more` after it; -1: none fails. */
void ct_fail_allocation(long n, long more);
/** 1 if an allocation has failed since ct_fail_allocation asked for it. */
int ct_allocation_failed(void);
/** The engine's next n thread starts fail. */
void ct_fail_threads(int n);
/** As with allocations: the n-th thread start, the n-th write to a file. */
void ct_fail_thread(long n, long more);
int ct_thread_failed(void);
void ct_fail_write(long n, long more);
int ct_write_failed(void);
/** 1 where the linker lets us stand between the engine and its allocator. */
int ct_can_fail(void);

#endif
