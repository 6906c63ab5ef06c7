/* Configurations through the Prl API: reading, editing, committing, making VMs, devices, text forms. */
#include "prl_test.h"

static PRL_HANDLE vm;

static void begin(void)
{
    pt_begin(NULL);
    vm = pt_vm("WindowsXP");
}

static int finish(void **state)
{
    DONE(PrlHandle_Free(vm));
    return pt_finish(state);
}
#define VM(test) cmocka_unit_test_teardown(test, finish)

static PRL_UINT32 ram(PRL_HANDLE of)
{
    PRL_UINT32 size;
    DONE(PrlVmCfg_GetRamSize(of, &size));
    return size;
}

static void a_configuration_shows_the_inventory(void **state)
{
    PRL_UINT32 number;
    PRL_HANDLE disk, net;
    (void)state;
    pt_begin("{\"hosts\": [{\"name\": \"h\", \"networks\": [{\"name\": \"lan\"}], \"vms\": [{\"name\": "
             "\"v\", \"cpus\": 3,"
             " \"memory_mb\": 640, \"os\": \"win7\", \"disks\": [{\"size_mb\": 111}, {\"size_mb\": 222}],"
             " \"nics\": [{\"network\": \"lan\"}]}]}]}");
    vm = pt_vm("v");
    EQUAL(ram(vm), 640);
    DONE(PrlVmCfg_GetCpuCount(vm, &number));
    EQUAL(number, 3);
    DONE(PrlVmCfg_GetOsVersion(vm, &number));
    EQUAL(number, PVS_GUEST_VER_WIN_WINDOWS7);
    DONE(PrlVmCfg_GetHardDisksCount(vm, &number));
    EQUAL(number, 2);
    DONE(PrlVmCfg_GetDevByType(vm, PDE_HARD_DISK, 1, &disk));
    DONE(PrlVmDevHd_GetDiskSize(disk, &number));
    EQUAL(number, 222);
    DONE(PrlHandle_Free(disk));
    RESULT(PrlVmCfg_GetHardDisk(vm, 2, &disk), PRL_ERR_INVALID_ARG);
    DONE(PrlVmCfg_GetNetAdaptersCount(vm, &number));
    EQUAL(number, 1);
    DONE(PrlVmCfg_GetNetAdapter(vm, 0, &net));
    TEXT(PT_STRING(PrlVmDevNet_GetVirtualNetworkId, net), "lan");
    EQUAL(strlen(PT_STRING(PrlVmDevNet_GetMacAddress, net)), 12);
    EQUAL(strlen(PT_STRING(PrlVmDevNet_GetMacAddressCanonical, net)), 17);
    DONE(PrlHandle_Free(net));
    TEXT(PT_STRING(PrlVmCfg_GetHomePath, vm), "[standard] v/v.vmx");
}

static void one_vm_has_one_handle(void **state)
{
    PRL_HANDLE config;
    PRL_UINT32 count;
    (void)state;
    begin();
    PRL_HANDLE same = pt_vm("WindowsXP");
    CHECK(same == vm);
    DONE(PrlVm_GetConfig(vm, &config));
    CHECK(config == vm);
    DONE(PrlHandle_Free(config));
    DONE(PrlHandle_Free(same));
    DONE(PrlDbg_GetHandlesNum(&count, PHT_VIRTUAL_MACHINE));
    EQUAL(count, 1);
}

static void what_is_committed_is_seen_by_everybody(void **state)
{
    pt_log log = PT_LOG;
    PRL_HANDLE other;
    (void)state;
    begin();
    DONE(PrlSrv_Create(&other));
    DONE(pt_end(PrlSrv_LoginLocal(other, NULL, 0, PSL_LOW_SECURITY)));
    PRL_HANDLE theirs = pt_param(PrlSrv_GetVmConfig(other, "WindowsXP", 0));
    CHECK(theirs != vm);
    EQUAL(ram(theirs), 512);
    DONE(PrlSrv_RegEventHandler(other, pt_record, &log));
    DONE(pt_end(PrlVm_BeginEdit(vm)));
    DONE(PrlVmCfg_SetRamSize(vm, 700));
    DONE(PrlVmCfg_SetDescription(vm, "changed"));
    DONE(PrlVmCfg_SetVNCPort(vm, 5905)); /* nothing the simulator knows: kept all the same */
    PRL_HANDLE result = pt_param(PrlVm_Commit(vm));
    CHECK(result == vm);
    DONE(PrlHandle_Free(result));
    tally_wait(&log.calls, 1);
    TEXT(log.text, "VM_CONFIG_CHANGED");
    EQUAL(ram(theirs), 512); /* until it is refreshed */
    PRL_HANDLE again = pt_param(PrlVm_RefreshConfig(theirs));
    CHECK(again == theirs);
    PRL_UINT32 port;
    EQUAL(ram(theirs), 700);
    DONE(PrlVmCfg_GetVNCPort(theirs, &port));
    EQUAL(port, 5905);
    TEXT(PT_STRING(PrlVmCfg_GetDescription, theirs), "changed");
    DONE(PrlHandle_Free(again));
    DONE(PrlHandle_Free(theirs));
    DONE(PrlHandle_Free(other));
}

