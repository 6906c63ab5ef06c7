/*
 * Asynchronous functions used as if they were ordinary ones: call, wait, look at the return code, take the
 * result. What fails says why: PrlJob_GetRetCode is a code, PrlJob_GetError an event with its text.
 *
 *     pyvjob run sync.c [VM...]      starts and stops the machines named, or lists all
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <Parallels.h>

#define TIMEOUT_MS 10000
#define FOREVER_MS 0xFFFFFFFF

/* The sentence that goes with a job's failure: asked for its size first, as with every text of this API. */
static void print_failure(const char *doing, PRL_HANDLE job, PRL_RESULT outcome)
{
    PRL_HANDLE error;
    PRL_UINT32 size = 0;
    char *text = NULL;
    if (PRL_SUCCEEDED(PrlJob_GetError(job, &error))) {
        PrlEvent_GetErrString(error, PRL_FALSE, PRL_FALSE, NULL, &size);
        text = malloc(size);
        if (text) PrlEvent_GetErrString(error, PRL_FALSE, PRL_FALSE, text, &size);
        PrlHandle_Free(error);
    }
    printf("%s: %s 0x%.8X: %s\n", doing, prl_result_to_string(outcome), (unsigned)outcome, text ? text : "");
    free(text);
}

/*
 * Waits for a job and frees it. The result, one reference, goes to `out_result` if somebody wants it and the
 * job succeeded. Note the two codes: PrlJob_Wait tells whether the job has ended, PrlJob_GetRetCode how.
 */
static PRL_RESULT finish(const char *doing, PRL_HANDLE job, PRL_UINT32 timeout_ms, PRL_HANDLE *out_result)
{
    PRL_RESULT outcome = PRL_ERR_UNINITIALIZED, err = PrlJob_Wait(job, timeout_ms);
    if (PRL_FAILED(err)) {
        printf("%s: %s\n", doing, prl_result_to_string(err)); /* it goes on without us */
        PrlHandle_Free(job);
        return err;
    }
    PrlJob_GetRetCode(job, &outcome);
    if (PRL_FAILED(outcome)) {
        print_failure(doing, job, outcome);
    } else {
        printf("%s: done\n", doing);
        if (out_result) outcome = PrlJob_GetResult(job, out_result);
    }
    PrlHandle_Free(job);
    return outcome;
}

/* The machine with this name, or PRL_INVALID_HANDLE; NULL: prints all names. */
static PRL_HANDLE find(PRL_HANDLE list, const char *wanted)
{
    PRL_HANDLE found = PRL_INVALID_HANDLE;
    PRL_UINT32 count = 0;
    PrlResult_GetParamsCount(list, &count);
    for (PRL_UINT32 i = 0; i < count && found == PRL_INVALID_HANDLE; i++) {
        PRL_HANDLE vm;
        char name[256];
        PRL_UINT32 size = sizeof name;
        PrlResult_GetParamByIndex(list, i, &vm);
        PrlVmCfg_GetName(vm, name, &size);
        if (!wanted) printf("  %s\n", name);
        if (wanted && strcmp(name, wanted) == 0)
            found = vm;
        else
            PrlHandle_Free(vm);
    }
    return found;
}

static void cycle(PRL_HANDLE list, const char *name)
{
    PRL_HANDLE vm = find(list, name);
    if (vm == PRL_INVALID_HANDLE) {
        printf("%s: there is no such machine\n", name);
        return;
    }
    printf("%s\n", name);
    finish("  start", PrlVm_Start(vm), TIMEOUT_MS, NULL);
    finish("  start again", PrlVm_Start(vm), TIMEOUT_MS, NULL);
    finish("  stop, with no patience", PrlVm_Stop(vm, PRL_FALSE), 0, NULL);
    finish("  stop, while it is stopping", PrlVm_Stop(vm, PRL_FALSE), TIMEOUT_MS, NULL);
    PrlHandle_Free(vm);
}

int main(int argc, char **argv)
{
    PRL_HANDLE server, list;
    PRL_RESULT err = PrlApi_InitEx(PARALLELS_API_VER, PAM_SERVER, 0, 0);
    if (PRL_FAILED(err) || PRL_FAILED(err = PrlSrv_Create(&server))) {
        fprintf(stderr, "sync: %s\n", prl_result_to_string(err));
        return 1;
    }

    PRL_HANDLE job = PrlSrv_Login(server, "localhost", "admin", "secret", 0, 0, 0, PSL_LOW_SECURITY);
    err = finish("login", job, TIMEOUT_MS, NULL);
    if (PRL_SUCCEEDED(err)) {
        err = finish("VM list", PrlSrv_GetVmList(server), FOREVER_MS, &list);
        if (PRL_SUCCEEDED(err)) {
            if (argc == 1) find(list, NULL);
            for (int i = 1; i < argc; i++) cycle(list, argv[i]);
            PrlHandle_Free(list);
        }
        finish("logoff", PrlSrv_Logoff(server), TIMEOUT_MS, NULL);
    }
    PrlHandle_Free(server);
    PrlApi_Deinit();
    return PRL_FAILED(err);
}
