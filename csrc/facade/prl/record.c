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
    RECORD(PHT_DISP_CONFIG),
    RECORD(PHT_HW_GENERIC_DEVICE),
    RECORD(PHT_HW_GENERIC_PCI_DEVICE),
    RECORD(PHT_HW_HARD_DISK),
    RECORD(PHT_HW_HARD_DISK_PARTITION),
    RECORD(PHT_HW_NET_ADAPTER),
    RECORD(PHT_LOGIN_RESPONSE),
    RECORD(PHT_PORT_FORWARDING),
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
    RECORD(PHT_USER_INFO),
    RECORD(PHT_USER_PROFILE),
    RECORD(PHT_VIRTUAL_NETWORK),
    RECORD(PHT_VM_GUEST_SESSION),
    RECORD(PHT_VM_INFO),
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
INSIDE(PHT_SERVER_CONFIG, PHT_HW_HARD_DISK, PrlSrvCfg_GetHardDisksCount, PrlSrvCfg_GetHardDisk)
INSIDE(PHT_SERVER_CONFIG, PHT_HW_NET_ADAPTER, PrlSrvCfg_GetNetAdaptersCount, PrlSrvCfg_GetNetAdapter)
INSIDE(PHT_HW_HARD_DISK, PHT_HW_HARD_DISK_PARTITION, PrlSrvCfgHdd_GetPartsCount, PrlSrvCfgHdd_GetPart)
