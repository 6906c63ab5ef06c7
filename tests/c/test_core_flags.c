/* test_core_flags.c - flags that threads wait for, and descriptors: engine waits that are for no job. */
#include <unistd.h>

#include "core_test.h"

static vjob_err wait_for(vjob_flag *flag, uint64_t timeout_ns)
{
    size_t index;
    return vjob_flags_wait(VJOB_SPACE_NATIVE, &flag, 1, 0, timeout_ns, &index);
}

static void flag_that_is_set_ends_a_wait_at_once(void **state)
{
    (void)state;
    vjob_flag once, stays;
    vjob_flag_init(&once, 1, 1);
    vjob_flag_init(&stays, 0, 1);
    OK(wait_for(&once, 0));
    FAILS(wait_for(&once, 0), VJOB_ETIMEDOUT);
    OK(wait_for(&stays, 0));
    OK(wait_for(&stays, VJOB_FOREVER));
    EQUAL(vjob_flag_clear(&stays), 1);
    EQUAL(vjob_flag_clear(&stays), 0);
    FAILS(wait_for(&stays, 0), VJOB_ETIMEDOUT);
}

static void wait_takes_its_time_and_no_longer(void **state)
{
    (void)state;
    vjob_flag flag;
    const uint64_t before = vjob_clock_now();
    vjob_flag_init(&flag, 1, 0);
    FAILS(wait_for(&flag, HOUR), VJOB_ETIMEDOUT);
    EQUAL(vjob_clock_now() - before, HOUR);
    vjob_flag_set(&flag); /* not lost on a wait that has given up */
    OK(wait_for(&flag, 0));
}

static void all_takes_none_before_all_are_set(void **state)
{
    (void)state;
    vjob_flag a, b, *both[] = {&a, &b};
    size_t index;
    vjob_flag_init(&a, 1, 1);
    vjob_flag_init(&b, 1, 0);
    FAILS(vjob_flags_wait(VJOB_SPACE_NATIVE, both, 2, 1, S, &index), VJOB_ETIMEDOUT);
    OK(wait_for(&a, 0)); /* still set */
    vjob_flag_set(&a);
    vjob_flag_set(&b);
    OK(vjob_flags_wait(VJOB_SPACE_NATIVE, both, 2, 1, VJOB_FOREVER, &index));
    FAILS(wait_for(&a, 0), VJOB_ETIMEDOUT);
    FAILS(wait_for(&b, 0), VJOB_ETIMEDOUT);
}

static void any_takes_the_first_one_only(void **state)
{
    (void)state;
    vjob_flag a, b, c, *all[] = {&a, &b, &c};
    size_t index;
    vjob_flag_init(&a, 1, 0);
    vjob_flag_init(&b, 1, 1);
    vjob_flag_init(&c, 1, 1);
    OK(vjob_flags_wait(VJOB_SPACE_NATIVE, all, 3, 0, VJOB_FOREVER, &index));
    EQUAL(index, 1);
    OK(wait_for(&c, 0));
    FAILS(vjob_flags_wait(VJOB_SPACE_NATIVE, all, 0, 0, 0, &index), VJOB_EINVAL);
    FAILS(vjob_flags_wait(VJOB_SPACE_NATIVE, all, VJOB_FLAGS_MAX + 1, 0, 0, &index), VJOB_EINVAL);
}

typedef struct waiting {
    vjob_flag *flag;
    tally gone_on;
    uint64_t timeout_ns;
    vjob_err result;
} waiting;

static void wait_in_thread(void *arg)
{
    waiting *w = arg;
    __atomic_store_n(&w->result, wait_for(w->flag, w->timeout_ns), __ATOMIC_RELAXED);
    tally_add(&w->gone_on);
}

static void once_lets_one_go_at_a_time_in_order(void **state)
{
    (void)state;
    vjob_flag flag;
    ct_thread threads[3];
    waiting w[3];
    vjob_flag_init(&flag, 1, 0);
    for (size_t i = 0; i < COUNT(w); i++) {
        w[i] = (waiting){.flag = &flag, .gone_on = TALLY, .timeout_ns = VJOB_FOREVER};
        ct_start(&threads[i], wait_in_thread, &w[i]);
        ct_await_waiting(&threads[i]);
    }
    for (size_t i = 0; i < COUNT(w); i++) {
        vjob_flag_set(&flag);
        tally_wait(&w[i].gone_on, 1);
        OK(w[i].result);
        for (size_t later = i + 1; later < COUNT(w); later++) EQUAL(tally_get(&w[later].gone_on), 0);
    }
    for (size_t i = 0; i < COUNT(w); i++) ct_join(&threads[i]);
    FAILS(wait_for(&flag, 0), VJOB_ETIMEDOUT);
}

