/*
 * wait.c - engine waits: for jobs, and for a deadline alone (sleeping).
 *
 * A wait has one record on the waiting thread's stack and one node per job. Whoever ends a job takes the
 * node off and, when enough jobs have ended, marks the record and wakes the thread. Before it sleeps the
 * thread drives the scheduler itself. Real deadlines are futex timeouts, auto ones are timers.
 */
#include "core.h"

#include <stdlib.h>
#include <string.h>

#define TURN 1024u /* jobs that are waited for at once, where all are waited for */

typedef vjob__waiter waiter;

typedef struct job_node {
    vjob_wait_node node;
    waiter *waiter;
} job_node;

static waiter *waits; /* world */

void vjob__wait_finish(waiter *w, vjob_err result)
{
    if (w->done) return;
    w->done = 1;
    w->result = result;
    vjob__world_wake(w->thread);
}

static void job_ended(vjob_wait_node *node, vjob_job *job)
{
    (void)job;
    waiter *w = ((job_node *)(void *)node)->waiter;
    if (w->missing && --w->missing == 0) vjob__wait_finish(w, VJOB_OK);
}

static void deadline_passed(vjob_timer *t)
{
    vjob__wait_finish((waiter *)(void *)((char *)t - offsetof(waiter, deadline)), VJOB_ETIMEDOUT);
}

void vjob__waits_end(vjob_space space)
{
    for (waiter *w = waits; w; w = w->next)
        if (w->space == space) vjob__wait_finish(w, VJOB_ECLOSED);
}

void vjob__waits_look(void)
{
    vjob__world_lock();
    for (waiter *w = waits; w; w = w->next) {
        __atomic_store_n(&w->thread->wake, 1, __ATOMIC_RELEASE);
        plat_futex_wake(&w->thread->wake, 1);
    }
    vjob__world_unlock();
}

uint64_t vjob__deadline(uint64_t timeout_ns)
{
    if (timeout_ns == VJOB_FOREVER) return UINT64_MAX;
    uint64_t now = vjob_clock_now();
    return now + timeout_ns < now ? UINT64_MAX : now + timeout_ns;
}

/* How long to sleep in real time before looking again. */
static uint64_t nap(uint64_t deadline_ns, uint64_t slice_end)
{
    uint64_t left = UINT64_MAX;
    if (vjob__clock_mode() != CLOCK_AUTO) left = vjob__clock_real_delay(deadline_ns);
    if (slice_end) {
        uint64_t now = plat_real_ns(), slice = now < slice_end ? slice_end - now : 0;
        if (slice < left) left = slice;
    }
    return left;
}

/* World lock held at entry and exit, not in between. */
static void sleep_until_done(waiter *w, uint64_t deadline_ns, uint64_t slice_end)
{
    vjob__thread *t = w->thread;
    vjob__pool_thread_blocks(t);
    vjob__thread_set_waiting(t, 1);
    while (!w->done) {
        __atomic_store_n(&t->wake, 0, __ATOMIC_RELEASE);
        if (deadline_ns != UINT64_MAX && vjob__clock_mode() == CLOCK_AUTO &&
            !vjob__timer_is_set(&w->deadline))
            vjob__timer_set_class(&w->deadline, deadline_ns, TIMER_DEADLINE);
        int again = vjob__sched_drive() && vjob__sched_more();
        if (w->done) break;
        uint64_t left = nap(deadline_ns, slice_end);
        if (left == 0) {
            w->done = 1;
            w->result = slice_end && plat_real_ns() >= slice_end ? VJOB_EINTERRUPT : VJOB_ETIMEDOUT;
            break;
        }
        vjob__world_unlock();
        if (!again) {
            if (vjob__clock_mode() == CLOCK_AUTO) vjob__sched_kick(); /* somebody has to watch the others */
            vjob__pool_hurry();
            plat_futex_wait(&t->wake, 0, left);
        }
        vjob__world_lock();
    }
    vjob__thread_set_waiting(t, 0);
    vjob__pool_thread_unblocks(t);
}

vjob_err vjob__wait_record(waiter *w, uint64_t deadline_ns, uint64_t slice_end)
{
    w->next = waits;
    w->prev = &waits;
    if (waits) waits->prev = &w->next;
    waits = w;
    vjob__timer_init(&w->deadline, deadline_passed);
    sleep_until_done(w, deadline_ns, slice_end);
    vjob__timer_cancel(&w->deadline);
    *w->prev = w->next;
    if (w->next) w->next->prev = w->prev;
    return w->result;
}

static size_t count_over(vjob_job *const *jobs, size_t n, size_t *out_first)
{
    size_t over = 0;
    for (size_t i = 0; i < n; i++)
        if (vjob__job_waits_over(jobs[i]) && over++ == 0 && out_first) *out_first = i;
    return over;
}

