/* text.c - reasons, packed memory, growing text. */
#include "text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vjob/host.h>

void sim_put(char *out, size_t cap, const char *text)
{
    size_t size = text ? strnlen(text, cap - 1) : 0;
    memcpy(out, text ? text : "", size);
    out[size] = '\0';
}

char *sim_dup(const char *text)
{
    return text ? strdup(text) : NULL;
}

/* Leave no half character at the end of a text that was cut off. */
static void end_on_character(char *text)
{
    size_t size = strlen(text), start = size;
    while (start > 0 && ((unsigned char)text[start - 1] & 0xc0) == 0x80) start--;
    if (start == 0) return;
    unsigned char lead = (unsigned char)text[start - 1];
    size_t want = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
    if (size - start + 1 < want) text[start - 1] = '\0';
}

vjob_err sim_say(sim_why *why, vjob_err err, const char *object, const char *fmt, ...)
{
    if (!why) return err;
    sim_put(why->object, sizeof why->object, object);
    end_on_character(why->object);
    va_list args;
    va_start(args, fmt);
    vsnprintf(why->text, sizeof why->text, fmt, args);
    va_end(args);
    end_on_character(why->text);
    return err;
}

vjob_err sim_fail(vjob_err err, const sim_why *why)
{
    return vjob_fail(err, why->object[0] ? why->object : NULL, NULL, "%s",
                     why->text[0] ? why->text : vjob_err_text(err));
}

/* ---- arenas ---- */

#define CHUNK_SIZE 224u

typedef struct sim_chunk {
    struct sim_chunk *next;
    size_t used, cap;
    max_align_t data[];
} sim_chunk;

void *sim_arena_take(sim_arena *arena, size_t size)
{
    size_t step = (size + 7u) & ~(size_t)7u;
    sim_chunk *chunk = arena->chunks;
    if (!chunk || chunk->cap - chunk->used < step) {
        size_t grow = chunk ? chunk->cap * 2 : CHUNK_SIZE;
        size_t cap = step > grow ? step : grow > 65536 ? 65536 : grow;
        chunk = malloc(sizeof *chunk + cap);
        if (!chunk) return NULL;
        *chunk = (sim_chunk){.next = arena->chunks, .cap = cap};
        arena->chunks = chunk;
    }
    void *at = (char *)chunk->data + chunk->used;
    chunk->used += step;
    return memset(at, 0, size);
}

char *sim_arena_text(sim_arena *arena, const char *text)
{
    if (!text) return NULL;
    size_t size = strlen(text) + 1;
    char *copy = sim_arena_take(arena, size);
    return copy ? memcpy(copy, text, size) : NULL;
}

void sim_arena_free(sim_arena *arena)
{
    while (arena->chunks) {
        sim_chunk *next = arena->chunks->next;
        free(arena->chunks);
        arena->chunks = next;
    }
}

/* ---- buffers ---- */

void sim_buffer_add(sim_buffer *buffer, const char *data, size_t size)
{
    if (buffer->failed) return;
    if (buffer->cap - buffer->size <= size) {
        size_t cap = (buffer->cap ? buffer->cap * 2 : 64) + size;
        char *grown = realloc(buffer->data, cap);
        if (!grown) {
            buffer->failed = 1;
            return;
        }
        buffer->data = grown;
        buffer->cap = cap;
    }
    memcpy(buffer->data + buffer->size, data, size);
    buffer->size += size;
    buffer->data[buffer->size] = '\0';
}

void sim_buffer_free(sim_buffer *buffer)
{
    free(buffer->data);
    *buffer = (sim_buffer){0};
}
