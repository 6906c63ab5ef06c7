"""Compiler and linker flags for C programs: what `pyvjob config` prints.

The installed pkg-config files are the one list of libraries and include folders; this module
reads them, so that `pyvjob config` also works where pkg-config is not installed. It imports
nothing of the package: build_ext.py runs it before the package exists.
"""

from __future__ import annotations

import os

FACADES = ("prl", "vix", "hcs", "vir")
_HERE = os.path.dirname(os.path.abspath(__file__))


class NotBuilt(Exception):
    """The library asked for is not part of this installation."""


def libdir() -> str:
    return os.path.join(_HERE, "lib")


def includedir() -> str:
    return os.path.join(_HERE, "include")


def pkgconfigdir() -> str:
    return os.path.join(libdir(), "pkgconfig")


def libvirtdir() -> str:
    """A folder for PKG_CONFIG_PATH in which `libvirt` means this package's library."""
    return os.path.join(libdir(), "vjob-libvirt")


def cmakedir() -> str:
    """The folder for CMAKE_PREFIX_PATH or vjob_DIR."""
    return os.path.join(libdir(), "cmake", "vjob")


def _read(package: str, folder: str) -> dict[str, list[str]]:
    """The fields of a .pc file as lists of words, with variables replaced."""
    variables = {"pcfiledir": folder}
    fields: dict[str, list[str]] = {}

    def expand(text: str) -> str:
        for name, value in variables.items():
            text = text.replace("${" + name + "}", value)
        return text

    try:
        with open(os.path.join(folder, package + ".pc"), encoding="utf-8") as file:
            lines = file.read().splitlines()
    except FileNotFoundError:
        raise NotBuilt(f"{package} is not part of this installation ({folder})") from None
    for line in lines:
        name, colon, value = line.partition(":")
        if colon and name.isalpha():
            # Words are split before variables are replaced: folders may hold spaces.
            fields[name] = [os.path.normpath(expand(word)) for word in value.split()]
        elif "=" in line:
            name, _, value = line.partition("=")
            variables[name] = os.path.normpath(expand(value))
    return fields


def pythonpath() -> str:
    """Where packages are that scripts import by a vendor's name."""
    return os.path.join(os.path.dirname(os.path.abspath(__file__)), "compat")


def flags(facade: str = "", lib: str | None = None) -> tuple[list[str], list[str]]:
    """(compiler flags, linker flags) for a facade, or for the native API if `facade` is empty.

    `lib` is the installation's library folder. Raises NotBuilt.
    """
    lib = lib or libdir()
    cflags: list[str] = []
    libs: list[str] = []
    wanted = ["vjob-" + facade if facade else "vjob"]
    while wanted:
        fields = _read(wanted.pop(), os.path.join(lib, "pkgconfig"))
        cflags += [flag for flag in fields.get("Cflags", ()) if flag not in cflags]
        libs += [flag for flag in fields.get("Libs", ()) if flag not in libs]
        wanted += fields.get("Requires", ())
    return cflags, libs


def main(argv: list[str]) -> int:
    """`pyvjob config`: what was asked for, in that order, on one line quoted for a shell."""
    import argparse
    import shlex
    import sys

    parser = argparse.ArgumentParser(
        prog="pyvjob config",
        description="Print what C programs need to be compiled and linked. "
        "Put the sources first: cc x.c $(pyvjob config --cflags --libs prl)",
    )
    for option, text in (
        ("cflags", "compiler flags"),
        ("libs", "linker flags (-L, -l and -Wl,-rpath)"),
        ("includedir", "folder of the headers"),
        ("libdir", "folder of the libraries"),
        ("pkgconfigdir", "folder of the pkg-config files"),
        ("cmakedir", "folder of the CMake package"),
        ("libvirtdir", "folder for PKG_CONFIG_PATH in which libvirt is this package's"),
        ("pythonpath", "folder of Python packages under vendors' names (prlsdkapi)"),
    ):
        parser.add_argument(
            "--" + option, dest="wanted", action="append_const", const=option, help=text
        )
    parser.add_argument(
        "facade", nargs="?", choices=FACADES, help="default: the native API, vjob/vjob.h"
    )
    args = parser.parse_args(argv)
    if not args.wanted:
        parser.error("say what to print, for example --cflags --libs")

    try:
        cflags, libs = flags(args.facade or "")
    except NotBuilt as missing:
        print(f"pyvjob config: {missing}", file=sys.stderr)
        return 1
    answers = {
        "cflags": cflags,
        "libs": libs,
        "includedir": [includedir()],
        "libdir": [libdir()],
        "pkgconfigdir": [pkgconfigdir()],
        "cmakedir": [cmakedir()],
        "libvirtdir": [libvirtdir()],
        "pythonpath": [pythonpath()],
    }
    words = [word for option in args.wanted for word in answers[option]]
    print(" ".join(shlex.quote(word) for word in words))
    return 0
