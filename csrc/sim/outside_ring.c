/* outside_ring.c - the program hook of languages that cannot be called on any thread: requests and answers. */
#include <stdlib.h>
#include <string.h>

#include "outside.h"

typedef struct request {
    vjob_job job;                /* first: counted; ends when it is answered */
    const vjob_program *program; /* obj lock; NULL: nobody waits for the answer any more */
    vjob_program_end end;        /* obj lock */
    int mine;                    /* obj lock */
} request;

static void destroy(vjob_obj *obj)
{
    free(((request *)(void *)obj)->end.out);
}

static const vjob_job_kind request_kind = {
    .cls = {.name = "program request", .space = VJOB_SPACE_NATIVE, .destroy = destroy},
};

/* Named, but not owed: no leak of the client's. */
static vjob_handle name_of(request *r)
{
    vjob_handle h = 0;
    if (vjob_name_create(&r->job.obj, &h)) return 0;
    const vjob_err err = vjob_name_hold(h);
    vjob_space_release(VJOB_SPACE_NATIVE, h);
    return err ? 0 : h;
}

int vjob_program_ring_hook(const vjob_program *program, vjob_program_end *out_end, void *tap)
{
    request *r = (request *)(void *)vjob_job_new(&request_kind, sizeof *r, "program request");
    if (!r) return 0;
    r->program = program;
    const vjob_handle h = name_of(r);
    if (!h || vjob_tap_post(tap, 0, (int64_t)h, 0))
        vjob_job_end(&r->job, VJOB_ECLOSED);
    else
        (void)vjob_job_wait(&r->job, VJOB_FOREVER); /* closed: it is not answered */
    vjob_obj_lock(&r->job.obj);
    r->program = NULL;
    const int mine = r->mine;
    *out_end = r->end;
    r->end.out = NULL;
    vjob_obj_unlock(&r->job.obj);
    vjob_job_end(&r->job, VJOB_ECLOSED);
    if (h) vjob_name_unhold(h);
    vjob_obj_release(&r->job.obj);
    return mine;
}

static request *pin(int64_t number)
{
    vjob_obj *obj = NULL;
    if (vjob_pin_held(VJOB_SPACE_NATIVE, (vjob_handle)number, &obj)) return NULL;
    if (obj->cls == &request_kind.cls) return (request *)(void *)obj;
    vjob_unpin((vjob_handle)number);
    return NULL;
}

const vjob_program *vjob_program_request(int64_t number)
{
    request *r = pin(number);
    if (!r) return NULL;
    vjob_obj_lock(&r->job.obj);
    const vjob_program *program = r->program;
    vjob_obj_unlock(&r->job.obj);
    vjob_unpin((vjob_handle)number);
    return program;
}

vjob_err vjob_program_answer(int64_t number, int mine, int32_t exit_code, uint64_t duration_ns,
                             const char *out, size_t out_size)
{
    request *r = pin(number);
    if (!r) return vjob_fail(VJOB_EBADHANDLE, NULL, NULL, "there is no such request");
    char *copy = mine && out_size ? malloc(out_size) : NULL;
    const vjob_err err = mine && out_size && !copy ? VJOB_ENOMEM : VJOB_OK;
    if (copy) memcpy(copy, out, out_size);
    vjob_obj_lock(&r->job.obj);
    if (r->program) {
        char *old = r->end.out;
        r->end = (vjob_program_end){
            .exit_code = exit_code, .duration_ns = duration_ns, .out = copy, .out_size = out_size};
        r->mine = mine && !err;
        copy = old;
    }
    vjob_obj_unlock(&r->job.obj);
    free(copy);
    vjob_job_end(&r->job, VJOB_OK);
    vjob_unpin((vjob_handle)number);
    return err ? vjob_fail(err, NULL, NULL, "no memory for what a program writes") : VJOB_OK;
}
