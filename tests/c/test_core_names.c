/* test_core_names.c - handles as clients see them: wrong ones, counts, leaks, the end of an API (laws 1-5, 20). */
#include "core_test.h"

static int destroyed;

static void count_destroyed(void *body)
{
    (void)body;
    __atomic_fetch_add(&destroyed, 1, __ATOMIC_SEQ_CST);
}

static const vjob_type thing = {"thing", 7, count_destroyed};
static const vjob_type other_thing = {"other thing", 8, NULL};
static int body_of_thing;

static vjob_handle make_thing(void)
{
    vjob_handle h;
    OK(vjob_object_create(&thing, &body_of_thing, &h));
    return h;
}

static vjob_handle make_job(uint64_t duration_ns)
{
    vjob_handle h;
    vjob_job_spec spec = {.operation = "timed", .object = "vm", .duration_ns = duration_ns};
    OK(vjob_job_start(&spec, &h));
    return h;
}

/* ---- every function that takes a handle, called with one that is no good ---- */

static vjob_err do_describe(vjob_handle h)
{
    vjob_handle_info info;
    return vjob_handle_describe(h, &info);
}

static vjob_err do_use(vjob_handle h)
{
    void *body;
    vjob_err err = vjob_object_use(h, &other_thing, &body);
    CHECK(body == NULL);
    return err;
}

static vjob_err do_look(vjob_handle h)
{
    vjob_job_info info;
    return vjob_job_look(h, &info);
}

static vjob_err do_report(vjob_handle h)
{
    return vjob_job_report(h, 50);
}

static vjob_err do_set_result(vjob_handle h)
{
    return vjob_job_set_result(h, &body_of_thing, NULL);
}

static vjob_err do_result(vjob_handle h)
{
    void *result;
    vjob_err err = vjob_job_result(h, &result);
    CHECK(result == NULL);
    return err;
}

static vjob_err do_wait(vjob_handle h)
{
    return vjob_wait(h, VJOB_FOREVER);
}

static vjob_err do_wait_any(vjob_handle h)
{
    size_t index = 5;
    vjob_err err = vjob_wait_any(&h, 1, VJOB_FOREVER, &index);
    EQUAL(index, 0);
    return err;
}

static vjob_err do_wait_all(vjob_handle h)
{
    vjob_handle both[2] = {h, h};
    return vjob_wait_all(both, 2, VJOB_FOREVER);
}

static vjob_err do_wait_until(vjob_handle h)
{
    return vjob_wait_until(&h, 1, 1, UINT64_MAX, 100, NULL);
}

static vjob_err do_post(vjob_handle h)
{
    vjob_event event = {.what = "x"};
    return vjob_source_post(h, &event);
}

static void on_event(const vjob_event *event, void *data)
{
    (void)event, (void)data;
}

static vjob_err do_add(vjob_handle h)
{
    return vjob_handler_add(h, on_event, NULL, NULL);
}

static vjob_err do_remove(vjob_handle h)
{
    return vjob_handler_remove(h, on_event, NULL);
}

static vjob_err do_watch(vjob_handle h)
{
    vjob_ring *ring = vjob_ring_create();
    vjob_err err = vjob_ring_watch(ring, h, 1);
    vjob_ring_close(ring);
    vjob_ring_release(ring);
    return err;
}

/* What it says of a handle that names nothing, and of one of the wrong type (0: it takes any). */
static const struct {
    const char *name;
    vjob_err (*call)(vjob_handle h);
    int of_jobs, of_sources, of_things;
} calls[] = {
    {"addref", vjob_addref, 0, 0, 0},
    {"release", vjob_release, 0, 0, 0},
    {"describe", do_describe, 0, 0, 0},
    {"use", do_use, 0, 0, 1},
    {"look", do_look, 1, 0, 0},
    {"cancel", vjob_job_cancel, 1, 0, 0},
    {"report", do_report, 1, 0, 0},
    {"set_result", do_set_result, 1, 0, 0},
    {"result", do_result, 1, 0, 0},
    {"wait", do_wait, 1, 0, 0},
    {"wait_any", do_wait_any, 1, 0, 0},
    {"wait_all", do_wait_all, 1, 0, 0},
    {"wait_until", do_wait_until, 1, 0, 0},
    {"post", do_post, 0, 1, 0},
    {"handler_add", do_add, 0, 1, 0},
    {"handler_remove", do_remove, 0, 1, 0},
    {"ring_watch", do_watch, 1, 0, 0},
};

