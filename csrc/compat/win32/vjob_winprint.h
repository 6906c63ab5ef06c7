/**
 * vjob_winprint.h - the names of the printing functions lead to the library's, which read formats as Windows does.
 *
 * The names stay functions of the standard library for the compiler, whatever stands before them (std::wprintf);
 * only what is called is another one. Programs that want the formats of POSIX define VJOB_WIN32_POSIX_PRINTF first.
 */
#ifndef VJOB_WIN32_WINPRINT_H
#define VJOB_WIN32_WINPRINT_H

#ifdef __cplusplus
#include <cstdio>
#include <cwchar>
#endif
#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>

#include "vjob_winbase.h"

#ifndef VJOB_WIN32_POSIX_PRINTF
/* The compiler would complain of formats that are right here. */
#pragma GCC diagnostic ignored "-Wformat"
#pragma GCC diagnostic ignored "-Wformat-extra-args"
/* clang cannot give a name to what _FORTIFY_SOURCE has made inline: then formats stay those of POSIX. */
#if !defined(__clang__) || !defined(__USE_FORTIFY_LEVEL) || __USE_FORTIFY_LEVEL == 0
#ifdef __cplusplus
extern "C" {
#endif
/* In parentheses: some of the names may be macros. */
#define VJOB_AS(name) __asm__("vjob_win32_" #name)
extern int(wprintf)(const wchar_t *__restrict format, ...) VJOB_AS(wprintf);
extern int(fwprintf)(FILE *__restrict stream, const wchar_t *__restrict format, ...) VJOB_AS(fwprintf);
extern int(swprintf)(wchar_t *__restrict out, size_t cap, const wchar_t *__restrict format, ...)
    VJOB_AS(swprintf);
extern int(vwprintf)(const wchar_t *__restrict format, va_list arguments) VJOB_AS(vwprintf);
extern int(vfwprintf)(FILE *__restrict stream, const wchar_t *__restrict format, va_list arguments)
    VJOB_AS(vfwprintf);
extern int(fputws)(const wchar_t *__restrict text, FILE *__restrict stream) VJOB_AS(fputws);
extern int(printf)(const char *__restrict format, ...) VJOB_AS(printf);
extern int(fprintf)(FILE *__restrict stream, const char *__restrict format, ...) VJOB_AS(fprintf);
#if !defined(__clang__) || !defined(__USE_EXTERN_INLINES)
extern int(vprintf)(const char *__restrict format, va_list arguments) VJOB_AS(vprintf);
extern int(vfprintf)(FILE *__restrict stream, const char *__restrict format, va_list arguments)
    VJOB_AS(vfprintf);
#elif !defined(__cplusplus)
/* The C library has made these inline: clang takes another name by a macro only. */
extern int vjob_win32_vprintf(const char *__restrict format, va_list arguments);
extern int vjob_win32_vfprintf(FILE *__restrict stream, const char *__restrict format, va_list arguments);
#define vprintf vjob_win32_vprintf
#define vfprintf vjob_win32_vfprintf
#endif
#if defined(__USE_FORTIFY_LEVEL) && __USE_FORTIFY_LEVEL > 0 /* what is inline then calls these */
extern int(__wprintf_chk)(int flag, const wchar_t *__restrict format, ...) VJOB_AS(wprintf_chk);
extern int(__fwprintf_chk)(FILE *__restrict stream, int flag, const wchar_t *__restrict format, ...)
    VJOB_AS(fwprintf_chk);
extern int(__swprintf_chk)(wchar_t *__restrict out, size_t cap, int flag, size_t size,
                           const wchar_t *__restrict format, ...) VJOB_AS(swprintf_chk);
extern int(__vwprintf_chk)(int flag, const wchar_t *__restrict format, va_list arguments)
    VJOB_AS(vwprintf_chk);
extern int(__vfwprintf_chk)(FILE *__restrict stream, int flag, const wchar_t *__restrict format,
                            va_list arguments) VJOB_AS(vfwprintf_chk);
extern int(__printf_chk)(int flag, const char *__restrict format, ...) VJOB_AS(printf_chk);
extern int(__fprintf_chk)(FILE *__restrict stream, int flag, const char *__restrict format, ...)
    VJOB_AS(fprintf_chk);
extern int(__vprintf_chk)(int flag, const char *__restrict format, va_list arguments) VJOB_AS(vprintf_chk);
extern int(__vfprintf_chk)(FILE *__restrict stream, int flag, const char *__restrict format,
                           va_list arguments) VJOB_AS(vfprintf_chk);
#endif
#ifdef __cplusplus
}
#endif
#endif
#endif

