/* test_sim_operation.c - turns, time, progress, cancelling, failures on order, the event log. */
#include "sim_test.h"

#define TWO                                                                                                  \
    "{\"hosts\": [{\"vms\": [{\"name\": \"a\"}, {\"name\": \"b\", \"state\": \"running\"}]}],"               \
    " \"operations\": {\"start\": {\"duration_s\": 10, \"progress_steps\": 4}, \"snapshot\": "               \
    "{\"duration_s\": 5}}}"

static vjob_job *start_op(vjob_op op, const char *vm, vjob_busy_rule busy, uint64_t wait_ns)
{
    return st_start(
        &(vjob_op_request){.op = op, .vm = st_vm(vm), .name = "s", .busy = busy, .busy_wait_ns = wait_ns});
}

static void takes_its_time_and_reports_progress(void **state)
{
    (void)state;
    st_begin(TWO);
    st_record_progress(1);
    uint64_t before = vjob_clock_now();
    OK(st_op(VJOB_OP_START, "a"));
    EQUAL(vjob_clock_now() - before, 10 * S);
    CHANGES("a:state:starting a:progress:25 a:progress:50 a:progress:75 a:state:running a:started "
            "a:progress:100");
    before = vjob_clock_now();
    OK(st_do(&(vjob_op_request){.op = VJOB_OP_STOP, .vm = st_vm("a"), .flags = VJOB_OPF_INSTANT}));
    EQUAL(vjob_clock_now() - before, 0);
    CHANGES("a:state:stopping a:state:stopped a:stopped");
}

static void progress_of_the_job_never_goes_back(void **state)
{
    (void)state;
    st_begin(TWO);
    vjob_job *job = start_op(VJOB_OP_START, "a", VJOB_BUSY_FAIL, 0);
    uint32_t last = 0;
    for (int i = 0; i < 9; i++) {
        st_sleep(1100 * MS);
        uint32_t now = vjob_job_get_progress(job);
        CHECK(now >= last && (now < 100 || vjob_job_get_state(job) == VJOB_JOB_DONE));
        last = now;
    }
    OK(st_wait(job));
    EQUAL(vjob_job_get_progress(job), 100);
    st_done(job);
}

static void second_exclusive_operation_is_refused(void **state)
{
    (void)state;
    st_begin(TWO);
    vjob_job *first = start_op(VJOB_OP_START, "a", VJOB_BUSY_FAIL, 0);
    vjob_job *second = start_op(VJOB_OP_SNAPSHOT, "a", VJOB_BUSY_FAIL, 0);
    FAILS(st_wait(second), VJOB_EBUSY);
    SAME(st_text, "VM \"a\" is busy: start is under way; snapshot must wait for its end");
    EQUAL(vjob_job_get_state(first), VJOB_JOB_RUNNING);
    vjob_vm_info info;
    vjob_vm_look(st_vm("a"), &info);
    EQUAL(info.busy, VJOB_OP_START);
    OK(st_op(VJOB_OP_READ, "a")); /* reads never wait */
    OK(st_wait(first));
    st_done(first);
    st_done(second);
}

static void queued_operations_run_one_after_the_other(void **state)
{
    (void)state;
    st_begin(TWO);
    uint64_t before = vjob_clock_now();
    vjob_job *jobs[4] = {
        start_op(VJOB_OP_START, "a", VJOB_BUSY_QUEUE, 0), start_op(VJOB_OP_SNAPSHOT, "a", VJOB_BUSY_QUEUE, 0),
        start_op(VJOB_OP_START, "a", VJOB_BUSY_QUEUE, 0), /* will not fit when its turn comes */
        start_op(VJOB_OP_SNAPSHOT, "a", VJOB_BUSY_QUEUE, 0)};
    OK(st_wait(jobs[3]));
    EQUAL(vjob_clock_now() - before, 20 * S);
    OK(st_wait(jobs[0]));
    OK(st_wait(jobs[1]));
    FAILS(st_wait(jobs[2]), VJOB_ESTATE);
    for (size_t i = 0; i < COUNT(jobs); i++) st_done(jobs[i]);
}

