/* The main story of the VIX API with every allocation, thread start and write failing once. */
#define _GNU_SOURCE
#include "fault_test.h"
#include "vix_test.h"

#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

static char folder[] = "/tmp/vjob-faults-XXXXXX";
static char sent[64], back[64], gone[64];

static int went_well(VixHandle job)
{
    const VixError error = VixJob_Wait(job, VIX_PROPERTY_NONE);
    Vix_ReleaseHandle(job);
    return VIX_SUCCEEDED(error);
}

static int result_of(VixHandle job, VixHandle *out)
{
    *out = VIX_INVALID_HANDLE;
    const VixError error = VixJob_Wait(job, VIX_PROPERTY_JOB_RESULT_HANDLE, out, VIX_PROPERTY_NONE);
    Vix_ReleaseHandle(job);
    return VIX_SUCCEEDED(error);
}

static void nothing(VixHandle job, VixEventType type, VixHandle info, void *data)
{
    (void)job, (void)type, (void)info, (void)data;
}

static int guest(VixHandle vm)
{
    int fine = went_well(VixVM_WaitForToolsInGuest(vm, 0, NULL, NULL));
    fine &= went_well(VixVM_LoginInGuest(vm, "root", "secret", 0, nothing, NULL));
    fine &= went_well(VixVM_CreateDirectoryInGuest(vm, "/tmp/d", VIX_INVALID_HANDLE, NULL, NULL));
    fine &= went_well(VixVM_CopyFileFromHostToGuest(vm, sent, "/tmp/d/f", 0, VIX_INVALID_HANDLE, NULL, NULL));
    fine &= went_well(VixVM_CopyFileFromGuestToHost(vm, "/tmp/d", back, 0, VIX_INVALID_HANDLE, NULL, NULL));
    fine &=
        went_well(VixVM_RunProgramInGuest(vm, "/bin/sh", "-c 'echo hi'", 0, VIX_INVALID_HANDLE, NULL, NULL));
    fine &= went_well(VixVM_ListProcessesInGuest(vm, 0, NULL, NULL));
    fine &= went_well(VixVM_ListDirectoryInGuest(vm, "/etc", 0, NULL, NULL));
    fine &= went_well(VixVM_WriteVariable(vm, VIX_VM_GUEST_VARIABLE, "ip", "10.0.0.1", 0, NULL, NULL));
    fine &=
        went_well(VixVM_CaptureScreenImage(vm, VIX_CAPTURESCREENFORMAT_PNG, VIX_INVALID_HANDLE, NULL, NULL));
    fine &= went_well(VixVM_DeleteFileInGuest(vm, "/tmp/d/f", NULL, NULL));
    fine &= went_well(VixVM_DeleteDirectoryInGuest(vm, "/tmp/d", 0, NULL, NULL));
    return fine;
}

static int snapshots(VixHandle vm)
{
    VixHandle snapshot, root = VIX_INVALID_HANDLE;
    int fine = 0;
    if (result_of(VixVM_CreateSnapshot(vm, "s", "text", VIX_SNAPSHOT_INCLUDE_MEMORY, VIX_INVALID_HANDLE, NULL,
                                       NULL),
                  &snapshot)) {
        fine = VIX_SUCCEEDED(VixVM_GetRootSnapshot(vm, 0, &root));
        fine &= went_well(VixVM_RevertToSnapshot(vm, snapshot, 0, VIX_INVALID_HANDLE, NULL, NULL));
        fine &= went_well(VixVM_RemoveSnapshot(vm, snapshot, 0, NULL, NULL));
        Vix_ReleaseHandle(root);
    }
    Vix_ReleaseHandle(snapshot);
    return fine;
}

static int session(VixHandle host)
{
    VixHandle vm, list = VIX_INVALID_HANDLE;
    int fine =
        went_well(VixHost_FindItems(host, VIX_FIND_REGISTERED_VMS, VIX_INVALID_HANDLE, -1, nothing, NULL));
    fine &= VIX_SUCCEEDED(VixPropertyList_AllocPropertyList(host, &list, VIX_PROPERTY_VM_ENCRYPTION_PASSWORD,
                                                            "x", VIX_PROPERTY_NONE));
    Vix_ReleaseHandle(list);
    if (!result_of(VixVM_Open(host, DEBIAN, NULL, NULL), &vm)) return 0;
    fine &= guest(vm);
    fine &= snapshots(vm);
    fine &= went_well(VixVM_Suspend(vm, 0, NULL, NULL));
    fine &= went_well(VixVM_PowerOn(vm, VIX_VMPOWEROP_NORMAL, VIX_INVALID_HANDLE, nothing, NULL));
    fine &= went_well(VixVM_PowerOff(vm, VIX_VMPOWEROP_NORMAL, NULL, NULL));
    Vix_ReleaseHandle(vm);
    return fine;
}

