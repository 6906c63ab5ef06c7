/*
 * fault_test.h - one story told again and again, each time with another allocation, thread start or
 * write to a file that fails: whatever fails is told as an error, and afterwards the world is whole.
 */
#ifndef FAULT_TEST_H
#define FAULT_TEST_H

#include <vjob/sim.h>

#include "core_test.h"

/** Does all it can, gives back all it got. 1: nothing went wrong. */
typedef int (*ft_story)(void);

typedef struct ft_kind {
    const char *name;
    void (*arm)(long n, long more);
    int (*hit)(void);
} ft_kind;
static const ft_kind ft_memory = {"allocation", ct_fail_allocation, ct_allocation_failed};
static const ft_kind ft_threads = {"thread", ct_fail_thread, ct_thread_failed};
static const ft_kind ft_writes = {"write", ct_fail_write, ct_write_failed};

/** Every n-th fault only, where programs are slow (PYVJOB_TEST_STRIDE; sanitizers: 5). */
static inline long ft_stride(void)
{
    const char *text = getenv("PYVJOB_TEST_STRIDE");
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
    return text ? atol(text) : 5;
#else
    return text ? atol(text) : 1;
#endif
}

/** The built-in world, as new; its clock jumps. */
static inline void ft_fresh_world(void)
{
    unsetenv("VJOB_INVENTORY");
    OK(vjob_sim_reset());
    OK(vjob_sim_set_clock("auto"));
}

/** `whole` is called after each time, with faults off: all handles back, the world as the laws say. */
static inline void ft_every(const ft_kind *kind, long more, ft_story story, void (*whole)(void))
{
    long n = 0, told = 0;
    if (!ct_can_fail()) skip();
    for (const long stride = kind == &ft_memory ? ft_stride() : 1;; n += stride) {
        kind->arm(n, more);
        const int fine = story();
        kind->arm(-1, 0);
        whole();
        if (!kind->hit()) {
            CHECK(fine);
            break;
        }
        told += !fine;
    }
    print_message("%s: %ld faults, %ld told\n", kind->name, n, told);
    CHECK(n > 0);
}

/* Until nothing is under way any more; returns what its running VMs hold. */
static inline uint64_t ft_settle(vjob_host *host)
{
    vjob_vm **vms;
    size_t n;
    uint64_t sum = 0;
    OK(vjob_host_vms(host, &vms, &n));
    for (size_t i = 0; i < n; i++) {
        vjob_vm_info info;
        int tries = 0;
        for (vjob_vm_look(vms[i], &info); info.busy != VJOB_OP_NONE; vjob_vm_look(vms[i], &info)) {
            CHECK(tries++ < 1000);
            OK(vjob_sleep(S));
        }
        CHECK(info.state == VJOB_VM_STOPPED || info.state == VJOB_VM_RUNNING ||
              info.state == VJOB_VM_PAUSED || info.state == VJOB_VM_SUSPENDED);
        if (info.state == VJOB_VM_RUNNING || info.state == VJOB_VM_PAUSED) sum += info.memory_mb;
    }
    vjob_vms_free(vms, n);
    return sum;
}

/** No VM stays half way, memory adds up, nothing is owed, and the world can be saved. */
static inline void ft_world_is_whole(void)
{
    char *text;
    vjob_host *host;
    vjob_host_info info;
    OK(vjob_init());
    OK(vjob_host_find("localhost", &host));
    const uint64_t held = ft_settle(host);
    vjob_host_look(host, &info);
    EQUAL(info.memory_used_mb, held);
    vjob_host_release(host);
    OK(vjob_sim_save_json(&text));
    vjob_sim_free(text);
    EQUAL(vjob_leaks(VJOB_SPACE_NONE, NULL, 0), 0);
    OK(vjob_deinit());
}

#endif
