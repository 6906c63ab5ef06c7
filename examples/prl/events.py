"""Everything that a server has to say goes to one handler: events of the system and ends of jobs.

Logs in, lists the virtual machines, watches the load of the host, starts a machine and stops it
again. All that is printed is printed by the handler. events.c is the same program in C.

    pyvjob run events.py
"""

from __future__ import annotations

import threading
from typing import Any

import pyvjob
from pyvjob import prl

TIMEOUT_MS = 60_000
SAMPLES = 3  # of statistics, before the machine is stopped


class Session:
    """What the handler keeps for the rest of the program."""

    def __init__(self) -> None:
        self.names: dict[str, str] = {}
        self.stopped: pyvjob.Handle | None = None  # the first machine that can be started
        self.job_handled = threading.Semaphore(0)
        self.sample_seen = threading.Semaphore(0)

    # ---- jobs ----

    def handle_login(self, response: pyvjob.Handle) -> None:
        system = prl.PrlLoginResponse_GetHostOsVersion(response)
        version = prl.PrlLoginResponse_GetProductVersion(response)
        print(f"login        {system}, product version {version}")

    def handle_machine(self, vm: pyvjob.Handle) -> None:
        name, uuid = prl.PrlVmCfg_GetName(vm), prl.PrlVmCfg_GetUuid(vm)
        cpus, memory_mb = prl.PrlVmCfg_GetCpuCount(vm), prl.PrlVmCfg_GetRamSize(vm)
        with prl.PrlVmCfg_GetVmInfo(vm) as info:
            state = prl.PrlVmInfo_GetState(info)
        print(f"machine      {name:12} {word(state):10} {cpus} cpu {memory_mb:6} MB  {uuid}")
        self.names[uuid] = name
        if state == prl.VMS_STOPPED and self.stopped is None:
            self.stopped = pyvjob.AddRef(vm)

    def handle_job(self, job: pyvjob.Job) -> None:
        code = prl.PrlJob_GetOpCode(job)
        try:
            result = pyvjob.Job_Result(job)  # a list; raises what went wrong
        except pyvjob.PrlError as failure:
            print(f"job          {code.name}: {failure}")
        else:
            print(f"job          {code.name}: done")
            for parameter in result:
                with parameter:
                    if code == prl.PJOC_SRV_LOGIN:
                        self.handle_login(parameter)
                    elif code == prl.PJOC_SRV_GET_VM_LIST:
                        self.handle_machine(parameter)
        self.job_handled.release()

    # ---- events ----

    def handle_statistics(self, statistics: pyvjob.Handle) -> None:
        with prl.PrlStat_GetCpuStat(statistics, 0) as cpu:
            percent = prl.PrlStatCpu_GetCpuUsage(cpu)
        used = prl.PrlStat_GetUsageRamSize(statistics) >> 20
        total = prl.PrlStat_GetTotalRamSize(statistics) >> 20
        print(f"statistics   cpu 0 {percent:3} %   memory {used} of {total} MB")
        self.sample_seen.release()

    def handle_event(self, event: pyvjob.Handle) -> None:
        kind, issuer = prl.PrlEvent_GetType(event), prl.PrlEvent_GetIssuerId(event)
        name = self.names.get(issuer, "server")  # what no machine is behind has a uuid of zeros
        if kind == prl.PET_DSP_EVT_HOST_STATISTICS_UPDATED:
            parameter = prl.PrlEvent_GetParam(event, 0)
            with parameter, prl.PrlEvtPrm_ToHandle(parameter) as statistics:
                self.handle_statistics(statistics)
        elif kind == prl.PET_DSP_EVT_VM_STATE_CHANGED:
            with prl.PrlEvent_GetParam(event, 0) as parameter:
                state = prl.VIRTUAL_MACHINE_STATE(prl.PrlEvtPrm_ToUint32(parameter))
            print(f"event        {name} is {word(state)}")
        elif kind == prl.PET_DSP_EVT_JOB_PROGRESS_CHANGED:
            with prl.PrlEvent_GetParam(event, 0) as parameter:
                print(f"progress     {name} {prl.PrlEvtPrm_ToUint32(parameter)} %")
        else:
            print(f"event        {name} {kind.name}")


def word(state: Any) -> str:
    return str(state.name).removeprefix("VMS_").lower()


def on_server(handle: pyvjob.Handle, session: Session) -> None:
    """Runs on a thread of pyvjob's, one call at a time; owns the handle that it is given."""
    with handle:
        if isinstance(handle, pyvjob.Job):
            session.handle_job(handle)
        else:
            session.handle_event(handle)


def finish(session: Session, job: pyvjob.Job) -> None:
    """Wait until a job has ended and the handler has dealt with it."""
    with job:
        pyvjob.Job_Wait(job, TIMEOUT_MS)
    session.job_handled.acquire()


def main() -> None:
    session = Session()
    prl.PrlApi_InitEx(prl.PARALLELS_API_VER, prl.PAM_SERVER, 0, 0)
    with prl.PrlSrv_Create() as server:
        pyvjob.RegEventHandler(server, on_server, session)
        login = prl.PrlSrv_Login(
            server, "localhost", "admin", "secret", None, 0, 0, prl.PSL_LOW_SECURITY
        )
        finish(session, login)
        finish(session, prl.PrlSrv_GetVmList(server))
        finish(session, prl.PrlSrv_SubscribeToHostStatistics(server))
        vm = session.stopped
        if vm:
            finish(session, prl.PrlVm_Start(vm))
        for _ in range(SAMPLES):
            session.sample_seen.acquire()
        if vm:
            finish(session, prl.PrlVm_Stop(vm, False))
            pyvjob.Free(vm)
        finish(session, prl.PrlSrv_UnsubscribeFromHostStatistics(server))
        finish(session, prl.PrlSrv_Logoff(server))
        pyvjob.UnregEventHandler(server, on_server, session)
    prl.PrlApi_Deinit()


if __name__ == "__main__":
    main()
