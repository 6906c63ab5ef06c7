"""One machine, looked at and driven through VIX and through Prl at once."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest

import pyvjob
from pyvjob import prl, sim, vix

XP = "[standard] WindowsXP/WindowsXP.vmx"
RESULT = "VIX_PROPERTY_JOB_RESULT_HANDLE"


@pytest.fixture
def both(server: Any) -> Iterator[tuple[Any, Any, Any]]:
    """The machine as VIX has it and as Prl has it, and the Prl server."""
    with vix.VixHost_Connect(-1, 3, None, 0, None, None, 0, None) as job:
        host = vix.VixJob_Wait(job, getattr(vix, RESULT))
    with vix.VixVM_Open(host, XP) as job:
        vix_vm = vix.VixJob_Wait(job, getattr(vix, RESULT))
    with prl.PrlSrv_GetVmList(server) as job:
        pyvjob.Job_Wait(job)
        machines = pyvjob.Job_Result(job)
    (prl_vm,) = (vm for vm in machines if prl.PrlVmCfg_GetName(vm) == "WindowsXP")
    yield vix_vm, prl_vm, server
    for vm in machines:
        pyvjob.Free(vm)
    pyvjob.Free(vix_vm)
    vix.VixHost_Disconnect(host)


def do(job: Any, *wanted: int) -> Any:
    with job:
        if wanted:
            return vix.VixJob_Wait(job, *wanted)
        pyvjob.Job_Wait(job)
        return pyvjob.Job_Result(job)


def prl_state(vm: Any) -> Any:
    with prl.PrlVm_GetState(vm) as job:
        pyvjob.Job_Wait(job)
        (info,) = pyvjob.Job_Result(job)
    with info:
        return prl.PrlVmInfo_GetState(info)


def vix_state(vm: Any) -> int:
    bits: int = vix.Vix_GetProperties(vm, vix.VIX_PROPERTY_VM_POWER_STATE)
    return bits & ~vix.VIX_POWERSTATE_TOOLS_RUNNING


def test_one_machine_through_both(both: tuple[Any, Any, Any]) -> None:
    vix_vm, prl_vm, _ = both
    assert (prl_state(prl_vm), vix_state(vix_vm)) == (
        prl.VMS_STOPPED,
        vix.VIX_POWERSTATE_POWERED_OFF,
    )

    do(vix.VixVM_PowerOn(vix_vm, 0, None))
    assert prl_state(prl_vm) == prl.VMS_RUNNING
    with pytest.raises(pyvjob.PrlError):
        do(prl.PrlVm_Start(prl_vm))

    do(prl.PrlVm_Suspend(prl_vm))
    assert vix_state(vix_vm) == vix.VIX_POWERSTATE_SUSPENDED
    with pytest.raises(pyvjob.VixError, match="VIX_E_VM_NOT_RUNNING"):
        do(vix.VixVM_PowerOff(vix_vm, 0))

    do(vix.VixVM_PowerOn(vix_vm, 0, None))
    do(prl.PrlVm_Pause(prl_vm, 0))
    assert vix_state(vix_vm) == vix.VIX_POWERSTATE_POWERED_ON | vix.VIX_POWERSTATE_PAUSED
    do(vix.VixVM_Unpause(vix_vm, 0, None))
    assert prl_state(prl_vm) == prl.VMS_RUNNING

    with do(vix.VixVM_CreateSnapshot(vix_vm, "by vix", "", 2, None), getattr(vix, RESULT)):
        tree = do(prl.PrlVm_GetSnapshotsTree(prl_vm))
        assert "by vix" in tree[0]
    do(prl.PrlVm_CreateSnapshot(prl_vm, "by prl", ""))
    named = vix.VixVM_GetNamedSnapshot(vix_vm, "by vix/by prl")
    with named, vix.VixVM_GetCurrentSnapshot(vix_vm) as current:
        assert named == current

    do(prl.PrlVm_Stop(prl_vm, prl.PSM_KILL))
    assert vix_state(vix_vm) == vix.VIX_POWERSTATE_POWERED_OFF
    with vix.VixVM_GetNamedSnapshot(vix_vm, "by vix") as named:
        do(vix.VixVM_RevertToSnapshot(vix_vm, named, 0, None))
    assert prl_state(prl_vm) == prl.VMS_RUNNING


def test_each_hears_of_what_the_other_does(both: tuple[Any, Any, Any]) -> None:
    """Prl's events of a start by VIX; VIX's wait for tools ends by a stop through Prl."""
    vix_vm, prl_vm, server = both
    started = threading.Event()

    def heard(event: Any, data: Any) -> None:
        with event:
            if prl.PrlEvent_GetType(event) == prl.PET_DSP_EVT_VM_STARTED:
                started.set()

    sim.duration("start", 3)
    pyvjob.RegEventHandler(server, heard)
    do(vix.VixVM_PowerOn(vix_vm, 0, None))
    assert started.wait(20)
    pyvjob.UnregEventHandler(server, heard)
    do(vix.VixVM_Reset(vix_vm, 0))
    with vix.VixVM_WaitForToolsInGuest(vix_vm, 0) as waits:
        do(prl.PrlVm_Stop(prl_vm, prl.PSM_KILL))
        with pytest.raises(pyvjob.VixError, match="VIX_E_VM_NOT_RUNNING"):
            vix.VixJob_Wait(waits)
