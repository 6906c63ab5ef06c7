/* virJob: jobs that are operations, and bodies that do several of them. */
#include "vir_job.h"

#include <string.h>

int vir_need_jobs(const vir_conn *conn, const char *function)
{
    return conn->has_jobs ? 0 : vir_unsupported(function);
}

/* ---- errors -------------------------------------------------------------------------------------------------------- */

/* The first one counts. Before the end. */
void vir_job_keep_error(vir_job *job, const virError *error)
{
    virError copy;
    vir_error_copy(&copy, error);
    vjob_obj_lock(&job->job.obj);
    const int first = job->error.code == VIR_ERR_OK;
    if (first) job->error = copy;
    vjob_obj_unlock(&job->job.obj);
    if (!first) virResetError(&copy);
}

int vir_job_fail(vir_job *job, const virError *error)
{
    static const virError unknown = {.code = VIR_ERR_INTERNAL_ERROR, .level = VIR_ERR_ERROR};
    const int said = error && error->code != VIR_ERR_OK;
    virError made = unknown;
    made.message = (char *)vir_error_find(VIR_ERR_INTERNAL_ERROR)->alone;
    vir_job_keep_error(job, said ? error : &made);
    vjob_job_end(&job->job, VJOB_EFAILED);
    return 0;
}

/* ---- operations -------------------------------------------------------------------------------------------------------- */

virJobPtr vir_job_start_op(vir_job *job, const vjob_op_request *request)
{
    vjob_op_request mine = *request;
    mine.busy = VJOB_BUSY_WAIT;
    mine.busy_wait_ns = VIR_TURN_NS;
    mine.space = VJOB_SPACE_VIR;
    mine.flags |= VJOB_OPF_TIMED;
    job->op = request->op;
    job->initialized = 1;
    virJobPtr handle = vir_give(&job->job.obj);
    vjob_err err = handle ? vjob_op_start(&mine, &job->job) : VJOB_ENOMEM;
    if (err && handle) {
        vir_fail(job->from, err == VJOB_ENOMEM ? VIR_ERR_NO_MEMORY : VIR_ERR_CONFIG_UNSUPPORTED, "%s",
                 vjob_last_error()->text);
        vjob_name_end(job->job.obj.name);
        handle = NULL;
    }
    if (err) vjob_job_end(&job->job, err);
    vjob_obj_release(&job->job.obj);
    return handle;
}

/* ---- bodies -------------------------------------------------------------------------------------------------------------- */

int vir_job_is_cancelled(vir_job *job)
{
    return vjob_job_is_cancelled(job->job.obj.name);
}

void vir_job_report(vir_job *job, unsigned percent)
{
    vjob_job_report(job->job.obj.name, percent);
}

static vjob_err run_body(vjob_job *base, void *data)
{
    vir_job *job = data;
    if (!vir_job_begin(job)) return VJOB_OK; /* ended and destroyed: this changes nothing */
    vir_record_clear();
    int failed = job->body(job, job->data);
    const int aborted = failed && vir_record()->code == VIR_ERR_OPERATION_ABORTED;
    if (failed) vir_job_keep_error(job, vir_record());
    vir_record_take_untold();
    vir_job_free_data(job);
    (void)base;
    return !failed ? VJOB_OK : aborted ? VJOB_ECANCELLED : VJOB_EFAILED;
}

virJobPtr vir_job_start_body(vir_job *job, vir_job_body body, void *data, void (*free_data)(void *))
{
    job->body = body;
    job->data = data;
    job->free_data = free_data;
    job->initialized = 1;
    virJobPtr handle = vir_give(&job->job.obj);
    if (handle && vjob_job_run(&job->job, run_body, job)) {
        vir_fail(job->from, VIR_ERR_NO_MEMORY, "%s", vjob_last_error()->text);
        vjob_name_end(job->job.obj.name);
        handle = NULL;
    }
    if (!handle) {
        vjob_job_end(&job->job, VJOB_ETHREAD);
        vir_job_free_data(job);
    }
    vjob_obj_release(&job->job.obj);
    return handle;
}

static void set_step(vir_job *job, vjob_job *step)
{
    vjob_obj_lock(&job->job.obj);
    vjob_job *old = job->step;
    job->step = step ? (vjob_job *)(void *)vjob_obj_retain(&step->obj) : NULL;
    vjob_obj_unlock(&job->job.obj);
    if (old) vjob_obj_release(&old->obj);
}

int vir_job_step(vir_job *job, const vjob_op_request *request, vjob_vm **out_vm)
{
    if (out_vm) *out_vm = NULL;
    vir_conn as = {.from = job->from, .manner = job->manner}; /* all that is asked of a connection here */
    vjob_op_request mine = *request;
    mine.flags |= VJOB_OPF_TIMED;
    vjob_job *step = vir_start_plain(&as, job->job.operation, &mine, VJOB_BUSY_WAIT);
    if (!step) return -1;
    set_step(job, step);
    if (vir_job_is_cancelled(job)) vjob_job_ask_cancel(step); /* asked before there was a step */
    const int failed = vir_finish_plain(&as, request->op, step, out_vm);
    set_step(job, NULL);
    vjob_obj_release(&step->obj);
    return failed;
}
