/* test_sim_next.c - what becomes of VMs when they stop: next configurations, transient ones; runs, causes. */
#include <string.h>

#include "sim_test.h"

static const char world[] =
    "{\"hosts\": [{\"name\": \"h\", \"cpus\": 8, \"vms\": ["
    "{\"name\": \"on\", \"state\": \"running\", \"cpus\": 1}, {\"name\": \"off\"}]}]}";

static vjob_vm_info look(vjob_vm *vm)
{
    vjob_vm_info info;
    vjob_vm_look(vm, &info);
    return info;
}

static void runs_are_numbered_once(void **state)
{
    (void)state;
    st_begin(world);
    CHECK(look(st_vm("on")).run == 1 && look(st_vm("off")).run == 0);
    OK(st_op(VJOB_OP_START, "off"));
    CHECK(look(st_vm("off")).run == 2 && look(st_vm("off")).cause == VJOB_OP_START);
    OK(st_op(VJOB_OP_STOP, "on"));
    CHECK(look(st_vm("on")).run == 0 && look(st_vm("on")).cause == VJOB_OP_STOP);
    OK(st_op(VJOB_OP_START, "on"));
    CHECK(look(st_vm("on")).run == 3);
    OK(st_op(VJOB_OP_RESET, "on"));
    CHECK(look(st_vm("on")).run == 3);
}

static void a_cancelled_operation_is_known_as_undone(void **state)
{
    (void)state;
    st_begin(world);
    vjob_job *job = st_start(&(vjob_op_request){.op = VJOB_OP_SUSPEND, .vm = st_vm("on")});
    vjob_job *current = vjob_vm_current_job(st_vm("on"));
    CHECK(current == job);
    vjob_obj_release(&current->obj);
    OK(vjob_job_ask_cancel(job));
    FAILS(st_wait(job), VJOB_ECANCELLED);
    st_done(job);
    const vjob_vm_info info = look(st_vm("on"));
    CHECK(info.state == VJOB_VM_RUNNING && info.cause == VJOB_OP_SUSPEND && info.undone && info.run == 1);
    CHECK(vjob_vm_current_job(st_vm("on")) == NULL);
}

static vjob_err configure(const char *name, uint32_t cpus, uint32_t flags)
{
    vjob_vm_config config;
    OK(vjob_vm_get_config(st_vm(name), &config));
    config.cpus = cpus;
    const vjob_err err = st_do(
        &(vjob_op_request){.op = VJOB_OP_CONFIGURE, .vm = st_vm(name), .config = &config, .flags = flags});
    vjob_vm_config_clear(&config);
    return err;
}

static void a_running_vm_gets_its_next_configuration_when_it_stops(void **state)
{
    (void)state;
    st_begin(world);
    vjob_vm_config next;
    FAILS(configure("on", 4, 0), VJOB_ESTATE);
    FAILS(vjob_vm_get_next(st_vm("on"), VJOB_SPACE_NATIVE, &next, NULL), VJOB_ENOENT);
    OK(configure("on", 4, VJOB_OPF_NEXT));
    CHECK(look(st_vm("on")).cpus == 1);
    OK(vjob_vm_get_next(st_vm("on"), VJOB_SPACE_NATIVE, &next, NULL));
    CHECK(next.cpus == 4);
    vjob_vm_config_clear(&next);
    OK(st_op(VJOB_OP_STOP, "on"));
    CHECK(look(st_vm("on")).cpus == 4);
    FAILS(vjob_vm_get_next(st_vm("on"), VJOB_SPACE_NATIVE, &next, NULL), VJOB_ENOENT);
    OK(configure("on", 2, VJOB_OPF_NEXT)); /* stopped: at once */
    CHECK(look(st_vm("on")).cpus == 2);
}

static void a_transient_vm_is_forgotten_when_it_stops(void **state)
{
    (void)state;
    st_begin(world);
    vjob_vm *vm = vjob_vm_retain(st_vm("on")), *found;
    OK(vjob_vm_set_transient(vm, 1));
    CHECK(look(vm).transient && look(vm).registered);
    OK(st_op(VJOB_OP_STOP, "on"));
    CHECK(!look(vm).registered);
    FAILS(vjob_vm_by_name(st_host(), "on", &found), VJOB_ENOENT);
    FAILS(vjob_vm_set_transient(vm, 0), VJOB_ENOENT);
    HAS(st_changes(),
        "on:persistence on:state:stopping on:tools:stopped on:state:stopped on:stopped on:deleted");
    vjob_vm_release(vm);
    vm = vjob_vm_retain(st_vm("off"));
    OK(vjob_vm_set_transient(vm, 1)); /* it is stopped */
    CHECK(!look(vm).registered);
    vjob_vm_release(vm);
}

static void a_vm_can_be_created_transient(void **state)
{
    (void)state;
    st_begin(world);
    vjob_vm_config config;
    OK(vjob_vm_config_default("linux", &config));
    strcpy(config.name, "short");
    OK(st_do(&(vjob_op_request){
        .op = VJOB_OP_CREATE, .host = st_host(), .config = &config, .flags = VJOB_OPF_TRANSIENT}));
    vjob_vm_config_clear(&config);
    CHECK(look(st_vm("short")).transient);
    OK(st_op(VJOB_OP_START, "short"));
    OK(st_op(VJOB_OP_STOP, "short"));
    vjob_vm *found;
    FAILS(vjob_vm_by_name(st_host(), "short", &found), VJOB_ENOENT);
    OK(vjob_vm_set_autostart(st_vm("off"), 1));
    CHECK(look(st_vm("off")).autostart);
}

static void a_stop_need_not_wait_for_what_can_be_stopped(void **state)
{
    (void)state;
    st_begin(world);
    vjob_job *saving = st_start(&(vjob_op_request){.op = VJOB_OP_SUSPEND, .vm = st_vm("on")});
    vjob_job *waiting =
        st_start(&(vjob_op_request){.op = VJOB_OP_PAUSE, .vm = st_vm("on"), .busy = VJOB_BUSY_QUEUE});
    OK(st_do(&(vjob_op_request){.op = VJOB_OP_STOP, .vm = st_vm("on"), .flags = VJOB_OPF_PREEMPT}));
    FAILS(st_wait(saving), VJOB_ESTATE);
    FAILS(st_wait(waiting), VJOB_ESTATE);
    st_done(saving);
    st_done(waiting);
    CHECK(look(st_vm("on")).state == VJOB_VM_STOPPED && look(st_vm("on")).cause == VJOB_OP_STOP);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SIM(runs_are_numbered_once),
        SIM(a_cancelled_operation_is_known_as_undone),
        SIM(a_running_vm_gets_its_next_configuration_when_it_stops),
        SIM(a_transient_vm_is_forgotten_when_it_stops),
        SIM(a_vm_can_be_created_transient),
        SIM(a_stop_need_not_wait_for_what_can_be_stopped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
