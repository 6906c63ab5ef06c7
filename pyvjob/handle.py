"""Handles: Python objects that own one reference to an object of some API.

A Handle gives its reference back once: by Free, at the end of a `with` block, or, with a
ResourceWarning, when Python drops it. Handles are equal when their numbers are.

The functions here work for every API. What differs between APIs is in a subclass of Api.
"""

from __future__ import annotations

import sys
from _thread import get_ident

from . import _ffi

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from enum import IntEnum
    from typing import Any, TypeVar

    from ._registration import Listener

    Self = TypeVar("Self", bound="Handle")
    HandleType: type[IntEnum]

# Who listens to an object, by its number: kept by _events, here for the finalizer's sake.
listeners: dict[int, list[Listener]] = {}
# Threads that call handlers, by ident, with the numbers of what was dropped on them unasked: given
# back many at a time (_dispatch).
dropped: dict[int, list[int]] = {}
_make = object.__new__


def owed(value: int) -> int | None:
    """How many references clients have to what has this number; None: it is dead."""
    info = _ffi.ffi.new(_ffi.HANDLE_INFO)
    return None if _ffi.lib.vjob_handle_describe(value, info) else int(info.refs)


class Api:
    """What the generic functions need to know of one API. One instance for each."""

    name = ""
    handle: type[Handle]
    nothing: Any = 0  # the C argument that names nothing

    def to_c(self, value: int) -> Any:
        """The number as an argument for the API's C functions."""
        return value

    def to_int(self, c: Any) -> int:
        return int(c)

    def error(self, code: int, doing: str) -> Exception:
        """The exception for a code that a C function has just returned."""
        raise NotImplementedError

    def freed_twice(self, handle: Handle) -> Exception:
        raise NotImplementedError

    def borrow(self, value: int) -> Handle:
        """An object that owns nothing."""
        return self.handle._lent(None, value)

    def free(self, handle: Handle) -> None:
        """Drop the reference; `handle` is owned no more, but still has its C argument."""
        raise NotImplementedError

    def add_ref(self, handle: Handle) -> Handle:
        raise NotImplementedError

    def type_of(self, handle: Handle) -> IntEnum | int:
        raise NotImplementedError

    def attach(self, handle: Handle, tap: Any) -> None:
        """Have the API post every event of a subscriber to a tap."""
        raise TypeError(f"{handle!r} has no events")

    def detach(self, handle: Handle, tap: Any) -> None:
        raise NotImplementedError

    def is_over(self, value: int) -> bool:
        """Has an object that has listeners ended?"""
        return owed(value) is None

    def subscriber(self, handle: Handle) -> int:
        """Which subscriber a handle belongs to: handlers of one are called serially."""
        return handle.value

    def arrived(self, value: int, kind: int, more: int) -> Handle:
        """The object for a reference that came out of a ring: `_owned` is False, for dropping it
        silently is fine."""
        raise NotImplementedError

    def waited(self, job: Any) -> None:
        """A wait for the job is over: raise what its handler left behind."""

    def result(self, job: Any) -> Any:
        """A finished job's result; raises its failure."""
        raise NotImplementedError

    def timeout(self, job: Any, doing: str) -> Exception:
        raise NotImplementedError

    def wait_failed(self, err: int, job: Any, doing: str) -> Exception:
        """The exception for a wait that the engine ended with `err`."""
        raise NotImplementedError


