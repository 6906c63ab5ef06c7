"""Rows B and C from Python: jobs.py vjob | executor | await | to_thread"""

from __future__ import annotations

import asyncio
import statistics
import sys
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor, wait

from report import clock, emit

TRIPS = 3000
MANY = 20_000


def nothing() -> None:
    pass


def trips(who: str, trip: Callable[[], object]) -> None:
    times = []
    for _ in range(TRIPS):
        start = clock()
        trip()
        times.append(clock() - start)
    emit("B", who, "py_roundtrip_p50", "ns", "python", statistics.median(times))


def many(who: str, start_all: Callable[[], object]) -> None:
    start = clock()
    start_all()
    emit("C", who, "py_throughput", "jobs/s", f"python jobs={MANY}", MANY * 1e9 / (clock() - start))


async def awaits(who: str, one: Callable[[], Awaitable[object]]) -> None:
    times = []
    for _ in range(TRIPS):
        start = clock()
        await one()
        times.append(clock() - start)
    emit("B", who, "py_await_p50", "ns", "asyncio", statistics.median(times))


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

    trips("vjob", trip)
    many("vjob", all_at_once)


def executor() -> None:
    with ThreadPoolExecutor(2) as pool:
        trips("executor", lambda: pool.submit(nothing).result())
        many("executor", lambda: wait([pool.submit(nothing) for _ in range(MANY)]))


def await_() -> None:
    import pyvjob
    from pyvjob import native

    async def one() -> None:
        job = native.start()
        await job
        pyvjob.Free(job)

    asyncio.run(awaits("vjob", one))


def to_thread() -> None:
    asyncio.run(awaits("to_thread", lambda: asyncio.to_thread(nothing)))


if __name__ == "__main__":
    globals()[{"await": "await_"}.get(sys.argv[1], sys.argv[1])]()
