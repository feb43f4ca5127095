#!/usr/bin/env python3
"""Counts how many small faces are found in large frames, and how many faces are found where there are none.

Photographs of faces (a folder, or a zip file) are made so small that the face is `--width` pixels wide, and laid into nine places of frames of
1920x1080 and 3840x2160. Pictures without faces are mosaics: photographs cut into tiles that are shuffled and turned, so that they have a photograph's
light and texture and, but for chance, no face; and whatever pictures `--without` names. Needs Pillow.

    python3 Benchmarks/Tracking/finding.py PHOTOGRAPHS --norface .build/release/norface --photographs 18 --mosaics 500
"""

import argparse
import io
import json
import random
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from PIL import Image

FRAMES = [(1920, 1080), (3840, 2160)]


def pictures(source: Path) -> list[Image.Image]:
    """All pictures of a folder or a zip file, by name."""
    if source.is_dir():
        return [Image.open(path).convert("RGB") for path in sorted(source.glob("*.jpg"))]
    with zipfile.ZipFile(source) as archive:
        names = sorted(name for name in archive.namelist() if name.endswith(".jpg"))
        return [Image.open(io.BytesIO(archive.read(name))).convert("RGB") for name in names[::7]]


def analyse(norface: str, folder: Path) -> dict[str, list[dict]]:
    """The faces of each picture of a folder, by its name."""
    records = folder.parent / f"{folder.name}.jsonl"
    subprocess.run([norface, "analyze", str(folder), "--stills", str(records), "--quiet"], check=False, stderr=subprocess.DEVNULL)
    rows = [json.loads(line) for line in records.read_text().splitlines()]
    return {Path(row["source"]).name: row["faces"] for row in rows}


def scenes(photographs: list[Image.Image], norface: str, width: int, folder: Path, scratch: Path) -> dict[str, tuple[float, float]]:
    """Writes frames with one small face each, and gives the face's middle by the frame's name."""
    plain = scratch / "plain"
    plain.mkdir()
    for number, photograph in enumerate(photographs):
        photograph.save(plain / f"{number:04}.png")
    places = {}
    for name, faces in sorted(analyse(norface, plain).items()):
        if len(faces) != 1:
            continue
        left, top, across, down = faces[0]["box"]
        photograph = photographs[int(Path(name).stem)]
        factor = width / across
        small = photograph.resize((max(1, round(photograph.width * factor)), max(1, round(photograph.height * factor))), Image.LANCZOS)
        for size in FRAMES:
            for place in range(9):
                frame = Image.new("RGB", size, (112, 116, 120))
                x = round((0.02 + 0.48 * (place % 3)) * (size[0] - small.width))
                y = round((0.02 + 0.48 * (place // 3)) * (size[1] - small.height))
                frame.paste(small, (x, y))
                file = f"{Path(name).stem}-{size[1]}-{place}.png"
                frame.save(folder / file, compress_level=1)
                places[file] = (x + (left + across / 2) * factor, y + (top + down / 2) * factor)
    return places


def mosaic(photographs: list[Image.Image], rng: random.Random) -> Image.Image:
    """Tiles of several photographs, shuffled and turned."""
    side = rng.choice([16, 24, 32])
    out = Image.new("RGB", (640, 480))
    for y in range(0, 480, side):
        for x in range(0, 640, side):
            photograph = rng.choice(photographs)
            left, top = rng.randrange(photograph.width - side), rng.randrange(photograph.height - side)
            tile = photograph.crop((left, top, left + side, top + side)).rotate(90 * rng.randrange(4))
            out.paste(tile, (x, y))
    return out


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=Path)
    parser.add_argument("--norface", default=".build/release/norface")
    parser.add_argument("--photographs", type=int, default=18)
    parser.add_argument("--width", type=int, default=40, help="of the faces, in pixels")
    parser.add_argument("--mosaics", type=int, default=500)
    parser.add_argument("--without", type=Path, help="a folder of pictures without faces")
    parser.add_argument("--seed", type=int, default=5)
    options = parser.parse_args()
    rng = random.Random(options.seed)
    everybody = pictures(options.source)
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        frames = scratch / "frames"
        frames.mkdir()
        places = scenes(rng.sample(everybody, options.photographs), options.norface, options.width, frames, scratch)
        found = analyse(options.norface, frames) if places else {}
        count = {size[1]: [0, 0, 0] for size in FRAMES}
        for file, (x, y) in places.items():
            here = count[int(file.split("-")[1])]
            near = [
                abs(f["box"][0] + f["box"][2] / 2 - x) < options.width / 2 and abs(f["box"][1] + f["box"][3] / 2 - y) < options.width / 2
                for f in found.get(file, [])
            ]
            here[0] += 1
            here[1] += any(near)
            here[2] += len(near) - any(near)
        for height, (films, hits, others) in count.items():
            print(f"faces of {options.width} pixels in frames of {height} lines: {hits} of {films} found, {others} others")
        without = scratch / "without"
        without.mkdir()
        for number in range(options.mosaics):
            mosaic(everybody, rng).save(without / f"{number:04}.png", compress_level=1)
        if options.mosaics:
            told = analyse(options.norface, without)
            print(f"mosaics without faces: {sum(bool(faces) for faces in told.values())} of {len(told)} with a face")
        if options.without:
            told = analyse(options.norface, options.without)
            print(f"{options.without.name}: {len(told)} pictures, faces in {sorted(name for name, faces in told.items() if faces)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
