"""One command for all checks: `python tests/check.py [lint] [quick | default | all]`.

quick    C tests, Python tests that take seconds
rest     C tests under address+undefined and thread sanitizers, Python tests that take minutes,
         instructions of hot paths (needs valgrind)
default  quick and rest
all      default, C tests with clang and under valgrind, long stress and fuzz, every CPython found,
         and whether the tests notice an engine that is broken on purpose
lint     clang-format, ruff, mypy
NAME     one step, as the summary calls it: c_valgrind, fuzz, mutations ...

Run it with the Python of an environment where pyvjob is installed with its extra `test` (for lint:
`dev`). It installs nothing, except that `all` makes environments of its own below the build
folder. Every step runs although an earlier one failed; the exit code is 0 when all were good.
"""

from __future__ import annotations

import argparse
import os
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# As many as this process may use.
JOBS = str(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count())
PYTHONS = ("3.10", "3.11", "3.12", "3.13", "3.14")
VALGRIND = (
    "valgrind",
    "--quiet",
    "--fair-sched=yes",
    "--error-exitcode=99",
    "--leak-check=full",
    "--errors-for-leak-kinds=definite,possible",
    "--show-leak-kinds=definite,possible",
)


# Sanitizers cost enough: less time for the compiler, and lines for their reports.
LIGHT = ("-DCMAKE_BUILD_TYPE=Check", "-DCMAKE_C_FLAGS_CHECK=-O1 -g1")


class Failed(Exception):
    """A step's command ended with an error, or what it needs is missing."""


def find_python(name: str) -> str | None:
    """An interpreter that starts, on PATH or among pyenv's; a version manager's shim may not."""
    versions = Path.home().glob(f".pyenv/versions/*/bin/{name}")
    for path in filter(None, (shutil.which(name), *map(str, sorted(versions)))):
        if not subprocess.run([path, "--version"], capture_output=True).returncode:
            return path
    return None


def tools() -> list[str]:
    """What makes builds faster, where it is installed."""
    options = ["-GNinja"] if shutil.which("ninja") else []
    return [*options, "-DCMAKE_C_COMPILER_LAUNCHER=ccache"] if shutil.which("ccache") else options


