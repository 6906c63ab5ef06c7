/* Saving to a file, restoring from one, managed images. */
#include "image.h"

#include <stdlib.h>

#define SAVE_FLAGS (VIR_DOMAIN_SAVE_BYPASS_CACHE | VIR_DOMAIN_SAVE_RUNNING | VIR_DOMAIN_SAVE_PAUSED)
#define STATE_FLAGS (VIR_DOMAIN_SAVE_RUNNING | VIR_DOMAIN_SAVE_PAUSED)

static unsigned known_flags(const vir_conn *conn)
{
    return conn->manner == VIR_MANNER_TEST ? 0 : SAVE_FLAGS;
}

static int check_state_flags(const vir_conn *conn, unsigned flags)
{
    if ((flags & STATE_FLAGS) != STATE_FLAGS) return 0;
    return vir_fail(conn->from, VIR_ERR_INVALID_ARG, "running and paused flags are mutually exclusive");
}

/* ---- to a file ---- */

static int save(vir_domain *d, const char *function, const char *path)
{
    vir_conn *conn = d->member.conn;
    vjob_part *part;
    VIR_WRITABLE_IN(conn, function, -1);
    VIR_THERE(there, d, -1);
    if (vir_need_active(&there) || vir_image_begin(conn, there.vm, path, &part)) return -1;
    const vjob_op_request request = {.op = VJOB_OP_SUSPEND, .vm = there.vm, .flags = VJOB_OPF_SAVE_AWAY};
    const int failed = vir_run(conn, function, &request);
    const int lost = vir_image_end(conn, part, path, !failed);
    return failed || lost ? -1 : 0;
}

int virDomainSave(virDomainPtr domain, const char *to)
{
    VIR_DOMAIN(d, domain, -1);
    VIR_NEED(to, "to", -1);
    return save(d, __func__, to);
}

int virDomainSaveFlags(virDomainPtr domain, const char *to, const char *dxml, unsigned int flags)
{
    VIR_DOMAIN(d, domain, -1);
    VIR_NEED(to, "to", -1);
    VIR_FLAGS(d->member.conn, flags, known_flags(d->member.conn), -1);
    if (check_state_flags(d->member.conn, flags)) return -1;
    if (dxml)
        return vir_fail(d->member.conn->from, VIR_ERR_ARGUMENT_UNSUPPORTED, "xml modification unsupported");
    return save(d, __func__, to);
}

/* ---- from a file ---- */

static int restore(vir_conn *conn, const char *function, const char *path, const char *xml, unsigned flags)
{
    vir_restore from;
    vjob_vm *vm = NULL;
    VIR_WRITABLE_IN(conn, function, -1);
    if (vir_restore_begin(conn, path, xml, &from)) return -1;
    const vjob_op_request request = vir_restore_request(conn, &from);
    int failed = vir_run_making(conn, function, &request, &vm);
    if (!failed && flags & VIR_DOMAIN_SAVE_PAUSED) {
        const vjob_op_request pause = {.op = VJOB_OP_PAUSE, .vm = vm, .flags = VJOB_OPF_INSTANT};
        failed = vir_run(conn, function, &pause);
    }
    if (vm) vjob_vm_release(vm);
    vir_restore_end(&from);
    return failed;
}

int virDomainRestore(virConnectPtr conn, const char *from)
{
    VIR_CONN(c, conn, -1);
    VIR_NEED(from, "from", -1);
    return restore(c, __func__, from, NULL, 0);
}

int virDomainRestoreFlags(virConnectPtr conn, const char *from, const char *dxml, unsigned int flags)
{
    VIR_CONN(c, conn, -1);
    VIR_NEED(from, "from", -1);
    VIR_FLAGS(c, flags, known_flags(c), -1);
    if (check_state_flags(c, flags)) return -1;
    if (dxml && c->manner == VIR_MANNER_TEST)
        return vir_fail(c->from, VIR_ERR_ARGUMENT_UNSUPPORTED, "xml modification unsupported");
    return restore(c, __func__, from, dxml, flags);
}

/* ---- what is in a file ---- */

char *virDomainSaveImageGetXMLDesc(virConnectPtr conn, const char *file, unsigned int flags)
{
    VIR_CONN(c, conn, NULL);
    VIR_NEED(file, "file", NULL);
    VIR_FLAGS(c, flags, VIR_DOMAIN_SAVE_IMAGE_XML_SECURE, NULL);
    if (c->read_only && flags) {
        vir_fail(VIR_FROM_DOMAIN, VIR_ERR_OPERATION_DENIED, "%s with secure flag", __func__);
        return NULL;
    }
    char *inside = vir_image_read(c, file);
    if (!inside) return NULL;
    char *text = vir_xml_again(c, inside, flags ? VIR_DOMAIN_XML_SECURE : 0);
    free(inside);
    return text;
}

/* The new XML must be of the same domain. */
int virDomainSaveImageDefineXML(virConnectPtr conn, const char *file, const char *dxml, unsigned int flags)
{
    VIR_CONN(c, conn, -1);
    VIR_NEED(file, "file", -1);
    VIR_NEED(dxml, "dxml", -1);
    VIR_WRITABLE(c, -1);
    VIR_FLAGS(c, flags, STATE_FLAGS, -1);
    if (check_state_flags(c, flags)) return -1;
    char *inside = vir_image_read(c, file);
    if (!inside) return -1;
    const int failed = vir_image_rewrite(c, file, inside, dxml);
    free(inside);
    return failed;
}

/* ---- managed images: the domain is suspended, and its next start resumes it ---- */

int virDomainManagedSave(virDomainPtr dom, unsigned int flags)
{
    VIR_DOMAIN(d, dom, -1);
    vir_conn *conn = d->member.conn;
    VIR_WRITABLE(conn, -1);
    VIR_FLAGS(conn, flags, SAVE_FLAGS, -1);
    if (check_state_flags(conn, flags)) return -1;
    VIR_THERE(there, d, -1);
    if (vir_need_active(&there)) return -1;
    if (there.info.transient)
        return vir_fail(conn->from, VIR_ERR_OPERATION_INVALID, "cannot do managed save for transient domain");
    return vir_run(conn, __func__, &(vjob_op_request){.op = VJOB_OP_SUSPEND, .vm = there.vm});
}

int virDomainHasManagedSaveImage(virDomainPtr dom, unsigned int flags)
{
    VIR_DOMAIN(d, dom, -1);
    VIR_FLAGS(d->member.conn, flags, 0, -1);
    VIR_THERE(there, d, -1);
    return there.info.state == VJOB_VM_SUSPENDED;
}

int virDomainManagedSaveRemove(virDomainPtr dom, unsigned int flags)
{
    VIR_DOMAIN(d, dom, -1);
    VIR_WRITABLE(d->member.conn, -1);
    VIR_FLAGS(d->member.conn, flags, 0, -1);
    VIR_THERE(there, d, -1);
    if (there.info.state != VJOB_VM_SUSPENDED) return 0;
    return vir_run(d->member.conn, __func__,
                   &(vjob_op_request){.op = VJOB_OP_DROP_SUSPENDED, .vm = there.vm});
}
