"""Jobs of the engine itself: simulated work that takes time, without any hypervisor.

    with native.start(duration_s=1.5, operation="copy") as job:
        pyvjob.Job_Wait(job)

A job is an entry of the scheduler, not a thread: start a million of them with start_many.
"""

from __future__ import annotations

from . import _enums, _ffi, _wait
from .errors import Error, Timeout
from .handle import Api, Handle
from .job import Job, look

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from enum import IntEnum
    from typing import Any

    class HandleType(IntEnum):
        """Types of native handles."""

        SOURCE = 1
        OBJECT = 2
        JOB = 3


_lib = _ffi.lib
_SPEC = _ffi.ffi.typeof("vjob_job_spec *")
_HANDLE = _ffi.ffi.typeof("vjob_handle *")
_HANDLES = _ffi.ffi.typeof("vjob_handle[]")


class NativeApi(Api):
    name = "native"

    def freed_twice(self, handle: Handle) -> Exception:
        text = f"handle 0x{handle.value:x} was already freed through this object"
        return Error(_lib.VJOB_EBADHANDLE, text, doing="Free")

    def free(self, handle: Handle) -> None:
        _ffi.check(_lib.vjob_release(handle.value), "Free")

    def add_ref(self, handle: Handle) -> Handle:
        _ffi.check(_lib.vjob_addref(handle.value), "AddRef")
        return type(handle)(handle.value)

    def type_of(self, handle: Handle) -> IntEnum | int:
        info = _ffi.ffi.new(_ffi.HANDLE_INFO)
        _ffi.check(_lib.vjob_handle_describe(handle.value, info), "GetType")
        kinds: Any = __getattr__("HandleType")
        try:
            return kinds(info.type)  # type: ignore[no-any-return]
        except ValueError:
            return int(info.type)

    def arrived(self, value: int, kind: int, more: int) -> Handle:
        handle = NativeHandle(value)
        handle._owned = False
        return handle

    def result(self, job: Job) -> None:
        info = look(job)
        if info.state == _lib.VJOB_JOB_RUNNING:
            raise Error(_lib.VJOB_EPENDING, doing="Job_Result")
        if info.err:
            operation, about = _ffi.text(info.operation), _ffi.text(info.object)
            raise Error(info.err, object=about, doing=operation)

    def timeout(self, job: Job, doing: str) -> Exception:
        info = look(job)
        age_s = (_lib.vjob_clock_now() - info.started_ns) / 1e9
        about = _ffi.text(info.operation), _ffi.text(info.object)
        return Timeout(_lib.VJOB_ETIMEDOUT, job, *about, "running", age_s, doing)

    def wait_failed(self, err: int, job: Job, doing: str) -> Exception:
        return Error(err, *_ffi.last_error()[1:], doing=doing)


API = NativeApi()


class NativeHandle(Handle):
    __slots__ = ()
    _api = API


class NativeJob(Job):
    """A job of the engine itself."""

    __slots__ = ()
    _api = API


API.handle = NativeHandle


def _spec(duration_s: float, operation: str, object: str, steps: int) -> tuple[Any, object]:
    """A vjob_job_spec, and what it points at."""
    if not 0 <= duration_s < _ffi.FOREVER / 1e9:
        raise ValueError(f"a job cannot take {duration_s!r} s")
    texts = _ffi.c_text(operation, "operation"), _ffi.c_text(object or None, "object")
    kept = [_ffi.ffi.from_buffer("char[]", text + b"\0") if text else text for text in texts]
    spec = _ffi.ffi.new(_SPEC)
    spec.operation, spec.object = kept
    spec.duration_ns = int(duration_s * 1e9)
    spec.progress_steps = steps
    return spec, kept


_EMPTY = _ffi.ffi.new(_SPEC)


def start(
    duration_s: float = 0.0, operation: str = "job", object: str = "", steps: int = 0
) -> NativeJob:
    """Start a job that takes a time of the engine's clock and reports progress `steps` times.

    It never ends inside this call, not even one that takes no time.
    """
    _ffi.hold()
    spec: Any
    if duration_s == 0 and operation == "job" and not object and not steps:
        spec = _EMPTY
    else:
        spec, _kept = _spec(duration_s, operation, object, steps)
    out = _ffi.ffi.new(_HANDLE)
    err = _lib.vjob_job_start(spec, out)
    if err:
        _ffi.check(err, "native.start")
    return NativeJob(out[0])


class Jobs:
    """Many jobs, kept as numbers. An index gives a Job with a reference of its own."""

    def __init__(self, values: Any, n: int) -> None:
        self._values = values  # vjob_handle[]
        self._n = n

    def __len__(self) -> int:
        return self._n

    def __getitem__(self, index: int) -> NativeJob:
        value = self._values[range(self._n)[index]]
        _ffi.check(_lib.vjob_addref(value), "AddRef")
        return NativeJob(value)

    def __iter__(self) -> Iterator[NativeJob]:
        return (self[index] for index in range(self._n))

    def free(self) -> None:
        """Give back all references. `with` does it, and so does the finalizer."""
        n, self._n = self._n, 0
        release = _lib.vjob_release
        for value in _ffi.ffi.unpack(self._values, n):
            release(value)

    def __enter__(self) -> Jobs:
        return self

    def __exit__(self, *_: object) -> None:
        self.free()

    def __del__(self) -> None:
        if self._n:
            self.free()


def start_many(
    n: int, duration_s: float = 0.0, operation: str = "job", object: str = "", steps: int = 0
) -> Jobs:
    """Start n equal jobs: all or none."""
    _ffi.hold()
    spec, _kept = _spec(duration_s, operation, object, steps)
    values = _ffi.ffi.new(_HANDLES, n)
    _ffi.check(_lib.vjob_job_start_many(spec, n, values), "native.start_many")
    return Jobs(values, n)


def _c_array(jobs: Jobs | Sequence[Job]) -> tuple[Any, int]:
    if isinstance(jobs, Jobs):
        return jobs._values, len(jobs)
    return _ffi.ffi.new(_HANDLES, [job.value for job in jobs]), len(jobs)


def wait_all(jobs: Jobs | Sequence[Job], timeout_ms: float | None = None) -> None:
    """Wait until all jobs, of any API, have ended. Raises Timeout."""
    values, n = _c_array(jobs)
    if n:
        err = _wait.for_handles(values, n, True, timeout_ms, "native.wait_all")
        _raise(err, jobs, "native.wait_all")


def wait_any(jobs: Jobs | Sequence[Job], timeout_ms: float | None = None) -> int:
    """Wait until one of the jobs has ended: the index of the first such. Raises Timeout."""
    values, n = _c_array(jobs)
    out_index = _ffi.ffi.new("size_t *")
    err = _wait.for_handles(values, n, False, timeout_ms, "native.wait_any", out_index)
    _raise(err, jobs, "native.wait_any")
    return int(out_index[0])


def _raise(err: int, jobs: Jobs | Sequence[Job], doing: str) -> None:
    if err == _lib.VJOB_ETIMEDOUT:
        raise API.timeout(jobs[0], doing)
    _ffi.check(err, doing)


def __getattr__(name: str) -> Any:
    if name != "HandleType":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    made = globals().get(name)
    if made is None:
        made = _enums.make(name, {"SOURCE": 1, "OBJECT": 2, "JOB": 3}, "pyvjob")
        globals()[name] = made
    return made
