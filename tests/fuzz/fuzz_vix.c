/*
 * fuzz_vix.c - random calls of every VIX function from several threads and from inside callbacks: with handles
 * that live, are stale, foreign or invented, with texts and numbers that are right and wrong, without pointers.
 * Nothing may crash or hang, every job ends once, and nothing is left in the end but what is owed.
 */
#include <unistd.h>

#include "vix_tables.h"
#include "vix_test.h"

typedef uintptr_t word;
typedef word (*any_function)(word, word, word, word, word, word, word, word, word, word);

enum { POOL = 64, THREADS = 3, STEPS = 400 };
static VixHandle pool[POOL]; /* atomic */
static uint64_t calls, told; /* atomic */
static char host_path[300];

static void act(uint64_t *seed, int depth);

static VixHandle any_handle(uint64_t *seed)
{
    switch (ct_random(seed, 10)) {
    case 0: return 0;
    case 1: return (VixHandle)ct_random(seed, UINT32_MAX);
    case 2: return (VixHandle)ct_random(seed, 100);
    default: return __atomic_load_n(&pool[ct_random(seed, POOL)], __ATOMIC_ACQUIRE);
    }
}

/* Who takes one out gives it back: perhaps while others use it. */
static void keep(uint64_t *seed, VixHandle h)
{
    const VixHandle old = __atomic_exchange_n(&pool[ct_random(seed, POOL)], h, __ATOMIC_ACQ_REL);
    if (Vix_GetHandleType(old) != VIX_HANDLETYPE_HOST) Vix_ReleaseHandle(old);
}

static const char *any_text(uint64_t *seed)
{
    static const char *const texts[] = {XP,
                                        DEBIAN,
                                        "[standard] new/new.vmx",
                                        "/tmp/a",
                                        "/tmp/b",
                                        "/tmp",
                                        "C:\\x",
                                        "root",
                                        "pw",
                                        "/bin/sh",
                                        "-c 'exit 3'",
                                        "sleep 5",
                                        "",
                                        "a/b",
                                        "\xff\xfe",
                                        "x=y",
                                        "ip",
                                        "$(",
                                        "https://server/sdk"};
    return ct_random(seed, 8) ? texts[ct_random(seed, COUNT(texts))] : NULL;
}

static int any_number(uint64_t *seed)
{
    static const int numbers[] = {0, 0, 0, 1, 2, 3, 4, 8, 10, 128, -1, 0x7fffffff, 1 << 20};
    return numbers[ct_random(seed, COUNT(numbers))];
}

static void callback(VixHandle job, VixEventType type, VixHandle info, void *data)
{
    uint64_t seed = (uint64_t)(uintptr_t)data;
    (void)info;
    if (type != VIX_EVENTTYPE_JOB_COMPLETED) return;
    __atomic_add_fetch(&told, 1, __ATOMIC_RELAXED);
    seed ^= (uint64_t)(unsigned)job << 20;
    if (ct_random(&seed, 3) == 0) act(&seed, 1);
    if (ct_random(&seed, 8) == 0) Vix_ReleaseHandle(job); /* perhaps not its own */
}

typedef struct arguments {
    word w[10];
    VixHandle handles[2];
    int numbers[2];
    Bool flag;
} arguments;

static void make_up(arguments *a, const char *params, uint64_t *seed)
{
    size_t handles = 0, numbers = 0;
    for (size_t i = 0; params[i] && params[i] != 'v'; i++) {
        const int missing = ct_random(seed, 10) == 0;
        switch (params[i]) {
        case 'h': a->w[i] = (word)(uint32_t)any_handle(seed); break;
        case 'q': a->w[i] = (word)ct_random(seed, 2000); break;
        case 's': a->w[i] = (word)any_text(seed); break;
        case 'f': a->w[i] = missing ? 0 : (word)host_path; break;
        case 'c': a->w[i] = ct_random(seed, 2) ? (word)callback : 0; break;
        case 'd': a->w[i] = (word)ct_random(seed, 1 << 20); break;
        case 'H': a->w[i] = missing ? 0 : (word)&a->handles[handles++]; break;
        case 'I': a->w[i] = missing ? 0 : (word)&a->numbers[numbers++]; break;
        case 'B': a->w[i] = missing ? 0 : (word)&a->flag; break;
        default: a->w[i] = (word)(uint32_t)any_number(seed);
        }
    }
}

/* The variadic ones: one property, its place as large as any value. */
static void read_one(const char *name, uint64_t *seed)
{
    const vix_property *property = &vix_properties[ct_random(seed, vix_properties_count)];
    union {
        int64 number;
        char *text;
        VixHandle handle;
    } value = {0};
    char *data = NULL;
    const VixHandle h = any_handle(seed);
    const int nth = any_number(seed), is_blob = property->type == VIX_PROPERTYTYPE_BLOB;
    void *second = is_blob ? (void *)&data : NULL; /* or the end mark */
    VixError error = VIX_E_FAIL;
    if (!strcmp(name, "VixJob_GetNthProperties"))
        error = VixJob_GetNthProperties(h, nth, property->id, &value, second, VIX_PROPERTY_NONE);
    else if (!strcmp(name, "Vix_GetProperties"))
        error = Vix_GetProperties(h, property->id, &value, second, VIX_PROPERTY_NONE);
    else if (!strcmp(name, "VixPropertyList_AllocPropertyList"))
        error = VixPropertyList_AllocPropertyList(h, &value.handle, VIX_PROPERTY_VM_NAME, any_text(seed),
                                                  VIX_PROPERTY_NONE);
    const int makes_list = name[3] == 'P';
    if (error) return;
    if (makes_list || property->type == VIX_PROPERTYTYPE_HANDLE)
        keep(seed, value.handle);
    else if (property->type == VIX_PROPERTYTYPE_STRING)
        Vix_FreeBuffer(value.text);
    Vix_FreeBuffer(data);
}

