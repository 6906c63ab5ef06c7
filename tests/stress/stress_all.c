/*
 * stress_all.c - clients of all APIs at once in one world, compared with what the laws allow: every job ends
 * once and is told of once, nothing is told after it was unsubscribed, nothing is lost, the order is the
 * same for all, VMs go from state to state as operations can take them, and nothing is owed at the end.
 *
 * PYVJOB_TEST_SEED repeats the calls of a run; PYVJOB_TEST_THREADS says how many clients there are.
 */
#include "all_test.h"

const char *const all_vms[ALL_VMS] = {"v1", "v2", "v3", "v4", "v5"};
#define VM(name) "{\"name\": \"" name "\", \"os\": \"linux\", \"memory_mb\": 512}"
static const char world[] = "{\"hosts\": [{\"name\": \"localhost\", \"memory_mb\": 2048, \"vms\": [" VM(
    "v1") "," VM("v2") "," VM("v3") "," VM("v4") "," VM("v5") "]}]}";

/* ---- the way of each VM from state to state ---- */

#define BIT(state) (1u << VJOB_VM_##state)
#define STEADY (BIT(STOPPED) | BIT(RUNNING) | BIT(PAUSED) | BIT(SUSPENDED))

/* Where each state may lead; what an operation that was undone goes back to is among it. */
static const uint32_t ways[VJOB_VM_STATE_COUNT] = {
    /* switching to a snapshot takes a VM from any steady state to any other */
    [VJOB_VM_STOPPED] = STEADY | BIT(STARTING),
    [VJOB_VM_STARTING] = BIT(RUNNING) | BIT(STOPPED),
    [VJOB_VM_RUNNING] = STEADY | BIT(PAUSING) | BIT(SUSPENDING) | BIT(STOPPING) | BIT(RESETTING),
    [VJOB_VM_PAUSING] = BIT(PAUSED) | BIT(RUNNING),
    [VJOB_VM_PAUSED] = STEADY | BIT(CONTINUING) | BIT(SUSPENDING) | BIT(STOPPING) | BIT(RESETTING),
    [VJOB_VM_CONTINUING] = BIT(RUNNING) | BIT(PAUSED),
    [VJOB_VM_SUSPENDING] = BIT(SUSPENDED) | BIT(RUNNING) | BIT(PAUSED),
    [VJOB_VM_SUSPENDED] = STEADY | BIT(RESUMING),
    [VJOB_VM_RESUMING] = BIT(RUNNING) | BIT(SUSPENDED),
    [VJOB_VM_STOPPING] = BIT(STOPPED) | BIT(RUNNING) | BIT(PAUSED),
    [VJOB_VM_RESETTING] = BIT(RUNNING) | BIT(PAUSED),
};

typedef struct watcher {
    int state[ALL_VMS]; /* world: the last one told of; -1: none yet */
    uint64_t seq;       /* world: of the last event */
    long changes;
} watcher;

/* world */
static void watch(const vjob_change_info *change, void *data)
{
    watcher *w = data;
    CHECK(change->seq > w->seq);
    w->seq = change->seq;
    if (change->change != VJOB_CHANGE_STATE || !change->vm) return;
    vjob_vm_info info;
    vjob_vm_look(change->vm, &info);
    EQUAL(info.state, change->state);
    for (int i = 0; i < ALL_VMS; i++) {
        if (strcmp(info.name, all_vms[i]) != 0) continue;
        if (w->state[i] >= 0) EQUAL(w->state[i], change->old_state); /* nothing in between was lost */
        CHECK(ways[change->old_state] & 1u << change->state);
        w->state[i] = (int)change->state;
        w->changes++;
    }
}

/* ---- the world afterwards ---- */

static void world_is_steady(const watcher *w)
{
    vjob_host *host;
    vjob_vm **vms;
    size_t n;
    uint64_t sum = 0;
    OK(vjob_host_find(NULL, &host));
    OK(vjob_host_vms(host, &vms, &n));
    for (size_t i = 0; i < n; i++) {
        vjob_vm_info info;
        for (vjob_vm_look(vms[i], &info); info.busy != VJOB_OP_NONE; vjob_vm_look(vms[i], &info))
            OK(vjob_sleep(S)); /* an abrupt end leaves operations, which run to theirs */
        CHECK(1u << info.state & STEADY);
        if (info.state == VJOB_VM_RUNNING || info.state == VJOB_VM_PAUSED) sum += info.memory_mb;
        for (int k = 0; k < ALL_VMS; k++)
            if (!strcmp(info.name, all_vms[k]) && w->state[k] >= 0) EQUAL(info.state, w->state[k]);
    }
    vjob_vms_free(vms, n);
    vjob_host_info info;
    vjob_host_look(host, &info);
    EQUAL(info.memory_used_mb, sum);
    vjob_host_release(host);
}

