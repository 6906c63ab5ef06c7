"""Common to all Python tests: what they need of the installation, and the repository's folder."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

ROOT = Path(__file__).resolve().parent.parent


def pytest_configure(config: pytest.Config) -> None:
    """One clear sentence instead of an import error in every file."""
    import importlib.util

    if importlib.util.find_spec("pyvjob") is None:
        raise pytest.UsageError("pyvjob is not installed here: pip install -e '.[test]'")
    if importlib.util.find_spec("pyvjob._core") is None:
        raise pytest.UsageError(
            "this finds pyvjob's sources, which are not built: run `pytest`, not `python -m pytest`"
            " (or pip install -e '.[test]')"
        )
    # What a shell starts in the background has Ctrl-C ignored, and children would inherit that.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    # tests/check.py all gives generated cases more time; machines differ, so no deadline a case.
    seconds = int(os.environ.get("PYVJOB_TEST_SECONDS", "2"))
    hypothesis.settings.register_profile("pyvjob", max_examples=25 * seconds, deadline=None)
    hypothesis.settings.load_profile("pyvjob")


def pytest_sessionstart() -> None:
    """Programs that tests start find what is installed, not the sources, wherever pytest began."""
    os.chdir(Path(__file__).parent)


@pytest.fixture
def world() -> Iterator[None]:
    """A fresh built-in world with the auto clock; the test must leave no handle behind."""
    from pyvjob import sim

    with sim.world(clock="auto", seed=1):
        yield
        left = sim.leaks()
    assert left == []


@pytest.fixture
def server(world: None) -> Iterator[object]:
    """A Prl server that is logged in; freed by the fixture unless the test did."""
    import pyvjob
    from pyvjob import prl, sim

    prl.PrlApi_InitEx(prl.PARALLELS_API_VER, prl.PAM_SERVER, 0, 0)
    with prl.PrlSrv_Create() as server:
        with prl.PrlSrv_LoginLocal(server, None, 0, prl.PSL_NORMAL_SECURITY) as job:
            pyvjob.Job_Wait(job)
            (response,) = pyvjob.Job_Result(job)
            pyvjob.Free(response)
        # A wait may end a moment before the job is announced to handlers: let that moment pass.
        sim.save()
        yield server


@pytest.fixture(scope="session")
def root() -> Path:
    """The top folder of the repository."""
    return ROOT
