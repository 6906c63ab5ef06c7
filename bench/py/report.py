"""What the Python benchmarks share: one JSON line a figure."""

from __future__ import annotations

import json
import os
import time
import timeit

clock = time.perf_counter_ns


def emit(row: str, who: str, metric: str, unit: str, params: str, value: float) -> None:
    line = {"row": row, "who": who, "metric": metric, "unit": unit, "params": params}
    print(json.dumps({**line, "value": value}), flush=True)


def times(n: int) -> int:
    """How often something is done: less when only a look is wanted (BENCH_SHARE, a part of 1)."""
    return max(int(n * float(os.environ.get("BENCH_SHARE", 1))), 1)


def pinned() -> str:
    """For figures' names: where this process may run on one processor only, that is said."""
    return " cpus=1" if len(os.sched_getaffinity(0)) == 1 else ""


def per_call(calls: dict[str, str], n: int, **names: object) -> dict[str, float]:
    """Nanoseconds for each Python expression, without those of the loop.

    The best of many short turns, in which the expressions take turns: so there is one for each in
    which nothing else ran, and a change in the machine's speed hits all alike.
    """
    few = 200
    timers = {name: timeit.Timer(call, globals=names) for name, call in calls.items()}
    best = dict.fromkeys(calls, float("inf"))
    for _ in range(max(n // few, 20)):
        for name, timer in timers.items():
            best[name] = min(best[name], timer.timeit(few) * 1e9 / few)
    loop = best.pop("loop")
    return {name: took - loop for name, took in best.items()}
