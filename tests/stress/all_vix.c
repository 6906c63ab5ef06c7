/* Clients of the VIX API: a connection each, a callback and its record for every job. */
#include <vjob/vix_host.h>

#include "all_test.h"
#include "vix.h"

enum { OPEN_JOBS = 6 };

/* What the callback of one job was told. */
typedef struct record {
    int completed; /* atomic */
    int gone;      /* atomic: the host was disconnected */
    int progress;  /* last percent */
    VixHandle job; /* what the callback got */
    all_round *round;
    struct record *next; /* of this client, looked at when all is over */
} record;

typedef struct vix_client {
    all_round *round;
    uint64_t random;
    VixHandle host, vms[ALL_VMS];
    VixHandle jobs[OPEN_JOBS];
    record *records[OPEN_JOBS];
    all_seen seen[OPEN_JOBS];
    record *all;
} vix_client;

void all_vix_settle(void)
{
    vjob_vix_settle();
}

static void hear(VixHandle job, VixEventType type, VixHandle info, void *data)
{
    record *r = data;
    (void)info;
    all_count(&r->round->events, 1);
    CHECK(!__atomic_load_n(&r->gone, __ATOMIC_ACQUIRE));
    CHECK(!__atomic_load_n(&r->completed, __ATOMIC_ACQUIRE)); /* the end is told of once, last */
    r->job = job;
    if (type != VIX_EVENTTYPE_JOB_COMPLETED) return;
    const VixError error = VixJob_GetError(job);
    CHECK(error != VIX_E_UNFINISHED_JOB);
    CHECK(VixJob_Wait(job, VIX_PROPERTY_NONE) == error); /* at once: this is the callback */
    __atomic_store_n(&r->completed, 1, __ATOMIC_RELEASE);
}

static record *new_record(vix_client *c)
{
    record *r = calloc(1, sizeof *r);
    r->round = c->round;
    r->next = c->all;
    return c->all = r;
}

static VixHandle operate(vix_client *c, record *r)
{
    const VixHandle vm = c->vms[ct_random(&c->random, ALL_VMS)];
    all_count(&c->round->jobs, 1);
    switch (ct_random(&c->random, 11)) {
    case 0:
    case 1: return VixVM_PowerOn(vm, VIX_VMPOWEROP_NORMAL, VIX_INVALID_HANDLE, hear, r);
    case 2: return VixVM_PowerOff(vm, VIX_VMPOWEROP_NORMAL, hear, r);
    case 3: return VixVM_PowerOff(vm, VIX_VMPOWEROP_FROM_GUEST, hear, r);
    case 4: return VixVM_Suspend(vm, 0, hear, r);
    case 5: return VixVM_Reset(vm, VIX_VMPOWEROP_NORMAL, hear, r);
    case 6: return VixVM_Pause(vm, 0, VIX_INVALID_HANDLE, hear, r);
    case 7: return VixVM_Unpause(vm, 0, VIX_INVALID_HANDLE, hear, r);
    case 8: return VixVM_LoginInGuest(vm, "u", "p", 0, hear, r);
    case 9: return VixVM_RunProgramInGuest(vm, "/bin/sh", "-c true", 0, VIX_INVALID_HANDLE, hear, r);
    default: return VixHost_FindItems(c->host, VIX_FIND_REGISTERED_VMS, VIX_INVALID_HANDLE, -1, hear, r);
    }
}

/* Waiters wake after the callback has returned. */
static void finish(vix_client *c, size_t i)
{
    const VixHandle job = c->jobs[i];
    const VixError error = VixJob_Wait(job, VIX_PROPERTY_NONE);
    CHECK(__atomic_load_n(&c->records[i]->completed, __ATOMIC_ACQUIRE));
    EQUAL(c->records[i]->job, job);
    EQUAL(VixJob_GetError(job), error);
    CHECK(all_look(c->round, (vjob_handle)(uint32_t)job, &c->seen[i]) && c->seen[i].ended);
    Vix_ReleaseHandle(job);
    c->jobs[i] = VIX_INVALID_HANDLE;
}

static void step(vix_client *c)
{
    const size_t i = ct_random(&c->random, OPEN_JOBS);
    const VixHandle job = c->jobs[i];
    Bool done;
    if (job == VIX_INVALID_HANDLE) {
        c->seen[i] = (all_seen){0};
        c->records[i] = new_record(c);
        c->jobs[i] = operate(c, c->records[i]);
        CHECK(c->jobs[i] != VIX_INVALID_HANDLE);
        return;
    }
    switch (ct_random(&c->random, 8)) {
    case 0: (void)vjob_job_cancel((vjob_handle)(uint32_t)job); break;
    case 1: EQUAL(VixJob_CheckCompletion(job, &done), VIX_OK); break;
    case 2: all_look(c->round, (vjob_handle)(uint32_t)job, &c->seen[i]); break;
    case 3:
        Vix_AddRefHandle(job);
        Vix_ReleaseHandle(job);
        break;
    case 4: /* given up: it goes on, and the callback comes all the same */
        Vix_ReleaseHandle(job);
        c->jobs[i] = VIX_INVALID_HANDLE;
        break;
    default: finish(c, i);
    }
}

static VixHandle result_of(VixHandle job)
{
    VixHandle result = VIX_INVALID_HANDLE;
    EQUAL(VixJob_Wait(job, VIX_PROPERTY_JOB_RESULT_HANDLE, &result, VIX_PROPERTY_NONE), VIX_OK);
    Vix_ReleaseHandle(job);
    return result;
}

void all_vix_client(all_round *round, uint64_t random)
{
    vix_client *c = calloc(1, sizeof *c);
    c->round = round;
    c->random = random;
    c->host = result_of(VixHost_Connect(VIX_API_VERSION, VIX_SERVICEPROVIDER_VMWARE_VI_SERVER,
                                        "https://localhost/sdk", 0, "root", "x", 0, VIX_INVALID_HANDLE, NULL,
                                        NULL));
    for (int i = 0; i < ALL_VMS; i++) {
        char path[80];
        snprintf(path, sizeof path, "[standard] %s/%s.vmx", all_vms[i], all_vms[i]);
        c->vms[i] = result_of(VixVM_Open(c->host, path, NULL, NULL));
    }
    while (!all_over(round)) step(c);
    /* Calm: wait for all. Abrupt: leave without a word, also with jobs under way. */
    for (size_t i = 0; i < OPEN_JOBS; i++)
        if (c->jobs[i] != VIX_INVALID_HANDLE && !round->abrupt) finish(c, i);
    VixHost_Disconnect(c->host); /* waits for callbacks, and nothing comes after it */
    int lost = 0;
    for (record *r = c->all; r; r = r->next) {
        __atomic_store_n(&r->gone, 1, __ATOMIC_RELEASE);
        lost += !r->completed;
    }
    EQUAL(lost, 0); /* who asked is told, be it that the host is gone */
    while (c->all) {
        record *r = c->all;
        c->all = r->next;
        free(r);
    }
    free(c);
}
