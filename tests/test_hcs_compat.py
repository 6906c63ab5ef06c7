"""windows.h and wil: each header alone, and programs in C++ and C that use them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from prl_api import CSRC, compilers, generate, run

from pyvjob._config import flags, libdir

API = CSRC / "facade" / "hcs" / "api"
WIN32 = CSRC / "compat" / "win32"
HERE = Path(__file__).resolve().parent
STRICT = ["-Wall", "-Wextra", "-Wpedantic", "-Werror"]
HEADERS = sorted(path.relative_to(WIN32).as_posix() for path in WIN32.rglob("*.h"))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return generate(tmp_path_factory.mktemp("hcs"), API)


def includes(made: Path) -> list[str]:
    roots = (CSRC / "include", made / "include", CSRC / "include" / "hcs", made / "include" / "hcs")
    return [f"-I{folder}" for folder in (*roots, WIN32)]


@pytest.mark.parametrize("standard", ["c11", "gnu11", "c++17"])
def test_each_header_compiles_alone_and_beside_the_api(
    standard: str, made: Path, tmp_path: Path
) -> None:
    language = "c++" if "++" in standard else "c"
    names = [name for name in HEADERS if language == "c++" or not name.startswith("wil")]
    assert len(names) > 30
    sources = []
    for name in names:
        source = tmp_path / f"{name.replace('/', '_')}.{language}"
        source.write_text(f"#include <{name}>\n#include <{name}>\n#include <computecore.h>\n")
        sources.append(source)
    last = tmp_path / f"last.{language}"
    last.write_text("".join(f"#include <{name}>\n" for name in ["computecore.h", *names]))
    sources.append(last)
    for compiler in compilers(language):
        run(compiler, f"-std={standard}", *STRICT, *includes(made), "-fsyntax-only", *sources)


def build(name: str, to: Path, *more: str) -> Path:
    cflags, libs = flags("hcs")
    source = HERE / "cpp" / name
    options = ["-std=c++17", *STRICT, *more, *cflags]
    run("c++", *options, source, "-o", to, *libs, "-pthread")
    return to


@pytest.mark.parametrize("more", [[], ["-O2", "-DNDEBUG"], ["-O2", "-D_FORTIFY_SOURCE=2"]])
@pytest.mark.parametrize("clock", ["real", "auto"])
def test_wil(more: list[str], clock: str, tmp_path: Path) -> None:
    program = build("wil.cpp", tmp_path / "wil", *more)
    environment = {**os.environ, "VJOB_CLOCK": clock, "VJOB_LEAKS": "1", "LC_ALL": "C"}
    done = subprocess.run([program], env=environment, capture_output=True, timeout=60)
    assert done.returncode == 0, done.stderr.decode()
    assert done.stdout.decode() == (
        "va_list 1\nfputws ü\n"
        "wide ü narrow x\nstd\nother|   42|4294967295\nboth on one stream\n"
        "wcout ü 5\nnarrow wide 80004005\n"
    )
    assert done.stderr == b""


def test_fail_fast_says_why(tmp_path: Path) -> None:
    program = build("fail_fast.cpp", tmp_path / "fail_fast")
    done = subprocess.run([program], capture_output=True, text=True, timeout=60)
    assert done.returncode == -6
    assert "0x80004004" in done.stderr and "the reason" in done.stderr


@pytest.mark.parametrize("kind", ["address,undefined", "thread"])
def test_wil_under_sanitizers(kind: str, tmp_path: Path) -> None:
    program = build("wil.cpp", tmp_path / "wil", f"-fsanitize={kind}", "-g")
    launcher = ["setarch", "-R"] if shutil.which("setarch") else []
    environment = {**os.environ, "TSAN_OPTIONS": "report_thread_leaks=0 atexit_sleep_ms=0"}
    done = subprocess.run([*launcher, program], env=environment, capture_output=True, timeout=120)
    assert done.returncode == 0, done.stderr.decode()


def test_completion_patterns_under_the_thread_sanitizer(tmp_path: Path) -> None:
    """The libraries are not made for it; what they hand from thread to thread they tell it."""
    program = build("../../examples/hcs/completion.cpp", tmp_path / "x", "-fsanitize=thread", "-g")
    launcher = ["setarch", "-R"] if shutil.which("setarch") else []
    told = "report_thread_leaks=0 atexit_sleep_ms=0 halt_on_error=1"
    for clock in ("real", "auto") * 10:
        environment = {**os.environ, "VJOB_CLOCK": clock, "TSAN_OPTIONS": told}
        command = [*launcher, program]
        done = subprocess.run(command, env=environment, capture_output=True, timeout=60)
        assert done.returncode == 0, done.stderr.decode()
        assert len(done.stdout.splitlines()) == 5


@pytest.mark.parametrize("suffix", ["c", "cpp"])
def test_a_program_may_have_wmain(suffix: str, tmp_path: Path) -> None:
    source = tmp_path / f"x.{suffix}"
    source.write_text(
        "#include <windows.h>\nint wmain(int argc, wchar_t **argv)\n"
        '{ wprintf(L"%d %s\\n", argc, argv[1]); return 3; }\n'
    )
    command = [sys.executable, "-m", "pyvjob", "run", str(source), "hëllo"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (3, "2 hëllo\n"), done.stderr


def test_run_finds_the_headers(tmp_path: Path) -> None:
    source = tmp_path / "x.cpp"
    source.write_text(
        '#include <windows.h>\nint main() { wprintf(L"%s\\n", L"found"); Sleep(3600000); }\n'
    )
    command = [sys.executable, "-m", "pyvjob", "run", "--clock", "auto", str(source)]
    assert run(*command) == "found\n"


def test_library_exports_what_the_headers_declare() -> None:
    library = Path(libdir()) / "libcomputecore.so"
    symbols = {line.split()[-1] for line in run("nm", "-D", "--defined-only", library).splitlines()}
    text = (WIN32 / "vjob_winbase.h").read_text()
    declared = {
        word.split("(")[0]
        for line in text.split("#pragma GCC visibility push")[1].splitlines()
        for word in line.split()
        if "(" in word and not line.startswith((" ", "/", "*", "#"))
    }
    declared = {name.lstrip("*") for name in declared if name.lstrip("*").isidentifier()}
    assert len(declared) > 45
    assert declared <= symbols
    # main: for programs that have wmain
    ours = {name for name in symbols if not name.startswith(("Hcs", "vjob_hcs_"))} - {"main"}
    assert ours == declared
