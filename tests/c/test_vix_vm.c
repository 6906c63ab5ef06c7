/* test_vix_vm.c - hosts, power, clones and snapshots: sections 6 to 8 of the rules. */
#include "vix_test.h"

#define PATH(name) "[standard] " name "/" name ".vmx"
#define RUNNING "{\"hosts\": [{\"vms\": [{\"name\": \"a\", \"state\": \"running\"}, {\"name\": \"b\"}]}]}"

/* ---- hosts ---- */

static VixHandle connect_to(int version, int type, const char *name, int port, const char *user,
                            const char *password, int options)
{
    return VixHost_Connect(version, type, name, port, user, password, options, 0, NULL, NULL);
}

static void connect_to_every_product(void **state)
{
    (void)state;
    vt_begin(NULL);
    static const int local[] = {1, 3, 4}, remote[] = {2, 10, 11};
    for (size_t i = 0; i < 3; i++) {
        VixHandle host = vt_result_of(connect_to(-1, local[i], i ? "" : NULL, 0, NULL, NULL, 0));
        EQUAL(vt_number(host, VIX_PROPERTY_HOST_HOSTTYPE), local[i] == 1 ? 3 : local[i]);
        CHECK(vt_string(host, VIX_PROPERTY_HOST_SOFTWARE_VERSION)[0]);
        EQUAL(vt_number(host, VIX_PROPERTY_HOST_API_VERSION), -1);
        VixHost_Disconnect(host);
        Vix_ReleaseHandle(host);
        host = vt_result_of(
            connect_to(1, remote[i], "https://server2.example.com:443/sdk", 0, "root", "secretpw", 0));
        EQUAL(vt_number(host, VIX_PROPERTY_HOST_HOSTTYPE), remote[i]);
        VixHost_Disconnect(host);
    }
}

static void connect_refuses_bad_arguments_in_order(void **state)
{
    (void)state;
    vt_begin(NULL);
    RESULT(vt_end(connect_to(9, 99, "::", 0, NULL, NULL, 1)), VIX_E_INVALID_ARG);
    RESULT(vt_end(connect_to(-1, 99, "::", 0, NULL, NULL, 1)), VIX_E_WRAPPER_SERVICEPROVIDER_NOT_FOUND);
    RESULT(vt_end(connect_to(-1, 10, "::", 0, NULL, NULL, 1)), VIX_E_INVALID_ARG);
    static const char *const bad[] = {"ftp://x/sdk", "https:///sdk", "a b",  "host:0",
                                      "host:99999",  "-x",           "[::1", "[x]:1"};
    for (size_t i = 0; i < COUNT(bad); i++)
        RESULT(vt_end(connect_to(-1, 10, bad[i], 0, "u", "p", 0)), VIX_E_INVALID_HOSTNAME_SPECIFICATION);
    static const char *const good[] = {
        "host", "host:8333", "http://host", "[::1]:443", "HTTPS://h.example.com/sdk/x", "10.0.0.1"};
    for (size_t i = 0; i < COUNT(good); i++)
        VixHost_Disconnect(
            vt_result_of(connect_to(-1, 10, good[i], 0, "u", "p", VIX_HOSTOPTION_VERIFY_SSL_CERT)));
}

static void connect_checks_host_and_password(void **state)
{
    (void)state;
    vt_world("{\"strict\": true, \"hosts\": [{\"name\": \"h\", \"users\": [{\"name\": \"root\", "
             "\"password\": \"pw\"}]}]}");
    RESULT(vt_end(connect_to(-1, 10, "https://elsewhere/sdk", 0, "root", "pw", 0)),
           VIX_E_CANNOT_CONNECT_TO_HOST);
    RESULT(vt_end(connect_to(-1, 10, "https://h/sdk", 0, "root", "no", 0)), VIX_E_AUTHENTICATION_FAIL);
    RESULT(vt_end(connect_to(-1, 10, "h", 0, NULL, NULL, 0)), VIX_E_AUTHENTICATION_FAIL);
    VixHost_Disconnect(vt_result_of(connect_to(-1, 1, NULL, 0, NULL, NULL, 0)));
    vt_host = vt_result_of(connect_to(-1, 10, "h", 0, "root", "pw", 0));
}

