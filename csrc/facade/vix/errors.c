/* From what the engine says to the codes of this API. */
#include "vix_internal.h"

#include <errno.h>

/* One row for each vjob_err, in its order. */
static const int codes[] = {
    VIX_OK,                                 /* OK */
    VIX_E_INVALID_ARG,                      /* EINVAL */
    VIX_E_INVALID_HANDLE,                   /* EBADHANDLE */
    VIX_E_NOT_SUPPORTED_ON_HANDLE_TYPE,     /* ETYPE */
    VIX_E_OUT_OF_MEMORY,                    /* ENOMEM */
    VIX_E_OUT_OF_MEMORY,                    /* ETHREAD */
    VIX_E_HOST_NOT_CONNECTED,               /* EINIT */
    VIX_E_NOT_SUPPORTED,                    /* EFORK */
    VIX_E_TIMEOUT_WAITING_FOR_TOOLS,        /* ETIMEDOUT: nothing else has a limit */
    VIX_E_UNFINISHED_JOB,                   /* EPENDING */
    VIX_E_FAIL,                             /* EDONE */
    VIX_E_CANCELLED,                        /* ECANCELLED */
    VIX_E_HOST_NOT_CONNECTED,               /* ECLOSED */
    VIX_E_FAIL,                             /* ECALLBACK */
    VIX_E_VM_NOT_RUNNING,                   /* ESTATE */
    VIX_E_OBJECT_IS_BUSY,                   /* EBUSY */
    VIX_E_VM_NOT_FOUND,                     /* ENOENT */
    VIX_E_ALREADY_EXISTS,                   /* EEXIST */
    VIX_E_AUTHENTICATION_FAIL,              /* EAUTH */
    VIX_E_CANNOT_CONNECT_TO_HOST,           /* ECONNECT */
    VIX_E_VM_INSUFFICIENT_HOST_MEMORY,      /* ERESOURCE */
    VIX_E_CANNOT_READ_VM_CONFIG,            /* EPARSE */
    VIX_E_FILE_ERROR,                       /* EIO */
    VIX_E_NOT_SUPPORTED,                    /* ENOTSUP */
    VIX_E_TOO_MANY_HANDLES,                 /* ELIMIT */
    VIX_E_TOOLS_NOT_RUNNING,                /* ENOTOOLS */
    VIX_E_ANON_GUEST_OPERATIONS_PROHIBITED, /* ENOLOGIN */
    VIX_E_FAIL,                             /* EINTERRUPT */
    VIX_E_FAIL,                             /* EFAILED */
};
_Static_assert(sizeof codes / sizeof *codes == VJOB_ERR_COUNT, "a row for each engine code");

VixError vix_error(vjob_err err)
{
    return (VixError)((unsigned)err < VJOB_ERR_COUNT ? codes[err] : VIX_E_FAIL);
}

/* Operations for which a code means something else than in the table above. */
static const struct {
    vjob_op op;
    vjob_err err;
    int code;
} special[] = {
    {VJOB_OP_START, VJOB_ESTATE, VIX_E_VM_IS_RUNNING},
    {VJOB_OP_DELETE, VJOB_ESTATE, VIX_E_VM_IS_RUNNING},
    {VJOB_OP_UNREGISTER, VJOB_ESTATE, VIX_E_VM_IS_RUNNING},
    {VJOB_OP_CLONE, VJOB_ESTATE, VIX_E_VM_IS_RUNNING},
    {VJOB_OP_CLONE, VJOB_EEXIST, VIX_E_FILE_ALREADY_EXISTS},
    {VJOB_OP_REGISTER, VJOB_ENOENT, VIX_E_NOT_FOUND},
    {VJOB_OP_REGISTER, VJOB_EEXIST, VIX_OK},
    {VJOB_OP_GUEST_LOGIN, VJOB_EAUTH, VIX_E_GUEST_USER_PERMISSIONS},
    {VJOB_OP_GUEST_RUN, VJOB_ENOENT, VIX_E_FILE_NOT_FOUND},
    {VJOB_OP_GUEST_RUN, VJOB_EAUTH, VIX_E_GUEST_USER_PERMISSIONS},
    {VJOB_OP_GUEST_RUN, VJOB_ENOMEM, VIX_E_PROGRAM_NOT_STARTED},
    {VJOB_OP_UPGRADE, VJOB_ESTATE, VIX_E_VM_IS_RUNNING},
};

