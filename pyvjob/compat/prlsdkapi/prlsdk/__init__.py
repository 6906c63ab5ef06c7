"""The low level of prlsdkapi: one function for each C function, over plain numbers and lists.

A synchronous function returns [code, result ...], an asynchronous one [job]. Codes are unsigned;
handles are numbers, each a reference that the caller owns. Before InitializeSDK everything raises
RuntimeError.
"""

from __future__ import annotations

import traceback

from pyvjob import PrlError
from pyvjob import prl as _functions_of_c
from pyvjob._prl_api import binding as _binding
from pyvjob.handle import Handle as _Handle

from . import consts, errors

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_prl: Any = _functions_of_c
_FOREVER_MS = 0xFFFFFFFF
_initialized = 0
_library_path = ""
_functions: dict[str, Any] = {}


def _table() -> dict[str, Any]:
    """The binding's rows by name."""
    if not _functions:
        _functions.update((row.name, row) for row in _binding.functions())
    return _functions


def _plain(value: Any) -> Any:
    """A result as this package has it."""
    if isinstance(value, _Handle):
        number = int(value)
        value._disown()  # the reference is the caller's now
        return number
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        number = int(value)
        if type(value).__name__ == "PRL_JOB_STATUS" and number > 0x7FFFFFFF:
            number -= 1 << 32
        return number
    return 0 if value is None else value


def _need_sdk() -> None:
    if not _initialized:
        raise RuntimeError("Parallels Virtualization SDK was not initialized")


def _make(name: str) -> Callable[..., list[Any]]:
    row = _table()[name]
    outs = sum(role.startswith("out_") for role in row.roles)
    bound: Any = None

    def function(*arguments: Any) -> list[Any]:
        nonlocal bound
        _need_sdk()
        if bound is None:
            bound = getattr(_prl, name)
        try:
            value = bound(*arguments)
        except PrlError as failed:
            return [failed.code & 0xFFFFFFFF]
        if row.kind == "async":
            return [_plain(value)]
        values = value if outs > 1 else (value,) if outs else ()
        return [0, *map(_plain, values)]

    function.__name__ = function.__qualname__ = name
    function.__doc__ = row.prototype
    return function


def __getattr__(name: str) -> Any:
    if name not in _table():
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    made = globals()[name] = _SPECIAL[name] if name in _SPECIAL else _make(name)
    return made


# ---- starting and stopping ----------------------------------------------------------------------


def SetSDKLibraryPath(path: str) -> list[Any]:
    global _library_path
    _library_path = path
    return [0]


def GetSDKLibraryPath() -> list[Any]:
    return [0, _library_path]


def IsSDKInitialized() -> list[Any]:
    return [0, bool(_initialized)]


def InitializeSDK(mode: int) -> list[Any]:
    return InitializeSDKEx(_prl.VIRTUOZZO_API_VER, mode, 0, 0)


def InitializeSDKEx(version: int, mode: int, flags: int, reserved: int) -> list[Any]:
    global _initialized
    try:
        _prl.PrlApi_InitEx(version, mode, flags, reserved)
    except PrlError as failed:
        return [failed.code & 0xFFFFFFFF]
    _initialized += 1
    _prl.PrlApi_SwitchConsoleLogging(False)
    return [0]


def DeinitializeSDK() -> list[Any]:
    global _initialized
    _need_sdk()
    try:
        _prl.PrlApi_Deinit()
    except PrlError as failed:
        return [failed.code & 0xFFFFFFFF]
    _initialized -= 1
    if not _initialized:
        _handlers.clear()
    return [0]


# ---- functions that are done by hand ------------------------------------------------------------


def _wait(job: int, msecs: int) -> list[Any]:
    _need_sdk()
    try:
        _prl.PrlJob_Wait(job, min(msecs, _FOREVER_MS))
    except PrlError as failed:
        return [failed.code & 0xFFFFFFFF]
    return [0]


# (object, function, data, what is registered), in the order of registration
_handlers: list[tuple[int, Any, Any, Any]] = []


def _register(handle: int, function: Callable[[int, Any], object], data: Any) -> list[Any]:
    def call(thing: Any, data: Any) -> None:
        number = int(thing)
        thing._disown()  # the function owns it, whether it frees it or not
        try:
            function(number, data)
        except Exception:
            traceback.print_exc()

    _need_sdk()
    try:
        _prl.PrlHandle_RegEventHandler(handle, call, data)
    except PrlError as failed:
        return [failed.code & 0xFFFFFFFF]
    _handlers.append((handle, function, data, call))
    return [0]


