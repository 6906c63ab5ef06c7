/* The life of a VM through the Prl API: power, snapshots, guests, clones, and what each state refuses. */
#include "prl_test.h"

#include <unistd.h>

static PRL_HANDLE vm;

static void begin(const char *name)
{
    pt_begin(NULL);
    vm = pt_vm(name);
}

static int finish(void **state)
{
    DONE(PrlHandle_Free(vm));
    return pt_finish(state);
}
#define VM(test) cmocka_unit_test_teardown(test, finish)

#define STATE(expected) EQUAL(pt_state(vm), expected)

static void power_goes_round(void **state)
{
    (void)state;
    begin("WindowsXP");
    STATE(VMS_STOPPED);
    DONE(pt_end(PrlVm_Start(vm)));
    STATE(VMS_RUNNING);
    DONE(pt_end(PrlVm_Pause(vm, PRL_FALSE)));
    STATE(VMS_PAUSED);
    DONE(pt_end(PrlVm_Start(vm))); /* start means: get it running */
    STATE(VMS_RUNNING);
    DONE(pt_end(PrlVm_Suspend(vm)));
    STATE(VMS_SUSPENDED);
    DONE(pt_end(PrlVm_Resume(vm)));
    STATE(VMS_RUNNING);
    DONE(pt_end(PrlVm_Reset(vm)));
    DONE(pt_end(PrlVm_Restart(vm)));
    STATE(VMS_RUNNING);
    DONE(pt_end(PrlVm_Suspend(vm)));
    DONE(pt_end(PrlVm_DropSuspendedState(vm)));
    STATE(VMS_STOPPED);
    DONE(pt_end(PrlVm_StartEx(vm, PSM_VM_START, 0)));
    DONE(pt_end(PrlVm_Stop(vm, PRL_TRUE)));
    STATE(VMS_STOPPED);
    DONE(pt_end(PrlVm_Start(vm)));
    DONE(pt_end(PrlVm_StopEx(vm, PSM_KILL, PSF_FORCE)));
    STATE(VMS_STOPPED);
}

/* What each operation answers in a state that does not fit. */
static void wrong_states_have_their_codes(void **state)
{
    (void)state;
    begin("WindowsXP");
    RESULT(pt_end(PrlVm_Stop(vm, PRL_FALSE)), PRL_ERR_DISP_VM_IS_NOT_STARTED);
    RESULT(pt_end(PrlVm_Stop(vm, PRL_TRUE)), PRL_ERR_DISP_VM_IS_NOT_STARTED);
    RESULT(pt_end(PrlVm_Reset(vm)), PRL_ERR_DISP_VM_IS_NOT_STARTED);
    RESULT(pt_end(PrlVm_Restart(vm)), PRL_ERR_DISP_VM_IS_NOT_STARTED);
    RESULT(pt_end(PrlVm_Suspend(vm)), PRL_ERR_DISP_VM_IS_NOT_STARTED);
    RESULT(pt_end(PrlVm_Pause(vm, PRL_FALSE)), PRL_ERR_FAILURE);
    RESULT(pt_end(PrlVm_LoginInGuest(vm, "u", "p", 0)), PRL_ERR_DISP_VM_IS_NOT_STARTED);
    DONE(pt_end(PrlVm_Start(vm)));
    RESULT(pt_end(PrlVm_Start(vm)), PRL_ERR_FAILURE);
    RESULT(pt_end(PrlVm_Delete(vm, PRL_INVALID_HANDLE)), PRL_ERR_DISP_VM_IS_NOT_STOPPED);
    RESULT(pt_end(PrlVm_Unreg(vm)), PRL_ERR_DISP_VM_IS_NOT_STOPPED);
    DONE(pt_end(PrlVm_Pause(vm, PRL_FALSE)));
    RESULT(pt_end(PrlVm_Pause(vm, PRL_FALSE)), PRL_ERR_FAILURE);
    RESULT(pt_end(PrlVm_DropSuspendedState(vm)), PRL_ERR_INVALID_ACTION_REQUESTED);
}

/* A container of the name, registered; the caller frees it. */
static PRL_HANDLE container(const char *name)
{
    PRL_HANDLE made;
    DONE(PrlSrv_CreateVm(pt_server, &made));
    DONE(PrlVmCfg_SetName(made, name));
    DONE(PrlVmCfg_SetVmType(made, PVT_CT));
    DONE(PrlVmCfg_SetOsTemplate(made, "debian-12"));
    DONE(pt_end(PrlVm_Reg(made, "", PRL_TRUE)));
    return made;
}

