/*
 * The reading half of a hypervisor driver: a domain's description from its configuration, getter by getter, every kind
 * of device; and a container that is defined with addresses, read back, started, measured and undefined.
 */
#include "driver.h"

#define CT_UUID "{2b6e7c7e-6a55-4a6e-b7a0-3df2d6c0a111}"

/* ---- lists of strings ---- */

static void print_list(const char *what, PRL_HANDLE list)
{
    PRL_UINT32 count = 0, i, size;
    char text[128];
    EXPECT(PRL_SUCCEEDED(PrlStrList_GetItemsCount(list, &count)));
    printf("%s", what);
    for (i = 0; i < count; i++) {
        size = sizeof text;
        EXPECT(PRL_SUCCEEDED(PrlStrList_GetItem(list, i, text, &size)));
        printf(" %s", text);
    }
    printf("\n");
    PrlHandle_Free(list);
}

static PRL_HANDLE list_of(const char *first, const char *second)
{
    PRL_HANDLE list = PRL_INVALID_HANDLE;
    EXPECT(PRL_SUCCEEDED(PrlApi_CreateStringsList(&list)));
    EXPECT(PRL_SUCCEEDED(PrlStrList_AddItem(list, first)));
    if (second) EXPECT(PRL_SUCCEEDED(PrlStrList_AddItem(list, second)));
    return list;
}

/* ---- reading ---- */

static void read_disk(PRL_HANDLE disk, int is_cdrom)
{
    PRL_VM_DEV_EMULATION_TYPE emulation;
    PRL_MASS_STORAGE_INTERFACE_TYPE bus;
    PRL_CLUSTERED_DEVICE_SUBTYPE subtype;
    PRL_UINT32 index = 99, position = 99;
    PRL_BOOL is_connected = PRL_FALSE;
    PRL_DEVICE_TYPE type;
    char *path = get_string(PrlVmDev_GetFriendlyName, disk), *image = get_string(PrlVmDev_GetImagePath, disk);
    EXPECT(PRL_SUCCEEDED(PrlVmDev_GetType(disk, &type)));
    EXPECT(type == (is_cdrom ? PDE_OPTICAL_DISK : PDE_HARD_DISK));
    EXPECT(PRL_SUCCEEDED(PrlVmDev_GetEmulatedType(disk, &emulation)));
    EXPECT(PRL_SUCCEEDED(PrlVmDev_GetIfaceType(disk, &bus)));
    EXPECT(PRL_SUCCEEDED(PrlVmDev_GetSubType(disk, &subtype)));
    EXPECT(PRL_SUCCEEDED(PrlVmDev_GetStackIndex(disk, &position)));
    EXPECT(PRL_SUCCEEDED(PrlVmDev_GetIndex(disk, &index)));
    EXPECT(PRL_SUCCEEDED(PrlVmDev_IsConnected(disk, &is_connected)));
    EXPECT(path && image && is_connected);
    printf("%s %u at %u, bus %u, emulation %u\n", is_cdrom ? "cdrom" : "disk", index, position, (unsigned)bus,
           (unsigned)emulation);
    free(path);
    free(image);
}

static void read_disks(PRL_HANDLE dom)
{
    PRL_UINT32 count = 0, i, size = 0;
    PRL_HANDLE disk;
    char *mount, *url;
    EXPECT(PRL_SUCCEEDED(PrlVmCfg_GetHardDisksCount(dom, &count)));
    for (i = 0; i < count; i++) {
        EXPECT(PRL_SUCCEEDED(PrlVmCfg_GetHardDisk(dom, i, &disk)));
        read_disk(disk, 0);
        EXPECT(PRL_SUCCEEDED(PrlVmDevHd_GetDiskSize(disk, &size)) && size > 0);
        mount = get_string(PrlVmDevHd_GetMountPoint, disk);
        url = get_string(PrlVmDevHd_GetStorageURL, disk);
        if (mount && *mount) printf("mounted at %s\n", mount);
        EXPECT(mount && url && !*url);
        free(mount);
        free(url);
        PrlHandle_Free(disk);
    }
    EXPECT(PRL_SUCCEEDED(PrlVmCfg_GetOpticalDisksCount(dom, &count)));
    for (i = 0; i < count; i++) {
        EXPECT(PRL_SUCCEEDED(PrlVmCfg_GetOpticalDisk(dom, i, &disk)));
        read_disk(disk, 1);
        PrlHandle_Free(disk);
    }
}

