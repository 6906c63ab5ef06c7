"""The only door to C: the engine's library at once, a facade's when it is first used.

Nothing else in the package imports the extension modules. Importing this starts no engine.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def _module(name: str) -> Any:
    return __import__(f"{__package__}.{name}", fromlist=["lib"])


_core = _module("_core")
ffi = _core.ffi
lib = _core.lib

__version__: str = ffi.string(lib.vjob_version()).decode()

FOREVER = (1 << 64) - 1
HANDLE_INFO = ffi.typeof("vjob_handle_info *")
forked = False


def _after_fork() -> None:
    global forked
    forked = True


os.register_at_fork(after_in_child=_after_fork)


def facade(name: str) -> Any:
    """The extension module of a facade; the library behind it is loaded by this."""
    return _module("_" + name)


def table(facade: str, what: str) -> Any:
    """A generated module: `constants` or `functions` of a facade."""
    return _module(f"_{facade}_{what}")


def text(chars: Any) -> str:
    """A C string of ours or of the client, as Python text."""
    return str(ffi.string(chars).decode("utf-8", "surrogateescape"))


def c_text(value: str | os.PathLike[str] | None, what: str = "text") -> Any:
    """What C gets for a str: UTF-8, or NULL for None."""
    if value is None:
        return ffi.NULL
    value = os.fspath(value)
    if not isinstance(value, str):
        raise TypeError(f"{what} must be str or None, not {type(value).__name__}")
    data = value.encode("utf-8", "surrogateescape")
    if b"\0" in data:
        raise ValueError(f"{what} holds a NUL character: {value!r}")
    return data


def loaded(name: str) -> Any:
    """A module of the package, if something has needed it so far."""
    return sys.modules.get(f"{__package__}.{name}")


def last_error() -> tuple[int, str, str, str]:
    """(code, text, object, state) of this thread's last call; nothing if it left no words."""
    record = lib.vjob_last_error()
    if not record.err:
        return 0, "", "", ""
    return record.err, text(record.text), text(record.object), text(record.state)


def error(err: int, doing: str = "") -> Exception:
    """For a native call that has just failed: the thread's error record is read here."""
    from .errors import Error

    return Error(err, *last_error()[1:], doing=doing)


def check(err: int, doing: str = "") -> None:
    """Raise for a failing native call."""
    if err:
        raise error(err, doing)


# ---- holding the engine for Python's own calls --------------------------------------------------

_held = False


def hold() -> None:
    """Have the native API running from now on."""
    global _held
    if not _held or forked:  # in a forked child the engine says no
        check(lib.vjob_wrapper_hold(lib.VJOB_SPACE_NATIVE), "starting the engine")
        _held = True


def unhold() -> None:
    """End the native API, as far as Python holds it: its handles die."""
    global _held
    if _held:
        _held = False
        check(lib.vjob_wrapper_drop(lib.VJOB_SPACE_NATIVE), "stopping the engine")
