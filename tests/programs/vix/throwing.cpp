// Callbacks that throw: through the event pump to who pumps; without one, the program ends.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <stdexcept>
#include <vix.h>

static int completed;

static void throws(VixHandle, VixEventType type, VixHandle, void *data)
{
    if (type == VIX_EVENTTYPE_JOB_COMPLETED) {
        completed++;
        throw std::runtime_error(static_cast<const char *>(data));
    }
}

static VixHandle connect(int options)
{
    VixHandle host = VIX_INVALID_HANDLE;
    VixHandle job = VixHost_Connect(VIX_API_VERSION, VIX_SERVICEPROVIDER_VMWARE_WORKSTATION, nullptr, 0,
                                    nullptr, nullptr, options, VIX_INVALID_HANDLE, nullptr, nullptr);
    VixJob_Wait(job, VIX_PROPERTY_JOB_RESULT_HANDLE, &host, VIX_PROPERTY_NONE);
    Vix_ReleaseHandle(job);
    return host;
}

static void on_a_thread_of_the_library()
{
    char text[] = "thrown";
    std::set_terminate([] {
        std::puts("terminated");
        std::fflush(stdout);
        std::_Exit(3);
    });
    VixHandle host = connect(0);
    VixJob_Wait(VixVM_Open(host, "[standard] WindowsXP/WindowsXP.vmx", throws, text), VIX_PROPERTY_NONE);
    std::puts("went on");
}

int main(int argc, char **argv)
{
    char first[] = "first", last[] = "last";
    if (argc > 1 && !std::strcmp(argv[1], "thread")) {
        on_a_thread_of_the_library();
        return 1;
    }
    VixHandle host = connect(VIX_HOSTOPTION_USE_EVENT_PUMP);
    for (int round = 0; round < 3; round++) {
        VixHandle job = VixVM_Open(host, "[standard] WindowsXP/WindowsXP.vmx", throws, first);
        VixHandle vm = VIX_INVALID_HANDLE;
        const int before = completed;
        while (completed == before) {
            try {
                Vix_PumpEvents(host, VIX_PUMPEVENTOPTION_NONE);
            } catch (const std::exception &error) {
                std::printf("caught %s\n", error.what());
            }
        }
        VixError err = VixJob_Wait(job, VIX_PROPERTY_JOB_RESULT_HANDLE, &vm, VIX_PROPERTY_NONE);
        std::printf("opened %d: %d\n", (int)err, (int)Vix_GetHandleType(vm));
        Vix_ReleaseHandle(vm);
        Vix_ReleaseHandle(job);
    }
    VixVM_Open(host, "[standard] WindowsXP/WindowsXP.vmx", throws, last);
    try {
        VixHost_Disconnect(host);
    } catch (const std::exception &error) {
        std::printf("caught %s\n", error.what());
    }
    std::printf("after that: %d\n", (int)Vix_GetHandleType(host));
    host = connect(0);
    std::printf("and again: %d\n", (int)Vix_GetHandleType(host));
    VixHost_Disconnect(host);
    return 0;
}
