/* Domain XML out. */
#include "xml_domain.h"

#include <stdlib.h>
#include <string.h>

#define PLACE(name) xml_word(XML_WORD_ELEMENT, name)

/* Kept elements whose place is between two others. */
static void print_kept(xml_out *out, const xml_node *kept, const char *after, const char *before)
{
    const int low = after ? PLACE(after) : -1, high = before ? PLACE(before) : 1000;
    for (int place = low + 1; place < high; place++)
        for (const xml_node *node = kept ? kept->first : NULL; node; node = node->next)
            if (node->name && PLACE(node->name) == place) xml_node_print(out, node, '\'');
}

static void print_texts(xml_out *out, const vir_def *def)
{
    const char *title = def->text[VIR_DEF_TITLE], *metadata = def->text[VIR_DEF_METADATA];
    if (title && *title) xml_element(out, "title", title);
    if (def->text[VIR_DEF_DESCRIPTION] && *def->text[VIR_DEF_DESCRIPTION])
        xml_element(out, "description", def->text[VIR_DEF_DESCRIPTION]);
    if (!metadata || !*metadata) return;
    xml_line(out, "<metadata>");
    out->indent++;
    xml_pieces(out, metadata, '"');
    out->indent--;
    xml_line(out, "</metadata>");
}

/* Another API may have given it more or less memory since. */
static void print_memory(xml_out *out, const vir_def *def, const vjob_vm_config *config, const xml_node *kept)
{
    const int same = (def->max_kib + 1023) / 1024 == config->memory_mb;
    const uint64_t max = same ? def->max_kib : (uint64_t)config->memory_mb * 1024;
    const uint64_t now = same || def->now_kib < max ? def->now_kib : max;
    print_kept(out, kept, "genid", "memory");
    xml_line(out, "<memory unit='KiB'>%llu</memory>", (unsigned long long)max);
    xml_line(out, "<currentMemory unit='KiB'>%llu</currentMemory>", (unsigned long long)now);
    print_kept(out, kept, "currentMemory", "vcpu");
}

static void print_vcpus(xml_out *out, const vir_def *def, const vjob_vm_config *config, const xml_node *kept)
{
    const uint32_t now = def->now_vcpus < config->cpus ? def->now_vcpus : config->cpus;
    if (def->max_vcpus == config->cpus && now != config->cpus)
        xml_line(out, "<vcpu placement='static' current='%u'>%u</vcpu>", now, config->cpus);
    else
        xml_line(out, "<vcpu placement='static'>%u</vcpu>", config->cpus);
    print_kept(out, kept, "vcpu", "os");
}

static void print_os(xml_out *out, const vir_def *def)
{
    const char *machine = def->text[VIR_DEF_MACHINE], *boot = def->text[VIR_DEF_BOOT];
    xml_line(out, "<os>");
    out->indent++;
    if (machine)
        xml_escaped(out, "<type arch='%s' machine='%s'>%s</type>", def->text[VIR_DEF_ARCH], machine,
                    def->text[VIR_DEF_OS_TYPE]);
    else
        xml_escaped(out, "<type arch='%s'>%s</type>", def->text[VIR_DEF_ARCH], def->text[VIR_DEF_OS_TYPE]);
    for (const char *at = boot ? boot : ""; *at;) {
        const int size = (int)strcspn(at, " ");
        xml_line(out, "<boot dev='%.*s'/>", size, at);
        at += size + (at[size] == ' ');
    }
    xml_pieces(out, def->text[VIR_DEF_OS_MORE], '\'');
    out->indent--;
    xml_line(out, "</os>");
}

static void print_clock(xml_out *out, const vir_def *def, const xml_node *kept)
{
    print_kept(out, kept, "os", "clock");
    const xml_node *clock = xml_child(kept, "clock", NULL);
    if (clock)
        xml_node_print(out, clock, '\'');
    else
        xml_escaped(out, "<clock offset='%s'/>", def->text[VIR_DEF_CLOCK]);
    xml_element(out, "on_poweroff", def->text[VIR_DEF_ON_POWEROFF]);
    xml_element(out, "on_reboot", def->text[VIR_DEF_ON_REBOOT]);
    xml_element(out, "on_crash", def->text[VIR_DEF_ON_CRASH]);
    print_kept(out, kept, "on_crash", "devices");
}

/* ---- devices ---- */

/* Of a VM that was not made from XML. */
static void print_disks(xml_out *out, const vjob_vm_config *config)
{
    char target[8];
    for (size_t i = 0; i < config->n_disks; i++) {
        const vjob_disk *disk = &config->disks[i];
        const char *prefix = strcmp(disk->bus, "virtio") == 0 ? "vd"
                             : strcmp(disk->bus, "ide") == 0  ? "hd"
                                                              : "sd";
        const char letter = (char)('a' + i % 26), more = i < 26 ? '\0' : (char)('a' + i / 26 - 1);
        memcpy(target, prefix, 2);
        memcpy(target + 2, more ? (char[]){more, letter, '\0'} : (char[]){letter, '\0', '\0'}, 3);
        xml_line(out, "<disk type='file' device='disk'>");
        out->indent++;
        if (disk->image[0]) xml_escaped(out, "<source file='%s'/>", disk->image);
        xml_escaped(out, "<target dev='%s' bus='%s'/>", target, disk->bus);
        out->indent--;
        xml_line(out, "</disk>");
    }
}

