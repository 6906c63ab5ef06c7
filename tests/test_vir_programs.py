"""Programs in the manner of libvirt's introductory examples, unchanged.

The text beside each is what it prints with the real library and its test driver. Ours must print
the same; where the real library is installed, it is asked again.
"""

from __future__ import annotations

import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from pyvjob import _config

PROGRAMS = Path(__file__).resolve().parent / "programs" / "vir"
TOLD = sorted(source for source in PROGRAMS.glob("*.c") if source.with_suffix(".txt").exists())
REAL = "libvirt.so.0"


def run(*command: object, **environment: str) -> str:
    done = subprocess.run(
        [str(word) for word in command],
        env={"PATH": "/usr/local/bin:/usr/bin:/bin", **environment},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert not done.stderr
    return done.stdout


def has_real() -> bool:
    if not shutil.which("pkg-config"):
        return False
    return subprocess.run(["pkg-config", "--exists", "libvirt"], timeout=60).returncode == 0


def build(source: Path, folder: Path, flags: list[str], *options: str) -> Path:
    program = folder / source.stem
    command = ["cc", "-std=c99", "-Wall", *options, source, "-o", program, *flags]
    run(*command)
    return program


@pytest.mark.skipif(not shutil.which("pkg-config"), reason="pkg-config is not installed")
@pytest.mark.parametrize("source", TOLD, ids=lambda source: source.stem)
def test_programs_print_what_the_real_library_lets_them(source: Path, tmp_path: Path) -> None:
    flags = run("pkg-config", "--cflags", "--libs", "libvirt", PKG_CONFIG_PATH=_config.libvirtdir())
    strict = ("-Wextra", "-Wpedantic", "-Werror")
    program = build(source, tmp_path, shlex.split(flags), *strict)
    told = run(program, VJOB_LEAKS="1")
    assert told == source.with_suffix(".txt").read_text()


@pytest.mark.skipif(not has_real(), reason="the real libvirt is not installed")
@pytest.mark.parametrize("source", TOLD, ids=lambda source: source.stem)
def test_the_real_library_still_says_so(source: Path, tmp_path: Path) -> None:
    flags = shlex.split(run("pkg-config", "--cflags", "--libs", "libvirt"))
    assert run(build(source, tmp_path, flags)) == source.with_suffix(".txt").read_text()


@pytest.mark.skipif(not has_real(), reason="the real libvirt is not installed")
@pytest.mark.parametrize("ours_first", [True, False])
def test_both_libraries_in_one_process(ours_first: bool, tmp_path: Path) -> None:
    """Symbols of one do not stand in for those of the other."""
    cflags, _ = _config.flags("vir")
    program = build(PROGRAMS / "both.c", tmp_path, [*cflags, "-ldl"])
    ours = str(Path(_config.libdir(), "libvjob_vir.so"))
    files = (ours, REAL) if ours_first else (REAL, ours)
    assert run(program, *files) == "destroyed in one: 0\nactive: 0 1\n0 1\n0 1\n"


def test_libvirt_is_not_shadowed_unasked() -> None:
    """The name `libvirt` is in a folder of its own, and nowhere else."""
    found = [path.parent for path in Path(_config.libdir()).rglob("libvirt.pc")]
    assert found == [Path(_config.libvirtdir())]
    assert not Path(_config.includedir(), "libvirt").exists()
