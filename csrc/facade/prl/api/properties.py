"""Plain properties: functions that only read or write one value of an object (impl = prop)."""

import re

from common import quoted
from model import Group, rows, template

VALUES = {
    "PRL_BOOL": "bool",
    "PRL_UINT16": "u16",
    "PRL_UINT32": "u32",
    "PRL_UINT64": "u64",
    "PRL_INT32": "i32",
    "PRL_RESULT": "i32",
    "PRL_DOUBLE": "double",
    "PRL_CONST_STR": "str",
    "PRL_HANDLE": "handle",
}

# Parameters of PrlClass_Create that do not have the name of the property they set.
LONGER_NAMES = {"sDev": "Device"}

# One number stands for all types of virtual devices, whose common properties are served together.
ANY_DEVICE = "PRL_ANY_VIRTUAL_DEV"


class Property:
    def __init__(self, owner, name, kind, handle_type):
        self.owner = owner
        self.name = name
        self.kind = kind
        self.handle_type = ANY_DEVICE if handle_type.endswith("*") else handle_type
        self.writable = False
        self.default = ""

    @property
    def id(self):
        words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", self.name)
        return f"PRL_PROP_{self.owner.upper()}_{words.upper()}"


class Accessor:
    """A function as the reader or writer of a property."""

    def __init__(self, api, function):
        match = re.match(r"Prl(\w+?)_(Get|Is|Can|Set)(\w+)$", function.name)
        if not match:
            raise ValueError(f"{function.name} is no property: no Get, Is, Can or Set")
        self.function = function
        self.owner, self.verb, self.name = match.groups()
        if len(function.params) < 2:
            raise ValueError(f"{function.name} is no property: it has no value")
        self.name = "Can" + self.name if self.verb == "Can" else self.name
        self.sets = self.verb == "Set"
        self.kind = self._kind(api)

    def _kind(self, api):
        types = [re.sub(r"^const ", "", kind) for kind, _ in self.function.params[1:]]
        if not self.sets and types == ["PRL_STR", "PRL_UINT32_PTR"]:
            return "str"
        value = types[0] if self.sets else re.sub(r"_PTR$", "", types[0])
        group = api.groups.get(value)
        is_enum = isinstance(group, Group) and group.form == "enum"
        if len(types) != 1 or not (is_enum or value in VALUES):
            raise ValueError(f"{self.function.name} is no property: its parameters are no value")
        if is_enum:
            return "i32" if group.is_signed else "u32"
        return VALUES[value]


def accessors(api):
    """Accessors of all functions with impl = prop, linked to properties; all properties."""
    found = [Accessor(api, function) for function in api.functions if function.impl == "prop"]
    readable = {(a.owner, a.name): a.kind for a in found if not a.sets}
    properties = {}
    for accessor in found:
        # IsBackupTunnelEnabled is read where SetBackupTunnel writes,
        # IsTemplate where SetTemplateSign does
        name = accessor.name
        if accessor.sets and (accessor.owner, name) not in readable:
            others = (name + "Enabled", re.sub("Sign$", "", name))
            mine = [n for n in others if readable.get((accessor.owner, n)) == accessor.kind]
            name = mine[0] if mine else name
        key = (accessor.owner, name)
        handle_type = accessor.function.handle_type
        prop = properties.setdefault(key, Property(*key, accessor.kind, handle_type))
        if prop.kind != accessor.kind:
            raise ValueError(f"{accessor.function.name} and its partner differ in type")
        prop.writable |= accessor.sets
        accessor.property = prop
    for row in rows("more_properties.csv"):  # values of functions with more than one
        key = (row["class"], row["property"])
        properties[key] = Property(*key, row["kind"], row["handle_type"])
        properties[key].writable = True
    for row in rows("defaults.csv"):
        properties[row["class"], row["property"]].default = row["default"]
    return found, sorted(properties.values(), key=lambda prop: prop.id)


def header_words(name):
    """sVmName -> VmName: a parameter's name without what tells its type."""
    return re.sub(r"^(?:[a-z]{1,2}(?=[A-Z]))", "", name)


def header(api):
    return template(
        "prl_props.h",
        kinds=",\n".join(
            f"    PRL_VALUE_{kind.upper()}" for kind in dict.fromkeys(VALUES.values())
        ),
        ids="\n".join(f"    {prop.id}," for prop in accessors(api)[1]),
    )


def table_row(prop):
    number, text = "0", ""  # of a list: the type of the empty one
    if prop.kind == "str":
        text = prop.default
    elif prop.default:
        number = prop.default
    return (
        f'    {{"{prop.owner}", "{prop.name}", {prop.handle_type}, PRL_VALUE_{prop.kind.upper()},'
        f" {prop.writable:d}, {number}, {quoted(text)}}},"
    )


def definition(accessor):
    function, prop = accessor.function, accessor.property
    handle, *values = [name for _, name in function.params]
    if not accessor.sets and accessor.kind in ("u32", "i32"):
        pointer = {"u32": "PRL_UINT32_PTR", "i32": "PRL_INT32_PTR"}[accessor.kind]
        if function.params[1][0] != pointer:
            values = [f"({pointer}){values[0]}"]
    helper = f"prl_prop_{'set' if accessor.sets else 'get'}_{accessor.kind}"
    arguments = ", ".join([handle, prop.handle_type, prop.id, *values])
    return f"{function.definition_head}\n{{\n    return {helper}({arguments});\n}}\n"


def maker(api, function, properties):
    """The body of PrlClass_Create(values ..., out): a record that starts with these values."""
    owner = re.match(r"Prl(\w+?)_Create$", function.name).group(1)
    mine = {prop.name: prop for prop in properties if prop.owner == owner}
    # The type of an object stands with the functions that take one.
    types = {f.handle_type for f in api.functions if f.name.startswith(f"Prl{owner}_")} - {""}
    if len(types) != 1:
        raise ValueError(f"{function.name} makes an object of no known type")
    *values, (_, out) = function.params
    lines = [f"    prl_record *record = prl_new_record({types.pop()}, {out}, &result);"]
    for kind, name in values:
        prop = mine[LONGER_NAMES.get(name, header_words(name))]
        text = "text" if kind == "PRL_CONST_STR" else "number"
        lines.append(f"    prl_new_{text}(record, {prop.id}, {name}, &result);")
    return (
        f"{function.definition_head}\n{{\n    PRL_RESULT result = 0;\n"
        + "\n".join(lines)
        + f"\n    return prl_new_give(record, result, {out});\n}}\n"
    )


def source(api):
    found, properties = accessors(api)
    makers = [maker(api, f, properties) for f in api.functions if f.impl == "new"]
    return template(
        "prl_props.c",
        rows="\n".join(table_row(prop) for prop in properties),
        functions="\n".join([*(definition(accessor) for accessor in found), *makers]).rstrip(),
    )
