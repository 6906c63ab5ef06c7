/* test_vix_guest.c - guests: logins, programs, files, variables, shared folders, screens: sections 9 to 13. */
#include <unistd.h>

#include "vix_test.h"

#define WORLD                                                                                                \
    "{\"hosts\": [{\"vms\": [{\"name\": \"a\", \"state\": \"running\", \"os\": \"linux\", \"guest\": {"      \
    "\"users\": [{\"name\": \"root\", \"password\": \"pw\"}, {\"name\": \"joe\", \"password\": \"joe\"}],"   \
    "\"env\": {\"LANG\": \"C\"}, \"variables\": {\"k\": \"v\"}}},"                                           \
    "{\"name\": \"w\", \"state\": \"running\", \"os\": \"winxp\"}, {\"name\": \"off\"}]}]}"

static VixHandle vm;

static void begin(void)
{
    vt_begin(WORLD);
    vm = vt_open("[standard] a/a.vmx");
    DONE(vt_end(VixVM_WaitForToolsInGuest(vm, 100, NULL, NULL)));
}

static void login(const char *user)
{
    begin();
    DONE(vt_end(VixVM_LoginInGuest(vm, user, strcmp(user, "root") ? user : "pw", 0, NULL, NULL)));
}

/* ---- logins ---- */

static VixError list(void)
{
    return vt_end(VixVM_ListProcessesInGuest(vm, 0, NULL, NULL));
}

static void g3_g4_g6_g7_g8_logins(void **state)
{
    (void)state;
    begin();
    RESULT(list(), VIX_E_ANON_GUEST_OPERATIONS_PROHIBITED);
    DONE(vt_end(VixVM_LogoutFromGuest(vm, NULL, NULL)));
    RESULT(vt_end(VixVM_LoginInGuest(vm, "root", "no", 0, NULL, NULL)), VIX_E_GUEST_USER_PERMISSIONS);
    RESULT(vt_end(VixVM_LoginInGuest(vm, VIX_CONSOLE_USER_NAME, NULL, 0, NULL, NULL)),
           VIX_E_GUEST_USER_PERMISSIONS);
    RESULT(vt_end(VixVM_LoginInGuest(vm, NULL, NULL, 0, NULL, NULL)), VIX_E_INVALID_ARG);
    DONE(vt_end(VixVM_LoginInGuest(vm, "root", "pw", 0, NULL, NULL)));
    DONE(list());
    RESULT(vt_end(VixVM_LoginInGuest(vm, "joe", "no", 0, NULL, NULL)), VIX_E_GUEST_USER_PERMISSIONS);
    RESULT(list(), VIX_E_ANON_GUEST_OPERATIONS_PROHIBITED); /* a failed one ends the one before */
    DONE(vt_end(VixVM_LoginInGuest(vm, "joe", "joe", 0, NULL, NULL)));
    DONE(list());
    DONE(vt_end(VixVM_LogoutFromGuest(vm, NULL, NULL)));
    RESULT(list(), VIX_E_ANON_GUEST_OPERATIONS_PROHIBITED);
    DONE(vt_end(VixVM_LoginInGuest(vm, "root", "pw", 0, NULL, NULL)));
    DONE(vt_end(VixVM_Pause(vm, 0, 0, NULL, NULL)));
    RESULT(list(), VIX_E_VM_NOT_RUNNING);
    DONE(vt_end(VixVM_Unpause(vm, 0, 0, NULL, NULL)));
    DONE(list());
    DONE(vt_end(VixVM_Reset(vm, 0, NULL, NULL)));
    RESULT(list(), VIX_E_TOOLS_NOT_RUNNING);
    DONE(vt_end(VixVM_WaitForToolsInGuest(vm, 0, NULL, NULL)));
    DONE(list()); /* a reboot does not end it */
    DONE(vt_end(VixVM_PowerOff(vm, 0, NULL, NULL)));
    RESULT(list(), VIX_E_VM_NOT_RUNNING);
    DONE(vt_end(VixVM_PowerOn(vm, 0, 0, NULL, NULL)));
    DONE(vt_end(VixVM_WaitForToolsInGuest(vm, 0, NULL, NULL)));
    RESULT(list(), VIX_E_ANON_GUEST_OPERATIONS_PROHIBITED);
    DONE(vt_end(VixVM_LoginInGuest(vm, "root", "pw", 0, NULL, NULL)));
    Vix_ReleaseHandle(vm);
    vm = vt_open("[standard] a/a.vmx");
    RESULT(list(), VIX_E_ANON_GUEST_OPERATIONS_PROHIBITED); /* H14 */
}

