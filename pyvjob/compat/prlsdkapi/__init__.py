"""prlsdkapi: the classes that scripts for the Parallels and Virtuozzo SDK are written against.

A class for each kind of object, a method for each C function: PrlSrv_GetVmList is
Server.get_vm_list. They are made from the table of C functions by the rules of the package they
stand in for; `_classes` says which functions make which class. Below is `prlsdk`.
"""

from __future__ import annotations

import sys

from . import prlsdk
from ._classes import BY_TYPE, CLASSES, DEFAULTS
from .prlsdk import consts, errors

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    def __getattr__(name: str) -> Any: ...


SDK = prlsdk

# ---- errors -------------------------------------------------------------------------------------


def conv_error(code: int) -> int:
    """A code as an unsigned number."""
    return code & 0xFFFFFFFF


def conv_handle_arg(argument: Any) -> Any:
    return argument.handle if hasattr(argument, "handle") else argument


class PrlSDKError(Exception):
    """A function or a job that failed; error_code is unsigned, err_obj an Event or None."""

    def __init__(self, result: Any, error_code: int, err_obj: Any) -> None:
        self.result = result
        self.error_code = conv_error(error_code)
        self.err_obj = err_obj
        super().__init__(self._message())

    def _message(self) -> str:
        try:
            texts = [self._text(brief) for brief in (True, False)]
        except (PrlSDKError, RuntimeError):
            texts = []
        return f"SDK error: 0x{self.error_code:08X}: {' '.join(texts)}"

    def _text(self, brief: bool) -> str:
        if self.err_obj is not None:
            return str(self.err_obj.get_err_string(brief, False))
        signed = self.error_code - (1 << 32) if self.error_code >> 31 else self.error_code
        answer = prlsdk.PrlApi_GetResultDescription(signed, brief, False)
        return str(answer[1]) if len(answer) > 1 else ""

    def get_result(self) -> Any:
        return self.result

    def get_details(self) -> Any:
        return self.err_obj


def sdk_check_result(result: int, err_obj: Any = None) -> None:
    """Raise for every code but 0, positive ones too."""
    if result:
        raise PrlSDKError(result, result, err_obj)


def call_sdk_function(name: str, *arguments: Any) -> Any:
    """Call a function of prlsdk: nothing, one value, or a list of them. What is not implemented
    gives None."""
    answer = getattr(prlsdk, name)(*map(conv_handle_arg, arguments))
    if prlsdk._table()[name].kind == "async":
        return answer[0]
    code, *values = answer
    if code == conv_error(errors.PRL_ERR_UNIMPLEMENTED):
        return None
    sdk_check_result(code)
    if len(values) > 1:
        return values
    return values[0] if values else None


# ---- starting and stopping ----------------------------------------------------------------------


def init_server_sdk() -> None:
    sdk_check_result(prlsdk.InitializeSDK(consts.PAM_SERVER)[0])


def init_desktop_sdk() -> None:
    sdk_check_result(prlsdk.InitializeSDK(consts.PAM_DESKTOP_MAC)[0])


def init_desktop_wl_sdk() -> None:
    sdk_check_result(prlsdk.InitializeSDK(consts.PAM_DESKTOP_WL)[0])


def init_workstation_sdk() -> None:
    sdk_check_result(prlsdk.InitializeSDK(consts.PAM_WORKSTATION_EXTREME)[0])


def init_player_sdk() -> None:
    sdk_check_result(prlsdk.InitializeSDK(consts.PAM_PLAYER)[0])


def is_sdk_initialized() -> bool:
    return bool(prlsdk.IsSDKInitialized()[1])


class _Deinit:
    """Stops the library; `id` counts how often, so that objects know that theirs is gone."""

    def __init__(self) -> None:
        self.id = 0

    def __call__(self) -> None:
        self.id += 1
        sdk_check_result(prlsdk.DeinitializeSDK()[0])

    def __del__(self) -> None:
        if not sys.is_finalizing() and prlsdk._initialized:
            self()


