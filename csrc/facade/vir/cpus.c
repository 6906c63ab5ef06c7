/* Processors of domains: how many, where they may run, how long they ran. */
#include <stdlib.h>
#include <string.h>

#include "edit.h"
#include "params.h"

/* ---- how many ------------------------------------------------------------------------------------------------------- */

static int host_cpus(const vir_conn *conn)
{
    vjob_host_info info;
    if (conn->manner == VIR_MANNER_TEST) return 16;
    vjob_host_look(conn->host, &info);
    return (int)info.cpus;
}

static int both(unsigned flags)
{
    return (flags & 3) == 3;
}

static int get_vcpus(vir_domain *d, unsigned flags)
{
    unsigned impact;
    VIR_THERE(there, d, -1);
    if (vir_impact(&there, flags & 3, &impact)) return -1;
    vir_def *def = vir_def_meant(&there, impact);
    if (!def) return -1;
    const uint32_t n = flags & VIR_DOMAIN_VCPU_MAXIMUM ? def->max_vcpus : def->now_vcpus;
    vir_def_release(def);
    return (int)n;
}

int virDomainGetVcpusFlags(virDomainPtr domain, unsigned int flags)
{
    VIR_DOMAIN(d, domain, -1);
    VIR_NEED(!both(flags), "flags", -1);
    VIR_FLAGS(d->member.conn, flags, 7, -1);
    return get_vcpus(d, flags);
}

int virDomainGetMaxVcpus(virDomainPtr domain)
{
    VIR_DOMAIN(d, domain, -1);
    return get_vcpus(d, VIR_DOMAIN_VCPU_LIVE | VIR_DOMAIN_VCPU_MAXIMUM);
}

typedef struct count {
    unsigned n;
    int maximum, from;
} count;

/* Pins of vcpus that come are those of every cpu. */
static int resize_pins(vir_def *def, unsigned from, unsigned to)
{
    if (!def->pins || to <= from) return 0;
    unsigned char *pins = realloc(def->pins, (size_t)to * VIR_DEF_PIN_BYTES);
    if (!pins) return vir_fail_memory(VIR_FROM_DOMAIN);
    memset(pins + (size_t)from * VIR_DEF_PIN_BYTES, 0xff, (size_t)(to - from) * VIR_DEF_PIN_BYTES);
    def->pins = pins;
    return 0;
}

static int change_vcpus(vir_def *def, void *data)
{
    const count *to = data;
    if (to->maximum) {
        if (resize_pins(def, def->max_vcpus, to->n)) return -1;
        def->max_vcpus = to->n;
        if (def->now_vcpus > to->n) def->now_vcpus = to->n;
        return 0;
    }
    if (to->n > def->max_vcpus)
        return vir_fail(to->from, VIR_ERR_INVALID_ARG,
                        "%u vcpus are more than the %u that the domain may have", to->n, def->max_vcpus);
    def->now_vcpus = to->n;
    return 0;
}

static int set_vcpus(vir_domain *d, const char *function, unsigned n, unsigned flags)
{
    unsigned impact;
    vir_conn *const conn = d->member.conn;
    count to = {n, (flags & VIR_DOMAIN_VCPU_MAXIMUM) != 0, conn->from};
    const int most = conn->manner == VIR_MANNER_TEST ? 32 : host_cpus(conn);
    VIR_THERE(there, d, -1);
    if (vir_impact(&there, flags & 3, &impact)) return -1;
    if (n > (unsigned)most)
        return vir_fail(conn->from, VIR_ERR_INVALID_ARG, "%u vcpus are more than the %d of the host", n,
                        most);
    return vir_edit(conn, function, &there, impact, change_vcpus, &to);
}

int virDomainSetVcpus(virDomainPtr domain, unsigned int nvcpus)
{
    VIR_DOMAIN(d, domain, -1);
    VIR_WRITABLE(d->member.conn, -1);
    VIR_NEED(nvcpus, "nvcpus", -1);
    return set_vcpus(d, __func__, nvcpus, VIR_DOMAIN_VCPU_LIVE);
}

int virDomainSetVcpusFlags(virDomainPtr domain, unsigned int nvcpus, unsigned int flags)
{
    VIR_DOMAIN(d, domain, -1);
    VIR_WRITABLE(d->member.conn, -1);
    VIR_NEED(nvcpus, "nvcpus", -1);
    VIR_NEED(!(flags & VIR_DOMAIN_VCPU_MAXIMUM && flags & VIR_DOMAIN_VCPU_LIVE), "flags", -1);
    VIR_FLAGS(d->member.conn, flags, 7, -1);
    return set_vcpus(d, __func__, nvcpus, flags);
}

