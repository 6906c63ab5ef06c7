/* test_core_open.c - jobs that the client's own threads work on, and events that are pulled as objects (law 17). */
#include "core_test.h"

static vjob_handle open_job(const char *operation)
{
    vjob_handle job;
    const vjob_job_spec spec = {.operation = operation, .object = "thing"};
    OK(vjob_job_open(&spec, &job));
    return job;
}

static vjob_job_info look(vjob_handle job)
{
    vjob_job_info info;
    OK(vjob_job_look(job, &info));
    return info;
}

static void an_open_job_runs_until_it_is_closed(void **state)
{
    (void)state;
    vjob_handle job = open_job("copy");
    EQUAL(look(job).state, VJOB_JOB_RUNNING);
    CHECK(!strcmp(look(job).operation, "copy"));
    CHECK(!strcmp(look(job).object, "thing"));
    FAILS(vjob_wait(job, 1000000000), VJOB_ETIMEDOUT); /* of the auto clock */
    OK(vjob_job_report(job, 40));
    OK(vjob_job_report(job, 30));
    EQUAL(look(job).progress, 40);
    OK(vjob_job_close(job, VJOB_OK));
    OK(vjob_wait(job, VJOB_FOREVER));
    EQUAL(look(job).state, VJOB_JOB_DONE);
    EQUAL(look(job).progress, 100);
    FAILS(vjob_job_close(job, VJOB_OK), VJOB_EDONE);
    OK(vjob_release(job));
}

static void its_outcome_is_what_the_close_says(void **state)
{
    (void)state;
    vjob_handle failed = open_job(NULL), odd = open_job(NULL), cancelled = open_job(NULL);
    OK(vjob_job_close(failed, VJOB_EIO));
    EQUAL(look(failed).err, VJOB_EIO);
    OK(vjob_job_close(odd, (vjob_err)9999));
    EQUAL(look(odd).err, VJOB_EFAILED);
    EQUAL(vjob_job_is_cancelled(cancelled), 0);
    OK(vjob_job_cancel(cancelled));
    EQUAL(vjob_job_is_cancelled(cancelled), 1);
    EQUAL(look(cancelled).state, VJOB_JOB_RUNNING); /* whoever works on it decides */
    OK(vjob_job_close(cancelled, VJOB_ECANCELLED));
    EQUAL(look(cancelled).state, VJOB_JOB_CANCELLED);
    OK(vjob_release(failed));
    OK(vjob_release(odd));
    OK(vjob_release(cancelled));
}

static void only_open_jobs_can_be_closed(void **state)
{
    (void)state;
    vjob_handle job;
    vjob_job_spec spec = {.duration_ns = 1000};
    OK(vjob_job_start(&spec, &job));
    FAILS(vjob_job_close(job, VJOB_OK), VJOB_ETYPE);
    OK(vjob_wait(job, VJOB_FOREVER));
    OK(vjob_release(job));
    FAILS(vjob_job_close(0, VJOB_OK), VJOB_EBADHANDLE);
    FAILS(vjob_job_close(job, VJOB_OK), VJOB_EBADHANDLE);
    FAILS(vjob_job_open(NULL, &job), VJOB_EINVAL);
    FAILS(vjob_job_open(&spec, NULL), VJOB_EINVAL);
    spec.free_user_data = free;
    FAILS(vjob_job_open(&spec, &job), VJOB_EINVAL);
}

static void the_client_may_free_it_while_it_runs(void **state)
{
    (void)state;
    vjob_handle job = open_job("orphan");
    OK(vjob_release(job));
    FAILS(vjob_job_close(job + 1, VJOB_OK), VJOB_EBADHANDLE);
    OK(vjob_job_close(job, VJOB_OK));
    FAILS(vjob_job_close(job, VJOB_OK), VJOB_EBADHANDLE);
}

static void its_api_may_end_while_it_runs(void **state)
{
    (void)state;
    vjob_handle job = open_job("late");
    OK(vjob_deinit());
    EQUAL(vjob_job_is_cancelled(job), 1);
    vjob_job_close(job, VJOB_OK); /* whatever it says: nothing is lost, nothing crashes */
    OK(vjob_init());
}

typedef struct closer {
    vjob_handle job;
} closer;

static void close_it(void *arg)
{
    OK(vjob_job_close(((closer *)arg)->job, VJOB_OK));
}

static void a_waiter_wakes_when_another_thread_closes(void **state)
{
    (void)state;
    closer c = {open_job("wake")};
    ct_thread thread;
    ct_start(&thread, close_it, &c);
    OK(vjob_wait(c.job, VJOB_FOREVER));
    ct_join(&thread);
    OK(vjob_release(c.job));
}

