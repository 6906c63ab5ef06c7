/*
 * jobs.c - rows B and C: an empty job, handed over and waited for; and many at once.
 * usage: jobs WHO dense|sparse|many [N]
 *        jobs vjob clients THREADS
 * WHO: vjob; peers: futex (two threads that wake each other: the limit), thread (one a job), and when built with
 * them gthreadpool and libuv. `sparse` starts one each millisecond. `many` counts the ends. `clients` has
 * threads that each start a job and wait for it, again and again.
 */
#include "bench.h"

#include <linux/futex.h>
#include <pthread.h>
#include <semaphore.h>
#include <sys/syscall.h>
#include <vjob/vjob.h>
#ifdef HAVE_GLIB
#include <glib.h>
#endif
#ifdef HAVE_UV
#include <uv.h>
#endif

typedef struct runner {
    const char *name;
    void (*begin)(void);
    void (*trip)(void);       /* one job, there and back */
    void (*many)(unsigned n); /* NULL: makes no sense */
} runner;

static sem_t pong;
static unsigned ended; /* atomic */

static void check(vjob_err err)
{
    if (err) fprintf(stderr, "jobs: %s\n", vjob_last_error()->text), exit(1);
}

/* ---- vjob ---- */

static const vjob_job_spec empty;

static void vjob_begin(void)
{
    check(vjob_init());
}

static void vjob_trip(void)
{
    vjob_handle job;
    check(vjob_job_start(&empty, &job));
    check(vjob_wait(job, VJOB_FOREVER));
    check(vjob_release(job));
}

static void vjob_many(unsigned n)
{
    vjob_handle *all = malloc(n * sizeof *all);
    for (unsigned i = 0; i < n; i++) check(vjob_job_start(&empty, &all[i]));
    check(vjob_wait_all(all, n, VJOB_FOREVER));
    for (unsigned i = 0; i < n; i++) check(vjob_release(all[i]));
    free(all);
}

/* In batches, as a program with very many jobs would. */
static void batch_many(unsigned n)
{
    vjob_handle batch[1000];
    for (unsigned left = n, some; left; left -= some) {
        some = left < 1000 ? left : 1000;
        check(vjob_job_start_many(&empty, some, batch));
        check(vjob_wait_all(batch, some, VJOB_FOREVER));
        for (unsigned i = 0; i < some; i++) check(vjob_release(batch[i]));
    }
}

/* ---- two threads ---- */

static uint32_t turns[2]; /* atomic: how often each side was woken */

