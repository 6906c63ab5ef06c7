/* Compute systems. A test's name begins with the number of the section of the contract that it is about. */
#include "hcs_test.h"

/* ---- 4: where an error is reported ---------------------------------------------------------------------- */

static void r4_arguments_handles_and_operations_at_once(void **state)
{
    (void)state;
    HCS_SYSTEM system = NULL, bad = (HCS_SYSTEM)&state;
    HCS_OPERATION op = ht_new();
    SECURITY_DESCRIPTOR *descriptor = (SECURITY_DESCRIPTOR *)(void *)&state;
    RESULT(HcsStartComputeSystem(NULL, op, NULL), E_INVALIDARG);
    RESULT(HcsStartComputeSystem(bad, op, NULL), E_HANDLE);
    RESULT(HcsStartComputeSystem((HCS_SYSTEM)INVALID_HANDLE_VALUE, op, NULL), E_HANDLE);
    RESULT(HcsStartComputeSystem((HCS_SYSTEM)op, op, NULL), E_HANDLE); /* of another type */
    RESULT(HcsCreateComputeSystem(NULL, ht_wide(HT_VM), op, NULL, &system), E_INVALIDARG);
    RESULT(HcsCreateComputeSystem(L"", ht_wide(HT_VM), op, NULL, &system), E_INVALIDARG);
    RESULT(HcsCreateComputeSystem(L"one", NULL, op, NULL, &system), E_INVALIDARG);
    RESULT(HcsCreateComputeSystem(L"one", ht_wide(HT_VM), op, descriptor, &system), E_INVALIDARG);
    RESULT(HcsCreateComputeSystem(L"one", ht_wide(HT_VM), op, NULL, NULL), E_INVALIDARG);
    RESULT(HcsCreateComputeSystem(L"one", ht_wide(HT_VM), (HCS_OPERATION)&state, NULL, &system), E_HANDLE);
    EQUAL(HcsGetOperationType(op), HcsOperationTypeNone);
    HcsCloseOperation(op);
}

static void r4_open_says_at_once_that_there_is_none(void **state)
{
    (void)state;
    HCS_SYSTEM system = (HCS_SYSTEM)&state;
    RESULT(HcsOpenComputeSystem(L"nobody", GENERIC_ALL, &system), HCS_E_SYSTEM_NOT_FOUND);
    CHECK(system == NULL);
    RESULT(HcsOpenComputeSystem(NULL, GENERIC_ALL, &system), E_INVALIDARG);
    RESULT(HcsOpenComputeSystem(L"nobody", GENERIC_ALL, NULL), E_INVALIDARG);
    RESULT(HcsOpenComputeSystem(L"WindowsXP", GENERIC_ALL, &system), HCS_E_SYSTEM_NOT_FOUND); /* stopped */
}

static void r4_documents_and_duplicates_by_the_operation(void **state)
{
    (void)state;
    HCS_SYSTEM system = ht_create("one", HT_VM), other = NULL;
    RESULT(DO(HcsCreateComputeSystem(L"one", ht_wide(HT_VM), op, NULL, &other)), HCS_E_SYSTEM_ALREADY_EXISTS);
    CHECK(other != NULL); /* to be closed all the same */
    RESULT(DO(HcsStartComputeSystem(other, op, NULL)), HCS_E_SYSTEM_NOT_FOUND);
    RESULT(HcsWaitForComputeSystemExit(other, INFINITE, NULL), HCS_E_SYSTEM_NOT_FOUND);
    HcsCloseComputeSystem(other);
    RESULT(DO(HcsCreateComputeSystem(L"two", L"{", op, NULL, &other)), HCS_E_INVALID_JSON);
    TEXT(ht_at(ht_document, "Error"), "-1070137075"); /* 0xC037010D */
    TEXT(ht_at(ht_document, "Attribution.0.OperationFailure.Detail"), "Construct");
    HcsCloseComputeSystem(other);
    RESULT(HcsOpenComputeSystem(L"two", GENERIC_ALL, &other), HCS_E_SYSTEM_NOT_FOUND);
    ht_terminate(system);
}

