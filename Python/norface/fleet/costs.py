"""What a camera takes of a machine. The figures were measured (`Documentation/Cameras.md`)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from .inventory import Camera

# Frames of 640x360 that one core analyses a second, when each camera is looked at once a second, and that it decodes.
RATE_PER_CORE = 40.0
DECODED_PER_CORE = 650.0
_PIXELS = 640 * 360
# How much more a frame of four times the pixels takes: (factor - 1) / 3.
_ANALYSIS_SLOPE = 0.1
_DECODING_SLOPE = 0.75
# Megabytes of a daemon without cameras, and of a camera of 640x360 with the networks' buffers and its frames.
_BASE = 130.0
_CAMERA = 20.0
_MEMORY_SLOPE = 0.35


@dataclass(frozen=True)
class Costs:
    """Processor time and memory of cameras.

    Attributes:
        rate_per_core: frames of 640x360 that a core analyses a second.
        decoded_per_core: frames of 640x360 that a core decodes a second: all that a camera sends are decoded.
        fill: the share of a machine that a plan may use. The rest is for people: more faces cost more.
    """

    rate_per_core: float = RATE_PER_CORE
    decoded_per_core: float = DECODED_PER_CORE
    fill: float = 0.7

    def cores(self, camera: Camera) -> float:
        """Cores that are busy with a camera."""
        more = camera.size[0] * camera.size[1] / _PIXELS - 1
        analysis = camera.rate / self.rate_per_core * max(0.5, 1 + _ANALYSIS_SLOPE * more)
        decoding = camera.fps / self.decoded_per_core * max(0.2, 1 + _DECODING_SLOPE * more)
        return analysis + decoding

    def megabytes(self, cameras: Iterable[Camera]) -> float:
        """Memory of a daemon with these cameras."""
        factors = [max(0.5, 1 + _MEMORY_SLOPE * (one.size[0] * one.size[1] / _PIXELS - 1)) for one in cameras]
        return _BASE + _CAMERA * sum(factors)