static int story(void)
{
    VixHandle host;
    int fine = result_of(VixHost_Connect(VIX_API_VERSION, VIX_SERVICEPROVIDER_VMWARE_VI_SERVER,
                                         "https://localhost/sdk", 0, "root", "secret", 0, VIX_INVALID_HANDLE,
                                         NULL, NULL),
                         &host);
    if (fine) fine = session(host);
    VixHost_Disconnect(host);
    return fine;
}

static void run_quietly(const char *command)
{
    CHECK(system(command) == 0);
}

static void whole(void)
{
    char text[200];
    vjob_vix_settle();
    ft_world_is_whole();
    OK(vjob_sim_reset());
    /* A copy is whole, or is not there; what it was written to is gone. */
    if (access(gone, F_OK) == 0) {
        char *got = ct_read_file(gone), *put = ct_read_file(sent);
        TEXT(got, put);
        free(got);
        free(put);
    }
    snprintf(text, sizeof text, "test -z \"$(find '%s' -name '.vjob-*')\" && rm -rf '%s'", folder, back);
    run_quietly(text);
}

static void prepare(void)
{
    setenv("VJOB_CLOCK", "auto", 1);
    ft_fresh_world();
}

static void every_allocation_fails_once(void **state)
{
    (void)state;
    prepare();
    ft_every(&ft_memory, 0, story, whole);
}

static void every_thread_start_fails_once(void **state)
{
    (void)state;
    prepare();
    ft_every(&ft_threads, 0, story, whole);
}

static void every_write_of_a_copy_fails_once(void **state)
{
    (void)state;
    prepare();
    ft_every(&ft_writes, 0, story, whole);
}

/* ---- what was accepted is told of, without any memory at the end ------------------------------------------ */

static tally ends = TALLY;

static void hears(VixHandle job, VixEventType type, VixHandle info, void *data)
{
    (void)job, (void)info, (void)data;
    if (type == VIX_EVENTTYPE_JOB_COMPLETED) tally_add(&ends);
}

static void ends_are_told_of_without_memory(void **state)
{
    (void)state;
    if (!ct_can_fail()) skip();
    vt_begin(NULL);
    const VixHandle vm = vt_open(XP);
    const VixHandle jobs[] = {VixVM_PowerOn(vm, VIX_VMPOWEROP_NORMAL, VIX_INVALID_HANDLE, hears, NULL),
                              VixVM_ReadVariable(vm, VIX_VM_GUEST_VARIABLE, "ip", 0, hears, NULL),
                              VixHost_FindItems(vt_host, VIX_FIND_REGISTERED_VMS, 0, -1, hears, NULL)};
    ct_fail_allocation(0, LONG_MAX);
    tally_wait(&ends, COUNT(jobs));
    ct_fail_allocation(-1, 0);
    for (size_t i = 0; i < COUNT(jobs); i++) {
        CHECK(VixJob_Wait(jobs[i], VIX_PROPERTY_NONE) != VIX_E_UNFINISHED_JOB);
        Vix_ReleaseHandle(jobs[i]);
    }
    Vix_ReleaseHandle(vm);
    EQUAL(tally_get(&ends), COUNT(jobs));
}

static int make_folder(void **state)
{
    (void)state;
    if (!mkdtemp(folder)) return 1;
    snprintf(sent, sizeof sent, "%s/sent", folder);
    snprintf(back, sizeof back, "%s/back", folder);
    snprintf(gone, sizeof gone, "%s/back/f", folder);
    FILE *file = fopen(sent, "w");
    for (int i = 0; i < 100000; i++) fputs("word ", file);
    return fclose(file);
}

static int remove_folder(void **state)
{
    char text[100];
    (void)state;
    snprintf(text, sizeof text, "rm -rf '%s'", folder);
    return system(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_allocation_fails_once),
        cmocka_unit_test(every_thread_start_fails_once),
        cmocka_unit_test(every_write_of_a_copy_fails_once),
        VIX(ends_are_told_of_without_memory),
    };
    return cmocka_run_group_tests_name("vix_faults", tests, make_folder, remove_folder);
}
