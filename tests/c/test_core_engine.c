/* test_core_engine.c - start and stop, several APIs, fork, leaving the process, the environment (laws 5, 18, 20-22). */
#include "core_test.h"

#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

static void count_call(vjob_handle job, void *data)
{
    (void)job;
    tally_add(data);
}

static vjob_handle start_for(uint64_t ns)
{
    vjob_handle job;
    vjob_job_spec spec = {.operation = "timed", .object = "vm", .duration_ns = ns};
    OK(vjob_job_start(&spec, &job));
    return job;
}

/* ---- start and stop ---- */

static void calls_before_the_start_and_after_the_end_are_refused(void **state)
{
    (void)state;
    vjob_handle h = 1;
    vjob_job_spec spec = {0};
    for (int i = 0; i < 2; i++) {
        FAILS(vjob_job_start(&spec, &h), VJOB_EINIT);
        EQUAL(h, 0);
        FAILS(vjob_source_create("s", &h), VJOB_EINIT);
        FAILS(vjob_source_world(&h), VJOB_EINIT);
        FAILS(vjob_sleep(1), VJOB_EINIT);
        FAILS(vjob_deinit(), VJOB_EINIT);
        FAILS(vjob_enter(VJOB_SPACE_NATIVE), VJOB_EINIT);
        FAILS(vjob_enter_poll(VJOB_SPACE_NATIVE), VJOB_EINIT);
        FAILS(vjob_wait(1, 0), VJOB_EBADHANDLE);
        FAILS(vjob_release(1), VJOB_EBADHANDLE);
        EQUAL(vjob_leaks(VJOB_SPACE_NONE, NULL, 0), 0);
        OK(vjob_init());
        OK(vjob_deinit());
    }
    FAILS(vjob_api_hold(VJOB_SPACE_NONE), VJOB_EINVAL);
    FAILS(vjob_api_hold(VJOB_SPACE_COUNT), VJOB_EINVAL);
    FAILS(vjob_api_hold((vjob_space)-1), VJOB_EINVAL);
    FAILS(vjob_api_drop(VJOB_SPACE_NONE), VJOB_EINIT);
    FAILS(vjob_api_drop((vjob_space)-1), VJOB_EINIT);
}

static void start_and_end_a_hundred_times(void **state)
{
    (void)state;
    OK(vjob__set_clock("auto"));
    for (int i = 0; i < 100; i++) {
        tally t = TALLY;
        vjob_handle job;
        vjob_job_spec spec = {.duration_ns = S, .done = count_call, .user_data = &t};
        OK(vjob_init());
        OK(vjob_job_start(&spec, &job));
        OK(vjob_wait(job, VJOB_FOREVER));
        tally_wait(&t, 1);
        if (i % 2) OK(vjob_release(job));
        OK(vjob_deinit());
        FAILS(vjob_release(job), VJOB_EBADHANDLE);
        EQUAL(vjob_leaks(VJOB_SPACE_NONE, NULL, 0), 0);
    }
}

static void starts_are_counted(void **state)
{
    (void)state;
    OK(vjob_init());
    OK(vjob_init());
    vjob_handle job = start_for(0);
    OK(vjob_deinit());
    OK(vjob_wait(job, VJOB_FOREVER));
    OK(vjob_release(job));
    OK(vjob_deinit());
    FAILS(vjob_deinit(), VJOB_EINIT);
}

static void start_use_end(void *arg, int number)
{
    vjob_space space = (vjob_space)(1 + number % (VJOB_SPACE_COUNT - 1));
    (void)arg;
    for (int i = 0; i < 100; i++) {
        OK(vjob_api_hold(space));
        OK(vjob_enter(space));
        if (space == VJOB_SPACE_NATIVE) {
            vjob_job_spec spec = {0};
            vjob_handle job;
            OK(vjob_job_start(&spec, &job));
            OK(vjob_wait(job, VJOB_FOREVER));
            OK(vjob_release(job));
        }
        OK(vjob_api_drop(space));
    }
}

static void eight_threads_start_and_end_apis(void **state)
{
    (void)state;
    ct_threads(8, start_use_end, NULL); /* 6 and up share a space: their starts are counted */
    EQUAL(vjob__engine_in_use(), 0);
}

