/* Defining, creating, undefining and renaming domains. */
#include <stdio.h>
#include <string.h>

#include "vir_def.h"
#include "vir_job.h"

/* A domain's XML, read. */
typedef struct plan {
    vjob_vm_config config;
    vir_def *def;
} plan;

static int plan_read(vir_conn *conn, const char *xml, unsigned flags, plan *out)
{
    out->def = vir_xml_read_domain(conn, xml, flags, &out->config);
    return out->def ? 0 : -1;
}

static void plan_free(plan *plan)
{
    vir_def_release(plan->def);
    vjob_vm_config_clear(&plan->config);
}

/* The domain that is meant: with this uuid, and then by this name too; *out_vm is kept, NULL: a new one.
 * 0 | -1: name and uuid are of two domains */
static int find_meant(vir_conn *conn, const vjob_vm_config *config, vjob_vm **out_vm)
{
    vjob_vm *by_name = NULL, *by_uuid = NULL;
    vjob_vm_by_name(conn->host, config->name, &by_name);
    if (config->uuid[0]) vjob_vm_by_uuid(conn->host, config->uuid, &by_uuid);
    *out_vm = by_uuid;
    if (by_name == by_uuid) {
        if (by_name) vjob_vm_release(by_name);
        return 0;
    }
    vjob_vm *const other = by_name ? by_name : by_uuid;
    vir_fail(VIR_FROM_DOMAIN, VIR_ERR_OPERATION_FAILED, "domain %s with uuid %s exists already", config->name,
             vjob_vm_uuid(other));
    if (by_name) vjob_vm_release(by_name);
    if (by_uuid) vjob_vm_release(by_uuid);
    *out_vm = NULL;
    return -1;
}

static virDomainPtr give(vir_conn *conn, vjob_vm *vm, int failed)
{
    virDomainPtr handle = failed || !vm ? NULL : vir_domain_give(conn, vm);
    if (vm) vjob_vm_release(vm);
    return handle;
}

/* ---- defining ----------------------------------------------------------------------------------------------------- */

static int redefine(vir_conn *conn, const char *function, vjob_vm *vm, const plan *plan)
{
    vjob_vm_info info;
    const vjob_op_request request = {.op = VJOB_OP_CONFIGURE,
                                     .vm = vm,
                                     .config = &plan->config,
                                     .extra = &plan->def->obj,
                                     .flags = VJOB_OPF_NEXT | VJOB_OPF_INSTANT};
    vjob_vm_look(vm, &info);
    if (vir_run(conn, function, &request)) return -1;
    if (!info.transient) return 0;
    const vjob_err err = vjob_vm_set_transient(vm, 0);
    return err ? vir_fail_op(conn, VJOB_OP_CONFIGURE, err, NULL) : 0;
}

static virDomainPtr define(vir_conn *conn, const char *function, const char *xml, unsigned flags)
{
    plan plan;
    vjob_vm *vm = NULL;
    if (plan_read(conn, xml, flags, &plan)) return NULL;
    int failed = find_meant(conn, &plan.config, &vm);
    if (!failed && vm) {
        failed = redefine(conn, function, vm, &plan);
    } else if (!failed) {
        const vjob_op_request request = {.op = VJOB_OP_CREATE,
                                         .host = conn->host,
                                         .config = &plan.config,
                                         .extra = &plan.def->obj,
                                         .flags = VJOB_OPF_INSTANT};
        failed = vir_run_making(conn, function, &request, &vm);
    }
    plan_free(&plan);
    return give(conn, vm, failed);
}

virDomainPtr virDomainDefineXML(virConnectPtr conn, const char *xml)
{
    VIR_CONN(c, conn, NULL);
    VIR_WRITABLE(c, NULL);
    VIR_NEED(xml, "xml", NULL);
    return define(c, __func__, xml, 0);
}

virDomainPtr virDomainDefineXMLFlags(virConnectPtr conn, const char *xml, unsigned int flags)
{
    VIR_CONN(c, conn, NULL);
    VIR_WRITABLE(c, NULL);
    VIR_NEED(xml, "xml", NULL);
    VIR_FLAGS(c, flags, VIR_DOMAIN_DEFINE_VALIDATE, NULL);
    return define(c, __func__, xml, flags);
}

