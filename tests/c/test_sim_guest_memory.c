/*
 * test_sim_guest_memory.c - the n-th allocation fails, for every n, in what a guest is asked: the call says
 * so and nothing has changed.
 */
#include <errno.h>

#include "sim_test.h"

#define GUEST                                                                                                \
    "{\"hosts\": [{\"vms\": [{\"name\": \"a\", \"os\": \"linux\", \"state\": \"running\", \"guest\": {"      \
    " \"users\": [{\"name\": \"u\"}], \"env\": {\"A\": \"1\"},"                                              \
    " \"files\": {\"/d/one\": \"1\", \"/d/e/two\": \"22\"}}}]}]}"

/* All that these calls can change, as text. */
static void picture(char *out, size_t cap)
{
    char *world, *x, *env;
    vjob_share *shares;
    vjob_guest_process *programs;
    size_t n_shares, n_programs;
    OK(vjob_sim_save_json(&world));
    OK(vjob_vm_get_variable(st_vm("a"), VJOB_VARIABLE_GUEST, "x", &x));
    OK(vjob_vm_get_variable(st_vm("a"), VJOB_VARIABLE_ENV, "A", &env));
    EQUAL(vjob_vm_shares(st_vm("a"), &shares, &n_shares), 0);
    EQUAL(vjob_guest_processes(st_vm("a"), &programs, &n_programs), 0);
    int size = snprintf(out, cap, "%s x=%s A=%s shares=%zu:%s:%d programs=%zu", world, x, env, n_shares,
                        n_shares ? shares[0].host_path : "", vjob_vm_shares_enabled(st_vm("a")), n_programs);
    CHECK(size > 0 && (size_t)size < cap);
    vjob_sim_free(world);
    vjob_sim_free(x);
    vjob_sim_free(env);
    vjob_sim_free(shares);
    vjob_sim_free(programs);
}

/* `attempt` says 0, or ENOMEM (or VJOB_ENOMEM, made into it). */
static void fail_everywhere(int (*attempt)(void), int at_least)
{
    static char before[65536], after[65536];
    int failures = 0;
    for (long n = 0;; n++) {
        picture(before, sizeof before);
        ct_fail_allocation(n, 0);
        int rc = attempt();
        int met = ct_allocation_failed();
        ct_fail_allocation(-1, 0);
        if (!rc) break; /* all memory, or it could do without */
        CHECK(met);
        EQUAL(rc, ENOMEM);
        picture(after, sizeof after);
        SAME(after, before);
        failures++;
    }
    if (failures < at_least) fprintf(stderr, "%d of %d\n", failures, at_least);
    CHECK(failures >= at_least);
}

static int code(vjob_err err)
{
    return err == VJOB_ENOMEM ? ENOMEM : (int)err;
}

static vjob_vm *vm(void)
{
    return st_vm("a");
}

static int stat_(void)
{
    vjob_guest_file file;
    return vjob_guest_stat(vm(), NULL, "/d/one", &file);
}

static int list(void)
{
    vjob_guest_file *files;
    size_t n;
    int rc = vjob_guest_list(vm(), NULL, "/", &files, &n);
    vjob_sim_free(files);
    return rc;
}

static int mkdir_(void)
{
    return vjob_guest_mkdir(vm(), "u", "/home/u/x/y/z", 1);
}

static int rename_(void)
{
    return vjob_guest_rename(vm(), NULL, "/home/u/x", "/d/x");
}

static int move(void)
{
    return vjob_guest_rename(vm(), NULL, "/d", "/moved");
}

static int unlink_(void)
{
    return vjob_guest_unlink(vm(), NULL, "/moved/one");
}

static int rmtree(void)
{
    return vjob_guest_rmtree(vm(), NULL, "/moved");
}

static int temp(void)
{
    char *path;
    int rc = vjob_guest_temp(vm(), "u", &path);
    vjob_sim_free(path);
    return rc;
}

static int set(void)
{
    return code(vjob_vm_set_variable(vm(), VJOB_VARIABLE_GUEST, "x", "value"));
}

