/* test_sim_snapshot.c - snapshots: the tree, what a switch brings back, what a cancel leaves. */
#include "sim_test.h"

#define ONE                                                                                                  \
    "{\"hosts\": [{\"memory_mb\": 2000, \"vms\": [{\"name\": \"a\", \"os\": \"winxp\", \"memory_mb\": 600,"  \
    " \"guest\": {\"boot_s\": 1}}, {\"name\": \"b\", \"memory_mb\": 1600}]}]}"

static vjob_err take(const char *name, uint32_t flags)
{
    return st_do(&(vjob_op_request){
        .op = VJOB_OP_SNAPSHOT, .vm = st_vm("a"), .name = name, .text = "why", .flags = flags});
}

static vjob_err go_to(const char *name, uint32_t flags)
{
    return st_do(&(vjob_op_request){
        .op = VJOB_OP_SWITCH_SNAPSHOT, .vm = st_vm("a"), .uuid = st_snapshot("a", name), .flags = flags});
}

static vjob_err drop(const char *name, uint32_t flags)
{
    return st_do(&(vjob_op_request){
        .op = VJOB_OP_DELETE_SNAPSHOT, .vm = st_vm("a"), .uuid = st_snapshot("a", name), .flags = flags});
}

/* "one(two*(three)four)": names in order, children in brackets, the current one starred. */
static void tree_of(const vjob_snapshot_info *infos, size_t n, const char *parent, char *out)
{
    int any = 0;
    for (size_t i = 0; i < n; i++) {
        if (strcmp(infos[i].parent, parent) != 0) continue;
        if (any++) strcat(out, " ");
        strcat(out, infos[i].name);
        if (infos[i].is_current) strcat(out, "*");
        if (infos[i].children == 0) continue;
        strcat(out, "(");
        tree_of(infos, n, infos[i].uuid, out);
        strcat(out, ")");
    }
}

static const char *tree(const char *vm)
{
    static char out[1000];
    vjob_snapshot_info *infos;
    size_t n;
    OK(vjob_vm_snapshots(st_vm(vm), &infos, &n));
    out[0] = '\0';
    tree_of(infos, n, "", out);
    vjob_sim_free(infos);
    return out;
}

static void tree_grows_from_the_current_one(void **state)
{
    (void)state;
    st_begin(ONE);
    SAME(tree("a"), "");
    OK(take("one", 0));
    HAS(st_changes(), "a:snapshots");
    OK(take("two", 0));
    OK(take("three", 0));
    SAME(tree("a"), "one(two(three*))");
    OK(go_to("one", 0));
    OK(take("four", 0));
    SAME(tree("a"), "one(two(three) four*)");
    OK(drop("two", 0));
    SAME(tree("a"), "one(three four*)"); /* in the order of creation */
    OK(drop("four", 0));
    SAME(tree("a"), "one*(three)");
    OK(drop("one", VJOB_OPF_CHILDREN));
    SAME(tree("a"), "");
    OK(take("five", 0));
    SAME(tree("a"), "five*");
    vjob_snapshot_info *infos;
    size_t n;
    OK(vjob_vm_snapshots(st_vm("a"), &infos, &n));
    SAME(infos[0].description, "why");
    EQUAL(infos[0].state, VJOB_VM_STOPPED);
    EQUAL(infos[0].created_ns, vjob_clock_now());
    vjob_sim_free(infos);
    SAME(tree("b"), "");
}

static void unknown_ones_are_refused(void **state)
{
    (void)state;
    st_begin(ONE);
    vjob_op_request request = {.op = VJOB_OP_SWITCH_SNAPSHOT, .vm = st_vm("a"), .uuid = "nonsense"};
    FAILS(st_do(&request), VJOB_ENOENT);
    request.op = VJOB_OP_DELETE_SNAPSHOT;
    FAILS(st_do(&request), VJOB_ENOENT);
    OK(take("one", 0));
    request.vm = st_vm("b");
    request.uuid = st_snapshot("a", "one");
    FAILS(st_do(&request), VJOB_ENOENT); /* another VM's */
    char braced[64];
    snprintf(braced, sizeof braced, "{%s}", request.uuid);
    request.vm = st_vm("a");
    request.uuid = braced;
    OK(st_do(&request));
    char longer[400];
    memset(longer, 'x', sizeof longer - 1);
    longer[399] = '\0';
    FAILS(take(longer, 0), VJOB_EINVAL);
}

