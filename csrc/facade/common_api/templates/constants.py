"""Constants of the @api@ API. Generated.

One text, searched when a name is wanted: dictionaries of @many@ names load ten times slower.
GROUPS (group -> {name: value}) and GROUP_OF (name -> group) are made when they are first used.
"""

from __future__ import annotations

TEXT = """
@body@
"""


def _value(text: str) -> int | str | tuple[int, ...]:
    if text[0] == "'":
        return text[1:-1]
    if "," in text:
        return tuple(int(byte) for byte in text.rstrip(",").split(","))
    return int(text)


def find(name: str) -> tuple[str, int | str | tuple[int, ...]]:
    """Group and value of a constant; KeyError if there is none."""
    start = TEXT.find("\n" + name + " ") + 1
    if not start or " " in name:
        raise KeyError(name)
    group = TEXT.rfind("\n[", 0, start) + 2
    value = TEXT[start + len(name) + 1 : TEXT.index("\n", start)]
    return TEXT[group : TEXT.index("]", group)], _value(value)


def group(name: str) -> dict[str, int | str | tuple[int, ...]]:
    """Constants of a group by name, in their order; KeyError if there is no such group."""
    start = TEXT.find("\n[" + name + "]\n")
    if start < 0:
        raise KeyError(name)
    start = TEXT.index("\n", start + 1) + 1
    end = TEXT.find("\n[", start)
    pairs = (line.split(" ", 1) for line in TEXT[start : end if end >= 0 else -1].split("\n"))
    return {constant: _value(value) for constant, value in pairs}


def __getattr__(name: str) -> object:
    if name == "GROUPS":
        names = [line[1:-1] for line in TEXT.split("\n") if line[:1] == "["]
        made: object = {one: group(one) for one in names}
    elif name == "GROUP_OF":
        groups: dict[str, dict[str, object]] = __getattr__("GROUPS")  # type: ignore[assignment]
        made = {one: of for of, members in groups.items() for one in members}
    else:
        raise AttributeError(name)
    globals()[name] = made
    return made
