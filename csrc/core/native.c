/*
 * native.c - vjob.h for programs without a vendor's API: how their jobs start and end.
 *
 * A million native jobs may be in flight, so they are small: a vjob_job whose operation points into a shared recipe.
 * Jobs that call user code bring along all that needs, so that no call is lost for want of memory.
 * What a running job does not need yet is kept where nothing else is: the step counter in `err`, a
 * body's result in the timer's links (a job with a body has no timer).
 */
#include "core.h"

#include <stdlib.h>
#include <string.h>

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
    if (!l) {
        fn(arg); /* better here than never */
        return;
    }
    *l = (later){{NULL, run_later}, fn, arg};
    vjob__pool_deliver(&l->task);
}

/* ---- jobs ---- */

/* What jobs of one kind have in common: counted, shared by start_many, and by single starts in a row
 * that ask for the same (each thread remembers its last recipe). */
typedef struct recipe {
    uint32_t refs;      /* atomic: jobs that exist, threads that remember it, and their credit */
    uint32_t users;     /* atomic: jobs whose user code has not run to its end; only with free_user_data */
    uint32_t era;       /* immutable: the life of the API that it belongs to */
    vjob_job_spec spec; /* user_data: for free_user_data only */
    char *object;
    int unnamed; /* the operation is the one of jobs that say none */
    char operation[];
} recipe;

/* A job with a done callback, a body, or data to be freed. */
typedef struct calling_job {
    vjob_job job;
    void *user_data;
    pool_task after;   /* what is to be called after the end */
    vjob__body body[]; /* one, in jobs that have a body */
} calling_job;

#define CREDIT 256 /* references taken at once */
#define CREDIT_MOST (1u << 20)

static uint32_t era;    /* atomic: number of ends of the native API */
static uint32_t closed; /* atomic: jobs of earlier eras call nobody any more */

void vjob__native_end(void)
{
    __atomic_fetch_add(&era, 1, __ATOMIC_SEQ_CST);
}

void vjob__native_close(void)
{
    __atomic_store_n(&closed, era, __ATOMIC_SEQ_CST);
}

static recipe *recipe_of(const vjob_job *job)
{
    return (recipe *)((uintptr_t)job->operation - offsetof(recipe, operation));
}

static const vjob_job_spec *spec_of(const vjob_job *job)
{
    return &recipe_of(job)->spec;
}

/* Has its API not ended since? */
static int is_current(const recipe *r)
{
    return r->era == __atomic_load_n(&era, __ATOMIC_SEQ_CST);
}

static void recipe_release(recipe *r, uint32_t n)
{
    if (__atomic_fetch_sub(&r->refs, n, __ATOMIC_ACQ_REL) != n) return;
    free(r->object);
    free(r);
}

void vjob__native_forget(vjob__thread *t)
{
    recipe *r = t->last_recipe;
    uint32_t credit = t->recipe_credit;
    t->last_recipe = NULL;
    t->recipe_credit = 0;
    if (r) recipe_release(r, 1 + credit);
}

/* A job gives its reference back: mostly to the thread that started it, which has use for it. */
static void recipe_drop(recipe *r)
{
    vjob__thread *t = vjob__self;
    if (t && t->last_recipe == r && t->recipe_credit < CREDIT_MOST)
        t->recipe_credit++;
    else
        recipe_release(r, 1);
}

static void user_code_over(vjob_job *job)
{
    recipe *r = recipe_of(job);
    if (r->spec.free_user_data && __atomic_fetch_sub(&r->users, 1, __ATOMIC_ACQ_REL) == 1)
        r->spec.free_user_data(r->spec.user_data);
}

static void destroy_job(vjob_obj *obj)
{
    vjob_job *job = (vjob_job *)(void *)obj;
    void (*free_result)(void *) = (void (*)(void *))(uintptr_t)job->timer.link[1];
    if (spec_of(job)->body && free_result) call_later(free_result, job->timer.link[0]);
    recipe_drop(recipe_of(job));
}

static void describe_job(vjob_obj *obj, char *out, size_t cap)
{
    const char *object = recipe_of((vjob_job *)(void *)obj)->object;
    strncpy(out, object ? object : "", cap - 1);
    out[cap - 1] = 0;
}

static const char *const state_names[] = {"running", "done", "failed", "cancelled"};

static void log_job(const vjob_job *job)
{
    if (likely(!vjob__log_is_open())) return;
    uint32_t state = __atomic_load_n(&job->state, __ATOMIC_RELAXED) & JOB_STATE_MASK;
    vjob__log(job->operation, recipe_of(job)->object, state_names[state], (int)vjob_job_get_progress(job));
}

