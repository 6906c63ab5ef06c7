"""Every way to install (pip, editable, sdist -> wheel, CMake alone) and what each carries.

The C programs at the top are the judge: they must compile with the printed flags and run from
another folder without LD_LIBRARY_PATH.
"""

from __future__ import annotations

import os
import shlex
import shutil
import stat
import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]

ROOT = Path(__file__).resolve().parent.parent
LIBRARIES = {
    "libvjob.so",
    "libprl_sdk.so",
    "libvixAllProducts.so",
    "libcomputecore.so",
    "libvjob_vir.so",
}
PROGRAMS = {
    "": "#include <stdio.h>\n#include <vjob/vjob.h>\n"
    "int main(void) { return puts(vjob_version()) < 0; }\n",
    "prl": "#include <Parallels.h>\n#include <prl/Parallels.h>\n#include <stdio.h>\n"
    "int main(void) {\n    PRL_RESULT r = PrlApi_Init(PARALLELS_API_VER);\n"
    '    printf("init %d\\n", (int)r);\n    return r != 0 || PrlApi_Deinit() != 0;\n}\n',
    "hcs": "#include <windows.h>\n#include <computecore.h>\n#include <hcs/computedefs.h>\n"
    "int main(void) {\n    HANDLE event = CreateEvent(NULL, TRUE, TRUE, NULL);\n"
    '    wprintf(L"wait %s\\n", WaitForSingleObject(event, INFINITE) ? L"failed" : L"ended");\n'
    "    return !CloseHandle(event);\n}\n",
}
CONSUMER = """
cmake_minimum_required(VERSION 3.18)
project(consumer C)
find_package(vjob 0.1 REQUIRED)
add_executable(native native.c)
target_link_libraries(native PRIVATE vjob::vjob)
add_executable(prl prl.c)
target_link_libraries(prl PRIVATE vjob::prl)
add_executable(hcs hcs.c)
target_link_libraries(hcs PRIVATE vjob::hcs)
"""


def run(*command: object, **kwargs: object) -> str:
    """Run a command, fail with everything it said, return its output."""
    env = {k: v for k, v in os.environ.items() if k not in ("LD_LIBRARY_PATH", "PYTHONPATH")}
    env.update(kwargs.pop("env", {}))  # type: ignore[call-overload]
    done = subprocess.run(
        [str(word) for word in command],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=env,
        **kwargs,  # type: ignore[call-overload]
    )
    assert done.returncode == 0, f"{shlex.join(map(str, command))}\n{done.stdout}"
    return str(done.stdout)


def copy_source(to: Path) -> Path:
    """The source tree as a fresh clone has it."""
    leave = ("build", "dist", ".git", ".venv", ".*_cache", "__pycache__", "*.egg-info", "*.so")
    shutil.copytree(ROOT, to, ignore=shutil.ignore_patterns(*leave, "_*_constants.py"))
    for carried in ("lib", "include", "share"):
        shutil.rmtree(to / "pyvjob" / carried, ignore_errors=True)
    return to


class Environment:
    """A fresh virtual environment."""

    def __init__(self, path: Path) -> None:
        venv.create(path, with_pip=True)
        self.bin = path / "bin"

    def pip(self, *words: object, **kwargs: object) -> str:
        return run(self.bin / "python", "-m", "pip", "install", *words, **kwargs)

    def config(self, *words: str) -> str:
        return run(self.bin / "pyvjob", "config", *words, cwd="/").strip()

    def check(self, tmp_path: Path) -> None:
        """Both extension modules share one engine; C programs build with the printed flags."""
        both = "from pyvjob import _core, _prl; print(_prl.lib.PrlApi_Init(0x70000) == 0)"
        assert run(self.bin / "python", "-W", "error", "-c", both, cwd="/") == "True\n"
        for facade, text in PROGRAMS.items():
            source = tmp_path / "program.c"
            source.write_text(text)
            flags = self.config("--cflags", "--libs", *([facade] if facade else []))
            run("cc", "-Werror", "program.c", "-o", "program", *shlex.split(flags), cwd=tmp_path)
            assert run(tmp_path / "program", cwd="/")


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An sdist, and the wheel built from it, in one folder."""
    top = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--outdir", top / "out", copy_source(top / "source"))
    return top / "out"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A CMake build of csrc/, not installed."""
    build = tmp_path_factory.mktemp("cmake") / "build"
    run("cmake", "-S", ROOT / "csrc", "-B", build)
    run("cmake", "--build", build, "--parallel", os.cpu_count())
    return build


