/*
 * fuzz_handles.c - sequences of calls with live, stale, foreign and invented handles, against a model that
 * knows what each call must answer (law 1): three bytes a call: which one, with which handle, and how.
 *
 * As it stands it makes its own inputs from a seed. For libFuzzer: clang -fsanitize=fuzzer,address
 * -DVJOB_LIBFUZZER, with the engine's sources and tests/c/core_test.c, failing.c.
 */
#include "core_test.h"

enum { KNOWN = 24 };
typedef enum kind { NOTHING, JOB, OBJECT, SOURCE } kind;

/* What the client knows: names it was given, alive (owed > 0) or not. */
typedef struct known {
    vjob_handle name;
    kind kind;
    uint32_t owed, handlers, uses;
    int *died;
} known;
static known all[KNOWN];
static size_t n_known;

static void on_destroy(void *body)
{
    CHECK(++*(int *)body == 1);
}

static const vjob_type thing = {"thing", 1, on_destroy};

static void on_event(const vjob_event *event, void *data)
{
    (void)event, (void)data;
}

/* ---- names ---- */

static known *find(vjob_handle h)
{
    for (size_t i = 0; i < n_known; i++)
        if (all[i].name == h) return &all[i];
    return NULL;
}

static known *place(vjob_handle h, kind kind)
{
    known *k = NULL;
    for (size_t i = 0; i < n_known; i++) {
        CHECK(all[i].name != h); /* no name is given out twice */
        if (!all[i].owed && !all[i].uses) k = &all[i];
    }
    if (n_known < KNOWN) k = &all[n_known++];
    if (!k) return NULL;
    free(k->died);
    *k = (known){.name = h, .kind = kind, .owed = 1};
    return k;
}

/* One byte chooses a handle: a known one, or one bent out of shape. */
static vjob_handle choose(uint8_t byte, uint8_t more)
{
    vjob_handle h = n_known ? all[byte % n_known].name : 0;
    switch (byte >> 5) {
    case 6: return h ^ 1ull << (more % 64);
    case 7:
        switch (more % 6) {
        case 0: return 0;
        case 1: return h + (1ull << 32);
        case 2: return h - (1ull << 32);
        case 3: return (h & ~(15ull << 60)) | (uint64_t)(more >> 4) << 60;
        case 4: return UINT64_MAX - more;
        default: return more;
        }
    default: return h;
    }
}

/* What a call on that handle must say, if it is for things of a kind (NOTHING: any). */
static vjob_err expected(vjob_handle h, kind wanted)
{
    known *k = find(h);
    if (!k || !k->owed) return VJOB_EBADHANDLE;
    return wanted == NOTHING || k->kind == wanted ? VJOB_OK : VJOB_ETYPE;
}

static int is(vjob_handle h, kind kind)
{
    return expected(h, kind) == VJOB_OK;
}

/* ---- calls ---- */

static void make(uint8_t more)
{
    vjob_handle h;
    known *k;
    if (more % 3 == 0) {
        vjob_job_spec spec = {.duration_ns = (uint64_t)(more / 3) * S, .progress_steps = more % 4};
        OK(vjob_job_start(&spec, &h));
        if (!place(h, JOB)) OK(vjob_release(h));
    } else if (more % 3 == 1) {
        int *died = calloc(1, sizeof *died);
        OK(vjob_object_create(&thing, died, &h));
        if ((k = place(h, OBJECT))) {
            k->died = died;
        } else {
            OK(vjob_release(h));
            CHECK(*died == 1);
            free(died);
        }
    } else {
        OK(vjob_source_create("s", &h));
        if (!place(h, SOURCE)) OK(vjob_release(h));
    }
}

static void release(vjob_handle h)
{
    known *k = find(h);
    FAILS(vjob_release(h), expected(h, NOTHING));
    if (!k || !k->owed) return;
    if (!--k->owed) k->handlers = 0;
    if (k->died) EQUAL(*k->died, !k->owed && !k->uses);
}

static void describe(vjob_handle h)
{
    vjob_handle_info info;
    FAILS(vjob_handle_describe(h, &info), expected(h, NOTHING));
    EQUAL(info.refs, is(h, NOTHING) ? find(h)->owed : 0);
    EQUAL(vjob_name_refs(h), info.refs);
}

static void use(vjob_handle h)
{
    void *body;
    vjob_err err = expected(h, OBJECT);
    FAILS(vjob_object_use(h, &thing, &body), err);
    CHECK((body != NULL) == !err);
    if (!err) find(h)->uses++;
}

static void done(vjob_handle h)
{
    known *k = find(h);
    vjob_object_done(h);
    if (!k || k->kind != OBJECT) return;
    if (k->uses) k->uses--;
    EQUAL(*k->died, !k->owed && !k->uses);
}

