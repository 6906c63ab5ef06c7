"""Writes what other languages and tests need: cffi declarations, Python constants, exports."""

import common

# A WCHAR is wchar_t to cffi, too, which makes and reads such texts. Enums are ints: their numbers
# are Python's constants.
TYPES = """typedef int32_t HRESULT;
typedef uint32_t DWORD;
typedef uint64_t UINT64;
typedef void *HANDLE;
typedef wchar_t WCHAR;
typedef wchar_t *PWSTR;
typedef const wchar_t *PCWSTR;
typedef struct _SECURITY_DESCRIPTOR SECURITY_DESCRIPTOR;
typedef struct HCS_OPERATION__ *HCS_OPERATION;
typedef struct HCS_SYSTEM__ *HCS_SYSTEM;
typedef struct HCS_PROCESS__ *HCS_PROCESS;
"""
STRUCTS = """typedef struct HCS_EVENT {
    HCS_EVENT_TYPE Type;
    PCWSTR EventData;
    HCS_OPERATION Operation;
} HCS_EVENT;
typedef struct HCS_PROCESS_INFORMATION {
    DWORD ProcessId;
    DWORD Reserved;
    HANDLE StdInput;
    HANDLE StdOutput;
    HANDLE StdError;
} HCS_PROCESS_INFORMATION;
typedef void (*HCS_OPERATION_COMPLETION)(HCS_OPERATION operation, void *context);
typedef void (*HCS_EVENT_CALLBACK)(HCS_EVENT *event, void *context);
"""


def cdef(api):
    """All types and functions that computecore.h declares. Constants are Python's."""
    enums = [f"typedef int {group.name};\n" for group in api.groups.values() if group.is_type]
    functions = [f"{f.head};\n" for f in api.functions if f.header == "computecore"]
    return TYPES + "".join(enums) + STRUCTS + "".join(functions)


def constants(api):
    """Numbers as the headers write them: a result code is positive here, as people know it."""
    groups = [
        (group.name, [(c.name, str(c.number)) for c in group.constants])
        for group in api.groups.values()
    ]
    return common.constants_module("HCS", "170", groups)


def exports(api):
    return common.exports(api.functions)
