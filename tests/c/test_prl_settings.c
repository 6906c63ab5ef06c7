/* What clients of a host's service set and read back: preferences, licence, networks; and values that come in pairs. */
#include "prl_test.h"

static PRL_HANDLE vm; /* of the test; freed by finish */

static int finish(void **state)
{
    if (vm != PRL_INVALID_HANDLE) DONE(PrlHandle_Free(vm));
    vm = PRL_INVALID_HANDLE;
    return pt_finish(state);
}
#define SETTING(test) cmocka_unit_test_teardown(test, finish)

static void begin(void)
{
    pt_begin(NULL);
    vm = pt_vm("WindowsXP");
}

/* A second session on the same host. */
static PRL_HANDLE session(void)
{
    PRL_HANDLE server;
    DONE(PrlSrv_Create(&server));
    DONE(pt_end(PrlSrv_LoginLocal(server, "", 0, PSL_LOW_SECURITY)));
    return server;
}

/* How many objects a job's result holds; the index-th in *out, if that is wanted. */
static PRL_UINT32 params(PRL_HANDLE job, PRL_UINT32 index, PRL_HANDLE *out)
{
    PRL_HANDLE result;
    PRL_UINT32 count;
    PRL_RESULT code;
    DONE(PrlJob_Wait(job, NEVER));
    DONE(PrlJob_GetRetCode(job, &code));
    DONE(code);
    DONE(PrlJob_GetResult(job, &result));
    DONE(PrlResult_GetParamsCount(result, &count));
    if (out) DONE(PrlResult_GetParamByIndex(result, index, out));
    DONE(PrlHandle_Free(result));
    DONE(PrlHandle_Free(job));
    return count;
}

static char *result_text(PRL_HANDLE job)
{
    PRL_HANDLE result;
    DONE(PrlJob_Wait(job, NEVER));
    DONE(PrlJob_GetResult(job, &result));
    char *text = PT_STRING(PrlResult_GetParamAsString, result);
    DONE(PrlHandle_Free(result));
    DONE(PrlHandle_Free(job));
    return text;
}

static PRL_UINT32 list_count(PRL_HANDLE list)
{
    PRL_UINT32 count;
    DONE(PrlOpTypeList_GetItemsCount(list, &count));
    return count;
}

/* ---- what is kept with the host ---- */

static void preferences_are_the_hosts_not_the_sessions(void **state)
{
    PRL_HANDLE prefs, other;
    PRL_UINT32 memory;
    (void)state;
    begin();
    prefs = pt_param(PrlSrv_GetCommonPrefs(pt_server));
    DONE(pt_end(PrlSrv_CommonPrefsBeginEdit(pt_server)));
    DONE(PrlDispCfg_SetReservedMemLimit(prefs, 777));
    DONE(pt_end(PrlSrv_CommonPrefsCommit(pt_server, prefs)));
    DONE(PrlDispCfg_SetReservedMemLimit(prefs, 1)); /* after the commit: a private matter */
    DONE(PrlHandle_Free(prefs));
    other = session();
    prefs = pt_param(PrlSrv_GetCommonPrefs(other));
    DONE(PrlDispCfg_GetReservedMemLimit(prefs, &memory));
    EQUAL(memory, 777);
    DONE(PrlHandle_Free(prefs));
    DONE(PrlHandle_Free(other));
}

static void a_profile_can_be_changed(void **state)
{
    PRL_HANDLE profile;
    PRL_BOOL may;
    (void)state;
    begin();
    profile = pt_param(PrlSrv_GetUserProfile(pt_server));
    TEXT(PT_STRING(PrlUsrCfg_GetDefaultVmFolder, profile), "[standard]");
    DONE(PrlUsrCfg_CanChangeSrvSets(profile, &may));
    EQUAL(may, PRL_TRUE);
    DONE(pt_end(PrlSrv_UserProfileBeginEdit(pt_server)));
    DONE(PrlUsrCfg_SetDefaultVmFolder(profile, "/vms"));
    DONE(pt_end(PrlSrv_UserProfileCommit(pt_server, profile)));
    RESULT(pt_end(PrlSrv_UserProfileCommit(pt_server, vm)), PRL_ERR_INVALID_ARG);
    DONE(PrlHandle_Free(profile));
    profile = pt_param(PrlSrv_GetUserProfile(pt_server));
    TEXT(PT_STRING(PrlUsrCfg_GetDefaultVmFolder, profile), "/vms");
    DONE(PrlHandle_Free(profile));
}

