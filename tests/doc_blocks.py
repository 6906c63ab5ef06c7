"""Blocks of code in the pages of the documentation, and what they are to print.

The words behind the language say how a block is run:

    c           a whole program
    c file      functions, c body: statements; both become a program with PRELUDE around them
    cpp         a whole program in C++
    python      run with all others of its page, in one namespace
    python pytest   a file of tests
    sh          bash, in a folder with the repository's folders
    sh slow     the same, in the slow tests
    by-hand     not run: it would install something
    json        an inventory
    cmake       the end of a CMakeLists.txt

A block of `text` right after one of these is what that prints. In a line `...` stands for anything,
as a line for any number of lines.
"""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]

# What a `c body` may use: a server that is logged in, and its first machine, which is stopped.
PRELUDE = """\
#include <Parallels.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
{file}
int main(void)
{{
    PRL_HANDLE server, login, listing, list, vm;
    PrlApi_InitEx(PARALLELS_API_VER, PAM_SERVER, 0, 0);
    PrlSrv_Create(&server);
    login = PrlSrv_LoginLocal(server, "", 0, PSL_NORMAL_SECURITY);
    PrlJob_Wait(login, 0xFFFFFFFF);
    PrlHandle_Free(login);
    listing = PrlSrv_GetVmList(server);
    PrlJob_Wait(listing, 0xFFFFFFFF);
    PrlJob_GetResult(listing, &list);
    PrlResult_GetParam(list, &vm);
    PrlHandle_Free(list);
    PrlHandle_Free(listing);
    {{
{body}
    }}
    PrlHandle_Free(vm);
    PrlHandle_Free(server);
    return PrlApi_Deinit();
}}
"""


class Block:
    """One fenced block."""

    def __init__(self, page: Path, line: int, info: str, text: str) -> None:
        self.page = page
        self.line = line  # of the opening fence, from 1
        self.language, *self.words = info.split() or [""]
        self.text = text
        self.expected: str | None = None

    @property
    def name(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"

    @property
    def kind(self) -> str:
        return "by-hand" if "by-hand" in self.words else " ".join([self.language, *self.words])

    def check(self, printed: str) -> None:
        """Compare what the block printed with the page."""
        if self.expected is not None:
            assert matches(self.expected, printed), f"{self.name} prints\n{printed}"


def matches(expected: str, printed: str) -> bool:
    pattern = ""
    for line in expected.strip().splitlines():
        inside = ".*".join(map(re.escape, line.split("..."))) + r"\n"
        pattern += r"(.*\n)*" if line == "..." else inside
    return re.fullmatch(pattern, printed.strip() + "\n") is not None


def blocks(page: Path) -> list[Block]:
    text = page.read_text()
    found: list[Block] = []
    end = 0
    for match in re.finditer(r"^```([^\n]*)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        line = text.count("\n", 0, match.start()) + 1
        block = Block(page, line, match[1], match[2])
        follows = found and not text[end : match.start()].strip()
        end = match.end()
        if block.kind == "text":
            if follows:
                found[-1].expected = block.text
        else:
            found.append(block)
    return found


ALL = [block for page in PAGES for block in blocks(page)]


def of_kind(kind: str) -> list[Block]:
    return [block for block in ALL if block.kind == kind]


def c_programs() -> list[tuple[Block, str]]:
    """Each block of C that runs, with its program; line numbers are those of the page."""
    programs: list[tuple[Block, str]] = []
    file = ""
    for block in ALL:
        here = f'#line {block.line + 1} "{block.page.name}"\n{block.text}'
        if block.kind in ("c", "cpp"):
            programs.append((block, here))
        elif block.kind == "c file":
            file = here
        elif block.kind == "c body":
            programs.append((block, PRELUDE.format(file=file, body=here)))
            file = ""
    return programs


def python_program(page: Path) -> str:
    """All blocks of a page: each on its own lines, after a line that prints a separator."""
    lines = [""] * page.read_text().count("\n")
    for block in blocks(page):
        if block.kind == "python":
            lines[block.line - 1] = "print(chr(30))"
            lines[block.line : block.line + block.text.count("\n")] = block.text.splitlines()
    return "\n".join(lines) + "\n"
