/* Processes: created, opened, ended, asked and told. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hcs_process.h"

/* ---- handles ------------------------------------------------------------------------------------------------ */

static void leave(hcs_process *process)
{
    vjob_obj_lock(&hcs_root.obj);
    hcs_sinks_take(&process->sink);
    vjob_obj_unlock(&hcs_root.obj);
}

static void destroy(vjob_obj *obj)
{
    hcs_process *process = (hcs_process *)obj;
    leave(process);
    hcs_sink_free(&process->sink);
    hcs_run_release(process->run);
    hcs_owe(&process->holds);
}

static void describe(vjob_obj *obj, char *out, size_t cap)
{
    const hcs_run *run = ((hcs_process *)obj)->run;
    vjob_obj_lock(&hcs_root.obj);
    const uint32_t pid = run->pid;
    vjob_obj_unlock(&hcs_root.obj);
    snprintf(out, cap, "%s, process %u", run->machine->id, pid);
}

const vjob_class hcs_process_class = {"HCS_PROCESS", VJOB_SPACE_HCS, HCS_TYPE_PROCESS, destroy, describe};

hcs_sink *hcs_process_sink(hcs_process *process)
{
    return &process->sink;
}

void hcs_process_give_pipes(hcs_process *process, HANDLE out[3])
{
    hcs_run_give_pipes(process->run, out);
}

vjob_job *hcs_process_exit_job(hcs_process *process)
{
    return process->run->exit;
}

HRESULT hcs_process_new(hcs_run *run, int has_pipes, hcs_process **out)
{
    vjob_handle handle;
    *out = NULL;
    hcs_process *process = (hcs_process *)vjob_obj_new(&hcs_process_class, sizeof *process);
    if (!process) return E_OUTOFMEMORY;
    process->run = run;
    vjob_obj_retain(&run->obj);
    process->has_pipes = has_pipes;
    hcs_sink_init(&process->sink, &process->obj);
    const HRESULT result = hcs_name(&process->obj, &process->holds, &handle);
    if (FAILED(result)) {
        vjob_obj_release(&process->obj);
        return result;
    }
    vjob_obj_lock(&hcs_root.obj);
    hcs_sinks_add(&run->sinks, &process->sink);
    vjob_obj_unlock(&hcs_root.obj);
    *out = process;
    return S_OK;
}

void HcsCloseProcess(HCS_PROCESS process)
{
    hcs_pin pin;
    if (SUCCEEDED(hcs_enter(process, &hcs_process_class, &pin))) {
        hcs_process *closed = (hcs_process *)pin.obj;
        if (!__atomic_exchange_n(&closed->closed, 1, __ATOMIC_ACQ_REL)) {
            vjob_name_end(closed->obj.name);
            hcs_sink_close(&closed->sink);
            leave(closed);
            if (closed->has_pipes) hcs_run_drop_pipes(closed->run);
            hcs_owe(&closed->holds);
        }
    }
    hcs_unpin(&pin);
    hcs_settle();
}

HRESULT HcsSetProcessCallback(HCS_PROCESS process, HCS_EVENT_OPTIONS callbackOptions, void *context,
                              HCS_EVENT_CALLBACK callback)
{
    HCS_PIN pin = {0};
    HCS_TRY(hcs_enter(process, &hcs_process_class, &pin));
    HCS_NEED(!((unsigned)callbackOptions & ~7u));
    return hcs_sink_set(&((hcs_process *)pin.obj)->sink, callbackOptions, context, callback);
}

HRESULT HcsWaitForProcessExit(HCS_PROCESS process, DWORD timeoutMs, PWSTR *result)
{
    HCS_PIN pin = {0};
    if (result) *result = NULL;
    HCS_TRY((timeoutMs ? hcs_enter : hcs_enter_poll)(process, &hcs_process_class, &pin));
    hcs_run *run = ((hcs_process *)pin.obj)->run;
    HCS_TRY(hcs_wait(run->exit, timeoutMs));
    char *status = hcs_run_status(run);
    const HRESULT given = status ? hcs_give_text(status, result) : E_OUTOFMEMORY;
    free(status);
    return given;
}

/* ---- creating ------------------------------------------------------------------------------------------------ */

static int has_command(const json_t *p)
{
    return *hcs_text_at(p, "CommandLine") || *hcs_text_at(p, "ApplicationName") ||
           json_array_size(hcs_at(p, "CommandArgs"));
}

/* A VM runs programs for those only who have a connection to its guest. */
static int has_guest(hcs_machine *machine)
{
    return machine->is_container || hcs_machine_has(machine, "VirtualMachine.GuestConnection");
}

static void check_and_start(hcs_call *call, hcs_run *run, const json_t *p, const hcs_why *why)
{
    const HRESULT live = hcs_machine_check_live(call->machine);
    if (FAILED(why->result))
        hcs_call_fail_why(call, why);
    else if (FAILED(live))
        hcs_call_fail(call, live, "the compute system does not run any more");
    else if (hcs_machine_phase(call->machine) != HCS_PHASE_RUNNING)
        hcs_call_fail(call, HCS_E_INVALID_STATE, "the compute system does not run");
    else if (!has_guest(call->machine))
        hcs_call_fail(call, HCS_E_SYSTEM_NOT_CONFIGURED_FOR_OPERATION,
                      "VirtualMachine.GuestConnection: there is none");
    else
        hcs_run_start(run, p, call);
}

