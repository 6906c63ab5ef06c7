"""Constants of the API, except result codes; and the scan codes of keys."""

from __future__ import annotations

from pyvjob._prl_api import binding as _binding

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    def __getattr__(name: str) -> Any: ...


_SCAN = "PRL_SCAN_CODE_"
PRL_INVALID_HANDLE = 0
PRL_INVALID_FILE_DESCRIPTOR = -1
PKE_CLICK = 0xFF  # press, then release: known in Python only
ScanCodesList: dict[str, tuple[int, ...]] = {}


def _load() -> None:
    for group, members in _binding.constants.GROUPS.items():
        if group.startswith("RESULT_"):
            continue
        for name, value in members.items():
            if name.startswith(_SCAN):
                key = name[len(_SCAN) :]
                ScanCodesList["NUM_" + key if key.isdigit() else key] = value
            elif group == "PRL_JOB_STATUS" and value > 0x7FFFFFFF:
                globals()[name] = value - (1 << 32)  # as Job.get_status has it
            else:
                globals()[name] = value


_load()
