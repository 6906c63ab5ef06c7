"""The facts of the HCS API, read from the tables beside this file."""

import functools
import os

import common

HERE = os.path.dirname(os.path.abspath(__file__))
rows = functools.partial(common.rows, HERE)
template = functools.partial(common.template, HERE)

# C types of numbers that do not fit an int, by the constant's name.
TYPES = {
    "INFINITE": "DWORD",
    "GENERIC_READ": "DWORD",
    "GENERIC_WRITE": "DWORD",
    "GENERIC_ALL": "DWORD",
    "MAXIMUM_ALLOWED": "DWORD",
    "WAIT_FAILED": "DWORD",
    "HCS_INVALID_OPERATION_ID": "UINT64",
    "INVALID_HANDLE_VALUE": "HANDLE",
}


class Constant:
    """One named number."""

    def __init__(self, row):
        self.group, self.name, self.text = row["group"], row["name"], row["value"]

    @property
    def number(self):
        return int(self.text, 0)


class Group:
    """Constants that belong together."""

    def __init__(self, row):
        self.name, self.form, self.about = row["group"], row["form"], row["about"]
        self.constants = []

    @property
    def is_type(self):
        return self.form in ("enum", "flags")


class Function:
    """One function. Parameters are texts as in C."""

    def __init__(self, row):
        for column, text in row.items():
            setattr(self, column, text)
        self.params = [param for param in row["params"].split(";") if param]

    @property
    def is_async(self):
        return self.kind == "async"

    @property
    def is_served(self):
        return self.impl == "hand"

    @property
    def head(self):
        """A definition without its body."""
        space = "" if self.returns.endswith("*") else " "
        return f"{self.returns}{space}{self.name}({', '.join(self.params) or 'void'})"

    @property
    def arguments(self):
        """(C type, name) of the parameters."""
        for param in self.params:
            end = max(param.rfind(" "), param.rfind("*")) + 1
            yield param[:end].strip(), param[end:]


class Api:
    """All tables, linked."""

    def __init__(self):
        self.groups = {row["group"]: Group(row) for row in rows("groups.csv")}
        for row in rows("constants.csv"):
            self.groups[row["group"]].constants.append(Constant(row))
        self.functions = [Function(row) for row in rows("functions.csv")]
        self.words = {}
        for row in rows("words.csv"):
            self.words.setdefault(row["group"], []).append(row["word"])

    def results(self):
        """(HRESULT as an unsigned number, name) sorted by number."""
        found = {}
        for group in ("HCS_HRESULT", "COMMON_HRESULT", "LEGACY_VMCOMPUTE_CODE"):
            for constant in self.groups[group].constants:
                found.setdefault(constant.number, constant.name)
        for constant in self.groups["WIN32_ERROR"].constants:
            found.setdefault(0x80070000 | constant.number, constant.name)
        del found[0x80070000]
        return sorted(found.items())
