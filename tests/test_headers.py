"""The generated headers of the Prl API, and who may include whom in csrc."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from prl_api import (
    API,
    CSRC,
    STRICT,
    build,
    compilers,
    constants,
    generate,
    python_value,
    run,
    table,
)

FACADES = CSRC / "facade"
STANDARDS = {"c99": "c", "c11": "c", "c++11": "c++", "c++17": "c++"}

# Every header that programs include one by one.
HEADERS = """
    Parallels PrlApi PrlApiBackup PrlApiCore PrlApiCt PrlApiDeprCore PrlApiDeprMacro
    PrlApiDeprecated PrlApiDisp PrlApiMacro PrlApiManager PrlApiNet PrlApiRemoteDev PrlApiStat
    PrlApiVersion PrlApiVm
    PrlCommandsFlags PrlDisk PrlEnums PrlErrors PrlErrorsValues PrlEventParams PrlEventsValues
    PrlIOStructs PrlKeys PrlOses PrlPerfCounters PrlTypes SdkHandleWrap SdkWrap Virtuozzo
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with everything that is generated."""
    return generate(tmp_path_factory.mktemp("prl"))


@pytest.fixture(scope="module")
def include(made: Path) -> Path:
    return made / "include" / "prl"


@pytest.mark.parametrize("standard", STANDARDS)
def test_each_header_compiles_alone(standard: str, include: Path, tmp_path: Path) -> None:
    language = STANDARDS[standard]
    names = [f"{name}.h" for name in HEADERS.split()]
    assert sorted(names) == sorted(path.name for path in include.glob("*.h"))
    sources = [tmp_path / f"{name}.{language}" for name in names]
    for source in sources:
        source.write_text(f"#include <{source.stem}>\n")
    for folder in ("prlsdk", "ParallelsVirtualizationSDK"):
        source = tmp_path / f"{folder}.{language}"
        lines = [f"#include <{folder}/{name}>" for name in ["SdkWrap.h", *names]]
        source.write_text("\n".join(lines) + "\n")
        sources.append(source)
    for compiler in compilers(language):
        run(compiler, f"-std={standard}", *STRICT, f"-I{include}", "-fsyntax-only", *sources)


@pytest.mark.parametrize("language", ["c", "c++"])
def test_structures_and_types_have_their_layout(
    language: str, include: Path, tmp_path: Path
) -> None:
    checks = []
    for row in table("typedefs"):
        if row["size"]:
            checks.append(f"sizeof({row['name']}) == {row['size']}")
    for row in table("structs"):
        struct, field = row["struct"], row["field"]
        checks.append(f"offsetof({struct}, {field}) == {row['offset']}")
        checks.append(f"sizeof((({struct} *)0)->{field}) == {row['size']}")
    sizes = {row["struct"] for row in table("structs")}
    assert len(sizes) == 100 and len(checks) > 1400
    assert_static(checks, language, include, tmp_path)


@pytest.mark.parametrize("language", ["c", "c++"])
def test_numbers_have_their_values(language: str, include: Path, tmp_path: Path) -> None:
    checks = []
    for row in constants("enum", "number", "result"):
        if row["name"] != "PRL_NULL":
            checks.append(f"(long long)({row['name']}) == {python_value(row)}LL")
    assert len(checks) > 5200
    checks += ["PAM_SERVER != PAM_DESKTOP", "VIRTUOZZO_API_VER == TO_VIRTUOZZO_API_VER(7, 0)"]
    checks += ["PARALLELS_API_VER == TO_PARALLELS_API_VER(9, 0)", "sizeof(PRL_NULL) == 8"]
    assert_static(checks, language, include, tmp_path)


def assert_static(checks: list[str], language: str, include: Path, tmp_path: Path) -> None:
    word = {"c": "_Static_assert", "c++": "static_assert"}[language]
    lines = ["#include <Parallels.h>", "#include <stddef.h>"]
    lines += [f'{word}({check}, "{check}");' for check in checks]
    source = tmp_path / f"checks.{language}"
    source.write_text("\n".join(lines) + "\n")
    standard = {"c": "c11", "c++": "c++11"}[language]
    run(
        compilers(language)[0], f"-std={standard}", *STRICT, f"-I{include}", "-fsyntax-only", source
    )


def test_texts_and_scan_codes(include: Path, tmp_path: Path) -> None:
    lines = ["#include <Parallels.h>", "#include <PrlEventParams.h>", "#include <string.h>"]
    lines += ["int main(void) {", "int bad = 0;"]
    for row in constants("text"):
        lines.append(f'bad += strcmp({row["name"]}, "{row["value"]}") != 0;')
    for row in constants("bytes"):
        codes = ", ".join(row["value"].split())
        lines.append(
            f"{{ static const PRL_UINT8 a[] = {row['name']}, b[] = {{{codes}}};"
            " bad += sizeof a != sizeof b || memcmp(a, b, sizeof a); }"
        )
    assert len(lines) > 740
    source = tmp_path / "texts"
    source.write_text("\n".join([*lines, "return bad != 0;", "}"]) + "\n")
    run(build(source, "c", include))


# ---- layers

PLAIN_C = """
    assert ctype errno float inttypes limits locale math stdalign stdarg stdatomic stdbool stddef
    stdint stdio stdlib stdnoreturn string wchar