static PRL_UINT32 listed(PRL_UINT32 flags)
{
    PRL_HANDLE result, job = PrlSrv_GetVmListEx(pt_server, flags);
    PRL_UINT32 count;
    DONE(PrlJob_Wait(job, NEVER));
    DONE(PrlJob_GetResult(job, &result));
    DONE(PrlResult_GetParamsCount(result, &count));
    DONE(PrlHandle_Free(result));
    DONE(PrlHandle_Free(job));
    return count;
}

static void containers_and_templates_are_listed_apart(void **state)
{
    PRL_VM_TYPE type;
    (void)state;
    begin("WindowsXP");
    PRL_HANDLE made = container("ct"), found;
    EQUAL(listed(PVTF_VM), 3);
    EQUAL(listed(PVTF_CT), 1);
    EQUAL(listed(PVTF_VM | PVTF_CT), 4);
    EQUAL(listed(0), 3);
    EQUAL(listed(PGVLF_GET_ONLY_VM_TEMPLATES), 0);
    found = pt_param(PrlSrv_GetVmListEx(pt_server, PVTF_CT));
    DONE(PrlVmCfg_GetVmType(found, &type));
    EQUAL(type, PVT_CT);
    TEXT(PT_STRING(PrlVmCfg_GetOsTemplate, found), "debian-12");
    DONE(PrlHandle_Free(found));
    DONE(pt_end(PrlVm_BeginEdit(vm)));
    DONE(PrlVmCfg_SetTemplateSign(vm, PRL_TRUE));
    DONE(pt_end(PrlVm_Commit(vm)));
    EQUAL(listed(PGVLF_GET_ONLY_VM_TEMPLATES), 1);
    EQUAL(listed(PVTF_VM), 3);
    DONE(PrlHandle_Free(made));
}

static void containers_have_rules_of_their_own(void **state)
{
    (void)state;
    begin("WindowsXP");
    PRL_HANDLE ct = container("ct");
    RESULT(pt_end(PrlVm_Stop(ct, PRL_FALSE)), PRL_ERR_DISP_VM_IS_NOT_STARTED);
    RESULT(pt_end(PrlVm_Pause(ct, PRL_FALSE)), PRL_ERR_DISP_VM_IS_NOT_STARTED);
    RESULT(pt_end(PrlVm_Suspend(ct)), PRL_ERR_DISP_VM_COMMAND_CANT_BE_EXECUTED);
    RESULT(pt_end(PrlVm_Resume(ct)), PRL_ERR_DISP_VM_COMMAND_CANT_BE_EXECUTED);
    RESULT(pt_end(PrlVm_LoginInGuest(ct, PRL_PRIVILEGED_GUEST_OS_SESSION, "", 0)),
           PRL_ERR_DISP_VM_COMMAND_CANT_BE_EXECUTED);
    DONE(pt_end(PrlVm_Start(ct)));
    RESULT(pt_end(PrlVm_Start(ct)), PRL_ERR_DISP_VM_IS_NOT_STOPPED);
    RESULT(pt_end(PrlVm_Resume(ct)), PRL_ERR_DISP_VM_COMMAND_CANT_BE_EXECUTED);
    RESULT(pt_end(PrlVm_Delete(ct, PRL_INVALID_HANDLE)), PRL_ERR_DISP_VM_COMMAND_CANT_BE_EXECUTED);
    RESULT(pt_end(PrlVm_Unreg(ct)), PRL_ERR_DISP_VM_COMMAND_CANT_BE_EXECUTED);
    DONE(pt_end(PrlVm_Pause(ct, PRL_FALSE)));
    DONE(pt_end(PrlVm_Stop(ct, PRL_FALSE)));
    DONE(pt_end(PrlVm_Start(ct)));
    DONE(pt_end(PrlVm_Suspend(ct)));
    DONE(pt_end(PrlVm_Resume(ct)));
    EQUAL(pt_state(ct), VMS_RUNNING);
    DONE(pt_end(PrlVm_Stop(ct, PRL_FALSE)));
    DONE(pt_end(PrlVm_Delete(ct, PRL_INVALID_HANDLE)));
    DONE(PrlHandle_Free(ct));
}

