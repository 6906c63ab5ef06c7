/* Texts between UTF-8 and wide characters; GUIDs as text. */
#include <stdlib.h>
#include <string.h>
#include <vjob/sim.h>

#include "win32.h"

/* One character of UTF-8 at *at, before `end`; -1: none, and one byte is passed over. */
static int32_t next_character(const unsigned char **at, const unsigned char *end)
{
    static const uint32_t least[] = {0, 0x80, 0x800, 0x10000};
    const unsigned char *p = *at;
    const int more = p[0] < 0x80   ? 0
                     : p[0] < 0xc2 ? -1
                     : p[0] < 0xe0 ? 1
                     : p[0] < 0xf0 ? 2
                     : p[0] < 0xf5 ? 3
                                   : -1;
    *at = p + 1;
    if (more <= 0) return more ? -1 : p[0];
    if (end - p <= more) return -1;
    uint32_t c = p[0] & (0x3fu >> more);
    for (int i = 1; i <= more; i++) {
        if ((p[i] & 0xc0) != 0x80) return -1;
        c = c << 6 | (p[i] & 0x3fu);
    }
    if (c < least[more] || (c >= 0xd800 && c < 0xe000) || c > 0x10ffff) return -1;
    *at = p + more + 1;
    return (int32_t)c;
}

int MultiByteToWideChar(UINT page, DWORD flags, PCSTR text, int size, PWSTR out, int cap)
{
    (void)page;
    if (!text || size == 0 || size < -1 || cap < 0 || (cap && !out))
        return win32_fail(ERROR_INVALID_PARAMETER);
    const unsigned char *at = (const unsigned char *)text;
    const unsigned char *end = at + (size < 0 ? strlen(text) + 1 : (size_t)size);
    int n = 0;
    while (at < end) {
        int32_t c = next_character(&at, end);
        if (c < 0 && flags & MB_ERR_INVALID_CHARS) return win32_fail(ERROR_NO_UNICODE_TRANSLATION);
        if (cap && n == cap) return win32_fail(ERROR_INSUFFICIENT_BUFFER);
        if (cap) out[n] = c < 0 ? 0xfffd : (wchar_t)c;
        n++;
    }
    return n;
}

/* Bytes of one character, written to `out`; 0: no character. */
static int put_character(uint32_t c, unsigned char out[4])
{
    if (c > 0x10ffff || (c >= 0xd800 && c < 0xe000)) return 0;
    const int more = c < 0x80 ? 0 : c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
    static const unsigned char first[] = {0, 0xc0, 0xe0, 0xf0};
    for (int i = more; i > 0; i--, c >>= 6) out[i] = (unsigned char)(0x80 | (c & 0x3f));
    out[0] = (unsigned char)(first[more] | c);
    return more + 1;
}

int WideCharToMultiByte(UINT page, DWORD flags, PCWSTR text, int size, PSTR out, int cap, PCSTR fallback,
                        BOOL *out_used_fallback)
{
    (void)page, (void)fallback;
    unsigned char bytes[4];
    int n = 0;
    if (out_used_fallback) *out_used_fallback = FALSE;
    if (!text || size == 0 || size < -1 || cap < 0 || (cap && !out))
        return win32_fail(ERROR_INVALID_PARAMETER);
    const size_t count = size < 0 ? wcslen(text) + 1 : (size_t)size;
    for (size_t i = 0; i < count; i++) {
        int width = put_character((uint32_t)text[i], bytes);
        if (!width && flags & WC_ERR_INVALID_CHARS) return win32_fail(ERROR_NO_UNICODE_TRANSLATION);
        if (!width) width = put_character(0xfffd, bytes);
        if (cap && n + width > cap) return win32_fail(ERROR_INSUFFICIENT_BUFFER);
        if (cap) memcpy(out + n, bytes, (size_t)width);
        n += width;
    }
    return n;
}

/* ---- GUIDs -------------------------------------------------------------------------------------------- */

int StringFromGUID2(const GUID *guid, PWSTR out, int cap)
{
    if (!guid || !out || cap < 39) return 0;
    swprintf(out, 39, L"{%08X-%04X-%04X-%02X%02X-%02X%02X%02X%02X%02X%02X}", guid->Data1, guid->Data2,
             guid->Data3, guid->Data4[0], guid->Data4[1], guid->Data4[2], guid->Data4[3], guid->Data4[4],
             guid->Data4[5], guid->Data4[6], guid->Data4[7]);
    return 39;
}

static uint32_t hex(const char *text, int digits)
{
    char part[9] = {0};
    memcpy(part, text, (size_t)digits);
    return (uint32_t)strtoul(part, NULL, 16);
}

/* Ids come from the seed. */
HRESULT CoCreateGuid(GUID *out)
{
    char text[40];
    uint32_t holds = out && hcs_hold() == VJOB_OK;
    if (!out) return E_INVALIDARG;
    if (!holds) return E_FAIL;
    vjob_sim_new_uuid(text);
    hcs_owe(&holds);
    hcs_settle();
    *out = (GUID){hex(text, 8), (uint16_t)hex(text + 9, 4), (uint16_t)hex(text + 14, 4), {0}};
    for (int i = 0; i < 8; i++) out->Data4[i] = (uint8_t)hex(text + (i < 2 ? 19 : 20) + 2 * i, 2);
    return S_OK;
}

#define HCS_UUID_TEXT L"%08x-%04x-%04x-%02x%02x-%02x%02x%02x%02x%02x%02x"

LONG UuidToStringW(const UUID *uuid, PWSTR *out)
{
    if (!uuid || !out) return RPC_S_INVALID_ARG;
    *out = malloc(37 * sizeof **out);
    if (!*out) return RPC_S_OUT_OF_MEMORY;
    swprintf(*out, 37, HCS_UUID_TEXT, uuid->Data1, uuid->Data2, uuid->Data3, uuid->Data4[0], uuid->Data4[1],
             uuid->Data4[2], uuid->Data4[3], uuid->Data4[4], uuid->Data4[5], uuid->Data4[6], uuid->Data4[7]);
    return RPC_S_OK;
}

LONG RpcStringFreeW(PWSTR *text)
{
    if (!text) return RPC_S_INVALID_ARG;
    free(*text);
    *text = NULL;
    return RPC_S_OK;
}
