/* The main story of the native API with every allocation, thread start and write of its log failing once. */
#include <unistd.h>

#include "fault_test.h"

static char log_path[300]; /* "": none */

static vjob_err body(vjob_handle job, void *data)
{
    (void)data;
    vjob_job_report(job, 50);
    return vjob_sleep(S);
}

static void on_done(vjob_handle job, void *data)
{
    (void)job;
    tally_add(data);
}

static void on_event(const vjob_event *event, void *data)
{
    (void)event;
    tally_add(data);
}

static int events(void)
{
    vjob_handle source = 0;
    tally heard = TALLY;
    int fine = !vjob_source_create("s", &source) && !vjob_handler_add(source, on_event, &heard, NULL);
    for (int i = 0; i < 3; i++) fine &= !vjob_source_post(source, &(vjob_event){.what = "w", .object = "o"});
    if (fine) tally_wait(&heard, 3); /* what was accepted comes */
    while (source && vjob_handler_remove(source, on_event, &heard) == VJOB_ENOMEM) {}
    if (source) OK(vjob_release(source));
    return fine;
}

static int jobs(void)
{
    vjob_handle several[20] = {0}, with_body = 0;
    tally done = TALLY;
    const vjob_job_spec timed = {.operation = "timed", .object = "o", .duration_ns = S, .progress_steps = 4},
                        worked = {.operation = "worked", .body = body, .done = on_done, .user_data = &done};
    int fine = !vjob_job_start_many(&timed, COUNT(several), several);
    const int has_body = !vjob_job_start(&worked, &with_body);
    if (fine) {
        OK(vjob_job_cancel(several[3]));
        while (vjob_wait_all(several, COUNT(several), VJOB_FOREVER))
            fine = 0; /* no memory to wait for many */
        for (size_t i = 0; i < COUNT(several); i++) OK(vjob_release(several[i]));
    }
    if (has_body) {
        tally_wait(&done, 1); /* what was accepted is told of */
        OK(vjob_wait(with_body, VJOB_FOREVER));
        OK(vjob_release(with_body));
    }
    return fine && has_body;
}

static int rings(void)
{
    vjob_ring_item item;
    vjob_ring *ring = vjob_ring_create();
    if (!ring) return 0;
    int fine = !vjob_ring_alarm(ring, vjob_clock_now() + S, 1);
    if (fine) fine = !vjob_ring_wait(ring, 30000) && vjob_ring_take(ring, &item, 1) == 1;
    vjob_ring_close(ring);
    vjob_ring_release(ring);
    return fine;
}

static int story(void)
{
    int fine = 1;
    if (*log_path && vjob_sim_set_trace(log_path)) return 0;
    if (vjob_init()) return 0;
    fine &= events();
    fine &= jobs();
    fine &= rings();
    OK(vjob_deinit());
    return fine;
}

static void whole(void)
{
    ft_world_is_whole();
    OK(vjob_sim_set_trace(NULL));
    ft_fresh_world();
}

static void prepare(const char *log)
{
    ft_fresh_world();
    snprintf(log_path, sizeof log_path, "%s", log);
}

static void every_allocation_fails_once(void **state)
{
    (void)state;
    prepare("");
    ft_every(&ft_memory, 0, story, whole);
}

static void every_thread_start_fails_once(void **state)
{
    (void)state;
    prepare("");
    ft_every(&ft_threads, 0, story, whole);
}

/* A log that cannot be written is said to be so on stderr, once; the program goes on as without it. */
static void every_write_of_the_log_fails_once(void **state)
{
    (void)state;
    if (!ct_can_fail()) skip();
    prepare(ct_temp("log"));
    long n = 0;
    do {
        ct_fail_write(n, 0);
        CHECK(story());
        ct_fail_write(-1, 0);
        whole();
    } while (ct_write_failed() && n++ < 1000);
    CHECK(n > 0 && n < 1000);
    unlink(log_path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_allocation_fails_once),
        cmocka_unit_test(every_thread_start_fails_once),
        cmocka_unit_test(every_write_of_the_log_fails_once),
    };
    return cmocka_run_group_tests_name("native_faults", tests, NULL, NULL);
}
