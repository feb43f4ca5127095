"""BP4D and BP4D+ (X. Zhang et al., 2014; Z. Zhang et al., 2016).

Layout, as distributed (folder names vary between copies; the listed spellings are found)::

    ROOT/2D+3D/F001/T1/2440.jpg                   pictures by subject and task ("Sequences(2D+3D)", "images" too)
    ROOT/AUCoding/AU_OCC/F001_T1.csv              a header of unit numbers, then frame, 0 / 1 / 9 (not coded)
    ROOT/AUCoding/AU_INT/AU06/F001_T1_AU06.csv    frame, intensity 0-5, 9 (BP4D: AU06 10 12 14 17)
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from .sequences import LayoutError, Sequence, existing, number_rows, set_unit, unknown

BP4D_UNITS = (1, 2, 4, 6, 7, 10, 12, 14, 15, 17, 23, 24)
BP4D_INTENSITY_UNITS = (6, 10, 12, 14, 17)

BP4D_FOLDS: tuple[tuple[str, ...], ...] = (
    ("F001", "F002", "F008", "F009", "F010", "F016", "F018", "F023", "M001", "M004", "M007", "M008", "M012", "M014"),
    ("F003", "F005", "F011", "F013", "F020", "F022", "M002", "M005", "M010", "M011", "M013", "M016", "M017", "M018"),
    ("F004", "F006", "F007", "F012", "F014", "F015", "F017", "F019", "F021", "M003", "M006", "M009", "M015"),
)  # fmt: skip
"""The subjects of the three folds that the field reports on (K. Zhao et al., "Deep region and multi-label learning", 2016)."""

NOT_CODED = 9
_NAME = re.compile(r"([FM]\d{3})_(T\d+)$")


def _pictures(folder: Path) -> dict[int, Path]:
    """Frame numbers to files; names are padded with zeros in some copies and not in others."""
    files = {}
    for file in folder.iterdir():
        if file.suffix.lower() in (".jpg", ".jpeg", ".png"):
            if not file.stem.isdigit():
                raise LayoutError(f"{file}: the name of a frame is a number")
            files[int(file.stem)] = file
    return files


def read(root: Path, intensity: bool = False) -> list[Sequence]:
    """All sequences with their coded frames; ``intensity`` reads AU_INT instead of AU_OCC."""
    pictures = existing(root, "2D+3D", "Sequences(2D+3D)", "Sequences", "images")
    coding = existing(existing(root, "AUCoding", "AU_Coding"), "AU_INT" if intensity else "AU_OCC")
    sequences = [_intensity(coding, folder, pictures) for folder in _takes(pictures)] if intensity else [
        _occurrence(file, pictures) for file in sorted(coding.glob("*.csv"))
    ]  # fmt: skip
    found = [s for s in sequences if s is not None and len(s)]
    if not found:
        raise LayoutError(f"{coding}: no coded sequence")
    return found


def _takes(pictures: Path) -> list[Path]:
    return sorted(take for subject in pictures.iterdir() if subject.is_dir() for take in subject.iterdir() if take.is_dir())


def _folder(pictures: Path, subject: str, task: str, because: Path) -> dict[int, Path]:
    folder = pictures / subject / task
    if not folder.is_dir():
        raise LayoutError(f"{folder}: missing, though {because.name} codes it")
    return _pictures(folder)


def _occurrence(file: Path, pictures: Path) -> Sequence:
    match = _NAME.match(file.stem)
    if not match:
        raise LayoutError(f"{file}: the name is not SUBJECT_TASK.csv")
    rows = number_rows(file)
    units, frames = [int(v) for v in rows[0][1:]], _folder(pictures, *match.groups(), file)
    coded = [row for row in rows[1:] if int(row[0]) in frames and any(v != NOT_CODED for v in row[1:])]
    au = unknown(len(coded))
    for i, row in enumerate(coded):
        for unit, value in zip(units, row[1:], strict=True):
            if value not in (0, 1, NOT_CODED):
                raise LayoutError(f"{file}: frame {int(row[0])}, AU{unit}: {value:g} is none of 0, 1, 9")
            if value != NOT_CODED:
                set_unit(au, i, unit, value)
    files = [frames[int(row[0])] for row in coded]
    return Sequence(match.group(1), file.stem, files, au, np.full(len(coded), -1))


def _intensity(coding: Path, take: Path, pictures: Path) -> Sequence | None:
    subject, task = take.parent.name, take.name
    values: dict[int, dict[int, float]] = {}
    for unit in BP4D_INTENSITY_UNITS:
        file = coding / f"AU{unit:02d}" / f"{subject}_{task}_AU{unit:02d}.csv"
        if file.exists():
            for frame, value in number_rows(file, 2):
                if not (0 <= value <= 5 or value == NOT_CODED):
                    raise LayoutError(f"{file}: frame {int(frame)}: intensity {value:g}")
                if value != NOT_CODED:
                    values.setdefault(int(frame), {})[unit] = value
    frames = _pictures(take)
    coded = sorted(set(values) & set(frames))
    if not coded:
        return None
    au = unknown(len(coded))
    for i, frame in enumerate(coded):
        for unit, value in values[frame].items():
            set_unit(au, i, unit, value)
    return Sequence(subject, f"{subject}_{task}", [frames[f] for f in coded], au, np.full(len(coded), -1))


def even_folds(subjects: list[str], count: int) -> tuple[tuple[str, ...], ...]:
    """Subjects dealt out in sorted order: BP4D+ has no folds that all papers share."""
    ordered = sorted(subjects)
    return tuple(tuple(ordered[i::count]) for i in range(count))