@pytest.fixture
def installed(built: Path, tmp_path: Path) -> Path:
    """An installed C tree, moved after its installation."""
    run("cmake", "--install", built, "--prefix", tmp_path / "first")
    shutil.move(tmp_path / "first", tmp_path / "moved")
    return tmp_path / "moved"


def test_sdist_holds_the_whole_project(dist: Path) -> None:
    (sdist,) = dist.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    for wanted in (
        "pyproject.toml",
        "build_ext.py",
        "LICENSE",
        "README.md",
        "csrc/CMakeLists.txt",
        "csrc/cmake/package.pc.in",
        "csrc/include/vjob/vjob.h",
        "csrc/facade/prl/api/functions.csv",
        "tests/check.py",
        "tests/test_install.py",
    ):
        assert wanted in names
    assert not [n for n in names if n.endswith((".so", ".pyc", "_constants.py"))]


def test_wheel_is_abi3_without_links_and_carries_c_files(dist: Path) -> None:
    (wheel,) = dist.glob("*.whl")
    assert "-cp310-abi3-linux_" in wheel.name
    with zipfile.ZipFile(wheel) as archive:
        infos = archive.infolist()
    assert not [i.filename for i in infos if stat.S_ISLNK(i.external_attr >> 16)]
    names = {i.filename for i in infos}
    extensions = {n for n in names if n.endswith(".so") and n.count("/") == 1}
    assert extensions == {
        f"pyvjob/_{name}.abi3.so" for name in ("core", "prl", "vix", "hcs", "vir")
    }
    assert {n for n in names if n.startswith("pyvjob/lib/") and ".so" in n} == {
        "pyvjob/lib/" + library for library in LIBRARIES
    }
    for wanted in (
        "pyvjob/_prl_constants.py",
        "pyvjob/py.typed",
        "pyvjob/include/vjob/vjob.h",
        "pyvjob/include/prl/Parallels.h",
        *("pyvjob/include/win32/windows.h", "pyvjob/include/win32/wil/resource.h"),
        "pyvjob/include/win32/wil\\resource.h",
        "pyvjob/lib/pkgconfig/vjob.pc",
        "pyvjob/lib/pkgconfig/vjob-prl.pc",
        "pyvjob/lib/cmake/vjob/vjobConfig.cmake",
        "pyvjob/share/vjob/inventory.schema.json",
    ):
        assert wanted in names


def test_built_files_name_no_build_folder(dist: Path) -> None:
    (wheel,) = dist.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            data = archive.read(name)
            assert b"/pytest-of-" not in data and b"/build-via-sdist" not in data, name


def test_libraries_have_plain_sonames_and_find_each_other(built: Path) -> None:
    files = {f.name for f in (built / "lib").iterdir()}
    assert files == LIBRARIES
    for library in LIBRARIES:
        dynamic = run("readelf", "-d", built / "lib" / library)
        assert f"Library soname: [{library}]" in dynamic
        assert "runpath: [$ORIGIN]" in dynamic
        assert "NODELETE" in dynamic and "BIND_NOW" in dynamic


def test_wheel_installs_and_serves_c_programs(dist: Path, tmp_path: Path) -> None:
    environment = Environment(tmp_path / "a venv")
    (wheel,) = dist.glob("*.whl")
    environment.pip(wheel)
    environment.check(tmp_path)


def test_pip_install_from_a_path_with_a_space(tmp_path: Path) -> None:
    """Twice: what an earlier build left behind must not come back in the next one."""
    environment = Environment(tmp_path / "venv")
    source = copy_source(tmp_path / "the source")
    gone = source / "pyvjob" / "_gone.py"
    gone.write_text("")
    environment.pip(source)
    gone.unlink()
    environment.pip("--force-reinstall", "--no-deps", source)
    shutil.rmtree(source)
    environment.check(tmp_path)
    find = "import importlib.util; print(importlib.util.find_spec('pyvjob._gone'))"
    assert run(environment.bin / "python", "-c", find, cwd="/") == "None\n"


