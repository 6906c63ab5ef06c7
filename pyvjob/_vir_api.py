"""What is particular to the libvirt-style API: its handles, errors and results.

pyvjob.vir shows what this module and its tables have to offer. A function of the table is made
from the C types of its parameters; those with callbacks or records are in _vir_calls.
"""

from __future__ import annotations

from . import _ffi, _wait
from ._binding import Binding, Function, _Writer
from .errors import VirError, VirTimeout
from .handle import Api, Handle, listeners, owed
from .job import Job, look

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from enum import IntEnum
    from typing import Any


class VirApi(Api):
    name = "vir"

    def to_c(self, value: int) -> Any:
        return binding.ffi.cast("void *", value)

    def to_int(self, c: Any) -> int:
        return int(binding.ffi.cast("uintptr_t", c))

    def freed_twice(self, handle: Handle) -> Exception:
        kind = type(handle)
        text = f"handle {handle.value:#x} was already freed through this object"
        return VirError(code(_INVALID.get(kind, "VIR_ERR_INVALID_ARG")), text, doing="Free")

    def free(self, handle: Handle) -> None:
        free = _free.get(type(handle)) or _free[_kind(handle, "Free")]
        if listeners:
            from ._events import end_of

            with end_of(handle):
                failed = free(handle._c) < 0
        else:
            c = handle._arg
            failed = free(handle._c if c is None else c) < 0
        if failed:
            raise last_error("Free")

    def add_ref(self, handle: Handle) -> Handle:
        _kind(handle, "AddRef")
        _ffi.check(_ffi.lib.vjob_addref(handle.value), "AddRef")
        return type(handle)(handle.value)

    def type_of(self, handle: Handle) -> IntEnum | int:
        from .handle import HandleType

        kind: IntEnum = HandleType[_TYPES[_kind(handle, "GetType")]]
        return kind

    def attach(self, handle: Handle, tap: Any) -> None:
        from . import _vir_events

        _vir_events.attach(handle, tap)

    def detach(self, handle: Handle, tap: Any) -> None:
        from . import _vir_events

        _vir_events.detach(handle, tap)

    def arrived(self, value: int, kind: int, more: int) -> Any:
        from . import _vir_events

        return _vir_events.arrived(value)

    def is_over(self, value: int) -> bool:
        """What is closed may live on: its members hold it."""
        return not owed(value)

    def result(self, job: Any) -> Any:
        from . import _vir_calls

        return _vir_calls.result(job)

    def timeout(self, job: Any, doing: str) -> Exception:
        info = look(job)
        age_s = (_ffi.lib.vjob_clock_now() - info.started_ns) / 1e9
        about = _ffi.text(info.operation), _ffi.text(info.object)
        return VirTimeout(code("VIR_ERR_OPERATION_TIMEOUT"), job, *about, "running", age_s, doing)

    def wait_failed(self, err: int, job: Any, doing: str) -> Exception:
        closed = err == _ffi.lib.VJOB_ECLOSED
        known = "VIR_ERR_OPERATION_ABORTED" if closed else "VIR_ERR_INVALID_ARG"
        return VirError(code(known), "" if closed else "bad job pointer", doing=doing)


class VirHandle(Handle):
    """A handle of the libvirt-style API."""

    __slots__ = ()


class VirConnect(VirHandle):
    """A connection."""

    __slots__ = ()


class VirDomain(VirHandle):
    """A domain of a connection."""

    __slots__ = ()


class VirNetwork(VirHandle):
    """A network of a connection."""

    __slots__ = ()


class VirDomainSnapshot(VirHandle):
    """A snapshot of a domain."""

    __slots__ = ()


class VirJob(Job):
    """A call that goes on in the background."""

    __slots__ = ()


_TYPES: dict[type[Handle], str] = {
    VirConnect: "CONNECT",
    VirDomain: "DOMAIN",
    VirNetwork: "NETWORK",
    VirDomainSnapshot: "DOMAIN_SNAPSHOT",
    VirJob: "VIR_JOB",
}
_INVALID: dict[type[Handle], str] = {
    VirConnect: "VIR_ERR_INVALID_CONN",
    VirDomain: "VIR_ERR_INVALID_DOMAIN",
    VirNetwork: "VIR_ERR_INVALID_NETWORK",
    VirDomainSnapshot: "VIR_ERR_INVALID_DOMAIN_SNAPSHOT",
}
# What the engine calls their objects, and the C types of handles.
BY_TYPE_NAME: dict[str, type[Handle]] = {
    "virConnect": VirConnect,
    "virDomain": VirDomain,
    "virNetwork": VirNetwork,
    "virDomainSnapshot": VirDomainSnapshot,
    "virJob": VirJob,
}
_BORROWING = {
    "virDomainGetConnect",
    "virNetworkGetConnect",
    "virDomainSnapshotGetConnect",
    "virDomainSnapshotGetDomain",
}
# Out-numbers by their C type; of handles: an `int` result is the number itself.
_NUMBERS = {
    "int *",
    "unsigned int *",
    "unsigned long *",
    "unsigned long long *",
    "long long *",
    "size_t *",
}


