"""Build and run the benchmarks: a table, ratios against the goals, JSON, growth curves.

    python bench/run.py [--rows ABCDEFGH] [--reps 5] [--jobs 1000000] [--quick]
                        [--json FILE] [--png FILE] [--build DIR]

Run it with the Python of an environment where pyvjob is installed. Peers that are missing are
skipped and named. Every program runs in a process of its own, and repetitions are interleaved, so
that a change in the machine's speed hits all alike. Only ratios of medians of one run mean
anything.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import goals
from figures import Figures, plot

HERE = Path(__file__).resolve().parent
NOT_BUILT_IN = 3  # a program's exit code for a peer that it lacks

# name, source, what of pyvjob, what else (pkg-config names; a ? marks what it can do without)
PROGRAMS = [
    ("handles", "handles.c", "core", "gobject-2.0?"),
    ("jobs", "jobs.c", "core", "glib-2.0? libuv?"),
    ("inflight", "inflight.c", "core", "libuv?"),
    ("fanout", "fanout.c", "core", "gobject-2.0?"),
    ("tbb", "tbb.cpp", "", "tbb"),
    ("prl_world", "prl_world.c", "prl", ""),
    ("vix_world", "vix_world.c", "vix", ""),
    ("vir_world", "vir_world.c", "vir", ""),
    ("libvirt_world", "vir_world.c", "", "libvirt"),
]
DEFINES = {"gobject-2.0": "-DHAVE_GLIB", "glib-2.0": "-DHAVE_GLIB", "libuv": "-DHAVE_UV"}


def output(*command: str) -> list[str] | None:
    """Words that a command prints; None if it fails or is missing."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, cwd=tempfile.gettempdir())
    except FileNotFoundError:
        return None
    return shlex.split(done.stdout) if done.returncode == 0 else None


def python_of(command: list[str]) -> str:
    """Debian installs libvirt's binding for its own Python only."""
    if "libvirt" in command:
        for python in (sys.executable, "/usr/bin/python3"):
            if output(python, "-c", "import libvirt") is not None:
                return python
    return sys.executable


