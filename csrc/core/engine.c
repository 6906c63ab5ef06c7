/*
 * engine.c - start and stop. Every API counts its own holders; the first starts the engine, the last
 * one of an API ends that API, the last of all ends the threads. The world stays.
 */
#include "core.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DRAIN_NS (5000 * NS_PER_MS)

uint32_t vjob__state;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* guards the rest */
static unsigned holders[VJOB_SPACE_COUNT];
static int running;                                 /* the engine's threads are there */
static int configured;                              /* the environment has been read */
static uint64_t seed;                               /* atomic */
static int seed_chosen, clock_chosen, trace_chosen; /* by a call: win over the environment */
static int print_leaks;

#ifndef VJOB_VERSION
#error "the build defines VJOB_VERSION"
#endif

const char *vjob_version(void)
{
    return VJOB_VERSION;
}

static vjob_err refuse(uint32_t state)
{
    vjob_err err = state & STATE_FORKED ? VJOB_EFORK : VJOB_EINIT;
    return vjob_fail(err, NULL, NULL, "%s", vjob_err_text(err));
}

/* ---- the environment ---- */

static vjob_err env_clock(const char *value)
{
    return vjob__clock_parse(value, !clock_chosen);
}

static vjob_err env_seed(const char *value)
{
    char *end;
    errno = 0;
    unsigned long long n = strtoull(value, &end, 0);
    if (errno || *end || end == value || strchr(value, '-'))
        return vjob_fail(VJOB_EINVAL, NULL, NULL, "VJOB_SEED=%s: say a number from 0 to 2^64-1", value);
    if (!seed_chosen) __atomic_store_n(&seed, n, __ATOMIC_RELAXED);
    return VJOB_OK;
}

static vjob_err env_trace(const char *value)
{
    return trace_chosen ? VJOB_OK : vjob__log_open(value);
}

static vjob_err env_leaks(const char *value)
{
    if (strcmp(value, "0") && strcmp(value, "1"))
        return vjob_fail(VJOB_EINVAL, NULL, NULL, "VJOB_LEAKS=%s: say 1 to list live handles at exit, or 0",
                         value);
    print_leaks = value[0] == '1';
    return VJOB_OK;
}

static vjob_err env_workers(const char *value)
{
    char *end;
    unsigned long n = strtoul(value, &end, 10);
    vjob_err err = vjob__pool_set_workers(*end || end == value ? 0 : n);
    return err ? vjob_fail(err, NULL, NULL, "VJOB_WORKERS=%s: say 1 to 65536", value) : VJOB_OK;
}

static vjob_err env_reserved(const char *value)
{
    (void)value;
    return vjob_fail(VJOB_ENOTSUP, NULL, NULL,
                     "VJOB_FAULTS and VJOB_STATE are reserved for later versions: unset them");
}

static const struct {
    const char *name;
    vjob_err (*read)(const char *value);
} variables[] = {
    {"VJOB_CLOCK", env_clock},    {"VJOB_SEED", env_seed},       {"VJOB_TRACE", env_trace},
    {"VJOB_LEAKS", env_leaks},    {"VJOB_WORKERS", env_workers}, {"VJOB_FAULTS", env_reserved},
    {"VJOB_STATE", env_reserved},
};

static vjob_err read_environment(void)
{
    for (size_t i = 0; i < sizeof variables / sizeof *variables; i++) {
        const char *value = getenv(variables[i].name);
        vjob_err err = value && *value ? variables[i].read(value) : VJOB_OK;
        if (err) return err;
    }
    return VJOB_OK;
}

/* ---- what the simulator's control functions hand on ---- */

vjob_err vjob__set_clock(const char *spec)
{
    if (vjob_enter_free()) return refuse(STATE_FORKED);
    vjob_err err = vjob__clock_parse(spec, 1);
    if (err) return err;
    clock_chosen = 1;
    if (vjob__clock_mode() == CLOCK_AUTO)
        __atomic_fetch_or(&vjob__state, STATE_AUTO, __ATOMIC_SEQ_CST);
    else
        __atomic_fetch_and(&vjob__state, ~STATE_AUTO, __ATOMIC_SEQ_CST);
    if (vjob__self) vjob__thread_touch(vjob__self);
    vjob__waits_look();
    vjob__sched_kick();
    return VJOB_OK;
}

vjob_err vjob__set_seed(uint64_t value)
{
    seed_chosen = 1;
    __atomic_store_n(&seed, value, __ATOMIC_RELAXED);
    return VJOB_OK;
}

vjob_err vjob__set_trace(const char *path)
{
    vjob_err err = vjob__log_open(path);
    if (!err) trace_chosen = 1;
    return err;
}

void vjob__flush_trace(void)
{
    vjob__log_flush();
}

uint64_t vjob__seed(void)
{
    return __atomic_load_n(&seed, __ATOMIC_RELAXED);
}

/* splitmix64's finisher: every input bit reaches every output bit */
static uint64_t finish(uint64_t x)
{
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ull;
    x = (x ^ x >> 27) * 0x94d049bb133111ebull;
    return x ^ x >> 31;
}

