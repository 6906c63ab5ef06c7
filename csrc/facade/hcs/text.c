/* Texts: wide ones outside, UTF-8 inside. */
#include <stdlib.h>
#include <string.h>

#include "hcs_internal.h"

#define CHARACTERS_MAX (16u << 20)

static int is_high(uint32_t c)
{
    return c >= 0xd800 && c <= 0xdbff;
}

static int is_low(uint32_t c)
{
    return c >= 0xdc00 && c <= 0xdfff;
}

/* The next character; pairs as UTF-16 has them count as one. 0: no Unicode. */
static uint32_t take(const wchar_t **at)
{
    uint32_t c = (uint32_t) * (*at)++;
    if (is_high(c) && is_low((uint32_t) * *at))
        return 0x10000 + ((c - 0xd800) << 10) + ((uint32_t) * (*at)++ - 0xdc00);
    return is_high(c) || is_low(c) || c > 0x10ffff ? 0 : c;
}

static size_t put(char *out, uint32_t c)
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    const size_t size = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    static const unsigned first[] = {0, 0, 0xc0, 0xe0, 0xf0};
    for (size_t i = size; i-- > 1; c >>= 6) out[i] = (char)(0x80 | (c & 0x3f));
    out[0] = (char)(first[size] | c);
    return size;
}

HRESULT hcs_narrow(PCWSTR text, char **out)
{
    *out = NULL;
    if (!text) return S_OK;
    const size_t length = wcsnlen(text, CHARACTERS_MAX + 1);
    if (length > CHARACTERS_MAX) return E_INVALIDARG;
    char *made = malloc(length * 4 + 1);
    if (!made) return E_OUTOFMEMORY;
    size_t size = 0;
    for (const wchar_t *at = text; *at;) {
        const uint32_t c = take(&at);
        if (!c) {
            free(made);
            return E_INVALIDARG;
        }
        size += put(made + size, c);
    }
    made[size] = '\0';
    *out = made;
    return S_OK;
}

PWSTR hcs_widen(const char *text)
{
    PWSTR made = malloc((strlen(text) + 1) * sizeof *made);
    if (!made) return NULL;
    size_t n = 0;
    for (const unsigned char *p = (const unsigned char *)text; *p;) {
        const int more = *p >= 0xf0 ? 3 : *p >= 0xe0 ? 2 : *p >= 0xc0;
        uint32_t c = more ? *p & (0x3fu >> more) : *p;
        p++;
        for (int i = 0; i < more && (*p & 0xc0) == 0x80; i++) c = c << 6 | (*p++ & 0x3f);
        made[n++] = (wchar_t)c;
    }
    made[n] = 0;
    return made;
}

HRESULT hcs_give_text(const char *text, PWSTR *out)
{
    if (!out) return S_OK;
    *out = text ? hcs_widen(text) : NULL;
    return text && !*out ? E_OUTOFMEMORY : S_OK;
}
