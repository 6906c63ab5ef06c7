/* Changing, saving, files. A test's name begins with the number of the section of the contract that it is about. */
#include <unistd.h>

#include "hcs_test.h"

static HRESULT modify(HCS_SYSTEM system, const char *path, const char *what, const char *settings)
{
    char text[1024];
    snprintf(text, sizeof text, "{\"ResourcePath\": \"VirtualMachine/%s\", \"RequestType\": \"%s\"%s%s}",
             path, what, settings ? ", \"Settings\": " : "", settings ? settings : "");
    return DO(HcsModifyComputeSystem(system, op, ht_wide(text), NULL));
}

static const char with_devices[] =
    "{" HT_VM_BODY
    ", \"Devices\": {\"Scsi\": {\"main\": {\"Attachments\": {\"0\": {\"Type\": \"VirtualDisk\","
    " \"Path\": \"a.vhdx\"}}}}, \"Plan9\": {}, \"NetworkAdapters\": {\"net\": {\"MacAddress\": "
    "\"00-15-5D-01-02-03\"}}}}}";

static vjob_vm *vm_named(const char *name)
{
    vjob_host *host;
    vjob_vm *vm;
    OK(vjob_host_find(NULL, &host));
    OK(vjob_vm_by_name(host, name, &vm));
    vjob_host_release(host);
    return vm;
}

static void r10_memory_of_a_running_system(void **state)
{
    (void)state;
    static const char path[] = "ComputeTopology/Memory/SizeInMB";
    vjob_vm_info info;
    HCS_SYSTEM system = ht_create("one", HT_VM);
    RESULT(modify(system, path, "Update", "2048"), HCS_E_INVALID_STATE);
    DONE(DO(HcsStartComputeSystem(system, op, NULL)));
    DONE(modify(system, path, "Update", "2048"));
    vjob_vm *vm = vm_named("one");
    vjob_vm_look(vm, &info);
    EQUAL(info.memory_mb, 2048);
    RESULT(modify(system, path, "Update", "\"much\""), HCS_E_INVALID_JSON);
    RESULT(modify(system, path, "Update", "0"), HCS_E_INVALID_JSON);
    RESULT(modify(system, path, "Update", NULL), HCS_E_INVALID_JSON);
    RESULT(modify(system, path, "Update", "1000000"), HRESULT_FROM_WIN32(ERROR_NOT_ENOUGH_MEMORY));
    vjob_vm_look(vm, &info);
    EQUAL(info.memory_mb, 2048);
    DONE(DO(HcsPauseComputeSystem(system, op, NULL)));
    DONE(modify(system, path, "Update", "1024"));
    TEXT(ht_at(ht_properties(system, "{\"PropertyTypes\": [\"Memory\"]}"),
               "Memory.VirtualMachineMemory.AssignedMemory"),
         "262144");
    vjob_vm_release(vm);
    ht_terminate(system);
}

