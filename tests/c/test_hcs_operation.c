/* Operations. A test's name begins with the numbers of the rules of the contract that it is about. */
#include "hcs_test.h"

/* ---- 1: life cycle ------------------------------------------------------------------------------------ */

static void r1_1_an_operation_starts_idle(void **state)
{
    (void)state;
    HCS_OPERATION op = HcsCreateOperation(NULL, NULL);
    CHECK(op != NULL);
    EQUAL(HcsGetOperationType(op), HcsOperationTypeNone);
    CHECK(HcsGetComputeSystemFromOperation(op) == NULL);
    CHECK(HcsGetProcessFromOperation(op) == NULL);
    HcsCloseOperation(op);
}

static void r1_2_1_3_a_call_answers_when_it_is_accepted_with_the_handle_filled(void **state)
{
    (void)state;
    HCS_SYSTEM system = NULL;
    HCS_OPERATION op = ht_new();
    DONE(HcsCreateComputeSystem(L"one", ht_wide(HT_VM), op, NULL, &system));
    CHECK(system != NULL);
    EQUAL(HcsGetOperationType(op), HcsOperationTypeCreate);
    RESULT(HcsGetOperationResult(op, NULL), HCS_E_OPERATION_PENDING);
    DONE(ht_end(op));
    ht_terminate(system);
}

static void r1_4_operation_used_again_while_pending(void **state)
{
    (void)state;
    HCS_SYSTEM system = NULL;
    HCS_OPERATION op = ht_new();
    DONE(HcsCreateComputeSystem(L"one", ht_wide(HT_VM), op, NULL, &system));
    RESULT(HcsStartComputeSystem(system, op, NULL), HCS_E_OPERATION_ALREADY_STARTED);
    RESULT(HcsEnumerateComputeSystems(NULL, op), HCS_E_OPERATION_ALREADY_STARTED);
    EQUAL(HcsGetOperationType(op), HcsOperationTypeCreate);
    DONE(ht_end(op));
    ht_terminate(system);
}

static void r1_5_1_6_an_operation_follows_one_call_after_the_other(void **state)
{
    (void)state;
    PWSTR document;
    HCS_SYSTEM system = NULL;
    HCS_OPERATION op = ht_new();
    DONE(HcsCreateComputeSystem(L"one", ht_wide(HT_VM), op, NULL, &system));
    DONE(HcsWaitForOperationResult(op, INFINITE, NULL));
    DONE(HcsStartComputeSystem(system, op, NULL));
    EQUAL(HcsGetOperationType(op), HcsOperationTypeStart);
    DONE(HcsWaitForOperationResult(op, INFINITE, NULL));
    DONE(HcsGetComputeSystemProperties(system, op, NULL));
    while (HcsGetOperationResult(op, NULL) == HCS_E_OPERATION_PENDING) vjob_sleep(MS);
    DONE(HcsTerminateComputeSystem(system, op, NULL)); /* nobody has fetched the properties */
    EQUAL(HcsGetOperationType(op), HcsOperationTypeTerminate);
    DONE(HcsWaitForOperationResult(op, INFINITE, &document));
    CHECK(document == NULL);
    HcsCloseOperation(op);
    HcsCloseComputeSystem(system);
}

static void r1_7_ids(void **state)
{
    (void)state;
    HCS_OPERATION op = ht_new(), other = ht_new();
    DONE(HcsEnumerateComputeSystems(NULL, op));
    DONE(HcsEnumerateComputeSystems(NULL, other));
    const UINT64 id = HcsGetOperationId(op);
    CHECK(id != HcsGetOperationId(other));
    DONE(HcsWaitForOperationResult(op, INFINITE, NULL));
    EQUAL(HcsGetOperationId(op), id);
    DONE(HcsEnumerateComputeSystems(NULL, op));
    CHECK(HcsGetOperationId(op) != id && HcsGetOperationId(op) != HCS_INVALID_OPERATION_ID);
    DONE(ht_end(op));
    DONE(ht_end(other));
    EQUAL(HcsGetOperationId(op), HCS_INVALID_OPERATION_ID);
    EQUAL(HcsGetOperationId(NULL), HCS_INVALID_OPERATION_ID);
}

