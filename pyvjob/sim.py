"""The simulated world: what is in it, how its clock runs, what is left over.

    with sim.world({"hosts": [{"name": "localhost", "vms": [{"name": "web"}]}]}, clock="auto"):
        ...

There is one world in a process, whichever API looks at it.
"""

from __future__ import annotations

from . import _ffi, _wait

TYPE_CHECKING = False
if TYPE_CHECKING:
    import os
    from types import TracebackType
    from typing import Any

    from ._programs import Ended, Hook, Program  # noqa: F401

_lib = _ffi.lib


def _world_changes() -> None:
    """Replacing the world needs an unused engine: what Python itself holds can be let go."""
    vix = _ffi.loaded("_vix_api")
    if vix is not None:
        vix.binding.lib.vjob_vix_settle()
    hcs = _ffi.loaded("_hcs_api")
    if hcs is not None:
        hcs.binding.lib.vjob_hcs_settle()
    if not _lib.vjob_leaks(_lib.VJOB_SPACE_NATIVE, _ffi.ffi.NULL, 0):
        _ffi.unhold()


def load(inventory: dict[str, Any] | str | os.PathLike[str]) -> None:
    """Replace the world: a dict, JSON text (it begins with a brace) or the path of a file.

    A bad inventory raises Error that names file, place and reason; then nothing has changed.
    Raises Error VJOB_EBUSY while an API is in use.
    """
    _world_changes()
    if not isinstance(inventory, dict) and not _is_json(inventory):
        _ffi.check(_lib.vjob_sim_load_file(_ffi.c_text(inventory, "inventory")), "sim.load")
        return
    data = _json(inventory)
    _ffi.check(_lib.vjob_sim_load_json(data, len(data)), "sim.load")


def add(inventory: dict[str, Any] | str | os.PathLike[str]) -> None:
    """Add hosts, VMs and networks to the world, also while APIs are in use. All or nothing."""
    if isinstance(inventory, dict) or _is_json(inventory):
        data = _json(inventory)
    else:
        with open(inventory, "rb") as file:
            data = file.read()
    _ffi.hold()
    _ffi.check(_lib.vjob_sim_add_json(data, len(data)), "sim.add")


def save() -> dict[str, Any]:
    """The whole world as an inventory."""
    from json import loads

    _ffi.hold()
    out = _ffi.ffi.new("char **")
    _ffi.check(_lib.vjob_sim_save_json(out), "sim.save")
    try:
        inventory: dict[str, Any] = loads(_ffi.ffi.string(out[0]))
    finally:
        _lib.vjob_sim_free(out[0])
    return inventory


def _is_json(inventory: str | os.PathLike[str]) -> bool:
    return isinstance(inventory, str) and inventory.lstrip()[:1] == "{"


def _json(inventory: Any) -> bytes:
    if isinstance(inventory, dict):
        from json import dumps

        inventory = dumps(inventory)
    return str(inventory).encode()


# ---- time and chance ----------------------------------------------------------------------------


def clock(spec: str) -> None:
    """How the clock runs from now on: "real", "x10", "auto" or "auto:50". Never goes back."""
    _ffi.check(_lib.vjob_sim_set_clock(_ffi.c_text(spec, "clock")), "sim.clock")


def seed(value: int) -> None:
    """What ids, latency and faults are made from."""
    _ffi.check(_lib.vjob_sim_set_seed(value), "sim.seed")


def fidelity(name: str) -> None:
    """ "faithful" or "ideal": whether API functions answer as poorly as the real ones do."""
    _ffi.check(_lib.vjob_sim_set_fidelity(_ffi.c_text(name, "fidelity")), "sim.fidelity")


def trace(path: str | os.PathLike[str] | None) -> None:
    """Write the event log to a file; None ends it."""
    _ffi.check(_lib.vjob_sim_set_trace(_ffi.c_text(path, "path")), "sim.trace")


def flush_trace() -> None:
    """Write out what the event log still holds."""
    _lib.vjob_sim_flush_trace()


def now() -> float:
    """Seconds since 1970 of the engine's clock."""
    _ffi.hold()
    return float(_lib.vjob_clock_now() / 1e9)


def _instant(seconds: float) -> int:
    _ffi.hold()
    return _wait.deadline(seconds * 1000)


def sleep(seconds: float) -> None:
    """Sleep on the engine's clock."""
    _ffi.check(_wait.sleep_until(_instant(seconds)), "sim.sleep")


async def asleep(seconds: float) -> None:
    """The same on an asyncio loop."""
    from ._aio import sleep_until

    await sleep_until(_instant(seconds))


def duration(operation: str, duration_s: float, jitter: float = 0.0, steps: int = 0) -> None:
    """How long an operation takes from now on; names are those of the inventory ("start")."""
    nanoseconds = int(duration_s * 1e9)
    name = _ffi.c_text(operation, "operation")
    _ffi.check(_lib.vjob_sim_set_duration(name, nanoseconds, jitter, steps), "sim.duration")


