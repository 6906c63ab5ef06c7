/* Clients of the native API and of the simulator's control: jobs, sources, statistics, saving the world. */
#include "all_test.h"

enum { OPEN_JOBS = 8 };

typedef struct once {
    int done, freed; /* atomic */
    all_round *round;
} once;

static void on_done(vjob_handle job, void *data)
{
    once *o = data;
    vjob_job_info info;
    all_count(&o->round->events, 1);
    CHECK(!__atomic_load_n(&o->freed, __ATOMIC_ACQUIRE));
    CHECK(__atomic_add_fetch(&o->done, 1, __ATOMIC_ACQ_REL) == 1);
    OK(vjob_job_look(job, &info));
    CHECK(info.state != VJOB_JOB_RUNNING);
}

static void on_free(void *data)
{
    once *o = data;
    CHECK(__atomic_load_n(&o->done, __ATOMIC_ACQUIRE) == 1);
    __atomic_store_n(&o->freed, 1, __ATOMIC_RELEASE);
}

static vjob_err body(vjob_handle job, void *data)
{
    (void)data;
    for (uint32_t percent = 10; percent < 100; percent += 10) {
        if (vjob_job_is_cancelled(job)) return VJOB_ECANCELLED;
        OK(vjob_job_report(job, percent));
        OK(vjob_sleep(50 * MS));
    }
    return VJOB_OK;
}

/* ---- a source: posts of one client arrive once, in order, and not after the removal ---- */

typedef struct heard {
    uint64_t next; /* value of the next post */
    int ended;     /* atomic */
} heard;

static void on_event(const vjob_event *event, void *data)
{
    heard *h = data;
    CHECK(!__atomic_load_n(&h->ended, __ATOMIC_ACQUIRE));
    EQUAL(event->value, h->next);
    h->next++;
}

static void talk(uint64_t *random)
{
    vjob_handle source;
    heard h = {0};
    const uint64_t n = 1 + ct_random(random, 50);
    OK(vjob_source_create("talk", &source));
    OK(vjob_handler_add(source, on_event, &h, NULL));
    for (uint64_t i = 0; i < n; i++) OK(vjob_source_post(source, &(vjob_event){.what = "word", .value = i}));
    OK(vjob_handler_remove(source, on_event, &h));
    __atomic_store_n(&h.ended, 1, __ATOMIC_RELEASE);
    CHECK(h.next <= n);
    OK(vjob_release(source));
}

void all_native_client(all_round *round, uint64_t random)
{
    vjob_handle jobs[OPEN_JOBS] = {0};
    all_seen seen[OPEN_JOBS] = {0};
    once *onces[OPEN_JOBS] = {0};
    size_t open = 0;
    while (!all_over(round) || open) {
        const size_t i = ct_random(&random, OPEN_JOBS);
        if (!jobs[i]) {
            if (__atomic_load_n(&round->over, __ATOMIC_ACQUIRE)) continue;
            onces[i] = calloc(1, sizeof **onces);
            onces[i]->round = round;
            vjob_job_spec spec = {.duration_ns = ct_random(&random, S),
                                  .progress_steps = (uint32_t)ct_random(&random, 8),
                                  .body = ct_random(&random, 4) ? NULL : body,
                                  .done = on_done,
                                  .free_user_data = on_free,
                                  .user_data = onces[i]};
            OK(vjob_job_start(&spec, &jobs[i]));
            all_count(&round->jobs, 1);
            seen[i] = (all_seen){0};
            open++;
            continue;
        }
        switch (ct_random(&random, 6)) {
        case 0: (void)vjob_job_cancel(jobs[i]); break;
        case 1: CHECK(all_look(round, jobs[i], &seen[i])); break;
        case 2: talk(&random); break;
        default:
            OK(vjob_wait(jobs[i], VJOB_FOREVER));
            CHECK(all_look(round, jobs[i], &seen[i]) && seen[i].ended);
            OK(vjob_release(jobs[i]));
            jobs[i] = 0;
            open--;
            /* Told of once, then let go: without a clock that would go on meanwhile. */
            while (!__atomic_load_n(&onces[i]->freed, __ATOMIC_ACQUIRE)) OK(vjob_sleep(MS));
            EQUAL(onces[i]->done, 1);
            free(onces[i]);
        }
    }
}

/* ---- control ---- */

static void beat(vjob_host *host, vjob_vm *vm, void *data)
{
    (void)host, (void)vm;
    CHECK(!__atomic_load_n((int *)data, __ATOMIC_ACQUIRE));
}

static void changed(const vjob_change_info *change, void *data)
{
    (void)change;
    CHECK(!__atomic_load_n((int *)data, __ATOMIC_ACQUIRE));
}

void all_sim_client(all_round *round, uint64_t random)
{
    vjob_host *host;
    OK(vjob_host_find(NULL, &host));
    while (!all_over(round)) {
        int ended = 0;
        char *text;
        vjob_stats_feed *feed;
        vjob_observer *observer;
        OK(vjob_stats_subscribe(host, NULL, beat, &ended, &feed));
        OK(vjob_observer_add(host, changed, &ended, &observer));
        OK(vjob_sleep(ct_random(&random, 2 * S)));
        vjob_stats_unsubscribe(feed);
        vjob_observer_remove(observer);
        __atomic_store_n(&ended, 1, __ATOMIC_RELEASE);
        OK(vjob_sim_save_json(&text));
        vjob_sim_free(text);
        if (ct_random(&random, 4) == 0)
            OK(vjob_sim_fail_next("start", all_vms[ct_random(&random, ALL_VMS)], VJOB_ERESOURCE, 1));
        OK(vjob_sim_set_duration("suspend", ct_random(&random, 3 * S), 0.2, 4));
    }
    vjob_host_release(host);
}