static void refused_everywhere(vjob_handle h)
{
    char asked[24];
    snprintf(asked, sizeof asked, "0x%llx", (unsigned long long)h);
    for (size_t i = 0; i < COUNT(calls); i++) {
        FAILS(calls[i].call(h), VJOB_EBADHANDLE);
        EQUAL(vjob_last_error()->err, VJOB_EBADHANDLE);
        CHECK(!strcmp(vjob_last_error()->object, asked)); /* law 23: on which object */
    }
    CHECK(vjob_job_is_cancelled(h) == 1);
    vjob_object_done(h);
    EQUAL(vjob_name_refs(h), 0);
    FAILS(vjob_name_hold(h), VJOB_EBADHANDLE);
    FAILS(vjob_name_grant(h), VJOB_EBADHANDLE);
    for (int s = 1; s < VJOB_SPACE_COUNT; s++) {
        vjob_obj *obj;
        FAILS(vjob_pin((vjob_space)s, h, &obj), VJOB_EBADHANDLE);
        CHECK(obj == NULL);
        FAILS(vjob_space_addref((vjob_space)s, h), VJOB_EBADHANDLE);
        FAILS(vjob_space_release((vjob_space)s, h), VJOB_EBADHANDLE);
    }
}

static void zero_is_refused_by_every_function(void **state)
{
    (void)state;
    refused_everywhere(0);
}

static void stale_handle_is_refused_by_every_function_although_its_slot_is_used_again(void **state)
{
    (void)state;
    vjob_handle stale = make_thing();
    OK(vjob_release(stale));
    refused_everywhere(stale);
    vjob_handle next = make_thing();
    EQUAL((uint32_t)next, (uint32_t)stale); /* the slot; else this test says nothing */
    CHECK(next != stale);
    refused_everywhere(stale);
    EQUAL(vjob_name_refs(next), 1);
    OK(vjob_release(next));
}

static void stale_job_is_refused_by_every_function(void **state)
{
    (void)state;
    vjob_handle job = make_job(0);
    OK(vjob_wait(job, VJOB_FOREVER));
    OK(vjob_release(job));
    refused_everywhere(job);
}

static void invented_numbers_are_refused_by_every_function(void **state)
{
    (void)state;
    vjob_handle real = make_thing();
    const vjob_handle slot = (uint32_t)real;
    const vjob_handle invented[] = {
        1,
        2,
        0x7fffffff,
        1ull << 31,
        1ull << 32 | slot,
        UINT64_MAX,
        UINT64_MAX - 1,
        INT64_MAX,
        real + (1ull << 32), /* the next generation */
        real ^ 1ull << 55,   /* a far generation */
        real ^ 1ull << 56,
        real ^ 1ull << 59,                    /* bits that are always zero */
        (real & ~0xffffffffull) | 0xffffffff, /* the last slot */
        (real & ~0xffffffffull) | 0x00ffffff,
        real & ~0xffffffffull, /* slot 0 */
        2ull << 60 | slot,
        3ull << 60 | slot,
        4ull << 60 | slot,
        5ull << 60 | slot,
        6ull << 60 | slot,
        15ull << 60 | slot,
    };
    for (size_t i = 0; i < COUNT(invented); i++) refused_everywhere(invented[i]);
    EQUAL(vjob_name_refs(real), 1);
    OK(vjob_release(real));
}

static void handles_of_another_type_are_refused_and_stay_whole(void **state)
{
    (void)state;
    vjob_handle job = make_job(HOUR), object = make_thing(), source;
    OK(vjob_source_create("bell", &source));
    for (size_t i = 0; i < COUNT(calls); i++) {
        if (calls[i].of_jobs || calls[i].of_sources) FAILS(calls[i].call(object), VJOB_ETYPE);
        if (calls[i].of_jobs || calls[i].of_things) FAILS(calls[i].call(source), VJOB_ETYPE);
        if (calls[i].of_sources || calls[i].of_things) FAILS(calls[i].call(job), VJOB_ETYPE);
    }
    FAILS(do_use(object), VJOB_ETYPE); /* an object, but of another vjob_type */
    FAILS(do_result(job), VJOB_ETYPE); /* a job, but without a body */
    FAILS(do_set_result(job), VJOB_ETYPE);
    vjob_object_done(object); /* not in use */
    vjob_object_done(job);
    vjob_object_done(source);
    EQUAL(vjob_name_refs(job), 1);
    OK(vjob_job_cancel(job));
    OK(vjob_wait(job, VJOB_FOREVER));
    OK(vjob_release(job));
    OK(vjob_release(object));
    OK(vjob_release(source));
}

