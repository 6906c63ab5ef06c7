/*
 * The shape of servers with a pool of workers: many threads use one connection and the same machine handles at
 * once, some register and unregister handlers meanwhile, every handler waits for jobs of its own, frees what it was
 * given, and one of them stops the library while the others are in the middle of it.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include <Parallels.h>

#define THREADS 64
#define ROUNDS 20

static PRL_HANDLE server, machines[3];
static int wrong, calls;

#define EXPECT(condition)                                                                                    \
    do {                                                                                                     \
        if (!(condition)) {                                                                                  \
            __atomic_fetch_add(&wrong, 1, __ATOMIC_SEQ_CST);                                                 \
            printf("line %d: %s\n", __LINE__, #condition);                                                   \
        }                                                                                                    \
    } while (0)

/* Codes that losing a race may bring; everything else is wrong. */
static int is_expected(PRL_RESULT code)
{
    switch (code) {
    case PRL_ERR_SUCCESS:
    case PRL_ERR_FAILURE: /* start or pause in another state */
    case PRL_ERR_DISP_VM_IS_NOT_STARTED:
    case PRL_ERR_DISP_VM_IS_NOT_STOPPED:
    case PRL_ERR_INVALID_ACTION_REQUESTED:
    case PRL_ERR_VM_LOCKED_FOR_EXECUTE:
    case PRL_ERR_VM_LOCKED_FOR_CREATE_SNAPSHOT:
    case PRL_ERR_OPERATION_WAS_CANCELED:
    case PRL_ERR_TASK_NOT_FOUND: return 1; /* cancelled too late */
    default: return 0;
    }
}

static PRL_RESULT finish(PRL_HANDLE job)
{
    PRL_RESULT code = PRL_ERR_UNEXPECTED, waited = PrlJob_Wait(job, 0xFFFFFFFFu);
    if (PRL_SUCCEEDED(waited)) waited = PrlJob_GetRetCode(job, &code);
    PrlHandle_Free(job);
    return PRL_FAILED(waited) ? waited : code;
}

static PRL_RESULT handler(PRL_HANDLE handle, PRL_VOID_PTR data)
{
    PRL_HANDLE_TYPE type = PHT_ERROR;
    EXPECT(PRL_SUCCEEDED(PrlHandle_GetType(handle, &type)));
    EXPECT(type == PHT_JOB || type == PHT_EVENT);
    if (data && (__atomic_fetch_add(&calls, 1, __ATOMIC_SEQ_CST) & 255) == 0)
        EXPECT(finish(PrlVm_GetState(machines[0])) == PRL_ERR_SUCCESS);
    EXPECT(PRL_SUCCEEDED(PrlHandle_Free(handle)));
    return PRL_ERR_SUCCESS;
}

static void list(void)
{
    PRL_HANDLE job = PrlSrv_GetVmList(server), result = PRL_INVALID_HANDLE, vm = PRL_INVALID_HANDLE;
    PRL_UINT32 count = 0, i;
    EXPECT(PRL_SUCCEEDED(PrlJob_Wait(job, 0xFFFFFFFFu)));
    EXPECT(PRL_SUCCEEDED(PrlJob_GetResult(job, &result)));
    PrlResult_GetParamsCount(result, &count);
    EXPECT(count == 3);
    for (i = 0; i < count; i++) {
        EXPECT(PRL_SUCCEEDED(PrlResult_GetParamByIndex(result, i, &vm)));
        EXPECT(vm == machines[i]); /* the same handle for the same machine */
        PrlHandle_Free(vm);
    }
    PrlHandle_Free(result);
    PrlHandle_Free(job);
}

static void cancel(PRL_HANDLE vm)
{
    PRL_HANDLE job = PrlVm_CreateSnapshot(vm, "s", "d"), cancelling = PrlJob_Cancel(job);
    EXPECT(is_expected(finish(cancelling)));
    EXPECT(is_expected(finish(job)));
}

