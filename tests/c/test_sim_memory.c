/*
 * test_sim_memory.c - the n-th allocation fails, for every n: the call or its job says VJOB_ENOMEM and
 * the world is as it was; with memory again the same call succeeds.
 */
#include "sim_test.h"

#define WORLD                                                                                                \
    "{\"hosts\": [{\"vms\": [{\"name\": \"a\", \"description\": \"d\", \"state\": \"running\", "             \
    "\"snapshots\": [{\"name\": \"s\"}],"                                                                    \
    " \"guest\": {\"users\": [{\"name\": \"u\"}], \"files\": {\"/x/y\": \"1\"}, \"env\": {\"A\": \"1\"},"    \
    " \"programs\": [{\"path\": \"/p\", \"stdout\": \"o\"}]}}, {\"name\": \"b\", \"count\": 20},"            \
    " {\"name\": \"off\", \"registered\": false}]}, {\"users\": [{\"name\": \"u\"}]}]}"

static char *save(void)
{
    char *text;
    OK(vjob_sim_save_json(&text));
    return text;
}

/* Until `attempt` gets through without meeting the failure. It returns VJOB_ENOMEM or how it ended. */
static void fail_everywhere(vjob_err (*attempt)(void), int at_least)
{
    int failures = 0;
    for (long n = 0;; n++) {
        char *before = save();
        ct_fail_allocation(n, 0);
        vjob_err err = attempt();
        int met = ct_allocation_failed();
        ct_fail_allocation(-1, 0);
        if (!met) {
            vjob_sim_free(before);
            OK(err);
            break;
        }
        /* Some can do without: texts of failures, statistics. What says OK must have done its work. */
        if (err) {
            EQUAL(err, VJOB_ENOMEM);
            char *after = save();
            SAME(after, before);
            vjob_sim_free(after);
            failures++;
        } else {
            vjob_sim_free(before);
            break;
        }
        vjob_sim_free(before);
    }
    if (failures < at_least) fprintf(stderr, "only %d\n", failures);
    CHECK(failures >= at_least);
}

/* A job made beforehand, so that only the operation's own memory is at stake. */
static vjob_err run(const vjob_op_request *request)
{
    vjob_job *job = vjob_job_new(&(const vjob_job_kind){.cls = {.name = "j", .space = VJOB_SPACE_NATIVE}},
                                 sizeof *job, "t");
    if (!job) return VJOB_ENOMEM;
    vjob_err err = vjob_op_start(request, job);
    if (!err) {
        err = vjob_job_wait(job, VJOB_FOREVER);
        if (!err) err = vjob_job_get_err(job);
    }
    vjob_obj_release(&job->obj);
    return err;
}

static vjob_err load(void)
{
    return vjob_sim_load_json(WORLD, strlen(WORLD));
}

static vjob_err add(void)
{
    static const char text[] =
        "{\"hosts\": [{\"networks\": [{\"name\": \"n\"}], \"users\": [{\"name\": \"z\"}],"
        " \"vms\": [{\"name\": \"n\", \"count\": 9}]}, {\"name\": \"new\"}]}";
    return vjob_sim_add_json(text, strlen(text));
}

static vjob_err create(void)
{
    static vjob_disk disk = {.size_mb = 5, .bus = "scsi", .image = "/img"};
    static vjob_vm_config config = {.name = "new",
                                    .os = "linux",
                                    .cpus = 1,
                                    .memory_mb = 5,
                                    .description = "text",
                                    .disks = &disk,
                                    .n_disks = 1};
    return run(&(vjob_op_request){.op = VJOB_OP_CREATE, .host = st_host(), .config = &config});
}

static vjob_err clone(void)
{
    return run(&(vjob_op_request){.op = VJOB_OP_CLONE, .vm = st_vm("b1"), .name = "clone"});
}

static vjob_err snapshot(void)
{
    return run(&(vjob_op_request){.op = VJOB_OP_SNAPSHOT, .vm = st_vm("b1"), .name = "s", .text = "t"});
}

static vjob_err configure(void)
{
    vjob_vm_config config;
    vjob_err err = vjob_vm_get_config(st_vm("b2"), &config);
    if (err) return err;
    snprintf(config.name, sizeof config.name, "a name that is longer than what fits into the VM itself");
    config.cpus = 2;
    err = run(&(vjob_op_request){.op = VJOB_OP_CONFIGURE, .vm = st_vm("b2"), .config = &config});
    vjob_vm_config_clear(&config);
    return err;
}

static vjob_err take_off(void)
{
    return run(&(vjob_op_request){.op = VJOB_OP_UNREGISTER, .vm = st_vm("b3")});
}

static vjob_err list(void)
{
    return run(&(vjob_op_request){.op = VJOB_OP_LIST, .host = st_host()});
}

static vjob_err guest(void)
{
    static const char *const args[] = {"-c", "echo word", NULL};
    vjob_job *job = vjob_job_new(&(const vjob_job_kind){.cls = {.name = "j", .space = VJOB_SPACE_NATIVE}},
                                 sizeof *job, "t");
    if (!job) return VJOB_ENOMEM;
    vjob_err err =
        vjob_guest_run(st_vm("a"), &(vjob_guest_program){.path = "sh", .args = args, .cwd = "/"}, job);
    if (!err) {
        err = vjob_job_wait(job, VJOB_FOREVER);
        if (!err) err = vjob_job_get_err(job);
        const vjob_op_result *result = vjob_op_get_result(job);
        if (!err && (result->exit_code || !result->out)) err = VJOB_ENOMEM; /* the guest's own trouble */
    }
    vjob_obj_release(&job->obj);
    return err;
}

static vjob_err stats(void)
{
    vjob_stats *s;
    vjob_err err = vjob_stats_read(st_host(), NULL, &s);
    vjob_stats_free(s);
    return err;
}

static vjob_err lists(void)
{
    vjob_snapshot_info *infos;
    vjob_vm **vms;
    size_t n;
    vjob_err err = vjob_vm_snapshots(st_vm("a"), &infos, &n);
    if (err) return err;
    vjob_sim_free(infos);
    err = vjob_host_vms(st_host(), &vms, &n);
    if (!err) vjob_vms_free(vms, n);
    return err;
}

static void loading(void **state)
{
    (void)state;
    if (!ct_can_fail()) skip();
    OK(vjob_sim_reset());
    OK(vjob_sim_load_json("{}", 2));
    fail_everywhere(load, 50);
    st_begin(NULL);
}

static void everything_else(void **state)
{
    (void)state;
    if (!ct_can_fail()) skip();
    st_begin(WORLD);
    for (int i = 1; i < 4; i++) {
        char name[8];
        snprintf(name, sizeof name, "b%d", i);
        st_vm(name);
    }
    st_vm("a");
    fail_everywhere(add, 10);
    fail_everywhere(create, 7);
    fail_everywhere(clone, 5);
    fail_everywhere(snapshot, 5);
    fail_everywhere(configure, 5);
    fail_everywhere(take_off, 2);
    fail_everywhere(list, 2);
    fail_everywhere(guest, 10);
    fail_everywhere(stats, 4);
    fail_everywhere(lists, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SIM(loading),
        SIM(everything_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
