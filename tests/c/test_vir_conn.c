/* test_vir_conn.c - connections, references, errors (facts: section 6), and every function with bad handles. */
#include <unistd.h>

#include "facade/vir/vir_internal.h"
#include "vir_world.h"
#include "world_test.h"

/* ---- addresses ---------------------------------------------------------------------------------------------------------- */

static void addresses(void **state)
{
    (void)state;
    vt_begin("vjob:///");
    NONE_CODE(virConnectOpen("no-scheme"), VIR_ERR_NO_CONNECT);
    NONE_CODE(virConnectOpen("unheard:///of"), VIR_ERR_SYSTEM_ERROR);
    EQUAL(virGetLastError()->domain, VIR_FROM_RPC);
    NONE_CODE(virConnectOpen("test:///"), VIR_ERR_INVALID_ARG);
    NONE_CODE(virConnectOpen("test:///no/such/file.xml"), VIR_ERR_XML_ERROR);
    NONE_CODE(virConnectOpenAuth("test:///default", NULL, 0x100), VIR_ERR_INVALID_ARG);
    EQUAL(virGetLastError()->domain, VIR_FROM_TEST);
    static const char *const same[] = {"qemu:///system", "vz:///system", "qemu+ssh://u@h1/system",
                                       "vjob://h1/"};
    for (size_t i = 0; i < COUNT(same); i++) {
        virConnectPtr conn = virConnectOpen(same[i]);
        virDomainPtr on = virDomainLookupByName(conn, "on");
        CHECK(on != NULL);
        char *uri = virConnectGetURI(conn);
        TEXT(uri, same[i]);
        free(uri);
        FINE(virDomainFree(on));
        EQUAL(virConnectClose(conn), 0);
    }
}

static void no_address_means_the_environments(void **state)
{
    (void)state;
    vt_begin("vjob:///");
    setenv("LIBVIRT_DEFAULT_URI", "test:///default", 1);
    virConnectPtr conn = virConnectOpen(NULL);
    TEXT(virConnectGetType(conn), "TEST");
    EQUAL(virConnectClose(conn), 0);
    unsetenv("LIBVIRT_DEFAULT_URI");
    conn = virConnectOpen("");
    TEXT(virConnectGetType(conn), "QEMU");
    EQUAL(virConnectClose(conn), 0);
}

static void test_default_is_shared_and_forgotten_with_the_last_close(void **state)
{
    (void)state;
    vt_begin_test();
    virConnectPtr other = virConnectOpen("test:///default");
    virDomainPtr same = virDomainLookupByName(other, "test");
    CHECK(same != vt_on);
    FINE(virDomainDestroy(vt_on));
    EQUAL(virDomainIsActive(same), 0);
    FINE(virDomainFree(same));
    EQUAL(virConnectClose(other), 0);
    FINE(virDomainFree(vt_on));
    vt_on = NULL;
    EQUAL(virConnectClose(vt_conn), 0);
    vt_conn = virConnectOpen("test:///default");
    EQUAL(virConnectNumOfDomains(vt_conn), 1);
}

static void versions_and_what_a_connection_is(void **state)
{
    unsigned long version;
    (void)state;
    vt_begin_test();
    TEXT(virConnectGetType(vt_conn), "TEST");
    FINE(virConnectGetVersion(vt_conn, &version));
    EQUAL(version, 2);
    FINE(virConnectGetLibVersion(vt_conn, &version));
    EQUAL(version, LIBVIR_VERSION_NUMBER);
    CHECK(virConnectIsAlive(vt_conn) == 1 && virConnectIsSecure(vt_conn) == 1 &&
          virConnectIsEncrypted(vt_conn) == 0);
    EQUAL(virConnectGetMaxVcpus(vt_conn, NULL), 32);
    virNodeInfo node;
    FINE(virNodeGetInfo(vt_conn, &node));
    TEXT(node.model, "i686");
    CHECK(node.memory == 3145728 && node.cpus == 16 && node.mhz == 1400 && node.nodes == 2 &&
          node.sockets == 2 && node.cores == 2 && node.threads == 2);
}

