/*
 * Clients of the libvirt-style API: a connection each, domains that others use too, jobs in the background, two
 * callbacks that must hear the same.
 */
#include "all_test.h"

#include <libvirt/libvirt.h>
#include <libvirt/virjob.h>
#include <libvirt/virterror.h>

static void quiet(void *data, virErrorPtr error)
{
    (void)data, (void)error;
}

/* A call that fails says why. */
static void may_fail(int result)
{
    if (result < 0) CHECK(virGetLastError() && virGetLastError()->code != VIR_ERR_OK);
}

static void follow(all_round *round, uint64_t *random, virJobPtr job)
{
    virJobInfo info, before = {0};
    if (!job) {
        may_fail(-1);
        return;
    }
    all_count(&round->jobs, 1);
    if (ct_random(random, 3) == 0) may_fail(virJobCancel(job));
    for (;;) {
        EQUAL(virJobGetInfo(job, &info), 0);
        CHECK(info.percentComplete >= before.percentComplete && info.percentComplete <= 100);
        if (info.state != VIR_JOB_STATE_RUNNING) break;
        before = info;
        OK(vjob_sleep(100 * MS));
    }
    EQUAL(virJobGetInfo(job, &before), 0);
    CHECK(!memcmp(&before, &info, sizeof info)); /* an end is the end */
    EQUAL(virJobDestroy(job), 0);
}

static void operate(all_round *round, uint64_t *random, virConnectPtr conn, virDomainPtr domain)
{
    int state, reason;
    all_count(&round->jobs, 1);
    switch (ct_random(random, 9)) {
    case 0: may_fail(virDomainCreate(domain)); break;
    case 1: may_fail(virDomainSuspend(domain)); break;
    case 2: may_fail(virDomainResume(domain)); break;
    case 3: may_fail(virDomainDestroy(domain)); break;
    case 4: may_fail(virDomainShutdown(domain)); break;
    case 5: follow(round, random, virDomainCreateJob(domain, 0)); break;
    case 6: {
        char *xml = virDomainGetXMLDesc(domain, 0);
        CHECK(xml != NULL);
        free(xml);
        break;
    }
    case 7: CHECK(virConnectNumOfDomains(conn) >= 0); break;
    default:
        EQUAL(virDomainGetState(domain, &state, &reason, 0), 0);
        CHECK(state >= 0 && state <= VIR_DOMAIN_PMSUSPENDED);
    }
}

/* ---- events ---- */

enum { MOST = 20000 };

/* What one callback heard: a number for each event of the common VMs. */
typedef struct heard {
    all_round *round;
    int freed;               /* atomic */
    int n;                   /* atomic */
    signed char up[ALL_VMS]; /* what it heard last: 1 started, -1 stopped, 0 neither */
    unsigned short events[MOST];
} heard;

static int open_clients; /* atomic: of this round */

static int on_life(virConnectPtr conn, virDomainPtr domain, int event, int detail, void *opaque)
{
    heard *h = opaque;
    all_count(&h->round->events, 1);
    CHECK(!__atomic_load_n(&h->freed, __ATOMIC_ACQUIRE)); /* never after it was let go */
    CHECK(virDomainGetConnect(domain) == conn);
    for (int i = 0; i < ALL_VMS; i++) {
        if (strcmp(virDomainGetName(domain), all_vms[i]) != 0) continue;
        const int way = event == VIR_DOMAIN_EVENT_STARTED ? 1 : event == VIR_DOMAIN_EVENT_STOPPED ? -1 : 0;
        CHECK(!way || h->up[i] != way); /* nothing in between was lost, nothing told twice */
        if (way) h->up[i] = (signed char)way;
        if (h->n == MOST) break;
        h->events[h->n] = (unsigned short)(i << 12 | event << 6 | detail);
        __atomic_store_n(&h->n, h->n + 1, __ATOMIC_RELEASE);
    }
    return 0;
}

/* A function can be registered once. */
static int on_life_too(virConnectPtr conn, virDomainPtr domain, int event, int detail, void *opaque)
{
    return on_life(conn, domain, event, detail, opaque);
}

static void on_free(void *opaque)
{
    CHECK(__atomic_exchange_n(&((heard *)opaque)->freed, 1, __ATOMIC_ACQ_REL) == 0);
}

static int listen_to(virConnectPtr conn, virConnectDomainEventCallback call, heard *h)
{
    const int id = virConnectDomainEventRegisterAny(conn, NULL, VIR_DOMAIN_EVENT_ID_LIFECYCLE,
                                                    VIR_DOMAIN_EVENT_CALLBACK(call), h, on_free);
    CHECK(id >= 0);
    return id;
}

/* One came later and one left earlier: where both were there they heard the same. */
static void compare(const heard *first, const heard *second)
{
    for (int from = 0; from <= first->n; from++) {
        const int n = first->n - from < second->n ? first->n - from : second->n;
        if (!memcmp(first->events + from, second->events, (size_t)n * sizeof *first->events)) return;
    }
    CHECK(!"two callbacks of a connection heard different things");
}

static void wait_free(heard *h)
{
    while (!__atomic_load_n(&h->freed, __ATOMIC_ACQUIRE)) OK(vjob_sleep(MS));
}

void all_vir_begin(int clients)
{
    static int registered;
    if (!registered) EQUAL(virEventRegisterDefaultImpl(), 0);
    registered = 1;
    __atomic_store_n(&open_clients, clients, __ATOMIC_RELEASE);
}

static void tick(int timer, void *opaque)
{
    (void)timer, (void)opaque;
}

void all_vir_loop(all_round *round)
{
    (void)round;
    const int timer = virEventAddTimeout(100, tick, NULL, NULL);
    CHECK(timer >= 0);
    while (__atomic_load_n(&open_clients, __ATOMIC_ACQUIRE)) EQUAL(virEventRunDefaultImpl(), 0);
    EQUAL(virEventRemoveTimeout(timer), 0);
}

/* ---- the client ---- */

static void use(all_round *round, uint64_t random, virConnectPtr conn)
{
    while (!all_over(round)) {
        virDomainPtr domain = virDomainLookupByName(conn, all_vms[ct_random(&random, ALL_VMS)]);
        CHECK(domain != NULL);
        EQUAL(virDomainRef(domain), 0);
        for (uint64_t n = ct_random(&random, 6); n; n--) operate(round, &random, conn, domain);
        EQUAL(virDomainFree(domain), 0);
        EQUAL(virDomainFree(domain), 0);
    }
}

void all_vir_client(all_round *round, uint64_t random)
{
    virSetErrorFunc(NULL, quiet);
    heard *first = calloc(1, sizeof *first), *second = calloc(1, sizeof *second);
    first->round = second->round = round;
    virConnectPtr conn = virConnectOpen("qemu:///system");
    CHECK(conn != NULL);
    const int one = listen_to(conn, on_life, first), two = listen_to(conn, on_life_too, second);
    use(round, random, conn);
    EQUAL(virConnectDomainEventDeregisterAny(conn, one), 0);
    EQUAL(virConnectDomainEventDeregisterAny(conn, two), 0);
    CHECK(virConnectClose(conn) >= 0); /* a callback keeps it until the loop has let go */
    wait_free(first);
    wait_free(second);
    compare(first, second);
    free(first);
    free(second);
    __atomic_sub_fetch(&open_clients, 1, __ATOMIC_ACQ_REL);
}
