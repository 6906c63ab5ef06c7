/*
 * The shape of plug-ins and bindings: nothing is linked, symbols are looked up one by one in a library that is opened
 * by name and closed again, types of pointers come from the headers (name_Ptr). Strict C99.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

#include <Parallels.h>

static void *library;

static int bind(const char *name, void *pointer)
{
    void *symbol = dlsym(library, name);
    memcpy(pointer, &symbol, sizeof symbol);
    if (!symbol) printf("no %s\n", name);
    return symbol ? 0 : 1;
}

/* clang-format off */
#define POINTERS(X) \
    X(PrlApi_InitEx) X(PrlApi_Deinit) X(PrlSrv_Create) X(PrlSrv_LoginLocal) X(PrlSrv_GetVmList) \
    X(PrlSrv_Logoff) X(PrlJob_Wait) X(PrlJob_GetRetCode) X(PrlJob_GetResult) \
    X(PrlResult_GetParamsCount) X(PrlResult_GetParamByIndex) X(PrlVmCfg_GetName) X(PrlHandle_Free) \
    X(PrlHandle_GetType) X(PrlDbg_PrlResultToString)
/* clang-format on */
#define DECLARE(name) static name##_Ptr p##name;
POINTERS(DECLARE)

static int load(const char *name)
{
    int missing = 0;
    library = dlopen(name, RTLD_NOW | RTLD_LOCAL);
    if (!library) {
        printf("%s\n", dlerror());
        return 1;
    }
#define BIND(name) missing += bind(#name, &p##name);
    POINTERS(BIND)
    return missing;
}

static PRL_RESULT finish(PRL_HANDLE job, PRL_HANDLE *result)
{
    PRL_RESULT code = PRL_ERR_UNEXPECTED, waited = pPrlJob_Wait(job, 10000);
    if (PRL_SUCCEEDED(waited)) waited = pPrlJob_GetRetCode(job, &code);
    if (PRL_SUCCEEDED(waited) && result) waited = pPrlJob_GetResult(job, result);
    pPrlHandle_Free(job);
    return PRL_FAILED(waited) ? waited : code;
}

static int list(PRL_HANDLE server)
{
    PRL_HANDLE result = PRL_INVALID_HANDLE, vm = PRL_INVALID_HANDLE;
    PRL_UINT32 count = 0, i;
    if (PRL_FAILED(finish(pPrlSrv_GetVmList(server), &result))) return 1;
    pPrlResult_GetParamsCount(result, &count);
    for (i = 0; i < count; i++) {
        char name[256];
        PRL_UINT32 size = sizeof name;
        pPrlResult_GetParamByIndex(result, i, &vm);
        pPrlVmCfg_GetName(vm, name, &size);
        printf("%s%s", name, i + 1 < count ? " " : "\n");
        pPrlHandle_Free(vm);
    }
    pPrlHandle_Free(result);
    return 0;
}

static int story(const char *name)
{
    PRL_HANDLE server = PRL_INVALID_HANDLE;
    PRL_CONST_STR text = "";
    int wrong = load(name);
    if (wrong) return wrong;
    if (pPrlApi_InitEx(PARALLELS_API_VER, PAM_SERVER, 0, 0)) return 1;
    wrong += pPrlSrv_Create(&server) != 0;
    wrong += finish(pPrlSrv_LoginLocal(server, "", 0, PSL_LOW_SECURITY), NULL) != 0;
    wrong += list(server);
    wrong += finish(pPrlSrv_Logoff(server), NULL) != 0;
    pPrlHandle_Free(server);
    wrong += pPrlApi_Deinit() != 0;
    wrong += pPrlDbg_PrlResultToString(PRL_ERR_TIMEOUT, &text) != 0 || strcmp(text, "PRL_ERR_TIMEOUT") != 0;
    wrong += dlclose(library) != 0;
    return wrong;
}

int main(int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : "libprl_sdk.so";
    int round, wrong = 0;
    for (round = 0; round < 3; round++) wrong += story(name);
    puts(wrong ? "wrong" : "fine");
    return wrong != 0;
}
