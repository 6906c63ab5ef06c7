/*
 * The entry point of programs for Windows that have wmain instead of main. The linker takes this main only for a
 * program without one, and finds that program's wmain under the name that its language gives it.
 */
#include <stdlib.h>

#include "win32.h"

#define WEAK __attribute__((weak))
extern int wmain(int argc, wchar_t **argv) WEAK;                             /* C */
extern int wmain_cpp(int argc, wchar_t **argv) __asm__("_Z5wmainiPPw") WEAK; /* wmain(int, wchar_t **) */
extern int wmain_env(int argc, wchar_t **argv, wchar_t **env) __asm__("_Z5wmainiPPwS0_") WEAK;
extern int wmain_const(int argc,
                       wchar_t **argv) __asm__("_Z5wmainiPPKw") WEAK; /* wmain(int, const wchar_t **) */
extern int wmain_plain(void) __asm__("_Z5wmainv") WEAK;               /* wmain() */

static wchar_t *widened(const char *text)
{
    const int n = MultiByteToWideChar(CP_UTF8, 0, text, -1, NULL, 0);
    wchar_t *out = malloc((size_t)(n > 0 ? n : 1) * sizeof *out);
    if (!out) abort();
    out[0] = 0;
    MultiByteToWideChar(CP_UTF8, 0, text, -1, out, n);
    return out;
}

int main(int argc, char **argv);
WEAK __attribute__((visibility("default"))) int main(int argc, char **argv)
{
    if (wmain_plain) return wmain_plain();
    wchar_t **wide = calloc((size_t)argc + 1, sizeof *wide); /* lives as long as the program */
    if (!wide) abort();
    for (int i = 0; i < argc; i++) wide[i] = widened(argv[i]);
    if (wmain_cpp) return wmain_cpp(argc, wide);
    if (wmain_env) return wmain_env(argc, wide, wide + argc); /* nothing of the environment */
    if (wmain_const) return wmain_const(argc, wide);
    if (wmain) return wmain(argc, wide);
    abort();
}
