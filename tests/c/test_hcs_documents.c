/* Documents and texts. A test's name begins with the number of the section of the contract that it is about. */
#include "hcs_test.h"

/* One of each that a document may hold. */
static const char vm_document[] =
    "{'SchemaVersion': {'Major': 2, 'Minor': 5}, 'Owner': 'o', 'ShouldTerminateOnLastHandleClosed': true,"
    " 'VirtualMachine': {'Version': {'Major': 9, 'Minor': 0}, 'StopOnReset': true,"
    "  'Chipset': {'Uefi': {'BootThis': {'DeviceType': 'ScsiDrive', 'DevicePath': 'main', 'DiskNumber': 0,"
    "   'OptionalData': 'x'}, 'EnableDebugger': false, 'StopOnBootFailure': true,"
    "   'SecureBootTemplateId': '6b29fc40-ca47-1067-b31d-00dd010662da', 'ApplySecureBootTemplate': 'Apply',"
    "   'Console': 'ComPort1'}, 'UseUtc': true, 'ChassisAssetTag': 'tag'},"
    "  'ComputeTopology': {'Memory': {'SizeInMB': 1024, 'AllowOvercommit': true, 'BackingPageSize': 'Small',"
    "   'LowMmioGapInMB': 256, 'Backing': 'Virtual'},"
    "   'Processor': {'Count': 2, 'Limit': 100, 'Weight': 10, 'ExposeVirtualizationExtensions': false,"
    "    'CpuGroup': {'Id': '6b29fc40-ca47-1067-b31d-00dd010662da'}}},"
    "  'Devices': {'Scsi': {'main': {'Attachments': {'0': {'Type': 'VirtualDisk', 'Path': '', 'ReadOnly': "
    "true,"
    "   'CachingMode': 'Cached'}}}}, 'NetworkAdapters': {'n': {'EndpointId':"
    "   '6b29fc40-ca47-1067-b31d-00dd010662da', 'MacAddress': '00-15-5D-01-02-03'}},"
    "   'ComPorts': {'0': {'NamedPipe': '', 'OptimizeForDebugger': true}}, 'Keyboard': {}, 'Mouse': {},"
    "   'VideoMonitor': {'HorizontalResolution': 1024, 'VerticalResolution': 768},"
    "   'Plan9': {'Shares': [{'Name': 'a', 'Port': 1}]}, 'VirtualSmb': {'Shares': [{'Name': 'b',"
    "   'AllowedFiles': ['c']}], 'DirectFileMappingInMB': 1}, 'HvSocket': {}},"
    "  'Services': {'Heartbeat': {}, 'Shutdown': {}, 'Timesync': {}},"
    "  'GuestState': {'GuestStateFilePath': null, 'RuntimeStateFilePath': 'r', 'ForceTransientState': true},"
    "  'GuestConnection': {'UseVsock': true, 'UseHostTimeZone': false},"
    "  'StorageQoS': {'IopsMaximum': 1, 'BandwidthMaximum': 2}}}";
static const char container_document[] =
    "{'SchemaVersion': {'Major': 2, 'Minor': 0}, 'Container': {'GuestOs': {'HostName': 'h'},"
    " 'Storage': {'Layers': [{'Id': '6b29fc40-ca47-1067-b31d-00dd010662da', 'Path': 'p', 'PathType': "
    "'AbsolutePath',"
    "  'Cache': 'Private'}], 'Path': 'q'}, 'MappedDirectories': [{'HostPath': 'a', 'ContainerPath': 'b',"
    "  'ReadOnly': true}], 'MappedPipes': [{'ContainerPipeName': 'p', 'HostPath': 'q', 'HostPathType':"
    "  'AbsolutePath'}], 'Memory': {'SizeInMB': 64}, 'Processor': {'Weight': 100},"
    " 'Networking': {'AllowUnqualifiedDnsQuery': true, 'DnsSearchList': ['d'],"
    "  'NetworkAdapters': ['6b29fc40-ca47-1067-b31d-00dd010662da'], 'Namespace': 'n'}}}";

static json_t *load(const char *text)
{
    char copy[8192];
    size_t n = 0;
    for (; text[n]; n++) copy[n] = text[n] == '\'' ? '"' : text[n];
    copy[n] = '\0';
    json_t *made = json_loads(copy, 0, NULL);
    CHECK(made != NULL);
    return made;
}

static int documents;

/* Refused, with the place, and nothing is left behind. */
static void refused(const char *text, const char *place)
{
    HCS_SYSTEM system = NULL, other;
    RESULT(DO(HcsCreateComputeSystem(L"broken", ht_wide(text), op, NULL, &system)), HCS_E_INVALID_JSON);
    const char *message = ht_at(ht_document, "ErrorMessage");
    if (!strstr(message, place)) print_message("\"%s\" does not name %s in %s\n", message, place, text);
    CHECK(strstr(message, place) != NULL);
    TEXT(ht_at(ht_document, "Error"), "-1070137075");
    HcsCloseComputeSystem(system);
    RESULT(HcsOpenComputeSystem(L"broken", GENERIC_ALL, &other), HCS_E_SYSTEM_NOT_FOUND);
    documents++;
}

