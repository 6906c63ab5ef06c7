/* Strings: the one getter, buffers for the client, text that grows, and messages. */
#include "prl_internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

PRL_RESULT prl_bytes(const void *data, size_t length, PRL_VOID_PTR buffer, PRL_UINT32_PTR size)
{
    PRL_NEED(size);
    const PRL_UINT32 room = *size;
    *size = (PRL_UINT32)length;
    if (!buffer || !room) return PRL_ERR_SUCCESS;
    const int fits = length <= room;
    if (length) memcpy(buffer, data, fits ? length : room);
    return fits ? PRL_ERR_SUCCESS : PRL_ERR_BUFFER_OVERRUN;
}

PRL_RESULT prl_text(const char *text, PRL_STR buffer, PRL_UINT32_PTR size)
{
    text = text ? text : "";
    return prl_bytes(text, strlen(text) + 1, buffer, size);
}

PRL_RESULT prl_buffer(const char *text, PRL_VOID_PTR_PTR out)
{
    *out = text ? strdup(text) : NULL;
    return *out ? PRL_ERR_SUCCESS : PRL_ERR_OUT_OF_MEMORY;
}

char *prl_copy_text(const char *text)
{
    return text ? strdup(text) : NULL;
}

void prl_brace(const char *uuid, char out[48])
{
    uuid += *uuid == '{';
    size_t length = strcspn(uuid, "}");
    length = length < 40 ? length : 40;
    *out = '{';
    memcpy(out + 1, uuid, length);
    memcpy(out + 1 + length, "}", 2);
}

int prl_matches(const char *pattern, const char *text)
{
    while (*pattern && *pattern != '*') {
        if (!*text || (*pattern != '?' && *pattern != *text)) return 0;
        pattern++;
        text++;
    }
    if (!*pattern) return !*text;
    do
        if (prl_matches(pattern + 1, text)) return 1;
    while (*text++);
    return 0;
}

/* ---- text that grows -------------------------------------------------------------------------- */

static int grow(prl_writer *writer, size_t more)
{
    if (writer->failed) return 0;
    if (writer->length + more < writer->capacity) return 1;
    const size_t capacity = (writer->length + more) * 2 + 64;
    char *text = realloc(writer->text, capacity);
    if (!text) {
        writer->failed = 1;
        return 0;
    }
    writer->text = text;
    writer->capacity = capacity;
    return 1;
}

static void append(prl_writer *writer, const char *text, size_t length)
{
    if (!grow(writer, length)) return;
    memcpy(writer->text + writer->length, text, length);
    writer->length += length;
    writer->text[writer->length] = '\0';
}

void prl_write_text(prl_writer *writer, const char *text)
{
    append(writer, text, strlen(text));
}

void prl_write(prl_writer *writer, const char *format, ...)
{
    char text[512];
    va_list args;
    va_start(args, format);
    const int length = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    append(writer, text, length < (int)sizeof text ? (size_t)length : sizeof text - 1);
}

void prl_write_escaped(prl_writer *writer, const char *text)
{
    for (; *text; text++) {
        switch (*text) {
        case '&': prl_write_text(writer, "&amp;"); break;
        case '<': prl_write_text(writer, "&lt;"); break;
        case '>': prl_write_text(writer, "&gt;"); break;
        default:
            if ((unsigned char)*text >= ' ' || *text == '\n' || *text == '\t')
                append(writer, text, 1); /* other control characters cannot be in a document */
        }
    }
}

char *prl_writer_take(prl_writer *writer)
{
    if (!writer->failed && !writer->text) return strdup("");
    if (!writer->failed) return writer->text;
    free(writer->text);
    return NULL;
}

/* ---- messages --------------------------------------------------------------------------------- */

/* States are shown as words: VMS_SUSPENDED as "suspended". */
static void write_argument(prl_writer *writer, const char *arg)
{
    if (strncmp(arg, "VMS_", 4)) {
        prl_write_escaped(writer, arg);
        return;
    }
    for (arg += 4; *arg; arg++) {
        const char low = (char)(*arg >= 'A' && *arg <= 'Z' ? *arg - 'A' + 'a' : *arg == '_' ? ' ' : *arg);
        append(writer, &low, 1);
    }
}

/* Without formatting a line break is the characters '/' and 'n', as callers of the real library know it. */
static const char *skip_tag(prl_writer *writer, const char *text)
{
    const char *end = strchr(text, '>');
    if (!end) return NULL;
    if (!strncmp(text, "<br", 3)) prl_write_text(writer, "/n");
    return end;
}

char *prl_message(PRL_RESULT code, int brief, int formatted, const char *const *args, size_t n_args)
{
    const char *text = prl_result_text(code, brief);
    const char *name = prl_result_name(code);
    prl_writer writer = {0};
    if (text && (!n_args || !*args[0]) && strchr(text, '%'))
        text = prl_result_text(code, 1); /* there is nothing to fill it with */
    if (!text || !*text) text = name ? name : "Unknown result code.";
    for (; *text; text++) {
        const char *end;
        if (*text == '%' && text[1] >= '1' && text[1] <= '9') {
            const size_t index = (size_t)(*++text - '1');
            if (index < n_args) write_argument(&writer, args[index]);
        } else if (*text == '<' && !formatted && (end = skip_tag(&writer, text)) != NULL) {
            text = end;
        } else {
            append(&writer, text, 1);
        }
    }
    return prl_writer_take(&writer);
}
