/* names.c - uuids, paths, images, MAC addresses. */
#include "names.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "core/world.h"
#include "index.h"

static const char hex[] = "0123456789abcdef";

static int is_dash(int at)
{
    return at == 8 || at == 13 || at == 18 || at == 23;
}

void sim_uuid_make(char out[SIM_UUID_SIZE], sim_uuid_kind kind, uint64_t number, const char *text)
{
    uint64_t salt = ((uint64_t)kind << 56) ^ (number << 1);
    uint64_t word[2] = {vjob__mix(salt, text), vjob__mix(salt | 1, text)};
    word[0] = (word[0] & ~0xf000ull) | 0x4000ull;                         /* version 4: random */
    word[1] = (word[1] & ~0xc000000000000000ull) | 0x8000000000000000ull; /* its variant */
    int nibble = 0;
    for (int at = 0; at < 36; at++) {
        if (is_dash(at)) {
            out[at] = '-';
            continue;
        }
        out[at] = hex[word[nibble / 16] >> (60 - 4 * (nibble % 16)) & 15];
        nibble++;
    }
    out[36] = '\0';
}

int sim_uuid_read(char out[SIM_UUID_SIZE], const char *text)
{
    int braced = *text == '{';
    text += braced;
    for (int at = 0; at < 36; at++) {
        unsigned char c = (unsigned char)text[at];
        if (is_dash(at) ? c != '-' : !isxdigit(c)) return 0;
        out[at] = (char)tolower(c);
    }
    out[36] = '\0';
    return strcmp(text + 36, braced ? "}" : "") == 0;
}

void sim_path_default(char *out, size_t cap, const char *name)
{
    snprintf(out, cap, "[standard] %s/%s.vmx", name, name);
}

void sim_image_default(char *out, size_t cap, const char *path, size_t index)
{
    size_t size = strlen(path);
    if (size > 4 && strcmp(path + size - 4, ".vmx") == 0) size -= 4;
    if (index == 0)
        snprintf(out, cap, "%.*s.vmdk", (int)size, path);
    else
        snprintf(out, cap, "%.*s-%zu.vmdk", (int)size, path, index);
}

void sim_mac_default(char out[18], const char *uuid, size_t index)
{
    uint32_t h = sim_hash((uint32_t)index + 1, uuid);
    snprintf(out, 18, "00:1c:42:%02x:%02x:%02x", h >> 16 & 255, h >> 8 & 255, h & 255);
}

int sim_mac_valid(const char *text)
{
    for (int at = 0; at < 17; at++) {
        unsigned char c = (unsigned char)text[at];
        if (at % 3 == 2 ? c != ':' : !isxdigit(c)) return 0;
    }
    return text[17] == '\0';
}

/* Size of the UTF-8 character at p, 0 if it is none (overlong forms and surrogates are none). */
static int character(const unsigned char *p)
{
    if (p[0] < 0x80) return 1;
    int size = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;
    uint32_t code = p[0] & (0xffu >> (size + 1));
    if (p[0] < 0xc2 || p[0] > 0xf4) return 0;
    for (int i = 1; i < size; i++) {
        if ((p[i] & 0xc0) != 0x80) return 0;
        code = code << 6 | (p[i] & 0x3f);
    }
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    return code >= least[size] && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff) ? size : 0;
}

int sim_text_valid(const char *text)
{
    const unsigned char *p = (const unsigned char *)text;
    while (*p) {
        int size = character(p);
        if (size == 0) return 0;
        p += size;
    }
    return 1;
}

int sim_text_printable(const char *text)
{
    for (const unsigned char *p = (const unsigned char *)text; *p; p++)
        if (*p < 0x20 || *p == 0x7f) return 0;
    return sim_text_valid(text);
}
