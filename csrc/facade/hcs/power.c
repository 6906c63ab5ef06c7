/* Start, shut down, terminate, crash, pause, resume. */
#include <stdlib.h>
#include <string.h>

#include "hcs_internal.h"

/* ---- what they have in common ----------------------------------------------------------------------------- */

/* 0: the call has failed, because the system is not as it must be. */
static int in_phase(hcs_on_system *on, hcs_phase phase)
{
    const HRESULT result = hcs_machine_check_live(on->machine);
    if (SUCCEEDED(result) && hcs_machine_phase(on->machine) == phase) return 1;
    hcs_call_fail(on->call, FAILED(result) ? result : HCS_E_INVALID_STATE,
                  FAILED(result) ? "the compute system does not run any more"
                                 : "the compute system is in a state that does not allow this");
    return 0;
}

/* Note how it ends; 0: the call has failed, because it is ending already. */
static int claim_end(hcs_on_system *on, hcs_ending ending)
{
    vjob_obj_lock(&hcs_root.obj);
    hcs_machine *machine = on->machine;
    /* A guest that is asked to shut down can still be switched off. */
    const int taken =
        machine->ending == HCS_ENDS_NOT || (machine->ending == HCS_SHUTS_DOWN && ending != HCS_SHUTS_DOWN);
    if (taken) machine->ending = ending;
    vjob_obj_unlock(&hcs_root.obj);
    if (!taken)
        hcs_call_fail(on->call, HCS_E_SYSTEM_ALREADY_STOPPED, "the compute system is stopping already");
    return taken;
}

/* World: it goes on after all. */
static void unclaim_end(hcs_call *call)
{
    vjob_obj_lock(&hcs_root.obj);
    if (call->machine->life == HCS_LIVE) call->machine->ending = HCS_ENDS_NOT;
    vjob_obj_unlock(&hcs_root.obj);
}

static void operate(hcs_on_system *on, vjob_op op, uint32_t flags)
{
    vjob_op_request request = {.op = op, .vm = on->machine->vm, .flags = flags | VJOB_OPF_TIMED};
    if (flags & VJOB_OPF_PREEMPT) request.busy = VJOB_BUSY_QUEUE; /* behind what nothing can stop */
    hcs_call_operate(on->call, &request);
}

/* ---- start ------------------------------------------------------------------------------------------------ */

/* With a connection to the guest a start is over when the guest is there. */
static int waits_for_guest(hcs_machine *machine)
{
    if (!machine->is_made_here) return 0;
    return machine->is_container || hcs_machine_has(machine, "VirtualMachine.GuestConnection");
}

/* World: the VM runs, or not; *data is the call. */
static void vm_started(vjob_job *job, void *data)
{
    hcs_call *call = data;
    const vjob_op_result *found = vjob_op_get_result(job);
    const vjob_err err = vjob_job_get_err(job);
    vjob_vm_info info;
    if (err && found && found->text && !call->message) call->message = strdup(found->text);
    if (!err) vjob_vm_glance(call->machine->vm, &info);
    if (err || info.tools == VJOB_TOOLS_RUNNING) {
        vjob_job_end_world(&call->job, err);
    } else {
        vjob_obj_lock(&hcs_root.obj);
        hcs_call *before = call->machine->starting;
        call->machine->starting = call;
        vjob_obj_unlock(&hcs_root.obj);
        vjob_obj_retain(&call->job.obj);
        hcs_call_release(before);
    }
    hcs_call_release(call);
}

static void start_with_guest(hcs_on_system *on, uint32_t flags)
{
    const vjob_op_request request = {
        .op = VJOB_OP_START, .vm = on->machine->vm, .flags = flags | VJOB_OPF_ONLY_STOPPED | VJOB_OPF_TIMED};
    vjob_obj_retain(&on->call->job.obj);
    vjob_job *job = hcs_errand(&request, vm_started, on->call);
    if (job) {
        vjob_obj_release(&job->obj);
        return;
    }
    hcs_call_fail(on->call, E_OUTOFMEMORY, "no memory to start a compute system");
    hcs_call_release(on->call);
}

