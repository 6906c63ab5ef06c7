"""What is particular to the Prl API: its handles, errors, waits and event handlers.

pyvjob.prl shows what this module and its tables have to offer.
"""

from __future__ import annotations

from . import _ffi, _wait
from ._binding import Binding, Function
from .errors import PrlError, PrlTimeout
from .handle import Api, Handle, listeners
from .job import Job, look

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from enum import IntEnum
    from typing import Any

_FOREVER_MS = 0xFFFFFFFF
_SETTLE_S = 1.0  # real time that the API's end leaves to handlers


class PrlApi(Api):
    name = "prl"

    def to_c(self, value: int) -> Any:
        return _cast(_HANDLE, value)

    def to_int(self, c: Any) -> int:
        return int(_cast("uintptr_t", c))

    def freed_twice(self, handle: Handle) -> Exception:
        text = f"handle 0x{handle.value:x} was already freed through this object"
        return PrlError(code("PRL_ERR_INVALID_ARG"), text, doing="Free")

    def free(self, handle: Handle) -> None:
        if listeners and handle.value in listeners:
            from ._events import end_of

            with end_of(handle):
                check("PrlHandle_Free", _lib.PrlHandle_Free(handle._c))
        else:
            failed = _free(handle._c if handle._arg is None else handle._arg)
            if failed:
                raise error("PrlHandle_Free", failed)

    def add_ref(self, handle: Handle) -> Handle:
        check("PrlHandle_AddRef", _lib.PrlHandle_AddRef(handle._c))
        return type(handle)(handle.value)

    def type_of(self, handle: Handle) -> IntEnum | int:
        setattr(self, "type_of", _call.PrlHandle_GetType)  # noqa: B010  (from now on, that is it)
        return self.type_of(handle)

    def attach(self, handle: Handle, tap: Any) -> None:
        post = _lib.vjob_prl_ring_handler
        failed = _lib.PrlHandle_RegEventHandler(handle._c, post, _tap(tap))
        check("PrlHandle_RegEventHandler", failed)

    def detach(self, handle: Handle, tap: Any) -> None:
        post = _lib.vjob_prl_ring_handler
        failed = _lib.PrlHandle_UnregEventHandler(handle._c, post, _tap(tap))
        check("PrlHandle_UnregEventHandler", failed)

    def subscriber(self, handle: Handle) -> int:
        return int(_lib.vjob_prl_subscriber(handle._c))

    def arrived(self, value: int, kind: int, more: int) -> Handle:
        # In the path of every event: no further calls.
        handle: Handle = _make(PrlJob) if kind else _make(PrlHandle)
        handle._int = value
        handle._arg = None
        handle._owned = False
        handle._mine = True
        return handle

    def result(self, job: Job) -> list[Any]:
        if _lib.vjob_prl_ended_empty(job._c):  # most jobs: one call tells all
            return []
        if _call.PrlJob_GetStatus(job) != code("PJS_FINISHED"):
            text = "the job has not ended yet"
            raise PrlError(code("PRL_ERR_OPERATION_PENDING"), text, doing="Job_Result")
        failed = _call.PrlJob_GetRetCode(job)
        if failed:
            raise job_error(job, failed)
        with _call.PrlJob_GetResult(job) as result:
            return [_param(result, n) for n in range(_call.PrlResult_GetParamsCount(result))]

    def timeout(self, job: Job, doing: str) -> Exception:
        info = look(job)
        age_s = (_ffi.lib.vjob_clock_now() - info.started_ns) / 1e9
        about = _ffi.text(info.operation), _ffi.text(info.object)
        return PrlTimeout(code("PRL_ERR_TIMEOUT"), job, *about, "running", age_s, doing)

    def wait_failed(self, err: int, job: Job, doing: str) -> Exception:
        # The API itself knows best what is wrong with the handle, or with the API.
        said = _lib.PrlJob_Wait(job._c, 0)
        if said and said != code("PRL_ERR_TIMEOUT"):
            return error(doing, said)
        return PrlError(code("PRL_ERR_FAILURE"), *_ffi.last_error()[1:], doing=doing)