static void find_items_and_registration(void **state)
{
    (void)state;
    vt_begin(RUNNING);
    vt_record running = {0}, all = {0}, after = {0};
    RESULT(vt_end(VixHost_FindItems(vt_host, VIX_FIND_RUNNING_VMS, 0, -1, vt_recorder, &running)), VIX_OK);
    EQUAL(running.items, 1);
    TEXT(running.paths[0], PATH("a"));
    DONE(vt_end(VixHost_FindItems(vt_host, VIX_FIND_REGISTERED_VMS, 0, 0, vt_recorder, &all)));
    EQUAL(all.items, 2);
    EQUAL(all.completed, 1);
    EQUAL(all.after_completed, 0);
    DONE(vt_end(VixHost_FindItems(vt_host, VIX_FIND_REGISTERED_VMS, 0, 0, NULL, NULL)));
    RESULT(vt_end(VixHost_FindItems(vt_host, 3, 0, 0, NULL, NULL)), VIX_E_INVALID_ARG);
    RESULT(vt_end(VixHost_FindItems(vt_host, 4, vt_host, 0, NULL, NULL)), VIX_E_INVALID_ARG);

    RESULT(vt_end(VixHost_UnregisterVM(vt_host, PATH("a"), NULL, NULL)), VIX_E_VM_IS_RUNNING);
    DONE(vt_end(VixHost_UnregisterVM(vt_host, PATH("b"), NULL, NULL)));
    DONE(vt_end(VixHost_UnregisterVM(vt_host, PATH("b"), NULL, NULL)));
    RESULT(vt_end(VixVM_Open(vt_host, PATH("b"), NULL, NULL)), VIX_E_VM_NOT_FOUND);
    DONE(vt_end(VixHost_FindItems(vt_host, VIX_FIND_REGISTERED_VMS, 0, 0, vt_recorder, &after)));
    EQUAL(after.items, 1);
    RESULT(vt_end(VixHost_RegisterVM(vt_host, "[standard] x/x.vmx", NULL, NULL)), VIX_E_NOT_FOUND);
    DONE(vt_end(VixHost_RegisterVM(vt_host, PATH("b"), NULL, NULL)));
    DONE(vt_end(VixHost_RegisterVM(vt_host, PATH("b"), NULL, NULL)));
    Vix_ReleaseHandle(vt_open(PATH("b")));
}

static void open_takes_paths_in_many_forms(void **state)
{
    (void)state;
    vt_begin(NULL);
    const VixHandle vm = vt_open(XP);
    static const char *const forms[] = {
        "[standard]WindowsXP/WindowsXP.vmx", "[standard]   WindowsXP/WindowsXP.vmx",
        "WindowsXP/WindowsXP.vmx",           "/vmfs/volumes/standard/WindowsXP/WindowsXP.vmx",
        "C:\\VMs\\WindowsXP\\WindowsXP.vmx",
    };
    for (size_t i = 0; i < COUNT(forms); i++) {
        EQUAL(vt_open(forms[i]), vm);
        Vix_ReleaseHandle(vm);
    }
    TEXT(vt_string(vm, VIX_PROPERTY_VM_VMX_PATHNAME), XP);
    TEXT(vt_string(vm, VIX_PROPERTY_VM_NAME), "WindowsXP");
    TEXT(vt_string(vm, VIX_PROPERTY_VM_GUESTOS), "winxp");
    TEXT(vt_string(vm, VIX_PROPERTY_VM_VMTEAM_PATHNAME), "");
    Vix_ReleaseHandle(vm);
    const VixHandle local = vt_result_of(connect_to(-1, 3, NULL, 0, NULL, NULL, 0));
    RESULT(vt_end(VixVM_Open(local, "/no/such.vmx", NULL, NULL)), VIX_E_FILE_NOT_FOUND);
    RESULT(vt_end(VixHost_OpenVM(local, XP, 1, 0, NULL, NULL)), VIX_E_INVALID_ARG);
    DONE(vt_end(VixHost_UnregisterVM(vt_host, XP, NULL, NULL)));
    Vix_ReleaseHandle(
        vt_result_of(VixHost_OpenVM(local, XP, VIX_VMOPEN_NORMAL, 0, NULL, NULL))); /* it lies there */
    VixHost_Disconnect(local);
}

