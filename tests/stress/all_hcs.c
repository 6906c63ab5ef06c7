/* Clients of the HCS API: systems of their own, operations with callbacks and without, processes. */
#include "all_test.h"

#include <computecore.h>
#include <vjob/hcs_host.h>

static const wchar_t vm[] = L"{\"SchemaVersion\": {\"Major\": 2, \"Minor\": 1}, \"Owner\": \"stress\", "
                            L"\"VirtualMachine\": {\"ComputeTopology\": {\"Memory\": {\"SizeInMB\": 16}, "
                            L"\"Processor\": {\"Count\": 1}}}, \"ShouldTerminateOnLastHandleClosed\": true}";

/* One operation with a callback. */
typedef struct use {
    int told; /* atomic */
    int gone; /* atomic: it was closed */
    all_round *round;
} use;

typedef struct hcs_client {
    all_round *round;
    uint64_t random;
    HCS_SYSTEM system;
    int number, systems;
} hcs_client;

static void on_completed(HCS_OPERATION operation, void *context)
{
    use *u = context;
    all_count(&u->round->events, 1);
    CHECK(!__atomic_load_n(&u->gone, __ATOMIC_ACQUIRE));
    CHECK(HcsGetOperationResult(operation, NULL) != HCS_E_OPERATION_PENDING); /* final */
    CHECK(__atomic_add_fetch(&u->told, 1, __ATOMIC_ACQ_REL) == 1);
}

typedef struct listener {
    int gone;  /* atomic */
    int exits; /* told of once */
    all_round *round;
} listener;

static void on_event(HCS_EVENT *event, void *context)
{
    listener *l = context;
    all_count(&l->round->events, 1);
    CHECK(!__atomic_load_n(&l->gone, __ATOMIC_ACQUIRE));
    if (event->Type == HcsEventSystemExited) CHECK(++l->exits == 1);
}

static HRESULT begin(hcs_client *c, HCS_OPERATION op)
{
    switch (ct_random(&c->random, 8)) {
    case 0:
    case 1: return HcsStartComputeSystem(c->system, op, NULL);
    case 2: return HcsPauseComputeSystem(c->system, op, NULL);
    case 3: return HcsResumeComputeSystem(c->system, op, NULL);
    case 4: return HcsGetComputeSystemProperties(c->system, op, NULL);
    case 5: return HcsEnumerateComputeSystems(NULL, op);
    case 6: return HcsTerminateComputeSystem(c->system, op, NULL);
    default: return HcsShutDownComputeSystem(c->system, op, NULL);
    }
}

/* With a callback: told once if the call was accepted, and not after the close. */
static void told_of(hcs_client *c)
{
    use *u = calloc(1, sizeof *u);
    u->round = c->round;
    HCS_OPERATION op = HcsCreateOperation(u, on_completed);
    CHECK(op != NULL);
    const HRESULT begun = begin(c, op);
    all_count(&c->round->jobs, 1);
    if (SUCCEEDED(begun) && ct_random(&c->random, 4)) {
        while (!__atomic_load_n(&u->told, __ATOMIC_ACQUIRE)) OK(vjob_sleep(MS));
        CHECK(HcsGetOperationResult(op, NULL) != HCS_E_OPERATION_PENDING);
    }
    HcsCloseOperation(op); /* be it pending: waits for a running call, and none begins after it */
    __atomic_store_n(&u->gone, 1, __ATOMIC_RELEASE);
    if (FAILED(begun)) EQUAL(u->told, 0);
    free(u);
}

static void waited_for(hcs_client *c)
{
    PWSTR document = NULL;
    HCS_OPERATION op = HcsCreateOperation(NULL, NULL);
    CHECK(op != NULL);
    all_count(&c->round->jobs, 1);
    if (SUCCEEDED(begin(c, op))) {
        const uint64_t job = vjob_hcs_operation_job(op);
        all_seen seen = {0};
        if (job) {
            if (ct_random(&c->random, 3) == 0) (void)vjob_job_cancel(job);
            CHECK(all_look(c->round, job, &seen));
            OK(vjob_release(job));
        }
        const HRESULT result = HcsWaitForOperationResult(op, INFINITE, &document);
        if (document) vjob_hcs_free(document);
        document = NULL;
        EQUAL(HcsGetOperationResult(op, &document), result);
        if (document) vjob_hcs_free(document);
    }
    HcsCloseOperation(op);
}

static int create(hcs_client *c, listener *l)
{
    wchar_t id[40];
    HCS_OPERATION op = HcsCreateOperation(NULL, NULL);
    CHECK(op != NULL);
    swprintf(id, COUNT(id), L"s-%d-%d", c->number, c->systems++);
    const HRESULT begun = HcsCreateComputeSystem(id, vm, op, NULL, &c->system);
    EQUAL(begun, S_OK);
    const HRESULT result = HcsWaitForOperationResult(op, INFINITE, NULL);
    HcsCloseOperation(op);
    if (SUCCEEDED(result)) {
        EQUAL(HcsSetComputeSystemCallback(c->system, HcsEventOptionNone, l, on_event), S_OK);
        return 1;
    }
    HcsCloseComputeSystem(c->system); /* no memory for it */
    return 0;
}

void all_hcs_settle(void)
{
    vjob_hcs_settle();
}

void all_hcs_client(all_round *round, uint64_t random)
{
    static int numbers; /* atomic */
    hcs_client c = {
        .round = round, .random = random, .number = __atomic_fetch_add(&numbers, 1, __ATOMIC_RELAXED)};
    while (!all_over(round)) {
        listener *l = calloc(1, sizeof *l);
        l->round = round;
        if (create(&c, l)) {
            for (uint64_t n = ct_random(&c.random, 12); n && !all_over(round); n--)
                if (ct_random(&c.random, 2))
                    told_of(&c);
                else
                    waited_for(&c);
            HcsCloseComputeSystem(c.system); /* the last handle: the system ends with it */
        }
        __atomic_store_n(&l->gone, 1, __ATOMIC_RELEASE);
        free(l);
    }
}