static void a_licence_is_valid_and_takes_a_new_key(void **state)
{
    PRL_HANDLE license;
    PRL_BOOL is_valid;
    PRL_RESULT status = PRL_ERR_UNEXPECTED;
    (void)state;
    begin();
    license = pt_param(PrlSrv_GetLicenseInfo(pt_server));
    DONE(PrlLic_IsValid(license, &is_valid));
    EQUAL(is_valid, PRL_TRUE);
    DONE(PrlLic_GetStatus(license, &status));
    CHECK(PRL_LICENSE_IS_VALID(status));
    DONE(PrlHandle_Free(license));
    license = pt_param(PrlSrv_UpdateLicense(pt_server, "KEY-1", "me", "my firm"));
    TEXT(PT_STRING(PrlLic_GetLicenseKey, license), "KEY-1");
    DONE(PrlHandle_Free(license));
    license = pt_param(PrlSrv_GetLicenseInfo(pt_server));
    TEXT(PT_STRING(PrlLic_GetUserName, license), "me");
    TEXT(PT_STRING(PrlLic_GetCompanyName, license), "my firm");
    DONE(PrlHandle_Free(license));
    RESULT(pt_end(PrlSrv_UpdateLicense(pt_server, NULL, "me", "my firm")), PRL_ERR_INVALID_ARG);
}

/* ---- networks ---- */

static PRL_HANDLE network(const char *name)
{
    PRL_HANDLE net;
    DONE(PrlVirtNet_Create(&net));
    DONE(PrlVirtNet_SetNetworkId(net, name));
    return net;
}

static void virtual_networks_come_and_go(void **state)
{
    PRL_HANDLE net, found, adapter, config;
    PRL_NET_VIRTUAL_NETWORK_TYPE type;
    (void)state;
    begin();
    EQUAL(params(PrlSrv_GetVirtualNetworkList(pt_server, 0), 0, &found), 1);
    TEXT(PT_STRING(PrlVirtNet_GetNetworkId, found), "default");
    config = pt_param(PrlSrv_GetSrvConfig(pt_server));
    DONE(PrlVirtNet_GetBoundAdapterInfo(found, config, &adapter));
    DONE(PrlHandle_Free(adapter));
    DONE(PrlHandle_Free(config));
    DONE(PrlHandle_Free(found));
    net = network("lan");
    DONE(PrlVirtNet_SetNetworkType(net, PVN_HOST_ONLY));
    DONE(PrlVirtNet_SetDescription(net, "for tests"));
    DONE(pt_end(PrlSrv_AddVirtualNetwork(pt_server, net, 0)));
    RESULT(pt_end(PrlSrv_AddVirtualNetwork(pt_server, net, 0)), PRL_NET_DUPLICATE_VIRTUAL_NETWORK_ID);
    DONE(PrlVirtNet_SetDescription(net, "changed"));
    EQUAL(params(PrlSrv_GetVirtualNetworkList(pt_server, 0), 1, &found), 2);
    TEXT(PT_STRING(PrlVirtNet_GetDescription, found), "for tests");
    DONE(PrlVirtNet_GetNetworkType(found, &type));
    EQUAL(type, PVN_HOST_ONLY);
    DONE(PrlHandle_Free(found));
    DONE(pt_end(PrlSrv_UpdateVirtualNetwork(pt_server, net, 0)));
    EQUAL(params(PrlSrv_GetVirtualNetworkList(pt_server, 0), 1, &found), 2);
    TEXT(PT_STRING(PrlVirtNet_GetDescription, found), "changed");
    DONE(PrlHandle_Free(found));
    DONE(pt_end(PrlSrv_DeleteVirtualNetwork(pt_server, net, 0)));
    RESULT(pt_end(PrlSrv_DeleteVirtualNetwork(pt_server, net, 0)), PRL_NET_VIRTUAL_NETWORK_NOT_FOUND);
    EQUAL(params(PrlSrv_GetVirtualNetworkList(pt_server, 0), 0, NULL), 1);
    DONE(PrlHandle_Free(net));
    net = network("default");
    RESULT(pt_end(PrlSrv_AddVirtualNetwork(pt_server, net, 0)), PRL_NET_DUPLICATE_VIRTUAL_NETWORK_ID);
    DONE(PrlVirtNet_SetDescription(net, "the first one"));
    DONE(pt_end(PrlSrv_UpdateVirtualNetwork(pt_server, net, 0)));
    EQUAL(params(PrlSrv_GetVirtualNetworkList(pt_server, 0), 0, &found), 1);
    TEXT(PT_STRING(PrlVirtNet_GetDescription, found), "the first one");
    DONE(PrlHandle_Free(found));
    DONE(pt_end(PrlSrv_DeleteVirtualNetwork(pt_server, net, 0)));
    EQUAL(params(PrlSrv_GetVirtualNetworkList(pt_server, 0), 0, NULL), 0);
    DONE(PrlHandle_Free(net));
    net = network("");
    RESULT(pt_end(PrlSrv_AddVirtualNetwork(pt_server, net, 0)), PRL_ERR_INVALID_ARG);
    DONE(PrlHandle_Free(net));
}

