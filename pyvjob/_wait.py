"""Blocking engine waits, made fit for Python.

A wait on the main thread comes back every 100 ms so that Ctrl-C works; a wait on a thread that
dispatches events first hands its ring to another; on a running asyncio loop's thread a wait is
refused.
"""

from __future__ import annotations

import sys
from _thread import get_ident

from . import _ffi

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

_SLICE_MS = 100
_WHOLE = 0  # no slices
_DISPATCH = f"{__package__}._dispatch"
_INTERRUPTED = _ffi.lib.VJOB_EINTERRUPT
_NULL = _ffi.ffi.NULL
_modules = sys.modules
_wait_until = _ffi.lib.vjob_wait_until
_one = _ffi.ffi.typeof("vjob_handle[1]")
_spare: list[Any] = []  # of this type, for the next call


def on_loop() -> bool:
    """Does an asyncio loop run on this thread?"""
    events = _modules.get("asyncio.events")
    return events is not None and events._get_running_loop() is not None


def refuse_on_loop(doing: str) -> None:
    """Raise if a running asyncio loop would be blocked."""
    events = _modules.get("asyncio.events")
    if events is not None and events._get_running_loop() is not None:
        raise RuntimeError(f"{doing} would block the running event loop; use await")


def _is_main() -> bool:
    """Is this the thread that runs signal handlers? True where that is not known."""
    threading = _modules.get("threading")
    return threading is None or bool(get_ident() == threading.main_thread().ident)


def deadline(timeout_ms: float | None) -> int:
    """The engine's clock in nanoseconds at which a wait gives up."""
    if timeout_ms is None:
        return _ffi.FOREVER
    if not timeout_ms >= 0:
        raise ValueError(f"a timeout cannot be {timeout_ms!r} ms")
    nanoseconds = timeout_ms * 1_000_000
    if nanoseconds >= _ffi.FOREVER:
        return _ffi.FOREVER
    now: int = _ffi.lib.vjob_clock_now()
    return min(now + int(nanoseconds), _ffi.FOREVER)


def before(doing: str) -> None:
    """The calling thread is going to wait for the engine."""
    refuse_on_loop(doing)
    hand_over()


def hand_over() -> None:
    """A thread that calls handlers and is going to wait hands its ring to another first."""
    dispatch = _modules.get(_DISPATCH)
    if dispatch is not None:
        dispatch.before_wait()


def in_slices(wait: Callable[[int], int], doing: str) -> int:
    """Call `wait(slice_ms)` until it returns something other than "look around"."""
    before(doing)
    slice_ms = _SLICE_MS if _is_main() else _WHOLE
    while True:
        err = wait(slice_ms)
        if err != _ffi.lib.VJOB_EINTERRUPT:
            return err


def for_handles(
    c_jobs: Any,
    n: int,
    all_: bool,
    timeout_ms: float | None,
    doing: str,
    out_index: Any = _ffi.ffi.NULL,
) -> int:
    """Wait for any or all of n jobs in a C array; the engine's code."""
    wait = _ffi.lib.vjob_wait_until
    until = deadline(timeout_ms)
    if timeout_ms == 0:
        return int(wait(c_jobs, n, all_, until, _WHOLE, out_index))  # only looks: blocks nobody
    return in_slices(lambda slice_ms: wait(c_jobs, n, all_, until, slice_ms, out_index), doing)


def for_job(value: int, timeout_ms: float | None, doing: str) -> int:
    """The same for one job by its number: what a short job spends in Python is mostly here."""
    try:
        c_job = _spare.pop()
    except IndexError:
        c_job = _ffi.ffi.new(_one)
    c_job[0] = value
    if timeout_ms == 0:
        err = _wait_until(c_job, 1, 1, 0, _WHOLE, _NULL)  # only looks: blocks nobody
    else:
        until = _ffi.FOREVER if timeout_ms is None else deadline(timeout_ms)
        before(doing)
        slice_ms = _SLICE_MS if _is_main() else _WHOLE
        while (err := _wait_until(c_job, 1, 1, until, slice_ms, _NULL)) == _INTERRUPTED:
            pass  # the signal's handler has run
    _spare.append(c_job)
    return err  # type: ignore[no-any-return]


def for_jobs(values: Sequence[int], all_: bool, timeout_ms: float | None, doing: str) -> int:
    """The same for a list of handle numbers."""
    c_jobs = _ffi.ffi.new("vjob_handle[]", values)
    return for_handles(c_jobs, len(values), all_, timeout_ms, doing)


def sleep_until(instant_ns: int) -> int:
    """Sleep until an instant of the engine's clock."""
    sleep = _ffi.lib.vjob_sleep_until
    return in_slices(lambda slice_ms: sleep(instant_ns, slice_ms), "sim.sleep")


def is_over(value: int) -> bool:
    """Would a wait for this job return at once?"""
    return not for_job(value, 0, "")
