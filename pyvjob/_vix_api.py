"""What is particular to the VIX API: its handles, errors, property calls and callbacks.

pyvjob.vix shows what this module and its tables have to offer.
"""

from __future__ import annotations

from . import _ffi, _wait
from ._binding import Binding, Function
from .errors import VixError, VixTimeout
from .handle import Api, Handle
from .job import Job, look

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from enum import IntEnum
    from typing import Any, NoReturn

_CLOSE_S = 5.0  # how long ending the API waits for callbacks
kept: dict[int, BaseException] = {}  # what callbacks raised, by job


def raise_kept(job: Handle) -> None:
    """Raise what the job's callback left behind, once."""
    error = kept.pop(job.value, None)
    if error is not None:
        raise error


class VixApi(Api):
    name = "vix"

    def freed_twice(self, handle: Handle) -> Exception:
        text = f"handle {handle.value} was already released through this object"
        return VixError(code("VIX_E_INVALID_HANDLE"), text, doing="Vix_ReleaseHandle")

    def free(self, handle: Handle) -> None:
        _lib.Vix_ReleaseHandle(handle._c)
        if kept:
            raise_kept(handle)

    def add_ref(self, handle: Handle) -> Handle:
        if not _lib.Vix_GetHandleType(handle._c):
            raise error("Vix_AddRefHandle", code("VIX_E_INVALID_HANDLE"))
        _lib.Vix_AddRefHandle(handle._c)
        return type(handle)(handle.value)

    def type_of(self, handle: Handle) -> IntEnum | int:
        kind = _lib.Vix_GetHandleType(handle._c)
        return binding.enum("VixHandleType")._value2member_map_.get(kind, kind)  # type: ignore[no-any-return]

    def attach(self, handle: Handle, tap: Any) -> NoReturn:
        raise TypeError(
            "VIX has no event handlers: give the function that starts a job its callback argument"
        )

    detach = attach

    def waited(self, job: Any) -> None:
        if kept:
            raise_kept(job)

    def result(self, job: Job) -> dict[int, Any]:
        failed = _lib.VixJob_GetError(job._c)
        if failed == code("VIX_E_UNFINISHED_JOB") and not _wait.is_over(job.value):
            raise VixError(failed, "the job has not ended yet", doing="Job_Result")
        if kept:
            raise_kept(job)
        if failed:
            raise job_error(job, failed)
        return results(job)

    def timeout(self, job: Job, doing: str) -> Exception:
        info = look(job)
        age_s = (_ffi.lib.vjob_clock_now() - info.started_ns) / 1e9
        about = _ffi.text(info.operation), _ffi.text(info.object)
        return VixTimeout(code("VIX_E_UNFINISHED_JOB"), job, *about, "running", age_s, doing)

    def wait_failed(self, err: int, job: Job, doing: str) -> Exception:
        kind = _lib.Vix_GetHandleType(job._c)
        wrong = "VIX_E_NOT_SUPPORTED_ON_HANDLE_TYPE" if kind else "VIX_E_INVALID_HANDLE"
        return VixError(code(wrong), doing=doing)


class VixHandle(Handle):
    """A handle of the VIX API."""

    __slots__ = ()


class VixJob(Job):
    """A handle of a VIX job: VixJob_* functions, Job_Wait and the like, `await`."""

    __slots__ = ()


