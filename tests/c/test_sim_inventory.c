/*
 * test_sim_inventory.c - inventories: what is accepted, what is refused and where, saving and adding.
 * The documents are in tests/data/inventories; test_inventory_schema.py feeds them to the JSON Schema.
 */
#include <dirent.h>

#include "sim_test.h"

static char folder[400]; /* tests/data/inventories */

static char *path_of(const char *kind, const char *name)
{
    static char path[2][1000];
    static int turn;
    turn = !turn;
    snprintf(path[turn], sizeof path[turn], "%s/%s/%s", folder, kind, name);
    return path[turn];
}

static int each(const char *kind, void (*fn)(const char *kind, const char *name))
{
    int n = 0;
    DIR *dir = opendir(path_of(kind, ""));
    CHECK(dir != NULL);
    for (struct dirent *entry; (entry = readdir(dir));) {
        if (!strstr(entry->d_name, ".json")) continue;
        fn(kind, entry->d_name);
        n++;
    }
    closedir(dir);
    return n;
}

static char *save(void)
{
    char *text;
    OK(vjob_sim_save_json(&text));
    return text;
}

/* ---- good ones ---- */

static void loads_and_comes_back(const char *kind, const char *name)
{
    vjob_err err = vjob_sim_load_file(path_of(kind, name));
    if (err) fprintf(stderr, "%s: %s\n", name, vjob_last_error()->text);
    OK(err);
    char *one = save();
    OK(vjob_sim_load_json(one, strlen(one)));
    char *two = save();
    SAME(two, one);
    vjob_sim_free(one);
    vjob_sim_free(two);
}

static void good_ones_load_and_survive_saving(void **state)
{
    (void)state;
    CHECK(each("good", loads_and_comes_back) >= 7);
    st_begin(NULL);
    char *built_in = save();
    CHECK(st_end(NULL) == 0);
    st_begin(built_in);
    EQUAL(st_state("debian"), VJOB_VM_RUNNING);
    vjob_sim_free(built_in);
}

static void everything_arrives(void **state)
{
    (void)state;
    OK(vjob_sim_reset());
    OK(vjob_sim_load_file(path_of("good", "everything.json")));
    char *text = save();
    st_begin(text);
    vjob_sim_free(text);
    vjob_host_info host;
    vjob_host_look(st_host(), &host);
    SAME(host.name, "büro");
    SAME(host.uuid, "aaaaaaaa-0000-4000-8000-000000000001");
    EQUAL(host.vms, 3); /* one is on the shelf */
    vjob_vm_config config;
    OK(vjob_vm_get_config(st_vm("Prüfstand ☂"), &config));
    SAME(config.path, "/vms/p.vmx");
    SAME(config.description, "two\nlines");
    SAME(config.disks[0].bus, "scsi");
    SAME(config.disks[1].image, "/vms/p-1.vmdk");
    SAME(config.nics[0].mac, "00:1C:42:00:00:01");
    EQUAL(config.n_nics, 2);
    vjob_vm_config_clear(&config);
    EQUAL(st_state("Prüfstand ☂"), VJOB_VM_PAUSED);
    EQUAL(st_state("asleep"), VJOB_VM_SUSPENDED);
    OK(st_op(VJOB_OP_START, "Prüfstand ☂"));
    OK(st_run("Prüfstand ☂", "cat c:/data/A.txt; cat '/tmp/b'; echo \"$PATH\"; 'C:\\tool.exe'"));
    SAME(st_out, "xy\nC:\\\na\nb\n");
    EQUAL(st_exit, -1073741819);
    OK(st_do(&(vjob_op_request){.op = VJOB_OP_SWITCH_SNAPSHOT,
                                .vm = st_vm("Prüfstand ☂"),
                                .uuid = "aaaaaaaa-0000-4000-8000-000000000003"}));
    OK(st_run("Prüfstand ☂", "cat C:/x"));
    SAME(st_out, "old");
    OK(st_do(
        &(vjob_op_request){.op = VJOB_OP_REGISTER, .host = st_host(), .path = "[standard] shelf/shelf.vmx"}));
    EQUAL(st_state("shelf"), VJOB_VM_STOPPED);
}

/* The name of a VM that is not registered may belong to another one meanwhile. */
static void name_of_an_unregistered_vm_is_free(void **state)
{
    (void)state;
    st_begin("{\"hosts\": [{\"vms\": [{\"name\": \"a\", \"registered\": false, \"path\": \"old\"}, "
             "{\"name\": \"a\"}]}]}");
    vjob_op_request back = {.op = VJOB_OP_REGISTER, .host = st_host(), .path = "old"};
    FAILS(st_do(&back), VJOB_EEXIST);
    char *text = save();
    CHECK(st_end(NULL) == 0);
    st_begin(text);
    vjob_sim_free(text);
    OK(st_op(VJOB_OP_DELETE, "a"));
    back.host = st_host();
    OK(st_do(&back));
}

