/* Events: which come, what they carry, their text form; and handlers: order, removal, calls from inside. */
#include "prl_test.h"

static PRL_HANDLE vm;

static int finish(void **state)
{
    DONE(PrlHandle_Free(vm));
    return pt_finish(state);
}
#define VM(test) cmocka_unit_test_teardown(test, finish)

/* ---- which events come ------------------------------------------------------------------------ */

static void a_start_tells_states_then_the_verdict_then_the_job(void **state)
{
    pt_log log = PT_LOG;
    (void)state;
    pt_begin(NULL);
    vm = pt_vm("WindowsXP");
    OK(vjob_sim_set_duration("start", 30 * S, 0, 0));
    DONE(PrlSrv_RegEventHandler(pt_server, pt_record, &log));
    DONE(pt_end(PrlVm_Start(vm)));
    tally_wait(&log.calls, 4);
    DONE(PrlSrv_UnregEventHandler(pt_server, pt_record, &log));
    static const char expected[] = "VM_STATE_CHANGED VM_STATE_CHANGED VM_STARTED job42";
    CHECK(!strncmp(log.text, expected, strlen(expected)));
}

static void everything_that_happens_to_a_vm_is_told(void **state)
{
    pt_log log = PT_LOG;
    static const char *const expected[] = {
        "VM_ADDED",
        "VM_DELETED",
        "VM_UNREGISTERED",
        "VM_PAUSED",
        "VM_CONTINUED",
        "VM_SUSPENDED",
        "VM_RESUMED",
        "VM_RESETED",
        "VM_STOPPED",
        "VM_CONFIG_CHANGED",
        "VM_SNAPSHOTS_TREE_CHANGED",
        "VM_TOOLS_STATE_CHANGED",
    };
    (void)state;
    pt_begin(NULL);
    vm = pt_vm("debian");
    DONE(PrlSrv_RegEventHandler(pt_server, pt_record, &log));
    DONE(pt_end(PrlVm_Pause(vm, PRL_FALSE)));
    DONE(pt_end(PrlVm_Start(vm)));
    DONE(pt_end(PrlVm_Suspend(vm)));
    DONE(pt_end(PrlVm_Start(vm)));
    DONE(pt_end(PrlVm_Reset(vm)));
    DONE(pt_end(PrlVm_Stop(vm, PRL_FALSE)));
    DONE(pt_end(PrlVm_CreateSnapshot(vm, "s", "")));
    DONE(pt_end(PrlVm_Commit(vm)));
    PRL_HANDLE copy = pt_param(PrlVm_Clone(vm, "copy", "", PRL_FALSE));
    DONE(pt_end(PrlVm_Unreg(vm)));
    DONE(pt_end(PrlVm_Delete(copy, PRL_INVALID_HANDLE)));
    DONE(PrlHandle_Free(copy));
    PRL_HANDLE last = PrlSrv_GetVmList(pt_server); /* when its job is told, everything before was */
    DONE(pt_end(last));
    pt_wait_word(&log, "job15");
    DONE(PrlSrv_UnregEventHandler(pt_server, pt_record, &log));
    for (size_t i = 0; i < COUNT(expected); i++) {
        if (!strstr(log.text, expected[i])) print_message("no %s in: %s\n", expected[i], log.text);
        CHECK(strstr(log.text, expected[i]));
    }
}

static void handlers_of_a_vm_get_what_concerns_it(void **state)
{
    pt_log of_vm = PT_LOG, of_server = PT_LOG;
    (void)state;
    pt_begin(NULL);
    vm = pt_vm("WindowsXP");
    PRL_HANDLE other = pt_vm("fedora");
    DONE(PrlVm_RegEventHandler(vm, pt_record, &of_vm));
    DONE(PrlHandle_RegEventHandler(pt_server, pt_record, &of_server));
    DONE(pt_end(PrlVm_Start(other)));
    DONE(pt_end(PrlVm_Start(vm)));
    tally_wait(&of_vm.calls, 4);
    DONE(pt_end(PrlSrv_GetVmList(pt_server)));
    pt_wait_word(&of_server, "job15");
    const char *text = of_vm.text;
    CHECK(strstr(text, "VM_STARTED"));
    CHECK(strstr(text, "job42"));
    CHECK(!strstr(text, "job15"));
    EQUAL(strstr(strstr(text, "VM_STARTED") + 1, "VM_STARTED"), NULL);
    DONE(PrlVm_UnregEventHandler(vm, pt_record, &of_vm));
    DONE(PrlHandle_UnregEventHandler(pt_server, pt_record, &of_server));
    DONE(PrlHandle_Free(other));
}