static void wait_for(vjob_handle h, uint8_t more)
{
    vjob_err err = vjob_wait(h, (uint64_t)more * S);
    if (!is(h, JOB))
        EQUAL(err, expected(h, JOB));
    else
        CHECK(err == VJOB_OK || err == VJOB_ETIMEDOUT);
}

static void wait_for_two(vjob_handle h, uint8_t more)
{
    vjob_handle both[2] = {h, choose(more, more)};
    size_t index = 9;
    vjob_err first = expected(both[0], JOB), second = expected(both[1], JOB);
    vjob_err err = more % 2 ? vjob_wait_any(both, 2, S, &index) : vjob_wait_all(both, 2, S);
    if (first || second)
        EQUAL(err, first ? first : second);
    else
        CHECK(err == VJOB_OK || err == VJOB_ETIMEDOUT);
}

static void cancel(vjob_handle h)
{
    vjob_job_info before, after;
    vjob_err err = expected(h, JOB);
    FAILS(vjob_job_look(h, &before), err);
    vjob_err got = vjob_job_cancel(h);
    if (err)
        EQUAL(got, err);
    else
        CHECK(got == VJOB_OK || got == VJOB_EDONE);
    FAILS(vjob_job_look(h, &after), err);
    if (!err)
        CHECK(after.state != VJOB_JOB_RUNNING &&
              (before.state == VJOB_JOB_RUNNING || after.state == before.state));
}

static void handlers(vjob_handle h, uint8_t more)
{
    vjob_err err = expected(h, SOURCE);
    vjob_event event = {.what = "x"};
    known *k = find(h);
    switch (more % 3) {
    case 0:
        FAILS(vjob_handler_add(h, on_event, NULL, NULL), err);
        if (!err) k->handlers++;
        break;
    case 1:
        FAILS(vjob_handler_remove(h, on_event, NULL), err ? err : k->handlers ? VJOB_OK : VJOB_ENOENT);
        if (!err && k->handlers) k->handlers--;
        break;
    default: FAILS(vjob_source_post(h, &event), err); break;
    }
}

static void of_bodies_only(vjob_handle h)
{
    void *result;
    vjob_err err =
        expected(h, JOB) == VJOB_EBADHANDLE ? VJOB_EBADHANDLE : VJOB_ETYPE; /* these jobs have none */
    FAILS(vjob_job_result(h, &result), err);
    FAILS(vjob_job_set_result(h, NULL, NULL), err);
    FAILS(vjob_job_report(h, 50), expected(h, JOB));
    if (!is(h, JOB) && !is(h, NOTHING)) EQUAL(vjob_job_is_cancelled(h), 1);
}

static void watch(vjob_handle h)
{
    vjob_ring *ring = vjob_ring_create();
    FAILS(vjob_ring_watch(ring, h, 1), expected(h, JOB));
    vjob_ring_close(ring);
    vjob_ring_release(ring);
}

static void call(uint8_t op, vjob_handle h, uint8_t more)
{
    switch (op % 13) {
    case 0:
    case 1: make(more); break;
    case 2:
        FAILS(vjob_addref(h), expected(h, NOTHING));
        if (is(h, NOTHING)) find(h)->owed++;
        break;
    case 3:
    case 4: release(h); break;
    case 5: describe(h); break;
    case 6: use(h); break;
    case 7: done(h); break;
    case 8: wait_for(h, more % 8); break;
    case 9: wait_for_two(h, more); break;
    case 10: cancel(h); break;
    case 11: handlers(h, more); break;
    default:
        if (more % 2)
            of_bodies_only(h);
        else
            watch(h);
        break;
    }
}

static void give_all_back(void)
{
    for (size_t i = 0; i < n_known; i++) {
        while (all[i].uses) done(all[i].name);
        while (all[i].owed) release(all[i].name);
        FAILS(vjob_addref(all[i].name), VJOB_EBADHANDLE);
        free(all[i].died);
    }
    memset(all, 0, sizeof all);
    n_known = 0;
    EQUAL(vjob_leaks(VJOB_SPACE_NONE, NULL, 0), 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static int started;
    if (!started++) {
        ct_none(NULL);
        OK(vjob__set_clock("auto"));
        OK(vjob_init());
    }
    for (; size >= 3; data += 3, size -= 3) call(data[0], choose(data[1], data[2]), data[2]);
    give_all_back();
    return 0;
}

#ifndef VJOB_LIBFUZZER
int main(void)
{
    uint64_t seed = ct_seed(), end = ct_now() + ct_test_ns(), inputs = 0;
    setenv("CT_CHILD", "none", 1); /* failures abort */
    do {
        uint8_t data[900];
        size_t size = ct_random(&seed, sizeof data);
        for (size_t i = 0; i < size; i++) data[i] = (uint8_t)ct_random(&seed, 256);
        LLVMFuzzerTestOneInput(data, size);
        inputs++;
    } while (ct_now() < end);
    OK(vjob_deinit());
    printf("%llu inputs\n", (unsigned long long)inputs);
    return 0;
}
#endif
