/* Every step is started by the callback of the one before, which releases its own job; main waits for the last. */
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "vix.h"

typedef struct session {
    pthread_mutex_t lock;
    pthread_cond_t over;
    int done, step;
    VixHandle host, vm, snapshot;
    VixError failed;
} session;

static void next(VixHandle job, VixEventType type, VixHandle info, void *data);

static void finish(session *s, VixError err)
{
    pthread_mutex_lock(&s->lock);
    s->failed = err;
    s->done = 1;
    pthread_cond_signal(&s->over);
    pthread_mutex_unlock(&s->lock);
}

static VixHandle start(session *s)
{
    switch (s->step) {
    case 1: return VixVM_Open(s->host, "[standard] WindowsXP/WindowsXP.vmx", next, s);
    case 2: return VixVM_PowerOn(s->vm, VIX_VMPOWEROP_NORMAL, VIX_INVALID_HANDLE, next, s);
    case 3: return VixVM_WaitForToolsInGuest(s->vm, 0, next, s);
    case 4: return VixVM_LoginInGuest(s->vm, "Administrator", "pw", 0, next, s);
    case 5:
        return VixVM_RunProgramInGuest(s->vm, "C:\\Windows\\System32\\cmd.exe", "/C \"echo hi > C:\\hi.txt\"",
                                       0, VIX_INVALID_HANDLE, next, s);
    case 6: return VixVM_FileExistsInGuest(s->vm, "C:\\hi.txt", next, s);
    case 7:
        return VixVM_CreateSnapshot(s->vm, "after", "a run", VIX_SNAPSHOT_INCLUDE_MEMORY, VIX_INVALID_HANDLE,
                                    next, s);
    case 8: return VixVM_PowerOff(s->vm, VIX_VMPOWEROP_NORMAL, next, s);
    case 9: return VixVM_RevertToSnapshot(s->vm, s->snapshot, 0, VIX_INVALID_HANDLE, next, s);
    case 10: return VixVM_Suspend(s->vm, VIX_VMPOWEROP_NORMAL, next, s);
    case 11: return VixVM_Delete(s->vm, VIX_VMDELETE_DISK_FILES, next, s);
    default: return VIX_INVALID_HANDLE;
    }
}

static void next(VixHandle job, VixEventType type, VixHandle info, void *data)
{
    session *s = (session *)data;
    VixError err;
    Bool there = 0;
    int state = 0;
    (void)info;
    if (type != VIX_EVENTTYPE_JOB_COMPLETED) return;
    err = VixJob_GetError(job);
    printf("step %d: %d\n", s->step, (int)VIX_ERROR_CODE(err));
    if (VIX_FAILED(err)) {
        finish(s, err);
        return;
    }
    if (s->step == 0)
        Vix_GetProperties(job, VIX_PROPERTY_JOB_RESULT_HANDLE, &s->host, VIX_PROPERTY_NONE);
    else if (s->step == 1)
        Vix_GetProperties(job, VIX_PROPERTY_JOB_RESULT_HANDLE, &s->vm, VIX_PROPERTY_NONE);
    else if (s->step == 7)
        Vix_GetProperties(job, VIX_PROPERTY_JOB_RESULT_HANDLE, &s->snapshot, VIX_PROPERTY_NONE);
    if (s->step == 6) {
        Vix_GetProperties(job, VIX_PROPERTY_JOB_RESULT_GUEST_OBJECT_EXISTS, &there, VIX_PROPERTY_NONE);
        printf("the file %s\n", there ? "is there" : "is missing");
    }
    if (s->step >= 1 && s->step != 11) {
        Vix_GetProperties(s->vm, VIX_PROPERTY_VM_POWER_STATE, &state, VIX_PROPERTY_NONE);
        printf("  power %d\n", state & ~VIX_POWERSTATE_TOOLS_RUNNING);
    }
    s->step++;
    if (s->step == 12) {
        finish(s, VIX_OK);
        return;
    }
    Vix_ReleaseHandle(start(s)); /* may have called back already */
}

int main(void)
{
    session s;
    memset(&s, 0, sizeof s);
    pthread_mutex_init(&s.lock, NULL);
    pthread_cond_init(&s.over, NULL);
    Vix_ReleaseHandle(VixHost_Connect(VIX_API_VERSION, VIX_SERVICEPROVIDER_VMWARE_VI_SERVER, "esx01", 443,
                                      "root", "pw", 0, VIX_INVALID_HANDLE, next, &s));
    pthread_mutex_lock(&s.lock);
    while (!s.done) pthread_cond_wait(&s.over, &s.lock);
    pthread_mutex_unlock(&s.lock);
    Vix_ReleaseHandle(s.snapshot);
    Vix_ReleaseHandle(s.vm);
    VixHost_Disconnect(s.host);
    printf("%s\n", VIX_SUCCEEDED(s.failed) ? "all done" : "failed");
    return VIX_FAILED(s.failed);
}
