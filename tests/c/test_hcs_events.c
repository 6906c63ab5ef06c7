/* Events of systems. A test's name begins with the numbers of the rules of the contract that it is about. */
#include "hcs_test.h"

static HCS_SYSTEM create_pending(HCS_OPERATION op, const char *configuration)
{
    HCS_SYSTEM system = NULL;
    DONE(HcsCreateComputeSystem(L"one", ht_wide(configuration), op, NULL, &system));
    return system;
}

static void listen_all(HCS_SYSTEM system, ht_record *record)
{
    DONE(HcsSetComputeSystemCallback(system, HcsEventOptionEnableOperationCallbacks, record, ht_recorder));
}

static void ignored(HCS_OPERATION operation, void *context)
{
    (void)operation, (void)context;
}

static void r3_1_callbacks_belong_to_handles(void **state)
{
    (void)state;
    ht_record first = HT_RECORD, second = HT_RECORD;
    HCS_SYSTEM system = ht_create("one", HT_VM), other = ht_open("one");
    RESULT(HcsSetComputeSystemCallback(NULL, HcsEventOptionNone, NULL, ht_recorder), E_INVALIDARG);
    listen_all(system, &first);
    DONE(HcsSetComputeSystemCallback(other, HcsEventOptionNone, &second, ht_recorder));
    HCS_OPERATION op = ht_new();
    DONE(HcsStartComputeSystem(system, op, NULL));
    tally_wait(&first.n, 1);
    HcsCloseOperation(op);
    DONE(DO(HcsTerminateComputeSystem(other, op, NULL)));
    tally_wait(&second.n, 1);
    EQUAL(second.at[0].type, HcsEventSystemExited);
    HcsCloseComputeSystem(system);
    HcsCloseComputeSystem(other);
}

static void r3_2_3_4_3_5_completions_are_events_and_their_receiver_may_close(void **state)
{
    (void)state;
    ht_record record = HT_RECORD;
    record.closes = 1;
    HCS_SYSTEM system = ht_create("one", HT_VM);
    listen_all(system, &record);
    HCS_OPERATION op = ht_new();
    DONE(HcsStartComputeSystem(system, op, NULL));
    tally_wait(&record.n, 1);
    EQUAL(record.at[0].type, HcsEventOperationCallback);
    CHECK(record.at[0].operation == op);
    EQUAL(record.at[0].of, HcsOperationTypeStart);
    DONE(record.at[0].result);
    RESULT(HcsGetOperationResult(op, NULL), E_HANDLE);
    DONE(HcsGetComputeSystemProperties(system, ht_new(), NULL));
    tally_wait(&record.n, 2);
    TEXT(ht_at(record.at[1].data, "Id"), "one");
    DONE(HcsResumeComputeSystem(system, ht_new(), NULL)); /* fails */
    tally_wait(&record.n, 3);
    RESULT(record.at[2].result, HCS_E_INVALID_STATE);
    TEXT(ht_at(record.at[2].data, "Attribution.0.OperationFailure.Detail"), "Resume");
    HcsCloseComputeSystem(system);
    ht_terminate(ht_open("one"));
}

static void r3_3_an_operation_with_its_own_callback_is_refused_and_stays_the_callers(void **state)
{
    (void)state;
    ht_record record = HT_RECORD;
    HCS_SYSTEM system = ht_create("one", HT_VM);
    listen_all(system, &record);
    HCS_OPERATION op = HcsCreateOperation(NULL, ignored);
    RESULT(HcsStartComputeSystem(system, op, NULL), HCS_E_OPERATION_SYSTEM_CALLBACK_ALREADY_SET);
    EQUAL(HcsGetOperationType(op), HcsOperationTypeNone);
    RESULT(HcsGetOperationResult(op, NULL), HCS_E_OPERATION_NOT_STARTED);
    vjob_handle_info left[3];
    EQUAL(vjob_leaks(VJOB_SPACE_HCS, left, COUNT(left)), 2);
    const vjob_handle_info *leak = (void *)(uintptr_t)left[0].handle == (void *)op ? &left[0] : &left[1];
    TEXT(leak->type_name, "HCS_OPERATION");
    TEXT(leak->object, "refused by HcsStartComputeSystem: HCS_E_OPERATION_SYSTEM_CALLBACK_ALREADY_SET");
    DONE(HcsSetComputeSystemCallback(system, HcsEventOptionNone, &record, ht_recorder));
    DONE(HcsStartComputeSystem(system, op, NULL));
    DONE(ht_end(op));
    ht_terminate(system);
}

