/* files.c - the part of platform.h that is about files and folders of this machine. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "platform.h"

int plat_look(const char *path, int follow, plat_place *out)
{
    struct stat st;
    if (follow ? stat(path, &st) : lstat(path, &st)) return errno;
    *out = (plat_place){.kind = S_ISREG(st.st_mode)   ? PLAT_FILE
                                : S_ISDIR(st.st_mode) ? PLAT_FOLDER
                                : S_ISLNK(st.st_mode) ? PLAT_LINK
                                                      : PLAT_OTHER,
                        .size = S_ISREG(st.st_mode) ? (uint64_t)st.st_size : 0,
                        .device = (uint64_t)st.st_dev,
                        .number = (uint64_t)st.st_ino};
    return 0;
}

int plat_open_read(const char *path)
{
    return open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
}

int64_t plat_read(int fd, void *data, size_t size)
{
    ssize_t n;
    do n = read(fd, data, size);
    while (n < 0 && errno == EINTR);
    return n;
}

int plat_make_folder(const char *path)
{
    return mkdir(path, 0700) ? errno : 0;
}

/* ---- what is in a folder ---- */

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static int add_name(char ***names, size_t *n, size_t *cap, const char *name)
{
    if (*n == *cap) {
        size_t more = *cap ? *cap * 2 : 16;
        char **grown = realloc(*names, more * sizeof *grown);
        if (!grown) return ENOMEM;
        *names = grown;
        *cap = more;
    }
    char *text = strdup(name);
    if (!text) return ENOMEM;
    (*names)[(*n)++] = text;
    return 0;
}

void plat_folder_names_free(char **names, size_t n)
{
    for (size_t i = 0; i < n; i++) free(names[i]);
    free(names);
}

int plat_folder_names(const char *path, char ***out_names, size_t *out_n)
{
    char **names = NULL;
    size_t n = 0, cap = 0;
    int rc = 0;
    *out_names = NULL;
    *out_n = 0;
    DIR *folder = opendir(path);
    if (!folder) return errno;
    while (!rc) {
        errno = 0;
        const struct dirent *entry = readdir(folder);
        if (!entry) {
            rc = errno;
            break;
        }
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            rc = add_name(&names, &n, &cap, entry->d_name);
    }
    closedir(folder);
    if (rc) {
        plat_folder_names_free(names, n);
        return rc;
    }
    if (n) qsort(names, n, sizeof *names, by_text);
    *out_names = names;
    *out_n = n;
    return 0;
}

/* ---- files that appear whole ---- */

static int may_replace(const char *path)
{
    plat_place place;
    int rc = plat_look(path, 0, &place);
    if (rc) return rc == ENOENT ? 0 : rc;
    return place.kind == PLAT_FILE     ? 0
           : place.kind == PLAT_LINK   ? ELOOP
           : place.kind == PLAT_FOLDER ? EISDIR
                                       : EINVAL;
}

int plat_part_begin(plat_part *out, const char *path)
{
    static const char name[] = ".vjob-XXXXXX";
    size_t size = strlen(path);
    const char *slash = strrchr(path, '/');
    size_t folder = slash ? (size_t)(slash - path) + 1 : 0;
    int rc = may_replace(path);
    *out = (plat_part){.fd = -1};
    if (rc) return rc;
    if (!size || path[size - 1] == '/') return size ? ENOTDIR : ENOENT;
    out->path = strdup(path);
    out->temporary = malloc(folder + sizeof name);
    if (!out->path || !out->temporary) {
        rc = ENOMEM;
    } else {
        memcpy(out->temporary, path, folder);
        memcpy(out->temporary + folder, name, sizeof name);
        out->fd = mkostemp(out->temporary, O_CLOEXEC); /* new, mode 0600 */
        rc = out->fd < 0 ? errno : 0;
    }
    if (!rc) return 0;
    free(out->path);
    free(out->temporary);
    return rc;
}

int plat_part_end(plat_part *part, int keep)
{
    int rc = close(part->fd) && keep ? errno : 0;
    if (keep && !rc) rc = may_replace(part->path); /* it may have come meanwhile */
    if (keep && !rc && rename(part->temporary, part->path)) rc = errno;
    if (!keep || rc) unlink(part->temporary);
    free(part->path);
    free(part->temporary);
    return rc;
}
