/*
 * test_vir_image.c - saving to files, restoring, managed images, core dumps: rows of semantics 3, 4 and 7;
 * and worlds from files.
 */
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vir_test.h"

static char folder[] = "/tmp/vjob-test-XXXXXX";

static const char *at(const char *name)
{
    static char path[2][300];
    static int turn;
    turn = !turn;
    snprintf(path[turn], sizeof path[turn], "%s/%s", folder, name);
    return path[turn];
}

static void put(const char *name, const char *data, size_t size)
{
    FILE *file = fopen(at(name), "wb");
    CHECK(file && fwrite(data, 1, size, file) == size && fclose(file) == 0);
}

static size_t get(const char *name, char *out, size_t cap)
{
    FILE *file = fopen(at(name), "rb");
    CHECK(file != NULL);
    const size_t size = fread(out, 1, cap, file);
    fclose(file);
    return size;
}

static int is_there(const char *name)
{
    return access(at(name), F_OK) == 0;
}

/* Nothing half written is left, wherever it was. */
static int entries(void)
{
    int n = 0;
    char command[400];
    snprintf(command, sizeof command, "ls -A %s | wc -l", folder);
    FILE *pipe = popen(command, "r");
    CHECK(pipe && fscanf(pipe, "%d", &n) == 1);
    pclose(pipe);
    return n;
}

static virConnectPtr begin(const char *uri)
{
    st_begin(NULL);
    return vt_open(uri);
}

static virDomainPtr lookup(virConnectPtr conn, const char *name)
{
    virDomainPtr domain = virDomainLookupByName(conn, name);
    CHECK(domain != NULL);
    return domain;
}

static void state_is(virDomainPtr domain, int state, int reason)
{
    int s = -1, r = -1;
    VT_OK(virDomainGetState(domain, &s, &r, 0));
    EQUAL(s, state);
    EQUAL(r, reason);
}

static void end(virDomainPtr domain, virConnectPtr conn)
{
    VT_OK(virDomainFree(domain));
    vt_close(conn);
}

/* ---- files ---- */

static void s7_a_saved_image_is_mark_length_and_xml(void **state)
{
    (void)state;
    char data[4096];
    int32_t length;
    struct stat st;
    virConnectPtr conn = begin("test:///default");
    virDomainPtr domain = lookup(conn, "test");
    VT_OK(virDomainSave(domain, at("a")));
    state_is(domain, VIR_DOMAIN_SHUTOFF, VIR_DOMAIN_SHUTOFF_SAVED);
    const size_t size = get("a", data, sizeof data);
    CHECK(memcmp(data, "TestGuestMagic", 15) == 0);
    memcpy(&length, data + 15, 4);
    EQUAL((size_t)length + 19, size);
    CHECK(memcmp(data + 19, "<domain type='test' id='1'>\n", 28) == 0);
    CHECK(stat(at("a"), &st) == 0 && (st.st_mode & 0777) == 0600);
    VT_OK(virDomainRestore(conn, at("a")));
    state_is(domain, VIR_DOMAIN_RUNNING, VIR_DOMAIN_RUNNING_RESTORED);
    EQUAL(virDomainGetID(domain), 2);
    char *xml = virDomainSaveImageGetXMLDesc(conn, at("a"), 0);
    HAS(xml, "<domain type='test'>\n  <name>test</name>\n");
    free(xml);
    unlink(at("a"));
    end(domain, conn);
}

