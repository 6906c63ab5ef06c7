/* Domain XML in: the definition, and what the simulator's configuration holds. */
#include "xml_domain.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FROM VIR_FROM_DOMAIN
#define NAME_CAP 241 /* as the simulator's names */

/* ---- memory and processors ---- */

static int read_memory(const xml_node *root, vir_def *def, vjob_vm_config *config)
{
    const xml_node *memory = xml_child(root, "memory", NULL);
    const xml_node *current = xml_child(root, "currentMemory", NULL);
    if (memory && xml_read_kib(memory, &def->max_kib)) return -1;
    if (current && xml_read_kib(current, &def->now_kib)) return -1;
    if (!def->max_kib)
        return vir_fail(FROM, VIR_ERR_XML_ERROR, "line %u: <%s>: memory size must be given by <memory>",
                        memory ? memory->line : root->line, memory ? "memory" : root->name);
    if (!def->now_kib || def->now_kib > def->max_kib) def->now_kib = def->max_kib;
    const uint64_t mb = (def->max_kib + 1023) / 1024;
    if (mb > 16777216) return xml_unsupported(memory, FROM, "more than 16 TiB of memory");
    config->memory_mb = (uint32_t)mb;
    return 0;
}

static int read_count(const char *text, unsigned long *out)
{
    char *end;
    *out = strtoul(text, &end, 10);
    return end == text || *end || *text == '-' || *out > UINT32_MAX ? -1 : 0;
}

static int read_vcpus(const xml_node *root, vir_def *def, vjob_vm_config *config)
{
    const xml_node *node = xml_child(root, "vcpu", NULL);
    unsigned long max = 1, now;
    if (node && read_count(xml_text(node), &max))
        return xml_wrong(node, FROM, "maximum vcpus count must be an integer");
    if (!max)
        return vir_fail(FROM, VIR_ERR_INTERNAL_ERROR, "line %u: <vcpu>: at least one is needed", node->line);
    now = max;
    const char *current = xml_get(node, "current");
    if (current && read_count(current, &now))
        return xml_wrong(node, FROM, "current vcpus count must be an integer");
    if (!now || now > max)
        return xml_unsupported(node, FROM, "maximum vCPU count must not be less than current vCPU count");
    if (max > 1024) return xml_unsupported(node, FROM, "more than 1024 vcpus");
    def->max_vcpus = (uint32_t)max;
    def->now_vcpus = (uint32_t)now;
    config->cpus = (uint32_t)max;
    return 0;
}

/* ---- os ---- */

static int read_boot(const xml_node *os, vir_def *def)
{
    char list[64] = "";
    for (const xml_node *boot = NULL; (boot = xml_child(os, "boot", boot));) {
        const char *device = xml_get(boot, "dev");
        if (!device || xml_word(XML_WORD_BOOT, device) < 0)
            return xml_wrong(boot, VIR_FROM_XML, "invalid value for attribute 'dev': '%.40s'",
                             device ? device : "");
        const size_t at = strlen(list);
        snprintf(list + at, sizeof list - at, "%s%s", at ? " " : "", device);
    }
    const int hvm = strcmp(def->text[VIR_DEF_OS_TYPE], "hvm") == 0;
    return vir_def_set(def, VIR_DEF_BOOT, list[0] ? list : hvm ? "hd" : NULL);
}

/* Firmware, kernels and the like are kept behind what is known. */
static int keep_os(const xml_node *os, vir_def *def)
{
    xml_out out = {.secure = 1};
    for (const xml_node *child = os->first; child; child = child->next)
        if (child->name && strcmp(child->name, "type") != 0 && strcmp(child->name, "boot") != 0)
            xml_node_print(&out, child, '\'');
    if (!out.size && !out.failed) return 0;
    char *text = xml_take(&out);
    const int failed = !text || vir_def_set(def, VIR_DEF_OS_MORE, text);
    free(text);
    return failed ? -1 : 0;
}

static int read_os(const vir_conn *conn, const xml_node *root, vir_def *def)
{
    const xml_node *os = xml_child(root, "os", NULL), *type = xml_child(os, "type", NULL);
    const char *kind = xml_text(type), *arch = xml_get(type, "arch");
    if (!*kind)
        return vir_fail(FROM, VIR_ERR_XML_ERROR, "line %u: <%s>: an os <type> must be specified",
                        os ? os->line : root->line, os ? "os" : root->name);
    if (xml_word(XML_WORD_OS, kind) < 0) return xml_unsupported(type, FROM, "unknown OS type '%.40s'", kind);
    if (arch && xml_word(XML_WORD_ARCH, arch) < 0)
        return xml_unsupported(type, FROM, "Unknown architecture %.40s", arch);
    if (!arch) arch = conn->manner == VIR_MANNER_TEST ? "i686" : "x86_64";
    if (vir_def_set(def, VIR_DEF_OS_TYPE, kind) || vir_def_set(def, VIR_DEF_ARCH, arch) ||
        vir_def_set(def, VIR_DEF_MACHINE, xml_get(type, "machine")))
        return -1;
    return read_boot(os, def) || keep_os(os, def) ? -1 : 0;
}

/* ---- clock and events ---- */

static int read_choice(const xml_node *root, const char *name, xml_words list, const char *usual,
                       vir_def *def, vir_def_text which)
{
    const xml_node *node = xml_child(root, name, NULL);
    const char *text = node ? xml_text(node) : usual;
    if (xml_word(list, text) < 0) return xml_unsupported(node, FROM, "unknown %s action: %.40s", name, text);
    return vir_def_set(def, which, text);
}

