"""Row E: what a call into C costs, an event into a handler, a finished job to a coroutine."""

from __future__ import annotations

import asyncio
import threading

from report import clock, emit, per_call

import pyvjob
from pyvjob import _ffi, native, prl

N = 20_000


def plain(event: object, data: object) -> None:
    pass


def calls() -> None:
    prl.PrlApi_InitEx(prl.PARALLELS_API_VER, prl.PAM_SERVER, 0, 0)
    server = prl.PrlSrv_Create()
    out = prl.ffi.new("PRL_HANDLE_TYPE *")
    value = prl.ffi.cast("PRL_HANDLE", int(server))
    raw = prl.lib.PrlHandle_GetType
    bare = _ffi.lib.vjob_version  # looks nothing up
    emit("E", "plain", "py_call", "ns", "python", per_call(lambda: plain(None, None), N))
    emit("E", "cffi", "py_call", "ns", "bare", per_call(lambda: bare(), N))
    emit("E", "raw", "py_call", "ns", "look-up", per_call(lambda: raw(value, out), N))
    emit("E", "checked", "py_call", "ns", "look-up", per_call(lambda: pyvjob.GetType(server), N))
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


async def wakes() -> None:
    loop = asyncio.get_running_loop()
    start = clock()
    for _ in range(N // 10):
        done = loop.create_future()
        loop.call_soon(done.set_result, None)
        await done
    emit("E", "call_soon", "py_wake", "ns", "asyncio", (clock() - start) / (N // 10))
    jobs = [native.start() for _ in range(N // 10)]
    start = clock()
    for job in jobs:
        await job
    emit("E", "vjob", "py_wake", "ns", "asyncio", (clock() - start) / len(jobs))
    for job in jobs:
        pyvjob.Free(job)


calls()
events()
asyncio.run(wakes())
