"""Writes what pyvjob.vir is made of: a table of functions, and its type stubs."""

from keyword import iskeyword

from model import split

HEAD = '''"""The functions of the libvirt-style API. Generated.

One text, searched when a name is wanted. A line, with tabs between: name, C type of the result,
implementation, C parameters, tier, summary.
"""

from __future__ import annotations

TEXT = """
%s"""
'''

STUB_HEAD = '''"""The libvirt-style API under its C names. Generated."""

from enum import IntEnum
from typing import Any, Final

lib: Any
ffi: Any
'''


def line(function):
    text = ", ".join(f"{kind} {name}" for kind, name in map(split, function.params))
    return "\t".join(
        (function.name, function.returns, function.impl, text, function.tier, function.doc)
    )


def functions(api):
    """The module with the tables."""
    text = "".join(line(function) + "\n" for function in api.functions)
    if '"""' in text or "\\" in text:
        raise ValueError("a summary with quotes or backslashes")
    return HEAD % text


def stub(function):
    names = (name + "_" * iskeyword(name) for name in function.arguments)
    params = "".join(f"{name}: Any, " for name in names)
    return f"def {function.name}({params.rstrip(', ')}) -> Any: ...\n"


def stubs(api):
    """The .pyi file of pyvjob.vir."""
    parts = [STUB_HEAD]
    names = []
    for group in api.groups.values():
        if group.is_enum:
            members = "".join(f"    {c.name} = {c.value}\n" for c in group.constants)
            parts.append(f"class {group.group}(IntEnum):\n{members}")
        for constant in group.constants:
            kind = group.group if group.is_enum else "str" if constant.is_text else "int"
            names.append(f"{constant.name}: Final[{kind}]\n")
    parts.append("".join(names))
    parts.append("".join(stub(function) for function in api.functions))
    return "\n".join(parts)
