"""Complaints that users of such APIs have about the real ones: those that Python can show, and the
table in docs/reliability.md that gives every complaint its tests."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
import textwrap
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

import pyvjob
from pyvjob import native, prl, sim, vix
from pyvjob.handle import Handle

ROOT = Path(__file__).resolve().parent.parent
SECONDS = int(os.environ.get("PYVJOB_TEST_SECONDS", "2"))
LIMIT_S = 60


# ---- the table


def rows() -> dict[int, list[str]]:
    """The tests that the table names for each number, as "file: name"."""
    page = (ROOT / "docs" / "reliability.md").read_text()
    found: dict[int, list[str]] = {}
    for number, tests in re.findall(r"^\| (\d+) \|[^|]*\|([^|]*)\|$", page, re.M):
        found[int(number)] = re.findall(r"`([\w/.]+: \w+)`", tests)
    return found


def test_every_complaint_has_a_row_and_a_test() -> None:
    table = rows()
    assert sorted(table) == list(range(1, 39))
    assert [number for number, tests in table.items() if not tests] == []


@pytest.mark.parametrize("number", range(1, 39))
def test_the_tests_of_a_row_exist(number: int) -> None:
    for named in rows()[number]:
        file, name = named.split(": ")
        folder = ROOT / "tests" / ("c" if file.endswith(".c") and "/" not in file else "")
        text = (folder / file).read_text()
        if file.endswith(".py"):
            assert re.search(rf"^(async )?def {name}\(", text, re.M), named
        else:
            # Defined, and run: in the table of tests, or called.
            assert len(re.findall(rf"\b{name}\b", text)) > 1, named


# ---- 2: references to events that the wrapper keeps


def test_complaint_02_events_leave_nothing_behind(server: Handle) -> None:
    """Thousands of events for two handlers (with `check.py all`: a million) leave nothing."""
    calls = [0]

    def handler(handle: Handle, data: object) -> None:
        calls[0] += 1  # never freed by hand

    vm, *others = vms_of(server)
    sim.duration("start", 1, steps=100)
    for data in (1, 2):
        pyvjob.RegEventHandler(server, handler, data)
    goal = 1_000_000 if SECONDS > 10 else 5_000
    held, used = 0, [sys.maxsize, sys.maxsize]  # at most; at least, in each half
    tracemalloc.start()
    try:
        while (so_far := calls[0]) < goal:
            for operation in (prl.PrlVm_Start, lambda vm: prl.PrlVm_Stop(vm, True)):
                with operation(vm) as job:
                    pyvjob.Job_Wait(job)
            sim.save()  # what has been posted is delivered before time goes on
            held = max(held, len(sim.leaks()))
            half = int(2 * so_far >= goal)
            used[half] = min(used[half], tracemalloc.get_traced_memory()[0])
    finally:
        tracemalloc.stop()
        for data in (1, 2):
            pyvjob.UnregEventHandler(server, handler, data)
        left = sim.leaks("prl")
        for each in (vm, *others):
            pyvjob.Free(each)
    assert held < 200
    assert len(left) == 2 + len(others)
    assert used[1] < used[0] + 100_000


def vms_of(server: Handle) -> list[Handle]:
    with prl.PrlSrv_GetVmList(server) as job:
        pyvjob.Job_Wait(job)
        vms: list[Handle] = pyvjob.Job_Result(job)
        return vms


# ---- 15, 16: the end of the interpreter among events and callbacks


def run(program: str) -> str:
    child = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)],
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
    )
    assert (child.returncode, child.stderr) == (0, ""), child.stderr
    return child.stdout


FLOOD = """
    import sys, threading
    import pyvjob
    from pyvjob import prl, sim
    sim.clock("{clock}")
    sim.duration("start", 0.001, steps=100)
    prl.PrlApi_Init(prl.PARALLELS_API_VER)
    server = prl.PrlSrv_Create()
    with prl.PrlSrv_LoginLocal(server, None, 0, prl.PSL_NORMAL_SECURITY) as job:
        pyvjob.Job_Wait(job)
        pyvjob.Free(pyvjob.Job_Result(job)[0])
    with prl.PrlSrv_GetVmList(server) as job:
        vm = pyvjob.Job_Result((pyvjob.Job_Wait(job), job)[1])[0]
    enough = threading.Semaphore(0)
    pyvjob.RegEventHandler(server, lambda handle, data: enough.release())
    def storm():
        while True:
            for job in (prl.PrlVm_Start(vm), prl.PrlVm_Stop(vm, True)):
                with job:
                    pyvjob.Job_Wait(job)
    threading.Thread(target=storm, daemon=True).start()
    for _ in range({events}):
        enough.acquire()
    {end}
