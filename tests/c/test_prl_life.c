/* Starting and stopping under load: many threads on the same handles, thousands of jobs, again and again. */
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "prl_test.h"

static void the_library_starts_and_stops_a_hundred_times(void **state)
{
    (void)state;
    for (int i = 0; i < 100; i++) {
        pt_begin(NULL);
        PRL_HANDLE vm = pt_vm("WindowsXP"); /* left over: it dies with the library */
        DONE(PrlHandle_Free(PrlVm_Start(vm)));
        DONE(PrlApi_Deinit());
        RESULT(PrlHandle_Free(vm), PRL_ERR_API_WASNT_INITIALIZED);
    }
    pt_init(NULL);
    pt_server = PRL_INVALID_HANDLE;
}

static PRL_RESULT free_it(PRL_HANDLE h, PRL_VOID_PTR data)
{
    tally_add(data);
    return PrlHandle_Free(h);
}

static void it_stops_with_thousands_of_jobs_in_flight(void **state)
{
    static tally calls = TALLY;
    (void)state;
    pt_begin("{\"hosts\": [{\"name\": \"h\", \"memory_mb\": 999999, \"vms\": [{\"name\": \"storm\", "
             "\"count\": 5000, \"memory_mb\": 16}]}],"
             "\"operations\": {\"start\": {\"duration_s\": 30}}}");
    PRL_HANDLE list = PrlSrv_GetVmList(pt_server), result;
    PRL_UINT32 count;
    DONE(PrlJob_Wait(list, NEVER));
    DONE(PrlJob_GetResult(list, &result));
    DONE(PrlResult_GetParamsCount(result, &count));
    EQUAL(count, 5000);
    DONE(PrlSrv_RegEventHandler(pt_server, free_it, &calls));
    PRL_HANDLE last = PRL_INVALID_HANDLE;
    for (PRL_UINT32 i = 0; i < count; i++) {
        PRL_HANDLE vm;
        DONE(PrlResult_GetParamByIndex(result, i, &vm));
        last = PrlVm_Start(vm);
        if (i % 2) DONE(PrlHandle_Free(last));
        DONE(PrlHandle_Free(vm));
    }
    DONE(PrlApi_Deinit());
    const int then = tally_get(&calls);
    RESULT(PrlJob_Wait(last, 0), PRL_ERR_API_WASNT_INITIALIZED);
    EQUAL(tally_get(&calls), then);
    pt_init(NULL);
    pt_server = PRL_INVALID_HANDLE;
}

static void everything_boots_and_every_job_is_told(void **state)
{
    tally calls = TALLY;
    (void)state;
    pt_begin("{\"hosts\": [{\"name\": \"h\", \"memory_mb\": 999999, \"vms\": [{\"name\": \"storm\", "
             "\"count\": 2000, \"memory_mb\": 16}]}],"
             "\"operations\": {\"start\": {\"duration_s\": 30}}}");
    PRL_HANDLE list = PrlSrv_GetVmList(pt_server), result;
    PRL_UINT32 count;
    DONE(PrlJob_Wait(list, NEVER));
    DONE(PrlJob_GetResult(list, &result));
    DONE(PrlHandle_Free(list));
    DONE(PrlResult_GetParamsCount(result, &count));
    DONE(PrlSrv_RegEventHandler(pt_server, free_it, &calls));
    for (PRL_UINT32 i = 0; i < count; i++) {
        PRL_HANDLE vm;
        DONE(PrlResult_GetParamByIndex(result, i, &vm));
        DONE(PrlHandle_Free(PrlVm_Start(vm)));
        DONE(PrlHandle_Free(vm));
    }
    DONE(PrlHandle_Free(result));
    tally_wait(&calls, (int)count * 4);                         /* two states, a verdict and a job each */
    DONE(PrlSrv_UnregEventHandler(pt_server, free_it, &calls)); /* waits for its last call */
}

/* ---- threads ---------------------------------------------------------------------------------- */

typedef struct shared {
    PRL_HANDLE vm, list, job;
} shared;

