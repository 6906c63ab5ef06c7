/* Objects that need no server: handles, strings and sizes, lists, texts of codes, the library's own state. */
#include "prl_test.h"

static void begin(void)
{
    pt_init(NULL);
    pt_server = PRL_INVALID_HANDLE;
}

/* ---- handles ---------------------------------------------------------------------------------- */

static void handles_count_their_references(void **state)
{
    PRL_HANDLE list;
    PRL_HANDLE_TYPE type;
    PRL_UINT32 count;
    (void)state;
    begin();
    DONE(PrlApi_CreateStringsList(&list));
    DONE(PrlHandle_GetType(list, &type));
    EQUAL(type, PHT_STRINGS_LIST);
    DONE(PrlHandle_AddRef(list));
    DONE(PrlDbg_GetHandlesNum(&count, PHT_STRINGS_LIST));
    EQUAL(count, 1);
    DONE(PrlDbg_GetHandlesNum(&count, PHT_ERROR));
    EQUAL(count, 1);
    DONE(PrlHandle_Free(list));
    DONE(PrlHandle_GetType(list, &type));
    DONE(PrlHandle_Free(list));
    RESULT(PrlHandle_Free(list), PRL_ERR_INVALID_ARG);
    RESULT(PrlHandle_AddRef(list), PRL_ERR_INVALID_ARG);
    RESULT(PrlHandle_GetType(list, &type), PRL_ERR_INVALID_ARG);
    RESULT(PrlHandle_Free(PRL_INVALID_HANDLE), PRL_ERR_INVALID_ARG);
    RESULT(PrlHandle_Free((PRL_HANDLE)(uintptr_t)0xFACE), PRL_ERR_INVALID_ARG);
    RESULT(PrlHandle_GetType(PRL_INVALID_HANDLE, &type), PRL_ERR_INVALID_ARG);
}

static void a_freed_name_never_comes_back(void **state)
{
    PRL_HANDLE first, next;
    PRL_UINT32 count;
    (void)state;
    begin();
    DONE(PrlApi_CreateStringsList(&first));
    DONE(PrlHandle_Free(first));
    for (int i = 0; i < 10000; i++) {
        DONE(PrlApi_CreateStringsList(&next));
        CHECK(next != first);
        DONE(PrlHandle_Free(next));
    }
    RESULT(PrlStrList_GetItemsCount(first, &count), PRL_ERR_INVALID_ARG);
}

/* ---- strings ---------------------------------------------------------------------------------- */

static void string_getters_follow_one_protocol(void **state)
{
    PRL_HANDLE list;
    char text[16];
    PRL_UINT32 size = 77;
    (void)state;
    begin();
    DONE(PrlApi_CreateStringsList(&list));
    DONE(PrlStrList_AddItem(list, "hello"));
    DONE(PrlStrList_AddItem(list, ""));
    DONE(PrlStrList_GetItem(list, 0, NULL, &size));
    EQUAL(size, 6);
    size = 0;
    DONE(PrlStrList_GetItem(list, 0, text, &size));
    EQUAL(size, 6);
    memset(text, '#', sizeof text);
    size = 4;
    RESULT(PrlStrList_GetItem(list, 0, text, &size), PRL_ERR_BUFFER_OVERRUN);
    EQUAL(size, 6);
    CHECK(!memcmp(text, "hell#", 5));
    size = sizeof text;
    DONE(PrlStrList_GetItem(list, 0, text, &size));
    EQUAL(size, 6);
    TEXT(text, "hello");
    size = 1;
    DONE(PrlStrList_GetItem(list, 1, text, &size));
    EQUAL(size, 1);
    TEXT(text, "");
    RESULT(PrlStrList_GetItem(list, 0, text, NULL), PRL_ERR_INVALID_ARG);
    RESULT(PrlStrList_GetItem(list, 2, text, &size), PRL_ERR_INVALID_ARG);
    DONE(PrlHandle_Free(list));
}

/* ---- lists ------------------------------------------------------------------------------------ */

