/* test_sim_outside.c - programs of guests that a hook runs, or that really run. */
#include <sys/stat.h>
#include <unistd.h>

#include "sim_test.h"

#define ONE                                                                                                  \
    "{\"hosts\": [{\"vms\": [{\"name\": \"a\", \"state\": \"running\", \"os\": \"linux\", \"guest\": {"      \
    "\"users\": [{\"name\": \"joe\"}], \"env\": {\"WORD\": \"hello\"},"                                      \
    "\"files\": {\"/opt/script\": \"echo script; exit 6\"},"                                                 \
    "\"programs\": [{\"path\": \"/opt/listed\", \"stdout\": \"listed\\n\", \"exit_code\": 4}]}},"            \
    "{\"name\": \"b\", \"state\": \"running\"}]}]}"

/* ---- hooks ---- */

static tally calls = TALLY;
static char seen[400];

/* "/opt/mine CODE SECONDS" */
static int hook(const vjob_program *program, vjob_program_end *end, void *data)
{
    tally_add(&calls);
    if (strcmp(program->args[0], "/opt/mine") != 0) return 0;
    snprintf(seen, sizeof seen, "%s:%s:%s:%.*s:%s", program->vm, program->user, program->env[0],
             (int)program->input_size, program->input, (const char *)data);
    end->exit_code = atoi(program->args[1]);
    end->duration_ns = (uint64_t)atoi(program->args[2]) * S;
    end->out = strdup("from the hook\n");
    end->out_size = strlen(end->out);
    return 1;
}

static void hook_runs_what_the_guest_does_not_have(void **state)
{
    (void)state;
    st_begin(ONE);
    OK(vjob_sim_set_program_hook(hook, "data"));
    const uint64_t before = vjob_clock_now();
    OK(st_run("a", "/opt/mine 7 20; echo status $?"));
    SAME(st_out, "from the hook\nstatus 7\n");
    CHECK(vjob_clock_now() - before >= 20 * S);
    SAME(seen, "a:root:WORD=hello::data");
    OK(st_run("a", "echo words > /tmp/in; /opt/mine 0 0 < /tmp/in > /tmp/out && cat /tmp/out"));
    SAME(st_out, "from the hook\n");
    HAS(seen, ":words\n:");
    const int so_far = tally_get(&calls);
    OK(st_run("a", "/opt/listed; true; sh -c 'exit 1'")); /* listed or built in: not asked */
    EQUAL(tally_get(&calls), so_far);
    OK(st_run("a", "/opt/script")); /* refused, so the guest's own file runs */
    EQUAL(st_exit, 6);
    EQUAL(tally_get(&calls), so_far + 1);
    OK(st_run("a", "/opt/none"));
    EQUAL(st_exit, 127);
    HAS(st_out, "inventory");
    OK(vjob_sim_set_program_hook(NULL, NULL));
    OK(st_run("a", "/opt/mine 0 0"));
    EQUAL(st_exit, 127);
}

static vjob_job *start(const char *path, const char *argument, int detach)
{
    const char *args[] = {argument, NULL};
    vjob_job *job = st_job();
    OK(vjob_guest_run(
        st_vm("a"), &(vjob_guest_program){.path = path, .args = args, .user = "joe", .detach = detach}, job));
    return job;
}

static tally entered = TALLY, gate = TALLY;

static int slow_hook(const vjob_program *program, vjob_program_end *end, void *data)
{
    (void)program, (void)data;
    tally_add(&entered);
    tally_wait(&gate, 1);
    end->exit_code = 3;
    return 1;
}

static uint64_t pid_of(const char *name)
{
    vjob_guest_process *all;
    size_t n;
    uint64_t pid = 0;
    EQUAL(vjob_guest_processes(st_vm("a"), &all, &n), 0);
    for (size_t i = 0; i < n; i++)
        if (!strcmp(all[i].name, name)) pid = all[i].pid;
    vjob_sim_free(all);
    return pid;
}

