/* virJob: what clients see, and how jobs end. */
#include "vir_job.h"

#include <stdio.h>
#include <string.h>

/* ---- ending: world ------------------------------------------------------------------------------------------- */

static uint64_t seconds_since(uint64_t start_ns, uint64_t now_ns)
{
    return now_ns > start_ns ? (now_ns - start_ns) / 1000000000 : 0;
}

static int makes_domain(vjob_op op)
{
    return op == VJOB_OP_START || op == VJOB_OP_CREATE;
}

/* What an operation made is the result. */
static void take_result(vir_job *job)
{
    const vjob_op_result *result = vjob_op_get_result(&job->job);
    if (!result || result->op != job->op) return;
    if (result->vm && makes_domain(job->op)) vir_job_set_vm(job, result->vm);
    if (job->done) job->done(job, result);
}

static void settle(vjob_job *base)
{
    vir_job *job = (vir_job *)(void *)base;
    const vjob_err err = (vjob_err)base->err;
    if (job->op && !err) take_result(job);
    if (err && job->error.code == VIR_ERR_OK)
        vir_error_of_op(&job->error, job->from, job->manner, job->op, err,
                        job->op ? vjob_op_get_result(base) : NULL);
    const uint64_t now_ns = vjob_clock_now();
    vjob_obj_lock(&base->obj);
    job->ended_after_s = seconds_since(job->initialized_ns, now_ns);
    vjob_obj_unlock(&base->obj);
}

/* ---- life ------------------------------------------------------------------------------------------------------ */

/* The connection goes with virJobDestroy; here it is what was never handed out. */
static void let_conn_go(vir_job *job)
{
    vjob_obj_lock(&job->job.obj);
    vir_conn *conn = job->conn;
    job->conn = NULL;
    vjob_obj_unlock(&job->job.obj);
    if (conn) vir_conn_drop(conn);
}

static void destroy(vjob_obj *obj)
{
    vir_job *job = (vir_job *)(void *)obj;
    if (job->step) vjob_obj_release(&job->step->obj);
    if (job->vm) vjob_vm_release(job->vm);
    if (job->network) vjob_obj_release(job->network);
    virResetError(&job->error);
    let_conn_go(job);
}

static void describe(vjob_obj *obj, char *out, size_t cap)
{
    snprintf(out, cap, "%s", ((vir_job *)(void *)obj)->job.operation);
}

static const vjob_job_kind job_kind = {
    .cls = {"virJob", VJOB_SPACE_VIR, VIR_TYPE_JOB, destroy, describe},
    .settle = settle,
    .flags = VJOB_KIND_BODY_RUNS, /* asked to stop is not stopped: only the work says so */
};

vir_job *vir_job_new(vir_conn *conn, const char *function, int type)
{
    vir_job *job = (vir_job *)(void *)vjob_job_new(&job_kind, sizeof *job, function);
    if (!job) {
        vir_fail_memory(conn->from);
        return NULL;
    }
    vir_conn_keep(conn);
    job->conn = conn;
    job->from = conn->from;
    job->manner = conn->manner;
    job->type = type;
    job->initialized_ns = vjob_clock_now();
    return job;
}

int vir_job_begin(vir_job *job)
{
    vjob_obj_lock(&job->job.obj);
    const int may = job->begun = !job->given_up;
    vjob_obj_unlock(&job->job.obj);
    return may;
}

void vir_job_free_data(vir_job *job)
{
    vjob_obj_lock(&job->job.obj);
    void (*const call)(void *) = job->free_data;
    job->free_data = NULL;
    vjob_obj_unlock(&job->job.obj);
    if (call) call(job->data);
}

/* At destroy. A worker may have said how it ends and still be at its last lines: then it lets go by itself. */
static void give_data_up(vir_job *job)
{
    vjob_obj_lock(&job->job.obj);
    const int unused = job->given_up = !job->begun;
    vjob_obj_unlock(&job->job.obj);
    if (unused) vir_job_free_data(job);
}

void vir_job_set_vm(vir_job *job, vjob_vm *vm)
{
    vjob_obj_lock(&job->job.obj);
    vjob_vm *old = job->vm;
    job->vm = vjob_vm_retain(vm);
    vjob_obj_unlock(&job->job.obj);
    if (old) vjob_vm_release(old);
}

void vir_job_set_network(vir_job *job, vjob_obj *network)
{
    vjob_obj_lock(&job->job.obj);
    vjob_obj *old = job->network;
    job->network = vjob_obj_retain(network);
    vjob_obj_unlock(&job->job.obj);
    if (old) vjob_obj_release(old);
}

/* ---- looking ------------------------------------------------------------------------------------------------------ */

static int clamp(int64_t value, int64_t most)
{
    return (int)(value < 0 ? 0 : value > most ? most : value);
}

