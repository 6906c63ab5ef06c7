"""How fast pyvjob has to be: ratios of medians of one run."""

from __future__ import annotations

from collections.abc import Iterator

from figures import Figures

# row, metric, params, who, relation, factor, peer [, metric and params of the peer]:
# the goal is: who <relation> factor * peer; without a peer the factor is the figure itself.
# JOBS stands for the number that was asked for.
GOALS: list[tuple[str, str, str, str, str, float, str, str, str]] = [
    ("A", "addref_release", "live=10 threads=1", "vjob", "<=", 1.5, "atomic_pair", "", ""),
    ("A", "addref_release", "live=10 threads=1", "vjob", "<=", 1.0, "gobject", "", ""),
    ("A", "addref_release", "live=JOBS threads=1", "vjob", "<=", 1.5, "atomic_pair", "", ""),
    ("A", "addref_release", "live=10 threads=2", "vjob", "<=", 1.6, "atomic_pair", "", ""),
    ("A", "create_free", "live=JOBS threads=1", "vjob", "<=", 1.5, "malloc", "", ""),
    ("B", "roundtrip_p50", "dense", "vjob", "<=", 1.3, "semaphores", "", ""),
    ("B", "roundtrip_p50", "dense", "vjob", "<=", 1.0, "tbb", "", ""),
    ("B", "roundtrip_p50", "sparse", "vjob", "<=", 1.3, "semaphores", "", ""),
    ("B", "roundtrip_p99", "sparse", "vjob", "<=", 1.5, "gthreadpool", "", ""),
    ("B", "roundtrip_mean", "dense", "vjob", "<=", 0.5, "gthreadpool", "", ""),
    ("B", "py_roundtrip_p50", "python", "vjob", "<=", 0.4, "executor", "", ""),
    ("B", "py_await_p50", "asyncio", "vjob", "<=", 0.4, "to_thread", "", ""),
    ("C", "throughput", "jobs=JOBS", "vjob", ">=", 1.3, "gthreadpool", "", ""),
    ("C", "throughput", "jobs=JOBS", "vjob", ">=", 3.0, "libuv", "", ""),
    ("C", "peak_memory", "jobs=JOBS", "vjob", "<=", 1.0, "libuv", "", ""),
    ("C", "py_throughput", "python jobs=20000", "vjob", ">=", 10, "executor", "", ""),
    ("D", "memory_per_job", "jobs=JOBS", "vjob", "<=", 160, "", "", ""),
    ("D", "wall", "jobs=JOBS", "vjob", "<=", 1.1, "", "", ""),
    ("D", "late_p99", "jobs=JOBS", "vjob", "<=", 2.0, "", "", ""),
    ("D", "late_p99", "jobs=JOBS random", "vjob", "<=", 2.0, "", "", ""),
    ("D", "more_threads", "jobs=JOBS", "vjob", "<=", 0, "", "", ""),
    ("D", "cancel", "jobs=JOBS random", "vjob", "<=", 0.25, "libuv", "", ""),
    ("E", "py_call", "look-up", "raw", "<=", 2.0, "cffi", "", "bare"),
    ("E", "py_call", "look-up", "checked", "<=", 8.0, "cffi", "", "bare"),
    ("E", "py_event", "posted and delivered", "vjob", "<=", 3.0, "plain", "py_call", "python"),
    ("E", "py_wake", "asyncio", "vjob", "<=", 2.0, "call_soon", "", ""),
    ("F", "delivery", "handlers=1", "vjob", "<=", 0.15, "gobject", "", ""),
    ("F", "delivery", "handlers=10", "vjob", "<=", 2.0, "loop", "", ""),
    ("F", "delivery", "handlers=1000", "vjob", "<=", 1.7, "loop", "", ""),
    ("G", "cycles", "vms=1000", "prl", ">=", 10, "libvirt", "", ""),
    ("G", "cycles", "vms=1000", "vix", ">=", 10, "libvirt", "", ""),
    ("G", "cycles", "vms=1000", "vir", ">=", 10, "libvirt", "", ""),
    ("G", "lookup", "vms=1000", "vir", ">=", 5, "libvirt", "", ""),
    ("G", "list", "vms=1000", "prl", "<=", 0.1, "libvirt", "", ""),
    ("G", "list", "vms=1000", "vir", "<=", 0.1, "libvirt", "", ""),
    ("G", "py_cycles", "python", "prl", ">=", 5, "libvirt", "", ""),
    ("G", "memory_per_vm", "vms=100000", "prl", "<=", 1024, "", "", ""),
    ("G", "create_world", "vms=100000", "prl", "<=", 0.3, "", "", ""),
    ("G", "cycles", "vms=100000", "prl", ">=", 0.5, "prl", "cycles", "vms=1000"),
    ("H", "import", "", "pyvjob.prl", "<=", 0.3, "libvirt", "", ""),
    ("H", "modules", "", "pyvjob.prl", "<=", 15, "", "", ""),
]


def verdicts(figures: Figures, jobs: int) -> Iterator[str]:
    """A line for each goal whose subject was measured."""
    for row, metric, words, who, relation, factor, peer, peer_metric, peer_words in GOALS:
        params = words.replace("JOBS", str(jobs))
        mine = figures.median(row, metric, params, who)
        if mine is None:
            continue
        name = f"{row} {who} {metric} {params}".rstrip()
        other: float | None = 1.0
        if peer:
            theirs = peer_words.replace("JOBS", str(jobs)) or params
            other = figures.median(row, peer_metric or metric, theirs, peer)
        if not other:
            yield f"{name}: no figure of {peer}, not compared"
            continue
        ratio = mine / other
        met = ratio <= factor if relation == "<=" else ratio >= factor
        unit = f" x {peer}" if peer else ""
        yield f"{name}: {ratio:.3g}{unit}, goal {relation} {factor:g}: {'met' if met else 'MISSED'}"
