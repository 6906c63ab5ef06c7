/* The library itself: start and stop, versions, texts of codes, and the bodies of unimplemented functions. */
#include "prl_internal.h"

#include <stdatomic.h>
#include <stdlib.h>

/* What the first Init asked for; 0 while the library is stopped. */
static _Atomic PRL_UINT32 given_version;
static _Atomic PRL_UINT32 given_mode;

/* The top bits of a version number the client's attempts and mean nothing here. */
#define VERSION_BITS 0x1FFFFFFFu

PRL_METHOD(PrlApi_InitEx)
(PRL_UINT32 nVersion, PRL_APPLICATION_MODE nAppMode, PRL_UINT32 nFlags, PRL_UINT32 nReserved)
{
    PRL_UNUSED_PARAM(nFlags);
    PRL_UNUSED_PARAM(nReserved);
    const int running = !vjob_enter(VJOB_SPACE_PRL);
    if (!running && (nVersion & VERSION_BITS) > PRL_LIBRARY_VERSION) return PRL_ERR_API_INCOMPATIBLE;
    const vjob_err err = vjob_api_hold(VJOB_SPACE_PRL);
    if (err) /* a bad VJOB_* has been explained on stderr */
        return err == VJOB_ENOMEM || err == VJOB_ETHREAD || err == VJOB_EFORK ? prl_result(err)
                                                                              : PRL_ERR_FAILURE;
    if (!running) {
        atomic_store(&given_mode, (PRL_UINT32)nAppMode);
        atomic_store(&given_version, nVersion);
    }
    return PRL_ERR_SUCCESS;
}

PRL_METHOD(PrlApi_Init)(PRL_UINT32 version)
{
    return PrlApi_InitEx(version, PAM_SERVER, 0, 0);
}

PRL_METHOD(PrlApi_Deinit)(void)
{
    const vjob_err err = vjob_api_drop(VJOB_SPACE_PRL);
    return err == VJOB_ECALLBACK ? PRL_ERR_INVALID_ACTION_REQUESTED : prl_result(err);
}

PRL_METHOD(PrlApi_GetVersion)(PRL_UINT32_PTR current_version)
{
    PRL_ENTER_PLAIN();
    PRL_NEED(current_version);
    *current_version = atomic_load(&given_version);
    return PRL_ERR_SUCCESS;
}

PRL_METHOD(PrlApi_GetAppMode)(PRL_APPLICATION_MODE_PTR app_mode)
{
    PRL_ENTER_PLAIN();
    PRL_NEED(app_mode);
    *app_mode = (PRL_APPLICATION_MODE)atomic_load(&given_mode);
    return PRL_ERR_SUCCESS;
}

/* ---- allowed while stopped -------------------------------------------------------------------- */

PRL_METHOD(PrlApi_InitCrashHandler)(PRL_CONST_STR sCrashDumpFileSuffix)
{
    PRL_UNUSED_PARAM(sCrashDumpFileSuffix);
    return PRL_ERR_SUCCESS;
}

PRL_METHOD(PrlApi_SwitchConsoleLogging)(PRL_BOOL bSwitchOn)
{
    PRL_UNUSED_PARAM(bSwitchOn); /* nothing is printed unasked, so there is nothing to switch off */
    return PRL_ERR_SUCCESS;
}

PRL_METHOD(PrlApi_SetLogPath)(PRL_CONST_STR sLogPath)
{
    PRL_ENTER_PLAIN();
    PRL_NEED(sLogPath);
    return PRL_ERR_SUCCESS;
}

PRL_METHOD(PrlApi_GetCrashDumpsPath)(PRL_STR sPath, PRL_UINT32_PTR pnPathBufLength)
{
    return prl_text("", sPath, pnPathBufLength); /* no dumps are written */
}

PRL_METHOD(PrlBuffer_Free)(PRL_VOID_PTR buffer)
{
    PRL_NEED(buffer);
    free(buffer);
    return PRL_ERR_SUCCESS;
}

PRL_METHOD(PrlApi_GetResultDescription)
(PRL_RESULT nErrCode, PRL_BOOL bIsBriefMessage, PRL_BOOL bFormated, PRL_STR sErrString,
 PRL_UINT32_PTR pnErrStringBufLength)
{
    PRL_NEED(pnErrStringBufLength);
    char *text = prl_message(nErrCode, bIsBriefMessage != 0, bFormated != 0, NULL, 0);
    if (!text) return PRL_ERR_OUT_OF_MEMORY;
    const PRL_RESULT result = prl_text(text, sErrString, pnErrStringBufLength);
    free(text);
    return result;
}

PRL_METHOD(PrlApi_GetMessageType)(PRL_RESULT nErrCode, PRL_MESSAGE_TYPE_ENUM_PTR pnMsgType)
{
    PRL_NEED(pnMsgType);
    *pnMsgType = prl_message_type(nErrCode);
    return PRL_ERR_SUCCESS;
}

PRL_METHOD(PrlApi_MsgCanBeIgnored)(PRL_RESULT nErrCode, PRL_BOOL_PTR pbCanBeIgnored)
{
    PRL_NEED(pbCanBeIgnored);
    *pbCanBeIgnored = prl_result_name(nErrCode) && prl_message_type(nErrCode) == PMT_INFORMATION;
    return PRL_ERR_SUCCESS;
}

/* The inline helpers of the headers return what is stored here, so something always is. */
static PRL_RESULT named(const char *name, PRL_CONST_STR_PTR out)
{
    PRL_NEED(out);
    *out = name ? name : "Unknown";
    return PRL_ERR_SUCCESS;
}

PRL_METHOD(PrlDbg_PrlResultToString)(PRL_RESULT value, PRL_CONST_STR_PTR result)
{
    return named(prl_result_name(value), result);
}

PRL_METHOD(PrlDbg_HandleTypeToString)(PRL_HANDLE_TYPE handle_type, PRL_CONST_STR_PTR result)
{
    return named(prl_handle_type_name(handle_type), result);
}

PRL_METHOD(PrlDbg_EventTypeToString)(PRL_EVENT_TYPE event_type, PRL_CONST_STR_PTR result)
{
    return named(prl_event_type_name(event_type), result);
}

/* ---- functions that are declared but not served ----------------------------------------------- */

PRL_RESULT prl_stub_sync(const char *function)
{
    PRL_ENTER_PLAIN();
    vjob_fail(VJOB_ENOTSUP, function, NULL, "%s is not implemented", function);
    return PRL_ERR_UNIMPLEMENTED;
}

PRL_HANDLE prl_stub_async(const char *function, PRL_JOB_OPERATION_CODE code)
{
    if (vjob_enter(VJOB_SPACE_PRL)) return PRL_DEAD_JOB;
    vjob_fail(VJOB_ENOTSUP, function, NULL, "%s is not implemented", function);
    return prl_job_born_failed(function, code, PRL_ERR_UNIMPLEMENTED);
}
