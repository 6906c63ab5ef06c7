/* core_test.c - see core_test.h. */
#define _GNU_SOURCE
#include "core_test.h"

#include <errno.h>
#include <sched.h>
#include <spawn.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

/* ---- checks ---- */

/* The thread on which cmocka's failures may jump. */
static int on_test_thread(void)
{
    return (pid_t)plat_thread_id() == getpid();
}

static void failed(const char *text, const char *file, int line)
{
    if (on_test_thread() && !getenv("CT_CHILD")) {
        print_error("%s\n", text);
        _fail(file, line);
    }
    fprintf(stderr, "%s:%d: %s\n", file, line, text);
    abort();
}

void ct_check(int holds, const char *what, const char *file, int line)
{
    if (!holds) failed(what, file, line);
}

void ct_equal(uint64_t got, uint64_t expected, const char *what, const char *file, int line)
{
    char text[400];
    if (got == expected) return;
    snprintf(text, sizeof text, "%s: %llu is not %llu", what, (unsigned long long)got,
             (unsigned long long)expected);
    failed(text, file, line);
}

void ct_code(vjob_err got, vjob_err expected, const char *what, const char *file, int line)
{
    char text[600];
    if (got == expected) return;
    snprintf(text, sizeof text, "%s: %s, not %s (%s)", what, vjob_err_name(got), vjob_err_name(expected),
             got ? vjob_last_error()->text : "");
    failed(text, file, line);
}

/* ---- tallies ---- */

void tally_init(tally *t)
{
    *t = (tally)TALLY;
}

void tally_add(tally *t)
{
    pthread_mutex_lock(&t->lock);
    t->n++;
    pthread_cond_broadcast(&t->raised);
    pthread_mutex_unlock(&t->lock);
}

int tally_get(tally *t)
{
    pthread_mutex_lock(&t->lock);
    int n = t->n;
    pthread_mutex_unlock(&t->lock);
    return n;
}

void tally_wait(tally *t, int n)
{
    struct timespec until;
    int rc = 0;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += 30;
    pthread_mutex_lock(&t->lock);
    while (t->n < n && !rc) rc = pthread_cond_timedwait(&t->raised, &t->lock, &until);
    int got = t->n;
    pthread_mutex_unlock(&t->lock);
    if (got < n) failed("nothing happened for half a minute", __FILE__, __LINE__);
}

/* ---- threads ---- */

typedef struct crew {
    pthread_barrier_t start;
    void (*fn)(void *arg, int number);
    void *arg;
} crew;

typedef struct member {
    crew *crew;
    pthread_t id;
    int number;
} member;

static void *crew_main(void *arg)
{
    member *m = arg;
    pthread_barrier_wait(&m->crew->start);
    m->crew->fn(m->crew->arg, m->number);
    return NULL;
}

void ct_threads(int n, void (*fn)(void *arg, int number), void *arg)
{
    crew c = {.fn = fn, .arg = arg};
    member *members = calloc((size_t)n, sizeof *members);
    pthread_barrier_init(&c.start, NULL, (unsigned)n);
    for (int i = 0; i < n; i++) {
        members[i] = (member){.crew = &c, .number = i};
        CHECK(pthread_create(&members[i].id, NULL, crew_main, &members[i]) == 0);
    }
    for (int i = 0; i < n; i++) pthread_join(members[i].id, NULL);
    pthread_barrier_destroy(&c.start);
    free(members);
}

static void *thread_main(void *arg)
{
    ct_thread *t = arg;
    __atomic_store_n(&t->record, vjob__thread_self(), __ATOMIC_RELEASE);
    t->fn(t->arg);
    return NULL;
}

void ct_start(ct_thread *t, void (*fn)(void *arg), void *arg)
{
    *t = (ct_thread){.fn = fn, .arg = arg};
    CHECK(pthread_create(&t->id, NULL, thread_main, t) == 0);
}

void ct_join(ct_thread *t)
{
    pthread_join(t->id, NULL);
}

void ct_await_waiting(ct_thread *t)
{
    vjob__thread *record;
    while (!(record = __atomic_load_n(&t->record, __ATOMIC_ACQUIRE))) sched_yield();
    while (!__atomic_load_n(&record->waiting, __ATOMIC_ACQUIRE)) {
        vjob_enter(VJOB_SPACE_NATIVE); /* at work: the auto clock stands meanwhile */
        sched_yield();
    }
}

/* ---- fixtures ---- */

static void forget_environment(void)
{
    static const char *const names[] = {"VJOB_CLOCK",   "VJOB_SEED",   "VJOB_TRACE", "VJOB_LEAKS",
                                        "VJOB_WORKERS", "VJOB_FAULTS", "VJOB_STATE", "VJOB_INVENTORY"};
    for (size_t i = 0; i < COUNT(names); i++) unsetenv(names[i]);
}

int ct_none(void **state)
{
    (void)state;
    forget_environment();
    return 0;
}