static int set_env(void)
{
    return code(vjob_vm_set_variable(vm(), VJOB_VARIABLE_ENV, "A", "value"));
}

static int get(void)
{
    char *value;
    vjob_err err = vjob_vm_get_variable(vm(), VJOB_VARIABLE_CONFIG, "ethernet0.address", &value);
    vjob_sim_free(value);
    return code(err);
}

static int share(void)
{
    return vjob_vm_share_add(vm(), "s", "/", 1);
}

static int share_set(void)
{
    return vjob_vm_share_set(vm(), "s", "/tmp", 0);
}

static int share_remove(void)
{
    return vjob_vm_share_remove(vm(), "s");
}

static int processes(void)
{
    vjob_guest_process *list_;
    size_t n;
    int rc = vjob_guest_processes(vm(), &list_, &n);
    vjob_sim_free(list_);
    return rc;
}

static int screen(void)
{
    void *png;
    size_t size;
    int rc = vjob_vm_screen(vm(), 0, &png, &size);
    vjob_sim_free(png);
    return rc;
}

static const vjob_job_kind kind = {.cls = {.name = "j", .space = VJOB_SPACE_NATIVE}};

static int finish(vjob_job *job, vjob_err err)
{
    if (!err) err = vjob_job_wait(job, VJOB_FOREVER);
    if (!err) err = vjob_job_get_err(job);
    const vjob_op_result *result = vjob_op_get_result(job);
    if (!err && result && result->op == VJOB_OP_GUEST_RUN && (result->exit_code || !result->out))
        err = VJOB_ENOMEM;
    vjob_obj_release(&job->obj);
    return code(err);
}

static int script(void)
{
    vjob_job *job = vjob_job_new(&kind, sizeof *job, "t");
    if (!job) return ENOMEM;
    return finish(
        job, vjob_guest_run(vm(), &(vjob_guest_program){.path = "sh", .user = "u", .script = "echo a"}, job));
}

static vjob_err nothing(vjob_vm *vm_, vjob_job *job, void *data)
{
    return vm_ && job && !data ? VJOB_OK : VJOB_EINVAL;
}

static int act(void)
{
    vjob_job *job = vjob_job_new(&kind, sizeof *job, "t");
    if (!job) return ENOMEM;
    return finish(job, vjob_op_act(vm(), VJOB_OP_SCREEN, nothing, NULL, job));
}

static int clone(void)
{
    vjob_job *job = vjob_job_new(&kind, sizeof *job, "t");
    if (!job) return ENOMEM;
    return finish(job, vjob_op_start(&(vjob_op_request){.op = VJOB_OP_CLONE,
                                                        .vm = vm(),
                                                        .name = "clone",
                                                        .flags = VJOB_OPF_LINKED | VJOB_OPF_TAKE_SNAPSHOT},
                                     job));
}

static void every_call(void **state)
{
    (void)state;
    if (!ct_can_fail()) skip();
    st_begin(GUEST);
    st_vm("a");
    fail_everywhere(list, 2);
    fail_everywhere(mkdir_, 8);
    fail_everywhere(rename_, 6);
    fail_everywhere(move, 6);
    OK(st_do(
        &(vjob_op_request){.op = VJOB_OP_SNAPSHOT, .vm = vm(), .name = "s"})); /* what is shared is copied */
    fail_everywhere(unlink_, 3);
    fail_everywhere(rmtree, 1);
    fail_everywhere(temp, 4);
    fail_everywhere(set, 3);
    OK(st_do(&(vjob_op_request){.op = VJOB_OP_SNAPSHOT, .vm = vm(), .name = "s"}));
    fail_everywhere(set_env, 5);
    fail_everywhere(get, 1);
    fail_everywhere(share, 2);
    fail_everywhere(share_set, 3);
    fail_everywhere(share_remove, 2);
    fail_everywhere(processes, 1);
    fail_everywhere(screen, 4);
    fail_everywhere(script, 10);
    fail_everywhere(act, 2);
    fail_everywhere(clone, 8);
    EQUAL(stat_(), ENOENT); /* it has been moved and removed */
}

int main(void)
{
    const struct CMUnitTest tests[] = {SIM(every_call)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
