"""Event handlers on Python's own threads: who is called, in which order, what they may do."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import pyvjob
from pyvjob import prl, sim
from pyvjob.handle import Handle, owed

PATIENCE_S = 20


def vm_of(server: Handle, name: str = "WindowsXP") -> Handle:
    with prl.PrlSrv_GetVmConfig(server, name, prl.PGVC_SEARCH_BY_NAME) as job:
        pyvjob.Job_Wait(job)
        (vm,) = pyvjob.Job_Result(job)
    return vm  # type: ignore[no-any-return]


def list_vms(server: Handle) -> None:
    """A job for the handlers to hear of."""
    with prl.PrlSrv_GetVmList(server) as job:
        pyvjob.Job_Wait(job)


class Calls:
    """A handler that notes its calls, and lets a test wait for them."""

    def __init__(self) -> None:
        self.seen: list[Any] = []
        self.changed = threading.Condition()

    def note(self, what: Any) -> None:
        with self.changed:
            self.seen.append(what)
            self.changed.notify_all()

    def __call__(self, handle: Handle, data: Any) -> None:
        self.note((handle, data))

    def wait(self, enough: Callable[[list[Any]], bool]) -> None:
        with self.changed:
            assert self.changed.wait_for(lambda: enough(self.seen), PATIENCE_S), self.seen


@pytest.fixture
def reported(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[BaseException]]:
    """What handlers raised, as reported to threading.excepthook."""
    errors: list[Any] = []
    monkeypatch.setattr(threading, "excepthook", lambda args: errors.append(args.exc_value))
    yield errors
    errors.clear()


def test_one_handler_sees_finished_jobs_and_events(server: Handle) -> None:
    """The story of the asynchronous API: register, start, analyse in the handler, unregister."""
    done = Calls()
    names: list[str] = []

    def handler(handle: Handle, data: object) -> None:
        if prl.PrlHandle_GetType(handle) == prl.PHT_EVENT:
            if prl.PrlEvent_GetType(handle) == prl.PET_DSP_EVT_HOST_STATISTICS_UPDATED:
                with prl.PrlEvent_GetParam(handle, 0) as parameter:
                    statistics = prl.PrlEvtPrm_ToHandle(parameter)
                with statistics:
                    assert prl.PrlHandle_GetType(statistics) is prl.PHT_SYSTEM_STATISTICS
                done.note("statistics")
        elif prl.PrlJob_GetOpCode(handle) == prl.PJOC_SRV_GET_VM_LIST:
            assert prl.PrlJob_GetRetCode(handle) == prl.PRL_ERR_SUCCESS
            with prl.PrlJob_GetResult(handle) as result:
                for n in range(prl.PrlResult_GetParamsCount(result)):
                    with prl.PrlResult_GetParamByIndex(result, n) as vm:
                        names.append(prl.PrlVmCfg_GetName(vm))
            done.note(int(handle))
        prl.PrlHandle_Free(handle)

    prl.PrlSrv_RegEventHandler(server, handler, "data")
    with prl.PrlSrv_SubscribeToHostStatistics(server) as job:
        pyvjob.Job_Wait(job)
    job = prl.PrlSrv_GetVmList(server)
    number = int(job)
    prl.PrlHandle_Free(job)  # the handler is called all the same
    done.wait(lambda seen: number in seen and "statistics" in seen)
    prl.PrlSrv_UnregEventHandler(server, handler, "data")
    assert "WindowsXP" in names


def test_handlers_hear_in_order_of_registration_and_of_what_happened(server: Handle) -> None:
    calls = Calls()
    for data in ("first", "second"):
        pyvjob.RegEventHandler(server, calls, data)
    jobs = [prl.PrlSrv_GetVmList(server) for _ in range(20)]
    calls.wait(lambda seen: len(seen) == 40)
    assert [(int(h), d) for h, d in calls.seen] == [
        (int(job), data) for job in jobs for data in ("first", "second")
    ]
    for job in jobs:
        pyvjob.Free(job)
    for data in ("first", "second"):
        pyvjob.UnregEventHandler(server, calls, data)
    calls.seen.clear()


def test_vm_handlers_hear_only_of_their_vm_after_those_of_the_server(server: Handle) -> None:
    calls = Calls()
    with vm_of(server) as vm:
        prl.PrlVm_RegEventHandler(vm, calls, "vm")
        prl.PrlSrv_RegEventHandler(server, calls, "server")
        list_vms(server)
        with prl.PrlVm_Start(vm) as job:
            pyvjob.Job_Wait(job)
            calls.wait(lambda seen: (job, "vm") in seen)
            position = calls.seen.index((job, "vm"))
            assert calls.seen[position - 1] == (job, "server") or (job, "server") in calls.seen
        list_jobs = [d for h, d in calls.seen if is_list_job(h)]
        assert list_jobs == ["server"]
        prl.PrlVm_UnregEventHandler(vm, calls, "vm")
        prl.PrlSrv_UnregEventHandler(server, calls, "server")
        calls.seen.clear()


def is_list_job(handle: Handle) -> bool:
    if not isinstance(handle, pyvjob.Job):
        return False
    return prl.PrlJob_GetOpCode(handle) == prl.PJOC_SRV_GET_VM_LIST


def test_unregister_matches_object_handler_and_data(server: Handle) -> None:
    calls = Calls()
    pyvjob.RegEventHandler(server, calls.__call__, [1])
    pyvjob.UnregEventHandler(server, calls.__call__, [2])  # no such: nothing happens
    list_vms(server)
    calls.wait(lambda seen: len(seen) == 1)
    pyvjob.UnregEventHandler(server, calls.__call__, [1])  # equal, not the same
    list_vms(server)
    assert len(calls.seen) == 1
    calls.seen.clear()
    with pytest.raises(TypeError, match="must be callable"):
        pyvjob.RegEventHandler(server, "handler")  # type: ignore[arg-type]
    with prl.PrlApi_CreateStringsList() as texts, pytest.raises(pyvjob.PrlError):
        pyvjob.RegEventHandler(texts, calls)


def test_a_handler_that_raises_is_called_again_and_raises_at_unregister(
    server: Handle, reported: list[BaseException]
) -> None:
    calls = Calls()

    def handler(handle: Handle, data: object) -> None:
        calls.note(int(handle))
        raise LookupError(f"number {len(calls.seen)}")

    pyvjob.RegEventHandler(server, handler)
    list_vms(server)
    list_vms(server)
    calls.wait(lambda seen: len(seen) == 2)
    with pytest.raises(LookupError, match="number 1"):
        pyvjob.UnregEventHandler(server, handler)
    assert [str(error) for error in reported] == ["number 1", "number 2"]
    assert sim.leaks() and all(leak.type == "PHT_SERVER" for leak in sim.leaks())


def test_freeing_the_server_raises_what_a_handler_left(
    server: Handle, reported: list[BaseException]
) -> None:
    calls = Calls()

    def handler(handle: Handle, data: object) -> None:
        calls.note(None)
        raise LookupError("left")

    pyvjob.RegEventHandler(server, handler)
    list_vms(server)
    calls.wait(bool)
    with pytest.raises(LookupError, match="left"):
        pyvjob.Free(server)
    assert len(reported) == 1


def test_a_handler_that_never_frees_leaks_nothing(server: Handle) -> None:
    calls = Calls()
    pyvjob.RegEventHandler(server, lambda handle, data: calls.note(int(handle)))
    handler = lambda handle, data: calls.note(int(handle))  # noqa: E731
    pyvjob.RegEventHandler(server, handler)
    for _ in range(50):
        list_vms(server)
    calls.wait(lambda seen: len(seen) == 100)
    pyvjob.UnregEventHandler(server, handler)
    pyvjob.Free(server)
    gc.collect()
    assert sim.leaks() == []


def test_what_is_owed_is_a_leak_whatever_a_handler_does(server: Handle) -> None:
    """The handler has freed its own reference to the job: the program's is still one."""
    calls, may_end = Calls(), threading.Event()

    def handler(handle: Handle, data: object) -> None:
        pyvjob.Free(handle)
        calls.note(None)
        may_end.wait()

    pyvjob.RegEventHandler(server, handler)
    with prl.PrlSrv_GetVmList(server) as job:
        calls.wait(bool)
        leaks = {leak.handle: leak.refs for leak in sim.leaks()}
        may_end.set()
        assert leaks[int(job)] == 1
        for vm in pyvjob.Job_Result(job):
            pyvjob.Free(vm)
    pyvjob.UnregEventHandler(server, handler)


