/* test_vir_domain.c - states, reasons and codes of domains (facts: sections 3 and 4), with both manners. */
#include <errno.h>

#include "vir_world.h"

/* ---- section 4: the state machine, test driver ------------------------------------------------------------------------ */

static void test_states_and_reasons(void **state)
{
    (void)state;
    vt_begin_test();
    STATE(vt_on, 1, 0);
    FINE(virDomainSuspend(vt_on));
    STATE(vt_on, 3, 1);
    FINE(virDomainResume(vt_on));
    STATE(vt_on, 1, 5);
    FINE(virDomainShutdown(vt_on));
    STATE(vt_on, 5, 1);
    EQUAL(virDomainGetID(vt_on), (unsigned)-1);
    FINE(virDomainCreate(vt_on));
    STATE(vt_on, 1, 1);
    EQUAL(virDomainGetID(vt_on), 2);
    FINE(virDomainReboot(vt_on, 0));
    STATE(vt_on, 1, 1);
    EQUAL(virDomainGetID(vt_on), 2);
    FINE(virDomainSuspend(vt_on));
    FINE(virDomainShutdown(vt_on)); /* from paused */
    FINE(virDomainCreate(vt_on));
    EQUAL(virDomainGetID(vt_on), 3); /* never given again */
    FINE(virDomainDestroy(vt_on));
    STATE(vt_on, 5, 2);
}

static void test_operations_take_no_time(void **state)
{
    (void)state;
    vt_begin_test();
    const uint64_t before = vjob_clock_now();
    FINE(virDomainSuspend(vt_on));
    FINE(virDomainDestroy(vt_on));
    FINE(virDomainCreate(vt_on));
    EQUAL(vjob_clock_now(), before);
}

static void test_errors_in_the_wrong_state(void **state)
{
    (void)state;
    vt_begin_test();
    CODE_FROM(virDomainCreate(vt_on), VIR_ERR_INTERNAL_ERROR, VIR_FROM_TEST);
    CODE_FROM(virDomainResume(vt_on), VIR_ERR_INTERNAL_ERROR, VIR_FROM_TEST);
    FINE(virDomainSuspend(vt_on));
    CODE_FROM(virDomainSuspend(vt_on), VIR_ERR_INTERNAL_ERROR, VIR_FROM_TEST);
    FINE(virDomainDestroy(vt_on));
    CODE_FROM(virDomainSuspend(vt_on), VIR_ERR_INTERNAL_ERROR, VIR_FROM_TEST);
    CODE_FROM(virDomainResume(vt_on), VIR_ERR_INTERNAL_ERROR, VIR_FROM_TEST);
    CODE_FROM(virDomainShutdown(vt_on), VIR_ERR_INTERNAL_ERROR, VIR_FROM_TEST);
    CODE_FROM(virDomainDestroy(vt_on), VIR_ERR_OPERATION_INVALID, VIR_FROM_DOMAIN);
    CODE_FROM(virDomainReboot(vt_on, 0), VIR_ERR_OPERATION_INVALID, VIR_FROM_DOMAIN);
    CODE_FROM(virDomainReset(vt_on, 0), VIR_ERR_OPERATION_INVALID, VIR_FROM_DOMAIN);
    CODE_FROM(virDomainSetMemory(vt_on, 1000), VIR_ERR_OPERATION_INVALID, VIR_FROM_DOMAIN);
    CODE_FROM(virDomainSetVcpus(vt_on, 1), VIR_ERR_OPERATION_INVALID, VIR_FROM_DOMAIN);
    virDomainJobInfo info;
    CODE(virDomainGetJobInfo(vt_on, &info), VIR_ERR_NO_SUPPORT);
    CODE(virDomainGetJobStats(vt_on, &(int){0}, &(virTypedParameterPtr){NULL}, &(int){0}, 0),
         VIR_ERR_NO_SUPPORT);
    CODE(virDomainAbortJob(vt_on), VIR_ERR_NO_SUPPORT);
    TEXT(virGetLastError()->str2, "virDomainAbortJob");
}

/* ---- the same with qemu's manner ------------------------------------------------------------------------------------------ */

