"""The process around the library: fork, signals, exit, loading, running out of things."""

from __future__ import annotations

import importlib.util
import os
import resource
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PROGRAMS = ROOT / "tests" / "programs" / "process"
_spec = importlib.util.find_spec("pyvjob")
assert _spec and _spec.origin
PACKAGE = Path(_spec.origin).parent
LIB = PACKAGE / "lib"
LIMIT_S = 120

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="uses /proc and limits of Linux"),
    pytest.mark.skipif(not shutil.which("cc"), reason="no C compiler"),
]


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Iterator[object]:
    """Compile a program once: build(path of the source)."""
    folder = tmp_path_factory.mktemp("programs")

    def compile(source: Path) -> Path:
        program = folder / source.stem
        if not program.exists():
            include = PACKAGE / "include"
            subprocess.run(
                [
                    *("cc", "-g", "-o", program, source, "-pthread"),
                    f"-I{include}",
                    *(f"-I{include / api}" for api in ("prl", "vix", "hcs", "vir", "win32")),
                    *(f"-L{LIB}", "-lprl_sdk", "-lvixAllProducts", "-lcomputecore"),
                    *("-lvjob_vir", "-lvjob", "-ldl"),
                    f"-Wl,-rpath,{LIB}",
                ],
                check=True,
            )
        return program

    yield compile


