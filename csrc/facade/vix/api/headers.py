"""Writes the C headers that programs include."""

from common import quoted
from model import template

# Not declared to programs that say that they are Java wrappers.
HIDDEN = ("VixPropertyList_AllocPropertyList", "VixVM_CaptureScreenImage")


def enumeration(group):
    lines = [f"    {constant.name} = {constant.text}" for constant in group.constants]
    return "/* {} */\n{}enum {{\n{}\n}};".format(
        group.about, f"typedef int {group.type};\n" if group.type else "", ",\n".join(lines)
    )


def macros(group):
    lines = [f"#define {constant.name} {quoted(constant.text)}" for constant in group.constants]
    return "/* {} */\n{}".format(group.about, "\n".join(lines))


def group_text(group):
    return macros(group) if group.constants[0].is_text else enumeration(group)


def prototype(function):
    text = f"/* {function.doc} */\nVIX_EXPORT {function.head};"
    if function.name not in HIDDEN:
        return text
    return f"#ifndef VIX_HIDE_FROM_JAVA\n{text}\n#endif"


def files(api):
    """(path below include/, text) of every header."""
    yield (
        "vix/vix.h",
        template(
            "vix.h",
            groups="\n\n".join(group_text(group) for group in api.groups.values()),
            functions="\n\n".join(prototype(function) for function in api.functions),
        ),
    )
    yield "vix/vm_basic_types.h", template("vm_basic_types.h")
    for name in ("vix.h", "vm_basic_types.h"):
        yield f"vmware-vix/{name}", f'#include "../vix/{name}"\n'