/* ---- what an event carries -------------------------------------------------------------------- */

typedef struct kept {
    PRL_EVENT_TYPE type;
    PRL_HANDLE event;
    tally got;
} kept;

/* Keeps the first event of a type beyond the call. */
static PRL_RESULT keep(PRL_HANDLE h, PRL_VOID_PTR data)
{
    kept *k = data;
    PRL_EVENT_TYPE type;
    if (!PrlEvent_GetType(h, &type) && type == k->type && k->event == PRL_INVALID_HANDLE) {
        k->event = h;
        tally_add(&k->got);
        return PRL_ERR_SUCCESS;
    }
    return PrlHandle_Free(h);
}

static PRL_HANDLE wait_for(PRL_EVENT_TYPE type, PRL_HANDLE job_of, PRL_HANDLE (*call)(PRL_HANDLE))
{
    kept k = {type, PRL_INVALID_HANDLE, TALLY};
    DONE(PrlSrv_RegEventHandler(pt_server, keep, &k));
    DONE(pt_end(call(job_of)));
    tally_wait(&k.got, 1);
    DONE(PrlSrv_UnregEventHandler(pt_server, keep, &k));
    return k.event;
}

static void a_state_change_carries_the_state(void **state)
{
    PRL_EVENT_ISSUER_TYPE issuer;
    PRL_UINT32 count, number;
    PRL_INT32 value;
    PRL_UINT64 wide, id;
    PRL_BOOL truth;
    PRL_HANDLE param, server, out;
    PRL_PARAM_FIELD_DATA_TYPE type;
    char bytes[32];
    PRL_UINT32 size = sizeof bytes;
    (void)state;
    pt_begin(NULL);
    vm = pt_vm("WindowsXP");
    PRL_HANDLE event = wait_for(PET_DSP_EVT_VM_STATE_CHANGED, vm, PrlVm_Start);
    DONE(PrlEvent_GetIssuerType(event, &issuer));
    EQUAL(issuer, PIE_DISPATCHER);
    TEXT(PT_STRING(PrlEvent_GetIssuerId, event), PT_STRING(PrlVmCfg_GetUuid, vm));
    DONE(PrlEvent_GetParamsCount(event, &count));
    EQUAL(count, 1);
    DONE(PrlEvent_GetServer(event, &server));
    CHECK(server == pt_server);
    DONE(PrlHandle_Free(server));
    RESULT(PrlEvent_GetVm(event, &out), PRL_ERR_INVALID_HANDLE); /* the service tells it, not the VM */
    RESULT(PrlEvent_GetJob(event, &out), PRL_ERR_UNINITIALIZED);
    RESULT(PrlEvent_GetParam(event, 1, &param), PRL_ERR_INVALID_ARG);
    RESULT(PrlEvent_GetParamByName(event, "no such", &param), PRL_ERR_NO_DATA);
    RESULT(PrlEvent_GetParamByName(event, NULL, &param), PRL_ERR_INVALID_ARG);
    DONE(PrlEvent_GetParamByName(event, "vminfo_vm_state", &param));
    DONE(PrlEvtPrm_GetType(param, &type));
    EQUAL(type, PFD_INT32);
    DONE(PrlEvtPrm_ToInt32(param, &value));
    EQUAL(value, VMS_STARTING);
    DONE(PrlEvtPrm_ToUint32(param, &number));
    EQUAL(number, VMS_STARTING);
    DONE(PrlEvtPrm_ToUint64(param, &wide));
    EQUAL(wide, VMS_STARTING);
    DONE(PrlEvtPrm_ToBoolean(param, &truth));
    EQUAL(truth, PRL_TRUE);
    RESULT(PrlEvtPrm_ToHandle(param, &out), PRL_ERR_INVALID_ARG);
    DONE(PrlEvtPrm_GetBuffer(param, bytes, &size));
    EQUAL(size, 9); /* 805306370, without a terminator */
    DONE(PrlHandle_GetPackageId(event, &id));
    CHECK(id > 0);
    DONE(PrlHandle_Free(event));
    DONE(PrlEvtPrm_ToInt32(param, &value)); /* a parameter keeps its event */
    DONE(PrlHandle_Free(param));
}

