"""Writes what other languages and tests need: cffi declarations, Python constants, exports."""

import re

import common
from headers import declarator
from model import Group, Struct, in_order, needs

PACKED = "/* cffi:packed */\n%s/* cffi:end packed */\n"


def plain_size(api, text):
    """Works out sizes for cffi: PRL_CHAR[PRL_PROXY_MAX_HOSTS][64], PRL_UINT8[4+4*4]."""

    def number(match):
        terms = re.sub(r"[A-Z]\w+", lambda m: api.constants[m.group()].text, match.group(1))
        size = sum(product(term) for term in terms.split("+"))
        return f"[{size}]"

    return re.sub(r"\[([^\]]+)\]", number, text)


def product(term):
    result = 1
    for factor in term.split("*"):
        result *= int(factor, 0)
    return result


def declaration(api, item):
    """Enums are plain integers here: their values are Python constants."""
    if isinstance(item, Group):
        return f"typedef {'int' if item.is_signed else 'unsigned int'} {item.name};"
    if isinstance(item, Struct):
        fields = " ".join(
            declarator(plain_size(api, kind), name) + ";" for name, kind, _, _ in item.fields
        )
        return f"typedef struct {item.tag} {{ {fields} }} {item.name};"
    if item.function:
        return f"typedef {item.function[0]} (*{item.name})({item.function[1]});"
    return f"typedef {declarator(plain_size(api, item.underlying), item.name)};"


def in_chunks(items):
    """Lists of items in order of need, in turn without and with packed structures."""
    waiting = list(items)
    names = {item.name for item in waiting}
    packed = False
    while waiting:
        chunk = []
        for item in in_order(waiting):
            missing = (needs(item) & names) - {one.name for one in chunk}
            if not missing and is_packed(item) == packed:
                chunk.append(item)
        waiting = [item for item in waiting if item not in chunk]
        names -= {item.name for item in chunk}
        yield chunk, packed
        packed = not packed


def is_packed(item):
    return isinstance(item, Struct) and item.packed


def cdef(api):
    """All types and functions; the text between the packed marks needs cdef(..., packed=True)."""
    parts = []
    for chunk, packed in in_chunks(api.types):
        text = "".join(declaration(api, item) + "\n" for item in chunk)
        parts.append(PACKED % text if packed else text)
    for function in api.functions:
        parts.append(f"{function.returns} {function.name}({function.parameter_list});\n")
    return "".join(parts)


def python_value(constant):
    if constant.form == "text":
        return common.python_text(constant.name, constant.text)
    if constant.form == "bytes":
        return ",".join(str(byte) for byte in constant.value) + ","
    return str(constant.value)


def constants(api):
    """The Python module that holds all constants."""
    groups = [
        (group.name, [(c.name, python_value(c)) for c in group.constants])
        for group in api.groups.values()
    ]
    return common.constants_module("Prl", "6,000", groups)


def exports(api):
    return common.exports(api.functions)