static void edits_of_different_things_do_not_undo_each_other(void **state)
{
    PRL_HANDLE other;
    PRL_UINT32 cpus;
    (void)state;
    begin();
    DONE(PrlSrv_Create(&other));
    DONE(pt_end(PrlSrv_LoginLocal(other, NULL, 0, PSL_LOW_SECURITY)));
    PRL_HANDLE theirs = pt_param(PrlSrv_GetVmConfig(other, "WindowsXP", 0));
    DONE(pt_end(PrlVm_BeginEdit(vm)));
    DONE(pt_end(PrlVm_BeginEdit(theirs)));
    DONE(PrlVmCfg_SetRamSize(vm, 600));
    DONE(PrlVmCfg_SetCpuCount(theirs, 2));
    DONE(pt_end(PrlVm_Commit(vm)));
    DONE(pt_end(PrlVm_Commit(theirs)));
    EQUAL(ram(theirs), 600);
    DONE(PrlVmCfg_GetCpuCount(theirs, &cpus));
    EQUAL(cpus, 2);
    DONE(PrlHandle_Free(theirs));
    DONE(PrlHandle_Free(other));
}

static void begin_edit_forgets_what_was_not_committed(void **state)
{
    (void)state;
    begin();
    DONE(PrlVmCfg_SetRamSize(vm, 9));
    EQUAL(ram(vm), 9);
    DONE(pt_end(PrlVm_BeginEdit(vm)));
    EQUAL(ram(vm), 512);
}

static void a_bad_configuration_changes_nothing(void **state)
{
    PRL_HANDLE result, event;
    PRL_RESULT code;
    (void)state;
    begin();
    DONE(pt_end(PrlVm_BeginEdit(vm)));
    DONE(PrlVmCfg_SetRamSize(vm, 0));
    DONE(PrlVmCfg_GetConfigValidity(vm, &code));
    RESULT(code, PRL_ERR_VMCONF_MAIN_MEMORY_ZERO_SIZE);
    PRL_HANDLE job = PrlVm_ValidateConfig(vm, PVC_ALL);
    DONE(PrlJob_Wait(job, NEVER));
    DONE(PrlJob_GetResult(job, &result));
    DONE(PrlResult_GetParam(result, &event));
    DONE(PrlEvent_GetErrCode(event, &code));
    RESULT(code, PRL_ERR_VMCONF_MAIN_MEMORY_ZERO_SIZE);
    DONE(PrlHandle_Free(event));
    DONE(PrlHandle_Free(result));
    RESULT(pt_end(job), PRL_ERR_VMCONF_VALIDATION_FAILED);
    RESULT(pt_end(PrlVm_Commit(vm)), PRL_ERR_VMCONF_VALIDATION_FAILED);
    DONE(pt_end(PrlVm_RefreshConfig(vm)));
    EQUAL(ram(vm), 512);
    DONE(PrlVmCfg_SetName(vm, "debian"));
    RESULT(pt_end(PrlVm_Commit(vm)), PRL_ERR_VM_ALREADY_REGISTERED_VM_NAME);
}

static void a_vm_is_renamed_by_a_commit(void **state)
{
    (void)state;
    begin();
    DONE(pt_end(PrlVm_BeginEdit(vm)));
    DONE(PrlVmCfg_SetName(vm, "Windows"));
    DONE(pt_end(PrlVm_Commit(vm)));
    PRL_HANDLE same = pt_vm("Windows");
    CHECK(same == vm);
    DONE(PrlHandle_Free(same));
    RESULT(pt_end(PrlSrv_GetVmConfig(pt_server, "WindowsXP", 0)), PRL_ERR_VM_UUID_NOT_FOUND);
}

