/* Handles for devices, boot entries and shares: they name a node of a VM's configuration. */
#include "prl_internal.h"

#include <stdio.h>

static void destroy(vjob_obj *obj)
{
    vjob_obj_release(&((prl_device *)obj)->vm->obj);
}

#define NODE(type)                                                                                           \
    {                                                                                                        \
#type, VJOB_SPACE_PRL, type, destroy, NULL                                                           \
    }
static const vjob_class classes[] = {
    NODE(PHT_VIRTUAL_DEV_HARD_DISK),
    NODE(PHT_VIRTUAL_DEV_NET_ADAPTER),
    NODE(PHT_VIRTUAL_DEV_OPTICAL_DISK),
    NODE(PHT_VIRTUAL_DEV_FLOPPY),
    NODE(PHT_VIRTUAL_DEV_SERIAL_PORT),
    NODE(PHT_VIRTUAL_DEV_PARALLEL_PORT),
    NODE(PHT_VIRTUAL_DEV_SOUND),
    NODE(PHT_VIRTUAL_DEV_USB_DEVICE),
    NODE(PHT_VIRTUAL_DEV_DISPLAY),
    NODE(PHT_VIRTUAL_DEV_GENERIC_PCI),
    NODE(PHT_VIRTUAL_DEV_GENERIC_SCSI),
    NODE(PHT_VIRTUAL_DEV_KEYBOARD),
    NODE(PHT_VIRTUAL_DEV_MOUSE),
    NODE(PHT_BOOT_DEVICE),
    NODE(PHT_SHARE),
    NODE(PHT_SCREEN_RESOLUTION),
};

vjob_obj *prl_device_new(prl_vm *vm, PRL_HANDLE_TYPE type, PRL_UINT64 serial)
{
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++) {
        prl_device *device;
        if (classes[i].type != (uint32_t)type ||
            !(device = (prl_device *)vjob_obj_new(&classes[i], sizeof *device)))
            continue;
        device->vm = (prl_vm *)vjob_obj_retain(&vm->obj);
        device->serial = serial;
        return &device->obj;
    }
    return NULL;
}

/* ---- what all kinds share --------------------------------------------------------------------- */

static PRL_RESULT count_nodes(PRL_HANDLE h, PRL_HANDLE_TYPE type, PRL_DEVICE_TYPE kind, PRL_UINT32_PTR out)
{
    PRL_RESULT result;
    PRL_ENTER(prl_vm, vm, h, PHT_VIRTUAL_MACHINE);
    PRL_NEED(out);
    if (!prl_bag_lock(&vm->obj, &result)) return result;
    *out = (PRL_UINT32)prl_config_count(&vm->config, type, kind);
    prl_bag_unlock(&vm->obj);
    return PRL_ERR_SUCCESS;
}

static PRL_RESULT give_node(PRL_HANDLE h, PRL_HANDLE_TYPE type, PRL_DEVICE_TYPE kind, PRL_UINT32 index,
                            PRL_HANDLE_PTR out)
{
    PRL_RESULT result;
    PRL_ENTER(prl_vm, vm, h, PHT_VIRTUAL_MACHINE);
    PRL_NEED(out);
    *out = PRL_INVALID_HANDLE;
    if (!prl_bag_lock(&vm->obj, &result)) return result;
    const prl_node *node = prl_config_nth(&vm->config, type, kind, index);
    const prl_node found = node ? *node : (prl_node){0};
    prl_bag_unlock(&vm->obj);
    return node ? prl_give_new(prl_device_new(vm, found.type, found.serial), out) : PRL_ERR_INVALID_ARG;
}

/* Make a node; `fill` sets what it starts with. */
static PRL_RESULT make_node(PRL_HANDLE h, PRL_HANDLE_TYPE type, PRL_DEVICE_TYPE kind,
                            int (*fill)(prl_config *config, prl_node *node), PRL_HANDLE_PTR out)
{
    PRL_RESULT result;
    PRL_ENTER(prl_vm, vm, h, PHT_VIRTUAL_MACHINE);
    PRL_NEED(out);
    *out = PRL_INVALID_HANDLE;
    PRL_NEED(type != PHT_ERROR);
    if (!prl_bag_lock(&vm->obj, &result)) return result;
    prl_node *node = prl_config_add(&vm->config, type, kind);
    const int fine = node && fill(&vm->config, node);
    const PRL_UINT64 serial = node ? node->serial : 0;
    vm->config.nodes_changed = 1;
    if (node && !fine) prl_config_remove(&vm->config, node);
    prl_bag_unlock(&vm->obj);
    return fine ? prl_give_new(prl_device_new(vm, type, serial), out) : PRL_ERR_OUT_OF_MEMORY;
}