static void networks_are_the_worlds(void **state)
{
    PRL_HANDLE net, adapter;
    vjob_host *host;
    vjob_network *network_found;
    vjob_network_info info;
    vjob_network_config config;
    (void)state;
    begin();
    net = network("lan");
    DONE(PrlVirtNet_SetNetworkType(net, PVN_HOST_ONLY));
    DONE(PrlVirtNet_SetNATServerEnabled(net, PRL_TRUE));
    DONE(PrlVirtNet_SetHostIPAddress(net, "10.1.2.1"));
    DONE(pt_end(PrlSrv_AddVirtualNetwork(pt_server, net, 0)));
    OK(vjob_host_find("", &host));
    OK(vjob_network_by_name(host, "lan", &network_found));
    vjob_network_look(network_found, &info);
    EQUAL(info.active, 1);
    vjob_network_get_config(network_found, 1, &config);
    TEXT(config.forward, "nat");
    TEXT(config.address, "10.1.2.1");
    vjob_network_release(network_found);
    vjob_host_release(host);
    DONE(PrlVmCfg_GetNetAdapter(vm, 0, &adapter)); /* and VMs can be in it */
    DONE(PrlVmDevNet_SetVirtualNetworkId(adapter, "lan"));
    DONE(PrlHandle_Free(adapter));
    DONE(pt_end(PrlVm_Commit(vm)));
    DONE(pt_end(PrlSrv_DeleteVirtualNetwork(pt_server, net, 0)));
    DONE(PrlHandle_Free(net));
}

static void private_networks_and_services_have_names(void **state)
{
    PRL_HANDLE net, service, list, found;
    PRL_UINT32 port;
    (void)state;
    begin();
    DONE(PrlIPPrivNet_Create(&net));
    DONE(PrlIPPrivNet_SetName(net, "p"));
    DONE(PrlApi_CreateStringsList(&list));
    DONE(PrlStrList_AddItem(list, "10.0.0.0/8"));
    DONE(PrlIPPrivNet_SetNetAddresses(net, list));
    DONE(PrlHandle_Free(list));
    RESULT(pt_end(PrlSrv_UpdateIPPrivateNetwork(pt_server, net, 0)),
           PRL_NET_IPPRIVATE_NETWORK_DOES_NOT_EXIST);
    DONE(pt_end(PrlSrv_AddIPPrivateNetwork(pt_server, net, 0)));
    RESULT(pt_end(PrlSrv_AddIPPrivateNetwork(pt_server, net, 0)), PRL_NET_DUPLICATE_IPPRIVATE_NETWORK_NAME);
    EQUAL(params(PrlSrv_GetIPPrivateNetworksList(pt_server, 0), 0, &found), 1);
    DONE(PrlIPPrivNet_GetNetAddresses(found, &list));
    TEXT(PT_STRING(PrlStrList_GetItem, list, 0), "10.0.0.0/8");
    DONE(PrlHandle_Free(list));
    DONE(PrlHandle_Free(found));
    DONE(pt_end(PrlSrv_RemoveIPPrivateNetwork(pt_server, net, 0)));
    EQUAL(params(PrlSrv_GetIPPrivateNetworksList(pt_server, 0), 0, NULL), 0);
    DONE(PrlHandle_Free(net));
    DONE(PrlOffmgmtService_Create(&service));
    DONE(PrlOffmgmtService_SetName(service, "vzpp"));
    DONE(PrlOffmgmtService_SetPort(service, 4643));
    DONE(pt_end(PrlSrv_UpdateOfflineService(pt_server, service, 0)));
    EQUAL(params(PrlSrv_GetOfflineServicesList(pt_server, 0), 0, &found), 1);
    DONE(PrlOffmgmtService_GetPort(found, &port));
    EQUAL(port, 4643);
    DONE(PrlHandle_Free(found));
    DONE(pt_end(PrlSrv_DeleteOfflineService(pt_server, service, 0)));
    DONE(PrlHandle_Free(service));
}