static void read_adapter(PRL_HANDLE net)
{
    PRL_HANDLE list;
    PRL_BOOL dhcp = PRL_TRUE, dhcp6 = PRL_TRUE;
    PRL_VM_NET_ADAPTER_TYPE type;
    char *mac = get_string(PrlVmDevNet_GetMacAddressCanonical, net);
    char *name = get_string(PrlVmDevNet_GetHostInterfaceName, net);
    char *network = get_string(PrlVmDevNet_GetVirtualNetworkId, net);
    char *gateway = get_string(PrlVmDevNet_GetDefaultGateway, net);
    char *gateway6 = get_string(PrlVmDevNet_GetDefaultGatewayIPv6, net);
    EXPECT(mac && strlen(mac) == 17);
    EXPECT(PRL_SUCCEEDED(PrlVmDevNet_IsConfigureWithDhcp(net, &dhcp)));
    EXPECT(PRL_SUCCEEDED(PrlVmDevNet_IsConfigureWithDhcpIPv6(net, &dhcp6)));
    EXPECT(PRL_SUCCEEDED(PrlVmDevNet_GetAdapterType(net, &type)));
    EXPECT(PRL_SUCCEEDED(PrlVmDevNet_GetNetAddresses(net, &list)));
    EXPECT(name && network && gateway && gateway6);
    printf("adapter \"%s\" in \"%s\", gateway \"%s\", dhcp %u\n", name, network, gateway, dhcp);
    print_list("addresses", list);
    EXPECT(PRL_SUCCEEDED(PrlVmDevNet_GetDnsServers(net, &list)));
    print_list("dns", list);
    free(mac);
    free(name);
    free(network);
    free(gateway);
    free(gateway6);
}

static void read_others(PRL_HANDLE dom)
{
    PRL_UINT32 count = 0, i, video = 0, units = 1, port = 0, id = 1;
    PRL_VM_REMOTE_DISPLAY_MODE mode;
    PRL_VM_AUTOSTART_OPTION autostart;
    PRL_CPU_MODE cpu_mode;
    PRL_HANDLE boot;
    PRL_BOOL in_use;
    PRL_DEVICE_TYPE type;
    char *host = get_string(PrlVmCfg_GetVNCHostName, dom),
         *password = get_string(PrlVmCfg_GetVNCPassword, dom);
    char *mask = get_string(PrlVmCfg_GetCpuMask, dom), *home = get_string(PrlVmCfg_GetHomePath, dom);
    EXPECT(PRL_SUCCEEDED(PrlVmCfg_GetSerialPortsCount(dom, &count)) && count == 0);
    EXPECT(PRL_SUCCEEDED(PrlVmCfg_GetParallelPortsCount(dom, &count)) && count == 0);
    EXPECT(PRL_SUCCEEDED(PrlVmCfg_GetFloppyDisksCount(dom, &count)) && count == 0);
    EXPECT(PRL_SUCCEEDED(PrlVmCfg_GetSoundDevsCount(dom, &count)) && count == 0);
    EXPECT(PRL_SUCCEEDED(PrlVmCfg_GetUsbDevicesCount(dom, &count)) && count == 0);
    EXPECT(PRL_SUCCEEDED(PrlVmCfg_GetSharesCount(dom, &count)) && count == 0);
    EXPECT(PRL_SUCCEEDED(PrlVmCfg_GetGenericPciDevsCount(dom, &count)) && count == 0);
    EXPECT(PRL_SUCCEEDED(PrlVmCfg_GetVideoRamSize(dom, &video)));
    EXPECT(PRL_SUCCEEDED(PrlVmCfg_GetCpuUnits(dom, &units)));
    EXPECT(PRL_SUCCEEDED(PrlVmCfg_GetCpuMode(dom, &cpu_mode)));
    EXPECT(PRL_SUCCEEDED(PrlVmCfg_GetAutoStart(dom, &autostart)));
    EXPECT(PRL_SUCCEEDED(PrlVmCfg_GetEnvId(dom, &id)));
    EXPECT(PRL_SUCCEEDED(PrlVmCfg_GetVNCMode(dom, &mode)));
    EXPECT(PRL_SUCCEEDED(PrlVmCfg_GetVNCPort(dom, &port)));
    EXPECT(PRL_SUCCEEDED(PrlVmCfg_GetBootDevCount(dom, &count)));
    for (i = 0; i < count; i++) {
        EXPECT(PRL_SUCCEEDED(PrlVmCfg_GetBootDev(dom, i, &boot)));
        EXPECT(PRL_SUCCEEDED(PrlBootDev_IsInUse(boot, &in_use)));
        EXPECT(PRL_SUCCEEDED(PrlBootDev_GetType(boot, &type)));
        printf("boots from %u\n", (unsigned)type);
        PrlHandle_Free(boot);
    }
    EXPECT(host && password && mask && home && *home);
    printf("display mode %u, port %u\n", (unsigned)mode, port);
    free(host);
    free(password);
    free(mask);
    free(home);
}