/* ---- where -------------------------------------------------------------------------------------------------------------- */

static void put_map(const vir_def *def, unsigned vcpu, int cpus, unsigned char *out, int maplen)
{
    memset(out, 0, (size_t)maplen);
    for (int cpu = 0; cpu < cpus && cpu / 8 < maplen && cpu < VIR_DEF_PIN_BYTES * 8; cpu++)
        if (!def->pins || VIR_CPU_USED(def->pins + (size_t)vcpu * VIR_DEF_PIN_BYTES, cpu))
            out[cpu / 8] |= (unsigned char)(1 << cpu % 8);
}

int virDomainGetVcpus(virDomainPtr domain, virVcpuInfoPtr info, int maxinfo, unsigned char *cpumaps,
                      int maplen)
{
    VIR_DOMAIN(d, domain, -1);
    VIR_NEED(info, "info", -1);
    VIR_NEED(maxinfo > 0, "maxinfo", -1);
    VIR_NEED(cpumaps ? maplen > 0 : maplen == 0, "cpumaps", -1);
    vir_conn *const conn = d->member.conn;
    VIR_THERE(there, d, -1);
    if (!vir_is_active(&there.info))
        return vir_fail(conn->manner == VIR_MANNER_TEST ? VIR_FROM_TEST : VIR_FROM_DOMAIN,
                        VIR_ERR_OPERATION_INVALID, "domain %s is not running", there.info.name);
    vir_def *def = vir_def_of(there.vm, 0);
    if (!def) return -1;
    const int cpus = host_cpus(conn);
    const unsigned long long time = vir_cpu_time(conn, there.vm);
    int n = 0;
    for (; n < maxinfo && n < (int)def->now_vcpus; n++) {
        info[n] = (virVcpuInfo){.number = (unsigned)n,
                                .state = VIR_VCPU_RUNNING,
                                .cpuTime = time / def->now_vcpus,
                                .cpu = conn->manner == VIR_MANNER_TEST ? cpus - 1 : n % cpus};
        if (cpumaps) put_map(def, (unsigned)n, cpus, VIR_GET_CPUMAP(cpumaps, maplen, n), maplen);
    }
    vir_def_release(def);
    return n;
}

int virDomainGetVcpuPinInfo(virDomainPtr domain, int ncpumaps, unsigned char *cpumaps, int maplen,
                            unsigned int flags)
{
    unsigned impact;
    VIR_DOMAIN(d, domain, -1);
    VIR_NEED(cpumaps, "cpumaps", -1);
    VIR_NEED(ncpumaps > 0, "ncpumaps", -1);
    VIR_NEED(maplen > 0 && ncpumaps <= INT32_MAX / maplen, "maplen", -1);
    VIR_NEED(!both(flags), "flags", -1);
    VIR_FLAGS(d->member.conn, flags, 3, -1);
    VIR_THERE(there, d, -1);
    if (vir_impact(&there, flags, &impact)) return -1;
    vir_def *def = vir_def_meant(&there, impact);
    if (!def) return -1;
    const int cpus = host_cpus(d->member.conn);
    int n = 0;
    for (; n < ncpumaps && n < (int)def->max_vcpus; n++)
        put_map(def, (unsigned)n, cpus, VIR_GET_CPUMAP(cpumaps, maplen, n), maplen);
    vir_def_release(def);
    return n;
}

typedef struct pin {
    unsigned vcpu;
    const unsigned char *map;
    int maplen, from;
} pin;

static int change_pin(vir_def *def, void *data)
{
    const pin *to = data;
    if (to->vcpu >= def->max_vcpus)
        return vir_fail(to->from, VIR_ERR_INVALID_ARG, "the domain has no vcpu %u", to->vcpu);
    const size_t size = def->max_vcpus * (size_t)VIR_DEF_PIN_BYTES;
    if (!def->pins) {
        def->pins = malloc(size);
        if (!def->pins) return vir_fail_memory(VIR_FROM_DOMAIN);
        memset(def->pins, 0xff, size);
    }
    unsigned char *at = def->pins + (size_t)to->vcpu * VIR_DEF_PIN_BYTES;
    memset(at, 0, VIR_DEF_PIN_BYTES);
    memcpy(at, to->map, (size_t)(to->maplen < VIR_DEF_PIN_BYTES ? to->maplen : VIR_DEF_PIN_BYTES));
    return 0;
}

