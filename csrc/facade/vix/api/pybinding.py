"""Writes what pyvjob.vix is made of: a table of functions, and its type stubs.

Each parameter gets a role: how Python hands it over, or that it is a result. The roles are

    handle text bool number pointer             handed over
    callback data                               the same, and may be left out
    out_handle out_bool out_number out_enum     results, one value each
"""

HEAD = '''"""The functions of the VIX API. Generated.

One text, searched when a name is wanted. A line, with tabs between: name, kind, implementation,
C parameters, roles, summary. The kind is `async`, `sync` (returns a VixError) or a C type.
"""

from __future__ import annotations

TEXT = """
%s"""

# C types with constants of their own -> the group of these.
ENUMS: dict[str, str] = {
%s}

# What the jobs of functions have to give; `nth` where there are rows.
RESULTS: dict[str, str] = {
%s}
'''

STUB_HEAD = '''"""The VIX API under its C names. Generated."""

from collections.abc import AsyncIterator
from enum import IntEnum
from typing import Any, Callable, Final, TypeAlias

from .handle import Handle
from .job import Job

HandleLike: TypeAlias = Handle | int | None
Callback: TypeAlias = Callable[[Job, Any, Handle | None, Any], object] | None

lib: Any
ffi: Any

class FindItems(AsyncIterator[str]):
    def __init__(self, host: HandleLike, searchType: int, timeout: int = -1) -> None: ...
    async def __anext__(self) -> str: ...
'''

ROLES = {
    "VixHandle": "handle",
    "const char *": "text",
    "Bool": "bool",
    "VixEventProc *": "callback",
    "void *": "data",
    "VixHandle *": "out_handle",
    "Bool *": "out_bool",
    "int *": "out_number",
    "VixPropertyType *": "out_enum",
}
RESULTS = {
    "out_handle": "Handle",
    "out_bool": "bool",
    "out_number": "int",
    "out_enum": "VixPropertyType",
}
ARGUMENTS = {
    "handle": "HandleLike",
    "text": "str | None",
    "bool": "bool",
    "number": "int",
    "callback": "Callback = None",
    "data": "Any = None",
}
# What Python does in its own way (pyvjob/_vix_api.py): parameters and result.
BY_HAND = {
    "Vix_AddRefHandle": ("handle: HandleLike", "Handle"),
    "Vix_FreeBuffer": ("p: Any = None", "None"),
    "Vix_GetErrorText": ("err: int, locale: str | None = None", "str"),
    "Vix_GetHandleType": ("handle: HandleLike", "VixHandleType"),
    "Vix_GetProperties": ("handle: HandleLike, *ids: int", "Any"),
    "Vix_PumpEvents": ("hostHandle: HandleLike, options: int = 0", "None"),
    "VixJob_GetError": ("jobHandle: HandleLike", "int"),
    "VixJob_GetNthProperties": ("jobHandle: HandleLike, index: int, *ids: int", "Any"),
    "VixJob_GetNumProperties": ("jobHandle: HandleLike, resultPropertyID: int", "int"),
    "VixJob_Wait": ("jobHandle: HandleLike, *ids: int", "Any"),
    "VixPropertyList_AllocPropertyList": ("hostHandle: HandleLike, *idsAndValues: Any", "Handle"),
}


def split(param):
    """C type and name; `...` is a type without a name."""
    if param == "...":
        return param, ""
    end = max(param.rfind(" "), param.rfind("*")) + 1
    return param[:end].strip(), param[end:]


def role(kind):
    return ROLES.get(kind, "number")


def line(function):
    kind = "async" if function.is_async else function.returns
    kind = "sync" if kind == "VixError" else kind
    params = [split(param) for param in function.params]
    roles = " ".join(role(kind) for kind, _ in params)
    text = ", ".join(f"{kind} {name}" for kind, name in params)
    return "\t".join((function.name, kind, function.impl, text, roles, function.doc))


def functions(api):
    """The module with the tables."""
    text = "".join(line(function) + "\n" for function in api.functions)
    if '"""' in text or "\\" in text:
        raise ValueError("a summary with quotes or backslashes")
    groups = (group for group in api.groups.values() if group.type)
    enums = "".join(f'    "{group.type}": "{group.name}",\n' for group in groups)
    jobs = (function for function in api.functions if function.results)
    results = "".join(f'    "{job.name}": "{job.results}",\n' for job in jobs)
    return HEAD % (text, enums, results)


def signature(function):
    """Parameters and result, as Python has them."""
    params, results = [], []
    for kind, name in map(split, function.params):
        if role(kind) in RESULTS:
            results.append(RESULTS[role(kind)])
        else:
            params.append(f"{name}: {ARGUMENTS[role(kind)]}")
    result = "Job" if function.is_async else ", ".join(results) or "None"
    return ", ".join(params), result


def stub(function):
    params, result = BY_HAND.get(function.name) or signature(function)
    return f"def {function.name}({params}) -> {result}: ...\n"


def stubs(api):
    """The .pyi file of pyvjob.vix."""
    parts = [STUB_HEAD]
    names = []
    for group in api.groups.values():
        if group.type:
            members = "".join(f"    {c.name} = {c.text}\n" for c in group.constants)
            parts.append(f"class {group.type}(IntEnum):\n{members}")
        for constant in group.constants:
            kind = group.type or ("str" if constant.is_text else "int")
            names.append(f"{constant.name}: Final[{kind}]\n")
    parts.append("".join(names))
    parts.append("".join(stub(function) for function in api.functions))
    return "\n".join(parts)