static void qemu_states_reasons_and_time(void **state)
{
    (void)state;
    vt_begin_world();
    const uint64_t before = vjob_clock_now();
    FINE(virDomainCreate(vt_off));
    STATE(vt_off, 1, 1);
    CHECK(vjob_clock_now() > before);
    FINE(virDomainSuspend(vt_off));
    STATE(vt_off, 3, 1);
    FINE(virDomainSuspend(vt_off)); /* already: success */
    FINE(virDomainResume(vt_off));
    STATE(vt_off, 1, 5);
    FINE(virDomainDestroy(vt_off));
    STATE(vt_off, 5, 2);
    FINE(virDomainCreateWithFlags(vt_off, VIR_DOMAIN_START_PAUSED));
    STATE(vt_off, 3, 1);
}

static void qemu_errors_in_the_wrong_state(void **state)
{
    virDomainJobInfo info;
    (void)state;
    vt_begin_world();
    CODE(virDomainCreate(vt_on), VIR_ERR_OPERATION_INVALID);
    CODE(virDomainResume(vt_on), VIR_ERR_OPERATION_INVALID);
    CODE(virDomainSuspend(vt_off), VIR_ERR_OPERATION_INVALID);
    CODE(virDomainResume(vt_off), VIR_ERR_OPERATION_INVALID);
    CODE(virDomainShutdown(vt_off), VIR_ERR_OPERATION_INVALID);
    CODE(virDomainDestroy(vt_off), VIR_ERR_OPERATION_INVALID);
    CODE(virDomainReset(vt_off, 0), VIR_ERR_OPERATION_INVALID);
    CODE(virDomainGetJobInfo(vt_off, &info), VIR_ERR_OPERATION_INVALID);
    CODE(virDomainAbortJob(vt_on), VIR_ERR_OPERATION_INVALID); /* idle */
    CODE(virDomainReboot(vt_on, 0x1000), VIR_ERR_INVALID_ARG);
}

static void qemu_calls_that_need_a_running_guest(void **state)
{
    const char *path = ct_temp("inactive");
    (void)state;
    vt_begin_world();
    CODE(virDomainShutdown(vt_off), VIR_ERR_OPERATION_INVALID);
    CODE(virDomainReboot(vt_off, 0), VIR_ERR_OPERATION_INVALID);
    CODE(virDomainSave(vt_off, path), VIR_ERR_OPERATION_INVALID);
    CODE(virDomainCoreDump(vt_off, path, 0), VIR_ERR_OPERATION_INVALID);
    CODE(virDomainManagedSave(vt_off, 0), VIR_ERR_OPERATION_INVALID);
    CODE(virDomainSetMemory(vt_off, 1024), VIR_ERR_OPERATION_INVALID);
    CODE(virDomainSetVcpus(vt_off, 1), VIR_ERR_OPERATION_INVALID);
    CHECK(fopen(path, "r") == NULL);
    FINE(virDomainSave(vt_on, path));
    FINE(virDomainRestore(vt_conn, path));
    CODE(virDomainRestore(vt_conn, path), VIR_ERR_OPERATION_INVALID); /* its guest runs */
    remove(path);
    CODE(virDomainRestore(vt_conn, path), VIR_ERR_SYSTEM_ERROR);
    CODE(virDomainSave(vt_on, "/nonexistent/x"), VIR_ERR_SYSTEM_ERROR);
    EQUAL(virGetLastError()->int1, ENOENT);
}

static void qemu_shutdown_returns_before_the_guest_is_off(void **state)
{
    int is;
    (void)state;
    vt_begin_world();
    vjob_sleep(HOUR); /* its tools are up */
    FINE(virDomainShutdown(vt_on));
    FINE(virDomainGetState(vt_on, &is, NULL, 0));
    EQUAL(is, VIR_DOMAIN_SHUTDOWN);
    EQUAL(virDomainIsActive(vt_on), 1);
    vjob_sleep(60 * S);
    STATE(vt_on, 5, 1);
}

/* ---- both ------------------------------------------------------------------------------------------------------------------- */

