"""pyvjob.vix: C functions as Python functions; callbacks, awaiting, property calls, errors."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import pyvjob
from pyvjob import sim, vix
from pyvjob.handle import Handle

XP = "[standard] WindowsXP/WindowsXP.vmx"
RESULT = "VIX_PROPERTY_JOB_RESULT_HANDLE"


def connect(callback: Any = None, data: Any = None, options: int = 0) -> Handle:
    with vix.VixHost_Connect(
        vix.VIX_API_VERSION,
        vix.VIX_SERVICEPROVIDER_VMWARE_WORKSTATION,
        None,
        0,
        None,
        None,
        options,
        None,
        callback,
        data,
    ) as job:
        host: Handle = vix.VixJob_Wait(job, vix.VIX_PROPERTY_JOB_RESULT_HANDLE)
        return host


@pytest.fixture
def host(world: None) -> Iterator[Handle]:
    host = connect()
    yield host
    if host._owned is not None:
        vix.VixHost_Disconnect(host)


@pytest.fixture
def vm(host: Handle) -> Iterator[Handle]:
    with vix.VixVM_Open(host, XP) as job, vix.VixJob_Wait(job, getattr(vix, RESULT)) as vm:
        yield vm


def done(job: Any, *ids: int) -> Any:
    with job:
        return vix.VixJob_Wait(job, *ids)


# ---- property calls ----


def test_property_calls_take_ids_and_return_values(vm: Handle) -> None:
    path, vcpus, running = vix.Vix_GetProperties(
        vm,
        vix.VIX_PROPERTY_VM_VMX_PATHNAME,
        vix.VIX_PROPERTY_VM_NUM_VCPUS,
        vix.VIX_PROPERTY_VM_IS_RUNNING,
    )
    assert path.endswith("WindowsXP.vmx")
    assert vcpus > 0
    assert running is False
    assert vix.Vix_GetProperties(vm, vix.VIX_PROPERTY_VM_NAME) == "WindowsXP"
    assert vix.Vix_GetProperties(vm) is None
    kind = vix.Vix_GetPropertyType(vm, vix.VIX_PROPERTY_VM_NAME)
    assert kind is vix.VIX_PROPERTYTYPE_STRING


def test_an_id_of_another_type_of_handle_raises(host: Handle) -> None:
    with pytest.raises(pyvjob.VixError) as failed:
        vix.Vix_GetProperties(host, vix.VIX_PROPERTY_VM_NAME)
    assert failed.value.code == vix.VIX_E_UNRECOGNIZED_PROPERTY
    assert failed.value.name == "VIX_E_UNRECOGNIZED_PROPERTY"
    assert failed.value.text


def test_property_lists_keep_values_of_each_type(host: Handle) -> None:
    pairs = {
        vix.VIX_PROPERTY_VM_ENCRYPTION_PASSWORD: "geheim",
        vix.VIX_PROPERTY_VM_NUM_VCPUS: 3,
        vix.VIX_PROPERTY_VM_IS_RUNNING: True,
        vix.VIX_PROPERTY_JOB_RESULT_FILE_SIZE: 1 << 40,
        vix.VIX_PROPERTY_JOB_RESULT_SCREEN_IMAGE_DATA: b"a\0b",
    }
    flat = [word for pair in pairs.items() for word in pair]
    with vix.VixPropertyList_AllocPropertyList(host, *flat) as made:
        assert vix.Vix_GetProperties(made, *pairs) == tuple(pairs.values())
        assert pyvjob.GetType(made) is vix.VIX_HANDLETYPE_PROPERTY_LIST
    with pytest.raises(TypeError, match="alternate"):
        vix.VixPropertyList_AllocPropertyList(host, vix.VIX_PROPERTY_VM_NAME)


# ---- generic functions ----


def test_generic_functions_work_for_vix(vm: Handle) -> None:
    assert pyvjob.GetType(vm) is vix.VIX_HANDLETYPE_VM
    with pyvjob.AddRef(vm) as same:
        assert same == vm and same is not vm
    job = vix.VixVM_PowerOn(vm, vix.VIX_VMPOWEROP_NORMAL, None)
    assert vix.VixJob_GetError(job) == vix.VIX_E_UNFINISHED_JOB
    with pytest.raises(pyvjob.VixError, match="VIX_E_UNFINISHED_JOB"):
        pyvjob.Job_Result(job)
    pyvjob.Job_Wait(job)
    assert vix.VixJob_CheckCompletion(job) is True
    assert pyvjob.Job_Status(job) is pyvjob.JobState.DONE
    assert pyvjob.Job_Result(job) == {}
    pyvjob.Free(job)
    with pytest.raises(pyvjob.VixError) as twice:
        pyvjob.Free(job)
    assert twice.value.code == vix.VIX_E_INVALID_HANDLE
    state = vix.Vix_GetProperties(vm, vix.VIX_PROPERTY_VM_POWER_STATE)
    assert state & vix.VIX_POWERSTATE_POWERED_ON


def test_job_result_is_a_dict_of_properties(host: Handle) -> None:
    with vix.VixVM_Open(host, XP) as job:
        pyvjob.Job_Wait(job)
        result = pyvjob.Job_Result(job)
    (vm,) = result.values()
    assert list(result) == [vix.VIX_PROPERTY_JOB_RESULT_HANDLE]
    with vm:
        assert pyvjob.GetType(vm) is vix.VIX_HANDLETYPE_VM


def test_a_failed_job_raises_with_names(host: Handle) -> None:
    with vix.VixVM_Open(host, "[standard] none/none.vmx") as job:
        pyvjob.Job_Wait(job)
        assert pyvjob.Job_Status(job) is pyvjob.JobState.FAILED
        with pytest.raises(pyvjob.VixError) as failed:
            pyvjob.Job_Result(job)
        with pytest.raises(pyvjob.VixError, match=failed.value.name):
            vix.VixJob_Wait(job, vix.VIX_PROPERTY_JOB_RESULT_HANDLE)
        assert vix.VixJob_GetError(job) == failed.value.code
    assert failed.value.doing == "VixVM_Open"
    assert isinstance(failed.value, pyvjob.Error)


def test_a_wait_that_is_too_short_is_a_timeout_with_the_operation(vm: Handle) -> None:
    sim.duration("start", 30)
    with vix.VixVM_PowerOn(vm, 0, None) as job:
        with pytest.raises(pyvjob.Timeout, match="VixVM_PowerOn is still running") as late:
            pyvjob.Job_Wait(job, 1000)
        assert isinstance(late.value, pyvjob.VixError)
        assert isinstance(late.value, TimeoutError)
        vix.VixJob_Wait(job)


def test_event_handlers_are_refused_and_the_callback_is_named(host: Handle) -> None:
    for refuse in (pyvjob.RegEventHandler, pyvjob.UnregEventHandler):
        with pytest.raises(TypeError, match="callback argument"):
            refuse(host, print)


def test_wrong_arguments_name_the_prototype(vm: Handle) -> None:
    with pytest.raises(TypeError, match=r"VixHandle VixVM_PowerOn\(VixHandle vmHandle"):
        vix.VixVM_PowerOn(vm)
    with pytest.raises(TypeError, match="must be callable"):
        vix.VixVM_PowerOn(vm, 0, None, 5)


def test_constants_and_names() -> None:
    assert vix.VIX_E_INVALID_HANDLE == 1000
    assert vix.VixPowerState(vix.VIX_POWERSTATE_PAUSED) is vix.VIX_POWERSTATE_PAUSED
    assert vix.VIX_EVENTTYPE_HOST_INITIALIZED == 100
    names = dir(vix)
    assert {"VixVM_PowerOn", "VIX_OK", "VixEventType", "FindItems"} <= set(names)
    for name in names:
        assert getattr(vix, name) is not None
    assert vix.Vix_GetErrorText(vix.VIX_OK) and vix.Vix_GetErrorText(123456789)


# ---- callbacks ----


class Heard:
    """A callback that keeps what it is told."""

    def __init__(self, pause: float = 0.0) -> None:
        self.events: list[tuple[Any, Any]] = []
        self.threads: set[int] = set()
        self.pause = threading.Event()
        self.seconds = pause

    def __call__(self, job: Any, event: int, info: Any, data: Any) -> None:
        self.pause.wait(self.seconds)
        self.threads.add(threading.get_ident())
        self.events.append((event, data))


def test_connect_tells_of_the_host_then_of_the_end(world: None) -> None:
    heard = Heard()
    host = connect(heard, "context")
    assert heard.events == [
        (vix.VIX_EVENTTYPE_HOST_INITIALIZED, "context"),
        (vix.VIX_EVENTTYPE_JOB_COMPLETED, "context"),
    ]
    assert threading.get_ident() not in heard.threads
    vix.VixHost_Disconnect(host)


def test_waits_end_after_the_callback_has_returned(host: Handle) -> None:
    for wait in (vix.VixJob_Wait, pyvjob.Job_Wait):
        heard = Heard(pause=0.2)
        with vix.VixVM_Open(host, XP, heard, 7) as job:
            wait(job)
            assert heard.events == [(vix.VIX_EVENTTYPE_JOB_COMPLETED, 7)]


def test_a_callback_reads_its_job_and_waits_for_it_and_for_others(host: Handle) -> None:
    opened: list[Handle] = []

    def told(job: Any, event: int, info: Any, data: Any) -> None:
        assert event is vix.VIX_EVENTTYPE_JOB_COMPLETED and info is None
        pyvjob.Job_Wait(job)
        vm = vix.VixJob_Wait(job, vix.VIX_PROPERTY_JOB_RESULT_HANDLE)
        opened.append(vm)
        done(vix.VixVM_PowerOn(vm, 0, None))
        done(vix.VixVM_PowerOff(vm, 0, Heard()))

    done(vix.VixVM_Open(host, XP, told, None))
    (vm,) = opened
    with vm:
        assert vix.Vix_GetProperties(vm, vix.VIX_PROPERTY_VM_IS_RUNNING) is False


def test_find_items_by_callback(host: Handle) -> None:
    found: list[str] = []

    def told(job: Any, event: int, info: Any, data: list[str]) -> None:
        if event == vix.VIX_EVENTTYPE_FIND_ITEM:
            data.append(vix.Vix_GetProperties(info, vix.VIX_PROPERTY_FOUND_ITEM_LOCATION))

    with vix.VixVM_Open(host, XP) as job, vix.VixJob_Wait(job, getattr(vix, RESULT)) as vm:
        done(vix.VixVM_PowerOn(vm, 0, None))
    done(vix.VixHost_FindItems(host, vix.VIX_FIND_RUNNING_VMS, None, -1, told, found))
    assert any("WindowsXP" in path for path in found)


@pytest.mark.parametrize("wait", ["VixJob_Wait", "Job_Wait", "Free", "await"])
def test_an_exception_is_reported_and_raised_where_the_program_waits(
    wait: str, host: Handle, monkeypatch: pytest.MonkeyPatch
) -> None:
    reported: list[Any] = []
    monkeypatch.setattr(threading, "excepthook", lambda args: reported.append(args.exc_value))

    def told(job: Any, event: int, info: Any, data: Any) -> None:
        raise ZeroDivisionError("told")

    job = vix.VixVM_Open(host, XP, told, None)

    async def awaits() -> None:
        await job

    if wait == "Free":
        sim.sleep(100)
        while not vix.VixJob_CheckCompletion(job):
            sim.sleep(1)
    with pytest.raises(ZeroDivisionError, match="told"):
        if wait == "await":
            asyncio.run(awaits())
        else:
            {"VixJob_Wait": vix.VixJob_Wait, "Job_Wait": pyvjob.Job_Wait, "Free": pyvjob.Free}[
                wait
            ](job)
    assert [type(one) for one in reported] == [ZeroDivisionError]
    if wait == "Free":
        return
    pyvjob.Job_Wait(job)  # once only
    pyvjob.Free(job)


def test_a_callback_is_called_although_the_job_was_released(host: Handle) -> None:
    heard = Heard()
    over = threading.Event()

    def told(job: Any, event: int, info: Any, data: Any) -> None:
        heard(job, event, info, data)
        over.set()

    pyvjob.Free(vix.VixVM_Open(host, XP, told, 1))
    assert over.wait(10)
    assert heard.events == [(vix.VIX_EVENTTYPE_JOB_COMPLETED, 1)]


def test_a_callback_may_free_its_job(host: Handle) -> None:
    def told(job: Any, event: int, info: Any, data: Any) -> None:
        pyvjob.Free(job)

    done(vix.VixVM_Open(host, XP, told))


def test_disconnect_waits_for_callbacks(world: None) -> None:
    host = connect()
    heard = Heard(pause=0.1)
    job = vix.VixVM_Open(host, XP, heard)
    vix.VixHost_Disconnect(host)
    assert [event for event, _ in heard.events] == [vix.VIX_EVENTTYPE_JOB_COMPLETED]
    pyvjob.Free(job)
    with pytest.raises(pyvjob.VixError):
        vix.VixHost_Disconnect(host)


def test_many_callbacks_at_once(host: Handle) -> None:
    heard = [Heard() for _ in range(200)]
    jobs = [vix.VixVM_Open(host, XP, one, n) for n, one in enumerate(heard)]
    for job in jobs:
        done(job)
    assert [one.events[-1][1] for one in heard] == list(range(200))


def test_the_event_pump(world: None) -> None:
    host = connect(options=vix.VIX_HOSTOPTION_USE_EVENT_PUMP)
    heard = Heard()
    with vix.VixVM_Open(host, XP, heard, 3) as job:
        while not vix.VixJob_CheckCompletion(job):
            vix.Vix_PumpEvents(host, vix.VIX_PUMPEVENTOPTION_NONE)
        pyvjob.Job_Wait(job)
        assert heard.events == [(vix.VIX_EVENTTYPE_JOB_COMPLETED, 3)]
    vix.VixHost_Disconnect(host)


# ---- asyncio ----


def test_await_a_job(vm: Handle) -> None:
    async def story() -> None:
        assert await vix.VixVM_PowerOn(vm, 0, None) == {}
        with pytest.raises(pyvjob.VixError):
            await vix.VixVM_RunProgramInGuest(vm, "/bin/true", "", 0, None)
        with pytest.raises(RuntimeError, match="await"):
            vix.VixJob_Wait(vix.VixVM_PowerOff(vm, 0))

    with pytest.warns(ResourceWarning):
        asyncio.run(story())


def test_find_items_as_an_async_iterator(vm: Handle, host: Handle) -> None:
    async def story() -> list[str]:
        await vix.VixVM_PowerOn(vm, 0, None)
        return [path async for path in vix.FindItems(host, vix.VIX_FIND_RUNNING_VMS)]

    assert any("WindowsXP" in path for path in asyncio.run(story()))


def test_find_items_left_early_and_failing(vm: Handle, host: Handle) -> None:
    async def story() -> None:
        await vix.VixVM_PowerOn(vm, 0, None)
        async for _ in vix.FindItems(host, vix.VIX_FIND_RUNNING_VMS):
            break
        with pytest.raises(pyvjob.VixError, match="VIX_E_INVALID_ARG"):
            async for _ in vix.FindItems(host, 12345):
                pass

    asyncio.run(story())


# ---- the guest ----


def test_guest_programs_processes_and_files(vm: Handle, tmp_path: Path) -> None:
    sent, back = tmp_path / "sent", tmp_path / "back"
    sent.write_bytes(bytes(range(256)) * 1000)
    done(vix.VixVM_PowerOn(vm, 0, None))
    done(vix.VixVM_WaitForToolsInGuest(vm, 300))
    done(vix.VixVM_LoginInGuest(vm, "vixuser", "secret", 0))
    done(vix.VixVM_CopyFileFromHostToGuest(vm, str(sent), "C:\\data.bin", 0, None))
    done(vix.VixVM_CopyFileFromGuestToHost(vm, "C:\\data.bin", str(back), 0, None))
    assert back.read_bytes() == sent.read_bytes()
    with vix.VixVM_RunProgramInGuest(vm, "/bin/sh", "-c 'exit 3'", 0, None) as job:
        pyvjob.Job_Wait(job)
        result = pyvjob.Job_Result(job)
    assert result[vix.VIX_PROPERTY_JOB_RESULT_GUEST_PROGRAM_EXIT_CODE] == 3
    with vix.VixVM_ListProcessesInGuest(vm, 0) as job:
        pyvjob.Job_Wait(job)
        rows = pyvjob.Job_Result(job)
        names = rows[vix.VIX_PROPERTY_JOB_RESULT_ITEM_NAME]
        assert len(names) == vix.VixJob_GetNumProperties(job, vix.VIX_PROPERTY_JOB_RESULT_ITEM_NAME)
        assert all(len(column) == len(names) for column in rows.values())
    image = done(
        vix.VixVM_CaptureScreenImage(vm, vix.VIX_CAPTURESCREENFORMAT_PNG, None),
        vix.VIX_PROPERTY_JOB_RESULT_SCREEN_IMAGE_DATA,
    )
    assert image.startswith(b"\x89PNG")


# ---- leaving ----


@pytest.mark.parametrize("leave", ["", "import os, signal; signal.alarm(20); sys.exit(3)"])
def test_exit_with_a_callback_in_flight(leave: str, tmp_path: Path) -> None:
    program = f"""
import sys, threading, time
from pyvjob import vix
job = vix.VixHost_Connect(vix.VIX_API_VERSION, 3, None, 0, None, None, 0, None)
host = vix.VixJob_Wait(job, vix.VIX_PROPERTY_JOB_RESULT_HANDLE)
began = threading.Event()
def told(*event):
    began.set()
    time.sleep(1000)
open_job = vix.VixVM_Open(host, {XP!r}, told, None)
assert began.wait(20)
late = vix.VixVM_Open(host, {XP!r}, told, None)
{leave}
"""
    command = [sys.executable, "-c", program]
    ended = subprocess.run(command, capture_output=True, timeout=40, cwd=tmp_path)
    assert ended.returncode == (3 if leave else 0), ended.stderr


def test_reset_ends_sessions_and_their_callbacks() -> None:
    with sim.world(clock="auto"):
        host = connect()
        heard = Heard()
        job = vix.VixVM_Open(host, XP, heard)
        sim.reset()
        assert [event for event, _ in heard.events] == [vix.VIX_EVENTTYPE_JOB_COMPLETED]
        assert sim.leaks() == []
        for handle in (host, job):
            handle._owned = False
