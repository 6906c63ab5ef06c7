"""The HCS page of tests/seeds.py: its definitions and its three patterns, compiled and run.

The blocks go unchanged into one program, each pattern into a function of its own. Added: headers, a
main function that says how far it got.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable
from pathlib import Path

Tool = Callable[..., tuple[str, str]]
HEAD = """\
#include <windows.h>
#include <computecore.h>
#include <stdio.h>
#include <wil/resource.h>
#include <wil/result.h>
"""
TAIL = """
int main()
{{
{calls}
    return 0;
}}
"""
LEAK = r"vjob: still held at exit: HCS_OPERATION \".*HcsStartComputeSystem.*\" \(1 reference\)\n"


def blocks(page: str) -> list[str]:
    """Code that ends before the next line of prose: definitions, then a block for each pattern."""
    starts = [page.index("// JSON document")]
    starts.append(page.index("unique_hcs_operation operation{"))
    starts += [m.start() for m in re.finditer(r"^// Use a windows event object", page, re.M)]
    found = []
    for start in starts:
        code = page[start:]
        prose = re.search(r"\n\n(?=[A-Z][a-z' ]+ (?:operation|an|callback)[^;{]*\n)", code)
        found.append(code[: prose.start()] if prose else code)
    return found


def assemble(page: str) -> tuple[str, int]:
    definitions, *patterns = blocks(page)
    parts = [HEAD, definitions]
    calls = []
    for number, code in enumerate(patterns):
        parts.append(f"\nstatic void pattern_{number}()\n{{\n{code}\n}}")
        calls.append(f'    pattern_{number}();\n    puts("pattern {number}");')
    return "\n".join([*parts, TAIL.format(calls="\n".join(calls))]), len(patterns)


def check(page: str, output: Tool, flags: Callable[[str, str], list[str]]) -> None:
    text, n = assemble(page)
    assert n == 3, n
    with tempfile.TemporaryDirectory() as folder:
        source, binary = Path(folder, "x.cpp"), Path(folder, "x")
        source.write_text(text)
        for way in ("pyvjob config", "pkg-config"):
            output("g++", "-std=c++17", source, *flags(way, "hcs"), "-o", binary)
            for clock in ("real", "auto"):
                for _ in range(20):
                    out, err = output(binary, VJOB_CLOCK=clock, VJOB_LEAKS="1")
                    assert out == "".join(f"pattern {i}\n" for i in range(n)), out
                    assert re.fullmatch(LEAK, err), err
            print(f"good: g++, {way}")
        sanitized = ["-std=c++17", "-g", "-fsanitize=thread"]
        output("g++", *sanitized, source, *flags("pyvjob config", "hcs"), "-o", binary)
        told = "report_thread_leaks=0 atexit_sleep_ms=0 halt_on_error=1"
        for number in range(1000):
            clock = "auto" if number % 2 else "real"
            output("setarch", "-R", binary, VJOB_CLOCK=clock, TSAN_OPTIONS=told)
        print("good: 1000 runs under the thread sanitizer")
