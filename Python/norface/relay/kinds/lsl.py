"""Lab Streaming Layer: a stream `Expression` for each source and face, and one of `Markers`."""

from __future__ import annotations

import math
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ..errors import UNAVAILABLE, USAGE, Failure
from ..items import Item
from .base import Target

# Name, unit, and where the value is in a face.
_HEAD = [
    ("track", "none", "track"),
    ("score", "0-1", "score"),
    ("quality", "0-1", "quality"),
    ("pitch", "degrees", "pitch"),
    ("yaw", "degrees", "yaw"),
    ("roll", "degrees", "roll"),
    ("speaking", "0-1", "speaking"),
]
_BOX = ["box_x", "box_y", "box_width", "box_height"]
_GAZE = ["yaw", "pitch", "head_yaw", "head_pitch", "error"]
# Seconds of the stream after which the place of a face that is not seen is given to another.
_PATIENCE = 2.0
_REMEASURE = 10.0


@dataclass
class Slots:
    """Which face is in which of a source's streams: a track keeps its place while it is seen, and two seconds longer."""

    count: int
    _tracks: dict[int, tuple[Any, float]] = field(default_factory=dict)
    beyond: int = 0

    def place(self, faces: Sequence[dict[str, Any]], pts: float) -> dict[int, dict[str, Any]]:
        """The faces by their places, from 0. Faces that find none are counted in `beyond`."""
        for slot, (_, seen) in list(self._tracks.items()):
            if not 0 <= pts - seen <= _PATIENCE:
                del self._tracks[slot]
        known = {track: slot for slot, (track, _) in self._tracks.items()}
        placed: dict[int, dict[str, Any]] = {}
        for face in sorted(faces, key=lambda face: face["track"] not in known):
            slot = known.get(face["track"])
            if slot is None:
                slot = next((n for n in range(self.count) if n not in self._tracks), None)
            if slot is None:
                self.beyond += 1
                continue
            self._tracks[slot] = (face["track"], pts)
            placed[slot] = face
        return placed

    def end(self, track: Any) -> None:
        for slot, (held, _) in list(self._tracks.items()):
            if held == track:
                del self._tracks[slot]


@dataclass
class Clock:
    """From times of capture to LSL's clock. The offset between them is measured again each ten seconds, for UTC is corrected."""

    local: Any
    offset: float = 0
    _measured: float = -math.inf
    _anchors: dict[tuple[str, int], float] = field(default_factory=dict)

    def of(self, item: Item) -> float:
        """Of a line with `time`: its capture. Without (files): `pts` counted from when the epoch's first line came."""
        if item.data.get("time"):
            self._measure()
            return datetime.fromisoformat(item.data["time"].replace("Z", "+00:00")).timestamp() + self.offset
        if item.source is None or item.data.get("pts") is None:
            return self.local()
        pts = float(item.data["pts"])
        return self._anchors.setdefault((item.source, item.data.get("epoch", 0)), self.local() - pts) + pts

    def _measure(self) -> None:
        now = time.monotonic()
        if now - self._measured >= _REMEASURE:
            self._measured = now
            # The quickest of a few readings has the least error.
            readings = []
            for _ in range(5):
                before = self.local()
                utc = time.time()
                after = self.local()
                readings.append((after - before, (before + after) / 2 - utc))
            self.offset = min(readings)[1]


