"""Rings: how entries come from C (vjob_ring_* in vjob/host.h)."""

from __future__ import annotations

import struct
from itertools import count, repeat

from . import _ffi

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

BATCH: int = _ffi.lib.VJOB_COLUMNS
RUN = 1 << 64  # `kind` of an entry, told by identity: `more` is a list of events for one token
tokens = count(1)  # who asked for an entry
ITEM = struct.Struct("=QQqq")  # vjob_ring_item
_SAME_TOKEN = 1
_EVENT = -(1 << 63)  # `b` of an entry without a handle: the next of the columns


class Buffer:
    """Where entries come to. Those of events of sources come as columns."""

    __slots__ = ("items", "columns")

    def __init__(self) -> None:
        self.items = _ffi.ffi.new("vjob_ring_item[]", BATCH)
        self.columns = _ffi.ffi.new("vjob_event_columns *")
        assert _ffi.ffi.sizeof(self.items) == BATCH * ITEM.size


def take(ring: Any, buffer: Buffer, runs: bool = False) -> Iterable[tuple[int, int, int, Any]]:
    """Entries of a ring as (token, handle, a, b), or (token, 0, 0, event); at most BATCH.

    With `runs`, where all are events for one token, one entry (token, 0, RUN, events).
    """
    items, columns = buffer.items, buffer.columns
    n = _ffi.lib.vjob_ring_take_events(ring, items, BATCH, columns)
    entries = ITEM.iter_unpack(_ffi.ffi.buffer(items, n * ITEM.size))
    if not columns.n:
        return entries
    if runs and items[0].b == _EVENT and not items[0].handle and items[0].a & _SAME_TOKEN:
        return [(items[0].token, 0, RUN, _events(columns, items[0].a))]
    found: Any = None
    made = []
    for entry in entries:
        if entry[3] == _EVENT and not entry[1]:
            found = found or iter(_events(columns, entry[2]))
            entry = entry[0], 0, 0, next(found)
        made.append(entry)
    return made


def _events(columns: Any, same: int) -> list[Any]:
    """Makes events of columns, and clears them. In the path of every event: all loops are C's."""
    from . import native

    unpack = _ffi.ffi.unpack
    n = columns.n
    try:
        texts = [_ffi.text(text) for text in unpack(columns.texts, columns.n_texts)]

        def numbers(of: Any, is_same: int) -> Iterable[int]:
            return repeat(of[0]) if is_same else unpack(of, n)

        def words(places: Any, is_same: int) -> Iterable[str]:
            if is_same:
                return repeat(texts[places[0]])
            return map(texts.__getitem__, unpack(places, n))

        rows = zip(
            unpack(columns.time_ns, n),
            unpack(columns.seq, n),
            words(columns.what, same & 2),
            words(columns.object, same & 4),
            words(columns.state, same & 8),
            numbers(columns.progress, same & 16),
            numbers(columns.value, same & 32),
            strict=False,  # what is the same for all has no end
        )
        return list(map(native.event_of_row, rows))
    finally:
        _ffi.lib.vjob_event_columns_clear(columns)


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