typedef struct waiting {
    vjob_job *job;
    vjob_err err;
} waiting;

static void wait_for_object(void *arg)
{
    waiting *w = arg;
    w->err = vjob_job_wait(w->job, VJOB_FOREVER);
}

static void end_of_one_api_leaves_the_other_alone(void **state)
{
    (void)state;
    static const vjob_job_kind prl_kind = {.cls = {"prl job", VJOB_SPACE_PRL, 1, NULL, NULL}};
    static const vjob_job_kind native_kind = {.cls = {"native job", VJOB_SPACE_NATIVE, 1, NULL, NULL}};
    ct_thread a, b;
    vjob_handle prl_name, native_name;
    OK(vjob_init());
    OK(vjob_api_hold(VJOB_SPACE_PRL));
    waiting prl = {vjob_job_new(&prl_kind, sizeof(vjob_job), "p"), VJOB_OK};
    waiting native = {vjob_job_new(&native_kind, sizeof(vjob_job), "n"), VJOB_EFAILED};
    OK(vjob_name_create(&prl.job->obj, &prl_name));
    OK(vjob_name_create(&native.job->obj, &native_name));
    ct_start(&a, wait_for_object, &prl);
    ct_start(&b, wait_for_object, &native);
    ct_await_waiting(&a);
    ct_await_waiting(&b);
    OK(vjob_api_drop(VJOB_SPACE_PRL));
    ct_join(&a);
    EQUAL(prl.err, VJOB_ECLOSED);
    FAILS(vjob_enter(VJOB_SPACE_PRL), VJOB_EINIT);
    FAILS(vjob_addref(prl_name), VJOB_EBADHANDLE);
    FAILS(vjob_job_wait(prl.job, VJOB_FOREVER), VJOB_ECLOSED); /* nor do waits begin any more */
    OK(vjob_enter(VJOB_SPACE_NATIVE));
    vjob_job_end(prl.job, VJOB_OK); /* the operation under way runs to its end */
    EQUAL(vjob_job_get_state(prl.job), VJOB_JOB_DONE);
    vjob_job_end(native.job, VJOB_OK);
    ct_join(&b);
    OK(native.err);
    OK(vjob_release(native_name));
    vjob_obj_release(&prl.job->obj);
    vjob_obj_release(&native.job->obj);
    OK(vjob_deinit());
}

/* ---- an end with much under way ---- */

typedef struct crowd {
    tally done, freed;
    int ended; /* atomic: deinit has returned */
} crowd;

static void done_in_crowd(vjob_handle job, void *data)
{
    crowd *c = data;
    (void)job;
    CHECK(!__atomic_load_n(&c->ended, __ATOMIC_SEQ_CST)); /* handlers of an ended API are not called */
    tally_add(&c->done);
}

static void freed_in_crowd(void *data)
{
    tally_add(&((crowd *)data)->freed);
}

static vjob_err short_body(vjob_handle job, void *data)
{
    crowd *c = data;
    CHECK(!__atomic_load_n(&c->ended, __ATOMIC_SEQ_CST));
    while (!vjob_job_is_cancelled(job)) vjob_sleep(1 * MS);
    return VJOB_ECANCELLED;
}

static void end_with_thousands_in_flight(int other_api_stays, int again)
{
    enum { MOST = 3000 };
    static vjob_handle jobs[MOST];
    const int n = ct_fewer(MOST);
    crowd c = {TALLY, TALLY, 0};
    int starts = 0;
    if (other_api_stays) OK(vjob_api_hold(VJOB_SPACE_PRL));
    OK(vjob_init());
    for (int i = 0; i < n; i++) {
        vjob_job_spec spec = {.duration_ns = (uint64_t)(i % 50) * 100000,
                              .done = done_in_crowd,
                              .user_data = &c,
                              .free_user_data = freed_in_crowd};
        spec.progress_steps = (uint32_t)(i % 4);
        if (i % 10 == 0) spec.body = short_body;
        if (i % 7 == 0) spec.duration_ns = HOUR;
        OK(vjob_job_start(&spec, &jobs[i]));
        starts++;
        if (i % 3 == 0) OK(vjob_release(jobs[i]));
        if (i % 11 == 0 && i % 3) vjob_job_cancel(jobs[i]);
    }
    OK(vjob_deinit());
    __atomic_store_n(&c.ended, 1, __ATOMIC_SEQ_CST);
    EQUAL(vjob_leaks(VJOB_SPACE_NONE, NULL, 0), 0);
    for (int i = 0; i < n; i++) FAILS(vjob_addref(jobs[i]), VJOB_EBADHANDLE);
    if (again) { /* the world goes on: what was under way comes to its end, silently */
        OK(vjob_init());
        vjob_handle job = start_for(20 * MS);
        OK(vjob_wait(job, VJOB_FOREVER));
        OK(vjob_release(job));
        OK(vjob_deinit());
    }
    if (other_api_stays) OK(vjob_api_drop(VJOB_SPACE_PRL));
    OK(vjob__world_restart());
    tally_wait(&c.freed, starts); /* every one once */
    EQUAL(tally_get(&c.freed), starts);
    CHECK(tally_get(&c.done) <= starts);
}