static void *worker(void *arg)
{
    unsigned seed = (unsigned)(size_t)arg, i;
    char name[64];
    for (i = 0; i < ROUNDS; i++) {
        PRL_HANDLE vm = machines[rand_r(&seed) % 3];
        PRL_UINT32 size = sizeof name;
        switch (rand_r(&seed) % 8) {
        case 0: EXPECT(is_expected(finish(PrlVm_Start(vm)))); break;
        case 1: EXPECT(is_expected(finish(PrlVm_Stop(vm, PRL_FALSE)))); break;
        case 2: EXPECT(is_expected(finish(PrlVm_Pause(vm, PRL_FALSE)))); break;
        case 3: list(); break;
        case 4: cancel(vm); break;
        case 5:
            EXPECT(PRL_SUCCEEDED(PrlSrv_RegEventHandler(server, handler, NULL)));
            EXPECT(PRL_SUCCEEDED(PrlVm_RegEventHandler(vm, handler, arg)));
            EXPECT(PRL_SUCCEEDED(PrlSrv_UnregEventHandler(server, handler, NULL)));
            EXPECT(PRL_SUCCEEDED(PrlVm_UnregEventHandler(vm, handler, arg)));
            break;
        case 6:
            EXPECT(PRL_SUCCEEDED(PrlHandle_AddRef(vm)));
            EXPECT(PRL_SUCCEEDED(PrlVmCfg_GetName(vm, name, &size)));
            EXPECT(PRL_SUCCEEDED(PrlHandle_Free(vm)));
            break;
        default: PrlHandle_Free(PrlVm_Start(vm)); break; /* not even waited for */
        }
    }
    return NULL;
}

static void run(void *(*body)(void *))
{
    pthread_t threads[THREADS];
    size_t i;
    for (i = 0; i < THREADS; i++) pthread_create(&threads[i], NULL, body, (void *)(i + 1));
    for (i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
}

static int open_session(void)
{
    PRL_HANDLE job, result;
    int i;
    if (PRL_FAILED(PrlApi_InitEx(PARALLELS_API_VER, PAM_SERVER, 0, 0))) return 1;
    if (PRL_FAILED(PrlSrv_Create(&server))) return 1;
    if (finish(PrlSrv_LoginLocal(server, "", 0, PSL_LOW_SECURITY))) return 1;
    job = PrlSrv_GetVmList(server);
    PrlJob_Wait(job, 10000);
    PrlJob_GetResult(job, &result);
    for (i = 0; i < 3; i++) PrlResult_GetParamByIndex(result, (PRL_UINT32)i, &machines[i]);
    PrlHandle_Free(result);
    PrlHandle_Free(job);
    return 0;
}

/* Goes on until the library is not there any more. */
static void *until_the_end(void *arg)
{
    PRL_RESULT code;
    (void)arg;
    do {
        PRL_HANDLE job = PrlVm_GetState(machines[0]);
        code = PrlJob_Wait(job, 0xFFFFFFFFu);
        PrlHandle_Free(job);
    } while (code == PRL_ERR_SUCCESS);
    EXPECT(code == PRL_ERR_API_WASNT_INITIALIZED || code == PRL_ERR_INVALID_ARG);
    return NULL;
}

static void *stopper(void *arg)
{
    if ((size_t)arg != THREADS / 2) return until_the_end(arg);
    EXPECT(PRL_SUCCEEDED(PrlApi_Deinit()));
    return NULL;
}

int main(void)
{
    int i;
    if (open_session()) return 2;
    EXPECT(PRL_SUCCEEDED(PrlSrv_RegEventHandler(server, handler, machines)));
    run(worker);
    EXPECT(PRL_SUCCEEDED(PrlSrv_UnregEventHandler(server, handler, machines)));
    for (i = 0; i < 3; i++) PrlHandle_Free(machines[i]);
    PrlHandle_Free(server);
    EXPECT(PRL_SUCCEEDED(PrlApi_Deinit()));
    for (i = 0; i < 3; i++) { /* and with everything in flight */
        int j;
        if (open_session()) return 2;
        for (j = 0; j < 1000; j++) PrlVm_GetState(machines[j % 3]);
        run(stopper);
    }
    printf(wrong ? "%d wrong\n" : "fine\n", wrong);
    return wrong != 0;
}
