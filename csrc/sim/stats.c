/*
 * stats.c - what a host or a VM says of its own use.
 *
 * Every figure is a function of clock, seed and world: a wave of the seed's shape over what the running
 * VMs need. Counters are the integral of the rates that are shown, so they never go back and fit them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model.h"

#define MB (1024ull * 1024ull)
#define VM_LOAD 120u  /* permille of a processor that a running VM takes per cpu of its own */
#define HOST_LOAD 20u /* permille that the host itself takes of each processor */
#define WAVE_LOAD 60u /* permille, height of the wave on top */
#define SERVICE_START_NS (5 * NS_PER_S) /* the management service starts after the host */

/* ---- waves: a triangle between 0 and `height`, with a period and a phase from the seed ---- */

typedef struct wave {
    uint64_t period_ns, phase_ns;
    uint64_t height;
} wave;

static wave wave_for(const char *object, const char *what, size_t index, uint64_t height)
{
    uint64_t h =
        vjob__mix(((uint64_t)index << 32) ^ (unsigned char)what[0] ^ ((uint64_t)strlen(what) << 8), object);
    uint64_t period = (11 + h % 13) * NS_PER_S;
    return (wave){period, (h >> 8) % period, height};
}

static uint64_t wave_at(const wave *w, uint64_t t)
{
    uint64_t x = (t + w->phase_ns) % w->period_ns, half = w->period_ns / 2;
    uint64_t up = x < half ? x : w->period_ns - x;
    return (uint64_t)((__uint128_t)up * w->height / half);
}

/* Integral from the wave's own beginning to t, in height x ns. */
static __uint128_t wave_area(const wave *w, uint64_t t)
{
    uint64_t at = t + w->phase_ns, whole = at / w->period_ns, x = at % w->period_ns, half = w->period_ns / 2;
    __uint128_t area = (__uint128_t)whole * w->period_ns * w->height / 2;
    __uint128_t rising = (__uint128_t)(x < half ? x : half);
    area += rising * rising * w->height / (2 * half);
    if (x > half) {
        __uint128_t left = w->period_ns - x;
        area += (__uint128_t)half * w->height / 2 - left * left * w->height / (2 * half);
    }
    return area;
}

/* Permille x ns since `from`. */
static uint64_t wave_sum(const wave *w, uint64_t from, uint64_t to)
{
    return to > from ? (uint64_t)(wave_area(w, to) - wave_area(w, from)) : 0;
}

/* ---- load of a host ---- */

/* Permille that VMs get: a host can be asked for more than it has. */
static uint64_t given(const vjob_host *host)
{
    uint64_t most = host->cpus * (uint64_t)(1000 - HOST_LOAD - WAVE_LOAD);
    return host->load.permille < most ? host->load.permille : most;
}

/* Processor time that VMs have used; one permille of a microsecond is a nanosecond. */
static uint64_t host_done(const vjob_host *host, uint64_t now)
{
    const struct sim_load *load = &host->load;
    return load->done_ns + (now > load->since_ns ? (now - load->since_ns) / 1000 * given(host) : 0);
}

void sim_load_change(vjob_host *host, int64_t cpus, uint64_t now)
{
    host->load.done_ns = host_done(host, now);
    host->load.since_ns = now;
    host->load.permille = (uint64_t)((int64_t)host->load.permille + cpus * (int64_t)VM_LOAD);
}

static uint64_t at_most(uint64_t value, uint64_t limit)
{
    return value < limit ? value : limit;
}

static void fill_cpu(vjob_stats_cpu *cpu, uint64_t permille, uint64_t used_ns)
{
    cpu->usage_percent = (uint32_t)at_most(permille / 10, 100);
    cpu->total_ms = used_ns / NS_PER_MS;
    cpu->system_ms = cpu->total_ms / 4;
    cpu->user_ms = cpu->total_ms - cpu->system_ms;
}

static void host_cpus(vjob_stats *s, const vjob_host *host, uint64_t now)
{
    uint64_t share = given(host) / host->cpus;
    for (size_t i = 0; i < s->n_cpus; i++) {
        wave w = wave_for(host->uuid, "cpu", i, WAVE_LOAD);
        uint64_t own =
            HOST_LOAD * ((now - host->booted_ns) / 1000) + wave_sum(&w, host->booted_ns, now) / 1000;
        fill_cpu(&s->cpus[i], HOST_LOAD + share + wave_at(&w, now), own + host_done(host, now) / host->cpus);
    }
}

