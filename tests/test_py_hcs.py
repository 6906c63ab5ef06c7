"""pyvjob.hcs: operations, systems, callbacks, events, processes, errors."""

from __future__ import annotations

import asyncio
import gc
import threading
from collections.abc import Iterator
from typing import Any

import pytest

import pyvjob
from pyvjob import hcs, sim

INFINITE = hcs.INFINITE
EMPTY: dict[str, Any] = {
    "SchemaVersion": {"Major": 2, "Minor": 1},
    "Owner": "test",
    "ShouldTerminateOnLastHandleClosed": True,
    "VirtualMachine": {
        "Chipset": {"Uefi": {}},
        "ComputeTopology": {"Memory": {"SizeInMB": 512}, "Processor": {"Count": 1}},
        "Services": {"Shutdown": {}},
    },
}


@pytest.fixture(autouse=True)
def world() -> Iterator[None]:
    with sim.world(clock="auto"):
        yield
        gc.collect()
        assert not sim.leaks("hcs")


def making(id: str, operation: Any, document: Any = EMPTY) -> Any:
    return hcs.HcsCreateComputeSystem(id, document, operation)


def wait(operation: Any) -> Any:
    return hcs.HcsWaitForOperationResult(operation, INFINITE)


def create(id: str = "one", document: Any = EMPTY) -> Any:
    with hcs.HcsCreateOperation() as operation:
        system = hcs.HcsCreateComputeSystem(id, document, operation)
        assert wait(operation) is None
    return system


def do(function: Any, *args: Any) -> Any:
    """Call an asynchronous function with an operation in its place, and wait."""
    with hcs.HcsCreateOperation() as operation:
        function(args[0], operation, *args[1:])
        return wait(operation)


# ---- operations


def test_an_operation_goes_through_its_states() -> None:
    operation = hcs.HcsCreateOperation("context")
    assert pyvjob.GetType(operation) is pyvjob.HandleType.OPERATION
    assert hcs.HcsGetOperationContext(operation) == "context"
    hcs.HcsSetOperationContext(operation, 3)
    assert hcs.HcsGetOperationContext(operation) == 3
    assert hcs.HcsGetOperationType(operation) is hcs.HcsOperationTypeNone
    with pytest.raises(pyvjob.HResultError) as failed:
        hcs.HcsGetOperationResult(operation)
    assert failed.value.code == hcs.HCS_E_OPERATION_NOT_STARTED
    assert failed.value.name == "HCS_E_OPERATION_NOT_STARTED"
    with pytest.raises(pyvjob.HResultError) as failed:
        pyvjob.Job_Wait(operation)
    assert failed.value.code == hcs.HCS_E_OPERATION_NOT_STARTED
    with hcs.HcsCreateComputeSystem("one", EMPTY, operation) as system:
        assert hcs.HcsGetOperationType(operation) is hcs.HcsOperationTypeCreate
        assert hcs.HcsGetOperationId(operation) != hcs.HCS_INVALID_OPERATION_ID
        with pytest.raises(pyvjob.HResultError) as failed:
            hcs.HcsGetOperationResult(operation)
        assert failed.value.code == hcs.HCS_E_OPERATION_PENDING
        assert pyvjob.Job_Status(operation) is pyvjob.JobState.RUNNING
        assert hcs.HcsGetComputeSystemFromOperation(operation) == system
        with pytest.raises(pyvjob.HResultError) as failed:
            hcs.HcsStartComputeSystem(system, operation, None)
        assert failed.value.code == hcs.HCS_E_OPERATION_ALREADY_STARTED
        pyvjob.Job_Wait(operation)
        assert pyvjob.Job_Status(operation) is pyvjob.JobState.DONE
        assert pyvjob.Job_Progress(operation) == 100
        assert pyvjob.Job_Result(operation) is None
        hcs.HcsStartComputeSystem(system, operation, None)  # used again
        assert wait(operation) is None
        assert hcs.HcsGetOperationType(operation) is hcs.HcsOperationTypeStart
        pyvjob.Free(operation)
        with pytest.raises(pyvjob.HResultError) as failed:
            pyvjob.Free(operation)
        assert failed.value.code == hcs.E_HANDLE


