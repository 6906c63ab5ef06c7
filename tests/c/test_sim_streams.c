/* test_sim_streams.c - programs in guests that are fed while they run, and tell what they write. */
#include "sim_test.h"

static const char world[] =
    "{\"hosts\": [{\"name\": \"h\", \"cpus\": 4, \"memory_mb\": 8192, \"vms\": [{\"name\": \"a\","
    " \"os\": \"linux\", \"state\": \"running\"}]}]}";

typedef struct heard {
    uint64_t pid;
    char out[256], errors[256];
} heard;

static void began(void *data, uint64_t pid)
{
    ((heard *)data)->pid = pid;
}

static void wrote(void *data, int to, const char *text, size_t size)
{
    heard *h = data;
    strncat(to == 2 ? h->errors : h->out, text, size);
}

static vjob_job *run(const char *script, const vjob_guest_streams *streams)
{
    const char *const args[] = {"-c", script, NULL};
    const vjob_guest_program program = {.path = "sh", .args = args, .streams = streams};
    vjob_job *job = st_job();
    OK(vjob_guest_run(st_vm("a"), &program, job));
    return job;
}

static void what_it_writes_comes_apart(void **state)
{
    heard h = {0};
    const vjob_guest_streams streams = {.began = began, .wrote = wrote, .data = &h};
    (void)state;
    st_begin(world);
    vjob_job *job = run("echo one; nothere; echo two", &streams);
    OK(st_wait(job));
    CHECK(h.pid != 0 && !strcmp(h.out, "one\ntwo\n") && strstr(h.errors, "nothere"));
    CHECK(strstr(vjob_op_get_result(job)->out, "nothere")); /* the result has it all */
    st_done(job);
}

static void cat_hands_on_what_comes(void **state)
{
    heard h = {0};
    const vjob_guest_streams streams = {.began = began, .wrote = wrote, .data = &h, .is_fed = 1};
    (void)state;
    st_begin(world);
    vjob_job *job = run("cat; echo end", &streams);
    OK(vjob_guest_feed(job, "early ", 6)); /* before it has begun */
    st_sleep(S);
    EQUAL(strcmp(h.out, "early "), 0);
    OK(vjob_guest_feed(job, "late", 4));
    EQUAL(strcmp(h.out, "early late"), 0);
    OK(vjob_guest_feed(job, NULL, 0));
    OK(st_wait(job));
    EQUAL(strcmp(h.out, "early lateend\n"), 0);
    FAILS(vjob_guest_feed(job, "x", 1), VJOB_ENOENT);
    st_done(job);
}

static void a_shell_waits_for_all_of_it(void **state)
{
    heard h = {0};
    const vjob_guest_streams streams = {.wrote = wrote, .data = &h, .is_fed = 1};
    (void)state;
    st_begin(world);
    vjob_job *job = run("sh && echo done", &streams);
    OK(vjob_guest_feed(job, "echo a; ", 8));
    st_sleep(S);
    EQUAL(h.out[0], 0);
    OK(vjob_guest_feed(job, "echo b", 6));
    OK(vjob_guest_feed(job, NULL, 0));
    OK(st_wait(job));
    EQUAL(strcmp(h.out, "a\nb\ndone\n"), 0);
    st_done(job);
}

static void a_guest_that_stops_ends_who_reads(void **state)
{
    heard h = {0};
    const vjob_guest_streams streams = {.wrote = wrote, .data = &h, .is_fed = 1};
    (void)state;
    st_begin(world);
    vjob_job *job = run("cat", &streams);
    st_sleep(S);
    OK(st_op(VJOB_OP_STOP, "a"));
    FAILS(st_wait(job), VJOB_ESTATE);
    FAILS(vjob_guest_feed(job, "x", 1), VJOB_ENOENT);
    st_done(job);
}

static void a_stopped_machine_is_stopped_and_memory_changes_while_one_runs(void **state)
{
    vjob_vm_config config;
    vjob_vm_info info;
    (void)state;
    st_begin(world);
    vjob_vm *vm = st_vm("a");
    OK(vjob_vm_get_config(vm, &config));
    config.memory_mb = 4096;
    vjob_op_request request = {.op = VJOB_OP_CONFIGURE, .vm = vm, .config = &config};
    FAILS(st_do(&request), VJOB_ESTATE);
    request.flags = VJOB_OPF_HOT;
    OK(st_do(&request));
    config.memory_mb = 16384; /* more than the host has */
    FAILS(st_do(&request), VJOB_ERESOURCE);
    vjob_vm_look(vm, &info);
    EQUAL(info.memory_mb, 4096);
    vjob_vm_config_clear(&config);
    OK(st_op(VJOB_OP_STOP, "a"));
    FAILS(st_op(VJOB_OP_STOP, "a"), VJOB_ESTATE);
    const vjob_op_request stop = {.op = VJOB_OP_STOP, .vm = vm, .flags = VJOB_OPF_IN_ANY_STATE};
    OK(st_do(&stop));
    EQUAL(st_state("a"), VJOB_VM_STOPPED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SIM(what_it_writes_comes_apart),
        SIM(cat_hands_on_what_comes),
        SIM(a_shell_waits_for_all_of_it),
        SIM(a_guest_that_stops_ends_who_reads),
        SIM(a_stopped_machine_is_stopped_and_memory_changes_while_one_runs),
    };
    return cmocka_run_group_tests_name("sim_streams", tests, NULL, NULL);
}
