/*
 * fd.c - descriptors: of clients, that guests read from and write to; of event loops.
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

static void begin(fd_wait *list, size_t n, vjob__thread *t)
{
    vjob__world_lock();
    for (fd_wait *w = list; w < list + n; w++) {
        w->next = waits;
        w->prev = &waits;
        if (waits) waits->prev = &w->next;
        waits = w;
    }
    vjob__pool_thread_blocks(t);
    vjob__thread_set_waiting(t, 1);
    vjob__world_unlock();
    vjob__sched_kick();
}

static void end(fd_wait *list, size_t n, vjob__thread *t)
{
    vjob__world_lock();
    vjob__thread_set_waiting(t, 0);
    vjob__pool_thread_unblocks(t);
    for (fd_wait *w = list; w < list + n; w++) {
        *w->prev = w->next;
        if (w->next) w->next->prev = w->prev;
    }
    vjob__world_unlock();
    vjob__sched_kick();
}

vjob_err vjob_fd_await(int fd, int for_write, uint32_t slice_real_ms)
{
    vjob__thread *t = vjob__thread_self();
    if (vjob_enter_free()) return VJOB_EFORK;
    if (plat_fd_wait(fd, for_write, 0)) {
        if (t && vjob__clock_mode() == CLOCK_AUTO) vjob__thread_touch(t);
        return VJOB_OK;
    }
    fd_wait w = {.fd = fd, .for_write = for_write};
    if (t) begin(&w, 1, t);
    const int is_ready = plat_fd_wait(fd, for_write, slice_real_ms ? (int)slice_real_ms : -1);
    if (t) end(&w, 1, t);
    return is_ready ? VJOB_OK : VJOB_EINTERRUPT;
}

vjob_err vjob_fd_write(int fd, const void *data, size_t size)
{
    const char *at = data;
    while (size) {
        const size_t part = size < CHUNK ? size : CHUNK;
        vjob_fd_await(fd, 1, 0);
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
    vjob_fd_await(fd, 0, 0);
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

/* ---- event loops ---- */

_Static_assert(VJOB_FD_READABLE == PLAT_READABLE && VJOB_FD_WRITABLE == PLAT_WRITABLE &&
                   VJOB_FD_BROKEN == PLAT_BROKEN && VJOB_FD_HUNG_UP == PLAT_HUNG_UP,
               "the same bits");

vjob_err vjob_fd_wait(vjob_watch *watches, size_t n, vjob_ring *ring, int look)
{
    vjob__thread *t = vjob__thread_self();
    if (vjob_enter_free()) return VJOB_EFORK;
    plat_watch *all = malloc((n + 1) * sizeof *all);
    fd_wait *list = malloc((n + 1) * sizeof *list);
    if (!all || !list) {
        free(all);
        free(list);
        return vjob_fail(VJOB_ENOMEM, NULL, NULL, "no memory to watch descriptors");
    }
    for (size_t i = 0; i < n; i++) {
        all[i] = (plat_watch){.fd = watches[i].fd, .wants = watches[i].wants};
        list[i] = (fd_wait){.fd = watches[i].fd, .for_write = !(watches[i].wants & VJOB_FD_READABLE)};
    }
    all[n] = (plat_watch){.fd = vjob_ring_fd(ring), .wants = PLAT_READABLE};
    if (t && !look) begin(list, n, t);
    if (!look) vjob__sched_help();
    plat_watch_wait(all, n + 1, look ? 0 : -1);
    if (t && !look) end(list, n, t);
    for (size_t i = 0; i < n; i++) watches[i].got = all[i].got;
    free(all);
    free(list);
    return VJOB_OK;
}

struct vjob_bell {
    int fd;
    uint32_t rung; /* atomic: one system call for many rings */
};

vjob_bell *vjob_bell_create(void)
{
    vjob_bell *bell = calloc(1, sizeof *bell);
    if (bell && (bell->fd = plat_event_fd()) >= 0) return bell;
    free(bell);
    vjob_fail(VJOB_ENOMEM, NULL, NULL, "no memory or descriptor for a bell");
    return NULL;
}

int vjob_bell_fd(const vjob_bell *bell)
{
    return bell->fd;
}

void vjob_bell_ring(vjob_bell *bell)
{
    if (!__atomic_exchange_n(&bell->rung, 1, __ATOMIC_ACQ_REL)) plat_event_signal(bell->fd);
}

void vjob_bell_answer(vjob_bell *bell)
{
    plat_event_clear(bell->fd);
    __atomic_store_n(&bell->rung, 0, __ATOMIC_RELEASE);
}

void vjob_bell_free(vjob_bell *bell)
{
    if (!bell) return;
    plat_close(bell->fd);
    free(bell);
}
