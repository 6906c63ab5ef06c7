"""Jobs and events on an asyncio loop: one ring per loop, read when its descriptor is readable.

A loop that has nothing to run while coroutines wait for the engine counts as an engine wait, so
the auto clock goes on.
"""

from __future__ import annotations

import asyncio

from . import _events, _ffi, _registration, _ring

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from typing import Any

    from .handle import Handle
    from .job import Job


class LoopRing:
    """What one loop waits for."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.ring = _ring.new_ring()
        self.buffer = _ring.Buffer()
        self.waiting: dict[int, asyncio.Future[None]] = {}
        self.sinks: dict[int, Callable[[int, int, Any], None]] = {}
        self.streams_waiting = 0
        self.parking = False
        self.ready = getattr(loop, "_ready", None)  # asyncio's own loops have it
        loop.add_reader(_ffi.lib.vjob_ring_fd(self.ring), self.drain)

    def close(self) -> None:
        """The loop ends: nothing may be left in the ring, or the auto clock would stand still."""
        if self.ring:
            ring, self.ring = self.ring, None
            if not self.loop.is_closed():
                self.loop.remove_reader(_ffi.lib.vjob_ring_fd(ring))
            _ffi.lib.vjob_ring_close(ring)
            _ffi.lib.vjob_ring_release(ring)

    __del__ = close

    def drain(self) -> None:
        if not self.ring:
            return
        waiting = self.waiting
        for token, value, kind, more in _ring.take(self.ring, self.buffer):
            future = waiting.pop(token, None)
            if future is not None:
                if not future.done():
                    future.set_result(None)
            elif token in self.sinks:
                self.sinks[token](value, kind, more)
            elif value:
                _ffi.lib.vjob_release(value)  # of a stream that has ended
        self.park()

    def park(self) -> None:
        """Tell the auto clock that this thread waits, once the loop has nothing else to run."""
        if not self.parking and (self.waiting or self.streams_waiting):
            self.parking = True
            self.loop.call_soon(self._park)

    def _park(self) -> None:
        if self.ready:
            self.loop.call_soon(self._park)  # others first
            return
        self.parking = False
        if self.waiting or self.streams_waiting:
            _ffi.lib.vjob_thread_waits(1)

    def wait(
        self, start: Callable[[Any, int], int], fail: Callable[[int], Exception]
    ) -> Generator[Any, None, None]:
        """Wait for the one entry that `start(ring, token)` asks for."""
        token = next(_ring.tokens)
        future = self.loop.create_future()
        self.waiting[token] = future
        try:
            err = start(self.ring, token)
            if err:
                raise fail(err)
            if not self.parking:
                self.park()
            yield from future
        finally:
            self.waiting.pop(token, None)

    def job(self, job: Job) -> Generator[Any, None, None]:
        """Wait until a job has ended."""
        watch = _ffi.lib.vjob_ring_watch
        value = job._number()
        return self.wait(
            lambda ring, token: watch(ring, value, token),
            lambda err: job._api.wait_failed(err, job, "await"),
        )

    def instant(self, instant_ns: int) -> Generator[Any, None, None]:
        """Wait until the engine's clock says so."""
        alarm = _ffi.lib.vjob_ring_alarm
        return self.wait(
            lambda ring, token: alarm(ring, instant_ns, token),
            lambda err: _ffi.error(err, "await"),
        )


def ring_of_running_loop() -> LoopRing:
    loop: Any = asyncio.get_running_loop()
    try:
        ring = loop._pyvjob_ring
    except AttributeError:
        ring = loop._pyvjob_ring = LoopRing(loop)
        close = loop.close

        def close_with_ring() -> None:
            ring.close()
            del loop._pyvjob_ring, loop.close
            close()

        loop.close = close_with_ring
    found: LoopRing = ring
    return found


class sleep_until:
    """Awaitable: the engine's clock reaches an instant."""

    def __init__(self, instant_ns: int) -> None:
        self.instant_ns = instant_ns

    def __await__(self) -> Generator[Any, None, None]:
        return ring_of_running_loop().instant(self.instant_ns)


class Feed:
    """The part of a stream that C and the ring know: it outlives the stream's object."""

    def __init__(self, handle: Handle, ring: LoopRing) -> None:
        self.api = handle._api
        self.owner = handle.value
        self.ring = ring
        self.queue: asyncio.Queue[Handle | None] = asyncio.Queue()
        self.alive = True
        self.token = next(_ring.tokens)
        self.tap = _ring.new_tap(ring.ring, self.token)
        ring.sinks[self.token] = self.arrived
        try:
            self.api.attach(handle, self.tap)
        except BaseException:
            self.release()
            raise
        _registration.listen(self)

    def arrived(self, value: int, kind: int, more: Any) -> None:
        self.queue.put_nowait(self.api.arrived(value, kind, more))

    def hold(self, timeout_s: float | None = None) -> bool:
        return True  # nothing runs on behalf of a feed

    def unhold(self) -> None:
        pass

    def raise_kept(self) -> None:
        pass

    def release(self) -> None:
        self.alive = False
        self.ring.sinks.pop(self.token, None)
        _ffi.lib.vjob_tap_release(self.tap)

    def end(self) -> bool:
        """The object died; any thread."""
        if not _registration.unlisten(self):
            return False
        self.release()
        if not self.ring.loop.is_closed():
            self.ring.loop.call_soon_threadsafe(self.queue.put_nowait, None)
        return True

    def close(self) -> None:
        """The client has had enough; any thread."""
        if _registration.unlisten(self):
            try:
                self.api.detach(self.api.borrow(self.owner), self.tap)
            finally:
                self.release()


class EventStream:
    """What `async for` runs over; see events."""

    def __init__(self, handle: Handle) -> None:
        self._feed = Feed(handle, ring_of_running_loop())

    async def aclose(self) -> None:
        """No more events; those not yet taken are dropped."""
        self._feed.close()
        left, self._feed.queue = self._feed.queue, asyncio.Queue()
        left.put_nowait(None)  # for who waits for it
        self._feed.ring.drain()  # gives back what has come since

    async def __aenter__(self) -> EventStream:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    def __aiter__(self) -> EventStream:
        return self

    async def __anext__(self) -> Handle:
        feed = self._feed
        ring = feed.ring
        if ring.loop is not asyncio.get_running_loop():
            raise RuntimeError("these events belong to another event loop")
        if feed.queue.empty():
            if not feed.alive:
                raise StopAsyncIteration
            ring.streams_waiting += 1
            ring.park()
            try:
                item = await feed.queue.get()
            finally:
                ring.streams_waiting -= 1
        else:
            item = feed.queue.get_nowait()
        if item is None:
            raise StopAsyncIteration
        return item

    def __del__(self) -> None:
        # `async for` was left by break: detaching may have to wait, so another thread does it.
        feed = getattr(self, "_feed", None)
        if feed is not None and feed.alive:
            _events.later(feed.close)


def events(handle: Handle) -> EventStream:
    """Everything that happens to an object, on the running loop: `async for x in events(server)`.

    x is what a handler would get, and owns its reference. Begins with this call; ends when the
    object dies, or with aclose(), `async with` or garbage collection.
    """
    from .handle import _require

    return EventStream(_require(handle))
