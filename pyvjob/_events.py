"""Registering handlers, and what ends with an object that has some."""

from __future__ import annotations

import os
import sys
import threading

from . import _ffi
from ._dispatch import dispatcher, inside_handler
from ._dispatch import settle as settle
from ._registration import Registration, listen, listeners_of, unlisten
from .handle import listeners, owed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ._registration import Listener
    from .handle import Api, Handle

_CLOSE_S = 5.0  # how long ending an API waits for handlers


def register(handle: Handle, handler: Callable[[Any, Any], object], data: Any) -> None:
    """See pyvjob.RegEventHandler."""
    if not callable(handler):
        raise TypeError(f"an event handler must be callable, not {handler!r}")
    threads = dispatcher()
    registration = Registration(threads, handle, handler, data)
    threads.add(registration, registration.api.subscriber(handle))
    threads.ensure_spare()
    try:
        registration.api.attach(handle, registration.tap)
    except BaseException:
        registration.release()
        raise
    listen(registration)


def unregister(handle: Handle, handler: Callable[[Any, Any], object], data: Any) -> None:
    """See pyvjob.UnregEventHandler."""
    for one in list(listeners.get(handle.value, ())):
        if isinstance(one, Registration) and one.is_for(handler, data) and unlisten(one):
            break
    else:
        handle._api.detach(handle, _ffi.ffi.NULL)  # the API says what it thinks of the handle
        return
    one.alive = False
    try:
        handle._api.detach(handle, one.tap)
    finally:
        try:
            if not inside_handler():
                one.hold()
                one.unhold()
        finally:
            one.release()
    one.raise_kept()


# ---- objects that die ---------------------------------------------------------------------------


class quiet:
    """A block during which the handlers of some listeners do not run: objects end in it.

    Begins by waiting for running ones, unless called inside a handler; for `timeout_s` at most.
    After it, listeners of dead objects are forgotten, and the first exception that their handlers
    left behind is raised.
    """

    def __init__(self, some: list[Listener], timeout_s: float | None = None) -> None:
        self.some = some
        self.timeout_s = timeout_s
        self.held: list[Listener] = []

    def __enter__(self) -> None:
        if self.some and not inside_handler():
            self._hold()

    def _hold(self) -> None:
        from time import monotonic

        began = monotonic()
        left = self.timeout_s
        for one in self.some:
            if self.timeout_s is not None:
                left = max(0.0, self.timeout_s - (monotonic() - began))
            if one.hold(left):
                self.held.append(one)
            else:
                print(f"pyvjob: {one!r} still runs", file=sys.stderr)

    def __exit__(self, kind: object, *_: object) -> None:
        ended = [one for one in self.some if one.api.is_over(one.owner) and one.end()]
        for one in self.held:
            one.unhold()
        if kind is None:
            for one in ended:
                one.raise_kept()


class end_of(quiet):
    """Around a call that drops a reference to an object."""

    def __init__(self, handle: Handle) -> None:
        some = listeners.get(handle.value)
        super().__init__(list(some) if some and owed(handle.value) == 1 else [])
        self.handle = handle

    def __enter__(self) -> None:
        super().__enter__()
        for one in self.some:
            # An API may drop handlers together with their object without waiting for C's side of
            # a delivery; detaching waits, so that the tap is not needed any more.
            one.api.detach(self.handle, one.tap)


def end_of_api(api: Api) -> quiet:
    """Around a call that may end a whole API."""
    return quiet(listeners_of(api), _CLOSE_S)


_reaper: Any = None


def _after_fork() -> None:
    global _reaper
    _reaper = None


os.register_at_fork(after_in_child=_after_fork)


def later(work: Callable[[], None]) -> None:
    """Do something for a finalizer on a thread of its own: it may have to wait. Never blocks."""
    global _reaper
    if sys.is_finalizing() or _ffi.forked:
        return
    if _reaper is None:
        from queue import SimpleQueue

        _reaper = SimpleQueue()
        threading.Thread(target=_reap, args=(_reaper,), name="pyvjob-reaper", daemon=True).start()
    _reaper.put(work)


def _reap(queue: Any) -> None:
    while True:
        try:
            queue.get()()
        except Exception:
            sys.excepthook(*sys.exc_info())


def reap(api: Api, value: int) -> None:
    """Drop a reference, as Free does."""
    handle = api.borrow(value)
    later(handle._give_back)
