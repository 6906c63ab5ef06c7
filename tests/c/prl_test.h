/*
 * prl_test.h - what the tests of the Prl facade share: a session on a world of one's own, jobs that are
 * waited for, and a record of what a handler was called with. In a header, as only some tests link the facade.
 */
#ifndef PRL_TEST_H
#define PRL_TEST_H

#include <vjob/sim.h>

#include "Parallels.h"
#include "core_test.h"

static PRL_HANDLE pt_server PRL_UNUSED; /* logged in by pt_begin */

/* ---- checks ---- */
#define RESULT(call, expected) pt_result((call), (expected), #call, __FILE__, __LINE__)
#define DONE(call) RESULT(call, PRL_ERR_SUCCESS)
#define TEXT(got, expected) pt_text((got), (expected), __FILE__, __LINE__)

static inline void pt_result(PRL_RESULT got, PRL_RESULT expected, const char *what, const char *file,
                             int line)
{
    char text[512];
    snprintf(text, sizeof text, "%s is %s, not %s", what, prl_result_to_string(got),
             prl_result_to_string(expected));
    ct_check(got == expected, text, file, line);
}

static inline void pt_text(const char *got, const char *expected, const char *file, int line)
{
    const int same = !strcmp(got, expected);
    if (!same) print_message("got \"%s\"\n", got);
    ct_check(same, expected, file, line);
}

/* ---- jobs: the handle is freed ---- */
#define NEVER 0xFFFFFFFFu

static inline PRL_RESULT pt_end(PRL_HANDLE job)
{
    PRL_RESULT result = PRL_ERR_UNEXPECTED;
    RESULT(PrlJob_Wait(job, NEVER), PRL_ERR_SUCCESS);
    RESULT(PrlJob_GetRetCode(job, &result), PRL_ERR_SUCCESS);
    RESULT(PrlHandle_Free(job), PRL_ERR_SUCCESS);
    return result;
}

/* The first object of a job's result. */
static inline PRL_HANDLE pt_param(PRL_HANDLE job)
{
    PRL_HANDLE result, param;
    PRL_RESULT code;
    DONE(PrlJob_Wait(job, NEVER));
    DONE(PrlJob_GetRetCode(job, &code));
    DONE(code);
    DONE(PrlJob_GetResult(job, &result));
    DONE(PrlResult_GetParam(result, &param));
    DONE(PrlHandle_Free(result));
    DONE(PrlHandle_Free(job));
    return param;
}

/* The VM of a name. */
static inline PRL_HANDLE pt_vm(const char *name)
{
    return pt_param(PrlSrv_GetVmConfig(pt_server, name, PGVC_SEARCH_BY_NAME));
}

static inline VIRTUAL_MACHINE_STATE pt_state(PRL_HANDLE vm)
{
    VIRTUAL_MACHINE_STATE state;
    PRL_HANDLE info = pt_param(PrlVm_GetState(vm));
    DONE(PrlVmInfo_GetState(info, &state));
    DONE(PrlHandle_Free(info));
    return state;
}

/* A text of a string getter, in one of four static buffers. */
#define PT_STRING(getter, ...)                                                                               \
    __extension__({                                                                                          \
        char *pt_buffer_ = pt_next_buffer();                                                                 \
        PRL_UINT32 pt_size_ = 1024;                                                                          \
        DONE(getter(__VA_ARGS__, pt_buffer_, &pt_size_));                                                    \
        pt_buffer_;                                                                                          \
    })

static inline char *pt_next_buffer(void)
{
    static __thread char buffers[4][1024];
    static __thread unsigned turn;
    return buffers[turn++ % 4];
}

/* ---- sessions ---- */

/* A fresh world from JSON (NULL: the built-in one) under the auto clock, the library initialised. */
static inline void pt_init(const char *json)
{
    unsetenv("VJOB_INVENTORY");
    setenv("VJOB_CLOCK", "auto", 1);
    OK(vjob_sim_reset());
    OK(vjob_sim_set_clock("auto"));
    if (json) OK(vjob_sim_load_json(json, strlen(json)));
    DONE(PrlApi_InitEx(PARALLELS_API_VER, PAM_SERVER, 0, 0));
}