static void call_done(vjob_job *job, void *user_data)
{
    int granted =
        !vjob_name_grant(job->obj.name); /* the callback may use it although the client has freed it */
    spec_of(job)->done(job->obj.name, user_data);
    if (granted) vjob_space_release(VJOB_SPACE_NATIVE, job->obj.name);
}

static void after_job(pool_task *task)
{
    calling_job *c = (calling_job *)(void *)((char *)task - offsetof(calling_job, after));
    vjob_job *job = &c->job;
    const recipe *r = recipe_of(job);
    int told = (__atomic_load_n(&job->state, __ATOMIC_ACQUIRE) & JOB_TOLD) != 0;
    vjob__callback_enter();
    vjob__serve_begin(VJOB_SPACE_NATIVE, "a job's done callback");
    if (told) vjob__serve_promise(VJOB_SPACE_NATIVE, -1);
    if (told && r->spec.done && r->era >= __atomic_load_n(&closed, __ATOMIC_SEQ_CST))
        call_done(job, c->user_data);
    user_code_over(job);
    vjob__serve_end();
    vjob__callback_leave();
    if (told) vjob_name_unhold(job->obj.name);
    vjob_obj_release(&job->obj);
}

/* Jobs that end after their API tell nobody; only what they were given is freed. */
static void calling_job_ended(vjob_job *job)
{
    log_job(job);
    if (is_current(recipe_of(job)) && !vjob_name_hold(job->obj.name)) {
        __atomic_fetch_or(&job->state, JOB_TOLD, __ATOMIC_RELEASE);
        vjob__serve_promise(VJOB_SPACE_NATIVE, 1);
    }
    vjob_obj_retain(&job->obj);
    vjob__pool_deliver(&((calling_job *)(void *)job)->after);
}

static void plain_job_ended(vjob_job *job)
{
    log_job(job);
}

#define NATIVE_CLASS                                                                                         \
    {                                                                                                        \
        "job", VJOB_SPACE_NATIVE, 3, destroy_job, describe_job                                               \
    }
static const vjob_job_kind plain_kind = {.cls = NATIVE_CLASS, .ended = plain_job_ended};
static const vjob_job_kind calling_kind = {.cls = NATIVE_CLASS, .ended = calling_job_ended};
static const vjob_job_kind silent_kind = {.cls = NATIVE_CLASS};

int vjob__native_has_body(const vjob_job *job)
{
    return job->obj.cls->destroy == destroy_job && spec_of(job)->body;
}

static vjob_err run_body(vjob_job *job, void *data)
{
    const recipe *r = recipe_of(job);
    return is_current(r) ? r->spec.body(job->obj.name, data) : VJOB_ECANCELLED;
}

/* A timed job with progress reports: the timer fires once a step. */
void vjob__native_step(vjob_timer *t)
{
    vjob_job *job = (vjob_job *)(void *)((char *)t - offsetof(vjob_job, timer));
    const vjob_job_spec *spec = spec_of(job);
    uint64_t n = spec->progress_steps, done = ++job->err;
    if (done >= n) {
        vjob_job_end_world(job, VJOB_OK);
        return;
    }
    vjob_job_report_world(job, (uint32_t)(100 * done / n));
    log_job(job);
    uint64_t next = spec->duration_ns / n * (done + 1) + spec->duration_ns % n * (done + 1) / n;
    vjob__timer_set(t, job->started_ns + next);
}

/* ---- starting ---- */

static recipe *recipe_new(const vjob_job_spec *spec)
{
    const char *operation = spec->operation ? spec->operation : "job";
    recipe *r = calloc(1, sizeof *r + strlen(operation) + 1);
    if (!r || (spec->object && !(r->object = strdup(spec->object)))) {
        free(r);
        return NULL;
    }
    strcpy(r->operation, operation);
    r->spec = *spec;
    r->spec.operation = r->operation;
    r->unnamed = !spec->operation;
    r->spec.object = NULL;
    r->refs = 1;
    r->era = __atomic_load_n(&era, __ATOMIC_SEQ_CST);
    return r;
}

static int same_recipe(const recipe *r, const vjob_job_spec *s)
{
    return r && is_current(r) && r->spec.progress_steps == s->progress_steps &&
           (!s->progress_steps || r->spec.duration_ns == s->duration_ns) && r->spec.body == s->body &&
           r->spec.done == s->done && (s->operation ? !strcmp(r->operation, s->operation) : r->unnamed);
}