static void use_shared(void *arg, int number)
{
    shared *s = arg;
    PRL_UINT32 value, size;
    char text[64];
    for (int i = 0; i < 50; i++) {
        switch ((number + i) % 8) {
        case 0:
            DONE(PrlHandle_AddRef(s->vm));
            DONE(PrlHandle_Free(s->vm));
            break;
        case 1: DONE(PrlVmCfg_SetRamSize(s->vm, 256 + (PRL_UINT32)number)); break;
        case 2:
            DONE(PrlVmCfg_GetRamSize(s->vm, &value));
            CHECK(value >= 256 && value <= 1024);
            break;
        case 3:
            DONE(PrlStrList_AddItem(s->list, "x"));
            DONE(PrlStrList_RemoveItem(s->list, 0));
            break;
        case 4: DONE(PrlHandle_Free(pt_vm("WindowsXP"))); break;
        case 5:
            size = sizeof text;
            DONE(PrlVmCfg_GetName(s->vm, text, &size));
            TEXT(text, "WindowsXP");
            break;
        case 6: DONE(pt_end(PrlVm_RefreshConfig(s->vm))); break;
        default: DONE(PrlJob_Wait(s->job, NEVER)); break;
        }
    }
}

static void sixty_four_threads_on_the_same_handles(void **state)
{
    pt_log log = PT_LOG;
    shared s;
    (void)state;
    pt_begin(NULL);
    s.vm = pt_vm("WindowsXP");
    s.job = PrlVm_GetState(s.vm);
    DONE(PrlApi_CreateStringsList(&s.list));
    DONE(PrlSrv_RegEventHandler(pt_server, pt_record, &log));
    ct_threads(64, use_shared, &s);
    DONE(PrlSrv_UnregEventHandler(pt_server, pt_record, &log));
    DONE(PrlHandle_Free(s.vm));
    DONE(PrlHandle_Free(s.job));
    DONE(PrlHandle_Free(s.list));
}

static void register_and_remove(void *arg, int number)
{
    tally *calls = arg;
    (void)number;
    for (int i = 0; i < 50; i++) {
        DONE(PrlSrv_RegEventHandler(pt_server, free_it, calls));
        DONE(PrlHandle_Free(PrlSrv_GetVmList(pt_server)));
        DONE(PrlSrv_UnregEventHandler(pt_server, free_it, calls));
    }
}

static void handlers_come_and_go_on_many_threads(void **state)
{
    tally calls = TALLY;
    (void)state;
    pt_begin(NULL);
    ct_threads(16, register_and_remove, &calls);
    const int then = tally_get(&calls);
    DONE(pt_end(PrlSrv_GetVmList(pt_server)));
    EQUAL(tally_get(&calls), then);
}

static void start_and_stop(void *arg, int number)
{
    (void)arg;
    for (int i = 0; i < 30; i++) {
        PRL_HANDLE server = PRL_INVALID_HANDLE;
        PRL_RESULT result = PrlApi_Init(PARALLELS_API_VER);
        DONE(result);
        if (!PrlSrv_Create(&server)) {
            PRL_HANDLE job = PrlSrv_LoginLocal(server, NULL, 0, PSL_LOW_SECURITY);
            if (number % 2)
                PrlJob_Wait(job, NEVER); /* others may end the library meanwhile: any answer but no hang */
            PrlHandle_Free(job);
            PrlHandle_Free(server);
        }
        DONE(PrlApi_Deinit());
    }
}

static void threads_start_and_stop_it_for_themselves(void **state)
{
    (void)state;
    pt_init(NULL);
    pt_server = PRL_INVALID_HANDLE;
    ct_threads(8, start_and_stop, NULL);
}

/* ---- processes -------------------------------------------------------------------------------- */

static void a_forked_child_gets_errors(void **state)
{
    int status;
    (void)state;
    pt_begin(NULL);
    const pid_t child = fork();
    if (child == 0) {
        PRL_HANDLE h = PRL_INVALID_HANDLE;
        const int fine = PRL_FAILED(PrlSrv_Create(&h)) && PRL_FAILED(PrlHandle_Free(pt_server)) &&
                         PRL_FAILED(PrlJob_Wait(PrlSrv_GetVmList(pt_server), NEVER)) &&
                         PRL_FAILED(PrlApi_Deinit());
        _exit(fine ? 0 : 1);
    }
    EQUAL(waitpid(child, &status, 0), child);
    EQUAL(status, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PRL(the_library_starts_and_stops_a_hundred_times),
        PRL(it_stops_with_thousands_of_jobs_in_flight),
        PRL(everything_boots_and_every_job_is_told),
        PRL(sixty_four_threads_on_the_same_handles),
        PRL(handlers_come_and_go_on_many_threads),
        PRL(threads_start_and_stop_it_for_themselves),
        PRL(a_forked_child_gets_errors),
    };
    return cmocka_run_group_tests_name("prl_life", tests, NULL, NULL);
}