class Handle:
    """One reference to an object of an API. `int(handle)` is its number."""

    __slots__ = ("_int", "_arg", "_owned", "_mine", "__weakref__")
    _api: Api
    _closes = False  # the API closes handles rather than counting them: that may have to wait

    # All but the last are always set: a missing attribute costs more than a call into C.
    _int: Any  # the number; None or an argument for C: made from it when somebody asks
    _arg: Any  # the argument for C; None: made from the number when it is first needed
    _owned: bool | None  # None: owns nothing. True: warn if the finalizer gives the reference back
    _mine: bool  # deleted by whoever gives the reference back

    def __init__(self, value: int) -> None:
        """Take over one reference to the object with this number."""
        self._int = int(value)
        self._arg = None
        self._owned = self._mine = True

    @classmethod
    def _of(cls: type[Self], c: Any, warn: bool = True) -> Self:
        """Take over a reference that C handed out."""
        self = _make(cls)
        self._int = None
        self._arg = c
        self._owned = warn
        self._mine = True
        return self

    @classmethod
    def _lent(cls: type[Self], c: Any, value: int | None = None) -> Self:
        """An object that owns nothing, of an argument for C or of a number."""
        self = _make(cls)
        self._int = value
        self._arg = c
        self._owned = None
        return self

    @property
    def value(self) -> int:
        """The number."""
        number = self._int
        if number.__class__ is not int:
            number = self._int = self._api.to_int(self._arg if number is None else number)
        return number

    @property
    def _c(self) -> Any:
        """The argument for C; of nothing once freed."""
        c = self._arg
        if c is None:
            c = self._arg = self._api.to_c(self._int)
        return c

    def __int__(self) -> int:
        return self.value

    __index__ = __int__

    def __hash__(self) -> int:
        return hash(self.value)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Handle):
            return self.value == other.value
        return self.value == other if isinstance(other, int) else NotImplemented

    def __reduce__(self) -> str:
        raise TypeError("a handle cannot be copied or pickled; AddRef makes another object of it")

    def __enter__(self: Self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        try:
            del self._mine
        except AttributeError:
            return
        self._give_back()

    def __repr__(self) -> str:
        info = _ffi.ffi.new(_ffi.HANDLE_INFO)
        if self._c == self._api.nothing:
            said = "freed"
        elif _ffi.lib.vjob_handle_describe(self.value, info):
            said = "dead"
        else:
            said = f"{_ffi.text(info.type_name)} {_ffi.text(info.object)}".rstrip()
        return f"<{type(self).__name__} 0x{self.value:x} {said}>"

    def _disown(self) -> bool:
        """True for the one caller that is to give the reference back."""
        try:
            del self._mine  # atomic: of several threads, one succeeds
        except AttributeError:
            return False
        self._owned = None
        return True

    def _give_back(self) -> None:
        self._owned = None
        try:
            if not _ffi.forked:  # in a forked child the reference stayed with the parent
                self._api.free(self)
        finally:  # as _forget_argument does: a call less
            if self._int is None:
                self._int = self._arg
            self._arg = self._api.nothing

    def _forget_argument(self) -> None:
        """C knows nothing of this object any more; it keeps its number."""
        if self._int is None:
            self._int = self._arg
        self._arg = self._api.nothing

    def __del__(
        self,
        _release: Callable[[int], int] = _ffi.lib.vjob_release,
        _listeners: dict[int, list[Listener]] = listeners,
        _dropped: dict[int, list[int]] = dropped,
        _ident: Callable[[], int] = get_ident,
    ) -> None:
        # Any thread, at any time: must not block.
        try:
            warn = self._owned
            if warn is None:
                return
            del self._mine
        except AttributeError:  # given back at this moment, or never finished
            return
        number = self._int
        if number.__class__ is not int:
            number = self.value
        if warn:
            _complain(self)
        if (self._closes or number in _listeners) and not sys.is_finalizing():
            # The last reference ends the registrations, which may mean to wait for a handler.
            from . import _events

            _events.reap(self._api, number)
        elif not warn and (some := _dropped.get(_ident())) is not None:
            some.append(number)
        else:
            _release(number)


def _complain(handle: Handle) -> None:
    if not _ffi.forked and not sys.is_finalizing():
        import warnings

        warnings.warn(f"{handle!r} was never freed", ResourceWarning, 3, source=handle)


def _require(handle: object, what: type[Handle] = Handle) -> Any:
    if isinstance(handle, what):
        return handle
    raise TypeError(f"expected a pyvjob.{what.__name__}, not {type(handle).__name__}")


def Free(handle: Handle) -> None:
    """Give back the reference that this object owns.

    A second time raises the API's invalid-handle error; another object with the same number
    keeps its own reference. Freeing the last reference of something with event handlers ends
    these, waits for a running one (unless called inside a handler), and raises the first
    exception that one of them left behind.
    """
    if not isinstance(handle, Handle):
        _require(handle)
    try:
        del handle._mine  # see _disown
    except AttributeError:
        raise handle._api.freed_twice(handle) from None
    handle._give_back()


def AddRef(handle: Handle) -> Handle:
    """One more reference to the same object, as an object of its own."""
    added: Handle = _require(handle)._api.add_ref(handle)
    return added


def GetType(handle: Handle) -> IntEnum | int:
    """The type: an enum of the API if it has one (Prl: PRL_HANDLE_TYPE), else HandleType."""
    try:
        type_of = handle._api.type_of
    except AttributeError:
        type_of = _require(handle)._api.type_of
    return type_of(handle)


def RegEventHandler(
    handle: Handle, handler: Callable[[Any, Any], object], data: Any = None
) -> None:
    """Have `handler(x, data)` called for what happens to the object.

    Prl: x is the handle of an event or of a finished job. pyvjob.vir: the object is a connection, x
    a VirEvent. Handlers of one server or connection are called one after the other, on a thread of
    Python's own. A handler that raises is called again for the
    next event; the exception goes to threading.excepthook and is raised where the handler is
    unregistered or its object is freed.
    """
    from . import _events

    _events.register(_require(handle), handler, data)


def UnregEventHandler(
    handle: Handle, handler: Callable[[Any, Any], object], data: Any = None
) -> None:
    """Undo the first registration that equals this one; it will not be called again.

    Outside handlers this also waits until a running call of it has returned. Raises the first
    exception that the handler left behind.
    """
    from . import _events

    _events.unregister(_require(handle), handler, data)


def __getattr__(name: str) -> Any:
    if name != "HandleType":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from .native import HandleType

    globals()[name] = HandleType
    return HandleType
