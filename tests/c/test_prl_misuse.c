/* What goes wrong in programs: calls at the wrong time, waits and frees in odd places, texts and numbers beyond reason. */
#include <unistd.h>

#include "prl_functions.h"

static PRL_HANDLE vm; /* of the test; freed by finish */

static int finish(void **state)
{
    if (vm != PRL_INVALID_HANDLE) DONE(PrlHandle_Free(vm));
    vm = PRL_INVALID_HANDLE;
    return pt_finish(state);
}
#define FAULT(test) cmocka_unit_test_teardown(test, finish)

static void begin(void)
{
    pt_begin(NULL);
    vm = pt_vm("WindowsXP");
}

/* ---- at the wrong time ---- */

/* These work although the library does not run. */
static int is_always_there(const char *name)
{
    static const char *const there[] = {"PrlApi_Init",
                                        "PrlApi_InitEx",
                                        "PrlApi_Deinit",
                                        "PrlApi_GetResultDescription",
                                        "PrlApi_GetMessageType",
                                        "PrlApi_MsgCanBeIgnored",
                                        "PrlBuffer_Free",
                                        "PrlApi_SwitchConsoleLogging",
                                        "PrlApi_InitCrashHandler",
                                        "PrlApi_GetCrashDumpsPath"};
    for (size_t i = 0; i < COUNT(there); i++)
        if (!strcmp(there[i], name)) return 1;
    return !strncmp(name, "PrlDbg_", 7) && strstr(name, "ToString");
}