static void a_running_vm_keeps_its_name(void **state)
{
    (void)state;
    pt_begin(NULL);
    vm = pt_vm("debian");
    DONE(pt_end(PrlVm_BeginEdit(vm)));
    DONE(PrlVmCfg_SetName(vm, "other"));
    RESULT(pt_end(PrlVm_Commit(vm)), PRL_ERR_DISP_VM_IS_NOT_STOPPED);
    DONE(pt_end(PrlVm_BeginEdit(vm)));
    DONE(PrlVmCfg_SetDescription(vm, "other"));
    DONE(pt_end(PrlVm_Commit(vm)));
}

/* ---- new VMs ---------------------------------------------------------------------------------- */

static void a_new_vm_exists_once_it_is_registered(void **state)
{
    PRL_UINT32 count;
    (void)state;
    pt_begin(NULL);
    PRL_HANDLE host = pt_param(PrlSrv_GetSrvConfig(pt_server));
    DONE(PrlSrv_CreateVm(pt_server, &vm));
    EQUAL(strlen(PT_STRING(PrlVmCfg_GetUuid, vm)), 38);
    RESULT(pt_end(PrlVm_Start(vm)), PRL_ERR_VM_UUID_NOT_FOUND);
    RESULT(pt_end(PrlVm_Reg(vm, "", PRL_TRUE)), PRL_ERR_VM_NAME_IS_EMPTY);
    DONE(PrlVmCfg_SetDefaultConfig(vm, host, PVS_GUEST_VER_LIN_DEBIAN, PRL_TRUE));
    DONE(PrlVmCfg_GetDevsCount(vm, &count));
    CHECK(count >= 3); /* disk, optical drive, network adapter */
    DONE(PrlVmCfg_SetName(vm, "debian"));
    RESULT(pt_end(PrlVm_Reg(vm, "", PRL_TRUE)), PRL_ERR_VM_ALREADY_REGISTERED_VM_NAME);
    DONE(PrlVmCfg_SetName(vm, "new"));
    DONE(PrlVmCfg_SetRamSize(vm, 300));
    DONE(pt_end(PrlVm_Reg(vm, "/vms", PRL_TRUE)));
    RESULT(pt_end(PrlVm_Reg(vm, "", PRL_TRUE)), PRL_ERR_VM_ALREADY_REGISTERED);
    TEXT(PT_STRING(PrlVmCfg_GetHomePath, vm), "/vms/new.pvm/config.pvs");
    PRL_HANDLE same =
        pt_param(PrlSrv_GetVmConfig(pt_server, PT_STRING(PrlVmCfg_GetUuid, vm), PGVC_SEARCH_BY_UUID));
    CHECK(same == vm);
    EQUAL(ram(same), 300);
    DONE(PrlHandle_Free(same));
    DONE(PrlVmCfg_GetOpticalDisksCount(vm, &count));
    EQUAL(count, 1); /* kept, although the simulator has no such drives */
    DONE(pt_end(PrlVm_Start(vm)));
    EQUAL(pt_state(vm), VMS_RUNNING);
    DONE(PrlHandle_Free(host));
}

static void an_unregistered_vm_comes_back_and_a_deleted_one_is_made_anew(void **state)
{
    (void)state;
    begin();
    const char *path = PT_STRING(PrlVmCfg_GetHomePath, vm);
    DONE(pt_end(PrlVm_Unreg(vm)));
    RESULT(pt_end(PrlVm_Start(vm)), PRL_ERR_VM_UUID_NOT_FOUND);
    RESULT(pt_end(PrlSrv_RegisterVm(pt_server, "/nowhere", PRL_TRUE)), PRL_ERR_VM_CONFIG_DOESNT_EXIST);
    PRL_HANDLE back = pt_param(PrlSrv_RegisterVm(pt_server, path, PRL_TRUE));
    CHECK(back == vm);
    DONE(PrlHandle_Free(back));
    DONE(pt_end(PrlVm_Unreg(vm)));
    DONE(pt_end(PrlVm_Reg(vm, "", PRL_TRUE)));
    DONE(pt_end(PrlVm_Delete(vm, PRL_INVALID_HANDLE)));
    RESULT(pt_end(PrlVm_GetState(vm)), PRL_ERR_VM_UUID_NOT_FOUND);
    TEXT(PT_STRING(PrlVmCfg_GetName, vm), "WindowsXP");
    DONE(pt_end(PrlVm_Reg(vm, "", PRL_TRUE)));
    DONE(pt_end(PrlVm_Start(vm)));
}

