"""Rows B and C from Python: jobs.py WHO dense|sparse|many [N]

WHO waits in a thread: vjob, executor; or in a coroutine on asyncio's loop or uvloop: await,
to_thread, await-uvloop, to_thread-uvloop.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor, wait

from report import clock, emit, pinned, times

who, mode = sys.argv[1:3]
MANY = int(sys.argv[3]) if len(sys.argv) > 3 else 100_000
TRIPS = times(300 if mode == "sparse" else 3000)


def nothing() -> None:
    pass


def trips(trip: Callable[[], object]) -> None:
    took = []
    for _ in range(TRIPS):
        if mode == "sparse":
            time.sleep(0.001)
        start = clock()
        trip()
        took.append(clock() - start)
    params = f"python {mode}{pinned()}"
    emit("B", who, "py_roundtrip_p50", "ns", params, statistics.median(took))


def many(start_all: Callable[[], object]) -> None:
    start = clock()
    start_all()
    emit("C", who, "py_throughput", "jobs/s", f"python jobs={MANY}", MANY * 1e9 / (clock() - start))


async def awaits(one: Callable[[], Awaitable[object]]) -> None:
    took = []
    for _ in range(TRIPS):
        start = clock()
        await one()
        took.append(clock() - start)
    name, _, loop = who.partition("-")
    emit(
        "B",
        "vjob" if name == "await" else name,
        "py_await_p50",
        "ns",
        f"{loop or 'asyncio'}{pinned()}",
        statistics.median(took),
    )


def vjob() -> None:
    import pyvjob
    from pyvjob import native

    def trip() -> None:
        job = native.start()
        pyvjob.Job_Wait(job)
        pyvjob.Free(job)

    def all_at_once() -> None:
        with native.start_many(MANY) as jobs:
            native.wait_all(jobs)

    if mode == "many":
        many(all_at_once)
    else:
        trips(trip)


def executor() -> None:
    with ThreadPoolExecutor(2) as pool:
        if mode == "many":
            many(lambda: wait([pool.submit(nothing) for _ in range(MANY)]))
        else:
            trips(lambda: pool.submit(nothing).result())


async def one_job() -> None:
    import pyvjob
    from pyvjob import native

    job = native.start()
    await job
    pyvjob.Free(job)


def run(one: Callable[[], Awaitable[object]]) -> None:
    if not who.endswith("uvloop"):
        asyncio.run(awaits(one))
        return
    try:
        import uvloop
    except ImportError:
        sys.exit(3)
    uvloop.run(awaits(one))


if who in ("vjob", "executor"):
    globals()[who]()
elif who.startswith("await"):
    run(one_job)
else:
    run(lambda: asyncio.to_thread(nothing))
