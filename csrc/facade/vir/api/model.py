"""The facts of the libvirt-style API, read from the tables beside this file."""

import functools
import os

import common

HERE = os.path.dirname(os.path.abspath(__file__))
rows = functools.partial(common.rows, HERE)
template = functools.partial(common.template, HERE)

# In the order in which they depend on each other. libvirt.h includes all up to the streams.
PARTS = (
    "libvirt-common",
    "libvirt-host",
    "libvirt-domain",
    "libvirt-domain-checkpoint",
    "libvirt-domain-snapshot",
    "libvirt-event",
    "libvirt-interface",
    "libvirt-network",
    "libvirt-nodedev",
    "libvirt-nwfilter",
    "libvirt-secret",
    "libvirt-storage",
    "libvirt-stream",
)
HEADERS = (*PARTS, "virterror", "virjob")


def split(param):
    """C type and name of a parameter or field; array bounds stay with the name."""
    end = max(param.rfind(" "), param.rfind("*")) + 1
    return param[:end].strip(), param[end:]


class Row:
    """A row of a table, its columns as attributes."""

    def __init__(self, row):
        for column, text in row.items():
            setattr(self, column, text)


class Constant(Row):
    """One named number or text."""

    @property
    def is_text(self):
        return not self.value.lstrip("-").isdigit()


class Group(Row):
    """Constants that belong together: an enumeration, or macros (`define_...`)."""

    def __init__(self, row):
        super().__init__(row)
        self.constants = []

    @property
    def is_enum(self):
        return not self.group.startswith("define_")


class Function(Row):
    """One function or type of function."""

    def __init__(self, row):
        super().__init__(row)
        self.params = [param for param in row["params"].split(";") if param]

    @property
    def list(self):
        return ", ".join(self.params) or "void"

    @property
    def head(self):
        """A definition without its body."""
        space = "" if self.returns.endswith("*") else " "
        return f"{self.returns}{space}{self.name}({self.list})"

    @property
    def arguments(self):
        """Names of the parameters."""
        return [split(param)[1] for param in self.params]


class Struct(Row):
    """A structure that programs see inside."""

    def __init__(self, row):
        super().__init__(row)
        self.fields = field_list(row["fields"])


def field_list(text):
    """Fields of a structure; a union's own semicolons do not separate."""
    fields, depth = [""], 0
    for char in text:
        depth += (char == "{") - (char == "}")
        if char == ";" and not depth:
            fields.append("")
        else:
            fields[-1] += char
    return fields


class Api:
    """All tables, linked."""

    def __init__(self):
        self.groups = {row["group"]: Group(row) for row in rows("groups.csv")}
        self.constants = {}
        for row in rows("constants.csv"):
            constant = Constant(row)
            self.groups[constant.group].constants.append(constant)
            self.constants[constant.name] = constant
        self.functions = [Function(row) for row in rows("functions.csv")]
        self.callbacks = [Function(row) for row in rows("callbacks.csv")]
        self.structs = [Struct(row) for row in rows("structs.csv")]
        self.handles = [Row(row) for row in rows("handles.csv")]
        for function in self.functions:
            function.impl = "stub" if function.tier == "3" else "hand"

    def number(self, name):
        return int(self.constants[name].value)
