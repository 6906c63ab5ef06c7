/* test_sim_power.c - the state machine: what each operation needs, what it does, what is told. */
#include "sim_test.h"

#define RUNNING "{\"hosts\": [{\"vms\": [{\"name\": \"a\", \"state\": \"running\"}]}]}"
#define STOPPED "{\"hosts\": [{\"vms\": [{\"name\": \"a\"}]}]}"

static void builtin_world_is_as_documented(void **state)
{
    (void)state;
    st_begin(NULL);
    vjob_host_info host;
    vjob_host_look(st_host(), &host);
    SAME(host.name, "localhost");
    EQUAL(host.cpus, 16);
    EQUAL(host.memory_mb, 65536);
    EQUAL(host.vms, 3);
    EQUAL(host.networks, 1);
    OK(vjob_host_login(st_host(), "anybody", "anything"));
    vjob_vm_info xp;
    vjob_vm_look(st_vm("WindowsXP"), &xp);
    SAME(xp.path, "[standard] WindowsXP/WindowsXP.vmx");
    SAME(xp.os, "winxp");
    EQUAL(xp.state, VJOB_VM_STOPPED);
    EQUAL(xp.snapshots, 0);
    EQUAL(xp.registered, 1);
    vjob_vm_info debian;
    vjob_vm_look(st_vm("debian"), &debian);
    EQUAL(debian.state, VJOB_VM_RUNNING);
    EQUAL(debian.tools, VJOB_TOOLS_RUNNING);
    CHECK(debian.started_ns > 0);
    vjob_vm_info fedora;
    vjob_vm_look(st_vm("fedora"), &fedora);
    EQUAL(fedora.snapshots, 3);
    vjob_network_info network;
    EQUAL(vjob_host_networks(st_host(), &network, 1), 1);
    SAME(network.name, "default");
    EQUAL(network.active, 1);
}

static void start_boots_and_stop_gives_back(void **state)
{
    (void)state;
    st_begin(STOPPED);
    OK(st_op(VJOB_OP_START, "a"));
    CHANGES("a:state:starting a:state:running a:started");
    vjob_vm_info info;
    vjob_vm_look(st_vm("a"), &info);
    EQUAL(info.tools, VJOB_TOOLS_STOPPED);
    EQUAL(info.started_ns, info.state_since_ns);
    vjob_host_info host;
    vjob_host_look(st_host(), &host);
    EQUAL(host.memory_used_mb, info.memory_mb);
    st_sleep(3 * S);
    CHANGES("a:tools:running");
    OK(st_op(VJOB_OP_STOP, "a"));
    CHANGES("a:state:stopping a:tools:stopped a:state:stopped a:stopped");
    vjob_host_look(st_host(), &host);
    EQUAL(host.memory_used_mb, 0);
    vjob_vm_look(st_vm("a"), &info);
    EQUAL(info.started_ns, 0);
}

static void shutdown_and_restart_go_through_the_guest(void **state)
{
    (void)state;
    st_begin(STOPPED);
    OK(st_op(VJOB_OP_START, "a"));
    FAILS(st_op(VJOB_OP_SHUTDOWN, "a"), VJOB_ENOTOOLS);
    SAME(st_text, "the tools of VM \"a\" are not up yet; shutdown needs them running");
    FAILS(st_op(VJOB_OP_RESTART, "a"), VJOB_ENOTOOLS);
    st_sleep(3 * S);
    st_clear_changes();
    OK(st_op(VJOB_OP_RESTART, "a"));
    CHANGES("a:state:resetting a:tools:stopped a:state:running a:reset");
    st_sleep(3 * S);
    CHANGES("a:tools:running");
    OK(st_op(VJOB_OP_SHUTDOWN, "a"));
    CHANGES("a:state:stopping a:tools:stopped a:state:stopped a:stopped");
}

static void force_does_it_hard_without_tools(void **state)
{
    (void)state;
    st_begin(STOPPED);
    OK(st_op(VJOB_OP_START, "a"));
    OK(st_do(&(vjob_op_request){.op = VJOB_OP_RESTART, .vm = st_vm("a"), .flags = VJOB_OPF_FORCE}));
    OK(st_do(&(vjob_op_request){.op = VJOB_OP_SHUTDOWN, .vm = st_vm("a"), .flags = VJOB_OPF_FORCE}));
    EQUAL(st_state("a"), VJOB_VM_STOPPED);
}

static void pause_stops_time_in_the_guest(void **state)
{
    (void)state;
    st_begin(STOPPED);
    OK(st_op(VJOB_OP_START, "a"));
    st_sleep(1 * S);
    st_clear_changes();
    OK(st_op(VJOB_OP_PAUSE, "a"));
    CHANGES("a:state:pausing a:state:paused a:paused");
    st_sleep(60 * S);
    CHANGES("");
    OK(st_op(VJOB_OP_START, "a")); /* of a paused one: continues */
    CHANGES("a:state:continuing a:state:running a:continued");
    st_sleep(500 * MS);
    CHANGES("");
    st_sleep(500 * MS); /* 2 s of boot: 1 before, 0.1 while pausing, the rest now */
    CHANGES("a:tools:running");
}

