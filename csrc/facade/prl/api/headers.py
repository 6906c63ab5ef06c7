"""Writes the C headers that programs include."""

import os
import re

from common import quoted
from model import HERE, INT_MAX, Group, Struct, in_order, template

TYPES = ["PrlTypes.h"]
ENUMS = TYPES + ["PrlErrors.h", "PrlEnums.h", "PrlCommandsFlags.h"]
FUNCTIONS = ENUMS + ["PrlIOStructs.h", "PrlApiVersion.h"]

# Headers without a text of their own in templates/include: purpose and includes.
PLAIN = {
    "PrlEventsValues.h": ("The types of events.", TYPES),
    "PrlEnums.h": ("Enumerations and limits.", TYPES),
    "PrlCommandsFlags.h": ("Flags and modes of single functions.", TYPES),
    "PrlOses.h": ("Guest operating systems: types, versions and their names.", TYPES),
    "PrlKeys.h": ("Keys, and their scan codes as brace lists of bytes.", TYPES),
    "PrlIOStructs.h": ("Structures that functions read and fill.", ENUMS),
    "PrlPerfCounters.h": ("Names of the performance counters of a virtual machine.", TYPES),
    "PrlEventParams.h": ("Names of event parameters. Not part of the umbrella headers.", TYPES),
    "PrlDisk.h": ("Virtual disks.", FUNCTIONS),
    "PrlApiDisp.h": ("The server: sessions, preferences, host, users, statistics.", FUNCTIONS),
    "PrlApiVm.h": (
        "Virtual machines: operations, configuration, devices, guests.",
        FUNCTIONS + ["PrlKeys.h"],
    ),
    "PrlApiCt.h": ("Containers.", FUNCTIONS),
    "PrlApiNet.h": ("Networks: virtual networks, port forwarding, shaping, firewall.", FUNCTIONS),
    "PrlApiStat.h": ("Traffic statistics.", FUNCTIONS),
    "PrlApiManager.h": ("Functions for management programs.", FUNCTIONS),
    "PrlApiRemoteDev.h": ("Devices that a client lends to a virtual machine.", FUNCTIONS),
    "PrlApiBackup.h": ("Backups.", FUNCTIONS),
    "PrlApiDeprCore.h": ("Old functions of the core.", FUNCTIONS),
    "PrlApiDeprecated.h": (
        "Old functions, kept for old programs.",
        FUNCTIONS + ["PrlDisk.h", "PrlApiDeprCore.h"],
    ),
}

FOLDERS = ["ParallelsVirtualizationSDK", "prlsdk"]


def guard(name):
    """PrlApiVm.h -> PRL_API_VM_H"""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).upper().replace(".", "_")


def enumeration(group):
    """Values above INT_MAX make the enum an unsigned one, which C allows as an extension."""
    wide = any(constant.value > INT_MAX for constant in group.constants)
    lines = ["{}typedef enum _{} {{".format("__extension__ " if wide else "", group.name)]
    for constant in group.constants:
        suffix = "u" if constant.value > INT_MAX else ""
        lines.append(f"    {constant.name} = {constant.text}{suffix},")
    lines[-1] = lines[-1][:-1]
    return "\n".join(lines) + f"\n}} {group.name};"


def macro_value(constant):
    if constant.name == "PRL_NULL":
        return "((PRL_VOID_PTR)0)"
    if constant.form == "text":
        return quoted(constant.text)
    if constant.form == "bytes":
        codes = ", ".join(f"0x{byte:02X}" for byte in constant.value)
        return f"{{ {codes} }}"
    if constant.form == "result" and constant.value < 0:
        digits = constant.text[3:].lstrip("0")  # 0x80000015 -> 15
        return f"PRL_RESULT_DECLARE_ERROR({digits})"
    if constant.form == "result":
        return f"PRL_RESULT_DECLARE_SUCCESS({constant.text})"
    return f"({constant.text})" if constant.value < 0 else constant.text


def macros(group):
    return "\n".join(f"#define {c.name} {macro_value(c)}" for c in group.constants)


def declarator(kind, name):
    """C puts array sizes behind the name: PRL_CHAR[64], hostName -> PRL_CHAR hostName[64]"""
    base, bracket, sizes = kind.partition("[")
    spaced = base.replace("*", " *")
    return f"{spaced} {name}{bracket}{sizes}"


def structure(struct):
    fields = "".join(f"    {declarator(kind, name)};\n" for name, kind, _, _ in struct.fields)
    name = f"PRL_STRUCT({struct.name})" if struct.packed else struct.name
    return f"typedef struct {struct.tag} {{\n{fields}}} {name};"


def typedef(item):
    if item.function:
        return f"typedef {item.function[0]}(PRL_CALL *{item.name})({item.function[1]});"
    return f"typedef {declarator(item.underlying, item.name)};"


def prototype(function):
    form = "PRL_ASYNC_METHOD_DECL" if function.is_async else "PRL_METHOD_DECL"
    text = f"{form}({function.version_macro}, {function.name}, ({function.parameter_list}));"
    return f"/* {function.doc} */\n{text}" if function.doc else text


def type_text(item):
    if isinstance(item, Group):
        return enumeration(item)
    return structure(item) if isinstance(item, Struct) else typedef(item)


def body(api, header):
    """Everything that the tables assign to a header."""
    parts = [
        macros(group)
        for group in api.groups.values()
        if group.header == header and group.form != "enum" and group.name != "DEFINE_TYPES"
    ]
    one_liners = []
    for item in in_order([item for item in api.types if item.header == header]):
        text = type_text(item)
        if "\n" in text:
            parts += ["\n".join(one_liners)] if one_liners else []
            parts.append(text)
            one_liners = []
        else:
            one_liners.append(text)
    parts += ["\n".join(one_liners)] if one_liners else []
    if header == "PrlTypes.h":
        parts.append(macros(api.groups["DEFINE_TYPES"]))
    parts += [prototype(function) for function in api.functions if function.header == header]
    return "\n\n".join(parts)


def loader_list(api, old):
    names = [
        f"    X({function.name})"
        for function in api.functions
        if function.loader and (function.header.startswith("PrlApiDepr")) == old
    ]
    return " \\\n".join(names) + ("" if old else " \\")


def text_of(api, header):
    """The text of a header with the generated part in its place."""
    special = {"PrlApiMacro.h": False, "PrlApiDeprMacro.h": True}
    made = loader_list(api, special[header]) if header in special else body(api, header)
    if header in PLAIN:
        purpose, includes = PLAIN[header]
        lines = "\n".join(f'#include "{name}"' for name in includes)
        return template("plain.h", purpose=purpose, guard=guard(header), includes=lines, body=made)
    return template(f"include/{header}", body=made)


def names():
    """All headers of the main folder."""
    return sorted([*PLAIN, *os.listdir(os.path.join(HERE, "templates", "include"))])


def files(api):
    """(path below include/prl, text) of every header."""
    for header in names():
        yield header, text_of(api, header)
        for folder in FOLDERS:
            yield folder + "/" + header, f'#include "../{header}"\n'
