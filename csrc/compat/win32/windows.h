/**
 * windows.h - as much of Windows as programs for the Host Compute System need, over the simulator.
 *
 * For C and C++. What the library has is in vjob_winbase.h; here are the rest of the types, the spellings without
 * W, small functions, locks, and printing. Names that are macros on Windows are macros here.
 */
#ifndef VJOB_WIN32_WINDOWS_H
#define VJOB_WIN32_WINDOWS_H

/* The standard headers that take such names back, before they are defined. */
#ifdef __cplusplus
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <cwchar>
#endif
#include <assert.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#include <wctype.h>

#include "vjob_winbase.h"

/* ---- words and types -------------------------------------------------------------------------------- */

#ifndef TRUE
#define TRUE 1
#define FALSE 0
#endif
#define CONST const
#define WINAPIV
#define WINBASEAPI
#define NTAPI
#define DECLSPEC_NORETURN
#ifndef FORCEINLINE
#define FORCEINLINE static inline
#endif
#ifndef __stdcall
#define __stdcall
#define __cdecl
#define __fastcall
#endif
#ifndef __declspec
#define __declspec(what)
#endif
#ifndef __forceinline
#define __forceinline inline
#endif
#define UNREFERENCED_PARAMETER(p) ((void)(p))
#define DBG_UNREFERENCED_PARAMETER(p) ((void)(p))
#define DBG_UNREFERENCED_LOCAL_VARIABLE(p) ((void)(p))
#ifndef ARRAYSIZE
#define ARRAYSIZE(array) (sizeof(array) / sizeof((array)[0]))
#endif
#ifndef _countof
#define _countof(array) ARRAYSIZE(array)
#endif
#define RTL_NUMBER_OF(array) ARRAYSIZE(array)
#define ZeroMemory(at, size) memset((at), 0, (size))
#define SecureZeroMemory(at, size) memset((at), 0, (size))
#define CopyMemory(to, from, size) memcpy((to), (from), (size))
#define MoveMemory(to, from, size) memmove((to), (from), (size))
#define FillMemory(at, size, byte) memset((at), (byte), (size))
#define TEXT(text) L##text
#define _T(text) L##text
#ifndef MAX_PATH
#define MAX_PATH 260
#endif
#ifndef UNALIGNED
#define UNALIGNED
#endif
#define LOWORD(number) ((WORD)((DWORD_PTR)(number)&0xffff))
#define HIWORD(number) ((WORD)(((DWORD_PTR)(number) >> 16) & 0xffff))
#define LOBYTE(number) ((BYTE)((DWORD_PTR)(number)&0xff))
#define HIBYTE(number) ((BYTE)(((DWORD_PTR)(number) >> 8) & 0xff))
#define MAXDWORD 0xffffffffu
#define MAXUINT32 0xffffffffu
#ifndef FIELD_OFFSET
#define FIELD_OFFSET(type, member) ((LONG)offsetof(type, member))
#endif
#ifndef CONTAINING_RECORD
#define CONTAINING_RECORD(at, type, member) ((type *)((char *)(at)-offsetof(type, member)))
#endif

typedef WCHAR TCHAR, *PTCHAR;
typedef PWSTR LPTSTR, PTSTR;
typedef PCWSTR LPCTSTR, PCTSTR;
typedef float FLOAT;
typedef int64_t __int64_t_of_windows;
#ifndef __int64
#define __int64 long long
#define __int32 int
#define __int16 short
#define __int8 char
#endif
typedef LONG NTSTATUS;
typedef LONG LSTATUS;
typedef DWORD ACCESS_MASK, LCID;
typedef HANDLE HINSTANCE, HMODULE, HKEY;
typedef const GUID *LPCGUID;
#define NT_SUCCESS(status) (((NTSTATUS)(status)) >= 0)
#define MAKELANGID(primary, sub) ((((WORD)(sub)) << 10) | (WORD)(primary))
#define LANG_NEUTRAL 0
#define SUBLANG_DEFAULT 1

