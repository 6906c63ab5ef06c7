/* Lifecycle: on, off, pause, reset. */
#include "vir_internal.h"

/* ---- what the calls share ----------------------------------------------------------------------------------- */

/* Is the guest there at all? For calls that say so before they wait for their turn. */
static int run_active(vir_domain *d, const char *function, vjob_op op, uint32_t flags)
{
    VIR_THERE(there, d, -1);
    const vir_conn *conn = d->member.conn;
    const int own_words = conn->manner == VIR_MANNER_TEST && (op == VJOB_OP_PAUSE || op == VJOB_OP_CONTINUE);
    if (!own_words && vir_need_active(&there)) return -1;
    const vjob_op_request request = {.op = op, .vm = there.vm, .flags = flags};
    return vir_run(d->member.conn, function, &request);
}

int virDomainSuspend(virDomainPtr domain)
{
    VIR_DOMAIN(d, domain, -1);
    VIR_WRITABLE(d->member.conn, -1);
    return run_active(d, __func__, VJOB_OP_PAUSE, 0);
}

int virDomainResume(virDomainPtr domain)
{
    VIR_DOMAIN(d, domain, -1);
    VIR_WRITABLE(d->member.conn, -1);
    return run_active(d, __func__, VJOB_OP_CONTINUE, 0);
}

int virDomainReset(virDomainPtr domain, unsigned int flags)
{
    VIR_DOMAIN(d, domain, -1);
    VIR_WRITABLE(d->member.conn, -1);
    VIR_FLAGS(d->member.conn, flags, 0, -1);
    return run_active(d, __func__, VJOB_OP_RESET, 0);
}

/* ---- off ------------------------------------------------------------------------------------------------------- */

/* Pulling the plug waits for nobody: what is being done with the domain ends. */
static int destroy(vir_domain *d, const char *function)
{
    VIR_WRITABLE_IN(d->member.conn, function, -1);
    VIR_THERE(there, d, -1);
    if (vir_need_active(&there)) return -1;
    const vjob_op_request request = {.op = VJOB_OP_STOP, .vm = there.vm, .flags = VJOB_OPF_PREEMPT};
    if (!vir_run(d->member.conn, function, &request)) return 0;
    if (vjob_vm_get_state(there.vm) != VJOB_VM_STOPPED) return -1;
    vir_record_clear(); /* it was on its way up, and does not arrive */
    return 0;
}

int virDomainDestroy(virDomainPtr domain)
{
    VIR_DOMAIN(d, domain, -1);
    return destroy(d, __func__);
}

static unsigned destroy_flags(const vir_domain *d)
{
    const unsigned graceful = VIR_DOMAIN_DESTROY_GRACEFUL;
    return d->member.conn->manner == VIR_MANNER_TEST ? graceful : graceful | VIR_DOMAIN_DESTROY_REMOVE_LOGS;
}

int virDomainDestroyFlags(virDomainPtr domain, unsigned int flags)
{
    VIR_DOMAIN(d, domain, -1);
    VIR_WRITABLE(d->member.conn, -1);
    VIR_FLAGS(d->member.conn, flags, destroy_flags(d), -1);
    return destroy(d, __func__);
}

/* Through the guest: qemu returns when the guest has been asked, the test driver when it is done. */
static int ask_guest(vir_domain *d, const char *function, vjob_op op)
{
    VIR_WRITABLE_IN(d->member.conn, function, -1);
    VIR_THERE(there, d, -1);
    const vjob_op_request request = {.op = op, .vm = there.vm, .flags = VJOB_OPF_FORCE};
    if (d->member.conn->manner == VIR_MANNER_QEMU)
        return vir_need_active(&there) ? -1 : vir_begin(d->member.conn, function, &request);
    if (op == VJOB_OP_RESTART && vir_need_active(&there)) return -1;
    return vir_run(d->member.conn, function, &request);
}

/* The ways to ask a guest that a driver knows. */
static unsigned ways(const vir_domain *d, vjob_op op)
{
    if (d->member.conn->manner == VIR_MANNER_TEST) return op == VJOB_OP_SHUTDOWN ? 0 : 0x1f;
    return VIR_DOMAIN_SHUTDOWN_ACPI_POWER_BTN | VIR_DOMAIN_SHUTDOWN_GUEST_AGENT;
}

int virDomainShutdown(virDomainPtr domain)
{
    VIR_DOMAIN(d, domain, -1);
    return ask_guest(d, __func__, VJOB_OP_SHUTDOWN);
}

