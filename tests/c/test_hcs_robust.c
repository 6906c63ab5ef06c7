/*
 * Every function with arguments that are wrong, and closing while everything is going on: an error code comes
 * back, never a crash, nothing hangs, nothing is left.
 *
 * The functions are called through one prototype of six machine words, which every ABI that the library is
 * built for passes alike, whatever the function declares.
 */
#include "computestorage.h"
#include "hcs_each.h"
#include "hcs_test.h"
#include "world_test.h"

typedef uintptr_t word;
typedef word (*any_function)(word, word, word, word, word, word);

typedef struct function {
    const char *name;
    any_function call;
    int is_async, is_served, parameters;
    const char *returns;
} function;

#define X(name, is_async, is_served, parameters, returns)                                                    \
    {#name, (any_function)(void (*)(void))name, is_async, is_served, parameters, returns},
static const function functions[] = {HCS_EACH_FUNCTION(X)};

static int answers(const function *f)
{
    return !strcmp(f->returns, "HRESULT");
}

/* These call what they are given. */
static int calls_back(const function *f)
{
    return strstr(f->name, "Callback") || !strncmp(f->name, "HcsCreateOperation", 18);
}

static word call(const function *f, word first, word rest)
{
    return f->call(first, rest, rest, rest, rest, rest);
}

static void check(const function *f, word answer, int may_succeed)
{
    const HRESULT result = (HRESULT)answer;
    if (!answers(f)) return;
    const int fine = may_succeed || FAILED(result);
    if (!fine) print_message("%s answers 0x%08X\n", f->name, (unsigned)result);
    CHECK(fine);
    if (!f->is_served) RESULT(result, E_NOTIMPL);
}

static void every_function_is_there(void **state)
{
    (void)state;
    int served = 0;
    EQUAL(COUNT(functions), 74);
    EQUAL(vjob_hcs_function_count(), 74);
    for (size_t i = 0; i < COUNT(functions); i++) served += functions[i].is_served;
    EQUAL(served, 44);
    for (int i = 0; i < vjob_hcs_function_count(); i++) {
        CHECK(i == 0 || strcmp(vjob_hcs_function_name(i - 1), vjob_hcs_function_name(i)) < 0);
        for (size_t j = 0; j < COUNT(functions); j++)
            if (!strcmp(functions[j].name, vjob_hcs_function_name(i)))
                EQUAL(vjob_hcs_function_status(i), functions[j].is_served);
    }
    CHECK(vjob_hcs_function_name(-1) == NULL && vjob_hcs_function_name(74) == NULL);
}

static void null_for_everything(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(functions); i++) {
        const function *f = &functions[i];
        if (!strcmp(f->name, "HcsCreateOperation")) continue;
        check(f, call(f, 0, 0), !strcmp(f->name, "HcsGetServiceProperties"));
    }
    EQUAL(HcsGetOperationType(NULL), HcsOperationTypeNone);
    CHECK(HcsCreateOperationWithNotifications(HcsOperationOptionNone, NULL, NULL) == NULL);
}

/* Does the function take a handle first? */
static int takes_handle(const function *f)
{
    static const char *const others[] = {"HcsEnumerate",
                                         "HcsCreateComputeSystem",
                                         "HcsOpenComputeSystem",
                                         "HcsGetService",
                                         "HcsModifyService",
                                         "HcsSubmit",
                                         "HcsCreateEmpty",
                                         "HcsGrant",
                                         "HcsRevoke",
                                         "HcsGetProcessorComp"};
    for (size_t i = 0; i < COUNT(others); i++)
        if (!strncmp(f->name, others[i], strlen(others[i]))) return 0;
    return !calls_back(f) && f->is_served;
}

