/*
 * test_vir_starters.c - virJob: each of the seven starters, in each way that a job can go, on both worlds.
 *
 * Every case exists for every starter: all take time on both worlds, so all can be cancelled and found running.
 * Saving and dumping make no domain: there the result is the file, and virJobGetDomain says that there is none.
 */
#include <dirent.h>
#include <unistd.h>

#include "vir_world.h"

static char folder[64], file[80];

/* ---- the starters ---------------------------------------------------------------------------------------------------------- */

enum { NOTHING, A_DOMAIN, A_NETWORK };

static virDomainPtr dom; /* what the starter is about; vt_end does not know of it */
static virNetworkPtr net;

static virDomainPtr an_active_domain(void)
{
    return virDomainLookupByName(vt_conn, virDomainGetName(vt_on));
}

static void with_active(void)
{
    dom = an_active_domain();
}

static void with_inactive(void)
{
    dom = virDomainDefineXML(vt_conn, VT_XML("idle"));
}

static void with_image(void)
{
    with_active();
    FINE(virDomainSave(dom, file));
}

static void with_network(void)
{
    net = virNetworkDefineXML(vt_conn, "<network><name>lab</name></network>");
}

static void with_nothing(void) {}

static virJobPtr create_linux(unsigned flags)
{
    return virDomainCreateLinuxJob(vt_conn, VT_XML("fresh"), flags);
}
static virJobPtr create(unsigned flags)
{
    return virDomainCreateJob(dom, flags);
}
static virJobPtr network_create(unsigned flags)
{
    return virNetworkCreateJob(net, flags);
}
static virJobPtr network_create_xml(unsigned flags)
{
    return virNetworkCreateXMLJob(vt_conn, "<network><name>fresh</name></network>", flags);
}
static virJobPtr save(unsigned flags)
{
    return virDomainSaveJob(dom, file, flags);
}
static virJobPtr restore(unsigned flags)
{
    return virDomainRestoreJob(vt_conn, file, flags);
}
static virJobPtr dump(unsigned flags)
{
    return virDomainDumpCoreJob(dom, file, flags);
}

static const struct starter {
    const char *name;
    void (*prepare)(void);
    virJobPtr (*start)(unsigned flags);
    const char *operation; /* of the simulator: what can be made to fail */
    int makes;
    const char *made;  /* its name; NULL: that of dom */
    int active, files; /* before it starts and again when it has not succeeded: dom or net is active; files */
    int then_active, then_files;
    int wrong; /* of a second start after success */
} starters[] = {
    {"virDomainCreateLinuxJob", with_nothing, create_linux, "create", A_DOMAIN, "fresh", 0, 0, 0, 0,
     VIR_ERR_OPERATION_FAILED},
    {"virDomainCreateJob", with_inactive, create, "start", A_DOMAIN, "idle", 0, 0, 1, 0,
     VIR_ERR_OPERATION_INVALID},
    {"virNetworkCreateJob", with_network, network_create, "network_start", A_NETWORK, "lab", 0, 0, 1, 0,
     VIR_ERR_OPERATION_INVALID},
    {"virNetworkCreateXMLJob", with_nothing, network_create_xml, "network_create", A_NETWORK, "fresh", 0, 0,
     0, 0, VIR_ERR_OPERATION_FAILED},
    {"virDomainSaveJob", with_active, save, "suspend", NOTHING, NULL, 1, 0, 0, 1, VIR_ERR_OPERATION_INVALID},
    {"virDomainRestoreJob", with_image, restore, "start", A_DOMAIN, NULL, 0, 1, 1, 1,
     VIR_ERR_OPERATION_INVALID},
    {"virDomainDumpCoreJob", with_active, dump, "dump", NOTHING, NULL, 1, 0, 1, 1, VIR_ERR_OK},
};

/* ---- what is there ---------------------------------------------------------------------------------------------------------- */

static int files(void)
{
    int n = 0;
    DIR *open = opendir(folder);
    CHECK(open != NULL);
    while (readdir(open)) n++;
    closedir(open);
    return n - 2; /* . and .. */
}

static int there(const struct starter *s)
{
    if (s->makes == A_NETWORK) {
        virNetworkPtr found = virNetworkLookupByName(vt_conn, s->made);
        if (found) FINE(virNetworkFree(found));
        return found != NULL;
    }
    virDomainPtr found = virDomainLookupByName(vt_conn, s->made);
    if (found) FINE(virDomainFree(found));
    return found != NULL;
}

static void as_before(const struct starter *s)
{
    EQUAL(files(), s->files);
    if (dom) EQUAL(virDomainIsActive(dom), s->active);
    if (net) EQUAL(virNetworkIsActive(net), s->active);
    if (s->prepare == with_nothing) EQUAL(there(s), 0);
}

