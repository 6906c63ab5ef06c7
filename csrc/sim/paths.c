/* paths.c - paths in a guest: "/a/b" everywhere, and "C:\a\b" in Windows guests, where case does not matter. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "guest.h"

int sim_os_is_windows(const char *os)
{
    return strncasecmp(os, "win", 3) == 0;
}

static int is_separator(char c, int windows)
{
    return c == '/' || (windows && c == '\\');
}

/* Where the first name begins, after "/" or "C:/"; 0: no absolute path of this guest. */
static size_t copy_root(char *out, const char *path, int windows)
{
    if (path[0] == '/') return (size_t)(strcpy(out, "/") - out) + 1;
    if (!windows || !isalpha((unsigned char)path[0]) || path[1] != ':' || !is_separator(path[2], 1)) return 0;
    out[0] = (char)toupper((unsigned char)path[0]);
    strcpy(out + 1, ":/");
    return 3;
}

/* One spelling for each place: no "//", ".", "..", "\". `out` holds strlen(path) + 2. */
static int normalise(char *out, const char *path, int windows)
{
    size_t root = copy_root(out, path, windows), size = root;
    const char *at = path + root;
    if (root == 0) return 0;
    while (*at) {
        size_t n = 0;
        while (at[n] && !is_separator(at[n], windows)) n++;
        if (n == 2 && at[0] == '.' && at[1] == '.') {
            while (size > root && out[size - 1] != '/') size--;
            if (size > root) size--;
        } else if (n > 0 && !(n == 1 && at[0] == '.')) {
            if (size > root) out[size++] = '/';
            memcpy(out + size, at, n);
            size += n;
        }
        at += n + (at[n] != '\0');
    }
    out[size] = '\0';
    return 1;
}

vjob_err sim_path_normal(const vjob_vm *vm, const char *path, char **out)
{
    *out = NULL;
    if (strlen(path) >= SIM_GUEST_PATH_MAX || !sim_text_valid(path)) return VJOB_EINVAL;
    *out = malloc(strlen(path) + 4);
    if (!*out) return VJOB_ENOMEM;
    if (normalise(*out, path, sim_os_is_windows(vm->config->os))) return VJOB_OK;
    free(*out);
    *out = NULL;
    return VJOB_EINVAL;
}

size_t sim_path_root(const char *normal)
{
    return normal[0] == '/' ? 1 : 3;
}

/* Paths below a drive letter do not tell upper from lower case. */
int sim_path_compare(const char *a, const char *b)
{
    return a[0] == '/' || b[0] == '/' ? strcmp(a, b) : strcasecmp(a, b);
}

int sim_path_below(const char *normal, const char *folder)
{
    size_t size = strlen(folder);
    int same = folder[0] == '/' ? strncmp(normal, folder, size) == 0 : strncasecmp(normal, folder, size) == 0;
    if (size == sim_path_root(folder)) return same && normal[size];
    return same && normal[size] == '/';
}
