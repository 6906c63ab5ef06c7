"""A session: connect, open with a callback, power, snapshots by path, a guest's programs and files.

    pyvjob run tour.py
    pyvjob run --clock auto tour.py      the same, at once

tour.c is the same program in C.
"""

from __future__ import annotations

import os
import tempfile
from typing import Any

import pyvjob
from pyvjob import vix


def done(job: pyvjob.Job, *ids: int) -> Any:
    """Wait for a job, free it; the properties that it has to give."""
    with job:
        return vix.VixJob_Wait(job, *ids)


def opened(job: pyvjob.Job, event: int, info: object, context: list[pyvjob.Handle]) -> None:
    if event == vix.VIX_EVENTTYPE_JOB_COMPLETED and not vix.VixJob_GetError(job):
        context.append(vix.VixJob_Wait(job, vix.VIX_PROPERTY_JOB_RESULT_HANDLE))


def found(job: pyvjob.Job, event: int, item: Any, indent: str) -> None:
    if event == vix.VIX_EVENTTYPE_FIND_ITEM:
        path = vix.Vix_GetProperties(item, vix.VIX_PROPERTY_FOUND_ITEM_LOCATION)
        print(indent + path)


def snapshots(vm: pyvjob.Handle) -> None:
    taken = vix.VIX_PROPERTY_JOB_RESULT_HANDLE
    pyvjob.Free(done(vix.VixVM_CreateSnapshot(vm, "base", "", 0, None), taken))
    pyvjob.Free(done(vix.VixVM_CreateSnapshot(vm, "patched", "", 0, None), taken))
    with vix.VixVM_GetNamedSnapshot(vm, "base/patched") as snapshot:
        name = vix.Vix_GetProperties(snapshot, vix.VIX_PROPERTY_SNAPSHOT_DISPLAYNAME)
        with vix.VixSnapshot_GetParent(snapshot) as parent:
            above = vix.Vix_GetProperties(parent, vix.VIX_PROPERTY_SNAPSHOT_DISPLAYNAME)
    print(f"snapshot {name} of {above}")
    with vix.VixVM_GetNamedSnapshot(vm, "base") as base:
        done(vix.VixVM_RemoveSnapshot(vm, base, vix.VIX_SNAPSHOT_REMOVE_CHILDREN))
    print(f"snapshots left: {vix.VixVM_GetNumRootSnapshots(vm)}")


def guest(vm: pyvjob.Handle, folder: str) -> None:
    done(vix.VixVM_WaitForToolsInGuest(vm, 300))
    done(vix.VixVM_LoginInGuest(vm, "user", "password", 0))
    sent, back = os.path.join(folder, "sent"), os.path.join(folder, "back")
    with open(sent, "w") as file:
        file.write("hello, guest\n")
    done(vix.VixVM_CopyFileFromHostToGuest(vm, sent, "/tmp/a", 0, None))
    ended = vix.VIX_PROPERTY_JOB_RESULT_GUEST_PROGRAM_EXIT_CODE
    job = vix.VixVM_RunProgramInGuest(vm, "/bin/sh", '-c "cat /tmp/a > /tmp/b"', 0, None)
    print(f"program ended with {done(job, ended)}")
    done(vix.VixVM_CopyFileFromGuestToHost(vm, "/tmp/b", back, 0, None))
    with open(back) as file:
        print(f"back: {file.read().strip()}")


def session(host: pyvjob.Handle) -> None:
    context: list[pyvjob.Handle] = []
    done(vix.VixVM_Open(host, "[standard] WindowsXP/WindowsXP.vmx", opened, context))
    with context[0] as vm:
        print(f"opened {vix.Vix_GetProperties(vm, vix.VIX_PROPERTY_VM_NAME)}")
        done(vix.VixVM_PowerOn(vm, vix.VIX_VMPOWEROP_NORMAL, None))
        print("running:")
        done(vix.VixHost_FindItems(host, vix.VIX_FIND_RUNNING_VMS, None, -1, found, "  "))
        with tempfile.TemporaryDirectory() as folder:
            guest(vm, folder)
        done(vix.VixVM_PowerOff(vm, vix.VIX_VMPOWEROP_NORMAL))
        snapshots(vm)


def main() -> None:
    provider = vix.VIX_SERVICEPROVIDER_VMWARE_WORKSTATION
    job = vix.VixHost_Connect(vix.VIX_API_VERSION, provider, None, 0, None, None, 0, None)
    host = done(job, vix.VIX_PROPERTY_JOB_RESULT_HANDLE)
    session(host)
    vix.VixHost_Disconnect(host)


if __name__ == "__main__":
    main()