def test_a_wait_that_ends_early_leaves_the_operation_pending() -> None:
    with hcs.HcsCreateOperation() as operation, making("one", operation) as system:
        wait(operation)
        hcs.HcsStartComputeSystem(system, operation, None)
        with pytest.raises(pyvjob.Timeout) as late:
            hcs.HcsWaitForOperationResult(operation, 0)
        assert late.value.code == hcs.HCS_E_OPERATION_TIMEOUT
        assert isinstance(late.value, pyvjob.HResultError)
        with pytest.raises(TimeoutError):
            pyvjob.Job_Wait(operation, 1)
        assert wait(operation) is None


def test_failure_has_its_document() -> None:
    with hcs.HcsCreateOperation() as operation:
        system = hcs.HcsCreateComputeSystem("one", {"Owner": 5}, operation)
        with pytest.raises(pyvjob.HResultError) as failed:
            wait(operation)
        assert failed.value.code == hcs.HCS_E_INVALID_JSON
        assert failed.value.document["ErrorMessage"] in str(failed.value)
        assert pyvjob.Job_Status(operation) is pyvjob.JobState.FAILED
        hcs.HcsCloseComputeSystem(system)


@pytest.mark.parametrize("bad", ["not JSON", "[]", '{"VirtualMachine": {}, "Container": {}}'])
def test_bad_documents_leave_nothing_behind(bad: str) -> None:
    with hcs.HcsCreateOperation() as operation:
        with making("one", operation, bad), pytest.raises(pyvjob.HResultError):
            wait(operation)
        hcs.HcsEnumerateComputeSystems({"Ids": ["one"]}, operation)
        assert wait(operation) == []


@pytest.mark.parametrize("value", [0, None, 1, 1 << 62])
def test_handles_that_name_nothing(value: Any) -> None:
    with hcs.HcsCreateOperation() as operation:
        for function in (hcs.HcsStartComputeSystem, hcs.HcsGetComputeSystemProperties):
            with pytest.raises(pyvjob.HResultError) as failed:
                function(value, operation, None)
            assert failed.value.code in (hcs.E_HANDLE, hcs.E_INVALIDARG)
        with pytest.raises(pyvjob.HResultError):
            hcs.HcsGetOperationResult(value)
        hcs.HcsCloseComputeSystem(value)
        hcs.HcsCloseOperation(value)


def test_texts_and_arguments_are_checked() -> None:
    with hcs.HcsCreateOperation() as operation:
        with pytest.raises(ValueError, match="NUL"):
            hcs.HcsCreateComputeSystem("a\0b", EMPTY, operation)
        with pytest.raises(TypeError, match="HcsCreateComputeSystem"):
            hcs.HcsCreateComputeSystem("a")
        with pytest.raises(TypeError):
            hcs.HcsCreateComputeSystem(3.5, EMPTY, operation)
        with pytest.raises(pyvjob.HResultError) as failed:
            hcs.HcsCreateComputeSystem("\ud800", EMPTY, operation)
        assert failed.value.code == hcs.E_INVALIDARG
    with pytest.raises(TypeError, match="callable"):
        hcs.HcsCreateOperation(None, 3)


# ---- completion callbacks


def test_callback_closes_its_own_operation() -> None:
    done = threading.Event()
    seen: list[Any] = []

    def completed(operation: Any, context: Any) -> None:
        seen.append((hcs.HcsGetOperationType(operation), context))
        assert hcs.HcsGetOperationResult(operation) is None
        hcs.HcsCloseOperation(operation)
        done.set()

    system = hcs.HcsCreateComputeSystem("one", EMPTY, hcs.HcsCreateOperation("context", completed))
    gc.collect()  # the operation is nowhere in the program
    assert done.wait(30)
    assert seen == [(hcs.HcsOperationTypeCreate, "context")]
    hcs.HcsCloseComputeSystem(system)


def test_callback_that_raises_is_heard_of(monkeypatch: pytest.MonkeyPatch) -> None:
    hooked: list[Any] = []
    monkeypatch.setattr(threading, "excepthook", hooked.append)
    called = threading.Event()

    def raises(operation: Any, context: Any) -> None:
        called.set()
        raise LookupError("from a callback")

    operation = hcs.HcsCreateOperation(None, raises)
    with hcs.HcsCreateComputeSystem("one", EMPTY, operation):
        assert called.wait(30)
        with pytest.raises(LookupError, match="from a callback"):
            hcs.HcsCloseOperation(operation)
    assert len(hooked) == 1


def test_callback_set_later_is_the_one_that_is_called() -> None:
    seen: list[Any] = []
    done = threading.Event()
    operation = hcs.HcsCreateOperation(1, lambda operation, context: seen.append("first"))

    def second(operation: Any, context: Any) -> None:
        seen.append(context)
        done.set()

    hcs.HcsSetOperationCallback(operation, 2, second)
    with operation, hcs.HcsCreateComputeSystem("one", EMPTY, operation):
        assert done.wait(30)
    assert seen == [2]


