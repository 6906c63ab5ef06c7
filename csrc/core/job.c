/*
 * job.c - jobs: they run, and end exactly once. DESIGN.md, "How a job ends", numbers the steps.
 *
 * The state word is written with atomic operations only: who sets JOB_SETTLING first decides how the
 * job ended; the state in its low byte is published once everything about the outcome is in place.
 */
#include "core.h"

#include <stdlib.h>
#include <string.h>

#define CHAIN 256u /* jobs that are handed to the scheduler at once */

static int ended(uint32_t state)
{
    return (state & JOB_STATE_MASK) != VJOB_JOB_RUNNING;
}

static uint32_t flags_of(const vjob_job *job)
{
    const uint32_t flags = __atomic_load_n(&job->state, __ATOMIC_ACQUIRE);
    if (ended(flags)) plat_tell_acquire((void *)(uintptr_t)&job->state);
    return flags;
}

static const vjob_job_kind *kind_of(const vjob_job *job)
{
    return (const vjob_job_kind *)(const void *)job->obj.cls;
}

vjob_job *vjob__job_new_at(const vjob_job_kind *kind, size_t size, const char *operation, uint64_t now_ns)
{
    vjob_job *job = (vjob_job *)vjob_obj_new(&kind->cls, size);
    if (!job) {
        vjob_fail(VJOB_ENOMEM, operation, NULL, "no memory for a job");
        return NULL;
    }
    job->obj.lock |= OBJ_IS_JOB;
    job->operation = operation ? operation : "job";
    job->started_ns = now_ns;
    return job;
}

vjob_job *vjob_job_new(const vjob_job_kind *kind, size_t size, const char *operation)
{
    return vjob__job_new_at(kind, size, operation, vjob__world_held() ? vjob__world_now() : vjob_clock_now());
}

/* The engine's own reference, from the first time somebody works on the job until it has ended; a hold on its name
 * does as well. */
void vjob__job_begin(vjob_job *job)
{
    if (flags_of(job) & (JOB_RUNREF | JOB_NAMEHOLD)) return;
    if (!(__atomic_fetch_or(&job->state, JOB_RUNREF, __ATOMIC_ACQ_REL) & JOB_RUNREF))
        vjob_obj_retain(&job->obj);
}

/* A running job keeps its name, so that its completion can be told under it although the client has freed it. */
vjob_err vjob_name_create(vjob_obj *obj, vjob_handle *out_h)
{
    vjob_job *job = vjob_obj_as_job(obj);
    if (!job) return vjob__name_create_held(obj, 0, out_h);
    vjob_err err = vjob__name_create_held(obj, 1, out_h);
    if (err) return err;
    if (ended(__atomic_fetch_or(&job->state, JOB_NAMEHOLD, __ATOMIC_ACQ_REL))) vjob_name_unhold(*out_h);
    return VJOB_OK;
}

/* ---- looking ---- */

static int seen_by_client(void)
{
    return (__atomic_load_n(&vjob__state, __ATOMIC_RELAXED) & STATE_AUTO) && vjob__self &&
           !vjob__self->world_held;
}

/* A look that finds "running" is a poll: it must not hold the auto clock back. */
vjob_job_state vjob__job_state_seen(const vjob_job *job, uint64_t changes)
{
    vjob_job_state state = (vjob_job_state)(flags_of(job) & JOB_STATE_MASK);
    if (unlikely(seen_by_client())) {
        if (state == VJOB_JOB_RUNNING)
            vjob__thread_polled(vjob__self, changes);
        else
            vjob__thread_touch(vjob__self);
    }
    return state;
}

vjob_job_state vjob_job_get_state(const vjob_job *job)
{
    return vjob__job_state_seen(job, vjob__changes_now());
}

vjob_err vjob_job_get_err(const vjob_job *job)
{
    return ended(flags_of(job)) ? (vjob_err)job->err : VJOB_OK;
}

uint32_t vjob_job_get_progress(const vjob_job *job)
{
    return __atomic_load_n(&job->progress, __ATOMIC_RELAXED);
}

int vjob__job_waits_over(const vjob_job *job)
{
    uint32_t state = flags_of(job);
    return ended(state) && (!(state & JOB_WAKE_HELD) || (vjob__self && vjob__self->own_job == job));
}

vjob_job *vjob_job_set_own(vjob_job *job)
{
    vjob__thread *t = vjob__thread_self();
    vjob_job *was = t ? t->own_job : NULL;
    if (t) t->own_job = job;
    return was;
}

/* ---- waiters and watches: world ---- */

void vjob__job_add_node(vjob_job *job, vjob_wait_node *node)
{
    vjob_wait_node *first = job->waiters;
    node->next = first;
    node->prev = &job->waiters;
    if (first) first->prev = &node->next;
    job->waiters = node;
}