static void describe(PRL_HANDLE dom)
{
    PRL_UINT32 cpus = 0, ram = 0, count = 0, i;
    PRL_VM_TYPE type;
    PRL_HANDLE net, info = PRL_INVALID_HANDLE;
    VIRTUAL_MACHINE_STATE state;
    char *name = get_string(PrlVmCfg_GetName, dom), *uuid = get_string(PrlVmCfg_GetUuid, dom);
    EXPECT(name && uuid && uuid_is_braced(uuid));
    EXPECT(PRL_SUCCEEDED(PrlVmCfg_GetVmInfo(dom, &info)));
    EXPECT(PRL_SUCCEEDED(PrlVmInfo_GetState(info, &state)));
    EXPECT(PRL_SUCCEEDED(PrlVmCfg_GetVmType(dom, &type)));
    EXPECT(PRL_SUCCEEDED(PrlVmCfg_GetCpuCount(dom, &cpus)));
    EXPECT(PRL_SUCCEEDED(PrlVmCfg_GetRamSize(dom, &ram)));
    printf("%s %s: %u cpus, %u MB, state 0x%x\n", type == PVT_CT ? "container" : "machine", name, cpus, ram,
           (unsigned)state);
    read_disks(dom);
    EXPECT(PRL_SUCCEEDED(PrlVmCfg_GetNetAdaptersCount(dom, &count)));
    for (i = 0; i < count; i++) {
        EXPECT(PRL_SUCCEEDED(PrlVmCfg_GetNetAdapter(dom, i, &net)));
        read_adapter(net);
        PrlHandle_Free(net);
    }
    read_others(dom);
    free(name);
    free(uuid);
    PrlHandle_Free(info);
}

/* ---- a container ---- */

static void set_filesystem(PRL_HANDLE dom)
{
    PRL_HANDLE disk;
    EXPECT(PRL_SUCCEEDED(PrlVmCfg_CreateVmDev(dom, PDE_HARD_DISK, &disk)));
    EXPECT(PRL_SUCCEEDED(PrlVmDev_SetEnabled(disk, PRL_TRUE)));
    EXPECT(PRL_SUCCEEDED(PrlVmDev_SetConnected(disk, PRL_TRUE)));
    EXPECT(PRL_SUCCEEDED(PrlVmDev_SetEmulatedType(disk, PDT_USE_IMAGE_FILE)));
    EXPECT(PRL_SUCCEEDED(PrlVmDev_SetStackIndex(disk, 0)));
    EXPECT(PRL_SUCCEEDED(PrlVmDev_SetImagePath(disk, "/vz/root.hdd")));
    EXPECT(PRL_SUCCEEDED(PrlVmDev_SetFriendlyName(disk, "/vz/root.hdd")));
    EXPECT(PRL_SUCCEEDED(PrlVmDevHd_SetMountPoint(disk, "/")));
    EXPECT(PRL_SUCCEEDED(PrlVmDevHd_SetDiskSize(disk, 2048)));
    PrlHandle_Free(disk);
}

