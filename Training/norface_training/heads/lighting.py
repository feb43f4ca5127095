"""Camera and light of both rendered worlds: how a head is placed before the camera, and the light that falls on it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from ..alignment import rotation_matrix
from .model import PIVOT

#: The nearest and, behind the head's pivot, the farthest that is drawn, cm.
NEAR, BEHIND = 10.0, 60.0

#: Model axes (y up, z to the camera) to camera axes (y down, z away): half a turn about x.
TO_CAMERA = np.diag([1.0, -1.0, -1.0]).astype(np.float32)

# The ambient term is the irradiance polynomial of Ramamoorthi & Hanrahan (2001), up to order one plus the two
# second-order terms that matter for skies and floors; the gloss is Blinn's with a fixed view direction.
LIGHTING = """
uniform vec3 key; uniform vec3 fill; uniform vec3 view; uniform vec3 power; uniform vec4 ambient; uniform vec3 gloss;
float lit(vec3 m, vec3 s, float a, float shine, bool eye) {
    float up = dot(m, ambient.xyz);
    float light = power.z * (1.0 + up + ambient.w * (m.y * m.y - 0.33)) * s.z;
    float kl = dot(m, key); float fl = dot(m, fill);
    light += power.x * s.x * max((kl + 0.15) / 1.15, 0.0) + power.y * s.y * max((fl + 0.2) / 1.2, 0.0);
    float value = a * light;
    vec3 h = normalize(key + view);
    value += power.x * s.x * shine * pow(max(dot(m, h), 0.0), gloss.y) * step(0.0, kl);
    if (eye) value += power.x * 0.9 * smoothstep(0.985, 0.995, dot(m, h)) * s.x;
    return value;
}
"""
"""A fragment shader's ``lit``: what a surface of normal ``m``, visibilities ``s`` and albedo ``a`` sends to the camera; ``eye``: with a spark."""


@dataclass
class Light:
    """Directions in camera axes (x right, y down, z away), unit length, pointing to the light."""

    key: np.ndarray = field(default_factory=lambda: np.array([-0.3, -0.5, -0.8], np.float32))
    fill: np.ndarray = field(default_factory=lambda: np.array([0.6, -0.1, -0.8], np.float32))
    up: np.ndarray = field(default_factory=lambda: np.array([0.0, -0.3, -0.15], np.float32))
    key_power: float = 1.1
    fill_power: float = 0.5
    ambient_power: float = 0.35
    sky: float = 0.0
    shine: float = 0.06
    sharpness: float = 14.0
    exposure: float = 1.0


@dataclass
class Camera:
    """A pinhole camera and the head's place before it.

    ``focal`` is in pixels; ``distance`` in cm from the camera to the head's pivot; ``offset`` shifts the pivot's
    image from the middle of the picture, in pixels. Angles in degrees with the signs of Bundle.md.
    """

    width: int = 192
    height: int = 192
    focal: float = 500.0
    distance: float = 90.0
    offset: tuple[float, float] = (0.0, 0.0)
    yaw: float = 0.0
    pitch: float = 0.0
    roll: float = 0.0

    @property
    def rotation(self) -> np.ndarray:
        """The head's turn in camera axes."""
        return rotation_matrix(self.yaw, self.pitch, self.roll).astype(np.float32)

    def place(self, vertices: np.ndarray) -> np.ndarray:
        """Model vertices to camera coordinates, cm."""
        turn = self.rotation @ TO_CAMERA
        return (vertices - PIVOT) @ turn.T + np.array([0, 0, self.distance], np.float32)

    def project(self, vertices: np.ndarray) -> np.ndarray:
        """Model vertices to pixels (origin at the top left corner) and depth relative to the pivot, in pixels of
        its scale (weak perspective), so that x, y, z have one unit."""
        p = self.place(vertices)
        out = np.empty_like(p)
        out[:, 0] = self.focal * p[:, 0] / p[:, 2] + self.width / 2 + self.offset[0]
        out[:, 1] = self.focal * p[:, 1] / p[:, 2] + self.height / 2 + self.offset[1]
        out[:, 2] = (p[:, 2] - self.distance) * self.focal / self.distance
        return out


def set_lights(program, camera: Camera, light: Light, shine: float) -> None:
    """Sets the uniforms of ``LIGHTING``: the lights turned into the head's frame."""
    turn = (camera.rotation @ TO_CAMERA).T
    for name, vector in (("key", light.key), ("fill", light.fill), ("view", np.array([0, 0, -1.0]))):
        program[name] = tuple((turn @ (vector / np.linalg.norm(vector))).tolist())
    program["ambient"] = (*(turn @ light.up).tolist(), float(light.sky))
    program["power"] = (light.key_power, light.fill_power, light.ambient_power)
    program["gloss"] = (shine, light.sharpness, light.exposure)


def in_clip_space(camera: Camera, vertices: np.ndarray) -> np.ndarray:
    """Where model vertices lie for OpenGL, (V, 4) float32."""
    p = camera.place(vertices)
    near, far = NEAR, camera.distance + BEHIND
    z = p[:, 2]
    place = np.empty((len(p), 4), np.float32)
    place[:, 0] = 2 * camera.focal * p[:, 0] / camera.width + z * (2 * camera.offset[0] / camera.width)
    place[:, 1] = 2 * camera.focal * p[:, 1] / camera.height + z * (2 * camera.offset[1] / camera.height)
    place[:, 2] = (far + near) / (far - near) * z - 2 * far * near / (far - near)
    place[:, 3] = z
    return place