static void g5_windows_wants_a_password(void **state)
{
    (void)state;
    begin();
    const VixHandle w = vt_open("[standard] w/w.vmx");
    DONE(vt_end(VixVM_WaitForToolsInGuest(w, 100, NULL, NULL)));
    RESULT(vt_end(VixVM_LoginInGuest(w, "x", "", 0, NULL, NULL)), VIX_E_EMPTY_PASSWORD_NOT_ALLOWED_IN_GUEST);
    RESULT(vt_end(VixVM_LoginInGuest(w, "x", "y", VIX_LOGIN_IN_GUEST_REQUIRE_INTERACTIVE_ENVIRONMENT, NULL,
                                     NULL)),
           VIX_E_INTERACTIVE_SESSION_NOT_PRESENT);
    DONE(vt_end(VixVM_LoginInGuest(w, "x", "y", 0, NULL, NULL)));
}

static int run_code(VixHandle h, const char *program, const char *arguments)
{
    int code = -1;
    const VixHandle job = VixVM_RunProgramInGuest(h, program, arguments, 0, 0, NULL, NULL);
    DONE(VixJob_Wait(job, VIX_PROPERTY_JOB_RESULT_GUEST_PROGRAM_EXIT_CODE, &code, VIX_PROPERTY_NONE));
    Vix_ReleaseHandle(job);
    return code;
}

/* Backslashes are letters there, and what follows /c is one line. */
static void windows_command_lines(void **state)
{
    (void)state;
    begin();
    const VixHandle w = vt_open("[standard] w/w.vmx");
    DONE(vt_end(VixVM_WaitForToolsInGuest(w, 100, NULL, NULL)));
    DONE(vt_end(VixVM_LoginInGuest(w, "x", "y", 0, NULL, NULL)));
    EQUAL(run_code(w, "c:\\windows\\SYSTEM32\\cmd.exe", "/C \"echo hi > C:\\new.txt\""), 0);
    EQUAL(run_code(w, "cmd", "/c echo a b > C:\\temp\\t.txt"), 0);
    EQUAL(run_code(w, "C:/Windows/System32/cmd.exe", "/c exit 5"), 5);
    const VixHandle job =
        VixVM_RunScriptInGuest(w, "", "echo x > C:\\temp\\n.txt\r\nexit 3", 0, 0, NULL, NULL);
    DONE(VixJob_Wait(job, VIX_PROPERTY_NONE));
    Vix_ReleaseHandle(job);
    static const char *const made[] = {"C:\\new.txt", "C:\\temp\\t.txt", "C:\\temp\\n.txt"};
    for (size_t i = 0; i < COUNT(made); i++) DONE(vt_end(VixVM_GetFileInfoInGuest(w, made[i], NULL, NULL)));
    EQUAL(run_code(w, "C:\\Program Files\\App\\app.exe", NULL), 127);
    RESULT(vt_end(VixVM_RunProgramInGuest(w, "C:\\no\\such.exe", NULL, 0, 0, NULL, NULL)),
           VIX_E_FILE_NOT_FOUND);
}

/* ---- programs ---- */

typedef struct ran {
    uint64 pid;
    int seconds, code;
} ran;

static ran run_result(VixHandle job)
{
    ran r = {0, -1, -1};
    DONE(VixJob_Wait(job, VIX_PROPERTY_JOB_RESULT_PROCESS_ID, &r.pid,
                     VIX_PROPERTY_JOB_RESULT_GUEST_PROGRAM_ELAPSED_TIME, &r.seconds,
                     VIX_PROPERTY_JOB_RESULT_GUEST_PROGRAM_EXIT_CODE, &r.code, VIX_PROPERTY_NONE));
    Vix_ReleaseHandle(job);
    return r;
}

static ran run(const char *program, const char *arguments, int options)
{
    return run_result(VixVM_RunProgramInGuest(vm, program, arguments, options, 0, NULL, NULL));
}

