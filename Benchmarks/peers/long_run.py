"""Measures how soon `norface analyze` gives its first record, and whether its memory grows.

Usage:
    python long_run.py VIDEO --norface PATH [--bundle DIR] [--minutes 10] [--starts 5]

The clip is repeated (stream copy) until it is as long as asked. While it is analysed, resident memory, open descriptors and
threads are sampled from /proc twice a second. The slope is that of a line through the samples of the second half; the
first is for warming up. Starts are timed from before the program is executed to the end of the first line.
"""

from __future__ import annotations

import argparse
import os
import pathlib
import statistics
import subprocess
import tempfile
import time


def first_record(command: list[str]) -> tuple[float, float]:
    """Seconds from starting the program to the end of its first line, and its processor time until then."""
    start = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL) as process:
        process.stdout.readline()
        elapsed = time.perf_counter() - start
        fields = pathlib.Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        process.stdout.close()
    return elapsed, (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def sample(pid: int) -> tuple[float, int, int] | None:
    """Resident MB, descriptors and threads of a process; None once it is gone."""
    try:
        status = pathlib.Path(f"/proc/{pid}/status").read_text()
        fields = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
        if "VmRSS" not in fields:
            return None
        return int(fields["VmRSS"].split()[0]) / 1024, len(os.listdir(f"/proc/{pid}/fd")), int(fields["Threads"])
    except OSError:
        return None


def slope(points: list[tuple[float, float]]) -> float:
    """Least-squares slope of y over x."""
    mean_x = statistics.fmean(x for x, _ in points)
    mean_y = statistics.fmean(y for _, y in points)
    spread = sum((x - mean_x) ** 2 for x, _ in points)
    return sum((x - mean_x) * (y - mean_y) for x, y in points) / spread if spread else 0.0


def duration(video: str) -> float:
    """Seconds of the container."""
    out = subprocess.run(
        ["ffprobe", "-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0", video],
        check=True, capture_output=True, text=True,
    ).stdout
    return float(out.strip())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("video")
    parser.add_argument("--norface", required=True)
    parser.add_argument("--bundle")
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--starts", type=int, default=5)
    options = parser.parse_args()
    command = [options.norface, "analyze", "--quiet"] + (["--bundle", options.bundle] if options.bundle else [])

    starts = [first_record(command + [options.video]) for _ in range(options.starts + 1)][1:]
    walls, processor = zip(*starts)
    print(f"start to first record: median {statistics.median(walls):.2f} s ({min(walls):.2f}-{max(walls):.2f} s of "
          f"{len(starts)}), processor time {statistics.median(processor):.2f} s")

    with tempfile.TemporaryDirectory() as folder:
        clip = f"{folder}/long{pathlib.Path(options.video).suffix}"
        repeats = int(options.minutes * 60 / duration(options.video))
        subprocess.run(["ffmpeg", "-v", "error", "-stream_loop", str(repeats), "-i", options.video, "-map", "0:v:0",
                        "-c", "copy", clip], check=True)
        process = subprocess.Popen(command + [clip, "-o", f"{folder}/out.jsonl"], stdin=subprocess.DEVNULL)
        start = time.perf_counter()
        samples: list[tuple[float, float, int, int]] = []
        while process.poll() is None:
            if (seen := sample(process.pid)) is not None:
                samples.append((time.perf_counter() - start, *seen))
            time.sleep(0.5)
        if process.returncode != 0:
            raise SystemExit(f"norface ended with {process.returncode}")
        with open(f"{folder}/out.jsonl", "rb") as file:
            records = sum(1 for _ in file)
    kept = samples[len(samples) // 2:]
    wall = samples[-1][0]
    print(f"{options.minutes:g} minutes of video, {records} records in {wall:.0f} s ({records / wall:.0f} frames/s)")
    print(f"memory: peak {max(row[1] for row in samples):.0f} MB, last {samples[-1][1]:.0f} MB, "
          f"slope {slope([(row[0] / 60, row[1]) for row in kept]):+.2f} MB a minute of running, "
          f"{slope([(row[0] / wall * options.minutes, row[1]) for row in kept]):+.3f} MB a minute of video")
    quarters = [samples[len(samples) * part // 4:len(samples) * (part + 1) // 4] for part in range(4)]
    print("memory by quarters: " + ", ".join(f"{statistics.fmean(row[1] for row in rows):.2f} MB" for rows in quarters))
    print(f"descriptors {min(row[2] for row in kept)}-{max(row[2] for row in kept)}, "
          f"threads {min(row[3] for row in kept)}-{max(row[3] for row in kept)}")


if __name__ == "__main__":
    main()