def test_what_a_handler_runs_with_or_has_dropped_is_no_leak(server: Handle) -> None:
    calls, may_end = Calls(), threading.Event()

    def handler(handle: Handle, data: object) -> None:
        calls.note(None)
        if len(calls.seen) == 1:
            sim.sleep(100)  # the other events wait for it
        if len(calls.seen) == 3:
            may_end.wait()

    pyvjob.RegEventHandler(server, handler)
    for _ in range(3):
        list_vms(server)
    calls.wait(lambda seen: len(seen) == 3)
    leaks = [leak.handle for leak in sim.leaks()]
    may_end.set()
    assert leaks == [int(server)]
    pyvjob.UnregEventHandler(server, handler)


def test_what_handlers_dropped_is_given_back_before_one_waits_for_the_engine(
    server: Handle,
) -> None:
    """Not only when the next has returned: that may wait for what the reference keeps."""
    calls = Calls()

    def handler(handle: Handle, data: object) -> None:
        sim.sleep(100)
        if calls.seen:
            calls.note(owed(calls.seen[0]))
        else:
            calls.note(int(handle))

    pyvjob.RegEventHandler(server, handler)
    list_vms(server)
    list_vms(server)
    calls.wait(lambda seen: len(seen) == 2)
    assert calls.seen[1] is None
    pyvjob.UnregEventHandler(server, handler)


