"""Row G from Python: world.py prl | libvirt"""

from __future__ import annotations

import sys

from report import clock, emit

CYCLES = 1000


def prl() -> None:
    import pyvjob
    from pyvjob import prl, sim

    still = {"duration_s": 0, "jitter": 0, "progress_steps": 0}
    vms = [{"name": "v", "count": 1000, "memory_mb": 16}]
    sim.load(
        {
            "hosts": [{"memory_mb": 100_000_000, "vms": vms}],
            "operations": {"start": still, "stop": still},
        }
    )
    prl.PrlApi_InitEx(prl.PARALLELS_API_VER, prl.PAM_SERVER, 0, 0)

    def finish(job: pyvjob.Job) -> object:
        with job:
            pyvjob.Job_Wait(job)
            return pyvjob.Job_Result(job)

    server = prl.PrlSrv_Create()
    for response in finish(prl.PrlSrv_LoginLocal(server, "", 0, prl.PSL_NORMAL_SECURITY)):
        pyvjob.Free(response)
    start = clock()
    machines = finish(prl.PrlSrv_GetVmList(server))
    emit("G", "prl", "py_list", "ns/vm", "python", (clock() - start) / len(machines))
    start = clock()
    for i in range(CYCLES):
        finish(prl.PrlVm_Start(machines[i % 1000]))
        finish(prl.PrlVm_Stop(machines[i % 1000], True))
    emit("G", "prl", "py_cycles", "1/s", "python", CYCLES * 1e9 / (clock() - start))
    for machine in machines:
        pyvjob.Free(machine)
    pyvjob.Free(server)


def libvirt() -> None:
    try:
        import libvirt
    except ImportError:
        sys.exit(3)
    conn = libvirt.open("test:///default")
    domain = conn.lookupByName("test")
    domain.destroy()
    start = clock()
    for _ in range(CYCLES):
        domain.create()
        domain.destroy()
    emit("G", "libvirt", "py_cycles", "1/s", "python", CYCLES * 1e9 / (clock() - start))
    start = clock()
    for _ in range(CYCLES):
        conn.lookupByName("test")
    emit("G", "libvirt", "py_lookup", "1/s", "python", CYCLES * 1e9 / (clock() - start))


globals()[sys.argv[1]]()