class PrlHandle(Handle):
    """A handle of the Prl API."""

    __slots__ = ()


class PrlJob(Job):
    """A handle of a Prl job: PrlJob_* functions, Job_Wait and the like, `await`."""

    __slots__ = ()


class PrlBinding(Binding):
    module = "pyvjob.prl"
    returns = {"async": "PRL_HANDLE", "sync": "PRL_RESULT"}
    handle = PrlHandle
    job = PrlJob
    overrun = "PRL_ERR_BUFFER_OVERRUN"
    free_buffer = "PrlBuffer_Free"

    def __init__(self) -> None:
        super().__init__("prl")

    def failed(self, name: str, code: int) -> Exception:
        return error(name, code)

    def out_of_memory(self, name: str) -> Exception:
        return PrlError(code("PRL_ERR_OUT_OF_MEMORY"), doing=name)

    def make(self, function: Function) -> Callable[..., Any]:
        by_hand = BY_HAND.get(function.name)
        return self.dress(by_hand, function) if by_hand else super().make(function)


_make = object.__new__
API = PrlApi()
PrlHandle._api = PrlJob._api = API
API.handle = PrlHandle
binding = PrlBinding()
_lib = binding.lib
_cast = binding.ffi.cast
_new = binding.ffi.new
_HANDLE = binding.ffi.typeof("PRL_HANDLE")
_NULL = API.nothing = binding.ffi.NULL
_free = _lib.PrlHandle_Free
_call = binding.call
code = binding.code


def _tap(tap: Any) -> Any:
    """The engine's pointer as one of this extension module."""
    return _cast("void *", int(_ffi.ffi.cast("uintptr_t", tap)))


# ---- errors -------------------------------------------------------------------------------------


def result_name(value: int) -> str:
    """The name of a PRL_RESULT; its number in hexadecimal if there is none."""
    name = _lib.vjob_prl_result_name(value)
    return _ffi.text(name) if name else f"0x{value & 0xFFFFFFFF:08X}"


def result_text(value: int) -> str:
    """The API's own description of a result code."""
    size = _new("PRL_UINT32 *", 0)
    describe = _lib.PrlApi_GetResultDescription
    if describe(value, 0, 0, _NULL, size) or not size[0]:
        return ""
    chars = _new("char[]", size[0] + 1)
    return "" if describe(value, 0, 0, chars, size) else _ffi.text(chars)


def error(name: str, value: int) -> PrlError:
    """For a function that has just returned this code on this thread."""
    return PrlError(value, *_ffi.last_error()[1:], doing=name)


def check(name: str, value: int) -> None:
    """Raise for a failing code that a function has just returned."""
    if value:
        raise error(name, value)


def job_error(job: Job, value: int) -> PrlError:
    """For a job that ended with this code."""
    doing = _ffi.text(look(job).operation)
    try:
        event = _call.PrlJob_GetError(job)
    except PrlError:  # it has no event: the code alone must do
        return PrlError(value, doing=doing)
    with event:
        text = _call.PrlEvent_GetErrString(event, False, False)
        about, state = (_message_param(event, n) for n in range(2))
    return PrlError(value, text, about, state, doing)


def _message_param(event: Handle, number: int) -> str:
    """What the message is about: 0 is the VM or the host, 1 the state that it was in."""
    try:
        with _call.PrlEvent_GetParamByName(event, f"vm_message_param_{number}") as parameter:
            return str(_call.PrlEvtPrm_ToString(parameter))
    except PrlError:
        return ""


def _param(result: Handle, index: int) -> Handle | str:
    try:
        return _call.PrlResult_GetParamByIndex(result, index)  # type: ignore[no-any-return]
    except PrlError as failed:
        if failed.code != code("PRL_ERR_NO_DATA"):
            raise
    return _call.PrlResult_GetParamByIndexAsString(result, index)  # type: ignore[no-any-return]


# ---- functions that Python does in its own way --------------------------------------------------


def _as_handle(value: Any) -> Handle:
    """A Handle for what a caller may hand over; owns nothing if it is made here."""
    if isinstance(value, Handle):
        return value
    return API.borrow(API.to_int(binding.handle_in(value)))


