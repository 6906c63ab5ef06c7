/* Parts that several documents have: sizes, names, uuids. */
#include "xml_domain.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- sizes ---- */

static int unit_of(const char *unit, uint64_t *out_bytes)
{
    static const char letters[] = "KMGTPE";
    *out_bytes = 1;
    if (strcasecmp(unit, "b") == 0 || strcasecmp(unit, "bytes") == 0) return 0;
    const char *letter = unit[0] ? strchr(letters, toupper((unsigned char)unit[0])) : NULL;
    const int decimal = letter && strcasecmp(unit + 1, "B") == 0;
    if (!letter || !*letter || !(decimal || !unit[1] || strcasecmp(unit + 1, "iB") == 0)) return -1;
    for (const char *at = letters; at <= letter; at++) *out_bytes *= decimal ? 1000 : 1024;
    return 0;
}

int xml_read_kib(const xml_node *node, uint64_t *out_kib)
{
    const char *text = xml_text(node), *unit = xml_get(node, "unit");
    char *end = NULL;
    uint64_t scale;
    errno = 0;
    const unsigned long long value = strtoull(text, &end, 10);
    if (end == text || *end || *text == '-' || errno == EINVAL)
        return xml_wrong(node, VIR_FROM_XML, "invalid value '%.60s'", text);
    unit = unit ? unit : "KiB";
    if (unit_of(unit, &scale))
        return vir_fail(VIR_FROM_NONE, VIR_ERR_INVALID_ARG, "line %u: <%s>: unknown suffix '%.40s'",
                        node->line, node->name, unit);
    if (errno || (value && scale > UINT64_MAX / value) || value * scale > UINT64_MAX - 1023)
        return vir_fail(VIR_FROM_NONE, VIR_ERR_OVERFLOW, "line %u: <%s>: value too large: %.60s%.40s",
                        node->line, node->name, text, unit);
    *out_kib = (value * scale + 1023) / 1024;
    return 0;
}

/* ---- names ---- */

int xml_read_uuid(const char *text, char out_uuid[37])
{
    char digits[33];
    size_t n = 0;
    for (; *text; text++) {
        if (*text == '-' || *text == ' ') continue;
        if (!isxdigit((unsigned char)*text) || n == 32) return -1;
        digits[n++] = (char)tolower((unsigned char)*text);
    }
    if (n != 32) return -1;
    snprintf(out_uuid, 37, "%.8s-%.4s-%.4s-%.4s-%.12s", digits, digits + 8, digits + 12, digits + 16,
             digits + 20);
    return 0;
}

int xml_read_root_uuid(const xml_node *root, int from, char out_uuid[40])
{
    const xml_node *node = xml_child(root, "uuid", NULL);
    out_uuid[0] = '\0';
    if (!node || !xml_read_uuid(xml_text(node), out_uuid)) return 0;
    return vir_fail(from, VIR_ERR_INTERNAL_ERROR, "line %u: <uuid>: malformed uuid element", node->line);
}

int xml_read_name(const xml_node *root, int from, char *out, size_t cap)
{
    const xml_node *node = xml_child(root, "name", NULL);
    const xml_node *content = node ? node->first : NULL;
    const char *text = content && content->text ? content->text : "";
    if (!*text) return vir_fail(from, VIR_ERR_NO_NAME, NULL);
    if (strpbrk(text, "\n\r\t"))
        return vir_fail(VIR_FROM_XML, VIR_ERR_XML_DETAIL, "line %u: <name>: invalid char in name",
                        node->line);
    if (strchr(text, '/')) {
        if (from == VIR_FROM_DOMAIN) return xml_wrong(node, from, "name %.100s cannot contain '/'", text);
        return vir_fail(VIR_FROM_XML, VIR_ERR_XML_DETAIL, "line %u: <name>: invalid char in name: /",
                        node->line);
    }
    if (strlen(text) >= cap) return xml_wrong(node, from, "a name has at most %zu bytes here", cap - 1);
    snprintf(out, cap, "%s", text);
    return 0;
}
