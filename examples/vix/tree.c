/*
 * The snapshots of a machine as a tree, the present one starred.
 *
 *     pyvjob run tree.c [PATH]      default: the machine fedora, which has some
 *
 * tree.py is the same program in Python.
 */
#include <stdio.h>
#include <stdlib.h>
#include <vix.h>

static void check(const char *doing, VixError error)
{
    if (!error) return;
    fprintf(stderr, "%s: %s\n", doing, Vix_GetErrorText(error, NULL));
    exit(1);
}

static VixHandle result(const char *doing, VixHandle job)
{
    VixHandle handle = VIX_INVALID_HANDLE;
    const VixError error = VixJob_Wait(job, VIX_PROPERTY_JOB_RESULT_HANDLE, &handle, VIX_PROPERTY_NONE);
    Vix_ReleaseHandle(job);
    check(doing, error);
    return handle;
}

/* One snapshot has one number: handles can be compared. Each that is handed out is released once. */
static void print(VixHandle snapshot, VixHandle current, int depth)
{
    char *name = NULL, *text = NULL;
    int children = 0;
    check("reading", Vix_GetProperties(snapshot, VIX_PROPERTY_SNAPSHOT_DISPLAYNAME, &name,
                                       VIX_PROPERTY_SNAPSHOT_DESCRIPTION, &text, VIX_PROPERTY_NONE));
    printf("%*s%s%s%s%s\n", depth * 2, "", name, snapshot == current ? " *" : "", text[0] ? ": " : "", text);
    Vix_FreeBuffer(name);
    Vix_FreeBuffer(text);
    check("children", VixSnapshot_GetNumChildren(snapshot, &children));
    for (int i = 0; i < children; i++) {
        VixHandle child = VIX_INVALID_HANDLE;
        check("child", VixSnapshot_GetChild(snapshot, i, &child));
        print(child, current, depth + 1);
        Vix_ReleaseHandle(child);
    }
}

int main(int argc, char **argv)
{
    const char *path = argc > 1 ? argv[1] : "[standard] fedora/fedora.vmx";
    VixHandle host =
        result("connect", VixHost_Connect(VIX_API_VERSION, VIX_SERVICEPROVIDER_VMWARE_WORKSTATION, NULL, 0,
                                          NULL, NULL, 0, VIX_INVALID_HANDLE, NULL, NULL));
    VixHandle vm = result("open", VixVM_Open(host, path, NULL, NULL)), current = VIX_INVALID_HANDLE;
    int roots = 0;
    /* Where there are none, there is no present one either, and that is an error code. */
    VixVM_GetCurrentSnapshot(vm, &current);
    check("roots", VixVM_GetNumRootSnapshots(vm, &roots));
    printf("roots: %d\n", roots);
    for (int i = 0; i < roots; i++) {
        VixHandle root = VIX_INVALID_HANDLE;
        check("root", VixVM_GetRootSnapshot(vm, i, &root));
        print(root, current, 1);
        Vix_ReleaseHandle(root);
    }
    Vix_ReleaseHandle(current);
    Vix_ReleaseHandle(vm);
    VixHost_Disconnect(host);
    return 0;
}
