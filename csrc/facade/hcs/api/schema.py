"""Writes the table of what documents may hold."""

from common import quoted
from model import rows, template

NUMBERS = {
    "u8": (0, 0xFF),
    "u16": (0, 0xFFFF),
    "u32": (0, 0xFFFFFFFF),
    "positive32": (1, 0xFFFFFFFF),
    "u64": (0, 0x7FFFFFFFFFFFFFFF),
    "positive64": (1, 0x7FFFFFFFFFFFFFFF),
    "i64": (-0x8000000000000000, 0x7FFFFFFFFFFFFFFF),
    "weight": (0, 10000),
}
PLAIN = ("string", "bool", "guid", "object", "any")


def limit(number):
    return "INT64_MIN" if number == -0x8000000000000000 else f"INT64_C({number})"


def kinds(api):
    """All kinds in order of need: (name, C initializer). Types of documents come last."""
    wanted = []

    def want(kind):
        if kind.endswith("?"):
            want(kind[:-1])
        elif kind[0] in "[{":
            want(kind[1:-1].lstrip("#"))
        if kind not in wanted:
            wanted.append(kind)

    types, plain = {}, {}
    for row in rows("schema.csv"):
        types.setdefault(row["type"], [])
        want(row["kind"])
        if row["key"]:
            types[row["type"]].append((row["key"], row["kind"]))
        elif row["kind"] != "object":
            plain[row["type"]] = row["kind"]
    for name in types:
        want(name)
    return wanted, types, plain


def place(wanted, kind):
    return f"&kinds[{wanted.index(kind)}]"


def initializer(wanted, types, plain, kind):
    if kind in plain:
        return initializer(wanted, types, plain, plain[kind]) + f", .name = {quoted(kind)}"
    if kind in types:
        return f"HCS_KIND_OBJECT, .keys = keys_{kind}, .name = {quoted(kind)}"
    if kind == "object":
        return "HCS_KIND_OBJECT"
    if kind in PLAIN:
        return f"HCS_KIND_{kind.upper()}"
    if kind in NUMBERS:
        low, high = NUMBERS[kind]
        return f"HCS_KIND_NUMBER, .low = {limit(low)}, .high = {limit(high)}"
    if kind[0] == "=":
        return f"HCS_KIND_WORD, .words = words_{kind[1:]}"
    if kind[0] == "[":
        return f"HCS_KIND_ARRAY, .of = {place(wanted, kind[1:-1])}"
    if kind.startswith("{#"):
        return f"HCS_KIND_NUMBERED, .of = {place(wanted, kind[2:-1])}"
    if kind[0] == "{":
        return f"HCS_KIND_MAP, .of = {place(wanted, kind[1:-1])}"
    assert kind[-1] == "?", kind
    return f"HCS_KIND_OPTIONAL, .of = {place(wanted, kind[:-1])}"


def words(api, wanted):
    for kind in wanted:
        if kind[0] == "=":
            group = kind[1:]
            texts = ", ".join(quoted(word) for word in api.words[group])
            yield f"static const char *const words_{group}[] = {{{texts}, NULL}};"


def keys(wanted, types, plain):
    for name, members in types.items():
        if name in plain:
            continue
        lines = [f"    {{{quoted(key)}, {place(wanted, kind)}}}," for key, kind in members]
        yield "static const hcs_key keys_{}[] = {{\n{}\n}};".format(
            name, "\n".join([*lines, "    {NULL, NULL},"])
        )


def source(api):
    wanted, types, plain = kinds(api)
    lines = [f"    {{.form = {initializer(wanted, types, plain, kind)}}}," for kind in wanted]
    return template(
        "hcs_schema.c",
        words="\n".join(words(api, wanted)),
        keys="\n".join(keys(wanted, types, plain)),
        count=str(len(wanted)),
        kinds="\n".join(lines),
    )


def header():
    return template("hcs_schema.h")