static void r1_to_r9_programs_and_scripts(void **state)
{
    (void)state;
    login("root");
    EQUAL(run("/bin/true", NULL, 0).code, 0);
    EQUAL(run("/bin/sh", "-c 'exit 7'", 0).code, 7);
    const ran slept = run("  \"/bin/sleep\"", "12", 0);
    EQUAL(slept.seconds, 12);
    CHECK(slept.pid != 0);
    const ran started = run("/bin/sleep", "100", VIX_RUNPROGRAM_RETURN_IMMEDIATELY);
    EQUAL(started.seconds, 0);
    EQUAL(started.code, 0);
    CHECK(started.pid != 0);
    EQUAL(run("/usr/bin/unknown", NULL, 0).code, 127); /* a folder of programs: it might be there */
    EQUAL(run("unknown", NULL, 0).code, 127);
    for (int options = 0; options < 2; options++) {
        RESULT(vt_end(VixVM_RunProgramInGuest(vm, " \"/no/such\"", "x", options, 0, NULL, NULL)),
               VIX_E_FILE_NOT_FOUND); /* R7 */
        RESULT(vt_end(VixVM_RunProgramInGuest(vm, "/tmp", NULL, options, 0, NULL, NULL)),
               VIX_E_GUEST_USER_PERMISSIONS); /* not executable */
    }
    EQUAL(run("/bin/sh", "-c 'echo exit 9 > /tmp/script'", 0).code, 0);
    EQUAL(run("/tmp/script", NULL, 0).code, 9);
    RESULT(vt_end(VixVM_RunScriptInGuest(vm, "/no/such", "exit 0", 0, 0, NULL, NULL)),
           VIX_E_FILE_NOT_FOUND); /* R10 */
    RESULT(vt_end(VixVM_RunScriptInGuest(vm, "/tmp", "exit 0", 0, 0, NULL, NULL)),
           VIX_E_GUEST_USER_PERMISSIONS);
    RESULT(vt_end(VixVM_RunProgramInGuest(vm, NULL, NULL, 0, 0, NULL, NULL)), VIX_E_INVALID_ARG);
    RESULT(vt_end(VixVM_RunProgramInGuest(vm, "/bin/true", NULL, 64, 0, NULL, NULL)), VIX_E_INVALID_ARG);
    EQUAL(run_result(VixVM_RunScriptInGuest(vm, NULL, "sleep 3; exit 4", 0, 0, NULL, NULL)).code, 4);
    char *big = malloc(60600);
    memset(big, ' ', 60599);
    big[60599] = '\0';
    RESULT(vt_end(VixVM_RunScriptInGuest(vm, NULL, big, 0, 0, NULL, NULL)), VIX_E_ARGUMENT_TOO_BIG);
    free(big);
    RESULT(vt_end(VixVM_RunScriptInGuest(vm, NULL, NULL, 0, 0, NULL, NULL)), VIX_E_INVALID_ARG);
    DONE(vt_end(VixVM_OpenUrlInGuest(vm, "http://example.com", 0, 0, NULL, NULL)));
}

static int hook(const vjob_program *program, vjob_program_end *end, void *data)
{
    (void)data;
    end->exit_code = (int32_t)strlen(program->args[1]);
    return 1;
}

/* Where no other API is in use, too. */
static void a_hook_runs_programs(void **state)
{
    (void)state;
    login("root");
    OK(vjob_sim_set_program_hook(hook, NULL));
    EQUAL(run("/opt/mine", "four", 0).code, 4);
    OK(vjob_sim_set_program_hook(NULL, NULL));
    if (vjob_sim_allow_programs(ct_temp("vix_programs"))) return; /* this machine cannot */
    EQUAL(run("/bin/bash", "-c 'exit 5'", 0).code, 5);
    OK(vjob_sim_allow_programs(NULL));
    char command[400];
    snprintf(command, sizeof command, "rm -rf '%s'", ct_temp("vix_programs"));
    EQUAL(system(command), 0);
}

