/* test_vix_job.c - handles, jobs, callbacks, properties: the rules H, E, J, P, C. */
#include "vix_test.h"

/* ---- handles ---- */

static void h4_h5_one_vm_has_one_number_and_counts(void **state)
{
    (void)state;
    vt_begin(NULL);
    const VixHandle first = vt_open(XP), second = vt_open(XP);
    EQUAL(first, second);
    CHECK(vt_open(DEBIAN) != first);
    VixHandle job = VixVM_Open(vt_host, XP, NULL, NULL), a = 0, b = 0;
    DONE(VixJob_Wait(job, VIX_PROPERTY_JOB_RESULT_HANDLE, &a, VIX_PROPERTY_NONE));
    DONE(VixJob_Wait(job, VIX_PROPERTY_JOB_RESULT_HANDLE, &b, VIX_PROPERTY_NONE));
    EQUAL(a, first);
    EQUAL(b, first);
    Vix_ReleaseHandle(job);
    Vix_AddRefHandle(first);
    for (int i = 0; i < 5; i++) {
        EQUAL(Vix_GetHandleType(first), VIX_HANDLETYPE_VM);
        Vix_ReleaseHandle(first);
    }
    EQUAL(Vix_GetHandleType(first), VIX_HANDLETYPE_NONE);
    CHECK(vt_open(XP) != first); /* H7 */
}

static void h5_a_result_keeps_its_number_while_the_job_lives(void **state)
{
    (void)state;
    vt_begin(NULL);
    VixHandle job = VixVM_Open(vt_host, XP, NULL, NULL), a = 0, b = 0;
    DONE(VixJob_Wait(job, VIX_PROPERTY_JOB_RESULT_HANDLE, &a, VIX_PROPERTY_NONE));
    Vix_ReleaseHandle(a);
    EQUAL(Vix_GetHandleType(a), VIX_HANDLETYPE_NONE);
    DONE(VixJob_Wait(job, VIX_PROPERTY_JOB_RESULT_HANDLE, &b, VIX_PROPERTY_NONE));
    EQUAL(a, b);
    EQUAL(Vix_GetHandleType(b), VIX_HANDLETYPE_VM);
    Vix_ReleaseHandle(b);
    Vix_ReleaseHandle(job);
}

static void h6_h8_zero_and_dead_handles_do_nothing(void **state)
{
    (void)state;
    vt_begin(NULL);
    const VixHandle vm = vt_open(XP);
    Vix_ReleaseHandle(vm);
    const VixHandle none[] = {0, vm, -1, 0x7fffffff, 12345678};
    for (size_t i = 0; i < COUNT(none); i++) {
        Vix_ReleaseHandle(none[i]);
        Vix_AddRefHandle(none[i]);
        VixHost_Disconnect(none[i]);
        EQUAL(Vix_GetHandleType(none[i]), VIX_HANDLETYPE_NONE);
    }
    EQUAL(Vix_GetHandleType(vt_host), VIX_HANDLETYPE_HOST);
}

static void h9_h10_h11_wrong_handles_end_in_a_failed_job(void **state)
{
    (void)state;
    vt_begin(NULL);
    int n;
    RESULT(vt_end(VixVM_PowerOn(0, 0, 0, NULL, NULL)), VIX_E_INVALID_HANDLE);
    RESULT(vt_end(VixVM_PowerOn(vt_host, 0, 0, NULL, NULL)), VIX_E_NOT_SUPPORTED_ON_HANDLE_TYPE);
    RESULT(VixVM_GetNumRootSnapshots(vt_host, &n), VIX_E_NOT_SUPPORTED_ON_HANDLE_TYPE);
    RESULT(VixVM_GetNumRootSnapshots(0, &n), VIX_E_INVALID_HANDLE);
    RESULT(VixJob_Wait(vt_host, VIX_PROPERTY_NONE), VIX_E_NOT_SUPPORTED_ON_HANDLE_TYPE);
    RESULT(VixJob_Wait(0, VIX_PROPERTY_NONE), VIX_E_INVALID_HANDLE);
    vt_record record = {0};
    const VixHandle job = VixVM_PowerOff(0, 0, vt_recorder, &record);
    RESULT(VixJob_Wait(job, VIX_PROPERTY_NONE), VIX_E_INVALID_HANDLE);
    EQUAL(record.completed, 1);
    RESULT(record.error, VIX_E_INVALID_HANDLE);
    Vix_ReleaseHandle(job);
}

