"""What can only be seen when machines are slow, or fail: here both happen on demand, at once.

pytest examples/pytest_fixture
"""

from __future__ import annotations

import pytest
from fleet import bring_up

import pyvjob
from pyvjob import sim

NAMES = [f"worker{n}" for n in range(10)]


def test_ten_machines_in_three_waves(server: pyvjob.Handle) -> None:
    began = sim.now()
    assert bring_up(server, NAMES, at_once=4, attempts=1) == {}
    # Three waves of 30 s each: of the simulator's clock, so the test takes a moment.
    assert sim.now() - began == pytest.approx(90, abs=1)


def test_what_failed_is_tried_again(server: pyvjob.Handle) -> None:
    sim.fail_next("start", vm="worker3", count=2)
    assert bring_up(server, NAMES, at_once=10, attempts=3) == {}


def test_gives_up_after_so_many_attempts(server: pyvjob.Handle) -> None:
    sim.fail_next("start", vm="worker3", count=2)
    assert bring_up(server, NAMES, at_once=10, attempts=2) == {"worker3": "PRL_ERR_FAILURE"}


def test_the_host_has_only_so_much_memory(server: pyvjob.Handle) -> None:
    sim.add({"hosts": [{"vms": [{"name": "giant", "memory_mb": 7000}]}]})
    left_out = bring_up(server, ["giant", *NAMES], at_once=11, attempts=1)
    assert left_out == dict.fromkeys(NAMES[2:], "PRL_ERR_HYP_ALLOC_VMS_MEMORY")
