/* Devices of a domain: disks and network interfaces are the simulator's too, the rest is only kept. */
#include "xml_domain.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FROM VIR_FROM_DOMAIN
#define DEVICES_MAX 64
#define SIZE_MB 8192 /* an image's size is not in the XML */

static int bad_word(const xml_node *node, const char *attribute, const char *value)
{
    return xml_wrong(node, VIR_FROM_XML, "invalid value for attribute '%s': '%.40s'", attribute, value);
}

static int check_word(const xml_node *node, const char *attribute, xml_words list)
{
    const char *value = xml_get(node, attribute);
    return value && xml_word(list, value) < 0 ? bad_word(node, attribute, value) : 0;
}

/* ---- disks ---- */

static const char *bus_of(const char *bus)
{
    static const char *const known[] = {"ide", "scsi", "sata", "virtio"};
    for (size_t i = 0; bus && i < sizeof known / sizeof *known; i++)
        if (strcmp(known[i], bus) == 0) return known[i];
    return "ide";
}

static int add_disk(const xml_node *node, vjob_vm_config *config)
{
    const xml_node *source = xml_child(node, "source", NULL), *target = xml_child(node, "target", NULL);
    const char *device = xml_get(node, "device"), *image;
    if (check_word(node, "type", XML_WORD_DISK) || check_word(node, "device", XML_WORD_DISK_DEVICE))
        return -1;
    if (device && strcmp(device, "disk") != 0) return 0;
    if (!xml_get(target, "dev")) return xml_wrong(node, FROM, "a disk needs <target dev='...'/>");
    if (config->n_disks == DEVICES_MAX) return xml_unsupported(node, FROM, "more than %d disks", DEVICES_MAX);
    vjob_disk *disk = &config->disks[config->n_disks++];
    image = xml_get(source, "file") ? xml_get(source, "file") : xml_get(source, "dev");
    disk->size_mb = SIZE_MB;
    snprintf(disk->bus, sizeof disk->bus, "%s", bus_of(xml_get(target, "bus")));
    if (image && strlen(image) >= sizeof disk->image)
        return xml_unsupported(node, FROM, "its source is too long");
    snprintf(disk->image, sizeof disk->image, "%s", image ? image : "");
    return 0;
}

/* ---- interfaces ---- */

static int is_mac(const char *text)
{
    unsigned part[6];
    char more;
    return strlen(text) == 17 && sscanf(text, "%2x:%2x:%2x:%2x:%2x:%2x%c", &part[0], &part[1], &part[2],
                                        &part[3], &part[4], &part[5], &more) == 6;
}

/* Every interface has an address; one that is not given is made, and stays. */
static int make_mac(xml_doc *doc, xml_node *node, char mac[18])
{
    char uuid[40];
    vjob_sim_new_uuid(uuid);
    snprintf(mac, 18, "52:54:00:%.2s:%.2s:%.2s", uuid, uuid + 2, uuid + 4);
    xml_node *made = xml_put_first(doc, node, "mac");
    return made ? xml_set(doc, made, "address", mac) : -1;
}

static int add_nic(xml_doc *doc, xml_node *node, vjob_vm_config *config)
{
    const char *network = xml_get(xml_child(node, "source", NULL), "network");
    const char *model = xml_get(xml_child(node, "model", NULL), "type");
    const char *type = xml_get(node, "type"), *mac = xml_get(xml_child(node, "mac", NULL), "address");
    if (check_word(node, "type", XML_WORD_NIC)) return -1;
    if (type && strcmp(type, "network") == 0 && !network)
        return xml_wrong(node, FROM,
                         "No <source> 'network' attribute specified with <interface type='network'/>");
    if (mac && !is_mac(mac)) return xml_wrong(node, FROM, "unable to parse mac address '%.40s'", mac);
    if (config->n_nics == DEVICES_MAX)
        return xml_unsupported(node, FROM, "more than %d interfaces", DEVICES_MAX);
    vjob_nic *nic = &config->nics[config->n_nics++];
    if (mac)
        snprintf(nic->mac, sizeof nic->mac, "%s", mac);
    else if (make_mac(doc, node, nic->mac))
        return -1;
    if (network && strlen(network) >= sizeof nic->network)
        return xml_unsupported(node, FROM, "its network's name is too long");
    snprintf(nic->network, sizeof nic->network, "%s", network ? network : "");
    snprintf(nic->model, sizeof nic->model, "%.15s", model ? model : "");
    return 0;
}

/* ---- all ---- */

static int read_device(xml_doc *doc, xml_node *node, vir_def *def, vjob_vm_config *config)
{
    if (xml_word(XML_WORD_DEVICE, node->name) < 0) return xml_unsupported(node, FROM, "unknown device");
    if (strcmp(node->name, "disk") == 0) return add_disk(node, config);
    if (strcmp(node->name, "interface") == 0) return add_nic(doc, node, config);
    if (strcmp(node->name, "emulator") == 0) return vir_def_set(def, VIR_DEF_EMULATOR, xml_text(node));
    return 0;
}

static int keep(const xml_node *devices, vir_def *def)
{
    xml_out out = {.secure = 1};
    for (const xml_node *child = devices->first; child; child = child->next)
        if (child->name && strcmp(child->name, "emulator") != 0) xml_node_print(&out, child, '\'');
    if (!out.size && !out.failed) return 0;
    char *text = xml_take(&out);
    const int failed = text ? vir_def_set(def, VIR_DEF_DEVICES, text) : -1;
    free(text);
    return failed;
}

int xml_read_devices(xml_doc *doc, xml_node *devices, vir_def *def, vjob_vm_config *config)
{
    config->disks = calloc(DEVICES_MAX, sizeof *config->disks);
    config->nics = calloc(DEVICES_MAX, sizeof *config->nics);
    if (!config->disks || !config->nics) return vir_fail_memory(FROM);
    if (!devices) return 0;
    for (xml_node *child = devices->first; child; child = child->next)
        if (child->name && read_device(doc, child, def, config)) return -1;
    return keep(devices, def);
}