static void h13_disconnect_takes_everything_below_along(void **state)
{
    (void)state;
    vt_begin(NULL);
    const VixHandle vm = vt_open(FEDORA), other = vt_connect(0);
    VixHandle snapshot = 0, job = VixVM_PowerOn(vm, 0, 0, NULL, NULL);
    DONE(VixVM_GetRootSnapshot(vm, 0, &snapshot));
    VixHost_Disconnect(vt_host);
    EQUAL(Vix_GetHandleType(vt_host), VIX_HANDLETYPE_NONE);
    EQUAL(Vix_GetHandleType(vm), VIX_HANDLETYPE_NONE);
    EQUAL(Vix_GetHandleType(snapshot), VIX_HANDLETYPE_NONE);
    EQUAL(Vix_GetHandleType(job), VIX_HANDLETYPE_NONE);
    Vix_ReleaseHandle(vm);
    Vix_ReleaseHandle(vt_host);
    vt_host = other;
    DONE(vt_end(VixVM_Open(vt_host, XP, NULL, NULL))); /* the other session lives */
}

typedef struct waiting {
    VixHandle job;
    VixError error;
} waiting;

static void wait_for_job(void *arg)
{
    waiting *w = arg;
    w->error = VixJob_Wait(w->job, VIX_PROPERTY_NONE);
}

static void h13_disconnect_fails_jobs_tells_callbacks_and_wakes_waiters(void **state)
{
    (void)state;
    vt_world("{\"hosts\": [{\"vms\": [{\"name\": \"a\", \"state\": \"running\", \"guest\": {\"boot_s\": 1e6, "
             "\"tools\": \"none\"}}]}],"
             "\"operations\": {\"suspend\": {\"duration_s\": 1e6}}}");
    OK(vjob_sim_set_clock("real"));
    vt_host = vt_connect(0);
    const VixHandle vm = vt_open("[standard] a/a.vmx");
    vt_record record = {0};
    waiting w = {.job = VixVM_Suspend(vm, 0, vt_recorder, &record)};
    ct_thread thread;
    ct_start(&thread, wait_for_job, &w);
    ct_await_waiting(&thread);
    VixHost_Disconnect(vt_host);
    EQUAL(record.completed, 1);
    ct_join(&thread);
    RESULT(w.error, VIX_E_HOST_NOT_CONNECTED);
    RESULT(record.error, VIX_E_HOST_NOT_CONNECTED);
}

static void h15_a_deleted_vm_stays_releasable(void **state)
{
    (void)state;
    vt_begin(NULL);
    const VixHandle vm = vt_open(XP);
    DONE(vt_end(VixVM_Delete(vm, VIX_VMDELETE_DISK_FILES, NULL, NULL)));
    int bits;
    RESULT(Vix_GetProperties(vm, VIX_PROPERTY_VM_POWER_STATE, &bits, VIX_PROPERTY_NONE), VIX_E_VM_NOT_FOUND);
    RESULT(vt_end(VixVM_PowerOn(vm, 0, 0, NULL, NULL)), VIX_E_VM_NOT_FOUND);
    EQUAL(Vix_GetHandleType(vm), VIX_HANDLETYPE_VM);
    Vix_ReleaseHandle(vm);
    RESULT(vt_end(VixVM_Open(vt_host, XP, NULL, NULL)), VIX_E_VM_NOT_FOUND);
}

/* ---- errors ---- */

