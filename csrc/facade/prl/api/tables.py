"""Writes the tables that the library looks things up in."""

from common import quoted
from model import template
from texts import messages

# C function -> groups that it names values of
NAMES = {
    "prl_handle_type_name": ["PRL_HANDLE_TYPE"],
    "prl_event_type_name": ["PRL_EVENT_TYPE", "PRL_PRIVATE_EVENT_TYPE"],
    "prl_vm_state_name": ["VIRTUAL_MACHINE_STATE"],
    "prl_job_opcode_name": ["PRL_JOB_OPERATION_CODE"],
}


def header():
    return template("prl_tables.h")


def name_table(api, function, groups):
    table = function.replace("prl_", "").replace("_name", "_names")
    values = sorted(api.values(*groups).items())
    rows = "\n".join(f'    {{0x{value:08X}u, "{name}"}},' for value, name in values)
    return (
        f"static const named {table}[] = {{\n{rows}\n}};\n\n"
        f"const char *{function}({groups[0]} value)\n"
        f"{{\n    return name_of({table}, COUNT({table}), (PRL_UINT32)value);\n}}"
    )


def message_row(row):
    value, name, brief, full, kind = row
    number = value & 0xFFFFFFFF
    return f'    {{0x{number:08X}u, "{name}", {quoted(brief)},\n     {quoted(full)}, {kind}}},'


def function_row(api, function):
    version = api.constants[function.version_macro].value
    code = function.job_opcode or "PJOC_UNKNOWN"
    impl = f"PRL_IMPL_{function.impl.upper()}"
    return f'    {{"{function.name}", {impl}, {function.is_async:d}, {code}, 0x{version:08X}}},'


def source(api):
    functions = sorted(api.functions, key=lambda function: function.name)
    return template(
        "prl_tables.c",
        names="\n\n".join(name_table(api, *entry) for entry in NAMES.items()),
        messages="\n".join(message_row(row) for row in messages(api)),
        functions="\n".join(function_row(api, function) for function in functions),
    )


def each(api):
    """For tests that call every function: X(name, is_async) once for each."""
    rows = " \\\n".join(f"    X({f.name}, {f.is_async:d})" for f in api.functions)
    return (
        "/* PRL_EACH_FUNCTION(X): X(name, is_async) once for each function. Generated. */\n"
        f"#define PRL_EACH_FUNCTION(X) \\\n{rows}\n"
    )
