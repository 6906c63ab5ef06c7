"""Users' programs under mypy --strict: the stubs know every C name."""

from __future__ import annotations

from pathlib import Path

import pytest

api = pytest.importorskip("mypy.api")

GOOD = """
import pyvjob
from pyvjob import native, prl, sim

def names(server: pyvjob.Handle) -> list[str]:
    job: pyvjob.Job = prl.PrlSrv_GetVmList(server)
    pyvjob.Job_Wait(job, timeout_ms=10)
    return [prl.PrlVmCfg_GetName(vm) for vm in pyvjob.Job_Result(job)]

async def run(vm: pyvjob.Handle) -> prl.VIRTUAL_MACHINE_STATE:
    await prl.PrlVm_StartEx(vm, prl.PSM_VM_START, 0)
    (info,) = await prl.PrlVm_GetState(vm)
    async for happened in pyvjob.events(vm):
        if pyvjob.GetType(happened) == prl.PHT_JOB:
            break
    return prl.PrlVmInfo_GetState(info)

def handler(x: pyvjob.Handle, data: list[int]) -> None:
    data.append(int(x))

with sim.world(clock="auto"), native.start(duration_s=1.0) as job:
    prl.PrlHandle_RegEventHandler(job, handler, [])
    code: int = prl.PRL_ERR_TIMEOUT
    text: str = prl.EVT_PARAM_VMINFO_VM_STATE
    state: pyvjob.JobState = pyvjob.Job_Status(job)
    reveal: int = prl.PrlVmCfg_GetCpuCount(job)
"""
HCS = """
import pyvjob
from pyvjob import hcs

def ended(operation: hcs.HcsOperation, context: list[int]) -> None:
    context.append(hcs.HcsGetOperationId(operation))

def told(event: hcs.HcsEvent, context: object) -> None:
    print(event.Type, event.EventData)

async def run(id: str) -> None:
    with hcs.HcsCreateOperation([], ended) as operation:
        system: hcs.HcsSystem = hcs.HcsCreateComputeSystem(id, {"Owner": "me"}, operation)
        hcs.HcsSetComputeSystemCallback(system, hcs.HcsEventOptionNone, None, told)
        await operation
        process = hcs.HcsCreateProcess(system, {"CommandLine": "true"}, operation)
        info, document = hcs.HcsWaitForOperationResultAndProcessInfo(operation, hcs.INFINITE)
        print(info.ProcessId, document)
        pyvjob.Free(process)
        async for event in pyvjob.events(system):
            print(event)
"""
BAD = {
    "prl.PrlSrv_Login(0)": "Missing positional arguments",
    "prl.PrlSrv_Logon(0)": "has no attribute",
    "prl.PrlVmCfg_SetName(0, 7)": "incompatible type",
    "x: str = prl.PrlVmCfg_GetCpuCount(0)": "Incompatible types in assignment",
    "prl.PHT_NOTHING": "has no attribute",
}


@pytest.fixture(autouse=True)
def findable(monkeypatch: pytest.MonkeyPatch) -> None:
    """mypy does not see a default editable install by itself."""
    import pyvjob

    folder = Path(pyvjob.__file__).parent.parent
    if folder.name != "site-packages":
        monkeypatch.setenv("MYPYPATH", str(folder))


def check(tmp_path: Path, program: str) -> tuple[str, int]:
    (tmp_path / "program.py").write_text(program)
    cache = str(tmp_path / "cache")
    out, err, code = api.run(["--strict", "--cache-dir", cache, str(tmp_path / "program.py")])
    assert not err
    return out, code


def test_a_program_that_uses_much_passes(tmp_path: Path) -> None:
    out, code = check(tmp_path, GOOD)
    assert code == 0, out


def test_a_program_for_hcs_passes(tmp_path: Path) -> None:
    out, code = check(tmp_path, HCS)
    assert code == 0, out


def test_mistakes_are_found(tmp_path: Path) -> None:
    out, code = check(tmp_path, "from pyvjob import prl\n" + "\n".join(BAD))
    lines = out.splitlines()
    assert code == 1 and len(lines) == len(BAD) + 1, out
    for line, said in zip(lines, BAD.values(), strict=False):
        assert said in line