static void end_with_thousands_of_jobs_in_flight(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++) end_with_thousands_in_flight(i & 1, i & 2);
}

typedef struct late {
    tally begun, go;
    int done; /* atomic */
} late;

static void hold_up(vjob_handle job, void *data)
{
    late *l = data;
    vjob_job_info info;
    OK(vjob_job_look(job, &info)); /* its handle is good although the client's died with the API */
    EQUAL(info.state, VJOB_JOB_DONE);
    if (tally_get(&l->begun) == 0) {
        tally_add(&l->begun);
        tally_wait(&l->go, 1);
    }
    __atomic_fetch_add(&l->done, 1, __ATOMIC_SEQ_CST);
}

static void let_late_go(void *arg)
{
    while (!vjob_enter(VJOB_SPACE_NATIVE)) sched_yield(); /* until the API is being ended */
    tally_add(&((late *)arg)->go);
}

static void jobs_that_ended_before_the_end_are_told_of_before_it_returns(void **state)
{
    (void)state;
    for (int i = 0; i < 20; i++) {
        ct_thread t;
        late l = {TALLY, TALLY, 0};
        vjob_handle jobs[100];
        vjob_job_spec spec = {.done = hold_up, .user_data = &l};
        OK(vjob_init());
        OK(vjob_job_start_many(&spec, COUNT(jobs), jobs));
        OK(vjob_wait_all(jobs, COUNT(jobs), VJOB_FOREVER));
        tally_wait(&l.begun, 1);
        ct_start(&t, let_late_go, &l);
        OK(vjob_deinit());
        EQUAL(__atomic_load_n(&l.done, __ATOMIC_SEQ_CST), COUNT(jobs));
        ct_join(&t);
    }
}

static void done_that_starts(vjob_handle job, void *data)
{
    vjob_job_spec spec = {.done = done_that_starts, .user_data = data};
    (void)job;
    if (!vjob_job_start(&spec, &job)) vjob_release(job); /* refused once the API is ended */
    tally_add(data);
}

static void end_while_callbacks_start_more(void **state)
{
    (void)state;
    for (int i = 0; i < 30; i++) {
        static tally t = TALLY;
        vjob_handle job;
        vjob_job_spec spec = {.done = done_that_starts, .user_data = &t};
        OK(vjob_init());
        for (int k = 0; k < 5; k++) {
            OK(vjob_job_start(&spec, &job));
            OK(vjob_release(job));
        }
        tally_wait(&t, tally_get(&t) + 10);
        OK(vjob_deinit());
    }
}

static int hammering; /* atomic */
static tally hammered = TALLY;
static void hammer(void *arg)
{
    (void)arg;
    while (__atomic_load_n(&hammering, __ATOMIC_SEQ_CST)) {
        vjob_handle jobs[3], source;
        vjob_job_spec spec = {.duration_ns = 1000, .progress_steps = 2};
        if (!vjob_job_start_many(&spec, 3, jobs)) {
            vjob_wait_all(jobs, 3, VJOB_FOREVER);
            for (int i = 0; i < 3; i++) vjob_release(jobs[i]);
        }
        if (!vjob_source_create("s", &source)) vjob_release(source);
        vjob_sleep(1000);
        tally_add(&hammered);
    }
}

