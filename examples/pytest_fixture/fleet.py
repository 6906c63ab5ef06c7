"""The code under test: brings machines up, a few at a time, and tries again what failed.

It is written for the Parallels API and knows nothing of a simulator.
"""

from __future__ import annotations

import pyvjob
from pyvjob import prl


def machines(server: pyvjob.Handle) -> dict[str, pyvjob.Handle]:
    """All machines of a server by name; the caller frees them."""
    with prl.PrlSrv_GetVmList(server) as job:
        pyvjob.Job_Wait(job)
        return {prl.PrlVmCfg_GetName(vm): vm for vm in pyvjob.Job_Result(job)}


def bring_up(
    server: pyvjob.Handle, names: list[str], at_once: int, attempts: int
) -> dict[str, str]:
    """Start machines in waves of `at_once`. Returns those that never came up, with the reason."""
    found = machines(server)
    reasons: dict[str, str] = {}
    try:
        left = names
        for _ in range(attempts):
            reasons = _waves(found, left, at_once)
            left = list(reasons)
        return reasons
    finally:
        for vm in found.values():
            pyvjob.Free(vm)


def _waves(found: dict[str, pyvjob.Handle], names: list[str], at_once: int) -> dict[str, str]:
    reasons: dict[str, str] = {}
    for first in range(0, len(names), at_once):
        wave = {name: prl.PrlVm_Start(found[name]) for name in names[first : first + at_once]}
        for name, job in wave.items():
            with job:
                pyvjob.Job_Wait(job)
                try:
                    pyvjob.Job_Result(job)
                except pyvjob.PrlError as failure:
                    reasons[name] = failure.name
    return reasons