deinit_sdk = _Deinit()


def set_sdk_library_path(path: str) -> None:
    prlsdk.SetSDKLibraryPath(path)


def get_sdk_library_path() -> str:
    return str(prlsdk.GetSDKLibraryPath()[1])


# ---- objects ------------------------------------------------------------------------------------


class _Handle:
    """An object of the library. It owns the reference that `handle` is."""

    def __init__(self, handle: int = 0) -> None:
        if type(self) is _Handle:
            raise TypeError("the base class of all objects cannot be made directly")
        self.handle = handle
        self._deinit_id = deinit_sdk.id

    def __del__(self) -> None:
        handle = getattr(self, "handle", 0)
        if handle and self._deinit_id == deinit_sdk.id and prlsdk._initialized:
            prlsdk.PrlHandle_Free(handle)


def handle_to_object(handle: int) -> Any:
    """An object of the class that fits the handle's type; takes the reference over."""
    answer = prlsdk.PrlHandle_GetType(handle)
    sdk_check_result(answer[0])
    name = BY_TYPE.get(answer[1])
    if name is None:
        raise PrlSDKError(handle, errors.PRL_ERR_INVALID_HANDLE, None)
    return globals()[name](handle)


class _Iterable(_Handle):
    """What has a number of items: len, index, iteration."""

    _count = _item = ""

    def __len__(self) -> int:
        return int(getattr(self, self._count)())

    def __getitem__(self, index: int) -> Any:
        if not 0 <= index < len(self):
            raise IndexError(index)
        return getattr(self, self._item)(index)

    def __iter__(self) -> Iterator[Any]:
        for index in range(len(self)):
            yield self[index]


def _snake(name: str) -> str:
    """GetVmList -> get_vm_list; only where a capital follows a small letter."""
    import re

    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()


def _parameters(row: Any, has_self: bool) -> list[str]:
    """What a method asks for: the C parameters that go in, with their defaults."""
    from keyword import iskeyword

    defaults = DEFAULTS.get(row.name, {})
    found = []
    for (_, name), role in list(zip(row.params, row.roles, strict=True))[has_self:]:
        if role.startswith("out_") or role == "size":
            continue
        default = f" = {defaults[name]}" if name in defaults else ""
        found.append((name + "_" if iskeyword(name) else name) + default)
    return found


def _method(row: Any) -> Any:
    """The method, or static function, for a C function."""
    has_self = bool(row.params) and row.params[0][0] == "PRL_HANDLE" and row.roles[0] == "handle"
    parameters = SPECIAL_PARAMETERS.get(row.name) or _parameters(row, has_self)
    names = [parameter.split(" ")[0] for parameter in parameters]
    call = ", ".join([repr(row.name), *(["self.handle"] if has_self else []), *names])
    handles = sum(role == "out_handle" for role in row.roles)
    outs = sum(role.startswith("out_") for role in row.roles)
    if row.kind == "async":
        value = f"Job(call_sdk_function({call}))"
    elif handles == 1 and outs == 1 and row.name not in SPECIAL_PARAMETERS:
        value = f"_object(call_sdk_function({call}))"
    else:
        value = f"call_sdk_function({call})"
    signature = ", ".join([*(["self"] if has_self else []), *parameters])
    name = _snake(row.name.split("_", 1)[1])
    scope: dict[str, Any] = {}
    exec(f"def {name}({signature}):\n    return {value}\n", globals(), scope)
    made = scope[name]
    made.__doc__ = row.prototype
    return made if has_self else staticmethod(made)


