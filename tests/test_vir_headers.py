"""What is generated for the libvirt-style API: headers, numbers, layouts."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from prl_api import CSRC, STRICT, compilers, generate, run, table

API = CSRC / "facade" / "vir" / "api"
STANDARDS = {"c99": "c", "c11": "c", "c++11": "c++", "c++17": "c++"}
SIZES = {
    "virDomainInfo": 40,
    "virDomainJobInfo": 96,
    "virError": 80,
    "virConnectAuth": 32,
    "virConnectCredential": 48,
    "virTypedParameter": 96,
    "virNodeInfo": 64,
    "virVcpuInfo": 24,
    "virDomainControlInfo": 16,
    "virDomainBlockInfo": 24,
    "virDomainMemoryStatStruct": 16,
    "virDomainInterfaceStatsStruct": 64,
    "virDomainBlockStatsStruct": 40,
    "virSecurityModel": 514,
    "virSecurityLabel": 4104,
    "virJobInfo": 20,
}
OFFSETS = {
    ("virDomainInfo", "maxMem"): 8,
    ("virDomainInfo", "cpuTime"): 32,
    ("virDomainJobInfo", "dataTotal"): 24,
    ("virDomainJobInfo", "fileRemaining"): 88,
    ("virError", "message"): 8,
    ("virError", "str1"): 40,
    ("virError", "int2"): 68,
    ("virConnectAuth", "cbdata"): 24,
    ("virConnectCredential", "result"): 32,
    ("virTypedParameter", "value"): 88,
    ("virNodeInfo", "threads"): 60,
    ("virVcpuInfo", "cpu"): 16,
}
HEADERS = ["libvirt/libvirt.h", "libvirt/virterror.h", "libvirt/virjob.h"]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return generate(tmp_path_factory.mktemp("vir"), API)


@pytest.mark.parametrize("sentinels", [True, False])
@pytest.mark.parametrize("standard", STANDARDS)
def test_each_header_compiles_alone(
    standard: str, sentinels: bool, made: Path, tmp_path: Path
) -> None:
    language = STANDARDS[standard]
    define = ["-DVIR_ENUM_SENTINELS"] if sentinels else []
    for name in HEADERS:
        source = tmp_path / f"{name.replace('/', '_')}.{language}"
        source.write_text(f"#include <{name}>\n#include <{name}>\n")
        for compiler in compilers(language):
            command = [compiler, f"-std={standard}", *STRICT, *define, f"-I{made}/include/vir"]
            run(*command, "-fsyntax-only", source)


def test_parts_cannot_be_included_by_themselves(made: Path, tmp_path: Path) -> None:
    folder = made / "include" / "vir" / "libvirt"
    parts = sorted(path.name for path in folder.glob("libvirt-*.h"))
    assert len(parts) == 13
    for part in parts:
        source = tmp_path / "part.c"
        source.write_text(f"#include <libvirt/{part}>\n")
        command = ["cc", f"-I{made}/include/vir", "-fsyntax-only", str(source)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        assert done.returncode != 0 and "not this file" in done.stderr


def check(checks: list[str], made: Path, tmp_path: Path, *options: str) -> None:
    lines = [f"#include <{name}>" for name in HEADERS] + ["#include <stddef.h>"]
    lines += [f'_Static_assert({one}, "{one}");' for one in checks]
    source = tmp_path / "checks.c"
    source.write_text("\n".join(lines) + "\n")
    command = ["cc", "-std=c11", "-Wno-deprecated-declarations", *options]
    run(*command, f"-I{made}/include/vir", "-fsyntax-only", source)


def test_layouts(made: Path, tmp_path: Path) -> None:
    checks = [f"sizeof({name}) == {size}" for name, size in SIZES.items()]
    checks += [f"offsetof({name}, {field}) == {at}" for (name, field), at in OFFSETS.items()]
    check(checks, made, tmp_path)


def test_all_numbers(made: Path, tmp_path: Path) -> None:
    rows = table("constants", API)
    numbers = [row for row in rows if row["value"].lstrip("-").isdigit()]
    assert len(rows) == 1236 and len(numbers) > 950
    checks = [f"{row['name']} == {row['value']}" for row in numbers]
    checks += ["LIBVIR_CHECK_VERSION(9, 0, 0)", "!LIBVIR_CHECK_VERSION(9, 0, 1)"]
    checks += ["VIR_CPU_MAPLEN(9) == 2", "VIR_UUID_STRING_BUFLEN == 37"]
    check(checks, made, tmp_path, "-DVIR_ENUM_SENTINELS")


def test_every_function_is_declared_and_exported(made: Path) -> None:
    functions = [row["name"] for row in table("functions", API)]
    assert len(functions) == 349
    assert (made / "vir_exports.txt").read_text().split() == sorted(functions)
    versions = (made / "vir.map").read_text()
    assert all(f" {name};" in versions for name in [*functions, "virConnectAuthPtrDefault"])
