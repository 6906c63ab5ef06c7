/* Full and linked clones, registration, deletion, shared folders: with checks of errors on the way. */
#include <stdio.h>

#include "vmware-vix/vix.h"

static VixHandle host = VIX_INVALID_HANDLE;

static int wait_code(VixHandle job)
{
    VixError err = VixJob_Wait(job, VIX_PROPERTY_NONE);
    Vix_ReleaseHandle(job);
    return (int)VIX_ERROR_CODE(err);
}

static VixHandle wait_handle(VixHandle job, int *code)
{
    VixHandle result = VIX_INVALID_HANDLE;
    VixError err = VixJob_Wait(job, VIX_PROPERTY_JOB_RESULT_HANDLE, &result, VIX_PROPERTY_NONE);
    Vix_ReleaseHandle(job);
    *code = (int)VIX_ERROR_CODE(err);
    return result;
}

static void count_item(VixHandle job, VixEventType type, VixHandle info, void *data)
{
    (void)job;
    (void)info;
    if (type == VIX_EVENTTYPE_FIND_ITEM) ++*(int *)data;
}

static int registered(void)
{
    int n = 0;
    wait_code(VixHost_FindItems(host, VIX_FIND_REGISTERED_VMS, VIX_INVALID_HANDLE, 0, count_item, &n));
    return n;
}

int main(void)
{
    int code, n = -1, flags = -1, i;
    VixHandle vm, base, linked, full, job;
    char *name = NULL, *path = NULL;

    host = wait_handle(VixHost_Connect(VIX_API_VERSION, VIX_SERVICEPROVIDER_VMWARE_WORKSTATION_SHARED,
                                       "localhost", 8333, "me", "pw", 0, VIX_INVALID_HANDLE, NULL, NULL),
                       &code);
    printf("connect %d\n", code);
    vm = wait_handle(VixVM_Open(host, "[standard] WindowsXP/WindowsXP.vmx", NULL, NULL), &code);
    printf("open %d, %d registered\n", code, registered());
    base =
        wait_handle(VixVM_CreateSnapshot(vm, "base", "to clone", 0, VIX_INVALID_HANDLE, NULL, NULL), &code);
    printf("snapshot %d\n", code);

    linked = wait_handle(VixVM_Clone(vm, base, VIX_CLONETYPE_LINKED, "[standard] one/one.vmx", 0,
                                     VIX_INVALID_HANDLE, NULL, NULL),
                         &code);
    printf("linked %d\n", code);
    full = wait_handle(VixVM_Clone(vm, VIX_INVALID_HANDLE, VIX_CLONETYPE_FULL, "[standard] two/two.vmx", 0,
                                   VIX_INVALID_HANDLE, NULL, NULL),
                       &code);
    printf("full %d, %d registered\n", code, registered());
    printf("the same again %d\n",
           wait_code(VixVM_Clone(vm, VIX_INVALID_HANDLE, VIX_CLONETYPE_FULL, "[standard] two/two.vmx", 0,
                                 VIX_INVALID_HANDLE, NULL, NULL)));
    Vix_GetProperties(full, VIX_PROPERTY_VM_NAME, &name, VIX_PROPERTY_VM_VMX_PATHNAME, &path,
                      VIX_PROPERTY_NONE);
    printf("%s at %s\n", name, path);
    Vix_FreeBuffer(name);
    Vix_FreeBuffer(path);

    printf("on %d\n", wait_code(VixVM_PowerOn(full, VIX_VMPOWEROP_NORMAL, VIX_INVALID_HANDLE, NULL, NULL)));
    printf("delete while on %d\n", wait_code(VixVM_Delete(full, VIX_VMDELETE_DISK_FILES, NULL, NULL)));
    printf("clone while on %d\n",
           wait_code(VixVM_Clone(full, VIX_INVALID_HANDLE, VIX_CLONETYPE_FULL, "[standard] three/three.vmx",
                                 0, VIX_INVALID_HANDLE, NULL, NULL)));
    printf("folders before tools %d\n", wait_code(VixVM_EnableSharedFolders(full, 1, 0, NULL, NULL)));
    printf("tools %d\n", wait_code(VixVM_WaitForToolsInGuest(full, 600, NULL, NULL)));
    printf("folders %d\n", wait_code(VixVM_EnableSharedFolders(full, 1, 0, NULL, NULL)));
    printf("add %d\n", wait_code(VixVM_AddSharedFolder(full, "tmp", "/tmp", 0, NULL, NULL)));
    printf("add again %d\n", wait_code(VixVM_AddSharedFolder(full, "tmp", "/tmp", 0, NULL, NULL)));
    printf("set %d\n", wait_code(VixVM_SetSharedFolderState(full, "tmp", "/", VIX_SHAREDFOLDER_WRITE_ACCESS,
                                                            NULL, NULL)));
    job = VixVM_GetNumSharedFolders(full, NULL, NULL);
    VixJob_Wait(job, VIX_PROPERTY_JOB_RESULT_SHARED_FOLDER_COUNT, &n, VIX_PROPERTY_NONE);
    Vix_ReleaseHandle(job);
    for (i = 0; i < n; i++) {
        job = VixVM_GetSharedFolderState(full, i, NULL, NULL);
        VixJob_Wait(job, VIX_PROPERTY_JOB_RESULT_ITEM_NAME, &name, VIX_PROPERTY_JOB_RESULT_SHARED_FOLDER_HOST,
                    &path, VIX_PROPERTY_JOB_RESULT_SHARED_FOLDER_FLAGS, &flags, VIX_PROPERTY_NONE);
        printf("folder %s: %s %d\n", name, path, flags);
        Vix_FreeBuffer(name);
        Vix_FreeBuffer(path);
        Vix_ReleaseHandle(job);
    }
    printf("folder %d: %d\n", n, wait_code(VixVM_GetSharedFolderState(full, n, NULL, NULL)));
    printf("remove %d\n", wait_code(VixVM_RemoveSharedFolder(full, "tmp", 0, NULL, NULL)));
    printf("remove again %d\n", wait_code(VixVM_RemoveSharedFolder(full, "tmp", 0, NULL, NULL)));

    printf("suspend %d\n", wait_code(VixVM_Suspend(full, VIX_VMPOWEROP_NORMAL, NULL, NULL)));
    printf("delete %d\n", wait_code(VixVM_Delete(full, VIX_VMDELETE_DISK_FILES, NULL, NULL)));
    printf("after that %d\n", wait_code(VixVM_PowerOn(full, 0, VIX_INVALID_HANDLE, NULL, NULL)));
    printf("unregister %d\n", wait_code(VixHost_UnregisterVM(host, "[standard] one/one.vmx", NULL, NULL)));
    printf("open %d\n", wait_code(VixVM_Open(host, "[standard] one/one.vmx", NULL, NULL)));
    printf("register %d\n", wait_code(VixHost_RegisterVM(host, "[standard] one/one.vmx", NULL, NULL)));
    printf("open %d\n", wait_code(VixVM_Open(host, "[standard] one/one.vmx", NULL, NULL)));
    printf("%d registered\n", registered());

    Vix_ReleaseHandle(full);
    Vix_ReleaseHandle(linked);
    Vix_ReleaseHandle(base);
    VixHost_Disconnect(host);
    Vix_ReleaseHandle(vm); /* below a host that is gone */
    return 0;
}
