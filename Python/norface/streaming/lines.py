"""What the lines of a stream hold: dictionaries as they are sent. Documentation/Records.md has the units."""

from __future__ import annotations

from typing import TypeAlias, TypedDict


class Gaze(TypedDict):
    """Where the eyes look, in degrees; `left` and `right` are `[yaw, pitch, head_yaw, head_pitch]`."""

    yaw: float | None
    pitch: float | None
    head_yaw: float | None
    head_pitch: float | None
    error: float | None
    left: list[float | None] | None
    right: list[float | None] | None


class _Track(TypedDict):
    track: int


class Face(_Track, total=False):
    """A face of a record; with `fields` only what was asked for is there."""

    certain: bool
    box: list[float]
    score: float
    pitch: float | None
    yaw: float | None
    roll: float | None
    gaze: Gaze | None
    quality: float | None
    visible: dict[str, float | None] | None
    au: dict[str, float | None]
    au_raw: dict[str, float | None]
    au_left: dict[str, float | None]
    au_right: dict[str, float | None]
    present: list[str]
    emotion: str
    emotions: dict[str, float | None]
    baseline: str
    speaking: float | None
    landmarks: list[float | None]
    head: dict[str, float | None]


class _Head(TypedDict):
    v: int
    source: str
    seq: int
    pts: float | None
    epoch: int
    time: str | None
    dropped: int
    width: int
    height: int
    faces: list[Face]


class Record(_Head, total=False):
    """An analysed frame."""

    drops: dict[str, int]
    damaged: bool
    markers: list[str]


class _Event(TypedDict):
    event: str


class Event(_Event, total=False):
    """Something that happened beside the frames, the keys as far as they apply.

    `disconnected` (with `reason`) and `reconnected` (with `seconds`) are this side's own.
    """

    v: int
    source: str
    pts: float
    epoch: int
    time: str | None
    track: int
    unit: str
    eyes: str
    onset: float
    apex: float
    offset: float
    peak: float
    mean: float
    complete: bool
    rate: float
    cut: str
    marker: str
    reason: str
    count: int
    seconds: float


Line: TypeAlias = Record | Event
