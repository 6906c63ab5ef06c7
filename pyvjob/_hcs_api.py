"""What is particular to the HCS API: its handles, errors, documents and results.

An operation is a Job as long as it follows a call: the generic functions look at the engine's job
of that call. pyvjob.hcs shows what this module and its tables have to offer.
"""

from __future__ import annotations

from os import fspath

from . import _ffi, _wait
from ._binding import Binding, Function, _Writer
from .errors import HResultError, HResultTimeout
from .handle import Api, Handle, listeners, owed
from .job import Job, look

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from enum import IntEnum
    from typing import Any

INFINITE = 0xFFFFFFFF
# Operations that follow a call whose outcome nobody has asked for yet: as in C, they stay although
# the program has not kept them.
started: dict[int, HcsOperation] = {}


class HcsApi(Api):
    name = "hcs"

    def to_c(self, value: int) -> Any:
        return binding.ffi.cast("void *", value)

    def to_int(self, c: Any) -> int:
        return int(binding.ffi.cast("uintptr_t", c))

    def freed_twice(self, handle: Handle) -> Exception:
        text = f"handle {handle.value:#x} was already closed through this object"
        return HResultError(code("E_HANDLE"), text, doing=_closer(handle))

    def free(self, handle: Handle) -> None:
        """Close it, or with more than one reference drop one."""
        if owed(handle.value) in (1, None):
            _close(handle)
        else:
            _ffi.lib.vjob_release(handle.value)

    def add_ref(self, handle: Handle) -> Handle:
        _require_live(handle, "AddRef")
        _ffi.check(_ffi.lib.vjob_addref(handle.value), "AddRef")
        return type(handle)(handle.value)

    def type_of(self, handle: Handle) -> IntEnum | int:
        from .handle import HandleType

        kind: IntEnum = HandleType[_KINDS[_kind(handle, "GetType")]]
        return kind

    def attach(self, handle: Handle, tap: Any) -> None:
        from . import _hcs_calls

        _hcs_calls.attach(handle, tap)

    def detach(self, handle: Handle, tap: Any) -> None:
        from . import _hcs_calls

        _hcs_calls.detach(handle, tap)

    def arrived(self, value: int, kind: int, more: int) -> Any:
        from . import _hcs_calls

        return _hcs_calls.arrived(value, kind, more)

    def waited(self, job: Any) -> None:
        for one in list(listeners.get(job.value, ())):
            one.raise_kept()

    def result(self, job: Any) -> Any:
        self.waited(job)
        return binding.call.HcsGetOperationResult(job)

    def timeout(self, job: Any, doing: str) -> Exception:
        info = look(job)
        age_s = (_ffi.lib.vjob_clock_now() - info.started_ns) / 1e9
        about = _ffi.text(info.operation), _ffi.text(info.object)
        return HResultTimeout(code("HCS_E_OPERATION_TIMEOUT"), job, *about, "running", age_s, doing)

    def wait_failed(self, err: int, job: Any, doing: str) -> Exception:
        known = "HCS_E_SERVICE_DISCONNECT" if err == _ffi.lib.VJOB_ECLOSED else "E_HANDLE"
        return HResultError(code(known), doing=doing)


class HcsHandle(Handle):
    """A handle of the HCS API. Closing may have to wait: a finalizer leaves that to a thread."""

    __slots__ = ()
    _closes = True


class HcsSystem(HcsHandle):
    """A handle of a compute system."""

    __slots__ = ()


class HcsProcess(HcsHandle):
    """A handle of a process in a compute system."""

    __slots__ = ()


class HcsOperation(Job):
    """An operation: Job_Wait and the like, and `await`, are about the call that it follows."""

    __slots__ = ("_call", "_context")
    _closes = True

    _call: int  # one reference to the engine's job of the call last looked at
    _context: Any

    def _number(self) -> int:
        number: int = _lib.vjob_hcs_operation_job(self._c)
        before, self._call = getattr(self, "_call", 0), number
        if before:
            _ffi.lib.vjob_release(before)
        if number:
            return number
        _require_live(self, "looking at an operation")
        raise HResultError(code("HCS_E_OPERATION_NOT_STARTED"), doing="looking at an operation")

    def _give_back(self) -> None:
        self._forget()
        super()._give_back()

    def _forget(self) -> None:
        call, self._call = getattr(self, "_call", 0), 0
        if call:
            _ffi.lib.vjob_release(call)

    def __del__(self, *_: Any) -> None:
        self._forget()
        super().__del__()


