/*
 * stress_sim_world.c - many threads do at random what the simulator offers, to the same few VMs, while
 * others look, cancel, add and remove observers. Nothing may be lost: every job ends, the host's memory
 * is what its running VMs hold, and the world can be saved and loaded.
 */
#include "sim_test.h"

#define THREADS 8
#define VMS 6

static uint64_t seed, until;
static vjob_host *host;

static vjob_vm *some_vm(uint64_t *random)
{
    vjob_vm **vms, *vm = NULL;
    size_t n;
    OK(vjob_host_vms(host, &vms, &n));
    if (n) vm = vjob_vm_retain(vms[ct_random(random, n)]);
    vjob_vms_free(vms, n);
    return vm;
}

static char *some_snapshot(vjob_vm *vm, uint64_t *random, char out[40])
{
    vjob_snapshot_info *infos = NULL;
    size_t n = 0;
    strcpy(out, "none");
    if (vjob_vm_snapshots(vm, &infos, &n) == VJOB_OK && n) strcpy(out, infos[ct_random(random, n)].uuid);
    vjob_sim_free(infos);
    return out;
}

static vjob_job *begin(vjob_vm *vm, uint64_t *random)
{
    static const vjob_op ops[] = {
        VJOB_OP_START,
        VJOB_OP_START,
        VJOB_OP_STOP,
        VJOB_OP_SHUTDOWN,
        VJOB_OP_RESET,
        VJOB_OP_RESTART,
        VJOB_OP_PAUSE,
        VJOB_OP_CONTINUE,
        VJOB_OP_SUSPEND,
        VJOB_OP_RESUME,
        VJOB_OP_DROP_SUSPENDED,
        VJOB_OP_SNAPSHOT,
        VJOB_OP_SWITCH_SNAPSHOT,
        VJOB_OP_DELETE_SNAPSHOT,
        VJOB_OP_CLONE,
        VJOB_OP_UNREGISTER,
        VJOB_OP_DELETE,
        VJOB_OP_LIST,
        VJOB_OP_READ,
        VJOB_OP_CREATE,
        VJOB_OP_REGISTER,
        VJOB_OP_CONFIGURE,
        VJOB_OP_GUEST_LOGIN,
    };
    char name[16], uuid[40], path[64];
    vjob_vm_config config;
    snprintf(name, sizeof name, "n%d", (int)ct_random(random, 4));
    snprintf(path, sizeof path, "[standard] n%d/n%d.vmx", (int)ct_random(random, 4),
             (int)ct_random(random, 4));
    OK(vjob_vm_config_default("linux", &config));
    strcpy(config.name, name);
    config.memory_mb = 256;
    vjob_op_request request = {.op = ops[ct_random(random, COUNT(ops))],
                               .vm = vm,
                               .host = host,
                               .name = name,
                               .text = "t",
                               .path = path,
                               .config = &config,
                               .flags = (uint32_t)ct_random(random, 256) & ~4u,
                               .busy = (vjob_busy_rule)ct_random(random, 3),
                               .busy_wait_ns = ct_random(random, S)};
    request.uuid = some_snapshot(vm, random, uuid);
    if (request.op == VJOB_OP_CLONE || request.op == VJOB_OP_CREATE) request.uuid = request.path = NULL;
    vjob_job *job = st_job();
    OK(vjob_op_start(&request, job));
    vjob_vm_config_clear(&config);
    return job;
}

static vjob_job *run_program(vjob_vm *vm, uint64_t *random)
{
    static const char *const scripts[] = {"echo 1 > /tmp/f; sleep 1; cat /tmp/f", "sleep 100",
                                          "cat /tmp/f >> /tmp/g", "exit 3"};
    const char *args[] = {"-c", scripts[ct_random(random, COUNT(scripts))], NULL};
    vjob_job *job = st_job();
    OK(vjob_guest_run(
        vm, &(vjob_guest_program){.path = "sh", .args = args, .detach = (int)ct_random(random, 2)}, job));
    return job;
}