static void e2_e3_e4_every_code_has_a_text_that_may_be_freed(void **state)
{
    (void)state;
    for (VixError code = 0; code < 31000; code++) {
        const char *text = Vix_GetErrorText(code, NULL);
        CHECK(text && text[0]);
    }
    Vix_FreeBuffer((void *)(uintptr_t)Vix_GetErrorText(VIX_E_FAIL, "de"));
    Vix_FreeBuffer((void *)(uintptr_t)Vix_GetErrorText(60000, NULL));
    Vix_FreeBuffer(NULL);
    TEXT(Vix_GetErrorText(VIX_E_FAIL | 0x100000000ull, NULL), Vix_GetErrorText(VIX_E_FAIL, NULL));
}

/* ---- jobs ---- */

static void j7_j8_a_failed_job_leaves_variables_alone(void **state)
{
    (void)state;
    vt_begin(NULL);
    VixHandle job = VixVM_Open(vt_host, "[standard] none/none.vmx", NULL, NULL), result = 77;
    RESULT(VixJob_Wait(job, VIX_PROPERTY_JOB_RESULT_HANDLE, &result, VIX_PROPERTY_NONE), VIX_E_VM_NOT_FOUND);
    EQUAL(result, 77);
    Vix_ReleaseHandle(job);
    job = VixVM_Open(vt_host, XP, NULL, NULL);
    int code = 5;
    RESULT(VixJob_Wait(job, VIX_PROPERTY_JOB_RESULT_HANDLE, &result, VIX_PROPERTY_JOB_RESULT_EXIT_CODE, &code,
                       VIX_PROPERTY_NONE),
           VIX_E_UNRECOGNIZED_PROPERTY);
    EQUAL(Vix_GetHandleType(result), VIX_HANDLETYPE_VM);
    EQUAL(code, 5);
    RESULT(VixJob_Wait(job, VIX_PROPERTY_JOB_RESULT_HANDLE, NULL, VIX_PROPERTY_NONE),
           VIX_E_INVALID_ARG); /* J22 */
    Vix_ReleaseHandle(result);
    Vix_ReleaseHandle(job);
}

static void j12_j13_j18_j19_an_unfinished_job_says_so(void **state)
{
    (void)state;
    vt_begin(
        "{\"hosts\": [{\"vms\": [{\"name\": \"a\"}]}], \"operations\": {\"start\": {\"duration_s\": 3600}}}");
    OK(vjob_sim_set_clock("real"));
    const VixHandle vm = vt_open("[standard] a/a.vmx"), job = VixVM_PowerOn(vm, 0, 0, NULL, NULL);
    Bool done = 7;
    VixError code = 1;
    int type = 0;
    DONE(VixJob_CheckCompletion(job, &done));
    EQUAL(done, 0);
    RESULT(VixJob_GetError(job), VIX_E_UNFINISHED_JOB);
    EQUAL(VixJob_GetNumProperties(job, VIX_PROPERTY_JOB_RESULT_ERROR_CODE), 0);
    RESULT(VixJob_GetNthProperties(job, 0, VIX_PROPERTY_JOB_RESULT_ERROR_CODE, &code, VIX_PROPERTY_NONE),
           VIX_E_UNFINISHED_JOB);
    RESULT(Vix_GetProperties(job, VIX_PROPERTY_JOB_RESULT_ERROR_CODE, &code, VIX_PROPERTY_NONE),
           VIX_E_UNFINISHED_JOB);
    DONE(Vix_GetPropertyType(job, VIX_PROPERTY_JOB_RESULT_HANDLE, &type)); /* J21 */
    EQUAL(type, VIX_PROPERTYTYPE_HANDLE);
    RESULT(Vix_GetPropertyType(job, 31337, &type), VIX_E_UNRECOGNIZED_PROPERTY);
    OK(vjob_sim_set_clock("auto"));
    DONE(VixJob_Wait(job, VIX_PROPERTY_NONE));
    DONE(VixJob_CheckCompletion(job, &done));
    EQUAL(done, 1);
    EQUAL(VixJob_GetNumProperties(job, VIX_PROPERTY_JOB_RESULT_ERROR_CODE), 1);
    EQUAL(VixJob_GetNumProperties(job, VIX_PROPERTY_JOB_RESULT_ITEM_NAME), 0);
    RESULT(VixJob_GetNthProperties(job, 1, VIX_PROPERTY_JOB_RESULT_ERROR_CODE, &code, VIX_PROPERTY_NONE),
           VIX_E_BAD_VM_INDEX); /* J16 */
    Vix_ReleaseHandle(job);
    Vix_ReleaseHandle(vm);
}

