/* test_sim_make.c - VMs come and go: create, clone, configure, register, unregister, delete, migrate. */
#include "sim_test.h"

#define ONE                                                                                                  \
    "{\"hosts\": [{\"vms\": [{\"name\": \"a\", \"uuid\": \"11111111-2222-3333-4444-555555555555\","          \
    " \"guest\": {\"files\": {\"/x\": \"1\"}}}]},"                                                           \
    " {\"name\": \"other\", \"cpus\": 2, \"memory_mb\": 4096, \"vms\": [{\"name\": \"b\"}]}]}"

static vjob_vm_config new_config(const char *name)
{
    vjob_vm_config config;
    OK(vjob_vm_config_default("linux", &config));
    snprintf(config.name, sizeof config.name, "%s", name);
    return config;
}

static vjob_err create(vjob_vm_config *config)
{
    vjob_err err = st_do(&(vjob_op_request){.op = VJOB_OP_CREATE, .host = st_host(), .config = config});
    return err;
}

static size_t count_vms(void)
{
    vjob_vm **vms;
    size_t n;
    OK(vjob_host_vms(st_host(), &vms, &n));
    vjob_vms_free(vms, n);
    return n;
}

static void created_vm_is_found_in_every_way(void **state)
{
    (void)state;
    st_begin(ONE);
    vjob_vm_config config = new_config("new");
    vjob_job *job = st_start(&(vjob_op_request){.op = VJOB_OP_CREATE, .host = st_host(), .config = &config});
    vjob_vm *vm;
    FAILS(vjob_vm_by_name(st_host(), "new", &vm), VJOB_ENOENT); /* not yet */
    OK(st_wait(job));
    CHANGES("new:added");
    OK(vjob_vm_by_name(st_host(), "new", &vm));
    CHECK(vjob_op_get_result(job)->vm == vm);
    vjob_vm_info info;
    vjob_vm_look(vm, &info);
    SAME(info.path, "[standard] new/new.vmx");
    char braced[64];
    snprintf(braced, sizeof braced, "{%s}", info.uuid);
    for (char *p = braced; *p; p++)
        if (*p >= 'a' && *p <= 'f') *p = (char)(*p - 32);
    vjob_vm *again;
    OK(vjob_vm_by_uuid(st_host(), braced, &again));
    CHECK(again == vm);
    vjob_vm_release(again);
    OK(vjob_vm_by_path(st_host(), "[standard] new/new.vmx", &again));
    CHECK(again == vm);
    vjob_vm_release(again);
    FAILS(vjob_vm_by_uuid(st_host(), "nonsense", &again), VJOB_ENOENT);
    vjob_vm_config back;
    OK(vjob_vm_get_config(vm, &back));
    EQUAL(back.n_disks, 1);
    EQUAL(back.disks[0].size_mb, 8192);
    SAME(back.disks[0].image, "[standard] new/new.vmdk");
    EQUAL(strlen(back.nics[0].mac), 17);
    vjob_vm_config_clear(&back);
    vjob_vm_config_clear(&config);
    vjob_vm_release(vm);
    st_done(job);
}

static void names_uuids_and_paths_are_unique(void **state)
{
    (void)state;
    st_begin(ONE);
    vjob_vm_config config = new_config("a");
    FAILS(create(&config), VJOB_EEXIST);
    HAS(st_text, "already has a VM named \"a\"");
    snprintf(config.name, sizeof config.name, "z");
    snprintf(config.uuid, sizeof config.uuid, "11111111-2222-3333-4444-555555555555");
    FAILS(create(&config), VJOB_EEXIST);
    config.uuid[0] = '\0';
    snprintf(config.path, sizeof config.path, "[standard] a/a.vmx");
    FAILS(create(&config), VJOB_EEXIST);
    config.path[0] = '\0';
    vjob_job *first =
        st_start(&(vjob_op_request){.op = VJOB_OP_CREATE, .host = st_host(), .config = &config});
    FAILS(create(&config), VJOB_EEXIST); /* the name is taken from the beginning */
    OK(vjob_job_ask_cancel(first));
    FAILS(st_wait(first), VJOB_ECANCELLED);
    st_done(first);
    EQUAL(count_vms(), 1);
    OK(create(&config)); /* and free again */
    EQUAL(count_vms(), 2);
    vjob_vm_config_clear(&config);
}