/* ---- creating ------------------------------------------------------------------------------------------------------ */

/* What begins to run: a domain that is defined, or a new one that lives as long as it runs. */
static int prepare_create(vir_conn *conn, const plan *plan, vjob_vm **out_vm, vjob_op_request *out)
{
    vjob_vm_info info;
    if (find_meant(conn, &plan->config, out_vm)) return -1;
    *out = (vjob_op_request){.op = VJOB_OP_CREATE,
                             .host = conn->host,
                             .config = &plan->config,
                             .extra = &plan->def->obj,
                             .flags = VJOB_OPF_TRANSIENT | VJOB_OPF_RUN};
    if (!*out_vm) return 0;
    *out = (vjob_op_request){.op = VJOB_OP_START, .vm = *out_vm, .flags = VJOB_OPF_NOT_PAUSED};
    vjob_vm_look(*out_vm, &info);
    if (!vir_is_active(&info)) return 0;
    vjob_vm_release(*out_vm);
    *out_vm = NULL;
    return vir_fail(VIR_FROM_DOMAIN, VIR_ERR_OPERATION_INVALID, "domain %s is active already", info.name);
}

static virDomainPtr create(vir_conn *conn, const char *function, const char *xml, unsigned flags)
{
    plan plan;
    vjob_op_request request;
    vjob_vm *vm = NULL, *made = NULL;
    if (plan_read(conn, xml, flags, &plan)) return NULL;
    int failed = prepare_create(conn, &plan, &vm, &request);
    if (!failed) failed = vir_run_making(conn, function, &request, &made);
    plan_free(&plan);
    if (vm) vjob_vm_release(vm);
    request = (vjob_op_request){.op = VJOB_OP_PAUSE, .vm = made, .flags = VJOB_OPF_INSTANT};
    if (!failed && flags & VIR_DOMAIN_START_PAUSED) failed = vir_run(conn, function, &request);
    return give(conn, made, failed);
}

static unsigned create_flags(const vir_conn *conn)
{
    if (conn->manner == VIR_MANNER_TEST) return VIR_DOMAIN_START_VALIDATE;
    return VIR_DOMAIN_START_PAUSED | VIR_DOMAIN_START_AUTODESTROY | VIR_DOMAIN_START_VALIDATE |
           VIR_DOMAIN_START_RESET_NVRAM;
}

virDomainPtr virDomainCreateXML(virConnectPtr conn, const char *xmlDesc, unsigned int flags)
{
    VIR_CONN(c, conn, NULL);
    VIR_NEED(xmlDesc, "xmlDesc", NULL);
    VIR_WRITABLE(c, NULL);
    VIR_FLAGS(c, flags, create_flags(c), NULL);
    return create(c, __func__, xmlDesc, flags);
}

virDomainPtr virDomainCreateLinux(virConnectPtr conn, const char *xmlDesc, unsigned int flags)
{
    VIR_CONN(c, conn, NULL);
    VIR_NEED(xmlDesc, "xmlDesc", NULL);
    VIR_WRITABLE(c, NULL);
    VIR_FLAGS(c, flags, create_flags(c), NULL);
    return create(c, __func__, xmlDesc, flags);
}

virJobPtr virDomainCreateLinuxJob(virConnectPtr conn, const char *xmlDesc, unsigned int flags)
{
    plan plan;
    vjob_op_request request;
    vjob_vm *vm = NULL;
    virJobPtr handle = NULL;
    VIR_CONN(c, conn, NULL);
    VIR_NEED(xmlDesc, "xmlDesc", NULL);
    VIR_WRITABLE(c, NULL);
    VIR_FLAGS(c, flags, 0, NULL);
    if (vir_need_jobs(c, __func__) || plan_read(c, xmlDesc, flags, &plan)) return NULL;
    if (!prepare_create(c, &plan, &vm, &request)) {
        vir_job *job = vir_job_new(c, __func__, VIR_JOB_BOUNDED);
        if (job) handle = vir_job_start_op(job, &request);
    }
    if (vm) vjob_vm_release(vm);
    plan_free(&plan);
    return handle;
}

