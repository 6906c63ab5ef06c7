/* Results: from the engine's codes to HRESULTs, and the documents that explain failures. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hcs_internal.h"

HRESULT hcs_result_of(vjob_err err)
{
    switch (err) {
    case VJOB_OK: return S_OK;
    case VJOB_EINVAL: return E_INVALIDARG;
    case VJOB_EBADHANDLE:
    case VJOB_ETYPE: return E_HANDLE;
    case VJOB_ENOMEM:
    case VJOB_ETHREAD: return E_OUTOFMEMORY;
    case VJOB_EINIT:
    case VJOB_EFORK:
    case VJOB_ECLOSED: return HCS_E_SERVICE_DISCONNECT;
    case VJOB_ETIMEDOUT: return HCS_E_CONNECTION_TIMEOUT;
    case VJOB_EPENDING: return HCS_E_OPERATION_PENDING;
    case VJOB_ECANCELLED: return HRESULT_FROM_WIN32(ERROR_CANCELLED);
    case VJOB_ESTATE:
    case VJOB_EBUSY: return HCS_E_INVALID_STATE;
    case VJOB_ENOENT: return HCS_E_SYSTEM_NOT_FOUND;
    case VJOB_EEXIST: return HCS_E_SYSTEM_ALREADY_EXISTS;
    case VJOB_EAUTH: return HCS_E_ACCESS_DENIED;
    case VJOB_ECONNECT: return HCS_E_CONNECT_FAILED;
    case VJOB_ERESOURCE: return HRESULT_FROM_WIN32(ERROR_NOT_ENOUGH_MEMORY);
    case VJOB_EPARSE: return HCS_E_INVALID_JSON;
    case VJOB_EIO: return HRESULT_FROM_WIN32(ERROR_FILE_CORRUPT);
    case VJOB_ENOTSUP: return HRESULT_FROM_WIN32(ERROR_NOT_SUPPORTED);
    case VJOB_ELIMIT: return E_OUTOFMEMORY;
    case VJOB_ENOTOOLS: return HCS_E_CONNECTION_CLOSED;
    case VJOB_ENOLOGIN: return HCS_E_ACCESS_DENIED;
    case VJOB_EDONE:
    case VJOB_ECALLBACK:
    case VJOB_EINTERRUPT:
    case VJOB_EFAILED:
    case VJOB_ERR_COUNT: break;
    }
    return E_FAIL;
}

HRESULT hcs_say(hcs_why *why, HRESULT result, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    vsnprintf(why->text, sizeof why->text, fmt, args);
    va_end(args);
    /* Cut off in the middle of a character, perhaps. */
    size_t end = strlen(why->text);
    if (end + 1 == sizeof why->text)
        while (end && (why->text[end - 1] & 0x80)) why->text[--end] = '\0';
    why->result = result;
    return result;
}

char *hcs_dump(json_t *document)
{
    char *text = document ? json_dumps(document, JSON_COMPACT) : NULL;
    json_decref(document);
    return text;
}

/* Documents carry the service's own form of its codes. */
static json_int_t number_in_document(HRESULT result)
{
    const uint32_t number = (uint32_t)result;
    const int is_own = HRESULT_FACILITY(number) == FACILITY_VIRTUALIZATION;
    return (int32_t)(is_own ? number | 0x40000000u : number);
}

#define PROVIDER "17a2a92b-0b47-4f2e-9d3c-5c1f6e3f1a10"

char *hcs_error_document(HRESULT result, const char *message, const char *detail)
{
    const json_int_t number = number_in_document(result);
    json_t *made = json_pack("{s:I, s:s}", "Error", number, "ErrorMessage", message ? message : "");
    if (made && message && *message)
        json_object_set_new(made, "ErrorEvents",
                            json_pack("[{s:s, s:s, s:i, s:i, s:s, s:[]}]", "Message", message, "Provider",
                                      PROVIDER, "EventId", (int)((uint32_t)result & 0xffff), "Flags", 0,
                                      "Source", "Hcs", "Data"));
    if (made && detail)
        json_object_set_new(made, "Attribution",
                            json_pack("[{s:{s:s}}]", "OperationFailure", "Detail", detail));
    return hcs_dump(made);
}
