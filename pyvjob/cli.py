"""The command `pyvjob`: run a program against the simulator, print flags, tell what is served."""

from __future__ import annotations

import sys

_USAGE = """\
usage: pyvjob run [OPTIONS] PROGRAM [ARGS...]   run a .py, .c, .cpp or binary
       pyvjob config [OPTIONS] [FACADE]         compiler and linker flags
       pyvjob info [FACADE]                     what is served, and where it differs
       pyvjob link --prefix DIR [--remove]      links for programs with fixed load paths
       pyvjob COMMAND --help
"""


def main(argv: list[str] | None = None) -> int:
    """Exit code of the command."""
    words = sys.argv[1:] if argv is None else argv
    command, rest = (words[0], words[1:]) if words else ("", [])
    if command == "run":
        from ._run import main as run

        return run(rest)
    if command == "config":
        from ._config import main as config

        return config(rest)
    if command == "info":
        from ._info import main as info

        return info(rest)
    if command == "link":
        from ._link import main as link

        return link(rest)
    if command == "--version":
        from ._ffi import __version__

        print(f"pyvjob {__version__}")
        return 0
    if command in ("-h", "--help"):
        print(_USAGE, end="")
        return 0
    print(_USAGE, end="", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
