"""Programs in the manner of those that are written for VIX, unchanged, in C and in C++.

Each is run once as C and once as C++ and prints what the text file beside it says; it leaves no
handle behind. What they do is at their top.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest
from test_examples import WARNINGS, run
from test_vix_headers import rows

from pyvjob import cli

PROGRAMS = Path(__file__).resolve().parent / "programs" / "vix"
ARGUMENTS = {"poweron": ["[standard] WindowsXP/WindowsXP.vmx"], "rungp": ["fetched.txt"]}
SOURCES = sorted([*PROGRAMS.glob("*.c"), *PROGRAMS.glob("*.cpp")])
OWED = {
    "host": 'vjob: still held at exit: VIX_HANDLETYPE_HOST "localhost" (1 reference)\n',
    "vm": 'vjob: still held at exit: VIX_HANDLETYPE_VM "WindowsXP" (1 reference)\n',
    "job": 'vjob: still held at exit: VIX_HANDLETYPE_JOB "VixVM_Open" (1 reference)\n',
}


def source_as(source: Path, suffix: str, folder: Path) -> Path:
    return Path(shutil.copy(source, folder / (source.stem + suffix)))


def languages(source: Path) -> list[str]:
    return [".c", ".cpp"] if source.suffix == ".c" else [".cpp"]


@pytest.mark.parametrize(
    ("source", "suffix"),
    [
        pytest.param(source, suffix, id=source.stem + suffix)
        for source in SOURCES
        for suffix in languages(source)
        if source.stem != "concepts"
    ],
)
def test_programs(source: Path, suffix: str, tmp_path: Path) -> None:
    program = source_as(source, suffix, tmp_path)
    command = ("pyvjob", "run", "--clock", "auto", "--leaks", program)
    out = run(*command, *ARGUMENTS.get(source.stem, []), cwd=tmp_path, **WARNINGS)
    assert out == source.with_suffix(".txt").read_text()


@pytest.mark.parametrize("suffix", [".c", ".cpp"])
def test_concepts_tell_what_is_owed(suffix: str, tmp_path: Path) -> None:
    """What the program never releases is listed, and nothing else."""
    source = PROGRAMS / "concepts.c"
    program = source_as(source, suffix, tmp_path)
    command = ("pyvjob", "run", "--clock", "auto", "--leaks", program)
    out = run(*command, silent=False, **WARNINGS)
    assert out == source.with_suffix(".txt").read_text() + OWED["host"] + OWED["vm"]

    text = program.read_text()
    released = text.replace(
        "abort:\n",
        "abort:\n    Vix_ReleaseHandle(vm_of_callback);\n    VixHost_Disconnect(host);\n",
    ).replace("static void opened", "static VixHandle vm_of_callback;\n\nstatic void opened")
    released = released.replace(
        '    printf("%s: %s\\n"', '    vm_of_callback = vm;\n    printf("%s: %s\\n"'
    )
    program.write_text(released)
    assert run(*command, **WARNINGS) == source.with_suffix(".txt").read_text()


@pytest.mark.parametrize("clock", ["auto", "real"])
@pytest.mark.parametrize("suffix", [".c", ".cpp"])
def test_concepts_may_end_with_the_open_in_flight(suffix: str, clock: str, tmp_path: Path) -> None:
    program = source_as(PROGRAMS / "concepts.c", suffix, tmp_path)
    command = ("pyvjob", "run", "--clock", clock, "--leaks", program, "leave")
    out = run(*command, silent=False, **WARNINGS)
    lines = set(out.splitlines(keepends=True))
    assert {OWED["host"], OWED["job"]} <= lines
    # The open may have ended in the last moment; then its callback has been called.
    assert lines - {OWED["host"], OWED["job"]} <= {OWED["vm"], "the context: a machine\n"}


# ---- clients in ABI mode -------------------------------------------------------------------------

ABI = PROGRAMS / "abi"


@pytest.mark.parametrize("client", ["ctypes", "cffi"])
def test_clients_call_every_function(client: str, tmp_path: Path) -> None:
    """By an absolute path, with prototypes of their own: the table of results is theirs."""
    assert cli.main(["link", "--prefix", str(tmp_path)]) == 0
    library = tmp_path / "lib" / "libvixAllProducts.so"
    program = ABI / f"client_{client}.py"
    out = run(sys.executable, program, library, VJOB_CLOCK="auto", LD_LIBRARY_PATH="")
    *table, called = out.splitlines(keepends=True)
    assert "".join(table) == (ABI / "functions.txt").read_text()
    assert called.split() == sorted(row["name"] for row in rows("functions"))


def test_an_exception_on_a_thread_of_the_library_ends_the_program(tmp_path: Path) -> None:
    """Nobody is there to catch it; it is not swallowed."""
    program = PROGRAMS / "throwing.cpp"
    command = ("pyvjob", "run", "--clock", "auto", program, "thread")
    assert run(*command, code=3, **WARNINGS) == "terminated\n"
