"""Programs of guests that a Python function runs: sim.program_hook.

C posts a request into the ring of the dispatch threads and waits for the answer. Each request
gets a thread of its own, so a hook may block, and run many programs at once.
"""

from __future__ import annotations

import sys
import threading

from . import _ffi
from ._dispatch import Subscriber, dispatcher
from ._ring import new_tap, tokens

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Hook = Callable[["Program"], object]

_FAILED = 126  # how a program ends whose hook raised


class Program:
    """A program that a guest is to run and does not have."""

    __slots__ = ("vm", "uuid", "args", "env", "cwd", "user", "input")

    def __init__(self, asked: Any) -> None:
        text = _ffi.text
        self.vm = text(asked.vm)  # its name
        self.uuid = text(asked.uuid)
        self.args = _texts(asked.args)  # args[0] is the program
        self.env = dict(pair.split("=", 1) for pair in _texts(asked.env))
        self.cwd = text(asked.cwd)
        self.user = text(asked.user)
        self.input = bytes(_ffi.ffi.buffer(asked.input, asked.input_size))

    def __repr__(self) -> str:
        return f"<program {' '.join(self.args)!r} of {self.user} in {self.vm}>"


class Ended:
    """How a program ended: what a hook may return."""

    __slots__ = ("exit_code", "output", "duration_s")

    def __init__(
        self, exit_code: int = 0, output: str | bytes = b"", duration_s: float = 0.0
    ) -> None:
        self.exit_code = exit_code
        self.output = output.encode() if isinstance(output, str) else bytes(output)
        self.duration_s = duration_s


def _texts(words: Any) -> list[str]:
    found: list[str] = []
    while words[len(found)]:
        found.append(_ffi.text(words[len(found)]))
    return found


def _ended(returned: object) -> Ended | None:
    if returned is None or isinstance(returned, Ended):
        return returned
    if isinstance(returned, int):
        return Ended(int(returned))
    if isinstance(returned, (str, bytes)):
        return Ended(0, returned)
    raise TypeError(f"a program hook returns None, an exit code, text or Ended, not {returned!r}")


class _Requests:
    """Where requests arrive: a registration of the dispatcher's that stays for good."""

    api: Any = None
    alive = True
    running = False
    gate = None
    data = None
    subscriber: Subscriber

    def __init__(self) -> None:
        self.hook: Hook | None = None
        self.dispatcher = dispatcher()
        self.token = next(tokens)
        self.tap = new_tap(self.dispatcher.ring, self.token)
        self.handler = self.arrive
        self.dispatcher.add(self, self.token)  # type: ignore[arg-type]

    def arrived(self, value: int, kind: int, more: int) -> int:
        return kind

    def arrive(self, request: int, data: object) -> None:
        """The thread must be known to the clock before this one is done with the request."""
        started = threading.Event()
        thread = threading.Thread(
            target=_answer, args=(self.hook, request, started), name="pyvjob-program", daemon=True
        )
        thread.start()
        started.wait()

    def keep(self, error: BaseException) -> None:
        threading.excepthook(
            threading.ExceptHookArgs((type(error), error, error.__traceback__, None))
        )


def _answer(hook: Hook | None, request: int, started: threading.Event) -> None:
    _ffi.lib.vjob_thread_waits(0)
    started.set()
    end: Ended | None = None
    try:
        asked = _ffi.lib.vjob_program_request(request)
        if hook is not None and asked:
            end = _ended(hook(Program(asked)))
    except BaseException as error:
        end = Ended(_FAILED, f"{type(error).__name__}: {error}\n")
        said = (type(error), error, error.__traceback__, threading.current_thread())
        try:
            threading.excepthook(threading.ExceptHookArgs(said))
        except Exception:
            sys.excepthook(*sys.exc_info())
    mine, end = end is not None, end or Ended()
    nanoseconds = int(end.duration_s * 1e9)
    _ffi.lib.vjob_program_answer(
        request, mine, end.exit_code, nanoseconds, end.output, len(end.output)
    )


_requests: _Requests | None = None


def set_hook(hook: Hook | None) -> None:
    global _requests
    if hook is not None and not callable(hook):
        raise TypeError(f"a program hook must be callable, not {hook!r}")
    if hook is None:
        _ffi.check(_ffi.lib.vjob_sim_set_program_hook(_ffi.ffi.NULL, _ffi.ffi.NULL), "program_hook")
        if _requests is not None:
            _requests.hook = None
        return
    _ffi.hold()
    if _requests is None or _requests.dispatcher is not dispatcher():
        _requests = _Requests()
    _requests.hook = hook
    _requests.dispatcher.ensure_spare()
    function = _ffi.ffi.addressof(_ffi.lib, "vjob_program_ring_hook")
    _ffi.check(_ffi.lib.vjob_sim_set_program_hook(function, _requests.tap), "program_hook")
