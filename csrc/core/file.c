/* file.c - small files of this machine that an API reads and writes whole. */
#include <errno.h>
#include <stdlib.h>

#include "core.h"

#define CHUNK 65536

int vjob_file_put(const char *path, const void *data, size_t size, int only_new)
{
    plat_part part;
    plat_place there;
    if (only_new && plat_look(path, 0, &there) == 0) return EEXIST;
    int rc = plat_part_begin(&part, path);
    if (rc) return rc;
    const int failed = size && plat_write(part.fd, data, size) != 0;
    rc = plat_part_end(&part, !failed);
    return failed ? EIO : rc;
}

/* Appends what comes; 0, or errno. */
static int read_all(int fd, size_t size_max, char **data, size_t *size)
{
    for (size_t cap = 0;;) {
        if (*size == cap) {
            char *more = cap < size_max ? realloc(*data, cap + CHUNK) : NULL;
            if (!more) return cap < size_max ? ENOMEM : EFBIG;
            *data = more;
            cap += CHUNK;
        }
        const int64_t got = plat_read(fd, *data + *size, cap - *size);
        if (got <= 0) return got < 0 ? errno : 0;
        *size += (size_t)got;
    }
}

int vjob_file_get(const char *path, size_t size_max, char **out_data, size_t *out_size)
{
    plat_place place;
    *out_data = NULL;
    *out_size = 0;
    int rc = plat_look(path, 1, &place);
    if (!rc && place.kind != PLAT_FILE) rc = place.kind == PLAT_FOLDER ? EISDIR : EINVAL;
    if (rc) return rc;
    const int fd = plat_open_read(path);
    if (fd < 0) return errno;
    rc = read_all(fd, size_max, out_data, out_size);
    plat_close(fd);
    if (!rc) return 0;
    free(*out_data);
    *out_data = NULL;
    *out_size = 0;
    return rc;
}

int vjob_file_look(const char *path)
{
    plat_place place;
    return plat_look(path, 1, &place);
}

int vjob_socket_pair(int out_fds[2])
{
    return plat_socket_pair(out_fds);
}

void vjob_socket_end(int fd, int writing)
{
    plat_socket_end(fd, writing);
}