static PRL_RESULT remove_node(PRL_HANDLE h, PRL_HANDLE_TYPE type)
{
    PRL_RESULT result;
    prl_node gone = {0};
    PRL_ENTER(prl_device, device, h, type);
    prl_vm *vm = device->vm;
    if (!prl_bag_lock(&device->obj, &result)) return result;
    prl_node *node = prl_config_node(&vm->config, device->serial);
    gone.bag = node->bag;
    node->bag = (prl_bag){0};
    prl_config_remove(&vm->config, node);
    vm->config.nodes_changed = 1;
    prl_bag_unlock(&device->obj);
    prl_bag_clear(&gone.bag);
    return PRL_ERR_SUCCESS;
}

/* ---- devices ---------------------------------------------------------------------------------- */

PRL_METHOD(PrlVmCfg_CreateVmDev)(PRL_HANDLE hVmCfg, PRL_DEVICE_TYPE nDeviceType, PRL_HANDLE_PTR phVmDevice)
{
    return make_node(hVmCfg, prl_device_handle_type(nDeviceType), nDeviceType, prl_device_defaults,
                     phVmDevice);
}

PRL_METHOD(PrlVmCfg_AddDefaultDeviceEx)
(PRL_HANDLE hVmCfg, PRL_HANDLE hSrvConfig, PRL_DEVICE_TYPE deviceType, PRL_HANDLE_PTR phVmDevice)
{
    prl_pin config;
    PRL_ENTER(vjob_obj, vm, hVmCfg, PHT_VIRTUAL_MACHINE);
    const PRL_RESULT result = prl_resolve(hSrvConfig, PHT_SERVER_CONFIG, &config);
    prl_unpin(&config);
    PRL_NEED(vm && !result);
    return PrlVmCfg_CreateVmDev(hVmCfg, deviceType, phVmDevice);
}

PRL_METHOD(PrlVmCfg_AddDefaultDevice)(PRL_HANDLE hVmCfg, PRL_HANDLE hSrvConfig, PRL_DEVICE_TYPE deviceType)
{
    PRL_HANDLE device;
    const PRL_RESULT result = PrlVmCfg_AddDefaultDeviceEx(hVmCfg, hSrvConfig, deviceType, &device);
    if (!result) vjob_space_release(VJOB_SPACE_PRL, prl_number(device));
    return result;
}

PRL_METHOD(PrlVmCfg_GetDevsCount)(PRL_HANDLE hVmCfg, PRL_UINT32_PTR vmdev_handles_count)
{
    return count_nodes(hVmCfg, PRL_ANY_VIRTUAL_DEV, PDE_GENERIC_DEVICE, vmdev_handles_count);
}

PRL_METHOD(PrlVmCfg_GetAllDevices)(PRL_HANDLE hVmCfg, PRL_HANDLE_PTR phDevsList)
{
    PRL_RESULT result = PRL_ERR_SUCCESS;
    PRL_HANDLE device;
    PRL_ENTER(prl_vm, vm, hVmCfg, PHT_VIRTUAL_MACHINE);
    PRL_NEED(vm && phDevsList);
    *phDevsList = PRL_INVALID_HANDLE;
    vjob_obj *list = prl_handles_new();
    if (!list) return PRL_ERR_OUT_OF_MEMORY;
    for (PRL_UINT32 i = 0; !result; i++) {
        result = give_node(hVmCfg, PRL_ANY_VIRTUAL_DEV, PDE_GENERIC_DEVICE, i, &device);
        if (result) break;
        prl_pin pin;
        result = prl_resolve(device, PHT_ERROR, &pin);
        if (!result) result = prl_handles_add(list, pin.obj);
        prl_unpin(&pin);
        vjob_space_release(VJOB_SPACE_PRL, prl_number(device));
    }
    if (result == PRL_ERR_INVALID_ARG) /* beyond the last */
        return prl_give_new(list, phDevsList);
    vjob_obj_release(list);
    return result;
}

/* Without an array, or with one that is too short: only how many there are. */
PRL_METHOD(PrlVmCfg_GetDevsList)
(PRL_HANDLE hVmCfg, PRL_HANDLE_PTR vmdev_handles, PRL_UINT32_PTR vmdev_handles_count)
{
    PRL_UINT32 there = 0;
    PRL_ENTER(prl_vm, vm, hVmCfg, PHT_VIRTUAL_MACHINE);
    PRL_NEED(vm && vmdev_handles_count);
    PRL_RESULT result = PrlVmCfg_GetDevsCount(hVmCfg, &there);
    if (result) return result;
    const PRL_UINT32 room = *vmdev_handles_count;
    *vmdev_handles_count = there;
    if (!vmdev_handles) return PRL_ERR_SUCCESS;
    if (room < there) return PRL_ERR_BUFFER_OVERRUN;
    for (PRL_UINT32 i = 0; i < there && !result; i++) {
        result = give_node(hVmCfg, PRL_ANY_VIRTUAL_DEV, PDE_GENERIC_DEVICE, i, &vmdev_handles[i]);
        if (result)
            while (i > 0) vjob_space_release(VJOB_SPACE_PRL, prl_number(vmdev_handles[--i]));
        if (result) break;
    }
    return result;
}