def test_close_waits_for_a_running_callback() -> None:
    entered, left = threading.Event(), threading.Event()

    def slow(operation: Any, context: Any) -> None:
        entered.set()
        sim.sleep(3600)
        left.set()

    operation = hcs.HcsCreateOperation(None, slow)
    with hcs.HcsCreateComputeSystem("one", EMPTY, operation):
        assert entered.wait(30)
        hcs.HcsCloseOperation(operation)
        assert left.is_set()


# ---- events of systems


def test_system_callback_hears_of_operations_and_of_the_exit() -> None:
    events: list[Any] = []
    two = threading.Semaphore(0)

    def told(event: Any, context: Any) -> None:
        assert context == "context"
        events.append((event.Type, event.EventData))
        if event.Type == hcs.HcsEventOperationCallback:
            events.append(hcs.HcsGetOperationType(event.Operation))
            hcs.HcsCloseOperation(event.Operation)
        two.release()

    # Registered after the creation has begun: it is told all the same.
    system = hcs.HcsCreateComputeSystem("one", EMPTY, hcs.HcsCreateOperation())
    options = hcs.HcsEventOptionEnableOperationCallbacks
    hcs.HcsSetComputeSystemCallback(system, options, "context", told)
    assert two.acquire(timeout=30)
    assert events[:2] == [(hcs.HcsEventOperationCallback, None), hcs.HcsOperationTypeCreate]

    own = hcs.HcsCreateOperation(None, lambda operation, context: None)
    with pytest.raises(pyvjob.HResultError) as failed:
        hcs.HcsStartComputeSystem(system, own, None)
    assert failed.value.code == hcs.HCS_E_OPERATION_SYSTEM_CALLBACK_ALREADY_SET
    hcs.HcsCloseOperation(own)

    hcs.HcsTerminateComputeSystem(system, hcs.HcsCreateOperation(), None)
    assert two.acquire(timeout=30) and two.acquire(timeout=30)
    exits = [data for kind, data in (e for e in events if isinstance(e, tuple)) if data]
    assert [one["ExitType"] for one in exits] == ["ForcedExit"]
    hcs.HcsCloseComputeSystem(system)


def test_reg_event_handler_gets_event_objects_and_may_come_late() -> None:
    with create() as system:
        do(hcs.HcsTerminateComputeSystem, system, None)
        arrived = threading.Event()
        seen: list[Any] = []

        def handler(event: Any, data: Any) -> None:
            seen.append((event.Type, event.EventData["ExitType"], data))
            arrived.set()

        pyvjob.RegEventHandler(system, handler, "data")
        with pytest.raises(pyvjob.HResultError) as failed:
            pyvjob.RegEventHandler(system, handler)
        assert failed.value.code == hcs.E_NOT_VALID_STATE
        assert arrived.wait(30)
        assert seen == [(hcs.HcsEventSystemExited, "ForcedExit", "data")]
        pyvjob.UnregEventHandler(system, handler, "data")
        with pytest.raises(pyvjob.HResultError):
            pyvjob.UnregEventHandler(system, handler, "data")


def test_reg_event_handler_on_an_operation() -> None:
    arrived = threading.Event()
    seen: list[Any] = []

    def handler(event: Any, data: Any) -> None:
        seen.append((event.Type, event.Operation))
        arrived.set()

    with hcs.HcsCreateOperation() as operation:
        pyvjob.RegEventHandler(operation, handler)
        with hcs.HcsCreateComputeSystem("one", EMPTY, operation):
            assert arrived.wait(30)
            assert seen == [(hcs.HcsEventOperationCallback, operation)]


# ---- asyncio


def test_await_and_events() -> None:
    async def main() -> tuple[Any, list[Any]]:
        with hcs.HcsCreateOperation() as operation, making("one", operation) as system:
            assert await operation is None
            events = pyvjob.events(system)
            hcs.HcsStartComputeSystem(system, operation, None)
            await operation
            hcs.HcsGetComputeSystemProperties(system, operation, None)
            properties = await operation
            hcs.HcsTerminateComputeSystem(system, operation, None)
            await operation
            seen = []
            async for event in events:
                seen.append(event.Type)
                if event.Type == hcs.HcsEventSystemExited:
                    break
            await events.aclose()
            return properties, seen

    properties, seen = asyncio.run(main())
    assert properties["Id"] == "one" and properties["State"] == "Running"
    assert seen[-1] is hcs.HcsEventSystemExited