/* ---- power ---- */

static int bits(VixHandle vm)
{
    return vt_number(vm, VIX_PROPERTY_VM_POWER_STATE);
}

static Bool flag(VixHandle h, VixPropertyID id)
{
    char room[4] = {9, 9, 9, 9};
    DONE(Vix_GetProperties(h, id, room, VIX_PROPERTY_NONE));
    EQUAL(room[1], 9); /* one byte, and no more */
    return room[0];
}

static void power_states_and_wrong_states(void **state)
{
    (void)state;
    vt_begin(NULL);
    const VixHandle vm = vt_open(XP);
    EQUAL(bits(vm), VIX_POWERSTATE_POWERED_OFF);
    EQUAL(flag(vm, VIX_PROPERTY_VM_IS_RUNNING), 0);
    EQUAL(vt_number(vm, VIX_PROPERTY_VM_TOOLS_STATE), VIX_TOOLSSTATE_UNKNOWN);
    RESULT(vt_end(VixVM_PowerOff(vm, 0, NULL, NULL)), VIX_E_VM_NOT_RUNNING);
    RESULT(vt_end(VixVM_Reset(vm, 0, NULL, NULL)), VIX_E_VM_NOT_RUNNING);
    RESULT(vt_end(VixVM_Suspend(vm, 0, NULL, NULL)), VIX_E_VM_NOT_RUNNING);
    RESULT(vt_end(VixVM_Pause(vm, 0, 0, NULL, NULL)), VIX_E_VM_NOT_RUNNING);
    RESULT(vt_end(VixVM_Unpause(vm, 0, 0, NULL, NULL)), VIX_E_VM_NOT_RUNNING);
    RESULT(vt_end(VixVM_WaitForToolsInGuest(vm, 0, NULL, NULL)), VIX_E_VM_NOT_RUNNING);
    RESULT(vt_end(VixVM_InstallTools(vm, 0, NULL, NULL, NULL)), VIX_E_VM_NOT_RUNNING);
    RESULT(vt_end(VixVM_PowerOn(vm, 1, 0, NULL, NULL)), VIX_E_INVALID_ARG);
    DONE(vt_end(VixVM_UpgradeVirtualHardware(vm, 0, NULL, NULL)));

    DONE(vt_end(VixVM_PowerOn(vm, VIX_VMPOWEROP_LAUNCH_GUI, 0, NULL, NULL)));
    EQUAL(bits(vm), VIX_POWERSTATE_POWERED_ON);
    EQUAL(flag(vm, VIX_PROPERTY_VM_IS_RUNNING), 1);
    RESULT(vt_end(VixVM_PowerOn(vm, 0, 0, NULL, NULL)), VIX_E_VM_IS_RUNNING);
    RESULT(vt_end(VixVM_PowerOff(vm, VIX_VMPOWEROP_FROM_GUEST, NULL, NULL)), VIX_E_TOOLS_NOT_RUNNING);
    RESULT(vt_end(VixVM_Delete(vm, 0, NULL, NULL)), VIX_E_VM_IS_RUNNING);
    RESULT(vt_end(VixVM_UpgradeVirtualHardware(vm, 0, NULL, NULL)), VIX_E_VM_IS_RUNNING);
    DONE(vt_end(VixVM_WaitForToolsInGuest(vm, 300, NULL, NULL)));
    EQUAL(bits(vm), VIX_POWERSTATE_POWERED_ON | VIX_POWERSTATE_TOOLS_RUNNING);
    EQUAL(vt_number(vm, VIX_PROPERTY_VM_TOOLS_STATE), VIX_TOOLSSTATE_RUNNING);
    DONE(vt_end(VixVM_InstallTools(vm, VIX_INSTALLTOOLS_AUTO_UPGRADE, NULL, NULL, NULL)));

    DONE(vt_end(VixVM_Pause(vm, 0, 0, NULL, NULL)));
    EQUAL(bits(vm), VIX_POWERSTATE_POWERED_ON | VIX_POWERSTATE_PAUSED);
    DONE(vt_end(VixVM_Pause(vm, 0, 0, NULL, NULL))); /* as it is already */
    RESULT(vt_end(VixVM_PowerOn(vm, 0, 0, NULL, NULL)), VIX_E_VM_IS_RUNNING);
    DONE(vt_end(VixVM_Unpause(vm, 0, 0, NULL, NULL)));
    DONE(vt_end(VixVM_Unpause(vm, 0, 0, NULL, NULL)));

    DONE(vt_end(VixVM_Suspend(vm, 0, NULL, NULL)));
    EQUAL(bits(vm), VIX_POWERSTATE_SUSPENDED);
    RESULT(vt_end(VixVM_PowerOff(vm, 0, NULL, NULL)), VIX_E_VM_NOT_RUNNING);
    DONE(vt_end(VixVM_PowerOn(vm, 0, 0, NULL, NULL)));
    DONE(vt_end(VixVM_Reset(vm, 0, NULL, NULL)));
    EQUAL(bits(vm), VIX_POWERSTATE_POWERED_ON);
    DONE(vt_end(VixVM_WaitForToolsInGuest(vm, 0, NULL, NULL)));
    DONE(vt_end(VixVM_Reset(vm, VIX_VMPOWEROP_FROM_GUEST, NULL, NULL)));
    DONE(vt_end(VixVM_WaitForToolsInGuest(vm, -1, NULL, NULL)));
    DONE(vt_end(VixVM_PowerOff(vm, VIX_VMPOWEROP_FROM_GUEST, NULL, NULL)));
    EQUAL(bits(vm), VIX_POWERSTATE_POWERED_OFF);
    DONE(vt_end(VixVM_PowerOn(vm, VIX_VMPOWEROP_START_VM_PAUSED, 0, NULL, NULL)));
    EQUAL(bits(vm), VIX_POWERSTATE_POWERED_ON | VIX_POWERSTATE_PAUSED);
    RESULT(vt_end(VixVM_PowerOn(vm, VIX_VMPOWEROP_START_VM_PAUSED, 0, NULL, NULL)), VIX_E_VM_IS_RUNNING);
    Vix_ReleaseHandle(vm);
}

