"""The facts of the VIX API, read from the tables beside this file."""

import functools
import os

import common

HERE = os.path.dirname(os.path.abspath(__file__))
rows = functools.partial(common.rows, HERE)
template = functools.partial(common.template, HERE)

# Groups whose numbers are result codes.
ERROR_GROUPS = ("error", "legacy_error", "internal_error")


class Constant:
    """One named number or text."""

    def __init__(self, row):
        self.group, self.name, self.text = row["group"], row["name"], row["value"]

    @property
    def is_text(self):
        return not self.text.lstrip("-").isdigit()


class Group:
    """Constants that belong together; `type` is the C type of parameters that take them, or ""."""

    def __init__(self, row):
        self.name, self.type, self.about = row["group"], row["type"], row["about"]
        self.constants = []


class Function:
    """One function. Parameters are texts as in C; a last one of ... makes it variadic."""

    def __init__(self, row):
        for column, text in row.items():
            setattr(self, column, text)
        self.params = [param for param in row["params"].split(";") if param]

    @property
    def is_async(self):
        return self.kind == "async"

    @property
    def head(self):
        """A definition without its body."""
        space = "" if self.returns.endswith("*") else " "
        return f"{self.returns}{space}{self.name}({', '.join(self.params) or 'void'})"

    @property
    def arguments(self):
        """Names of the parameters."""
        return [param.replace("*", " ").split()[-1] for param in self.params]


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
        self.properties = rows("properties.csv")

    def number(self, name):
        return int(self.constants[name].text)

    def errors(self):
        """(code, name) sorted by code; of several names for a code the first stands."""
        found = {}
        for group in ERROR_GROUPS:
            for constant in self.groups[group].constants:
                found.setdefault(int(constant.text), constant.name)
        return sorted(found.items())
