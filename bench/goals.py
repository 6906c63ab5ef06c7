"""How fast pyvjob has to be: ratios of medians of one run."""

from __future__ import annotations

from typing import Any

from figures import Figures

# row, metric, params, who, relation, factor, peer [, metric and params of the peer]:
# the goal is: who <relation> factor * peer; without a peer the factor is the figure itself.
# JOBS stands for the number that was asked for, MANY for at most 100,000 of them.
GOALS: list[tuple[str, str, str, str, str, float, str, str, str]] = [
    ("A", "addref_release", "live=10 threads=1", "vjob", "<=", 1.5, "atomic_pair", "", ""),
    ("A", "addref_release", "live=10 threads=1", "vjob", "<=", 1.0, "gobject", "", ""),
    ("A", "addref_release", "live=JOBS threads=1", "vjob", "<=", 1.5, "atomic_pair", "", ""),
    ("A", "addref_release", "live=JOBS threads=1", "vjob", "<=", 1.0, "gobject", "", ""),
    ("A", "addref_release", "live=1 threads=2", "vjob", "<=", 1.6, "atomic_pair", "", ""),
    ("A", "addref_release", "live=10 threads=2", "vjob", "<=", 1.6, "atomic_pair", "", ""),
    ("A", "create_free", "live=JOBS threads=1", "vjob", "<=", 1.5, "malloc", "", ""),
    ("A", "create_free", "live=JOBS threads=2", "vjob", "<=", 2.0, "malloc", "", ""),
    ("B", "roundtrip_p50", "dense cpus=1", "vjob", "<=", 1.3, "futex", "", ""),
    ("B", "roundtrip_p50", "dense cpus=1", "vjob", "<=", 1.0, "tbb", "", ""),
    ("B", "roundtrip_p50", "sparse", "vjob", "<=", 1.3, "futex", "", ""),
    ("B", "roundtrip_p99", "sparse", "vjob", "<=", 1.5, "gthreadpool", "", ""),
    ("B", "roundtrip_mean", "dense", "vjob", "<=", 0.5, "gthreadpool", "", ""),
    ("B", "py_roundtrip_p50", "python dense cpus=1", "vjob", "<=", 0.4, "executor", "", ""),
    ("B", "py_roundtrip_p50", "python dense", "vjob", "<=", 0.4, "executor", "", ""),
    ("B", "py_roundtrip_p50", "python sparse", "vjob", "<=", 0.4, "executor", "", ""),
    ("B", "py_await_p50", "asyncio", "vjob", "<=", 0.4, "to_thread", "", ""),
    ("B", "py_await_p50", "uvloop", "vjob", "<=", 0.4, "to_thread", "", ""),
    ("C", "throughput", "jobs=JOBS", "vjob", ">=", 1.3, "gthreadpool", "", ""),
    ("C", "throughput", "jobs=JOBS", "vjob", ">=", 3.0, "libuv", "", ""),
    ("C", "throughput", "jobs=JOBS", "vjob_batch", ">=", 1.3, "gthreadpool", "", ""),
    ("C", "throughput", "jobs=JOBS", "vjob_batch", ">=", 3.0, "libuv", "", ""),
    ("C", "peak_memory", "jobs=JOBS", "vjob", "<=", 1.0, "libuv", "", ""),
    ("C", "py_throughput", "python jobs=MANY", "vjob", ">=", 10, "executor", "", ""),
    ("D", "memory_per_job", "jobs=JOBS", "vjob", "<=", 160, "", "", ""),
    ("D", "wall", "jobs=JOBS", "vjob", "<=", 1.1, "", "", ""),
    ("D", "wall", "jobs=JOBS", "vjob_batch", "<=", 1.1, "", "", ""),
    ("D", "late_p99", "jobs=JOBS", "vjob", "<=", 2.0, "", "", ""),
    ("D", "late_p99", "jobs=JOBS random", "vjob", "<=", 2.0, "", "", ""),
    ("D", "more_threads", "jobs=JOBS", "vjob", "<=", 0, "", "", ""),
    ("D", "cancel", "jobs=JOBS random", "vjob", "<=", 0.25, "libuv", "", ""),
    ("E", "py_call", "look-up", "raw", "<=", 2.0, "cffi", "", "bare"),
    ("E", "py_call", "look-up", "checked", "<=", 8.0, "cffi", "", "bare"),
    ("E", "py_call", "look-up", "generic", "<=", 8.0, "cffi", "", "bare"),
    # three for the event, one for the handler
    ("E", "py_event", "in batches", "vjob", "<=", 4.0, "plain", "py_call", "python"),
    ("E", "py_wake", "asyncio", "vjob", "<=", 2.0, "call_soon", "", ""),
    ("E", "py_wake", "asyncio", "vjob", "<=", 0.4, "call_soon_threadsafe", "", ""),
    ("F", "delivery", "handlers=1", "vjob", "<=", 0.15, "gobject", "", ""),
    ("F", "delivery", "handlers=10", "vjob", "<=", 2.0, "loop", "", ""),
    ("F", "delivery", "handlers=1000", "vjob", "<=", 1.7, "loop", "", ""),
    ("G", "cycles", "vms=1000", "prl", ">=", 10, "libvirt", "", ""),
    ("G", "cycles", "vms=1000", "vix", ">=", 10, "libvirt", "", ""),
    ("G", "cycles", "vms=1000", "hcs", ">=", 10, "libvirt", "", ""),
    ("G", "cycles", "vms=1000", "vir", ">=", 10, "libvirt", "", ""),
    ("G", "lookup", "vms=1000", "vir", ">=", 5, "libvirt", "", ""),
    ("G", "list", "vms=1000", "prl", "<=", 0.1, "libvirt", "", ""),
    ("G", "list", "vms=1000", "vir", "<=", 0.1, "libvirt", "", ""),
    ("G", "py_cycles", "vms=1000", "prl", ">=", 5, "libvirt", "", ""),
    ("G", "py_cycles", "vms=1000 events", "prl", ">=", 5, "libvirt", "", "vms=1000"),
    ("G", "py_cycles", "vms=1000", "vix", ">=", 5, "libvirt", "", ""),
    ("G", "py_cycles", "vms=1000", "hcs", ">=", 5, "libvirt", "", ""),
    ("G", "py_cycles", "vms=1000", "vir", ">=", 5, "libvirt", "", ""),
    ("G", "py_lookup", "vms=1000", "vir", ">=", 2, "libvirt", "", ""),
    ("G", "py_list", "vms=1000", "prl", "<=", 0.25, "libvirt", "", ""),
    ("G", "py_list", "vms=1000", "vir", "<=", 0.25, "libvirt", "", ""),
    ("G", "memory_per_vm", "vms=100000", "prl", "<=", 1024, "", "", ""),
    ("G", "create_world", "vms=100000", "prl", "<=", 0.3, "", "", ""),
    ("G", "cycles", "vms=100000", "prl", ">=", 0.5, "prl", "cycles", "vms=1000"),
    ("G", "start", "vms=100000", "prl", "<=", 2.0, "prl", "start", "vms=1000"),
    ("G", "event_delivery", "vms=100000", "prl", "<=", 2.0, "prl", "event_delivery", "vms=1000"),
    ("G", "lookup", "vms=100000", "vir", ">=", 0.5, "vir", "lookup", "vms=1000"),
    ("H", "import", "", "pyvjob", "<=", 0.3, "libvirt", "", ""),
    ("H", "import", "", "pyvjob.prl", "<=", 0.3, "libvirt", "", ""),
    ("H", "modules", "", "pyvjob.prl", "<=", 15, "", "", ""),
    ("H", "run", "sample.c", "pyvjob", "<=", 150, "", "", ""),
]

