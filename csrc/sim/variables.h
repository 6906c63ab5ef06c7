/** variables.h - values that were written over those of the inventory and the configuration. World. */
#ifndef VJOB_SIM_VARIABLES_H
#define VJOB_SIM_VARIABLES_H

#include "model.h"

/** Counted; copied when a shared one is written. */
typedef struct sim_variables sim_variables;
sim_variables *sim_variables_retain(sim_variables *variables); /* NULL ok */
void sim_variables_release(sim_variables *variables);          /* NULL ok */

#define SIM_VARIABLES_ALL (1u << VJOB_VARIABLE_GUEST | 1u << VJOB_VARIABLE_CONFIG | 1u << VJOB_VARIABLE_ENV)
/** Forget the written values of these kinds (1 << kind). */
void sim_variables_drop(vjob_vm *vm, unsigned kinds);
/** The i-th variable of a guest's environment: name and value, borrowed until something is written. 0: no more */
int sim_variables_env(const vjob_vm *vm, size_t i, const char **out_name, const char **out_value);
/** The guest's address; "" while its tools do not run. */
void sim_guest_address(const vjob_vm *vm, char out[16]);

#endif
