"""Machines that start together, with asyncio: `await` a job, `async for` over what is found.

pyvjob run await.py
"""

from __future__ import annotations

import asyncio

import pyvjob
from pyvjob import vix

HANDLE = vix.VIX_PROPERTY_JOB_RESULT_HANDLE


async def start(host: pyvjob.Handle, path: str) -> None:
    with vix.VixVM_Open(host, path) as job:
        vm = (await job)[HANDLE]
    with vm:
        try:
            with vix.VixVM_PowerOn(vm, vix.VIX_VMPOWEROP_NORMAL, None) as job:
                await job
        except pyvjob.VixError as failed:
            print(f"{path}: {failed.name}")
            return
        with vix.VixVM_WaitForToolsInGuest(vm, 300) as job:
            await job
        print(f"{path}: its tools are up")


async def main() -> None:
    provider, version = vix.VIX_SERVICEPROVIDER_VMWARE_WORKSTATION, vix.VIX_API_VERSION
    with vix.VixHost_Connect(version, provider, None, 0, None, None, 0, None) as job:
        host = (await job)[HANDLE]
    paths = [path async for path in vix.FindItems(host, vix.VIX_FIND_REGISTERED_VMS)]
    await asyncio.gather(*(start(host, path) for path in paths))
    running = [path async for path in vix.FindItems(host, vix.VIX_FIND_RUNNING_VMS)]
    print(f"{len(running)} are running")
    vix.VixHost_Disconnect(host)


asyncio.run(main())
