/* test_sim_guest_vm.c - variables, programs by pid, shared folders, the console, clones of a fresh snapshot. */
#include <errno.h>

#include "sim_test.h"

#define GUEST                                                                                                \
    "{\"hosts\": [{\"vms\": [{\"name\": \"a\", \"os\": \"linux\", \"state\": \"running\", \"memory_mb\": "   \
    "512, \"cpus\": 2,"                                                                                      \
    " \"uuid\": \"01234567-89ab-cdef-0123-456789abcdef\", \"description\": \"text\","                        \
    " \"disks\": [{\"bus\": \"scsi\"}, {\"bus\": \"ide\", \"image\": \"/img\"}, {\"bus\": \"scsi\"}],"       \
    " \"nics\": [{}, {\"mac\": \"00:50:56:00:00:01\"}], \"guest\": {"                                        \
    " \"users\": [{\"name\": \"u\"}, {\"name\": \"v\"}], \"console_user\": \"u\","                           \
    " \"env\": {\"HOME\": \"/root\"}, \"variables\": {\"given\": \"1\"}}},"                                  \
    " {\"name\": \"w\", \"os\": \"winxp\", \"state\": \"running\"}, {\"name\": \"off\"}]}]}"

static const char *get(const char *vm, vjob_variable kind, const char *name)
{
    static char texts[4][1024];
    static unsigned turn;
    char *value, *out = texts[turn++ % 4];
    OK(vjob_vm_get_variable(st_vm(vm), kind, name, &value));
    snprintf(out, sizeof texts[0], "%s", value);
    vjob_sim_free(value);
    return out;
}
#define GET(kind, name) get("a", VJOB_VARIABLE_##kind, name)
#define SET(kind, name, value) OK(vjob_vm_set_variable(st_vm("a"), VJOB_VARIABLE_##kind, name, value))

static void keys_of_the_vmx(void **state)
{
    (void)state;
    st_begin(GUEST);
    SAME(GET(CONFIG, "DISPLAYNAME"), "a");
    SAME(GET(CONFIG, "guestOS"), "linux");
    SAME(GET(CONFIG, "numvcpus"), "2");
    SAME(GET(CONFIG, "memsize"), "512");
    SAME(GET(CONFIG, "annotation"), "text");
    SAME(GET(CONFIG, "uuid.bios"), "01 23 45 67 89 ab cd ef-01 23 45 67 89 ab cd ef");
    CHECK(strncmp(GET(CONFIG, "ethernet0.generatedAddress"), "00:1c:42:", 9) == 0);
    SAME(GET(CONFIG, "ethernet0.address"), "");
    SAME(GET(CONFIG, "Ethernet1.Address"), "00:50:56:00:00:01");
    SAME(GET(CONFIG, "ethernet1.addressType"), "static");
    SAME(GET(CONFIG, "ethernet2.present"), "");
    SAME(GET(CONFIG, "scsi0:0.fileName"), "[standard] a/a.vmdk");
    SAME(GET(CONFIG, "scsi0:1.fileName"), "[standard] a/a-2.vmdk");
    SAME(GET(CONFIG, "ide0:0.fileName"), "/img");
    SAME(GET(CONFIG, "no.such.key"), "");
    SET(CONFIG, "MemSize", "1");
    SAME(GET(CONFIG, "memsize"), "1");
    OK(st_op(VJOB_OP_STOP, "a"));
    SAME(GET(CONFIG, "memsize"), "512");
    SET(CONFIG, "own", "while off");
    OK(st_op(VJOB_OP_START, "a"));
    SAME(GET(CONFIG, "own"), "while off");
}

static void guest_variables_last_until_power_off(void **state)
{
    (void)state;
    st_begin(GUEST);
    SAME(GET(GUEST, "given"), "1");
    SAME(GET(GUEST, "none"), "");
    CHECK(strncmp(GET(GUEST, "ip"), "192.168.", 8) == 0);
    SAME(get("off", VJOB_VARIABLE_GUEST, "ip"), "");
    SET(GUEST, "given", "2");
    SET(GUEST, "other", "3");
    SAME(GET(GUEST, "given"), "2");
    OK(st_op(VJOB_OP_RESET, "a"));
    SAME(GET(GUEST, "other"), "3");
    OK(st_op(VJOB_OP_SUSPEND, "a"));
    OK(st_op(VJOB_OP_RESUME, "a"));
    SAME(GET(GUEST, "given"), "2");
    OK(st_op(VJOB_OP_STOP, "a"));
    SAME(GET(GUEST, "given"), "1");
    SAME(GET(GUEST, "other"), "");
    SAME(GET(GUEST, "ip"), "");
}