class VixBinding(Binding):
    module = "pyvjob.vix"
    returns = {"async": "VixHandle", "sync": "VixError"}
    handle = VixHandle
    job = VixJob
    free_buffer = "Vix_FreeBuffer"
    results: dict[str, str]
    _group_of: dict[str, str]
    _type_of: dict[str, str]

    def __init__(self) -> None:
        super().__init__("vix")

    def from_table(self, name: str) -> Any:
        if name == "results":
            return _ffi.table("vix", "functions").RESULTS
        if name == "_group_of":
            return _ffi.table("vix", "functions").ENUMS
        if name == "_type_of":
            return {group: name for name, group in self._group_of.items()}
        return super().from_table(name)

    def failed(self, name: str, code: int) -> Exception:
        return error(name, code)

    def out_of_memory(self, name: str) -> Exception:
        if _ffi.forked:
            return VixError(code("VIX_E_NOT_SUPPORTED"), *_ffi.last_error()[1:], doing=name)
        return VixError(code("VIX_E_OUT_OF_MEMORY"), doing=name)

    def names(self) -> list[str]:
        names = [name for name in super().names() if name not in self.constants.GROUPS]
        return [*names, *self._group_of, "FindItems"]

    def attribute(self, name: str) -> Any:
        if name == "FindItems":
            from ._vix_find import FindItems

            return FindItems
        return super().attribute(name)

    def enum(self, group: str) -> Any:
        """By the name of its C type, or by that of its group in the tables."""
        return super().enum(self._type_of.get(group, group))

    def members(self, group: str) -> Any:
        return self.constants.group(self._group_of.get(group, group))

    def is_enum(self, group: str) -> bool:
        return group in self._group_of

    def number_of(self, value: object) -> int:
        """The number of a Handle, or of what stands for one."""
        return value.value if isinstance(value, Handle) else self.handle_in(value)

    def handle_in(self, value: object) -> int:
        if value is None:
            return 0
        if not isinstance(value, int):
            raise TypeError(f"expected a handle, an int or None, not {type(value).__name__}")
        if not 0 <= value < 1 << 31:
            raise ValueError(f"{value} is out of range for a handle")
        return value

    def start_told(self, start: Any, arguments: tuple[Any, ...], callback: Any, data: Any) -> Any:
        from . import _vix_calls

        return _vix_calls.start(start, arguments, callback, data)

    def make(self, function: Function) -> Callable[..., Any]:
        by_hand = BY_HAND.get(function.name)
        return self.dress(by_hand, function) if by_hand else super().make(function)


API = VixApi()
VixHandle._api = VixJob._api = API
API.handle = VixHandle
binding = VixBinding()
_lib = binding.lib
_new = binding.ffi.new
code = binding.code


def _values() -> Any:
    global _reader
    if _reader is None:
        from ._vix_values import Values

        _reader = Values(binding)
    return _reader


_reader: Any = None


# ---- errors -------------------------------------------------------------------------------------


def error_name(value: int) -> str:
    """The name of a VixError; its number if there is none."""
    name = _lib.vjob_vix_error_name(value)
    return _ffi.text(name) if name else str(value)


def error_text(value: int) -> str:
    """The API's own description of a result code."""
    return _ffi.text(_lib.Vix_GetErrorText(value, binding.ffi.NULL))


def error(name: str, value: int) -> VixError:
    """For a function that has returned this code."""
    return VixError(value, doing=name)


def job_error(job: Job, value: int) -> VixError:
    """For a job that ended with this code."""
    info = look(job)
    return VixError(value, object=_ffi.text(info.object), doing=_ffi.text(info.operation))


# ---- properties ---------------------------------------------------------------------------------


def _read(name: str, handle: Any, ids: tuple[int, ...], read: Callable[..., int]) -> Any:
    value = binding.number_of(handle)
    found = _values().read(name, lambda slots, n: read(value, slots, n), value, ids)
    return found[0] if len(found) == 1 else tuple(found) or None


def Vix_GetProperties(handle: Any, *ids: int) -> Any:
    return _read("Vix_GetProperties", handle, ids, _lib.vjob_vix_get_properties)


def VixJob_GetNthProperties(jobHandle: Any, index: int, *ids: int) -> Any:
    nth = _lib.vjob_vix_job_nth
    return _read(
        "VixJob_GetNthProperties", jobHandle, ids, lambda job, slots, n: nth(job, index, slots, n)
    )


def VixJob_Wait(jobHandle: Any, *ids: int) -> Any:
    job = binding.number_of(jobHandle)
    if _lib.Vix_GetHandleType(job) == code("VIX_HANDLETYPE_JOB"):
        _wait.for_job(job, None, "VixJob_Wait")
        if kept:
            raise_kept(API.borrow(job))
    return _read("VixJob_Wait", jobHandle, ids, _lib.vjob_vix_job_wait)


