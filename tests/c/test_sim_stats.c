/* test_sim_stats.c - statistics move, add up and repeat; feeds come at once and then every second. */
#include "sim_test.h"

#define SOME                                                                                                 \
    "{\"hosts\": [{\"cpus\": 4, \"memory_mb\": 8192, \"vms\": [{\"name\": \"a\", \"memory_mb\": 1024, "      \
    "\"state\": \"running\"},"                                                                               \
    "{\"name\": \"b\", \"memory_mb\": 2048, \"cpus\": 2}]}]}"

static vjob_stats *sample(vjob_vm *vm)
{
    vjob_stats *s;
    OK(vjob_stats_read(st_host(), vm, &s));
    return s;
}

static void host_figures_fit_together(void **state)
{
    (void)state;
    st_begin(SOME);
    vjob_stats *s = sample(NULL);
    EQUAL(s->n_cpus, 4);
    EQUAL(s->n_vms, 1);
    SAME(s->vms[0].name, "a");
    CHECK(s->vms[0].ram_used > 0 && s->vms[0].ram_used <= 1024ull << 20);
    EQUAL(s->ram_total, 8192ull << 20);
    EQUAL(s->ram_used + s->ram_free, s->ram_total);
    EQUAL(s->swap_used + s->swap_free, s->swap_total);
    EQUAL(s->disk_used + s->disk_free, s->disk_total);
    CHECK(s->ram_used >= 1024ull << 20);
    CHECK(s->uptime_s >= 86400 && s->service_uptime_s < s->uptime_s);
    for (size_t i = 0; i < s->n_cpus; i++) {
        CHECK(s->cpus[i].usage_percent <= 100);
        EQUAL(s->cpus[i].user_ms + s->cpus[i].system_ms, s->cpus[i].total_ms);
        CHECK(s->cpus[i].total_ms <= s->uptime_s * 1000);
    }
    vjob_stats_free(s);
}

static void figures_move_and_counters_never_go_back(void **state)
{
    (void)state;
    st_begin(SOME);
    vjob_stats *before = sample(NULL);
    int moved = 0;
    for (int i = 0; i < 60; i++) {
        if (i == 20) OK(st_op(VJOB_OP_START, "b"));
        if (i == 40) OK(st_op(VJOB_OP_STOP, "a"));
        st_sleep(1 * S);
        vjob_stats *s = sample(NULL);
        CHECK(s->uptime_s > before->uptime_s);
        for (size_t k = 0; k < s->n_cpus; k++) {
            uint64_t gained = s->cpus[k].total_ms - before->cpus[k].total_ms,
                     passed = (s->time_ns - before->time_ns) / MS;
            CHECK(s->cpus[k].total_ms >= before->cpus[k].total_ms && gained <= passed);
            moved += s->cpus[k].usage_percent != before->cpus[k].usage_percent;
        }
        CHECK(s->ifaces[0].in_bytes > before->ifaces[0].in_bytes);
        CHECK(s->ifaces[0].out_packets >= before->ifaces[0].out_packets);
        moved += s->ram_used != before->ram_used;
        EQUAL(s->n_vms, i < 20 ? 1 : i < 40 ? 2 : 1);
        vjob_stats_free(before);
        before = s;
    }
    CHECK(moved > 60);
    vjob_stats_free(before);
}

static void more_vms_use_more(void **state)
{
    (void)state;
    st_begin(SOME);
    vjob_stats *one = sample(NULL);
    OK(st_op(VJOB_OP_START, "b"));
    vjob_stats *two = sample(NULL);
    CHECK(two->ram_used > one->ram_used);
    unsigned sum_one = 0, sum_two = 0;
    for (size_t i = 0; i < 4; i++) {
        sum_one += one->cpus[i].usage_percent;
        sum_two += two->cpus[i].usage_percent;
    }
    CHECK(sum_two > sum_one);
    vjob_stats_free(one);
    vjob_stats_free(two);
}