static void vanished_guests_and_missing_ones(void **state)
{
    (void)state;
    vt_begin_test();
    NONE_CODE(virDomainLookupByName(vt_conn, "nobody"), VIR_ERR_NO_DOMAIN);
    NONE_CODE(virDomainLookupByID(vt_conn, 99), VIR_ERR_NO_DOMAIN);
    NONE_CODE(virDomainLookupByUUIDString(vt_conn, "no uuid"), VIR_ERR_INVALID_ARG);
    virDomainPtr made = virDomainCreateXML(vt_conn, VT_XML("short"), 0);
    EQUAL(virDomainIsPersistent(made), 0);
    FINE(virDomainDestroy(made));
    CODE(virDomainGetState(made, &(int){0}, NULL, 0), VIR_ERR_NO_DOMAIN);
    CODE(virDomainSuspend(made), VIR_ERR_NO_DOMAIN);
    TEXT(virDomainGetName(made), "short"); /* the handle knows its name all the same */
    FINE(virDomainFree(made));
}

static void read_only_connections_change_nothing(void **state)
{
    (void)state;
    vt_begin("vjob:///");
    virConnectPtr ro = virConnectOpenReadOnly("vjob:///");
    virDomainPtr on = virDomainLookupByName(ro, "on");
    CODE(virDomainSuspend(on), VIR_ERR_OPERATION_DENIED);
    CODE(virDomainDestroy(on), VIR_ERR_OPERATION_DENIED);
    CODE(virDomainUndefine(on), VIR_ERR_OPERATION_DENIED);
    CODE(virDomainSetAutostart(on, 1), VIR_ERR_OPERATION_DENIED);
    NONE_CODE(virDomainDefineXML(ro, VT_XML("x")), VIR_ERR_OPERATION_DENIED);
    STATE(on, 1, 0);
    FINE(virDomainFree(on));
    EQUAL(virConnectClose(ro), 0);
}

static void definitions_come_change_and_go(void **state)
{
    char uuid[VIR_UUID_STRING_BUFLEN];
    (void)state;
    vt_begin_test();
    virDomainPtr made = virDomainDefineXML(vt_conn, VT_XML("d"));
    STATE(made, 5, 0);
    FINE(virDomainGetUUIDString(made, uuid));
    NONE_CODE(virDomainDefineXML(vt_conn, VT_XML("d")), VIR_ERR_OPERATION_FAILED); /* another uuid */
    FINE(virDomainCreate(made));
    FINE(virDomainUndefine(made)); /* running: transient from now on */
    EQUAL(virDomainIsPersistent(made), 0);
    EQUAL(virDomainIsActive(made), 1);
    CODE(virDomainUndefine(made), VIR_ERR_OPERATION_INVALID);
    FINE(virDomainDestroy(made));
    CODE(virDomainIsActive(made), VIR_ERR_NO_DOMAIN);
    FINE(virDomainFree(made));
}

static void a_running_guest_keeps_its_configuration_until_it_is_started_again(void **state)
{
    char xml[512], uuid[VIR_UUID_STRING_BUFLEN];
    virDomainInfo info;
    (void)state;
    vt_begin_world();
    FINE(virDomainGetUUIDString(vt_on, uuid));
    snprintf(xml, sizeof xml,
             "<domain type='qemu'><name>on</name><uuid>%s</uuid><memory>2097152</memory>"
             "<vcpu>4</vcpu><os><type>hvm</type></os></domain>",
             uuid);
    virDomainPtr again = virDomainDefineXML(vt_conn, xml);
    CHECK(again != NULL);
    FINE(virDomainFree(again));
    FINE(virDomainGetInfo(vt_on, &info));
    CHECK(info.nrVirtCpu == 2 && info.maxMem == 1048576);
    EQUAL(virDomainGetVcpusFlags(vt_on, VIR_DOMAIN_VCPU_CONFIG | VIR_DOMAIN_VCPU_MAXIMUM), 4);
    FINE(virDomainDestroy(vt_on));
    FINE(virDomainCreate(vt_on));
    FINE(virDomainGetInfo(vt_on, &info));
    CHECK(info.nrVirtCpu == 4 && info.maxMem == 2097152);
}

static void renaming(void **state)
{
    (void)state;
    vt_begin_test();
    CODE(virDomainRename(vt_on, "new", 0), VIR_ERR_OPERATION_INVALID); /* active */
    FINE(virDomainDestroy(vt_on));
    FINE(virDomainRename(vt_on, "new", 0));
    virDomainPtr found = virDomainLookupByName(vt_conn, "new");
    CHECK(found != NULL);
    FINE(virDomainFree(found));
}

