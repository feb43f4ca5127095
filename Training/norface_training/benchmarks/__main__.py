"""One command a row of the published tables.

    python -m norface_training.benchmarks bp4d ROOT --checkpoint CHECKPOINT --task face_landmarker.task

``bp4d`` and ``bp4d+``: 12 units, F1 (and, with ``--intensity``, ICC(3,1) of five); ``disfa``: F1 of 8 units at intensity 2 and ICC, MAE, MSE
of 12; ``affectnet8``, ``affectnet7``, ``raf``: accuracy. ``--epochs 0`` measures the model as it is, without fitting.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import numpy as np
import torch

from ..export.__main__ import load_model
from ..labels import EMOTIONS
from ..train.checkpoint import CheckpointError
from . import bp4d, disfa, emotions
from .protocol import Tracker, classify, cross_validate, find_faces
from .sequences import LayoutError

NAMES = ("bp4d", "bp4d+", "disfa", "affectnet8", "affectnet7", "raf")

PUBLISHED = {
    "bp4d": "Norface (ECCV 2024): F1 69.3, ICC 0.74", "bp4d+": "Norface: F1 66.7", "disfa": "Norface: F1 72.7, ICC 0.67",
    "affectnet8": "Norface: accuracy 68.69", "affectnet7": "-", "raf": "Norface: accuracy 92.97",
}  # fmt: skip


def media_pipe(task: Path) -> Tracker:
    """Landmarks by MediaPipe's Face Mesh (the optional dependency ``teacher``)."""
    from ..teacher.mediapipe import Teacher

    teacher = Teacher(task, blendshapes=False)
    return lambda luma: teacher(luma, border=0.15).landmarks


def run(name: str, root: Path, model, tracker: Tracker, epochs: int, seed: int, every: int = 1, intensity: bool = False) -> dict:
    """One benchmark's figures."""
    size = model.config.input_size
    if name in ("bp4d", "bp4d+"):
        faces = find_faces(bp4d.read(root, intensity), tracker, size)
        folds = bp4d.BP4D_FOLDS if name == "bp4d" else bp4d.even_folds(list(np.unique(faces.subject)), 4)
        units = bp4d.BP4D_INTENSITY_UNITS if intensity else bp4d.BP4D_UNITS
        return cross_validate(model, faces, folds, units, 1.0, not intensity, epochs, seed)
    if name == "disfa":
        faces = find_faces(disfa.read(root, every), tracker, size)
        result = cross_validate(model, faces, disfa.FOLDS, disfa.UNITS, disfa.PRESENT, False, epochs, seed)
        eight = [result["units"][f"AU{unit:02d}"]["f1"] for unit in disfa.F1_UNITS]
        return result | {"f1_of_eight": float(np.mean(eight))}
    read, parts = (emotions.raf, ("train", "test")) if name == "raf" else (emotions.affectnet, ("train", "val"))
    classes = EMOTIONS if name == "affectnet8" else EMOTIONS[:-1]
    learning = find_faces(read(root, parts[0]), tracker, size) if epochs else None
    return classify(model, learning, find_faces(read(root, parts[1]), tracker, size), classes, epochs, seed)


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("name", choices=NAMES)
    parser.add_argument("root", type=Path)
    parser.add_argument("--checkpoint", type=Path, required=True)
    parser.add_argument("--task", type=Path, help="MediaPipe's face_landmarker.task")
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--every", type=int, default=1, help="DISFA: keep each so-manieth frame")
    parser.add_argument("--intensity", action="store_true", help="BP4D: intensities of five units")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    try:
        model = load_model(options.checkpoint)
        result = run(options.name, options.root, model, media_pipe(options.task), options.epochs, options.seed,
                     options.every, options.intensity)  # fmt: skip
    except (LayoutError, CheckpointError, ValueError, OSError) as error:
        sys.exit(f"benchmarks: {error}")
    print(json.dumps({"benchmark": options.name, "published": PUBLISHED[options.name], "seed": options.seed} | result, indent=1))


if __name__ == "__main__":
    main()
