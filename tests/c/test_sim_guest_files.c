/* test_sim_guest_files.c - files of a guest as somebody who is logged in sees them; operations with hooks. */
#include <errno.h>

#include "sim_test.h"

#define GUEST                                                                                                \
    "{\"strict\": true, \"hosts\": [{\"vms\": [{\"name\": \"a\", \"os\": \"linux\", \"state\": "             \
    "\"running\", \"guest\": {"                                                                              \
    " \"users\": [{\"name\": \"root\"}, {\"name\": \"u\", \"password\": \"p\"}, {\"name\": \"v\"}, "         \
    "{\"name\": \"x/y\"}],"                                                                                  \
    " \"files\": {\"/etc/motd\": \"hi\\n\", \"/opt/d/one\": \"1\", \"/opt/d/e/two\": \"22\", \"/opt/d-x\": " \
    "\"3\"}}},"                                                                                              \
    " {\"name\": \"w\", \"os\": \"winxp\", \"state\": \"running\", \"guest\": {\"files\": "                  \
    "{\"C:\\\\Dir\\\\A.txt\": \"a\"}}},"                                                                     \
    " {\"name\": \"off\"}]}]}"

static vjob_guest_file look(const char *vm, const char *path)
{
    vjob_guest_file file;
    EQUAL(vjob_guest_stat(st_vm(vm), NULL, path, &file), 0);
    return file;
}

/* "name name/" of a folder, folders with a slash. */
static const char *names(const char *vm, const char *path)
{
    static char text[4096];
    vjob_guest_file *files;
    size_t n, at = 0;
    text[0] = '\0';
    EQUAL(vjob_guest_list(st_vm(vm), NULL, path, &files, &n), 0);
    for (size_t i = 0; i < n; i++)
        at += (size_t)snprintf(text + at, sizeof text - at, "%s%s%s", i ? " " : "", files[i].name,
                               files[i].is_directory ? "/" : "");
    vjob_sim_free(files);
    return text;
}

static void looking_and_listing(void **state)
{
    (void)state;
    st_begin(GUEST);
    CHECK(vjob_sim_is_strict());
    vjob_guest_file file = look("a", "/etc//./motd");
    SAME(file.name, "motd");
    SAME(file.owner, "root");
    EQUAL(file.size, 3);
    EQUAL(file.is_directory, 0);
    vjob_host_info host;
    vjob_host_look(st_host(), &host);
    EQUAL(file.modified_ns, host.booted_ns);
    file = look("a", "/etc");
    EQUAL(file.is_directory, 1);
    EQUAL(file.size, 0);
    SAME(look("a", "/").name, "/");
    SAME(names("a", "/"), "etc/ home/ opt/ root/ tmp/ var/");
    SAME(names("a", "/home"), "root/ u/ v/");
    SAME(names("a", "/opt"), "d/ d-x");
    SAME(names("a", "/opt/d"), "e/ one");
    SAME(names("a", "/tmp"), "");
    SAME(names("w", "c:\\"), "Dir/ Temp/ Users/ Windows/");
    SAME(names("w", "C:\\dir"), "A.txt");
    SAME(look("w", "c:\\DIR\\a.TXT").owner, "Administrator");
    vjob_guest_file *files;
    size_t n;
    EQUAL(vjob_guest_list(st_vm("a"), NULL, "/nowhere", &files, &n), ENOENT);
    CHECK(!files);
    EQUAL(vjob_guest_list(st_vm("a"), NULL, "/etc/motd", &files, &n), ENOTDIR);
    EQUAL(vjob_guest_stat(st_vm("a"), NULL, "/etc/motd/x", &file), ENOTDIR);
    EQUAL(vjob_guest_stat(st_vm("a"), NULL, "etc", &file), EINVAL);
    EQUAL(vjob_guest_stat(st_vm("a"), NULL, "", &file), EINVAL);
    EQUAL(vjob_guest_stat(st_vm("a"), NULL, NULL, &file), EINVAL);
    EQUAL(vjob_guest_stat(st_vm("a"), NULL, "/\xff", &file), EINVAL);
    EQUAL(vjob_guest_stat(NULL, NULL, "/", &file), EINVAL);
    char path[5000];
    memset(path, 'a', sizeof path);
    path[0] = '/';
    path[257] = '\0';
    EQUAL(vjob_guest_stat(st_vm("a"), NULL, path, &file), ENAMETOOLONG);
    path[256] = '\0';
    EQUAL(vjob_guest_stat(st_vm("a"), NULL, path, &file), ENOENT);
}