static uint64 find_process(const char *part)
{
    const VixHandle job = VixVM_ListProcessesInGuest(vm, 0, NULL, NULL);
    DONE(VixJob_Wait(job, VIX_PROPERTY_NONE));
    uint64 found = 0;
    const int n = VixJob_GetNumProperties(job, VIX_PROPERTY_JOB_RESULT_ITEM_NAME);
    CHECK(n > 0);
    for (int i = 0; i < n; i++) {
        char *name, *owner, *command;
        uint64 pid;
        Bool debugged = 7;
        int start;
        DONE(VixJob_GetNthProperties(
            job, i, VIX_PROPERTY_JOB_RESULT_ITEM_NAME, &name, VIX_PROPERTY_JOB_RESULT_PROCESS_ID, &pid,
            VIX_PROPERTY_JOB_RESULT_PROCESS_OWNER, &owner, VIX_PROPERTY_JOB_RESULT_PROCESS_COMMAND, &command,
            VIX_PROPERTY_JOB_RESULT_PROCESS_BEING_DEBUGGED, &debugged,
            VIX_PROPERTY_JOB_RESULT_PROCESS_START_TIME, &start, VIX_PROPERTY_NONE));
        EQUAL(debugged, 0);
        CHECK(start > 0 && owner[0]);
        if (strstr(command, part)) found = pid;
        Vix_FreeBuffer(name);
        Vix_FreeBuffer(owner);
        Vix_FreeBuffer(command);
    }
    RESULT(VixJob_GetNthProperties(job, n, VIX_PROPERTY_JOB_RESULT_PROCESS_ID, &found, VIX_PROPERTY_NONE),
           VIX_E_BAD_VM_INDEX);
    Vix_ReleaseHandle(job);
    return found;
}

static void r11_r12_processes(void **state)
{
    (void)state;
    login("root");
    const VixHandle job = VixVM_RunProgramInGuest(vm, "/bin/sleep", "1000", 0, 0, NULL, NULL);
    const uint64 other = run("/bin/sleep", "2000", VIX_RUNPROGRAM_RETURN_IMMEDIATELY).pid;
    EQUAL(find_process("2000"), other);
    const uint64 pid = find_process("1000");
    CHECK(pid != 0 && pid != other);
    DONE(vt_end(VixVM_KillProcessInGuest(vm, pid, 0, NULL, NULL)));
    EQUAL(run_result(job).code, 137); /* R4 */
    RESULT(vt_end(VixVM_KillProcessInGuest(vm, 999999, 0, NULL, NULL)), VIX_E_NO_SUCH_PROCESS);
    RESULT(vt_end(VixVM_KillProcessInGuest(vm, 0, 0, NULL, NULL)), VIX_E_INVALID_ARG);
    RESULT(vt_end(VixVM_KillProcessInGuest(vm, find_process("vmtoolsd"), 0, NULL, NULL)),
           VIX_E_GUEST_USER_PERMISSIONS);
}

/* ---- files ---- */

static int exists(VixHandle job)
{
    Bool is = 9;
    DONE(VixJob_Wait(job, VIX_PROPERTY_JOB_RESULT_GUEST_OBJECT_EXISTS, &is, VIX_PROPERTY_NONE));
    Vix_ReleaseHandle(job);
    return is;
}

static int is_file(const char *path)
{
    return exists(VixVM_FileExistsInGuest(vm, path, NULL, NULL));
}
static int is_dir(const char *path)
{
    return exists(VixVM_DirectoryExistsInGuest(vm, path, NULL, NULL));
}

