/* Classic calls: one operation of the simulator that the calling thread waits for. */
#include "vir_internal.h"
#include "vir_network.h"

/* ---- how they fail ---------------------------------------------------------------------------------------- */

/* Wrong states for which the test driver has a code of its own. */
static int is_internal_for_test(vjob_op op)
{
    return op == VJOB_OP_START || op == VJOB_OP_PAUSE || op == VJOB_OP_CONTINUE || op == VJOB_OP_SHUTDOWN;
}

static int fail_state(const vir_conn *conn, vjob_op op, const char *text)
{
    if (conn->manner == VIR_MANNER_TEST && is_internal_for_test(op))
        return vir_fail(VIR_FROM_TEST, VIR_ERR_INTERNAL_ERROR, "%s", text);
    return vir_fail(op == VJOB_OP_START ? conn->from : VIR_FROM_DOMAIN, VIR_ERR_OPERATION_INVALID, "%s",
                    text);
}

/* One row for each vjob_err that an operation may end with; the rest is an internal error. */
static const struct {
    vjob_err err;
    int code;
} codes[] = {
    {VJOB_ENOENT, VIR_ERR_NO_DOMAIN},
    {VJOB_EBUSY, VIR_ERR_OPERATION_TIMEOUT},
    {VJOB_ECANCELLED, VIR_ERR_OPERATION_ABORTED},
    {VJOB_EEXIST, VIR_ERR_OPERATION_FAILED},
    {VJOB_ENOMEM, VIR_ERR_NO_MEMORY},
    {VJOB_ENOTSUP, VIR_ERR_NO_SUPPORT},
    {VJOB_EIO, VIR_ERR_OPERATION_FAILED},
    {VJOB_EINVAL, VIR_ERR_CONFIG_UNSUPPORTED},
    {VJOB_EFAILED, VIR_ERR_OPERATION_FAILED},
    {VJOB_ENOTOOLS, VIR_ERR_AGENT_UNRESPONSIVE},
};

static int is_about_networks(vjob_op op)
{
    return op == VJOB_OP_NETWORK_CREATE || op == VJOB_OP_NETWORK_START || op == VJOB_OP_NETWORK_STOP;
}

int vir_fail_op(const vir_conn *conn, vjob_op op, vjob_err err, const vjob_op_result *result)
{
    if (is_about_networks(op)) return vir_net_fail(conn, err, result ? result->text : NULL);
    const char *text = result && result->text && *result->text ? result->text : vjob_err_text(err);
    if (err == VJOB_ESTATE) return fail_state(conn, op, text);
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        if (codes[i].err == err) return vir_fail(conn->from, codes[i].code, "%s", text);
    return vir_fail(conn->from, VIR_ERR_INTERNAL_ERROR, "%s", text);
}

/* Already as wanted: qemu does not mind. */
static int is_as_wanted(const vir_conn *conn, vjob_op op, vjob_err err, const vjob_op_result *result)
{
    return conn->manner == VIR_MANNER_QEMU && op == VJOB_OP_PAUSE && err == VJOB_ESTATE && result &&
           result->state == VJOB_VM_PAUSED;
}

/* ---- doing it ----------------------------------------------------------------------------------------------- */

static const vjob_job_kind plain_kind = {.cls = {"call", VJOB_SPACE_VIR, VIR_TYPE_NONE, NULL, NULL}};

vjob_job *vir_job_plain(const char *function)
{
    vjob_job *job = vjob_job_new(&plain_kind, sizeof *job, function);
    if (!job) vir_fail_memory(VIR_FROM_NONE);
    return job;
}