@dataclass
class LSL(Target):
    """Values that are not known, and all values of a place without a face, are NaN; `faces` is the number in the frame."""

    slots: int
    prefix: str
    _lsl: Any = None
    _clock: Any = None
    _markers: Any = None
    _labels: tuple[list[str], list[str]] | None = None
    _outlets: dict[tuple[str, int], Any] = field(default_factory=dict)
    _places: dict[str, Slots] = field(default_factory=dict)

    @staticmethod
    def add_options(parser: ArgumentParser) -> None:
        parser.add_argument("--slots", type=int, default=1, metavar="N", help="faces of a source at a time, a stream each (1)")
        parser.add_argument("--prefix", default="norface", help="of the streams' names (norface)")

    @classmethod
    def of(cls, options: Namespace) -> LSL:
        if not 1 <= options.slots <= 64:
            raise Failure(USAGE, "--slots takes 1 to 64")
        return cls(options.slots, options.prefix)

    def open(self) -> None:
        try:
            import pylsl
        except (ImportError, RuntimeError, OSError) as error:
            # pylsl raises RuntimeError where the library itself, liblsl, is missing.
            reason = str(error).strip().splitlines()[0]
            raise Failure(UNAVAILABLE, f"this kind needs pylsl and liblsl: pip install 'norface[relay]' ({reason})") from None
        self._lsl = pylsl
        self._clock = Clock(pylsl.local_clock)
        info = pylsl.StreamInfo(
            f"{self.prefix}.markers", "Markers", 1, pylsl.IRREGULAR_RATE, pylsl.cf_string, f"{self.prefix}.markers"
        )
        self._markers = pylsl.StreamOutlet(info)

    def send(self, items: Sequence[Item]) -> None:
        for item in items:
            if item.is_record:
                self._push(item)
            else:
                self._mark(item)

    def _mark(self, item: Item) -> None:
        """A marker is its own text; any other event is its line."""
        if item.event == "run":
            labels = item.data.get("labels") or {}
            known = (list(labels.get("au") or []), list(labels.get("emotions") or []))
            if known != self._labels:
                # Another bundle: streams with other channels.
                self._outlets.clear()
            self._labels = known
        if item.event == "track_ended" and item.source in self._places:
            self._places[item.source].end(item.data.get("track"))
        text = item.data["marker"] if item.event == "marker" and "marker" in item.data else item.line.decode()
        self._markers.push_sample([text], self._clock.of(item))

    def _push(self, item: Item) -> None:
        faces = item.data.get("faces") or []
        if self._labels is None:
            if not faces:
                return
            # A file has no description of its run before its records.
            self._labels = (list(faces[0].get("au") or {}), list(faces[0].get("emotions") or {}))
        source = str(item.source)
        places = self._places.setdefault(source, Slots(self.slots))
        placed = places.place(faces, float(item.data.get("pts") or 0))
        stamp = self._clock.of(item)
        for slot in range(self.slots):
            outlet = self._outlets.get((source, slot)) or self._make(source, slot, "utc" if item.data.get("time") else "pts")
            outlet.push_sample(values(item, placed.get(slot), len(faces), self._labels), stamp)

    def _make(self, source: str, slot: int, clock: str) -> Any:
        assert self._labels is not None
        channels = channels_of(self._labels)
        name = f"{self.prefix}.{source}.{slot}"
        lsl = self._lsl
        info = lsl.StreamInfo(name, "Expression", len(channels), lsl.IRREGULAR_RATE, lsl.cf_double64, name)
        description = info.desc()
        # Where a time stamp comes from, and what was added to UTC to have LSL's clock when the stream began.
        origin = description.append_child("clock")
        origin.append_child_value("origin", clock)
        if clock == "utc":
            origin.append_child_value("offset", f"{self._clock.offset:.6f}")
        description.append_child_value("source", source)
        description.append_child_value("slot", str(slot))
        parent = description.append_child("channels")
        for label, kind, unit in channels:
            channel = parent.append_child("channel")
            channel.append_child_value("label", label)
            channel.append_child_value("type", kind)
            channel.append_child_value("unit", unit)
        self._outlets[(source, slot)] = lsl.StreamOutlet(info)
        return self._outlets[(source, slot)]

    def remarks(self) -> list[str]:
        beyond = {source: places.beyond for source, places in self._places.items() if places.beyond}
        return [f"{count} faces of {source} found no stream; --slots gives more" for source, count in sorted(beyond.items())]

    def close(self) -> None:
        self._outlets.clear()
        self._markers = None


def channels_of(labels: tuple[list[str], list[str]]) -> list[tuple[str, str, str]]:
    """Label, type and unit of each channel."""
    units, emotions = labels
    channels = [("seq", "FrameNumber", "none"), ("dropped", "Frames", "none"), ("faces", "Count", "none")]
    channels += [(label, "Head" if unit == "degrees" else "Face", unit) for label, unit, _ in _HEAD]
    channels += [(label, "Box", "pixels") for label in _BOX]
    channels += [(f"gaze_{name}", "Gaze", "degrees") for name in _GAZE]
    channels += [(unit, "ActionUnit", "intensity_0_5") for unit in units]
    return channels + [(emotion, "Emotion", "probability") for emotion in emotions]


def values(item: Item, face: dict[str, Any] | None, faces: int, labels: tuple[list[str], list[str]]) -> list[float]:
    """A sample, in the order of `channels_of`; NaN is what the record does not say."""
    face = face or {}
    box = face.get("box") or [None] * 4
    gaze = face.get("gaze") or {}
    units = face.get("au") or {}
    emotions = face.get("emotions") or {}
    sample = [item.data.get("seq"), item.data.get("dropped"), faces]
    sample += [face.get(key) for _, _, key in _HEAD]
    sample += box
    sample += [gaze.get(name) for name in _GAZE]
    sample += [units.get(name) for name in labels[0]]
    sample += [emotions.get(name) for name in labels[1]]
    return [math.nan if value is None else float(value) for value in sample]