static void lists_of_strings(void **state)
{
    PRL_HANDLE list;
    PRL_UINT32 count;
    (void)state;
    begin();
    DONE(PrlApi_CreateStringsList(&list));
    for (int i = 0; i < 100; i++) {
        char text[8];
        snprintf(text, sizeof text, "%d", i);
        DONE(PrlStrList_AddItem(list, text));
    }
    DONE(PrlStrList_RemoveItem(list, 50));
    DONE(PrlStrList_GetItemsCount(list, &count));
    EQUAL(count, 99);
    TEXT(PT_STRING(PrlStrList_GetItem, list, 50), "51");
    RESULT(PrlStrList_RemoveItem(list, 99), PRL_ERR_INVALID_ARG);
    RESULT(PrlStrList_AddItem(list, NULL), PRL_ERR_INVALID_ARG);
    DONE(PrlHandle_Free(list));
}

static void lists_of_handles_hold_what_they_list(void **state)
{
    PRL_HANDLE list, item, got;
    PRL_UINT32 count;
    (void)state;
    begin();
    DONE(PrlApi_CreateHandlesList(&list));
    DONE(PrlApi_CreateStringsList(&item));
    RESULT(PrlHndlList_AddItem(list, PRL_INVALID_HANDLE), PRL_ERR_INVALID_ARG);
    RESULT(PrlHndlList_AddItem(list, list), PRL_ERR_INVALID_ARG);
    DONE(PrlHndlList_AddItem(list, item));
    DONE(PrlHandle_Free(item));
    DONE(PrlHndlList_GetItemsCount(list, &count));
    EQUAL(count, 1);
    DONE(PrlHndlList_GetItem(list, 0, &got));
    CHECK(got == item);
    DONE(PrlStrList_AddItem(got, "still there"));
    DONE(PrlHandle_Free(got));
    RESULT(PrlHndlList_GetItem(list, 1, &got), PRL_ERR_INVALID_ARG);
    DONE(PrlHndlList_RemoveItem(list, 0));
    RESULT(PrlHandle_Free(item), PRL_ERR_INVALID_ARG);
    RESULT(PrlHndlList_RemoveItem(list, 0), PRL_ERR_INVALID_ARG);
    DONE(PrlHandle_Free(list));
}

static void lists_of_numbers_have_a_size(void **state)
{
    PRL_HANDLE list;
    PRL_SIZE size;
    PRL_UINT32 count;
    (void)state;
    begin();
    RESULT(PrlApi_CreateOpTypeList(&list, 3), PRL_ERR_INVALID_ARG);
    RESULT(PrlApi_CreateOpTypeList(&list, 0), PRL_ERR_INVALID_ARG);
    RESULT(PrlApi_CreateOpTypeList(NULL, 4), PRL_ERR_INVALID_ARG);
    for (PRL_SIZE bytes = 1; bytes <= 8; bytes *= 2) {
        PRL_UINT64 in = 0x1122334455667788u, out = 0;
        DONE(PrlApi_CreateOpTypeList(&list, bytes));
        DONE(PrlOpTypeList_GetTypeSize(list, &size));
        EQUAL(size, bytes);
        DONE(PrlOpTypeList_AddItem(list, &in));
        DONE(PrlOpTypeList_GetItem(list, 0, &out));
        CHECK(!memcmp(&in, &out, bytes));
        RESULT(PrlOpTypeList_GetItem(list, 1, &out), PRL_ERR_INVALID_ARG);
        DONE(PrlOpTypeList_RemoveItem(list, 0));
        DONE(PrlOpTypeList_GetItemsCount(list, &count));
        EQUAL(count, 0);
        DONE(PrlHandle_Free(list));
    }
}

static void processor_features_are_words(void **state)
{
    PRL_HANDLE features;
    PRL_UINT32 value;
    (void)state;
    begin();
    DONE(PrlCpuFeatures_Create(&features));
    DONE(PrlCpuFeatures_GetValue(features, PCFE_EXT_FEATURES, &value));
    EQUAL(value, 0);
    DONE(PrlCpuFeatures_SetValue(features, PCFE_EXT_FEATURES, 0xABCDEF01));
    DONE(PrlCpuFeatures_GetValue(features, PCFE_EXT_FEATURES, &value));
    EQUAL(value, 0xABCDEF01);
    RESULT(PrlCpuFeatures_SetValue(features, PCFE_MAX, 1), PRL_ERR_INVALID_ARG);
    DONE(PrlHandle_Free(features));
}