@pytest.mark.parametrize("mode", ["", "strict"])
def test_editable_install(tmp_path: Path, mode: str) -> None:
    environment = Environment(tmp_path / "venv")
    source = copy_source(tmp_path / "source")
    environment.pip("-e", source, *(["--config-settings", f"editable_mode={mode}"] if mode else []))
    environment.check(tmp_path)
    assert {f.name for f in (source / "pyvjob" / "lib").iterdir()} >= LIBRARIES
    assert (source / "pyvjob" / "_prl_constants.py").is_file()


@pytest.mark.parametrize(
    ("lacking", "sentence"),
    [
        ({"CC": "/nonexistent"}, "pyvjob needs a C compiler: apt install build-essential"),
        (
            {
                "CMAKE_ARGS": "-DCMAKE_FIND_ROOT_PATH=/nonexistent"
                " -DCMAKE_FIND_ROOT_PATH_MODE_INCLUDE=ONLY"
            },
            "pyvjob needs the C library jansson with its header jansson.h:"
            " apt install libjansson-dev",
        ),
    ],
)
def test_something_missing_is_one_sentence(
    tmp_path: Path, lacking: dict[str, str], sentence: str
) -> None:
    source = copy_source(tmp_path / "source")
    done = subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--no-deps", "-w", str(tmp_path), str(source)],
        capture_output=True,
        text=True,
        env={**os.environ, **lacking},
    )
    said = done.stdout + done.stderr
    assert done.returncode != 0
    assert "error: " + sentence + "\n" in said
    assert "Traceback" not in said


@pytest.mark.parametrize("facade", PROGRAMS)
def test_pkg_config_from_a_moved_prefix(installed: Path, tmp_path: Path, facade: str) -> None:
    (tmp_path / "program.c").write_text(PROGRAMS[facade])
    package = "vjob-" + facade if facade else "vjob"
    folder = {"PKG_CONFIG_PATH": str(installed / "lib" / "pkgconfig")}
    flags = run("pkg-config", "--cflags", "--libs", package, env=folder)
    run("cc", "program.c", "-o", "program", *shlex.split(flags), cwd=tmp_path)
    assert run(tmp_path / "program", cwd="/")


def test_cmake_package_from_a_moved_prefix(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "CMakeLists.txt").write_text(CONSUMER)
    (tmp_path / "native.c").write_text(PROGRAMS[""])
    (tmp_path / "prl.c").write_text(PROGRAMS["prl"])
    (tmp_path / "hcs.c").write_text(PROGRAMS["hcs"])
    run("cmake", "-S", tmp_path, "-B", tmp_path / "b", f"-DCMAKE_PREFIX_PATH={installed}")
    run("cmake", "--build", tmp_path / "b")
    assert run(tmp_path / "b" / "native").strip()
    assert run(tmp_path / "b" / "prl") == "init 0\n"
    assert run(tmp_path / "b" / "hcs") == "wait ended\n"


def test_multiarch_library_folder(built: Path, tmp_path: Path) -> None:
    """With a libdir two levels deep, the way up in the .pc files has one more step."""
    run("cmake", "-S", ROOT / "csrc", "-B", built, "-DCMAKE_INSTALL_LIBDIR=lib/some-arch")
    run("cmake", "--build", built)
    run("cmake", "--install", built, "--prefix", tmp_path / "p")
    run("cmake", "-S", ROOT / "csrc", "-B", built, "-DCMAKE_INSTALL_LIBDIR=lib")
    (tmp_path / "program.c").write_text(PROGRAMS["prl"])
    folder = {"PKG_CONFIG_PATH": str(tmp_path / "p" / "lib" / "some-arch" / "pkgconfig")}
    flags = run("pkg-config", "--cflags", "--libs", "vjob-prl", env=folder)
    run("cc", "program.c", "-o", "program", *shlex.split(flags), cwd=tmp_path)
    assert run(tmp_path / "program") == "init 0\n"
