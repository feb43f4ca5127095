"""Eye crops, the truth about gaze and lids, and what the drawn eyes lack: lashes, the lid's shadow, reflections."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw
from scipy import ndimage

from .. import alignment
from ..heads.gl import TO_CAMERA, Camera
from ..heads.model import HeadModel

#: Width and height of an eye crop; the middle of the eye's corners lies at ``MIDDLE``; one pixel is 1/``SCALE`` of the aligned crop's side,
#: so that the eyes' centres would be 0.34 * 192 = 65 pixels apart and an eye is some 31 pixels wide.
WIDTH, HEIGHT, SCALE, MIDDLE = 48, 32, 192, (24.0, 17.0)

#: Corners of the subject's left and right eye: outer, inner.
CORNERS = ((263, 362), (33, 133))

_UPPER = ((263, 466, 388, 387, 386, 385, 384, 398, 362), (33, 246, 161, 160, 159, 158, 157, 173, 133))
_LOWER = ((263, 249, 390, 373, 374, 380, 381, 382, 362), (33, 7, 163, 144, 145, 153, 154, 155, 133))

#: Multi-PIE landmarks of each eye, left first: corner, upper lid, upper lid, corner, lower lid, lower lid.
_RINGS = (slice(42, 48), slice(36, 42))


def eye_transform(landmarks: np.ndarray, side: int) -> tuple[float, float, float, float]:
    """The similarity from image pixels to pixels of the eye crop of ``side`` (0 the subject's left), before mirroring.

    Scale and turn are the aligned crop's; a place of its own for each eye, from its corners.
    """
    a, b, _, _ = alignment.crop_transform(landmarks, SCALE)
    x, y = np.asarray(landmarks, np.float64)[list(CORNERS[side]), :2].mean(0)
    return a, b, MIDDLE[0] - a * x + b * y, MIDDLE[1] - b * x - a * y


def eye_crops(luma: np.ndarray, landmarks: np.ndarray) -> np.ndarray:
    """(2, HEIGHT, WIDTH) uint8: the subject's left eye, and the right one mirrored, each sampled as the aligned crop is."""
    out = []
    above = (WIDTH - HEIGHT) // 2
    for side in (0, 1):
        a, b, c, d = eye_transform(landmarks, side)
        crop = alignment.sample_crop(luma, (a, b, c, d + above), WIDTH)[above : above + HEIGHT]
        out.append(crop[:, ::-1] if side else crop)
    return np.stack(out)


def angles(direction: np.ndarray) -> np.ndarray:
    """Yaw and pitch (..., 2) in degrees of directions (..., 3) in camera axes: yaw positive to the image's right, pitch upwards."""
    d = direction / np.linalg.norm(direction, axis=-1, keepdims=True)
    return np.degrees(np.stack([np.arctan2(d[..., 0], -d[..., 2]), np.arcsin(np.clip(-d[..., 1], -1, 1))], -1))


def direction(yaw_pitch: np.ndarray) -> np.ndarray:
    """The inverse of :func:`angles`: unit vectors (..., 3)."""
    yaw, pitch = np.moveaxis(np.radians(np.asarray(yaw_pitch, np.float64)), -1, 0)
    return np.stack([np.sin(yaw) * np.cos(pitch), -np.sin(pitch), -np.cos(yaw) * np.cos(pitch)], -1)


def towards(ray: np.ndarray) -> np.ndarray:
    """The smallest rotation that takes the view ray (3,) to the camera's axis."""
    r = ray / np.linalg.norm(ray)
    axis = np.cross(r, [0, 0, 1.0])
    sine, cosine = np.linalg.norm(axis), r[2]
    if sine < 1e-9:
        return np.eye(3)
    k = axis / sine
    cross = np.array([[0, -k[2], k[1]], [k[2], 0, -k[0]], [-k[1], k[0], 0]])
    return np.eye(3) + sine * cross + (1 - cosine) * cross @ cross


def unroll(turned: float) -> np.ndarray:
    """The rotation about the camera's axis that undoes a roll of ``turned`` degrees (clockwise in the image)."""
    return alignment.rotation_matrix(0, 0, -turned)


def gaze_of(axes: np.ndarray, places: np.ndarray, camera: Camera, turned: float) -> np.ndarray:
    """(2, 4) degrees: yaw, pitch from the view ray with the roll ``turned`` undone, and yaw, pitch in the head's frame.

    ``axes`` (2, 3) are the eyes' directions in the head model's frame, ``places`` (2, 3) their centres in camera axes.
    """
    out = np.empty((2, 4))
    for k in (0, 1):
        seen = unroll(turned) @ towards(places[k]) @ camera.rotation @ TO_CAMERA @ axes[k]
        out[k] = np.concatenate([angles(seen), angles(TO_CAMERA @ axes[k])])
    return out


def aperture_of(model: HeadModel, vertices: np.ndarray) -> np.ndarray:
    """(2,): the distance of the lids over the eye's width, left first, in three dimensions."""
    out = []
    for ring in _RINGS:
        p = vertices[model.landmarks68[ring]]
        out.append((np.linalg.norm(p[1] - p[5]) + np.linalg.norm(p[2] - p[4])) / 2 / np.linalg.norm(p[0] - p[3]))
    return np.asarray(out)


def _stroke(shape: tuple[int, int], points: np.ndarray, width: float) -> np.ndarray:
    image = Image.new("L", (shape[1] * 4, shape[0] * 4), 0)
    ImageDraw.Draw(image).line([tuple(p * 4) for p in points], fill=255, width=max(1, round(width * 4)), joint="curve")
    return np.asarray(image.resize(shape[::-1], Image.BOX), np.float32) / 255


def dress_eyes(
    rng: np.random.Generator, luma: np.ndarray, points: np.ndarray, irises: np.ndarray, facing: np.ndarray
) -> np.ndarray:
    """Adds lashes, the upper lid's shadow on the ball, and small reflections.

    ``points`` (468, 2 or 3) are the landmarks' true places, ``irises`` (2, 3) the middle and radius of each iris in pixels, ``facing``
    (2,) whether the eye's side of the face is turned to the camera.
    """
    out = luma.astype(np.float32)
    shade, lash, lower_lash = rng.uniform(0.1, 0.55), rng.uniform(0.0, 0.85), rng.uniform(0.0, 0.4)
    reach, thick = rng.uniform(0.05, 0.2), rng.uniform(0.02, 0.075)
    lit = rng.uniform() < 0.5
    spot, window = rng.normal(0, 0.45, 2), rng.uniform(0.08, 0.4, 2)
    for k in (0, 1):
        if not facing[k]:
            continue
        upper, lower = points[list(_UPPER[k]), :2].astype(float), points[list(_LOWER[k]), :2].astype(float)
        eye = np.linalg.norm(upper[0] - upper[-1]) + 1e-3
        low = np.floor(np.minimum(upper.min(0), lower.min(0)) - 0.3 * eye).astype(int).clip(0)
        high = np.ceil(np.maximum(upper.max(0), lower.max(0)) + 0.3 * eye).astype(int)
        part = out[low[1] : high[1], low[0] : high[0]]
        if min(part.shape) < 4:
            continue
        up, down = upper - low, lower - low
        ring = Image.new("L", (part.shape[1] * 4, part.shape[0] * 4), 0)
        ImageDraw.Draw(ring).polygon([tuple(p * 4) for p in np.concatenate([up, down[-2:0:-1]])], fill=255)
        opening = np.asarray(ring.resize(part.shape[::-1], Image.BOX), np.float32) / 255
        if lit:
            x, y, radius = irises[k] - [*low, 0]
            grid_y, grid_x = np.mgrid[0 : part.shape[0], 0 : part.shape[1]] + 0.5
            inside = (np.abs(grid_x - x - spot[0] * radius) < window[0] * radius) & (
                np.abs(grid_y - y - spot[1] * radius) < window[1] * radius
            )
            glint = ndimage.gaussian_filter(inside.astype(np.float32), 0.4) * opening
            part += (235 - part) * glint * 0.85
        edge = ndimage.gaussian_filter(_stroke(part.shape, up, reach * eye), 0.06 * eye)
        part *= 1 - shade * np.clip(edge * 1.5, 0, 1) * opening
        part *= 1 - lash * np.clip(ndimage.gaussian_filter(_stroke(part.shape, up, thick * eye), 0.012 * eye), 0, 1)
        part *= 1 - lower_lash * np.clip(
            ndimage.gaussian_filter(_stroke(part.shape, down, 0.6 * thick * eye), 0.012 * eye), 0, 1
        )
    return out


def reflections(rng: np.random.Generator, luma: np.ndarray, lens: np.ndarray) -> np.ndarray:
    """Reflections on a pair of clear lenses, ``lens`` (H, W) 0-1."""
    shape = luma.shape
    y, x = np.mgrid[0 : shape[0], 0 : shape[1]].astype(np.float32)
    kind = rng.choice(["window", "veil", "streak"])
    strength = rng.uniform(0.1, 0.75)
    middle = np.array([(x * lens).sum(), (y * lens).sum()]) / (lens.sum() + 1e-6) + rng.normal(0, 12, 2)
    angle = rng.uniform(0, np.pi)
    along = (x - middle[0]) * np.cos(angle) + (y - middle[1]) * np.sin(angle)
    across = (y - middle[1]) * np.cos(angle) - (x - middle[0]) * np.sin(angle)
    if kind == "window":
        spread = rng.uniform(4, 16, 2)
        pattern = sum(
            ((np.abs(along - s) < spread[0]) & (np.abs(across) < spread[1])).astype(np.float32)
            for s in (-32, rng.uniform(-8, 8), 32)
        ).clip(0, 1)
    elif kind == "veil":
        pattern = np.clip(0.5 + along / rng.uniform(15, 60), 0, 1) * 0.6
    else:
        pattern = np.exp(-((along / rng.uniform(2, 9)) ** 2))
    pattern = ndimage.gaussian_filter(pattern.astype(np.float32), rng.uniform(0.4, 2.5)) * lens * strength
    return luma + (rng.uniform(170, 250) - luma) * pattern
