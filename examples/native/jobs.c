/*
 * The engine without any vendor's API: jobs of the program's own kinds, objects behind handles, events.
 *
 * A "download" is simulated work: an entry in the scheduler, no thread, any number at once. A "checksum" is a
 * body that blocks: a thread of the pool runs it. Both report to one source of events, both are waited for,
 * and cancelled, with the same calls.
 *
 *     pyvjob run jobs.c
 *     cc jobs.c $(pyvjob config --cflags --libs) && ./a.out
 */
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <vjob/vjob.h>

#define MS UINT64_C(1000000) /* nanoseconds */
#define FILES 1000

static void need(vjob_err err, const char *doing)
{
    if (!err) return;
    fprintf(stderr, "jobs: %s: %s: %s\n", doing, vjob_err_name(err), vjob_last_error()->text);
    exit(1);
}

/* ---- an object of our own: what all jobs of this program share ---- */

struct mirror {
    vjob_handle source; /* of events */
    uint64_t started_ns;
    char data[1 << 16];
};

static void mirror_destroy(void *body)
{
    struct mirror *mirror = body;
    vjob_release(mirror->source);
    free(mirror);
}

static const vjob_type mirror_type = {.name = "mirror", .number = 1, .destroy = mirror_destroy};

static vjob_handle mirror_create(void)
{
    vjob_handle handle;
    struct mirror *mirror = calloc(1, sizeof *mirror);
    if (!mirror) need(VJOB_ENOMEM, "a mirror");
    mirror->started_ns = vjob_clock_now();
    memset(mirror->data, 'x', sizeof mirror->data);
    need(vjob_source_create("mirror", &mirror->source), "a source of events");
    need(vjob_object_create(&mirror_type, mirror, &handle), "a mirror");
    return handle;
}

/* ---- jobs that are simulated ---- */

/* Called once, from a delivery thread; the job has ended and is lent to us. */
static void downloaded(vjob_handle job, void *user_data)
{
    struct mirror *mirror = user_data;
    vjob_job_info info;
    need(vjob_job_look(job, &info), "a job");
    vjob_event event = {.what = info.operation, .object = info.object, .progress = info.progress};
    event.state = info.state == VJOB_JOB_DONE        ? "done"
                  : info.state == VJOB_JOB_CANCELLED ? "cancelled"
                                                     : "failed";
    event.value = (info.ended_ns - mirror->started_ns) / MS;
    need(vjob_source_post(mirror->source, &event), "an event");
}

static void download(struct mirror *mirror, const char *file, uint64_t duration_ms, vjob_handle *out_job)
{
    const vjob_job_spec spec = {.operation = "download",
                                .object = file,
                                .duration_ns = duration_ms * MS,
                                .done = downloaded,
                                .user_data = mirror};
    need(vjob_job_start(&spec, out_job), "a download");
}

/* ---- a job that blocks ---- */

static vjob_err checksum(vjob_handle job, void *user_data)
{
    vjob_handle handle = *(vjob_handle *)user_data;
    struct mirror *mirror;
    uint32_t sum = 0;
    /* The object stays alive while we use it, whoever releases its handle. */
    vjob_err err = vjob_object_use(handle, &mirror_type, (void **)&mirror);
    if (err) return err;
    for (size_t i = 0; i < sizeof mirror->data; i++) {
        if (i % 4096 == 0) {
            if (vjob_job_is_cancelled(job)) break;
            vjob_job_report(job, (uint32_t)(100 * i / sizeof mirror->data));
            vjob_sleep(10 * MS); /* the engine's clock, so `auto` need not wait */
        }
        sum = sum * 31 + (unsigned char)mirror->data[i];
    }
    vjob_object_done(handle);
    uint32_t *result = malloc(sizeof *result);
    if (!result) return VJOB_ENOMEM;
    *result = sum;
    return vjob_job_is_cancelled(job) ? (free(result), VJOB_ECANCELLED)
                                      : vjob_job_set_result(job, result, free);
}

/* ---- events ---- */

static void on_event(const vjob_event *event, void *user_data)
{
    atomic_int *count = user_data;
    printf("%4" PRIu64 " ms  %s %s: %s\n", event->value, event->what, event->object, event->state);
    ++*count; /* main reads it meanwhile */
}

/* ---- the program ---- */

static void few(vjob_handle handle, struct mirror *mirror)
{
    vjob_handle jobs[3], sum;
    size_t first;
    vjob_job_info info;
    uint32_t *result;

    download(mirror, "kernel", 300, &jobs[0]);
    download(mirror, "manual", 100, &jobs[1]);
    download(mirror, "music", 60 * 1000, &jobs[2]);
    vjob_job_spec spec = {.operation = "checksum", .body = checksum, .user_data = &handle};
    need(vjob_job_start(&spec, &sum), "a checksum");

    need(vjob_wait_any(jobs, 3, VJOB_FOREVER, &first), "the first of three");
    need(vjob_job_look(jobs[first], &info), "a job");
    printf("first is %s\n", info.object);
    need(vjob_job_cancel(jobs[2]), "cancel");
    need(vjob_wait_all(jobs, 3, VJOB_FOREVER), "all of three");
    need(vjob_wait(sum, VJOB_FOREVER), "the checksum");
    need(vjob_job_result(sum, (void **)&result), "the checksum");
    printf("checksum is %08" PRIx32 "\n", *result);
    for (int i = 0; i < 3; i++) vjob_release(jobs[i]);
    vjob_release(sum);
}

/* A thousand jobs of one kind: a thousand entries, and still the same few threads. */
static void many(void)
{
    static vjob_handle jobs[FILES];
    const vjob_job_spec spec = {.operation = "download", .duration_ns = 500 * MS};
    uint64_t before = vjob_clock_now();
    need(vjob_job_start_many(&spec, FILES, jobs), "many downloads");
    need(vjob_wait_all(jobs, FILES, VJOB_FOREVER), "many downloads");
    printf("%d downloads of 500 ms took %s\n", FILES,
           vjob_clock_now() - before < 5000 * MS ? "less than 5 s" : "long");
    for (int i = 0; i < FILES; i++) vjob_release(jobs[i]);
}

int main(void)
{
    atomic_int events = 0;
    struct mirror *mirror;
    need(vjob_init(), "start");
    vjob_handle handle = mirror_create();
    need(vjob_object_use(handle, &mirror_type, (void **)&mirror), "the mirror");
    need(vjob_handler_add(mirror->source, on_event, &events, NULL), "a handler");

    few(handle, mirror);
    many();

    while (events < 3) need(vjob_sleep(10 * MS), "sleep"); /* the last event may still be on its way */
    need(vjob_handler_remove(mirror->source, on_event, &events), "the handler");
    vjob_object_done(handle);
    vjob_release(handle);
    printf("%d events, %zu handles left\n", events, vjob_leaks(VJOB_SPACE_NONE, NULL, 0));
    need(vjob_deinit(), "stop");
    return 0;
}
