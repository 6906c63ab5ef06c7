"""Build and run the benchmarks: a table, ratios against the goals, JSON, growth curves.

    python bench/run.py [--rows ABCDEFGH] [--reps 5] [--jobs 1000000] [--quick | --smoke]
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
import platform
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import goals
from figures import Figures, plot

HERE = Path(__file__).resolve().parent
NOT_BUILT_IN = 3  # a program's exit code for a peer that it lacks
ONE_CPU = "@"  # before a command: it may run on one processor only

# name, source, what of pyvjob, what else (pkg-config names; a ? marks what it can do without)
PROGRAMS = [
    ("handles", "handles.c", "core", "gobject-2.0?"),
    ("jobs", "jobs.c", "core", "glib-2.0? libuv?"),
    ("inflight", "inflight.c", "core", "libuv?"),
    ("fanout", "fanout.c", "core", "gobject-2.0?"),
    ("tbb", "tbb.cpp", "", "tbb"),
    ("prl_clients", "prl_clients.c", "prl", ""),
    ("prl_world", "prl_world.c", "prl", ""),
    ("vix_world", "vix_world.c", "vix", ""),
    ("hcs_world", "hcs_world.c", "hcs", ""),
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

    def __init__(self, build: Path, jobs: int, largest: int) -> None:
        self.build = build
        self.jobs = str(jobs)
        self.many = str(min(jobs, 100_000))
        self.largest = largest  # of what grows
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
        for row, command in [*self.all_commands(), *self.growth()]:
            if row not in rows:
                continue
            pin = [ONE_CPU] if command[0] == ONE_CPU else []
            name, *words = command[len(pin) :]
            if name.endswith(".py"):
                yield [*pin, python_of(command), str(HERE / "py" / name), *words]
            elif (self.build / name).exists():
                yield [*pin, str(self.build / name), *words]

    def all_commands(self) -> Iterator[tuple[str, list[str]]]:
        jobs = self.jobs
        for live, threads in (("10", "1"), (jobs, "1"), ("1", "2"), ("10", "2"), (jobs, "2")):
            yield "A", ["handles", live, threads]
        for who in ("vjob", "futex", "gthreadpool", "libuv", "thread"):
            yield "B", ["jobs", who, "dense"]
            yield "B", [ONE_CPU, "jobs", who, "dense"]
            yield "B", ["jobs", who, "sparse"]
        yield "B", ["tbb", "dense"]
        yield "B", [ONE_CPU, "tbb", "dense"]
        for who in ("vjob", "executor"):
            yield "B", ["jobs.py", who, "dense"]
            yield "B", [ONE_CPU, "jobs.py", who, "dense"]
            yield "B", ["jobs.py", who, "sparse"]
            yield "C", ["jobs.py", who, "many", self.many]
        for loop in ("", "-uvloop"):
            for who in ("await", "to_thread"):
                yield "B", ["jobs.py", who + loop, "dense"]
        for who in ("vjob", "vjob_batch", "gthreadpool", "libuv"):
            yield "C", ["jobs", who, "many", jobs]
        yield "C", ["tbb", "many", jobs]
        yield "D", ["inflight", "vjob_batch", jobs]
        for mode in ([], ["random"], ["cancel"]):
            for who in ("vjob", "libuv"):
                yield "D", ["inflight", who, jobs, *mode]
        yield "E", ["calls.py"]
        yield "E", ["calls.py", "uvloop"]
        for handlers in ("1", "10", "1000"):
            yield "F", ["fanout", handlers]
        for world in ("prl", "vix", "hcs", "vir", "libvirt"):
            yield "G", [world + "_world", "1000"]
        yield "G", ["prl_world", "100000", "1000"]
        yield "G", ["vir_world", "100000", "1000"]
        for who in ("prl", "vix", "hcs", "vir", "libvirt"):
            yield "G", ["world.py", who]
        for module in ("pyvjob", "pyvjob.prl", "libvirt"):
            yield "H", ["imports.py", module]
        yield "H", ["run.py"]

    def growth(self) -> Iterator[tuple[str, list[str]]]:
        """The same against size and against the number of client threads."""
        for size in (10**k for k in range(2, 7) if 10**k <= self.largest):
            yield "A", ["handles", str(size), "1"]
            yield "D", ["inflight", "vjob", str(size), "random"]
            yield "F", ["fanout", str(size)]
            yield "G", ["prl_world", str(size), "1000"]
            yield "G", ["vir_world", str(size), "1000"]
        for threads in (1, 2, 4, 8, 16, 32, 64):
            yield "A", ["handles", "1000", str(threads)]
            yield "B", ["jobs", "vjob", "clients", str(threads)]
            yield "G", ["prl_clients", str(threads)]

    def measure(self, command: list[str], repetition: int) -> None:
        pinned = command[0] == ONE_CPU
        command = command[pinned:]
        everywhere = os.sched_getaffinity(0)
        if pinned:  # the program inherits it
            os.sched_setaffinity(0, {min(everywhere)})
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, timeout=900, cwd=self.build
            )
        finally:
            os.sched_setaffinity(0, everywhere)
        name = " ".join([Path(word).name for word in command[:3]])
        if done.returncode == NOT_BUILT_IN:
            self.skipped.setdefault(name, "not installed")
        elif done.returncode:
            sys.exit(f"{name} ended with {done.returncode}:\n{done.stderr}")
        for line in done.stdout.splitlines():
            self.figures.add(json.loads(line), repetition)


def machine() -> dict[str, Any]:
    """What the figures depend on besides the programs."""
    compiler = output("cc", "--version") or ["cc"]
    model = [
        line.partition(":")[2].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    ]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "processor": model[0] if model else platform.machine(),
        "processors": len(os.sched_getaffinity(0)),
        "memory_gib": round(memory / 2**30, 1),
        "system": f"{platform.system()} {platform.release()}",
        "libc": " ".join(platform.libc_ver()),
        "compiler": " ".join(compiler[:4]),
        "python": platform.python_version(),
        "load": round(os.getloadavg()[0], 1),
    }


def as_json(bench: Bench, where: dict[str, Any], rows: list[dict[str, Any]]) -> str:
    everything = {
        "machine": where,
        "jobs": int(bench.jobs),
        "skipped": bench.skipped,
        "ratios": rows,
        "figures": bench.figures.as_json(),
    }
    return json.dumps(everything, indent=1) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rows", default="ABCDEFGH")
    parser.add_argument("--reps", type=int, default=5)
    parser.add_argument("--jobs", type=int, default=1_000_000, help="how many is many")
    parser.add_argument("--quick", action="store_true", help="no growth beyond 10,000")
    parser.add_argument("--smoke", action="store_true", help="only a look whether all of it runs")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--png", type=Path, help="growth curves; needs the extra `bench`")
    parser.add_argument("--build", type=Path, help="keep the programs there")
    args = parser.parse_args()
    folder = args.build or Path(tempfile.mkdtemp(prefix="pyvjob-bench-"))
    folder.mkdir(parents=True, exist_ok=True)
    if args.smoke:
        args.reps, args.jobs = 1, min(args.jobs, 1000)
        os.environ["BENCH_SHARE"] = "0.005"
    largest = 100 if args.smoke else 10_000 if args.quick else 1_000_000
    bench = Bench(folder.resolve(), args.jobs, largest)
    where = machine()
    if "G" in args.rows:
        found = "nothing here drives it yet" if shutil.which("vcsim") else "not installed"
        bench.skipped["vcsim"] = found
    try:
        bench.compile()
        for repetition in range(args.reps):
            for command in bench.commands(args.rows):
                bench.measure(command, repetition)
    except KeyboardInterrupt:
        print("interrupted: this is what was measured until then", file=sys.stderr)
    finally:
        if not args.build:
            shutil.rmtree(folder)
    print(bench.figures.table())
    print("\nmachine: " + ", ".join(f"{what} {value}" for what, value in where.items()))
    for name, why in sorted(bench.skipped.items()):
        print(f"skipped: {name}: {why}")
    rows = goals.verdicts(bench.figures, args.jobs)
    print("\n" + goals.table(rows))
    if args.json:
        args.json.write_text(as_json(bench, where, rows))
    if args.png:
        plot(bench.figures, args.png)
    return 0


if __name__ == "__main__":
    sys.exit(main())
