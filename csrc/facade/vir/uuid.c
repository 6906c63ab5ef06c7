/* The two forms of a uuid: 16 bytes, and 36 characters. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "vir_internal.h"

static int digit(char c)
{
    return c <= '9' ? c - '0' : tolower((unsigned char)c) - 'a' + 10;
}

/* Dashes may stand anywhere between bytes; 0 or -1. */
int vir_uuid_read(const char *text, unsigned char out[VIR_UUID_BUFLEN])
{
    size_t n = 0;
    while (isspace((unsigned char)*text)) text++;
    while (n < VIR_UUID_BUFLEN) {
        if (*text == '-') {
            text++;
            continue;
        }
        if (!isxdigit((unsigned char)text[0]) || !isxdigit((unsigned char)text[1])) return -1;
        out[n++] = (unsigned char)(digit(text[0]) << 4 | digit(text[1]));
        text += 2;
    }
    while (isspace((unsigned char)*text)) text++;
    return *text ? -1 : 0;
}

void vir_uuid_bytes(const char *text, unsigned char out[VIR_UUID_BUFLEN])
{
    if (vir_uuid_read(text, out)) memset(out, 0, VIR_UUID_BUFLEN);
}

void vir_uuid_text(const unsigned char uuid[VIR_UUID_BUFLEN], char out[VIR_UUID_STRING_BUFLEN])
{
    char *at = out;
    for (int i = 0; i < VIR_UUID_BUFLEN; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10) *at++ = '-';
        snprintf(at, 3, "%02x", uuid[i]);
        at += 2;
    }
}
