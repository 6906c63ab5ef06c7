/*
 * The other half of a hypervisor driver: domains that are defined from a description, with disks, network adapters and
 * a boot order, changed, given snapshots whose tree is read as XML, and undefined again.
 */
#include "driver.h"

#define UUID "{6f1bd1f0-6e4a-4a39-9a34-0e1f6ab84f5c}"

/* ---- snapshots ---- */

static char *snapshot_tree(PRL_HANDLE vm)
{
    PRL_HANDLE result = PRL_INVALID_HANDLE;
    PRL_UINT32 size = 0;
    char *xml = NULL;
    CHECK_RET(job_result(PrlVm_GetSnapshotsTreeEx(vm, PGST_WITHOUT_SCREENSHOTS), &result), cleanup);
    CHECK_RET(PrlResult_GetParamAsString(result, NULL, &size), cleanup);
    xml = malloc(size);
    CHECK_RET(PrlResult_GetParamAsString(result, xml, &size), cleanup);
    EXPECT(strlen(xml) + 1 == size);
cleanup:
    PrlHandle_Free(result);
    return xml;
}

/* How deep the tree goes, and the guid of its current leaf. */
static int look_at_tree(const char *xml, char guid[64])
{
    int depth = 0, deepest = 0;
    EXPECT(strstr(xml, "<ParallelsSavedStates>") != NULL);
    for (const char *at = xml; (at = strchr(at, '<')) != NULL; at++) {
        if (!strncmp(at, "</SavedStateItem>", 17)) depth--;
        if (strncmp(at, "<SavedStateItem ", 16)) continue;
        if (++depth > deepest) deepest = depth;
        const char *current = strstr(at, "current=\"yes\""), *end = strchr(at, '>');
        const char *id = strstr(at, "guid=\"");
        EXPECT(id && id < end && strstr(at, "state=\"") < end);
        if (current && current < end && id) snprintf(guid, 64, "%.38s", id + 6);
    }
    EXPECT(depth == 0);
    return deepest;
}

static void snapshots(PRL_HANDLE vm)
{
    char first[64] = "", second[64] = "", now[64] = "", *xml;
    EXPECT(PRL_SUCCEEDED(wait_job(PrlVm_CreateSnapshot(vm, "one", "the first & <best>"))));
    EXPECT(look_at_tree((xml = snapshot_tree(vm)), first) == 1);
    free(xml);
    EXPECT(PRL_SUCCEEDED(wait_job(PrlVm_CreateSnapshot(vm, "two", ""))));
    xml = snapshot_tree(vm);
    EXPECT(look_at_tree(xml, second) == 2 && strcmp(first, second));
    EXPECT(strstr(xml, "<Description>the first &amp; &lt;best&gt;</Description>") != NULL);
    free(xml);
    EXPECT(PRL_SUCCEEDED(wait_job(PrlVm_SwitchToSnapshot(vm, first))));
    EXPECT(look_at_tree((xml = snapshot_tree(vm)), now) == 2 && !strcmp(now, first));
    free(xml);
    EXPECT(wait_job(PrlVm_SwitchToSnapshot(vm, "{11111111-2222-3333-4444-555555555555}")) ==
           PRL_ERR_VM_SNAPSHOT_NOT_FOUND);
    EXPECT(PRL_SUCCEEDED(wait_job(PrlVm_DeleteSnapshot(vm, first, PRL_TRUE))));
    EXPECT(look_at_tree((xml = snapshot_tree(vm)), now) == 0);
    free(xml);
    printf("snapshots: done\n");
}

/* ---- defining and undefining ---- */

static void add_disk(PRL_HANDLE vm, const char *image)
{
    PRL_HANDLE disk = PRL_INVALID_HANDLE;
    CHECK_RET(PrlVmCfg_CreateVmDev(vm, PDE_HARD_DISK, &disk), cleanup);
    CHECK_RET(PrlVmDev_SetEnabled(disk, 1), cleanup);
    CHECK_RET(PrlVmDev_SetConnected(disk, 1), cleanup);
    CHECK_RET(PrlVmDev_SetEmulatedType(disk, PDT_USE_IMAGE_FILE), cleanup);
    CHECK_RET(PrlVmDev_SetFriendlyName(disk, image), cleanup);
    CHECK_RET(PrlVmDev_SetSysName(disk, image), cleanup);
    CHECK_RET(PrlVmDev_SetImagePath(disk, image), cleanup);
    CHECK_RET(PrlVmDev_SetIfaceType(disk, PMS_SATA_DEVICE), cleanup);
    CHECK_RET(PrlVmDev_SetStackIndex(disk, 0), cleanup);
    CHECK_RET(PrlVmDevHd_SetDiskSize(disk, 2048), cleanup);
cleanup:
    PrlHandle_Free(disk);
}