static void hook_is_left_alone_when_its_process_ends(void **state)
{
    (void)state;
    st_begin(ONE);
    tally_init(&entered);
    tally_init(&gate);
    OK(vjob_sim_set_program_hook(slow_hook, NULL));
    vjob_job *job = start("/opt/slow", "x", 0);
    tally_wait(&entered, 1);
    CHECK(pid_of("slow") != 0);
    EQUAL(vjob_guest_kill(st_vm("a"), NULL, pid_of("slow")), 0);
    OK(st_wait(job));
    EQUAL(vjob_op_get_result(job)->exit_code, 137);
    st_done(job);
    vjob_job *other = start("/opt/slow", "x", 0);
    tally_wait(&entered, 2);
    OK(st_op(VJOB_OP_STOP, "a"));
    FAILS(st_wait(other), VJOB_ESTATE);
    st_done(other);
    tally_add(&gate);
}

static void hook_answers_a_paused_guest(void **state)
{
    (void)state;
    st_begin(ONE);
    tally_init(&entered);
    tally_init(&gate);
    OK(vjob_sim_set_program_hook(slow_hook, NULL));
    vjob_job *job = start("/opt/slow", "x", 0);
    tally_wait(&entered, 1);
    OK(st_op(VJOB_OP_PAUSE, "a"));
    tally_add(&gate);
    st_sleep(100 * S);
    EQUAL(vjob_job_get_state(job), VJOB_JOB_RUNNING);
    OK(st_op(VJOB_OP_CONTINUE, "a"));
    OK(st_wait(job));
    EQUAL(vjob_op_get_result(job)->exit_code, 3);
    st_done(job);
}

static void hook_of_a_detached_program(void **state)
{
    (void)state;
    st_begin(ONE);
    tally_init(&entered);
    tally_init(&gate);
    tally_add(&gate);
    OK(vjob_sim_set_program_hook(slow_hook, NULL));
    vjob_job *job = start("/opt/slow", "x", 1);
    OK(st_wait(job));
    st_done(job);
    tally_wait(&entered, 1);
    while (pid_of("slow")) st_sleep(S);
}

static void reset_takes_the_hook_away(void **state)
{
    (void)state;
    st_begin(ONE);
    OK(vjob_sim_set_program_hook(hook, "data"));
    st_end(NULL);
    st_begin(ONE);
    OK(st_run("a", "/opt/mine 0 0"));
    EQUAL(st_exit, 127);
}

/* ---- really ---- */

static const char *scratch(void)
{
    static char path[200];
    snprintf(path, sizeof path, "%s", ct_temp("programs"));
    return path;
}

static const char *folder_of(const char *vm)
{
    static char path[300];
    snprintf(path, sizeof path, "%s/%s", scratch(), vjob_vm_uuid(st_vm(vm)));
    return path;
}

static int allowed(void)
{
    const vjob_err err = vjob_sim_allow_programs(scratch());
    if (err == VJOB_ENOTSUP) print_message("this machine has no Landlock\n");
    if (err != VJOB_ENOTSUP) OK(err);
    return !err;
}

static void clean(void)
{
    char command[500];
    snprintf(command, sizeof command, "rm -rf '%s'", scratch());
    EQUAL(system(command), 0);
}

static void real_programs_are_off(void **state)
{
    (void)state;
    st_begin(ONE);
    OK(st_run("a", "/usr/bin/uname"));
    EQUAL(st_exit, 127);
    FAILS(vjob_sim_allow_programs("relative"), VJOB_EINVAL);
    if (!allowed()) return; /* also below valgrind, which does not know of Landlock */
    FAILS(vjob_sim_allow_programs("/no/such/folder"), VJOB_EIO);
    OK(st_run("a", "/usr/bin/uname"));
    SAME(st_out, "Linux\n");
    OK(vjob_sim_allow_programs(NULL));
    OK(st_run("a", "/usr/bin/uname"));
    EQUAL(st_exit, 127);
    clean();
}

