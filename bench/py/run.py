"""Row H: what `pyvjob run sample.c` takes beyond the compiler's and the program's own time."""

from __future__ import annotations

import os
import shlex
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from report import clock, emit

SAMPLE = """\
#include <Parallels.h>

int main(void)
{
    PRL_HANDLE server;
    if (PRL_FAILED(PrlApi_InitEx(PARALLELS_API_VER, PAM_SERVER, 0, 0))) return 1;
    if (PRL_FAILED(PrlSrv_Create(&server))) return 1;
    PrlHandle_Free(server);
    return PRL_FAILED(PrlApi_Deinit());
}
"""


def timed(*command: str) -> int:
    start = clock()
    subprocess.run(command, check=True)
    return clock() - start


with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    Path("sample.c").write_text(SAMPLE)
    script = Path(sys.executable).parent / "pyvjob"
    pyvjob = (str(script),) if script.exists() else (sys.executable, "-m", "pyvjob")
    said = subprocess.run(
        (*pyvjob, "config", "--cflags", "--libs", "prl"), check=True, capture_output=True, text=True
    )
    flags = shlex.split(said.stdout)
    compiling = ("cc", "-g", "sample.c", "-o", "sample", *flags, "-pthread")
    timed(*compiling)  # the compiler and the headers are in memory from now on
    beyond = []
    for _ in range(5):
        alone = timed(*compiling) + timed("./sample")
        beyond.append(timed(*pyvjob, "run", "sample.c") - alone)
    emit("H", "pyvjob", "run", "ms", "sample.c", statistics.median(beyond) / 1e6)