def handle_class(kind: str) -> type[Handle] | None:
    """The class of a C type like virDomainPtr."""
    if not kind.endswith("Ptr"):
        return None
    known = BY_TYPE_NAME.get(kind[:-3])
    if known is not None:
        return known
    return VirHandle if kind in _OTHER_HANDLES else None


_OTHER_HANDLES = {
    "virDomainCheckpointPtr",
    "virInterfacePtr",
    "virNWFilterPtr",
    "virNWFilterBindingPtr",
    "virNodeDevicePtr",
    "virSecretPtr",
    "virStoragePoolPtr",
    "virStorageVolPtr",
    "virStreamPtr",
}


class VirBinding(Binding):
    module = "pyvjob.vir"
    returns: dict[str, str] = {}
    handle = VirHandle
    job = VirJob

    def __init__(self) -> None:
        super().__init__("vir")

    def find(self, name: str) -> Function | None:
        function = super().find(name)
        if function is not None:
            function.params = [_split(one) for one in _joined(function.params)]
        return function

    def names(self) -> list[str]:
        names = [*super().names(), *_MORE]
        return [name for name in names if not name.startswith("define_")]

    def is_enum(self, group: str) -> bool:
        return not group.startswith("define_")

    def attribute(self, name: str) -> Any:
        if name in _MORE:
            from . import _vir_calls

            return getattr(_vir_calls, name)
        return super().attribute(name)

    def make(self, function: Function) -> Callable[..., Any]:
        from . import _vir_calls

        by_hand = _vir_calls.BY_HAND.get(function.name)
        if by_hand is not None:
            return self.dress(by_hand, function)
        text, names = _VirWriter(self, function).write()
        exec(compile(text, f"<{self.module}.{function.name}>", "exec"), names)
        return self.dress(names[function.name], function)


_MORE = (
    "Cancelled",
    "VirConnect",
    "VirDomain",
    "VirDomainSnapshot",
    "VirError",
    "VirEvent",
    "VirHandle",
    "VirJob",
    "VirNetwork",
    "libvirtError",
)


def _joined(params: list[tuple[str, str]]) -> list[str]:
    return [f"{kind} {name}".strip() for kind, name in params]


def _split(text: str) -> tuple[str, str]:
    """A C parameter as type and name; stars belong to the type."""
    kind, _, name = text.rpartition(" ")
    stars = len(name) - len(name.lstrip("*"))
    kind = kind.removesuffix(" const") if kind.endswith("**const") else kind
    return (f"{kind} {'*' * stars}" if stars else kind).strip(), name[stars:]


# ---- one function -------------------------------------------------------------------------------


