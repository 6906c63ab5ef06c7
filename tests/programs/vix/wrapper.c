/* What wrappers in other languages call: single properties by helpers, callback data that is a number, arrays. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vix.h>

#define MANY 8
static int events[MANY], ends[MANY];

static void dispatch(VixHandle job, VixEventType type, VixHandle info, void *data)
{
    const intptr_t token = (intptr_t)data; /* 0 is a token too */
    (void)job;
    (void)info;
    events[token]++;
    if (type == VIX_EVENTTYPE_JOB_COMPLETED) ends[token]++;
}

static VixError get_handle(VixHandle job, VixPropertyID id1, VixHandle *h, VixPropertyID id2)
{
    return VixJob_Wait(job, id1, h, id2);
}
static VixError get_text(VixHandle h, VixPropertyID id, char **out)
{
    return Vix_GetProperties(h, id, out, VIX_PROPERTY_NONE);
}
static VixError get_int(VixHandle h, VixPropertyID id, int *out)
{
    return Vix_GetProperties(h, id, out, VIX_PROPERTY_NONE);
}
static VixError get_bool(VixHandle h, VixPropertyID id, Bool *out)
{
    return Vix_GetProperties(h, id, out, VIX_PROPERTY_NONE);
}

static VixError done(VixHandle job)
{
    VixError err = VixJob_Wait(job, VIX_PROPERTY_NONE);
    Vix_ReleaseHandle(job);
    return err;
}

/* By the type that the library tells. */
static void show(VixHandle h, VixPropertyID id, const char *name)
{
    VixPropertyType type = VIX_PROPERTYTYPE_ANY;
    VixError err = Vix_GetPropertyType(h, id, &type);
    char *text = NULL;
    int number = 0;
    Bool flag = 0;
    if (VIX_FAILED(err)) {
        printf("%s: no type: %d\n", name, (int)VIX_ERROR_CODE(err));
        return;
    }
    switch (type) {
    case VIX_PROPERTYTYPE_STRING:
        err = get_text(h, id, &text);
        if (VIX_SUCCEEDED(err)) printf("%s: \"%s\"\n", name, text);
        Vix_FreeBuffer(text);
        break;
    case VIX_PROPERTYTYPE_INTEGER:
        err = get_int(h, id, &number);
        if (VIX_SUCCEEDED(err)) printf("%s: %d\n", name, number);
        break;
    case VIX_PROPERTYTYPE_BOOL:
        err = get_bool(h, id, &flag);
        if (VIX_SUCCEEDED(err)) printf("%s: %s\n", name, flag ? "true" : "false");
        break;
    default: printf("%s: type %d\n", name, (int)type);
    }
    if (VIX_FAILED(err)) printf("%s: error %d\n", name, (int)VIX_ERROR_CODE(err));
}
#define SHOW(h, id) show(h, VIX_PROPERTY_##id, #id)

