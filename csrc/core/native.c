/*
 * native.c - vjob.h for programs without a vendor's API: objects of their own, jobs of their own.
 *
 * A native job is a vjob_job plus a pointer to its spec, which start_many shares. What a running job
 * does not need yet is kept where it is not needed any more: the step counter in `err`, a body's result
 * in the timer's links (a job with a body has no timer).
 */
#include "core.h"

#include <stdlib.h>
#include <string.h>

/* ---- objects ---- */

typedef struct own_object {
    vjob_obj obj;
    const vjob_type *type;
    void *body;
} own_object;

static void destroy_own(vjob_obj *obj)
{
    own_object *o = (own_object *)(void *)obj;
    if (o->type->destroy) o->type->destroy(o->body);
}

static void describe_own(vjob_obj *obj, char *out, size_t cap)
{
    strncpy(out, ((own_object *)(void *)obj)->type->name, cap - 1);
    out[cap - 1] = 0;
}

static const vjob_class own_class = {"object", VJOB_SPACE_NATIVE, 2, destroy_own, describe_own};

vjob_err vjob_object_create(const vjob_type *type, void *body, vjob_handle *out)
{
    *out = 0;
    if (!type || !type->name) return vjob_fail(VJOB_EINVAL, NULL, NULL, "vjob_object_create: the type has no name");
    vjob_err err = vjob_enter(VJOB_SPACE_NATIVE);
    if (err) return err;
    own_object *o = (own_object *)(void *)vjob_obj_new(&own_class, sizeof *o);
    if (!o) return vjob_fail(VJOB_ENOMEM, type->name, NULL, "no memory for an object");
    o->type = type;
    o->body = body;
    err = vjob_name_create(&o->obj, out);
    if (err)
        free(o); /* the body stays the caller's */
    else
        vjob_obj_release(&o->obj);
    return err;
}

vjob_err vjob_object_use(vjob_handle h, const vjob_type *type, void **out_body)
{
    vjob_obj *obj;
    *out_body = NULL;
    vjob_err err = vjob_enter(VJOB_SPACE_NATIVE);
    if (err) return err;
    err = vjob_pin(VJOB_SPACE_NATIVE, h, &obj);
    if (!err && (obj->cls != &own_class || ((own_object *)(void *)obj)->type != type)) {
        vjob_unpin(h);
        err = VJOB_ETYPE;
    }
    if (err) return vjob__fail_handle(h, err);
    *out_body = ((own_object *)(void *)obj)->body;
    return VJOB_OK;
}

void vjob_object_done(vjob_handle h)
{
    vjob_unpin(h);
}

/* ---- user code that must not run where it was asked for ---- */

typedef struct later {
    pool_task task;
    void (*fn)(void *);
    void *arg;
} later;

static void run_later(pool_task *task)
{
    later *l = (later *)(void *)task;
    vjob__callback_enter();
    l->fn(l->arg);
    vjob__callback_leave();
    free(l);
}

static void call_later(void (*fn)(void *), void *arg)
{
    later *l = malloc(sizeof *l);
    if (l) *l = (later){{NULL, run_later}, fn, arg};
    if (!l || vjob__pool_deliver(&l->task)) { /* better here than never */
        free(l);
        fn(arg);
    }
}

/* ---- jobs ---- */

typedef struct shared_spec {
    uint32_t refs;   /* atomic: jobs that exist */
    uint32_t users;  /* atomic: jobs whose user code has not run to its end */
    vjob_job_spec spec;
    char *object;
    char operation[48];
} shared_spec;

typedef struct native_job {
    vjob_job job;
    shared_spec *shared;
} native_job;

static shared_spec *spec_of(const vjob_job *job)
{
    return ((const native_job *)(const void *)job)->shared;
}

static void spec_release(shared_spec *s, uint32_t n)
{
    if (__atomic_fetch_sub(&s->refs, n, __ATOMIC_ACQ_REL) != n) return;
    free(s->object);
    free(s);
}