static void start_and_end_under_threads_that_go_on_calling(void **state)
{
    (void)state;
    ct_thread t[4];
    hammering = 1;
    OK(vjob_init());
    for (int i = 0; i < 4; i++) ct_start(&t[i], hammer, NULL);
    for (int i = 0; i < 100; i++) {
        OK(vjob_deinit());
        OK(vjob_init());
    }
    __atomic_store_n(&hammering, 0, __ATOMIC_SEQ_CST);
    for (int i = 0; i < 4; i++) ct_join(&t[i]);
    OK(vjob_deinit());
}

/* ---- fork ---- */

static void count_event(const vjob_event *event, void *data)
{
    (void)event, (void)data;
}

static vjob_handle forked_job, forked_source, forked_thing;
static vjob_ring *forked_ring;
static const vjob_type thing = {"thing", 1, NULL};

static void every_call_in_the_child(void)
{
    vjob_handle h;
    size_t index;
    vjob_job_info info;
    vjob_handle_info about;
    void *body;
    vjob_job_spec spec = {0};
    vjob_event event = {.what = "x"};
    vjob_ring_item item;
    FAILS(vjob_init(), VJOB_EFORK);
    FAILS(vjob_deinit(), VJOB_EFORK);
    FAILS(vjob_addref(forked_job), VJOB_EFORK);
    FAILS(vjob_handle_describe(forked_job, &about), VJOB_EFORK);
    FAILS(vjob_job_start(&spec, &h), VJOB_EFORK);
    FAILS(vjob_job_look(forked_job, &info), VJOB_EFORK);
    FAILS(vjob_job_cancel(forked_job), VJOB_EFORK);
    FAILS(vjob_job_report(forked_job, 4), VJOB_EFORK);
    FAILS(vjob_job_result(forked_job, &body), VJOB_EFORK);
    FAILS(vjob_wait(forked_job, VJOB_FOREVER), VJOB_EFORK);
    FAILS(vjob_wait_any(&forked_job, 1, VJOB_FOREVER, &index), VJOB_EFORK);
    FAILS(vjob_wait_all(&forked_job, 1, VJOB_FOREVER), VJOB_EFORK);
    FAILS(vjob_object_create(&thing, NULL, &h), VJOB_EFORK);
    FAILS(vjob_object_use(forked_thing, &thing, &body), VJOB_EFORK);
    FAILS(vjob_source_create("s", &h), VJOB_EFORK);
    FAILS(vjob_source_world(&h), VJOB_EFORK);
    FAILS(vjob_source_post(forked_source, &event), VJOB_EFORK);
    FAILS(vjob_handler_add(forked_source, count_event, NULL, NULL), VJOB_EFORK);
    FAILS(vjob_handler_remove(forked_source, count_event, NULL), VJOB_EFORK);
    FAILS(vjob_sleep(1), VJOB_EFORK);
    FAILS(vjob_sleep_until(UINT64_MAX, 0), VJOB_EFORK);
    FAILS(vjob_ring_post(forked_ring, 1, 0, 0, 0), VJOB_EFORK);
    FAILS(vjob_ring_wait(forked_ring, 1000), VJOB_EFORK);
    FAILS(vjob_ring_watch(forked_ring, forked_job, 1), VJOB_EFORK);
    FAILS(vjob_ring_alarm(forked_ring, 0, 1), VJOB_EFORK);
    FAILS(vjob__set_clock("real"), VJOB_EFORK);
    EQUAL(vjob_ring_take(forked_ring, &item, 1), 0);
    EQUAL(vjob_job_is_cancelled(forked_job), 1);
    vjob_clock_now();
    /* frees are harmless, however often */
    for (int i = 0; i < 3; i++) {
        vjob_release(forked_job);
        vjob_release(forked_source);
        vjob_object_done(forked_thing);
        vjob_release(forked_thing);
        vjob_ring_close(forked_ring);
    }
    vjob_thread_waits(1);
    vjob_thread_waits(0);
}