static void modes_beyond_the_last_one_are_refused_at_once(void **state)
{
    PRL_BOOL sent;
    (void)state;
    begin("WindowsXP");
    RESULT(pt_end(PrlVm_StopEx(vm, PSM_LAST + 1, 0)), PRL_ERR_INVALID_ARG);
    PRL_HANDLE job = PrlVm_StartEx(vm, PSM_VM_START_LAST_ITEM + 1, 0);
    DONE(PrlJob_IsRequestWasSent(job, &sent));
    EQUAL(sent, PRL_FALSE);
    RESULT(pt_end(job), PRL_ERR_INVALID_ARG);
}

static void a_second_operation_hears_what_the_first_is(void **state)
{
    (void)state;
    begin("debian");
    PRL_HANDLE snapshot = PrlVm_CreateSnapshot(vm, "one", "");
    RESULT(pt_end(PrlVm_Stop(vm, PRL_FALSE)), PRL_ERR_VM_LOCKED_FOR_CREATE_SNAPSHOT);
    DONE(pt_end(snapshot));
    PRL_HANDLE suspend = PrlVm_Suspend(vm);
    RESULT(pt_end(PrlVm_Commit(vm)), PRL_ERR_VM_LOCKED_FOR_EXECUTE);
    DONE(pt_end(suspend));
}

static void a_cancelled_start_leaves_the_vm_stopped(void **state)
{
    PRL_JOB_OPERATION_CODE code;
    (void)state;
    begin("WindowsXP");
    PRL_HANDLE start = PrlVm_Start(vm), cancel = PrlJob_Cancel(start);
    DONE(PrlJob_GetOpCode(cancel, &code));
    EQUAL(code, PJOC_JOB_CANCEL);
    DONE(pt_end(cancel));
    RESULT(pt_end(start), PRL_ERR_OPERATION_WAS_CANCELED);
    STATE(VMS_STOPPED);
    start = PrlVm_Start(vm);
    DONE(PrlJob_Wait(start, NEVER));
    RESULT(pt_end(PrlJob_Cancel(start)), PRL_ERR_TASK_NOT_FOUND);
    DONE(pt_end(start));
}

static void a_failed_job_explains_itself(void **state)
{
    PRL_HANDLE error, param, result, other;
    PRL_EVENT_TYPE type;
    PRL_EVENT_ISSUER_TYPE issuer;
    PRL_RESULT code;
    PRL_UINT32 count;
    (void)state;
    begin("WindowsXP");
    PRL_HANDLE job = PrlVm_Stop(vm, PRL_FALSE);
    DONE(PrlJob_Wait(job, NEVER));
    DONE(PrlJob_GetError(job, &error));
    DONE(PrlEvent_GetType(error, &type));
    EQUAL(type, PET_VM_INF_UNINITIALIZED_EVENT_CODE);
    DONE(PrlEvent_GetErrCode(error, &code));
    RESULT(code, PRL_ERR_DISP_VM_IS_NOT_STARTED);
    DONE(PrlEvent_GetIssuerType(error, &issuer));
    EQUAL(issuer, PIE_DISPATCHER);
    TEXT(PT_STRING(PrlEvent_GetIssuerId, error), PT_STRING(PrlVmCfg_GetUuid, vm));
    TEXT(PT_STRING(PrlEvent_GetErrString, error, PRL_FALSE, PRL_FALSE),
         "The virtual machine WindowsXP is not running: it is stopped.");
    TEXT(PT_STRING(PrlEvent_GetErrString, error, PRL_TRUE, PRL_FALSE), "The virtual machine is not running.");
    DONE(PrlEvent_GetParamByName(error, "vm_message_param_1", &param));
    TEXT(PT_STRING(PrlEvtPrm_ToString, param), "VMS_STOPPED");
    DONE(PrlHandle_Free(param));
    DONE(PrlEvent_GetJob(error, &other));
    CHECK(other == job);
    DONE(PrlHandle_Free(other));
    DONE(PrlHandle_Free(error));
    DONE(PrlJob_GetResult(job, &result));
    DONE(PrlResult_GetParamsCount(result, &count));
    EQUAL(count, 0);
    RESULT(PrlResult_GetParam(result, &param), PRL_ERR_INVALID_ARG);
    DONE(PrlHandle_Free(result));
    RESULT(pt_end(job), PRL_ERR_DISP_VM_IS_NOT_STARTED);
}

