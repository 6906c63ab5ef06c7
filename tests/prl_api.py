"""Common to the tests of what is generated for the Prl API.

The tables are read here once more, by other code than the generator's; the C compiler is the judge.
"""

from __future__ import annotations

import csv
import shutil
import subprocess
import sys
from pathlib import Path

CSRC = Path(__file__).resolve().parent.parent / "csrc"
API = CSRC / "facade" / "prl" / "api"

STRICT = ["-Wall", "-Wextra", "-Wpedantic", "-Werror"]


def table(name: str, api: Path = API) -> list[dict[str, str]]:
    with open(api / f"{name}.csv", newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


FORMS = {row["group"]: row["form"] for row in table("groups")}


def constants(*forms: str) -> list[dict[str, str]]:
    """Rows of constants.csv; a group that groups.csv does not name is an enum."""
    return [row for row in table("constants") if FORMS.get(row["group"], "enum") in forms]


def python_value(row: dict[str, str]) -> int | str | tuple[int, ...]:
    """A constant's value: result codes are signed numbers of 32 bits."""
    form = FORMS.get(row["group"], "enum")
    if form == "text":
        return row["value"]
    if form == "bytes":
        return tuple(int(word) for word in row["value"].split())
    number = int(row["value"], 0)
    return number - (1 << 32) if form == "result" and number >= 1 << 31 else number


def run(*command: object) -> str:
    """Run a command, fail with everything it said, return its output."""
    words = [str(word) for word in command]
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert done.returncode == 0, f"{' '.join(words)}\n{done.stdout}"
    return done.stdout


def generate(to: Path, api: Path = API) -> Path:
    run(sys.executable, api / "generate.py", to)
    return to


def compilers(language: str) -> list[str]:
    """The system's compiler, and clang where there is one."""
    names = {"c": ["cc", "clang"], "c++": ["c++", "clang++"]}[language]
    return [name for name in names if shutil.which(name)]


def build(source: Path, language: str, include: Path, *options: object) -> Path:
    """Compile strictly; the oldest standard is the hardest to please."""
    standard = {"c": "c99", "c++": "c++11"}[language]
    program = source.with_suffix("." + language)
    command = [compilers(language)[0], f"-std={standard}", *STRICT, f"-I{include}", "-x", language]
    run(*command, source, "-x", "none", "-o", program, *options)
    return program


RETURNS = {"sync": "PRL_RESULT", "async": "PRL_HANDLE"}
# What a function without a body of its own answers in the library made here.
STUB = {"sync": "PRL_ERR_UNIMPLEMENTED", "async": "(PRL_HANDLE)42"}

KINDS = {
    "bool": "PRL_BOOL",
    "u16": "PRL_UINT16",
    "u32": "PRL_UINT32",
    "u64": "PRL_UINT64",
    "i32": "PRL_INT32",
    "double": "PRL_DOUBLE",
    "handle": "PRL_HANDLE",
}
ACCESS = "PRL_HANDLE h, PRL_HANDLE_TYPE t, prl_prop_id i, "
HELPERS = [
    "PRL_RESULT prl_stub_sync(const char *name)",
    f"PRL_RESULT prl_prop_get_str({ACCESS}PRL_STR v, PRL_UINT32_PTR n)",
    f"PRL_RESULT prl_prop_set_str({ACCESS}PRL_CONST_STR v)",
    *(f"PRL_RESULT prl_prop_get_{kind}({ACCESS}{name} *v)" for kind, name in KINDS.items()),
    *(f"PRL_RESULT prl_prop_set_{kind}({ACCESS}{name} v)" for kind, name in KINDS.items()),
    "PRL_RESULT prl_new_give(prl_record *r, PRL_RESULT e, PRL_HANDLE_PTR o)",
]
# What the functions that make records are made of.
MAKERS = {
    "prl_record *prl_new_record(PRL_HANDLE_TYPE t, PRL_HANDLE_PTR o, PRL_RESULT *e)": "return 0;",
    "void prl_new_number(prl_record *r, PRL_UINT32 i, PRL_UINT64 v, PRL_RESULT *e)": "",
    "void prl_new_text(prl_record *r, PRL_UINT32 i, const char *v, PRL_RESULT *e)": "",
}
ASYNC_HELPER = "PRL_HANDLE prl_stub_async(const char *name, PRL_JOB_OPERATION_CODE code)"
INTERNAL = '#include "prl_props.h"\ntypedef struct prl_record prl_record;\n'
INTERNAL += ";\n".join([*HELPERS, *MAKERS, ASYNC_HELPER]) + ";\n"
BODIES = "\n".join(
    ['#include "Parallels.h"', '#include "prl_internal.h"']
    + [f"{helper} {{ return {STUB['sync']}; }}" for helper in HELPERS]
    + [f"{maker} {{ {body} }}" for maker, body in MAKERS.items()]
    + [f"{ASYNC_HELPER} {{ return {STUB['async']}; }}"]
)


def parameters(row: dict[str, str]) -> list[str]:
    return [param for param in row["params"].split(";") if param]


def head(row: dict[str, str]) -> str:
    """How the definition of a function begins."""
    return f"{RETURNS[row['kind']]} PRL_CALL {row['name']}({', '.join(parameters(row)) or 'void'})"


def stub_library(made: Path, folder: Path) -> Path:
    """Build libprl_sdk.so in a folder from the generated code alone; every function is a stub."""
    (folder / "prl_internal.h").write_text(INTERNAL)
    hand = [row for row in table("functions") if row["impl"] == "hand"]
    lines = [f"{head(row)} {{ return {STUB[row['kind']]}; }}" for row in hand]
    (folder / "hand.c").write_text("\n".join([BODIES, *lines]) + "\n")
    generated = [made / name for name in ("prl_stubs.c", "prl_props.c", "prl_tables.c")]
    options = ["-std=gnu11", *STRICT, "-Wno-unused-parameter", "-fvisibility=hidden", "-fPIC"]
    includes = [f"-I{path}" for path in (made / "include" / "prl", made, folder)]
    library = folder / "libprl_sdk.so"
    run("cc", *options, *includes, "-shared", folder / "hand.c", *generated, "-o", library)
    return library