static void set_network(PRL_HANDLE dom)
{
    PRL_HANDLE net, list;
    EXPECT(PRL_SUCCEEDED(PrlVmCfg_CreateVmDev(dom, PDE_GENERIC_NETWORK_ADAPTER, &net)));
    EXPECT(PRL_SUCCEEDED(PrlVmDev_SetEnabled(net, PRL_TRUE)));
    EXPECT(PRL_SUCCEEDED(PrlVmDev_SetConnected(net, PRL_TRUE)));
    EXPECT(PRL_SUCCEEDED(PrlVmDev_SetEmulatedType(net, (PRL_VM_DEV_EMULATION_TYPE)PNA_BRIDGED_NETWORK)));
    EXPECT(PRL_SUCCEEDED(PrlVmDevNet_SetHostInterfaceName(net, "veth7")));
    EXPECT(PRL_SUCCEEDED(PrlVmDevNet_SetMacAddress(net, "001C42AABBCC")));
    EXPECT(PRL_SUCCEEDED(PrlVmDevNet_SetVirtualNetworkId(net, "default")));
    EXPECT(PRL_SUCCEEDED(PrlVmDevNet_SetConfigureWithDhcp(net, PRL_FALSE)));
    EXPECT(PRL_SUCCEEDED(PrlVmDevNet_SetAutoApply(net, PRL_TRUE)));
    list = list_of("192.168.7.2/255.255.255.0", "fd00::2/64");
    EXPECT(PRL_SUCCEEDED(PrlVmDevNet_SetNetAddresses(net, list)));
    PrlHandle_Free(list);
    list = list_of("192.168.7.53", NULL);
    EXPECT(PRL_SUCCEEDED(PrlVmDevNet_SetDnsServers(net, list)));
    PrlHandle_Free(list);
    EXPECT(PRL_SUCCEEDED(PrlVmDevNet_SetDefaultGateway(net, "192.168.7.1")));
    EXPECT(PRL_SUCCEEDED(PrlVmDevNet_SetPktFilterPreventMacSpoof(net, PRL_FALSE)));
    EXPECT(PRL_SUCCEEDED(PrlVmDevNet_SetPktFilterPreventPromisc(net, PRL_FALSE)));
    EXPECT(PRL_SUCCEEDED(PrlVmDevNet_SetPktFilterPreventIpSpoof(net, PRL_FALSE)));
    PrlHandle_Free(net);
}

static PRL_HANDLE define_container(PRL_HANDLE server)
{
    PRL_HANDLE dom = PRL_INVALID_HANDLE, result = PRL_INVALID_HANDLE;
    PRL_GET_VM_CONFIG_PARAM_DATA wanted;
    memset(&wanted, 0, sizeof wanted);
    wanted.nVmType = PVT_CT;
    wanted.sConfigSample = "vswap.1024MB";
    wanted.nOsVersion = 0;
    CHECK_RET(job_result(PrlSrv_GetDefaultVmConfig(server, &wanted, 0), &result), cleanup);
    CHECK_RET(PrlResult_GetParamByIndex(result, 0, &dom), cleanup);
    CHECK_RET(PrlVmCfg_SetVmType(dom, PVT_CT), cleanup);
    CHECK_RET(PrlVmCfg_SetName(dom, "web"), cleanup);
    CHECK_RET(PrlVmCfg_SetUuid(dom, CT_UUID), cleanup);
    CHECK_RET(PrlVmCfg_SetOsTemplate(dom, "debian"), cleanup);
    CHECK_RET(PrlVmCfg_SetRamSize(dom, 256), cleanup);
    CHECK_RET(PrlVmCfg_SetCpuCount(dom, 2), cleanup);
    CHECK_RET(PrlVmCfg_SetVNCMode(dom, PRD_AUTO), cleanup);
    CHECK_RET(PrlVmCfg_SetVNCHostName(dom, "127.0.0.1"), cleanup);
    CHECK_RET(PrlVmCfg_SetVNCPassword(dom, ""), cleanup);
    set_filesystem(dom);
    set_network(dom);
    CHECK_RET(wait_job(PrlVm_RegEx(dom, "", PRNVM_PRESERVE_DISK)), cleanup);
cleanup:
    PrlHandle_Free(result);
    return dom;
}

/* ---- figures ---- */

static PRL_EVENT_TYPE first_perf; /* 0 until one came */

static PRL_RESULT on_event(PRL_HANDLE event, PRL_VOID_PTR data)
{
    PRL_HANDLE_TYPE kind;
    PRL_EVENT_TYPE type;
    (void)data;
    if (PRL_SUCCEEDED(PrlHandle_GetType(event, &kind)) && kind == PHT_EVENT &&
        PRL_SUCCEEDED(PrlEvent_GetType(event, &type)) && type == PET_DSP_EVT_VM_PERFSTATS)
        __atomic_store_n(&first_perf, type, __ATOMIC_SEQ_CST);
    PrlHandle_Free(event);
    return PRL_ERR_SUCCESS;
}