void vjob__job_drop_node(vjob_wait_node *node)
{
    if (!node->prev) return;
    *node->prev = node->next;
    if (node->next) node->next->prev = node->prev;
    node->prev = NULL;
}

static void notify_all(vjob_job *job)
{
    vjob_wait_node *node;
    while ((node = job->waiters)) {
        vjob__job_drop_node(node);
        node->notify(node, job);
    }
}

/* ---- ending ---- */

static vjob_job_state state_for(vjob_err err)
{
    return err == VJOB_OK ? VJOB_JOB_DONE : err == VJOB_ECANCELLED ? VJOB_JOB_CANCELLED : VJOB_JOB_FAILED;
}

void vjob_job_end_world(vjob_job *job, vjob_err err)
{
    const vjob_job_kind *kind = kind_of(job);
    if (flags_of(job) & JOB_SETTLING) return; /* only set with the world lock held */
    if (kind->settle) __atomic_fetch_or(&job->state, JOB_SETTLING, __ATOMIC_ACQ_REL);
    if (vjob__timer_is_set(&job->timer)) vjob__timer_cancel(&job->timer);
    job->err = (uint16_t)err;
    if (err == VJOB_OK) __atomic_store_n(&job->progress, 100, __ATOMIC_RELAXED);
    if (kind->settle) kind->settle(job);
    job->timer.due_ns = vjob__world_now(); /* from here on: when it ended */
    _Static_assert(VJOB_JOB_RUNNING == 0, "to be running is no bit that would have to go");
    const uint32_t end = JOB_SETTLING | (uint32_t)state_for(err);
    const uint32_t held = kind->flags & VJOB_KIND_WAKE_LATER ? JOB_WAKE_HELD : 0;
    plat_tell_release(&job->state);
    const uint32_t was = __atomic_fetch_or(&job->state, end | held, __ATOMIC_ACQ_REL);
    if (!held) notify_all(job);
    if (kind->ended) kind->ended(job);
    if (was & JOB_NAMEHOLD) vjob_name_unhold(job->obj.name);
    if (was & JOB_RUNREF) vjob_obj_release(&job->obj);
}

void vjob_job_end(vjob_job *job, vjob_err err)
{
    vjob__world_lock();
    vjob_job_end_world(job, err);
    vjob__world_unlock();
}

void vjob_job_wake(vjob_job *job)
{
    int entered = !vjob__world_held();
    if (entered) vjob__world_lock();
    if (__atomic_fetch_and(&job->state, ~JOB_WAKE_HELD, __ATOMIC_ACQ_REL) & JOB_WAKE_HELD) notify_all(job);
    if (entered) vjob__world_unlock();
}

#define JOB_OF_TIMER(t) ((vjob_job *)(void *)((char *)(t)-offsetof(vjob_job, timer)))

static void timer_ends_job(vjob_timer *t);

/* Of very many jobs none is in a cache: while one ends, the next one's memory comes. */
static void fetch_next(const vjob_timer *t)
{
    const vjob_timer *next = vjob__timer_follower(t);
    if (!next || next->fire != timer_ends_job) return;
    const vjob_job *job = JOB_OF_TIMER(next);
    __builtin_prefetch(&job->state, 1);
    vjob__name_prefetch(job->obj.name);
}

static void timer_ends_job(vjob_timer *t)
{
    vjob_job *job = JOB_OF_TIMER(t);
    fetch_next(t);
    vjob_job_end_world(job, (vjob_err)job->err);
}

static uint64_t later(uint64_t from_ns, uint64_t delay_ns)
{
    return from_ns + delay_ns < from_ns ? UINT64_MAX : from_ns + delay_ns;
}

void vjob__job_end_after(vjob_job *job, uint64_t from_ns, uint64_t delay_ns, vjob_err err)
{
    vjob__job_begin(job);
    job->err = (uint16_t)err; /* nobody looks at it before the end */
    job->timer.fire = timer_ends_job;
    vjob__sched_submit(&job->timer, later(from_ns, delay_ns));
}

void vjob__jobs_end_after(vjob_job *const *jobs, size_t n, uint64_t from_ns, uint64_t delay_ns)
{
    const uint64_t due = later(from_ns, delay_ns);
    for (size_t done = 0, turn; done < n; done += turn) { /* so that nobody has to drain very many at once */
        turn = n - done < CHAIN ? n - done : CHAIN;
        vjob_timer *newest = NULL;
        for (size_t i = 0; i < turn; i++) {
            vjob_job *job = jobs[done + i];
            vjob__job_begin(job);
            job->timer.fire = timer_ends_job;
            vjob__timer_inbox(&job->timer, due);
            job->timer.link[0] = newest;
            newest = &job->timer;
        }
        vjob__sched_submit_chain(newest, &jobs[done]->timer, turn, due);
    }
}

int vjob__job_forget(vjob_timer *t)
{
    if (t->fire != timer_ends_job && t->fire != vjob__native_step) return 0;
    vjob_job_end_world(JOB_OF_TIMER(t), VJOB_ECLOSED);
    return 1;
}