static void xml_has(virDomainPtr dom, unsigned flags, const char *part, int yes)
{
    char *xml = virDomainGetXMLDesc(dom, flags);
    CHECK(xml != NULL);
    if ((strstr(xml, part) != NULL) != yes) print_message("%s\n%s\n", part, xml);
    EQUAL(strstr(xml, part) != NULL, yes);
    free(xml);
}

static void secrets_and_the_definition_are_asked_for_by_flags(void **state)
{
    (void)state;
    vt_begin_test();
    xml_has(vt_on, 0, "<domain type='test' id='1'>\n", 1);
    xml_has(vt_on, VIR_DOMAIN_XML_INACTIVE, "<domain type='test'>\n", 1);
    xml_has(vt_on, VIR_DOMAIN_XML_SECURE, "<domain type='test' id='1'>\n", 1);
    virConnectPtr ro = virConnectOpenReadOnly("test:///default");
    virDomainPtr same = virDomainLookupByName(ro, "test");
    xml_has(same, 0, "<domain type='test' id='1'>\n", 1);
    NONE_CODE(virDomainGetXMLDesc(same, VIR_DOMAIN_XML_SECURE), VIR_ERR_OPERATION_DENIED);
    FINE(virDomainFree(same));
    EQUAL(virConnectClose(ro), 0);
}

static void test_default_domain(void **state)
{
    static const char *const parts[] = {
        "<name>test</name>\n  <uuid>6695eb01-f6a4-8304-79aa-97f2502e193f</uuid>\n",
        "<memory unit='KiB'>8388608</memory>\n  <currentMemory unit='KiB'>2097152</currentMemory>\n",
        "<vcpu placement='static'>2</vcpu>\n",
        "<type arch='i686'>hvm</type>\n    <boot dev='hd'/>\n",
        ("<clock offset='utc'/>\n  <on_poweroff>destroy</on_poweroff>\n"
         "  <on_reboot>restart</on_reboot>\n  <on_crash>destroy</on_crash>\n"),
        "<target dev='vda' bus='virtio'/>",
        "<mac address='aa:bb:cc:dd:ee:ff'/>",
        "<target dev='testnet0'/>",
        "<memballoon model='virtio'",
    };
    virDomainInfo first, then;
    (void)state;
    vt_begin_test();
    for (size_t i = 0; i < COUNT(parts); i++) xml_has(vt_on, 0, parts[i], 1);
    EQUAL(virDomainIsPersistent(vt_on), 1);
    char *type = virDomainGetOSType(vt_on);
    TEXT(type, "linux");
    free(type);
    FINE(virDomainGetInfo(vt_on, &first)); /* its processor time is that of the clock */
    vjob_sleep(10 * S);
    FINE(virDomainGetInfo(vt_on, &then));
    EQUAL(then.cpuTime - first.cpuTime, 10 * S);
    CHECK(first.cpuTime > YEAR);
}

static void test_created_from_xml_is_transient(void **state)
{
    (void)state;
    vt_begin_test();
    virDomainPtr made = virDomainCreateXML(vt_conn, VT_XML("t"), 0);
    STATE(made, 1, 1);
    EQUAL(virDomainIsPersistent(made), 0);
    EQUAL(virDomainGetID(made), 2);
    FINE(virDomainFree(made));
}

static void lists_and_filters(void **state)
{
    int ids[4];
    char *names[4];
    virDomainPtr *all;
    (void)state;
    vt_begin_world();
    EQUAL(virConnectNumOfDomains(vt_conn), 1);
    EQUAL(virConnectListDomains(vt_conn, ids, 4), 1);
    EQUAL(ids[0], (int)virDomainGetID(vt_on));
    EQUAL(virConnectNumOfDefinedDomains(vt_conn), 1);
    EQUAL(virConnectListDefinedDomains(vt_conn, names, 4), 1);
    TEXT(names[0], "off");
    free(names[0]);
    EQUAL(virConnectListAllDomains(vt_conn, NULL, 0), 2);
    EQUAL(virConnectListAllDomains(vt_conn, NULL, VIR_CONNECT_LIST_DOMAINS_ACTIVE), 1);
    EQUAL(virConnectListAllDomains(vt_conn, NULL, VIR_CONNECT_LIST_DOMAINS_TRANSIENT), 0);
    EQUAL(virConnectListAllDomains(vt_conn, NULL, 3), 2);
    EQUAL(virConnectListAllDomains(vt_conn, &all, VIR_CONNECT_LIST_DOMAINS_INACTIVE), 1);
    TEXT(virDomainGetName(all[0]), "off");
    CHECK(all[1] == NULL);
    FINE(virDomainFree(all[0]));
    free(all);
    CODE(virConnectListAllDomains(vt_conn, NULL, 1u << 20), VIR_ERR_INVALID_ARG);
}

