"""The benchmarks: every program runs, every row has its figures, every goal its subject."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

BENCH = Path(__file__).resolve().parent.parent / "bench"
sys.path.insert(0, str(BENCH))
import goals  # noqa: E402
from figures import Figures  # noqa: E402


def line(who: str, value: float) -> dict[str, Any]:
    return {"row": "A", "metric": "m", "params": "p", "who": who, "unit": "ns", "value": value}


def test_a_ratio_is_of_medians_and_has_the_spread_of_its_repetitions() -> None:
    figures = Figures()
    for repetition, (ours, theirs) in enumerate([(1, 1), (2, 4), (30, 10)]):
        figures.add(line("vjob", ours), repetition)
        figures.add(line("peer", theirs), repetition)
    mine, other = ("A", "m", "p", "vjob"), ("A", "m", "p", "peer")
    assert figures.ratios(mine, other) == (0.5, 2 / 4, 3)
    assert figures.ratios(mine, None) == (1, 2, 30)
    assert figures.ratios(mine, ("A", "m", "p", "nobody")) is None


def test_what_was_measured_twice_in_a_repetition_is_compared_once() -> None:
    figures = Figures()
    for repetition, value in ((0, 1), (0, 3), (1, 8)):
        figures.add(line("vjob", value), repetition)
    for repetition in (0, 1):
        figures.add(line("peer", 2), repetition)
    assert figures.ratios(("A", "m", "p", "vjob"), ("A", "m", "p", "peer")) == (1, 5 / 2, 4)


def test_a_goal_without_its_peer_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    figures = Figures()
    figures.add(line("vjob", 1), 0)
    goal = ("A", "m", "p", "vjob", "<=", 2.0, "peer", "", "")
    monkeypatch.setattr(goals, "GOALS", [goal])
    monkeypatch.setattr(goals, "STRETCH", [])
    (row,) = goals.verdicts(figures, 10)
    assert row["met"] is None
    assert "not compared" in goals.table([row])
    figures.add(line("peer", 1), 0)
    (row,) = goals.verdicts(figures, 10)
    assert row["met"] is True
    assert goals.table([row]).endswith("<= 2: met")


@pytest.mark.slow
def test_all_of_it_runs(tmp_path: Path) -> None:
    command = [sys.executable, str(BENCH / "run.py"), "--smoke", "--json", "figures.json"]
    try:
        import matplotlib  # noqa: F401
    except ImportError:
        pass
    else:
        command += ["--png", "growth.png"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=280)
    assert done.returncode == 0, done.stdout + done.stderr
    said = json.loads((tmp_path / "figures.json").read_text())
    assert {"processor", "processors", "system", "compiler", "python", "load"} <= set(
        said["machine"]
    )
    figures, names = said["figures"], {row["name"] for row in said["ratios"]}
    assert {figure["row"] for figure in figures} == set("ABCDEFGH")
    assert all(figure["values"] for figure in figures)

    measured = {(one["row"], one["metric"], one["who"], one["params"]) for one in figures}
    for row, metric, params, who, *_ in [*goals.GOALS, *goals.STRETCH]:
        if who == "libvirt" or "uvloop" in params:  # a peer, or what needs one
            continue
        filled = params.replace("JOBS", "1000").replace("MANY", "1000")
        assert (row, metric, who, filled) in measured
        assert f"{row} {who} {metric} {filled}".rstrip() in names
        assert f"{row} {who} {metric} {filled}".rstrip() in done.stdout
    for threads in (1, 2, 4, 8, 16, 32, 64):
        for row, metric in (("B", "clients"), ("G", "client_cycles")):
            assert any(
                key[:2] == (row, metric) and key[3] == f"threads={threads}" for key in measured
            )
    if "--png" in command:
        assert (tmp_path / "growth.png").stat().st_size > 10_000