static void power_a_second_operation_queues(void **state)
{
    (void)state;
    vt_begin(NULL);
    const VixHandle vm = vt_open(XP);
    VixHandle jobs[] = {VixVM_PowerOn(vm, 0, 0, NULL, NULL), VixVM_Suspend(vm, 0, NULL, NULL),
                        VixVM_PowerOn(vm, 0, 0, NULL, NULL), VixVM_PowerOff(vm, 0, NULL, NULL)};
    for (size_t i = COUNT(jobs); i-- > 0;) DONE(vt_end(jobs[i]));
    EQUAL(bits(vm), VIX_POWERSTATE_POWERED_OFF);
    Vix_ReleaseHandle(vm);
}

static void g1_g2_waiting_for_tools(void **state)
{
    (void)state;
    vt_begin("{\"hosts\": [{\"vms\": [{\"name\": \"slow\", \"guest\": {\"boot_s\": 1000}},"
             "{\"name\": \"none\", \"state\": \"running\", \"guest\": {\"tools\": \"none\"}}]}]}");
    const VixHandle vm = vt_open(PATH("slow")), none = vt_open(PATH("none"));
    RESULT(vt_end(VixVM_WaitForToolsInGuest(none, 0, NULL, NULL)), VIX_E_TOOLS_NOT_RUNNING);
    RESULT(vt_end(VixVM_InstallTools(none, VIX_INSTALLTOOLS_AUTO_UPGRADE, NULL, NULL, NULL)),
           VIX_E_TOOLS_INSTALL_AUTO_NOT_SUPPORTED);
    DONE(vt_end(VixVM_InstallTools(none, 0, NULL, NULL, NULL)));
    DONE(vt_end(VixVM_WaitForToolsInGuest(none, 5, NULL, NULL)));
    DONE(vt_end(VixVM_PowerOn(vm, 0, 0, NULL, NULL)));
    RESULT(vt_end(VixVM_WaitForToolsInGuest(vm, 10, NULL, NULL)), VIX_E_TIMEOUT_WAITING_FOR_TOOLS);
    const VixHandle first = VixVM_WaitForToolsInGuest(vm, 0, NULL, NULL);
    DONE(vt_end(VixVM_WaitForToolsInGuest(vm, 2000, NULL, NULL)));
    DONE(vt_end(first));
    DONE(vt_end(VixVM_Reset(vm, 0, NULL, NULL)));
    const VixHandle waits = VixVM_WaitForToolsInGuest(vm, 0, NULL, NULL);
    DONE(vt_end(VixVM_PowerOff(vm, 0, NULL, NULL)));
    RESULT(vt_end(waits), VIX_E_VM_NOT_RUNNING);
    DONE(vt_end(VixVM_PowerOn(vm, 0, 0, NULL, NULL)));
    OK(vjob_init());
    const VixHandle cancelled = VixVM_WaitForToolsInGuest(vm, 0, NULL, NULL);
    OK(vjob_job_cancel((vjob_handle)cancelled));
    RESULT(vt_end(cancelled), VIX_E_CANCELLED);
    OK(vjob_deinit());
    Vix_ReleaseHandle(VixVM_WaitForToolsInGuest(vm, 0, NULL, NULL)); /* in flight at the end */
}