static void defaults_come_for_an_operating_system(void **state)
{
    PRL_GET_VM_CONFIG_PARAM_DATA param = {PVT_VM, NULL, PVS_GUEST_VER_WIN_WINDOWS10};
    PRL_UINT32 os, size;
    (void)state;
    pt_begin(NULL);
    vm = pt_param(PrlSrv_GetDefaultVmConfig(pt_server, &param, 0));
    DONE(PrlVmCfg_GetOsVersion(vm, &os));
    EQUAL(os, PVS_GUEST_VER_WIN_WINDOWS10);
    DONE(PrlVmCfg_GetRamSize(vm, &size));
    CHECK(size > 0);
    RESULT(pt_end(PrlSrv_GetDefaultVmConfig(pt_server, NULL, 0)), PRL_ERR_INVALID_ARG);
}

/* ---- devices ---------------------------------------------------------------------------------- */

static void devices_are_added_and_removed(void **state)
{
    PRL_HANDLE disk, first, serial;
    PRL_UINT32 number;
    PRL_DEVICE_TYPE type;
    PRL_HANDLE_TYPE handle_type;
    (void)state;
    begin();
    DONE(pt_end(PrlVm_BeginEdit(vm)));
    DONE(PrlVmCfg_GetHardDisk(vm, 0, &first));
    DONE(PrlVmCfg_CreateVmDev(vm, PDE_HARD_DISK, &disk));
    DONE(PrlVmDevHd_SetDiskSize(disk, 4321));
    DONE(PrlVmDev_SetIfaceType(disk, PMS_SCSI_DEVICE));
    DONE(PrlVmCfg_CreateVmDev(vm, PDE_SERIAL_PORT, &serial));
    DONE(PrlHandle_GetType(serial, &handle_type));
    EQUAL(handle_type, PHT_VIRTUAL_DEV_SERIAL_PORT);
    DONE(PrlVmDev_GetType(serial, &type));
    EQUAL(type, PDE_SERIAL_PORT);
    RESULT(PrlVmDevHd_GetDiskSize(serial, &number), PRL_ERR_INVALID_ARG);
    DONE(pt_end(PrlVm_Commit(vm)));
    DONE(PrlVmDevHd_GetDiskSize(disk, &number)); /* handles outlive a commit */
    EQUAL(number, 4321);
    DONE(PrlVmDev_GetIndex(disk, &number));
    EQUAL(number, 1);
    DONE(pt_end(PrlVmDev_ResizeImage(disk, 5000, 0)));
    DONE(PrlVmDevHd_GetDiskSize(disk, &number));
    EQUAL(number, 5000);
    RESULT(pt_end(PrlVmDev_ResizeImage(serial, 5000, 0)), PRL_ERR_INVALID_ARG);
    DONE(PrlVmDev_Remove(first));
    RESULT(PrlVmDevHd_GetDiskSize(first, &number), PRL_ERR_OBJECT_WAS_REMOVED);
    RESULT(PrlVmDev_Remove(first), PRL_ERR_OBJECT_WAS_REMOVED);
    DONE(pt_end(PrlVm_Commit(vm)));
    DONE(PrlVmCfg_GetHardDisksCount(vm, &number));
    EQUAL(number, 1);
    DONE(PrlVmDevHd_GetDiskSize(disk, &number));
    EQUAL(number, 5000);
    DONE(PrlHandle_Free(first));
    DONE(PrlHandle_Free(serial));
    DONE(PrlHandle_Free(disk));
    RESULT(PrlVmCfg_CreateVmDev(vm, PDE_PRINTER, &disk), PRL_ERR_INVALID_ARG);
}

static void boot_entries_and_shares_are_kept(void **state)
{
    PRL_HANDLE boot, share;
    PRL_UINT32 count;
    PRL_BOOL in_use;
    (void)state;
    begin();
    DONE(PrlVmCfg_CreateBootDev(vm, &boot));
    DONE(PrlBootDev_SetType(boot, PDE_HARD_DISK));
    DONE(PrlBootDev_SetInUse(boot, PRL_TRUE));
    DONE(PrlHandle_Free(boot));
    DONE(PrlVmCfg_CreateShare(vm, &share));
    DONE(PrlShare_SetName(share, "home"));
    DONE(PrlHandle_Free(share));
    DONE(pt_end(PrlVm_Commit(vm)));
    DONE(PrlVmCfg_GetBootDevCount(vm, &count));
    EQUAL(count, 1);
    DONE(PrlVmCfg_GetBootDev(vm, 0, &boot));
    DONE(PrlBootDev_IsInUse(boot, &in_use));
    EQUAL(in_use, PRL_TRUE);
    DONE(PrlBootDev_Remove(boot));
    RESULT(PrlBootDev_IsInUse(boot, &in_use), PRL_ERR_OBJECT_WAS_REMOVED);
    DONE(PrlHandle_Free(boot));
    DONE(PrlVmCfg_GetShare(vm, 0, &share));
    TEXT(PT_STRING(PrlShare_GetName, share), "home");
    DONE(PrlShare_Remove(share));
    DONE(PrlHandle_Free(share));
    DONE(PrlVmCfg_GetSharesCount(vm, &count));
    EQUAL(count, 0);
}

