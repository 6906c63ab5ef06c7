/* events.c - lifecycle events through the default loop. Run: pyvjob run --clock auto examples/vir/events.c */
#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>
#include <stdio.h>

static int heard;

static void told(virConnectPtr conn, virDomainPtr domain, int event, int detail, void *opaque)
{
    (void)conn;
    printf("%s: event %d, detail %d (%s)\n", virDomainGetName(domain), event, detail, (const char *)opaque);
    heard++;
}

int main(void)
{
    virEventRegisterDefaultImpl(); /* before the connection */
    virConnectPtr conn = virConnectOpen("test:///default");
    virDomainPtr domain = conn ? virDomainLookupByName(conn, "test") : NULL;
    if (!domain) return 1;
    const int number = virConnectDomainEventRegisterAny(
        conn, NULL, VIR_DOMAIN_EVENT_ID_LIFECYCLE, (virConnectDomainEventGenericCallback)(void (*)(void))told,
        "mine", NULL);
    virDomainSuspend(domain);
    virDomainResume(domain);
    virDomainDestroy(domain);
    printf("heard before the loop ran: %d\n", heard);
    while (heard < 3)
        if (virEventRunDefaultImpl() < 0) return 1;
    virConnectDomainEventDeregisterAny(conn, number);
    virDomainFree(domain);
    return virConnectClose(conn);
}
