"""Writes the tables that the library looks things up in, and the functions that only say no."""

from common import quoted
from model import template

# What a function that is not served returns, by its C type.
ANSWERS = {
    "HRESULT": "return E_NOTIMPL",
    "UINT64": "return HCS_INVALID_OPERATION_ID",
    "HCS_OPERATION_TYPE": "return HcsOperationTypeNone",
    "void": "return",
}


def result_rows(api):
    for number, name in api.results():
        yield f"    {{0x{number:08X}u, {quoted(name)}}},"


def function_rows(api):
    for function in sorted(api.functions, key=lambda function: function.name):
        flags = f"{function.is_served:d}, {function.is_async:d}"
        yield f"    {{{quoted(function.name)}, {flags}, (void (*)(void)){function.name}}},"


def operation_rows(api):
    for constant in api.groups["HCS_OPERATION_TYPE"].constants:
        name = constant.name.replace("HcsOperationType", "")
        yield f"    {{{constant.name}, {quoted(name)}}},"


def header():
    return template("hcs_tables.h")


def source(api):
    return template(
        "hcs_tables.c",
        results="\n".join(result_rows(api)),
        functions="\n".join(function_rows(api)),
        operations="\n".join(operation_rows(api)),
    )


def stub(function):
    lines = []
    for kind, name in function.arguments:
        is_out = kind.endswith("STR *") or kind in ("HCS_SYSTEM *", "HCS_PROCESS *")
        lines.append(f"    if ({name}) *{name} = NULL;" if is_out else f"    (void){name};")
    lines += ["    vjob_enter_free();", f"    {ANSWERS.get(function.returns, 'return NULL')};"]
    return "{}\n{{\n{}\n}}\n".format(function.head, "\n".join(lines))


def stubs(api):
    bodies = [stub(function) for function in api.functions if not function.is_served]
    return template("hcs_stubs.c", body="\n".join(bodies).rstrip())


def each(api):
    """For tests that call every function: X(name, is_async, parameters) once for each."""
    rows = " \\\n".join(
        f"    X({f.name}, {f.is_async:d}, {f.is_served:d}, {len(f.params)}, {quoted(f.returns)})"
        for f in api.functions
    )
    return (
        "/* Every function: X(name, is_async, is_served, parameters, result type). Generated. */\n"
        f"#define HCS_EACH_FUNCTION(X) \\\n{rows}\n"
    )