/* ---- references --------------------------------------------------------------------------------------------------------- */

static void handles_keep_a_closed_connection_usable(void **state)
{
    (void)state;
    vt_begin_test();
    virConnectPtr conn = vt_conn;
    EQUAL(virConnectClose(conn), 1);
    vt_conn = NULL;
    EQUAL(virDomainIsActive(vt_on), 1);
    CHECK(virDomainGetConnect(vt_on) == conn); /* borrowed, and good */
    EQUAL(virConnectNumOfDomains(conn), 1);
    CODE(virConnectClose(conn), VIR_ERR_INVALID_CONN); /* it is not the client's any more */
    FINE(virDomainFree(vt_on));
    CODE(virDomainFree(vt_on), VIR_ERR_INVALID_DOMAIN);
    vt_on = NULL;
    CODE(virConnectNumOfDomains(conn), VIR_ERR_INVALID_CONN);
}

static void references_are_counted(void **state)
{
    (void)state;
    vt_begin_test();
    FINE(virConnectRef(vt_conn));
    EQUAL(virConnectClose(vt_conn), 1);
    FINE(virDomainRef(vt_on));
    FINE(virDomainFree(vt_on));
    TEXT(virDomainGetName(vt_on), "test");
    CODE(virConnectClose(NULL), VIR_ERR_INVALID_CONN);
    CODE(virConnectClose((virConnectPtr)vt_on), VIR_ERR_INVALID_CONN);
    CODE(virDomainFree((virDomainPtr)vt_conn), VIR_ERR_INVALID_DOMAIN);
    CODE_FROM(virNetworkFree((virNetworkPtr)vt_on), VIR_ERR_INVALID_NETWORK, VIR_FROM_NETWORK);
}

/* ---- errors -------------------------------------------------------------------------------------------------------------- */

static void errors_are_per_thread_run(void *arg)
{
    (void)arg;
    CHECK(virGetLastError() == NULL);
    virErrorPtr saved = virSaveLastError();
    EQUAL(saved->code, 0);
    virFreeError(saved);
}

static void errors_are_per_thread_and_cleared_by_the_next_call(void **state)
{
    ct_thread thread;
    virError copy;
    (void)state;
    vt_begin_test();
    NONE_CODE(virDomainLookupByName(vt_conn, "x"), VIR_ERR_NO_DOMAIN);
    ct_start(&thread, errors_are_per_thread_run, NULL);
    ct_join(&thread);
    EQUAL(virGetLastErrorCode(), VIR_ERR_NO_DOMAIN);
    EQUAL(virGetLastErrorDomain(), VIR_FROM_TEST);
    EQUAL(virCopyLastError(&copy), VIR_ERR_NO_DOMAIN);
    FINE(virDomainIsActive(vt_on));
    CHECK(virGetLastError() == NULL && virGetLastErrorMessage() != NULL);
    CHECK(copy.message && copy.level == VIR_ERR_ERROR && copy.int1 == -1);
    virResetError(&copy);
    EQUAL(virCopyLastError(NULL), -1);
    EQUAL(virConnGetLastError(vt_conn)->code, VIR_ERR_NO_DOMAIN);
    virConnResetLastError(vt_conn);
    CHECK(virConnGetLastError(vt_conn) == NULL);
}

static int told_global, told_own;
static void tell_global(void *data, virErrorPtr error)
{
    (void)data;
    told_global = error->code;
    virConnectIsAlive(NULL); /* what a handler calls does not disturb the record */
}
static void tell_own(void *data, virErrorPtr error)
{
    *(int *)data = error->code;
}

