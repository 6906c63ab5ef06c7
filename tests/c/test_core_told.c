/* test_core_told.c - what VIX needs of jobs: callback first, then waiters; names that end; progress that is told. */
#include "core_test.h"

static int progressed, told;

static void on_progress(vjob_job *job)
{
    progressed = (int)vjob_job_get_progress(job);
}

static void on_end(vjob_job *job)
{
    told++;
    if (told == 2) vjob_job_wake(job); /* with the world lock held */
}

static const vjob_job_kind told_kind = {
    .cls = {.name = "told", .space = VJOB_SPACE_VIX, .type = 9},
    .ended = on_end,
    .flags = VJOB_KIND_WAKE_LATER,
    .progressed = on_progress,
};

static void own_waits_do_not_wait_to_be_woken(void **state)
{
    (void)state;
    told = 0;
    OK(vjob_api_hold(VJOB_SPACE_VIX));
    vjob_job *job = vjob_job_new(&told_kind, sizeof *job, "x");
    vjob_job_end(job, VJOB_OK);
    FAILS(vjob_job_wait(job, 0), VJOB_ETIMEDOUT);
    vjob_job *was = vjob_job_set_own(job);
    OK(vjob_job_wait(job, VJOB_FOREVER));
    EQUAL((uintptr_t)vjob_job_set_own(was), (uintptr_t)job);
    FAILS(vjob_job_wait(job, 0), VJOB_ETIMEDOUT);
    vjob_job_wake(job);
    OK(vjob_job_wait(job, VJOB_FOREVER));
    vjob_obj_release(&job->obj);
    job = vjob_job_new(&told_kind, sizeof *job, "y"); /* woken from inside the end */
    vjob_job_end(job, VJOB_OK);
    OK(vjob_job_wait(job, 0));
    vjob_obj_release(&job->obj);
    OK(vjob_api_drop(VJOB_SPACE_VIX));
}

static void progress_is_told_when_it_grows(void **state)
{
    (void)state;
    told = progressed = 0;
    vjob_job *job = vjob_job_new(&told_kind, sizeof *job, "x");
    vjob__world_lock();
    vjob_job_report_world(job, 30);
    EQUAL(progressed, 30);
    progressed = 0;
    vjob_job_report_world(job, 20);
    EQUAL(progressed, 0);
    vjob__world_unlock();
    vjob_job_end(job, VJOB_OK);
    vjob_obj_release(&job->obj);
}

static void an_ended_name_is_dead_for_clients_and_alive_for_holders(void **state)
{
    (void)state;
    static const vjob_class cls = {.name = "thing", .space = VJOB_SPACE_VIX, .type = 8};
    vjob_obj *obj = vjob_obj_new(&cls, sizeof *obj), *found;
    vjob_handle h;
    OK(vjob_api_hold(VJOB_SPACE_VIX)); /* names of an API that has ended are dead from the start */
    OK(vjob_name_create(obj, &h));
    OK(vjob_name_hold(h));
    OK(vjob_space_addref(VJOB_SPACE_VIX, h));
    vjob_name_end(h);
    EQUAL(vjob_name_refs(h), 0);
    FAILS(vjob_pin(VJOB_SPACE_VIX, h, &found), VJOB_EBADHANDLE);
    FAILS(vjob_space_release(VJOB_SPACE_VIX, h), VJOB_EBADHANDLE);
    vjob_handle again;
    OK(vjob_name_give(obj, &again));
    EQUAL(again, h); /* the hold kept it */
    vjob_name_unhold(h);
    OK(vjob_space_release(VJOB_SPACE_VIX, h));
    vjob_name_end(h);
    vjob_name_end(0);
    OK(vjob_name_give(obj, &again));
    CHECK(again != h);
    OK(vjob_space_release(VJOB_SPACE_VIX, again));
    vjob_obj_release(obj);
    OK(vjob_api_drop(VJOB_SPACE_VIX));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        REAL(own_waits_do_not_wait_to_be_woken),
        REAL(progress_is_told_when_it_grows),
        REAL(an_ended_name_is_dead_for_clients_and_alive_for_holders),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