static void folders_and_files_come_and_go(void **state)
{
    (void)state;
    st_begin(GUEST);
    vjob_vm *a = st_vm("a");
    st_sleep(5 * S);
    EQUAL(vjob_guest_mkdir(a, NULL, "/x/y/z", 0), ENOENT);
    EQUAL(vjob_guest_mkdir(a, NULL, "/x/y/z", 1), 0);
    EQUAL(look("a", "/x/y").modified_ns, vjob_clock_now());
    EQUAL(vjob_guest_mkdir(a, NULL, "/x/y/z", 1), EEXIST);
    EQUAL(vjob_guest_mkdir(a, NULL, "/etc/motd", 0), EEXIST);
    EQUAL(vjob_guest_mkdir(a, NULL, "/etc/motd/x/y", 1), ENOTDIR);
    EQUAL(vjob_guest_unlink(a, NULL, "/x"), EISDIR);
    EQUAL(vjob_guest_unlink(a, NULL, "/nowhere"), ENOENT);
    EQUAL(vjob_guest_unlink(a, NULL, "/opt/d/one"), 0);
    SAME(names("a", "/opt/d"), "e/");
    EQUAL(vjob_guest_rmtree(a, NULL, "/etc/motd"), ENOTDIR);
    EQUAL(vjob_guest_rmtree(a, NULL, "/nowhere"), ENOENT);
    EQUAL(vjob_guest_rmtree(a, NULL, "/opt/d"), 0);
    SAME(names("a", "/opt"), "d-x");
    EQUAL(vjob_guest_rmtree(a, NULL, "/"), EACCES);
    EQUAL(vjob_guest_rmtree(a, NULL, "/home/u"), EACCES);
    EQUAL(vjob_guest_rmtree(a, NULL, "/home"), EACCES);
    SAME(names("a", "/"), "etc/ home/ opt/ root/ tmp/ var/ x/");
}

static void renaming(void **state)
{
    (void)state;
    st_begin(GUEST);
    vjob_vm *a = st_vm("a");
    EQUAL(vjob_guest_rename(a, NULL, "/opt/d/one", "/opt/d/../d/one"), 0);
    EQUAL(vjob_guest_rename(a, NULL, "/opt/d", "/opt/d/e/f"), EINVAL);
    EQUAL(vjob_guest_rename(a, NULL, "/opt/d/one", "/etc"), EEXIST);
    EQUAL(vjob_guest_rename(a, NULL, "/opt/d", "/etc/motd"), ENOTDIR);
    EQUAL(vjob_guest_rename(a, NULL, "/opt/d", "/no/where"), ENOENT);
    EQUAL(vjob_guest_rename(a, NULL, "/nowhere", "/x"), ENOENT);
    EQUAL(vjob_guest_rename(a, NULL, "/etc", "/x"), EACCES);
    EQUAL(vjob_guest_rename(a, NULL, "/opt/d", "/tmp/moved"), 0);
    SAME(names("a", "/opt"), "d-x");
    SAME(names("a", "/tmp/moved"), "e/ one");
    OK(st_run("a", "cat /tmp/moved/e/two"));
    SAME(st_out, "22");
    EQUAL(vjob_guest_rename(a, NULL, "/tmp/moved/one", "/etc/motd"), 0);
    OK(st_run("a", "cat /etc/motd"));
    SAME(st_out, "1");
    SAME(names("a", "/tmp/moved"), "e/");
    EQUAL(vjob_guest_rename(st_vm("w"), NULL, "C:\\DIR\\a.txt", "c:\\temp\\b.txt"), 0);
    SAME(names("w", "C:/Temp"), "b.txt");
}

