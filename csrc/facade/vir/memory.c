/* Memory of domains. */
#include "edit.h"

char *virDomainGetOSType(virDomainPtr domain)
{
    VIR_DOMAIN(d, domain, NULL);
    VIR_THERE(there, d, NULL);
    vir_def *def = vir_def_of(there.vm, 0);
    if (!def) return NULL;
    const char *type = d->member.conn->manner == VIR_MANNER_TEST ? "linux" : def->text[VIR_DEF_OS_TYPE];
    char *copy = vir_copy_text(type ? type : "hvm");
    vir_def_release(def);
    return copy;
}

unsigned long virDomainGetMaxMemory(virDomainPtr domain)
{
    VIR_DOMAIN(d, domain, 0);
    VIR_THERE(there, d, 0);
    vir_def *def = vir_def_of(there.vm, 0);
    if (!def) return 0;
    const unsigned long kib = def->max_kib;
    vir_def_release(def);
    return kib;
}

/* ---- changing ------------------------------------------------------------------------------------------------------ */

typedef struct sizes {
    unsigned long kib;
    int maximum;
    int from;
} sizes;

static int change_memory(vir_def *def, void *data)
{
    const sizes *to = data;
    if (to->maximum) {
        def->max_kib = to->kib;
        if (def->now_kib > to->kib) def->now_kib = to->kib;
        return 0;
    }
    if (to->kib > def->max_kib)
        return vir_fail(to->from, VIR_ERR_INVALID_ARG,
                        "%lu KiB are more than the %llu that the domain may have", to->kib,
                        (unsigned long long)def->max_kib);
    def->now_kib = to->kib;
    return 0;
}

static int set_memory(vir_domain *d, const char *function, unsigned long memory, unsigned flags)
{
    unsigned impact;
    vir_conn *const conn = d->member.conn;
    sizes to = {memory, (flags & VIR_DOMAIN_MEM_MAXIMUM) != 0, conn->from};
    VIR_THERE(there, d, -1);
    if (vir_impact(&there, flags & 3, &impact)) return -1;
    if (to.maximum && impact & VIR_DOMAIN_AFFECT_LIVE)
        return vir_fail(conn->from, VIR_ERR_OPERATION_INVALID,
                        "the maximum of an active domain does not change");
    return vir_edit(conn, function, &there, impact, change_memory, &to);
}

int virDomainSetMemory(virDomainPtr domain, unsigned long memory)
{
    VIR_DOMAIN(d, domain, -1);
    VIR_WRITABLE(d->member.conn, -1);
    VIR_NEED(memory, "memory", -1);
    return set_memory(d, __func__, memory, VIR_DOMAIN_AFFECT_LIVE);
}

int virDomainSetMaxMemory(virDomainPtr domain, unsigned long memory)
{
    VIR_DOMAIN(d, domain, -1);
    VIR_WRITABLE(d->member.conn, -1);
    VIR_NEED(memory, "memory", -1);
    return set_memory(d, __func__, memory, VIR_DOMAIN_MEM_MAXIMUM);
}

int virDomainSetMemoryFlags(virDomainPtr domain, unsigned long memory, unsigned int flags)
{
    VIR_DOMAIN(d, domain, -1);
    VIR_WRITABLE(d->member.conn, -1);
    VIR_NEED(memory, "memory", -1);
    VIR_FLAGS(d->member.conn, flags, 7, -1);
    return set_memory(d, __func__, memory, flags);
}

/* ---- statistics ------------------------------------------------------------------------------------------------------ */

int virDomainMemoryStats(virDomainPtr dom, virDomainMemoryStatPtr stats, unsigned int nr_stats,
                         unsigned int flags)
{
    VIR_DOMAIN(d, dom, -1);
    VIR_FLAGS(NULL, flags, 0, -1);
    if (!stats || !nr_stats) return 0;
    VIR_THERE(there, d, -1);
    if (vir_need_active(&there)) return -1;
    vir_def *def = vir_def_of(there.vm, 0);
    if (!def) return -1;
    const unsigned long long kib = def->now_kib;
    vir_def_release(def);
    const virDomainMemoryStatStruct all[] = {
        {VIR_DOMAIN_MEMORY_STAT_ACTUAL_BALLOON, kib},
        {VIR_DOMAIN_MEMORY_STAT_SWAP_IN, 0},
        {VIR_DOMAIN_MEMORY_STAT_SWAP_OUT, 0},
        {VIR_DOMAIN_MEMORY_STAT_MAJOR_FAULT, 0},
        {VIR_DOMAIN_MEMORY_STAT_MINOR_FAULT, 0},
        {VIR_DOMAIN_MEMORY_STAT_UNUSED, kib / 2},
        {VIR_DOMAIN_MEMORY_STAT_AVAILABLE, kib},
        {VIR_DOMAIN_MEMORY_STAT_USABLE, kib / 2},
        {VIR_DOMAIN_MEMORY_STAT_LAST_UPDATE, vjob_clock_now() / 1000000000},
        {VIR_DOMAIN_MEMORY_STAT_DISK_CACHES, kib / 8},
        {VIR_DOMAIN_MEMORY_STAT_HUGETLB_PGALLOC, 0},
        {VIR_DOMAIN_MEMORY_STAT_HUGETLB_PGFAIL, 0},
        {VIR_DOMAIN_MEMORY_STAT_RSS, kib / 2},
    };
    unsigned n = 0;
    for (; n < nr_stats && n < sizeof all / sizeof *all; n++) stats[n] = all[n];
    return (int)n;
}

int virDomainSetMemoryStatsPeriod(virDomainPtr domain, int period, unsigned int flags)
{
    VIR_DOMAIN(d, domain, -1);
    VIR_WRITABLE(d->member.conn, -1);
    VIR_NEED(period >= 0, "period", -1);
    VIR_FLAGS(d->member.conn, flags, 3, -1);
    VIR_THERE(there, d, -1);
    unsigned impact;
    return vir_impact(&there, flags, &impact); /* figures are always fresh: there is no period to keep */
}