def _unregister(handle: int, function: Callable[[int, Any], object], data: Any) -> list[Any]:
    _need_sdk()
    for entry in list(_handlers):
        if entry[0] == handle and entry[1] == function and entry[2] == data:
            _handlers.remove(entry)
            _prl.PrlHandle_UnregEventHandler(handle, entry[3], entry[2])
            return [0]
    return [errors.PRL_ERR_FAILURE & 0xFFFFFFFF]


def _add_number(handle: int, item: int) -> list[Any]:
    _need_sdk()
    try:
        _prl.PrlOpTypeList_AddItem(handle, item)
    except PrlError as failed:
        return [failed.code & 0xFFFFFFFF]
    return [0]


def _get_number(handle: int, index: int) -> list[Any]:
    """[code, signed, unsigned, as a floating point number]."""
    import struct

    _need_sdk()
    try:
        number = _prl.PrlOpTypeList_GetItem(handle, index)
        size = _prl.PrlOpTypeList_GetTypeSize(handle)
    except PrlError as failed:
        return [failed.code & 0xFFFFFFFF]
    data = number.to_bytes(size, "little")
    signed = int.from_bytes(data, "little", signed=True)
    real = struct.unpack("<d", data)[0] if size == 8 else float(signed)
    return [0, signed, number, real]


def _default_config(
    server: int, vm_type: int, sample: str, os_version: int, flags: int
) -> list[Any]:
    _need_sdk()
    ffi, lib = _binding.ffi, _binding.lib
    wanted = ffi.new("PRL_GET_VM_CONFIG_PARAM_DATA *")
    text = ffi.new("char[]", sample.encode())
    for field, value in zip(ffi.typeof(wanted[0]).fields, (vm_type, text, os_version), strict=True):
        setattr(wanted, field[0], value)
    job = lib.PrlSrv_GetDefaultVmConfig(ffi.cast("PRL_HANDLE", server), wanted, flags)
    return [int(ffi.cast("uintptr_t", job))]


def _pair_getter(name: str, struct: str, both: bool = True) -> Callable[[int], list[Any]]:
    def get(handle: int) -> list[Any]:
        _need_sdk()
        data = _binding.ffi.new(struct + " *")
        failed = getattr(_binding.lib, name)(_binding.ffi.cast("PRL_HANDLE", handle), data)
        if failed:
            return [failed & 0xFFFFFFFF]
        return [0, data.type, data.value] if both else [0, data.value]

    return get


def _pair_setter(name: str, struct: str, kind: int | None = None) -> Callable[..., list[Any]]:
    def set_(handle: int, *values: int) -> list[Any]:
        _need_sdk()
        data = _binding.ffi.new(struct + " *")
        data.type, data.value = values if kind is None else (kind, *values)
        failed = getattr(_binding.lib, name)(_binding.ffi.cast("PRL_HANDLE", handle), data)
        return [failed & 0xFFFFFFFF]

    return set_


_SPECIAL: dict[str, Callable[..., list[Any]]] = {
    "PrlJob_Wait": _wait,
    "PrlOpTypeList_AddItem": _add_number,
    "PrlOpTypeList_GetItem": _get_number,
    "PrlSrv_GetDefaultVmConfig": _default_config,
    "PrlVmCfg_GetMemGuaranteeSize": _pair_getter(
        "PrlVmCfg_GetMemGuaranteeSize", "PRL_MEMGUARANTEE_DATA"
    ),
    "PrlVmCfg_SetMemGuaranteeSize": _pair_setter(
        "PrlVmCfg_SetMemGuaranteeSize", "PRL_MEMGUARANTEE_DATA"
    ),
    "PrlVmCfg_GetCpuLimitEx": _pair_getter("PrlVmCfg_GetCpuLimitEx", "PRL_CPULIMIT_DATA"),
    "PrlVmCfg_SetCpuLimitEx": _pair_setter("PrlVmCfg_SetCpuLimitEx", "PRL_CPULIMIT_DATA"),
    "PrlVmCfg_GetIoLimit": _pair_getter("PrlVmCfg_GetIoLimit", "PRL_IOLIMIT_DATA", both=False),
    "PrlVmCfg_SetIoLimit": _pair_setter(
        "PrlVmCfg_SetIoLimit", "PRL_IOLIMIT_DATA", consts.PRL_IOLIMIT_BS
    ),
    **{f"{kind}_RegEventHandler": _register for kind in ("PrlHandle", "PrlSrv", "PrlVm")},
    **{f"{kind}_UnregEventHandler": _unregister for kind in ("PrlHandle", "PrlSrv", "PrlVm")},
}