class _VirWriter(_Writer):
    """What each parameter is in Python, an argument or a result, follows from its C type."""

    def write(self) -> tuple[str, dict[str, Any]]:
        name = self.function.name
        dealt_with = False
        for number, (kind, param) in enumerate(self.function.params):
            dealt_with = False if dealt_with else self._one(number, kind, param)
        lines = [f"def {name}({', '.join(p + '=_missing' for p in self.params)}):"]
        if self.params:
            lines.append(f" if {self.params[-1]} is _missing: raise _too_few({name!r})")
        lines += [" try:", *("  " + line for line in self.before)]
        if name in _TAKES_TIME:
            self.names["_before_wait"] = _before_wait
            lines.append(f"  _before_wait({name!r}, {self.params[0]}, {self.arguments[0]})")
        lines.append(f"  _r = _fn({', '.join(self.arguments)})")
        lines.append(" except (TypeError, OverflowError, ValueError) as _e:")
        lines.append(f"  raise _bad(_e, {name!r}) from None")
        self.names["_last"] = last_error
        lines += [" " + line for line in self._result()]
        lines += [" " + line for line in self.after]
        if self.results:
            lines = [line for line in lines if line != " return _r"]
            lines.append(f" return {', '.join(self.results)}")
        return "\n".join(lines), self.names

    def _result(self) -> list[str]:
        """What the C result is in Python; raises for a failure."""
        name, kind = self.function.name, self.function.kind.replace("* ", "*")
        of = handle_class(kind)
        end = "_value =" if self.results else "return"
        nothing = f"if not _r: raise _last({name!r})"
        if of is not None:
            self.names["_of"] = of._lent if name in _BORROWING else of._of
            return [nothing, f"{end} _of(_r)"]
        if kind in ("char *", "const char *"):
            self.names["_read"] = _heap if kind == "char *" else _ffi.text
            return [nothing, f"{end} _read(_r)"]
        if kind in ("int", "long long", "unsigned int"):
            self.names["_error"] = self.binding.lib.virGetLastError
            return [f"if _r == -1 and _error(): raise _last({name!r})", "return _r"]
        return ["return _r"]

    def _param(self, number: int) -> str:
        from keyword import iskeyword

        name = self.function.params[number][1]
        name = f"{name}_" if iskeyword(name) else name
        self.params.append(name)
        return name

    def _one(self, number: int, kind: str, name: str) -> bool:
        """True: the next one was dealt with, too."""
        kind = kind.replace("**const", "**").replace("** const", "**").strip()
        is_last = number + 1 == len(self.function.params)
        following = "" if is_last else self.function.params[number + 1][1]
        if handle_class(kind):
            self._handle(number)
        elif kind == "const char *":
            self._text(number)
        elif kind in _NUMBERS and not following.startswith("max"):
            self._out_number(number)
        elif kind.endswith("Ptr **"):
            self._list(number, kind)
        elif following in ("maxnames", "nameslen", "maxids"):
            self._counted(number, kind)
            return True
        elif kind == "char *" and name == "buf":
            self._room(number, "char[]", 37, _ffi.text)
        elif kind == "unsigned char *" and name == "uuid":
            self._room(number, "unsigned char[]", 16, _bytes)
        elif kind == "const unsigned char *":
            self._pointer(number)
        elif kind.endswith("InfoPtr") and "Leases" not in self.function.name:
            self._out_struct(number)
        elif "*" in kind or kind.endswith("Ptr"):
            self._pointer(number)
        else:
            self._number(number)
        return False

    def _read_by(self, number: int, read: Callable[..., Any], arguments: str) -> None:
        self.names[f"_read{number}"] = read
        self.results.append(f"_read{number}({arguments})")

    def _room(self, number: int, kind: str, size: int, read: Callable[[Any], Any]) -> None:
        self.names[f"_t{number}"] = self.binding.ffi.typeof(kind)
        self.before.append(f"_o{number} = _new(_t{number}, {size})")
        self.arguments.append(f"_o{number}")
        self._read_by(number, read, f"_o{number}")

    def _list(self, number: int, kind: str) -> None:
        of = handle_class(kind[:-3])

        def read(count: int, out: Any) -> Any:
            array = out[0]
            made = [of._of(array[i]) for i in range(count)] if of else list(array[0:count])
            _ffi.lib.vjob_sim_free(array)
            return made

        self._read_by(number, read, f"_r, {self._out(number)}")

    def _counted(self, number: int, kind: str) -> None:
        """An array of the caller's and its size: the size is the argument."""
        are_numbers = kind == "int *"
        most = self._param(number + 1)
        self.names[f"_t{number}"] = self.binding.ffi.typeof("int[]" if are_numbers else "char *[]")
        self.before.append(f"_o{number} = _new(_t{number}, max(int({most}), 0))")
        self.arguments += [f"_o{number}", most]

        def read(count: int, array: Any) -> Any:
            return [array[i] if are_numbers else _heap(array[i]) for i in range(count)]

        self._read_by(number, read, f"_r, _o{number}")


def _bytes(room: Any) -> bytes:
    return bytes(binding.ffi.buffer(room))


def _heap(chars: Any) -> str:
    """A text that C hands out: copied, then freed."""
    try:
        return _ffi.text(chars)
    finally:
        _ffi.lib.vjob_sim_free(chars)


