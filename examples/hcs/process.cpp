// Runs a program in a container, talks to it through its standard handles, and waits for its end.
//
//     pyvjob run --clock auto examples/hcs/process.cpp

#include <windows.h>

#include <computecore.h>
#include <wil/resource.h>
#include <wil/result.h>

#include <iostream>
#include <string>

using Operation = wil::unique_any<HCS_OPERATION, decltype(&HcsCloseOperation), HcsCloseOperation>;
using System = wil::unique_any<HCS_SYSTEM, decltype(&HcsCloseComputeSystem), HcsCloseComputeSystem>;
using Process = wil::unique_any<HCS_PROCESS, decltype(&HcsCloseProcess), HcsCloseProcess>;

static const wchar_t *const container = LR"({
    "SchemaVersion": {"Major": 2, "Minor": 1},
    "Owner": "process example",
    "ShouldTerminateOnLastHandleClosed": true,
    "Container": {"GuestOs": {"HostName": "box"}}
})";

static void wait(const Operation &operation)
{
    wil::unique_hlocal_string document;
    THROW_IF_FAILED_MSG(HcsWaitForOperationResult(operation.get(), INFINITE, &document), "%ws",
                        document.get());
}

// Everything that comes out of a pipe, until its writer is gone.
static std::string read_all(HANDLE pipe)
{
    std::string all;
    char part[256];
    for (DWORD n = 0; ReadFile(pipe, part, sizeof part, &n, nullptr);) all.append(part, n);
    THROW_LAST_ERROR_IF(GetLastError() != ERROR_BROKEN_PIPE);
    return all;
}

static void run(const System &system, PCWSTR parameters, const std::string &input)
{
    Operation operation(HcsCreateOperation(nullptr, nullptr));
    Process process;
    THROW_IF_FAILED(HcsCreateProcess(system.get(), parameters, operation.get(), nullptr, &process));
    HCS_PROCESS_INFORMATION info = {};
    wil::unique_hlocal_string document;
    THROW_IF_FAILED_MSG(HcsWaitForOperationResultAndProcessInfo(operation.get(), INFINITE, &info, &document),
                        "%ws", document.get());
    wil::unique_handle in(info.StdInput), out(info.StdOutput), err(info.StdError);
    if (in) {
        DWORD written = 0;
        THROW_IF_WIN32_BOOL_FALSE(WriteFile(in.get(), input.data(), (DWORD)input.size(), &written, nullptr));
        in.reset(); // the end of its input
    }
    std::cout << read_all(out.get());
    THROW_IF_FAILED(HcsWaitForProcessExit(process.get(), INFINITE, &document));
    const std::wstring status = document.get();
    const bool good = status.find(L"\"ExitCode\": 0") != std::wstring::npos ||
                      status.find(L"\"ExitCode\":0") != std::wstring::npos;
    std::cout << "ended " << (good ? "well" : "badly") << std::endl;
}

int main()
try {
    Operation operation(HcsCreateOperation(nullptr, nullptr));
    System system;
    THROW_IF_FAILED(HcsCreateComputeSystem(L"box", container, operation.get(), nullptr, &system));
    wait(operation);
    THROW_IF_FAILED(HcsStartComputeSystem(system.get(), operation.get(), nullptr));
    wait(operation);
    run(system, LR"({"CommandLine": "echo hello from the box", "CreateStdOutPipe": true})", "");
    run(system, LR"({"CommandLine": "cat", "CreateStdInPipe": true, "CreateStdOutPipe": true})",
        "what goes in comes out\n");
    return 0;
} catch (const std::exception &failure) {
    std::cerr << failure.what() << std::endl;
    return 1;
}
