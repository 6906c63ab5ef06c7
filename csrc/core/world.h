/**
 * world.h - what the core offers to the simulator: the world lock, timers, the event log, the seed.
 *
 * One lock, the world lock, guards the scheduler and everything the simulator owns. Code that holds it
 * never blocks, never waits for a job, never calls user code. Timers fire with the lock held, on
 * whichever thread drives the scheduler. References dropped under the lock are destroyed after it.
 */
#ifndef VJOB_CORE_WORLD_H
#define VJOB_CORE_WORLD_H

#include <vjob/host.h>
#include <vjob/vjob.h>

/** Not recursive. Unlocking wakes waiters and destroys what was released meanwhile. */
void vjob__world_lock(void);
void vjob__world_unlock(void);
/** 1 if the calling thread holds it (for assertions). */
int vjob__world_held(void);

/** The instant being processed: equal for everything that happens in one timer callback. world only */
uint64_t vjob__world_now(void);

/** A timer of work: at equal instants, work fires in the order in which it was set. Setting an already
 *  set timer moves it. due_ns in the past means now, and "now" still fires from the scheduler, never
 *  inside this call. Memory belongs to the caller, who cancels before freeing. world only */
void vjob__timer_init(vjob_timer *timer, void (*fire)(vjob_timer *timer));
void vjob__timer_set(vjob_timer *timer, uint64_t due_ns);
/** The same for a periodic source: alone it is no due instant for the auto clock (law 18). */
void vjob__timer_set_quiet(vjob_timer *timer, uint64_t due_ns);
/** 1 if it was set. */
int vjob__timer_cancel(vjob_timer *timer);
int vjob__timer_is_set(const vjob_timer *timer);

/** Write a line to the event log (if one is open) and return the event's sequence number; numbers are
 *  counted with or without a log. progress < 0: none. Any string may be NULL. world only */
uint64_t vjob__log(const char *operation, const char *object, const char *state, int progress);

/** VJOB_SEED. */
uint64_t vjob__seed(void);
/** A well-mixed number from seed, a salt and a string; the same in every run. */
uint64_t vjob__mix(uint64_t salt, const char *text);

/** Called by the engine once per start of the engine, before any API call goes on (no lock held):
 *  load the environment's inventory unless a world exists. Returns an error to refuse the start,
 *  having said why on stderr. Implemented by sim (weak default: nothing to do). */
vjob_err vjob__sim_start(void);
/** Called on vjob_sim_reset etc. by sim itself: forget all timers and start log/clock afresh.
 *  VJOB_EBUSY while an API holds the engine. No lock held. */
vjob_err vjob__world_restart(void);
/** Read the environment unless that was done: for control calls that come before the first start.
 *  VJOB_EINVAL. Not from vjob__sim_start, which comes after it. No lock held. */
vjob_err vjob__engine_configure(void);
/** 1 while any API holds the engine. */
int vjob__engine_in_use(void);

/** What vjob_sim_set_* hand on to the core; they win over the environment. No lock held. */
vjob_err vjob__set_clock(const char *spec);
vjob_err vjob__set_seed(uint64_t seed);
vjob_err vjob__set_trace(const char *path);
void vjob__flush_trace(void);

/** Native event source of the world: post to handlers of vjob_source_world and log in one step.
 *  Returns the sequence number. world only */
uint64_t vjob__world_event(const char *what, const char *object, const char *state, int progress,
                           uint64_t value);

#endif
