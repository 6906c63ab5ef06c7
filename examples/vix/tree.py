"""The snapshots of a machine as a tree, the present one starred.

    pyvjob run tree.py [PATH]      default: the machine fedora, which has some

tree.c is the same program in C.
"""

from __future__ import annotations

import sys

import pyvjob
from pyvjob import vix

NAME, TEXT = vix.VIX_PROPERTY_SNAPSHOT_DISPLAYNAME, vix.VIX_PROPERTY_SNAPSHOT_DESCRIPTION


def show(snapshot: pyvjob.Handle, current: pyvjob.Handle | None, depth: int) -> None:
    name, text = vix.Vix_GetProperties(snapshot, NAME, TEXT)
    star = " *" if snapshot == current else ""
    print("  " * depth + name + star + (": " + text if text else ""))
    for i in range(vix.VixSnapshot_GetNumChildren(snapshot)):
        with vix.VixSnapshot_GetChild(snapshot, i) as child:
            show(child, current, depth + 1)


def tree(vm: pyvjob.Handle) -> None:
    roots = vix.VixVM_GetNumRootSnapshots(vm)
    current = vix.VixVM_GetCurrentSnapshot(vm) if roots else None
    print(f"roots: {roots}")
    for i in range(roots):
        with vix.VixVM_GetRootSnapshot(vm, i) as root:
            show(root, current, 1)
    if current:
        pyvjob.Free(current)


def main() -> None:
    path = sys.argv[1] if len(sys.argv) > 1 else "[standard] fedora/fedora.vmx"
    provider, handle = (
        vix.VIX_SERVICEPROVIDER_VMWARE_WORKSTATION,
        vix.VIX_PROPERTY_JOB_RESULT_HANDLE,
    )
    version = vix.VIX_API_VERSION
    with vix.VixHost_Connect(version, provider, None, 0, None, None, 0, None) as job:
        host = vix.VixJob_Wait(job, handle)
    with vix.VixVM_Open(host, path) as job, vix.VixJob_Wait(job, handle) as vm:
        tree(vm)
    vix.VixHost_Disconnect(host)


if __name__ == "__main__":
    main()
