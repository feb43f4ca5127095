"""How fast two builds are, side by side."""

import os
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

from comparing.runs import Build, Missing


def timed(build: Build, clip: Path) -> tuple[float, float]:
    """One run of norface analyze: seconds on the wall and seconds of processor time."""
    with tempfile.TemporaryDirectory() as folder:
        command = [str(build.norface), "analyze", "--quiet", str(clip), "-o", f"{folder}/records.jsonl"]
        began = time.monotonic()
        process = subprocess.Popen(command, env=build.environment, stdin=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - began
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise Missing(f"{build.norface} does not analyse {clip}: exit code {process.returncode}")
    return wall, usage.ru_utime + usage.ru_stime


def compare(base: Build, new: Build, clip: Path, pairs: int) -> None:
    """Runs both by turns, which of them is first changing from pair to pair, and tells the ratios new / base of the pairs.

    Processor time is what to look at where the machine has other work: a ratio below 1 means that the new build is faster.
    """
    for build in (base, new):
        timed(build, clip)
    walls, processors = [], []
    for pair in range(pairs):
        order = [("base", base), ("new", new)]
        measured = {name: timed(build, clip) for name, build in (order if pair % 2 == 0 else reversed(order))}
        walls.append((measured["base"][0], measured["new"][0]))
        processors.append((measured["base"][1], measured["new"][1]))
    print(f"{clip.name}, {pairs} pairs by turns, load average {os.getloadavg()[0]:.1f}")
    for name, times in (("wall clock", walls), ("processor", processors)):
        ratios = [new / base for base, new in times]
        medians = [statistics.median(column) for column in zip(*times)]
        print(
            f"{name + ':':12} base {medians[0]:.3f} s, new {medians[1]:.3f} s; "
            f"new / base median {statistics.median(ratios):.3f}, {min(ratios):.3f} to {max(ratios):.3f}"
        )
