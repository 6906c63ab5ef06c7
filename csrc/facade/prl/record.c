/* Records: objects that are a bag of properties, with other objects inside where the API lists some. */
#include "prl_internal.h"

#include <stdlib.h>

static void record_destroy(vjob_obj *obj)
{
    prl_record *record = (prl_record *)obj;
    prl_bag_clear(&record->bag);
    for (size_t i = 0; i < record->n_kids; i++) vjob_obj_release(record->kids[i]);
    free(record->kids);
    if (record->owner) vjob_obj_release(record->owner);
}

#define RECORD(type)                                                                                         \
    {                                                                                                        \
#type, VJOB_SPACE_PRL, type, record_destroy, NULL                                                    \
    }
static const vjob_class classes[] = {
    RECORD(PHT_ACCESS_RIGHTS),
    RECORD(PHT_BACKUP_RESULT),
    RECORD(PHT_CPU_FEATURES),
    RECORD(PHT_CPU_POOL),
    RECORD(PHT_CT_TEMPLATE),
    RECORD(PHT_DISP_CONFIG),
    RECORD(PHT_FIREWALL_RULE),
    RECORD(PHT_FOUND_VM_INFO),
    RECORD(PHT_GUEST_OSES_MATRIX),
    RECORD(PHT_HW_GENERIC_DEVICE),
    RECORD(PHT_HW_GENERIC_PCI_DEVICE),
    RECORD(PHT_HW_HARD_DISK),
    RECORD(PHT_HW_HARD_DISK_PARTITION),
    RECORD(PHT_HW_NET_ADAPTER),
    RECORD(PHT_IPPRIV_NET),
    RECORD(PHT_LICENSE),
    RECORD(PHT_LOGIN_PARAMS),
    RECORD(PHT_LOGIN_RESPONSE),
    RECORD(PHT_NETWORK_CLASS),
    RECORD(PHT_NETWORK_RATE),
    RECORD(PHT_NETWORK_SHAPING),
    RECORD(PHT_NETWORK_SHAPING_BANDWIDTH),
    RECORD(PHT_NETWORK_SHAPING_CONFIG),
    RECORD(PHT_NET_SERVICE_STATUS),
    RECORD(PHT_OFFLINE_SERVICE),
    RECORD(PHT_PLUGIN_INFO),
    RECORD(PHT_PORT_FORWARDING),
    RECORD(PHT_PROBLEM_REPORT),
    RECORD(PHT_RUNNING_TASK),
    RECORD(PHT_SERVER_CONFIG),
    RECORD(PHT_SERVER_INFO),
    RECORD(PHT_SYSTEM_STATISTICS),
    RECORD(PHT_SYSTEM_STATISTICS_CPU),
    RECORD(PHT_SYSTEM_STATISTICS_DISK),
    RECORD(PHT_SYSTEM_STATISTICS_DISK_PARTITION),
    RECORD(PHT_SYSTEM_STATISTICS_IFACE),
    RECORD(PHT_SYSTEM_STATISTICS_PROCESS),
    RECORD(PHT_SYSTEM_STATISTICS_USER_SESSION),
    RECORD(PHT_SYSTEM_STATISTICS_VM_DATA),
    RECORD(PHT_USB_IDENTITY),
    RECORD(PHT_USER_INFO),
    RECORD(PHT_USER_PROFILE),
    RECORD(PHT_VCMMD_CONFIG),
    RECORD(PHT_VIRTUAL_DISK_ENCRYPTION),
    RECORD(PHT_VIRTUAL_NETWORK),
    RECORD(PHT_VM_GUEST_SESSION),
    RECORD(PHT_VM_INFO),
    RECORD(PHT_VM_REGISTER_PARAMS),
    RECORD(PHT_VM_TOOLS_INFO),
};

prl_record *prl_record_new(PRL_HANDLE_TYPE type)
{
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++)
        if (classes[i].type == (uint32_t)type)
            return (prl_record *)vjob_obj_new(&classes[i], sizeof(prl_record));
    return NULL;
}

int prl_record_add(prl_record *record, vjob_obj *kid)
{
    if (!kid) return 0;
    vjob_obj **kids = realloc(record->kids, (record->n_kids + 1) * sizeof *kids);
    if (!kids) {
        vjob_obj_release(kid);
        return 0;
    }
    record->kids = kids;
    kids[record->n_kids++] = kid;
    return 1;
}

vjob_obj *prl_record_kid(const prl_record *record, PRL_HANDLE_TYPE type, size_t index)
{
    for (size_t i = 0; i < record->n_kids; i++)
        if (prl_obj_is(record->kids[i], type) && !index--) return record->kids[i];
    return NULL;
}

size_t prl_record_count(const prl_record *record, PRL_HANDLE_TYPE type)
{
    size_t count = 0;
    for (size_t i = 0; i < record->n_kids; i++) count += (size_t)prl_obj_is(record->kids[i], type);
    return count;
}

