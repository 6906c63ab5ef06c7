/*
 * driver.h - what the two programs in the shape of a management daemon's hypervisor driver share: jobs that are
 * waited for without end, failures that are asked for their text with a size query first, handles that are freed
 * whether there are any or not, uuids in braces.
 */
#ifndef DRIVER_H
#define DRIVER_H

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <Parallels.h>

#define JOB_INFINITE_WAIT_TIMEOUT UINT_MAX

static int failures;

static inline void complain(const char *what, int line)
{
    printf("line %d: %s\n", line, what);
    failures++;
}
#define EXPECT(condition)                                                                                    \
    do {                                                                                                     \
        if (!(condition)) complain(#condition, __LINE__);                                                    \
    } while (0)
#define CHECK_RET(call, label)                                                                               \
    do {                                                                                                     \
        if (PRL_FAILED(call)) {                                                                              \
            complain(#call, __LINE__);                                                                       \
            goto label;                                                                                      \
        }                                                                                                    \
    } while (0)

/* ---- errors and jobs ---- */

static inline char *error_text(PRL_HANDLE event)
{
    PRL_UINT32 size = 0;
    char *text = NULL;
    if (PRL_FAILED(PrlEvent_GetErrString(event, PRL_FALSE, PRL_FALSE, NULL, &size))) return NULL;
    text = malloc(size);
    if (text && PRL_FAILED(PrlEvent_GetErrString(event, PRL_FALSE, PRL_FALSE, text, &size))) {
        free(text);
        return NULL;
    }
    return text;
}

static inline PRL_RESULT log_job_error(PRL_HANDLE job, PRL_RESULT code)
{
    PRL_HANDLE event = PRL_INVALID_HANDLE;
    PRL_RESULT event_code = PRL_ERR_UNINITIALIZED;
    char *text;
    if (PRL_FAILED(PrlJob_GetError(job, &event))) {
        complain("no error event", __LINE__);
        return code;
    }
    EXPECT(PRL_SUCCEEDED(PrlEvent_GetErrCode(event, &event_code)));
    EXPECT(event_code == code);
    text = error_text(event);
    EXPECT(text && *text);
    free(text);
    PrlHandle_Free(event);
    return code;
}

static inline PRL_RESULT job_result(PRL_HANDLE job, PRL_HANDLE *result)
{
    PRL_RESULT ret, code = PRL_ERR_UNINITIALIZED;
    if (result) *result = PRL_INVALID_HANDLE;
    ret = PrlJob_Wait(job, JOB_INFINITE_WAIT_TIMEOUT);
    if (PRL_FAILED(ret)) goto cleanup;
    ret = PrlJob_GetRetCode(job, &code);
    if (PRL_FAILED(ret)) goto cleanup;
    ret = code;
    if (code)
        log_job_error(job, code);
    else if (result)
        ret = PrlJob_GetResult(job, result);
cleanup:
    PrlHandle_Free(job);
    return ret;
}

static inline PRL_RESULT wait_job(PRL_HANDLE job)
{
    return job_result(job, NULL);
}

static inline PRL_HANDLE first_param(PRL_HANDLE job)
{
    PRL_HANDLE result = PRL_INVALID_HANDLE, param = PRL_INVALID_HANDLE;
    EXPECT(PRL_SUCCEEDED(job_result(job, &result)));
    EXPECT(PRL_SUCCEEDED(PrlResult_GetParam(result, &param)));
    PrlHandle_Free(result);
    return param;
}

/* ---- strings ---- */

typedef PRL_RESULT (*string_getter)(PRL_HANDLE, PRL_STR, PRL_UINT32_PTR);

static inline char *get_string(string_getter getter, PRL_HANDLE handle)
{
    PRL_UINT32 size = 0;
    char *text;
    if (PRL_FAILED(getter(handle, NULL, &size)) || !(text = malloc(size))) return NULL;
    if (PRL_SUCCEEDED(getter(handle, text, &size))) return text;
    free(text);
    return NULL;
}

static inline int uuid_is_braced(const char *uuid)
{
    return strlen(uuid) == 38 && uuid[0] == '{' && uuid[37] == '}';
}

/* ---- connection ---- */

static inline int open_connection(PRL_HANDLE *server)
{
    PRL_HANDLE response;
    char *session;
    EXPECT(PRL_SUCCEEDED(PrlApi_SwitchConsoleLogging(PRL_FALSE)));
    if (PRL_FAILED(PrlApi_InitEx(PARALLELS_API_VER, PAM_SERVER, 0, 0))) return -1;
    if (PRL_FAILED(PrlSrv_Create(server))) return -1;
    response =
        first_param(PrlSrv_LoginLocalEx(*server, NULL, 0, PSL_HIGH_SECURITY, PACF_NON_INTERACTIVE_MODE));
    session = get_string(PrlLoginResponse_GetSessionUuid, response);
    EXPECT(session && uuid_is_braced(session));
    free(session);
    PrlHandle_Free(response);
    return 0;
}

static inline int close_connection(PRL_HANDLE server)
{
    EXPECT(PRL_SUCCEEDED(wait_job(PrlSrv_Logoff(server))));
    PrlHandle_Free(server);
    PrlHandle_Free(PRL_INVALID_HANDLE);
    EXPECT(PRL_SUCCEEDED(PrlApi_Deinit()));
    printf(failures ? "%d failures\n" : "fine\n", failures);
    return failures != 0;
}

#endif