static void user_code_over(shared_spec *s)
{
    if (__atomic_fetch_sub(&s->users, 1, __ATOMIC_ACQ_REL) == 1 && s->spec.free_user_data)
        s->spec.free_user_data(s->spec.user_data);
}

static void destroy_job(vjob_obj *obj)
{
    vjob_job *job = (vjob_job *)(void *)obj;
    void *result = job->timer.link[0];
    void (*free_result)(void *) = (void (*)(void *))(uintptr_t)job->timer.link[1];
    if (spec_of(job)->spec.body && free_result) call_later(free_result, result);
    spec_release(spec_of(job), 1);
}

static void describe_job(vjob_obj *obj, char *out, size_t cap)
{
    const char *object = spec_of((vjob_job *)(void *)obj)->object;
    strncpy(out, object ? object : "", cap - 1);
    out[cap - 1] = 0;
}

static const char *const state_names[] = {"running", "done", "failed", "cancelled"};

static void log_job(const vjob_job *job, int progress)
{
    uint32_t state = __atomic_load_n(&job->state, __ATOMIC_RELAXED) & JOB_STATE_MASK;
    vjob__log(job->operation, spec_of(job)->object, state_names[state], progress);
}

static void after_job(void *arg)
{
    vjob_job *job = arg;
    shared_spec *s = spec_of(job);
    if (s->spec.done) {
        s->spec.done(job->obj.name, s->spec.user_data);
        vjob_space_release(VJOB_SPACE_NATIVE, job->obj.name);
    }
    user_code_over(s);
    vjob_obj_release(&job->obj);
}

static void job_ended(vjob_job *job)
{
    shared_spec *s = spec_of(job);
    log_job(job, (int)vjob_job_get_progress(job));
    if (!s->spec.done && !s->spec.free_user_data) return;
    if (s->spec.done) vjob_name_grant(job->obj.name); /* the callback may use it although the client freed it */
    vjob_obj_retain(&job->obj);
    call_later(after_job, job);
}

static const vjob_job_kind native_kind = {
    .cls = {"job", VJOB_SPACE_NATIVE, 3, destroy_job, describe_job},
    .ended = job_ended,
};

static vjob_err run_body(vjob_job *job, void *data)
{
    (void)data;
    const vjob_job_spec *spec = &spec_of(job)->spec;
    return spec->body(job->obj.name, spec->user_data);
}

/* A timed job with progress reports: the timer fires once a step. */
static void step(vjob_timer *t)
{
    vjob_job *job = (vjob_job *)(void *)((char *)t - offsetof(vjob_job, timer));
    const vjob_job_spec *spec = &spec_of(job)->spec;
    uint64_t n = spec->progress_steps ? spec->progress_steps : 1, done = ++job->err;
    if (done >= n) {
        vjob_job_end_world(job, VJOB_OK);
        return;
    }
    vjob_job_report_world(job, (uint32_t)(100 * done / n));
    log_job(job, (int)vjob_job_get_progress(job));
    uint64_t next = spec->duration_ns / n * (done + 1) + spec->duration_ns % n * (done + 1) / n;
    vjob__timer_set(t, job->started_ns + next);
}

static shared_spec *share(const vjob_job_spec *spec, size_t n)
{
    shared_spec *s = calloc(1, sizeof *s);
    if (!s || (spec->object && !(s->object = strdup(spec->object)))) {
        free(s);
        return NULL;
    }
    s->spec = *spec;
    s->refs = s->users = (uint32_t)n;
    strncpy(s->operation, spec->operation ? spec->operation : "job", sizeof s->operation - 1);
    return s;
}

static vjob_err make_job(shared_spec *s, vjob_handle *out)
{
    vjob_job *job = vjob_job_new(&native_kind, sizeof(native_job), s->operation);
    if (!job) return VJOB_ENOMEM;
    ((native_job *)(void *)job)->shared = s;
    vjob_err err = vjob_name_create(&job->obj, out);
    if (err) {
        __atomic_fetch_add(&s->refs, 1, __ATOMIC_RELAXED); /* the destroy hook takes one; the caller counts its own */
        vjob_obj_release(&job->obj);
    }
    return err; /* else the reference from vjob_job_new is the starter's */
}

