"""Writes what pyvjob.prl is made of: a table of functions, and its type stubs.

Each parameter gets a role: how Python hands it over, or that it is a result. The roles are

    handle text bool number real pointer        handed over
    out_handle out_bool out_number out_real     results, one value each
    out_enum out_struct out_pointer
    out_name                                    a static string of the library
    out_heap                                    a string to be freed with PrlBuffer_Free
    out_text+size out_bytes+size                a buffer and the pointer to its size: one result
"""

import re

from model import Group, Struct, Typedef

HEAD = '''"""The functions of the Prl API. Generated.

One text, searched when a name is wanted. A line, with tabs between: name, kind, implementation,
C parameters, roles, summary.
"""

TEXT = """
%s"""
'''

STUB_HEAD = '''"""The Prl API under its C names. Generated."""

from enum import IntEnum
from typing import Any, Callable, Final, TypeAlias

from .handle import Handle
from .job import Job

HandleLike: TypeAlias = Handle | int | None

lib: Any
ffi: Any
'''

# Roles that are results, with the type that Python returns; %s is the C type without its pointer.
RESULTS = {
    "out_handle": "Handle",
    "out_bool": "bool",
    "out_number": "int",
    "out_real": "float",
    "out_enum": "%s",
    "out_struct": "Any",
    "out_pointer": "Any",
    "out_name": "str",
    "out_heap": "str",
    "out_text+size": "str",
    "out_bytes+size": "bytes",
}
ARGUMENTS = {
    "handle": "HandleLike",
    "text": "str | None",
    "bool": "bool",
    "number": "int",
    "real": "float",
    "pointer": "Any",
}
# What Python does in its own way (pyvjob/_prl_api.py): parameters and result.
BY_HAND = {
    "PrlHandle_AddRef": ("handle: HandleLike", "Handle"),
    "PrlOpTypeList_AddItem": ("hOpTypeList: HandleLike, pnItem: int", "None"),
    "PrlOpTypeList_GetItem": ("hOpTypeList: HandleLike, nItemIndex: int", "int"),
}
for _owner, _name in (("PrlHandle", "hObj"), ("PrlSrv", "hServer"), ("PrlVm", "hObj")):
    for _verb in ("Reg", "Unreg"):
        BY_HAND[f"{_owner}_{_verb}EventHandler"] = (
            f"{_name}: HandleLike, handler: Callable[[Any, Any], object], userData: Any = ..., /",
            "None",
        )


class Roles:
    """Works out roles from the types of the tables."""

    def __init__(self, api):
        self.types = {item.name: item for item in api.types}

    def plain(self, kind):
        """The role of a parameter that is no pointer."""
        if kind in ("PRL_HANDLE", "PRL_BOOL", "PRL_CONST_STR"):
            return {"PRL_HANDLE": "handle", "PRL_BOOL": "bool", "PRL_CONST_STR": "text"}[kind]
        item = self.types.get(kind)
        if isinstance(item, Group):
            return "number"
        if isinstance(item, Typedef):
            if item.underlying in ("float", "double"):
                return "real"
            if item.underlying != "void" and "*" not in item.underlying and not item.function:
                is_alias = item.underlying in self.types
                return self.plain(item.underlying) if is_alias else "number"
        return "pointer"

    def result(self, kind, function):
        """The role of a pointer behind which the function may leave one value."""
        special = {
            "PRL_HANDLE": "out_handle",
            "PRL_BOOL": "out_bool",
            "PRL_CONST_STR": "out_name",
            "PRL_UINT8": "pointer",
            "PRL_CHAR": "pointer",
        }
        if kind in special:
            return special[kind]
        if kind.endswith("_PTR"):
            is_heap = function.name.endswith(("ToString", "_GetDataPtr"))
            return "out_heap" if is_heap and kind == "PRL_VOID_PTR" else "out_pointer"
        item = self.types.get(kind)
        if isinstance(item, Group):
            return "out_enum"
        if isinstance(item, Struct):
            return "out_struct" if "_Get" in function.name else "pointer"
        return {"number": "out_number", "real": "out_real"}.get(self.plain(kind), "pointer")

    def of(self, function):
        """One role for each parameter; `size` for the second of a pair."""
        params = [kind for kind, _ in function.params]
        roles = []
        for number, kind in enumerate(params):
            following = "".join(params[number + 1 : number + 2])
            roles.append(self.one(function, kind, following, roles))
        return roles

    def one(self, function, kind, following, before):
        if before and before[-1] in ("out_text", "out_bytes"):
            return "size"
        if not function.is_async and following == "PRL_UINT32_PTR":
            if kind == "PRL_STR":
                return "out_text"
            if kind == "PRL_VOID_PTR" and "_Get" in function.name:
                return "out_bytes"
        plain = kind[6:] if kind.startswith("const ") else kind
        if self.plain(plain) != "pointer":
            return self.plain(plain)
        inner = re.sub(r"(_PTR|\*)$", "", plain)
        if plain != kind or inner == plain or function.is_async:
            return "pointer"
        return self.result(inner, function)


def functions(api):
    """The module with the table."""
    roles = Roles(api)
    lines = []
    for f in api.functions:
        params = f.parameter_list if f.params else ""
        lines.append("\t".join((f.name, f.kind, f.impl, params, " ".join(roles.of(f)), f.doc)))
    text = "".join(line + "\n" for line in lines)
    if '"""' in text or "\\" in text:
        raise ValueError("a summary with quotes or backslashes")
    return HEAD % text


def stub(function, roles):
    if function.name in BY_HAND:
        params, result = BY_HAND[function.name]
    else:
        params, result = signature(function, roles)
    return f"def {function.name}({params}) -> {result}: ...\n"


def signature(function, roles):
    """Parameters and result, as Python has them."""
    params, results = [], []
    for (kind, name), role in zip(function.params, roles):  # noqa: B905  (Python 3.8)
        role += "+size" if role in ("out_text", "out_bytes") else ""
        if role in ARGUMENTS:
            params.append(f"{name}: {ARGUMENTS[role]}")
        elif role in RESULTS:
            results.append(RESULTS[role].replace("%s", kind[: -len("_PTR")]))
    if function.is_async:
        result = "Job"
    elif len(results) > 1:
        result = f"tuple[{', '.join(results)}]"
    else:
        result = results[0] if results else "None"
    return ", ".join(params), result


def constant_type(constant):
    if constant.form == "enum":
        return constant.group
    return {"text": "str", "bytes": "tuple[int, ...]"}.get(constant.form, "int")


def stubs(api):
    """The .pyi file of pyvjob.prl."""
    parts = [STUB_HEAD]
    for group in api.groups.values():
        if group.form == "enum" and group.constants:
            members = "".join(f"    {c.name} = {c.value}\n" for c in group.constants)
            parts.append(f"class {group.name}(IntEnum):\n{members}")
    names = [f"{c.name}: Final[{constant_type(c)}]\n" for c in api.constants.values()]
    parts.append("".join(names))
    roles = Roles(api)
    parts.append("".join(stub(f, roles.of(f)) for f in api.functions))
    return "\n".join(parts)
