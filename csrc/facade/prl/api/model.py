"""The facts of the Prl API, read from the tables beside this file."""

import functools
import os
import re

import common

HERE = os.path.dirname(os.path.abspath(__file__))

INT_MAX = 0x7FFFFFFF


rows = functools.partial(common.rows, HERE)
template = functools.partial(common.template, HERE)


class Constant:
    """One named value. `form` is number, result, enum, text or bytes."""

    def __init__(self, row, form):
        self.name = row["name"]
        self.group = row["group"]
        self.text = row["value"]
        self.form = form

    @property
    def value(self):
        """The value as Python sees it: result codes are signed, others as they are written."""
        if self.form == "text":
            return self.text
        if self.form == "bytes":
            return tuple(int(word) for word in self.text.split())
        number = int(self.text, 0)
        if self.form == "result" and number > INT_MAX:
            number -= 1 << 32
        return number


class Group:
    """Constants that belong together: an enum (then `form` is enum), or a family of macros."""

    def __init__(self, name, header, form):
        self.name = name
        self.header = header
        self.form = form
        self.constants = []

    @property
    def is_signed(self):
        """Compilers give an enum without negative values an unsigned type."""
        return any(constant.value < 0 for constant in self.constants)


class Struct:
    """A structure. Fields are (name, type, offset, size)."""

    def __init__(self, name, header, packed, size):
        self.name = name
        self.header = header
        self.packed = packed
        self.size = size
        self.fields = []

    @property
    def tag(self):
        """Some structures point at themselves, which fixes the tag; others follow their pattern."""
        for _, kind, _, _ in self.fields:
            match = re.match(rf"struct (_+{self.name})\*", kind)
            if match:
                return match.group(1)
        return "_" + self.name


class Typedef:
    """A name for another type; `function` is (returns, params) if that is a function pointer."""

    def __init__(self, name, underlying, header, size):
        self.name = name
        self.header = header
        self.size = size
        match = re.match(r"function pointer: (\w+) \((.*)\)$", underlying)
        self.function = match.groups() if match else None
        self.underlying = underlying


class Function:
    """One function. Parameters are (type, name)."""

    def __init__(self, row):
        for column, text in row.items():
            setattr(self, column, text)
        self.params = [tuple(p.rsplit(" ", 1)) for p in row["params"].split(";") if p]

    @property
    def is_async(self):
        return self.kind == "async"

    @property
    def returns(self):
        return "PRL_HANDLE" if self.is_async else "PRL_RESULT"

    @property
    def parameter_list(self):
        return ", ".join(kind + " " + name for kind, name in self.params) or "void"

    @property
    def version_macro(self):
        family = "PARALLELS" if self.set == "desktop" else "VIRTUOZZO"
        return f"{family}_API_VER_{self.api_ver}"

    @property
    def definition_head(self):
        """How a definition begins, without its body."""
        return f"{self.returns} PRL_CALL {self.name}({self.parameter_list})"


class Api:
    """All tables, linked."""

    def __init__(self):
        self.types = []  # Group (enums), Struct and Typedef in the order of the table
        self.groups = {}
        self.structs = {}
        for row in rows("typedefs.csv"):
            self._add_type(row)
        for row in rows("groups.csv"):
            self.groups[row["group"]] = Group(row["group"], row["header"], row["form"])
        self.constants = {}
        for row in rows("constants.csv"):
            group = self.groups[row["group"]]
            constant = Constant(row, group.form)
            group.constants.append(constant)
            self.constants[constant.name] = constant
        for row in rows("structs.csv"):
            field = (row["field"], row["type"], int(row["offset"]), int(row["size"]))
            self.structs[row["struct"]].fields.append(field)
        self.functions = [Function(row) for row in rows("functions.csv")]

    def _add_type(self, row):
        name, underlying, header = row["name"], row["underlying"], row["header"]
        size = int(row["size"] or 0)
        if underlying == "enum":
            item = self.groups[name] = Group(name, header, "enum")
        elif underlying.endswith("struct"):
            item = self.structs[name] = Struct(name, header, underlying.startswith("packed"), size)
        else:
            item = Typedef(name, underlying, header, size)
        self.types.append(item)

    def values(self, *groups):
        """Names by value for the named groups; of several names for a value the first stands."""
        found = {}
        for group in groups:
            for constant in self.groups[group].constants:
                found.setdefault(constant.value, constant.name)
        return found


def needs(item):
    """Words of the types that an item is made of."""
    if isinstance(item, Group):
        return set()
    if isinstance(item, Struct):
        text = " ".join(kind for _, kind, _, _ in item.fields)
    elif item.function:
        text = " ".join(item.function)
    else:
        text = item.underlying
    return set(re.findall(r"\w+", text)) - {item.name}


def in_order(items):
    """Items so that each comes after those it needs, otherwise as they were."""
    by_name = {item.name: item for item in items}
    done, result = set(), []

    def visit(item):
        if item.name in done:
            return
        done.add(item.name)
        for word in sorted(needs(item)):
            if word in by_name:
                visit(by_name[word])
        result.append(item)

    for item in items:
        visit(item)
    return result
