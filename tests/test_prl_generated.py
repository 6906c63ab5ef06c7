"""The generated functions, loader, tables and bindings of the Prl API."""

from __future__ import annotations

import importlib.util
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from prl_api import (
    API,
    BODIES,
    RETURNS,
    STUB,
    build,
    constants,
    generate,
    parameters,
    python_value,
    run,
    stub_library,
    table,
)

PRL_HOST_HEADER = API.parents[2] / "include" / "vjob" / "prl_host.h"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with everything that is generated."""
    return generate(tmp_path_factory.mktemp("prl"))


@pytest.fixture(scope="module")
def include(made: Path) -> Path:
    return made / "include" / "prl"


@pytest.fixture(scope="module")
def library(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return stub_library(made, tmp_path_factory.mktemp("library"))


# ---- functions


def call(row: dict[str, str], name: str) -> str:
    """A call with nothing but zeros that counts when it is answered as a stub answers."""
    kinds = [param.rsplit(" ", 1)[0] for param in parameters(row)]
    plain = [re.sub(r"^const (?=\w+$)", "", kind) for kind in kinds]
    zeros = ", ".join(f"({kind})0" for kind in plain)
    return f"n += {name}({zeros}) == {STUB[row['kind']]};"


def write_calls(rows: list[dict[str, str]], typed: bool, main: str, source: Path) -> None:
    """A program that calls functions, by name or through variables of their pointer types."""
    lines = ["int call_all(void);", "int call_all(void) {", "int n = 0;"]
    for row in rows:
        name = row["name"]
        if typed:
            exact = (
                f"{RETURNS[row['kind']]} (PRL_CALL *q)({', '.join(parameters(row)) or 'void'}) = p;"
            )
            lines.append(f"{{ {name}_Ptr p = {name}; {exact} {call(row, 'p')} {call(row, 'q')} }}")
        else:
            lines.append(call(row, name))
    source.write_text(main + "\n".join([*lines, "return n;", "}"]) + "\n")


def test_every_function_is_declared_and_exported(made: Path, library: Path) -> None:
    names = sorted(row["name"] for row in table("functions"))
    assert len(names) == len(set(names)) == 1873
    assert (made / "prl_exports.txt").read_text().split() == names
    assert exported(library) == names


def exported(library: Path) -> list[str]:
    symbols = run("nm", "-D", "--defined-only", library).splitlines()
    return sorted(line.split()[-1] for line in symbols)


def test_installed_library_exports_the_api_and_nothing_else(made: Path) -> None:
    package = importlib.util.find_spec("pyvjob")
    assert package and package.origin
    installed = Path(package.origin).parent / "lib" / "libprl_sdk.so"
    if not installed.exists():
        pytest.skip("libprl_sdk.so is not built")
    # What a wrapper needs besides is declared in a header of its own, under names of ours.
    own = set(re.findall(r"\b(vjob_prl_\w+)\(", PRL_HOST_HEADER.read_text()))
    assert own
    assert exported(installed) == sorted({*(made / "prl_exports.txt").read_text().split(), *own})


@pytest.mark.parametrize("language", ["c", "c++"])
def test_every_function_can_be_called_through_its_pointer_type(
    language: str, include: Path, library: Path, tmp_path: Path
) -> None:
    main = (
        "#include <Parallels.h>\nint call_all(void);\n"
        f"int main(void) {{ return call_all() == 2 * {len(table('functions'))} ? 0 : 1; }}\n"
    )
    write_calls(table("functions"), True, main, tmp_path / "calls")
    folder = library.parent
    program = build(
        tmp_path / "calls", language, include, f"-L{folder}", "-lprl_sdk", f"-Wl,-rpath,{folder}"
    )
    run(program)


WRAP_MAIN = """
#include <SdkWrap.h>
int call_all(void);
int main(int argc, char **argv) {
    if (argc != 3 || SdkWrap_IsLoaded() || SdkWrap_GetSymbol("PrlApi_Init")) return 1;
    if (SdkWrap_Load("no_such_library") != PRL_ERR_FILE_NOT_FOUND) return 2;
    if (SdkWrap_Load("libm.so.6", 0) != PRL_ERR_FAILURE || SdkWrap_IsLoaded()) return 3;
    if (SdkWrap_Load(argv[1]) != PRL_ERR_SUCCESS || !SdkWrap_IsLoaded()) return 4;
    if (!SdkWrap_GetSymbol("PrlApi_Init") || SdkWrap_GetSymbol("PrlApi_Nothing")) return 5;
    if (call_all() != atoi(argv[2])) return 6;
    SdkWrap_Unload();
    if (SdkWrap_IsLoaded() || PrlApi_Init != 0) return 7;
    if (SdkWrap_LoadLibFromStdPaths() != PRL_ERR_SUCCESS) return 8;
    return call_all() == atoi(argv[2]) ? 0 : 9;
}
"""


@pytest.mark.parametrize("language", ["c", "c++"])
def test_loader_finds_every_function_of_its_list(
    language: str, include: Path, library: Path, tmp_path: Path
) -> None:
    """Two sources share the pointers; the library lies where an installation has it: ../lib."""
    rows = [row for row in table("functions") if row["loader"]]
    assert len(rows) == 1800
    write_calls(rows, False, "#include <SdkWrap.h>\n", tmp_path / f"calls.{language}")
    main = tmp_path / "bin" / "main"
    main.parent.mkdir()
    main.write_text("#include <stdlib.h>" + WRAP_MAIN)
    options = ["-x", language, tmp_path / f"calls.{language}", "-x", "none", "-ldl", "-rdynamic"]
    program = build(main, language, include, *options)
    (tmp_path / "lib").mkdir()
    shutil.copy(library, tmp_path / "lib")
    run(program, tmp_path / "lib" / "prl_sdk", len(rows))


# ---- tables, cffi, Python


TABLES_MAIN = """
#include "prl_tables.h"
#include "prl_props.h"
#include <stdio.h>
#include <string.h>
static const PRL_RESULT codes[] = {@codes@};
static const PRL_HANDLE_TYPE types[] = {@types@};
static const PRL_EVENT_TYPE events[] = {@events@};
static const PRL_JOB_OPERATION_CODE jobs[] = {@jobs@};
#define EACH(table) for (i = 0; i < sizeof table / sizeof table[0]; i++)
#define CHECK(x) do { if (!(x)) { printf("%s %zu\\n", #x, i); return 1; } } while (0)
int main(void) {
    size_t i = 0;
    EACH(codes) {
        CHECK(prl_result_name(codes[i]));
        CHECK(strlen(prl_result_text(codes[i], 1)) > 1);
        CHECK(!strchr(prl_result_text(codes[i], 1), '%'));
        CHECK(strlen(prl_result_text(codes[i], 0)) > 1);
    }
    EACH(types) CHECK(prl_handle_type_name(types[i]));
    EACH(events) CHECK(prl_event_type_name(events[i]));
    EACH(jobs) CHECK(prl_job_opcode_name(jobs[i]));
    CHECK(!prl_result_name(0x7FFFFFFF) && !prl_result_text(0x7FFFFFFF, 0));
    CHECK(!prl_handle_type_name((PRL_HANDLE_TYPE)1));
    CHECK(!prl_vm_state_name((VIRTUAL_MACHINE_STATE)1));
    CHECK(!strcmp(prl_result_name(PRL_ERR_TIMEOUT), "PRL_ERR_TIMEOUT"));
    CHECK(!strcmp(prl_result_name(0), "PRL_ERR_SUCCESS"));
    CHECK(!strcmp(prl_handle_type_name(PHT_VM_CONFIGURATION), "PHT_VIRTUAL_MACHINE"));
    CHECK(!strcmp(prl_vm_state_name(VMS_RUNNING), "VMS_RUNNING"));
    CHECK(prl_message_type(PRL_ERR_SUCCESS) == PMT_INFORMATION);
    CHECK(prl_message_type(PRL_ERR_OUT_OF_MEMORY) == PMT_CRITICAL);
    CHECK(prl_message_type(PRL_QUEST_POWER_OFF) == PMT_QUESTION);
    CHECK(prl_message_type(PET_ANSWER_YES) == PMT_ANSWER);
    CHECK(prl_message_type(0x7FFFFFFF) == PMT_WARNING);
    CHECK(prl_functions_count == 1873);
    for (i = 0; i < prl_functions_count; i++) {
        CHECK(prl_function_find(prl_functions[i].name) == &prl_functions[i]);
        CHECK(prl_functions[i].api_ver >= 1 && prl_functions[i].api_ver <= PARALLELS_API_VER);
    }
    CHECK(!prl_function_find("PrlApi_Nothing") && !prl_function_find(NULL));
    CHECK(prl_function_find("PrlVm_Start")->is_async);
    CHECK(prl_function_find("PrlVm_Start")->op_code == PJOC_VM_START);
    for (i = 0; i < PRL_PROP_COUNT; i++)
        CHECK(prl_props[i].class_name && prl_props[i].name && prl_props[i].text);
    CHECK(!strcmp(prl_props[PRL_PROP_VMCFG_RAM_SIZE].name, "RamSize"));
    CHECK(prl_props[PRL_PROP_VMDEV_ENABLED].number == 1);
    return 0;
}
"""


def test_tables_know_every_code(made: Path, include: Path, library: Path, tmp_path: Path) -> None:
    def names(*groups: str) -> str:
        rows = [row for row in table("constants") if row["group"] in groups]
        return ", ".join(row["name"] for row in rows)

    marks = {
        "@codes@": ", ".join(row["name"] for row in constants("result")),
        "@types@": names("PRL_HANDLE_TYPE"),
        "@events@": names("PRL_EVENT_TYPE"),
        "@jobs@": names("PRL_JOB_OPERATION_CODE"),
    }
    text = TABLES_MAIN
    for mark, made_text in marks.items():
        text = text.replace(mark, made_text)
    source = tmp_path / "tables"
    source.write_text('#include "PrlApiVersion.h"\n' + text)
    # the table of properties stands in one file with functions, which want their helpers
    (tmp_path / "bodies.c").write_text(BODIES)
    objects = []
    for other in (made / "prl_props.c", tmp_path / "bodies.c"):
        objects.append(tmp_path / f"{other.stem}.o")
        folders = [f"-I{folder}" for folder in (include, made, library.parent)]
        run("cc", "-std=gnu11", *folders, "-c", other, "-o", objects[-1])
    run(build(source, "c", include, f"-I{made}", made / "prl_tables.c", *objects))


def packed_pieces(text: str) -> Iterator[tuple[str, bool]]:
    """The text for cffi in pieces, each with whether its structures are packed."""
    marks = r"/\* cffi:packed \*/(.*?)/\* cffi:end packed \*/"
    for number, piece in enumerate(re.split(marks, text, flags=re.S)):
        yield piece, number % 2 == 1


def test_cffi_reads_the_declarations(made: Path, library: Path) -> None:
    import cffi

    ffi = cffi.FFI()
    for piece, packed in packed_pieces((made / "prl_cdef.h").read_text()):
        ffi.cdef(piece, packed=packed)
    for row in table("structs"):
        assert ffi.offsetof(row["struct"], row["field"]) == int(row["offset"]), row
    for row in table("typedefs"):
        if row["size"]:
            assert ffi.sizeof(row["name"]) == int(row["size"]), row
    lib = ffi.dlopen(str(library))
    for row in table("functions"):
        function = getattr(lib, row["name"])
        assert len(ffi.typeof(function).args) == len(parameters(row))


def load_constants(made: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("prl_constants", made / "prl_constants.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_python_constants(made: Path) -> None:
    module = load_constants(made)
    expected: dict[str, dict[str, object]] = {}
    for row in table("constants"):
        expected.setdefault(row["group"], {})[row["name"]] = python_value(row)
        assert module.find(row["name"]) == (row["group"], python_value(row))
    assert expected == module.GROUPS
    assert module.GROUP_OF["PRL_ERR_TIMEOUT"] == "RESULT_ERROR"
    assert module.find("PJS_FINISHED") == ("PRL_JOB_STATUS", 0xD0000002)
    for unknown in ("PRL_ERR_TIME", "[RESULT_ERROR]", "PRL_ERR_TIMEOUT -2147483627", ""):
        with pytest.raises(KeyError):
            module.find(unknown)
    with pytest.raises(KeyError):
        module.group("RESULT")


def test_generator_repeats_itself_and_leaves_equal_files_alone(made: Path, tmp_path: Path) -> None:
    again = generate(tmp_path / "again")
    files = sorted(path.relative_to(made) for path in made.rglob("*") if path.is_file())
    files = [file for file in files if "__pycache__" not in file.parts]
    assert files == sorted(path.relative_to(again) for path in again.rglob("*") if path.is_file())
    for file in files:
        assert (made / file).read_bytes() == (again / file).read_bytes(), file
    changed = again / "prl_stubs.c"
    changed.write_text("")
    before = {file: (again / file).stat().st_mtime_ns for file in files}
    generate(again)
    touched = {file for file in files if (again / file).stat().st_mtime_ns != before[file]}
    assert touched == {Path("prl_stubs.c")}
    assert not (API / "__pycache__").exists()
