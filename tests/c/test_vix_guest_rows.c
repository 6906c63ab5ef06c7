/* test_vix_guest_rows.c - rules of guests that have no test elsewhere: the order of checks, rights, trees of files. */
#include <sys/stat.h>
#include <unistd.h>

#include "vix_test.h"

#define WORLD                                                                                                \
    "{\"hosts\": [{\"vms\": [{\"name\": \"a\", \"state\": \"running\", \"os\": \"linux\", \"disks\": "       \
    "[{\"size_mb\": 1}], \"guest\": {\"users\": [{\"name\": \"root\", \"password\": \"pw\"}, {\"name\": "    \
    "\"joe\", \"password\": \"joe\"}], \"console_user\": \"joe\"}},"                                         \
    "{\"name\": \"off\"}, {\"name\": \"bare\", \"state\": \"running\", \"guest\": {\"tools\": "              \
    "\"none\"}}]}]}"

static VixHandle vm;

static void begin(void)
{
    vt_begin(WORLD);
    vm = vt_open("[standard] a/a.vmx");
}

static VixError login(VixHandle h, const char *user, const char *password)
{
    return vt_end(VixVM_LoginInGuest(h, user, password, 0, NULL, NULL));
}

/* Those that need a login; arguments that are bad are bad in every place. */
#define NEED_LOGIN 18
static VixError with_login(int i, VixHandle h)
{
    switch (i) {
    case 0: return vt_end(VixVM_RunProgramInGuest(h, NULL, NULL, 0, 0, NULL, NULL));
    case 1: return vt_end(VixVM_RunScriptInGuest(h, NULL, NULL, 0, 0, NULL, NULL));
    case 2: return vt_end(VixVM_ListProcessesInGuest(h, 64, NULL, NULL));
    case 3: return vt_end(VixVM_KillProcessInGuest(h, 0, 0, NULL, NULL));
    case 4: return vt_end(VixVM_OpenUrlInGuest(h, NULL, 0, 0, NULL, NULL));
    case 5: return vt_end(VixVM_CopyFileFromHostToGuest(h, NULL, NULL, 0, 0, NULL, NULL));
    case 6: return vt_end(VixVM_CopyFileFromGuestToHost(h, NULL, NULL, 0, 0, NULL, NULL));
    case 7: return vt_end(VixVM_DeleteFileInGuest(h, NULL, NULL, NULL));
    case 8: return vt_end(VixVM_FileExistsInGuest(h, NULL, NULL, NULL));
    case 9: return vt_end(VixVM_RenameFileInGuest(h, NULL, NULL, 0, 0, NULL, NULL));
    case 10: return vt_end(VixVM_CreateTempFileInGuest(h, 64, 0, NULL, NULL));
    case 11: return vt_end(VixVM_GetFileInfoInGuest(h, NULL, NULL, NULL));
    case 12: return vt_end(VixVM_ListDirectoryInGuest(h, NULL, 0, NULL, NULL));
    case 13: return vt_end(VixVM_CreateDirectoryInGuest(h, NULL, 0, NULL, NULL));
    case 14: return vt_end(VixVM_DeleteDirectoryInGuest(h, NULL, 0, NULL, NULL));
    case 15: return vt_end(VixVM_DirectoryExistsInGuest(h, NULL, NULL, NULL));
    case 16: return vt_end(VixVM_ReadVariable(h, VIX_GUEST_ENVIRONMENT_VARIABLE, NULL, 0, NULL, NULL));
    default: return vt_end(VixVM_CaptureScreenImage(h, 64, 0, NULL, NULL));
    }
}