static void missing_arguments_are_refused(void **state)
{
    (void)state;
    vjob_handle job = make_job(0), source, h;
    OK(vjob_source_create(NULL, &source));
    OK(vjob_wait(job, VJOB_FOREVER));
    vjob_job_spec spec = {0};
    FAILS(vjob_handle_describe(job, NULL), VJOB_EINVAL);
    FAILS(vjob_job_look(job, NULL), VJOB_EINVAL);
    FAILS(vjob_job_start(NULL, &h), VJOB_EINVAL);
    FAILS(vjob_job_start(&spec, NULL), VJOB_EINVAL);
    FAILS(vjob_job_start_many(&spec, 0, &h), VJOB_EINVAL);
    FAILS(vjob_wait_any(NULL, 1, 0, NULL), VJOB_EINVAL);
    FAILS(vjob_wait_all(&job, 0, 0), VJOB_EINVAL);
    FAILS(vjob_job_result(job, NULL), VJOB_EINVAL);
    FAILS(vjob_object_create(&thing, NULL, NULL), VJOB_EINVAL);
    FAILS(vjob_object_create(NULL, NULL, &h), VJOB_EINVAL);
    FAILS(vjob_object_use(job, &thing, NULL), VJOB_EINVAL);
    FAILS(vjob_object_use(job, NULL, &(void *){0}), VJOB_ETYPE);
    FAILS(vjob_source_create("x", NULL), VJOB_EINVAL);
    FAILS(vjob_source_world(NULL), VJOB_EINVAL);
    FAILS(vjob_source_post(source, NULL), VJOB_EINVAL);
    FAILS(vjob_handler_add(source, NULL, NULL, NULL), VJOB_EINVAL);
    FAILS(vjob_handler_remove(source, NULL, NULL), VJOB_ENOENT);
    EQUAL(vjob_leaks(VJOB_SPACE_NONE, NULL, 100), 2);
    OK(vjob_release(job));
    OK(vjob_release(source));
}

/* ---- counts ---- */

static void object_is_destroyed_with_its_last_reference_and_only_then(void **state)
{
    (void)state;
    destroyed = 0;
    vjob_handle h = make_thing();
    for (int i = 0; i < 100; i++) OK(vjob_addref(h));
    for (int i = 0; i < 100; i++) OK(vjob_release(h));
    EQUAL(destroyed, 0);
    OK(vjob_release(h));
    EQUAL(destroyed, 1);
    FAILS(vjob_release(h), VJOB_EBADHANDLE);
    EQUAL(destroyed, 1);
}

static void object_in_use_outlives_its_handle(void **state)
{
    (void)state;
    void *body;
    destroyed = 0;
    vjob_handle h = make_thing();
    OK(vjob_object_use(h, &thing, &body));
    CHECK(body == &body_of_thing);
    OK(vjob_release(h));
    FAILS(vjob_release(h), VJOB_EBADHANDLE);
    FAILS(vjob_addref(h), VJOB_EBADHANDLE);
    EQUAL(destroyed, 0);
    vjob_object_done(h);
    EQUAL(destroyed, 1);
    vjob_object_done(h); /* once too often */
    EQUAL(destroyed, 1);
}

static void object_done_too_often_takes_nothing_away(void **state)
{
    (void)state;
    destroyed = 0;
    void *body;
    vjob_handle h = make_thing();
    for (int i = 0; i < 5; i++) vjob_object_done(h);
    OK(vjob_object_use(h, &thing, &body));
    OK(vjob_name_hold(h)); /* stands for a call in progress */
    vjob_object_done(h);
    vjob_object_done(h);
    OK(vjob_release(h));
    EQUAL(destroyed, 0);
    vjob_name_unhold(h);
    EQUAL(destroyed, 1);
}

static void double_free_while_the_engine_holds_the_name_takes_nothing_away(void **state)
{
    (void)state;
    vjob_handle h = make_job(1 * S);
    vjob_obj *obj;
    OK(vjob_pin(VJOB_SPACE_NATIVE, h, &obj));
    OK(vjob_release(h));
    for (int i = 0; i < 10; i++) FAILS(vjob_release(h), VJOB_EBADHANDLE);
    vjob_unpin(h); /* the job runs on, under a name that nobody owes */
    for (int i = 0; i < 10; i++) FAILS(vjob_release(h), VJOB_EBADHANDLE);
    FAILS(vjob_addref(h), VJOB_EBADHANDLE);
    EQUAL(vjob_leaks(VJOB_SPACE_NONE, NULL, 0), 0);
    OK(vjob_sleep(2 * S));
    FAILS(vjob_release(h), VJOB_EBADHANDLE);
}