/* ---- clones ---- */

static void clone_full_and_linked(void **state)
{
    (void)state;
    vt_begin(NULL);
    const VixHandle vm = vt_open(XP), debian = vt_open(DEBIAN);
    int n;
    RESULT(vt_end(VixVM_Clone(debian, 0, VIX_CLONETYPE_FULL, PATH("x"), 0, 0, NULL, NULL)),
           VIX_E_VM_IS_RUNNING);
    RESULT(vt_end(VixVM_Clone(vm, 0, VIX_CLONETYPE_FULL, XP, 0, 0, NULL, NULL)), VIX_E_FILE_ALREADY_EXISTS);
    RESULT(vt_end(VixVM_Clone(vm, 0, 7, PATH("x"), 0, 0, NULL, NULL)), VIX_E_INVALID_ARG);
    RESULT(vt_end(VixVM_Clone(vm, 0, 0, NULL, 0, 0, NULL, NULL)), VIX_E_INVALID_ARG);
    const VixHandle full = vt_result_of(VixVM_Clone(vm, 0, VIX_CLONETYPE_FULL, PATH("x"), 0, 0, NULL, NULL));
    TEXT(vt_string(full, VIX_PROPERTY_VM_NAME), "x");
    TEXT(vt_string(full, VIX_PROPERTY_VM_VMX_PATHNAME), PATH("x"));
    EQUAL(bits(full), VIX_POWERSTATE_POWERED_OFF);
    const VixHandle same =
        vt_result_of(VixVM_Clone(vm, 0, VIX_CLONETYPE_FULL, "[other] x/x.vmx", 0, 0, NULL, NULL));
    TEXT(vt_string(same, VIX_PROPERTY_VM_NAME), "x (2)");
    DONE(VixVM_GetNumRootSnapshots(debian, &n));
    EQUAL(n, 0);
    const VixHandle linked =
        vt_result_of(VixVM_Clone(debian, 0, VIX_CLONETYPE_LINKED, PATH("y"), 0, 0, NULL, NULL));
    TEXT(vt_string(linked, VIX_PROPERTY_VM_NAME), "y");
    DONE(VixVM_GetNumRootSnapshots(debian, &n));
    EQUAL(n, 1); /* taken for it */
    RESULT(vt_end(VixVM_Clone(debian, 0, VIX_CLONETYPE_LINKED, PATH("y"), 0, 0, NULL, NULL)),
           VIX_E_FILE_ALREADY_EXISTS);
    DONE(vt_end(VixVM_Suspend(debian, 0, NULL, NULL)));
    RESULT(vt_end(VixVM_Clone(debian, 0, VIX_CLONETYPE_LINKED, PATH("z"), 0, 0, NULL, NULL)),
           VIX_E_VM_IS_RUNNING);
}