static void s7_a_core_dump_holds_only_the_mark(void **state)
{
    (void)state;
    char data[64];
    virConnectPtr conn = begin("test:///default");
    virDomainPtr domain = lookup(conn, "test");
    VT_OK(virDomainCoreDump(domain, at("core"), 0));
    state_is(domain, VIR_DOMAIN_RUNNING, VIR_DOMAIN_RUNNING_UNKNOWN);
    EQUAL(get("core", data, sizeof data), 15);
    CHECK(memcmp(data, "TestGuestMagic", 15) == 0);
    VT_OK(virDomainCoreDumpWithFormat(domain, at("core"), VIR_DOMAIN_CORE_DUMP_FORMAT_RAW, VIR_DUMP_CRASH));
    state_is(domain, VIR_DOMAIN_SHUTOFF, VIR_DOMAIN_SHUTOFF_CRASHED);
    VT_FAILS(virDomainCoreDump(domain, at("core"), 0), VIR_ERR_OPERATION_INVALID, VIR_FROM_DOMAIN);
    VT_FAILS(virDomainCoreDumpWithFormat(domain, at("core"), 1, 0), VIR_ERR_OPERATION_UNSUPPORTED,
             VIR_FROM_TEST);
    VT_FAILS(virDomainCoreDumpWithFormat(domain, at("core"), 99, 0), VIR_ERR_INVALID_ARG, -1);
    VT_FAILS(virDomainCoreDump(domain, at("core"), VIR_DUMP_LIVE), VIR_ERR_INVALID_ARG, -1);
    unlink(at("core"));
    end(domain, conn);
}

static void s4_restored_as_running_also_when_it_was_paused(void **state)
{
    (void)state;
    virConnectPtr conn = begin("test:///default");
    virDomainPtr domain = lookup(conn, "test");
    VT_OK(virDomainSuspend(domain));
    VT_OK(virDomainSave(domain, at("a")));
    VT_OK(virDomainRestore(conn, at("a")));
    state_is(domain, VIR_DOMAIN_RUNNING, VIR_DOMAIN_RUNNING_RESTORED);
    unlink(at("a"));
    end(domain, conn);
}

static void s4_bad_files_and_places(void **state)
{
    (void)state;
    virConnectPtr conn = begin("test:///default");
    virDomainPtr domain = lookup(conn, "test");
    char junk[200] = "TestGuestMagic\0\xff\xff\xff\x7f";
    VT_FAILS(virDomainSave(domain, "/nonexistent/x"), VIR_ERR_SYSTEM_ERROR, VIR_FROM_TEST);
    EQUAL(virGetLastError()->int1, ENOENT);
    VT_FAILS(virDomainSave(domain, folder), VIR_ERR_SYSTEM_ERROR, VIR_FROM_TEST);
    EQUAL(virGetLastError()->int1, EISDIR);
    VT_FAILS(virDomainCoreDump(domain, "/nonexistent/x", 0), VIR_ERR_SYSTEM_ERROR, VIR_FROM_TEST);
    state_is(domain, VIR_DOMAIN_RUNNING, VIR_DOMAIN_RUNNING_UNKNOWN);
    VT_OK(virDomainDestroy(domain));
    VT_FAILS(virDomainRestore(conn, at("none")), VIR_ERR_SYSTEM_ERROR, VIR_FROM_TEST);
    EQUAL(virGetLastError()->int1, ENOENT);
    put("junk", junk, 19);
    VT_FAILS(virDomainRestore(conn, at("junk")), VIR_ERR_INTERNAL_ERROR, VIR_FROM_TEST);
    junk[0] = 'x';
    put("junk", junk, 100);
    VT_FAILS(virDomainRestore(conn, at("junk")), VIR_ERR_INTERNAL_ERROR, VIR_FROM_TEST);
    put("junk", junk, 1);
    VT_FAILS(virDomainRestore(conn, at("junk")), VIR_ERR_SYSTEM_ERROR, VIR_FROM_TEST);
    put("junk", "TestGuestMagic\0\5\0\0\0ab", 21);
    VT_FAILS(virDomainRestore(conn, at("junk")), VIR_ERR_SYSTEM_ERROR, VIR_FROM_TEST);
    unlink(at("junk"));
    end(domain, conn);
}