/* Values, one of each type; what is of the same type is no mistake. */
static json_t *wrong_value(const json_t *right, int n)
{
    switch (n) {
    case 0: return json_is_string(right) ? NULL : json_string("text");
    case 1: return json_is_integer(right) ? NULL : json_integer(7);
    case 2: return json_is_boolean(right) ? NULL : json_true();
    case 3: return json_is_array(right) ? NULL : json_array();
    default: return json_is_object(right) ? NULL : json_object();
    }
}

static int kinds_wanted(const json_t *value)
{
    return json_is_null(value) ? 0 : 5;
}

/* Put something wrong into each place below `at`, in turn. `name`: of the place above. */
static void break_each(json_t *root, json_t *at)
{
    const char *key;
    json_t *value;
    size_t index;
    void *next;
    json_object_foreach_safe(at, next, key, value)
    {
        for (int n = 0; n < kinds_wanted(value); n++) {
            json_t *wrong = wrong_value(value, n);
            if (!wrong) continue;
            json_t *right = json_incref(value);
            json_object_set_new(at, key, wrong);
            char *text = json_dumps(root, 0);
            refused(text, key);
            free(text);
            json_object_set_new(at, key, right);
        }
        break_each(root, value);
    }
    json_array_foreach(at, index, value) break_each(root, value);
}

static void r13_broken_documents(void **state)
{
    (void)state;
    documents = 0;
    HCS_OPERATION keeps = ht_new(); /* the engine, meanwhile */
    const char *const all[] = {vm_document, container_document};
    for (int i = 0; i < 2; i++) {
        json_t *root = load(all[i]);
        break_each(root, root);
        json_decref(root);
    }
    print_message("%d documents\n", documents);
    CHECK(documents >= 200);
    HcsCloseOperation(keeps);
}

static void r13_texts_that_are_no_json(void **state)
{
    (void)state;
    json_t *root = load(vm_document);
    char *text = json_dumps(root, 0);
    const size_t size = strlen(text);
    for (size_t cut = 0; cut + 1 < size; cut += 1 + size / 40) { /* cut off anywhere */
        char kept = text[cut];
        text[cut] = '\0';
        refused(text, "line 1");
        text[cut] = kept;
    }
    free(text);
    json_decref(root);
    static const char *const others[] = {"nonsense",    "{\"Owner\": 'x'}",    "{,}",
                                         "{\"a\": 1e}", "{\"Owner\": \"x\"}}", "{\"VirtualMachine\": {}} x"};
    for (size_t i = 0; i < COUNT(others); i++) refused(others[i], "line 1");
    static const char *const no_objects[] = {"[]", "1", "\"text\"", "null", "true"};
    for (size_t i = 0; i < COUNT(no_objects); i++) refused(no_objects[i], "$");
}

