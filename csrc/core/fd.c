/* fd.c - a client's descriptors: programs in guests read from them and write to them. */
#include <stdlib.h>
#include <string.h>

#include "core.h"

#define CHUNK 4096
#define MOST (1u << 24)

vjob_err vjob_fd_write(int fd, const void *data, size_t size)
{
    if (plat_write(fd, data, size) == 0) return VJOB_OK;
    return vjob_fail(VJOB_EIO, NULL, NULL, "descriptor %d takes no more output", fd);
}

vjob_err vjob_fd_read_ready(int fd, char **out_data, size_t *out_size)
{
    char chunk[CHUNK];
    size_t got;
    *out_data = NULL;
    *out_size = 0;
    while (fd >= 0 && *out_size < MOST && (got = plat_read_ready(fd, chunk, sizeof chunk)) > 0) {
        char *longer = realloc(*out_data, *out_size + got);
        if (!longer) {
            free(*out_data);
            *out_data = NULL;
            *out_size = 0;
            return vjob_fail(VJOB_ENOMEM, NULL, NULL, "no memory for what descriptor %d holds", fd);
        }
        memcpy(longer + *out_size, chunk, got);
        *out_data = longer;
        *out_size += got;
    }
    return VJOB_OK;
}