PRL_METHOD(PrlVmCfg_GetDevsCountByType)
(PRL_HANDLE hVmCfg, PRL_DEVICE_TYPE vmDeviceType, PRL_UINT32_PTR pnDevicesCount)
{
    return count_nodes(hVmCfg, prl_device_handle_type(vmDeviceType), vmDeviceType, pnDevicesCount);
}

PRL_METHOD(PrlVmCfg_GetDevByType)
(PRL_HANDLE hVmCfg, PRL_DEVICE_TYPE vmDeviceType, PRL_UINT32 nIndex, PRL_HANDLE_PTR phDevice)
{
    return give_node(hVmCfg, prl_device_handle_type(vmDeviceType), vmDeviceType, nIndex, phDevice);
}

#define DEVICES(kind, count_function, item_function)                                                         \
    PRL_METHOD(count_function)(PRL_HANDLE hVmCfg, PRL_UINT32_PTR count)                                      \
    {                                                                                                        \
        return PrlVmCfg_GetDevsCountByType(hVmCfg, kind, count);                                             \
    }                                                                                                        \
    PRL_METHOD(item_function)(PRL_HANDLE hVmCfg, PRL_UINT32 index, PRL_HANDLE_PTR device)                    \
    {                                                                                                        \
        return PrlVmCfg_GetDevByType(hVmCfg, kind, index, device);                                           \
    }
DEVICES(PDE_FLOPPY_DISK, PrlVmCfg_GetFloppyDisksCount, PrlVmCfg_GetFloppyDisk)
DEVICES(PDE_HARD_DISK, PrlVmCfg_GetHardDisksCount, PrlVmCfg_GetHardDisk)
DEVICES(PDE_OPTICAL_DISK, PrlVmCfg_GetOpticalDisksCount, PrlVmCfg_GetOpticalDisk)
DEVICES(PDE_PARALLEL_PORT, PrlVmCfg_GetParallelPortsCount, PrlVmCfg_GetParallelPort)
DEVICES(PDE_SERIAL_PORT, PrlVmCfg_GetSerialPortsCount, PrlVmCfg_GetSerialPort)
DEVICES(PDE_SOUND_DEVICE, PrlVmCfg_GetSoundDevsCount, PrlVmCfg_GetSoundDev)
DEVICES(PDE_USB_DEVICE, PrlVmCfg_GetUsbDevicesCount, PrlVmCfg_GetUsbDevice)
DEVICES(PDE_GENERIC_NETWORK_ADAPTER, PrlVmCfg_GetNetAdaptersCount, PrlVmCfg_GetNetAdapter)
DEVICES(PDE_GENERIC_PCI_DEVICE, PrlVmCfg_GetGenericPciDevsCount, PrlVmCfg_GetGenericPciDev)
DEVICES(PDE_GENERIC_SCSI_DEVICE, PrlVmCfg_GetGenericScsiDevsCount, PrlVmCfg_GetGenericScsiDev)
DEVICES(PDE_PCI_VIDEO_ADAPTER, PrlVmCfg_GetDisplayDevsCount, PrlVmCfg_GetDisplayDev)

PRL_METHOD(PrlVmDev_Remove)(PRL_HANDLE hVmDev)
{
    return remove_node(hVmDev, PRL_ANY_VIRTUAL_DEV);
}

/* ---- network adapters ------------------------------------------------------------------------- */

PRL_METHOD(PrlVmDevNet_GetMacAddressCanonical)
(PRL_HANDLE hVmDev, PRL_STR sMacAddress, PRL_UINT32_PTR pnMacAddressBufLength)
{
    PRL_RESULT result;
    char mac[18];
    PRL_ENTER(vjob_obj, device, hVmDev, PHT_VIRTUAL_DEV_NET_ADAPTER);
    PRL_NEED(pnMacAddressBufLength);
    prl_bag *bag = prl_bag_lock(device, &result);
    if (!bag) return result;
    prl_mac_canonical(prl_bag_text(bag, PRL_PROP_VMDEVNET_MAC_ADDRESS), mac);
    prl_bag_unlock(device);
    return prl_text(mac, sMacAddress, pnMacAddressBufLength);
}