static void files_and_directories(void **state)
{
    (void)state;
    login("root");
    EQUAL(run("/bin/echo", "hello > /tmp/x", 0).code, 0); /* R5 */
    EQUAL(is_file("/tmp/x"), 1);
    EQUAL(is_dir("/tmp/x"), 0);
    EQUAL(is_dir("/tmp"), 1);
    EQUAL(is_file("/tmp/none"), 0);
    RESULT(vt_end(VixVM_FileExistsInGuest(vm, "", NULL, NULL)), VIX_E_INVALID_ARG);
    VixHandle job = VixVM_GetFileInfoInGuest(vm, "/tmp/x", NULL, NULL);
    int64 size = 0, when = 0;
    int flags = 9;
    DONE(VixJob_Wait(job, VIX_PROPERTY_NONE));
    EQUAL(VixJob_GetNumProperties(job, VIX_PROPERTY_JOB_RESULT_FILE_SIZE), 1); /* J14 */
    DONE(VixJob_GetNthProperties(job, 0, VIX_PROPERTY_JOB_RESULT_FILE_MOD_TIME, &when,
                                 VIX_PROPERTY_JOB_RESULT_FILE_SIZE, &size, VIX_PROPERTY_JOB_RESULT_FILE_FLAGS,
                                 &flags, VIX_PROPERTY_NONE));
    Vix_ReleaseHandle(job);
    EQUAL(size, 6);
    EQUAL(flags, 0);
    CHECK(when > 1500000000);
    RESULT(vt_end(VixVM_GetFileInfoInGuest(vm, "/none", NULL, NULL)), VIX_E_FILE_NOT_FOUND);

    DONE(vt_end(VixVM_CreateDirectoryInGuest(vm, "/tmp/d/e/f", 0, NULL, NULL)));
    RESULT(vt_end(VixVM_CreateDirectoryInGuest(vm, "/tmp/d", 0, NULL, NULL)), VIX_E_FILE_ALREADY_EXISTS);
    DONE(vt_end(VixVM_RenameFileInGuest(vm, "/tmp/x", "/tmp/d/y", 0, 0, NULL, NULL)));
    EQUAL(is_file("/tmp/d/y"), 1);
    RESULT(vt_end(VixVM_RenameFileInGuest(vm, "/tmp/x", "/tmp/z", 0, 0, NULL, NULL)), VIX_E_FILE_NOT_FOUND);
    RESULT(vt_end(VixVM_RenameFileInGuest(vm, "/tmp/d/y", "/tmp/d/e", 0, 0, NULL, NULL)),
           VIX_E_ALREADY_EXISTS);
    job = VixVM_ListDirectoryInGuest(vm, "/tmp/d", 0, NULL, NULL);
    DONE(VixJob_Wait(job, VIX_PROPERTY_NONE));
    EQUAL(VixJob_GetNumProperties(job, VIX_PROPERTY_JOB_RESULT_ITEM_NAME), 2);
    char *name = NULL;
    DONE(VixJob_GetNthProperties(job, 0, VIX_PROPERTY_JOB_RESULT_ITEM_NAME, &name,
                                 VIX_PROPERTY_JOB_RESULT_FILE_FLAGS, &flags, VIX_PROPERTY_NONE));
    TEXT(name, "e");
    EQUAL(flags, VIX_FILE_ATTRIBUTES_DIRECTORY);
    Vix_FreeBuffer(name);
    Vix_ReleaseHandle(job);
    job = VixVM_ListDirectoryInGuest(vm, "/tmp/d/e/f", 0, NULL, NULL); /* J17 */
    DONE(VixJob_Wait(job, VIX_PROPERTY_NONE));
    EQUAL(VixJob_GetNumProperties(job, VIX_PROPERTY_JOB_RESULT_ITEM_NAME), 0);
    Vix_ReleaseHandle(job);
    RESULT(vt_end(VixVM_ListDirectoryInGuest(vm, "/tmp/d/y", 0, NULL, NULL)), VIX_E_NOT_A_DIRECTORY);
    RESULT(vt_end(VixVM_ListDirectoryInGuest(vm, "/none", 0, NULL, NULL)), VIX_E_NOT_A_DIRECTORY);

    RESULT(vt_end(VixVM_DeleteFileInGuest(vm, "/tmp/d", NULL, NULL)), VIX_E_NOT_A_FILE);
    RESULT(vt_end(VixVM_DeleteFileInGuest(vm, "/tmp/none", NULL, NULL)), VIX_E_FILE_NOT_FOUND);
    RESULT(vt_end(VixVM_DeleteDirectoryInGuest(vm, "/tmp/d/y", 0, NULL, NULL)), VIX_E_NOT_A_DIRECTORY);
    DONE(vt_end(VixVM_DeleteFileInGuest(vm, "/tmp/d/y", NULL, NULL)));
    DONE(vt_end(VixVM_DeleteDirectoryInGuest(vm, "/tmp/d", 0, NULL, NULL)));
    EQUAL(is_dir("/tmp/d"), 0);
    job = VixVM_CreateTempFileInGuest(vm, 0, 0, NULL, NULL);
    DONE(VixJob_Wait(job, VIX_PROPERTY_JOB_RESULT_ITEM_NAME, &name, VIX_PROPERTY_NONE));
    EQUAL(is_file(name), 1);
    DONE(vt_end(VixVM_DeleteFileInGuest(vm, name, NULL, NULL)));
    Vix_FreeBuffer(name);
    Vix_ReleaseHandle(job);
}

