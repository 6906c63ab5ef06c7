"""Jobs and events of the engine itself, without any hypervisor's API.

    with native.start(duration_s=1.5, operation="copy") as job:
        pyvjob.Job_Wait(job)

Such a job is an entry of the scheduler, not a thread: start a million of them with start_many.
`run` has a Python function do the work instead, on a thread of Python's own. `source` makes a
source of events, `world` is the source of all that happens in the simulated world.
"""

from __future__ import annotations

import sys

from . import _enums, _ffi, _wait
from .errors import Error, Timeout
from .handle import Api, Handle, listeners
from .job import Job, look

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from enum import IntEnum
    from typing import Any, NamedTuple

    from ._bodies import Cancelled as Cancelled
    from ._bodies import Work

    class HandleType(IntEnum):
        """Types of handles of APIs that have no enum of their own: native, HCS, libvirt."""

        SOURCE = 1
        OBJECT = 2
        JOB = 3
        EVENT = 4
        OPERATION = 17
        SYSTEM = 18
        PROCESS = 19
        CONNECT = 33
        DOMAIN = 34
        NETWORK = 35
        DOMAIN_SNAPSHOT = 36
        VIR_JOB = 37

    class Event(NamedTuple):
        """Something that happened, as handlers of a source get it."""

        time_ns: int  # of the engine's clock
        seq: int  # grows by happening
        what: str
        object: str  # name or uuid
        state: str
        progress: int
        value: int


_lib = _ffi.lib
_SPEC = _ffi.ffi.typeof("vjob_job_spec *")
_HANDLE = _ffi.ffi.typeof("vjob_handle *")
_HANDLES = _ffi.ffi.typeof("vjob_handle[]")
_EVENT = _ffi.ffi.typeof("vjob_event *")
_spare: list[Any] = []  # room for a handle, for the next call
_make = Handle.__new__
_RUNNING = _lib.VJOB_JOB_RUNNING
_BODIES = f"{__package__}._bodies"
_job_start = _lib.vjob_job_start
_release = _lib.vjob_release
_RING_HANDLER = _ffi.ffi.addressof(_lib, "vjob_source_ring_handler")


class NativeApi(Api):
    name = "native"

    def freed_twice(self, handle: Handle) -> Exception:
        text = f"handle 0x{handle.value:x} was already freed through this object"
        return Error(_lib.VJOB_EBADHANDLE, text, doing="Free")

    def free(self, handle: Handle) -> None:
        if listeners and handle._int in listeners:
            from ._events import end_of

            with end_of(handle):
                _ffi.check(_lib.vjob_release(handle._int), "Free")
        else:
            err = _release(handle._int)
            if err:
                raise _ffi.error(err, "Free")

    def add_ref(self, handle: Handle) -> Handle:
        _ffi.check(_lib.vjob_addref(handle.value), "AddRef")
        added = type(handle)(handle.value)
        work = _work_of(handle)
        if work is not None:
            added._work = work  # type: ignore[attr-defined]
        return added

    def type_of(self, handle: Handle) -> IntEnum | int:
        info = _ffi.ffi.new(_ffi.HANDLE_INFO)
        _ffi.check(_lib.vjob_handle_describe(handle.value, info), "GetType")
        kinds: Any = globals().get("HandleType") or __getattr__("HandleType")
        try:
            return kinds(info.type)  # type: ignore[no-any-return]
        except ValueError:
            return int(info.type)

    def attach(self, handle: Handle, tap: Any) -> None:
        failed = _lib.vjob_handler_add(handle.value, _RING_HANDLER, tap, _ffi.ffi.NULL)
        _ffi.check(failed, "RegEventHandler")

    def detach(self, handle: Handle, tap: Any) -> None:
        failed = _lib.vjob_handler_remove(handle.value, _RING_HANDLER, tap)
        _ffi.check(failed, "UnregEventHandler")

    def arrived(self, value: int, kind: int, more: Any) -> Any:
        return more  # an Event: see _ring

    def result(self, job: Job) -> Any:
        info = look(job)
        if info.state == _RUNNING:
            raise Error(_lib.VJOB_EPENDING, doing="Job_Result")
        work = _work_of(job)
        if work is not None and work.error is not None:
            try:
                raise work.error
            finally:
                del job, work  # else the exception would keep the job alive
        if work is not None:
            return work.result
        if info.err:
            operation, about = _ffi.text(info.operation), _ffi.text(info.object)
            raise Error(info.err, object=about, doing=operation)
        return None

    def timeout(self, job: Job, doing: str) -> Exception:
        info = look(job)
        age_s = (_lib.vjob_clock_now() - info.started_ns) / 1e9
        about = _ffi.text(info.operation), _ffi.text(info.object)
        return Timeout(_lib.VJOB_ETIMEDOUT, job, *about, "running", age_s, doing)

    def wait_failed(self, err: int, job: Job, doing: str) -> Exception:
        return Error(err, *_ffi.last_error()[1:], doing=doing)