static void as_after(const struct starter *s)
{
    EQUAL(files(), s->then_files);
    if (dom) EQUAL(virDomainIsActive(dom), s->then_active);
    if (net) EQUAL(virNetworkIsActive(net), s->then_active);
    if (s->prepare == with_nothing) EQUAL(there(s), 1);
}

static void no_result(virJobPtr job)
{
    NONE_CODE(virJobGetDomain(job), VIR_ERR_OPERATION_INVALID);
    NONE_CODE(virJobGetNetwork(job), VIR_ERR_OPERATION_INVALID);
}

static void its_result(const struct starter *s, virJobPtr job)
{
    const char *name = s->made ? s->made : virDomainGetName(dom);
    virDomainPtr made = NULL;
    virNetworkPtr network = NULL;
    if (s->makes == A_DOMAIN) {
        CHECK((made = virJobGetDomain(job)) != NULL);
        TEXT(virDomainGetName(made), name);
        EQUAL(virDomainIsActive(made), 1);
        FINE(virDomainFree(made));
    } else {
        NONE_CODE(virJobGetDomain(job), VIR_ERR_OPERATION_INVALID);
    }
    if (s->makes == A_NETWORK) {
        CHECK((network = virJobGetNetwork(job)) != NULL);
        TEXT(virNetworkGetName(network), name);
        EQUAL(virNetworkIsActive(network), 1);
        FINE(virNetworkFree(network));
    } else {
        NONE_CODE(virJobGetNetwork(job), VIR_ERR_OPERATION_INVALID);
    }
}

/* ---- the cases: a job that was just started goes its way, and is still there at the end ------------------------------------- */

static virJobPtr started(const struct starter *s)
{
    virJobPtr job = s->start(0);
    if (!job) print_message("%s: %s\n", s->name, virGetLastErrorMessage());
    CHECK(job != NULL);
    return job;
}

static virJobPtr succeeds(const struct starter *s)
{
    const uint64_t before = vjob_clock_now();
    virJobPtr job = started(s);
    CHECK(virJobGetError(job) == NULL);
    EQUAL(vt_wait(job), VIR_JOB_STATE_COMPLETED);
    CHECK(vjob_clock_now() > before);
    const virJobInfo info = vt_look(job);
    CHECK(info.percentComplete == 100 && info.remainingTime == 0 && info.type == VIR_JOB_BOUNDED);
    CHECK(virJobGetError(job) == NULL);
    its_result(s, job);
    as_after(s);
    return job;
}

static virJobPtr fails(const struct starter *s)
{
    OK(vjob_sim_fail_next(s->operation, NULL, VJOB_EIO, 1));
    virJobPtr job = started(s);
    EQUAL(vt_wait(job), VIR_JOB_STATE_FAILED);
    virErrorPtr error = virJobGetError(job);
    CHECK(error && error->code == VIR_ERR_OPERATION_FAILED && error->message && *error->message);
    no_result(job);
    as_before(s);
    return job;
}

static void was_cancelled(const struct starter *s, virJobPtr job)
{
    EQUAL(vt_wait(job), VIR_JOB_STATE_CANCELLED);
    CHECK(virJobGetError(job) && virJobGetError(job)->code == VIR_ERR_OPERATION_ABORTED);
    CHECK(vt_look(job).percentComplete < 100);
    no_result(job);
    as_before(s);
}

static virJobPtr cancelled_early(const struct starter *s)
{
    virJobPtr job = started(s);
    FINE(virJobCancel(job));
    FINE(virJobCancel(job)); /* again: no harm */
    was_cancelled(s, job);
    return job;
}

static virJobPtr cancelled_half_way(const struct starter *s)
{
    OK(vjob_sim_set_duration(s->operation, 10 * S, 0, 10));
    OK(vjob_sim_set_duration("start", 10 * S, 0, 10)); /* what is made running takes as long as starting */
    virJobPtr job = started(s);
    vjob_sleep(5 * S + S / 2);
    EQUAL(vt_look(job).state, VIR_JOB_STATE_RUNNING);
    CHECK(vt_look(job).percentComplete >= 30);
    const uint64_t before = vjob_clock_now();
    FINE(virJobCancel(job));
    was_cancelled(s, job);
    CHECK(vjob_clock_now() - before <= 2 * S); /* at its next look */
    return job;
}

static virJobPtr cancelled_late(const struct starter *s)
{
    virJobPtr job = started(s);
    EQUAL(vt_wait(job), VIR_JOB_STATE_COMPLETED);
    FINE(virJobCancel(job)); /* nothing changes */
    EQUAL(vt_look(job).state, VIR_JOB_STATE_COMPLETED);
    its_result(s, job);
    as_after(s);
    return job;
}

