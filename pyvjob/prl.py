"""The Parallels C API under its C names, in the C argument order.

What C hands back through pointers is the return value: one value, or a tuple. A failing code
raises PrlError. Handles come as Handle or Job objects; a Handle, a number or None can be handed
over. Texts are str. Enum members, functions and constants are made when they are first used;
`lib` and `ffi` give raw access. A function's __doc__ has its C prototype.
"""

from __future__ import annotations

from ._prl_api import binding as _binding


def __getattr__(name: str) -> object:
    value = globals()[name] = _binding.attribute(name)
    return value


def __dir__() -> list[str]:
    return sorted(_binding.names())
