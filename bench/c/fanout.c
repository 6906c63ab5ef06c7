/*
 * fanout.c - row F: one event to HANDLERS handlers, time for each call of a handler. The events of a source
 * are posted first and delivered by the engine's thread: the figure has the hand-over in it.
 * usage: fanout HANDLERS
 * Peers: a plain loop over function pointers, and a signal of GObject, which calls at once.
 */
#include "bench.h"

#include <sched.h>
#include <vjob/vjob.h>
#ifdef HAVE_GLIB
#include <glib-object.h>
#endif

static size_t handlers, events;
static char params[64];
static uint64_t calls; /* atomic */

static void on_event(const vjob_event *event, void *data)
{
    (void)event;
    ++*(uint64_t *)data;
}

static void count(const vjob_event *event, void *data) /* the last handler: all others were called */
{
    (void)event, (void)data;
    __atomic_store_n(&calls, calls + 1, __ATOMIC_RELEASE);
}

static void emit(const char *who, uint64_t start)
{
    double each = (double)(bench_ns() - start) / (double)events / (double)handlers;
    bench_emit("F", who, "delivery", "ns", params, each);
}

static void check(vjob_err err)
{
    if (err) fprintf(stderr, "fanout: %s\n", vjob_last_error()->text), exit(1);
}

static void vjob(uint64_t *counts)
{
    vjob_handle source;
    vjob_event event = {.what = "x"};
    check(vjob_init());
    check(vjob_source_create("bench", &source));
    for (size_t i = 1; i < handlers; i++) check(vjob_handler_add(source, on_event, &counts[i], NULL));
    check(vjob_handler_add(source, count, NULL, NULL));
    uint64_t start = bench_ns();
    for (size_t i = 0; i < events; i++) check(vjob_source_post(source, &event));
    while (__atomic_load_n(&calls, __ATOMIC_ACQUIRE) < events) sched_yield();
    emit("vjob", start);
}

static void loop(uint64_t *counts)
{
    void (*volatile fn)(const vjob_event *event, void *data) = on_event;
    vjob_event event = {.what = "x"};
    uint64_t start = bench_ns();
    for (size_t k = 0; k < events; k++)
        for (size_t i = 0; i < handlers; i++) fn(&event, &counts[i]);
    emit("loop", start);
}

#ifdef HAVE_GLIB
static void on_signal(GObject *object, int value, gpointer data)
{
    (void)object, (void)value;
    ++*(uint64_t *)data;
}

static void gobject(uint64_t *counts)
{
    GObject *object = g_object_new(G_TYPE_OBJECT, NULL);
    guint signal = g_signal_new("bench", G_TYPE_OBJECT, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                g_cclosure_marshal_VOID__INT, G_TYPE_NONE, 1, G_TYPE_INT);
    for (size_t i = 0; i < handlers; i++)
        g_signal_connect(object, "bench", G_CALLBACK(on_signal), &counts[i]);
    uint64_t start = bench_ns();
    for (size_t i = 0; i < events; i++) g_signal_emit(object, signal, 0, 1);
    emit("gobject", start);
}
#endif

int main(int argc, char **argv)
{
    handlers = argc > 1 ? strtoul(argv[1], NULL, 10) : 1;
    if (!handlers) return 2;
    events = 2000000 / handlers < 200000 ? 2000000 / handlers : 200000;
    events = bench_times((unsigned)events);
    if (events < 5) events = 5;
    snprintf(params, sizeof params, "handlers=%zu", handlers);
    uint64_t *counts = calloc(handlers, sizeof *counts);
    loop(counts);
#ifdef HAVE_GLIB
    gobject(counts);
#endif
    vjob(counts);
    return 0;
}