#ifdef __cplusplus
#define EXTERN_C extern "C"
#define VJOB_WIN32_TEMPLATE_FLAGS 1
/** Operators for an enum whose values are bits. */
#ifndef DEFINE_ENUM_FLAG_OPERATORS
#define DEFINE_ENUM_FLAG_OPERATORS(type)                                                                     \
    inline constexpr type operator|(type a, type b)                                                          \
    {                                                                                                        \
        return type((unsigned)a | (unsigned)b);                                                              \
    }                                                                                                        \
    inline constexpr type operator&(type a, type b)                                                          \
    {                                                                                                        \
        return type((unsigned)a & (unsigned)b);                                                              \
    }                                                                                                        \
    inline constexpr type operator^(type a, type b)                                                          \
    {                                                                                                        \
        return type((unsigned)a ^ (unsigned)b);                                                              \
    }                                                                                                        \
    inline constexpr type operator~(type a)                                                                  \
    {                                                                                                        \
        return type(~(unsigned)a);                                                                           \
    }                                                                                                        \
    inline type &operator|=(type &a, type b)                                                                 \
    {                                                                                                        \
        return a = a | b;                                                                                    \
    }                                                                                                        \
    inline type &operator&=(type &a, type b)                                                                 \
    {                                                                                                        \
        return a = a & b;                                                                                    \
    }                                                                                                        \
    inline type &operator^=(type &a, type b)                                                                 \
    {                                                                                                        \
        return a = a ^ b;                                                                                    \
    }
#endif
#else
#define EXTERN_C extern
#ifndef DEFINE_ENUM_FLAG_OPERATORS
#define DEFINE_ENUM_FLAG_OPERATORS(type)
#endif
#endif

/* As on Windows, unless a program says that it does not want them. In C++ the library's own are better. */
#if !defined(NOMINMAX) && !defined(__cplusplus)
#ifndef min
#define min(a, b) (((a) < (b)) ? (a) : (b))
#define max(a, b) (((a) > (b)) ? (a) : (b))
#endif
#endif

/* ---- spellings ------------------------------------------------------------------------------------------ */

#define CreateEvent CreateEventW
#define CreateEventEx CreateEventExW
#define FormatMessage FormatMessageW
#define lstrlen lstrlenW
#define lstrcmp lstrcmpW
#define lstrcmpi lstrcmpiW
#define lstrcpy lstrcpyW
#define OutputDebugString OutputDebugStringW
#define GetEnvironmentVariable GetEnvironmentVariableW

/* ---- small functions ------------------------------------------------------------------------------------- */