/* ---- snapshots ---- */

static VixHandle take(VixHandle vm, const char *name, int options)
{
    return vt_result_of(VixVM_CreateSnapshot(vm, name, "about it", options, 0, NULL, NULL));
}

static VixHandle named(VixHandle vm, const char *name)
{
    VixHandle found = 0;
    DONE(VixVM_GetNamedSnapshot(vm, name, &found));
    return found;
}

static VixHandle current(VixHandle vm)
{
    VixHandle found = 0;
    DONE(VixVM_GetCurrentSnapshot(vm, &found));
    return found;
}

static void s1_s2_s5_s6_s7_the_tree(void **state)
{
    (void)state;
    vt_begin(NULL);
    const VixHandle vm = vt_open(XP);
    VixHandle found = 5;
    int n = 9;
    DONE(VixVM_GetNumRootSnapshots(vm, &n));
    EQUAL(n, 0);
    RESULT(VixVM_GetCurrentSnapshot(vm, &found), VIX_E_SNAPSHOT_NOTFOUND);
    EQUAL(found, 0);
    RESULT(VixVM_GetRootSnapshot(vm, 0, &found), VIX_E_SNAPSHOT_NOTFOUND);
    const VixHandle a = take(vm, "a", 0), b = take(vm, "b", 0), none = take(vm, NULL, 0);
    EQUAL(current(vm), none);
    TEXT(vt_string(none, VIX_PROPERTY_SNAPSHOT_DISPLAYNAME), "");
    TEXT(vt_string(a, VIX_PROPERTY_SNAPSHOT_DESCRIPTION), "about it");
    EQUAL(vt_number(a, VIX_PROPERTY_SNAPSHOT_POWERSTATE), VIX_POWERSTATE_POWERED_OFF);
    DONE(VixVM_GetRootSnapshot(vm, 0, &found));
    EQUAL(found, a); /* S11 */
    DONE(VixSnapshot_GetNumChildren(a, &n));
    EQUAL(n, 1);
    DONE(VixSnapshot_GetChild(a, 0, &found));
    EQUAL(found, b);
    DONE(VixSnapshot_GetParent(b, &found));
    EQUAL(found, a);
    DONE(VixSnapshot_GetParent(a, &found));
    EQUAL(Vix_GetHandleType(found), VIX_HANDLETYPE_NONE);
    RESULT(VixSnapshot_GetChild(a, 1, &found), VIX_E_SNAPSHOT_NOTFOUND);
    RESULT(VixSnapshot_GetChild(a, -1, &found), VIX_E_SNAPSHOT_NOTFOUND);
    RESULT(VixSnapshot_GetChild(a, 0, NULL), VIX_E_INVALID_ARG);
}

static void s9_s10_names_and_paths(void **state)
{
    (void)state;
    vt_begin(NULL);
    const VixHandle vm = vt_open(XP);
    VixHandle found;
    const VixHandle a = take(vm, "a", 0), b = take(vm, "b", 0), c = take(vm, "c", 0);
    DONE(vt_end(VixVM_RevertToSnapshot(vm, a, 0, 0, NULL, NULL)));
    const VixHandle b2 = take(vm, "b", 0), slashed = take(vm, "x/y", 0);
    EQUAL(named(vm, "c"), c);
    EQUAL(named(vm, "b/c"), c);
    EQUAL(named(vm, "a\\b\\c"), c);
    EQUAL(named(vm, "x/y"), slashed);
    RESULT(VixVM_GetNamedSnapshot(vm, "b", &found), VIX_E_SNAPSHOT_NONUNIQUE_NAME);
    RESULT(VixVM_GetNamedSnapshot(vm, "a/b", &found), VIX_E_SNAPSHOT_NONUNIQUE_NAME);
    RESULT(VixVM_GetNamedSnapshot(vm, "a/c", &found), VIX_E_SNAPSHOT_NOTFOUND);
    RESULT(VixVM_GetNamedSnapshot(vm, "none", &found), VIX_E_SNAPSHOT_NOTFOUND);
    RESULT(VixVM_GetNamedSnapshot(vm, "", &found), VIX_E_INVALID_ARG);
    CHECK(b != b2);
}