static void waiting_for_a_turn_has_a_deadline(void **state)
{
    (void)state;
    st_begin(TWO);
    uint64_t before = vjob_clock_now();
    vjob_job *first = start_op(VJOB_OP_START, "a", VJOB_BUSY_FAIL, 0);
    vjob_job *late = start_op(VJOB_OP_SNAPSHOT, "a", VJOB_BUSY_WAIT, 3 * S);
    vjob_job *early = start_op(VJOB_OP_SNAPSHOT, "a", VJOB_BUSY_WAIT, 30 * S);
    FAILS(st_wait(late), VJOB_EBUSY);
    EQUAL(vjob_clock_now() - before, 3 * S);
    OK(st_wait(early));
    EQUAL(vjob_clock_now() - before, 15 * S);
    OK(st_wait(first));
    st_done(first);
    st_done(late);
    st_done(early);
}

/* ---- cancelling ---- */

static void cancelled_start_goes_back(void **state)
{
    (void)state;
    st_begin(TWO);
    vjob_job *job = start_op(VJOB_OP_START, "a", VJOB_BUSY_FAIL, 0);
    st_sleep(6 * S);
    OK(vjob_job_ask_cancel(job));
    FAILS(st_wait(job), VJOB_ECANCELLED);
    EQUAL(vjob_job_get_state(job), VJOB_JOB_CANCELLED);
    CHECK(vjob_job_get_progress(job) < 100);
    CHANGES("a:state:starting a:state:stopped");
    vjob_host_info host;
    vjob_vm_info b;
    vjob_host_look(st_host(), &host);
    vjob_vm_look(st_vm("b"), &b);
    EQUAL(host.memory_used_mb, b.memory_mb);
    FAILS(vjob_job_ask_cancel(job), VJOB_EDONE);
    st_done(job);
    OK(st_op(VJOB_OP_START, "a"));
}

static void cancelled_suspend_and_shutdown_leave_it_running(void **state)
{
    (void)state;
    st_begin(TWO);
    static const vjob_op ops[] = {VJOB_OP_SUSPEND, VJOB_OP_SHUTDOWN, VJOB_OP_RESTART, VJOB_OP_PAUSE};
    for (size_t i = 0; i < COUNT(ops); i++) {
        vjob_job *job = start_op(ops[i], "b", VJOB_BUSY_FAIL, 0);
        OK(vjob_job_ask_cancel(job));
        FAILS(st_wait(job), VJOB_ECANCELLED);
        st_done(job);
        EQUAL(st_state("b"), VJOB_VM_RUNNING);
        vjob_vm_info info;
        vjob_vm_look(st_vm("b"), &info);
        EQUAL(info.tools, VJOB_TOOLS_RUNNING);
        EQUAL(info.busy, VJOB_OP_NONE);
    }
}

static void hard_stop_cannot_be_cancelled(void **state)
{
    (void)state;
    st_begin(TWO);
    vjob_job *job = start_op(VJOB_OP_STOP, "b", VJOB_BUSY_FAIL, 0);
    OK(vjob_job_ask_cancel(job));
    OK(st_wait(job));
    st_done(job);
    EQUAL(st_state("b"), VJOB_VM_STOPPED);
}

static void cancelled_while_waiting_never_runs(void **state)
{
    (void)state;
    st_begin(TWO);
    vjob_job *first = start_op(VJOB_OP_START, "a", VJOB_BUSY_FAIL, 0);
    vjob_job *second = start_op(VJOB_OP_SNAPSHOT, "a", VJOB_BUSY_QUEUE, 0);
    vjob_job *third = start_op(VJOB_OP_STOP, "a", VJOB_BUSY_QUEUE, 0);
    OK(vjob_job_ask_cancel(second));
    FAILS(st_wait(second), VJOB_ECANCELLED);
    OK(st_wait(third));
    vjob_vm_info info;
    vjob_vm_look(st_vm("a"), &info);
    EQUAL(info.snapshots, 0);
    EQUAL(info.state, VJOB_VM_STOPPED);
    st_done(first);
    st_done(second);
    st_done(third);
}

