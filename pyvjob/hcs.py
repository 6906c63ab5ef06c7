"""The Windows Host Compute System API under its C names, in the C argument order.

What C hands back through pointers is the return value: documents are dicts (or None), and dicts
can be handed over where C takes a document. A failing result raises HResultError, with its
document. Handles come as HcsOperation, HcsSystem and HcsProcess objects, which close themselves at
the end of a `with` block; a number or None can be handed over too.

An operation is a job: `await operation`, Job_Wait, Job_Cancel. A callback is called as
callback(operation, context) or callback(event, context), on a thread of Python's own; a context is
any object. Enum members, functions and constants are made when they are first used; `lib` and
`ffi` give raw access. A function's __doc__ has its C prototype.
"""

from __future__ import annotations

from ._hcs_api import binding as _binding


def __getattr__(name: str) -> object:
    value = globals()[name] = _binding.attribute(name)
    return value


def __dir__() -> list[str]:
    return sorted(_binding.names())
