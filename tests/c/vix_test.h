/*
 * vix_test.h - what the tests of the VIX facade share: a session on a world of one's own, jobs that are
 * waited for, and a record of what a callback was called with. In a header, as only some tests link the facade.
 */
#ifndef VIX_TEST_H
#define VIX_TEST_H

#include <vjob/sim.h>
#include <vjob/vix_host.h>

#include "core_test.h"

#define UNUSED __attribute__((unused))

static VixHandle vt_host UNUSED; /* connected by vt_begin */
#define XP "[standard] WindowsXP/WindowsXP.vmx"
#define DEBIAN "[standard] debian/debian.vmx"
#define FEDORA "[standard] fedora/fedora.vmx"

/* ---- checks ---- */
#define RESULT(call, expected) vt_result((call), (expected), #call, __FILE__, __LINE__)
#define DONE(call) RESULT(call, VIX_OK)
#define TEXT(got, expected) vt_text((got), (expected), __FILE__, __LINE__)

static inline void vt_result(VixError got, VixError expected, const char *what, const char *file, int line)
{
    char text[512];
    const char *is = vjob_vix_error_name(got), *should = vjob_vix_error_name(expected);
    snprintf(text, sizeof text, "%s is %s, not %s", what, is ? is : "a number", should ? should : "a number");
    ct_check(got == expected, text, file, line);
}

static inline void vt_text(const char *got, const char *expected, const char *file, int line)
{
    const int same = !strcmp(got, expected);
    if (!same) print_message("got \"%s\"\n", got);
    ct_check(same, expected, file, line);
}

/* ---- jobs: the handle is released ---- */
static inline VixError vt_end(VixHandle job)
{
    EQUAL(Vix_GetHandleType(job), VIX_HANDLETYPE_JOB);
    const VixError error = VixJob_Wait(job, VIX_PROPERTY_NONE);
    RESULT(VixJob_GetError(job), error);
    Vix_ReleaseHandle(job);
    return error;
}

static inline VixHandle vt_result_of(VixHandle job)
{
    VixHandle result = VIX_INVALID_HANDLE;
    DONE(VixJob_Wait(job, VIX_PROPERTY_JOB_RESULT_HANDLE, &result, VIX_PROPERTY_NONE));
    Vix_ReleaseHandle(job);
    return result;
}

static inline VixHandle vt_connect(int options)
{
    return vt_result_of(VixHost_Connect(VIX_API_VERSION, VIX_SERVICEPROVIDER_VMWARE_VI_SERVER,
                                        "https://localhost/sdk", 0, "root", "secret", options,
                                        VIX_INVALID_HANDLE, NULL, NULL));
}

static inline VixHandle vt_open(const char *path)
{
    return vt_result_of(VixVM_Open(vt_host, path, NULL, NULL));
}

static inline int vt_number(VixHandle h, VixPropertyID id)
{
    int value = -1;
    DONE(Vix_GetProperties(h, id, &value, VIX_PROPERTY_NONE));
    return value;
}

/** Four buffers of the thread, in turn. */
static inline const char *vt_string(VixHandle h, VixPropertyID id)
{
    static __thread char texts[4][600];
    static __thread unsigned turn;
    char *value = NULL, *out = texts[turn++ % 4];
    DONE(Vix_GetProperties(h, id, &value, VIX_PROPERTY_NONE));
    snprintf(out, sizeof texts[0], "%s", value);
    Vix_FreeBuffer(value);
    return out;
}

/* ---- fixtures ---- */
static inline void vt_world(const char *json)
{
    unsetenv("VJOB_INVENTORY");
    OK(vjob_sim_reset());
    if (json) OK(vjob_sim_load_json(json, strlen(json)));
    OK(vjob_sim_set_clock("auto"));
}

static inline void vt_begin(const char *json)
{
    vt_world(json);
    vt_host = vt_connect(0);
}

/** Nothing may be left but what Disconnect takes along; the world can start over. */
static inline int vt_end_test(void **state)
{
    (void)state;
    VixHost_Disconnect(vt_host);
    vt_host = 0;
    vjob_vix_settle();
    if (vjob_leaks(VJOB_SPACE_VIX, NULL, 0)) return 1;
    return vjob_sim_reset() != VJOB_OK;
}
#define VIX(test) cmocka_unit_test_teardown(test, vt_end_test)

/* ---- a callback that keeps a record ---- */
typedef struct vt_record {
    int progress, items, initialized, completed;
    int after_completed; /* events that came too late */
    VixHandle job;
    VixError error;
    VixHandle handle;
    char paths[8][200];
} vt_record;

static inline void vt_recorder(VixHandle job, VixEventType type, VixHandle info, void *data)
{
    vt_record *record = data;
    char *path = NULL;
    record->after_completed += record->completed;
    record->job = job;
    EQUAL(Vix_GetHandleType(job), VIX_HANDLETYPE_JOB);
    if (type == VIX_EVENTTYPE_FIND_ITEM) {
        EQUAL(Vix_GetHandleType(info), VIX_HANDLETYPE_PROPERTY_LIST);
        DONE(Vix_GetProperties(info, VIX_PROPERTY_FOUND_ITEM_LOCATION, &path, VIX_PROPERTY_NONE));
        snprintf(record->paths[record->items++ % 8], sizeof record->paths[0], "%s", path);
        Vix_FreeBuffer(path);
        return;
    }
    EQUAL(info, VIX_INVALID_HANDLE);
    if (type == VIX_EVENTTYPE_JOB_PROGRESS)
        record->progress++;
    else if (type == VIX_EVENTTYPE_HOST_INITIALIZED)
        record->initialized++;
    else if (type == VIX_EVENTTYPE_JOB_COMPLETED) {
        record->completed++;
        Vix_GetProperties(job, VIX_PROPERTY_JOB_RESULT_HANDLE, &record->handle,
                          VIX_PROPERTY_JOB_RESULT_ERROR_CODE, &record->error, VIX_PROPERTY_NONE);
        RESULT(VixJob_GetError(job), record->error);
        RESULT(VixJob_Wait(job, VIX_PROPERTY_NONE), record->error);
    }
}

#endif