static void g10_state_then_tools_then_login_then_arguments(void **state)
{
    (void)state;
    begin();
    const VixHandle off = vt_open("[standard] off/off.vmx"), bare = vt_open("[standard] bare/bare.vmx");
    for (int i = 0; i < NEED_LOGIN; i++) {
        RESULT(with_login(i, off), VIX_E_VM_NOT_RUNNING);
        RESULT(with_login(i, bare), VIX_E_TOOLS_NOT_RUNNING);
        RESULT(with_login(i, vm), VIX_E_ANON_GUEST_OPERATIONS_PROHIBITED);
    }
    RESULT(login(off, NULL, NULL), VIX_E_VM_NOT_RUNNING);
    RESULT(login(bare, NULL, NULL), VIX_E_TOOLS_NOT_RUNNING);
    DONE(login(vm, "root", "pw"));
    for (int i = 0; i < NEED_LOGIN; i++)
        RESULT(with_login(i, vm), i == NEED_LOGIN - 1 ? VIX_E_SCREEN_CAPTURE_BAD_FORMAT : VIX_E_INVALID_ARG);
    DONE(vt_end(VixVM_Pause(vm, 0, 0, NULL, NULL)));
    for (int i = 0; i < NEED_LOGIN; i++) RESULT(with_login(i, vm), VIX_E_VM_NOT_RUNNING);
}

static void g11_what_needs_no_login(void **state)
{
    (void)state;
    begin();
    DONE(vt_end(VixVM_EnableSharedFolders(vm, 1, 0, NULL, NULL)));
    DONE(vt_end(VixVM_GetNumSharedFolders(vm, NULL, NULL)));
    DONE(vt_end(VixVM_ReadVariable(vm, VIX_VM_GUEST_VARIABLE, "x", 0, NULL, NULL)));
    DONE(vt_end(VixVM_WriteVariable(vm, VIX_VM_CONFIG_RUNTIME_ONLY, "x", "y", 0, NULL, NULL)));
    DONE(vt_end(VixVM_WaitForToolsInGuest(vm, 10, NULL, NULL)));
    DONE(vt_end(VixVM_InstallTools(vm, 0, NULL, NULL, NULL)));
}

static void g9_guest_operations_can_be_forbidden(void **state)
{
    (void)state;
    begin();
    DONE(login(vm, "root", "pw"));
    DONE(vt_end(VixVM_WriteVariable(vm, VIX_VM_CONFIG_RUNTIME_ONLY, "guest.commands.enabled", "FALSE", 0,
                                    NULL, NULL)));
    for (int i = 0; i < NEED_LOGIN; i++) RESULT(with_login(i, vm), VIX_E_GUEST_OPERATIONS_PROHIBITED);
    RESULT(login(vm, "root", "pw"), VIX_E_GUEST_OPERATIONS_PROHIBITED);
    DONE(vt_end(VixVM_WriteVariable(vm, VIX_VM_CONFIG_RUNTIME_ONLY, "Guest.Commands.Enabled", "TRUE", 0, NULL,
                                    NULL)));
    DONE(login(vm, "root", "pw"));
}

static void g5_g12_users_and_their_rights(void **state)
{
    (void)state;
    begin();
    const int interactive = VIX_LOGIN_IN_GUEST_REQUIRE_INTERACTIVE_ENVIRONMENT;
    RESULT(vt_end(VixVM_LoginInGuest(vm, "root", "pw", interactive, NULL, NULL)),
           VIX_E_INTERACTIVE_SESSION_USER_MISMATCH);
    DONE(vt_end(VixVM_LoginInGuest(vm, "joe", "joe", interactive, NULL, NULL)));
    RESULT(vt_end(VixVM_CreateDirectoryInGuest(vm, "/etc/x", 0, NULL, NULL)), VIX_E_FILE_ACCESS_ERROR);
    RESULT(vt_end(VixVM_DeleteDirectoryInGuest(vm, "/etc", 0, NULL, NULL)), VIX_E_FILE_ACCESS_ERROR);
    DONE(vt_end(VixVM_CreateDirectoryInGuest(vm, "/home/joe/x", 0, NULL, NULL)));
    RESULT(vt_end(VixVM_CopyFileFromHostToGuest(vm, "/etc/hostname", "/etc/joe", 0, 0, NULL, NULL)),
           VIX_E_FILE_ACCESS_ERROR);
    DONE(login(vm, "root", "pw"));
    DONE(vt_end(VixVM_CreateDirectoryInGuest(vm, "/etc/x", 0, NULL, NULL)));
}

