"""Programs of guests that Python runs, or that run really: sim.program_hook, sim.allow_programs."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import pyvjob
from pyvjob import sim, vix

WORLD = {
    "hosts": [
        {
            "vms": [
                {
                    "name": "web",
                    "os": "linux",
                    "state": "running",
                    "guest": {"env": {"WORD": "hello"}},
                },
                {"name": "other", "os": "linux", "state": "running"},
            ]
        }
    ]
}


class Guest:
    """A guest that somebody is logged in to."""

    def __init__(self, name: str = "web") -> None:
        with vix.VixHost_Connect(-1, 3, None, 0, None, None, 0, None) as job:
            self.host = vix.VixJob_Wait(job, vix.VIX_PROPERTY_JOB_RESULT_HANDLE)
        with vix.VixVM_Open(self.host, f"[standard] {name}/{name}.vmx") as job:
            self.vm = vix.VixJob_Wait(job, vix.VIX_PROPERTY_JOB_RESULT_HANDLE)
        with vix.VixVM_LoginInGuest(self.vm, "root", "pw", 0) as job:
            vix.VixJob_Wait(job)

    def start(self, program: str, arguments: str | None = None) -> Any:
        return vix.VixVM_RunProgramInGuest(self.vm, program, arguments, 0, None)

    def run(self, program: str, arguments: str | None = None) -> tuple[int, int]:
        """Exit code and seconds."""
        with self.start(program, arguments) as job:
            found: tuple[int, int] = vix.VixJob_Wait(
                job,
                vix.VIX_PROPERTY_JOB_RESULT_GUEST_PROGRAM_EXIT_CODE,
                vix.VIX_PROPERTY_JOB_RESULT_GUEST_PROGRAM_ELAPSED_TIME,
            )
        return found

    def read(self, path: str, to: Path) -> str:
        with vix.VixVM_CopyFileFromGuestToHost(self.vm, path, str(to), 0, None) as job:
            vix.VixJob_Wait(job)
        return to.read_text()

    def close(self) -> None:
        pyvjob.Free(self.vm)
        vix.VixHost_Disconnect(self.host)


@pytest.fixture
def guest() -> Iterator[Guest]:
    with sim.world(WORLD, clock="auto"):
        guest = Guest()
        yield guest
        guest.close()


def test_a_hook_runs_what_the_guest_does_not_have(guest: Guest, tmp_path: Path) -> None:
    asked: list[Any] = []

    def hook(program: Any) -> Any:
        asked.append(program)
        if program.args[0] != "/opt/backup":
            return None
        return sim.Ended(3, f"{program.env['WORD']} from {program.vm}\n", duration_s=40)

    sim.program_hook(hook)
    assert guest.run("/opt/backup", "--all 'a b' > /tmp/said") == (3, 40)
    assert guest.read("/tmp/said", tmp_path / "said") == "hello from web\n"
    (program,) = asked
    assert program.args == ["/opt/backup", "--all", "a b"]
    assert (program.vm, program.user, program.cwd, program.input) == ("web", "root", "/", b"")
    assert "backup" in repr(program)
    assert guest.run("/opt/other") == (127, 0)
    assert guest.run("/bin/true") == (0, 0) and len(asked) == 2
    sim.program_hook(None)
    assert guest.run("/usr/bin/backup") == (127, 0)


@pytest.mark.parametrize(
    ("returned", "expected", "text"),
    [(7, 7, ""), (True, 1, ""), ("text\n", 0, "text\n"), (b"bytes", 0, "bytes"), (-1, -1, "")],
)
def test_what_a_hook_returns(
    returned: Any, expected: int, text: str, guest: Guest, tmp_path: Path
) -> None:
    sim.program_hook(lambda program: returned)
    assert guest.run("/opt/x", "> /tmp/out") == (expected, 0)
    assert guest.read("/tmp/out", tmp_path / "out") == text


def test_a_hook_that_raises_is_reported(guest: Guest, monkeypatch: pytest.MonkeyPatch) -> None:
    reported: list[Any] = []
    monkeypatch.setattr(threading, "excepthook", lambda args: reported.append(args.exc_value))

    def hook(program: Any) -> Any:
        raise ZeroDivisionError("told") if program.args[1:] else LookupError("none")

    sim.program_hook(hook)
    assert guest.run("/opt/x") == (126, 0)
    assert guest.run("/opt/x", "y") == (126, 0)
    sim.program_hook(lambda program: 1.5)
    assert guest.run("/opt/x") == (126, 0)
    assert [type(one) for one in reported] == [LookupError, ZeroDivisionError, TypeError]


def test_hooks_run_at_once_and_may_use_everything(guest: Guest) -> None:
    """Each waits for all others, and for the engine."""
    together = threading.Barrier(5)

    def hook(program: Any) -> int:
        together.wait(20)
        sim.sleep(5)
        with vix.VixVM_ReadVariable(guest.vm, vix.VIX_VM_GUEST_VARIABLE, "ip", 0) as job:
            vix.VixJob_Wait(job)
        return int(program.args[1])

    sim.program_hook(hook)
    jobs = [guest.start("/opt/x", str(n)) for n in range(5)]
    code = vix.VIX_PROPERTY_JOB_RESULT_GUEST_PROGRAM_EXIT_CODE
    assert [vix.VixJob_Wait(job, code) for job in jobs] == list(range(5))
    for job in jobs:
        pyvjob.Free(job)


def test_hooks_must_be_callable() -> None:
    with pytest.raises(TypeError, match="callable"):
        sim.program_hook(5)  # type: ignore[arg-type]


def test_real_programs_only_when_allowed(guest: Guest, tmp_path: Path) -> None:
    assert guest.run("/usr/bin/uname") == (127, 0)
    try:
        sim.allow_programs(tmp_path / "scratch")
    except pyvjob.Error as refused:
        if refused.code == sim.lib.VJOB_ENOTSUP:
            pytest.skip("this machine has no Landlock")
        raise
    assert guest.run("/usr/bin/uname", "> /tmp/out")[0] == 0
    assert guest.read("/tmp/out", tmp_path / "out") == "Linux\n"
    assert guest.run("/bin/bash", "-c 'echo x > inside; exit 5'")[0] == 5
    (folder,) = (tmp_path / "scratch").iterdir()
    assert (folder / "inside").read_text() == "x\n"
    outside = tmp_path / "outside"
    assert guest.run("/bin/bash", f"-c 'echo x > {outside}'")[0] != 0
    assert not outside.exists()
    sim.allow_programs(None)
    assert guest.run("/usr/bin/uname") == (127, 0)


def test_no_inventory_runs_real_programs() -> None:
    """Not even one that lists a program of this machine by its path."""
    program = {"path": "/usr/bin/uname"}
    vm = {"name": "web", "os": "linux", "state": "running", "guest": {"programs": [program]}}
    with sim.world({"hosts": [{"vms": [vm]}]}, clock="auto"):
        guest = Guest()
        assert guest.run("/usr/bin/uname") == (0, 0)
        assert guest.run("/usr/bin/id") == (127, 0)
        guest.close()
