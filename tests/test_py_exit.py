"""The end of the process, fork, Ctrl-C: each in an interpreter of its own, with a time limit."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time

import pytest

LIMIT_S = 20
START = """
    import os, signal, sys, threading, time, warnings
    import pyvjob
    from pyvjob import native, prl, sim
    def login():
        prl.PrlApi_Init(prl.PARALLELS_API_VER)
        server = prl.PrlSrv_Create()
        with prl.PrlSrv_LoginLocal(server, None, 0, prl.PSL_NORMAL_SECURITY) as job:
            pyvjob.Job_Wait(job)
            pyvjob.Free(pyvjob.Job_Result(job)[0])
        return server
"""


def interpreter(program: str, *options: str, **env: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, *options, "-c", textwrap.dedent(START) + textwrap.dedent(program)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **env},
    )


def run(program: str, *options: str, **env: str) -> str:
    """Run to the end: exit code 0, nothing on stderr; what it printed."""
    child = interpreter(program, *options, **env)
    try:
        out, err = child.communicate(timeout=LIMIT_S)
    except subprocess.TimeoutExpired:
        child.kill()
        raise
    assert (child.returncode, err) == (0, ""), err
    return out


@pytest.mark.parametrize("clock", ["real", "auto"])
def test_exit_with_jobs_in_flight_is_clean_and_at_once(clock: str) -> None:
    """A million seconds of work, a subscription and a handler: nobody waits for them."""
    began = time.monotonic()
    run(
        """
        sim.duration("start", 1e6)
        server = login()
        pyvjob.RegEventHandler(server, lambda handle, data: None)
        job = prl.PrlSrv_SubscribeToHostStatistics(server)
        many = native.start_many(10_000, duration_s=1e6)
        """,
        VJOB_CLOCK=clock,
    )
    assert time.monotonic() - began < LIMIT_S / 2


def test_exit_while_a_handler_runs_and_while_another_waits() -> None:
    run(
        """
        server = login()
        inside = threading.Semaphore(0)
        def waits(handle, data):
            inside.release()
            with native.start(duration_s=1e6) as job:
                pyvjob.Job_Wait(job)
        def sleeps(handle, data):
            inside.release()
            time.sleep(1000)
        other = prl.PrlSrv_Create()
        pyvjob.RegEventHandler(server, waits)
        with prl.PrlSrv_LoginLocal(other, None, 0, prl.PSL_NORMAL_SECURITY) as job:
            pyvjob.Job_Wait(job)
            pyvjob.Free(pyvjob.Job_Result(job)[0])
        pyvjob.RegEventHandler(other, sleeps)
        for one in (server, other):
            pyvjob.Free(prl.PrlSrv_GetVmList(one))
        for _ in range(2):
            assert inside.acquire(timeout=10)
        """
    )


def test_exit_with_threads_in_waits() -> None:
    run(
        """
        job = native.start(duration_s=1e6)
        for _ in range(4):
            threading.Thread(target=pyvjob.Job_Wait, args=(job,), daemon=True).start()
        time.sleep(0.05)
        """
    )


def test_exit_inside_a_loop_that_waits() -> None:
    run(
        """
        import asyncio
        async def main():
            asyncio.ensure_future(wait())
            await asyncio.sleep(0)
        async def wait():
            await native.start(duration_s=1e6)
        asyncio.run(main())
        """
    )


def test_os_exit_and_sys_exit_in_the_middle() -> None:
    child = interpreter("server = login(); os._exit(7)")
    child.communicate(timeout=LIMIT_S)
    assert child.returncode == 7
    child = interpreter("server = login(); sys.exit(8)")
    child.communicate(timeout=LIMIT_S)
    assert child.returncode == 8


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="fork with threads warns from 3.12 on")
def test_fork_answers_clearly_in_the_child_and_leaves_the_parent_alone() -> None:
    fork(())


@pytest.mark.skipif(sys.version_info < (3, 12), reason="see above")
def test_fork_answers_clearly_in_the_child_despite_the_warning() -> None:
    fork(("-W", "ignore::DeprecationWarning"))


def fork(options: tuple[str, ...]) -> None:
    out = run(
        """
        server = login()
        calls = []
        handler = lambda handle, data: calls.append(1)
        pyvjob.RegEventHandler(server, handler)
        job = native.start(duration_s=0.3)
        sys.stdout.flush()
        child = os.fork()
        if not child:
            for function in (
                lambda: native.start(),
                lambda: pyvjob.Job_Wait(job),
                lambda: prl.PrlSrv_Create(),
                lambda: pyvjob.GetType(server),
                lambda: sim.now(),
            ):
                try:
                    function()
                except pyvjob.Error as error:
                    print(error.name)
            pyvjob.Free(job)      # harmless
            del server
            sys.stdout.flush()
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0
        pyvjob.Job_Wait(job)
        pyvjob.Free(job)
        with prl.PrlSrv_GetVmList(server) as listing:
            pyvjob.Job_Wait(listing)
        while not calls:
            time.sleep(0.001)
        pyvjob.UnregEventHandler(server, handler)
        pyvjob.Free(server)
        print("parent", sim.leaks())
        """,
        *options,
    )
    lines = out.splitlines()
    assert lines[-1] == "parent []"
    assert lines[:2] == ["VJOB_EFORK", "VJOB_EFORK"]
    assert len(lines) == 6 and all(line.startswith("PRL_ERR_") for line in lines[2:4])


@pytest.mark.parametrize(
    "wait",
    [
        "pyvjob.Job_Wait(job)",
        "prl.PrlJob_Wait(vm_job, 0xFFFFFFFF)",
        "sim.sleep(1e6)",
        "native.wait_all([job, job])",
        "asyncio.run(main())",
    ],
)
def test_ctrl_c_interrupts_within_a_fifth_of_a_second(wait: str) -> None:
    child = interpreter(
        f"""
        import asyncio
        async def main():
            await job
        sim.duration("start", 1e6)
        server = login()
        with prl.PrlSrv_GetVmConfig(server, "WindowsXP", prl.PGVC_SEARCH_BY_NAME) as found:
            pyvjob.Job_Wait(found)
            (vm,) = pyvjob.Job_Result(found)
        vm_job = prl.PrlVm_Start(vm)
        job = native.start(duration_s=1e6)
        try:
            print("ready", flush=True)
            {wait}
        except KeyboardInterrupt:
            print("interrupted", time.monotonic(), flush=True)
        """
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "ready\n"
    time.sleep(0.05)
    sent = time.monotonic()  # CLOCK_MONOTONIC is the same in the child
    child.send_signal(signal.SIGINT)
    out, err = child.communicate(timeout=LIMIT_S)
    word, when = out.split()
    assert word == "interrupted" and float(when) - sent < 0.2, (out, err)


def test_leaks_are_reported_when_asked_for() -> None:
    child = interpreter(
        """
        prl.PrlApi_Init(prl.PARALLELS_API_VER)
        out = prl.ffi.new("PRL_HANDLE *")
        prl.lib.PrlSrv_Create(out)  # raw: no object of Python's owns it
        """,
        VJOB_LEAKS="1",
    )
    _, err = child.communicate(timeout=LIMIT_S)
    assert child.returncode == 0 and err.count("PHT_SERVER") == 1


def test_importing_loads_little() -> None:
    program = """
        import sys
        before = set(sys.modules)
        import pyvjob
        if "prl" in sys.argv:
            pyvjob.prl.PrlApi_Init
        print(*sorted(set(sys.modules) - before))
    """
    for argument in ("nothing", "prl"):
        command = [sys.executable, "-c", textwrap.dedent(program), argument]
        loaded = subprocess.check_output(command, text=True).split()
        ours = [
            name
            for name in loaded
            if not name.startswith(("_cffi", "pyvjob._core", "pyvjob._prl."))
        ]
        assert len(ours) <= 15, ours
        slow = {"asyncio", "typing", "dataclasses", "pathlib", "logging", "importlib.metadata"}
        assert not slow.intersection(loaded)
