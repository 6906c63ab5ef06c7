/* The library itself, handles, jobs, results, events and lists. */
#ifndef PRL_API_CORE_H
#define PRL_API_CORE_H

#include "PrlTypes.h"
#include "PrlErrors.h"
#include "PrlEnums.h"
#include "PrlCommandsFlags.h"
#include "PrlIOStructs.h"
#include "PrlApiVersion.h"

@body@

#ifndef DYN_API_WRAP

/* Name of a result code; a static text, also for codes that nobody knows. */
static inline PRL_CONST_STR prl_result_to_string(PRL_RESULT value)
{
    PRL_CONST_STR text = 0;
    PrlDbg_PrlResultToString(value, &text);
    return text;
}

/* Name of a handle type; a static text. */
static inline PRL_CONST_STR handle_type_to_string(PRL_HANDLE_TYPE type)
{
    PRL_CONST_STR text = 0;
    PrlDbg_HandleTypeToString(type, &text);
    return text;
}

/* Name of an event type; a static text. */
static inline PRL_CONST_STR event_type_to_string(PRL_EVENT_TYPE type)
{
    PRL_CONST_STR text = 0;
    PrlDbg_EventTypeToString(type, &text);
    return text;
}

#endif

#endif
