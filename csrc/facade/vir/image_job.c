/* virJob: saving, restoring, core dumps. A body each: the file appears when its operation has succeeded. */
#include "image.h"
#include "vir_job.h"

#include <stdlib.h>
#include <string.h>

/* What a body works with; owned by its job. */
typedef struct work {
    vir_conn *conn; /* kept */
    vjob_vm *vm;    /* kept; SAVE, DUMP */
    vjob_part *part;
    char *path;
    unsigned flags;
    vir_restore from; /* RESTORE */
} work;

static void work_free(void *data)
{
    work *w = data;
    vjob_part_end(w->part, 0); /* a body that ran has taken it */
    if (w->vm) vjob_vm_release(w->vm);
    vir_restore_end(&w->from);
    vir_conn_drop(w->conn);
    free(w->path);
    free(w);
}

static work *work_new(vir_conn *conn, vjob_vm *vm, const char *path, unsigned flags)
{
    work *w = calloc(1, sizeof *w);
    if (w) w->path = strdup(path);
    if (w && w->path) {
        vir_conn_keep(conn);
        w->conn = conn;
        w->vm = vm ? vjob_vm_retain(vm) : NULL;
        w->flags = flags;
        return w;
    }
    free(w);
    vir_fail_memory(conn->from);
    return NULL;
}

/* Takes over the work, also when it fails. */
static virJobPtr start(vir_conn *conn, const char *function, vir_job_body body, work *w)
{
    vir_job *job = vir_job_new(conn, function, VIR_JOB_BOUNDED);
    if (job) return vir_job_start_body(job, body, w, work_free);
    work_free(w);
    return NULL;
}

static int end_file(work *w, int failed)
{
    vjob_part *part = w->part;
    w->part = NULL;
    const int lost = vir_image_end(w->conn, part, w->path, !failed);
    return failed || lost ? -1 : 0;
}

/* ---- save ---- */

static int save_body(vir_job *job, void *data)
{
    work *w = data;
    const vjob_op_request request = {
        .op = VJOB_OP_SUSPEND, .vm = w->vm, .flags = VJOB_OPF_SAVE_AWAY | VJOB_OPF_TIMED};
    return end_file(w, vir_job_step(job, &request, NULL));
}

virJobPtr virDomainSaveJob(virDomainPtr domain, const char *to, unsigned int flags)
{
    VIR_DOMAIN(d, domain, NULL);
    vir_conn *const conn = d->member.conn;
    VIR_NEED(to, "to", NULL);
    VIR_WRITABLE(conn, NULL);
    VIR_FLAGS(conn, flags, 0, NULL);
    if (vir_need_jobs(conn, __func__)) return NULL;
    VIR_THERE(there, d, NULL);
    if (vir_need_active(&there)) return NULL;
    work *w = work_new(conn, there.vm, to, 0);
    if (!w) return NULL;
    if (!vir_image_begin(conn, there.vm, to, &w->part)) return start(conn, __func__, save_body, w);
    work_free(w);
    return NULL;
}

/* ---- core dump ---- */

static int dump_body(vir_job *job, void *data)
{
    work *w = data;
    const vjob_op_request request = {.op = VJOB_OP_DUMP, .vm = w->vm, .flags = VJOB_OPF_TIMED};
    const vjob_op_request crash = {
        .op = VJOB_OP_STOP, .vm = w->vm, .flags = VJOB_OPF_INSTANT | VJOB_OPF_CRASHED};
    const int held = vir_core_hold(w->conn, job->job.operation, w->vm, w->flags);
    int failed = held < 0 || vir_job_step(job, &request, NULL);
    if (failed || !(w->flags & VIR_DUMP_CRASH))
        failed = vir_core_let_go(w->conn, job->job.operation, w->vm, held, failed);
    if (end_file(w, failed)) return -1;
    return w->flags & VIR_DUMP_CRASH ? vir_job_step(job, &crash, NULL) : 0;
}

virJobPtr virDomainDumpCoreJob(virDomainPtr domain, const char *to, unsigned int flags)
{
    VIR_DOMAIN(d, domain, NULL);
    vir_conn *const conn = d->member.conn;
    VIR_NEED(to, "to", NULL);
    VIR_WRITABLE(conn, NULL);
    VIR_FLAGS(conn, flags, VIR_DUMP_CRASH, NULL);
    if (vir_need_jobs(conn, __func__)) return NULL;
    VIR_THERE(there, d, NULL);
    if (vir_need_active(&there)) return NULL;
    work *w = work_new(conn, there.vm, to, flags);
    if (!w) return NULL;
    if (!vir_core_begin(conn, there.vm, to, &w->part)) return start(conn, __func__, dump_body, w);
    work_free(w);
    return NULL;
}

/* ---- restore ---- */

static int restore_body(vir_job *job, void *data)
{
    work *w = data;
    vjob_vm *vm = NULL;
    vjob_op_request request = vir_restore_request(w->conn, &w->from);
    request.flags |= VJOB_OPF_TIMED;
    if (vir_job_step(job, &request, &vm)) return -1;
    vir_job_set_vm(job, vm);
    if (vm) vjob_vm_release(vm);
    return 0;
}

virJobPtr virDomainRestoreJob(virConnectPtr conn, const char *from, unsigned int flags)
{
    VIR_CONN(c, conn, NULL);
    VIR_NEED(from, "from", NULL);
    VIR_WRITABLE(c, NULL);
    VIR_FLAGS(c, flags, 0, NULL);
    if (vir_need_jobs(c, __func__)) return NULL;
    work *w = work_new(c, NULL, from, 0);
    if (!w) return NULL;
    if (!vir_restore_begin(c, from, NULL, &w->from)) return start(c, __func__, restore_body, w);
    work_free(w);
    return NULL;
}
