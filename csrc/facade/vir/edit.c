/* Changing definitions; see edit.h. */
#include "edit.h"

#define LIVE VIR_DOMAIN_AFFECT_LIVE
#define CONFIG VIR_DOMAIN_AFFECT_CONFIG

int vir_impact(const vir_there *there, unsigned flags, unsigned *out_impact)
{
    const int active = vir_is_active(&there->info);
    *out_impact = flags & (LIVE | CONFIG);
    if (!*out_impact) *out_impact = active ? LIVE : CONFIG;
    if (*out_impact & LIVE && vir_need_active(there)) return -1;
    if (*out_impact & CONFIG && there->info.transient)
        return vir_fail(VIR_FROM_DOMAIN, VIR_ERR_OPERATION_INVALID, "domain %s is transient",
                        there->info.name);
    return 0;
}

vir_def *vir_def_meant(const vir_there *there, unsigned impact)
{
    return vir_def_of(there->vm, !(impact & LIVE));
}

static int keep_failed(const vir_conn *conn, vjob_err err)
{
    return err ? vir_fail_op(conn, VJOB_OP_CONFIGURE, err, NULL) : 0;
}

/* Sizes are the simulator's too: they change through it, which only a stopped VM allows. */
static int configure(const vir_conn *conn, const char *function, const vir_there *there, vir_def *def)
{
    vjob_vm_config config;
    const vjob_err err = vjob_vm_get_config(there->vm, &config);
    if (err) return keep_failed(conn, err);
    config.memory_mb = (uint32_t)((def->max_kib + 1023) / 1024);
    config.cpus = def->max_vcpus;
    const vjob_op_request request = {.op = VJOB_OP_CONFIGURE,
                                     .vm = there->vm,
                                     .config = &config,
                                     .extra = &def->obj,
                                     .flags = VJOB_OPF_INSTANT | VJOB_OPF_NEXT};
    const int failed = vir_run((vir_conn *)conn, function, &request);
    vjob_vm_config_clear(&config);
    return failed;
}

static int has_other_sizes(const vir_def *a, const vir_def *b)
{
    return a->max_kib != b->max_kib || a->max_vcpus != b->max_vcpus;
}

/* What is defined: at once when there is no guest, else for the next start. */
static int edit_config(const vir_conn *conn, const char *function, const vir_there *there, vir_change change,
                       void *data)
{
    vir_def *now = vir_def_of(there->vm, 1), *def = now ? vir_def_copy(now) : NULL;
    int failed = !def || change(def, data);
    if (!failed && has_other_sizes(now, def))
        failed = configure(conn, function, there, def);
    else if (!failed && vir_is_active(&there->info))
        failed = keep_failed(conn, vjob_vm_set_next(there->vm, VJOB_SPACE_VIR, &def->obj));
    else if (!failed)
        failed = keep_failed(conn, vjob_vm_set_extra(there->vm, VJOB_SPACE_VIR, &def->obj));
    vir_def_release(now);
    vir_def_release(def);
    return failed ? -1 : 0;
}

/* What the guest has; what is defined stays as it was. */
static int edit_live(const vir_conn *conn, const vir_there *there, vir_change change, void *data)
{
    vir_def *now = vir_def_of(there->vm, 0), *next = vir_def_of(there->vm, 1);
    vir_def *def = now && next ? vir_def_copy(now) : NULL;
    int failed = !def || change(def, data);
    if (!failed && !there->info.transient)
        failed = keep_failed(conn, vjob_vm_set_next(there->vm, VJOB_SPACE_VIR, &next->obj));
    if (!failed) failed = keep_failed(conn, vjob_vm_set_extra(there->vm, VJOB_SPACE_VIR, &def->obj));
    vir_def_release(now);
    vir_def_release(next);
    vir_def_release(def);
    return failed ? -1 : 0;
}

int vir_edit(const vir_conn *conn, const char *function, const vir_there *there, unsigned impact,
             vir_change change, void *data)
{
    if (impact & LIVE && edit_live(conn, there, change, data)) return -1;
    return impact & CONFIG ? edit_config(conn, function, there, change, data) : 0;
}