def PrlHandle_Free(handle: Any) -> None:
    if isinstance(handle, Handle):
        if not handle._disown():
            raise API.freed_twice(handle)
        handle._give_back()
    else:
        API.free(_as_handle(handle))


def PrlHandle_AddRef(handle: Any) -> Handle:
    return API.add_ref(_as_handle(handle))


def PrlApi_Deinit() -> None:
    events = _ffi.loaded("_events")
    if events is None:
        check("PrlApi_Deinit", _lib.PrlApi_Deinit())
        return
    if events.inside_handler():
        text = "the API cannot be ended inside an event handler"
        raise PrlError(code("PRL_ERR_INVALID_ACTION_REQUESTED"), text, doing="PrlApi_Deinit")
    events.settle(_SETTLE_S)  # events on their way to handlers that are gone are nobody's leak
    with events.end_of_api(API):
        check("PrlApi_Deinit", _lib.PrlApi_Deinit())


def end_all() -> None:
    """End the API however often it was initialised."""
    try:
        while True:
            PrlApi_Deinit()
    except PrlError as failed:
        if failed.code != code("PRL_ERR_API_WASNT_INITIALIZED"):
            raise


def PrlJob_Wait(hJob: Any, msecs: int) -> None:
    if not 0 <= msecs <= _FOREVER_MS:
        raise OverflowError(f"{msecs} is out of range for PRL_UINT32 msecs")
    job = _as_handle(hJob)
    failed = _lib.PrlJob_Wait(job._c, 0)
    if failed == code("PRL_ERR_TIMEOUT") and msecs:
        until = None if msecs == _FOREVER_MS else msecs
        _wait.for_jobs([job.value], True, until, "PrlJob_Wait")
        failed = _lib.PrlJob_Wait(job._c, 0)
    if failed == code("PRL_ERR_TIMEOUT"):
        raise API.timeout(job, "PrlJob_Wait")  # type: ignore[arg-type]
    check("PrlJob_Wait", failed)


def _registering() -> Callable[..., Any]:
    def register(hObj: Any, handler: Callable[[Any, Any], object], userData: Any = None, /) -> None:
        from . import _events

        _events.register(_as_handle(hObj), handler, userData)

    return register


def _unregistering() -> Callable[..., Any]:
    def unregister(
        hObj: Any, handler: Callable[[Any, Any], object], userData: Any = None, /
    ) -> None:
        from . import _events

        _events.unregister(_as_handle(hObj), handler, userData)

    return unregister


def PrlOpTypeList_AddItem(hOpTypeList: Any, pnItem: int) -> None:
    size = _call.PrlOpTypeList_GetTypeSize(hOpTypeList)
    item = pnItem.to_bytes(size, "little", signed=pnItem < 0)
    check("PrlOpTypeList_AddItem", _lib.PrlOpTypeList_AddItem(_as_handle(hOpTypeList)._c, item))


def PrlOpTypeList_GetItem(hOpTypeList: Any, nItemIndex: int) -> int:
    size = _call.PrlOpTypeList_GetTypeSize(hOpTypeList)
    item = _new("char[]", size)
    c_list = _as_handle(hOpTypeList)._c
    check("PrlOpTypeList_GetItem", _lib.PrlOpTypeList_GetItem(c_list, nItemIndex, item))
    return int.from_bytes(binding.ffi.buffer(item)[:], "little")


BY_HAND: dict[str, Callable[..., Any]] = {
    "PrlHandle_Free": PrlHandle_Free,
    "PrlHandle_AddRef": PrlHandle_AddRef,
    "PrlApi_Deinit": PrlApi_Deinit,
    "PrlJob_Wait": PrlJob_Wait,
    "PrlOpTypeList_AddItem": PrlOpTypeList_AddItem,
    "PrlOpTypeList_GetItem": PrlOpTypeList_GetItem,
    **{f"{kind}_RegEventHandler": _registering() for kind in ("PrlHandle", "PrlSrv", "PrlVm")},
    **{f"{kind}_UnregEventHandler": _unregistering() for kind in ("PrlHandle", "PrlSrv", "PrlVm")},
}
