/* act_hook.c - operations whose work is a hook of the caller's. */
#include "operation.h"

vjob_err vjob_op_act(vjob_vm *vm, vjob_op op, vjob_err (*act)(vjob_vm *vm, vjob_job *job, void *data),
                     void *data, vjob_job *job)
{
    if (!vm || !act || !job) return vjob_fail(VJOB_EINVAL, NULL, NULL, "vm, act or job is missing");
    if ((unsigned)op >= VJOB_OP_COUNT || !(sim_op_rows[op].flags & SIM_ROW_ACT))
        return vjob_fail(VJOB_EINVAL, vm->uuid, NULL,
                         "%s is no operation whose work the caller can bring along", vjob_op_name(op));
    sim_why why = {0};
    vjob_err err = sim_world_need(&why);
    if (err) return sim_fail(err, &why);
    sim_op *made = sim_op_new(op, vm, NULL);
    if (!made) return vjob_fail(VJOB_ENOMEM, vm->uuid, NULL, "no memory for %s", vjob_op_name(op));
    made->act = act;
    made->act_data = data;
    sim_op_launch(made, job);
    return VJOB_OK;
}
