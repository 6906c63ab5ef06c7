"""Events on threads that Python owns.

No engine thread enters Python. A registration gives the API a tap, which posts into one ring; a
dispatch thread drains it in batches and calls the handlers.

    registration  a handler with its data, on one object of an API
    subscriber    registrations whose handlers are called one after the other, in order

With one subscriber one thread does all. With more, or when a handler waits for the engine, the
ring goes to another thread first, so nobody delays another subscriber and a handler may wait for
anything. The threads are daemons: a process that exits does not wait for handlers.
"""

from __future__ import annotations

import atexit
import os
import threading
from collections import deque
from threading import get_ident

from . import _ffi
from ._ring import RUN, Buffer, new_ring, take, tokens
from .handle import Handle, dropped

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ._registration import Registration
    from .handle import Api

_SPARE_THREADS = 8  # idle ones beyond these end
_DROPPED_MAX = 64  # references that wait for being given back together
_NEVER_MS = 0xFFFFFFFF
_EXIT_S = 1.0  # how long exit waits for an idle thread to notice; never for handlers


class Subscriber:
    """What waits to be delivered to one subscriber."""

    __slots__ = ("key", "queue", "registrations")

    def __init__(self, key: tuple[Api, int]) -> None:
        self.key = key
        # Entries of the ring. What is being delivered stays in front: see undelivered.
        self.queue: deque[Any] = deque()
        self.registrations = 0