static void print_nics(xml_out *out, const vjob_vm_config *config)
{
    for (size_t i = 0; i < config->n_nics; i++) {
        const vjob_nic *nic = &config->nics[i];
        xml_line(out, "<interface type='network'>");
        out->indent++;
        if (nic->mac[0]) xml_escaped(out, "<mac address='%s'/>", nic->mac);
        xml_escaped(out, "<source network='%s'/>", nic->network);
        if (nic->model[0]) xml_escaped(out, "<model type='%s'/>", nic->model);
        out->indent--;
        xml_line(out, "</interface>");
    }
}

static void print_devices(xml_out *out, const vir_def *def, const vjob_vm_config *config)
{
    xml_line(out, "<devices>");
    out->indent++;
    if (def->text[VIR_DEF_EMULATOR]) xml_element(out, "emulator", def->text[VIR_DEF_EMULATOR]);
    if (def->from_xml) {
        xml_pieces(out, def->text[VIR_DEF_DEVICES], '\'');
    } else {
        print_disks(out, config);
        print_nics(out, config);
    }
    out->indent--;
    xml_line(out, "</devices>");
}

int xml_own_devices(vir_def *def, const vjob_vm_config *config)
{
    xml_out out = {.secure = 1};
    if (def->from_xml) return 0;
    print_disks(&out, config);
    print_nics(&out, config);
    char *text = out.size || out.failed ? xml_take(&out) : NULL;
    if (out.failed || (!text && vir_failed()) || vir_def_set(def, VIR_DEF_DEVICES, text)) {
        free(text);
        return -1;
    }
    free(text);
    def->from_xml = 1;
    return 0;
}

/* ---- all ---- */

static void print_inside(xml_out *out, const vir_def *def, const vjob_vm_config *config, const xml_node *kept)
{
    xml_element(out, "name", config->name);
    xml_element(out, "uuid", config->uuid);
    print_kept(out, kept, NULL, "maxMemory");
    print_texts(out, def);
    print_memory(out, def, config, kept);
    print_vcpus(out, def, config, kept);
    print_os(out, def);
    print_clock(out, def, kept);
    print_devices(out, def, config);
    print_kept(out, kept, "devices", NULL);
}

/* The elements that are only kept, as a tree; root NULL: none. */
static int read_kept(const vir_def *def, xml_doc *kept)
{
    const char *more = def->text[VIR_DEF_MORE];
    *kept = (xml_doc){0};
    if (!more) return 0;
    const size_t size = strlen(more) + 32;
    char *whole = malloc(size);
    if (!whole) return -1;
    strcpy(whole, "<pieces>");
    strcat(whole, more);
    strcat(whole, "</pieces>");
    const int failed = xml_read(kept, whole, "pieces", "kept", VIR_FROM_XML);
    free(whole);
    return failed;
}

void xml_print_def(xml_out *out, const vir_def *def, const vjob_vm_config *config, uint32_t run)
{
    xml_doc kept;
    if (read_kept(def, &kept)) {
        out->failed = 1;
        return;
    }
    if (run)
        xml_line(out, "<domain type='%s' id='%u'>", def->text[VIR_DEF_TYPE], run);
    else
        xml_line(out, "<domain type='%s'>", def->text[VIR_DEF_TYPE]);
    out->indent++;
    print_inside(out, def, config, kept.root);
    out->indent--;
    xml_line(out, "</domain>");
    xml_free(&kept);
}

/* What the configuration is now, or will be at the next start. */
static int get_config(vjob_vm *vm, int next, vjob_vm_config *out)
{
    vjob_err err = next ? vjob_vm_get_next(vm, VJOB_SPACE_VIR, out, NULL) : VJOB_ENOENT;
    if (err == VJOB_ENOENT) err = vjob_vm_get_config(vm, out);
    if (err == VJOB_ENOENT) return vir_fail(VIR_FROM_DOMAIN, VIR_ERR_NO_DOMAIN, "%s", vjob_vm_uuid(vm));
    return err ? vir_fail_memory(VIR_FROM_DOMAIN) : 0;
}

char *vir_xml_print_domain(vir_conn *conn, vjob_vm *vm, unsigned flags)
{
    const int next = (flags & VIR_DOMAIN_XML_INACTIVE) != 0;
    vjob_vm_config config;
    vjob_vm_info info;
    (void)conn;
    vir_def *def = vir_def_of(vm, next);
    if (!def || get_config(vm, next, &config)) {
        vir_def_release(def);
        return NULL;
    }
    vjob_vm_look(vm, &info);
    xml_out out = {.secure = (flags & VIR_DOMAIN_XML_SECURE) != 0};
    xml_print_def(&out, def, &config, next ? 0 : info.run);
    vjob_vm_config_clear(&config);
    vir_def_release(def);
    return xml_take(&out);
}

char *vir_xml_again(vir_conn *conn, const char *xml, unsigned flags)
{
    vjob_vm_config config;
    xml_out out = {.secure = (flags & VIR_DOMAIN_XML_SECURE) != 0};
    vir_def *def = vir_xml_read_domain(conn, xml, 0, &config);
    if (!def) return NULL;
    xml_print_def(&out, def, &config, 0);
    vjob_vm_config_clear(&config);
    vir_def_release(def);
    return xml_take(&out);
}
