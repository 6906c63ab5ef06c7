"""Events of the libvirt-style API: callbacks that the program's loop calls, and events from a ring.

EVENTS tells the C type of each event's callback and what its arguments are called; how they become
Python values follows from their C types.
"""

from __future__ import annotations

from . import _ffi
from ._vir_api import API, VirConnect, VirDomain, VirNetwork, _kind, binding, code, last_error
from .errors import VirError
from .handle import Handle

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

_lib = binding.lib
_ffi_vir = binding.ffi
_NULL = _ffi_vir.NULL

# Id -> C type of the callback, and its arguments between the subject and `opaque`. `params` stands
# for an array and its length.
EVENTS: dict[str, tuple[str, str]] = {
    "VIR_DOMAIN_EVENT_ID_LIFECYCLE": ("virConnectDomainEventCallback", "event detail"),
    "VIR_DOMAIN_EVENT_ID_REBOOT": ("virConnectDomainEventGenericCallback", ""),
    "VIR_DOMAIN_EVENT_ID_RTC_CHANGE": ("virConnectDomainEventRTCChangeCallback", "utcoffset"),
    "VIR_DOMAIN_EVENT_ID_WATCHDOG": ("virConnectDomainEventWatchdogCallback", "action"),
    "VIR_DOMAIN_EVENT_ID_IO_ERROR": (
        "virConnectDomainEventIOErrorCallback",
        "srcPath devAlias action",
    ),
    "VIR_DOMAIN_EVENT_ID_GRAPHICS": (
        "virConnectDomainEventGraphicsCallback",
        "phase local remote authScheme subject",
    ),
    "VIR_DOMAIN_EVENT_ID_IO_ERROR_REASON": (
        "virConnectDomainEventIOErrorReasonCallback",
        "srcPath devAlias action reason",
    ),
    "VIR_DOMAIN_EVENT_ID_CONTROL_ERROR": ("virConnectDomainEventGenericCallback", ""),
    "VIR_DOMAIN_EVENT_ID_BLOCK_JOB": (
        "virConnectDomainEventBlockJobCallback",
        "disk type status",
    ),
    "VIR_DOMAIN_EVENT_ID_DISK_CHANGE": (
        "virConnectDomainEventDiskChangeCallback",
        "oldSrcPath newSrcPath devAlias reason",
    ),
    "VIR_DOMAIN_EVENT_ID_TRAY_CHANGE": (
        "virConnectDomainEventTrayChangeCallback",
        "devAlias reason",
    ),
    "VIR_DOMAIN_EVENT_ID_PMWAKEUP": ("virConnectDomainEventPMWakeupCallback", "reason"),
    "VIR_DOMAIN_EVENT_ID_PMSUSPEND": ("virConnectDomainEventPMSuspendCallback", "reason"),
    "VIR_DOMAIN_EVENT_ID_BALLOON_CHANGE": (
        "virConnectDomainEventBalloonChangeCallback",
        "actual",
    ),
    "VIR_DOMAIN_EVENT_ID_PMSUSPEND_DISK": (
        "virConnectDomainEventPMSuspendDiskCallback",
        "reason",
    ),
    "VIR_DOMAIN_EVENT_ID_DEVICE_REMOVED": (
        "virConnectDomainEventDeviceRemovedCallback",
        "devAlias",
    ),
    "VIR_DOMAIN_EVENT_ID_BLOCK_JOB_2": (
        "virConnectDomainEventBlockJobCallback",
        "disk type status",
    ),
    "VIR_DOMAIN_EVENT_ID_TUNABLE": ("virConnectDomainEventTunableCallback", "params"),
    "VIR_DOMAIN_EVENT_ID_AGENT_LIFECYCLE": (
        "virConnectDomainEventAgentLifecycleCallback",
        "state reason",
    ),
    "VIR_DOMAIN_EVENT_ID_DEVICE_ADDED": (
        "virConnectDomainEventDeviceAddedCallback",
        "devAlias",
    ),
    "VIR_DOMAIN_EVENT_ID_MIGRATION_ITERATION": (
        "virConnectDomainEventMigrationIterationCallback",
        "iteration",
    ),
    "VIR_DOMAIN_EVENT_ID_JOB_COMPLETED": (
        "virConnectDomainEventJobCompletedCallback",
        "params",
    ),
    "VIR_DOMAIN_EVENT_ID_DEVICE_REMOVAL_FAILED": (
        "virConnectDomainEventDeviceRemovalFailedCallback",
        "devAlias",
    ),
    "VIR_DOMAIN_EVENT_ID_METADATA_CHANGE": (
        "virConnectDomainEventMetadataChangeCallback",
        "type nsuri",
    ),
    "VIR_DOMAIN_EVENT_ID_BLOCK_THRESHOLD": (
        "virConnectDomainEventBlockThresholdCallback",
        "dev path threshold excess",
    ),
    "VIR_DOMAIN_EVENT_ID_MEMORY_FAILURE": (
        "virConnectDomainEventMemoryFailureCallback",
        "recipient action flags",
    ),
    "VIR_DOMAIN_EVENT_ID_MEMORY_DEVICE_SIZE_CHANGE": (
        "virConnectDomainEventMemoryDeviceSizeChangeCallback",
        "alias size",
    ),
    "VIR_NETWORK_EVENT_ID_LIFECYCLE": ("virConnectNetworkEventLifecycleCallback", "event detail"),
}


