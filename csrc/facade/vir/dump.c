/* Core dumps. */
#include "image.h"

#define TEST_FLAGS VIR_DUMP_CRASH
#define QEMU_FLAGS                                                                                           \
    (VIR_DUMP_CRASH | VIR_DUMP_LIVE | VIR_DUMP_BYPASS_CACHE | VIR_DUMP_RESET | VIR_DUMP_MEMORY_ONLY)

static unsigned known_flags(const vir_conn *conn)
{
    return conn->manner == VIR_MANNER_TEST ? TEST_FLAGS : QEMU_FLAGS;
}

int vir_core_hold(vir_conn *conn, const char *function, vjob_vm *vm, unsigned flags)
{
    vjob_vm_info info;
    const vjob_op_request request = {.op = VJOB_OP_PAUSE, .vm = vm, .flags = VJOB_OPF_INSTANT};
    if (conn->manner != VIR_MANNER_QEMU || flags & VIR_DUMP_LIVE) return 0;
    vjob_vm_look(vm, &info);
    if (info.state != VJOB_VM_RUNNING) return 0;
    return vir_run(conn, function, &request) ? -1 : 1;
}

int vir_core_let_go(vir_conn *conn, const char *function, vjob_vm *vm, int held, int failed)
{
    const vjob_op_request request = {.op = VJOB_OP_CONTINUE, .vm = vm, .flags = VJOB_OPF_INSTANT};
    virError first;
    if (held <= 0) return failed ? -1 : 0;
    if (failed) vir_error_copy(&first, vir_record());
    const int stays = vir_run(conn, function, &request);
    if (failed) {
        vir_fail_again(&first); /* what counts is why there is no core */
        virResetError(&first);
    }
    return failed || stays ? -1 : 0;
}

/* What follows when the core is written. */
static int afterwards(vir_conn *conn, const char *function, vjob_vm *vm, unsigned flags)
{
    vjob_op_request request = {.op = VJOB_OP_STOP, .vm = vm, .flags = VJOB_OPF_INSTANT};
    if (flags & VIR_DUMP_CRASH) {
        request.flags |= VJOB_OPF_CRASHED;
        return vir_run(conn, function, &request);
    }
    request.op = VJOB_OP_RESET;
    return flags & VIR_DUMP_RESET ? vir_run(conn, function, &request) : 0;
}

static int dump(vir_domain *d, const char *function, const char *path, unsigned flags)
{
    vir_conn *conn = d->member.conn;
    vjob_part *part;
    VIR_WRITABLE_IN(conn, function, -1);
    if (flags & VIR_DUMP_CRASH && flags & (VIR_DUMP_LIVE | VIR_DUMP_RESET))
        return vir_fail(conn->from, VIR_ERR_INVALID_ARG, "crash excludes live and reset");
    VIR_THERE(there, d, -1);
    if (vir_need_active(&there) || vir_core_begin(conn, there.vm, path, &part)) return -1;
    const int held = vir_core_hold(conn, function, there.vm, flags);
    int failed = held < 0 || vir_run(conn, function, &(vjob_op_request){.op = VJOB_OP_DUMP, .vm = there.vm});
    if (failed || !(flags & VIR_DUMP_CRASH)) failed = vir_core_let_go(conn, function, there.vm, held, failed);
    const int lost = vir_image_end(conn, part, path, !failed);
    return failed || lost ? -1 : afterwards(conn, function, there.vm, flags);
}

int virDomainCoreDump(virDomainPtr domain, const char *to, unsigned int flags)
{
    VIR_DOMAIN(d, domain, -1);
    VIR_NEED(to, "to", -1);
    VIR_FLAGS(d->member.conn, flags, known_flags(d->member.conn), -1);
    return dump(d, __func__, to, flags);
}

int virDomainCoreDumpWithFormat(virDomainPtr domain, const char *to, unsigned int dumpformat,
                                unsigned int flags)
{
    VIR_DOMAIN(d, domain, -1);
    const vir_conn *conn = d->member.conn;
    VIR_NEED(to, "to", -1);
    VIR_NEED(dumpformat <= VIR_DOMAIN_CORE_DUMP_FORMAT_WIN_DMP, "dumpformat", -1);
    VIR_FLAGS(conn, flags, known_flags(conn), -1);
    if (conn->manner == VIR_MANNER_TEST && dumpformat != VIR_DOMAIN_CORE_DUMP_FORMAT_RAW)
        return vir_fail(conn->from, VIR_ERR_OPERATION_UNSUPPORTED,
                        "kdump-compressed format is not supported here");
    if (dumpformat != VIR_DOMAIN_CORE_DUMP_FORMAT_RAW && !(flags & VIR_DUMP_MEMORY_ONLY))
        return vir_fail(conn->from, VIR_ERR_INVALID_ARG, "this format needs the memory-only flag");
    return dump(d, __func__, to, flags);
}