/* As the worker reported; before that, by the clock. An operation tells its own progress. */
static void look(vir_job *job, vjob_job_state state, virJobInfoPtr info)
{
    const uint64_t now_ns = vjob_clock_now();
    vjob_obj_lock(&job->job.obj);
    const int64_t since =
        job->initialized ? (int64_t)(state == VJOB_JOB_RUNNING ? seconds_since(job->initialized_ns, now_ns)
                                                               : job->ended_after_s)
                         : 0;
    int64_t own = job->worker ? job->percent : (int64_t)vjob_job_get_progress(&job->job);
    if (job->step && own < (int64_t)vjob_job_get_progress(job->step)) {
        own = vjob_job_get_progress(job->step);
        if (own > 99) own = 99;
    }
    int64_t left = job->remaining;
    if (!job->worker && own > 0) left = since * (100 - own) / own;
    *info = (virJobInfo){
        .type = job->type,
        .state = (int)state,
        .runningTime = (unsigned)clamp(job->reported ? job->elapsed : since, INT32_MAX),
        .remainingTime = state == VJOB_JOB_RUNNING ? (unsigned)clamp(left, INT32_MAX) : 0,
        .percentComplete = state == VJOB_JOB_DONE ? 100 : clamp(own, 100),
    };
    vjob_obj_unlock(&job->job.obj);
}

int virJobGetInfo(virJobPtr job, virJobInfoPtr info)
{
    VIR_ENTER_BY(vir_enter_poll, vir_job, j, job, VIR_TYPE_JOB, -1);
    VIR_NEED(info, "info", -1);
    if (j->driver.getInfo) return j->driver.getInfo(job, info);
    look(j, vjob_job_get_state(&j->job), info); /* the state first: what comes after it is final */
    return 0;
}

static int need_success(vir_job *job, const char *what)
{
    if (vjob_job_get_state(&job->job) == VJOB_JOB_DONE) return 0;
    return vir_fail(job->from, VIR_ERR_OPERATION_INVALID, "job %s has no %s: it has not succeeded",
                    job->job.operation, what);
}

static int no_result(const vir_job *job, const char *what)
{
    return vir_fail(job->from, VIR_ERR_OPERATION_INVALID, "job %s does not make a %s", job->job.operation,
                    what);
}

/* Kept, or NULL when the job was destroyed meanwhile. */
static vir_conn *conn_of(vir_job *job)
{
    vjob_obj_lock(&job->job.obj);
    vir_conn *conn = job->conn;
    if (conn) vir_conn_keep(conn);
    vjob_obj_unlock(&job->job.obj);
    return conn;
}

virDomainPtr virJobGetDomain(virJobPtr job)
{
    VIR_ENTER_BY(vir_enter_poll, vir_job, j, job, VIR_TYPE_JOB, NULL);
    if (need_success(j, "domain")) return NULL;
    vir_conn *conn = conn_of(j);
    vjob_vm *vm = j->vm; /* immutable now */
    virDomainPtr handle = conn && vm ? vir_domain_give(conn, vm) : NULL;
    if (!vm) no_result(j, "domain");
    if (conn) vir_conn_drop(conn);
    return handle;
}

virNetworkPtr virJobGetNetwork(virJobPtr job)
{
    VIR_ENTER_BY(vir_enter_poll, vir_job, j, job, VIR_TYPE_JOB, NULL);
    if (need_success(j, "network")) return NULL;
    if (j->network) return vir_give(j->network);
    no_result(j, "network");
    return NULL;
}

virErrorPtr virJobGetError(virJobPtr job)
{
    VIR_ENTER_BY(vir_enter_poll, vir_job, j, job, VIR_TYPE_JOB, NULL);
    const vjob_job_state state = vjob_job_get_state(&j->job);
    return state == VJOB_JOB_RUNNING || state == VJOB_JOB_DONE ? NULL : &j->error;
}

/* ---- cancelling and destroying ---------------------------------------------------------------------------------------- */

int virJobCancel(virJobPtr job)
{
    VIR_JOB(j, job, -1);
    if (j->driver.cancel) return j->driver.cancel(job);
    vjob_job_ask_cancel(&j->job); /* ended: nothing changes, and that is no failure */
    vjob_obj_lock(&j->job.obj);
    vjob_job *step = j->step ? (vjob_job *)(void *)vjob_obj_retain(&j->step->obj) : NULL;
    vjob_obj_unlock(&j->job.obj);
    if (step) {
        vjob_job_ask_cancel(step);
        vjob_obj_release(&step->obj);
    }
    return 0;
}

int virJobDestroy(virJobPtr job)
{
    {
        VIR_JOB(j, job, -1);
        if (vjob_job_get_state(&j->job) == VJOB_JOB_RUNNING)
            return vir_fail(j->from, VIR_ERR_OPERATION_INVALID, "job %s is still running", j->job.operation);
        if (j->driver.destroy && j->driver.destroy(job)) return -1;
        if (vjob_space_release(VJOB_SPACE_VIR, j_call.handle))
            return vir_fail(j->from, VIR_ERR_INVALID_ARG, "bad job pointer in %s", __func__);
        give_data_up(j);
        let_conn_go(j);
    }
    vir_settle();
    return 0;
}