static void hosts_limits_count(void **state)
{
    (void)state;
    st_begin(ONE);
    vjob_vm_config config = new_config("big");
    config.cpus = 17;
    FAILS(create(&config), VJOB_ERESOURCE);
    FAILS(vjob_vm_config_check(st_host(), &config), VJOB_ERESOURCE);
    config.cpus = 1;
    config.memory_mb = 70000;
    FAILS(create(&config), VJOB_ERESOURCE);
    config.memory_mb = 0;
    vjob_job *job = st_job();
    vjob_op_request request = {.op = VJOB_OP_CREATE, .host = st_host(), .config = &config};
    FAILS(vjob_op_start(&request, job), VJOB_EINVAL);
    config.memory_mb = 1;
    strcpy(config.nics[0].mac, "nonsense");
    FAILS(vjob_op_start(&request, job), VJOB_EINVAL);
    config.nics[0].mac[0] = '\0';
    strcpy(config.name, "bad\xff");
    FAILS(vjob_op_start(&request, job), VJOB_EINVAL);
    config.name[0] = '\0';
    FAILS(vjob_op_start(&request, job), VJOB_EINVAL);
    vjob_job_end(job, VJOB_OK);
    st_done(job);
    vjob_vm_config_clear(&config);
}

static void uuids_depend_on_seed_and_history_only(void **state)
{
    (void)state;
    char one[40], two[40], other[40];
    for (int run = 0; run < 3; run++) {
        st_begin(ONE);
        vjob_vm_config config = new_config("n");
        OK(vjob_sim_set_seed(run == 2 ? 9 : 5));
        OK(create(&config));
        strcpy(run == 0 ? one : run == 1 ? two : other, vjob_vm_uuid(st_vm("n")));
        OK(st_op(VJOB_OP_DELETE, "n"));
        OK(create(&config));
        vjob_vm *vm;
        OK(vjob_vm_by_name(st_host(), "n", &vm));
        CHECK(strcmp(vjob_vm_uuid(vm), vjob_vm_uuid(st_vm("n"))) != 0); /* never again */
        vjob_vm_release(vm);
        vjob_vm_config_clear(&config);
        CHECK(st_end(NULL) == 0);
    }
    SAME(one, two);
    CHECK(strcmp(one, other) != 0);
    char a[40], b[40];
    st_begin(ONE);
    vjob_sim_new_uuid(a);
    vjob_sim_new_uuid(b);
    CHECK(strcmp(a, b) != 0 && strlen(a) == 36);
}

/* ---- configuring ---- */

static void configured_vm_is_renamed(void **state)
{
    (void)state;
    st_begin(ONE);
    vjob_vm_config config;
    vjob_vm_info info;
    OK(vjob_vm_get_config(st_vm("a"), &config));
    strcpy(config.name, "renamed");
    config.memory_mb = 700;
    config.description = strdup("new words");
    OK(st_do(&(vjob_op_request){.op = VJOB_OP_CONFIGURE, .vm = st_vm("a"), .config = &config}));
    CHANGES("renamed:config");
    vjob_vm_look(st_vm("a"), &info);
    SAME(info.name, "renamed");
    SAME(info.path, "[standard] a/a.vmx");
    EQUAL(info.memory_mb, 700);
    EQUAL(info.revision, 2);
    vjob_vm *vm;
    FAILS(vjob_vm_by_name(st_host(), "a", &vm), VJOB_ENOENT);
    OK(vjob_vm_by_name(st_host(), "renamed", &vm));
    vjob_vm_release(vm);
    vjob_vm_config_clear(&config);
    OK(vjob_vm_get_config(st_vm("renamed"), &config));
    SAME(config.description, "new words");
    vjob_vm_config other = new_config("b");
    OK(create(&other));
    strcpy(config.name, "b");
    FAILS(st_do(&(vjob_op_request){.op = VJOB_OP_CONFIGURE, .vm = st_vm("renamed"), .config = &config}),
          VJOB_EEXIST);
    vjob_vm_config_clear(&config);
    vjob_vm_config_clear(&other);
}

