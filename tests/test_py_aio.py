"""Jobs and events on asyncio loops."""

from __future__ import annotations

import asyncio
import gc
import warnings
from typing import Any

import pytest

import pyvjob
from pyvjob import native, prl, sim
from pyvjob.handle import Handle


async def login() -> Handle:
    prl.PrlApi_Init(prl.PARALLELS_API_VER)
    server = prl.PrlSrv_Create()
    (response,) = await prl.PrlSrv_Login(
        server, "localhost", "me", "pw", 0, 0, 0, prl.PSL_LOW_SECURITY
    )
    pyvjob.Free(response)
    sim.save()  # lets the moment pass in which the login is announced to handlers
    return server


def test_the_story_with_await(world: None) -> None:
    async def story() -> list[str]:
        server = await login()
        vms = await prl.PrlSrv_GetVmList(server)
        names = [prl.PrlVmCfg_GetName(vm) for vm in vms]
        await prl.PrlVm_Start(vms[names.index("WindowsXP")])
        with pytest.raises(pyvjob.PrlError):
            await prl.PrlVm_Start(vms[names.index("WindowsXP")])
        for handle in (*vms, server):
            pyvjob.Free(handle)
        return names

    with warnings.catch_warnings():
        warnings.simplefilter("error")  # awaited jobs may be dropped
        assert "WindowsXP" in asyncio.run(story())
        gc.collect()


def test_await_on_the_auto_clock_takes_simulated_time_only(world: None) -> None:
    async def sleeper() -> float:
        began = sim.now()
        await asyncio.gather(*(native.start(duration_s=3600 * n) for n in range(1, 100)))
        await sim.asleep(3600)
        return sim.now() - began

    assert asyncio.run(asyncio.wait_for(sleeper(), 20)) == pytest.approx(100 * 3600, abs=5)


def test_starts_of_all_coroutines_come_before_the_clock_moves(world: None) -> None:
    """A coroutine that waits must not let time pass while others have something to do."""

    async def one(ends: list[float]) -> None:
        for _ in range(3):
            await asyncio.sleep(0)
        await native.start(duration_s=10)
        ends.append(sim.now())

    async def everybody() -> list[float]:
        ends: list[float] = []
        await asyncio.gather(*(one(ends) for _ in range(200)))
        return ends

    ends = asyncio.run(everybody())
    assert max(ends) - min(ends) < 1e-3


def test_blocking_calls_on_a_running_loop_raise_at_once(world: None) -> None:
    async def block() -> None:
        with native.start(duration_s=10) as job:
            for wait in (
                lambda: pyvjob.Job_Wait(job),
                lambda: pyvjob.Job_Wait(job, 10),
                lambda: native.wait_all([job]),
                lambda: native.wait_any([job]),
                lambda: sim.sleep(1),
            ):
                with pytest.raises(RuntimeError, match="await"):
                    wait()
            with pytest.raises(pyvjob.Timeout):
                pyvjob.Job_Wait(job, 0)  # only looks
            server = await login()
            with server, prl.PrlSrv_GetVmList(server) as listing:
                with pytest.raises(RuntimeError, match="PrlJob_Wait.*await"):
                    prl.PrlJob_Wait(listing, 1000)
                for vm in await listing:
                    pyvjob.Free(vm)
            await asyncio.to_thread(pyvjob.Job_Wait, job)  # on another thread it is fine

    asyncio.run(block())


def test_cancelling_the_awaiting_task_leaves_the_job_and_nothing_else(world: None) -> None:
    async def cancel() -> None:
        with native.start(duration_s=1000) as job:

            async def wait() -> None:
                await job

            task = asyncio.ensure_future(wait())
            await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            from pyvjob._aio import ring_of_running_loop

            assert ring_of_running_loop().waiting == {}
            assert pyvjob.Job_Status(job) is pyvjob.JobState.RUNNING
            with pytest.raises(asyncio.TimeoutError):
                sim.clock("real")
                await asyncio.wait_for(wait(), 0.01)
            sim.clock("auto")
            await job
            assert pyvjob.Job_Status(job) is pyvjob.JobState.DONE

    asyncio.run(cancel())


