/**
 * vjob_wintypes.h - the Windows types that the Host Compute System API is written in.
 *
 * Widths are those of Windows, where a long has 32 bits. A WCHAR is this platform's wchar_t, so that L"..."
 * literals are the API's strings. Both computedefs.h and windows.h get these names from here.
 */
#ifndef HCS_VJOB_WINTYPES_H
#define HCS_VJOB_WINTYPES_H

#include <stddef.h>
#include <stdint.h>
#include <wchar.h>

/* ---- scalars --------------------------------------------------------------------------------- */

typedef int32_t HRESULT; /* negative: failed */
typedef int BOOL;
typedef uint8_t BYTE, UCHAR, BOOLEAN, UINT8;
typedef char CHAR;
typedef int8_t INT8;
typedef int16_t SHORT, INT16;
typedef uint16_t WORD, USHORT, UINT16;
typedef int INT;
typedef unsigned UINT;
typedef int32_t LONG, INT32;
typedef uint32_t DWORD, ULONG, UINT32, DWORD32;
typedef int64_t INT64, LONG64;
typedef uint64_t UINT64, ULONG64, DWORD64;
typedef long long LONGLONG;
typedef unsigned long long ULONGLONG, DWORDLONG;
typedef intptr_t INT_PTR, LONG_PTR, SSIZE_T;
typedef uintptr_t UINT_PTR, ULONG_PTR, DWORD_PTR, SIZE_T;

/* ---- pointers, handles and texts --------------------------------------------------------------- */

#ifndef VOID
#define VOID void
#endif
typedef void *PVOID, *LPVOID;
typedef const void *LPCVOID, *PCVOID;
/* A number in a pointer: it names an object and is never followed. */
typedef void *HANDLE;
typedef HANDLE *PHANDLE, *LPHANDLE;
typedef HANDLE HLOCAL, HGLOBAL;
typedef BOOL *PBOOL, *LPBOOL;
typedef BYTE *PBYTE, *LPBYTE;
typedef DWORD *PDWORD, *LPDWORD;
typedef ULONG *PULONG;
typedef LONG *PLONG, *LPLONG;

typedef wchar_t WCHAR;
typedef WCHAR *PWCHAR, *PWSTR, *LPWSTR, *LPWCH, *PWCH;
typedef const WCHAR *PCWSTR, *LPCWSTR, *LPCWCH, *PCWCH;
typedef CHAR *PCHAR, *PSTR, *LPSTR;
typedef const CHAR *PCSTR, *LPCSTR;

/* Types with a name only: every pointer to one must be NULL. */
typedef void *PSECURITY_DESCRIPTOR;
typedef struct _SECURITY_DESCRIPTOR SECURITY_DESCRIPTOR;

#ifndef GUID_DEFINED
#define GUID_DEFINED
typedef struct _GUID {
    uint32_t Data1;
    uint16_t Data2;
    uint16_t Data3;
    uint8_t Data4[8];
} GUID;
#endif
typedef GUID UUID, IID, CLSID;

/** Each kind of handle is a type of its own, as large as a pointer. */
#ifndef DECLARE_HANDLE
#define DECLARE_HANDLE(name)                                                                                 \
    struct name##__ {                                                                                        \
        int unused;                                                                                          \
    };                                                                                                       \
    typedef struct name##__ *name
#endif

/** Operators for an enumeration whose values are sets of flags. */
#ifndef DEFINE_ENUM_FLAG_OPERATORS
#ifdef __cplusplus
#define DEFINE_ENUM_FLAG_OPERATORS(type)                                                                     \
    constexpr type operator|(type a, type b)                                                                 \
    {                                                                                                        \
        return static_cast<type>(static_cast<int>(a) | static_cast<int>(b));                                 \
    }                                                                                                        \
    constexpr type operator&(type a, type b)                                                                 \
    {                                                                                                        \
        return static_cast<type>(static_cast<int>(a) & static_cast<int>(b));                                 \
    }                                                                                                        \
    constexpr type operator^(type a, type b)                                                                 \
    {                                                                                                        \
        return static_cast<type>(static_cast<int>(a) ^ static_cast<int>(b));                                 \
    }                                                                                                        \
    constexpr type operator~(type a)                                                                         \
    {                                                                                                        \
        return static_cast<type>(~static_cast<int>(a));                                                      \
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
#else
#define DEFINE_ENUM_FLAG_OPERATORS(type)
#endif
#endif

/* ---- results ------------------------------------------------------------------------------------- */

#ifndef SUCCEEDED
#define SUCCEEDED(hr) (((HRESULT)(hr)) >= 0)
#endif
#ifndef FAILED
#define FAILED(hr) (((HRESULT)(hr)) < 0)
#endif
/** Zero and what is an HRESULT already stay as they are. */
#define __HRESULT_FROM_WIN32(code)                                                                           \
    ((HRESULT)(code) <= 0 ? (HRESULT)(code) : (HRESULT)(((uint32_t)(code)&0xffffu) | 0x80070000u))
#ifdef __cplusplus
constexpr HRESULT HRESULT_FROM_WIN32(unsigned long code)
{
    return __HRESULT_FROM_WIN32(code);
}
#else
#define HRESULT_FROM_WIN32(code) __HRESULT_FROM_WIN32(code)
#endif
#define HRESULT_CODE(hr) ((hr)&0xffff)
#define HRESULT_FACILITY(hr) (((hr) >> 16) & 0x1fff)
#define HRESULT_SEVERITY(hr) (((hr) >> 31) & 1)
#define MAKE_HRESULT(severity, facility, code)                                                               \
    ((HRESULT)(((uint32_t)(severity) << 31) | ((uint32_t)(facility) << 16) | (uint32_t)(code)))

/* ---- words of declarations that mean nothing here -------------------------------------------------- */

#ifndef WINAPI
#define WINAPI
#endif
#ifndef CALLBACK
#define CALLBACK
#endif
#ifndef STDAPICALLTYPE
#define STDAPICALLTYPE
#endif
#ifndef APIENTRY
#define APIENTRY
#endif
#ifndef STDAPI
#ifdef __cplusplus
#define STDAPI extern "C" HRESULT
#else
#define STDAPI HRESULT
#endif
#endif

#ifndef _In_
#define _In_
#define _In_opt_
#define _In_z_
#define _In_opt_z_
#define _Out_
#define _Out_opt_
#define _Outptr_
#define _Outptr_opt_
#define _Outptr_result_z_
#define _Outptr_opt_result_z_
#define _Outptr_result_maybenull_
#define _Outptr_opt_result_maybenull_
#define _Outptr_result_maybenull_z_
#define _Inout_
#define _Inout_opt_
#define _Inout_updates_(size)
#define _In_reads_(size)
#define _In_reads_opt_(size)
#define _In_reads_bytes_(size)
#define _In_reads_bytes_opt_(size)
#define _Out_writes_(size)
#define _Out_writes_opt_(size)
#define _Out_writes_bytes_(size)
#define _Ret_maybenull_
#define _Ret_notnull_
#define _Must_inspect_result_
#define _Check_return_
#define _Use_decl_annotations_
#define _Printf_format_string_
#define _Reserved_
#define _Post_invalid_
#define _Post_ptr_invalid_
#define _Pre_notnull_
#endif

#endif
