"""Writes what other languages and tests need: cffi declarations, Python constants, exports."""

import common
from headers import field
from model import HEADERS


def plain(text):
    """A piece of C without what cffi does not read."""
    return text.replace(" VIR_DEPRECATED", "")


def cdef_struct(api, struct):
    text = "".join(field(plain(one)) for one in struct.fields)
    for name in api.constants:
        text = text.replace(f"[{name}]", f"[{api.constants[name].value}]")
    return f"struct {struct.tag} {{\n{text}}};\n"


def cdef(api):
    """All types and functions. Constants are Python's; enumerations are numbers."""
    pieces = [f"typedef struct _{row.name} {row.name};\n" for row in api.handles]
    pieces += [f"typedef {row.name} *{row.name}Ptr;\n" for row in api.handles]
    pieces += [
        "typedef int virErrorLevel;\n",
        "typedef unsigned long long virDomainBlockJobCursor;\n",
    ]
    for struct in api.structs:
        pieces.append(f"typedef struct {struct.tag} {struct.type};\n")
        pieces.append(f"typedef {struct.type} *{struct.pointer};\n")
    for header in HEADERS:
        for function in api.callbacks:
            if function.header == header:
                pieces.append(f"typedef {function.returns} (*{function.name})({function.list});\n")
    pieces += [cdef_struct(api, struct) for struct in api.structs]
    pieces += ["extern virConnectAuthPtr virConnectAuthPtrDefault;\n"]
    pieces += [f"{function.head};\n" for function in api.functions]
    return "".join(pieces)


def python_value(constant):
    return common.python_text(constant.name, constant.value) if constant.is_text else constant.value


def constants(api):
    groups = [
        (group.group, [(c.name, python_value(c)) for c in group.constants])
        for group in api.groups.values()
    ]
    return common.constants_module("libvirt", "1200", groups)


def exports(api):
    return common.exports(api.functions)


def version_map(api):
    """A version of our own: references to the real library never end here, nor ours there."""
    names = [*sorted(function.name for function in api.functions), "virConnectAuthPtrDefault"]
    return (
        "VJOB_VIR_1 {\nglobal:\n"
        + "".join(f"    {name};\n" for name in names)
        + ("    vjob_vir_*;\nlocal:\n    *;\n};\n")
    )