static void r4_memory_that_is_not_there(void **state)
{
    (void)state;
    HCS_SYSTEM system = NULL;
    RESULT(DO(HcsCreateComputeSystem(
               L"huge", L"{\"VirtualMachine\": {\"ComputeTopology\": {\"Memory\": {\"SizeInMB\": 9999999}}}}",
               op, NULL, &system)),
           HRESULT_FROM_WIN32(ERROR_NOT_ENOUGH_MEMORY));
    CHECK(*ht_at(ht_document, "ErrorMessage"));
    HcsCloseComputeSystem(system);
}

/* ---- 5: life -------------------------------------------------------------------------------------------------- */

typedef HRESULT WINAPI plain_call(HCS_SYSTEM, HCS_OPERATION, PCWSTR);
typedef struct row {
    const char *name;
    plain_call *call;
    PCWSTR options;
    HRESULT created, running, paused;
} row;
#define BAD HCS_E_INVALID_STATE

/* What may be called in which state. */
static const row rows[] = {
    {"start", HcsStartComputeSystem, NULL, S_OK, BAD, BAD},
    {"shutdown", HcsShutDownComputeSystem, NULL, BAD, S_OK, BAD},
    {"terminate", HcsTerminateComputeSystem, NULL, S_OK, S_OK, S_OK},
    {"pause", HcsPauseComputeSystem, NULL, BAD, S_OK, BAD},
    {"resume", HcsResumeComputeSystem, NULL, BAD, BAD, S_OK},
    {"save", HcsSaveComputeSystem, L"{\"SaveType\": \"AsTemplate\"}", BAD, BAD, S_OK},
    {"crash", HcsCrashComputeSystem, NULL, BAD, S_OK, BAD},
    {"properties", HcsGetComputeSystemProperties, NULL, S_OK, S_OK, S_OK},
};

static HCS_SYSTEM in_state(int state)
{
    HCS_SYSTEM system = ht_create("one", HT_GUEST);
    if (state > 0) DONE(DO(HcsStartComputeSystem(system, op, NULL)));
    if (state == 2) DONE(DO(HcsPauseComputeSystem(system, op, NULL)));
    return system;
}

static void gone(HCS_SYSTEM system)
{
    HRESULT result = DO(HcsTerminateComputeSystem(system, op, NULL));
    CHECK(result == S_OK || result == HCS_E_SYSTEM_ALREADY_STOPPED);
    DONE(HcsWaitForComputeSystemExit(system, INFINITE, NULL));
    HcsCloseComputeSystem(system);
}

static void r5_legal_calls_by_state(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const HRESULT expected[] = {rows[i].created, rows[i].running, rows[i].paused};
        for (int at = 0; at < 3; at++) {
            HCS_SYSTEM system = in_state(at);
            const HRESULT result = DO(rows[i].call(system, op, rows[i].options));
            if (result != expected[at]) print_message("%s in state %d\n", rows[i].name, at);
            RESULT(result, expected[at]);
            gone(system);
        }
    }
}

static void r5_a_stopped_system_answers_nothing_but_how_it_ended(void **state)
{
    (void)state;
    PWSTR document;
    HCS_SYSTEM system = ht_running("one", HT_VM), other;
    DONE(DO(HcsTerminateComputeSystem(system, op, NULL)));
    for (size_t i = 0; i < COUNT(rows); i++)
        if (strcmp(rows[i].name, "properties") != 0)
            RESULT(DO(rows[i].call(system, op, rows[i].options)), HCS_E_SYSTEM_ALREADY_STOPPED);
    RESULT(DO(HcsModifyComputeSystem(system, op, L"{\"ResourcePath\": \"x\"}", NULL)),
           HCS_E_SYSTEM_ALREADY_STOPPED);
    const char *properties = ht_properties(system, NULL);
    TEXT(ht_at(properties, "Stopped"), "true");
    TEXT(ht_at(properties, "ExitType"), "ForcedExit");
    DONE(HcsWaitForComputeSystemExit(system, 0, &document));
    TEXT(ht_at(ht_narrow(document), "ExitType"), "ForcedExit");
    RESULT(HcsOpenComputeSystem(L"one", GENERIC_ALL, &other), HCS_E_SYSTEM_NOT_FOUND);
    TEXT(ht_list("{\"Ids\": [\"one\"]}"), "[]");
    HcsCloseComputeSystem(system);
}

