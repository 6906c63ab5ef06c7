"""A power cycle: on, wait for the tools, off through the guest, with a callback for each step.

    pyvjob run power.py [PATH]      default: the machine WindowsXP

power.c is the same program in C.
"""

from __future__ import annotations

import sys

import pyvjob
from pyvjob import vix


class Step:
    """What is called for one job: progress, then the end; a wait for the job ends after that."""

    def __init__(self, vm: pyvjob.Handle, name: str) -> None:
        self.vm, self.name, self.reports = vm, name, 0

    def __call__(self, job: pyvjob.Job, event: int, info: object, data: object) -> None:
        if event == vix.VIX_EVENTTYPE_JOB_PROGRESS:
            self.reports += 1
        elif event == vix.VIX_EVENTTYPE_JOB_COMPLETED:
            outcome = "failed" if vix.VixJob_GetError(job) else "done"
            reports = "reports" if self.reports else "nothing"
            state = vix.Vix_GetProperties(self.vm, vix.VIX_PROPERTY_VM_POWER_STATE)
            print(f"{self.name:6} {outcome}, {reports} on the way, power state {state}")


def main() -> None:
    path = sys.argv[1] if len(sys.argv) > 1 else "[standard] WindowsXP/WindowsXP.vmx"
    provider, handle = (
        vix.VIX_SERVICEPROVIDER_VMWARE_WORKSTATION,
        vix.VIX_PROPERTY_JOB_RESULT_HANDLE,
    )
    version = vix.VIX_API_VERSION
    with vix.VixHost_Connect(version, provider, None, 0, None, None, 0, None) as job:
        host = vix.VixJob_Wait(job, handle)
    with vix.VixVM_Open(host, path) as job, vix.VixJob_Wait(job, handle) as vm:
        with vix.VixVM_PowerOn(vm, vix.VIX_VMPOWEROP_NORMAL, None, Step(vm, "on")) as job:
            vix.VixJob_Wait(job)
        with vix.VixVM_WaitForToolsInGuest(vm, 300, Step(vm, "tools")) as job:
            vix.VixJob_Wait(job)
        with vix.VixVM_PowerOff(vm, vix.VIX_VMPOWEROP_FROM_GUEST, Step(vm, "off")) as job:
            vix.VixJob_Wait(job)
    vix.VixHost_Disconnect(host)


if __name__ == "__main__":
    main()
