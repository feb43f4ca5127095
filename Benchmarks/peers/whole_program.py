"""Times whole programs on one clip, in turn and repeatedly, and prints medians and ratios.

Usage:
    python whole_program.py VIDEO --norface PATH [--bundle DIR] [--mediapipe-python PATH --landmarker FACE_LANDMARKER.task] [--runs 5]

Measured: `norface analyze` writing JSON lines to a file, MediaPipe's FaceLandmarker in VIDEO mode with blendshapes
(when its Python and model are given), and decoding alone (`ffmpeg -f null`). The programs run one after another within
each round, so a machine whose speed drifts spoils no ratio. Wall time and processor time (user and system, from
wait4) are whole-process figures, start-up included; peak memory is the kernel's maximum resident set.
"""

from __future__ import annotations

import argparse
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time


def run_once(command: list[str]) -> tuple[float, float, float]:
    """Wall seconds, processor seconds and peak memory in MB of one run; stops the benchmark if the command fails."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    if os.waitstatus_to_exitcode(status) != 0:
        sys.exit(f"failed: {' '.join(command)}")
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def frame_count(video: str) -> int:
    """The number of frames ffprobe decodes."""
    out = subprocess.run(
        ["ffprobe", "-v", "error", "-count_frames", "-select_streams", "v:0", "-show_entries", "stream=nb_read_frames",
         "-of", "csv=p=0", video],
        check=True, capture_output=True, text=True,
    ).stdout
    return int(out.strip().strip(","))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("video")
    parser.add_argument("--norface", required=True)
    parser.add_argument("--bundle")
    parser.add_argument("--mediapipe-python")
    parser.add_argument("--landmarker")
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()

    with tempfile.TemporaryDirectory() as folder:
        commands = {
            "norface": [options.norface, "analyze", options.video, "--quiet", "-o", f"{folder}/out.jsonl"]
            + (["--bundle", options.bundle] if options.bundle else []),
            "decode": ["ffmpeg", "-v", "error", "-i", options.video, "-map", "0:v:0", "-f", "null", "-"],
        }
        if options.mediapipe_python and options.landmarker:
            peer = pathlib.Path(__file__).with_name("mediapipe_landmarker.py")
            commands["mediapipe"] = [options.mediapipe_python, str(peer), options.landmarker, options.video]
        frames = frame_count(options.video)
        figures: dict[str, list[tuple[float, float, float]]] = {name: [] for name in commands}
        for round_ in range(options.runs + 1):
            for name, command in commands.items():
                pathlib.Path(f"{folder}/out.jsonl").unlink(missing_ok=True)
                figure = run_once(command)
                if round_ > 0:  # the first round warms the caches
                    figures[name].append(figure)

    print(f"{options.video}: {frames} frames, medians of {options.runs} rounds")
    print(f"{'program':10} {'frames/s':>9} {'ms CPU/frame':>13} {'peak MB':>8}")
    for name, rows in figures.items():
        wall, cpu, memory = (statistics.median(column) for column in zip(*rows))
        print(f"{name:10} {frames / wall:9.1f} {1000 * cpu / frames:13.2f} {memory:8.0f}")
    for other in [name for name in commands if name != "norface"]:
        speed = [b[0] / a[0] for a, b in zip(figures["norface"], figures[other])]
        cost = [a[1] / b[1] for a, b in zip(figures["norface"], figures[other])]
        print(f"norface / {other}: throughput {statistics.median(speed):.2f}x "
              f"({min(speed):.2f}-{max(speed):.2f}), processor time {statistics.median(cost):.2f}x "
              f"({min(cost):.2f}-{max(cost):.2f})")


if __name__ == "__main__":
    main()
