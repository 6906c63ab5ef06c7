"""The libvirt-style API, with the virJob functions of 2008, under its C names and argument order.

What C hands back through pointers is the return value: numbers, texts, lists, structs as cffi
objects; several come as a tuple. A failing call raises VirError (alias libvirtError). Handles come
as VirConnect, VirDomain, VirNetwork, VirDomainSnapshot and VirJob objects, which give their
reference back at the end of a `with` block; a number or None can be handed over too.

A job is a Job: `await job`, Job_Wait, Job_Result, which is a domain, a network or None. The worker
of virJobCreate is a Python function, a generator function (it yields how far it has come) or a
coroutine function; it runs on a thread of Python's own. A worker that is asked to stop finds
Cancelled raised at its yield or await.

Callbacks of the event loop are called as callback(conn, subject, ..., opaque) on the thread that
runs virEventRunDefaultImpl. RegEventHandler and events() of a connection need no loop (VirEvent).
Enum members, functions and constants are made when they are first used; `lib` and `ffi` give raw
access. A function's __doc__ has its C prototype.
"""

from __future__ import annotations

from ._vir_api import binding as _binding


def __getattr__(name: str) -> object:
    value = globals()[name] = _binding.attribute(name)
    return value


def __dir__() -> list[str]:
    return sorted(_binding.names())
