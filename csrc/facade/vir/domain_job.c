/* Jobs of domains: information, statistics, aborting. */
#include "domain_job.h"

#include <string.h>

#include "params.h"

/* ---- what is under way ---------------------------------------------------------------------------------------------- */

/* What others do not see as a job: it is over in a moment. */
static int job_type(vjob_op op)
{
    switch (op) {
    case VJOB_OP_SUSPEND:
    case VJOB_OP_MIGRATE: return VIR_DOMAIN_JOB_UNBOUNDED;
    case VJOB_OP_START:
    case VJOB_OP_RESUME:
    case VJOB_OP_SNAPSHOT:
    case VJOB_OP_SWITCH_SNAPSHOT:
    case VJOB_OP_DELETE_SNAPSHOT: return VIR_DOMAIN_JOB_BOUNDED;
    default: return VIR_DOMAIN_JOB_NONE;
    }
}

static int operation(vjob_op op)
{
    switch (op) {
    case VJOB_OP_START: return VIR_DOMAIN_JOB_OPERATION_START;
    case VJOB_OP_SUSPEND: return VIR_DOMAIN_JOB_OPERATION_SAVE;
    case VJOB_OP_RESUME: return VIR_DOMAIN_JOB_OPERATION_RESTORE;
    case VJOB_OP_MIGRATE: return VIR_DOMAIN_JOB_OPERATION_MIGRATION_OUT;
    case VJOB_OP_SNAPSHOT: return VIR_DOMAIN_JOB_OPERATION_SNAPSHOT;
    case VJOB_OP_SWITCH_SNAPSHOT: return VIR_DOMAIN_JOB_OPERATION_SNAPSHOT_REVERT;
    case VJOB_OP_DELETE_SNAPSHOT: return VIR_DOMAIN_JOB_OPERATION_SNAPSHOT_DELETE;
    default: return VIR_DOMAIN_JOB_OPERATION_UNKNOWN;
    }
}

/* All that is told of one. */
typedef struct figures {
    int type, operation;
    unsigned long long elapsed_ms, remaining_ms, total, processed;
} figures;

static void running_figures(const vir_there *there, figures *out)
{
    *out = (figures){.type = VIR_DOMAIN_JOB_NONE};
    vjob_job *job = vjob_vm_current_job(there->vm);
    if (!job) return;
    const unsigned long long percent = vjob_job_get_progress(job);
    const uint64_t now = vjob_clock_now();
    out->type = job_type(there->info.busy);
    out->operation = operation(there->info.busy);
    out->elapsed_ms = now > job->started_ns ? (now - job->started_ns) / 1000000 : 0;
    out->remaining_ms = percent ? out->elapsed_ms * (100 - percent) / percent : 0;
    out->total = (unsigned long long)there->info.memory_mb << 20;
    out->processed = out->total * percent / 100;
    vjob_obj_release(&job->obj);
}

static void last_figures(const vjob_vm_info *info, figures *out)
{
    *out = (figures){.type = VIR_DOMAIN_JOB_NONE};
    if (!info->last_op) return;
    out->type = VIR_DOMAIN_JOB_COMPLETED;
    out->operation = operation(info->last_op);
    out->elapsed_ms = (info->last_ended_ns - info->last_begun_ns) / 1000000;
    out->total = out->processed = (unsigned long long)info->memory_mb << 20;
}

/* ---- as parameters ---------------------------------------------------------------------------------------------------- */

static void put_figures(vir_params *list, const figures *f)
{
    if (f->type == VIR_DOMAIN_JOB_NONE) return;
    vir_params_int(list, VIR_DOMAIN_JOB_OPERATION, f->operation);
    vir_params_ull(list, VIR_DOMAIN_JOB_TIME_ELAPSED, f->elapsed_ms);
    if (f->type != VIR_DOMAIN_JOB_COMPLETED)
        vir_params_ull(list, VIR_DOMAIN_JOB_TIME_REMAINING, f->remaining_ms);
    vir_params_ull(list, VIR_DOMAIN_JOB_DATA_TOTAL, f->total);
    vir_params_ull(list, VIR_DOMAIN_JOB_DATA_PROCESSED, f->processed);
    vir_params_ull(list, VIR_DOMAIN_JOB_DATA_REMAINING, f->total - f->processed);
    vir_params_ull(list, VIR_DOMAIN_JOB_MEMORY_TOTAL, f->total);
    vir_params_ull(list, VIR_DOMAIN_JOB_MEMORY_PROCESSED, f->processed);
    vir_params_ull(list, VIR_DOMAIN_JOB_MEMORY_REMAINING, f->total - f->processed);
    if (f->elapsed_ms) vir_params_ull(list, VIR_DOMAIN_JOB_MEMORY_BPS, f->processed * 1000 / f->elapsed_ms);
}

