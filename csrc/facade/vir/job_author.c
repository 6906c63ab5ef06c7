/* virJob for those who write the work: a worker on a thread, and what it says of its progress. */
#include "vir_job.h"

/* ---- the thread ----------------------------------------------------------------------------------------------- */

/* A worker that says nothing at its end has failed. */
static vjob_err run_worker(vjob_job *base, void *data)
{
    vir_job *job = data;
    if (!vir_job_begin(job)) return VJOB_OK; /* ended and destroyed before its turn: this changes nothing */
    job->worker(vir_pointer(base->obj.name), job->data);
    vir_job_free_data(job);
    if (vjob_job_get_state(base) != VJOB_JOB_RUNNING) return VJOB_OK; /* it has ended: this changes nothing */
    vir_fail(job->from, VIR_ERR_INTERNAL_ERROR, "the worker of job %s ended without a result",
             base->operation);
    vir_job_keep_error(job, vir_record());
    return VJOB_EFAILED;
}

virJobPtr virJobCreate(virConnectPtr conn, virJobDriverPtr driver, virJobWorker worker,
                       virJobDataFree cleanup, void *data, int type)
{
    VIR_CONN(c, conn, NULL);
    VIR_NEED(worker, "worker", NULL);
    VIR_NEED(type == VIR_JOB_BOUNDED || type == VIR_JOB_UNBOUNDED, "type", NULL);
    vir_job *job = vir_job_new(c, __func__, type);
    if (!job) return NULL;
    if (driver) job->driver = *driver;
    job->worker = worker;
    job->data = data;
    job->free_data = cleanup;
    virJobPtr handle = vir_give(&job->job.obj);
    if (!handle) {
        vjob_job_end(&job->job, VJOB_ENOMEM);
    } else if (vjob_job_run(&job->job, run_worker, job)) {
        vir_fail(c->from, VIR_ERR_NO_MEMORY, "%s", vjob_last_error()->text);
        vjob_job_end(&job->job, VJOB_ETHREAD);
        vjob_name_end(job->job.obj.name);
        handle = NULL; /* the data is still the caller's */
    }
    vjob_obj_release(&job->job.obj);
    return handle;
}

/* ---- what a worker says ------------------------------------------------------------------------------------------ */

static int is_over(const vir_job *job)
{
    return vjob_job_get_state(&job->job) != VJOB_JOB_RUNNING;
}

static int fail_over(const vir_job *job)
{
    return vir_fail(job->from, VIR_ERR_OPERATION_INVALID, "job %s has ended already", job->job.operation);
}

int virJobInitialize(virJobPtr job, unsigned int remainingTime)
{
    VIR_JOB(j, job, -1);
    if (is_over(j)) return fail_over(j);
    const uint64_t now_ns = vjob_clock_now();
    vjob_obj_lock(&j->job.obj);
    j->initialized = 1;
    j->initialized_ns = now_ns;
    j->remaining = remainingTime;
    vjob_obj_unlock(&j->job.obj);
    return 0;
}

/* Progress does not go back. Job locked. */
static void put(vir_job *job, int64_t elapsed, int64_t remaining, int64_t percent)
{
    job->reported = 1;
    job->elapsed = elapsed < 0 ? 0 : elapsed > INT32_MAX ? INT32_MAX : elapsed;
    job->remaining = remaining < 0 ? 0 : remaining > INT32_MAX ? INT32_MAX : remaining;
    if (percent > 100) percent = 100;
    if (percent > job->percent) job->percent = percent;
}

int virJobUpdateRel(virJobPtr job, int elapsedDelta, int remainingDelta, int percentDelta)
{
    VIR_JOB(j, job, -1);
    if (is_over(j)) return fail_over(j);
    vjob_obj_lock(&j->job.obj);
    put(j, j->elapsed + elapsedDelta, j->remaining + remainingDelta, j->percent + percentDelta);
    const unsigned percent = (unsigned)j->percent;
    vjob_obj_unlock(&j->job.obj);
    vjob_job_report(vir_number(job), percent);
    return 0;
}

int virJobUpdateAbs(virJobPtr job, unsigned int elapsed, unsigned int remaining, int percent)
{
    VIR_JOB(j, job, -1);
    if (is_over(j)) return fail_over(j);
    vjob_obj_lock(&j->job.obj);
    put(j, elapsed, remaining, percent);
    const unsigned now = (unsigned)j->percent;
    vjob_obj_unlock(&j->job.obj);
    vjob_job_report(vir_number(job), now);
    return 0;
}

int virJobSetDomain(virJobPtr job, virDomainPtr dom)
{
    VIR_JOB(j, job, -1);
    VIR_CALL also;
    if (vir_also(&also, dom, VIR_TYPE_DOMAIN, __func__)) return -1;
    if (is_over(j)) return fail_over(j);
    VIR_THERE(there, (vir_domain *)(void *)also.obj, -1);
    vir_job_set_vm(j, there.vm);
    return 0;
}

int virJobSetNetwork(virJobPtr job, virNetworkPtr net)
{
    VIR_JOB(j, job, -1);
    VIR_CALL also;
    if (vir_also(&also, net, VIR_TYPE_NETWORK, __func__)) return -1;
    if (is_over(j)) return fail_over(j);
    vir_job_set_network(j, also.obj);
    return 0;
}

/* ---- how it ends ---------------------------------------------------------------------------------------------------- */

int virJobFinishSuccess(virJobPtr job)
{
    VIR_JOB(j, job, -1);
    if (is_over(j)) return fail_over(j);
    vjob_job_end(&j->job, VJOB_OK);
    return 0;
}

int virJobFinishCancel(virJobPtr job)
{
    VIR_JOB(j, job, 0);
    if (!is_over(j) && vir_job_is_cancelled(j)) vjob_job_end(&j->job, VJOB_ECANCELLED);
    return vjob_job_get_state(&j->job) == VJOB_JOB_CANCELLED;
}

int virJobFinishFailed(virJobPtr job, virErrorPtr err)
{
    virError given;
    const int has_own = err == NULL && vir_failed(); /* what the worker met last */
    if (has_own) vir_error_copy(&given, vir_record());
    int failed = -1;
    {
        VIR_CALL call;
        if (!vir_enter(&call, job, VIR_TYPE_JOB, __func__)) {
            vir_job *j = (vir_job *)(void *)call.obj;
            failed = is_over(j) ? fail_over(j) : vir_job_fail(j, has_own ? &given : err);
        }
    }
    if (has_own) virResetError(&given);
    return failed;
}
