/* test_core_clock.c - the one clock: its specs, its rates, and that it never goes back (law 18). */
#include "core_test.h"

#include <locale.h>
#include <time.h>

#define AUTO_START 1577836800000000000ull /* 2020-01-01T00:00:00Z */

static void good_specs_are_taken(void **state)
{
    (void)state;
    static const char *const good[] = {"real", "auto", "auto:1", "auto:60000", "auto:007",  "x1",
                                       "x0.5", "x.5",  "x5.",    "x1000000",   "x0.000001", "x3.25"};
    for (size_t i = 0; i < COUNT(good); i++) OK(vjob__set_clock(good[i]));
    OK(vjob__set_clock("auto:7"));
    EQUAL(vjob__clock_grace_ns(), 7 * MS);
    OK(vjob__set_clock("auto"));
    EQUAL(vjob__clock_grace_ns(), 20 * MS);
}

static void bad_specs_are_refused_and_change_nothing(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",       "Real",   "real ", " real",    "x",       "x0",         "x-1",
        "x 1",    "x1e3",   "xnan",  "xinf",     "x1.2.3",  "x.",         "x1,5",
        "x1x",    "1",      "auto:", "auto:0",   "auto:-1", "auto:60001", "auto:1.5",
        "auto 5", "auto:x", "autox", "x1000001", "x0.0",    "x0x1",       "auto:99999999999999999999",
        "fast"};
    OK(vjob__set_clock("auto:7"));
    uint64_t before = vjob_clock_now();
    FAILS(vjob__set_clock(NULL), VJOB_EINVAL);
    for (size_t i = 0; i < COUNT(bad); i++) {
        FAILS(vjob__set_clock(bad[i]), VJOB_EINVAL);
        CHECK(strstr(vjob_last_error()->text, "say real, xN") != NULL);
        EQUAL(vjob__clock_mode(), CLOCK_AUTO);
        EQUAL(vjob__clock_grace_ns(), 7 * MS);
        EQUAL(vjob_clock_now(), before);
    }
}

static void decimal_point_is_a_point_in_every_locale(void **state)
{
    (void)state;
    static const char *const with_comma[] = {"de_DE.utf8", "de_DE", "fr_FR.utf8", "ru_RU.utf8"};
    const char *set = NULL;
    for (size_t i = 0; i < COUNT(with_comma) && !set; i++) set = setlocale(LC_ALL, with_comma[i]);
    vjob_err point = vjob__set_clock("x0.5"), comma = vjob__set_clock("x0,5");
    setlocale(LC_ALL, "C");
    OK(point);
    FAILS(comma, VJOB_EINVAL);
    if (!set) skip(); /* no such locale here: it was the C one that was looked at */
}

/* The clock between two looks advances by `rate` times what real time did. */
static void goes_at_rate(double rate)
{
    for (int i = 0; i < 100; i++) {
        uint64_t r0 = ct_now(), c0 = vjob_clock_now(), r1 = ct_now();
        struct timespec nap = {0, 200000};
        if (i % 10 == 0) nanosleep(&nap, NULL); /* let some time pass */
        uint64_t r2 = ct_now(), c1 = vjob_clock_now(), r3 = ct_now();
        double passed = (double)(c1 - c0), slack = 4 + rate;
        CHECK(passed <= rate * (double)(r3 - r0) + slack);
        CHECK(passed >= rate * (double)(r2 - r1) - slack);
    }
}

static void clocks_go_at_their_rates(void **state)
{
    (void)state;
    OK(vjob__set_clock("real"));
    goes_at_rate(1);
    OK(vjob__set_clock("x1000"));
    goes_at_rate(1000);
    OK(vjob__set_clock("x0.01"));
    goes_at_rate(0.01);
    OK(vjob__set_clock("x2.5"));
    goes_at_rate(2.5);
    OK(vjob__set_clock("auto"));
    goes_at_rate(0);
}

static void real_clock_starts_at_the_date(void **state)
{
    (void)state;
    uint64_t before = plat_wall_ns();
    OK(vjob_init());
    uint64_t now = vjob_clock_now();
    uint64_t later = plat_wall_ns();
    OK(vjob_deinit());
    CHECK(now + S >= before && now <= later + S); /* the date may be set meanwhile, in small steps */
}

static void auto_clock_starts_in_2020_and_goes_on_after_a_restart(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        OK(vjob__set_clock("auto"));
        OK(vjob_init());
        EQUAL(vjob_clock_now(), AUTO_START);
        OK(vjob_sleep(HOUR));
        OK(vjob_deinit());
        EQUAL(vjob_clock_now(), AUTO_START + HOUR);
        OK(vjob_init());
        EQUAL(vjob_clock_now(), AUTO_START + HOUR);
        OK(vjob_deinit());
        OK(vjob__world_restart());
    }
}

