"""Breaks a copy of the engine on purpose, one law at a time, and expects the tests to notice.

    python tests/mutations.py            all of them
    python tests/mutations.py NAME...    some

A mutation is one edit of one line. The tests named with it must pass without the edit and fail with
it; that a program hangs, crashes or is stopped by the lock checker counts as noticed. The exit code
is 0 when every mutation was noticed.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LIMIT_S = 120


@dataclass(frozen=True)
class Mutation:
    name: str
    law: str  # what is broken
    file: str  # below csrc/
    old: str  # stands there exactly once
    new: str
    tests: tuple[str, ...]  # programs of tests/c and tests/stress


MUTATIONS = (
    Mutation(
        "drop-a-release",
        "a call gives back what it pinned",
        "core/handle.c",
        "    if (sl) drop_hold(s, sl, h);\n}\n\n/* The engine's own additions",
        "    (void)sl;\n}\n\n/* The engine's own additions",
        ("test_core_names",),
    ),
    Mutation(
        "skip-a-generation-check",
        "a stale handle is never another object",
        "core/handle.c",
        "return word >> GEN_SHIFT == (LIVE >> GEN_SHIFT) + gen && CLIENTS(word);",
        "return gen + 1 && (word & LIVE) && CLIENTS(word);",
        ("test_core_names", "test_core_slots"),
    ),
    Mutation(
        "deliver-after-unregister",
        "a handler does not start once its removal has returned",
        "core/channel.h",
        "        if (vjob__channel_may_call(round->channel, s->entry, round->number)) "
        "return &s->handler;\n",
        "        if (vjob__channel_may_call(round->channel, s->entry, round->number) || 1) "
        "return &s->handler;\n",
        ("test_core_channels",),
    ),
    Mutation(
        "deliver-what-was-not-wanted-any-more",
        "a handler does not start once its removal has returned, where handlers are asked",
        "core/channel.c",
        "        if (!__atomic_load_n(&e->removed, __ATOMIC_ACQUIRE)) "
        "ch->ops->deliver(ch->owner, handler, item);\n",
        "        ch->ops->deliver(ch->owner, handler, item);\n",
        ("test_core_channels", "test_prl_event", "stress_all"),
    ),
    Mutation(
        "wake-before-callbacks-in-vix",
        "VIX runs callbacks, then wakes waiters",
        "facade/vix/job.c",
        "    .flags = VJOB_KIND_WAKE_LATER,\n",
        "",
        ("test_vix_job", "stress_all"),
    ),
    Mutation(
        "hold-a-lock-in-a-callback",
        "no lock is held while user code runs",
        "core/channel.c",
        "        if (!__atomic_load_n(&e->removed, __ATOMIC_ACQUIRE)) "
        "ch->ops->deliver(ch->owner, handler, item);\n",
        "        pthread_mutex_lock(&ch->lock);\n"
        "        if (!__atomic_load_n(&e->removed, __ATOMIC_ACQUIRE)) "
        "ch->ops->deliver(ch->owner, handler, item);\n"
        "        pthread_mutex_unlock(&ch->lock);\n",
        ("test_core_channels",),
    ),
    Mutation(
        "lose-a-wake-up",
        "who waits is woken",
        "core/sched.c",
        "        if (!self || to_wake[i] != &self->wake) wake_now(to_wake[i]);\n",
        "        if ((!self || to_wake[i] != &self->wake) && (i || n > 1)) wake_now(to_wake[i]);\n",
        ("test_core_waits",),
    ),
    Mutation(
        "reuse-a-number",
        "no name is given out twice",
        "core/handle.c",
        "uint32_t gen = GEN(word), next = gen + 1;",
        "uint32_t gen = GEN(word), next = gen;",
        ("test_core_slots",),
    ),
    Mutation(
        "finish-twice",
        "a job ends once",
        "core/job.c",
        "    if (flags_of(job) & JOB_SETTLING) return;",
        "    if (flags_of(job) & 0) return;",
        ("test_core_jobs",),
    ),
    Mutation(
        "progress-back",
        "progress never goes back",
        "core/job.c",
        "    while (was < now &&\n",
        "    while (was != now &&\n",
        ("test_core_jobs",),
    ),
    Mutation(
        "ignore-fork",
        "every call in a forked child fails",
        "core/engine.c",
        "    __atomic_fetch_or(&vjob__state, STATE_FORKED, __ATOMIC_SEQ_CST);\n",
        "",
        ("test_core_engine", "test_prl_life"),
    ),
    Mutation(
        "a-name-after-the-end",
        "an API that was ended owes nothing",
        "core/handle.c",
        "    end_if_late(s, h);\n    *out_h = h;\n",
        "    *out_h = h;\n",
        ("test_core_names",),
    ),
    Mutation(
        "forget-to-undo",
        "what was cancelled half way is undone",
        "sim/operation.c",
        "    if (op->phase == SIM_RUNNING) undo(op);\n",
        "    if (op->phase == SIM_RUNNING && 0) undo(op);\n",
        ("test_sim_operation",),
    ),
)


class Copy:
    """The sources beside a build of them, both kept between mutations."""

    def __init__(self, folder: Path) -> None:
        self.source = folder / "source"
        self.build = folder / "build"
        shutil.rmtree(self.source, ignore_errors=True)
        leave = shutil.ignore_patterns("__pycache__", "build")
        for part in ("csrc", "tests"):
            shutil.copytree(ROOT / part, self.source / part, ignore=leave)
        shutil.copy(ROOT / "pyproject.toml", self.source)
        options = ["-DVJOB_DEV=ON", "-DVJOB_TESTS=ON"]
        if shutil.which("ninja"):
            options.append("-GNinja")
        if shutil.which("ccache"):
            options.append("-DCMAKE_C_COMPILER_LAUNCHER=ccache")
        self.run("cmake", "-S", self.source / "csrc", "-B", self.build, *options)

    def run(self, *command: object, limit_s: int | None = None) -> int:
        """The exit code; a command that takes too long counts as failed."""
        env = {**os.environ, "PYVJOB_TEST_SECONDS": "5"}
        words = [str(word) for word in command]
        with (self.source / "log").open("w") as log:
            try:
                return subprocess.run(
                    words, stdout=log, stderr=log, env=env, timeout=limit_s
                ).returncode
            except subprocess.TimeoutExpired:
                return -1

    def make(self, tests: tuple[str, ...]) -> None:
        jobs = str(os.cpu_count() or 2)
        command = ("cmake", "--build", self.build, "--parallel", jobs, "--target", *tests)
        if self.run(*command):
            sys.exit((self.source / "log").read_text() + "\nthe build failed")

    def failing(self, tests: tuple[str, ...]) -> list[str]:
        """Those of the programs that do not pass."""
        programs = [(test, self.build / "bin" / test) for test in tests]
        return [test for test, program in programs if self.run(program, limit_s=LIMIT_S)]

    def try_out(self, mutation: Mutation) -> list[str]:
        file = self.source / "csrc" / mutation.file
        whole = file.read_text()
        if whole.count(mutation.old) != 1:
            sys.exit(f"{mutation.name}: what it changes is not once in {mutation.file}")
        file.write_text(whole.replace(mutation.old, mutation.new))
        try:
            self.make(mutation.tests)
            return self.failing(mutation.tests)
        finally:
            file.write_text(whole)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--build", type=Path, default=ROOT / "build" / "mutations")
    args = parser.parse_args()
    known = {mutation.name: mutation for mutation in MUTATIONS}
    if unknown := set(args.names) - set(known):
        parser.error(f"no such mutation: {', '.join(sorted(unknown))}")
    chosen = [known[name] for name in args.names] or list(MUTATIONS)
    copy = Copy(args.build.resolve())
    tests = tuple(sorted({test for mutation in chosen for test in mutation.tests}))
    copy.make(tests)
    if broken := copy.failing(tests):
        sys.exit(f"these fail without any mutation: {', '.join(broken)}")
    missed = 0
    for mutation in chosen:
        noticed = copy.try_out(mutation)
        missed += not noticed
        by = "noticed by " + ", ".join(noticed) if noticed else "NOT NOTICED"
        print(f"{mutation.name:30} {mutation.law}: {by}", flush=True)
    return int(missed > 0)


if __name__ == "__main__":
    sys.exit(main())