def test_one_job_awaited_by_many_and_after_its_end(world: None) -> None:
    async def many() -> None:
        async def wait(job: pyvjob.Job) -> None:
            await job

        with native.start(duration_s=5) as job:
            await asyncio.gather(*(wait(job) for _ in range(50)))
            await job

    asyncio.run(many())


def test_a_loop_that_is_closed_early_holds_nothing_up(world: None) -> None:
    loop = asyncio.new_event_loop()

    async def start() -> Any:
        job = native.start(duration_s=10)

        async def wait() -> None:
            await job

        loop.create_task(wait())
        await asyncio.sleep(0)
        return job

    job = loop.run_until_complete(start())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for task in asyncio.all_tasks(loop):
            task._log_destroy_pending = False  # type: ignore[attr-defined]
        loop.close()
        gc.collect()
    with job:
        pyvjob.Job_Wait(job)  # the auto clock goes on although nobody drains that loop's ring
        sim.sleep(1000)


def test_two_loops_one_after_the_other(world: None) -> None:
    async def wait() -> None:
        await native.start(duration_s=1)

    for _ in range(3):
        asyncio.run(wait())


def test_async_for_over_events(world: None) -> None:
    async def listen() -> None:
        server = await login()
        vms = await prl.PrlSrv_GetVmList(server)
        vm = next(vm for vm in vms if prl.PrlVmCfg_GetName(vm) == "WindowsXP")
        stream = pyvjob.events(server)
        start = prl.PrlVm_Start(vm)
        states = []
        async for happened in stream:
            if isinstance(happened, pyvjob.Job):
                assert happened == start
                break
            if prl.PrlEvent_GetType(happened) == prl.PET_DSP_EVT_VM_STATE_CHANGED:
                with prl.PrlEvent_GetParamByName(happened, "vminfo_vm_state") as parameter:
                    states.append(prl.PrlEvtPrm_ToUint32(parameter))
        assert states[-1] == prl.VMS_RUNNING
        await stream.aclose()
        with pytest.raises(StopAsyncIteration):
            await stream.__anext__()
        del happened
        for handle in (start, *vms, server):
            pyvjob.Free(handle)

    asyncio.run(asyncio.wait_for(listen(), 20))


def test_a_stream_ends_when_its_server_is_freed(world: None) -> None:
    async def listen() -> None:
        server = await login()
        seen = []

        async def drain() -> None:
            async for happened in pyvjob.events(server):
                seen.append(int(happened))

        task = asyncio.ensure_future(drain())
        await asyncio.sleep(0)
        job = prl.PrlSrv_GetVmList(server)
        for vm in await job:
            pyvjob.Free(vm)
        while not seen:
            await asyncio.sleep(0)
        pyvjob.Free(job)
        pyvjob.Free(server)
        await task
        assert len(seen) == 1

    asyncio.run(asyncio.wait_for(listen(), 20))


def test_a_stream_left_by_break_is_detached_by_the_collector(world: None) -> None:
    async def listen() -> None:
        server = await login()

        async def first() -> None:
            async for _ in pyvjob.events(server):
                break

        task = asyncio.ensure_future(first())
        await asyncio.sleep(0)
        for vm in await prl.PrlSrv_GetVmList(server):
            pyvjob.Free(vm)
        await task
        gc.collect()
        while pyvjob.handle.listeners:
            await asyncio.sleep(0)
        pyvjob.Free(server)

    asyncio.run(asyncio.wait_for(listen(), 20))


def test_streams_belong_to_their_loop(world: None) -> None:
    async def make() -> Any:
        server = await login()
        return server, pyvjob.events(server)

    loop = asyncio.new_event_loop()
    server, stream = loop.run_until_complete(make())

    async def use() -> None:
        with pytest.raises(RuntimeError, match="another event loop"):
            await stream.__anext__()

    asyncio.run(use())
    loop.run_until_complete(stream.aclose())
    loop.close()
    pyvjob.Free(server)
    with pytest.raises(RuntimeError):
        pyvjob.events(server)
