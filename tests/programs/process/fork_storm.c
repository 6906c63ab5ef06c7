/* Threads at work in all APIs while the process forks again and again: no child hangs on
 * a lock that another thread held, every call in it fails clearly, and frees do no harm. */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <Parallels.h>
#include <computecore.h>
#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>
#include <vix.h>
#include <vjob/vjob.h>

static volatile int over;
static PRL_HANDLE server;
static VixHandle host, vm;
static virConnectPtr connection;
static virDomainPtr domain;
static HCS_SYSTEM computer;
static HCS_OPERATION operation;

static void quiet(void *data, virErrorPtr error)
{
    (void)data, (void)error;
}

static void *at_work(void *arg)
{
    const long number = (long)arg;
    while (!over) {
        if (number % 5 == 0) {
            PRL_HANDLE job = PrlSrv_GetVmList(server);
            PrlJob_Wait(job, 10000);
            PrlHandle_Free(job);
        } else if (number % 5 == 1) {
            VixHandle job = VixVM_Open(host, "[standard] fedora/fedora.vmx", NULL, NULL), found = 0;
            VixJob_Wait(job, VIX_PROPERTY_JOB_RESULT_HANDLE, &found, VIX_PROPERTY_NONE);
            Vix_ReleaseHandle(found);
            Vix_ReleaseHandle(job);
        } else if (number % 5 == 2) {
            HCS_OPERATION mine = HcsCreateOperation(NULL, NULL);
            if (SUCCEEDED(HcsGetComputeSystemProperties(computer, mine, NULL)))
                HcsWaitForOperationResult(mine, INFINITE, NULL);
            HcsCloseOperation(mine);
        } else if (number % 5 == 3) {
            virDomainPtr found = virDomainLookupByName(connection, "WindowsXP");
            virDomainCreate(found);
            virDomainDestroy(found);
            virDomainFree(found);
        } else {
            vjob_handle job;
            vjob_job_spec spec = {.duration_ns = 1000000};
            if (vjob_job_start(&spec, &job)) continue;
            vjob_wait(job, VJOB_FOREVER);
            vjob_release(job);
        }
    }
    return NULL;
}

static int child(vjob_handle mine)
{
    PRL_HANDLE made = PRL_INVALID_HANDLE;
    vjob_handle job = 0;
    vjob_job_info info;
    alarm(20);
    if (vjob_job_start(&(vjob_job_spec){0}, &job) != VJOB_EFORK) return 1;
    if (vjob_job_look(mine, &info) != VJOB_EFORK || vjob_wait(mine, VJOB_FOREVER) != VJOB_EFORK) return 2;
    if (PRL_SUCCEEDED(PrlSrv_Create(&made))) return 3;
    if (PRL_SUCCEEDED(PrlJob_Wait(PrlSrv_GetVmList(server), 0xFFFFFFFFu))) return 4;
    if (VIX_SUCCEEDED(VixJob_Wait(VixVM_PowerOn(vm, 0, 0, NULL, NULL), VIX_PROPERTY_NONE))) return 5;
    if (virDomainIsActive(domain) != -1 || virDomainCreate(domain) != -1) return 6;
    if (virConnectOpen("vjob:///") || !virGetLastError()) return 7;
    if (HcsGetComputeSystemProperties(computer, operation, NULL) != HCS_E_SERVICE_DISCONNECT) return 8;
    if (HcsWaitForComputeSystemExit(computer, INFINITE, NULL) != HCS_E_SERVICE_DISCONNECT) return 9;
    if (HcsCreateOperation(NULL, NULL)) return 10;
    PrlHandle_Free(server);
    Vix_ReleaseHandle(vm);
    vjob_release(mine);
    virDomainFree(domain);
    virConnectClose(connection);
    HcsCloseOperation(operation);
    HcsCloseComputeSystem(computer);
    VixHost_Disconnect(host);
    PrlApi_Deinit();
    vjob_deinit();
    return 0;
}

int main(void)
{
    pthread_t threads[10];
    vjob_handle mine;
    PRL_HANDLE login;
    VixHandle job;
    if (vjob_init() || PRL_FAILED(PrlApi_Init(PARALLELS_API_VER)) || PRL_FAILED(PrlSrv_Create(&server)))
        return 10;
    login = PrlSrv_LoginLocal(server, NULL, 0, PSL_NORMAL_SECURITY);
    if (PRL_FAILED(PrlJob_Wait(login, 10000))) return 11;
    PrlHandle_Free(login);
    job = VixHost_Connect(VIX_API_VERSION, VIX_SERVICEPROVIDER_VMWARE_WORKSTATION, NULL, 0, NULL, NULL, 0, 0,
                          NULL, NULL);
    if (VixJob_Wait(job, VIX_PROPERTY_JOB_RESULT_HANDLE, &host, VIX_PROPERTY_NONE)) return 12;
    Vix_ReleaseHandle(job);
    job = VixVM_Open(host, "[standard] debian/debian.vmx", NULL, NULL);
    if (VixJob_Wait(job, VIX_PROPERTY_JOB_RESULT_HANDLE, &vm, VIX_PROPERTY_NONE)) return 13;
    Vix_ReleaseHandle(job);
    if (vjob_job_start(&(vjob_job_spec){.duration_ns = 3600000000000u}, &mine)) return 14;
    virSetErrorFunc(NULL, quiet);
    connection = virConnectOpen("vjob:///");
    domain = virDomainLookupByName(connection, "fedora");
    if (!domain) return 15;
    operation = HcsCreateOperation(NULL, NULL);
    if (FAILED(HcsCreateComputeSystem(L"one",
                                      L"{\"SchemaVersion\": {\"Major\": 2, \"Minor\": 1}, "
                                      L"\"Container\": {}}",
                                      operation, NULL, &computer)) ||
        FAILED(HcsWaitForOperationResult(operation, INFINITE, NULL)))
        return 16;
    for (long i = 0; i < 10; i++) pthread_create(&threads[i], NULL, at_work, (void *)i);
    for (int i = 0; i < 100; i++) {
        int status;
        const pid_t pid = fork();
        if (!pid) _exit(child(mine));
        if (waitpid(pid, &status, 0) != pid || status) {
            printf("child %d ended with %x\n", i, (unsigned)status);
            return 1;
        }
    }
    over = 1;
    for (int i = 0; i < 10; i++) pthread_join(threads[i], NULL);
    virDomainFree(domain);
    virConnectClose(connection);
    if (SUCCEEDED(HcsTerminateComputeSystem(computer, operation, NULL)))
        HcsWaitForOperationResult(operation, INFINITE, NULL);
    HcsCloseOperation(operation);
    HcsCloseComputeSystem(computer);
    vjob_job_cancel(mine);
    vjob_release(mine);
    Vix_ReleaseHandle(vm);
    VixHost_Disconnect(host);
    PrlHandle_Free(server);
    return vjob_leaks(VJOB_SPACE_NONE, NULL, 0) || PrlApi_Deinit() || vjob_deinit();
}
