"""Functions of the HCS API that Python does in its own way: callbacks, waits, closing.

A callback is called on a thread of Python's own, by way of a ring. Contexts are any Python objects.
"""

from __future__ import annotations

import threading

from . import _ffi, _registration
from ._dispatch import dispatcher
from ._hcs_api import (
    API,
    HcsHandle,
    HcsOperation,
    HcsProcess,
    HcsSystem,
    binding,
    c_of,
    close_by,
    code,
    error,
    number_of,
    started,
    wait_for,
)
from ._ring import new_tap, tokens
from .errors import HResultError, HResultTimeout
from .handle import Handle, listeners

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from enum import IntEnum
    from typing import Any, TypeVar

    _H = TypeVar("_H", bound=Handle)

__all__ = ["HcsEvent", "HcsHandle", "HcsOperation", "HcsProcess", "HcsSystem"]

_lib = binding.lib
_ffi_hcs = binding.ffi
_NULL = _ffi_hcs.NULL
_OPERATION_CALLBACK = code("HcsEventOperationCallback")


class HcsEvent:
    """Something that happened to a system, a process or an operation.

    Type is a HCS_EVENT_TYPE, EventData a document as a dict, or None; Operation is what has ended,
    for HcsEventOperationCallback.
    """

    __slots__ = ("EventData", "Operation", "Type")

    def __init__(self, Type: Any, EventData: Any, Operation: Any) -> None:
        self.Type = Type
        self.EventData = EventData
        self.Operation = Operation

    def __repr__(self) -> str:
        name = getattr(self.Type, "name", self.Type)
        return f"<HcsEvent {name} {self.EventData!r}>"


# ---- what comes out of a ring -------------------------------------------------------------------


def _type(kind: int) -> Any:
    return binding.enum("HCS_EVENT_TYPE")._value2member_map_.get(kind, kind)


def _operation(value: int) -> HcsOperation | None:
    """The program's object for an operation, or one that owns nothing."""
    if not value:
        return None
    found = started.get(value)
    if found is None:
        found = HcsOperation._lent(None, value)
    return found


def arrived(value: int, kind: int, more: int) -> HcsEvent:
    """An event of a system or process, or the end of what an operation follows."""
    seen = _ffi_hcs.new("HCS_EVENT *")
    try:
        if _lib.vjob_hcs_event_look(value, seen):
            return HcsEvent(_type(_OPERATION_CALLBACK), _document_of(value), _operation(value))
        data = _read(seen.EventData)
        return HcsEvent(_type(seen.Type), data, _operation(number_of(seen.Operation)))
    finally:
        _ffi.lib.vjob_release(value)


def _read(text: Any) -> Any:
    from json import loads

    return loads(_ffi_hcs.string(text)) if text else None


def _document_of(operation: int) -> Any:
    out = _ffi_hcs.new("PWSTR *")
    _lib.HcsGetOperationResult(API.to_c(operation), out)
    return binding.document_out(out[0])


class Callback(_registration.Registration):
    """The callback of one operation, system or process."""

    def __init__(self, call: Callable[[Any], object]) -> None:
        self.call = call
        self.dispatcher = dispatcher()
        self.api = API
        self.owner = 0
        self.handler = self._told
        self.data = None
        self.alive = True
        self.running = False
        self.gate = None
        self.holding = threading.Lock()
        self.error = None
        self.token = next(tokens)
        self.tap = new_tap(self.dispatcher.ring, self.token)
        self.dispatcher.add(self, self.token)
        self.dispatcher.ensure_spare()

    def __repr__(self) -> str:
        return f"callback {self.call!r}"

    def arrived(self, value: int, kind: int, more: int) -> Any:
        return arrived(value, kind, more)

    def _told(self, event: HcsEvent, data: Any) -> None:
        self.call(event)

    def belongs_to(self, value: int) -> None:
        self.owner = value
        _registration.listen(self)


def _c_tap(tap: Any) -> Any:
    return _ffi_hcs.cast("void *", int(_ffi.ffi.cast("uintptr_t", tap)))


def _check(name: str, result: int) -> None:
    if result < 0:
        raise error(name, result)


def _callable(callback: Any) -> Any:
    if not callable(callback):
        raise TypeError(f"a callback must be callable, not {callback!r}")
    return callback


