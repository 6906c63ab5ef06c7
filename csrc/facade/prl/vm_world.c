/* Between a VM's configuration as this API sees it and the simulator's: names, devices, units. */
#include "prl_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- devices ---------------------------------------------------------------------------------- */

static const struct {
    PRL_DEVICE_TYPE kind;
    PRL_HANDLE_TYPE type;
    const char *name;
} devices[] = {
    {PDE_FLOPPY_DISK, PHT_VIRTUAL_DEV_FLOPPY, "fdd"},
    {PDE_OPTICAL_DISK, PHT_VIRTUAL_DEV_OPTICAL_DISK, "cdrom"},
    {PDE_HARD_DISK, PHT_VIRTUAL_DEV_HARD_DISK, "hdd"},
    {PDE_GENERIC_NETWORK_ADAPTER, PHT_VIRTUAL_DEV_NET_ADAPTER, "net"},
    {PDE_SERIAL_PORT, PHT_VIRTUAL_DEV_SERIAL_PORT, "serial"},
    {PDE_PARALLEL_PORT, PHT_VIRTUAL_DEV_PARALLEL_PORT, "parallel"},
    {PDE_SOUND_DEVICE, PHT_VIRTUAL_DEV_SOUND, "sound"},
    {PDE_USB_DEVICE, PHT_VIRTUAL_DEV_USB_DEVICE, "usb"},
    {PDE_PCI_VIDEO_ADAPTER, PHT_VIRTUAL_DEV_DISPLAY, "video"},
    {PDE_GENERIC_PCI_DEVICE, PHT_VIRTUAL_DEV_GENERIC_PCI, "pci"},
    {PDE_GENERIC_SCSI_DEVICE, PHT_VIRTUAL_DEV_GENERIC_SCSI, "scsi"},
};

static size_t device_row(PRL_DEVICE_TYPE kind)
{
    size_t row = 0;
    while (row < sizeof devices / sizeof *devices && devices[row].kind != kind) row++;
    return row;
}

PRL_HANDLE_TYPE prl_device_handle_type(PRL_DEVICE_TYPE kind)
{
    const size_t row = device_row(kind);
    return row < sizeof devices / sizeof *devices ? devices[row].type : PHT_ERROR;
}

int prl_device_defaults(prl_config *config, prl_node *node)
{
    char name[32];
    const size_t index = prl_config_count(config, node->type, node->kind) - 1;
    snprintf(name, sizeof name, "%s%zu", devices[device_row(node->kind)].name, index);
    return prl_bag_set_number(&node->bag, PRL_PROP_VMDEV_TYPE, node->kind) &&
           prl_bag_set_number(&node->bag, PRL_PROP_VMDEV_INDEX, index) &&
           prl_bag_set_number(&node->bag, PRL_PROP_VMDEV_STACK_INDEX, index) &&
           prl_bag_set_number(&node->bag, PRL_PROP_VMDEV_EMULATED_TYPE, PDT_USE_IMAGE_FILE) &&
           prl_bag_set_text(&node->bag, PRL_PROP_VMDEV_FRIENDLY_NAME, name) &&
           prl_bag_set_text(&node->bag, PRL_PROP_VMDEV_SYS_NAME, name);
}

/* The index-th device of a kind, made if there is none. */
static prl_node *device_at(prl_config *config, PRL_DEVICE_TYPE kind, size_t index)
{
    const PRL_HANDLE_TYPE type = prl_device_handle_type(kind);
    prl_node *node = prl_config_nth(config, type, kind, index);
    if (node) return node;
    node = prl_config_add(config, type, kind);
    return node && prl_device_defaults(config, node) ? node : NULL;
}

static void drop_beyond(prl_config *config, PRL_DEVICE_TYPE kind, size_t count)
{
    prl_node *node;
    while ((node = prl_config_nth(config, prl_device_handle_type(kind), kind, count)) != NULL)
        prl_config_remove(config, node);
}

/* ---- between this API and the world ----------------------------------------------------------- */

static const struct {
    const char *bus;
    PRL_MASS_STORAGE_INTERFACE_TYPE type;
} buses[] = {{"ide", PMS_IDE_DEVICE},
             {"scsi", PMS_SCSI_DEVICE},
             {"sata", PMS_SATA_DEVICE},
             {"virtio", PMS_VIRTIO_BLOCK_DEVICE}};

static const struct {
    const char *model;
    PRL_VM_NET_ADAPTER_TYPE type;
} models[] = {{"rtl8139", PNT_RTL}, {"e1000", PNT_E1000}, {"virtio", PNT_VIRTIO}, {"e1000e", PNT_E1000E}};

static PRL_UINT32 bus_type(const char *bus)
{
    for (size_t i = 0; i < sizeof buses / sizeof *buses; i++)
        if (!strcmp(buses[i].bus, bus)) return buses[i].type;
    return PMS_IDE_DEVICE;
}

static const char *bus_name(PRL_UINT64 type)
{
    for (size_t i = 0; i < sizeof buses / sizeof *buses; i++)
        if ((PRL_UINT64)buses[i].type == type) return buses[i].bus;
    return "ide";
}

