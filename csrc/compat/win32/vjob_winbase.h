/**
 * vjob_winbase.h - what the library itself has of Windows: events, threads, waits, pipes, memory, time, texts.
 *
 * A HANDLE is a number in a pointer, as the HCS handles are: a stale one is an error. All waits, Sleep and the
 * clocks go by the simulator's clock. Functions that fail return what they do on Windows and set GetLastError.
 */
#ifndef VJOB_WIN32_WINBASE_H
#define VJOB_WIN32_WINBASE_H

#include <hcs/vjob_wintypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "sal.h"
#include "winerror.h"

typedef struct _SECURITY_ATTRIBUTES {
    DWORD nLength;
    LPVOID lpSecurityDescriptor;
    BOOL bInheritHandle;
} SECURITY_ATTRIBUTES, *PSECURITY_ATTRIBUTES, *LPSECURITY_ATTRIBUTES;

typedef struct _OVERLAPPED {
    ULONG_PTR Internal, InternalHigh;
    DWORD Offset, OffsetHigh;
    HANDLE hEvent;
} OVERLAPPED, *LPOVERLAPPED;

typedef struct _FILETIME {
    DWORD dwLowDateTime, dwHighDateTime;
} FILETIME, *PFILETIME, *LPFILETIME;

typedef union _LARGE_INTEGER {
    struct {
        DWORD LowPart;
        LONG HighPart;
    } u;
    LONGLONG QuadPart;
} LARGE_INTEGER, *PLARGE_INTEGER;
typedef union _ULARGE_INTEGER {
    struct {
        DWORD LowPart, HighPart;
    } u;
    ULONGLONG QuadPart;
} ULARGE_INTEGER, *PULARGE_INTEGER;

typedef DWORD(WINAPI *LPTHREAD_START_ROUTINE)(LPVOID data);
typedef LPTHREAD_START_ROUTINE PTHREAD_START_ROUTINE;

#define MAXIMUM_WAIT_OBJECTS 64
#define WAIT_ABANDONED_0 0x00000080u
#define WAIT_IO_COMPLETION 0x000000C0u
#ifndef CREATE_EVENT_MANUAL_RESET
#define CREATE_EVENT_MANUAL_RESET 1
#define CREATE_EVENT_INITIAL_SET 2
#endif
#define CREATE_SUSPENDED 4
#define STILL_ACTIVE 259
#define DUPLICATE_CLOSE_SOURCE 1
#define DUPLICATE_SAME_ACCESS 2
#define STD_INPUT_HANDLE ((DWORD)-10)
#define STD_OUTPUT_HANDLE ((DWORD)-11)
#define STD_ERROR_HANDLE ((DWORD)-12)
#define LMEM_MOVEABLE 2
#define GMEM_FIXED 0
#define GMEM_ZEROINIT 0x40
#define GPTR 0x40
#define RPC_S_OK 0
#define RPC_S_OUT_OF_MEMORY 14
#define RPC_S_INVALID_ARG 87
#define CP_ACP 0
#define CP_UTF8 65001
#define MB_ERR_INVALID_CHARS 8
#define WC_ERR_INVALID_CHARS 0x80
#define FORMAT_MESSAGE_ALLOCATE_BUFFER 0x100
#define FORMAT_MESSAGE_IGNORE_INSERTS 0x200
#define FORMAT_MESSAGE_FROM_STRING 0x400
#define FORMAT_MESSAGE_FROM_HMODULE 0x800
#define FORMAT_MESSAGE_FROM_SYSTEM 0x1000

/* A reference is a pointer for the library. */
#ifdef __cplusplus
typedef const GUID &REFGUID, &REFIID, &REFCLSID;
#else
typedef const GUID *REFGUID, *REFIID, *REFCLSID;
#endif

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* ---- errors --------------------------------------------------------------------------------------- */
DWORD WINAPI GetLastError(void);
void WINAPI SetLastError(DWORD error);
/* The name of a code. Only texts of the system are there: FORMAT_MESSAGE_FROM_SYSTEM. */
DWORD WINAPI FormatMessageW(DWORD flags, LPCVOID source, DWORD code, DWORD language, PWSTR out, DWORD size,
                            va_list *arguments);
DWORD WINAPI FormatMessageA(DWORD flags, LPCVOID source, DWORD code, DWORD language, PSTR out, DWORD size,
                            va_list *arguments);

/* ---- handles -------------------------------------------------------------------------------------- */
BOOL WINAPI CloseHandle(HANDLE handle);
/* Gives the same number once more; it is closed as often as it was given. */
BOOL WINAPI DuplicateHandle(HANDLE from_process, HANDLE handle, HANDLE to_process, HANDLE *out, DWORD access,
                            BOOL inherit, DWORD options);

/* ---- events: without a name, as a name is for other processes --------------------------------------- */
HANDLE WINAPI CreateEventW(LPSECURITY_ATTRIBUTES security, BOOL manual, BOOL initial, PCWSTR name);
HANDLE WINAPI CreateEventExW(LPSECURITY_ATTRIBUTES security, PCWSTR name, DWORD flags, DWORD access);
/* Whoever waits may close the event as soon as it goes on. */
BOOL WINAPI SetEvent(HANDLE event);
BOOL WINAPI ResetEvent(HANDLE event);

