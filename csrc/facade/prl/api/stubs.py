"""Writes the functions that are declared but not served (impl = stub)."""

from model import template


def stub(function):
    arguments = f'"{function.name}"'
    if function.is_async:
        arguments += f", {function.job_opcode or 'PJOC_UNKNOWN'}"
    call = f"prl_stub_{function.kind}({arguments})"
    return f"{function.definition_head}\n{{\n    return {call};\n}}\n"


def source(api):
    bodies = [stub(function) for function in api.functions if function.impl == "stub"]
    return template("prl_stubs.c", body="\n".join(bodies).rstrip())