class Checks:
    """The steps; each method is one, named as it is reported."""

    def __init__(self, build: Path, seconds: int) -> None:
        self.build = build
        # How long each stress and fuzz program may go on.
        self.seconds = seconds
        self.env = {**os.environ, "PYVJOB_TEST_SECONDS": str(seconds)}

    def run(self, *command: str | Path, cwd: Path = ROOT) -> None:
        words = [str(word) for word in command]
        print("$", shlex.join(words), flush=True)
        try:
            code = subprocess.run(words, cwd=cwd, env=self.env).returncode
        except FileNotFoundError:
            raise Failed(f"{words[0]} is not installed") from None
        if code:
            raise Failed(f"{words[0]} ended with {code}")

    # ---- C

    def c_tests(self, name: str, *options: str, launcher: Sequence[str] = ()) -> None:
        """Build csrc/ with its tests in a folder of its own and run them."""
        folder = self.build / name
        settings = ["-DVJOB_DEV=ON", "-DVJOB_TESTS=ON", f"-DVJOB_LAUNCHER={';'.join(launcher)}"]
        self.run("cmake", *tools(), "-S", "csrc", "-B", folder, *settings, *options)
        self.run("cmake", "--build", folder, "--parallel", JOBS)
        flags = ("--output-on-failure", "--no-tests=error", "--parallel", JOBS)
        self.run("ctest", *flags, cwd=folder)

    def c_plain(self) -> None:
        self.c_tests("plain")

    def c_address(self) -> None:
        self.c_tests("address", "-DVJOB_SANITIZE=address,undefined", *LIGHT)

    def c_thread(self) -> None:
        # The sanitizer of older compilers cannot live with much address space randomisation.
        fixed = ("setarch", "-R")
        # Containers may forbid the change; where there is no setarch, nobody can ask for it.
        allowed = shutil.which("setarch") and not subprocess.call([*fixed, "true"])
        # Leaving the process joins nobody: that is promised, and no leak.
        self.env["TSAN_OPTIONS"] = "report_thread_leaks=0 atexit_sleep_ms=0"
        launcher = fixed if allowed else ()
        self.c_tests("thread", "-DVJOB_SANITIZE=thread", *LIGHT, launcher=launcher)

    def c_clang(self) -> None:
        self.c_tests("clang", "-DCMAKE_C_COMPILER=clang")

    def c_valgrind(self) -> None:
        suppressions = ROOT / "tests" / "valgrind.supp"
        extra = [f"--suppressions={suppressions}"] if suppressions.exists() else []
        # Twenty times slower: fewer of the faults that are tried one by one, shorter stress.
        self.env["PYVJOB_TEST_STRIDE"] = "20"
        self.env["PYVJOB_TEST_SECONDS"] = str(min(self.seconds, 10))
        self.c_tests("valgrind", "-DVJOB_SLABS=OFF", launcher=(*VALGRIND, *extra))
        self.env["PYVJOB_TEST_SECONDS"] = str(self.seconds)

    def fuzz(self) -> None:
        """Each target of libFuzzer for a while, beginning with the kept corpus."""
        if not shutil.which("clang"):
            print("clang is not installed: the C tests run the kept corpus", flush=True)
            return
        folder, seconds = self.build / "fuzz", self.env["PYVJOB_TEST_SECONDS"]
        options = ["-DCMAKE_C_COMPILER=clang", "-DVJOB_TESTS=ON", "-DVJOB_FUZZ=ON"]
        options += ["-DVJOB_SANITIZE=address,undefined", *LIGHT, *tools()]
        self.run("cmake", "-S", "csrc", "-B", folder, *options)
        targets = sorted(path.stem for path in (ROOT / "tests" / "fuzz").glob("target_*.c"))
        self.run("cmake", "--build", folder, "--parallel", JOBS, "--target", *targets)
        failed = []
        for target in targets:
            found = folder / "found" / target  # what is new stays there
            found.mkdir(parents=True, exist_ok=True)
            kept = ROOT / "tests" / "fuzz" / "corpus" / target
            limits = ("-timeout=25", "-rss_limit_mb=4096", "-max_len=4096")
            command = (folder / "bin" / target, f"-max_total_time={seconds}", *limits, found, kept)
            try:
                self.run(*command, cwd=folder)
            except Failed as failure:
                failed.append(str(failure))
        if failed:
            raise Failed("; ".join(failed))

    def mutations(self) -> None:
        """The tests must notice what is broken on purpose."""
        build = ("--build", self.build / "mutations")
        self.run(sys.executable, ROOT / "tests" / "mutations.py", *build)

    def instructions(self) -> None:
        """Hot paths of the installed package must not cost more than they did."""
        self.run(sys.executable, ROOT / "bench" / "guard.py")

    # ---- Python

    def pytest(self, python: str | Path, *words: str) -> None:
        # From tests/: at the top, `-m` would find the sources in place of what is installed.
        self.run(python, "-m", "pytest", "-q", *words, ".", cwd=ROOT / "tests")

    def python_quick(self) -> None:
        self.pytest(sys.executable, "-m", "not slow")

    def python_slow(self) -> None:
        self.pytest(sys.executable, "-m", "slow")

    def python_each(self) -> None:
        """One wheel must serve every CPython on this machine: the others than python_quick's.

        Long runs are left to that.
        """
        self.env["PYVJOB_TEST_SECONDS"] = str(min(self.seconds, 2))
        wheels = self.build / "wheel"
        shutil.rmtree(wheels, ignore_errors=True)
        self.run(sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", wheels, ".")
        (wheel,) = wheels.glob("*.whl")
        failed = []
        for version in PYTHONS:
            name = "python" + version
            python = find_python(name)
            if not python or version == f"{sys.version_info.major}.{sys.version_info.minor}":
                print(f"{name}: {'python_quick has it' if python else 'not found'}", flush=True)
                continue
            folder = self.build / name
            try:
                self.run(python, "-m", "venv", "--clear", folder)
                self.run(folder / "bin/python", "-m", "pip", "install", "-q", f"{wheel}[test]")
                self.pytest(folder / "bin/python", "-m", "not slow")
            except Failed as failure:
                failed.append(str(failure))
        self.env["PYVJOB_TEST_SECONDS"] = str(self.seconds)
        if failed:
            raise Failed("; ".join(failed))

    # ---- form

    def lint_c(self) -> None:
        folders = ("csrc", "tests", "examples", "bench")
        files = [f for folder in folders for f in (ROOT / folder).rglob("*.[ch]")]
        # Headers below api/ are templates, not yet C.
        files = [f for f in files if "api" not in f.parts]
        self.run("clang-format", "--dry-run", "--Werror", *files)

    def lint_python(self) -> None:
        self.run(sys.executable, "-m", "ruff", "check", ".")

    def types(self) -> None:
        self.run(sys.executable, "-m", "mypy")


Step = Callable[[Checks], None]
QUICK: tuple[Step, ...] = (Checks.c_plain, Checks.python_quick)
REST: tuple[Step, ...] = (
    Checks.c_address,
    Checks.c_thread,
    Checks.python_slow,
    Checks.instructions,
)
DEFAULT: tuple[Step, ...] = (*QUICK, *REST)
LEVELS: dict[str, tuple[Step, ...]] = {
    "lint": (Checks.lint_c, Checks.lint_python, Checks.types),
    "quick": QUICK,
    "rest": REST,
    "default": DEFAULT,
    "all": (
        *DEFAULT,
        Checks.c_clang,
        Checks.c_valgrind,
        Checks.fuzz,
        Checks.python_each,
        Checks.mutations,
    ),
}


def main(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("levels", nargs="*", metavar="LEVEL", help=" | ".join(LEVELS))
    parser.add_argument("--seconds", type=int, help="of each stress and fuzz program")
    parser.add_argument("--build", type=Path, default=ROOT / "build" / "check")
    args = parser.parse_args(argv)
    levels: list[str] = args.levels or ["default"]
    single = {step.__name__: (step,) for steps in LEVELS.values() for step in steps}
    known = {**single, **LEVELS}
    if unknown := set(levels) - set(known):
        parser.error(f"no such level: {', '.join(sorted(unknown))}")
    # The environment's own programs (clang-format) come first, activated or not.
    here = str(Path(sys.executable).parent)
    os.environ["PATH"] = here + os.pathsep + os.environ["PATH"]

    seconds = args.seconds or (60 if {"all", "fuzz"} & set(levels) else 2)
    checks = Checks(args.build.resolve(), seconds)
    results: list[tuple[str, float, str]] = []
    for step in dict.fromkeys(step for level in levels for step in known[level]):
        print(f"\n==== {step.__name__}", flush=True)
        started = time.monotonic()
        try:
            step(checks)
            outcome = "ok"
        except Failed as failure:
            outcome = f"FAILED: {failure}"
        results.append((step.__name__, time.monotonic() - started, outcome))

    print("\n==== summary")
    for name, took, outcome in results:
        print(f"{name:14} {took:6.1f} s  {outcome}")
    return int(any(outcome != "ok" for _, _, outcome in results))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