static void s3_s13_s15_memory_and_reverting(void **state)
{
    (void)state;
    vt_begin(NULL);
    const VixHandle vm = vt_open(DEBIAN);
    const VixHandle cold = take(vm, "cold", 0), warm = take(vm, "warm", VIX_SNAPSHOT_INCLUDE_MEMORY);
    EQUAL(vt_number(cold, VIX_PROPERTY_SNAPSHOT_POWERSTATE), VIX_POWERSTATE_POWERED_OFF);
    EQUAL(vt_number(warm, VIX_PROPERTY_SNAPSHOT_POWERSTATE), VIX_POWERSTATE_POWERED_ON);
    DONE(vt_end(VixVM_RevertToSnapshot(vm, cold, 0, 0, NULL, NULL)));
    EQUAL(bits(vm), VIX_POWERSTATE_POWERED_OFF);
    EQUAL(current(vm), cold);
    DONE(vt_end(VixVM_RevertToSnapshot(vm, warm, VIX_VMPOWEROP_SUPPRESS_SNAPSHOT_POWERON, 0, NULL, NULL)));
    EQUAL(bits(vm), VIX_POWERSTATE_POWERED_OFF);
    DONE(vt_end(VixVM_RevertToSnapshot(vm, warm, 0, 0, NULL, NULL)));
    CHECK(bits(vm) & VIX_POWERSTATE_POWERED_ON);
    DONE(vt_end(VixVM_Suspend(vm, 0, NULL, NULL)));
    const VixHandle asleep = take(vm, "asleep", 0);
    EQUAL(vt_number(asleep, VIX_PROPERTY_SNAPSHOT_POWERSTATE), VIX_POWERSTATE_SUSPENDED);
    RESULT(vt_end(VixVM_CreateSnapshot(vm, "again", NULL, 0, 0, NULL, NULL)),
           VIX_E_SNAPSHOT_NOCHANGE); /* S4 */
    RESULT(vt_end(VixVM_CreateSnapshot(vm, "x", NULL, 1, 0, NULL, NULL)), VIX_E_INVALID_ARG);
}

static void s12_s14_h15_removing(void **state)
{
    (void)state;
    vt_begin(NULL);
    const VixHandle vm = vt_open(XP), other = vt_open(FEDORA);
    const VixHandle a = take(vm, "a", 0), b = take(vm, "b", 0), c = take(vm, "c", 0);
    VixHandle found = 0;
    int n;
    RESULT(vt_end(VixVM_RemoveSnapshot(other, a, 0, NULL, NULL)), VIX_E_SNAPSHOT_NOTFOUND);
    RESULT(vt_end(VixVM_RemoveSnapshot(vm, 0, 0, NULL, NULL)), VIX_E_INVALID_HANDLE);
    RESULT(vt_end(VixVM_RemoveSnapshot(vm, vm, 0, NULL, NULL)), VIX_E_NOT_SUPPORTED_ON_HANDLE_TYPE);
    DONE(vt_end(VixVM_RemoveSnapshot(vm, b, 0, NULL, NULL)));
    DONE(VixSnapshot_GetParent(c, &found));
    EQUAL(found, a);
    RESULT(VixSnapshot_GetNumChildren(b, &n), VIX_E_SNAPSHOT_NOTFOUND);
    RESULT(vt_end(VixVM_RevertToSnapshot(vm, b, 0, 0, NULL, NULL)), VIX_E_SNAPSHOT_NOTFOUND);
    EQUAL(Vix_GetHandleType(b), VIX_HANDLETYPE_SNAPSHOT);
    Vix_ReleaseHandle(b);
    DONE(vt_end(VixVM_RemoveSnapshot(vm, a, VIX_SNAPSHOT_REMOVE_CHILDREN, NULL, NULL)));
    DONE(VixVM_GetNumRootSnapshots(vm, &n));
    EQUAL(n, 0);
}

