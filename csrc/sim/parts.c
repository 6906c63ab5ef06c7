/* parts.c - files of this machine that appear whole, and those that are read whole. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model.h"
#include "platform/platform.h"

struct vjob_part {
    plat_part part;
};

int vjob_part_begin(const char *path, vjob_part **out_part)
{
    if (!out_part) return EINVAL;
    *out_part = NULL;
    if (!path) return EINVAL;
    vjob_part *made = calloc(1, sizeof *made);
    if (!made) return ENOMEM;
    int rc = plat_part_begin(&made->part, path);
    if (rc)
        free(made);
    else
        *out_part = made;
    return rc;
}

int vjob_part_write(vjob_part *part, const void *data, size_t size)
{
    return plat_write(part->part.fd, data, size) ? errno : 0;
}

int vjob_part_end(vjob_part *part, int keep)
{
    if (!part) return 0;
    int rc = plat_part_end(&part->part, keep);
    free(part);
    return rc;
}

/* At most `most` bytes; one more is asked for, to know that there are none. */
static int read_all(int fd, size_t most, char **out, size_t *out_size)
{
    size_t cap = most < 65536 ? most + 1 : 65536, size = 0;
    char *data = malloc(cap + 1);
    while (data) {
        int64_t n = plat_read(fd, data + size, cap - size);
        if (n < 0) {
            int rc = errno;
            free(data);
            return rc;
        }
        size += (size_t)n;
        if (n == 0 || size > most) break;
        if (size < cap) continue;
        cap = cap * 2 > most + 1 ? most + 1 : cap * 2;
        char *grown = realloc(data, cap + 1);
        if (!grown) {
            free(data);
            return ENOMEM;
        }
        data = grown;
    }
    if (!data) return ENOMEM;
    if (size > most) {
        free(data);
        return EFBIG;
    }
    data[size] = '\0';
    *out = data;
    *out_size = size;
    return 0;
}

int vjob_file_read(const char *path, size_t most, char **out_data, size_t *out_size)
{
    plat_place place;
    *out_data = NULL;
    *out_size = 0;
    int rc = path ? plat_look(path, 1, &place) : EINVAL;
    if (rc) return rc;
    if (place.kind != PLAT_FILE) return place.kind == PLAT_FOLDER ? EISDIR : EINVAL;
    int fd = plat_open_read(path);
    if (fd < 0) return errno;
    rc = read_all(fd, most, out_data, out_size);
    plat_close(fd);
    return rc;
}
