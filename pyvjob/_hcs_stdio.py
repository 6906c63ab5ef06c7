"""Standard handles of a process in a compute system, as files of Python.

Reading waits for the engine: the simulator's clock goes on meanwhile, and Ctrl-C works.
"""

from __future__ import annotations

import io
import os

from . import _ffi, _wait
from ._hcs_api import binding

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_wait_fd = _ffi.lib.vjob_fd_await


class Pipe(io.RawIOBase):
    """One end of a pipe. `fileno()` is its descriptor, for selectors and asyncio."""

    def __init__(self, fd: int, writable: bool) -> None:
        self._fd = fd
        self._writable = writable

    def fileno(self) -> int:
        if self.closed:
            raise ValueError("the file is closed")
        return self._fd

    def readable(self) -> bool:
        return not self._writable

    def writable(self) -> bool:
        return self._writable

    def _await(self, doing: str) -> None:
        fd = self.fileno()
        _wait.in_slices(lambda slice_ms: _wait_fd(fd, self._writable, slice_ms), doing)

    def readinto(self, buffer: Any) -> int:
        if self._writable:
            raise io.UnsupportedOperation("not readable")
        self._await("reading from a process")
        return os.readv(self.fileno(), [buffer])

    def write(self, data: Any) -> int:
        if not self._writable:
            raise io.UnsupportedOperation("not writable")
        self._await("writing to a process")
        return os.write(self.fileno(), memoryview(data)[:4096])  # what the pipe takes at once

    def close(self) -> None:
        if not self.closed:
            super().close()
            os.close(self._fd)


class ProcessInformation:
    """What HCS_PROCESS_INFORMATION says. The files are the caller's to close; None: no such pipe.

    StdInput is to be written to, StdOutput and StdError are read; they carry bytes.
    """

    def __init__(self, info: Any) -> None:
        self.ProcessId = int(info.ProcessId)
        self.StdInput = _file(info.StdInput, True)
        self.StdOutput = _file(info.StdOutput, False)
        self.StdError = _file(info.StdError, False)

    def close(self) -> None:
        for file in (self.StdInput, self.StdOutput, self.StdError):
            if file is not None:
                file.close()

    def __enter__(self) -> ProcessInformation:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _file(handle: Any, writable: bool) -> Any:
    fd = binding.lib.vjob_hcs_handle_take_fd(handle) if handle else -1
    if fd < 0:
        return None
    raw = Pipe(fd, writable)
    return io.BufferedWriter(raw) if writable else io.BufferedReader(raw)