# C functions that take or give a structure.
SPECIAL_PARAMETERS = {
    "PrlSrv_GetDefaultVmConfig": ["nVmType", "sConfigSample", "nOsVersion", "nFlags"],
    "PrlVmCfg_GetMemGuaranteeSize": [],
    "PrlVmCfg_SetMemGuaranteeSize": ["type", "value"],
    "PrlVmCfg_GetCpuLimitEx": [],
    "PrlVmCfg_SetCpuLimitEx": ["type", "value"],
    "PrlVmCfg_GetIoLimit": [],
    "PrlVmCfg_SetIoLimit": ["value"],
}


def _object(handle: int) -> Any:
    return handle_to_object(handle) if handle else None


def _maker(function: str) -> Callable[..., None]:
    """__init__ of a class whose objects can be made: with a handle it takes that over."""

    def __init__(self: _Handle, handle: int = 0, *arguments: Any) -> None:
        if not handle:
            handle = call_sdk_function(function, *arguments)
        _Handle.__init__(self, handle)

    return __init__


def _make_classes() -> None:
    scope = globals()
    rows: dict[str, list[Any]] = {}
    for row in prlsdk._table().values():
        rows.setdefault(row.name.split("_", 1)[0], []).append(row)
    for name, (base, prefixes, maker) in CLASSES.items():
        members: dict[str, Any] = {"__module__": __name__}
        for prefix in prefixes:
            for row in rows.get(prefix, ()):
                if not row.name.endswith("_Create"):
                    members[_snake(row.name.split("_", 1)[1])] = _method(row)
        if maker:
            members["__init__"] = _maker(maker)
        if name in _BY_HAND:
            members.update(_BY_HAND[name])
        if name == "_Handle":
            for key, member in members.items():
                if key != "__module__":
                    setattr(_Handle, key, member)
            continue
        scope[name] = type(name, (scope[base] if base else object,), members)


# ---- what some classes have besides -------------------------------------------------------------


def _wait(self: Any, msecs: int = sys.maxsize) -> Any:
    """Wait for the job's end; raises its failure, else gives its Result."""
    sdk_check_result(prlsdk.PrlJob_Wait(self.handle, msecs)[0])
    code = self.get_ret_code()
    if code:
        answer = prlsdk.PrlJob_GetError(self.handle)
        error = scope_of("Event")(answer[1]) if answer[0] == 0 else None
        raise PrlSDKError(self.get_result(), code, error)
    return self.get_result()


def _free(self: Any) -> None:
    """Give the reference back now; the object is of no more use."""
    handle, self.handle = self.handle, 0
    call_sdk_function("PrlHandle_Free", handle)


def _param(self: Any, nIndex: int) -> Any:
    return _object(call_sdk_function("PrlResult_GetParamByIndex", self.handle, nIndex))


def _number_list(self: Any, handle: int = 0) -> None:
    # Made with a size, or from a handle: numbers of handles are far beyond sizes.
    if handle in (1, 2, 4, 8):
        handle = call_sdk_function("PrlApi_CreateOpTypeList", handle)
    _Handle.__init__(self, handle)


def _number_item(self: Any, nItemIndex: int) -> Any:
    """(signed, unsigned, floating point)"""
    return tuple(call_sdk_function("PrlOpTypeList_GetItem", self.handle, nItemIndex))


def scope_of(name: str) -> Any:
    return globals()[name]


_BY_HAND: dict[str, dict[str, Any]] = {
    "_Handle": {"free": _free},
    "Job": {"wait": _wait},
    "Result": {"_count": "get_params_count", "_item": "get_param_by_index"},
    "Event": {"_count": "get_params_count", "_item": "get_param"},
    "StringList": {"_count": "get_items_count", "_item": "get_item"},
    "HandleList": {"_count": "get_items_count", "_item": "get_item"},
    "OpTypeList": {
        "_count": "get_items_count",
        "_item": "get_item",
        "__init__": _number_list,
        "get_item": _number_item,
        "signed": lambda self, index: self.get_item(index)[0],
        "unsigned": lambda self, index: self.get_item(index)[1],
        "double": lambda self, index: self.get_item(index)[2],
    },
}

_make_classes()
