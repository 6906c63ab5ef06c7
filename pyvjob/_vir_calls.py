"""Functions of the libvirt-style API that Python does in its own way: workers and callbacks."""

from __future__ import annotations

import inspect

from . import _bodies, _ffi
from ._bodies import Cancelled
from ._events import end_of
from ._vir_api import (
    API,
    VirConnect,
    VirDomain,
    VirDomainSnapshot,
    VirHandle,
    VirJob,
    VirNetwork,
    binding,
    code,
    error_of,
    last_error,
)
from ._vir_events import REGISTER, VirEvent
from .errors import VirError
from .handle import Handle, listeners

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

__all__ = [
    "Cancelled",
    "VirConnect",
    "VirDomain",
    "VirDomainSnapshot",
    "VirEvent",
    "VirHandle",
    "VirJob",
]

libvirtError = VirError
_lib = binding.lib
_ffi_vir = binding.ffi


def _c(handle: Any) -> Any:
    return handle._c if isinstance(handle, Handle) else binding.handle_in(handle)


def _check(result: int, doing: str) -> int:
    if result < 0:
        raise last_error(doing)
    return result


# ---- what a job has to give ---------------------------------------------------------------------


def result(job: VirJob) -> Any:
    """A domain, a network or None; raises the job's failure, or that it still runs."""
    info = _ffi_vir.new("virJobInfo *")
    _check(_lib.virJobGetInfo(job._c, info), "Job_Result")
    if info.state == code("VIR_JOB_STATE_RUNNING"):
        text = "the job is still running"
        raise VirError(code("VIR_ERR_OPERATION_INVALID"), text, doing="Job_Result")
    if info.state != code("VIR_JOB_STATE_COMPLETED"):
        work = _bodies.find(job.value)
        failure = error_of(_lib.virJobGetError(job._c), "Job_Result")
        cause = work.error if work is not None else None
        raise failure from cause if isinstance(cause, Exception) else failure
    for get, kind in ((_lib.virJobGetDomain, VirDomain), (_lib.virJobGetNetwork, VirNetwork)):
        found = get(job._c)
        if found:
            return kind._of(found)
    _lib.virResetLastError()
    return None


# ---- workers in Python --------------------------------------------------------------------------


class _Work(_bodies.Work):
    """A Python worker on its way; it ends its job."""

    def __init__(self, job: VirJob, worker: Any, free: Any, data: Any) -> None:
        super().__init__(job, worker, (data,))  # type: ignore[arg-type]
        self.free = free

    def run(self) -> None:
        assert self.job is not None and self.body is not None
        job: Any = self.job
        c, data = job._c, self.arguments[0]
        _lib.virJobInitialize(c, 0)
        try:
            _drive(self.body, job, data)
        except BaseException as error:
            self.error = error
        # Before the job ends: whoever waits for it may look at once, and count handles.
        self.body, self.arguments, self.job = None, (), None
        if job._disown():
            _ffi.lib.vjob_release(job.value)
        del job
        if self.free is not None:
            self.free(data)
        self._end(c)

    def _end(self, c: Any) -> None:
        """How it ended; refused when the worker has told so itself."""
        if self.error is None:
            _lib.virJobFinishSuccess(c)
        elif not isinstance(self.error, Cancelled):
            _fail(c, self.error)
        elif not _lib.virJobFinishCancel(c):
            _fail(c, VirError(code("VIR_ERR_OPERATION_ABORTED"), str(self.error)))


def _fail(c: Any, error: BaseException) -> None:
    """Fail the job with the words of an exception."""
    known = error.code if isinstance(error, VirError) else code("VIR_ERR_INTERNAL_ERROR")
    text = str(error) if isinstance(error, VirError) else f"{type(error).__name__}: {error}"
    record = _ffi_vir.new("virError *")
    message = _ffi_vir.new("char[]", text.encode("utf-8", "surrogateescape"))
    record.code, record.level, record.message = known, code("VIR_ERR_ERROR"), message
    record.domain = error.domain if isinstance(error, VirError) else 0
    record.int1 = record.int2 = -1
    _lib.virJobFinishFailed(c, record)


def _is_cancelled(job: VirJob) -> bool:
    return bool(_ffi.lib.vjob_job_is_cancelled(job.value))


def _drive(worker: Any, job: VirJob, data: Any) -> None:
    made = worker(job, data)
    if inspect.isgenerator(made):
        _drive_generator(made, job)
    elif inspect.iscoroutine(made):
        import asyncio

        asyncio.run(_drive_coroutine(made, job))
    elif inspect.isasyncgen(made):
        import asyncio

        asyncio.run(_drive_coroutine(_exhaust(made, job), job))


def _report(job: VirJob, said: Any) -> None:
    """What a worker yields: percent, or (elapsed, remaining, percent), or None."""
    if said is None:
        return
    if isinstance(said, tuple):
        elapsed, remaining, percent = said
    else:
        info = _ffi_vir.new("virJobInfo *")
        _check(_lib.virJobGetInfo(job._c, info), "a worker's progress")
        elapsed, remaining, percent = info.runningTime, info.remainingTime, said
    _check(_lib.virJobUpdateAbs(job._c, elapsed, remaining, percent), "a worker's progress")