def test_a_kept_handle_stays_valid_after_the_call(server: Handle) -> None:
    calls = Calls()
    pyvjob.RegEventHandler(server, calls)
    list_vms(server)
    calls.wait(bool)
    pyvjob.UnregEventHandler(server, calls)
    kept, _ = calls.seen.pop()
    assert prl.PrlJob_GetOpCode(kept) is prl.PJOC_SRV_GET_VM_LIST
    pyvjob.Free(kept)


def test_a_handler_may_wait_for_another_job_and_for_other_handlers(server: Handle) -> None:
    """Its own subscriber waits meanwhile, others do not."""
    calls = Calls()
    other_heard = threading.Event()
    with prl.PrlSrv_Create() as other:
        with prl.PrlSrv_LoginLocal(other, None, 0, prl.PSL_NORMAL_SECURITY) as job:
            pyvjob.Job_Wait(job)
            pyvjob.Free(pyvjob.Job_Result(job)[0])

        def heard(handle: Handle, data: object) -> None:
            other_heard.set()

        def handler(handle: Handle, data: object) -> None:
            if is_list_job(handle):
                with prl.PrlSrv_GetSrvConfig(server) as inner:
                    prl.PrlJob_Wait(inner, 10_000)
                    pyvjob.Job_Wait(inner)
                    pyvjob.Free(pyvjob.Job_Result(inner)[0])
                list_vms(other)
                calls.note(other_heard.wait(PATIENCE_S))

        pyvjob.RegEventHandler(server, handler)
        pyvjob.RegEventHandler(other, heard)
        list_vms(server)
        calls.wait(bool)
        assert calls.seen == [True]
        pyvjob.UnregEventHandler(server, handler)
        pyvjob.UnregEventHandler(other, heard)


def test_a_handler_may_unregister_itself_and_register_others(server: Handle) -> None:
    calls = Calls()

    def second(handle: Handle, data: object) -> None:
        calls.note("second")

    def first(handle: Handle, data: object) -> None:
        pyvjob.UnregEventHandler(server, first)
        pyvjob.RegEventHandler(server, second)
        calls.note("first")

    pyvjob.RegEventHandler(server, first)
    list_vms(server)
    calls.wait(lambda seen: "first" in seen)
    list_vms(server)
    calls.wait(lambda seen: "second" in seen)
    assert calls.seen.count("first") == 1
    pyvjob.UnregEventHandler(server, second)


def test_unregister_waits_for_a_running_call(server: Handle) -> None:
    inside, leave, steps = threading.Event(), threading.Event(), []

    def handler(handle: Handle, data: object) -> None:
        inside.set()
        assert leave.wait(PATIENCE_S)
        steps.append("handler ends")

    pyvjob.RegEventHandler(server, handler)
    list_vms(server)
    assert inside.wait(PATIENCE_S)

    def unregister() -> None:
        pyvjob.UnregEventHandler(server, handler)
        steps.append("unregistered")

    thread = threading.Thread(target=unregister)
    thread.start()
    thread.join(0.05)
    assert thread.is_alive() and steps == []
    leave.set()
    thread.join(PATIENCE_S)
    assert steps == ["handler ends", "unregistered"]