typedef struct told {
    vjob_handle job;
    vjob_job_state state;
    uint32_t refs;
    tally calls;
} told;

static void remember_end(vjob_handle job, void *data)
{
    told *t = data;
    vjob_job_info info;
    OK(vjob_job_look(job, &info));
    OK(vjob_wait(job, VJOB_FOREVER));
    t->job = job;
    t->state = info.state;
    t->refs = vjob_name_refs(job);
    tally_add(&t->calls);
}

static void released_job_keeps_its_name_for_its_done_callback(void **state)
{
    (void)state;
    told t = {.calls = TALLY};
    vjob_handle h;
    vjob_job_spec spec = {.duration_ns = 1 * S, .done = remember_end, .user_data = &t};
    OK(vjob_job_start(&spec, &h));
    OK(vjob_release(h));
    tally_wait(&t.calls, 1);
    EQUAL(t.job, h);
    EQUAL(t.state, VJOB_JOB_DONE);
    EQUAL(t.refs, 1); /* the callback's own */
}

static void limit_of_references_is_an_error_and_changes_nothing(void **state)
{
    (void)state;
    destroyed = 0;
    vjob_handle h = make_thing();
    uint32_t added = 0;
    vjob_err err;
    while (!(err = vjob_addref(h))) added++;
    EQUAL(err, VJOB_ELIMIT);
    CHECK(added > 1000000 && added < 2200000);
    FAILS(vjob_addref(h), VJOB_ELIMIT);
    EQUAL(vjob_name_refs(h), added + 1);
    for (; added; added--) OK(vjob_release(h));
    EQUAL(vjob_name_refs(h), 1);
    OK(vjob_release(h));
    EQUAL(destroyed, 1);
}

static void limit_of_holds_is_an_error_and_changes_nothing(void **state)
{
    (void)state;
    vjob_handle h = make_thing();
    vjob_obj *obj;
    uint32_t held = 0;
    vjob_err err;
    while (!(err = vjob_pin(VJOB_SPACE_NATIVE, h, &obj))) held++;
    EQUAL(err, VJOB_ELIMIT);
    CHECK(held > 200000);
    FAILS(vjob_name_hold(h), VJOB_ELIMIT);
    EQUAL(vjob_name_refs(h), 1);
    for (; held; held--) vjob_unpin(h);
    OK(vjob_release(h));
    FAILS(vjob_addref(h), VJOB_EBADHANDLE);
}

/* ---- leaks ---- */

static void leaks_tell_type_object_and_what_the_client_owes(void **state)
{
    (void)state;
    vjob_handle_info infos[4] = {{0}};
    vjob_handle job = make_job(HOUR), object = make_thing(), source;
    vjob_obj *obj;
    OK(vjob_source_create("bell", &source));
    OK(vjob_addref(object));
    OK(vjob_pin(VJOB_SPACE_NATIVE, object, &obj)); /* the engine's: does not count */
    EQUAL(vjob_leaks(VJOB_SPACE_NONE, infos, COUNT(infos)), 3);
    EQUAL(vjob_leaks(VJOB_SPACE_NATIVE, NULL, 0), 3);
    EQUAL(vjob_leaks(VJOB_SPACE_PRL, NULL, 0), 0);
    vjob_handle_info *of[3] = {0};
    for (int i = 0; i < 3; i++)
        of[infos[i].handle == job ? 0 : infos[i].handle == object ? 1 : 2] = &infos[i];
    EQUAL(of[0]->refs, 1); /* the engine's hold on the running job is not the client's */
    CHECK(!strcmp(of[0]->type_name, "job") && !strcmp(of[0]->object, "vm"));
    EQUAL(of[1]->refs, 2);
    CHECK(!strcmp(of[1]->object, "thing"));
    EQUAL(of[2]->handle, source);
    CHECK(!strcmp(of[2]->type_name, "source") && !strcmp(of[2]->object, "bell"));
    EQUAL(vjob_leaks(VJOB_SPACE_NONE, infos, 1), 3); /* writes one only */
    vjob_unpin(object);
    OK(vjob_release(job)); /* still running, owed by nobody */
    EQUAL(vjob_leaks(VJOB_SPACE_NONE, NULL, 0), 2);
    OK(vjob_release(object));
    OK(vjob_release(object));
    OK(vjob_release(source));
    EQUAL(vjob_leaks(VJOB_SPACE_NONE, NULL, 0), 0);
    OK(vjob_sleep(2 * HOUR));
}

