/**
 * outside.h - programs of guests that run outside of the world: by a hook, or really.
 *
 * Such a program has a job of its own, whose body runs on a worker thread. It holds the process only through
 * outside->process: a process that ends before it forgets it, and a real program is killed then. World,
 * unless it says otherwise.
 */
#ifndef VJOB_SIM_OUTSIDE_H
#define VJOB_SIM_OUTSIDE_H

#include "shell.h"

typedef struct sim_outside sim_outside;

/** Would anybody outside run programs? */
int sim_outside_is_used(void);
/** Run a command outside: SIM_RUN_LATER, or how it failed. SIM_RUN_NONE: nobody is there. */
sim_run sim_outside_run(sim_command *command);
#define SIM_RUN_NONE INT64_C(0x100000003)
/** The process ends: nothing comes back to it. */
void sim_outside_leave(sim_process *process);
/** No hook, no real programs any more. Takes the lock itself. */
void sim_outside_reset(void);

#endif