/* A recipe that this thread's next starts can share; jobs carry their own user data. One reference. */
static recipe *recipe_shared(const vjob_job_spec *spec)
{
    vjob__thread *t = vjob__thread_self();
    if (!t) return NULL;
    if (!same_recipe(t->last_recipe, spec)) {
        recipe *r = recipe_new(spec);
        if (!r) return NULL;
        r->spec.user_data = NULL;
        vjob__native_forget(t);
        t->last_recipe = r;
    }
    recipe *r = t->last_recipe;
    if (!t->recipe_credit) {
        __atomic_fetch_add(&r->refs, CREDIT, __ATOMIC_RELAXED);
        t->recipe_credit = CREDIT;
    }
    t->recipe_credit--;
    return r;
}

/* Takes one reference of the recipe, if it succeeds. The job is as if it ran already: the engine has its hold on the
 * name, given up when it ends. Only a body's start needs a reference of its own. */
static vjob_job *make_job(recipe *r, void *user_data, uint64_t now_ns, vjob_handle *out)
{
    const vjob_job_spec *s = &r->spec;
    int calls = s->body || s->done || s->free_user_data;
    size_t size = !calls ? sizeof(vjob_job) : sizeof(calling_job) + (s->body ? sizeof(vjob__body) : 0);
    vjob_job *job = vjob__job_new_at(s->done || s->free_user_data ? &calling_kind : &plain_kind, size,
                                     r->operation, now_ns);
    if (!job) return NULL;
    if (calls) {
        ((calling_job *)(void *)job)->user_data = user_data;
        ((calling_job *)(void *)job)->after.run = after_job;
    }
    job->state = JOB_NAMEHOLD;
    job->obj.refs = s->body ? 2 : 1; /* the name's, the starter's */
    if (!vjob__name_create_owned(&job->obj, 1, out)) return job;
    vjob__obj_discard(&job->obj);
    return NULL;
}

/* After this the job is its client's and the engine's only. */
static void starter_done(vjob_job *job, int has_body)
{
    if (has_body) vjob_obj_release(&job->obj);
}

static vjob_err launch(vjob_job *job, uint64_t duration_ns)
{
    const vjob_job_spec *spec = spec_of(job);
    if (unlikely(vjob__log_is_open())) {
        vjob__world_lock();
        log_job(job);
        vjob__world_unlock();
    }
    if (spec->body) {
        calling_job *c = (calling_job *)(void *)job;
        return vjob__job_run_in(c->body, job, run_body, c->user_data);
    }
    if (!spec->progress_steps) {
        vjob__job_end_after(job, job->started_ns, duration_ns, VJOB_OK);
        return VJOB_OK;
    }
    vjob__job_begin(job);
    job->timer.fire = vjob__native_step;
    vjob__sched_submit(&job->timer, job->started_ns + duration_ns / spec->progress_steps);
    return VJOB_OK;
}

/* A job that was made but is not to run: as if it had never been. */
static void unmake(vjob_job *job, vjob_handle name)
{
    job->obj.cls = &silent_kind.cls;
    int has_body = spec_of(job)->body != NULL;
    vjob_job_end(job, VJOB_ECANCELLED);
    vjob_space_release(VJOB_SPACE_NATIVE, name);
    if (has_body) vjob_obj_release(&job->obj);
}

static vjob_err check_spec(const vjob_job_spec *spec, size_t n, const vjob_handle *out)
{
    if (unlikely(!spec || !out || !n || n > UINT32_MAX))
        return vjob_fail(VJOB_EINVAL, NULL, NULL,
                         "to start jobs, say what (spec), how many (1 or more) and where to put the handles");
    if (unlikely(!spec->body && spec->progress_steps > UINT16_MAX))
        return vjob_fail(VJOB_EINVAL, spec->operation, NULL, "progress_steps is %u; at most %u are possible",
                         spec->progress_steps, UINT16_MAX);
    return vjob_enter(VJOB_SPACE_NATIVE);
}

static int only_timed(const vjob_job_spec *s)
{
    return !s->body && !s->progress_steps && !vjob__log_is_open();
}

/* A start of very many takes longer than the auto clock's patience with a silent thread. */
static void still_at_work(size_t done)
{
    if (done % 1024 == 0 && vjob__clock_mode() == CLOCK_AUTO) vjob__thread_touch(vjob__self);
}

