"""Writes the C headers that programs include."""

from model import TYPES, template

WIDE = 0x80000000


def enumerator(constant):
    # An int holds it: before C23 an enumerator has to be one.
    text = f"(int){constant.text}u" if constant.number >= WIDE else constant.text
    return f"    {constant.name} = {text}"


def enumeration(group):
    body = ",\n".join(enumerator(constant) for constant in group.constants)
    return f"/* {group.about} */\ntypedef enum {group.name} {{\n{body}\n}} {group.name};"


def macro(group, constant):
    text = constant.text
    if group.form == "hresult":
        text = f"_HRESULT_TYPEDEF_({text})"
    elif constant.name in TYPES:
        kind = TYPES[constant.name]
        text = f"(({kind})(INT_PTR)({text}))" if kind == "HANDLE" else f"(({kind}){text}u)"
    # Other headers of programs may have the common ones, too.
    return f"#ifndef {constant.name}\n#define {constant.name} {text}\n#endif"


def macros(group):
    lines = [f"/* {group.about} */"]
    lines += [macro(group, constant) for constant in group.constants]
    return "\n".join(lines)


def prototypes(api, header):
    chosen = [function for function in api.functions if function.header == header]
    return "\n\n".join(f"/* {f.doc} */\nHCS_EXPORT {f.head};" for f in chosen)


def files(api):
    """(path below include/, text) of every header."""
    types = [group for group in api.groups.values() if group.is_type]
    others = [group for group in api.groups.values() if not group.is_type]
    flags = [group.name for group in types if group.form == "flags"]
    yield (
        "hcs/vjob_winerror.h",
        template("vjob_winerror.h", groups="\n\n".join(macros(group) for group in others)),
    )
    yield (
        "hcs/computedefs.h",
        template(
            "computedefs.h",
            enums="\n\n".join(enumeration(group) for group in types),
            flags="\n".join(f"DEFINE_ENUM_FLAG_OPERATORS({name})" for name in flags),
        ),
    )
    for header in ("computecore", "computestorage"):
        yield f"hcs/{header}.h", template(f"{header}.h", functions=prototypes(api, header))
    for other, header in (
        ("ComputeDefs", "computedefs"),
        ("ComputeCore", "computecore"),
        ("ComputeStorage", "computestorage"),
    ):
        yield f"hcs/{other}.h", f'#include "{header}.h"\n'
