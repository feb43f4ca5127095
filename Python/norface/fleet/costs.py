"""What a camera takes of a machine. The figures were measured (`Documentation/Cameras.md`)."""

from __future__ import annotations

from dataclasses import dataclass

from .inventory import Camera

# Frames that one core analyses a second, when each camera is looked at once a second, whatever their size: 30 ms each.
RATE_PER_CORE = 33.0
# Frames of 640x360 that it decodes: 1.5 ms each; of 1280x720 it is 3.8 ms.
DECODED_PER_CORE = 650.0
_PIXELS = 640 * 360
# How much more a frame takes for each 640x360 pixels more: (3.8 / 1.5 - 1) / 3.
_DECODING_SLOPE = 0.5
# Megabytes of a daemon without cameras, and of a camera of 640x360 with the networks' buffers and its frames; 1280x720 takes 31.
BASE_MEGABYTES = 125.0
_CAMERA = 22.0
_MEMORY_SLOPE = 0.14


@dataclass(frozen=True)
class Costs:
    """Processor time and memory of cameras.

    Attributes:
        rate_per_core: frames that a core analyses a second.
        decoded_per_core: frames of 640x360 that a core decodes a second: all that a camera sends are decoded.
        fill: the share of a machine that a plan may use. The rest is for people: more faces cost more.
    """

    rate_per_core: float = RATE_PER_CORE
    decoded_per_core: float = DECODED_PER_CORE
    fill: float = 0.7

    def cores(self, camera: Camera) -> float:
        """Cores that are busy with a camera."""
        more = camera.size[0] * camera.size[1] / _PIXELS - 1
        decoding = camera.fps / self.decoded_per_core * max(0.2, 1 + _DECODING_SLOPE * more)
        return camera.rate / self.rate_per_core + decoding

    def megabytes(self, camera: Camera) -> float:
        """Memory that a daemon takes more with a camera."""
        return _CAMERA * max(0.5, 1 + _MEMORY_SLOPE * (camera.size[0] * camera.size[1] / _PIXELS - 1))