static void rights(void **state)
{
    (void)state;
    st_begin(GUEST);
    vjob_vm *a = st_vm("a");
    vjob_guest_file file;
    EQUAL(vjob_guest_mkdir(a, "u", "/etc/d", 0), EACCES);
    EQUAL(vjob_guest_mkdir(a, "u", "/new/d", 1), EACCES);
    EQUAL(vjob_guest_stat(a, "u", "/new", &file), ENOENT); /* not half */
    EQUAL(vjob_guest_mkdir(a, "u", "/home/v/d", 0), EACCES);
    EQUAL(vjob_guest_mkdir(a, "u", "/home/u/d/e", 1), 0);
    SAME(look("a", "/home/u/d").owner, "u");
    EQUAL(vjob_guest_mkdir(a, "root", "/etc/d", 0), 0);
    EQUAL(vjob_guest_stat(a, "u", "/etc/d", &file), 0);
    EQUAL(vjob_guest_unlink(a, "u", "/etc/motd"), EACCES);
    EQUAL(vjob_guest_rename(a, "u", "/etc/motd", "/tmp/m"), EACCES);
    EQUAL(vjob_guest_rename(a, "u", "/home/u/d", "/etc/mine"), EACCES);
    EQUAL(vjob_guest_rename(a, NULL, "/home/u/d", "/etc/mine"), 0); /* the owner stays */
    EQUAL(vjob_guest_mkdir(a, "u", "/etc/mine/f", 0), 0);
    EQUAL(vjob_guest_rmtree(a, "v", "/etc/mine"), EACCES);
    EQUAL(vjob_guest_rmtree(a, "u", "/etc/mine"), 0);
    EQUAL(vjob_guest_mkdir(st_vm("w"), "anybody", "C:\\Windows\\x", 0), 0); /* nobody is listed */
    static const char *const script[] = {"-c", "echo 1 > /etc/x; echo 2 > /home/u/y; echo $?", NULL};
    vjob_job *job = st_job();
    OK(vjob_guest_run(a, &(vjob_guest_program){.path = "sh", .args = script, .user = "u"}, job));
    OK(st_wait(job));
    SAME(vjob_op_get_result(job)->out, "/etc/x: permission denied\n0\n");
    st_done(job);
    SAME(look("a", "/home/u/y").owner, "u");
}

static void temporary_files(void **state)
{
    (void)state;
    st_begin(GUEST);
    char *one, *two, *three;
    EQUAL(vjob_guest_temp(st_vm("a"), "u", &one), 0);
    EQUAL(vjob_guest_temp(st_vm("a"), "u", &two), 0);
    EQUAL(vjob_guest_temp(st_vm("w"), NULL, &three), 0);
    CHECK(strncmp(one, "/tmp/", 5) == 0 && strcmp(one, two) != 0);
    CHECK(strncmp(three, "C:\\Temp\\", 8) == 0);
    SAME(look("a", one).owner, "u");
    EQUAL(look("w", three).size, 0);
    vjob_sim_free(one);
    vjob_sim_free(two);
    vjob_sim_free(three);
}

static void files_go_with_snapshots(void **state)
{
    (void)state;
    st_begin(GUEST);
    OK(st_do(&(vjob_op_request){.op = VJOB_OP_SNAPSHOT, .vm = st_vm("a"), .name = "s"}));
    EQUAL(vjob_guest_rmtree(st_vm("a"), NULL, "/opt/d"), 0);
    EQUAL(vjob_guest_rename(st_vm("a"), NULL, "/opt/d-x", "/opt/e"), 0);
    SAME(names("a", "/opt"), "e");
    OK(st_do(
        &(vjob_op_request){.op = VJOB_OP_SWITCH_SNAPSHOT, .vm = st_vm("a"), .uuid = st_snapshot("a", "s")}));
    SAME(names("a", "/opt"), "d/ d-x");
}