static virJobPtr destroyed_too_soon(const struct starter *s)
{
    const uint64_t before = vjob_clock_now();
    virJobPtr job = started(s);
    CODE(virJobDestroy(job), VIR_ERR_OPERATION_INVALID);
    no_result(job);                               /* not yet */
    EQUAL(vt_wait(job), VIR_JOB_STATE_COMPLETED); /* it was neither cancelled nor waited for */
    CHECK(vjob_clock_now() > before);
    its_result(s, job);
    return job;
}

/* ---- seen at once: the starter fails ------------------------------------------------------------------------------------------ */

static virJobPtr refused_at_once(const struct starter *s)
{
    NONE_CODE(s->start(1u << 30), VIR_ERR_INVALID_ARG);
    as_before(s);
    virJobPtr job = started(s);
    EQUAL(vt_wait(job), VIR_JOB_STATE_COMPLETED);
    virJobPtr again = s->wrong ? NULL : started(s);
    /* the test driver has a code of its own for starting what runs */
    const int is_quirk = s->start == create && !vt_off;
    if (s->wrong == VIR_ERR_OPERATION_INVALID)
        NONE_CODE(s->start(0), is_quirk ? VIR_ERR_INTERNAL_ERROR : s->wrong);
    if (s->wrong == VIR_ERR_OPERATION_FAILED) again = s->start(0); /* a name that is used: at once or later */
    if (again) {
        EQUAL(vt_wait(again), s->wrong ? VIR_JOB_STATE_FAILED : VIR_JOB_STATE_COMPLETED);
        FINE(virJobDestroy(again));
    }
    return job;
}

/* ---- all of them ---------------------------------------------------------------------------------------------------------------- */

/* A world of its own for each; after virJobDestroy the job is gone, and vt_end finds that nothing is left over. */
static void each(virJobPtr (*go)(const struct starter *s))
{
    static void (*const worlds[])(void) = {vt_begin_world, vt_begin_test};
    for (size_t i = 0; i < COUNT(starters); i++)
        for (size_t w = 0; w < COUNT(worlds); w++) {
            const struct starter *s = &starters[i];
            print_message("%s on %s\n", s->name, w ? "test:///default" : "vjob:///");
            dom = NULL, net = NULL;
            worlds[w]();
            s->prepare();
            as_before(s);
            virJobPtr job = go(s);
            FINE(virJobDestroy(job));
            CODE(virJobDestroy(job), VIR_ERR_INVALID_ARG);
            CODE(virJobGetInfo(job, &(virJobInfo){0}), VIR_ERR_INVALID_ARG);
            if (dom) FINE(virDomainFree(dom));
            if (net) FINE(virNetworkFree(net));
            unlink(file);
            EQUAL(files(), 0);
            vt_end(NULL);
        }
}

static void every_starter_succeeds_with_its_result(void **state)
{
    (void)state;
    each(succeeds);
}

static void every_starter_fails_with_its_error(void **state)
{
    (void)state;
    each(fails);
}

static void every_starter_is_cancelled_early(void **state)
{
    (void)state;
    each(cancelled_early);
}

static void every_starter_is_cancelled_half_way(void **state)
{
    (void)state;
    each(cancelled_half_way);
}

static void every_starter_is_cancelled_late(void **state)
{
    (void)state;
    each(cancelled_late);
}

static void every_starter_is_destroyed_before_and_after_its_end(void **state)
{
    (void)state;
    each(destroyed_too_soon);
}

static void every_starter_refuses_at_once_what_can_be_seen(void **state)
{
    (void)state;
    each(refused_at_once);
}

/* "Do nothing", where a connection has no jobs. */
static void every_starter_does_nothing_without_jobs(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(starters); i++) {
        const struct starter *s = &starters[i];
        vt_begin("vjob:///?jobs=0");
        vt_on = virDomainLookupByName(vt_conn, "on");
        dom = NULL, net = NULL;
        s->prepare();
        NONE_CODE(s->start(0), VIR_ERR_NO_SUPPORT);
        TEXT(virGetLastError()->str2, s->name);
        as_before(s);
        if (dom) FINE(virDomainFree(dom));
        if (net) FINE(virNetworkFree(net));
        unlink(file);
        vt_end(NULL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        VIR(every_starter_succeeds_with_its_result),
        VIR(every_starter_fails_with_its_error),
        VIR(every_starter_is_cancelled_early),
        VIR(every_starter_is_cancelled_half_way),
        VIR(every_starter_is_cancelled_late),
        VIR(every_starter_is_destroyed_before_and_after_its_end),
        VIR(every_starter_refuses_at_once_what_can_be_seen),
        VIR(every_starter_does_nothing_without_jobs),
    };
    snprintf(folder, sizeof folder, "/tmp/vjob-test-XXXXXX");
    if (!mkdtemp(folder)) return 1;
    snprintf(file, sizeof file, "%s/image", folder);
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    unlink(file);
    return rmdir(folder) || failed;
}