static void r10_devices_come_and_go(void **state)
{
    (void)state;
    vjob_vm_config config;
    HCS_SYSTEM system = ht_running("one", with_devices);
    static const char disk[] = "{\"Type\": \"VirtualDisk\", \"Path\": \"b.vhdx\"}";
    DONE(modify(system, "Devices/Scsi/main/Attachments/1", "Add", disk));
    RESULT(modify(system, "Devices/Scsi/main/Attachments/1", "Add", disk),
           HRESULT_FROM_WIN32(ERROR_ALREADY_EXISTS));
    RESULT(modify(system, "Devices/Scsi/main/Attachments/7", "Update", disk),
           HRESULT_FROM_WIN32(ERROR_NOT_FOUND));
    RESULT(modify(system, "Devices/Scsi/main/Attachments/2", "Add", "{\"Type\": \"Paper\"}"),
           HCS_E_INVALID_JSON);
    CHECK(strstr(ht_at(ht_document, "ErrorMessage"), "Settings.Type"));
    DONE(modify(system, "Devices/NetworkAdapters/{6b29fc40-ca47-1067-b31d-00dd010662da}", "Add", "{}"));
    DONE(modify(system, "Devices/NetworkAdapters/6b29fc40-ca47-1067-b31d-00dd010662da", "Update", "{}"));
    vjob_vm *vm = vm_named("one");
    OK(vjob_vm_get_config(vm, &config));
    EQUAL(config.n_disks, 2);
    EQUAL(config.n_nics, 2);
    CHECK(!strcmp(config.disks[1].image, "b.vhdx") && !strcmp(config.nics[0].mac, "00:15:5d:01:02:03"));
    vjob_vm_config_clear(&config);
    DONE(modify(system, "Devices/Scsi/main/Attachments/1", "Remove", NULL));
    DONE(modify(system, "Devices/NetworkAdapters/nobody", "Remove", NULL)); /* what is not there is gone */
    OK(vjob_vm_get_config(vm, &config));
    EQUAL(config.n_disks, 1);
    vjob_vm_config_clear(&config);
    vjob_vm_release(vm);
    DONE(modify(system, "Devices/Plan9/Shares", "Add",
                "{\"Name\": \"s\", \"Path\": \"/tmp\", \"Port\": 564}"));
    RESULT(modify(system, "Devices/Plan9/Shares", "Update", "{\"Name\": \"t\"}"),
           HRESULT_FROM_WIN32(ERROR_NOT_FOUND));
    DONE(modify(system, "Devices/Plan9/Shares", "Remove", "{\"Name\": \"s\"}"));
    DONE(modify(system, "Devices/MappedPipes/p", "Add", NULL));
    RESULT(modify(system, "Devices/MappedPipes/q", "Add", "{}"), E_INVALIDARG);
    DONE(modify(system, "Devices/ComPorts/0", "Update", "{\"NamedPipe\": \"\"}"));
    ht_terminate(system);
}

static void r10_what_cannot_be_changed(void **state)
{
    (void)state;
    HCS_SYSTEM system = ht_running("one", HT_VM);
    RESULT(modify(system, "Devices/Plan9/Shares", "Add", "{\"Name\": \"s\"}"),
           HRESULT_FROM_WIN32(ERROR_NOT_FOUND));
    RESULT(modify(system, "Devices/Scsi/main/Attachments/0", "Add", "{}"),
           HRESULT_FROM_WIN32(ERROR_NOT_FOUND));
    RESULT(modify(system, "Devices/Coffee", "Add", "{}"), E_INVALIDARG);
    RESULT(modify(system, "Devices/FlexibleIov/x", "Remove", NULL), E_INVALIDARG);
    RESULT(modify(system, "ComputeTopology/Gpu", "Add", "{}"), E_INVALIDARG);
    RESULT(modify(system, "ComputeTopology/Gpu", "Explode", "{}"), HCS_E_INVALID_JSON);
    RESULT(DO(HcsModifyComputeSystem(system, op, L"{\"ResourcePath\": \"Other/x\"}", NULL)), E_INVALIDARG);
    RESULT(DO(HcsModifyComputeSystem(system, op, L"{\"ResourcePath\": 1}", NULL)), HCS_E_INVALID_JSON);
    RESULT(DO(HcsModifyComputeSystem(system, op, L"nonsense", NULL)), HCS_E_INVALID_JSON);
    RESULT(DO(HcsModifyComputeSystem(system, op, L"{}", NULL)), HCS_E_INVALID_JSON);
    DONE(DO(HcsModifyComputeSystem(system, op, L"{\"GuestRequest\": {}}", NULL)));
    HCS_OPERATION op = ht_new();
    RESULT(HcsModifyComputeSystem(system, op, NULL, NULL), E_INVALIDARG);
    HcsCloseOperation(op);
    ht_terminate(system);
}

