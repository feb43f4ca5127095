"""AffectNet (A. Mollahosseini et al., 2017) and RAF-DB (S. Li et al., 2017).

Layouts, as distributed::

    AffectNet  ROOT/train_set|val_set/images/123.jpg, annotations/123_exp.npy (0-7)
    RAF-DB     ROOT/basic/EmoLabel/list_patition_label.txt ("train_00001.jpg 5"), basic/Image/aligned/train_00001_aligned.jpg
               (or basic/Image/original/train_00001.jpg)
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ..labels import EMOTIONS
from .sequences import LayoutError, Sequence, existing, unknown

AFFECTNET = ("neutral", "happiness", "sadness", "surprise", "fear", "disgust", "anger", "contempt")
"""AffectNet's own order of the expressions 0-7; 8 and more (none, uncertain, no face) are left out."""

RAF = ("surprise", "fear", "disgust", "happiness", "sadness", "anger", "neutral")
"""RAF-DB's own order of the labels 1-7."""


def affectnet(root: Path, part: str) -> list[Sequence]:
    """``part``: ``train`` or ``val``. One sequence of all pictures; the people are not known."""
    folder = existing(root, f"{part}_set")
    images, annotations = existing(folder, "images"), existing(folder, "annotations")
    files, emotions = [], []
    for file in sorted(annotations.glob("*_exp.npy"), key=lambda f: int(f.stem.split("_")[0])):
        try:
            value = int(np.load(file).item())
        except (OSError, ValueError) as error:
            raise LayoutError(f"{file}: not an expression: {error}") from error
        picture = images / f"{file.stem.removesuffix('_exp')}.jpg"
        if not picture.exists():
            raise LayoutError(f"{picture}: missing, though {file.name} labels it")
        if 0 <= value < len(AFFECTNET):
            files.append(picture)
            emotions.append(EMOTIONS.index(AFFECTNET[value]))
    if not files:
        raise LayoutError(f"{annotations}: no labelled picture")
    return [Sequence("unknown", f"{part}_set", files, unknown(len(files)), np.array(emotions))]


def raf(root: Path, part: str) -> list[Sequence]:
    """``part``: ``train`` or ``test``."""
    basic = existing(root, "basic")
    listing = basic / "EmoLabel" / "list_patition_label.txt"
    try:
        lines = listing.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise LayoutError(f"{listing}: {error.strerror}") from error
    files, emotions = [], []
    for number, line in enumerate(lines, 1):
        words = line.split()
        if not words:
            continue
        if len(words) != 2 or not words[1].isdigit() or not 1 <= int(words[1]) <= len(RAF):
            raise LayoutError(f"{listing}:{number}: expected a file name and a label 1-7, found {line!r}")
        if words[0].startswith(f"{part}_"):
            files.append(_raf_picture(basic, words[0]))
            emotions.append(EMOTIONS.index(RAF[int(words[1]) - 1]))
    if not files:
        raise LayoutError(f"{listing}: no picture of the part {part!r}")
    return [Sequence("unknown", part, files, unknown(len(files)), np.array(emotions))]


def _raf_picture(basic: Path, name: str) -> Path:
    stem = name.rsplit(".", 1)[0]
    candidates = [basic / "Image" / "original" / name, basic / "Image" / "aligned" / f"{stem}_aligned.jpg"]
    for file in candidates:
        if file.exists():
            return file
    raise LayoutError(f"{candidates[0]}: missing, and so is {candidates[1].name}")