static void child_of_a_fork_gets_a_clear_error_from_every_call(void **state)
{
    (void)state;
    ct_thread t[2];
    forked_job = start_for(HOUR);
    OK(vjob_source_create("s", &forked_source));
    OK(vjob_object_create(&thing, NULL, &forked_thing));
    forked_ring = vjob_ring_create();
    hammering = 1; /* locks are held at the moment of the fork, sooner or later */
    for (int i = 0; i < 2; i++) ct_start(&t[i], hammer, NULL);
    for (int i = 0; i < 20; i++) {
        int status;
        pid_t pid = fork();
        if (pid == 0) {
            setenv("CT_CHILD", "fork", 1); /* a failure aborts */
            alarm(20);
            every_call_in_the_child();
            /* The memory of threads that the child lacks is no leak: nobody may look for any. */
            if (i % 2 && !CT_LEAK_CHECK && !getenv("PYVJOB_TEST_STRIDE"))
                exit(0); /* runs exit handlers, too */
            execl("/bin/true", "true", (char *)NULL);
            _exit(1);
        }
        EQUAL(waitpid(pid, &status, 0), pid);
        EQUAL(status, 0);
    }
    __atomic_store_n(&hammering, 0, __ATOMIC_SEQ_CST);
    for (int i = 0; i < 2; i++) ct_join(&t[i]);
    EQUAL(vjob_name_refs(forked_job), 1); /* the parent is as it was */
    OK(vjob_job_cancel(forked_job));
    OK(vjob_release(forked_job));
    OK(vjob_release(forked_source));
    OK(vjob_release(forked_thing));
    vjob_ring_close(forked_ring);
    vjob_ring_release(forked_ring);
}

/* ---- leaving the process ---- */

static tally child_in = TALLY, child_never = TALLY;

static void block_callback(vjob_handle job, void *data)
{
    (void)job, (void)data;
    tally_add(&child_in);
    pthread_mutex_lock(&child_never.lock);
    for (;;) pthread_cond_wait(&child_never.raised, &child_never.lock);
}

static vjob_err block_body(vjob_handle job, void *data)
{
    block_callback(job, data);
    return VJOB_OK;
}

static void block_event(const vjob_event *event, void *data)
{
    (void)event;
    block_callback(0, data);
}

static int exit_with_jobs_running(void)
{
    vjob_handle job;
    OK(vjob_init());
    for (int i = 0; i < 1000; i++) {
        vjob_job_spec spec = {.duration_ns = (uint64_t)i * MS, .progress_steps = 3};
        OK(vjob_job_start(&spec, &job));
    }
    return 0;
}

static int exit_with_a_callback_running(void)
{
    vjob_handle job, source;
    vjob_event event = {.what = "x"};
    vjob_job_spec spec = {.done = block_callback};
    OK(vjob_init());
    OK(vjob_job_start(&spec, &job));
    OK(vjob_source_create("s", &source));
    OK(vjob_handler_add(source, block_event, NULL, NULL));
    OK(vjob_source_post(source, &event));
    tally_wait(&child_in, 2);
    return 0;
}

static int exit_with_a_blocked_body(void)
{
    vjob_handle jobs[300];
    vjob_job_spec spec = {.body = block_body};
    OK(vjob_init());
    OK(vjob_job_start_many(&spec, COUNT(jobs), jobs));
    tally_wait(&child_in, 1);
    return 0;
}

static void wait_in_callback(vjob_handle job, void *data)
{
    (void)job;
    tally_add(&child_in);
    vjob_wait(*(vjob_handle *)data, VJOB_FOREVER);
}

static void wait_in_thread(void *arg)
{
    vjob_wait(*(vjob_handle *)arg, VJOB_FOREVER);
}

static int exit_with_waits_under_way(void)
{
    static vjob_handle never;
    static ct_thread thread;
    vjob_handle job;
    OK(vjob_init());
    never = start_for(1000 * HOUR);
    vjob_job_spec spec = {.done = wait_in_callback, .user_data = &never};
    OK(vjob_job_start(&spec, &job));
    ct_start(&thread, wait_in_thread, &never);
    pthread_detach(thread.id);
    ct_await_waiting(&thread);
    tally_wait(&child_in, 1);
    return 0;
}

static void exit_here(vjob_handle job, void *data)
{
    (void)job, (void)data;
    exit(0);
}