static void j19_reading_a_failed_job_goes_on_past_what_is_missing(void **state)
{
    (void)state;
    vt_begin(NULL);
    VixHandle job = VixVM_Open(vt_host, "[standard] none/none.vmx", NULL, NULL), result = 77;
    VixError code = 0;
    VixJob_Wait(job, VIX_PROPERTY_NONE);
    RESULT(Vix_GetProperties(job, VIX_PROPERTY_JOB_RESULT_HANDLE, &result, VIX_PROPERTY_JOB_RESULT_ERROR_CODE,
                             &code, VIX_PROPERTY_NONE),
           VIX_E_UNRECOGNIZED_PROPERTY);
    EQUAL(result, 0);
    RESULT(code, VIX_E_VM_NOT_FOUND);
    Vix_ReleaseHandle(job);
}

static void j2_j3_releasing_a_job_does_not_cancel_it(void **state)
{
    (void)state;
    vt_begin(NULL);
    const VixHandle vm = vt_open(XP);
    static vt_record record;
    memset(&record, 0, sizeof record);
    Vix_ReleaseHandle(VixVM_PowerOn(vm, 0, 0, vt_recorder, &record));
    DONE(vt_end(VixVM_Pause(vm, 0, 0, NULL, NULL))); /* queues behind it */
    DONE(vt_end(VixVM_Unpause(vm, 0, 0, NULL, NULL)));
    EQUAL(record.completed, 1);
    DONE(record.error);
    Vix_ReleaseHandle(vm);
}

static void j24_j25_texts_are_copied_and_checked(void **state)
{
    (void)state;
    vt_begin(NULL);
    char path[] = XP;
    const VixHandle job = VixVM_Open(vt_host, path, NULL, NULL);
    memset(path, 'x', sizeof path - 1);
    Vix_ReleaseHandle(vt_result_of(job));
    RESULT(vt_end(VixVM_Open(vt_host, "\xff\xfe", NULL, NULL)), VIX_E_INVALID_UTF8_STRING);
    RESULT(vt_end(VixVM_Open(vt_host, NULL, NULL, NULL)), VIX_E_INVALID_ARG);
    RESULT(vt_end(VixVM_Open(vt_host, "", NULL, NULL)), VIX_E_INVALID_ARG);
}

/* ---- property lists ---- */

static void p1_p2_p5_property_lists_keep_what_was_stored(void **state)
{
    (void)state;
    vt_begin(NULL);
    VixHandle list = 0;
    char text[] = "secret", *back = NULL;
    int n = 0;
    DONE(VixPropertyList_AllocPropertyList(vt_host, &list, VIX_PROPERTY_VM_ENCRYPTION_PASSWORD, text,
                                           VIX_PROPERTY_VM_NUM_VCPUS, 4, VIX_PROPERTY_NONE));
    text[0] = 'x';
    EQUAL(Vix_GetHandleType(list), VIX_HANDLETYPE_PROPERTY_LIST);
    DONE(Vix_GetProperties(list, VIX_PROPERTY_VM_ENCRYPTION_PASSWORD, &back, VIX_PROPERTY_VM_NUM_VCPUS, &n,
                           VIX_PROPERTY_NONE));
    TEXT(back, "secret");
    EQUAL(n, 4);
    Vix_FreeBuffer(back);
    RESULT(Vix_GetProperties(list, VIX_PROPERTY_VM_NAME, &back, VIX_PROPERTY_NONE),
           VIX_E_UNRECOGNIZED_PROPERTY);
    Vix_ReleaseHandle(list);
    DONE(VixPropertyList_AllocPropertyList(vt_host, &list, VIX_PROPERTY_NONE));
    Vix_ReleaseHandle(list);
    RESULT(VixPropertyList_AllocPropertyList(vt_host, &list, VIX_PROPERTY_VM_NAME, "\xff", VIX_PROPERTY_NONE),
           VIX_E_INVALID_UTF8_STRING);
    EQUAL(list, 0);
}

