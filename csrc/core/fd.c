/*
 * fd.c - a client's descriptors: programs in guests read from them and write to them.
 *
 * A thread that waits for a descriptor is in an engine wait. Somebody may have made the descriptor ready
 * while the thread has not got a processor yet: so the auto clock asks about those before it jumps.
 */
#include <stdlib.h>
#include <string.h>

#include "core.h"

#define CHUNK 4096
#define MOST (1u << 24)

typedef struct fd_wait {
    struct fd_wait *next, **prev; /* world */
    int fd, for_write;
} fd_wait;

static fd_wait *waits; /* world */

int vjob__fds_ready(void)
{
    for (fd_wait *w = waits; w; w = w->next)
        if (plat_fd_wait(w->fd, w->for_write, 0)) return 1;
    return 0;
}

static void begin(fd_wait *w, vjob__thread *t)
{
    vjob__world_lock();
    w->next = waits;
    w->prev = &waits;
    if (waits) waits->prev = &w->next;
    waits = w;
    vjob__pool_thread_blocks(t);
    vjob__thread_set_waiting(t, 1);
    vjob__world_unlock();
    vjob__sched_kick();
}

static void end(fd_wait *w, vjob__thread *t)
{
    vjob__world_lock();
    vjob__thread_set_waiting(t, 0);
    vjob__pool_thread_unblocks(t);
    *w->prev = w->next;
    if (w->next) w->next->prev = w->prev;
    vjob__world_unlock();
    vjob__sched_kick();
}

static void wait_ready(int fd, int for_write)
{
    vjob__thread *t = vjob__thread_self();
    if (plat_fd_wait(fd, for_write, 0)) {
        if (t && vjob__clock_mode() == CLOCK_AUTO) vjob__thread_touch(t);
        return;
    }
    fd_wait w = {.fd = fd, .for_write = for_write};
    if (t) begin(&w, t);
    plat_fd_wait(fd, for_write, -1);
    if (t) end(&w, t);
}

vjob_err vjob_fd_write(int fd, const void *data, size_t size)
{
    const char *at = data;
    while (size) {
        const size_t part = size < CHUNK ? size : CHUNK;
        wait_ready(fd, 1);
        if (plat_write_quietly(fd, at, part))
            return vjob_fail(VJOB_EIO, NULL, NULL, "descriptor %d takes no more output", fd);
        at += part;
        size -= part;
    }
    return VJOB_OK;
}

vjob_err vjob_fd_read(int fd, void *out, size_t size, size_t *out_size)
{
    *out_size = 0;
    wait_ready(fd, 0);
    const int64_t got = plat_read(fd, out, size);
    if (got < 0) return vjob_fail(VJOB_EIO, NULL, NULL, "descriptor %d cannot be read", fd);
    *out_size = (size_t)got;
    return VJOB_OK;
}

void vjob_fd_close(int fd)
{
    plat_close(fd);
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