/* An event with one parameter, of a name and an escaped text. */
static PRL_HANDLE event_with(const char *name, const char *text)
{
    static char document[2048];
    PRL_HANDLE event;
    DONE(PrlVm_CreateEvent(vm, &event));
    snprintf(document, sizeof document,
             "<Event><Type>100001</Type><Parameter><Name>%s</Name><DataType>%u</DataType><Value>%s</Value>"
             "</Parameter></Event>",
             name, (unsigned)PFD_ENTITY, text);
    DONE(PrlEvent_FromString(event, document));
    return event;
}

/* What ToHandle makes of it: its type, or 0. */
static PRL_HANDLE_TYPE object_of(const char *name, const char *text, PRL_HANDLE *out)
{
    PRL_HANDLE event = event_with(name, text), param, found;
    PRL_HANDLE_TYPE type = (PRL_HANDLE_TYPE)0;
    DONE(PrlEvent_GetParamByName(event, name, &param));
    const PRL_RESULT result = PrlEvtPrm_ToHandle(param, &found);
    if (!result) DONE(PrlHandle_GetType(found, &type));
    if (result) RESULT(result, PRL_ERR_INVALID_ARG);
    if (!result && !out) DONE(PrlHandle_Free(found));
    if (out) *out = found;
    DONE(PrlHandle_Free(param));
    DONE(PrlHandle_Free(event));
    return type;
}

static void names_of_parameters_say_what_object_they_are(void **state)
{
    PRL_HANDLE license;
    (void)state;
    pt_begin(NULL);
    vm = pt_vm("WindowsXP");
    EQUAL(object_of("vm_license", "", NULL), PHT_LICENSE);
    EQUAL(object_of("internal_event", "", NULL), PHT_EVENT);
    EQUAL(object_of("disp_common_prefs", "", NULL), PHT_DISP_CONFIG);
    EQUAL(object_of("statistics", "", NULL), PHT_SYSTEM_STATISTICS);
    EQUAL(object_of("vm_search_info", "", NULL), PHT_FOUND_VM_INFO);
    EQUAL(object_of("vm_security_info", "", NULL), PHT_ACCESS_RIGHTS);
    EQUAL(object_of("vm_cfg", "", NULL), PHT_VIRTUAL_MACHINE);
    EQUAL(object_of("vminfo_vm_state", "", NULL), 0);
    EQUAL(object_of("vm_license", "no document", NULL), 0);
    EQUAL(object_of("vm_license", "&lt;Object&gt;&lt;Lic.UserName&gt;me&lt;/Lic.UserName&gt;&lt;/Object&gt;",
                    &license),
          PHT_LICENSE);
    TEXT(PT_STRING(PrlLic_GetUserName, license), "me");
    DONE(PrlHandle_Free(license));
}