static void handlers_are_told_once_the_connections_own_first(void **state)
{
    (void)state;
    vt_begin_test();
    virSetErrorFunc(NULL, tell_own);
    virSetErrorFunc(&told_global, tell_own);
    NONE_CODE(virDomainLookupByName(vt_conn, "x"), VIR_ERR_NO_DOMAIN);
    EQUAL(told_global, VIR_ERR_NO_DOMAIN);
    told_global = 0;
    virConnSetErrorFunc(vt_conn, &told_own, tell_own);
    NONE_CODE(virDomainLookupByName(vt_conn, "x"), VIR_ERR_NO_DOMAIN);
    CHECK(told_own == VIR_ERR_NO_DOMAIN && told_global == 0);
    virConnSetErrorFunc(vt_conn, NULL, NULL);
    virSetErrorFunc(NULL, tell_global);
    virSetErrorFunc(NULL, vt_quiet);
}

static void without_a_handler_a_line_is_printed(void **state)
{
    (void)state;
    vt_begin_test();
    FILE *file = tmpfile();
    const int kept = dup(2);
    CHECK(file && kept >= 0 && dup2(fileno(file), 2) == 2);
    virSetErrorFunc(NULL, NULL);
    virDomainPtr none = virDomainLookupByName(vt_conn, "x");
    virSetErrorFunc(NULL, vt_quiet);
    fflush(stderr);
    dup2(kept, 2);
    close(kept);
    char line[500] = "", expected[500];
    rewind(file);
    CHECK(none == NULL && fgets(line, sizeof line, file) && !fgets(expected, sizeof expected, file));
    fclose(file);
    snprintf(expected, sizeof expected, "libvirt: Test Driver error : %s\n", virGetLastErrorMessage());
    TEXT(line, expected);
}

static void unsupported_calls_name_themselves(void **state)
{
    (void)state;
    vt_begin_test();
    CODE(virDomainBlockPull(vt_on, "vda", 0, 0), VIR_ERR_NO_SUPPORT);
    TEXT(virGetLastError()->str2, "virDomainBlockPull");
    CHECK(strstr(virGetLastError()->str1, "%s"));
}

/* ---- logins --------------------------------------------------------------------------------------------------------------- */

#define GUARDED "{\"hosts\": [{\"name\": \"h\", \"users\": [{\"name\": \"u\", \"password\": \"p\"}]}]}"

static const char *answer_password;
static int answer(virConnectCredentialPtr cred, unsigned int n, void *data)
{
    for (unsigned i = 0; i < n; i++) {
        const char *text = cred[i].type == VIR_CRED_AUTHNAME ? "u" : answer_password;
        if (!text) return -1;
        cred[i].result = strdup(text);
        cred[i].resultlen = (unsigned)strlen(text);
        (*(int *)data)++;
    }
    return 0;
}

static void credentials_are_asked_for(void **state)
{
    int kinds[] = {VIR_CRED_AUTHNAME, VIR_CRED_PASSPHRASE}, answers = 0;
    virConnectAuth auth = {kinds, 2, answer, &answers};
    (void)state;
    vt_begin_test();
    FINE(virDomainFree(vt_on));
    vt_on = NULL;
    EQUAL(virConnectClose(vt_conn), 0);
    OK(vjob_sim_load_json(GUARDED, strlen(GUARDED)));
    NONE_CODE(virConnectOpen("vjob:///"), VIR_ERR_AUTH_FAILED);
    answer_password = "wrong";
    NONE_CODE(virConnectOpenAuth("vjob:///", &auth, 0), VIR_ERR_AUTH_FAILED);
    answer_password = NULL;
    NONE_CODE(virConnectOpenAuth("vjob:///", &auth, 0), VIR_ERR_AUTH_CANCELLED);
    answer_password = "p";
    answers = 0;
    vt_conn = virConnectOpenAuth("vjob:///", &auth, 0);
    CHECK(vt_conn != NULL);
    EQUAL(answers, 2);
    EQUAL(virConnectClose(vt_conn), 0);
    answers = 0;
    vt_conn = virConnectOpenAuth("vjob://u@h/system", &auth, 0);
    CHECK(vt_conn != NULL);
    EQUAL(answers, 1); /* the name is in the address */
}

