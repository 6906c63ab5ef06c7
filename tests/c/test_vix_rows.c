/* test_vix_rows.c - rules of handles, jobs, callbacks and sessions that have no test elsewhere, by their names. */
#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "vix_internal.h"
#include "vix_test.h"

/* ---- handles ---- */

static VixHandle shared;

static void use_everything(void *arg, int i)
{
    (void)arg, (void)i;
    for (int n = 0; n < 50; n++) {
        const VixHandle again = vt_open(XP);
        EQUAL(again, shared);
        CHECK(vt_string(shared, VIX_PROPERTY_VM_NAME)[0]);
        Vix_AddRefHandle(shared);
        Vix_ReleaseHandle(again);
        Vix_ReleaseHandle(shared);
        Vix_ReleaseHandle(VixVM_ReadVariable(shared, VIX_VM_CONFIG_RUNTIME_ONLY, "guestOS", 0, NULL, NULL));
    }
}

static void h12_all_functions_from_any_thread(void **state)
{
    (void)state;
    vt_begin(NULL);
    shared = vt_open(XP);
    ct_threads(8, use_everything, NULL);
    EQUAL(vjob_name_refs((vjob_handle)shared), 1);
    Vix_ReleaseHandle(shared);
}

static void h14_machines_run_on_after_release_and_disconnect(void **state)
{
    (void)state;
    vt_begin(NULL);
    VixHandle vm = vt_open(XP);
    DONE(vt_end(VixVM_PowerOn(vm, 0, 0, NULL, NULL)));
    Vix_ReleaseHandle(vm);
    VixHost_Disconnect(vt_host);
    vt_host = vt_connect(0);
    vm = vt_open(XP);
    CHECK(vt_number(vm, VIX_PROPERTY_VM_POWER_STATE) & VIX_POWERSTATE_POWERED_ON);
    Vix_ReleaseHandle(vm);
}

/* ---- jobs ---- */

static VixHandle waited_for;

static void wait_and_read(void *arg, int i)
{
    char *text = NULL;
    (void)arg, (void)i;
    DONE(VixJob_Wait(waited_for, VIX_PROPERTY_JOB_RESULT_VM_VARIABLE_STRING, &text, VIX_PROPERTY_NONE));
    TEXT(text, "winxp");
    text[0] = 'x'; /* a copy of one's own */
    Vix_FreeBuffer(text);
}

static void j9_j10_waits_may_be_many_and_each_gets_copies(void **state)
{
    (void)state;
    vt_begin(NULL);
    const VixHandle vm = vt_open(XP);
    waited_for = VixVM_ReadVariable(vm, VIX_VM_CONFIG_RUNTIME_ONLY, "guestOS", 0, NULL, NULL);
    ct_threads(4, wait_and_read, NULL);
    wait_and_read(NULL, 0);
    Vix_ReleaseHandle(waited_for);
    Vix_ReleaseHandle(vm);
}

static void j11_a_text_that_is_not_there_is_empty(void **state)
{
    (void)state;
    vt_begin(NULL);
    const VixHandle vm = vt_open(DEBIAN), job = VixVM_CreateSnapshot(vm, NULL, NULL, 0, 0, NULL, NULL);
    VixHandle snapshot = 0;
    DONE(VixJob_Wait(job, VIX_PROPERTY_JOB_RESULT_HANDLE, &snapshot, VIX_PROPERTY_NONE));
    TEXT(vt_string(snapshot, VIX_PROPERTY_SNAPSHOT_DISPLAYNAME), "");
    TEXT(vt_string(snapshot, VIX_PROPERTY_SNAPSHOT_DESCRIPTION), "");
    TEXT(vt_string(vm, VIX_PROPERTY_VM_VMTEAM_PATHNAME), "");
}