static void shaping_keeps_lists_of_objects(void **state)
{
    PRL_HANDLE config, list, entry, found;
    PRL_UINT32 rate, count;
    (void)state;
    begin();
    config = pt_param(PrlSrv_GetNetworkShapingConfig(pt_server, 0));
    DONE(PrlNetworkShapingConfig_GetNetworkShapingList(config, &list));
    DONE(PrlHndlList_GetItemsCount(list, &count));
    EQUAL(count, 0);
    DONE(PrlNetworkShapingEntry_Create(1, 2000, &entry));
    DONE(PrlNetworkShapingEntry_SetDevice(entry, "eth0"));
    DONE(PrlHndlList_AddItem(list, entry));
    DONE(PrlNetworkShapingConfig_SetNetworkShapingList(config, list));
    DONE(PrlNetworkShapingConfig_SetEnabled(config, PRL_TRUE));
    DONE(pt_end(PrlSrv_UpdateNetworkShapingConfig(pt_server, config, 0)));
    DONE(pt_end(PrlSrv_RestartNetworkShaping(pt_server, 0)));
    DONE(PrlHandle_Free(entry));
    DONE(PrlHandle_Free(list));
    DONE(PrlHandle_Free(config));
    config = pt_param(PrlSrv_GetNetworkShapingConfig(pt_server, 0));
    DONE(PrlNetworkShapingConfig_GetNetworkShapingList(config, &list));
    DONE(PrlHndlList_GetItem(list, 0, &found));
    DONE(PrlNetworkShapingEntry_GetTotalRate(found, &rate));
    EQUAL(rate, 2000);
    TEXT(PT_STRING(PrlNetworkShapingEntry_GetDevice, found), "eth0");
    DONE(PrlHandle_Free(found));
    DONE(PrlHandle_Free(list));
    DONE(PrlHandle_Free(config));
    RESULT(PrlNetworkShapingBandwidthEntry_Create(NULL, 1, &entry), PRL_ERR_INVALID_ARG);
    EQUAL(entry, PRL_INVALID_HANDLE);
}

static void what_there_is_none_of_is_an_empty_list(void **state)
{
    (void)state;
    begin();
    EQUAL(params(PrlSrv_GetPluginsList(pt_server, "", 0), 0, NULL), 0);
    EQUAL(params(PrlSrv_GetCtTemplateList(pt_server, 0), 0, NULL), 0);
    CHECK(strtoull(result_text(PrlSrv_GetDiskFreeSpace(pt_server, "/", 0)), NULL, 10) > 0);
}

static void reports_are_made_and_read(void **state)
{
    PRL_HANDLE report;
    PRL_PROBLEM_REPORT_SCHEME scheme;
    PRL_PROBLEM_REPORT_TYPE type;
    PRL_UINT32 size = 0, same = 0;
    char data[1024];
    (void)state;
    begin();
    DONE(PrlApi_CreateProblemReport(PRS_NEW_PACKED, &report));
    DONE(PrlReport_GetScheme(report, &scheme));
    EQUAL(scheme, PRS_NEW_PACKED);
    DONE(PrlReport_SetDescription(report, "it does not start"));
    CHECK(strstr(PT_STRING(PrlReport_AsString, report), "it does not start") != NULL);
    DONE(PrlReport_GetData(report, NULL, &size));
    CHECK(size && size < sizeof data);
    same = size;
    DONE(PrlReport_GetData(report, data, &same));
    EQUAL(same, size);
    DONE(PrlHandle_Free(report));
    report = pt_param(PrlVm_GetProblemReport(vm));
    DONE(PrlReport_GetType(report, &type));
    EQUAL(type, PRT_USER_DEFINED_ON_STOPPED_VM_REPORT);
    DONE(PrlHandle_Free(report));
    report = pt_param(PrlSrv_GetPackedProblemReport(pt_server, 0));
    DONE(PrlHandle_Free(report));
}

/* ---- hosts and guests ---- */