static void r1_8_1_9_results_of_idle_pending_and_ended_operations(void **state)
{
    (void)state;
    PWSTR document = (PWSTR)&state;
    HCS_OPERATION op = ht_new();
    RESULT(HcsGetOperationResult(op, &document), HCS_E_OPERATION_NOT_STARTED);
    CHECK(document == NULL);
    document = (PWSTR)&state;
    RESULT(HcsWaitForOperationResult(op, INFINITE, &document), HCS_E_OPERATION_NOT_STARTED);
    CHECK(document == NULL);
    DONE(HcsEnumerateComputeSystems(NULL, op));
    document = (PWSTR)&state;
    RESULT(HcsGetOperationResult(op, &document), HCS_E_OPERATION_PENDING);
    CHECK(document == NULL);
    document = (PWSTR)&state;
    RESULT(HcsWaitForOperationResult(op, 0, &document), HCS_E_OPERATION_TIMEOUT);
    CHECK(document == NULL);
    DONE(HcsWaitForOperationResult(op, INFINITE, NULL));
    DONE(HcsWaitForOperationResult(op, 0, NULL));
    DONE(HcsGetOperationResult(op, NULL));
    HcsCloseOperation(op);
}

static void r1_9_1_10_a_wait_that_timed_out_leaves_the_operation_pending(void **state)
{
    (void)state;
    HCS_SYSTEM system = NULL;
    HCS_OPERATION op = ht_new();
    DONE(HcsCreateComputeSystem(L"one", ht_wide(HT_VM), op, NULL, &system));
    const uint64_t before = vjob_clock_now();
    RESULT(HcsWaitForOperationResult(op, 100, NULL), HCS_E_OPERATION_TIMEOUT);
    EQUAL(vjob_clock_now() - before, 100 * MS);
    RESULT(HcsWaitForOperationResult(op, 100, NULL), HCS_E_OPERATION_TIMEOUT);
    DONE(HcsWaitForOperationResult(op, 1000, NULL));
    HcsCloseOperation(op);
    ht_terminate(system);
}

static void r1_11_each_read_gives_a_fresh_document(void **state)
{
    (void)state;
    PWSTR first, second;
    HCS_OPERATION op = ht_new();
    DONE(HcsEnumerateComputeSystems(NULL, op));
    DONE(HcsWaitForOperationResult(op, INFINITE, &first));
    DONE(HcsGetOperationResult(op, &second));
    CHECK(first && second && first != second);
    free(first); /* what LocalFree and CoTaskMemFree do */
    TEXT(ht_at(ht_narrow(second), "0.Id"), "debian");
    HcsCloseOperation(op);
}

static void r1_12_1_13_1_14_documents(void **state)
{
    (void)state;
    PWSTR document = (PWSTR)&state;
    HCS_SYSTEM system = NULL;
    HCS_OPERATION op = ht_new();
    DONE(HcsCreateComputeSystem(L"one", ht_wide(HT_VM), op, NULL, &system));
    DONE(HcsWaitForOperationResult(op, INFINITE, &document));
    CHECK(document == NULL); /* a creation that succeeds has none */
    DONE(HcsPauseComputeSystem(system, op, NULL));
    RESULT(HcsWaitForOperationResult(op, INFINITE, &document), HCS_E_INVALID_STATE);
    const char *text = ht_narrow(document);
    TEXT(ht_at(text, "Error"), "-1070137083"); /* 0xC0370105 */
    TEXT(ht_at(text, "Attribution.0.OperationFailure.Detail"), "Pause");
    CHECK(*ht_at(text, "ErrorMessage"));
    document = (PWSTR)&state;
    RESULT(HcsGetOperationResult(NULL, &document), E_INVALIDARG);
    CHECK(document == NULL);
    HcsCloseOperation(op);
    ht_terminate(system);
}

static void r1_15_process_info_is_for_processes(void **state)
{
    (void)state;
    HCS_PROCESS_INFORMATION info;
    PWSTR document = (PWSTR)&state;
    memset(&info, 0xab, sizeof info);
    HCS_OPERATION op = ht_new();
    DONE(HcsEnumerateComputeSystems(NULL, op));
    DONE(HcsWaitForOperationResult(op, INFINITE, NULL));
    RESULT(HcsGetOperationResultAndProcessInfo(op, &info, &document), E_INVALIDARG);
    CHECK(document == NULL);
    RESULT(HcsWaitForOperationResultAndProcessInfo(op, INFINITE, &info, &document), E_INVALIDARG);
    EQUAL(info.ProcessId, 0xabababab);
    HcsCloseOperation(op);
    op = ht_new();
    RESULT(HcsGetOperationResultAndProcessInfo(op, &info, NULL), HCS_E_OPERATION_NOT_STARTED);
    HcsCloseOperation(op);
}

