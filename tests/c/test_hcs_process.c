/* Processes. A test's name begins with the number of the section of the contract that it is about. */
#include <unistd.h>

#include "hcs_test.h"

static HCS_SYSTEM container(void)
{
    return ht_running("box", HT_CONTAINER);
}

static HCS_PROCESS run(HCS_SYSTEM system, const char *parameters, HCS_PROCESS_INFORMATION *info)
{
    HCS_PROCESS process = NULL;
    HCS_OPERATION op = ht_new();
    DONE(HcsCreateProcess(system, ht_wide(parameters), op, NULL, &process));
    CHECK(process != NULL && HcsGetProcessFromOperation(op) == process);
    DONE(HcsWaitForOperationResultAndProcessInfo(op, INFINITE, info, NULL));
    HcsCloseOperation(op);
    return process;
}

/* All that comes, until the end. Static buffer. The descriptor is closed. */
static const char *read_all(HANDLE handle)
{
    static char text[4096];
    size_t size = 0;
    ssize_t got;
    const int fd = vjob_hcs_handle_take_fd(handle);
    CHECK(fd >= 0);
    while ((got = read(fd, text + size, sizeof text - 1 - size)) > 0) size += (size_t)got;
    text[size] = '\0';
    close(fd);
    return text;
}

static const char *exit_status(HCS_PROCESS process)
{
    PWSTR status = NULL;
    DONE(HcsWaitForProcessExit(process, INFINITE, &status));
    return ht_narrow(status);
}

static void r11_a_process_with_output(void **state)
{
    (void)state;
    HCS_PROCESS_INFORMATION info;
    HCS_SYSTEM system = container();
    HCS_PROCESS process =
        run(system,
            "{\"CommandLine\": \"cmd /c echo hello && nothere\", \"CreateStdOutPipe\": true,"
            " \"CreateStdErrPipe\": true}",
            &info);
    CHECK(info.ProcessId != 0 && info.Reserved == 0);
    CHECK(info.StdInput == NULL && info.StdOutput != NULL && info.StdError != NULL);
    CHECK(vjob_hcs_handle_fd(info.StdOutput) >= 0);
    TEXT(read_all(info.StdOutput), "hello\n");
    CHECK(strstr(read_all(info.StdError), "nothere") != NULL);
    const char *status = exit_status(process);
    TEXT(ht_at(status, "Exited"), "true");
    TEXT(ht_at(status, "ExitCode"), "127");
    TEXT(ht_at(status, "LastWaitResult"), "0");
    EQUAL(atoi(ht_at(status, "ProcessId")), info.ProcessId);
    HcsCloseProcess(process);
    ht_terminate(system);
}

static void r11_input_while_it_runs(void **state)
{
    (void)state;
    HCS_PROCESS_INFORMATION info;
    char text[16] = "";
    HCS_SYSTEM system = container();
    HCS_PROCESS process = run(system,
                              "{\"CommandArgs\": [\"cat\"], \"CreateStdInPipe\": true,"
                              " \"CreateStdOutPipe\": true}",
                              &info);
    const int in = vjob_hcs_handle_take_fd(info.StdInput), out = vjob_hcs_handle_fd(info.StdOutput);
    for (int i = 0; i < 3; i++) { /* an echo at once, before the end of the input */
        EQUAL(write(in, "ping\n", 5), 5);
        size_t size = 0;
        while (size < 5) {
            const ssize_t got = read(out, text + size, sizeof text - size);
            CHECK(got > 0);
            size += (size_t)got;
        }
        CHECK(!memcmp(text, "ping\n", 5));
    }
    RESULT(HcsWaitForProcessExit(process, 0, NULL), HCS_E_OPERATION_TIMEOUT);
    close(in);
    TEXT(ht_at(exit_status(process), "ExitCode"), "0");
    TEXT(read_all(info.StdOutput), "");
    HcsCloseProcess(process);
    ht_terminate(system);
}

