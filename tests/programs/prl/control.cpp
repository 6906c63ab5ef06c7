/*
 * The shape of a command line tool for administrators: headers one by one, an owner class for handles, buffers of a
 * fixed size on the stack for every text, "not zero" as the test for failure, a handler whose result is an int and
 * which draws progress, and a careless unregister with another user pointer.
 */
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

#include <PrlApiDisp.h>
#include <PrlApiNet.h>
#include <PrlApiDeprecated.h>
#include <PrlTypes.h>
#include <PrlOses.h>
#include <PrlIOStructs.h>
#include <PrlEnums.h>
#include <prlsdk/PrlDisk.h>
#include <Virtuozzo.h>

namespace
{

const unsigned JOB_WAIT_TIMEOUT = ~0U;
int failures;

void prl_err(int line, const char *what, PRL_RESULT ret)
{
    std::printf("line %d: %s: %s\n", line, what, prl_result_to_string(ret));
    ++failures;
}
#define MUST(call)                                                                                           \
    do {                                                                                                     \
        PRL_RESULT ret_ = (call);                                                                            \
        if (ret_) prl_err(__LINE__, #call, ret_);                                                            \
    } while (0)
#define EXPECT(condition)                                                                                    \
    do {                                                                                                     \
        if (!(condition)) {                                                                                  \
            std::printf("line %d: %s\n", __LINE__, #condition);                                              \
            ++failures;                                                                                      \
        }                                                                                                    \
    } while (0)

class Hndl
{
  public:
    explicit Hndl(PRL_HANDLE h = PRL_INVALID_HANDLE) : m_handle(h) {}
    ~Hndl() { release(); }
    PRL_HANDLE *ptr()
    {
        release();
        return &m_handle;
    }
    operator PRL_HANDLE() const { return m_handle; }
    PRL_HANDLE get() const { return m_handle; }

  private:
    void release()
    {
        if (m_handle) PrlHandle_Free(m_handle);
        m_handle = 0;
    }
    Hndl(const Hndl &);
    Hndl &operator=(const Hndl &);
    PRL_HANDLE m_handle;
};

std::string error_of_event(PRL_HANDLE event)
{
    char buf[4096];
    PRL_UINT32 len = sizeof(buf) - 1;
    if (PrlEvent_GetErrString(event, PRL_FALSE, PRL_FALSE, buf, &len)) return "";
    return buf;
}

/* The return code, and the text of a failure. */
int get_job_retcode(PRL_HANDLE hJob, std::string &err, unsigned timeout = JOB_WAIT_TIMEOUT)
{
    PRL_RESULT ret, retcode = PRL_ERR_UNINITIALIZED;
    if ((ret = PrlJob_Wait(hJob, timeout))) return ret;
    if ((ret = PrlJob_GetRetCode(hJob, &retcode))) return ret;
    if (retcode) {
        Hndl hErr;
        if (PrlJob_GetError(hJob, hErr.ptr()) == 0) err = error_of_event(hErr);
        char buf[1024];
        PRL_UINT32 len = sizeof(buf);
        if (err.empty() && PrlApi_GetResultDescription(retcode, PRL_FALSE, PRL_FALSE, buf, &len) == 0)
            err = buf;
    }
    return retcode;
}

int get_result(PRL_HANDLE job, PRL_HANDLE *result)
{
    Hndl hJob(job);
    std::string err;
    int ret = get_job_retcode(hJob, err);
    return ret ? ret : PrlJob_GetResult(hJob, result);
}

int get_first(PRL_HANDLE job, PRL_HANDLE *param)
{
    Hndl hResult;
    PRL_UINT32 count = 0;
    int ret = get_result(job, hResult.ptr());
    if (ret) return ret;
    if ((ret = PrlResult_GetParamsCount(hResult, &count))) return ret;
    return count ? PrlResult_GetParam(hResult, param) : PRL_ERR_NO_DATA;
}

int wait_for(PRL_HANDLE job)
{
    Hndl hJob(job);
    std::string err;
    return get_job_retcode(hJob, err);
}

/* ---- progress ---- */

struct Progress {
    volatile int events, jobs, last;
};

int progress_handler(PRL_HANDLE hEvent, void *data)
{
    Progress *progress = static_cast<Progress *>(data);
    PRL_HANDLE_TYPE type;
    PRL_EVENT_TYPE evt;
    if (PrlHandle_GetType(hEvent, &type)) return 0;
    if (type == PHT_JOB) {
        ++progress->jobs;
    } else if (type == PHT_EVENT && PrlEvent_GetType(hEvent, &evt) == 0 &&
               evt == PET_DSP_EVT_JOB_PROGRESS_CHANGED) {
        Hndl hParam;
        PRL_UINT32 percent = 0;
        ++progress->events;
        if (PrlEvent_GetParamByName(hEvent, "progress_changed", hParam.ptr()) == 0 &&
            PrlEvtPrm_ToUint32(hParam, &percent) == 0)
            progress->last = static_cast<int>(percent);
    }
    PrlHandle_Free(hEvent);
    return 0;
}

/* ---- list ---- */

#define TEXT(getter)                                                                                         \
    do {                                                                                                     \
        len = sizeof(buf);                                                                                   \
        buf[0] = '?';                                                                                        \
        MUST(getter(vm, buf, &len));                                                                         \
        EXPECT(len == std::strlen(buf) + 1);                                                                 \
    } while (0)

void show_vm(PRL_HANDLE vm)
{
    char buf[4096];
    PRL_UINT32 len, number;
    PRL_UINT64 big;
    PRL_BOOL flag;
    std::string name;

    TEXT(PrlVmCfg_GetName);
    name = buf;
    TEXT(PrlVmCfg_GetUuid);
    TEXT(PrlVmCfg_GetHostname);
    TEXT(PrlVmCfg_GetDescription);
    TEXT(PrlVmCfg_GetHomePath);
    TEXT(PrlVmCfg_GetServerUuid);
    TEXT(PrlVmCfg_GetServerHost);
    TEXT(PrlVmCfg_GetUptimeStartDate);
    TEXT(PrlVmCfg_GetVNCHostName);
    TEXT(PrlVmCfg_GetVNCPassword);
    TEXT(PrlVmCfg_GetSystemFlags);
    TEXT(PrlVmCfg_GetExternalBootDevice);
    TEXT(PrlVmCfg_GetCpuMask);
    TEXT(PrlVmCfg_GetNodeMask);
    TEXT(PrlVmCfg_GetOsTemplate);
    TEXT(PrlVmCfg_GetCtId);
    TEXT(PrlVmCfg_GetDefaultBackupDirectory);
    MUST(PrlVmCfg_GetCpuCount(vm, &number));
    MUST(PrlVmCfg_GetRamSize(vm, &number));
    MUST(PrlVmCfg_GetVideoRamSize(vm, &number));
    MUST(PrlVmCfg_GetCpuUnits(vm, &number));
    MUST(PrlVmCfg_GetCpuLimit(vm, &number));
    MUST(PrlVmCfg_GetIoPriority(vm, &number));
    MUST(PrlVmCfg_GetIopsLimit(vm, &number));
    MUST(PrlVmCfg_GetAutoStartDelay(vm, &number));
    MUST(PrlVmCfg_GetEnvId(vm, &number));
    MUST(PrlVmCfg_GetOsVersion(vm, &number));
    MUST(PrlVmCfg_GetUptime(vm, &big));
    MUST(PrlVmCfg_IsTemplate(vm, &flag));
    EXPECT(!flag);
    MUST(PrlVmCfg_IsEfiEnabled(vm, &flag));
    MUST(PrlVmCfg_IsAllowSelectBootDevice(vm, &flag));
    MUST(PrlVmCfg_IsCpuHotplugEnabled(vm, &flag));
    MUST(PrlVmCfg_IsRamHotplugEnabled(vm, &flag));
    MUST(PrlVmCfg_IsOfflineManagementEnabled(vm, &flag));
    MUST(PrlVmCfg_IsHighAvailabilityEnabled(vm, &flag));
    MUST(PrlVmCfg_IsToolsAutoUpdateEnabled(vm, &flag));
    MUST(PrlVmCfg_IsNestedVirtualizationEnabled(vm, &flag));

    PRL_UINT32 devices = 0;
    Hndl list;
    MUST(PrlVmCfg_GetDevsCount(vm, &devices));
    MUST(PrlVmCfg_GetAllDevices(vm, list.ptr()));
    MUST(PrlHndlList_GetItemsCount(list, &number));
    EXPECT(number == devices);
    for (PRL_UINT32 i = 0; i < number; ++i) {
        Hndl dev;
        PRL_DEVICE_TYPE type;
        MUST(PrlHndlList_GetItem(list, i, dev.ptr()));
        MUST(PrlVmDev_GetType(dev, &type));
        len = sizeof(buf);
        MUST(PrlVmDev_GetFriendlyName(dev, buf, &len));
        len = sizeof(buf);
        MUST(PrlVmDev_GetSysName(dev, buf, &len));
        MUST(PrlVmDev_IsEnabled(dev, &flag));
        EXPECT(flag);
    }

    Hndl info, tools, stat;
    VIRTUAL_MACHINE_STATE state;
    PRL_VM_TOOLS_STATE tools_state;
    MUST(PrlVmCfg_GetVmInfo(vm, info.ptr()));
    MUST(PrlVmInfo_GetState(info, &state));
    MUST(PrlVmInfo_IsInvalid(info, &flag));
    EXPECT(!flag);
    MUST(PrlVmInfo_IsVncServerStarted(info, &flag));
    MUST(get_first(PrlVm_GetToolsState(vm), tools.ptr()));
    MUST(PrlVmToolsInfo_GetState(tools, &tools_state));
    len = sizeof(buf);
    MUST(PrlVmToolsInfo_GetVersion(tools, buf, &len));
    MUST(get_first(PrlVm_GetStatistics(vm), stat.ptr()));
    std::printf("%-10s %s %s\n", name.c_str(), state == VMS_RUNNING ? "running" : "stopped",
                tools_state == PTS_INSTALLED ? "with tools" : "");
}

void list(PRL_HANDLE srv)
{
    Hndl result;
    PRL_UINT32 count = 0;
    MUST(get_result(PrlSrv_GetVmListEx(srv, PVTF_VM), result.ptr()));
    MUST(PrlResult_GetParamsCount(result, &count));
    for (PRL_UINT32 i = 0; i < count; ++i) {
        Hndl vm;
        MUST(PrlResult_GetParamByIndex(result, i, vm.ptr()));
        show_vm(vm);
    }
    Hndl none;
    MUST(get_result(PrlSrv_GetVmListEx(srv, PVTF_CT), none.ptr()));
    MUST(PrlResult_GetParamsCount(none, &count));
    EXPECT(count == 0);
}

/* ---- server ---- */

void server_info(PRL_HANDLE srv)
{
    char buf[1024];
    PRL_UINT32 len, number = 0;
    Hndl config, prefs, profile, stat, info, users, nets;
    PRL_UINT64 total = 0, used = 0;
    MUST(get_first(PrlSrv_GetSrvConfig(srv), config.ptr()));
    MUST(PrlSrvCfg_GetCpuCount(config, &number));
    EXPECT(number == 16);
    MUST(PrlSrvCfg_GetHostRamSize(config, &number));
    EXPECT(number == 65536);
    len = sizeof(buf);
    MUST(PrlSrvCfg_GetHostname(config, buf, &len));
    EXPECT(!std::strcmp(buf, "localhost"));
    len = sizeof(buf);
    MUST(PrlSrvCfg_GetCpuModel(config, buf, &len));
    len = sizeof(buf);
    MUST(PrlSrvCfg_GetHostOsStrPresentation(config, buf, &len));
    MUST(get_first(PrlSrv_GetCommonPrefs(srv), prefs.ptr()));
    MUST(PrlDispCfg_GetReservedMemLimit(prefs, &number));
    len = sizeof(buf);
    MUST(PrlDispCfg_GetDefaultBackupDirectory(prefs, buf, &len));
    MUST(wait_for(PrlSrv_CommonPrefsBeginEdit(srv)));
    MUST(PrlDispCfg_SetReservedMemLimit(prefs, 4096));
    MUST(wait_for(PrlSrv_CommonPrefsCommit(srv, prefs)));
    Hndl again;
    MUST(get_first(PrlSrv_GetCommonPrefs(srv), again.ptr()));
    MUST(PrlDispCfg_GetReservedMemLimit(again, &number));
    EXPECT(number == 4096);
    MUST(get_first(PrlSrv_GetUserProfile(srv), profile.ptr()));
    MUST(PrlSrv_GetServerInfo(srv, info.ptr()));
    len = sizeof(buf);
    MUST(PrlSrvInfo_GetProductVersion(info, buf, &len));
    len = sizeof(buf);
    MUST(PrlSrvInfo_GetServerUuid(info, buf, &len));
    EXPECT(buf[0] == '{');
    MUST(get_first(PrlSrv_GetStatistics(srv), stat.ptr()));
    MUST(PrlStat_GetTotalRamSize(stat, &total));
    MUST(PrlStat_GetUsageRamSize(stat, &used));
    EXPECT(total == 65536ULL << 20 && used < total);
    MUST(get_result(PrlSrv_GetUserInfoList(srv), users.ptr()));
    MUST(get_result(PrlSrv_GetVirtualNetworkList(srv, 0), nets.ptr()));
    MUST(PrlResult_GetParamsCount(nets, &number));
    EXPECT(number == 1);
}

/* ---- one command on one VM, with progress ---- */

int command(const char *what, PRL_HANDLE job)
{
    Hndl hJob(job);
    std::string err;
    int ret = get_job_retcode(hJob, err);
    if (ret) std::printf("%s: %s\n", what, err.c_str());
    return ret;
}

void power(PRL_HANDLE srv)
{
    Hndl vm;
    static Progress progress;
    MUST(get_first(PrlSrv_GetVmConfig(srv, "fedora", PGVC_SEARCH_BY_NAME), vm.ptr()));
    MUST(PrlSrv_RegEventHandler(srv, &progress_handler, &progress));
    MUST(wait_for(PrlVm_GetState(vm)));
    MUST(command("start", PrlVm_StartEx(vm, PSM_VM_START, 0)));
    EXPECT(command("start", PrlVm_StartEx(vm, PSM_VM_START, 0)) == PRL_ERR_FAILURE);
    MUST(command("stop", PrlVm_StopEx(vm, PSM_KILL, PSF_FORCE)));
    EXPECT(command("stop", PrlVm_StopEx(vm, PSM_KILL, PSF_FORCE)) == PRL_ERR_DISP_VM_IS_NOT_STARTED);
    while (progress.jobs < 5) ::usleep(1000); /* waiters wake before handlers are called */
    MUST(
        PrlSrv_UnregEventHandler(srv, &progress_handler, &vm)); /* not what was registered: nothing happens */
    MUST(PrlSrv_UnregEventHandler(srv, &progress_handler, &progress));
    EXPECT(progress.events > 3 && progress.last == 100 && progress.jobs == 5);
}

/* ---- exec ---- */

std::string read_all(int fd)
{
    std::string text;
    char buf[256];
    ssize_t n;
    while ((n = ::read(fd, buf, sizeof(buf))) > 0) text.append(buf, n);
    return text;
}

void exec(PRL_HANDLE srv)
{
    Hndl vm, guest, args, env, job, result, event, param;
    PRL_INT32 exit_code = -1;
    int out[2];
    MUST(get_first(PrlSrv_GetVmConfig(srv, "debian", PGVC_SEARCH_BY_NAME), vm.ptr()));
    MUST(get_first(PrlVm_LoginInGuest(vm, "root", "secret", 0), guest.ptr()));
    MUST(PrlApi_CreateStringsList(args.ptr()));
    MUST(PrlStrList_AddItem(args, "-c"));
    MUST(PrlStrList_AddItem(args, "echo hello from the guest; exit 3"));
    MUST(PrlApi_CreateStringsList(env.ptr()));
    if (::pipe(out)) return;
    MUST(get_first(PrlVmGuest_RunProgram(guest, "/bin/sh", args, env, PFD_STDOUT, -1, out[1], -1),
                   event.ptr()));
    ::close(out[1]);
    EXPECT(read_all(out[0]) == "hello from the guest\n");
    ::close(out[0]);
    MUST(PrlEvent_GetParam(event, 0, param.ptr()));
    MUST(PrlEvtPrm_ToInt32(param, &exit_code));
    EXPECT(exit_code == 3);
    MUST(wait_for(PrlVmGuest_Logout(guest, 0)));
    std::printf("exec: exit code %d\n", exit_code);
}

int login(PRL_HANDLE srv)
{
    Hndl job(PrlSrv_LoginLocalEx(srv, NULL, 0, PSL_HIGH_SECURITY, PACF_NON_INTERACTIVE_MODE));
    std::string err;
    int ret = get_job_retcode(job, err);
    if (ret) {
        std::fprintf(stderr, "Login failed: %s\n", err.c_str());
        return ret;
    }
    return wait_for(PrlSrv_SetNonInteractiveSession(srv, PRL_TRUE, 0));
}

} // namespace

int main()
{
    PRL_RESULT ret = PrlApi_InitEx(VIRTUOZZO_API_VER, PAM_SERVER, 0, 0);
    if (ret) return 2;
    {
        Hndl srv;
        if (PrlSrv_Create(srv.ptr()) || login(srv)) return 3;
        list(srv);
        server_info(srv);
        power(srv);
        exec(srv);
        MUST(wait_for(PrlSrv_Logoff(srv)));
    }
    MUST(PrlApi_Deinit());
    std::printf(failures ? "%d failures\n" : "fine\n", failures);
    return failures != 0;
}
