"""Python programs as people write them: callbacks, waits, gather, iteration, pools of threads."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

import pyvjob
from pyvjob import prl

PATIENCE_S = 20


def result(job: Any) -> list[Any]:
    """A job's parameters; the job is freed."""
    pyvjob.Job_Wait(job, timeout_ms=600_000)
    found = pyvjob.Job_Result(job)
    pyvjob.Free(job)
    return found  # type: ignore[no-any-return]


def vm_named(server: Any, name: str) -> Any:
    (vm,) = result(prl.PrlSrv_GetVmConfig(server, name, prl.PGVC_SEARCH_BY_NAME))
    return vm


def test_register_call_wait_free_unregister(server: Any) -> None:
    seen: list[tuple[Any, int, Any]] = []
    told = threading.Event()

    def on_event(handle: Any, data: Any) -> None:
        kind = pyvjob.GetType(handle)
        if kind == prl.PHT_JOB and prl.PrlJob_GetOpCode(handle) == prl.PJOC_SRV_GET_VM_LIST:
            seen.append((kind, int(handle), data))
            told.set()
        pyvjob.Free(handle)

    pyvjob.RegEventHandler(server, on_event, {"my": "data"})
    job = prl.PrlSrv_GetVmList(server)
    pyvjob.Job_Wait(job)
    assert told.wait(PATIENCE_S)
    assert seen == [(prl.PHT_JOB, int(job), {"my": "data"})]
    for vm in pyvjob.Job_Result(job):
        pyvjob.Free(vm)
    pyvjob.Free(job)
    pyvjob.UnregEventHandler(server, on_event, {"my": "data"})


def test_the_callback_itself_reads_the_result(server: Any) -> None:
    names: list[str] = []
    told = threading.Event()

    def on_event(handle: Any, _: Any) -> None:
        with handle:
            if pyvjob.GetType(handle) != prl.PHT_JOB or prl.PrlJob_GetRetCode(handle):
                return
            if prl.PrlJob_GetOpCode(handle) != prl.PJOC_SRV_GET_VM_LIST:
                return
            for vm in pyvjob.Job_Result(handle):
                names.append(prl.PrlVmCfg_GetName(vm))
                pyvjob.Free(vm)
            told.set()

    prl.PrlSrv_RegEventHandler(server, on_event, None)
    pyvjob.Free(prl.PrlSrv_GetVmList(server))  # nobody waits
    assert told.wait(PATIENCE_S)
    prl.PrlSrv_UnregEventHandler(server, on_event, None)
    assert names == ["WindowsXP", "debian", "fedora"]


def test_states_are_heard_in_order(server: Any) -> None:
    states: list[int] = []
    over = threading.Event()

    def on_event(event: Any, _: Any) -> None:
        with event:
            if pyvjob.GetType(event) != prl.PHT_EVENT:
                return
            if prl.PrlEvent_GetType(event) != prl.PET_DSP_EVT_VM_STATE_CHANGED:
                return
            with prl.PrlEvent_GetParam(event, 0) as parameter:
                states.append(prl.PrlEvtPrm_ToUint32(parameter))
        if states[-1] == prl.VMS_STOPPED:
            over.set()

    with vm_named(server, "WindowsXP") as vm:
        pyvjob.RegEventHandler(vm, on_event)
        result(prl.PrlVm_Start(vm))
        result(prl.PrlVm_Stop(vm, False))
        assert over.wait(PATIENCE_S)
        pyvjob.UnregEventHandler(vm, on_event)
    wanted = [prl.VMS_STARTING, prl.VMS_RUNNING, prl.VMS_STOPPING, prl.VMS_STOPPED]
    assert states == wanted


def test_gather_starts_everything(server: Any) -> None:
    async def start(vm: Any) -> str:
        with vm:
            try:
                await prl.PrlVm_Start(vm)
            except pyvjob.PrlError as failure:
                return f"{prl.PrlVmCfg_GetName(vm)} {failure.name} {failure.state}"
            return f"{prl.PrlVmCfg_GetName(vm)} started"

    async def main() -> list[str]:
        vms = await prl.PrlSrv_GetVmList(server)
        return await asyncio.gather(*map(start, vms))

    assert asyncio.run(main()) == [
        "WindowsXP started",
        "debian PRL_ERR_FAILURE VMS_RUNNING",
        "fedora started",
    ]


