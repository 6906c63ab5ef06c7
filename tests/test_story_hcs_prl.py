"""One machine, made and driven through HCS and through Prl at once."""

from __future__ import annotations

import queue
from collections.abc import Iterator
from typing import Any

import pytest

import pyvjob
from pyvjob import hcs, prl

DOCUMENT = {
    "SchemaVersion": {"Major": 2, "Minor": 1},
    "Owner": "story",
    "VirtualMachine": {"ComputeTopology": {"Memory": {"SizeInMB": 256}, "Processor": {"Count": 1}}},
}


def call(function: Any, *arguments: Any) -> Any:
    """A call of HCS, waited for: what its operation gives."""
    with hcs.HcsCreateOperation() as operation:
        function(*(operation if one is call else one for one in arguments))
        return hcs.HcsWaitForOperationResult(operation, hcs.INFINITE)


def listed(query: Any = None) -> dict[str, str | None]:
    """State by id; None: created."""
    with hcs.HcsCreateOperation() as operation:
        hcs.HcsEnumerateComputeSystems(query, operation)
        found = hcs.HcsWaitForOperationResult(operation, hcs.INFINITE)
    return {entry["Id"]: entry.get("State") for entry in found}


@pytest.fixture
def system() -> Iterator[Any]:
    with hcs.HcsCreateOperation() as operation:
        made = hcs.HcsCreateComputeSystem("story", DOCUMENT, operation)
        hcs.HcsWaitForOperationResult(operation, hcs.INFINITE)
    with made:
        yield made


def of_prl(server: Any, name: str) -> Any:
    with prl.PrlSrv_GetVmList(server) as job:
        pyvjob.Job_Wait(job)
        machines = pyvjob.Job_Result(job)
    chosen = None
    for vm in machines:
        if prl.PrlVmCfg_GetName(vm) == name:
            chosen = vm
        else:
            pyvjob.Free(vm)
    return chosen


def do(job: Any) -> Any:
    with job:
        pyvjob.Job_Wait(job)
        return pyvjob.Job_Result(job)


def state(vm: Any) -> Any:
    (info,) = do(prl.PrlVm_GetState(vm))
    with info:
        return prl.PrlVmInfo_GetState(info)


def test_what_hcs_makes_is_there_for_prl_until_it_stops(server: Any, system: Any) -> None:
    exits: queue.SimpleQueue[Any] = queue.SimpleQueue()
    hcs.HcsSetComputeSystemCallback(
        system, hcs.HcsEventOptionNone, None, lambda event, data: exits.put(event.EventData)
    )
    assert listed()["story"] is None
    with of_prl(server, "story") as vm:
        assert state(vm) == prl.VMS_STOPPED
        call(hcs.HcsStartComputeSystem, system, call, None)
        assert state(vm) == prl.VMS_RUNNING
        do(prl.PrlVm_Pause(vm, 0))
        assert listed()["story"] == "Paused"
        call(hcs.HcsResumeComputeSystem, system, call, None)
        assert state(vm) == prl.VMS_RUNNING
        do(prl.PrlVm_Stop(vm, prl.PSM_KILL))
        assert exits.get(timeout=20)["ExitType"] == "ForcedExit"
    assert "story" not in listed()
    assert of_prl(server, "story") is None


def test_what_prl_starts_is_there_for_hcs(server: Any) -> None:
    assert "WindowsXP" not in listed()
    with pytest.raises(pyvjob.HResultError, match="HCS_E_SYSTEM_NOT_FOUND"):
        hcs.HcsOpenComputeSystem("WindowsXP", hcs.GENERIC_ALL)
    with of_prl(server, "WindowsXP") as vm:
        do(prl.PrlVm_Start(vm))
        with hcs.HcsOpenComputeSystem("WindowsXP", hcs.GENERIC_ALL) as opened:
            assert listed({"Ids": ["WindowsXP"]}) == {"WindowsXP": "Running"}
            call(hcs.HcsPauseComputeSystem, opened, call, None)
            assert state(vm) == prl.VMS_PAUSED
            call(hcs.HcsTerminateComputeSystem, opened, call, None)
            assert state(vm) == prl.VMS_STOPPED
