/*
 * The shape of playground code: jobs are not waited for but recognised in the callback by the value of their
 * handle, callbacks never free what they get (the library takes it all back when it stops), and the whole story
 * is told several times over, with a new start of the library each time.
 */
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <map>
#include <mutex>
#include <string>

#include <Parallels.h>

namespace
{

struct Waiter {
    std::mutex mutex;
    std::condition_variable cond;
    std::map<PRL_HANDLE, PRL_JOB_OPERATION_CODE> finished;
    std::map<PRL_EVENT_TYPE, int> events;
    int mismatches;
};

PRL_RESULT callback(PRL_HANDLE handle, PRL_VOID_PTR data)
{
    Waiter *waiter = static_cast<Waiter *>(data);
    PRL_HANDLE_TYPE type = PHT_ERROR;
    PrlHandle_GetType(handle, &type);
    std::lock_guard<std::mutex> lock(waiter->mutex);
    if (type == PHT_JOB) {
        PRL_JOB_OPERATION_CODE code = PJOC_UNKNOWN;
        PRL_JOB_STATUS status = PJS_UNKNOWN;
        PrlJob_GetOpCode(handle, &code);
        PrlJob_GetStatus(handle, &status);
        if (status != PJS_FINISHED) ++waiter->mismatches;
        waiter->finished[handle] = code;
    } else if (type == PHT_EVENT) {
        PRL_EVENT_TYPE event = PET_DSP_EVT_ERROR_MESSAGE;
        PrlEvent_GetType(handle, &event);
        ++waiter->events[event];
    } else {
        ++waiter->mismatches;
    }
    waiter->cond.notify_all();
    return PRL_ERR_SUCCESS; /* and the handle is nobody's business */
}

/* Has this very handle come to the callback, as a job of this operation? */
bool came(Waiter &waiter, PRL_HANDLE job, PRL_JOB_OPERATION_CODE code)
{
    std::unique_lock<std::mutex> lock(waiter.mutex);
    bool in_time =
        waiter.cond.wait_for(lock, std::chrono::seconds(10), [&] { return waiter.finished.count(job) != 0; });
    return in_time && waiter.finished[job] == code;
}

PRL_HANDLE find_stopped(PRL_HANDLE list_job)
{
    PRL_HANDLE result = PRL_INVALID_HANDLE, found = PRL_INVALID_HANDLE;
    PRL_UINT32 count = 0;
    PrlJob_GetResult(list_job, &result);
    PrlResult_GetParamsCount(result, &count);
    for (PRL_UINT32 i = 0; i < count && !found; ++i) {
        PRL_HANDLE vm = PRL_INVALID_HANDLE, info = PRL_INVALID_HANDLE;
        VIRTUAL_MACHINE_STATE state = VMS_UNKNOWN;
        PrlResult_GetParamByIndex(result, i, &vm);
        PrlVmCfg_GetVmInfo(vm, &info);
        PrlVmInfo_GetState(info, &state);
        if (state == VMS_STOPPED) found = vm;
    }
    return found;
}

bool story(PRL_UINT32 version)
{
    Waiter waiter;
    waiter.mismatches = 0;
    PRL_HANDLE server = PRL_INVALID_HANDLE;
    if (PRL_FAILED(PrlApi_InitEx(version, PAM_SERVER, 0, 0))) return false;
    if (PRL_FAILED(PrlSrv_Create(&server))) return false;
    if (PRL_FAILED(PrlSrv_RegEventHandler(server, callback, &waiter))) return false;
    bool fine = came(waiter, PrlSrv_LoginLocal(server, NULL, 0, PSL_NORMAL_SECURITY), PJOC_SRV_LOGIN_LOCAL);
    PRL_HANDLE list = PrlSrv_GetVmList(server);
    fine = came(waiter, list, PJOC_SRV_GET_VM_LIST) && fine;
    PRL_HANDLE vm = find_stopped(list);
    fine = came(waiter, PrlVm_Start(vm), PJOC_VM_START) && fine;
    fine = came(waiter, PrlVm_Stop(vm, PRL_FALSE), PJOC_VM_STOP) && fine;
    fine =
        came(waiter, PrlVm_Stop(vm, PRL_FALSE), PJOC_VM_STOP) && fine; /* fails, and is told all the same */
    fine = came(waiter, PrlSrv_Logoff(server), PJOC_SRV_LOGOFF) && fine;
    PrlSrv_UnregEventHandler(server, callback, &waiter);
    fine = waiter.events[PET_DSP_EVT_VM_STARTED] == 1 && waiter.events[PET_DSP_EVT_VM_STOPPED] == 1 && fine;
    fine = waiter.events[PET_DSP_EVT_VM_STATE_CHANGED] >= 3 && waiter.mismatches == 0 && fine;
    PrlHandle_Free(server);
    return PRL_SUCCEEDED(PrlApi_Deinit()) && fine;
}

} // namespace

int main()
{
    for (int i = 0; i < 5; ++i) {
        if (story(i % 2 ? VIRTUOZZO_API_VER : PARALLELS_API_VER)) continue;
        std::printf("round %d went wrong\n", i);
        return 1;
    }
    std::printf("fine\n");
    return 0;
}
