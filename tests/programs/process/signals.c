/* A signal every half millisecond to a thread that waits: waits go on, with their results and deadlines. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/time.h>

#include <Parallels.h>
#include <computecore.h>
#include <libvirt/libvirt.h>
#include <vix.h>
#include <vjob/sim.h>
#include <vjob/vjob.h>

static volatile sig_atomic_t signals;

static void count(int number)
{
    (void)number;
    signals++;
}

#define CHECK(condition)                                                                                     \
    if (!(condition)) return printf("%d: %s\n", __LINE__, #condition), 1

int main(void)
{
    const struct itimerval often = {{0, 500}, {0, 500}}, never = {{0, 0}, {0, 0}};
    struct sigaction action = {.sa_handler = count}; /* no SA_RESTART */
    PRL_HANDLE server, job;
    VixHandle host = 0, connect;
    vjob_handle native;
    sigaction(SIGALRM, &action, NULL);
    CHECK(!vjob_init() && PRL_SUCCEEDED(PrlApi_Init(PARALLELS_API_VER)) &&
          PRL_SUCCEEDED(PrlSrv_Create(&server)));
    setitimer(ITIMER_REAL, &often, NULL);
    job = PrlSrv_LoginLocal(server, NULL, 0, PSL_NORMAL_SECURITY);
    CHECK(PrlJob_Wait(job, 10000) == PRL_ERR_SUCCESS);
    PrlHandle_Free(job);
    CHECK(!vjob_sim_set_duration("login", 200000000, 0, 0));
    connect = VixHost_Connect(VIX_API_VERSION, VIX_SERVICEPROVIDER_VMWARE_WORKSTATION, NULL, 0, NULL, NULL, 0,
                              0, NULL, NULL);
    CHECK(VixJob_Wait(connect, VIX_PROPERTY_JOB_RESULT_HANDLE, &host, VIX_PROPERTY_NONE) == VIX_OK);
    Vix_ReleaseHandle(connect);
    const uint64_t began = vjob_clock_now();
    CHECK(!vjob_job_start(&(vjob_job_spec){.duration_ns = 300000000}, &native));
    CHECK(vjob_wait(native, 50000000) == VJOB_ETIMEDOUT);
    CHECK(vjob_clock_now() - began >= 50000000); /* not before the deadline */
    CHECK(vjob_wait(native, VJOB_FOREVER) == VJOB_OK);
    CHECK(vjob_sleep(100000000) == VJOB_OK && vjob_clock_now() - began >= 400000000);
    HCS_OPERATION operation = HcsCreateOperation(NULL, NULL);
    HCS_SYSTEM computer = NULL;
    CHECK(SUCCEEDED(HcsCreateComputeSystem(L"one",
                                           L"{\"SchemaVersion\": {\"Major\": 2, \"Minor\": 1}, "
                                           L"\"Container\": {}}",
                                           operation, NULL, &computer)));
    CHECK(HcsWaitForOperationResult(operation, INFINITE, NULL) == S_OK);
    uint64_t before = vjob_clock_now();
    CHECK(HcsWaitForComputeSystemExit(computer, 50, NULL) == HCS_E_OPERATION_TIMEOUT);
    CHECK(vjob_clock_now() - before >= 50000000);
    CHECK(SUCCEEDED(HcsTerminateComputeSystem(computer, operation, NULL)));
    CHECK(HcsWaitForComputeSystemExit(computer, INFINITE, NULL) == S_OK);
    HcsCloseOperation(operation);
    HcsCloseComputeSystem(computer);
    CHECK(!vjob_sim_set_duration("start", 100000000, 0, 0));
    virConnectPtr connection = virConnectOpen("vjob:///");
    virDomainPtr domain = virDomainLookupByName(connection, "WindowsXP");
    before = vjob_clock_now();
    CHECK(virDomainCreate(domain) == 0 && vjob_clock_now() - before >= 100000000);
    CHECK(virDomainFree(domain) == 0 && virConnectClose(connection) == 0);
    setitimer(ITIMER_REAL, &never, NULL);
    CHECK(signals > 20); /* or nothing was tried */
    vjob_release(native);
    VixHost_Disconnect(host);
    PrlHandle_Free(server);
    return PrlApi_Deinit() || vjob_deinit();
}