static void r11_a_shell_reads_its_input_to_the_end(void **state)
{
    (void)state;
    HCS_PROCESS_INFORMATION info;
    HCS_SYSTEM system = container();
    HCS_PROCESS process =
        run(system,
            "{\"CommandArgs\": [\"sh\"], \"CreateStdInPipe\": true, \"EmulateConsole\": true,"
            " \"CreateStdErrPipe\": true, \"CreateStdOutPipe\": true}",
            &info);
    CHECK(info.StdError == NULL); /* merged */
    const int in = vjob_hcs_handle_take_fd(info.StdInput);
    EQUAL(write(in, "echo one; nothere; exit 3", 25), 25);
    close(in);
    const char *text = read_all(info.StdOutput);
    CHECK(!strncmp(text, "one\n", 4) && strstr(text, "nothere"));
    TEXT(ht_at(exit_status(process), "ExitCode"), "3");
    HcsCloseProcess(process);
    ht_terminate(system);
}

static void r11_where_it_may_run(void **state)
{
    (void)state;
    static const char echo[] = "{\"CommandLine\": \"echo x\"}";
    HCS_PROCESS process;
    HCS_SYSTEM system = ht_create("one", HT_GUEST);
    RESULT(HcsCreateProcess(NULL, ht_wide(echo), NULL, NULL, &process), E_INVALIDARG);
#define RUN(text)                                                                                            \
    __extension__({                                                                                          \
        const HRESULT result_ = DO(HcsCreateProcess(system, ht_wide(text), op, NULL, &process));             \
        HcsCloseProcess(process);                                                                            \
        result_;                                                                                             \
    })
    RESULT(RUN(echo), HCS_E_INVALID_STATE);
    DONE(DO(HcsStartComputeSystem(system, op, NULL)));
    DONE(RUN(echo));
    RESULT(RUN("{}"), HCS_E_INVALID_JSON);
    RESULT(RUN("{\"CommandLine\": 1}"), HCS_E_INVALID_JSON);
    CHECK(strstr(ht_at(ht_document, "ErrorMessage"), "CommandLine"));
    DONE(DO(HcsPauseComputeSystem(system, op, NULL)));
    RESULT(RUN(echo), HCS_E_INVALID_STATE);
    DONE(DO(HcsTerminateComputeSystem(system, op, NULL)));
    RESULT(RUN(echo), HCS_E_SYSTEM_ALREADY_STOPPED);
    HcsCloseComputeSystem(system);
    system = ht_running("two", HT_VM); /* nobody to talk to in there */
    RESULT(RUN(echo), HCS_E_SYSTEM_NOT_CONFIGURED_FOR_OPERATION);
    ht_terminate(system);
}

static void r11_ended_and_signalled(void **state)
{
    (void)state;
    HCS_PROCESS_INFORMATION info;
    HCS_SYSTEM system = container();
    for (int i = 0; i < 2; i++) {
        HCS_PROCESS process = run(system, "{\"CommandLine\": \"sleep 1000\"}", &info);
        CHECK(!info.StdInput && !info.StdOutput && !info.StdError);
        if (i == 0)
            DONE(DO(HcsTerminateProcess(process, op, NULL)));
        else
            DONE(DO(HcsSignalProcess(process, op, L"{\"Signal\": \"CtrlC\"}")));
        TEXT(ht_at(exit_status(process), "Exited"), "true");
        RESULT(DO(HcsTerminateProcess(process, op, NULL)), HCS_E_PROCESS_ALREADY_STOPPED);
        RESULT(DO(HcsSignalProcess(process, op, NULL)), HCS_E_PROCESS_ALREADY_STOPPED);
        RESULT(DO(HcsGetProcessInfo(process, op)), HCS_E_PROCESS_ALREADY_STOPPED);
        RESULT(DO(HcsModifyProcess(
                   process, op, L"{\"Operation\": \"CloseHandle\", \"CloseHandle\": {\"Handle\": \"All\"}}")),
               HCS_E_PROCESS_ALREADY_STOPPED);
        DONE(DO(HcsGetProcessProperties(process, op, NULL)));
        TEXT(ht_at(ht_document, "Exited"), "true");
        HcsCloseProcess(process);
    }
    HCS_PROCESS process = run(system, "{\"CommandLine\": \"sleep 1000\"}", &info);
    RESULT(DO(HcsSignalProcess(process, op, L"{\"Signal\": \"Other\"}")), HCS_E_INVALID_JSON);
    DONE(DO(HcsGetProcessProperties(process, op, NULL)));
    TEXT(ht_at(ht_document, "Exited"), "false");
    HcsCloseProcess(process); /* does not end it */
    DONE(HcsOpenProcess(system, info.ProcessId, GENERIC_ALL, &process));
    HcsCloseProcess(process);
    ht_terminate(system);
}