/* The guest is up. */
static void wait_for_tools(PRL_HANDLE dom)
{
    PRL_VM_TOOLS_STATE state = PTS_UNKNOWN;
    PRL_HANDLE info;
    while (state != PTS_INSTALLED) {
        info = first_param(PrlVm_GetToolsState(dom));
        EXPECT(PRL_SUCCEEDED(PrlVmToolsInfo_GetState(info, &state)));
        PrlHandle_Free(info);
    }
}

static void measure(PRL_HANDLE server, PRL_HANDLE dom)
{
    PRL_HANDLE stats;
    PRL_UINT64 seconds = 0;
    EXPECT(PRL_SUCCEEDED(PrlSrv_RegEventHandler(server, on_event, NULL)));
    EXPECT(PRL_SUCCEEDED(wait_job(PrlVm_SubscribeToPerfStats(dom, NULL))));
    while (!__atomic_load_n(&first_perf, __ATOMIC_SEQ_CST)) PrlHandle_Free(first_param(PrlVm_GetState(dom)));
    EXPECT(PRL_SUCCEEDED(wait_job(PrlVm_UnsubscribeFromPerfStats(dom))));
    EXPECT(PRL_SUCCEEDED(PrlSrv_UnregEventHandler(server, on_event, NULL)));
    stats = first_param(PrlVm_GetStatistics(dom));
    EXPECT(PRL_SUCCEEDED(PrlStat_GetOsUptime(stats, &seconds)));
    PrlHandle_Free(stats);
    EXPECT(PRL_SUCCEEDED(PrlVmCfg_GetUptime(dom, &seconds)));
    wait_for_tools(dom);
    EXPECT(PRL_SUCCEEDED(wait_job(PrlVm_SetUserPasswd(dom, "root", "secret", 0))));
}

/* ---- the host ---- */

static void read_host(PRL_HANDLE server)
{
    PRL_HANDLE config = first_param(PrlSrv_GetSrvConfig(server)), info = PRL_INVALID_HANDLE;
    PRL_UINT32 cpus = 0, ram = 0, nets = 0;
    char *uuid, *name = get_string(PrlSrvCfg_GetHostname, config);
    EXPECT(PRL_SUCCEEDED(PrlSrvCfg_GetCpuCount(config, &cpus)));
    EXPECT(PRL_SUCCEEDED(PrlSrvCfg_GetHostRamSize(config, &ram)));
    EXPECT(PRL_SUCCEEDED(PrlSrvCfg_GetNetAdaptersCount(config, &nets)));
    EXPECT(PRL_SUCCEEDED(PrlSrv_GetServerInfo(server, &info)));
    uuid = get_string(PrlSrvInfo_GetServerUuid, info);
    EXPECT(uuid && uuid_is_braced(uuid));
    printf("host %s: %u cpus, %u MB, %u adapters\n", name, cpus, ram, nets);
    free(uuid);
    free(name);
    PrlHandle_Free(info);
    PrlHandle_Free(config);
}

int main(void)
{
    PRL_HANDLE server = PRL_INVALID_HANDLE, list = PRL_INVALID_HANDLE, dom;
    PRL_UINT32 count = 0, i;
    if (open_connection(&server)) return 2;
    read_host(server);
    EXPECT(PRL_SUCCEEDED(job_result(PrlSrv_GetVmListEx(server, PVTF_VM | PVTF_CT), &list)));
    EXPECT(PRL_SUCCEEDED(PrlResult_GetParamsCount(list, &count)));
    for (i = 0; i < count; i++) {
        EXPECT(PRL_SUCCEEDED(PrlResult_GetParamByIndex(list, i, &dom)));
        describe(dom);
        PrlHandle_Free(dom);
    }
    PrlHandle_Free(list);
    dom = define_container(server);
    describe(dom);
    EXPECT(PRL_SUCCEEDED(wait_job(PrlVm_Start(dom))));
    measure(server, dom);
    EXPECT(PRL_SUCCEEDED(wait_job(PrlVm_StopEx(dom, PSM_KILL, 0))));
    EXPECT(PRL_SUCCEEDED(wait_job(PrlVm_Delete(dom, PRL_INVALID_HANDLE))));
    PrlHandle_Free(dom);
    return close_connection(server);
}
