/* test_sim_guest_copy.c - files and folders between this machine and a guest, and what stops a copy. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim_test.h"

#include "sim/change.h"
#include "sim/guest.h"

#define GUEST                                                                                                \
    "{\"hosts\": [{\"vms\": [{\"name\": \"a\", \"os\": \"linux\", \"state\": \"running\", \"disks\": "       \
    "[{\"size_mb\": 64}],"                                                                                   \
    " \"guest\": {\"users\": [{\"name\": \"u\"}], \"files\": {\"/etc/motd\": \"hi\\n\", \"/d/one\": \"1\", " \
    "\"/d/e/two\": \"22\"}}},"                                                                               \
    " {\"name\": \"w\", \"os\": \"winxp\", \"state\": \"running\"}, {\"name\": \"off\"}]}]}"

static char root[256]; /* a folder of this test's own */

static const char *at(const char *name)
{
    static char paths[8][512];
    static unsigned turn;
    char *out = paths[turn++ % 8];
    snprintf(out, sizeof paths[0], "%s/%s", root, name);
    return out;
}

static void put(const char *name, const char *text, size_t size)
{
    FILE *file = fopen(at(name), "wb");
    CHECK(file && fwrite(text, 1, size, file) == size && fclose(file) == 0);
}

static void make(const char *name)
{
    CHECK(mkdir(at(name), 0700) == 0);
}

static void is(const char *name, const char *text)
{
    char *got = ct_read_file(at(name));
    SAME(got, text);
    free(got);
}

static size_t entries(const char *name)
{
    DIR *folder = opendir(at(name));
    CHECK(folder != NULL);
    size_t n = 0;
    while (readdir(folder)) n++;
    closedir(folder);
    return n - 2;
}

static void sweep(const char *path)
{
    DIR *folder = opendir(path);
    for (struct dirent *e; folder && (e = readdir(folder));) {
        char below[768];
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0) continue;
        snprintf(below, sizeof below, "%s/%s", path, e->d_name);
        if (unlink(below)) sweep(below);
    }
    if (folder) closedir(folder);
    rmdir(path);
}

static void begin(const char *json)
{
    st_begin(json);
    snprintf(root, sizeof root, "%s", ct_temp("copy"));
    sweep(root);
    CHECK(mkdir(root, 0700) == 0);
}

static int end(void **state)
{
    sweep(root);
    return st_end(state);
}
#define COPY(test) cmocka_unit_test_teardown(test, end)

static vjob_job *start(const char *vm, int to_guest, const char *host, const char *guest, const char *user)
{
    vjob_job *job = st_job();
    OK(vjob_guest_copy(st_vm(vm), to_guest, host, guest, user, job));
    return job;
}

static int sys_errno, at_host;

static vjob_err copy(const char *vm, int to_guest, const char *host, const char *guest, const char *user)
{
    vjob_job *job = start(vm, to_guest, host, guest, user);
    vjob_err err = st_wait(job);
    sys_errno = vjob_op_get_result(job)->sys_errno;
    at_host = vjob_op_get_result(job)->at_host;
    st_done(job);
    return err;
}

#define IN(host, guest) copy("a", 1, at(host), guest, NULL)
#define OUT(host, guest) copy("a", 0, at(host), guest, NULL)
#define WHY(code, host) (EQUAL(sys_errno, code), EQUAL(at_host, host))

static void one_file_each_way(void **state)
{
    (void)state;
    begin(GUEST);
    put("f", "text\n", 5);
    uint64_t before = vjob_clock_now();
    OK(IN("f", "/etc/new"));
    EQUAL(vjob_clock_now() - before, 20 * MS);
    WHY(0, 0);
    OK(st_run("a", "cat /etc/new"));
    SAME(st_out, "text\n");
    OK(IN("f", "/etc/motd")); /* overwrites */
    OK(OUT("g", "/etc/motd"));
    is("g", "text\n");
    OK(OUT("g", "/d/one"));
    is("g", "1");
    struct stat st;
    CHECK(stat(at("g"), &st) == 0 && (st.st_mode & 0777) == 0600);
    put("empty", "", 0);
    OK(IN("empty", "/etc/empty"));
    OK(OUT("empty2", "/etc/empty"));
    is("empty2", "");
    EQUAL(entries("."), 4);
    OK(copy("w", 1, at("f"), "C:\\Temp\\x.txt", NULL));
    OK(copy("w", 0, at("h"), "c:/temp/X.TXT", NULL));
    is("h", "text\n");
}

static void trees_are_merged(void **state)
{
    (void)state;
    begin(GUEST);
    make("t");
    make("t/sub");
    put("t/a", "a", 1);
    put("t/sub/b", "b", 1);
    put("t/one", "new", 3);
    OK(IN("t", "/d"));
    OK(st_run("a", "cat /d/a /d/one /d/sub/b /d/e/two"));
    SAME(st_out, "anewb22");
    OK(IN("t", "/fresh"));
    make("out");
    put("out/old", "old", 3);
    OK(OUT("out", "/d"));
    is("out/old", "old");
    is("out/e/two", "22");
    is("out/sub/b", "b");
    OK(OUT("whole", "/"));
    is("whole/etc/motd", "hi\n");
    EQUAL(entries("whole/home"), 1);
}