static void copies_carry_real_bytes(void **state)
{
    (void)state;
    login("root");
    char here[200], back[200], line[32] = "";
    snprintf(here, sizeof here, "%s", ct_temp("vix_here"));
    snprintf(back, sizeof back, "%s", ct_temp("vix_back"));
    FILE *file = fopen(here, "wb");
    CHECK(file != NULL);
    for (int i = 0; i < 300000; i++) fprintf(file, "line %09d\n", i);
    fclose(file);
    vt_record record = {0};
    DONE(vt_end(VixVM_CopyFileFromHostToGuest(vm, here, "/tmp/big", 0, 0, vt_recorder, &record)));
    CHECK(record.progress > 0);
    DONE(vt_end(VixVM_CopyFileFromGuestToHost(vm, "/tmp/big", back, 0, 0, NULL, NULL)));
    file = fopen(back, "rb");
    CHECK(file != NULL && fseek(file, -15L, SEEK_END) == 0 && fread(line, 1, 15, file) == 15);
    TEXT(line, "line 000299999\n");
    EQUAL(ftell(file), 300000 * 15);
    fclose(file);
    RESULT(vt_end(VixVM_CopyFileFromHostToGuest(vm, "/no/such", "/tmp/x", 0, 0, NULL, NULL)),
           VIX_E_FILE_NOT_FOUND);
    RESULT(vt_end(VixVM_CopyFileFromGuestToHost(vm, "/no/such", back, 0, 0, NULL, NULL)),
           VIX_E_FILE_NOT_FOUND);
    unlink(here);
    unlink(back);
}

/* ---- variables ---- */

static const char *read_variable(int type, const char *name)
{
    static char out[200];
    char *value = NULL;
    const VixHandle job = VixVM_ReadVariable(vm, type, name, 0, NULL, NULL);
    DONE(VixJob_Wait(job, VIX_PROPERTY_JOB_RESULT_VM_VARIABLE_STRING, &value, VIX_PROPERTY_NONE));
    snprintf(out, sizeof out, "%s", value);
    Vix_FreeBuffer(value);
    Vix_ReleaseHandle(job);
    return out;
}

static VixError write_variable(int type, const char *name, const char *value)
{
    return vt_end(VixVM_WriteVariable(vm, type, name, value, 0, NULL, NULL));
}

static void variables_of_three_kinds(void **state)
{
    (void)state;
    login("root");
    TEXT(read_variable(VIX_VM_GUEST_VARIABLE, "k"), "v");
    TEXT(read_variable(VIX_VM_GUEST_VARIABLE, "none"), "");
    DONE(write_variable(VIX_VM_GUEST_VARIABLE, "k", "new"));
    TEXT(read_variable(VIX_VM_GUEST_VARIABLE, "k"), "new");
    RESULT(write_variable(VIX_VM_GUEST_VARIABLE, "a/b", "x"), VIX_E_INVALID_ARG);
    TEXT(read_variable(VIX_VM_CONFIG_RUNTIME_ONLY, "DISPLAYNAME"), "a");
    DONE(write_variable(VIX_VM_CONFIG_RUNTIME_ONLY, "x.y", "z"));
    TEXT(read_variable(VIX_VM_CONFIG_RUNTIME_ONLY, "X.Y"), "z");
    TEXT(read_variable(VIX_GUEST_ENVIRONMENT_VARIABLE, "LANG"), "C");
    DONE(write_variable(VIX_GUEST_ENVIRONMENT_VARIABLE, "NEW", "7"));
    TEXT(read_variable(VIX_GUEST_ENVIRONMENT_VARIABLE, "NEW"), "7");
    EQUAL(run("/bin/sh", "-c 'exit $NEW'", 0).code, 7);
    RESULT(write_variable(VIX_GUEST_ENVIRONMENT_VARIABLE, "A=B", "7"), VIX_E_INVALID_ARG);
    RESULT(vt_end(VixVM_ReadVariable(vm, 9, "x", 0, NULL, NULL)), VIX_E_OP_NOT_SUPPORTED_ON_GUEST);
    DONE(vt_end(VixVM_LoginInGuest(vm, "joe", "joe", 0, NULL, NULL)));
    RESULT(write_variable(VIX_GUEST_ENVIRONMENT_VARIABLE, "NEW", "8"), VIX_E_GUEST_USER_PERMISSIONS);
    DONE(vt_end(VixVM_PowerOff(vm, 0, NULL, NULL)));
    RESULT(vt_end(VixVM_ReadVariable(vm, VIX_VM_GUEST_VARIABLE, "k", 0, NULL, NULL)), VIX_E_VM_NOT_RUNNING);
    TEXT(read_variable(VIX_VM_CONFIG_RUNTIME_ONLY, "x.y"), ""); /* lost at power off */
    TEXT(read_variable(VIX_VM_CONFIG_RUNTIME_ONLY, "displayName"), "a");
}