static void s4_save_and_restore_in_the_wrong_state(void **state)
{
    (void)state;
    virConnectPtr conn = begin("test:///default");
    virDomainPtr domain = lookup(conn, "test");
    VT_OK(virDomainSave(domain, at("a")));
    VT_FAILS(virDomainSave(domain, at("b")), VIR_ERR_OPERATION_INVALID, VIR_FROM_DOMAIN);
    CHECK(!is_there("b"));
    VT_OK(virDomainRestore(conn, at("a")));
    VT_FAILS(virDomainRestore(conn, at("a")), VIR_ERR_OPERATION_INVALID, VIR_FROM_DOMAIN);
    VT_FAILS(virDomainSaveFlags(domain, at("a"), NULL, VIR_DOMAIN_SAVE_PAUSED), VIR_ERR_INVALID_ARG, -1);
    VT_FAILS(virDomainSaveFlags(domain, at("a"), "<domain/>", 0), VIR_ERR_ARGUMENT_UNSUPPORTED, -1);
    unlink(at("a"));
    end(domain, conn);
}

static void images_never_go_through_links(void **state)
{
    (void)state;
    virConnectPtr conn = begin("test:///default");
    virDomainPtr domain = lookup(conn, "test");
    put("target", "x", 1);
    CHECK(symlink(at("target"), at("link")) == 0);
    VT_FAILS(virDomainSave(domain, at("link")), VIR_ERR_SYSTEM_ERROR, VIR_FROM_TEST);
    EQUAL(virGetLastError()->int1, ELOOP);
    char data[8];
    EQUAL(get("target", data, sizeof data), 1);
    unlink(at("link"));
    unlink(at("target"));
    end(domain, conn);
}

static void other_xml_can_be_put_into_an_image(void **state)
{
    (void)state;
    virConnectPtr conn = begin("test:///default");
    virDomainPtr domain = lookup(conn, "test");
    VT_OK(virDomainSave(domain, at("a")));
    VT_FAILS(virDomainSaveImageDefineXML(conn, at("a"), "<domain type='test'/>", 0), VIR_ERR_NO_NAME, -1);
    VT_FAILS(virDomainSaveImageDefineXML(
                 conn, at("a"),
                 "<domain type='test'><name>b</name><memory>1</memory><os><type>hvm</type></os></domain>", 0),
             VIR_ERR_CONFIG_UNSUPPORTED, -1);
    VT_OK(virDomainSaveImageDefineXML(conn, at("a"),
                                      "<domain "
                                      "type='test'><name>test</name><title>T</title><memory>8388608</"
                                      "memory><os><type>hvm</type></os></domain>",
                                      0));
    char *xml = virDomainSaveImageGetXMLDesc(conn, at("a"), 0);
    HAS(xml, "<title>T</title>");
    free(xml);
    unlink(at("a"));
    end(domain, conn);
}

/* ---- managed images ---- */

static void s4_managed_save_and_its_image(void **state)
{
    (void)state;
    virConnectPtr conn = begin("test:///default");
    virDomainPtr domain = lookup(conn, "test");
    VT_OK(virDomainManagedSave(domain, 0));
    state_is(domain, VIR_DOMAIN_SHUTOFF, VIR_DOMAIN_SHUTOFF_SAVED);
    EQUAL(virDomainHasManagedSaveImage(domain, 0), 1);
    VT_OK(virDomainManagedSaveRemove(domain, 0));
    EQUAL(virDomainHasManagedSaveImage(domain, 0), 0);
    VT_OK(virDomainManagedSaveRemove(domain, 0));
    VT_FAILS(virDomainManagedSave(domain, 0), VIR_ERR_OPERATION_INVALID, VIR_FROM_DOMAIN);
    VT_OK(virDomainCreate(domain));
    end(domain, conn);
}

/* ---- the simulated world: saving takes time ---- */

