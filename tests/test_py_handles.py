"""Handles and jobs as Python objects: owning, equality, waits, errors. On native jobs."""

from __future__ import annotations

import copy
import gc
import os
import pickle
import signal
import threading
import time
import warnings
from typing import Any

import pytest

import pyvjob
from pyvjob import native, sim

pytestmark = pytest.mark.usefixtures("world")


def test_free_gives_back_once_and_the_second_time_is_an_error() -> None:
    job = native.start()
    pyvjob.Free(job)
    with pytest.raises(pyvjob.Error, match="VJOB_EBADHANDLE.*already freed"):
        pyvjob.Free(job)
    assert sim.leaks() == []


def test_another_object_of_equal_value_keeps_its_reference() -> None:
    first = native.start(duration_s=60)
    second = pyvjob.AddRef(first)
    assert first == second and hash(first) == hash(second) and first == int(second)
    pyvjob.Free(first)
    with pytest.raises(pyvjob.Error):
        pyvjob.Free(first)
    assert pyvjob.Job_Status(second) == pyvjob.JobState.RUNNING
    pyvjob.Free(second)
    assert sim.leaks() == []


def test_freeing_from_many_threads_gives_back_once() -> None:
    job = native.start()
    kept = pyvjob.AddRef(job)
    failures: list[pyvjob.Error] = []

    def free() -> None:
        try:
            pyvjob.Free(job)
        except pyvjob.Error as error:
            failures.append(error)

    threads = [threading.Thread(target=free) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(failures) == 7
    (leak,) = sim.leaks()
    assert (leak.refs, leak.api, leak.handle) == (1, "native", int(kept))
    pyvjob.Free(kept)


def test_handles_are_not_copied_behind_our_back() -> None:
    with native.start() as job:
        for duplicate in (copy.copy, copy.deepcopy, pickle.dumps):
            with pytest.raises(TypeError, match="AddRef"):
                duplicate(job)


def test_with_frees_at_the_end_unless_it_was_freed_inside() -> None:
    with native.start() as job:
        assert len(sim.leaks()) == 1
    assert sim.leaks() == []
    with native.start() as job:
        pyvjob.Free(job)
    assert "freed" in repr(job)


def test_a_dropped_handle_frees_itself_with_a_resource_warning() -> None:
    with pytest.warns(ResourceWarning, match="NativeJob.*never freed"):
        native.start()
        gc.collect()
    assert sim.leaks() == []


def test_handles_in_a_cycle_are_freed_by_the_collector() -> None:
    cycle: list[Any] = [native.start()]
    cycle.append(cycle)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        del cycle
        gc.collect()
    assert sim.leaks() == []


def test_generic_functions_refuse_what_is_no_handle() -> None:
    for function in (pyvjob.Free, pyvjob.AddRef, pyvjob.GetType, pyvjob.Job_Wait, pyvjob.events):
        for wrong in (None, 7, "job"):
            with pytest.raises(TypeError, match="expected a pyvjob"):
                function(wrong)  # type: ignore[arg-type]


def test_a_job_runs_to_its_end_on_the_simulated_clock() -> None:
    began = sim.now()
    with native.start(duration_s=3600, operation="copy", object="disk", steps=4) as job:
        assert pyvjob.GetType(job) is pyvjob.HandleType.JOB
        assert pyvjob.Job_Status(job) is pyvjob.JobState.RUNNING
        with pytest.raises(pyvjob.Error, match="VJOB_EPENDING"):
            pyvjob.Job_Result(job)
        assert pyvjob.Job_Wait(job) is None
        assert pyvjob.Job_Status(job) is pyvjob.JobState.DONE
        assert pyvjob.Job_Progress(job) == 100
        assert pyvjob.Job_Result(job) is None
    assert sim.now() - began == pytest.approx(3600, abs=1)


def test_timeout_names_job_operation_state_and_age() -> None:
    with native.start(duration_s=100, operation="copy", object="disk") as job:
        with pytest.raises(TimeoutError) as caught:
            pyvjob.Job_Wait(job, timeout_ms=10_000)
        error = caught.value
        assert isinstance(error, pyvjob.Timeout) and isinstance(error, pyvjob.Error)
        assert error.job is job
        assert (error.name, error.operation, error.object) == ("VJOB_ETIMEDOUT", "copy", "disk")
        assert error.state == "running"
        assert error.age_s == pytest.approx(10, abs=0.1)
        assert str(error) == (
            "Job_Wait: VJOB_ETIMEDOUT: job copy is still running after 10.000 s on 'disk'"
        )
        with pytest.raises(pyvjob.Timeout):
            pyvjob.Job_Wait(job, timeout_ms=0)
        with pytest.raises(ValueError, match="-1"):
            pyvjob.Job_Wait(job, timeout_ms=-1)


def test_cancel_ends_a_job_as_cancelled_once() -> None:
    with native.start(duration_s=1e6, operation="copy") as job:
        assert pyvjob.Job_Cancel(job) is True
        pyvjob.Job_Wait(job)
        assert pyvjob.Job_Status(job) is pyvjob.JobState.CANCELLED
        assert pyvjob.Job_Cancel(job) is False
        with pytest.raises(pyvjob.Error, match="VJOB_ECANCELLED"):
            pyvjob.Job_Result(job)


def test_wait_all_and_any_take_jobs_and_batches() -> None:
    slow, fast = native.start(duration_s=50), native.start(duration_s=5)
    with slow, fast:
        assert native.wait_any([slow, fast]) == 1
        with pytest.raises(pyvjob.Timeout):
            native.wait_all([slow, fast], timeout_ms=1)
        native.wait_all([slow, fast])
    with native.start_many(1000, duration_s=2.0) as many:
        native.wait_all(many)
        assert len(many) == 1000
        with many[-1] as last:
            assert pyvjob.Job_Status(last) is pyvjob.JobState.DONE
        with pytest.raises(IndexError):
            many[1000]
    assert sim.leaks() == []


def test_errors_can_be_pickled_and_keep_unknown_codes() -> None:
    error = pickle.loads(pickle.dumps(pyvjob.Error(-77, "text", "web", "running", "doing")))
    assert (error.code, error.name, error.object) == (-77, "-77", "web")
    assert str(error) == "doing: -77: text (object 'web', state running)"
    timeout = pickle.loads(pickle.dumps(pyvjob.Timeout(8, None, "copy", "disk", "running", 1.0)))
    assert timeout.operation == "copy"
    assert issubclass(pyvjob.PrlError, pyvjob.Error) and issubclass(pyvjob.VixError, pyvjob.Error)


@pytest.mark.parametrize("clock", ["real", "auto"])
def test_ctrl_c_interrupts_a_wait_at_once(clock: str) -> None:
    sim.clock("real")  # nothing ends within this test

    class Interrupted(Exception):
        pass

    def interrupt(number: int, frame: object) -> None:
        raise Interrupted

    old = signal.signal(signal.SIGUSR1, interrupt)
    sent = 0.0

    def send() -> None:
        nonlocal sent
        sent = time.monotonic()
        os.kill(os.getpid(), signal.SIGUSR1)

    timer = threading.Timer(0.05, send)
    try:
        with native.start(duration_s=3600) as job:
            timer.start()
            with pytest.raises(Interrupted):
                if clock == "real":
                    pyvjob.Job_Wait(job)
                else:
                    sim.sleep(3600)
            assert time.monotonic() - sent < 0.2
    finally:
        timer.join()
        signal.signal(signal.SIGUSR1, old)


def test_a_wait_ends_with_the_api() -> None:
    job = native.start(duration_s=1e9)
    sim.clock("real")
    raised: list[pyvjob.Error] = []

    def wait() -> None:
        try:
            pyvjob.Job_Wait(job)
        except pyvjob.Error as error:
            raised.append(error)

    thread = threading.Thread(target=wait)
    thread.start()
    sim.reset()
    thread.join(10)
    assert not thread.is_alive()
    assert [error.name for error in raised] in (["VJOB_ECLOSED"], ["VJOB_EBADHANDLE"])
    with pytest.raises(pyvjob.Error, match="VJOB_EBADHANDLE|VJOB_EINIT"):
        pyvjob.Free(job)  # its API was ended, and the number with it
