/*
 * log.c - the event log: one JSON object a line, in the order things happened (law 19).
 *
 * {"t":nanoseconds,"n":number,"op":"start","obj":"WindowsXP","state":"starting","progress":10}
 * Never in it: handle numbers, addresses, real time. Lines are buffered; they are written out when the
 * engine becomes idle, at its end, and at exit.
 */
#include "core.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BUFFER (64 * 1024)
#define LINE_MOST 2048

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* guards all but the number */
static int fd = -1;
static char *path_open;
static char buffer[BUFFER];
static size_t used;
static int failed;
static uint64_t numbers; /* world; read by anybody */

uint64_t vjob__log_seq(void)
{
    return __atomic_load_n(&numbers, __ATOMIC_RELAXED);
}

int vjob__log_is_open(void)
{
    return __atomic_load_n(&fd, __ATOMIC_RELAXED) >= 0;
}

/* lock held */
static void write_out(void)
{
    if (used && fd >= 0 && plat_write(fd, buffer, used) && !failed) {
        failed = 1; /* said once; the program goes on */
        fprintf(stderr, "vjob: the event log %s cannot be written: %s\n", path_open, strerror(errno));
    }
    used = 0;
}

void vjob__log_flush(void)
{
    if (!__atomic_load_n(&used, __ATOMIC_RELAXED)) return;
    pthread_mutex_lock(&lock);
    write_out();
    pthread_mutex_unlock(&lock);
}

/* lock held */
static vjob_err reopen(const char *path)
{
    int to = -1;
    char *copy = NULL;
    if (path && ((to = plat_create_file(path)) < 0 || !(copy = strdup(path)))) {
        int why = errno;
        plat_close(to);
        return vjob_fail(VJOB_EIO, path, NULL, "the event log %s cannot be opened for writing: %s", path, strerror(why));
    }
    write_out();
    plat_close(fd);
    free(path_open);
    fd = to;
    path_open = copy;
    failed = 0;
    return VJOB_OK;
}

vjob_err vjob__log_open(const char *path)
{
    pthread_mutex_lock(&lock);
    vjob_err err = reopen(path);
    pthread_mutex_unlock(&lock);
    return err;
}

void vjob__log_restart(void)
{
    __atomic_store_n(&numbers, 0, __ATOMIC_RELAXED);
}

/* ---- one line ---- */

typedef struct line {
    char text[LINE_MOST];
    size_t n;
} line;

static void put(line *l, const char *text)
{
    while (*text && l->n < LINE_MOST - 16) l->text[l->n++] = *text++;
}

static void put_escaped(line *l, const char *text)
{
    for (; *text && l->n < LINE_MOST - 16; text++) {
        unsigned char ch = (unsigned char)*text;
        if (ch == '"' || ch == '\\') {
            l->text[l->n++] = '\\';
            l->text[l->n++] = (char)ch;
        } else if (ch < 0x20) {
            l->n += (size_t)snprintf(l->text + l->n, 8, "\\u%04x", ch);
        } else {
            l->text[l->n++] = (char)ch;
        }
    }
}

static void put_field(line *l, const char *name, const char *value)
{
    if (!value || !*value) return;
    put(l, ",\"");
    put(l, name);
    put(l, "\":\"");
    put_escaped(l, value);
    put(l, "\"");
}

static void put_line(const line *l)
{
    pthread_mutex_lock(&lock);
    if (used + l->n > BUFFER) write_out();
    memcpy(buffer + used, l->text, l->n);
    used += l->n;
    pthread_mutex_unlock(&lock);
}

uint64_t vjob__log(const char *operation, const char *object, const char *state, int progress)
{
    uint64_t number = __atomic_add_fetch(&numbers, 1, __ATOMIC_RELAXED);
    if (likely(!vjob__log_is_open())) return number;
    line l = {.n = 0};
    l.n = (size_t)snprintf(l.text, sizeof l.text, "{\"t\":%llu,\"n\":%llu", (unsigned long long)vjob__world_now(),
                           (unsigned long long)number);
    put_field(&l, "op", operation);
    put_field(&l, "obj", object);
    put_field(&l, "state", state);
    if (progress >= 0) {
        char text[32];
        snprintf(text, sizeof text, ",\"progress\":%d", progress);
        put(&l, text);
    }
    put(&l, "}\n");
    put_line(&l);
    return number;
}
