/* The main story of the libvirt-style API with every allocation, thread start and write failing once. */
#define _GNU_SOURCE
#include "fault_test.h"
#include "vir_test.h"

#include <unistd.h>

static char image[64], dump[64];

static int job_went_well(virJobPtr job)
{
    virJobInfo info = {0};
    if (!job) return 0;
    do {
        if (virJobGetInfo(job, &info) < 0) break;
    } while (info.state == VIR_JOB_STATE_RUNNING && !vjob_sleep(100 * MS));
    if (info.state == VIR_JOB_STATE_RUNNING)
        while (!virJobGetInfo(job, &info) && info.state == VIR_JOB_STATE_RUNNING) OK(vjob_sleep(S));
    virJobDestroy(job);
    return info.state == VIR_JOB_STATE_COMPLETED;
}

static int text_came(char *text)
{
    free(text);
    return text != NULL;
}

static int use(virConnectPtr conn)
{
    static const char xml[] = "<domain type='kvm'><name>made</name><memory unit='MiB'>64</memory>"
                              "<os><type>hvm</type></os></domain>";
    virDomainPtr made = virDomainDefineXML(conn, xml), found = virDomainLookupByName(conn, "WindowsXP");
    int fine = made && found;
    if (made) {
        fine &= text_came(virDomainGetXMLDesc(made, 0));
        fine &= !virDomainCreate(made);
        fine &= !virDomainSuspend(made);
        fine &= !virDomainResume(made);
        fine &= !virDomainCoreDump(made, dump, 0);
        fine &= !virDomainSave(made, image);
        if (fine) fine = !virDomainRestore(conn, image);
        if (virDomainIsActive(made) == 1) fine &= !virDomainDestroy(made);
    }
    if (found) {
        fine &= job_went_well(virDomainCreateJob(found, 0));
        if (virDomainIsActive(found) == 1) fine &= !virDomainDestroy(found);
    }
    ct_fail_allocation(-1, 0); /* what a program tidies up, with memory again */
    ct_fail_write(-1, 0);
    if (made && virDomainIsActive(made) == 1) virDomainDestroy(made);
    if (made) virDomainUndefineFlags(made, VIR_DOMAIN_UNDEFINE_MANAGED_SAVE);
    if (made) virDomainFree(made);
    if (found) virDomainFree(found);
    return fine;
}

static int story(void)
{
    virSetErrorFunc(NULL, vt_quiet);
    virConnectPtr conn = virConnectOpen("qemu:///system");
    if (!conn) return 0;
    const int fine = use(conn);
    virConnectClose(conn);
    return fine;
}

static void whole(void)
{
    ft_world_is_whole();
    ft_fresh_world();
    unlink(image);
    unlink(dump);
}

static void prepare(void)
{
    ft_fresh_world();
    snprintf(image, sizeof image, "%s", ct_temp("vir_image"));
    snprintf(dump, sizeof dump, "%s", ct_temp("vir_dump"));
    OK(vjob_init()); /* for its sleeps */
}

static void done_with_it(void)
{
    ft_world_is_whole();
}

static void every_allocation_fails_once(void **state)
{
    (void)state;
    prepare();
    OK(vjob_deinit());
    ft_every(&ft_memory, 0, story, whole);
}

static void every_thread_start_fails_once(void **state)
{
    (void)state;
    prepare();
    OK(vjob_deinit());
    ft_every(&ft_threads, 0, story, whole);
}

static void every_write_of_an_image_or_a_dump_fails_once(void **state)
{
    (void)state;
    prepare();
    OK(vjob_deinit());
    ft_every(&ft_writes, 0, story, whole);
    done_with_it();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_allocation_fails_once),
        cmocka_unit_test(every_thread_start_fails_once),
        cmocka_unit_test(every_write_of_an_image_or_a_dump_fails_once),
    };
    return cmocka_run_group_tests_name("vir_faults", tests, NULL, NULL);
}