static void environment_reaches_programs_started_later(void **state)
{
    (void)state;
    st_begin(GUEST);
    SET(ENV, "HOME", "/h");
    SET(ENV, "NEW", "n");
    OK(st_run("a", "echo $HOME $NEW"));
    SAME(st_out, "/h n\n");
    SAME(GET(ENV, "NEW"), "n");
    SET(GUEST, "kept", "k");
    OK(st_op(VJOB_OP_RESET, "a"));
    st_sleep(3 * S);
    OK(st_run("a", "echo $HOME $NEW."));
    SAME(st_out, "/root .\n");
    SAME(GET(GUEST, "kept"), "k");
}

static void variables_go_with_running_snapshots(void **state)
{
    (void)state;
    st_begin(GUEST);
    SET(GUEST, "x", "then");
    OK(st_do(&(vjob_op_request){.op = VJOB_OP_SNAPSHOT, .vm = st_vm("a"), .name = "runs"}));
    OK(st_do(&(vjob_op_request){
        .op = VJOB_OP_SNAPSHOT, .vm = st_vm("a"), .name = "disk", .flags = VJOB_OPF_NO_MEMORY}));
    SET(GUEST, "x", "now");
    OK(st_do(&(vjob_op_request){
        .op = VJOB_OP_SWITCH_SNAPSHOT, .vm = st_vm("a"), .uuid = st_snapshot("a", "runs")}));
    SAME(GET(GUEST, "x"), "then");
    OK(st_do(&(vjob_op_request){
        .op = VJOB_OP_SWITCH_SNAPSHOT, .vm = st_vm("a"), .uuid = st_snapshot("a", "disk")}));
    SAME(GET(GUEST, "x"), "");
}

static void bad_variables(void **state)
{
    (void)state;
    st_begin(GUEST);
    char *value;
    FAILS(vjob_vm_get_variable(st_vm("a"), (vjob_variable)0, "x", &value), VJOB_EINVAL);
    FAILS(vjob_vm_get_variable(st_vm("a"), VJOB_VARIABLE_GUEST, "", &value), VJOB_EINVAL);
    FAILS(vjob_vm_get_variable(NULL, VJOB_VARIABLE_GUEST, "x", &value), VJOB_EINVAL);
    FAILS(vjob_vm_set_variable(st_vm("a"), VJOB_VARIABLE_ENV, "a=b", "1"), VJOB_EINVAL);
    FAILS(vjob_vm_set_variable(st_vm("a"), VJOB_VARIABLE_GUEST, "a", NULL), VJOB_EINVAL);
    FAILS(vjob_vm_set_variable(st_vm("a"), VJOB_VARIABLE_GUEST, "a", "\xff"), VJOB_EINVAL);
    char name[16];
    for (int i = 0; i < 10000; i++) {
        snprintf(name, sizeof name, "n%d", i);
        if (i < 20 || i > 9990) SET(GUEST, name, "v");
    }
    vjob_vm *off = st_vm("off");
    OK(st_op(VJOB_OP_DELETE, "off"));
    FAILS(vjob_vm_get_variable(off, VJOB_VARIABLE_CONFIG, "memsize", &value), VJOB_ENOENT);
}

/* ---- programs ---- */

static vjob_job *run(const char *vm, const char *path, const char *arg, const char *user, const char *script,
                     int detach)
{
    const char *args[] = {arg, NULL};
    vjob_job *job = st_job();
    OK(vjob_guest_run(
        st_vm(vm),
        &(vjob_guest_program){.path = path, .args = args, .user = user, .script = script, .detach = detach},
        job));
    return job;
}

/* "pid:name:owner:command ..." */
static const char *programs(const char *vm)
{
    static char text[2048];
    vjob_guest_process *list;
    size_t n, at = 0;
    text[0] = '\0';
    EQUAL(vjob_guest_processes(st_vm(vm), &list, &n), 0);
    for (size_t i = 0; i < n; i++)
        at += (size_t)snprintf(text + at, sizeof text - at, "%s%d:%s:%s:%s", i ? ", " : "", (int)list[i].pid,
                               list[i].name, list[i].owner, list[i].command);
    vjob_sim_free(list);
    return text;
}