"""


@pytest.mark.parametrize("end", ["pass", "sys.exit()", "prl.PrlApi_Deinit(); sys.exit()"])
@pytest.mark.parametrize(("clock", "events"), [("auto", 1), ("real", 150)])
def test_complaint_15_exit_while_events_arrive(end: str, clock: str, events: int) -> None:
    if "Deinit" in end:
        # The storm's thread finds its API gone, which it may say.
        end = "threading.excepthook = lambda args: None; " + end
    run(FLOOD.format(end=end, clock=clock, events=events))


@pytest.mark.parametrize("turns", [1, 3, 9])
def test_complaint_16_exit_while_callbacks_run(turns: int) -> None:
    """Callbacks, with objects that only they refer to, at any moment of the finalization."""
    run(
        f"""
        import threading
        import pyvjob
        from pyvjob import vix
        job = vix.VixHost_Connect(vix.VIX_API_VERSION, vix.VIX_SERVICEPROVIDER_VMWARE_WORKSTATION,
                                  None, 0, None, None, 0, None, None, None)
        host = vix.VixJob_Wait(job, vix.VIX_PROPERTY_JOB_RESULT_HANDLE)
        called = threading.Semaphore(0)
        class Dies:
            def __del__(self):
                called.release()
        def again(job, event, info, data):
            called.release()
            if event == vix.VIX_EVENTTYPE_CALLBACK_SIGNALLED:
                vix.VixHost_FindItems(host, vix.VIX_FIND_REGISTERED_VMS, None, -1, again, Dies())
        vix.VixHost_FindItems(host, vix.VIX_FIND_REGISTERED_VMS, None, -1, again, Dies())
        for _ in range({turns}):
            called.acquire()
        import os, warnings
        warnings.simplefilter("ignore")
        """
    )


# ---- 17: the end of a job whose loop is closed


def test_complaint_17_ends_for_a_closed_loop_are_counted(world: None) -> None:
    before = sim.dropped()
    loop = asyncio.new_event_loop()
    job = native.start(duration_s=10)

    async def give_up() -> None:
        task = asyncio.ensure_future(wait())
        await asyncio.sleep(0)
        task._log_destroy_pending = False  # type: ignore[attr-defined]
        stuck.append(task)

    async def wait() -> None:
        await job

    stuck: list[Any] = []
    loop.run_until_complete(give_up())
    loop.close()
    with job:
        pyvjob.Job_Wait(job)  # nobody takes what the loop waited for, and nothing waits for that
    assert sim.dropped() == before + 1
    stuck[0].get_coro().close()


# ---- 23: an API without a cancel


def test_complaint_23_jobs_of_an_api_without_cancel_can_be_cancelled(world: None) -> None:
    with vix_connect() as host_job:
        host = vix.VixJob_Wait(host_job, vix.VIX_PROPERTY_JOB_RESULT_HANDLE)
    sim.duration("start", 1000)
    with vix.VixVM_Open(host, "[standard] WindowsXP/WindowsXP.vmx") as job:
        vm = vix.VixJob_Wait(job, vix.VIX_PROPERTY_JOB_RESULT_HANDLE)
    with vm, vix.VixVM_PowerOn(vm, vix.VIX_VMPOWEROP_NORMAL, None) as job:
        pyvjob.Job_Cancel(job)
        pyvjob.Job_Wait(job)
        assert pyvjob.Job_Status(job) is pyvjob.JobState.CANCELLED
        with pytest.raises(pyvjob.VixError) as failed:
            pyvjob.Job_Result(job)
        assert failed.value.code == vix.VIX_E_CANCELLED
        state = vix.Vix_GetProperties(vm, vix.VIX_PROPERTY_VM_POWER_STATE)
        assert state & vix.VIX_POWERSTATE_POWERED_OFF
    assert sim.now() < 1577836800 + 900  # it did not run to its end first
    vix.VixHost_Disconnect(host)


def vix_connect() -> Any:
    return vix.VixHost_Connect(
        vix.VIX_API_VERSION,
        vix.VIX_SERVICEPROVIDER_VMWARE_WORKSTATION,
        *(None, 0, None, None, 0, None, None, None),
    )


# ---- 36: waits of days


def test_complaint_36_a_week_passes_in_moments(server: Handle) -> None:
    vms = vms_of(server)
    sim.duration("start", 7 * 86400)
    began = sim.now()
    with prl.PrlVm_Start(vms[0]) as job:
        with pytest.raises(pyvjob.Timeout) as waited:
            pyvjob.Job_Wait(job, 86400_000)
        assert waited.value.age_s >= 86400  # type: ignore[attr-defined]
        pyvjob.Job_Wait(job)
    assert sim.now() - began >= 7 * 86400
    for vm in vms:
        pyvjob.Free(vm)


# ---- 38: a callback that is not there


def test_complaint_38_no_callback_is_no_mistake(world: None) -> None:
    """VIX takes NULL for "no callback"; so does Python, with or without data."""
    with vix_connect() as job:
        host = vix.VixJob_Wait(job, vix.VIX_PROPERTY_JOB_RESULT_HANDLE)
    for callback, data in ((None, None), (None, object())):
        path = "[standard] WindowsXP/WindowsXP.vmx"
        with (
            vix.VixHost_OpenVM(host, path, vix.VIX_VMOPEN_NORMAL, None, callback, data) as job,
            vix.VixJob_Wait(job, vix.VIX_PROPERTY_JOB_RESULT_HANDLE) as vm,
        ):
            assert pyvjob.GetType(vm) is vix.VIX_HANDLETYPE_VM
    vix.VixHost_Disconnect(host)