/* ---- bad ones ---- */

static char *before;

static void is_refused_with_its_reason(const char *kind, const char *name)
{
    char reason_name[300];
    snprintf(reason_name, sizeof reason_name, "%s", name);
    strcpy(strrchr(reason_name, '.'), ".txt");
    char *reason = ct_read_file(path_of(kind, reason_name));
    CHECK(reason != NULL);
    reason[strcspn(reason, "\n")] = '\0';
    char *path = path_of(kind, name);
    vjob_err err = vjob_sim_load_file(path);
    if (err != VJOB_EPARSE) fprintf(stderr, "%s\n", name);
    EQUAL(err, VJOB_EPARSE);
    HAS(vjob_last_error()->text, reason);
    char head[61];
    snprintf(head, sizeof head, "%s", path);
    HAS(vjob_last_error()->text, head);
    char *text = ct_read_file(path);
    FAILS(vjob_sim_add_json(text, strlen(text)), VJOB_EPARSE); /* nor into a world that is there */
    free(text);
    char *after = save();
    SAME(after, before);
    vjob_sim_free(after);
    free(reason);
}

static void bad_ones_are_refused_and_change_nothing(void **state)
{
    (void)state;
    const char *world = "{\"hosts\": [{\"name\": \"mine\", \"vms\": [{\"name\": \"v\"}]}]}";
    OK(vjob_sim_reset());
    OK(vjob_sim_load_json(world, strlen(world)));
    before = save();
    CHECK(each("bad", is_refused_with_its_reason) >= 35);
    CHECK(each("conflict", is_refused_with_its_reason) >= 15);
    vjob_sim_free(before);
    st_begin(NULL);
}

static void refuse_text(const char *text, size_t size, const char *reason)
{
    FAILS(vjob_sim_load_json(text, size), VJOB_EPARSE);
    HAS(vjob_last_error()->text, reason);
}

static void hostile_texts_are_refused_fast(void **state)
{
    (void)state;
    OK(vjob_sim_reset());
    refuse_text("", 0, "line 1");
    refuse_text("{", 1, "line 1, column 1");
    refuse_text("{\"hosts\": [],}", 14, "line 1");
    refuse_text("{\"strict\": true, \"strict\": false}", 33, "duplicate");
    refuse_text("{\"hosts\": [{\"name\": \"\xff\xfe\"}]}", 27, "unable to decode byte 0xff");
    refuse_text("{\"hosts\": [{\"name\": \"a\\u0000b\"}]}", 33, "u0000");
    size_t size = 100u << 20;
    char *big = malloc(size);
    memset(big, ' ', size);
    uint64_t start = ct_now();
    refuse_text(big, size, "larger than 64 MB");
    memset(big, '[', 60u << 20);
    refuse_text(big, 60u << 20, "depth");
    CHECK(ct_now() - start < 2 * S);
    free(big);
    FAILS(vjob_sim_load_json(NULL, 0), VJOB_EINVAL);
    FAILS(vjob_sim_load_file(NULL), VJOB_EINVAL);
    FAILS(vjob_sim_load_file("/no/such/file.json"), VJOB_EIO);
    HAS(vjob_last_error()->text, "/no/such/file.json");
    FAILS(vjob_sim_load_file("/"), VJOB_EIO);
    st_begin(NULL);
}

static void passwords_are_in_no_error(void **state)
{
    (void)state;
    const char *text = "{\"hosts\": [{\"users\": [{\"name\": \"n\", \"password\": \"topsecret\", "
                       "\"pasword\": \"topsecret\"}]}]}";
    OK(vjob_sim_reset());
    FAILS(vjob_sim_load_json(text, strlen(text)), VJOB_EPARSE);
    CHECK(strstr(vjob_last_error()->text, "topsecret") == NULL);
    st_begin("{\"hosts\": [{\"users\": [{\"name\": \"n\", \"password\": \"topsecret\"}]}]}");
    FAILS(st_do(&(vjob_op_request){.op = VJOB_OP_LOGIN, .host = st_host(), .name = "n", .text = "topsecre"}),
          VJOB_EAUTH);
    CHECK(strstr(st_text, "topsecre") == NULL);
}

/* ---- the environment ---- */