static void running_vm_keeps_its_cpus_and_memory(void **state)
{
    (void)state;
    st_begin(ONE);
    vjob_vm_config config;
    OK(st_op(VJOB_OP_START, "a"));
    OK(vjob_vm_get_config(st_vm("a"), &config));
    vjob_op_request request = {.op = VJOB_OP_CONFIGURE, .vm = st_vm("a"), .config = &config};
    strcpy(config.name, "a2");
    OK(st_do(&request));
    config.cpus = 4;
    FAILS(st_do(&request), VJOB_ESTATE);
    SAME(st_text, "VM \"a2\" is running; cpus, memory and os can change while it is stopped");
    config.cpus = 1;
    strcpy(config.uuid, "99999999-2222-3333-4444-555555555555");
    FAILS(st_do(&request), VJOB_EINVAL);
    vjob_vm_config_clear(&config);
}

static int extras_alive;
static void extra_gone(vjob_obj *obj)
{
    (void)obj;
    extras_alive--;
}
static const vjob_class extra_class = {"extra", VJOB_SPACE_PRL, 1, extra_gone, NULL};

static vjob_obj *new_extra(void)
{
    vjob_obj *extra = vjob_obj_new(&extra_class, sizeof *extra);
    CHECK(extra != NULL);
    extras_alive++;
    return extra;
}

static void extras_live_as_long_as_the_configuration(void **state)
{
    (void)state;
    extras_alive = 0;
    st_begin(ONE);
    vjob_obj *first = new_extra(), *second = new_extra(), *got;
    vjob_vm_config config = new_config("e");
    OK(st_do(&(vjob_op_request){.op = VJOB_OP_CREATE,
                                .host = st_host(),
                                .config = &config,
                                .extra = first,
                                .space = VJOB_SPACE_PRL}));
    vjob_obj_release(first);
    CHECK(vjob_vm_get_extra(st_vm("e"), VJOB_SPACE_VIX) == NULL);
    OK(st_do(&(vjob_op_request){.op = VJOB_OP_SNAPSHOT, .vm = st_vm("e"), .name = "s"}));
    OK(vjob_vm_set_extra(st_vm("e"), VJOB_SPACE_PRL, second));
    vjob_obj_release(second);
    EQUAL(extras_alive, 2);
    OK(st_do(
        &(vjob_op_request){.op = VJOB_OP_SWITCH_SNAPSHOT, .vm = st_vm("e"), .uuid = st_snapshot("e", "s")}));
    EQUAL(extras_alive, 1);
    got = vjob_vm_get_extra(st_vm("e"), VJOB_SPACE_PRL);
    CHECK(got == first);
    vjob_obj_release(got);
    OK(st_do(&(vjob_op_request){.op = VJOB_OP_CLONE, .vm = st_vm("e"), .name = "f"}));
    OK(st_op(VJOB_OP_DELETE, "e"));
    got = vjob_vm_get_extra(st_vm("f"), VJOB_SPACE_PRL);
    CHECK(got == first);
    vjob_obj_release(got);
    vjob_vm_config_clear(&config);
    CHECK(st_end(NULL) == 0);
    EQUAL(extras_alive, 0);
    st_begin(ONE);
}

/* ---- cloning ---- */

