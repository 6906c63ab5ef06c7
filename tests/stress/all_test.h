/*
 * all_test.h - the stress of all APIs in one world (stress_all.c): what the clients of each API share.
 *
 * A round: many clients, each a thread with random numbers of its own made from the seed, do at random
 * what their API offers to the same few VMs. It ends calmly, every client waiting for what it began and
 * comparing what it was told with what it did; or abruptly, with an API ended under its clients.
 */
#ifndef ALL_TEST_H
#define ALL_TEST_H

#include <vjob/sim.h>

#include "core_test.h"

#define ALL_VMS 5
extern const char *const all_vms[ALL_VMS]; /* names */

typedef struct all_round {
    uint64_t seed;
    int over;                 /* atomic: begin nothing more */
    int abrupt;               /* immutable: an API ends while clients are at work: any call may fail */
    long calls, jobs, events; /* atomic: what was done, to be printed */
} all_round;

/* A client: until round->over, then the end as the round has it. */
typedef void (*all_client)(all_round *round, uint64_t random);
void all_prl_client(all_round *round, uint64_t random);
void all_vix_client(all_round *round, uint64_t random);
void all_native_client(all_round *round, uint64_t random);
void all_sim_client(all_round *round, uint64_t random);
void all_hcs_client(all_round *round, uint64_t random);
void all_vir_client(all_round *round, uint64_t random);

/* Before and after the clients; `end` comes in the middle of an abrupt round, and after a calm one. */
void all_prl_begin(void);
void all_prl_end(void);
void all_vix_settle(void);
void all_hcs_settle(void);
/** The loop that tells connections of events: one for all, until their clients are through. */
void all_vir_begin(int clients);
void all_vir_loop(all_round *round);

/** Freed when the round is over: what an API that ends under its clients may still call with. */
void all_later(void *memory);

static inline int all_over(all_round *round)
{
    __atomic_fetch_add(&round->calls, 1, __ATOMIC_RELAXED);
    return __atomic_load_n(&round->over, __ATOMIC_ACQUIRE);
}

static inline void all_count(long *what, long n)
{
    __atomic_fetch_add(what, n, __ATOMIC_RELAXED);
}

/* ---- what every job promises, seen through the handle that its client holds ---- */

typedef struct all_seen {
    uint32_t progress;
    vjob_job_info last; /* once it has ended, this stays */
    int ended;
} all_seen;

/** Progress never goes back, an end is the end. 0: the handle is dead (abrupt rounds). */
static inline int all_look(all_round *round, vjob_handle job, all_seen *seen)
{
    vjob_job_info info;
    const vjob_err err = vjob_job_look(job, &info);
    if (err) {
        CHECK(round->abrupt);
        return 0;
    }
    CHECK(info.progress <= 100 && info.progress >= seen->progress);
    CHECK(info.state != VJOB_JOB_FAILED || info.err != VJOB_OK);
    if (seen->ended) {
        EQUAL(info.state, seen->last.state);
        EQUAL(info.err, seen->last.err);
        EQUAL(info.progress, seen->last.progress);
        EQUAL(info.ended_ns, seen->last.ended_ns);
    }
    seen->progress = info.progress;
    seen->ended = info.state != VJOB_JOB_RUNNING;
    if (seen->ended) CHECK(info.ended_ns >= info.started_ns);
    seen->last = info;
    return 1;
}

#endif