/* ---- waits: for events and threads ------------------------------------------------------------------- */
DWORD WINAPI WaitForSingleObject(HANDLE handle, DWORD ms);
DWORD WINAPI WaitForSingleObjectEx(HANDLE handle, DWORD ms, BOOL alertable);
DWORD WINAPI WaitForMultipleObjects(DWORD count, const HANDLE *handles, BOOL all, DWORD ms);
DWORD WINAPI WaitForMultipleObjectsEx(DWORD count, const HANDLE *handles, BOOL all, DWORD ms, BOOL alertable);
void WINAPI Sleep(DWORD ms);
DWORD WINAPI SleepEx(DWORD ms, BOOL alertable);

/* ---- threads: at most VJOB_WORKERS at once, more wait their turn --------------------------------------- */
HANDLE WINAPI CreateThread(LPSECURITY_ATTRIBUTES security, SIZE_T stack_size, LPTHREAD_START_ROUTINE start,
                           LPVOID data, DWORD flags, LPDWORD out_id);
BOOL WINAPI GetExitCodeThread(HANDLE thread, LPDWORD out_code);
DWORD WINAPI GetThreadId(HANDLE thread);
DWORD WINAPI GetCurrentThreadId(void);

/* ---- ends of pipes, and the standard streams ------------------------------------------------------------ */
HANDLE WINAPI GetStdHandle(DWORD which);
/* At the end: ERROR_BROKEN_PIPE. There is no overlapped form. */
BOOL WINAPI ReadFile(HANDLE file, LPVOID buffer, DWORD size, LPDWORD out_size, LPOVERLAPPED overlapped);
BOOL WINAPI WriteFile(HANDLE file, LPCVOID buffer, DWORD size, LPDWORD out_size, LPOVERLAPPED overlapped);
BOOL WINAPI FlushFileBuffers(HANDLE file);

/* ---- memory: one allocator, so that a document may be freed with any of these, and with free() ------------ */
HLOCAL WINAPI LocalAlloc(UINT flags, SIZE_T size);
HLOCAL WINAPI LocalFree(HLOCAL memory);
LPVOID WINAPI CoTaskMemAlloc(SIZE_T size);
LPVOID WINAPI CoTaskMemRealloc(LPVOID memory, SIZE_T size);
void WINAPI CoTaskMemFree(LPVOID memory);

/* ---- time ------------------------------------------------------------------------------------------------- */
ULONGLONG WINAPI GetTickCount64(void);
DWORD WINAPI GetTickCount(void);
BOOL WINAPI QueryPerformanceCounter(LARGE_INTEGER *out);
BOOL WINAPI QueryPerformanceFrequency(LARGE_INTEGER *out);
void WINAPI GetSystemTimeAsFileTime(LPFILETIME out);

/* ---- texts: narrow ones are UTF-8, whatever the code page ----------------------------------------------------- */
int WINAPI MultiByteToWideChar(UINT page, DWORD flags, PCSTR text, int size, PWSTR out, int cap);
int WINAPI WideCharToMultiByte(UINT page, DWORD flags, PCWSTR text, int size, PSTR out, int cap,
                               PCSTR fallback, BOOL *out_used_fallback);
HRESULT WINAPI CoCreateGuid(GUID *out);
int WINAPI StringFromGUID2(REFGUID guid, PWSTR out, int cap);
LONG WINAPI UuidToStringW(const UUID *uuid, PWSTR *out);
LONG WINAPI RpcStringFreeW(PWSTR *text);

/* ---- printing as programs for Windows expect it ----------------------------------------------------------------
 * In a wide format %s and %c are wide; %S is the other width; %hs narrow, %ls and %ws wide; %I64 and %I32 are
 * widths; a long has 32 bits. What is wide is written as UTF-8, whatever the locale. */
int vjob_win32_vsnprintf(char *out, size_t cap, const char *format, va_list arguments);
int vjob_win32_vswprintf(wchar_t *out, size_t cap, const wchar_t *format, va_list arguments);
int vjob_win32_vfprintf(FILE *stream, const char *format, va_list arguments);
int vjob_win32_vfwprintf(FILE *stream, const wchar_t *format, va_list arguments);
int vjob_win32_printf(const char *format, ...);
int vjob_win32_fprintf(FILE *stream, const char *format, ...);
int vjob_win32_wprintf(const wchar_t *format, ...);
int vjob_win32_fwprintf(FILE *stream, const wchar_t *format, ...);
int vjob_win32_snprintf(char *out, size_t cap, const char *format, ...);
int vjob_win32_swprintf(wchar_t *out, size_t cap, const wchar_t *format, ...);
/* Text to a stream, as these write it. 0, or -1 */
int vjob_win32_put(FILE *stream, const wchar_t *text, size_t n);
int vjob_win32_fputws(const wchar_t *text, FILE *stream);
int vjob_win32_vprintf(const char *format, va_list arguments);
int vjob_win32_vwprintf(const wchar_t *format, va_list arguments);
/* The same in programs that are compiled with _FORTIFY_SOURCE. */
int vjob_win32_printf_chk(int flag, const char *format, ...);
int vjob_win32_fprintf_chk(FILE *stream, int flag, const char *format, ...);
int vjob_win32_wprintf_chk(int flag, const wchar_t *format, ...);
int vjob_win32_fwprintf_chk(FILE *stream, int flag, const wchar_t *format, ...);
int vjob_win32_swprintf_chk(wchar_t *out, size_t cap, int flag, size_t size, const wchar_t *format, ...);
int vjob_win32_vprintf_chk(int flag, const char *format, va_list arguments);
int vjob_win32_vfprintf_chk(FILE *stream, int flag, const char *format, va_list arguments);
int vjob_win32_vwprintf_chk(int flag, const wchar_t *format, va_list arguments);
int vjob_win32_vfwprintf_chk(FILE *stream, int flag, const wchar_t *format, va_list arguments);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