def _work_of(job: Handle) -> Work | None:
    """The Python body behind a job, and what became of it."""
    work: Work | None = job._work if isinstance(job, NativeJob) else None
    if work is None:
        bodies = sys.modules.get(_BODIES)
        if bodies is not None:
            work = bodies.find(job.value)
    return work


API = NativeApi()


class NativeHandle(Handle):
    __slots__ = ()
    _api = API


class NativeJob(Job):
    """A job of the engine itself."""

    __slots__ = ("_work",)
    _api = API
    _work: Work | None  # what a Python body has made of it

    def __init__(self, value: int) -> None:
        Handle.__init__(self, value)
        self._work = None


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
    try:
        out = _spare.pop()
    except IndexError:
        out = _ffi.ffi.new(_HANDLE)
    err = _job_start(spec, out)
    if err:
        raise _ffi.error(err, "native.start")
    job = _make(NativeJob)
    job._int = job._arg = out[0]
    job._owned = job._mine = True
    job._work = None
    _spare.append(out)
    return job


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
        _lib.vjob_release_all(self._values, n)

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


# ---- bodies in Python ---------------------------------------------------------------------------


def run(
    body: Callable[..., object], *arguments: Any, operation: str = "", object: str = ""
) -> NativeJob:
    """Start a job whose work is `body(job, *arguments)`, called on a thread of Python's own.

    What it returns is Job_Result; what it raises fails the job and is raised there. It may wait for
    anything. It tells how far it is with `report`, sees with `is_cancelled` whether it should stop,
    and says that it did by raising Cancelled. At most 256 bodies run at once, others wait.
    """
    from ._bodies import Work, add

    if not callable(body):
        raise TypeError(f"a job's body must be callable, not {body!r}")
    _ffi.hold()
    name = operation or getattr(body, "__name__", "") or "job"
    spec, _kept = _spec(0.0, name, object, 0)
    out = _ffi.ffi.new(_HANDLE)
    _ffi.check(_lib.vjob_job_open(spec, out), "native.run")
    job = NativeJob(out[0])
    _ffi.check(_lib.vjob_addref(job.value), "native.run")
    own = NativeJob(job.value)
    own._owned = False  # dropping it unasked is fine
    job._work = work = Work(own, body, arguments)
    try:
        add(work)
    except BaseException:
        _lib.vjob_job_close(job.value, _lib.VJOB_ETHREAD)
        job._owned = False
        raise
    return job


def report(job: Job, percent: int) -> None:
    """For bodies: how far the work is, 0 to 99. Progress never goes back."""
    _ffi.check(_lib.vjob_job_report(job.value, min(max(int(percent), 0), 99)), "native.report")


def is_cancelled(job: Job) -> bool:
    """For bodies: has somebody asked the job to stop?"""
    return bool(_lib.vjob_job_is_cancelled(job.value))


# ---- sources of events --------------------------------------------------------------------------


def source(name: str = "") -> NativeHandle:
    """Make a source of events: RegEventHandler and events() work on it, `post` feeds it."""
    _ffi.hold()
    out = _ffi.ffi.new(_HANDLE)
    _ffi.check(_lib.vjob_source_create(_ffi.c_text(name, "name"), out), "native.source")
    return NativeHandle(out[0])


def world() -> NativeHandle:
    """The source of everything that happens in the simulated world, whichever API did it."""
    _ffi.hold()
    out = _ffi.ffi.new(_HANDLE)
    _ffi.check(_lib.vjob_source_world(out), "native.world")
    return NativeHandle(out[0])


def post(
    source: Handle,
    what: str,
    object: str = "",
    state: str = "",
    progress: int = 0,
    value: int = 0,
    seq: int = 0,
) -> None:
    """Have every handler of a source called with an event. Never blocks."""
    texts = what, object, state
    kept = [_ffi.c_text(text) + b"\0" if text else None for text in texts]
    event = _ffi.ffi.new(_EVENT)
    chars = _ffi.ffi.from_buffer
    if kept[0]:
        event.what = chars("char[]", kept[0])
    if kept[1]:
        event.object = chars("char[]", kept[1])
    if kept[2]:
        event.state = chars("char[]", kept[2])
    event.progress, event.value, event.seq = progress, value, seq
    _ffi.check(_lib.vjob_source_post(source.value, event), "native.post")


def __getattr__(name: str) -> Any:
    made: Any
    if name == "HandleType":
        kinds = {"SOURCE": 1, "OBJECT": 2, "JOB": 3, "EVENT": 4}
        kinds |= {"OPERATION": 17, "SYSTEM": 18, "PROCESS": 19}
        kinds |= {"CONNECT": 33, "DOMAIN": 34, "NETWORK": 35, "DOMAIN_SNAPSHOT": 36, "VIR_JOB": 37}
        made = _enums.make(name, kinds, "pyvjob")
    elif name == "Event":
        from collections import namedtuple

        make: Any = namedtuple
        made = make(name, "time_ns seq what object state progress value", module=__name__)
    elif name == "event_of_row":
        from functools import partial

        made = partial(tuple.__new__, globals().get("Event") or __getattr__("Event"))
    elif name == "Cancelled":
        from . import _bodies

        made = _bodies.Cancelled
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return globals().setdefault(name, made)
