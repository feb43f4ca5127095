"""Names that an inventory may use. A test holds the lists against the daemon's own configuration."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

ANALYSIS = (
    *(
        "max_rate",
        "thinning",
        "zones",
        "mask",
        "max_faces",
        "detector",
        "detection_interval",
        "search_interval",
        "smallest_face",
        "min_score",
    ),
    *("min_presence", "min_quality", "confirmations", "patience", "memory", "smoothing", "baseline", "smoothing_parameters"),
    *("thresholds", "events", "segment_least", "segment_gap", "blink_closure", "landmarks", "head", "focal", "derived"),
)
CAPTURE = (
    *("transport", "open_timeout", "first_frame_timeout", "stall_timeout", "reconnect_limit", "healthy_after", "realtime"),
    *(
        "loop",
        "decoder_threads",
        "decoder",
        "clock",
        "aspect",
        "device_format",
        "device_size",
        "device_rate",
        "probe_size",
        "probe_duration",
        "libav",
    ),
)
# What holds names of its own: `analysis.thresholds.AU12`.
WITH_NAMES = ("analysis.thresholds", "analysis.smoothing_parameters", "capture.libav")
CAMERA = ("name", "url", "url_file", "site", "group", "rate", "fps", "size", "machine", "enabled")
MACHINE = ("name", "cores", "site", "memory", "max_sources")


def camera_keys() -> list[str]:
    return [*CAMERA, *(f"analysis.{key}" for key in ANALYSIS), *(f"capture.{key}" for key in CAPTURE)]


def is_camera_key(name: str) -> bool:
    above, _, below = name.rpartition(".")
    return name in camera_keys() and name not in WITH_NAMES or (above in WITH_NAMES and bool(below))


def unknown(name: str, known: Iterable[str]) -> str:
    """What is said of a name that nobody knows."""
    near = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f"unknown key {name!r}" + (f"; did you mean {near[0]}?" if near else "")