int prl_obj_is_record(const vjob_obj *obj)
{
    return obj->cls->destroy == record_destroy;
}

vjob_obj *prl_record_copy(vjob_obj *obj)
{
    prl_record *record = (prl_record *)obj;
    prl_record *copy = prl_obj_is_record(obj) ? prl_record_new((PRL_HANDLE_TYPE)obj->cls->type) : NULL;
    if (!copy) return NULL;
    vjob_obj_lock(&record->obj);
    int fine = prl_bag_copy(&copy->bag, &record->bag);
    vjob_obj_unlock(&record->obj);
    for (size_t i = 0; fine && i < record->n_kids; i++)
        fine = prl_record_add(copy, vjob_obj_retain(record->kids[i]));
    if (fine) return &copy->obj;
    vjob_obj_release(&copy->obj);
    return NULL;
}

/* ---- functions that make one (prl_props.c): each step does nothing once one failed ------------- */

prl_record *prl_new_record(PRL_HANDLE_TYPE type, PRL_HANDLE_PTR out, PRL_RESULT *result)
{
    *result = prl_enter_plain();
    if (!*result && !out) *result = PRL_ERR_INVALID_ARG;
    if (*result) return NULL;
    prl_record *record = prl_record_new(type);
    if (!record) *result = PRL_ERR_OUT_OF_MEMORY;
    return record;
}

void prl_new_number(prl_record *record, PRL_UINT32 id, PRL_UINT64 number, PRL_RESULT *result)
{
    if (!*result && !prl_bag_set_number(&record->bag, id, number)) *result = PRL_ERR_OUT_OF_MEMORY;
}

void prl_new_text(prl_record *record, PRL_UINT32 id, const char *text, PRL_RESULT *result)
{
    if (!*result && !text) *result = PRL_ERR_INVALID_ARG;
    if (!*result && !prl_bag_set_text(&record->bag, id, text)) *result = PRL_ERR_OUT_OF_MEMORY;
}

PRL_RESULT prl_new_give(prl_record *record, PRL_RESULT result, PRL_HANDLE_PTR out)
{
    if (!result) return prl_give_new(&record->obj, out);
    if (record) vjob_obj_release(&record->obj);
    if (out) *out = PRL_INVALID_HANDLE;
    return result;
}

/* ---- functions that count or hand out what is inside ------------------------------------------ */

static PRL_RESULT count_kids(PRL_HANDLE h, PRL_HANDLE_TYPE type, PRL_HANDLE_TYPE kid, PRL_UINT32_PTR out)
{
    PRL_ENTER(prl_record, record, h, type);
    PRL_NEED(out);
    *out = (PRL_UINT32)prl_record_count(record, kid);
    return PRL_ERR_SUCCESS;
}

static PRL_RESULT give_kid(PRL_HANDLE h, PRL_HANDLE_TYPE type, PRL_HANDLE_TYPE kid, PRL_UINT32 index,
                           PRL_HANDLE_PTR out)
{
    PRL_ENTER(prl_record, record, h, type);
    PRL_NEED(out);
    *out = PRL_INVALID_HANDLE;
    vjob_obj *found = prl_record_kid(record, kid, index);
    return found ? prl_give(found, out) : PRL_ERR_INVALID_ARG;
}

/* The index-th of a host's devices of a kind, borrowed; NULL if there are not so many. */
static vjob_obj *host_device(const prl_record *config, PRL_DEVICE_TYPE kind, size_t index)
{
    for (size_t i = 0; i < config->n_kids; i++) {
        const prl_record *kid = (const prl_record *)config->kids[i];
        if (prl_obj_is(&kid->obj, PHT_HW_GENERIC_DEVICE) &&
            prl_bag_number(&kid->bag, PRL_PROP_SRVCFGDEV_TYPE) == (PRL_UINT64)kind && !index--)
            return config->kids[i];
    }
    return NULL;
}

static PRL_RESULT count_host_devices(PRL_HANDLE h, PRL_DEVICE_TYPE kind, PRL_UINT32_PTR out)
{
    PRL_ENTER(prl_record, config, h, PHT_SERVER_CONFIG);
    PRL_NEED(out);
    for (*out = 0; host_device(config, kind, *out);) ++*out;
    return PRL_ERR_SUCCESS;
}

static PRL_RESULT give_host_device(PRL_HANDLE h, PRL_DEVICE_TYPE kind, PRL_UINT32 index, PRL_HANDLE_PTR out)
{
    PRL_ENTER(prl_record, config, h, PHT_SERVER_CONFIG);
    PRL_NEED(out);
    *out = PRL_INVALID_HANDLE;
    vjob_obj *found = host_device(config, kind, index);
    return found ? prl_give(found, out) : PRL_ERR_INVALID_ARG;
}

