"""Programs in the manner of code written for the real library: compiled, run, compared.

Each is of another kind: a daemon's driver, a command line tool, the guide's samples, plug-ins that
open the library, monitors that sleep, pollers, servers with many threads. They print what went
wrong, then "fine".
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT

PROGRAMS = ROOT / "tests" / "programs" / "prl"
WARNINGS = ["-g", "-Wall", "-Wextra", "-Wpedantic", "-Werror"]
# What each prints in the built-in world, with the automatic clock.
EXPECTED = {
    "callbacks.cpp": "fine\n",
    "control.cpp": """\
WindowsXP  stopped\x20
debian     running with tools
fedora     stopped\x20
start: The operation failed: VM "fedora" is running; start needs a stopped, paused or suspended VM
stop: The virtual machine fedora is not running: it is stopped.
exec: exit code 3
fine
""",
    "definer.c": "snapshots: done\nfine\n",
    "describer.c": """\
host localhost: 16 cpus, 65536 MB, 1 adapters
machine WindowsXP: 1 cpus, 512 MB, state 0x30000001
disk 0 at 0, bus 0, emulation 1
adapter "" in "default", gateway "", dhcp 0
addresses
dns
display mode 0, port 0
machine debian: 2 cpus, 1024 MB, state 0x30000004
disk 0 at 0, bus 3, emulation 1
adapter "" in "default", gateway "", dhcp 0
addresses
dns
display mode 0, port 0
machine fedora: 1 cpus, 2048 MB, state 0x30000001
disk 0 at 0, bus 0, emulation 1
adapter "" in "default", gateway "", dhcp 0
addresses
dns
display mode 0, port 0
container web: 2 cpus, 256 MB, state 0x30000001
disk 0 at 0, bus 0, emulation 1
mounted at /
adapter "veth7" in "default", gateway "192.168.7.1", dhcp 0
addresses 192.168.7.2/255.255.255.0 fd00::2/64
dns 192.168.7.53
display mode 1, port 0
fine
""",
    "driver.c": """\
domain WindowsXP: 1 cpus, 512 MB, 1 disks, state 0x30000001
domain debian: 2 cpus, 1024 MB, 1 disks, state 0x30000004
domain fedora: 1 cpus, 2048 MB, 1 disks, state 0x30000001
power: done
removed
fine
""",
    "guide.cpp": """\
logged in, server id has 38 characters
the same handle as before
it is running
start again: PRL_ERR_FAILURE (The operation failed.)
it is suspended
it is paused
it is stopped
fine
""",
    "opened.c": "WindowsXP debian fedora\n" * 3 + "fine\n",
    "polling.c": """\
login: PRL_ERR_SUCCESS
find: PRL_ERR_SUCCESS
start: PRL_ERR_SUCCESS
pause: PRL_ERR_SUCCESS
continue: PRL_ERR_SUCCESS
suspend: PRL_ERR_SUCCESS
logoff: PRL_ERR_SUCCESS
fine
""",
    "repeat.c": "fine\n",
    "sleeping.c": "samples came, moving yes, states 4, jobs 4\n",
    "storm.c": "3 machines, 2 started, 2 told\n",
    "threads.c": "fine\n",
}


def flags() -> list[str]:
    """What `pyvjob config` says is enough."""
    pyvjob = Path(sys.executable).parent / "pyvjob"
    command = [str(pyvjob), "config", "--cflags", "--libs", "prl"]
    return shlex.split(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def libdir() -> str:
    pyvjob = Path(sys.executable).parent / "pyvjob"
    command = [str(pyvjob), "config", "--libdir"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def build(source: Path, folder: Path) -> Path:
    """Compile a program; those that load the library while they run are not linked with it."""
    name = source.stem
    compiler = ["c++", "-std=c++11"] if source.suffix == ".cpp" else ["cc", "-std=gnu99"]
    words = flags()
    if name in ("guide", "opened"):
        words = [word for word in words if word != "-lprl_sdk"]
    defines = ["-DDYN_API_WRAP"] if name == "guide" else []
    program = folder / name
    command = [
        *compiler,
        *WARNINGS,
        *defines,
        str(source),
        *words,
        "-ldl",
        "-lpthread",
        "-o",
        str(program),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert not done.returncode, done.stderr
    assert not done.stderr
    return program


def run(program: Path, *args: str, **env: str) -> str:
    clean = {k: v for k, v in os.environ.items() if not k.startswith("VJOB_")}
    clean.update({"VJOB_CLOCK": "auto", "VJOB_SEED": "1"}, **env)
    done = subprocess.run(
        [str(program), *args],
        env=clean,
        capture_output=True,
        text=True,
        timeout=120,
        cwd=program.parent,
    )
    assert done.returncode == 0, f"{done.returncode}\n{done.stdout}{done.stderr}"
    assert not done.stderr
    return done.stdout


needs_compilers = pytest.mark.skipif(
    not (shutil.which("cc") and shutil.which("c++")), reason="needs a C and a C++ compiler"
)


def test_every_program_is_expected() -> None:
    assert {path.name for path in PROGRAMS.iterdir() if path.suffix != ".h"} == set(EXPECTED)


@needs_compilers
@pytest.mark.parametrize("name", EXPECTED)
def test_program(name: str, tmp_path: Path) -> None:
    program = build(PROGRAMS / name, tmp_path)
    # What opens the library by name needs a path to it, as it does where the real one is installed.
    opens = {"LD_LIBRARY_PATH": libdir()} if name in ("guide.cpp", "opened.c") else {}
    assert run(program, **opens) == EXPECTED[name]


@needs_compilers
def test_ways_to_wait_leave_the_same_log(tmp_path: Path) -> None:
    program = build(PROGRAMS / "repeat.c", tmp_path)
    logs = []
    for way in ("wait", "wait", "short"):
        trace = tmp_path / f"{len(logs)}.log"
        assert run(program, way, VJOB_TRACE=str(trace)) == "fine\n"
        logs.append(trace.read_bytes())
    assert logs[0]
    assert logs[0] == logs[1] == logs[2]
    for way in ("status", "naps", "look"):
        assert run(program, way) == "fine\n"


@needs_compilers
def test_a_storm_of_machines(tmp_path: Path) -> None:
    world = {
        "hosts": [
            {
                "name": "big",
                "cpus": 64,
                "memory_mb": 1 << 20,
                "vms": [{"name": "m", "count": 500, "memory_mb": 16}],
            }
        ]
    }
    inventory = tmp_path / "storm.json"
    inventory.write_text(json.dumps(world))
    program = build(PROGRAMS / "storm.c", tmp_path)
    assert run(program, VJOB_INVENTORY=str(inventory)) == "500 machines, 500 started, 500 told\n"