static int pin_vcpu(vir_domain *d, const char *function, unsigned flags, pin *to)
{
    unsigned impact;
    to->from = d->member.conn->from;
    VIR_THERE(there, d, -1);
    if (vir_impact(&there, flags, &impact)) return -1;
    return vir_edit(d->member.conn, function, &there, impact, change_pin, to);
}

int virDomainPinVcpu(virDomainPtr domain, unsigned int vcpu, unsigned char *cpumap, int maplen)
{
    pin to = {vcpu, cpumap, maplen, 0};
    VIR_DOMAIN(d, domain, -1);
    VIR_WRITABLE(d->member.conn, -1);
    VIR_NEED(cpumap, "cpumap", -1);
    VIR_NEED(maplen > 0, "maplen", -1);
    return pin_vcpu(d, __func__, VIR_DOMAIN_AFFECT_LIVE, &to);
}

int virDomainPinVcpuFlags(virDomainPtr domain, unsigned int vcpu, unsigned char *cpumap, int maplen,
                          unsigned int flags)
{
    pin to = {vcpu, cpumap, maplen, 0};
    VIR_DOMAIN(d, domain, -1);
    VIR_WRITABLE(d->member.conn, -1);
    VIR_NEED(cpumap, "cpumap", -1);
    VIR_NEED(maplen > 0, "maplen", -1);
    VIR_FLAGS(d->member.conn, flags, d->member.conn->manner == VIR_MANNER_TEST ? 0 : 3, -1);
    return pin_vcpu(d, __func__, flags, &to);
}

/* ---- how long ------------------------------------------------------------------------------------------------------------- */

static void put_times(virTypedParameterPtr out, unsigned long long ns, int all)
{
    static const char *const names[] = {VIR_DOMAIN_CPU_STATS_CPUTIME, VIR_DOMAIN_CPU_STATS_USERTIME,
                                        VIR_DOMAIN_CPU_STATS_SYSTEMTIME};
    static const char *const one[] = {VIR_DOMAIN_CPU_STATS_CPUTIME, VIR_DOMAIN_CPU_STATS_VCPUTIME};
    const unsigned long long parts[] = {ns, ns - ns / 4, ns / 4};
    for (int i = 0; i < (all ? 3 : 2); i++) {
        memset(&out[i], 0, sizeof out[i]);
        strcpy(out[i].field, (all ? names : one)[i]);
        out[i].type = VIR_TYPED_PARAM_ULLONG;
        out[i].value.ul = all ? parts[i] : ns;
    }
}

int virDomainGetCPUStats(virDomainPtr domain, virTypedParameterPtr params, unsigned int nparams,
                         int start_cpu, unsigned int ncpus, unsigned int flags)
{
    VIR_DOMAIN(d, domain, -1);
    VIR_NEED(start_cpu >= -1 && (start_cpu >= 0 || ncpus == 1), "start_cpu", -1);
    VIR_NEED((params == NULL) == (nparams == 0), "params", -1);
    VIR_NEED(ncpus > 0 || !params, "ncpus", -1);
    VIR_NEED(nparams < 1024 && ncpus < 1024, "ncpus", -1);
    VIR_FLAGS(NULL, flags, VIR_TYPED_PARAM_STRING_OKAY, -1);
    vir_conn *const conn = d->member.conn;
    VIR_THERE(there, d, -1);
    if (vir_need_active(&there)) return -1;
    const int all = start_cpu < 0, have = all ? 3 : 2,
              cpus = conn->manner == VIR_MANNER_TEST ? 2 : host_cpus(conn);
    if (!ncpus) return cpus;
    if (!params) return have;
    if (start_cpu >= cpus) return vir_fail(conn->from, VIR_ERR_INVALID_ARG, "there is no cpu %d", start_cpu);
    virTypedParameter made[3];
    put_times(made, vir_cpu_time(conn, there.vm) / (all ? 1 : (unsigned)cpus), all);
    const unsigned each = nparams < (unsigned)have ? nparams : (unsigned)have;
    for (unsigned i = 0; i < ncpus && (int)i + (all ? 0 : start_cpu) < cpus; i++)
        memcpy(params + (size_t)i * nparams, made, each * sizeof *made);
    return (int)each;
}

/* ---- the scheduler ---------------------------------------------------------------------------------------------------------- */

