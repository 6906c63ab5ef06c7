/** change.h - telling everybody what happened: event log, native subscribers, observers. World. */
#ifndef VJOB_SIM_CHANGE_H
#define VJOB_SIM_CHANGE_H

#include "model.h"

/** Post a change; zero what does not matter. time_ns and seq are filled in, host from vm if NULL. */
void sim_post(vjob_change_info info);
/** The same for a VM, its present state, and the operation that caused it. */
void sim_post_vm(vjob_change change, vjob_vm *vm, vjob_op op, const char *text);
/** Put a VM into a state and tell. Does nothing if it is in it. */
void sim_change_state(vjob_vm *vm, vjob_vm_state state, vjob_op op);
/** The same when an operation is undone. */
void sim_change_back(vjob_vm *vm, vjob_vm_state state, vjob_op op);

#endif
