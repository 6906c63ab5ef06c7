/*
 * Printing with the formats of Windows: they are rewritten into those of the C library, as wide texts. Wide
 * output goes out as UTF-8, through the narrow side of the stream unless the program uses its wide side: so a
 * program may mix both kinds on one stream, as it may on Windows.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "win32.h"

/* What stands between % and the letter of the conversion. */
typedef struct spec {
    const wchar_t *length; /* "", "h", "l", "ll", "I64" ... as written */
    size_t length_size;
    wchar_t letter;
} spec;

static int is_one_of(wchar_t c, const wchar_t *set)
{
    return c && wcschr(set, c) != NULL;
}

/* From behind the %: flags, width and precision stay as they are; returns where they end. */
static const wchar_t *read_spec(const wchar_t *at, spec *out)
{
    while (is_one_of(*at, L"-+ #0'123456789.*$")) at++;
    const wchar_t *const flags_end = at;
    if (*at == L'I' && (!wcsncmp(at, L"I64", 3) || !wcsncmp(at, L"I32", 3)))
        at += 3;
    else
        while (is_one_of(*at, L"hlwIjztLq")) at++;
    *out = (spec){flags_end, (size_t)(at - flags_end), *at};
    return flags_end;
}

static int has(const spec *s, const wchar_t *length)
{
    return s->length_size == wcslen(length) && !wcsncmp(s->length, length, s->length_size);
}

/* The C library's length modifier for a conversion. */
static const wchar_t *text_length(const spec *s, int is_wide)
{
    if (has(s, L"h")) return L"";
    if (has(s, L"l") || has(s, L"w")) return L"l";
    const int other = s->letter == L'S' || s->letter == L'C';
    return is_wide != other ? L"l" : L"";
}

static const wchar_t *number_length(const spec *s)
{
    if (has(s, L"I64")) return L"ll";
    if (has(s, L"I")) return L"z";
    if (has(s, L"l") || has(s, L"I32")) return L""; /* a long has 32 bits */
    return NULL;                                    /* as it is */
}

static wchar_t *put(wchar_t *to, const wchar_t *text, size_t n)
{
    return wmemcpy(to, text, n) + n;
}

/* A format of the C library's wide functions; the caller's to free. */
static wchar_t *rewritten(const wchar_t *format, int is_wide)
{
    const size_t n = wcslen(format);
    wchar_t *out = malloc((2 * n + 1) * sizeof *out), *to = out;
    while (out && *format) {
        spec s;
        const wchar_t *from = format++;
        if (*from != L'%') {
            *to++ = *from;
            continue;
        }
        const wchar_t *const flags_end = read_spec(format, &s);
        const int is_text = is_one_of(s.letter, L"sScC");
        const wchar_t *length = is_text                          ? text_length(&s, is_wide)
                                : is_one_of(s.letter, L"diouxX") ? number_length(&s)
                                                                 : NULL;
        to = put(to, from, (size_t)(flags_end - from));
        to = length ? put(to, length, wcslen(length)) : put(to, s.length, s.length_size);
        if (!s.letter) break;
        *to++ = s.letter == L'S' ? L's' : s.letter == L'C' ? L'c' : s.letter;
        format = s.length + s.length_size + 1;
    }
    if (out) *to = 0;
    return out;
}

/* ---- the C library, reading and writing UTF-8 whatever the locale ------------------------------------------ */

