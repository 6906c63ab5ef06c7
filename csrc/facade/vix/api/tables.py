"""Writes the tables that the library looks things up in, and the functions that only say no."""

from common import quoted, sentence
from model import rows, template

OWNERS = {
    "host": "HOST",
    "vm": "VM",
    "snapshot": "SNAPSHOT",
    "job": "JOB",
    "any": "NONE",
    "none": "NONE",
}


def texts(api):
    """Text by code: written by hand, or made of the words of the name."""
    words = {row["word"]: row["text"] for row in rows("words.csv")}
    by_hand = {api.number(row["name"]): row["text"] for row in rows("texts.csv")}
    return {
        code: by_hand.get(code) or sentence(name, r"^VIX_(E_)?", words)
        for code, name in api.errors()
    }


def property_rows(api):
    """Sorted by number. Properties that pass between product and guest have no type here."""
    found = sorted(api.properties, key=lambda row: api.number(row["name"]))
    for row in found:
        yield "    {{{}, VIX_PROPERTYTYPE_{}, VIX_OF_{}, {}}},".format(
            row["name"], row["type"], row["of"].upper(), quoted(row["name"])
        )


def letter(param):
    """What kind of parameter it is, for tests that make up arguments."""
    if param == "...":
        return "v"
    kind, name = param.rsplit(None, 1) if "*" not in param else param.rsplit("*", 1)
    kind, name = kind.strip(), name.strip()
    if "*" in param:
        if kind == "const char":
            return "f" if name == "hostPathName" else "s"
        return {"VixEventProc": "c", "void": "d", "VixHandle": "H", "Bool": "B"}.get(kind, "I")
    return {"VixHandle": "h", "uint64": "q", "VixError": "q", "Bool": "b"}.get(kind, "i")


def function_rows(api):
    for function in sorted(api.functions, key=lambda function: function.name):
        yield "    {{{}, {}, {:d}, {:d}, VIX_HANDLETYPE_{}, (void (*)(void)){}}},".format(
            quoted(function.name),
            quoted("".join(letter(param) for param in function.params)),
            function.impl == "stub",
            function.is_async,
            OWNERS[function.handle],
            function.name,
        )


def header():
    return template("vix_tables.h")


def source(api):
    text = texts(api)
    return template(
        "vix_tables.c",
        longest=str(max(len(one.encode()) for one in text.values()) + 1),
        errors="\n".join(
            f"    {{{code}, {quoted(name)}, {quoted(text[code])}}}," for code, name in api.errors()
        ),
        properties="\n".join(property_rows(api)),
        functions="\n".join(function_rows(api)),
    )


def stub(function):
    names = function.arguments
    used = (names[0], names[-2], names[-1])
    unused = "".join(f"    (void){name};\n" for name in names if name not in used)
    call = 'vix_stub("{}", {}, VIX_HANDLETYPE_{}, {}, {})'.format(
        function.name, used[0], OWNERS[function.handle], *used[1:]
    )
    return f"{function.head}\n{{\n{unused}    return {call};\n}}\n"


def stubs(api):
    bodies = [stub(function) for function in api.functions if function.impl == "stub"]
    return template("vix_stubs.c", body="\n".join(bodies).rstrip())
