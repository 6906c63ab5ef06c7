/* Any bytes as calls of all APIs, with handles that live, are stale, belong to another API or are invented. */
#include <computecore.h>
#include <libvirt/libvirt.h>
#include <libvirt/virjob.h>
#include <libvirt/virterror.h>
#include <vjob/hcs_host.h>
#include <vjob/vir_host.h>
#include <vjob/vix_host.h>

#include "Parallels.h"
#include "target.h"
#include "vix.h"

enum { POOL = 16 };

static uint64_t pool[POOL];

static uint64_t handle(target_bytes *bytes)
{
    const unsigned which = target_byte(bytes);
    return which < 250 ? pool[which % POOL] : target_number(bytes);
}

static void keep(target_bytes *bytes, uint64_t h)
{
    pool[target_byte(bytes) % POOL] = h; /* what was there is forgotten, as clients do */
}

static void native_call(target_bytes *bytes)
{
    vjob_handle h = handle(bytes), made = 0;
    vjob_job_info info;
    switch (target_byte(bytes) % 9) {
    case 0:
        if (!vjob_job_start(&(vjob_job_spec){.duration_ns = target_byte(bytes) * MS}, &made))
            keep(bytes, made);
        break;
    case 1: vjob_addref(h); break;
    case 2:
        if (h >> 60 != VJOB_SPACE_HCS) vjob_release(h); /* those are closed, by their own functions */
        break;
    case 3: vjob_job_look(h, &info); break;
    case 4: vjob_job_cancel(h); break;
    case 5: vjob_wait(h, target_byte(bytes) * MS); break;
    case 6:
        if (!vjob_source_create("s", &made)) keep(bytes, made);
        break;
    case 7: vjob_source_post(h, &(vjob_event){.what = "w"}); break;
    default: {
        size_t index;
        const vjob_handle several[] = {h, handle(bytes), handle(bytes)};
        vjob_wait_any(several, 3, target_byte(bytes) * MS, &index);
    }
    }
}

static void prl_call(target_bytes *bytes)
{
    PRL_HANDLE h = (PRL_HANDLE)(uintptr_t)handle(bytes), out = PRL_INVALID_HANDLE;
    PRL_UINT32 number = 8;
    char text[8];
    switch (target_byte(bytes) % 16) {
    case 0:
        if (PRL_SUCCEEDED(PrlSrv_Create(&out))) keep(bytes, (uintptr_t)out);
        break;
    case 1: keep(bytes, (uintptr_t)PrlSrv_LoginLocal(h, NULL, 0, PSL_NORMAL_SECURITY)); break;
    case 2: PrlHandle_Free(h); break;
    case 3: PrlHandle_AddRef(h); break;
    case 4: PrlJob_Wait(h, target_byte(bytes)); break;
    case 5: keep(bytes, (uintptr_t)PrlJob_Cancel(h)); break;
    case 6:
        if (PRL_SUCCEEDED(PrlJob_GetResult(h, &out))) keep(bytes, (uintptr_t)out);
        break;
    case 7:
        if (PRL_SUCCEEDED(PrlResult_GetParamByIndex(h, target_byte(bytes) % 4, &out)))
            keep(bytes, (uintptr_t)out);
        break;
    case 8: keep(bytes, (uintptr_t)PrlSrv_GetVmList(h)); break;
    case 9: keep(bytes, (uintptr_t)PrlVm_Start(h)); break;
    case 10: keep(bytes, (uintptr_t)PrlVm_Stop(h, PRL_TRUE)); break;
    case 11: PrlVmCfg_GetName(h, text, &number); break;
    case 12: PrlJob_GetRetCode(h, (PRL_RESULT_PTR)&number); break;
    case 13: PrlVmCfg_GetRamSize(h, &number); break;
    case 14: keep(bytes, (uintptr_t)PrlSrv_Logoff(h)); break;
    default: keep(bytes, (uintptr_t)PrlVm_GetState(h));
    }
}

