"""Events on threads that Python owns.

No engine thread enters Python. A registration gives the API a tap, which posts into one ring; a
dispatch thread drains it in batches and calls the handlers.

    registration  a handler with its data, on one object of an API
    subscriber    registrations whose handlers are called one after the other, in order
    turn          the lock of the thread that drains the ring

With one subscriber one thread does all. With more, or when a handler waits for the engine, the
ring goes to another thread first, so nobody delays another subscriber and a handler may wait for
anything. The threads are daemons: a process that exits does not wait for handlers.
"""

from __future__ import annotations

import atexit
import os
import struct
import sys
import threading
from collections import deque
from itertools import count
from threading import get_ident

from . import _ffi
from .handle import listeners

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any, Protocol

    from .handle import Api, Handle

    class Listener(Protocol):
        """Somebody who hears of an object: a registration, or the feed of a stream."""

        api: Api
        owner: int
        tap: Any

        def hold(self, timeout_s: float) -> bool: ...
        def unhold(self) -> None: ...
        def end(self) -> bool: ...
        def raise_kept(self) -> None: ...


BATCH = 256
ITEM = struct.Struct("=QQqq")  # vjob_ring_item
_SPARE_THREADS = 8  # idle ones beyond these end
_NEVER_MS = 0xFFFFFFFF
_EXIT_S = 1.0  # how long exit waits for an idle thread to notice; never for handlers
_CLOSE_S = 5.0  # how long ending an API waits for handlers

_tokens = count(1)
_mutex = threading.Lock()  # guards `listeners` and what says so below; held for moments only


def take(ring: Any, buffer: Any) -> Iterator[tuple[int, int, int, int]]:
    """Entries of a ring as (token, handle, a, b); at most BATCH."""
    n = _ffi.lib.vjob_ring_take(ring, buffer, BATCH)
    return ITEM.iter_unpack(_ffi.ffi.buffer(buffer, n * ITEM.size))


def new_buffer() -> Any:
    buffer = _ffi.ffi.new("vjob_ring_item[]", BATCH)
    assert _ffi.ffi.sizeof(buffer) == BATCH * ITEM.size
    return buffer


def new_ring() -> Any:
    ring = _ffi.lib.vjob_ring_create()
    if not ring:
        raise MemoryError("no memory or no descriptors for events")
    return ring


def new_tap(ring: Any, token: int) -> Any:
    tap = _ffi.lib.vjob_tap_create(ring, token)
    if not tap:
        raise MemoryError("no memory for an event handler")
    return tap


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


class Subscriber:
    """What waits to be delivered to one subscriber."""

    __slots__ = ("queue", "busy", "registrations")

    def __init__(self) -> None:
        self.queue: deque[tuple[Registration, int, int]] = deque()
        self.busy = False  # _mutex: a thread serves it, or it is in the ready list
        self.registrations = 0  # _mutex


class Registration:
    """One handler on one object."""

    def __init__(
        self,
        dispatcher: Dispatcher,
        handle: Handle,
        handler: Callable[[Any, Any], object],
        data: Any,
    ) -> None:
        self.api = handle._api
        self.owner = handle.value
        self.handler = handler
        self.data = data
        self.alive = True
        self.running = threading.Lock()  # held during a call
        self.error: BaseException | None = None  # the first that the handler raised
        self.dispatcher = dispatcher
        self.token = next(_tokens)
        self.tap = new_tap(dispatcher.ring, self.token)

    def is_for(self, handler: object, data: object) -> bool:
        return self.handler == handler and (self.data is data or bool(self.data == data))

    def call(self, value: int, kind: int) -> None:
        """Deliver one reference: to the handler, or back if it was unregistered."""
        with self.running:  # until the handle is gone: who waits for us may count handles
            if not self.alive:
                _ffi.lib.vjob_release(value)
                return
            handle: Any = None
            try:
                handle = self.api.arrived(value, kind)
                self.handler(handle, self.data)
                handle = None
            except BaseException as error:
                handle = None
                self._keep(error)

    def _keep(self, error: BaseException) -> None:
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

    def hold(self, timeout_s: float = -1) -> bool:
        """Wait until the handler does not run, and keep it from running."""
        return self.running.acquire(timeout=timeout_s)

    def unhold(self) -> None:
        self.running.release()

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


