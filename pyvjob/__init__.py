"""Jobs and events of hypervisor APIs, over one engine with a simulated hypervisor.

    pyvjob.prl       the Parallels C API under its C names
    pyvjob.vix       the VIX C API under its C names
    pyvjob.hcs       the Host Compute System C API under its C names
    pyvjob.vir       the libvirt-style C API, with virJob, under its C names
    pyvjob.native    jobs of the engine itself
    pyvjob.sim       the simulated world: inventory, clock, seed, leaks

The functions below work for handles of every API. Nothing is loaded before it is used.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from . import hcs, native, prl, sim, vir, vix
    from ._aio import events
    from .errors import Error, HResultError, PrlError, Timeout, VirError, VixError
    from .handle import (
        AddRef,
        Free,
        GetType,
        Handle,
        HandleType,
        RegEventHandler,
        UnregEventHandler,
    )
    from .job import (
        Job,
        Job_Cancel,
        Job_Progress,
        Job_Result,
        Job_Status,
        Job_Wait,
        JobState,
    )

    __version__: str

_HOME = {
    "handle": "AddRef Free GetType Handle HandleType RegEventHandler UnregEventHandler",
    "job": "Job JobState Job_Cancel Job_Progress Job_Result Job_Status Job_Wait",
    "errors": "Error HResultError PrlError Timeout VirError VixError",
    "_aio": "events",
    "_ffi": "__version__",
}
_HOME_OF = {name: module for module, names in _HOME.items() for name in names.split()}
_MODULES = ("errors", "hcs", "native", "prl", "sim", "vir", "vix")

__all__ = [
    "AddRef",
    "Error",
    "Free",
    "GetType",
    "HResultError",
    "Handle",
    "HandleType",
    "Job",
    "JobState",
    "Job_Cancel",
    "Job_Progress",
    "Job_Result",
    "Job_Status",
    "Job_Wait",
    "PrlError",
    "RegEventHandler",
    "Timeout",
    "UnregEventHandler",
    "VirError",
    "VixError",
    "events",
    "hcs",
    "native",
    "prl",
    "sim",
    "vir",
    "vix",
]


def __getattr__(name: str) -> object:
    home = _HOME_OF.get(name)
    if home is None and name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = __import__(f"{__name__}.{home or name}", fromlist=["*"])
    value = globals()[name] = getattr(module, name) if home else module
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME_OF, *_MODULES})