/* ---- callbacks ---- */

static void c5_connect_is_initialized_once_before_it_completes(void **state)
{
    (void)state;
    vt_world(NULL);
    vt_record record = {0};
    const VixHandle job = VixHost_Connect(VIX_API_VERSION, VIX_SERVICEPROVIDER_DEFAULT, NULL, 0, NULL, NULL,
                                          0, 0, vt_recorder, &record);
    DONE(VixJob_Wait(job, VIX_PROPERTY_NONE));
    EQUAL(record.initialized, 1);
    EQUAL(record.completed, 1);
    EQUAL(record.after_completed, 0);
    EQUAL(record.job, job);
    vt_host = record.handle;
    EQUAL(Vix_GetHandleType(vt_host), VIX_HANDLETYPE_HOST);
    EQUAL(vt_number(vt_host, VIX_PROPERTY_HOST_HOSTTYPE), VIX_SERVICEPROVIDER_VMWARE_WORKSTATION);
    Vix_ReleaseHandle(job);
}

static void c5_c7_progress_then_completed_once(void **state)
{
    (void)state;
    vt_begin(NULL);
    const VixHandle vm = vt_open(XP);
    vt_record record = {0};
    const VixHandle job = VixVM_PowerOn(vm, 0, 0, vt_recorder, &record);
    DONE(VixJob_Wait(job, VIX_PROPERTY_NONE));
    CHECK(record.progress > 0); /* C12: all have returned */
    EQUAL(record.completed, 1);
    EQUAL(record.after_completed, 0);
    DONE(record.error);
    Vix_ReleaseHandle(job);
    Vix_ReleaseHandle(vm);
}

static void slow_callback(VixHandle job, VixEventType type, VixHandle info, void *data)
{
    (void)info;
    if (type != VIX_EVENTTYPE_JOB_COMPLETED) return;
    DONE(VixJob_Wait(job, VIX_PROPERTY_NONE));
    OK(vjob_wait((vjob_handle)job, VJOB_FOREVER));
    OK(vjob_sleep(10 * S));
    tally_add(data);
}

static void c12_c13_waiters_wake_after_the_callback(void **state)
{
    (void)state;
    vt_begin(NULL);
    OK(vjob_init());
    const VixHandle vm = vt_open(XP);
    tally seen = TALLY;
    const VixHandle job = VixVM_PowerOn(vm, 0, 0, slow_callback, &seen);
    DONE(VixJob_Wait(job, VIX_PROPERTY_NONE));
    EQUAL(tally_get(&seen), 1);
    Vix_ReleaseHandle(job);
    Vix_ReleaseHandle(vm);
    OK(vjob_deinit());
}

static void busy_callback(VixHandle job, VixEventType type, VixHandle info, void *data)
{
    (void)info;
    if (type == VIX_EVENTTYPE_JOB_PROGRESS) {
        const VixError error = VixJob_Wait(job, VIX_PROPERTY_NONE); /* returns at once, whatever it says */
        CHECK(error == VIX_OK || error == VIX_E_UNFINISHED_JOB);
        return;
    }
    VixHandle vm = *(VixHandle *)data;
    DONE(vt_end(VixVM_Pause(vm, 0, 0, NULL, NULL))); /* C11: waits for another job */
    Vix_ReleaseHandle(job);                          /* its own */
    Vix_ReleaseHandle(job);                          /* once too often */
    DONE(VixJob_GetError(job));                      /* C4: alive until it has returned */
    VixHost_Disconnect(vt_host);
    *(VixHandle *)data = 0;
}

static void c4_c11_a_callback_may_call_anything(void **state)
{
    (void)state;
    vt_begin(NULL);
    VixHandle vm = vt_open(XP);
    const VixHandle job = VixVM_PowerOn(vm, 0, 0, busy_callback, &vm);
    VixJob_Wait(job, VIX_PROPERTY_NONE);
    while (__atomic_load_n(&vm, __ATOMIC_ACQUIRE)) {}
    EQUAL(Vix_GetHandleType(job), VIX_HANDLETYPE_NONE);
    EQUAL(Vix_GetHandleType(vt_host), VIX_HANDLETYPE_NONE);
}

