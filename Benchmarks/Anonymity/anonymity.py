#!/usr/bin/env python3
"""What is left of people, and of their expressions, in videos that `norface anonymize` has made.

    python3 Benchmarks/Anonymity/anonymity.py people PHOTOGRAPHS.zip --norface .build/release/norface --style face blur
    python3 Benchmarks/Anonymity/anonymity.py units CLIP... --norface .build/release/norface --style face

`people` shows photographs of people from whom the normalizer never learned (`labels.csv` has `image` and `identity`) in one film, makes that anonymous, and
asks dlib's recogniser (`dlib-bin` and `face_recognition_models` of PyPI, with NumPy and Pillow) how well each picture's face goes with other
pictures of the same person: the area under the ROC curve of all pairs, 0.5 for chance. Faces are aligned by the landmarks of the originals,
as good as somebody can who looks for a person.

`units` reads the units of each clip and of what was made of it, and correlates them over the frames, face by face.
"""

from __future__ import annotations

import argparse
import csv
import importlib.util
import io
import json
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import numpy as np

#: People whose number divides by this were kept apart from all training (`Training/norface_training/data/sources.py`).
HELD_OUT = 10
#: Side of the film, and how many frames a photograph is shown for.
SIDE, FRAMES = 384, 5
UNITS = ["AU01", "AU02", "AU04", "AU06", "AU12", "AU25", "AU26", "AU43"]


def run(*command: object) -> None:
    """Runs a program; what it says is shown when it fails."""
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    if done.returncode not in (0, 2):
        sys.exit(f"{' '.join(map(str, command))}: {done.returncode}\n{done.stderr}")


def records(path: Path) -> list[list[dict]]:
    """The faces of each frame."""
    return [json.loads(line)["faces"] for line in path.read_text().splitlines()]


def auc(positive: np.ndarray, negative: np.ndarray) -> float:
    """How often a distance of the first is below one of the second."""
    negative = np.sort(negative)
    low, high = np.searchsorted(negative, positive, "left"), np.searchsorted(negative, positive, "right")
    return float(1 - (low + high).mean() / 2 / len(negative))


def interval(distance: np.ndarray, who: np.ndarray, draws: int = 200) -> tuple[float, float]:
    """Of 95 of 100 drawings of as many people; who is drawn twice counts once."""
    rng, names, figures = np.random.default_rng(1), np.unique(who), []
    same = who[:, None] == who[None]
    for _ in range(draws):
        chosen = np.isin(who, rng.choice(names, len(names)))
        pairs = chosen[:, None] & chosen[None] & ~np.eye(len(who), dtype=bool)
        figures.append(auc(distance[pairs & same], distance[pairs & ~same]))
    return tuple(np.percentile(figures, [2.5, 97.5]))


