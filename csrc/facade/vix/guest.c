/* Guests: waiting for the tools, logins. */
#include "vix_internal.h"

#include <stdlib.h>
#include <string.h>

#define NS_PER_S 1000000000ull

/* ---- waiting for tools ---------------------------------------------------------------------------------- */

/* How the wait ends for a VM that is as it is; VJOB_EPENDING: it goes on. */
static vjob_err verdict(vjob_vm *vm)
{
    vjob_vm_info info;
    vjob_vm_glance(vm, &info);
    if (!info.registered) return VJOB_ENOENT;
    switch (info.state) {
    case VJOB_VM_STOPPED:
    case VJOB_VM_SUSPENDED:
    case VJOB_VM_PAUSED:
    case VJOB_VM_STOPPING:
    case VJOB_VM_SUSPENDING: return VJOB_ESTATE;
    default: break;
    }
    if (info.tools == VJOB_TOOLS_NOT_INSTALLED) return VJOB_ENOTOOLS;
    return info.tools == VJOB_TOOLS_RUNNING && info.state == VJOB_VM_RUNNING ? VJOB_OK : VJOB_EPENDING;
}

/* Take one of a VM's jobs (or `only` that one) off the list; with the list's reference. */
static vix_job *take(vix_host *host, const vjob_vm *vm, const vix_job *only)
{
    vjob_obj_lock(&host->obj);
    vix_job **at = &host->waiting;
    while (*at && *at != only && (only || (*at)->vm->vm != vm)) at = &(*at)->next;
    vix_job *job = *at;
    if (job) *at = job->next;
    vjob_obj_unlock(&host->obj);
    return job;
}

static int nobody_waits(vix_host *host)
{
    vjob_obj_lock(&host->obj);
    const int nobody = !host->waiting;
    vjob_obj_unlock(&host->obj);
    return nobody;
}

void vix_on_change(const vjob_change_info *change, void *data)
{
    vix_host *host = data;
    vix_job *job;
    if (change->change != VJOB_CHANGE_TOOLS && change->change != VJOB_CHANGE_STATE &&
        change->change != VJOB_CHANGE_DELETED && change->change != VJOB_CHANGE_REMOVED)
        return;
    if (nobody_waits(host)) return;
    const vjob_err err = change->vm ? verdict(change->vm) : VJOB_EPENDING;
    while (err != VJOB_EPENDING && (job = take(host, change->vm, NULL))) {
        vjob_job_end_world(vix_job_worker(job), err);
        vjob_obj_release(&job->job.obj);
    }
}

void vix_wait_is_over(vix_job *job)
{
    vix_job *taken = job->waiting_work.cancel ? take(job->member.host, NULL, job) : NULL;
    if (taken) vjob_obj_release(&taken->job.obj);
}

static void stop_waiting(vjob_work *work, vjob_job *worker)
{
    (void)work;
    vjob_job_end_world(worker, VJOB_ECANCELLED);
}

static void join_list(vix_job *job)
{
    vix_host *host = job->member.host;
    vjob_obj_retain(&job->job.obj);
    vjob_obj_lock(&host->obj);
    job->next = host->waiting;
    host->waiting = job;
    vjob_obj_unlock(&host->obj);
}

/* The deadline first: what ends the job must find everything in its place. */
static void wait_for_tools(vix_job *job, int seconds)
{
    vjob_job *worker = vix_job_worker(job);
    vjob_err err = verdict(job->vm->vm);
    if (err != VJOB_EPENDING) {
        vjob_job_end_later(worker, 0, err);
        return;
    }
    job->waiting_work.cancel = stop_waiting;
    vjob_job_set_work(worker, &job->waiting_work);
    if (seconds > 0) vjob_job_end_later(worker, (uint64_t)seconds * NS_PER_S, VJOB_ETIMEDOUT);
    join_list(job);
    err = verdict(job->vm->vm);
    if (err == VJOB_EPENDING && vjob_job_get_state(worker) == VJOB_JOB_RUNNING) return;
    vjob_job_end(worker, err); /* it came in between */
    vix_wait_is_over(job);
}

VixHandle VixVM_WaitForToolsInGuest(VixHandle vmHandle, int timeoutInSeconds, VixEventProc *callbackProc,
                                    void *clientData)
{
    VIX_ASYNC(call, vmHandle, VIX_HANDLETYPE_VM, callbackProc, clientData);
    vix_job *job = vix_call_job(&call, VJOB_OP_NONE);
    if (!job) return VIX_INVALID_HANDLE;
    vix_begin_work(job);
    if (job->forced)
        vjob_job_end_later(vix_job_worker(job), 0, VJOB_EFAILED);
    else
        wait_for_tools(job, timeoutInSeconds);
    return vix_job_return(job);
}

/* ---- logins ------------------------------------------------------------------------------------------------ */

