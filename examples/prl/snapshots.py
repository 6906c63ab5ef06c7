"""Snapshots: take two, look at the tree, go back to the first, delete it with what grew from it.

pyvjob run snapshots.py [VM]      default: WindowsXP
"""

from __future__ import annotations

import sys
from typing import Any
from xml.etree import ElementTree

import pyvjob
from pyvjob import prl


def finish(job: pyvjob.Job) -> list[Any]:
    with job:
        pyvjob.Job_Wait(job)
        result: list[Any] = pyvjob.Job_Result(job)
        return result


def tree_of(vm: pyvjob.Handle) -> ElementTree.Element:
    """The tree is text, XML."""
    (text,) = finish(prl.PrlVm_GetSnapshotsTree(vm))
    return ElementTree.fromstring(text)


def current_of(vm: pyvjob.Handle) -> str:
    """The uuid of the snapshot that the machine stands on."""
    items = tree_of(vm).iter("SavedStateItem")
    return next((item.attrib["guid"] for item in items if item.get("current") == "yes"), "")


def show(item: ElementTree.Element, depth: int = 0) -> None:
    for child in item.findall("SavedStateItem"):
        print(f"{'  ' * depth}- {child.findtext('Name')}: {child.findtext('Description')}")
        show(child, depth + 1)


def work(vm: pyvjob.Handle) -> None:
    finish(prl.PrlVm_CreateSnapshot(vm, "clean", "before anything was installed"))
    clean = current_of(vm)
    finish(prl.PrlVm_CreateSnapshot(vm, "tested", "after the tests"))
    print("two snapshots, one grown from the other")
    show(tree_of(vm))

    finish(prl.PrlVm_SwitchToSnapshot(vm, clean))
    print("went back to", "clean" if current_of(vm) == clean else current_of(vm))

    finish(prl.PrlVm_DeleteSnapshot(vm, clean, True))
    print("deleted, with what grew from it")
    show(tree_of(vm))


def main(wanted: str) -> None:
    prl.PrlApi_InitEx(prl.PARALLELS_API_VER, prl.PAM_SERVER, 0, 0)
    with prl.PrlSrv_Create() as server:
        for response in finish(prl.PrlSrv_LoginLocal(server, "", 0, prl.PSL_NORMAL_SECURITY)):
            pyvjob.Free(response)
        found = False
        for vm in finish(prl.PrlSrv_GetVmList(server)):
            with vm:
                if prl.PrlVmCfg_GetName(vm) == wanted:
                    found = True
                    work(vm)
        finish(prl.PrlSrv_Logoff(server))
    prl.PrlApi_Deinit()
    if not found:
        sys.exit(f"snapshots: there is no machine {wanted!r}")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "WindowsXP")