static PRL_UINT32 model_type(const char *model)
{
    for (size_t i = 0; i < sizeof models / sizeof *models; i++)
        if (!strcmp(models[i].model, model)) return models[i].type;
    return PNT_UNDEFINED;
}

static const char *model_name(PRL_UINT64 type)
{
    for (size_t i = 0; i < sizeof models / sizeof *models; i++)
        if ((PRL_UINT64)models[i].type == type) return models[i].model;
    return "";
}

/* Network addresses are written without separators here: "001C42A1B2C3". */
static void mac_from_world(const char *mac, char out[16])
{
    size_t n = 0;
    for (; *mac && n < 12; mac++)
        if (*mac != ':') out[n++] = (char)(*mac >= 'a' && *mac <= 'f' ? *mac - 'a' + 'A' : *mac);
    out[n] = '\0';
}

void prl_mac_canonical(const char *mac, char out[18])
{
    size_t n = 0;
    for (; *mac && n < 17; mac++) {
        if (*mac == ':' || *mac == '-') continue;
        if (n % 3 == 2) out[n++] = ':';
        out[n++] = *mac;
    }
    out[n] = '\0';
}

static int disk_from_world(prl_node *node, const vjob_disk *disk)
{
    return prl_bag_set_number(&node->bag, PRL_PROP_VMDEVHD_DISK_SIZE, disk->size_mb) &&
           prl_bag_set_number(&node->bag, PRL_PROP_VMDEV_IFACE_TYPE, bus_type(disk->bus)) &&
           prl_bag_set_text(&node->bag, PRL_PROP_VMDEV_IMAGE_PATH, disk->image) &&
           prl_bag_set_text(&node->bag, PRL_PROP_VMDEV_SYS_NAME, disk->image) &&
           prl_bag_set_text(&node->bag, PRL_PROP_VMDEV_FRIENDLY_NAME, disk->image);
}

static int nic_from_world(prl_node *node, const vjob_nic *nic)
{
    char mac[16];
    mac_from_world(nic->mac, mac);
    return prl_bag_set_text(&node->bag, PRL_PROP_VMDEVNET_MAC_ADDRESS, mac) &&
           prl_bag_set_text(&node->bag, PRL_PROP_VMDEVNET_VIRTUAL_NETWORK_ID, nic->network) &&
           prl_bag_set_number(&node->bag, PRL_PROP_VMDEVNET_ADAPTER_TYPE, model_type(nic->model)) &&
           prl_bag_set_number(&node->bag, PRL_PROP_VMDEV_EMULATED_TYPE, PNA_BRIDGED_NETWORK);
}

static int devices_from_world(prl_config *config, const vjob_vm_config *world)
{
    for (size_t i = 0; i < world->n_disks; i++) {
        prl_node *node = device_at(config, PDE_HARD_DISK, i);
        if (!node || !disk_from_world(node, &world->disks[i])) return 0;
    }
    for (size_t i = 0; i < world->n_nics; i++) {
        prl_node *node = device_at(config, PDE_GENERIC_NETWORK_ADAPTER, i);
        if (!node || !nic_from_world(node, &world->nics[i])) return 0;
    }
    drop_beyond(config, PDE_HARD_DISK, world->n_disks);
    drop_beyond(config, PDE_GENERIC_NETWORK_ADAPTER, world->n_nics);
    return 1;
}

int prl_config_from_world(prl_config *config, const vjob_vm_config *world)
{
    char uuid[48];
    prl_bag *bag = &config->bag;
    const PRL_UINT32 os = prl_os_version(world->os);
    prl_brace(world->uuid, uuid);
    return prl_bag_set_text(bag, PRL_PROP_VMCFG_NAME, world->name) &&
           prl_bag_set_text(bag, PRL_PROP_VMCFG_UUID, uuid) &&
           prl_bag_set_text(bag, PRL_PROP_VMCFG_HOME_PATH, world->path) &&
           prl_bag_set_text(bag, PRL_PROP_VMCFG_DESCRIPTION, world->description) &&
           prl_bag_set_number(bag, PRL_PROP_VMCFG_CPU_COUNT, world->cpus) &&
           prl_bag_set_number(bag, PRL_PROP_VMCFG_RAM_SIZE, world->memory_mb) &&
           prl_bag_set_number(bag, PRL_PROP_VMCFG_VIDEO_RAM_SIZE, world->video_mb) &&
           prl_bag_set_number(bag, PRL_PROP_VMCFG_OS_VERSION, os) &&
           prl_bag_set_number(bag, PRL_PROP_VMCFG_OS_TYPE, os >> 8) && devices_from_world(config, world);
}

static int nodes_changed(const prl_config *config)
{
    for (size_t i = 0; i < config->n_nodes; i++)
        for (size_t j = 0; j < config->nodes[i].bag.count; j++)
            if (config->nodes[i].bag.values[j].changed) return 1;
    return config->nodes_changed;
}

