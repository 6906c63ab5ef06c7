"""`pyvjob info`: version, what is served, and where that differs from the real thing."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_FACADES = ("prl", "vix", "hcs", "vir")

# Where an API's own function answers otherwise than a reader of its documentation may expect.
_NOTES = {
    "prl": (
        "PrlJob_GetProgress reports real progress; the real service always says 100.",
        "PrlHandle_Free of a freed handle is PRL_ERR_INVALID_ARG, however long ago that was:"
        " no number is given out twice.",
        "PrlApi_Deinit inside an event handler is refused with PRL_ERR_INVALID_ACTION_REQUESTED;"
        " the real one waits for itself.",
        "PrlApi_Deinit without a matching init changes nothing; the real counter drops below zero.",
        "A handler that another handler of the same round removes is not called any more.",
        "Containers are machines whose type a client sets to PVT_CT; lists and codes treat them as"
        " containers, nothing else does.",
        "Keys and the mouse go to guests that read neither.",
        "Events have no message texts of the vendor; descriptions of codes are ours.",
        "The server is part of the process: host, port and security level choose a host of the"
        " inventory, nothing goes over a network.",
    ),
    "vix": (
        "Codes that the product and its guest pass to each other never reach a program.",
        "VIX_EVENTTYPE_HOST_INITIALIZED is 100 (no number of it is public) and is sent once, to the"
        " callback of VixHost_Connect, before VIX_EVENTTYPE_JOB_COMPLETED.",
        "VixJob_Wait on a job with a callback is allowed: it ends after the callback's last call.",
        "Nothing goes over a network: host names choose a host of the inventory.",
        "VIX_SERVICEPROVIDER_DEFAULT is Workstation; products refuse what the real ones lack only"
        " when the inventory is strict.",
        "A second power operation of a machine waits for the first.",
        "A program that a guest does not have ends with 127 where programs usually are, and is"
        " VIX_E_FILE_NOT_FOUND elsewhere.",
        "No machine asks questions, is encrypted, or leaves disks when it is deleted.",
        "From Python, callbacks run on threads of Python's own, also in sessions with the event"
        " pump; Vix_PumpEvents decides when.",
    ),
    "hcs": (
        "HcsCancelOperation answers E_NOTIMPL as documented; with VJOB_FIDELITY=ideal it cancels."
        " Job_Cancel always works.",
        "A NULL operation, or a handle that names nothing, is E_INVALIDARG or E_HANDLE, no fault.",
        "Closing an operation that follows a call lets the call go on and drops its result.",
        "A system callback also hears of operations that have ended before it was registered, and"
        " of an exit that has happened: registering late loses nothing.",
        "A timeout of HcsWaitForComputeSystemExit and HcsWaitForProcessExit is"
        " HCS_E_OPERATION_TIMEOUT.",
        "Ids, documents and paths are wide texts of this platform: a wchar_t has 32 bits.",
        "Systems live in the process that made them; ids are free as soon as the system is gone.",
        "Events, threads and waits of windows.h are named by handles too; events have no names that"
        " other processes could use.",
    ),
    "vir": (
        "The virJob functions are those of a proposal of 2008 that never shipped; docs/virjob.md"
        " says what was decided.",
        "On test:/// the starters of jobs take time; everything else there takes none.",
        "Unknown elements of XML are refused with their line; libvirt ignores them.",
        "Snapshots cannot be redefined: what they hold is in the world, not in their XML.",
        "A save file has the test driver's format, whatever the address.",
        "Creating a domain that is defined and off starts it with the definition that it has.",
        "Autostart is a mark only: hosts do not restart.",
        "qemu:///, vz:///, xen:/// and the like all open the simulated world that the other APIs"
        " see.",
    ),
}


def main(argv: list[str]) -> int:
    import argparse

    parser = argparse.ArgumentParser(
        prog="pyvjob info", description="Version, build, and what each API serves."
    )
    parser.add_argument("facade", nargs="?", choices=_FACADES)
    facade = parser.parse_args(argv).facade
    if facade is None:
        _everything()
    else:
        _one(facade)
    return 0


def _everything() -> None:
    from . import _config, _ffi

    print(f"pyvjob {_ffi.__version__}, Python {sys.version.split()[0]}")
    print(f"libraries  {_config.libdir()}")
    print(f"headers    {_config.includedir()}")
    for facade in _FACADES:
        functions = _binding(facade).functions()
        served = sum(function.is_served for function in functions)
        print(f"{facade:10} {served} of {len(functions)} functions served")


def _one(facade: str) -> None:
    functions = _binding(facade).functions()
    for served, title in ((True, "Served"), (False, "Declared, and answering 'not implemented'")):
        names = sorted(f.name for f in functions if f.is_served is served)
        print(f"{title}: {len(names)}")
        for name in names:
            print(f"  {name}")
        print()
    print("Where it differs")
    for note in _NOTES[facade]:
        print(f"  - {note}")


def _binding(facade: str) -> Any:
    module = __import__(f"{__package__}._{facade}_api", fromlist=["binding"])
    return module.binding