/* ---- section 3: jobs of domains ------------------------------------------------------------------------------------------------ */

static void start_off(void *arg)
{
    (void)arg;
    virDomainCreate(vt_off);
}

static void others_see_a_job_and_reads_do_not_wait(void **state)
{
    virDomainJobInfo info;
    virDomainControlInfo control;
    ct_thread thread;
    (void)state;
    vt_begin_world();
    OK(vjob_sim_set_duration("start", 100 * S, 0, 10));
    OK(vjob_sim_set_clock("real"));
    ct_start(&thread, start_off, NULL);
    ct_await_waiting(&thread);
    const uint64_t before = ct_now();
    FINE(virDomainGetJobInfo(vt_off, &info));
    EQUAL(info.type, VIR_DOMAIN_JOB_BOUNDED);
    STATE(vt_off, VIR_DOMAIN_PAUSED, VIR_DOMAIN_PAUSED_STARTING_UP);
    FINE(virDomainGetControlInfo(vt_off, &control, 0));
    EQUAL(control.state, VIR_DOMAIN_CONTROL_JOB);
    CODE(virDomainAbortJob(vt_off), VIR_ERR_OPERATION_INVALID); /* during start */
    CHECK(ct_now() - before < 20 * S);
    OK(vjob_sim_set_clock("auto"));
    ct_join(&thread);
    STATE(vt_off, 1, 1);
}

static int save_result, save_code;
static void save_on(void *arg)
{
    save_result = virDomainSave(vt_on, arg);
    save_code = virGetLastErrorCode();
}

static void a_save_that_blocks_is_watched_and_aborted_by_another_thread(void **state)
{
    char path[256];
    int type, n;
    ct_thread thread;
    virDomainJobInfo info;
    virTypedParameterPtr params;
    (void)state;
    vt_begin_world();
    snprintf(path, sizeof path, "%s", ct_temp("aborted"));
    OK(vjob_sim_set_duration("suspend", 100 * S, 0, 10));
    OK(vjob_sim_set_clock("real"));
    ct_start(&thread, save_on, path);
    ct_await_waiting(&thread);
    STATE(vt_on, VIR_DOMAIN_PAUSED, VIR_DOMAIN_PAUSED_SAVE);
    FINE(virDomainGetJobInfo(vt_on, &info));
    EQUAL(info.type, VIR_DOMAIN_JOB_UNBOUNDED);
    EQUAL(info.dataTotal, 1024ull << 20);
    FINE(virDomainGetJobStats(vt_on, &type, &params, &n, 0));
    EQUAL(type, VIR_DOMAIN_JOB_UNBOUNDED);
    EQUAL(virTypedParamsGetInt(params, n, VIR_DOMAIN_JOB_OPERATION, &type), 1);
    EQUAL(type, VIR_DOMAIN_JOB_OPERATION_SAVE);
    virTypedParamsFree(params, n);
    FINE(virDomainAbortJob(vt_on));
    ct_join(&thread);
    EQUAL(save_result, -1);
    EQUAL(save_code, VIR_ERR_OPERATION_ABORTED);
    STATE(vt_on, VIR_DOMAIN_RUNNING, VIR_DOMAIN_RUNNING_SAVE_CANCELED);
    CHECK(fopen(path, "r") == NULL); /* what was half written is gone */
    FINE(virDomainGetJobStats(vt_on, &type, &params, &n, VIR_DOMAIN_JOB_STATS_COMPLETED));
    EQUAL(type, VIR_DOMAIN_JOB_NONE); /* an aborted one leaves nothing to tell */
    EQUAL(n, 0);
    virTypedParamsFree(params, n);
    OK(vjob_sim_set_clock("auto"));
    FINE(virDomainSave(vt_on, path));
    FINE(virDomainGetJobStats(vt_on, &type, &params, &n,
                              VIR_DOMAIN_JOB_STATS_COMPLETED | VIR_DOMAIN_JOB_STATS_KEEP_COMPLETED));
    EQUAL(type, VIR_DOMAIN_JOB_COMPLETED);
    virTypedParamsFree(params, n);
    FINE(virDomainGetJobStats(vt_on, &type, &params, &n, VIR_DOMAIN_JOB_STATS_COMPLETED));
    EQUAL(type, VIR_DOMAIN_JOB_COMPLETED);
    virTypedParamsFree(params, n);
    FINE(virDomainGetJobStats(vt_on, &type, &params, &n, VIR_DOMAIN_JOB_STATS_COMPLETED));
    EQUAL(type, VIR_DOMAIN_JOB_NONE); /* that was read once */
    virTypedParamsFree(params, n);
    remove(path);
}