static void clone_is_a_vm_of_its_own(void **state)
{
    (void)state;
    st_begin(ONE);
    vjob_job *job = st_start(&(vjob_op_request){.op = VJOB_OP_CLONE, .vm = st_vm("a"), .name = "c"});
    OK(st_wait(job));
    CHECK(vjob_op_get_result(job)->vm == st_vm("c"));
    st_done(job);
    CHANGES("c:added");
    vjob_vm_config a, c;
    OK(vjob_vm_get_config(st_vm("a"), &a));
    OK(vjob_vm_get_config(st_vm("c"), &c));
    CHECK(strcmp(a.uuid, c.uuid) != 0 && strcmp(a.nics[0].mac, c.nics[0].mac) != 0);
    SAME(c.disks[0].image, "[standard] c/c.vmdk");
    vjob_vm_config_clear(&a);
    vjob_vm_config_clear(&c);
    OK(st_op(VJOB_OP_START, "c"));
    FAILS(st_do(&(vjob_op_request){.op = VJOB_OP_CLONE, .vm = st_vm("c"), .name = "d"}), VJOB_ESTATE);
    OK(st_do(
        &(vjob_op_request){.op = VJOB_OP_CLONE, .vm = st_vm("c"), .name = "d", .flags = VJOB_OPF_LINKED}));
    FAILS(st_do(&(vjob_op_request){.op = VJOB_OP_CLONE, .vm = st_vm("a"), .name = "c"}), VJOB_EEXIST);
    st_sleep(5 * S);
    OK(st_run("c", "cat /x; echo 2 > /x"));
    SAME(st_out, "1");
    OK(st_op(VJOB_OP_START, "a"));
    st_sleep(5 * S);
    OK(st_run("a", "cat /x"));
    SAME(st_out, "1");
}

static void cancelled_clone_leaves_nothing(void **state)
{
    (void)state;
    st_begin(ONE);
    vjob_job *job = st_start(&(vjob_op_request){.op = VJOB_OP_CLONE, .vm = st_vm("a"), .name = "c"});
    st_sleep(300 * MS);
    OK(vjob_job_ask_cancel(job));
    FAILS(st_wait(job), VJOB_ECANCELLED);
    st_done(job);
    CHANGES("");
    EQUAL(count_vms(), 1);
    OK(st_do(&(vjob_op_request){.op = VJOB_OP_CLONE, .vm = st_vm("a"), .name = "c"}));
}

/* ---- registering ---- */

static void unregistered_vm_comes_back_by_its_path(void **state)
{
    (void)state;
    st_begin(ONE);
    OK(st_do(&(vjob_op_request){.op = VJOB_OP_SNAPSHOT, .vm = st_vm("a"), .name = "s"}));
    OK(st_op(VJOB_OP_UNREGISTER, "a"));
    vjob_vm_info info;
    vjob_vm_look(st_vm("a"), &info);
    EQUAL(info.registered, 0);
    EQUAL(count_vms(), 0);
    FAILS(st_op(VJOB_OP_START, "a"), VJOB_ENOENT);
    HAS(st_text, "is not registered any more");
    vjob_vm_config config = new_config("new");
    strcpy(config.path, "[standard] a/a.vmx");
    FAILS(create(&config), VJOB_EEXIST); /* its files are in the way */
    HAS(st_text, "register it");
    FAILS(st_do(&(vjob_op_request){.op = VJOB_OP_REGISTER, .host = st_host(), .path = "nowhere"}),
          VJOB_ENOENT);
    vjob_op_request back = {.op = VJOB_OP_REGISTER, .host = st_host(), .path = "[standard] a/a.vmx"};
    st_clear_changes();
    vjob_job *job = st_start(&back);
    OK(st_wait(job));
    CHECK(vjob_op_get_result(job)->vm == st_vm("a"));
    st_done(job);
    CHANGES("a:added");
    SAME(vjob_vm_uuid(st_vm("a")), "11111111-2222-3333-4444-555555555555");
    st_snapshot("a", "s");
    FAILS(st_do(&back), VJOB_EEXIST);
    OK(st_op(VJOB_OP_UNREGISTER, "a"));
    config.path[0] = '\0';
    strcpy(config.name, "a");
    strcpy(config.path, "elsewhere");
    OK(create(&config)); /* the name is free */
    FAILS(st_do(&back), VJOB_EEXIST);
    vjob_vm_config_clear(&config);
}

static void deleted_vm_is_gone(void **state)
{
    (void)state;
    st_begin(ONE);
    OK(st_op(VJOB_OP_DELETE, "a"));
    CHANGES("a:deleted");
    EQUAL(count_vms(), 0);
    FAILS(st_op(VJOB_OP_START, "a"), VJOB_ENOENT);
    SAME(st_text, "VM \"a\" does not exist any more");
    FAILS(st_do(&(vjob_op_request){.op = VJOB_OP_REGISTER, .host = st_host(), .path = "[standard] a/a.vmx"}),
          VJOB_ENOENT);
}