#define INSIDE(type, kid, count_function, item_function)                                                     \
    PRL_METHOD(count_function)(PRL_HANDLE h, PRL_UINT32_PTR count)                                           \
    {                                                                                                        \
        return count_kids(h, type, kid, count);                                                              \
    }                                                                                                        \
    PRL_METHOD(item_function)(PRL_HANDLE h, PRL_UINT32 index, PRL_HANDLE_PTR item)                           \
    {                                                                                                        \
        return give_kid(h, type, kid, index, item);                                                          \
    }

INSIDE(PHT_LOGIN_RESPONSE, PHT_RUNNING_TASK, PrlLoginResponse_GetRunningTaskCount,
       PrlLoginResponse_GetRunningTaskByIndex)
INSIDE(PHT_SYSTEM_STATISTICS, PHT_SYSTEM_STATISTICS_CPU, PrlStat_GetCpusStatsCount, PrlStat_GetCpuStat)
INSIDE(PHT_SYSTEM_STATISTICS, PHT_SYSTEM_STATISTICS_IFACE, PrlStat_GetIfacesStatsCount, PrlStat_GetIfaceStat)
INSIDE(PHT_SYSTEM_STATISTICS, PHT_SYSTEM_STATISTICS_DISK, PrlStat_GetDisksStatsCount, PrlStat_GetDiskStat)
INSIDE(PHT_SYSTEM_STATISTICS, PHT_SYSTEM_STATISTICS_USER_SESSION, PrlStat_GetUsersStatsCount,
       PrlStat_GetUserStat)
INSIDE(PHT_SYSTEM_STATISTICS, PHT_SYSTEM_STATISTICS_PROCESS, PrlStat_GetProcsStatsCount, PrlStat_GetProcStat)
INSIDE(PHT_SYSTEM_STATISTICS_DISK, PHT_SYSTEM_STATISTICS_DISK_PARTITION, PrlStatDisk_GetPartsStatsCount,
       PrlStatDisk_GetPartStat)
#define HOST_DEVICES(kind, count_function, item_function)                                                    \
    PRL_METHOD(count_function)(PRL_HANDLE h, PRL_UINT32_PTR count)                                           \
    {                                                                                                        \
        return count_host_devices(h, kind, count);                                                           \
    }                                                                                                        \
    PRL_METHOD(item_function)(PRL_HANDLE h, PRL_UINT32 index, PRL_HANDLE_PTR item)                           \
    {                                                                                                        \
        return give_host_device(h, kind, index, item);                                                       \
    }
HOST_DEVICES(PDE_FLOPPY_DISK, PrlSrvCfg_GetFloppyDisksCount, PrlSrvCfg_GetFloppyDisk)
HOST_DEVICES(PDE_OPTICAL_DISK, PrlSrvCfg_GetOpticalDisksCount, PrlSrvCfg_GetOpticalDisk)
HOST_DEVICES(PDE_SERIAL_PORT, PrlSrvCfg_GetSerialPortsCount, PrlSrvCfg_GetSerialPort)
HOST_DEVICES(PDE_PARALLEL_PORT, PrlSrvCfg_GetParallelPortsCount, PrlSrvCfg_GetParallelPort)
HOST_DEVICES(PDE_SOUND_DEVICE, PrlSrvCfg_GetSoundOutputDevsCount, PrlSrvCfg_GetSoundOutputDev)
HOST_DEVICES(PDE_MIXER_DEVICE, PrlSrvCfg_GetSoundMixerDevsCount, PrlSrvCfg_GetSoundMixerDev)
HOST_DEVICES(PDE_PRINTER, PrlSrvCfg_GetPrintersCount, PrlSrvCfg_GetPrinter)
HOST_DEVICES(PDE_USB_DEVICE, PrlSrvCfg_GetUsbDevsCount, PrlSrvCfg_GetUsbDev)
HOST_DEVICES(PDE_GENERIC_PCI_DEVICE, PrlSrvCfg_GetGenericPciDevicesCount, PrlSrvCfg_GetGenericPciDevice)
HOST_DEVICES(PDE_GENERIC_SCSI_DEVICE, PrlSrvCfg_GetGenericScsiDevicesCount, PrlSrvCfg_GetGenericScsiDevice)
INSIDE(PHT_DISP_CONFIG, PHT_USB_IDENTITY, PrlDispCfg_GetUsbIdentityCount, PrlDispCfg_GetUsbIdentity)
INSIDE(PHT_SERVER_CONFIG, PHT_HW_HARD_DISK, PrlSrvCfg_GetHardDisksCount, PrlSrvCfg_GetHardDisk)
INSIDE(PHT_SERVER_CONFIG, PHT_HW_NET_ADAPTER, PrlSrvCfg_GetNetAdaptersCount, PrlSrvCfg_GetNetAdapter)
INSIDE(PHT_HW_HARD_DISK, PHT_HW_HARD_DISK_PARTITION, PrlSrvCfgHdd_GetPartsCount, PrlSrvCfgHdd_GetPart)
