#!/usr/bin/env python3
"""Counts how often an id outlives a change of the person, and how often it is lost where the person stays.

Photographs of two people, or two photographs of one, are shown for a second each in one film, the second one some pixels beside the first and
somewhat larger or smaller; every fifth film fades over. The photographs lie in a folder with one folder a person, or in a zip file with
`labels.csv` (columns `image` and `identity`). Jumps are two seconds of one clip of one person (`--clips`), cut together, the second one moved and
zoomed likewise.

    python3 Benchmarks/Tracking/joins.py PHOTOGRAPHS --norface .build/release/norface --pairs 60 --clips CLIP...
"""

import argparse
import collections
import csv
import io
import json
import random
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

WIDTH, HEIGHT, RATE = 640, 360, 25


def people(source: Path, scratch: Path) -> dict[str, list[Path]]:
    """Photographs by person; only people with two or more."""
    found: dict[str, list[Path]] = collections.defaultdict(list)
    if source.is_dir():
        for path in sorted(source.glob("*/*")):
            found[path.parent.name].append(path)
    else:
        with zipfile.ZipFile(source) as archive:
            archive.extractall(scratch)
        labels = next(scratch.rglob("labels.csv"))
        names = {path.name: path for path in scratch.rglob("*.*")}
        for row in csv.DictReader(io.StringIO(labels.read_text())):
            if row["identity"] and Path(row["image"]).name in names:
                found[row["identity"]].append(names[Path(row["image"]).name])
    return {name: paths for name, paths in found.items() if len(paths) > 1}


def join(first: Path, second: Path, film: Path, fades: bool, rng: random.Random) -> None:
    """One second of each photograph on one background."""
    side = rng.choice([80, 120, 180, 280])
    x, y, offset = rng.randrange(300), rng.randrange(60), rng.choice([0, 0, 30, 90, 200])
    parts, inputs = [], []
    for number, (photograph, left, size) in enumerate([(first, x, side), (second, x + offset, int(side * rng.uniform(0.85, 1.15)))]):
        inputs += ["-loop", "1", "-framerate", str(RATE), "-t", "1.2", "-i", str(photograph)]
        parts.append(
            f"gradients=s={WIDTH}x{HEIGHT}:r={RATE}:d=1.2:c0=gray:c1=0x506070:seed=1:speed=0.00001[b{number}];"
            f"[{number}:v]scale={size}:-2[p{number}];"
            f"[b{number}][p{number}]overlay={min(left, WIDTH - size)}:{y}:shortest=1,setsar=1,format=yuv420p,fps={RATE},settb=1/{RATE}[v{number}]"
        )
    parts.append("[v0][v1]" + ("xfade=duration=0.48:offset=0.64" if fades else "concat=n=2:v=1"))
    command = ["ffmpeg", "-v", "error", "-y", *inputs, "-filter_complex", ";".join(parts), "-c:v", "libx264", "-crf", "12", str(film)]
    subprocess.run(command, check=True)


def length(clip: Path) -> float:
    """Seconds of a clip."""
    command = ["ffprobe", "-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0", str(clip)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def jump(clip: Path, film: Path, rng: random.Random) -> None:
    """A second of a clip, and another one, moved and zoomed."""
    seconds = length(clip)
    first, second = rng.uniform(0, seconds - 1.1), rng.uniform(0, seconds - 1.1)
    zoom, dx, dy = rng.choice([1.0, 1.0, 1.15, 1.3]), rng.uniform(0, 1), rng.uniform(0, 1)
    scale = f"scale={WIDTH}:{HEIGHT}:force_original_aspect_ratio=decrease,pad={WIDTH}:{HEIGHT}:-1:-1,setsar=1,format=yuv420p,fps={RATE},settb=1/{RATE}"
    crop = f"crop=iw/{zoom}:ih/{zoom}:(iw-ow)*{dx}:(ih-oh)*{dy}"
    graph = f"[0:v]{scale}[a];[1:v]{crop},{scale}[b];[a][b]concat=n=2:v=1"
    inputs = []
    for start in (first, second):
        inputs += ["-ss", f"{start:.2f}", "-t", "1", "-i", str(clip)]
    subprocess.run(["ffmpeg", "-v", "error", "-y", *inputs, "-filter_complex", graph, "-an", "-c:v", "libx264", "-crf", "14", str(film)], check=True)


def read(results: Path) -> tuple[list[list[dict]], list[list[dict]]]:
    """The faces of the frames before and behind the change."""
    frames = [json.loads(line)["faces"] for line in results.read_text().splitlines()]
    return frames[: int(0.7 * RATE)], frames[-int(0.7 * RATE) :]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photographs", type=Path)
    parser.add_argument("--norface", default=".build/release/norface")
    parser.add_argument("--pairs", type=int, default=200, help="of two people, and as many of one")
    parser.add_argument("--clips", type=Path, nargs="*", default=[], help="clips of one person each, who is seen all the while")
    parser.add_argument("--jumps", type=int, default=200, help="jumps within the clips")
    parser.add_argument("--seed", type=int, default=3)
    options = parser.parse_args()
    rng = random.Random(options.seed)
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        known = people(options.photographs, scratch / "photographs")
        films = scratch / "films"
        films.mkdir()
        for number in range(options.pairs):
            a, b = rng.sample(sorted(known), 2)
            fades = number % 5 == 4
            kind = "fade" if fades else "cut"
            join(known[a][0], known[b][0], films / f"two-{kind}-{number}.mp4", fades, rng)
            join(*rng.sample(known[a], 2), films / f"one-{kind}-{number}.mp4", fades, rng)
        for number in range(options.jumps if options.clips else 0):
            jump(rng.choice(options.clips), films / f"jump-cut-{number}.mp4", rng)
        command = [options.norface, "analyze", str(films), "-o", str(scratch / "out/"), "--quiet"]
        subprocess.run(command, check=False, stderr=subprocess.DEVNULL)
        counts: dict[str, collections.Counter] = collections.defaultdict(collections.Counter)
        for results in sorted((scratch / "out").glob("*.jsonl")):
            before, behind = read(results)
            count = counts[results.stem.rsplit("-", 1)[0]]
            if not (before and before[-1] and behind and behind[-1]):
                count["not seen"] += 1
                continue
            last = before[-1][0]["track"]
            kept = [face for faces in behind for face in faces if face["track"] == last]
            count["films"] += 1
            count["id kept in some frame"] += bool(kept)
            count["id kept at the end"] += behind[-1][0]["track"] == last
            count["kept and certain"] += any(face["certain"] for face in kept)
        for kind, count in sorted(counts.items()):
            print(kind, dict(count))
    return 0 if counts else 1


if __name__ == "__main__":
    sys.exit(main())
