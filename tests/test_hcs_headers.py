"""What is generated for the HCS API: headers, numbers, layouts, exports."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest
from prl_api import CSRC, STRICT, compilers, generate, run, table

API = CSRC / "facade" / "hcs" / "api"
STANDARDS = {"c99": "c", "c17": "c", "c++11": "c++", "c++17": "c++", "c++20": "c++"}
HEADERS = [f"{name}.h" for name in ("computecore", "computedefs", "computestorage")]
HEADERS += [f"{name}.h" for name in ("ComputeCore", "ComputeDefs", "ComputeStorage")]
HEADERS += ["hcs/computecore.h", "vjob_wintypes.h", "vjob_winerror.h"]
HANDLES = ("HCS_OPERATION", "HCS_SYSTEM", "HCS_PROCESS", "HCS_CALLBACK")


def rows(name: str) -> list[dict[str, str]]:
    return table(name, API)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return generate(tmp_path_factory.mktemp("hcs"), API)


def includes(made: Path) -> list[str]:
    roots = (made / "include", CSRC / "include")
    return [f"-I{folder}" for root in roots for folder in (root, root / "hcs")]


@pytest.mark.parametrize("standard", STANDARDS)
def test_each_header_compiles_alone(standard: str, made: Path, tmp_path: Path) -> None:
    language = STANDARDS[standard]
    for name in HEADERS:
        source = tmp_path / f"{name.replace('/', '_')}.{language}"
        source.write_text(f"#include <{name}>\n#include <{name}>\n")
        for compiler in compilers(language):
            run(compiler, f"-std={standard}", *STRICT, *includes(made), "-fsyntax-only", source)


def check(checks: list[str], language: str, made: Path, tmp_path: Path) -> None:
    word = {"c": "_Static_assert", "c++": "static_assert"}[language]
    lines = ["#include <stddef.h>", "#include <computecore.h>"]
    if language == "c++":
        lines.append("#include <type_traits>")
        lines.append("HCS_OPERATION_COMPLETION one = [](HCS_OPERATION, void *) {};")
        lines.append("HCS_EVENT_CALLBACK other = [](HCS_EVENT *, void *) {};")
    lines += [f'{word}({one}, "");' for one in checks]
    source = tmp_path / f"checks.{language}"
    source.write_text("\n".join(lines) + "\n")
    standard = {"c": "c11", "c++": "c++17"}[language]
    for compiler in compilers(language):
        run(compiler, f"-std={standard}", *STRICT, *includes(made), "-fsyntax-only", source)


@pytest.mark.parametrize("language", ["c", "c++"])
def test_all_numbers(language: str, made: Path, tmp_path: Path) -> None:
    forms = {row["group"]: row["form"] for row in rows("groups")}
    checks = []
    for row in rows("constants"):
        name, number = row["name"], int(row["value"], 0)
        if name == "INVALID_HANDLE_VALUE":
            continue  # a pointer
        if forms[row["group"]] in ("enum", "flags", "hresult") and number >= 1 << 31:
            number -= 1 << 32
        checks.append(f"{name} == {number:#x}u" if number > 1 << 31 else f"{name} == {number}")
    assert len(checks) == 167
    codes = {r["name"]: int(r["value"]) for r in rows("constants") if r["group"] == "WIN32_ERROR"}
    for name in ("ERROR_FILE_NOT_FOUND", "ERROR_NOT_FOUND", "ERROR_INVALID_STATE"):
        checks.append(f"(uint32_t)HRESULT_FROM_WIN32({name}) == {0x80070000 | codes[name]:#x}u")
    checks += ["HRESULT_FROM_WIN32(0) == S_OK", "HRESULT_FROM_WIN32((unsigned)E_FAIL) == E_FAIL"]
    checks += ["SUCCEEDED(S_FALSE) && SUCCEEDED(S_OK) && FAILED(E_FAIL)"]
    checks = [one.replace("0xffffffffffffffffu", "0xffffffffffffffffull") for one in checks]
    check(checks, language, made, tmp_path)


@pytest.mark.parametrize("language", ["c", "c++"])
def test_widths_and_layouts(language: str, made: Path, tmp_path: Path) -> None:
    sizes = {"HRESULT": 4, "DWORD": 4, "ULONG": 4, "UINT32": 4, "BOOL": 4, "LONG": 4, "UINT64": 8}
    sizes |= {"HANDLE": 8, "HCS_EVENT": 24, "HCS_PROCESS_INFORMATION": 32, "GUID": 16}
    sizes |= {"HCS_CREATE_OPTIONS_1": 48, **dict.fromkeys(HANDLES, 8)}
    sizes |= {row["group"]: 4 for row in rows("groups") if row["form"] in ("enum", "flags")}
    places = {
        "HCS_EVENT": {"Type": 0, "EventData": 8, "Operation": 16},
        "HCS_PROCESS_INFORMATION": {
            "ProcessId": 0, "Reserved": 4, "StdInput": 8, "StdOutput": 16, "StdError": 24,
        },
        "HCS_CREATE_OPTIONS_1": {
            "Version": 0, "UserToken": 8, "SecurityDescriptor": 16, "CallbackOptions": 24,
            "CallbackContext": 32, "Callback": 40,
        },
    }  # fmt: skip
    checks = [f"sizeof({name}) == {size}" for name, size in sizes.items()]
    checks += [
        f"offsetof({struct}, {field}) == {place}"
        for struct, fields in places.items()
        for field, place in fields.items()
    ]
    check(checks, language, made, tmp_path)


def test_types_as_cpp_programs_need_them(made: Path, tmp_path: Path) -> None:
    checks = ["std::is_same<HANDLE, void *>::value", "std::is_same<HRESULT, int>::value"]
    checks += ["std::is_same<PCWSTR, const wchar_t *>::value"]
    for handle in HANDLES:
        checks += [f"std::is_pointer<{handle}>::value"]
        checks += [
            f"!std::is_convertible<{handle}, {other}>::value"
            for other in HANDLES
            if other != handle
        ]
    both = "(HcsEventOptionEnableOperationCallbacks | HcsEventOptionEnableVmLifecycle)"
    checks += [f"std::is_same<decltype{both}, HCS_EVENT_OPTIONS>::value", f"{both} == 3"]
    check(checks, "c++", made, tmp_path)


@pytest.fixture(scope="module")
def constants(made: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("hcs_constants", made / "hcs_constants.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_python_constants(constants: ModuleType) -> None:
    for row in rows("constants"):
        assert constants.find(row["name"]) == (row["group"], int(row["value"], 0))


def test_functions(made: Path) -> None:
    functions = rows("functions")
    names = [row["name"] for row in functions]
    assert len(names) == len(set(names)) == 74
    assert (made / "hcs_exports.txt").read_text().split() == sorted(names)
    header = (made / "include" / "hcs" / "computecore.h").read_text()
    storage = (made / "include" / "hcs" / "computestorage.h").read_text()
    for row in functions:
        assert (
            f"{row['name']}(" in {"computecore": header, "computestorage": storage}[row["header"]]
        )
    cdef = (made / "hcs_cdef.h").read_text()
    assert all((f"{row['name']}(" in cdef) == (row["header"] == "computecore") for row in functions)
