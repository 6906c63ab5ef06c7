/* Clients of the Prl API: a session each, two handlers that must hear the same, random operations. */
#include "Parallels.h"

#include "all_test.h"

enum { OPEN = 6, MOST = 4000 };

/* What one handler was told: the jobs, in order. */
typedef struct told {
    PRL_HANDLE jobs[MOST];
    int n;     /* atomic */
    int ended; /* atomic: it was unregistered */
    tally calls;
    all_round *round;
} told;

typedef struct prl_client {
    all_round *round;
    uint64_t random;
    PRL_HANDLE server, vms[ALL_VMS];
    PRL_HANDLE jobs[OPEN]; /* begun, not yet waited for */
    all_seen seen[OPEN];
    PRL_HANDLE begun[MOST]; /* numbers of all jobs that handlers must hear of */
    int n_begun;
    told first, second;
} prl_client;

void all_prl_begin(void)
{
    EQUAL(PrlApi_InitEx(PARALLELS_API_VER, PAM_SERVER, 0, 0), PRL_ERR_SUCCESS);
}

void all_prl_end(void)
{
    EQUAL(PrlApi_Deinit(), PRL_ERR_SUCCESS);
}

static PRL_RESULT hear(PRL_HANDLE h, PRL_VOID_PTR data)
{
    told *t = data;
    PRL_HANDLE_TYPE type = 0;
    PRL_JOB_STATUS status = PJS_UNKNOWN;
    CHECK(!__atomic_load_n(&t->ended, __ATOMIC_ACQUIRE)); /* never after the unregistering */
    all_count(&t->round->events, 1);
    const PRL_RESULT known = PrlHandle_GetType(h, &type);
    CHECK(PRL_SUCCEEDED(known) || t->round->abrupt);
    if (PRL_SUCCEEDED(known) && type == PHT_JOB) {
        if (PRL_SUCCEEDED(PrlJob_GetStatus(h, &status)))
            EQUAL(status, PJS_FINISHED);
        else
            CHECK(t->round->abrupt);
        CHECK(t->n < MOST);
        t->jobs[t->n] = h;
        __atomic_store_n(&t->n, t->n + 1, __ATOMIC_RELEASE);
        tally_add(&t->calls);
    }
    const PRL_RESULT freed = PrlHandle_Free(h);
    CHECK(PRL_SUCCEEDED(freed) || t->round->abrupt);
    return PRL_ERR_SUCCESS;
}

static void must(prl_client *c, PRL_RESULT result)
{
    if (!c->round->abrupt) EQUAL(result, PRL_ERR_SUCCESS);
}

static PRL_HANDLE begun(prl_client *c, PRL_HANDLE job)
{
    all_count(&c->round->jobs, 1);
    if (!c->round->abrupt) CHECK(job != PRL_INVALID_HANDLE);
    c->begun[c->n_begun++] = job;
    return job;
}

static void finish(prl_client *c, PRL_HANDLE job, all_seen *seen)
{
    PRL_RESULT code = PRL_ERR_SUCCESS, again = PRL_ERR_SUCCESS;
    must(c, PrlJob_Wait(job, 0xFFFFFFFFu));
    must(c, PrlJob_GetRetCode(job, &code));
    if (all_look(c->round, (vjob_handle)(uintptr_t)job, seen)) CHECK(seen->ended || c->round->abrupt);
    const PRL_RESULT read = PrlJob_GetRetCode(job, &again);
    must(c, read);
    if (PRL_SUCCEEDED(read)) EQUAL(code, again);
    must(c, PrlHandle_Free(job));
}

static PRL_HANDLE operate(prl_client *c)
{
    PRL_HANDLE vm = c->vms[ct_random(&c->random, ALL_VMS)];
    switch (ct_random(&c->random, 14)) {
    case 0:
    case 1:
    case 2: return PrlVm_Start(vm);
    case 3: return PrlVm_Stop(vm, PRL_TRUE);
    case 4: return PrlVm_Stop(vm, PRL_FALSE);
    case 5: return PrlVm_Pause(vm, PRL_FALSE);
    case 6: return PrlVm_Suspend(vm);
    case 7: return PrlVm_Resume(vm);
    case 8: return PrlVm_Reset(vm);
    case 9: return PrlVm_CreateSnapshot(vm, "s", "");
    case 10: return PrlVm_GetState(vm);
    case 11: return PrlVm_LoginInGuest(vm, "u", "p", 0);
    case 12: return PrlVm_DropSuspendedState(vm);
    default: return PrlSrv_GetVmList(c->server);
    }
}