static vjob_err launch(vjob_job *job, uint64_t now)
{
    const vjob_job_spec *spec = &spec_of(job)->spec;
    if (spec->body) return vjob_job_run(job, run_body, NULL);
    if (!spec->progress_steps) return vjob_job_end_later(job, spec->duration_ns, VJOB_OK);
    uint64_t first = spec->duration_ns / spec->progress_steps;
    vjob__job_begin(job);
    job->timer.fire = step;
    vjob__sched_submit(&job->timer, now + first);
    return VJOB_OK;
}

static void abandon(vjob_handle h, vjob_err err)
{
    vjob_obj *obj;
    if (vjob_pin(VJOB_SPACE_NATIVE, h, &obj)) return;
    vjob_job_end((vjob_job *)(void *)obj, err);
    vjob_obj_release(obj); /* the starter's */
    vjob_unpin(h);
    vjob_space_release(VJOB_SPACE_NATIVE, h);
}

static vjob_err check_spec(const vjob_job_spec *spec, size_t n, const vjob_handle *out)
{
    if (!spec || !out || !n || n > UINT32_MAX)
        return vjob_fail(VJOB_EINVAL, NULL, NULL, "to start jobs, say what (spec), how many (1 or more) and where to put the handles");
    if (!spec->body && spec->progress_steps > UINT16_MAX)
        return vjob_fail(VJOB_EINVAL, spec->operation, NULL, "progress_steps is %u; at most %u are possible", spec->progress_steps, UINT16_MAX);
    return vjob_enter(VJOB_SPACE_NATIVE);
}

static void log_starts(const vjob_handle *handles, size_t n)
{
    if (!vjob__log_is_open()) return;
    vjob__world_lock();
    for (size_t i = 0; i < n; i++) {
        vjob_obj *obj;
        if (vjob_pin(VJOB_SPACE_NATIVE, handles[i], &obj)) continue;
        log_job((vjob_job *)(void *)obj, 0);
        vjob_unpin(handles[i]);
    }
    vjob__world_unlock();
}

vjob_err vjob_job_start_many(const vjob_job_spec *spec, size_t n, vjob_handle *out)
{
    vjob_err err = check_spec(spec, n, out);
    if (err) return err;
    shared_spec *s = share(spec, n);
    if (!s) return vjob_fail(VJOB_ENOMEM, spec->operation, NULL, "no memory for %zu jobs", n);
    size_t made = 0;
    while (made < n && !(err = make_job(s, &out[made]))) made++;
    if (err) { /* all or none: nothing has been started; nobody's user code runs */
        s->spec.done = NULL;
        s->spec.free_user_data = NULL;
        for (size_t i = 0; i < made; i++) {
            abandon(out[i], VJOB_ENOMEM);
            out[i] = 0;
        }
        spec_release(s, (uint32_t)(n - made));
        return err;
    }
    log_starts(out, n);
    uint64_t now = vjob_clock_now();
    for (size_t i = 0; i < n; i++) {
        vjob_obj *obj;
        if (vjob_pin(VJOB_SPACE_NATIVE, out[i], &obj)) continue; /* the API was ended meanwhile */
        vjob_err one = launch((vjob_job *)(void *)obj, now);
        if (one) vjob_job_end((vjob_job *)(void *)obj, err = one);
        vjob_obj_release(obj);
        vjob_unpin(out[i]);
    }
    return VJOB_OK;
}

vjob_err vjob_job_start(const vjob_job_spec *spec, vjob_handle *out)
{
    if (out) *out = 0;
    return vjob_job_start_many(spec, 1, out);
}

/* ---- looking and reporting ---- */

