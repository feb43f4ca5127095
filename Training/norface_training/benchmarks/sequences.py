"""What every data set is read into: sequences of frames of one subject, with labels where they are known."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from ..labels import AU_INDEX, AUS


class LayoutError(ValueError):
    """A data set that is not laid out as its publishers do it; the message names the file or folder."""


@dataclass
class Sequence:
    """Frames of one subject. ``au`` ``[T, 20]`` holds intensities or occurrences, NaN where not coded; ``emotion`` ``[T]`` is an index
    of ``labels.EMOTIONS``, -1 where unknown. Frames are files, or the numbers of a video's frames (from zero)."""

    subject: str
    name: str
    files: list[Path]
    au: np.ndarray
    emotion: np.ndarray
    video: Path | None = None
    numbers: list[int] | None = None

    def __len__(self) -> int:
        return len(self.au)

    def frames(self) -> Iterator[np.ndarray]:
        """Luma pictures ``[H, W]`` uint8, in order."""
        if self.video is not None:
            yield from video_frames(self.video, self.numbers or [])
            return
        for file in self.files:
            yield read_luma(file)


def read_luma(file: Path) -> np.ndarray:
    try:
        with Image.open(file) as picture:
            return np.asarray(picture.convert("L"))
    except (OSError, SyntaxError) as error:
        raise LayoutError(f"{file}: not a readable picture: {error}") from error


def video_frames(video: Path, numbers: list[int]) -> Iterator[np.ndarray]:
    """The frames of those numbers, decoded by ffmpeg."""
    probe = ["ffprobe", "-v", "error", "-select_streams", "v:0", "-show_entries", "stream=width,height", "-of", "csv=p=0", str(video)]
    decode = ["ffmpeg", "-v", "error", "-i", str(video), "-fps_mode", "passthrough", "-f", "rawvideo", "-pix_fmt", "gray", "-"]
    try:
        size = subprocess.run(probe, capture_output=True, text=True, check=True).stdout.strip().split(",")
        width, height = int(size[0]), int(size[1])
    except FileNotFoundError as error:
        raise LayoutError(f"{video}: reading videos needs ffmpeg") from error
    except (subprocess.CalledProcessError, ValueError, IndexError) as error:
        raise LayoutError(f"{video}: not a readable video") from error
    wanted, last = set(numbers), max(numbers, default=-1)
    with subprocess.Popen(decode, stdout=subprocess.PIPE) as process:
        for number in range(last + 1):
            data = process.stdout.read(width * height)
            if len(data) < width * height:
                process.kill()
                raise LayoutError(f"{video}: ends at frame {number}, labels reach frame {last}")
            if number in wanted:
                yield np.frombuffer(data, np.uint8).reshape(height, width)
        process.kill()


def unknown(frames: int) -> np.ndarray:
    """``[T, 20]`` of NaN."""
    return np.full((frames, len(AUS)), np.nan, np.float32)


def set_unit(au: np.ndarray, row: int, number: int, value: float) -> None:
    """Sets a unit if it is one of ours; others are ignored."""
    if number in AU_INDEX:
        au[row, AU_INDEX[number]] = value


def existing(folder: Path, *names: str) -> Path:
    """The first of several spellings of a subfolder that exists."""
    for name in names:
        if (folder / name).is_dir():
            return folder / name
    raise LayoutError(f"{folder}: none of the folders {', '.join(names)} is there")


def number_rows(file: Path, columns: int | None = None) -> list[list[float]]:
    """Rows of comma-separated numbers; a word, or a row of another length, is an error that names the line."""
    rows: list[list[float]] = []
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise LayoutError(f"{file}: {error}") from error
    for line, content in enumerate(text.splitlines(), 1):
        if not content.strip():
            continue
        try:
            row = [float(cell) for cell in content.replace(";", ",").split(",")]
        except ValueError as error:
            raise LayoutError(f"{file}:{line}: {error}") from error
        if len(row) != (columns or (len(rows[0]) if rows else len(row))):
            raise LayoutError(f"{file}:{line}: {len(row)} columns where {columns or len(rows[0])} are expected")
        rows.append(row)
    if not rows:
        raise LayoutError(f"{file}: empty")
    return rows