"""
LIBRARIES = {"sim": ["jansson"], "facade": ["jansson", "expat"]}
# Layers whose headers a layer may include besides its own and include/vjob.
BELOW = {"platform": [], "core": ["platform"], "sim": ["core", "platform"], "facade": []}


def included(file: Path) -> list[tuple[str, str]]:
    """(opening mark, name) of each #include of a file."""
    pattern = r'^[ \t]*#[ \t]*include[ \t]*([<"])([^">]+)[">]'
    return re.findall(pattern, file.read_text(encoding="utf-8"), re.M)


def home(file: Path) -> tuple[str, ...]:
    """The layer of a file; a facade is one of its own, so is a folder of include/ or compat/."""
    parts = file.relative_to(CSRC).parts
    return parts[:2] if parts[0] in ("facade", "include", "compat") else parts[:1]


# Headers of an API's home: the facade whose library is behind them. They are the client's side,
# which may use the system as it likes, and of ours what clients see.
COMPAT = {CSRC / "compat" / "win32": "hcs"}


def is_allowed_in_compat(file: Path, mark: str, name: str, generated: dict[str, str]) -> bool:
    facade = COMPAT[CSRC / "compat" / file.relative_to(CSRC).parts[1]]
    if name in generated:
        return generated[name] == facade
    if (file.parent / name).exists() or any((folder / name).exists() for folder in COMPAT):
        return True
    ours = (CSRC / name).exists() or (CSRC / "include" / name).exists()
    return mark == "<" and (not ours or name.startswith(facade + "/"))


def is_allowed(file: Path, mark: str, name: str, generated: dict[str, str]) -> bool:
    """`generated` says which facade a generated header is of."""
    layer = home(file)
    if name in generated:
        facade = generated[name]
        return layer == ("facade", facade) or file.name == f"{facade}_host.h"
    if layer[0] == "compat":
        return is_allowed_in_compat(file, mark, name, generated)
    for folder in (file.parent, CSRC, CSRC / "include", *COMPAT):
        if (folder / name).exists():
            there = home(folder / name)
            if there[0] == "compat":
                return layer == ("facade", COMPAT[folder])
            below = BELOW.get(layer[0], [])
            return there in (layer, ("include", "vjob")) or (len(there) == 1 and there[0] in below)
    plain = PLAIN_C.split() + LIBRARIES.get(layer[0], [])
    return mark == "<" and (layer == ("platform",) or name.removesuffix(".h") in plain)


