/* Clients of the libvirt-style API: a connection each, domains that others use too, jobs in the background. */
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

void all_vir_client(all_round *round, uint64_t random)
{
    virSetErrorFunc(NULL, quiet);
    virConnectPtr conn = virConnectOpen("qemu:///system");
    CHECK(conn != NULL);
    while (!all_over(round)) {
        virDomainPtr domain = virDomainLookupByName(conn, all_vms[ct_random(&random, ALL_VMS)]);
        CHECK(domain != NULL);
        EQUAL(virDomainRef(domain), 0);
        for (uint64_t n = ct_random(&random, 6); n; n--) operate(round, &random, conn, domain);
        EQUAL(virDomainFree(domain), 0);
        EQUAL(virDomainFree(domain), 0);
    }
    EQUAL(virConnectClose(conn), 0);
}
