/*
 * vir_test.h - what the tests of the libvirt-style API share: connections, and checks of a call's error.
 * A test begins with st_begin and is run by SIM, so nothing may be left over.
 */
#ifndef VIR_TEST_H
#define VIR_TEST_H

#include <libvirt/libvirt.h>
#include <libvirt/virjob.h>
#include <libvirt/virterror.h>

#include "sim_test.h"

/* Errors are looked at, not printed. */
static void vt_quiet(void *data, virErrorPtr error)
{
    (void)data, (void)error;
}

static inline virConnectPtr vt_open(const char *uri)
{
    virSetErrorFunc(NULL, vt_quiet);
    virConnectPtr conn = virConnectOpen(uri);
    if (!conn) fprintf(stderr, "%s: %s\n", uri, virGetLastErrorMessage());
    CHECK(conn != NULL);
    return conn;
}

static inline void vt_close(virConnectPtr conn)
{
    const int left = virConnectClose(conn);
    if (left) fprintf(stderr, "virConnectClose: %d\n", left);
    CHECK(left == 0);
}

/* The last call failed like this. */
static inline void vt_error(const char *call, int code, int from, const char *file, int line)
{
    virErrorPtr error = virGetLastError();
    if (!error || error->code != code || (from >= 0 && error->domain != from)) {
        fprintf(stderr, "%s:%d: %s: %d from %d (%s), not %d from %d\n", file, line, call,
                error ? error->code : 0, error ? error->domain : 0, error ? error->message : "no error", code,
                from);
        CHECK(!"the error is another one");
    }
}
#define VT_FAILS(call, code, from)                                                                           \
    do {                                                                                                     \
        CHECK((call) == -1);                                                                                 \
        vt_error(#call, code, from, __FILE__, __LINE__);                                                     \
    } while (0)
#define VT_NULL(call, code, from)                                                                            \
    do {                                                                                                     \
        CHECK((call) == NULL);                                                                               \
        vt_error(#call, code, from, __FILE__, __LINE__);                                                     \
    } while (0)
#define VT_OK(call)                                                                                          \
    do {                                                                                                     \
        if ((call) < 0) {                                                                                    \
            fprintf(stderr, "%s: %s\n", #call, virGetLastErrorMessage());                                    \
            CHECK(!#call);                                                                                   \
        }                                                                                                    \
    } while (0)
/* A text that is to be freed. */
static inline void vt_same(char *text, const char *expected, const char *file, int line)
{
    if (!text) fprintf(stderr, "%s\n", virGetLastErrorMessage());
    CHECK(text != NULL);
    st_same(text, expected, file, line);
    free(text);
}
#define VT_SAME(text, expected) vt_same(text, expected, __FILE__, __LINE__)

#endif
