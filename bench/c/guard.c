/*
 * guard.c - hot paths for counting instructions: guard.py runs this under callgrind, which counts only inside the
 * functions path_*. Each does N times the same.
 */
#include <Parallels.h>
#include <stdio.h>
#include <stdlib.h>
#include <vjob/sim.h>
#include <vjob/vjob.h>

#define N 2000
#define PATH(name) __attribute__((noinline)) static void path_##name(void)
#define TIMES for (int i = 0; i < N; i++)

static const vjob_type type = {"guard", 1, NULL};
static vjob_handle object, source, jobs[N];
static PRL_HANDLE server, vm;

static void must(int good)
{
    if (!good) fprintf(stderr, "guard: %s\n", vjob_last_error()->text), exit(1);
}

PATH(addref_release)
{
    TIMES must(!vjob_addref(object) && !vjob_release(object));
}

PATH(object_create)
{
    vjob_handle h;
    TIMES must(!vjob_object_create(&type, NULL, &h) && !vjob_release(h));
}

PATH(job_start)
{
    vjob_job_spec spec = {.duration_ns = 3600000000000ull};
    TIMES must(!vjob_job_start(&spec, &jobs[i]));
}

PATH(job_look)
{
    vjob_job_info info;
    TIMES must(!vjob_job_look(jobs[i], &info));
}

PATH(job_cancel)
{
    TIMES must(!vjob_job_cancel(jobs[i]));
}

PATH(job_wait_ended)
{
    TIMES must(!vjob_wait(jobs[i], VJOB_FOREVER));
}

PATH(job_release)
{
    TIMES must(!vjob_release(jobs[i]));
}

PATH(event_post)
{
    vjob_event event = {.what = "x"};
    TIMES must(!vjob_source_post(source, &event));
}

PATH(prl_handle_type)
{
    PRL_HANDLE_TYPE kind;
    TIMES must(!PrlHandle_GetType(vm, &kind));
}

PATH(prl_vm_name)
{
    char name[100];
    PRL_UINT32 size;
    TIMES must(!PrlVmCfg_GetName(vm, name, (size = sizeof name, &size)));
}

static void on_event(const vjob_event *event, void *data)
{
    (void)event, (void)data;
}

static PRL_HANDLE result_of(PRL_HANDLE job)
{
    PRL_HANDLE result;
    must(!PrlJob_Wait(job, 60000) && !PrlJob_GetResult(job, &result));
    PrlHandle_Free(job);
    return result;
}

int main(void)
{
    must(!vjob_init() && !vjob_object_create(&type, NULL, &object) && !vjob_source_create("s", &source));
    must(!vjob_handler_add(source, on_event, NULL, NULL));
    must(!PrlApi_InitEx(PARALLELS_API_VER, PAM_SERVER, 0, 0) && !PrlSrv_Create(&server));
    PrlHandle_Free(result_of(PrlSrv_LoginLocal(server, "", 0, PSL_NORMAL_SECURITY)));
    must(!PrlResult_GetParamByIndex(result_of(PrlSrv_GetVmList(server)), 0, &vm));
    path_addref_release();
    path_object_create();
    path_job_start();
    path_job_look();
    path_job_cancel();
    path_job_wait_ended();
    path_job_release();
    path_event_post();
    path_prl_handle_type();
    path_prl_vm_name();
    return 0;
}