static void suspend_keeps_the_guest_and_gives_memory_back(void **state)
{
    (void)state;
    st_begin(RUNNING);
    OK(st_op(VJOB_OP_SUSPEND, "a"));
    CHANGES("a:state:suspending a:tools:stopped a:state:suspended a:suspended");
    vjob_host_info host;
    vjob_host_look(st_host(), &host);
    EQUAL(host.memory_used_mb, 0);
    FAILS(st_do(&(vjob_op_request){.op = VJOB_OP_START, .vm = st_vm("a"), .flags = VJOB_OPF_ONLY_STOPPED}),
          VJOB_ESTATE);
    SAME(st_text, "VM \"a\" is suspended; start needs a stopped VM");
    OK(st_op(VJOB_OP_START, "a"));
    CHANGES("a:state:resuming a:state:running a:resumed a:tools:running");
    OK(st_op(VJOB_OP_SUSPEND, "a"));
    OK(st_op(VJOB_OP_DROP_SUSPENDED, "a"));
    EQUAL(st_state("a"), VJOB_VM_STOPPED);
    OK(st_op(VJOB_OP_START, "a"));
    st_clear_changes();
    st_sleep(3 * S);
    CHANGES("a:tools:running"); /* it booted: the saved state is gone */
}

static void wrong_states_are_refused_later_and_change_nothing(void **state)
{
    static const struct {
        vjob_op op;
        unsigned allowed; /* bits: stopped, running, paused, suspended */
    } rules[] = {
        {VJOB_OP_START, 1 | 4 | 8},  {VJOB_OP_STOP, 2 | 4},       {VJOB_OP_SHUTDOWN, 2},
        {VJOB_OP_RESET, 2 | 4},      {VJOB_OP_RESTART, 2},        {VJOB_OP_PAUSE, 2},
        {VJOB_OP_CONTINUE, 4},       {VJOB_OP_SUSPEND, 2 | 4},    {VJOB_OP_RESUME, 8},
        {VJOB_OP_DROP_SUSPENDED, 8}, {VJOB_OP_UNREGISTER, 1 | 8}, {VJOB_OP_DELETE, 1 | 8},
        {VJOB_OP_INSTALL_TOOLS, 2},
    };
    static const char *const names[] = {"stopped", "running", "paused", "suspended"};
    (void)state;
    for (size_t i = 0; i < COUNT(rules); i++) {
        for (unsigned s = 0; s < 4; s++) {
            char json[200];
            snprintf(json, sizeof json, "{\"hosts\": [{\"vms\": [{\"name\": \"a\", \"state\": \"%s\"}]}]}",
                     names[s]);
            st_begin(json);
            vjob_vm_state before = st_state("a");
            vjob_job *job = st_start(&(vjob_op_request){.op = rules[i].op, .vm = st_vm("a")});
            vjob_err err = st_wait(job);
            if (rules[i].allowed >> s & 1) {
                OK(err);
            } else {
                EQUAL(err, VJOB_ESTATE);
                EQUAL(vjob_op_get_result(job)->state, before);
                HAS(st_text, names[s]);
                HAS(st_text, vjob_op_name(rules[i].op));
                CHANGES("");
            }
            st_done(job);
            CHECK(st_end(NULL) == 0);
        }
    }
    st_begin(STOPPED);
    FAILS(st_op(VJOB_OP_PAUSE, "a"), VJOB_ESTATE);
    SAME(st_text, "VM \"a\" is stopped; pause needs a running VM");
    OK(st_op(VJOB_OP_START, "a"));
    FAILS(st_op(VJOB_OP_START, "a"), VJOB_ESTATE);
    SAME(st_text, "VM \"a\" is running; start needs a stopped, paused or suspended VM");
}

static void memory_of_a_host_is_shared(void **state)
{
    (void)state;
    st_begin("{\"hosts\": [{\"memory_mb\": 1000, \"vms\": [{\"name\": \"a\", \"memory_mb\": 600},"
             "{\"name\": \"b\", \"memory_mb\": 600}, {\"name\": \"c\", \"memory_mb\": 400}]}]}");
    vjob_job *a = st_start(&(vjob_op_request){.op = VJOB_OP_START, .vm = st_vm("a")});
    FAILS(st_op(VJOB_OP_START, "b"), VJOB_ERESOURCE); /* reserved while a is only starting */
    SAME(st_text, "VM \"b\" needs 600 MB; host \"localhost\" has 400 of 1000 MB left");
    OK(st_wait(a));
    st_done(a);
    OK(st_op(VJOB_OP_START, "c"));
    OK(st_op(VJOB_OP_PAUSE, "c"));
    FAILS(st_op(VJOB_OP_START, "b"), VJOB_ERESOURCE);
    OK(st_op(VJOB_OP_SUSPEND, "a"));
    OK(st_op(VJOB_OP_START, "b"));
    FAILS(st_op(VJOB_OP_RESUME, "a"), VJOB_ERESOURCE);
    EQUAL(st_state("a"), VJOB_VM_SUSPENDED);
}

static void tools_can_be_installed(void **state)
{
    (void)state;
    st_begin("{\"hosts\": [{\"vms\": [{\"name\": \"a\", \"state\": \"running\", \"guest\": {\"tools\": "
             "\"none\"}}]}]}");
    FAILS(st_op(VJOB_OP_SHUTDOWN, "a"), VJOB_ENOTOOLS);
    SAME(st_text, "the tools of VM \"a\" are not installed; shutdown needs them running");
    st_sleep(60 * S);
    OK(st_op(VJOB_OP_INSTALL_TOOLS, "a"));
    CHANGES("a:tools:running");
    OK(st_op(VJOB_OP_SHUTDOWN, "a"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SIM(builtin_world_is_as_documented),
        SIM(start_boots_and_stop_gives_back),
        SIM(shutdown_and_restart_go_through_the_guest),
        SIM(force_does_it_hard_without_tools),
        SIM(pause_stops_time_in_the_guest),
        SIM(suspend_keeps_the_guest_and_gives_memory_back),
        SIM(wrong_states_are_refused_later_and_change_nothing),
        SIM(memory_of_a_host_is_shared),
        SIM(tools_can_be_installed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