static int enough(vjob_job *const *jobs, size_t n, int all, size_t *out_first)
{
    size_t over = count_over(jobs, n, out_first);
    return all ? over == n : over > 0;
}

vjob_err vjob__wait_jobs(vjob_job *const *jobs, size_t n, int all, uint64_t deadline_ns, uint64_t slice_ns,
                         vjob_space space, size_t *out_index)
{
    vjob__thread *t = vjob__thread_self();
    if (!t) return vjob_fail(VJOB_ENOMEM, NULL, NULL, "no memory for a wait");
    int is_auto = vjob__clock_mode() == CLOCK_AUTO;
    uint64_t changes = is_auto ? vjob__changes_now() : 0;
    if (enough(jobs, n, all, out_index)) {
        if (is_auto) vjob__thread_touch(t);
        return VJOB_OK;
    }
    if (!deadline_ns || (deadline_ns != UINT64_MAX && deadline_ns <= vjob_clock_now())) {
        if (is_auto) vjob__thread_polled(t, changes);
        if (!is_auto && vjob__sched_drive_new() && enough(jobs, n, all, out_index)) return VJOB_OK;
        return VJOB_ETIMEDOUT;
    }
    job_node one, *nodes = n <= 1 ? &one : malloc(n * sizeof *nodes);
    if (!nodes) return vjob_fail(VJOB_ENOMEM, NULL, NULL, "no memory to wait for %zu jobs", n);
    waiter w = {.thread = t, .space = space, .result = VJOB_OK};
    uint64_t slice_end = slice_ns ? plat_real_ns() + slice_ns : 0;
    vjob_err err = VJOB_OK;
    vjob__world_lock();
    if (!enough(jobs, n, all, NULL)) {
        w.missing = all ? n - count_over(jobs, n, NULL) : 1;
        for (size_t i = 0; i < n; i++) {
            nodes[i] = (job_node){.node.notify = job_ended, .waiter = &w};
            if (!vjob__job_waits_over(jobs[i])) vjob__job_add_node(jobs[i], &nodes[i].node);
        }
        err = vjob__space_held(space) ? vjob__wait_record(&w, deadline_ns, slice_end) : VJOB_ECLOSED;
        for (size_t i = 0; i < n; i++) vjob__job_drop_node(&nodes[i].node);
    }
    vjob__world_unlock();
    if (nodes != &one) free(nodes);
    if (err == VJOB_ETIMEDOUT && enough(jobs, n, all, NULL)) err = VJOB_OK;
    if (!err) enough(jobs, n, all, out_index);
    return err;
}

static vjob_err wait_for_deadline(uint64_t deadline_ns, uint64_t slice_ns, vjob_space space)
{
    vjob_err err = vjob__wait_jobs(NULL, 0, 0, deadline_ns, slice_ns, space, NULL);
    return err == VJOB_ETIMEDOUT ? VJOB_OK : err;
}

/* ---- public ---- */

vjob_err vjob_job_wait(vjob_job *job, uint64_t timeout_ns)
{
    vjob_err err = vjob__wait_jobs(&job, 1, 1, vjob__deadline(timeout_ns), 0, job->obj.cls->space, NULL);
    if (err == VJOB_ETIMEDOUT)
        vjob_fail(err, job->operation, "running",
                  "the job \"%s\" has not ended in time; it goes on, at %u percent", job->operation,
                  vjob_job_get_progress(job));
    else if (err == VJOB_ECLOSED)
        vjob_fail(err, job->operation, NULL, "the API was ended while waiting for the job \"%s\"",
                  job->operation);
    return err;
}

int vjob_job_is_over(vjob_job *job)
{
    return vjob__wait_jobs(&job, 1, 1, 0, 0, job->obj.cls->space, NULL) == VJOB_OK;
}

static void unpin_all(const vjob_handle *handles, size_t n)
{
    for (size_t i = 0; i < n; i++) vjob_unpin(handles[i]);
}

/* Writes down the first `cap` of them. */
static vjob_err pin_jobs(const vjob_handle *handles, size_t n, vjob_job **out_jobs, size_t cap)
{
    for (size_t i = 0; i < n; i++) {
        vjob_obj *obj;
        vjob_err err = vjob__pin_any(handles[i], &obj);
        vjob_job *job = err ? NULL : vjob_obj_as_job(obj);
        if (!err && !job) {
            vjob_unpin(handles[i]);
            err = VJOB_ETYPE;
        }
        if (i < cap) out_jobs[i] = job;
        if (err) {
            unpin_all(handles, i);
            return vjob__fail_handle(handles[i], err);
        }
    }
    return VJOB_OK;
}