/* Every property of every type of handle: those that it has can be read, as their type says; others not. */
static void j20_each_type_of_handle_has_its_properties(void **state)
{
    (void)state;
    vt_begin(NULL);
    VixHandle snapshot = 0, list = 0;
    const VixHandle vm = vt_open(FEDORA);
    DONE(VixVM_GetRootSnapshot(vm, 0, &snapshot));
    DONE(VixPropertyList_AllocPropertyList(vt_host, &list, VIX_PROPERTY_VM_NAME, "x", VIX_PROPERTY_NONE));
    const struct {
        VixHandle handle;
        vix_of of;
    } all[] = {{vt_host, VIX_OF_HOST}, {vm, VIX_OF_VM}, {snapshot, VIX_OF_SNAPSHOT}, {list, VIX_OF_LIST}};
    for (size_t k = 0; k < COUNT(all); k++)
        for (size_t i = 0; i < vix_properties_count; i++) {
            const vix_property *property = &vix_properties[i];
            union {
                char *text;
                char room[16];
            } value = {.room = {9, 9, 9, 9, 9, 9, 9, 9, 9}};
            void *data = NULL;
            VixPropertyType type = 0;
            DONE(Vix_GetPropertyType(all[k].handle, property->id, &type));
            EQUAL(type, property->type);
            const VixError error =
                type == VIX_PROPERTYTYPE_BLOB
                    ? Vix_GetProperties(all[k].handle, property->id, &value, &data, VIX_PROPERTY_NONE)
                    : Vix_GetProperties(all[k].handle, property->id, &value, VIX_PROPERTY_NONE);
            const int has =
                list == all[k].handle ? property->id == VIX_PROPERTY_VM_NAME : property->of == all[k].of;
            if (error != (has ? VIX_OK : (VixError)VIX_E_UNRECOGNIZED_PROPERTY))
                print_message("%s: %d\n", property->name, (int)error);
            CHECK(error == (has ? VIX_OK : (VixError)VIX_E_UNRECOGNIZED_PROPERTY));
            if (has && type == VIX_PROPERTYTYPE_BOOL) EQUAL(value.room[1], 9);
            if (has && type == VIX_PROPERTYTYPE_STRING) {
                CHECK(value.text != NULL);
                Vix_FreeBuffer(value.text);
            }
        }
    Vix_ReleaseHandle(list);
}

/* ---- property lists ---- */

static void p3_p4_a_list_where_none_is_used_is_ignored(void **state)
{
    (void)state;
    vt_begin(NULL);
    VixHandle list = 0;
    const VixHandle vm = vt_open(XP);
    DONE(VixPropertyList_AllocPropertyList(vm, &list, VIX_PROPERTY_VM_NAME, "x", VIX_PROPERTY_NONE));
    DONE(vt_end(VixVM_PowerOn(vm, 0, list, NULL, NULL)));
    DONE(vt_end(VixVM_Pause(vm, 0, 12345, NULL, NULL)));
    Vix_ReleaseHandle(vt_result_of(VixHost_OpenVM(vt_host, DEBIAN, VIX_VMOPEN_NORMAL, list, NULL, NULL)));
    Vix_ReleaseHandle(list);
}

/* ---- callbacks ---- */

typedef struct meeting {
    tally arrived, go;
    pthread_t client; /* the thread that calls VIX */
    int inside, most, events, blocked;
    VixHandle info;
} meeting;

static void meet(VixHandle job, VixEventType type, VixHandle info, void *data)
{
    meeting *m = data;
    sigset_t mask;
    (void)job, (void)info;
    if (type != VIX_EVENTTYPE_JOB_COMPLETED) return;
    pthread_sigmask(SIG_SETMASK, NULL, &mask);
    CHECK(!pthread_equal(m->client, pthread_self()));
    if (sigismember(&mask, SIGINT) && sigismember(&mask, SIGTERM) && sigismember(&mask, SIGALRM))
        __atomic_fetch_add(&m->blocked, 1, __ATOMIC_SEQ_CST);
    tally_add(&m->arrived);
    tally_wait(&m->go, 1);
}

static void c2_c3_c15_callbacks_have_threads_of_their_own(void **state)
{
    (void)state;
    vt_begin(NULL);
    meeting m = {.arrived = TALLY, .go = TALLY, .client = pthread_self()};
    const VixHandle a = VixVM_Open(vt_host, XP, meet, &m), b = VixVM_Open(vt_host, DEBIAN, meet, &m);
    tally_wait(&m.arrived, 2); /* those of two jobs at once */
    EQUAL(__atomic_load_n(&m.blocked, __ATOMIC_SEQ_CST), 2);
    tally_add(&m.go);
    Vix_ReleaseHandle(vt_result_of(a));
    Vix_ReleaseHandle(vt_result_of(b));
}

static void overlap(VixHandle job, VixEventType type, VixHandle info, void *data)
{
    meeting *m = data;
    const int inside = __atomic_add_fetch(&m->inside, 1, __ATOMIC_SEQ_CST);
    (void)job;
    if (inside > m->most) m->most = inside;
    m->events++; /* no lock: they come one after the other */
    if (type == VIX_EVENTTYPE_FIND_ITEM) {
        EQUAL(Vix_GetHandleType(info), VIX_HANDLETYPE_PROPERTY_LIST);
        m->info = info;
        if (m->events % 2) {
            Vix_ReleaseHandle(info); /* not its own; twice */
            Vix_ReleaseHandle(info);
            EQUAL(Vix_GetHandleType(info), VIX_HANDLETYPE_PROPERTY_LIST);
        }
    }
    sched_yield();
    __atomic_sub_fetch(&m->inside, 1, __ATOMIC_SEQ_CST);
}

