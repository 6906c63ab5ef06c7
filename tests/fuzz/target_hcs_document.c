/* Any text as the documents of a compute system, a query, a modification and a process. */
#include "target.h"

#include <computecore.h>
#include <vjob/hcs_host.h>

static wchar_t *wide(const uint8_t *data, size_t size)
{
    wchar_t *text = calloc(size + 1, sizeof *text);
    for (size_t i = 0; i < size; i++) text[i] = data[i] ? data[i] : ' ';
    return text;
}

static HRESULT end(HCS_OPERATION op, HRESULT begun)
{
    PWSTR document = NULL;
    HRESULT result = begun;
    if (SUCCEEDED(begun)) result = HcsWaitForOperationResult(op, INFINITE, &document);
    if (document) vjob_hcs_free(document);
    HcsCloseOperation(op);
    return result;
}

#define CALL(call)                                                                                           \
    __extension__({                                                                                          \
        HCS_OPERATION op = HcsCreateOperation(NULL, NULL);                                                   \
        CHECK(op != NULL);                                                                                   \
        end(op, (call));                                                                                     \
    })

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static int ready;
    if (!ready) target_world();
    ready = 1;
    if (!size) return 0;
    wchar_t *text = wide(data + 1, size - 1);
    HCS_SYSTEM system = NULL;
    HCS_PROCESS process = NULL;
    if (data[0] % 4 == 0) {
        const HRESULT made = CALL(HcsCreateComputeSystem(L"fuzz", text, op, NULL, &system));
        if (SUCCEEDED(made)) {
            CALL(HcsStartComputeSystem(system, op, NULL));
            CALL(HcsTerminateComputeSystem(system, op, NULL));
        }
    } else {
        static const wchar_t plain[] = L"{\"SchemaVersion\": {\"Major\": 2, \"Minor\": 1}, \"Owner\": \"f\", "
                                       L"\"Container\": {}}";
        CHECK(SUCCEEDED(CALL(HcsCreateComputeSystem(L"fuzz", plain, op, NULL, &system))));
        CHECK(SUCCEEDED(CALL(HcsStartComputeSystem(system, op, NULL))));
        if (data[0] % 4 == 1) CALL(HcsGetComputeSystemProperties(system, op, text));
        if (data[0] % 4 == 2) CALL(HcsModifyComputeSystem(system, op, text, NULL));
        if (data[0] % 4 == 3) CALL(HcsCreateProcess(system, text, op, NULL, &process));
        if (process) HcsCloseProcess(process);
        CALL(HcsTerminateComputeSystem(system, op, NULL));
    }
    if (system) HcsCloseComputeSystem(system);
    free(text);
    vjob_hcs_settle();
    EQUAL(vjob_leaks(VJOB_SPACE_HCS, NULL, 0), 0);
    return 0;
}