static void s13_reverting_ends_the_login(void **state)
{
    (void)state;
    begin();
    const VixHandle warm =
        vt_result_of(VixVM_CreateSnapshot(vm, "warm", "", VIX_SNAPSHOT_INCLUDE_MEMORY, 0, NULL, NULL));
    DONE(login(vm, "root", "pw"));
    DONE(vt_end(VixVM_RevertToSnapshot(vm, warm, VIX_VMPOWEROP_LAUNCH_GUI, 0, NULL, NULL)));
    DONE(vt_end(VixVM_WaitForToolsInGuest(vm, 60, NULL, NULL)));
    RESULT(vt_end(VixVM_ListProcessesInGuest(vm, 0, NULL, NULL)), VIX_E_ANON_GUEST_OPERATIONS_PROHIBITED);
}

/* ---- files ---- */

static void write_host(const char *path, size_t size)
{
    FILE *file = fopen(path, "wb");
    CHECK(file != NULL);
    for (size_t i = 0; i < size; i++) fputc((int)(i * 7 % 251), file);
    EQUAL(fclose(file), 0);
}

static int same_files(const char *a, const char *b)
{
    FILE *one = fopen(a, "rb"), *other = fopen(b, "rb");
    int x = 0, y = 0;
    CHECK(one && other);
    do x = fgetc(one), y = fgetc(other);
    while (x == y && x != EOF);
    fclose(one);
    fclose(other);
    return x == y;
}

static VixError in(const char *host, const char *guest)
{
    return vt_end(VixVM_CopyFileFromHostToGuest(vm, host, guest, 0, 0, NULL, NULL));
}
static VixError out(const char *guest, const char *host)
{
    return vt_end(VixVM_CopyFileFromGuestToHost(vm, guest, host, 0, 0, NULL, NULL));
}

static void copies_of_trees_merge_and_overwrite(void **state)
{
    (void)state;
    char top[300], name[400], back[400], other[400], command[1000];
    begin();
    DONE(login(vm, "root", "pw"));
    snprintf(top, sizeof top, "%s", ct_temp("tree"));
    CHECK(mkdir(top, 0700) == 0);
    snprintf(name, sizeof name, "%s/sub", top);
    CHECK(mkdir(name, 0700) == 0);
    snprintf(name, sizeof name, "%s/sub/one", top);
    write_host(name, 5000);
    DONE(in(top, "/tmp/t"));
    snprintf(other, sizeof other, "%s/two", top);
    write_host(other, 10);
    write_host(name, 6000);
    DONE(in(top, "/tmp/t")); /* once more: merged, overwritten */
    snprintf(back, sizeof back, "%s.back", top);
    DONE(out("/tmp/t", back));
    DONE(out("/tmp/t", back));
    snprintf(other, sizeof other, "%s.back/sub/one", top);
    CHECK(same_files(name, other));
    snprintf(other, sizeof other, "%s.back/two", top);
    CHECK(access(other, F_OK) == 0);
    RESULT(out("/tmp/none", back), VIX_E_FILE_NOT_FOUND);
    RESULT(in("/no/such", "/tmp/x"), VIX_E_FILE_NOT_FOUND);
    RESULT(in(name, "relative"), VIX_E_INVALID_ARG);
    write_host(name, 2u << 20);
    RESULT(in(name, "/tmp/big"), VIX_E_DISK_FULL); /* the guest's disk has 1 MB */
    RESULT(out("/tmp/t/two", "/proc/nowhere/x"), VIX_E_FILE_NOT_FOUND);
    snprintf(command, sizeof command, "rm -rf '%s' '%s'", top, back);
    EQUAL(system(command), 0);
}