static void switch_brings_back_files_configuration_and_state(void **state)
{
    (void)state;
    st_begin(ONE);
    OK(take("off", 0));
    OK(st_op(VJOB_OP_START, "a"));
    st_sleep(2 * S);
    OK(st_run("a", "echo before > C:/Temp/x; echo 1 > /tmp/y"));
    st_clear_changes();
    OK(take("on", 0));
    HAS(st_changes(), "a:snapshots"); /* it went on running */
    EQUAL(st_state("a"), VJOB_VM_RUNNING);
    OK(st_run("a", "echo after > 'c:\\temp\\X'; echo 2 >> /tmp/y"));
    OK(st_op(VJOB_OP_STOP, "a"));
    vjob_vm_config config;
    OK(vjob_vm_get_config(st_vm("a"), &config));
    config.memory_mb = 100;
    OK(st_do(&(vjob_op_request){.op = VJOB_OP_CONFIGURE, .vm = st_vm("a"), .config = &config}));
    vjob_vm_config_clear(&config);
    st_clear_changes();
    OK(go_to("on", 0));
    CHANGES("a:state:running a:config a:snapshots a:tools:running");
    vjob_vm_info info;
    vjob_vm_look(st_vm("a"), &info);
    EQUAL(info.memory_mb, 600);
    CHECK(info.started_ns > 0);
    OK(st_run("a", "cat C:/Temp/x /tmp/y"));
    SAME(st_out, "before\n1\n");
    OK(go_to("off", 0));
    CHANGES("a:tools:stopped a:state:stopped a:config a:snapshots");
    OK(st_op(VJOB_OP_START, "a"));
    st_sleep(2 * S);
    OK(st_run("a", "cat /tmp/y"));
    EQUAL(st_exit, 1);
    OK(go_to("on", 0)); /* from running to running: another guest */
    HAS(st_changes(), "a:state:stopped a:state:running");
}

static void running_state_can_be_left_out(void **state)
{
    (void)state;
    st_begin(ONE);
    OK(st_op(VJOB_OP_START, "a"));
    OK(take("full", 0));
    OK(take("disks", VJOB_OPF_NO_MEMORY));
    OK(st_op(VJOB_OP_PAUSE, "a"));
    OK(take("paused", 0));
    OK(st_op(VJOB_OP_SUSPEND, "a"));
    OK(take("suspended", 0));
    OK(go_to("disks", 0));
    EQUAL(st_state("a"), VJOB_VM_STOPPED);
    OK(go_to("full", VJOB_OPF_SKIP_RESUME));
    EQUAL(st_state("a"), VJOB_VM_STOPPED);
    OK(go_to("paused", 0));
    EQUAL(st_state("a"), VJOB_VM_PAUSED);
    OK(go_to("suspended", 0));
    EQUAL(st_state("a"), VJOB_VM_SUSPENDED);
    vjob_host_info host;
    vjob_host_look(st_host(), &host);
    EQUAL(host.memory_used_mb, 0);
    OK(go_to("full", 0));
    vjob_host_look(st_host(), &host);
    EQUAL(host.memory_used_mb, 600);
    OK(st_op(VJOB_OP_STOP, "a"));
    OK(st_op(VJOB_OP_START, "b"));
    FAILS(go_to("full", 0), VJOB_ERESOURCE);
    EQUAL(st_state("a"), VJOB_VM_STOPPED);
}

static void cancelled_ones_leave_nothing(void **state)
{
    (void)state;
    st_begin(ONE);
    OK(st_op(VJOB_OP_START, "a"));
    vjob_job *job = st_start(&(vjob_op_request){.op = VJOB_OP_SNAPSHOT, .vm = st_vm("a"), .name = "x"});
    OK(vjob_job_ask_cancel(job));
    FAILS(st_wait(job), VJOB_ECANCELLED);
    CHECK(vjob_op_get_result(job)->snapshot == NULL);
    st_done(job);
    SAME(tree("a"), "");
    OK(take("one", 0));
    job = st_start(
        &(vjob_op_request){.op = VJOB_OP_SWITCH_SNAPSHOT, .vm = st_vm("a"), .uuid = st_snapshot("a", "one")});
    OK(vjob_job_ask_cancel(job));
    FAILS(st_wait(job), VJOB_ECANCELLED);
    st_done(job);
    EQUAL(st_state("a"), VJOB_VM_RUNNING);
    vjob_host_info host;
    vjob_host_look(st_host(), &host);
    EQUAL(host.memory_used_mb, 600);
}

static void deep_trees_are_taken_apart(void **state)
{
    (void)state;
    st_begin(ONE);
    for (int i = 0; i < 3000; i++)
        OK(st_do(&(vjob_op_request){
            .op = VJOB_OP_SNAPSHOT, .vm = st_vm("a"), .name = i ? "n" : "first", .flags = VJOB_OPF_INSTANT}));
    OK(st_do(&(vjob_op_request){
        .op = VJOB_OP_CLONE, .vm = st_vm("a"), .name = "c", .snapshot = st_snapshot("a", "first")}));
    OK(drop("first", VJOB_OPF_CHILDREN));
    SAME(tree("a"), "");
}

static void builtin_tree(void **state)
{
    (void)state;
    st_begin(NULL);
    SAME(tree("fedora"), "installed(updated* experiment)");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SIM(tree_grows_from_the_current_one),
        SIM(unknown_ones_are_refused),
        SIM(switch_brings_back_files_configuration_and_state),
        SIM(running_state_can_be_left_out),
        SIM(cancelled_ones_leave_nothing),
        SIM(deep_trees_are_taken_apart),
        SIM(builtin_tree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