static void c7_c9_callbacks_of_one_job_never_overlap(void **state)
{
    (void)state;
    vt_begin("{\"hosts\": [{\"vms\": [{\"name\": \"a\", \"count\": 300}]}]}");
    meeting m = {.most = 0};
    DONE(vt_end(VixHost_FindItems(vt_host, VIX_FIND_REGISTERED_VMS, 0, -1, overlap, &m)));
    EQUAL(m.events, 301);
    EQUAL(m.most, 1);
    EQUAL(Vix_GetHandleType(m.info), VIX_HANDLETYPE_NONE); /* dead with the callback */
}

static int told_nothing;

static void without_data(VixHandle job, VixEventType type, VixHandle info, void *data)
{
    (void)job, (void)type, (void)info;
    EQUAL((intptr_t)data, 0);
    told_nothing++;
}

static void c1_callback_and_data_are_independent(void **state)
{
    (void)state;
    vt_begin(NULL);
    vt_record record = {0};
    Vix_ReleaseHandle(vt_result_of(VixVM_Open(vt_host, XP, NULL, &record)));
    EQUAL(record.completed, 0);
    Vix_ReleaseHandle(vt_result_of(VixVM_Open(vt_host, XP, NULL, NULL)));
    told_nothing = 0;
    Vix_ReleaseHandle(vt_result_of(VixVM_Open(vt_host, XP, without_data, NULL)));
    CHECK(told_nothing > 0);
}

static void c16_a_forked_child_is_told_so(void **state)
{
    (void)state;
    vt_begin(NULL);
    const VixHandle vm = vt_open(XP);
    fflush(NULL);
    const pid_t child = fork();
    if (child == 0) {
        int n, bad = 0;
        bad |= VixVM_GetNumRootSnapshots(vm, &n) != VIX_E_NOT_SUPPORTED;
        Vix_ReleaseHandle(vm);
        VixHost_Disconnect(vt_host);
        bad |= Vix_GetErrorText(VIX_E_FAIL, NULL) == NULL;
        _exit(bad);
    }
    int status = -1;
    EQUAL(waitpid(child, &status, 0), child);
    EQUAL(status, 0);
    Vix_ReleaseHandle(vm);
}

static void pump_forever(void *arg)
{
    VixHandle *job = arg;
    Bool done = 0;
    while (!done) {
        Vix_PumpEvents(vt_host, VIX_PUMPEVENTOPTION_NONE);
        DONE(VixJob_CheckCompletion(*job, &done));
    }
}

static void pump_waits_on_another_thread_end(void **state)
{
    (void)state;
    vt_world(NULL);
    vt_host = vt_connect(VIX_HOSTOPTION_USE_EVENT_PUMP);
    vt_record record = {0};
    VixHandle job = VixVM_Open(vt_host, XP, vt_recorder, &record);
    ct_thread thread;
    ct_start(&thread, pump_forever, &job);
    DONE(VixJob_Wait(job, VIX_PROPERTY_NONE));
    EQUAL(record.completed, 1);
    ct_join(&thread);
    Vix_ReleaseHandle(record.handle);
    Vix_ReleaseHandle(job);
}

/* ---- hosts, power ---- */

static void connecting_twice_gives_two_sessions(void **state)
{
    (void)state;
    vt_begin(NULL);
    const VixHandle second = vt_connect(0), vm = vt_open(XP);
    CHECK(second != vt_host);
    const VixHandle other = vt_result_of(VixVM_Open(second, XP, NULL, NULL));
    CHECK(other != vm);
    VixHost_Disconnect(second);
    EQUAL(Vix_GetHandleType(other), VIX_HANDLETYPE_NONE);
    CHECK(vt_string(vm, VIX_PROPERTY_VM_NAME)[0]);
    Vix_ReleaseHandle(vm);
}

