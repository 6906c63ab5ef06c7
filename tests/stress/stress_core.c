/*
 * stress_core.c - rounds of random calls from several threads and from inside callbacks, with the engine
 * started and ended around each round. What must add up in the end: every user data freed once, every
 * object destroyed once, nothing owed, every job that ended told of.
 */
#include "core_test.h"

#include <sched.h>

enum { TABLE = 200, THREADS_MOST = 10 };

/* One spec given to the engine: how often it may call, and how often it did. */
typedef struct given {
    int jobs;            /* immutable */
    int done, freed;     /* atomic */
    struct world *world; /* immutable */
    struct given *next;
} given;

typedef struct world {
    uint64_t seed;            /* of the round */
    uint64_t deadline;        /* real */
    vjob_handle table[TABLE]; /* atomic: jobs, sources, objects that anybody may use; each owed once */
    vjob_ring *ring;
    given *givens;                                                              /* atomic stack */
    uint64_t handlers_given, handlers_freed, objects_made, objects_died, calls; /* atomic */
} world;

static uint64_t add(uint64_t *to, uint64_t n)
{
    return __atomic_fetch_add(to, n, __ATOMIC_SEQ_CST);
}

static vjob_handle swap(world *w, uint64_t i, vjob_handle h)
{
    return __atomic_exchange_n(&w->table[i], h, __ATOMIC_ACQ_REL);
}

/* During the end of the API calls are refused, and what was owed is not owed any more. */
static void ok_or_ended(vjob_err err)
{
    CHECK(err == VJOB_OK || vjob_enter(VJOB_SPACE_NATIVE) == VJOB_EINIT);
}

static void put(world *w, uint64_t *seed, vjob_handle h)
{
    vjob_handle old = swap(w, ct_random(seed, TABLE), h);
    if (old) ok_or_ended(vjob_release(old)); /* who takes a handle out owes it */
}

/* Somebody else may free it at any time: that is what the calls must bear. */
static vjob_handle pick(world *w, uint64_t *seed)
{
    return __atomic_load_n(&w->table[ct_random(seed, TABLE)], __ATOMIC_ACQUIRE);
}

/* ---- what the engine calls ---- */

static void act(world *w, uint64_t *seed, int depth);

static void on_done(vjob_handle job, void *data)
{
    given *g = data;
    vjob_job_info info;
    OK(vjob_job_look(job, &info));
    CHECK(info.state != VJOB_JOB_RUNNING && info.ended_ns >= info.started_ns);
    CHECK((info.state == VJOB_JOB_DONE) == (info.progress == 100));
    CHECK(__atomic_load_n(&g->freed, __ATOMIC_SEQ_CST) == 0);
    CHECK(__atomic_add_fetch(&g->done, 1, __ATOMIC_SEQ_CST) <= g->jobs);
    uint64_t seed = job ^ g->world->seed;
    if (ct_random(&seed, 4) == 0) act(g->world, &seed, 1);
}

static void on_free(void *data)
{
    given *g = data;
    CHECK(__atomic_add_fetch(&g->freed, 1, __ATOMIC_SEQ_CST) == 1);
}

static vjob_err body(vjob_handle job, void *data)
{
    given *g = data;
    uint64_t seed = job ^ g->world->seed;
    for (uint32_t i = 1; i <= ct_random(&seed, 5); i++) {
        if (vjob_job_is_cancelled(job)) return VJOB_ECANCELLED;
        vjob_job_report(job, i * 20);
        act(g->world, &seed, 1);
    }
    void *result = malloc(8);
    if (vjob_job_set_result(job, result, free)) free(result); /* its API is being ended */
    return ct_random(&seed, 3) ? VJOB_OK : VJOB_EFAILED;
}

static void on_event(const vjob_event *event, void *data)
{
    world *w = data;
    uint64_t seed = event->value ^ w->seed;
    CHECK(vjob_in_callback());
    if (ct_random(&seed, 8) == 0) act(w, &seed, 1);
}

static void on_handler_free(void *data)
{
    add(&((world *)data)->handlers_freed, 1);
}

static void on_destroy(void *data)
{
    add(&((world *)data)->objects_died, 1);
}

static const vjob_type thing = {"thing", 1, on_destroy};

/* ---- what a thread does ---- */