static void an_event_goes_through_text(void **state)
{
    PRL_HANDLE param, copy, vm_of;
    PRL_EVENT_TYPE type;
    PRL_VOID_PTR text;
    PRL_INT32 value;
    PRL_BOOL answer;
    (void)state;
    pt_begin(NULL);
    vm = pt_vm("WindowsXP");
    PRL_HANDLE event = wait_for(PET_DSP_EVT_VM_STATE_CHANGED, vm, PrlVm_Start);
    DONE(PrlVm_CreateEvent(vm, &copy));
    DONE(PrlEvent_GetType(copy, &type));
    EQUAL(type, PET_VM_INF_UNINITIALIZED_EVENT_CODE);
    DONE(PrlEvent_GetVm(copy, &vm_of));
    CHECK(vm_of == vm);
    DONE(PrlHandle_Free(vm_of));
    DONE(PrlEvent_GetDataPtr(event, &text));
    DONE(PrlEvent_FromString(copy, text));
    DONE(PrlEvent_GetType(copy, &type));
    EQUAL(type, PET_DSP_EVT_VM_STATE_CHANGED);
    DONE(PrlEvent_GetParam(copy, 0, &param));
    DONE(PrlEvtPrm_ToInt32(param, &value));
    EQUAL(value, VMS_STARTING);
    RESULT(PrlEvent_FromString(copy, "rubbish"), PRL_ERR_INVALID_ARG);
    RESULT(PrlEvent_FromString(copy, ""), PRL_ERR_INVALID_ARG);
    RESULT(PrlEvent_FromString(copy, "<Event/>"), PRL_ERR_INVALID_ARG);
    DONE(PrlEvtPrm_ToInt32(param, &value));
    DONE(PrlHandle_FromString(copy, text));
    RESULT(PrlEvtPrm_ToInt32(param, &value), PRL_ERR_OBJECT_WAS_REMOVED);
    DONE(PrlEvent_IsAnswerRequired(copy, &answer));
    EQUAL(answer, PRL_FALSE);
    DONE(PrlBuffer_Free(text));
    DONE(PrlHandle_Free(param));
    DONE(PrlHandle_Free(copy));
    DONE(PrlHandle_Free(event));
}

static void answers_are_taken(void **state)
{
    PRL_HANDLE event, answer, param, list;
    PRL_INT32 choice;
    PRL_UINT32 count;
    PRL_JOB_STATUS status;
    (void)state;
    pt_begin(NULL);
    vm = pt_vm("WindowsXP");
    DONE(PrlVm_CreateEvent(vm, &event));
    DONE(PrlEvent_CreateAnswerEvent(event, &answer, PET_ANSWER_YES));
    TEXT(PT_STRING(PrlEvent_GetIssuerId, answer), PT_STRING(PrlVmCfg_GetUuid, vm));
    DONE(PrlEvent_GetParamByName(answer, "vm_message_choice_0", &param));
    DONE(PrlEvtPrm_ToInt32(param, &choice));
    EQUAL(choice, PET_ANSWER_YES);
    PRL_HANDLE job = PrlSrv_SendAnswer(pt_server, answer);
    DONE(PrlJob_GetStatus(job, &status));
    EQUAL(status, PJS_FINISHED);
    DONE(pt_end(job));
    RESULT(pt_end(PrlSrv_SendAnswer(pt_server, vm)), PRL_ERR_INVALID_ARG);
    DONE(PrlSrv_GetQuestions(pt_server, &list));
    DONE(PrlHndlList_GetItemsCount(list, &count));
    EQUAL(count, 0);
    DONE(PrlHandle_Free(list));
    DONE(PrlHandle_Free(param));
    DONE(PrlHandle_Free(answer));
    DONE(PrlHandle_Free(event));
}

static void performance_counters_come_every_second(void **state)
{
    kept k = {PET_DSP_EVT_VM_PERFSTATS, PRL_INVALID_HANDLE, TALLY};
    PRL_HANDLE param;
    PRL_UINT64 value;
    PRL_UINT32 count;
    (void)state;
    pt_begin(NULL);
    vm = pt_vm("debian");
    DONE(PrlVm_RegEventHandler(vm, keep, &k));
    DONE(pt_end(PrlVm_SubscribeToPerfStats(vm, "guest.ram.*")));
    tally_wait(&k.got, 1);
    TEXT(PT_STRING(PrlEvent_GetIssuerId, k.event), PT_STRING(PrlVmCfg_GetUuid, vm));
    DONE(PrlEvent_GetParamByName(k.event, "guest.ram.total", &param));
    DONE(PrlEvtPrm_ToUint64(param, &value));
    EQUAL(value, 1024);
    DONE(PrlHandle_Free(param));
    RESULT(PrlEvent_GetParamByName(k.event, "net.nic0.bytes_in", &param), PRL_ERR_NO_DATA);
    DONE(PrlHandle_Free(k.event));
    k.event = PRL_INVALID_HANDLE;
    DONE(pt_end(PrlVm_SubscribeToPerfStats(vm, NULL)));
    for (int i = 1; k.event == PRL_INVALID_HANDLE; i++) tally_wait(&k.got, 1 + i);
    DONE(pt_end(PrlVm_UnsubscribeFromPerfStats(vm)));
    DONE(PrlVm_UnregEventHandler(vm, keep, &k));
    DONE(PrlEvent_GetParamsCount(k.event, &count));
    CHECK(count > 10);
    DONE(PrlHandle_Free(k.event));
}