/* ---- texts of codes --------------------------------------------------------------------------- */

static void codes_have_names_and_texts(void **state)
{
    PRL_CONST_STR name;
    PRL_MESSAGE_TYPE_ENUM type;
    PRL_BOOL ignorable;
    (void)state;
    begin();
    TEXT(prl_result_to_string(PRL_ERR_TIMEOUT), "PRL_ERR_TIMEOUT");
    TEXT(handle_type_to_string(PHT_JOB), "PHT_JOB");
    TEXT(event_type_to_string(PET_DSP_EVT_VM_STARTED), "PET_DSP_EVT_VM_STARTED");
    TEXT(prl_result_to_string(12345678), "Unknown");
    RESULT(PrlDbg_PrlResultToString(PRL_ERR_TIMEOUT, NULL), PRL_ERR_INVALID_ARG);
    DONE(PrlDbg_PrlResultToString(0, &name));
    TEXT(name, "PRL_ERR_SUCCESS");
    CHECK(strlen(PT_STRING(PrlApi_GetResultDescription, PRL_ERR_TIMEOUT, PRL_TRUE, PRL_FALSE)) > 5);
    TEXT(PT_STRING(PrlApi_GetResultDescription, 12345678, PRL_TRUE, PRL_FALSE), "Unknown result code.");
    DONE(PrlApi_GetMessageType(PET_ANSWER_YES, &type));
    EQUAL(type, PMT_ANSWER);
    DONE(PrlApi_GetMessageType(PRL_ERR_OUT_OF_MEMORY, &type));
    EQUAL(type, PMT_CRITICAL);
    DONE(PrlApi_GetMessageType(12345678, &type));
    EQUAL(type, PMT_WARNING);
    DONE(PrlApi_MsgCanBeIgnored(12345678, &ignorable));
    EQUAL(ignorable, PRL_FALSE);
    RESULT(PrlApi_GetMessageType(0, NULL), PRL_ERR_INVALID_ARG);
    RESULT(PrlApi_MsgCanBeIgnored(0, NULL), PRL_ERR_INVALID_ARG);
}

/* ---- start and stop --------------------------------------------------------------------------- */

static void inits_are_counted(void **state)
{
    PRL_UINT32 version;
    PRL_APPLICATION_MODE mode;
    PRL_HANDLE list;
    (void)state;
    begin();
    DONE(PrlApi_Deinit());
    RESULT(PrlApi_Deinit(), PRL_ERR_API_WASNT_INITIALIZED);
    RESULT(PrlApi_Init(PARALLELS_API_VER + 1), PRL_ERR_API_INCOMPATIBLE);
    RESULT(PrlApi_GetVersion(&version), PRL_ERR_API_WASNT_INITIALIZED);
    DONE(PrlApi_InitEx(VIRTUOZZO_API_VER | 0xA0000000u, PAM_DESKTOP, 0, 0));
    DONE(PrlApi_Init(PARALLELS_API_VER + 1)); /* what a later one asks for does not matter */
    DONE(PrlApi_GetVersion(&version));
    EQUAL(version, VIRTUOZZO_API_VER | 0xA0000000u);
    DONE(PrlApi_GetAppMode(&mode));
    EQUAL(mode, PAM_DESKTOP);
    DONE(PrlApi_CreateStringsList(&list));
    DONE(PrlApi_Deinit());
    DONE(PrlHandle_AddRef(list));
    DONE(PrlApi_Deinit());
    RESULT(PrlHandle_Free(list), PRL_ERR_API_WASNT_INITIALIZED);
    DONE(PrlApi_Init(1));
    RESULT(PrlHandle_Free(list), PRL_ERR_INVALID_ARG); /* a leaked handle died */
}