static void act(uint64_t *seed, int depth)
{
    const vix_function *function = &vix_functions[ct_random(seed, vix_functions_count)];
    arguments a = {.numbers = {0}};
    const char *name = function->name;
    __atomic_add_fetch(&calls, 1, __ATOMIC_RELAXED);
    if (!strcmp(name, "Vix_FreeBuffer") || !strcmp(name, "VixJob_Wait")) return; /* a wait may be for ever */
    if (!strcmp(name, "VixHost_Disconnect") && (depth || ct_random(seed, 10))) return;
    if (strchr(function->params, 'v')) {
        read_one(name, seed);
        return;
    }
    make_up(&a, function->params, seed);
    /* A session that cannot be pumped any more would stay. */
    if (!strcmp(name, "Vix_ReleaseHandle") && Vix_GetHandleType((VixHandle)a.w[0]) == VIX_HANDLETYPE_HOST)
        return;
    const word *w = a.w;
    const word result =
        ((any_function)function->address)(w[0], w[1], w[2], w[3], w[4], w[5], w[6], w[7], w[8], w[9]);
    for (size_t i = 0; i < COUNT(a.handles); i++)
        if (a.handles[i]) keep(seed, a.handles[i]);
    if (!function->is_async) return;
    const VixHandle job = (VixHandle)result;
    VixHandle made = 0;
    CHECK(job != 0);
    if (ct_random(seed, 2)) vjob_wait((vjob_handle)job, 100 * S);
    Vix_GetProperties(job, VIX_PROPERTY_JOB_RESULT_HANDLE, &made, VIX_PROPERTY_NONE);
    if (made) keep(seed, made);
    keep(seed, job);
}

static void run_thread(void *arg, int number)
{
    uint64_t seed = *(uint64_t *)arg + (uint64_t)number * 7919;
    for (int i = 0; i < STEPS; i++) act(&seed, 0);
}

/* What is left, whoever owes it. */
static void give_all_back(void)
{
    static vjob_handle_info infos[4096];
    for (int i = 0; i < POOL; i++) __atomic_store_n(&pool[i], 0, __ATOMIC_RELEASE);
    for (int round = 0; round < 3; round++) {
        size_t n = vjob_leaks(VJOB_SPACE_VIX, infos, COUNT(infos));
        for (size_t i = 0; i < n && i < COUNT(infos); i++)
            if (infos[i].type == VIX_HANDLETYPE_HOST) VixHost_Disconnect((VixHandle)infos[i].handle);
        n = vjob_leaks(VJOB_SPACE_VIX, infos, COUNT(infos));
        for (size_t i = 0; i < n && i < COUNT(infos); i++)
            for (uint32_t k = 0; k < infos[i].refs; k++) Vix_ReleaseHandle((VixHandle)infos[i].handle);
    }
}

static void one_round(uint64_t *seed)
{
    uint64_t of_round = ct_random(seed, UINT32_MAX);
    vt_world(NULL);
    OK(vjob_init());
    static const int options[] = {0, 0, VIX_HOSTOPTION_USE_EVENT_PUMP};
    for (size_t i = 0; i < COUNT(options); i++) {
        vt_host = pool[i] = vt_connect(options[i]);
        if (options[i]) continue;
        pool[i + 8] = vt_open(i ? XP : DEBIAN);
        pool[i + 16] = vt_open(FEDORA);
        VixVM_GetCurrentSnapshot(pool[i + 16], &pool[i + 24]);
        if (!i) DONE(vt_end(VixVM_LoginInGuest(pool[i + 8], "root", "pw", 0, NULL, NULL)));
    }
    ct_threads(THREADS, run_thread, &of_round);
    /* Callbacks may still be at it, and what is under way although nobody owes it ends by itself. */
    for (int i = 0; i < 1000 && !vjob_enter(VJOB_SPACE_VIX); i++) {
        give_all_back();
        vjob_vix_settle();
        OK(vjob_sleep(S));
    }
    EQUAL(vjob_leaks(VJOB_SPACE_VIX, NULL, 0), 0);
    OK(vjob_deinit());
    OK(vjob_sim_reset());
}

static void random_calls(void **state)
{
    (void)state;
    uint64_t seed = ct_seed(), end = ct_now() + ct_test_ns();
    int rounds = 0;
    snprintf(host_path, sizeof host_path, "%s", ct_temp("fuzz_vix"));
    do {
        one_round(&seed);
        rounds++;
    } while (ct_now() < end);
    unlink(host_path);
    print_message("%d rounds, %llu calls, %llu callbacks\n", rounds, (unsigned long long)calls,
                  (unsigned long long)told);
    CHECK(told > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(random_calls)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