HRESULT HcsStartComputeSystem(HCS_SYSTEM computeSystem, HCS_OPERATION operation, PCWSTR options)
{
    HCS_ON_SYSTEM on = {0};
    json_t *read;
    HCS_TRY(hcs_on_system_begin(&on, __func__, HcsOperationTypeStart, computeSystem, operation));
    if (!hcs_call_options(on.call, options, "Options", &read)) return S_OK;
    json_decref(read);
    if (!in_phase(&on, HCS_PHASE_CREATED)) return S_OK;
    uint32_t flags = 0;
    hcs_why why = {0};
    if (FAILED(hcs_check_start(on.machine, &flags, &why)))
        hcs_call_fail_why(on.call, &why);
    else if (waits_for_guest(on.machine))
        start_with_guest(&on, flags);
    else
        operate(&on, VJOB_OP_START, flags | VJOB_OPF_ONLY_STOPPED);
    return S_OK;
}

/* ---- shut down: over when the guest has heard of it ----------------------------------------------------------- */

static hcs_call *take_delivering(hcs_machine *machine)
{
    vjob_obj_lock(&hcs_root.obj);
    hcs_call *call = machine->delivering;
    machine->delivering = NULL;
    vjob_obj_unlock(&hcs_root.obj);
    return call;
}

/* World. Usually the guest has heard long ago (watch.c). */
static void shutdown_ended(vjob_job *job, void *data)
{
    hcs_machine *machine = data;
    const vjob_err err = vjob_job_get_err(job);
    hcs_call *call = take_delivering(machine);
    if (call) vjob_job_end_world(&call->job, err);
    hcs_call_release(call);
    vjob_obj_lock(&hcs_root.obj);
    if (machine->life == HCS_LIVE && machine->ending == HCS_SHUTS_DOWN) machine->ending = HCS_ENDS_NOT;
    vjob_obj_unlock(&hcs_root.obj);
    hcs_machine_release(machine);
}

static int can_shut_down(hcs_machine *machine, const char *mechanism)
{
    if (machine->is_container) return 1;
    const int integration = strcmp(mechanism, "IntegrationService") == 0;
    return hcs_machine_has(machine, integration ? "VirtualMachine.Services.Shutdown"
                                                : "VirtualMachine.GuestConnection");
}

static void shut_down(hcs_on_system *on, int reboot)
{
    vjob_op_request request = {.op = reboot ? VJOB_OP_RESTART : VJOB_OP_SHUTDOWN,
                               .vm = on->machine->vm,
                               .flags = VJOB_OPF_FORCE | VJOB_OPF_TIMED};
    vjob_obj_retain(&on->call->job.obj);
    vjob_obj_retain(&on->machine->obj);
    vjob_obj_lock(&hcs_root.obj);
    hcs_call *before = on->machine->delivering;
    on->machine->delivering = on->call;
    vjob_obj_unlock(&hcs_root.obj);
    hcs_call_release(before);
    vjob_job *job = hcs_errand(&request, shutdown_ended, on->machine);
    if (job) {
        vjob_obj_release(&job->obj);
        return;
    }
    hcs_call *call = take_delivering(on->machine);
    if (call) hcs_call_fail(call, E_OUTOFMEMORY, "no memory to shut a compute system down");
    hcs_call_release(call);
    unclaim_end(on->call);
    hcs_machine_release(on->machine);
}

