"""What is generated for the VIX API: headers, numbers, types of properties, exports."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest
from prl_api import CSRC, STRICT, build, compilers, generate, run, table

API = CSRC / "facade" / "vix" / "api"
STANDARDS = {"c99": "c", "c11": "c", "c++11": "c++", "c++17": "c++"}
HEADERS = ["vix.h", "vm_basic_types.h", "vmware-vix/vix.h", "vmware-vix/vm_basic_types.h"]


def rows(name: str) -> list[dict[str, str]]:
    return table(name, API)


def is_number(row: dict[str, str]) -> bool:
    return row["value"].lstrip("-").isdigit()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return generate(tmp_path_factory.mktemp("vix"), API)


@pytest.fixture(scope="module")
def constants(made: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("vix_constants", made / "vix_constants.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def includes(made: Path) -> list[str]:
    return [f"-I{made}/include/vix", f"-I{made}/include"]


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
    lines = ["#include <vmware-vix/vix.h>"] + [f'{word}({one}, "{one}");' for one in checks]
    source = tmp_path / f"checks.{language}"
    source.write_text("\n".join(lines) + "\n")
    standard = {"c": "c11", "c++": "c++11"}[language]
    run(
        compilers(language)[0],
        f"-std={standard}",
        *STRICT,
        *includes(made),
        "-c",
        source,
        "-o",
        tmp_path / "checks.o",
    )


@pytest.mark.parametrize("language", ["c", "c++"])
def test_all_numbers_and_widths(language: str, made: Path, tmp_path: Path) -> None:
    numbers = [row for row in rows("constants") if is_number(row)]
    checks = [f"{row['name']} == {row['value']}" for row in numbers]
    # 521 public ones, three of them texts, and our number for HOST_INITIALIZED
    assert len(checks) == 521 - 3 + 1
    checks += ["sizeof(Bool) == 1", "sizeof(VixError) == 8", "sizeof(VixHandle) == 4"]
    kinds = {row["type"] for row in rows("groups")} - {"", "VixHandle"}
    checks += [f"sizeof({kind}) == 4" for kind in sorted(kinds)]
    checks += ["VIX_ERROR_CODE(0x0000000704010bbeULL) == VIX_E_VM_NOT_RUNNING"]
    checks += ["VIX_SUCCEEDED(VIX_OK) && VIX_FAILED(0x100000000ULL)"]
    check(checks, language, made, tmp_path)


def test_texts_are_macros(made: Path, tmp_path: Path) -> None:
    texts = [row for row in rows("constants") if not is_number(row)]
    assert len(texts) == 3
    lines = ["#include <string.h>", "#include <vix.h>", "int main(void) {", "int bad = 0;"]
    lines += [f'bad += strcmp({row["name"]}, "{row["value"]}") != 0;' for row in texts]
    source = tmp_path / "texts"
    source.write_text("\n".join([*lines, "return bad;", "}"]) + "\n")
    run(build(source, "c", made / "include" / "vix"))


def test_hidden_from_java(made: Path, tmp_path: Path) -> None:
    source = tmp_path / "java.c"
    text = "#define VIX_HIDE_FROM_JAVA\n#include <vix.h>\n"
    for name in ("VixPropertyList_AllocPropertyList", "VixVM_CaptureScreenImage"):
        text += f"int {name};\n"
    source.write_text(text)
    run(compilers("c")[0], "-std=c99", *STRICT, *includes(made), "-fsyntax-only", source)


def test_no_names_but_its_own(made: Path, tmp_path: Path) -> None:
    """Besides the basic types: what begins with Vix or VIX."""
    source = tmp_path / "names.c"
    source.write_text("#include <stdint.h>\n#include <sys/types.h>\n")
    command = [compilers("c")[0], *includes(made), "-dM", "-E"]
    before = set(run(*command, source).splitlines())
    source.write_text(source.read_text() + "#include <vix.h>\n")
    after = set(run(*command, source).splitlines())
    added = {line.split()[1].split("(")[0] for line in after - before}
    other = {name for name in added if not name.startswith("VIX_")}
    assert other == {"FALSE", "TRUE", "IsBool", "IS_BOOL", "FMT64", "VM_BASIC_TYPES_H"}


def test_every_property_has_a_type() -> None:
    groups = ("property_id", "legacy_property_id")
    ids = {row["name"] for row in rows("constants") if row["group"] in groups}
    assert ids - {"VIX_PROPERTY_NONE"} == {row["name"] for row in rows("properties")}


def test_every_public_code_has_a_text_of_ours() -> None:
    codes = {row["name"] for row in rows("constants") if row["group"] == "error"}
    assert len(codes) == 268
    texts = {row["name"]: row["text"] for row in rows("texts")}
    assert codes <= set(texts)
    assert all(text.endswith(".") and len(text) > 10 for text in texts.values())


def test_functions_and_exports(made: Path) -> None:
    names = [row["name"] for row in rows("functions")]
    assert len(names) == len(set(names)) == 67 + 6
    assert (made / "vix_exports.txt").read_text().split() == sorted(names)
    header = (made / "include" / "vix" / "vix.h").read_text()
    assert all(f"{name}(" in header for name in names)


def test_python_constants(constants: ModuleType) -> None:
    for row in rows("constants"):
        group, value = constants.find(row["name"])
        assert (group, str(value)) == (row["group"], row["value"])


def test_results_are_known_properties() -> None:
    known = {row["name"]: row["of"] for row in rows("properties")}
    for row in rows("functions"):
        for result in filter(None, row["results"].split(";")):
            assert known[result.removeprefix("nth ")] == "job", row["name"]


def test_generating_twice_changes_nothing(made: Path, tmp_path: Path) -> None:
    again = generate(tmp_path, API)
    files = sorted(path.relative_to(made) for path in made.rglob("*") if path.is_file())
    assert files == sorted(path.relative_to(again) for path in again.rglob("*") if path.is_file())
    assert all((made / file).read_bytes() == (again / file).read_bytes() for file in files)