/* Already as wanted: that is no failure here. */
static int is_as_wanted(vjob_op op, vjob_err err, const vjob_op_result *result)
{
    if (err != VJOB_ESTATE || !result) return 0;
    return (op == VJOB_OP_PAUSE && result->state == VJOB_VM_PAUSED) ||
           (op == VJOB_OP_CONTINUE && result->state == VJOB_VM_RUNNING);
}

static int needs_snapshot(vjob_op op)
{
    return op == VJOB_OP_SWITCH_SNAPSHOT || op == VJOB_OP_DELETE_SNAPSHOT || op == VJOB_OP_CLONE;
}

static int is_registered(vjob_vm *vm)
{
    vjob_vm_info info;
    vjob_vm_glance(vm, &info);
    return info.registered;
}

VixError vix_outcome_of(const vix_job *job, vjob_err err, const vjob_op_result *result)
{
    if (err == VJOB_OK || is_as_wanted(job->op, err, result)) return VIX_OK;
    if (err == VJOB_ENOENT && needs_snapshot(job->op) && job->vm && is_registered(job->vm->vm))
        return VIX_E_SNAPSHOT_NOTFOUND;
    if (err == VJOB_ENOENT && job->on_missing && !(job->vm && !is_registered(job->vm->vm)))
        return job->on_missing;
    if (err == VJOB_EEXIST && job->on_exists) return job->on_exists;
    if (err == VJOB_EIO && result && result->sys_errno) return vix_error_of_errno(result->sys_errno);
    for (size_t i = 0; i < sizeof special / sizeof *special; i++)
        if (special[i].op == job->op && special[i].err == err) return (VixError)special[i].code;
    return vix_error(err);
}

VixError vix_outcome(const vix_job *job, vjob_err err)
{
    const vjob_job *worker = job->inner ? &job->inner->job : &job->job;
    return vix_outcome_of(job, err, vjob_op_get_result((vjob_job *)worker));
}

/* ---- the guest's own errors ----------------------------------------------------------------------------- */

static const struct {
    int number, code;
} of_errno[] = {
    {EPERM, VIX_E_FILE_ACCESS_ERROR},
    {EACCES, VIX_E_FILE_ACCESS_ERROR},
    {ENOENT, VIX_E_FILE_NOT_FOUND},
    {ENODEV, VIX_E_FILE_NOT_FOUND},
    {EAGAIN, VIX_E_OBJECT_IS_BUSY},
    {EBUSY, VIX_E_OBJECT_IS_BUSY},
    {ENOSPC, VIX_E_DISK_FULL},
    {EEXIST, VIX_E_FILE_ALREADY_EXISTS},
    {EISDIR, VIX_E_NOT_A_FILE},
    {EFBIG, VIX_E_FILE_TOO_BIG},
    {ESRCH, VIX_E_NO_SUCH_PROCESS},
    {ENOTEMPTY, VIX_E_DIRECTORY_NOT_EMPTY},
    {ENAMETOOLONG, VIX_E_FILE_NAME_TOO_LONG},
    {ENOTDIR, VIX_E_NOT_A_DIRECTORY},
    {EINVAL, VIX_E_INVALID_ARG},
    {EMSGSIZE, VIX_E_INVALID_ARG},
    {EIO, VIX_E_FILE_ERROR},
    {EMFILE, VIX_E_FILE_ERROR},
    {ENFILE, VIX_E_FILE_ERROR},
    {EMLINK, VIX_E_FILE_ERROR},
    {EROFS, VIX_E_FILE_ERROR},
    {ETIMEDOUT, VIX_E_FILE_ERROR},
    {ENOBUFS, VIX_E_FILE_ERROR},
    {ENOMEM, VIX_E_OUT_OF_MEMORY},
    {ELOOP, VIX_E_OUT_OF_MEMORY},
};

VixError vix_error_of_errno(int number)
{
    if (!number) return VIX_OK;
    for (size_t i = 0; i < sizeof of_errno / sizeof *of_errno; i++)
        if (of_errno[i].number == number) return (VixError)of_errno[i].code;
    return VIX_E_FAIL;
}
