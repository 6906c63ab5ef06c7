/* Leaves the process in the state that the argument names; exit code 7 is what it asks for. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <Parallels.h>
#include <computecore.h>
#include <libvirt/libvirt.h>
#include <libvirt/virjob.h>
#include <vix.h>
#include <vjob/sim.h>

static PRL_HANDLE server;

static PRL_RESULT leaves(PRL_HANDLE h, PRL_VOID_PTR data)
{
    (void)h, (void)data;
    exit(7);
}

static void leaves_vix(VixHandle job, VixEventType type, VixHandle info, void *data)
{
    (void)job, (void)type, (void)info, (void)data;
    exit(7);
}

static void leaves_hcs(HCS_OPERATION operation, void *context)
{
    (void)operation, (void)context;
    exit(7);
}

static void leaves_hcs_event(HCS_EVENT *event, void *context)
{
    (void)event, (void)context;
    exit(7);
}

static HCS_SYSTEM container(HCS_OPERATION operation)
{
    HCS_SYSTEM system = NULL;
    if (FAILED(HcsCreateComputeSystem(L"one",
                                      L"{\"SchemaVersion\": {\"Major\": 2, \"Minor\": 1}, "
                                      L"\"Container\": {}}",
                                      operation, NULL, &system)))
        exit(1);
    return system;
}

static void with_hcs(const char *state)
{
    HCS_OPERATION operation = HcsCreateOperation(NULL, strstr(state, "completion") ? leaves_hcs : NULL);
    HCS_SYSTEM system = container(operation);
    if (strstr(state, "creating")) exit(7);
    if (strstr(state, "event")) {
        HcsWaitForOperationResult(operation, INFINITE, NULL);
        HcsSetComputeSystemCallback(system, HcsEventOptionNone, NULL, leaves_hcs_event);
        HcsTerminateComputeSystem(system, operation, NULL);
    }
    for (;;) pause();
}

static int leaves_vir(virConnectPtr conn, virDomainPtr dom, int event, int detail, void *data)
{
    (void)conn, (void)dom, (void)event, (void)detail, (void)data;
    exit(7);
}

static void leaves_worker(virJobPtr job, void *data)
{
    (void)job, (void)data;
    exit(7);
}

static void with_vir(const char *state)
{
    if (virEventRegisterDefaultImpl()) exit(1);
    virConnectPtr conn = virConnectOpen("vjob:///");
    virDomainPtr domain = virDomainLookupByName(conn, "WindowsXP");
    if (!domain) exit(1);
    if (strstr(state, "connected")) exit(7);
    if (strstr(state, "worker")) {
        virJobPtr job = virJobCreate(conn, NULL, leaves_worker, NULL, NULL, VIR_JOB_BOUNDED);
        if (!job) exit(1);
        for (;;) pause();
    }
    if (strstr(state, "event")) virConnectDomainEventRegister(conn, leaves_vir, NULL, NULL);
    virJobPtr job = virDomainCreateJob(domain, 0);
    if (!job) exit(1);
    if (strstr(state, "job")) exit(7);
    for (;;) virEventRunDefaultImpl();
}

static PRL_RESULT blocks(PRL_HANDLE h, PRL_VOID_PTR data)
{
    (void)h;
    write(*(int *)data, "x", 1);
    for (;;) pause();
    return PRL_ERR_SUCCESS;
}

static void *waits(void *job)
{
    PrlJob_Wait((PRL_HANDLE)job, 0xFFFFFFFFu);
    return NULL;
}

static void *ends(void *none)
{
    PrlApi_Deinit();
    return none;
}

static VixHandle connect_vix(VixEventProc *callback)
{
    return VixHost_Connect(VIX_API_VERSION, VIX_SERVICEPROVIDER_VMWARE_WORKSTATION, NULL, 0, NULL, NULL, 0, 0,
                           callback, NULL);
}

static void log_in(void)
{
    if (PRL_FAILED(PrlApi_Init(PARALLELS_API_VER)) || PRL_FAILED(PrlSrv_Create(&server))) exit(1);
    PRL_HANDLE job = PrlSrv_LoginLocal(server, NULL, 0, PSL_NORMAL_SECURITY);
    if (PRL_FAILED(PrlJob_Wait(job, 10000))) exit(1);
}

int main(int argc, char **argv)
{
    const char *state = argc == 2 ? argv[1] : "";
    int pipes[2];
    char byte;
    pthread_t thread;
    if (!strcmp(state, "loaded")) return 7;
    if (!strcmp(state, "vix callback")) {
        connect_vix(leaves_vix);
        for (;;) pause();
    }
    if (!strcmp(state, "vix connecting")) {
        connect_vix(NULL);
        return 7;
    }
    if (!strncmp(state, "hcs", 3)) with_hcs(state);
    if (!strncmp(state, "vir", 3)) with_vir(state);
    log_in();
    if (!strcmp(state, "logged in")) return 7;
    if (!strcmp(state, "ended")) return PrlApi_Deinit() ? 1 : 7;
    if (!strcmp(state, "handler")) {
        PrlSrv_RegEventHandler(server, leaves, NULL);
        PrlSrv_GetVmList(server);
        for (;;) pause();
    }
    vjob_sim_set_duration("list", 3600000000000u, 0, 0);
    PRL_HANDLE job = PrlSrv_GetVmList(server);
    if (!strcmp(state, "job")) exit(7);
    if (!strcmp(state, "_exit")) _exit(7);
    if (!strcmp(state, "waits")) {
        for (int i = 0; i < 4; i++) pthread_create(&thread, NULL, waits, (void *)job);
        usleep(1000);
        return 7;
    }
    if (!strcmp(state, "wait ends main")) {
        pthread_create(&thread, NULL, waits, (void *)job);
        usleep(1000);
        pthread_create(&thread, NULL, ends, NULL); /* the wait ends with the API, and the process meanwhile */
        return 7;
    }
    if (!strcmp(state, "deinit")) { /* while Deinit waits for a handler that never returns */
        if (pipe(pipes)) return 1;
        vjob_sim_set_duration("list", 0, 0, 0);
        PrlSrv_RegEventHandler(server, blocks, &pipes[1]);
        PrlSrv_GetVmList(server);
        if (read(pipes[0], &byte, 1) != 1) return 1;
        pthread_create(&thread, NULL, ends, NULL);
        usleep(1000);
        return 7;
    }
    return 1;
}