/* ---- failures, chance ---- */

static void failures_on_order_are_undone(void **state)
{
    (void)state;
    st_begin(TWO);
    OK(vjob_sim_fail_next("start", "a", VJOB_EIO, 2));
    OK(vjob_sim_fail_next("snapshot", NULL, VJOB_ERESOURCE, 1));
    FAILS(st_op(VJOB_OP_START, "a"), VJOB_EIO);
    HAS(st_text, "start of \"a\" was made to fail");
    EQUAL(st_state("a"), VJOB_VM_STOPPED);
    FAILS(st_op(VJOB_OP_START, "a"), VJOB_EIO);
    OK(st_op(VJOB_OP_START, "a"));
    FAILS(st_do(&(vjob_op_request){.op = VJOB_OP_SNAPSHOT, .vm = st_vm("b"), .name = "s"}), VJOB_ERESOURCE);
    FAILS(vjob_sim_fail_next("fly", NULL, VJOB_EIO, 1), VJOB_ENOENT);
    FAILS(vjob_sim_fail_next("start", NULL, VJOB_OK, 1), VJOB_EINVAL);
}

static uint64_t chance_run(uint64_t seed)
{
    OK(vjob_sim_reset());
    st_begin(TWO);
    OK(vjob_sim_set_seed(seed));
    OK(vjob_sim_set_duration("stop", 10 * S, 0.5, 0));
    uint64_t before = vjob_clock_now();
    OK(st_op(VJOB_OP_STOP, "b"));
    uint64_t took = vjob_clock_now() - before;
    CHECK(took >= 5 * S && took <= 15 * S);
    CHECK(st_end(NULL) == 0);
    return took;
}

static void chance_comes_from_the_seed(void **state)
{
    (void)state;
    uint64_t one = chance_run(1), two = chance_run(2), again = chance_run(1);
    EQUAL(one, again);
    CHECK(one != two);
    st_begin(TWO);
    FAILS(vjob_sim_set_duration("stop", S, 1.5, 0), VJOB_EINVAL);
    FAILS(vjob_sim_set_duration("stopp", S, 0, 0), VJOB_ENOENT);
}

static void bad_requests_leave_the_job_alone(void **state)
{
    (void)state;
    st_begin(TWO);
    vjob_job *job = st_job();
    FAILS(vjob_op_start(NULL, job), VJOB_EINVAL);
    FAILS(vjob_op_start(&(vjob_op_request){.op = VJOB_OP_START}, job), VJOB_EINVAL);
    FAILS(vjob_op_start(&(vjob_op_request){.op = (vjob_op)999, .vm = st_vm("a")}, job), VJOB_EINVAL);
    FAILS(vjob_op_start(&(vjob_op_request){.op = VJOB_OP_LIST}, job), VJOB_EINVAL);
    FAILS(vjob_op_start(&(vjob_op_request){.op = VJOB_OP_CREATE, .host = st_host()}, job), VJOB_EINVAL);
    FAILS(vjob_op_start(&(vjob_op_request){.op = VJOB_OP_GUEST_RUN, .vm = st_vm("a")}, job), VJOB_EINVAL);
    EQUAL(vjob_job_get_state(job), VJOB_JOB_RUNNING);
    CHECK(vjob_op_get_result(job) == NULL);
    vjob_job_end(job, VJOB_OK);
    CHECK(vjob_op_get_result(job) == NULL);
    st_done(job);
}

