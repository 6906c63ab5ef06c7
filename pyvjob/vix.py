"""The VIX API under its C names, in the C argument order.

What C hands back through pointers is the return value. A failing code raises VixError. Handles
come as Handle or Job objects; a Handle, a number or None can be handed over. Texts are str.
Property functions take ids and return values: one, or a tuple. The callback of an asynchronous
function and its data may be left out; it is called as callback(job, event, info, data), on a
thread of Python's own, and a wait for the job ends after the last call of it has returned.

FindItems is VixHost_FindItems for `async for`. Enum members, functions and constants are made
when they are first used; `lib` and `ffi` give raw access. A function's __doc__ has its C
prototype.
"""

from __future__ import annotations

from ._vix_api import binding as _binding


def __getattr__(name: str) -> object:
    value = globals()[name] = _binding.attribute(name)
    return value


def __dir__() -> list[str]:
    return sorted(_binding.names())