class Dispatcher:
    """The ring, its threads, and who is registered. `changed` guards all of it."""

    def __init__(self) -> None:
        self.changed = threading.Condition(threading.Lock())
        self.ring = new_ring()
        self.buffer = Buffer()
        self.draining = False  # a thread waits for the ring
        self.idle = 0  # threads that wait for the ring or for something to deliver
        self.ready: deque[Subscriber] = deque()  # have something to deliver, and no thread
        self.busy: set[Subscriber] = set()  # have a thread, or are in `ready`
        self.markers: set[int] = set()  # tokens of `undelivered`
        self.subscribers: dict[tuple[Api, int], Subscriber] = {}
        self.by_token: dict[int, Registration] = {}  # also read without the lock
        self.threads: dict[int, threading.Thread] = {}  # by ident
        self.serving: set[int] = set()  # idents of threads inside handlers
        self.closed = False

    def ensure_spare(self) -> None:
        """Have a thread that drains the ring while the calling one does something else."""
        with self.changed:
            if self.idle or self.closed:
                return
            self.idle += 1
        try:
            threading.Thread(target=self._main, name="pyvjob-events", daemon=True).start()
        except BaseException:
            with self.changed:
                self.idle -= 1
            raise

    def leave(self) -> None:
        """The calling thread, inside a handler, goes into an engine wait."""
        self.ensure_spare()
        _give_back(dropped[get_ident()])
        with self.changed:
            while self.ready and not self.closed:  # time may not pass before these are taken
                self.changed.wait()

    def _main(self) -> None:
        me = get_ident()
        self.threads[me] = threading.current_thread()
        mine = dropped[me] = []
        while True:
            subscriber = self._next()
            with self.changed:
                self.idle -= 1
                crowded = len(self.subscribers) > 1
            if subscriber is None:
                break
            if crowded:
                self.ensure_spare()
            self.serving.add(me)
            self._serve(subscriber, mine)
            self.serving.discard(me)
            with self.changed:
                if self.idle >= _SPARE_THREADS:
                    break
                self.idle += 1
        del self.threads[me], dropped[me]
        _give_back(mine)

    def _next(self) -> Subscriber | None:
        """A subscriber with something to deliver; None when the ring is closed."""
        while True:
            with self.changed:
                while self.draining and not self.ready and not self.closed:
                    _ffi.lib.vjob_thread_waits(1)  # else the auto clock would stand still a while
                    self.changed.wait()
                if self.closed:
                    return None
                if self.ready:
                    _ffi.lib.vjob_thread_waits(0)
                    self.changed.notify_all()  # somebody else may go on
                    return self.ready.popleft()
                self.draining = True
            err = _ffi.lib.vjob_ring_wait(self.ring, _NEVER_MS)
            with self.changed:
                self.draining = False
                self.closed = self.closed or err == _ffi.lib.VJOB_ECLOSED
                self._distribute()
                self.changed.notify_all()

    def _distribute(self) -> None:
        """Move entries from the ring to their subscribers. With `changed` held."""
        batch = take(self.ring, self.buffer, True)
        if len(self.subscribers) == 1 and not self.markers:
            (subscriber,) = self.subscribers.values()
            subscriber.queue.extend(batch)
            self._has_work(subscriber)
            return
        for entry in batch:
            registration = self.by_token.get(entry[0])
            if registration is not None:
                registration.subscriber.queue.append(entry)
                self._has_work(registration.subscriber)
            elif entry[0] in self.markers:
                self.markers.discard(entry[0])
            elif entry[1]:
                _ffi.lib.vjob_release(entry[1])  # unregistered meanwhile

    def _has_work(self, subscriber: Subscriber) -> None:
        if subscriber.queue and subscriber not in self.busy:
            self.busy.add(subscriber)
            self.ready.append(subscriber)

    def _serve(self, subscriber: Subscriber, mine: list[int]) -> None:
        while True:
            self._deliver(subscriber.queue, mine)
            with self.changed:
                if not subscriber.queue:
                    self.busy.discard(subscriber)
                    self.changed.notify_all()  # see settle
                    return

    def _deliver(self, queue: deque[Any], mine: list[int]) -> None:
        """Call handlers until nothing is left. In the path of every event: few further calls.

        A registration is `running` until what its handler dropped (`mine`) is given back: who waits
        for that may count handles.
        """
        find = self.by_token.get
        handle: Any = None
        running: Registration | None = None
        while queue:
            token, value, kind, more = queue[0]
            registration = find(token)
            if registration is not running:
                if running is not None:
                    _rest(running, mine)
                running = registration
            if registration is None:  # unregistered meanwhile
                queue.popleft()
                _ffi.lib.vjob_release(value)
                continue
            if kind is RUN:
                self._deliver_run(registration, more)
                queue.popleft()
                continue
            registration.running = True
            while (gate := registration.gate) is not None and registration.alive:
                _give_back(mine)
                registration.meet_gate(gate)
                registration.running = True
            try:
                queue[0] = None
                if registration.alive:
                    queue[0] = handle = registration.arrived(value, kind, more)
                    registration.handler(handle, registration.data)
                    handle = None
                else:
                    mine.append(value)
            except BaseException as error:
                handle = None
                registration.keep(error)
            queue.popleft()
            if len(mine) >= _DROPPED_MAX:
                _give_back(mine)
        if running is not None:
            _rest(running, mine)

    def _deliver_run(self, registration: Registration, events: list[Any]) -> None:
        """The same for many that are made already, of one registration."""
        handler, data = registration.handler, registration.data
        registration.running = True
        for event in events:
            while (gate := registration.gate) is not None and registration.alive:
                registration.meet_gate(gate)
                registration.running = True
            if not registration.alive:
                break
            try:
                handler(event, data)
            except BaseException as error:
                registration.keep(error)

    def undelivered(self) -> list[Any]:
        """What no handler is done with: entries of the ring, the object of one that a handler runs
        with, None for one that is on its way; and numbers of what they dropped.

        Everything posted so far has left the ring when this returns; it does not wait for handlers.
        """
        marker = next(tokens)
        with self.changed:
            if self.closed:
                return []
            self.markers.add(marker)
        _ffi.check(_ffi.lib.vjob_ring_post(self.ring, marker, 0, 0, 0))
        with self.changed:
            while marker in self.markers and not self.closed:
                if self.draining:
                    self.changed.wait()
                else:
                    self._distribute()
                    self.changed.notify_all()
            waiting = [entry for one in self.busy for entry in list(one.queue)]
            return waiting + [value for some in list(dropped.values()) for value in some[:]]

    def settle(self, timeout_s: float) -> None:
        """Until what was posted so far is delivered, or dropped where nobody is registered."""
        self.undelivered()
        with self.changed:
            self.changed.wait_for(lambda: self.closed or not self.busy, timeout_s)

    def add(self, registration: Registration, key: int) -> None:
        with self.changed:
            whose = registration.api, key
            subscriber = self.subscribers.setdefault(whose, Subscriber(whose))
            subscriber.registrations += 1
            registration.subscriber = subscriber
            self.by_token[registration.token] = registration

    def remove(self, registration: Registration) -> None:
        with self.changed:
            del self.by_token[registration.token]
            subscriber = registration.subscriber
            subscriber.registrations -= 1
            if not subscriber.registrations:
                del self.subscribers[subscriber.key]

    def close(self) -> None:
        """At exit: C waits for nobody here any more. Handlers that run are left alone."""
        if _ffi.forked:
            return
        with self.changed:
            self.closed = True
            self.changed.notify_all()
            idle = [t for ident, t in self.threads.items() if ident not in self.serving]
        _ffi.lib.vjob_ring_close(self.ring)
        for thread in idle:
            thread.join(_EXIT_S)