static void fill_iface(vjob_stats_iface *iface, const char *name, const char *object, size_t index,
                       uint64_t from, uint64_t now, uint64_t extra_bytes)
{
    wave in = wave_for(object, "in", index, 40000), out = wave_for(object, "out", index, 15000);
    sim_put(iface->name, sizeof iface->name, name);
    iface->in_bytes = wave_sum(&in, from, now) / NS_PER_S + extra_bytes;
    iface->out_bytes = wave_sum(&out, from, now) / NS_PER_S + extra_bytes / 3;
    iface->in_packets = iface->in_bytes / 700;
    iface->out_packets = iface->out_bytes / 400;
}

static void fill_amounts(vjob_stats *s, uint64_t ram_used)
{
    s->ram_used = at_most(ram_used, s->ram_total);
    s->ram_free = s->ram_total - s->ram_used;
    s->ram_real = s->ram_used;
    s->swap_total = s->ram_total / 4;
    s->swap_used = s->ram_used > s->ram_total / 10 * 9 ? s->swap_total / 10 : s->swap_total / 100;
    s->swap_free = s->swap_total - s->swap_used;
    s->disk_free = s->disk_total - s->disk_used;
}

static uint64_t vm_ram_used(const vjob_vm *vm, uint64_t now)
{
    wave w = wave_for(vm->uuid, "ram", 0, vm->memory_held_mb * MB / 10);
    return vm->memory_held_mb * MB * 6 / 10 + wave_at(&w, now);
}

static uint64_t vm_permille(const vjob_vm *vm, uint64_t now)
{
    wave w = wave_for(vm->uuid, "cpu", 0, WAVE_LOAD);
    return sim_vm_state(vm) == VJOB_VM_RUNNING ? VM_LOAD - WAVE_LOAD / 2 + wave_at(&w, now) : 0;
}

/* ---- samples ---- */

static vjob_stats *stats_new(size_t cpus, size_t ifaces, size_t vms)
{
    vjob_stats *s = calloc(1, sizeof *s);
    if (!s) return NULL;
    s->cpus = calloc(cpus + 1, sizeof *s->cpus);
    s->ifaces = calloc(ifaces + 1, sizeof *s->ifaces);
    s->vms = calloc(vms + 1, sizeof *s->vms);
    if (s->cpus && s->ifaces && s->vms) {
        s->n_cpus = cpus;
        s->n_ifaces = ifaces;
        s->n_vms = vms;
        return s;
    }
    vjob_stats_free(s);
    return NULL;
}

static vjob_stats *read_host(const vjob_host *host, uint64_t now)
{
    size_t running = 0, i = 0;
    for (const vjob_vm *vm = host->run_first; vm; vm = vm->run_next) running++;
    vjob_stats *s = stats_new(host->cpus, 1, running);
    if (!s) return NULL;
    uint64_t up = now - host->booted_ns, vm_ns = host_done(host, now);
    wave ram = wave_for(host->uuid, "ram", 0, host->memory_mb * MB / 200);
    s->uptime_s = up / NS_PER_S;
    s->service_uptime_s = up > SERVICE_START_NS ? (up - SERVICE_START_NS) / NS_PER_S : 0;
    s->ram_total = host->memory_mb * MB;
    s->disk_total = host->memory_mb * MB * 16;
    s->disk_used = s->disk_total / 4 + host->n_vms * MB;
    s->disk_used = at_most(s->disk_used, s->disk_total);
    fill_amounts(s, host->memory_used_mb * MB + host->memory_mb * MB / 50 + wave_at(&ram, now));
    host_cpus(s, host, now);
    fill_iface(&s->ifaces[0], "eth0", host->uuid, 0, host->booted_ns, now, vm_ns / NS_PER_MS * 2);
    for (const vjob_vm *vm = host->run_first; vm; vm = vm->run_next, i++) {
        sim_put(s->vms[i].uuid, sizeof s->vms[i].uuid, vm->uuid);
        sim_put(s->vms[i].name, sizeof s->vms[i].name, vm->name);
        s->vms[i].cpu_percent = (uint32_t)(vm_permille(vm, now) / 10);
        s->vms[i].ram_used = vm_ram_used(vm, now);
    }
    return s;
}

static uint64_t disks_mb(const sim_config *config)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < config->n_disks; i++) sum += config->disks[i].size_mb;
    return sum;
}