uint64_t vjob__mix(uint64_t salt, const char *text)
{
    uint64_t h = finish(vjob__seed() + 0x9e3779b97f4a7c15ull * (salt + 1));
    for (; text && *text; text++) h = (h ^ (unsigned char)*text) * 0x100000001b3ull;
    return finish(h);
}

/* ---- process ---- */

static void print_one_leak(const vjob_handle_info *info, const char *when)
{
    fprintf(stderr, "vjob: still held at %s: %s%s%s%s (%u reference%s)\n", when, info->type_name,
            info->object[0] ? " \"" : "", info->object, info->object[0] ? "\"" : "", info->refs,
            info->refs == 1 ? "" : "s");
}

static void report_leaks(vjob_space space, const char *when)
{
    size_t n = print_leaks ? vjob_leaks(space, NULL, 0) : 0;
    vjob_handle_info *infos = n ? calloc(n, sizeof *infos) : NULL;
    if (!infos) return;
    size_t listed = vjob_leaks(space, infos, n);
    for (size_t i = 0; i < listed && i < n; i++) print_one_leak(&infos[i], when);
    free(infos);
}

/* Leaving joins nobody: callbacks stop, the log is written, that is all. */
static void at_exit(void)
{
    if (__atomic_load_n(&vjob__state, __ATOMIC_RELAXED) & STATE_FORKED) return;
    report_leaks(VJOB_SPACE_NONE, "exit");
    for (int s = 1; s < VJOB_SPACE_COUNT; s++) vjob__channels_end((vjob_space)s);
    vjob__log_flush();
}

static void in_child(void)
{
    __atomic_fetch_or(&vjob__state, STATE_FORKED, __ATOMIC_SEQ_CST);
    vjob__threads_after_fork();
    vjob__slabs_after_fork();
}

static void once_per_process(void)
{
    plat_at_fork(in_child);
    atexit(at_exit);
    plat_fences_begin();
}

/* ---- holding ---- */

__attribute__((weak)) vjob_err vjob__sim_start(void)
{
    return VJOB_OK;
}

static vjob_err configure(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, once_per_process);
    if (configured) return VJOB_OK;
    vjob_err err = read_environment();
    if (err) return err;
    configured = 1;
    return VJOB_OK;
}

vjob_err vjob__engine_configure(void)
{
    pthread_mutex_lock(&lock);
    vjob_err err = configure();
    pthread_mutex_unlock(&lock);
    return err;
}

static vjob_err start(void)
{
    vjob_err err = configure();
    if (!err) err = vjob__sim_start();
    if (err) {
        fprintf(stderr, "vjob: %s\n", vjob_last_error()->text);
        return err;
    }
    if (vjob__clock_mode() == CLOCK_AUTO) __atomic_fetch_or(&vjob__state, STATE_AUTO, __ATOMIC_SEQ_CST);
    vjob_clock_now(); /* sets the start of a clock that nobody has asked yet */
    vjob__clock_mark_started();
    __atomic_store_n(&vjob__stopping, 0, __ATOMIC_SEQ_CST);
    vjob__pool_restart();
    err = vjob__sched_start();
    if (!err) running = 1;
    return err;
}

vjob_err vjob_api_hold(vjob_space space)
{
    if (vjob_enter_free()) return refuse(STATE_FORKED);
    if (space <= VJOB_SPACE_NONE || space >= VJOB_SPACE_COUNT)
        return vjob_fail(VJOB_EINVAL, NULL, NULL, "no such API");
    if (!vjob__thread_self()) return VJOB_ENOMEM;
    pthread_mutex_lock(&lock);
    vjob_err err = running ? VJOB_OK : start();
    if (!err && holders[space]++ == 0) {
        vjob__space_begin(space);
        __atomic_fetch_or(&vjob__state, 1u << space, __ATOMIC_SEQ_CST);
    }
    pthread_mutex_unlock(&lock);
    if (!err) vjob__thread_touch(vjob__self);
    return err;
}

int vjob__space_held(vjob_space space)
{
    return space == VJOB_SPACE_NONE || (__atomic_load_n(&vjob__state, __ATOMIC_ACQUIRE) >> space & 1);
}

int vjob__engine_in_use(void)
{
    return (__atomic_load_n(&vjob__state, __ATOMIC_ACQUIRE) & ((1u << VJOB_SPACE_COUNT) - 2)) != 0;
}

/* What one API's end means for its clients; engine lock held, no call of the API gets in any more.
 * Returns how many threads are still in its user code; they have been named. */
static int end_space(vjob_space space, uint64_t deadline_real)
{
    vjob__world_lock();
    vjob__waits_end(space);
    vjob__world_unlock();
    vjob__channels_end(space);
    if (space == VJOB_SPACE_NATIVE) {
        vjob__native_end();
        vjob__world_source_end();
    }
    int left = vjob__serve_drain(space, deadline_real); /* names last: callbacks were given theirs */
    report_leaks(space, "its API's end"); /* a program that ends its API owes nothing any more at exit */
    vjob__space_end(space);
    if (space == VJOB_SPACE_NATIVE) vjob__native_close();
    return left ? vjob__threads_serving(space, 1) : 0;
}