FORCEINLINE int lstrlenW(PCWSTR text)
{
    return text ? (int)wcslen(text) : 0;
}
FORCEINLINE int lstrlenA(PCSTR text)
{
    return text ? (int)strlen(text) : 0;
}
FORCEINLINE int lstrcmpW(PCWSTR a, PCWSTR b)
{
    return wcscmp(a, b);
}
FORCEINLINE int lstrcmpiW(PCWSTR a, PCWSTR b)
{
    while (*a && towlower((wint_t)*a) == towlower((wint_t)*b)) a++, b++;
    const wint_t left = towlower((wint_t)*a), right = towlower((wint_t)*b);
    return (left > right) - (left < right);
}
FORCEINLINE PWSTR lstrcpyW(PWSTR to, PCWSTR from)
{
    return wcscpy(to, from);
}
FORCEINLINE void OutputDebugStringW(PCWSTR text)
{
    (void)text; /* there is no debugger that listens */
}
FORCEINLINE void OutputDebugStringA(PCSTR text)
{
    (void)text;
}
FORCEINLINE HLOCAL GlobalAlloc(UINT flags, SIZE_T size)
{
    return LocalAlloc(flags, size);
}
FORCEINLINE HLOCAL GlobalFree(HLOCAL memory)
{
    return LocalFree(memory);
}
FORCEINLINE HANDLE GetProcessHeap(void)
{
    return (HANDLE)(INT_PTR)-7;
}
#define HEAP_ZERO_MEMORY 8
FORCEINLINE LPVOID HeapAlloc(HANDLE heap, DWORD flags, SIZE_T size)
{
    (void)heap;
    return LocalAlloc(flags & HEAP_ZERO_MEMORY ? 0x40 : 0, size);
}
FORCEINLINE BOOL HeapFree(HANDLE heap, DWORD flags, LPVOID memory)
{
    (void)heap, (void)flags;
    LocalFree(memory);
    return TRUE;
}
FORCEINLINE HANDLE GetCurrentProcess(void)
{
    return (HANDLE)(INT_PTR)-1;
}
FORCEINLINE HANDLE GetCurrentThread(void)
{
    return (HANDLE)(INT_PTR)-2;
}
FORCEINLINE BOOL SwitchToThread(void)
{
    Sleep(0);
    return TRUE;
}
#define YieldProcessor() ((void)0)
FORCEINLINE void ExitProcess(UINT code)
{
    exit((int)code);
}
FORCEINLINE HRESULT CoInitializeEx(LPVOID reserved, DWORD model)
{
    (void)reserved, (void)model;
    return S_OK; /* nothing here needs it */
}
FORCEINLINE HRESULT CoInitialize(LPVOID reserved)
{
    return CoInitializeEx(reserved, 0);
}
FORCEINLINE void CoUninitialize(void) {}
#define COINIT_APARTMENTTHREADED 2
#define COINIT_MULTITHREADED 0
FORCEINLINE BOOL SetConsoleOutputCP(UINT page)
{
    (void)page; /* it is UTF-8 */
    return TRUE;
}
FORCEINLINE BOOL IsEqualGUID_(const GUID *a, const GUID *b)
{
    return memcmp(a, b, sizeof *a) == 0;
}
#ifdef __cplusplus
inline bool operator==(const GUID &a, const GUID &b)
{
    return memcmp(&a, &b, sizeof a) == 0;
}
inline bool operator!=(const GUID &a, const GUID &b)
{
    return !(a == b);
}
#define IsEqualGUID(a, b) ((a) == (b))
#else
#define IsEqualGUID(a, b) IsEqualGUID_((a), (b))
#endif

typedef LONG RPC_STATUS;
typedef PWSTR RPC_WSTR;
FORCEINLINE RPC_STATUS UuidCreate(UUID *out)
{
    return CoCreateGuid(out) == S_OK ? RPC_S_OK : RPC_S_OUT_OF_MEMORY;
}
#define UuidToString UuidToStringW
#define RpcStringFree RpcStringFreeW

/* ---- numbers that threads share ------------------------------------------------------------------------------ */

#define InterlockedIncrement(at) __atomic_add_fetch((at), 1, __ATOMIC_SEQ_CST)
#define InterlockedDecrement(at) __atomic_sub_fetch((at), 1, __ATOMIC_SEQ_CST)
#define InterlockedExchange(at, value) __atomic_exchange_n((at), (value), __ATOMIC_SEQ_CST)
#define InterlockedExchangeAdd(at, value) __atomic_fetch_add((at), (value), __ATOMIC_SEQ_CST)
#define InterlockedAdd(at, value) __atomic_add_fetch((at), (value), __ATOMIC_SEQ_CST)
#define InterlockedOr(at, value) __atomic_fetch_or((at), (value), __ATOMIC_SEQ_CST)
#define InterlockedAnd(at, value) __atomic_fetch_and((at), (value), __ATOMIC_SEQ_CST)
#define InterlockedIncrement64 InterlockedIncrement
#define InterlockedDecrement64 InterlockedDecrement
#define InterlockedExchangePointer InterlockedExchange
#define InterlockedCompareExchange(at, value, expected) __sync_val_compare_and_swap((at), (expected), (value))
#define InterlockedCompareExchange64 InterlockedCompareExchange
#define InterlockedCompareExchangePointer InterlockedCompareExchange
#define MemoryBarrier() __atomic_thread_fence(__ATOMIC_SEQ_CST)

#include "libloaderapi.h"
#include "vjob_winlock.h"
#include "vjob_winprint.h"

#endif