/* ---- handlers --------------------------------------------------------------------------------- */

static char order[64];
static tally order_calls;

static PRL_RESULT add_letter(PRL_HANDLE h, PRL_VOID_PTR data)
{
    strncat(order, data, 1);
    DONE(PrlHandle_Free(h));
    tally_add(&order_calls);
    return PRL_ERR_FAILURE; /* what it returns does not matter */
}

static void handlers_are_called_in_their_order_and_as_often_as_registered(void **state)
{
    PRL_HANDLE foreign;
    (void)state;
    pt_begin(NULL);
    vm = pt_vm("WindowsXP");
    tally_init(&order_calls);
    *order = '\0';
    DONE(PrlSrv_RegEventHandler(pt_server, add_letter, "a"));
    DONE(PrlVm_RegEventHandler(vm, add_letter, "b"));
    DONE(PrlSrv_RegEventHandler(pt_server, add_letter, "c"));
    char *a = "a";
    DONE(PrlSrv_RegEventHandler(pt_server, add_letter, a));
    DONE(pt_end(PrlVm_GetState(vm)));
    tally_wait(&order_calls, 4);
    TEXT(order, "abca");
    DONE(PrlSrv_UnregEventHandler(pt_server, add_letter, a)); /* the first of the two */
    DONE(pt_end(PrlVm_GetState(vm)));
    tally_wait(&order_calls, 7);
    TEXT(order, "abcabca");
    DONE(PrlSrv_UnregEventHandler(pt_server, add_letter, "nobody")); /* none: no failure */
    RESULT(PrlSrv_RegEventHandler(pt_server, NULL, NULL), PRL_ERR_INVALID_ARG);
    DONE(PrlApi_CreateStringsList(&foreign));
    RESULT(PrlHandle_RegEventHandler(foreign, add_letter, NULL), PRL_ERR_INVALID_ARG);
    RESULT(PrlHandle_RegEventHandler(PRL_INVALID_HANDLE, add_letter, NULL), PRL_ERR_INVALID_ARG);
    DONE(PrlHandle_Free(foreign));
}

typedef struct kept_job {
    PRL_HANDLE server, vm;
} kept_job;

static PRL_RESULT see_job(PRL_HANDLE h, PRL_VOID_PTR data)
{
    *(PRL_HANDLE *)data = h;
    return PrlHandle_Free(h);
}

static void a_job_has_the_same_value_in_every_handler(void **state)
{
    kept_job seen = {PRL_INVALID_HANDLE, PRL_INVALID_HANDLE};
    pt_log log = PT_LOG;
    (void)state;
    pt_begin(NULL);
    vm = pt_vm("WindowsXP");
    DONE(PrlSrv_RegEventHandler(pt_server, see_job, &seen.server));
    DONE(PrlVm_RegEventHandler(vm, see_job, &seen.vm));
    DONE(PrlSrv_RegEventHandler(pt_server, pt_record, &log));
    PRL_HANDLE job = PrlVm_GetState(vm);
    DONE(PrlHandle_Free(job)); /* freed at once: it goes on and is told all the same */
    tally_wait(&log.calls, 1);
    RESULT(PrlHandle_Free(job), PRL_ERR_INVALID_ARG);
    CHECK(seen.server == job && seen.vm == job);
}

typedef struct partner {
    struct partner *other;
    tally calls;
} partner;

static PRL_RESULT remove_other(PRL_HANDLE h, PRL_VOID_PTR data)
{
    partner *self = data;
    DONE(PrlSrv_UnregEventHandler(pt_server, remove_other, self->other));
    DONE(PrlHandle_Free(h));
    tally_add(&self->calls);
    return PRL_ERR_SUCCESS;
}

