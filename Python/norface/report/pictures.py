"""Small pictures out of the video at the peaks of each face."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from .clock import spell
from .names import unit_title
from .numbers import FaceNumbers, RecordingNumbers, column
from .page import Picture

#: Pictures of a face.
MOST_PICTURES = 8
#: Least intensity of a peak that gets a picture.
LEAST_PEAK = 1.0
#: Seconds that the time of a frame in the records and in the video may differ.
SAME_TIME = 0.002
#: Width and height of a picture, pixels.
SIZE = 160


class PictureError(Exception):
    """Pictures cannot be taken. `code` is the exit code of the command."""

    def __init__(self, code: int, text: str) -> None:
        self.code = code
        super().__init__(text)


@dataclass
class Peak:
    """The moment at which a unit was strongest."""

    track: int
    unit: str
    value: float
    #: Row of the recording's frames.
    frame: int
    #: x, y, width, height, as shares of the frame's.
    box: tuple[float, float, float, float]


def find_peaks(face: FaceNumbers, numbers: RecordingNumbers) -> list[Peak]:
    """The strongest moment of each unit that was shown, the strongest units first; no frame twice."""
    found = []
    boxes = np.stack([column(face.rows, f"box_{name}") for name in ("x", "y", "width", "height")], axis=1)
    for unit in numbers.units:
        values = column(face.rows, unit)
        if not np.isfinite(values).any():
            continue
        row = int(np.nanargmax(values))
        if values[row] < LEAST_PEAK or not np.isfinite(boxes[row]).all():
            continue
        frame = int(face.at[row])
        size = numbers.frames.iloc[frame]
        x, y, width, height = boxes[row] / np.array([size["width"], size["height"]] * 2, float)
        found.append(Peak(face.track, unit, float(values[row]), frame, (x, y, width, height)))
    found.sort(key=lambda peak: -peak.value)
    kept: dict[int, Peak] = {}
    for peak in found:
        kept.setdefault(peak.frame, peak)
    return list(kept.values())[:MOST_PICTURES]


def _decoded(video: Path, wanted: list[float], near: float, stream: int | None) -> Iterator[tuple[float, Any]]:
    """The frames of a video at the wanted times (seconds of the stream, growing): (the time that was wanted, the frame).

    A time at which there is no frame is left out.
    """
    import av

    with av.open(str(video)) as container:
        own = container.streams[stream] if stream is not None and stream < len(container.streams) else None
        source = own if own is not None and own.type == "video" else container.streams.video[0]
        source.thread_type = "AUTO"
        for time in wanted:
            container.seek(int(max(0.0, time - 0.5) / source.time_base), stream=source, backward=True)
            for frame in container.decode(source):
                if frame.time is not None and frame.time > time - near:
                    if frame.time < time + near:
                        yield time, frame
                    break


def _upright(frame: Any, mirrored: bool) -> Any:
    """A frame as it is shown, as a picture of Pillow's."""
    from PIL import Image

    picture = frame.to_image()
    if rotation := round(getattr(frame, "rotation", 0) or 0):
        picture = picture.rotate(rotation, expand=True)
    return picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT) if mirrored else picture


def _cut(picture: Any, box: tuple[float, float, float, float], aspect: float) -> str:
    """The face with some room around it, as a `data:` address."""
    x, y, width, height = box
    wide, high = picture.width, picture.height
    middle_x, middle_y = (x + width / 2) * wide, (y + height / 2) * high
    # Where pixels are not square, fewer or more of them make the same width.
    half = 0.72 * max(width * wide * aspect, height * high)
    area = (middle_x - half / aspect, middle_y - half, middle_x + half / aspect, middle_y + half)
    made = picture.crop(tuple(round(edge) for edge in area)).resize((SIZE, SIZE))
    buffer = io.BytesIO()
    made.convert("RGB").save(buffer, "JPEG", quality=80, optimize=True)
    return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")


def _aspect(text: Any) -> float:
    try:
        wide, high = (float(part) for part in str(text).split(":"))
        return wide / high if wide > 0 and high > 0 else 1.0
    except ValueError:
        return 1.0


def peak_pictures(video: Path, numbers: RecordingNumbers, faces: list[FaceNumbers]) -> dict[int, list[Picture]]:
    """Pictures of the peaks of these faces, by track.

    Raises:
        PictureError: the video does not exist, cannot be decoded, or is not the one that the records were made of.
    """
    try:
        import av
        import PIL  # noqa: F401
    except ImportError as error:
        raise PictureError(
            70, f"pictures need a library that is missing ({error.name}): pip install 'norface[report]'"
        ) from error
    if not video.is_file():
        raise PictureError(66, f"{video}: no such file")
    size = ((numbers.meta or {}).get("complete") or {}).get("input_bytes")
    if size and size != video.stat().st_size:
        text = f"{video} has {video.stat().st_size:,} bytes, the records were made of a file of {size:,}: another video"
        raise PictureError(65, text)
    peaks = [peak for face in faces for peak in find_peaks(face, numbers)]
    if not peaks:
        return {}
    pts = numbers.frames["pts"].to_numpy(float)
    epoch = numbers.frames["epoch"].to_numpy() if "epoch" in numbers.frames else np.zeros(len(pts))
    if len(np.unique(epoch)) > 1:
        raise PictureError(65, "the records have breaks, so that their times are no places in a file: there can be no pictures")
    told = (numbers.meta or {}).get("video") or {}
    wanted = sorted({float(pts[peak.frame]) for peak in peaks})
    pictures: dict[float, Any] = {}
    try:
        for time, frame in _decoded(video, wanted, SAME_TIME, told.get("stream")):
            pictures[time] = _upright(frame, bool(told.get("mirrored")))
    except (av.FFmpegError, IndexError) as error:
        raise PictureError(65, f"{video} cannot be decoded: {error}") from error
    if len(pictures) < len(wanted):
        raise PictureError(65, f"{video} lacks frames at the times of the records: it is not the video that they were made of")
    size = numbers.frames.iloc[peaks[0].frame]
    first = next(iter(pictures.values()))
    if (first.width, first.height) != (int(size["width"]), int(size["height"])):
        raise PictureError(
            65,
            f"{video} is {first.width} x {first.height}, the records are of {int(size['width'])} x "
            f"{int(size['height'])}: another video",
        )
    found: dict[int, list[Picture]] = {}
    aspect = _aspect(told.get("pixel_aspect"))
    for peak in peaks:
        picture = pictures.get(float(pts[peak.frame]))
        if picture is None:
            continue
        at = float(numbers.clock.times[peak.frame])
        alt = f"Face {peak.track} at the peak of {unit_title(peak.unit)}, {spell(at, decimals=1)}"
        caption = f"{unit_title(peak.unit)} {peak.value:.1f} at {spell(at, decimals=1)}"
        found.setdefault(peak.track, []).append(Picture(_cut(picture, peak.box, aspect), alt, caption, at))
    return found