/* The process that never was has exited: who waits for it goes on. */
static void not_created(hcs_call *call)
{
    hcs_run *run = call->note;
    vjob_obj_lock(&hcs_root.obj);
    run->exited = 1;
    vjob_obj_unlock(&hcs_root.obj);
    vjob_job_end_world(run->exit, VJOB_OK);
}

static void free_run(void *note)
{
    hcs_run_release(note);
}

static HRESULT begin(hcs_on_system *on, HCS_SYSTEM system, HCS_OPERATION operation, const json_t *p,
                     hcs_process **process)
{
    HCS_TRY(hcs_enter(system, &hcs_system_class, &on->pin));
    on->system = (hcs_system *)on->pin.obj;
    on->machine = on->system->machine;
    hcs_run *run = hcs_run_new(on->machine, p);
    HRESULT result = run ? hcs_process_new(run, 1, process) : E_OUTOFMEMORY;
    const hcs_start start = {.function = "HcsCreateProcess",
                             .type = HcsOperationTypeCreateProcess,
                             .machine = on->machine,
                             .system = on->system};
    if (SUCCEEDED(result)) result = hcs_call_begin(&start, operation, &on->call);
    if (SUCCEEDED(result)) {
        on->call->process = *process;
        vjob_obj_retain(&(*process)->obj);
        on->call->note = run; /* with the reference */
        on->call->free_note = free_run;
        on->call->failed = not_created;
        return S_OK;
    }
    if (*process) {
        hcs_unname(&(*process)->obj, &(*process)->holds);
        vjob_obj_release(&(*process)->obj);
        *process = NULL;
    }
    hcs_run_release(run);
    return result;
}

static json_t *read_parameters(PCWSTR text, hcs_why *why)
{
    char *narrow;
    json_t *read = NULL;
    const HRESULT result = hcs_narrow(text, &narrow);
    if (FAILED(result))
        hcs_say(why, result == E_INVALIDARG ? HCS_E_INVALID_JSON : result,
                "$: the text is too long, or no Unicode");
    else if (SUCCEEDED(hcs_read(narrow, "ProcessParameters", &read, why)) && !has_command(read))
        hcs_say(why, HCS_E_INVALID_JSON, "CommandLine: missing, and so is CommandArgs");
    free(narrow);
    return read;
}

HRESULT HcsCreateProcess(HCS_SYSTEM computeSystem, PCWSTR processParameters, HCS_OPERATION operation,
                         const SECURITY_DESCRIPTOR *securityDescriptor, HCS_PROCESS *process)
{
    HCS_ON_SYSTEM on = {0};
    hcs_why why = {0};
    hcs_process *made = NULL;
    if (process) *process = NULL;
    HCS_NEED(processParameters && process && !securityDescriptor);
    json_t *p = read_parameters(processParameters, &why);
    const HRESULT result = begin(&on, computeSystem, operation, p, &made);
    if (SUCCEEDED(result)) {
        *process = hcs_handle(&made->obj);
        check_and_start(on.call, made->run, p, &why);
        vjob_obj_release(&made->obj);
    }
    json_decref(p);
    return result;
}

/* ---- opening -------------------------------------------------------------------------------------------------- */

static hcs_run *find_run(hcs_machine *machine, uint32_t pid)
{
    vjob_obj_lock(&hcs_root.obj);
    hcs_run *run = machine->runs;
    while (run && !(run->pid == pid && pid)) run = run->next;
    if (run && !vjob_obj_try_retain(&run->obj)) run = NULL;
    vjob_obj_unlock(&hcs_root.obj);
    return run;
}

HRESULT HcsOpenProcess(HCS_SYSTEM computeSystem, DWORD processId, DWORD requestedAccess, HCS_PROCESS *process)
{
    HCS_PIN pin = {0};
    hcs_process *made = NULL;
    (void)requestedAccess;
    if (process) *process = NULL;
    HCS_NEED(process);
    HCS_TRY(hcs_enter(computeSystem, &hcs_system_class, &pin));
    hcs_machine *machine = ((hcs_system *)pin.obj)->machine;
    HCS_TRY(hcs_machine_check_live(machine));
    hcs_run *run = find_run(machine, processId);
    if (!run) return HRESULT_FROM_WIN32(ERROR_NOT_FOUND);
    const HRESULT result = hcs_process_new(run, 0, &made);
    if (SUCCEEDED(result)) {
        *process = hcs_handle(&made->obj);
        vjob_obj_release(&made->obj);
    }
    hcs_run_release(run);
    return result;
}

/* ---- calls on a process ------------------------------------------------------------------------------------------ */

typedef struct on_process {
    hcs_pin pin;
    hcs_process *process;
    hcs_run *run;
    hcs_call *call;
} on_process;

static void on_process_end(on_process *on)
{
    hcs_call_release(on->call);
    hcs_unpin(&on->pin);
}
#define ON_PROCESS __attribute__((cleanup(on_process_end))) on_process