static void a_host_lists_its_devices(void **state)
{
    PRL_HANDLE config = PRL_INVALID_HANDLE, device;
    PRL_DEVICE_TYPE type;
    PRL_UINT32 count;
    (void)state;
    begin();
    config = pt_param(PrlSrv_GetSrvConfig(pt_server));
    DONE(PrlSrvCfg_GetOpticalDisksCount(config, &count));
    EQUAL(count, 1);
    DONE(PrlSrvCfg_GetOpticalDisk(config, 0, &device));
    TEXT(PT_STRING(PrlSrvCfgDev_GetId, device), "/dev/sr0");
    DONE(PrlSrvCfgDev_GetType(device, &type));
    EQUAL(type, PDE_OPTICAL_DISK);
    DONE(PrlHandle_Free(device));
    RESULT(PrlSrvCfg_GetOpticalDisk(config, 1, &device), PRL_ERR_INVALID_ARG);
    DONE(PrlSrvCfg_GetPrintersCount(config, &count));
    EQUAL(count, 0);
    DONE(PrlHandle_Free(config));
}

static void operating_systems_are_listed(void **state)
{
    PRL_HANDLE matrix, types, versions;
    PRL_UINT8 type;
    PRL_UINT16 version, standard;
    PRL_GUEST_OS_SUPPORT_TYPE support;
    (void)state;
    begin();
    DONE(PrlSrv_GetSupportedOses(pt_server, &matrix));
    DONE(PrlOsesMatrix_GetSupportedOsesTypes(matrix, &types));
    for (PRL_UINT32 i = 0; i < list_count(types); i++) {
        DONE(PrlOpTypeList_GetItem(types, i, &type));
        DONE(PrlOsesMatrix_GetDefaultOsVersion(matrix, type, &standard));
        EQUAL(standard >> 8, type);
        DONE(PrlOsesMatrix_GetSupportedOsesVersions(matrix, type, &versions));
        CHECK(list_count(versions) > 0);
        for (PRL_UINT32 j = 0; j < list_count(versions); j++) {
            DONE(PrlOpTypeList_GetItem(versions, j, &version));
            DONE(PrlOsesMatrix_GetSupportType(matrix, type, version, &support));
            EQUAL(support, PGS_OS_SUPPORTED);
            CHECK(strcmp(PT_STRING(PrlApi_GuestToString, version), "Unknown"));
        }
        DONE(PrlHandle_Free(versions));
    }
    DONE(PrlHandle_Free(types));
    DONE(PrlHandle_Free(matrix));
    TEXT(PT_STRING(PrlApi_GuestToString, PVS_GUEST_VER_WIN_XP), "Windows XP");
    RESULT(PrlApi_GetDefaultOsVersion(1, &version), PRL_ERR_INVALID_ARG);
}

static void defaults_of_a_system_are_those_that_a_new_vm_gets(void **state)
{
    PRL_HANDLE config, made;
    PRL_UINT32 memory, video, disk, got;
    PRL_BOOL needed;
    (void)state;
    begin();
    config = pt_param(PrlSrv_GetSrvConfig(pt_server));
    DONE(PrlVmCfg_GetDefaultMemSize(PVS_GUEST_VER_LIN_DEBIAN, 4096, &memory));
    DONE(PrlVmCfg_GetDefaultVideoRamSize(PVS_GUEST_VER_LIN_DEBIAN, config, PRL_FALSE, &video));
    DONE(PrlVmCfg_GetDefaultHddSize(PVS_GUEST_VER_LIN_DEBIAN, &disk));
    CHECK(memory && disk);
    DONE(PrlSrv_CreateVm(pt_server, &made));
    DONE(PrlVmCfg_SetDefaultConfig(made, config, PVS_GUEST_VER_LIN_DEBIAN, PRL_FALSE));
    DONE(PrlVmCfg_GetRamSize(made, &got));
    EQUAL(got, memory);
    DONE(PrlVmCfg_GetVideoRamSize(made, &got));
    EQUAL(got, video);
    DONE(PrlVmCfg_IsDefaultDeviceNeeded(PVS_GUEST_VER_LIN_DEBIAN, PDE_HARD_DISK, &needed));
    EQUAL(needed, PRL_TRUE);
    DONE(PrlVmCfg_AddDefaultDevice(made, config, PDE_HARD_DISK));
    DONE(PrlVmCfg_GetHardDisksCount(made, &got));
    EQUAL(got, 1);
    DONE(PrlHandle_Free(made));
    DONE(PrlHandle_Free(config));
}

/* ---- configurations ---- */