def run(program: object, *words: object, code: int = 0, **env: str) -> str:
    done = subprocess.run(
        [str(word) for word in (program, *words)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=LIMIT_S,
        env={**os.environ, **env},
    )
    assert done.returncode == code, f"{program} {words}: {done.returncode}\n{done.stdout}"
    return done.stdout


# ---- fork


@pytest.mark.parametrize("clock", ["real", "auto"])
def test_fork_again_and_again_while_threads_are_at_work(build, clock: str) -> None:  # type: ignore[no-untyped-def]
    run(build(PROGRAMS / "fork_storm.c"), VJOB_CLOCK=clock)


MULTI = """
    import multiprocessing, sys
    import pyvjob
    from pyvjob import hcs, native, prl, sim, vir, vix

    def work(n):
        try:
            if n % 5 == 0:
                prl.PrlApi_Init(prl.PARALLELS_API_VER)
            elif n % 5 == 1:
                product = vix.VIX_SERVICEPROVIDER_VMWARE_WORKSTATION
                with vix.VixHost_Connect(vix.VIX_API_VERSION, product, None, 0, None, None, 0,
                                         None, None, None) as job:
                    what = vix.VIX_PROPERTY_JOB_RESULT_HANDLE
                    vix.VixHost_Disconnect(vix.VixJob_Wait(job, what))
            elif n % 5 == 2:
                with hcs.HcsCreateOperation() as operation:
                    hcs.HcsEnumerateComputeSystems(None, operation)
                    hcs.HcsWaitForOperationResult(operation, hcs.INFINITE)
            elif n % 5 == 3:
                vir.virConnectClose(vir.virConnectOpen("vjob:///"))
            else:
                with native.start(duration_s=0.001) as job:
                    pyvjob.Job_Wait(job)
            return "works"
        except pyvjob.Error as error:
            return error.name

    if __name__ == "__main__":
        how = sys.argv[1]
        connection = vir.virConnectOpen("vjob:///")
        jobs = native.start_many(1000, duration_s=0.2)
        running = native.start(duration_s=0.5)
        with multiprocessing.get_context(how).Pool(2) as pool:
            print(*sorted(set(pool.map(work, range(20)))))
        pyvjob.Job_Wait(running)
        native.wait_all(jobs)
        pyvjob.Free(running)
        jobs.free()
        vir.virConnectClose(connection)
        assert not sim.leaks()
"""


@pytest.mark.parametrize("how", ["fork", "forkserver", "spawn"])
def test_multiprocessing_while_jobs_run(how: str, tmp_path: Path) -> None:
    """A forked worker is told clearly; one that starts afresh has a world of its own."""
    program = tmp_path / "multi.py"
    program.write_text(textwrap.dedent(MULTI))
    said = run(sys.executable, "-W", "ignore::DeprecationWarning", program, how)
    if how == "fork":
        names = set(said.splitlines()[-1].split())  # libvirt-style errors are printed, too
        assert names - {"PRL_ERR_UNINITIALIZED", "PRL_ERR_FAILURE"} == {
            "VJOB_EFORK",
            "VIX_E_NOT_SUPPORTED",
            "HCS_E_SERVICE_DISCONNECT",
            "VIR_ERR_INTERNAL_ERROR",
        }
        assert names & {"PRL_ERR_UNINITIALIZED", "PRL_ERR_FAILURE"}
    else:
        assert said.split() == ["works"]


# ---- signals, exit


def test_waits_go_on_through_signals(build) -> None:  # type: ignore[no-untyped-def]
    run(build(PROGRAMS / "signals.c"), VJOB_CLOCK="real")


STATES = ["loaded", "logged in", "ended", "handler", "job", "_exit", "waits", "wait ends main"]
STATES += ["deinit", "vix callback", "vix connecting"]
STATES += ["hcs creating", "hcs completion", "hcs event"]
STATES += ["vir connected", "vir job", "vir event", "vir worker"]


@pytest.mark.parametrize("clock", ["real", "auto"])
@pytest.mark.parametrize("state", STATES)
def test_leaving_in_any_state(build, state: str, clock: str) -> None:  # type: ignore[no-untyped-def]
    program = build(PROGRAMS / "leave.c")
    for _ in range(3):
        run(program, state, code=7, VJOB_CLOCK=clock)


# ---- loading


def alone(source: Path, folder: Path) -> Path:
    """A program that is not linked with our libraries: it opens them."""
    subprocess.run(["cc", "-o", folder / "alone", source, "-ldl"], check=True)
    return folder / "alone"


def libraries() -> list[Path]:
    return sorted(LIB.glob("*.so"))


@pytest.mark.parametrize("library", [*libraries(), None], ids=lambda x: x.name if x else "all")
def test_loading_a_thousand_times(library: Path | None, tmp_path: Path) -> None:
    run(alone(PROGRAMS / "load.c", tmp_path), *([library] if library else libraries()))


BEFORE = """
    import threading
    import pyvjob
    from pyvjob import hcs, prl, sim, vir, vix
    sim.clock("auto")
    order = {order!r}
    def early(api):
        if api == "prl":
            for function in (prl.PrlSrv_Create, prl.PrlApi_Deinit):
                try:
                    function()
                except pyvjob.PrlError as error:
                    assert error.code == prl.PRL_ERR_API_WASNT_INITIALIZED, error
                else:
                    assert function is prl.PrlApi_Deinit
        elif api == "hcs":
            try:
                hcs.HcsGetComputeSystemProperties(1234, 5678, None)
            except (pyvjob.HResultError, TypeError):
                pass
            else:
                raise AssertionError("no system, and yet")
        elif api == "vir":
            try:
                vir.virDomainLookupByName(1234, "WindowsXP")
            except (pyvjob.VirError, TypeError):
                pass
            else:
                raise AssertionError("no connection, and yet")
        else:
            try:
                with vix.VixVM_Open(1234, "x") as job:
                    pyvjob.Job_Wait(job)
                    pyvjob.Job_Result(job)
            except (pyvjob.VixError, TypeError):
                pass
            else:
                raise AssertionError("no host, and yet")
    def use(api):
        if api == "prl":
            prl.PrlApi_Init(prl.PARALLELS_API_VER)
            server = prl.PrlSrv_Create()
            with prl.PrlSrv_LoginLocal(server, None, 0, prl.PSL_NORMAL_SECURITY) as job:
                pyvjob.Job_Wait(job)
                pyvjob.Free(pyvjob.Job_Result(job)[0])
            pyvjob.Free(server)
            prl.PrlApi_Deinit()
        elif api == "hcs":
            with hcs.HcsCreateOperation() as operation:
                hcs.HcsEnumerateComputeSystems(None, operation)
                assert hcs.HcsWaitForOperationResult(operation, hcs.INFINITE) is not None
        elif api == "vir":
            with vir.virConnectOpen("vjob:///") as conn, \
                 vir.virDomainLookupByName(conn, "WindowsXP") as domain:
                assert vir.virDomainIsActive(domain) == 0
        else:
            product = vix.VIX_SERVICEPROVIDER_VMWARE_WORKSTATION
            with vix.VixHost_Connect(vix.VIX_API_VERSION, product, None, 0, None, None, 0,
                                     None, None, None) as job:
                host = vix.VixJob_Wait(job, vix.VIX_PROPERTY_JOB_RESULT_HANDLE)
            vix.VixHost_Disconnect(host)
    for api in order:
        early(api)
    threads = [threading.Thread(target=use, args=(api,)) for api in order * 4]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
    assert not sim.leaks()
    sim.reset()
    print("fine")
"""
ORDERS = [["prl", "vix"], ["vix", "prl"], ["hcs", "vir"], ["vir", "hcs"]]
ORDERS += [
    ["vir", "prl"],
    ["hcs", "vix"],
    ["prl", "vix", "hcs", "vir"],
    ["vir", "hcs", "vix", "prl"],
]


@pytest.mark.parametrize("order", ORDERS, ids="-".join)
def test_two_apis_used_before_their_start_and_then_started_at_once(order: list[str]) -> None:
    said = run(sys.executable, "-c", textwrap.dedent(BEFORE).format(order=order))
    assert said.splitlines()[-1] == "fine", said  # libvirt-style errors are printed


@pytest.mark.parametrize("first", ["real", "ours"])
def test_beside_a_real_libvirt(first: str, tmp_path: Path) -> None:
    ours = LIB / "libvjob_vir.so"
    found = subprocess.run(["/sbin/ldconfig", "-p"], capture_output=True, text=True).stdout
    real = [line.split("=> ")[1] for line in found.splitlines() if "libvirt.so.0 " in line]
    if not real or not ours.exists():
        pytest.skip("no libvirt here" if ours.exists() else "libvjob_vir.so is not built")
    program = alone(PROGRAMS / "beside_libvirt.c", tmp_path)
    paths = [real[0], str(ours)]
    said = run(program, *(paths if first == "real" else paths[::-1])).splitlines()
    files = [line.split()[1] for line in said]
    assert files == (names := [Path(path).name for path in paths]) or files == names[::-1]


# ---- running out


def limited(program: Path, what: int, limit: int) -> tuple[int, str]:
    def lower() -> None:
        resource.setrlimit(what, (limit, limit))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

    done = subprocess.run(
        [program],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=LIMIT_S,
        preexec_fn=lower,
        env={**os.environ, "VJOB_CLOCK": "auto"},
    )
    return done.returncode, done.stdout.decode(errors="replace")


OUT = {"prl": "examples/prl/lifecycle.c", "events": "examples/prl/events.c"}
OUT |= {"vix": "examples/vix/tour.c", "native": "examples/native/jobs.c"}
OUT |= {"vir": "examples/vir/jobs.c", "hcs": "tests/programs/process/hcs_story.c"}


@pytest.mark.parametrize("example", OUT)
def test_running_out_of_descriptors(build, example: str) -> None:  # type: ignore[no-untyped-def]
    """It works, or it says that it does not: nothing hangs and nothing crashes."""
    program = build(ROOT / OUT[example])
    codes = [limited(program, resource.RLIMIT_NOFILE, n)[0] for n in range(3, 16)]
    assert min(codes) >= 0, codes
    assert codes[-1] == 0, codes


# Who waits for a handler by means of its own cannot hear that there was no memory for an event.
@pytest.mark.parametrize("example", list(OUT)[2:])
def test_running_out_of_memory(build, example: str) -> None:  # type: ignore[no-untyped-def]
    """The same with less and less address space than it takes (ulimit -v)."""
    program = build(ROOT / OUT[example])
    works, fails = 1024, 8
    assert limited(program, resource.RLIMIT_AS, works << 20)[0] == 0
    while works - fails > 1:
        middle = (works + fails) // 2
        code, said = limited(program, resource.RLIMIT_AS, middle << 20)
        if code == 0:
            works = middle
        else:
            fails = middle
    for below in range(0, 60, 7):
        code, said = limited(program, resource.RLIMIT_AS, (works << 20) - below * 65536)
        assert code >= 0, (example, works, below, said[-500:])