class Bench:
    """The programs that could be built, and what they have measured."""

    def __init__(self, build: Path, jobs: int, quick: bool) -> None:
        self.build = build
        self.jobs = str(jobs)
        self.quick = quick
        self.figures = Figures()
        self.skipped: dict[str, str] = {}

    def flags(self, facade: str, needs: str) -> list[str] | None:
        words: list[str] = []
        if facade:
            words = [] if facade == "core" else [facade]
            config = (sys.executable, "-m", "pyvjob", "config", "--cflags", "--libs")
            found = output(*config, *words)
            if found is None:
                self.skipped[facade] = "not part of this pyvjob"
                return None
            words = found
        for need in needs.split():
            name = need.rstrip("?")
            found = output("pkg-config", "--cflags", "--libs", name)
            if found is None:
                self.skipped[name] = "no development files"
                if need == name:
                    return None
                continue
            words += [*filter(None, [DEFINES.get(name)]), *found]
        return words

    def compile(self) -> None:
        for name, source, facade, needs in PROGRAMS:
            flags = self.flags(facade, needs)
            if flags is None:
                continue
            compiler = "c++" if source.endswith("cpp") else "cc"
            real = ["-DREAL"] if name == "libvirt_world" else []
            files = ["-o", str(self.build / name), str(HERE / "c" / source)]
            subprocess.run([compiler, "-O2", *real, *files, *flags, "-lpthread"], check=True)

    def commands(self, rows: str) -> Iterator[list[str]]:
        """Everything to be run in one repetition, without what could not be built."""
        for row, command in self.all_commands():
            if row not in rows:
                continue
            program = self.build / command[0]
            if command[0].endswith(".py"):
                yield [python_of(command), str(HERE / "py" / command[0]), *command[1:]]
            elif program.exists():
                yield [str(program), *command[1:]]

    def all_commands(self) -> Iterator[tuple[str, list[str]]]:
        jobs = self.jobs
        for live, threads in (("10", "1"), (jobs, "1"), ("10", "2")):
            yield "A", ["handles", live, threads]
        for who in ("vjob", "semaphores", "gthreadpool", "libuv", "thread"):
            yield "B", ["jobs", who, "dense"]
            yield "B", ["jobs", who, "sparse"]
        yield "B", ["tbb", "dense"]
        for who in ("vjob", "executor", "await", "to_thread"):
            yield "B", ["jobs.py", who]
        for who in ("vjob", "gthreadpool", "libuv"):
            yield "C", ["jobs", who, "many", jobs]
        yield "C", ["tbb", "many", jobs]
        for mode in ([], ["random"], ["cancel"]):
            for who in ("vjob", "libuv"):
                yield "D", ["inflight", who, jobs, *mode]
        yield "E", ["calls.py"]
        for handlers in ("1", "10", "1000"):
            yield "F", ["fanout", handlers]
        for world in ("prl", "vix", "vir", "libvirt"):
            yield "G", [world + "_world", "1000"]
        yield "G", ["prl_world", "100000", "1000"]
        for who in ("prl", "libvirt"):
            yield "G", ["world.py", who]
        for module in ("pyvjob", "pyvjob.prl", "libvirt"):
            yield "H", ["imports.py", module]

    def growth(self, rows: str) -> Iterator[list[str]]:
        """The same against size, of what could be built."""
        for name, *words in self.all_growth(rows):
            if (self.build / name).exists():
                yield [str(self.build / name), *words]

    def all_growth(self, rows: str) -> Iterator[list[str]]:
        sizes = [10**k for k in range(2, 5 if self.quick else 7)]
        for size in sizes:
            if "A" in rows:
                yield ["handles", str(size), "1"]
            if "D" in rows:
                yield ["inflight", "vjob", str(size), "random"]
            if "F" in rows and size <= 100_000:
                yield ["fanout", str(size)]
            if "G" in rows:
                yield ["prl_world", str(size), "1000"]
                yield ["vir_world", str(size), "1000"]
        for threads in (1, 2, 4, 8, 16, 32, 64):
            if "A" in rows:
                yield ["handles", "1000", str(threads)]

    def measure(self, command: list[str]) -> None:
        done = subprocess.run(command, capture_output=True, text=True, timeout=900, cwd=self.build)
        name = " ".join([Path(word).name for word in command[:3]])
        if done.returncode == NOT_BUILT_IN:
            self.skipped.setdefault(name, "not installed")
        elif done.returncode:
            sys.exit(f"{name} ended with {done.returncode}:\n{done.stderr}")
        for line in done.stdout.splitlines():
            self.figures.add(json.loads(line))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rows", default="ABCDEFGH")
    parser.add_argument("--reps", type=int, default=5)
    parser.add_argument("--jobs", type=int, default=1_000_000, help="how many is many")
    parser.add_argument("--quick", action="store_true", help="no growth beyond 10,000")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--png", type=Path, help="growth curves; needs the extra `bench`")
    parser.add_argument("--build", type=Path, help="keep the programs there")
    args = parser.parse_args()
    folder = args.build or Path(tempfile.mkdtemp(prefix="pyvjob-bench-"))
    folder.mkdir(parents=True, exist_ok=True)
    bench = Bench(folder.resolve(), args.jobs, args.quick)
    try:
        bench.compile()
        for _ in range(args.reps):
            for command in [*bench.commands(args.rows), *bench.growth(args.rows)]:
                bench.measure(command)
    except KeyboardInterrupt:
        print("interrupted: this is what was measured until then", file=sys.stderr)
    finally:
        if not args.build:
            shutil.rmtree(folder)
    print(bench.figures.table())
    print(f"\nmachine: {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}")
    for name, why in sorted(bench.skipped.items()):
        print(f"skipped: {name}: {why}")
    print("\n" + "\n".join(goals.verdicts(bench.figures, args.jobs)))
    if args.json:
        args.json.write_text(json.dumps(bench.figures.as_json(), indent=1) + "\n")
    if args.png:
        plot(bench.figures, args.png)
    return 0


if __name__ == "__main__":
    sys.exit(main())