static void start_jobs(world *w, uint64_t *seed)
{
    vjob_handle jobs[20];
    given *g = calloc(1, sizeof *g);
    g->world = w;
    g->jobs = ct_random(seed, 3) ? 1 : 1 + (int)ct_random(seed, COUNT(jobs));
    vjob_job_spec spec = {.operation = "op", .duration_ns = ct_random(seed, 3) * ct_random(seed, 2 * MS)};
    if (ct_random(seed, 2)) spec.progress_steps = (uint32_t)ct_random(seed, 5);
    if (ct_random(seed, 10) == 0) spec.body = body;
    if (ct_random(seed, 2)) spec.done = on_done;
    if (ct_random(seed, 3) == 0) spec.object = "object";
    spec.user_data = g;
    spec.free_user_data = on_free;
    vjob_err err = vjob_job_start_many(&spec, (size_t)g->jobs, jobs);
    if (err) { /* the API is being ended */
        CHECK(err == VJOB_EINIT);
        free(g);
        return;
    }
    if (!spec.done) g->done = g->jobs;
    g->next = __atomic_load_n(&w->givens, __ATOMIC_RELAXED);
    while (!__atomic_compare_exchange_n(&w->givens, &g->next, g, 1, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED)) {}
    for (int i = 0; i < g->jobs; i++) put(w, seed, jobs[i]);
}

static void make_source(world *w, uint64_t *seed)
{
    vjob_handle source;
    vjob_err err = vjob_source_create("source", &source);
    ok_or_ended(err);
    for (uint64_t n = ct_random(seed, 4); n && !err; n--) {
        err = vjob_handler_add(source, on_event, w, on_handler_free);
        ok_or_ended(err);
        if (!err) add(&w->handlers_given, 1);
    }
    if (source) put(w, seed, source);
}

static void make_object(world *w, uint64_t *seed)
{
    vjob_handle object;
    vjob_err err = vjob_object_create(&thing, w, &object);
    ok_or_ended(err);
    if (err) return;
    add(&w->objects_made, 1);
    put(w, seed, object);
}

static void use_source(world *w, uint64_t *seed)
{
    vjob_handle source = pick(w, seed);
    vjob_event event = {.what = "x", .value = ct_random(seed, 0)};
    switch (ct_random(seed, 6)) {
    case 0:
        if (!vjob_handler_add(source, on_event, w, on_handler_free)) add(&w->handlers_given, 1);
        break;
    case 1: vjob_handler_remove(source, on_event, w); break;
    default: vjob_source_post(source, &event); break;
    }
}

static void use_job(world *w, uint64_t *seed)
{
    vjob_handle jobs[5];
    size_t index;
    vjob_job_info info;
    void *result;
    for (size_t i = 0; i < COUNT(jobs); i++) jobs[i] = pick(w, seed);
    switch (ct_random(seed, 8)) {
    case 0: vjob_job_cancel(jobs[0]); break;
    case 1: vjob_job_look(jobs[0], &info); break;
    case 2: vjob_wait(jobs[0], ct_random(seed, MS)); break;
    case 3: vjob_wait_any(jobs, 1 + ct_random(seed, 5), ct_random(seed, MS), &index); break;
    case 4: vjob_wait_all(jobs, 1 + ct_random(seed, 5), ct_random(seed, MS)); break;
    case 5: vjob_ring_watch(w->ring, jobs[0], 1); break;
    case 6: vjob_job_result(jobs[0], &result); break;
    default:
        if (!vjob_wait(jobs[0], VJOB_FOREVER) && !vjob_job_look(jobs[0], &info))
            CHECK(info.state != VJOB_JOB_RUNNING);
        break;
    }
}

static void take_entries(world *w)
{
    vjob_ring_item items[30];
    for (size_t i = 0, n = vjob_ring_take(w->ring, items, COUNT(items)); i < n; i++)
        if (items[i].handle) vjob_release(items[i].handle); /* the end of the API may have come first */
}

static void use_ring(world *w, uint64_t *seed)
{
    vjob_handle h;
    switch (ct_random(seed, 3)) {
    case 0: OK(vjob_ring_alarm(w->ring, vjob_clock_now() + ct_random(seed, MS), 2)); break;
    case 1:
        h = pick(w, seed);
        if (!vjob_addref(h) && vjob_ring_post(w->ring, 3, h, 0, 0)) ok_or_ended(vjob_release(h));
        break;
    default: take_entries(w); break;
    }
}

static void use_any(world *w, uint64_t *seed)
{
    vjob_handle h = pick(w, seed);
    vjob_handle_info infos[10];
    void *data;
    switch (ct_random(seed, 5)) {
    case 0:
        if (!vjob_addref(h)) ok_or_ended(vjob_release(h));
        break;
    case 1: vjob_handle_describe(h, &infos[0]); break;
    case 2: vjob_leaks(VJOB_SPACE_NONE, infos, COUNT(infos)); break;
    case 3: put(w, seed, 0); break; /* free one */
    default:
        if (!vjob_object_use(h, &thing, &data)) {
            CHECK(data == w);
            vjob_object_done(h);
        }
    }
}