static int start(const char *clock)
{
    forget_environment();
    OK(vjob__set_clock(clock));
    OK(vjob_init());
    return 0;
}

int ct_real(void **state)
{
    (void)state;
    return start("real");
}

int ct_auto(void **state)
{
    (void)state;
    return start("auto");
}

int ct_forget(void **state)
{
    (void)state;
    return vjob__world_restart() ? -1 : 0;
}

int ct_end(void **state)
{
    vjob_handle_info leaks[4];
    EQUAL(vjob__serve_drain(VJOB_SPACE_NATIVE, ct_now() + 30 * S),
          0); /* callbacks hold what they are called with */
    size_t n = vjob_leaks(VJOB_SPACE_NONE, leaks, COUNT(leaks));
    for (size_t i = 0; i < n && i < COUNT(leaks); i++)
        print_error("left: %s \"%s\", %u references\n", leaks[i].type_name, leaks[i].object, leaks[i].refs);
    OK(vjob_deinit());
    CHECK(n == 0);
    return ct_forget(state);
}

/* ---- numbers ---- */

int ct_fewer(int n)
{
    const char *stride = getenv("PYVJOB_TEST_STRIDE");
    const int by = stride ? atoi(stride) : 1;
    return by > 1 && n / by > 0 ? n / by : n;
}

uint64_t ct_now(void)
{
    return plat_real_ns();
}

uint64_t ct_random(uint64_t *seed, uint64_t below)
{
    uint64_t x = *seed += 0x9e3779b97f4a7c15ull;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ull;
    x = (x ^ x >> 27) * 0x94d049bb133111ebull;
    x ^= x >> 31;
    return below ? x % below : x;
}

uint64_t ct_seed(void)
{
    const char *given = getenv("PYVJOB_TEST_SEED");
    uint64_t seed = given ? strtoull(given, NULL, 0) : plat_wall_ns();
    printf("PYVJOB_TEST_SEED=%llu\n", (unsigned long long)seed);
    fflush(stdout);
    return seed;
}

uint64_t ct_test_ns(void)
{
    const char *given = getenv("PYVJOB_TEST_SECONDS");
    return (given ? strtoull(given, NULL, 10) : 2) * S;
}

/* ---- children ---- */

void ct_become(const ct_role *roles, size_t n)
{
    const char *role = getenv("CT_CHILD");
    for (size_t i = 0; role && i < n; i++)
        if (!strcmp(role, roles[i].name)) exit(roles[i].run());
    if (role) abort();
}

static char *read_all(FILE *file)
{
    size_t used = 0, cap = 4096;
    char *text = malloc(cap);
    rewind(file);
    for (size_t n; (n = fread(text + used, 1, cap - used - 1, file)) > 0;) {
        used += n;
        if (cap - used < 2) text = realloc(text, cap *= 2);
    }
    text[used] = 0;
    return text;
}

char *ct_read_file(const char *path)
{
    FILE *file = fopen(path, "r");
    if (!file) return strdup("");
    char *text = read_all(file);
    fclose(file);
    return text;
}

const char *ct_temp(const char *name)
{
    static char path[300];
    const char *folder = getenv("TMPDIR");
    snprintf(path, sizeof path, "%s/vjob-%ld-%s", folder ? folder : "/tmp", (long)getpid(), name);
    return path;
}

static char own_path[4096];

/* The path itself: started as /proc/self/exe, it would be valgrind below valgrind. */
static void read_own_path(void)
{
    const ssize_t n = readlink("/proc/self/exe", own_path, sizeof own_path - 1);
    CHECK(n > 0);
}

ct_result ct_child(const char *role, const char *const *environment)
{
    ct_result r = {0};
    char *env[512], asked[100];
    size_t n = 0;
    for (char **e = environ; *e && n < COUNT(env) - 20; e++) env[n++] = *e;
    snprintf(asked, sizeof asked, "CT_CHILD=%s", role);
    env[n++] = asked;
    for (; environment && *environment; environment++) env[n++] = (char *)*environment;
    env[n] = NULL;

    FILE *out = tmpfile(), *err = tmpfile();
    CHECK(out && err);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, fileno(out), 1);
    posix_spawn_file_actions_adddup2(&actions, fileno(err), 2);
    char *argv[] = {(char *)"child", NULL};
    pid_t pid;
    int status;
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, read_own_path);
    uint64_t began = ct_now();
    CHECK(posix_spawn(&pid, own_path, &actions, NULL, argv, env) == 0);
    while (waitpid(pid, &status, 0) < 0) CHECK(errno == EINTR);
    r.took_ns = ct_now() - began;
    r.code = WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
    r.out = read_all(out);
    r.err = read_all(err);
    fclose(out);
    fclose(err);
    posix_spawn_file_actions_destroy(&actions);
    return r;
}

void ct_result_free(ct_result *r)
{
    free(r->out);
    free(r->err);
}