static void a_running_job_has_no_result_yet(void **state)
{
    PRL_HANDLE out;
    PRL_RESULT code;
    PRL_JOB_STATUS status;
    PRL_UINT32 size = 4;
    char data[4];
    (void)state;
    begin("WindowsXP");
    PRL_HANDLE job = PrlVm_Start(vm);
    RESULT(PrlJob_GetResult(job, &out), PRL_ERR_OPERATION_PENDING);
    EQUAL((uintptr_t)out, 0);
    RESULT(PrlJob_GetError(job, &out), PRL_ERR_NO_DATA);
    DONE(PrlJob_GetRetCode(job, &code));
    RESULT(code, PRL_ERR_UNINITIALIZED);
    DONE(PrlJob_GetStatus(job, &status));
    EQUAL(status, PJS_RUNNING);
    vjob_job_info info;
    OK(vjob_job_look((vjob_handle)(uintptr_t)job, &info));
    TEXT(info.operation, "PJOC_VM_START");
    TEXT(info.object, "WindowsXP");
    RESULT(PrlJob_Wait(job, 0), PRL_ERR_TIMEOUT);
    RESULT(PrlJob_Wait(job, 10), PRL_ERR_TIMEOUT);
    RESULT(PrlJob_GetDataPtr(job, data, &size), PRL_ERR_UNIMPLEMENTED);
    DONE(PrlJob_Wait(job, 60000));
    DONE(PrlJob_Wait(job, 0));
    RESULT(PrlJob_GetError(job, &out), PRL_ERR_NO_DATA);
    DONE(pt_end(job));
}

/* ---- snapshots -------------------------------------------------------------------------------- */

static char *tree(PRL_HANDLE of)
{
    static char text[4096];
    PRL_UINT32 size = sizeof text;
    PRL_HANDLE result, none, job = PrlVm_GetSnapshotsTreeEx(of, PGST_WITHOUT_SCREENSHOTS);
    DONE(PrlJob_Wait(job, NEVER));
    DONE(PrlJob_GetResult(job, &result));
    RESULT(PrlResult_GetParam(result, &none), PRL_ERR_NO_DATA); /* a text is no object */
    DONE(PrlResult_GetParamAsString(result, text, &size));
    DONE(PrlHandle_Free(result));
    DONE(pt_end(job));
    return text;
}

/* The uuid of a snapshot in the tree, in a static buffer. */
static const char *guid(const char *text, const char *name)
{
    static char found[64];
    char pattern[128];
    snprintf(pattern, sizeof pattern, "<Name>%s</Name>", name);
    const char *at = strstr(text, pattern);
    CHECK(at);
    while (strncmp(at, "guid=\"", 6)) at--;
    snprintf(found, sizeof found, "%.38s", at + 6);
    return found;
}

static void snapshots_form_a_tree(void **state)
{
    PRL_UINT32 ram;
    char first[64];
    (void)state;
    begin("debian");
    DONE(pt_end(PrlVm_CreateSnapshot(vm, "first", "with <tags>")));
    snprintf(first, sizeof first, "%s", guid(tree(vm), "first"));
    DONE(pt_end(PrlVm_CreateSnapshot(vm, "second", "")));
    const char *text = tree(vm);
    CHECK(!strncmp(text, "<?xml", 5) && strstr(text, "<ParallelsSavedStates>"));
    CHECK(strstr(text, "<Description>with &lt;tags&gt;</Description>"));
    CHECK(strstr(text, "<Name>first</Name>") < strstr(text, "<Name>second</Name>"));
    CHECK(strstr(text, "</SavedStateItem>\n</SavedStateItem>")); /* one inside the other */
    CHECK(strstr(text, "state=\"poweron\""));

    DONE(pt_end(PrlVm_Stop(vm, PRL_FALSE)));
    DONE(pt_end(PrlVm_BeginEdit(vm)));
    DONE(PrlVmCfg_SetRamSize(vm, 777));
    DONE(pt_end(PrlVm_Commit(vm)));
    DONE(pt_end(PrlVm_SwitchToSnapshotEx(vm, first, 0)));
    STATE(VMS_RUNNING);
    DONE(pt_end(PrlVm_RefreshConfig(vm)));
    DONE(PrlVmCfg_GetRamSize(vm, &ram));
    EQUAL(ram, 1024); /* the configuration is part of the snapshot */
    DONE(pt_end(PrlVm_SwitchToSnapshotEx(vm, first, PSSF_SKIP_RESUME)));
    STATE(VMS_STOPPED);
    DONE(pt_end(PrlVm_DeleteSnapshot(vm, first, PRL_TRUE)));
    CHECK(!strstr(tree(vm), "SavedStateItem"));
    RESULT(pt_end(PrlVm_SwitchToSnapshot(vm, first)), PRL_ERR_VM_SNAPSHOT_NOT_FOUND);
    RESULT(pt_end(PrlVm_DeleteSnapshot(vm, "rubbish", PRL_FALSE)), PRL_ERR_VM_SNAPSHOT_NOT_FOUND);
}

