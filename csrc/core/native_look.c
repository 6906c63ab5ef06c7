/*
 * native_look.c - vjob.h for jobs that run or have ended, of any API: looking, cancelling, reporting, results.
 */
#include "core.h"

#include <string.h>

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
    /* Looking at the state tells the auto clock what has been seen: all that was so when the look began. */
    uint64_t changes = vjob__changes_now();
    out->progress = vjob_job_get_progress(job);
    out->state = vjob__job_state_seen(job, changes);
    out->err = vjob_job_get_err(job);
    if (out->state != VJOB_JOB_RUNNING) out->progress = vjob_job_get_progress(job);
    out->started_ns = job->started_ns;
    out->ended_ns = out->state == VJOB_JOB_RUNNING ? 0 : job->timer.due_ns;
    strncpy(out->operation, job->operation, sizeof out->operation - 1);
    const vjob_job_kind *kind = (const vjob_job_kind *)(const void *)job->obj.cls;
    if (kind->subject)
        kind->subject(job, out->object, sizeof out->object);
    else if (kind->cls.describe)
        kind->cls.describe(&job->obj, out->object, sizeof out->object);
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
    int asked = (__atomic_load_n(&job->state, __ATOMIC_ACQUIRE) & JOB_CANCEL_ASKED) ||
                !vjob__space_held(job->obj.cls->space); /* its API is being ended */
    vjob_unpin(h);
    return asked;
}

vjob_err vjob_job_report(vjob_handle h, uint32_t percent)
{
    vjob_job *job;
    vjob_err err = find_job(h, &job);
    if (err) return err;
    vjob__world_lock();
    vjob_job_report_world(job, percent);
    vjob__world_unlock();
    vjob_unpin(h);
    return VJOB_OK;
}

static vjob_err find_body_job(vjob_handle h, vjob_job **out)
{
    vjob_err err = find_job(h, out);
    if (err) return err;
    if (vjob__native_has_body(*out)) return VJOB_OK;
    vjob_fail(VJOB_ETYPE, (*out)->operation, NULL, "only a job with a body has a result of its own");
    vjob_unpin(h);
    return VJOB_ETYPE;
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
    if (!out) return vjob_fail(VJOB_EINVAL, NULL, NULL, "vjob_job_result: out_result is missing");
    *out = NULL;
    vjob_err err = find_body_job(h, &job);
    if (err) return err;
    if (vjob_job_get_state(job) == VJOB_JOB_RUNNING)
        err = vjob_fail(VJOB_EPENDING, job->operation, "running", "the job \"%s\" has not ended yet",
                        job->operation);
    else
        *out = job->timer.link[0];
    vjob_unpin(h);
    return err;
}
