/* A program is run in the guest, and what it wrote is fetched. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vix.h"

#define CHECK(what)                                                                                          \
    do {                                                                                                     \
        if (VIX_FAILED(err)) {                                                                               \
            printf("%s: %d: %s\n", what, (int)VIX_ERROR_CODE(err),                                           \
                   Vix_GetErrorText(err, NULL) ? "text" : "-");                                              \
            goto abort;                                                                                      \
        }                                                                                                    \
    } while (0)
#define RELEASE(job)                                                                                         \
    do {                                                                                                     \
        Vix_ReleaseHandle(job);                                                                              \
        job = VIX_INVALID_HANDLE;                                                                            \
    } while (0)

int main(int argc, char **argv)
{
    VixError err = VIX_OK;
    VixHandle host = VIX_INVALID_HANDLE, vm = VIX_INVALID_HANDLE, job = VIX_INVALID_HANDLE;
    const char *here = argc > 1 ? argv[1] : "list.txt";
    uint64 pid = 0;
    int took = -1, code = -1, flags = -1;
    int64 size = -1, when = -1;
    Bool there = 0;
    char line[200] = "", *value = NULL;
    FILE *file = NULL;

    job = VixHost_Connect(VIX_API_VERSION, VIX_SERVICEPROVIDER_VMWARE_WORKSTATION, NULL, 0, NULL, NULL, 0,
                          VIX_INVALID_HANDLE, NULL, NULL);
    err = VixJob_Wait(job, VIX_PROPERTY_JOB_RESULT_HANDLE, &host, VIX_PROPERTY_NONE);
    CHECK("connect");
    RELEASE(job);
    job = VixVM_Open(host, "[standard] debian/debian.vmx", NULL, NULL);
    err = VixJob_Wait(job, VIX_PROPERTY_JOB_RESULT_HANDLE, &vm, VIX_PROPERTY_NONE);
    CHECK("open");
    RELEASE(job);

    /* It runs already: that is an error that programs look at. */
    job = VixVM_PowerOn(vm, VIX_VMPOWEROP_NORMAL, VIX_INVALID_HANDLE, NULL, NULL);
    err = VixJob_Wait(job, VIX_PROPERTY_NONE);
    printf("power on: %d\n", (int)VIX_ERROR_CODE(err));
    RELEASE(job);
    job = VixVM_WaitForToolsInGuest(vm, 60, NULL, NULL);
    err = VixJob_Wait(job, VIX_PROPERTY_NONE);
    CHECK("tools");
    RELEASE(job);

    job = VixVM_RunProgramInGuest(vm, "/bin/ls", "/tmp", 0, VIX_INVALID_HANDLE, NULL, NULL);
    err = VixJob_Wait(job, VIX_PROPERTY_NONE);
    printf("without a login: %d\n", (int)VIX_ERROR_CODE(err));
    RELEASE(job);
    job = VixVM_LoginInGuest(vm, "root", "password", 0, NULL, NULL);
    err = VixJob_Wait(job, VIX_PROPERTY_NONE);
    CHECK("login");
    RELEASE(job);

    job = VixVM_RunProgramInGuest(vm, "/bin/sh", "-c \"echo one two; exit 3\" > /tmp/list.txt", 0,
                                  VIX_INVALID_HANDLE, NULL, NULL);
    err = VixJob_Wait(job, VIX_PROPERTY_JOB_RESULT_PROCESS_ID, &pid,
                      VIX_PROPERTY_JOB_RESULT_GUEST_PROGRAM_ELAPSED_TIME, &took,
                      VIX_PROPERTY_JOB_RESULT_GUEST_PROGRAM_EXIT_CODE, &code, VIX_PROPERTY_NONE);
    CHECK("run");
    RELEASE(job);
    printf("pid %s, %d s, exit code %d\n", pid ? "given" : "missing", took, code);

    job = VixVM_RunScriptInGuest(vm, "/bin/sh", "echo three >> /tmp/list.txt\nsleep 5\n", 0,
                                 VIX_INVALID_HANDLE, NULL, NULL);
    err = VixJob_Wait(job, VIX_PROPERTY_JOB_RESULT_GUEST_PROGRAM_ELAPSED_TIME, &took,
                      VIX_PROPERTY_JOB_RESULT_GUEST_PROGRAM_EXIT_CODE, &code, VIX_PROPERTY_NONE);
    CHECK("script");
    RELEASE(job);
    printf("script: %d s, exit code %d\n", took, code);

    job = VixVM_FileExistsInGuest(vm, "/tmp/list.txt", NULL, NULL);
    err = VixJob_Wait(job, VIX_PROPERTY_JOB_RESULT_GUEST_OBJECT_EXISTS, &there, VIX_PROPERTY_NONE);
    CHECK("exists");
    RELEASE(job);
    job = VixVM_GetFileInfoInGuest(vm, "/tmp/list.txt", NULL, NULL);
    err = VixJob_Wait(job, VIX_PROPERTY_JOB_RESULT_FILE_SIZE, &size, VIX_PROPERTY_JOB_RESULT_FILE_FLAGS,
                      &flags, VIX_PROPERTY_JOB_RESULT_FILE_MOD_TIME, &when, VIX_PROPERTY_NONE);
    CHECK("info");
    RELEASE(job);
    printf("there %d, %d bytes, flags %d, time %s\n", there, (int)size, flags,
           when > 0 ? "known" : "unknown");

    job = VixVM_CopyFileFromGuestToHost(vm, "/tmp/list.txt", here, 0, VIX_INVALID_HANDLE, NULL, NULL);
    err = VixJob_Wait(job, VIX_PROPERTY_NONE);
    CHECK("copy");
    RELEASE(job);
    file = fopen(here, "r");
    while (file && fgets(line, sizeof line, file)) printf("> %s", line);
    if (file) fclose(file);
    remove(here);

    job = VixVM_WriteVariable(vm, VIX_VM_GUEST_VARIABLE, "answer", "42", 0, NULL, NULL);
    err = VixJob_Wait(job, VIX_PROPERTY_NONE);
    CHECK("write variable");
    RELEASE(job);
    job = VixVM_ReadVariable(vm, VIX_VM_GUEST_VARIABLE, "answer", 0, NULL, NULL);
    err = VixJob_Wait(job, VIX_PROPERTY_JOB_RESULT_VM_VARIABLE_STRING, &value, VIX_PROPERTY_NONE);
    CHECK("read variable");
    RELEASE(job);
    printf("variable %s\n", value);
    Vix_FreeBuffer(value);

    job = VixVM_DeleteFileInGuest(vm, "/tmp/list.txt", NULL, NULL);
    err = VixJob_Wait(job, VIX_PROPERTY_NONE);
    CHECK("delete");
    RELEASE(job);
    job = VixVM_LogoutFromGuest(vm, NULL, NULL);
    err = VixJob_Wait(job, VIX_PROPERTY_NONE);
    CHECK("logout");

abort:
    Vix_ReleaseHandle(job);
    Vix_ReleaseHandle(vm);
    VixHost_Disconnect(host);
    return VIX_FAILED(err);
}
