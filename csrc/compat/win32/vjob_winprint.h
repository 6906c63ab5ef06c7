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
#include <wchar.h>

#include "vjob_winbase.h"

#ifndef VJOB_WIN32_POSIX_PRINTF
/* The compiler would complain of formats that are right here. */
#pragma GCC diagnostic ignored "-Wformat"
#pragma GCC diagnostic ignored "-Wformat-extra-args"
#ifdef __cplusplus
extern "C" {
#endif
extern int wprintf(const wchar_t *__restrict format, ...) __asm__("vjob_win32_wprintf");
extern int fwprintf(FILE *__restrict stream, const wchar_t *__restrict format,
                    ...) __asm__("vjob_win32_fwprintf");
extern int printf(const char *__restrict format, ...) __asm__("vjob_win32_printf");
extern int fprintf(FILE *__restrict stream, const char *__restrict format, ...) __asm__("vjob_win32_fprintf");
#if defined(__USE_FORTIFY_LEVEL) && __USE_FORTIFY_LEVEL > 0 /* what is inline then calls these */
extern int __wprintf_chk(int flag, const wchar_t *__restrict format, ...) __asm__("vjob_win32_wprintf_chk");
extern int __fwprintf_chk(FILE *__restrict stream, int flag, const wchar_t *__restrict format,
                          ...) __asm__("vjob_win32_fwprintf_chk");
extern int __printf_chk(int flag, const char *__restrict format, ...) __asm__("vjob_win32_printf_chk");
extern int __fprintf_chk(FILE *__restrict stream, int flag, const char *__restrict format,
                         ...) __asm__("vjob_win32_fprintf_chk");
#endif
#ifdef __cplusplus
}
#endif
#endif

#define swprintf_s vjob_win32_swprintf
#define _snwprintf vjob_win32_swprintf

#endif
