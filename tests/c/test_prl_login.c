/* Logging in and out: hosts, users, what is refused, and what happens to jobs of a session that ends. */
#include "prl_test.h"

static const char strict_world[] = "{\"strict\": true, \"hosts\": ["
                                   " {\"name\": \"alpha\", \"users\": [{\"name\": \"admin\", \"password\": "
                                   "\"secret\"}], \"vms\": [{\"name\": \"a\"}]},"
                                   " {\"name\": \"beta\", \"vms\": [{\"name\": \"b\"}]}]}";

static PRL_RESULT login(const char *host, const char *user, const char *password)
{
    return pt_end(PrlSrv_Login(pt_server, host, user, password, NULL, 0, 0, PSL_LOW_SECURITY));
}

static void only_listed_users_may_log_in(void **state)
{
    PRL_BOOL up, local;
    (void)state;
    pt_init(strict_world);
    DONE(PrlSrv_Create(&pt_server));
    RESULT(login("alpha", "admin", "wrong"), PRL_ERR_AUTHENTICATION_FAILED);
    RESULT(login("alpha", "nobody", "secret"), PRL_ERR_AUTHENTICATION_FAILED);
    RESULT(login("gamma", "admin", "secret"), PRL_ERR_CANT_CONNECT_TO_DISPATCHER);
    DONE(PrlSrv_IsConnected(pt_server, &up, &local));
    EQUAL(up, PRL_FALSE);
    DONE(login("alpha#64000", "admin", "secret"));
    DONE(PrlSrv_IsConnected(pt_server, &up, &local));
    EQUAL(up, PRL_TRUE);
    EQUAL(local, PRL_FALSE);
}

static void a_listed_host_without_users_takes_anybody(void **state)
{
    (void)state;
    pt_init(strict_world);
    DONE(PrlSrv_Create(&pt_server));
    DONE(login("beta", NULL, NULL));
    PRL_HANDLE vm = pt_vm("b");
    TEXT(PT_STRING(PrlVmCfg_GetServerHost, vm), "beta");
    DONE(PrlHandle_Free(vm));
    RESULT(pt_end(PrlSrv_GetVmConfig(pt_server, "a", PGVC_SEARCH_BY_NAME)), PRL_ERR_VM_UUID_NOT_FOUND);
}

static void an_unknown_host_is_the_first_one_unless_strict(void **state)
{
    (void)state;
    pt_init(NULL);
    DONE(PrlSrv_Create(&pt_server));
    DONE(login("somewhere.example.com", "u", "p"));
}

static void a_second_login_is_refused(void **state)
{
    (void)state;
    pt_init(NULL);
    DONE(PrlSrv_Create(&pt_server));
    PRL_HANDLE first = PrlSrv_LoginLocal(pt_server, NULL, 0, PSL_LOW_SECURITY);
    RESULT(login("localhost", "u", "p"), PRL_ERR_ALREADY_CONNECTED_TO_DISPATCHER);
    DONE(pt_end(first));
    RESULT(login("localhost", "u", "p"), PRL_ERR_ALREADY_CONNECTED_TO_DISPATCHER);
}

static void no_host_means_the_session_that_is_there(void **state)
{
    (void)state;
    pt_init(strict_world);
    DONE(PrlSrv_Create(&pt_server));
    RESULT(login(NULL, NULL, "secret"), PRL_ERR_INVALID_ARG);
    RESULT(login(NULL, "admin", "secret"), PRL_ERR_NOT_CONNECTED_TO_DISPATCHER);
    DONE(login("alpha", "admin", "secret"));
    RESULT(login(NULL, "admin", "wrong"), PRL_ERR_AUTHENTICATION_FAILED);
    DONE(login(NULL, "admin", "secret"));
}

static void the_response_tells_session_and_server(void **state)
{
    (void)state;
    pt_init(NULL);
    DONE(PrlSrv_Create(&pt_server));
    PRL_HANDLE response = pt_param(PrlSrv_LoginLocal(pt_server, "", 0, PSL_LOW_SECURITY));
    const char *session = PT_STRING(PrlLoginResponse_GetSessionUuid, response);
    const char *server = PT_STRING(PrlLoginResponse_GetServerUuid, response);
    PRL_UINT32 tasks;
    EQUAL(strlen(session), 38);
    EQUAL(session[0], '{');
    CHECK(strcmp(session, server));
    DONE(PrlLoginResponse_GetRunningTaskCount(response, &tasks));
    EQUAL(tasks, 0);
    DONE(PrlHandle_Free(response));
}

