/*
 * hcs_test.h - what the tests of the HCS facade share: a world of one's own, operations that are waited
 * for, documents as JSON, and a record of events. In a header, as only some tests link the facade.
 */
#ifndef HCS_TEST_H
#define HCS_TEST_H

#include <jansson.h>
#include <vjob/hcs_host.h>
#include <vjob/sim.h>

#include "core_test.h"

#define UNUSED __attribute__((unused))

/* ---- checks ---- */
#define RESULT(call, expected) ht_result((call), (expected), #call, __FILE__, __LINE__)
#define DONE(call) RESULT(call, S_OK)
#define TEXT(got, expected) ht_text((got), (expected), __FILE__, __LINE__)

static inline void ht_result(HRESULT got, HRESULT expected, const char *what, const char *file, int line)
{
    char text[512];
    const char *is = vjob_hcs_result_name(got), *should = vjob_hcs_result_name(expected);
    snprintf(text, sizeof text, "%s is %s (0x%08X), not %s", what, is ? is : "a number", (unsigned)got,
             should ? should : "a number");
    ct_check(got == expected, text, file, line);
}

static inline void ht_text(const char *got, const char *expected, const char *file, int line)
{
    const int same = got && !strcmp(got, expected);
    if (!same) print_message("got \"%s\"\n", got ? got : "(nothing)");
    ct_check(same, expected, file, line);
}

/* ---- texts ---- */

/** ASCII out of a wide text, freed. Static buffers, four in turn; NULL stays NULL. */
static inline char *ht_narrow(PWSTR text)
{
    static char texts[4][8192];
    static int turn;
    char *out = texts[turn++ % 4];
    size_t n = 0;
    if (!text) return NULL;
    for (; text[n] && n + 1 < sizeof texts[0]; n++) out[n] = text[n] < 0x80 ? (char)text[n] : '?';
    out[n] = '\0';
    vjob_hcs_free(text);
    return out;
}

/** A wide text of ASCII. Static buffers, four in turn. */
static inline PCWSTR ht_wide(const char *text)
{
    static __thread wchar_t texts[4][8192];
    static __thread int turn;
    wchar_t *out = texts[turn++ % 4];
    size_t n = 0;
    for (; text[n] && n + 1 < COUNT(texts[0]); n++) out[n] = (unsigned char)text[n];
    out[n] = 0;
    return out;
}

/** The value at "Key.Key.0" of a document; strings as they are, the rest as JSON. Static buffers. */
static inline const char *ht_at(const char *document, const char *path)
{
    static char texts[8][2048];
    static int turn;
    char *out = texts[turn++ % 8], key[64];
    json_t *root = json_loads(document ? document : "null", JSON_DECODE_ANY, NULL), *at = root;
    while (at && *path) {
        const size_t size = strcspn(path, ".");
        snprintf(key, sizeof key, "%.*s", (int)size, path);
        at = json_is_array(at) ? json_array_get(at, (size_t)atoi(key)) : json_object_get(at, key);
        path += size + (path[size] == '.');
    }
    out[0] = '\0';
    if (json_is_string(at)) {
        snprintf(out, sizeof texts[0], "%s", json_string_value(at));
    } else if (at) {
        char *text = json_dumps(at, JSON_COMPACT | JSON_ENCODE_ANY);
        snprintf(out, sizeof texts[0], "%s", text);
        free(text);
    }
    json_decref(root);
    return out;
}

/* ---- documents ---- */
#define HT_VM_BODY                                                                                           \
    "\"SchemaVersion\": {\"Major\": 2, \"Minor\": 1}, \"Owner\": \"tests\", \"VirtualMachine\": {"           \
    "\"Chipset\": {\"Uefi\": {}}, \"ComputeTopology\": {\"Memory\": {\"SizeInMB\": 1024},"                   \
    " \"Processor\": {\"Count\": 2}}"
#define HT_VM "{" HT_VM_BODY "}}"
#define HT_MORTAL "{" HT_VM_BODY "}, \"ShouldTerminateOnLastHandleClosed\": true}"
#define HT_GUEST "{" HT_VM_BODY ", \"GuestConnection\": {}}}"
#define HT_CONTAINER                                                                                         \
    "{\"SchemaVersion\": {\"Major\": 2, \"Minor\": 1}, \"Owner\": \"tests\", \"Container\": {}}"

/* ---- operations ---- */

