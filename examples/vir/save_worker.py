"""A job of one's own, in Python: a generator that yields how far it has come.

Run: pyvjob run --clock auto examples/vir/save_worker.py [units before cancel]
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pyvjob
from pyvjob import sim, vir

UNITS = 50


def save_worker(job: vir.VirJob, stop_at: int) -> Iterator[tuple[int, int, int]]:
    try:
        for done in range(UNITS):
            sim.sleep(1)  # a unit of work
            if stop_at and done == stop_at:
                vir.virJobCancel(job)
            yield done + 1, UNITS - done - 1, 2 * (done + 1)
    except vir.Cancelled:
        print("undone")
        raise


stop_at = int(sys.argv[1]) if len(sys.argv) > 1 else 0
with (
    vir.virConnectOpen("test:///default") as conn,
    vir.virJobCreate(conn, None, save_worker, None, stop_at, vir.VIR_JOB_BOUNDED) as job,
):
    pyvjob.Job_Wait(job)
    info = vir.virJobGetInfo(job)
    print(f"{info.runningTime} s, {info.percentComplete} %")
    print(vir.virJobState(info.state).name)