static void handles_that_name_nothing(void **state)
{
    (void)state;
    static char memory[256];
    vjob_handle foreign;
    const vjob_job_spec spec = {.duration_ns = 0};
    HCS_OPERATION stale = ht_new();
    HcsCloseOperation(stale);
    OK(vjob_init());
    OK(vjob_job_start(&spec, &foreign));
    char *before = wt_world();
    const word wrong[] = {(word)stale, (word)foreign, 1, 0xFACE, UINTPTR_MAX, (word)1 << 63, (word)memory};
    for (size_t i = 0; i < COUNT(functions); i++)
        for (size_t j = 0; takes_handle(&functions[i]) && j < COUNT(wrong); j++)
            check(&functions[i], call(&functions[i], wrong[j], 0), 0);
    wt_unchanged(before);
    OK(vjob_wait(foreign, VJOB_FOREVER));
    OK(vjob_release(foreign));
    OK(vjob_deinit());
}

/* Objects of every type where any other is expected; what a call may do to them is undone by making new ones. */
static void objects_of_every_type(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(functions); i++) {
        const function *f = &functions[i];
        if (!takes_handle(f)) continue;
        for (int which = 0; which < 3; which++)
            for (int with_operation = 0; with_operation < 2; with_operation++) {
                HCS_PROCESS process = NULL;
                HCS_SYSTEM system =
                    ht_running("one", "{\"Container\": {}, \"ShouldTerminateOnLastHandleClosed\": true}");
                DONE(DO(HcsCreateProcess(system, L"{\"CommandLine\": \"sleep 100\"}", op, NULL, &process)));
                HCS_OPERATION op = ht_new();
                const word first[] = {(word)op, (word)system, (word)process};
                const int second = f->is_async && with_operation && strcmp(f->name, "HcsCreateProcess") != 0;
                f->call(first[which], second ? (word)op : 0, 0, 0, 0, 0);
                (void)HcsWaitForOperationResult(op, INFINITE, NULL);
                HcsCloseOperation(op);
                HcsCloseProcess(process);
                HcsCloseComputeSystem(system);
            }
    }
}

/* ---- callbacks that call everything --------------------------------------------------------------------------------- */

typedef struct busy {
    tally n;
    HCS_SYSTEM system;
} busy;

static void call_everything(HCS_OPERATION operation, HCS_SYSTEM system)
{
    for (size_t i = 0; i < COUNT(functions); i++) {
        const function *f = &functions[i];
        if (!takes_handle(f) || strstr(f->name, "Close") || strstr(f->name, "WaitForComputeSystemExit") ||
            strstr(f->name, "WaitForProcessExit"))
            continue;
        call(f, (word)operation, 0);
        call(f, (word)system, 0);
    }
}

static void busy_completion(HCS_OPERATION operation, void *context)
{
    busy *b = context;
    call_everything(operation, b->system);
    HcsCloseOperation(operation);
    HcsCloseOperation(operation);
    tally_add(&b->n);
}

static void busy_event(HCS_EVENT *event, void *context)
{
    busy *b = context;
    call_everything(event->Operation, b->system);
    if (event->Operation) HcsCloseOperation(event->Operation);
    if (event->Type == HcsEventSystemExited) HcsCloseComputeSystem(b->system);
    tally_add(&b->n);
}

static void callbacks_may_call_everything(void **state)
{
    (void)state;
    busy of_operation = {.n = TALLY}, of_system = {.n = TALLY};
    HCS_SYSTEM system = ht_create("one", HT_VM);
    of_operation.system = of_system.system = system;
    DONE(HcsStartComputeSystem(system, HcsCreateOperation(&of_operation, busy_completion), NULL));
    tally_wait(&of_operation.n, 1);
    DONE(HcsSetComputeSystemCallback(system, HcsEventOptionEnableOperationCallbacks, &of_system, busy_event));
    HCS_OPERATION pause = ht_new(), terminate = ht_new();
    DONE(HcsPauseComputeSystem(system, pause, NULL));
    tally_wait(&of_system.n, 1);
    DONE(HcsTerminateComputeSystem(system, terminate, NULL));
    tally_wait(&of_system.n, 2); /* the exit; the completion, unless the system was closed before */
    HcsCloseOperation(pause);
    HcsCloseOperation(terminate);
}

/* ---- races --------------------------------------------------------------------------------------------------------------- */