static void a_save_takes_time_and_other_apis_see_it(void **state)
{
    (void)state;
    virConnectPtr conn = begin("qemu:///system");
    virDomainPtr domain = lookup(conn, "debian");
    const uint64_t start = vjob_clock_now();
    VT_OK(virDomainSave(domain, at("a")));
    EQUAL(vjob_clock_now() - start, 800000000u);
    EQUAL(st_state("debian"), VJOB_VM_STOPPED);
    VT_OK(virDomainRestoreFlags(conn, at("a"), NULL, VIR_DOMAIN_SAVE_PAUSED));
    EQUAL(st_state("debian"), VJOB_VM_PAUSED);
    VT_FAILS(virDomainRestoreFlags(conn, at("a"), NULL, VIR_DOMAIN_SAVE_PAUSED | VIR_DOMAIN_SAVE_RUNNING),
             VIR_ERR_INVALID_ARG, -1);
    unlink(at("a"));
    end(domain, conn);
}

static void what_a_failed_save_leaves_is_removed(void **state)
{
    (void)state;
    virConnectPtr conn = begin("qemu:///system");
    virDomainPtr domain = lookup(conn, "debian");
    put("a", "mine", 4);
    OK(vjob_sim_fail_next("suspend", NULL, VJOB_EIO, 1));
    VT_FAILS(virDomainSave(domain, at("a")), VIR_ERR_OPERATION_FAILED, -1);
    char data[8];
    EQUAL(get("a", data, sizeof data), 4); /* what was there before is whole */
    EQUAL(entries(), 1);
    EQUAL(st_state("debian"), VJOB_VM_RUNNING);
    unlink(at("a"));
    end(domain, conn);
}

static virJobInfo wait_for(virJobPtr job)
{
    virJobInfo info;
    do {
        VT_OK(virJobGetInfo(job, &info));
        if (info.state == VIR_JOB_STATE_RUNNING) vjob_sleep(50000000);
    } while (info.state == VIR_JOB_STATE_RUNNING);
    return info;
}

static void jobs_save_dump_and_restore(void **state)
{
    (void)state;
    const char *const uris[] = {"qemu:///system", "test:///default"};
    for (size_t i = 0; i < COUNT(uris); i++) {
        virConnectPtr conn = begin(uris[i]);
        virDomainPtr domain = lookup(conn, i ? "test" : "debian"), made;
        const uint64_t start = vjob_clock_now();
        virJobPtr job = virDomainDumpCoreJob(domain, at("core"), 0);
        CHECK(job != NULL);
        EQUAL(wait_for(job).state, VIR_JOB_STATE_COMPLETED);
        CHECK(vjob_clock_now() - start >= 800000000u); /* on both */
        VT_NULL(virJobGetDomain(job), VIR_ERR_OPERATION_INVALID, -1);
        VT_OK(virJobDestroy(job));
        job = virDomainSaveJob(domain, at("a"), 0);
        CHECK(job != NULL);
        EQUAL(wait_for(job).percentComplete, 100);
        VT_OK(virJobDestroy(job));
        CHECK(is_there("core") && is_there("a"));
        EQUAL(virDomainIsActive(domain), 0);
        job = virDomainRestoreJob(conn, at("a"), 0);
        CHECK(job != NULL);
        EQUAL(wait_for(job).state, VIR_JOB_STATE_COMPLETED);
        CHECK((made = virJobGetDomain(job)) != NULL);
        SAME(virDomainGetName(made), virDomainGetName(domain));
        VT_OK(virDomainFree(made));
        VT_OK(virJobDestroy(job));
        state_is(domain, VIR_DOMAIN_RUNNING, VIR_DOMAIN_RUNNING_RESTORED);
        unlink(at("core"));
        unlink(at("a"));
        end(domain, conn);
        CHECK(st_end(NULL) == 0);
    }
    st_begin(NULL);
}

