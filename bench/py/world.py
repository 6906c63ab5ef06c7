"""Row G from Python, in a world of 1000 VMs: world.py prl | vix | hcs | vir | libvirt"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable
from typing import Any

from report import clock, emit

VMS = 1000
CYCLES = 1000
LOOKUPS = 20_000
LISTS = 20


def measure(who: str, metric: str, n: int, turn: Callable[[int], object], more: str = "") -> None:
    """Turns a second; of lists, nanoseconds a VM."""
    start = clock()
    for i in range(n):
        turn(i)
    took = clock() - start
    a_vm = metric == "py_list"
    value = took / n / VMS if a_vm else n * 1e9 / took
    emit("G", who, metric, "ns/vm" if a_vm else "1/s", f"vms={VMS}{more}", value)


def load() -> None:
    from pyvjob import sim

    still = {"duration_s": 0, "jitter": 0, "progress_steps": 0}
    vms = [{"name": "v", "count": VMS, "memory_mb": 16}]
    operations = dict.fromkeys(("create", "start", "stop", "list", "read", "login"), still)
    sim.load({"hosts": [{"memory_mb": 100_000_000, "vms": vms}], "operations": operations})


def finish(job: Any) -> Any:
    import pyvjob

    with job:
        pyvjob.Job_Wait(job)
        return pyvjob.Job_Result(job)


def prl() -> None:
    import pyvjob
    from pyvjob import prl

    load()
    prl.PrlApi_InitEx(prl.PARALLELS_API_VER, prl.PAM_SERVER, 0, 0)
    server = prl.PrlSrv_Create()
    for response in finish(prl.PrlSrv_LoginLocal(server, "", 0, prl.PSL_NORMAL_SECURITY)):
        pyvjob.Free(response)

    def list_all(_: int) -> None:
        for machine in finish(prl.PrlSrv_GetVmList(server)):
            pyvjob.Free(machine)

    measure("prl", "py_list", LISTS, list_all)
    machines = finish(prl.PrlSrv_GetVmList(server))

    def cycle(i: int) -> None:
        machine = machines[i % VMS]
        finish(prl.PrlVm_Start(machine))
        finish(prl.PrlVm_Stop(machine, True))

    measure("prl", "py_cycles", CYCLES, cycle)

    def on_event(x: pyvjob.Handle, data: object) -> None:
        pass

    pyvjob.RegEventHandler(server, on_event)
    measure("prl", "py_cycles", CYCLES, cycle, " events")
    pyvjob.UnregEventHandler(server, on_event)
    for machine in machines:
        pyvjob.Free(machine)
    pyvjob.Free(server)


def vix() -> None:
    import pyvjob
    from pyvjob import vix

    load()
    nothing = vix.VIX_INVALID_HANDLE
    provider = vix.VIX_SERVICEPROVIDER_VMWARE_VI_SERVER
    host = finish(vix.VixHost_Connect(-1, provider, None, 0, None, None, 0, nothing))
    host = host[vix.VIX_PROPERTY_JOB_RESULT_HANDLE]
    vm = finish(vix.VixVM_Open(host, "[standard] v1/v1.vmx"))[vix.VIX_PROPERTY_JOB_RESULT_HANDLE]

    def cycle(_: int) -> None:
        finish(vix.VixVM_PowerOn(vm, 0, nothing))
        finish(vix.VixVM_PowerOff(vm, 0))

    measure("vix", "py_cycles", CYCLES, cycle)
    pyvjob.Free(vm)
    vix.VixHost_Disconnect(host)


def hcs() -> None:
    import pyvjob
    from pyvjob import hcs

    load()
    topology = {"Memory": {"SizeInMB": 16}, "Processor": {"Count": 1}}
    body = {"Chipset": {"Uefi": {}}, "ComputeTopology": topology}
    version = {"Major": 2, "Minor": 1}
    document = json.dumps({"SchemaVersion": version, "Owner": "bench", "VirtualMachine": body})
    alive = hcs.HcsCreateOperation()

    def operation() -> Any:
        return hcs.HcsCreateOperation()

    def cycle(_: int) -> None:
        op = operation()
        system = hcs.HcsCreateComputeSystem("test", document, op, None)
        finish(op)
        op = operation()
        hcs.HcsStartComputeSystem(system, op, None)
        finish(op)
        op = operation()
        hcs.HcsTerminateComputeSystem(system, op, None)
        finish(op)
        pyvjob.Free(system)

    measure("hcs", "py_cycles", CYCLES, cycle)
    pyvjob.Free(alive)


def vir() -> None:
    import pyvjob
    from pyvjob import vir

    load()
    conn = vir.virConnectOpen("vjob:///system")

    def look_up(_: int) -> None:
        pyvjob.Free(vir.virDomainLookupByName(conn, "v1"))

    def list_all(_: int) -> None:
        for domain in vir.virConnectListAllDomains(conn, 0):
            pyvjob.Free(domain)

    domain = vir.virDomainLookupByName(conn, "v1")

    def cycle(_: int) -> None:
        vir.virDomainCreate(domain)
        vir.virDomainDestroy(domain)

    measure("vir", "py_lookup", LOOKUPS, look_up)
    measure("vir", "py_list", LISTS, list_all)
    measure("vir", "py_cycles", CYCLES, cycle)
    pyvjob.Free(domain)
    vir.virConnectClose(conn)


def libvirt() -> None:
    try:
        import libvirt
    except ImportError:
        sys.exit(3)
    form = (
        "<domain type='test'><name>v{0}</name><uuid>00000000-0000-4000-8000-{0:012x}</uuid>"
        "<memory>16384</memory><vcpu>1</vcpu><os><type>hvm</type></os></domain>"
    )
    with tempfile.NamedTemporaryFile("w") as file:
        domains = "".join(form.format(i) for i in range(1, VMS + 1))
        file.write(f"<node>{domains}</node>")
        file.flush()
        conn = libvirt.open(f"test://{file.name}")
    domain = conn.lookupByName("v1")
    if domain.isActive():
        domain.destroy()

    def cycle(_: int) -> None:
        domain.create()
        domain.destroy()

    measure("libvirt", "py_lookup", LOOKUPS, lambda _: conn.lookupByName("v1"))
    measure("libvirt", "py_list", LISTS, lambda _: conn.listAllDomains())
    measure("libvirt", "py_cycles", CYCLES, cycle)


globals()[sys.argv[1]]()