static void products_refuse_only_when_the_inventory_is_strict(void **state)
{
    (void)state;
    static const char *const worlds[] = {
        "{\"hosts\": [{\"vms\": [{\"name\": \"a\", \"state\": \"running\"}]}]}",
        "{\"strict\": true, \"hosts\": [{\"name\": \"h\", \"vms\": [{\"name\": \"a\", \"state\": "
        "\"running\"}]}]}"};
    for (int strict = 0; strict < 2; strict++) {
        vt_world(worlds[strict]);
        const VixError expected = strict ? VIX_E_NOT_SUPPORTED : VIX_OK;
        vt_host = vt_result_of(connect_to(-1, VIX_SERVICEPROVIDER_VMWARE_PLAYER, NULL, 0, NULL, NULL, 0));
        VixHandle vm = vt_open(PATH("a"));
        int n;
        RESULT(VixVM_GetNumRootSnapshots(vm, &n), expected);
        RESULT(vt_end(VixVM_Pause(vm, 0, 0, NULL, NULL)), expected);
        RESULT(vt_end(VixVM_Unpause(vm, 0, 0, NULL, NULL)), expected);
        EQUAL(vt_number(vm, VIX_PROPERTY_VM_SUPPORTED_FEATURES) & VIX_VM_SUPPORT_MULTIPLE_SNAPSHOTS,
              strict ? 0 : 2);
        DONE(vt_end(VixHost_RegisterVM(vt_host, "/no/such.vmx", NULL, NULL)) == VIX_OK || !strict
                 ? VIX_OK
                 : VIX_E_FAIL);
        VixHost_Disconnect(vt_host);
        vt_host = vt_result_of(connect_to(-1, 10, "h", 0, "u", "p", 0));
        vm = vt_open(PATH("a"));
        DONE(VixVM_GetNumRootSnapshots(vm, &n));
        DONE(vt_end(VixVM_WaitForToolsInGuest(vm, 0, NULL, NULL)));
        RESULT(vt_end(VixVM_EnableSharedFolders(vm, 1, 0, NULL, NULL)), expected);
        VixHost_Disconnect(vt_host);
    }
}

static void legacy_functions_answer(void **state)
{
    (void)state;
    vt_begin(NULL);
    const VixHandle vm = vt_open(DEBIAN);
    RESULT(vt_end(VixVM_BeginRecording(vm, "x", "y", 0, 0, NULL, NULL)), VIX_E_NOT_SUPPORTED);
    RESULT(vt_end(VixVM_EndRecording(vm, 0, 0, NULL, NULL)), VIX_E_NOT_SUPPORTED);
    RESULT(vt_end(VixVM_BeginReplay(vm, 0, 0, 0, NULL, NULL)), VIX_E_NOT_SUPPORTED);
    RESULT(vt_end(VixVM_EndReplay(0, 0, 0, NULL, NULL)), VIX_E_INVALID_HANDLE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        VIX(connect_to_every_product),
        VIX(connect_refuses_bad_arguments_in_order),
        VIX(connect_checks_host_and_password),
        VIX(find_items_and_registration),
        VIX(open_takes_paths_in_many_forms),
        VIX(power_states_and_wrong_states),
        VIX(power_a_second_operation_queues),
        VIX(g1_g2_waiting_for_tools),
        VIX(clone_full_and_linked),
        VIX(s1_s2_s5_s6_s7_the_tree),
        VIX(s9_s10_names_and_paths),
        VIX(s3_s13_s15_memory_and_reverting),
        VIX(s12_s14_h15_removing),
        VIX(products_refuse_only_when_the_inventory_is_strict),
        VIX(legacy_functions_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
