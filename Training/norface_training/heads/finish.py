"""From a drawn head to something like a photograph: surroundings, things in the way, optics, sensor and compression."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image
from scipy import ndimage

from .gl import Camera, Light


def sample_light(rng: np.random.Generator, tone: float) -> Light:
    """Key, fill and ambient light, and an exposure that leaves dark skin darker than light skin."""
    u = rng.uniform

    def around(spread, up):
        return np.array([rng.normal(0, spread), rng.normal(-up, 0.4), -1.0])

    hard = rng.choice(["soft", "side", "top", "flat"], p=[0.45, 0.2, 0.1, 0.25])
    key = {
        "soft": around(0.6, 0.4),
        "side": np.array([rng.choice([-1, 1]) * u(0.8, 1.6), u(-0.6, 0.1), -0.7]),
        "top": np.array([rng.normal(0, 0.3), -1.5, -0.8]),
        "flat": around(0.25, 0.15),
    }[str(hard)]
    power = {"soft": u(0.6, 1.1), "side": u(0.6, 1.1), "top": u(0.6, 1.0), "flat": u(0.5, 0.9)}[str(hard)]
    fill = np.array([-np.sign(key[0] or 1) * u(0.3, 1.2), rng.normal(-0.1, 0.3), -u(0.3, 1.0)])
    light = Light(
        key=(key / np.linalg.norm(key)).astype(np.float32),
        fill=(fill / np.linalg.norm(fill)).astype(np.float32),
        up=rng.normal(0, 0.22, 3).astype(np.float32) + np.array([0, -0.15, -0.1], np.float32),
        key_power=power,
        fill_power=u(0.03, 0.5),
        ambient_power=u(0.08, 0.38),
        sky=u(-0.3, 0.3),
        shine=0.0,
        sharpness=float(np.exp(u(1.8, 3.4))),
    )
    level = tone * (light.ambient_power + 0.65 * light.key_power + 0.4 * light.fill_power)
    wanted = np.exp(u(np.log(0.16), np.log(0.62)))
    light.exposure = float((wanted / level) ** 0.75 * (wanted / 0.3) ** 0.25)
    return light


def sample_camera(rng: np.random.Generator, size: int) -> Camera:
    """A camera at 40 to 200 cm before a head that may look aside."""
    distance = float(np.exp(rng.uniform(np.log(45), np.log(220))))
    if rng.uniform() < 0.3:
        yaw, pitch, roll = rng.normal(0, 5), rng.normal(0, 4), rng.normal(0, 3)
    else:
        yaw, pitch, roll = rng.normal(0, 19), rng.normal(-2, 11), rng.normal(0, 8)
    yaw, pitch, roll = np.clip([yaw, pitch, roll], [-45, -30, -20], [45, 30, 20])
    focal = rng.uniform(42, 58) * distance / 6.4
    middle = size / 2
    return Camera(
        size,
        size,
        float(focal),
        distance,
        (float(rng.normal(0, 4)), float(0.03 * middle + rng.normal(0, 4))),
        float(yaw),
        float(pitch),
        float(roll),
    )


def background(rng: np.random.Generator, size: int, photo: np.ndarray | None) -> np.ndarray:
    """(size, size) float 0-255: a wall, blurred clutter, or the border of a photograph."""
    y, x = np.mgrid[0:size, 0:size].astype(np.float32) / size
    kind = rng.choice(["wall", "clutter", "photo"], p=[0.25, 0.30, 0.45])
    if kind == "photo" and photo is not None:
        h, w = photo.shape
        strip = photo[:, : w // 5] if rng.uniform() < 0.5 else photo[:, -w // 5 :]
        out = np.asarray(Image.fromarray(strip).resize((size, size), Image.BICUBIC), np.float32)
        if rng.uniform() < 0.5:
            out = out[:, ::-1]
        return ndimage.gaussian_filter(out, rng.uniform(0, 3))
    slope = rng.normal(0, 60, 2)
    out = rng.uniform(10, 245) + slope[0] * (x - 0.5) + slope[1] * (y - 0.5)
    if kind != "wall":
        for _ in range(rng.integers(2, 9)):
            cx, cy, w, h = rng.uniform(0, 1), rng.uniform(0, 1), rng.uniform(0.03, 0.5), rng.uniform(0.03, 0.6)
            box = (np.abs(x - cx) < w) & (np.abs(y - cy) < h)
            out = np.where(box, rng.uniform(0, 255), out)
        coarse = rng.normal(0, 25, (12, 12)).astype(np.float32)
        out = out + np.asarray(Image.fromarray(coarse).resize((size, size), Image.BICUBIC))
        out = ndimage.gaussian_filter(out, np.exp(rng.uniform(0, 2.2)))
    return out.clip(0, 255).astype(np.float32)


def occlude(rng: np.random.Generator, image: np.ndarray, points: np.ndarray, tone: float) -> np.ndarray:
    """A hand, a microphone, a strand of hair or a cup over part of the face; ``points`` (468, 2)."""
    size = image.shape[0]
    eye = np.linalg.norm(points[33, :2] - points[263, :2]) / 1.44 + 1e-3
    y, x = np.mgrid[0:size, 0:size].astype(np.float32)
    kind = rng.choice(["hand", "object", "strand", "edge"])
    if kind == "hand":
        centre = points[rng.choice([152, 234, 454, 10, 61, 291, 58, 288]), :2] + rng.normal(0, 0.25 * eye, 2)
        mask = np.zeros_like(image)
        angle = rng.uniform(0, np.pi)
        for k in range(rng.integers(1, 5)):
            shift = (k - 1.5) * 0.26 * eye
            cx, cy = centre + shift * np.array([-np.sin(angle), np.cos(angle)])
            a, b = (
                (x - cx) * np.cos(angle) + (y - cy) * np.sin(angle),
                -(x - cx) * np.sin(angle) + (y - cy) * np.cos(angle),
            )
            mask = np.maximum(mask, np.clip(1.6 - (np.abs(a / (0.9 * eye)) ** 2.5 + np.abs(b / (0.15 * eye)) ** 2.5), 0, 1))
        inside = points[:, :2].mean(0).astype(int).clip(0, size - 1)
        value = image[inside[1], inside[0]] * rng.uniform(0.7, 1.25)
    elif kind == "object":
        cx, cy = points[rng.choice([17, 152, 200, 199, 57, 287]), :2] + rng.normal(0, 0.3 * eye, 2)
        mask = np.clip(
            2 - 1.2 * (((x - cx) / (rng.uniform(0.15, 0.5) * eye)) ** 4 + ((y - cy) / (rng.uniform(0.2, 0.7) * eye)) ** 4),
            0,
            1,
        )
        mask = np.maximum(mask, (np.abs(x - cx) < 0.08 * eye) & (y > cy))
        value = rng.uniform(5, 230)
    elif kind == "strand":
        mask = np.zeros_like(image)
        for _ in range(rng.integers(1, 6)):
            x0, slope = points[10, 0] + rng.normal(0, 0.7 * eye), rng.normal(0, 0.4)
            line = x0 + slope * (y - points[10, 1]) + 0.1 * eye * np.sin(y / eye + rng.uniform(0, 6))
            end = points[10, 1] + rng.uniform(0.5, 2.5) * eye
            mask = np.maximum(mask, np.exp(-(((x - line) / (0.04 * eye)) ** 2)) * (y < end) * 0.9)
        value = rng.uniform(5, 120)
    else:
        side = rng.choice([0, 1, 2])
        edge = points[[234, 454, 152][side], side // 2] + [0.3, -0.3, -0.25][side] * eye * rng.uniform(-1, 1)
        mask = np.clip([(edge - x), (x - edge), (y - edge)][side] + 0.5, 0, 1)
        value = rng.uniform(0, 255)
    texture = rng.normal(0, 10, (16, 16)).astype(np.float32)
    value = value + np.asarray(Image.fromarray(texture).resize((size, size), Image.BICUBIC))
    return image * (1 - mask) + np.clip(value, 0, 255) * mask


def develop(rng: np.random.Generator, image: np.ndarray) -> tuple[np.ndarray, bool]:
    """Blur, loss of resolution, tone curve, noise, compression: (H, W) float 0-255 to uint8, and whether resolution was lost."""
    size = image.shape[0]
    coarse = rng.uniform() < 0.4
    if coarse:
        small = int(rng.uniform(64, 150))
        shrunk = Image.fromarray(image).resize((small, small), Image.BILINEAR if rng.uniform() < 0.5 else Image.BOX)
        image = np.asarray(shrunk, np.float32)
        image = image + rng.normal(0, rng.uniform(0, 5), image.shape)
        image = np.asarray(Image.fromarray(image.astype(np.float32)).resize((size, size), Image.BILINEAR), np.float32)
    elif rng.uniform() < 0.6:
        image = ndimage.gaussian_filter(image, rng.uniform(0.2, 1.6))
    if rng.uniform() < 0.06:
        length = rng.integers(3, 7)
        image = ndimage.uniform_filter1d(image, int(length), axis=int(rng.integers(2)))
    image = 255 * np.clip(image / 255, 0, 1) ** np.exp(rng.normal(0.02, 0.2))
    image = (image - 118) * np.exp(rng.normal(0.26, 0.2)) + 118 + rng.normal(4, 12)
    image = image + rng.normal(0, rng.choice([0.6, 2.0, 5.0, 9.0], p=[0.4, 0.35, 0.18, 0.07]), image.shape)
    out = np.clip(image + 0.5, 0, 255).astype(np.uint8)
    if rng.uniform() < 0.55:
        buffer = io.BytesIO()
        Image.fromarray(out).save(buffer, "JPEG", quality=int(rng.uniform(25, 92)))
        out = np.asarray(Image.open(buffer))
    return out, coarse
