/* test_sim_guest.c - programs in guests: the small shell, files, time, logins, and what ends them. */
#include "sim_test.h"

#define GUEST                                                                                                \
    "{\"hosts\": [{\"vms\": [{\"name\": \"a\", \"os\": \"linux\", \"state\": \"running\", \"guest\": {"      \
    " \"users\": [{\"name\": \"u\", \"password\": \"p\"}], \"env\": {\"HOME\": \"/root\", \"N\": \"1\"},"    \
    " \"files\": {\"/etc/motd\": \"hi\\n\", \"/opt/s.sh\": \"echo script; exit 5\", \"/opt/loop\": "         \
    "\"/opt/loop;/opt/loop;/opt/loop;/opt/loop\"},"                                                          \
    " \"programs\": [{\"path\": \"/bin/x\", \"exit_code\": 3, \"stdout\": \"out\\n\", \"duration_s\": 4},"   \
    "                {\"path\": \"y\", \"stderr\": \"bad\\n\", \"exit_code\": -1}]}},"                       \
    " {\"name\": \"w\", \"os\": \"winxp\", \"state\": \"running\"}, {\"name\": \"off\"}]}]}"

static void shell_does_what_shells_do(void **state)
{
    static const struct {
        const char *script, *out;
        int exit_code;
    } rows[] = {
        {"echo a  b", "a b\n", 0},
        {"echo -n a; echo b", "ab\n", 0},
        {"echo 'a  b' \"c  d\" e\\ f", "a  b c  d e f\n", 0},
        {"echo 'a;b' \"c && d\"", "a;b c && d\n", 0},
        {"true && echo yes", "yes\n", 0},
        {"false && echo yes", "", 1},
        {"false; echo $?", "1\n", 0},
        {"false || echo or", "or\n", 0},
        {"true || echo or && echo and", "and\n", 0},
        {"false && echo a || echo b", "b\n", 0},
        {"exit 7; echo never", "", 7},
        {"exit 300", "", 44},
        {"cat /etc/motd", "hi\n", 0},
        {"cat < /etc/motd", "hi\n", 0},
        {"cat /nowhere", "/nowhere: no such file\n", 1},
        {"echo 1 > /tmp/f; echo 2 >> /tmp/f; cat /tmp/f", "1\n2\n", 0},
        {"echo x > /tmp/f; cat /tmp/f /tmp/f > /tmp/f2; cat /tmp/f2", "x\nx\n", 0},
        {"cat /tmp/f2 >> /tmp/f2; cat /tmp/f2", "x\nx\nx\nx\n", 0},
        {"echo x > /no/such/folder/f", "/no/such/folder/f: no such directory\n", 1},
        {"echo lost > /dev/null", "", 0},
        {"echo $HOME ${N}2 $NONE.", "/root 12 .\n", 0},
        {"echo '$HOME' \"$HOME\" \\$HOME", "$HOME /root $HOME\n", 0},
        {"env X=2 N=3 sh -c 'echo $X$N'", "23\n", 0},
        {"env X='it'\\''s' sh -c 'echo $X'; echo $X", "it's\n\n", 0},
        {"env", "HOME=/root\nN=1\n", 0},
        {"sh -c 'sh -c \"exit 9\"; echo $?' > /tmp/o; cat /tmp/o", "9\n", 0},
        {"sh /opt/s.sh; echo $?", "script\n5\n", 0},
        {"/opt/s.sh; echo $?", "script\n5\n", 0},
        {"# nothing\necho line # rest\n\necho two", "line\ntwo\n", 0},
        {"/bin/echo a; /usr/bin/env Q=1 /bin/true", "a\n", 0},
        {"y; echo $?", "bad\n-1\n", 0},
        {"sleep 0.5; echo woke", "woke\n", 0},
        {"sleep x", "sleep: needs a number of seconds\n", 1},
        {"echo a | cat", "sh: | and & are not known here\n", 2},
        {"echo a &", "sh: | and & are not known here\n", 2},
        {"echo `ls`", "sh: `, ( and ) are not known here\n", 2},
        {"echo 'open", "sh: a quotation does not end\n", 2},
        {"echo >", "sh: a redirection needs a file\n", 2},
        {"echo a > /tmp/1 > /tmp/2", "sh: one redirection of a kind per command\n", 2},
        {"", "", 0},
    };
    (void)state;
    st_begin(GUEST);
    for (size_t i = 0; i < COUNT(rows); i++) {
        OK(st_run("a", rows[i].script));
        SAME(st_out, rows[i].out);
        EQUAL(st_exit, rows[i].exit_code);
    }
}