static void r1_18_1_19_closed_while_pending_the_call_goes_on(void **state)
{
    (void)state;
    HCS_SYSTEM system = NULL;
    HCS_OPERATION op = ht_new();
    DONE(HcsCreateComputeSystem(L"one", ht_wide(HT_VM), op, NULL, &system));
    HcsCloseOperation(op);
    RESULT(HcsGetOperationResult(op, NULL), E_HANDLE);
    HcsCloseOperation(op);
    while (!strcmp(ht_at(ht_list("{\"Ids\": [\"one\"]}"), "0.Id"), "")) {}
    ht_terminate(system);
}

static void r1_20_cancel_is_not_implemented_and_ideally_works(void **state)
{
    (void)state;
    HCS_SYSTEM system = NULL;
    HCS_OPERATION op = ht_new();
    RESULT(HcsCancelOperation(op), E_NOTIMPL);
    OK(vjob_sim_set_fidelity("ideal"));
    RESULT(HcsCancelOperation(op), HCS_E_OPERATION_NOT_STARTED);
    DONE(HcsCreateComputeSystem(L"one", ht_wide(HT_VM), op, NULL, &system));
    DONE(HcsCancelOperation(op));
    RESULT(HcsWaitForOperationResult(op, INFINITE, NULL), HRESULT_FROM_WIN32(ERROR_CANCELLED));
    RESULT(HcsCancelOperation(op), HCS_E_OPERATION_ALREADY_CANCELLED);
    TEXT(ht_list("{\"Ids\": [\"one\"]}"), "[]");
    HcsCloseOperation(op);
    HcsCloseComputeSystem(system);
}

static void r1_21_the_system_of_an_operation_while_it_is_active(void **state)
{
    (void)state;
    HCS_SYSTEM system = NULL;
    HCS_OPERATION op = ht_new();
    DONE(HcsCreateComputeSystem(L"one", ht_wide(HT_VM), op, NULL, &system));
    CHECK(HcsGetComputeSystemFromOperation(op) == system);
    DONE(HcsWaitForOperationResult(op, INFINITE, NULL));
    CHECK(HcsGetComputeSystemFromOperation(op) == NULL);
    HcsCloseOperation(op);
    ht_terminate(system);
}

static void r1_22_contexts(void **state)
{
    (void)state;
    int a = 0, b = 0;
    HCS_OPERATION op = HcsCreateOperation(&a, NULL);
    CHECK(HcsGetOperationContext(op) == &a);
    DONE(HcsSetOperationContext(op, &b));
    CHECK(HcsGetOperationContext(op) == &b);
    HcsCloseOperation(op);
    CHECK(HcsGetOperationContext(op) == NULL);
    RESULT(HcsSetOperationContext(op, &a), E_HANDLE);
    CHECK(HcsGetOperationContext(NULL) == NULL);
}

static void r1_23_no_operation_is_an_invalid_argument(void **state)
{
    (void)state;
    HCS_SYSTEM system = ht_create("one", HT_VM), other = (HCS_SYSTEM)&state;
    RESULT(HcsStartComputeSystem(system, NULL, NULL), E_INVALIDARG);
    RESULT(HcsEnumerateComputeSystems(NULL, NULL), E_INVALIDARG);
    RESULT(HcsCreateComputeSystem(L"two", ht_wide(HT_VM), NULL, NULL, &other), E_INVALIDARG);
    CHECK(other == NULL);
    ht_terminate(system);
}

/* ---- 2: completion callbacks ------------------------------------------------------------------------------ */

typedef struct completion {
    tally n;
    HCS_OPERATION operation;
    HCS_OPERATION_TYPE type;
    HRESULT result;
    int closes;
} completion;

static void completed(HCS_OPERATION operation, void *context)
{
    completion *done = context;
    done->operation = operation;
    done->type = HcsGetOperationType(operation);
    done->result = HcsGetOperationResult(operation, NULL);
    if (done->closes) HcsCloseOperation(operation);
    tally_add(&done->n);
}

static void r2_1_2_2_called_once_with_the_final_answer(void **state)
{
    (void)state;
    completion done = {.n = TALLY};
    HCS_SYSTEM system = NULL;
    HCS_OPERATION op = HcsCreateOperation(&done, completed);
    DONE(HcsCreateComputeSystem(L"one", ht_wide(HT_VM), op, NULL, &system));
    tally_wait(&done.n, 1);
    CHECK(done.operation == op);
    EQUAL(done.type, HcsOperationTypeCreate);
    DONE(done.result);
    DONE(HcsPauseComputeSystem(system, op, NULL)); /* fails */
    tally_wait(&done.n, 2);
    RESULT(done.result, HCS_E_INVALID_STATE);
    HcsCloseOperation(op);
    EQUAL(tally_get(&done.n), 2);
    ht_terminate(system);
}