/* All of very many: some at a time, beginning with the last, which mostly end last. All are pinned. */
static vjob_err wait_in_turns(const vjob_handle *handles, vjob_job **some, size_t n, uint64_t deadline_ns,
                              uint32_t slice_real_ms, vjob_space space)
{
    const uint64_t slice_end = slice_real_ms ? plat_real_ns() + slice_real_ms * NS_PER_MS : 0;
    vjob_err err = VJOB_OK;
    for (size_t left = n; left && !err;) {
        const size_t turn = left < TURN ? left : TURN;
        const uint64_t now = slice_end ? plat_real_ns() : 0;
        if (slice_end && now >= slice_end) return VJOB_EINTERRUPT;
        left -= turn;
        for (size_t i = 0; i < turn; i++) some[i] = (vjob_job *)(void *)vjob__held_object(handles[left + i]);
        err = vjob__wait_jobs(some, turn, 1, deadline_ns, slice_end - now, space, NULL);
    }
    return err;
}

static vjob_err wait_failed(vjob_err err, const char *operation, size_t n)
{
    if (err == VJOB_ETIMEDOUT)
        vjob_fail(err, operation, "running", "%zu job%s (first: \"%s\") not ended in time", n,
                  n > 1 ? "s" : "", operation);
    else if (err == VJOB_ECLOSED)
        vjob_fail(err, operation, NULL, "the API was ended during the wait");
    return err;
}

vjob_err vjob_wait_until(const vjob_handle *handles, size_t n, int all, uint64_t deadline_ns,
                         uint32_t slice_real_ms, size_t *out_index)
{
    vjob_job *one, **jobs = &one;
    if (out_index) *out_index = 0;
    if (!handles || !n) return vjob_fail(VJOB_EINVAL, NULL, NULL, "no jobs to wait for");
    const size_t room = all && n > TURN ? TURN : n; /* for what is waited for at a time */
    if (n > 1 && !(jobs = malloc(room * sizeof *jobs)))
        return vjob_fail(VJOB_ENOMEM, NULL, NULL, "no memory to wait for %zu jobs", n);
    vjob_err err = pin_jobs(handles, n, jobs, room);
    if (!err) {
        const vjob_space space = jobs[0]->obj.cls->space;
        const char *operation = jobs[0]->operation;
        if (room < n)
            err = wait_in_turns(handles, jobs, n, deadline_ns, slice_real_ms, space);
        else
            err = vjob__wait_jobs(jobs, n, all, deadline_ns, slice_real_ms * NS_PER_MS, space, out_index);
        if (err) wait_failed(err, operation, n);
        unpin_all(handles, n);
    }
    if (n > 1) free(jobs);
    return err;
}

vjob_err vjob_wait(vjob_handle job, uint64_t timeout_ns)
{
    return vjob_wait_until(&job, 1, 1, vjob__deadline(timeout_ns), 0, NULL);
}

vjob_err vjob_wait_any(const vjob_handle *jobs, size_t n, uint64_t timeout_ns, size_t *out_index)
{
    return vjob_wait_until(jobs, n, 0, vjob__deadline(timeout_ns), 0, out_index);
}

vjob_err vjob_wait_all(const vjob_handle *jobs, size_t n, uint64_t timeout_ns)
{
    return vjob_wait_until(jobs, n, 1, vjob__deadline(timeout_ns), 0, NULL);
}

vjob_err vjob_sleep_until(uint64_t deadline_ns, uint32_t slice_real_ms)
{
    if (vjob_enter_free()) return vjob_fail(VJOB_EFORK, "sleep", NULL, "%s", vjob_err_text(VJOB_EFORK));
    return wait_for_deadline(deadline_ns, slice_real_ms * NS_PER_MS, VJOB_SPACE_NONE);
}

vjob_err vjob_sleep(uint64_t ns)
{
    /* Threads that know another API only, a worker of theirs for one, may sleep as well. */
    vjob_space space = vjob__space_held(VJOB_SPACE_NATIVE) ? VJOB_SPACE_NATIVE : VJOB_SPACE_NONE;
    for (int s = 1; space == VJOB_SPACE_NONE && s < VJOB_SPACE_COUNT; s++)
        if (vjob__space_held((vjob_space)s)) space = (vjob_space)s;
    vjob_err err = vjob_enter(space ? space : VJOB_SPACE_NATIVE);
    if (err) return err;
    if (ns == 0) return VJOB_OK;
    err = wait_for_deadline(vjob__deadline(ns), 0, space == VJOB_SPACE_NATIVE ? space : VJOB_SPACE_NONE);
    return err ? vjob_fail(err, "sleep", NULL, "the native API was ended during a sleep") : VJOB_OK;
}