static void act(world *w, uint64_t *seed, int depth)
{
    add(&w->calls, 1);
    switch (ct_random(seed, 10)) {
    case 0:
    case 1: start_jobs(w, seed); break;
    case 2: make_source(w, seed); break;
    case 3: make_object(w, seed); break;
    case 4: use_ring(w, seed); break;
    case 5:
        if (!depth) vjob_sleep(ct_random(seed, MS));
        break;
    case 6: use_source(w, seed); break;
    case 7: use_any(w, seed); break;
    default:
        /* a wait for ever inside a callback or body may be for one that waits behind it */
        if (!depth) use_job(w, seed);
        break;
    }
}

static void work(void *arg, int number)
{
    world *w = arg;
    uint64_t seed = w->seed + (uint64_t)number * 1000003;
    while (ct_now() < w->deadline) act(w, &seed, 0);
}

/* ---- a round ---- */

/* Entries that nobody takes would hold the auto clock. */
static void drain_ring(void *arg)
{
    world *w = arg;
    while (vjob_ring_wait(w->ring, 60000) != VJOB_ECLOSED) take_entries(w);
}

/* Jobs that are still running end; their callbacks may start more, so this takes a few turns. */
static void wind_down(world *w)
{
    for (int turn = 0; turn < 100; turn++) {
        for (uint64_t i = 0; i < TABLE; i++) {
            vjob_handle h = swap(w, i, 0);
            if (!h) continue;
            vjob_job_cancel(h);
            vjob_wait(h, VJOB_FOREVER);
            OK(vjob_release(h));
        }
    }
}

/* Callbacks may still add some. */
static given *all_given(world *w)
{
    return __atomic_load_n(&w->givens, __ATOMIC_ACQUIRE);
}

static void settle(world *w)
{
    int busy;
    do { /* deliveries, bodies and callbacks that are on their way */
        wind_down(w);
        OK(vjob_sleep(10 * MS));
        busy = 0;
        for (given *g = all_given(w); g; g = g->next)
            busy |= __atomic_load_n(&g->done, __ATOMIC_SEQ_CST) < g->jobs ||
                    !__atomic_load_n(&g->freed, __ATOMIC_SEQ_CST);
        busy |= vjob_leaks(VJOB_SPACE_NONE, NULL, 0) != 0;
    } while (busy);
}

/* Not everything has been given back yet: freed on delivery threads, perhaps a moment after the end. */
static int some_left(world *w)
{
    for (given *g = all_given(w); g; g = g->next)
        if (!__atomic_load_n(&g->freed, __ATOMIC_SEQ_CST)) return 1;
    return __atomic_load_n(&w->handlers_freed, __ATOMIC_SEQ_CST) < w->handlers_given ||
           __atomic_load_n(&w->objects_died, __ATOMIC_SEQ_CST) < w->objects_made;
}

static void forget(world *w)
{
    EQUAL(w->handlers_freed, w->handlers_given);
    EQUAL(w->objects_died, w->objects_made);
    for (given *g = w->givens, *next; g; g = next) {
        next = g->next;
        EQUAL(g->freed, 1);
        CHECK(g->done <= g->jobs);
        free(g);
    }
    free(w);
}

static void round_of(uint64_t seed, uint64_t length_ns, int end_abruptly)
{
    static const char *const clocks[] = {"real", "x50", "auto:1", "auto"};
    ct_thread drainer;
    world *w = calloc(1, sizeof *w);
    w->seed = seed;
    w->deadline = ct_now() + length_ns;
    OK(vjob__set_clock(clocks[ct_random(&seed, COUNT(clocks))]));
    OK(vjob__pool_set_workers(1 + ct_random(&seed, 8)));
    OK(vjob_init());
    w->ring = vjob_ring_create();
    CHECK(w->ring != NULL);
    ct_start(&drainer, drain_ring, w);
    ct_threads(2 + (int)ct_random(&seed, THREADS_MOST - 1), work, w);
    if (!end_abruptly) settle(w);
    vjob_ring_close(w->ring);
    ct_join(&drainer);
    OK(vjob_deinit());
    vjob_ring_release(w->ring);
    EQUAL(vjob_leaks(VJOB_SPACE_NONE, NULL, 0), 0);
    OK(vjob__world_restart());
    while (some_left(w)) sched_yield();
    forget(w);
}

int main(void)
{
    uint64_t seed = ct_seed(), end = ct_now() + ct_test_ns();
    ct_none(NULL);
    int rounds = 0;
    do {
        uint64_t one = ct_random(&seed, 0);
        round_of(one, 50 * MS, rounds % 2);
        rounds++;
    } while (ct_now() < end);
    printf("%d rounds\n", rounds);
    return 0;
}
