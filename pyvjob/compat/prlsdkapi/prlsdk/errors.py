"""Result codes of the API, as signed numbers: errors are negative."""

from __future__ import annotations

from pyvjob._prl_api import binding as _binding

TYPE_CHECKING = False
if TYPE_CHECKING:

    def __getattr__(name: str) -> int: ...


def _load() -> None:
    for group, members in _binding.constants.GROUPS.items():
        if group.startswith("RESULT_"):
            globals().update(members)


_load()