static void r3_6_no_completions_without_the_option(void **state)
{
    (void)state;
    ht_record record = HT_RECORD;
    HCS_SYSTEM system = ht_create("one", HT_VM);
    DONE(HcsSetComputeSystemCallback(system, HcsEventOptionNone, &record, ht_recorder));
    DONE(DO(HcsStartComputeSystem(system, op, NULL)));
    DONE(DO(HcsTerminateComputeSystem(system, op, NULL)));
    tally_wait(&record.n, 1);
    EQUAL(record.at[0].type, HcsEventSystemExited);
    HcsCloseComputeSystem(system);
    EQUAL(tally_get(&record.n), 1);
}

static void r3_8_what_completed_before_is_told_at_registration_and_first(void **state)
{
    (void)state;
    for (int i = 0; i < 50; i++) {
        ht_record record = HT_RECORD;
        HCS_OPERATION op = ht_new(), start = ht_new();
        HCS_SYSTEM system = create_pending(op, HT_MORTAL);
        if (i % 2) {
            while (HcsGetComputeSystemFromOperation(op)) vjob_sleep(MS);
        }
        listen_all(system, &record);
        tally_wait(&record.n, 1);
        DONE(HcsStartComputeSystem(system, start, NULL));
        tally_wait(&record.n, 2);
        CHECK(record.at[0].operation == op && record.at[1].operation == start);
        EQUAL(record.at[0].of, HcsOperationTypeCreate);
        HcsCloseComputeSystem(system);
        EQUAL(tally_get(&record.n), 2);
        HcsCloseOperation(op);
        HcsCloseOperation(start);
    }
}

static void r3_8_told_once_and_not_what_was_fetched_closed_or_has_a_callback(void **state)
{
    (void)state;
    ht_record first = HT_RECORD, second = HT_RECORD;
    HCS_OPERATION op = ht_new(), own = HcsCreateOperation(NULL, ignored), closed = ht_new(), open = ht_new();
    HCS_SYSTEM system = create_pending(op, HT_VM);
    DONE(HcsWaitForOperationResult(op, INFINITE, NULL)); /* fetched */
    DONE(HcsGetComputeSystemProperties(system, own, NULL));
    DONE(HcsGetComputeSystemProperties(system, closed, NULL));
    DONE(HcsGetComputeSystemProperties(system, open, NULL));
    while (HcsGetComputeSystemFromOperation(open)) vjob_sleep(MS);
    HcsCloseOperation(closed);
    listen_all(system, &first);
    tally_wait(&first.n, 1);
    CHECK(first.at[0].operation == open);
    listen_all(system, &second);
    DONE(DO(HcsTerminateComputeSystem(system, op, NULL)));
    tally_wait(&second.n, 1);
    HcsCloseComputeSystem(system);
    EQUAL(tally_get(&first.n), 1);
    for (int i = 0; i < tally_get(&second.n); i++) CHECK(second.at[i].operation != open);
    HcsCloseOperation(op);
    HcsCloseOperation(own);
    HcsCloseOperation(open);
}

static void r3_8_a_pending_operation_with_its_own_callback_keeps_it(void **state)
{
    (void)state;
    ht_record record = HT_RECORD;
    HCS_OPERATION op = HcsCreateOperation(NULL, ignored);
    HCS_SYSTEM system = create_pending(op, HT_VM);
    listen_all(system, &record);
    DONE(ht_end(op));
    EQUAL(tally_get(&record.n), 0);
    ht_terminate(system);
}

static void r3_9_3_10_exits_are_sticky_and_told_once(void **state)
{
    (void)state;
    ht_record early = HT_RECORD, late = HT_RECORD;
    HCS_SYSTEM system = ht_running("one", HT_VM), other = ht_open("one");
    DONE(HcsSetComputeSystemCallback(system, HcsEventOptionNone, &early, ht_recorder));
    DONE(DO(HcsTerminateComputeSystem(system, op, NULL)));
    tally_wait(&early.n, 1);
    DONE(HcsSetComputeSystemCallback(other, HcsEventOptionNone, &late, ht_recorder));
    tally_wait(&late.n, 1);
    EQUAL(late.at[0].type, HcsEventSystemExited);
    TEXT(late.at[0].data, early.at[0].data);
    TEXT(ht_at(late.at[0].data, "ExitType"), "ForcedExit");
    HcsCloseComputeSystem(system);
    HcsCloseComputeSystem(other);
    EQUAL(tally_get(&early.n), 1);
    EQUAL(tally_get(&late.n), 1);
}