static void what_goes_wrong(void **state)
{
    (void)state;
    begin(GUEST);
    put("f", "text\n", 5);
    make("t");
    FAILS(IN("none", "/etc/x"), VJOB_EIO);
    WHY(ENOENT, 1);
    HAS(st_text, "none on this machine");
    FAILS(OUT("x", "/nowhere"), VJOB_EIO);
    WHY(ENOENT, 0);
    FAILS(OUT("no/such/x", "/etc/motd"), VJOB_EIO);
    WHY(ENOENT, 1);
    FAILS(IN("f", "/no/such/folder"), VJOB_EIO);
    WHY(ENOENT, 0);
    FAILS(IN("f", "relative"), VJOB_EIO);
    WHY(EINVAL, 0);
    FAILS(IN("f", "/etc"), VJOB_EIO);
    WHY(EISDIR, 0);
    FAILS(IN("t", "/etc/motd"), VJOB_EIO);
    WHY(ENOTDIR, 0);
    FAILS(OUT("t", "/etc/motd"), VJOB_EIO);
    WHY(EISDIR, 1);
    FAILS(OUT("f", "/etc"), VJOB_EIO);
    WHY(ENOTDIR, 1);
    FAILS(copy("a", 1, at("f"), "/etc/motd", "u"), VJOB_EIO);
    WHY(EACCES, 0);
    OK(copy("a", 1, at("f"), "/home/u/f", "u"));
    FAILS(copy("a", 1, "/dev/null", "/etc/null", NULL), VJOB_EIO);
    WHY(EINVAL, 1);
    FAILS(copy("a", 0, "/dev/null", "/etc/motd", NULL), VJOB_EIO);
    WHY(EINVAL, 1);
    FAILS(copy("off", 1, at("f"), "/etc/x", NULL), VJOB_ESTATE);
    WHY(0, 0);
    vjob_job *job = st_job();
    FAILS(vjob_guest_copy(NULL, 1, "x", "y", NULL, job), VJOB_EINVAL);
    FAILS(vjob_guest_copy(st_vm("a"), 1, "", "y", NULL, job), VJOB_EINVAL);
    st_done(job);
}

static void links_are_followed_at_the_source_only(void **state)
{
    (void)state;
    begin(GUEST);
    put("f", "text\n", 5);
    make("t");
    CHECK(symlink(at("f"), at("t/link")) == 0);
    OK(IN("t", "/tmp/t"));
    OK(st_run("a", "cat /tmp/t/link"));
    SAME(st_out, "text\n");
    FAILS(OUT("t/link", "/etc/motd"), VJOB_EIO); /* not through it */
    WHY(ELOOP, 1);
    is("f", "text\n");
    CHECK(symlink(".", at("t/loop")) == 0);
    FAILS(IN("t", "/tmp/t"), VJOB_EIO);
    WHY(ELOOP, 1);
    make("out");
    CHECK(symlink(root, at("out/e")) == 0);
    FAILS(OUT("out", "/d"), VJOB_EIO);
    WHY(ELOOP, 1);
}

/* ---- large ones ---- */

#define LARGE (40u << 20)

static void put_large(const char *name, size_t size)
{
    int fd = open(at(name), O_CREAT | O_WRONLY, 0600);
    CHECK(fd >= 0 && ftruncate(fd, (off_t)size) == 0 && pwrite(fd, "end", 3, (off_t)size - 3) == 3);
    close(fd);
}

static void large_files_and_full_disks(void **state)
{
    (void)state;
    begin(GUEST);
    put_large("big", LARGE);
    OK(IN("big", "/tmp/big"));
    vjob_guest_file file;
    EQUAL(vjob_guest_stat(st_vm("a"), NULL, "/tmp/big", &file), 0);
    EQUAL(file.size, LARGE);
    FAILS(IN("big", "/tmp/big2"), VJOB_EIO);
    WHY(ENOSPC, 0);
    OK(IN("big", "/tmp/big")); /* takes the place of the old one */
    OK(OUT("back", "/tmp/big"));
    struct stat st;
    CHECK(stat(at("back"), &st) == 0 && st.st_size == LARGE);
    EQUAL(vjob_guest_unlink(st_vm("a"), NULL, "/tmp/big"), 0);
    OK(IN("big", "/tmp/big2"));
}

/* What happens when it has come half-way, on the worker itself and with the lock held: so it is never too late. */
static enum { CANCEL, DOWN, PAUSE, WAYS } way;
static uint32_t seen;

static void progressed(vjob_job *job)
{
    uint32_t percent = vjob_job_get_progress(job), before = seen;
    CHECK(percent > before && percent < 100);
    seen = percent;
    if (before >= 50 || percent < 50) return;
    vjob_work *work = job->work;
    if (way == CANCEL) work->cancel(work, job); /* as vjob_job_ask_cancel does */
    if (way == DOWN) sim_guest_down(st_vm("a"), VJOB_OP_RESET);
    if (way == PAUSE) sim_change_state(st_vm("a"), VJOB_VM_PAUSED, VJOB_OP_PAUSE);
}
static const vjob_job_kind watched = {.cls = {.name = "watched", .space = VJOB_SPACE_NATIVE},
                                      .progressed = progressed};

