/* Lifecycle events on the library's own loop: two connections, one watches what the other does. */
#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>
#include <stdio.h>

#define XML                                                                                                  \
    "<domain type='test'><name>young</name><memory unit='MiB'>64</memory><os><type>hvm</type></os></domain>"

static int heard, tick_timer;

static int on_event(virConnectPtr conn, virDomainPtr dom, int event, int detail, void *opaque)
{
    (void)conn;
    printf("  %s: %s %d/%d\n", (const char *)opaque, virDomainGetName(dom), event, detail);
    heard++;
    return 0;
}

static void on_tick(int timer, void *opaque)
{
    (void)opaque;
    virEventUpdateTimeout(timer, -1);
}

static void on_free(void *opaque)
{
    printf("  freed %s\n", (const char *)opaque);
}

/* Rounds of the loop; the timer keeps them from waiting. */
static void rounds(const char *after)
{
    int i;
    printf("%s\n", after);
    for (i = 0; i < 5; i++) {
        virEventUpdateTimeout(tick_timer, 0);
        if (virEventRunDefaultImpl() < 0) printf("the loop failed\n");
    }
}

int main(void)
{
    virConnectPtr watcher, worker;
    virDomainPtr dom, watched, young;
    int all, one;
    virEventRegisterDefaultImpl();
    tick_timer = virEventAddTimeout(-1, on_tick, NULL, NULL);
    watcher = virConnectOpen("test:///default");
    worker = virConnectOpen("test:///default");
    dom = virDomainLookupByName(worker, "test");
    watched = virDomainLookupByName(watcher, "test");
    all = virConnectDomainEventRegisterAny(watcher, NULL, VIR_DOMAIN_EVENT_ID_LIFECYCLE,
                                           VIR_DOMAIN_EVENT_CALLBACK(on_event), (void *)"all", on_free);
    one = virConnectDomainEventRegisterAny(watcher, watched, VIR_DOMAIN_EVENT_ID_LIFECYCLE,
                                           VIR_DOMAIN_EVENT_CALLBACK(on_event), (void *)"one", on_free);
    printf("ids %d %d\n", all, one);
    virDomainSuspend(dom);
    printf("heard before the loop: %d\n", heard);
    rounds("suspended");
    virDomainResume(dom);
    rounds("resumed");
    young = virDomainDefineXML(worker, XML);
    rounds("defined");
    virDomainCreate(young);
    rounds("started");
    virDomainDestroy(young);
    rounds("destroyed");
    virDomainUndefine(young);
    rounds("undefined");
    virDomainShutdown(dom);
    rounds("shut down");
    printf("deregister: %d\n", virConnectDomainEventDeregisterAny(watcher, one));
    virDomainCreate(dom);
    rounds("started");
    printf("close with a callback: %d\n", virConnectClose(watcher));
    printf("deregister: %d\n", virConnectDomainEventDeregisterAny(watcher, all));
    virDomainFree(young);
    virDomainFree(watched);
    virDomainFree(dom);
    printf("close: %d\n", virConnectClose(worker));
    rounds("at the end");
    return 0;
}