static void stop(uint64_t deadline_real, int told)
{
    if (told) deadline_real = plat_real_ns() + 100 * NS_PER_MS; /* for those that are merely idle */
    int left = vjob__pool_stop(deadline_real);
    if (left > told)
        fprintf(stderr,
                "vjob: %d thread%s still in user code 5 s after the engine's end, left to end by %s\n", left,
                left == 1 ? " is" : "s are", left == 1 ? "itself" : "themselves");
    vjob__sched_stop();
    vjob__log_flush();
    running = 0;
}

vjob_err vjob_api_drop(vjob_space space)
{
    if (vjob_enter_free()) return refuse(STATE_FORKED);
    if (vjob_in_callback())
        return vjob_fail(VJOB_ECALLBACK, NULL, NULL,
                         "an API cannot be ended inside a callback; nothing was changed");
    pthread_mutex_lock(&lock);
    vjob_err err = space > 0 && space < VJOB_SPACE_COUNT && holders[space] ? VJOB_OK : VJOB_EINIT;
    if (!err && --holders[space] == 0) {
        __atomic_fetch_and(&vjob__state, ~(1u << space), __ATOMIC_SEQ_CST);
        uint64_t deadline = plat_real_ns() + DRAIN_NS;
        if (!vjob__engine_in_use())
            __atomic_store_n(&vjob__stopping, 1, __ATOMIC_SEQ_CST); /* bodies: stop from now on */
        int left = end_space(space, deadline);
        if (!vjob__engine_in_use()) stop(deadline, left);
    }
    pthread_mutex_unlock(&lock);
    return err ? vjob_fail(err, NULL, NULL, "the API is not in use") : VJOB_OK;
}

/* The world has freed its own; what is left are jobs and alarms of ended APIs. */
static void forget_timer(vjob_timer *t)
{
    if (!vjob__job_forget(t)) vjob__ring_forget(t);
}

vjob_err vjob__world_restart(void)
{
    pthread_mutex_lock(&lock);
    vjob_err err = vjob__engine_in_use() ? VJOB_EBUSY : VJOB_OK;
    if (!err) {
        vjob__world_lock();
        vjob__timer_forget_all(forget_timer);
        vjob__world_unlock();
        seed_chosen = clock_chosen = trace_chosen = configured = 0;
        __atomic_store_n(&seed, 0, __ATOMIC_RELAXED);
        __atomic_fetch_and(&vjob__state, ~STATE_AUTO, __ATOMIC_SEQ_CST);
        vjob__clock_reset();
        vjob__clock_parse("real", 1);
        vjob__log_open(NULL);
        vjob__log_restart();
    }
    pthread_mutex_unlock(&lock);
    return err ? vjob_fail(err, NULL, NULL, "the world cannot start over while an API is in use") : VJOB_OK;
}

/* ---- entering ---- */

vjob_err vjob_enter_free(void)
{
    if (likely(!(__atomic_load_n(&vjob__state, __ATOMIC_RELAXED) & STATE_FORKED))) return VJOB_OK;
    return VJOB_EFORK;
}

/* A call that fails without words of its own must not show those of an earlier one. */
static void forget_error(void)
{
    if (vjob__self) vjob__self->error.err = VJOB_OK;
}

vjob_err vjob_enter(vjob_space space)
{
    uint32_t state = __atomic_load_n(&vjob__state, __ATOMIC_ACQUIRE);
    if (unlikely((state & STATE_FORKED) || !(state >> space & 1))) return refuse(state);
    forget_error();
    if (unlikely(state & STATE_AUTO)) {
        vjob__thread *t = vjob__thread_self();
        if (t) vjob__thread_touch(t);
    }
    return VJOB_OK;
}

vjob_err vjob_enter_poll(vjob_space space)
{
    uint32_t state = __atomic_load_n(&vjob__state, __ATOMIC_ACQUIRE);
    if (unlikely((state & STATE_FORKED) || !(state >> space & 1))) return refuse(state);
    forget_error();
    return VJOB_OK;
}

vjob_err vjob_init(void)
{
    return vjob_api_hold(VJOB_SPACE_NATIVE);
}

vjob_err vjob_deinit(void)
{
    return vjob_api_drop(VJOB_SPACE_NATIVE);
}

/* ---- for wrappers ---- */

vjob_err vjob_wrapper_hold(vjob_space space)
{
    return vjob_api_hold(space);
}

vjob_err vjob_wrapper_drop(vjob_space space)
{
    return vjob_api_drop(space);
}

void vjob_thread_waits(int waits)
{
    vjob__thread *t = vjob__thread_self();
    if (!t || vjob__clock_mode() != CLOCK_AUTO) return;
    vjob__thread_set_waiting(t, waits ? THREAD_PARKED : 0);
    if (waits) vjob__sched_kick();
}