static int exit_inside_a_callback(void)
{
    vjob_handle job;
    vjob_job_spec spec = {.done = exit_here};
    OK(vjob_init());
    OK(vjob_job_start(&spec, &job));
    tally_wait(&child_never, 1);
    return 1;
}

static vjob_err exit_in_body(vjob_handle job, void *data)
{
    exit_here(job, data);
    return VJOB_OK;
}

static int exit_inside_a_body(void)
{
    vjob_handle job;
    vjob_job_spec spec = {.body = exit_in_body};
    OK(vjob_init());
    OK(vjob_job_start(&spec, &job));
    tally_wait(&child_never, 1);
    return 1;
}

static int exit_while_threads_call(void)
{
    static ct_thread t[4];
    hammering = 1;
    OK(vjob_init());
    for (int i = 0; i < 4; i++) {
        ct_start(&t[i], hammer, NULL);
        pthread_detach(t[i].id);
    }
    tally_wait(&hammered, tally_get(&hammered) + 100);
    return 0;
}

static void deinit_late(void)
{
    vjob_deinit();
}

static int exit_with_a_deinit_registered_for_it(void)
{
    OK(vjob_init());
    atexit(deinit_late);
    start_for(HOUR);
    return 0;
}

static int exit_after_deinit(void)
{
    OK(vjob_init());
    start_for(HOUR);
    return (int)vjob_deinit();
}

#define EXIT(role)                                                                                           \
    {                                                                                                        \
#role, role                                                                                          \
    }
static const ct_role exits[] = {
    EXIT(exit_with_jobs_running),   EXIT(exit_with_a_callback_running),
    EXIT(exit_with_a_blocked_body), EXIT(exit_with_waits_under_way),
    EXIT(exit_inside_a_callback),   EXIT(exit_inside_a_body),
    EXIT(exit_while_threads_call),  EXIT(exit_with_a_deinit_registered_for_it),
    EXIT(exit_after_deinit),
};

/* Real ns that the child took. */
static uint64_t leave(const char *role, const char *clock)
{
    /* threads that run on at exit hold what a leak check cannot see */
    const char *environment[] = {clock, "ASAN_OPTIONS=detect_leaks=0",
                                 "TSAN_OPTIONS=report_thread_leaks=0 atexit_sleep_ms=0", NULL};
    ct_result r = ct_child(role, environment);
    if (r.code || r.err[0]) print_error("%s: %d\n%s\n", role, r.code, r.err);
    EQUAL(r.code, 0);
    EQUAL(r.err[0], 0); /* nothing is printed unasked */
    uint64_t took = r.took_ns;
    ct_result_free(&r);
    return took;
}

static void leaving_in_any_state_is_clean_and_at_once(void **state)
{
    (void)state;
    static const char *const clocks[] = {"VJOB_CLOCK=real", "VJOB_CLOCK=auto"};
    for (size_t i = 0; i < 2 * COUNT(exits); i++) {
        uint64_t took = UINT64_MAX;
        for (int go = 0; go < 3 && took >= 4 * S; go++) /* a busy machine may be slow, but not each time */
            took = leave(exits[i / 2].name, clocks[i % 2]);
        CHECK(took < 4 * S); /* nobody waited for what hangs: that takes five seconds */
    }
}

/* ---- VJOB_LEAKS ---- */

static int leave_some(void)
{
    vjob_handle job, source, h;
    OK(vjob_init());
    vjob_job_spec spec = {.object = "WindowsXP", .duration_ns = HOUR};
    OK(vjob_job_start(&spec, &job));
    OK(vjob_source_create("bell", &source));
    OK(vjob_addref(source));
    vjob_job_spec freed = {.object = "freed", .duration_ns = HOUR};
    OK(vjob_job_start(&freed, &h));
    OK(vjob_release(h)); /* runs on, owed by nobody */
    OK(vjob_job_start(&(vjob_job_spec){.duration_ns = HOUR}, &h));
    return 0;
}

static int leave_none(void)
{
    OK(vjob_init());
    OK(vjob_release(start_for(HOUR)));
    return 0;
}

