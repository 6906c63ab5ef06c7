"""Row E: what a call into C costs, an event into a handler, a finished job to a coroutine.

calls.py [uvloop]       with uvloop: only coroutines, on that loop
"""

from __future__ import annotations

import asyncio
import ctypes
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from report import clock, emit, per_call, times

import pyvjob
from pyvjob import _ffi, native, prl

N = times(20_000)


def plain(event: object, data: object) -> None:
    pass


def calls() -> None:
    prl.PrlApi_InitEx(prl.PARALLELS_API_VER, prl.PAM_SERVER, 0, 0)
    server = prl.PrlSrv_Create()
    number = int(server)
    value, out = prl.ffi.cast("PRL_HANDLE", number), prl.ffi.new("PRL_HANDLE_TYPE *")
    look = ctypes.CDLL(
        str(Path(pyvjob.__file__).parent / "lib" / "libprl_sdk.so")
    ).PrlHandle_GetType
    look.argtypes = ctypes.c_void_p, ctypes.POINTER(ctypes.c_int)
    there, kind = ctypes.c_void_p(number), ctypes.c_int()

    took = per_call(
        {
            "loop": "pass",
            "plain": "plain(0, 0)",
            "cffi": "bare()",
            "raw": "raw(value, out)",
            "ctypes": "look(there, byref(kind))",
            "checked": "checked(server)",
            "generic": "generic(server)",
        },
        5 * N,
        plain=plain,
        bare=_ffi.lib.vjob_version,  # looks nothing up
        raw=prl.lib.PrlHandle_GetType,
        value=value,
        out=out,
        look=look,
        there=there,
        byref=ctypes.byref,
        kind=kind,
        checked=prl.PrlHandle_GetType,
        generic=pyvjob.GetType,
        server=server,
    )
    for who, nanoseconds in took.items():
        params = {"plain": "python", "cffi": "bare"}.get(who, "look-up")
        emit("E", who, "py_call", "ns", params, nanoseconds)
    pyvjob.Free(server)


def events() -> None:
    source = native.source("bench")
    seen = 0
    done = threading.Event()

    def handler(event: object, data: object) -> None:
        nonlocal seen
        seen += 1
        if seen == N:
            done.set()

    pyvjob.RegEventHandler(source, handler)
    start = clock()
    for _ in range(N):
        native.post(source, "x")
    posted = clock()
    done.wait()
    # Posting is Python's work too: what comes after it, or all of it, whichever says more.
    emit("E", "vjob", "py_event", "ns", "posted and delivered", (clock() - start) / N)
    emit("E", "vjob", "py_event_post", "ns", "posted", (posted - start) / N)
    pyvjob.UnregEventHandler(source, handler)
    pyvjob.Free(source)


async def soon(loop: asyncio.AbstractEventLoop, how: Callable[..., object]) -> float:
    """Nanoseconds for each future that the loop itself completes."""
    start = clock()
    for _ in range(N // 10):
        done = loop.create_future()
        how(done.set_result, None)
        await done
    return (clock() - start) / (N // 10)


async def wakes(params: str) -> None:
    loop = asyncio.get_running_loop()
    for how in ("call_soon", "call_soon_threadsafe"):
        emit("E", how, "py_wake", "ns", params, await soon(loop, getattr(loop, how)))
    jobs = [native.start() for _ in range(N // 10)]
    start = clock()
    for job in jobs:
        await job
    emit("E", "vjob", "py_wake", "ns", params, (clock() - start) / len(jobs))
    for job in jobs:
        pyvjob.Free(job)


if sys.argv[1:] == ["uvloop"]:
    try:
        import uvloop
    except ImportError:
        sys.exit(3)
    uvloop.run(wakes("uvloop"))
else:
    calls()
    events()
    asyncio.run(wakes("asyncio"))