#if defined(__cplusplus) && !defined(VJOB_WIN32_POSIX_PRINTF)
#include <iostream>
/* std::wcout and its kin write UTF-8, whatever the locale, and leave the stream to narrow output too. */
namespace vjob_win32
{
class wide_out : public std::wstreambuf
{
  public:
    explicit wide_out(FILE *stream) : m_stream(stream) {}

  protected:
    int_type overflow(int_type c) override
    {
        const wchar_t one = traits_type::to_char_type(c);
        if (traits_type::eq_int_type(c, traits_type::eof())) return traits_type::not_eof(c);
        return vjob_win32_put(m_stream, &one, 1) ? traits_type::eof() : c;
    }
    std::streamsize xsputn(const wchar_t *text, std::streamsize n) override
    {
        return vjob_win32_put(m_stream, text, static_cast<size_t>(n)) ? 0 : n;
    }
    int sync() override { return fflush(m_stream); }

  private:
    FILE *m_stream;
};

inline int take_wide_streams()
{
    static wide_out *const out = new wide_out(stdout), *const err =
                                                           new wide_out(stderr); /* to the very end */
    std::wcout.rdbuf(out);
    std::wcerr.rdbuf(err);
    std::wclog.rdbuf(err);
    return 1;
}
static const int wide_streams_taken __attribute__((unused)) = take_wide_streams();
} // namespace vjob_win32
#endif

/* ---- what Microsoft's library adds: the size comes second, or from the array ---------------------------------- */

#define _putws(text) (fputws((text), stdout) < 0 || fputws(L"\n", stdout) < 0 ? -1 : 0)
#define _snwprintf vjob_win32_swprintf
#define _snprintf vjob_win32_snprintf
#define _vsnwprintf vjob_win32_vswprintf
#define _vsnprintf vjob_win32_vsnprintf
#define vswprintf_s vjob_win32_vswprintf
#define vsprintf_s vjob_win32_vsnprintf
#define _wcsicmp lstrcmpiW
#define _wcsdup wcsdup
#define _strdup strdup
#define _TRUNCATE ((size_t)-1)

/* wcsnlen and strnlen, which C that is strict about its standard hides. */
static inline size_t vjob_win32_wide_length(const wchar_t *text, size_t most)
{
    size_t n = 0;
    while (n < most && text[n]) n++;
    return n;
}
static inline size_t vjob_win32_length(const char *text, size_t most)
{
    size_t n = 0;
    while (n < most && text[n]) n++;
    return n;
}
static inline int vjob_win32_copy(wchar_t *out, size_t cap, const wchar_t *text)
{
    const size_t n = wcslen(text);
    if (n >= cap) abort(); /* as there: no text is cut in silence */
    wmemcpy(out, text, n + 1);
    return 0;
}
static inline int vjob_win32_append(wchar_t *out, size_t cap, const wchar_t *text)
{
    const size_t n = vjob_win32_wide_length(out, cap);
    return vjob_win32_copy(out + n, cap - n, text);
}

#ifdef __cplusplus
template <typename... Args> int swprintf_s(wchar_t *out, size_t cap, const wchar_t *format, Args... args)
{
    return vjob_win32_swprintf(out, cap, format, args...);
}
template <size_t cap, typename... Args>
int swprintf_s(wchar_t (&out)[cap], const wchar_t *format, Args... args)
{
    return vjob_win32_swprintf(out, cap, format, args...);
}
template <typename... Args> int sprintf_s(char *out, size_t cap, const char *format, Args... args)
{
    return vjob_win32_snprintf(out, cap, format, args...);
}
template <size_t cap, typename... Args> int sprintf_s(char (&out)[cap], const char *format, Args... args)
{
    return vjob_win32_snprintf(out, cap, format, args...);
}
inline int wcscpy_s(wchar_t *out, size_t cap, const wchar_t *text)
{
    return vjob_win32_copy(out, cap, text);
}
template <size_t cap> int wcscpy_s(wchar_t (&out)[cap], const wchar_t *text)
{
    return vjob_win32_copy(out, cap, text);
}
inline int wcscat_s(wchar_t *out, size_t cap, const wchar_t *text)
{
    return vjob_win32_append(out, cap, text);
}
template <size_t cap> int wcscat_s(wchar_t (&out)[cap], const wchar_t *text)
{
    return vjob_win32_append(out, cap, text);
}
#else
#define swprintf_s vjob_win32_swprintf
#define sprintf_s vjob_win32_snprintf
#define wcscpy_s vjob_win32_copy
#define wcscat_s vjob_win32_append
#endif

#endif