/** Wait for an operation and close it; the document is in ht_document until the next call. */
static char *ht_document UNUSED;
static inline HRESULT ht_end(HCS_OPERATION operation)
{
    PWSTR document = NULL;
    const HRESULT result = HcsWaitForOperationResult(operation, INFINITE, &document);
    ht_document = ht_narrow(document);
    HcsCloseOperation(operation);
    return result;
}

static inline HCS_OPERATION ht_new(void)
{
    HCS_OPERATION operation = HcsCreateOperation(NULL, NULL);
    CHECK(operation != NULL);
    return operation;
}

/** `call` with a new operation called `op`: how the call ended; DONE of what it answered at once. */
#define DO(call)                                                                                             \
    __extension__({                                                                                          \
        HCS_OPERATION op = ht_new();                                                                         \
        DONE(call);                                                                                          \
        ht_end(op);                                                                                          \
    })

static inline HCS_SYSTEM ht_create(const char *id, const char *configuration)
{
    HCS_SYSTEM system = NULL;
    DONE(DO(HcsCreateComputeSystem(ht_wide(id), ht_wide(configuration), op, NULL, &system)));
    CHECK(system != NULL);
    return system;
}

static inline HCS_SYSTEM ht_running(const char *id, const char *configuration)
{
    HCS_SYSTEM system = ht_create(id, configuration);
    DONE(DO(HcsStartComputeSystem(system, op, NULL)));
    return system;
}

static inline HCS_SYSTEM ht_open(const char *id)
{
    HCS_SYSTEM system = NULL;
    DONE(HcsOpenComputeSystem(ht_wide(id), GENERIC_ALL, &system));
    return system;
}

static inline const char *ht_properties(HCS_SYSTEM system, const char *query)
{
    DONE(DO(HcsGetComputeSystemProperties(system, op, query ? ht_wide(query) : NULL)));
    return ht_document;
}

static inline const char *ht_list(const char *query)
{
    DONE(DO(HcsEnumerateComputeSystems(query ? ht_wide(query) : NULL, op)));
    return ht_document;
}

static inline void ht_terminate(HCS_SYSTEM system)
{
    DONE(DO(HcsTerminateComputeSystem(system, op, NULL)));
    HcsCloseComputeSystem(system);
}

/* ---- events ---- */
typedef struct ht_event {
    HCS_EVENT_TYPE type;
    HCS_OPERATION operation;
    HCS_OPERATION_TYPE of;
    HRESULT result;
    char data[1024];
} ht_event;
typedef struct ht_record {
    tally n;
    int closes; /* the callback closes operations */
    ht_event at[32];
} ht_record;
#define HT_RECORD                                                                                            \
    {                                                                                                        \
        .n = TALLY                                                                                           \
    }

static inline void ht_recorder(HCS_EVENT *event, void *context)
{
    ht_record *record = context;
    const int n = tally_get(&record->n);
    if (n >= (int)COUNT(record->at)) return;
    ht_event *entry = &record->at[n];
    entry->type = event->Type;
    entry->operation = event->Operation;
    entry->data[0] = '\0';
    for (size_t i = 0; event->EventData && event->EventData[i] && i + 1 < sizeof entry->data; i++) {
        entry->data[i] = (char)event->EventData[i];
        entry->data[i + 1] = '\0';
    }
    if (event->Operation) {
        entry->of = HcsGetOperationType(event->Operation);
        entry->result = HcsGetOperationResult(event->Operation, NULL);
        if (record->closes) HcsCloseOperation(event->Operation);
    }
    tally_add(&record->n);
}

/* ---- fixtures ---- */
static inline int ht_begin(void **state)
{
    static const char *const names[] = {"VJOB_CLOCK", "VJOB_INVENTORY", "VJOB_FIDELITY", "VJOB_TRACE",
                                        "VJOB_LEAKS"};
    (void)state;
    for (size_t i = 0; i < COUNT(names); i++) unsetenv(names[i]);
    OK(vjob_sim_set_clock("auto"));
    return 0;
}

/** Nothing may be left; the world can start over. */
static inline int ht_finish(void **state)
{
    vjob_handle_info left[4];
    (void)state;
    vjob_hcs_settle();
    const size_t n = vjob_leaks(VJOB_SPACE_HCS, left, COUNT(left));
    for (size_t i = 0; i < n && i < COUNT(left); i++)
        print_message("left: %s %s\n", left[i].type_name, left[i].object);
    OK(vjob_sim_set_fidelity("faithful"));
    return n > 0 || vjob_sim_reset() != VJOB_OK;
}
#define HCS(test) cmocka_unit_test_setup_teardown(test, ht_begin, ht_finish)

#endif
