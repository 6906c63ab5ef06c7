"""Scripts for the vendor's Python package, run unchanged by `pyvjob run`."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT

SCRIPTS = ROOT / "tests" / "programs" / "prlsdkapi"
EXPECTED = {
    "story.py": """\
SDK error: 0x80000251:
LoginResponse 7.0.0 1
Vm WindowsXP 512 38
Vm debian 1024 38
Vm fedora 2048 38
it runs already
VmInfo True
768 [2, 500] 2
VmHardDisk True 8192
VmNet 12
ServerConfig 16 65536
['WindowsXP', 'debian', 'fedora', 'made']
Vm
True
['a', 'b'] [(-1, 4294967295, -1.0)] -1 4294967295
no third
PRL_ERR_TIMEOUT
True
no bare handles
Parallels Virtualization SDK was not initialized
""",
    "callbacks.py": "True\nTrue\nTrue True\nfine\n",
    "plain.py": "not initialized\n['WindowsXP', 'debian', 'fedora']\n(28,) 255\n",
}


def run(*command: object, **env: str) -> subprocess.CompletedProcess[str]:
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("VJOB_", "PYTHON"))}
    words = [str(word) for word in command]
    return subprocess.run(
        words, env={**clean, **env}, capture_output=True, text=True, timeout=120, cwd=SCRIPTS
    )


def pyvjob(*words: object) -> subprocess.CompletedProcess[str]:
    return run(Path(sys.executable).parent / "pyvjob", *words)


def test_every_script_is_expected() -> None:
    assert {path.name for path in SCRIPTS.glob("*.py")} == set(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_script(name: str) -> None:
    done = pyvjob("run", "--clock", "auto", "--seed", "1", "--leaks", SCRIPTS / name)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout == EXPECTED[name]
    if name == "callbacks.py":  # a handler that raises is told of, nothing else
        assert "ValueError: printed, and that is all" in done.stderr
        assert "still held" not in done.stderr
    else:
        assert not done.stderr


def test_the_package_is_found_by_its_own_path() -> None:
    path = pyvjob("config", "--pythonpath").stdout.strip()
    assert (Path(path) / "prlsdkapi" / "__init__.py").exists()
    code = "import prlsdkapi; print(prlsdkapi.consts.PVT_VM, prlsdkapi.Server.get_vm_list.__name__)"
    done = run(sys.executable, "-c", code, PYTHONPATH=path)
    assert done.stdout == "0 get_vm_list\n", done.stderr
    unasked = run(sys.executable, "-c", "import prlsdkapi")
    assert "No module named 'prlsdkapi'" in unasked.stderr


def test_names_and_defaults_follow_the_rules() -> None:
    code = """
import inspect, prlsdkapi as p
for owner, names in {
    "Server": "get_cpupools_list register3rd_party_vm login_local fs_get_dir_entries create_vm",
    "Vm": "start_ex create_snapshot get_name set_os_version get_packed_problem_report reinstall",
    "VmDevice": "set_emulated_type is_connected", "VmHardDisk": "get_disk_size connect",
    "Event": "get_err_string get_param_by_name", "EventParam": "to_handle to_cdata",
    "VmNet": "get_mac_address_canonical", "ServerConfig": "get_net_adapters_count",
    "Job": "wait cancel get_progress is_request_was_sent", "Debug": "handle_type_to_string",
}.items():
    for name in names.split():
        assert callable(getattr(getattr(p, owner), name)), (owner, name)
assert str(inspect.signature(p.Server.login)) == (
    "(self, host, user, passwd, sPrevSessionUuid='', port_cmd=0, timeout=0, security_level=2)"
), inspect.signature(p.Server.login)
assert str(inspect.signature(p.Vm.stop)) == "(self, bGraceful=False)"
assert issubclass(p.Vm, p.VmConfig) and issubclass(p.HostNet, p.HostDevice)
print("fine")
"""
    path = pyvjob("config", "--pythonpath").stdout.strip()
    done = run(sys.executable, "-c", code, PYTHONPATH=path)
    assert done.stdout == "fine\n", done.stderr
