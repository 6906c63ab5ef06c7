"""Enum classes that are made when they are first asked for."""

from __future__ import annotations

from . import _ffi

TYPE_CHECKING = False
if TYPE_CHECKING:
    from enum import IntEnum
    from typing import Any


def make(name: str, members: dict[str, int], module: str) -> Any:
    """An IntEnum. `enum` is imported here: many programs never need it."""
    from enum import IntEnum

    return IntEnum(name, members, module=module)


def from_c(name: str, c_type: str, prefix: str, module: str) -> type[IntEnum]:
    """The enum of a C enum in the engine's headers, without the prefix and without counters."""
    names = _ffi.ffi.typeof(c_type).relements
    members = {
        constant[len(prefix) :]: value
        for constant, value in names.items()
        if not constant.endswith("_COUNT")
    }
    made: type[IntEnum] = make(name, members, module)
    return made