static void vix_call(target_bytes *bytes)
{
    const VixHandle h = (VixHandle)handle(bytes);
    VixHandle out = VIX_INVALID_HANDLE;
    Bool done;
    switch (target_byte(bytes) % 10) {
    case 0:
        keep(bytes, (uint32_t)VixHost_Connect(VIX_API_VERSION, VIX_SERVICEPROVIDER_VMWARE_WORKSTATION, NULL,
                                              0, NULL, NULL, 0, VIX_INVALID_HANDLE, NULL, NULL));
        break;
    case 1: Vix_ReleaseHandle(h); break;
    case 2: Vix_AddRefHandle(h); break;
    case 3:
        if (Vix_GetHandleType(h) == VIX_HANDLETYPE_JOB &&
            !VixJob_Wait(h, VIX_PROPERTY_JOB_RESULT_HANDLE, &out, VIX_PROPERTY_NONE))
            keep(bytes, (uint32_t)out);
        break;
    case 4: VixJob_CheckCompletion(h, &done); break;
    case 5: keep(bytes, (uint32_t)VixVM_Open(h, "[standard] fedora/fedora.vmx", NULL, NULL)); break;
    case 6: keep(bytes, (uint32_t)VixVM_PowerOn(h, 0, VIX_INVALID_HANDLE, NULL, NULL)); break;
    case 7: keep(bytes, (uint32_t)VixVM_PowerOff(h, 0, NULL, NULL)); break;
    case 8:
        if (Vix_GetHandleType(h) == VIX_HANDLETYPE_HOST) VixHost_Disconnect(h);
        break;
    default:
        if (!VixVM_GetRootSnapshot(h, 0, &out)) keep(bytes, (uint32_t)out);
    }
}

static void hears(HCS_EVENT *event, void *context)
{
    (void)event, (void)context;
}

static void hcs_call(target_bytes *bytes)
{
    static const wchar_t container[] = L"{\"SchemaVersion\": {\"Major\": 2, \"Minor\": 1}, \"Container\": {},"
                                       L" \"ShouldTerminateOnLastHandleClosed\": true}";
    void *h = (void *)(uintptr_t)handle(bytes), *other = (void *)(uintptr_t)handle(bytes);
    HCS_SYSTEM system = NULL;
    HCS_PROCESS process = NULL;
    const wchar_t id[] = {(wchar_t)(L'a' + target_byte(bytes) % 3), 0};
    switch (target_byte(bytes) % 14) {
    case 0: keep(bytes, (uintptr_t)HcsCreateOperation(NULL, NULL)); break;
    case 1:
        if (SUCCEEDED(HcsCreateComputeSystem(id, container, h, NULL, &system)))
            keep(bytes, (uintptr_t)system);
        break;
    case 2:
        if (SUCCEEDED(HcsOpenComputeSystem(id, GENERIC_ALL, &system))) keep(bytes, (uintptr_t)system);
        break;
    case 3: HcsStartComputeSystem(h, other, NULL); break;
    case 4: HcsTerminateComputeSystem(h, other, NULL); break;
    case 5: HcsPauseComputeSystem(h, other, NULL); break;
    case 6: HcsGetComputeSystemProperties(h, other, NULL); break;
    case 7: HcsWaitForOperationResult(h, target_byte(bytes), NULL); break;
    case 8: HcsSetComputeSystemCallback(h, target_byte(bytes) % 2, NULL, hears); break;
    case 9:
        if (SUCCEEDED(HcsCreateProcess(h, L"{\"CommandLine\": \"cmd /c ver\"}", other, NULL, &process)))
            keep(bytes, (uintptr_t)process);
        break;
    case 10: HcsWaitForProcessExit(h, target_byte(bytes), NULL); break;
    case 11: HcsCloseProcess(h); break;
    case 12: HcsCloseComputeSystem(h); break;
    default: HcsCloseOperation(h);
    }
}

static void quiet(void *data, virErrorPtr error)
{
    (void)data, (void)error;
}

