/*
 * What programs written for the real library take for granted, grouped by the shape of the program. The programs
 * themselves are in tests/programs; here is what they cannot see from outside.
 */
#include "prl_test.h"

static PRL_HANDLE vm; /* of the test; freed by finish */

static int finish(void **state)
{
    if (vm != PRL_INVALID_HANDLE) DONE(PrlHandle_Free(vm));
    vm = PRL_INVALID_HANDLE;
    return pt_finish(state);
}

#define CLIENT(test) cmocka_unit_test_teardown(test, finish)

static void begin(const char *json, const char *name)
{
    pt_begin(json);
    vm = pt_vm(name);
}

/* A second session, told everything. */
static PRL_HANDLE session(pt_log *log)
{
    PRL_HANDLE server;
    DONE(PrlSrv_Create(&server));
    DONE(PrlSrv_RegEventHandler(server, pt_record, log));
    DONE(pt_end(PrlSrv_LoginLocal(server, "", 0, PSL_LOW_SECURITY)));
    return server;
}

static PRL_HANDLE vm_of(PRL_HANDLE server, const char *name)
{
    return pt_param(PrlSrv_GetVmConfig(server, name, PGVC_SEARCH_BY_NAME));
}

/* ---- daemons: long-lived connections that come and go under running work ---- */

/* The job ends with its session, the operation does not: it goes on in the machine, without its job. */
static void operations_outlive_the_session_that_began_them(void **state)
{
    (void)state;
    begin(NULL, "WindowsXP");
    for (int i = 0; i < 8; i++) {
        pt_log log = PT_LOG;
        PRL_HANDLE server = session(&log), own = vm_of(server, "WindowsXP");
        PRL_HANDLE start = PrlVm_Start(own);
        if (i & 1) DONE(pt_end(PrlSrv_Logoff(server)));
        DONE(PrlHandle_Free(server));
        RESULT(pt_end(start), PRL_ERR_WS_DISP_CONNECTION_CLOSED);
        DONE(PrlHandle_Free(own));
        while (pt_state(vm) == VMS_STARTING) {}
        EQUAL(pt_state(vm), VMS_RUNNING);
        DONE(pt_end(PrlVm_Stop(vm, PRL_FALSE)));
    }
}

typedef struct keeper {
    PRL_HANDLE event;
    tally kept;
} keeper;

static PRL_RESULT keep_first_event(PRL_HANDLE handle, PRL_VOID_PTR data)
{
    keeper *keep = data;
    PRL_HANDLE_TYPE type;
    DONE(PrlHandle_GetType(handle, &type));
    if (type != PHT_EVENT || keep->event != PRL_INVALID_HANDLE) return PrlHandle_Free(handle);
    keep->event = handle;
    tally_add(&keep->kept);
    return PRL_ERR_SUCCESS;
}

static void an_event_that_was_kept_outlives_handler_machine_and_server(void **state)
{
    keeper keep = {PRL_INVALID_HANDLE, TALLY};
    pt_log log = PT_LOG;
    PRL_HANDLE param;
    PRL_INT32 value;
    (void)state;
    begin(NULL, "WindowsXP");
    PRL_HANDLE server = session(&log), own = vm_of(server, "WindowsXP");
    DONE(PrlSrv_RegEventHandler(server, keep_first_event, &keep));
    DONE(pt_end(PrlVm_Start(own)));
    tally_wait(&keep.kept, 1);
    DONE(PrlSrv_UnregEventHandler(server, keep_first_event, &keep));
    DONE(PrlHandle_Free(own));
    DONE(PrlHandle_Free(server));
    DONE(PrlEvent_GetParamByName(keep.event, "vminfo_vm_state", &param));
    DONE(PrlHandle_Free(keep.event));
    DONE(PrlEvtPrm_ToInt32(param, &value));
    EQUAL(value, VMS_STARTING);
    DONE(PrlHandle_Free(param));
}

/* ---- samples: step by step, each one waited for ---- */