def test_await_raises_the_failure() -> None:
    async def main() -> None:
        with hcs.HcsCreateOperation() as operation, making("one", operation, "no document"):
            await operation

    with pytest.raises(pyvjob.HResultError) as failed:
        asyncio.run(main())
    assert failed.value.code == hcs.HCS_E_INVALID_JSON


def test_a_wait_on_the_loop_is_refused() -> None:
    async def main() -> None:
        with hcs.HcsCreateOperation() as operation, making("one", operation):
            with pytest.raises(RuntimeError, match="await"):
                wait(operation)
            await operation

    asyncio.run(main())


# ---- systems


def test_life_of_a_system() -> None:
    with create() as system:
        assert pyvjob.GetType(system) is pyvjob.HandleType.SYSTEM
        assert "State" not in do(hcs.HcsGetComputeSystemProperties, system, None)
        do(hcs.HcsStartComputeSystem, system, None)
        do(hcs.HcsPauseComputeSystem, system, {})
        assert do(hcs.HcsGetComputeSystemProperties, system, "")["State"] == "Paused"
        do(hcs.HcsResumeComputeSystem, system, None)
        with hcs.HcsOpenComputeSystem("one", hcs.GENERIC_ALL) as again:
            assert again != system
            with pytest.raises(pyvjob.Timeout):
                hcs.HcsWaitForComputeSystemExit(again, 10)
            do(hcs.HcsTerminateComputeSystem, system, None)
            assert hcs.HcsWaitForComputeSystemExit(again, INFINITE)["ExitType"] == "ForcedExit"
        with pytest.raises(pyvjob.HResultError) as failed:
            hcs.HcsOpenComputeSystem("one", hcs.GENERIC_ALL)
        assert failed.value.code == hcs.HCS_E_SYSTEM_NOT_FOUND


def test_last_handle_ends_the_system_before_close_returns() -> None:
    for _ in range(3):
        create("same").__exit__()
    with hcs.HcsCreateOperation() as operation:
        hcs.HcsEnumerateComputeSystems({"Ids": ["same"]}, operation)
        assert wait(operation) == []


def test_dropped_system_is_closed_with_a_warning() -> None:
    system = create("dropped")
    with pytest.warns(ResourceWarning, match="never freed"):
        del system
        gc.collect()
    deadline = threading.Event()
    for _ in range(1000):
        if not sim.leaks("hcs"):
            break
        deadline.wait(0.01)  # until the reaper's thread has closed it
    assert not sim.leaks("hcs")


def test_add_ref_keeps_the_handle() -> None:
    system = create()
    again = pyvjob.AddRef(system)
    pyvjob.Free(system)
    assert do(hcs.HcsGetComputeSystemProperties, again, None)["Id"] == "one"
    pyvjob.Free(again)


def test_job_cancel_works_though_the_api_has_none() -> None:
    with create() as system, hcs.HcsCreateOperation() as operation:
        hcs.HcsStartComputeSystem(system, operation, None)
        with pytest.raises(pyvjob.HResultError) as failed:
            hcs.HcsCancelOperation(operation)
        assert failed.value.code == hcs.E_NOTIMPL
        assert pyvjob.Job_Cancel(operation)
        pyvjob.Job_Wait(operation)
        assert pyvjob.Job_Status(operation) is pyvjob.JobState.CANCELLED


def test_what_is_not_served_says_so() -> None:
    with pytest.raises(pyvjob.HResultError) as failed:
        hcs.HcsModifyServiceSettings({})
    assert failed.value.code == hcs.E_NOTIMPL
    with pytest.raises(pyvjob.HResultError) as failed:
        hcs.HcsCreateOperationWithNotifications(1)
    assert failed.value.code == hcs.E_NOTIMPL


def test_service_properties() -> None:
    document = hcs.HcsGetServiceProperties({"PropertyTypes": ["Basic"]})
    assert document["Properties"][0]["SupportedSchemaVersions"]
    with pytest.raises(pyvjob.HResultError) as failed:
        hcs.HcsGetServiceProperties("")
    assert failed.value.code == hcs.HCS_E_INVALID_JSON


# ---- processes

CONTAINER = {
    "SchemaVersion": {"Major": 2, "Minor": 1},
    "ShouldTerminateOnLastHandleClosed": True,
    "Container": {},
}


