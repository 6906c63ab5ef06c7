"""`pyvjob run`: a program with the simulator around it.

C and C++ sources are compiled into a temporary folder, with the flags of those facades whose
headers they include. The program runs as a child; its exit code is ours, and 128 + n after a
signal n, as a shell has it.

Neither subprocess nor tempfile is used: to import them takes as long as the rest of this.
"""

from __future__ import annotations

import os
import re
import sys

from ._config import FACADES, NotBuilt, flags, libdir, pythonpath

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

_COMPILERS = {
    ".c": ("CC", "cc", "CFLAGS"),
    ".cc": ("CXX", "c++", "CXXFLAGS"),
    ".cpp": ("CXX", "c++", "CXXFLAGS"),
    ".cxx": ("CXX", "c++", "CXXFLAGS"),
}
# Option -> environment variable that the engine reads.
_VARIABLES = {
    "inventory": "VJOB_INVENTORY",
    "clock": "VJOB_CLOCK",
    "seed": "VJOB_SEED",
    "fidelity": "VJOB_FIDELITY",
    "trace": "VJOB_TRACE",
}
_BAD_PROGRAM = 2


def main(argv: list[str]) -> int:
    import argparse

    parser = argparse.ArgumentParser(
        prog="pyvjob run", description="Run a program against the simulated hypervisor."
    )
    parser.add_argument("--inventory", metavar="F", help="the world: a JSON file")
    parser.add_argument("--clock", metavar="SPEC", help="real, auto, or xN for N times real")
    parser.add_argument("--seed", metavar="N", help="decides ids, latency and faults")
    parser.add_argument("--fidelity", choices=("faithful", "ideal"))
    parser.add_argument("--trace", metavar="F", help="write the event log here")
    parser.add_argument("--leaks", action="store_true", help="list handles left at exit")
    parser.add_argument("program", metavar="PROGRAM", help=".py, .c, .cpp, or a binary")
    parser.add_argument("args", metavar="ARGS", nargs=argparse.REMAINDER)
    options = parser.parse_args(argv)

    environment = dict(os.environ)
    for option, variable in _VARIABLES.items():
        if getattr(options, option) is not None:
            environment[variable] = getattr(options, option)
    if options.leaks:
        environment["VJOB_LEAKS"] = "1"
    # For programs that load a library by its name while they run.
    paths = [libdir(), environment.get("LD_LIBRARY_PATH", "")]
    environment["LD_LIBRARY_PATH"] = os.pathsep.join(path for path in paths if path)

    # For scripts that import a vendor's package; one of the user's own comes first.
    paths = [environment.get("PYTHONPATH", ""), pythonpath()]
    environment["PYTHONPATH"] = os.pathsep.join(path for path in paths if path)

    if not os.path.exists(options.program):
        print(f"pyvjob run: there is no file {options.program}", file=sys.stderr)
        return _BAD_PROGRAM
    suffix = os.path.splitext(options.program)[1]
    if suffix in _COMPILERS:
        return _compile_and_run(options.program, suffix, options.args, environment)
    if suffix == ".py":
        return _run([sys.executable, options.program, *options.args], environment)
    return _run([os.path.abspath(options.program), *options.args], environment)


def _compile_and_run(
    program: str, suffix: str, args: list[str], environment: dict[str, str]
) -> int:
    folder = _new_folder()
    try:
        binary = os.path.join(folder, os.path.basename(program)[: -len(suffix)])
        if not _compile(program, suffix, binary):
            return _BAD_PROGRAM
        return _run([binary, *args], environment)
    finally:
        _remove(folder)


def _new_folder() -> str:
    """A temporary folder that nobody else can look into."""
    above = os.environ.get("TMPDIR", "")
    while True:
        path = os.path.join(
            above if os.path.isdir(above) else "/tmp", f"pyvjob-{os.urandom(6).hex()}"
        )
        try:
            os.mkdir(path, 0o700)
        except FileExistsError:
            continue
        return path