def fail_next(
    operation: str, vm: str | None = None, code: int | None = None, count: int = 1
) -> None:
    """Let the next `count` operations of a kind fail, on one VM (name or uuid) or on any.

    `code` is a VJOB_... number of pyvjob.sim.lib; VJOB_EFAILED if it is not given.
    """
    name, on = _ffi.c_text(operation, "operation"), _ffi.c_text(vm, "vm")
    err = _lib.VJOB_EFAILED if code is None else code
    _ffi.check(_lib.vjob_sim_fail_next(name, on, err, count), "sim.fail_next")


# ---- programs of guests -------------------------------------------------------------------------


def program_hook(hook: Hook | None) -> None:
    """Have programs of guests run by a function, until it is replaced, or sim.reset.

    It is called with a Program for every one that is neither listed in the inventory nor built in,
    each time on a thread of its own. It returns None when the program is not its own, else an
    exit code, what the program writes (str or bytes), or Ended(exit_code, output, duration_s).
    """
    from ._programs import set_hook

    set_hook(hook)


def allow_programs(folder: str | os.PathLike[str] | None) -> None:
    """Let guests run real programs of this machine, each VM in a folder of its own below `folder`.

    They cannot write anywhere else. None, or sim.reset, ends it; see vjob_sim_allow_programs.
    """
    _ffi.check(_lib.vjob_sim_allow_programs(_ffi.c_text(folder, "folder")), "sim.allow_programs")


# ---- what is left -------------------------------------------------------------------------------


class Leak:
    """A live handle that the program still owes."""

    __slots__ = ("handle", "api", "type", "refs", "about")

    def __init__(self, handle: int, api: str, type: str, refs: int, about: str) -> None:
        self.handle = handle
        self.api = api  # "native", "prl" ...
        self.type = type  # "PHT_JOB" ...
        self.refs = refs
        self.about = about  # what the object says of itself: a job's operation, a VM's name

    def __repr__(self) -> str:
        return f"<{self.api} {self.type} 0x{self.handle:x} {self.about!r}, {self.refs} owed>"


_LOOKS = 10  # while handlers come to their ends in between
_APIS = ("", "native", "prl", "vix", "hcs", "vir")


def leaks(api: str = "") -> list[Leak]:
    """Live handles of one API, or of all, that clients still owe: in C and in Python.

    What waits for an event handler is not owed yet, nor what one runs with and has not freed.
    While other threads call and handlers run, what is owed all the time is listed, and what is
    owed for a moment may be.
    """
    space = _APIS.index(api)
    dispatch = _ffi.loaded("_dispatch")
    infos: Any = ()
    for _ in range(_LOOKS):
        before = [] if dispatch is None else dispatch.undelivered()
        while len(infos) < (n := _lib.vjob_leaks(space, infos or _ffi.ffi.NULL, len(infos))):
            infos = _ffi.ffi.new("vjob_handle_info[]", n)  # more may come meanwhile
        waiting, is_still = ([], True) if dispatch is None else dispatch.still_undelivered(before)
        if is_still:
            break
    found = [
        Leak(
            i.handle,
            _APIS[i.space],
            _ffi.text(i.type_name),
            i.refs - waiting.count(i.handle) if waiting else i.refs,
            _ffi.text(i.object),
        )
        for i in infos[0:n]
    ]
    return [leak for leak in found if leak.refs > 0]


def dropped() -> int:
    """How many events and ends of awaited jobs came too late: their asyncio loop, or what listened,
    was closed. Since the process began."""
    return int(_lib.vjob_ring_dropped())


def reset() -> None:
    """Back to the start, between tests: APIs in use are ended, their handles die, the world is
    made afresh from the environment."""
    prl = _ffi.loaded("_prl_api")
    if prl is not None:
        prl.end_all()
    vix = _ffi.loaded("_vix_api")
    if vix is not None:
        vix.end_all()
    hcs = _ffi.loaded("_hcs_api")
    if hcs is not None:
        hcs.end_all()
    vir = _ffi.loaded("_vir_api")
    if vir is not None:
        vir.end_all()
    if _ffi.loaded("_programs") is not None:
        program_hook(None)
    _ffi.unhold()
    _ffi.check(_lib.vjob_sim_reset(), "sim.reset")


class world:
    """A block with a world of its own; afterwards everything is as it was at the start."""

    def __init__(
        self,
        inventory: dict[str, Any] | str | os.PathLike[str] | None = None,
        clock: str = "auto",
        seed: int = 0,
    ) -> None:
        self._inventory = inventory
        self._clock = clock
        self._seed = seed

    def __enter__(self) -> world:
        reset()
        seed(self._seed)
        if self._inventory is not None:
            load(self._inventory)
        clock(self._clock)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: object, trace: TracebackType | None
    ) -> None:
        reset()


def __getattr__(name: str) -> Any:
    if name in ("lib", "ffi"):
        return getattr(_ffi, name)
    if name in ("Program", "Ended"):
        from . import _programs

        return getattr(_programs, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
