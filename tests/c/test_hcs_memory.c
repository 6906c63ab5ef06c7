/* A story in which every allocation fails once: an answer comes each time, nothing hangs, nothing is left. */
#include "hcs_test.h"

static int short_of_memory; /* what is refused for want of memory, or threads */

static int went_well(HRESULT result)
{
    short_of_memory += result == E_OUTOFMEMORY || result == HCS_E_OPERATION_RESULT_ALLOCATION_FAILED;
    return result == S_OK;
}

static HRESULT finish(HCS_OPERATION op)
{
    PWSTR document = NULL;
    const HRESULT result = HcsWaitForOperationResult(op, INFINITE, &document);
    vjob_hcs_free(document);
    return result;
}

static void story(void)
{
    PWSTR document = NULL;
    HCS_SYSTEM system = NULL;
    HCS_OPERATION op = HcsCreateOperation(NULL, NULL);
    if (!op) {
        short_of_memory++; /* the only reason there is */
        return;
    }
    if (went_well(HcsCreateComputeSystem(L"one", ht_wide(HT_MORTAL), op, NULL, &system)) &&
        went_well(finish(op))) {
        if (went_well(HcsStartComputeSystem(system, op, NULL))) went_well(finish(op));
        if (went_well(HcsGetComputeSystemProperties(system, op, L"{\"PropertyTypes\": [\"Memory\"]}")))
            went_well(finish(op));
        if (went_well(HcsEnumerateComputeSystems(NULL, op))) went_well(finish(op));
        if (went_well(HcsModifyComputeSystem(
                system, op,
                L"{\"ResourcePath\": \"VirtualMachine/ComputeTopology/Memory/SizeInMB\", \"Settings\": 512,"
                L" \"RequestType\": \"Update\"}",
                NULL)))
            went_well(finish(op));
        if (went_well(HcsTerminateComputeSystem(system, op, NULL)) && went_well(finish(op)))
            went_well(HcsWaitForComputeSystemExit(system, INFINITE, &document));
        vjob_hcs_free(document);
    }
    HcsCloseComputeSystem(system);
    HcsCloseOperation(op);
}

static void r1_24_1_25_out_of_memory(void **state)
{
    (void)state;
    if (!ct_can_fail()) {
        print_message("the linker cannot stand in between\n");
        return;
    }
    HCS_OPERATION keeps = ht_new();
    story();
    EQUAL(short_of_memory, 0);
    int failed = 0;
    for (long n = 0; n < 2000; n++) {
        HCS_SYSTEM left = NULL;
        ct_fail_allocation(n, 0);
        story();
        failed += ct_allocation_failed();
        const int over = !ct_allocation_failed();
        ct_fail_allocation(-1, 0);
        while (HcsOpenComputeSystem(L"one", GENERIC_ALL, &left) == S_OK)
            ht_terminate(left); /* its end was refused */
        if (over) break;
    }
    CHECK(failed > 50 && short_of_memory > 20);
    HcsCloseOperation(keeps);
}

int main(void)
{
    const struct CMUnitTest tests[] = {HCS(r1_24_1_25_out_of_memory)};
    return cmocka_run_group_tests_name("hcs_memory", tests, NULL, NULL);
}