static void a_second_operation_waits_thirty_seconds_of_the_clock(void **state)
{
    (void)state;
    vt_begin_world();
    OK(vjob_sim_set_duration("start", 100 * S, 0, 10));
    virJobPtr job = virDomainCreateJob(vt_off, 0);
    const uint64_t before = vjob_clock_now();
    CODE(virDomainSuspend(vt_off), VIR_ERR_OPERATION_TIMEOUT);
    EQUAL(vjob_clock_now() - before, 30 * S);
    EQUAL(vt_wait(job), VIR_JOB_STATE_COMPLETED);
    FINE(virJobDestroy(job));
    OK(vjob_sim_set_duration("start", 10 * S, 0, 10));
    FINE(virDomainDestroy(vt_off));
    job = virDomainCreateJob(vt_off, 0);
    FINE(virDomainSuspend(vt_off)); /* after it */
    STATE(vt_off, 3, 1);
    EQUAL(vt_wait(job), VIR_JOB_STATE_COMPLETED);
    FINE(virJobDestroy(job));
}

static void an_idle_domain_has_no_job_and_times_are_milliseconds(void **state)
{
    virDomainJobInfo info;
    (void)state;
    vt_begin_world();
    FINE(virDomainGetJobInfo(vt_on, &info));
    EQUAL(info.type, VIR_DOMAIN_JOB_NONE);
    OK(vjob_sim_set_duration("start", 100 * S, 0, 10));
    virJobPtr job = virDomainCreateJob(vt_off, 0);
    vjob_sleep(20 * S + S / 2);
    FINE(virDomainGetJobInfo(vt_off, &info));
    EQUAL(info.type, VIR_DOMAIN_JOB_BOUNDED);
    EQUAL(info.timeElapsed, 20500);
    EQUAL(vt_wait(job), VIR_JOB_STATE_COMPLETED);
    FINE(virJobDestroy(job));
}

static void a_dump_is_not_aborted_by_its_domain(void **state)
{
    const char *path = ct_temp("core");
    (void)state;
    vt_begin_world();
    OK(vjob_sim_set_duration("dump", 100 * S, 0, 10));
    virJobPtr job = virDomainDumpCoreJob(vt_on, path, 0);
    vjob_sleep(S);
    CODE(virDomainAbortJob(vt_on), VIR_ERR_OPERATION_INVALID);
    EQUAL(vt_wait(job), VIR_JOB_STATE_COMPLETED);
    FINE(virJobDestroy(job));
    remove(path);
}

