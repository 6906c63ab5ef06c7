/* Power, tools, hardware: calls that are one operation of the simulator, or nearly. */
#include "vix_internal.h"

static VixHandle start(vix_call *call, vjob_op op, uint32_t flags)
{
    vjob_op_request request = {.op = op, .flags = flags, .busy = VJOB_BUSY_QUEUE};
    return vix_call_start(call, &request);
}

/* ---- on ------------------------------------------------------------------------------------------------ */

static vjob_err start_paused(vjob_job *worker, void *data)
{
    vix_job *job = data;
    vjob_op_request request = {
        .op = VJOB_OP_START, .vm = job->vm->vm, .flags = VJOB_OPF_NOT_PAUSED, .busy = VJOB_BUSY_QUEUE};
    (void)worker;
    const vjob_err err = vix_step(job, &request, NULL);
    if (err) return err;
    request.op = VJOB_OP_PAUSE;
    request.flags = 0;
    return vix_step(job, &request, NULL);
}

VixHandle VixVM_PowerOn(VixHandle vmHandle, VixVMPowerOpOptions powerOnOptions, VixHandle propertyListHandle,
                        VixEventProc *callbackProc, void *clientData)
{
    VIX_ASYNC(call, vmHandle, VIX_HANDLETYPE_VM, callbackProc, clientData);
    (void)propertyListHandle;
    VIX_ASYNC_NEED(call, VIX_ONLY(powerOnOptions, VIX_VMPOWEROP_LAUNCH_GUI | VIX_VMPOWEROP_START_VM_PAUSED |
                                                      VIX_VMPOWEROP_SUPPRESS_SNAPSHOT_POWERON));
    if (powerOnOptions & VIX_VMPOWEROP_START_VM_PAUSED) return vix_call_run(&call, start_paused);
    return start(&call, VJOB_OP_START, VJOB_OPF_NOT_PAUSED);
}

/* ---- off, reset ------------------------------------------------------------------------------------------ */

/* What goes off takes its login with it (G6). */
static int went_off(vix_job *job)
{
    vix_vm_forget_login(job->vm);
    return 1;
}

/* The hard way, or through the guest. */
static VixHandle power(vix_call *call, VixVMPowerOpOptions options, vjob_op hard, vjob_op soft)
{
    VIX_ASYNC_NEED(*call, VIX_ONLY(options, VIX_VMPOWEROP_FROM_GUEST));
    return start(call, options & VIX_VMPOWEROP_FROM_GUEST ? soft : hard, 0);
}

VixHandle VixVM_PowerOff(VixHandle vmHandle, VixVMPowerOpOptions powerOffOptions, VixEventProc *callbackProc,
                         void *clientData)
{
    VIX_ASYNC(call, vmHandle, VIX_HANDLETYPE_VM, callbackProc, clientData);
    call.done = went_off;
    return power(&call, powerOffOptions, VJOB_OP_STOP, VJOB_OP_SHUTDOWN);
}

VixHandle VixVM_Reset(VixHandle vmHandle, VixVMPowerOpOptions resetOptions, VixEventProc *callbackProc,
                      void *clientData)
{
    VIX_ASYNC(call, vmHandle, VIX_HANDLETYPE_VM, callbackProc, clientData);
    return power(&call, resetOptions, VJOB_OP_RESET, VJOB_OP_RESTART);
}

VixHandle VixVM_Suspend(VixHandle vmHandle, VixVMPowerOpOptions suspendOptions, VixEventProc *callbackProc,
                        void *clientData)
{
    VIX_ASYNC(call, vmHandle, VIX_HANDLETYPE_VM, callbackProc, clientData);
    if (suspendOptions & VIX_VMPOWEROP_FROM_GUEST) {
        vjob_vm_info info;
        VIX_ASYNC_CHECK(call, vix_vm_look(call.vm, &info));
        if (info.state == VJOB_VM_RUNNING && info.tools != VJOB_TOOLS_RUNNING)
            return vix_call_fail(&call, VIX_E_TOOLS_NOT_RUNNING);
    }
    return power(&call, suspendOptions, VJOB_OP_SUSPEND, VJOB_OP_SUSPEND);
}

