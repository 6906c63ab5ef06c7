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
#define FIELD_MOST 600 /* bytes of one text in a line; the rest is left out */
#define LINE_MOST 2048 /* three texts and what is around them */

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
    __atomic_store_n(&used, 0, __ATOMIC_RELAXED); /* vjob__log_flush looks without the lock */
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
        return vjob_fail(VJOB_EIO, path, NULL, "the event log %s cannot be opened for writing: %s", path,
                         strerror(why));
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
    while (*text) l->text[l->n++] = *text++;
}

/* Bytes of the UTF-8 character at `at`; 0 if there is none. */
static size_t utf8_length(const unsigned char *at)
{
    static const unsigned char seconds[][3] = {
        /* lead byte, least and most of the second byte, where it is special */
        {0xe0, 0xa0, 0xbf},
        {0xed, 0x80, 0x9f},
        {0xf0, 0x90, 0xbf},
        {0xf4, 0x80, 0x8f}};
    unsigned char least = 0x80, most = 0xbf;
    if (*at < 0x80) return 1;
    size_t n = *at >= 0xc2 && *at < 0xe0   ? 2
               : *at >= 0xe0 && *at < 0xf0 ? 3
               : *at >= 0xf0 && *at < 0xf5 ? 4
                                           : 0;
    for (size_t i = 0; i < sizeof seconds / sizeof *seconds; i++)
        if (*at == seconds[i][0]) least = seconds[i][1], most = seconds[i][2];
    for (size_t i = 1; i < n; i++, least = 0x80, most = 0xbf)
        if (at[i] < least || at[i] > most) return 0;
    return n;
}

static void put_escaped(line *l, const char *text)
{
    size_t end = l->n + FIELD_MOST;
    for (const unsigned char *at = (const unsigned char *)text; *at && l->n + 6 <= end;) {
        size_t n = utf8_length(at);
        if (!n) {
            put(l, "\\ufffd"); /* a line is valid JSON whatever names are made of */
            n = 1;
        } else if (*at < 0x20) {
            l->n += (size_t)snprintf(l->text + l->n, 8, "\\u%04x", *at);
        } else {
            if (*at == '"' || *at == '\\') l->text[l->n++] = '\\';
            memcpy(l->text + l->n, at, n);
            l->n += n;
        }
        at += n;
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
    __atomic_store_n(&used, used + l->n, __ATOMIC_RELAXED);
    pthread_mutex_unlock(&lock);
}

uint64_t vjob__log(const char *operation, const char *object, const char *state, int progress)
{
    uint64_t number = __atomic_add_fetch(&numbers, 1, __ATOMIC_RELAXED);
    if (likely(!vjob__log_is_open())) return number;
    line l = {.n = 0};
    l.n = (size_t)snprintf(l.text, sizeof l.text, "{\"t\":%llu,\"n\":%llu",
                           (unsigned long long)vjob__world_now(), (unsigned long long)number);
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