def _drive_generator(worker: Any, job: VirJob) -> None:
    try:
        said = next(worker)
        while True:
            _report(job, said)
            said = worker.throw(Cancelled()) if _is_cancelled(job) else next(worker)
    except StopIteration:
        return


async def _exhaust(worker: Any, job: VirJob) -> None:
    async for said in worker:
        _report(job, said)


async def _drive_coroutine(worker: Any, job: VirJob) -> None:
    """Cancel the coroutine when the job is asked to stop."""
    import asyncio

    task = asyncio.ensure_future(worker)
    while not task.done():
        if _is_cancelled(job) and task.cancel():
            break
        await asyncio.wait({task}, timeout=_POLL_S)
    try:
        await task
    except asyncio.CancelledError:
        raise Cancelled() from None


_POLL_S = 0.02  # real seconds between two looks at a job's flag


def _job_create(conn: Any, driver: Any, worker: Any, cleanup: Any, data: Any, type: int) -> VirJob:
    """virJobCreate: `driver` is None; `cleanup`, if not None, is called as cleanup(data)."""
    if driver is not None:
        raise TypeError("virJobCreate: a driver's table is for C; use None")
    if not callable(worker):
        raise TypeError(f"virJobCreate: a worker is called, {worker!r} cannot be")
    c = _lib.vjob_vir_job_open(_c(conn), type)
    if not c:
        raise last_error("virJobCreate")
    job: VirJob = VirJob._of(c)
    _ffi.check(_ffi.lib.vjob_addref(job.value), "virJobCreate")
    own = VirJob(job.value)
    _bodies.add(_Work(own, worker, cleanup, data))
    return job


def _finish_failed(job: Any, error: Any = None) -> int:
    """virJobFinishFailed: `error` is an exception, a raw virErrorPtr or None."""
    if isinstance(error, BaseException):
        _fail(_c(job), error)
        return 0
    return _check(_lib.virJobFinishFailed(_c(job), error or _ffi_vir.NULL), "virJobFinishFailed")


def _finish_cancel(job: Any) -> bool:
    return bool(_lib.virJobFinishCancel(_c(job)))


def _destroyer(name: str) -> Any:
    function = getattr(_lib, name)

    def destroy(handle: Any) -> int:
        if not isinstance(handle, Handle):
            c = _c(handle)
            with end_of(API.borrow(API.to_int(c))):
                return _check(function(c), name)
        if handle._owned is None:
            raise API.freed_twice(handle)
        if listeners:
            with end_of(handle):
                returned = _check(function(handle._c), name)
        else:
            returned = _check(function(handle._c), name)
        if handle._disown():
            handle._forget_argument()
        return returned

    return destroy


def _job_error(job: Any) -> VirError | None:
    """virJobGetError: the exception that Job_Result would raise, or None."""
    record = _lib.virJobGetError(_c(job))
    return error_of(record, "virJobGetError") if record else None


def _last_error() -> VirError | None:
    """virGetLastError: what the thread's last call raised, or None."""
    record = _lib.virGetLastError()
    return error_of(record, "virGetLastError") if record else None


# ---- opening with credentials -------------------------------------------------------------------


def _open_auth(name: Any, auth: Any, flags: int) -> Any:
    """virConnectOpenAuth: auth is None or [list of types, callback(credentials, data), data].

    A credential is [type, prompt, challenge, default, result]; the callback puts in the result and
    returns 0.
    """
    if auth is None:
        c = _lib.virConnectOpenAuth(binding.text_in(name), _ffi_vir.NULL, flags)
        if not c:
            raise last_error("virConnectOpenAuth")
        return VirConnect._of(c)
    kinds, callback, data = auth

    @_ffi_vir.callback("virConnectAuthCallbackPtr", error=-1)  # type: ignore[untyped-decorator]
    def ask(cred: Any, ncred: int, _: Any) -> int:
        asked = [
            [
                cred[i].type,
                *(_text(cred[i], at) for at in ("prompt", "challenge", "defresult")),
                None,
            ]
            for i in range(ncred)
        ]
        said = callback(asked, data)
        for i, one in enumerate(asked):
            if one[4] is not None:
                raw = str(one[4]).encode()
                cred[i].result = _lib.vjob_vir_text_copy(raw)
                cred[i].resultlen = len(raw)
        return int(said)

    types = _ffi_vir.new("int[]", list(kinds))
    record = _ffi_vir.new(
        "virConnectAuth *", {"credtype": types, "ncredtype": len(kinds), "cb": ask}
    )
    c = _lib.virConnectOpenAuth(binding.text_in(name), record, flags)
    if not c:
        raise last_error("virConnectOpenAuth")
    return VirConnect._of(c)


def _text(record: Any, member: str) -> str | None:
    chars = getattr(record, member)
    return _ffi.text(chars) if chars else None


BY_HAND: dict[str, Callable[..., Any]] = {
    "virJobCreate": _job_create,
    "virJobFinishFailed": _finish_failed,
    "virJobFinishCancel": _finish_cancel,
    "virJobGetError": _job_error,
    "virGetLastError": _last_error,
    "virConnectOpenAuth": _open_auth,
    **REGISTER,
    **{
        name: _destroyer(name)
        for name in (
            "virConnectClose",
            "virDomainFree",
            "virNetworkFree",
            "virDomainSnapshotFree",
            "virJobDestroy",
        )
    },
}
