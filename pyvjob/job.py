"""Jobs: handles of something that ends exactly once. The functions work for jobs of every API."""

from __future__ import annotations

from . import _ffi, _wait
from .handle import Handle, _require

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator
    from enum import IntEnum
    from typing import Any

    class JobState(IntEnum):
        RUNNING = 0
        DONE = 1
        FAILED = 2
        CANCELLED = 3


_INFO = _ffi.ffi.typeof("vjob_job_info *")


class Job(Handle):
    """A handle of a job. `await job` waits for its end, then is Job_Result(job)."""

    __slots__ = ()

    def _number(self) -> int:
        """The number of the engine's job: of what this is a handle of, or what it follows."""
        return self.value

    def __await__(self) -> Generator[Any, None, Any]:
        if not _wait.is_over(self._number()):
            from ._aio import ring_of_running_loop

            yield from ring_of_running_loop().job(self)
        if self._owned:
            self._owned = False  # `await start()` may drop the job: no ResourceWarning for that
        try:
            return self._api.result(self)
        finally:
            del self  # an exception must not keep the job alive


def look(job: Job) -> Any:
    """A copy of the engine's record of a job (vjob_job_info)."""
    info = _ffi.ffi.new(_INFO)
    err = _ffi.lib.vjob_job_look(job._number(), info)
    if err:
        raise job._api.wait_failed(err, job, "looking at a job")
    return info


def Job_Wait(job: Job, timeout_ms: float | None = None) -> None:
    """Wait until the job has ended, however it ended; Job_Result tells how.

    timeout_ms is of the engine's clock; None: as long as it takes. Raises Timeout. Ctrl-C
    interrupts. On the thread of a running asyncio loop it raises RuntimeError: await instead.
    """
    if not isinstance(job, Job):
        _require(job, Job)
    err = _wait.for_job(job._number(), timeout_ms, "Job_Wait")
    if err:
        if err == _ffi.lib.VJOB_ETIMEDOUT:
            raise job._api.timeout(job, "Job_Wait")
        raise job._api.wait_failed(err, job, "Job_Wait")
    job._api.waited(job)


def Job_Cancel(job: Job) -> bool:
    """Ask the job to stop, whatever its API makes of cancelling. False: it had ended already.

    The job still ends once; Job_Status says who won.
    """
    err = _ffi.lib.vjob_job_cancel(_require(job, Job)._number())
    if err and err != _ffi.lib.VJOB_EDONE:
        raise job._api.wait_failed(err, job, "Job_Cancel")
    return not err


def Job_Status(job: Job) -> JobState:
    """Where the job is: RUNNING, DONE, FAILED or CANCELLED."""
    state = look(_require(job, Job)).state
    return __getattr__("JobState")(state)  # type: ignore[no-any-return]


def Job_Progress(job: Job) -> int:
    """Percent, 0 to 100; never goes back."""
    return int(look(_require(job, Job)).progress)


def Job_Result(job: Job) -> Any:
    """What the finished job has to give; raises its failure, or that it still runs.

    Prl: a list of the result's parameters, each a Handle or a str. VIX: a dict of
    properties, lists in it where the job has rows. HCS: the document as a dict, or None.
    Native: None.
    """
    return _require(job, Job)._api.result(job)


def __getattr__(name: str) -> Any:
    if name != "JobState":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    made = globals().get(name)
    if made is None:
        from ._enums import from_c

        made = from_c("JobState", "vjob_job_state", "VJOB_JOB_", "pyvjob")
        globals()[name] = made
    return made