def film(archive: zipfile.ZipFile, people: int, each: int, path: Path) -> list[str]:
    """Shows the photographs one after the other; returns whose they are."""
    from PIL import Image

    rows = list(csv.DictReader(io.TextIOWrapper(archive.open("labels.csv"))))
    names = sorted({row["identity"] for row in rows})
    held = {name for number, name in enumerate(names) if number % HELD_OUT == 0}
    pictures: dict[str, list[str]] = {}
    for row in rows:
        if row["identity"] in held:
            pictures.setdefault(row["identity"], []).append(row["image"])
    several = [name for name in sorted(pictures) if len(pictures[name]) > 1]
    chosen = list(np.random.default_rng(3).permutation(several)[:people])
    command = ["ffmpeg", "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "gray", "-s", f"{SIDE}x{SIDE}", "-r", "5", "-i", "-"]
    writer = subprocess.Popen([*command, "-pix_fmt", "yuv420p", "-c:v", "libx264", "-crf", "10", str(path)], stdin=subprocess.PIPE)
    who = []
    for name in chosen:
        for image in pictures[name][:each]:
            picture = Image.open(io.BytesIO(archive.read(image))).convert("L").resize((SIDE, SIDE), Image.BICUBIC)
            for _ in range(FRAMES):
                writer.stdin.write(picture.tobytes())
            who.append(name)
    writer.stdin.close()
    if writer.wait():
        sys.exit("ffmpeg failed")
    return who


def frames(path: Path) -> np.ndarray:
    """The luma of all frames."""
    command = ["ffmpeg", "-v", "error", "-i", str(path), "-f", "rawvideo", "-pix_fmt", "gray", "-"]
    data = subprocess.run(command, check=True, capture_output=True).stdout
    return np.frombuffer(data, np.uint8).reshape(-1, SIDE, SIDE)


def people(options: argparse.Namespace, folder: Path) -> None:
    """Prints how well faces are recognised before and after."""
    import dlib

    place = Path(importlib.util.find_spec("face_recognition_models").submodule_search_locations[0])
    network = dlib.face_recognition_model_v1(str(place / "models" / "dlib_face_recognition_resnet_model_v1.dat"))
    who = film(zipfile.ZipFile(options.inputs[0]), options.people, options.each, folder / "film.mp4")
    run(options.norface, "analyze", folder / "film.mp4", "-o", folder / "film.jsonl", "--landmarks", 68, "--quiet")
    faces = records(folder / "film.jsonl")

    def shape(number: int) -> object:
        """The landmarks of the middle face of a photograph, in its last frame; None where there is none."""
        seen = faces[number * FRAMES + FRAMES - 1]
        if not seen:
            return None
        face = min(seen, key=lambda face: abs(face["box"][0] + face["box"][2] / 2 - SIDE / 2))
        points = [dlib.point(round(x), round(y)) for x, y in np.reshape(face["landmarks"], (-1, 2))]
        left, top, width, height = (round(value) for value in face["box"])
        return dlib.full_object_detection(dlib.rectangle(left, top, left + width, top + height), points)

    shapes = [shape(number) for number in range(len(who))]
    kept = [number for number, found in enumerate(shapes) if found is not None]
    who = np.array(who)[kept]

    def embed(path: Path) -> np.ndarray:
        pictures, vectors = frames(path), []
        for number in kept:
            rgb = np.repeat(pictures[number * FRAMES + FRAMES - 1][..., None], 3, 2)
            vectors.append(np.array(network.compute_face_descriptor(rgb, shapes[number])))
        return np.array(vectors)

    originals = embed(folder / "film.mp4")
    same, other = who[:, None] == who[None], ~np.eye(len(who), dtype=bool)
    print(f"{len(who)} pictures of {len(set(who))} people")

    def tell(name: str, vectors: np.ndarray, against: np.ndarray) -> None:
        distance = np.linalg.norm(vectors[:, None] - against[None], axis=2)
        low, high = interval(distance, who)
        value = auc(distance[same & other], distance[~same])
        nearest = (who[np.where(other, distance, np.inf).argmin(1)] == who).mean()
        print(f"{name:36} AUC {value:.3f} ({low:.3f}-{high:.3f})  nearest is the same person's {nearest:.3f}", flush=True)

    tell("originals, originals", originals, originals)
    for style in options.style:
        output = folder / f"{style}.mp4"
        run(options.norface, "anonymize", folder / "film.mp4", "-o", output, "--style", style, "--quiet")
        vectors = embed(output)
        tell(f"{style}, other originals", vectors, originals)
        tell(f"{style}, each other", vectors, vectors)
        if options.keep:
            output.replace(options.keep / output.name)


def overlap(a: list[float], b: list[float]) -> float:
    """Intersection over union of two boxes."""
    width = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    height = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    shared = max(0, width) * max(0, height)
    return shared / (a[2] * a[3] + b[2] * b[3] - shared)


def units(options: argparse.Namespace, folder: Path) -> None:
    """Prints how the units of each clip go with those of its anonymous one."""
    print(f"{'':44}{'faces':>7}{'again':>7}  " + "".join(f"{unit:>7}" for unit in UNITS))
    plain = ["--no-smoothing", "--no-baseline", "--quiet"]
    for style in options.style:
        pooled: list[np.ndarray] = []
        for clip in map(Path, options.inputs):
            output, before, after = folder / "out.mp4", folder / "before.jsonl", folder / "after.jsonl"
            run(options.norface, "analyze", clip, "-o", before, *plain)
            run(options.norface, "anonymize", clip, "-o", output, "--style", style, "--quiet", "--no-sound")
            run(options.norface, "analyze", output, "-o", after, *plain)
            pairs, count = [], 0
            for old, new in zip(records(before), records(after)):
                for face in old:
                    count += 1
                    match = max(new, key=lambda other: overlap(face["box"], other["box"]), default=None)
                    if match and overlap(face["box"], match["box"]) > 0.3:
                        pairs.append([[values["au_raw"][unit] for unit in UNITS] for values in (face, match)])
            if len(pairs) > 2:
                pooled.append(np.array(pairs, float))
                tell(f"{style} {clip.name}", pooled[-1], count)
            else:
                print(f"{style} {clip.name}: {len(pairs)} of {count} faces are found again")
            if options.keep:
                output.replace(options.keep / f"{clip.stem}-{style}.mp4")
        if len(pooled) > 1:
            tell(f"{style}, all", np.concatenate(pooled), 0)


def tell(name: str, pairs: np.ndarray, count: int) -> None:
    """One row. Where a unit hardly stirs in the original (a standard deviation below 0.3 of 5) the correlation is in brackets, below 0.1 left out."""
    cells = []
    for unit in range(len(UNITS)):
        old, new = pairs[:, 0, unit], pairs[:, 1, unit]
        if old.std() < 0.1 or new.std() < 1e-6:
            cells.append(f"{'-':>7}")
            continue
        text = f"{np.corrcoef(old, new)[0, 1]:.2f}"
        cells.append(f"{text if old.std() >= 0.3 else f'({text})':>7}")
    spread = [f"{pairs[:, 1, unit].std() / max(1e-6, pairs[:, 0, unit].std()):7.2f}" for unit in range(len(UNITS))]
    print(f"{name:44}{count or '':>7}{len(pairs):>7}  " + "".join(cells))
    print(f"{'    standard deviation, after to before':44}{'':14}  " + "".join(spread), flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("part", choices=["people", "units"])
    parser.add_argument("inputs", nargs="+")
    parser.add_argument("--norface", default=".build/release/norface")
    parser.add_argument("--style", nargs="+", default=["face"])
    parser.add_argument("--people", type=int, default=80)
    parser.add_argument("--each", type=int, default=3, help="pictures of a person at most")
    parser.add_argument("--keep", type=Path, help="a folder for the anonymous videos")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        (people if options.part == "people" else units)(options, Path(name))
    return 0


if __name__ == "__main__":
    sys.exit(main())
