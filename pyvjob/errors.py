"""What failing calls raise: one tree below Error.

An exception keeps the API's own number in `code`, also one that nobody knows. Names and
descriptions are looked up when somebody reads them, so that catching one costs little.
"""

from __future__ import annotations

from . import _ffi

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Error(Exception):
    """A call failed. `code` is a number of the API that failed (here: VJOB_...)."""

    def __init__(
        self, code: int, text: str = "", object: str = "", state: str = "", doing: str = ""
    ) -> None:
        Exception.__init__(self, code, text, object, state, doing)
        self.code = code
        self.object = object  # name or uuid of what the call worked on, "" if it does not matter
        self.state = state  # the state that it was in, "" if it does not matter
        self.doing = doing  # the call
        self._text = text

    @property
    def name(self) -> str:
        """The constant's name; the number for an unknown code."""
        return self._name()

    @property
    def text(self) -> str:
        """What happened, in a sentence."""
        return self._text or self._describe()

    def _name(self) -> str:
        known = 0 <= self.code < _ffi.lib.VJOB_ERR_COUNT
        return _ffi.text(_ffi.lib.vjob_err_name(self.code)) if known else str(self.code)

    def _describe(self) -> str:
        known = 0 <= self.code < _ffi.lib.VJOB_ERR_COUNT
        return _ffi.text(_ffi.lib.vjob_err_text(self.code)) if known else ""

    def __str__(self) -> str:
        about = [f"object {self.object!r}"] if self.object else []
        about += [f"state {self.state}"] if self.state else []
        parts = [self.doing, self.name, self.text]
        said = ": ".join(part for part in parts if part)
        return f"{said} ({', '.join(about)})" if about else said


class PrlError(Error):
    """A PRL_RESULT other than PRL_ERR_SUCCESS; signed, as the constants of pyvjob.prl are."""

    def _name(self) -> str:
        from ._prl_api import result_name

        return result_name(self.code)

    def _describe(self) -> str:
        from ._prl_api import result_text

        return result_text(self.code)


class _Hex(Error):
    def _name(self) -> str:
        return f"0x{self.code & 0xFFFFFFFF:08X}"

    def _describe(self) -> str:
        return ""


class VixError(Error):
    """A VixError other than VIX_OK."""

    def _name(self) -> str:
        from ._vix_api import error_name

        return error_name(self.code)

    def _describe(self) -> str:
        from ._vix_api import error_text

        return error_text(self.code)


class HResultError(Error):
    """A failing HRESULT, as a positive number; `document` is the result document, or None."""

    document: Any = None

    def _name(self) -> str:
        from ._hcs_api import error_name

        return error_name(self.code)

    def _describe(self) -> str:
        return ""


class VirError(Error):
    """An error of the libvirt-style API; `domain` is a virErrorDomain."""

    domain: int = 0

    def _name(self) -> str:
        from ._vir_api import error_name

        return error_name(self.code)

    def _describe(self) -> str:
        return ""


class Timeout(Error, TimeoutError):
    """A wait ended before the job did; the job goes on."""

    def __init__(
        self,
        code: int,
        job: Any = None,
        operation: str = "",
        object: str = "",
        state: str = "",
        age_s: float = 0.0,
        doing: str = "",
    ) -> None:
        text = f"job {operation or '?'} is still {state or 'under way'} after {age_s:.3f} s"
        super().__init__(code, text, object, state, doing)
        self.job = job
        self.operation = operation
        self.age_s = age_s  # of the engine's clock, since the job started
        self.args = (code, None, operation, object, state, age_s, doing)  # can be pickled

    def __str__(self) -> str:
        where = f" on {self.object!r}" if self.object else ""
        return f"{self.doing}: {self.name}: {self.text}{where}"


class PrlTimeout(Timeout, PrlError):
    """PRL_ERR_TIMEOUT of a wait."""


class VixTimeout(Timeout, VixError):
    """VIX_E_UNFINISHED_JOB of a wait: VIX has no code of its own for it."""


class HResultTimeout(Timeout, HResultError):
    """HCS_E_OPERATION_TIMEOUT of a wait."""


class VirTimeout(Timeout, VirError):
    """VIR_ERR_OPERATION_TIMEOUT of a wait."""
