/* strsafe.h - texts into buffers of a known size: always ended, and cut with STRSAFE_E_INSUFFICIENT_BUFFER. */
#ifndef VJOB_WIN32_STRSAFE_H
#define VJOB_WIN32_STRSAFE_H

#include "windows.h"

#define STRSAFE_MAX_CCH 2147483647

FORCEINLINE HRESULT StringCchLengthW(PCWSTR text, size_t most, size_t *out)
{
    const size_t n = text ? vjob_win32_wide_length(text, most) : most;
    if (out) *out = n < most ? n : 0;
    return n < most ? S_OK : STRSAFE_E_INVALID_PARAMETER;
}
FORCEINLINE HRESULT StringCchLengthA(PCSTR text, size_t most, size_t *out)
{
    const size_t n = text ? vjob_win32_length(text, most) : most;
    if (out) *out = n < most ? n : 0;
    return n < most ? S_OK : STRSAFE_E_INVALID_PARAMETER;
}

FORCEINLINE HRESULT StringCchCopyNW(PWSTR out, size_t cap, PCWSTR text, size_t most)
{
    if (!out || !cap || cap > STRSAFE_MAX_CCH) return STRSAFE_E_INVALID_PARAMETER;
    const size_t n = vjob_win32_wide_length(text, most), fits = n < cap ? n : cap - 1;
    wmemcpy(out, text, fits);
    out[fits] = 0;
    return n < cap ? S_OK : STRSAFE_E_INSUFFICIENT_BUFFER;
}
FORCEINLINE HRESULT StringCchCopyNA(PSTR out, size_t cap, PCSTR text, size_t most)
{
    if (!out || !cap || cap > STRSAFE_MAX_CCH) return STRSAFE_E_INVALID_PARAMETER;
    const size_t n = vjob_win32_length(text, most), fits = n < cap ? n : cap - 1;
    memcpy(out, text, fits);
    out[fits] = 0;
    return n < cap ? S_OK : STRSAFE_E_INSUFFICIENT_BUFFER;
}
FORCEINLINE HRESULT StringCchCopyW(PWSTR out, size_t cap, PCWSTR text)
{
    return StringCchCopyNW(out, cap, text, STRSAFE_MAX_CCH);
}
FORCEINLINE HRESULT StringCchCopyA(PSTR out, size_t cap, PCSTR text)
{
    return StringCchCopyNA(out, cap, text, STRSAFE_MAX_CCH);
}
FORCEINLINE HRESULT StringCchCatW(PWSTR out, size_t cap, PCWSTR text)
{
    size_t n;
    if (!out || FAILED(StringCchLengthW(out, cap, &n))) return STRSAFE_E_INVALID_PARAMETER;
    return StringCchCopyW(out + n, cap - n, text);
}
FORCEINLINE HRESULT StringCchCatA(PSTR out, size_t cap, PCSTR text)
{
    size_t n;
    if (!out || FAILED(StringCchLengthA(out, cap, &n))) return STRSAFE_E_INVALID_PARAMETER;
    return StringCchCopyA(out + n, cap - n, text);
}

FORCEINLINE HRESULT StringCchVPrintfA(PSTR out, size_t cap, PCSTR format, va_list arguments)
{
    if (!out || !cap || cap > STRSAFE_MAX_CCH) return STRSAFE_E_INVALID_PARAMETER;
    const int n = vjob_win32_vsnprintf(out, cap, format, arguments);
    if (n < 0) out[0] = 0;
    return n < 0 ? STRSAFE_E_INVALID_PARAMETER : (size_t)n < cap ? S_OK : STRSAFE_E_INSUFFICIENT_BUFFER;
}
/* The C library says only that a wide text does not fit; what does fit is there then. */
FORCEINLINE HRESULT StringCchVPrintfW(PWSTR out, size_t cap, PCWSTR format, va_list arguments)
{
    if (!out || !cap || cap > STRSAFE_MAX_CCH) return STRSAFE_E_INVALID_PARAMETER;
    out[cap - 1] = 0;
    const int n = vjob_win32_vswprintf(out, cap, format, arguments);
    if (n < 0) out[cap - 1] = 0;
    return n < 0 ? STRSAFE_E_INSUFFICIENT_BUFFER : S_OK;
}
FORCEINLINE HRESULT StringCchPrintfW(PWSTR out, size_t cap, PCWSTR format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const HRESULT result = StringCchVPrintfW(out, cap, format, arguments);
    va_end(arguments);
    return result;
}
FORCEINLINE HRESULT StringCchPrintfA(PSTR out, size_t cap, PCSTR format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const HRESULT result = StringCchVPrintfA(out, cap, format, arguments);
    va_end(arguments);
    return result;
}

/* Sizes in bytes. */
#define StringCbPrintfW(out, size, ...) StringCchPrintfW((out), (size) / sizeof(WCHAR), __VA_ARGS__)
#define StringCbCopyW(out, size, text) StringCchCopyW((out), (size) / sizeof(WCHAR), (text))
#define StringCbCatW(out, size, text) StringCchCatW((out), (size) / sizeof(WCHAR), (text))

#define StringCchLength StringCchLengthW
#define StringCchCopy StringCchCopyW
#define StringCchCopyN StringCchCopyNW
#define StringCchCat StringCchCatW
#define StringCchPrintf StringCchPrintfW
#define StringCchVPrintf StringCchVPrintfW
#define StringCbPrintf StringCbPrintfW
#define StringCbCopy StringCbCopyW
#define StringCbCat StringCbCatW

#endif