static void list_keeps_the_order_through_many_changes(void **state)
{
    (void)state;
    st_begin("{\"hosts\": [{\"vms\": [{\"name\": \"v\", \"count\": 200}]}]}");
    char name[16];
    for (int i = 0; i < 200; i++) {
        if (i % 4 == 0) continue;
        snprintf(name, sizeof name, "v%d", i);
        vjob_vm *vm;
        OK(vjob_vm_by_name(st_host(), name, &vm));
        OK(st_do(&(vjob_op_request){.op = VJOB_OP_DELETE, .vm = vm, .flags = VJOB_OPF_INSTANT}));
        vjob_vm_release(vm);
    }
    vjob_vm **vms;
    size_t n;
    OK(vjob_host_vms(st_host(), &vms, &n));
    EQUAL(n, 50);
    for (size_t i = 0; i < n; i++) {
        vjob_vm_info info;
        vjob_vm_look(vms[i], &info);
        snprintf(name, sizeof name, "v%zu", i * 4);
        SAME(info.name, name);
    }
    vjob_vms_free(vms, n);
}

/* ---- hosts ---- */

static void hosts_are_found_by_name(void **state)
{
    (void)state;
    vjob_host *host;
    st_begin(ONE);
    OK(vjob_host_find("other", &host));
    CHECK(host != st_host());
    vjob_host_release(host);
    OK(vjob_host_find("unheard-of", &host));
    CHECK(host == st_host());
    vjob_host_release(host);
    vjob_vm *vm;
    FAILS(vjob_vm_by_name(st_host(), "b", &vm), VJOB_ENOENT);
    CHECK(st_end(NULL) == 0);
    st_begin("{\"strict\": true, \"hosts\": [{\"name\": \"h\"}]}");
    FAILS(vjob_host_find("unheard-of", &host), VJOB_ECONNECT);
    OK(vjob_host_find("", &host));
    vjob_host_release(host);
}

static void migrated_vm_is_on_the_other_host(void **state)
{
    (void)state;
    st_begin(ONE);
    vjob_host *other, *now;
    OK(vjob_host_find("other", &other));
    OK(st_op(VJOB_OP_START, "a"));
    st_clear_changes();
    OK(st_do(&(vjob_op_request){.op = VJOB_OP_MIGRATE, .vm = st_vm("a"), .host = other}));
    CHANGES("a:removed a:added");
    now = vjob_vm_host(st_vm("a"));
    CHECK(now == other);
    vjob_host_release(now);
    vjob_vm *vm;
    FAILS(vjob_vm_by_name(st_host(), "a", &vm), VJOB_ENOENT);
    OK(vjob_vm_by_name(other, "a", &vm));
    vjob_vm_release(vm);
    vjob_host_info here, there;
    vjob_host_look(st_host(), &here);
    vjob_host_look(other, &there);
    EQUAL(here.memory_used_mb, 0);
    EQUAL(there.memory_used_mb, 512);
    EQUAL(there.vms, 2);
    FAILS(st_do(&(vjob_op_request){.op = VJOB_OP_MIGRATE, .vm = st_vm("a"), .host = other}), VJOB_EINVAL);
    OK(st_op(VJOB_OP_STOP, "a"));
    vjob_host_release(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SIM(created_vm_is_found_in_every_way),
        SIM(names_uuids_and_paths_are_unique),
        SIM(hosts_limits_count),
        SIM(uuids_depend_on_seed_and_history_only),
        SIM(configured_vm_is_renamed),
        SIM(running_vm_keeps_its_cpus_and_memory),
        SIM(extras_live_as_long_as_the_configuration),
        SIM(clone_is_a_vm_of_its_own),
        SIM(cancelled_clone_leaves_nothing),
        SIM(unregistered_vm_comes_back_by_its_path),
        SIM(deleted_vm_is_gone),
        SIM(list_keeps_the_order_through_many_changes),
        SIM(hosts_are_found_by_name),
        SIM(migrated_vm_is_on_the_other_host),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