static void disk_to_world(const prl_node *node, vjob_disk *disk)
{
    const char *image = prl_bag_text(&node->bag, PRL_PROP_VMDEV_IMAGE_PATH);
    disk->size_mb = prl_bag_number(&node->bag, PRL_PROP_VMDEVHD_DISK_SIZE);
    if (!disk->size_mb) disk->size_mb = 65536; /* what a new disk has until somebody says otherwise */
    snprintf(disk->image, sizeof disk->image, "%s", image);
    snprintf(disk->bus, sizeof disk->bus, "%s",
             bus_name(prl_bag_number(&node->bag, PRL_PROP_VMDEV_IFACE_TYPE)));
}

static void nic_to_world(const prl_node *node, vjob_nic *nic)
{
    const char *network = prl_bag_text(&node->bag, PRL_PROP_VMDEVNET_VIRTUAL_NETWORK_ID);
    prl_mac_canonical(prl_bag_text(&node->bag, PRL_PROP_VMDEVNET_MAC_ADDRESS), nic->mac);
    for (char *c = nic->mac; *c; c++) *c = (char)(*c >= 'A' && *c <= 'F' ? *c - 'A' + 'a' : *c);
    snprintf(nic->network, sizeof nic->network, "%s", *network ? network : "default");
    snprintf(nic->model, sizeof nic->model, "%s",
             model_name(prl_bag_number(&node->bag, PRL_PROP_VMDEVNET_ADAPTER_TYPE)));
}

static int devices_to_world(const prl_config *config, vjob_vm_config *world)
{
    const size_t n_disks = prl_config_count(config, PHT_VIRTUAL_DEV_HARD_DISK, PDE_HARD_DISK);
    const size_t n_nics = prl_config_count(config, PHT_VIRTUAL_DEV_NET_ADAPTER, PDE_GENERIC_NETWORK_ADAPTER);
    vjob_disk *disks = calloc(n_disks + 1, sizeof *disks);
    vjob_nic *nics = calloc(n_nics + 1, sizeof *nics);
    if (!disks || !nics) {
        free(disks);
        free(nics);
        return 0;
    }
    for (size_t i = 0; i < n_disks; i++)
        disk_to_world(prl_config_nth(config, PHT_VIRTUAL_DEV_HARD_DISK, PDE_HARD_DISK, i), &disks[i]);
    for (size_t i = 0; i < n_nics; i++)
        nic_to_world(prl_config_nth(config, PHT_VIRTUAL_DEV_NET_ADAPTER, PDE_GENERIC_NETWORK_ADAPTER, i),
                     &nics[i]);
    free(world->disks);
    free(world->nics);
    world->disks = disks;
    world->n_disks = n_disks;
    world->nics = nics;
    world->n_nics = n_nics;
    return 1;
}

PRL_RESULT prl_config_to_world(const prl_config *config, vjob_vm_config *world, int all)
{
    const prl_bag *bag = &config->bag;
    const char *name = prl_bag_text(bag, PRL_PROP_VMCFG_NAME);
    if (strlen(name) >= sizeof world->name) return PRL_ERR_VMCONF_VM_NAME_IS_TOO_LONG;
    if (all || prl_bag_changed(bag, PRL_PROP_VMCFG_NAME))
        snprintf(world->name, sizeof world->name, "%s", name);
    if (all)
        snprintf(world->uuid, sizeof world->uuid, "%.36s",
                 prl_bag_text(bag, PRL_PROP_VMCFG_UUID) + (*prl_bag_text(bag, PRL_PROP_VMCFG_UUID) == '{'));
    if (all || prl_bag_changed(bag, PRL_PROP_VMCFG_RAM_SIZE))
        world->memory_mb = (PRL_UINT32)prl_bag_number(bag, PRL_PROP_VMCFG_RAM_SIZE);
    if (all || prl_bag_changed(bag, PRL_PROP_VMCFG_CPU_COUNT))
        world->cpus = (PRL_UINT32)prl_bag_number(bag, PRL_PROP_VMCFG_CPU_COUNT);
    if (all || prl_bag_changed(bag, PRL_PROP_VMCFG_VIDEO_RAM_SIZE))
        world->video_mb = (PRL_UINT32)prl_bag_number(bag, PRL_PROP_VMCFG_VIDEO_RAM_SIZE);
    if (all || prl_bag_changed(bag, PRL_PROP_VMCFG_OS_VERSION)) {
        PRL_UINT32 version = (PRL_UINT32)prl_bag_number(bag, PRL_PROP_VMCFG_OS_VERSION);
        if (!version && prl_bag_number(bag, PRL_PROP_VMCFG_VM_TYPE) == PVT_CT)
            version = PVS_GUEST_VER_LIN_OTHER;
        snprintf(world->os, sizeof world->os, "%s", prl_os_name(version));
    }
    if (all || prl_bag_changed(bag, PRL_PROP_VMCFG_DESCRIPTION)) {
        char *description = strdup(prl_bag_text(bag, PRL_PROP_VMCFG_DESCRIPTION));
        if (!description) return PRL_ERR_OUT_OF_MEMORY;
        free(world->description);
        world->description = description;
    }
    if ((all || nodes_changed(config)) && !devices_to_world(config, world)) return PRL_ERR_OUT_OF_MEMORY;
    return PRL_ERR_SUCCESS;
}
