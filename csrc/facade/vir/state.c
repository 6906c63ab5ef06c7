/* States and reasons. */
#include "vir_internal.h"

#include "vir_def.h"

/* ---- reasons by what led to the state ------------------------------------------------------------------------ */

static int why_shutoff(const vjob_vm_info *info)
{
    if (info->state == VJOB_VM_SUSPENDED) return VIR_DOMAIN_SHUTOFF_SAVED;
    switch (info->cause) {
    case VJOB_OP_START: return VIR_DOMAIN_SHUTOFF_FAILED; /* taken back */
    case VJOB_OP_STOP:
        return info->cause_flags & VJOB_OPF_CRASHED ? VIR_DOMAIN_SHUTOFF_CRASHED
                                                    : VIR_DOMAIN_SHUTOFF_DESTROYED;
    case VJOB_OP_SUSPEND: return VIR_DOMAIN_SHUTOFF_SAVED; /* to a file */
    case VJOB_OP_SHUTDOWN: return VIR_DOMAIN_SHUTOFF_SHUTDOWN;
    case VJOB_OP_DROP_SUSPENDED: return VIR_DOMAIN_SHUTOFF_SAVED;
    case VJOB_OP_SWITCH_SNAPSHOT: return VIR_DOMAIN_SHUTOFF_FROM_SNAPSHOT;
    default: return VIR_DOMAIN_SHUTOFF_UNKNOWN;
    }
}

static int why_running(const vjob_vm_info *info)
{
    if (!info->undone && info->cause_flags & VJOB_OPF_RESTORED) return VIR_DOMAIN_RUNNING_RESTORED;
    switch (info->cause) {
    case VJOB_OP_RESUME: return VIR_DOMAIN_RUNNING_RESTORED;
    case VJOB_OP_CONTINUE:
    case VJOB_OP_PAUSE: return VIR_DOMAIN_RUNNING_UNPAUSED;
    case VJOB_OP_SUSPEND: return VIR_DOMAIN_RUNNING_SAVE_CANCELED; /* taken back */
    case VJOB_OP_SWITCH_SNAPSHOT: return VIR_DOMAIN_RUNNING_FROM_SNAPSHOT;
    case VJOB_OP_MIGRATE: return VIR_DOMAIN_RUNNING_MIGRATED;
    case VJOB_OP_NONE: return VIR_DOMAIN_RUNNING_UNKNOWN;
    default: return VIR_DOMAIN_RUNNING_BOOTED;
    }
}

static int why_paused(const vjob_vm_info *info)
{
    switch (info->cause) {
    case VJOB_OP_SWITCH_SNAPSHOT: return VIR_DOMAIN_PAUSED_FROM_SNAPSHOT;
    case VJOB_OP_NONE: return VIR_DOMAIN_PAUSED_UNKNOWN;
    default: return VIR_DOMAIN_PAUSED_USER;
    }
}

void vir_state_of(const vjob_vm_info *info, int *out_state, int *out_reason)
{
    *out_state = VIR_DOMAIN_RUNNING;
    *out_reason = VIR_DOMAIN_RUNNING_BOOTED;
    switch (info->state) {
    case VJOB_VM_STOPPED:
    case VJOB_VM_SUSPENDED:
        *out_state = VIR_DOMAIN_SHUTOFF;
        *out_reason = why_shutoff(info);
        break;
    case VJOB_VM_STARTING:
    case VJOB_VM_RESUMING:
        *out_state = VIR_DOMAIN_PAUSED;
        *out_reason = VIR_DOMAIN_PAUSED_STARTING_UP;
        break;
    case VJOB_VM_SUSPENDING:
        *out_state = VIR_DOMAIN_PAUSED;
        *out_reason = VIR_DOMAIN_PAUSED_SAVE;
        break;
    case VJOB_VM_PAUSED:
        *out_state = VIR_DOMAIN_PAUSED;
        *out_reason = why_paused(info);
        break;
    case VJOB_VM_CONTINUING:
        *out_state = VIR_DOMAIN_PAUSED;
        *out_reason = VIR_DOMAIN_PAUSED_USER;
        break;
    case VJOB_VM_STOPPING:
        if (info->cause != VJOB_OP_SHUTDOWN) break;
        *out_state = VIR_DOMAIN_SHUTDOWN;
        *out_reason = VIR_DOMAIN_SHUTDOWN_USER;
        break;
    case VJOB_VM_RUNNING: *out_reason = why_running(info); break;
    default: break;
    }
}

int virDomainGetState(virDomainPtr domain, int *state, int *reason, unsigned int flags)
{
    int found, why;
    VIR_DOMAIN(d, domain, -1);
    VIR_NEED(state, "state", -1);
    VIR_FLAGS(d->member.conn, flags, 0, -1);
    VIR_THERE(there, d, -1);
    vir_state_of(&there.info, &found, &why);
    *state = found;
    if (reason) *reason = why;
    return 0;
}

/* ---- information ------------------------------------------------------------------------------------------------ */

/* Processor time of a guest. The test driver has none: it tells the time of day. */
unsigned long long vir_cpu_time(const vir_conn *conn, vjob_vm *vm)
{
    vjob_stats *stats;
    if (conn->manner == VIR_MANNER_TEST) return vjob_clock_now();
    if (vjob_stats_read(NULL, vm, &stats)) return 0;
    unsigned long long ms = 0;
    for (size_t i = 0; i < stats->n_cpus; i++) ms += stats->cpus[i].total_ms;
    vjob_stats_free(stats);
    return ms * 1000000;
}

int virDomainGetInfo(virDomainPtr domain, virDomainInfoPtr info)
{
    int state, reason;
    VIR_DOMAIN(d, domain, -1);
    VIR_NEED(info, "info", -1);
    VIR_THERE(there, d, -1);
    vir_def *def = vir_def_of(there.vm, 0);
    if (!def) return -1;
    vir_state_of(&there.info, &state, &reason);
    *info = (virDomainInfo){
        .state = (unsigned char)state,
        .maxMem = def->max_kib,
        .memory = def->now_kib,
        .nrVirtCpu = (unsigned short)def->now_vcpus,
        .cpuTime = vir_cpu_time(d->member.conn, there.vm),
    };
    vir_def_release(def);
    return 0;
}

int virDomainIsActive(virDomainPtr dom)
{
    VIR_DOMAIN(d, dom, -1);
    VIR_THERE(there, d, -1);
    return vir_is_active(&there.info);
}

int virDomainIsPersistent(virDomainPtr dom)
{
    VIR_DOMAIN(d, dom, -1);
    VIR_THERE(there, d, -1);
    return !there.info.transient;
}

/* Is there a next configuration that differs? */
int virDomainIsUpdated(virDomainPtr dom)
{
    VIR_DOMAIN(d, dom, -1);
    VIR_THERE(there, d, -1);
    return vjob_vm_get_next(there.vm, VJOB_SPACE_VIR, NULL, NULL) == VJOB_OK;
}