static vjob_err stop_half_way(int to_guest)
{
    vjob_job *victim = vjob_job_new(&watched, sizeof *victim, "test");
    seen = 0;
    OK(vjob_guest_copy(st_vm("a"), to_guest, at("big"), "/tmp/big", NULL, victim));
    vjob_err err = st_wait(victim);
    EQUAL(vjob_op_get_result(victim)->sys_errno, 0);
    CHECK(seen >= 50 && seen < 60); /* the next piece did not come */
    st_done(victim);
    return err;
}

static void nothing_is_left_of_a_copy_that_stops(void **state)
{
    (void)state;
    for (int i = 0; i < WAYS * 2; i++) {
        vjob_guest_file file;
        int to_guest = i % 2 == 0;
        begin(GUEST);
        st_vm("a");
        put_large("big", LARGE);
        if (!to_guest) OK(IN("big", "/tmp/big"));
        if (!to_guest) put("big", "before", 6);
        way = i / 2;
        FAILS(stop_half_way(to_guest), way == CANCEL ? VJOB_ECANCELLED : VJOB_ESTATE);
        if (way != CANCEL) SAME(st_text, "the guest of VM \"a\" stopped while files were copied");
        if (to_guest) EQUAL(vjob_guest_stat(st_vm("a"), NULL, "/tmp/big", &file), ENOENT);
        EQUAL(entries("."), 1);
        if (!to_guest) is("big", "before");
        CHECK(end(NULL) == 0);
    }
    begin(GUEST);
}

static void cancelled_before_it_begins(void **state)
{
    (void)state;
    begin(GUEST);
    put("f", "x", 1);
    vjob_job *job = start("a", 1, at("f"), "/tmp/f", NULL);
    OK(vjob_job_ask_cancel(job));
    FAILS(st_wait(job), VJOB_ECANCELLED);
    st_done(job);
    OK(vjob_sim_fail_next("guest_copy", NULL, VJOB_EIO, 1));
    FAILS(IN("f", "/tmp/f"), VJOB_EIO);
    WHY(0, 0);
    vjob_guest_file file;
    EQUAL(vjob_guest_stat(st_vm("a"), NULL, "/tmp/f", &file), ENOENT);
}

static void without_threads_it_says_so(void **state)
{
    (void)state;
    if (!ct_can_fail()) skip();
    begin(GUEST);
    put("f", "x", 1);
    ct_fail_threads(1000);
    vjob_err err = IN("f", "/tmp/f");
    ct_fail_threads(0);
    if (err) EQUAL(err, VJOB_ETHREAD); /* a worker of an earlier test may still be there */
    OK(IN("f", "/tmp/f"));
}

static void the_end_of_the_engine_ends_it(void **state)
{
    (void)state;
    begin(GUEST);
    put_large("big", LARGE);
    vjob_job *job = start("a", 1, at("big"), "/tmp/big", NULL);
    while (vjob_job_get_state(job) == VJOB_JOB_RUNNING && vjob_job_get_progress(job) == 0) st_sleep(MS);
    OK(vjob_deinit());
    OK(vjob_init());
    OK(vjob_job_wait(job, VJOB_FOREVER));
    st_done(job);
}

static void without_memory_nothing_changes(void **state)
{
    (void)state;
    if (!ct_can_fail()) skip();
    begin(GUEST);
    make("t");
    put("t/f", "x", 1);
    int failures = 0;
    for (int to_guest = 0; to_guest < 2; to_guest++) {
        for (long n = 0; n < 200; n++) {
            vjob_job *job = st_job();
            ct_fail_allocation(n, 0);
            vjob_err err = vjob_guest_copy(st_vm("a"), to_guest, to_guest ? at("t") : at("out"),
                                           to_guest ? "/tmp/t" : "/d", NULL, job);
            if (!err) {
                OK(vjob_job_wait(job, VJOB_FOREVER));
                err = vjob_job_get_err(job);
            }
            int met = ct_allocation_failed();
            ct_fail_allocation(-1, 0);
            st_done(job);
            if (err) EQUAL(err, VJOB_ENOMEM);
            failures += err != VJOB_OK;
            if (!met) break;
        }
    }
    CHECK(failures > 10);
    OK(OUT("out", "/d"));
    EQUAL(entries("out"), 2); /* nothing half done */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        COPY(one_file_each_way),
        COPY(trees_are_merged),
        COPY(what_goes_wrong),
        COPY(links_are_followed_at_the_source_only),
        COPY(large_files_and_full_disks),
        COPY(nothing_is_left_of_a_copy_that_stops),
        COPY(cancelled_before_it_begins),
        COPY(without_threads_it_says_so),
        COPY(the_end_of_the_engine_ends_it),
        COPY(without_memory_nothing_changes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
