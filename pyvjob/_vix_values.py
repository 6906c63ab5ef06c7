"""Properties of the VIX API: from ids to values."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from ._vix_api import VixBinding

# By VIX_PROPERTYTYPE_...: where C leaves the value.
_INTEGER, _STRING, _BOOL, _HANDLE, _INT64, _BLOB = range(1, 7)
_CELLS = {
    _INTEGER: "int *",
    _STRING: "char **",
    _BOOL: "Bool *",
    _HANDLE: "VixHandle *",
    _INT64: "int64_t *",
    _BLOB: "int *",
}


class Values:
    """Reads and writes properties; knows the types of ids."""

    def __init__(self, binding: VixBinding) -> None:
        self.binding = binding
        self.lib, self.ffi = binding.lib, binding.ffi
        self._types: dict[int, int] = {}

    def type_of(self, handle: int, id: int) -> int:
        """The type of a property. A table of C's, the same for all handles."""
        kind = self._types.get(id)
        if kind is None:
            out = self.ffi.new("VixPropertyType *")
            failed = self.lib.Vix_GetPropertyType(handle, id, out)
            if failed:
                raise self.binding.failed("Vix_GetPropertyType", failed)
            kind = self._types[int(id)] = out[0]
        return kind

    def read(
        self, name: str, fetch: Callable[[Any, int], int], handle: int, ids: Sequence[int]
    ) -> list[Any]:
        """The values of some properties, by a function that fills slots."""
        new = self.ffi.new
        slots = new("vjob_vix_slot[]", len(ids))
        cells = []
        for slot, id in zip(slots, ids, strict=True):
            kind = self.type_of(handle, id)
            cell = new(_CELLS[kind])
            data = new("unsigned char **") if kind == _BLOB else self.ffi.NULL
            slot.id, slot.out, slot.data = id, cell, data
            cells.append((kind, cell, data))
        failed = fetch(slots, len(ids))
        # Also after a failure: what has been handed out has to be given back.
        values = [self._value(*cell) for cell in cells]
        if failed:
            raise self.binding.failed(name, failed)
        return values

    def _value(self, kind: int, cell: Any, data: Any) -> Any:
        if kind == _STRING:
            return self.binding.heap_out(cell[0])
        if kind == _HANDLE:
            return self.binding.handle._of(cell[0], warn=False) if cell[0] else None
        if kind == _BOOL:
            return cell[0] != 0
        if kind != _BLOB:
            return cell[0]
        try:
            return bytes(self.ffi.buffer(data[0], cell[0])) if data[0] else b""
        finally:
            self.lib.Vix_FreeBuffer(data[0])

    def arguments(self, handle: int, pairs: Sequence[Any]) -> list[Any]:
        """What goes through `...` for id, value, id, value, and the end mark."""
        if len(pairs) % 2:
            raise TypeError("ids and values must alternate, a value for each id")
        cast = self.ffi.cast
        given: list[Any] = []
        for id, value in zip(pairs[::2], pairs[1::2], strict=True):
            kind = self.type_of(handle, id)
            given.append(cast("int", id))
            if kind == _STRING:
                text = self.binding.text_in(value)
                given.append(self.ffi.new("char[]", text) if isinstance(text, bytes) else text)
            elif kind == _BLOB:
                given += [cast("int", len(value)), self.ffi.from_buffer("unsigned char[]", value)]
            elif kind == _HANDLE:
                given.append(cast("int", self.binding.number_of(value)))
            else:
                given.append(cast("int64_t" if kind == _INT64 else "int", int(value)))
        return [*given, cast("int", 0)]