static vjob_err find_job(vjob_handle h, vjob_job **out)
{
    vjob_obj *obj;
    vjob_err err = vjob_enter_free();
    if (!err) err = vjob__pin_any(h, &obj);
    if (!err && !(*out = vjob_obj_as_job(obj))) {
        vjob_unpin(h);
        err = VJOB_ETYPE;
    }
    return err ? vjob__fail_handle(h, err) : VJOB_OK;
}

vjob_err vjob_job_look(vjob_handle h, vjob_job_info *out)
{
    vjob_job *job;
    if (!out) return vjob_fail(VJOB_EINVAL, NULL, NULL, "vjob_job_look: out_info is missing");
    memset(out, 0, sizeof *out);
    vjob_err err = find_job(h, &job);
    if (err) return err;
    out->state = vjob_job_get_state(job);
    out->err = vjob_job_get_err(job);
    out->progress = vjob_job_get_progress(job);
    out->started_ns = job->started_ns;
    out->ended_ns = out->state == VJOB_JOB_RUNNING ? 0 : job->timer.due_ns;
    strncpy(out->operation, job->operation, sizeof out->operation - 1);
    if (job->obj.cls->describe) job->obj.cls->describe(&job->obj, out->object, sizeof out->object);
    vjob_unpin(h);
    return VJOB_OK;
}

vjob_err vjob_job_cancel(vjob_handle h)
{
    vjob_job *job;
    vjob_err err = find_job(h, &job);
    if (err) return err;
    err = vjob_job_ask_cancel(job);
    vjob_unpin(h);
    return err;
}

int vjob_job_is_cancelled(vjob_handle h)
{
    vjob_job *job;
    if (__atomic_load_n(&vjob__stopping, __ATOMIC_RELAXED)) return 1;
    if (find_job(h, &job)) return 1; /* its API was ended */
    int asked = (__atomic_load_n(&job->state, __ATOMIC_ACQUIRE) & JOB_CANCEL_ASKED) != 0;
    vjob_unpin(h);
    return asked;
}

vjob_err vjob_job_report(vjob_handle h, uint32_t percent)
{
    vjob_job *job;
    vjob_err err = find_job(h, &job);
    if (err) return err;
    vjob_job_report_world(job, percent); /* atomic: needs no lock */
    vjob_unpin(h);
    return VJOB_OK;
}

static vjob_err find_body_job(vjob_handle h, vjob_job **out)
{
    vjob_err err = find_job(h, out);
    if (err) return err;
    if ((*out)->obj.cls == &native_kind.cls && spec_of(*out)->spec.body) return VJOB_OK;
    vjob_unpin(h);
    return vjob_fail(VJOB_ETYPE, (*out)->operation, NULL, "only a job with a body has a result of its own");
}

vjob_err vjob_job_set_result(vjob_handle h, void *result, void (*free_result)(void *))
{
    vjob_job *job;
    vjob_err err = find_body_job(h, &job);
    if (err) return err;
    vjob__world_lock();
    if (vjob_job_get_state(job) != VJOB_JOB_RUNNING || job->timer.link[1] || job->timer.link[0])
        err = VJOB_EDONE;
    else {
        job->timer.link[0] = result;
        job->timer.link[1] = (vjob_timer *)(uintptr_t)free_result;
    }
    vjob__world_unlock();
    vjob_unpin(h);
    return err ? vjob_fail(err, NULL, NULL, "the job has a result already, or has ended") : VJOB_OK;
}

vjob_err vjob_job_result(vjob_handle h, void **out)
{
    vjob_job *job;
    *out = NULL;
    vjob_err err = find_body_job(h, &job);
    if (err) return err;
    if (vjob_job_get_state(job) == VJOB_JOB_RUNNING)
        err = vjob_fail(VJOB_EPENDING, job->operation, "running", "the job \"%s\" has not ended yet", job->operation);
    else
        *out = job->timer.link[0];
    vjob_unpin(h);
    return err;
}
