/* Snapshot XML out. */
#include <stdlib.h>
#include <string.h>

#include "vir_snapshot.h"
#include "xml_domain.h"

static const char *state_of(const vjob_snapshot_info *info)
{
    return info->state == VJOB_VM_RUNNING ? "running" : info->state == VJOB_VM_PAUSED ? "paused" : "shutoff";
}

static void print_parent(xml_out *out, const vir_tree *tree, const char *uuid)
{
    for (size_t i = 0; i < tree->n; i++) {
        if (strcmp(tree->all[i].uuid, uuid) != 0) continue;
        xml_line(out, "<parent>");
        out->indent++;
        xml_element(out, "name", tree->all[i].name);
        out->indent--;
        xml_line(out, "</parent>");
    }
}

/* The disks that the domain's own XML names. */
static void print_disks(xml_out *out, const char *domain_xml)
{
    xml_doc doc;
    int n = 0;
    if (xml_read(&doc, domain_xml, "domain", "domain_definition", VIR_FROM_DOMAIN)) {
        out->failed = 1;
        return;
    }
    const xml_node *devices = xml_child(doc.root, "devices", NULL);
    for (const xml_node *disk = NULL; (disk = xml_child(devices, "disk", disk));) {
        const char *target = xml_get(xml_child(disk, "target", NULL), "dev"), *kind = xml_get(disk, "device");
        if (!target || (kind && strcmp(kind, "disk") != 0)) continue;
        if (!n++) xml_line(out, "<disks>");
        out->indent++;
        xml_escaped(out, "<disk name='%s' snapshot='internal'/>", target);
        out->indent--;
    }
    if (n) xml_line(out, "</disks>");
    xml_free(&doc);
}

static void print_inside(xml_out *out, const vir_tree *tree, const vjob_snapshot_info *info,
                         const vir_def *def, const vjob_vm_config *config)
{
    const int active = strcmp(state_of(info), "shutoff") != 0;
    xml_out domain = {.secure = 1};
    xml_element(out, "name", info->name);
    if (info->description[0]) xml_element(out, "description", info->description);
    xml_element(out, "state", state_of(info));
    print_parent(out, tree, info->parent);
    xml_line(out, "<creationTime>%llu</creationTime>", (unsigned long long)(info->created_ns / 1000000000u));
    xml_line(out, "<memory snapshot='%s'/>", active ? "internal" : "no");
    xml_print_def(&domain, def, config, 0);
    if (domain.failed)
        out->failed = 1;
    else
        print_disks(out, domain.data);
    free(domain.data);
    xml_print_def(out, def, config, 0);
}

char *vir_xml_print_snapshot(vjob_vm *vm, const vir_tree *tree, const vjob_snapshot_info *info, int secure)
{
    vjob_vm_config config;
    vjob_obj *extra = NULL;
    xml_out out = {.secure = secure};
    if (vjob_vm_snapshot_config(vm, info->uuid, VJOB_SPACE_VIR, &config, &extra)) {
        vir_fail(VIR_FROM_DOMAIN_SNAPSHOT, VIR_ERR_NO_DOMAIN_SNAPSHOT, "%s", info->name);
        return NULL;
    }
    vir_def *def = extra ? (vir_def *)(void *)extra : vir_def_of(vm, 0);
    if (def) {
        xml_line(&out, "<domainsnapshot>");
        out.indent++;
        print_inside(&out, tree, info, def, &config);
        out.indent--;
        xml_line(&out, "</domainsnapshot>");
    }
    vjob_vm_config_clear(&config);
    vir_def_release(def);
    return def ? xml_take(&out) : NULL;
}