void vir_job_params(const vjob_vm_info *info, virTypedParameterPtr *out_params, int *out_n)
{
    figures f;
    vir_params list = {0};
    last_figures(info, &f);
    put_figures(&list, &f);
    *out_params = list.params;
    *out_n = list.n;
}

/* ---- public --------------------------------------------------------------------------------------------------------------- */

/* The test driver has no jobs to look at. */
static int need_job_calls(const vir_domain *d, const char *function)
{
    return d->member.conn->manner == VIR_MANNER_TEST ? vir_unsupported(function) : 0;
}

int virDomainGetJobInfo(virDomainPtr dom, virDomainJobInfoPtr info)
{
    figures f;
    VIR_ENTER_BY(vir_enter_poll, vir_domain, d, dom, VIR_TYPE_DOMAIN, -1);
    VIR_NEED(info, "info", -1);
    if (need_job_calls(d, __func__)) return -1;
    VIR_THERE(there, d, -1);
    if (!there.info.busy && vir_need_active(&there)) return -1;
    running_figures(&there, &f);
    *info = (virDomainJobInfo){
        .type = f.type,
        .timeElapsed = f.elapsed_ms,
        .timeRemaining = f.remaining_ms,
        .dataTotal = f.total,
        .dataProcessed = f.processed,
        .dataRemaining = f.total - f.processed,
        .memTotal = f.total,
        .memProcessed = f.processed,
        .memRemaining = f.total - f.processed,
    };
    return 0;
}

int virDomainGetJobStats(virDomainPtr domain, int *type, virTypedParameterPtr *params, int *nparams,
                         unsigned int flags)
{
    figures f;
    vir_params list = {0};
    VIR_ENTER_BY(vir_enter_poll, vir_domain, d, domain, VIR_TYPE_DOMAIN, -1);
    VIR_NEED(type, "type", -1);
    VIR_NEED(params, "params", -1);
    VIR_NEED(nparams, "nparams", -1);
    if (need_job_calls(d, __func__)) return -1;
    VIR_FLAGS(d->member.conn, flags, VIR_DOMAIN_JOB_STATS_COMPLETED | VIR_DOMAIN_JOB_STATS_KEEP_COMPLETED,
              -1);
    VIR_THERE(there, d, -1);
    const int completed = (flags & VIR_DOMAIN_JOB_STATS_COMPLETED) != 0;
    if (!completed && !there.info.busy && vir_need_active(&there)) return -1;
    if (completed)
        last_figures(&there.info, &f);
    else
        running_figures(&there, &f);
    put_figures(&list, &f);
    if (list.failed) {
        vir_params_drop(&list);
        return vir_fail_memory(d->member.conn->from);
    }
    if (completed && !(flags & VIR_DOMAIN_JOB_STATS_KEEP_COMPLETED)) vjob_vm_forget_last(there.vm);
    *type = f.type;
    *params = list.params;
    *nparams = list.n;
    return 0;
}

static int may_abort(vjob_op op)
{
    return op == VJOB_OP_SUSPEND || op == VJOB_OP_MIGRATE || op == VJOB_OP_SNAPSHOT ||
           op == VJOB_OP_DELETE_SNAPSHOT;
}

int virDomainAbortJob(virDomainPtr dom)
{
    VIR_DOMAIN(d, dom, -1);
    VIR_WRITABLE(d->member.conn, -1);
    if (need_job_calls(d, __func__)) return -1;
    VIR_THERE(there, d, -1);
    if (!there.info.busy && vir_need_active(&there)) return -1;
    vjob_job *job = may_abort(there.info.busy) ? vjob_vm_current_job(there.vm) : NULL;
    const vjob_err err = job ? vjob_job_ask_cancel(job) : VJOB_EDONE;
    if (job) vjob_obj_release(&job->obj);
    if (!err) return 0;
    return vir_fail(d->member.conn->from, VIR_ERR_OPERATION_INVALID, "%s is not aborted",
                    there.info.busy ? vjob_op_name(there.info.busy) : "no job is active, so nothing");
}

int virDomainGetControlInfo(virDomainPtr domain, virDomainControlInfoPtr info, unsigned int flags)
{
    figures f;
    VIR_DOMAIN(d, domain, -1);
    VIR_NEED(info, "info", -1);
    if (need_job_calls(d, __func__)) return -1;
    VIR_FLAGS(d->member.conn, flags, 0, -1);
    VIR_THERE(there, d, -1);
    if (vir_need_active(&there)) return -1;
    running_figures(&there, &f);
    *info = (virDomainControlInfo){
        .state = f.type == VIR_DOMAIN_JOB_NONE ? VIR_DOMAIN_CONTROL_OK : VIR_DOMAIN_CONTROL_JOB,
        .stateTime = f.elapsed_ms,
    };
    return 0;
}
