// How a program learns that an operation of the Host Compute System has ended: three ways, one machine each.
//
//     pyvjob run --clock auto examples/hcs/completion.cpp
//
// The source is one for Windows: windows.h and wil come with this library.

#include <windows.h>

#include <computecore.h>
#include <wil/resource.h>
#include <wil/result.h>

#include <iostream>
#include <string>

using Operation = wil::unique_any<HCS_OPERATION, decltype(&HcsCloseOperation), HcsCloseOperation>;
using System = wil::unique_any<HCS_SYSTEM, decltype(&HcsCloseComputeSystem), HcsCloseComputeSystem>;

// A machine with nothing in it. The service ends it when its last handle is closed.
static const wchar_t *const machine = LR"({
    "SchemaVersion": {"Major": 2, "Minor": 1},
    "Owner": "completion example",
    "ShouldTerminateOnLastHandleClosed": true,
    "VirtualMachine": {
        "Chipset": {"Uefi": {}},
        "ComputeTopology": {"Memory": {"SizeInMB": 256}, "Processor": {"Count": 1}}
    }
})";

static const char *outcome(HRESULT result)
{
    return SUCCEEDED(result) ? "has ended well" : "has failed";
}

// 1. Ask and wait. One operation can follow one call after the other.
static void wait_for_it()
{
    Operation operation(HcsCreateOperation(nullptr, nullptr));
    wil::unique_hlocal_string document;
    System system;
    THROW_IF_FAILED(HcsCreateComputeSystem(L"waited-for", machine, operation.get(), nullptr, &system));
    THROW_IF_FAILED_MSG(HcsWaitForOperationResult(operation.get(), INFINITE, &document), "create: %ws",
                        document.get());
    THROW_IF_FAILED(HcsStartComputeSystem(system.get(), operation.get(), nullptr));
    THROW_IF_FAILED_MSG(HcsWaitForOperationResult(operation.get(), INFINITE, &document), "start: %ws",
                        document.get());
    std::cout << "wait         the machine runs" << std::endl;
}

// 2. Have a function called. It is the operation's last user, so it closes it.
struct Called {
    wil::unique_event ended{wil::EventOptions::None};
    HRESULT result = E_PENDING;
};

static void CALLBACK on_completion(HCS_OPERATION operation, void *context)
{
    auto *called = static_cast<Called *>(context);
    called->result = HcsGetOperationResult(operation, nullptr);
    HcsCloseOperation(operation);
    called->ended.SetEvent(); // the waiting thread may now destroy it
}

static void be_called()
{
    Called called;
    System system;
    Operation operation(HcsCreateOperation(&called, on_completion));
    THROW_IF_FAILED(HcsCreateComputeSystem(L"called-back", machine, operation.get(), nullptr, &system));
    operation.release(); // accepted: it is the callback's now
    called.ended.wait();
    std::cout << "callback     the creation " << outcome(called.result) << std::endl;
}

// 3. Hear of every operation, and of the machine itself, through its handle.
struct Listener {
    wil::unique_event operation{wil::EventOptions::None}, exit{wil::EventOptions::None};
    std::wstring how;
};

static void CALLBACK on_event(HCS_EVENT *event, void *context)
{
    auto *listener = static_cast<Listener *>(context);
    if (event->Type == HcsEventOperationCallback) {
        HcsCloseOperation(event->Operation);
        listener->operation.SetEvent();
    } else if (event->Type == HcsEventSystemExited) {
        listener->how = event->EventData;
        listener->exit.SetEvent();
    }
}

static void listen()
{
    Listener listener;
    System system;
    // Closed by the listener, which may be registered after the operation has ended.
    THROW_IF_FAILED(HcsCreateComputeSystem(L"listened-to", machine, HcsCreateOperation(nullptr, nullptr),
                                           nullptr, &system));
    THROW_IF_FAILED(HcsSetComputeSystemCallback(system.get(), HcsEventOptionEnableOperationCallbacks,
                                                &listener, on_event));
    listener.operation.wait();
    std::cout << "event        the creation is over" << std::endl;

    // With such a listener there is no place for callbacks of operations.
    Operation refused(HcsCreateOperation(nullptr, [](HCS_OPERATION, void *) {}));
    const HRESULT result = HcsStartComputeSystem(system.get(), refused.get(), nullptr);
    THROW_HR_IF(E_UNEXPECTED, result != HCS_E_OPERATION_SYSTEM_CALLBACK_ALREADY_SET);
    std::cout << "event        an operation with a callback is refused" << std::endl;

    THROW_IF_FAILED(HcsTerminateComputeSystem(system.get(), HcsCreateOperation(nullptr, nullptr), nullptr));
    listener.operation.wait();
    listener.exit.wait();
    const bool forced = listener.how.find(L"ForcedExit") != std::wstring::npos;
    std::cout << "event        the machine was " << (forced ? "switched off" : "lost") << std::endl;
}

int main()
try {
    wait_for_it();
    be_called();
    listen();
    return 0;
} catch (const std::exception &failure) {
    std::cerr << failure.what() << std::endl;
    return 1;
}
