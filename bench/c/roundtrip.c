/*
 * roundtrip.c - rows B and C: an empty job, submitted and waited for; and many at once.
 * usage: roundtrip
 * Peer of B: two threads that wake each other through a pair of semaphores.
 */
#include "bench.h"

#include <pthread.h>
#include <semaphore.h>
#include <vjob/vjob.h>

#define TRIPS 50000u
#define MANY 1000000u

static sem_t ping, pong;
static uint64_t times[TRIPS];

static void *echo(void *arg)
{
    (void)arg;
    for (unsigned i = 0; i < TRIPS; i++) {
        sem_wait(&ping);
        sem_post(&pong);
    }
    return NULL;
}

static void semaphores(void)
{
    pthread_t other;
    sem_init(&ping, 0, 0);
    sem_init(&pong, 0, 0);
    pthread_create(&other, NULL, echo, NULL);
    for (unsigned i = 0; i < TRIPS; i++) {
        uint64_t start = bench_ns();
        sem_post(&ping);
        sem_wait(&pong);
        times[i] = bench_ns() - start;
    }
    pthread_join(other, NULL);
    bench_emit("B", "semaphores", "roundtrip_p50", "ns", "", bench_percentile(times, TRIPS, 50));
}

static void check(vjob_err err)
{
    if (err) fprintf(stderr, "roundtrip: %s\n", vjob_last_error()->text), exit(1);
}

static void jobs(void)
{
    vjob_job_spec empty = {0};
    for (unsigned i = 0; i < TRIPS; i++) {
        vjob_handle job;
        uint64_t start = bench_ns();
        check(vjob_job_start(&empty, &job));
        check(vjob_wait(job, VJOB_FOREVER));
        check(vjob_release(job));
        times[i] = bench_ns() - start;
    }
    bench_emit("B", "vjob", "roundtrip_p50", "ns", "", bench_percentile(times, TRIPS, 50));
}

static void many(void)
{
    vjob_job_spec empty = {0};
    vjob_handle *all = malloc(MANY * sizeof *all);
    uint64_t start = bench_ns();
    for (unsigned i = 0; i < MANY; i++) check(vjob_job_start(&empty, &all[i]));
    check(vjob_wait_all(all, MANY, VJOB_FOREVER));
    bench_emit("C", "vjob", "throughput", "jobs/s", "jobs=1000000",
               MANY * 1e9 / (double)(bench_ns() - start));
    for (unsigned i = 0; i < MANY; i++) check(vjob_release(all[i]));
    free(all);
}

int main(void)
{
    semaphores();
    check(vjob_init());
    jobs();
    many();
    check(vjob_deinit());
    return 0;
}