static HRESULT on_process_begin(on_process *on, const char *function, HCS_OPERATION_TYPE type,
                                HCS_PROCESS process, HCS_OPERATION operation)
{
    *on = (on_process){0};
    HCS_TRY(hcs_enter(process, &hcs_process_class, &on->pin));
    on->process = (hcs_process *)on->pin.obj;
    on->run = on->process->run;
    const hcs_start start = {
        .function = function, .type = type, .machine = on->run->machine, .process = on->process};
    return hcs_call_begin(&start, operation, &on->call);
}

/* 0: the call has failed. */
static int still_runs(on_process *on)
{
    if (!hcs_run_has_exited(on->run)) return 1;
    hcs_call_fail(on->call, HCS_E_PROCESS_ALREADY_STOPPED, "the process has ended");
    return 0;
}

/* World. */
static vjob_err kill_it(vjob_vm *vm, vjob_job *job, void *data)
{
    hcs_run *run = data;
    hcs_call *call = (hcs_call *)job;
    if (vjob_guest_kill(vm, NULL, run->pid) != ESRCH) return VJOB_OK;
    call->forced = HCS_E_PROCESS_ALREADY_STOPPED;
    return VJOB_ENOENT;
}

static void end_process(on_process *on)
{
    if (!still_runs(on)) return;
    on->call->note = on->run;
    vjob_obj_retain(&on->run->obj);
    on->call->free_note = free_run;
    const vjob_err err =
        vjob_op_act(on->run->machine->vm, VJOB_OP_GUEST_PROCESS, kill_it, on->run, &on->call->job);
    if (err) hcs_call_fail(on->call, hcs_result_of(err), "the process cannot be ended");
}

HRESULT HcsTerminateProcess(HCS_PROCESS process, HCS_OPERATION operation, PCWSTR options)
{
    ON_PROCESS on = {0};
    json_t *read;
    HCS_TRY(on_process_begin(&on, __func__, HcsOperationTypeSignalProcess, process, operation));
    if (!hcs_call_options(on.call, options, "Options", &read)) return S_OK;
    json_decref(read);
    end_process(&on);
    return S_OK;
}

/* No program here has a handler: each signal ends it. */
HRESULT HcsSignalProcess(HCS_PROCESS process, HCS_OPERATION operation, PCWSTR options)
{
    ON_PROCESS on = {0};
    json_t *read;
    HCS_TRY(on_process_begin(&on, __func__, HcsOperationTypeSignalProcess, process, operation));
    if (!hcs_call_options(on.call, options, "SignalProcessOptions", &read)) return S_OK;
    json_decref(read);
    end_process(&on);
    return S_OK;
}

HRESULT HcsGetProcessInfo(HCS_PROCESS process, HCS_OPERATION operation)
{
    ON_PROCESS on = {0};
    HCS_TRY(on_process_begin(&on, __func__, HcsOperationTypeGetProcessInfo, process, operation));
    if (!still_runs(&on)) return S_OK;
    vjob_obj_lock(&hcs_root.obj);
    on.call->info.pid = on.run->pid;
    vjob_obj_unlock(&hcs_root.obj);
    if (on.process->has_pipes && on.call->info.pid)
        hcs_call_finish(on.call);
    else
        hcs_call_fail(on.call, HCS_E_PROCESS_INFO_NOT_AVAILABLE, "this handle has nothing to tell");
    return S_OK;
}

HRESULT HcsGetProcessProperties(HCS_PROCESS process, HCS_OPERATION operation, PCWSTR propertyQuery)
{
    ON_PROCESS on = {0};
    json_t *read;
    HCS_TRY(on_process_begin(&on, __func__, HcsOperationTypeGetProcessProperties, process, operation));
    if (!hcs_call_options(on.call, propertyQuery, "Options", &read)) return S_OK;
    json_decref(read);
    hcs_call_answer(on.call, hcs_run_status(on.run));
    return S_OK;
}

HRESULT HcsModifyProcess(HCS_PROCESS process, HCS_OPERATION operation, PCWSTR settings)
{
    ON_PROCESS on = {0};
    json_t *read;
    HCS_NEED(settings);
    HCS_TRY(on_process_begin(&on, __func__, HcsOperationTypeModifyProcess, process, operation));
    if (!hcs_call_options(on.call, settings, "ProcessModifyRequest", &read)) return S_OK;
    const char *operation_name = hcs_text_at(read, "Operation");
    const char *which = hcs_text_at(read, "CloseHandle.Handle");
    if (!*which) which = hcs_text_at(read, "Handle"); /* clients put it there as well */
    if (!*operation_name || (strcmp(operation_name, "CloseHandle") == 0 && !*which)) {
        hcs_call_fail(on.call, HCS_E_INVALID_JSON,
                      *operation_name ? "CloseHandle.Handle: missing" : "Operation: missing");
    } else if (still_runs(&on)) {
        if (*which) hcs_run_close_pipe(on.run, which);
        hcs_call_finish(on.call);
    }
    json_decref(read);
    return S_OK;
}
