"""Calls in any order that hypothesis comes up with, from Python, against a model of what must hold:
references, jobs and their ends, handlers. A failing history is shrunk and printed as a program."""

from __future__ import annotations

import contextlib
import gc
import os
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

import pyvjob
from pyvjob import native, prl, sim


class World(RuleBasedStateMachine):
    """One Prl session and jobs of the native API; what is owed is counted beside."""

    jobs = Bundle("jobs")
    handles = Bundle("handles")
    handlers = Bundle("handlers")

    def __init__(self) -> None:
        super().__init__()
        sim.reset()
        sim.clock("auto")
        prl.PrlApi_InitEx(prl.PARALLELS_API_VER, prl.PAM_SERVER, 0, 0)
        self.server = prl.PrlSrv_Create()
        with prl.PrlSrv_LoginLocal(self.server, None, 0, prl.PSL_NORMAL_SECURITY) as job:
            pyvjob.Job_Wait(job)
            pyvjob.Free(pyvjob.Job_Result(job)[0])
        with prl.PrlSrv_GetVmList(self.server) as job:
            pyvjob.Job_Wait(job)
            self.vms = pyvjob.Job_Result(job)
        sim.save()
        self.owed: dict[int, int] = {int(h): 1 for h in (self.server, *self.vms)}
        self.ends: dict[int, tuple[Any, ...]] = {}
        self.progress: dict[int, int] = {}
        self.told: dict[int, list[int]] = {}
        self.active: set[int] = set()
        self.late: list[int] = []
        self.kept: dict[int, Any] = {}  # what is owed through which object
        self.registered: list[Any] = []

    def teardown(self) -> None:
        for handler, token in self.registered:
            pyvjob.UnregEventHandler(self.server, handler, token)
        gc.collect()
        assert {leak.handle: leak.refs for leak in sim.leaks()} == self.owed
        for handle in (*self.kept.values(), *self.vms, self.server):
            pyvjob.Free(handle)
        assert sim.leaks() == []
        sim.reset()

    def owe(self, handle: Any, n: int = 1) -> Any:
        value = int(handle)
        self.owed[value] = self.owed.get(value, 0) + n
        self.kept[id(handle)] = handle
        if not self.owed[value]:
            del self.owed[value]
        return handle

    # ---- jobs

    @rule(target=jobs, seconds=st.sampled_from([0.0, 0.5, 3600.0]), steps=st.integers(0, 5))
    def start(self, seconds: float, steps: int) -> Any:
        return self.owe(native.start(duration_s=seconds, steps=steps))

    @rule(target=jobs, which=st.integers(0, 2), what=st.sampled_from(["start", "stop", "pause"]))
    def operate(self, which: int, what: str) -> Any:
        vm = self.vms[which]
        if what == "start":
            return self.owe(prl.PrlVm_Start(vm))
        if what == "stop":
            return self.owe(prl.PrlVm_Stop(vm, True))
        return self.owe(prl.PrlVm_Pause(vm, False))

    @rule(job=jobs, timeout=st.sampled_from([0, 1, 700, None]))
    def wait(self, job: Any, timeout: int | None) -> None:
        try:
            pyvjob.Job_Wait(job, timeout)
        except pyvjob.Timeout as late:
            assert timeout is not None and int(job) not in self.ends
            assert late.age_s >= 0
        else:
            self.look(job)
            assert int(job) in self.ends

    @rule(job=jobs)
    def look(self, job: Any) -> None:
        state, progress = pyvjob.Job_Status(job), pyvjob.Job_Progress(job)
        assert self.progress.get(int(job), 0) <= progress <= 100
        self.progress[int(job)] = progress
        if int(job) in self.ends:
            assert self.ends[int(job)] == (state, progress)
        elif state is not pyvjob.JobState.RUNNING and pyvjob.Job_Status(job) is state:
            self.ends[int(job)] = (state, pyvjob.Job_Progress(job))
            self.progress[int(job)] = pyvjob.Job_Progress(job)

    @rule(job=jobs)
    def cancel(self, job: Any) -> None:
        with contextlib.suppress(pyvjob.Error):  # it has ended
            pyvjob.Job_Cancel(job)
        self.look(job)

    @rule(job=jobs)
    def result(self, job: Any) -> None:
        try:
            result = pyvjob.Job_Result(job)
        except pyvjob.Error:
            return
        for handle in result or ():
            pyvjob.Free(handle)

    # ---- references

    @rule(target=handles, job=jobs)
    def add_ref(self, job: Any) -> Any:
        return self.owe(pyvjob.AddRef(job))

    @rule(handle=consumes(handles))
    def free(self, handle: Any) -> None:
        self.owe(handle, -1)
        del self.kept[id(handle)]
        pyvjob.Free(handle)
        with pytest.raises(pyvjob.Error):
            pyvjob.Free(handle)  # through this object nothing is owed any more

    @rule(job=consumes(jobs))
    def free_job(self, job: Any) -> None:
        """A running job goes on without its client."""
        self.free(job)

    # ---- handlers

    @rule(target=handlers)
    def register(self) -> Any:
        token = len(self.told)
        self.told[token] = []
        self.active.add(token)

        def handler(handle: Any, data: int) -> None:
            if data not in self.active:
                self.late.append(data)
            if isinstance(handle, pyvjob.Job):
                self.told[data].append(int(handle))

        pyvjob.RegEventHandler(self.server, handler, token)
        self.registered.append((handler, token))
        return handler, token

    @rule(registration=consumes(handlers))
    def unregister(self, registration: Any) -> None:
        handler, token = registration
        pyvjob.UnregEventHandler(self.server, handler, token)
        self.active.discard(token)
        self.registered.remove(registration)

    @rule(seconds=st.sampled_from([0.0, 0.1, 10.0]))
    def sleep(self, seconds: float) -> None:
        sim.sleep(seconds)

    # ---- what always holds

    @invariant()
    def nothing_is_told_to_who_has_left(self) -> None:
        assert self.late == []

    @invariant()
    def what_is_owed_is_among_the_leaks(self) -> None:
        # A handler that is just being called owns what it was given: more for a moment, never less.
        found = {leak.handle: leak.refs for leak in sim.leaks()}
        assert {h: n for h, n in self.owed.items() if found.get(h, 0) < n} == {}

    @invariant()
    def handlers_hear_of_jobs_in_one_order(self) -> None:
        heard = [list(self.told[token]) for token in sorted(self.active, reverse=True)]
        for later, earlier in zip(heard, heard[1:], strict=False):
            if later:  # read first: who registered earlier hears first
                begin = earlier.index(later[0])
                assert earlier[begin : begin + len(later)] == later


TestWorld = World.TestCase
_seconds = int(os.environ.get("PYVJOB_TEST_SECONDS", "2"))
TestWorld.settings = settings(stateful_step_count=25, max_examples=7 * _seconds, deadline=None)