static void r5_options_that_are_none_and_options_that_are_wrong(void **state)
{
    (void)state;
    static const PCWSTR none[] = {NULL, L"", L"{}"}, wrong[] = {L"[]", L"1", L"{", L"\"x\"", L"null"};
    for (size_t i = 0; i < COUNT(none); i++) {
        HCS_SYSTEM system = ht_create("one", HT_VM);
        DONE(DO(HcsStartComputeSystem(system, op, none[i])));
        DONE(DO(HcsPauseComputeSystem(system, op, none[i])));
        DONE(DO(HcsResumeComputeSystem(system, op, none[i])));
        for (size_t j = 0; j < COUNT(wrong); j++)
            RESULT(DO(HcsPauseComputeSystem(system, op, wrong[j])), HCS_E_INVALID_JSON);
        DONE(DO(HcsTerminateComputeSystem(system, op, none[i])));
        HcsCloseComputeSystem(system);
    }
}

static void r5_shutting_down_needs_somebody_to_ask(void **state)
{
    (void)state;
    static const wchar_t service[] = L"{\"Mechanism\": \"IntegrationService\", \"Type\": \"Shutdown\"}";
    static const char with_service[] = "{" HT_VM_BODY ", \"Services\": {\"Shutdown\": {}}}}";
    HCS_SYSTEM system = ht_running("one", HT_VM);
    RESULT(DO(HcsShutDownComputeSystem(system, op, NULL)), HRESULT_FROM_WIN32(ERROR_NOT_SUPPORTED));
    RESULT(DO(HcsShutDownComputeSystem(system, op, service)), HRESULT_FROM_WIN32(ERROR_NOT_SUPPORTED));
    RESULT(DO(HcsShutDownComputeSystem(system, op, L"{\"Type\": \"Explode\"}")), HCS_E_INVALID_JSON);
    ht_terminate(system);
    system = ht_running("two", with_service);
    vjob_sleep(5 * S);
    DONE(DO(HcsShutDownComputeSystem(system, op, service)));
    RESULT(HcsWaitForComputeSystemExit(system, 0, NULL), HCS_E_OPERATION_TIMEOUT); /* only delivered so far */
    RESULT(DO(HcsShutDownComputeSystem(system, op, service)),
           HCS_E_SYSTEM_ALREADY_STOPPED); /* a second time */
    PWSTR document;
    DONE(HcsWaitForComputeSystemExit(system, INFINITE, &document));
    const char *text = ht_narrow(document);
    TEXT(ht_at(text, "ExitType"), "GracefulExit");
    TEXT(ht_at(text, "Attribution.0.SystemExit.Initiator"), "Client");
    HcsCloseComputeSystem(system);
}

static void r5_a_start_with_guest_ends_when_the_guest_is_there(void **state)
{
    (void)state;
    HCS_SYSTEM system = ht_create("one", HT_GUEST), plain = ht_create("two", HT_VM);
    const uint64_t before = vjob_clock_now();
    DONE(DO(HcsStartComputeSystem(plain, op, NULL)));
    CHECK(vjob_clock_now() - before < S);
    DONE(DO(HcsStartComputeSystem(system, op, NULL)));
    CHECK(vjob_clock_now() - before > 2 * S);
    ht_terminate(system);
    ht_terminate(plain);
}