#define THREADS 32
#define ROUNDS 6

static void closes_operation(HCS_OPERATION operation, void *context)
{
    (void)context;
    HcsCloseOperation(operation);
}

static void closes_event_operation(HCS_EVENT *event, void *context)
{
    (void)context;
    if (event->Operation) HcsCloseOperation(event->Operation);
}

/* Each thread has systems of its own, closed at every moment. */
static void own_systems(void *arg, int number)
{
    (void)arg;
    for (int round = 0; round < ROUNDS; round++) {
        wchar_t id[32];
        HCS_SYSTEM system = NULL;
        swprintf(id, COUNT(id), L"system %d", number);
        const int way = (number + round) % 4;
        HCS_OPERATION op = HcsCreateOperation(NULL, way == 1 ? closes_operation : NULL);
        HRESULT result = HcsCreateComputeSystem(id, ht_wide(HT_MORTAL), op, NULL, &system);
        DONE(result);
        if (way == 0) DONE(HcsWaitForOperationResult(op, INFINITE, NULL));
        if (way == 2)
            DONE(HcsSetComputeSystemCallback(system, HcsEventOptionEnableOperationCallbacks, NULL,
                                             closes_event_operation));
        if (way == 0) DONE(HcsStartComputeSystem(system, op, NULL));
        if (way == 3) HcsCloseOperation(op);
        HcsCloseComputeSystem(system);
        if (way != 3) HcsCloseOperation(op); /* perhaps a second time */
    }
}

static void closing_systems_on_many_threads(void **state)
{
    (void)state;
    HCS_OPERATION keeps = ht_new();
    ct_threads(THREADS, own_systems, NULL);
    TEXT(ht_list("{\"Owners\": [\"tests\"]}"), "[]");
    HcsCloseOperation(keeps);
}

typedef struct shared {
    HCS_SYSTEM system;
    HCS_OPERATION op[THREADS];
} shared;

/* All on one system: every thread closes what others use. */
static void one_system(void *arg, int number)
{
    shared *s = arg;
    HCS_OPERATION mine = ht_new();
    switch (number % 5) {
    case 0:
        (void)HcsSetComputeSystemCallback(s->system, HcsEventOptionEnableOperationCallbacks, NULL,
                                          closes_event_operation);
        break;
    case 1: (void)HcsSetComputeSystemCallback(s->system, HcsEventOptionNone, NULL, NULL); break;
    case 2: (void)HcsStartComputeSystem(s->system, s->op[number], NULL); break;
    case 3: HcsCloseOperation(s->op[number - 1]); break;
    default: (void)HcsTerminateComputeSystem(s->system, s->op[number], NULL); break;
    }
    (void)HcsGetComputeSystemProperties(s->system, mine, NULL);
    (void)HcsWaitForOperationResult(mine, number % 2 ? INFINITE : 0, NULL);
    HcsCloseOperation(mine);
    if (number % 7 == 3) HcsCloseComputeSystem(s->system);
}

static void closing_one_system_on_many_threads(void **state)
{
    (void)state;
    HCS_OPERATION keeps = ht_new();
    for (int round = 0; round < ROUNDS; round++) {
        shared s = {.system = ht_create("one", HT_MORTAL)};
        for (int i = 0; i < THREADS; i++) s.op[i] = ht_new();
        ct_threads(THREADS, one_system, &s);
        HcsCloseComputeSystem(s.system);
        for (int i = 0; i < THREADS; i++) HcsCloseOperation(s.op[i]);
        HCS_SYSTEM other;
        RESULT(HcsOpenComputeSystem(L"one", GENERIC_ALL, &other), HCS_E_SYSTEM_NOT_FOUND);
    }
    HcsCloseOperation(keeps);
}

static void one_id(void *arg, int number)
{
    (void)number;
    HCS_SYSTEM system = NULL;
    HCS_OPERATION op = ht_new();
    DONE(HcsCreateComputeSystem(L"wanted", ht_wide(HT_VM), op, NULL, &system));
    const HRESULT result = HcsWaitForOperationResult(op, INFINITE, NULL);
    CHECK(result == S_OK || result == HCS_E_SYSTEM_ALREADY_EXISTS);
    if (result == S_OK) tally_add(arg);
    HcsCloseOperation(op);
    HcsCloseComputeSystem(system);
}