static void calls_without_a_session_fail_later_and_tell_handlers(void **state)
{
    pt_log log = PT_LOG;
    PRL_HANDLE error;
    PRL_RESULT code;
    PRL_BOOL sent;
    (void)state;
    pt_init(NULL);
    DONE(PrlSrv_Create(&pt_server));
    DONE(PrlSrv_RegEventHandler(pt_server, pt_record, &log));
    PRL_HANDLE job = PrlSrv_GetVmList(pt_server);
    DONE(PrlJob_Wait(job, NEVER));
    DONE(PrlJob_IsRequestWasSent(job, &sent));
    EQUAL(sent, PRL_TRUE);
    DONE(PrlJob_GetError(job, &error));
    DONE(PrlEvent_GetErrCode(error, &code));
    RESULT(code, PRL_ERR_NOT_CONNECTED_TO_DISPATCHER);
    DONE(PrlHandle_Free(error));
    RESULT(pt_end(job), PRL_ERR_NOT_CONNECTED_TO_DISPATCHER);
    tally_wait(&log.calls, 1);
    RESULT(pt_end(PrlSrv_Logoff(pt_server)), PRL_ERR_NOT_CONNECTED_TO_DISPATCHER);
    tally_wait(&log.calls, 2);
    TEXT(log.text, "job15 job5");
    DONE(PrlSrv_UnregEventHandler(pt_server, pt_record, &log));
}

static void logoff_fails_what_runs_and_tells_so(void **state)
{
    pt_log log = PT_LOG;
    (void)state;
    pt_begin(NULL);
    PRL_HANDLE vm = pt_vm("WindowsXP");
    PRL_HANDLE start = PrlVm_Start(vm);
    PRL_HANDLE again = pt_vm("WindowsXP");
    DONE(PrlSrv_RegEventHandler(pt_server, pt_record, &log));
    DONE(pt_end(PrlSrv_Logoff(pt_server)));
    RESULT(pt_end(start), PRL_ERR_WS_DISP_CONNECTION_CLOSED);
    tally_wait(&log.calls, 3);
    TEXT(log.text, "job5 job42 DISP_CONNECTION_CLOSED");
    DONE(PrlSrv_UnregEventHandler(pt_server, pt_record, &log));
    /* the operation itself went on, as the next session sees */
    DONE(pt_end(PrlSrv_LoginLocal(pt_server, NULL, 0, PSL_LOW_SECURITY)));
    RESULT(pt_end(PrlVm_Stop(vm, PRL_FALSE)), PRL_ERR_VM_LOCKED_FOR_EXECUTE);
    PRL_HANDLE second = pt_vm("debian"); /* time passes */
    DONE(pt_end(PrlVm_Reset(second)));
    DONE(pt_end(PrlVm_Suspend(second)));
    DONE(PrlHandle_Free(second));
    EQUAL(pt_state(vm), VMS_RUNNING);
    DONE(PrlHandle_Free(vm));
    DONE(PrlHandle_Free(again));
}

static void freeing_the_server_fails_what_runs(void **state)
{
    pt_log log = PT_LOG;
    (void)state;
    pt_begin(NULL);
    DONE(PrlSrv_RegEventHandler(pt_server, pt_record, &log));
    PRL_HANDLE vm = pt_vm("WindowsXP");
    tally_wait(&log.calls, 1);
    PRL_HANDLE start = PrlVm_Start(vm);
    DONE(PrlHandle_Free(pt_server));
    pt_server = PRL_INVALID_HANDLE;
    const int then = tally_get(&log.calls);
    RESULT(pt_end(start), PRL_ERR_WS_DISP_CONNECTION_CLOSED);
    RESULT(pt_end(PrlVm_Stop(vm, PRL_FALSE)), PRL_ERR_NOT_CONNECTED_TO_DISPATCHER);
    EQUAL(tally_get(&log.calls), then);
    RESULT(PrlVm_RegEventHandler(vm, pt_record, &log), PRL_ERR_WS_DISP_CONNECTION_CLOSED);
    DONE(PrlHandle_Free(vm));
}

static void two_sessions_see_the_same_world(void **state)
{
    pt_log log = PT_LOG;
    PRL_HANDLE other;
    (void)state;
    pt_begin(NULL);
    DONE(PrlSrv_Create(&other));
    DONE(pt_end(PrlSrv_LoginLocal(other, NULL, 0, PSL_LOW_SECURITY)));
    DONE(PrlSrv_RegEventHandler(other, pt_record, &log));
    PRL_HANDLE vm = pt_vm("WindowsXP");
    DONE(pt_end(PrlVm_Start(vm)));
    tally_wait(&log.calls, 3);
    CHECK(!strncmp(log.text, "VM_STATE_CHANGED", 16));
    CHECK(!strstr(log.text, "job"));
    DONE(PrlHandle_Free(other));
    DONE(PrlHandle_Free(vm));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PRL(only_listed_users_may_log_in),
        PRL(a_listed_host_without_users_takes_anybody),
        PRL(an_unknown_host_is_the_first_one_unless_strict),
        PRL(a_second_login_is_refused),
        PRL(no_host_means_the_session_that_is_there),
        PRL(the_response_tells_session_and_server),
        PRL(calls_without_a_session_fail_later_and_tell_handlers),
        PRL(logoff_fails_what_runs_and_tells_so),
        PRL(freeing_the_server_fails_what_runs),
        PRL(two_sessions_see_the_same_world),
    };
    return cmocka_run_group_tests_name("prl_login", tests, NULL, NULL);
}
