"""Count the instructions of ten hot paths under callgrind and compare them with guard.json.

    python bench/guard.py [--write]     exit code 1 when one has risen by more than 10 percent

Counts do not depend on how busy the machine is, but on the compiler: only those of the same major
version are compared. `--write` makes what is measured now the new baseline.
"""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
BASELINE = HERE / "guard.json"
TIMES = 2000  # as N in guard.c
RISE = 1.10


def output(*command: str, folder: Path) -> str:
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder)
    if done.returncode:
        sys.exit(f"{shlex.join(command)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


def compiler(folder: Path) -> str:
    version = output("cc", "-dumpfullversion", "-dumpversion", folder=folder).strip()
    return version.split(".")[0]


def count(folder: Path) -> dict[str, int]:
    """Instructions for one turn of each path, with all that it calls."""
    flags = output(
        sys.executable, "-m", "pyvjob", "config", "--cflags", "--libs", "prl", folder=folder
    )
    source = str(HERE / "c" / "guard.c")
    output("cc", "-O2", "-g", "-o", "guard", source, *shlex.split(flags), "-lvjob", folder=folder)
    profile = "callgrind.out"
    tool = ("valgrind", "--tool=callgrind", "--fair-sched=yes", "--toggle-collect=path_*")
    output(*tool, f"--callgrind-out-file={profile}", "./guard", folder=folder)
    table = output(
        "callgrind_annotate", "--inclusive=yes", "--threshold=100", profile, folder=folder
    )
    found = re.findall(r"^\s*([\d,]+) .*guard\.c:path_(\w+)", table, re.MULTILINE)
    return {name: round(int(total.replace(",", "")) / TIMES) for total, name in found}


def main() -> int:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        version, counts = compiler(folder), count(folder)
    if "--write" in sys.argv[1:]:
        text = json.dumps({"compiler": version, "instructions": counts}, indent=1, sort_keys=True)
        BASELINE.write_text(text + "\n")
        return 0
    known = json.loads(BASELINE.read_text())
    same = known["compiler"] == version
    if not same:
        print(f"compiler {version}, the baseline is of {known['compiler']}: shown, not compared")
    risen = 0
    for path, before in known["instructions"].items():
        now = counts.get(path, 0)
        bad = now == 0 or (same and now > before * RISE)
        risen += bad
        print(f"{path:18} {before:6} -> {now:6}{'  RISEN' if bad else ''}")
    return int(risen > 0)


if __name__ == "__main__":
    sys.exit(main())
