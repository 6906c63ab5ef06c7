"""What is particular to the libvirt-style API: its handles, errors and results.

pyvjob.vir shows what this module and its tables have to offer. A function of the table is made
from the C types of its parameters; those with callbacks or records are in _vir_calls.
"""

from __future__ import annotations

from . import _ffi, _wait
from ._binding import Binding, Function
from .errors import VirError, VirTimeout
from .handle import Api, Handle
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
        from ._events import end_of

        free = getattr(binding.lib, _FREE[_kind(handle, "Free")])
        with end_of(handle):
            if free(handle._c) < 0:
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
        info = _ffi.ffi.new(_ffi.HANDLE_INFO)
        return bool(_ffi.lib.vjob_handle_describe(value, info)) or info.refs == 0

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
_FREE: dict[type[Handle], str] = {
    VirConnect: "virConnectClose",
    VirDomain: "virDomainFree",
    VirNetwork: "virNetworkFree",
    VirDomainSnapshot: "virDomainSnapshotFree",
    VirJob: "virJobDestroy",
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
        if by_hand is None:
            by_hand = _made(self, function)
        return self.dress(by_hand, function)


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


class _Plan:
    """What each parameter is in Python: an argument, or a result."""

    def __init__(self, own: VirBinding, function: Function) -> None:
        self.own = own
        self.ffi = own.ffi
        self.function = function
        self.c = getattr(own.lib, function.name)
        self.types = own.ffi.typeof(self.c).args
        self.arguments: list[str] = []
        self.steps: list[Callable[[list[Any], list[Any], list[Any]], None]] = []
        self.fetch: list[Callable[[int, list[Any]], Any]] = []
        skip = False
        for number, (kind, name) in enumerate(function.params):
            skip = False if skip else self._param(number, kind, name)

    def _param(self, number: int, kind: str, name: str) -> bool:
        """True: the next one was dealt with, too."""
        kind = kind.replace("**const", "**").replace("** const", "**").strip()
        following = self.function.params[number + 1][1] if self._has_next(number) else ""
        if handle_class(kind):
            self._argument(name, self._handle)
        elif kind == "const char *":
            self._argument(name, self.own.text_in)
        elif kind in _NUMBERS and not following.startswith("max"):
            self._out(number, lambda out: out[0])
        elif kind.endswith("Ptr **"):
            self._list(number, kind)
        elif following in ("maxnames", "nameslen", "maxids"):
            self._counted(number, following, kind)
            return True
        elif kind == "char *" and name == "buf":
            self._room(number, 37, _ffi.text)
        elif kind == "unsigned char *" and name == "uuid":
            self._room(number, 16, lambda room: bytes(self.ffi.buffer(room)))
        elif kind == "const unsigned char *":
            self._argument(name, self.own.pointer_in)
        elif kind.endswith("InfoPtr") and "Leases" not in self.function.name:
            self._struct(number)
        elif "*" in kind or kind.endswith("Ptr"):
            self._argument(name, self.own.pointer_in)
        else:
            self._argument(name, _as_is)
        return False

    def _has_next(self, number: int) -> bool:
        return number + 1 < len(self.function.params)

    def _handle(self, value: Any) -> Any:
        return value._c if isinstance(value, Handle) else self.own.handle_in(value)

    def _argument(self, name: str, convert: Callable[[Any], Any]) -> None:
        self.arguments.append(name)

        def step(given: list[Any], passed: list[Any], outs: list[Any]) -> None:
            passed.append(convert(given.pop(0)))

        self.steps.append(step)

    def _out(self, number: int, read: Callable[[Any], Any]) -> None:
        kind = self.types[number]

        def step(given: list[Any], passed: list[Any], outs: list[Any]) -> None:
            outs.append(self.ffi.new(kind))
            passed.append(outs[-1])

        at = len(self.fetch)
        self.steps.append(step)
        self.fetch.append(lambda _, outs: read(outs[at]))

    def _struct(self, number: int) -> None:
        self._out(number, _as_is)

    def _room(self, number: int, size: int, read: Callable[[Any], Any]) -> None:
        kind = "unsigned char[]" if size == 16 else "char[]"

        def step(given: list[Any], passed: list[Any], outs: list[Any]) -> None:
            outs.append(self.ffi.new(kind, size))
            passed.append(outs[-1])

        at = len(self.fetch)
        self.steps.append(step)
        self.fetch.append(lambda _, outs: read(outs[at]))

    def _list(self, number: int, kind: str) -> None:
        of = handle_class(kind[:-3])

        def read(count: int, outs: list[Any]) -> Any:
            array = outs[at][0]
            made = [of._of(array[i]) for i in range(count)] if of else list(array[0:count])
            _ffi.lib.vjob_sim_free(array)
            return made

        at = len(self.fetch)
        self._out(number, _as_is)
        self.fetch[at] = read

    def _counted(self, number: int, name: str, kind: str) -> None:
        """An array of the caller's and its size: the size is the argument."""
        item = "int[]" if kind == "int *" else "char *[]"
        self.arguments.append(name)

        def step(given: list[Any], passed: list[Any], outs: list[Any]) -> None:
            most = given.pop(0)
            outs.append(self.ffi.new(item, max(int(most), 0)))
            passed += [outs[-1], most]

        def read(count: int, outs: list[Any]) -> Any:
            array = outs[at]
            return [array[i] if item == "int[]" else _heap(array[i]) for i in range(count)]

        at = len(self.fetch)
        self.steps.append(step)
        self.fetch.append(read)


def _as_is(value: Any) -> Any:
    return value


def _heap(chars: Any) -> str:
    """A text that C hands out: copied, then freed."""
    try:
        return _ffi.text(chars)
    finally:
        _ffi.lib.vjob_sim_free(chars)


def _result_of(function: Function) -> Callable[[Any], Any]:
    """What the C result is in Python; raises for a failure."""
    name, kind = function.name, function.kind.replace("* ", "*")
    of = handle_class(kind)

    def handle(c: Any) -> Any:
        if not c:
            raise last_error(name)
        assert of is not None
        if name in _BORROWING:
            return of._lent(c)
        return of._of(c)

    def text(c: Any) -> Any:
        if not c:
            raise last_error(name)
        return _heap(c) if kind == "char *" else _ffi.text(c)

    def number(c: Any) -> Any:
        if c == -1 and binding.lib.virGetLastError():
            raise last_error(name)
        return c

    if of:
        return handle
    if kind in ("char *", "const char *"):
        return text
    return number if kind in ("int", "long long", "unsigned int") else _as_is


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


def _before_wait(own: VirBinding, name: str, subject: Any, c: Any) -> None:
    """A running loop is not blocked, but by worlds where nothing takes time; a thread that calls
    handlers hands its ring over first, so that events go on being taken."""
    if _wait.on_loop():
        connection = c
        if isinstance(subject, VirDomain):
            connection = own.lib.virDomainGetConnect(c)
        elif isinstance(subject, VirNetwork):
            connection = own.lib.virNetworkGetConnect(c)
        elif isinstance(subject, VirDomainSnapshot):
            connection = own.lib.virDomainSnapshotGetConnect(c)
        driver = own.lib.virConnectGetType(connection)
        if driver and _ffi.text(driver) != "TEST":
            _wait.refuse_on_loop(name)
    dispatch = _ffi.loaded("_dispatch")
    if dispatch is not None:
        dispatch.before_wait()


def _made(own: VirBinding, function: Function) -> Callable[..., Any]:
    plan = _Plan(own, function)
    convert = _result_of(function)
    names = plan.arguments
    call, name = plan.c, function.name
    takes_time = name in _TAKES_TIME

    def made(*arguments: Any) -> Any:
        if len(arguments) != len(names):
            raise own.bad_arguments(
                TypeError(f"{name}: {len(names)} arguments, not {len(arguments)}"), name
            )
        given = list(arguments)
        passed: list[Any] = []
        outs: list[Any] = []
        try:
            for step in plan.steps:
                step(given, passed, outs)
            if takes_time:
                _before_wait(own, name, arguments[0], passed[0])
            returned = call(*passed)
        except (TypeError, OverflowError, ValueError) as error:
            raise own.bad_arguments(error, name) from None
        value = convert(returned)
        if not plan.fetch:
            return value
        results = [fetch(returned, outs) for fetch in plan.fetch]
        return results[0] if len(results) == 1 else tuple(results)

    return made


API = VirApi()
VirHandle._api = VirJob._api = API
API.handle = VirHandle
binding = VirBinding()


API.nothing = binding.ffi.NULL
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