static void events_can_be_pulled_as_objects(void **state)
{
    (void)state;
    vjob_handle source;
    vjob_ring_item item;
    vjob_event got;
    vjob_ring *ring = vjob_ring_create();
    vjob_tap *tap = vjob_tap_create(ring, 7);
    OK(vjob_source_create("mine", &source));
    OK(vjob_handler_add(source, (void (*)(const vjob_event *, void *))vjob_source_ring_handler, tap, NULL));
    const vjob_event said = {.seq = 3, .what = "built", .object = "house", .progress = 5, .value = 99};
    OK(vjob_source_post(source, &said));
    OK(vjob_ring_wait(ring, UINT32_MAX));
    EQUAL(vjob_ring_take(ring, &item, 1), 1);
    EQUAL(item.token, 7);
    OK(vjob_handler_remove(source, (void (*)(const vjob_event *, void *))vjob_source_ring_handler, tap));
    FAILS(vjob_event_look(source, &got), VJOB_ETYPE);
    OK(vjob_release(source)); /* the event outlives its source */
    OK(vjob_event_look(item.handle, &got));
    EQUAL(got.seq, 3);
    CHECK(!strcmp(got.what, "built"));
    CHECK(!strcmp(got.object, "house"));
    CHECK(!strcmp(got.state, ""));
    EQUAL(got.progress, 5);
    EQUAL(got.value, 99);
    OK(vjob_release(item.handle));
    FAILS(vjob_event_look(item.handle, &got), VJOB_EBADHANDLE);
    vjob_ring_close(ring);
    vjob_tap_release(tap);
    vjob_ring_release(ring);
    EQUAL(vjob_leaks(VJOB_SPACE_NATIVE, NULL, 0), 0);
}

/* A source whose events go into a ring, and its ring. */
static vjob_handle pulled_source(vjob_ring **out_ring, vjob_tap **out_tap)
{
    vjob_handle source;
    *out_ring = vjob_ring_create();
    *out_tap = vjob_tap_create(*out_ring, 7);
    OK(vjob_source_create("mine", &source));
    OK(vjob_handler_add(source, (void (*)(const vjob_event *, void *))vjob_source_ring_handler, *out_tap,
                        NULL));
    return source;
}

static void end_pulled_source(vjob_handle source, vjob_ring *ring, vjob_tap *tap)
{
    OK(vjob_handler_remove(source, (void (*)(const vjob_event *, void *))vjob_source_ring_handler, tap));
    OK(vjob_release(source));
    vjob_ring_close(ring); /* drops what is in it */
    vjob_tap_release(tap);
    vjob_ring_release(ring);
}

static void events_can_be_pulled_as_columns(void **state)
{
    (void)state;
    enum { N = 1000, ALL = N + 1 };
    static vjob_event_columns c;
    static vjob_ring_item items[300];
    vjob_ring *ring;
    vjob_tap *tap;
    const char *states[] = {"cold", "warm", "hot"};
    vjob_handle source = pulled_source(&ring, &tap);
    size_t seen = 0, others = 0;
    OK(vjob_ring_post(ring, 9, 0, 1, 2)); /* something else among them */
    for (uint64_t i = 0; i < N; i++) {
        const vjob_event e = {
            .seq = i, .what = "heat", .state = states[i % 3], .progress = 5, .value = i * i};
        OK(vjob_source_post(source, &e));
    }
    while (seen + others < ALL) {
        OK(vjob_ring_wait(ring, UINT32_MAX));
        size_t n = vjob_ring_take_events(ring, items, 300, &c), events = 0;
        CHECK(n <= VJOB_COLUMNS);
        for (size_t k = 0; k < n; k++) {
            if (items[k].token == 9) {
                EQUAL(items[k].b, 2);
                others++;
                continue;
            }
            EQUAL(items[k].token, 7);
            CHECK(!items[k].handle && items[k].b == INT64_MIN);
            EQUAL(items[k].a & ~41, events ? 0 : 22); /* of the first: one what, one object, one progress */
            EQUAL(c.seq[events], seen);
            EQUAL(c.value[events], seen * seen);
            EQUAL(c.progress[events], 5);
            CHECK(!strcmp(c.texts[c.what[events]], "heat") && !strcmp(c.texts[c.object[events]], ""));
            CHECK(!strcmp(c.texts[c.state[events]], states[seen % 3]));
            events++;
            seen++;
        }
        EQUAL(c.n, events);
        CHECK(c.n_texts <= 5); /* each once */
        vjob_event_columns_clear(&c);
    }
    EQUAL(others, 1);
    const vjob_event last = {.what = "never taken"};
    OK(vjob_source_post(source, &last));
    OK(vjob_ring_wait(ring, UINT32_MAX));
    end_pulled_source(source, ring, tap);
    EQUAL(vjob_leaks(VJOB_SPACE_NATIVE, NULL, 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        AUTO(an_open_job_runs_until_it_is_closed), AUTO(its_outcome_is_what_the_close_says),
        AUTO(only_open_jobs_can_be_closed),        AUTO(the_client_may_free_it_while_it_runs),
        AUTO(its_api_may_end_while_it_runs),       AUTO(a_waiter_wakes_when_another_thread_closes),
        AUTO(events_can_be_pulled_as_objects),     AUTO(events_can_be_pulled_as_columns),
    };
    return cmocka_run_group_tests_name("core_open", tests, NULL, NULL);
}