/* ---- shared folders, screen ---- */

static void shared_folders(void **state)
{
    (void)state;
    begin();
    int n = 9, flags = 9;
    char *name, *path;
    DONE(vt_end(VixVM_EnableSharedFolders(vm, 1, 0, NULL, NULL)));
    DONE(vt_end(VixVM_AddSharedFolder(vm, "tmp", "/tmp", VIX_SHAREDFOLDER_WRITE_ACCESS, NULL, NULL)));
    RESULT(vt_end(VixVM_AddSharedFolder(vm, "tmp", "/tmp", 0, NULL, NULL)), VIX_E_ALREADY_EXISTS);
    RESULT(vt_end(VixVM_AddSharedFolder(vm, "no", "/no/such/dir", 0, NULL, NULL)), VIX_E_FILE_NOT_FOUND);
    VixHandle job = VixVM_GetNumSharedFolders(vm, NULL, NULL);
    DONE(VixJob_Wait(job, VIX_PROPERTY_JOB_RESULT_SHARED_FOLDER_COUNT, &n, VIX_PROPERTY_NONE));
    EQUAL(n, 1);
    Vix_ReleaseHandle(job);
    DONE(vt_end(VixVM_SetSharedFolderState(vm, "tmp", "/", 0, NULL, NULL)));
    RESULT(vt_end(VixVM_SetSharedFolderState(vm, "other", "/", 0, NULL, NULL)), VIX_E_NOT_FOUND);
    job = VixVM_GetSharedFolderState(vm, 0, NULL, NULL);
    DONE(VixJob_Wait(job, VIX_PROPERTY_JOB_RESULT_ITEM_NAME, &name,
                     VIX_PROPERTY_JOB_RESULT_SHARED_FOLDER_HOST, &path,
                     VIX_PROPERTY_JOB_RESULT_SHARED_FOLDER_FLAGS, &flags, VIX_PROPERTY_NONE));
    TEXT(name, "tmp");
    TEXT(path, "/");
    EQUAL(flags, 0);
    Vix_FreeBuffer(name);
    Vix_FreeBuffer(path);
    Vix_ReleaseHandle(job);
    RESULT(vt_end(VixVM_GetSharedFolderState(vm, 1, NULL, NULL)), VIX_E_INVALID_ARG);
    DONE(vt_end(VixVM_RemoveSharedFolder(vm, "tmp", 0, NULL, NULL)));
    RESULT(vt_end(VixVM_RemoveSharedFolder(vm, "tmp", 0, NULL, NULL)), VIX_E_NOT_FOUND);
    CHECK(vt_string(vm, VIX_PROPERTY_GUEST_SHAREDFOLDERS_SHARES_PATH)[0]);
}

static void a_screen_is_a_png(void **state)
{
    (void)state;
    login("joe");
    for (int format = VIX_CAPTURESCREENFORMAT_PNG; format <= VIX_CAPTURESCREENFORMAT_PNG_NOCOMPRESS;
         format++) {
        const VixHandle job = VixVM_CaptureScreenImage(vm, format, 0, NULL, NULL);
        int size = 0, again = 0;
        unsigned char *data = NULL;
        DONE(VixJob_Wait(job, VIX_PROPERTY_JOB_RESULT_SCREEN_IMAGE_DATA, &size, &data,
                         VIX_PROPERTY_JOB_RESULT_SCREEN_IMAGE_SIZE, &again, VIX_PROPERTY_NONE));
        EQUAL(size, again);
        CHECK(size > 100 && memcmp(data, "\x89PNG\r\n\x1a\n", 8) == 0);
        Vix_FreeBuffer(data);
        Vix_ReleaseHandle(job);
    }
    RESULT(vt_end(VixVM_CaptureScreenImage(vm, 0, 0, NULL, NULL)), VIX_E_SCREEN_CAPTURE_BAD_FORMAT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        VIX(g3_g4_g6_g7_g8_logins),    VIX(g5_windows_wants_a_password),
        VIX(windows_command_lines),    VIX(r1_to_r9_programs_and_scripts),
        VIX(a_hook_runs_programs),     VIX(r11_r12_processes),
        VIX(files_and_directories),    VIX(copies_carry_real_bytes),
        VIX(variables_of_three_kinds), VIX(shared_folders),
        VIX(a_screen_is_a_png),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