static void r3_9_operations_under_way_fail_when_the_system_exits(void **state)
{
    (void)state;
    HCS_SYSTEM system = ht_create("one", HT_GUEST);
    HCS_OPERATION start = ht_new(), stop = ht_new();
    DONE(HcsStartComputeSystem(system, start, NULL));
    DONE(HcsTerminateComputeSystem(system, stop, NULL));
    RESULT(ht_end(start), HCS_E_TERMINATED_DURING_START);
    DONE(ht_end(stop));
    HcsCloseComputeSystem(system);
    system = ht_create("two", HT_GUEST);
    start = ht_new();
    DONE(HcsStartComputeSystem(system, start, NULL));
    vjob_sleep(S); /* the VM is up, its guest is not */
    RESULT(HcsGetOperationResult(start, NULL), HCS_E_OPERATION_PENDING);
    DONE(DO(HcsTerminateComputeSystem(system, op, NULL)));
    RESULT(ht_end(start), HCS_E_TERMINATED_DURING_START);
    HcsCloseComputeSystem(system);
}

static tally entered = TALLY, go = TALLY;

static void blocks(HCS_EVENT *event, void *context)
{
    (void)event;
    tally_add(&entered);
    tally_wait(&go, 1);
    tally_add(context);
}

static void close_it(void *system)
{
    HcsCloseComputeSystem(system);
}

static void r3_11_closing_waits_for_the_running_callback(void **state)
{
    (void)state;
    tally left = TALLY;
    HCS_SYSTEM system = ht_create("one", HT_VM);
    DONE(HcsSetComputeSystemCallback(system, HcsEventOptionNone, &left, blocks));
    DONE(DO(HcsTerminateComputeSystem(system, op, NULL)));
    tally_wait(&entered, 1);
    ct_thread closer;
    ct_start(&closer, close_it, system);
    EQUAL(tally_get(&left), 0);
    tally_add(&go);
    ct_join(&closer);
    EQUAL(tally_get(&left), 1);
}

static void closes_the_system(HCS_EVENT *event, void *context)
{
    HCS_SYSTEM *system = context;
    (void)event;
    HcsCloseComputeSystem(*system);
    HcsCloseComputeSystem(*system); /* a second time does nothing */
    tally_add(&entered);
}

static void r3_12_closing_inside_its_own_callback(void **state)
{
    (void)state;
    tally_init(&entered);
    HCS_SYSTEM system = ht_create("one", HT_VM);
    DONE(HcsSetComputeSystemCallback(system, HcsEventOptionNone, &system, closes_the_system));
    DONE(DO(HcsTerminateComputeSystem(system, op, NULL)));
    tally_wait(&entered, 1);
    RESULT(HcsSetComputeSystemCallback(system, HcsEventOptionNone, NULL, NULL), E_HANDLE);
}

static void r3_12_closing_the_last_handle_inside_the_callback_ends_the_system(void **state)
{
    (void)state;
    tally_init(&entered);
    HCS_OPERATION op = ht_new();
    HCS_SYSTEM system = create_pending(op, HT_MORTAL);
    DONE(HcsSetComputeSystemCallback(system, HcsEventOptionEnableOperationCallbacks, &system,
                                     closes_the_system));
    tally_wait(&entered, 1);
    HcsCloseOperation(op);
    RESULT(HcsOpenComputeSystem(L"one", GENERIC_ALL, &system), HCS_E_SYSTEM_NOT_FOUND);
}

static void r3_14_no_callback(void **state)
{
    (void)state;
    ht_record record = HT_RECORD;
    HCS_SYSTEM system = ht_create("one", HT_VM);
    listen_all(system, &record);
    DONE(HcsSetComputeSystemCallback(system, HcsEventOptionNone, NULL, NULL));
    DONE(DO(HcsStartComputeSystem(system, op, NULL)));
    HCS_OPERATION op = HcsCreateOperation(NULL, ignored);
    DONE(HcsPauseComputeSystem(system, op, NULL));
    DONE(ht_end(op));
    ht_terminate(system);
    EQUAL(tally_get(&record.n), 0);
}

static void r3_15_another_callback_replaces_the_first(void **state)
{
    (void)state;
    ht_record first = HT_RECORD, second = HT_RECORD;
    HCS_SYSTEM system = ht_create("one", HT_VM);
    DONE(HcsSetComputeSystemCallback(system, HcsEventOptionNone, &first, ht_recorder));
    DONE(HcsSetComputeSystemCallback(system, HcsEventOptionNone, &second, ht_recorder));
    DONE(DO(HcsTerminateComputeSystem(system, op, NULL)));
    tally_wait(&second.n, 1);
    HcsCloseComputeSystem(system);
    EQUAL(tally_get(&first.n), 0);
}

