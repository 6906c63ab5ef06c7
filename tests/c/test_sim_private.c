/* test_sim_private.c - private hosts: nobody else sees them, nothing takes time, they end with their last user. */
#include "sim_test.h"

#define UUID "6695eb01-f6a4-8304-79aa-97f2502e193f"

static const char world[] =
    "{\"hosts\": [{\"name\": \"h\", \"cpus\": 32, \"memory_mb\": 1000000, \"networks\": [{\"name\": \"n\"}],"
    " \"vms\": [{\"name\": \"test\", \"uuid\": \"" UUID "\", \"state\": \"running\", \"memory_mb\": 8192},"
    " {\"name\": \"off\"}]}]}";

static vjob_host *open_one(const char *key)
{
    vjob_host *host = NULL;
    OK(vjob_host_open_private(key, world, sizeof world - 1, &host));
    return host;
}

static vjob_err op(vjob_host *host, vjob_op what, const char *name, uint32_t flags)
{
    vjob_vm *vm;
    OK(vjob_vm_by_name(host, name, &vm));
    vjob_err err = st_do(&(vjob_op_request){.op = what, .vm = vm, .flags = flags});
    vjob_vm_release(vm);
    return err;
}

static void nobody_else_sees_it(void **state)
{
    (void)state;
    st_begin("{\"strict\": true}");
    char *before, *after;
    OK(vjob_sim_save_json(&before));
    vjob_host *mine = open_one(NULL), *found;
    CHECK(vjob_host_is_private(mine) && !vjob_host_is_private(st_host()));
    FAILS(vjob_host_find("h", &found), VJOB_ECONNECT);
    OK(op(mine, VJOB_OP_STOP, "test", 0));
    CHANGES("");
    OK(vjob_sim_save_json(&after));
    SAME(after, before);
    vjob_sim_free(before);
    vjob_sim_free(after);
    vjob_host_close_private(mine);
    CHANGES("");
}

static int told;
static void count(const vjob_change_info *change, void *host)
{
    CHECK(change->host == host);
    told++;
}

static void its_own_observers_hear_of_it(void **state)
{
    (void)state;
    st_begin(NULL);
    vjob_host *one = open_one(NULL), *two = open_one(NULL);
    vjob_observer *observer;
    told = 0;
    OK(vjob_observer_add(one, count, one, &observer));
    OK(op(two, VJOB_OP_STOP, "test", 0));
    OK(op(one, VJOB_OP_STOP, "test", 0));
    CHECK(told > 0);
    vjob_observer_remove(observer);
    vjob_host_close_private(one);
    vjob_host_close_private(two);
}

static void uuids_of_two_worlds_do_not_meet(void **state)
{
    (void)state;
    st_begin("{\"hosts\": [{\"vms\": [{\"name\": \"mine\", \"uuid\": \"" UUID "\"}]}]}");
    vjob_host *one = open_one(NULL), *two = open_one(NULL);
    vjob_vm *a, *b, *c;
    OK(vjob_vm_by_uuid(st_host(), UUID, &a));
    OK(vjob_vm_by_uuid(one, UUID, &b));
    OK(vjob_vm_by_uuid(two, UUID, &c));
    CHECK(a != b && b != c && a != c);
    vjob_vm_info info;
    vjob_vm_look(a, &info);
    SAME(info.name, "mine");
    vjob_vm_release(a);
    vjob_vm_release(b);
    vjob_vm_release(c);
    vjob_host_close_private(one);
    vjob_host_close_private(two);
}

static void nothing_takes_time_unless_asked_for(void **state)
{
    (void)state;
    st_begin(NULL);
    vjob_host *mine = open_one(NULL);
    uint64_t start = vjob_clock_now();
    OK(op(mine, VJOB_OP_SUSPEND, "test", 0));
    OK(op(mine, VJOB_OP_START, "off", 0));
    OK(op(mine, VJOB_OP_STOP, "off", 0));
    EQUAL(vjob_clock_now(), start);
    OK(op(mine, VJOB_OP_START, "off", VJOB_OPF_TIMED));
    EQUAL(vjob_clock_now() - start, 500000000u);
    vjob_host_close_private(mine);
}

