/* The main story of the HCS API as a program: 0 it went well, 1 something was refused, which it says. */
#include <stdio.h>

#include <computecore.h>

static const WCHAR container[] = L"{\"SchemaVersion\": {\"Major\": 2, \"Minor\": 1}, \"Owner\": \"story\", "
                                 L"\"Container\": {}, \"ShouldTerminateOnLastHandleClosed\": true}";

static void nothing(HCS_EVENT *event, void *context)
{
    (void)event, (void)context;
}

static int refused(const char *what, HRESULT result)
{
    if (FAILED(result)) printf("%s: 0x%08x\n", what, (unsigned)result);
    return FAILED(result);
}

static HRESULT finish(HCS_OPERATION operation, HRESULT begun)
{
    return FAILED(begun) ? begun : HcsWaitForOperationResult(operation, INFINITE, NULL);
}

static int use(HCS_SYSTEM system, HCS_OPERATION operation)
{
    HCS_PROCESS process = NULL;
    if (refused("callback", HcsSetComputeSystemCallback(system, HcsEventOptionNone, NULL, nothing)) ||
        refused("start", finish(operation, HcsStartComputeSystem(system, operation, NULL))))
        return 1;
    int bad =
        refused("process", finish(operation, HcsCreateProcess(system, L"{\"CommandLine\": \"cmd /c ver\"}",
                                                              operation, NULL, &process)));
    if (!bad) bad = refused("exit", HcsWaitForProcessExit(process, INFINITE, NULL));
    if (process) HcsCloseProcess(process);
    return bad || refused("stop", finish(operation, HcsTerminateComputeSystem(system, operation, NULL))) ||
           refused("its exit", HcsWaitForComputeSystemExit(system, INFINITE, NULL));
}

int main(void)
{
    HCS_SYSTEM system = NULL;
    HCS_OPERATION operation = HcsCreateOperation(NULL, NULL);
    if (!operation) return printf("no operation\n"), 1;
    int bad = refused("create",
                      finish(operation, HcsCreateComputeSystem(L"one", container, operation, NULL, &system)));
    if (!bad) bad = use(system, operation);
    HcsCloseOperation(operation);
    if (system) HcsCloseComputeSystem(system);
    return bad;
}
