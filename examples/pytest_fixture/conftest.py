"""A hypervisor for every test: fresh, with a clock that does not wait, and checked for leaks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import pyvjob
from pyvjob import prl, sim

WORLD = {
    "hosts": [
        {
            "memory_mb": 8192,
            "vms": [{"name": "worker", "count": 10, "os": "linux", "memory_mb": 512}],
        }
    ],
    "operations": {"start": {"duration_s": 30}},
}


@pytest.fixture
def server() -> Iterator[pyvjob.Handle]:
    """A server object that is logged in."""
    with sim.world(WORLD, clock="auto", seed=1):
        prl.PrlApi_InitEx(prl.PARALLELS_API_VER, prl.PAM_SERVER, 0, 0)
        server = prl.PrlSrv_Create()
        with prl.PrlSrv_LoginLocal(server, "", 0, prl.PSL_NORMAL_SECURITY) as job:
            pyvjob.Job_Wait(job)
        yield server
        pyvjob.Free(server)
        assert sim.leaks() == []
        prl.PrlApi_Deinit()
