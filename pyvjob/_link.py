"""`pyvjob link`: links where programs with a fixed path look for a library.

Such programs load, say, /usr/lib/libvixAllProducts.so. The library finds libvjob.so beside the
name by which it was loaded, so each folder gets a link to that, too. All links lead to one file:
a process that loads several of them, and Python's own copy, has one library and one world.
"""

from __future__ import annotations

import os
import sys

from ._config import libdir

# Folder below the prefix, name of the link, library.
PLACES = (
    ("lib", "libvixAllProducts.so", "libvixAllProducts.so"),
    ("lib", "libvix.so", "libvixAllProducts.so"),
    ("lib", "libvjob.so", "libvjob.so"),
    ("lib/vmware-vix", "libvixAllProducts.so", "libvixAllProducts.so"),
    ("lib/vmware-vix", "libvjob.so", "libvjob.so"),
)


def _is_ours(link: str, target: str) -> bool:
    """A link to this installation, or to one that is gone."""
    if not os.path.islink(link):
        return False
    leads = os.path.join(os.path.dirname(link), os.readlink(link))
    if os.path.exists(leads):
        return os.path.samefile(leads, target)
    tail = os.path.join("pyvjob", "lib", os.path.basename(target))
    return os.path.normpath(leads).endswith(os.sep + tail)


def _make(links: list[tuple[str, str]]) -> int:
    for _, target in links:
        if not os.path.exists(target):
            print(f"pyvjob link: this installation lacks {target}", file=sys.stderr)
            return 1
    foreign = [one for one, target in links if os.path.lexists(one) and not _is_ours(one, target)]
    for link in foreign:
        print(f"pyvjob link: {link} is there already, and not ours", file=sys.stderr)
    if foreign:
        return 1
    for link, target in links:
        os.makedirs(os.path.dirname(link), exist_ok=True)
        # Never a moment without the library for those who use it: a new link takes its place.
        new = f"{link}.{os.getpid()}"
        os.symlink(target, new)
        os.replace(new, link)
        print(f"{link} -> {target}")
    return 0


def _remove(links: list[tuple[str, str]]) -> int:
    for link, target in links:
        if _is_ours(link, target):
            os.unlink(link)
            print(f"{link} removed")
        elif os.path.lexists(link):
            print(f"pyvjob link: {link} stays: it is not ours", file=sys.stderr)
    # Folders in which nothing is left: the lower one first.
    for folder in sorted({os.path.dirname(link) for link, _ in links}, reverse=True):
        try:
            os.rmdir(folder)
        except OSError:
            continue  # something else is in it, or it is not there
    return 0


def main(argv: list[str]) -> int:
    import argparse

    parser = argparse.ArgumentParser(
        prog="pyvjob link",
        description="Put links to the VIX library where programs with fixed paths load it from: "
        "DIR/lib and DIR/lib/vmware-vix. Other people's files are never overwritten.",
    )
    parser.add_argument("--prefix", metavar="DIR", required=True, help="for example /usr")
    parser.add_argument("--remove", action="store_true", help="take these links away again")
    options = parser.parse_args(argv)
    prefix = os.path.abspath(options.prefix)
    links = [
        (os.path.join(prefix, folder, name), os.path.join(libdir(), library))
        for folder, name, library in PLACES
    ]
    try:
        return _remove(links) if options.remove else _make(links)
    except OSError as error:
        print(f"pyvjob link: {error.filename}: {error.strerror}", file=sys.stderr)
        return 1