# ---- operations ---------------------------------------------------------------------------------


def _no_operation() -> HResultError:
    """Why C has none: there is no memory, or this is a forked child."""
    why = "HCS_E_SERVICE_DISCONNECT" if _ffi.forked else "E_OUTOFMEMORY"
    return HResultError(code(why), *_ffi.last_error()[1:], doing="HcsCreateOperation")


def HcsCreateOperation(context: Any = None, callback: Any = None) -> HcsOperation:
    if callback is None:
        c = _lib.HcsCreateOperation(_NULL, _NULL)
        if not c:
            raise _no_operation()
        plain: HcsOperation = HcsOperation._of(c)
        plain._context = context
        return plain
    told = Callback(_callable(callback))
    c = _lib.HcsCreateOperation(_c_tap(told.tap), _lib.vjob_hcs_ring_completion)
    if not c:
        told.release()
        raise _no_operation()
    operation: HcsOperation = HcsOperation._of(c)
    operation._context = context
    told.call = lambda event: callback(operation, getattr(operation, "_context", None))
    told.belongs_to(operation.value)  # which keeps the operation until it is closed
    return operation


def _drop(listener: Any, detach: Callable[[], Any]) -> None:
    """End a callback that is to be replaced: it does not run any more when this returns."""
    from ._dispatch import inside_handler

    if not _registration.unlisten(listener):
        return
    listener.alive = False
    detach()
    if not inside_handler():
        listener.hold()
        listener.unhold()
    listener.release()
    listener.raise_kept()


def _callbacks(value: int) -> list[Any]:
    return list(listeners.get(value, ()))


def HcsSetOperationCallback(operation: Any, context: Any = None, callback: Any = None) -> None:
    name = "HcsSetOperationCallback"
    told = Callback(_callable(callback)) if callback is not None else None
    tap, fn = (_c_tap(told.tap), _lib.vjob_hcs_ring_completion) if told else (_NULL, _NULL)
    before = _callbacks(number_of(operation))
    try:
        _check(name, _lib.HcsSetOperationCallback(c_of(operation), tap, fn))
    except BaseException:
        if told:
            told.release()
        raise
    for one in before:
        _drop(one, lambda: None)
    if isinstance(operation, HcsOperation):
        operation._context = context
    if told:
        told.call = lambda event: callback(operation, _context_of(operation))
        told.belongs_to(number_of(operation))


def _context_of(operation: Any) -> Any:
    return getattr(operation, "_context", None)


def HcsGetOperationContext(operation: Any) -> Any:
    found = operation if isinstance(operation, HcsOperation) else started.get(number_of(operation))
    return _context_of(found)


def HcsSetOperationContext(operation: Any, context: Any = None) -> None:
    if _lib.HcsGetOperationId(c_of(operation)) == code("HCS_INVALID_OPERATION_ID"):
        raise HResultError(code("E_HANDLE"), doing="HcsSetOperationContext")
    if not isinstance(operation, HcsOperation):
        raise TypeError("a context belongs to the object that HcsCreateOperation gave")
    operation._context = context


def HcsGetOperationType(operation: Any) -> IntEnum | int:
    kind = _lib.HcsGetOperationType(c_of(operation))
    return binding.enum("HCS_OPERATION_TYPE")._value2member_map_.get(kind, kind)  # type: ignore[no-any-return]


def HcsGetOperationId(operation: Any) -> int:
    return int(_lib.HcsGetOperationId(c_of(operation)))


def _fetched(operation: Any) -> None:
    started.pop(number_of(operation), None)


def _result(name: str, operation: Any, call: Callable[[Any], int]) -> Any:
    out = _ffi_hcs.new("PWSTR *")
    result = call(out)
    document = binding.document_out(out[0])
    pending = code("HCS_E_OPERATION_PENDING"), code("HCS_E_OPERATION_TIMEOUT")
    if result & 0xFFFFFFFF not in pending:
        _fetched(operation)
    if result < 0:
        raise error(name, result, document)
    return document


def HcsGetOperationResult(operation: Any) -> Any:
    c = c_of(operation)
    return _result(
        "HcsGetOperationResult", operation, lambda out: _lib.HcsGetOperationResult(c, out)
    )


