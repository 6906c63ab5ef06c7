"""Build and run the benchmarks; print a table of medians and ratios, and write JSON.

    python bench/run.py [--reps 5] [--rows D] [--jobs 1000000] [--json FILE] [--prefix P]

Peers that are not installed are skipped and named. Every program runs in a process of its own;
repetitions are interleaved, so that a change in the machine's speed hits all alike. Only ratios of
medians of one run mean anything.
"""

from __future__ import annotations

import argparse
import json
import shlex
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).resolve().parent

# row, metric, params, subject, relation, factor, peer: the goal is subject <relation> factor * peer
# (peer None: an absolute figure).
GOALS: list[tuple[str, str, str, str, str, float, str | None]] = [
    ("A", "addref_release", "live=10 threads=1", "vjob", "<=", 1.5, "atomic_pair"),
    ("A", "addref_release", "live=1000000 threads=1", "vjob", "<=", 1.5, "atomic_pair"),
    ("A", "addref_release", "live=10 threads=2", "vjob", "<=", 1.6, "atomic_pair"),
    ("B", "roundtrip_p50", "", "vjob", "<=", 1.3, "semaphores"),
    ("D", "memory_per_job", "jobs=1000000", "vjob", "<=", 160, None),
    ("D", "wall", "jobs=1000000", "vjob", "<=", 1.1, None),
    ("D", "late_p99", "jobs=1000000", "vjob", "<=", 2.0, None),
    ("D", "late_p99", "jobs=1000000 random", "vjob", "<=", 2.0, None),
    ("D", "more_threads", "jobs=1000000", "vjob", "<=", 0, None),
    ("D", "cancel", "jobs=1000000 random", "vjob", "<=", 0.25, "libuv"),
]


def flags_of_vjob(prefix: str | None) -> list[str]:
    """Compiler flags for the native API: of an install prefix, or of the installed package."""
    if prefix:
        lib = Path(prefix) / "lib"
        return [f"-I{prefix}/include", f"-L{lib}", "-lvjob", f"-Wl,-rpath,{lib}"]
    out = subprocess.run(
        [sys.executable, "-m", "pyvjob", "config", "--cflags", "--libs"],
        check=True, capture_output=True, text=True,
    )
    return shlex.split(out.stdout)


def flags_of_libuv() -> list[str] | None:
    try:
        out = subprocess.run(
            ["pkg-config", "--cflags", "--libs", "libuv"], capture_output=True, text=True
        )
    except FileNotFoundError:
        return None
    return ["-DHAVE_UV", *out.stdout.split()] if out.returncode == 0 else None


def commands(build: Path, rows: str, jobs: str, uv: bool) -> Iterator[list[str]]:
    whos = ["vjob", *(["libuv"] if uv else [])]
    if "A" in rows:
        for live, threads in (("10", "1"), ("1000000", "1"), ("10", "2")):
            yield [str(build / "handles"), live, threads]
    if set("BC") & set(rows):
        yield [str(build / "roundtrip")]
    if "D" in rows:
        for mode in ([], ["random"], ["cancel"]):
            for who in whos:
                yield [str(build / "inflight"), who, jobs, *mode]


def measure(command: list[str], figures: dict[tuple[str, ...], list[float]]) -> None:
    out = subprocess.run(command, check=True, capture_output=True, text=True)
    for line in out.stdout.splitlines():
        f = json.loads(line)
        key = (f["row"], f["metric"], f["params"], f["who"], f["unit"])
        figures.setdefault(key, []).append(f["value"])


def verdict(figures: dict[tuple[str, ...], list[float]]) -> Iterator[str]:
    medians = {key[:4]: statistics.median(values) for key, values in figures.items()}
    for row, metric, params, who, _, factor, peer in GOALS:
        mine = medians.get((row, metric, params, who))
        if mine is None:
            continue
        if peer is None:
            yield f"{row} {metric} {params}: {mine:.4g}, goal <= {factor:g}: " + (
                "met" if mine <= factor else "MISSED"
            )
        elif (row, metric, params, peer) in medians:
            ratio = mine / medians[row, metric, params, peer]
            yield f"{row} {metric} {params}: {ratio:.2f} x {peer}, goal <= {factor:g}: " + (
                "met" if ratio <= factor else "MISSED"
            )
        else:
            yield f"{row} {metric} {params}: no figure of {peer}, not compared"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--reps", type=int, default=5)
    parser.add_argument("--rows", default="ABCD")
    parser.add_argument("--jobs", default="1000000")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--prefix", help="measure a CMake install instead of the Python package")
    args = parser.parse_args()
    figures: dict[tuple[str, ...], list[float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        build = Path(folder)
        uv = flags_of_libuv()
        if uv is None:
            print("skipped: libuv (apt install libuv1-dev)")
        for program in ("handles", "roundtrip", "inflight"):
            subprocess.run(
                ["cc", "-O2", "-o", build / program, HERE / "c" / f"{program}.c",
                 *(uv or []), *flags_of_vjob(args.prefix), "-lpthread"],
                check=True,
            )
        for _ in range(args.reps):
            for command in commands(build, args.rows, args.jobs, uv is not None):
                measure(command, figures)
    print(f"{'row':4}{'who':14}{'metric':18}{'params':28}{'min':>11}{'median':>11}{'max':>11} unit")
    for (row, metric, params, who, unit), values in sorted(figures.items()):
        marks = (min(values), statistics.median(values), max(values))
        spread = "".join(f"{v:11.4g}" for v in marks)
        print(f"{row:4}{who:14}{metric:18}{params:28}{spread} {unit}")
    print()
    for line in verdict(figures):
        print(line)
    if args.json:
        args.json.write_text(
            json.dumps([{**dict(zip(("row", "metric", "params", "who", "unit"), k, strict=True)),
                         "values": v} for k, v in figures.items()], indent=1)
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
