"""VixHost_FindItems for asyncio."""

from __future__ import annotations

import asyncio

from ._aio import ring_of_running_loop
from ._vix_api import VixJob, binding

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class FindItems:
    """Locations of virtual machines, as they are found: `async for path in vix.FindItems(...)`.

    Begins with this call; what the job fails with is raised at the end.
    """

    def __init__(self, host: Any, searchType: int, timeout: int = -1) -> None:
        self._ring = ring_of_running_loop()
        self._queue: asyncio.Queue[str | None] = asyncio.Queue()
        self._found = binding.code("VIX_EVENTTYPE_FIND_ITEM")
        self._ended = binding.code("VIX_EVENTTYPE_JOB_COMPLETED")
        self._location = binding.code("VIX_PROPERTY_FOUND_ITEM_LOCATION")
        started = binding.attribute("VixHost_FindItems")(
            host, searchType, None, timeout, self._told, None
        )
        self._job: VixJob | None = started

    def _told(self, job: VixJob, event: int, info: Any, data: Any) -> None:
        """On a dispatch thread: the loop may be busy, and nobody has to wait for it."""
        if event == self._found:
            self._put(binding.attribute("Vix_GetProperties")(info, self._location))
        elif event == self._ended:
            self._put(None)

    def _put(self, item: str | None) -> None:
        try:
            self._ring.loop.call_soon_threadsafe(self._queue.put_nowait, item)
        except RuntimeError:
            if not self._ring.loop.is_closed():
                raise

    def __aiter__(self) -> FindItems:
        return self

    async def __anext__(self) -> str:
        if self._job is None:
            raise StopAsyncIteration
        item = await self._next()
        if item is not None:
            return item
        job, self._job = self._job, None
        with job:
            await job
        raise StopAsyncIteration

    async def _next(self) -> str | None:
        ring = self._ring
        if ring.loop is not asyncio.get_running_loop():
            raise RuntimeError("these items belong to another event loop")
        if not self._queue.empty():
            return self._queue.get_nowait()
        ring.streams_waiting += 1
        ring.park()
        try:
            return await self._queue.get()
        finally:
            ring.streams_waiting -= 1

    def __del__(self) -> None:
        job = getattr(self, "_job", None)
        if job is not None:
            job._owned = False  # `async for` was left early: dropping the job is fine