/* ---- hooks ---- */

static vjob_err called(vjob_vm *vm, vjob_job *job, void *data)
{
    int *count = data;
    CHECK(vm == st_vm("a") && job);
    vjob_guest_file file;
    EQUAL(vjob_guest_stat(vm, NULL, "/etc", &file), 0); /* world ok */
    return ++*count > 1 ? VJOB_EEXIST : VJOB_OK;
}

static vjob_job *act(const char *vm, vjob_op op, int *count)
{
    vjob_job *job = st_job();
    OK(vjob_op_act(st_vm(vm), op, called, count, job));
    EQUAL(vjob_job_get_state(job), VJOB_JOB_RUNNING);
    return job;
}

static void hooks_are_the_work_of_an_operation(void **state)
{
    (void)state;
    st_begin(GUEST);
    int count = 0;
    uint64_t before = vjob_clock_now();
    vjob_job *job = act("a", VJOB_OP_GUEST_FILE, &count);
    EQUAL(count, 0);
    OK(st_wait(job));
    EQUAL(vjob_clock_now() - before, 10 * MS);
    EQUAL(count, 1);
    st_done(job);
    job = act("a", VJOB_OP_VARIABLE, &count);
    FAILS(st_wait(job), VJOB_EEXIST);
    st_done(job);
    EQUAL(count, 2);
    vjob_job *none = st_job();
    FAILS(vjob_op_act(st_vm("a"), VJOB_OP_START, called, NULL, none), VJOB_EINVAL);
    FAILS(vjob_op_act(st_vm("a"), VJOB_OP_GUEST_COPY, called, NULL, none), VJOB_EINVAL);
    FAILS(vjob_op_act(NULL, VJOB_OP_READ, called, NULL, none), VJOB_EINVAL);
    st_done(none);
}

static void hooks_are_not_called_when_it_cannot_be(void **state)
{
    (void)state;
    st_begin(GUEST);
    int count = 0;
    vjob_job *job = act("off", VJOB_OP_SCREEN, &count);
    FAILS(st_wait(job), VJOB_ESTATE);
    st_done(job);
    OK(st_op(VJOB_OP_START, "off"));
    job = act("off", VJOB_OP_SHARES, &count);
    FAILS(st_wait(job), VJOB_ENOTOOLS);
    st_done(job);
    job = act("a", VJOB_OP_GUEST_FILE, &count);
    OK(vjob_job_ask_cancel(job));
    FAILS(st_wait(job), VJOB_ECANCELLED);
    st_done(job);
    OK(vjob_sim_fail_next("guest_process", "a", VJOB_EFAILED, 1));
    job = act("a", VJOB_OP_GUEST_PROCESS, &count);
    FAILS(st_wait(job), VJOB_EFAILED);
    st_done(job);
    job = act("a", VJOB_OP_GUEST_FILE, &count);
    OK(st_do(&(vjob_op_request){.op = VJOB_OP_PAUSE, .vm = st_vm("a"), .flags = VJOB_OPF_INSTANT}));
    FAILS(st_wait(job), VJOB_ESTATE);
    st_done(job);
    EQUAL(count, 0);
    OK(st_do(&(vjob_op_request){.op = VJOB_OP_STOP, .vm = st_vm("a")}));
    job = act("a", VJOB_OP_UPGRADE, &count);
    OK(st_wait(job));
    EQUAL(count, 1);
    st_done(job);
    vjob_vm *a = st_vm("a");
    OK(st_do(&(vjob_op_request){.op = VJOB_OP_DELETE, .vm = a}));
    job = act("a", VJOB_OP_VARIABLE, &count);
    FAILS(st_wait(job), VJOB_ENOENT);
    st_done(job);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SIM(looking_and_listing),
        SIM(folders_and_files_come_and_go),
        SIM(renaming),
        SIM(rights),
        SIM(temporary_files),
        SIM(files_go_with_snapshots),
        SIM(hooks_are_the_work_of_an_operation),
        SIM(hooks_are_not_called_when_it_cannot_be),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
