/*
 * vir_world.h - what these tests of the libvirt-style facade share: connections on a world of one's own, checks of
 * errors, the event loop run until nothing more comes. In a header, as only some tests link the facade.
 */
#ifndef VIR_WORLD_H
#define VIR_WORLD_H

#define VIR_ENUM_SENTINELS 1
#include <libvirt/libvirt.h>
#include <libvirt/virjob.h>
#include <vjob/sim.h>

#include "core_test.h"

#define UNUSED __attribute__((unused))

static virConnectPtr vt_conn UNUSED; /* what vt_begin opened */
static virDomainPtr vt_on UNUSED, vt_off UNUSED;

#define VT_WORLD                                                                                             \
    "{\"hosts\": [{\"name\": \"h1\", \"cpus\": 16, \"memory_mb\": 65536, \"vms\": ["                         \
    "{\"name\": \"on\", \"state\": \"running\", \"cpus\": 2, \"memory_mb\": 1024, \"os\": \"linux\"},"       \
    "{\"name\": \"off\", \"cpus\": 1, \"memory_mb\": 512, \"os\": \"linux\"}]},"                             \
    "{\"name\": \"h2\"}]}"

/* ---- checks: the call fails with this code ---- */
#define CODE(call, code) vt_code((intptr_t)(call), (code), -1, #call, __FILE__, __LINE__)
#define CODE_FROM(call, code, from) vt_code((intptr_t)(call), (code), (from), #call, __FILE__, __LINE__)
#define NONE_CODE(call, code) vt_code((call) == NULL ? -1 : 0, (code), -1, #call, __FILE__, __LINE__)
#define FINE(call) vt_fine((intptr_t)(call), #call, __FILE__, __LINE__)
#define TEXT(got, expected) vt_text((got), (expected), __FILE__, __LINE__)

static inline void vt_code(intptr_t got, int code, int from, const char *what, const char *file, int line)
{
    char text[700];
    const virError *error = virGetLastError();
    snprintf(text, sizeof text, "%s: result %ld, error %d from %d (%s), not %d from %d", what, (long)got,
             error ? error->code : 0, error ? error->domain : 0, error ? error->message : "", code, from);
    ct_check(got == -1 && error && error->code == code && (from < 0 || error->domain == from), text, file,
             line);
}

static inline void vt_fine(intptr_t got, const char *what, const char *file, int line)
{
    char text[700];
    snprintf(text, sizeof text, "%s: result %ld: %s", what, (long)got, virGetLastErrorMessage());
    ct_check(got >= 0, text, file, line);
}

static inline void vt_text(const char *got, const char *expected, const char *file, int line)
{
    const int same = got && !strcmp(got, expected);
    if (!same) print_message("got \"%s\", not \"%s\"\n", got ? got : "NULL", expected);
    ct_check(same, expected, file, line);
}

static inline void vt_state(virDomainPtr dom, int state, int reason, const char *file, int line)
{
    int is = -1, why = -1;
    char text[128];
    virDomainGetState(dom, &is, &why, 0);
    snprintf(text, sizeof text, "state is %d/%d, not %d/%d", is, why, state, reason);
    ct_check(is == state && why == reason, text, file, line);
}
#define STATE(dom, state, reason) vt_state(dom, state, reason, __FILE__, __LINE__)

/* ---- fixtures ---- */
static inline void vt_quiet(void *data, virErrorPtr error)
{
    (void)data;
    (void)error;
}

static inline void vt_begin(const char *uri)
{
    unsetenv("VJOB_INVENTORY");
    unsetenv("LIBVIRT_DEFAULT_URI");
    OK(vjob_sim_reset());
    OK(vjob_sim_load_json(VT_WORLD, strlen(VT_WORLD)));
    OK(vjob_sim_set_clock("auto"));
    virSetErrorFunc(NULL, vt_quiet);
    vt_conn = virConnectOpen(uri);
    CHECK(vt_conn != NULL);
}

static inline void vt_begin_world(void)
{
    vt_begin("vjob:///");
    vt_on = virDomainLookupByName(vt_conn, "on");
    vt_off = virDomainLookupByName(vt_conn, "off");
    CHECK(vt_on && vt_off);
}

static inline void vt_begin_test(void)
{
    vt_begin("test:///default");
    vt_on = virDomainLookupByName(vt_conn, "test");
    CHECK(vt_on != NULL);
}

/* Everything is given back: no handle is left, and the engine has stopped. */
static inline int vt_end(void **state)
{
    (void)state;
    if (vt_on) FINE(virDomainFree(vt_on));
    if (vt_off) FINE(virDomainFree(vt_off));
    vt_on = vt_off = NULL;
    if (vt_conn) EQUAL(virConnectClose(vt_conn), 0);
    vt_conn = NULL;
    EQUAL(vjob_leaks(VJOB_SPACE_VIR, NULL, 0), 0);
    virResetLastError();
    OK(vjob_sim_reset()); /* VJOB_EBUSY: something is still held */
    return 0;
}
#define VIR(test) cmocka_unit_test_teardown(test, vt_end)

/* ---- virJob ---- */
static inline virJobInfo vt_look(virJobPtr job)
{
    virJobInfo info;
    FINE(virJobGetInfo(job, &info));
    return info;
}

static inline int vt_wait(virJobPtr job)
{
    vjob_wait((vjob_handle)(uintptr_t)job, VJOB_FOREVER);
    return vt_look(job).state;
}

/* ---- XML ---- */
#define VT_XML(name) VT_XML_UUID(name, "")
#define VT_XML_UUID(name, uuid)                                                                              \
    "<domain type='test'><name>" name "</name>" uuid                                                         \
    "<memory>65536</memory><os><type>hvm</type></os></domain>"

#endif