static void r13_what_does_not_go_together(void **state)
{
    (void)state;
    static const struct {
        const char *text, *place;
    } rows[] = {
        {"{}", "VirtualMachine"},
        {"{\"SchemaVersion\": {\"Major\": 2, \"Minor\": 0}}", "VirtualMachine"},
        {"{\"VirtualMachine\": {}, \"Container\": {}}", "Container"},
        {"{\"SchemaVersion\": {\"Major\": 1, \"Minor\": 0}, \"VirtualMachine\": {}}", "SchemaVersion.Major"},
        {"{\"SchemaVersion\": {\"Major\": 3, \"Minor\": 0}, \"VirtualMachine\": {}}", "SchemaVersion.Major"},
        {"{\"SchemaVersion\": {\"Major\": 2, \"Minor\": 99}, \"VirtualMachine\": {}}", "SchemaVersion.Minor"},
        {"{\"SchemaVersion\": {\"Major\": -2, \"Minor\": 0}, \"VirtualMachine\": {}}", "SchemaVersion.Major"},
        {"{\"VirtualMachine\": {\"Chipset\": {\"Uefi\": {}, \"LinuxKernelDirect\": {}}}}", "Chipset"},
        {"{\"Container\": {\"Processor\": {\"Count\": 1, \"Weight\": 1}}}", "Container.Processor"},
        {"{\"Container\": {\"Processor\": {\"Weight\": 10001}}}", "Container.Processor.Weight"},
        {"{\"VirtualMachine\": {\"ComputeTopology\": {\"Processor\": {\"Count\": 0}}}}", "Processor.Count"},
        {"{\"VirtualMachine\": {\"ComputeTopology\": {\"Processor\": {\"Count\": 4294967296}}}}",
         "Processor.Count"},
        {"{\"VirtualMachine\": {\"ComputeTopology\": {\"Memory\": {\"SizeInMB\": 0}}}}", "Memory.SizeInMB"},
        {"{\"VirtualMachine\": {\"ComputeTopology\": {\"Memory\": {\"SizeInMB\": 1.5}}}}", "Memory.SizeInMB"},
        {"{\"VirtualMachine\": {\"Devices\": {\"Scsi\": {\"a\": {\"Attachments\": {\"x\": {}}}}}}}",
         "Attachments.x"},
        {"{\"VirtualMachine\": {\"Devices\": {\"VideoMonitor\": {\"HorizontalResolution\": 65536}}}}",
         "HorizontalResolution"},
        {"{\"VirtualMachine\": {\"Chipset\": {\"Uefi\": {\"Console\": \"Printer\"}}}}", "Uefi.Console"},
        {"{\"VirtualMachine\": {\"Devices\": {\"NetworkAdapters\": {\"n\": {\"EndpointId\":"
         " \"{6b29fc40-ca47-1067-b31d-00dd010662da}\"}}}}}",
         "EndpointId"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) refused(rows[i].text, rows[i].place);
    HCS_SYSTEM system;
    RESULT(DO(HcsCreateComputeSystem(L"broken", L"{\"HostingSystemId\": \"nobody\", \"HostedSystem\": {}}",
                                     op, NULL, &system)),
           HCS_E_SYSTEM_NOT_FOUND);
    HcsCloseComputeSystem(system);
}

static void accepted(const char *text)
{
    HCS_SYSTEM system = ht_running("fine", text);
    ht_terminate(system);
}

static void r13_what_is_accepted(void **state)
{
    (void)state;
    const char *const all[] = {vm_document, container_document};
    for (int i = 0; i < 2; i++) {
        json_t *root = load(all[i]);
        char *text = json_dumps(root, 0);
        accepted(text);
        free(text);
        json_decref(root);
    }
    accepted("{\"VirtualMachine\": {}}"); /* everything has a default */
    accepted("{\"Container\": {}}");
    accepted("{\"Unknown\": [1, {}], \"virtualmachine\": 5, \"VirtualMachine\": {\"Other\": null, "
             "\"SecuritySettings\": {},"
             " \"ComputeTopology\": {\"Memory\": {\"SizeInMB\": 64, \"Backing\": \"Physical\"}}}}");
}

/* ---- texts --------------------------------------------------------------------------------------------------------- */

static void texts_that_are_no_unicode(void **state)
{
    (void)state;
    static const wchar_t high[] = {'a', 0xd800, 0}, low[] = {0xdc00, 0}, turned[] = {0xdc00, 0xd800, 0},
                         beyond[] = {0x110000, 0}, negative[] = {-1, 0};
    static const wchar_t *const bad[] = {high, low, turned, beyond, negative};
    HCS_SYSTEM system = NULL;
    for (size_t i = 0; i < COUNT(bad); i++) {
        HCS_OPERATION op = ht_new();
        RESULT(HcsCreateComputeSystem(bad[i], ht_wide(HT_VM), op, NULL, &system), E_INVALIDARG);
        RESULT(HcsOpenComputeSystem(bad[i], GENERIC_ALL, &system), E_INVALIDARG);
        HcsCloseOperation(op);
        RESULT(DO(HcsCreateComputeSystem(L"one", bad[i], op, NULL, &system)), HCS_E_INVALID_JSON);
        HcsCloseComputeSystem(system);
        RESULT(DO(HcsEnumerateComputeSystems(bad[i], op)), HCS_E_INVALID_JSON);
        RESULT(HcsGetServiceProperties(bad[i], NULL), HCS_E_INVALID_JSON);
    }
    wchar_t long_id[300];
    for (size_t i = 0; i < COUNT(long_id); i++) long_id[i] = 'x';
    long_id[COUNT(long_id) - 1] = 0;
    HCS_OPERATION op = ht_new();
    RESULT(HcsCreateComputeSystem(long_id, ht_wide(HT_VM), op, NULL, &system), E_INVALIDARG);
    RESULT(HcsCreateComputeSystem(L"a\nb", ht_wide(HT_VM), op, NULL, &system), E_INVALIDARG);
    HcsCloseOperation(op);
}

static void texts_of_every_plane(void **state)
{
    (void)state;
    static const wchar_t id[] = {0xe4, 0x4f60, 0x1f600, 0}, pair[] = {0xe4, 0x4f60, 0xd83d, 0xde00, 0};
    HCS_SYSTEM system = NULL, other = NULL;
    PWSTR list = NULL;
    DONE(DO(HcsCreateComputeSystem(id, ht_wide(HT_VM), op, NULL, &system)));
    DONE(HcsOpenComputeSystem(pair, GENERIC_ALL, &other)); /* as UTF-16 would write it */
    HCS_OPERATION op = ht_new();
    DONE(HcsEnumerateComputeSystems(NULL, op));
    DONE(HcsWaitForOperationResult(op, INFINITE, &list));
    CHECK(wcsstr(list, id) != NULL);
    vjob_hcs_free(list);
    HcsCloseOperation(op);
    HcsCloseComputeSystem(other);
    ht_terminate(system);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HCS(r13_broken_documents), HCS(r13_texts_that_are_no_json), HCS(r13_what_does_not_go_together),
        HCS(r13_what_is_accepted), HCS(texts_that_are_no_unicode),  HCS(texts_of_every_plane),
    };
    return cmocka_run_group_tests_name("hcs_documents", tests, NULL, NULL);
}
