"""Python functions as bodies of native jobs, on threads that Python owns.

Threads are kept for reuse and are at most LIMIT; more bodies wait their turn. What a body returned
or raised lives as long as a Python object for its job does.
"""

from __future__ import annotations

import os
import threading
from collections import deque
from weakref import WeakValueDictionary

from . import _ffi

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from .native import NativeJob

LIMIT = 256  # threads
_IDLE_S = 10.0  # how long a thread without work stays


class Cancelled(Exception):
    """Raised by a body that stops because it was asked to: its job is cancelled, not failed."""


class Work:
    """A body on its way, and what became of it."""

    def __init__(
        self, job: NativeJob, body: Callable[..., object], arguments: tuple[Any, ...]
    ) -> None:
        self.job: NativeJob | None = job  # owns a reference until the body has returned
        self.body: Callable[..., object] | None = body
        self.arguments = arguments
        self.value = job.value
        self.result: object = None
        self.error: BaseException | None = None

    def run(self) -> None:
        """Call the body and end the job."""
        err = self._call()
        # Before the job ends: whoever waits for it may look at once, and count handles.
        self.body, self.arguments = None, ()
        job, self.job = self.job, None
        lib = _ffi.lib
        if job is not None and job._disown():
            lib.vjob_release(self.value)
        lib.vjob_job_close(self.value, err)  # fails if the API was ended meanwhile: so be it

    def _call(self) -> int:
        lib = _ffi.lib
        if lib.vjob_job_is_cancelled(self.value):
            self.error = Cancelled("the job was cancelled before its body began")
            return int(lib.VJOB_ECANCELLED)
        assert self.body is not None
        try:
            self.result = self.body(self.job, *self.arguments)
        except Cancelled as error:
            self.error = error
            return int(lib.VJOB_ECANCELLED)
        except BaseException as error:
            self.error = error
            from .errors import Error

            if isinstance(error, Error) and 0 < error.code < lib.VJOB_ERR_COUNT:
                return int(error.code)
            return int(lib.VJOB_EFAILED)
        return int(lib.VJOB_OK)


class Pool:
    def __init__(self) -> None:
        self.changed = threading.Condition(threading.Lock())
        self.waiting: deque[Work] = deque()
        self.threads = 0
        self.idle = 0
        self.works: WeakValueDictionary[int, Work] = WeakValueDictionary()  # by job

    def add(self, work: Work) -> None:
        with self.changed:
            self.works[work.value] = work
            self.waiting.append(work)
            if self.idle >= len(self.waiting) or self.threads >= LIMIT:
                self.changed.notify()
                return
            self.threads += 1
        try:
            threading.Thread(target=self._main, name="pyvjob-body", daemon=True).start()
        except BaseException:
            with self.changed:
                self.threads -= 1
                if not self.threads:  # else another thread takes it
                    self.waiting.remove(work)
                    raise

    def _main(self) -> None:
        while True:
            with self.changed:
                self.idle += 1
                there = self.changed.wait_for(lambda: self.waiting, _IDLE_S)
                self.idle -= 1
                if not there:
                    self.threads -= 1
                    return
                work = self.waiting.popleft()
            work.run()
            del work


_pool = Pool()


def _after_fork() -> None:
    global _pool
    _pool = Pool()  # the threads stayed with the parent


os.register_at_fork(after_in_child=_after_fork)


def add(work: Work) -> None:
    _pool.add(work)


def find(value: int) -> Work | None:
    """The work behind a job's number, if it has a Python body."""
    return _pool.works.get(value)