static void a_new_vm_needs_nothing_but_a_name(void **state)
{
    PRL_UINT32 ram, cpus;
    (void)state;
    pt_begin(NULL);
    DONE(PrlSrv_CreateVm(pt_server, &vm));
    DONE(PrlVmCfg_SetName(vm, "bare"));
    DONE(pt_end(PrlVm_Reg(vm, "", PRL_TRUE)));
    DONE(PrlVmCfg_GetRamSize(vm, &ram));
    DONE(PrlVmCfg_GetCpuCount(vm, &cpus));
    CHECK(ram > 0 && cpus > 0);
    DONE(pt_end(PrlVm_Start(vm)));
    EQUAL(pt_state(vm), VMS_RUNNING);
}

static void effects_are_there_when_the_wait_returns(void **state)
{
    (void)state;
    begin(NULL, "WindowsXP");
    for (int i = 0; i < 20; i++) {
        char name[32];
        snprintf(name, sizeof name, "name %d", i);
        DONE(pt_end(PrlVm_BeginEdit(vm)));
        DONE(PrlVmCfg_SetName(vm, name));
        DONE(pt_end(PrlVm_Commit(vm)));
        TEXT(PT_STRING(PrlVmCfg_GetName, vm), name);
        PRL_HANDLE found = pt_vm(name), clone = pt_param(PrlVm_Clone(vm, "twin", "", PRL_FALSE));
        CHECK(found == vm);
        TEXT(PT_STRING(PrlVmCfg_GetName, clone), "twin");
        DONE(pt_end(PrlVm_Delete(clone, PRL_INVALID_HANDLE)));
        RESULT(pt_end(PrlVm_Start(clone)), PRL_ERR_VM_UUID_NOT_FOUND);
        DONE(PrlHandle_Free(clone));
        DONE(PrlHandle_Free(found));
    }
}

/* ---- tools: what they print is what the library says ---- */

/* The full text of a job's failure. The job is freed. */
static char *said(PRL_HANDLE job)
{
    PRL_HANDLE error;
    DONE(PrlJob_Wait(job, NEVER));
    DONE(PrlJob_GetError(job, &error));
    char *text = PT_STRING(PrlEvent_GetErrString, error, PRL_FALSE, PRL_FALSE);
    DONE(PrlHandle_Free(error));
    DONE(PrlHandle_Free(job));
    return text;
}

static void failures_name_the_machine_its_state_and_what_keeps_it_busy(void **state)
{
    (void)state;
    begin("{\"hosts\": [{\"vms\": [{\"name\": \"a <b> & \\\"c\\\"\"}]}]}", "a <b> & \"c\"");
    /* values are escaped as far as markup needs it */
    TEXT(said(PrlVm_Stop(vm, PRL_FALSE)),
         "The virtual machine a &lt;b&gt; &amp; \"c\" is not running: it is stopped.");
    PRL_HANDLE start = PrlVm_Start(vm);
    const char *busy = said(PrlVm_Stop(vm, PRL_FALSE));
    CHECK(strstr(busy, "start is under way") && strstr(busy, "a &lt;b&gt;"));
    DONE(pt_end(start));
    CHECK(strstr(said(PrlVm_Delete(vm, PRL_INVALID_HANDLE)), "it is running"));
}

static void a_description_without_values_has_no_holes(void **state)
{
    (void)state;
    pt_begin(NULL);
    TEXT(PT_STRING(PrlApi_GetResultDescription, PRL_ERR_DISP_VM_IS_NOT_STARTED, PRL_FALSE, PRL_FALSE),
         "The virtual machine is not running.");
    TEXT(PT_STRING(PrlApi_GetResultDescription, PRL_ERR_FAILURE, PRL_FALSE, PRL_FALSE),
         "The operation failed.");
}

/* The three pairs of functions are one; what does not match removes nothing and is no failure. */
static void functions_that_register_are_interchangeable(void **state)
{
    pt_log one = PT_LOG, two = PT_LOG, other = PT_LOG;
    (void)state;
    begin(NULL, "WindowsXP");
    DONE(PrlVm_RegEventHandler(pt_server, pt_record, &one));
    DONE(PrlSrv_RegEventHandler(vm, pt_record, &two));
    DONE(PrlHandle_UnregEventHandler(pt_server, pt_record, &other));
    DONE(PrlVm_UnregEventHandler(vm, pt_record, &other));
    DONE(pt_end(PrlSrv_GetUserProfile(pt_server)));
    EQUAL(pt_state(vm), VMS_STOPPED);
    tally_wait(&one.calls, 2);
    tally_wait(&two.calls, 1);
    DONE(PrlSrv_UnregEventHandler(pt_server, pt_record, &one));
    DONE(PrlVm_UnregEventHandler(vm, pt_record, &two));
    EQUAL(pt_state(vm), VMS_STOPPED);
    DONE(pt_end(PrlSrv_GetUserProfile(pt_server)));
    EQUAL(tally_get(&one.calls), 2);
    EQUAL(tally_get(&two.calls), 1);
}