static void describe_agrees_with_the_list(void **state)
{
    (void)state;
    vjob_handle_info one, listed;
    vjob_handle h = make_thing();
    OK(vjob_addref(h));
    OK(vjob_handle_describe(h, &one));
    EQUAL(vjob_leaks(VJOB_SPACE_NATIVE, &listed, 1), 1);
    EQUAL(one.handle, h);
    EQUAL(one.refs, 2);
    EQUAL(one.space, VJOB_SPACE_NATIVE);
    EQUAL(one.handle, listed.handle);
    EQUAL(one.refs, listed.refs);
    EQUAL(one.type, listed.type);
    CHECK(!strcmp(one.type_name, listed.type_name) && !strcmp(one.object, listed.object));
    OK(vjob_release(h));
    OK(vjob_release(h));
}

static void dead_handle_is_described_as_nothing(void **state)
{
    (void)state;
    vjob_handle_info info;
    memset(&info, 0xff, sizeof info);
    FAILS(vjob_handle_describe(0, &info), VJOB_EBADHANDLE);
    EQUAL(info.handle, 0);
    EQUAL(info.refs, 0);
    EQUAL(info.type_name[0], 0);
}

/* ---- names of several APIs ---- */

static const vjob_class classes[] = {
    {"native one", VJOB_SPACE_NATIVE, 101, NULL, NULL}, {"prl one", VJOB_SPACE_PRL, 102, NULL, NULL},
    {"vix one", VJOB_SPACE_VIX, 103, NULL, NULL},       {"hcs one", VJOB_SPACE_HCS, 104, NULL, NULL},
    {"vir one", VJOB_SPACE_VIR, 105, NULL, NULL},
};

static vjob_handle name_of_class(size_t i)
{
    vjob_handle h;
    vjob_obj *obj = vjob_obj_new(&classes[i], sizeof *obj);
    CHECK(obj != NULL);
    OK(vjob_name_create(obj, &h));
    vjob_obj_release(obj);
    return h;
}

static void numbers_of_different_apis_do_not_overlap(void **state)
{
    (void)state;
    vjob_handle names[COUNT(classes)];
    for (size_t i = 0; i < COUNT(classes); i++) {
        names[i] = name_of_class(i);
        EQUAL(vjob__handle_space(names[i]), classes[i].space);
        CHECK(classes[i].space == VJOB_SPACE_VIX ? names[i] < 1ull << 31 : names[i] >= 1ull << 31);
    }
    for (size_t i = 0; i < COUNT(classes); i++)
        for (size_t k = 0; k < COUNT(classes); k++) {
            vjob_obj *obj;
            FAILS(vjob_pin(classes[k].space, names[i], &obj), i == k ? VJOB_OK : VJOB_EBADHANDLE);
            if (i == k) vjob_unpin(names[i]);
            if (i != k) FAILS(vjob_space_release(classes[k].space, names[i]), VJOB_EBADHANDLE);
            if (i != k) FAILS(vjob_space_addref(classes[k].space, names[i]), VJOB_EBADHANDLE);
        }
    for (size_t i = 0; i < COUNT(classes); i++) {
        EQUAL(vjob_space_count(classes[i].space, classes[i].type), 1);
        EQUAL(vjob_space_count(classes[i].space, 99), 0);
        EQUAL(vjob_space_count(classes[i].space, UINT32_MAX), 1);
        OK(vjob_release(names[i]));
        EQUAL(vjob_space_count(classes[i].space, UINT32_MAX), 0);
    }
}

static void ended_api_leaves_no_handle_but_calls_in_progress_finish(void **state)
{
    (void)state;
    vjob_handle_info info;
    vjob_obj *obj;
    OK(vjob_api_hold(VJOB_SPACE_PRL));
    vjob_handle prl = name_of_class(1), native = make_thing();
    OK(vjob_addref(prl));
    OK(vjob_pin(VJOB_SPACE_PRL, prl, &obj));
    OK(vjob_api_drop(VJOB_SPACE_PRL));
    FAILS(vjob_space_addref(VJOB_SPACE_PRL, prl), VJOB_EBADHANDLE);
    FAILS(vjob_release(prl), VJOB_EBADHANDLE);
    FAILS(vjob_handle_describe(prl, &info), VJOB_EBADHANDLE);
    EQUAL(vjob_leaks(VJOB_SPACE_PRL, NULL, 0), 0);
    CHECK(obj->cls == &classes[1]); /* still there for the call that pinned it */
    vjob_unpin(prl);
    FAILS(vjob_name_hold(prl), VJOB_EBADHANDLE);
    OK(vjob_release(native)); /* another API's */
}