static void limits_are_values_with_a_type(void **state)
{
    PRL_CPULIMIT_DATA cpu = {50, PRL_CPULIMIT_MHZ}, cpu_now;
    PRL_IOLIMIT_DATA io = {1000, PRL_IOLIMIT_BS}, io_now;
    PRL_MEMGUARANTEE_DATA memory = {25, PRL_MEMGUARANTEE_PERCENTS}, memory_now;
    PRL_UINT32 on, off;
    PRL_UINT64 barrier, limit;
    (void)state;
    begin();
    DONE(PrlVmCfg_GetCpuLimitEx(vm, &cpu_now));
    EQUAL(cpu_now.type, PRL_CPULIMIT_PERCENTS);
    RESULT(PrlVmCfg_GetResource(vm, PCR_NUMPROC, &barrier, &limit), PRL_ERR_NO_DATA);
    DONE(pt_end(PrlVm_BeginEdit(vm)));
    DONE(PrlVmCfg_SetCpuLimitEx(vm, &cpu));
    DONE(PrlVmCfg_SetIoLimit(vm, &io));
    DONE(PrlVmCfg_SetMemGuaranteeSize(vm, &memory));
    DONE(PrlVmCfg_SetFeaturesMask(vm, 5, 6));
    DONE(PrlVmCfg_SetResource(vm, PCR_NUMPROC, 100, 200));
    DONE(pt_end(PrlVm_Commit(vm)));
    DONE(PrlVmCfg_GetCpuLimitEx(vm, &cpu_now));
    EQUAL(cpu_now.value, 50);
    EQUAL(cpu_now.type, PRL_CPULIMIT_MHZ);
    DONE(PrlVmCfg_GetIoLimit(vm, &io_now));
    EQUAL(io_now.value, 1000);
    DONE(PrlVmCfg_GetMemGuaranteeSize(vm, &memory_now));
    EQUAL(memory_now.type, PRL_MEMGUARANTEE_PERCENTS);
    DONE(PrlVmCfg_GetFeaturesMask(vm, &on, &off));
    EQUAL(on, 5);
    EQUAL(off, 6);
    DONE(PrlVmCfg_GetResource(vm, PCR_NUMPROC, &barrier, &limit));
    EQUAL(barrier, 100);
    EQUAL(limit, 200);
    RESULT(PrlVmCfg_SetResource(vm, (PRL_CT_RESOURCE)(PCR_LAST + 1), 1, 1), PRL_ERR_INVALID_ARG);
    RESULT(PrlVmCfg_SetCpuLimitEx(vm, NULL), PRL_ERR_INVALID_ARG);
}

static void a_firewall_has_two_directions(void **state)
{
    PRL_HANDLE adapter, rules, rule;
    PRL_FIREWALL_POLICY policy;
    PRL_UINT32 port, count;
    (void)state;
    begin();
    DONE(PrlVmCfg_GetNetAdapter(vm, 0, &adapter));
    DONE(PrlVmDevNet_SetFirewallDefaultPolicy(adapter, PFD_INCOMING, PFP_DENY));
    DONE(PrlVmDevNet_GetFirewallDefaultPolicy(adapter, PFD_OUTGOING, &policy));
    EQUAL(policy, PFP_ACCEPT);
    DONE(PrlVmDevNet_GetFirewallDefaultPolicy(adapter, PFD_INCOMING, &policy));
    EQUAL(policy, PFP_DENY);
    DONE(PrlApi_CreateHandlesList(&rules));
    DONE(PrlFirewallRule_Create(&rule));
    DONE(PrlFirewallRule_SetLocalPort(rule, 22));
    DONE(PrlHndlList_AddItem(rules, rule));
    DONE(PrlVmDevNet_SetFirewallRuleList(adapter, PFD_OUTGOING, rules));
    DONE(PrlHandle_Free(rule));
    DONE(PrlHandle_Free(rules));
    DONE(PrlVmDevNet_GetFirewallRuleList(adapter, PFD_INCOMING, &rules));
    DONE(PrlHndlList_GetItemsCount(rules, &count));
    EQUAL(count, 0);
    DONE(PrlHandle_Free(rules));
    DONE(PrlVmDevNet_GetFirewallRuleList(adapter, PFD_OUTGOING, &rules));
    DONE(PrlHndlList_GetItem(rules, 0, &rule));
    DONE(PrlFirewallRule_GetLocalPort(rule, &port));
    EQUAL(port, 22);
    DONE(PrlHandle_Free(rule));
    DONE(PrlHandle_Free(rules));
    DONE(PrlHandle_Free(adapter));
}