/* ---- playgrounds: nothing is ever freed ---- */

static PRL_RESULT free_nothing(PRL_HANDLE handle, PRL_VOID_PTR data)
{
    PRL_UNUSED_PARAM(handle);
    tally_add(data);
    return PRL_ERR_SUCCESS;
}

static void a_stop_takes_back_what_callbacks_never_freed(void **state)
{
    tally calls = TALLY;
    PRL_UINT32 left;
    (void)state;
    pt_begin(NULL);
    DONE(PrlSrv_RegEventHandler(pt_server, free_nothing, &calls));
    vm = pt_vm("WindowsXP");
    DONE(pt_end(PrlVm_Start(vm)));
    tally_wait(&calls, 4); /* look-up, two states, verdict */
    DONE(PrlSrv_UnregEventHandler(pt_server, free_nothing, &calls));
    DONE(PrlDbg_GetHandlesNum(&left, PHT_ERROR));
    EQUAL(left, 2 + tally_get(&calls));
    DONE(PrlApi_Deinit());
    DONE(PrlApi_InitEx(VIRTUOZZO_API_VER, PAM_SERVER, 0, 0));
    DONE(PrlDbg_GetHandlesNum(&left, PHT_ERROR));
    EQUAL(left, 0);
    RESULT(PrlHandle_Free(vm), PRL_ERR_INVALID_ARG);
    vm = pt_server = PRL_INVALID_HANDLE;
}

/* ---- servers: many threads ---- */

static void wait_for_it(void *job, int number)
{
    (void)number;
    DONE(PrlJob_Wait(job, NEVER));
}

static void every_waiter_of_a_job_wakes(void **state)
{
    (void)state;
    begin(NULL, "WindowsXP");
    PRL_HANDLE start = PrlVm_Start(vm);
    ct_threads(64, wait_for_it, start);
    DONE(pt_end(start));
}

static void wait_for_ever(void *job)
{
    RESULT(PrlJob_Wait(job, NEVER), PRL_ERR_API_WASNT_INITIALIZED);
}

static void a_stop_ends_waits(void **state)
{
    ct_thread waiter;
    (void)state;
    begin("{\"hosts\": [{\"vms\": [{\"name\": \"slow\"}]}], \"operations\": {\"start\": {\"duration_s\": "
          "1e6}}}",
          "slow");
    OK(vjob_sim_set_clock("real")); /* or the wait would make it end */
    PRL_HANDLE start = PrlVm_Start(vm);
    ct_start(&waiter, wait_for_ever, start);
    ct_await_waiting(&waiter);
    DONE(PrlApi_Deinit());
    ct_join(&waiter);
    DONE(PrlApi_InitEx(PARALLELS_API_VER, PAM_SERVER, 0, 0));
    RESULT(PrlHandle_Free(start), PRL_ERR_INVALID_ARG);
    vm = pt_server = PRL_INVALID_HANDLE;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CLIENT(operations_outlive_the_session_that_began_them),
        CLIENT(an_event_that_was_kept_outlives_handler_machine_and_server),
        CLIENT(a_new_vm_needs_nothing_but_a_name),
        CLIENT(effects_are_there_when_the_wait_returns),
        CLIENT(failures_name_the_machine_its_state_and_what_keeps_it_busy),
        CLIENT(a_description_without_values_has_no_holes),
        CLIENT(functions_that_register_are_interchangeable),
        CLIENT(a_stop_takes_back_what_callbacks_never_freed),
        CLIENT(every_waiter_of_a_job_wakes),
        CLIENT(a_stop_ends_waits),
    };
    return cmocka_run_group_tests_name("prl_clients", tests, NULL, NULL);
}
