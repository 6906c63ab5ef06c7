"""Build backend: CMake builds csrc/ once, then a cffi module is built for each shared library.

setuptools does the rest. pyproject.toml names this file as the backend and lists one extension
per library: `pyvjob._core` for libvjob, `pyvjob._<facade>` for each facade. Declarations are read
from the headers, so there is no second copy of them.

Libraries, headers, pkg-config and CMake files go into the package (pyvjob/lib, pyvjob/include,
pyvjob/share); an editable install copies the same files beside the sources.
"""

from __future__ import annotations

import os
import re
import runpy
import shlex
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from setuptools import Extension, build_meta
from setuptools.build_meta import (  # noqa: F401  (hooks of PEP 517 that need nothing of ours)
    build_editable,
    build_sdist,
    build_wheel,
    get_requires_for_build_sdist,
    prepare_metadata_for_build_editable,
    prepare_metadata_for_build_wheel,
)
from setuptools.command.build_ext import build_ext
from setuptools.command.build_py import build_py
from setuptools.errors import ExecError

ROOT = Path(__file__).resolve().parent
PACKAGE = "pyvjob"
# What CMake installs into the package.
CARRIED = ("lib", "include", "share")
# The public headers of libvjob, in the order in which they depend on each other.
CORE_HEADERS = ("vjob/vjob.h", "vjob/host.h", "vjob/sim.h")
FACADE_HEADERS = {
    "prl": ("Parallels.h", "vjob/prl_host.h"),
    "vix": ("vix.h", "vjob/vix_host.h"),
    "hcs": ("computecore.h", "vjob/hcs_host.h"),
    "vir": ("libvirt/libvirt.h", "libvirt/virterror.h", "libvirt/virjob.h", "vjob/vir_host.h"),
}
# Python files that CMake makes for a facade: its name -> the module's file.
MADE = {
    "{0}_constants.py": "_{0}_constants.py",
    "{0}_functions.py": "_{0}_functions.py",
    "{0}.pyi": "{0}.pyi",
}


def _tools() -> list[str]:
    """Packages from PyPI that stand in for build tools the machine lacks."""
    wanted = [] if shutil.which("cmake") else ["cmake>=3.18"]
    return wanted if shutil.which("ninja") or shutil.which("make") else [*wanted, "ninja"]


def get_requires_for_build_wheel(config_settings: Any = None) -> list[str]:
    return [*build_meta.get_requires_for_build_wheel(config_settings), *_tools()]


def get_requires_for_build_editable(config_settings: Any = None) -> list[str]:
    return [*build_meta.get_requires_for_build_editable(config_settings), *_tools()]


def _need(what: str, package: str) -> ExecError:
    return ExecError(f"pyvjob needs {what}: apt install {package}")


class BuildPy(build_py):
    def run(self) -> None:
        # build/lib outlives a build: a module deleted since would come back in the next wheel.
        shutil.rmtree(Path(self.build_lib, PACKAGE), ignore_errors=True)
        super().run()


