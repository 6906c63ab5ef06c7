/* virJob: the starters that are one operation. (Those about saved images: image_job.c) */
#include "vir_job.h"

#include "vir_def.h"

virJobPtr virDomainCreateJob(virDomainPtr domain, unsigned int flags)
{
    VIR_DOMAIN(d, domain, NULL);
    vir_conn *const conn = d->member.conn;
    VIR_WRITABLE(conn, NULL);
    VIR_FLAGS(conn, flags, 0, NULL);
    if (vir_need_jobs(conn, __func__)) return NULL;
    VIR_THERE(there, d, NULL);
    if (vir_need_inactive(conn, &there)) return NULL;
    vir_job *job = vir_job_new(conn, __func__, VIR_JOB_BOUNDED);
    const vjob_op_request request = {.op = VJOB_OP_START, .vm = there.vm, .flags = VJOB_OPF_NOT_PAUSED};
    return job ? vir_job_start_op(job, &request) : NULL;
}