static void vir_call(target_bytes *bytes)
{
    static const char *const names[] = {"WindowsXP", "debian", "fedora", "nobody"};
    void *h = (void *)(uintptr_t)handle(bytes), *made = NULL;
    virJobInfo info;
    virDomainInfo domain;
    switch (target_byte(bytes) % 14) {
    case 0: made = virConnectOpen("vjob:///"); break;
    case 1: made = virDomainLookupByName(h, names[target_byte(bytes) % COUNT(names)]); break;
    case 2: made = virNetworkLookupByName(h, "default"); break;
    case 3: made = virDomainCreateJob(h, 0); break;
    case 4: virDomainDestroy(h); break;
    case 5: virDomainRef(h); break;
    case 6: virDomainFree(h); break;
    case 7: virDomainGetInfo(h, &domain); break;
    case 8: virJobGetInfo(h, &info); break;
    case 9: virJobCancel(h); break;
    case 10: virJobDestroy(h); break;
    case 11: virConnectClose(h); break;
    case 12: virNetworkDestroy(h); break;
    default: made = virDomainGetConnect(h);
    }
    if (made) keep(bytes, (uintptr_t)made);
}

/* What was forgotten is given back: the function of another type refuses it. */
static void give_back(vjob_space space)
{
    vjob_handle_info infos[256];
    for (size_t n; (n = vjob_leaks(space, infos, COUNT(infos))) > 0;)
        for (size_t i = 0; i < n && i < COUNT(infos); i++) {
            void *h = (void *)(uintptr_t)infos[i].handle;
            if (space == VJOB_SPACE_HCS) {
                HcsCloseProcess(h);
                HcsCloseComputeSystem(h);
                HcsCloseOperation(h);
                continue;
            }
            vjob_wait(infos[i].handle, VJOB_FOREVER);
            virJobDestroy(h);
            virDomainFree(h);
            virNetworkFree(h);
            virConnectClose(h);
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    target_bytes bytes = {data, size};
    target_world();
    OK(vjob_init());
    EQUAL(PrlApi_InitEx(PARALLELS_API_VER, PAM_SERVER, 0, 0), PRL_ERR_SUCCESS);
    virSetErrorFunc(NULL, quiet);
    for (int n = 0; bytes.left && n < 200; n++) {
        const unsigned byte = target_byte(&bytes), api = byte < 128 ? byte % 4 : 4 + byte % 2;
        if (api == 4) hcs_call(&bytes);
        if (api == 5) vir_call(&bytes);
        if (api == 0) native_call(&bytes);
        if (api == 1 || api == 2) prl_call(&bytes);
        if (api == 3) vix_call(&bytes);
    }
    /* The ends take along what was forgotten. */
    EQUAL(PrlApi_Deinit(), PRL_ERR_SUCCESS);
    EQUAL(vjob_leaks(VJOB_SPACE_PRL, NULL, 0), 0);
    give_back(VJOB_SPACE_HCS);
    vjob_hcs_settle();
    give_back(VJOB_SPACE_VIR);
    vjob_handle_info infos[256];
    for (size_t n; (n = vjob_leaks(VJOB_SPACE_VIX, infos, COUNT(infos))) > 0;)
        for (size_t i = 0; i < n && i < COUNT(infos); i++) {
            VixHandle h = (VixHandle)infos[i].handle;
            if (Vix_GetHandleType(h) == VIX_HANDLETYPE_JOB) VixJob_Wait(h, VIX_PROPERTY_NONE);
            Vix_ReleaseHandle(h);
        }
    /* A connection that was given up while it was made is there for a moment, and goes by itself. */
    vjob_vix_settle();
    for (int i = 0; i < 1000 && (vjob__space_held(VJOB_SPACE_VIX) || vjob__space_held(VJOB_SPACE_HCS) ||
                                 vjob__space_held(VJOB_SPACE_VIR));
         i++) {
        OK(vjob_sleep(S));
        vjob_vix_settle();
        vjob_hcs_settle();
        vjob_vir_settle();
    }
    EQUAL(vjob__space_held(VJOB_SPACE_HCS), 0);
    EQUAL(vjob__space_held(VJOB_SPACE_VIR), 0);
    EQUAL(vjob__space_held(VJOB_SPACE_VIX), 0);
    OK(vjob_deinit());
    memset(pool, 0, sizeof pool);
    return 0;
}
