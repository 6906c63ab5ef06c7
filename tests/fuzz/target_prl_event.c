/* Any text as an event, and as the configuration of a VM: refused, or something that comes out as it went in. */
#include "Parallels.h"

#include "target.h"

static PRL_HANDLE server, vm;

static void begin(void)
{
    PRL_HANDLE result, job;
    target_world();
    EQUAL(PrlApi_InitEx(PARALLELS_API_VER, PAM_SERVER, 0, 0), PRL_ERR_SUCCESS);
    EQUAL(PrlSrv_Create(&server), PRL_ERR_SUCCESS);
    job = PrlSrv_LoginLocal(server, NULL, 0, PSL_NORMAL_SECURITY);
    EQUAL(PrlJob_Wait(job, 10000), PRL_ERR_SUCCESS);
    EQUAL(PrlHandle_Free(job), PRL_ERR_SUCCESS);
    job = PrlSrv_GetVmConfig(server, "fedora", PGVC_SEARCH_BY_NAME);
    EQUAL(PrlJob_Wait(job, 10000), PRL_ERR_SUCCESS);
    EQUAL(PrlJob_GetResult(job, &result), PRL_ERR_SUCCESS);
    EQUAL(PrlResult_GetParam(result, &vm), PRL_ERR_SUCCESS);
    EQUAL(PrlHandle_Free(result), PRL_ERR_SUCCESS);
    EQUAL(PrlHandle_Free(job), PRL_ERR_SUCCESS);
}

static void read_all(PRL_HANDLE event)
{
    PRL_EVENT_TYPE type;
    PRL_UINT32 n = 0, size;
    char text[100];
    EQUAL(PrlEvent_GetType(event, &type), PRL_ERR_SUCCESS);
    EQUAL(PrlEvent_GetParamsCount(event, &n), PRL_ERR_SUCCESS);
    for (PRL_UINT32 i = 0; i < n; i++) {
        PRL_HANDLE param;
        PRL_UINT32 number;
        EQUAL(PrlEvent_GetParam(event, i, &param), PRL_ERR_SUCCESS);
        size = sizeof text;
        PrlEvtPrm_GetName(param, text, &size);
        size = sizeof text;
        PrlEvtPrm_ToString(param, text, &size);
        size = sizeof text;
        PrlEvtPrm_GetBuffer(param, text, &size);
        PrlEvtPrm_ToUint32(param, &number);
        EQUAL(PrlHandle_Free(param), PRL_ERR_SUCCESS);
    }
    size = sizeof text;
    PrlEvent_GetErrString(event, PRL_FALSE, PRL_FALSE, text, &size);
}

static void an_event(const char *text)
{
    PRL_VOID_PTR first = NULL, second = NULL;
    PRL_HANDLE event;
    EQUAL(PrlVm_CreateEvent(vm, &event), PRL_ERR_SUCCESS);
    if (PRL_SUCCEEDED(PrlEvent_FromString(event, text))) {
        read_all(event);
        EQUAL(PrlEvent_GetDataPtr(event, &first), PRL_ERR_SUCCESS);
        EQUAL(PrlEvent_FromString(event, first), PRL_ERR_SUCCESS);
        EQUAL(PrlEvent_GetDataPtr(event, &second), PRL_ERR_SUCCESS);
        CHECK(!strcmp(first, second));
        PrlBuffer_Free(first);
        PrlBuffer_Free(second);
    }
    EQUAL(PrlHandle_Free(event), PRL_ERR_SUCCESS);
}

static void a_configuration(const char *text)
{
    PRL_VOID_PTR first = NULL, second = NULL;
    PRL_HANDLE made;
    EQUAL(PrlSrv_CreateVm(server, &made), PRL_ERR_SUCCESS);
    if (PRL_SUCCEEDED(PrlVm_FromString(made, text))) {
        EQUAL(PrlVm_ToString(made, &first), PRL_ERR_SUCCESS);
        EQUAL(PrlVm_FromString(made, first), PRL_ERR_SUCCESS);
        EQUAL(PrlVm_ToString(made, &second), PRL_ERR_SUCCESS);
        CHECK(!strcmp(first, second));
        PrlBuffer_Free(first);
        PrlBuffer_Free(second);
    }
    EQUAL(PrlHandle_Free(made), PRL_ERR_SUCCESS);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!server) begin();
    char *text = target_text(data, size);
    an_event(text);
    a_configuration(text);
    free(text);
    EQUAL(vjob_leaks(VJOB_SPACE_PRL, NULL, 0), 2);
    return 0;
}