def test_layers_point_one_way(made: Path, tmp_path: Path) -> None:
    made_by: dict[Path, str] = {}
    apis = {path.parent for path in FACADES.glob("*/api/generate.py")}
    for api in apis:
        facade = api.parent.name
        folder = made if api == API else generate(tmp_path / facade, api)
        include = folder / "include" / facade
        for path in [*folder.glob("*.h"), *include.rglob("*.h")]:
            made_by[path.relative_to(include if include in path.parents else folder)] = facade
    generated = {path.as_posix(): facade for path, facade in made_by.items()}
    files = [file for file in sorted(CSRC.rglob("*.[ch]")) if not apis & set(file.parents)]
    assert len(files) > 10
    wrong = [
        f"{file.relative_to(CSRC)}: {mark}{name}"
        for file in files
        for mark, name in included(file)
        if not is_allowed(file, mark, name, generated)
    ]
    assert not wrong


@pytest.mark.parametrize(
    ("file", "mark", "name", "allowed"),
    [
        ("platform/x.c", "<", "pthread.h", True),
        ("platform/x.c", '"', "core/core.h", False),
        ("core/x.c", '"', "platform/platform.h", True),
        ("core/x.c", "<", "stdatomic.h", True),
        ("core/x.c", "<", "pthread.h", False),
        ("core/x.c", "<", "jansson.h", False),
        ("core/x.c", "<", "vjob/vjob.h", True),
        ("core/x.c", "<", "Parallels.h", False),
        ("sim/x.c", "<", "jansson.h", True),
        ("sim/x.c", '"', "core/core.h", True),
        ("sim/x.c", '"', "facade/prl/prl_internal.h", False),
        ("facade/prl/x.c", '"', "prl_internal.h", True),
        ("facade/prl/x.c", '"', "Parallels.h", True),
        ("facade/prl/x.c", '"', "core/core.h", False),
        ("facade/prl/x.c", "<", "unistd.h", False),
        ("facade/vix/x.c", '"', "facade/prl/prl_internal.h", False),
        ("facade/vix/x.c", "<", "PrlTypes.h", False),
        ("facade/vix/x.c", '"', "vix.h", True),
        ("facade/prl/x.c", '"', "vix.h", False),
        ("include/vjob/vix_host.h", "<", "vix.h", True),
        ("include/vjob/x.h", "<", "vjob/vjob.h", True),
        ("include/vjob/x.h", '"', "core/core.h", False),
        ("facade/hcs/x.c", "<", "vjob_winbase.h", True),
        ("facade/vix/x.c", "<", "vjob_winbase.h", False),
        ("sim/x.c", "<", "windows.h", False),
        ("compat/win32/x.h", "<", "pthread.h", True),
        ("compat/win32/x.h", "<", "hcs/vjob_wintypes.h", True),
        ("compat/win32/x.h", "<", "vjob/host.h", False),
        ("compat/win32/wil/x.h", "<", "windows.h", True),
        ("compat/win32/wil/x.h", '"', "core/core.h", False),
    ],
)
def test_rule_of_layers_tells_right_from_wrong(
    file: str, mark: str, name: str, allowed: bool
) -> None:
    prl = dict.fromkeys(["Parallels.h", "PrlTypes.h", "prl_props.h"], "prl")
    generated = {**prl, "vix.h": "vix"}
    assert is_allowed(CSRC / file, mark, name, generated) is allowed


def test_facades_have_no_threads_and_no_locks() -> None:
    words = r"\b(pthread_\w+|thrd_\w+|mtx_\w+|cnd_\w+|sem_(?:wait|post|init))\s*\("
    found = [
        f"{file.relative_to(CSRC)}: {match}"
        for file in sorted((CSRC / "facade").rglob("*.[ch]"))
        for match in re.findall(words, file.read_text(encoding="utf-8"))
    ]
    assert not found