static void c1_small_numbers_are_client_data(void **state)
{
    (void)state;
    vt_begin(NULL);
    Vix_ReleaseHandle(vt_result_of(VixVM_Open(vt_host, XP, NULL, (void *)1)));
}

/* ---- the pump ---- */

static void pump_callbacks_run_only_inside_it(void **state)
{
    (void)state;
    vt_world(NULL);
    vt_host = vt_connect(VIX_HOSTOPTION_USE_EVENT_PUMP);
    vt_record record = {0};
    const VixHandle job = VixVM_Open(vt_host, XP, vt_recorder, &record);
    Bool done = 1;
    OK(vjob_sim_set_clock("x1000"));
    OK(vjob_init());
    OK(vjob_sleep(20 * S)); /* the operation is over, but nobody has pumped */
    DONE(VixJob_CheckCompletion(job, &done));
    EQUAL(done, 0);
    EQUAL(record.completed, 0);
    while (!record.completed) Vix_PumpEvents(vt_host, VIX_PUMPEVENTOPTION_NONE);
    DONE(VixJob_GetError(job));
    EQUAL(Vix_GetHandleType(record.handle), VIX_HANDLETYPE_VM);
    Vix_ReleaseHandle(job);
    vt_record on = {0};
    const VixHandle power = VixVM_PowerOn(record.handle, 0, 0, vt_recorder, &on);
    while (!on.completed) Vix_PumpEvents(vt_host, VIX_PUMPEVENTOPTION_NONE);
    CHECK(on.progress > 0);
    EQUAL(on.after_completed, 0);
    DONE(VixJob_Wait(power, VIX_PROPERTY_NONE));
    Vix_ReleaseHandle(power);
    vt_record last = {0};
    Vix_ReleaseHandle(VixVM_PowerOff(record.handle, 0, vt_recorder, &last)); /* in flight at the end */
    Vix_ReleaseHandle(record.handle);
    VixHost_Disconnect(vt_host);
    EQUAL(last.completed, 1);
    RESULT(last.error, VIX_E_HOST_NOT_CONNECTED);
    OK(vjob_deinit());
}

static void pump_without_the_option_does_nothing(void **state)
{
    (void)state;
    vt_begin(NULL);
    Vix_PumpEvents(vt_host, VIX_PUMPEVENTOPTION_NONE);
    Vix_PumpEvents(0, VIX_PUMPEVENTOPTION_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        VIX(h4_h5_one_vm_has_one_number_and_counts),
        VIX(h5_a_result_keeps_its_number_while_the_job_lives),
        VIX(h6_h8_zero_and_dead_handles_do_nothing),
        VIX(h9_h10_h11_wrong_handles_end_in_a_failed_job),
        VIX(h13_disconnect_takes_everything_below_along),
        VIX(h13_disconnect_fails_jobs_tells_callbacks_and_wakes_waiters),
        VIX(h15_a_deleted_vm_stays_releasable),
        VIX(e2_e3_e4_every_code_has_a_text_that_may_be_freed),
        VIX(j7_j8_a_failed_job_leaves_variables_alone),
        VIX(j12_j13_j18_j19_an_unfinished_job_says_so),
        VIX(j19_reading_a_failed_job_goes_on_past_what_is_missing),
        VIX(j2_j3_releasing_a_job_does_not_cancel_it),
        VIX(j24_j25_texts_are_copied_and_checked),
        VIX(p1_p2_p5_property_lists_keep_what_was_stored),
        VIX(c5_connect_is_initialized_once_before_it_completes),
        VIX(c5_c7_progress_then_completed_once),
        VIX(c12_c13_waiters_wake_after_the_callback),
        VIX(c4_c11_a_callback_may_call_anything),
        VIX(c1_small_numbers_are_client_data),
        VIX(pump_callbacks_run_only_inside_it),
        VIX(pump_without_the_option_does_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
