"""What was measured: values by row, metric, parameters and who; as a table, as JSON, as curves."""

from __future__ import annotations

import statistics
from pathlib import Path
from typing import Any

Key = tuple[str, str, str, str, str]  # row, metric, params, who, unit
NAMES = ("row", "metric", "params", "who", "unit")

# metric, what the curve says, the parameter along which it grows
CURVES = [
    ("addref_release", "reference + release, ns", "live"),
    ("addref_release", "reference + release, ns", "threads"),
    ("clients", "start a job and wait, 1/s", "threads"),
    ("submit", "start a job, ns", "jobs"),
    ("delivery", "one call of a handler, ns", "handlers"),
    ("cycles", "start + stop, 1/s", "vms"),
    ("start", "start a machine and wait, ns", "vms"),
    ("event_delivery", "from there to its first event, ns", "vms"),
    ("client_cycles", "start + stop, 1/s", "threads"),
    ("lookup", "look-up by name, 1/s", "vms"),
]


Name = tuple[str, str, str, str]  # row, metric, params, who


class Figures:
    def __init__(self) -> None:
        self.values: dict[Key, list[float]] = {}
        self.repetitions: dict[Key, list[int]] = {}  # which one each value is of

    def add(self, line: dict[str, Any], repetition: int) -> None:
        key = (line["row"], line["metric"], line["params"], line["who"], line["unit"])
        self.values.setdefault(key, []).append(float(line["value"]))
        self.repetitions.setdefault(key, []).append(repetition)

    def key(self, name: Name) -> Key | None:
        return next((key for key in self.values if key[:4] == name), None)

    def median(self, *name: str) -> float | None:
        key = self.key(name)  # type: ignore[arg-type]
        return None if key is None else statistics.median(self.values[key])

    def by_repetition(self, name: Name) -> dict[int, float]:
        """The median of each repetition: the same may be measured more than once in one."""
        key = self.key(name)
        found: dict[int, list[float]] = {}
        if key is not None:
            for repetition, value in zip(self.repetitions[key], self.values[key], strict=True):
                found.setdefault(repetition, []).append(value)
        return {repetition: statistics.median(values) for repetition, values in found.items()}

    def ratios(self, mine: Name, theirs: Name | None) -> tuple[float, float, float] | None:
        """Least ratio of a repetition, ratio of the medians, greatest; None if there is no peer.

        Repetitions are interleaved: in each, both ran under much the same load.
        """
        ours = self.by_repetition(mine)
        peers = self.by_repetition(theirs) if theirs else dict.fromkeys(ours, 1.0)
        both = [ours[one] / peers[one] for one in ours if peers.get(one)]
        if not both:
            return None
        of = statistics.median(ours.values()) / statistics.median(peers.values())
        return min(both), of, max(both)

    def table(self) -> str:
        head = f"{'row':4}{'metric':18}{'params':24}{'who':22}"
        lines = [head + f"{'min':>11}{'median':>11}{'max':>11} unit"]
        for (row, metric, params, who, unit), values in sorted(self.values.items()):
            marks = (min(values), statistics.median(values), max(values))
            spread = "".join(f"{mark:11.4g}" for mark in marks)
            lines.append(f"{row:4}{metric:18}{params:24}{who:22}{spread} {unit}")
        return "\n".join(lines)

    def as_json(self) -> list[dict[str, Any]]:
        return [
            {**dict(zip(NAMES, key, strict=True)), "values": values}
            for key, values in sorted(self.values.items())
        ]

    def curve(self, metric: str, along: str) -> dict[str, list[tuple[int, float]]]:
        """By who: (size, median), ordered."""
        curves: dict[str, dict[int, float]] = {}
        for (_, name, params, who, _), values in self.values.items():
            words = dict(word.split("=") for word in params.split() if "=" in word)
            others = {"threads", "live"} - {along}
            if name != metric or along not in words:
                continue
            if any(words.get(other, "1") not in ("1", "1000") for other in others):
                continue
            curves.setdefault(who, {})[int(words[along])] = statistics.median(values)
        return {who: sorted(points.items()) for who, points in curves.items()}


def plot(figures: Figures, path: Path) -> None:
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    picture, axes = pyplot.subplots(2, 5, figsize=(25, 8))
    for axis, (metric, title, along) in zip(axes.flat, CURVES, strict=True):
        for who, points in figures.curve(metric, along).items():
            axis.plot(*zip(*points, strict=True), marker="o", label=who)
        axis.set(xscale="log", xlabel=along, title=title)
        axis.set_ylim(bottom=0)
        if axis.lines:
            axis.legend()
    picture.tight_layout()
    picture.savefig(path, dpi=100)
