/*
 * Every function of the API with arguments that are wrong: null, zero, stale, foreign and invented handles,
 * and objects of every type where another is expected. An error code or a failed job comes back, never a crash.
 */
#include "prl_functions.h"
#include "world_test.h"

/* These would do what they are asked to: free memory, end the library, call what is registered. */
static int is_apart(const char *name)
{
    static const char *const apart[] = {"PrlBuffer_Free", "PrlApi_Init", "PrlApi_InitEx", "PrlApi_Deinit"};
    for (size_t i = 0; i < COUNT(apart); i++)
        if (!strcmp(apart[i], name)) return 1;
    return strstr(name, "RegEventHandler") || strstr(name, "UnregEventHandler");
}

static word call(const function *f, word first, word rest)
{
    return f->call(first, rest, rest, rest, rest, rest, rest, rest, rest, rest, rest, rest);
}

/* What came back is an error, or a job that can be waited for and freed. */
static void check(const function *f, word answer, int must_fail)
{
    PRL_RESULT code = (PRL_RESULT)answer;
    if (f->is_async) {
        PRL_HANDLE job = (PRL_HANDLE)answer;
        if (PrlJob_Wait(job, NEVER) || PrlJob_GetRetCode(job, &code))
            print_message("%s gave no job\n", f->name);
        DONE(PrlHandle_Free(job));
    }
    if (must_fail && !PRL_FAILED(code)) print_message("%s gave %s\n", f->name, prl_result_to_string(code));
    CHECK(!must_fail || PRL_FAILED(code));
}

/* Functions that do not take a handle first, or for which zero arguments are fine. */
static int may_succeed(const char *name)
{
    return strstr(name, "_Create") || !strncmp(name, "PrlApi_", 7) || !strncmp(name, "PrlDbg_", 7) ||
           !strcmp(name, "PrlVmCfg_IsConfigInvalid");
}

static void zero_arguments(void **state)
{
    (void)state;
    pt_begin(NULL);
    char *before = wt_world();
    EQUAL(COUNT(functions), 1873);
    for (size_t i = 0; i < COUNT(functions); i++)
        if (!is_apart(functions[i].name))
            check(&functions[i], call(&functions[i], 0, 0), !may_succeed(functions[i].name));
    RESULT(PrlHandle_RegEventHandler(PRL_INVALID_HANDLE, NULL, NULL), PRL_ERR_INVALID_ARG);
    RESULT(PrlBuffer_Free(NULL), PRL_ERR_INVALID_ARG);
    wt_unchanged(before);
}

static void handles_that_name_nothing(void **state)
{
    PRL_HANDLE stale;
    vjob_handle foreign;
    static char memory[4096];
    const vjob_job_spec spec = {.duration_ns = 0};
    (void)state;
    pt_begin(NULL);
    DONE(PrlApi_CreateStringsList(&stale));
    DONE(PrlHandle_Free(stale));
    OK(vjob_init());
    OK(vjob_job_start(&spec, &foreign));
    char *before = wt_world();
    const word wrong[] = {(word)stale, (word)foreign, 1, 0xFACE, UINTPTR_MAX, (word)1 << 63, (word)memory};
    for (size_t i = 0; i < COUNT(functions); i++) {
        const function *f = &functions[i];
        if (is_apart(f->name) || may_succeed(f->name)) continue;
        for (size_t j = 0; j < COUNT(wrong); j++) check(f, call(f, wrong[j], 0), 1);
    }
    wt_unchanged(before);
    OK(vjob_wait(foreign, VJOB_FOREVER));
    OK(vjob_release(foreign));
    OK(vjob_deinit());
}

/* ---- live objects of all types ---------------------------------------------------------------- */

#define MAX_OBJECTS 32
static PRL_HANDLE objects[MAX_OBJECTS];
static size_t n_objects;

static PRL_HANDLE add(PRL_HANDLE h)
{
    CHECK(h != PRL_INVALID_HANDLE && n_objects < MAX_OBJECTS);
    return objects[n_objects++] = h;
}

