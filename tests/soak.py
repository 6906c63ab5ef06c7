"""Lets the stress of all APIs run for long and watches what the process holds: it must stay flat.

    python tests/soak.py PROGRAM [--seconds 600] [--plot soak.svg]

PROGRAM is stress_all of a C build (`tests/check.py quick` leaves build/check/plain/bin/stress_all).
Memory, descriptors and threads are read every half second. The program itself checks after each of
its rounds that no handle is owed. The exit code is 0 when it ended well and nothing grew.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

Sample = tuple[float, float, int, int]  # seconds, MiB, descriptors, threads
NAMES = ("memory, MiB", "descriptors", "threads")


def look(pid: int, began: float) -> Sample | None:
    """None once the process has ended."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        files = len(os.listdir(f"/proc/{pid}/fd"))
        threads = len(os.listdir(f"/proc/{pid}/task"))
    except (OSError, IndexError):
        return None
    return time.monotonic() - began, pages * os.sysconf("SC_PAGE_SIZE") / 2**20, files, threads


def watch(program: Path, seconds: int) -> tuple[int, list[Sample]]:
    samples: list[Sample] = []
    # One arena: how the C library spreads memory over many is not what we look for.
    env = {**os.environ, "PYVJOB_TEST_SECONDS": str(seconds), "MALLOC_ARENA_MAX": "1"}
    began = time.monotonic()
    child = subprocess.Popen([program], env=env)
    while child.poll() is None:
        sample = look(child.pid, began)
        if sample and sample[2]:
            samples.append(sample)
        time.sleep(0.5)
    return child.returncode, samples


def grown(samples: list[Sample]) -> list[str]:
    """What was higher in the last third than in the first: peaks, with room for chance."""
    third = len(samples) // 3
    found = []
    for column, (name, room) in enumerate(zip(NAMES, (8.0, 4.0, 16.0), strict=True), 1):
        early = max(sample[column] for sample in samples[:third])
        late = max(sample[column] for sample in samples[-third:])
        print(f"{name}: at most {early:.1f} in the first third, {late:.1f} in the last")
        if late > early * 1.1 + room:
            found.append(name)
    return found


def plot(samples: list[Sample], path: Path) -> None:
    """Three lines over time as SVG."""
    wide, high, gap = 800, 160, 30
    span = samples[-1][0] or 1.0
    parts = []
    for column, name in enumerate(NAMES, 1):
        top = max(sample[column] for sample in samples) or 1
        base = column * (high + gap)
        points = " ".join(
            f"{sample[0] / span * wide:.1f},{base - sample[column] / top * high:.1f}"
            for sample in samples
        )
        parts.append(f'<polyline fill="none" stroke="#246" points="{points}"/>')
        parts.append(f'<text x="4" y="{base - high - 6}">{name}, up to {top:.1f}</text>')
        parts.append(f'<line x1="0" x2="{wide}" y1="{base}" y2="{base}" stroke="#aaa"/>')
    parts.append(f'<text x="{wide - 90}" y="{3 * (high + gap) + 20}">{span:.0f} seconds</text>')
    size = f'width="{wide}" height="{3 * (high + gap) + gap}"'
    style = 'font-family="sans-serif" font-size="12"'
    body = "\n".join(parts)
    path.write_text(f'<svg xmlns="http://www.w3.org/2000/svg" {size} {style}>\n{body}\n</svg>\n')


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("program", type=Path)
    parser.add_argument("--seconds", type=int, default=600)
    parser.add_argument("--plot", type=Path, default=Path("soak.svg"))
    args = parser.parse_args()
    code, samples = watch(args.program.resolve(), args.seconds)
    if code or len(samples) < 6:
        print(f"{args.program} ended with {code} after {len(samples)} samples")
        return 1
    plot(samples, args.plot)
    found = grown(samples)
    verdict = "grew: " + ", ".join(found) if found else "flat"
    print(f"{len(samples)} samples in {args.plot}; {verdict}")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
