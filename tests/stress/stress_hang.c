/*
 * stress_hang.c - user code that does not return: the end of an API waits five seconds of real time for it,
 * says so, and goes on without it (law 20). In a folder of its own since it takes that long.
 */
#include "core_test.h"

#include <unistd.h>

static tally in = TALLY, go = TALLY, out = TALLY;

static void hang(void)
{
    tally_add(&in);
    tally_wait(&go, 1);
    tally_add(&out);
}

static void hang_on_event(const vjob_event *event, void *data)
{
    (void)event, (void)data;
    hang();
}

static void hang_when_done(vjob_handle job, void *data)
{
    (void)job, (void)data;
    hang();
}

static vjob_err hang_in_body(vjob_handle job, void *data)
{
    (void)job, (void)data;
    hang();
    return VJOB_OK;
}

/* An event handler, a done callback and a body, all at once. */
static void hang_everything(void)
{
    vjob_handle source, job;
    vjob_event event = {.what = "x"};
    vjob_job_spec done = {.done = hang_when_done}, body = {.body = hang_in_body};
    OK(vjob_source_create("s", &source));
    OK(vjob_handler_add(source, hang_on_event, NULL, NULL));
    OK(vjob_source_post(source, &event));
    OK(vjob_job_start(&done, &job));
    OK(vjob_job_start(&body, &job));
    tally_wait(&in, 3);
}

static void use_again(void)
{
    vjob_handle job;
    vjob_job_spec spec = {0};
    OK(vjob_init());
    OK(vjob_job_start(&spec, &job));
    OK(vjob_wait(job, VJOB_FOREVER));
    OK(vjob_release(job));
}

static int end_of_the_engine(void)
{
    OK(vjob_init());
    hang_everything();
    uint64_t began = ct_now();
    OK(vjob_deinit());
    uint64_t took = ct_now() - began;
    CHECK(took >= 5 * S && took < 9 * S); /* five in all, not for each */
    use_again();                          /* while they hang */
    tally_add(&go);
    tally_wait(&out, 3); /* they end by themselves */
    OK(vjob_deinit());
    return 0;
}

static int end_of_one_api_of_two(void)
{
    OK(vjob_api_hold(VJOB_SPACE_PRL));
    OK(vjob_init());
    hang_everything();
    uint64_t began = ct_now();
    OK(vjob_deinit());
    uint64_t took = ct_now() - began;
    CHECK(took >= 5 * S && took < 9 * S);
    OK(vjob_enter(VJOB_SPACE_PRL));
    tally_add(&go);
    tally_wait(&out, 3);
    began = ct_now();
    OK(vjob_api_drop(VJOB_SPACE_PRL));
    CHECK(ct_now() - began < 4 * S); /* nothing hangs any more */
    return 0;
}

static int end_and_leave(void)
{
    OK(vjob_init());
    hang_everything();
    OK(vjob_deinit());
    return 0; /* with three threads that hang */
}

static int start_inside(void);

static const ct_role roles[] = {
    {"end_of_the_engine", end_of_the_engine},
    {"end_of_one_api_of_two", end_of_one_api_of_two},
    {"end_and_leave", end_and_leave},
    {"start_inside", start_inside},
};

static void start_on_event(const vjob_event *event, void *data)
{
    (void)event, (void)data;
    tally_add(&in);
    while (!vjob_enter(VJOB_SPACE_NATIVE)) {} /* until the API is being ended */
    OK(vjob_init());                          /* legal: ends up as one more start, after the end */
    tally_add(&out);
}

static int start_inside(void)
{
    vjob_handle source;
    vjob_event event = {.what = "x"};
    OK(vjob_init());
    OK(vjob_source_create("s", &source));
    OK(vjob_handler_add(source, start_on_event, NULL, NULL));
    OK(vjob_source_post(source, &event));
    tally_wait(&in, 1);
    OK(vjob_deinit());
    tally_wait(&out, 1);
    return vjob_enter(VJOB_SPACE_NATIVE) ? 1 : (int)vjob_deinit();
}

static ct_result results[COUNT(roles)];

static void run_role(void *arg, int number)
{
    (void)arg;
    results[number] = ct_child(roles[number].name, NULL);
}

static int lines_of(const char *text)
{
    int n = 0;
    for (; *text; text++) n += *text == '\n';
    return n;
}

int main(void)
{
    ct_become(roles, COUNT(roles));
    int failures = 0;
    ct_none(NULL);
    ct_threads(COUNT(roles), run_role, NULL);
    for (size_t i = 0; i < COUNT(roles); i++) {
        ct_result *r = &results[i];
        printf("%s: %d in %.1f s\n%s", roles[i].name, r->code, (double)r->took_ns / 1e9, r->err);
        /* every one that hangs is named, and nothing else */
        failures += r->code != 0 || lines_of(r->err) != (roles[i].run == start_inside ? 1 : 3);
        ct_result_free(r);
    }
    return failures != 0;
}