static void flag_that_stays_lets_all_go(void **state)
{
    (void)state;
    vjob_flag flag;
    ct_thread threads[8];
    waiting w = {.flag = &flag, .gone_on = TALLY, .timeout_ns = VJOB_FOREVER};
    vjob_flag_init(&flag, 0, 0);
    for (size_t i = 0; i < COUNT(threads); i++) {
        ct_start(&threads[i], wait_in_thread, &w);
        ct_await_waiting(&threads[i]);
    }
    vjob_flag_set(&flag);
    tally_wait(&w.gone_on, COUNT(threads));
    for (size_t i = 0; i < COUNT(threads); i++) ct_join(&threads[i]);
}

static void end_of_the_api_ends_the_wait(void **state)
{
    (void)state;
    vjob_flag flag;
    ct_thread thread;
    waiting w = {.flag = &flag, .gone_on = TALLY, .timeout_ns = VJOB_FOREVER};
    vjob_flag_init(&flag, 1, 0);
    OK(vjob_init());
    ct_start(&thread, wait_in_thread, &w);
    ct_await_waiting(&thread);
    OK(vjob_deinit());
    ct_join(&thread);
    EQUAL(w.result, VJOB_ECLOSED);
    FAILS(wait_for(&flag, VJOB_FOREVER), VJOB_ECLOSED);
}

static void many_threads_lose_no_signal(void *arg, int number)
{
    waiting *w = arg;
    for (int i = 0; i < 500; i++)
        if (number % 2)
            vjob_flag_set(w->flag), OK(wait_for(&w->flag[1], VJOB_FOREVER));
        else
            OK(wait_for(w->flag, VJOB_FOREVER)), vjob_flag_set(&w->flag[1]);
}

static void signals_between_two_threads_are_not_lost(void **state)
{
    (void)state;
    vjob_flag flags[2];
    waiting w = {.flag = flags, .gone_on = TALLY};
    vjob_flag_init(&flags[0], 1, 0);
    vjob_flag_init(&flags[1], 1, 0);
    ct_threads(2, many_threads_lose_no_signal, &w);
}

/* ---- descriptors --------------------------------------------------------------------------------------- */

static void write_later(vjob_handle job, void *fd)
{
    (void)job;
    OK(vjob_fd_write(*(int *)fd, "late", 4));
}

static void read_waits_on_the_clock_for_what_comes(void **state)
{
    (void)state;
    int ends[2];
    char text[16];
    size_t size;
    vjob_handle job;
    assert_int_equal(pipe(ends), 0);
    const uint64_t before = vjob_clock_now();
    vjob_job_spec spec = {
        .operation = "timed", .duration_ns = HOUR, .done = write_later, .user_data = &ends[1]};
    OK(vjob_job_start(&spec, &job));
    OK(vjob_fd_read(ends[0], text, sizeof text, &size));
    EQUAL(size, 4);
    CHECK(!memcmp(text, "late", 4));
    EQUAL(vjob_clock_now() - before, HOUR);
    OK(vjob_release(job));
    vjob_fd_close(ends[1]);
    OK(vjob_fd_read(ends[0], text, sizeof text, &size));
    EQUAL(size, 0); /* the end */
    vjob_fd_close(ends[0]);
}

static void clock_stands_while_a_reader_has_not_taken_what_is_there(void **state)
{
    (void)state;
    int ends[2];
    char text[16];
    size_t size;
    vjob_handle jobs[2];
    assert_int_equal(pipe(ends), 0);
    for (int i = 0; i < 100; i++) {
        const uint64_t before = vjob_clock_now();
        vjob_job_spec spec = {.operation = "a", .duration_ns = S, .done = write_later, .user_data = &ends[1]};
        vjob_job_spec later = {.operation = "b", .duration_ns = S + 1};
        OK(vjob_job_start(&spec, &jobs[0]));
        OK(vjob_job_start(&later, &jobs[1]));
        OK(vjob_fd_read(ends[0], text, sizeof text, &size));
        EQUAL(vjob_clock_now() - before, S);
        OK(vjob_wait_all(jobs, 2, VJOB_FOREVER));
        OK(vjob_release(jobs[0]));
        OK(vjob_release(jobs[1]));
    }
    vjob_fd_close(ends[0]);
    vjob_fd_close(ends[1]);
}

static void write_without_a_reader_is_an_error_and_no_signal(void **state)
{
    (void)state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    vjob_fd_close(ends[0]);
    FAILS(vjob_fd_write(ends[1], "x", 1), VJOB_EIO); /* SIGPIPE would end the program */
    OK(vjob_fd_write(ends[1], "x", 0));
    vjob_fd_close(ends[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        AUTO(flag_that_is_set_ends_a_wait_at_once),
        AUTO(wait_takes_its_time_and_no_longer),
        AUTO(all_takes_none_before_all_are_set),
        AUTO(any_takes_the_first_one_only),
        REAL(once_lets_one_go_at_a_time_in_order),
        REAL(flag_that_stays_lets_all_go),
        NONE(end_of_the_api_ends_the_wait),
        REAL(signals_between_two_threads_are_not_lost),
        AUTO(read_waits_on_the_clock_for_what_comes),
        AUTO(clock_stands_while_a_reader_has_not_taken_what_is_there),
        REAL(write_without_a_reader_is_an_error_and_no_signal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