/* ---- every function with what it cannot use --------------------------------------------------------------------------------- */

typedef intptr_t (*any_call)(intptr_t, intptr_t, intptr_t, intptr_t, intptr_t, intptr_t, intptr_t, intptr_t);

/* These free, take or print what they are given, or wait for events. */
static int is_left_out(const char *name)
{
    static const char *const left[] = {
        "virDefaultErrorFunc",  "virFreeError",    "virResetError",    "virEventRunDefaultImpl",
        "virEventRegisterImpl", "virSetErrorFunc", "virSaveLastError", "virEventRegisterDefaultImpl"};
    for (size_t i = 0; i < COUNT(left); i++)
        if (!strcmp(left[i], name)) return 1;
    return 0;
}

static void every_function_survives_bad_handles(void **state)
{
    size_t called = 0;
    vjob_handle foreign;
    (void)state;
    vt_begin_test();
    virDomainPtr stale = virDomainLookupByName(vt_conn, "test");
    FINE(virDomainFree(stale));
    OK(vjob_init());
    OK(vjob_job_start(&(vjob_job_spec){0}, &foreign));
    OK(vjob_wait(foreign, VJOB_FOREVER));
    char *before = wt_world();
    const intptr_t bad[] = {0,
                            1,
                            -1,
                            0x7fffffff,
                            (intptr_t)0x5000000000000000,
                            (intptr_t)stale,
                            (intptr_t)foreign,
                            (intptr_t)&called};
    for (size_t i = 0; i < vir_functions_count; i++) {
        const vir_function *f = &vir_functions[i];
        if (is_left_out(f->name)) continue;
        for (size_t b = 0; b < COUNT(bad); b++) {
            if (f->type == VIR_TYPE_NONE && b) break; /* no handle */
            if (f->type == VIR_TYPE_NONE && strstr(f->name, "virConnectOpen")) break;
            ((any_call)f->address)(bad[b], 0, 0, 0, 0, 0, 0, 0);
            if (f->type != VIR_TYPE_NONE && !strstr(f->name, "Error")) CHECK(virGetLastErrorCode() != 0);
            called++;
        }
    }
    CHECK(called > 2000);
    EQUAL(virDomainIsActive(vt_on), 1);
    wt_unchanged(before);
    OK(vjob_release(foreign));
    OK(vjob_deinit());
}

/* A handle of every type where another is expected. */
static void every_function_survives_handles_of_other_types(void **state)
{
    (void)state;
    vt_begin_test();
    virNetworkPtr net = virNetworkLookupByName(vt_conn, "default");
    virDomainSnapshotPtr shot = virDomainSnapshotCreateXML(vt_on, "<domainsnapshot/>", 0);
    virDomainPtr second = virDomainDefineXML(vt_conn, VT_XML("second"));
    virJobPtr job = second ? virDomainCreateJob(second, 0) : NULL;
    CHECK(net && shot && job);
    vt_wait(job);
    const struct {
        vir_type type;
        void *handle;
    } objects[] = {{VIR_TYPE_CONN, vt_conn},
                   {VIR_TYPE_DOMAIN, vt_on},
                   {VIR_TYPE_NETWORK, net},
                   {VIR_TYPE_SNAPSHOT, shot},
                   {VIR_TYPE_JOB, job}};
    char *before = wt_world();
    const size_t handles = vjob_leaks(VJOB_SPACE_VIR, NULL, 0);
    for (size_t i = 0; i < vir_functions_count; i++) {
        const vir_function *f = &vir_functions[i];
        if (is_left_out(f->name) || f->type == VIR_TYPE_NONE) continue;
        for (size_t k = 0; k < COUNT(objects); k++) {
            if (objects[k].type == f->type) continue;
            ((any_call)f->address)((intptr_t)objects[k].handle, 0, 0, 0, 0, 0, 0, 0);
            if (!strstr(f->name, "Error")) CHECK(virGetLastErrorCode() != 0);
        }
    }
    EQUAL(vjob_leaks(VJOB_SPACE_VIR, NULL, 0), handles);
    wt_unchanged(before);
    FINE(virDomainDestroy(second));
    FINE(virDomainFree(second));
    FINE(virJobDestroy(job));
    FINE(virNetworkFree(net));
    FINE(virDomainSnapshotFree(shot));
}