static void programs_are_listed_and_killed(void **state)
{
    (void)state;
    st_begin(GUEST);
    vjob_vm *a = st_vm("a");
    SAME(programs("a"), "1:systemd:root:/sbin/init, 412:vmtoolsd:root:/usr/bin/vmtoolsd");
    SAME(programs("off"), "");
    HAS(programs("w"), "4:System:SYSTEM:System, 868:vmtoolsd.exe:");
    uint64_t before = vjob_clock_now();
    vjob_job *one = run("a", "/bin/sleep", "100", "u", NULL, 0),
             *two = run("a", "sleep", "100", NULL, NULL, 0);
    SAME(programs("a"), "1:systemd:root:/sbin/init, 412:vmtoolsd:root:/usr/bin/vmtoolsd"); /* not yet */
    st_sleep(1 * S);
    HAS(programs("a"), ", 1000:sleep:u:/bin/sleep 100, 1001:sleep:root:sleep 100");
    EQUAL(vjob_guest_kill(a, NULL, 1), EPERM);
    EQUAL(vjob_guest_kill(a, NULL, 412), EPERM);
    EQUAL(vjob_guest_kill(a, NULL, 5), ESRCH);
    EQUAL(vjob_guest_kill(a, "v", 1000), EPERM);
    EQUAL(vjob_guest_kill(a, "u", 1001), EPERM);
    EQUAL(vjob_guest_kill(a, "u", 1000), 0);
    EQUAL(vjob_guest_kill(a, "u", 1000), ESRCH);
    OK(st_wait(one));
    EQUAL(vjob_op_get_result(one)->exit_code, 137);
    EQUAL(vjob_op_get_result(one)->started_ns - before, 50 * MS);
    EQUAL(vjob_op_get_result(one)->ended_ns - before, 1 * S);
    EQUAL(vjob_guest_kill(a, "root", 1001), 0);
    OK(st_wait(two));
    st_done(one);
    st_done(two);
    one = run("a", "sleep", "100", NULL, NULL, 1);
    OK(st_wait(one));
    EQUAL(vjob_op_get_result(one)->ended_ns, 0);
    uint64_t pid = vjob_op_get_result(one)->pid;
    st_done(one);
    EQUAL(vjob_guest_kill(a, NULL, pid), 0);
    EQUAL(vjob_guest_kill(a, NULL, pid), ESRCH);
    char user[64];
    vjob_guest_console_user(a, user, sizeof user);
    SAME(user, "u");
    vjob_guest_console_user(st_vm("w"), user, sizeof user);
    SAME(user, "");
}

static size_t temporary(const char *vm, const char *folder)
{
    vjob_guest_file *files;
    size_t n;
    EQUAL(vjob_guest_list(st_vm(vm), NULL, folder, &files, &n), 0);
    vjob_sim_free(files);
    return n;
}

static void scripts_are_files_while_they_run(void **state)
{
    (void)state;
    st_begin(GUEST);
    vjob_job *job = run("a", "/bin/sh", NULL, "u", "echo one; sleep 5; exit 3", 0);
    st_sleep(1 * S);
    HAS(programs("a"), ":sh:u:/bin/sh /tmp/vjob");
    EQUAL(temporary("a", "/tmp"), 1);
    OK(st_wait(job));
    SAME(vjob_op_get_result(job)->out, "one\n");
    EQUAL(vjob_op_get_result(job)->exit_code, 3);
    st_done(job);
    EQUAL(temporary("a", "/tmp"), 0);
    job = run("a", "sh", NULL, NULL, "sleep 5", 1);
    OK(st_wait(job));
    st_done(job);
    EQUAL(temporary("a", "/tmp"), 1);
    st_sleep(6 * S);
    EQUAL(temporary("a", "/tmp"), 0);
    job = run("w", "cmd.exe", "/c", NULL, "echo windows", 0);
    OK(st_wait(job));
    EQUAL(temporary("w", "C:/Temp"), 0);
    st_done(job);
    job = run("w", "C:\\Windows\\System32\\cmd.exe", NULL, NULL, "echo windows", 0);
    OK(st_wait(job));
    SAME(vjob_op_get_result(job)->out, "windows\n");
    st_done(job);
    job = run("a", "sh", NULL, NULL, "sleep 50", 0);
    st_sleep(1 * S);
    OK(vjob_job_ask_cancel(job));
    FAILS(st_wait(job), VJOB_ECANCELLED);
    EQUAL(temporary("a", "/tmp"), 0);
    st_done(job);
    job = run("a", "sh", NULL, NULL, "sleep 50", 0);
    st_sleep(1 * S);
    OK(st_op(VJOB_OP_STOP, "a"));
    FAILS(st_wait(job), VJOB_ESTATE);
    EQUAL(temporary("a", "/tmp"), 0);
    st_done(job);
}

/* ---- shared folders ---- */