static void vm_figures_stand_still_while_it_does(void **state)
{
    (void)state;
    st_begin(SOME);
    vjob_stats *s = sample(st_vm("a"));
    EQUAL(s->ram_total, 1024ull << 20);
    EQUAL(s->n_cpus, 1);
    EQUAL(s->n_ifaces, 1);
    vjob_stats_free(s);
    OK(st_op(VJOB_OP_PAUSE, "a"));
    vjob_stats *one = sample(st_vm("a"));
    st_sleep(10 * S);
    vjob_stats *two = sample(st_vm("a"));
    EQUAL(one->cpus[0].total_ms, two->cpus[0].total_ms);
    EQUAL(two->cpus[0].usage_percent, 0);
    vjob_stats_free(one);
    vjob_stats_free(two);
    s = sample(st_vm("b"));
    EQUAL(s->ram_used, 0);
    EQUAL(s->uptime_s, 0);
    vjob_stats_free(s);
    OK(st_op(VJOB_OP_DELETE, "b"));
    FAILS(vjob_stats_read(NULL, st_vm("b"), &s), VJOB_ENOENT);
    FAILS(vjob_stats_read(NULL, NULL, &s), VJOB_EINVAL);
    CHECK(s == NULL);
}

static void the_same_world_gives_the_same_figures(void **state)
{
    (void)state;
    uint64_t sums[3] = {0};
    for (int run = 0; run < 3; run++) {
        OK(vjob_sim_reset());
        OK(vjob_sim_set_seed(run == 2 ? 8 : 7));
        OK(vjob_sim_load_json(SOME, strlen(SOME)));
        OK(vjob_sim_set_clock("auto"));
        OK(vjob_init());
        vjob_host *host;
        vjob_stats *s;
        OK(vjob_host_find(NULL, &host));
        st_sleep(5 * S);
        OK(vjob_stats_read(host, NULL, &s));
        for (size_t i = 0; i < s->n_cpus; i++) sums[run] = sums[run] * 31 + s->cpus[i].total_ms;
        sums[run] = sums[run] * 31 + s->ram_used;
        vjob_stats_free(s);
        vjob_host_release(host);
        OK(vjob_deinit());
    }
    EQUAL(sums[0], sums[1]);
    CHECK(sums[0] != sums[2]);
    OK(vjob_sim_reset());
    st_begin(NULL);
}

static int beats;
static uint64_t first_beat, last_beat;

/* world */
static void beat(vjob_host *host, vjob_vm *vm, void *data)
{
    vjob_stats *s;
    (void)data;
    if (vjob_stats_read(host, vm, &s) != VJOB_OK) return;
    if (beats++ == 0) first_beat = s->time_ns;
    last_beat = s->time_ns;
    vjob_stats_free(s);
}

static void feed_comes_at_once_and_every_second(void **state)
{
    (void)state;
    st_begin(SOME);
    beats = 0;
    vjob_stats_feed *feed;
    uint64_t before = vjob_clock_now();
    OK(vjob_stats_subscribe(st_host(), NULL, beat, NULL, &feed));
    EQUAL(beats, 0); /* never inside the call */
    st_sleep(10 * S + 500 * MS);
    EQUAL(beats, 11);
    EQUAL(first_beat, before);
    EQUAL(last_beat, before + 10 * S);
    vjob_stats_unsubscribe(feed);
    st_sleep(5 * S);
    EQUAL(beats, 11);
    FAILS(vjob_stats_subscribe(NULL, NULL, beat, NULL, &feed), VJOB_EINVAL);
    vjob_stats_unsubscribe(NULL);
    beats = 0;
    OK(vjob_stats_subscribe(NULL, st_vm("a"), beat, NULL, &feed));
    st_sleep(2 * S);
    CHECK(beats >= 2);
    vjob_stats_unsubscribe(feed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SIM(host_figures_fit_together),
        SIM(figures_move_and_counters_never_go_back),
        SIM(more_vms_use_more),
        SIM(vm_figures_stand_still_while_it_does),
        SIM(the_same_world_gives_the_same_figures),
        SIM(feed_comes_at_once_and_every_second),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
