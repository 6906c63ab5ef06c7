/*
 * handles.c - row A: resolve + add a reference + release, against a bare pair of atomic operations and the
 * references of GObject; create + free, against malloc + free.
 * usage: handles LIVE THREADS
 */
#include "bench.h"

#include <pthread.h>
#include <vjob/vjob.h>
#ifdef HAVE_GLIB
#include <glib-object.h>
#endif

static unsigned rounds;
static size_t live;
static vjob_handle *handles;
static uint32_t *plain; /* one counter a cache line, as an object's would be */
static volatile int go;

static void *pair_atomic(void *arg)
{
    size_t at = 0;
    (void)arg;
    while (!go) {}
    for (unsigned i = 0; i < rounds; i++) {
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
    for (unsigned i = 0; i < rounds; i++) {
        vjob_addref(handles[at]);
        vjob_release(handles[at]);
        if (++at == live) at = 0;
    }
    return NULL;
}

#ifdef HAVE_GLIB
static GObject **objects;

static void *pair_gobject(void *arg)
{
    size_t at = 0;
    (void)arg;
    while (!go) {}
    for (unsigned i = 0; i < rounds; i++) {
        g_object_ref(objects[at]);
        g_object_unref(objects[at]);
        if (++at == live) at = 0;
    }
    return NULL;
}
#endif

static const vjob_type type = {"bench", 1, NULL};

static void *pair_create(void *arg)
{
    vjob_handle h;
    (void)arg;
    while (!go) {}
    for (unsigned i = 0; i < rounds; i++) {
        if (vjob_object_create(&type, NULL, &h)) exit(1);
        vjob_release(h);
    }
    return NULL;
}

static void *pair_malloc(void *arg)
{
    (void)arg;
    while (!go) {}
    for (unsigned i = 0; i < rounds; i++) {
        void *volatile block = malloc(64);
        free(block);
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
    return (double)(bench_ns() - start) / rounds;
}

int main(int argc, char **argv)
{
    live = argc > 1 ? strtoull(argv[1], NULL, 10) : 10;
    int threads = argc > 2 ? atoi(argv[2]) : 1;
    char params[64];
    rounds = bench_times(2000000);
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
#ifdef HAVE_GLIB
    objects = malloc(live * sizeof *objects);
    for (size_t i = 0; i < live; i++) objects[i] = g_object_new(G_TYPE_OBJECT, NULL);
    bench_emit("A", "gobject", "addref_release", "ns", params, measure(pair_gobject, threads));
#endif
    bench_emit("A", "vjob", "create_free", "ns", params, measure(pair_create, threads));
    bench_emit("A", "malloc", "create_free", "ns", params, measure(pair_malloc, threads));
    return 0;
}
