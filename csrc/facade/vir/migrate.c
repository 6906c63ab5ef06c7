/* Moving domains to other hosts of the simulated world. */
#include <stdlib.h>
#include <string.h>

#include "uri.h"
#include "vir_def.h"

#define FLAGS                                                                                                \
    (VIR_MIGRATE_LIVE | VIR_MIGRATE_PEER2PEER | VIR_MIGRATE_TUNNELLED | VIR_MIGRATE_PERSIST_DEST |           \
     VIR_MIGRATE_UNDEFINE_SOURCE | VIR_MIGRATE_PAUSED | VIR_MIGRATE_NON_SHARED_DISK |                        \
     VIR_MIGRATE_NON_SHARED_INC | VIR_MIGRATE_CHANGE_PROTECTION | VIR_MIGRATE_UNSAFE | VIR_MIGRATE_OFFLINE | \
     VIR_MIGRATE_COMPRESSED | VIR_MIGRATE_ABORT_ON_ERROR | VIR_MIGRATE_AUTO_CONVERGE)

/* What the simulator does not do is refused before anything happens. 0 | -1 */
static int check(const vir_domain *d, const vir_there *there, unsigned long flags, const char *dname)
{
    const int from = d->member.conn->from;
    if (vir_check_flags(d->member.conn, "virDomainMigrate", flags, FLAGS)) return -1;
    if (dname && strcmp(dname, there->info.name) != 0)
        return vir_fail(from, VIR_ERR_ARGUMENT_UNSUPPORTED, "a new name for the domain");
    if (!(flags & VIR_MIGRATE_OFFLINE)) return vir_need_active(there);
    return 0;
}

static int move(vir_domain *d, const vir_there *there, const char *function, vjob_host *to,
                unsigned long flags)
{
    vjob_op_request request = {.op = VJOB_OP_MIGRATE, .vm = there->vm, .host = to};
    if (vir_run(d->member.conn, function, &request)) return -1;
    request = (vjob_op_request){.op = VJOB_OP_PAUSE, .vm = there->vm, .flags = VJOB_OPF_INSTANT};
    return flags & VIR_MIGRATE_PAUSED ? vir_run(d->member.conn, function, &request) : 0;
}

virDomainPtr virDomainMigrate(virDomainPtr domain, virConnectPtr dconn, unsigned long flags,
                              const char *dname, const char *uri, unsigned long bandwidth)
{
    VIR_DOMAIN(d, domain, NULL);
    VIR_WRITABLE(d->member.conn, NULL);
    VIR_CALL also;
    if (vir_also(&also, dconn, VIR_TYPE_CONN, __func__)) return NULL;
    vir_conn *const to = also.conn;
    VIR_WRITABLE(to, NULL);
    (void)uri; /* both ends are in this process */
    (void)bandwidth;
    if (d->member.conn->manner == VIR_MANNER_TEST || to->manner == VIR_MANNER_TEST) {
        vir_unsupported(__func__);
        return NULL;
    }
    VIR_THERE(there, d, NULL);
    if (check(d, &there, flags, dname) || move(d, &there, __func__, to->host, flags)) return NULL;
    return vir_domain_give(to, there.vm);
}

int virDomainMigrateToURI(virDomainPtr domain, const char *duri, unsigned long flags, const char *dname,
                          unsigned long bandwidth)
{
    vir_uri uri;
    vjob_host *to;
    VIR_DOMAIN(d, domain, -1);
    VIR_WRITABLE(d->member.conn, -1);
    VIR_NEED(duri, "duri", -1);
    (void)bandwidth;
    if (d->member.conn->manner == VIR_MANNER_TEST)
        return vir_fail(VIR_FROM_DOMAIN, VIR_ERR_ARGUMENT_UNSUPPORTED, "direct migration is not supported");
    VIR_THERE(there, d, -1);
    if (check(d, &there, flags, dname)) return -1;
    if (vir_uri_parse(duri, &uri) || !uri.scheme[0])
        return vir_fail(VIR_FROM_DOMAIN, VIR_ERR_INVALID_ARG, "no address: %s", duri);
    if (vjob_host_find(uri.host, &to))
        return vir_fail(VIR_FROM_RPC, VIR_ERR_SYSTEM_ERROR, "%s", vjob_last_error()->text);
    const int failed = move(d, &there, __func__, to, flags);
    vjob_host_release(to);
    return failed;
}

/* ---- limits: kept nowhere, since the simulator's own durations hold ------------------------------------------------------- */

static int need_migration(const vir_domain *d, const char *function)
{
    return d->member.conn->manner == VIR_MANNER_TEST ? vir_unsupported(function) : 0;
}

int virDomainMigrateSetMaxSpeed(virDomainPtr domain, unsigned long bandwidth, unsigned int flags)
{
    VIR_DOMAIN(d, domain, -1);
    VIR_WRITABLE(d->member.conn, -1);
    if (need_migration(d, __func__)) return -1;
    VIR_FLAGS(d->member.conn, flags, VIR_DOMAIN_MIGRATE_MAX_SPEED_POSTCOPY, -1);
    VIR_THERE(there, d, -1);
    vjob_obj_lock(&d->member.obj);
    d->migrate_mib = bandwidth;
    vjob_obj_unlock(&d->member.obj);
    return 0;
}

int virDomainMigrateGetMaxSpeed(virDomainPtr domain, unsigned long *bandwidth, unsigned int flags)
{
    VIR_DOMAIN(d, domain, -1);
    VIR_NEED(bandwidth, "bandwidth", -1);
    VIR_WRITABLE(d->member.conn, -1);
    if (need_migration(d, __func__)) return -1;
    VIR_FLAGS(d->member.conn, flags, VIR_DOMAIN_MIGRATE_MAX_SPEED_POSTCOPY, -1);
    VIR_THERE(there, d, -1);
    vjob_obj_lock(&d->member.obj);
    *bandwidth = d->migrate_mib ? d->migrate_mib : 8796093022207ul; /* no limit, as qemu says it */
    vjob_obj_unlock(&d->member.obj);
    return 0;
}

int virDomainMigrateSetMaxDowntime(virDomainPtr domain, unsigned long long downtime, unsigned int flags)
{
    VIR_DOMAIN(d, domain, -1);
    VIR_WRITABLE(d->member.conn, -1);
    if (need_migration(d, __func__)) return -1;
    VIR_FLAGS(d->member.conn, flags, 0, -1);
    (void)downtime;
    VIR_THERE(there, d, -1);
    return vir_need_active(&there);
}