static void lists_in_a_configuration_are_copies(void **state)
{
    PRL_HANDLE net, list, got;
    PRL_UINT32 count;
    (void)state;
    begin();
    DONE(PrlVmCfg_GetNetAdapter(vm, 0, &net));
    DONE(PrlVmDevNet_GetNetAddresses(net, &list));
    DONE(PrlStrList_GetItemsCount(list, &count));
    EQUAL(count, 0);
    DONE(PrlStrList_AddItem(list, "10.0.0.1/24"));
    DONE(PrlVmDevNet_SetNetAddresses(net, list));
    DONE(PrlStrList_AddItem(list, "10.0.0.2/24"));
    DONE(PrlVmDevNet_GetNetAddresses(net, &got));
    DONE(PrlStrList_GetItemsCount(got, &count));
    EQUAL(count, 1);
    TEXT(PT_STRING(PrlStrList_GetItem, got, 0), "10.0.0.1/24");
    RESULT(PrlVmDevNet_SetNetAddresses(net, PRL_INVALID_HANDLE), PRL_ERR_INVALID_ARG);
    DONE(PrlHandle_Free(got));
    DONE(PrlHandle_Free(list));
    DONE(PrlHandle_Free(net));
}

/* ---- text forms ------------------------------------------------------------------------------- */

static void a_configuration_goes_through_text(void **state)
{
    PRL_HANDLE other, disk;
    PRL_VOID_PTR text;
    PRL_UINT32 number;
    (void)state;
    begin();
    DONE(PrlVmCfg_SetDescription(vm, "<&\"'> \xc3\xa4"));
    DONE(PrlHandle_ToString(vm, &text));
    DONE(PrlSrv_CreateVm(pt_server, &other));
    DONE(PrlVm_FromString(other, text));
    DONE(PrlBuffer_Free(text));
    TEXT(PT_STRING(PrlVmCfg_GetName, other), "WindowsXP");
    TEXT(PT_STRING(PrlVmCfg_GetDescription, other), "<&\"'> \xc3\xa4");
    DONE(PrlVmCfg_GetHardDisk(other, 0, &disk));
    DONE(PrlVmDevHd_GetDiskSize(disk, &number));
    EQUAL(number, 8192);
    DONE(PrlHandle_Free(disk));
    RESULT(PrlVm_FromString(other, "<ParallelsVirtualMachine>"), PRL_ERR_INVALID_ARG);
    RESULT(PrlVm_FromString(other, "<Other/>"), PRL_ERR_INVALID_ARG);
    RESULT(PrlVm_FromString(other, ""), PRL_ERR_UNIMPLEMENTED);
    RESULT(PrlVm_FromString(
               other, "<!DOCTYPE a [<!ENTITY b 'c'>]><ParallelsVirtualMachine>&b;</ParallelsVirtualMachine>"),
           PRL_ERR_INVALID_ARG);
    TEXT(PT_STRING(PrlVmCfg_GetName, other), "WindowsXP");
    RESULT(PrlHandle_ToString(pt_server, &text), PRL_ERR_UNIMPLEMENTED);
    DONE(PrlHandle_Free(other));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        VM(a_configuration_shows_the_inventory),
        VM(one_vm_has_one_handle),
        VM(what_is_committed_is_seen_by_everybody),
        VM(edits_of_different_things_do_not_undo_each_other),
        VM(begin_edit_forgets_what_was_not_committed),
        VM(a_bad_configuration_changes_nothing),
        VM(a_vm_is_renamed_by_a_commit),
        VM(a_running_vm_keeps_its_name),
        VM(a_new_vm_exists_once_it_is_registered),
        VM(an_unregistered_vm_comes_back_and_a_deleted_one_is_made_anew),
        VM(defaults_come_for_an_operating_system),
        VM(devices_are_added_and_removed),
        VM(boot_entries_and_shares_are_kept),
        VM(lists_in_a_configuration_are_copies),
        VM(a_configuration_goes_through_text),
    };
    return cmocka_run_group_tests_name("prl_config", tests, NULL, NULL);
}