static void logins_and_lists(void **state)
{
    (void)state;
    st_begin("{\"hosts\": [{\"users\": [{\"name\": \"admin\", \"password\": \"secret\"}],"
             "\"vms\": [{\"name\": \"x\", \"count\": 5}]}]}");
    vjob_op_request login = {.op = VJOB_OP_LOGIN, .host = st_host(), .name = "admin", .text = "secret"};
    OK(st_do(&login));
    login.text = "secreT";
    FAILS(st_do(&login), VJOB_EAUTH);
    SAME(st_text, "host \"localhost\" has no user \"admin\" with this password");
    login.text = "";
    FAILS(st_do(&login), VJOB_EAUTH);
    login.text = "secretsecret";
    FAILS(st_do(&login), VJOB_EAUTH);
    login.name = NULL;
    FAILS(st_do(&login), VJOB_EAUTH);
    FAILS(vjob_host_login(st_host(), "admin", NULL), VJOB_EAUTH);
    OK(vjob_host_login(st_host(), "admin", "secret"));
    vjob_job *job = st_start(&(vjob_op_request){.op = VJOB_OP_LIST, .host = st_host()});
    OK(st_wait(job));
    const vjob_op_result *result = vjob_op_get_result(job);
    EQUAL(result->n_vms, 5);
    vjob_vm_info info;
    vjob_vm_look(result->vms[4], &info);
    SAME(info.name, "x4");
    st_done(job);
}

/* ---- the event log ---- */

static char *log_of_a_run(const char *path)
{
    st_begin(TWO);
    OK(vjob_sim_set_trace(path));
    OK(st_op(VJOB_OP_START, "a"));
    OK(st_do(&(vjob_op_request){.op = VJOB_OP_SNAPSHOT, .vm = st_vm("b"), .name = "s"}));
    FAILS(st_op(VJOB_OP_START, "a"), VJOB_ESTATE);
    OK(st_op(VJOB_OP_STOP, "a"));
    vjob_sim_flush_trace();
    char *text = ct_read_file(path);
    CHECK(st_end(NULL) == 0);
    return text;
}

static void event_log_is_the_same_every_time(void **state)
{
    (void)state;
    const char *path = ct_temp("sim.log");
    char *one = log_of_a_run(path), *two = log_of_a_run(path);
    SAME(one, two);
    HAS(one, "\"a\"");
    HAS(one, "starting");
    HAS(one, "VJOB_ESTATE");
    free(one);
    free(two);
    remove(path);
    st_begin(NULL);
}

static void reset_drops_what_is_under_way(void **state)
{
    (void)state;
    st_begin(TWO);
    vjob_job *start = start_op(VJOB_OP_START, "a", VJOB_BUSY_FAIL, 0);
    vjob_job *queued = start_op(VJOB_OP_STOP, "a", VJOB_BUSY_QUEUE, 0);
    vjob_vm *vm = vjob_vm_retain(st_vm("a"));
    FAILS(vjob_sim_reset(), VJOB_EBUSY);
    FAILS(vjob_sim_load_json("{}", 2), VJOB_EBUSY);
    CHECK(st_end(NULL) == 0);
    EQUAL(vjob_job_get_err(start), VJOB_ECANCELLED);
    EQUAL(vjob_job_get_err(queued), VJOB_ECANCELLED);
    st_done(start);
    st_done(queued);
    st_begin(NULL); /* the old VM is still an object, of nothing */
    CHECK(vjob_vm_host(vm) == NULL);
    FAILS(st_do(&(vjob_op_request){.op = VJOB_OP_START, .vm = vm}), VJOB_ENOENT);
    SAME(st_text, "VM \"a\" does not exist any more");
    vjob_vm_config config;
    FAILS(vjob_vm_get_config(vm, &config), VJOB_ENOENT);
    vjob_vm_release(vm);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SIM(takes_its_time_and_reports_progress),
        SIM(progress_of_the_job_never_goes_back),
        SIM(second_exclusive_operation_is_refused),
        SIM(queued_operations_run_one_after_the_other),
        SIM(waiting_for_a_turn_has_a_deadline),
        SIM(cancelled_start_goes_back),
        SIM(cancelled_suspend_and_shutdown_leave_it_running),
        SIM(hard_stop_cannot_be_cancelled),
        SIM(cancelled_while_waiting_never_runs),
        SIM(failures_on_order_are_undone),
        SIM(chance_comes_from_the_seed),
        SIM(bad_requests_leave_the_job_alone),
        SIM(logins_and_lists),
        SIM(event_log_is_the_same_every_time),
        SIM(reset_drops_what_is_under_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