PRL_METHOD(PrlVmDevNet_GenerateMacAddr)(PRL_HANDLE hVmDev)
{
    char uuid[40], mac[16];
    PRL_ENTER_PLAIN();
    vjob_sim_new_uuid(uuid);
    snprintf(mac, sizeof mac, "001C42%.6s", uuid);
    for (char *c = mac; *c; c++) *c = (char)(*c >= 'a' && *c <= 'f' ? *c - 'a' + 'A' : *c);
    return prl_prop_set_str(hVmDev, PHT_VIRTUAL_DEV_NET_ADAPTER, PRL_PROP_VMDEVNET_MAC_ADDRESS, mac);
}

/* ---- boot order ------------------------------------------------------------------------------- */

static int fill_boot(prl_config *config, prl_node *node)
{
    const size_t place = prl_config_count(config, PHT_BOOT_DEVICE, PDE_GENERIC_DEVICE) - 1;
    return prl_bag_set_number(&node->bag, PRL_PROP_BOOTDEV_SEQUENCE_INDEX, place);
}

PRL_METHOD(PrlVmCfg_CreateBootDev)(PRL_HANDLE hVmCfg, PRL_HANDLE_PTR phVmBootDev)
{
    return make_node(hVmCfg, PHT_BOOT_DEVICE, PDE_GENERIC_DEVICE, fill_boot, phVmBootDev);
}

PRL_METHOD(PrlVmCfg_GetBootDevCount)(PRL_HANDLE hVmCfg, PRL_UINT32_PTR pnBootDevCount)
{
    return count_nodes(hVmCfg, PHT_BOOT_DEVICE, PDE_GENERIC_DEVICE, pnBootDevCount);
}

PRL_METHOD(PrlVmCfg_GetBootDev)(PRL_HANDLE hVmCfg, PRL_UINT32 nBootDevIndex, PRL_HANDLE_PTR phVmBootDev)
{
    return give_node(hVmCfg, PHT_BOOT_DEVICE, PDE_GENERIC_DEVICE, nBootDevIndex, phVmBootDev);
}

PRL_METHOD(PrlBootDev_Remove)(PRL_HANDLE hVmBootDev)
{
    return remove_node(hVmBootDev, PHT_BOOT_DEVICE);
}

/* ---- shares ----------------------------------------------------------------------------------- */

static int fill_share(prl_config *config, prl_node *node)
{
    PRL_UNUSED_PARAM(config);
    return prl_bag_set_number(&node->bag, PRL_PROP_SHARE_ENABLED, 1);
}

PRL_METHOD(PrlVmCfg_CreateShare)(PRL_HANDLE hVmCfg, PRL_HANDLE_PTR phVmShare)
{
    return make_node(hVmCfg, PHT_SHARE, PDE_GENERIC_DEVICE, fill_share, phVmShare);
}

PRL_METHOD(PrlVmCfg_GetSharesCount)(PRL_HANDLE hVmCfg, PRL_UINT32_PTR pnSharesCount)
{
    return count_nodes(hVmCfg, PHT_SHARE, PDE_GENERIC_DEVICE, pnSharesCount);
}

PRL_METHOD(PrlVmCfg_GetShare)(PRL_HANDLE hVmCfg, PRL_UINT32 nShareIndex, PRL_HANDLE_PTR phVmShare)
{
    return give_node(hVmCfg, PHT_SHARE, PDE_GENERIC_DEVICE, nShareIndex, phVmShare);
}

PRL_METHOD(PrlShare_Remove)(PRL_HANDLE hVmShare)
{
    return remove_node(hVmShare, PHT_SHARE);
}

/* ---- screen resolutions that a guest is offered ------------------------------------------------- */

static int fill_screen(prl_config *config, prl_node *node)
{
    PRL_UNUSED_PARAM(config);
    return prl_bag_set_number(&node->bag, PRL_PROP_SCRRES_ENABLED, 1);
}

PRL_METHOD(PrlVmCfg_CreateScrRes)(PRL_HANDLE hVmCfg, PRL_HANDLE_PTR phVmScrRes)
{
    return make_node(hVmCfg, PHT_SCREEN_RESOLUTION, PDE_GENERIC_DEVICE, fill_screen, phVmScrRes);
}

PRL_METHOD(PrlVmCfg_GetScrResCount)(PRL_HANDLE hVmCfg, PRL_UINT32_PTR pnScrResCount)
{
    return count_nodes(hVmCfg, PHT_SCREEN_RESOLUTION, PDE_GENERIC_DEVICE, pnScrResCount);
}

PRL_METHOD(PrlVmCfg_GetScrRes)(PRL_HANDLE hVmCfg, PRL_UINT32 nScrResIndex, PRL_HANDLE_PTR phVmScrRes)
{
    return give_node(hVmCfg, PHT_SCREEN_RESOLUTION, PDE_GENERIC_DEVICE, nScrResIndex, phVmScrRes);
}

PRL_METHOD(PrlScrRes_Remove)(PRL_HANDLE hVmScrRes)
{
    return remove_node(hVmScrRes, PHT_SCREEN_RESOLUTION);
}