static void devices_can_be_had_as_an_array(void **state)
{
    PRL_HANDLE devices[16], resolution;
    PRL_UINT32 count = 16, wanted, small = 0;
    (void)state;
    begin();
    DONE(PrlVmCfg_GetDevsCount(vm, &wanted));
    DONE(PrlVmCfg_GetDevsList(vm, NULL, &small));
    EQUAL(small, wanted);
    small = wanted - 1;
    RESULT(PrlVmCfg_GetDevsList(vm, devices, &small), PRL_ERR_BUFFER_OVERRUN);
    DONE(PrlVmCfg_GetDevsList(vm, devices, &count));
    EQUAL(count, wanted);
    while (count > 0) DONE(PrlHandle_Free(devices[--count]));
    DONE(PrlVmCfg_CreateScrRes(vm, &resolution));
    DONE(PrlScrRes_SetWidth(resolution, 1024));
    DONE(PrlHandle_Free(resolution));
    DONE(PrlVmCfg_GetScrResCount(vm, &count));
    EQUAL(count, 1);
    DONE(PrlVmCfg_GetScrRes(vm, 0, &resolution));
    DONE(PrlScrRes_GetWidth(resolution, &count));
    EQUAL(count, 1024);
    DONE(PrlScrRes_Remove(resolution));
    RESULT(PrlScrRes_GetWidth(resolution, &count), PRL_ERR_OBJECT_WAS_REMOVED);
    DONE(PrlHandle_Free(resolution));
}

static void a_device_of_a_running_vm_is_unplugged(void **state)
{
    PRL_HANDLE adapter, other;
    PRL_BOOL is_connected;
    (void)state;
    begin();
    DONE(pt_end(PrlVm_Start(vm)));
    DONE(PrlVmCfg_GetNetAdapter(vm, 0, &adapter));
    DONE(pt_end(PrlVmDev_Disconnect(adapter)));
    DONE(PrlHandle_Free(adapter));
    other = session();
    PRL_HANDLE same = pt_param(PrlSrv_GetVmConfig(other, "WindowsXP", PGVC_SEARCH_BY_NAME));
    DONE(PrlVmCfg_GetNetAdapter(same, 0, &adapter));
    DONE(PrlVmDev_IsConnected(adapter, &is_connected));
    EQUAL(is_connected, PRL_FALSE);
    DONE(pt_end(PrlVmDev_Connect(adapter)));
    DONE(PrlVmDev_IsConnected(adapter, &is_connected));
    EQUAL(is_connected, PRL_TRUE);
    DONE(PrlHandle_Free(adapter));
    DONE(PrlHandle_Free(same));
    DONE(PrlHandle_Free(other));
}

static void generated_file_names_are_free(void **state)
{
    PRL_HANDLE disk;
    (void)state;
    begin();
    TEXT(result_text(PrlVm_GenerateVmDevFilename(vm, "harddisk", ".hdd", "-")),
         "[standard] WindowsXP/harddisk.hdd");
    DONE(PrlVmCfg_CreateVmDev(vm, PDE_HARD_DISK, &disk));
    DONE(PrlVmDev_SetImagePath(disk, "[standard] WindowsXP/harddisk.hdd"));
    DONE(PrlHandle_Free(disk));
    TEXT(result_text(PrlVm_GenerateVmDevFilename(vm, "harddisk", ".hdd", "-")),
         "[standard] WindowsXP/harddisk-1.hdd");
}

static void counters_can_be_read_once(void **state)
{
    PRL_HANDLE event, param;
    PRL_EVENT_TYPE type;
    (void)state;
    begin();
    DONE(pt_end(PrlVm_Start(vm)));
    event = pt_param(PrlVm_GetPerfStats(vm, "guest.*"));
    DONE(PrlEvent_GetType(event, &type));
    EQUAL(type, PET_DSP_EVT_VM_PERFSTATS);
    DONE(PrlEvent_GetParamByName(event, "guest.ram.total", &param));
    DONE(PrlHandle_Free(param));
    RESULT(PrlEvent_GetParamByName(event, "net.nic0.bytes_in", &param), PRL_ERR_NO_DATA);
    DONE(PrlHandle_Free(event));
}

/* ---- consoles ---- */

