/* Any bytes as calls of all APIs, with handles that live, are stale, belong to another API or are invented. */
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
    case 2: vjob_release(h); break;
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    target_bytes bytes = {data, size};
    target_world();
    OK(vjob_init());
    EQUAL(PrlApi_InitEx(PARALLELS_API_VER, PAM_SERVER, 0, 0), PRL_ERR_SUCCESS);
    for (int n = 0; bytes.left && n < 200; n++) {
        const unsigned api = target_byte(&bytes) % 4;
        if (api == 0) native_call(&bytes);
        if (api == 1 || api == 2) prl_call(&bytes);
        if (api == 3) vix_call(&bytes);
    }
    /* The ends take along what was forgotten. */
    EQUAL(PrlApi_Deinit(), PRL_ERR_SUCCESS);
    EQUAL(vjob_leaks(VJOB_SPACE_PRL, NULL, 0), 0);
    vjob_handle_info infos[256];
    for (size_t n; (n = vjob_leaks(VJOB_SPACE_VIX, infos, COUNT(infos))) > 0;)
        for (size_t i = 0; i < n && i < COUNT(infos); i++) {
            VixHandle h = (VixHandle)infos[i].handle;
            if (Vix_GetHandleType(h) == VIX_HANDLETYPE_JOB) VixJob_Wait(h, VIX_PROPERTY_NONE);
            Vix_ReleaseHandle(h);
        }
    /* A connection that was given up while it was made is there for a moment, and goes by itself. */
    vjob_vix_settle();
    for (int i = 0; i < 1000 && vjob__space_held(VJOB_SPACE_VIX); i++) {
        OK(vjob_sleep(S));
        vjob_vix_settle();
    }
    OK(vjob_deinit());
    memset(pool, 0, sizeof pool);
    return 0;
}
