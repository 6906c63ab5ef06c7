"""The command `pyvjob`: run, info, config."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

HELLO = r"""
#include <Parallels.h>
#include <stdio.h>

int main(int argc, char **argv)
{
    PRL_HANDLE server = PRL_INVALID_HANDLE;
    PRL_RESULT failed = PrlApi_InitEx(PARALLELS_API_VER, PAM_SERVER, 0, 0);
    if (!failed) failed = PrlSrv_Create(&server);
    printf("%d %s\n", (int)failed, argc > 1 ? argv[1] : "");
    PrlHandle_Free(server);
    PrlApi_Deinit();
    return argc;
}
"""


def pyvjob(*words: object, cwd: Path | None = None, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pyvjob", *map(str, words)],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=cwd,
        env={**os.environ, **env},
    )


@pytest.mark.parametrize(
    ("name", "include"),
    [("hello.c", "<Parallels.h>"), ("hello.cpp", "<prl/Parallels.h>"), ("h.c", '"Virtuozzo.h"')],
)
def test_run_compiles_with_the_flags_of_what_is_included(
    tmp_path: Path, name: str, include: str
) -> None:
    (tmp_path / name).write_text(HELLO.replace("<Parallels.h>", include))
    done = pyvjob("run", tmp_path / name, "an argument")
    assert (done.returncode, done.stdout, done.stderr) == (2, "0 an argument\n", "")


def test_run_native_programs_that_load_the_library_themselves(tmp_path: Path) -> None:
    (tmp_path / "n.c").write_text(
        "#include <dlfcn.h>\n#include <vjob/vjob.h>\n"
        'int main(void) { return dlopen("libprl_sdk.so", RTLD_NOW) ? vjob_init() + 3 : 1; }\n'
    )
    assert pyvjob("run", tmp_path / "n.c").returncode == 3


def test_run_says_what_the_compiler_said(tmp_path: Path) -> None:
    (tmp_path / "bad.c").write_text("int main(void) { return oops; }\n")
    done = pyvjob("run", "bad.c", cwd=tmp_path)
    assert done.returncode == 2 and "oops" in done.stderr and "Traceback" not in done.stderr
    done = pyvjob("run", "none.c", cwd=tmp_path)
    assert done.returncode == 2 and "there is no file none.c" in done.stderr
    (tmp_path / "x.c").write_text("int main(void) { return 0; }\n")
    done = pyvjob("run", "x.c", cwd=tmp_path, CC="/nonexistent/cc")
    assert done.returncode == 2 and "apt install" in done.stderr


def test_options_win_over_the_environment(tmp_path: Path) -> None:
    world = tmp_path / "world.json"
    world.write_text(json.dumps({"hosts": [{"name": "h", "vms": [{"name": "only"}]}]}))
    program = tmp_path / "p.py"
    program.write_text(
        "import os, sys\nfrom pyvjob import native, sim\n"
        "import pyvjob\n"
        "began = sim.now()\n"
        "sim.sleep(1000)\n"
        "print([vm['name'] for vm in sim.save()['hosts'][0]['vms']], sys.argv[1:],\n"
        "      os.environ['VJOB_SEED'], round(sim.now() - began))\n"
    )
    trace = tmp_path / "trace"
    options = ["--inventory", world, "--clock", "auto", "--seed", "5", "--trace", trace]
    done = pyvjob("run", *options, program, "--seed", "x", VJOB_CLOCK="real", VJOB_SEED="1")
    assert done.stdout == "['only'] ['--seed', 'x'] 5 1000\n", done.stderr
    assert trace.exists()
    done = pyvjob("run", "--clock", "never", program, VJOB_SEED="1")
    assert done.returncode == 1 and 'clock "never"' in done.stderr


def test_exit_codes_and_signals_are_the_programs(tmp_path: Path) -> None:
    for text, code in (
        ("raise SystemExit(7)", 7),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", 128 + 9),
        ("import os; os.abort()", 128 + 6),
    ):
        (tmp_path / "p.py").write_text(text)
        assert pyvjob("run", tmp_path / "p.py").returncode == code
    assert pyvjob("run", "/bin/false").returncode == 1


def test_ctrl_c_is_the_programs_to_answer(tmp_path: Path) -> None:
    (tmp_path / "p.py").write_text(
        "from pyvjob import native\nimport pyvjob\n"
        "job = native.start(duration_s=1e6)\n"
        "try:\n    print('ready', flush=True)\n    pyvjob.Job_Wait(job)\n"
        "except KeyboardInterrupt:\n    print('answered')\n    raise SystemExit(5)\n"
    )
    child = subprocess.Popen(
        [sys.executable, "-m", "pyvjob", "run", str(tmp_path / "p.py")],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert child.stdout is not None and child.stdout.readline() == "ready\n"
    time.sleep(0.05)
    os.killpg(child.pid, signal.SIGINT)  # as a terminal does
    out, _ = child.communicate(timeout=20)
    assert (child.returncode, out) == (5, "answered\n")


def test_info_lists_what_is_served_and_what_is_not() -> None:
    short = pyvjob("info")
    assert short.returncode == 0 and short.stdout.startswith("pyvjob ")
    lines = pyvjob("info", "prl").stdout.splitlines()
    served = lines.index("Where it differs")
    assert "  PrlSrv_Login" in lines[:served] and "  PrlDevDisplay_ConnectToVm" in lines[:served]
    assert sum(line.startswith("  Prl") for line in lines) == 1873
    assert lines[served + 1].startswith("  - ")
    assert pyvjob("info", "nothing").returncode == 2


def test_usage_and_version() -> None:
    assert pyvjob().returncode == 2
    assert "pyvjob run" in pyvjob("--help").stdout
    assert pyvjob("--version").stdout.startswith("pyvjob 0.")
    assert "-I" in pyvjob("config", "--cflags", "prl").stdout
    assert pyvjob("run").returncode == 2