vjob_job *vir_start_plain(const vir_conn *conn, const char *function, const vjob_op_request *request,
                          vjob_busy_rule busy)
{
    vjob_op_request mine = *request;
    vjob_job *job = vir_job_plain(function);
    if (!job) return NULL;
    mine.busy = busy;
    mine.busy_wait_ns = VIR_TURN_NS;
    mine.space = VJOB_SPACE_VIR;
    const vjob_err err = vjob_op_start(&mine, job);
    if (!err) return job;
    vir_fail(conn->from, err == VJOB_ENOMEM ? VIR_ERR_NO_MEMORY : VIR_ERR_CONFIG_UNSUPPORTED, "%s",
             vjob_last_error()->text);
    vjob_job_end(job, err);
    vjob_obj_release(&job->obj);
    return NULL;
}

int vir_finish_plain(const vir_conn *conn, vjob_op op, vjob_job *job, vjob_vm **out_vm)
{
    vjob_err err = vjob_job_wait(job, VJOB_FOREVER);
    if (!err) err = vjob_job_get_err(job);
    const vjob_op_result *result = vjob_op_get_result(job);
    if (err && !is_as_wanted(conn, op, err, result)) return vir_fail_op(conn, op, err, result);
    if (out_vm && result && result->vm) *out_vm = vjob_vm_retain(result->vm);
    return 0;
}

int vir_run_making(vir_conn *conn, const char *function, const vjob_op_request *request, vjob_vm **out_vm)
{
    if (out_vm) *out_vm = NULL;
    vjob_job *job = vir_start_plain(conn, function, request, VJOB_BUSY_WAIT);
    if (!job) return -1;
    const int failed = vir_finish_plain(conn, request->op, job, out_vm);
    vjob_obj_release(&job->obj);
    return failed;
}

int vir_run(vir_conn *conn, const char *function, const vjob_op_request *request)
{
    return vir_run_making(conn, function, request, NULL);
}

/* ---- leaving it behind ---------------------------------------------------------------------------------------- */

/* Wait until nothing else is done with the VM. 0 | -1: it took too long */
static int wait_turn(vir_conn *conn, vjob_vm *vm, uint64_t deadline_ns)
{
    const vjob_op_request moment = {.op = VJOB_OP_READ, .vm = vm}; /* takes a little time, and nothing else */
    vjob_job *other;
    while ((other = vjob_vm_current_job(vm)) != NULL) {
        const uint64_t now = vjob_clock_now();
        const int left =
            vjob_job_get_state(other) != VJOB_JOB_RUNNING; /* whose job it was does not wait for it */
        const vjob_err err = left && now >= deadline_ns
                                 ? VJOB_ETIMEDOUT
                                 : vjob_job_wait(other, deadline_ns > now ? deadline_ns - now : 0);
        vjob_obj_release(&other->obj);
        if (!err && left && vir_run(conn, __func__, &moment)) return -1;
        if (err) return vir_fail_op(conn, VJOB_OP_NONE, VJOB_EBUSY, NULL);
    }
    return 0;
}

/* Is the operation of this job under way? */
static int has_begun(vjob_vm *vm, const vjob_job *job)
{
    vjob_job *current = vjob_vm_current_job(vm);
    const int ours = current == job;
    if (current) vjob_obj_release(&current->obj);
    return ours;
}

int vir_begin(vir_conn *conn, const char *function, const vjob_op_request *request)
{
    const uint64_t deadline_ns = vjob_clock_now() + VIR_TURN_NS;
    for (;;) {
        if (wait_turn(conn, request->vm, deadline_ns)) return -1;
        vjob_job *job = vir_start_plain(conn, function, request, VJOB_BUSY_FAIL);
        if (!job) return -1;
        vjob_err err = VJOB_OK;
        if (!has_begun(request->vm, job)) { /* refused, or over already */
            vjob_job_wait(job, VJOB_FOREVER);
            err = vjob_job_get_err(job);
        }
        const int failed =
            err && err != VJOB_EBUSY ? vir_fail_op(conn, request->op, err, vjob_op_get_result(job)) : 0;
        vjob_obj_release(&job->obj);
        if (err != VJOB_EBUSY) return failed;
    }
}
