"""Cache the teacher's answers and the aligned crops of the photographs.

    python -m norface_training.teacher.label --data DATA --cache CACHE ferplus_valid ferplus_train photos

Stopped and started again, it goes on after the last whole shard.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import numpy as np

from .. import alignment
from ..data.coded import coded_frames, coded_pictures
from ..data.shards import ShardWriter
from ..data.sources import FerPlus, Photos, SourceError, folder
from .mediapipe import Teacher

SETS = ("ferplus_valid", "ferplus_train", "photos", "coded")
SHARD = 1000

#: MediaPipe's 52 blendshapes in the order FaceLandmarker returns them.
BLENDSHAPES = [
    "_neutral",
    "browDownLeft",
    "browDownRight",
    "browInnerUp",
    "browOuterUpLeft",
    "browOuterUpRight",
    "cheekPuff",
    "cheekSquintLeft",
    "cheekSquintRight",
    "eyeBlinkLeft",
    "eyeBlinkRight",
    "eyeLookDownLeft",
    "eyeLookDownRight",
    "eyeLookInLeft",
    "eyeLookInRight",
    "eyeLookOutLeft",
    "eyeLookOutRight",
    "eyeLookUpLeft",
    "eyeLookUpRight",
    "eyeSquintLeft",
    "eyeSquintRight",
    "eyeWideLeft",
    "eyeWideRight",
    "jawForward",
    "jawLeft",
    "jawOpen",
    "jawRight",
    "mouthClose",
    "mouthDimpleLeft",
    "mouthDimpleRight",
    "mouthFrownLeft",
    "mouthFrownRight",
    "mouthFunnel",
    "mouthLeft",
    "mouthLowerDownLeft",
    "mouthLowerDownRight",
    "mouthPressLeft",
    "mouthPressRight",
    "mouthPucker",
    "mouthRight",
    "mouthRollLower",
    "mouthRollUpper",
    "mouthShrugLower",
    "mouthShrugUpper",
    "mouthSmileLeft",
    "mouthSmileRight",
    "mouthStretchLeft",
    "mouthStretchRight",
    "mouthUpperUpLeft",
    "mouthUpperUpRight",
    "noseSneerLeft",
    "noseSneerRight",
]


def label(teacher: Teacher, pictures, border: float, size: int) -> dict[str, np.ndarray]:
    """One shard's arrays from an iterable of luma pictures."""
    rows: dict[str, list] = {k: [] for k in ("found", "taught", "landmarks", "geometry", "crop", "blendshapes")}
    for luma in pictures:
        answer = teacher(luma, border=border)
        found = answer.landmarks is not None
        rows["found"].append(found)
        rows["taught"].append(answer.blendshapes is not None)
        rows["landmarks"].append(answer.landmarks if found else np.zeros((468, 3), np.float32))
        rows["geometry"].append(alignment.geometry(answer.landmarks) if found else np.zeros((468, 3), np.float32))
        rows["crop"].append(alignment.align(luma, answer.landmarks, size) if found else np.zeros((size, size), np.uint8))
        rows["blendshapes"].append(
            answer.blendshapes if answer.blendshapes is not None else np.zeros(len(BLENDSHAPES), np.float32)
        )
    kinds = {"found": np.uint8, "taught": np.uint8, "crop": np.uint8}
    return {name: np.asarray(values, kinds.get(name, np.float32)) for name, values in rows.items()}


def run(data: Path, cache: Path, name: str, size: int = 96, limit: int | None = None, blendshapes: bool = True) -> None:
    """Label one of ``SETS``, going on where it was left; without ``blendshapes`` only crops and landmarks, four times
    as fast."""
    teacher = Teacher(data / "face_landmarker.task", blendshapes)
    writer = ShardWriter(cache / name, {"blendshape_names": BLENDSHAPES, "size": size, "source": name})
    if name == "photos":
        photos = Photos(data / "face_photos.zip")
        total = len(photos)
    elif name == "coded":
        frames = coded_frames(data / "coded")
        pictures, total = list(coded_pictures(data / "coded", frames)), len(frames)
    else:
        fer = FerPlus(data / "ferplus.npz", name.removeprefix("ferplus_"))
        total = len(fer)
    total = min(total, limit or total)
    while writer.count < total:
        start = time.monotonic()
        rows = range(writer.count, min(writer.count + SHARD, total))
        if name == "photos":
            arrays = label(teacher, (photos.luma(k) for k in rows), 0.15, size)
            arrays["identity"] = np.array([photos.identities[photos.rows[k].identity] for k in rows], np.int32)
            arrays["emotion"] = np.array([photos.rows[k].emotion for k in rows], np.int8)
        elif name == "coded":
            arrays = label(teacher, (pictures[k] for k in rows), 0.0, size)
            arrays["shows"] = np.array([frames[k].shows for k in rows], np.uint8)
            arrays["known"] = np.array([frames[k].known for k in rows], np.uint8)
        else:
            arrays = label(teacher, (fer.images[k] for k in rows), 1 / 3, size)
            arrays["identity"] = np.full(len(rows), -1, np.int32)
            arrays["votes"] = np.asarray(fer.votes[rows.start : rows.stop], np.uint8)
        if teacher.names and teacher.names != BLENDSHAPES:
            raise SourceError(f"{data / 'face_landmarker.task'}: other blendshapes: {teacher.names}")
        arrays["index"] = np.array(rows, np.int32)
        writer.append(**arrays)
        rate = len(rows) / (time.monotonic() - start)
        print(f"{name} {writer.count}/{total}, found {arrays['found'].mean():.3f}, {rate:.1f} a second", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sets", nargs="+", choices=SETS)
    parser.add_argument("--data", help="folder of the sources (or NORFACE_DATA)")
    parser.add_argument("--cache", help="folder of the sets (or NORFACE_CACHE)")
    parser.add_argument("--limit", type=int, help="only the first of each set")
    parser.add_argument("--landmarks-only", action="store_true", help="no blendshapes for the rows still to come")
    options = parser.parse_args()
    try:
        for name in options.sets:
            run(
                folder(options.data, "NORFACE_DATA"),
                folder(options.cache, "NORFACE_CACHE"),
                name,
                limit=options.limit,
                blendshapes=not options.landmarks_only,
            )
    except (SourceError, OSError) as error:
        sys.exit(f"label: {error}")


if __name__ == "__main__":
    main()
