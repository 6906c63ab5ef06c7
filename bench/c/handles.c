/*
 * handles.c - row A: resolve + add a reference + release, against a bare pair of atomic operations.
 * usage: handles LIVE THREADS
 */
#include "bench.h"

#include <pthread.h>
#include <vjob/vjob.h>

#define ROUNDS 5000000u

static size_t live;
static vjob_handle *handles;
static uint32_t *plain; /* one counter a cache line, as an object's would be */
static volatile int go;

static void *pair_atomic(void *arg)
{
    size_t at = 0;
    (void)arg;
    while (!go) {}
    for (unsigned i = 0; i < ROUNDS; i++) {
        __atomic_fetch_add(&plain[at * 16], 1, __ATOMIC_ACQ_REL);
        __atomic_fetch_sub(&plain[at * 16], 1, __ATOMIC_ACQ_REL);
        if (++at == live) at = 0;
    }
    return NULL;
}

static void *pair_handle(void *arg)
{
    size_t at = 0;
    (void)arg;
    while (!go) {}
    for (unsigned i = 0; i < ROUNDS; i++) {
        vjob_addref(handles[at]);
        vjob_release(handles[at]);
        if (++at == live) at = 0;
    }
    return NULL;
}

static double measure(void *(*work)(void *), int threads)
{
    pthread_t ids[64];
    go = 0;
    for (int i = 0; i < threads; i++) pthread_create(&ids[i], NULL, work, NULL);
    uint64_t start = bench_ns();
    go = 1;
    for (int i = 0; i < threads; i++) pthread_join(ids[i], NULL);
    return (double)(bench_ns() - start) / ROUNDS;
}

int main(int argc, char **argv)
{
    static const vjob_type type = {"bench", 1, NULL};
    live = argc > 1 ? strtoull(argv[1], NULL, 10) : 10;
    int threads = argc > 2 ? atoi(argv[2]) : 1;
    char params[64];
    if (threads < 1 || threads > 64 || !live) return 2;
    snprintf(params, sizeof params, "live=%zu threads=%d", live, threads);
    handles = malloc(live * sizeof *handles);
    plain = calloc(live, 64);
    if (vjob_init()) return 1;
    uint64_t start = bench_ns();
    for (size_t i = 0; i < live; i++)
        if (vjob_object_create(&type, NULL, &handles[i])) return 1;
    bench_emit("A", "vjob", "create", "ns", params, (double)(bench_ns() - start) / (double)live);
    bench_emit("A", "atomic_pair", "addref_release", "ns", params, measure(pair_atomic, threads));
    bench_emit("A", "vjob", "addref_release", "ns", params, measure(pair_handle, threads));
    return 0;
}
