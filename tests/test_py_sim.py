"""pyvjob.sim: worlds, inventories, clock, faults, leaks."""

from __future__ import annotations

import json
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

import pyvjob
from pyvjob import native, prl, sim
from pyvjob.handle import Handle

WORLD: dict[str, Any] = {
    "hosts": [
        {
            "name": "alpha",
            "vms": [{"name": "web", "state": "running"}, {"name": "storm", "count": 100}],
        }
    ]
}


def vm_names() -> list[str]:
    return [vm["name"] for host in sim.save()["hosts"] for vm in host.get("vms", [])]


def test_worlds_come_from_dicts_text_and_files_and_go_away_again(tmp_path: Path) -> None:
    file = tmp_path / "world.json"
    file.write_text(json.dumps(WORLD))
    for inventory in (WORLD, json.dumps(WORLD), file, str(file)):
        with sim.world(inventory):
            assert len(vm_names()) == 101 and "storm99" in vm_names()
        assert "WindowsXP" in vm_names()
        sim.reset()


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ({"hosts": [{"name": 7}]}, "hosts"),
        ('{"hosts": ', "line 1"),
        ("/nonexistent/world.json", "/nonexistent/world.json"),
    ],
)
def test_a_bad_inventory_is_refused_and_changes_nothing(
    world: None, bad: str | dict[str, Any], said: str
) -> None:
    before = vm_names()
    with pytest.raises(pyvjob.Error, match=said) as caught:
        sim.load(bad)
    assert caught.value.name in ("VJOB_EPARSE", "VJOB_EIO")
    assert vm_names() == before


def test_load_needs_an_unused_engine_and_add_does_not(server: Handle) -> None:
    with pytest.raises(pyvjob.Error, match="VJOB_EBUSY"):
        sim.load(WORLD)
    before = len(vm_names())
    sim.add({"hosts": [{"name": "localhost", "vms": [{"name": "added"}]}]})
    assert len(vm_names()) == before + 1
    with prl.PrlSrv_GetVmConfig(server, "added", prl.PGVC_SEARCH_BY_NAME) as job:
        pyvjob.Job_Wait(job)
        pyvjob.Free(pyvjob.Job_Result(job)[0])


def test_the_clock_can_be_told(world: None) -> None:
    began = sim.now()
    sim.sleep(86_400)
    assert sim.now() - began == pytest.approx(86_400, abs=1)
    sim.clock("x1000000")
    sim.sleep(1000)
    with pytest.raises(pyvjob.Error, match="VJOB_EINVAL"):
        sim.clock("sometimes")


def test_the_next_operations_fail_when_told_to(server: Handle) -> None:
    with prl.PrlSrv_GetVmConfig(server, "WindowsXP", prl.PGVC_SEARCH_BY_NAME) as job:
        pyvjob.Job_Wait(job)
        (vm,) = pyvjob.Job_Result(job)
    sim.fail_next("start", "WindowsXP", sim.lib.VJOB_ERESOURCE)
    outcomes = []
    with vm:
        for _ in range(2):
            with prl.PrlVm_Start(vm) as job:
                pyvjob.Job_Wait(job)
                outcomes.append(prl.PrlJob_GetRetCode(job))
    assert outcomes == [prl.PRL_ERR_HYP_ALLOC_VMS_MEMORY, prl.PRL_ERR_SUCCESS]
    with pytest.raises(pyvjob.Error):
        sim.fail_next("dance")


def test_leaks_say_what_is_owed(world: None) -> None:
    with native.start(duration_s=1, operation="copy") as job, pyvjob.AddRef(job):
        (leak,) = sim.leaks("native")
        assert (leak.handle, leak.refs, leak.api) == (int(job), 2, "native")
        assert sim.leaks("prl") == [] and "2 owed" in repr(leak)
    assert sim.leaks() == []


def test_leaks_are_found_while_others_come_and_go(world: None) -> None:
    """The newest handle was left out when another came between counting them and listing them."""
    over = threading.Event()

    def end(jobs: list[pyvjob.Job]) -> None:
        for job in jobs:
            pyvjob.Job_Cancel(job)
            pyvjob.Job_Wait(job)
            pyvjob.Free(job)

    def come_and_go() -> None:
        while not over.is_set():
            end([native.start(duration_s=3600) for _ in range(20)])

    places = [native.start(duration_s=3600) for _ in range(200)]
    some = [native.start(duration_s=3600) for _ in range(100)]
    end(places)  # what comes takes these, which are looked at first
    other = threading.Thread(target=come_and_go)
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    other.start()
    try:
        for _ in range(1000):
            assert {leak.handle for leak in sim.leaks()}.issuperset(map(int, some))
    finally:
        over.set()
        other.join()
        sys.setswitchinterval(interval)
        end(some)


def test_reset_ends_apis_and_their_handles(world: None) -> None:
    prl.PrlApi_Init(prl.PARALLELS_API_VER)
    prl.PrlApi_Init(prl.PARALLELS_API_VER)
    server = prl.PrlSrv_Create()
    job = native.start(duration_s=1e9)
    assert len(sim.leaks()) == 2
    sim.reset()
    assert sim.leaks() == []
    for dead in (server, job):
        with pytest.raises(pyvjob.Error):
            pyvjob.Free(dead)


def test_traces_of_equal_runs_are_equal(tmp_path: Path) -> None:
    def story(path: Path) -> None:
        with sim.world(clock="auto", seed=7):
            sim.trace(path)
            prl.PrlApi_Init(prl.PARALLELS_API_VER)
            with prl.PrlSrv_Create() as server:
                with prl.PrlSrv_LoginLocal(server, None, 0, prl.PSL_LOW_SECURITY) as job:
                    pyvjob.Job_Wait(job)
                    pyvjob.Free(pyvjob.Job_Result(job)[0])
                with prl.PrlSrv_GetVmList(server) as job:
                    pyvjob.Job_Wait(job)
                    vms = pyvjob.Job_Result(job)
                for _ in range(3):
                    jobs = [prl.PrlVm_Start(vm) for vm in vms]
                    jobs += [prl.PrlVm_Stop(vm, False) for vm in vms]
                    native.wait_all(jobs)
                    for job in jobs:
                        pyvjob.Free(job)
                for vm in vms:
                    pyvjob.Free(vm)
            sim.trace(None)

    logs = [tmp_path / name for name in ("one", "two")]
    for log in logs:
        story(log)
    first, second = (log.read_bytes() for log in logs)
    assert first == second and first.count(b"\n") > 20