static void real_programs_run_in_a_folder_of_the_vm(void **state)
{
    (void)state;
    char expected[400];
    st_begin(ONE);
    if (!allowed()) return;
    OK(st_run("a", "/bin/pwd"));
    snprintf(expected, sizeof expected, "%s\n", folder_of("a"));
    SAME(st_out, expected);
    EQUAL(st_exit, 0);
    OK(st_run("a", "/bin/bash -c 'echo $WORD; echo here > file; cat file; exit 9'"));
    SAME(st_out, "hello\nhere\n");
    EQUAL(st_exit, 9);
    OK(st_run("b", "/bin/bash -c 'cat file'"));
    EQUAL(st_exit, 1);
    OK(st_run("a", "echo input > /tmp/in; tr a-z A-Z < /tmp/in"));
    SAME(st_out, "INPUT\n");
    OK(st_run("a", "/bin/bash -c 'kill -9 $$'"));
    EQUAL(st_exit, 137);
    OK(st_run("a", "/opt/script")); /* the guest's own */
    EQUAL(st_exit, 6);
    OK(st_run("a", "/opt/none; nothing-like-it"));
    EQUAL(st_exit, 127);
    clean();
}

static void real_programs_cannot_leave_it(void **state)
{
    (void)state;
    char script[600];
    st_begin(ONE);
    if (!allowed()) return;
    const char *outside = ct_temp("outside");
    unlink(outside);
    snprintf(script, sizeof script, "/bin/bash -c 'echo x > %s'", outside);
    OK(st_run("a", script));
    CHECK(st_exit != 0 && access(outside, F_OK) != 0);
    OK(st_run("b", "/bin/true"));
    OK(st_run("b", "/usr/bin/touch mine"));
    EQUAL(st_exit, 0);
    snprintf(script, sizeof script, "/bin/bash -c 'rm -rf %s; echo > %s/mine'", folder_of("b"),
             folder_of("b"));
    OK(st_run("a", script));
    CHECK(st_exit != 0);
    OK(st_run("b", "/bin/bash -c 'test -f mine'"));
    EQUAL(st_exit, 0);
    OK(st_run("a", "/bin/bash -c 'cat /etc/passwd'"));
    CHECK(st_exit != 0);
    OK(st_run("a", "/bin/bash -c 'ls /proc/self/fd/3'"));
    CHECK(st_exit != 0);
    setenv("VJOB_SECRET_OF_THE_TEST", "1", 1);
    OK(st_run("a", "/usr/bin/printenv VJOB_SECRET_OF_THE_TEST"));
    EQUAL(st_exit, 1);
    unsetenv("VJOB_SECRET_OF_THE_TEST");
    clean();
}

static void real_programs_end_with_their_process(void **state)
{
    (void)state;
    char command[500];
    st_begin(ONE);
    if (!allowed()) return;
    vjob_job *job = start("/bin/bash", "-c", 0); /* needs a script: ends at once */
    OK(st_wait(job));
    st_done(job);
    job = st_job();
    const char *args[] = {"-c", "/usr/bin/env > pid; /bin/sleep 1000 & exec /bin/sleep 1000", NULL};
    OK(vjob_guest_run(st_vm("a"), &(vjob_guest_program){.path = "/bin/bash", .args = args}, job));
    snprintf(command, sizeof command, "%s/pid", folder_of("a"));
    while (access(command, F_OK)) OK(vjob_sleep(S));
    OK(st_op(VJOB_OP_STOP, "a"));
    FAILS(st_wait(job), VJOB_ESTATE);
    st_done(job);
    clean();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SIM(hook_runs_what_the_guest_does_not_have),
        SIM(hook_is_left_alone_when_its_process_ends),
        SIM(hook_answers_a_paused_guest),
        SIM(hook_of_a_detached_program),
        SIM(reset_takes_the_hook_away),
        SIM(real_programs_are_off),
        SIM(real_programs_run_in_a_folder_of_the_vm),
        SIM(real_programs_cannot_leave_it),
        SIM(real_programs_end_with_their_process),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
