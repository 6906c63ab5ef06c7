/*
 * The story that the vendor's page on asynchronous functions tells, as a program of our own: one handler
 * for events and jobs, an asynchronous call whose result arrives there, and the same used synchronously.
 */
#include "prl_test.h"

typedef struct story {
    PRL_HANDLE job; /* what the call returned */
    tally lists, samples;
    char names[256];
    int same;                              /* the handler's job had the value that the call returned */
    PRL_UINT64 first_uptime, uptime, used; /* of the first and the last sample */
    PRL_UINT32 cpus;
} story;

static void read_list(PRL_HANDLE job, story *s)
{
    PRL_HANDLE result, vm;
    PRL_UINT32 count;
    PRL_RESULT code;
    DONE(PrlJob_GetRetCode(job, &code));
    DONE(code);
    DONE(PrlJob_GetResult(job, &result));
    DONE(PrlResult_GetParamsCount(result, &count));
    for (PRL_UINT32 i = 0; i < count; i++) {
        PRL_HANDLE_TYPE type;
        DONE(PrlResult_GetParamByIndex(result, i, &vm));
        DONE(PrlHandle_GetType(vm, &type));
        EQUAL(type, PHT_VIRTUAL_MACHINE);
        strcat(s->names, PT_STRING(PrlVmCfg_GetName, vm));
        strcat(s->names, ";");
        DONE(PrlHandle_Free(vm));
    }
    RESULT(PrlResult_GetParamByIndex(result, count, &vm), PRL_ERR_INVALID_ARG);
    DONE(PrlHandle_Free(result));
    s->same = job == s->job;
}

static void read_statistics(PRL_HANDLE event, story *s)
{
    PRL_HANDLE param, statistics, cpu;
    PRL_UINT32 usage;
    DONE(PrlEvent_GetParam(event, 0, &param));
    TEXT(PT_STRING(PrlEvtPrm_GetName, param), "statistics");
    DONE(PrlEvtPrm_ToHandle(param, &statistics));
    DONE(PrlStat_GetOsUptime(statistics, &s->uptime));
    if (!s->first_uptime) s->first_uptime = s->uptime;
    DONE(PrlStat_GetUsageRamSize(statistics, &s->used));
    DONE(PrlStat_GetCpusStatsCount(statistics, &s->cpus));
    DONE(PrlStat_GetCpuStat(statistics, 0, &cpu));
    DONE(PrlStatCpu_GetCpuUsage(cpu, &usage));
    CHECK(usage <= 100);
    DONE(PrlHandle_Free(cpu));
    DONE(PrlHandle_Free(statistics));
    DONE(PrlHandle_Free(param));
}

static PRL_RESULT on_anything(PRL_HANDLE h, PRL_VOID_PTR data)
{
    story *s = data;
    PRL_HANDLE_TYPE type;
    DONE(PrlHandle_GetType(h, &type));
    if (type == PHT_EVENT) {
        PRL_EVENT_TYPE event;
        DONE(PrlEvent_GetType(h, &event));
        if (event == PET_DSP_EVT_HOST_STATISTICS_UPDATED) {
            read_statistics(h, s);
            tally_add(&s->samples);
        }
    } else {
        PRL_JOB_OPERATION_CODE code;
        EQUAL(type, PHT_JOB);
        DONE(PrlJob_GetOpCode(h, &code));
        if (code == PJOC_SRV_GET_VM_LIST) {
            read_list(h, s);
            tally_add(&s->lists);
        }
    }
    DONE(PrlHandle_Free(h));
    return PRL_ERR_SUCCESS;
}

static void one_handler_gets_events_and_jobs(void **state)
{
    story s = {.lists = TALLY, .samples = TALLY};
    (void)state;
    pt_begin(NULL);
    DONE(PrlSrv_RegEventHandler(pt_server, on_anything, &s));
    s.job = PrlSrv_GetVmList(pt_server);
    DONE(PrlHandle_Free(s.job));
    DONE(pt_end(PrlSrv_SubscribeToHostStatistics(pt_server)));
    tally_wait(&s.lists, 1);
    tally_wait(&s.samples, 3);
    DONE(PrlSrv_UnregEventHandler(pt_server, on_anything, &s));
    DONE(pt_end(PrlSrv_UnsubscribeFromHostStatistics(pt_server)));
    TEXT(s.names, "WindowsXP;debian;fedora;");
    CHECK(s.same);
    CHECK(s.uptime > 0 && s.used > 0);
    EQUAL(s.cpus, 16);
}