static vjob_stats *read_vm(const vjob_vm *vm, uint64_t now)
{
    const sim_config *config = vm->config;
    vjob_stats *s = stats_new(config->cpus, config->n_nics, 0);
    if (!s) return NULL;
    /* Time that the guest has run, without pauses. */
    uint64_t ran = vm->ran_ns + (vm->run_since_ns ? now - vm->run_since_ns : 0);
    s->uptime_s = s->service_uptime_s = vm->started_ns ? (now - vm->started_ns) / NS_PER_S : 0;
    s->ram_total = config->memory_mb * MB;
    s->disk_total = disks_mb(config) * MB;
    s->disk_used = s->disk_total / 3;
    fill_amounts(s, vm_ram_used(vm, now));
    if (!vm->memory_held_mb) s->swap_used = 0, s->swap_free = s->swap_total;
    for (size_t i = 0; i < s->n_cpus; i++) {
        wave w = wave_for(vm->uuid, "cpu", i, WAVE_LOAD);
        uint64_t permille =
            sim_vm_state(vm) == VJOB_VM_RUNNING ? VM_LOAD - WAVE_LOAD / 2 + wave_at(&w, now) : 0;
        fill_cpu(&s->cpus[i], permille,
                 (VM_LOAD - WAVE_LOAD / 2) * (ran / 1000) + wave_sum(&w, 0, ran) / 1000);
    }
    for (size_t i = 0; i < s->n_ifaces; i++) {
        char name[32];
        snprintf(name, sizeof name, "eth%zu", i);
        fill_iface(&s->ifaces[i], name, vm->uuid, i, 0, ran, 0);
    }
    return s;
}

vjob_err vjob_stats_read(vjob_host *host, vjob_vm *vm, vjob_stats **out)
{
    if (out) *out = NULL;
    if (!out || (!host && !vm))
        return vjob_fail(VJOB_EINVAL, NULL, NULL, "out, or both host and vm, are missing");
    sim_why why = {0};
    int entered = sim_enter();
    uint64_t now = vjob__world_now();
    vjob_err err = vm ? sim_vm_check_here(vm, &why) : VJOB_OK;
    if (!err && !vm && host->gone)
        err = sim_say(&why, VJOB_ECONNECT, host->name, "host \"%s\" is gone", host->name);
    if (!err) *out = vm ? read_vm(vm, now) : read_host(host, now);
    if (*out) (*out)->time_ns = now;
    sim_leave(entered);
    if (!err && !*out) err = sim_say(&why, VJOB_ENOMEM, NULL, "no memory for statistics");
    return err ? sim_fail(err, &why) : VJOB_OK;
}

void vjob_stats_free(vjob_stats *stats)
{
    if (!stats) return;
    free(stats->cpus);
    free(stats->ifaces);
    free(stats->vms);
    free(stats);
}

/* ---- feeds ---- */

struct vjob_stats_feed {
    vjob_timer timer;
    vjob_host *host;
    vjob_vm *vm;
    void (*fn)(vjob_host *host, vjob_vm *vm, void *data);
    void *data;
};

/* The next beat is set first: fn may unsubscribe. */
static void beat(vjob_timer *timer)
{
    vjob_stats_feed *feed = (vjob_stats_feed *)timer;
    vjob__timer_set_quiet(timer, vjob__world_now() + NS_PER_S);
    feed->fn(feed->host, feed->vm, feed->data);
}

vjob_err vjob_stats_subscribe(vjob_host *host, vjob_vm *vm,
                              void (*fn)(vjob_host *host, vjob_vm *vm, void *data), void *data,
                              vjob_stats_feed **out_feed)
{
    if (out_feed) *out_feed = NULL;
    if (!out_feed || !fn || (!host && !vm))
        return vjob_fail(VJOB_EINVAL, NULL, NULL, "fn, out_feed, or both host and vm, are missing");
    vjob_stats_feed *feed = calloc(1, sizeof *feed);
    if (!feed) return vjob_fail(VJOB_ENOMEM, NULL, NULL, "no memory for a subscription to statistics");
    *feed = (vjob_stats_feed){.host = host ? vjob_host_retain(host) : NULL,
                              .vm = vm ? vjob_vm_retain(vm) : NULL,
                              .fn = fn,
                              .data = data};
    vjob__timer_init(&feed->timer, beat);
    *out_feed = feed;
    int entered = sim_enter();
    vjob__timer_set(&feed->timer, vjob__world_now()); /* the first one is due: it does not wait for others */
    sim_leave(entered);
    return VJOB_OK;
}

void vjob_stats_unsubscribe(vjob_stats_feed *feed)
{
    if (!feed) return;
    int entered = sim_enter();
    vjob__timer_cancel(&feed->timer);
    sim_leave(entered);
    vjob_host_release(feed->host);
    vjob_vm_release(feed->vm);
    free(feed);
}
