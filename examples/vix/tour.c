/*
 * A session: connect, open with a callback, power, snapshots by path, programs and files in the guest.
 *
 *     pyvjob run tour.c
 *     pyvjob run --clock auto tour.c      the same, at once
 *
 * tour.py is the same program in Python.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <vix.h>

static void check(const char *doing, VixError error)
{
    if (!error) return;
    fprintf(stderr, "%s: %s\n", doing, Vix_GetErrorText(error, NULL));
    exit(1);
}

/* Waits for a job that has nothing to give, and releases it. */
static void done(const char *doing, VixHandle job)
{
    const VixError error = VixJob_Wait(job, VIX_PROPERTY_NONE);
    Vix_ReleaseHandle(job);
    check(doing, error);
}

static VixHandle result(const char *doing, VixHandle job)
{
    VixHandle handle = VIX_INVALID_HANDLE;
    const VixError error = VixJob_Wait(job, VIX_PROPERTY_JOB_RESULT_HANDLE, &handle, VIX_PROPERTY_NONE);
    Vix_ReleaseHandle(job);
    check(doing, error);
    return handle;
}

static void print(const char *before, VixHandle handle, VixPropertyID id)
{
    char *text = NULL;
    check("reading", Vix_GetProperties(handle, id, &text, VIX_PROPERTY_NONE));
    printf("%s%s", before, text);
    Vix_FreeBuffer(text);
}

static void opened(VixHandle job, VixEventType event, VixHandle info, void *context)
{
    (void)info;
    if (event == VIX_EVENTTYPE_JOB_COMPLETED && VIX_SUCCEEDED(VixJob_GetError(job)))
        Vix_GetProperties(job, VIX_PROPERTY_JOB_RESULT_HANDLE, (VixHandle *)context, VIX_PROPERTY_NONE);
}

static void found(VixHandle job, VixEventType event, VixHandle item, void *indent)
{
    (void)job;
    if (event != VIX_EVENTTYPE_FIND_ITEM) return;
    print(indent, item, VIX_PROPERTY_FOUND_ITEM_LOCATION);
    puts("");
}

static void snapshots(VixHandle vm)
{
    VixHandle snapshot, parent, base;
    int left = 0;
    Vix_ReleaseHandle(
        result("snapshot", VixVM_CreateSnapshot(vm, "base", "", 0, VIX_INVALID_HANDLE, NULL, NULL)));
    Vix_ReleaseHandle(
        result("snapshot", VixVM_CreateSnapshot(vm, "patched", "", 0, VIX_INVALID_HANDLE, NULL, NULL)));
    check("base/patched", VixVM_GetNamedSnapshot(vm, "base/patched", &snapshot));
    check("parent", VixSnapshot_GetParent(snapshot, &parent));
    print("snapshot ", snapshot, VIX_PROPERTY_SNAPSHOT_DISPLAYNAME);
    print(" of ", parent, VIX_PROPERTY_SNAPSHOT_DISPLAYNAME);
    puts("");
    Vix_ReleaseHandle(snapshot);
    Vix_ReleaseHandle(parent);
    check("base", VixVM_GetNamedSnapshot(vm, "base", &base));
    done("remove", VixVM_RemoveSnapshot(vm, base, VIX_SNAPSHOT_REMOVE_CHILDREN, NULL, NULL));
    Vix_ReleaseHandle(base);
    check("count", VixVM_GetNumRootSnapshots(vm, &left));
    printf("snapshots left: %d\n", left);
}

static void guest(VixHandle vm)
{
    char sent[] = "/tmp/vix-sent-XXXXXX", back[] = "/tmp/vix-back-XXXXXX", text[64] = "";
    FILE *out = fdopen(mkstemp(sent), "w"), *in = fdopen(mkstemp(back), "r");
    int exit_code = -1;
    if (!out || !in) exit(1);
    fputs("hello, guest\n", out);
    fclose(out);
    done("tools", VixVM_WaitForToolsInGuest(vm, 300, NULL, NULL));
    done("login", VixVM_LoginInGuest(vm, "user", "password", 0, NULL, NULL));
    done("copy", VixVM_CopyFileFromHostToGuest(vm, sent, "/tmp/a", 0, VIX_INVALID_HANDLE, NULL, NULL));
    VixHandle job = VixVM_RunProgramInGuest(vm, "/bin/sh", "-c \"cat /tmp/a > /tmp/b\"", 0,
                                            VIX_INVALID_HANDLE, NULL, NULL);
    check("run",
          VixJob_Wait(job, VIX_PROPERTY_JOB_RESULT_GUEST_PROGRAM_EXIT_CODE, &exit_code, VIX_PROPERTY_NONE));
    Vix_ReleaseHandle(job);
    printf("program ended with %d\n", exit_code);
    done("copy", VixVM_CopyFileFromGuestToHost(vm, "/tmp/b", back, 0, VIX_INVALID_HANDLE, NULL, NULL));
    fclose(in);
    in = fopen(back, "r");
    if (!in || !fgets(text, sizeof text, in)) exit(1);
    fclose(in);
    printf("back: %s", text);
    unlink(sent);
    unlink(back);
}

int main(void)
{
    VixHandle vm = VIX_INVALID_HANDLE;
    char indent[] = "  ";
    VixHandle host =
        result("connect", VixHost_Connect(VIX_API_VERSION, VIX_SERVICEPROVIDER_VMWARE_WORKSTATION, NULL, 0,
                                          NULL, NULL, 0, VIX_INVALID_HANDLE, NULL, NULL));
    done("open", VixVM_Open(host, "[standard] WindowsXP/WindowsXP.vmx", opened, &vm));
    print("opened ", vm, VIX_PROPERTY_VM_NAME);
    puts("");
    done("power on", VixVM_PowerOn(vm, VIX_VMPOWEROP_NORMAL, VIX_INVALID_HANDLE, NULL, NULL));
    puts("running:");
    done("find", VixHost_FindItems(host, VIX_FIND_RUNNING_VMS, VIX_INVALID_HANDLE, -1, found, indent));
    guest(vm);
    done("power off", VixVM_PowerOff(vm, VIX_VMPOWEROP_NORMAL, NULL, NULL));
    snapshots(vm);
    Vix_ReleaseHandle(vm);
    VixHost_Disconnect(host);
    return 0;
}