static void make_objects(void)
{
    PRL_HANDLE vm, config, h;
    n_objects = 0;
    DONE(PrlSrv_Create(&h));
    add(h);
    DONE(pt_end(PrlSrv_LoginLocal(h, NULL, 0, PSL_LOW_SECURITY)));
    vm = add(pt_param(PrlSrv_GetVmConfig(h, "debian", 0)));
    config = add(pt_param(PrlSrv_GetSrvConfig(objects[0])));
    add(pt_param(PrlSrv_GetCommonPrefs(objects[0])));
    add(pt_param(PrlVm_GetState(vm)));
    add(pt_param(PrlVm_GetToolsState(vm)));
    PRL_HANDLE statistics = add(pt_param(PrlVm_GetStatistics(vm)));
    add(pt_param(PrlVm_LoginInGuest(vm, "u", "p", 0)));
    DONE(PrlStat_GetCpuStat(statistics, 0, &h));
    add(h);
    DONE(PrlVmCfg_GetHardDisk(vm, 0, &h));
    add(h);
    DONE(PrlVmCfg_GetNetAdapter(vm, 0, &h));
    add(h);
    DONE(PrlVmCfg_CreateBootDev(vm, &h));
    add(h);
    DONE(PrlVmCfg_CreateShare(vm, &h));
    add(h);
    DONE(PrlSrvCfg_GetHardDisk(config, 0, &h));
    add(h);
    DONE(PrlSrv_GetServerInfo(objects[0], &h));
    add(h);
    DONE(PrlApi_CreateStringsList(&h));
    add(h);
    DONE(PrlApi_CreateHandlesList(&h));
    add(h);
    DONE(PrlApi_CreateOpTypeList(&h, 4));
    add(h);
    DONE(PrlCpuFeatures_Create(&h));
    add(h);
    DONE(PrlVm_CreateAnswerEvent(vm, &h, PET_ANSWER_OK));
    PRL_HANDLE event = add(h);
    DONE(PrlEvent_GetParam(event, 0, &h));
    add(h);
    PRL_HANDLE job = add(PrlVm_GetState(vm));
    DONE(PrlJob_Wait(job, NEVER));
    DONE(PrlJob_GetResult(job, &h));
    add(h);
    add(pt_param(PrlSrv_LoginLocal(pt_server, NULL, 0, PSL_LOW_SECURITY)));
}

static void free_objects(void)
{
    while (n_objects) PrlHandle_Free(objects[--n_objects]);
}

static int consumes(const char *name)
{
    return !strcmp(name, "PrlHandle_Free") || !strcmp(name, "PrlHandle_AddRef");
}

/* Any object, in every function, everything else null: only functions that need nothing else may succeed. */
static void objects_of_every_type_with_null_for_the_rest(void **state)
{
    (void)state;
    pt_init(NULL);
    DONE(PrlSrv_Create(&pt_server));
    make_objects();
    for (size_t j = 0; j < n_objects; j++)
        for (size_t i = 0; i < COUNT(functions); i++)
            if (!is_apart(functions[i].name) && !consumes(functions[i].name) &&
                !may_succeed(functions[i].name))
                check(&functions[i], call(&functions[i], (word)objects[j], 0), 0);
    free_objects();
}

/* The same with memory to write to: what is asked for is given, and what it made is given back at the end. */
static void objects_of_every_type_with_room_for_the_answer(void **state)
{
    static char memory[65536] __attribute__((aligned(16)));
    (void)state;
    pt_init(NULL);
    DONE(PrlSrv_Create(&pt_server));
    make_objects();
    for (size_t j = 0; j < n_objects; j++)
        for (size_t i = 0; i < COUNT(functions); i++) {
            const function *f = &functions[i];
            if (is_apart(f->name) || consumes(f->name) || may_succeed(f->name) ||
                strstr(f->name, "ToString") || strstr(f->name, "GetDataPtr") ||
                !strcmp(f->name, "PrlJob_Wait"))
                continue;
            PRL_HANDLE made;
            memset(memory, 0, 64);
            check(f, call(f, (word)objects[j], (word)memory), 0);
            memcpy(&made, memory, sizeof made);
            PrlHandle_Free(made); /* a handle, or rubbish: no harm either way */
        }
    free_objects();
    PrlHandle_Free(pt_server); /* logged out and freed by one of them, perhaps */
    pt_server = PRL_INVALID_HANDLE;
    vjob_handle_info infos[256];
    const size_t left = vjob_leaks(VJOB_SPACE_PRL, infos, COUNT(infos));
    for (size_t i = 0; i < left && i < COUNT(infos); i++)
        while (!PrlHandle_Free((PRL_HANDLE)(word)infos[i].handle)) {}
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PRL(zero_arguments),
        PRL(handles_that_name_nothing),
        PRL(objects_of_every_type_with_null_for_the_rest),
        PRL(objects_of_every_type_with_room_for_the_answer),
    };
    return cmocka_run_group_tests_name("prl_bad", tests, NULL, NULL);
}