def test_two_handlers_that_unregister_each_other_do_not_wait(server: Handle) -> None:
    calls = Calls()
    with prl.PrlSrv_Create() as other:
        with prl.PrlSrv_LoginLocal(other, None, 0, prl.PSL_NORMAL_SECURITY) as job:
            pyvjob.Job_Wait(job)
            pyvjob.Free(pyvjob.Job_Result(job)[0])
        both = threading.Barrier(2)

        def handler(handle: Handle, whose: str) -> None:
            both.wait(PATIENCE_S)  # both run
            pyvjob.UnregEventHandler(
                *((other, handler, "other") if whose == "server" else (server, handler, "server"))
            )
            calls.note(whose)

        pyvjob.RegEventHandler(server, handler, "server")
        pyvjob.RegEventHandler(other, handler, "other")
        list_vms(server)
        list_vms(other)
        calls.wait(lambda seen: sorted(seen) == ["other", "server"])


def test_deinit_inside_a_handler_is_refused_and_changes_nothing(server: Handle) -> None:
    calls = Calls()

    def handler(handle: Handle, data: object) -> None:
        try:
            prl.PrlApi_Deinit()
        except pyvjob.PrlError as error:
            calls.note(error.code)

    pyvjob.RegEventHandler(server, handler)
    list_vms(server)
    calls.wait(bool)
    assert calls.seen == [prl.PRL_ERR_INVALID_ACTION_REQUESTED]
    pyvjob.UnregEventHandler(server, handler)
    list_vms(server)


def test_deinit_ends_handlers_without_calling_them_again(server: Handle) -> None:
    calls = Calls()
    pyvjob.RegEventHandler(server, lambda handle, data: calls.note(1))
    list_vms(server)
    calls.wait(bool)
    prl.PrlApi_Deinit()
    assert pyvjob.handle.listeners == {}
    prl.PrlApi_Init(prl.PARALLELS_API_VER)
    with pytest.raises(pyvjob.PrlError):
        pyvjob.Free(server)


def test_freeing_a_vm_or_a_server_ends_its_registrations(server: Handle) -> None:
    calls = Calls()
    vm = vm_of(server)
    kept = pyvjob.AddRef(vm)
    pyvjob.RegEventHandler(vm, calls)
    pyvjob.Free(vm)
    with prl.PrlVm_Start(kept) as job:  # one reference is left, and so is the registration
        pyvjob.Job_Wait(job)
        calls.wait(lambda seen: (job, None) in seen)
    pyvjob.Free(kept)
    assert pyvjob.handle.listeners == {}
    calls.seen.clear()
    list_vms(server)
    assert calls.seen == []


def test_dropping_a_server_with_handlers_frees_it_on_another_thread(world: None) -> None:
    prl.PrlApi_Init(prl.PARALLELS_API_VER)
    server = prl.PrlSrv_Create()
    pyvjob.RegEventHandler(server, lambda handle, data: None)
    number = int(server)
    gone = threading.Event()
    with pytest.warns(ResourceWarning):
        del server
    from pyvjob import _events

    _events.later(gone.set)
    assert gone.wait(PATIENCE_S)
    assert number not in pyvjob.handle.listeners
    assert sim.leaks() == []


def test_a_thousand_handlers(server: Handle) -> None:
    calls = Calls()
    handlers = [lambda handle, data: calls.note(data) for _ in range(1000)]
    for number, handler in enumerate(handlers):
        pyvjob.RegEventHandler(server, handler, number)
    list_vms(server)
    calls.wait(lambda seen: len(seen) == 1000)
    assert calls.seen == list(range(1000))
    for number, handler in enumerate(handlers):
        pyvjob.UnregEventHandler(server, handler, number)
    list_vms(server)
    assert len(calls.seen) == 1000
    assert pyvjob.handle.listeners == {}


def test_handlers_and_unregistering_from_many_threads(server: Handle) -> None:
    stop = threading.Event()
    failures: list[BaseException] = []

    def churn() -> None:
        try:
            while not stop.is_set():
                calls = Calls()
                pyvjob.RegEventHandler(server, calls)
                list_vms(server)
                pyvjob.UnregEventHandler(server, calls)
                count = len(calls.seen)
                list_vms(server)
                assert len(calls.seen) == count
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=churn) for _ in range(4)]
    for thread in threads:
        thread.start()
    for _ in range(100):
        list_vms(server)
    stop.set()
    for thread in threads:
        thread.join(PATIENCE_S)
    assert failures == []