static void rename_rules(void **state)
{
    (void)state;
    char longer[300] = "/tmp/";
    begin();
    DONE(login(vm, "root", "pw"));
    const char *const files[] = {"/tmp/a", "/tmp/b"};
    for (size_t i = 0; i < 2; i++) DONE(in("/etc/hostname", files[i]));
    DONE(vt_end(VixVM_RenameFileInGuest(vm, "/tmp/a", "/tmp/a", 0, 0, NULL, NULL)));
    DONE(vt_end(VixVM_RenameFileInGuest(vm, "/tmp/a", "/tmp/b", 0, 0, NULL, NULL))); /* overwrites */
    RESULT(vt_end(VixVM_GetFileInfoInGuest(vm, "/tmp/a", NULL, NULL)), VIX_E_FILE_NOT_FOUND);
    memset(longer + 5, 'x', 260);
    longer[265] = '\0';
    RESULT(vt_end(VixVM_RenameFileInGuest(vm, "/tmp/b", longer, 0, 0, NULL, NULL)), VIX_E_FILE_NAME_TOO_LONG);
    DONE(vt_end(VixVM_CreateDirectoryInGuest(vm, "/tmp/d/e", 0, NULL, NULL)));
    DONE(vt_end(VixVM_RenameFileInGuest(vm, "/tmp/d", "/tmp/f", 0, 0, NULL, NULL)));
    DONE(vt_end(VixVM_ListDirectoryInGuest(vm, "/tmp/f/e", 0, NULL, NULL)));
    RESULT(vt_end(VixVM_RenameFileInGuest(vm, "/tmp/b", NULL, 0, 0, NULL, NULL)), VIX_E_INVALID_ARG);
}

/* A large file goes in pieces, tells how far it is, and comes back the same. */
static void large_files_are_streamed_with_progress(void **state)
{
    (void)state;
    char here[300], back[300];
    vt_begin(NULL);
    vm = vt_open(DEBIAN);
    DONE(login(vm, "root", "pw"));
    snprintf(here, sizeof here, "%s", ct_temp("large"));
    snprintf(back, sizeof back, "%s", ct_temp("large_back"));
    write_host(here, 20u << 20);
    vt_record to = {0}, from = {0};
    DONE(vt_end(VixVM_CopyFileFromHostToGuest(vm, here, "/tmp/large", 0, 0, vt_recorder, &to)));
    DONE(vt_end(VixVM_CopyFileFromGuestToHost(vm, "/tmp/large", back, 0, 0, vt_recorder, &from)));
    CHECK(to.progress >= 10 && from.progress >= 10);
    EQUAL(to.completed + from.completed, 2);
    CHECK(same_files(here, back));
    unlink(here);
    unlink(back);
}

/* ---- variables ---- */

static const char *config_value(const char *name)
{
    static char text[200];
    char *value = NULL;
    const VixHandle job = VixVM_ReadVariable(vm, VIX_VM_CONFIG_RUNTIME_ONLY, name, 0, NULL, NULL);
    DONE(VixJob_Wait(job, VIX_PROPERTY_JOB_RESULT_VM_VARIABLE_STRING, &value, VIX_PROPERTY_NONE));
    snprintf(text, sizeof text, "%s", value);
    Vix_FreeBuffer(value);
    Vix_ReleaseHandle(job);
    return text;
}

static void names_that_clients_read(void **state)
{
    (void)state;
    char *ip = NULL;
    begin();
    TEXT(config_value("displayName"), "a");
    TEXT(config_value("guestOS"), "linux");
    const char *mac = config_value("ethernet0.generatedAddress");
    CHECK(strlen(mac) == 17 && mac[2] == ':');
    TEXT(config_value("none.such"), "");
    const VixHandle job = VixVM_ReadVariable(vm, VIX_VM_GUEST_VARIABLE, "ip", 0, NULL, NULL);
    DONE(VixJob_Wait(job, VIX_PROPERTY_JOB_RESULT_VM_VARIABLE_STRING, &ip, VIX_PROPERTY_NONE));
    int a, b, c, d;
    EQUAL(sscanf(ip, "%d.%d.%d.%d", &a, &b, &c, &d), 4);
    Vix_FreeBuffer(ip);
    Vix_ReleaseHandle(job);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        VIX(g10_state_then_tools_then_login_then_arguments),
        VIX(g11_what_needs_no_login),
        VIX(g9_guest_operations_can_be_forbidden),
        VIX(g5_g12_users_and_their_rights),
        VIX(s13_reverting_ends_the_login),
        VIX(copies_of_trees_merge_and_overwrite),
        VIX(rename_rules),
        VIX(large_files_are_streamed_with_progress),
        VIX(names_that_clients_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