def _give_back(mine: list[int]) -> None:
    """Give back what was dropped on this thread, in one call. Finalizers may add some meanwhile."""
    if mine:
        some = mine[:]
        del mine[: len(some)]
        _ffi.lib.vjob_release_all(some, len(some))


def _rest(registration: Registration, mine: list[int]) -> None:
    """Its handler runs no more."""
    _give_back(mine)
    registration.running = False
    if (gate := registration.gate) is not None:
        gate.idle.set()


_dispatcher: Dispatcher | None = None
_starting = threading.Lock()


def dispatcher() -> Dispatcher:
    global _dispatcher
    with _starting:
        if _dispatcher is None:
            made = Dispatcher()
            atexit.register(made.close)
            _dispatcher = made
        return _dispatcher


def _after_fork() -> None:
    # Threads and ring stayed with the parent.
    global _dispatcher, _starting
    _dispatcher = None
    _starting = threading.Lock()
    dropped.clear()


os.register_at_fork(after_in_child=_after_fork)


def undelivered() -> list[Any]:
    """See Dispatcher.undelivered."""
    return [] if _dispatcher is None else _dispatcher.undelivered()


def still_undelivered(earlier: list[Any]) -> tuple[list[int], bool]:
    """Handles of an earlier look with a reference that handlers had at no moment since then, or
    that goes as soon as the handler returns that runs with it; and whether nothing else came or
    went meanwhile."""
    now = undelivered()
    both = {id(entry) for entry in now if entry is not None}.intersection(map(id, earlier))
    waiting = []
    for entry in now:
        if id(entry) not in both:
            continue
        if isinstance(entry, tuple):
            _, value, _, more = entry
            waiting += [part for part in (value, more) if isinstance(part, int)]
        elif isinstance(entry, int):
            waiting.append(entry)
        elif isinstance(entry, Handle) and hasattr(entry, "_mine"):  # the handler has not freed it
            waiting.append(entry.value)
    return waiting, len(both) == len(now) == len(earlier)


def settle(timeout_s: float) -> None:
    if _dispatcher is not None:
        _dispatcher.settle(timeout_s)


def inside_handler() -> bool:
    """Is this a thread that is calling a handler?"""
    return _dispatcher is not None and get_ident() in _dispatcher.serving


def before_wait() -> None:
    """The calling thread is about to wait for the engine: events must not wait with it."""
    if inside_handler():
        dispatcher().leave()