/* A handler for a moment: it may hear something or not, but nothing once it is gone. */
static void listen_shortly(prl_client *c)
{
    told *t = calloc(1, sizeof *t);
    tally_init(&t->calls);
    t->round = c->round;
    must(c, PrlSrv_RegEventHandler(c->server, hear, t));
    all_seen seen = {0};
    if (ct_random(&c->random, 2)) finish(c, begun(c, PrlVm_GetState(c->vms[0])), &seen);
    const PRL_RESULT gone = PrlSrv_UnregEventHandler(c->server, hear, t);
    must(c, gone); /* where the API is about to end, that end is what stops the handler */
    if (PRL_SUCCEEDED(gone)) __atomic_store_n(&t->ended, 1, __ATOMIC_RELEASE);
    all_later(t); /* an API that ends under us may have a call under way */
}

static void step(prl_client *c)
{
    const size_t i = ct_random(&c->random, OPEN);
    const vjob_handle job = (vjob_handle)(uintptr_t)c->jobs[i];
    if (!job) {
        c->seen[i] = (all_seen){0};
        c->jobs[i] = begun(c, operate(c));
        return;
    }
    switch (ct_random(&c->random, 8)) {
    case 0: (void)vjob_job_cancel(job); break;
    case 1: {
        all_seen seen = {0};
        finish(c, begun(c, PrlJob_Cancel(c->jobs[i])), &seen);
        break;
    }
    case 2: must(c, PrlHandle_AddRef(c->jobs[i])), must(c, PrlHandle_Free(c->jobs[i])); break;
    case 3: all_look(c->round, job, &c->seen[i]); break;
    case 4: listen_shortly(c); break;
    default: finish(c, c->jobs[i], &c->seen[i]); c->jobs[i] = PRL_INVALID_HANDLE;
    }
}

static int log_in(prl_client *c)
{
    all_seen seen = {0};
    const PRL_RESULT made = PrlSrv_Create(&c->server);
    must(c, made);
    if (PRL_FAILED(made)) return 0;
    finish(c, PrlSrv_LoginLocalEx(c->server, NULL, 0, PSL_HIGH_SECURITY, 0), &seen);
    for (int i = 0; i < ALL_VMS; i++) {
        PRL_HANDLE result, job = PrlSrv_GetVmConfig(c->server, all_vms[i], PGVC_SEARCH_BY_NAME);
        must(c, PrlJob_Wait(job, 0xFFFFFFFFu));
        if (PRL_SUCCEEDED(PrlJob_GetResult(job, &result))) {
            must(c, PrlResult_GetParam(result, &c->vms[i]));
            must(c, PrlHandle_Free(result));
        }
        must(c, PrlHandle_Free(job));
    }
    vjob_sim_flush_trace();
    char *text; /* what has ended so far is announced before the world is let go */
    OK(vjob_sim_save_json(&text));
    vjob_sim_free(text);
    must(c, PrlSrv_RegEventHandler(c->server, hear, &c->first));
    must(c, PrlSrv_RegEventHandler(c->server, hear, &c->second));
    return 1;
}

static int by_number(const void *a, const void *b)
{
    const uintptr_t x = (uintptr_t) * (PRL_HANDLE const *)a, y = (uintptr_t) * (PRL_HANDLE const *)b;
    return x < y ? -1 : x > y;
}

/* Each job was told of once, to both in one order. */
static void compare(prl_client *c)
{
    tally_wait(&c->first.calls, c->n_begun);
    tally_wait(&c->second.calls, c->n_begun);
    must(c, PrlSrv_UnregEventHandler(c->server, hear, &c->first));
    must(c, PrlSrv_UnregEventHandler(c->server, hear, &c->second));
    c->first.ended = c->second.ended = 1;
    EQUAL(c->first.n, c->n_begun);
    EQUAL(c->second.n, c->n_begun);
    CHECK(!memcmp(c->first.jobs, c->second.jobs, (size_t)c->n_begun * sizeof *c->begun));
    qsort(c->begun, (size_t)c->n_begun, sizeof *c->begun, by_number);
    qsort(c->first.jobs, (size_t)c->n_begun, sizeof *c->begun, by_number);
    CHECK(!memcmp(c->first.jobs, c->begun, (size_t)c->n_begun * sizeof *c->begun));
    for (int i = 1; i < c->n_begun; i++) CHECK(c->begun[i] != c->begun[i - 1]); /* no number twice */
}

void all_prl_client(all_round *round, uint64_t random)
{
    prl_client *c = calloc(1, sizeof *c);
    c->round = c->first.round = c->second.round = round;
    c->random = random;
    tally_init(&c->first.calls);
    tally_init(&c->second.calls);
    const int in = log_in(c);
    while (in && !all_over(round) && c->n_begun < MOST - 8) step(c);
    for (int i = 0; i < OPEN; i++)
        if (c->jobs[i]) finish(c, c->jobs[i], &c->seen[i]);
    if (!round->abrupt) compare(c);
    for (int i = 0; i < ALL_VMS; i++)
        if (c->vms[i]) must(c, PrlHandle_Free(c->vms[i]));
    if (in) must(c, PrlHandle_Free(c->server));
    all_later(c);
}