static void every_function_says_that_the_library_is_stopped(void **state)
{
    (void)state;
    begin();
    DONE(PrlHandle_Free(vm));
    DONE(PrlHandle_Free(pt_server));
    vm = pt_server = PRL_INVALID_HANDLE;
    DONE(PrlApi_Deinit());
    for (size_t i = 0; i < COUNT(functions); i++) {
        const function *f = &functions[i];
        if (is_always_there(f->name)) continue;
        const word answer = f->call(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
        const int fine = f->is_async ? answer != 0 : (PRL_RESULT)answer == PRL_ERR_API_WASNT_INITIALIZED;
        if (!fine) print_message("%s gave %s\n", f->name, prl_result_to_string((PRL_RESULT)answer));
        CHECK(fine);
    }
    DONE(PrlApi_Init(1));
}

static void versions_that_are_too_new_are_refused(void **state)
{
    PRL_UINT32 version;
    (void)state;
    pt_init(NULL);
    DONE(PrlApi_Deinit());
    RESULT(PrlApi_InitEx(PARALLELS_API_VER + 1, PAM_SERVER, 0, 0), PRL_ERR_API_INCOMPATIBLE);
    RESULT(PrlApi_InitEx(0x1FFFFFFF, PAM_SERVER, 0, 0), PRL_ERR_API_INCOMPATIBLE);
    RESULT(PrlApi_Init(0xFFFFFFFFu), PRL_ERR_API_INCOMPATIBLE);
    RESULT(PrlApi_GetVersion(&version), PRL_ERR_API_WASNT_INITIALIZED);
    DONE(PrlApi_InitEx(0xE0000001u, (PRL_APPLICATION_MODE)12345, 0xFFFFFFFFu, 7)); /* any mode, old version */
    DONE(PrlApi_GetVersion(&version));
    EQUAL(version, 0xE0000001u);
    DONE(PrlApi_InitEx(0x1FFFFFFF, PAM_SERVER, 0, 0)); /* a second one ignores its arguments */
    DONE(PrlApi_Deinit());
}

static void handles_do_not_outlive_a_stop(void **state)
{
    PRL_HANDLE list, job;
    PRL_HANDLE_TYPE type;
    (void)state;
    begin();
    DONE(PrlApi_CreateStringsList(&list));
    job = PrlVm_Start(vm);
    const PRL_HANDLE old[] = {list, job, vm, pt_server};
    DONE(PrlApi_Deinit());
    DONE(PrlApi_Init(1));
    for (size_t i = 0; i < COUNT(old); i++) {
        RESULT(PrlHandle_GetType(old[i], &type), PRL_ERR_INVALID_ARG);
        RESULT(PrlHandle_AddRef(old[i]), PRL_ERR_INVALID_ARG);
        RESULT(PrlHandle_Free(old[i]), PRL_ERR_INVALID_ARG);
    }
    RESULT(PrlJob_Wait(job, NEVER), PRL_ERR_INVALID_ARG);
    vm = pt_server = PRL_INVALID_HANDLE;
}

static void a_stop_too_many_changes_nothing(void **state)
{
    (void)state;
    pt_init(NULL);
    DONE(PrlApi_Deinit());
    for (int i = 0; i < 3; i++) RESULT(PrlApi_Deinit(), PRL_ERR_API_WASNT_INITIALIZED);
    DONE(PrlApi_Init(1));
    DONE(PrlApi_CreateStringsList(&vm));
}

/* ---- waits ---- */

static void waits_of_every_length(void **state)
{
    PRL_HANDLE job;
    PRL_JOB_STATUS status;
    (void)state;
    begin();
    OK(vjob_sim_set_duration("start", 10000000000u, 0, 0));
    job = PrlVm_Start(vm);
    RESULT(PrlJob_Wait(job, 0), PRL_ERR_TIMEOUT); /* only looks */
    RESULT(PrlJob_Wait(job, 1), PRL_ERR_TIMEOUT);
    RESULT(PrlJob_Wait(job, 9000), PRL_ERR_TIMEOUT);
    DONE(PrlJob_GetStatus(job, &status));
    EQUAL(status, PJS_RUNNING);
    DONE(PrlJob_Wait(job, NEVER));
    DONE(PrlJob_Wait(job, 0));
    DONE(PrlJob_Wait(job, NEVER));
    DONE(PrlJob_GetStatus(job, &status));
    EQUAL(status, PJS_FINISHED);
    DONE(PrlHandle_Free(job));
    RESULT(PrlJob_Wait(job, 0), PRL_ERR_INVALID_ARG);
    RESULT(PrlJob_Wait(job, NEVER), PRL_ERR_INVALID_ARG);
    RESULT(PrlJob_Wait(vm, NEVER), PRL_ERR_INVALID_ARG);
    RESULT(PrlJob_Wait(PRL_INVALID_HANDLE, NEVER), PRL_ERR_INVALID_ARG);
    OK(vjob_sim_set_duration("start", 0, 0, 0));
}

/* ---- handlers ---- */

static PRL_RESULT nothing(PRL_HANDLE h, PRL_VOID_PTR data)
{
    (void)data;
    return PrlHandle_Free(h);
}

static void handlers_of_nobody(void **state)
{
    PRL_HANDLE list, job;
    int data;
    (void)state;
    begin();
    DONE(PrlSrv_UnregEventHandler(pt_server, nothing, NULL)); /* there was none: fine */
    DONE(PrlVm_UnregEventHandler(vm, nothing, &data));
    DONE(PrlSrv_RegEventHandler(pt_server, nothing, &data));
    DONE(PrlSrv_UnregEventHandler(pt_server, nothing, NULL)); /* other data: not that one */
    DONE(PrlHandle_UnregEventHandler(pt_server, nothing, &data));
    DONE(PrlHandle_UnregEventHandler(pt_server, nothing, &data));
    RESULT(PrlSrv_RegEventHandler(pt_server, NULL, NULL), PRL_ERR_INVALID_ARG);
    RESULT(PrlSrv_UnregEventHandler(pt_server, NULL, NULL), PRL_ERR_INVALID_ARG);
    DONE(PrlApi_CreateStringsList(&list));
    job = PrlVm_GetState(vm);
    RESULT(PrlHandle_RegEventHandler(list, nothing, NULL), PRL_ERR_INVALID_ARG);
    RESULT(PrlHandle_RegEventHandler(job, nothing, NULL), PRL_ERR_INVALID_ARG);
    RESULT(PrlHandle_UnregEventHandler(list, nothing, NULL), PRL_ERR_INVALID_ARG);
    DONE(pt_end(job));
    DONE(PrlHandle_Free(list));
    RESULT(PrlHandle_RegEventHandler(list, nothing, NULL), PRL_ERR_INVALID_ARG);
}

static tally frees = TALLY;

static PRL_RESULT free_too_often(PRL_HANDLE h, PRL_VOID_PTR data)
{
    (void)data;
    PRL_HANDLE_TYPE type;
    PRL_RESULT once = PrlHandle_Free(h);
    /* the client that waits may owe one more of a job; an event is only ours */
    if (!once && !PrlHandle_GetType(h, &type)) once = PRL_ERR_SUCCESS;
    tally_add(&frees);
    return once;
}

static PRL_RESULT answer_nonsense(PRL_HANDLE h, PRL_VOID_PTR data)
{
    DONE(PrlHandle_Free(h));
    tally_add(data);
    return PRL_ERR_OUT_OF_MEMORY; /* nobody looks */
}

static void what_handlers_answer_and_free_does_not_matter(void **state)
{
    tally calls = TALLY;
    (void)state;
    begin();
    DONE(PrlSrv_RegEventHandler(pt_server, free_too_often, NULL));
    DONE(PrlSrv_RegEventHandler(pt_server, answer_nonsense, &calls));
    for (int i = 1; i <= 20; i++) {
        DONE(pt_end(PrlVm_GetState(vm)));
        tally_wait(&calls, i);
    }
    DONE(PrlSrv_UnregEventHandler(pt_server, free_too_often, NULL));
    DONE(PrlSrv_UnregEventHandler(pt_server, answer_nonsense, &calls));
}

/* ---- leaving without a word ---- */

static int leave(int how)
{
    pt_log log = PT_LOG;
    begin();
    DONE(PrlSrv_RegEventHandler(pt_server, pt_record, &log));
    DONE(PrlHandle_Free(PrlSrv_SubscribeToHostStatistics(pt_server)));
    PrlVm_Start(vm);
    if (how == 0) exit(0);
    if (how == 1) _exit(0);
    DONE(PrlApi_Deinit());
    return 0;
}

/* In children that are new processes: those of a fork have no engine. */
static int leave_by_exit(void)
{
    return leave(0);
}
static int leave_at_once(void)
{
    return leave(1);
}
static int leave_after_a_stop(void)
{
    return leave(2);
}

static void a_process_may_leave_in_any_state(void **state)
{
    static const char *const roles[] = {"leave_by_exit", "leave_at_once", "leave_after_a_stop"};
    const char *const environment[] = {NULL};
    (void)state;
    pt_init(NULL);
    for (size_t i = 0; i < COUNT(roles); i++) {
        ct_result r = ct_child(roles[i], environment);
        if (r.code || *r.err) print_message("%s: %d %s\n", roles[i], r.code, r.err);
        EQUAL(r.code, 0);
        ct_result_free(&r);
    }
}

/* ---- beyond reason ---- */

static PRL_HANDLE new_vm(const char *name)
{
    PRL_HANDLE made;
    DONE(PrlSrv_CreateVm(pt_server, &made));
    DONE(PrlVmCfg_SetName(made, name));
    return made;
}

static void odd_configurations_change_nothing(void **state)
{
    static char longest[100000];
    PRL_HANDLE made;
    PRL_UINT32 size;
    (void)state;
    begin();
    memset(longest, 'x', sizeof longest - 1);
    made = new_vm(longest);
    RESULT(pt_end(PrlVm_Reg(made, "", PRL_TRUE)), PRL_ERR_VMCONF_VM_NAME_IS_TOO_LONG);
    DONE(PrlHandle_Free(made));
    made = new_vm("");
    RESULT(pt_end(PrlVm_Reg(made, "", PRL_TRUE)), PRL_ERR_VM_NAME_IS_EMPTY);
    DONE(PrlHandle_Free(made));
    CHECK(PRL_FAILED(pt_end(PrlVm_Clone(vm, longest, "", PRL_FALSE))));
    DONE(pt_end(PrlVm_BeginEdit(vm)));
    DONE(PrlVmCfg_SetRamSize(vm, 0xFFFFFFFFu));
    RESULT(pt_end(PrlVm_Commit(vm)), PRL_ERR_VMCONF_VALIDATION_FAILED);
    DONE(pt_end(PrlVm_BeginEdit(vm)));
    DONE(PrlVmCfg_GetRamSize(vm, &size));
    EQUAL(size, 512);
    DONE(PrlVmCfg_SetCpuCount(vm, 0));
    RESULT(pt_end(PrlVm_Commit(vm)), PRL_ERR_VMCONF_VALIDATION_FAILED);
    DONE(pt_end(PrlVm_BeginEdit(vm)));
    DONE(PrlVmCfg_GetCpuCount(vm, &size));
    EQUAL(size, 1);
}

static void odd_documents_are_refused(void **state)
{
    static char deep[200000];
    PRL_HANDLE event;
    PRL_UINT32 size;
    (void)state;
    begin();
    for (size_t i = 0; i + 4 < sizeof deep; i += 3) memcpy(deep + i, "<a>", 4); /* never closed, too deep */
    const char *const bad[] = {
        "<",
        "<a",
        "text",
        "<a></b>",
        "\xff\xfe",
        deep,
        "<!DOCTYPE a [<!ENTITY x \"y\"><!ENTITY z \"&x;&x;&x;\">]><ParallelsVirtualMachine>&z;"
        "</ParallelsVirtualMachine>",
        "<?xml version=\"1.0\"?><SomethingElse/>"};
    DONE(PrlVm_CreateEvent(vm, &event));
    for (size_t i = 0; i < COUNT(bad); i++) {
        RESULT(PrlVm_FromString(vm, bad[i]), PRL_ERR_INVALID_ARG);
        RESULT(PrlEvent_FromString(event, bad[i]), PRL_ERR_INVALID_ARG);
    }
    RESULT(PrlVm_FromString(vm, NULL), PRL_ERR_INVALID_ARG);
    DONE(PrlVmCfg_GetRamSize(vm, &size));
    EQUAL(size, 512);
    DONE(PrlHandle_Free(event));
}

static void a_list_may_hold_itself_through_another(void **state)
{
    PRL_HANDLE a, b;
    (void)state;
    begin();
    DONE(PrlApi_CreateHandlesList(&a));
    RESULT(PrlHndlList_AddItem(a, a), PRL_ERR_INVALID_ARG);
    DONE(PrlApi_CreateHandlesList(&b));
    RESULT(PrlHndlList_AddItem(b, PRL_INVALID_HANDLE), PRL_ERR_INVALID_ARG);
    DONE(PrlHndlList_AddItem(a, b));
    DONE(PrlHandle_Free(b));
    DONE(PrlHndlList_GetItem(a, 0, &b)); /* the list kept it alive */
    DONE(PrlHandle_Free(b));
    DONE(PrlHandle_Free(a));
}

int main(void)
{
    static const ct_role roles[] = {{"leave_by_exit", leave_by_exit},
                                    {"leave_at_once", leave_at_once},
                                    {"leave_after_a_stop", leave_after_a_stop}};
    ct_become(roles, COUNT(roles));
    const struct CMUnitTest tests[] = {
        FAULT(every_function_says_that_the_library_is_stopped),
        FAULT(versions_that_are_too_new_are_refused),
        FAULT(handles_do_not_outlive_a_stop),
        FAULT(a_stop_too_many_changes_nothing),
        FAULT(waits_of_every_length),
        FAULT(handlers_of_nobody),
        FAULT(what_handlers_answer_and_free_does_not_matter),
        FAULT(a_process_may_leave_in_any_state),
        FAULT(odd_configurations_change_nothing),
        FAULT(odd_documents_are_refused),
        FAULT(a_list_may_hold_itself_through_another),
    };
    return cmocka_run_group_tests_name("prl_misuse", tests, NULL, NULL);
}