static void unknown_program_says_what_to_do(void **state)
{
    (void)state;
    st_begin(GUEST);
    OK(st_run("a", "nosuch arg"));
    EQUAL(st_exit, 127);
    HAS(st_out, "nosuch: no such program in this guest; list it under \"programs\"");
}

static void time_is_the_clocks(void **state)
{
    (void)state;
    st_begin(GUEST);
    uint64_t before = vjob_clock_now();
    OK(st_run("a", "sleep 3; /bin/x"));
    EQUAL(vjob_clock_now() - before, 7 * S + 50 * MS); /* and the start */
    SAME(st_out, "out\n");
    EQUAL(st_exit, 3);
}

static void endless_scripts_end_or_give_others_a_turn(void **state)
{
    (void)state;
    st_begin(GUEST);
    vjob_job *job = st_job();
    OK(vjob_guest_run(st_vm("a"), &(vjob_guest_program){.path = "/opt/loop"}, job));
    st_sleep(1 * S); /* returns although the script goes on */
    EQUAL(vjob_job_get_state(job), VJOB_JOB_RUNNING);
    OK(vjob_job_ask_cancel(job));
    FAILS(st_wait(job), VJOB_ECANCELLED);
    st_done(job);
}

static void arguments_input_and_environment_arrive(void **state)
{
    (void)state;
    st_begin(GUEST);
    const char *args[] = {"a b", "$HOME", "it's", NULL}, *env[] = {"HOME=/x", NULL},
               *show[] = {"-c", "echo $HOME$N; cat", NULL};
    vjob_job *job = st_job();
    OK(vjob_guest_run(st_vm("a"), &(vjob_guest_program){.path = "echo", .args = args}, job));
    OK(st_wait(job));
    SAME(vjob_op_get_result(job)->out, "a b $HOME it's\n");
    uint32_t pid = vjob_op_get_result(job)->pid;
    st_done(job);
    job = st_job();
    OK(vjob_guest_run(
        st_vm("a"),
        &(vjob_guest_program){.path = "sh", .args = show, .env = env, .input = "in\n", .input_size = 3},
        job));
    OK(st_wait(job));
    SAME(vjob_op_get_result(job)->out, "/x1\nin\n");
    EQUAL(vjob_op_get_result(job)->pid, pid + 1);
    st_done(job);
    const char *relative[] = {"motd", NULL};
    job = st_job();
    OK(vjob_guest_run(st_vm("a"), &(vjob_guest_program){.path = "cat", .args = relative, .cwd = "/etc"},
                      job));
    OK(st_wait(job));
    SAME(vjob_op_get_result(job)->out, "hi\n");
    st_done(job);
}

static void detached_program_goes_on(void **state)
{
    (void)state;
    st_begin(GUEST);
    const char *args[] = {"-c", "sleep 10; echo done > /tmp/d", NULL};
    vjob_job *job = st_job();
    uint64_t before = vjob_clock_now();
    OK(vjob_guest_run(st_vm("a"), &(vjob_guest_program){.path = "sh", .args = args, .detach = 1}, job));
    OK(st_wait(job));
    EQUAL(vjob_clock_now() - before, 50 * MS);
    CHECK(vjob_op_get_result(job)->pid >= 1000);
    st_done(job);
    OK(st_run("a", "cat /tmp/d"));
    EQUAL(st_exit, 1);
    st_sleep(11 * S);
    OK(st_run("a", "cat /tmp/d"));
    SAME(st_out, "done\n");
}

static vjob_job *run_long(const char *vm)
{
    const char *args[] = {"100", NULL};
    vjob_job *job = st_job();
    OK(vjob_guest_run(st_vm(vm), &(vjob_guest_program){.path = "sleep", .args = args}, job));
    return job;
}

static void programs_fail_when_the_guest_stops(void **state)
{
    static const vjob_op ops[] = {VJOB_OP_STOP, VJOB_OP_RESET, VJOB_OP_SHUTDOWN, VJOB_OP_SUSPEND,
                                  VJOB_OP_RESTART};
    (void)state;
    for (size_t i = 0; i < COUNT(ops); i++) {
        st_begin(GUEST);
        vjob_job *one = run_long("a"), *two = run_long("a");
        st_sleep(1 * S);
        vjob_job *starting = run_long("a");
        OK(st_do(&(vjob_op_request){.op = ops[i], .vm = st_vm("a"), .flags = VJOB_OPF_INSTANT}));
        FAILS(st_wait(one), VJOB_ESTATE);
        SAME(st_text, "the guest of VM \"a\" stopped while \"sleep\" was running");
        FAILS(st_wait(two), VJOB_ESTATE);
        FAILS(st_wait(starting), VJOB_ESTATE);
        st_done(one);
        st_done(two);
        st_done(starting);
        CHECK(st_end(NULL) == 0);
    }
    st_begin(NULL);
}

