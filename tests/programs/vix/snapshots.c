/* A tree of snapshots: make, print, find by path, revert, remove. */
#include <stdio.h>
#include <string.h>
#include <vmware-vix/vix.h>

static VixError err;

static int check(const char *what)
{
    if (VIX_SUCCEEDED(err)) return 1;
    printf("%s: %d\n", what, (int)VIX_ERROR_CODE(err));
    return 0;
}

static VixError finish(VixHandle *job)
{
    VixError result = VixJob_Wait(*job, VIX_PROPERTY_NONE);
    Vix_ReleaseHandle(*job);
    *job = VIX_INVALID_HANDLE;
    return result;
}

static void print_snapshot(VixHandle snapshot, VixHandle current, int depth)
{
    char *name = NULL, *text = NULL;
    int i, n = 0, power = 0;
    err = Vix_GetProperties(snapshot, VIX_PROPERTY_SNAPSHOT_DISPLAYNAME, &name,
                            VIX_PROPERTY_SNAPSHOT_DESCRIPTION, &text, VIX_PROPERTY_SNAPSHOT_POWERSTATE,
                            &power, VIX_PROPERTY_NONE);
    if (!check("name")) return;
    printf("%*s%s (%s)%s%s\n", depth * 2, "", name, text, power & VIX_POWERSTATE_POWERED_ON ? " on" : " off",
           snapshot == current ? " *" : "");
    Vix_FreeBuffer(name);
    Vix_FreeBuffer(text);
    err = VixSnapshot_GetNumChildren(snapshot, &n);
    check("children");
    for (i = 0; i < n; i++) {
        VixHandle child = VIX_INVALID_HANDLE;
        err = VixSnapshot_GetChild(snapshot, i, &child);
        if (check("child")) print_snapshot(child, current, depth + 1);
        Vix_ReleaseHandle(child);
    }
}

static void print_tree(VixHandle vm)
{
    int i, n = 0;
    VixHandle current = VIX_INVALID_HANDLE, root;
    err = VixVM_GetCurrentSnapshot(vm, &current);
    if (VIX_FAILED(err)) printf("no current snapshot: %d\n", (int)VIX_ERROR_CODE(err));
    err = VixVM_GetNumRootSnapshots(vm, &n);
    check("roots");
    printf("%d root(s)\n", n);
    for (i = 0; i < n; i++) {
        root = VIX_INVALID_HANDLE;
        err = VixVM_GetRootSnapshot(vm, i, &root);
        if (check("root")) print_snapshot(root, current, 1);
        Vix_ReleaseHandle(root);
    }
    Vix_ReleaseHandle(current);
}

static VixHandle take(VixHandle vm, const char *name, const char *text, int options)
{
    VixHandle snapshot = VIX_INVALID_HANDLE;
    VixHandle job = VixVM_CreateSnapshot(vm, name, text, options, VIX_INVALID_HANDLE, NULL, NULL);
    err = VixJob_Wait(job, VIX_PROPERTY_JOB_RESULT_HANDLE, &snapshot, VIX_PROPERTY_NONE);
    check("create");
    Vix_ReleaseHandle(job);
    return snapshot;
}

int main(void)
{
    VixHandle host = VIX_INVALID_HANDLE, vm = VIX_INVALID_HANDLE, job, a, b, c, d, found, parent;
    job = VixHost_Connect(VIX_API_VERSION, VIX_SERVICEPROVIDER_VMWARE_WORKSTATION, NULL, 0, NULL, NULL, 0,
                          VIX_INVALID_HANDLE, NULL, NULL);
    err = VixJob_Wait(job, VIX_PROPERTY_JOB_RESULT_HANDLE, &host, VIX_PROPERTY_NONE);
    Vix_ReleaseHandle(job);
    if (!check("connect")) return 1;
    job = VixVM_Open(host, "/home/me/vmware/WindowsXP/WindowsXP.vmx", NULL, NULL);
    err = VixJob_Wait(job, VIX_PROPERTY_JOB_RESULT_HANDLE, &vm, VIX_PROPERTY_NONE);
    Vix_ReleaseHandle(job);
    if (!check("open")) return 1;

    print_tree(vm);
    a = take(vm, "base", "as installed", 0);
    b = take(vm, "patched", "", 0);
    job = VixVM_PowerOn(vm, VIX_VMPOWEROP_NORMAL, VIX_INVALID_HANDLE, NULL, NULL);
    err = finish(&job);
    check("power on");
    c = take(vm, "running", NULL, VIX_SNAPSHOT_INCLUDE_MEMORY);
    job = VixVM_RevertToSnapshot(vm, a, VIX_VMPOWEROP_NORMAL, VIX_INVALID_HANDLE, NULL, NULL);
    err = finish(&job);
    check("revert");
    d = take(vm, "patched", "another one", 0);
    print_tree(vm);

    err = VixVM_GetNamedSnapshot(vm, "patched", &found);
    printf("by name: %d\n", (int)VIX_ERROR_CODE(err));
    err = VixVM_GetNamedSnapshot(vm, "base/patched/running", &found);
    printf("by path: %s\n", VIX_SUCCEEDED(err) && found == c ? "the same" : "another");
    Vix_ReleaseHandle(found);
    err = VixSnapshot_GetParent(a, &parent);
    printf("parent of the root: %d, type %d\n", (int)VIX_ERROR_CODE(err), (int)Vix_GetHandleType(parent));

    job = VixVM_RemoveSnapshot(vm, b, 0, NULL, NULL);
    err = finish(&job);
    check("remove");
    print_tree(vm);
    job = VixVM_RemoveSnapshot(vm, a, VIX_SNAPSHOT_REMOVE_CHILDREN, NULL, NULL);
    err = finish(&job);
    check("remove all");
    print_tree(vm);

    Vix_ReleaseHandle(a);
    Vix_ReleaseHandle(b);
    Vix_ReleaseHandle(c);
    Vix_ReleaseHandle(d);
    Vix_ReleaseHandle(vm);
    VixHost_Disconnect(host);
    return 0;
}