static void r2_3_the_callback_closes_its_operation(void **state)
{
    (void)state;
    completion done = {.n = TALLY, .closes = 1};
    HCS_SYSTEM system = NULL;
    DONE(HcsCreateComputeSystem(L"one", ht_wide(HT_VM), HcsCreateOperation(&done, completed), NULL, &system));
    tally_wait(&done.n, 1);
    DONE(done.result);
    RESULT(HcsGetOperationResult(done.operation, NULL), E_HANDLE);
    ht_terminate(system);
}

static void r2_5_not_called_when_the_call_is_refused(void **state)
{
    (void)state;
    completion done = {.n = TALLY};
    HCS_SYSTEM system;
    HCS_OPERATION op = HcsCreateOperation(&done, completed);
    RESULT(HcsCreateComputeSystem(NULL, ht_wide(HT_VM), op, NULL, &system), E_INVALIDARG);
    RESULT(HcsStartComputeSystem(NULL, op, NULL), E_INVALIDARG);
    EQUAL(HcsGetOperationType(op), HcsOperationTypeNone);
    HcsCloseOperation(op);
    EQUAL(tally_get(&done.n), 0);
}

static void r2_6_another_callback(void **state)
{
    (void)state;
    completion first = {.n = TALLY}, second = {.n = TALLY};
    HCS_OPERATION op = HcsCreateOperation(&first, completed);
    DONE(HcsSetOperationCallback(op, &second, completed));
    CHECK(HcsGetOperationContext(op) == &second);
    DONE(HcsEnumerateComputeSystems(NULL, op));
    tally_wait(&second.n, 1);
    DONE(HcsEnumerateComputeSystems(NULL, op));
    DONE(HcsSetOperationCallback(op, &first, completed)); /* while it is pending */
    tally_wait(&first.n, 1);
    DONE(HcsSetOperationCallback(op, &second, completed)); /* it has ended: not called */
    HcsCloseOperation(op);
    EQUAL(tally_get(&first.n), 1);
    EQUAL(tally_get(&second.n), 1);
}

static void r2_7_waiting_and_being_called(void **state)
{
    (void)state;
    completion done = {.n = TALLY};
    for (int i = 0; i < 100; i++) {
        HCS_OPERATION op = HcsCreateOperation(&done, completed);
        DONE(HcsEnumerateComputeSystems(NULL, op));
        DONE(ht_end(op)); /* closes: what has ended is told before */
        EQUAL(tally_get(&done.n), i + 1);
    }
}

static tally inside = TALLY, may_go = TALLY;

static void stays(HCS_OPERATION operation, void *context)
{
    (void)operation, (void)context;
    tally_add(&inside);
    tally_wait(&may_go, 1);
}

static void r2_8_operations_do_not_wait_for_each_other(void **state)
{
    (void)state;
    HCS_OPERATION ops[3];
    for (int i = 0; i < 3; i++) {
        ops[i] = HcsCreateOperation(NULL, stays);
        DONE(HcsEnumerateComputeSystems(NULL, ops[i]));
    }
    tally_wait(&inside, 3);
    tally_add(&may_go);
    for (int i = 0; i < 3; i++) HcsCloseOperation(ops[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HCS(r1_1_an_operation_starts_idle),
        HCS(r1_2_1_3_a_call_answers_when_it_is_accepted_with_the_handle_filled),
        HCS(r1_4_operation_used_again_while_pending),
        HCS(r1_5_1_6_an_operation_follows_one_call_after_the_other),
        HCS(r1_7_ids),
        HCS(r1_8_1_9_results_of_idle_pending_and_ended_operations),
        HCS(r1_9_1_10_a_wait_that_timed_out_leaves_the_operation_pending),
        HCS(r1_11_each_read_gives_a_fresh_document),
        HCS(r1_12_1_13_1_14_documents),
        HCS(r1_15_process_info_is_for_processes),
        HCS(r1_18_1_19_closed_while_pending_the_call_goes_on),
        HCS(r1_20_cancel_is_not_implemented_and_ideally_works),
        HCS(r1_21_the_system_of_an_operation_while_it_is_active),
        HCS(r1_22_contexts),
        HCS(r1_23_no_operation_is_an_invalid_argument),
        HCS(r2_1_2_2_called_once_with_the_final_answer),
        HCS(r2_3_the_callback_closes_its_operation),
        HCS(r2_5_not_called_when_the_call_is_refused),
        HCS(r2_6_another_callback),
        HCS(r2_7_waiting_and_being_called),
        HCS(r2_8_operations_do_not_wait_for_each_other),
    };
    return cmocka_run_group_tests_name("hcs_operation", tests, NULL, NULL);
}
