"""DISFA (S. Mavadati et al., 2013).

Layout, as distributed::

    ROOT/Videos_LeftCamera/LeftVideoSN001_comp.avi
    ROOT/ActionUnit_Labels/SN001/SN001_au1.txt       lines "frame,intensity", frames from 1, intensity 0-5
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from .sequences import LayoutError, Sequence, existing, number_rows, set_unit, unknown

UNITS = (1, 2, 4, 5, 6, 9, 12, 15, 17, 20, 25, 26)
F1_UNITS = (1, 2, 4, 6, 9, 12, 25, 26)
"""The eight units whose F1 is reported, present from intensity 2 on."""

PRESENT = 2.0


def _subjects(numbers: str) -> tuple[str, ...]:
    return tuple(f"SN{n}" for n in numbers.split())


FOLDS: tuple[tuple[str, ...], ...] = (
    _subjects("001 002 009 010 016 026 027 030 032"),
    _subjects("006 011 012 013 018 021 024 028 031"),
    _subjects("003 004 005 007 008 017 023 025 029"),
)


def read(root: Path, every: int = 1) -> list[Sequence]:
    """One sequence a subject; ``every`` keeps each so-manieth frame."""
    videos, labels = existing(root, "Videos_LeftCamera"), existing(root, "ActionUnit_Labels")
    sequences = [_subject(folder, videos, every) for folder in sorted(labels.iterdir()) if folder.is_dir()]
    if not sequences:
        raise LayoutError(f"{labels}: no subject")
    return sequences


def _subject(folder: Path, videos: Path, every: int) -> Sequence:
    if not re.fullmatch(r"SN\d{3}", folder.name):
        raise LayoutError(f"{folder}: a subject's folder is named SN and three digits")
    video = videos / f"LeftVideo{folder.name}_comp.avi"
    if not video.exists():
        raise LayoutError(f"{video}: missing")
    columns: dict[int, dict[int, float]] = {}
    for unit in UNITS:
        file = folder / f"{folder.name}_au{unit}.txt"
        columns[unit] = {int(frame): value for frame, value in number_rows(file, 2)}
        wrong = [frame for frame, value in columns[unit].items() if not 0 <= value <= 5]
        if wrong:
            raise LayoutError(f"{file}: frame {wrong[0]}: intensity {columns[unit][wrong[0]]:g}")
    frames = sorted(set.intersection(*(set(c) for c in columns.values())))[::every]
    au = unknown(len(frames))
    for i, frame in enumerate(frames):
        for unit, column in columns.items():
            set_unit(au, i, unit, column[frame])
    return Sequence(folder.name, folder.name, [], au, np.full(len(frames), -1), video, [frame - 1 for frame in frames])