static void one_of_many_gets_an_id(void **state)
{
    (void)state;
    tally winners = TALLY;
    ct_threads(THREADS, one_id, &winners);
    EQUAL(tally_get(&winners), 1);
    ht_terminate(ht_open("wanted"));
}

static void one_completion(void *arg, int number)
{
    HCS_OPERATION *op = arg;
    (void)number;
    (void)HcsGetOperationResult(*op, NULL);
    HcsCloseOperation(*op);
}

static void closing_an_operation_on_many_threads(void **state)
{
    (void)state;
    HCS_OPERATION keeps = ht_new();
    for (int round = 0; round < 50; round++) {
        HCS_OPERATION op = HcsCreateOperation(NULL, round % 2 ? closes_operation : NULL);
        DONE(HcsEnumerateComputeSystems(NULL, op));
        ct_threads(8, one_completion, &op);
    }
    HcsCloseOperation(keeps);
}

/* ---- rings ------------------------------------------------------------------------------------------------------------------ */

static void completions_and_events_by_rings(void **state)
{
    (void)state;
    vjob_ring *ring = vjob_ring_create();
    vjob_tap *operations = vjob_tap_create(ring, 1), *events = vjob_tap_create(ring, 2);
    vjob_ring_item item;
    HCS_SYSTEM system = ht_create("one", HT_VM);
    HCS_OPERATION op = HcsCreateOperation(operations, vjob_hcs_ring_completion);
    DONE(HcsStartComputeSystem(system, op, NULL));
    const vjob_handle job = vjob_hcs_operation_job(op);
    CHECK(job != 0);
    OK(vjob_wait(job, VJOB_FOREVER));
    OK(vjob_release(job));
    while (!vjob_ring_take(ring, &item, 1)) vjob_ring_wait(ring, 1000);
    CHECK(item.token == 1 && item.handle == (word)op && item.a == HcsOperationTypeStart && item.b == S_OK);
    OK(vjob_release(item.handle));
    HcsCloseOperation(op);
    DONE(HcsSetComputeSystemCallback(system, HcsEventOptionNone, events, vjob_hcs_ring_event));
    const vjob_handle exit = vjob_hcs_system_exit_job(system);
    vjob_job_info info;
    OK(vjob_job_look(exit, &info));
    EQUAL(info.state, VJOB_JOB_RUNNING);
    DONE(DO(HcsTerminateComputeSystem(system, op, NULL)));
    OK(vjob_wait(exit, VJOB_FOREVER));
    OK(vjob_release(exit));
    while (!vjob_ring_take(ring, &item, 1)) vjob_ring_wait(ring, 1000);
    HCS_EVENT event;
    CHECK(item.token == 2 && item.a == HcsEventSystemExited);
    EQUAL(vjob_hcs_event_look(item.handle, &event), VJOB_OK);
    CHECK(event.Type == HcsEventSystemExited && event.EventData && !event.Operation);
    OK(vjob_release(item.handle));
    EQUAL(vjob_hcs_event_look(item.handle, &event), VJOB_EBADHANDLE);
    HcsCloseComputeSystem(system);
    vjob_tap_release(operations);
    vjob_tap_release(events);
    vjob_ring_close(ring);
    vjob_ring_release(ring);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HCS(every_function_is_there),
        HCS(null_for_everything),
        HCS(handles_that_name_nothing),
        HCS(objects_of_every_type),
        HCS(callbacks_may_call_everything),
        HCS(closing_systems_on_many_threads),
        HCS(closing_one_system_on_many_threads),
        HCS(one_of_many_gets_an_id),
        HCS(closing_an_operation_on_many_threads),
        HCS(completions_and_events_by_rings),
    };
    return cmocka_run_group_tests_name("hcs_robust", tests, NULL, NULL);
}
