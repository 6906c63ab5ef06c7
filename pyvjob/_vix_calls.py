"""Callbacks of the VIX API: each is called from its job's start to the job's end.

C posts into the ring of the dispatch threads and lets the job's waiters sleep until the callback
has returned from the last event. An exception goes to threading.excepthook, and is raised once
more where the program waits for the job or frees it.
"""

from __future__ import annotations

import os
import threading

from . import _ffi, _registration
from ._dispatch import dispatcher, inside_handler
from ._ring import new_tap, tokens
from ._vix_api import API, VixHandle, VixJob, binding, kept

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_lib = binding.lib
_open: set[int] = set()  # tokens of callbacks that have not heard of the end
_changed = threading.Condition()
_COMPLETED = int(binding.code("VIX_EVENTTYPE_JOB_COMPLETED"))


class Call(_registration.Registration):
    """The callback of one job."""

    def __init__(self, callback: Any, data: Any) -> None:
        self.callback = callback
        self.dispatcher = dispatcher()
        self.api = API
        self.handler = self._told
        self.data = data
        self.alive = True
        self.running = False
        self.gate = None
        self.error = None
        self.token = next(tokens)
        self.tap = new_tap(self.dispatcher.ring, self.token)
        self.dispatcher.add(self, self.token)
        with _changed:
            _open.add(self.token)

    def __repr__(self) -> str:
        return f"callback {self.callback!r}"

    def arrived(self, value: int, kind: int, more: int) -> Any:
        return value, kind, more

    def _told(self, event: tuple[int, int, int], data: Any) -> None:
        value, kind, more = event
        _lib.Vix_AddRefHandle(value)  # one for the callback, one until the waiters are awake
        _lib.vjob_vix_in_handler(value, 1)
        try:
            self._call(value, kind, more, data)
        except BaseException as error:
            self.keep(error)
        finally:
            _lib.vjob_vix_in_handler(value, 0)
            if kind == _COMPLETED:
                self._last(value)
            _lib.Vix_ReleaseHandle(value)

    def _call(self, value: int, kind: int, more: int, data: Any) -> None:
        job = VixJob._of(value, warn=False)
        info = VixHandle._of(more, warn=False) if more else None
        event = binding.enum("VixEventType")._value2member_map_.get(kind, kind)
        self.callback(job, event, info, data)

    def _last(self, value: int) -> None:
        self.release()
        if self.error is not None and _lib.Vix_GetHandleType(value):
            kept[value] = self.error
        _lib.vjob_vix_delivered(value)

    def release(self) -> None:
        super().release()
        with _changed:
            _open.discard(self.token)
            _changed.notify_all()


def start(function: Any, arguments: tuple[Any, ...], callback: Any, data: Any) -> int:
    """Start a job whose callback is Python's; its handle, 0 if there was no memory."""
    if not callable(callback):
        raise TypeError(f"a callback must be callable, not {callback!r}")
    call = Call(callback, data)
    value = 0
    try:
        call.dispatcher.ensure_spare()
        tap = binding.ffi.cast("void *", int(_ffi.ffi.cast("uintptr_t", call.tap)))
        value = function(*arguments, _lib.vjob_vix_ring_callback, tap)
    finally:
        if not value:
            call.release()
    return int(value)


def settle(timeout_s: float) -> None:
    """Wait until every callback has heard of its job's end; not inside one of them."""
    if not inside_handler():
        with _changed:
            _changed.wait_for(lambda: not _open, timeout_s)


def _after_fork() -> None:
    global _changed
    _changed = threading.Condition()
    _open.clear()


os.register_at_fork(after_in_child=_after_fork)