/* ---- guests ----------------------------------------------------------------------------------- */

static PRL_UINT32 run(PRL_HANDLE session, const char *script, PRL_FILE_DESC in, PRL_FILE_DESC out)
{
    PRL_HANDLE args, param;
    PRL_UINT32 code;
    DONE(PrlApi_CreateStringsList(&args));
    DONE(PrlStrList_AddItem(args, "-c"));
    DONE(PrlStrList_AddItem(args, script));
    PRL_HANDLE event =
        pt_param(PrlVmGuest_RunProgram(session, "sh", args, PRL_INVALID_HANDLE, 0, in, out, -1));
    DONE(PrlEvent_GetParamByName(event, "vm_exec_app_ret_code", &param));
    DONE(PrlEvtPrm_ToUint32(param, &code));
    DONE(PrlHandle_Free(param));
    DONE(PrlHandle_Free(event));
    DONE(PrlHandle_Free(args));
    return code;
}

static void programs_run_in_guests(void **state)
{
    int out[2], in[2];
    char text[64] = "";
    (void)state;
    begin("debian");
    PRL_HANDLE session = pt_param(PrlVm_LoginInGuest(vm, PRL_PRIVILEGED_GUEST_OS_SESSION, NULL, 0));
    EQUAL(run(session, "exit 3", -1, -1), 3);
    EQUAL(pipe(out), 0);
    EQUAL(pipe(in), 0);
    EQUAL(write(in[1], "from outside", 12), 12);
    EQUAL(run(session, "echo hello", -1, out[1]), 0);
    EQUAL(read(out[0], text, sizeof text), 6); /* it is there when the job has ended */
    TEXT(text, "hello\n");
    EQUAL(run(session, "cat", in[0], out[1]), 0);
    EQUAL(read(out[0], text, sizeof text), 12);
    CHECK(!memcmp(text, "from outside", 12));
    for (int i = 0; i < 2; i++) {
        close(in[i]);
        close(out[i]);
    }
    DONE(pt_end(PrlVm_AuthWithGuestSecurityDb(vm, "user", "password", 0)));
    DONE(pt_end(PrlVm_SetUserPasswd(vm, "user", "new", 0)));
    DONE(pt_end(PrlVm_Suspend(vm)));
    RESULT(
        pt_end(PrlVmGuest_RunProgram(session, "sh", PRL_INVALID_HANDLE, PRL_INVALID_HANDLE, 0, -1, -1, -1)),
        PRL_ERR_DISP_VM_IS_NOT_STARTED);
    DONE(pt_end(PrlVm_Resume(vm)));
    DONE(pt_end(PrlVmGuest_Logout(session, 0)));
    DONE(PrlHandle_Free(session));
}

static void a_cancelled_program_ends(void **state)
{
    (void)state;
    begin("debian");
    PRL_HANDLE session = pt_param(PrlVm_LoginInGuest(vm, "u", "p", 0)), args;
    DONE(PrlApi_CreateStringsList(&args));
    DONE(PrlStrList_AddItem(args, "100000"));
    for (int out = -1; out < 2; out += 2) {
        PRL_HANDLE job = PrlVmGuest_RunProgram(session, "sleep", args, PRL_INVALID_HANDLE, 0, -1, out, -1);
        RESULT(PrlJob_Wait(job, 5000), PRL_ERR_TIMEOUT);
        DONE(pt_end(PrlJob_Cancel(job)));
        RESULT(pt_end(job), PRL_ERR_OPERATION_WAS_CANCELED);
    }
    DONE(PrlHandle_Free(args));
    DONE(PrlHandle_Free(session));
}