# Calls that wait until the simulator has done what they ask for.
_TAKES_TIME = frozenset(
    (
        *("virDomainCreate", "virDomainCreateWithFlags", "virDomainCreateXML"),
        *("virDomainCreateLinux", "virDomainDefineXML", "virDomainDefineXMLFlags"),
        *("virDomainUndefine", "virDomainUndefineFlags", "virDomainSuspend", "virDomainResume"),
        *("virDomainShutdown", "virDomainShutdownFlags", "virDomainReboot", "virDomainReset"),
        *("virDomainDestroy", "virDomainDestroyFlags", "virDomainSave", "virDomainSaveFlags"),
        *("virDomainRestore", "virDomainRestoreFlags", "virDomainManagedSave"),
        *("virDomainManagedSaveRemove", "virDomainCoreDump", "virDomainCoreDumpWithFormat"),
        *("virDomainSetMaxMemory", "virDomainSetMemory", "virDomainSetMemoryFlags"),
        *("virDomainSetVcpus", "virDomainSetVcpusFlags", "virDomainRename", "virDomainMigrate"),
        *("virDomainMigrateToURI", "virDomainAttachDevice", "virDomainAttachDeviceFlags"),
        *("virDomainDetachDevice", "virDomainDetachDeviceFlags", "virDomainUpdateDeviceFlags"),
        *("virDomainSnapshotCreateXML", "virDomainSnapshotDelete", "virDomainRevertToSnapshot"),
        *("virNetworkCreate", "virNetworkCreateXML", "virNetworkCreateXMLFlags"),
        *("virNetworkDefineXML", "virNetworkDefineXMLFlags", "virNetworkDestroy"),
        *("virNetworkUndefine", "virNetworkUpdate"),
    )
)


def _before_wait(name: str, subject: Any, c: Any) -> None:
    """A running loop is not blocked, but by worlds where nothing takes time; a thread that calls
    handlers hands its ring over first, so that events go on being taken."""
    if _wait.on_loop():
        lib, connection = binding.lib, c
        if isinstance(subject, VirDomain):
            connection = lib.virDomainGetConnect(c)
        elif isinstance(subject, VirNetwork):
            connection = lib.virNetworkGetConnect(c)
        elif isinstance(subject, VirDomainSnapshot):
            connection = lib.virDomainSnapshotGetConnect(c)
        driver = lib.virConnectGetType(connection)
        if driver and _ffi.text(driver) != "TEST":
            _wait.refuse_on_loop(name)
    _wait.hand_over()


API = VirApi()
VirHandle._api = VirJob._api = API
API.handle = VirHandle
binding = VirBinding()


API.nothing = binding.ffi.NULL
_free: dict[type[Handle], Any] = {
    VirConnect: binding.lib.virConnectClose,
    VirDomain: binding.lib.virDomainFree,
    VirNetwork: binding.lib.virNetworkFree,
    VirDomainSnapshot: binding.lib.virDomainSnapshotFree,
    VirJob: binding.lib.virJobDestroy,
}
code = binding.code


# ---- errors -------------------------------------------------------------------------------------


def error_name(value: int) -> str:
    return _ffi.text(binding.lib.vjob_vir_error_name(value))


def error_of(record: Any, doing: str) -> VirError:
    """The exception for a virErrorPtr."""
    if not record:
        return VirError(code("VIR_ERR_INTERNAL_ERROR"), "", doing=doing)
    text = _ffi.text(record.message) if record.message else ""
    failure = VirError(record.code, text, doing=doing)
    failure.domain = record.domain
    return failure


def last_error(doing: str) -> VirError:
    """For a call of this thread that has just failed."""
    return error_of(binding.lib.virGetLastError(), doing)


def _kind(handle: Handle, doing: str) -> type[Handle]:
    """What a live handle is of, whatever object of Python stands for it."""
    info = _ffi.ffi.new(_ffi.HANDLE_INFO)
    if not _ffi.lib.vjob_handle_describe(handle.value, info):
        found = BY_TYPE_NAME.get(_ffi.text(info.type_name))
        if found is not None:
            return found
    known = _INVALID.get(type(handle), "VIR_ERR_INVALID_ARG")
    raise VirError(code(known), f"{handle!r}", doing=doing)


def end_all() -> None:
    """Give back every handle: members before their connections."""
    from contextlib import nullcontext

    from .sim import leaks

    events = _ffi.loaded("_events")
    with events.end_of_api(API) if events is not None else nullcontext():
        for leak in sorted(leaks("vir"), key=lambda leak: leak.type == "virConnect"):
            for _ in range(leak.refs):
                _ffi.lib.vjob_release(leak.handle)
    binding.lib.vjob_vir_settle()