class Shape:
    """An event's callback: its C type, the names of its arguments, and what these are in C."""

    def __init__(self, id: Any, type: str, names: str) -> None:
        self.id = id
        self.type = _ffi_vir.typeof(type)
        self.names = names.split()
        types = [one.cname for one in self.type.args[2:-1]]
        if "params" in self.names:
            del types[self.names.index("params") + 1]  # the length
        assert len(types) == len(self.names), type
        self.types = types


_shapes: dict[tuple[bool, int], Shape] = {}


def shape_of(of_network: bool, id: int) -> Shape | None:
    """None: there is no such event."""
    if not _shapes:
        for name, (type, names) in EVENTS.items():
            is_network = name.startswith("VIR_NETWORK")
            known = binding.enum("virNetworkEventID" if is_network else "virDomainEventID")[name]
            _shapes[is_network, int(known)] = Shape(known, type, names)
    return _shapes.get((of_network, id))


# ---- what C says, as values of Python -----------------------------------------------------------


def _text(chars: Any) -> str | None:
    return _ffi.text(chars) if chars else None


def read_params(params: Any, count: int) -> dict[str, Any]:
    """Typed parameters as a dict."""
    members = {
        code("VIR_TYPED_PARAM_INT"): "i",
        code("VIR_TYPED_PARAM_UINT"): "ui",
        code("VIR_TYPED_PARAM_LLONG"): "l",
        code("VIR_TYPED_PARAM_ULLONG"): "ul",
        code("VIR_TYPED_PARAM_DOUBLE"): "d",
        code("VIR_TYPED_PARAM_BOOLEAN"): "b",
        code("VIR_TYPED_PARAM_STRING"): "s",
    }
    found: dict[str, Any] = {}
    for i in range(count):
        value = getattr(params[i].value, members[params[i].type])
        if params[i].type == code("VIR_TYPED_PARAM_STRING"):
            value = _text(value)
        elif params[i].type == code("VIR_TYPED_PARAM_BOOLEAN"):
            value = value not in (0, b"\0")
        found[_ffi.text(params[i].field)] = value
    return found


def _address(c: Any) -> dict[str, Any] | None:
    if not c:
        return None
    return {"family": c.family, "node": _text(c.node), "service": _text(c.service)}


def _subject(c: Any) -> list[tuple[str | None, str | None]]:
    if not c:
        return []
    some = (c.identities[i] for i in range(c.nidentity))
    return [(_text(one.type), _text(one.name)) for one in some]


_READ: dict[str, Callable[[Any], Any]] = {
    "char *": _text,
    "virDomainEventGraphicsAddress *": _address,
    "virDomainEventGraphicsSubject *": _subject,
}


def _values(shape: Shape, rest: Iterator[Any]) -> Iterator[Any]:
    for name, type in zip(shape.names, shape.types, strict=True):
        value = next(rest)
        if name == "params":
            yield read_params(value, next(rest))
        else:
            read = _READ.get(type.replace("struct _", "").replace("const ", ""))
            yield read(value) if read else value


# ---- callbacks of the program's loop ------------------------------------------------------------

# What C may call: until it says that it will not any more.
_kept: set[_Kept] = set()


class _Kept:
    """One registered callback."""

    def __init__(self, shape: Shape, kind: type[Handle], callback: Any, opaque: Any) -> None:
        self.handle = _ffi_vir.new_handle(self)

        def call(conn: Any, subject: Any, *rest: Any) -> Any:
            values = _values(shape, iter(rest[:-1]))
            callback(_borrowed(VirConnect, conn), _borrowed(kind, subject), *values, opaque)
            return 0 if shape.type.result.kind != "void" else None

        self.c = _ffi_vir.callback(shape.type, call)


def _borrowed(kind: type[Handle], c: Any) -> Any:
    return kind._lent(c)


@_ffi_vir.callback("void(void *)")  # type: ignore[untyped-decorator]
def _let_go(handle: Any) -> None:
    _kept.discard(_ffi_vir.from_handle(handle))


def _c(handle: Any) -> Any:
    return handle._c if isinstance(handle, Handle) else binding.handle_in(handle)