static void wake_side(int side)
{
    __atomic_fetch_add(&turns[side], 1, __ATOMIC_SEQ_CST);
    syscall(SYS_futex, &turns[side], FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

static void wait_side(int side, uint32_t until)
{
    uint32_t now;
    while ((now = __atomic_load_n(&turns[side], __ATOMIC_SEQ_CST)) < until)
        syscall(SYS_futex, &turns[side], FUTEX_WAIT_PRIVATE, now, NULL, NULL, 0);
}

static void *echo(void *arg)
{
    for (uint32_t i = 1;; i++) {
        wait_side(0, i);
        wake_side(1);
    }
    return arg;
}

static void futex_begin(void)
{
    pthread_t other;
    pthread_create(&other, NULL, echo, NULL);
}

static void futex_trip(void)
{
    static uint32_t i;
    wake_side(0);
    wait_side(1, ++i);
}

static void nothing(void) {}

static void *end_at_once(void *arg)
{
    return arg;
}

static void thread_trip(void)
{
    pthread_t id;
    if (pthread_create(&id, NULL, end_at_once, NULL)) exit(1);
    pthread_join(id, NULL);
}

#ifdef HAVE_GLIB
static GThreadPool *pool;
static int counting;

static void pool_run(gpointer data, gpointer user_data)
{
    (void)data, (void)user_data;
    if (counting)
        __atomic_fetch_add(&ended, 1, __ATOMIC_RELEASE);
    else
        sem_post(&pong);
}

static void gthreadpool_begin(void)
{
    sem_init(&pong, 0, 0);
    pool = g_thread_pool_new(pool_run, NULL, 2, TRUE, NULL);
}

static void gthreadpool_trip(void)
{
    g_thread_pool_push(pool, pool, NULL);
    sem_wait(&pong);
}

static void gthreadpool_many(unsigned n)
{
    counting = 1;
    for (unsigned i = 0; i < n; i++) g_thread_pool_push(pool, pool, NULL);
    while (__atomic_load_n(&ended, __ATOMIC_ACQUIRE) < n) sched_yield();
}
#endif

#ifdef HAVE_UV
static void uv_work(uv_work_t *work)
{
    (void)work;
}

static void uv_after(uv_work_t *work, int status)
{
    (void)work, (void)status;
    ended++;
}

static void uv_many(unsigned n)
{
    uv_work_t *all = calloc(n, sizeof *all);
    ended = 0;
    for (unsigned i = 0; i < n; i++) uv_queue_work(uv_default_loop(), &all[i], uv_work, uv_after);
    while (ended < n) uv_run(uv_default_loop(), UV_RUN_ONCE);
    free(all);
}

static void uv_trip(void)
{
    uv_many(1);
}
#endif

static const runner runners[] = {
    {"vjob", vjob_begin, vjob_trip, vjob_many},
    {"vjob_batch", vjob_begin, vjob_trip, batch_many},
    {"futex", futex_begin, futex_trip, NULL},
    {"thread", nothing, thread_trip, NULL},
#ifdef HAVE_GLIB
    {"gthreadpool", gthreadpool_begin, gthreadpool_trip, gthreadpool_many},
#endif
#ifdef HAVE_UV
    {"libuv", nothing, uv_trip, uv_many},
#endif
};

static void trips(const runner *r, unsigned n, int sparse)
{
    uint64_t *times = malloc(n * sizeof *times), total = 0;
    char params[64];
    snprintf(params, sizeof params, "%s%s", sparse ? "sparse" : "dense", bench_pinned());
    struct timespec pause = {0, 1000000};
    for (unsigned i = 0; i < n; i++) {
        if (sparse) nanosleep(&pause, NULL);
        uint64_t start = bench_ns();
        r->trip();
        total += times[i] = bench_ns() - start;
    }
    bench_emit("B", r->name, "roundtrip_p50", "ns", params, bench_percentile(times, n, 50));
    bench_emit("B", r->name, "roundtrip_p99", "ns", params, bench_percentile(times, n, 99));
    bench_emit("B", r->name, "roundtrip_mean", "ns", params, (double)total / n);
    free(times);
}

/* ---- many clients ---- */

static unsigned trips_each;

static void *client(void *arg)
{
    for (unsigned i = 0; i < trips_each; i++) vjob_trip();
    return arg;
}

static int clients(int threads)
{
    pthread_t ids[64];
    char params[64];
    if (threads < 1 || threads > 64) return 2;
    trips_each = bench_times(200000) / (unsigned)threads + 1;
    vjob_begin();
    uint64_t start = bench_ns();
    for (int i = 0; i < threads; i++)
        if (pthread_create(&ids[i], NULL, client, NULL)) return 1;
    for (int i = 0; i < threads; i++) pthread_join(ids[i], NULL);
    double seconds = (double)(bench_ns() - start) / 1e9;
    snprintf(params, sizeof params, "threads=%d", threads);
    bench_emit("B", "vjob", "clients", "jobs/s", params, threads * (double)trips_each / seconds);
    return 0;
}

int main(int argc, char **argv)
{
    const runner *r = NULL;
    char params[64];
    for (size_t i = 0; argc > 2 && i < sizeof runners / sizeof *runners; i++)
        if (!strcmp(runners[i].name, argv[1])) r = &runners[i];
    if (!r) return 3; /* this peer was not built in */
    if (!strcmp(argv[2], "clients")) return clients(argc > 3 ? atoi(argv[3]) : 1);
    int many = !strcmp(argv[2], "many"), sparse = !strcmp(argv[2], "sparse");
    unsigned n = argc > 3 ? (unsigned)strtoul(argv[3], NULL, 10) : bench_times(sparse ? 500 : 20000);
    if (many && !r->many) return 3;
    r->begin();
    if (!many) {
        trips(r, n, sparse);
        return 0;
    }
    uint64_t start = bench_ns();
    r->many(n);
    snprintf(params, sizeof params, "jobs=%u", n);
    bench_emit("C", r->name, "throughput", "jobs/s", params, n * 1e9 / (double)(bench_ns() - start));
    bench_emit("C", r->name, "peak_memory", "MiB", params, bench_peak_bytes() / 1048576);
    return 0;
}