_KINDS: dict[type[Handle], str] = {
    HcsOperation: "OPERATION",
    HcsSystem: "SYSTEM",
    HcsProcess: "PROCESS",
}
_CLOSERS: dict[type[Handle], str] = {
    HcsOperation: "HcsCloseOperation",
    HcsSystem: "HcsCloseComputeSystem",
    HcsProcess: "HcsCloseProcess",
}
_BY_TYPE_NAME = {
    "HCS_OPERATION": HcsOperation,
    "HCS_SYSTEM": HcsSystem,
    "HCS_PROCESS": HcsProcess,
}


class HcsBinding(Binding):
    module = "pyvjob.hcs"
    returns = {"async": "HRESULT", "sync": "HRESULT"}
    handle = HcsHandle
    job = HcsOperation
    _enum_names: tuple[str, ...]

    def __init__(self) -> None:
        super().__init__("hcs")

    def from_table(self, name: str) -> Any:
        if name == "_enum_names":
            return _ffi.table("hcs", "functions").ENUMS
        return super().from_table(name)

    def failed(self, name: str, result: int) -> Exception:
        return error(name, result)

    def names(self) -> list[str]:
        macros = [name for name in self.constants.GROUPS if name not in self._enum_names]
        return [name for name in [*super().names(), *_MORE] if name not in macros]

    def attribute(self, name: str) -> Any:
        if name in _MORE:
            from . import _hcs_calls, _hcs_stdio

            return getattr(_hcs_stdio if name == "ProcessInformation" else _hcs_calls, name)
        return super().attribute(name)

    def is_enum(self, group: str) -> bool:
        return group in self._enum_names

    def text_in(self, value: Any) -> Any:
        """A text, a document, or None."""
        if value is None:
            return self.ffi.NULL
        if isinstance(value, (dict, list)):
            from json import dumps

            value = dumps(value)
        if not isinstance(value, str):
            value = fspath(value)
        if not isinstance(value, str):
            raise TypeError(f"expected a str, a dict, a list or None, not {type(value).__name__}")
        if "\0" in value:
            raise ValueError(f"a text holds a NUL character: {value!r}")
        return value

    def document_out(self, text: Any) -> Any:
        """A document that C hands out: read, then freed."""
        if not text:
            return None
        try:
            return _read(self.ffi.string(text))
        finally:
            self.lib.vjob_hcs_free(text)

    def make(self, function: Function) -> Callable[..., Any]:
        from . import _hcs_calls

        by_hand = _hcs_calls.BY_HAND.get(function.name)
        if by_hand:
            return self.dress(by_hand, function)
        text, names = _HcsWriter(self, function).write()
        exec(compile(text, f"<{self.module}.{function.name}>", "exec"), names)
        return self.dress(names[function.name], function)


# Beside the C names.
_MORE = ("HcsEvent", "HcsHandle", "HcsOperation", "HcsProcess", "HcsSystem", "ProcessInformation")


class _HcsWriter(_Writer):
    """Functions whose operation, where they have one, begins to follow a call."""

    def write(self) -> tuple[str, dict[str, Any]]:
        function = self.function
        for number, role in enumerate(function.roles):
            getattr(self, "_" + role)(number)
        call = f"_fn({', '.join(self.arguments)})"
        params = [p + "=_missing" for p in self.params] + [p + "=None" for p in self.told]
        lines = [f"def {function.name}({', '.join(params)}):"]
        if self.params:
            lines.append(f" if {self.params[-1]} is _missing: raise _too_few({function.name!r})")
        lines += [" try:", *("  " + line for line in self.before), f"  _r = {call}"]
        lines += [" except (TypeError, OverflowError, ValueError) as _e:"]
        lines += [f"  raise _bad(_e, {function.name!r}) from None"]
        if function.kind in ("async", "sync"):
            documents = [one for one in self.results if one.startswith("_document")]
            kept = f", {documents[0]}" if documents else ""
            self.names["_failed"] = error
            lines.append(f" if _r < 0: raise _failed({function.name!r}, _r{kept})")
        if function.kind == "async":
            self.names["_began"] = _began
            lines.append(f" _began({function.params[function.roles.index('operation')][1]})")
        lines += [" " + line for line in self.after]
        lines.append(f" return {', '.join(self.results) or None}")
        return "\n".join(lines), self.names

    def _handed(self, number: int) -> None:
        self._handle(number)

    _operation = _system = _process = _handed

    def _null(self, number: int) -> None:
        self.told.append(self.function.params[number][1])
        self.names["_pointer"] = self.binding.pointer_in
        self.arguments.append(f"_pointer({self.told[-1]})")

    def _pointer(self, number: int) -> None:
        self._null(number)

    def _out_system(self, number: int) -> None:
        self.names[f"_c{number}"] = HcsSystem._of
        self.results.append(f"_c{number}({self._out(number)}[0])")

    def _out_process(self, number: int) -> None:
        self.names[f"_c{number}"] = HcsProcess._of
        self.results.append(f"_c{number}({self._out(number)}[0])")

    def _out_document(self, number: int) -> None:
        self.names["_document"] = binding.document_out
        self.results.append(f"_document({self._out(number)}[0])")