static void look(vjob_vm *vm)
{
    vjob_vm_info info;
    vjob_host_info host_info;
    vjob_vm_config config;
    vjob_stats *s;
    vjob_vm_look(vm, &info);
    CHECK(info.state < VJOB_VM_STATE_COUNT);
    vjob_host_look(host, &host_info);
    CHECK(host_info.memory_used_mb <= host_info.memory_mb);
    if (vjob_vm_get_config(vm, &config) == VJOB_OK) vjob_vm_config_clear(&config);
    OK(vjob_stats_read(host, NULL, &s));
    vjob_stats_free(s);
    vjob_host_release(vjob_vm_host(vm));
}

static void saw(const vjob_change_info *change, void *data)
{
    vjob_vm_info info;
    if (change->vm) vjob_vm_look(change->vm, &info);
    __atomic_fetch_add((long *)data, 1, __ATOMIC_RELAXED);
}

static void beat(vjob_host *of, vjob_vm *vm, void *data)
{
    (void)of, (void)vm;
    __atomic_fetch_add((long *)data, 1, __ATOMIC_RELAXED);
}

static void work(void *arg, int number)
{
    uint64_t random = seed + (uint64_t)number * 7919;
    vjob_job *jobs[8] = {0};
    long seen = 0;
    (void)arg;
    for (int i = 0; ct_now() < until; i++) {
        vjob_vm *vm = some_vm(&random);
        if (!vm) continue;
        vjob_job **slot = &jobs[ct_random(&random, COUNT(jobs))];
        if (*slot) {
            if (ct_random(&random, 3) == 0) (void)vjob_job_ask_cancel(*slot);
            OK(vjob_job_wait(*slot, VJOB_FOREVER));
            CHECK(vjob_op_get_result(*slot)->text != NULL);
            st_done(*slot);
        }
        *slot = ct_random(&random, 4) ? begin(vm, &random) : run_program(vm, &random);
        look(vm);
        if (i % 50 == number) {
            vjob_observer *observer;
            vjob_stats_feed *feed;
            OK(vjob_observer_add(number % 2 ? host : NULL, saw, &seen, &observer));
            OK(vjob_stats_subscribe(host, NULL, beat, &seen, &feed));
            OK(vjob_sleep(ct_random(&random, S)));
            vjob_observer_remove(observer);
            vjob_stats_unsubscribe(feed);
        }
        vjob_vm_release(vm);
    }
    for (size_t i = 0; i < COUNT(jobs); i++) {
        if (!jobs[i]) continue;
        (void)vjob_job_ask_cancel(jobs[i]);
        OK(vjob_job_wait(jobs[i], VJOB_FOREVER));
        st_done(jobs[i]);
    }
}

static void memory_adds_up(void)
{
    vjob_vm **vms;
    size_t n;
    uint64_t sum = 0;
    OK(vjob_host_vms(host, &vms, &n));
    for (size_t i = 0; i < n; i++) {
        vjob_vm_info info;
        vjob_vm_look(vms[i], &info);
        EQUAL(info.busy, VJOB_OP_NONE);
        CHECK(info.state == VJOB_VM_STOPPED || info.state == VJOB_VM_RUNNING ||
              info.state == VJOB_VM_PAUSED || info.state == VJOB_VM_SUSPENDED);
        if (info.state == VJOB_VM_RUNNING || info.state == VJOB_VM_PAUSED) sum += info.memory_mb;
    }
    vjob_vms_free(vms, n);
    vjob_host_info look_at;
    vjob_host_look(host, &look_at);
    EQUAL(look_at.memory_used_mb, sum);
    EQUAL(look_at.vms, n);
}

int main(void)
{
    char *text;
    seed = ct_seed();
    st_begin("{\"hosts\": [{\"memory_mb\": 2048, \"vms\": [{\"name\": \"v\", \"count\": 6, \"os\": "
             "\"linux\", \"memory_mb\": 512}]}]}");
    host = st_host();
    until = ct_now() + ct_test_ns();
    ct_threads(THREADS, work, NULL);
    memory_adds_up();
    OK(vjob_sim_save_json(&text));
    int left = st_end(NULL);
    OK(vjob_sim_load_json(text, strlen(text)));
    vjob_sim_free(text);
    OK(vjob_sim_reset());
    return left;
}