/* A call that was under way when its API ended owes nothing for what it still makes. */
static void name_made_after_the_end_of_its_api_is_dead(void **state)
{
    (void)state;
    vjob_handle late, held;
    vjob_obj *obj = vjob_obj_new(&classes[1], sizeof *obj);
    OK(vjob_api_hold(VJOB_SPACE_PRL));
    held = name_of_class(1);
    OK(vjob_name_hold(held));
    OK(vjob_api_drop(VJOB_SPACE_PRL));
    OK(vjob_name_create(obj, &late));
    EQUAL(vjob_name_refs(late), 0);
    (void)vjob_name_grant(held); /* what the engine still holds is not owed again either */
    EQUAL(vjob_name_refs(held), 0);
    EQUAL(vjob_leaks(VJOB_SPACE_PRL, NULL, 0), 0);
    vjob_name_unhold(held);
    OK(vjob_api_hold(VJOB_SPACE_PRL));
    OK(vjob_name_create(obj, &late));
    EQUAL(vjob_name_refs(late), 1);
    OK(vjob_release(late));
    OK(vjob_api_drop(VJOB_SPACE_PRL));
    vjob_obj_release(obj);
}

static void object_is_given_its_live_name_again_or_a_new_one(void **state)
{
    (void)state;
    vjob_handle first, again, second;
    vjob_obj *obj = vjob_obj_new(&classes[0], sizeof *obj);
    OK(vjob_name_give(obj, &first));
    OK(vjob_name_give(obj, &again));
    EQUAL(first, again);
    EQUAL(vjob_name_refs(first), 2);
    OK(vjob_release(first));
    OK(vjob_release(first));
    OK(vjob_name_give(obj, &second));
    CHECK(second != first);
    FAILS(vjob_release(first), VJOB_EBADHANDLE);
    OK(vjob_release(second));
    vjob_obj_release(obj);
}

static void reference_that_is_tried_is_not_had_after_the_last(void **state)
{
    (void)state;
    vjob_obj *obj = vjob_obj_new(&classes[0], sizeof *obj);
    CHECK(vjob_obj_try_retain(obj) == 1);
    vjob_obj_release(obj);
    obj->refs = 0; /* as a table sees it while the object's destroy is under way */
    CHECK(vjob_obj_try_retain(obj) == 0);
    obj->refs = 1;
    vjob_obj_release(obj);
}

static void released_under_the_world_lock_is_destroyed_after_it(void **state)
{
    (void)state;
    destroyed = 0;
    vjob_handle h = make_thing();
    vjob__world_lock();
    OK(vjob_space_release(VJOB_SPACE_NATIVE, h));
    EQUAL(destroyed, 0);
    vjob__world_unlock();
    EQUAL(destroyed, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        REAL(zero_is_refused_by_every_function),
        REAL(stale_handle_is_refused_by_every_function_although_its_slot_is_used_again),
        REAL(stale_job_is_refused_by_every_function),
        REAL(invented_numbers_are_refused_by_every_function),
        AUTO(handles_of_another_type_are_refused_and_stay_whole),
        REAL(missing_arguments_are_refused),
        REAL(object_is_destroyed_with_its_last_reference_and_only_then),
        REAL(object_in_use_outlives_its_handle),
        REAL(object_done_too_often_takes_nothing_away),
        AUTO(double_free_while_the_engine_holds_the_name_takes_nothing_away),
        AUTO(released_job_keeps_its_name_for_its_done_callback),
        REAL(limit_of_references_is_an_error_and_changes_nothing),
        REAL(limit_of_holds_is_an_error_and_changes_nothing),
        AUTO(leaks_tell_type_object_and_what_the_client_owes),
        REAL(describe_agrees_with_the_list),
        REAL(dead_handle_is_described_as_nothing),
        REAL(numbers_of_different_apis_do_not_overlap),
        REAL(ended_api_leaves_no_handle_but_calls_in_progress_finish),
        REAL(name_made_after_the_end_of_its_api_is_dead),
        REAL(object_is_given_its_live_name_again_or_a_new_one),
        REAL(reference_that_is_tried_is_not_had_after_the_last),
        REAL(released_under_the_world_lock_is_destroyed_after_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