static locale_t utf8_locale(void)
{
    static locale_t made; /* atomic; once made, it stays */
    locale_t found = __atomic_load_n(&made, __ATOMIC_ACQUIRE), none = (locale_t)0;
    if (found) return found;
    found = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
    if (found && !__atomic_compare_exchange_n(&made, &none, found, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
        freelocale(found);
        found = none;
    }
    return found ? found : LC_GLOBAL_LOCALE;
}

/* Text as characters that are its bytes, and back: formats are rewritten in one form. */
static wchar_t *widened(const char *text)
{
    const size_t n = strlen(text) + 1;
    wchar_t *out = malloc(n * sizeof *out);
    for (size_t i = 0; out && i < n; i++) out[i] = (unsigned char)text[i];
    return out;
}

static char *rewritten_narrow(const char *format)
{
    wchar_t *wide = widened(format), *other = wide ? rewritten(wide, 0) : NULL;
    char *out = other ? malloc(wcslen(other) + 1) : NULL;
    for (size_t i = 0; out && i <= wcslen(other); i++) out[i] = (char)other[i];
    free(wide);
    free(other);
    return out;
}

int vjob_win32_vsnprintf(char *out, size_t cap, const char *format, va_list arguments)
{
    char *own = format ? rewritten_narrow(format) : NULL;
    if (!own) return -1;
    locale_t before = uselocale(utf8_locale());
    const int n = vsnprintf(out, cap, own, arguments);
    uselocale(before);
    free(own);
    return n;
}

int vjob_win32_vswprintf(wchar_t *out, size_t cap, const wchar_t *format, va_list arguments)
{
    wchar_t *own = format ? rewritten(format, 1) : NULL;
    if (!own) return -1;
    locale_t before = uselocale(utf8_locale());
    const int n = vswprintf(out, cap, own, arguments);
    uselocale(before);
    free(own);
    return n;
}

/* ---- to streams ------------------------------------------------------------------------------------------------ */

static int emit_wide(FILE *stream, const char *text, int size)
{
    const int n = size ? MultiByteToWideChar(CP_UTF8, 0, text, size, NULL, 0) : 0;
    wchar_t *wide = malloc(((size_t)n + 1) * sizeof *wide);
    if (!wide) return -1;
    if (n) MultiByteToWideChar(CP_UTF8, 0, text, size, wide, n);
    wide[n] = 0;
    const int failed = fputws(wide, stream) < 0;
    free(wide);
    return failed ? -1 : n;
}

static int emit(FILE *stream, const char *text, int size)
{
    if (fwide(stream, 0) > 0) return emit_wide(stream, text, size);
    return fwrite(text, 1, (size_t)size, stream) == (size_t)size ? size : -1;
}

int vjob_win32_vfprintf(FILE *stream, const char *format, va_list arguments)
{
    va_list again;
    va_copy(again, arguments);
    const int n = vjob_win32_vsnprintf(NULL, 0, format, arguments);
    char *text = n >= 0 ? malloc((size_t)n + 1) : NULL;
    const int out =
        text && vjob_win32_vsnprintf(text, (size_t)n + 1, format, again) == n ? emit(stream, text, n) : -1;
    free(text);
    va_end(again);
    return out;
}

#define FIRST_TRY 256
#define LAST_TRY (1u << 26)

/* The C library does not say how long a wide text will be. The caller's to free. */
static wchar_t *formatted(const wchar_t *format, va_list arguments, int *out_n)
{
    for (size_t cap = FIRST_TRY; cap <= LAST_TRY; cap *= 4) {
        va_list again;
        wchar_t *text = malloc(cap * sizeof *text);
        if (!text) return NULL;
        va_copy(again, arguments);
        errno = 0;
        *out_n = vjob_win32_vswprintf(text, cap, format, again);
        va_end(again);
        if (*out_n >= 0) return text;
        free(text);
        if (errno == EILSEQ) return NULL;
    }
    return NULL;
}

int vjob_win32_put(FILE *stream, const wchar_t *text, size_t n)
{
    if (!n) return 0;
    if (n > INT_MAX / 4) return -1;
    const int size = WideCharToMultiByte(CP_UTF8, 0, text, (int)n, NULL, 0, NULL, NULL);
    char *bytes = malloc((size_t)size + 1);
    if (bytes) WideCharToMultiByte(CP_UTF8, 0, text, (int)n, bytes, size, NULL, NULL);
    const int failed = !bytes || emit(stream, bytes, size) < 0;
    free(bytes);
    return failed ? -1 : 0;
}

int vjob_win32_vfwprintf(FILE *stream, const wchar_t *format, va_list arguments)
{
    int n = 0;
    wchar_t *text = formatted(format, arguments, &n);
    const int failed = !text || vjob_win32_put(stream, text, (size_t)n);
    free(text);
    return failed ? -1 : n;
}

int vjob_win32_fputws(const wchar_t *text, FILE *stream)
{
    return vjob_win32_put(stream, text, wcslen(text));
}

int vjob_win32_vprintf(const char *format, va_list arguments)
{
    return vjob_win32_vfprintf(stdout, format, arguments);
}

int vjob_win32_vwprintf(const wchar_t *format, va_list arguments)
{
    return vjob_win32_vfwprintf(stdout, format, arguments);
}

/* ---- with arguments ----------------------------------------------------------------------------------------------- */

#define WITH_ARGUMENTS(call)                                                                                 \
    va_list arguments;                                                                                       \
    va_start(arguments, format);                                                                             \
    const int n = call;                                                                                      \
    va_end(arguments);                                                                                       \
    return n

int vjob_win32_printf(const char *format, ...)
{
    WITH_ARGUMENTS(vjob_win32_vfprintf(stdout, format, arguments));
}

int vjob_win32_fprintf(FILE *stream, const char *format, ...)
{
    WITH_ARGUMENTS(vjob_win32_vfprintf(stream, format, arguments));
}

int vjob_win32_wprintf(const wchar_t *format, ...)
{
    WITH_ARGUMENTS(vjob_win32_vfwprintf(stdout, format, arguments));
}

int vjob_win32_fwprintf(FILE *stream, const wchar_t *format, ...)
{
    WITH_ARGUMENTS(vjob_win32_vfwprintf(stream, format, arguments));
}

int vjob_win32_snprintf(char *out, size_t cap, const char *format, ...)
{
    WITH_ARGUMENTS(vjob_win32_vsnprintf(out, cap, format, arguments));
}

int vjob_win32_swprintf(wchar_t *out, size_t cap, const wchar_t *format, ...)
{
    WITH_ARGUMENTS(vjob_win32_vswprintf(out, cap, format, arguments));
}

int vjob_win32_printf_chk(int flag, const char *format, ...)
{
    (void)flag;
    WITH_ARGUMENTS(vjob_win32_vfprintf(stdout, format, arguments));
}

int vjob_win32_fprintf_chk(FILE *stream, int flag, const char *format, ...)
{
    (void)flag;
    WITH_ARGUMENTS(vjob_win32_vfprintf(stream, format, arguments));
}

int vjob_win32_wprintf_chk(int flag, const wchar_t *format, ...)
{
    (void)flag;
    WITH_ARGUMENTS(vjob_win32_vfwprintf(stdout, format, arguments));
}

int vjob_win32_fwprintf_chk(FILE *stream, int flag, const wchar_t *format, ...)
{
    (void)flag;
    WITH_ARGUMENTS(vjob_win32_vfwprintf(stream, format, arguments));
}

int vjob_win32_swprintf_chk(wchar_t *out, size_t cap, int flag, size_t size, const wchar_t *format, ...)
{
    (void)flag;
    if (cap > size) abort(); /* what the check is for */
    WITH_ARGUMENTS(vjob_win32_vswprintf(out, cap, format, arguments));
}

int vjob_win32_vprintf_chk(int flag, const char *format, va_list arguments)
{
    (void)flag;
    return vjob_win32_vprintf(format, arguments);
}

int vjob_win32_vfprintf_chk(FILE *stream, int flag, const char *format, va_list arguments)
{
    (void)flag;
    return vjob_win32_vfprintf(stream, format, arguments);
}

int vjob_win32_vwprintf_chk(int flag, const wchar_t *format, va_list arguments)
{
    (void)flag;
    return vjob_win32_vwprintf(format, arguments);
}

int vjob_win32_vfwprintf_chk(FILE *stream, int flag, const wchar_t *format, va_list arguments)
{
    (void)flag;
    return vjob_win32_vfwprintf(stream, format, arguments);
}