/* One number: the test driver's weight, qemu's shares. */
static const char *scheduler_field(const vir_conn *conn)
{
    return conn->manner == VIR_MANNER_TEST ? VIR_DOMAIN_SCHEDULER_WEIGHT : VIR_DOMAIN_SCHEDULER_CPU_SHARES;
}

char *virDomainGetSchedulerType(virDomainPtr domain, int *nparams)
{
    VIR_DOMAIN(d, domain, NULL);
    if (nparams) *nparams = 1;
    return vir_copy_text(d->member.conn->manner == VIR_MANNER_TEST ? "fair" : "posix");
}

static int get_scheduler(vir_domain *d, virTypedParameterPtr params, int *nparams, unsigned flags)
{
    unsigned impact;
    const vir_conn *conn = d->member.conn;
    const int test = conn->manner == VIR_MANNER_TEST;
    VIR_THERE(there, d, -1);
    if (!test && vir_impact(&there, flags, &impact)) return -1;
    vir_def *def = vir_def_meant(&there, test ? VIR_DOMAIN_AFFECT_LIVE : impact);
    if (!def) return -1;
    const unsigned set = def->scheduler[0];
    vir_def_release(def);
    if (!*nparams) {
        *nparams = 1;
        return 0;
    }
    memset(params, 0, sizeof *params);
    strcpy(params->field, scheduler_field(conn));
    params->type = test ? VIR_TYPED_PARAM_UINT : VIR_TYPED_PARAM_ULLONG;
    if (test)
        params->value.ui = set ? set : 50;
    else
        params->value.ul = set ? set : 1024;
    *nparams = 1;
    return 0;
}

int virDomainGetSchedulerParameters(virDomainPtr domain, virTypedParameterPtr params, int *nparams)
{
    VIR_DOMAIN(d, domain, -1);
    VIR_NEED(params, "params", -1);
    VIR_NEED(nparams && *nparams > 0, "nparams", -1);
    return get_scheduler(d, params, nparams, 0);
}

static unsigned impacts(const vir_domain *d)
{
    return d->member.conn->manner == VIR_MANNER_TEST ? 0 : 3;
}

int virDomainGetSchedulerParametersFlags(virDomainPtr domain, virTypedParameterPtr params, int *nparams,
                                         unsigned int flags)
{
    VIR_DOMAIN(d, domain, -1);
    VIR_NEED(params, "params", -1);
    VIR_NEED(nparams && *nparams > 0, "nparams", -1);
    VIR_FLAGS(d->member.conn, flags, impacts(d) | VIR_TYPED_PARAM_STRING_OKAY, -1);
    return get_scheduler(d, params, nparams, flags & 3);
}

static int change_scheduler(vir_def *def, void *data)
{
    def->scheduler[0] = *(const unsigned *)data;
    return 0;
}

static int set_scheduler(vir_domain *d, const char *function, virTypedParameterPtr params, int nparams,
                         unsigned flags)
{
    unsigned impact, value = 0;
    const char *field = scheduler_field(d->member.conn);
    VIR_THERE(there, d, -1);
    if (vir_impact(&there, flags, &impact)) return -1;
    for (int i = 0; i < nparams; i++) {
        if (strcmp(params[i].field, field) != 0)
            return vir_fail(d->member.conn->from, VIR_ERR_INVALID_ARG, "no parameter of the scheduler: %.80s",
                            params[i].field);
        value = params[i].type == VIR_TYPED_PARAM_ULLONG ? (unsigned)params[i].value.ul : params[i].value.ui;
    }
    return vir_edit(d->member.conn, function, &there, impact, change_scheduler, &value);
}

int virDomainSetSchedulerParameters(virDomainPtr domain, virTypedParameterPtr params, int nparams)
{
    VIR_DOMAIN(d, domain, -1);
    VIR_WRITABLE(d->member.conn, -1);
    VIR_NEED(params, "params", -1);
    VIR_NEED(nparams > 0, "nparams", -1);
    return set_scheduler(d, __func__, params, nparams, 0);
}

int virDomainSetSchedulerParametersFlags(virDomainPtr domain, virTypedParameterPtr params, int nparams,
                                         unsigned int flags)
{
    VIR_DOMAIN(d, domain, -1);
    VIR_WRITABLE(d->member.conn, -1);
    VIR_NEED(params, "params", -1);
    VIR_NEED(nparams > 0, "nparams", -1);
    VIR_FLAGS(d->member.conn, flags, impacts(d), -1);
    return set_scheduler(d, __func__, params, nparams, flags);
}
