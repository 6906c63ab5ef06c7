"""Writes what pyvjob.hcs is made of: a table of functions, and its type stubs.

Each parameter gets a role: how Python hands it over, or that it is a result. The roles are

    operation system process text number pointer    handed over
    callback data null                              the same, and may be left out
    out_system out_process out_document out_info    results, one value each
"""

HEAD = '''"""The functions of the HCS API. Generated.

One text, searched when a name is wanted. A line, with tabs between: name, kind, implementation,
C parameters, roles, summary. The kind is `async` (an operation follows the call), `sync` (returns
an HRESULT) or a C type.
"""

from __future__ import annotations

TEXT = """
%s"""

# C types with constants of their own: the groups of the same name.
ENUMS: tuple[str, ...] = (
%s)
'''

ROLES = {
    "HCS_OPERATION": "operation",
    "HCS_SYSTEM": "system",
    "HCS_PROCESS": "process",
    "PCWSTR": "text",
    "HCS_OPERATION_COMPLETION": "callback",
    "HCS_EVENT_CALLBACK": "callback",
    "const void *": "data",
    "void *": "data",
    "const SECURITY_DESCRIPTOR *": "null",
    "const HCS_CREATE_OPTIONS *": "null",
    "HANDLE": "pointer",
    "HCS_SYSTEM *": "out_system",
    "HCS_PROCESS *": "out_process",
    "PWSTR *": "out_document",
    "PCWSTR *": "out_document",
    "HCS_PROCESS_INFORMATION *": "out_info",
}


def role(kind):
    return ROLES.get(kind, "number")


def line(function):
    kind = "async" if function.is_async else function.returns
    kind = "sync" if kind == "HRESULT" else kind
    params = list(function.arguments)
    roles = " ".join(role(kind) for kind, _ in params)
    text = ", ".join(f"{kind} {name}" for kind, name in params)
    return "\t".join((function.name, kind, function.impl, text, roles, function.doc))


def core(api):
    return [function for function in api.functions if function.header == "computecore"]


def functions(api):
    """The module with the tables."""
    text = "".join(line(function) + "\n" for function in core(api))
    if '"""' in text or "\\" in text:
        raise ValueError("a summary with quotes or backslashes")
    enums = "".join(f'    "{group.name}",\n' for group in api.groups.values() if group.is_type)
    return HEAD % (text, enums)


STUB_HEAD = '''"""The HCS API under its C names. Generated."""

import os
from collections.abc import Callable
from enum import IntEnum
from typing import Any, Final, TypeAlias

from ._hcs_api import HcsHandle as HcsHandle
from ._hcs_api import HcsOperation as HcsOperation
from ._hcs_api import HcsProcess as HcsProcess
from ._hcs_api import HcsSystem as HcsSystem
from ._hcs_calls import HcsEvent as HcsEvent
from ._hcs_stdio import ProcessInformation as ProcessInformation
from .handle import Handle

_Handle: TypeAlias = Handle | int | None
_Text: TypeAlias = str | dict[str, Any] | list[Any] | os.PathLike[str] | None
_Completed: TypeAlias = Callable[[HcsOperation, Any], object] | None
_Told: TypeAlias = Callable[[HcsEvent, Any], object] | None

lib: Any
ffi: Any
'''
ARGUMENTS = {
    "operation": "_Handle",
    "system": "_Handle",
    "process": "_Handle",
    "text": "_Text",
    "number": "int",
    "pointer": "Any = None",
    "data": "Any = None",
    "null": "None = None",
}
CALLBACKS = {
    "HCS_OPERATION_COMPLETION": "_Completed = None",
    "HCS_EVENT_CALLBACK": "_Told = None",
}
RESULTS = {
    "out_system": "HcsSystem",
    "out_process": "HcsProcess",
    "out_info": "ProcessInformation",
    "out_document": "Any",
}
RETURNS = {
    "UINT64": "int",
    "HCS_OPERATION_TYPE": "int",
    "HCS_OPERATION": "HcsOperation",
    "HCS_SYSTEM": "HcsSystem | None",
    "HCS_PROCESS": "HcsProcess | None",
}


def signature(function):
    """Parameters and result, as Python has them."""
    params, results = [], []
    may_miss = True
    for kind, name in reversed(list(function.arguments)):
        if role(kind).startswith("out_"):
            results.insert(0, RESULTS[role(kind)])
            continue
        text = CALLBACKS.get(kind) or ARGUMENTS[role(kind)]
        may_miss = may_miss and "=" in text
        params.insert(0, f"{name}: {text if may_miss else text.split(' =')[0]}")
    if function.returns not in ("HRESULT", "void"):
        results = [RETURNS.get(function.returns, "Any")]
    result = results[0] if len(results) == 1 else f"tuple[{', '.join(results)}]"
    return ", ".join(params), result if results else "None"


def stub(function):
    params, result = signature(function)
    return f"def {function.name}({params}) -> {result}: ...\n"


def stubs(api):
    """The .pyi file of pyvjob.hcs."""
    parts, names = [STUB_HEAD], []
    for group in api.groups.values():
        if group.is_type:
            members = "".join(f"    {c.name} = {c.number}\n" for c in group.constants)
            parts.append(f"class {group.name}(IntEnum):\n{members}")
        kind = group.name if group.is_type else "int"
        names += [f"{constant.name}: Final[{kind}]\n" for constant in group.constants]
    parts.append("".join(names))
    parts.append("".join(stub(function) for function in core(api)))
    return "\n".join(parts)