def test_statistics_are_iterated_over(server: Any) -> None:
    async def main() -> list[int]:
        uptimes: list[int] = []
        async with pyvjob.events(server) as stream:
            await prl.PrlSrv_SubscribeToHostStatistics(server)
            async for event in stream:
                with event:
                    if pyvjob.GetType(event) != prl.PHT_EVENT:
                        continue
                    with (
                        prl.PrlEvent_GetParamByName(event, "statistics") as parameter,
                        prl.PrlEvtPrm_ToHandle(parameter) as figures,
                    ):
                        uptimes.append(prl.PrlStat_GetOsUptime(figures))
                if len(uptimes) == 4:
                    break
            await prl.PrlSrv_UnsubscribeFromHostStatistics(server)
        return uptimes

    uptimes = asyncio.run(main())
    assert [b - a for a, b in zip(uptimes, uptimes[1:], strict=False)] == [1, 1, 1]


def test_a_timeout_of_asyncio_leaves_the_job_alone(server: Any) -> None:
    async def main() -> str:
        with vm_named_later as vm, prl.PrlVm_Start(vm) as job:
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(asyncio.shield(wait(job)), 0)
            await wait(job)
            return pyvjob.Job_Status(job).name

    async def wait(job: Any) -> None:
        await job

    vm_named_later = vm_named(server, "WindowsXP")
    assert asyncio.run(main()) == "DONE"


def test_a_failed_job_says_what_and_where(server: Any) -> None:
    with vm_named(server, "WindowsXP") as vm, prl.PrlVm_Stop(vm, False) as job:
        pyvjob.Job_Wait(job)
        with pytest.raises(pyvjob.PrlError) as caught:
            pyvjob.Job_Result(job)
    assert caught.value.name == "PRL_ERR_DISP_VM_IS_NOT_STARTED"
    assert caught.value.object == "WindowsXP"
    assert caught.value.state == "VMS_STOPPED"


def test_a_pool_of_threads_shares_a_session(server: Any) -> None:
    def work(number: int) -> int:
        with vm_named(server, ("WindowsXP", "debian", "fedora")[number % 3]) as vm:
            (info,) = result(prl.PrlVm_GetState(vm))
            with info:
                return int(prl.PrlVmInfo_GetState(info))

    with ThreadPoolExecutor(16) as pool:
        states = list(pool.map(work, range(90)))
    assert states == [prl.VMS_STOPPED, prl.VMS_RUNNING, prl.VMS_STOPPED] * 30


def test_a_job_can_be_awaited_and_waited_for_again(server: Any) -> None:
    async def main() -> None:
        with prl.PrlSrv_GetVmList(server) as job:
            first, second = await job, await job
            for a, b in zip(first, second, strict=True):
                assert a == b  # one machine, one handle
                pyvjob.Free(a)
                pyvjob.Free(b)

    asyncio.run(main())


def test_cancel_stops_what_is_under_way(server: Any) -> None:
    from pyvjob import sim

    sim.duration("start", 3600)
    with vm_named(server, "WindowsXP") as vm, prl.PrlVm_Start(vm) as job:
        with prl.PrlJob_Cancel(job) as cancelling:
            pyvjob.Job_Wait(cancelling)
            assert prl.PrlJob_GetOpCode(cancelling) == prl.PJOC_JOB_CANCEL
        pyvjob.Job_Wait(job)
        assert prl.PrlJob_GetRetCode(job) == prl.PRL_ERR_OPERATION_WAS_CANCELED
        assert pyvjob.Job_Status(job).name == "CANCELLED"
        (info,) = result(prl.PrlVm_GetState(vm))
        with info:
            assert prl.PrlVmInfo_GetState(info) == prl.VMS_STOPPED