static void r14_changes_queue_behind_each_other(void **state)
{
    (void)state;
    HCS_OPERATION ops[8];
    HCS_SYSTEM system = ht_running("one", with_devices);
    for (int i = 0; i < 8; i++) {
        char text[256];
        snprintf(text, sizeof text,
                 "{\"ResourcePath\": \"VirtualMachine/Devices/Scsi/main/Attachments/%d\", \"RequestType\": "
                 "\"Add\","
                 " \"Settings\": {\"Type\": \"Iso\", \"Path\": \"%d.iso\"}}",
                 i + 1, i);
        ops[i] = ht_new();
        DONE(HcsModifyComputeSystem(system, ops[i], ht_wide(text), NULL));
    }
    for (int i = 0; i < 8; i++) DONE(ht_end(ops[i]));
    vjob_vm_config config;
    vjob_vm *vm = vm_named("one");
    OK(vjob_vm_get_config(vm, &config));
    EQUAL(config.n_disks, 9);
    vjob_vm_config_clear(&config);
    vjob_vm_release(vm);
    ht_terminate(system);
}

/* ---- save and restore ----------------------------------------------------------------------------------------- */

static void r5_saved_to_a_file_and_started_again(void **state)
{
    (void)state;
    char options[512], restored[1024];
    const char *path = ct_temp("saved.vmrs");
    snprintf(options, sizeof options, "{\"SaveType\": \"ToFile\", \"SaveStateFilePath\": \"%s\"}", path);
    snprintf(restored, sizeof restored,
             "{" HT_VM_BODY ", \"RestoreState\": {\"SaveStateFilePath\": \"%s\"}}}", path);
    unlink(path);
    HCS_SYSTEM system = ht_create("later", restored); /* the file is looked at by start */
    RESULT(DO(HcsStartComputeSystem(system, op, NULL)), HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND));
    CHECK(strstr(ht_at(ht_document, "ErrorMessage"), "SaveStateFilePath"));
    ht_terminate(system);
    system = ht_running("one", HT_VM);
    RESULT(DO(HcsSaveComputeSystem(system, op, ht_wide(options))), HCS_E_INVALID_STATE);
    DONE(DO(HcsPauseComputeSystem(system, op, NULL)));
    RESULT(DO(HcsSaveComputeSystem(system, op, NULL)), HCS_E_INVALID_JSON);
    RESULT(DO(HcsSaveComputeSystem(system, op, L"{\"SaveType\": \"ToSea\"}")), HCS_E_INVALID_JSON);
    DONE(DO(HcsSaveComputeSystem(system, op, ht_wide(options))));
    TEXT(ht_at(ht_properties(system, NULL), "State"), "Paused");
    ht_terminate(system);
    system = ht_running("one", restored);
    TEXT(ht_at(ht_properties(system, NULL), "State"), "Running");
    ht_terminate(system);
    FILE *file = fopen(path, "w");
    fputs("no state", file);
    fclose(file);
    system = ht_create("one", restored);
    RESULT(DO(HcsStartComputeSystem(system, op, NULL)), HRESULT_FROM_WIN32(ERROR_FILE_CORRUPT));
    ht_terminate(system);
    unlink(path);
}

static void r5_saved_as_a_template(void **state)
{
    (void)state;
    static const char from[] = "{" HT_VM_BODY ", \"RestoreState\": {\"TemplateSystemId\": \"one\"}}}";
    HCS_SYSTEM system = ht_running("one", HT_VM), child = ht_create("two", from);
    RESULT(DO(HcsStartComputeSystem(child, op, NULL)), HCS_E_INVALID_STATE);
    DONE(DO(HcsPauseComputeSystem(system, op, NULL)));
    DONE(DO(HcsSaveComputeSystem(system, op, L"{\"SaveType\": \"AsTemplate\"}")));
    TEXT(ht_at(ht_properties(system, NULL), "State"), "SavedAsTemplate");
    DONE(DO(HcsStartComputeSystem(child, op, NULL)));
    TEXT(ht_at(ht_properties(child, NULL), "RuntimeTemplateId"), "one");
    ht_terminate(child);
    ht_terminate(system);
}