/* ---- undefining ----------------------------------------------------------------------------------------------------- */

static int check_undefine(const vir_there *there, unsigned flags)
{
    const vjob_vm_info *info = &there->info;
    const char *why = NULL;
    if (info->transient)
        why = "is transient";
    else if (info->state == VJOB_VM_SUSPENDED && !(flags & VIR_DOMAIN_UNDEFINE_MANAGED_SAVE))
        why = "has a managed save image";
    else if (!vir_is_active(info) && info->snapshots && !(flags & VIR_DOMAIN_UNDEFINE_SNAPSHOTS_METADATA))
        why = "has snapshots";
    if (!why) return 0;
    return vir_fail(VIR_FROM_DOMAIN, VIR_ERR_OPERATION_INVALID, "domain %s %s", info->name, why);
}

static int undefine(vir_domain *d, const char *function, unsigned flags)
{
    VIR_THERE(there, d, -1);
    if (check_undefine(&there, flags)) return -1;
    if (vir_is_active(&there.info)) {
        const vjob_err err = vjob_vm_set_transient(there.vm, 1);
        return err ? vir_fail_op(d->member.conn, VJOB_OP_DELETE, err, NULL) : 0;
    }
    const vjob_op_request request = {.op = VJOB_OP_DELETE, .vm = there.vm, .flags = VJOB_OPF_INSTANT};
    return vir_run(d->member.conn, function, &request);
}

int virDomainUndefine(virDomainPtr domain)
{
    VIR_DOMAIN(d, domain, -1);
    VIR_WRITABLE(d->member.conn, -1);
    return undefine(d, __func__, 0);
}

int virDomainUndefineFlags(virDomainPtr domain, unsigned int flags)
{
    VIR_DOMAIN(d, domain, -1);
    VIR_WRITABLE(d->member.conn, -1);
    VIR_FLAGS(d->member.conn, flags, 0x7f, -1);
    return undefine(d, __func__, flags);
}

/* ---- renaming ---------------------------------------------------------------------------------------------------------- */

static int check_rename(vir_conn *conn, const vir_there *there, const char *name)
{
    vjob_vm *other = NULL;
    if (vir_is_active(&there->info))
        return vir_fail(VIR_FROM_DOMAIN, VIR_ERR_OPERATION_INVALID, "active domain %s is not renamed",
                        there->info.name);
    if (there->info.transient)
        return vir_fail(VIR_FROM_DOMAIN, VIR_ERR_OPERATION_INVALID, "transient domain %s is not renamed",
                        there->info.name);
    if (vjob_vm_by_name(conn->host, name, &other)) return 0;
    vjob_vm_release(other);
    return vir_fail(VIR_FROM_DOMAIN, VIR_ERR_OPERATION_INVALID, "there is a domain named %s already", name);
}

static int rename_to(vir_conn *conn, const char *function, vjob_vm *vm, const char *name)
{
    vjob_vm_config config;
    vjob_err err = vjob_vm_get_config(vm, &config);
    if (err) return vir_fail_op(conn, VJOB_OP_CONFIGURE, err, NULL);
    snprintf(config.name, sizeof config.name, "%s", name);
    const vjob_op_request request = {
        .op = VJOB_OP_CONFIGURE, .vm = vm, .config = &config, .flags = VJOB_OPF_INSTANT};
    const int failed = vir_run(conn, function, &request);
    vjob_vm_config_clear(&config);
    return failed;
}

int virDomainRename(virDomainPtr dom, const char *new_name, unsigned int flags)
{
    VIR_DOMAIN(d, dom, -1);
    VIR_NEED(new_name && *new_name, "new_name", -1);
    VIR_WRITABLE(d->member.conn, -1);
    VIR_FLAGS(d->member.conn, flags, 0, -1);
    if (strchr(new_name, '/') || strlen(new_name) >= sizeof((vjob_vm_config *)0)->name)
        return vir_fail(d->member.conn->from, VIR_ERR_XML_ERROR, "%.300s is no name", new_name);
    VIR_THERE(there, d, -1);
    if (check_rename(d->member.conn, &there, new_name)) return -1;
    return rename_to(d->member.conn, __func__, there.vm, new_name);
}