static void a_cancelled_save_leaves_no_file_and_a_running_guest(void **state)
{
    (void)state;
    virConnectPtr conn = begin("qemu:///system");
    virDomainPtr domain = lookup(conn, "debian");
    virJobPtr job = virDomainSaveJob(domain, at("a"), 0);
    CHECK(job != NULL);
    vjob_sleep(300000000);
    state_is(domain, VIR_DOMAIN_PAUSED, VIR_DOMAIN_PAUSED_SAVE);
    VT_FAILS(virJobDestroy(job), VIR_ERR_OPERATION_INVALID, -1);
    VT_OK(virJobCancel(job));
    EQUAL(wait_for(job).state, VIR_JOB_STATE_CANCELLED);
    CHECK(virJobGetError(job) && virJobGetError(job)->code == VIR_ERR_OPERATION_ABORTED);
    EQUAL(entries(), 0);
    state_is(domain, VIR_DOMAIN_RUNNING, VIR_DOMAIN_RUNNING_SAVE_CANCELED);
    VT_OK(virJobDestroy(job));
    VT_NULL(virDomainSaveJob(domain, "/nonexistent/x", 0), VIR_ERR_SYSTEM_ERROR, -1);
    VT_NULL(virDomainRestoreJob(conn, at("none"), 0), VIR_ERR_SYSTEM_ERROR, -1);
    end(domain, conn);
}

static void jobs_start_and_make_networks(void **state)
{
    (void)state;
    virConnectPtr conn = begin("vjob:///");
    virNetworkPtr network = virNetworkDefineXML(conn, "<network><name>a</name></network>"), made;
    virJobPtr job = virNetworkCreateJob(network, 0);
    CHECK(job != NULL);
    EQUAL(wait_for(job).state, VIR_JOB_STATE_COMPLETED);
    CHECK((made = virJobGetNetwork(job)) != NULL);
    VT_OK(virNetworkFree(made));
    VT_NULL(virJobGetDomain(job), VIR_ERR_OPERATION_INVALID, -1);
    VT_OK(virJobDestroy(job));
    VT_NULL(virNetworkCreateJob(network, 0), VIR_ERR_OPERATION_INVALID, -1);
    VT_NULL(virNetworkCreateXMLJob(conn, "<network/>", 0), VIR_ERR_NO_NAME, -1);
    job = virNetworkCreateXMLJob(conn, "<network><name>b</name></network>", 0);
    VT_OK(virJobCancel(job));
    EQUAL(wait_for(job).state, VIR_JOB_STATE_CANCELLED);
    VT_NULL(virJobGetNetwork(job), VIR_ERR_OPERATION_INVALID, -1);
    VT_OK(virJobDestroy(job));
    job = virNetworkCreateXMLJob(conn, "<network><name>b</name></network>", 0);
    OK(vjob_sim_fail_next("network_create", NULL, VJOB_EIO, 1));
    EQUAL(wait_for(job).state, VIR_JOB_STATE_COMPLETED); /* it had begun */
    CHECK((made = virJobGetNetwork(job)) != NULL);
    SAME(virNetworkGetName(made), "b");
    VT_OK(virNetworkFree(made));
    VT_OK(virJobDestroy(job));
    job = virNetworkCreateXMLJob(conn, "<network><name>c</name></network>", 0);
    EQUAL(wait_for(job).state, VIR_JOB_STATE_FAILED);
    EQUAL(virJobGetError(job)->code, VIR_ERR_OPERATION_FAILED);
    VT_OK(virJobDestroy(job));
    VT_OK(virNetworkFree(network));
    vt_close(conn);
}

/* ---- worlds from files ---- */

#define TEST_NS " xmlns:test='http://libvirt.org/schemas/domain/test/1.0'"
#define DOMAIN(name, more)                                                                                   \
    "<domain type='test'" TEST_NS "><name>" name                                                             \
    "</name><memory>1024</memory><os><type>hvm</type></os>" more "</domain>"