API = HcsApi()
HcsHandle._api = HcsOperation._api = API
API.handle = HcsHandle
binding = HcsBinding()
_lib = binding.lib
API.nothing = binding.ffi.NULL
code = binding.code  # result codes are positive, as people know them


def number_of(value: object) -> int:
    """The number of a Handle, or of what stands for one."""
    if isinstance(value, Handle):
        return value.value
    return API.to_int(binding.handle_in(value))


def c_of(value: object) -> Any:
    return value._c if isinstance(value, Handle) else binding.handle_in(value)


def _began(operation: Any) -> None:
    if isinstance(operation, HcsOperation):
        started[operation.value] = operation


# ---- errors -------------------------------------------------------------------------------------


def error_name(value: int) -> str:
    """The name of a result; its number if there is none."""
    signed = value - (1 << 32) if value & 0x80000000 else value
    name = _lib.vjob_hcs_result_name(signed)
    return _ffi.text(name) if name else f"0x{value:08X}"


def error(name: str, result: int, document: Any = None) -> HResultError:
    """For a function that has returned this result, maybe with a ResultError document."""
    said = document if isinstance(document, dict) else {}
    text, about, state = _ffi.last_error()[1:]
    message = str(said.get("ErrorMessage") or text)
    failure = HResultError(result & 0xFFFFFFFF, message, about, state, name)
    failure.document = document
    return failure


def _read(text: str) -> Any:
    from json import loads

    return loads(text)


# ---- kinds of handles ---------------------------------------------------------------------------


def _kind(handle: Handle, doing: str) -> type[Handle]:
    """What a live handle is of, whatever object of Python stands for it."""
    info = _ffi.ffi.new(_ffi.HANDLE_INFO)
    if _ffi.lib.vjob_handle_describe(handle.value, info):
        raise HResultError(code("E_HANDLE"), doing=doing)
    found = _BY_TYPE_NAME.get(_ffi.text(info.type_name))
    if found is None:
        raise HResultError(code("E_HANDLE"), doing=doing)
    return found


def _require_live(handle: Handle, doing: str) -> None:
    _kind(handle, doing)


def _closer(handle: Handle) -> str:
    return _CLOSERS.get(type(handle), "HcsClose...")


def _close(handle: Handle) -> None:
    """Call the C function that closes it; a dead handle is none."""
    kind = _CLOSERS.get(type(handle))
    if kind is None:
        try:
            kind = _CLOSERS[_kind(handle, "close")]
        except HResultError:
            return
    close_by(kind, handle)


def close_by(function: str, handle: Handle) -> None:
    """Close with everything that depends on it: handlers end, and what they left is raised."""
    value = handle.value
    started.pop(value, None)
    some = list(listeners.get(value, ()))
    _wait.hand_over()
    c, close = API.to_c(value), getattr(_lib, function)
    if some:
        from ._events import quiet

        with quiet(some):
            close(c)
            _lib.vjob_hcs_settle()
    else:
        close(c)
        _lib.vjob_hcs_settle()


def end_all() -> None:
    """Give back every handle."""
    from .sim import leaks

    started.clear()
    for leak in leaks("hcs"):
        kind = _BY_TYPE_NAME.get(leak.type)
        if kind is not None:
            close_by(_CLOSERS[kind], API.borrow(leak.handle))
        else:
            for _ in range(leak.refs):
                _ffi.lib.vjob_release(leak.handle)
    _lib.vjob_hcs_settle()


def wait_for(number: int, timeout_ms: int, doing: str) -> int:
    """Wait for an engine job; timeout_ms is a DWORD."""
    if not 0 <= timeout_ms <= INFINITE:
        raise OverflowError(f"{doing}: {timeout_ms} is out of range for a DWORD")
    return _wait.for_job(number, None if timeout_ms == INFINITE else timeout_ms, doing)