static void leaks_are_printed_at_exit_if_asked_for(void **state)
{
    (void)state;
    const char *asked[] = {"VJOB_LEAKS=1", NULL}, *not_asked[] = {"VJOB_LEAKS=0", NULL};
    ct_result r = ct_child("leave_some", asked);
    EQUAL(r.code, 0);
    if (strcmp(r.err, "vjob: still held at exit: job \"WindowsXP\" (1 reference)\n"
                      "vjob: still held at exit: source \"bell\" (2 references)\n"
                      "vjob: still held at exit: job (1 reference)\n"))
        print_error("%s", r.err), CHECK(!"the list is another one");
    EQUAL(r.out[0], 0);
    ct_result_free(&r);
    r = ct_child("leave_some", not_asked);
    EQUAL(r.err[0], 0);
    ct_result_free(&r);
    r = ct_child("leave_none", asked);
    EQUAL(r.code, 0);
    EQUAL(r.err[0], 0);
    ct_result_free(&r);
}

/* ---- the environment ---- */

static int try_to_start(void)
{
    vjob_err err = vjob_init();
    printf("%s\n", vjob_err_name(err));
    if (err) {
        if (vjob_enter(VJOB_SPACE_NATIVE) != VJOB_EINIT) return 1;
        unsetenv(getenv("BAD_ONE"));
        if (vjob_init()) return 2; /* with that out of the way it starts */
    }
    return (int)vjob_deinit();
}