static void r1_16_1_17_plain_results_and_infos(void **state)
{
    (void)state;
    HCS_PROCESS_INFORMATION info, again;
    HCS_PROCESS process, opened;
    HCS_SYSTEM system = container();
    DONE(DO(HcsCreateProcess(system, L"{\"CommandLine\": \"cat\", \"CreateStdInPipe\": true}", op, NULL,
                             &process)));
    HCS_OPERATION op = ht_new();
    DONE(HcsGetProcessInfo(process, op));
    DONE(HcsWaitForOperationResultAndProcessInfo(op, INFINITE, &info, NULL));
    CHECK(info.StdInput != NULL && info.ProcessId);
    DONE(HcsGetOperationResultAndProcessInfo(op, &again, NULL));
    CHECK(again.StdInput == info.StdInput);
    DONE(HcsModifyProcess(
        process, op, L"{\"Operation\": \"ConsoleSize\", \"ConsoleSize\": {\"Height\": 9, \"Width\": 9}}"));
    DONE(HcsWaitForOperationResult(op, INFINITE, NULL));
    RESULT(HcsGetOperationResultAndProcessInfo(op, &info, NULL), E_INVALIDARG);
    HcsCloseOperation(op);
    DONE(HcsOpenProcess(system, info.ProcessId, GENERIC_ALL, &opened));
    RESULT(DO(HcsGetProcessInfo(opened, op)), HCS_E_PROCESS_INFO_NOT_AVAILABLE);
    RESULT(HcsOpenProcess(system, 77, GENERIC_ALL, &opened), HRESULT_FROM_WIN32(ERROR_NOT_FOUND));
    CHECK(opened == NULL);
    DONE(HcsOpenProcess(system, info.ProcessId, GENERIC_ALL, &opened));
    RESULT(DO(HcsModifyProcess(opened, op, L"{\"Operation\": \"Other\"}")), HCS_E_INVALID_JSON);
    DONE(DO(HcsModifyProcess(opened, op, L"{\"Operation\": \"CloseHandle\", \"Handle\": \"StdIn\"}")));
    TEXT(ht_at(exit_status(opened), "ExitCode"), "0"); /* its input has come to the end */
    HcsCloseProcess(opened);
    HcsCloseProcess(process);
    vjob_handle_info left[8];
    const size_t n = vjob_leaks(VJOB_SPACE_HCS, left, COUNT(left));
    for (size_t i = 0; i < n; i++) /* the handle opened first, and the pipe */
        if ((HCS_SYSTEM)(uintptr_t)left[i].handle != system) {
            HcsCloseProcess((HCS_PROCESS)(uintptr_t)left[i].handle);
            if (!strcmp(left[i].type_name, "pipe")) close(vjob_hcs_handle_take_fd(info.StdInput));
        }
    ht_terminate(system);
}

static void r3_7_exits_of_processes_come_through_their_callback(void **state)
{
    (void)state;
    HCS_PROCESS_INFORMATION info;
    ht_record of_process = HT_RECORD, of_system = HT_RECORD, late = HT_RECORD;
    HCS_SYSTEM system = container();
    HCS_PROCESS process = run(system, "{\"CommandLine\": \"sh -c \\\"exit 5\\\"\"}", &info);
    DONE(HcsSetProcessCallback(process, HcsEventOptionNone, &of_process, ht_recorder));
    DONE(HcsSetComputeSystemCallback(system, HcsEventOptionNone, &of_system, ht_recorder));
    tally_wait(&of_process.n, 1);
    EQUAL(of_process.at[0].type, HcsEventProcessExited);
    TEXT(ht_at(of_process.at[0].data, "ExitCode"), "5");
    DONE(HcsSetProcessCallback(process, HcsEventOptionNone, &late, ht_recorder));
    tally_wait(&late.n, 1); /* sticky */
    EQUAL(tally_get(&of_system.n), 0);
    HcsCloseProcess(process);
    ht_terminate(system);
}