/* ---- 12: files and access ---------------------------------------------------------------------------------------- */

static void r12_empty_state_files(void **state)
{
    (void)state;
    const char *path = ct_temp("empty.vmgs");
    unlink(path);
    DONE(HcsCreateEmptyGuestStateFile(ht_wide(path)));
    RESULT(HcsCreateEmptyGuestStateFile(ht_wide(path)), HRESULT_FROM_WIN32(ERROR_FILE_EXISTS));
    RESULT(HcsCreateEmptyRuntimeStateFile(ht_wide(path)), HRESULT_FROM_WIN32(ERROR_FILE_EXISTS));
    unlink(path);
    DONE(HcsCreateEmptyRuntimeStateFile(ht_wide(path)));
    unlink(path);
    RESULT(HcsCreateEmptyGuestStateFile(L"/nowhere/at/all.vmgs"), HRESULT_FROM_WIN32(ERROR_PATH_NOT_FOUND));
    RESULT(HcsCreateEmptyGuestStateFile(NULL), E_INVALIDARG);
    RESULT(HcsCreateEmptyGuestStateFile(L"bad \xd800 name"), E_INVALIDARG);
}

static void r12_grants(void **state)
{
    (void)state;
    char document[1024];
    const char *path = ct_temp("disk.vhdx");
    unlink(path);
    RESULT(HcsGrantVmAccess(L"one", ht_wide(path)), HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND));
    DONE(HcsRevokeVmAccess(L"one", ht_wide(path))); /* never granted */
    DONE(HcsCreateEmptyRuntimeStateFile(ht_wide(path)));
    RESULT(HcsGrantVmAccess(NULL, ht_wide(path)), E_INVALIDARG);
    DONE(HcsGrantVmAccess(L"one", ht_wide(path))); /* before there is such a system */
    DONE(HcsRevokeVmAccess(L"one", ht_wide(path)));
    snprintf(document, sizeof document,
             "{" HT_VM_BODY
             ", \"Devices\": {\"Scsi\": {\"s\": {\"Attachments\": {\"0\": {\"Type\": \"VirtualDisk\","
             " \"Path\": \"%s\"}}}}}}}",
             path);
    static const char strict[] =
        "{\"strict\": true, \"hosts\": [{\"name\": \"h\", \"cpus\": 8, \"memory_mb\": 32768}]}";
    ht_terminate(ht_running("one", document)); /* usually nobody asks */
    OK(vjob_sim_load_json(strict, strlen(strict)));
    HCS_SYSTEM system = ht_create("one", document);
    RESULT(DO(HcsStartComputeSystem(system, op, NULL)), E_ACCESSDENIED);
    DONE(HcsGrantVmAccess(L"one", ht_wide(path)));
    DONE(DO(HcsStartComputeSystem(system, op, NULL)));
    ht_terminate(system);
    DONE(HcsRevokeVmAccess(L"one", ht_wide(path)));
    unlink(path);
}

static void a_container_has_no_parts_of_a_machine(void **state)
{
    (void)state;
    HCS_SYSTEM system = ht_running("box", HT_CONTAINER);
    RESULT(modify(system, "VirtualMachine/ComputeTopology/Memory/SizeInMB", "Update", "128"), E_INVALIDARG);
    ht_terminate(system);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HCS(r10_memory_of_a_running_system),
        HCS(r10_devices_come_and_go),
        HCS(r10_what_cannot_be_changed),
        HCS(r14_changes_queue_behind_each_other),
        HCS(r5_saved_to_a_file_and_started_again),
        HCS(r5_saved_as_a_template),
        HCS(r12_empty_state_files),
        HCS(r12_grants),
        HCS(a_container_has_no_parts_of_a_machine),
    };
    return cmocka_run_group_tests_name("hcs_modify", tests, NULL, NULL);
}
