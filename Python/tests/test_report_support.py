"""Records made for the tests of the report: a dialogue with known faults."""

from __future__ import annotations

import json
import math
import os
import shutil
from pathlib import Path

import numpy as np

#: The command, on the PATH or named by NORFACE, and what it is tried on.
NORFACE = os.environ.get("NORFACE") or shutil.which("norface")
SAMPLE = Path(__file__).parents[2] / "Tests" / "Fixtures" / "sample.mp4"

UNITS = [
    "AU01",
    "AU02",
    "AU04",
    "AU05",
    "AU06",
    "AU07",
    "AU09",
    "AU10",
    "AU12",
    "AU14",
    "AU15",
    "AU17",
    "AU18",
    "AU20",
    "AU23",
    "AU24",
    "AU25",
    "AU26",
    "AU28",
    "AU43",
]
SIDES = ["AU01", "AU02", "AU04", "AU05", "AU06", "AU07", "AU09", "AU10", "AU12", "AU14", "AU15", "AU20", "AU24", "AU43"]
EMOTIONS = ["neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear", "contempt"]
REGIONS = [f"{part}_{side}" for part in ("brow", "eye", "cheek", "mouth") for side in ("left", "right")]


def _rounded(values: dict[str, float], decimals: int) -> dict[str, float | None]:
    return {name: None if math.isnan(value) else round(value, decimals) for name, value in values.items()}


def face(
    track: int, seq: int, seconds: float, random: np.random.Generator, *, hidden: bool, quality: float, certain: bool
) -> dict:
    """One face of a record, with every field that records have."""
    wave = {
        unit: max(0.0, 2.6 * math.sin(seconds * (0.11 + 0.013 * i) + i + track) - 1.2 + 0.25 * random.standard_normal())
        for i, unit in enumerate(UNITS)
    }
    if seq % 110 in range(40 + track, 46 + track):
        wave["AU43"] = 4.2
    raw = dict(wave)
    if hidden:
        for unit in UNITS[8:19]:
            wave[unit] = math.nan
    smile = min(0.95, max(0.01, wave["AU12"] / 3 if not hidden else 0.3))
    emotions = {name: (1 - smile) / 8 for name in EMOTIONS} | {"happiness": smile}
    emotions["neutral"] = max(0.0, 1 - sum(value for name, value in emotions.items() if name != "neutral"))
    au = _rounded(wave, 3)
    visible = {region: 0.2 if hidden and region.startswith("mouth") else 0.97 for region in REGIONS}
    gaze = [round(9 * math.sin(seconds * 0.7 + track), 1), round(5 * math.cos(seconds * 0.31), 1), -3.2, 1.1]
    return {
        "track": track,
        "certain": certain,
        "box": [100.0 * track, 80.0, 120.0, 140.0],
        "score": 0.99,
        "pitch": round(4 * math.sin(seconds / 9), 1),
        "yaw": round(20 * math.sin(seconds / 7 + track), 1),
        "roll": 1.5,
        "gaze": {
            "yaw": gaze[0],
            "pitch": gaze[1],
            "head_yaw": -3.2,
            "head_pitch": 1.1,
            "error": 4.0,
            "left": gaze,
            "right": gaze,
        },
        "quality": quality,
        "visible": visible,
        "au": au,
        "au_raw": _rounded(raw, 3),
        "au_left": {u: au[u] for u in SIDES},
        "au_right": {u: au[u] for u in SIDES},
        "present": [u for u, value in au.items() if value is not None and value >= 1],
        "emotion": max(emotions, key=lambda name: emotions[name]),
        "emotions": _rounded(emotions, 4),
        "baseline": "learning" if seconds < 8 else "settled",
        "speaking": 0.4,
    }


def segments(rows: list[dict], source: str) -> list[dict]:
    """Events that follow from records: stretches of `present`, and a blink wherever AU43 rises above 4."""
    begun: dict[tuple[int, str], list] = {}
    found = []
    for row in [*rows, {"pts": math.inf, "faces": []}]:
        now = {(f["track"], unit): f["au"][unit] for f in row["faces"] for unit in f["present"]}
        for key in [key for key in begun if key not in now]:
            times, values = zip(*begun.pop(key), strict=True)
            peak = max(values)
            span = {"onset": times[0], "apex": times[values.index(peak)], "offset": times[-1], "peak": peak}
            head = {"v": 1, "source": source, "pts": times[0], "epoch": 0, "time": None, "track": key[0]}
            found.append({**head, "event": "segment", "unit": key[1], **span, "mean": round(sum(values) / len(values), 3)})
            if key[1] == "AU43" and peak >= 4:
                found.append({**head, "event": "blink", "eyes": "both", **span, "peak": 0.93, "complete": True})
        for key, value in now.items():
            begun.setdefault(key, []).append((row["pts"], value))
    return sorted(found, key=lambda event: event["pts"])


def write_recording(
    path: Path, frames: int = 900, people: int = 2, fps: float = 30.0, *, events: bool = True, meta: bool = True, seed: int = 7
) -> Path:
    """Writes a recording with known faults.

    Nobody is there from 20 to 30 %, the second person leaves at 60 %, the mouth is hidden from 40 to 45 %, quality is low from
    50 to 52 %, identity uncertain from 70 to 71 %; two frames are damaged, and five dropped.
    """
    random = np.random.default_rng(seed)
    rows = []
    for seq in range(frames):
        part, seconds = seq / frames, round(seq / fps, 6)
        faces = []
        for track in range(1, people + 1):
            if 0.2 <= part < 0.3 or (track == 2 and part >= 0.6):
                continue
            quality = 0.31 if 0.5 <= part < 0.52 else 0.92
            faces.append(
                face(track, seq, seconds, random, hidden=0.4 <= part < 0.45, quality=quality, certain=not 0.7 <= part < 0.71)
            )
        row = {
            "v": 1,
            "source": path.stem + ".mp4",
            "seq": seq,
            "pts": seconds,
            "epoch": 0,
            "time": None,
            "dropped": 5 if seq == frames // 3 else 0,
        }
        row |= {"width": 640, "height": 360}
        if seq in (frames // 2, frames // 2 + 1):
            row["damaged"] = True
        rows.append(row | {"faces": faces})
    path.write_text("".join(json.dumps(row, separators=(",", ":")) + "\n" for row in rows))
    found = segments(rows, path.stem + ".mp4") if events else []
    if events:
        path.with_suffix(".events.jsonl").write_text("".join(json.dumps(event) + "\n" for event in found))
    if meta:
        complete = {"records": frames, "frames": frames, "damaged": 2, "bytes": path.stat().st_size}
        labels = {"au": UNITS, "sides": SIDES, "emotions": EMOTIONS}
        described = {
            "program": "norface 0.9.0",
            "started": "2026-11-22T08:16:27.066Z",
            "labels": labels,
            "model": {"name": "norface-s", "version": "3"},
            "smoothing": {"au": 0.4},
            "settings": {"events": True, "detect_every": 5},
            "versions": {"swift": "6.2"},
            "sources": [{"name": path.stem + ".mp4", "input": path.stem + ".mp4"}],
            "complete": complete,
        }
        path.with_suffix(".meta.json").write_text(json.dumps(described))
    return path