vjob_err vjob_job_end_later(vjob_job *job, uint64_t delay_ns, vjob_err err)
{
    vjob__job_end_after(job, vjob__world_held() ? vjob__world_now() : vjob_clock_now(), delay_ns, err);
    return VJOB_OK;
}

/* ---- progress and cancelling ---- */

void vjob_job_report_world(vjob_job *job, uint32_t percent)
{
    uint16_t now = percent > 99 ? 99 : (uint16_t)percent;
    uint16_t was = __atomic_load_n(&job->progress, __ATOMIC_RELAXED);
    if (ended(flags_of(job))) return;
    while (was < now &&
           !__atomic_compare_exchange_n(&job->progress, &was, now, 1, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {}
    if (was < now && kind_of(job)->progressed) kind_of(job)->progressed(job);
}

void vjob_job_set_work(vjob_job *job, vjob_work *work)
{
    int entered = !vjob__world_held();
    if (entered) vjob__world_lock();
    vjob__job_begin(job);
    job->work = work;
    if (entered) vjob__world_unlock();
}

vjob_err vjob_job_ask_cancel(vjob_job *job)
{
    vjob_err err = VJOB_OK;
    vjob__world_lock();
    uint32_t was = __atomic_fetch_or(&job->state, JOB_CANCEL_ASKED, __ATOMIC_ACQ_REL);
    vjob_work *work = job->work;
    if (ended(was) || (was & JOB_SETTLING))
        err = VJOB_EDONE;
    else if (!work) { /* only time works on it, or nobody yet */
        if (vjob__timer_cancel(&job->timer)) vjob_job_end_world(job, VJOB_ECANCELLED);
    } else if (!(was & JOB_CANCEL_ASKED) && work->cancel)
        work->cancel(work, job);
    vjob__world_unlock();
    return err ? vjob_fail(err, job->operation, NULL, "the job \"%s\" has already ended", job->operation)
               : VJOB_OK;
}

/* ---- blocking bodies ---- */

static void cancel_body(vjob_work *work, vjob_job *job)
{
    vjob__body *b = (vjob__body *)(void *)((char *)work - offsetof(vjob__body, work));
    if (kind_of(job)->flags & VJOB_KIND_BODY_RUNS) return;
    if (!__atomic_exchange_n(&b->taken, 1, __ATOMIC_ACQ_REL)) vjob_job_end_world(job, VJOB_ECANCELLED);
    /* else it runs, and looks at vjob_job_is_cancelled */
}

static void destroy_body(vjob_work *work)
{
    free((char *)work - offsetof(vjob__body, work));
}

static int may_run(vjob_job *job)
{
    const uint32_t against =
        kind_of(job)->flags & VJOB_KIND_BODY_RUNS ? JOB_SETTLING : JOB_CANCEL_ASKED | JOB_SETTLING;
    return vjob__space_held(job->obj.cls->space) && !(flags_of(job) & against);
}

static void run_body(pool_task *task)
{
    vjob__body *b = (vjob__body *)(void *)task;
    vjob_job *job = b->job;
    if (!__atomic_exchange_n(&b->taken, 1, __ATOMIC_ACQ_REL)) {
        vjob_err err = VJOB_ECANCELLED; /* asked to stop before its turn came: it never starts */
        vjob__serve_begin(job->obj.cls->space, "a job's body");
        if (may_run(job)) {
            vjob__body_enter();
            err = b->run(job, b->data);
        }
        vjob__serve_end();
        vjob_job_end(job, (unsigned)err < VJOB_ERR_COUNT ? err : VJOB_EFAILED);
    }
    vjob_obj_release(&job->obj);
}

vjob_err vjob__job_run_in(vjob__body *b, vjob_job *job, vjob_err (*run)(vjob_job *job, void *data),
                          void *data)
{
    *b =
        (vjob__body){.task.run = run_body, .work = {cancel_body, NULL}, .job = job, .run = run, .data = data};
    vjob_obj_retain(&job->obj);
    vjob_job_set_work(job, &b->work);
    vjob_err err = vjob__pool_work(&b->task);
    if (!err) return VJOB_OK;
    vjob_job_set_work(job, NULL);
    vjob_obj_release(&job->obj);
    return err;
}

vjob_err vjob_job_run(vjob_job *job, vjob_err (*body)(vjob_job *job, void *data), void *data)
{
    vjob__body *b = malloc(sizeof *b);
    if (!b) return vjob_fail(VJOB_ENOMEM, job->operation, NULL, "no memory to run the job's body");
    vjob_obj_retain(&job->obj);
    vjob_err err = vjob__job_run_in(b, job, body, data);
    if (err)
        free(b);
    else
        b->work.destroy = destroy_body; /* our reference: it has not been destroyed meanwhile */
    vjob_obj_release(&job->obj);
    return err;
}