static void nothing_is_owed(void)
{
    vjob_handle_info infos[16];
    const size_t n = vjob_leaks(VJOB_SPACE_NONE, infos, COUNT(infos));
    for (size_t i = 0; i < n && i < COUNT(infos); i++)
        fprintf(stderr, "left over: %s %s, %u references\n", infos[i].type_name, infos[i].object,
                infos[i].refs);
    EQUAL(n, 0);
}

/* ---- what can only be freed once an API has ended ---- */

typedef struct grave {
    struct grave *next;
    void *memory;
} grave;

static pthread_mutex_t graves_lock = PTHREAD_MUTEX_INITIALIZER;
static grave *graves;

void all_later(void *memory)
{
    grave *g = malloc(sizeof *g);
    pthread_mutex_lock(&graves_lock);
    *g = (grave){graves, memory};
    graves = g;
    pthread_mutex_unlock(&graves_lock);
}

static void free_later(void)
{
    while (graves) {
        grave *g = graves;
        graves = g->next;
        free(g->memory);
        free(g);
    }
}

/* ---- rounds ---- */

static all_round round_;
static int n_threads;

static const all_client clients[] = {all_prl_client, all_vix_client, all_native_client,
                                     all_hcs_client, all_vir_client, all_sim_client};

static int clients_of(all_client api)
{
    int n = 0;
    for (int i = 0; i < n_threads; i++) n += clients[(size_t)i % COUNT(clients)] == api;
    return n;
}

static void client(void *arg, int number)
{
    (void)arg;
    uint64_t random = round_.seed ^ ((uint64_t)number * 0x9E3779B97F4A7C15u);
    if (number == n_threads + 1) {
        all_vir_loop(&round_);
        return;
    }
    if (number == n_threads) { /* the clock of the round */
        const uint64_t until = ct_now() + 300 * MS;
        while (ct_now() < until) OK(vjob_sleep(S));
        __atomic_store_n(&round_.over, !round_.abrupt, __ATOMIC_RELEASE);
        if (!round_.abrupt) return;
        all_prl_end();
        __atomic_store_n(&round_.over, 1, __ATOMIC_RELEASE);
        return;
    }
    clients[(size_t)number % COUNT(clients)](&round_, random);
}

static void one_round(uint64_t seed, int abrupt)
{
    watcher w = {.state = {-1, -1, -1, -1, -1}};
    vjob_observer *observer;
    OK(vjob_sim_reset());
    OK(vjob_sim_set_seed(seed));
    OK(vjob_sim_load_json(world, strlen(world)));
    /* Of a clock that waits for busy clients little happens, so mostly it goes on by itself. */
    OK(vjob_sim_set_clock(seed % 8 < 2 ? "auto" : "x1000"));
    OK(vjob_init());
    OK(vjob_observer_add(NULL, watch, &w, &observer));
    all_prl_begin();
    round_ = (all_round){.seed = seed, .abrupt = abrupt};
    all_vir_begin(clients_of(all_vir_client));
    ct_threads(n_threads + 2, client, NULL);
    if (!abrupt) all_prl_end();
    all_vix_settle();
    all_hcs_settle();
    world_is_steady(&w);
    nothing_is_owed();
    vjob_observer_remove(observer);
    OK(vjob_deinit());
    free_later();
    printf("seed %llu %s: %ld calls, %ld jobs, %ld events, %ld changes of state\n", (unsigned long long)seed,
           abrupt ? "abrupt" : "calm", round_.calls, round_.jobs, round_.events, w.changes);
    fflush(stdout);
}

int main(void)
{
    uint64_t seed = ct_seed();
    const uint64_t until = ct_now() + ct_test_ns();
    const char *threads = getenv("PYVJOB_TEST_THREADS");
    n_threads = threads ? atoi(threads) : 18;
    CHECK(n_threads > 0 && n_threads <= 64);
    unsetenv("VJOB_INVENTORY");
    /* The seed of a round decides it, so any round can be repeated alone. */
    do one_round(seed, (int)(seed & 1));
    while (seed++, ct_now() < until);
    return vjob_sim_reset() != VJOB_OK;
}