static void s7_a_node_file_is_a_world_of_its_own(void **state)
{
    (void)state;
    char uri[400];
    const char node[] = "<node>" DOMAIN("on", "") DOMAIN("off", "<test:runstate>5</test:runstate>")
        DOMAIN("held", "<test:runstate>3</test:runstate><test:transient/>") DOMAIN(
            "kept",
            "<test:hasmanagedsave/>") "<domain file='more.xml'/><network><name>n</name></network></node>";
    const char more[] = DOMAIN("more", "");
    put("node.xml", node, sizeof node - 1);
    put("more.xml", more, sizeof more - 1);
    snprintf(uri, sizeof uri, "test://%s", at("node.xml"));
    virConnectPtr conn = begin(uri), other = vt_open(uri);
    virDomainPtr domain = lookup(conn, "on");
    EQUAL(virConnectNumOfDomains(conn), 3);
    EQUAL(virConnectNumOfDefinedDomains(conn), 2);
    EQUAL(virConnectNumOfNetworks(conn), 1);
    VT_OK(virDomainDestroy(domain));
    EQUAL(virConnectNumOfDomains(conn), 2);
    EQUAL(virConnectNumOfDomains(other), 3); /* private */
    VT_OK(virDomainFree(domain));
    domain = lookup(conn, "held");
    EQUAL(virDomainIsPersistent(domain), 0);
    state_is(domain, VIR_DOMAIN_PAUSED, VIR_DOMAIN_PAUSED_USER);
    VT_OK(virDomainFree(domain));
    domain = lookup(conn, "kept");
    EQUAL(virDomainHasManagedSaveImage(domain, 0), 1);
    end(domain, conn);
    vt_close(other);
    virDomainPtr none = NULL;
    conn = vt_open("test:///default");
    VT_NULL((none = virDomainLookupByName(conn, "more")), VIR_ERR_NO_DOMAIN, -1);
    vt_close(conn);
}

static void s6_node_files_that_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int code;
    } rows[] = {
        {"<node><domain file='none.xml'/></node>", VIR_ERR_XML_ERROR},
        {"<foo/>", VIR_ERR_XML_ERROR},
        {"<node>", VIR_ERR_XML_DETAIL},
        {"<node><domain/></node>", VIR_ERR_NO_NAME},
        {"<node>" DOMAIN("a", "<test:runstate>77</test:runstate>") "</node>", VIR_ERR_XML_ERROR},
        {"<node>" DOMAIN("a", "<test:runstate>5</test:runstate><test:transient/>") "</node>",
         VIR_ERR_XML_ERROR},
        {"<node>" DOMAIN("a", "") DOMAIN("a", "") "</node>", VIR_ERR_OPERATION_FAILED},
        {"<node><network/></node>", VIR_ERR_NO_NAME},
    };
    char uri[400];
    st_begin(NULL);
    virSetErrorFunc(NULL, vt_quiet);
    for (size_t i = 0; i < COUNT(rows); i++) {
        put("bad.xml", rows[i].text, strlen(rows[i].text));
        snprintf(uri, sizeof uri, "test://%s", at("bad.xml"));
        VT_NULL(virConnectOpen(uri), rows[i].code, -1);
    }
    VT_NULL(virConnectOpen("test:///nonexistent.xml"), VIR_ERR_XML_ERROR, -1);
    VT_NULL(virConnectOpen("test:///"), VIR_ERR_INVALID_ARG, -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SIM(s7_a_saved_image_is_mark_length_and_xml),
        SIM(s7_a_core_dump_holds_only_the_mark),
        SIM(s4_restored_as_running_also_when_it_was_paused),
        SIM(s4_bad_files_and_places),
        SIM(s4_save_and_restore_in_the_wrong_state),
        SIM(images_never_go_through_links),
        SIM(other_xml_can_be_put_into_an_image),
        SIM(s4_managed_save_and_its_image),
        SIM(a_save_takes_time_and_other_apis_see_it),
        SIM(what_a_failed_save_leaves_is_removed),
        SIM(jobs_save_dump_and_restore),
        SIM(a_cancelled_save_leaves_no_file_and_a_running_guest),
        SIM(jobs_start_and_make_networks),
        SIM(s7_a_node_file_is_a_world_of_its_own),
        SIM(s6_node_files_that_are_refused),
    };
    if (!mkdtemp(folder)) return 1;
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    char command[400];
    snprintf(command, sizeof command, "rm -r %s", folder);
    return system(command) || failed;
}
