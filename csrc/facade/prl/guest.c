/* Inside guests: sessions and programs. */
#include "prl_internal.h"

#include <stdlib.h>
#include <string.h>

/* ---- sessions --------------------------------------------------------------------------------- */

static vjob_obj *session_new(prl_vm *vm)
{
    prl_record *session = prl_record_new(PHT_VM_GUEST_SESSION);
    if (session) session->owner = vjob_obj_retain(&vm->obj);
    return (vjob_obj *)session;
}

/* The guest's administrator, or whoever sits at its screen, is known by a fixed word and needs no password. */
static int is_trusted(const char *user)
{
    return !strcmp(user, PRL_PRIVILEGED_GUEST_OS_SESSION) || !strcmp(user, PRL_CURRENT_GUEST_OS_SESSION);
}

static PRL_HANDLE log_in(prl_call *call, PRL_CONST_STR user, PRL_CONST_STR password)
{
    vjob_op_request request = {.op = VJOB_OP_GUEST_LOGIN, .name = user, .text = password};
    request.flags = is_trusted(user) ? VJOB_OPF_TRUSTED : 0;
    return prl_call_start(call, &request);
}

PRL_ASYNC_METHOD(PrlVm_LoginInGuest)
(PRL_HANDLE hVm, PRL_CONST_STR sUserName, PRL_CONST_STR sUserPassword, PRL_UINT32 nFlags)
{
    PRL_ASYNC(call, hVm, PHT_VIRTUAL_MACHINE, PJOC_VM_LOGIN_IN_GUEST);
    PRL_UNUSED_PARAM(nFlags);
    PRL_ASYNC_NEED(call, sUserName);
    call.outcome = PRL_OUTCOME_OBJECT;
    call.object = session_new(call.vm);
    if (!call.object) call.forced = PRL_ERR_OUT_OF_MEMORY;
    return log_in(&call, sUserName, sUserPassword);
}

PRL_ASYNC_METHOD(PrlVm_AuthWithGuestSecurityDb)
(PRL_HANDLE hVm, PRL_CONST_STR sUserName, PRL_CONST_STR sUserPassword, PRL_UINT32 nFlags)
{
    PRL_ASYNC(call, hVm, PHT_VIRTUAL_MACHINE, PJOC_VM_AUTH_WITH_GUEST_SECURITY_DB);
    PRL_UNUSED_PARAM(nFlags);
    PRL_ASYNC_NEED(call, sUserName && sUserPassword);
    return log_in(&call, sUserName, sUserPassword);
}

/* Passwords are the inventory's: a running guest takes the request, and that is all. */
PRL_ASYNC_METHOD(PrlVm_SetUserPasswd)
(PRL_HANDLE hVm, PRL_CONST_STR sUserName, PRL_CONST_STR sUserPasswd, PRL_UINT32 nFlags)
{
    PRL_ASYNC(call, hVm, PHT_VIRTUAL_MACHINE, PJOC_VM_GUEST_SET_USER_PASSWD);
    PRL_UNUSED_PARAM(nFlags);
    PRL_ASYNC_NEED(call, sUserName && sUserPasswd);
    return log_in(&call, PRL_PRIVILEGED_GUEST_OS_SESSION, NULL);
}

PRL_ASYNC_METHOD(PrlVmGuest_SetUserPasswd)
(PRL_HANDLE hVmGuest, PRL_CONST_STR sUserName, PRL_CONST_STR sUserPasswd, PRL_UINT32 nFlags)
{
    PRL_ASYNC(call, hVmGuest, PHT_VM_GUEST_SESSION, PJOC_VM_GUEST_SET_USER_PASSWD);
    PRL_UNUSED_PARAM(nFlags);
    PRL_ASYNC_NEED(call, sUserName && sUserPasswd);
    return log_in(&call, PRL_PRIVILEGED_GUEST_OS_SESSION, NULL);
}

PRL_ASYNC_METHOD(PrlVmGuest_Logout)(PRL_HANDLE hVmGuest, PRL_UINT32 nReserved)
{
    PRL_ASYNC(call, hVmGuest, PHT_VM_GUEST_SESSION, PJOC_VM_GUEST_LOGOUT);
    PRL_UNUSED_PARAM(nReserved);
    vjob_op_request request = {.op = VJOB_OP_GUEST_LOGOUT};
    return prl_call_start(&call, &request);
}