@pytest.fixture
def box() -> Iterator[Any]:
    with create("box", CONTAINER) as system:
        do(hcs.HcsStartComputeSystem, system, None)
        yield system


def run(system: Any, command: str, **more: Any) -> tuple[Any, Any]:
    with hcs.HcsCreateOperation() as operation:
        document = {"CommandLine": command, **more}
        process = hcs.HcsCreateProcess(system, document, operation)
        return process, hcs.HcsWaitForOperationResultAndProcessInfo(operation, INFINITE)[0]


def test_process_reads_and_writes(box: Any) -> None:
    pipes = {"CreateStdInPipe": True, "CreateStdOutPipe": True}
    process, info = run(box, "cat", **pipes)
    with process, info:
        assert pyvjob.GetType(process) is pyvjob.HandleType.PROCESS
        assert info.ProcessId > 0 and info.StdError is None
        assert info.StdInput.writable() and info.StdOutput.fileno() >= 0
        info.StdInput.write("gr\u00fc\u00dfe\n".encode() * 10)
        info.StdInput.close()
        assert info.StdOutput.read().decode() == "gr\u00fc\u00dfe\n" * 10
        status = hcs.HcsWaitForProcessExit(process, INFINITE)
        assert (status["Exited"], status["ExitCode"]) == (True, 0)


def test_process_that_goes_on_is_waited_for_in_vain(box: Any) -> None:
    process, info = run(box, "sleep 3600", CreateStdOutPipe=True)
    with process, info:
        with pytest.raises(pyvjob.Timeout) as late:
            hcs.HcsWaitForProcessExit(process, 1000)
        assert late.value.code == hcs.HCS_E_OPERATION_TIMEOUT
        with hcs.HcsOpenProcess(box, info.ProcessId, hcs.GENERIC_ALL) as again:
            do(hcs.HcsTerminateProcess, again, None)
            assert hcs.HcsWaitForProcessExit(process, INFINITE)["Exited"] is True
            with pytest.raises(pyvjob.HResultError) as failed:
                do(hcs.HcsTerminateProcess, again, None)
            assert failed.value.code == hcs.HCS_E_PROCESS_ALREADY_STOPPED
        assert info.StdOutput.read() == b""


def test_process_events(box: Any) -> None:
    told = threading.Event()
    seen: list[Any] = []

    def exited(event: Any, context: Any) -> None:
        seen.append((event.Type, event.EventData["Exited"], context))
        told.set()

    process, info = run(box, "true")
    with process, info:
        hcs.HcsSetProcessCallback(process, hcs.HcsEventOptionNone, "context", exited)
        assert told.wait(30)
    assert seen == [(hcs.HcsEventProcessExited, True, "context")]


def test_process_on_asyncio(box: Any) -> None:
    async def main() -> Any:
        document = {"CommandLine": "true"}
        with (
            hcs.HcsCreateOperation() as operation,
            hcs.HcsCreateProcess(box, document, operation) as process,
        ):
            await operation
            async with pyvjob.events(process) as events:
                event = await events.__anext__()
            return event.Type, event.EventData["ExitCode"]

    assert asyncio.run(main()) == (hcs.HcsEventProcessExited, 0)


def test_unknown_process(box: Any) -> None:
    with pytest.raises(pyvjob.HResultError) as failed:
        hcs.HcsOpenProcess(box, 999999, hcs.GENERIC_ALL)
    assert failed.value.code == 0x80070490


# ---- the module


def test_names_are_there_and_documented() -> None:
    names = dir(hcs)
    assert {"HcsCreateOperation", "HCS_E_INVALID_JSON", "HCS_EVENT_TYPE", "HcsEvent"} <= set(names)
    for name in names:
        assert getattr(hcs, name) is not None
    assert "HRESULT HcsStartComputeSystem(" in hcs.HcsStartComputeSystem.__doc__
    assert hcs.HcsEventSystemExited.name == "HcsEventSystemExited"
    with pytest.raises(AttributeError):
        _ = hcs.HcsNothing


def test_errors_are_one_tree() -> None:
    error = pyvjob.HResultError(0x8037010D, "text")
    assert isinstance(error, pyvjob.Error)
    assert (error.name, error.text) == ("HCS_E_INVALID_JSON", "text")
    assert pyvjob.HResultError(0x80370FFF).name == "0x80370FFF"
    assert pyvjob.HResultError(0x80070490).name == "ERROR_NOT_FOUND"