# Not asked for, but good to have: shown in the same way.
STRETCH: list[tuple[str, str, str, str, str, float, str, str, str]] = [
    ("B", "roundtrip_mean", "dense", "vjob", "<=", 0.2, "tbb", "", ""),
    ("C", "throughput", "jobs=JOBS", "vjob", ">=", 1.0, "tbb", "", ""),
]


def verdicts(figures: Figures, jobs: int) -> list[dict[str, Any]]:
    """A row for each goal whose subject was measured.

    `ratio` is that of the medians, and decides; `min` and `max` are of the ratios in a repetition.
    """
    rows = []
    for goal in [*GOALS, *STRETCH]:
        row, metric, words, who, relation, factor, peer, peer_metric, peer_words = goal

        def fill(text: str) -> str:
            return text.replace("JOBS", str(jobs)).replace("MANY", str(min(jobs, 100_000)))

        mine = row, metric, fill(words), who
        if figures.median(*mine) is None:
            continue
        theirs = (row, peer_metric or metric, fill(peer_words or words), peer) if peer else None
        ratios = figures.ratios(mine, theirs)
        met = None
        if ratios:
            met = ratios[1] <= factor if relation == "<=" else ratios[1] >= factor
        rows.append(
            {
                "name": f"{row} {who} {metric} {fill(words)}".rstrip(),
                "peer": peer,
                **dict(zip(("min", "ratio", "max"), ratios or (None,) * 3, strict=True)),
                "goal": f"{relation} {factor:g}",
                "met": met,
                "stretch": goal in STRETCH,
            }
        )
    return rows


def table(rows: list[dict[str, Any]]) -> str:
    lines = [f"{'':52}{'of':22}{'min':>10}{'median':>10}{'max':>10}  goal"]
    for row in rows:
        name = f"{row['name']:52}{row['peer'] or '(as measured)':22}"
        if row["met"] is None:
            lines.append(f"{name} has no figure: not compared")
            continue
        spread = "".join(f"{row[key]:10.3g}" for key in ("min", "ratio", "max"))
        missed = "wanted" if row["stretch"] else "MISSED"
        lines.append(f"{name}{spread}  {row['goal']}: {'met' if row['met'] else missed}")
    return "\n".join(lines)