static void environment_names_the_inventory(void **state)
{
    (void)state;
    vjob_host *host;
    vjob_vm *vm;
    OK(vjob_sim_reset());
    setenv("VJOB_INVENTORY", path_of("good", "storm.json"), 1);
    OK(vjob_init());
    OK(vjob_host_find(NULL, &host));
    OK(vjob_vm_by_name(host, "storm999", &vm));
    vjob_vm_release(vm);
    vjob_host_release(host);
    OK(vjob_deinit());
    OK(vjob_sim_reset());
    setenv("VJOB_INVENTORY", path_of("bad", "memory-zero.json"), 1);
    FAILS(vjob_init(), VJOB_EPARSE);
    HAS(vjob_last_error()->text, "VJOB_INVENTORY: ");
    setenv("VJOB_INVENTORY", "/no/such/file.json", 1);
    FAILS(vjob_init(), VJOB_EIO);
    unsetenv("VJOB_INVENTORY");
    setenv("VJOB_FIDELITY", "perfect", 1);
    FAILS(vjob_init(), VJOB_EINVAL);
    setenv("VJOB_FIDELITY", "ideal", 1);
    OK(vjob_init());
    EQUAL(vjob_sim_is_ideal(), 1);
    OK(vjob_sim_set_fidelity("faithful"));
    EQUAL(vjob_sim_is_ideal(), 0);
    FAILS(vjob_sim_set_fidelity("?"), VJOB_EINVAL);
    OK(vjob_deinit());
    unsetenv("VJOB_FIDELITY");
    st_begin(NULL);
}

/* Ids are of the environment's seed also when the world is loaded before the engine starts. */
static void seed_decides_ids(void **state)
{
    (void)state;
    const char *text = "{\"hosts\": [{\"vms\": [{\"name\": \"v\", \"count\": 3}]}, {\"name\": \"h2\", "
                       "\"vms\": [{\"name\": \"v1\"}]}]}";
    char *saved[3];
    for (int i = 0; i < 3; i++) {
        OK(vjob_sim_reset());
        setenv("VJOB_SEED", i == 2 ? "4" : "3", 1);
        OK(vjob_sim_load_json(text, strlen(text)));
        saved[i] = save();
    }
    unsetenv("VJOB_SEED");
    SAME(saved[0], saved[1]);
    CHECK(strcmp(saved[0], saved[2]) != 0);
    for (int i = 0; i < 3; i++) vjob_sim_free(saved[i]);
    st_begin(NULL);
}

/* ---- adding ---- */

static void added_vms_are_told(void **state)
{
    (void)state;
    st_begin("{\"hosts\": [{\"memory_mb\": 1000, \"vms\": [{\"name\": \"a\"}]}]}");
    const char *more =
        "{\"hosts\": [{\"name\": \"localhost\", \"networks\": [{\"name\": \"new\"}], \"vms\": [{\"name\": "
        "\"b\", \"memory_mb\": 900,"
        " \"state\": \"running\", \"nics\": [{\"network\": \"new\"}]}, {\"name\": \"c\", \"count\": 2}]},"
        " {\"name\": \"second\", \"vms\": [{\"name\": \"a\"}]}], \"operations\": {\"start\": "
        "{\"duration_s\": 9}}}";
    OK(vjob_sim_add_json(more, strlen(more)));
    CHANGES("b:added c0:added c1:added a:added");
    EQUAL(st_state("b"), VJOB_VM_RUNNING);
    vjob_host_info host;
    vjob_host_look(st_host(), &host);
    EQUAL(host.vms, 4);
    EQUAL(host.networks, 2);
    EQUAL(host.memory_used_mb, 900);
    vjob_vm_info b;
    vjob_vm_look(st_vm("b"), &b);
    EQUAL(b.started_ns, vjob_clock_now());
    char *saved = save();
    FAILS(vjob_sim_add_json(more, strlen(more)), VJOB_EPARSE);
    const char *late =
        "{\"hosts\": [{\"name\": \"third\"}, {\"name\": \"localhost\", \"users\": [{\"name\": \"u\"}],"
        " \"networks\": [{\"name\": \"n3\"}], \"vms\": [{\"name\": \"x\"}, {\"name\": \"y\", \"memory_mb\": "
        "200, \"state\": \"running\"}]}]}";
    FAILS(vjob_sim_add_json(late, strlen(late)), VJOB_EPARSE);
    char *after = save();
    SAME(after, saved);
    vjob_sim_free(saved);
    vjob_sim_free(after);
    CHANGES("");
    FAILS(st_op(VJOB_OP_START, "c0"), VJOB_ERESOURCE);
    OK(st_op(VJOB_OP_STOP, "b"));
    uint64_t start = vjob_clock_now();
    OK(st_op(VJOB_OP_START, "c0"));
    EQUAL(vjob_clock_now() - start, 9 * S);
}

int main(void)
{
    snprintf(folder, sizeof folder, "%s", __FILE__);
    *strrchr(folder, '/') = '\0';
    strcat(folder, "/../data/inventories");
    const struct CMUnitTest tests[] = {
        SIM(good_ones_load_and_survive_saving),
        SIM(everything_arrives),
        SIM(name_of_an_unregistered_vm_is_free),
        SIM(bad_ones_are_refused_and_change_nothing),
        SIM(hostile_texts_are_refused_fast),
        SIM(passwords_are_in_no_error),
        SIM(environment_names_the_inventory),
        SIM(seed_decides_ids),
        SIM(added_vms_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
