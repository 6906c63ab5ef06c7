/* Taking addresses apart. */
#include "uri.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>

/* 1: it fits. */
static int put(char *out, size_t cap, const char *from, size_t size)
{
    if (size >= cap) return 0;
    memcpy(out, from, size);
    out[size] = '\0';
    return 1;
}

/* The end of the scheme (its colon), or NULL. */
static const char *scheme_end(const char *text)
{
    const char *at = text;
    if (!isalpha((unsigned char)*at)) return NULL;
    while (isalnum((unsigned char)*at) || (*at && strchr("+-.", *at))) at++;
    return *at == ':' ? at : NULL;
}

static int read_scheme(const char *text, size_t size, vir_uri *out)
{
    const char *plus = memchr(text, '+', size);
    const size_t first = plus ? (size_t)(plus - text) : size;
    if (plus && !put(out->transport, sizeof out->transport, plus + 1, size - first - 1)) return 0;
    return put(out->scheme, sizeof out->scheme, text, first);
}

/* [user@]host[:port] or [user@][address][:port]; the port does not matter here. */
static int read_authority(const char *text, size_t size, vir_uri *out)
{
    const char *end = text + size, *at = memchr(text, '@', size);
    if (at && !put(out->user, sizeof out->user, text, (size_t)(at - text))) return 0;
    if (at) text = at + 1;
    if (text < end && *text == '[') {
        const char *close = memchr(text, ']', (size_t)(end - text));
        return close && put(out->host, sizeof out->host, text + 1, (size_t)(close - text) - 1);
    }
    const char *colon = memchr(text, ':', (size_t)(end - text));
    return put(out->host, sizeof out->host, text, (size_t)((colon ? colon : end) - text));
}

int vir_uri_parse(const char *text, vir_uri *out)
{
    memset(out, 0, sizeof *out);
    for (const char *at = text; *at; at++)
        if ((unsigned char)*at <= ' ') return -1;
    const char *colon = scheme_end(text);
    if (colon) {
        if (!read_scheme(text, (size_t)(colon - text), out)) return -1;
        text = colon + 1;
    }
    if (strncmp(text, "//", 2) == 0) {
        text += 2;
        const size_t size = strcspn(text, "/?#");
        if (!read_authority(text, size, out)) return -1;
        text += size;
    }
    const size_t size = strcspn(text, "?#");
    if (!put(out->path, sizeof out->path, text, size)) return -1;
    text += size;
    if (*text == '?' && !put(out->query, sizeof out->query, text + 1, strcspn(text + 1, "#"))) return -1;
    return 0;
}

int vir_uri_parameter(const vir_uri *uri, const char *name, char *out, unsigned cap)
{
    const size_t length = strlen(name);
    for (const char *at = uri->query; *at;) {
        const size_t size = strcspn(at, "&;");
        if (size > length && at[length] == '=' && strncmp(at, name, length) == 0)
            return put(out, cap, at + length + 1, size - length - 1);
        at += size + (at[size] != '\0');
    }
    return 0;
}
