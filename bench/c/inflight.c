/*
 * inflight.c - row D: N timed jobs in flight at once.
 * usage: inflight WHO N [random|cancel]     WHO: vjob, vjob_batch (starts a thousand at a time, which then last
 * equally long), libuv (when built with it)
 *
 * Prints memory per job while all are in flight, the time to submit one, the wall time until all have
 * ended, how late they ended (the engine's clock against start + duration), and the number of threads.
 * `random` spreads durations over 0.5 to 1.5 s; `cancel` over 30 to 90 s, then cancels all in random order.
 */
#include "bench.h"

#include <vjob/vjob.h>
#ifdef HAVE_UV
#include <uv.h>
#endif

#define SECOND 1000000000ull

static size_t n;
static int spread, cancel;
static char params[64];
static uint64_t *late;

static uint64_t duration(size_t i)
{
    uint64_t state = i * 0x9e3779b97f4a7c15ull + 1;
    uint64_t scale = cancel ? 60 : 1; /* nothing may end before its turn to be cancelled */
    return spread ? scale * (SECOND / 2 + bench_random(&state) % SECOND) : SECOND;
}

static uint32_t *shuffled(void)
{
    uint64_t state = 7;
    uint32_t *order = malloc(n * sizeof *order);
    for (size_t i = 0; i < n; i++) order[i] = (uint32_t)i;
    for (size_t i = n; i-- > 1;) {
        size_t j = bench_random(&state) % (i + 1);
        uint32_t tmp = order[i];
        order[i] = order[j];
        order[j] = tmp;
    }
    return order;
}

static void check(vjob_err err)
{
    if (!err) return;
    fprintf(stderr, "inflight: %s\n", vjob_last_error()->text);
    exit(1);
}

static void report(const char *who, uint64_t start, uint64_t submitted, double bytes)
{
    bench_emit("D", who, "submit", "ns/job", params, (double)(submitted - start) / (double)n);
    bench_emit("D", who, "memory_per_job", "B", params, bytes / (double)n);
}

static void report_end(const char *who, uint64_t start, uint64_t ended)
{
    bench_emit("D", who, "wall", "s", params, (double)(ended - start) / 1e9);
    bench_emit("D", who, "late_p99", "ms", params, bench_percentile(late, n, 99) / 1e6);
    bench_emit("D", who, "late_max", "ms", params, (double)late[n - 1] / 1e6);
}

static void start_some(size_t at, size_t some, vjob_handle *jobs)
{
    vjob_job_spec spec = {.duration_ns = duration(at)};
    check(some == 1 ? vjob_job_start(&spec, &jobs[at]) : vjob_job_start_many(&spec, some, &jobs[at]));
}

static void run_vjob(const char *who, size_t batch)
{
    vjob_handle *jobs = malloc(n * sizeof *jobs);
    memset(jobs, 1, n * sizeof *jobs); /* the program's own memory is not the engine's */
    check(vjob_init());
    vjob_job_spec warm = {.duration_ns = 1000000};
    check(vjob_job_start(&warm, &jobs[0]));
    check(vjob_wait(jobs[0], VJOB_FOREVER));
    check(vjob_release(jobs[0]));
    int threads = bench_threads();
    double before = bench_rss_bytes();
    uint64_t start = bench_ns();
    for (size_t i = 0; i < n; i += batch) start_some(i, n - i < batch ? n - i : batch, jobs);
    uint64_t submitted = bench_ns();
    report(who, start, submitted, bench_rss_bytes() - before);
    bench_emit("D", who, "more_threads", "threads", params, bench_threads() - threads);
    if (cancel) {
        uint32_t *order = shuffled();
        uint64_t from = bench_ns();
        for (size_t i = 0; i < n; i++) check(vjob_job_cancel(jobs[order[i]]));
        bench_emit("D", who, "cancel", "ns/job", params, (double)(bench_ns() - from) / (double)n);
        return;
    }
    check(vjob_wait_all(jobs, n, VJOB_FOREVER));
    uint64_t ended = bench_ns();
    for (size_t i = 0; i < n; i++) {
        vjob_job_info info;
        check(vjob_job_look(jobs[i], &info));
        uint64_t due = info.started_ns + duration(i - i % batch);
        if (info.ended_ns < due) fprintf(stderr, "inflight: job %zu ended early\n", i), exit(1);
        late[i] = info.ended_ns - due;
    }
    report_end(who, start, ended);
    for (size_t i = 0; i < n; i++) check(vjob_release(jobs[i]));
    check(vjob_deinit());
}

#ifdef HAVE_UV
static uint64_t *due;
static size_t fired;

static void on_timer(uv_timer_t *timer)
{
    size_t i = (size_t)timer->data;
    uint64_t now = bench_ns();
    late[i] = now > due[i] ? now - due[i] : 0;
    fired++;
}

static void run_libuv(void)
{
    uv_loop_t *loop = uv_default_loop();
    uv_timer_t **timers = malloc(n * sizeof *timers);
    due = malloc(n * sizeof *due);
    memset(timers, 1, n * sizeof *timers);
    memset(due, 1, n * sizeof *due);
    double before = bench_rss_bytes();
    uint64_t start = bench_ns();
    for (size_t i = 0; i < n; i++) {
        timers[i] = malloc(sizeof **timers);
        uv_timer_init(loop, timers[i]);
        timers[i]->data = (void *)i;
        uv_update_time(loop);
        due[i] = bench_ns() + duration(i);
        uv_timer_start(timers[i], on_timer, duration(i) / 1000000, 0);
    }
    uint64_t submitted = bench_ns();
    report("libuv", start, submitted, bench_rss_bytes() - before);
    if (cancel) {
        uint32_t *order = shuffled();
        uint64_t from = bench_ns();
        for (size_t i = 0; i < n; i++) uv_timer_stop(timers[order[i]]);
        bench_emit("D", "libuv", "cancel", "ns/job", params, (double)(bench_ns() - from) / (double)n);
        return;
    }
    while (fired < n) uv_run(loop, UV_RUN_ONCE);
    report_end("libuv", start, bench_ns());
}
#endif

int main(int argc, char **argv)
{
    if (argc < 3) {
        fprintf(stderr, "usage: inflight vjob|libuv N [random|cancel]\n");
        return 2;
    }
    n = strtoull(argv[2], NULL, 10);
    cancel = argc > 3 && !strcmp(argv[3], "cancel");
    spread = argc > 3;
    snprintf(params, sizeof params, "jobs=%zu%s", n, spread ? " random" : "");
    late = malloc(n * sizeof *late);
    memset(late, 1, n * sizeof *late);
    if (!strcmp(argv[1], "vjob"))
        run_vjob("vjob", 1);
    else if (!strcmp(argv[1], "vjob_batch") && !cancel)
        run_vjob("vjob_batch", 1000);
#ifdef HAVE_UV
    else if (!strcmp(argv[1], "libuv"))
        run_libuv();
#endif
    else
        return 3; /* this peer was not built in */
    return 0;
}