static const char *shares(const char *vm)
{
    static char text[1024];
    vjob_share *list;
    size_t n, at = 0;
    text[0] = '\0';
    EQUAL(vjob_vm_shares(st_vm(vm), &list, &n), 0);
    for (size_t i = 0; i < n; i++)
        at += (size_t)snprintf(text + at, sizeof text - at, "%s%s=%s%s", i ? " " : "", list[i].name,
                               list[i].host_path, list[i].writable ? "*" : "");
    vjob_sim_free(list);
    return text;
}

static void shared_folders(void **state)
{
    (void)state;
    st_begin(GUEST);
    vjob_vm *off = st_vm("off");
    EQUAL(vjob_vm_shares_enabled(off), 0);
    vjob_vm_shares_enable(off, 1);
    EQUAL(vjob_vm_shares_enabled(off), 1);
    SAME(shares("off"), "");
    EQUAL(vjob_vm_share_add(off, "b", "/", 0), 0);
    EQUAL(vjob_vm_share_add(off, "a", "/tmp", 1), 0);
    EQUAL(vjob_vm_share_add(off, "a", "/", 1), EEXIST);
    EQUAL(vjob_vm_share_add(off, "c", "/no/such/path", 1), ENOENT);
    EQUAL(vjob_vm_share_add(off, "c", "/dev/null", 1), ENOTDIR);
    EQUAL(vjob_vm_share_add(off, "c/d", "/", 1), EINVAL);
    EQUAL(vjob_vm_share_add(off, "", "/", 1), EINVAL);
    EQUAL(vjob_vm_share_add(NULL, "c", "/", 1), EINVAL);
    SAME(shares("off"), "b=/ a=/tmp*");
    EQUAL(vjob_vm_share_set(off, "b", "/tmp", 1), 0);
    EQUAL(vjob_vm_share_set(off, "x", "/tmp", 1), ESRCH);
    EQUAL(vjob_vm_share_set(off, "b", "/no/such/path", 1), ENOENT);
    OK(st_do(&(vjob_op_request){.op = VJOB_OP_CLONE, .vm = off, .name = "clone"}));
    EQUAL(vjob_vm_share_remove(off, "b"), 0);
    EQUAL(vjob_vm_share_remove(off, "b"), ESRCH);
    SAME(shares("off"), "a=/tmp*");
    SAME(shares("clone"), "b=/tmp* a=/tmp*");
    EQUAL(vjob_vm_shares_enabled(st_vm("clone")), 1);
    vjob_vm_shares_enable(off, 0);
    EQUAL(vjob_vm_shares_enabled(off), 0);
    SAME(shares("off"), "a=/tmp*");
    SAME(vjob_vm_shares_path(off), "/mnt/hgfs");
    SAME(vjob_vm_shares_path(st_vm("w")), "\\\\vmware-host\\Shared Folders");
}

/* ---- console ---- */

