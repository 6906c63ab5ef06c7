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


def post_all(source: pyvjob.Handle) -> float:
    """Nanoseconds for each post. The first event and the last have a value."""
    start = clock()
    native.post(source, "x", value=1)
    for _ in range(N - 2):
        native.post(source, "x")
    native.post(source, "x", value=2)
    return (clock() - start) / N


def events() -> None:
    source = native.source("bench")
    began = ended = 0
    posted, done = threading.Event(), threading.Event()

    def handler(event: native.Event, data: object) -> None:
        if event[6]:
            mark(event.value)

    def mark(value: int) -> None:
        nonlocal began, ended
        if value == 1:
            posted.wait()  # what is posted meanwhile comes in batches
            began = clock()
        else:
            ended = clock()
            done.set()

    pyvjob.RegEventHandler(source, handler)
    start = clock()
    each = post_all(source)
    posted.set()
    done.wait()
    emit("E", "vjob", "py_event", "ns", "in batches", (ended - began) / N)
    emit("E", "vjob", "py_event", "ns", "posted and delivered", (ended - start) / N)
    emit("E", "vjob", "py_event_post", "ns", "posted", each)
    pyvjob.UnregEventHandler(source, handler)
    pyvjob.Free(source)


async def stream() -> None:
    source = native.source("bench")
    async with pyvjob.events(source) as arriving:
        post_all(source)
        start = clock()
        async for event in arriving:
            if event.value == 2:
                break
        emit("E", "vjob", "py_event", "ns", "asyncio", (clock() - start) / N)
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
    asyncio.run(stream())
    asyncio.run(wakes("asyncio"))
