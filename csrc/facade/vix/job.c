/* Jobs: how they end, and what their callbacks are told. */
#include "vix_internal.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- ending: world -------------------------------------------------------------------------------- */

static void settle(vjob_job *base)
{
    vix_job *job = (vix_job *)base;
    const vjob_err err = (vjob_err)base->err;
    vix_wait_is_over(job);
    if (err == VJOB_ECLOSED)
        job->error = VIX_E_HOST_NOT_CONNECTED;
    else if (job->forced)
        job->error = job->forced;
    else if (err)
        job->error = vix_outcome(job, err);
    if (!job->error && !err && job->done && !job->done(job)) {
        vix_bag_clear(&job->bag);
        job->error = VIX_E_OUT_OF_MEMORY;
    }
    if (job->error) vix_bag_clear(&job->bag);
}

static void tell_end(vjob_job *base)
{
    vix_tell_completed((vix_job *)base);
}

static void tell_progress(vjob_job *base)
{
    vix_tell((vix_job *)base, VIX_EVENTTYPE_JOB_PROGRESS, NULL);
}

int vix_job_is_over(const vix_job *job)
{
    return vjob_job_is_over((vjob_job *)&job->job);
}

/* ---- life ------------------------------------------------------------------------------------------- */

static void destroy(vjob_obj *obj)
{
    vix_job *job = (vix_job *)obj;
    if (job->channel) vjob_channel_close(job->channel, 0);
    vix_bag_clear(&job->bag);
    if (job->note) (job->free_note ? job->free_note : free)(job->note);
    if (job->inner) vjob_obj_release(&job->inner->job.obj);
    if (job->vm) vjob_obj_release(&job->vm->obj);
    vix_owe(&job->holds);
    vix_member_leave(&job->member);
}

static void describe(vjob_obj *obj, char *out, size_t cap)
{
    snprintf(out, cap, "%s", ((vix_job *)obj)->job.operation);
}

#define JOB_CLASS                                                                                            \
    {                                                                                                        \
        "VIX_HANDLETYPE_JOB", VJOB_SPACE_VIX, VIX_HANDLETYPE_JOB, destroy, describe                          \
    }

const vjob_job_kind vix_job_kind = {.cls = JOB_CLASS, .settle = settle};

const vjob_job_kind vix_told_kind = {
    .cls = JOB_CLASS,
    .settle = settle,
    .ended = tell_end,
    .flags = VJOB_KIND_WAKE_LATER,
    .progressed = tell_progress,
};

/* ---- work of pumped sessions ------------------------------------------------------------------------ */

static void inner_progressed(vjob_job *inner)
{
    vix_tell(((vix_inner *)inner)->outer, VIX_EVENTTYPE_JOB_PROGRESS, NULL);
}

const vjob_job_kind vix_inner_kind = {
    .cls = {"work", VJOB_SPACE_VIX, VIX_HANDLETYPE_NONE, NULL, NULL},
    .ended = vix_inner_ended,
    .progressed = inner_progressed,
};