static void two_handlers_that_remove_each_other(void **state)
{
    pt_log last = PT_LOG;
    (void)state;
    pt_begin(NULL);
    vm = pt_vm("WindowsXP");
    for (int i = 0; i < 100; i++) {
        partner a = {.calls = TALLY}, b = {.other = &a, .calls = TALLY};
        a.other = &b;
        DONE(PrlSrv_RegEventHandler(pt_server, remove_other, &a));
        DONE(PrlSrv_RegEventHandler(pt_server, remove_other, &b));
        DONE(PrlSrv_RegEventHandler(pt_server, pt_record, &last));
        DONE(pt_end(PrlVm_GetState(vm)));
        tally_wait(&last.calls, i + 1);
        EQUAL(tally_get(&a.calls), 1);
        EQUAL(tally_get(&b.calls), 0);
        DONE(PrlSrv_UnregEventHandler(pt_server, remove_other, &a));
        DONE(PrlSrv_UnregEventHandler(pt_server, pt_record, &last));
    }
}

static PRL_RESULT use_everything(PRL_HANDLE h, PRL_VOID_PTR data)
{
    PRL_HANDLE_TYPE type;
    PRL_HANDLE other;
    DONE(PrlHandle_GetType(h, &type));
    if (type == PHT_JOB) {
        RESULT(PrlApi_Deinit(), PRL_ERR_INVALID_ACTION_REQUESTED); /* refused here, nothing changed */
        EQUAL(pt_state(vm), VMS_STOPPED);                          /* a wait for another job */
        DONE(PrlSrv_UnregEventHandler(pt_server, use_everything, data));
        DONE(PrlSrv_Create(&other)); /* a session of its own, ended from inside */
        DONE(pt_end(PrlSrv_LoginLocal(other, NULL, 0, PSL_LOW_SECURITY)));
        DONE(PrlHandle_Free(other));
    }
    DONE(PrlHandle_Free(h));
    tally_add(data);
    return PRL_ERR_SUCCESS;
}

static void every_call_is_legal_inside_a_handler(void **state)
{
    tally calls = TALLY;
    (void)state;
    pt_begin(NULL);
    vm = pt_vm("WindowsXP");
    DONE(PrlSrv_RegEventHandler(pt_server, use_everything, &calls));
    DONE(pt_end(PrlVm_RefreshConfig(vm)));
    tally_wait(&calls, 1);
    DONE(pt_end(PrlVm_RefreshConfig(vm)));
    EQUAL(tally_get(&calls), 1);
}

static PRL_RESULT free_the_server(PRL_HANDLE h, PRL_VOID_PTR data)
{
    PRL_HANDLE server = pt_server;
    pt_server = PRL_INVALID_HANDLE;
    DONE(PrlHandle_Free(h));
    DONE(PrlHandle_Free(server));
    tally_add(data);
    return PRL_ERR_SUCCESS;
}

static void the_server_may_be_freed_inside_its_handler(void **state)
{
    tally calls = TALLY;
    (void)state;
    pt_begin(NULL);
    vm = pt_vm("WindowsXP");
    DONE(PrlSrv_RegEventHandler(pt_server, free_the_server, &calls));
    DONE(PrlHandle_Free(PrlVm_GetState(vm)));
    tally_wait(&calls, 1);
    RESULT(pt_end(PrlVm_GetState(vm)), PRL_ERR_NOT_CONNECTED_TO_DISPATCHER);
    EQUAL(tally_get(&calls), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        VM(a_start_tells_states_then_the_verdict_then_the_job),
        VM(everything_that_happens_to_a_vm_is_told),
        VM(handlers_of_a_vm_get_what_concerns_it),
        VM(a_state_change_carries_the_state),
        VM(names_of_parameters_say_what_object_they_are),
        VM(an_event_goes_through_text),
        VM(answers_are_taken),
        VM(performance_counters_come_every_second),
        VM(handlers_are_called_in_their_order_and_as_often_as_registered),
        VM(a_job_has_the_same_value_in_every_handler),
        VM(two_handlers_that_remove_each_other),
        VM(every_call_is_legal_inside_a_handler),
        VM(the_server_may_be_freed_inside_its_handler),
    };
    return cmocka_run_group_tests_name("prl_event", tests, NULL, NULL);
}
