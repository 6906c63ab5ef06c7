/* test_sim_away.c - VMs that are created running, and those whose image the caller keeps. */
#include "sim_test.h"

static vjob_vm_config named(const char *name)
{
    vjob_vm_config config;
    OK(vjob_vm_config_default("linux", &config));
    snprintf(config.name, sizeof config.name, "%s", name);
    return config;
}

static vjob_vm *create(const char *name, uint32_t flags)
{
    vjob_vm_config config = named(name);
    vjob_op_request request = {
        .op = VJOB_OP_CREATE, .host = st_host(), .config = &config, .flags = VJOB_OPF_RUN | flags};
    OK(st_do(&request));
    vjob_vm_config_clear(&config);
    return st_vm(name);
}

static vjob_vm_info look(vjob_vm *vm)
{
    vjob_vm_info info;
    vjob_vm_look(vm, &info);
    return info;
}

static vjob_err op(vjob_op what, vjob_vm *vm, uint32_t flags)
{
    return st_do(&(vjob_op_request){.op = what, .vm = vm, .flags = flags});
}

static void created_running_takes_the_time_of_a_start(void **state)
{
    (void)state;
    st_begin(NULL);
    uint64_t start = vjob_clock_now();
    vjob_vm *vm = create("fresh", 0);
    EQUAL(vjob_clock_now() - start, 500000000u);
    EQUAL(look(vm).state, VJOB_VM_RUNNING);
    CHECK(!look(vm).transient && look(vm).started_ns);
    CHANGES("fresh:added fresh:state:starting fresh:state:running fresh:started");
    OK(op(VJOB_OP_STOP, vm, 0));
    CHECK(look(vm).registered);
}

static void a_transient_one_is_gone_when_it_stops(void **state)
{
    (void)state;
    st_begin(NULL);
    vjob_vm *vm = create("brief", VJOB_OPF_TRANSIENT), *found;
    CHECK(look(vm).transient);
    st_clear_changes();
    vjob_job *stop = st_start(&(vjob_op_request){.op = VJOB_OP_STOP, .vm = vm});
    vjob_job *behind = st_start(&(vjob_op_request){.op = VJOB_OP_START, .vm = vm, .busy = VJOB_BUSY_QUEUE});
    OK(st_wait(stop));
    FAILS(st_wait(behind), VJOB_ENOENT);
    st_done(stop);
    st_done(behind);
    FAILS(vjob_vm_by_name(st_host(), "brief", &found), VJOB_ENOENT);
    CHANGES("brief:state:stopping brief:state:stopped brief:stopped brief:deleted");
    create("again", VJOB_OPF_TRANSIENT);
    vjob_host_info host;
    vjob_host_look(st_host(), &host);
    OK(op(VJOB_OP_SUSPEND, st_vm("again"), VJOB_OPF_SAVE_AWAY));
    vjob_host_info after;
    vjob_host_look(st_host(), &after);
    EQUAL(after.vms + 1, host.vms);
    CHECK(after.memory_used_mb < host.memory_used_mb);
}

static void a_creation_that_is_cancelled_or_too_large_leaves_nothing(void **state)
{
    (void)state;
    st_begin(NULL);
    vjob_host_info before, after;
    vjob_host_look(st_host(), &before);
    vjob_vm_config config = named("never");
    vjob_op_request request = {.op = VJOB_OP_CREATE,
                               .host = st_host(),
                               .config = &config,
                               .flags = VJOB_OPF_RUN | VJOB_OPF_TRANSIENT};
    vjob_job *job = st_start(&request);
    OK(vjob_job_ask_cancel(job));
    FAILS(st_wait(job), VJOB_ECANCELLED);
    st_done(job);
    config.memory_mb = 65000;
    FAILS(st_do(&request), VJOB_ERESOURCE);
    vjob_host_look(st_host(), &after);
    EQUAL(after.memory_used_mb, before.memory_used_mb);
    EQUAL(after.vms, before.vms);
    vjob_vm_config_clear(&config);
    CHANGES("");
}

static void saved_away_it_is_stopped_and_wakes_up_restored(void **state)
{
    (void)state;
    st_begin(NULL);
    vjob_vm *vm = st_vm("debian");
    OK(op(VJOB_OP_SUSPEND, vm, VJOB_OPF_SAVE_AWAY));
    EQUAL(look(vm).state, VJOB_VM_STOPPED);
    OK(op(VJOB_OP_START, vm, VJOB_OPF_RESTORED | VJOB_OPF_ONLY_STOPPED));
    EQUAL(look(vm).state, VJOB_VM_RUNNING);
    EQUAL(look(vm).tools, VJOB_TOOLS_RUNNING);
    CHANGES("debian:state:suspending debian:tools:stopped debian:state:stopped debian:suspended "
            "debian:state:starting debian:state:running debian:started debian:tools:running");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SIM(created_running_takes_the_time_of_a_start),
        SIM(a_transient_one_is_gone_when_it_stops),
        SIM(a_creation_that_is_cancelled_or_too_large_leaves_nothing),
        SIM(saved_away_it_is_stopped_and_wakes_up_restored),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