class BuildExt(build_ext):
    def finalize_options(self) -> None:
        super().finalize_options()
        self.parallel = self.parallel or os.cpu_count()

    @property
    def prefix(self) -> Path:
        """Where CMake installs: the package's folder below build_lib."""
        return Path(self.build_lib).resolve() / PACKAGE

    @property
    def cmake_dir(self) -> Path:
        return Path(self.build_temp).resolve() / "cmake"

    def built(self) -> dict[str, tuple[str, ...]]:
        """The facades that csrc/CMakeLists.txt has: the one list of what is switched on."""
        files = self.cmake_dir / "generated"
        return {name: of for name, of in FACADE_HEADERS.items() if (files / name).is_dir()}

    def run(self) -> None:
        if not Path(sysconfig.get_path("include"), "Python.h").exists():
            raise _need("the headers of Python", "python3-dev")
        self._configure()
        jobs = str(self.parallel)
        for step in (["--build", ".", "--parallel", jobs], ["--install", "."]):
            if subprocess.run(["cmake", *step], cwd=self.cmake_dir).returncode:
                raise ExecError("building csrc/ failed; the compiler's text is above")
        for facade in self.built():
            for made, module in MADE.items():
                source = self.cmake_dir / "generated" / facade / made.format(facade)
                shutil.copyfile(source, self.prefix / module.format(facade))
        wanted = {f"{PACKAGE}._{name}" for name in ("core", *self.built())}
        self.extensions = [one for one in self.extensions if one.name in wanted]
        super().run()

    def _configure(self) -> None:
        if not shutil.which("cmake"):
            raise _need("CMake", "cmake")
        if not (shutil.which("ninja") or shutil.which("make")):
            raise _need("ninja or make", "ninja-build")
        # The cache of an earlier build may name tools of a build environment that is gone.
        shutil.rmtree(self.cmake_dir, ignore_errors=True)
        self.cmake_dir.mkdir(parents=True)
        command = [
            "cmake",
            str(ROOT / "csrc"),
            *(["-GNinja"] if shutil.which("ninja") else []),
            f"-DCMAKE_INSTALL_PREFIX={self.prefix}",
            "-DCMAKE_INSTALL_LIBDIR=lib",
            f"-DPython3_EXECUTABLE={sys.executable}",
            *shlex.split(os.environ.get("CMAKE_ARGS", "")),
        ]
        done = subprocess.run(command, cwd=self.cmake_dir, capture_output=True, text=True)
        if done.returncode:
            missing = re.search(r"^ *vjob (needs .+?: apt install\s+\S+)", done.stderr, re.M | re.S)
            if missing:
                raise ExecError("pyvjob " + " ".join(missing[1].split()))
            sys.stderr.write(done.stdout + done.stderr)
            raise ExecError("configuring csrc/ failed; CMake's text is above")

    def build_extensions(self) -> None:
        # Some interpreters put their own folder into every module; one wheel serves all of them.
        linker = [word for word in self.compiler.linker_so if not word.startswith("-Wl,-rpath")]
        self.compiler.set_executable("linker_so", linker)
        super().build_extensions()

    def build_extension(self, ext: Extension) -> None:
        import cffi

        name = ext.name.rpartition("._")[2]
        ffi = cffi.FFI()
        for text, packed in self._declarations(name):
            ffi.cdef(text, packed=packed)
        headers = CORE_HEADERS if name == "core" else FACADE_HEADERS[name]
        ffi.set_source(ext.name, "".join(f"#include <{header}>\n" for header in headers))
        source = Path(self.build_temp) / f"_{name}.c"
        ffi.emit_c_code(str(source))

        # The .pc files know include folders and library names; no second list of them here.
        read_flags = runpy.run_path(str(ROOT / PACKAGE / "_config.py"))["flags"]
        cflags, libs = read_flags("" if name == "core" else name, str(self.prefix / "lib"))
        ext.sources = [str(source)]
        # The generated code is long and only forwards calls: more optimisation buys nothing.
        ext.extra_compile_args = ["-O1", "-g0", "-Wno-address-of-packed-member", *cflags]
        # The flags name the folder of this moment; the module finds the libraries beside itself.
        libs = [flag for flag in libs if not flag.startswith("-Wl,-rpath")]
        # auditwheel stops at a module that has no libc among its needs.
        ext.extra_link_args = [*libs, "-Wl,--no-as-needed", "-lc"]
        ext.runtime_library_dirs = ["$ORIGIN/lib"]
        super().build_extension(ext)

    def _declarations(self, name: str) -> Iterator[tuple[str, bool]]:
        """Pieces of C for cffi, each with whether its structures are packed."""
        if name != "core":
            text = (self.cmake_dir / "generated" / name / f"{name}_cdef.h").read_text()
            marks = r"/\* cffi:packed \*/(.*?)/\* cffi:end packed \*/"
            for number, piece in enumerate(re.split(marks, text, flags=re.S)):
                yield piece, number % 2 == 1
        for header in CORE_HEADERS if name == "core" else FACADE_HEADERS[name]:
            if header.startswith("vjob/"):
                text = (self.prefix / "include" / header).read_text()
                for piece in re.findall(r"/\* cffi:begin \*/(.*?)/\* cffi:end \*/", text, re.S):
                    yield piece, False

    def _carried(self) -> dict[str, str]:
        """What CMake put beside the modules: built file -> its place in an editable install."""
        built = [file for folder in CARRIED for file in (self.prefix / folder).rglob("*")]
        for facade in self.built():
            built += [self.prefix / module.format(facade) for module in MADE.values()]
        return {
            str(file): str(ROOT / PACKAGE / file.relative_to(self.prefix))
            for file in built
            if file.is_file()
        }

    def get_outputs(self) -> list[str]:
        return [*super().get_outputs(), *self._carried()]

    def get_output_mapping(self) -> dict[str, str]:
        mapping = super().get_output_mapping()
        return {**mapping, **self._carried()} if self.inplace else mapping

    def copy_extensions_to_source(self) -> None:
        super().copy_extensions_to_source()
        for folder in CARRIED:
            shutil.rmtree(ROOT / PACKAGE / folder, ignore_errors=True)
        for built, place in self._carried().items():
            Path(place).parent.mkdir(parents=True, exist_ok=True)
            self.copy_file(built, place)
