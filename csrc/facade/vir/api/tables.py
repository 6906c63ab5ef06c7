"""Writes the tables that the library looks things up in, and the functions that only say no."""

from common import quoted, sentence
from model import rows, split, template

# What a function's first handle is to the library.
OWNERS = {
    "virConnectPtr": "CONN",
    "virDomainPtr": "DOMAIN",
    "virNetworkPtr": "NETWORK",
    "virDomainSnapshotPtr": "SNAPSHOT",
    "virJobPtr": "JOB",
    "virDomainCheckpointPtr": "CHECKPOINT",
    "virInterfacePtr": "INTERFACE",
    "virNodeDevicePtr": "NODE_DEVICE",
    "virSecretPtr": "SECRET",
    "virStoragePoolPtr": "POOL",
    "virStorageVolPtr": "VOLUME",
    "virStreamPtr": "STREAM",
}


def owner(function):
    return OWNERS.get(split(function.params[0])[0], "NONE") if function.params else "NONE"


def function_rows(api):
    for function in sorted(api.functions, key=lambda function: function.name):
        yield "    {{{}, {:d}, {}, {:d}, VIR_TYPE_{}, VIR_FROM_{}, (void (*)(void)){}}},".format(
            quoted(function.name),
            function.impl == "stub",
            function.tier,
            function.write == "1",
            owner(function),
            getattr(function, "from"),
            function.name,
        )


def error_rows(api):
    """By number: name, text alone, text with something inserted."""
    by_hand = {row["name"]: row["text"] for row in rows("texts.csv")}
    words = {row["word"]: row["text"] for row in rows("words.csv")}
    for constant in api.groups["virErrorNumber"].constants:
        text = by_hand.get(constant.name)
        if text is None:
            text = sentence(constant.name, r"^VIR_(ERR|WAR)_", words).rstrip(".").lower()
        yield "    {{{}, {}, {}, {}}},".format(
            constant.value, quoted(constant.name), quoted(text), quoted(text + ": %s")
        )


def label_rows(api):
    """What the default error printer calls the part that complains."""
    by_hand = {row["name"]: row["text"] for row in rows("labels.csv")}
    for constant in api.groups["virErrorDomain"].constants:
        text = by_hand.get(constant.name)
        if text is None:
            text = constant.name.replace("VIR_FROM_", "").replace("_", " ").capitalize()
        yield f"    {quoted(text)}, /* {constant.value} */"


def header():
    return template("vir_tables.h")


def source(api):
    return template(
        "vir_tables.c",
        functions="\n".join(function_rows(api)),
        errors="\n".join(error_rows(api)),
        labels="\n".join(label_rows(api)),
    )


def failure(function):
    """What a function returns when it fails."""
    if function.returns == "void":
        return ""
    if function.returns == "int":
        return "-1"
    return "NULL" if "*" in function.returns or function.returns.endswith("Ptr") else "0"


def stub(function):
    names = function.arguments
    kind = owner(function)
    handle = names[0] if kind != "NONE" else "NULL"
    unused = "".join(f"    (void){name};\n" for name in names if name != handle)
    result = failure(function)
    give = f"    return {result};\n" if result else ""
    call = f"    vir_stub({quoted(function.name)}, {handle}, VIR_TYPE_{kind});\n"
    return f"{function.head}\n{{\n{unused}{call}{give}}}\n"


def stubs(api):
    bodies = [stub(function) for function in api.functions if function.impl == "stub"]
    return template("vir_stubs.c", body="\n".join(bodies).rstrip())
