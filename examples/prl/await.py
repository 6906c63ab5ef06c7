"""Jobs are awaited, events iterated over; everything happens on one asyncio loop, without threads.

pyvjob run await.py
pyvjob run --clock auto await.py      the same, at once
"""

from __future__ import annotations

import asyncio

import pyvjob
from pyvjob import prl


async def watch(server: pyvjob.Handle, names: dict[str, str]) -> None:
    """Prints what becomes of the machines, until the session is over."""
    async with pyvjob.events(server) as stream:
        async for handle in stream:
            with handle:
                if isinstance(handle, pyvjob.Job):
                    continue
                kind = prl.PrlEvent_GetType(handle)
                if kind == prl.PET_DSP_EVT_DISP_CONNECTION_CLOSED:
                    return
                if kind == prl.PET_DSP_EVT_VM_STATE_CHANGED:
                    with prl.PrlEvent_GetParam(handle, 0) as parameter:
                        state = prl.VIRTUAL_MACHINE_STATE(prl.PrlEvtPrm_ToUint32(parameter))
                    print(f"  {names[prl.PrlEvent_GetIssuerId(handle)]} is {state.name}")


async def cycle(vm: pyvjob.Handle) -> str:
    """Start and stop one machine; a job that is awaited gives its result or raises its failure."""
    with prl.PrlVm_Start(vm) as job:
        await job
    with prl.PrlVm_Stop(vm, False) as job:
        await job
    return str(prl.PrlVmCfg_GetName(vm))


async def main() -> None:
    prl.PrlApi_InitEx(prl.PARALLELS_API_VER, prl.PAM_SERVER, 0, 0)
    with prl.PrlSrv_Create() as server:
        with prl.PrlSrv_LoginLocal(server, "", 0, prl.PSL_NORMAL_SECURITY) as job:
            for response in await job:
                pyvjob.Free(response)
        with prl.PrlSrv_GetVmList(server) as job:
            machines = await job
        names = {prl.PrlVmCfg_GetUuid(vm): prl.PrlVmCfg_GetName(vm) for vm in machines}
        watcher = asyncio.create_task(watch(server, names))

        # All at once. Those that run already fail to start, which stops nobody else.
        ends = await asyncio.gather(*map(cycle, machines), return_exceptions=True)
        for vm in machines:
            pyvjob.Free(vm)
        with prl.PrlSrv_Logoff(server) as job:
            await job
        await watcher
        for name, end in zip(names.values(), ends, strict=True):
            failed = isinstance(end, pyvjob.PrlError)
            print(f"{name}: {end.name if failed else 'started and stopped'}")
    prl.PrlApi_Deinit()


if __name__ == "__main__":
    asyncio.run(main())