static void r11_the_end_of_a_system_ends_its_processes_first(void **state)
{
    (void)state;
    HCS_PROCESS_INFORMATION info;
    ht_record record = HT_RECORD;
    HCS_SYSTEM system = container();
    HCS_PROCESS process = run(system, "{\"CommandLine\": \"sleep 1000\"}", &info);
    DONE(HcsSetProcessCallback(process, HcsEventOptionNone, &record, ht_recorder));
    DONE(DO(HcsTerminateComputeSystem(system, op, NULL)));
    DONE(HcsWaitForProcessExit(process, 0, NULL));
    tally_wait(&record.n, 1);
    EQUAL(record.at[0].type, HcsEventProcessExited);
    RESULT(DO(HcsTerminateProcess(process, op, NULL)), HCS_E_PROCESS_ALREADY_STOPPED);
    HcsCloseProcess(process);
    HcsCloseComputeSystem(system);
}

static void r1_17_handles_that_nobody_asks_for(void **state)
{
    (void)state;
    HCS_PROCESS process;
    HCS_SYSTEM system = container();
    DONE(DO(HcsCreateProcess(system, L"{\"CommandArgs\": [\"cat\"], \"CreateStdInPipe\": true}", op, NULL,
                             &process)));
    HCS_OPERATION op = ht_new();
    DONE(HcsGetProcessInfo(process, op));
    DONE(HcsWaitForOperationResultAndProcessInfo(op, INFINITE, NULL, NULL)); /* nor here */
    HcsCloseOperation(op);
    DONE(DO(HcsGetProcessProperties(process, op, NULL)));
    const DWORD pid = (DWORD)atoi(ht_at(ht_document, "ProcessId"));
    HCS_PROCESS other;
    DONE(HcsOpenProcess(system, pid, GENERIC_ALL, &other));
    HcsCloseProcess(process); /* with it goes its input, and cat comes to the end */
    TEXT(ht_at(exit_status(other), "ExitCode"), "0");
    HcsCloseProcess(other);
    ht_terminate(system);
}

static void r8_the_list_of_processes(void **state)
{
    (void)state;
    HCS_PROCESS_INFORMATION info;
    char pid[16];
    HCS_SYSTEM system = container();
    HCS_PROCESS process = run(system, "{\"CommandLine\": \"sleep 1000\"}", &info);
    snprintf(pid, sizeof pid, "%u", info.ProcessId);
    const char *list = ht_properties(system, "{\"PropertyTypes\": [\"ProcessList\"]}");
    int found = 0;
    for (int i = 0; i < 8; i++) {
        char path[32];
        snprintf(path, sizeof path, "ProcessList.%d.ProcessId", i);
        found += !strcmp(ht_at(list, path), pid);
    }
    EQUAL(found, 1);
    HcsCloseProcess(process);
    ht_terminate(system);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HCS(r11_a_process_with_output),
        HCS(r11_input_while_it_runs),
        HCS(r11_a_shell_reads_its_input_to_the_end),
        HCS(r11_where_it_may_run),
        HCS(r11_ended_and_signalled),
        HCS(r1_16_1_17_plain_results_and_infos),
        HCS(r3_7_exits_of_processes_come_through_their_callback),
        HCS(r11_the_end_of_a_system_ends_its_processes_first),
        HCS(r1_17_handles_that_nobody_asks_for),
        HCS(r8_the_list_of_processes),
    };
    return cmocka_run_group_tests_name("hcs_process", tests, NULL, NULL);
}