def results(job: Job) -> dict[int, Any]:
    """All that a job has to give: values by id, or a list of values where the job has rows."""
    found: dict[int, Any] = {}
    for word in binding.results.get(_ffi.text(look(job).operation), "").split(";"):
        name = word.removeprefix("nth ")
        if not name or name == "VIX_PROPERTY_JOB_RESULT_ERROR_CODE":
            continue
        id = binding.attribute(name)
        rows = _lib.VixJob_GetNumProperties(job._c, id)
        values = [VixJob_GetNthProperties(job, row, id) for row in range(rows)]
        if name != word:
            found[id] = values
        elif values:
            found[id] = values[0]
    return found


def VixPropertyList_AllocPropertyList(hostHandle: Any, *idsAndValues: Any) -> Handle:
    name = "VixPropertyList_AllocPropertyList"
    host = binding.number_of(hostHandle)
    out = _new("VixHandle *")
    failed = _lib.VixPropertyList_AllocPropertyList(
        host, out, *_values().arguments(host, idsAndValues)
    )
    if failed:
        raise error(name, failed)
    return VixHandle._of(out[0])


# ---- functions that do not return a VixError ----------------------------------------------------


def Vix_GetErrorText(err: int, locale: str | None = None) -> str:
    return _ffi.text(_lib.Vix_GetErrorText(err, binding.text_in(locale)))


def Vix_ReleaseHandle(handle: Any) -> None:
    if isinstance(handle, Handle):
        if not handle._disown():
            raise API.freed_twice(handle)
        handle._give_back()
    else:
        API.free(API.borrow(binding.handle_in(handle)))


def Vix_AddRefHandle(handle: Any) -> Handle:
    owner = handle if isinstance(handle, Handle) else API.borrow(binding.handle_in(handle))
    return API.add_ref(owner)


def Vix_GetHandleType(handle: Any) -> IntEnum | int:
    return API.type_of(API.borrow(binding.number_of(handle)))


def Vix_FreeBuffer(p: Any = None) -> None:
    _lib.Vix_FreeBuffer(binding.pointer_in(p))


def _before_wait() -> None:
    dispatch = _ffi.loaded("_dispatch")
    if dispatch is not None:
        dispatch.before_wait()


def VixHost_Disconnect(hostHandle: Any) -> None:
    """Ends the session; waits for callbacks of its jobs, unless called inside one."""
    if isinstance(hostHandle, Handle) and not hostHandle._disown():
        raise API.freed_twice(hostHandle)
    value = binding.number_of(hostHandle)
    _before_wait()
    _lib.VixHost_Disconnect(value)
    if isinstance(hostHandle, Handle):
        hostHandle._forget_argument()


def VixJob_GetError(jobHandle: Any) -> int:
    return int(_lib.VixJob_GetError(binding.number_of(jobHandle)))


def VixJob_GetNumProperties(jobHandle: Any, resultPropertyID: int) -> int:
    return int(_lib.VixJob_GetNumProperties(binding.number_of(jobHandle), resultPropertyID))


def Vix_PumpEvents(hostHandle: Any, options: int = 0) -> None:
    _before_wait()
    _lib.Vix_PumpEvents(binding.number_of(hostHandle), options)


BY_HAND: dict[str, Callable[..., Any]] = {
    made.__name__: made
    for made in (
        Vix_AddRefHandle,
        Vix_FreeBuffer,
        Vix_GetErrorText,
        Vix_GetHandleType,
        Vix_GetProperties,
        Vix_PumpEvents,
        Vix_ReleaseHandle,
        VixHost_Disconnect,
        VixJob_GetError,
        VixJob_GetNthProperties,
        VixJob_GetNumProperties,
        VixJob_Wait,
        VixPropertyList_AllocPropertyList,
    )
}


def end_all() -> None:
    """End every session, give back every handle."""
    from .sim import leaks

    for leak in leaks("vix"):
        if leak.type == "VIX_HANDLETYPE_HOST":
            VixHost_Disconnect(leak.handle)
    calls = _ffi.loaded("_vix_calls")
    if calls is not None:
        calls.settle(_CLOSE_S)
    for leak in leaks("vix"):
        for _ in range(leak.refs):
            _lib.Vix_ReleaseHandle(leak.handle)
    kept.clear()
    _lib.vjob_vix_settle()