static void r5_pausing_a_container_is_not_supported(void **state)
{
    (void)state;
    HCS_SYSTEM system = ht_running("box", HT_CONTAINER);
    RESULT(DO(HcsPauseComputeSystem(system, op, NULL)), HRESULT_FROM_WIN32(ERROR_NOT_SUPPORTED));
    ht_terminate(system);
}

static void r5_r9_a_crash(void **state)
{
    (void)state;
    PWSTR document;
    ht_record record = HT_RECORD;
    HCS_SYSTEM system = ht_running("one", HT_VM);
    DONE(HcsSetComputeSystemCallback(system, HcsEventOptionNone, &record, ht_recorder));
    RESULT(DO(HcsCrashComputeSystem(system, op, L"{\"Type\": \"Other\"}")), HCS_E_INVALID_JSON);
    DONE(DO(HcsCrashComputeSystem(system, op, L"{\"Type\": \"CrashGuest\"}")));
    tally_wait(&record.n, 3);
    EQUAL(record.at[0].type, HcsEventSystemCrashInitiated);
    EQUAL(record.at[1].type, HcsEventSystemCrashReport);
    TEXT(ht_at(record.at[1].data, "SystemId"), "one");
    EQUAL(record.at[2].type, HcsEventSystemExited);
    DONE(HcsWaitForComputeSystemExit(system, 0, &document));
    const char *text = ht_narrow(document);
    TEXT(ht_at(text, "ExitType"), "UnexpectedExit");
    EQUAL(atoi(ht_at(text, "Status")), HCS_E_UNEXPECTED_EXIT);
    CHECK(*ht_at(text, "Attribution.0.GuestCrash.CrashParameters"));
    TEXT(ht_at(text, "Attribution.1.SystemExit.Detail"), "UnexpectedExit");
    HcsCloseComputeSystem(system);
}

/* ---- 6: identity and ownership ------------------------------------------------------------------------------------- */

static void r6_the_last_handle_ends_the_system_before_it_is_closed(void **state)
{
    (void)state;
    for (int i = 0; i < 20; i++) {
        HCS_SYSTEM system = NULL, other;
        if (i % 3 == 0) {
            system = ht_create("Test", HT_MORTAL);
        } else if (i % 3 == 1) {
            system = ht_running("Test", HT_MORTAL);
        } else { /* still being created */
            HCS_OPERATION op = ht_new();
            DONE(HcsCreateComputeSystem(L"Test", ht_wide(HT_MORTAL), op, NULL, &system));
            HcsCloseOperation(op);
        }
        if (i % 3 < 2) {
            other = ht_open("Test");
            HcsCloseComputeSystem(other);
            RESULT(HcsOpenComputeSystem(L"Test", GENERIC_ALL, &other), S_OK); /* there was another handle */
            HcsCloseComputeSystem(other);
        }
        HcsCloseComputeSystem(system);
        RESULT(HcsOpenComputeSystem(L"Test", GENERIC_ALL, &other), HCS_E_SYSTEM_NOT_FOUND);
    }
}

static void r6_others_live_on(void **state)
{
    (void)state;
    HcsCloseComputeSystem(ht_running("one", HT_VM));
    HCS_SYSTEM system = ht_open("one");
    TEXT(ht_at(ht_properties(system, NULL), "State"), "Running");
    HcsCloseComputeSystem(system);
    HcsCloseComputeSystem(system); /* stale: nothing happens */
    HcsCloseComputeSystem(NULL);
    ht_terminate(ht_open("one"));
}

