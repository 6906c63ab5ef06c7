"""Writes the C headers that programs include."""

import os

from common import quoted
from model import HEADERS, HERE, PARTS, template

LARGEST = 2**31 - 1


def optional(name):
    """A part of a header that is written by hand, if there is one."""
    path = os.path.join(HERE, "templates", name)
    return template(name).strip() if os.path.exists(path) else ""


def enumerator(constant):
    line = f"    {constant.name} = {constant.value}{'U' if int(constant.value) > LARGEST else ''},"
    return f"#ifdef VIR_ENUM_SENTINELS\n{line}\n#endif" if constant.sentinel else line


def enumeration(group):
    # Beyond int only as an extension, which __extension__ says quietly.
    wide = any(int(constant.value) > LARGEST for constant in group.constants)
    lines = [enumerator(constant) for constant in group.constants]
    # C++98 and strict C90 want no comma at the end.
    last = len(lines) - 1
    while last and lines[last].startswith("#"):
        last -= 1
    lines[last] = lines[last].rstrip(",") if last == len(lines) - 1 else lines[last]
    text = "\n".join(lines)
    return "{}typedef enum {{\n{}\n}} {};".format(
        "__extension__ " if wide else "", text, group.group
    )


def macros(group):
    return "\n".join(
        f"#define {c.name} {quoted(c.value) if c.is_text else c.value + wide(c)}"
        for c in group.constants
    )


def wide(constant):
    return "LL" if int(constant.value) > LARGEST else ""


def group_text(group):
    return enumeration(group) if group.is_enum else macros(group)


def told(about, text):
    return f"/* {about} */\n{text}" if about else text


def struct_names(struct):
    return f"typedef struct {struct.tag} {struct.type};\ntypedef {struct.type} *{struct.pointer};"


def field(text, indent="    "):
    if not text.startswith("union "):
        return f"{indent}{text};\n"
    name, inner = text[len("union ") : -1].split("{")
    lines = "".join(field(one, indent + "    ") for one in inner.split(";"))
    return f"{indent}union {{\n{lines}{indent}}} {name};\n"


def struct_body(struct):
    fields = "".join(field(one) for one in struct.fields)
    return told(struct.about, f"struct {struct.tag} {{\n{fields}}};")


def callback(function):
    text = f"typedef {function.returns} (*{function.name})({function.list});"
    return told(function.about, text)


def prototype(function):
    return f"/* {function.doc} */\n{function.head};"


def handle(row):
    name = row.name
    return told(row.about, f"typedef struct _{name} {name};\ntypedef {name} *{name}Ptr;")


def body(api, header):
    """All of a header in the order in which its parts need each other."""

    def mine(things):
        return [thing for thing in things if thing.header == header]

    pieces = [handle(row) for row in mine(api.handles)]
    pieces += [optional(f"{header}.types")]
    pieces += [group_text(group) for group in mine(api.groups.values())]
    pieces += [struct_names(struct) for struct in mine(api.structs)]
    pieces += [callback(function) for function in mine(api.callbacks)]
    pieces += [struct_body(struct) for struct in mine(api.structs)]
    pieces += [optional(f"{header}.macros")]
    pieces += [prototype(function) for function in mine(api.functions)]
    return "\n\n".join(piece for piece in pieces if piece)


def files(api):
    """(path below include/, text) of every header."""
    includes = "\n".join(f"#include <libvirt/{part}.h>" for part in PARTS)
    yield "vir/libvirt/libvirt.h", template("libvirt.h", includes=includes)
    for header in HEADERS:
        name = "part.h" if header in PARTS else "alone.h"
        before = {"virjob": "virterror"}.get(header, "libvirt")
        yield (
            f"vir/libvirt/{header}.h",
            template(
                name,
                guard=header.upper().replace("-", "_"),
                about=ABOUT[header],
                before=before,
                body=body(api, header),
            ),
        )


ABOUT = {
    "libvirt-common": "What all parts use: versions, typed parameters.",
    "libvirt-host": "Connections and the machine behind them.",
    "libvirt-domain": "Domains: virtual machines and their events.",
    "libvirt-domain-checkpoint": "Checkpoints of domains.",
    "libvirt-domain-snapshot": "Snapshots of domains.",
    "libvirt-event": "The event loop: the library's own, or a program's.",
    "libvirt-interface": "Network interfaces of the host.",
    "libvirt-network": "Virtual networks.",
    "libvirt-nodedev": "Devices of the host.",
    "libvirt-nwfilter": "Packet filters.",
    "libvirt-secret": "Secrets.",
    "libvirt-storage": "Storage pools and volumes.",
    "libvirt-stream": "Streams.",
    "virterror": "Errors: each thread has a last one.",
    "virjob": "Jobs: calls that go on in the background, as proposed for libvirt in 2008.",
}