typedef struct nested {
    tally n;
    HRESULT answers[4];
    HCS_SYSTEM system;
} nested;

static void calls_everything(HCS_EVENT *event, void *context)
{
    nested *calls = context;
    (void)event;
    HCS_SYSTEM other = NULL;
    HCS_OPERATION op = ht_new();
    calls->answers[0] = HcsCreateComputeSystem(L"inside", ht_wide(HT_MORTAL), op, NULL, &other);
    calls->answers[1] = ht_end(op);
    calls->answers[2] = DO(HcsStartComputeSystem(other, op, NULL));
    HcsCloseComputeSystem(other);
    calls->answers[3] = HcsWaitForComputeSystemExit(calls->system, INFINITE, NULL);
    tally_add(&calls->n);
}

static void r3_16_every_call_is_allowed_in_a_callback(void **state)
{
    (void)state;
    nested calls = {.n = TALLY, .system = ht_create("one", HT_VM)};
    ht_record other = HT_RECORD;
    HCS_SYSTEM handle = ht_open("one");
    DONE(HcsSetComputeSystemCallback(calls.system, HcsEventOptionNone, &calls, calls_everything));
    DONE(HcsSetComputeSystemCallback(handle, HcsEventOptionNone, &other, ht_recorder));
    DONE(DO(HcsTerminateComputeSystem(handle, op, NULL)));
    tally_wait(&other.n, 1); /* not delayed by the first */
    tally_wait(&calls.n, 1);
    for (int i = 0; i < 4; i++) DONE(calls.answers[i]);
    HcsCloseComputeSystem(handle);
    HcsCloseComputeSystem(calls.system);
}

static void r3_17_options(void **state)
{
    (void)state;
    ht_record record = HT_RECORD;
    HCS_SYSTEM system = ht_create("one", HT_VM);
    for (int options = 0; options < 8; options++)
        DONE(HcsSetComputeSystemCallback(system, (HCS_EVENT_OPTIONS)options, &record, ht_recorder));
    RESULT(HcsSetComputeSystemCallback(system, (HCS_EVENT_OPTIONS)8, &record, ht_recorder), E_INVALIDARG);
    ht_terminate(system);
}

static void r3_18_creating_and_listing_take_any_operation(void **state)
{
    (void)state;
    ht_record record = HT_RECORD;
    HCS_SYSTEM system = ht_create("one", HT_VM), other = NULL;
    listen_all(system, &record);
    HCS_OPERATION op = HcsCreateOperation(NULL, ignored);
    DONE(HcsEnumerateComputeSystems(NULL, op));
    DONE(HcsWaitForOperationResult(op, INFINITE, NULL));
    DONE(HcsCreateComputeSystem(L"two", ht_wide(HT_VM), op, NULL, &other));
    DONE(ht_end(op));
    ht_terminate(other);
    HcsCloseComputeSystem(system);
    ht_terminate(ht_open("one"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HCS(r3_1_callbacks_belong_to_handles),
        HCS(r3_2_3_4_3_5_completions_are_events_and_their_receiver_may_close),
        HCS(r3_3_an_operation_with_its_own_callback_is_refused_and_stays_the_callers),
        HCS(r3_6_no_completions_without_the_option),
        HCS(r3_8_what_completed_before_is_told_at_registration_and_first),
        HCS(r3_8_told_once_and_not_what_was_fetched_closed_or_has_a_callback),
        HCS(r3_8_a_pending_operation_with_its_own_callback_keeps_it),
        HCS(r3_9_3_10_exits_are_sticky_and_told_once),
        HCS(r3_9_operations_under_way_fail_when_the_system_exits),
        HCS(r3_11_closing_waits_for_the_running_callback),
        HCS(r3_12_closing_inside_its_own_callback),
        HCS(r3_12_closing_the_last_handle_inside_the_callback_ends_the_system),
        HCS(r3_14_no_callback),
        HCS(r3_15_another_callback_replaces_the_first),
        HCS(r3_16_every_call_is_allowed_in_a_callback),
        HCS(r3_17_options),
        HCS(r3_18_creating_and_listing_take_any_operation),
    };
    return cmocka_run_group_tests_name("hcs_events", tests, NULL, NULL);
}