def _remove(folder: str) -> None:
    try:
        for name in os.listdir(folder):
            os.unlink(os.path.join(folder, name))
        os.rmdir(folder)
    except OSError:  # the program has put more than files beside itself
        from shutil import rmtree

        rmtree(folder, ignore_errors=True)


def _compile(program: str, suffix: str, binary: str) -> bool:
    """True if it worked; the compiler has said on stderr what is wrong."""
    import shlex

    variable, default, flag_variable = _COMPILERS[suffix]
    compiler = shlex.split(os.environ.get(variable) or default)
    try:
        cflags, libs = flags_for(program)
    except NotBuilt as missing:
        print(f"pyvjob run: {missing}", file=sys.stderr)
        return False
    own = shlex.split(os.environ.get(flag_variable, "-g"))
    command = [*compiler, *own, *cflags, program, "-o", binary, *libs, "-pthread"]
    try:
        return not os.waitpid(_start(command, os.environ), 0)[1]
    except FileNotFoundError:
        what = f"pyvjob run: there is no compiler {compiler[0]}: apt install build-essential"
        print(what, file=sys.stderr)
        return False


def flags_for(program: str) -> tuple[list[str], list[str]]:
    """Compiler and linker flags for the headers that a source file includes."""
    own_folder = os.path.dirname(os.path.abspath(program))
    names = [n for n in _includes(program) if not os.path.exists(os.path.join(own_folder, n))]
    cflags, libs = flags()
    common = _folders(cflags)
    names += _forwarded(names, common)
    for facade in FACADES:
        try:
            more_cflags, more_libs = flags(facade)
        except NotBuilt:
            continue
        folders = _folders(more_cflags) - common
        # <prl/Parallels.h> is found through the common folder, <Parallels.h> through its own.
        if any(_is_in(name, folders) or name.startswith(facade + "/") for name in names):
            cflags += [flag for flag in more_cflags if flag not in cflags]
            libs = [*(flag for flag in more_libs if flag not in libs), *libs]
    return cflags, libs


def _includes(path: str) -> list[str]:
    with open(path, encoding="utf-8", errors="replace") as file:
        return re.findall(r'^[ \t]*#[ \t]*include[ \t]*[<"]([^>"]+)', file.read(), re.MULTILINE)


def _forwarded(names: list[str], common: set[str]) -> list[str]:
    """What <vmware-vix/vix.h> and the like lead to: "../vix/vix.h" becomes vix/vix.h."""
    found = []
    for name in names:
        for folder in common:
            path = os.path.join(folder, name)
            if os.path.isfile(path):
                beside = os.path.dirname(name)
                found += [os.path.normpath(os.path.join(beside, n)) for n in _includes(path)]
    return found


def _folders(cflags: list[str]) -> set[str]:
    return {flag[2:] for flag in cflags if flag.startswith("-I")}


def _is_in(name: str, folders: set[str]) -> bool:
    return any(os.path.exists(os.path.join(folder, name)) for folder in folders)


def _start(command: list[str], environment: Mapping[str, str]) -> int:
    """Start a program; the number of its process."""
    import signal

    ours = (signal.SIGPIPE, signal.SIGXFSZ)  # Python ignores these; a program of its own must not
    return os.posix_spawnp(command[0], command, environment, setsigdef=ours)


def _run(command: list[str], environment: dict[str, str]) -> int:
    import signal

    sys.stdout.flush()
    try:
        child = _start(command, environment)
    except OSError as error:
        print(f"pyvjob run: {command[0]}: {error.strerror}", file=sys.stderr)
        return _BAD_PROGRAM
    # Ctrl-C reaches the child by itself, and it is the child's to answer; others are passed on.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    passed_on = (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
    for number in passed_on:
        signal.signal(number, lambda number, _: os.kill(child, number))
    os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
    for number in passed_on:  # once the child is waited for, its number may be another's
        signal.signal(number, signal.SIG_IGN)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return 128 - code if code < 0 else code