/* What a saved guest that was never defined leaves: nothing. */
static void calls_that_waited_for_a_transient_guest_find_it_gone(void **state)
{
    const char *path = ct_temp("transient");
    int type, n;
    virTypedParameterPtr params;
    (void)state;
    vt_begin_world();
    virDomainPtr young = virDomainCreateXML(vt_conn, VT_XML("young"), 0);
    CHECK(young != NULL);
    virJobPtr job = virDomainSaveJob(young, path, 0);
    CHECK(job != NULL);
    int is = 0;
    while (is != VIR_DOMAIN_PAUSED) FINE(virDomainGetState(young, &is, NULL, 0)); /* it has begun */
    CODE(virDomainSuspend(young), VIR_ERR_NO_DOMAIN);                             /* after it */
    EQUAL(vt_wait(job), VIR_JOB_STATE_COMPLETED);
    FINE(virJobDestroy(job));
    CODE(virDomainGetJobStats(young, &type, &params, &n, VIR_DOMAIN_JOB_STATS_COMPLETED), VIR_ERR_NO_DOMAIN);
    FINE(virDomainFree(young));
    remove(path);
}

/* ---- one world, several APIs ------------------------------------------------------------------------------------------------------ */

static void eight_threads_on_one_connection_run(void *arg, int number)
{
    virDomainInfo info;
    (void)arg;
    for (int i = 0; i < 200; i++) {
        FINE(virDomainGetInfo(vt_on, &info));
        virDomainPtr found = virDomainLookupByName(vt_conn, number % 2 ? "on" : "off");
        FINE(virDomainFree(found));
        if (number == 7 && i % 50 == 0) virDomainCreate(vt_off), virDomainDestroy(vt_off);
    }
}

static void eight_threads_on_one_connection(void **state)
{
    (void)state;
    vt_begin_world();
    ct_threads(8, eight_threads_on_one_connection_run, NULL);
}

static void figures_are_told(void **state)
{
    virDomainStatsRecordPtr *records;
    unsigned long long value;
    (void)state;
    vt_begin_world();
    const int n = virConnectGetAllDomainStats(vt_conn, 0, &records, 0);
    EQUAL(n, 2);
    EQUAL(virTypedParamsGetULLong(records[0]->params, records[0]->nparams, "balloon.maximum", &value), 1);
    EQUAL(value, 1048576);
    EQUAL(virTypedParamsGetInt(records[0]->params, records[0]->nparams, "state.state", &(int){0}), 1);
    EQUAL(virTypedParamsGetInt(records[0]->params, records[0]->nparams, "balloon.maximum", &(int){0}), -1);
    EQUAL(virTypedParamsGetInt(records[0]->params, records[0]->nparams, "nothing", &(int){0}), 0);
    virDomainStatsRecordListFree(records);
}

static void a_domain_moves_to_another_host(void **state)
{
    (void)state;
    vt_begin_world();
    virConnectPtr other = virConnectOpen("qemu+ssh://h2/system");
    virDomainPtr there = virDomainMigrate(vt_on, other, VIR_MIGRATE_LIVE, NULL, NULL, 0);
    CHECK(there != NULL);
    STATE(there, 1, 2);
    NONE_CODE(virDomainLookupByName(vt_conn, "on"), VIR_ERR_NO_DOMAIN);
    FINE(virDomainFree(there));
    EQUAL(virConnectClose(other), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        VIR(test_states_and_reasons),
        VIR(test_operations_take_no_time),
        VIR(test_errors_in_the_wrong_state),
        VIR(qemu_states_reasons_and_time),
        VIR(qemu_errors_in_the_wrong_state),
        VIR(qemu_calls_that_need_a_running_guest),
        VIR(qemu_shutdown_returns_before_the_guest_is_off),
        VIR(vanished_guests_and_missing_ones),
        VIR(read_only_connections_change_nothing),
        VIR(definitions_come_change_and_go),
        VIR(a_running_guest_keeps_its_configuration_until_it_is_started_again),
        VIR(renaming),
        VIR(test_default_domain),
        VIR(test_created_from_xml_is_transient),
        VIR(lists_and_filters),
        VIR(others_see_a_job_and_reads_do_not_wait),
        VIR(a_save_that_blocks_is_watched_and_aborted_by_another_thread),
        VIR(a_second_operation_waits_thirty_seconds_of_the_clock),
        VIR(an_idle_domain_has_no_job_and_times_are_milliseconds),
        VIR(a_dump_is_not_aborted_by_its_domain),
        VIR(calls_that_waited_for_a_transient_guest_find_it_gone),
        VIR(secrets_and_the_definition_are_asked_for_by_flags),
        VIR(eight_threads_on_one_connection),
        VIR(figures_are_told),
        VIR(a_domain_moves_to_another_host),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
