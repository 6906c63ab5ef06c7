"""One machine driven through all APIs in any order that hypothesis comes up with: a call does what
the state allows and nothing else, and every API then sees the same."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

import pyvjob
from pyvjob import hcs, prl, sim, vir, vix

NAME = "WindowsXP"
RESULT = vix.VIX_PROPERTY_JOB_RESULT_HANDLE
STATES = {
    "stopped": (prl.VMS_STOPPED, vix.VIX_POWERSTATE_POWERED_OFF, vir.VIR_DOMAIN_SHUTOFF),
    "running": (prl.VMS_RUNNING, vix.VIX_POWERSTATE_POWERED_ON, vir.VIR_DOMAIN_RUNNING),
    "paused": (
        prl.VMS_PAUSED,
        vix.VIX_POWERSTATE_POWERED_ON | vix.VIX_POWERSTATE_PAUSED,
        vir.VIR_DOMAIN_PAUSED,
    ),
}
# What each call makes of each state; states that are not named refuse it.
WAYS = {
    "prl start": {"stopped": "running", "paused": "running"},
    "prl stop": {"running": "stopped", "paused": "stopped"},
    "prl pause": {"running": "paused"},
    "vix on": {"stopped": "running"},
    "vix off": {"running": "stopped", "paused": "stopped"},
    "vix pause": {"running": "paused", "paused": "paused"},
    "vix unpause": {"paused": "running", "running": "running"},
    "vir create": {"stopped": "running"},
    "vir job": {"stopped": "running"},
    "vir destroy": {"running": "stopped", "paused": "stopped"},
    "vir suspend": {"running": "paused", "paused": "paused"},
    "vir resume": {"paused": "running"},
    "hcs pause": {"running": "paused"},
    "hcs resume": {"paused": "running"},
    "hcs terminate": {"running": "stopped", "paused": "stopped"},
}


def finish(job: Any) -> Any:
    with job:
        pyvjob.Job_Wait(job)
        return pyvjob.Job_Result(job)


class Machine(RuleBasedStateMachine):
    """What the machine must be is `state`; what callbacks must have told is counted."""

    state = "stopped"

    @initialize()
    def begin(self) -> None:
        sim.reset()
        sim.clock("auto")
        prl.PrlApi_InitEx(prl.PARALLELS_API_VER, prl.PAM_SERVER, 0, 0)
        self.server = prl.PrlSrv_Create()
        for response in finish(
            prl.PrlSrv_LoginLocal(self.server, None, 0, prl.PSL_NORMAL_SECURITY)
        ):
            pyvjob.Free(response)
        (self.prl_vm,) = finish(prl.PrlSrv_GetVmConfig(self.server, NAME, 0))
        with vix.VixHost_Connect(-1, 3, None, 0, None, None, 0, None) as job:
            self.host = vix.VixJob_Wait(job, RESULT)
        with vix.VixVM_Open(self.host, f"[standard] {NAME}/{NAME}.vmx") as job:
            self.vix_vm = vix.VixJob_Wait(job, RESULT)
        self.conn = vir.virConnectOpen("vjob:///")
        self.domain = vir.virDomainLookupByName(self.conn, NAME)
        self.asked = self.told = 0  # ends of VIX jobs
        self.systems: list[Any] = []
        self.exits: list[int] = []

    def teardown(self) -> None:
        for system in self.systems:
            pyvjob.Free(system)
        for handle in (self.domain, self.conn, self.vix_vm, self.prl_vm, self.server):
            pyvjob.Free(handle)
        vix.VixHost_Disconnect(self.host)
        assert self.told == self.asked
        gc.collect()
        assert sim.leaks() == []
        sim.reset()

    # ---- calls

    def ended(self, job: Any, event: Any, info: Any, data: Any) -> None:
        self.told += event == vix.VIX_EVENTTYPE_JOB_COMPLETED

    def vix_call(self, function: Callable[..., Any], *args: Any) -> None:
        self.asked += 1
        with function(self.vix_vm, *args, self.ended) as job:
            vix.VixJob_Wait(job)
            assert self.told == self.asked  # callbacks come first

    def vir_job(self) -> None:
        with vir.virDomainCreateJob(self.domain, 0) as job:
            pyvjob.Job_Wait(job)
            pyvjob.Free(pyvjob.Job_Result(job))  # the domain

    def hcs_call(self, function: Callable[..., Any]) -> None:
        with hcs.HcsOpenComputeSystem(NAME, 0) as system, hcs.HcsCreateOperation() as operation:
            function(system, operation, None)
            hcs.HcsWaitForOperationResult(operation, hcs.INFINITE)

    def call(self, what: str) -> None:
        normal = vix.VIX_VMPOWEROP_NORMAL
        calls: dict[str, Callable[[], Any]] = {
            "prl start": lambda: finish(prl.PrlVm_Start(self.prl_vm)),
            "prl stop": lambda: finish(prl.PrlVm_Stop(self.prl_vm, True)),
            "prl pause": lambda: finish(prl.PrlVm_Pause(self.prl_vm, False)),
            "vix on": lambda: self.vix_call(vix.VixVM_PowerOn, normal, None),
            "vix off": lambda: self.vix_call(vix.VixVM_PowerOff, normal),
            "vix pause": lambda: self.vix_call(vix.VixVM_Pause, 0, None),
            "vix unpause": lambda: self.vix_call(vix.VixVM_Unpause, 0, None),
            "vir create": lambda: vir.virDomainCreate(self.domain),
            "vir job": self.vir_job,
            "vir destroy": lambda: vir.virDomainDestroy(self.domain),
            "vir suspend": lambda: vir.virDomainSuspend(self.domain),
            "vir resume": lambda: vir.virDomainResume(self.domain),
            "hcs pause": lambda: self.hcs_call(hcs.HcsPauseComputeSystem),
            "hcs resume": lambda: self.hcs_call(hcs.HcsResumeComputeSystem),
            "hcs terminate": lambda: self.hcs_call(hcs.HcsTerminateComputeSystem),
        }
        calls[what]()

    @rule(what=st.sampled_from(sorted(WAYS)))
    def operate(self, what: str) -> None:
        to = WAYS[what].get(self.state)
        if to is None:
            with pytest.raises(pyvjob.Error):
                self.call(what)
        else:
            self.call(what)
            self.state = to

    @rule()
    def open_system(self) -> None:
        if self.state == "stopped":
            with pytest.raises(pyvjob.HResultError) as refused:
                hcs.HcsOpenComputeSystem(NAME, 0)
            assert refused.value.code == hcs.HCS_E_SYSTEM_NOT_FOUND
            return
        number = len(self.systems)
        system = hcs.HcsOpenComputeSystem(NAME, 0)

        def heard(event: Any, data: int) -> None:
            if event.Type == hcs.HcsEventSystemExited:
                self.exits.append(data)

        pyvjob.RegEventHandler(system, heard, number)
        self.systems.append(system)

    # ---- what always holds

    @invariant()
    def all_see_the_same(self) -> None:
        if not hasattr(self, "domain"):
            return
        (info,) = finish(prl.PrlVm_GetState(self.prl_vm))
        with info:
            through_prl = prl.PrlVmInfo_GetState(info)
        bits = vix.Vix_GetProperties(self.vix_vm, vix.VIX_PROPERTY_VM_POWER_STATE)
        through_vix = bits & ~vix.VIX_POWERSTATE_TOOLS_RUNNING
        through_vir = vir.virDomainGetState(self.domain, 0)[0]
        assert (through_prl, through_vix, through_vir) == STATES[self.state]

    @invariant()
    def an_exit_is_told_once(self) -> None:
        if hasattr(self, "exits"):
            assert len(set(self.exits)) == len(self.exits)


TestMachine = Machine.TestCase
_seconds = int(os.environ.get("PYVJOB_TEST_SECONDS", "2"))
TestMachine.settings = settings(stateful_step_count=25, max_examples=7 * _seconds, deadline=None)