static void tools_come_up_with_the_guest(void **state)
{
    PRL_VM_TOOLS_STATE tools;
    (void)state;
    begin("debian");
    PRL_HANDLE info = pt_param(PrlVm_GetToolsState(vm));
    DONE(PrlVmToolsInfo_GetState(info, &tools));
    EQUAL(tools, PTS_INSTALLED);
    TEXT(PT_STRING(PrlVmToolsInfo_GetVersion, info), "7.0.0");
    DONE(PrlHandle_Free(info));
}

/* ---- clones, migration, statistics ------------------------------------------------------------ */

static void a_clone_is_a_vm_of_its_own(void **state)
{
    (void)state;
    begin("WindowsXP");
    PRL_HANDLE copy = pt_param(PrlVm_Clone(vm, "copy", "", PRL_FALSE));
    TEXT(PT_STRING(PrlVmCfg_GetName, copy), "copy");
    CHECK(strcmp(PT_STRING(PrlVmCfg_GetUuid, copy), PT_STRING(PrlVmCfg_GetUuid, vm)));
    RESULT(pt_end(PrlVm_Clone(vm, "copy", "", PRL_FALSE)), PRL_ERR_VM_ALREADY_REGISTERED_VM_NAME);
    DONE(pt_end(PrlVm_Start(copy)));
    STATE(VMS_STOPPED);
    DONE(PrlHandle_Free(copy));
}

static void a_vm_can_move_to_another_host(void **state)
{
    PRL_HANDLE other;
    (void)state;
    pt_begin("{\"hosts\": [{\"name\": \"one\", \"vms\": [{\"name\": \"m\"}]}, {\"name\": \"two\"}]}");
    vm = pt_vm("m");
    DONE(PrlSrv_Create(&other));
    RESULT(pt_end(PrlVm_Migrate(vm, other, "", 0, 0, PRL_TRUE)), PRL_ERR_NOT_CONNECTED_TO_DISPATCHER);
    DONE(pt_end(PrlSrv_Login(other, "two", "u", "p", NULL, 0, 0, PSL_LOW_SECURITY)));
    DONE(pt_end(PrlVm_Migrate(vm, other, "", 0, 0, PRL_TRUE)));
    RESULT(pt_end(PrlSrv_GetVmConfig(pt_server, "m", 0)), PRL_ERR_VM_UUID_NOT_FOUND);
    PRL_HANDLE moved = pt_param(PrlSrv_GetVmConfig(other, "m", 0));
    DONE(pt_end(PrlVm_Start(moved)));
    DONE(PrlHandle_Free(moved));
    DONE(PrlHandle_Free(other));
}

static void a_vm_has_statistics(void **state)
{
    PRL_UINT32 cpus;
    PRL_UINT64 total, used;
    (void)state;
    begin("debian");
    PRL_HANDLE figures = pt_param(PrlVm_GetStatistics(vm));
    DONE(PrlStat_GetCpusStatsCount(figures, &cpus));
    CHECK(cpus >= 1);
    DONE(PrlStat_GetTotalRamSize(figures, &total));
    DONE(PrlStat_GetUsageRamSize(figures, &used));
    CHECK(used > 0 && used <= total);
    DONE(PrlHandle_Free(figures));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        VM(power_goes_round),
        VM(wrong_states_have_their_codes),
        VM(containers_and_templates_are_listed_apart),
        VM(containers_have_rules_of_their_own),
        VM(modes_beyond_the_last_one_are_refused_at_once),
        VM(a_second_operation_hears_what_the_first_is),
        VM(a_cancelled_start_leaves_the_vm_stopped),
        VM(a_failed_job_explains_itself),
        VM(a_running_job_has_no_result_yet),
        VM(snapshots_form_a_tree),
        VM(programs_run_in_guests),
        VM(a_cancelled_program_ends),
        VM(tools_come_up_with_the_guest),
        VM(a_clone_is_a_vm_of_its_own),
        VM(a_vm_can_move_to_another_host),
        VM(a_vm_has_statistics),
    };
    return cmocka_run_group_tests_name("prl_vm", tests, NULL, NULL);
}