static void r6_owner_and_runtime_id(void **state)
{
    (void)state;
    HCS_SYSTEM system = ht_create("6B29FC40-CA47-1067-B31D-00DD010662DA", HT_VM),
               other = ht_create("one", HT_VM);
    const char *text = ht_properties(system, NULL);
    TEXT(ht_at(text, "Owner"), "tests");
    TEXT(ht_at(text, "RuntimeId"), "6b29fc40-ca47-1067-b31d-00dd010662da");
    TEXT(ht_at(text, "Id"), "6B29FC40-CA47-1067-B31D-00DD010662DA");
    EQUAL(strlen(ht_at(ht_properties(other, NULL), "RuntimeId")), 36);
    ht_terminate(system);
    ht_terminate(other);
}

/* ---- 7 and 8: lists and properties ---------------------------------------------------------------------------------- */

static void r7_lists_and_filters(void **state)
{
    (void)state;
    HCS_SYSTEM created = ht_create("one", HT_VM), running = ht_running("two", HT_VM),
               box = ht_create("box", HT_CONTAINER);
    const char *all = ht_list(NULL);
    TEXT(ht_at(all, "0.Id"), "debian"); /* the built-in one that runs */
    TEXT(ht_at(all, "0.State"), "Running");
    TEXT(ht_at(all, "0.SystemType"), "VirtualMachine");
    TEXT(ht_at(all, "1.Id"), "one");
    TEXT(ht_at(all, "1.State"), ""); /* created: no such key */
    TEXT(ht_at(all, "2.State"), "Running");
    TEXT(ht_at(all, "3.SystemType"), "Container");
    TEXT(ht_at(all, "4"), "");
    TEXT(ht_at(ht_list("{\"Ids\": [\"two\", \"box\"]}"), "1.Id"), "box");
    TEXT(ht_at(ht_list("{\"Types\": [\"Container\"]}"), "0.Id"), "box");
    TEXT(ht_at(ht_list("{\"Owners\": [\"tests\"], \"Types\": [\"VirtualMachine\"]}"), "1.Id"), "two");
    TEXT(ht_list("{\"Names\": [\"nobody\"]}"), "[]");
    TEXT(ht_list("{\"Ids\": []}"), "[]");
    RESULT(DO(HcsEnumerateComputeSystems(L"{\"Types\": [\"Ship\"]}", op)), HCS_E_INVALID_JSON);
    RESULT(DO(HcsEnumerateComputeSystems(L"[]", op)), HCS_E_INVALID_JSON);
    ht_terminate(created);
    ht_terminate(running);
    ht_terminate(box);
}

static void r8_properties(void **state)
{
    (void)state;
    HCS_SYSTEM system = ht_running("one", HT_MORTAL);
    vjob_sleep(10 * S);
    const char *text =
        ht_properties(system, "{\"PropertyTypes\": [\"Memory\", \"Statistics\", \"Basic\", \"Nothing\","
                              " \"TerminateOnLastHandleClosed\", \"SharedMemoryRegion\","
                              " \"GuestConnection\"]}");
    TEXT(ht_at(text, "Memory.VirtualMachineMemory.AssignedMemory"), "262144");
    TEXT(ht_at(text, "Memory.VirtualNodes.0.VirtualProcessorCount"), "2");
    CHECK(atoll(ht_at(text, "Statistics.Uptime100ns")) >= 100000000);
    TEXT(ht_at(text, "Statistics.Timestamp"), "2020-01-01T00:00:10.800Z");
    TEXT(ht_at(text, "Statistics.ContainerStartTime"), "2020-01-01T00:00:00.800Z");
    CHECK(*ht_at(text, "Statistics.Processor.TotalRuntime100ns"));
    TEXT(ht_at(text, "TerminateOnLastHandleClosed"), "true");
    TEXT(ht_at(text, "SharedMemoryRegionInfo"), "[]");
    TEXT(ht_at(text, "GuestConnectionInfo.SupportedSchemaVersions.0.Major"), "2");
    text = ht_properties(system, "{\"Queries\": {\"Memory\": {}, \"Nothing\": {}}}");
    TEXT(ht_at(text, "PropertyResponses.Memory.Response.VirtualNodeCount"), "1");
    CHECK(*ht_at(text, "PropertyResponses.Nothing.Error.Error"));
    RESULT(DO(HcsGetComputeSystemProperties(system, op, L"{\"PropertyTypes\": 1}")), HCS_E_INVALID_JSON);
    HcsCloseComputeSystem(system);
}