static void mode_comes_from_the_environment_unless_it_was_chosen(void **state)
{
    (void)state;
    setenv("VJOB_CLOCK", "auto:9", 1);
    OK(vjob_init());
    EQUAL(vjob__clock_mode(), CLOCK_AUTO);
    EQUAL(vjob__clock_grace_ns(), 9 * MS);
    EQUAL(vjob_clock_now(), AUTO_START);
    OK(vjob_deinit());
    OK(vjob__world_restart());
    OK(vjob__set_clock("x3"));
    OK(vjob_init());
    EQUAL(vjob__clock_mode(), CLOCK_SCALED);
    OK(vjob_deinit());
}

/* ---- changes of mode ---- */

static int changing; /* atomic */

static void change_or_read(void *arg, int number)
{
    static const char *const modes[] = {"x1000000", "real", "x0.001", "auto", "x1000"};
    (void)arg;
    if (number == 0) {
        for (int i = 0; i < 3000; i++) OK(vjob__set_clock(modes[i % (int)COUNT(modes)]));
        __atomic_store_n(&changing, 0, __ATOMIC_SEQ_CST);
        return;
    }
    uint64_t last = 0;
    while (__atomic_load_n(&changing, __ATOMIC_SEQ_CST)) {
        uint64_t now = vjob_clock_now();
        CHECK(now >= last);
        last = now;
    }
}

static void time_never_goes_back_when_the_mode_changes(void **state)
{
    (void)state;
    changing = 1;
    ct_threads(4, change_or_read, NULL);
}

typedef struct sleeper {
    uint64_t ns;
    vjob_err err;
} sleeper;

static void sleep_in_thread(void *arg)
{
    sleeper *s = arg;
    s->err = vjob_sleep(s->ns);
}

static void wait_under_way_follows_a_change(const char *from, const char *to, uint64_t ns)
{
    ct_thread t;
    sleeper s = {ns, VJOB_EFAILED};
    OK(vjob__set_clock(from));
    uint64_t before = vjob_clock_now();
    ct_start(&t, sleep_in_thread, &s);
    ct_await_waiting(&t);
    OK(vjob__set_clock(to));
    ct_join(&t);
    OK(s.err);
    CHECK(vjob_clock_now() - before >= ns);
}

static void waits_under_way_follow_a_change_of_the_mode(void **state)
{
    (void)state;
    wait_under_way_follows_a_change("real", "auto", HOUR);
    wait_under_way_follows_a_change("real", "x1000000", HOUR);
    wait_under_way_follows_a_change("x0.001", "real", MS);
    wait_under_way_follows_a_change("x0.001", "auto", 100 * HOUR);
}

static void do_nothing(void *arg)
{
    tally *t = arg;
    vjob_enter(VJOB_SPACE_NATIVE); /* at work: the auto clock stands for a minute */
    tally_add(t);
    tally_wait(t, 2);
}

static void deadline_of_a_standing_clock_passes_in_real_time_after_a_change(void **state)
{
    (void)state;
    ct_thread busy;
    tally t = TALLY;
    OK(vjob__set_clock("auto:60000"));
    ct_start(&busy, do_nothing, &t);
    tally_wait(&t, 1);
    wait_under_way_follows_a_change("auto:60000", "real", MS);
    tally_add(&t);
    ct_join(&busy);
}

static void scaled_sleep_takes_real_time(void **state)
{
    (void)state;
    OK(vjob__set_clock("x1000"));
    uint64_t began = ct_now(), before = vjob_clock_now();
    OK(vjob_sleep(5 * S));
    CHECK(vjob_clock_now() - before >= 5 * S);
    CHECK(ct_now() - began >= 5 * MS - 1);
}

static void scaled_jobs_end_when_due(void **state)
{
    (void)state;
    vjob_handle jobs[50];
    OK(vjob__set_clock("x1000"));
    for (size_t i = 0; i < COUNT(jobs); i++) {
        vjob_job_spec spec = {.duration_ns = i * 100 * MS};
        OK(vjob_job_start(&spec, &jobs[i]));
    }
    OK(vjob_wait_all(jobs, COUNT(jobs), VJOB_FOREVER));
    for (size_t i = 0; i < COUNT(jobs); i++) {
        vjob_job_info info;
        OK(vjob_job_look(jobs[i], &info));
        CHECK(info.ended_ns - info.started_ns >= i * 100 * MS);
        OK(vjob_release(jobs[i]));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        NONE(good_specs_are_taken),
        NONE(bad_specs_are_refused_and_change_nothing),
        NONE(decimal_point_is_a_point_in_every_locale),
        NONE(clocks_go_at_their_rates),
        NONE(real_clock_starts_at_the_date),
        NONE(auto_clock_starts_in_2020_and_goes_on_after_a_restart),
        NONE(mode_comes_from_the_environment_unless_it_was_chosen),
        REAL(time_never_goes_back_when_the_mode_changes),
        REAL(waits_under_way_follow_a_change_of_the_mode),
        REAL(deadline_of_a_standing_clock_passes_in_real_time_after_a_change),
        REAL(scaled_sleep_takes_real_time),
        REAL(scaled_jobs_end_when_due),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