/* ---- pause ------------------------------------------------------------------------------------------------ */

static VixHandle pause_or_not(vix_call *call, int options, vjob_op op)
{
    VIX_ASYNC_NEED(*call, options == 0);
    VIX_ASYNC_CHECK(*call,
                    vix_host_can(call->host, VIX_FEATURE_PAUSE) ? VIX_OK : (VixError)VIX_E_NOT_SUPPORTED);
    return start(call, op, 0);
}

VixHandle VixVM_Pause(VixHandle vmHandle, int options, VixHandle propertyList, VixEventProc *callbackProc,
                      void *clientData)
{
    VIX_ASYNC(call, vmHandle, VIX_HANDLETYPE_VM, callbackProc, clientData);
    (void)propertyList;
    return pause_or_not(&call, options, VJOB_OP_PAUSE);
}

VixHandle VixVM_Unpause(VixHandle vmHandle, int options, VixHandle propertyList, VixEventProc *callbackProc,
                        void *clientData)
{
    VIX_ASYNC(call, vmHandle, VIX_HANDLETYPE_VM, callbackProc, clientData);
    (void)propertyList;
    return pause_or_not(&call, options, VJOB_OP_CONTINUE);
}

/* ---- the rest ----------------------------------------------------------------------------------------------- */

/* The simulator does not tell apart which files of a deleted VM are left: they can not be found again. */
VixHandle VixVM_Delete(VixHandle vmHandle, VixVMDeleteOptions deleteOptions, VixEventProc *callbackProc,
                       void *clientData)
{
    VIX_ASYNC(call, vmHandle, VIX_HANDLETYPE_VM, callbackProc, clientData);
    VIX_ASYNC_NEED(call, VIX_ONLY(deleteOptions, VIX_VMDELETE_DISK_FILES));
    return start(&call, VJOB_OP_DELETE, 0);
}

VixHandle VixVM_UpgradeVirtualHardware(VixHandle vmHandle, int options, VixEventProc *callbackProc,
                                       void *clientData)
{
    VIX_ASYNC(call, vmHandle, VIX_HANDLETYPE_VM, callbackProc, clientData);
    VIX_ASYNC_NEED(call, options == 0);
    VIX_ASYNC_CHECK(call,
                    vix_host_can(call.host, VIX_FEATURE_UPGRADE) ? VIX_OK : (VixError)VIX_E_NOT_SUPPORTED);
    return start(&call, VJOB_OP_UPGRADE, 0);
}

VixHandle VixVM_InstallTools(VixHandle vmHandle, int options, const char *commandLineArgs,
                             VixEventProc *callbackProc, void *clientData)
{
    VIX_ASYNC(call, vmHandle, VIX_HANDLETYPE_VM, callbackProc, clientData);
    vjob_vm_info info;
    VIX_ASYNC_NEED(call,
                   VIX_ONLY(options, VIX_INSTALLTOOLS_AUTO_UPGRADE | VIX_INSTALLTOOLS_RETURN_IMMEDIATELY));
    VIX_ASYNC_CHECK(call, vix_check_text(commandLineArgs));
    VIX_ASYNC_CHECK(call, vix_vm_look(call.vm, &info));
    const int running = info.state == VJOB_VM_RUNNING;
    if (running && options & VIX_INSTALLTOOLS_AUTO_UPGRADE && info.tools == VJOB_TOOLS_NOT_INSTALLED)
        return vix_call_fail(&call, VIX_E_TOOLS_INSTALL_AUTO_NOT_SUPPORTED);
    if (running && info.tools == VJOB_TOOLS_RUNNING)
        return start(&call, VJOB_OP_READ, 0); /* they are the newest */
    if (running && options & VIX_INSTALLTOOLS_RETURN_IMMEDIATELY) {
        const vjob_op_request install = {
            .op = VJOB_OP_INSTALL_TOOLS, .vm = call.vm->vm, .busy = VJOB_BUSY_QUEUE};
        VIX_ASYNC_CHECK(call, vix_error(vix_detached(__func__, &install)));
        return start(&call, VJOB_OP_READ, 0);
    }
    return start(&call, VJOB_OP_INSTALL_TOOLS, 0);
}
