/* What the engine says, in the words of this API. */
#include "prl_internal.h"

/* One row for each engine code, in its order. */
static const PRL_RESULT results[] = {
    PRL_ERR_SUCCESS,
    PRL_ERR_INVALID_ARG,                      /* EINVAL */
    PRL_ERR_INVALID_ARG,                      /* EBADHANDLE */
    PRL_ERR_INVALID_ARG,                      /* ETYPE */
    PRL_ERR_OUT_OF_MEMORY,                    /* ENOMEM */
    PRL_ERR_TRY_AGAIN,                        /* ETHREAD */
    PRL_ERR_API_WASNT_INITIALIZED,            /* EINIT */
    PRL_ERR_UNINITIALIZED,                    /* EFORK */
    PRL_ERR_TIMEOUT,                          /* ETIMEDOUT */
    PRL_ERR_OPERATION_PENDING,                /* EPENDING */
    PRL_ERR_TASK_NOT_FOUND,                   /* EDONE */
    PRL_ERR_OPERATION_WAS_CANCELED,           /* ECANCELLED */
    PRL_ERR_WS_DISP_CONNECTION_CLOSED,        /* ECLOSED */
    PRL_ERR_INVALID_ACTION_REQUESTED,         /* ECALLBACK */
    PRL_ERR_INVALID_ACTION_REQUESTED,         /* ESTATE */
    PRL_ERR_VM_LOCKED_FOR_INTERNAL_REASON,    /* EBUSY */
    PRL_ERR_VM_UUID_NOT_FOUND,                /* ENOENT */
    PRL_ERR_VM_ALREADY_REGISTERED,            /* EEXIST */
    PRL_ERR_AUTHENTICATION_FAILED,            /* EAUTH */
    PRL_ERR_CANT_CONNECT_TO_DISPATCHER,       /* ECONNECT */
    PRL_ERR_HYP_ALLOC_VMS_MEMORY,             /* ERESOURCE */
    PRL_ERR_PARSE_VM_CONFIG,                  /* EPARSE */
    PRL_ERR_OPERATION_FAILED,                 /* EIO */
    PRL_ERR_UNIMPLEMENTED,                    /* ENOTSUP */
    PRL_ERR_OUT_OF_MEMORY,                    /* ELIMIT */
    PRL_ERR_VM_EXEC_GUEST_TOOL_NOT_AVAILABLE, /* ENOTOOLS */
    PRL_ERR_VM_GUEST_SESSION_EXPIRED,         /* ENOLOGIN */
    PRL_ERR_TRY_AGAIN,                        /* EINTERRUPT */
    PRL_ERR_FAILURE,                          /* EFAILED */
};
_Static_assert(sizeof results / sizeof *results == VJOB_ERR_COUNT, "a row for each engine code");

PRL_RESULT prl_result(vjob_err err)
{
    return (unsigned)err < VJOB_ERR_COUNT ? results[err] : PRL_ERR_FAILURE;
}

/* Operations for which a code means something else than in the table above. */
static const struct {
    vjob_op op;
    vjob_err err;
    PRL_RESULT result;
} special[] = {
    {VJOB_OP_START, VJOB_ESTATE, PRL_ERR_FAILURE},
    {VJOB_OP_PAUSE, VJOB_ESTATE, PRL_ERR_FAILURE},
    {VJOB_OP_DELETE, VJOB_ESTATE, PRL_ERR_DISP_VM_IS_NOT_STOPPED},
    {VJOB_OP_UNREGISTER, VJOB_ESTATE, PRL_ERR_DISP_VM_IS_NOT_STOPPED},
    {VJOB_OP_CONFIGURE, VJOB_ESTATE, PRL_ERR_DISP_VM_IS_NOT_STOPPED},
    {VJOB_OP_CLONE, VJOB_ESTATE, PRL_ERR_DISP_VM_IS_NOT_STOPPED},
    {VJOB_OP_CONFIGURE, VJOB_EINVAL, PRL_ERR_VMCONF_VALIDATION_FAILED},
    {VJOB_OP_CREATE, VJOB_EINVAL, PRL_ERR_VMCONF_VALIDATION_FAILED},
    {VJOB_OP_CONFIGURE, VJOB_ERESOURCE, PRL_ERR_VMCONF_VALIDATION_FAILED},
    {VJOB_OP_CREATE, VJOB_ERESOURCE, PRL_ERR_VMCONF_VALIDATION_FAILED},
    {VJOB_OP_REGISTER, VJOB_ENOENT, PRL_ERR_VM_CONFIG_DOESNT_EXIST},
    {VJOB_OP_MIGRATE, VJOB_ESTATE, PRL_ERR_VM_MIGRATE_UNSUITABLE_VM_STATE},
    {VJOB_OP_MIGRATE, VJOB_EEXIST, PRL_ERR_VM_MIGRATE_VM_ALREADY_EXISTS_ON_TARGET},
    {VJOB_OP_MIGRATE, VJOB_ERESOURCE, PRL_ERR_VM_MIGRATE_OUT_OF_MEMORY_ON_TARGET},
    {VJOB_OP_GUEST_LOGIN, VJOB_EAUTH, PRL_ERR_VM_USER_AUTHENTICATION_FAILED},
    {VJOB_OP_GUEST_LOGIN, VJOB_ESTATE, PRL_ERR_DISP_VM_IS_NOT_STARTED},
    {VJOB_OP_GUEST_LOGOUT, VJOB_ESTATE, PRL_ERR_DISP_VM_IS_NOT_STARTED},
    {VJOB_OP_GUEST_RUN, VJOB_ESTATE, PRL_ERR_DISP_VM_IS_NOT_STARTED},
    {VJOB_OP_GUEST_RUN, VJOB_ENOENT, PRL_ERR_VM_EXEC_PROGRAM_NOT_FOUND},
    {VJOB_OP_SHUTDOWN, VJOB_ENOTOOLS, PRL_ERR_GUEST_TOOLS_NOT_INSTALLED},
    {VJOB_OP_RESTART, VJOB_ENOTOOLS, PRL_ERR_VM_RESTART_GUEST_FAILED},
};

