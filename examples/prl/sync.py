"""Asynchronous functions used as if they were ordinary ones: call, wait, take the result.

pyvjob run sync.py [VM...]      starts and stops the machines named, or lists all
"""

from __future__ import annotations

import sys

import pyvjob
from pyvjob import prl

TIMEOUT_MS = 10_000


def finish(doing: str, job: pyvjob.Job, timeout_ms: float | None = TIMEOUT_MS) -> bool:
    """Wait for a job and free it; say how it ended. True if it succeeded."""
    with job:
        try:
            pyvjob.Job_Wait(job, timeout_ms)
            for parameter in pyvjob.Job_Result(job):
                pyvjob.Free(parameter)
        except pyvjob.Timeout as late:  # the job goes on without us
            print(f"{doing}: {late}")
            return False
        except pyvjob.PrlError as failure:  # code, name and the sentence from the job's error event
            print(f"{doing}: {failure.name} 0x{failure.code & 0xFFFFFFFF:08X}: {failure.text}")
            return False
    print(f"{doing}: done")
    return True


def list_machines(server: pyvjob.Handle) -> dict[str, pyvjob.Handle]:
    """By name; the caller frees them."""
    with prl.PrlSrv_GetVmList(server) as job:
        pyvjob.Job_Wait(job)
        return {prl.PrlVmCfg_GetName(vm): vm for vm in pyvjob.Job_Result(job)}


def cycle(vm: pyvjob.Handle) -> None:
    finish("  start", prl.PrlVm_Start(vm))
    finish("  start again", prl.PrlVm_Start(vm))
    finish("  stop, with no patience", prl.PrlVm_Stop(vm, False), 0)
    finish("  stop, while it is stopping", prl.PrlVm_Stop(vm, False))


def main(wanted: list[str]) -> None:
    prl.PrlApi_InitEx(prl.PARALLELS_API_VER, prl.PAM_SERVER, 0, 0)
    with prl.PrlSrv_Create() as server:
        login = prl.PrlSrv_Login(
            server, "localhost", "admin", "secret", None, 0, 0, prl.PSL_LOW_SECURITY
        )
        if not finish("login", login):
            sys.exit(1)
        machines = list_machines(server)
        for name in wanted or machines:
            if not wanted:
                print(" ", name)
            elif name in machines:
                print(name)
                cycle(machines[name])
            else:
                print(f"{name}: there is no such machine")
        for vm in machines.values():
            pyvjob.Free(vm)
        finish("logoff", prl.PrlSrv_Logoff(server))
    prl.PrlApi_Deinit()


if __name__ == "__main__":
    main(sys.argv[1:])