static vjob_err start_of_recipe(recipe *r, size_t n, vjob_handle *out)
{
    vjob_job **jobs = n == 1 ? NULL : malloc(n * sizeof *jobs), *one;
    if (n == 1) jobs = &one;
    size_t made = 0;
    uint64_t now_ns = vjob_clock_now();
    while (jobs && made < n && (jobs[made] = make_job(r, r->spec.user_data, now_ns, &out[made])))
        still_at_work(++made);
    vjob_err err =
        made == n ? VJOB_OK : vjob_fail(VJOB_ENOMEM, r->operation, NULL, "no memory for %zu jobs", n);
    size_t launched = 0;
    int has_body = r->spec.body != NULL; /* with the last job running, the recipe may be gone */
    if (!err && only_timed(&r->spec)) {
        vjob__jobs_end_after(jobs, n, now_ns, r->spec.duration_ns);
        launched = n;
    }
    while (!err && launched < n && !(err = launch(jobs[launched], r->spec.duration_ns))) {
        starter_done(jobs[launched], has_body);
        still_at_work(++launched);
    }
    if (err && !launched) { /* nothing runs: nobody's user code is called */
        for (size_t i = 0; i < made; i++) {
            unmake(jobs[i], out[i]);
            out[i] = 0;
        }
    } else if (err) { /* too late for "none": the rest fails, as jobs do */
        for (size_t i = launched; i < n; i++) {
            vjob_job_end(jobs[i], err);
            starter_done(jobs[i], has_body);
        }
        err = VJOB_OK;
    }
    if (made < n) recipe_release(r, (uint32_t)(n - made));
    if (jobs != &one) free(jobs);
    return err;
}

vjob_err vjob_job_start_many(const vjob_job_spec *spec, size_t n, vjob_handle *out)
{
    vjob_err err = check_spec(spec, n, out);
    if (err) return err;
    recipe *r = recipe_new(spec);
    if (!r) return vjob_fail(VJOB_ENOMEM, spec->operation, NULL, "no memory for %zu jobs", n);
    r->users = (uint32_t)n;
    r->refs = (uint32_t)n;
    return start_of_recipe(r, n, out);
}

vjob_err vjob_job_start(const vjob_job_spec *spec, vjob_handle *out)
{
    if (out) *out = 0;
    if (!spec || spec->object || spec->free_user_data) return vjob_job_start_many(spec, 1, out);
    vjob_err err = check_spec(spec, 1, out);
    if (unlikely(err)) return err;
    recipe *r = recipe_shared(spec);
    vjob_job *job = r ? make_job(r, spec->user_data, vjob_clock_now(), out) : NULL;
    if (unlikely(!job)) {
        if (r) recipe_release(r, 1);
        return vjob_fail(VJOB_ENOMEM, spec->operation, NULL, "no memory for a job");
    }
    err = launch(job, spec->duration_ns);
    if (likely(!err)) {
        starter_done(job, spec->body != NULL);
        return VJOB_OK;
    }
    unmake(job, *out);
    *out = 0;
    return err;
}

/* ---- jobs that the client's own threads work on ---- */

static const vjob_job_kind open_kind = {.cls = NATIVE_CLASS, .ended = plain_job_ended};

vjob_err vjob_job_open(const vjob_job_spec *spec, vjob_handle *out)
{
    if (out) *out = 0;
    if (!spec || !out || spec->body || spec->done || spec->free_user_data)
        return vjob_fail(VJOB_EINVAL, NULL, NULL, "a job that is opened has no body and calls nobody");
    vjob_err err = vjob_enter(VJOB_SPACE_NATIVE);
    if (err) return err;
    recipe *r = recipe_new(spec);
    vjob_job *job = r ? vjob_job_new(&open_kind, sizeof(vjob_job), r->operation) : NULL;
    if (!job && r) recipe_release(r, 1);
    if (!job) return vjob_fail(VJOB_ENOMEM, spec->operation, NULL, "no memory for a job");
    err = vjob_name_create(&job->obj, out);
    if (!err) {
        vjob__job_begin(job);
        vjob__world_lock();
        log_job(job);
        vjob__world_unlock();
    }
    vjob_obj_release(&job->obj);
    return err;
}

vjob_err vjob_job_close(vjob_handle h, vjob_err outcome)
{
    vjob_obj *obj;
    vjob_err err = vjob_enter_free();
    if (!err) err = vjob_pin_held(VJOB_SPACE_NATIVE, h, &obj);
    if (err) return vjob__fail_handle(h, err);
    vjob_job *job = (vjob_job *)(void *)obj;
    if (obj->cls != &open_kind.cls)
        err = vjob__fail_handle(h, VJOB_ETYPE);
    else if (vjob_job_get_state(job) != VJOB_JOB_RUNNING)
        err = vjob_fail(VJOB_EDONE, job->operation, NULL, "the job \"%s\" has already ended", job->operation);
    else
        vjob_job_end(job, (unsigned)outcome < VJOB_ERR_COUNT ? outcome : VJOB_EFAILED);
    vjob_unpin(h);
    return err;
}
