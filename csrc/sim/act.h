/** act.h - what the rows of the operation table do. World; see sim_op_row for the contract. */
#ifndef VJOB_SIM_ACT_H
#define VJOB_SIM_ACT_H

#include "operation.h"

/** A registered VM is gone, and everybody is told. */
void sim_vm_forget(vjob_vm *vm, vjob_op op);

#define SIM_ACT(name) vjob_err sim_act_##name(sim_op *op, sim_why *why)
#define SIM_UNDO(name) void sim_act_##name(sim_op *op)

/* act_power.c */
SIM_ACT(drop);
SIM_ACT(install_tools);
SIM_ACT(migrate_begin);
SIM_ACT(migrate);
/* act_snapshot.c */
SIM_ACT(snapshot_begin);
SIM_ACT(snapshot);
SIM_ACT(switch_begin);
SIM_ACT(switch);
SIM_ACT(delete_snapshot_begin);
SIM_ACT(delete_snapshot);
/* act_make.c */
SIM_ACT(create_begin);
SIM_ACT(clone_begin);
SIM_ACT(make);
SIM_UNDO(unmake);
SIM_ACT(configure_begin);
SIM_ACT(configure);
/* act_host.c */
SIM_ACT(register_begin);
SIM_ACT(register);
SIM_ACT(unregister);
SIM_ACT(delete);
SIM_ACT(login_begin);
SIM_ACT(list);
/* act_network.c */
SIM_ACT(network_create_begin);
SIM_ACT(network_create);
SIM_ACT(network_start_begin);
SIM_ACT(network_start);
SIM_ACT(network_stop_begin);
SIM_ACT(network_stop);
/* process.c */
SIM_ACT(guest_login_begin);
SIM_ACT(run_begin);
SIM_ACT(run);
SIM_UNDO(run_undo);
/* guest_copy.c */
SIM_ACT(copy);
SIM_UNDO(copy_undo);
/** Let its worker stop and end the op a little later: 1. Or 0: nobody has begun to copy. */
int sim_copy_stop(sim_op *op, vjob_err err);
void sim_copy_release(struct sim_copy *copy);

#endif