def HcsGetOperationResultAndProcessInfo(operation: Any) -> tuple[Any, Any]:
    from ._hcs_stdio import ProcessInformation

    c = c_of(operation)
    info = _ffi_hcs.new("HCS_PROCESS_INFORMATION *")
    document = _result(
        "HcsGetOperationResultAndProcessInfo",
        operation,
        lambda out: _lib.HcsGetOperationResultAndProcessInfo(c, info, out),
    )
    return ProcessInformation(info), document


def _wait_operation(operation: Any, timeout_ms: int, doing: str) -> None:
    c = c_of(operation)
    number = _lib.vjob_hcs_operation_job(c)
    if not number:
        return  # the C function says what is wrong
    try:
        err = wait_for(number, timeout_ms, doing)
        if err == _ffi.lib.VJOB_ETIMEDOUT:
            if isinstance(operation, HcsOperation):
                raise API.timeout(operation, doing)
            raise HResultTimeout(code("HCS_E_OPERATION_TIMEOUT"), doing=doing)
    finally:
        _ffi.lib.vjob_release(number)


def HcsWaitForOperationResult(operation: Any, timeoutMs: int) -> Any:
    _wait_operation(operation, timeoutMs, "HcsWaitForOperationResult")
    if isinstance(operation, HcsOperation):
        API.waited(operation)
    c = c_of(operation)
    call = _lib.HcsWaitForOperationResult
    return _result("HcsWaitForOperationResult", operation, lambda out: call(c, 0, out))


def HcsWaitForOperationResultAndProcessInfo(operation: Any, timeoutMs: int) -> tuple[Any, Any]:
    _wait_operation(operation, timeoutMs, "HcsWaitForOperationResultAndProcessInfo")
    return HcsGetOperationResultAndProcessInfo(operation)


def HcsGetComputeSystemFromOperation(operation: Any) -> HcsSystem | None:
    return _borrowed(HcsSystem, _lib.HcsGetComputeSystemFromOperation(c_of(operation)))


def HcsGetProcessFromOperation(operation: Any) -> HcsProcess | None:
    return _borrowed(HcsProcess, _lib.HcsGetProcessFromOperation(c_of(operation)))


def _borrowed(kind: type[_H], c: Any) -> _H | None:
    if not c:
        return None
    return kind._lent(c)


# ---- the ends of systems and processes ----------------------------------------------------------


def _wait_exit(name: str, job: Any, call: Any, handle: Any, timeout_ms: int) -> Any:
    c = c_of(handle)
    number = job(c)
    if number:
        try:
            wait_for(number, timeout_ms, name)
        finally:
            _ffi.lib.vjob_release(number)
    out = _ffi_hcs.new("PWSTR *")
    result = call(c, 0, out)
    document = binding.document_out(out[0])
    if result & 0xFFFFFFFF == code("HCS_E_OPERATION_TIMEOUT"):
        raise HResultTimeout(code("HCS_E_OPERATION_TIMEOUT"), doing=name)
    if result < 0:
        raise error(name, result, document)
    return document


def HcsWaitForComputeSystemExit(computeSystem: Any, timeoutMs: int) -> Any:
    name = "HcsWaitForComputeSystemExit"
    job, call = _lib.vjob_hcs_system_exit_job, _lib.HcsWaitForComputeSystemExit
    return _wait_exit(name, job, call, computeSystem, timeoutMs)


def HcsWaitForProcessExit(process: Any, timeoutMs: int) -> Any:
    name = "HcsWaitForProcessExit"
    job, call = _lib.vjob_hcs_process_exit_job, _lib.HcsWaitForProcessExit
    return _wait_exit(name, job, call, process, timeoutMs)


# ---- callbacks of systems and processes ---------------------------------------------------------


def _setter(handle: Any) -> Any:
    if isinstance(handle, HcsProcess):
        return _lib.HcsSetProcessCallback
    return _lib.HcsSetComputeSystemCallback