/* ---- programs --------------------------------------------------------------------------------- */

/* A delivery thread: the program has ended; its output comes before everything that tells so. */
static void write_output(void *owner, const vjob_handler *handler, vjob_item *item)
{
    prl_job *job = owner;
    const vjob_op_result *found = vjob_op_get_result(&job->job);
    PRL_UNUSED_PARAM(handler);
    PRL_UNUSED_PARAM(item);
    if (found && found->out_size)
        vjob_fd_write(job->output, found->out, found->out_size); /* when nobody reads it, it is gone */
    __atomic_store_n(&job->writing, 0, __ATOMIC_RELEASE);
    vjob_job_wake(&job->job);
    prl_job_tell(job);
}

static const vjob_channel_ops writer_ops = {.deliver = write_output};

static void no_handler(void) {}

static int prepare_output(prl_job *job, PRL_FILE_DESC output)
{
    const vjob_handler handler = {.fn = no_handler};
    job->writer = vjob_channel_create(VJOB_SPACE_PRL, &writer_ops, job);
    job->output = output;
    job->writing = 1;
    return job->writer && !vjob_channel_add(job->writer, &handler, NULL);
}

static vjob_err run(prl_job *job, const vjob_guest_program *program)
{
    vjob_vm *vm = prl_vm_get(job->vm);
    if (!vm) job->forced = PRL_ERR_VM_UUID_NOT_FOUND;
    const vjob_err err =
        job->forced ? vjob_job_end_later(&job->job, 0, VJOB_EFAILED) : vjob_guest_run(vm, program, &job->job);
    if (vm) vjob_vm_release(vm);
    return err;
}

static PRL_HANDLE start(prl_call *call, const vjob_guest_program *program, PRL_FILE_DESC output)
{
    if (output >= 0) call->kind = &prl_run_kind;
    prl_job *job = prl_call_job(call, VJOB_OP_GUEST_RUN);
    if (!job) return PRL_INVALID_HANDLE;
    if (output >= 0 && !prepare_output(job, output)) job->forced = PRL_ERR_OUT_OF_MEMORY;
    prl_job_refused(job, run(job, program));
    return prl_job_return(job);
}

/* An optional list of strings as an array. 0: the handle is wrong, or out of memory. */
static int strings_of(PRL_HANDLE h, char ***out)
{
    prl_pin pin;
    *out = NULL;
    if (h == PRL_INVALID_HANDLE) return 1;
    if (!prl_resolve(h, PHT_STRINGS_LIST, &pin)) *out = prl_strings_array(pin.obj);
    prl_unpin(&pin);
    return *out != NULL;
}

PRL_ASYNC_METHOD(PrlVmGuest_RunProgram)
(PRL_HANDLE hVmGuest, PRL_CONST_STR sAppName, PRL_HANDLE hArgsList, PRL_HANDLE hEnvsList, PRL_UINT32 nFlags,
 PRL_FILE_DESC nStdin, PRL_FILE_DESC nStdout, PRL_FILE_DESC nStderr)
{
    char **args = NULL, **envs = NULL;
    PRL_ASYNC(call, hVmGuest, PHT_VM_GUEST_SESSION, PJOC_VM_GUEST_RUN_PROGRAM);
    PRL_UNUSED_PARAM(nStderr); /* a guest program writes both into one stream */
    PRL_ASYNC_NEED(call, sAppName);
    if (!strings_of(hArgsList, &args) || !strings_of(hEnvsList, &envs)) {
        prl_strings_free(args);
        return prl_call_fail(&call, PRL_ERR_INVALID_ARG);
    }
    vjob_guest_program program = {.path = sAppName};
    program.args = (const char *const *)args;
    program.env = (const char *const *)envs;
    program.detach = (nFlags & PRPM_RUN_PROGRAM_AND_RETURN_IMMEDIATELY) != 0;
    char *input;
    const vjob_err unread = vjob_fd_read_ready(nStdin, &input, &program.input_size);
    program.input = input; /* a program that would read on gets the end of its input */
    call.forced = prl_result(unread);
    call.outcome = PRL_OUTCOME_EXIT;
    const PRL_HANDLE job = start(&call, &program, nStdout);
    free(input);
    prl_strings_free(args);
    prl_strings_free(envs);
    return job;
}
