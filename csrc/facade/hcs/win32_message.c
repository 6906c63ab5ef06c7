/* FormatMessage: the names of codes. */
#include <stdlib.h>
#include <string.h>

#include "hcs_tables.h"
#include "win32.h"

static int describe(DWORD code, wchar_t *out, size_t cap)
{
    const char *name = hcs_result_name((HRESULT)code);
    if (!name && code < 0x10000) name = hcs_result_name((HRESULT)(0x80070000u | code));
    if (code == 0) name = "ERROR_SUCCESS";
    return name ? swprintf(out, cap, L"%s (0x%08x).\r\n", name, code)
                : swprintf(out, cap, L"Error 0x%08x.\r\n", code);
}

/* Where the text goes: the caller's buffer, or a new one that the caller frees with LocalFree. */
static void *place(DWORD flags, void *out, DWORD cap, int n, size_t width)
{
    if (!(flags & FORMAT_MESSAGE_ALLOCATE_BUFFER)) {
        if (out && (DWORD)n < cap) return out;
        win32_fail(ERROR_INSUFFICIENT_BUFFER);
        return NULL;
    }
    void *made = malloc(((size_t)n + 1) * width);
    if (!made) win32_fail(ERROR_NOT_ENOUGH_MEMORY);
    memcpy(out, &made, sizeof made);
    return made;
}

static int message(DWORD flags, const void *out, DWORD code, wchar_t *text, size_t cap)
{
    if (out && flags & FORMAT_MESSAGE_FROM_SYSTEM) return describe(code, text, cap);
    win32_fail(out ? ERROR_NOT_SUPPORTED : ERROR_INVALID_PARAMETER);
    return 0;
}

DWORD FormatMessageW(DWORD flags, LPCVOID source, DWORD code, DWORD language, PWSTR out, DWORD size,
                     va_list *arguments)
{
    wchar_t text[160];
    (void)source, (void)language, (void)arguments;
    const int n = message(flags, out, code, text, sizeof text / sizeof *text);
    wchar_t *to = n > 0 ? place(flags, out, size, n, sizeof *to) : NULL;
    if (!to) return 0;
    wmemcpy(to, text, (size_t)n + 1);
    return (DWORD)n;
}

DWORD FormatMessageA(DWORD flags, LPCVOID source, DWORD code, DWORD language, PSTR out, DWORD size,
                     va_list *arguments)
{
    wchar_t text[160];
    (void)source, (void)language, (void)arguments;
    const int n = message(flags, out, code, text, sizeof text / sizeof *text);
    char *to = n > 0 ? place(flags, out, size, n, 1) : NULL;
    if (!to) return 0;
    for (int i = 0; i <= n; i++) to[i] = (char)text[i]; /* names of codes are ASCII */
    return (DWORD)n;
}