/* A second operation on a VM is told what the first one is. */
static const struct {
    vjob_op busy;
    PRL_RESULT result;
} locked_for[] = {
    {VJOB_OP_CLONE, PRL_ERR_VM_LOCKED_FOR_CLONE},
    {VJOB_OP_DELETE, PRL_ERR_VM_LOCKED_FOR_DELETE},
    {VJOB_OP_UNREGISTER, PRL_ERR_VM_LOCKED_FOR_UNREGISTER},
    {VJOB_OP_CONFIGURE, PRL_ERR_VM_LOCKED_FOR_EDIT_COMMIT},
    {VJOB_OP_MIGRATE, PRL_ERR_VM_LOCKED_FOR_MIGRATE},
    {VJOB_OP_SNAPSHOT, PRL_ERR_VM_LOCKED_FOR_CREATE_SNAPSHOT},
    {VJOB_OP_SWITCH_SNAPSHOT, PRL_ERR_VM_LOCKED_FOR_SWITCH_TO_SNAPSHOT},
    {VJOB_OP_DELETE_SNAPSHOT, PRL_ERR_VM_LOCKED_FOR_DELETE_TO_SNAPSHOT},
};

static PRL_RESULT busy_with(vjob_op busy)
{
    for (size_t i = 0; i < sizeof locked_for / sizeof *locked_for; i++)
        if (locked_for[i].busy == busy) return locked_for[i].result;
    return PRL_ERR_VM_LOCKED_FOR_EXECUTE;
}

/* Power operations on a VM that has no running process are told so. */
static int needs_process(vjob_op op)
{
    return op == VJOB_OP_STOP || op == VJOB_OP_SHUTDOWN || op == VJOB_OP_RESET || op == VJOB_OP_RESTART ||
           op == VJOB_OP_SUSPEND;
}

static int touches_snapshot(vjob_op op)
{
    return op == VJOB_OP_SWITCH_SNAPSHOT || op == VJOB_OP_DELETE_SNAPSHOT;
}

PRL_RESULT prl_outcome_result(const prl_job *job, vjob_err err)
{
    const vjob_op_result *found = vjob_op_get_result((vjob_job *)&job->job);
    vjob_vm_info info = {.registered = 1};
    if (found && found->vm) vjob_vm_glance(found->vm, &info);
    if (err == VJOB_EEXIST && job->failure_of[0]) return job->failure_of[0];
    if (err == VJOB_ENOENT && job->failure_of[1]) return job->failure_of[1];
    if (err == VJOB_EBUSY) return busy_with(info.busy);
    if (err == VJOB_ENOENT && touches_snapshot(job->op) && info.registered)
        return PRL_ERR_VM_SNAPSHOT_NOT_FOUND;
    if (err == VJOB_ESTATE && found && found->vm && prl_vm_traits(found->vm).is_container) {
        const PRL_RESULT result = prl_container_result(job->op);
        if (result) return result;
    }
    if (err == VJOB_ESTATE && needs_process(job->op) && found &&
        (found->state == VJOB_VM_STOPPED || found->state == VJOB_VM_SUSPENDED))
        return PRL_ERR_DISP_VM_IS_NOT_STARTED;
    for (size_t i = 0; i < sizeof special / sizeof *special; i++)
        if (special[i].op == job->op && special[i].err == err) return special[i].result;
    return prl_result(err);
}
