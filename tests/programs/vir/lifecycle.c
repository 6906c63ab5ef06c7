/* A domain's life, and what is said when a call does not fit: code, domain and level of each error. */
#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>
#include <stdio.h>
#include <string.h>

#define XML                                                                                                  \
    "<domain type='test'><name>young</name><memory unit='MiB'>64</memory><vcpu>1</vcpu>"                     \
    "<os><type>hvm</type></os></domain>"

static int told;
static void on_error(void *data, virErrorPtr error)
{
    (void)data;
    (void)error;
    told++;
}

static void say(const char *what, int result)
{
    virErrorPtr error = virGetLastError();
    printf("%s = %d", what, result);
    if (error)
        printf(" code %d domain %d level %d told %d", error->code, error->domain, (int)error->level, told);
    printf("\n");
    told = 0;
}

static void show(virDomainPtr dom)
{
    int state = -1, reason = -1;
    virDomainGetState(dom, &state, &reason, 0);
    printf("  %d/%d id %d\n", state, reason, (int)virDomainGetID(dom));
}

#define DO(call)                                                                                             \
    do {                                                                                                     \
        say(#call, call);                                                                                    \
        show(dom);                                                                                           \
    } while (0)
#define MISS(call) say(#call, (call) == NULL ? -1 : 0)

static void wrong_arguments(virConnectPtr conn, virDomainPtr dom)
{
    virConnectPtr readonly = virConnectOpenReadOnly("test:///default");
    virDomainPtr same = virDomainLookupByName(readonly, "test");
    say("suspend read-only", virDomainSuspend(same));
    MISS(virDomainDefineXML(readonly, XML));
    virDomainFree(same);
    virConnectClose(readonly);
    MISS(virDomainLookupByName(conn, "nobody"));
    MISS(virDomainLookupByID(conn, 77));
    MISS(virDomainLookupByUUIDString(conn, "xyz"));
    MISS(virDomainDefineXML(conn, "<domain"));
    MISS(virDomainDefineXML(conn, "<network/>"));
    MISS(
        virDomainDefineXML(conn, "<domain type='test'><memory>1</memory><os><type>hvm</type></os></domain>"));
    say("info of no domain", virDomainGetInfo(NULL, NULL));
    say("info into nothing", virDomainGetInfo(dom, NULL));
    say("free a domain as a network", virNetworkFree((virNetworkPtr)dom));
    say("unknown flag", virDomainDestroyFlags(dom, 1u << 20));
    say("not supported", virDomainBlockPull(dom, "vda", 0, 0));
}

int main(void)
{
    virConnectPtr conn = virConnectOpen("test:///default");
    virDomainPtr dom = virDomainLookupByName(conn, "test");
    virSetErrorFunc(NULL, on_error);
    DO(virDomainCreate(dom));
    DO(virDomainSuspend(dom));
    DO(virDomainSuspend(dom));
    DO(virDomainResume(dom));
    DO(virDomainResume(dom));
    DO(virDomainReboot(dom, 0));
    DO(virDomainShutdown(dom));
    DO(virDomainShutdown(dom));
    DO(virDomainSuspend(dom));
    DO(virDomainReset(dom, 0));
    DO(virDomainCreate(dom));
    DO(virDomainDestroy(dom));
    DO(virDomainDestroy(dom));
    wrong_arguments(conn, dom);
    virDomainFree(dom);
    dom = virDomainDefineXML(conn, XML);
    DO(virDomainCreate(dom));
    DO(virDomainUndefine(dom));
    say("persistent", virDomainIsPersistent(dom));
    DO(virDomainDestroy(dom));
    virDomainFree(dom);
    dom = virDomainCreateXML(conn, XML, 0);
    show(dom);
    say("close", virConnectClose(conn)); /* the domain holds it */
    DO(virDomainShutdown(dom));
    virDomainFree(dom);
    return 0;
}