HRESULT HcsShutDownComputeSystem(HCS_SYSTEM computeSystem, HCS_OPERATION operation, PCWSTR options)
{
    HCS_ON_SYSTEM on = {0};
    json_t *read;
    HCS_TRY(hcs_on_system_begin(&on, __func__, HcsOperationTypeShutdown, computeSystem, operation));
    if (!hcs_call_options(on.call, options, "ShutdownOptions", &read)) return S_OK;
    const int reboot = strcmp(hcs_text_at(read, "Type"), "Reboot") == 0;
    const int can = can_shut_down(on.machine, hcs_text_at(read, "Mechanism"));
    json_decref(read);
    if (!in_phase(&on, HCS_PHASE_RUNNING)) return S_OK;
    if (!can)
        hcs_call_fail(on.call, HRESULT_FROM_WIN32(ERROR_NOT_SUPPORTED),
                      "the document of the compute system has nothing that could ask the guest");
    else if (reboot || claim_end(&on, HCS_SHUTS_DOWN))
        shut_down(&on, reboot);
    return S_OK;
}

/* ---- off -------------------------------------------------------------------------------------------------------- */

HRESULT HcsTerminateComputeSystem(HCS_SYSTEM computeSystem, HCS_OPERATION operation, PCWSTR options)
{
    HCS_ON_SYSTEM on = {0};
    json_t *read;
    HCS_TRY(hcs_on_system_begin(&on, __func__, HcsOperationTypeTerminate, computeSystem, operation));
    if (!hcs_call_options(on.call, options, "Options", &read)) return S_OK;
    json_decref(read);
    const HRESULT result = hcs_machine_check_live(on.machine);
    if (FAILED(result)) {
        hcs_call_fail(on.call, result, "the compute system does not run any more");
    } else if (claim_end(&on, HCS_TERMINATES)) {
        on.call->failed = unclaim_end;
        operate(&on, VJOB_OP_STOP, HCS_OFF);
    }
    return S_OK;
}

HRESULT HcsCrashComputeSystem(HCS_SYSTEM computeSystem, HCS_OPERATION operation, PCWSTR options)
{
    HCS_ON_SYSTEM on = {0};
    json_t *read;
    HCS_TRY(hcs_on_system_begin(&on, __func__, HcsOperationTypeCrash, computeSystem, operation));
    if (!hcs_call_options(on.call, options, "CrashOptions", &read)) return S_OK;
    json_decref(read);
    if (in_phase(&on, HCS_PHASE_RUNNING) && claim_end(&on, HCS_CRASHES)) {
        on.call->failed = unclaim_end;
        operate(&on, VJOB_OP_STOP, 0);
    }
    return S_OK;
}

/* ---- pause --------------------------------------------------------------------------------------------------------- */

HRESULT HcsPauseComputeSystem(HCS_SYSTEM computeSystem, HCS_OPERATION operation, PCWSTR options)
{
    HCS_ON_SYSTEM on = {0};
    json_t *read;
    HCS_TRY(hcs_on_system_begin(&on, __func__, HcsOperationTypePause, computeSystem, operation));
    if (!hcs_call_options(on.call, options, "PauseOptions", &read)) return S_OK;
    json_decref(read);
    if (!in_phase(&on, HCS_PHASE_RUNNING)) return S_OK;
    if (on.machine->is_container)
        hcs_call_fail(on.call, HRESULT_FROM_WIN32(ERROR_NOT_SUPPORTED), "a container cannot be paused");
    else
        operate(&on, VJOB_OP_PAUSE, 0);
    return S_OK;
}

HRESULT HcsResumeComputeSystem(HCS_SYSTEM computeSystem, HCS_OPERATION operation, PCWSTR options)
{
    HCS_ON_SYSTEM on = {0};
    json_t *read;
    HCS_TRY(hcs_on_system_begin(&on, __func__, HcsOperationTypeResume, computeSystem, operation));
    if (!hcs_call_options(on.call, options, "Options", &read)) return S_OK;
    json_decref(read);
    if (in_phase(&on, HCS_PHASE_PAUSED)) operate(&on, VJOB_OP_CONTINUE, 0);
    return S_OK;
}