def _register(name: str, kind: type[Handle]) -> Any:
    function = getattr(_lib, name)
    of_network = kind is VirNetwork
    generic = _ffi_vir.typeof(function).args[3]

    def register(conn: Any, subject: Any, event: int, callback: Any, opaque: Any = None) -> int:
        if not callable(callback):
            raise TypeError(f"{name}: a callback is called, {callback!r} cannot be")
        shape = shape_of(of_network, event)
        if shape is None:  # C says what it thinks of it, and never calls this
            kept, c = None, _ffi_vir.cast(generic, _let_go)
        else:
            kept = _Kept(shape, kind, callback, opaque)
            c = _ffi_vir.cast(generic, kept.c)
            _kept.add(kept)
        handle, free = (kept.handle, _let_go) if kept else (_NULL, _NULL)
        number: int = function(_c(conn), _c(subject), event, c, handle, free)
        if number < 0:
            failure = last_error(name)
            if kept:
                _kept.discard(kept)
            raise failure
        return number

    return register


REGISTER: dict[str, Any] = {
    name: _register(name, kind)
    for name, kind in (
        ("virConnectDomainEventRegisterAny", VirDomain),
        ("virConnectNetworkEventRegisterAny", VirNetwork),
    )
}


# ---- events from a ring -------------------------------------------------------------------------


class VirEvent:
    """Something that happened to a domain or a network of a connection.

    `id` is a virDomainEventID or virNetworkEventID, `name` its name. What else a callback of this
    event would get is in `arguments`, and found as an attribute: event.event, event.detail,
    event.params.
    """

    __slots__ = ("arguments", "connection", "domain", "id", "network")

    def __init__(
        self,
        connection: VirConnect,
        id: Any,
        domain: VirDomain | None,
        network: VirNetwork | None,
        arguments: dict[str, Any],
    ) -> None:
        self.connection = connection
        self.id = id
        self.domain = domain
        self.network = network
        self.arguments = arguments

    @property
    def name(self) -> str:
        return str(getattr(self.id, "name", self.id))

    def __getattr__(self, name: str) -> Any:
        if name == "arguments" or name not in self.arguments:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        return self.arguments[name]

    def __repr__(self) -> str:
        return f"<VirEvent {self.name} {self.domain or self.network!r} {self.arguments!r}>"


_LIFECYCLES = {False: "virDomainEventType", True: "virNetworkEventLifecycleType"}


def _arguments(shape: Shape, seen: Any) -> dict[str, Any]:
    """An event has two numbers, a text and parameters; each goes to the first that it fits."""
    numbers = iter((seen.event, seen.detail))
    made: dict[str, Any] = {}
    for name, type in zip(shape.names, shape.types, strict=True):
        if name == "params":
            made[name] = read_params(seen.params, seen.nparams)
        elif "char" in type:
            made[name] = _text(seen.text)
        else:
            made[name] = next(numbers)
    if int(shape.id) == 0:
        known = binding.enum(_LIFECYCLES[bool(seen.of_network)])
        made["event"] = known._value2member_map_.get(made["event"], made["event"])
    return made


def arrived(value: int) -> VirEvent:
    """The event with this number, which is released."""
    seen = _ffi_vir.new("vjob_vir_event *")
    try:
        _ffi.check(_lib.vjob_vir_event_look(value, seen), "an event")
        of_network = bool(seen.of_network)
        shape = shape_of(of_network, seen.id)
        arguments = _arguments(shape, seen) if shape else {}
        c = _lib.vjob_vir_event_subject(value)
        if not c:
            raise last_error("an event")
        domain = None if of_network else VirDomain._of(c, warn=False)
        network = VirNetwork._of(c, warn=False) if of_network else None
        conn = _borrowed(VirConnect, seen.conn)
        return VirEvent(conn, shape.id if shape else seen.id, domain, network, arguments)
    finally:
        _ffi.lib.vjob_release(value)


def _c_tap(tap: Any) -> Any:
    return _ffi_vir.cast("void *", int(_ffi.ffi.cast("uintptr_t", tap)))


def attach(handle: Handle, tap: Any) -> None:
    if _kind(handle, "RegEventHandler") is not VirConnect:
        raise TypeError(f"{handle!r} has no events of its own: its connection has them")
    if _lib.vjob_vir_events_attach(handle._c, _c_tap(tap)) < 0:
        raise last_error("RegEventHandler")


def detach(handle: Handle, tap: Any) -> None:
    if not tap:
        text = "no such event handler"
        raise VirError(code("VIR_ERR_INVALID_ARG"), text, doing="UnregEventHandler")
    if not API.is_over(handle.value):  # a connection that is closed has let go of it
        _lib.vjob_vir_events_detach(API.to_c(handle.value), _c_tap(tap))