static void some_functions_need_no_init(void **state)
{
    PRL_UINT32 size = 0;
    PRL_HANDLE out;
    (void)state;
    begin();
    DONE(PrlApi_Deinit());
    DONE(PrlApi_SwitchConsoleLogging(PRL_FALSE));
    DONE(PrlApi_InitCrashHandler("suffix"));
    DONE(PrlApi_GetResultDescription(PRL_ERR_TIMEOUT, PRL_TRUE, PRL_FALSE, NULL, &size));
    CHECK(size > 1);
    RESULT(PrlBuffer_Free(NULL), PRL_ERR_INVALID_ARG);
    DONE(PrlBuffer_Free(malloc(3)));
    TEXT(prl_result_to_string(PRL_ERR_TIMEOUT), "PRL_ERR_TIMEOUT");
    /* everything else says that the library is stopped, before it looks at its arguments */
    RESULT(PrlSrv_Create(NULL), PRL_ERR_API_WASNT_INITIALIZED);
    RESULT(PrlHandle_Free(PRL_INVALID_HANDLE), PRL_ERR_API_WASNT_INITIALIZED);
    PRL_HANDLE job = PrlSrv_GetVmList(PRL_INVALID_HANDLE);
    CHECK(job != PRL_INVALID_HANDLE);
    RESULT(PrlJob_Wait(job, 0), PRL_ERR_API_WASNT_INITIALIZED);
    DONE(PrlApi_Init(1));
    RESULT(PrlJob_Wait(job, 0), PRL_ERR_INVALID_ARG);
    RESULT(PrlJob_GetResult(job, &out), PRL_ERR_INVALID_ARG);
    RESULT(PrlHandle_Free(job), PRL_ERR_INVALID_ARG);
}

static void a_call_with_bad_arguments_is_a_job_born_failed(void **state)
{
    PRL_HANDLE list, error, out;
    PRL_RESULT code;
    PRL_BOOL sent;
    PRL_EVENT_ISSUER_TYPE issuer;
    PRL_JOB_OPERATION_CODE operation;
    PRL_JOB_STATUS status;
    (void)state;
    begin();
    DONE(PrlApi_CreateStringsList(&list));
    PRL_HANDLE job = PrlVm_Start(list);
    DONE(PrlJob_GetStatus(job, &status));
    EQUAL(status, PJS_FINISHED);
    DONE(PrlJob_GetRetCode(job, &code));
    RESULT(code, PRL_ERR_INVALID_ARG);
    DONE(PrlJob_IsRequestWasSent(job, &sent));
    EQUAL(sent, PRL_FALSE);
    DONE(PrlJob_GetOpCode(job, &operation));
    EQUAL(operation, PJOC_VM_START);
    DONE(PrlJob_GetError(job, &error));
    DONE(PrlEvent_GetIssuerType(error, &issuer));
    EQUAL(issuer, PIE_WEB_SERVICE);
    TEXT(PT_STRING(PrlEvent_GetIssuerId, error), "{00000000-0000-0000-0000-000000000000}");
    RESULT(PrlEvent_GetServer(error, &out), PRL_ERR_INVALID_HANDLE);
    RESULT(PrlEvent_GetVm(error, &out), PRL_ERR_INVALID_HANDLE);
    PRL_VOID_PTR text;
    DONE(PrlEvent_GetDataPtr(error, &text));
    CHECK(strstr(text, "<Source>PrlVm_Start</Source>"));
    DONE(PrlBuffer_Free(text));
    DONE(PrlHandle_Free(error));
    RESULT(pt_end(PrlJob_Cancel(job)), PRL_ERR_UNINITIALIZED);
    DONE(PrlHandle_Free(job));
    DONE(PrlHandle_Free(list));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PRL(handles_count_their_references),
        PRL(a_freed_name_never_comes_back),
        PRL(string_getters_follow_one_protocol),
        PRL(lists_of_strings),
        PRL(lists_of_handles_hold_what_they_list),
        PRL(lists_of_numbers_have_a_size),
        PRL(processor_features_are_words),
        PRL(codes_have_names_and_texts),
        PRL(inits_are_counted),
        PRL(some_functions_need_no_init),
        PRL(a_call_with_bad_arguments_is_a_job_born_failed),
    };
    return cmocka_run_group_tests_name("prl_objects", tests, NULL, NULL);
}