static void r8_the_service(void **state)
{
    (void)state;
    PWSTR text = NULL;
    DONE(HcsGetServiceProperties(NULL, &text));
    TEXT(ht_at(ht_narrow(text), "Properties.0.SupportedSchemaVersions.0.Major"), "2");
    DONE(HcsGetServiceProperties(L"{\"PropertyTypes\": [\"ProcessorTopology\", \"Basic\"]}", &text));
    const char *in_order = ht_narrow(text);
    TEXT(ht_at(in_order, "Properties.0.LogicalProcessorCount"), "16");
    TEXT(ht_at(in_order, "Properties.1.SupportedSchemaVersions.0.Major"), "2");
    DONE(HcsGetServiceProperties(L"{\"PropertyQueries\": {\"ProcessorCapabilities\": {}}}", &text));
    CHECK(*ht_at(ht_narrow(text), "PropertyResponses.ProcessorCapabilities.Response"));
    RESULT(HcsGetServiceProperties(L"", &text), HCS_E_INVALID_JSON);
    TEXT(ht_at(ht_narrow(text), "Error"), "-1070137075");
    RESULT(HcsGetServiceProperties(L"nonsense", NULL), HCS_E_INVALID_JSON);
}

/* ---- 9: exits; and what other APIs do ---------------------------------------------------------------------------------- */

static vjob_job *start_op(vjob_vm *vm, vjob_op op)
{
    static const vjob_job_kind kind = {.cls = {.name = "test", .space = VJOB_SPACE_NATIVE}};
    const vjob_op_request request = {.op = op, .vm = vm, .flags = VJOB_OPF_FORCE};
    vjob_job *job = vjob_job_new(&kind, sizeof *job, "test");
    OK(vjob_op_start(&request, job));
    return job;
}

static void do_op(vjob_vm *vm, vjob_op op)
{
    vjob_job *job = start_op(vm, op);
    OK(vjob_job_wait(job, VJOB_FOREVER));
    OK(vjob_job_get_err(job));
    vjob_obj_release(&job->obj);
}

static vjob_vm *vm_named(const char *name)
{
    vjob_host *host;
    vjob_vm *vm;
    OK(vjob_host_find(NULL, &host));
    OK(vjob_vm_by_name(host, name, &vm));
    vjob_host_release(host);
    return vm;
}

static void r9_exits_that_others_cause(void **state)
{
    (void)state;
    static const struct {
        vjob_op op;
        const char *type, *detail, *initiator;
    } causes[] = {{VJOB_OP_SHUTDOWN, "GracefulExit", "Shutdown", "GuestOS"},
                  {VJOB_OP_STOP, "ForcedExit", "Terminate", "Client"}};
    OK(vjob_init());
    for (size_t i = 0; i < COUNT(causes); i++) {
        PWSTR document;
        ht_record record = HT_RECORD;
        HCS_SYSTEM system = ht_running("one", HT_VM);
        vjob_vm *vm = vm_named("one"); /* the others know it by its id */
        DONE(HcsSetComputeSystemCallback(system, HcsEventOptionNone, &record, ht_recorder));
        do_op(vm, causes[i].op);
        tally_wait(&record.n, 1);
        EQUAL(record.at[0].type, HcsEventSystemExited);
        DONE(HcsWaitForComputeSystemExit(system, 0, &document));
        const char *text = ht_narrow(document);
        TEXT(ht_at(text, "Status"), "0");
        TEXT(ht_at(text, "ExitType"), causes[i].type);
        TEXT(ht_at(text, "Attribution.0.SystemExit.Detail"), causes[i].detail);
        TEXT(ht_at(text, "Attribution.0.SystemExit.Initiator"), causes[i].initiator);
        vjob_vm_info info;
        vjob_vm_look(vm, &info);
        EQUAL(info.registered, 0); /* it does not outlive its run */
        vjob_vm_release(vm);
        HcsCloseComputeSystem(system);
    }
    OK(vjob_deinit());
}

