"""Who listens to which object, and a handler's own state.

A listener is a registration (a handler with its data, called on a dispatch thread) or the feed of
an asyncio stream. `handle.listeners` has them by the number of their object.
"""

from __future__ import annotations

import os
import sys
import threading

from . import _ffi
from ._ring import new_tap, tokens
from .handle import listeners

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Protocol

    from ._dispatch import Dispatcher, Subscriber
    from .handle import Api, Handle

    class Listener(Protocol):
        api: Api
        owner: int
        tap: Any

        def hold(self, timeout_s: float | None) -> bool:
            """Wait until no call runs, and keep more from starting."""

        def unhold(self) -> None: ...

        def end(self) -> bool:
            """The object is dead. True for the one caller that ended it."""

        def raise_kept(self) -> None:
            """Raise what a handler left behind, once."""


_mutex = threading.Lock()  # guards `listeners`; held for moments only


def _after_fork() -> None:
    global _mutex
    _mutex = threading.Lock()
    listeners.clear()


os.register_at_fork(after_in_child=_after_fork)


def listen(listener: Listener) -> None:
    with _mutex:
        listeners.setdefault(listener.owner, []).append(listener)


def unlisten(listener: Listener) -> bool:
    """True for the one caller that took it out."""
    with _mutex:
        of_owner = listeners.get(listener.owner, [])
        if listener not in of_owner:
            return False
        of_owner.remove(listener)
        if not of_owner:
            del listeners[listener.owner]
        return True


def listeners_of(api: Api) -> list[Listener]:
    with _mutex:
        return [one for some in listeners.values() for one in some if one.api is api]


class _Gate:
    """Between a call and who wants none to run."""

    def __init__(self) -> None:
        self.idle = threading.Event()  # nothing runs
        self.open = threading.Event()  # it may


class Registration:
    """One handler on one object."""

    subscriber: Subscriber

    def __init__(
        self,
        dispatcher: Dispatcher,
        handle: Handle,
        handler: Callable[[Any, Any], object],
        data: Any,
    ) -> None:
        self.api = handle._api
        self.arrived = handle._api.arrived
        self.owner = handle.value
        self.handler = handler
        self.data = data
        self.alive = True
        # A call sets `running`, then looks at `gate`; who holds sets `gate`, then looks at
        # `running`: one of the two sees the other. Cheaper than a lock for each event.
        self.running = False
        self.gate: _Gate | None = None
        self.holding = threading.Lock()  # one holder at a time
        self.error: BaseException | None = None  # the first that the handler raised
        self.dispatcher = dispatcher
        self.token = next(tokens)
        self.tap = new_tap(dispatcher.ring, self.token)

    def __repr__(self) -> str:
        return f"event handler {self.handler!r}"

    def is_for(self, handler: object, data: object) -> bool:
        return self.handler == handler and (self.data is data or bool(self.data == data))

    def keep(self, error: BaseException) -> None:
        """The handler raised this."""
        from traceback import clear_frames

        said = (type(error), error, error.__traceback__, threading.current_thread())
        try:
            threading.excepthook(threading.ExceptHookArgs(said))
        except Exception:  # a hook of the program's
            sys.excepthook(*sys.exc_info())
        clear_frames(error.__traceback__)  # the handler's locals may hold handles
        if self.error is None:
            self.error = error

    def raise_kept(self) -> None:
        """Raise what the handler left behind, once."""
        error, self.error = self.error, None
        if error is not None:
            raise error

    def hold(self, timeout_s: float | None = None) -> bool:
        """Wait until the handler does not run, and keep it from running."""
        if not self.holding.acquire(timeout=-1 if timeout_s is None else timeout_s):
            return False
        gate = self.gate = _Gate()
        is_idle = False
        try:
            is_idle = not self.running or gate.idle.wait(timeout_s)
        finally:
            if not is_idle:
                self.unhold()
        return is_idle

    def unhold(self) -> None:
        gate, self.gate = self.gate, None
        self.holding.release()
        if gate is not None:
            gate.open.set()

    def meet_gate(self, gate: _Gate) -> None:
        """A call meets a holder: tell it that nothing runs, wait until it lets go."""
        self.running = False
        gate.idle.set()
        gate.open.wait()

    def end(self) -> bool:
        """The API posts no more. True for the one caller that ended it."""
        self.alive = False
        if not unlisten(self):
            return False
        self.release()
        return True

    def release(self) -> None:
        self.alive = False
        self.dispatcher.remove(self)
        _ffi.lib.vjob_tap_release(self.tap)
