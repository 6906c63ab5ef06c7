// A pool of threads with a session each, and one session for all of them: everything at the same time.
#include <atomic>
#include <chrono>
#include <cstdio>
#include <string>
#include <thread>
#include <vector>
#include <vix.h>

static std::atomic<int> errors{0}, completed{0};

static void expect(VixError err)
{
    if (VIX_FAILED(err)) {
        std::printf("error %d\n", static_cast<int>(VIX_ERROR_CODE(err)));
        errors++;
    }
}

static void count(VixHandle, VixEventType type, VixHandle, void *)
{
    if (type == VIX_EVENTTYPE_JOB_COMPLETED) completed++;
}

static VixHandle wait_handle(VixHandle job)
{
    VixHandle h = VIX_INVALID_HANDLE;
    expect(VixJob_Wait(job, VIX_PROPERTY_JOB_RESULT_HANDLE, &h, VIX_PROPERTY_NONE));
    Vix_ReleaseHandle(job);
    return h;
}

static void wait(VixHandle job)
{
    expect(VixJob_Wait(job, VIX_PROPERTY_NONE));
    Vix_ReleaseHandle(job);
}

static VixHandle connect()
{
    return wait_handle(VixHost_Connect(VIX_API_VERSION, VIX_SERVICEPROVIDER_VMWARE_WORKSTATION, nullptr, 0,
                                       nullptr, nullptr, 0, VIX_INVALID_HANDLE, nullptr, nullptr));
}

// Own session: a clone of its own, through its life.
static void life(int number)
{
    VixHandle host = connect();
    VixHandle xp = wait_handle(VixVM_Open(host, "[standard] WindowsXP/WindowsXP.vmx", count, nullptr));
    const std::string path = "[standard] c" + std::to_string(number) + "/c.vmx";
    VixHandle vm = wait_handle(VixVM_Clone(xp, VIX_INVALID_HANDLE, VIX_CLONETYPE_FULL, path.c_str(), 0,
                                           VIX_INVALID_HANDLE, count, nullptr));
    wait(VixVM_PowerOn(vm, VIX_VMPOWEROP_NORMAL, VIX_INVALID_HANDLE, count, nullptr));
    wait(VixVM_WaitForToolsInGuest(vm, 100, count, nullptr));
    wait(VixVM_LoginInGuest(vm, "u", "p", 0, count, nullptr));
    for (int i = 0; i < 5; i++) {
        VixHandle job = VixVM_RunProgramInGuest(vm, "/bin/sh", "-c 'sleep 1; exit 2'", 0, VIX_INVALID_HANDLE,
                                                count, nullptr);
        int code = -1;
        expect(VixJob_Wait(job, VIX_PROPERTY_JOB_RESULT_GUEST_PROGRAM_EXIT_CODE, &code, VIX_PROPERTY_NONE));
        if (code != 2) errors++;
        Vix_ReleaseHandle(job);
    }
    wait(VixVM_PowerOff(vm, VIX_VMPOWEROP_NORMAL, count, nullptr));
    wait(VixVM_Delete(vm, VIX_VMDELETE_DISK_FILES, count, nullptr));
    Vix_ReleaseHandle(vm);
    Vix_ReleaseHandle(xp);
    VixHost_Disconnect(host);
}

// One session for all: the same machine, the same number.
static void share(VixHandle host, VixHandle vm)
{
    for (int i = 0; i < 20; i++) {
        VixHandle again = wait_handle(VixVM_Open(host, "[standard] debian/debian.vmx", nullptr, nullptr));
        if (again != vm) errors++;
        char *name = nullptr;
        expect(Vix_GetProperties(again, VIX_PROPERTY_VM_NAME, &name, VIX_PROPERTY_NONE));
        Vix_FreeBuffer(name);
        Vix_ReleaseHandle(again);
    }
}

int main()
{
    VixHandle host = connect();
    VixHandle vm = wait_handle(VixVM_Open(host, "[standard] debian/debian.vmx", nullptr, nullptr));
    std::vector<std::thread> all;
    for (int i = 0; i < 6; i++) all.emplace_back(life, i);
    for (int i = 0; i < 4; i++) all.emplace_back(share, host, vm);
    for (auto &one : all) one.join();
    std::printf("%d errors, %d callbacks\n", errors.load(), completed.load());
    Vix_ReleaseHandle(vm);
    VixHost_Disconnect(host);
    return errors ? 1 : 0;
}