int main(void)
{
    VixHandle host = VIX_INVALID_HANDLE, vm = VIX_INVALID_HANDLE, other = VIX_INVALID_HANDLE, job, jobs[MANY];
    VixHandle list = VIX_INVALID_HANDLE;
    VixError err;
    int i, n, size = 0, same = 0;
    char *path = (char *)malloc(100), *data = NULL;

    job = VixHost_Connect(VIX_API_VERSION, VIX_SERVICEPROVIDER_VMWARE_WORKSTATION, "", 0, "", "", 0,
                          VIX_INVALID_HANDLE, NULL, NULL);
    if (Vix_GetHandleType(job) != VIX_HANDLETYPE_JOB) return 1;
    err = get_handle(job, VIX_PROPERTY_JOB_RESULT_HANDLE, &host, VIX_PROPERTY_NONE);
    Vix_ReleaseHandle(job);
    if (err) return 2;
    SHOW(host, HOST_HOSTTYPE);
    SHOW(host, VM_NAME);

    /* The argument is gone before the job has ended. */
    strcpy(path, "[standard] debian/debian.vmx");
    err = VixPropertyList_AllocPropertyList(host, &list, VIX_PROPERTY_VM_ENCRYPTION_PASSWORD, "x",
                                            VIX_PROPERTY_NONE);
    job = VixHost_OpenVM(host, path, VIX_VMOPEN_NORMAL, list, NULL, (void *)17);
    memset(path, 'z', 99);
    free(path);
    Vix_ReleaseHandle(list);
    err = get_handle(job, VIX_PROPERTY_JOB_RESULT_HANDLE, &vm, VIX_PROPERTY_NONE);
    Vix_ReleaseHandle(job);
    if (err) return 3;
    job = VixVM_Open(host, "[standard] debian/debian.vmx", NULL, NULL);
    get_handle(job, VIX_PROPERTY_JOB_RESULT_HANDLE, &other, VIX_PROPERTY_NONE);
    Vix_ReleaseHandle(job);
    printf("opened twice: %s\n", vm == other ? "one number" : "two numbers");
    Vix_ReleaseHandle(other);

    SHOW(vm, VM_NAME);
    SHOW(vm, VM_VMX_PATHNAME);
    SHOW(vm, VM_NUM_VCPUS);
    SHOW(vm, VM_MEMORY_SIZE);
    SHOW(vm, VM_IS_RUNNING);
    SHOW(vm, VM_READ_ONLY);
    SHOW(vm, VM_IN_VMTEAM);
    SHOW(vm, VM_TOOLS_STATE);
    SHOW(vm, VM_POWER_STATE);
    SHOW(vm, JOB_RESULT_HANDLE);
    show(vm, 424242, "no such property");

    for (i = 0; i < MANY; i++) {
        jobs[i] = i & 1 ? VixVM_Unpause(vm, 0, VIX_INVALID_HANDLE, dispatch, (void *)(intptr_t)i)
                        : VixVM_Pause(vm, 0, VIX_INVALID_HANDLE, dispatch, (void *)(intptr_t)i);
    }
    for (i = MANY; i-- > 0;) done(jobs[i]);
    for (i = n = 0; i < MANY; i++) n += ends[i] == 1 && events[i] >= 1;
    printf("%d of %d callbacks ended once\n", n, MANY);

    printf("login %d\n", (int)done(VixVM_LoginInGuest(vm, "user", "pw", 0, NULL, NULL)));
    job = VixVM_CaptureScreenImage(vm, VIX_CAPTURESCREENFORMAT_PNG, VIX_INVALID_HANDLE, NULL, NULL);
    err = VixJob_Wait(job, VIX_PROPERTY_JOB_RESULT_SCREEN_IMAGE_DATA, &size, &data,
                      VIX_PROPERTY_JOB_RESULT_SCREEN_IMAGE_SIZE, &same, VIX_PROPERTY_NONE);
    printf("screen: %d, %s\n", (int)err,
           data && size == same && !memcmp(data, "\x89PNG", 4) ? "a PNG" : "not a PNG");
    Vix_FreeBuffer(data);
    Vix_ReleaseHandle(job);

    job = VixVM_ListProcessesInGuest(vm, 0, NULL, NULL);
    err = VixJob_Wait(job, VIX_PROPERTY_NONE);
    n = VixJob_GetNumProperties(job, VIX_PROPERTY_JOB_RESULT_ITEM_NAME);
    for (i = 0; i < n; i++) {
        char *name = NULL, *owner = NULL, *line = NULL;
        uint64 pid = 0;
        Bool debugged = 1;
        int start = 0;
        err = VixJob_GetNthProperties(
            job, i, VIX_PROPERTY_JOB_RESULT_ITEM_NAME, &name, VIX_PROPERTY_JOB_RESULT_PROCESS_ID, &pid,
            VIX_PROPERTY_JOB_RESULT_PROCESS_OWNER, &owner, VIX_PROPERTY_JOB_RESULT_PROCESS_COMMAND, &line,
            VIX_PROPERTY_JOB_RESULT_PROCESS_BEING_DEBUGGED, &debugged,
            VIX_PROPERTY_JOB_RESULT_PROCESS_START_TIME, &start, VIX_PROPERTY_NONE);
        printf("process %s of %s: %d %s %s\n", name, owner, (int)err, pid ? "pid" : "-",
               debugged ? "debugged" : "free");
        Vix_FreeBuffer(name);
        Vix_FreeBuffer(owner);
        Vix_FreeBuffer(line);
    }
    Vix_ReleaseHandle(job);

    Vix_ReleaseHandle(vm);
    VixHost_Disconnect(host);
    printf("after the end: type %d, error %d\n", (int)Vix_GetHandleType(host), (int)VixJob_GetError(job));
    Vix_ReleaseHandle(host);
    Vix_ReleaseHandle(vm);
    Vix_ReleaseHandle(VIX_INVALID_HANDLE);
    return 0;
}