static void a_key_is_shared_while_it_is_open_and_fresh_afterwards(void **state)
{
    (void)state;
    st_begin(NULL);
    vjob_host *one = open_one("k"), *two = open_one("k"), *other = open_one("l");
    CHECK(one == two && one != other);
    OK(op(one, VJOB_OP_STOP, "test", 0));
    vjob_vm *vm;
    OK(vjob_vm_by_name(two, "test", &vm));
    vjob_host_close_private(one);
    EQUAL(vjob_vm_get_state(vm), VJOB_VM_STOPPED);
    CHECK(vjob_vm_host(vm) == two);
    vjob_host_release(two);
    vjob_host_close_private(two);
    CHECK(vjob_vm_host(vm) == NULL);
    FAILS(st_do(&(vjob_op_request){.op = VJOB_OP_START, .vm = vm}), VJOB_ENOENT);
    vjob_vm_release(vm);
    vjob_host *fresh = open_one("k");
    OK(vjob_vm_by_name(fresh, "test", &vm));
    EQUAL(vjob_vm_get_state(vm), VJOB_VM_RUNNING);
    vjob_vm_release(vm);
    vjob_host_close_private(fresh);
    vjob_host_close_private(other);
}

static void closing_cancels_what_is_under_way(void **state)
{
    (void)state;
    st_begin(NULL);
    vjob_host *mine = open_one(NULL);
    vjob_vm *off, *debian = st_vm("debian");
    OK(vjob_vm_by_name(mine, "off", &off));
    vjob_job *job = st_start(&(vjob_op_request){.op = VJOB_OP_START, .vm = off, .flags = VJOB_OPF_TIMED});
    vjob_job *queued = st_start(
        &(vjob_op_request){.op = VJOB_OP_STOP, .vm = off, .flags = VJOB_OPF_TIMED, .busy = VJOB_BUSY_QUEUE});
    vjob_job *elsewhere = st_start(&(vjob_op_request){.op = VJOB_OP_STOP, .vm = debian});
    vjob_host_close_private(mine);
    FAILS(st_wait(job), VJOB_ECANCELLED);
    FAILS(st_wait(queued), VJOB_ECANCELLED);
    OK(st_wait(elsewhere));
    st_done(job);
    st_done(queued);
    st_done(elsewhere);
    vjob_vm_release(off);
}

static void a_reset_ends_private_hosts_too(void **state)
{
    (void)state;
    st_begin(NULL);
    vjob_host *mine = open_one("k");
    OK(vjob_deinit());
    OK(vjob_sim_reset());
    vjob_vm *vm;
    FAILS(vjob_vm_by_name(mine, "test", &vm), VJOB_ENOENT);
    vjob_host_close_private(mine);
    OK(vjob_init());
}

static void a_bad_description_leaves_nothing(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "{}",
        "{\"hosts\": []}",
        "{\"hosts\": [{}, {}]}",
        "nonsense",
        "{\"hosts\": [{\"vms\": [{\"name\": \"a\"}, {\"name\": \"a\"}]}]}",
        "{\"hosts\": [{\"networks\": [{\"name\": \"a\"}, {\"name\": \"a\"}]}]}"};
    st_begin(NULL);
    vjob_host *host;
    for (size_t i = 0; i < COUNT(bad); i++) {
        FAILS(vjob_host_open_private("k", bad[i], strlen(bad[i]), &host), VJOB_EPARSE);
        CHECK(host == NULL);
    }
    host = open_one("k");
    vjob_host_close_private(host);
}

static void vms_do_not_cross_the_border(void **state)
{
    (void)state;
    st_begin(NULL);
    vjob_host *mine = open_one(NULL);
    vjob_op_request move = {.op = VJOB_OP_MIGRATE, .vm = st_vm("debian"), .host = mine};
    FAILS(st_do(&move), VJOB_EINVAL);
    vjob_op_request clone = {.op = VJOB_OP_CLONE, .vm = st_vm("WindowsXP"), .host = mine, .name = "copy"};
    FAILS(st_do(&clone), VJOB_EINVAL);
    vjob_host_close_private(mine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SIM(nobody_else_sees_it),
        SIM(its_own_observers_hear_of_it),
        SIM(uuids_of_two_worlds_do_not_meet),
        SIM(nothing_takes_time_unless_asked_for),
        SIM(a_key_is_shared_while_it_is_open_and_fresh_afterwards),
        SIM(closing_cancels_what_is_under_way),
        SIM(a_reset_ends_private_hosts_too),
        SIM(a_bad_description_leaves_nothing),
        SIM(vms_do_not_cross_the_border),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
