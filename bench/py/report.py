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


def per_call(call: str, n: int, **names: object) -> float:
    """Nanoseconds for a Python expression, without those of the loop: the best of some turns."""
    loop = min(timeit.repeat("pass", number=n, repeat=5))
    return (min(timeit.repeat(call, globals=names, number=n, repeat=15)) - loop) * 1e9 / n