def _set_callback(name: str, handle: Any, options: int, context: Any, callback: Any) -> None:
    set_it = getattr(_lib, name)
    c = c_of(handle)
    value = number_of(handle)
    told = None
    if callback is not None:
        _callable(callback)
        told = Callback(lambda event: callback(event, context))
    before = _callbacks(value)
    try:
        # First away with the old one, whose tap nobody may use any more.
        if before:
            _check(name, set_it(c, 0, _NULL, _NULL))
        if told:
            _check(name, set_it(c, options, _c_tap(told.tap), _lib.vjob_hcs_ring_event))
        elif not before:
            _check(name, set_it(c, options, _NULL, _NULL))
    except BaseException:
        if told:
            told.release()
        raise
    if told:
        told.belongs_to(value)
    for one in before:
        _drop(one, lambda: None)


def HcsSetComputeSystemCallback(
    computeSystem: Any, callbackOptions: int, context: Any = None, callback: Any = None
) -> None:
    name = "HcsSetComputeSystemCallback"
    _set_callback(name, computeSystem, callbackOptions, context, callback)


def HcsSetProcessCallback(
    process: Any, callbackOptions: int, context: Any = None, callback: Any = None
) -> None:
    _set_callback("HcsSetProcessCallback", process, callbackOptions, context, callback)


def attach(handle: Handle, tap: Any) -> None:
    """For RegEventHandler and events(): one of them at a time, as a handle has one callback."""
    if _callbacks(handle.value):
        text = "the handle has a callback already; open another handle for another one"
        raise HResultError(code("E_NOT_VALID_STATE"), text, doing="RegEventHandler")
    if isinstance(handle, HcsOperation):
        ring = _lib.vjob_hcs_ring_completion
        result = _lib.HcsSetOperationCallback(handle._c, _c_tap(tap), ring)
    else:
        result = _setter(handle)(handle._c, 0, _c_tap(tap), _lib.vjob_hcs_ring_event)
    _check("RegEventHandler", result)


def detach(handle: Handle, tap: Any) -> None:
    if not tap:
        raise HResultError(code("E_INVALIDARG"), "no such event handler", doing="UnregEventHandler")
    c = API.to_c(handle.value)
    info = _ffi.ffi.new(_ffi.HANDLE_INFO)
    if _ffi.lib.vjob_handle_describe(handle.value, info):
        return  # closed: its callback went before
    name = _ffi.text(info.type_name)
    if name == "HCS_OPERATION":
        _lib.HcsSetOperationCallback(c, _NULL, _NULL)
    elif name == "HCS_PROCESS":
        _lib.HcsSetProcessCallback(c, 0, _NULL, _NULL)
    else:
        _lib.HcsSetComputeSystemCallback(c, 0, _NULL, _NULL)


# ---- closing ------------------------------------------------------------------------------------


def _close(name: str, handle: Any) -> None:
    if not isinstance(handle, Handle):
        close_by(name, API.borrow(number_of(handle)))
        return
    handle._disown()
    if isinstance(handle, HcsOperation):
        handle._forget()
    try:
        close_by(name, handle)
    finally:
        handle._forget_argument()


def HcsCloseOperation(operation: Any) -> None:
    _close("HcsCloseOperation", operation)


def HcsCloseComputeSystem(computeSystem: Any) -> None:
    _close("HcsCloseComputeSystem", computeSystem)


def HcsCloseProcess(process: Any) -> None:
    _close("HcsCloseProcess", process)


BY_HAND: dict[str, Callable[..., Any]] = {
    made.__name__: made
    for made in (
        HcsCloseComputeSystem,
        HcsCloseOperation,
        HcsCloseProcess,
        HcsCreateOperation,
        HcsGetComputeSystemFromOperation,
        HcsGetOperationContext,
        HcsGetOperationId,
        HcsGetOperationResult,
        HcsGetOperationResultAndProcessInfo,
        HcsGetOperationType,
        HcsGetProcessFromOperation,
        HcsSetComputeSystemCallback,
        HcsSetOperationCallback,
        HcsSetOperationContext,
        HcsSetProcessCallback,
        HcsWaitForComputeSystemExit,
        HcsWaitForOperationResult,
        HcsWaitForOperationResultAndProcessInfo,
        HcsWaitForProcessExit,
    )
}


def _no_notifications(eventTypes: int, context: Any = None, callback: Any = None) -> None:
    _lib.HcsCreateOperationWithNotifications(eventTypes, _NULL, _NULL)
    raise HResultError(code("E_NOTIMPL"), doing="HcsCreateOperationWithNotifications")


BY_HAND["HcsCreateOperationWithNotifications"] = _no_notifications