VixError vix_guest_ready(const vix_vm *vm, vjob_vm_info *out)
{
    const VixError error = vix_vm_look(vm, out);
    if (error) return error;
    if (out->state != VJOB_VM_RUNNING) return VIX_E_VM_NOT_RUNNING;
    return out->tools == VJOB_TOOLS_RUNNING ? VIX_OK : VIX_E_TOOLS_NOT_RUNNING;
}

/* A key of the vmx file can forbid what needs a login (G9). */
static VixError check_allowed(const vix_vm *vm)
{
    char *value = NULL;
    const vjob_err err = vjob_vm_get_variable(vm->vm, VJOB_VARIABLE_CONFIG, "guest.commands.enabled", &value);
    const int forbidden = !err && strcasecmp(value, "false") == 0;
    vjob_sim_free(value);
    return err ? vix_error(err) : forbidden ? VIX_E_GUEST_OPERATIONS_PROHIBITED : VIX_OK;
}

VixError vix_need_login(vix_vm *vm, char **out_user)
{
    vjob_vm_info info;
    *out_user = NULL;
    VixError error = vix_guest_ready(vm, &info);
    if (!error) error = check_allowed(vm);
    if (error) return error;
    vjob_obj_lock(&vm->obj);
    const int here = vm->user && vm->login_start == info.started_ns;
    char *user = here ? strdup(vm->user) : NULL;
    vjob_obj_unlock(&vm->obj);
    *out_user = user;
    return !here ? VIX_E_ANON_GUEST_OPERATIONS_PROHIBITED : user ? VIX_OK : VIX_E_OUT_OF_MEMORY;
}

/* A login that failed ends the one before (G6). */
static int logged_in(vix_job *job)
{
    vjob_vm_info info;
    vjob_vm_look(job->vm->vm, &info);
    vix_vm_forget_login(job->vm);
    vjob_obj_lock(&job->vm->obj);
    job->vm->user = job->note;
    job->vm->login_start = info.started_ns;
    vjob_obj_unlock(&job->vm->obj);
    job->note = NULL;
    return 1;
}

static int is_special(const char *user)
{
    return strcmp(user, VIX_ANONYMOUS_USER_NAME) == 0 || strcmp(user, VIX_ADMINISTRATOR_USER_NAME) == 0 ||
           strcmp(user, VIX_CONSOLE_USER_NAME) == 0;
}

static VixError check_console(const vix_vm *vm, const char *user)
{
    char console[64];
    vjob_guest_console_user(vm->vm, console, sizeof console);
    if (!console[0]) return VIX_E_INTERACTIVE_SESSION_NOT_PRESENT;
    return strcmp(console, user) == 0 ? VIX_OK : VIX_E_INTERACTIVE_SESSION_USER_MISMATCH;
}

static VixError check_login(const vix_vm *vm, const char *user, const char *password, int options)
{
    vjob_vm_info info;
    VixError error = vix_guest_ready(vm, &info);
    if (!error) error = check_allowed(vm);
    if (!error) error = vix_need_text(user);
    if (!error) error = vix_check_text(password);
    if (error) return error;
    VIX_NEED(VIX_ONLY(options, VIX_LOGIN_IN_GUEST_REQUIRE_INTERACTIVE_ENVIRONMENT));
    if (is_special(user)) return VIX_E_GUEST_USER_PERMISSIONS;
    if (strncmp(info.os, "win", 3) == 0 && (!password || !*password))
        return VIX_E_EMPTY_PASSWORD_NOT_ALLOWED_IN_GUEST;
    return options ? check_console(vm, user) : VIX_OK;
}

VixHandle VixVM_LoginInGuest(VixHandle vmHandle, const char *userName, const char *password, int options,
                             VixEventProc *callbackProc, void *clientData)
{
    VIX_ASYNC(call, vmHandle, VIX_HANDLETYPE_VM, callbackProc, clientData);
    VIX_ASYNC_CHECK(call, check_login(call.vm, userName, password, options));
    vix_vm_forget_login(call.vm);
    call.note = strdup(userName);
    VIX_ASYNC_CHECK(call, call.note ? VIX_OK : (VixError)VIX_E_OUT_OF_MEMORY);
    call.done = logged_in;
    vjob_op_request request = {.op = VJOB_OP_GUEST_LOGIN, .name = userName, .text = password};
    return vix_call_start(&call, &request);
}

static int logged_out(vix_job *job)
{
    vix_vm_forget_login(job->vm);
    return 1;
}

VixHandle VixVM_LogoutFromGuest(VixHandle vmHandle, VixEventProc *callbackProc, void *clientData)
{
    VIX_ASYNC(call, vmHandle, VIX_HANDLETYPE_VM, callbackProc, clientData);
    call.done = logged_out;
    vjob_op_request request = {.op = VJOB_OP_GUEST_LOGOUT};
    return vix_call_start(&call, &request);
}
