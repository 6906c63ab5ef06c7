/*
 * Types of the Host Compute System API.
 *
 * A handle is a number in a pointer; it is never followed. Documents are JSON in wide texts.
 */
#ifndef HCS_COMPUTEDEFS_H
#define HCS_COMPUTEDEFS_H

#include "vjob_winerror.h"
#include "vjob_wintypes.h"

#if defined(__GNUC__) && !defined(_WIN32)
#define HCS_EXPORT __attribute__((visibility("default")))
#else
#define HCS_EXPORT
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* Follows one call at a time; a system; a process in a system. HCS_CALLBACK belongs to older versions. */
DECLARE_HANDLE(HCS_OPERATION);
DECLARE_HANDLE(HCS_SYSTEM);
DECLARE_HANDLE(HCS_PROCESS);
DECLARE_HANDLE(HCS_CALLBACK);

@enums@

/* An event; its texts live until the callback returns. */
typedef struct HCS_EVENT {
    HCS_EVENT_TYPE Type;
    PCWSTR EventData;        /* a document, or NULL */
    HCS_OPERATION Operation; /* HcsEventOperationCallback: the operation that has ended */
} HCS_EVENT;

/* A process that was created. The handles are the caller's. */
typedef struct HCS_PROCESS_INFORMATION {
    DWORD ProcessId;
    DWORD Reserved;
    HANDLE StdInput; /* to write to; NULL: there is no such pipe */
    HANDLE StdOutput;
    HANDLE StdError;
} HCS_PROCESS_INFORMATION;

/* Called on threads of the library. */
typedef void(CALLBACK *HCS_OPERATION_COMPLETION)(HCS_OPERATION operation, void *context);
typedef void(CALLBACK *HCS_EVENT_CALLBACK)(HCS_EVENT *event, void *context);
typedef void(CALLBACK *HCS_NOTIFICATION_CALLBACK)(DWORD notificationType, void *context, HRESULT notificationStatus,
                                                  PCWSTR notificationData);

/* Options whose first member says which structure it is. */
typedef struct HCS_CREATE_OPTIONS_1 {
    HCS_CREATE_OPTIONS Version;
    HANDLE UserToken;
    SECURITY_DESCRIPTOR *SecurityDescriptor;
    HCS_EVENT_OPTIONS CallbackOptions;
    void *CallbackContext;
    HCS_EVENT_CALLBACK Callback;
} HCS_CREATE_OPTIONS_1;

#ifdef __cplusplus
}

@flags@
#endif

#endif