static void programs_stand_still_while_paused(void **state)
{
    (void)state;
    st_begin(GUEST);
    vjob_job *job = run_long("a");
    uint64_t before = vjob_clock_now();
    st_sleep(10 * S);
    OK(st_do(&(vjob_op_request){.op = VJOB_OP_PAUSE, .vm = st_vm("a"), .flags = VJOB_OPF_INSTANT}));
    FAILS(st_run("a", "true"), VJOB_ESTATE);
    st_sleep(1000 * S);
    EQUAL(vjob_job_get_state(job), VJOB_JOB_RUNNING);
    OK(st_do(&(vjob_op_request){.op = VJOB_OP_CONTINUE, .vm = st_vm("a"), .flags = VJOB_OPF_INSTANT}));
    OK(st_wait(job));
    EQUAL(vjob_clock_now() - before, 1100 * S + 50 * MS);
    st_done(job);
}

static void cancel_ends_the_program(void **state)
{
    (void)state;
    st_begin(GUEST);
    vjob_job *job = run_long("a");
    st_sleep(1 * S);
    OK(vjob_job_ask_cancel(job));
    FAILS(st_wait(job), VJOB_ECANCELLED);
    st_done(job);
    job = run_long("a"); /* and while it starts */
    OK(vjob_job_ask_cancel(job));
    FAILS(st_wait(job), VJOB_ECANCELLED);
    st_done(job);
}

static void needs_a_running_guest_with_tools(void **state)
{
    (void)state;
    st_begin(GUEST);
    FAILS(st_run("off", "true"), VJOB_ESTATE);
    SAME(st_text, "VM \"off\" is stopped; guest_run needs a running VM");
    OK(st_op(VJOB_OP_START, "off"));
    FAILS(st_run("off", "true"), VJOB_ENOTOOLS);
    st_sleep(3 * S);
    OK(st_run("off", "true"));
    vjob_job *job = st_job();
    FAILS(vjob_guest_run(st_vm("a"), &(vjob_guest_program){.path = ""}, job), VJOB_EINVAL);
    FAILS(vjob_guest_run(st_vm("a"), NULL, job), VJOB_EINVAL);
    FAILS(vjob_guest_run(NULL, &(vjob_guest_program){.path = "x"}, job), VJOB_EINVAL);
    st_done(job);
}

static void logins_in_the_guest(void **state)
{
    (void)state;
    st_begin(GUEST);
    vjob_op_request login = {.op = VJOB_OP_GUEST_LOGIN, .vm = st_vm("a"), .name = "u", .text = "p"};
    OK(st_do(&login));
    login.text = "q";
    FAILS(st_do(&login), VJOB_EAUTH);
    SAME(st_text, "the guest of VM \"a\" has no user \"u\" with this password");
    login.vm = st_vm("w");
    OK(st_do(&login)); /* nobody listed */
    login.vm = st_vm("off");
    FAILS(st_do(&login), VJOB_ESTATE);
    OK(st_do(&(vjob_op_request){.op = VJOB_OP_GUEST_LOGOUT, .vm = st_vm("a")}));
    vjob_job *job =
        st_start(&(vjob_op_request){.op = VJOB_OP_GUEST_LOGIN, .vm = st_vm("a"), .name = "u", .text = "p"});
    OK(st_do(&(vjob_op_request){.op = VJOB_OP_STOP, .vm = st_vm("a"), .flags = VJOB_OPF_INSTANT}));
    FAILS(st_wait(job), VJOB_ESTATE);
    st_done(job);
}

static void windows_paths_know_no_case(void **state)
{
    (void)state;
    st_begin(GUEST);
    OK(st_run("w",
              "echo 1 > 'C:\\Temp\\File.txt'; cat c:/TEMP/./x/../file.TXT; echo 2 > /tmp/f; cat /tmp/F"));
    SAME(st_out, "1\n/tmp/F: no such file\n");
    OK(st_run("a", "echo 1 > 'C:\\Temp\\x'; cat '/C:\\Temp\\x' 'c:\\temp\\x'")); /* a name as any other */
    SAME(st_out, "1\nc:\\temp\\x: no such file\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SIM(shell_does_what_shells_do),
        SIM(unknown_program_says_what_to_do),
        SIM(time_is_the_clocks),
        SIM(endless_scripts_end_or_give_others_a_turn),
        SIM(arguments_input_and_environment_arrive),
        SIM(detached_program_goes_on),
        SIM(programs_fail_when_the_guest_stops),
        SIM(programs_stand_still_while_paused),
        SIM(cancel_ends_the_program),
        SIM(needs_a_running_guest_with_tools),
        SIM(logins_in_the_guest),
        SIM(windows_paths_know_no_case),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