static uint32_t word(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* Just enough of RFC 1951: stored blocks and fixed codes. */
typedef struct inflater {
    const uint8_t *in;
    size_t bit, size;
    uint8_t out[1 << 16];
} inflater;

static unsigned number(inflater *f, int n)
{
    unsigned value = 0;
    for (int i = 0; i < n; i++, f->bit++) value |= (unsigned)(f->in[f->bit / 8] >> f->bit % 8 & 1) << i;
    return value;
}

static unsigned code(inflater *f, int n)
{
    unsigned value = 0;
    while (n-- > 0) value = value << 1 | number(f, 1);
    return value;
}

static unsigned symbol(inflater *f)
{
    unsigned c = code(f, 7);
    if (c < 24) return 256 + c;
    c = c << 1 | number(f, 1);
    if (c < 0xc0) return c - 0x30;
    if (c < 0xc8) return 280 + c - 0xc0;
    return (c << 1 | number(f, 1)) - 0x190 + 144;
}

/* Lengths and distances grow by powers of two, so many to a step. */
static unsigned grown(inflater *f, unsigned code_, unsigned per_step, unsigned first)
{
    if (code_ < 2 * per_step) return first + code_;
    unsigned extra = code_ / per_step - 1;
    return first + ((per_step + code_ % per_step) << extra) + number(f, (int)extra);
}

static void inflate(inflater *f)
{
    for (unsigned last = 0; !last;) {
        last = number(f, 1);
        if (number(f, 2) == 0) {
            f->bit = (f->bit + 7) / 8 * 8;
            unsigned n = number(f, 16);
            EQUAL(number(f, 16), n ^ 0xffff);
            for (; n; n--) f->out[f->size++] = (uint8_t)number(f, 8);
            continue;
        }
        for (unsigned s; (s = symbol(f)) != 256;) {
            if (s < 256) {
                f->out[f->size++] = (uint8_t)s;
                continue;
            }
            unsigned length = grown(f, s - 257, 4, 3), distance = grown(f, code(f, 5), 2, 1);
            CHECK(distance <= f->size);
            for (; length; length--, f->size++) f->out[f->size] = f->out[f->size - distance];
        }
    }
}

static uint32_t unpack(const uint8_t *idat, inflater *f)
{
    uint32_t size = word(idat), a = 1, b = 0;
    *f = (inflater){.in = idat + 8 + 2};
    inflate(f);
    EQUAL((f->bit + 7) / 8, size - 2 - 4);
    for (size_t i = 0; i < f->size; i++) b = (b + (a = (a + f->out[i]) % 65521)) % 65521;
    EQUAL(word(idat + 8 + size - 4), b << 16 | a);
    return b << 16 | a;
}

static void console_is_a_picture(void **state)
{
    (void)state;
    st_begin(GUEST);
    uint32_t sums[2];
    static inflater points;
    for (int plain = 0; plain < 2; plain++) {
        void *png, *again;
        size_t size, size_again;
        EQUAL(vjob_vm_screen(st_vm("a"), plain, &png, &size), 0);
        const uint8_t *p = png;
        CHECK(size > 100 && memcmp(p, "\x89PNG\r\n\x1a\n", 8) == 0);
        CHECK(plain ? size > 640 * 480 / 8 : size < 640 * 480 / 8 / 2);
        EQUAL(word(p + 16), 640);
        EQUAL(word(p + 20), 480);
        size_t at = 8, chunks = 0;
        for (; at + 12 <= size; chunks++) {
            if (memcmp(p + at + 4, "IDAT", 4) == 0) sums[plain] = unpack(p + at, &points);
            at += 12 + word(p + at);
        }
        EQUAL(points.size, 480 * (1 + 640 / 8));
        EQUAL(at, size);
        EQUAL(chunks, 4);
        EQUAL(vjob_vm_screen(st_vm("a"), plain, &again, &size_again), 0);
        CHECK(size == size_again && memcmp(png, again, size) == 0); /* the clock stands still */
        if (getenv("VJOB_SHOW")) {
            FILE *file = fopen(ct_temp(plain ? "plain.png" : "screen.png"), "wb");
            CHECK(file && fwrite(png, 1, size, file) == size);
            fclose(file);
            print_message("%s\n", ct_temp(plain ? "plain.png" : "screen.png"));
        }
        vjob_sim_free(png);
        vjob_sim_free(again);
    }
    EQUAL(sums[0], sums[1]); /* one picture */
}

/* ---- clones ---- */

static void linked_clone_takes_its_snapshot(void **state)
{
    (void)state;
    st_begin(GUEST);
    vjob_op_request clone = {.op = VJOB_OP_CLONE,
                             .vm = st_vm("a"),
                             .name = "c",
                             .flags = VJOB_OPF_LINKED | VJOB_OPF_TAKE_SNAPSHOT};
    vjob_job *job = st_start(&clone);
    OK(st_run("a", "echo x > /tmp/x")); /* while it is under way */
    CHANGES("");
    OK(st_wait(job));
    CHANGES("a:snapshots c:added");
    vjob_snapshot_info *infos;
    size_t n;
    OK(vjob_vm_snapshots(st_vm("a"), &infos, &n));
    EQUAL(n, 1);
    EQUAL(infos[0].is_current, 1);
    EQUAL(infos[0].state, VJOB_VM_RUNNING);
    SAME(infos[0].uuid, vjob_op_get_result(job)->snapshot);
    vjob_sim_free(infos);
    st_done(job);
    EQUAL(temporary("c", "/tmp"), 1);
    clone.name = "d";
    job = st_start(&clone);
    OK(vjob_job_ask_cancel(job));
    FAILS(st_wait(job), VJOB_ECANCELLED);
    st_done(job);
    vjob_vm_info info;
    vjob_vm_look(st_vm("a"), &info);
    EQUAL(info.snapshots, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SIM(keys_of_the_vmx),
        SIM(guest_variables_last_until_power_off),
        SIM(environment_reaches_programs_started_later),
        SIM(variables_go_with_running_snapshots),
        SIM(bad_variables),
        SIM(programs_are_listed_and_killed),
        SIM(scripts_are_files_while_they_run),
        SIM(shared_folders),
        SIM(console_is_a_picture),
        SIM(linked_clone_takes_its_snapshot),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