int virDomainShutdownFlags(virDomainPtr domain, unsigned int flags)
{
    VIR_DOMAIN(d, domain, -1);
    VIR_WRITABLE(d->member.conn, -1);
    VIR_FLAGS(d->member.conn, flags, ways(d, VJOB_OP_SHUTDOWN), -1);
    return ask_guest(d, __func__, VJOB_OP_SHUTDOWN);
}

int virDomainReboot(virDomainPtr domain, unsigned int flags)
{
    VIR_DOMAIN(d, domain, -1);
    VIR_WRITABLE(d->member.conn, -1);
    VIR_FLAGS(d->member.conn, flags, ways(d, VJOB_OP_RESTART), -1);
    return ask_guest(d, __func__, VJOB_OP_RESTART);
}

/* ---- on --------------------------------------------------------------------------------------------------------- */

#define START_FLAGS                                                                                          \
    (VIR_DOMAIN_START_PAUSED | VIR_DOMAIN_START_AUTODESTROY | VIR_DOMAIN_START_BYPASS_CACHE |                \
     VIR_DOMAIN_START_FORCE_BOOT | VIR_DOMAIN_START_VALIDATE | VIR_DOMAIN_START_RESET_NVRAM)

int vir_need_inactive(const vir_conn *conn, const vir_there *there)
{
    if (!vir_is_active(&there->info)) return 0;
    const int test = conn->manner == VIR_MANNER_TEST;
    return vir_fail(conn->from, test ? VIR_ERR_INTERNAL_ERROR : VIR_ERR_OPERATION_INVALID,
                    "domain %s is running already", there->info.name);
}

int vir_start(vir_conn *conn, vjob_vm *vm, const char *function, unsigned flags, uint32_t more)
{
    vjob_op_request request = {.op = VJOB_OP_DROP_SUSPENDED, .vm = vm, .flags = more | VJOB_OPF_NOT_PAUSED};
    /* the test driver does not restore: its guests boot */
    const int boots = conn->manner == VIR_MANNER_TEST || flags & VIR_DOMAIN_START_FORCE_BOOT;
    if (boots && vjob_vm_get_state(vm) == VJOB_VM_SUSPENDED && vir_run(conn, function, &request)) return -1;
    request.op = VJOB_OP_START;
    if (vir_run(conn, function, &request)) return -1;
    request.op = VJOB_OP_PAUSE;
    request.flags = more | VJOB_OPF_INSTANT;
    return flags & VIR_DOMAIN_START_PAUSED ? vir_run(conn, function, &request) : 0;
}

static int create(vir_domain *d, const char *function, unsigned flags)
{
    VIR_WRITABLE_IN(d->member.conn, function, -1);
    VIR_THERE(there, d, -1);
    if (vir_need_inactive(d->member.conn, &there)) return -1;
    return vir_start(d->member.conn, there.vm, function, flags, 0);
}

int virDomainCreate(virDomainPtr domain)
{
    VIR_DOMAIN(d, domain, -1);
    return create(d, __func__, 0);
}

int virDomainCreateWithFlags(virDomainPtr domain, unsigned int flags)
{
    VIR_DOMAIN(d, domain, -1);
    VIR_WRITABLE(d->member.conn, -1);
    VIR_FLAGS(d->member.conn, flags, d->member.conn->manner == VIR_MANNER_TEST ? 0 : START_FLAGS, -1);
    return create(d, __func__, flags);
}

/* ---- autostart ---------------------------------------------------------------------------------------------------- */

int virDomainGetAutostart(virDomainPtr domain, int *autostart)
{
    VIR_DOMAIN(d, domain, -1);
    VIR_NEED(autostart, "autostart", -1);
    VIR_THERE(there, d, -1);
    *autostart = there.info.autostart;
    return 0;
}

int virDomainSetAutostart(virDomainPtr domain, int autostart)
{
    VIR_DOMAIN(d, domain, -1);
    VIR_WRITABLE(d->member.conn, -1);
    VIR_THERE(there, d, -1);
    if (there.info.transient)
        return vir_fail(VIR_FROM_DOMAIN, VIR_ERR_OPERATION_INVALID, "domain %s is transient",
                        there.info.name);
    const vjob_err err = vjob_vm_set_autostart(there.vm, autostart != 0);
    return err ? vir_fail_op(d->member.conn, VJOB_OP_NONE, err, NULL) : 0;
}