static void add_net(PRL_HANDLE vm)
{
    PRL_HANDLE net = PRL_INVALID_HANDLE;
    CHECK_RET(PrlVmCfg_CreateVmDev(vm, PDE_GENERIC_NETWORK_ADAPTER, &net), cleanup);
    CHECK_RET(PrlVmDev_SetEnabled(net, 1), cleanup);
    CHECK_RET(PrlVmDev_SetConnected(net, 1), cleanup);
    CHECK_RET(PrlVmDevNet_SetMacAddress(net, "525400AABBCC"), cleanup);
    CHECK_RET(PrlVmDev_SetEmulatedType(net, (PRL_VM_DEV_EMULATION_TYPE)PNA_BRIDGED_NETWORK), cleanup);
    CHECK_RET(PrlVmDevNet_SetVirtualNetworkId(net, "default"), cleanup);
    CHECK_RET(PrlVmDevNet_SetAdapterType(net, PNT_E1000), cleanup);
cleanup:
    PrlHandle_Free(net);
}

static void add_boot_device(PRL_HANDLE vm, PRL_DEVICE_TYPE type, PRL_UINT32 place)
{
    PRL_HANDLE device = PRL_INVALID_HANDLE;
    CHECK_RET(PrlVmCfg_CreateBootDev(vm, &device), cleanup);
    CHECK_RET(PrlBootDev_SetIndex(device, 0), cleanup);
    CHECK_RET(PrlBootDev_SetType(device, type), cleanup);
    CHECK_RET(PrlBootDev_SetSequenceIndex(device, place), cleanup);
    CHECK_RET(PrlBootDev_SetInUse(device, PRL_TRUE), cleanup);
cleanup:
    PrlHandle_Free(device);
}

static PRL_HANDLE define_domain(PRL_HANDLE server)
{
    PRL_HANDLE vm = PRL_INVALID_HANDLE, host = first_param(PrlSrv_GetSrvConfig(server));
    CHECK_RET(PrlSrv_CreateVm(server, &vm), cleanup);
    CHECK_RET(PrlVmCfg_SetDefaultConfig(vm, host, PVS_GUEST_VER_LIN_REDHAT, PRL_FALSE), cleanup);
    CHECK_RET(PrlVmCfg_SetName(vm, "defined"), cleanup);
    CHECK_RET(PrlVmCfg_SetUuid(vm, UUID), cleanup);
    CHECK_RET(PrlVmCfg_SetRamSize(vm, 384), cleanup);
    CHECK_RET(PrlVmCfg_SetCpuCount(vm, 2), cleanup);
    CHECK_RET(PrlVmCfg_SetDescription(vm, "by the driver"), cleanup);
    CHECK_RET(PrlVmCfg_SetAutoStart(vm, PAO_VM_START_ON_LOAD), cleanup);
    add_disk(vm, "/vz/disk.hdd");
    add_net(vm);
    add_boot_device(vm, PDE_HARD_DISK, 0);
    add_boot_device(vm, PDE_GENERIC_NETWORK_ADAPTER, 1);
    CHECK_RET(wait_job(PrlVm_Reg(vm, "", 1)), cleanup);
    EXPECT(wait_job(PrlVm_Reg(vm, "", 1)) == PRL_ERR_VM_ALREADY_REGISTERED);
cleanup:
    PrlHandle_Free(host);
    return vm;
}