static void keys_need_a_connection(void **state)
{
    (void)state;
    begin();
    RESULT(PrlDevKeyboard_SendKeyEvent(vm, 30, PKE_PRESS), PRL_ERR_IO_NO_CONNECTION);
    RESULT(pt_end(PrlDevDisplay_ConnectToVm(vm, PDCT_HIGH_QUALITY_WITH_COMPRESSION)),
           PRL_ERR_DISP_VM_IS_NOT_STARTED);
    DONE(pt_end(PrlVm_Start(vm)));
    DONE(pt_end(PrlDevDisplay_ConnectToVm(vm, PDCT_HIGH_QUALITY_WITH_COMPRESSION)));
    DONE(PrlDevKeyboard_SendKeyEvent(vm, 30, PKE_PRESS));
    DONE(PrlDevKeyboard_SendKeyEventEx(vm, PRL_KEY_A, PKE_RELEASE));
    RESULT(PrlDevKeyboard_SendKeyEvent(vm, 30, (PRL_KEY_EVENT)77), PRL_ERR_INVALID_ARG);
    DONE(PrlDevMouse_Move(vm, 1, 2, 0, 0));
    DONE(PrlDevDisplay_DisconnectFromVm(vm));
    RESULT(PrlDevDisplay_DisconnectFromVm(vm), PRL_ERR_IO_NO_CONNECTION);
    RESULT(PrlDevKeyboard_SendKeyEvent(vm, 30, PKE_PRESS), PRL_ERR_IO_NO_CONNECTION);
    DONE(pt_end(PrlVm_Connect(vm, 0)));
    DONE(pt_end(PrlVm_Stop(vm, PRL_FALSE)));
    RESULT(PrlDevKeyboard_SendKeyPressedAndReleased(vm, PRL_KEY_A), PRL_ERR_IO_NO_CONNECTION);
}

static void a_guest_tells_its_network(void **state)
{
    PRL_HANDLE settings, adapter, list;
    PRL_UINT32 count;
    (void)state;
    begin();
    DONE(PrlHandle_Free(vm));
    vm = pt_vm("debian"); /* runs, with tools */
    DONE(PrlVmCfg_GetNetAdapter(vm, 0, &adapter));
    DONE(PrlApi_CreateStringsList(&list));
    DONE(PrlStrList_AddItem(list, "10.0.0.2/255.0.0.0"));
    DONE(PrlVmDevNet_SetNetAddresses(adapter, list));
    DONE(PrlHandle_Free(list));
    DONE(PrlVmDevNet_SetDefaultGateway(adapter, "10.0.0.1"));
    DONE(PrlHandle_Free(adapter));
    settings = pt_param(PrlVm_GetNetworkSettings(vm, 0));
    DONE(PrlSrvCfg_GetNetAdaptersCount(settings, &count));
    EQUAL(count, 1);
    DONE(PrlSrvCfg_GetNetAdapter(settings, 0, &adapter));
    TEXT(PT_STRING(PrlSrvCfgNet_GetDefaultGateway, adapter), "10.0.0.1");
    EQUAL(strlen(PT_STRING(PrlSrvCfgNet_GetMacAddress, adapter)), 12);
    DONE(PrlSrvCfgNet_GetNetAddresses(adapter, &list));
    TEXT(PT_STRING(PrlStrList_GetItem, list, 0), "10.0.0.2/255.0.0.0");
    DONE(PrlHandle_Free(list));
    DONE(PrlHandle_Free(adapter));
    DONE(PrlHandle_Free(settings));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SETTING(preferences_are_the_hosts_not_the_sessions),
        SETTING(a_profile_can_be_changed),
        SETTING(a_licence_is_valid_and_takes_a_new_key),
        SETTING(virtual_networks_come_and_go),
        SETTING(networks_are_the_worlds),
        SETTING(private_networks_and_services_have_names),
        SETTING(shaping_keeps_lists_of_objects),
        SETTING(what_there_is_none_of_is_an_empty_list),
        SETTING(reports_are_made_and_read),
        SETTING(a_host_lists_its_devices),
        SETTING(operating_systems_are_listed),
        SETTING(defaults_of_a_system_are_those_that_a_new_vm_gets),
        SETTING(limits_are_values_with_a_type),
        SETTING(a_firewall_has_two_directions),
        SETTING(devices_can_be_had_as_an_array),
        SETTING(a_device_of_a_running_vm_is_unplugged),
        SETTING(generated_file_names_are_free),
        SETTING(counters_can_be_read_once),
        SETTING(keys_need_a_connection),
        SETTING(a_guest_tells_its_network),
    };
    return cmocka_run_group_tests_name("prl_settings", tests, NULL, NULL);
}