static inline void pt_begin(const char *json)
{
    pt_init(json);
    DONE(PrlSrv_Create(&pt_server));
    DONE(pt_end(PrlSrv_LoginLocalEx(pt_server, NULL, 0, PSL_HIGH_SECURITY, 0)));
}

/* Nothing may be left over. */
static inline void pt_no_leaks(void)
{
    vjob_handle_info infos[8];
    const size_t n = vjob_leaks(VJOB_SPACE_PRL, infos, COUNT(infos));
    for (size_t i = 0; i < n && i < COUNT(infos); i++)
        print_message("left over: %s %s, %u references\n", infos[i].type_name, infos[i].object,
                      infos[i].refs);
    EQUAL(n, 0);
}

static inline int pt_finish(void **state)
{
    (void)state;
    if (pt_server != PRL_INVALID_HANDLE) DONE(PrlHandle_Free(pt_server));
    pt_server = PRL_INVALID_HANDLE;
    pt_no_leaks();
    DONE(PrlApi_Deinit());
    return 0;
}

#define PRL(test) cmocka_unit_test_teardown(test, pt_finish)

/* ---- a handler that records ---- */

typedef struct pt_log {
    pthread_mutex_t lock;
    char text[16384];
    tally calls;
} pt_log;
#define PT_LOG                                                                                               \
    {                                                                                                        \
        PTHREAD_MUTEX_INITIALIZER, "", TALLY                                                                 \
    }

static inline void pt_note(pt_log *log, const char *word)
{
    pthread_mutex_lock(&log->lock);
    if (strlen(log->text) + strlen(word) + 2 < sizeof log->text) {
        strcat(log->text, *log->text ? " " : "");
        strcat(log->text, word);
    }
    pthread_mutex_unlock(&log->lock);
    tally_add(&log->calls);
}

/* Until a word has been noted. */
static inline void pt_wait_word(pt_log *log, const char *word)
{
    for (;;) {
        const int calls = tally_get(&log->calls);
        pthread_mutex_lock(&log->lock);
        const int found = strstr(log->text, word) != NULL;
        pthread_mutex_unlock(&log->lock);
        if (found) return;
        tally_wait(&log->calls, calls + 1);
    }
}

/* A handler may run while another thread stops the library, which waits for it: its calls are refused then. 1: so it is. */
static inline int pt_stopped(PRL_RESULT result)
{
    if (result == PRL_ERR_API_WASNT_INITIALIZED) return 1;
    DONE(result);
    return 0;
}

/* "PJOC_..." would be long: jobs are noted by number, events by the end of their name. */
static inline void pt_describe(PRL_HANDLE h, char *out, size_t cap)
{
    PRL_HANDLE_TYPE type;
    PRL_EVENT_TYPE event;
    PRL_JOB_OPERATION_CODE code;
    snprintf(out, cap, "stopped");
    if (pt_stopped(PrlHandle_GetType(h, &type))) return;
    if (type == PHT_JOB) {
        if (pt_stopped(PrlJob_GetOpCode(h, &code))) return;
        snprintf(out, cap, "job%u", (unsigned)code);
        return;
    }
    if (pt_stopped(PrlEvent_GetType(h, &event))) return;
    const char *name = event_type_to_string(event);
    snprintf(out, cap, "%s", strncmp(name, "PET_DSP_EVT_", 12) ? name : name + 12);
}

/* The user data is a pt_log. */
static PRL_UNUSED PRL_RESULT pt_record(PRL_HANDLE h, PRL_VOID_PTR data)
{
    char word[128];
    pt_describe(h, word, sizeof word);
    pt_stopped(PrlHandle_Free(h));
    pt_note(data, word);
    return PRL_ERR_SUCCESS;
}

#endif