static int read_clock(const xml_node *root, vir_def *def)
{
    const xml_node *node = xml_child(root, "clock", NULL);
    const char *offset = xml_get(node, "offset");
    offset = offset ? offset : "utc";
    if (xml_word(XML_WORD_CLOCK, offset) < 0)
        return xml_unsupported(node, FROM, "unknown clock offset '%.40s'", offset);
    return vir_def_set(def, VIR_DEF_CLOCK, offset);
}

/* ---- texts and what is only kept ---- */

static int read_texts(const xml_node *root, vir_def *def, vjob_vm_config *config)
{
    const xml_node *title = xml_child(root, "title", NULL), *metadata = xml_child(root, "metadata", NULL);
    const xml_node *description = xml_child(root, "description", NULL);
    if (strchr(xml_text(title), '\n')) return xml_wrong(title, FROM, "Domain title can't contain newlines");
    if (title && vir_def_set(def, VIR_DEF_TITLE, xml_text(title))) return -1;
    if (description) {
        const char *text = description->first && description->first->text ? description->first->text : "";
        if (vir_def_set(def, VIR_DEF_DESCRIPTION, text)) return -1;
        config->description = strdup(text);
        if (!config->description) return vir_fail_memory(FROM);
    }
    char *inside = metadata ? xml_inside(metadata, '"') : NULL;
    if (metadata && !inside) return -1;
    const int failed = metadata ? vir_def_set(def, VIR_DEF_METADATA, inside) : 0;
    free(inside);
    return failed;
}

static int is_held(const xml_node *node)
{
    static const char *const held[] = {"name",      "uuid",          "title",  "description", "metadata",
                                       "memory",    "currentMemory", "vcpu",   "os",          "on_poweroff",
                                       "on_reboot", "on_crash",      "devices"};
    for (size_t i = 0; i < sizeof held / sizeof *held; i++)
        if (strcmp(held[i], node->name) == 0) return 1;
    /* A clock with more than an offset is kept whole. */
    return strcmp(node->name, "clock") == 0 && !node->first && !(node->attrs && node->attrs->next);
}

/* What other drivers put there has a prefix. */
static int keep_more(const xml_node *root, vir_def *def)
{
    xml_out out = {.secure = 1};
    for (const xml_node *child = root->first; child; child = child->next) {
        if (!child->name || is_held(child)) continue;
        if (xml_word(XML_WORD_ELEMENT, child->name) < 0 && !strchr(child->name, ':')) {
            free(out.data);
            return xml_unsupported(child, FROM, "unknown element of a domain");
        }
        if (!strchr(child->name, ':')) xml_node_print(&out, child, '\'');
    }
    if (!out.size && !out.failed) return 0;
    char *text = xml_take(&out);
    const int failed = !text || vir_def_set(def, VIR_DEF_MORE, text);
    free(text);
    return failed ? -1 : 0;
}

/* ---- all of it ---- */

static int read_type(const xml_node *root, vir_def *def)
{
    const char *type = xml_get(root, "type");
    if (!type)
        return vir_fail(FROM, VIR_ERR_INTERNAL_ERROR, "line %u: <domain>: missing domain type attribute",
                        root->line);
    if (xml_word(XML_WORD_TYPE, type) < 0)
        return xml_unsupported(root, FROM, "invalid domain type %.40s", type);
    return vir_def_set(def, VIR_DEF_TYPE, type);
}

static int read_root(const vir_conn *conn, xml_doc *doc, vir_def *def, vjob_vm_config *config)
{
    xml_node *root = doc->root;
    if (xml_read_name(root, FROM, config->name, NAME_CAP) || xml_read_root_uuid(root, FROM, config->uuid) ||
        read_type(root, def) || read_texts(root, def, config) || read_memory(root, def, config) ||
        read_vcpus(root, def, config) || read_os(conn, root, def) || read_clock(root, def))
        return -1;
    if (read_choice(root, "on_poweroff", XML_WORD_ACTION, "destroy", def, VIR_DEF_ON_POWEROFF) ||
        read_choice(root, "on_reboot", XML_WORD_ACTION, "restart", def, VIR_DEF_ON_REBOOT) ||
        read_choice(root, "on_crash", XML_WORD_CRASH, "destroy", def, VIR_DEF_ON_CRASH))
        return -1;
    return keep_more(root, def) || xml_read_devices(doc, xml_child(root, "devices", NULL), def, config) ? -1
                                                                                                        : 0;
}

vir_def *vir_xml_read_domain(vir_conn *conn, const char *xml, unsigned flags, vjob_vm_config *out_config)
{
    xml_doc doc;
    (void)flags; /* what is not known is refused anyhow: VALIDATE asks for no more */
    *out_config = (vjob_vm_config){0};
    vir_def *def = NULL;
    if (xml_read(&doc, xml, "domain", "domain_definition", FROM)) return NULL;
    def = vir_def_new();
    if (def) def->from_xml = 1;
    snprintf(out_config->os, sizeof out_config->os, "linux");
    if (def && read_root(conn, &doc, def, out_config)) {
        vir_def_release(def);
        def = NULL;
    }
    xml_free(&doc);
    if (!def) vjob_vm_config_clear(out_config);
    return def;
}
