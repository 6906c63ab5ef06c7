"""What the Python benchmarks share: one JSON line a figure."""

from __future__ import annotations

import json
import time
from collections.abc import Callable

clock = time.perf_counter_ns


def emit(row: str, who: str, metric: str, unit: str, params: str, value: float) -> None:
    line = {"row": row, "who": who, "metric": metric, "unit": unit, "params": params}
    print(json.dumps({**line, "value": value}), flush=True)


def per_call(call: Callable[[], object], n: int) -> float:
    """Nanoseconds a call, the loop included: the best of five turns."""
    turns = []
    for _ in range(5):
        start = clock()
        for _ in range(n):
            call()
        turns.append((clock() - start) / n)
    return min(turns)
