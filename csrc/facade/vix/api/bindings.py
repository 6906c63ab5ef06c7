"""Writes what other languages and tests need: cffi declarations, Python constants, exports."""

import common

# Bool is a number here; C's is a char, which would be a text of one character to cffi.
TYPES = """typedef signed char Bool;
typedef int32_t int32;
typedef uint32_t uint32;
typedef int64_t int64;
typedef uint64_t uint64;
typedef int VixHandle;
typedef uint64_t VixError;
"""
PROC = "typedef void VixEventProc(VixHandle, VixEventType, VixHandle, void *);\n"


def cdef(api):
    """All types and functions. Constants are Python's."""
    types = [f"typedef int {group.type};\n" for group in api.groups.values() if group.type]
    functions = [f"{function.head};\n" for function in api.functions]
    return TYPES + "".join(types) + PROC + "".join(functions)


def python_value(constant):
    return common.python_text(constant.name, constant.text) if constant.is_text else constant.text


def constants(api):
    groups = [
        (group.name, [(c.name, python_value(c)) for c in group.constants])
        for group in api.groups.values()
    ]
    return common.constants_module("VIX", "500", groups)


def exports(api):
    return common.exports(api.functions)