class Dispatcher:
    """The ring, its threads, and who is registered."""

    def __init__(self) -> None:
        self.turn = threading.Lock()
        self.ring = new_ring()
        self.buffer = new_buffer()  # turn
        self.ready: deque[Subscriber] = deque()
        self.subscribers: dict[tuple[Api, int], Subscriber] = {}  # _mutex
        self.by_token: dict[int, tuple[Registration, Subscriber]] = {}  # _mutex
        self.threads: dict[int, threading.Thread] = {}
        self.serving: set[int] = set()  # idents of threads inside handlers
        self.idle = 0  # _mutex: threads that wait for the turn or for the ring
        self.closed = False

    def ensure_spare(self) -> None:
        """Have a thread that drains the ring while the calling one does something else."""
        with _mutex:
            if self.idle or self.closed:
                return
            self.idle += 1
        try:
            threading.Thread(target=self._main, name="pyvjob-events", daemon=True).start()
        except BaseException:
            with _mutex:
                self.idle -= 1
            raise

    def _main(self) -> None:
        me = get_ident()
        self.threads[me] = threading.current_thread()
        while True:
            subscriber = self._next()
            with _mutex:
                self.idle -= 1
                crowded = len(self.subscribers) > 1
            if subscriber is None:
                break
            if crowded:
                self.ensure_spare()
            self.serving.add(me)
            self._serve(subscriber)
            self.serving.discard(me)
            with _mutex:
                if self.idle >= _SPARE_THREADS:
                    break
                self.idle += 1
        del self.threads[me]

    def _next(self) -> Subscriber | None:
        """A subscriber with something to deliver; None when the ring is closed."""
        with self.turn:
            while not self.ready:
                if _ffi.lib.vjob_ring_wait(self.ring, _NEVER_MS) == _ffi.lib.VJOB_ECLOSED:
                    return None
                self._distribute()
            return self.ready.popleft()

    def _distribute(self) -> None:
        batch = take(self.ring, self.buffer)
        by_token = self.by_token
        with _mutex:
            for token, value, kind, _ in batch:
                found = by_token.get(token)
                if found is None:
                    _ffi.lib.vjob_release(value)  # unregistered meanwhile
                    continue
                registration, subscriber = found
                subscriber.queue.append((registration, value, kind))
                if not subscriber.busy:
                    subscriber.busy = True
                    self.ready.append(subscriber)

    def _serve(self, subscriber: Subscriber) -> None:
        queue = subscriber.queue
        while True:
            while queue:
                registration, value, kind = queue.popleft()
                registration.call(value, kind)
            with _mutex:
                if not queue:
                    subscriber.busy = False
                    return

    def add(self, registration: Registration, key: int) -> None:
        with _mutex:
            subscriber = self.subscribers.setdefault((registration.api, key), Subscriber())
            subscriber.registrations += 1
            self.by_token[registration.token] = (registration, subscriber)

    def remove(self, registration: Registration) -> None:
        with _mutex:
            _, subscriber = self.by_token.pop(registration.token)
            subscriber.registrations -= 1
            if not subscriber.registrations:
                left = {k: one for k, one in self.subscribers.items() if one is not subscriber}
                self.subscribers = left

    def close(self) -> None:
        """At exit: C waits for nobody here any more. Handlers that run are left alone."""
        if _ffi.forked:
            return
        with _mutex:
            self.closed = True
            idle = [t for ident, t in self.threads.items() if ident not in self.serving]
        _ffi.lib.vjob_ring_close(self.ring)
        for thread in idle:
            thread.join(_EXIT_S)