static void a_subscription_gives_figures_that_move(void **state)
{
    story s = {.lists = TALLY, .samples = TALLY};
    (void)state;
    pt_begin(NULL);
    DONE(PrlSrv_RegEventHandler(pt_server, on_anything, &s));
    DONE(pt_end(PrlSrv_SubscribeToHostStatistics(pt_server)));
    tally_wait(&s.samples, 4);
    DONE(pt_end(PrlSrv_UnsubscribeFromHostStatistics(pt_server)));
    DONE(PrlSrv_UnregEventHandler(pt_server, on_anything, &s));
    CHECK(s.uptime > s.first_uptime);
    const int then = tally_get(&s.samples);
    PRL_HANDLE vm = pt_vm("WindowsXP"); /* seconds pass */
    DONE(pt_end(PrlVm_Start(vm)));
    DONE(pt_end(PrlVm_Suspend(vm)));
    DONE(pt_end(PrlVm_Resume(vm)));
    DONE(PrlHandle_Free(vm));
    EQUAL(tally_get(&s.samples), then);
}

static void a_job_can_be_waited_for_instead(void **state)
{
    PRL_RESULT code;
    (void)state;
    pt_init(NULL);
    DONE(PrlSrv_Create(&pt_server));
    PRL_HANDLE job = PrlSrv_Login(pt_server, "localhost", "user", "password", 0, 0, 0, PSL_LOW_SECURITY);
    DONE(PrlJob_Wait(job, 10000));
    DONE(PrlJob_GetRetCode(job, &code));
    DONE(code);
    DONE(PrlHandle_Free(job));
}

static void what_is_not_freed_is_named(void **state)
{
    vjob_handle_info infos[4];
    (void)state;
    pt_init(NULL);
    DONE(PrlSrv_Create(&pt_server));
    PRL_HANDLE job = PrlSrv_Login(pt_server, "localhost", "user", "password", 0, 0, 0, PSL_LOW_SECURITY);
    DONE(PrlJob_Wait(job, 10000));
    EQUAL(vjob_leaks(VJOB_SPACE_PRL, infos, 4), 2);
    TEXT(infos[0].type_name, "PHT_SERVER");
    TEXT(infos[0].object, "localhost");
    TEXT(infos[1].type_name, "PHT_JOB");
    TEXT(infos[1].object, "PJOC_SRV_LOGIN");
    DONE(PrlHandle_Free(job));
}

/* A program that polls, or sleeps by itself, gets on too. */
static void a_program_that_polls_sees_the_end(void **state)
{
    PRL_JOB_STATUS status = PJS_UNKNOWN;
    PRL_RESULT code;
    PRL_UINT32 progress, last = 0;
    (void)state;
    pt_begin(NULL);
    PRL_HANDLE vm = pt_vm("WindowsXP"), job = PrlVm_Start(vm);
    DONE(PrlJob_GetRetCode(job, &code));
    RESULT(code, PRL_ERR_UNINITIALIZED);
    while (status != PJS_FINISHED) {
        DONE(PrlJob_GetProgress(job, &progress));
        CHECK(progress >= last && progress <= 100);
        last = progress;
        DONE(PrlJob_GetStatus(job, &status));
    }
    DONE(PrlJob_GetProgress(job, &progress));
    EQUAL(progress, 100);
    DONE(pt_end(job));
    EQUAL(pt_state(vm), VMS_RUNNING);
    DONE(PrlHandle_Free(vm));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PRL(one_handler_gets_events_and_jobs),  PRL(a_subscription_gives_figures_that_move),
        PRL(a_job_can_be_waited_for_instead),   PRL(what_is_not_freed_is_named),
        PRL(a_program_that_polls_sees_the_end),
    };
    return cmocka_run_group_tests_name("prl_story", tests, NULL, NULL);
}
