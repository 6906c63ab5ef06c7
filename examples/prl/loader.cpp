/*
 * The same API without linking to it: SdkWrap.h opens the library while the program runs, and SdkHandleWrap
 * frees each handle at the end of its block.
 *
 *     pyvjob run loader.cpp [FILE]      default: libprl_sdk.so, wherever the system finds it
 */
#include <cstdio>
#include <stdexcept>
#include <string>
#include <vector>

#include <SdkWrap.h>
#include <SdkHandleWrap.h>

namespace
{

const PRL_UINT32 kForeverMs = 0xFFFFFFFF;

/* Names of codes come from the library too; prl_result_to_string is for programs that link to it. */
void check(const char *doing, PRL_RESULT code)
{
    if (PRL_SUCCEEDED(code)) return;
    PRL_CONST_STR name = "?";
    if (SdkWrap_IsLoaded()) PrlDbg_PrlResultToString(code, &name);
    throw std::runtime_error(std::string(doing) + ": " + name);
}

/* Waits for a job and returns its result. */
SdkHandleWrap finish(const char *doing, PRL_HANDLE handle)
{
    SdkHandleWrap job(handle), result;
    PRL_RESULT outcome = PRL_ERR_UNINITIALIZED;
    check(doing, PrlJob_Wait(job, kForeverMs));
    check(doing, PrlJob_GetRetCode(job, &outcome));
    check(doing, outcome);
    check(doing, PrlJob_GetResult(job, result.GetHandlePtr()));
    return result;
}

std::string name_of(PRL_HANDLE vm)
{
    PRL_UINT32 size = 0;
    check("name", PrlVmCfg_GetName(vm, nullptr, &size));
    std::vector<char> text(size);
    check("name", PrlVmCfg_GetName(vm, text.data(), &size));
    return text.data();
}

void list_machines()
{
    SdkHandleWrap server;
    check("server", PrlSrv_Create(server.GetHandlePtr()));
    finish("login", PrlSrv_LoginLocal(server, "", 0, PSL_NORMAL_SECURITY));
    SdkHandleWrap list = finish("VM list", PrlSrv_GetVmList(server));
    PRL_UINT32 count = 0;
    check("VM list", PrlResult_GetParamsCount(list, &count));
    for (PRL_UINT32 i = 0; i < count; i++) {
        SdkHandleWrap vm;
        check("VM list", PrlResult_GetParamByIndex(list, i, vm.GetHandlePtr()));
        std::printf("%s\n", name_of(vm).c_str());
    }
    finish("logoff", PrlSrv_Logoff(server));
}

} // namespace

int main(int argc, char **argv)
{
    int code = 0;
    if (PRL_FAILED(argc > 1 ? SdkWrap_Load(argv[1]) : SdkWrap_LoadLibFromStdPaths())) {
        std::fprintf(stderr, "loader: the library cannot be loaded\n");
        return 2;
    }
    try {
        check("init", PrlApi_InitEx(PARALLELS_API_VER, PAM_SERVER, 0, 0));
        list_machines();
        check("deinit", PrlApi_Deinit());
    } catch (const std::exception &failure) {
        std::fprintf(stderr, "loader: %s\n", failure.what());
        code = 1;
    }
    SdkWrap_Unload();
    return code;
}