/* Another session's eyes: the look-up gives the same handle, with what was defined. */
static void look_up(PRL_HANDLE server, PRL_HANDLE vm)
{
    PRL_HANDLE found = first_param(PrlSrv_GetVmConfig(server, UUID, PGVC_SEARCH_BY_UUID));
    PRL_HANDLE net = PRL_INVALID_HANDLE, boot = PRL_INVALID_HANDLE;
    PRL_UINT32 cpus = 0, ram = 0, place = 9;
    PRL_DEVICE_TYPE type;
    char *mac = NULL;
    EXPECT(found == vm);
    CHECK_RET(PrlVmCfg_GetCpuCount(found, &cpus), cleanup);
    CHECK_RET(PrlVmCfg_GetRamSize(found, &ram), cleanup);
    EXPECT(cpus == 2 && ram == 384);
    CHECK_RET(PrlVmCfg_GetNetAdapter(found, 0, &net), cleanup);
    mac = get_string(PrlVmDevNet_GetMacAddress, net);
    EXPECT(mac && !strcmp(mac, "525400AABBCC"));
    CHECK_RET(PrlVmCfg_GetBootDev(found, 1, &boot), cleanup);
    CHECK_RET(PrlBootDev_GetType(boot, &type), cleanup);
    CHECK_RET(PrlBootDev_GetSequenceIndex(boot, &place), cleanup);
    EXPECT(type == PDE_GENERIC_NETWORK_ADAPTER && place == 1);
cleanup:
    free(mac);
    PrlHandle_Free(boot);
    PrlHandle_Free(net);
    PrlHandle_Free(found);
}

static void change(PRL_HANDLE vm)
{
    PRL_UINT32 n = 0;
    CHECK_RET(wait_job(PrlVm_BeginEdit(vm)), cleanup);
    CHECK_RET(PrlVmCfg_SetRamSize(vm, 512), cleanup);
    add_disk(vm, "/vz/more.hdd");
    CHECK_RET(wait_job(PrlVm_CommitEx(vm, PVCF_DETACH_HDD_BUNDLE)), cleanup);
    CHECK_RET(wait_job(PrlVm_RefreshConfig(vm)), cleanup);
    CHECK_RET(PrlVmCfg_GetHardDisksCount(vm, &n), cleanup);
    EXPECT(n == 2);
    CHECK_RET(PrlVmCfg_GetBootDevCount(vm, &n), cleanup);
    EXPECT(n == 2);
cleanup:
    return;
}

/* A running domain keeps its name; a stopped one gets the new one. */
static void rename_domain(PRL_HANDLE vm)
{
    char *name;
    CHECK_RET(wait_job(PrlVm_Start(vm)), cleanup);
    CHECK_RET(wait_job(PrlVm_BeginEdit(vm)), cleanup);
    CHECK_RET(PrlVmCfg_SetName(vm, "renamed"), cleanup);
    EXPECT(wait_job(PrlVm_Commit(vm)) == PRL_ERR_DISP_VM_IS_NOT_STOPPED);
    CHECK_RET(wait_job(PrlVm_StopEx(vm, PSM_KILL, 0)), cleanup);
    CHECK_RET(wait_job(PrlVm_BeginEdit(vm)), cleanup);
    name = get_string(PrlVmCfg_GetName, vm);
    EXPECT(name && !strcmp(name, "defined"));
    free(name);
    CHECK_RET(PrlVmCfg_SetName(vm, "renamed"), cleanup);
    CHECK_RET(wait_job(PrlVm_Commit(vm)), cleanup);
cleanup:
    return;
}

static void undefine(PRL_HANDLE server, PRL_HANDLE vm)
{
    PRL_HANDLE disks = PRL_INVALID_HANDLE;
    CHECK_RET(PrlApi_CreateStringsList(&disks), cleanup);
    CHECK_RET(PrlStrList_AddItem(disks, "/vz/disk.hdd"), cleanup);
    CHECK_RET(wait_job(PrlVm_Delete(vm, disks)), cleanup);
    EXPECT(wait_job(PrlSrv_GetVmConfig(server, UUID, PGVC_SEARCH_BY_UUID)) == PRL_ERR_VM_UUID_NOT_FOUND);
cleanup:
    PrlHandle_Free(disks);
}

int main(void)
{
    PRL_HANDLE server, vm;
    if (open_connection(&server)) return 2;
    vm = define_domain(server);
    look_up(server, vm);
    change(vm);
    snapshots(vm);
    rename_domain(vm);
    undefine(server, vm);
    PrlHandle_Free(vm);
    return close_connection(server);
}