static void bad_values_are_refused_with_a_sentence(void **state)
{
    (void)state;
    static const struct {
        const char *name, *value, *code, *says;
    } rows[] = {
        {"VJOB_CLOCK", "fast", "VJOB_EINVAL", "\"fast\""},
        {"VJOB_CLOCK", "x0", "VJOB_EINVAL", "\"x0\""},
        {"VJOB_SEED", "seven", "VJOB_EINVAL", "VJOB_SEED=seven"},
        {"VJOB_SEED", "-1", "VJOB_EINVAL", "VJOB_SEED=-1"},
        {"VJOB_SEED", "99999999999999999999", "VJOB_EINVAL", "VJOB_SEED"},
        {"VJOB_LEAKS", "yes", "VJOB_EINVAL", "VJOB_LEAKS=yes"},
        {"VJOB_WORKERS", "0", "VJOB_EINVAL", "VJOB_WORKERS=0"},
        {"VJOB_WORKERS", "many", "VJOB_EINVAL", "VJOB_WORKERS=many"},
        {"VJOB_WORKERS", "-5", "VJOB_EINVAL", "VJOB_WORKERS=-5"},
        {"VJOB_WORKERS", "100000", "VJOB_EINVAL", "VJOB_WORKERS=100000"},
        {"VJOB_TRACE", "/nowhere/log", "VJOB_EIO", "/nowhere/log"},
        {"VJOB_FAULTS", "1", "VJOB_ENOTSUP", "VJOB_FAULTS"},
        {"VJOB_STATE", "x", "VJOB_ENOTSUP", "VJOB_STATE"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        char variable[100], bad[100];
        snprintf(variable, sizeof variable, "%s=%s", rows[i].name, rows[i].value);
        snprintf(bad, sizeof bad, "BAD_ONE=%s", rows[i].name);
        const char *environment[] = {variable, bad, NULL};
        ct_result r = ct_child("try_to_start", environment);
        EQUAL(r.code, 0);
        CHECK(!strncmp(r.out, rows[i].code, strlen(rows[i].code)));
        CHECK(!strncmp(r.err, "vjob: ", 6) && strstr(r.err, rows[i].says) != NULL);
        EQUAL(strchr(r.err, '\n') - r.err, strlen(r.err) - 1); /* one line */
        ct_result_free(&r);
    }
}

static void good_and_empty_values_are_taken(void **state)
{
    (void)state;
    const char *good[] = {"VJOB_CLOCK=x2", "VJOB_SEED=0xffffffffffffffff", "VJOB_LEAKS=1", "VJOB_WORKERS=1",
                          NULL};
    const char *empty[] = {"VJOB_CLOCK=",   "VJOB_SEED=",   "VJOB_TRACE=", "VJOB_LEAKS=",
                           "VJOB_WORKERS=", "VJOB_FAULTS=", "VJOB_STATE=", NULL};
    ct_result r = ct_child("try_to_start", good);
    EQUAL(r.code, 0);
    CHECK(!strcmp(r.out, "VJOB_OK\n"));
    EQUAL(r.err[0], 0);
    ct_result_free(&r);
    r = ct_child("try_to_start", empty);
    CHECK(!strcmp(r.out, "VJOB_OK\n"));
    ct_result_free(&r);
}

static void seed_decides_the_numbers(void **state)
{
    (void)state;
    setenv("VJOB_SEED", "42", 1);
    OK(vjob_init());
    EQUAL(vjob__seed(), 42);
    uint64_t a = vjob__mix(1, "x");
    EQUAL(vjob__mix(1, "x"), a);
    CHECK(vjob__mix(2, "x") != a);
    CHECK(vjob__mix(1, "y") != a);
    OK(vjob_deinit());
    OK(vjob__world_restart());
    OK(vjob__set_seed(43)); /* a call wins over the environment */
    OK(vjob_init());
    EQUAL(vjob__seed(), 43);
    CHECK(vjob__mix(1, "x") != a);
    FAILS(vjob__world_restart(), VJOB_EBUSY);
    OK(vjob_deinit());
}

/* ---- errors ---- */

static void every_code_has_a_name_and_a_text(void **state)
{
    (void)state;
    for (int i = 0; i < VJOB_ERR_COUNT; i++) {
        CHECK(!strncmp(vjob_err_name((vjob_err)i), i ? "VJOB_E" : "VJOB_OK", 6));
        CHECK(strlen(vjob_err_text((vjob_err)i)) > 5);
        for (int k = 0; k < i; k++) CHECK(strcmp(vjob_err_name((vjob_err)i), vjob_err_name((vjob_err)k)));
    }
    CHECK(vjob_err_name((vjob_err)-1) && vjob_err_text((vjob_err)9999));
}

static void fail_in_thread(void *arg, int number)
{
    char text[40];
    (void)arg;
    for (int i = 0; i < 1000; i++) {
        snprintf(text, sizeof text, "thread %d round %d", number, i);
        EQUAL(vjob_fail(VJOB_EIO, "object", NULL, "%s", text), VJOB_EIO);
        const vjob_error *e = vjob_last_error();
        CHECK(e->err == VJOB_EIO && !strcmp(e->text, text) && !strcmp(e->object, "object") && !e->state[0]);
    }
}

static void last_error_is_of_the_calling_thread_and_cut_to_fit(void **state)
{
    (void)state;
    static char endless[1000];
    memset(endless, 'e', sizeof endless - 1);
    ct_threads(8, fail_in_thread, NULL);
    vjob_fail(VJOB_EIO, endless, endless, "%s", endless);
    const vjob_error *e = vjob_last_error();
    EQUAL(strlen(e->text), sizeof e->text - 1);
    EQUAL(strlen(e->object), sizeof e->object - 1);
    EQUAL(strlen(e->state), sizeof e->state - 1);
}

int main(void)
{
    static const ct_role roles[] = {
        {"leave_some", leave_some}, {"leave_none", leave_none}, {"try_to_start", try_to_start}};
    const char *role = getenv("CT_CHILD");
    if (role && !strncmp(role, "exit_", 5)) ct_become(exits, COUNT(exits));
    ct_become(roles, COUNT(roles));
    const struct CMUnitTest tests[] = {
        NONE(calls_before_the_start_and_after_the_end_are_refused),
        NONE(start_and_end_a_hundred_times),
        NONE(starts_are_counted),
        NONE(eight_threads_start_and_end_apis),
        NONE(end_of_one_api_leaves_the_other_alone),
        NONE(end_with_thousands_of_jobs_in_flight),
        NONE(jobs_that_ended_before_the_end_are_told_of_before_it_returns),
        NONE(end_while_callbacks_start_more),
        NONE(start_and_end_under_threads_that_go_on_calling),
        REAL(child_of_a_fork_gets_a_clear_error_from_every_call),
        NONE(leaving_in_any_state_is_clean_and_at_once),
        NONE(leaks_are_printed_at_exit_if_asked_for),
        NONE(bad_values_are_refused_with_a_sentence),
        NONE(good_and_empty_values_are_taken),
        NONE(seed_decides_the_numbers),
        NONE(every_code_has_a_name_and_a_text),
        NONE(last_error_is_of_the_calling_thread_and_cut_to_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