/* What is on the way shows in the power state. */
static void power_states_on_the_way(void **state)
{
    (void)state;
    vt_begin(NULL);
    OK(vjob_sim_set_clock("real"));
    static const char *const names[] = {"start", "suspend", "resume", "reset", "stop"};
    for (size_t i = 0; i < COUNT(names); i++) OK(vjob_sim_set_duration(names[i], 3600 * S, 0, 0));
    const VixHandle vm = vt_open(XP);
    static const struct {
        int op, bits, after;
    } steps[] = {{0, VIX_POWERSTATE_POWERING_ON, VIX_POWERSTATE_POWERED_ON},
                 {1, VIX_POWERSTATE_SUSPENDING, VIX_POWERSTATE_SUSPENDED},
                 {0, VIX_POWERSTATE_RESUMING, VIX_POWERSTATE_POWERED_ON},
                 {2, VIX_POWERSTATE_RESETTING, VIX_POWERSTATE_POWERED_ON},
                 {3, VIX_POWERSTATE_POWERING_OFF, VIX_POWERSTATE_POWERED_OFF}};
    for (size_t i = 0; i < COUNT(steps); i++) {
        const VixHandle job = steps[i].op == 0   ? VixVM_PowerOn(vm, 0, 0, NULL, NULL)
                              : steps[i].op == 1 ? VixVM_Suspend(vm, 0, NULL, NULL)
                              : steps[i].op == 2 ? VixVM_Reset(vm, 0, NULL, NULL)
                                                 : VixVM_PowerOff(vm, 0, NULL, NULL);
        CHECK(vt_number(vm, VIX_PROPERTY_VM_POWER_STATE) & steps[i].bits);
        OK(vjob_sim_set_clock("auto"));
        DONE(vt_end(job));
        OK(vjob_sim_set_clock("real"));
        CHECK(vt_number(vm, VIX_PROPERTY_VM_POWER_STATE) & steps[i].after);
    }
    Vix_ReleaseHandle(vm);
}

/* One bit too many is an invalid argument, whatever else is right. */
static void unknown_options_are_refused(void **state)
{
    (void)state;
    vt_begin(NULL);
    const VixHandle vm = vt_open(XP);
    const int bad = 1 << 20;
    const VixHandle jobs[] = {
        VixHost_OpenVM(vt_host, XP, bad, 0, NULL, NULL),
        VixVM_PowerOn(vm, bad, 0, NULL, NULL),
        VixVM_PowerOff(vm, bad, NULL, NULL),
        VixVM_Reset(vm, bad, NULL, NULL),
        VixVM_Suspend(vm, bad, NULL, NULL),
        VixVM_Pause(vm, bad, 0, NULL, NULL),
        VixVM_Unpause(vm, bad, 0, NULL, NULL),
        VixVM_Delete(vm, bad, NULL, NULL),
        VixVM_UpgradeVirtualHardware(vm, bad, NULL, NULL),
        VixVM_InstallTools(vm, bad, NULL, NULL, NULL),
        VixVM_CreateSnapshot(vm, "x", "", bad, 0, NULL, NULL),
        VixVM_Clone(vm, 0, VIX_CLONETYPE_FULL, "[standard] q/q.vmx", bad, 0, NULL, NULL),
    };
    for (size_t i = 0; i < COUNT(jobs); i++) RESULT(vt_end(jobs[i]), VIX_E_INVALID_ARG);
    Vix_ReleaseHandle(vm);
}

static void errno_in_guests(void **state)
{
    (void)state;
    static const int table[][2] = {{EPERM, 13},
                                   {EACCES, 13},
                                   {EAGAIN, 5},
                                   {EBUSY, 5},
                                   {EEXIST, 12},
                                   {EFBIG, 21},
                                   {ENOTEMPTY, 20006},
                                   {ENOENT, 4},
                                   {ENODEV, 4},
                                   {ENOSPC, 8},
                                   {EISDIR, 20001},
                                   {ESRCH, 20003},
                                   {ENAMETOOLONG, 20004},
                                   {ENOTDIR, 20002},
                                   {EINVAL, 3},
                                   {EMSGSIZE, 3},
                                   {EIO, 7},
                                   {EMFILE, 7},
                                   {ENFILE, 7},
                                   {EMLINK, 7},
                                   {EROFS, 7},
                                   {ETIMEDOUT, 7},
                                   {ENOBUFS, 7},
                                   {ENOMEM, 2},
                                   {ELOOP, 2},
                                   {EDOM, 1},
                                   {0, 0}};
    for (size_t i = 0; i < COUNT(table); i++) RESULT(vix_error_of_errno(table[i][0]), (VixError)table[i][1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        VIX(h12_all_functions_from_any_thread),
        VIX(h14_machines_run_on_after_release_and_disconnect),
        VIX(j9_j10_waits_may_be_many_and_each_gets_copies),
        VIX(j11_a_text_that_is_not_there_is_empty),
        VIX(j20_each_type_of_handle_has_its_properties),
        VIX(p3_p4_a_list_where_none_is_used_is_ignored),
        VIX(c1_callback_and_data_are_independent),
        VIX(c2_c3_c15_callbacks_have_threads_of_their_own),
        VIX(c7_c9_callbacks_of_one_job_never_overlap),
        VIX(c16_a_forked_child_is_told_so),
        VIX(pump_waits_on_another_thread_end),
        VIX(connecting_twice_gives_two_sessions),
        VIX(power_states_on_the_way),
        VIX(unknown_options_are_refused),
        VIX(errno_in_guests),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
