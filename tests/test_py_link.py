"""`pyvjob link`: links for programs that load a library by an absolute path."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pyvjob import _config, cli

PLACES = {
    "lib/libvixAllProducts.so": "libvixAllProducts.so",
    "lib/libvix.so": "libvixAllProducts.so",
    "lib/libvjob.so": "libvjob.so",
    "lib/vmware-vix/libvixAllProducts.so": "libvixAllProducts.so",
    "lib/vmware-vix/libvjob.so": "libvjob.so",
}
LOADED = ["lib/libvixAllProducts.so", "lib/vmware-vix/libvixAllProducts.so", "lib/libvix.so"]


def link(prefix: Path, *options: str) -> int:
    return cli.main(["link", "--prefix", str(prefix), *options])


def all_below(prefix: Path) -> set[str]:
    return {str(path.relative_to(prefix)) for path in prefix.rglob("*") if not path.is_dir()}


def python(program: str) -> str:
    """In a process without our variables and without a search path for libraries."""
    env = {k: v for k, v in os.environ.items() if k != "LD_LIBRARY_PATH" and k[:5] != "VJOB_"}
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_links_are_made_and_removed(tmp_path: Path) -> None:
    prefix = tmp_path / "usr"
    assert link(prefix) == 0
    assert all_below(prefix) == set(PLACES)
    for place, library in PLACES.items():
        assert (prefix / place).is_symlink()
        assert (prefix / place).resolve() == Path(_config.libdir(), library).resolve()
    assert link(prefix) == 0, "once more changes nothing"
    assert link(prefix, "--remove") == 0
    assert all_below(tmp_path) == set() and not (prefix / "lib").exists()
    assert link(prefix, "--remove") == 0


@pytest.mark.parametrize("kind", ["file", "link", "dangling"])
def test_what_is_not_ours_is_never_touched(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    there = tmp_path / "lib" / "vmware-vix" / "libvixAllProducts.so"
    there.parent.mkdir(parents=True)
    other = tmp_path / "other.so"
    if kind == "file":
        there.write_text("somebody's")
    else:
        there.symlink_to(other)
    if kind == "link":
        other.write_text("somebody's")
    before = all_below(tmp_path)
    assert link(tmp_path) == 1
    assert str(there) in capsys.readouterr().err
    assert all_below(tmp_path) == before, "nothing was made"
    assert link(tmp_path, "--remove") == 0
    assert all_below(tmp_path) == before
    assert "stays" in capsys.readouterr().err
    assert there.is_symlink() == (kind != "file")


def test_removing_leaves_what_others_put_beside(tmp_path: Path) -> None:
    assert link(tmp_path) == 0
    (tmp_path / "lib" / "libother.so").write_text("x")
    assert link(tmp_path, "--remove") == 0
    assert all_below(tmp_path) == {"lib/libother.so"}


def test_links_of_an_installation_that_is_gone_are_replaced(tmp_path: Path) -> None:
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "libvix.so").symlink_to("/gone/pyvjob/lib/libvixAllProducts.so")
    assert link(tmp_path) == 0
    assert all_below(tmp_path) == set(PLACES)


def test_a_prefix_is_needed_and_must_be_writable(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        cli.main(["link"])
    (tmp_path / "lib").write_text("a file, no folder")
    assert link(tmp_path) == 1
    assert str(tmp_path / "lib") in capsys.readouterr().err


@pytest.mark.parametrize("place", LOADED)
def test_programs_load_it_by_absolute_path(place: str, tmp_path: Path) -> None:
    assert link(tmp_path) == 0
    told = python(f"""
import ctypes
lib = ctypes.CDLL({str(tmp_path / place)!r})
lib.VixHost_Connect.argtypes = [ctypes.c_int, ctypes.c_int, ctypes.c_char_p, ctypes.c_int,
    ctypes.c_char_p, ctypes.c_char_p, ctypes.c_int, ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p]
lib.VixJob_GetError.restype = ctypes.c_uint64
job = lib.VixHost_Connect(-1, 3, None, 0, None, None, 0, 0, None, None)
host = ctypes.c_int()
lib.VixJob_Wait(job, 3010, ctypes.byref(host), 0)
print(lib.Vix_GetHandleType(host) == 2, lib.VixJob_GetError(job))
""")
    assert told == "True 0\n"


@pytest.mark.parametrize("first", ["python", "link"])
def test_all_copies_in_a_process_are_one_world(first: str, tmp_path: Path) -> None:
    """What one of them starts is seen running through the others."""
    assert link(tmp_path) == 0
    load = f"libs = [ctypes.CDLL({str(tmp_path)!r} + '/' + place) for place in {LOADED!r}]"
    use = "from pyvjob import prl, sim, vix; vix.lib; prl.lib"
    begin = f"{use}\n{load}" if first == "python" else f"{load}\n{use}"
    told = python(f"""
import ctypes
{begin}
sim.clock("auto")
with vix.VixHost_Connect(-1, 3, None, 0, None, None, 0, None) as job:
    host = vix.VixJob_Wait(job, vix.VIX_PROPERTY_JOB_RESULT_HANDLE)
with vix.VixVM_Open(host, "[standard] WindowsXP/WindowsXP.vmx") as job:
    vm = vix.VixJob_Wait(job, vix.VIX_PROPERTY_JOB_RESULT_HANDLE)
for lib in libs:
    print(lib.Vix_GetHandleType(vm.value) == vix.VIX_HANDLETYPE_VM)
    job = lib.VixVM_PowerOn(vm.value, 0, 0, None, None)
    lib.VixJob_Wait(job, 0)
    lib.Vix_ReleaseHandle(job)
    print(vix.Vix_GetProperties(vm, vix.VIX_PROPERTY_VM_IS_RUNNING))
    with vix.VixVM_PowerOff(vm, 0) as job:
        vix.VixJob_Wait(job)
vm.close() if hasattr(vm, "close") else vix.Vix_ReleaseHandle(vm)
vix.VixHost_Disconnect(host)
print(sorted(line.split()[-1].rpartition("/")[2] for line in open("/proc/self/maps")
      if "r-xp" in line and ("libvjob" in line or "libvix" in line)))
""")
    assert told == "True\nTrue\n" * 3 + "['libvixAllProducts.so', 'libvjob.so']\n"