_dispatcher: Dispatcher | None = None
_starting = threading.Lock()


def _get() -> Dispatcher:
    global _dispatcher
    with _starting:
        if _dispatcher is None:
            made = Dispatcher()
            atexit.register(made.close)
            _dispatcher = made
        return _dispatcher


def _after_fork() -> None:
    # Threads and rings stayed with the parent, and a lock may have been held by one of them.
    global _dispatcher, _starting, _mutex, _reaper
    _dispatcher = _reaper = None
    _starting = threading.Lock()
    _mutex = threading.Lock()
    listeners.clear()


os.register_at_fork(after_in_child=_after_fork)


def inside_handler() -> bool:
    """Is this a thread that is calling a handler?"""
    return _dispatcher is not None and get_ident() in _dispatcher.serving


def before_wait() -> None:
    """The calling thread is about to wait for the engine: events must not wait with it."""
    if inside_handler():
        _get().ensure_spare()


def register(handle: Handle, handler: Callable[[Any, Any], object], data: Any) -> None:
    """See pyvjob.RegEventHandler."""
    if not callable(handler):
        raise TypeError(f"an event handler must be callable, not {handler!r}")
    dispatcher = _get()
    registration = Registration(dispatcher, handle, handler, data)
    dispatcher.add(registration, registration.api.subscriber(handle))
    dispatcher.ensure_spare()
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
        if not inside_handler():
            one.hold()
            one.unhold()
        one.release()
    one.raise_kept()


# ---- objects that die ---------------------------------------------------------------------------


def is_dead(value: int) -> bool:
    info = _ffi.ffi.new(_ffi.HANDLE_INFO)
    return bool(_ffi.lib.vjob_handle_describe(value, info))


def is_last(value: int) -> bool:
    """Does the client owe just one reference?"""
    info = _ffi.ffi.new(_ffi.HANDLE_INFO)
    return not _ffi.lib.vjob_handle_describe(value, info) and info.refs == 1


class quiet:
    """A block during which the handlers of some listeners do not run: objects end in it.

    Begins by waiting for running ones, unless called inside a handler; for `timeout_s` at most.
    After it, listeners of dead objects are forgotten, and the first exception that their handlers
    left behind is raised.
    """

    def __init__(self, some: list[Listener], timeout_s: float = -1) -> None:
        self.some = some
        self.timeout_s = timeout_s
        self.held: list[Listener] = []

    def __enter__(self) -> None:
        if self.some and not inside_handler():
            self._hold()

    def _hold(self) -> None:
        from time import monotonic

        end = monotonic() + self.timeout_s
        for one in self.some:
            left = -1 if self.timeout_s < 0 else max(0.0, end - monotonic())
            if one.hold(left):
                self.held.append(one)
            else:
                print(f"pyvjob: {one!r} still runs", file=sys.stderr)

    def __exit__(self, kind: object, *_: object) -> None:
        ended = [one for one in self.some if is_dead(one.owner) and one.end()]
        for one in self.held:
            one.unhold()
        if kind is None:
            for one in ended:
                one.raise_kept()


class end_of(quiet):
    """Around a call that drops a reference to an object."""

    def __init__(self, handle: Handle) -> None:
        some = listeners.get(handle.value)
        super().__init__(list(some) if some and is_last(handle.value) else [])
        self.handle = handle

    def __enter__(self) -> None:
        super().__enter__()
        for one in self.some:
            # An API may drop handlers together with their object without waiting for C's side of
            # a delivery; detaching waits, so that the tap is not needed any more.
            one.api.detach(self.handle, one.tap)


def end_of_api(api: Api) -> quiet:
    """Around a call that may end a whole API."""
    with _mutex:
        everybody = [one for some in listeners.values() for one in some]
    return quiet([one for one in everybody if one.api is api], _CLOSE_S)


_reaper: Any = None


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
