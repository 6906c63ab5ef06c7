"""Jobs with bodies in Python, and sources of events: the engine itself from Python."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

import pyvjob
from pyvjob import native, prl, sim

PATIENCE_S = 20


@pytest.fixture(autouse=True)
def fresh(world: None) -> Iterator[None]:
    """Each test has a world of its own and leaves no handle."""
    yield


# ---- bodies


def test_a_function_does_the_work_of_a_job() -> None:
    where: list[threading.Thread] = []

    def add(job: native.NativeJob, a: int, b: int) -> int:
        where.append(threading.current_thread())
        return a + b

    with native.run(add, 2, 3) as job:
        pyvjob.Job_Wait(job)
        assert pyvjob.Job_Result(job) == 5
        assert pyvjob.Job_Status(job).name == "DONE"
        assert pyvjob.Job_Progress(job) == 100
        assert pyvjob.GetType(job) is native.HandleType.JOB  # type: ignore[attr-defined]
    (thread,) = where
    assert thread is not threading.main_thread()
    assert thread.name == "pyvjob-body"


def test_what_the_body_raises_fails_the_job() -> None:
    def fail(job: native.NativeJob) -> None:
        raise KeyError("nothing here")

    with native.run(fail, operation="search") as job:
        pyvjob.Job_Wait(job)  # never raises the job's own failure
        assert pyvjob.Job_Status(job).name == "FAILED"
        with pytest.raises(KeyError, match="nothing here"):
            pyvjob.Job_Result(job)
        with pytest.raises(KeyError):  # as often as one asks
            pyvjob.Job_Result(job)


def test_an_engine_error_keeps_its_code() -> None:
    def fail(job: native.NativeJob) -> None:
        pyvjob.Free(native.source("x"))
        raise pyvjob.Error(12, "told so")

    with native.run(fail) as job:
        pyvjob.Job_Wait(job)
        with pytest.raises(pyvjob.Error) as caught:
            pyvjob.Job_Result(job)
        assert caught.value.code == 12


def test_progress_and_cancelling() -> None:
    begun, asked = threading.Event(), threading.Event()

    def work(job: native.NativeJob) -> None:
        native.report(job, 30)
        native.report(job, 10)
        begun.set()
        assert asked.wait(PATIENCE_S)
        if native.is_cancelled(job):
            raise native.Cancelled("half of it is gone")

    with native.run(work) as job:
        assert begun.wait(PATIENCE_S)
        assert pyvjob.Job_Progress(job) == 30
        with pytest.raises(pyvjob.Error):
            pyvjob.Job_Result(job)  # it runs
        assert pyvjob.Job_Cancel(job)
        assert pyvjob.Job_Status(job).name == "RUNNING"
        asked.set()
        pyvjob.Job_Wait(job)
        assert pyvjob.Job_Status(job).name == "CANCELLED"
        with pytest.raises(native.Cancelled):
            pyvjob.Job_Result(job)
        assert not pyvjob.Job_Cancel(job)


def test_a_body_that_ignores_the_request_ends_as_it_would_have() -> None:
    go = threading.Event()
    with native.run(lambda job: go.wait(PATIENCE_S) and "done") as job:
        pyvjob.Job_Cancel(job)
        go.set()
        pyvjob.Job_Wait(job)
        assert pyvjob.Job_Status(job).name in ("DONE", "CANCELLED")  # it may not have begun


def test_bodies_wait_for_jobs_of_any_kind(server: Any) -> None:
    def outer(job: native.NativeJob) -> str:
        with native.run(lambda inner: "inner") as inner:
            pyvjob.Job_Wait(inner)
            first = pyvjob.Job_Result(inner)
        with native.start(duration_s=3600) as hour:
            pyvjob.Job_Wait(hour)
        with prl.PrlSrv_GetVmConfig(server, "WindowsXP", prl.PGVC_SEARCH_BY_NAME) as found:
            pyvjob.Job_Wait(found)
            (vm,) = pyvjob.Job_Result(found)
        with vm:
            return f"{first} {prl.PrlVmCfg_GetName(vm)}"

    began = time.monotonic()
    with native.run(outer) as job:
        pyvjob.Job_Wait(job)
        assert pyvjob.Job_Result(job) == "inner WindowsXP"
    assert time.monotonic() - began < PATIENCE_S  # the hour is the clock's


def test_await_a_body() -> None:
    async def main() -> list[Any]:
        return await asyncio.gather(*(native.run(lambda job, n: n * n, n) for n in range(20)))

    assert asyncio.run(main()) == [n * n for n in range(20)]


def test_await_raises_what_the_body_raised() -> None:
    def fail(job: native.NativeJob) -> None:
        raise ZeroDivisionError

    async def main() -> None:
        with pytest.raises(ZeroDivisionError):
            await native.run(fail)

    asyncio.run(main())


def test_more_bodies_than_threads_take_turns() -> None:
    from pyvjob import _bodies

    running, most = 0, 0
    lock = threading.Lock()

    def work(job: native.NativeJob) -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        time.sleep(0.001)
        with lock:
            running -= 1

    jobs = [native.run(work) for _ in range(_bodies.LIMIT * 2)]
    native.wait_all(jobs)
    for job in jobs:
        pyvjob.Free(job)
    assert 1 <= most <= _bodies.LIMIT


def test_a_job_may_be_freed_before_its_body_ends() -> None:
    go, over = threading.Event(), threading.Event()

    def work(job: native.NativeJob) -> None:
        go.wait(PATIENCE_S)
        native.report(job, 50)  # its own reference is alive
        over.set()

    pyvjob.Free(native.run(work))
    go.set()
    assert over.wait(PATIENCE_S)
    until = time.monotonic() + PATIENCE_S
    while sim.leaks() and time.monotonic() < until:
        time.sleep(0.001)  # the body's own reference goes right after its return


def test_only_functions_are_bodies() -> None:
    with pytest.raises(TypeError):
        native.run("not callable")  # type: ignore[arg-type]


def test_a_second_reference_gives_the_same_result() -> None:
    with native.run(lambda job: {"a": 1}) as job, pyvjob.AddRef(job) as again:
        pyvjob.Job_Wait(again)  # type: ignore[arg-type]
        assert pyvjob.Job_Result(again) == {"a": 1}  # type: ignore[arg-type]


# ---- events


class Calls:
    def __init__(self) -> None:
        self.seen: list[Any] = []
        self.changed = threading.Condition()

    def __call__(self, event: Any, data: Any) -> None:
        with self.changed:
            self.seen.append((event, data))
            self.changed.notify_all()

    def wait_for(self, n: int) -> list[Any]:
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.seen) >= n, PATIENCE_S)
            return list(self.seen)


def test_handlers_hear_what_is_posted() -> None:
    calls = Calls()
    with native.source("mine") as source:
        pyvjob.RegEventHandler(source, calls, "data")
        for n in range(100):
            native.post(source, "step", object="thing", state="busy", progress=n, value=n * n)
        seen = calls.wait_for(100)
        pyvjob.UnregEventHandler(source, calls, "data")
        native.post(source, "unheard")
    assert [event.value for event, _ in seen] == [n * n for n in range(100)]
    event, data = seen[7]
    assert (event.what, event.object, event.state, event.progress) == ("step", "thing", "busy", 7)
    assert data == "data"
    assert event.time_ns > 0
    assert pyvjob.GetType  # the module works without a facade


def test_the_world_is_a_source(server: Any) -> None:
    calls = Calls()
    with native.world() as world:
        pyvjob.RegEventHandler(world, calls)
        with prl.PrlSrv_GetVmConfig(server, "WindowsXP", prl.PGVC_SEARCH_BY_NAME) as found:
            pyvjob.Job_Wait(found)
            (vm,) = pyvjob.Job_Result(found)
        with vm, prl.PrlVm_Start(vm) as job:
            pyvjob.Job_Wait(job)
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            states = [e.state for e, _ in list(calls.seen) if e.object == "WindowsXP"]
            if "running" in states:
                break
            time.sleep(0.001)
        pyvjob.UnregEventHandler(world, calls)
    assert "starting" in states
    assert "running" in states
    numbers = [event.seq for event, _ in calls.seen]
    assert numbers == sorted(numbers)


def test_a_handler_that_raises_is_heard_at_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(threading, "excepthook", lambda _: None)
    calls = Calls()

    def bad(event: Any, data: Any) -> None:
        calls(event, data)
        raise RuntimeError(event.what)

    source = native.source()
    pyvjob.RegEventHandler(source, bad)
    native.post(source, "first")
    native.post(source, "second")
    calls.wait_for(2)
    with pytest.raises(RuntimeError, match="first"):
        pyvjob.Free(source)


def test_events_of_a_source_on_a_loop() -> None:
    async def main() -> list[str]:
        heard = []
        with native.source("s") as source:
            async with pyvjob.events(source) as stream:
                for word in ("a", "b", "c"):
                    native.post(source, word)
                async for event in stream:
                    heard.append(event.what)
                    if event.what == "c":
                        break
        return heard

    assert asyncio.run(main()) == ["a", "b", "c"]


def test_handlers_may_post_register_and_wait() -> None:
    later = Calls()
    with native.source("first") as first, native.source("second") as second:

        def relay(event: Any, data: Any) -> None:
            pyvjob.RegEventHandler(second, later)
            with native.start(duration_s=60) as minute:
                pyvjob.Job_Wait(minute)
            native.post(second, event.what + "!")

        pyvjob.RegEventHandler(first, relay)
        native.post(first, "hello")
        ((event, _),) = later.wait_for(1)
        assert event.what == "hello!"


def test_a_job_has_no_events() -> None:
    with native.start() as job, pytest.raises(pyvjob.Error):
        pyvjob.RegEventHandler(job, print)
