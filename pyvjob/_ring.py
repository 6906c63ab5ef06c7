"""Rings: how entries come from C (vjob_ring_* in vjob/host.h)."""

from __future__ import annotations

import struct
from itertools import count

from . import _ffi

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

BATCH = 256
tokens = count(1)  # who asked for an entry
ITEM = struct.Struct("=QQqq")  # vjob_ring_item


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