static int gives_text(const char *name)
{
    static const char *const parts[] = {"GetHostname",   "GetURI",           "Capabilities",
                                        "GetXMLDesc",    "GetOSType",        "GetMetadata",
                                        "GetBridgeName", "GetSchedulerType", "GetSysinfo"};
    for (size_t i = 0; i < COUNT(parts); i++)
        if (strstr(name, parts[i])) return 1;
    return 0;
}

static int ends_its_handle(const char *name)
{
    return !strcmp(name, "virConnectClose") || !strcmp(name, "virDomainFree") ||
           !strcmp(name, "virNetworkFree") || !strcmp(name, "virDomainSnapshotFree");
}

static void every_function_survives_a_good_handle_and_zeros(void **state)
{
    (void)state;
    vt_begin_test();
    virNetworkPtr net = virNetworkLookupByName(vt_conn, "default");
    virDomainSnapshotPtr shot = virDomainSnapshotCreateXML(vt_on, "<domainsnapshot/>", 0);
    CHECK(net && shot);
    for (size_t i = 0; i < vir_functions_count; i++) {
        const vir_function *f = &vir_functions[i];
        if (is_left_out(f->name) || ends_its_handle(f->name)) continue;
        void *with = f->type == VIR_TYPE_CONN       ? (void *)vt_conn
                     : f->type == VIR_TYPE_DOMAIN   ? (void *)vt_on
                     : f->type == VIR_TYPE_NETWORK  ? (void *)net
                     : f->type == VIR_TYPE_SNAPSHOT ? (void *)shot
                                                    : NULL;
        if (!with) continue;
        const size_t before = vjob_leaks(VJOB_SPACE_VIR, NULL, 0);
        const intptr_t got = ((any_call)f->address)((intptr_t)with, 0, 0, 0, 0, 0, 0, 0);
        const size_t length = strlen(f->name);
        if (!strcmp(f->name + length - 3, "Ref")) OK(vjob_release((vjob_handle)(uintptr_t)with));
        if (gives_text(f->name)) free((void *)got);
        if (vjob_leaks(VJOB_SPACE_VIR, NULL, 0) > before)
            OK(vjob_release((vjob_handle)got)); /* a new handle */
    }
    FINE(virNetworkFree(net));
    FINE(virDomainSnapshotFree(shot));
    vjob_handle_info left[8];
    EQUAL(vjob_leaks(VJOB_SPACE_VIR, left, COUNT(left)), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        VIR(addresses),
        VIR(no_address_means_the_environments),
        VIR(test_default_is_shared_and_forgotten_with_the_last_close),
        VIR(versions_and_what_a_connection_is),
        VIR(handles_keep_a_closed_connection_usable),
        VIR(references_are_counted),
        VIR(errors_are_per_thread_and_cleared_by_the_next_call),
        VIR(handlers_are_told_once_the_connections_own_first),
        VIR(without_a_handler_a_line_is_printed),
        VIR(unsupported_calls_name_themselves),
        VIR(credentials_are_asked_for),
        VIR(every_function_survives_bad_handles),
        VIR(every_function_survives_handles_of_other_types),
        VIR(every_function_survives_a_good_handle_and_zeros),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
