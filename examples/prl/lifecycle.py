"""The life of a virtual machine: start, pause, continue, suspend, resume, reset, shut down.

While an operation runs the program looks at its progress; what becomes of the machine is told to
an event handler.

    pyvjob run lifecycle.py [VM]      default: the first machine that is stopped
"""

from __future__ import annotations

import sys
import threading
import time

import pyvjob
from pyvjob import prl

LOOK_MS = 50


def say(line: str) -> None:
    """Two threads print here; print() would write the line and its end one after the other."""
    sys.stdout.write(line + "\n")


def follow(doing: str, job: pyvjob.Job) -> None:
    """Print the progress of a job until it has ended, free it, and raise its failure."""
    shown = 0
    with job:
        while True:
            try:
                pyvjob.Job_Wait(job, LOOK_MS)
                break
            except pyvjob.Timeout:
                progress = pyvjob.Job_Progress(job)
                if progress != shown:
                    say(f"{doing:10} {progress:3} %")
                shown = progress
        for parameter in pyvjob.Job_Result(job):
            pyvjob.Free(parameter)
        say(f"{doing:10} {pyvjob.Job_Progress(job):3} %  {pyvjob.Job_Status(job).name.lower()}")


def wait_for_tools(vm: pyvjob.Handle) -> None:
    """A guest can be shut down once its tools run: ask now and then whether they do."""
    for _ in range(100):
        with prl.PrlVm_GetToolsState(vm) as job:
            pyvjob.Job_Wait(job)
            (info,) = pyvjob.Job_Result(job)
        with info:
            if prl.PrlVmToolsInfo_GetState(info) == prl.PTS_INSTALLED:
                say(f"{'tools':10} the guest is up")
                return
        time.sleep(0.2)


class Machine:
    def __init__(self, name: str) -> None:
        self.name = name
        self.down = threading.Event()


def on_machine(handle: pyvjob.Handle, machine: Machine) -> None:
    """Hears of one machine only: it is registered with the machine, not with the server."""
    with handle:
        if isinstance(handle, pyvjob.Job):
            return
        if prl.PrlEvent_GetType(handle) == prl.PET_DSP_EVT_VM_STATE_CHANGED:
            with prl.PrlEvent_GetParamByName(handle, "vminfo_vm_state") as parameter:
                state = prl.VIRTUAL_MACHINE_STATE(prl.PrlEvtPrm_ToUint32(parameter))
            say(f"{'':10} {machine.name} is {state.name.removeprefix('VMS_').lower()}")
            if state == prl.VMS_STOPPED:
                machine.down.set()


def choose(server: pyvjob.Handle, wanted: str) -> pyvjob.Handle | None:
    chosen: pyvjob.Handle | None = None
    with prl.PrlSrv_GetVmList(server) as job:
        pyvjob.Job_Wait(job)
        machines = pyvjob.Job_Result(job)
    for vm in machines:
        with prl.PrlVmCfg_GetVmInfo(vm) as info:
            stopped = prl.PrlVmInfo_GetState(info) == prl.VMS_STOPPED
        if chosen is None and (prl.PrlVmCfg_GetName(vm) == wanted if wanted else stopped):
            chosen = vm
        else:
            pyvjob.Free(vm)
    return chosen


def live(vm: pyvjob.Handle) -> None:
    follow("start", prl.PrlVm_Start(vm))
    follow("pause", prl.PrlVm_Pause(vm, False))
    follow("continue", prl.PrlVm_Start(vm))
    follow("suspend", prl.PrlVm_Suspend(vm))
    follow("resume", prl.PrlVm_Resume(vm))
    follow("reset", prl.PrlVm_Reset(vm))
    wait_for_tools(vm)
    follow("shut down", prl.PrlVm_Stop(vm, True))


def main(wanted: str) -> None:
    prl.PrlApi_InitEx(prl.PARALLELS_API_VER, prl.PAM_SERVER, 0, 0)
    with prl.PrlSrv_Create() as server:
        follow("login", prl.PrlSrv_LoginLocal(server, "", 0, prl.PSL_NORMAL_SECURITY))
        vm = choose(server, wanted)
        if vm is None:
            sys.exit("lifecycle: there is no such machine")
        with vm:
            machine = Machine(prl.PrlVmCfg_GetName(vm))
            pyvjob.RegEventHandler(vm, on_machine, machine)
            live(vm)
            machine.down.wait()  # waiters wake first, then handlers are called
            pyvjob.UnregEventHandler(vm, on_machine, machine)
        follow("logoff", prl.PrlSrv_Logoff(server))
    prl.PrlApi_Deinit()


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "")
