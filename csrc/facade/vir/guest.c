/* Looking into guests: name, time, keys, memory, disks, screen, console. */
#include <stdlib.h>
#include <string.h>

#include "device_stats.h"

/* What only some drivers do: the domain must run, then what the test driver lacks is said. */
static int need_guest(const vir_domain *d, const vir_there *there, const char *function, int test_has_it)
{
    if (d->member.conn->manner == VIR_MANNER_TEST && !test_has_it) return vir_unsupported(function);
    return vir_need_active(there);
}

char *virDomainGetHostname(virDomainPtr domain, unsigned int flags)
{
    VIR_DOMAIN(d, domain, NULL);
    VIR_WRITABLE(d->member.conn, NULL);
    VIR_FLAGS(d->member.conn, flags, VIR_DOMAIN_GET_HOSTNAME_LEASE | VIR_DOMAIN_GET_HOSTNAME_AGENT, NULL);
    VIR_THERE(there, d, NULL);
    if (need_guest(d, &there, __func__, 1)) return NULL;
    if (d->member.conn->manner == VIR_MANNER_TEST) {
        char *name = malloc(strlen(there.info.name) + 5);
        if (name) strcat(strcpy(name, there.info.name), "host");
        if (!name) vir_fail_memory(d->member.conn->from);
        return name;
    }
    if (there.info.tools == VJOB_TOOLS_RUNNING) return vir_copy_text(there.info.name);
    vir_fail(d->member.conn->from, VIR_ERR_AGENT_UNRESPONSIVE, "the agent of domain %s is not up",
             there.info.name);
    return NULL;
}

int virDomainGetTime(virDomainPtr dom, long long *seconds, unsigned int *nseconds, unsigned int flags)
{
    VIR_DOMAIN(d, dom, -1);
    VIR_WRITABLE(d->member.conn, -1);
    VIR_FLAGS(d->member.conn, flags, 0, -1);
    VIR_NEED(seconds, "seconds", -1);
    VIR_THERE(there, d, -1);
    if (need_guest(d, &there, __func__, 1)) return -1;
    const uint64_t now = vjob_clock_now();
    *seconds = (long long)(now / 1000000000);
    if (nseconds) *nseconds = (unsigned)(now % 1000000000);
    return 0;
}

/* Guests live by the engine's clock: they take note, and stay with it. */
int virDomainSetTime(virDomainPtr dom, long long seconds, unsigned int nseconds, unsigned int flags)
{
    VIR_DOMAIN(d, dom, -1);
    VIR_WRITABLE(d->member.conn, -1);
    VIR_NEED(seconds >= 0 && nseconds < 1000000000, "seconds", -1);
    VIR_FLAGS(d->member.conn, flags, VIR_DOMAIN_TIME_SYNC, -1);
    VIR_THERE(there, d, -1);
    return need_guest(d, &there, __func__, 1);
}

int virDomainSendKey(virDomainPtr domain, unsigned int codeset, unsigned int holdtime, unsigned int *keycodes,
                     int nkeycodes, unsigned int flags)
{
    VIR_DOMAIN(d, domain, -1);
    VIR_WRITABLE(d->member.conn, -1);
    (void)holdtime;
    VIR_NEED(keycodes, "keycodes", -1);
    VIR_NEED(nkeycodes > 0 && nkeycodes <= VIR_DOMAIN_SEND_KEY_MAX_KEYS, "nkeycodes", -1);
    VIR_NEED(codeset < VIR_KEYCODE_SET_LAST, "codeset", -1);
    VIR_FLAGS(d->member.conn, flags, 0, -1);
    VIR_THERE(there, d, -1);
    return need_guest(d, &there, __func__, 1);
}

/* ---- bytes: simulated guests have none to show, so they are zeros ------------------------------------------------------- */

int virDomainMemoryPeek(virDomainPtr dom, unsigned long long start, size_t size, void *buffer,
                        unsigned int flags)
{
    VIR_DOMAIN(d, dom, -1);
    VIR_WRITABLE(d->member.conn, -1);
    VIR_FLAGS(d->member.conn, flags, VIR_MEMORY_VIRTUAL | VIR_MEMORY_PHYSICAL, -1);
    if (flags != VIR_MEMORY_VIRTUAL && flags != VIR_MEMORY_PHYSICAL)
        return vir_fail(d->member.conn->from, VIR_ERR_INVALID_ARG,
                        "one of VIRTUAL and PHYSICAL must be asked for");
    VIR_NEED(buffer || !size, "buffer", -1);
    (void)start;
    VIR_THERE(there, d, -1);
    if (need_guest(d, &there, __func__, 1)) return -1;
    if (size) memset(buffer, 0, size);
    return 0;
}

int virDomainBlockPeek(virDomainPtr dom, const char *disk, unsigned long long offset, size_t size,
                       void *buffer, unsigned int flags)
{
    vir_devices list;
    int found = 0;
    VIR_DOMAIN(d, dom, -1);
    VIR_WRITABLE(d->member.conn, -1);
    VIR_NEED(disk, "disk", -1);
    VIR_NEED(buffer || !size, "buffer", -1);
    if (d->member.conn->manner == VIR_MANNER_TEST) return vir_unsupported(__func__);
    VIR_FLAGS(d->member.conn, flags, 0, -1);
    (void)offset;
    VIR_THERE(there, d, -1);
    if (vir_devices_of(d->member.conn, there.vm, 1, &list)) return -1;
    for (size_t i = 0; i < list.n; i++)
        found |= strcmp(list.all[i].name, disk) == 0 || strcmp(list.all[i].other, disk) == 0;
    vir_devices_free(&list);
    if (!found) return vir_fail(d->member.conn->from, VIR_ERR_INVALID_ARG, "the domain has no disk %s", disk);
    if (size) memset(buffer, 0, size);
    return 0;
}

/* ---- through streams, of which there are none: no handle can be one ------------------------------------------------------ */

char *virDomainScreenshot(virDomainPtr domain, virStreamPtr stream, unsigned int screen, unsigned int flags)
{
    VIR_DOMAIN(d, domain, NULL);
    VIR_CALL also;
    (void)d;
    (void)screen;
    (void)flags;
    if (!vir_also(&also, stream, VIR_TYPE_STREAM, __func__)) vir_unsupported(__func__);
    return NULL;
}

int virDomainOpenConsole(virDomainPtr dom, const char *dev_name, virStreamPtr st, unsigned int flags)
{
    VIR_DOMAIN(d, dom, -1);
    VIR_CALL also;
    (void)d;
    (void)dev_name;
    (void)flags;
    if (vir_also(&also, st, VIR_TYPE_STREAM, __func__)) return -1;
    return vir_unsupported(__func__);
}