static void machines_of_others(void **state)
{
    (void)state;
    OK(vjob_init());
    HCS_SYSTEM system = ht_open("debian"), second;
    TEXT(ht_at(ht_properties(system, NULL), "State"), "Running");
    RESULT(DO(HcsStartComputeSystem(system, op, NULL)), HCS_E_INVALID_STATE);
    DONE(DO(HcsPauseComputeSystem(system, op, NULL)));
    TEXT(ht_at(ht_list("{\"Ids\": [\"debian\"]}"), "0.State"), "Paused");
    DONE(DO(HcsResumeComputeSystem(system, op, NULL)));
    DONE(DO(HcsShutDownComputeSystem(system, op, NULL)));
    DONE(HcsWaitForComputeSystemExit(system, INFINITE, NULL));
    HcsCloseComputeSystem(system);
    RESULT(HcsOpenComputeSystem(L"debian", GENERIC_ALL, &system), HCS_E_SYSTEM_NOT_FOUND);
    vjob_vm *vm = vm_named("debian"); /* it is still there, stopped */
    vjob_job *job = start_op(vm, VJOB_OP_START);
    system = ht_open("debian");
    TEXT(ht_at(ht_properties(system, NULL), "State"), ""); /* starting is created */
    OK(vjob_job_wait(job, VJOB_FOREVER));
    vjob_obj_release(&job->obj);
    second = ht_open("debian");
    HcsCloseComputeSystem(system);
    do_op(vm, VJOB_OP_SUSPEND);
    DONE(HcsWaitForComputeSystemExit(second, 0, NULL));
    HcsCloseComputeSystem(second);
    TEXT(ht_list("{\"Ids\": [\"debian\"]}"), "[]");
    vjob_vm_release(vm);
    OK(vjob_deinit());
}

static void r9_waits_for_the_end_time_out(void **state)
{
    (void)state;
    PWSTR document = (PWSTR)&state;
    HCS_SYSTEM system = ht_create("one", HT_VM);
    RESULT(HcsWaitForComputeSystemExit(system, 10, &document), HCS_E_OPERATION_TIMEOUT);
    CHECK(document == NULL);
    RESULT(HcsWaitForComputeSystemExit(system, 0, NULL), HCS_E_OPERATION_TIMEOUT);
    RESULT(HcsWaitForComputeSystemExit(NULL, 0, NULL), E_INVALIDARG);
    ht_terminate(system);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HCS(r4_arguments_handles_and_operations_at_once),
        HCS(r4_open_says_at_once_that_there_is_none),
        HCS(r4_documents_and_duplicates_by_the_operation),
        HCS(r4_memory_that_is_not_there),
        HCS(r5_legal_calls_by_state),
        HCS(r5_a_stopped_system_answers_nothing_but_how_it_ended),
        HCS(r5_options_that_are_none_and_options_that_are_wrong),
        HCS(r5_shutting_down_needs_somebody_to_ask),
        HCS(r5_a_start_with_guest_ends_when_the_guest_is_there),
        HCS(r5_pausing_a_container_is_not_supported),
        HCS(r5_r9_a_crash),
        HCS(r6_the_last_handle_ends_the_system_before_it_is_closed),
        HCS(r6_others_live_on),
        HCS(r6_owner_and_runtime_id),
        HCS(r7_lists_and_filters),
        HCS(r8_properties),
        HCS(r8_the_service),
        HCS(r9_exits_that_others_cause),
        HCS(machines_of_others),
        HCS(r9_waits_for_the_end_time_out),
    };
    return cmocka_run_group_tests_name("hcs_system", tests, NULL, NULL);
}
