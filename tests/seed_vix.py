"""The VIX page of tests/seeds.py: its callback and its main function, compiled and run.

The page has lost the line ends of its code, without which a // comment swallows the rest, and has
blanks that C does not know: both are put right. Added: headers, a printf in the callback, a wait.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable
from pathlib import Path

Tool = Callable[..., tuple[str, str]]
PRINT = '\n   printf("%s %d\\n", (char *)clientData, (int)vmHandle);'
HOST = ("VIX_HANDLETYPE_HOST",)
OWED = (*HOST, "VIX_HANDLETYPE_VM")


def cut(page: str) -> str:
    """From the head of the callback to the end of main, with line ends."""
    page = page.replace("\u00a0", " ")
    start = page.index("void myCallback(")
    main = page.index("int main(", start)
    depth = 0
    for end in range(page.index("{", main), len(page)):
        depth += {"{": 1, "}": -1}.get(page[end], 0)
        if depth == 0:
            break
    return re.sub(r" {3,}", lambda blanks: "\n" + blanks[0], page[start : end + 1])


def assemble(page: str, wait: bool, free: bool) -> str:
    text = cut(page)
    read = text.index("Vix_GetProperties(jobHandle")
    after_read = text.index(";", read) + 1
    added = PRINT + ("\n   Vix_ReleaseHandle(vmHandle);" if free else "")
    text = text[:after_read] + added + text[after_read:]
    label = text.rindex("abort:")
    waiting = "VixJob_Wait(jobHandle, VIX_PROPERTY_NONE);\n" if wait else ""
    text = text[:label] + waiting + text[label:]
    end = "Vix_ReleaseHandle(hostHandle);\n" if free else ""
    return f"#include <stdio.h>\n#include <vix.h>\n\n{text[:-1]}\n{end}}}\n"


def check(page: str, output: Tool, flags: Callable[[str, str], list[str]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for suffix, compiler in ((".c", "cc"), (".cpp", "c++")):
            for way in ("pyvjob config", "pkg-config"):
                source, binary = Path(folder, "x" + suffix), Path(folder, "x")
                for free in (False, True):
                    source.write_text(assemble(page, True, free))
                    output(compiler, source, *flags(way, "vix"), "-o", binary)
                    out, err = output(binary, VJOB_LEAKS="1")
                    assert re.fullmatch(r"Hello, Vix [1-9]\d*\n", out), out
                    owed = re.findall(r"^vjob: still held at exit: (\w+)", err, re.MULTILINE)
                    assert tuple(owed) == (() if free else OWED), err
                    assert len(err.splitlines()) == len(owed), err
                    print(f"good: {compiler}, {way}, {'all' if free else 'two handles not'} freed")
                source.write_text(assemble(page, False, False))
                output(compiler, source, *flags(way, "vix"), "-o", binary)
                for clock in ("real", "auto"):
                    for _ in range(20):
                        out, err = output(binary, VJOB_CLOCK=clock)
                        assert (out or "Hello, Vix").startswith("Hello, Vix") and not err, err
                print(f"good: {compiler}, {way}, main ends with the open in flight")
